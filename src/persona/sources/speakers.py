"""Labels of speakers: what looks like one, who asks, and which labels name a person."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from persona.model.sources import Role

LABEL = r"[^\W_][^:：\n\[\](){}<>*\t]{0,58}"
"""The shape of a label: a letter or digit, then no colon or bracket. Bounded, so matching is linear."""

INTERVIEWERS = frozenset(
    [
        "interviewer",
        "moderator",
        "researcher",
        "facilitator",
        "host",
        "assistant",
        "ai",
        "bot",
        "q",
        "i",
        "int",
        "mod",
        "question",
    ]
) | {
    "interviewer 1", "interviewer 2", "user researcher", "ux researcher", "i1", "i2",
    "interviewerin", "moderatorin", "forscher", "forscherin", "enquêteur", "enquêtrice", "intervieweur",
    "intervieweuse",
    "animateur", "animatrice", "entrevistador", "entrevistadora", "moderador", "moderadora", "intervistatore",
    "intervistatrice", "moderatore", "moderatrice", "интервьюер", "модератор", "المحاور", "インタビュアー", "聞き手",
    "質問者", "司会", "司会者", "访谈者", "采访者", "主持人", "訪談者", "主持", "면접관", "진행자",
}  # fmt: skip
OTHERS = frozenset(("note", "notes", "system", "observer", "transcriber", "narrator", "comment"))
NOT_SPEAKERS = frozenset(
    [
        "note",
        "notes",
        "example",
        "examples",
        "ps",
        "nb",
        "warning",
        "tip",
        "http",
        "https",
        "re",
        "fwd",
        "subject",
        "date",
        "time",
        "location",
        "duration",
        "topic",
        "title",
        "project",
        "language",
        "consent",
        "tags",
        "transcript",
        "recording",
        "version",
        "source",
        "file",
        "url",
        "link",
        "summary",
        "however",
        "because",
        "so",
        "well",
        "also",
        "therefore",
        "actually",
        "finally",
        "first",
        "second",
        "third",
    ]
) | {"transcript id", "for example", "in short", "to be honest", "that is"}
METADATA = frozenset(
    [
        "title",
        "date",
        "time",
        "location",
        "duration",
        "topic",
        "project",
        "language",
        "consent",
        "tags",
        "id",
        "transcript",
        "participant",
        "interviewer",
        "age",
        "occupation",
        "role",
        "job",
        "gender",
        "education",
        "experience",
        "industry",
        "company",
        "country",
        "city",
    ]
) | {"transcript id", "participant id"}
_GENERIC = re.compile(
    r"(?:user|participant|interviewee|respondent|subject|customer|client|guest|person|unknown(?: speaker)?|p|a|r|"
    r"answer|human|"
    r"speaker(?: ?[\da-z])?|voice ?\d)",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?:participant|[A-Za-z]{1,3})[ _-]?\d{1,4}", re.IGNORECASE)
_ASKS = re.compile(r"[?？؟]|か。")
_PARTICLES = frozenset(
    [
        "de",
        "da",
        "di",
        "del",
        "della",
        "van",
        "von",
        "der",
        "den",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "of",
        "and",
        "y",
        "e",
        "dos",
    ]
)


def plausible(label: str) -> bool:
    """Whether a label could be a speaker's: few words, each like a name or a known role; no sentence."""
    words = label.split()
    low = label.lower()
    if not 1 <= len(words) <= 5 or low in NOT_SPEAKERS or label[-1] in ",;!?-–—":
        return False
    if low in INTERVIEWERS or low in OTHERS or _GENERIC.fullmatch(label):
        return True
    return all(
        not word[0].islower() or word.lower() in _PARTICLES
        for word in words  # many scripts have no capitals
    ) and not re.search(
        r"[.!?] ", label.replace("Dr. ", "").replace("Mr. ", "").replace("Ms. ", "").replace("Mrs. ", "")
    )


def is_known(label: str) -> bool:
    """Whether a label is a speaker's beyond doubt: a known role, or a code such as ``P07``."""
    low = label.lower().strip()
    return low in INTERVIEWERS or low in OTHERS or is_generic(label) or _CODE.fullmatch(label.strip()) is not None


def is_generic(label: str) -> bool:
    """Whether a label says only what somebody is (``User``, ``Speaker 2``), not who."""
    return _GENERIC.fullmatch(label.strip()) is not None


def roles(turns: Sequence[tuple[str, str]], stated: Mapping[str, Role] | None = None) -> dict[str, Role]:
    """The role of each speaker of a conversation, from (label, words) in order.

    A known label decides. Where no label tells who asks and there are several speakers, the one who asks most
    (at least two fifths of whose turns hold a question, and more than anybody else's) is the interviewer.
    """
    found: dict[str, Role] = dict(stated or {})
    speakers = dict.fromkeys(label for label, _ in turns)
    for label in speakers:
        low = label.lower().strip()
        if label in found:
            continue
        if low in INTERVIEWERS:
            found[label] = "interviewer"
        elif low in OTHERS:
            found[label] = "other"
    unknown = [label for label in speakers if label not in found]
    if "interviewer" not in found.values() and len(unknown) > 1:
        said, asked = Counter[str](), Counter[str]()
        for label, words in turns:
            said[label] += 1
            asked[label] += _ASKS.search(words) is not None
        shares = sorted(((asked[label] / said[label], label) for label in unknown), reverse=True)
        if shares[0][0] >= 0.4 and shares[0][0] > shares[1][0] + 0.2:
            found[shares[0][1]] = "interviewer"
    for label in speakers:
        found.setdefault(label, "participant")
    return found
