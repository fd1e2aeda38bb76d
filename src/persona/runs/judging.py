"""A judge's work as a run of its own: its calls are recorded, and its measure is stored with it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from persona.llm.providers import endpoint_of, find_model
from persona.metrics.judging import Item, Judged, judge, measure_judged
from persona.model.canonical import canonical_json
from persona.model.ids import iso, now
from persona.model.recipes import Parameters
from persona.model.records import Draft, Run
from persona.runs.calls import Calling
from persona.runs.execute import start_fields
from persona.runs.plan import Belonging, record_plan

if TYPE_CHECKING:
    from persona.model.calls import Limits
    from persona.model.measures import Measure
    from persona.storage import Blobs, Records

ANSWER = 500
"""Tokens of a verdict; models that think aloud first need some."""


class Docket(NamedTuple):
    """What a judge is given: the claims of a run, and claims that people have labelled (their verdicts by place)."""

    run: Run
    artefact: str
    items: Sequence[Item]
    labelled: Sequence[Item]
    labels: Mapping[str, str]


def judge_run(
    records: Records,
    blobs: Blobs,
    docket: Docket,
    model: str,
    endpoint: str | None,
    *,
    limits: Limits,
    actor: str,
    fresh: bool = False,
) -> tuple[str, Measure]:
    """Ask a model about every claim, and record that it was asked; the id of the judge's run and its measure.

    Raises ``ModelError`` as calls do; the run is then recorded as failed.
    """
    name = find_model(model)
    assert name is not None, "the caller has checked the name"
    whole = f"{name.provider.name}:{name.model}"
    address = endpoint_of(name.provider, endpoint) or None
    parameters = Parameters(model=model, endpoint=address, answer_mode="auto", max_tokens=ANSWER)
    id = record_plan(
        records,
        Belonging(docket.run.project),
        recipe=None,
        seed=parameters.seed,
        params={"judge": whole, "judges": docket.run.id, **({"endpoint": address} if address else {})},
        tags={"judges": docket.run.id},
        used=[docket.artefact],
        agents=[f"model:{whole}", actor],
        actor=actor,
        then=[("run.started", {"at": iso(now()), "fields": start_fields(records, blobs)})],
    )
    calling = Calling(records, blobs, records.get(Run, id), parameters, 0, limits, fresh=fresh, actor=actor)
    begun = time.monotonic()
    status, error, told = "failed", None, {}
    try:
        places = {item.place for item in docket.items}
        extra = [item for item in docket.labelled if item.place not in places]
        judged = judge([*docket.items, *extra], calling)
        known: list[Judged] = [one for one in judged if one.item.place in docket.labels]
        measure = measure_judged(whole, judged[: len(docket.items)], docket.labels, known)
        told = {"measures": blobs.put(canonical_json([measure]))}
        status = "completed"
    except BaseException as caught:
        status = "cancelled" if isinstance(caught, (KeyboardInterrupt, SystemExit)) else "failed"
        plain = "internal" if status == "failed" else status
        error = {"code": getattr(caught, "code", plain), "message": getattr(caught, "message", type(caught).__name__)}
        raise
    finally:
        fields: dict[str, Any] = {"seconds": round(time.monotonic() - begun, 6), "calls": calling.summary(), **told}
        points = []
        if status == "completed" and measure.value is not None:
            points = [{"key": measure.name, "value": measure.value, "step": 0, "at": iso(now())}]
        body = {"status": status, "at": iso(now()), "error": error, "metrics": points, "fields": fields}
        try:
            records.append([Draft("run.finished", id, body)], actor=actor)
        finally:
            calling.close()
    return id, measure
