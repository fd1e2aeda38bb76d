"""What every error code means and what helps: the one table behind ``persona explain`` and ``docs/errors.md``.

``tests/cli/test_codes.py`` reads the whole house and fails when a code is raised that stands in no table, or
stands here and is raised nowhere.
"""

from __future__ import annotations

from persona.cli.codes.calls import CALLS
from persona.cli.codes.code import Code, Found
from persona.cli.codes.erasure import ERASURE
from persona.cli.codes.files import FILES
from persona.cli.codes.findings import FINDINGS
from persona.cli.codes.graphs import GRAPHS
from persona.cli.codes.links import LINKS
from persona.cli.codes.models import MODELS
from persona.cli.codes.provenance import PROVENANCE
from persona.cli.codes.stores import STORES

CODES: dict[str, Code] = dict(sorted((CALLS | ERASURE | FILES | GRAPHS | LINKS | MODELS | PROVENANCE | STORES).items()))

EXIT_STATUSES: dict[int, str] = {
    0: "done",
    1: "a fault of the program itself",
    2: "the command was written wrongly",
    3: "the thing named does not exist here",
    4: "it exists already, or somebody changed it first",
    5: "a file or a value cannot be accepted; of an import: some files were refused, the rest is in",
    6: "bytes or records are not what was recorded; `persona verify` found damage",
    7: "a model could not be reached, or gave nothing usable",
    8: "disk or database refused: full, broken, locked",
    9: "the operating system or a consent forbids it; a folder is read-only",
    130: "a person stopped it",
}

__all__ = ["CODES", "EXIT_STATUSES", "FINDINGS", "Code", "Found"]
