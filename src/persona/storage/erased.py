"""What is erased by record: bytes whose name stays in the log for ever, and leads nowhere on purpose.

``erased`` is the way to ask. ``Marked`` are blobs that say so when somebody wants such bytes, where a plain store could
only say that they are not there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from persona.errors import NotFound
from persona.model.records import Erasure, Withdrawal

if TYPE_CHECKING:
    from persona.model.canonical import Digest
    from persona.model.records import Finding
    from persona.storage.base import Blobs, Records


class Erased(NotFound):
    """The bytes were erased because somebody withdrew. ``successor`` are they without those words, if anything is."""

    def __init__(self, erasure: Erasure, withdrawal: Withdrawal) -> None:
        who = withdrawal.participants[0] if withdrawal.participants else withdrawal.id
        super().__init__(
            f"these bytes were erased: they held words of {who}, who withdrew (event {withdrawal.event})",
            code="erased",
            place=erasure.id,
            hints=[f"see what was erased and when: `persona participant show {who}`"],
            data={"withdrawal": withdrawal.id, "event": withdrawal.event, "successor": erasure.successor},
        )
        self.erasure = erasure
        self.successor = erasure.successor


def erased(records: Records) -> dict[str, Erasure]:
    """Everything that is erased by record, by digest; the same at every moment that is looked at.

    A thing is erased when the digest that its record names is a key of this: a source, a document, a card, an artefact,
    a request of a call. ``withdrawal`` of the value leads to a ``Withdrawal`` with the event and its time.
    """
    return {one.id: one for one in records.find(Erasure).items}


class Marked:
    """Blobs that tell what was erased from what is lost. Meets ``storage.base.Blobs``.

    ``plain`` is the store itself. One instance belongs to the thread of its records.
    """

    def __init__(self, blobs: Blobs, records: Records) -> None:
        self.plain = blobs
        self._records = records

    def _told(self, digest: Digest, error: NotFound) -> NotFound:
        """The error that says why bytes are not there."""
        try:
            erasure = self._records.get(Erasure, digest)
            return Erased(erasure, self._records.get(Withdrawal, erasure.withdrawal))
        except NotFound:
            return error

    def put(self, data: bytes | BinaryIO) -> Digest:
        """See ``Blobs.put``."""
        return self.plain.put(data)

    def put_many(self, items: Sequence[bytes]) -> list[Digest]:
        """See ``Blobs.put_many``."""
        return self.plain.put_many(items)

    def get(self, digest: Digest) -> bytes:
        """See ``Blobs.get``. Raises ``Erased`` for what was erased by record."""
        try:
            return self.plain.get(digest)
        except NotFound as error:
            raise self._told(digest, error) from None

    def open(self, digest: Digest) -> BinaryIO:
        """See ``Blobs.open``. Raises ``Erased`` for what was erased by record."""
        try:
            return self.plain.open(digest)
        except NotFound as error:
            raise self._told(digest, error) from None

    def has(self, digest: Digest) -> bool:
        """See ``Blobs.has``."""
        return self.plain.has(digest)

    def size(self, digest: Digest) -> int:
        """See ``Blobs.size``. Raises ``Erased`` for what was erased by record."""
        try:
            return self.plain.size(digest)
        except NotFound as error:
            raise self._told(digest, error) from None

    def digests(self) -> Iterator[Digest]:
        """See ``Blobs.digests``."""
        return self.plain.digests()

    def delete(self, digest: Digest) -> None:
        """See ``Blobs.delete``."""
        self.plain.delete(digest)

    def delete_many(self, digests: Collection[Digest]) -> None:
        """See ``Blobs.delete_many``."""
        self.plain.delete_many(digests)

    def check(self) -> list[Finding]:
        """See ``Blobs.check``."""
        return self.plain.check()

    def close(self) -> None:
        """See ``Blobs.close``."""
        self.plain.close()
