"""``Blobs`` in S3: one object a blob, put only where none is, read back and hashed.

An object appears whole or not at all, and once it stands it is never written again, with one exception: bytes that do
not hash to their name are written over when the right bytes are put. So damage is repaired by importing again,
as in a folder. Any number of threads, processes and machines may use one store at once.

The blobs of a workspace hold in memory what was read or written last, because the runs of an experiment read the same
documents again and again. So what another erases may be read here until this process ends; ``check`` asks the server.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import msgspec

from persona.errors import IntegrityError, NotFound, PermissionDenied
from persona.model.canonical import Digest
from persona.model.records import Finding
from persona.storage.blobs.naming import absent, damaged, named, raw_digest
from persona.storage.blobs.recent import Recent
from persona.storage.blobs.s3_access import connect, no_bucket, told
from persona.storage.disk import refused
from persona.storage.locations import S3Place

if TYPE_CHECKING:
    from obstore.store import S3Store

FOLDER = "blobs"
MARKER = "workspace.json"
PART = 8 * 1024 * 1024
"""Blobs above this many bytes go up in parts of this size; S3 takes 10,000 parts, so at most 80 GB."""
TOGETHER = 16
"""Requests under way at once."""
PARTS_TOGETHER = 4
PIECE = 1024 * 1024

T = TypeVar("T")
A = TypeVar("A")


class S3Blobs:
    """Bytes under their digest, in one place of a bucket. Meets ``storage.base.Blobs``."""

    threadsafe = True

    def __init__(self, store: S3Store, place: str, recent: Recent | None = None) -> None:
        self._store = store
        self._recent = recent or Recent(0)
        self.place = place

    # Writing

    def put(self, data: bytes | BinaryIO) -> Digest:
        """See ``Blobs.put``. Large streams go through a nameless file, because their digest is their name."""
        if not isinstance(data, bytes):
            start = data.read(PART + 1)
            if len(start) > PART:
                return self._put_stream(start, data)
            data = start
        if len(data) > PART:
            digest = sha256(data).digest()
            self._put_parts(digest, io.BytesIO(data))
            return named(digest)
        return self._put_small(data)

    def put_many(self, items: Sequence[bytes]) -> list[Digest]:
        """See ``Blobs.put_many``. Many at once, since each waits for the network."""
        distinct = list(dict.fromkeys(items))
        stored = dict(zip(distinct, self._each(self.put, distinct), strict=True))
        return [stored[item] for item in items]

    def _put_small(self, data: bytes) -> Digest:
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        digest = sha256(data).digest()
        key = _key(digest)
        with told(self.place):
            try:
                obstore.put(self._store, key, data, mode="create")
            except (AlreadyExistsError, PreconditionError):
                if not self._is_whole(digest):
                    obstore.put(self._store, key, data, mode="overwrite", use_multipart=False)
        self._recent.keep(digest, data)
        return named(digest)

    def _put_stream(self, start: bytes, rest: BinaryIO) -> Digest:
        import tempfile

        hasher = sha256(start)
        try:
            with tempfile.TemporaryFile(prefix="persona-") as file:
                file.write(start)
                while piece := rest.read(PIECE):
                    hasher.update(piece)
                    file.write(piece)
                file.seek(0)
                self._put_parts(hasher.digest(), file)
        except OSError as error:
            raise refused(error, tempfile.gettempdir()) from error
        return named(hasher.digest())

    def _put_parts(self, digest: bytes, file: BinaryIO) -> None:
        """Upload in parts. S3 completes them at once; two who do it at once write the same bytes."""
        import obstore

        with told(self.place):
            if not self._is_whole(digest):
                obstore.put(self._store, _key(digest), file, chunk_size=PART, max_concurrency=PARTS_TOGETHER)

    def delete(self, digest: Digest) -> None:
        """See ``Blobs.delete``. In a bucket that keeps versions the bytes stay as an old version: docs/team.md."""
        import obstore

        self._recent.forget(raw_digest(digest))
        with told(self.place):
            try:
                obstore.delete(self._store, _key(raw_digest(digest)))
            except FileNotFoundError as error:
                if no_bucket(error):
                    raise

    def delete_many(self, digests: Collection[Digest]) -> None:
        """See ``Blobs.delete_many``. An upload that was cut short never became an object."""
        self._each(self.delete, list(dict.fromkeys(digests)))

    # Reading

    def get(self, digest: Digest) -> bytes:
        """See ``Blobs.get``."""
        raw = raw_digest(digest)
        held = self._recent.get(raw)
        if held is not None:
            return held
        data = self._read(_key(raw))
        if data is None:
            raise absent(digest)
        if sha256(data).digest() != raw:
            raise damaged(digest)
        self._recent.keep(raw, data)
        return data

    def open(self, digest: Digest) -> BinaryIO:
        """See ``Blobs.open``. Reads a few MiB ahead; it can be moved about in."""
        import obstore

        key = _key(raw_digest(digest))
        with told(self.place):
            try:
                reader = obstore.open_reader(self._store, key, buffer_size=PART)
            except FileNotFoundError as error:
                if no_bucket(error):
                    raise
                raise absent(digest) from None
        return io.BufferedReader(_Reading(reader, self.place))

    def has(self, digest: Digest) -> bool:
        """See ``Blobs.has``."""
        return self._size(digest) is not None

    def size(self, digest: Digest) -> int:
        """See ``Blobs.size``."""
        size = self._size(digest)
        if size is None:
            raise absent(digest)
        return size

    def digests(self) -> Iterator[Digest]:
        """See ``Blobs.digests``."""
        found = (_digest_of(key) for key in self._keys())
        return iter(sorted(named(raw) for raw in found if raw is not None))

    def check(self) -> list[Finding]:
        """See ``Blobs.check``. Raises when the store itself cannot be asked."""
        return [one for one in self._each(self._checked, sorted(self._keys())) if one is not None]

    def close(self) -> None:
        """Nothing is held open."""

    def _size(self, digest: Digest) -> int | None:
        import obstore

        with told(self.place):
            try:
                return obstore.head(self._store, _key(raw_digest(digest)))["size"]
            except FileNotFoundError as error:
                if no_bucket(error):
                    raise
                return None

    def _read(self, key: str) -> bytes | None:
        import obstore

        with told(self.place):
            try:
                return obstore.get(self._store, key).bytes().to_bytes()
            except FileNotFoundError as error:
                if no_bucket(error):
                    raise
                return None

    def _is_whole(self, digest: bytes) -> bool:
        """Whether a blob is there and undamaged, without holding it in memory."""
        import obstore

        hasher = sha256()
        try:
            for piece in obstore.get(self._store, _key(digest)).stream(min_chunk_size=PIECE):
                hasher.update(piece)
        except FileNotFoundError as error:
            if no_bucket(error):
                raise
            return False
        return hasher.digest() == digest

    def _keys(self) -> list[str]:
        import obstore

        with told(self.place):
            return [one["path"] for page in obstore.list(self._store, FOLDER) for one in page]

    def _checked(self, key: str) -> Finding | None:
        digest = _digest_of(key)
        if digest is None:
            return Finding("blob-stray", key, f"{key} is not named by a digest")
        try:
            with told(self.place):
                whole = self._is_whole(digest)
        except PermissionDenied as error:
            return Finding("blob-unreadable", named(digest), f"{key} cannot be read: {error.message}")
        if whole:
            return None
        self._recent.forget(digest)
        return Finding("blob-damaged", named(digest), f"{key} does not hash to its name")

    def _each(self, do: Callable[[A], T], items: Sequence[A]) -> list[T]:
        if len(items) < 2:
            return [do(item) for item in items]
        with ThreadPoolExecutor(min(TOGETHER, len(items)), thread_name_prefix="s3") as pool:
            return list(pool.map(do, items))

    # Whose blobs these are

    def owner(self) -> str | None:
        """The workspace that these blobs belong to; None while nobody has claimed the place."""
        data = self._read(MARKER)
        if data is None:
            return None
        try:
            found = msgspec.json.decode(data, type=_Marker)
        except msgspec.DecodeError:
            raise IntegrityError(
                "the file that says whose blobs these are cannot be read",
                code="stores-differ",
                place=f"{MARKER} in {self.place}",
                hints=["choose another prefix, or look at that file: this program did not write it so"],
            ) from None
        return found.workspace

    def claim(self, workspace: str) -> str:
        """Say whose blobs these are, if nobody has; the owner after that. Only one of several who try succeeds."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        data = msgspec.json.format(msgspec.json.encode(_Marker(workspace)), indent=2) + b"\n"
        with told(self.place):
            try:
                obstore.put(self._store, MARKER, data, mode="create")
            except (AlreadyExistsError, PreconditionError):
                return self.owner() or ""
        return workspace


