"""PROV-N (https://www.w3.org/TR/prov-n/), one statement a line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from persona.exports.prov.patterns import Patterns, gathered
from persona.exports.prov.terms import KNOWN, encoded, lexical
from persona.model.prov import ELEMENTS, FORMS, Account, Name, Rows, Statement, Value

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
    return gathered(_texts(account))


def _texts(account: Account) -> Iterator[str]:
    yield "document\n"
    for prefix, uri in account.namespaces.items():
        yield f"  prefix {prefix} <{uri}>\n"
    patterns = Patterns(_line, lambda names: list(map(_name, names)))
    for bundle in chain((None,), account.bundles()):
        if bundle is not None:
            yield f"  bundle {_name(bundle)}\n"
        indent = "  " if bundle is None else "    "
        for one in account.told(bundle):
            yield patterns.text(one, indent) if isinstance(one, Rows) else _line(one, indent)
        if bundle is not None:
            yield "  endBundle\n"
    yield "endDocument\n"


@lru_cache(maxsize=KNOWN)
def _name(name: str) -> str:
    """A qualified name. What no local name of PROV-N can hold is percent-encoded (section 3.7.1)."""
    prefix, colon, local = name.partition(":")
    if not colon:
        return name  # the mark of a pattern
    if not _PLAIN.fullmatch(local):
        local = _ESCAPED.sub(lambda one: "\\" + one[0], _FOREIGN.sub(encoded, local))
    return f"{prefix}:{local}"


def _line(one: Statement, indent: str) -> str:
    """A statement."""
    kind = one.kind
    parts = [
        "-" if value is None else value if form.part == "time" else _name(value)
        for value, form in zip(one.arguments, FORMS[kind], strict=True)
    ]
    if one.attributes:
        told = ", ".join(f"{_name(key)}={_value(value)}" for key, value in one.attributes)
        parts.append(f"[{told}]")
    if one.id is None:
        return f"{indent}{kind}({', '.join(parts)})\n"
    if kind in ELEMENTS:
        return f"{indent}{kind}({', '.join([_name(one.id), *parts])})\n"
    return f"{indent}{kind}({_name(one.id)}; {', '.join(parts)})\n"


def _value(value: Value) -> str:
    if isinstance(value, Name):
        return f"'{_name(value.text)}'"
    text, datatype, language = lexical(value)
    if type(value) is int and datatype == "xsd:int":
        return text
    quoted = f'"{text.translate(_TEXT)}"'
    if language:
        return f"{quoted}@{language}"
    return quoted if datatype == "xsd:string" else f"{quoted} %% {_name(datatype)}"
