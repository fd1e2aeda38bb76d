"""What the façade answers: frozen values that the command line prints and ``--json`` encodes.

Nothing here reads or writes; each view names things by words a person knows, beside their ids.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from persona.model.calls import Exchange, Message
from persona.model.demands import Held
from persona.model.measures import Measure
from persona.model.personas import Checks, PersonaSet
from persona.model.recipes import Recipe
from persona.model.records import Artefact, Call, DocumentRecord, Edge, Experiment, Finding, MetricPoint, Project, Run
from persona.model.reproductions import Difference
from persona.model.typed import Typed


class Coordinate(msgspec.Struct, frozen=True):
    """A state of the workspace as it can be cited: the last event, the Merkle root over the log up to it, its time."""

    position: int
    root: str
    recorded_at: str


class ProjectView(msgspec.Struct, frozen=True):
    """A project with its counts. ``path`` is relative to the workspace; ``notes`` are warnings about its file."""

    project: Project
    path: str
    current: bool
    sources: int
    participants: int
    experiments: int
    runs: int
    notes: tuple[str, ...] = ()


class SourceView(msgspec.Struct, frozen=True):
    """An imported original with the words that records do not hold: its name and its people.

    ``redacted`` counts replacements per kind; None where the original itself was sealed.
    """

    id: str
    name: str
    digest: str
    media_type: str
    reader: str
    bytes: int
    documents: int
    turns: int
    characters: int
    participants: tuple[str, ...]
    imported_at: str
    tags: dict[str, str] = {}
    redacted: dict[str, int] | None = None


class TurnView(msgspec.Struct, frozen=True):
    """One turn for reading: who, when, where in the original, and the words."""

    index: int
    speaker: str
    role: str
    participant: str | None
    start: int
    end: int
    place: str
    text: str
    began: float | None = None
    ended: float | None = None
    question: str | None = None


class DocumentView(msgspec.Struct, frozen=True):
    """One document of a source with its turns."""

    record: DocumentRecord
    title: str
    reader: str
    encoding: str | None
    attributes: dict[str, str]
    turns: tuple[TurnView, ...]


class SourceDetail(msgspec.Struct, frozen=True):
    """A source and its documents."""

    source: SourceView
    documents: tuple[DocumentView, ...]


class ReplacedWords(msgspec.Struct, frozen=True):
    """Words that a redaction would replace, how often in this file, and where first."""

    kind: str
    before: str
    after: str
    count: int
    place: str


class ImportedFile(msgspec.Struct, frozen=True):
    """What became of one file: imported, already here, or refused with reason and place.

    ``redacted`` counts replacements per kind, ``kept_as`` is the name under which a redacted file is kept, and
    ``replacements`` are the words themselves, told only by a preview.
    """

    path: str
    outcome: Literal["imported", "unchanged", "refused", "skipped", "preview"]
    source: str | None = None
    documents: int = 0
    participants: int = 0
    turns: int = 0
    notes: tuple[str, ...] = ()
    error: dict[str, Any] | None = None
    redacted: dict[str, int] | None = None
    kept_as: str | None = None
    replacements: tuple[ReplacedWords, ...] = ()


class ImportReport(msgspec.Struct, frozen=True):
    """What an import did, file by file; ``redacted`` sums replacements per kind, None without redaction."""

    project: str
    dry_run: bool
    files: tuple[ImportedFile, ...]
    imported: int
    unchanged: int
    refused: int
    skipped: int
    documents: int
    participants: int
    redacted: dict[str, int] | None = None
    notes: tuple[str, ...] = ()


class ExperimentView(msgspec.Struct, frozen=True):
    """An experiment with its variants' parameters and how many runs each has in which state."""

    experiment: Experiment
    path: str
    current: bool
    variants: dict[str, dict[str, Any]]
    evaluation: dict[str, Any]
    runs: dict[str, dict[str, int]]
    notes: tuple[str, ...] = ()


class RunView(msgspec.Struct, frozen=True):
    """A run with everything recorded about it.

    ``path`` is its folder, relative to the workspace; None while there is none. ``checks`` says how the answers of a
    model fared when they were held against the sources; None for a run that asked none or has no personas.
    """

    run: Run
    path: str | None
    recipe: Recipe | None
    outputs: tuple[Artefact, ...]
    measures: tuple[Measure, ...]
    series: tuple[MetricPoint, ...]
    edges: tuple[Edge, ...]
    notes: tuple[str, ...] = ()
    held: tuple[Held, ...] = ()
    checks: Checks | None = None


class GenerateView(msgspec.Struct, frozen=True):
    """The outcome of ``persona generate`` or of one run of an experiment."""

    view: RunView
    personas: PersonaSet


class TryView(msgspec.Struct, frozen=True):
    """The outcome of ``persona try``: the run, the try before it, and the settings and metrics that differ."""

    made: GenerateView
    before: str | None
    changed: dict[str, tuple[Any, Any]]
    moved: dict[str, tuple[float | None, float | None]]


class PromptView(msgspec.Struct, frozen=True):
    """A prompt that would be sent: its step, what it is about, its messages, and whether its answer is recorded.

    ``name`` says in words what it is about.
    """

    step: str
    about: str
    system: str
    user: str
    tokens: int
    recorded: bool
    name: str = ""


