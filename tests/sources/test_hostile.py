"""Hostile and mistaken files: a clear error with its place, in bounded time and memory, and never a crash."""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from persona.errors import InvalidInput, NotFound
from persona.sources import SUPPORTED, find_files, load_bytes, read

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def archive(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in members.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return out.getvalue()


def docx(body: str, head: str = "") -> bytes:
    xml = f'<?xml version="1.0"?>{head}<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return archive(word__document_xml=xml.encode())


def bomb(member: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made, made.open(member, "w", force_zip64=True) as stream:
        for _ in range(400):
            stream.write(b"\0" * 1_000_000)
    return out.getvalue()


def lying(member: str) -> bytes:
    """A bomb whose directory claims a small size."""
    data = bytearray(bomb(member))
    real = (400_000_000).to_bytes(4, "little")
    while (at := data.find(real)) >= 0:
        data[at : at + 4] = (1000).to_bytes(4, "little")
    return bytes(data)


EXPANDING = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{"&" + chr(97 + i) + ";"}{("&" + chr(97 + i) + ";") * 9}">' for i in range(9))
    + "]>"
)

HOSTILE: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "zip bomb in docx": ("a.docx", lambda: bomb("word/document.xml"), "archive-bomb"),
    "zip bomb in xlsx": ("a.xlsx", lambda: bomb("xl/worksheets/sheet1.xml"), "archive-bomb"),
    "zip bomb with a lying directory": ("a.docx", lambda: lying("word/document.xml"), "archive-"),
    "path out of the archive": ("a.docx", lambda: archive(**{"../../etc/passwd": b"x"}), "archive-path"),
    "path from the root": ("a.xlsx", lambda: archive(**{"/etc/passwd": b"x"}), "archive-path"),
    "entities that expand": ("a.docx", lambda: docx("<w:p><w:r><w:t>&j;</w:t></w:r></w:p>", EXPANDING), "xml-"),
    "an outside entity": (
        "a.docx",
        lambda: docx(
            "<w:p><w:r><w:t>P01: &x;</w:t></w:r></w:p>", '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        ),
        "xml-",
    ),
    "deep xml": ("a.docx", lambda: docx("<w:p>" * 100_000), "xml-"),
    "not a zip": ("a.docx", lambda: b"PK\x03\x04 not really", "archive-broken"),
    "docx without a body": ("a.docx", lambda: archive(word__other_xml=b"<x/>"), "archive-broken"),
    "empty": ("a.txt", lambda: b"", "file-empty"),
    "blank": ("a.txt", lambda: b" \n\n\t ", "file-empty"),
    "binary": ("a.txt", lambda: bytes(range(256)) * 20, "file-binary"),
    "half a character": ("a.txt", lambda: b"\xff\xfeI\x00n\x00t", "file-encoding"),
    "mixed encodings": ("a.txt", lambda: b"P01: caf" + b"\xc3\x28\x81\x8d" * 3, "file-encoding"),
    "no speakers": ("a.txt", lambda: b"Just some text.\nAnd more of it.\n", "no-speakers"),
    "a 60 MB line": ("a.txt", lambda: b"P01: " + b"a" * 60_000_000, "line-too-long"),
    "front matter with an alias": ("a.md", lambda: b"---\na: &x [1]\nb: *x\n---\nP01: hi there\n", "yaml-alias"),
    "captions without cues": ("a.vtt", lambda: b"WEBVTT\n\nnothing here\n", "no-cues"),
    "deep json": ("a.json", lambda: b"[" * 200_000 + b"]" * 200_000, "json-broken"),
    "json that is no transcript": ("a.json", lambda: b'{"name": "x"}', "json-not-transcript"),
    "json turns without text": ("a.json", lambda: b'{"segments": [{"speaker": "P01"}]}', "json-not-transcript"),
    "half json": ("a.json", lambda: b'{"segments": [', "json-broken"),
    "csv with a huge cell": ("a.csv", lambda: b'speaker,text\nP01,"' + b"a" * 2_000_000 + b'"\n', "cell-too-long"),
    "csv with an open quote": ("a.csv", lambda: b'speaker,text\nP01,"never closed\n', "csv-broken"),
    "csv with a header only": ("a.csv", lambda: b"speaker,text\n", "table-empty"),
    "csv of numbers": ("a.csv", lambda: b"a,b\n1,2\n3,4\n", "table-shape"),
    "pdf that is none": ("a.pdf", lambda: b"%PDF-1.4\nnonsense", "pdf-broken"),
    "unknown kind": ("a.exe", lambda: b"MZ", "file-kind"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_ends_in_a_clear_error(case: str) -> None:
    name, make, code = HOSTILE[case]
    data = make()
    begun = time.process_time()
    with pytest.raises(InvalidInput) as caught:
        read(data, name)
    assert time.process_time() - begun < 10
    assert caught.value.code.startswith(code)
    assert caught.value.place
    assert name in caught.value.place


def test_a_scan_and_an_encrypted_pdf_say_so(tmp_path: Path) -> None:
    from pypdf import PdfWriter

    blank = PdfWriter()
    blank.add_blank_page(200, 200)
    out = io.BytesIO()
    blank.write(out)
    with pytest.raises(InvalidInput, match="holds no text"):
        read(out.getvalue(), "scan.pdf")
    blank.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    blank.write(out)
    with pytest.raises(InvalidInput, match="encrypted"):
        read(out.getvalue(), "locked.pdf")


def test_a_file_of_200_megabytes_is_refused_unread(tmp_path: Path) -> None:
    """Measured in a process of its own: refusing costs no memory, because the size is asked before the bytes."""
    big = tmp_path / "line.txt"
    with big.open("wb") as stream:
        stream.write(b"P01: ")
        stream.truncate(200_000_000)
    code = (
        "import sys; from pathlib import Path; from persona.sources import load_bytes; "
        "from persona.errors import InvalidInput\n"
        "try:\n    load_bytes(Path(sys.argv[1]))\nexcept InvalidInput as error:\n    print(error.code)\n"
        "print(next(int(line.split()[1]) // 1024 for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(big)], capture_output=True, text=True, check=True)
    told, megabytes = done.stdout.split()
    assert told == "file-too-large"
    assert int(megabytes) < 120


def test_bombs_stay_small_in_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    data = bomb("word/document.xml")
    with pytest.raises(InvalidInput):
        read(data, "a.docx")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.vtt", "a.srt", "a.csv", "a.json"])
@pytest.mark.parametrize(
    "line",
    ["A" * 200_000, "(" * 200_000, "a: " * 60_000, "<v " * 60_000, "00:" * 60_000, " " * 200_000 + "x", "**" * 90_000],
)
def test_no_line_makes_a_pattern_run_wild(name: str, line: str) -> None:
    begun = time.process_time()
    try:
        read(f"WEBVTT\n\n{line}\n".encode() if name == "a.vtt" else line.encode(), name)
    except InvalidInput:
        pass
    assert time.process_time() - begun < 5


@settings(max_examples=60)
@given(st.binary(max_size=400), st.sampled_from(sorted(SUPPORTED)))
def test_any_bytes_are_read_or_refused_in_words(data: bytes, suffix: str) -> None:
    try:
        read(data, f"x{suffix}")
    except InvalidInput as error:
        assert error.place


@settings(max_examples=40)
@given(st.data())
def test_broken_copies_of_real_files_are_read_or_refused(data: st.DataObject) -> None:
    """A bundled interview with bytes cut or changed: an answer or an error, nothing else."""
    folder = Path(__file__).resolve().parents[2] / "src/persona/demo/corpus"
    file = data.draw(st.sampled_from(sorted(folder.iterdir())))
    raw = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(raw)))
    for broken in (bytes(raw), bytes(raw[:cut])):
        try:
            read(broken, file.name)
        except InvalidInput as error:
            assert error.place


def test_finding_files(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/2.txt", "1.TXT", ".hidden.txt", "~$lock.docx", "picture.png"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / "b" / "loop").symlink_to(tmp_path, target_is_directory=True)
    found = {item.path.name: item.skipped for item in find_files([tmp_path, tmp_path / "1.TXT"])}
    assert set(found) == {"1.TXT", "2.txt", "picture.png"}
    assert found["picture.png"]
    assert [item.path.name for item in find_files([str(tmp_path / "*" / "*.txt")])] == ["2.txt"]
    with pytest.raises(NotFound):
        find_files([tmp_path / "nothing*.txt"])
    with pytest.raises(InvalidInput):
        load_bytes(tmp_path)


def test_json_numbers_beyond_time_are_no_times() -> None:
    raw = json.dumps({"segments": [{"speaker": "P01", "start": -5, "end": 1e300, "text": "I was here."}]})
    (document,) = read(raw.encode(), "a.json").documents
    assert (document.turns[0].began, document.turns[0].ended) == (None, None)
