"""Numbers, times and settings as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def counted(number: int, one: str, many: str = "") -> str:
    """``1 run``, ``1,200 runs``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def several(names: Sequence[str], most: int = 6) -> str:
    """Names on one line; of more than ``most`` the first ones, and how many there are besides."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1:,} more"


def size(number: int) -> str:
    """Bytes in the unit that reads best."""
    if number < 1000:
        return f"{number} B"
    value = float(number)
    for unit in ("kB", "MB", "GB"):
        value /= 1000
        if value < 999.95 or unit == "GB":
            break
    return f"{value:.1f} {unit}"


def moment(stamp: str | None) -> str:
    """A recorded time (ISO 8601, UTC) to the second."""
    return f"{stamp[:10]} {stamp[11:19]}" if stamp else ""


def seconds(number: float) -> str:
    """A duration."""
    if number < 1:
        return f"{number * 1000:.0f} ms"
    if number < 60:
        return f"{number:.1f} s"
    return f"{int(number) // 60} min {int(number) % 60:02d} s"


def number(value: float) -> str:
    """A metric with enough digits to tell values apart."""
    return f"{value:.3f}".rstrip("0").rstrip(".") if abs(value) < 1000 else f"{value:,.0f}"


def short_digest(digest: str | None) -> str:
    """The first twelve digits of a digest: enough to recognise it, and git taught people to."""
    if not digest:
        return ""
    kind, _, rest = digest.partition(":")
    return f"{kind}:{rest[:12]}"


def pairs(values: Mapping[str, Any]) -> str:
    """Tags, parameters or fields on one line."""
    return ", ".join(f"{key}={plain(value)}" if value != "" else key for key, value in sorted(values.items()))


def plain(value: Any) -> str:
    """A value as it would be typed."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list, tuple)):
        import json

        return json.dumps(value, ensure_ascii=False)
    return str(value)
