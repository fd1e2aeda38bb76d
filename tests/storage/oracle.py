"""What a log means, written a second time and as plainly as possible: dictionaries, from the first event on.

Shares no code with ``persona.storage``; tests compare the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from persona.model.filters import And, Compare, Expression, Not, Or
from persona.model.records import (
    Artefact,
    Call,
    Consent,
    DocumentRecord,
    Edge,
    Erasure,
    Event,
    Experiment,
    Import,
    MetricPoint,
    Participant,
    Project,
    Run,
    Source,
    Withdrawal,
)

State = dict[type[Any], dict[str, dict[str, Any]]]
NOUNS = (Project, Source, DocumentRecord, Participant, Experiment, Run, Artefact, Call, Withdrawal, Erasure, Import)
WORDS = {
    "project": Project,
    "source": Source,
    "participant": Participant,
    "experiment": Experiment,
    "run": Run,
    "artefact": Artefact,
}


class World:
    """All records after some events."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.state: State = {noun: {} for noun in NOUNS}
        self.edges: set[Edge] = set()
        self.points: dict[str, list[tuple[str, int, str, int, float]]] = {}
        self.aliases: dict[tuple[str, str], str] = {}
        for event in events:
            self.take(event)

    def records(self, noun: type[Any]) -> list[Any]:
        return [noun(**values) for _, values in sorted(self.state[noun].items())]

    def series(self, run: str) -> tuple[MetricPoint, ...]:
        ordered = sorted(self.points.get(run, []), key=lambda point: point[:4])
        return tuple(MetricPoint(run, key, value, step, at) for key, step, at, _, value in ordered)

    def take(self, event: Event) -> None:
        self.edges.update(event.edges)
        body, id, at = event.body, event.subject, event.recorded_at
        plain = {key: value for key, value in body.items() if key not in ("documents", "fields", "at")}
        fields = {key: value for key, value in body.get("fields", {}).items() if value is not None}
        match event.kind:
            case "project.created":
                base = {"status": "active", "file": None, "tags": {}}
                self.state[Project][id] = {**base, **plain, "id": id, "created_at": at, "fields": fields}
            case "project.changed" | "experiment.changed":
                noun = Project if event.kind.startswith("project") else Experiment
                self.state[noun][id].update(plain)
                self.merge(self.state[noun][id], body)
            case "experiment.created":
                base = {"description": "", "version": 1, "variants": (), "tags": {}}
                self.state[Experiment][id] = {**base, **plain, "id": id, "created_at": at, "fields": fields}
            case "source.imported":
                count = len(body["documents"])
                self.state[Source][id] = {**plain, "id": id, "documents": count, "imported_at": at, "tags": {}}
                for item in body["documents"]:
                    document = {**item, "participants": tuple(item.get("participants", ()))}
                    self.state[DocumentRecord][item["id"]] = {**document, "project": body["project"], "source": id}
            case "participant.added":
                self.state[Participant][id] = {**body, "id": id, "added_at": at, "tags": {}}
            case "participant.changed":
                self.state[Participant][id].update(body)
            case "participant.consented":
                given = self.state[Participant][id].get("consent", Consent())
                said = msgspec.structs.asdict(given) | body | {"version": given.version + 1}
                self.state[Participant][id]["consent"] = Consent(**said)
            case "participant.withdrawn":
                self.state[Participant][id]["withdrawn"] = body["withdrawal"]
            case "withdrawal.begun":
                people = tuple(body["participants"])
                self.state[Withdrawal][id] = {
                    "id": id,
                    "project": body["project"],
                    "participants": people,
                    "event": event.id,
                    "began_at": at,
                    "fields": {},
                }
            case "words.erased":
                project = self.state[Withdrawal][id]["project"]
                for item in body["items"]:
                    more = {"project": project, "withdrawal": id, "erased_at": at, "kind": item["kind"]}
                    digest, successor = item["digest"], item.get("successor")
                    self.state[Erasure][digest] = {"id": digest, "successor": successor, **more}
            case "document.redacted":
                people = tuple(body["participants"])
                self.state[DocumentRecord][id].update(digest=body["digest"], participants=people)
            case "withdrawal.ended":
                self.state[Withdrawal][id]["ended_at"] = at
                self.merge(self.state[Withdrawal][id], body)
            case "provenance.imported":
                self.state[Import][id] = {**plain, "id": id, "imported_at": at}
            case "run.planned":
                base = {"experiment": None, "variant": None, "recipe": None, "seed": None, "repeat": 0}
                more = {"status": "planned", "params": {}, "metrics": {}, "tags": {}}
                self.state[Run][id] = {**base, **more, **plain, "id": id, "planned_at": at, "fields": fields}
            case "run.started":
                again = {"ended_at": None, "error": None}
                self.state[Run][id].update(status="running", started_at=body.get("at") or at, **again)
                self.merge(self.state[Run][id], body)
            case "run.logged" | "run.finished":
                run = self.state[Run][id]
                run["params"] = {**run["params"], **body.get("params", {})}
                self.merge(run, body)
                self.measure(event, run)
                if event.kind == "run.finished":
                    run.update(status=body["status"], ended_at=body.get("at") or at, error=body.get("error"))
            case "run.deleted" | "run.restored":
                self.state[Run][id]["deleted"] = event.kind == "run.deleted"
            case "call.recorded":
                names = ("answered", "reused", "sent", "received", "response", "input_tokens", "output_tokens", "cost")
                project = self.state[Run][body["run"]]["project"]
                base = {**dict.fromkeys((*names, "error")), **plain, "project": project}
                self.state[Call][id] = {**base, "id": id, "recorded_at": at}
            case "artefact.logged":
                base = {"run": None, "tags": {}, "aliases": ()}
                alias = plain.pop("alias", None)
                self.state[Artefact][id] = {**base, **plain, "id": id, "created_at": at, "fields": fields}
                if alias is not None:
                    self.move(f"{body['project']}/{body['name']}", alias, id)
            case "alias.moved":
                self.move(f"{body['project']}/{body['name']}", body["alias"], body["artefact"])
            case "thing.tagged":
                record = self.state[WORDS[body["noun"]]][id]
                kept = {key: value for key, value in record["tags"].items() if key not in body["unset"]}
                record["tags"] = kept | body["set"]
            case "thing.noted":
                self.merge(self.state[WORDS[body["noun"]]][id], body)

    def merge(self, record: dict[str, Any], body: dict[str, Any]) -> None:
        both = {**record.get("fields", {}), **body.get("fields", {})}
        record["fields"] = {key: value for key, value in both.items() if value is not None}

    def measure(self, event: Event, run: dict[str, Any]) -> None:
        points = self.points.setdefault(event.subject, [])
        for item in body_metrics(event):
            at = item.get("at") or event.valid_from
            points.append((item["key"], item.get("step", 0), at, len(points), float(item["value"])))
        last: dict[str, tuple[int, str, int, float]] = {}
        for key, step, at, place, value in points:
            if key not in last or (step, at, place) >= last[key][:3]:
                last[key] = (step, at, place, value)
        run["metrics"] = {key: found[3] for key, found in last.items()}

    def move(self, name: str, alias: str, artefact: str | None) -> None:
        before = self.aliases.pop((name, alias), None)
        if before is not None:
            record = self.state[Artefact][before]
            record["aliases"] = tuple(one for one in record["aliases"] if one != alias)
        if artefact is not None:
            self.aliases[name, alias] = artefact
            record = self.state[Artefact][artefact]
            record["aliases"] = tuple(sorted({*record["aliases"], alias}))

    def reachable(self, start: str, *, up: bool, rels: Iterable[str] | None = None) -> dict[str, int]:
        """Every node that can be reached by some relations, and its distance."""
        edges = [edge for edge in self.edges if rels is None or edge.rel in rels]
        found, level, distance = {start: 0}, {start}, 0
        while level:
            distance += 1
            ends = {(e.dst if up else e.src) for e in edges if (e.src if up else e.dst) in level}
            level = {end for end in ends if end not in found}
            found.update(dict.fromkeys(level, distance))
        return found


