"""Write the bundled interviews in their many forms from the texts in ``scripts/corpus``.

The texts are the truth; every form is made from them, byte for byte the same on each run. ``--check`` compares.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
TRUTH = HERE / "corpus"
TARGET = HERE.parent / "src/persona/demo/corpus"
FIXED = datetime(2026, 3, 2, 9, 0, 0)  # noqa: DTZ001  # office documents carry no zone


class Interview(NamedTuple):
    """One text: who speaks, what is known about them, and the turns as (speaker, words)."""

    who: str
    form: str
    facts: dict[str, str]
    turns: list[tuple[str, str]]


def read_truth(path: Path) -> Interview:
    """A text of ``scripts/corpus``: facts, a blank line, then ``Speaker: words``."""
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    facts = dict(re.findall(r"^(\w+): (.+)$", head, re.MULTILINE))
    form = facts.pop("form")
    turns = [(who, words) for who, words in re.findall(r"^(\w+): (.+)$", body, re.MULTILINE)]
    return Interview(path.stem, form, facts, turns)


def sentences(words: str) -> list[str]:
    """The sentences of a turn, as captions cut them."""
    return re.findall(r"\S.*?[.?!](?=\s|$)", words) or [words]


def stamped(talk: Interview) -> list[tuple[float, float, str, str]]:
    """Cues of (began, ended, speaker, words) at an even speaking pace."""
    cues, at = [], 2.0
    for who, words in talk.turns:
        for sentence in sentences(words):
            length = round(0.5 + len(sentence) / 14, 3)
            cues.append((at, round(at + length, 3), who, sentence))
            at = round(at + length, 3)
        at = round(at + 0.6, 3)
    return cues


def clock(seconds: float, mark: str = ".") -> str:
    """``00:01:02.345``."""
    whole = int(seconds)
    return f"{whole // 3600:02d}:{whole % 3600 // 60:02d}:{whole % 60:02d}{mark}{round((seconds - whole) * 1000):03d}"


def plain(talk: Interview) -> bytes:
    return "\n\n".join(f"{who}: {words}" for who, words in talk.turns).encode() + b"\n"


def typed_cp1252(talk: Interview) -> bytes:
    return plain(talk).decode().replace("\n", "\r\n").encode("cp1252")


def stamps(talk: Interview) -> bytes:
    lines, at = [], 2
    for who, words in talk.turns:
        lines.append(f"[{clock(at)[:8]}] {who}: {words}")
        at += 2 + len(words) // 14
    return "\n".join(lines).encode() + b"\n"


def note(talk: Interview) -> bytes:
    head = "".join(f"{key}: {value}\n" for key, value in {"participant": talk.who, "date": "2026-03-02", **talk.facts}.items())
    body = "\n\n".join(f"**{who}**\n\n{words}" for who, words in talk.turns)
    return f"---\n{head}---\n\n# Interview {talk.who}\n\n{body}\n".encode()


def voices(talk: Interview) -> bytes:
    cues = [f"{clock(a)} --> {clock(b)}\n<v {who}>{words}</v>" for a, b, who, words in stamped(talk)]
    return ("WEBVTT\n\n" + "\n\n".join(cues) + "\n").encode()


def names(talk: Interview) -> bytes:
    cues = [f"{n}\n{clock(a)} --> {clock(b)}\n{who}: {words}" for n, (a, b, who, words) in enumerate(stamped(talk), 1)]
    return ("WEBVTT\n\n" + "\n\n".join(cues) + "\n").encode()


def captions(talk: Interview) -> bytes:
    cues, last = [], ""
    for number, (a, b, who, words) in enumerate(stamped(talk), 1):
        label = f"{who}: " if who != last else ""
        cues.append(f"{number}\n{clock(a, ',')} --> {clock(b, ',')}\n{label}{words}")
        last = who
    return ("\n\n".join(cues) + "\n").encode()


def segments(talk: Interview) -> bytes:
    listed = [
        {"id": n, "start": a, "end": b, "speaker": who, "text": f" {words}"}
        for n, (a, b, who, words) in enumerate(stamped(talk))
    ]
    return json.dumps({"language": "en", "segments": listed}, indent=1, ensure_ascii=False).encode() + b"\n"


def rows(talk: Interview) -> list[list[str]]:
    extra = list(talk.facts)
    table = [["speaker", "text", *extra]]
    for who, words in talk.turns:
        table.append([who, words, *(talk.facts[key] if who == talk.who else "" for key in extra)])
    return table


def turns_csv(talk: Interview) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows(talk))
    return out.getvalue().encode()


def turns_xlsx(talk: Interview) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.properties.created = book.properties.modified = FIXED
    sheet = book.active
    sheet.title = "Turns"
    for row in rows(talk):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return settled(out.getvalue())


def paragraphs(talk: Interview) -> bytes:
    from docx import Document

    document = Document()
    document.add_heading(f"Interview {talk.who}", 1)
    at = 2
    for who, words in talk.turns:
        head = document.add_paragraph()
        head.add_run(who).bold = True
        head.add_run(f"   {at // 60}:{at % 60:02d}")
        document.add_paragraph(words)
        at += 2 + len(words) // 14
    return docx_bytes(document)


def table(talk: Interview) -> bytes:
    from docx import Document

    document = Document()
    grid = document.add_table(rows=0, cols=3)
    at = 2
    for who, words in talk.turns:
        cells = grid.add_row().cells
        cells[0].text, cells[1].text, cells[2].text = f"{clock(at)[:8]}", who, words
        at += 2 + len(words) // 14
    return docx_bytes(document)


def docx_bytes(document: object) -> bytes:
    document.core_properties.created = document.core_properties.modified = FIXED  # type: ignore[attr-defined]
    out = io.BytesIO()
    document.save(out)  # type: ignore[attr-defined]
    return settled(out.getvalue())


def settled(archive: bytes) -> bytes:
    """An office document with fixed times, so that it is the same on each run."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>2026-03-02T09:00:00Z", data)
            if name.endswith("thumbnail.jpeg"):
                continue
            if name == "_rels/.rels":
                data = re.sub(rb"<Relationship [^>]*thumbnail[^>]*/>", b"", data)
            new.writestr(zipfile.ZipInfo(name, (2026, 3, 2, 9, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def printed(talk: Interview) -> bytes:
    from reportlab.lib.pagesizes import A5
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    out = io.BytesIO()
    style = getSampleStyleSheet()["BodyText"]

    def number(canvas: object, page: object) -> None:
        canvas.drawCentredString(210, 20, f"{page.page}")  # type: ignore[attr-defined]

    parts: list[object] = []
    for who, words in talk.turns:
        parts += [Paragraph(f"{who}: {words}", style), Spacer(1, 6)]
    SimpleDocTemplate(out, pagesize=A5, invariant=1, title=f"Interview {talk.who}").build(
        parts, onFirstPage=number, onLaterPages=number
    )
    return out.getvalue()


FORMS: dict[str, tuple[str, Callable[[Interview], bytes]]] = {
    "plain.txt": (".txt", plain),
    "typed-cp1252.txt": (".txt", typed_cp1252),
    "stamps.txt": (".txt", stamps),
    "note.md": (".md", note),
    "journal.md": (".md", note),
    "voices.vtt": (".vtt", voices),
    "names.vtt": (".vtt", names),
    "captions.srt": (".srt", captions),
    "segments.json": (".json", segments),
    "turns.csv": (".csv", turns_csv),
    "turns.xlsx": (".xlsx", turns_xlsx),
    "paragraphs.docx": (".docx", paragraphs),
    "table.docx": (".docx", table),
    "printed.pdf": (".pdf", printed),
}


def corpus() -> dict[str, bytes]:
    """Every file of the corpus by name."""
    made = {}
    for path in sorted(TRUTH.glob("P*.md")):
        talk = read_truth(path)
        suffix, write = FORMS[talk.form]
        made[f"{talk.who}{suffix}"] = write(talk)
    made["survey.csv"] = (TRUTH / "survey.csv").read_bytes()
    return made


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with what is there and write nothing")
    check = parser.parse_args().check
    made = corpus()
    differing = [name for name, data in made.items() if not (TARGET / name).exists() or (TARGET / name).read_bytes() != data]
    if check:
        print("\n".join(f"differs: {name}" for name in differing) or "the corpus is what its texts make")
        return bool(differing)
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, data in made.items():
        (TARGET / name).write_bytes(data)
    print(f"wrote {len(made)} files, {sum(map(len, made.values())):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
