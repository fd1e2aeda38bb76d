"""A run in the hands of a Python program: ``run.use(...)`` and ``run.log(...)``."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from persona.errors import InvalidInput, NotFound, UsageError
from persona.lineage.references import BORDER
from persona.model.canonical import canonical_json, digest_of
from persona.model.ids import iso, now
from persona.model.records import Draft, Run
from persona.runs.artefacts import Output, append_outputs
from persona.runs.execute import edges_of_use
from persona.runs.plan import Belonging, record_plan

if TYPE_CHECKING:
    from persona.workspace.context import Context

FLUSH_SECONDS = 1.0
"""Logged values older than this are written with the next ``log``; a crash loses at most so much of a run's values."""


class ActiveRun:
    """A run that a Python program is in the middle of. Use it as a context manager.

    ``use`` says what the run read, ``log`` what it found; both are recorded with lineage. Leaving the block
    finishes the run: completed, failed when an error passes through, cancelled on Ctrl-C.
    """

    def __init__(
        self,
        context: Context,
        project: str,
        experiment: str | None,
        variant: str | None,
        params: Mapping[str, Any],
        tags: Mapping[str, str],
        write_folder: Callable[[Run], int],
    ) -> None:
        self._context = context
        self._write_folder = write_folder
        self._metrics: list[dict[str, Any]] = []
        self._params: dict[str, str] = {}
        self._outputs: list[Output] = []
        self._pending: list[bytes] = []
        self._steps: dict[str, int] = {}
        self._begun = self._flushed = time.monotonic()
        self._open = True
        self.project = project
        started = {"at": iso(now()), "fields": context.start_fields}
        self.id = record_plan(
            context.records,
            Belonging(project, experiment, variant),
            recipe=None,
            seed=None,
            params={key: _text(value) for key, value in params.items()},
            tags=tags,
            used=[],
            agents=[context.actor],
            actor=context.actor,
            then=[("run.started", started)],
        )

    def use(self, what: str | Path) -> bytes:
        """Record that the run read something, and give its bytes.

        ``what`` is an artefact (``name``, ``name:v2``, ``name:alias``; with ``project/`` before it one of another
        project; with ``NAME::`` before it one of a linked workspace, or a source there), or a file, which is sealed as
        it is now. Raises ``NotFound`` when it is neither.
        """
        self._check_open()
        context = self._context
        path = Path(what)
        if path.is_file():
            data = path.read_bytes()
            digest = context.blobs.put(data)
            node: str = digest
        elif BORDER in str(what):
            from contextlib import closing

            from persona.workspace.links import Links

            with closing(Links(context)) as links:
                reference, data = links.take(str(what))
            node = reference.text()
        else:
            from persona.workspace.things import find_artefact

            artefact = find_artefact(context, str(what), self.project)
            data, node = context.blobs.get(artefact.digest), artefact.id
        context.append(Draft("run.logged", self.id, {}, edges_of_use(self.id, [node])))
        return data

    def log(
        self,
        what: Mapping[str, float] | str | Path,
        *,
        step: int | None = None,
        name: str | None = None,
        kind: str = "file",
    ) -> None:
        """Record metrics (a mapping of numbers) or an output file.

        Without ``step`` each key counts its own steps from 0. Raises ``InvalidInput`` for a value that is no number.
        """
        self._check_open()
        if isinstance(what, Mapping):
            at = iso(now())
            for key, value in what.items():
                if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
                    raise InvalidInput(
                        f"the metric `{key}` is {value!r}, not a number", code="bad-metric", place=self.id
                    )
                used = self._steps.get(key, -1) + 1 if step is None else step
                self._steps[key] = max(used, self._steps.get(key, -1))
                self._metrics.append({"key": key, "value": float(value), "step": used, "at": at})
        else:
            path = Path(what)
            if not path.is_file():
                raise NotFound("there is no such file", code="file-not-found", place=str(path))
            self.log_bytes(path.read_bytes(), name or path.name, kind=kind)
        if time.monotonic() - self._flushed > FLUSH_SECONDS:
            self.flush()

    def log_bytes(self, data: bytes, name: str, *, kind: str = "file") -> None:
        """Record an output that is in memory."""
        self._check_open()
        check_name(name)
        self._outputs.append(Output(name, kind, digest_of(data), len(data), f"output/{name}"))
        self._pending.append(data)

    def param(self, **values: Any) -> None:
        """Record parameters that became known on the way."""
        self._check_open()
        self._params |= {key: _text(value) for key, value in values.items()}

    def tag(self, **tags: str) -> None:
        """Set tags."""
        from persona.workspace.context import tag_draft

        self._context.append(tag_draft("run", self.id, tags, ()))

    def flush(self) -> None:
        """Write what was logged so far, durably."""
        logged = Draft("run.logged", self.id, {"params": self._params, "metrics": self._metrics})
        if self._outputs or self._metrics or self._params:
            self._append([logged] if self._metrics or self._params else [])
        self._metrics, self._params = [], {}
        self._flushed = time.monotonic()

    def finish(self, status: str = "completed", error: dict[str, Any] | None = None) -> Run:
        """End the run: everything not yet written, and its end, in one transaction."""
        self._check_open()
        self._end(status, error)
        return self._context.records.get(Run, self.id)

    def _end(self, status: str, error: dict[str, Any] | None = None) -> None:
        fields = {"seconds": round(time.monotonic() - self._begun, 6)}
        body = {"status": status, "at": iso(now()), "error": error, "metrics": self._metrics, "fields": fields}
        params = [Draft("run.logged", self.id, {"params": self._params})] if self._params else []
        self._append([*params, Draft("run.finished", self.id, body)])
        self._open = False

    def write_folder(self) -> None:
        """Write the run's folder, as ``persona generate`` does for its runs.

        Not done by itself: the records and blobs hold everything, and a program that logs thousands of runs should
        not pay for thousands of folders.
        """
        self._write_folder(self._context.records.get(Run, self.id))

    def _append(self, drafts: list[Draft]) -> None:
        """Blobs first, then the outputs and ``drafts`` in one transaction."""
        context = self._context
        if self._pending:
            context.blobs.put_many(self._pending)
        by_name = {output.name: output for output in self._outputs}  # the last of a name is what the run left
        append_outputs(
            context.records,
            self.project,
            self.id,
            list(by_name.values()),
            lambda _: drafts,
            actor=context.actor,
            expect={self.id: "running"},
            known=context.newest,
        )
        self._outputs, self._pending = [], []

    def _check_open(self) -> None:
        if not self._open:
            raise UsageError("the run is finished", code="run-finished", place=self.id)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._open:
            return
        if error is None:
            self._end("completed")
        elif isinstance(error, KeyboardInterrupt):
            self._end("cancelled", {"code": "cancelled", "message": "KeyboardInterrupt"})
        else:
            self._end("failed", {"code": getattr(error, "code", "internal"), "message": type(error).__name__})


def check_name(name: str) -> None:
    """Refuse artefact names that could leave their folder or be mistaken for a version."""
    good = name and not name.startswith(".") and not any(char in name for char in "/\\:\0") and len(name) <= 200
    if not good:
        raise InvalidInput(
            f"`{name}` cannot be the name of an artefact",
            code="artefact-name",
            place="name",
            hints=["use a plain name without `/`, `\\` and `:`"],
        )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and 1e-4 <= abs(value) < 1e15 and not value.is_integer():
        return repr(value)  # where Python and RFC 8785 write a number alike, without the detour
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return canonical_json(value).decode()
