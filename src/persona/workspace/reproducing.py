"""Doing runs again, and saying why two of them differ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from persona.errors import Conflict, UsageError, did_you_mean
from persona.model.records import Run
from persona.model.reproductions import LEVELS, Comparison, Reproduction
from persona.runs import reproduce
from persona.runs.differences import between_recipes
from persona.runs.execute import load_recipe
from persona.runs.inputs import load_document
from persona.workspace.context import Context, Progress, silent
from persona.workspace.layout import write_atomic
from persona.workspace.templates import own_templates
from persona.workspace.views import EnvironmentView

if TYPE_CHECKING:
    from persona.workspace.generating import Generating
    from persona.workspace.runs import Runs


_OUTPUTS = {
    True: "and so are the outputs",
    False: "but the outputs differ: see `persona run reproduce`",
    None: "and there is no output of both to compare",
}


class Reproducing:
    """What ``persona run reproduce`` and ``persona why`` do."""

    def __init__(self, context: Context, runs: Runs, generating: Generating) -> None:
        self._context = context
        self._runs = runs
        self._generating = generating

    def reproduce(self, ref: str, level: str = "replay", *, progress: Progress = silent) -> Reproduction:
        """Do a run again at a level of ``model.reproductions.LEVELS``.

        Raises ``UsageError`` for a level that does not exist, ``Conflict`` for a run that cannot be done again.
        """
        context = self._context
        if level not in LEVELS:
            near = did_you_mean(level, LEVELS)
            raise UsageError(
                f"`{level}` is not a level of reproduction",
                code="bad-level",
                place=f"known: {', '.join(LEVELS)}",
                hints=[f"did you mean `{near}`?"] if near else [],
            )
        run = self._runs.resolve(ref)
        if level == "verify":
            return reproduce.check_bytes(context.records, context.blobs, run)
        if level == "environment":
            return reproduce.check_environment(context.blobs, run)
        if level == "replay":
            return reproduce.replay(context.records, context.blobs, run, progress, own_templates(context, run.project))
        again = self._generating.again(run, progress=progress)
        own = own_templates(context, run.project)
        return reproduce.compare_rerun(context.records, context.blobs, run, again.view.run, own)

    def environment(self, ref: str, output: str | Path) -> EnvironmentView:
        """Write what is needed to build the environment of a run again into a folder.

        Raises ``Conflict`` for a run that was never started, and where the folder holds files already.
        """
        from persona.runs import rebuilding

        context = self._context
        run = self._runs.resolve(ref)
        recorded = reproduce.sealed_environment(context.blobs, run)
        folder = Path(output)
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Conflict(
                "the folder is not empty",
                code="folder-not-empty",
                place=str(folder),
                hints=["name another with `--output`"],
            )
        made = rebuilding.files(recorded, run.fields["environment"], run.id)
        for name, data in made.items():
            write_atomic(folder / name, data)
        git = run.fields.get("git") or {}
        if git.get("diff"):
            write_atomic(folder / "changes.diff", context.blobs.get(git["diff"]))
            made["changes.diff"] = b""
        return EnvironmentView(run.id, str(folder), tuple(sorted(made)), git)

    def why(self, ref: str, other: str | None = None) -> Comparison:
        """Every part of the plan in which a run differs from another, or from the one before it in its project."""
        context = self._context
        run = self._runs.resolve(ref)
        before = self._runs.resolve(other) if other else self._before(run)
        if before is None:
            return Comparison(run.id, None, (), None, "there is no earlier run to compare with: it is the first")
        old, new = (load_recipe(context.blobs, one) for one in (before, run))
        if old is None or new is None:
            by_hand = run if new is None else before
            return Comparison(run.id, before.id, (), None, f"{by_hand.id} was logged by hand and has no recipe")
        differences = tuple(between_recipes(old, new, self._title))
        outputs = [self._personas(one) for one in (before, run)]
        same = outputs[0] == outputs[1] if None not in outputs else None
        if differences:
            parts = "1 part" if len(differences) == 1 else f"{len(differences)} parts"
            verb = "differs" if len(differences) == 1 else "differ"
            return Comparison(run.id, before.id, differences, same, f"{parts} of the plan {verb}")
        return Comparison(run.id, before.id, (), same, f"the plans are equal, {_OUTPUTS[same]}")

    def _before(self, run: Run) -> Run | None:
        """The run planned before this one: of its variant where it has one, else of its project outside experiments."""
        listed = self._context.records.find(Run, project=run.project, experiment=run.experiment, deleted=True).items
        earlier = [
            one
            for one in listed
            if (one.planned_at, one.id) < (run.planned_at, run.id)
            and (one.experiment, one.variant) == (run.experiment, run.variant)
            and one.recipe is not None
        ]
        return max(earlier, key=lambda one: (one.planned_at, one.id), default=None)

    def _personas(self, run: Run) -> str | None:
        made = reproduce.outputs_of(self._context.records, run)
        return next((one.digest for one in made if one.kind == "personas"), None)

    def _title(self, digest: str) -> str:
        from persona.model.canonical import Digest

        return load_document(self._context.blobs, Digest(digest)).title
