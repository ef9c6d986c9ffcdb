"""What a new version of a rule puts in question: the labels given under the old one that somebody must look at again.

Titles and wording around the labels may change freely; what a label means, and between which labels it was chosen, may not.
"""

from collections.abc import Iterator

from pipeline.domain.labeling import Control, ControlType, LabelingRule, Option, Revisit

EVERY = "*"


def labels_to_revisit(old: LabelingRule, new: LabelingRule) -> tuple[Revisit, ...]:
    """Return which labels of the old version must be revisited under the new one, in the old rule's order; empty when none."""
    found = [revisit for control in old.controls for revisit in _control(control, new.control(control.name))]
    known = {control.name for control in old.controls}
    found += [
        Revisit(control.name, EVERY, "the question is new") for control in new.controls if _asks(control) and control.name not in known
    ]
    if (old.text_field, old.kind, old.stage) != (new.text_field, new.kind, new.stage):
        found += [
            Revisit(control.name, EVERY, "the rule's kind, stage or text field changed") for control in new.controls if _asks(control)
        ]
    return tuple(found)


def _asks(control: Control) -> bool:
    return control.type is not ControlType.NOTE


def _control(old: Control, new: Control | None) -> Iterator[Revisit]:
    if not _asks(old):
        return
    if new is None:
        yield Revisit(old.name, EVERY, "the question was dropped")
    elif (old.type, old.is_single, old.is_required) != (new.type, new.is_single, new.is_required):
        yield Revisit(old.name, EVERY, "the way it is answered changed")
    else:
        yield from _options(old, new)


def _options(old: Control, new: Control) -> Iterator[Revisit]:
    now = {option.value: option for option in new.options}
    for option in old.options:
        if option.value not in now:
            yield Revisit(old.name, option.value, "the label was dropped")
        elif why := _changed(option, now[option.value]):
            yield Revisit(old.name, option.value, why)
    added = sorted(set(now) - {option.value for option in old.options})
    if added:
        yield Revisit(old.name, EVERY, f"added as a choice beside it: {', '.join(added)}")


def _changed(old: Option, new: Option) -> str | None:
    if old.definition != new.definition:
        return "its definition changed"
    texts = [{example.text for example in examples} for examples in (old.positive, old.negative, new.positive, new.negative)]
    if texts[0] & texts[3] or texts[1] & texts[2]:
        return "an example changed sides"
    return None
