"""A measured quality of a set of personas, with all that is needed to read the number."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


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