def body_metrics(event: Event) -> list[dict[str, Any]]:
    return list(event.body.get("metrics", []))


# Filters, by the words of model/filters.py and storage/conditions.py

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def fits(record: Any, expression: Expression) -> bool:
    """Whether a record fits a filter."""
    match expression:
        case Not(inner):
            return not fits(record, inner)
        case And(parts):
            return all(fits(record, part) for part in parts)
        case Or(parts):
            return any(fits(record, part) for part in parts)
        case Compare(field, operator, wanted):
            if field.family == "":
                return compare_column(getattr(record, field.name), operator, wanted)
            values = getattr(record, field.family)
            if field.name not in values:
                return False
            value = values[field.name]
            if field.family == "metrics":
                return ordered(value, operator, float(wanted))
            return compare_text(value, operator, wanted)


def compare_text(value: str, operator: str, wanted: str | float) -> bool:
    if operator == "~":
        return contains(value, wanted)
    if isinstance(wanted, str):
        return ordered(value, operator, wanted)
    if _NUMBER.fullmatch(value) is None or abs(float(value)) == float("inf"):
        return operator == "!="
    return ordered(float(value), operator, wanted)


def compare_column(value: Any, operator: str, wanted: str | float) -> bool:
    if value is None:
        return False
    if isinstance(value, bool):
        return ordered(value, operator, {"true": True, "false": False, 1.0: True, 0.0: False}[wanted])
    if operator == "~":
        return contains(str(value), wanted)
    if isinstance(value, int) and not isinstance(wanted, str):
        return ordered(value, operator, wanted)
    return ordered(str(value), operator, text(wanted))


def contains(value: str, wanted: str | float) -> bool:
    return lower(text(wanted)) in lower(value)


def text(wanted: str | float) -> str:
    if isinstance(wanted, str):
        return wanted
    return str(int(wanted)) if wanted == int(wanted) else repr(wanted)


def lower(value: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in value)


def ordered(left: Any, operator: str, right: Any) -> bool:
    answers = {
        "=": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }
    return bool(answers[operator])
