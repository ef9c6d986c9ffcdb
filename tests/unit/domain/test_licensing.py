"""The algebra over SPDX expressions: its grammar, its truth table, and what a policy may not say."""

from dataclasses import replace

import pytest

from pipeline.domain.dispositions import Disposition, Reason
from pipeline.domain.licensing import (
    NOASSERTION,
    LicenseClass,
    LicenseConclusion,
    LicensePolicy,
    Permission,
    Purpose,
    RecordDiffers,
    SourcePolicy,
    UnreadableExpressionError,
    agrees,
    canonical_expression,
    license_ids,
    permitted,
    satisfies,
)
from pipeline.errors import ConfigurationError

FREE = LicenseClass(commercial_use=True, derivatives=True, share_alike=False, attribution=False, field_of_use=False, revocable=False)
PURPOSE = Purpose(
    code="ai-pre-training",
    needs_commercial_use=True,
    needs_derivatives=True,
    accepts_share_alike=False,
    accepts_attribution=True,
    accepts_field_of_use=False,
    accepts_revocable=False,
)
POLICY = LicensePolicy(
    version="1",
    purpose=PURPOSE,
    classes={
        "free": FREE,
        "named": replace(FREE, attribution=True),
        "alike": replace(FREE, attribution=True, share_alike=True),
        "non_commercial": replace(FREE, commercial_use=False),
        "no_derivatives": replace(FREE, derivatives=False),
        "restricted": replace(FREE, field_of_use=True),
        "revocable": replace(FREE, revocable=True),
    },
    licenses={
        "free": ("F",),
        "named": ("N",),
        "alike": ("S",),
        "non_commercial": ("X",),
        "no_derivatives": ("D",),
        "restricted": ("R",),
        "revocable": ("V",),
    },
    exceptions=("E",),
    record_differs=RecordDiffers.QUARANTINE,
    dispositions={
        reason: Disposition.REJECT if reason is Reason.LICENSE_NOT_PERMITTED else Disposition.QUARANTINE
        for reason in Reason
        if reason.value.startswith("license.")
    },
)

YES, NO, UNKNOWN, NOTHING = None, Reason.LICENSE_NOT_PERMITTED, Reason.LICENSE_NOT_CLASSED, Reason.LICENSE_NO_CONCLUSION


@pytest.mark.parametrize(
    ("expression", "fault", "obligations"),
    [
        # one licence, by what its class lacks or demands
        ("F", YES, ()),
        ("N", YES, ("attribution",)),
        ("S", NO, ()),
        ("X", NO, ()),
        ("D", NO, ()),
        ("R", NO, ()),
        ("V", NO, ()),
        ("U", UNKNOWN, ()),
        # nothing concluded
        (NOASSERTION, NOTHING, ()),
        ("NONE", NOTHING, ()),
        ("", NOTHING, ()),
        (None, NOTHING, ()),
        ("F AND", UNKNOWN, ()),
        # AND: every part must permit, a refusal outranks an unknown, all obligations are owed
        ("F AND N", YES, ("attribution",)),
        ("F AND X", NO, ()),
        ("F AND U", UNKNOWN, ()),
        ("X AND U", NO, ()),
        # OR: one part is enough, the one that owes least is taken, an unknown may yet be classed
        ("F OR N", YES, ()),
        ("N OR X", YES, ("attribution",)),
        ("F OR U", YES, ()),
        ("X OR U", UNKNOWN, ()),
        ("X OR D", NO, ()),
        # AND binds tighter than OR
        ("F OR X AND X", YES, ()),
        ("(F OR X) AND X", NO, ()),
        ("(F OR X) AND N", YES, ("attribution",)),
        ("X AND F OR X AND N", NO, ()),
        # WITH: a listed exception leaves the decision to its licence, another is not classed
        ("N WITH E", YES, ("attribution",)),
        ("X WITH E", NO, ()),
        ("N WITH Z", UNKNOWN, ()),
        ("F OR N WITH Z", YES, ()),
        # "or later" is decided by the version named
        ("N+", YES, ("attribution",)),
        ("X+", NO, ()),
        ("U+", UNKNOWN, ()),
    ],
)
def test_truth_table(expression, fault, obligations):
    assert permitted(expression, POLICY) == Permission(fault is None, obligations, fault)


@pytest.mark.parametrize(
    ("expression", "purpose", "fault"),
    [
        ("S", {"accepts_share_alike": True}, YES),
        ("X", {"needs_commercial_use": False}, YES),
        ("D", {"needs_derivatives": False}, YES),
        ("R", {"accepts_field_of_use": True}, YES),
        ("V", {"accepts_revocable": True}, YES),
        ("N", {"accepts_attribution": False}, NO),
    ],
)
def test_another_purpose_permits_other_terms(expression, purpose, fault):
    assert permitted(expression, replace(POLICY, purpose=replace(PURPOSE, **purpose))).reason == fault


