"""What sets the words of a group apart: class-based TF-IDF (Grootendorst 2022, arXiv:2203.05794, section 3.3)."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’-]){2,24}")
STOP = frozenset(
    """
    sorry thinks
    able about above across actually after afternoon again against ago all almost already also although always am
    among an and another any anyone anything anyway are aren't around as ask asked at away back bad basically be
    because been before being below best better between big bit both but by called came can can't cannot certain
    come comes could couldn't day days did didn't different do does doesn't doing don't done down during each eight
    either eleven else end enough especially etc even evening ever every everything exactly example far feel felt
    few fifteen fifty find fine first five for forty found four friday from full further gave general get gets
    getting give given go goes going gone good got great guess had hadn't half happen happens hard has hasn't have
    haven't having he he'd he'll he's help helped helpful helps her here here's hers herself high higher him himself
    his honestly hour hours how how's however huge hundred i i'd i'll i'm i've idea if important in instead
    interesting into involve involved is isn't issue issues it it'd it'll it's its itself just keep kind knew know
    known large last later least less let level like liked literally little long look looking lot lots made main
    make makes making many may maybe me mean might mine minute minutes moment monday month months more morning most
    mostly much must my myself need needed needs never new next night nine no nobody none nor not nothing now
    o'clock obviously of off often okay on once one ones only or other others our ours ourselves out over own part
    particular past people perhaps person point pretty probably process put quarter question questions quickly quite
    rather real really recent recently results right said same saturday saw say says second see seems seen set seven
    several shan't she she'd she'll she's should shouldn't side simply since single six sixty small so some somebody
    someone something sometimes somewhere soon sort specific start started step steps still stuff such sunday sure
    take taken takes taking talk tell telling tells ten tend terms than that that'd that'll that's the their theirs
    them themselves then there there'd there's these they they'd they'll they're they've thing things think third
    thirty this those though thought thousand three through thursday time times to today together told tomorrow too
    took toward tried try trying tuesday turn twelve twenty twice two type under until up upon us use used useful
    using usual usually various very want wanted wants was wasn't way ways we we'd we'll we're we've wednesday week
    weeks well went were weren't what what's whatever when when's where where's whether which while who who's whole
    whom whose why why's will with within without won't wonder word work worked working works world worth would
    wouldn't yeah year years yes yesterday yet you you'd you'll you're you've your yours yourself yourselves
    """.split()  # noqa: SIM905  # words are read as text; a list of them is a page for each screen
)


def words_of(text: str) -> list[str]:
    """The content words of a text, lower case, in order."""
    found = (word.strip("'’-") for word in _WORD.findall(text.lower().replace("’", "'")))
    return [word for word in found if len(word) > 2 and word not in STOP]


def distinctive(groups: Sequence[Sequence[tuple[str, str]]], most: int = 5) -> list[list[str]]:
    """The most telling words of each group of (participant, sentence): said by many there, and by few elsewhere.

    c-TF-IDF with people for frequencies, so that one person who repeats a word does not name a group. A word counts
    only when at least two members say it (one, in a group of one), and a larger share of them than of the others.
    Weight: share of the members * log(1 + people / people who say it anywhere). Ties by letter.
    """
    speakers: list[dict[str, set[str]]] = []
    for group in groups:
        said: dict[str, set[str]] = {}
        for person, text in group:
            for word in words_of(text):
                said.setdefault(word, set()).add(person)
        speakers.append(said)
    everybody = {person for group in groups for person, _ in group}
    anywhere: dict[str, set[str]] = {}
    for said in speakers:
        for word, people in said.items():
            anywhere.setdefault(word, set()).update(people)
    found = []
    for group, said in zip(groups, speakers, strict=True):
        members = {person for person, _ in group}
        others = len(everybody - members)
        weights: dict[str, float] = {}
        for word, people in said.items():
            share = len(people) / len(members)
            elsewhere = len(anywhere[word] - members) / others if others else 0.0
            if len(people) >= min(2, len(members)) and share > elsewhere:
                weights[word] = round(share * math.log(1 + len(everybody) / len(anywhere[word])), 9)
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
