"""What participants said, laid out for searching: turn after turn, person after person, folded once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property
from itertools import pairwise

from persona.generation.plaintext import Folded, Token, fold, tokens
from persona.generation.sentences import split
from persona.model.canonical import Digest
from persona.model.sources import Input

LIKELY = 12
"""Turns that are looked at closely when nobody is named."""

SHARED = 0.5
"""The least share of a quotation's different words that a turn must hold to be looked at closely."""

MANY = 20_000
"""Words beyond which one that was said once is taken for a misspelling."""

_PIECE = 3
"""Words that a piece of a spliced quotation has at least."""


class Said:
    """One turn of a participant. Positions are those of its folded text unless they are called original."""

    def __init__(self, document: Digest, start: int, person: str, original: str) -> None:
        self.document, self.start, self.person = document, start, person
        self.original = original
        self.folded: Folded = fold(original)

    def span(self, begin: int, end: int) -> tuple[Digest, int, int]:
        """A stretch in code points of the document."""
        start, stop = self.folded.span(begin, end)
        return self.document, self.start + start, self.start + stop

    def words(self, begin: int, end: int) -> str:
        """The original words of a stretch."""
        start, stop = self.folded.span(begin, end)
        return self.original[start:stop]

    @cached_property
    def tokens(self) -> list[Token]:
        """The words."""
        return tokens(self.folded.text)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The different words."""
        return frozenset(token.word for token in self.tokens)

    def tokens_in(self, begin: int, end: int) -> list[Token]:
        """The words that lie whole inside a stretch."""
        first = bisect_left(self.tokens, begin, key=lambda token: token.begin)
        last = bisect_right(self.tokens, end, key=lambda token: token.end)
        return self.tokens[first:last]

    def has_whole_words(self, begin: int, end: int) -> bool:
        """Whether no word and no letter is cut at either end of a stretch."""
        return self.folded.is_whole(begin, end) and not self._is_inside(begin) and not self._is_inside(end)

    def _is_inside(self, place: int) -> bool:
        at = bisect_left(self.tokens, place, key=lambda token: token.begin) - 1
        return at >= 0 and place < self.tokens[at].end

    def sentence_at(self, place: int) -> tuple[int, int]:
        """The sentence that holds a place."""
        at = bisect_right(self._sentences, place, key=lambda one: one[0]) - 1
        return self._sentences[max(0, at)]

    def is_sentence(self, begin: int, end: int) -> bool:
        """Whether a stretch is all the words of a sentence."""
        first, last = self.sentence_at(begin)
        return end <= last and not self.tokens_in(first, begin) and not self.tokens_in(end, last)

    @cached_property
    def _sentences(self) -> list[tuple[int, int]]:
        starts = self.folded.starts
        cut = [(bisect_left(starts, start), bisect_left(starts, end)) for start, end in split(self.original)]
        return [one for one in cut if one[0] < one[1]] or [(0, len(self.folded.text))]


class Spoken:
    """All turns of participants, each person's side by side, and what else was said, which is never quoted."""

    def __init__(self, inputs: Sequence[Input], people: Collection[str] | None) -> None:
        of: dict[str, list[Said]] = defaultdict(list)
        self._unused: list[str] = []
        for item in sorted(inputs, key=lambda one: one.digest):
            for turn in item.document.turns:
                label, text = item.label(turn), item.document.words(turn)
                if turn.role == "participant" and label is not None and (people is None or label in people):
                    of[label].append(Said(item.digest, turn.start, label, text))
                else:
                    self._unused.append(text)
        self.turns = [turn for said in of.values() for turn in said]
        self.people = list(of)
        self._ranges: dict[str, tuple[int, int]] = {}
        first = 0
        for person, said in of.items():
            self._ranges[person] = (first, first + len(said))
            first += len(said)
        self._all = "\n".join(turn.folded.text for turn in self.turns)  # a folded text holds no line end
        self._begins = [0]
        for one in self.turns:
            self._begins.append(self._begins[-1] + len(one.folded.text) + 1)
        self._told: dict[str, dict[str, tuple[int, int, int]]] = {}

    def range_of(self, person: str | None) -> tuple[int, int]:
        """The first turn of a person and the one after the last; of everybody, when None is named."""
        return (0, len(self.turns)) if person is None else self._ranges.get(person, (0, 0))

    def occurrences(self, text: str, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Where turns ``first`` to ``last`` hold a folded text: the turn, and the place in it."""
        begin, end = self._begins[first], self._begins[last]
        at = self._all.find(text, begin, end)
        while at >= 0:
            place = bisect_right(self._begins, at) - 1
            yield place, at - self._begins[place]
            at = self._all.find(text, at + 1, end)

    def sentence(self, said: Sequence[Token], person: str) -> tuple[int, int, int] | None:
        """The turn, begin and end of the first whole sentence of a person that has these words and no others."""
        if person not in self._told:
            known = self._told[person] = {}
            for place in range(*self.range_of(person)):
                turn = self.turns[place]
                for begin, end in turn._sentences:
                    found = turn.tokens_in(begin, end)
                    if found:
                        known.setdefault(" ".join(one.word for one in found), (place, begin, end))
        return self._told[person].get(" ".join(one.word for one in said))

    def sharing(self, words: Collection[str], first: int, last: int) -> list[int]:
        """The turns from ``first`` to ``last`` that hold enough of some different words."""
        least = len(words) * SHARED
        return [place for place in range(first, last) if len(self.turns[place].vocabulary.intersection(words)) >= least]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The words that were said, by interviewers too; of many words those said twice: the others may be misspelt."""
        said = Counter(token.word for turn in self.turns for token in turn.tokens)
        said.update(token.word for text in self._unused for token in tokens(fold(text).text))
        least = 2 if said.total() > MANY else 1
        return frozenset(word for word, count in said.items() if count >= least)

    def likely(self, said: Sequence[Token]) -> list[str]:
        """The people whose turns share the rarest pairs of neighbouring words with a quotation, the likeliest first."""
        weight: dict[int, float] = defaultdict(float)
        words = [one.word for one in said]
        found = [turns for pair in set(pairwise(words)) if (turns := self._pairs.get(pair))]
        for turns in found or [turns for word in set(words) if (turns := self._single.get(word))]:
            for place in turns:
                weight[place] += 1 / len(turns)
        best = sorted(weight, key=lambda place: (-weight[place], place))[:LIKELY]
        return list(dict.fromkeys(self.turns[place].person for place in best))

    @cached_property
    def _pairs(self) -> dict[tuple[str, str], list[int]]:
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for place, turn in enumerate(self.turns):
            words = [token.word for token in turn.tokens]
            for pair in set(pairwise(words)):
                found[pair].append(place)
        return found

    @cached_property
    def _single(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for place, turn in enumerate(self.turns):
            for word in turn.vocabulary:
                found[word].append(place)
        return found

    def is_pieced(self, segments: Sequence[str]) -> bool:
        """Whether everything in a quotation was said, only not together: its beginning and its end, or each segment."""
        parts = [[token.word for token in tokens(segment)] for segment in segments]
        if len(parts) > 1 and all(len(part) >= _PIECE and self._longest(part) == len(part) for part in parts):
            return True
        words = [word for part in parts for word in part]
        first, last = self._longest(words), self._longest(words, ahead=False)
        return min(first, last) >= _PIECE and first + last >= len(words)

    def _longest(self, words: Sequence[str], *, ahead: bool = True) -> int:
        """How many words, from the beginning or from the end, somebody said in one go."""
        low, high = 0, len(words)
        while low < high:
            middle = (low + high + 1) // 2
            part = words[:middle] if ahead else words[-middle:]
            low, high = (middle, high) if f" {' '.join(part)} " in self._plain else (low, middle - 1)
        return low

    @cached_property
    def _plain(self) -> str:
        return "\n".join(f" {' '.join(token.word for token in turn.tokens)} " for turn in self.turns)

    def is_unused(self, segments: Sequence[str]) -> bool:
        """Whether an interviewer said this, or somebody whose words are not used."""
        return all(f" {' '.join(token.word for token in tokens(one))} " in self._idle for one in segments)

    @cached_property
    def _idle(self) -> str:
        return "\n".join(f" {' '.join(token.word for token in tokens(fold(text).text))} " for text in self._unused)
