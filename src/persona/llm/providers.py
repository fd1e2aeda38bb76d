"""Who can be asked: providers, the names of their models, where they are, and where their keys are looked for."""

from __future__ import annotations

import os
import re
from ipaddress import ip_address
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from persona.errors import InvalidInput, ModelError, did_you_mean

Shape = Literal["openai", "anthropic", "google", "bedrock"]
"""The form of request and answer that a provider speaks."""


class Provider(NamedTuple):
    """One provider. ``endpoint`` is where it is asked by default, "" where its library knows.

    ``variables`` are the environment variables that may hold its key, the first that is set counts; none means that
    no key is needed. ``address`` is the variable that may hold another endpoint.
    """

    name: str
    shape: Shape
    title: str
    endpoint: str
    variables: tuple[str, ...]
    address: str
    local: bool = False


PROVIDERS: dict[str, Provider] = {
    one.name: one
    for one in (
        Provider(
            "openai", "openai", "OpenAI", "https://api.openai.com/v1", ("OPENAI_API_KEY",), "OPENAI_BASE_URL"
        ),
        Provider(
            "anthropic", "anthropic", "Anthropic", "https://api.anthropic.com", ("ANTHROPIC_API_KEY",),
            "ANTHROPIC_BASE_URL",
        ),
        Provider(
            "google", "google", "Google Gemini", "https://generativelanguage.googleapis.com",
            ("GEMINI_API_KEY", "GOOGLE_API_KEY"), "GOOGLE_GEMINI_BASE_URL",
        ),
        Provider(
            "bedrock", "bedrock", "Amazon Bedrock", "", ("AWS_BEARER_TOKEN_BEDROCK", "AWS_SECRET_ACCESS_KEY"),
            "AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
        ),
        Provider("azure", "openai", "Azure OpenAI", "", ("AZURE_OPENAI_API_KEY",), "AZURE_OPENAI_ENDPOINT"),
        Provider("ollama", "openai", "Ollama", "http://127.0.0.1:11434/v1", (), "OLLAMA_BASE_URL", local=True),
        Provider("lmstudio", "openai", "LM Studio", "http://127.0.0.1:1234/v1", (), "LMSTUDIO_BASE_URL", local=True),
        Provider("vllm", "openai", "vLLM", "http://127.0.0.1:8000/v1", (), "VLLM_BASE_URL", local=True),
        Provider(
            "compatible", "openai", "any server that speaks OpenAI's form", "", ("PERSONA_MODEL_KEY",),
            "PERSONA_MODEL_URL",
        ),
    )
}  # fmt: skip
"""Every provider by the name that stands before the colon in ``--model``."""

_FAMILIES = (
    (re.compile(r"gpt-|o\d|chatgpt-"), "openai"),
    (re.compile(r"claude-"), "anthropic"),
    (re.compile(r"gemini-"), "google"),
)
"""Names of models that say who makes them (R-016 writes ``gpt-4``)."""


REGION = "us-east-1"
"""Where Amazon Bedrock is asked when neither AWS_REGION nor AWS_DEFAULT_REGION says otherwise."""

_BEDROCK = re.compile(r"https://bedrock-runtime\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")


class ModelName(NamedTuple):
    """A model and who is asked for it."""

    provider: Provider
    model: str


def find_model(name: str) -> ModelName | None:
    """The model that ``provider:model``, or a name that says who makes it, stands for; None when it is neither."""
    head, colon, rest = name.partition(":")
    if colon and rest and head in PROVIDERS:
        return ModelName(PROVIDERS[head], rest)
    for pattern, provider in _FAMILIES:
        if pattern.match(name):
            return ModelName(PROVIDERS[provider], name)
    return None


def nearest(name: str) -> str | None:
    """What a mistyped name may have meant."""
    head, colon, rest = name.partition(":")
    near = did_you_mean(head, PROVIDERS) if colon and rest else None
    return f"{near}:{rest}" if near else None


def endpoint_of(provider: Provider, asked: str | None) -> str:
    """The base address to ask: the one asked for, else the variable of the provider, else its own.

    Raises ``InvalidInput`` for an address that is none or carries a user or a password, ``ModelError`` when there is
    none at all.
    """
    found = asked or os.environ.get(provider.address) or provider.endpoint
    if not found:
        if provider.shape == "bedrock":
            return _bedrock_address()
        raise ModelError(
            f"nobody said where {provider.title} is to be asked",
            code="model-endpoint",
            place=provider.name,
            hints=[f"give its address: `--endpoint https://...`, or set {provider.address}"],
        )
    place = "--endpoint" if asked else provider.address
    try:
        parts = urlsplit(found)
        good = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
        secret = parts.username or parts.password
    except ValueError:
        good, secret = False, None
    if secret:
        raise InvalidInput(
            "the address of a model carries a user or a password, and addresses are recorded",
            code="model-endpoint",
            place=place,
            hints=["leave them out and give the key by the environment: `persona model list` names the variables"],
        )
    if not good:
        raise InvalidInput(
            f"`{found}` is not the address of a model server",
            code="model-endpoint",
            place=place,
            hints=["write it as `https://host/v1`"],
        )
    return found.rstrip("/")


def is_on_this_machine(address: str) -> bool:
    """Whether what is sent to an address stays on this machine: a loopback address, or the name ``localhost``."""
    host = urlsplit(address).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_own_address(provider: Provider, address: str) -> bool:
    """Whether an address is the provider's own, the one that its variable names, or on this machine."""
    own = (provider.endpoint.rstrip("/"), os.environ.get(provider.address, "").rstrip("/"))
    if address in own or (provider.shape == "bedrock" and _BEDROCK.fullmatch(address)):
        return True
    host = urlsplit(address).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def region_of(address: str) -> str:
    """The region of an address of Amazon Bedrock, else the one that the environment names."""
    found = _BEDROCK.fullmatch(address)
    return found[1] if found else _region()


def _region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or REGION


def _bedrock_address() -> str:
    """The address of the region, so that a request names where it was asked: regions have models of their own."""
    region = _region()
    return f"https://bedrock-runtime.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")
