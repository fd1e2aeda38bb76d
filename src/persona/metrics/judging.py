"""A language model as the judge of claims: asked in both orders, allowed to abstain, believed as far as people agree.

A judge is no measure of truth. Its metric carries its name and the digest of its prompt, says how often it contradicted
itself, and ranks nothing before it agrees with at least 50 labels of people (Cohen's kappa of at least 0.6).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from persona.model.calls import Ask, CallResponse, Message, Prompt, build_of
from persona.model.canonical import Digest, digest_of_value
from persona.model.measures import Measure
from persona.model.personas import PersonaSet

Verdict = Literal["supported", "contradicted", "not_enough"]
VERDICTS: tuple[Verdict, ...] = ("supported", "contradicted", "not_enough")
ABSTAINED = "abstained"
"""The judge said one thing in one order and another in the other, or gave no verdict."""

FEWEST_LABELS = 50
LEAST_KAPPA = 0.6

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"verdict": {"type": "string", "enum": [*VERDICTS, "unsure"]}},
    "required": ["verdict"],
    "additionalProperties": False,
}
_SYSTEM = (
    "You check whether a statement about a group of people follows from what some of them said. Use nothing but the "
    "words given. `supported`: whoever reads the words must grant the statement. `contradicted`: they say otherwise. "
    "`not_enough`: the words neither carry nor deny it. Say `unsure` when you cannot decide. Answer with JSON only."
)
_STATEMENT = "The statement:\n{text}"
_WORDS = "The words:\n{words}"
VERSION = digest_of_value([_SYSTEM, _STATEMENT, _WORDS, SCHEMA]).removeprefix("sha256:")[:8]
"""What tells one prompt of judges from another."""


class Item(NamedTuple):
    """A claim to be judged: where it stands, its text, the words it rests on, and the documents that these are from."""

    place: str
    text: str
    words: tuple[str, ...]
    documents: tuple[Digest, ...] = ()


class Judged(NamedTuple):
    """An item with the verdict that both orders agree on, or ``abstained``, and the builds that answered."""

    item: Item
    verdict: str
    builds: tuple[str, ...] = ()


def metric_name(model: str) -> str:
    """The name of the metric of one judge."""
    return f"faithfulness@judge:{model}@{VERSION}"


def items_of(personas: PersonaSet) -> list[Item]:
    """The claims that say something in words of their own and rest on words, each quotation on a line of its own."""
    return [
        Item(
            f"{persona.id}.{path}",
            claim.text,
            tuple(" ".join(one.quote.split()) for one in claim.evidence),
            tuple(sorted({one.document for one in claim.evidence})),
        )
        for persona in personas.personas
        for path, claim in persona.claims()
        if claim.evidence and not claim.verbatim and claim.method not in ("pseudonym", "distribution")
    ]


def judge(items: Sequence[Item], ask: Ask) -> list[Judged]:
    """Every item asked about twice, the statement first and the words first."""
    prompts = [_prompt(item, turned) for item in items for turned in (False, True)]
    answers = ask(prompts) if prompts else []
    return [_both(*three) for three in zip(items, answers[::2], answers[1::2], strict=True)]


def kappa(labels: Sequence[str], verdicts: Sequence[str]) -> float | None:
    """Cohen's kappa (1960) of two raters over the same items; None for no items or where chance explains all.

    An abstention of the judge counts as a verdict of its own, so that abstaining never looks like agreement.
    """
    count = len(labels)
    if count == 0:
        return None
    seen = sum(one == other for one, other in zip(labels, verdicts, strict=True)) / count
    ours, theirs = Counter(labels), Counter(verdicts)
    chance = sum(ours[one] * theirs[one] for one in ours) / count**2
    return None if chance == 1 else (seen - chance) / (1 - chance)


def measure_judged(model: str, judged: Sequence[Judged], labels: Mapping[str, str], known: Sequence[Judged]) -> Measure:
    """The share of supported claims among those decided, with what the judge is worth.

    ``labels`` are verdicts of people by place, ``known`` the judge's verdicts on those. The metric has a direction, and
    may rank, only from ``FEWEST_LABELS`` labels and ``LEAST_KAPPA`` on, and only where each build of the model that
    judged is one that was held against people.
    """
    decided = [one for one in judged if one.verdict != ABSTAINED]
    supported = sum(one.verdict == "supported" for one in decided)
    agreed = kappa([labels[one.item.place] for one in known], [one.verdict for one in known])
    trusted = len(known) >= FEWEST_LABELS and agreed is not None and agreed >= LEAST_KAPPA
    builds = {build for one in judged for build in one.builds}
    strange = sorted(builds - {build for one in known for build in one.builds})
    ranks = trusted and not strange
    details: dict[str, Any] = {
        "judge": model,
        "prompt": VERSION,
        "verdicts": dict(sorted(Counter(one.verdict for one in judged).items())),
        "labels": len(known),
        "kappa": None if agreed is None else round(agreed, 6),
        "ranks": ranks,
        "builds": sorted(builds),
        "items": {one.item.place: one.verdict for one in judged},
    }
    if len(known) < FEWEST_LABELS:
        details["reason"] = f"it ranks nothing: {len(known)} labels of people, {FEWEST_LABELS} are needed"
    elif trusted and strange:
        details["reason"] = (
            f"it ranks nothing: `{strange[0]}` judged, and was not held against people (`--fresh` asks anew)"
        )
    elif not ranks:
        told = "unknown" if agreed is None else f"{agreed:.2f}"
        details["reason"] = f"it ranks nothing: kappa with people is {told}, and {LEAST_KAPPA} is needed"
    value = round(supported / len(decided), 6) if decided else None
    status: Literal["ok", "not_applicable"] = "ok" if decided else "not_applicable"
    return Measure(metric_name(model), VERSION, value, status, "up" if ranks else "none", (0, 1), len(decided), details)


def _prompt(item: Item, turned: bool) -> Prompt:
    told = [_STATEMENT.format(text=item.text), _WORDS.format(words="\n".join(f"- {one}" for one in item.words))]
    text = "\n\n".join(reversed(told) if turned else told)
    about = f"{item.place}{' words first' if turned else ''}"
    messages = (Message("system", _SYSTEM), Message("user", text))
    return Prompt("judge", about, messages, "verdict", SCHEMA, item.documents)


def _both(item: Item, first: CallResponse, second: CallResponse) -> Judged:
    one, other = _verdict(first), _verdict(second)
    builds = tuple(sorted({build_of(first), build_of(second)}))
    return Judged(item, one if one is not None and one == other else ABSTAINED, builds)


def _verdict(response: CallResponse) -> str | None:
    found = response.parsed.get("verdict") if isinstance(response.parsed, dict) else None
    return found if found in VERDICTS else None
