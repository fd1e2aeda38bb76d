"""The account of a workspace (``exports.prov.account``) as quads to be asked in SPARQL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from persona.exports.graph.quads import FILE, SPACES
from persona.exports.prov.prov_o import merged_quads
from persona.exports.prov.terms import Prefixed

if TYPE_CHECKING:
    from persona.model.prov import Account


def write_account(account: Account, folder: Path) -> None:
    """Write an account into a new folder: its quads as they are asked (``prov_o.merged_quads``), and its prefixes.

    Raises ``InvalidInput`` for what RDF cannot hold.
    """
    folder.mkdir(parents=True)
    prefixed = Prefixed(account)
    with (folder / FILE).open("wb") as out:
        out.writelines(merged_quads(prefixed))
    (folder / SPACES).write_text(json.dumps(dict(prefixed.namespaces)), encoding="utf-8")