class OutlookView(msgspec.Struct, frozen=True):
    """What a run would ask: ``prompts`` of the first step, and ``later`` calls at least that follow from the answers.

    Tokens and ``cost`` leave out what is recorded already. ``cost`` is an estimate in US dollars, None where no price
    is known; repairs of refused answers come on top. ``notes`` say which limit of the run the estimate goes beyond.
    """

    model: str
    endpoint: str | None
    prompts: tuple[PromptView, ...]
    later: int
    input_tokens: int
    output_tokens: int
    cost: float | None
    notes: tuple[str, ...] = ()


class TemplateView(msgspec.Struct, frozen=True):
    """A template: which engine it is for, its version and digest, and where it stands (``built in``, or a path)."""

    name: str
    engine: str
    version: str
    digest: str
    place: str
    text: str | None = None


class TemplateDiff(msgspec.Struct, frozen=True):
    """What differs between two templates, as lines of a unified diff; none when they are equal."""

    before: TemplateView
    after: TemplateView
    lines: tuple[str, ...]


class GroupingView(msgspec.Struct, frozen=True):
    """Groups of participants, how they came to be, and the artefact and file that hold them."""

    artefact: str
    path: str | None
    groups: tuple[tuple[str, ...], ...]
    outliers: tuple[str, ...]
    message: str


class ProviderView(msgspec.Struct, frozen=True):
    """A provider of models: how it is named, where it is asked, and where its key comes from (None: there is none).

    ``key`` is a place, never the key. ``needs_key`` says whether it answers without one, and ``problems`` which of its
    variables hold what cannot be used.
    """

    name: str
    title: str
    endpoint: str | None
    key: str | None
    needs_key: bool
    local: bool
    installed: bool
    variables: tuple[str, ...]
    problems: tuple[str, ...] = ()


class ModelCheck(msgspec.Struct, frozen=True):
    """What came of asking a model one small thing."""

    model: str
    endpoint: str
    answered: str
    mode: str
    seconds: float
    input_tokens: int | None
    output_tokens: int | None
    follows_schema: bool
    fingerprint: str | None


class EnvironmentView(msgspec.Struct, frozen=True):
    """The environment of a run written out: the folder, its files, and the git state that the run recorded."""

    run: str
    path: str
    files: tuple[str, ...]
    git: dict[str, Any] = {}


class ArchiveView(msgspec.Struct, frozen=True):
    """A workspace, or one ``project`` of it, as a file. ``withheld`` of its ``events`` are there as leaves only."""

    path: str
    bytes: int
    project: str | None
    events: int
    withheld: int
    root: str
    blobs: int
    files: int


class BundleView(msgspec.Struct, frozen=True):
    """A run as one file: where it stands, and what it holds.

    ``digest`` is that of the whole file. ``level`` is the level at which it can be done again: ``replay``, or
    ``verify`` for a run that made no personas. ``holds`` counts events and the records of each noun;
    ``left_out`` names the bytes that the run recorded and the file does not hold.
    """

    run: str
    path: str
    bytes: int
    digest: str
    level: str
    holds: dict[str, int]
    left_out: tuple[str, ...] = ()


class SampleView(msgspec.Struct, frozen=True):
    """A table of claims for people to label: where it stands and how many rows it has."""

    run: str
    path: str
    claims: int


class JudgeView(msgspec.Struct, frozen=True):
    """What a judge made of the claims of a run. ``judge_run`` is the run that recorded its calls."""

    run: str
    judge_run: str
    measure: Measure


class CallView(msgspec.Struct, frozen=True):
    """One call with its messages and its answer, as they are recorded."""

    call: Call
    messages: tuple[Message, ...]
    text: str | None
    exchanges: tuple[Exchange, ...]
    about: str = ""


class CallsView(msgspec.Struct, frozen=True):
    """Some calls and the position after them, None at the end. ``names`` says in words what an ``about`` stands for."""

    items: tuple[Call, ...]
    next: str | None
    total: int
    names: dict[str, str]


class KeyComparison(msgspec.Struct, frozen=True):
    """Why a call was made or not: beside the most similar one before it, every part of the key that differs.

    ``before`` is None when nothing of its step and subject was asked earlier.
    """

    call: str
    before: str | None
    differences: tuple[Difference, ...]
    reason: str


class ArtefactView(msgspec.Struct, frozen=True):
    """An artefact version, its file in the workspace (None when only in blobs), and its neighbours."""

    artefact: Artefact
    path: str | None
    edges: tuple[Edge, ...]
    versions: tuple[str, ...] = ()


class LineageNode(msgspec.Struct, frozen=True):
    """One thing in a lineage tree: what it is, in words, and by which relation the one above reaches it."""

    id: str
    kind: str
    label: str
    relation: str
    children: tuple[LineageNode, ...] = ()


class LineageView(msgspec.Struct, frozen=True):
    """The provenance of a thing as a tree, with how it was found (``digest``, ``name`` or ``embedded``)."""

    root: LineageNode
    found_by: Literal["digest", "name", "embedded"]
    head: str


