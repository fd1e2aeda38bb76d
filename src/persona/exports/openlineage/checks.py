"""What was measured of personas and demanded of them, without the words that a rule may hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from persona.errors import UsageError
from persona.exports.openlineage.facets import facet
from persona.exports.openlineage.own import Metric, MetricsFacet, own
from persona.model.demands import COUNTS, Held
from persona.model.filters import comparisons, parse_filter
from persona.model.measures import Measure
from persona.model.personas import CLAIM_FIELDS

_REQUIRED = "required_fields: "


def metrics_of(measures: Sequence[Measure]) -> dict[str, Any]:
    """The facet ``persona_metrics``. Details of measures are left out: they may quote."""
    listed = tuple(
        Metric(
            name=one.name,
            version=one.version,
            status=one.status,
            direction=one.direction,
            denominator=one.denominator,
            lowest=one.span[0],
            highest=one.span[1],
            value=one.value,
        )
        for one in measures
    )
    return own(MetricsFacet(listed))


def tests_of(held: Sequence[Held]) -> dict[str, Any]:
    """The facet ``test`` of a run: each demand of the project with what became of it; cannot tell is ``skip``."""
    outcome: dict[bool | None, Literal["pass", "fail", "skip"]] = {True: "pass", False: "fail", None: "skip"}
    tests = [
        {"name": f"demand {number}", "status": outcome[one.holds], "severity": "warn", **_shown(one)}
        for number, one in enumerate(held, start=1)
    ]
    return facet("test", tests=tests)


def assertions_of(held: Sequence[Held]) -> dict[str, Any]:
    """The input facet ``dataQualityAssertions``: the demands that could be judged."""
    found = []
    for number, one in enumerate(held, start=1):
        if one.holds is None:
            continue
        shown = _shown(one)
        column = {"column": shown.pop("column")} if "column" in shown else {}
        kind = shown.pop("type")
        found.append(
            {"assertion": kind, "name": f"demand {number}", "success": one.holds, "severity": "warn"} | column | shown
        )
    return facet("dataQualityAssertions", assertions=found)


def _shown(one: Held) -> dict[str, Any]:
    """The kind of a demand, and its text where that holds nothing but names of metrics and numbers."""
    if one.rule.startswith(_REQUIRED):
        field = one.rule.removeprefix(_REQUIRED)
        return {"type": "required_field", **({"column": field} if field in CLAIM_FIELDS else {})}
    try:
        compared = list(comparisons(parse_filter(one.rule)))
    except UsageError:
        return {"type": "evidence"}
    known = (*COUNTS, *CLAIM_FIELDS)
    plain = all(isinstance(each.value, (int, float)) for each in compared)
    if not plain or not all(each.field.name in known or each.field.name.isidentifier() for each in compared):
        return {"type": "rule"}
    return {"type": "rule", "content": one.rule, "contentType": "expression"}
