"""What a project demands, in its small language."""

from __future__ import annotations

from typing import Any

import pytest

from persona.errors import InvalidInput
from persona.model.demands import check_rules, judge
from persona.model.personas import Absent, Claim, Grouping, Persona, PersonaSet
from persona.model.recipes import Constraints

FIELDS = ("goals", "pain_points", "behaviours", "needs", "motivations", "context", "tools", "quotes")


def claim(text: str, status: Any = "inferred", support: int = 2, method: str = "model") -> Claim:
    from persona.model.canonical import digest_of
    from persona.model.personas import Evidence

    evidence = () if status == "unsupported" else (Evidence(digest_of(b"x"), 0, 3, "abc", "A"),)
    return Claim("c", text, status, support, 3, evidence, method)


def persona(number: int, **fields: Any) -> Persona:
    name = claim("Robin", "unsupported", 0, "pseudonym")
    whole: dict[str, Any] = {**dict.fromkeys(FIELDS), **fields}
    return Persona(
        id=f"persona-{number}", name=name, summary=None, demographics={}, members=(f"P{number}", "Q"), anchor="Q",
        missing={} if fields.get("goals") else {"goals": Absent("no_evidence", "")}, **whole,
    )  # fmt: skip


GROUPING = Grouping(2, "count", None, None, True, "", (), (), {})
SET = PersonaSet(
    (
        persona(1, goals=(claim("Reach synergy early."), claim("Sleep."))),
        persona(2, goals=(claim("Eat.", "unsupported", 0),), tools=(claim("A pencil.", support=1),)),
    ),
    GROUPING,
)
MEASURED = {"faithfulness": 0.95, "diversity": None}


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("faithfulness >= 0.95", True),
        ("faithfulness > 0.95", False),
        ("diversity > 0.1", None),
        ("diversity > 0.1 and faithfulness < 0.5", False),
        ("diversity > 0.1 or faithfulness > 0.5", True),
        ("not diversity > 0.1", None),
        ("personas = 2 and participants = 3", True),
        ("claims = 4", True),
        ("unsupported = 0", False),
        ("unsupported != 0", True),
        ("goals >= 1", True),
        ("goals >= 2", False),
        ("tools >= 1", False),
        ("support >= 1", True),
        ("support >= 2", False),
        ('text ~ "SYNERGY"', True),
        ('not text ~ "unicorn"', True),
    ],
)
def test_a_rule_is_judged(rule: str, holds: bool | None) -> None:
    (found,) = judge(SET, MEASURED, Constraints(require=(rule,)))
    assert (found.rule, found.holds) == (rule, holds)
    assert "text" not in found.found, "words stay out of what is told"


def test_required_fields_name_the_personas_that_lack_them() -> None:
    lacking = PersonaSet((persona(1, needs=(claim("Food."),)), persona(2, goals=(claim("Eat."),))), GROUPING)
    (found,) = judge(lacking, {}, Constraints(required_fields=("goals",)))
    assert (found.holds, found.found) == (False, {"missing_in": ["persona-1"]})


def test_demanding_nothing_is_kept_by_all() -> None:
    assert judge(SET, MEASURED, Constraints()) == ()


@pytest.mark.parametrize(
    ("rule", "told"),
    [("faithfulnes > 1", "did you mean `faithfulness`?"), ("params.seed = 1", "nothing is called"), ("goals >=", "")],
)
def test_a_rule_that_means_nothing_is_refused_with_its_place(rule: str, told: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_rules(("personas > 0", rule), ("faithfulness",), "project.yaml, require")
    error = caught.value
    assert error.code == "constraint-rule"
    assert error.place == f"project.yaml, require[1]: {rule}"
    assert told in f"{error.message} {error.hints}"