def test_share_alike_is_owed_where_it_is_accepted():
    policy = replace(POLICY, purpose=replace(PURPOSE, accepts_share_alike=True))
    assert permitted("S AND F", policy).obligations == ("attribution", "share_alike")


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("MIT", "MIT"),
        ("  MIT  ", "MIT"),
        ("((MIT))", "MIT"),
        ("MIT AND MIT", "MIT"),
        ("MIT or Apache-2.0", "Apache-2.0 OR MIT"),
        ("MIT AND (Apache-2.0 AND ISC)", "Apache-2.0 AND ISC AND MIT"),
        ("MIT AND (ISC OR Zlib)", "(ISC OR Zlib) AND MIT"),
        ("A OR B AND C", "A OR (B AND C)"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("DocumentRef-x:LicenseRef-y", "DocumentRef-x:LicenseRef-y"),
    ],
)
def test_equal_meanings_have_one_spelling(written, canonical):
    assert canonical_expression(written) == canonical


@pytest.mark.parametrize(
    "written",
    ["", "AND", "MIT AND", "MIT MIT", "(MIT", "MIT)", "MIT WITH", "()", "MIT, ISC", "MIT WITH AND", "(" * 200 + "MIT" + ")" * 200],
)
def test_what_breaks_the_grammar_is_unreadable(written):
    with pytest.raises(UnreadableExpressionError):
        canonical_expression(written)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("MIT", "MIT", True),
        ("MIT AND ISC", "ISC AND MIT", True),
        ("MIT", "ISC", False),
        ("LicenseRef-CC-BY-unversioned", "CC-BY-4.0", True),
        ("CC-BY-3.0", "LicenseRef-CC-BY-unversioned", True),
        ("LicenseRef-CC-BY-unversioned", "CC-BY-NC-4.0", False),
        ("LicenseRef-CC-BY-unversioned", "CC-BY-SA-4.0", False),
        ("LicenseRef-CC-unversioned", "CC-BY-NC-4.0", True),
        ("LicenseRef-CC-unversioned", "CC0-1.0", True),
        ("LicenseRef-CC-unversioned", "MIT", False),
        ("LicenseRef-BSD-unversioned", "BSD-3-Clause", True),
        ("LicenseRef-GPL-unversioned", "LGPL-3.0-only", False),
        ("CC-BY-3.0", "CC-BY-4.0", False),
    ],
)
def test_a_family_agrees_with_its_members(left, right, expected):
    assert agrees(left, right) is expected


@pytest.mark.parametrize(
    ("held", "stated", "expected"),
    [
        ("MIT", "MIT OR ISC", True),  # a choice may be made
        ("MIT AND CC-BY-4.0", "CC-BY-4.0", True),  # more terms only narrow
        ("CC-BY-4.0", "MIT AND CC-BY-4.0", False),  # no term may be dropped
        ("MIT OR ISC", "MIT", False),
        ("MIT", "(MIT OR ISC) AND Zlib", False),
        ("MIT AND Zlib", "(MIT OR ISC) AND Zlib", True),
    ],
)
def test_what_satisfies_a_statement(held, stated, expected):
    assert satisfies(held, stated) is expected


def test_ids_of_an_expression():
    assert license_ids("MIT AND (ISC OR MIT) AND GPL-2.0-only WITH Classpath-exception-2.0") == ("GPL-2.0-only", "ISC", "MIT")


def test_a_conclusion_comes_back_from_its_row():
    row = {"expression": NOASSERTION, "reason": "license.conflict", "explanation": None, "evidence": ["aa"]}
    assert LicenseConclusion.from_row(row) == LicenseConclusion(NOASSERTION, Reason.LICENSE_CONFLICT, "", ("aa",))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"licenses": {"free": ("F", "F")}}, "F is classed 2 times"),
        ({"licenses": {"free": ("F",), "named": ("F",)}}, "F is classed 2 times"),
        ({"licenses": {"other": ("F",)}}, "class other is not defined"),
        ({"licenses": {"free": (NOASSERTION,)}}, "NOASSERTION cannot be classed"),
        ({"dispositions": {}}, "license.conflict has no disposition"),
        (
            {"dispositions": {**POLICY.dispositions, Reason.LICENSE_CONFLICT: Disposition.ADMIT}},
            "license.conflict must be quarantine or reject",
        ),
        ({"dispositions": {**POLICY.dispositions, Reason.PI_MINOR: Disposition.REJECT}}, "pi.minor is no fault of this gate"),
    ],
)
def test_a_policy_cannot_admit_a_fault(change, message):
    with pytest.raises(ConfigurationError, match=message):
        replace(POLICY, **change)


def test_a_source_policy_cannot_admit_a_fault():
    faults = {reason: Disposition.REJECT for reason in Reason if reason.value.startswith("source.")}
    SourcePolicy("1", faults)
    with pytest.raises(ConfigurationError, match=r"source\.reserved must be quarantine or reject"):
        SourcePolicy("1", {**faults, Reason.SOURCE_RESERVED: Disposition.REDACT})
