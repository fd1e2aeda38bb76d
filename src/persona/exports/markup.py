"""HTML that cannot be forgotten to be escaped: plain text is escaped on its way in, only ``Html`` passes as it is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias


class Html(str):
    """Markup that is safe to put in a page, made only by the functions of this module."""

    __slots__ = ()


Child: TypeAlias = "str | Html | Iterable[Child] | None"
"""What an element may hold: text, markup, several of them, or nothing."""

VOID = frozenset({"meta", "br", "hr", "input", "link"})

# The parser of HTML turns a bare carriage return into a line feed and drops NUL; both would change a quotation.
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "\r": "&#13;", "\0": "\ufffd"}
)


def escape(text: str) -> Html:
    """Text as markup that shows exactly that text, in an element or in a quoted attribute."""
    return Html(text.translate(_ESCAPES))


def join(*children: Child) -> Html:
    """Several children, one after the other."""
    return Html("".join(_flat(children)))


def el(tag: str, /, *children: Child, **attributes: str | float | bool | None) -> Html:
    """An element. ``class_`` and ``data_s`` name the attributes ``class`` and ``data-s``.

    True writes an attribute without a value, False and None leave it out.
    """
    written = [tag]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        name = key.rstrip("_").replace("_", "-")
        written.append(name if value is True else f'{name}="{escape(str(value))}"')
    opening = f"<{' '.join(written)}>"
    return Html(opening) if tag in VOID else Html(f"{opening}{join(*children)}</{tag}>")


def trusted(text: str) -> Html:
    """Markup, style or script written in this package. Never give it a word that came from anywhere else."""
    return Html(text)


def _flat(children: Iterable[Child]) -> Iterable[str]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, Html):
            yield child
        elif isinstance(child, str):
            yield escape(child)
        else:
            yield from _flat(child)
