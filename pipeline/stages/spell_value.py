"""One identifier as a person writes it, in every spelling under which the rules could have digested it.

A value alone has no context and perhaps no cue, so that patterns are asked without either: what any rule of the kind
would have kept of this value is looked for, and the value as written besides.
"""

from pipeline.domain.pi import Detector
from pipeline.stages.find_pi import plan_of
from pipeline.stages.pi_view import view_of


def spellings(kind: str, value: str, detector: Detector) -> list[str]:
    """Return the normalized values of a kind that a text holding this value may have been found under, sorted."""
    text = view_of(value.strip()).text
    found = {text.lower()}
    for ready in plan_of(detector).rules:
        if ready.rule.kind == kind:
            found.add(text.translate(ready.separators).lower())
            for match in ready.pattern.finditer(text):
                written = match["number"] if ready.has_number else match[ready.value]
                found.add(written.translate(ready.separators).lower())
    return sorted(found)
