"""Quotations that a model wrote: found in one participant's words, or refused with the reason.

What is shown is always the source. A quotation that holds small slips is taken as pointing at the words it slips from,
unless a slip changes what is said: a denial, a number, a word for another word. The acceptance of near quotations
follows ``quote_verbatim`` (docs/metrics.md) and is stricter in one point: each word that differs is looked at.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from persona.generation.meaning import changes_meaning, is_denial, is_number
from persona.generation.plaintext import Plain, plain, word_places, words
from persona.generation.sentences import split
from persona.model.canonical import Digest
from persona.model.sources import Input

Reason = Literal[
    "not_found", "negation_differs", "numbers_differ", "words_differ", "another_participant", "spliced", "too_short"
]

LIKENESS = 82.0
"""The ``partial_ratio`` from which a stretch of the source is held against a quotation word by word."""

SLIP = 2
"""Letters that one word, and a whole segment beyond a fiftieth of its length, may differ by."""

DROPPED = 2
"""Words that a segment may leave out."""

ROOM = 24
"""Letters beside the likest stretch that may belong to it: what was left out makes it longer than the quotation."""

FEWEST_WORDS = 3
FEWEST_LETTERS = 12
"""Below both, a quotation fits nearly anywhere: it must then be a whole sentence."""

TRIED = 12
"""Turns that are looked at closely when nobody is named."""

_GAP = re.compile(r"\[\s*(?:\.\.\.|…)\s*\]|\(\s*(?:\.\.\.|…)\s*\)|\.\.\.+|…")
_EDGES = " \t\n\"'“”‘’«».,;:!?-–—()[]"
_FILLERS = frozenset(("a", "an", "the", "and", "so", "that", "of", "to", "well", "um", "uh"))


class Anchored(NamedTuple):
    """Where the words of a quotation stand: document, start, end in code points, a span a segment, in order.

    ``kind`` is ``exact`` when the words are equal but for case, blanks and the shape of marks; ``score`` is then 100,
    else the likeness in per cent of the segment that is least like its source.
    """

    spans: tuple[tuple[Digest, int, int], ...]
    kind: Literal["exact", "near"]
    score: float


class Refused(NamedTuple):
    """Why a quotation is not taken, in a code and a sentence, and the source's words that came nearest (None: none)."""

    reason: Reason
    message: str
    nearest: str | None


class _Turn(NamedTuple):
    document: Digest
    start: int
    person: str
    original: str
    plain: Plain

    def span(self, begin: int, end: int) -> tuple[Digest, int, int]:
        """A stretch of the folded text as code points of the document."""
        return self.document, self.start + self.plain.places[begin], self.start + self.plain.places[end - 1] + 1


class _Hit(NamedTuple):
    turn: int
    begin: int
    end: int
    score: float


