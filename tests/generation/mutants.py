"""Quotations that somebody might write: true ones, slips, and lies of every kind, made from real interviews."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from persona.generation.corpus import Sentence, read_corpus
from persona.model.recipes import Constraints
from persona.model.sources import Input

SHORTEST = 7
"""Words of a sentence that is quoted."""


class Case(NamedTuple):
    """A quotation, whom it is attributed to, and the sentence that it was made from."""

    quotation: str
    participant: str
    source: str


class Material(NamedTuple):
    """The sentences of the interviews that are asked, and those of interviews of other people."""

    sentences: list[Sentence]
    foreign: list[Sentence]


def material(inputs: Sequence[Input], foreign: Sequence[Input]) -> Material:
    ours, theirs = (
        [one for one in read_corpus(part, Constraints()).sentences if len(one.text.split()) >= SHORTEST]
        for part in (inputs, foreign)
    )
    return Material(ours, theirs)


Make = Callable[[Material, random.Random], "Case | None"]


def _pick(stuff: Material, chance: random.Random) -> Sentence:
    return chance.choice(stuff.sentences)


def _case(text: str, sentence: Sentence) -> Case | None:
    return Case(text, sentence.participant, sentence.text) if text != sentence.text else None


# True ones


def verbatim(stuff: Material, chance: random.Random) -> Case | None:
    one = _pick(stuff, chance)
    return Case(one.text, one.participant, one.text)


def dressed(stuff: Material, chance: random.Random) -> Case | None:
    """Other quotes, case, blanks, dashes and full stops: the same words."""
    one = _pick(stuff, chance)
    text = one.text.replace("'", "’") if "'" in one.text else one.text.replace("’", "'")
    text = chance.choice([str.upper, str.lower, str])(text)
    text = text.replace(" ", chance.choice([" ", "  ", "\n", "\u00a0"]))
    return Case(chance.choice(["“{}”", "{}…", " {} ", '"{}"']).format(text.rstrip(".")), one.participant, one.text)


def shortened(stuff: Material, chance: random.Random) -> Case | None:
    """The middle left out and said so."""
    one = _pick(stuff, chance)
    words = one.text.split()
    if len(words) < 10:
        return None
    cut = chance.randint(3, len(words) - 6)
    gap = chance.choice(["...", "…", "[...]", " […] "])
    return Case(f"{' '.join(words[:cut])} {gap} {' '.join(words[cut + 2 :])}", one.participant, one.text)


# Slips


def _slip(text: str, chance: random.Random) -> str:
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


def one_slip(stuff: Material, chance: random.Random) -> Case | None:
    one = _pick(stuff, chance)
    return _case(_slip(one.text, chance), one)


def two_slips(stuff: Material, chance: random.Random) -> Case | None:
    one = _pick(stuff, chance)
    return _case(_slip(_slip(one.text, chance), chance), one)


def dropped_words(stuff: Material, chance: random.Random) -> Case | None:
    """One or two words lost without saying so."""
    one = _pick(stuff, chance)
    words = one.text.split()
    for _ in range(chance.randint(1, 2)):
        del words[chance.randrange(1, len(words) - 1)]
    return _case(" ".join(words), one)


# Lies


def from_elsewhere(stuff: Material, chance: random.Random) -> Case | None:
    """A real sentence of somebody who was not interviewed here."""
    other, one = chance.choice(stuff.foreign), _pick(stuff, chance)
    return Case(other.text, one.participant, "")


def other_content(stuff: Material, chance: random.Random) -> Case | None:
    """Several words of content put in place of others."""
    one = _pick(stuff, chance)
    words = one.text.split()
    places = [at for at, word in enumerate(words) if len(word.strip(".,!?")) > 4]
    if len(places) < 3:
        return None
    for at in chance.sample(places, 3):
        donors = [word for word in chance.choice(stuff.foreign).text.split() if len(word) > 4]
        if donors:
            words[at] = chance.choice(donors)
    return _case(" ".join(words), one)


_SYNONYMS = {
    "use": "utilise", "using": "utilising", "help": "assist", "helps": "assists", "think": "believe", "want": "desire",
    "good": "fine", "really": "truly", "work": "labour", "need": "require", "things": "matters", "time": "moment",
    "make": "create", "get": "obtain", "very": "extremely", "research": "investigation", "because": "since",
    "data": "information", "like": "such as", "just": "simply", "also": "additionally", "lot": "great deal",
}  # fmt: skip


def paraphrased(stuff: Material, chance: random.Random) -> Case | None:
    """Synonyms for every word that has one, and the two halves turned round."""
    one = _pick(stuff, chance)
    words = [_SYNONYMS.get(word.lower(), word) for word in one.text.rstrip(".").split()]
    half = len(words) // 2
    turned = words[half:] + words[:half]
    return _case(" ".join(turned), one) if turned != one.text.split() else None


def two_people(stuff: Material, chance: random.Random) -> Case | None:
    """The beginning of one person's sentence and the end of another's."""
    one, other = _pick(stuff, chance), _pick(stuff, chance)
    if one.participant == other.participant:
        return None
    first, last = one.text.split(), other.text.split()
    text = " ".join([*first[: max(4, len(first) // 2)], *last[-max(4, len(last) // 2) :]])
    return None if text in (one.text, other.text) else Case(text, one.participant, one.text)


def far_apart(stuff: Material, chance: random.Random) -> Case | None:
    """Halves of two sentences of one person, glued without a word that they stood apart."""
    one = _pick(stuff, chance)
    same = [
        other
        for other in stuff.sentences
        if other.participant == one.participant and abs(other.start - one.start) > 400
    ]
    if not same:
        return None
    other = chance.choice(same)
    first, last = one.text.split(), other.text.split()
    return Case(
        " ".join([*first[: max(4, len(first) // 2)], *last[-max(4, len(last) // 2) :]]), one.participant, one.text
    )


def wrong_person(stuff: Material, chance: random.Random) -> Case | None:
    """True words, attributed to somebody else who never said them."""
    one, other = _pick(stuff, chance), _pick(stuff, chance)
    said = any(one.text in two.text for two in stuff.sentences if two.participant == other.participant)
    return None if one.participant == other.participant or said else Case(one.text, other.participant, one.text)


_AUXILIARY = r"\b(is|are|was|were|am|can|could|would|should|will|do|does|did|have|has|had|might|may)\b(?!n't|’t| not)"


def _negations(text: str) -> list[str]:
    """Every way of turning a sentence round that these rules know."""
    found = []
    for match in re.finditer(_AUXILIARY, text):
        found.append(f"{text[: match.end()]} not{text[match.end() :]}")
        found.append(f"{text[: match.end()]} never{text[match.end() :]}")
        if match[0] not in ("am", "may", "can", "will"):
            found.append(f"{text[: match.end()]}n't{text[match.end() :]}")
    for match in re.finditer(
        r"\b(I|we|they|you)\b (?=(?:use|think|like|want|need|find|know|feel|trust|ask|try|get|love|prefer)\b)", text
    ):
        found += [
            f"{text[: match.end()]}{word} {text[match.end() :]}"
            for word in ("don't", "never", "no longer", "fail to", "hardly")
        ]
    found += [text[: match.start()] + text[match.end() :] for match in re.finditer(r" (?:not|never)\b", text)]
    found += [text[: match.start()] + text[match.end() :] for match in re.finditer(r"n['’]t\b", text)]
    found += [
        f"{text[: match.start()]}{text[match.start() :].replace('no', 'some', 1)}"
        for match in re.finditer(r"\bno\b", text)
    ]
    return found


def negated(stuff: Material, chance: random.Random) -> Case | None:
    one = _pick(stuff, chance)
    found = _negations(one.text)
    return _case(chance.choice(found), one) if found else None


def other_number(stuff: Material, chance: random.Random) -> Case | None:
    one = _pick(stuff, chance)
    found = list(re.finditer(r"\d+|\b(?:two|three|four|five|ten|twenty|hundred)\b", one.text))
    if not found:
        return None
    match = chance.choice(found)
    return _case(f"{one.text[: match.start()]}{chance.choice(['7', '19', 'six', '250'])}{one.text[match.end() :]}", one)


_OPPOSITES = {
    "more": "less", "less": "more", "always": "sometimes", "easy": "hard", "hard": "easy", "like": "dislike",
    "better": "worse", "before": "after", "after": "before", "with": "without", "all": "some", "many": "few",
    "faster": "slower", "good": "bad", "helpful": "useless", "trust": "distrust", "could": "should", "can": "must",
    "most": "some", "first": "second", "same": "different", "high": "low", "useful": "useless", "every": "some",
}  # fmt: skip


def opposite(stuff: Material, chance: random.Random) -> Case | None:
    one = _pick(stuff, chance)
    words = one.text.split(" ")
    places = [at for at, word in enumerate(words) if word in _OPPOSITES]
    if not places:
        return None
    at = chance.choice(places)
    return _case(" ".join([*words[:at], _OPPOSITES[words[at]], *words[at + 1 :]]), one)


TRUE: dict[str, Make] = {"verbatim": verbatim, "other marks, case and blanks": dressed, "middle left out": shortened}
SLIPS: dict[str, Make] = {"one slip": one_slip, "two slips": two_slips}
LOSSES: dict[str, Make] = {"one or two words dropped": dropped_words}
LIES: dict[str, Make] = {
    "from other interviews": from_elsewhere,
    "three words replaced": other_content,
    "paraphrased": paraphrased,
    "spliced, two people": two_people,
    "spliced, one person": far_apart,
    "wrong person": wrong_person,
    "negated": negated,
    "other number": other_number,
    "opposite word": opposite,
}


def cases(make: Make, stuff: Material, count: int, seed: int) -> list[Case]:
    """``count`` cases of a kind; the same each time."""
    chance = random.Random(seed)
    found: list[Case] = []
    for _ in range(count * 200):
        if len(found) == count:
            break
        case = make(stuff, chance)
        if case is not None:
            found.append(case)
    return found
