"""What the things of a workspace are called in PROV: qualified names that read as the paths of a folder.

``project/name:v3`` is ``ws:artefact/project/name/v3``, its claim ``persona-1.goals[0]`` is
``ws:artefact/project/name/v3/persona-1.goals.0``, and a highlight ``document_X.0001@120-184`` is
``ws:document_X.0001.chars-120-184``. Two things never share a name. The characters of local names are letters, digits,
``. _ - /`` and percent-encoded bytes, which stand unchanged in PROV-N, in IRIs and in JSON.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from persona.lineage.fine import is_version, split_claim, split_highlight

if TYPE_CHECKING:
    from collections.abc import Mapping

VOCABULARY = "urn:persona-workbench:vocabulary:"
"""The namespace of the types and attributes that PROV does not have; the prefix is ``persona``."""

_LOG = "urn:persona-workbench:log:"
_PLAIN = re.compile(r"(run|source|document|participant|call|import|withdrawal)_[A-Za-z0-9_.]*[A-Za-z0-9_]")
_ITEM = re.compile(r"([^.]+\.\w+)\[(\d+)\]")
_LETTER = re.compile(r"[A-Za-z_]")
_PARTS = ("template", "engine", "model", "person", "grouping")


def namespaces(origin: str) -> Mapping[str, str]:
    """The namespaces of an account: the words of this program, and the things of one log, which nobody else has."""
    return {"persona": VOCABULARY, "ws": f"{_LOG}{quote(origin.removeprefix('persona/'), safe='')}:"}


@lru_cache(maxsize=65536)
def name(id: str) -> str:
    """The qualified name of a thing of the lineage graph."""
    if _PLAIN.fullmatch(id):
        return f"ws:{id}"
    span = split_highlight(id)
    if span is not None:
        return highlight(name(span[0]), span[1], span[2])
    said = split_claim(id)
    if said is not None:
        return claim(name(said[0]), said[1])
    if is_version(id):
        whole, _, number = id.rpartition(":")
        return version(logical(*whole.split("/", 1)), number)
    kind, colon, rest = id.partition(":")
    if colon and kind in _PARTS:
        if kind == "model":
            provider, colon, model = rest.partition(":")
            return f"ws:model/{_safe(provider)}" + (f"/{_safe(model)}" if colon else "")
        which, at, number = rest.rpartition("@")
        return f"ws:{kind}/{_safe(which)}/{_safe(f'v{number}')}" if at else f"ws:{kind}/{_safe(rest)}"
    return f"ws:thing/{_safe(id)}"


def project(id: str) -> str:
    """The name of a project."""
    return f"ws:project/{_safe(id)}"


def experiment(id: str) -> str:
    """The name of an experiment by its id, ``project/name``."""
    return f"ws:experiment/{_parts(id)}"


def variant(experiment_id: str, name: str) -> str:
    """The name of a variant of an experiment."""
    return f"ws:variant/{_parts(experiment_id)}/{_safe(name)}"


def logical(project: str, name: str) -> str:
    """The name of what all versions of an artefact are versions of."""
    return f"ws:artefact/{_safe(project)}/{_safe(name)}"


def version(logical: str, number: str) -> str:
    """The name of a version (``v3``) of an artefact."""
    return f"{logical}/{number}"


def highlight(document: str, start: int, end: int) -> str:
    """The name of a highlight, from the qualified name of its document."""
    return f"{document}.chars-{start}-{end}"


def claim(version: str, path: str) -> str:
    """The name of a claim or a persona, from the qualified name of its version."""
    item = _ITEM.fullmatch(path)
    return f"{version}/{_safe(f'{item[1]}.{item[2]}' if item else path)}"


def field(version: str, field: str) -> str:
    """The name of a field of personas, from the qualified name of their version."""
    return f"{below('field', version)}/{_safe(field)}"


def column(source: str, origin: str, number: int) -> str:
    """The name of a column of a source, from the qualified name of that."""
    return f"{source}.{origin}-{number}"


def content(kind: str, digest: str) -> str:
    """The name of something that is what its bytes are, such as a recipe."""
    return f"ws:{kind}/{digest.replace(':', '.', 1)}"


def below(word: str, whole: str) -> str:
    """A name under a word of its own, made of another name: ``ws:usage/run_X``."""
    return f"ws:{word}/{whole.partition(':')[2]}"


def _parts(id: str) -> str:
    return "/".join(_safe(part) for part in id.split("/", 1))


@lru_cache(maxsize=4096)
def _safe(text: str) -> str:
    """A text in the characters of local names, a slash not among them.

    What stands after the last percent-encoded byte holds a letter and does not end in a dot, so that PROV-XML and
    PROV-N can write it; where it would not, ``._`` is added, and once more where it was there before.
    """
    found = quote(text, safe="").replace("~", "%7E")
    end = found[found.rfind("%") + 3 :] if "%" in found else found
    return f"{found}._" if not _LETTER.search(end) or end.endswith((".", "._")) else found
