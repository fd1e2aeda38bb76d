"""The engine that asks a language model, and does not trust it with words.

A model is asked twice over: for each interview, what can be observed and in which sentences; for each group, what the
observations add up to. It answers with numbers of sentences and observations; the program copies the quotations.
"""

from __future__ import annotations

from persona.generation.llm.engine import ENGINE, ENGINE_VERSION, generate
from persona.generation.llm.outlook import Outlook, first_prompts, look_ahead
from persona.generation.llm.prompts import built_in, check_template

__all__ = [
    "ENGINE",
    "ENGINE_VERSION",
    "Outlook",
    "built_in",
    "check_template",
    "first_prompts",
    "generate",
    "look_ahead",
]
