"""Small words that turn a sentence: denials, numbers, and words that say how much, how sure, who and which way."""

from __future__ import annotations

_DENIALS = frozenset(
    [
        "no",
        "not",
        "nor",
        "never",
        "none",
        "nothing",
        "nobody",
        "nowhere",
        "neither",
        "cannot",
        "without",
        "hardly",
        "barely",
        "scarcely",
        "rarely",
        "seldom",
        "fail",
        "fails",
        "failed",
        "failing",
        "refuse",
        "refuses",
        "refused",
        "lack",
        "lacks",
        "lacked",
        "avoid",
        "avoids",
        "avoided",
        "deny",
        "denies",
        "denied",
        "dont",
        "doesnt",
        "didnt",
        "isnt",
        "wasnt",
        "arent",
        "werent",
        "wont",
        "wouldnt",
        "cant",
        "couldnt",
        "shouldnt",
        "havent",
        "hasnt",
        "hadnt",
        "unable",
        "impossible",
        "unlikely",
    ]
)

_NUMBERS = frozenset(
    [
        "zero",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
        "hundred",
        "hundreds",
        "thousand",
        "thousands",
        "million",
        "millions",
        "billion",
        "half",
        "twice",
        "double",
        "triple",
        "dozen",
        "dozens",
        "first",
        "second",
        "third",
    ]
)

_TURNING = frozenset(
    # how sure and how bound
    "can could would should may might must will shall need "
    # how much and how often
    "all every each some few many most more less least fewer much little always often sometimes usually only just "
    "almost nearly too enough "
    # which way
    "better worse best worst good bad easy hard easier harder simple difficult fast slow faster slower quick like "
    "dislike love hate enjoy trust distrust agree disagree increase decrease increased decreased up down before after "
    "with on off in out true false right wrong same different high low higher lower cheap expensive safe unsafe "
    "helpful unhelpful useful useless happy unhappy able important unimportant possible likely necessary unnecessary "
    # who
    "i we you he she they me us him her them my our your his their".split()
)


def is_denial(word: str) -> bool:
    """Whether a folded word denies."""
    return word in _DENIALS or word.endswith("n't")


def is_number(word: str) -> bool:
    """Whether a folded word is a number or says one."""
    return word in _NUMBERS or any(letter.isdigit() for letter in word)


def changes_meaning(word: str) -> bool:
    """Whether putting or leaving out a folded word turns what is said."""
    return word in _TURNING
