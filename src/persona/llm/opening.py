"""Opening a model by its name: provider, address, key, and the libraries of the extra."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from persona.errors import ModelError
from persona.llm.base import Model
from persona.llm.keys import Key, need_key
from persona.llm.pace import OwnPace, Pace
from persona.llm.providers import ModelName, endpoint_of, find_model, is_own_address

EXTRA = "persona-workbench[llm]"


def open_model(name: str, endpoint: str | None, pace: Pace | None = None, vouched: Sequence[str] = ()) -> Model:
    """A model ready to be asked, at the ``pace`` that its server asks of all who share it.

    Its key goes to the provider's own address, to this machine, and to addresses that the person ``vouched`` for.

    Raises ``ModelError`` when the extra is not installed, the key is missing or may not be sent to that address, or the
    name stands for no model.
    """
    found = find_model(name)
    if found is None:
        raise ModelError(f"`{name}` is not the name of a model", code="model-unavailable", place=name)
    address = endpoint_of(found.provider, endpoint)
    key = _key_for(found, address, vouched)
    check_installed(found)
    from persona.llm.adapter import ProviderModel

    return ProviderModel(found, address, key, pace or OwnPace())


def check_ready(name: str, place: str, endpoint: str | None, vouched: Sequence[str]) -> None:
    """Raise ``ModelError`` when a model could not be asked: no libraries, no key, none for this address.

    ``place`` says who named the model.
    """
    found = find_model(name)
    if found is None:
        return
    try:
        check_installed(found)
        _key_for(found, endpoint_of(found.provider, endpoint), vouched)
    except ModelError as error:
        raise ModelError(error.message, code=error.code, place=place, hints=error.hints) from None


def _key_for(name: ModelName, address: str, vouched: Sequence[str]) -> Key | None:
    """The key of a provider, where it may be sent to an address."""
    provider = name.provider
    key = need_key(provider)
    if key is None or address in vouched or is_own_address(provider, address):
        return key
    raise ModelError(
        f"{address} was written into a file of this workspace, and a key goes only where you say so yourself",
        code="model-endpoint-key",
        place=f"{provider.name}:{name.model}",
        hints=[f"if it may have the key for {provider.title}: `export {provider.address}={address}`"],
    )


def is_installed() -> bool:
    """Whether the libraries that speak to providers are there; asked without importing them."""
    return find_spec("pydantic_ai") is not None


def check_installed(name: ModelName) -> None:
    """Raise ``ModelError`` with the command that helps when the extra is missing."""
    if name.provider.shape == "bedrock" and is_installed() and find_spec("boto3") is None:
        raise ModelError(
            f"asking {name.provider.title} needs a library that is not installed",
            code="model-extra-missing",
            place=f"{name.provider.name}:{name.model}",
            hints=["install it: `pip install 'persona-workbench[bedrock]'`"],
        )
    missing = name.provider.shape == "openai" and find_spec("openai") is None  # it is loaded when it is first needed
    if missing or not is_installed():
        raise ModelError(
            f"asking {name.provider.title} needs libraries that are not installed",
            code="model-extra-missing",
            place=f"{name.provider.name}:{name.model}",
            hints=[f"install them: `pip install '{EXTRA}'`"],
        )
