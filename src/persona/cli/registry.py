"""Every command by name: where it stands and what it does in one line.

Help and completion read only this table, so they load no command. ``tests/cli/test_registry.py`` holds it
equal to the commands themselves.
"""

from __future__ import annotations

from typing import NamedTuple

_AT = "persona.cli.commands."


class Leaf(NamedTuple):
    """A command: the module and the attribute that hold it, and its line in a list of commands."""

    module: str
    attribute: str
    help: str


class Branch(NamedTuple):
    """A group of commands about one noun."""

    help: str
    leaves: dict[str, Leaf]


def _leaf(module: str, attribute: str, help: str) -> Leaf:
    return Leaf(_AT + module, attribute, help)


PROJECT = Branch(
    "Projects: one research initiative each.",
    {
        "create": _leaf("project", "create", "Make a project and work on it."),
        "list": _leaf("project", "list_", "List the projects."),
        "show": _leaf("project", "show", "Show one project."),
        "use": _leaf("project", "use", "Choose the project that commands work on."),
        "archive": _leaf("project", "archive", "Put a project away; nothing is removed."),
        "tag": _leaf("project", "tag", "Set or remove tags of a project."),
        "note": _leaf("project", "note", "Set or remove free fields of a project."),
    },
)

SOURCE = Branch(
    "Sources: the interviews and surveys that personas rest on.",
    {
        "import": _leaf("source", "import_", "Seal files, folders and globs as sources of the project."),
        "list": _leaf("source", "list_", "List the sources of the project."),
        "show": _leaf("source", "show", "Show a source, turn by turn."),
    },
)

PARTICIPANT = Branch(
    "Participants: the people who speak in the sources.",
    {
        "list": _leaf("participant", "list_", "List the participants of the project, and what they allow."),
        "show": _leaf("participant", "show", "Show what a participant allows, and where they speak."),
        "consent": _leaf("participant", "consent", "Record what participants allow."),
        "withdraw": _leaf("participant", "withdraw", "Erase the words of a participant everywhere."),
    },
)

EXPERIMENT = Branch(
    "Experiments: one question, several variants of a run.",
    {
        "create": _leaf("experiment", "create", "Make an experiment from a file of variants."),
        "run": _leaf("experiment", "run", "Run one variant of an experiment, or all of them."),
        "compare": _leaf("comparison", "compare", "Compare variants, runs or experiments, and say how sure it is."),
        "meta": _leaf("meta", "meta", "Combine comparisons across experiments and projects."),
        "reproduce": _leaf("reproduce", "experiment", "Do every run of an experiment again, and judge it."),
        "edit": _leaf("editing", "edit", "Change an experiment's file; what was before stays as a version."),
        "promote": _leaf("playground", "promote", "Make an experiment whose variants are tries."),
        "list": _leaf("experiment", "list_", "List the experiments of the project."),
        "show": _leaf("experiment", "show", "Show an experiment and its variants."),
        "tag": _leaf("experiment", "tag", "Set or remove tags of an experiment."),
        "note": _leaf("experiment", "note", "Set or remove free fields of an experiment."),
    },
)

RUN = Branch(
    "Runs: every generation of personas, as a record.",
    {
        "list": _leaf("run", "list_", "List runs, the newest first."),
        "show": _leaf("run", "show", "Show everything recorded about a run."),
        "reproduce": _leaf("reproduce", "reproduce", "Do a run again with the same parameters, and judge each output."),
        "environment": _leaf("reproduce", "environment", "Write what builds the environment of a run again."),
        "export": _leaf("reproduce", "export", "Write a run and all that it stands on into one file."),
        "delete": _leaf("run", "delete", "Hide a run; it can be restored."),
        "restore": _leaf("run", "restore", "Bring a deleted run back."),
        "tag": _leaf("run", "tag", "Set or remove tags of a run."),
        "note": _leaf("run", "note", "Set or remove free fields of a run."),
    },
)

