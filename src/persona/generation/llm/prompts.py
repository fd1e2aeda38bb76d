"""Prompts: Jinja templates, sandboxed, versioned by content and by the version their first line states."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

from persona.errors import InvalidInput

BLOCKS = ("system", "observe", "claims", "repair")
"""What every template must say: who the model is, what is asked about an interview and about a group, and how refused
items are given back."""

LONGEST = 2_000_000
"""Characters of one rendered prompt."""

_VERSION = re.compile(r"\A\{#-?\s*version:\s*(\d+\.\d+\.\d+)\s*-?#\}")


@cache
def built_in() -> tuple[str, str, bytes]:
    """The template that comes with the engine: name, version, text."""
    text = (files("persona.generation.llm") / "default.jinja").read_text(encoding="utf-8")
    return "default", check_template(text, "the built-in template"), text.encode()


def check_template(text: str, place: str) -> str:
    """The version of a template. Raises ``InvalidInput`` where it has none, lacks a block or is no Jinja."""
    found = _VERSION.match(text)
    if not found:
        raise InvalidInput(
            "the template states no version in its first line",
            code="template-version",
            place=place,
            hints=["let it begin with `{# version: 1.0.0 #}`, and raise the number with each change"],
        )
    missing = [name for name in BLOCKS if name not in _compiled(text, place).blocks]
    if missing:
        raise InvalidInput(
            f"the template has no block `{missing[0]}`",
            code="template-block",
            place=place,
            hints=[f"it must have the blocks {', '.join(BLOCKS)}: `persona template show default`"],
        )
    return found[1]


def render(text: str, block: str, **values: Any) -> str:
    """One block of a template with its values. Raises ``InvalidInput`` for what Jinja or the sandbox refuses."""
    from jinja2 import TemplateError

    template = _compiled(text, "template")
    context = template.new_context(values)
    parts: list[str] = []
    length = 0
    try:
        for part in template.blocks[block](context):
            length += len(part)
            if length > LONGEST:
                raise InvalidInput(
                    f"the block `{block}` makes a prompt of more than {LONGEST:,} characters",
                    code="template-runs-away",
                    place=f"template, block {block}",
                )
            parts.append(part)
    except (
        TemplateError,
        ArithmeticError,
        TypeError,
        ValueError,
        LookupError,
        AttributeError,
        RecursionError,
    ) as error:
        raise InvalidInput(
            f"the block `{block}` of the template cannot be filled in: {error}",
            code="template-broken",
            place=f"template, block {block}",
            hints=["compare it with the built-in one: `persona template diff NAME default`"],
        ) from None
    return "".join(parts).strip()


@cache
def _compiled(text: str, place: str) -> Any:
    """A template ready to be filled in. It reaches no file and no attribute that begins with an underscore."""
    from jinja2 import StrictUndefined, TemplateSyntaxError
    from jinja2.exceptions import SecurityError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Environment(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset(("*", "**"))

        def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
            """Small products only: a text or a number that fills the memory is no prompt."""
            if operator == "**" or not all(isinstance(one, (int, float)) and abs(one) < 1e9 for one in (left, right)):
                raise SecurityError(f"`{operator}` is for small numbers here")
            return super().call_binop(context, operator, left, right)

    environment = Environment(
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=False, autoescape=False
    )
    environment.globals.pop("lipsum", None)  # chance in a prompt would make it another prompt each time
    environment.filters.pop("random", None)
    try:
        return environment.from_string(text)
    except TemplateSyntaxError as error:
        raise InvalidInput(
            f"the template is not Jinja: {error.message}",
            code="template-syntax",
            place=f"{place}, line {error.lineno}",
        ) from None
