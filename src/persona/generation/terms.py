"""What sets the words of a group apart: class-based TF-IDF (Grootendorst 2022, arXiv:2203.05794, section 3.3)."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"[a-z][a-z'’-]{2,24}")
STOP = frozenset(
    """about above actually after again against all almost also although always am an and another any anything are aren't around
    as ask asked at away back be because been before being below between both but by came can can't cannot come comes could
    couldn't did didn't different do does doesn't doing don't done down during each either else enough especially etc even ever
    every everything example far feel felt few find first for found from further gave get gets getting give given go goes going
    gone good got great had hadn't happen happens hard has hasn't have haven't having he he'd he'll he's her here here's hers
    herself him himself his how how's however i i'd i'll i'm i've if important in instead into is isn't it it'd it'll it's its
    itself just keep kind knew know known last later least less let like liked little long look looking lot lots made main make
    makes making many may maybe me mean might mine more most mostly much must my myself need needed needs never new next no
    nobody none nor not nothing now of off often okay on once one ones only or other others our ours ourselves out over own part
    particular people perhaps person point pretty probably put quite rather really right said same saw say says see seems seen
    several shan't she she'd she'll she's should shouldn't simply since so some somebody someone something sometimes somewhere
    soon sort start started still stuff such sure take taken takes taking tell than that that'd that'll that's the their theirs
    them themselves then there there'd there's these they they'd they'll they're they've thing things think this those though
    thought three through time times to together told too took toward tried try trying turn two type under until up upon us use
    used useful using usually very want wanted wants was wasn't way ways we we'd we'll we're we've well went were weren't what
    what's whatever when when's where where's whether which while who who's whole whom whose why why's will with within without
    won't wonder word work worked working works would wouldn't yeah year years yes yet you you'd you'll you're you've your yours
    yourself yourselves able able across already among anyone best better big bit called certain day days end fine full general
    help helped helpful helps higher high huge idea interesting into involve involved level small large main issue issues bad
    process question questions quickly real recent results set side single specific step steps talk terms today tend usual
    various week weeks whatever world worth hours hour minutes minute month months morning night""".split()
)


def words_of(text: str) -> list[str]:
    """The content words of a text, lower case, in order."""
    found = (word.strip("'’-") for word in _WORD.findall(text.lower().replace("’", "'")))
    return [word for word in found if len(word) > 2 and word not in STOP]


def distinctive(groups: Sequence[Sequence[tuple[str, str]]], most: int = 5) -> list[list[str]]:
    """The most telling words of each group of (participant, sentence): frequent there, rare elsewhere.

    A word counts only when at least two members say it (one, in a group of one). Weight: frequency in the group times
    log(1 + mean words a group / frequency anywhere). Ties by letter.
    """
    counts = [Counter(word for _, text in group for word in words_of(text)) for group in groups]
    speakers: list[dict[str, set[str]]] = []
    for group in groups:
        said: dict[str, set[str]] = {}
        for person, text in group:
            for word in words_of(text):
                said.setdefault(word, set()).add(person)
        speakers.append(said)
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    mean = sum(total.values()) / max(1, len(groups))
    found = []
    for group, count, said in zip(groups, counts, speakers, strict=True):
        members = len({person for person, _ in group})
        least = min(2, members)
        size = max(1, sum(count.values()))
        weights = {
            word: round(number / size * math.log(1 + mean / total[word]) * (len(said[word]) / members) ** 0.5, 9)
            for word, number in count.items()
            if len(said[word]) >= least
        }
        found.append(_without_twins(sorted(weights, key=lambda word: (-weights[word], word)), most))
    return found


def _without_twins(words: Sequence[str], most: int) -> list[str]:
    """The first words, without the plural or other near form of one taken already."""
    taken: list[str] = []
    for word in words:
        stem = word[: max(4, len(word) - 3)]
        if not any(other.startswith(stem) or word.startswith(other[: max(4, len(other) - 3)]) for other in taken):
            taken.append(word)
        if len(taken) == most:
            break
    return taken
