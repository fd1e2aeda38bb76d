"""Demographics as counted: distributions of what members state, never a guess."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from persona.generation.corpus import age_of
from persona.model.personas import Absent, Claim, Distribution, Share

KNOWN: dict[str, re.Pattern[str]] = {
    "age": re.compile(r"\bage\b|age group|age range|how old", re.IGNORECASE),
    "gender": re.compile(r"\bgender\b|\bsex\b", re.IGNORECASE),
    "occupation": re.compile(r"occupation|\bjob\b|profession|\brole\b|position|employment", re.IGNORECASE),
    "location": re.compile(
        r"\bcountry\b|\bcity\b|location|\bregion\b|where do you live|\btown\b|district", re.IGNORECASE
    ),
    "education": re.compile(r"education|degree|qualification|schooling", re.IGNORECASE),
    "experience": re.compile(r"experience|how long have you|years in|how many years", re.IGNORECASE),
    "household": re.compile(r"household|children|family status|living with", re.IGNORECASE),
    "industry": re.compile(r"industr|\bsector\b", re.IGNORECASE),
}
"""The attributes a persona shows, by the names that interviews and surveys give them; the first that fits counts."""

ALWAYS = ("age", "gender", "occupation", "location", "education", "experience")
"""The attributes whose absence is stated."""

PLAIN = ("gender", "occupation", "location", "education", "household", "industry")
SHORT_KEY = 3
"""Words of a key that is a name and not a question."""

_COUNTING = re.compile(
    r"\bhow (?:many|long|often|much|likely|satisfied|important|frequently)\b|\byears?\b|\brate\b|\bsize\b",
    re.IGNORECASE,
)
"""Questions that mention an attribute and ask for something else (``How many years have you been in this role?``)."""

NOT_GIVEN = "not given for any member in a header, a front matter or a column"
"""Why a distribution is missing. What members say of themselves in sentences is not read."""

_BANDS = ((0, 17), (18, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, 120))


def demographics_of(
    persona: str, members: Sequence[str], attributes: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, Distribution], dict[str, Absent]]:
    """The distributions of a group, and the reason for each attribute nobody states.

    Ages are given in bands (18-24, then ten years each, 65+), because an exact age in a small group names a person.
    """
    found: dict[str, Distribution] = {}
    missing: dict[str, Absent] = {}
    answered = Counter(key for given in attributes.values() for key in given)
    for name in KNOWN:
        keys = keys_of(name, answered)
        values: dict[str, list[str]] = {}
        for member in members:
            value = _value(name, keys, attributes.get(member, {}))
            if value:
                values.setdefault(value, []).append(member)
        if values:
            found[name] = _distribution(persona, name, values, len(members))
        elif name in ALWAYS:
            missing[f"demographics.{name}"] = Absent("not_in_source", NOT_GIVEN)
    return found, missing


def keys_of(name: str, answered: Mapping[str, int]) -> list[str]:
    """The keys that hold an attribute, of all that are given (with how often), the best first.

    Short keys (``job``, ``age group``) are synonyms: different files may use different ones. A question of a survey is
    not: two questions are never put together, and of several the one most often answered counts.
    """
    fitting = [key for key in answered if KNOWN[name].search(key) and not (name in PLAIN and _COUNTING.search(key))]
    short = [key for key in fitting if len(key.split()) <= SHORT_KEY]
    if short:
        return sorted(short, key=lambda key: (key.casefold() != name, key))
    return sorted(fitting, key=lambda key: (-answered[key], key))[:1]


def _value(name: str, keys: Sequence[str], attributes: Mapping[str, str]) -> str | None:
    for key in keys:
        if key in attributes:
            if name == "age" and (age := age_of({key: attributes[key]})) is not None:
                return next(f"{low}-{high}" if high < 120 else f"{low}+" for low, high in _BANDS if age <= high)
            return attributes[key].strip() or None
    return None


def _distribution(persona: str, name: str, values: Mapping[str, list[str]], of: int) -> Distribution:
    # One spelling of a value stands for all that differ in case only: the most frequent, then the first by letter.
    merged: dict[str, dict[str, list[str]]] = {}
    for value, people in values.items():
        merged.setdefault(value.casefold(), {})[value] = people
    shares = []
    for spellings in merged.values():
        shown = min(spellings, key=lambda value: (-len(spellings[value]), value))
        people = sorted(person for group in spellings.values() for person in group)
        shares.append(Share(shown, len(people), tuple(people)))
    shares.sort(key=lambda share: (-share.count, share.value))
    known = sum(share.count for share in shares)
    told = ", ".join(f"{share.value} ({share.count})" for share in shares[:6])
    more = f" and {len(shares) - 6} other values" if len(shares) > 6 else ""
    claim = Claim(
        id=f"{persona}.demographics.{name}",
        text=f"{name.capitalize()}: {told}{more}; stated by {known} of {of}",
        status="inferred",
        support=known,
        of=of,
        evidence=(),
        method="distribution",
    )
    return Distribution(name, tuple(shares), known, of, claim)
