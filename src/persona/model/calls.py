"""Calls: one request to a language model, what came back, and the key under which it is found again.

A request holds everything that can change the answer, and nothing else: no key, no deadline, no label for people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from persona.model.canonical import Digest, canonical_json, digest_of

KEY_VERSION = "call-key/1"
"""The rule by which a request becomes a key; it is part of every key, so a changed rule finds nothing old."""

Mode = Literal["auto", "native", "tool", "prompted"]
"""How a model is asked for JSON: by its own JSON Schema mode, by a tool that takes the schema, or in words. ``auto``
tries them in this order and stays with the first that the model takes."""

Ran = Literal["native", "tool", "prompted"]


class Message(msgspec.Struct, frozen=True):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    text: str


class CallRequest(msgspec.Struct, frozen=True):
    """The complete request. ``endpoint`` is the base address, "" for the provider's own; it never holds credentials.

    ``schema`` is the JSON Schema that the answer should follow, called ``schema_name``. None for a sampling parameter
    means that it is not sent, which is not the same as 0. ``max_tokens`` bounds the answer. ``repeat`` is the index of
    the repeat: two repeats of one request are two requests. ``salt`` is not sent: it follows from the people whose
    words the request holds (``runs.asking``), and is absent in what earlier versions recorded.
    """

    provider: str
    model: str
    endpoint: str
    mode: Mode
    messages: tuple[Message, ...]
    schema_name: str
    schema: dict[str, Any]
    temperature: float | None
    seed: int | None
    max_tokens: int | None
    repeat: int = 0
    salt: str | msgspec.UnsetType = msgspec.UNSET

    def key(self) -> Digest:
        """The name under which the answer is kept: a digest over the whole request and the version of this rule.

        Canonical JSON keeps fields apart and tells null from absent, so that no two requests share a key.
        """
        return key_of(canonical_json(self))


def key_of(request: bytes) -> Digest:
    """The key of a request whose canonical JSON is known: the digest of the object that holds it and the version."""
    return digest_of(b'{"key_version":"%s","request":%s}' % (KEY_VERSION.encode(), request))


def parts(request: CallRequest) -> dict[str, str]:
    """The parts of a key by path (``messages[1]``, ``temperature``), each as text: what can differ, one by one."""
    found: dict[str, str] = {"key_version": KEY_VERSION}
    for name, value in msgspec.to_builtins(request).items():
        if name == "messages":
            for number, message in enumerate(value):
                found[f"messages[{number}].role"] = message["role"]
                found[f"messages[{number}].text"] = message["text"]
        elif isinstance(value, str):
            found[name] = value
        else:
            found[name] = msgspec.json.encode(value, order="deterministic").decode()
    return found


class Limits(NamedTuple):
    """How a run may ask: so many calls at once, so many seconds a call, so many dollars and tokens (None: any).

    ``vouched`` are the addresses beside the providers' own to which keys may be sent.
    """

    jobs: int = 4
    deadline: float = 300.0
    max_cost: float | None = None
    max_total_tokens: int | None = None
    vouched: tuple[str, ...] = ()


NO_LIMITS = Limits()
"""No bound on money and tokens."""


class Usage(msgspec.Struct, frozen=True):
    """Tokens as the provider counted them; None where it did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None


class Exchange(msgspec.Struct, frozen=True):
    """One HTTP exchange of a call. ``headers`` are those of the answer that carry no secret (request id, model).

    ``waited`` is how many seconds were waited before it, ``status`` None when no answer came, and ``error`` then says
    why in the words of the library. ``usage`` is what it took; None where nothing was asked for or nothing answered in
    earnest, so that nobody is charged for it.
    """

    mode: Ran
    status: int | None
    seconds: float
    waited: float = 0.0
    headers: dict[str, str] = {}
    error: str | None = None
    usage: Usage | None = None


class CallResponse(msgspec.Struct, frozen=True):
    """What a model answered.

    ``text`` is the answer as it stands in the response, ``parsed`` the JSON value in it, or None where there is none.
    ``usage`` is that of the answer itself, each exchange has its own. ``model`` is the model as answered,
    ``fingerprint`` the build as the provider names it, ``mode`` the mode that ran and ``seconds`` the whole time, waits
    included. ``unsent`` are the parameters of the request that this model does not take, so that they were not sent.
    ``salt`` is put to it when it is recorded.
    """

    text: str
    parsed: Any
    usage: Usage
    model: str
    fingerprint: str | None
    finish: str | None
    mode: Ran
    seconds: float
    exchanges: tuple[Exchange, ...]
    unsent: tuple[str, ...] = ()
    salt: str | msgspec.UnsetType = msgspec.UNSET


def build_of(response: CallResponse) -> str:
    """The model as it answered, and the build where the provider names one."""
    return f"{response.model} {response.fingerprint}" if response.fingerprint else response.model


def paid(exchanges: Sequence[Exchange]) -> Usage:
    """What the exchanges of a call took together. None where the provider did not say it of one that it charges."""
    charged = [one.usage for one in exchanges if one.usage is not None]
    took = [one.input_tokens for one in charged]
    gave = [one.output_tokens for one in charged]
    return Usage(
        sum(one or 0 for one in took) if None not in took else None,
        sum(one or 0 for one in gave) if None not in gave else None,
    )


class Wire(msgspec.Struct, frozen=True):
    """The bytes of the last exchange of a call, exactly as they went over the line; empty where nothing did."""

    sent: bytes
    received: bytes


class Answered(msgspec.Struct, frozen=True):
    """A response and its bytes."""

    response: CallResponse
    wire: Wire


class Prompt(msgspec.Struct, frozen=True):
    """What an engine wants to know: the messages and the form of the answer, before anybody says which model is asked.

    ``step`` is the step of the pipeline, ``about`` what it is about, and ``documents`` are those whose words it holds;
    none of these is sent.
    """

    step: str
    about: str
    messages: tuple[Message, ...]
    schema_name: str
    schema: dict[str, Any]
    documents: tuple[Digest, ...] = ()


Ask = Callable[[Sequence[Prompt]], Sequence[CallResponse]]
"""Answers to prompts, in their order. An engine knows nothing else of models."""