class Anchors:
    """The words of participants, folded once and then asked for quotations. ``people`` limits whose words count."""

    def __init__(self, inputs: Sequence[Input], people: Collection[str] | None = None) -> None:
        self._turns: list[_Turn] = []
        self._of: dict[str, list[int]] = defaultdict(list)
        self._others: list[str] = []
        self._cut: dict[str, set[str]] = {}
        for item in sorted(inputs, key=lambda one: one.digest):
            for turn in item.document.turns:
                label = item.label(turn)
                text = item.document.words(turn)
                if turn.role != "participant" or label is None or (people is not None and label not in people):
                    self._others.append(text)
                    continue
                self._of[label].append(len(self._turns))
                self._turns.append(_Turn(item.digest, turn.start, label, text, plain(text)))

    def find(self, quotation: str, participant: str | None = None) -> Anchored | Refused:
        """The place of a quotation in the words of ``participant``, or of whoever said it.

        Segments parted by an ellipsis must all be words of one person, in their order.
        """
        segments = [text for one in _GAP.split(_composed(quotation)) if (text := plain(one.strip(_EDGES)).text)]
        if not segments:
            return Refused("too_short", "there are no words in it", None)
        people = [participant] if participant is not None else list(self._of)
        if self._is_short(segments) and not self._is_sentence(segments, people):
            return Refused("too_short", "so few words fit nearly anywhere", None)
        for person in people:
            hits = self._exact(segments, person)
            if hits:
                return Anchored(tuple(self._turns[hit.turn].span(hit.begin, hit.end) for hit in hits), "exact", 100.0)
        best: Refused | None = None
        for person in people if participant is not None else self._likely(segments):
            found = self._near(segments, person)
            if isinstance(found, Anchored):
                return found
            if best is None or (best.reason == "not_found" and found.reason != "not_found"):
                best = found
        return self._explained(segments, participant, best)

    # Exact

    def _exact(self, segments: Sequence[str], person: str) -> list[_Hit] | None:
        hits: list[_Hit] = []
        first, begin = 0, 0
        turns = self._of.get(person, [])
        for segment in segments:
            hit = next(self._occurrences(segment, turns, first, begin), None)
            if hit is None:
                return None
            hits.append(hit)
            first, begin = turns.index(hit.turn), hit.end
        return hits

    def _occurrences(self, segment: str, turns: Sequence[int], first: int, begin: int) -> Iterator[_Hit]:
        for place in range(first, len(turns)):
            text = self._turns[turns[place]].plain.text
            at = text.find(segment, begin if place == first else 0)
            while at >= 0:
                if _whole_words(text, at, at + len(segment)):
                    yield _Hit(turns[place], at, at + len(segment), 100.0)
                at = text.find(segment, at + 1)

    def _is_short(self, segments: Sequence[str]) -> bool:
        text = " ".join(segments)
        return len(words(text)) < FEWEST_WORDS or len(text) < FEWEST_LETTERS

    def _is_sentence(self, segments: Sequence[str], people: Sequence[str]) -> bool:
        return len(segments) == 1 and any(segments[0] in self._sentences(person) for person in people)

    def _sentences(self, person: str) -> set[str]:
        if person not in self._cut:
            turns = [self._turns[place].original for place in self._of.get(person, [])]
            self._cut[person] = {
                plain(text[start:end].strip(_EDGES)).text for text in turns for start, end in split(text)
            }
        return self._cut[person]

    # Near

    def _near(self, segments: Sequence[str], person: str) -> Anchored | Refused:
        spans: list[tuple[Digest, int, int]] = []
        last, lowest = (-1, 0), 100.0
        for segment in segments:
            found = self._near_one(segment, person, last)
            if isinstance(found, Refused):
                return found
            spans.append(self._turns[found.turn].span(found.begin, found.end))
            last, lowest = (found.turn, found.end), min(lowest, found.score)
        return Anchored(tuple(spans), "near", round(lowest, 2))

    def _near_one(self, segment: str, person: str, after: tuple[int, int]) -> _Hit | Refused:
        from rapidfuzz import fuzz

        best: Refused | None = None
        said = words(segment)
        if len(said) < FEWEST_WORDS:
            return Refused("not_found", f"the participant did not say “{segment}”", None)
        for place in self._of.get(person, []):
            text = self._turns[place].plain.text
            if place < after[0] or len(text) < len(segment) * 0.7:
                continue
            aligned = fuzz.partial_ratio_alignment(segment, text, score_cutoff=LIKENESS)
            if aligned is None or (place == after[0] and aligned.dest_start < after[1]):
                continue
            begin, end = _widened(text, aligned.dest_start, aligned.dest_end)
            verdict = self._same_words(said, text, begin, end)
            if not isinstance(verdict, tuple):  # where words were left out, the stretch is longer than the quotation
                roomy = _widened(text, aligned.dest_start - ROOM, aligned.dest_end + ROOM)
                again = self._same_words(said, text, *roomy)
                verdict = again if isinstance(again, tuple) else verdict
            if isinstance(verdict, tuple):
                return _Hit(place, *verdict, aligned.score)
            if best is None:
                span = self._turns[place].span(begin, end)
                offset = self._turns[place].start
                nearest = self._turns[place].original[span[1] - offset : span[2] - offset]
                best = Refused(verdict, _TOLD[verdict].format(nearest=nearest), nearest)
        return best or Refused("not_found", "the participant did not say this", None)

    def _same_words(self, said: Sequence[str], text: str, begin: int, end: int) -> tuple[int, int] | Reason:
        """The stretch of source words that a quotation says with slips only, or what is not a slip."""
        from rapidfuzz.distance import OSA, Levenshtein

        places = [(start, stop) for start, stop in word_places(text) if begin <= start and stop <= end]
        source = [text[start:stop] for start, stop in places]
        steps = [step for step in Levenshtein.opcodes(said, source) if step.tag != "equal"]
        first, last = 0, len(source)
        for step in steps:  # words of the source before and after what was quoted are no part of it
            if step.tag == "insert" and step.src_start == 0 and step.dest_start == 0:
                first = step.dest_end
            elif step.tag == "insert" and step.src_start == len(said):
                last = step.dest_start
        if first >= last:
            return "not_found"
        slips = dropped = added = 0
        for step in steps:
            ours = list(said[step.src_start : step.src_end])
            theirs = source[max(step.dest_start, first) : min(step.dest_end, last)]
            if not ours and not theirs:
                continue
            if any(letter.isdigit() for word in (*ours, *theirs) for letter in word):
                return "numbers_differ"
            distance = OSA.distance(" ".join(ours), " ".join(theirs))
            if ours and theirs and distance <= SLIP and not self._is_other_word(ours, theirs, distance):
                slips += distance
                continue
            if any(is_number(word) for word in (*ours, *theirs)):
                return "numbers_differ"
            if any(is_denial(word) for word in (*ours, *theirs)):
                return "negation_differs"
            if ours and not (not theirs and len(ours) == 1 and ours[0] in _FILLERS):
                return "words_differ"
            if any(changes_meaning(word) for word in theirs):
                return "words_differ"
            dropped += len(theirs) if not ours else 0
            added += len(ours)
        if slips > SLIP + sum(map(len, said)) // 50 or dropped > DROPPED or added > 1:
            return "words_differ"
        return places[first][0], places[last - 1][1]

    def _is_other_word(self, ours: Sequence[str], theirs: Sequence[str], distance: int) -> bool:
        """Whether what looks like a slip says something else: a denial, a number, or a word of weight for another.

        A single letter (``his`` for ``this``) is a slip also where it makes another word, denials and numbers apart:
        what is shown is the source.
        """
        for word in ours:
            if word not in theirs and _has_weight(word, distance) and word in self._vocabulary:
                return True
        lost = [word for word in theirs if word not in ours and _has_weight(word, distance)]
        return bool(lost) and all(word in self._vocabulary for word in ours)

    @cached_property
    def _vocabulary(self) -> set[str]:
        said = {word for turn in self._turns for word in words(turn.plain.text)}
        return said | {word for text in self._others for word in words(plain(text).text)}

    # Who may have said it

    @cached_property
    def _index(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = defaultdict(set)
        for place, turn in enumerate(self._turns):
            for word in set(words(turn.plain.text)):
                found[word].add(place)
        return found

    def _likely(self, segments: Sequence[str]) -> list[str]:
        """The people whose turns share the rarest words of a quotation, the likeliest first."""
        weight: dict[int, float] = defaultdict(float)
        for word in set(words(" ".join(segments))):
            turns = self._index.get(word, set())
            for place in turns:
                weight[place] += 1 / len(turns)
        likely = sorted(weight, key=lambda place: (-weight[place], place))[:TRIED]
        return list(dict.fromkeys(self._turns[place].person for place in likely))

    def _explained(self, segments: Sequence[str], participant: str | None, best: Refused | None) -> Refused:
        if participant is not None:
            others = [person for person in self._of if person != participant]
            known = all(f" {' '.join(words(segment))} " in self._everything for segment in segments)
            if known and any(self._exact(segments, person) for person in others):
                return Refused("another_participant", "somebody else said these words", None)
        if best is not None and best.reason != "not_found":
            return best
        if self._is_spliced(segments):
            return Refused("spliced", "its parts were said in different places", None)
        return best or Refused("not_found", "nobody said this", None)

    def _is_spliced(self, segments: Sequence[str]) -> bool:
        """Whether the beginning and the rest were both said, only not together."""
        said = words(" ".join(segments))
        if len(said) < 2 * FEWEST_WORDS:
            return False
        first = self._longest(said, ahead=True)
        last = self._longest(said, ahead=False)
        return min(first, last) >= FEWEST_WORDS and first + last >= len(said)

    def _longest(self, said: Sequence[str], *, ahead: bool) -> int:
        """How many words of a quotation, from its beginning or from its end, somebody said in one go."""
        low, high = 0, len(said)
        while low < high:
            middle = (low + high + 1) // 2
            part = said[:middle] if ahead else said[-middle:]
            if f" {' '.join(part)} " in self._everything:
                low = middle
            else:
                high = middle - 1
        return low

    @cached_property
    def _everything(self) -> str:
        """All words of all turns, to look in at once."""
        return "\n".join(f" {' '.join(words(turn.plain.text))} " for turn in self._turns)


_TOLD: dict[Reason, str] = {
    "negation_differs": "it denies what was said, or says what was denied; the words are “{nearest}”",
    "numbers_differ": "its numbers are not those that were said; the words are “{nearest}”",
    "words_differ": "its words are not those that were said; the words are “{nearest}”",
    "not_found": "nobody said this; the nearest words are “{nearest}”",
}


def _has_weight(word: str, distance: int) -> bool:
    return is_denial(word) or is_number(word) or (distance > 1 and changes_meaning(word))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _whole_words(text: str, begin: int, end: int) -> bool:
    before = begin == 0 or not (text[begin - 1].isalnum() and text[begin].isalnum())
    after = end == len(text) or not (text[end - 1].isalnum() and text[end].isalnum())
    denied = text[end : end + 4].startswith(("n't", "'t"))  # "do" is not quoted from "don't"
    return before and after and not denied


def _widened(text: str, begin: int, end: int) -> tuple[int, int]:
    """A stretch widened to whole words."""
    begin, end = max(0, begin), min(len(text), end)
    while begin > 0 and not text[begin - 1].isspace():
        begin -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return begin, end
