"""A measured quality of a set of personas, with all that is needed to read the number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from persona.model.canonical import canonical_json


class Measure(msgspec.Struct, frozen=True):
    """One value of one metric.

    ``status`` says whether there is a value: ``not_applicable`` (nothing of the kind to measure),
    ``not_enough_data`` and ``failed`` (the plugin that measures broke) leave ``value`` None. ``denominator`` is the
    number of items measured, ``span`` the range the value can take, ``direction`` which way is better (``none``:
    reported, not ranked).
    """

    name: str
    version: str
    value: float | None
    status: Literal["ok", "not_applicable", "not_enough_data", "failed"]
    direction: Literal["up", "down", "none"]
    span: tuple[float, float]
    denominator: int
    details: dict[str, Any] = {}


class Measures(msgspec.Struct, frozen=True):
    """The measures of a run as they are sealed: their details may hold words, so a salt stands with them."""

    measures: list[Measure]
    salt: str


def seal_measures(measures: Sequence[Measure], salt: str) -> bytes:
    """The bytes of measures; a plain list where there is no salt."""
    return canonical_json(Measures(list(measures), salt) if salt else list(measures))


def unseal_measures(data: bytes) -> list[Measure]:
    """The measures in sealed bytes, salted or as earlier versions sealed them. Raises ``msgspec.DecodeError``."""
    found = _sealed.decode(data)
    return found.measures if isinstance(found, Measures) else found


_sealed = msgspec.json.Decoder(list[Measure] | Measures)
