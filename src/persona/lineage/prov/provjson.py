"""PROV-JSON: the W3C submission of 2013 (https://www.w3.org/submissions/prov-json/).

Records are read one at a time. Names are resolved by the prefixes of the document, and within a bundle by its own
before those; most writers put the prefixes last, so that they are looked for first.
"""

from __future__ import annotations

from typing import Any

from persona.errors import did_you_mean
from persona.lineage.prov.held import Builder, Held
from persona.lineage.prov.jsontext import JsonText, said
from persona.lineage.prov.limits import MAX_VALUES, refuse, too_much
from persona.lineage.prov.names import Scope
from persona.lineage.prov.values import AS_WRITTEN, instant, typed
from persona.model.prov import FORMS, Formal, Kind, Literally, Name, Statement, Value

_FORMAL: dict[Kind, dict[str, tuple[int, Formal]]] = {
    kind: {f"prov:{formal.name}": (at, formal) for at, formal in enumerate(formals)} for kind, formals in FORMS.items()
}
_ANY_FORMAL = {key for formals in _FORMAL.values() for key in formals}
_QUALIFIED = ("xsd:QName", "prov:QUALIFIED_NAME")


def read_prov_json(text: str, source: str) -> Held:
    """The account that a PROV-JSON document tells. ``source`` names the file in errors.

    Raises ``InvalidInput``: ``prov-syntax`` for what is no JSON, ``prov-shape`` for what is no PROV-JSON, ``prov-name``
    for names that cannot be resolved, ``prov-value`` for values that cannot be read, ``prov-limit`` for too much.
    """
    walk = JsonText(text, source)
    build = Builder(source)
    _Container(walk, build, Scope(build.names), None).read()
    walk.end()
    return build.done()


