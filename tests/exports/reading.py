"""Reading HTML back as a browser would, with the parser of the standard library."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import NamedTuple

VOID = {"meta", "br", "hr", "input", "link"}


class Element(NamedTuple):
    """A parsed element: its name, its attributes and the text it holds."""

    tag: str
    attributes: dict[str, str]
    text: list[str]

    @property
    def content(self) -> str:
        return "".join(self.text)


class Page(HTMLParser):
    """Every element of a page, in document order; raises when tags do not match."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(html)
        self.close()
        assert not self._open, f"not closed: {self._open[-1].tag}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"an attribute stands twice in <{tag}>"
        element = Element(tag, {name: value or "" for name, value in attrs}, [])
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open[-1].tag == tag, f"</{tag}> closes <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text.append(data)

    def all(self, tag: str = "", class_: str = "") -> list[Element]:
        """The elements with a name, a class, or both."""
        return [
            one
            for one in self.elements
            if (not tag or one.tag == tag) and (not class_ or class_ in one.attributes.get("class", "").split())
        ]

    def by_id(self, id: str) -> Element:
        """The one element with an id."""
        (found,) = [one for one in self.elements if one.attributes.get("id") == id]
        return found
