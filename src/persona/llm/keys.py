"""Keys: read from the environment or the system keyring when a call is made, and kept nowhere else."""

from __future__ import annotations

import os
from typing import NamedTuple

from persona.errors import ModelError
from persona.llm.providers import Provider

SERVICE = "persona"
"""The service name under which the system keyring is asked."""

HIDDEN = "[key]"

SHORTEST = 12
"""Characters from which a key is a secret: servers on one's own machine take any word, such as ``test``."""


class Key(NamedTuple):
    """A key and where it was found. Its value is never shown: ``repr`` says the place only."""

    value: str
    place: str

    def __repr__(self) -> str:
        return f"Key(from {self.place})"


def find_key(provider: Provider) -> Key | None:
    """The key of a provider, or None where there is none."""
    for name in provider.variables:
        if os.environ.get(name, "").strip():
            return _checked(os.environ[name], name)
    if provider.local or provider.shape == "bedrock":
        return None
    value = _from_keyring(provider.name)
    return _checked(value, "the system keyring") if value and value.strip() else None


def _checked(value: str, place: str) -> Key:
    """A key as it can stand in a header. A line end at its end comes from the file that it was read from.

    Raises ``ModelError`` for what no key holds: the libraries would put it into a message, whole.
    """
    value = value.strip()
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ModelError(
            "the key holds characters that no key has: blanks, line ends, or letters beyond ASCII",
            code="model-key-refused",
            place=place,
            hints=["set it again, without quotation marks and in one line"],
        )
    return Key(value, place)


def need_key(provider: Provider) -> Key | None:
    """The key of a provider; None where it needs none. Raises ``ModelError`` when it needs one and none is there."""
    found = find_key(provider)
    if found is None and provider.variables and provider.name not in ("compatible", "bedrock"):
        raise ModelError(
            f"there is no key for {provider.title}",
            code="model-key-missing",
            place=provider.name,
            hints=[
                f"set it for this shell: `export {provider.variables[0]}=...`",
                f"or keep it in the system keyring: `keyring set {SERVICE} {provider.name}`",
            ],
        )
    return found


def _from_keyring(provider: str) -> str | None:
    """What the system keyring holds; None where there is no keyring, or it is locked or broken."""
    try:
        import keyring

        return keyring.get_password(SERVICE, provider)
    except Exception:  # noqa: BLE001  # a keyring backend may raise anything, and no key is no fault yet
        return None


def without(text: str, key: Key | None) -> str:
    """A text in which the key, wherever somebody echoed it, is hidden. A short one is a word, and no secret."""
    return text.replace(key.value, HIDDEN) if key and len(key.value) >= SHORTEST else text


def without_bytes(data: bytes, key: Key | None) -> bytes:
    """The same for bytes that will be stored."""
    return data.replace(key.value.encode(), HIDDEN.encode()) if key and len(key.value) >= SHORTEST else data
