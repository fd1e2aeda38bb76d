"""Blobs in a folder: packs, loose files, and a folder that cannot be written."""

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

from persona.errors import NotFound
from persona.model.canonical import digest_of
from persona.storage import open_blobs
from persona.storage.blobs import FolderBlobs
from persona.storage.blobs.folder import SMALL


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
def test_any_history_with_a_lost_index_leaves_what_was_put_and_not_deleted(
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


def test_a_store_must_be_made(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        open_blobs(tmp_path / "blobs")
    assert not (tmp_path / "blobs").exists()


def test_the_same_bytes_take_room_once(blobs: FolderBlobs) -> None:
    def stored() -> int:
        return sum(path.stat().st_size for part in ("packs", "loose") for path in (blobs.folder / part).rglob("*"))

    digests = blobs.put_many([b"a", b"b", b"a", b"x" * SMALL])
    assert digests[0] == digests[2]
    before = stored()
    assert blobs.put_many([b"b", b"a"]) == [digests[1], digests[0]]
    assert blobs.put(io.BytesIO(b"x" * SMALL)) == digests[3]
    assert stored() == before
    assert list(blobs.digests()) == sorted(set(digests))


def test_a_file_without_a_digest_for_a_name_is_told(blobs: FolderBlobs) -> None:
    blobs.put(b"y" * SMALL)
    (blobs.folder / "loose" / "stray").write_bytes(b"")
    assert [finding.code for finding in blobs.check()] == ["blob-stray"]
