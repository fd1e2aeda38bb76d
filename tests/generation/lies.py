"""Quotations that nobody said, or that somebody else said, made from real interviews by many rules."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from functools import lru_cache

from rapidfuzz.distance import OSA
from tests.generation.mutants import Case, Make, Material, changed, denies, letter_slip, picked

from persona.generation.corpus import Sentence

_COMMON = frozenset(
    [
        "the",
        "that",
        "this",
        "with",
        "from",
        "have",
        "has",
        "had",
        "were",
        "was",
        "are",
        "and",
        "but",
        "for",
        "not",
        "you",
        "they",
        "them",
        "their",
        "there",
        "then",
        "than",
        "what",
        "which",
        "when",
        "where",
        "would",
        "could",
        "should",
        "about",
        "into",
        "over",
        "some",
        "just",
        "like",
        "very",
        "really",
        "also",
        "because",
        "been",
        "being",
        "does",
    ]
)


def content(word: str) -> bool:
    bare = word.strip(".,!?;:\"'()").lower()
    return len(bare) > 3 and bare.isalpha() and bare not in _COMMON


def replaced(words: list[str], at: int, new: str) -> str:
    """The words with another one at a place, the marks around it kept."""
    old = words[at]
    bare = old.strip(".,!?;:\"'()")
    return " ".join([*words[:at], old.replace(bare, new) if bare else new, *words[at + 1 :]])


# Fabricated


def from_elsewhere(stuff: Material, chance: random.Random) -> Case | None:
    """A real sentence of somebody who was not interviewed here."""
    return Case(chance.choice(stuff.foreign).text, picked(stuff, chance).participant, "")


def from_elsewhere_unattributed(stuff: Material, chance: random.Random) -> Case | None:
    return Case(chance.choice(stuff.foreign).text, None, "")


def _with_other_content(stuff: Material, chance: random.Random, count: int) -> Case | None:
    one = picked(stuff, chance)
    words = one.text.split()
    places = [at for at, word in enumerate(words) if content(word)]
    if len(places) < count:
        return None
    for at in chance.sample(places, count):
        donors = [word for word in chance.choice(stuff.foreign).text.split() if content(word)]
        if not donors:
            return None
        words[at] = chance.choice(donors).strip(".,!?;:\"'()")
    return changed(" ".join(words), one)


def other_content(stuff: Material, chance: random.Random) -> Case | None:
    return _with_other_content(stuff, chance, 3)


def one_other_word(stuff: Material, chance: random.Random) -> Case | None:
    return _with_other_content(stuff, chance, 1)


@lru_cache(maxsize=4)
def _neighbours(texts: tuple[str, ...]) -> dict[str, list[str]]:
    """The words of four letters or more that occur at least three times, and those one letter away from each."""
    count = Counter(word for text in texts for word in re.findall(r"(?<![\w'’])[a-z]{4,}(?![\w'’])", text.lower()))
    known = [word for word, times in count.items() if times >= 3]
    found = defaultdict(list)
    for word in known:
        for other in known:
            plural = {word.removesuffix("s"), other.removesuffix("s")}
            if (
                word != other
                and len(plural) == 2
                and abs(len(word) - len(other)) < 2
                and OSA.distance(word, other) == 1
            ):
                found[word].append(other)
    return found


def word_alike(stuff: Material, chance: random.Random) -> Case | None:
    """Another word that is only one letter away, and which people do say."""
    near = _neighbours(tuple(one.text for one in stuff.sentences))
    one = picked(stuff, chance)
    words = one.text.split()
    places = [at for at, word in enumerate(words) if near.get(word)]
    if not places:
        return None
    at = chance.choice(places)
    return changed(replaced(words, at, chance.choice(near[words[at]])), one)


_SYNONYMS = {
    "use": "utilise", "using": "utilising", "help": "assist", "helps": "assists", "think": "believe", "want": "desire",
    "good": "fine", "really": "truly", "work": "labour", "need": "require", "things": "matters", "time": "moment",
    "make": "create", "get": "obtain", "very": "extremely", "research": "investigation", "because": "since",
    "data": "information", "like": "such as", "just": "simply", "also": "additionally", "lot": "great deal",
    "trust": "rely on", "big": "large", "important": "crucial", "code": "programs", "find": "discover",
}  # fmt: skip


def turned_round(stuff: Material, chance: random.Random) -> Case | None:
    """Synonyms for every word that has one, and the two halves turned round."""
    one = picked(stuff, chance)
    words = [_SYNONYMS.get(word.lower(), word) for word in one.text.rstrip(".").split()]
    half = len(words) // 2
    return changed(" ".join(words[half:] + words[:half]), one)


def synonyms(stuff: Material, chance: random.Random) -> Case | None:
    """One or two words replaced by synonyms, the order kept."""
    one = picked(stuff, chance)
    words = one.text.split()
    places = [at for at, word in enumerate(words) if word in _SYNONYMS]
    if not places:
        return None
    for at in chance.sample(places, min(len(places), chance.randint(1, 2))):
        words[at] = _SYNONYMS[words[at]]
    return changed(" ".join(words), one)


def exchanged(stuff: Material, chance: random.Random) -> Case | None:
    """Two words of content in each other's place, as who does what to whom."""
    one = picked(stuff, chance)
    words = one.text.split()
    places = [at for at, word in enumerate(words) if content(word)]
    if len(places) < 2:
        return None
    first, last = sorted(chance.sample(places, 2))
    words[first], words[last] = words[last], words[first]
    return changed(" ".join(words), one)


