"""What can be asked: providers and their keys, and whether a model answers. Needs no workspace."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from persona.config import environment_layer, file_layer, resolve, user_file
from persona.errors import InvalidInput, ModelError
from persona.llm import keys
from persona.llm.opening import is_installed
from persona.llm.providers import PROVIDERS, endpoint_of, find_model, nearest
from persona.model.calls import Answered, CallRequest, Message
from persona.workspace.addresses import endpoint_for
from persona.workspace.views import ModelCheck, ProviderView

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"answer": {"type": "string"}, "letters": {"type": "integer"}},
    "required": ["answer", "letters"],
    "additionalProperties": False,
}


def providers() -> tuple[ProviderView, ...]:
    """Every provider, and what is known of it here, what hinders included. Opens no socket."""
    found = []
    for one in PROVIDERS.values():
        endpoint, key, problems = None, None, []
        try:
            endpoint = endpoint_of(one, None) or None
        except InvalidInput as error:
            problems.append(f"{error.place}: {error.message}")
        except ModelError:  # it has none of its own
            pass
        try:
            key = keys.find_key(one)
        except ModelError as error:
            problems.append(f"{error.place}: {error.message}")
        found.append(
            ProviderView(
                name=one.name,
                title=one.title,
                endpoint=endpoint,
                key=key.place if key else None,
                needs_key=bool(one.variables) and one.name != "compatible",
                local=one.local,
                installed=is_installed(),
                variables=one.variables,
                problems=tuple(problems),
            )
        )
    return tuple(found)


def provider_names() -> tuple[str, ...]:
    """What may stand before the colon of a model's name."""
    return tuple(PROVIDERS)


def check(model: str | None = None, *, endpoint: str | None = None, deadline: float = 60.0) -> ModelCheck:
    """Ask a model one small thing that shows nobody's words. Raises ``ModelError`` with what hinders.

    Without ``model`` it is the one that the person set for themselves, by the environment or their own file.
    """
    from persona.llm.base import CallFailed
    from persona.llm.budget import Budget
    from persona.llm.desk import Desk
    from persona.llm.opening import open_model

    layers = [environment_layer(), file_layer("user", user_file())]
    if model is None:
        model = str(resolve("model", layers).value)
        if find_model(model) is None:
            raise ModelError(
                f"which model is not said, and your settings name none that is asked: `{model}`",
                code="model-unavailable",
                place="MODEL",
                hints=["name one: `persona model check ollama:llama3.1:8b`"],
            )
    name = find_model(model)
    if name is None:
        near = nearest(model)
        raise ModelError(
            f"`{model}` is not the name of a model",
            code="model-unavailable",
            place="MODEL",
            hints=[f"did you mean `{near}`?" if near else _whole(model)],
        )
    address = endpoint_of(name.provider, endpoint or endpoint_for(model, layers).value)
    request = CallRequest(
        provider=name.provider.name,
        model=name.model,
        endpoint=address,
        mode="auto",
        messages=(
            Message("system", "You answer with JSON in the form asked for."),
            Message("user", "Answer with the word `ready` and the number of its letters."),
        ),
        schema_name="check",
        schema=_SCHEMA,
        temperature=None,
        seed=None,
        max_tokens=1000,
    )
    answers: list[Answered] = []

    def took(came: Sequence[tuple[int, Answered | CallFailed]]) -> None:
        answers.extend(one for _, one in came if isinstance(one, Answered))

    begun = time.monotonic()
    with Desk(1) as desk:
        desk.ask_all(
            lambda: open_model(model, address, vouched=(address,)),
            model,
            [request],
            took,
            deadline=deadline,
            budget=Budget(),
        )
    response = answers[0].response
    return ModelCheck(
        model=f"{name.provider.name}:{name.model}",
        endpoint=address,
        answered=response.model,
        mode=response.mode,
        seconds=round(time.monotonic() - begun, 3),
        input_tokens=response.usage.input_tokens,
        output_tokens=response.usage.output_tokens,
        follows_schema=_follows(response.parsed),
        fingerprint=response.fingerprint,
    )


def _whole(model: str) -> str:
    """What to write in place of a name that is none."""
    head, colon, _ = model.partition(":")
    if colon and head in PROVIDERS:
        return f"write the model after the colon, by the name that {PROVIDERS[head].title} has: `persona model list`"
    return "write `provider:model`, such as `openai:gpt-4o-mini`: `persona model list`"


def _follows(parsed: Any) -> bool:
    return (
        isinstance(parsed, dict)
        and set(parsed) == {"answer", "letters"}
        and isinstance(parsed["answer"], str)
        and type(parsed["letters"]) is int
    )
