"""Short ways to write events in tests."""

from __future__ import annotations

from typing import Any

from persona.model.canonical import digest_of
from persona.model.records import Draft, Edge

DIGEST = digest_of(b"something")


def project(id: str = "p", **more: Any) -> Draft:
    return Draft("project.created", id, {"title": id.upper(), **more})


def planned(run: str, project: str = "p", *, edges: tuple[Edge, ...] = (), **more: Any) -> Draft:
    body = {"uuid": f"uuid-{run}", "project": project, **more}
    return Draft("run.planned", run, body, edges)


def started(run: str) -> Draft:
    return Draft("run.started", run, {"at": "2026-01-01T00:00:00.000000Z"})


def logged(run: str, **body: Any) -> Draft:
    return Draft("run.logged", run, body)


def finished(run: str, status: str = "completed", **more: Any) -> Draft:
    return Draft("run.finished", run, {"status": status, "at": "2026-01-02T00:00:00.000000Z", **more})


def value(key: str, number: float, step: int = 0, at: str = "2026-01-01T00:00:01.000000Z") -> dict[str, Any]:
    return {"key": key, "value": number, "step": step, "at": at}


def artefact(name: str, version: int, project: str = "p", run: str | None = None, digest: str = DIGEST) -> Draft:
    body = {
        "project": project,
        "name": name,
        "version": version,
        "kind": "file",
        "digest": digest,
        "bytes": 9,
        "path": f"output/{name}",
        "run": run,
    }
    edges = (Edge(f"{project}/{name}:v{version}", "generated_by", run),) if run else ()
    return Draft("artefact.logged", f"{project}/{name}:v{version}", body, edges)


def alias(name: str, alias: str, version: int | None, project: str = "p") -> Draft:
    target = f"{project}/{name}:v{version}" if version is not None else None
    return Draft(
        "alias.moved", f"{project}/{name}", {"project": project, "name": name, "alias": alias, "artefact": target}
    )


def tagged(noun: str, id: str, set: dict[str, str] | None = None, unset: tuple[str, ...] = ()) -> Draft:
    return Draft("thing.tagged", id, {"noun": noun, "set": set or {}, "unset": list(unset)})


def noted(noun: str, id: str, **fields: Any) -> Draft:
    return Draft("thing.noted", id, {"noun": noun, "fields": fields})
