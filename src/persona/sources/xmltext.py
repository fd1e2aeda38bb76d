"""XML that others wrote, element by element: no document type, no entity, no network, bounded depth and memory."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from persona.errors import InvalidInput
from persona.sources.limits import MAX_DEPTH, refuse

if TYPE_CHECKING:
    from typing import TypeAlias

    from lxml.etree import _Element

    Element: TypeAlias = _Element


def walk_xml(data: bytes, source: str) -> Iterator[tuple[str, Element]]:
    """The elements of a document as they begin (``start``) and end (``end``), in the order of the text.

    An element that has ended stays in memory until it is ``let_go``. Comments and processing instructions are passed
    over. Raises ``InvalidInput``: ``prov-syntax`` with line and column for what is not
    well-formed, ``xml-doctype`` for a declared document type, which is where entities come from, and ``prov-limit``
    for elements nested deeper than ``limits.MAX_DEPTH``.
    """
    from lxml import etree

    if b"<!DOCTYPE" in data:
        raise _doctype(source)
    parsing = etree.iterparse(
        io.BytesIO(data),
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    depth = 0
    try:
        for event, element in parsing:
            if event == "start":
                if depth == 0 and element.getroottree().docinfo.doctype:
                    raise _doctype(source)
                depth += 1
                if depth > MAX_DEPTH:
                    place = f"{source}, line {element.sourceline}"
                    raise refuse("it is nested deeper than any account of provenance is", "prov-limit", place)
                yield event, element
                continue
            depth -= 1
            yield event, element
    except etree.XMLSyntaxError as error:
        line, column = error.position
        reason = (error.msg or "it ends too early").split(", line ")[0]
        raise refuse(f"it is no XML: {reason}", "prov-syntax", f"{source}, line {line}, column {column}") from None


def let_go(element: Element) -> None:
    """Free an element that has ended, and all that it holds."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _doctype(source: str) -> InvalidInput:
    return refuse(
        "the file declares a document type, from which attacks are made and which PROV-XML never needs",
        "xml-doctype",
        source,
        "Do not trust it; or remove the declaration, if you know where the file comes from.",
    )
