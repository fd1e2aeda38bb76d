"""Over any mix of formats and speakers, no eight words in a row of whoever withdrew are left in any byte; others' are."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import tempfile
import zipfile
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.erasure.scanning import found_in, rows

from persona.workspace import Workspace

WORDS = [
    "stock",
    "page",
    "slow",
    "order",
    "flour",
    "bread",
    "morning",
    "paper",
    "list",
    "train",
    "seat",
    "ticket",
    "price",
    "search",
    "basket",
    "phone",
    "signal",
    "café",
    "naïve",
    "straße",
    "boss",
    "Monday",
    "never",
    "always",
    "often",
    "before",
    "after",
    "without",
    "through",
    "kitchen",
    "counter",
    "supplier",
    "invoice",
    "delivery",
]
PEOPLE = ("Anna", "Ben", "Zoë")
ASKED = "What gets in your way?"
FORMS = ("txt", "md", "vtt", "srt", "json", "docx", "csv", "survey")

Talk = list[tuple[str, str]]
"""Who says what, in order."""


def txt(talk: Talk) -> bytes:
    return "\n".join(f"{who}: {said}" for who, said in talk).encode()


def md(talk: Talk) -> bytes:
    return "\n\n".join(f"**{who}**\n\n{said}" for who, said in talk).encode()


def clock(at: int, mark: str) -> str:
    return f"00:{at // 60:02d}:{at % 60:02d}{mark}000"


def vtt(talk: Talk) -> bytes:
    cues = [
        f"{clock(3 * at, '.')} --> {clock(3 * at + 2, '.')}\n<v {who}>{escape(said)}</v>\n"
        for at, (who, said) in enumerate(talk)
    ]
    return ("WEBVTT\n\n" + "\n".join(cues)).encode()


def srt(talk: Talk) -> bytes:
    """Each turn in two cues, so that a sentence goes on over the times between."""
    cues = []
    for at, (who, said) in enumerate(talk):
        words = said.split()
        half = len(words) // 2
        for part, text in enumerate((f"{who}: {' '.join(words[:half])}", " ".join(words[half:]))):
            if text.strip():
                start = 6 * at + 3 * part
                cues.append(f"{len(cues) + 1}\n{clock(start, ',')} --> {clock(start + 2, ',')}\n{text}\n")
    return "\n".join(cues).encode()


def json_(talk: Talk) -> bytes:
    segments = [
        {"id": at, "start": 3.0 * at, "end": 3.0 * at + 2, "speaker": who, "text": f" {said}"}
        for at, (who, said) in enumerate(talk)
    ]
    return json.dumps({"language": "en", "segments": segments}, ensure_ascii=len(talk) % 2 == 0).encode()


def docx(talk: Talk) -> bytes:
    """A paragraph a turn; the words of a turn stand in several runs, as word processors leave them."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    paragraphs = []
    for who, said in talk:
        words = f"{who}: {said}".split(" ")
        runs = "".join(
            f'<w:r><w:t xml:space="preserve">{escape(" ".join(words[at : at + 3]))} </w:t></w:r>'
            for at in range(0, len(words), 3)
        )
        paragraphs.append(f"<w:p>{runs}</w:p>")
    body = f'<w:document xmlns:w="{space}"><w:body>{"".join(paragraphs)}</w:body></w:document>'
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'wordprocessingml.document.main+xml"/></Types>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="word/document.xml"/></Relationships>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in (("[Content_Types].xml", types), ("_rels/.rels", relations), ("word/document.xml", body)):
            archive.writestr(name, text)
    return out.getvalue()


def table(rows_: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows_)
    return out.getvalue().encode()


def csv_(talk: Talk) -> bytes:
    return table([["speaker", "text"], *([who, said] for who, said in talk)])


def survey(talk: Talk) -> bytes:
    """A row a person, an answer a turn."""
    said: dict[str, list[str]] = {}
    for who, text in talk:
        if who != "Interviewer":
            said.setdefault(who, []).append(text)
    most = max(len(one) for one in said.values())
    heads = ["participant", *(f"What about part {at}?" for at in range(most))]
    return table([heads, *([who, *texts, *[""] * (most - len(texts))] for who, texts in said.items())])


WRITE = {"txt": txt, "md": md, "vtt": vtt, "srt": srt, "json": json_, "docx": docx, "csv": csv_, "survey": survey}


def sentence(chance: random.Random, who: str) -> str:
    """A sentence of one person: every fourth word is theirs alone, so that no eight in a row are another's."""
    words = [f"{chance.choice(WORDS)}" for _ in range(chance.randint(8, 16))]
    words[::4] = [f"{one}{who[0].lower()}{chance.randint(0, 99)}" for one in words[::4]]
    return "I want " + " ".join(words) + "."


def conversation(chance: random.Random, people: list[str]) -> Talk:
    talk: Talk = []
    for _ in range(chance.randint(1, 3)):
        talk.append(("Interviewer", ASKED))
        talk += [(who, " ".join(sentence(chance, who) for _ in range(chance.randint(1, 3)))) for who in people]
    return talk


mixes = st.lists(
    st.tuples(st.sampled_from(FORMS), st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True)),
    min_size=1,
    max_size=5,
)


def tried(mix: list[tuple[str, list[str]]], seed: int) -> None:
    """Import a mix, make personas and a report, let one person withdraw, and look through every byte."""
    chance = random.Random(seed)
    who = mix[0][1][0]
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder, "in")
        inbox.mkdir()
        theirs: set[str] = set()
        others: set[str] = set()
        for number, (form, people) in enumerate(mix):
            talk = conversation(chance, people)
            ending = "csv" if form == "survey" else form
            (inbox / f"talk-{number}-{form}.{ending}").write_bytes(WRITE[form](talk))
            for speaker, said in talk:
                (theirs if speaker == who else others).update(rows(said) if speaker != "Interviewer" else ())
        assert not theirs & others
        with Workspace.init(Path(folder, "ws")) as ws:
            ws.project.create("Mix")
            report = ws.source.import_([str(inbox)])
            assert (report.imported, report.refused) == (len(mix), 0), report
            ws.generate(flags={"count": 1})
            ws.report()
            assert found_in(ws.root, theirs)
            ws.participant.withdraw(who)
            assert found_in(ws.root, theirs, (who,)) == []
            assert bool(found_in(ws.root, others)) == bool(others)
            assert ws.verify().ok, ws.verify().findings


@pytest.mark.parametrize("form", FORMS)
def test_each_format_alone_and_with_others(form: str) -> None:
    tried([(form, ["Zoë", "Ben"]), (form, ["Zoë"]), ("txt", ["Anna", "Zoë"])], FORMS.index(form))


@settings(max_examples=max(4, int(os.environ.get("PERSONA_REPEATS", "4"))))
@given(mixes, st.integers(0, 2**32))
def test_any_mix_of_formats(mix: list[tuple[str, list[str]]], seed: int) -> None:
    tried(mix, seed)
