"""Write the bundled interviews in their many forms from the texts in ``scripts/corpus``.

The texts are the truth; every form is made from them, byte for byte the same on each run. Archives and pages are
stored without compression, so that the version of zlib does not matter. ``--check`` compares and writes nothing.
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
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from docx.document import Document as Written

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
    """A text of ``scripts/corpus``: facts, a blank line, then a turn a line as ``Speaker: words``.

    Raises ``ValueError`` for a line that is no turn, because a line left out here would be left out of every form.
    """
    head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    facts = dict(re.findall(r"^(\w+): (.+)$", head, re.MULTILINE))
    form = facts.pop("form")
    turns = []
    for line in body.splitlines():
        found = re.fullmatch(r"(\w+): (\S.*\S)", line)
        if found is None:
            raise ValueError(f"{path.name}: not a turn: {line!r}")
        turns.append((found[1], found[2]))
    return Interview(path.stem, form, facts, turns)


def sentences(words: str) -> list[str]:
    """The sentences of a turn, as captions cut them; joined by a blank they are the turn again."""
    return re.split(r"(?<=[.?!]) ", words)


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


def paced(talk: Interview) -> list[tuple[int, str, str]]:
    """Turns of (whole second in which it began, speaker, words), for forms that stamp turns."""
    listed, at = [], 2
    for who, words in talk.turns:
        listed.append((at, who, words))
        at += 2 + len(words) // 14
    return listed


def clock(seconds: float, mark: str = ".") -> str:
    """``00:01:02.345``."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole % 3600 // 60:02d}:{whole % 60:02d}{mark}{thousandths:03d}"


def header(talk: Interview) -> str:
    """What is known of the participant, as a typist puts it above a transcript; nothing where nothing is known."""
    facts = {"participant": talk.who, **talk.facts} if talk.facts else {}
    return "".join(f"{key.capitalize()}: {value}\n" for key, value in facts.items()) + ("\n" if facts else "")


def plain(talk: Interview) -> bytes:
    """UTF-8 text, a label before each turn."""
    return (header(talk) + "\n\n".join(f"{who}: {words}" for who, words in talk.turns) + "\n").encode()


def typed_cp1252(talk: Interview) -> bytes:
    """The same as typed on an older office machine: cp1252 with CRLF."""
    return plain(talk).decode().replace("\n", "\r\n").encode("cp1252")


def stamps(talk: Interview) -> bytes:
    """Text with ``[00:00:02]`` before each label."""
    lines = [f"[{clock(at)[:8]}] {who}: {words}" for at, who, words in paced(talk)]
    return (header(talk) + "\n".join(lines) + "\n").encode()


def note(talk: Interview) -> bytes:
    """A note in markdown: front matter, a heading, speakers in bold."""
    facts = {"participant": talk.who, "date": "2026-03-02", **talk.facts}
    head = "".join(f"{key}: {value}\n" for key, value in facts.items())
    body = "\n\n".join(f"**{who}**\n\n{words}" for who, words in talk.turns)
    return f"---\n{head}---\n\n# Interview {talk.who}\n\n{body}\n".encode()


def voices(talk: Interview) -> bytes:
    """WebVTT with voice tags."""
    cues = [f"{clock(a)} --> {clock(b)}\n<v {who}>{words}</v>" for a, b, who, words in stamped(talk)]
    return ("WEBVTT\n\n" + "\n\n".join(cues) + "\n").encode()


def names(talk: Interview) -> bytes:
    """WebVTT as meeting programs write it: numbered cues, the name before the words."""
    cues = [f"{n}\n{clock(a)} --> {clock(b)}\n{who}: {words}" for n, (a, b, who, words) in enumerate(stamped(talk), 1)]
    return ("WEBVTT\n\n" + "\n\n".join(cues) + "\n").encode()


def captions(talk: Interview) -> bytes:
    """SubRip, a label only where the speaker changes."""
    cues, last = [], ""
    for number, (a, b, who, words) in enumerate(stamped(talk), 1):
        label = f"{who}: " if who != last else ""
        cues.append(f"{number}\n{clock(a, ',')} --> {clock(b, ',')}\n{label}{words}")
        last = who
    return ("\n\n".join(cues) + "\n").encode()


def segments(talk: Interview) -> bytes:
    """JSON as speech recognisers write it: timed segments, a blank before the words."""
    listed = [
        {"id": n, "start": a, "end": b, "speaker": who, "text": f" {words}"}
        for n, (a, b, who, words) in enumerate(stamped(talk))
    ]
    return json.dumps({"language": "en", "segments": listed}, indent=1, ensure_ascii=False).encode() + b"\n"