_MORE = [
    "for the whole team",
    "which I love",
    "almost every day",
    "and it saves money",
    "as an expert",
    "in my view sadly",
]


def added_to(stuff: Material, chance: random.Random) -> Case | None:
    """A true sentence with something put to its end or beginning."""
    one = picked(stuff, chance)
    more = chance.choice(_MORE)
    text = one.text.rstrip(".!?")
    return changed(chance.choice([f"{text} {more}.", f"{more.capitalize()}, {text}."]), one)


# Spliced


def _halves(one: Sentence, other: Sentence, glue: str) -> str:
    first, last = one.text.split(), other.text.split()
    return " ".join(first[: max(4, len(first) // 2)]) + glue + " ".join(last[-max(4, len(last) // 2) :])


def _two_people(stuff: Material, chance: random.Random, glue: str) -> Case | None:
    one, other = picked(stuff, chance), picked(stuff, chance)
    if one.participant == other.participant:
        return None
    return Case(_halves(one, other, glue), chance.choice([one, other]).participant, f"{one.text} | {other.text}")


def two_people(stuff: Material, chance: random.Random) -> Case | None:
    return _two_people(stuff, chance, " ")


def two_people_ellipsis(stuff: Material, chance: random.Random) -> Case | None:
    return _two_people(stuff, chance, " ... ")


def two_people_unattributed(stuff: Material, chance: random.Random) -> Case | None:
    case = _two_people(stuff, chance, chance.choice([" ", " ... "]))
    return case and case._replace(participant=None)


def _far_apart(stuff: Material, chance: random.Random, glue: str) -> Case | None:
    one = picked(stuff, chance)
    same = [
        other
        for other in stuff.by_person[one.participant]
        if other.document != one.document or abs(stuff.turn_of(other) - stuff.turn_of(one)) >= 3
    ]
    if not same:
        return None
    other = chance.choice(same)
    return Case(_halves(one, other, glue), one.participant, f"{one.text} | {other.text}")


def far_apart(stuff: Material, chance: random.Random) -> Case | None:
    return _far_apart(stuff, chance, " ")


def far_apart_ellipsis(stuff: Material, chance: random.Random) -> Case | None:
    return _far_apart(stuff, chance, " ... ")


# Somebody else's


def _said_by(text: str, person: str, stuff: Material) -> bool:
    return any(text in one.text for one in stuff.by_person[person])


def wrong_person(stuff: Material, chance: random.Random) -> Case | None:
    """True words, attributed to somebody who never said them."""
    one, other = picked(stuff, chance), picked(stuff, chance)
    if one.participant == other.participant or _said_by(one.text, other.participant, stuff):
        return None
    return Case(one.text, other.participant, one.text)


def wrong_person_slip(stuff: Material, chance: random.Random) -> Case | None:
    case = wrong_person(stuff, chance)
    return case and case._replace(quotation=letter_slip(case.quotation, chance))


def interviewer(stuff: Material, chance: random.Random) -> Case | None:
    """What the interviewer said."""
    return Case(chance.choice(stuff.asked), picked(stuff, chance).participant, "")


# Negated, each rule a kind

_AUXILIARY = re.compile(
    r"\b(is|are|was|were|am|can|could|would|should|will|do|does|did|have|has|had|might|may|must)\b(?!n['’]t|['’]t| not)",
    re.I,
)
_CONTRACTED = {"can": "can't", "will": "won't"} | {
    word: f"{word}n't"
    for word in [
        "is",
        "are",
        "was",
        "were",
        "could",
        "would",
        "should",
        "do",
        "does",
        "did",
        "have",
        "has",
        "had",
        "must",
    ]
}
_VERB = re.compile(
    r"\b(I|we|they|you)\b (?=(?:use|think|like|want|need|find|know|feel|trust|ask|try|get|love|prefer|have|work|see|go)\b)"
)


def _one_of(found: list[str], one: Sentence, chance: random.Random) -> Case | None:
    return changed(chance.choice(found), one) if found else None


def negated_not(stuff: Material, chance: random.Random) -> Case | None:
    one = picked(stuff, chance)
    put = chance.choice(["not", "never", "hardly", "no longer"])
    text = one.text
    return _one_of([f"{text[: m.end()]} {put}{text[m.end() :]}" for m in _AUXILIARY.finditer(text)], one, chance)


def negated_nt(stuff: Material, chance: random.Random) -> Case | None:
    one = picked(stuff, chance)
    text = one.text
    found = [
        text[: m.start()] + _CONTRACTED[m[0].lower()] + text[m.end() :]
        for m in _AUXILIARY.finditer(text)
        if m[0].lower() in _CONTRACTED
    ]
    return _one_of(found, one, chance)


def negated_verb(stuff: Material, chance: random.Random) -> Case | None:
    one = picked(stuff, chance)
    put = chance.choice(["don't", "do not", "never", "no longer", "fail to", "refuse to", "hardly", "rarely", "cannot"])
    text = one.text
    return _one_of([f"{text[: m.end()]}{put} {text[m.end() :]}" for m in _VERB.finditer(text)], one, chance)


def denial_removed(stuff: Material, chance: random.Random) -> Case | None:
    one = picked(stuff, chance)
    text = one.text
    found = [
        text[: m.start()] + text[m.end() :]
        for m in re.finditer(r" (?:not|never|hardly|rarely|no longer)\b|n['’]t\b|(?<=can)not\b", text)
    ]
    found += [
        f"{text[: m.start()]}{new}{text[m.end() :]}"
        for old, new in (
            ("no", "some"),
            ("without", "with"),
            ("nothing", "something"),
            ("nobody", "somebody"),
            ("none", "all"),
        )
        for m in re.finditer(rf"\b{old}\b", text)
    ]
    return _one_of(found, one, chance)


_OPPOSED = {
    "able": "unable", "possible": "impossible", "likely": "unlikely", "necessary": "unnecessary", "useful": "useless",
    "helpful": "unhelpful", "accurate": "inaccurate", "reliable": "unreliable", "correct": "incorrect", "clear": "unclear",
    "comfortable": "uncomfortable", "usual": "unusual", "fair": "unfair", "important": "unimportant", "agree": "disagree",
    "trust": "distrust", "like": "dislike", "complete": "incomplete", "efficient": "inefficient", "relevant": "irrelevant",
    "consistent": "inconsistent", "appropriate": "inappropriate", "familiar": "unfamiliar", "known": "unknown",
    "certain": "uncertain", "realistic": "unrealistic", "ethical": "unethical", "legal": "illegal", "direct": "indirect",
    "expected": "unexpected", "published": "unpublished", "careful": "careless", "typical": "atypical", "happy": "unhappy",
    "sure": "unsure", "common": "uncommon", "related": "unrelated", "aware": "unaware", "interesting": "uninteresting",
    "biased": "unbiased", "safe": "unsafe", "satisfied": "dissatisfied", "understand": "misunderstand", "well": "unwell",
    "perfect": "imperfect", "human": "inhuman", "formal": "informal", "personal": "impersonal", "moral": "immoral",
}  # fmt: skip
_BOTH = _OPPOSED | {new: old for old, new in _OPPOSED.items()}


def _swapped(table: dict[str, str], stuff: Material, chance: random.Random) -> Case | None:
    one = picked(stuff, chance)
    words = one.text.split()
    places = [at for at, word in enumerate(words) if word.strip(".,!?;:\"'()") in table]
    if not places:
        return None
    at = chance.choice(places)
    return changed(replaced(words, at, table[words[at].strip(".,!?;:\"'()")]), one)


def prefixed(stuff: Material, chance: random.Random) -> Case | None:
    return _swapped(_BOTH, stuff, chance)


def denial_hidden(stuff: Material, chance: random.Random) -> Case | None:
    """An ellipsis in the place of words that deny, inside one sentence."""
    one = picked(stuff, chance)
    words = one.text.split()
    places = [at for at in range(3, len(words) - 3) if denies(words[at])]
    if not places:
        return None
    at = chance.choice(places)
    gap = chance.choice([" ... ", " [...] ", "… "])
    return Case(" ".join(words[:at]) + gap + " ".join(words[at + 1 :]), one.participant, one.text)


# Changed in one word that counts

_COUNTS = re.compile(r"\d+|\b(?:two|three|four|five|six|seven|eight|nine|ten|twenty|hundred|thousand|half|twice)\b")


def other_number(stuff: Material, chance: random.Random) -> Case | None:
    one = picked(stuff, chance)
    found = list(_COUNTS.finditer(one.text))
    if not found:
        return None
    match = chance.choice(found)
    old = match[0]
    new = [number for number in ("97", "fifteen", "250", old + "0", old + ".5", "1" + old) if number != old]
    if old.isdigit():
        new += [old[:-1]] if len(old) > 1 else []
        new += [str(int(old) + 1)]
    else:
        new = ["eleven", "17", "forty", "a million"]
    return changed(f"{one.text[: match.start()]}{chance.choice(new)}{one.text[match.end() :]}", one)


_ANTONYMS = {
    "more": "less", "less": "more", "always": "sometimes", "easy": "hard", "hard": "easy", "like": "dislike",
    "better": "worse", "before": "after", "after": "before", "with": "without", "all": "some", "many": "few",
    "faster": "slower", "good": "bad", "helpful": "useless", "trust": "distrust", "most": "some", "first": "second",
    "same": "different", "high": "low", "useful": "useless", "every": "some", "increase": "decrease", "best": "worst",
    "large": "small", "new": "old", "long": "short", "positive": "negative", "start": "stop", "include": "exclude",
    "love": "hate", "internal": "external", "early": "late", "easier": "harder", "higher": "lower", "right": "wrong",
}  # fmt: skip
_MODALS = {
    "could": "should", "can": "must", "would": "could", "should": "could", "will": "might", "might": "will",
    "may": "must", "need": "want", "want": "need", "probably": "certainly", "sometimes": "always", "often": "rarely",
    "usually": "never", "only": "also", "almost": "completely",
}  # fmt: skip
_PERSONS = {
    "I": "they", "we": "they", "they": "we", "he": "she", "she": "he", "my": "their", "our": "my", "them": "us",
    "me": "them", "us": "them", "his": "her", "you": "I", "their": "our",
}  # fmt: skip


def antonym(stuff: Material, chance: random.Random) -> Case | None:
    return _swapped(_ANTONYMS, stuff, chance)


def modal(stuff: Material, chance: random.Random) -> Case | None:
    return _swapped(_MODALS, stuff, chance)


def person(stuff: Material, chance: random.Random) -> Case | None:
    return _swapped(_PERSONS, stuff, chance)


FABRICATED: dict[str, Make] = {
    "from other interviews": from_elsewhere,
    "from other interviews, nobody named": from_elsewhere_unattributed,
    "three words of content replaced": other_content,
    "one word of content replaced": one_other_word,
    "paraphrased: synonyms, halves turned round": turned_round,
    "paraphrased: one or two synonyms": synonyms,
    "two words exchanged": exchanged,
    "something added": added_to,
}
SPLICED: dict[str, Make] = {
    "spliced: two people": two_people,
    "spliced: two people, an ellipsis between": two_people_ellipsis,
    "spliced: two people, nobody named": two_people_unattributed,
    "spliced: one person, far apart": far_apart,
    "spliced: one person, far apart, an ellipsis between": far_apart_ellipsis,
}
ELSE: dict[str, Make] = {
    "wrong person": wrong_person,
    "wrong person, one slip": wrong_person_slip,
    "the interviewer's words": interviewer,
}
NEGATED: dict[str, Make] = {
    "negated: not, never, hardly, no longer": negated_not,
    "negated: n't": negated_nt,
    "negated: before a verb (fail to, refuse to ...)": negated_verb,
    "negated: a denial removed": denial_removed,
    "negated: prefix or ending (un-, in-, -less)": prefixed,
    "negated: a denial hidden by an ellipsis": denial_hidden,
}
TURNED: dict[str, Make] = {
    "another number": other_number,
    "an antonym": antonym,
    "another modal or frequency": modal,
    "another person's pronoun": person,
}
ALIKE: dict[str, Make] = {"another word, one letter away": word_alike}
"""A lie that looks like a slip. Reported; what is shown is the source's word."""
