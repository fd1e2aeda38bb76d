"""Codes of provenance that others wrote: what cannot be read, and what cannot be true."""

from __future__ import annotations

from persona.cli.codes.code import Code

_WRITER = "Correct it at the place shown, or ask for it again from the program that wrote it."

PROVENANCE: dict[str, Code] = {
    "import-empty": Code(
        "InvalidInput",
        "The document to be imported tells of nothing: there is no entity, activity or agent in it.",
        "See that it is the document you meant.",
    ),
    "crate-no-metadata": Code(
        "NotFound",
        "The folder or the ZIP file holds no metadata of a research object.",
        "Name the folder in which `ro-crate-metadata.json` stands, or the file itself.",
    ),
    "import-in-use": Code(
        "InvalidInput",
        "The database to be imported is being written: its newest rows stand in a file beside it.",
        "Close the program that writes it.",
    ),
    "import-nothing": Code(
        "NotFound",
        "The folder to be imported holds nothing that REPPL/Persona writes.",
        "Name the folder of an experiment, with `config.yaml` or `history.json`, or a database.",
    ),
    "import-shape": Code(
        "InvalidInput",
        "The document is JSON, and not of the form that is asked for.",
        "See that it is the document you meant, and that the command is that of its format.",
    ),
    "import-syntax": Code("InvalidInput", "The document is not well-formed.", _WRITER),
    "lineage-check-moment": Code(
        "UsageError",
        "A file is checked as it is; only the account of the workspace can be asked as of a moment.",
        "Leave `--as-of` out, or the file.",
    ),
    "prov-format": Code(
        "InvalidInput",
        "The file is no provenance in a format that is read.",
        "PROV-JSON, PROV-XML, PROV-N and PROV-O (Turtle, TriG, N-Triples, N-Quads) are read.",
    ),
    "prov-format-unknown": Code(
        "UsageError",
        "There is no such format of PROV to write.",
        "The formats are json, provn, xml, turtle and nquads.",
    ),
    "prov-invalid": Code(
        "InvalidInput",
        "The provenance contradicts itself; each finding names the constraint of PROV-CONSTRAINTS that is broken.",
        "Read the statements of each finding together: one of them is wrong.",
    ),
    "prov-limit": Code(
        "InvalidInput",
        "The provenance is larger, longer or nested deeper than is read.",
        "Split it into several files.",
    ),
    "prov-name": Code(
        "InvalidInput",
        "A name in the provenance cannot be resolved: its prefix is not declared, or it names nothing.",
        "Declare the prefix in the file; the hint names the nearest that is declared.",
    ),
    "prov-no-scope": Code(
        "NotFound",
        "The thing named is neither a run, an experiment or a project, nor what a run made.",
        "Name one of these, or leave it out: then everything is told.",
    ),
    "prov-shape": Code(
        "InvalidInput",
        "The file is well-formed and says something that its format does not know.",
        _WRITER,
    ),
    "prov-syntax": Code("InvalidInput", "The file is not well-formed.", _WRITER),
    "prov-value": Code("InvalidInput", "A time or a number in the provenance cannot be read.", _WRITER),
    "prov-unwritable": Code(
        "InvalidInput",
        "A text or a namespace of the account cannot stand in the format that is asked for.",
        "Write another format: PROV-JSON holds every text.",
    ),
}
