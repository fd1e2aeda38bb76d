"""Quotations that somebody might write, made from real interviews: true ones, and ones with slips. For lies see ``lies``."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from persona.generation.corpus import Sentence, read_corpus
from persona.generation.meaning import is_denial
from persona.generation.plaintext import fold, tokens
from persona.model.recipes import Constraints
from persona.model.sources import Input

SHORTEST = 7
"""Words of a sentence that is quoted."""


class Case(NamedTuple):
    """A quotation, whom it is attributed to (None: nobody is named), and the sentence that it was made from."""

    quotation: str
    participant: str | None
    source: str


class Material(NamedTuple):
    """The sentences of interviews, those of interviews of other people, and what interviewers of the first ones said."""

    sentences: list[Sentence]
    foreign: list[Sentence]
    asked: list[str]
    by_person: dict[str, list[Sentence]]
    turns: dict[tuple[str, int], int]

    def turn_of(self, one: Sentence) -> int:
        """The number of the turn that a sentence stands in, among those of its document."""
        return self.turns[one.document, one.start]


def material(inputs: Sequence[Input], foreign: Sequence[Input]) -> Material:
    ours, theirs = (
        [one for one in read_corpus(part, Constraints()).sentences if len(one.text.split()) >= SHORTEST]
        for part in (inputs, foreign)
    )
    by_person: dict[str, list[Sentence]] = {}
    for one in ours:
        by_person.setdefault(one.participant, []).append(one)
    asked, turns = [], {}
    bounds = {
        item.digest: [turn for turn in item.document.turns if turn.role == "participant"] for item in inputs
    }  # fmt: skip
    for one in ours:
        turns[one.document, one.start] = next(
            number for number, turn in enumerate(bounds[one.document]) if turn.start <= one.start < turn.end
        )
    for item in inputs:
        for turn in item.document.turns:
            words = item.document.words(turn)
            if turn.role == "interviewer" and len(words.split()) >= SHORTEST:
                asked.append(words)
    return Material(ours, theirs, asked, by_person, turns)


Make = Callable[[Material, random.Random], "Case | None"]


def picked(stuff: Material, chance: random.Random) -> Sentence:
    return chance.choice(stuff.sentences)


def changed(text: str, sentence: Sentence) -> Case | None:
    """A case, unless its words are still a stretch of the sentence, and so no change."""
    ours, theirs = (" ".join(token.word for token in tokens(fold(one).text)) for one in (text, sentence.text))
    return None if f" {ours} " in f" {theirs} " else Case(text, sentence.participant, sentence.text)


def denies(text: str) -> bool:
    return any(is_denial(token.word) for token in tokens(fold(text).text))


# True ones


def verbatim(stuff: Material, chance: random.Random) -> Case | None:
    one = picked(stuff, chance)
    return Case(one.text, one.participant, one.text)


def unattributed(stuff: Material, chance: random.Random) -> Case | None:
    one = picked(stuff, chance)
    return Case(one.text, None, one.text)


def stretch(stuff: Material, chance: random.Random) -> Case | None:
    """Five words or more from anywhere in a sentence."""
    one = picked(stuff, chance)
    words = one.text.split()
    first = chance.randint(0, len(words) - 5)
    text = " ".join(words[first : chance.randint(first + 5, len(words))])
    return Case(text, one.participant, one.text) if len(text) >= 15 else None


def dressed(stuff: Material, chance: random.Random) -> Case | None:
    """Other quotes, case, blanks, dashes and full stops: the same words."""
    one = picked(stuff, chance)
    text = one.text.replace("'", "’") if "'" in one.text else one.text.replace("’", "'")
    text = text.replace("—", "–") if "—" in text else text.replace(" - ", " — ")
    text = chance.choice([str.upper, str.lower, str.title, str])(text)
    text = text.replace(" ", chance.choice([" ", "  ", "\n", "\u00a0", " \u200b"]))
    form = chance.choice(["“{}”", "{}…", " {} ", '"{}"', "«{}»", "*{}*", "...{}...", "'{}.'"])
    return Case(form.format(text.rstrip(".")), one.participant, one.text)


def shortened(stuff: Material, chance: random.Random) -> Case | None:
    """The middle left out and said so; what is left out denies nothing."""
    one = picked(stuff, chance)
    words = one.text.split()
    if len(words) < 10:
        return None
    cut = chance.randint(3, len(words) - 6)
    out = chance.randint(1, 3)
    if denies(" ".join(words[cut : cut + out])):
        return None
    gap = chance.choice([" ... ", "…", " [...] ", " […] ", "... ", " (...) ", " . . . "])
    return Case(f"{' '.join(words[:cut])}{gap}{' '.join(words[cut + out :])}", one.participant, one.text)


def two_sentences(stuff: Material, chance: random.Random) -> Case | None:
    """Two whole sentences of one answer, or of an answer and the next, with an ellipsis between them."""
    one = picked(stuff, chance)
    rest = [
        other
        for other in stuff.by_person[one.participant]
        if other.document == one.document
        and other.start > one.start
        and stuff.turn_of(other) - stuff.turn_of(one) in (0, 1)
    ]
    if not rest:
        return None
    other = chance.choice(rest)
    gap = chance.choice([" ... ", " [...] ", " … "])
    return Case(f"{one.text}{gap}{other.text}", one.participant, f"{one.text} | {other.text}")


# Slips


def letter_slip(text: str, chance: random.Random) -> str:
    """One letter swapped, doubled, lost or mistaken, inside a word."""
    places = [at for at in range(1, len(text) - 1) if text[at].isalpha() and text[at + 1].isalpha()]
    if not places:
        return text
    at = chance.choice(places)
    kind = chance.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if kind == 1:
        return text[:at] + text[at] + text[at:]
    if kind == 2:
        return text[:at] + text[at + 1 :]
    return text[:at] + chance.choice("abcdefghijklmnopqrstuvwxyz") + text[at + 1 :]


def edit(text: str, chance: random.Random) -> str:
    """One edit at any place at all, blanks, digits, marks and apostrophes included."""
    at, letter = chance.randrange(len(text) - 1), chance.choice("abcdefghijklmnopqrstuvwxyz")
    return chance.choice(
        [
            text[:at] + text[at + 1 :],
            text[:at] + letter + text[at:],
            text[:at] + letter + text[at + 1 :],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        ]
    )


def one_slip(stuff: Material, chance: random.Random) -> Case | None:
    one = picked(stuff, chance)
    return changed(letter_slip(one.text, chance), one)


def two_slips(stuff: Material, chance: random.Random) -> Case | None:
    one = picked(stuff, chance)
    return changed(letter_slip(letter_slip(one.text, chance), chance), one)


def one_edit(stuff: Material, chance: random.Random) -> Case | None:
    one = picked(stuff, chance)
    return changed(edit(one.text, chance), one)


def two_edits(stuff: Material, chance: random.Random) -> Case | None:
    one = picked(stuff, chance)
    return changed(edit(edit(one.text, chance), chance), one)


def slip_and_marks(stuff: Material, chance: random.Random) -> Case | None:
    """A slip, and no marks: what a hasty hand writes."""
    one = picked(stuff, chance)
    text = "".join(letter for letter in letter_slip(one.text, chance).lower() if letter not in ',.;:!?"“”()')
    digits = any(letter.isdigit() for letter in one.text)  # without its point 3.5 would be another number
    return None if digits else changed(text, one)


def slip_unattributed(stuff: Material, chance: random.Random) -> Case | None:
    case = one_slip(stuff, chance)
    return case and case._replace(participant=None)


# Losses


def dropped_words(stuff: Material, chance: random.Random) -> Case | None:
    """One or two words lost without saying so."""
    one = picked(stuff, chance)
    words = one.text.split()
    for _ in range(chance.randint(1, 2)):
        del words[chance.randrange(1, len(words) - 1)]
    return changed(" ".join(words), one)


TRUE: dict[str, Make] = {
    "verbatim": verbatim,
    "verbatim, nobody named": unattributed,
    "five words or more of a sentence": stretch,
    "other marks, case and blanks": dressed,
    "middle left out": shortened,
    "two sentences, an ellipsis between": two_sentences,
}
SLIPS: dict[str, Make] = {
    "one slip in a word": one_slip,
    "two slips in words": two_slips,
    "one edit anywhere": one_edit,
    "two edits anywhere": two_edits,
    "a slip, and no marks": slip_and_marks,
    "one slip, nobody named": slip_unattributed,
}
LOSSES: dict[str, Make] = {"one or two words dropped": dropped_words}


def cases(make: Make, stuff: Material, count: int, seed: int) -> list[Case]:
    """``count`` cases of a kind; the same each time. Fewer where the material does not give so many."""
    chance = random.Random(seed)
    found: list[Case] = []
    for _ in range(count * 200):
        if len(found) == count:
            break
        case = make(stuff, chance)
        if case is not None:
            found.append(case)
    return found
