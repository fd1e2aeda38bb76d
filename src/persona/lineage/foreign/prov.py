"""PROV of others as things and relations (W3C PROV-DM; every serialisation that ``lineage.prov.formats`` reads).

Generation, usage, derivation (quotation and revision among them), communication, attribution, association,
specialisation, mention, alternates and membership have a relation here. Start, end, invalidation, delegation and
influence have none. A name means one thing in all bundles; the document still tells which one a statement stands in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from persona.lineage.foreign.told import NO_COUNTERPART, NO_END, Told, shown
from persona.model.imports import ThingKind
from persona.model.prov import ELEMENTS, FORMS, Kind, Literally, Name, Statement, Value

if TYPE_CHECKING:
    from persona.lineage.prov.held import Held

RELATIONS: dict[Kind, str] = {
    "wasGeneratedBy": "generated_by",
    "used": "used",
    "wasInformedBy": "informed_by",
    "wasDerivedFrom": "derived_from",
    "wasAttributedTo": "attributed_to",
    "wasAssociatedWith": "associated_with",
    "specializationOf": "specialisation_of",
    "mentionOf": "specialisation_of",
    "alternateOf": "alternate_of",
    "hadMember": "member_of",
}
"""What has a relation here: from the first formal argument to the second, but for membership, which is the reverse."""

_NARROWER = {"Revision": "revision_of", "Quotation": "quoted_from"}
_LABELS = ("label", "title", "name")
_HASHES = ("sha256", "digest", "hash", "checksum", "contenthash")
_PART_KINDS: dict[str, ThingKind] = {"entity": "entity", "activity": "activity", "agent": "agent", "bundle": "entity"}


def told_by_prov(account: Held, source: str) -> Told:
    """The things and relations of an account. Raises ``InvalidInput`` where there are too many."""
    reading = _Reading(account, source)
    bundles = (None, *account.bundles())
    for bundle in bundles:
        for kind in ELEMENTS:
            for one in account.statements(kind, bundle):
                reading.element(one)
    for bundle in bundles:
        for kind in FORMS:
            if kind not in ELEMENTS:
                for one in account.statements(kind, bundle):
                    reading.relation(one)
    told = reading.told
    for sentence in account.notes:
        told.note(sentence)
    if len(bundles) > 1:
        told.note("the statements of all bundles were taken together; the sealed document tells them apart")
    return told


class _Reading:
    def __init__(self, account: Held, source: str) -> None:
        self.told = Told(source)
        self._namespaces = account.namespaces

    def _iri(self, name: str) -> str:
        prefix, _, local = name.partition(":")
        return f"{self._namespaces.get(prefix, prefix + ':')}{local}"

    def _thing(self, name: str, kind: ThingKind, *, declared: bool = False) -> int:
        return self.told.thing(self._iri(name), kind, name, declared=declared)

    def element(self, one: Statement) -> None:
        """An entity, an activity or an agent, with its attributes."""
        told = self.told
        at = self._thing(str(one.id), one.kind, declared=True)  # type: ignore[arg-type]  # one of ELEMENTS
        told.say(one.kind)
        for form, argument in zip(FORMS[one.kind], one.arguments, strict=False):
            if argument is not None:
                told.describe(at, f"prov:{form.name}", argument)
        for key, value in one.attributes:
            text = _text(value)
            local = key.partition(":")[2].lower()
            told.describe(at, key, text)
            if local in _LABELS:
                told.call(at, text)
            if local in _HASHES:
                told.hash(at, text)
        told.call(at, str(one.id).partition(":")[2] or str(one.id))

    def relation(self, one: Statement) -> None:
        """Any other statement."""
        told, forms, arguments = self.told, FORMS[one.kind], one.arguments
        example = shown(one.kind, *arguments[: 3 if one.kind == "mentionOf" else 2])
        ends = [
            self._thing(name, _PART_KINDS[form.part])
            for form, name in zip(forms, arguments, strict=False)
            if name is not None and form.part in _PART_KINDS
        ]
        rel = RELATIONS.get(one.kind)
        if rel is None:
            told.lose(one.kind, NO_COUNTERPART, example)
            return
        if len(arguments) < 2 or arguments[0] is None or arguments[1] is None:
            told.lose(one.kind, NO_END, example)
            return
        attributes = list(one.attributes)
        if one.kind == "wasDerivedFrom":
            rel, attributes = _derivation(attributes)
        more = any(argument is not None for argument in arguments[2:]) or attributes
        source, target = ends[:2] if one.kind != "hadMember" else ends[1::-1]
        told.relate(one.kind, rel, source, target, reduced=example if more else "")


def _derivation(attributes: list[tuple[str, Value]]) -> tuple[str, list[tuple[str, Value]]]:
    """The relation of a derivation by its type, and the attributes that say something else."""
    for one in attributes:
        key, value = one
        if key == "prov:type" and isinstance(value, (Name, Literally)):
            rel = _NARROWER.get(value.text.removeprefix("prov:")) if value.text.startswith("prov:") else None
            if rel is not None:
                return rel, [other for other in attributes if other is not one]
    return "derived_from", attributes


def _text(value: Value) -> str:
    if isinstance(value, (Name, Literally)):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
