"""An account of provenance in memory, and the builder that readers fill."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from persona.lineage.prov.limits import MAX_BUNDLES, MAX_STATEMENTS, refuse, too_much
from persona.lineage.prov.names import Names, Place
from persona.model.prov import FORMS, Kind, Statement


class Held:
    """An account (``model.prov.Account``) whose statements are held in memory, in the order in which they were read.

    A formal argument may be None even where PROV-DM asks for one: what was written is kept, and judged by
    ``lineage.constraints``. ``notes`` says, in sentences, what of the file is no statement and was left out.
    """

    def __init__(
        self,
        namespaces: Mapping[str, str],
        statements: Mapping[str | None, Mapping[Kind, list[Statement]]],
        notes: tuple[str, ...] = (),
    ) -> None:
        self._namespaces = namespaces
        self._statements = statements
        self.notes = notes

    @property
    def namespaces(self) -> Mapping[str, str]:
        """The namespace of each prefix. No two prefixes have the same."""
        return self._namespaces

    def bundles(self) -> Iterator[str]:
        """The names of the bundles, in the order of the file."""
        return (name for name in self._statements if name is not None)

    def statements(self, kind: Kind, bundle: str | None = None) -> Iterator[Statement]:
        """The statements of one kind, of a bundle or of the top; none for a bundle that is not there."""
        return iter(self._statements.get(bundle, {}).get(kind, ()))

    def told(self, bundle: str | None = None) -> Iterator[Statement]:
        """See ``Account.told``."""
        return (one for kind in FORMS for one in self.statements(kind, bundle))

    def count(self) -> int:
        """How many statements there are, those in bundles included."""
        return sum(len(some) for kinds in self._statements.values() for some in kinds.values())


class Builder:
    """What a reader fills: statements by bundle and kind, counted against the limits."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.names = Names()
        self._statements: dict[str | None, dict[Kind, list[Statement]]] = {None: {}}
        self._count = 0
        self._notes: list[str] = []

    def bundle(self, name: str, place: Place) -> None:
        """Begin a bundle. Raises ``InvalidInput`` when one of that name was read already."""
        if name in self._statements:
            message = f"the bundle {name} stands here a second time"
            raise refuse(message, "prov-shape", place(), "Give each bundle a name of its own.")
        if len(self._statements) > MAX_BUNDLES:
            raise too_much(f"there are more than {MAX_BUNDLES:,} bundles", place())
        self._statements[name] = {}

    def add(self, statement: Statement, bundle: str | None = None) -> None:
        """Take one statement in. Raises ``InvalidInput`` when there are too many."""
        self._count += 1
        if self._count > MAX_STATEMENTS:
            raise too_much(f"there are more than {MAX_STATEMENTS:,} statements", self.source)
        kinds = self._statements[bundle]
        held = kinds.get(statement.kind)
        if held is None:
            held = kinds[statement.kind] = []
        held.append(statement)

    def note(self, sentence: str) -> None:
        """Say what is left out; the first hundred are kept."""
        if len(self._notes) < 100 and sentence not in self._notes:
            self._notes.append(sentence)

    def done(self) -> Held:
        """The account."""
        return Held(self.names.namespaces, self._statements, tuple(self._notes))


KINDS: frozenset[str] = frozenset(FORMS)
"""The words that begin a statement, in PROV-JSON, PROV-N and PROV-XML."""