class _Marker(msgspec.Struct, frozen=True):
    """What ``workspace.json`` holds."""

    workspace: str
    format: int = 1


class _Reading(io.RawIOBase):
    """An object of the store as a raw stream of Python."""

    def __init__(self, reader: object, place: str) -> None:
        self._reader: BinaryIO = reader  # type: ignore[assignment]  # it reads, seeks and tells as one
        self._place = place

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        with told(self._place):
            found = bytes(self._reader.read(len(buffer)))
        buffer[: len(found)] = found
        return len(found)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._reader.seek(offset, whence)

    def tell(self) -> int:
        return self._reader.tell()


def _key(raw: bytes) -> str:
    name = raw.hex()
    return f"{FOLDER}/{name[:2]}/{name[2:]}"


def _digest_of(key: str) -> bytes | None:
    name = "".join(key.removeprefix(f"{FOLDER}/").split("/", 1))
    try:
        digest = bytes.fromhex(name)
    except ValueError:
        return None
    return digest if len(digest) == 32 and _key(digest) == key else None


def open_bucket(where: S3Place, *, create: bool = False, workspace: str | None = None) -> S3Blobs:
    """The blobs in a place of a bucket. With ``create`` nobody need have claimed it yet; ``workspace`` must own it.

    Raises ``NotFound`` where there is no store, ``StorageError`` for a bucket that is absent or out of reach,
    ``PermissionDenied`` for keys that are not accepted, ``IntegrityError`` for blobs of another workspace.
    """
    blobs = S3Blobs(*connect(where), Recent() if workspace is not None else None)
    owner = blobs.owner()
    if owner is None and not create:
        raise NotFound(
            "there is no blob store here",
            code="no-blobs",
            place=blobs.place,
            hints=["make a workspace: `persona init --records URL --blobs URL`"],
        )
    if workspace is not None and owner not in (None, workspace):
        raise IntegrityError(
            "these are the blobs of another workspace",
            code="stores-differ",
            place=blobs.place,
            hints=["check `AWS_ENDPOINT_URL`: a bucket of this name stands on another server too"],
        )
    return blobs
