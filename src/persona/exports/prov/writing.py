"""The formats of PROV by name, and writing an account in one of them."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from persona.exports.prov.prov_json import prov_json
from persona.exports.prov.prov_n import prov_n
from persona.exports.prov.prov_o import n_quads, turtle
from persona.exports.prov.prov_xml import prov_xml
from persona.exports.prov.terms import Prefixed

if TYPE_CHECKING:
    from persona.model.prov import Account

FORMATS: Mapping[str, tuple[Callable[[Account], Iterator[bytes]], str]] = {
    "json": (prov_json, "json"),
    "provn": (prov_n, "provn"),
    "xml": (prov_xml, "xml"),
    "turtle": (turtle, "ttl"),
    "nquads": (n_quads, "nq"),
}
"""The writer of each format, and the ending of its files."""

ENDINGS = {ending: name for name, (_, ending) in FORMATS.items()}


def pieces(account: Account, format: str, *, distinct: bool = False) -> Iterator[bytes]:
    """An account in a format, a piece at a time; equal accounts give equal bytes.

    ``distinct`` says that the account tells no identifier twice in one bundle, which saves a pass for PROV-JSON.
    Raises ``InvalidInput`` for what the format cannot hold.
    """
    prefixed = Prefixed(account)
    if format == "json":
        return prov_json(prefixed, distinct=distinct)
    return FORMATS[format][0](prefixed)


def write(account: Account, format: str, stream: BinaryIO, *, distinct: bool = False) -> int:
    """Write an account into a stream; the number of bytes."""
    size = 0
    with _uncollected():
        for piece in pieces(account, format, distinct=distinct):
            size += stream.write(piece)
    return size


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for cycles, which writing makes none of: it takes a tenth of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
