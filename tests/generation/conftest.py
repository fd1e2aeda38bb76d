"""Inputs made from real interviews and from small ones written here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from persona.model.canonical import canonical_json, digest_of
from persona.model.sources import Document, Input
from persona.sources import read

Make = Callable[[Sequence[Document]], list[Input]]


def as_inputs(documents: Sequence[Document]) -> list[Input]:
    """Documents as a run reads them, each participant under their own key."""
    return [
        Input(digest_of(canonical_json(one)), one, {card.key: card.key for card in one.participants})
        for one in documents
    ]


@pytest.fixture(scope="session")
def scientists(shared: Path) -> list[Input]:
    file = shared / "data/interviews/anthropic-interviewer-scientists/scientists_transcripts.csv"
    return as_inputs(read(file.read_bytes(), file.name).documents)


@pytest.fixture(scope="session")
def workforce(shared: Path) -> list[Input]:
    files = sorted((shared / "data/interviews/anthropic-interviewer-workforce").glob("work_*.md"))
    return as_inputs([document for file in files for document in read(file.read_bytes(), file.name).documents])


@pytest.fixture(scope="session")
def two_populations(scientists: list[Input], workforce: list[Input]) -> list[Input]:
    return [*scientists[:40], *workforce]


@pytest.fixture
def small() -> list[Input]:
    """Three short interviews."""
    texts = {
        "P01": "I want to finish the weekly order in ten minutes. The stock page loads so slowly that I give up twice a week.",
        "P02": "My goal is to keep the shelves full without calling anybody. I check the stock list every single morning.",
        "P03": "I need flour on the table before four in the morning. It is frustrating that the site forgets my basket.",
    }
    documents = [
        read(f"Interviewer: What do you try to get done?\n{who}: {words}\n".encode(), f"{who}.txt").documents[0]
        for who, words in texts.items()
    ]
    return as_inputs(documents)
