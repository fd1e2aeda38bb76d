"""Quotations that a model wrote: found in one participant's words, or refused with the reason.

What is shown is always the source. A quotation with slips is taken as pointing at the words it slips from, unless a
difference changes what is said: a denial, a number, another word. The rule is the one of ``quote_verbatim`` in the
research (a ``partial_ratio`` of 90, the same denials, the same numbers), with each word that differs looked at.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Literal, NamedTuple

from persona.generation.aligning import Step, align, objection
from persona.generation.meaning import is_denial, plain_words
from persona.generation.plaintext import Token, fold, tokens
from persona.generation.spoken import Spoken
from persona.model.canonical import Digest
from persona.model.sources import Input

Reason = Literal[
    "not_found", "words_differ", "negation_differs", "numbers_differ", "another_participant", "spliced", "empty",
    "too_short",
]  # fmt: skip

LIKENESS = 90.0
"""The least ``partial_ratio`` of a quotation and the words it stands for (typos: 99, words of others: 50)."""

SIGHT = 60.0
"""The ``partial_ratio`` from which words are near enough to be offered instead."""

ROOM = 32
"""Letters beside the likest stretch that may belong to it: what was left out makes it longer than the quotation."""

FEWEST_WORDS = 3
FEWEST_LETTERS = 12
"""With fewer of either a quotation fits nearly anywhere: it must be a whole sentence. In scripts that write a word in
one or two characters without blanks, each character counts for three letters."""

REACH = 1
"""How many turns of the person further the next segment may stand: in this answer, or in the next."""

MARGIN = 12.0
"""How much less a stretch may be like a quotation than the likest one and still be looked at."""

MOST_PLACES = 40
"""Places of a segment that are tried where several segments must stand in order."""

MOST_FOUND = 4096
"""Quotations whose places are kept: models quote the same words again and again."""

_GAP = re.compile(r"[\[(]\s*\.\s*\.\s*\.\s*[\])]|\.{3,}|\.(?: \.){2,}")
_QUOTES = " \"'*_"
_MARKS = _QUOTES + ".,;:!?-()[]{}"


class Anchored(NamedTuple):
    """Where the words of a quotation stand: document, start, end in code points, a span a segment, in order.

    ``kind`` is ``exact`` when the words are equal but for case, blanks and the form of marks, else ``near``. ``score``
    is 100 when exact, else the likeness in per cent (90 to 100) of the segment that is least like its source.
    """

    spans: tuple[tuple[Digest, int, int], ...]
    kind: Literal["exact", "near"]
    score: float


class Refused(NamedTuple):
    """Why a quotation is not taken.

    ``negation_differs`` covers every turn to the opposite: a denial put in, taken out or hidden by an ellipsis, a
    prefix or an ending. ``message`` names nobody, for it may go to a model. ``nearest`` are the words that came nearest
    among those of the participant asked for (of anybody, when nobody was), None where nothing is near.
    """

    reason: Reason
    message: str
    nearest: str | None


class _Hit(NamedTuple):
    turn: int
    begin: int
    end: int
    score: float | None  # None: word for word


class _Miss(NamedTuple):
    reason: Reason
    message: str
    turn: int
    begin: int
    end: int
    score: float


class Anchors:
    """The words of participants, folded once and asked many times; ``people`` limits whose words count."""

    def __init__(self, inputs: Sequence[Input], people: Collection[str] | None = None) -> None:
        self._spoken = Spoken(inputs, people)
        self._found: dict[tuple[str, str | None], Anchored | Refused] = {}

    def find(self, quotation: str, participant: str | None = None) -> Anchored | Refused:
        """The place of a quotation in the words of ``participant``, or of whoever said it.

        Segments parted by an ellipsis must all be words of one person, in their order, each inside one turn and the
        next one in the same turn or the person's next; what an ellipsis leaves out of a sentence must not deny.
        """
        found = self._found.get((quotation, participant))
        if found is None:
            if len(self._found) >= MOST_FOUND:
                self._found.clear()
            found = self._found[quotation, participant] = self._looked_for(quotation, participant)
        return found

    def _looked_for(self, quotation: str, participant: str | None) -> Anchored | Refused:
        text = fold(quotation).text
        said = tokens(text)
        if not said:
            return Refused("empty", "there are no words in it", None)
        if _is_short(said):
            return self._sentence(said, participant)
        hit = next(self._exact(text, *self._spoken.range_of(participant)), None)
        if hit is not None:
            return self._anchored([hit])
        segments = [one for part in _GAP.split(text) if tokens(one := part.strip(" "))]
        found = self._in_order(segments, self._spoken.likely(said) if participant is None else [participant])
        return self._anchored(found) if isinstance(found, list) else self._explained(text, segments, participant, found)

    def _anchored(self, hits: Sequence[_Hit]) -> Anchored:
        spans = tuple(self._spoken.turns[hit.turn].span(hit.begin, hit.end) for hit in hits)
        scores = [hit.score for hit in hits if hit.score is not None]
        return Anchored(spans, "near", round(min(scores), 2)) if scores else Anchored(spans, "exact", 100.0)

    # Word for word

    def _sentence(self, said: Sequence[Token], participant: str | None) -> Anchored | Refused:
        for person in self._spoken.people if participant is None else [participant]:
            place = self._spoken.sentence(said, person)
            if place is not None:
                return self._anchored([_Hit(*place, None)])
        return Refused("too_short", "so few words fit nearly anywhere: quote more of the sentence", None)

    def _exact(self, text: str, first: int, last: int) -> Iterator[_Hit]:
        """Where turns ``first`` to ``last`` hold a text in whole words, with its outer marks where they have them."""
        met: set[tuple[int, int]] = set()
        for form in dict.fromkeys((text, text.strip(_QUOTES), text.strip(_MARKS))):
            if not form:
                continue
            lead = len(form) - len(form.lstrip(_MARKS))
            for place, begin in self._spoken.occurrences(form, first, last):
                end = begin + len(form)
                if (place, begin + lead) not in met and self._spoken.turns[place].has_whole_words(begin, end):
                    met.add((place, begin + lead))
                    yield _Hit(place, begin, end, None)

    # Segment by segment

    def _in_order(self, segments: Sequence[str], people: Sequence[str]) -> list[_Hit] | _Miss | None:
        """The places of all segments in one person's words, or what came nearest."""
        best: _Miss | None = None
        for person in people:
            found = self._chain(segments, *self._spoken.range_of(person))
            if isinstance(found, list):
                return found
            if found is not None and (best is None or found.score > best.score):
                best = found
        return best

    def _chain(self, segments: Sequence[str], first: int, last: int) -> list[_Hit] | _Miss | None:
        choices: list[list[_Hit]] = []
        for segment in segments:
            found: list[_Hit] | _Miss | None = list(islice(self._exact(segment, first, last), MOST_PLACES))
            found = found or self._near(segment, first, last)
            if not isinstance(found, list):
                return found
            choices.append(found)
        hidden: list[_Miss] = []
        chain = self._joined(segments, choices, [], hidden)
        if chain is not None:
            return chain
        one = choices[0][0]
        far = _Miss("spliced", "its parts stand far apart, in another order, or are crumbs", *one[:3], 100.0)
        return hidden[0] if hidden else far

    def _joined(
        self, segments: Sequence[str], choices: Sequence[list[_Hit]], chain: list[_Hit], hidden: list[_Miss]
    ) -> list[_Hit] | None:
        if len(chain) == len(choices):
            return chain if self._all_held(segments, chain) else None
        for hit in choices[len(chain)]:
            if chain and not self._follows(chain[-1], hit):
                continue
            if chain and self._hides_denial(chain[-1], hit):
                one = chain[-1]
                end = hit.end if hit.turn == one.turn else one.end
                told = "the ellipsis leaves out words that deny"
                hidden.append(_Miss("negation_differs", told, one.turn, one.begin, end, 100.0))
                continue
            found = self._joined(segments, choices, [*chain, hit], hidden)
            if found is not None:
                return found
        return None

    def _follows(self, one: _Hit, other: _Hit) -> bool:
        before, after = self._spoken.turns[one.turn], self._spoken.turns[other.turn]
        if one.turn == other.turn:
            return one.end <= other.begin
        return before.document == after.document and 0 < other.turn - one.turn <= REACH

    def _all_held(self, segments: Sequence[str], chain: Sequence[_Hit]) -> bool:
        """Whether each short segment stands in the sentence of one beside it, or is one: else it fits anywhere."""
        sentences = [(hit.turn, self._spoken.turns[hit.turn].sentence_at(hit.begin)) for hit in chain]
        for place, (segment, hit) in enumerate(zip(segments, chain, strict=True)):
            beside = sentences[max(0, place - 1) : place] + sentences[place + 1 : place + 2]
            if (
                _is_short(tokens(segment))
                and sentences[place] not in beside
                and not self._spoken.turns[hit.turn].is_sentence(hit.begin, hit.end)
            ):
                return False
        return True

    def _hides_denial(self, one: _Hit, other: _Hit) -> bool:
        """Whether what an ellipsis leaves out of the sentences on its two sides denies something."""
        before, after = self._spoken.turns[one.turn], self._spoken.turns[other.turn]
        tail, head = before.sentence_at(one.end - 1)[1], after.sentence_at(other.begin)[0]
        if one.turn == other.turn:
            tail, head = min(tail, other.begin), max(head, one.end)
        left_out = [*before.tokens_in(one.end, tail), *after.tokens_in(head, other.begin)]
        return any(is_denial(token.word) for token in left_out)

    # Nearly

    def _windows(
        self, segment: str, quoted: Sequence[Token], first: int, last: int
    ) -> list[tuple[float, int, int, int]]:
        """The stretches of turns that a segment looks like, the likest first."""
        from rapidfuzz import fuzz

        found: list[tuple[float, int, int, int]] = []
        for place in self._spoken.sharing({token.word for token in quoted}, first, last):
            text = self._spoken.turns[place].folded.text
            if len(text) + ROOM < len(segment):
                continue
            window = fuzz.partial_ratio_alignment(segment, text, score_cutoff=SIGHT)
            if window is not None:
                whole = len(segment) > len(text)
                found.append(
                    (window.score, place, 0 if whole else window.dest_start, len(text) if whole else window.dest_end)
                )
        return sorted(found, key=lambda one: (-one[0], one[1]))

    def _near(self, segment: str, first: int, last: int) -> list[_Hit] | _Miss | None:
        """The places in turns ``first`` to ``last`` that a segment stands for, or the nearest and what differs."""
        quoted = tokens(segment)
        words = [unit.word for unit in _units(quoted)]
        best: _Miss | None = None
        hits: list[_Hit] = []
        for score, place, begin, end in self._windows(segment, quoted, first, last):
            if best is not None and score < best.score - MARGIN:
                break
            found = self._judged(words, place, begin, end)
            if isinstance(found, _Hit):
                hits.append(found)
            elif found is not None and (best is None or found.score > best.score):
                best = found
        return sorted(hits, key=lambda hit: -(hit.score or 100.0)) or best

    def _judged(self, quoted: Sequence[str], place: int, begin: int, end: int) -> _Hit | _Miss | None:
        from rapidfuzz import fuzz

        known = self._spoken.vocabulary
        units = _units(self._spoken.turns[place].tokens_in(begin - ROOM, end + ROOM))
        found = align(quoted, [unit.word for unit in units], known)
        if found.first == found.last:
            return None
        begin, end = units[found.first].begin, units[found.last - 1].end
        kept = [units[at].word for at in range(found.first, found.last) if at not in found.left_out]
        score = fuzz.partial_ratio(" ".join(plain_words(quoted)), " ".join(plain_words(kept)))
        changed = objection(found, known)
        if changed is None and score >= LIKENESS:
            return _Hit(place, begin, end, score)
        if changed is None or score < SIGHT:
            return _Miss("not_found", "nobody said this", place, begin, end, score)
        kind, step = changed
        return _Miss(_REASONS[kind], _told(step), place, begin, end, score)

    # Why not

    def _explained(self, text: str, segments: Sequence[str], participant: str | None, best: _Miss | None) -> Refused:
        spoken = self._spoken
        near = best is not None and best.score >= SIGHT
        nearest = spoken.turns[best.turn].words(best.begin, best.end) if best is not None and near else None
        if participant is not None and self._is_of_others(text, segments, participant, best):
            return Refused("another_participant", "somebody else said these words", nearest)
        if best is not None and best.reason in ("negation_differs", "numbers_differ"):
            return Refused(best.reason, best.message, nearest)
        if (best is None or best.score < LIKENESS) and spoken.is_pieced(segments):
            return Refused("spliced", "its parts were said, but not together", nearest)
        if spoken.is_unused(segments):
            return Refused(
                "another_participant", "an interviewer said these words, or somebody who is left out", nearest
            )
        return Refused(best.reason, best.message, nearest) if best else Refused("not_found", "nobody said this", None)

    def _is_of_others(self, text: str, segments: Sequence[str], participant: str, best: _Miss | None) -> bool:
        if next(self._exact(text, *self._spoken.range_of(None)), None) is not None:
            return True
        if best is not None and best.reason != "not_found":
            return False
        others = [person for person in self._spoken.likely(tokens(text)) if person != participant]
        return isinstance(self._in_order(segments, others), list)


_REASONS: dict[str, Reason] = {"number": "numbers_differ", "denial": "negation_differs", "word": "words_differ"}


def _told(step: Step) -> str:
    ours, theirs = (" ".join(words) for words in step)
    if ours and theirs:
        return f"it has “{ours}” where “{theirs}” was said"
    return f"“{ours}” was not said there" if ours else f"it leaves out “{theirs}”"


def _is_short(said: Sequence[Token]) -> bool:
    letters = sum(3 if "\u2e80" < token.word[0] < "\uff00" else len(token.word) + 1 for token in said) - 1
    return len(said) < FEWEST_WORDS or letters < FEWEST_LETTERS


def _units(said: Sequence[Token]) -> list[Token]:
    """Words, with "a few" and "a little" as one: without the article they say the opposite."""
    found: list[Token] = []
    for token in said:
        if found and found[-1].word == "a" and token.word in ("few", "little"):
            found[-1] = Token(f"a {token.word}", found[-1].begin, token.end)
        else:
            found.append(token)
    return found
