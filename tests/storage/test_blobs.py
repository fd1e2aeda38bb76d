"""The contract of ``Blobs``: what holds in a folder and in S3."""

from __future__ import annotations

import io
import os
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.storage.conftest import Store

from persona.errors import IntegrityError, InvalidInput, NotFound
from persona.model.canonical import Digest, digest_of
from persona.storage import Blobs
from persona.storage.blobs import FolderBlobs
from persona.storage.blobs.folder import SMALL
from persona.storage.sharing import shared_blobs

SIZES = [0, 1, 100, SMALL - 1, SMALL, SMALL + 1, 300_000]


def spoil(store: Blobs, digest: Digest, data: bytes) -> None:
    """Change stored bytes of at least 64 KiB behind the store's back."""
    if isinstance(store, FolderBlobs):
        file = store.folder / "loose" / digest[7:9] / digest[9:]
        file.chmod(0o644)
        file.write_bytes(data)
        return
    import obstore

    from persona.storage.blobs.s3 import S3Blobs

    assert isinstance(store, S3Blobs)
    obstore.put(store._store, f"blobs/{digest[7:9]}/{digest[9:]}", data)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("as_stream", [False, True])
def test_bytes_come_back(store: Blobs, size: int, as_stream: bool) -> None:
    data = os.urandom(size)
    digest = store.put(io.BytesIO(data) if as_stream else data)
    assert digest == digest_of(data)
    found = store.get(digest)
    assert (found, type(found)) == (data, bytes)
    with store.open(digest) as stream:
        assert stream.read() == data
    assert store.has(digest)
    assert store.size(digest) == size
    assert list(store.digests()) == [digest]
    assert store.check() == []


def test_a_stream_can_be_moved_about_in(store: Blobs) -> None:
    data = os.urandom(SMALL * 3)
    with store.open(store.put(data)) as stream:
        assert stream.read(10) == data[:10]
        stream.seek(-5, os.SEEK_END)
        assert stream.read() == data[-5:]
        assert stream.read() == b""
        stream.seek(SMALL)
        assert stream.tell() == SMALL
        assert stream.read(100) == data[SMALL : SMALL + 100]


def test_the_same_bytes_are_stored_once(store: Blobs) -> None:
    digests = store.put_many([b"a", b"b", b"a", b"x" * SMALL])
    assert digests[0] == digests[2]
    assert store.put_many([b"b", b"a"]) == [digests[1], digests[0]]
    assert store.put(io.BytesIO(b"x" * SMALL)) == digests[3]
    assert store.put_many([]) == []
    assert list(store.digests()) == sorted(set(digests))


def test_what_is_not_there_is_told(store: Blobs) -> None:
    absent = digest_of(b"absent")
    assert not store.has(absent)
    for ask in (store.get, store.open, store.size):
        with pytest.raises(NotFound) as caught:
            ask(absent)
        assert (caught.value.code, caught.value.place) == ("blob-not-found", absent)
    store.delete(absent)
    for odd in ("", "sha256:", "sha256:../../etc/passwd", "md5:" + "a" * 64, absent.upper()):
        for ask in (store.get, store.has, store.delete):
            with pytest.raises(InvalidInput):
                ask(Digest(odd))


def test_deleted_bytes_are_not_there(store: Blobs) -> None:
    others = store.put_many([b"one", b"y" * SMALL])
    digest = store.put(b"z" * SMALL)
    store.delete(digest)
    assert not store.has(digest)
    with pytest.raises(NotFound):
        store.get(digest)
    assert list(store.digests()) == sorted(others)
    assert store.put(b"z" * SMALL) == digest
    assert store.get(digest) == b"z" * SMALL


def test_two_who_opened_one_place_see_each_other(opening: Store) -> None:
    one, other = opening(), opening()
    first = one.put(b"first")
    assert other.get(first) == b"first"
    second, third = other.put_many([b"second", b"third"])
    assert one.get(second) == b"second"
    other.delete(first)
    assert not one.has(first)
    with pytest.raises(NotFound):
        one.get(first)
    assert one.get(third) == b"third"


@pytest.mark.parametrize("other", [b"z" + b"y" * (SMALL - 1), b"y" * 100, b""], ids=["changed", "cut short", "empty"])
def test_damage_is_found_told_and_mended_by_putting_again(store: Blobs, other: bytes) -> None:
    sound = store.put(b"sound" * SMALL)
    digest = store.put(b"y" * SMALL)
    spoil(store, digest, other)
    with pytest.raises(IntegrityError) as caught:
        store.get(digest)
    assert (caught.value.code, caught.value.place) == ("blob-damaged", digest)
    assert store.has(digest)
    assert [(finding.code, finding.subject) for finding in store.check()] == [("blob-damaged", digest)]
    store.put_many([b"y" * SMALL, b"sound" * SMALL])
    assert store.get(digest) == b"y" * SMALL
    assert store.get(sound) == b"sound" * SMALL
    assert store.check() == []


@settings(max_examples=15)
@given(
    steps=st.lists(st.tuples(st.sampled_from(["put", "stream", "delete", "reopen"]), st.integers(0, 6)), max_size=12)
)
def test_any_history_leaves_what_was_put_and_not_deleted(opening: Store, steps: list[tuple[str, int]]) -> None:
    store = opening()
    for left in list(store.digests()):
        store.delete(left)
    expected: dict[str, bytes] = {}
    for step, n in steps:
        data = bytes([n]) * (n * 11 if n < 5 else SMALL + n)
        if step == "delete":
            store.delete(digest_of(data))
            expected.pop(digest_of(data), None)
        elif step == "reopen":
            store = opening()
        else:
            expected[store.put(data if step == "put" else io.BytesIO(data))] = data
        assert list(store.digests()) == sorted(expected)
    assert {digest: store.get(digest) for digest in store.digests()} == expected
    assert store.check() == []


def test_many_threads_use_one_store(store: Blobs) -> None:
    shared = shared_blobs(store)
    wrong: list[object] = []

    def work(who: int) -> None:
        for n in range(10):
            data = f"{who if n else 'all'} {n}".encode()
            if shared.get(shared.put(data)) != data:
                wrong.append(data)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
    assert len(list(shared.digests())) == 8 * 9 + 1
    assert shared.check() == []