class _Container:
    """A document or a bundle."""

    def __init__(self, walk: JsonText, build: Builder, scope: Scope, bundle: str | None) -> None:
        self.walk = walk
        self.build = build
        self.scope = scope
        self.bundle = bundle
        self.what = "the document" if bundle is None else f"the bundle {bundle}"

    def read(self) -> None:
        """Take the prefixes in, then everything else."""
        walk = self.walk
        start = walk.at
        self.declare()
        walk.at = start
        for key, at in walk.members(self.what):
            if key == "prefix":
                walk.skip()
            elif key in FORMS:
                self._records(key)  # type: ignore[arg-type]  # it is one of the kinds
            elif key == "bundle" and self.bundle is None:
                self._bundles()
            else:
                near = did_you_mean(key, FORMS)
                what = "a bundle holds no bundles" if key == "bundle" else f"PROV-JSON has no records of {key[:60]!r}"
                raise walk.wrong(what, at, *([f"Did you mean `{near}`?"] if near else []))

    def declare(self) -> None:
        """Look for the prefixes, and declare them."""
        walk = self.walk
        for key, _ in walk.members(self.what):
            if key == "prefix":
                for prefix, at in walk.members("`prefix`"):
                    uri = walk.value()
                    if not isinstance(uri, str):
                        raise walk.wrong(f"the namespace of `{prefix[:60]}` must be a text, and is {said(uri)}", at)
                    self.scope.declare("" if prefix == "default" else prefix, uri, walk.placing(at))
                return
            walk.skip()

    def _bundles(self) -> None:
        walk = self.walk
        for key, at in walk.members("`bundle`"):
            # A bundle may be named by a prefix of its own, which stands further on.
            start = walk.at
            scope = Scope(self.build.names, self.scope)
            _Container(walk, self.build, scope, key[:200]).declare()
            name = scope.name(key, walk.placing(at))
            self.build.bundle(name, walk.placing(at))
            walk.at = start
            _Container(walk, self.build, scope, name).read()

    def _records(self, kind: Kind) -> None:
        walk = self.walk
        for key, at in walk.members(f"`{kind}`"):
            if walk.is_list():  # several statements of one identifier
                for start in walk.items():
                    self._record(kind, key, start)
            else:
                self._record(kind, key, at)

    def _record(self, kind: Kind, key: str, at: int) -> None:
        walk = self.walk
        record = walk.value()
        if not isinstance(record, dict):
            raise walk.wrong(f"the {kind} {key[:200]!r} must be an object, and is {said(record)}", at)
        id = None if key.startswith("_:") else self._name(key, at)
        if id is None and not FORMS[kind]:
            raise walk.wrong(f"the {kind} {key[:200]!r} is a blank node and has no name", at)
        formals = _FORMAL[kind]
        arguments: list[str | None] = [None] * len(formals)
        attributes: list[tuple[str, Value]] = []
        members: list[str | None] = []
        for word, raw in record.items():
            slot = formals.get(word)
            if slot is None:
                self._attribute(kind, word, raw, attributes, at)
            elif kind == "hadMember" and slot[0] == 1 and isinstance(raw, list):
                members = [self._formal(slot[1], one, word, at) for one in raw]
                if not members:
                    raise walk.wrong(f"`{word}` of {key[:200]!r} is an empty list", at)
            else:
                arguments[slot[0]] = self._formal(slot[1], self._single(raw, word, at), word, at)
        if members:
            for member in members:
                self.build.add(Statement(kind, id, (arguments[0], member), tuple(attributes)), self.bundle)
        else:
            self.build.add(Statement(kind, id, tuple(arguments), tuple(attributes)), self.bundle)

    def _name(self, text: str, at: int) -> str:
        known = self.scope.resolved(text)
        return known if known is not None else self.scope.name(text, self.walk.placing(at))

    def _single(self, raw: Any, word: str, at: int) -> Any:
        if not isinstance(raw, list):
            return raw
        if len(raw) != 1:
            raise self.walk.wrong(f"`{word}` takes one value, and {len(raw)} are written", at)
        return raw[0]

    def _formal(self, formal: Formal, raw: Any, word: str, at: int) -> str:
        if formal.part == "time" and isinstance(raw, dict) and raw.keys() == {"$", "type"}:
            raw = raw["$"]
        if not isinstance(raw, str):
            what = "a time" if formal.part == "time" else "a qualified name"
            raise self.walk.wrong(f"`{word}` must be {what}, and is {said(raw)}", at)
        if formal.part == "time":
            return self._instant(raw, at)
        return self._name(raw, at)

    def _instant(self, text: str, at: int) -> str:
        try:
            return instant(text)
        except ValueError as error:
            raise refuse(str(error), "prov-value", self.walk.place(at), AS_WRITTEN) from None

    def _attribute(self, kind: Kind, word: str, raw: Any, into: list[tuple[str, Value]], at: int) -> None:
        walk = self.walk
        if word in _ANY_FORMAL:
            raise walk.wrong(f"{kind} takes no `{word}`", at)
        name = self._name(word, at)
        for one in raw if isinstance(raw, list) else (raw,):
            if len(into) >= MAX_VALUES:
                raise too_much(f"one statement has more than {MAX_VALUES:,} attributes", walk.place(at))
            into.append((name, self._value(one, word, at)))

    def _value(self, raw: Any, word: str, at: int) -> Value:
        if isinstance(raw, (str, bool, int, float)):
            return raw
        walk = self.walk
        if not isinstance(raw, dict):
            raise walk.wrong(f"the value of `{word[:60]}` is {said(raw)}, which PROV-JSON does not know", at)
        text, datatype, language = raw.get("$"), raw.get("type", ""), raw.get("lang", "")
        if text is None:
            raise walk.wrong(f"the value of `{word[:60]}` has no `$`, where its text should stand", at)
        if isinstance(text, bool):
            text = "true" if text else "false"
        elif isinstance(text, (int, float)):  # as older writers have it
            text = repr(text)
        if not (isinstance(text, str) and isinstance(datatype, str) and isinstance(language, str)):
            raise walk.wrong(f"`$`, `type` and `lang` of a value of `{word[:60]}` must be texts", at)
        if odd := [key for key in raw if key not in ("$", "type", "lang")]:
            raise walk.wrong(f"a value of `{word[:60]}` has {odd[0][:60]!r}, which PROV-JSON does not know", at)
        named = self._name(datatype, at) if datatype else ""
        if named in _QUALIFIED and not language:
            return Name(self._name(text, at)) if self.scope.known(text) else Literally(text, named)
        try:
            return typed(text, named, language)
        except ValueError as error:
            raise refuse(str(error), "prov-value", walk.place(at)) from None