class TraceView(msgspec.Struct, frozen=True):
    """One claim followed to its words: persona, claim, span, turn, document, original and its digest."""

    persona: str
    path: str
    claim: str
    status: str
    support: int
    of: int
    quote: str
    participant: str
    document: str
    title: str
    start: int
    end: int
    place: str
    source: str
    source_digest: str
    equal: bool
    passages: tuple[PassageView, ...] = ()


class PassageView(msgspec.Struct, frozen=True):
    """One of the other passages that a claim rests on: who says it and where."""

    participant: str
    quote: str
    title: str


class MetricView(msgspec.Struct, frozen=True):
    """What a metric means. ``parts`` are the metrics that a derived score is made of.

    ``over`` says whether one run is measured or several together; ``distribution`` names the plugin that brings it.
    """

    name: str
    version: str
    direction: Literal["up", "down", "none"]
    span: tuple[float, float]
    denominator: str
    formula: str
    parts: tuple[str, ...] = ()
    over: Literal["run", "runs"] = "run"
    distribution: str | None = None


class MeasuresView(msgspec.Struct, frozen=True):
    """Measures of a run taken again. ``changed`` names those that differ from what is stored with the run."""

    run: str
    measures: tuple[Measure, ...]
    scores: dict[str, float | None]
    changed: tuple[str, ...]


class AcrossView(msgspec.Struct, frozen=True):
    """Measures of several runs together. ``plans`` are the numbers of runs that differ in seed and repeat at most."""

    runs: tuple[str, ...]
    plans: tuple[int, ...]
    measures: tuple[Measure, ...]
    scores: dict[str, float | None]
    notes: tuple[str, ...] = ()


class SettingView(msgspec.Struct, frozen=True):
    """One setting: the value that won, the layer it came from, where that layer stands, and what it beat."""

    name: str
    value: Any
    layer: Literal["flag", "environment", "project", "workspace", "user", "default"]
    place: str
    beaten: tuple[tuple[str, str, Any], ...]
    meaning: str


class VerifyReport(msgspec.Struct, frozen=True):
    """What was checked and what was found wrong. ``ok`` is True when nothing was."""

    ok: bool
    events: int
    root: str
    blobs: int
    quotations: int
    folders: int
    findings: tuple[Finding, ...]


class RebuildReport(msgspec.Struct, frozen=True):
    """What a rebuild restored."""

    events: int
    folders: int
    files: int


class ReportView(msgspec.Struct, frozen=True):
    """A written HTML report: its path relative to the workspace and the artefact that names it."""

    path: str
    bytes: int
    run: str
    artefact: str | None


class DemoView(msgspec.Struct, frozen=True):
    """The end of the demonstration: what was built and where to look."""

    workspace: str
    imported: ImportReport
    runs: tuple[GenerateView, ...]
    trace: TraceView
    verify: VerifyReport
    report: ReportView
    seconds: float


class ParticipantView(msgspec.Struct, frozen=True):
    """A person of a project: label, stated attributes, in how many documents they speak, and what they allow now.

    ``expired`` says that the last day on which their words may be kept is over, ``withdrawn`` is their withdrawal.
    """

    id: str
    label: str
    attributes: dict[str, str]
    documents: int
    use: bool = True
    quotation: bool = True
    hosted: bool = True
    retention: str | None = None
    expired: bool = False
    withdrawn: str | None = None


class ConsentView(msgspec.Struct, frozen=True):
    """One version of what a person allows: the event that recorded it, who recorded it, and what it said."""

    seq: int
    event: str
    at: str
    by: str
    said: dict[str, Any]


class ParticipantDetail(msgspec.Struct, frozen=True):
    """A person with every version of their consent; ``withdrawal`` is what was erased when they withdrew."""

    participant: ParticipantView
    project: str
    documents: tuple[str, ...]
    consents: tuple[ConsentView, ...]
    withdrawal: WithdrawalView | None


class WithdrawalView(msgspec.Struct, frozen=True):
    """What the withdrawal of a person erases, or would with ``dry_run``.

    ``participants`` are records of one person. ``kinds`` counts the erased bytes by what they were. ``files`` were
    written by this program and go; ``yours`` hold the words too, were written by people, and stay. ``typed`` are
    entries of the log in which somebody typed words or a name of theirs, which stay, too; they are looked for when the
    withdrawal is planned. ``withdrawal`` and the fields after it are absent while nothing is decided.
    """

    participants: tuple[str, ...]
    project: str
    kinds: dict[str, int]
    bytes: int | None = None
    documents: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    artefacts: tuple[str, ...] = ()
    personas: int = 0
    claims: int = 0
    files: tuple[str, ...] = ()
    yours: tuple[str, ...] = ()
    typed: tuple[Typed, ...] = ()
    withdrawal: str | None = None
    event: str | None = None
    began_at: str | None = None
    ended_at: str | None = None
    dry_run: bool = True


class ExportView(msgspec.Struct, frozen=True):
    """A written export; ``content`` holds the bytes as text when no file was asked for."""

    format: str
    bytes: int
    path: str | None
    artefact: str
    content: str | None = None