LINEAGE = Branch(
    "Lineage: where a thing comes from, and what rests on it.",
    {
        "show": _leaf("lineage", "show", "Show what a thing is joined to."),
        "up": _leaf("lineage", "up", "Show what a thing rests on."),
        "down": _leaf("lineage", "down", "Show what rests on a thing."),
        "path": _leaf("lineage", "path", "Show a shortest chain between two things."),
        "diff": _leaf("lineage", "diff", "Show what only one of two things rests on."),
        "fields": _leaf("lineage", "fields", "Show which columns and speech fields rest on."),
        "impact": _leaf("lineage", "impact", "List what becomes stale if a thing changes, with the path."),
        "check": _leaf("lineage", "check", "Check whether provenance can be true."),
    },
)

GRAPH = Branch(
    "Graph: ask the records in Cypher or SPARQL.",
    {
        "query": _leaf("graph", "query", "Ask the records in Cypher."),
        "sparql": _leaf("graph", "sparql", "Ask the records in SPARQL, over PROV-O."),
        "schema": _leaf("graph", "schema", "Print what there is to be asked in Cypher."),
    },
)

AUDIT = Branch(
    "Audit: whether anybody changed what was recorded.",
    {
        "key": _leaf("audit", "key", "Show the key that signs for this log."),
        "checkpoint": _leaf("audit", "checkpoint", "Sign the state of the log, to be kept elsewhere."),
        "log": _leaf("audit", "log", "List what was recorded, by whom and when."),
        "verify": _leaf("audit", "verify", "Check the log, and hold it against kept checkpoints."),
        "prove": _leaf("audit", "prove", "Write a proof that an event stands in the log."),
        "check-proof": _leaf("audit", "check_proof", "Check a proof that somebody handed over."),
        "check-statement": _leaf("statement", "check_statement", "Check a statement of a run, and outputs against it."),
    },
)

EXPORT = Branch(
    "Exports: what is recorded, in formats that other programs read.",
    {
        "prov": _leaf("export", "prov", "Write what is recorded as PROV, in one of five formats."),
        "in-toto": _leaf("statement", "in_toto", "Write a signed statement of what a run made, and from what."),
        "ro-crate": _leaf("crate", "ro_crate", "Write a run, an experiment or a project as a research object."),
        "openlineage": _leaf("export", "openlineage", "Write or send what happened as OpenLineage events."),
        "atlas": _leaf("export", "atlas", "Write what is recorded as types and entities of Apache Atlas."),
    },
)

IMPORT = Branch(
    "Imports: provenance that others recorded.",
    {
        "prov": _leaf("importing", "prov", "Bring in provenance in PROV."),
        "openlineage": _leaf("importing", "openlineage", "Bring in events of OpenLineage."),
        "ro-crate": _leaf("importing", "ro_crate", "Bring in the metadata of a research object."),
        "reppl": _leaf("importing", "reppl", "Bring in what REPPL/Persona recorded."),
        "list": _leaf("importing", "list_", "List what was brought in."),
        "show": _leaf("importing", "show", "Show what an import tells, and what of it was lost."),
    },
)

ARTEFACT = Branch(
    "Artefacts: named, versioned outputs of runs.",
    {
        "list": _leaf("artefact", "list_", "List artefacts and their versions."),
        "show": _leaf("artefact", "show", "Show one version of an artefact."),
        "export": _leaf("artefact", "export", "Write personas out as json, yaml, csv, md or html."),
        "lineage": _leaf("artefact", "lineage", "Show what a file or an artefact was made from."),
        "alias": _leaf("artefact", "alias", "Point an alias such as approved at a version."),
        "tag": _leaf("artefact", "tag", "Set or remove tags of an artefact."),
        "note": _leaf("artefact", "note", "Set or remove free fields of an artefact."),
    },
)

ARCHIVE = Branch(
    "Archives: a workspace, or a project of it, as one file.",
    {
        "create": _leaf("archive", "create", "Write the workspace, or one project, into one file."),
        "open": _leaf("archive", "open_", "Make a workspace of an archive."),
    },
)

METRICS = Branch(
    "Metrics: what is measured of personas, and how.",
    {
        "list": _leaf("metrics", "list_", "List what is measured of personas."),
        "explain": _leaf("metrics", "explain", "Explain one metric."),
        "compute": _leaf("metrics", "compute", "Measure the personas of a run again, from what was sealed."),
        "across": _leaf("metrics", "across", "Measure several runs together: do they agree with each other?"),
        "judge": _leaf("judge", "judge", "Let a language model judge claims, and hold it against people."),
    },
)

