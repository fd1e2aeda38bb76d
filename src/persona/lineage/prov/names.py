"""Names: prefixes as files declare them, each namespace under one prefix of the account.

Two files, or two bundles of one file, may use one prefix for two namespaces, or two for one. In an account each
namespace has one prefix, so that equal texts are equal names (PROV-DM section 5.7.1: a qualified name stands for the
URI that its namespace and its local part make together).
"""

from __future__ import annotations

from collections.abc import Callable

from persona.errors import did_you_mean
from persona.lineage.prov.limits import MAX_NAME, MAX_NAMESPACES, refuse, too_much

PROV = "http://www.w3.org/ns/prov#"
XSD = "http://www.w3.org/2001/XMLSchema#"

Place = Callable[[], str]
"""How a place is said, asked only when something is wrong: counting the lines before it takes time."""

_SCHEMA = "http://www.w3.org/2001/XMLSchema"  # as PROV-N and many files write it, without the sharp sign


class Names:
    """The namespaces of an account under construction."""

    def __init__(self) -> None:
        self.namespaces: dict[str, str] = {"prov": PROV, "xsd": XSD}
        self._prefixes: dict[str, str] = {PROV: "prov", XSD: "xsd", _SCHEMA: "xsd"}

    def declare(self, prefix: str, uri: str, place: Place) -> str:
        """The prefix under which the account knows a namespace: the wanted one unless it stands for another already.

        The default namespace (``prefix`` empty) is known as ``ns``.
        """
        known = self._prefixes.get(uri)
        if known is not None:
            return known
        if not uri or len(uri) > MAX_NAME:
            what = "is empty" if not uri else f"is longer than {MAX_NAME:,} characters"
            raise refuse(f"the namespace of `{prefix or 'default'}` {what}", "prov-name", place())
        if len(self._prefixes) > MAX_NAMESPACES:
            raise too_much(f"there are more than {MAX_NAMESPACES:,} namespaces", place())
        wanted = chosen = prefix or "ns"
        number = 1
        while chosen in self.namespaces:
            chosen = f"{wanted}_{number}"
            number += 1
        self._prefixes[uri] = chosen
        self.namespaces[chosen] = uri
        return chosen

    def prefix(self, uri: str) -> str | None:
        """The prefix of a namespace that is declared, or None."""
        return self._prefixes.get(uri)


class Scope:
    """The prefixes that may be used in one place of a file: a document, or a bundle within it."""

    def __init__(self, names: Names, outer: Scope | None = None) -> None:
        self.names = names
        self._prefixes: dict[str, str] = dict(outer._prefixes) if outer else {"prov": "prov", "xsd": "xsd"}
        self._resolved: dict[str, str] = {}

    def declare(self, prefix: str, uri: str, place: Place) -> None:
        """Let ``prefix`` stand for ``uri`` here. Raises ``InvalidInput`` when PROV keeps the prefix for another."""
        if prefix == "prov" and uri != PROV:
            raise refuse(
                f"the prefix `prov` stands for <{PROV}> and for nothing else",
                "prov-name",
                place(),
                "Choose another prefix for the namespace.",
            )
        self._prefixes[prefix] = self.names.declare(prefix, uri, place)
        self._resolved = {}

    def name(self, text: str, place: Place) -> str:
        """A qualified name as the account writes it. Raises ``InvalidInput`` where its prefix is not declared."""
        known = self._resolved.get(text)
        if known is None:
            known = self._resolved[text] = self._resolve(text, place)
        return known

    def resolved(self, text: str) -> str | None:
        """A name that was resolved before, or None."""
        return self._resolved.get(text)

    def known(self, text: str) -> bool:
        """Whether a text reads as a qualified name here."""
        prefix, colon, local = text.partition(":")
        return bool(local or prefix) and (prefix if colon else "") in self._prefixes

    def _resolve(self, text: str, place: Place) -> str:
        prefix, colon, local = text.partition(":")
        if not colon:
            prefix, local = "", text
        if not text or len(text) > MAX_NAME:
            raise refuse(
                "a name is empty" if not text else f"a name is longer than {MAX_NAME:,} characters",
                "prov-name",
                place(),
            )
        chosen = self._prefixes.get(prefix)
        if chosen is not None:
            return f"{chosen}:{local}"
        if not prefix:
            raise refuse(
                f"the name {text!r} has no prefix, and no default namespace is declared",
                "prov-name",
                place(),
                "Declare a default namespace in the file, or write the name with a prefix.",
            )
        if prefix == "_":
            raise refuse(
                f"{text!r} is a blank node, which names nothing that other statements can refer to",
                "prov-name",
                place(),
                "Give the statement that it refers to a name with a prefix.",
            )
        near = did_you_mean(prefix, self._prefixes)
        raise refuse(
            f"the prefix `{prefix}` of {text[:200]!r} is not declared",
            "prov-name",
            place(),
            f"Did you mean `{near}`?" if near else f"Declare the namespace of `{prefix}` in the file.",
        )
