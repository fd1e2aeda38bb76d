"""PROV-N (https://www.w3.org/TR/prov-n/), one statement a line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from persona.exports.prov.terms import encoded, lexical
from persona.model.prov import ELEMENTS, FORMS, Account, Name, Statement, Value

BATCH = 500
"""How many lines are given at once."""

_PLAIN = re.compile(r"[A-Za-z0-9_/]([A-Za-z0-9_/.@~+-]*[A-Za-z0-9_/@~+-])?")
_LETTERS = (
    r"A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    r"\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_MARKS = r"\u00b7\u0300-\u036f\u203f-\u2040"
_FOREIGN = re.compile(rf"[^{_LETTERS}{_MARKS}0-9_/@~&+*?#$!=\'(),:;\[\]%.-]|%(?![0-9A-Fa-f]{{2}})|^[{_MARKS}]")
_ESCAPED = re.compile(r"[=\'(),:;\[\]]|^[-.]|\.$")
_TEXT = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"})


def prov_n(account: Account) -> Iterator[bytes]:
    """An account as PROV-N, in pieces."""
    lines = ["document"]
    lines += [f"  prefix {prefix} <{uri}>" for prefix, uri in account.namespaces.items()]
    writer = _Writer()
    for bundle in _all(account):
        indent = "  " if bundle is None else "    "
        if bundle is not None:
            lines.append(f"  bundle {writer.name(bundle)}")
        for kind in FORMS:
            for one in account.statements(kind, bundle):
                lines.append(indent + writer.line(one))
                if len(lines) >= BATCH:
                    yield ("\n".join(lines) + "\n").encode()
                    lines = []
        if bundle is not None:
            lines.append("  endBundle")
    lines.append("endDocument\n")
    yield "\n".join(lines).encode()


def _all(account: Account) -> Iterator[str | None]:
    yield None
    yield from account.bundles()


class _Writer:
    """Writes names and values; a name that was written before is not escaped again."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def name(self, name: str) -> str:
        """A qualified name. What no local name of PROV-N can hold is percent-encoded (section 3.7.1)."""
        found = self._known.get(name)
        if found is None:
            prefix, _, local = name.partition(":")
            if not _PLAIN.fullmatch(local):
                local = _ESCAPED.sub(lambda one: "\\" + one[0], _FOREIGN.sub(encoded, local))
            found = f"{prefix}:{local}"
            if len(self._known) < 100_000:
                self._known[name] = found
        return found

    def line(self, one: Statement) -> str:
        """A statement."""
        kind = one.kind
        parts = [
            "-" if value is None else value if form.part == "time" else self.name(value)
            for value, form in zip(one.arguments, FORMS[kind], strict=True)
        ]
        if one.attributes:
            told = ", ".join(f"{self.name(key)}={self._value(value)}" for key, value in one.attributes)
            parts.append(f"[{told}]")
        if one.id is None:
            return f"{kind}({', '.join(parts)})"
        if kind in ELEMENTS:
            return f"{kind}({', '.join([self.name(one.id), *parts])})"
        return f"{kind}({self.name(one.id)}; {', '.join(parts)})"

    def _value(self, value: Value) -> str:
        if isinstance(value, Name):
            return f"'{self.name(value.text)}'"
        text, datatype, language = lexical(value)
        if type(value) is int and datatype == "xsd:int":
            return text
        quoted = f'"{text.translate(_TEXT)}"'
        if language:
            return f"{quoted}@{language}"
        return quoted if datatype == "xsd:string" else f"{quoted} %% {self.name(datatype)}"
