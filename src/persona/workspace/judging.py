"""Letting a language model judge claims, and holding the judge against people."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from persona.errors import InvalidInput, ModelError, NotFound
from persona.llm.opening import check_ready
from persona.llm.providers import find_model, nearest
from persona.metrics.judging import VERDICTS, Item, items_of
from persona.runs.judging import Docket, judge_run
from persona.runs.reproduce import outputs_of
from persona.sources.cells import records_of
from persona.workspace.addresses import endpoint_for, limits_of
from persona.workspace.context import Context
from persona.workspace.layout import write_atomic
from persona.workspace.projects import read_text
from persona.workspace.views import JudgeView, SampleView

if TYPE_CHECKING:
    from persona.model.personas import PersonaSet
    from persona.model.records import Artefact, Run
    from persona.workspace.artefacts import Artefacts
    from persona.workspace.runs import Runs

COLUMNS = ("statement", "words", "label")
MOST_LABELS = 100_000
_FORMULA = "=+-@\t\r"


class Judging:
    """What ``persona metrics judge`` does."""

    def __init__(self, context: Context, runs: Runs, artefacts: Artefacts) -> None:
        self._context = context
        self._runs = runs
        self._artefacts = artefacts

    def sample(self, ref: str, output: str | Path) -> SampleView:
        """Write the claims of a run with the words they rest on to a table, for people to label.

        The column ``label`` is empty: supported, contradicted or not_enough belong there.
        """
        run = self._runs.resolve(ref)
        _, personas = self._personas(run)
        items = items_of(personas)
        out = StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((_safe(item.text), _safe("\n".join(item.words)), "") for item in items)
        write_atomic(Path(output), out.getvalue().encode())
        return SampleView(run.id, str(output), len(items))

    def judge(
        self,
        ref: str,
        model: str,
        *,
        labels: str | Path | None = None,
        flags: Mapping[str, Any] | None = None,
        fresh: bool = False,
    ) -> JudgeView:
        """Ask a model whether each claim of a run follows from its words; recorded as a run of its own.

        ``labels`` is a table that people filled in: from 50 labels and a kappa of 0.6 on the metric may rank.
        With ``fresh`` no recorded verdict is used again. Raises ``ModelError`` for a model that cannot be asked,
        ``InvalidInput`` for a table that cannot be read.
        """
        context = self._context
        run = self._runs.resolve(ref)
        artefact, personas = self._personas(run)
        if find_model(model) is None:
            raise ModelError(
                f"`{model}` is not the name of a model",
                code="model-unavailable",
                place="--judge",
                hints=[
                    f"did you mean `{near}`?"
                    if (near := nearest(model))
                    else "write `provider:model`, such as `openai:gpt-4o-mini`: `persona model list`"
                ],
            )
        labelled, known = _read_labels(Path(labels), run.id) if labels is not None else ([], {})
        layers = context.layers({key: value for key, value in (flags or {}).items() if value is not None}, run.project)
        limits = limits_of(layers)
        endpoint = endpoint_for(model, layers).value
        check_ready(model, "--judge", endpoint, limits.vouched)
        docket = Docket(run, artefact.id, items_of(personas), labelled, known)
        id, measure = judge_run(
            context.records, context.blobs, docket, model, endpoint, limits=limits, actor=context.actor, fresh=fresh
        )
        return JudgeView(run.id, id, measure)

    def _personas(self, run: Run) -> tuple[Artefact, PersonaSet]:
        made = [one for one in outputs_of(self._context.records, run) if one.kind == "personas"]
        if not made:
            raise NotFound(
                "the run has no personas to judge",
                code="run-without-personas",
                place=run.id,
                hints=["see the runs: `persona run list --status completed`"],
            )
        return made[0], self._artefacts.personas(made[0])


def _safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] and text[0] in _FORMULA else text


def _plain(text: str) -> str:
    """A cell without the sign that ``_safe`` put before it. Whatever else begins with an apostrophe keeps it."""
    return text[1:] if text[:1] == "'" and text[1:2] and text[1] in _FORMULA else text


def _read_labels(path: Path, run: str) -> tuple[list[Item], dict[str, str]]:
    """The labelled rows of a table. Rows without a label are left out; rows that say the same are one label.

    Raises ``InvalidInput`` for what cannot be read and for two labels of one statement about the same words.
    """
    rows = records_of(read_text(path), str(path))
    _, heading = next(rows, (0, {}))
    if not set(COLUMNS) <= set(heading):
        raise InvalidInput(
            f"the table must have the columns {', '.join(COLUMNS)}",
            code="labels-file",
            place=str(path),
            hints=[f"make one to fill in: `persona metrics judge {run} --sample labels.csv`"],
        )
    items: list[Item] = []
    labels: dict[str, str] = {}
    seen: dict[tuple[str, tuple[str, ...]], str] = {}
    for number, (_, row) in enumerate(rows, start=2):
        label = row["label"].strip().casefold().replace(" ", "_")
        if not label:
            continue
        if number > MOST_LABELS:
            raise _refused(f"it has more than {MOST_LABELS:,} rows", path, number, "leave some out")
        if label not in VERDICTS:
            raise _refused(f"`{label[:40]}` is not a label", path, number, f"use one of: {', '.join(VERDICTS)}")
        place = f"label {number}"
        words = tuple(" ".join(line.split()) for line in _plain(row["words"]).splitlines() if line.strip())
        item = Item(place, _plain(row["statement"]), words)
        earlier = seen.setdefault((item.text, item.words), place)
        if earlier == place:
            items.append(item)
            labels[place] = label
        elif labels[earlier] != label:
            told = f"the statement of row {earlier.split()[1]} stands here again with another label"
            raise _refused(told, path, number, "let one of the two rows stand, with what people agreed on")
    return items, labels


def _refused(what: str, path: Path, row: int, hint: str) -> InvalidInput:
    return InvalidInput(what, code="labels-file", place=f"{path}, row {row}", hints=[hint])
