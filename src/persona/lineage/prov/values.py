"""Values of attributes: from the lexical form and datatype of a file to those of ``model.prov.Value``.

A value becomes a number or a truth value of Python only where nothing is lost by it: ``xsd:int`` within 32 bits,
``xsd:long`` beyond these within 64, ``xsd:integer`` beyond these again, ``xsd:double`` and ``xsd:boolean``. Every other
datatype is kept beside the text as it was written.
"""

from __future__ import annotations

import re

from persona.lineage.prov.limits import MAX_DIGITS
from persona.model.prov import Literally, Value

AS_WRITTEN = "Write times as xsd:dateTime does: 2025-01-16T14:30:22Z."
"""What helps where ``instant`` refuses a text."""

_INTEGERS = ("xsd:int", "xsd:long", "xsd:integer")
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DOUBLE = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_INSTANT = re.compile(
    r"(-?(?:[1-9][0-9]{3,9}|0[0-9]{3}))-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-4]):([0-5][0-9]):([0-5][0-9])(?:\.([0-9]{1,40}))?"
    r"(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?"
)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def typed(text: str, datatype: str, language: str) -> Value:
    """A value with a datatype as a qualified name of the account (empty where none is said), or with a language.

    Raises ``ValueError`` for a number that is too long.
    """
    if language:
        return Literally(text, language=language)
    if datatype in ("", "xsd:string"):
        return text
    bare = text.strip(" \t\r\n")
    if datatype in _INTEGERS and _INTEGER.fullmatch(bare):
        if len(bare) > MAX_DIGITS:
            raise ValueError(f"a number has more than {MAX_DIGITS} digits")
        number = int(bare)
        if datatype == datatype_of(number):
            return number
    elif datatype == "xsd:double" and _DOUBLE.fullmatch(bare):
        value = float(bare)
        if value - value == 0.0:  # a double that is too large to hold stays a text
            return value
    elif datatype == "xsd:boolean" and bare in _TRUTH:
        return _TRUTH[bare]
    return Literally(text, datatype)


def datatype_of(number: int) -> str:
    """The smallest of ``xsd:int``, ``xsd:long`` and ``xsd:integer`` that holds a number."""
    if -(2**31) <= number < 2**31:
        return "xsd:int"
    return "xsd:long" if -(2**63) <= number < 2**63 else "xsd:integer"


def instant(text: str) -> str:
    """A time as written, without the blanks around it. Raises ``ValueError`` for what is no ``xsd:dateTime``."""
    bare = text.strip(" \t\r\n")
    if (found := _INSTANT.fullmatch(bare)) is not None and _real(found):
        return bare
    raise ValueError(f"{text[:60]!r} is no time")


def seconds_of(text: str) -> tuple[bool, int, str]:
    """A time that ``instant`` accepted as a value that can be compared: equal times are equal.

    Whether it has a time zone, the whole seconds since year 1 in UTC (or, without a zone, on the clock of the place),
    and the fraction of a second as digits without trailing zeros.
    """
    found = _INSTANT.fullmatch(text)
    assert found is not None, text
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    days = _days(int(year), int(month), int(day))
    whole = ((days * 24 + int(hour)) * 60 + int(minute)) * 60 + int(second)
    if zone and zone != "Z":
        offset = int(zone[1:3]) * 60 + int(zone[4:6])
        whole -= (offset if zone[0] == "+" else -offset) * 60
    return bool(zone), whole, (fraction or "").rstrip("0")


def _real(found: re.Match[str]) -> bool:
    """Whether the day is in the month, and hour 24 is midnight (XML Schema part 2, section 3.2.7.1)."""
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    leap = int(year) % 4 == 0 and (int(year) % 100 != 0 or int(year) % 400 == 0)
    if int(day) > _DAYS[int(month) - 1] or (month == "02" and day == "29" and not leap):
        return False
    if zone and zone[1:3] == "14" and zone[4:6] != "00":
        return False
    return hour != "24" or (minute == second == "00" and not (fraction or "").strip("0"))


def _days(year: int, month: int, day: int) -> int:
    """Days since the first of March of year 0, by the Gregorian calendar; for years before 1, too."""
    if month < 3:
        year, month = year - 1, month + 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 1
