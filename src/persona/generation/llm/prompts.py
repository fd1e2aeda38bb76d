"""Prompts: Jinja templates, sandboxed, versioned by content and by the version their first line states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import msgspec

from persona.errors import InvalidInput
from persona.generation.llm.purse import Fault

if TYPE_CHECKING:
    from persona.generation.llm.language import Filling

_LINES = tuple(
    {
        "number": number,
        "text": "It arrived after two weeks.",
        "question": "How did it go?" if number == 1 else "",
        "speaker": f"participant {number}",
        "kind": "pain_point",
    }
    for number in (1, 2)
)
_SAID = [{key: line[key] for key in ("number", "text", "question", "speaker")} for line in _LINES]
_SEEN = [{key: line[key] for key in ("number", "text", "speaker", "kind")} for line in _LINES]

TRIALS: dict[str, tuple[dict[str, Any], ...]] = {
    "system": ({},),
    "observe": (
        {"lines": [], "speakers": 1, "part": 0, "parts": 1, "most": 30},
        {"lines": _SAID[:1], "speakers": 1, "part": 0, "parts": 1, "most": 30},
        {"lines": _SAID, "speakers": 2, "part": 2, "parts": 2, "most": 30},
    ),
    "claims": (
        {"lines": [], "people": 1, "items": 1},
        {"lines": _SEEN[:1], "people": 1, "items": 5},
        {"lines": _SEEN, "people": 2, "items": 5},
    ),
    "repair": ({"refusals": ["it names no line"], "whole": True}, {"refusals": ["one", "two"], "whole": False}),
}
"""What every template must say (who the model is, what is asked about an interview and about a group, and how refused
items are given back), with values like those that a run gives: each block is filled in with them when it is read."""

LONGEST = 2_000_000
"""Characters of one rendered prompt."""

LONGEST_KEPT = 100_000
"""Bytes of values whose prompt is kept: 256 of them are 25 MB at most, and their prompts about as much."""

_VERSION = re.compile(r"\A\{#-?\s*version:\s*(\d+\.\d+\.\d+)\s*-?#\}")


@cache
def built_in() -> tuple[str, str, bytes]:
    """The template that comes with the engine: name, version, text."""
    text = (files("persona.generation.llm") / "default.jinja").read_text(encoding="utf-8")
    return "default", check_template(text, "the built-in template"), text.encode()


def check_template(text: str, place: str) -> str:
    """The version of a template. Each block is filled in once, so that a mistake is found before a call is paid.

    Raises ``InvalidInput`` with the line where it has no version, lacks a block, is no Jinja, or cannot be filled in.
    """
    found = _VERSION.match(text)
    if not found:
        raise InvalidInput(
            "the template states no version in its first line",
            code="template-version",
            place=place,
            hints=["let it begin with `{# version: 1.0.0 #}`, and raise the number with each change"],
        )
    for block, trials in TRIALS.items():
        for values in trials:
            _filled(text, block, values, place)
    return found[1]


def render(text: str, block: str, **values: Any) -> str:
    """One block of a template with its values. Raises ``InvalidInput`` for what the language of templates refuses.

    What was filled in lately is kept, because the runs of an experiment ask the same about the same interviews.
    """
    try:
        given = msgspec.json.encode(values)
    except UnicodeEncodeError:  # half a character: what is said of it is said of the text that it makes
        return _filled(text, block, values, "template")
    if len(given) > LONGEST_KEPT:
        return _filled(text, block, values, "template")
    return _kept(text, block, given)


@lru_cache(maxsize=256)
def _kept(text: str, block: str, given: bytes) -> str:
    return _filled(text, block, msgspec.json.decode(given), "template")


def _filled(text: str, block: str, values: dict[str, Any], place: str) -> str:
    from persona.generation.llm.language import Filling, read

    try:
        blocks = read(text)
        if block not in blocks:
            raise Fault(
                f"the template has no block `{block}`; it must have {', '.join(TRIALS)}", 0, code="template-block"
            )
        filling = Filling()
        return _within(filling.text(blocks[block].body, dict(values)), block, filling)
    except Fault as fault:
        where = f"{place}, line {fault.line}" if fault.line else place
        raise InvalidInput(
            fault.message, code=fault.code, place=where, hints=["see one that works: `persona template show default`"]
        ) from None


def _within(parts: Iterator[str], block: str, filling: Filling) -> str:
    """The whole text of the parts, as long as it is one that a model could read."""
    found: list[str] = []
    length = 0
    for part in parts:
        length += len(part)
        if length > LONGEST:
            told = f"the block `{block}` makes a prompt of more than {LONGEST:,} characters"
            raise Fault(told, filling.line, code="template-runs-away")
        found.append(part)
    text = "".join(found).strip()
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Fault(
                f"the block `{block}` makes half a character, which no request can hold", filling.line
            ) from None
    return text
