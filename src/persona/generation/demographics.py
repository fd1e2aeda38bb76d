"""Demographics as counted: distributions of what members state, never a guess."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from persona.generation.corpus import age_of
from persona.model.personas import Absent, Claim, Distribution, Share

KNOWN: dict[str, re.Pattern[str]] = {
    "age": re.compile(r"\bage\b|age group|age range|how old", re.IGNORECASE),
    "gender": re.compile(r"\bgender\b|\bsex\b", re.IGNORECASE),
    "occupation": re.compile(
        r"occupation|\bjob\b|profession|\brole\b(?!.*how many)|position|employment", re.IGNORECASE
    ),
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

_BANDS = ((0, 17), (18, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, 120))


def demographics_of(
    persona: str, members: Sequence[str], attributes: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, Distribution], dict[str, Absent]]:
    """The distributions of a group, and the reason for each attribute nobody states.

    Ages are given in bands (18-24, then ten years each, 65+), because an exact age in a small group names a person.
    """
    found: dict[str, Distribution] = {}
    missing: dict[str, Absent] = {}
    for name, pattern in KNOWN.items():
        values: dict[str, list[str]] = {}
        for member in members:
            value = _value(name, pattern, attributes.get(member, {}))
            if value:
                values.setdefault(value, []).append(member)
        if values:
            found[name] = _distribution(persona, name, values, len(members))
        elif name in ALWAYS:
            missing[f"demographics.{name}"] = Absent("not_in_source", f"no member of the group states their {name}")
    return found, missing


def _value(name: str, pattern: re.Pattern[str], attributes: Mapping[str, str]) -> str | None:
    for key in sorted(attributes):
        if pattern.search(key):
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