def rows(talk: Interview) -> list[list[str]]:
    """A table with a turn a row; what is known of the participant stands beside their turns."""
    extra = list(talk.facts)
    listed = [["speaker", "text", *extra]]
    for who, words in talk.turns:
        listed.append([who, words, *(talk.facts[key] if who == talk.who else "" for key in extra)])
    return listed


def turns_csv(talk: Interview) -> bytes:
    """The table as CSV."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows(talk))
    return out.getvalue().encode()


def turns_xlsx(talk: Interview) -> bytes:
    """The table as a workbook."""
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
    """A document with a bold name and a time above each turn."""
    from docx import Document

    document = Document()
    document.add_heading(f"Interview {talk.who}", 1)
    for at, who, words in paced(talk):
        head = document.add_paragraph()
        head.add_run(who).bold = True
        head.add_run(f"   {at // 60}:{at % 60:02d}")
        document.add_paragraph(words)
    return docx_bytes(document)


def table(talk: Interview) -> bytes:
    """A document with a table: time, speaker, words."""
    from docx import Document

    document = Document()
    grid = document.add_table(rows=0, cols=3)
    for at, who, words in paced(talk):
        cells = grid.add_row().cells
        cells[0].text, cells[1].text, cells[2].text = clock(at)[:8], who, words
    return docx_bytes(document)


def docx_bytes(document: Written) -> bytes:
    """The document with fixed times and without the template's unused styles, which are ten times its words."""
    kept = {"Normal", "Heading 1", "Default Paragraph Font", "Normal Table"}
    for style in list(document.styles):
        if style.name not in kept:
            style.delete()
    latent = document.styles.element.find("{*}latentStyles")
    if latent is not None:
        document.styles.element.remove(latent)
    for owner in (document.part, document.part.package):
        for key, relation in list(owner.rels.items()):
            if relation.reltype.rsplit("/", 1)[-1] in {"stylesWithEffects", "thumbnail", "customXml", "numbering"}:
                del owner.rels[key]
    document.core_properties.created = document.core_properties.modified = FIXED
    out = io.BytesIO()
    document.save(out)
    return settled(out.getvalue())


def settled(archive: bytes) -> bytes:
    """An office document with fixed times, order and system, uncompressed: the same bytes wherever it is made."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for name in sorted(old.namelist()):
            data = old.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>2026-03-02T09:00:00Z", data)
            entry = zipfile.ZipInfo(name, FIXED.timetuple()[:6])
            entry.create_system = 3
            new.writestr(entry, data)
    return out.getvalue()


def printed(talk: Interview) -> bytes:
    """A PDF of several small pages with page numbers."""
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
    SimpleDocTemplate(out, pagesize=A5, invariant=1, pageCompression=0, title=f"Interview {talk.who}").build(
        parts, onFirstPage=number, onLaterPages=number
    )
    return out.getvalue()


FORMS: dict[str, tuple[str, Callable[[Interview], bytes]]] = {
    "plain.txt": (".txt", plain),
    "typed-cp1252.txt": (".txt", typed_cp1252),
    "stamps.txt": (".txt", stamps),
    "note.md": (".md", note),
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
"""The forms that a text may ask for with ``form:``, each with the suffix of its file and what writes it."""

CARRY_FACTS = {"plain.txt", "typed-cp1252.txt", "stamps.txt", "note.md", "turns.csv", "turns.xlsx"}
"""The forms with a place for what is known of the participant."""


def corpus() -> dict[str, bytes]:
    """Every file of the corpus by name."""
    made = {}
    for path in sorted(TRUTH.glob("P*.md")):
        talk = read_truth(path)
        if talk.facts and talk.form not in CARRY_FACTS:
            raise ValueError(f"{path.name}: {talk.form} has no place for {', '.join(talk.facts)}")
        suffix, write = FORMS[talk.form]
        made[f"{talk.who}{suffix}"] = write(talk)
    made["survey.csv"] = (TRUTH / "survey.csv").read_bytes()
    return made


def differences(made: dict[str, bytes]) -> list[str]:
    """The names of files that are missing, left over, or not what their texts make."""
    there = {file.name: file.read_bytes() for file in TARGET.iterdir()} if TARGET.is_dir() else {}
    return [name for name in sorted({*made, *there}) if made.get(name) != there.get(name)]


def main() -> int:
    """Write the files that differ, or with ``--check`` say which do and end with 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with what is there and write nothing")
    check = parser.parse_args().check
    made = corpus()
    differing = differences(made)
    if check:
        print("\n".join(f"differs: {name}" for name in differing) or "the corpus is what its texts make")
        return int(bool(differing))
    TARGET.mkdir(parents=True, exist_ok=True)
    for name in differing:
        if name in made:
            (TARGET / name).write_bytes(made[name])
        else:
            (TARGET / name).unlink()
    print(f"{len(made)} files, {sum(map(len, made.values())):,} bytes; {len(differing)} written or removed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
