"""Which differences between a quotation and its source are slips of the pen, and which ones say something else.

Word lists are short and closed; they decide only about words that differ. Denials of some other languages are among
them, because there, too, a lost "nicht" is no slip; in English texts those words hardly occur.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Literal

Difference = Literal["same", "slip", "denial", "number", "word"]
"""How two stretches of words differ: in writing only, by a slip, by a denial or a turn to the opposite, by a number,
by other words."""

_DENIALS = frozenset(
    "no not nor never none nothing nobody nowhere neither without hardly barely scarcely rarely seldom unable fail fails "
    "failed failing failure refuse refuses refused refusing lack lacks lacked lacking avoid avoids avoided avoiding deny "
    "denies denied stop stops stopped quit cease ceased prevent prevents prevented instead rather except unless unlikely "
    "longer nay nope zero wouldn couldn shouldn didn doesn isn wasn weren aren hasn hadn mustn doubt doubts doubted "
    "against despite".split()
)
_ELSEWHERE = frozenset(
    unicodedata.normalize(
        "NFKD",
        "nicht kein keine keinen keinem keiner keines nie niemals nichts niemand ohne ne pas jamais rien aucun aucune sans "
        "ni nunca nada nadie sin ningún ninguno ninguna não nem sem non mai niente nessuno senza niet geen nooit niets inte "
        "ingen aldrig ikke nej ei nie bez не нет ни никогда ничего без 不 没 沒 無 无 非 未 別 别 ない ません لا ليس नहीं",
    ).split()
)
"""Denials of some other languages: in English texts they hardly occur."""

_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty".split()
    )
} | dict(zip("thirty forty fifty sixty seventy eighty ninety".split(), map(str, range(30, 100, 10)), strict=True))

_COUNTING = frozenset(
    "hundred hundreds thousand thousands million millions billion billions trillion half halves twice double triple "
    "dozen dozens couple once thrice quarter first second third fourth fifth sixth seventh eighth ninth tenth percent "
    "percentage % $ € £ ¥ ° + = < > ^".split()
)

_TURNING = frozenset(
    # how sure and how bound
    "can could would should may might must will shall need needs needed maybe perhaps possibly probably certainly "
    "definitely if whether though although but however while yet still until till because since "
    # how much and how often
    "all every each some any few many most more less least fewer much little several both either always often sometimes "
    "usually mostly only just almost nearly too enough completely fully partly slightly occasionally generally ever "
    # which way
    "better worse best worst good bad easy hard easier harder simple difficult fast slow faster slower quick like likes "
    "liked unlike dislike love loves loved hate hates hated enjoy trust distrust agree disagree increase decrease "
    "increased decreased increases decreases up down before after off out over under true false "
    "right wrong same different high low higher lower cheap expensive safe unsafe helpful unhelpful useful useless happy "
    "unhappy able important possible impossible likely necessary start started keep old new big small large long short "
    "early late public private human artificial positive negative internal external minimum maximum include exclude "
    "male female man woman men women pro con yes win lose buy sell give take hire hired hiring fire fired firing employer employee lend borrow push pull "
    # whether it was so, or seemed, was tried, wished, said
    "used use try tries tried trying want wants wanted wish wishes hope hopes plan plans seem seems seemed supposed "
    "pretend pretended believe think thought guess say says said told heard claim claims claimed expect expected feel "
    # who
    "i we you he she it they me us him her them my our your his their its mine ours myself who someone everyone "
    "everybody somebody anybody anyone "
    # when
    "monday tuesday wednesday thursday friday saturday sunday second seconds minute minutes hour hours day days week weeks "
    "month months year years daily weekly monthly yearly today yesterday tomorrow".split()
)  # fmt: skip

_FILLERS = frozenset("a an the that um uh uhm er erm hmm mm oh well so and".split())
"""Words that a quotation may have more than its source; one of them."""

_LITTLE = frozenset(
    "in is it as at an on or if of to so be by he we me my us am do up no go the and but all any one can a i "
    "for".split()
)
"""Words so short that a slip often makes one out of another."""

_CLOSE = ({"i", "if"}, {"it", "its"}, {"it", "it's"}, {"us", "use"}, {"on", "one"})
"""Pairs that a slip confuses, and that no sentence can be turned round with."""

_OPPOSED = (
    "un",
    "in",
    "im",
    "il",
    "ir",
    "dis",
    "non",
    "a",
    "de",
    "anti",
    "mis",
    "re",
    "ex",
    "under",
    "over",
    "pre",
    "post",
)
_OPPOSABLE = frozenset(
    "able abled accurate active adequate appropriate complete consistent correct curable definite dependent direct "
    "discreet edible effective efficient equal finite formal human justice moral political secure sensitive significant "
    "social sufficient symmetric theist tolerant typical valid visible".split()
)
"""Words that a blank lost before them turns round."""

_DIGITS = re.compile(r"\d+(?:[.,:/]\d+)*")
_EXPANDED = {
    **{f"{word}n't": (word, "not") for word in
       "do does did is are was were has have had could would should might must need dare ought".split()},
    "can't": ("can", "not"), "cannot": ("can", "not"), "won't": ("will", "not"), "shan't": ("shall", "not"),
    "ain't": ("is", "not"), "i'm": ("i", "am"), "it's": ("it", "is"), "that's": ("that", "is"), "he's": ("he", "is"),
    "she's": ("she", "is"), "there's": ("there", "is"), "what's": ("what", "is"), "let's": ("let", "us"),
    **{f"{who}'re": (who, "are") for who in "you we they".split()},
    **{f"{who}'ve": (who, "have") for who in "i you we they".split()},
    **{f"{who}'ll": (who, "will") for who in "i you we they he she it that there".split()},
    "gonna": ("going", "to"), "wanna": ("want", "to"), "gotta": ("got", "to"), "ok": ("okay",), "%": ("percent",),
    "&": ("and",), "alot": ("a", "lot"), "til": ("till",), "'cause": ("because",), "cuz": ("because",),
}  # fmt: skip
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")


@lru_cache(maxsize=16384)
def is_denial(word: str) -> bool:
    """Whether a folded word denies."""
    return word in _DENIALS or word in _ELSEWHERE or word.endswith("n't")


@lru_cache(maxsize=16384)
def is_number(word: str) -> bool:
    """Whether a folded word is a number, says one, or says of what."""
    return word in _NUMBERS or word in _COUNTING or any(letter.isdigit() for letter in word)


@lru_cache(maxsize=16384)
def has_weight(word: str) -> bool:
    """Whether leaving out a folded word, or putting it in, may turn what is said. A word without letters has none."""
    return is_denial(word) or is_number(word) or word in _TURNING


def is_filler(word: str) -> bool:
    """Whether a folded word adds nothing: an article, a hesitation, a stray letter."""
    return word in _FILLERS or (len(word) == 1 and "a" <= word <= "z" and word != "i")


def plain_words(words: Sequence[str]) -> tuple[str, ...]:
    """Words in one form: contractions in full, numbers in digits and without commas."""
    full = [one for word in words for one in _EXPANDED.get(word) or (word,)]
    return tuple(one.replace(",", "") if _THOUSANDS.fullmatch(one) else _NUMBERS.get(one, one) for one in full)


def may_be_alike(quoted: Sequence[str], said: Sequence[str]) -> bool:
    """Whether it is worth asking how words differ: quickly, and never wrongly False for what is the same or a slip."""
    ours, theirs = _joined(quoted), _joined(said)
    if len(quoted) == len(said) == 2:
        return ours == theirs
    if abs(len(ours) - len(theirs)) <= 2 and _distance(ours, theirs) <= 2:
        return True
    return any(word in _EXPANDED or word in _NUMBERS or word[0].isdigit() for word in (*quoted, *said))


def difference(quoted: Sequence[str], said: Sequence[str], known: Collection[str]) -> Difference:
    """How words of a quotation differ from those of the source; one side may be empty.

    ``known`` are the words that occur in the interviews: a slip rarely makes another word, a lie always does.
    """
    if plain_words(quoted) == plain_words(said):
        return "same"
    if quoted and said and _is_slip(quoted, said, known):
        return "slip"
    ours, theirs = plain_words(quoted), plain_words(said)
    if any(is_number(word) for word in _unshared(ours, theirs)):
        return "number"
    if any(is_denial(word) for word in _unshared(ours, theirs)) or _are_opposed("".join(quoted), "".join(said)):
        return "denial"
    return "word"


def _unshared(ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    return [word for word in ours if word not in theirs] + [word for word in theirs if word not in ours]


def _joined(words: Sequence[str]) -> str:
    return "".join(words).replace("'", "").replace(" ", "")


def _distance(ours: str, theirs: str) -> int:
    from rapidfuzz.distance import OSA

    return OSA.distance(ours, theirs, score_cutoff=2)


def _is_slip(quoted: Sequence[str], said: Sequence[str], known: Collection[str]) -> bool:
    """Whether the letters are the same but for one or two, and no word was made by it that says something else."""
    quoted, said = " ".join(quoted).split(), " ".join(said).split()  # "a few" is held as one
    while len(quoted) > 1 and len(said) > 1 and quoted[0] == said[0]:
        quoted, said = quoted[1:], said[1:]
    digits = [_DIGITS.findall(" ".join(words)) for words in (quoted, said)]
    if len(quoted) == len(said) == 1:
        ours, theirs = quoted[0], said[0]
        distance = _distance(ours, theirs)
        same = _joined(quoted) == _joined(said)
        return not any(digits) and (same or (distance <= 2 and _is_same_word(ours, theirs, distance, known)))
    distance = _distance(_joined(quoted), _joined(said))
    return digits[0] == digits[1] and not (distance and digits[0]) and _is_lost_blank(quoted, said, distance, known)


def _is_lost_blank(quoted: Sequence[str], said: Sequence[str], distance: int, known: Collection[str]) -> bool:
    """Whether a blank was lost, put in or moved, or another letter struck for it, and no denial came or went by it."""
    ours, theirs = _joined(quoted), _joined(said)
    if set(quoted) & set(said) or distance > (2 if len(theirs) > 6 else 1):
        return False
    two = said if len(said) > len(quoted) else quoted
    if len(quoted) != len(said) and two[0] in _OPPOSED and two[1] in _OPPOSABLE:
        return False  # "a typical" is not "atypical"
    if any(word in _DENIALS for word in quoted if word not in said):
        return False
    if not distance:
        return True
    if len(quoted) == len(said) or any(word in known or has_weight(word) for word in quoted):
        return False
    return all(_joined([word]) in ours for word in said if is_denial(word))


def _is_same_word(ours: str, theirs: str, distance: int, known: Collection[str]) -> bool:
    """Whether a word that differs by one or two letters is a slip for the other, not another word."""
    shortest, longest = sorted((len(ours), len(theirs)))
    if longest == 1:
        return ours not in "ai" and theirs in "ai"
    if (distance > 1 and (longest < 4 or shortest < 3)) or distance >= longest or _are_opposed(ours, theirs):
        return False
    if {ours, theirs} in _CLOSE or (ours not in known and not _is_listed(ours)):
        return True
    if is_denial(ours) or is_number(ours) or is_denial(theirs) or is_number(theirs):
        return False
    if distance > 1 or (has_weight(ours) and has_weight(theirs)):
        return False
    if _is_inflected(ours, theirs):
        return True
    if longest <= 3:
        return shortest < 3 or ours in _LITTLE or theirs in _LITTLE
    return shortest <= 3 and not has_weight(ours)


def _is_listed(word: str) -> bool:
    return word in _DENIALS or word in _NUMBERS or word in _COUNTING or word in _TURNING or word in _EXPANDED


def _is_inflected(one: str, other: str) -> bool:
    """The same noun or verb with or without its s, the same verb with or without its d."""
    short, long = sorted((one, other), key=len)
    return len(short) > 2 and long in (f"{short}s", f"{short}'s", f"{short}es", f"{short}d") and not has_weight(short)


def _are_opposed(one: str, other: str) -> bool:
    """Words that differ by a prefix or an ending that turns them round: able, unable; careful, careless; employer, employee."""
    short, long = sorted((one, other), key=len)
    prefix = long.removesuffix(short)
    if len(short) >= 3 and prefix in _OPPOSED and prefix + short == long and len(long) > 4:
        return prefix != "a" or short in _OPPOSABLE  # "athat" and "nalysis" are slips
    stems = {one.removeprefix(prefix) for prefix in _OPPOSED if one.startswith(prefix)} & {
        other.removeprefix(prefix) for prefix in _OPPOSED if other.startswith(prefix)
    }
    if one != other and any(len(stem) > 3 for stem in stems):
        return True
    for ending, against in (("ful", "less"), ("er", "ee"), ("or", "ee")):
        for first, second in ((one, other), (other, one)):
            if first.endswith(ending) and second.endswith(against):
                stem = first.removesuffix(ending)
                if len(stem) > 2 and stem == second.removesuffix(against):
                    return True
    return False
