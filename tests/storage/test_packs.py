"""Packs that were cut short, flipped, lost their index or their beginning."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.errors import IntegrityError, NotFound
from persona.model.canonical import digest_of
from persona.storage import open_blobs
from persona.storage.blobs import FolderBlobs
from persona.storage.blobs.packs import HEADER_BYTES, MAGIC, START, Entry, encode, scan

ITEMS = [f"blob number {n} ".encode() * 9 for n in range(5)]


@pytest.fixture
def pack(blobs: FolderBlobs) -> Path:
    """A pack of five blobs."""
    for item in ITEMS:
        blobs.put(item)
    return blobs.folder / "packs" / "0001.pack"


def entries_of(pack: Path) -> list[Entry]:
    with pack.open("rb") as file:
        return [item for item in scan(file, pack.stat().st_size) if isinstance(item, Entry)]


def again(blobs: FolderBlobs, *, index: bool = True) -> FolderBlobs:
    """The same folder opened anew, with or without its index."""
    blobs.close()
    if not index:
        (blobs.folder / "index.db").unlink()
    store = open_blobs(blobs.folder)
    assert isinstance(store, FolderBlobs)
    return store


@pytest.mark.parametrize("how", ["lost", "empty", "garbage", "damaged within"])
def test_an_index_is_only_a_cache(blobs: FolderBlobs, pack: Path, how: str) -> None:
    index = blobs.folder / "index.db"
    blobs.close()
    content = bytearray(index.read_bytes())
    if how == "lost":
        index.unlink()
    elif how == "damaged within":
        content[4096:] = os.urandom(len(content) - 4096)
        index.write_bytes(content)
    else:
        index.write_bytes(b"" if how == "empty" else b"no database " * 1000)
    store = again(blobs)
    assert [store.get(digest_of(item)) for item in ITEMS] == ITEMS
    assert store.get(store.put(b"one more")) == b"one more"
    assert len(list(store.digests())) == 6
    assert store.check() == []
    store.close()


def test_an_index_that_points_elsewhere_is_made_anew(blobs: FolderBlobs, pack: Path) -> None:
    import sqlite3

    blobs.close()
    connection = sqlite3.connect(blobs.folder / "index.db")
    connection.execute("update entry set offset = offset + 1")
    connection.commit()
    connection.close()
    store = again(blobs)
    assert [store.get(digest_of(item)) for item in ITEMS] == ITEMS
    store.close()


TORN = encode(b"d" * 32, b"words of a write that never ended")


@pytest.mark.parametrize("index", [True, False])
@pytest.mark.parametrize("length", [1, HEADER_BYTES - 1, HEADER_BYTES, len(TORN) - 1])
def test_a_torn_end_is_cut_off_by_the_next_writer(blobs: FolderBlobs, pack: Path, index: bool, length: int) -> None:
    with pack.open("ab") as file:
        file.write(TORN[:length])
    store = again(blobs, index=index)
    assert store.check() == []
    assert [store.get(digest_of(item)) for item in ITEMS] == ITEMS
    digest = store.put(b"the next")
    assert pack.read_bytes().endswith(encode(bytes.fromhex(digest[7:]), b"the next"))
    assert b"words of a write" not in pack.read_bytes()
    assert store.get(digest) == b"the next"
    assert store.check() == []
    store.close()


def test_a_flipped_byte_in_a_blob_is_found_and_healed(blobs: FolderBlobs, pack: Path) -> None:
    digest = digest_of(ITEMS[2])
    content = bytearray(pack.read_bytes())
    content[entries_of(pack)[2].data_offset + 5] ^= 1
    pack.write_bytes(content)
    with pytest.raises(IntegrityError) as caught:
        blobs.get(digest)
    assert caught.value.place == digest
    assert [(finding.code, finding.subject) for finding in blobs.check()] == [("blob-damaged", digest)]
    assert blobs.put(ITEMS[2]) == digest
    assert blobs.get(digest) == ITEMS[2]
    assert blobs.check() == []
    blobs.delete(digest)
    assert blobs.check() == []
    assert len(entries_of(pack)) == 4


@pytest.mark.parametrize("index", [True, False])
def test_a_flipped_byte_in_a_header_costs_one_blob(blobs: FolderBlobs, pack: Path, index: bool) -> None:
    entry = entries_of(pack)[1]
    content = bytearray(pack.read_bytes())
    content[entry.offset + 6] ^= 1
    pack.write_bytes(content)
    store = again(blobs, index=index)
    told = {(finding.code, finding.subject) for finding in store.check()}
    assert ("pack-damaged", "packs/0001.pack") in told
    assert (("blob-missing", digest_of(ITEMS[1])) in told) is index
    for place, item in enumerate(ITEMS):
        if place != 1:
            assert store.get(digest_of(item)) == item
    with pytest.raises(NotFound):
        store.get(digest_of(ITEMS[1]))
    assert store.get(store.put(ITEMS[1])) == ITEMS[1]
    store.close()


def test_a_pack_cut_short_is_told(blobs: FolderBlobs, pack: Path) -> None:
    os.truncate(pack, entries_of(pack)[3].offset + 7)
    told = {(finding.code, finding.subject) for finding in blobs.check()}
    assert told == {("blob-missing", digest_of(item)) for item in ITEMS[3:]}
    with pytest.raises(NotFound):
        blobs.get(digest_of(ITEMS[4]))
    for item in ITEMS:
        blobs.put(item)
    assert blobs.check() == []


def test_a_lost_pack_is_told(blobs: FolderBlobs, pack: Path) -> None:
    pack.unlink()
    assert {finding.subject for finding in blobs.check()} == {digest_of(item) for item in ITEMS}


def test_a_blob_that_looks_like_a_pack_is_only_a_blob(blobs: FolderBlobs) -> None:
    inner = START + b"".join(encode(bytes(32), bytes([n]) * 50) for n in range(3)) + MAGIC
    digest = blobs.put(inner)
    after = blobs.put(b"after")
    store = again(blobs, index=False)
    assert store.get(digest) == inner
    assert store.get(after) == b"after"
    assert list(store.digests()) == sorted([digest, after])
    store.close()


@settings(max_examples=60)
@given(st.data())
def test_whatever_happens_to_a_byte_only_true_bytes_are_given(data: st.DataObject) -> None:
    content = bytearray(START + b"".join(encode(bytes.fromhex(digest_of(i)[7:]), i) for i in ITEMS))
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    size = data.draw(st.integers(0, len(content)))
    at = len(START) if size >= len(START) and content.startswith(START) else 0
    given_back: set[bytes] = set()
    for item in scan(io.BytesIO(content[:size]), size):  # every byte is accounted for, once
        if isinstance(item, Entry):
            given_back.add(item.digest)
        assert item.offset == at
        at = item.end
    assert at == size
    for item in ITEMS:
        raw = bytes.fromhex(digest_of(item)[7:])
        if encode(raw, item) in content[:size]:
            assert raw in given_back
