"""What the façade answers about experiments that were run and compared."""

from __future__ import annotations

import msgspec

from persona.model.comparisons import MetaAnalysis, SidesCompared
from persona.model.matches import Matched


class OutcomeView(msgspec.Struct, frozen=True):
    """How one run of an experiment came out: its place in the design, what it took, and its error where it has one."""

    run: str
    variant: str
    inputs: str
    repeat: int
    status: str
    seconds: float
    cost: float | None
    tokens: int
    asked: int
    reused: int
    code: str | None = None
    message: str | None = None
    kind: str = ""
    place: str | None = None
    hints: tuple[str, ...] = ()


class BestPoint(msgspec.Struct, frozen=True):
    """The best of ``of`` points of a search: its variant and the mean of the primary metric over its runs."""

    variant: str
    metric: str
    value: float
    of: int


class ExperimentRunView(msgspec.Struct, frozen=True):
    """The outcome of ``persona experiment run``.

    ``wanted`` runs make up what was asked for, ``there`` of them were completed before; ``outcomes`` are those done
    now, in the order in which they ended, and ``left`` of them are not completed. ``stopped`` says why no more were
    begun. ``cost`` is an estimate in US dollars, None where no price is known. ``best`` is of a search only.
    """

    experiment: str
    project: str
    version: int
    wanted: int
    there: int
    outcomes: tuple[OutcomeView, ...]
    left: int
    stopped: str | None
    cost: float | None
    seconds: float
    best: BestPoint | None = None


class ReproducedRun(msgspec.Struct, frozen=True):
    """What became of one run of an experiment that was done again; ``cause`` and ``diverged`` where it differs."""

    run: str
    variant: str
    repeat: int
    verdict: str
    cause: str | None = None
    diverged: str | None = None


class ReproducedView(msgspec.Struct, frozen=True):
    """The outcome of ``persona experiment reproduce``.

    ``comparison`` says whether the newest stored comparison comes out the same from the records: ``identical``,
    ``different``, or None where none is stored. ``verdict`` is the worst of all.
    """

    experiment: str
    level: str
    verdict: str
    runs: tuple[ReproducedRun, ...]
    comparison: str | None


class CompareView(msgspec.Struct, frozen=True):
    """The outcome of ``persona experiment compare``: ``path`` is the page, ``artefact`` the stored comparison,
    ``rests_on`` the personas compared.
    """

    comparison: SidesCompared
    personas: tuple[Matched, ...]
    path: str | None
    artefact: str | None
    rests_on: tuple[str, ...] = ()


class MetaView(msgspec.Struct, frozen=True):
    """The outcome of ``persona experiment meta``: ``path`` is the page, ``artefact`` the stored combination."""

    analysis: MetaAnalysis
    path: str | None
    artefact: str | None
