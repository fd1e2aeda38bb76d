"""How blobs are called, and what is said of those that are damaged or not there; the same in every store."""

from __future__ import annotations

import re

from persona.errors import IntegrityError, InvalidInput, NotFound
from persona.model.canonical import Digest

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def raw_digest(digest: Digest) -> bytes:
    """The 32 bytes of a digest. Raises ``InvalidInput`` for what is none."""
    if _DIGEST.fullmatch(digest) is None:
        raise InvalidInput(
            "this is not a digest: `sha256:` and 64 hexadecimal digits", code="bad-digest", place=digest[:80]
        )
    return bytes.fromhex(digest[7:])


def named(raw: bytes) -> Digest:
    """The digest of 32 bytes."""
    return Digest(f"sha256:{raw.hex()}")


def damaged(digest: Digest) -> IntegrityError:
    """The error for bytes that do not hash to their name."""
    return IntegrityError(
        "stored bytes are not what they were when they were stored",
        code="blob-damaged",
        place=digest,
        hints=[
            "see all damage: `persona verify`",
            "import the original again to repair it: `persona source import FILE`",
        ],
    )


def absent(digest: Digest) -> NotFound:
    """The error for bytes that are not there."""
    return NotFound(
        "these bytes are not in the store",
        code="blob-not-found",
        place=digest,
        hints=["see what is missing: `persona verify`"],
    )
