"""What a project demands of its personas, held against a set and its measures.

The language of ``constraints.require`` in ``project.yaml`` is that of filters (``model.filters``)::

    require:
      - faithfulness >= 0.9 and unsupported = 0
      - personas >= 2 and personas <= 6
      - goals >= 1
      - not text ~ "synergy"

A name is a metric or one of R-016's scores; ``personas``, ``participants`` and ``claims`` are counts; ``unsupported``
counts the claims without evidence, pseudonyms left out; ``left_out`` counts the statements of a model that were refused
and are gone, ``unreadable`` its answers that could not be read; a field (``goals``, ``pain_points`` ...) is the least
number of its claims in any persona; ``support`` is the least number of participants behind any claim with evidence;
``text`` is all words of all claims, for ``~`` (contains).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from persona.errors import InvalidInput, UsageError, did_you_mean
from persona.model.filters import And, Compare, Expression, Not, Or, comparisons, parse_filter
from persona.model.personas import CLAIM_FIELDS, PersonaSet
from persona.model.recipes import Constraints

COUNTS = ("personas", "participants", "claims", "unsupported", "left_out", "unreadable", "support", "text")


class Held(msgspec.Struct, frozen=True):
    """One demand: the rule, whether it holds (None: it names something that could not be measured), and the values."""

    rule: str
    holds: bool | None
    found: dict[str, Any]


def check_rules(rules: tuple[str, ...], metrics: tuple[str, ...], place: str) -> None:
    """Raise ``InvalidInput`` for a rule that cannot be read or names something unknown, with the nearest name."""
    known = (*metrics, *COUNTS, *CLAIM_FIELDS)
    for number, rule in enumerate(rules):
        where = f"{place}[{number}]: {rule}"
        try:
            expression = parse_filter(rule)
        except UsageError as error:
            raise InvalidInput(error.message, code="constraint-rule", place=where, hints=error.hints) from None
        for one in comparisons(expression):
            if one.field.family or one.field.name not in known:
                near = did_you_mean(one.field.name, known)
                raise InvalidInput(
                    f"nothing is called `{one.field.name}`",
                    code="constraint-rule",
                    place=where,
                    hints=[f"did you mean `{near}`?" if near else "see what is measured: `persona metrics list`"],
                )


def judge(personas: PersonaSet, measured: Mapping[str, float | None], constraints: Constraints) -> tuple[Held, ...]:
    """Every demand of a project with whether a set meets it: the fields it requires, then its rules.

    That a persona must rest on words is demanded of itself, and listed where it is broken.
    """
    found = [
        Held(f"required_fields: {field}", not lacking, {"missing_in": lacking})
        for field in constraints.required_fields
        for lacking in [[persona.id for persona in personas.personas if field in persona.missing]]
    ]
    empty = [persona.id for persona in personas.personas if persona.empty]
    if empty:  # nobody has to ask for this
        found.append(Held("every persona rests on words", False, {"empty": empty}))
    values = _values(personas) | dict(measured)
    for rule in constraints.require:
        expression = parse_filter(rule)
        named = {one.field.name: values.get(one.field.name) for one in comparisons(expression)}
        shown = {name: value for name, value in named.items() if name != "text"}
        found.append(Held(rule, holds(expression, values), shown))
    return tuple(found)


def _values(personas: PersonaSet) -> dict[str, float | str | None]:
    claims = [claim for persona in personas.personas for _, claim in persona.claims() if claim.method != "pseudonym"]
    counted: dict[str, float | str | None] = {
        "personas": len(personas.personas),
        "participants": len({label for persona in personas.personas for label in persona.members}),
        "claims": len(claims),
        "unsupported": sum(claim.status == "unsupported" for claim in claims),
        "left_out": personas.checks.left_out if personas.checks else 0,
        "unreadable": personas.checks.unreadable if personas.checks else 0,
        "support": min((claim.support for claim in claims if claim.evidence), default=None),
        "text": "\n".join(claim.text for claim in claims),
    }
    for field in CLAIM_FIELDS:
        counted[field] = min((len(getattr(persona, field) or ()) for persona in personas.personas), default=None)
    return counted


def holds(expression: Expression, values: Mapping[str, float | str | None]) -> bool | None:
    """Three-valued: what names something unmeasured is unknown, unless the rest decides."""
    match expression:
        case Not(inner):
            inside = holds(inner, values)
            return None if inside is None else not inside
        case And(parts) | Or(parts):
            results = [holds(part, values) for part in parts]
            decisive = isinstance(expression, Or)
            if decisive in results:
                return decisive
            return None if None in results else not decisive
        case Compare():
            return _compare(expression, values.get(expression.field.name))


def _compare(one: Compare, value: float | str | None) -> bool | None:
    if value is None:
        return None
    if one.operator == "~":
        return str(one.value).casefold() in str(value).casefold()
    if isinstance(value, str) or isinstance(one.value, str):
        return (str(value) == str(one.value)) == (one.operator == "=")
    return {
        "=": value == one.value,
        "!=": value != one.value,
        "<": value < one.value,
        "<=": value <= one.value,
        ">": value > one.value,
        ">=": value >= one.value,
    }[one.operator]
