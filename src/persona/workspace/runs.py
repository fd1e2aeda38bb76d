"""The verbs of a run: list, show, delete, restore, tag, note, and ``start`` for Python programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from persona.errors import Conflict, NotFound, UsageError, did_you_mean
from persona.model.filters import Expression, comparisons, parse_filter
from persona.model.records import Artefact, Draft, Page, Run
from persona.runs.sealed import read_left
from persona.workspace.context import Context, note_draft, tag_draft, tell_erased
from persona.workspace.folders import Folders

if TYPE_CHECKING:
    from persona.model.demands import Held
    from persona.model.measures import Measure
    from persona.model.personas import Checks
    from persona.workspace.active import ActiveRun
    from persona.workspace.views import RunView

STATUSES = ("planned", "running", "completed", "failed", "cancelled", "interrupted")


PROGRAM_FIELDS = frozenset(
    ("process", "environment", "measures", "outputs", "seconds", "planned_at", "traceback", "calls", "constraints",
     "constraints_broken", "git", "point")
)  # fmt: skip
"""Fields of a run that the program writes for itself."""


class Runs:
    """The runs of a workspace."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.folders = Folders(context)

    def list(
        self,
        *,
        project: str | None = None,
        experiment: str | None = None,
        status: str | None = None,
        where: str | None = None,
        order: str | None = None,
        limit: int | None = 50,
        after: str | None = None,
        deleted: bool = False,
        all_projects: bool = False,
    ) -> Page[Run]:
        """Runs that fit, newest first unless ordered otherwise.

        ``where`` is the filter language of ``model.filters``. Raises ``UsageError`` for a filter that cannot be read
        or a status that does not exist, ``NotFound`` for an unknown experiment.
        """
        context = self._context
        if status is not None and status not in STATUSES:
            near = did_you_mean(status, STATUSES)
            raise UsageError(
                f"`{status}` is not a status of a run",
                code="bad-status",
                place=f"known: {', '.join(STATUSES)}",
                hints=[f"did you mean `{near}`?" if near else "leave it out to see all: `persona run list`"],
            )
        expression = parse_filter(where) if where else None
        within = None if all_projects else context.project(project).id
        if experiment is not None:
            from persona.model.records import Experiment

            known = {one.name: one for one in context.records.find(Experiment, project=within).items}
            if experiment not in known:
                near = did_you_mean(experiment, known)
                raise NotFound(
                    f"there is no experiment `{experiment}`",
                    code="experiment-not-found",
                    place=f"known: {', '.join(sorted(known)) or 'none'}",
                    hints=[f"did you mean `{near}`?"] if near else ["see them: `persona experiment list`"],
                )
        page = context.records.find(
            Run,
            expression,
            order=order or "",
            limit=limit,
            after=after,
            deleted=deleted,
            project=within,
            experiment=experiment,
            status=status,
        )
        if order is not None and page.items:
            family, dot, key = order.removeprefix("-").partition(".")
            if dot and not any(key.strip("`") in getattr(run, family) for run in page.items):
                context.notes.append(f"no run here has `{family}.{key}` to order by")
        if page.total == 0 and expression is not None:
            context.notes += _unknown_keys(context, expression, within)
        return page

    def newest(self, project: str | None = None) -> Run:
        """The run that is meant when none is named: the newest that makes personas, else the newest a program logged.

        A judge's run is about another run, and is never meant. Raises ``NotFound`` when there is none.
        """
        within = self._context.project(project).id
        for where in ('recipe ~ "sha256:"', 'not params.judges ~ ""'):
            found = self._context.records.find(Run, parse_filter(where), project=within, limit=1).items
            if found:
                return found[0]
        raise NotFound(
            "there is no run yet",
            code="no-run",
            place=f"project {within}",
            hints=["make personas: `persona generate`"],
        )

    def resolve(self, ref: str) -> Run:
        """A run by id or unambiguous prefix."""
        return self._context.records.resolve(Run, ref)

    def show(self, ref: str) -> RunView:
        """Everything recorded about a run."""
        from persona.runs.execute import load_recipe
        from persona.workspace.views import RunView

        context = self._context
        run = self.resolve(ref)
        tell_erased(context, run.recipe, run.id)
        edges = context.records.edges(run.id)
        folder = context.layout.run(run.project, run.experiment, run.id)
        made = [edge.src for edge in edges if edge.rel == "generated_by" and edge.dst == run.id]
        outputs = tuple(context.records.get(Artefact, id) for id in made)
        checks, notes = self._checks(outputs)
        return RunView(
            run=run,
            checks=checks,
            notes=(*notes, *_notes(run)),
            path=context.layout.relative(folder) if folder.is_dir() else None,
            recipe=load_recipe(context.blobs, run),
            outputs=outputs,
            measures=self.measures(run),
            held=self.held(run),
            series=context.records.metrics(run.id),
            edges=edges,
        )

    def _checks(self, outputs: Sequence[Artefact]) -> tuple[Checks | None, tuple[str, ...]]:
        """What was refused of a model's answers, as the personas record it; a remark where they cannot be read."""
        import msgspec

        from persona.errors import PersonaError
        from persona.model.personas import PersonaSet

        made = next((one for one in outputs if one.kind == "personas"), None)
        if made is None:
            return None, ()
        try:
            return msgspec.json.decode(read_left(self._context.blobs, made.digest), type=PersonaSet).checks, ()
        except (PersonaError, msgspec.MsgspecError):
            return None, ("the personas of this run cannot be read: `persona verify` says what is damaged",)

    def measures(self, run: Run) -> tuple[Measure, ...]:
        """The measured qualities of a run with their details; empty when it has none."""
        from persona.model.measures import unseal_measures

        digest = run.fields.get("measures")
        return tuple(unseal_measures(read_left(self._context.blobs, digest))) if digest else ()

    def held(self, run: Run) -> tuple[Held, ...]:
        """What the project demanded of the run, with whether it holds; empty when it demanded nothing."""
        import msgspec

        from persona.model.demands import Held

        digest = run.fields.get("constraints")
        return tuple(msgspec.json.decode(read_left(self._context.blobs, digest), type=list[Held])) if digest else ()

    def delete(self, ref: str) -> Run:
        """Hide a run from lists; nothing is removed. Raises ``Conflict`` while it is running."""
        run = self.resolve(ref)
        if run.status == "running":
            raise Conflict(
                "the run is still running",
                code="run-running",
                place=run.id,
                hints=[f"see how far it is: `persona run show {run.id}`"],
            )
        if not run.deleted:
            self._context.append(Draft("run.deleted", run.id, {}))
        return self.resolve(run.id)

    def restore(self, ref: str) -> Run:
        """Bring a deleted run back."""
        run = self.resolve(ref)
        if run.deleted:
            self._context.append(Draft("run.restored", run.id, {}))
        return self.resolve(run.id)

    def tag(self, ref: str, set_: Mapping[str, str], unset: Sequence[str] = ()) -> Run:
        """Set and remove tags."""
        run = self.resolve(ref)
        self._context.append(tag_draft("run", run.id, set_, list(unset)))
        return self.resolve(run.id)

    def note(self, ref: str, fields: Mapping[str, Any]) -> Run:
        """Merge free fields; a None value removes its key. Keys the program writes itself are refused."""
        run = self.resolve(ref)
        taken = PROGRAM_FIELDS & fields.keys()
        if taken:
            raise UsageError(f"the field `{min(taken)}` is written by the program", code="field-reserved", place=run.id)
        self._context.append(note_draft("run", run.id, fields))
        return self.resolve(run.id)

    def start(
        self,
        *,
        project: str | None = None,
        experiment: str | None = None,
        variant: str | None = None,
        params: Mapping[str, Any] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> ActiveRun:
        """Begin a run of your own work, to be used as ``with ws.run.start() as run``."""
        from persona.workspace.active import ActiveRun

        where = self._context.project(project)
        return ActiveRun(self._context, where.id, experiment, variant, params or {}, tags or {}, self.folders.write)


def _unknown_keys(context: Context, expression: Expression, project: str | None) -> list[str]:
    """Of a filter that nothing fits: the keys that no recent run has, each with the nearest that one has."""
    known: dict[str, set[str]] = {"params": set(), "metrics": set(), "tags": set()}
    for run in context.records.find(Run, project=project, limit=50, deleted=True).items:
        for family, keys in known.items():
            keys.update(getattr(run, family))
    told = [
        f"`{one.value}` is not a status of a run; known: {', '.join(STATUSES)}"
        for one in comparisons(expression)
        if (one.field.family, one.field.name, one.operator) == ("", "status", "=") and one.value not in STATUSES
    ]
    for family, name in dict.fromkeys((one.field.family, one.field.name) for one in comparisons(expression)):
        if family and known[family] and name not in known[family]:
            near = did_you_mean(name, known[family])
            told.append(f"no recent run has `{family}.{name}`" + (f"; did you mean `{family}.{near}`?" if near else ""))
    return told


def _notes(run: Run) -> tuple[str, ...]:
    """What is to be known of how a run came about. A seed is for the groups too, and most providers take none."""
    unsent = [name for name in (run.fields.get("calls") or {}).get("unsent") or () if name != "seed"]
    if not unsent:
        return ()
    return (
        f"`{run.params.get('model')}` takes no {' and no '.join(unsent)}, so it answered with what it does by itself",
    )
