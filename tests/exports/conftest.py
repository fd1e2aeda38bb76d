"""Three small interviews and two personas, made by hand, and a browser to look at them with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.exports import eventful as making

from persona.model.canonical import digest_of, digest_of_value
from persona.model.measures import Measure
from persona.model.personas import Absent, Claim, Distribution, Evidence, Grouping, Persona, PersonaSet, Share
from persona.model.sources import Document, Input, Origin, ParticipantCard, Turn
from persona.workspace import Workspace

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

ANA = (
    ("Interviewer", "How do you plan the week at the bakery?"),
    (
        "Ana",
        "On Sunday night I write the whole week on one sheet of paper. If it is not on the sheet it does not happen.",
    ),
    ("Interviewer", "And when somebody calls in sick?"),
    (
        "Ana",
        (
            "Then I start phoning at five in the morning. Nobody answers at five in the morning. "
            "I want to know before I go to bed who can come, so that I can sleep."
        ),
    ),
    ("Interviewer", "What have you tried?"),
    ("Ana", "We had an app for a month, but it was slow on my old phone and I went back to paper."),
)
BASHIR = (
    ("Interviewer", "Tell me about your last roster."),
    ("Bashir", "I copy the one from last month and change the names. It takes me an hour, sometimes more."),
    ("Interviewer", "What goes wrong?"),
    (
        "Bashir",
        (
            "People swap shifts among themselves and nobody tells me. I find out when the door is still locked at six. "
            "That is the worst part of the job."
        ),
    ),
    ("Interviewer", "And what would help?"),
    ("Bashir", "I want every swap to pass over my table before it counts."),
)
CHIARA = (
    ("Interviewer", "Who makes the plan where you work?"),
    ("Chiara", "We do it together on the phone, twenty of us in one group. I like that everybody sees everything."),
    ("Interviewer", "Does that work?"),
    (
        "Chiara",
        (
            "Mostly. I swap a shift in two minutes. But the group is loud: I read four hundred messages a week for the "
            "three that are about me 🙃."
        ),
    ),
    ("Interviewer", "What would you change?"),
    ("Chiara", "I want only the messages about my own shifts. <script>alert('loud')</script> is how it feels."),
)


def interview(name: str, turns: tuple[tuple[str, str], ...], **attributes: str) -> Input:
    """An interview as reading it from a text file would give it; the person is the one who is not the interviewer."""
    text, made, origins = "", [], []
    person = next(speaker for speaker, _ in turns if speaker != "Interviewer")
    for index, (speaker, words) in enumerate(turns):
        text += "\n\n" if text else ""
        start = len(text)
        text += words
        role = "interviewer" if speaker == "Interviewer" else "participant"
        made.append(
            Turn(index, speaker, role, start, len(text), person if role == "participant" else None, began=14.0 * index)
        )
        origins.append(Origin(start, len(text), f"line {2 * index + 1}"))
    document = Document(
        source=digest_of(name.encode()),
        title=name,
        text=text,
        turns=tuple(made),
        origins=tuple(origins),
        participants=(ParticipantCard(person, dict(attributes)),),
        reader="txt",
    )
    return Input(digest_of_value(document), document, {person: person})


def evidence(item: Input, quote: str, stance: Any = "for") -> Evidence:
    """The first place of some words in a document."""
    start = item.document.text.index(quote)
    return Evidence(item.digest, start, start + len(quote), quote, next(iter(item.people.values())), stance)


def claim(
    id: str,
    text: str | None,
    *cited: Evidence,
    of: int = 2,
    status: Any = "observed",
    method: str = "theme",
    support: int = 0,
) -> Claim:
    """A claim on some evidence; without a text it is the first quotation itself."""
    support = support or len({item.participant for item in cited if item.stance == "for"})
    if text is None:
        return Claim(id, cited[0].quote, status, support, of, cited, "quote", verbatim=True)
    return Claim(id, text, status, support, of, cited, method)


@pytest.fixture(scope="session")
def inputs() -> list[Input]:
    """Three interviews about rosters, and one that nothing rests on."""
    return [
        interview("Interview with Ana", ANA, occupation="baker", age="44"),
        interview("Interview with Bashir", BASHIR, occupation="baker", age="51"),
        interview("Interview with Chiara", CHIARA, occupation="nurse"),
        interview("Interview with Dov", (("Interviewer", "Hello?"), ("Dov", "I have no time for this today."))),
    ]


@pytest.fixture(scope="session")
def personas(inputs: list[Input]) -> PersonaSet:
    """Two personas: passages that overlap, a claim of three documents, one against, and fields that are null."""
    ana, bashir, chiara, _ = inputs
    members = ("Ana", "Bashir")
    first = Persona(
        id="persona-1",
        name=claim("n1", "Rowan", status="unsupported", method="pseudonym"),
        summary=claim(
            "s1",
            "Makes the roster alone, on paper or from the month before, and learns of absences too late.",
            evidence(ana, "On Sunday night I write the whole week on one sheet of paper."),
            evidence(bashir, "I copy the one from last month and change the names."),
            status="inferred",
            method="template",
        ),
        demographics={
            "occupation": Distribution(
                "occupation",
                (Share("baker", 2, members),),
                2,
                2,
                claim("d1", "Both are bakers.", status="inferred", method="distribution", support=2),
            ),
            "age": Distribution(
                "age",
                (Share("44", 1, ("Ana",)), Share("51", 1, ("Bashir",))),
                2,
                2,
                claim("d2", "44 and 51 years old.", status="inferred", method="distribution", support=2),
            ),
        },
        goals=(
            claim("g1", None, evidence(ana, "I want to know before I go to bed who can come, so that I can sleep.")),
            claim("g2", None, evidence(bashir, "I want every swap to pass over my table before it counts.")),
        ),
        pain_points=(
            claim(
                "p1",
                "Learns of absences when it is too late to act.",
                evidence(ana, "Nobody answers at five in the morning. I want to know before I go to bed"),
                evidence(bashir, "People swap shifts among themselves and nobody tells me."),
                evidence(bashir, "I find out when the door is still locked at six."),
                evidence(chiara, "I swap a shift in two minutes.", "against"),
            ),
        ),
        behaviours=(
            claim(
                "b1",
                "Plans from one sheet of paper.",
                evidence(
                    ana, "I write the whole week on one sheet of paper. If it is not on the sheet it does not happen."
                ),
            ),
        ),
        needs=None,
        motivations=None,
        context=None,
        tools=(claim("t1", None, evidence(ana, "it was slow on my old phone and I went back to paper")),),
        quotes=(claim("q1", None, evidence(bashir, "That is the worst part of the job.")),),
        members=members,
        anchor="Bashir",
        missing={
            "needs": Absent("no_evidence", "nobody in this group said what they need"),
            "motivations": Absent("no_evidence", "nobody in this group gave a reason of this kind"),
            "context": Absent("no_evidence", "nobody in this group described where they work"),
            "demographics.gender": Absent("not_in_source", "the sources do not state it"),
        },
    )
    second = Persona(
        id="persona-2",
        name=claim("n2", "Sasha", status="unsupported", method="pseudonym", of=1),
        summary=None,
        demographics={},
        goals=(claim("g3", None, evidence(chiara, "I want only the messages about my own shifts."), of=1),),
        pain_points=(
            claim(
                "p2",
                None,
                evidence(
                    chiara, "the group is loud: I read four hundred messages a week for the three that are about me 🙃"
                ),
                of=1,
            ),
            claim("p3", None, evidence(chiara, "<script>alert('loud')</script> is how it feels."), of=1),
        ),
        behaviours=(claim("b2", None, evidence(chiara, "I swap a shift in two minutes."), of=1),),
        needs=None,
        motivations=None,
        context=None,
        tools=None,
        quotes=None,
        members=("Chiara",),
        anchor="Chiara",
        missing={
            "summary": Absent("no_evidence", "one participant is too few for a summary"),
            "demographics": Absent("not_in_source", "the sources state nothing about these participants"),
        },
    )
    grouping = Grouping(
        k=2,
        chosen_by="count",
        silhouette=0.07,
        stability=0.61,
        clear=False,
        message="the data do not show clear groups: the silhouette is 0.07, and from 0.10 on groups are called clear",
        groups=(members, ("Chiara",)),
        outliers=("Chiara",),
        excluded={"Dov": "no words that can be used"},
    )
    provenance = {"generated_by": "persona-workbench v0.1.0", "model": "extractive", "parameters": {"temperature": "0"}}
    return PersonaSet((first, second), grouping, provenance)


@pytest.fixture(scope="session")
def facts() -> list[tuple[str, str]]:
    """What a report tells of its run."""
    return [
        ("run", "run_20261123_060000_abc123"),
        ("engine", "extractive@1.0.0"),
        ("seed", "7"),
        ("recipe", "sha256:" + "4f" * 32),
        ("sources", "4"),
    ]


@pytest.fixture(scope="session")
def measures() -> list[Measure]:
    """One measure of each kind."""
    return [
        Measure("faithfulness", "1", 1.0, "ok", "up", (0.0, 1.0), 11),
        Measure("bias_invented", "1", 0.25, "ok", "down", (0.0, 1.0), 4),
        Measure("consistency_runs", "1", None, "not_enough_data", "up", (0.0, 1.0), 1),
    ]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A real Chromium, gone after the module: its driver keeps an event loop running that others would trip over."""
    if not CHROMIUM.exists():
        pytest.skip("chromium is not installed at /usr/bin/chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=CHROMIUM_FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def eventful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A workspace in which everything has happened; read it only."""
    ws = making.make(tmp_path_factory.mktemp("eventful"))
    yield ws
    ws.close()
