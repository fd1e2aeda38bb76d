"""A model that plays its part plausibly, without being one: it reads the prompt and answers from what stands there.

It is a fixture, not an engine. What it says is put together from the numbered lines, so that a whole pipeline can run
on it; ``Liar`` says on purpose what the lines do not carry.
"""

from __future__ import annotations

import json
import random
import re
from typing import Any

from tests.llm.server import Asked, Reply

_LINE = re.compile(r"^(\d+)(?: \(([^)]*)\))?: (.+)$", re.MULTILINE)
_CUES = (
    ("pain_point", re.compile(r"frustrat|difficult|slow|problem|hard to|annoy|worr|can't|cannot|don't trust", re.I)),
    ("need", re.compile(r"\bneed|would help|wish|would be (?:great|nice|helpful)", re.I)),
    ("goal", re.compile(r"\bwant|goal|hope|aim|trying to|would like", re.I)),
    ("motivation", re.compile(r"enjoy|love|important|like (?:to|that|the)|value", re.I)),
    ("tool", re.compile(r"\b(?:use|using|used) [A-Z]", re.I)),
    ("behaviour", re.compile(r"\bI (?:check|start|usually|always|often|ask|use|write|read|make|look|go)", re.I)),
)
FIELDS = {
    "goal": "goals",
    "pain_point": "pain_points",
    "behaviour": "behaviours",
    "need": "needs",
    "motivation": "motivations",
    "context": "context",
    "tool": "tools",
}


def respond(asked: Asked) -> Reply:
    """The responder: what a diligent reader might answer, each time the same to the same prompt."""
    text = asked.messages[0][1]
    answer = _claims(text) if _is_group(asked) else _observe(text)
    if len(asked.messages) > 1:  # told that something cannot be used, it takes it back
        empty: dict[str, Any] = {"observations": [], "attributes": []}
        answer = (
            {"summary": {"text": "", "observations": []}, "claims": [], "quotes": []} if _is_group(asked) else empty
        )
    told = json.dumps(answer, ensure_ascii=False)
    return Reply(told, usage=(len(asked.raw) // 4, len(told) // 4))


def _is_group(asked: Asked) -> bool:
    return "who form one group" in asked.messages[0][1]


def _observe(text: str) -> dict[str, Any]:
    observations = []
    for number, _, line in _LINE.findall(text):
        facet = next((name for name, cue in _CUES if cue.search(line)), None)
        if facet is None or len(line.split()) < 4:
            continue
        words = line.split()
        quote = " ".join(words[: min(len(words), 12)]) if len(words) > 6 else ""
        statement = " ".join(words[:14]).strip(".,;:!?")
        if re.search(r"\d|\bhe\b|\bshe\b|\bhis\b|\bher\b", statement):
            statement = line
        observations.append({"facet": facet, "statement": statement, "sentences": [int(number)], "quote": quote})
    return {"observations": observations[:30], "attributes": []}


def _claims(text: str) -> dict[str, Any]:
    lines = [(int(number), kind, line) for number, kind, line in _LINE.findall(text)]
    claims, count = [], dict.fromkeys(FIELDS.values(), 0)
    for number, kind, line in lines:
        facet = kind.rpartition(", ")[2]
        field = FIELDS.get(facet, facet)
        if field not in count or count[field] >= 4:
            continue
        count[field] += 1
        claims.append({"field": field, "text": line, "observations": [number]})
    first = lines[0] if lines else None
    summary = {"text": first[2], "observations": [first[0]]} if first else {"text": "", "observations": []}
    return {"summary": summary, "claims": claims, "quotes": [number for number, _, _ in lines[:3]]}


class Liar:
    """A model that lies in a known way in every answer; ``honest_on_repair`` says whether it mends when told."""

    def __init__(self, lie: str, *, honest_on_repair: bool = False, seed: int = 7) -> None:
        self.lie = lie
        self.honest_on_repair = honest_on_repair
        self.chance = random.Random(seed)

    def __call__(self, asked: Asked) -> Reply:
        first = Asked(**{**asked.__dict__, "messages": asked.messages[:1]})
        if len(asked.messages) > 1 and self.honest_on_repair:
            return respond(first)
        answer = json.loads(respond(first).text)
        told = _twist(answer, self.lie)
        return Reply(json.dumps(told, ensure_ascii=False))


def _twist(answer: dict[str, Any], lie: str) -> dict[str, Any]:
    for item in [*answer.get("observations", []), *answer.get("claims", [])]:
        key, words = ("statement", "sentences") if "statement" in item else ("text", "observations")
        if lie == "wrong numbers":
            item[words] = [99_999]
        elif lie == "no numbers":
            item[words] = []
        elif lie == "invented person":
            item[key] = "She is a 45-year-old mother."
        elif lie == "invented number":
            item[key] = f"{item[key]} This costs 8731 euros."
        elif lie == "paraphrased quote" and "quote" in item:
            item["quote"] = "to put it in other words entirely, the whole affair was rather unfortunate"
        elif lie == "negated quote" and item.get("quote"):
            item["quote"] = "not " + item["quote"]
        elif lie == "negated claim":
            item[key] = f"It is not true that {item[key]}"
    if "attributes" in answer and lie == "invented attribute":
        answer["attributes"] = [{"attribute": "age", "value": "45", "sentences": [1]}]
    if "quotes" in answer and lie == "wrong numbers":
        answer["quotes"] = [88_888]
    return answer