MODEL = Branch(
    "Models: whom personas can ask, and whether they answer.",
    {
        "list": _leaf("model", "list_", "List whom personas can ask, and where keys come from."),
        "check": _leaf("model", "check", "Ask a model one small thing, and say how it answers."),
    },
)

TEMPLATE = Branch(
    "Templates: what words the prompts and the personas.",
    {
        "list": _leaf("template", "list_", "List the templates that word prompts and personas."),
        "show": _leaf("template", "show", "Show the text of a template."),
        "diff": _leaf("template", "diff", "Show what differs between two templates."),
        "new": _leaf("template", "new", "Copy a template into the project, to be edited there."),
    },
)

GROUPING = Branch(
    "Groupings: who belongs together, as people decide it.",
    {"propose": _leaf("grouping", "propose", "Propose who belongs together, for a person to edit.")},
)

CALL = Branch(
    "Calls: what was asked of models, and what came back.",
    {
        "list": _leaf("call", "list_", "List what was asked of models, for a run or the whole project."),
        "show": _leaf("call", "show", "Show one call: what was asked, what came back, and how."),
    },
)

WORKSPACE = Branch(
    "Linked workspaces: others whose things lineage follows.",
    {
        "link": _leaf("workspace", "link", "Link another workspace, so that lineage follows things there."),
        "unlink": _leaf("workspace", "unlink", "Remove a link; the workspace it led to is left alone."),
        "list": _leaf("workspace", "list_", "List the linked workspaces, and whether they can be read."),
    },
)

CONFIG = Branch(
    "Settings: which value wins, and where it stands.",
    {"show": _leaf("config", "show", "Show every setting, the layer that won and its place.")},
)

SECTIONS: dict[str, dict[str, Leaf | Branch]] = {
    "Begin": {
        "demo": _leaf("demo", "demo", "Show the whole job on bundled interviews."),
        "init": _leaf("init", "init", "Make a workspace in a folder."),
        "project": PROJECT,
        "source": SOURCE,
        "participant": PARTICIPANT,
    },
    "Make personas": {
        "generate": _leaf("generate", "generate", "Make personas from the sources, as one recorded run."),
        "try": _leaf("playground", "try_", "Make personas to look at, from the last try."),
        "experiment": EXPERIMENT,
        "grouping": GROUPING,
        "template": TEMPLATE,
        "model": MODEL,
    },
    "Look": {
        "run": RUN,
        "artefact": ARTEFACT,
        "metrics": METRICS,
        "call": CALL,
        "why": _leaf("reproduce", "why", "Say what differs from another run, or why a call was made."),
        "lineage": LINEAGE,
        "graph": GRAPH,
        "trace": _leaf("look", "trace", "Follow one claim of a persona to the words it rests on."),
        "export": EXPORT,
        "import": IMPORT,
        "report": _leaf("look", "report", "Write one HTML file: personas beside their transcripts."),
    },
    "Keep in order": {
        "audit": AUDIT,
        "verify": _leaf("health", "verify", "Check that everything is as it was recorded."),
        "rebuild": _leaf("health", "rebuild", "Make tables and run folders again from the log."),
        "archive": ARCHIVE,
        "workspace": WORKSPACE,
        "config": CONFIG,
    },
    "Help": {
        "explain": _leaf("explain", "explain", "Explain an error code or an exit status."),
        "completion": _leaf("completion", "completion", "Print the script that completes commands in a shell."),
    },
}

ROOT: dict[str, Leaf | Branch] = {name: item for section in SECTIONS.values() for name, item in section.items()}

ELSEWHERE: dict[str, str] = {
    "persona list": "persona run list",
    "persona show": "persona run show",
    "persona reproduce": "persona run reproduce",
    "persona compare": "persona experiment compare",
    "persona help": "persona --help",
    "persona version": "persona --version",
}
"""What people type for a command that has another name."""

GROUPS_ELSEWHERE: dict[str, str] = {"persona import": "persona source import interviews/"}
"""What people mean who name nothing that a group knows."""


def commands() -> dict[str, Leaf]:
    """Every command by its whole name, such as ``run list``, in the order of the help."""
    found: dict[str, Leaf] = {}
    for name, item in ROOT.items():
        if isinstance(item, Leaf):
            found[name] = item
        else:
            found |= {f"{name} {verb}": leaf for verb, leaf in item.leaves.items()}
    return found
