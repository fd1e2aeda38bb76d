"""Signed notes and checkpoints: the state of the log in three lines that anybody can keep and check.

The formats are those of transparency logs: C2SP signed-note (https://c2sp.org/signed-note) with Ed25519, and C2SP
tlog-checkpoint (https://c2sp.org/tlog-checkpoint) over an RFC 6962 tree. Go's ``golang.org/x/mod/sumdb/note`` and
``tlog`` read them. This file is the home of ``cryptography``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import NamedTuple

from persona.errors import InvalidInput

ED25519 = b"\x01"
"""The kind of key that signed notes know under this byte."""

DASH = "\N{EM DASH}"
LARGEST = 100_000
"""Bytes of a note that is read."""

_SIGNATURE = re.compile(rf"{DASH} (?P<name>[^ +\n]+) (?P<data>[A-Za-z0-9+/=]+)")
_KEY = re.compile(r"(?P<name>[^ +\n]+)\+(?P<id>[0-9a-f]{8})\+(?P<data>[A-Za-z0-9+/=]+)")


class Checkpoint(NamedTuple):
    """The state of a log: whose it is, how many events it has, and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


class Signature(NamedTuple):
    """A signature below a note: the name of the key, the first four bytes of its digest, and the signature itself."""

    name: str
    key: bytes
    data: bytes


class PublicKey(NamedTuple):
    """A key that checks signatures, under the name that it signs as."""

    name: str
    raw: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.raw).digest()[:4]

    def line(self) -> str:
        """The key as it is handed on: ``name+id+base64``."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.raw).decode()}"

    def checks(self, text: str, signature: Signature) -> bool:
        """Whether a signature is this key's, over this text."""
        named = (signature.name, signature.key) == (self.name, self.id)
        return named and self.signed(text.encode(), signature.data)

    def signed(self, data: bytes, signature: bytes) -> bool:
        """Whether an Ed25519 signature over some bytes is this key's."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey(NamedTuple):
    """A key that signs, under a name without blanks and plus signs. Its ``repr`` shows the name only."""

    name: str
    seed: bytes

    def __repr__(self) -> str:
        return f"SigningKey({self.name})"

    def public(self) -> PublicKey:
        """The key that checks what this one signs."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return PublicKey(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    def private_line(self) -> str:
        """The key with its secret, as Go's ``note.GenerateKey`` writes one. For a file of its owner only."""
        data = base64.b64encode(ED25519 + self.seed).decode()
        return f"PRIVATE+KEY+{self.name}+{self.public().id.hex()}+{data}"

    def sign(self, data: bytes) -> bytes:
        """The Ed25519 signature over some bytes."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(data)

    def signed(self, text: str) -> str:
        """The note: a text, which ends with a line end, and the signature below it."""
        data = self.sign(text.encode())
        return f"{text}\n{DASH} {self.name} {base64.b64encode(self.public().id + data).decode()}\n"


def new_key(name: str) -> SigningKey:
    """A fresh key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return SigningKey(name, Ed25519PrivateKey.generate().private_bytes_raw())


def read_private_key(text: str, place: str) -> SigningKey:
    """A signing key from its line. Raises ``InvalidInput``, which never holds the line."""
    found = _KEY.fullmatch(text.strip().removeprefix("PRIVATE+KEY+"))
    data = _decoded(found["data"]) if found else None
    if found is None or data is None or data[:1] != ED25519 or len(data) != 33:
        raise InvalidInput(
            "the file holds no signing key",
            code="audit-key-broken",
            place=place,
            hints=["put the right file back, or take this one away: the next `persona audit key` makes another"],
        )
    return SigningKey(found["name"], data[1:])


def read_key(line: str, place: str) -> PublicKey:
    """A public key from its line. Raises ``InvalidInput`` for a line that is none, or whose id is not its own."""
    found = _KEY.fullmatch(line.strip())
    data = _decoded(found["data"]) if found else None
    if found is None or data is None or data[:1] != ED25519 or len(data) != 33:
        raise InvalidInput(
            "this is no public key of signed notes (`name+id+base64`, Ed25519)",
            code="audit-key-broken",
            place=place,
            hints=["the owner of the key prints it: `persona audit key`"],
        )
    key = PublicKey(found["name"], data[1:])
    if key.id.hex() != found["id"]:
        raise InvalidInput("the id of the key is not that of its bytes", code="audit-key-broken", place=place)
    return key


def read_note(note: str, place: str) -> tuple[str, tuple[Signature, ...]]:
    """The text of a note with its line end, and the signatures below it. Raises ``InvalidInput``."""
    text, split, below = note.rpartition("\n\n")
    lines = below.splitlines()
    found = [_SIGNATURE.fullmatch(line) for line in lines]
    data = [_decoded(one["data"]) if one else None for one in found]
    broken = not split or not lines or not below.endswith("\n") or len(note) > LARGEST
    if broken or any(one is None or len(one) < 5 for one in data):
        raise InvalidInput(
            "this is no signed note: a text, an empty line, and signatures that begin with a dash",
            code="checkpoint-broken",
            place=place,
            hints=["write one: `persona audit checkpoint --output checkpoint.txt`"],
        )
    signatures = [Signature(one["name"], raw[:4], raw[4:]) for one, raw in zip(found, data, strict=True) if one and raw]
    return f"{text}\n", tuple(signatures)


def read_checkpoint(text: str, place: str) -> Checkpoint:
    """The checkpoint in the text of a note; lines after the third are extensions and are left alone.

    Raises ``InvalidInput``.
    """
    origin, _, rest = text.partition("\n")
    size, _, rest = rest.partition("\n")
    root = _decoded(rest.partition("\n")[0])
    canonical = size.isascii() and size.isdecimal() and len(size) < 16 and (size == "0" or size[0] != "0")
    if not origin or not canonical or root is None or len(root) != 32:
        raise InvalidInput(
            "this is no checkpoint: an origin, a size and a root of 32 bytes in base64, each on a line of its own",
            code="checkpoint-broken",
            place=place,
            hints=["write one: `persona audit checkpoint --output checkpoint.txt`"],
        )
    return Checkpoint(origin, int(size), root)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
