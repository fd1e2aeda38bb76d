"""The contract of ``Blobs``."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.errors import IntegrityError, InvalidInput, NotFound
from persona.model.canonical import Digest, digest_of
from persona.storage import open_blobs
from persona.storage.blobs import FolderBlobs
from persona.storage.blobs.folder import SMALL

SIZES = [0, 1, 100, SMALL - 1, SMALL, SMALL + 1, 300_000]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("as_stream", [False, True])
def test_bytes_come_back(blobs: FolderBlobs, size: int, as_stream: bool) -> None:
    data = os.urandom(size)
    digest = blobs.put(io.BytesIO(data) if as_stream else data)
    assert digest == digest_of(data)
    assert blobs.get(digest) == data
    with blobs.open(digest) as stream:
        assert stream.read() == data
    assert blobs.has(digest)
    assert blobs.size(digest) == size
    assert list(blobs.digests()) == [digest]
    assert blobs.check() == []


def test_the_same_bytes_are_stored_once(blobs: FolderBlobs) -> None:
    def stored() -> int:
        return sum(path.stat().st_size for part in ("packs", "loose") for path in (blobs.folder / part).rglob("*"))

    digests = blobs.put_many([b"a", b"b", b"a", b"x" * SMALL])
    assert digests[0] == digests[2]
    before = stored()
    assert blobs.put_many([b"b", b"a"]) == [digests[1], digests[0]]
    assert blobs.put(io.BytesIO(b"x" * SMALL)) == digests[3]
    assert stored() == before
    assert list(blobs.digests()) == sorted(set(digests))


def test_what_is_not_there_is_told(blobs: FolderBlobs) -> None:
    absent = digest_of(b"absent")
    assert not blobs.has(absent)
    for ask in (blobs.get, blobs.open, blobs.size):
        with pytest.raises(NotFound) as caught:
            ask(absent)
        assert caught.value.place == absent
    blobs.delete(absent)
    for odd in ("", "sha256:", "sha256:../../etc/passwd", "md5:" + "a" * 64, absent.upper()):
        with pytest.raises(InvalidInput):
            blobs.get(Digest(odd))


@pytest.mark.parametrize("size", [40, SMALL + 40])
def test_deleted_bytes_are_gone_from_the_disk(blobs: FolderBlobs, size: int) -> None:
    secret = (b"a very private sentence " * (size // 24 + 1))[:size]
    others = blobs.put_many([b"one", b"two"])
    digest = blobs.put(secret)
    last = blobs.put(b"three")
    blobs.delete(digest)
    assert not blobs.has(digest)
    for path in blobs.folder.rglob("*"):
        if path.is_file():
            assert b"private sentence" not in path.read_bytes(), path
    assert [blobs.get(one) for one in (*others, last)] == [b"one", b"two", b"three"]
    assert blobs.check() == []
    assert blobs.put(secret) == digest
    assert blobs.get(digest) == secret


def test_the_last_blob_of_a_pack_takes_the_pack_along(blobs: FolderBlobs) -> None:
    blobs.delete(blobs.put(b"alone"))
    assert list((blobs.folder / "packs").glob("*.pack")) == []
    assert list(blobs.digests()) == []
    assert blobs.get(blobs.put(b"again")) == b"again"


def test_two_stores_in_one_folder_see_each_other(blobs: FolderBlobs) -> None:
    other = open_blobs(blobs.folder)
    assert isinstance(other, FolderBlobs)
    first = blobs.put(b"first")
    assert other.get(first) == b"first"
    second, third = other.put_many([b"second", b"third"])
    assert blobs.get(second) == b"second"
    other.delete(first)
    assert not blobs.has(first)
    with pytest.raises(NotFound):
        blobs.get(first)
    assert blobs.get(third) == b"third"
    other.close()


def test_packs_end_somewhere(blobs: FolderBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
    from persona.storage.blobs import packed

    monkeypatch.setattr(packed, "PACK_BYTES", 1000)
    digests = [blobs.put(bytes([n]) * 400) for n in range(9)]
    assert len(list((blobs.folder / "packs").glob("*.pack"))) == 3
    blobs.delete(digests[0])
    assert [blobs.get(digest)[0] for digest in digests[1:]] == list(range(1, 9))
    assert blobs.check() == []


@settings(max_examples=30)
@given(st.lists(st.tuples(st.sampled_from(["put", "delete", "reopen", "lose index"]), st.integers(0, 6)), max_size=25))
def test_any_history_leaves_what_was_put_and_not_deleted(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("blobs")
    store = open_blobs(folder, create=True)
    assert isinstance(store, FolderBlobs)
    expected: dict[str, bytes] = {}
    for step, n in steps:
        data = bytes([n]) * (n * 11 if n < 5 else SMALL + n)
        if step == "put":
            expected[store.put(data)] = data
        elif step == "delete":
            store.delete(digest_of(data))
            expected.pop(digest_of(data), None)
        else:
            store.close()
            if step == "lose index":
                (folder / "index.db").unlink(missing_ok=True)
            store = open_blobs(folder)
            assert isinstance(store, FolderBlobs)
        assert list(store.digests()) == sorted(expected)
    assert {digest: store.get(digest) for digest in store.digests()} == expected
    assert store.check() == []
    store.close()


def test_a_store_must_be_made(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        open_blobs(tmp_path / "blobs")
    assert not (tmp_path / "blobs").exists()


def test_a_large_blob_is_a_read_only_file_named_by_its_digest(blobs: FolderBlobs) -> None:
    blobs.put(b"x" * SMALL)
    (file,) = (path for path in (blobs.folder / "loose").rglob("*") if path.is_file())
    assert file.stat().st_mode & 0o777 == 0o444
    assert file.parent.name + file.name == sha256(b"x" * SMALL).hexdigest()


def test_reading_where_nothing_may_be_written() -> None:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can become somebody without rights")
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="persona-public-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        store = open_blobs(folder / "blobs", create=True)
        small, large = store.put(b"small"), store.put(b"x" * SMALL)
        code = (
            "import os, sys; from pathlib import Path; sys.path.insert(0, sys.argv[4])\n"
            "import persona.storage.blobs.index, persona.storage.disk, errno, difflib\n"
            "from persona.storage import open_blobs\n"
            "from persona.errors import PermissionDenied\n"
            "os.setgid(65534); os.setuid(65534)\n"
            "blobs = open_blobs(Path(sys.argv[1]))\n"
            "print(blobs.put(b'small') == sys.argv[2], blobs.put(b'x' * len(blobs.get(sys.argv[3]))) == sys.argv[3])\n"
            "print(blobs.get(sys.argv[2]), len(blobs.check()))\n"
            "for data in (b'new', b'y' * 70000):\n"
            "    try: blobs.put(data)\n"
            "    except PermissionDenied as error: print(error.code)\n"
        )
        root = str(Path(__file__).parents[2])
        for index in (True, False):
            if not index:
                for path in (folder / "blobs").glob("index.db*"):
                    path.unlink()
            result = subprocess.run(
                [sys.executable, "-c", code, str(folder / "blobs"), small, large, root],
                capture_output=True,
                text=True,
                cwd=root,
            )
            assert result.stdout.split() == ["True", "True", "b'small'", "0", "read-only", "read-only"], result.stderr
    finally:
        shutil.rmtree(folder)


def test_reading_checks_what_it_reads(blobs: FolderBlobs) -> None:
    digest = blobs.put(b"y" * SMALL)
    file = blobs.folder / "loose" / digest[7:9] / digest[9:]
    file.chmod(0o644)
    file.write_bytes(b"z" + b"y" * (SMALL - 1))
    with pytest.raises(IntegrityError) as caught:
        blobs.get(digest)
    assert caught.value.place == digest
    assert [(finding.code, finding.subject) for finding in blobs.check()] == [("blob-damaged", digest)]
    blobs.put(b"y" * SMALL)
    assert blobs.get(digest) == b"y" * SMALL
    assert blobs.check() == []
    (blobs.folder / "loose" / "stray").write_bytes(b"")
    assert [finding.code for finding in blobs.check()] == ["blob-stray"]
