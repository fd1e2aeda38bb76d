"""Personal data that has a shape: addresses of mail and web, numbers of phones, cards and accounts, streets.

Every expression is bounded and begins where a token begins, so the time grows with the length of the text whatever
the text is. A shape that many harmless things share (digits) is checked again in Python.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from persona.sources.redaction.findings import Finding

_WIDE = {0xFF01 + step: 0x21 + step for step in range(94)} | {
    ord(digit): ord(str(value))
    for zero in "\u0660\u06f0\u0966\u09e6\u0e50"
    for value, digit in enumerate(chr(ord(zero) + step) for step in range(10))
} | dict.fromkeys(map(ord, "‐‑‒–—−"), ord("-")) | dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f\u3000"), ord(" "))  # fmt: skip

_W = "[^\\W\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
"""A letter or digit of a script that parts words by spaces: in others an address stands right beside a word."""
_L = "[^\\W\\d_\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_DOMAIN = rf"{_W}(?:(?:{_W}|-){{0,61}}{_W})?"
_EMAIL = re.compile(rf"(?<!{_W})(?<![.+%-])(?:{_W}|[.+%'-]){{1,64}}@(?:{_DOMAIN}\.){{1,5}}{_L}{{2,24}}(?!{_W}|@)")
_TOPS = (
    "com|org|net|edu|gov|io|co|de|fr|es|it|nl|eu|uk|us|ca|ch|at|be|se|no|dk|fi|pl|pt|cz|ru|cn|jp|kr|in|br|mx|au|nz|"
    "info|biz|app|dev|me|ai|tv|ly|gl|page|site|online|shop|blog|cloud|tech|xyz"
)
_SPOKEN = re.compile(
    rf"(?<![\w.+%-])[\w.+%-]{{1,64}} ?(?:\[at\]|\(at\)| at ) ?[\w-]{{1,63}}(?: ?(?:\[dot\]|\(dot\)| dot ) ?[\w-]{{1,63}}){{0,2}}"
    rf" ?(?:\[dot\]|\(dot\)| dot ) ?(?:{_TOPS})(?!\w)",
    re.IGNORECASE,
)
_BRACKETED = re.compile(
    rf"(?<![\w.+%-])[\w.+%-]{{1,64}} ?(?:\[at\]|\(at\)|\{{at\}}) ?(?:{_DOMAIN}\.){{1,5}}{_L}{{2,24}}(?!{_W})",
    re.IGNORECASE,
)
_REST = r"[^\s<>\"\]\[{}|\\^`。、「」（）]"
_URL = re.compile(
    rf"(?<!{_W})(?<!@)(?:(?:https?|ftp)://|www\.)(?:{_W}|[.:@%~+-]){{1,300}}(?:[/?#]{_REST}{{0,2000}})?", re.IGNORECASE
)
_SITE = re.compile(
    rf"(?<!{_W})(?<![@.:/-])(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.){{1,4}}(?:{_TOPS})(?::\d{{1,5}})?/{_REST}{{1,500}}",
    re.IGNORECASE,
)
_HANDLE = re.compile(rf"(?<!{_W})(?<![@/.])@[A-Za-z_][A-Za-z0-9_.]{{2,29}}(?!{_W}|[@(])")
_DECORATORS = frozenset(
    ("property", "staticmethod", "classmethod", "override", "dataclass", "interact", "media", "import")
)
_IP4 = re.compile(rf"(?<!{_W})(?<!\.)(?:\d{{1,3}}\.){{3}}\d{{1,3}}(?!{_W}|\.\d)")
_IP6 = re.compile(rf"(?<!{_W})(?<!:)[0-9A-Fa-f:]{{2,39}}(?!{_W}|:)")
_RELEASE = re.compile(r"\b(?:version|release|build|update|v)\b[^\n]{0,40}$", re.IGNORECASE)
_DIGITS = re.compile(rf"(?<!{_W})(?<![+.,-])[+(]{{0,2}}\d[\d ().\-/]{{4,24}}\d(?!{_W}|[.,-]\d)")
_CARD = re.compile(rf"(?<!{_W})(?<![.-])\d(?:[ -]?\d){{12,80}}(?!{_W}|-)")
_IBAN = re.compile(
    rf"(?<!{_W})[A-Z]{{2}}\d{{2}}(?: ?[A-Z0-9]{{4}}){{2,7}}(?: ?[A-Z0-9]{{1,3}})?(?!{_W})", re.IGNORECASE
)
_SSN = re.compile(rf"(?<!{_W})(?<!-)(?!000|666|9\d\d)\d{{3}}-(?!00)\d\d-(?!0000)\d{{4}}(?!{_W}|-)")
_STATED = re.compile(
    rf"(?<!{_W})(?:ssn|social security|tax (?:id|number)|passport|national (?:id|insurance)|driv(?:er'?s|ing) licen[cs]e|nhs|"
    rf"steuer-?id|ausweis|dni|nie|nif|codice fiscale)(?: number| no\.?)?(?: is| was|:)?:? (?=[A-Z \-./]{{0,8}}\d)"
    rf"([A-Z\d](?:[ \-./]?[A-Z\d]){{5,19}})(?!{_W})",
    re.IGNORECASE,
)
_NINO = re.compile(rf"(?<!{_W})[A-Z]{{2}} ?\d\d ?\d\d ?\d\d ?[A-D](?!{_W})")
_NAMED = r"[^\W\d_a-zß-öø-ÿ][\w'.-]{0,30}"
_STREETS = [
    re.compile(r"(?<!\w)(?:P\.? ?O\.? ?Box|Postfach|Apartado|Boîte postale|BP) (?:\d ?){1,8}(?<=\d)(?!\w)", re.IGNORECASE),
    re.compile(rf"(?<!\w){_NAMED} (?:Straße|Strasse|Str\.|Weg|Platz|Allee|Gasse|Damm|Ufer) \d{{1,4}} ?[a-z]?(?!\w)"),
    re.compile(
        rf"(?<![\w.])\d{{1,5}}[A-Za-z]?,?[ \t](?:{_NAMED}[ \t]){{1,4}}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|"
        r"Boulevard|Blvd|Court|Ct|Square|Sq|Terrace|Close|Crescent|Parkway|Pkwy|Highway|Hwy|Way|Place|Pl)\b"
        r"(?:,? (?:Apt|Apartment|Suite|Unit|Flat|#)\.? ?\w{1,6})?"
    ),
    re.compile(
        r"(?<!\w)[A-ZÄÖÜ][\w-]{1,40}(?:straße|strasse|str\.|weg|platz|allee|gasse|damm|ufer|laan|straat)[ \t]\d{1,4} ?[a-z]?(?!\w)"
    ),
    re.compile(
        rf"(?<!\w)\d{{1,4}}(?: ?(?:bis|ter))?,? (?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Pp]lace|[Cc]hemin|[Ii]mpasse|[Aa]llée|"
        rf"[Qq]uai) (?:(?:de|du|des|la|le|les) ){{0,3}}(?:l'|d')?{_NAMED}(?: {_NAMED}){{0,3}}"
    ),
    re.compile(
        rf"(?<!\w)(?:Calle|Avenida|Avda\.?|Plaza|Paseo|Rua|Via|Viale|Piazza) (?:(?:de|del|la|las|los|da|do|di|della) ){{0,3}}"
        rf"{_NAMED}(?: {_NAMED}){{0,3}},? (?:n[º°o.]{{1,2}} ?)?\d{{1,4}}(?!\w)"
    ),
]  # fmt: skip
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|"
    "PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC"
)
_POSTCODES = [
    re.compile(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}(?!\w)"),
    re.compile(rf"(?<!\w)(?:{_STATES}),? \d{{5}}(?:-\d{{4}})?(?!\w)"),
    re.compile(rf"(?<![\w.,])(?:D-|A-|CH-|F-)?\d{{4,5}} (?={_NAMED})(?<=\d )"),
]
_BIRTH = re.compile(
    r"(?<!\w)(?:born(?: on| in)?|birthday(?: is)?|date of birth|dob|geboren(?: am)?|née? le|nacido? el)[: ]{1,3}"
    r"((?:the )?(?:\d{1,2}(?:st|nd|rd|th|\.)? ?(?:of )?)?[^\W\d_]{3,9}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}|"
    r"\d{1,2}(?:st|nd|rd|th|\.)? ?(?:of )?[^\W\d_]{3,9}\.?,? \d{4}|\d{1,4}[./-]\d{1,2}[./-]\d{1,4})(?!\w)",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"(?<!\[)\b(?:call|phone|mobile|cell|tel|telephone|whatsapp|signal|sms|fax|reach|ring|dial|number is|handy|telefon|teléfono|"
    r"téléphone|numéro|nummer|電話|전화|电话|هاتف)\b[^\d\n]{0,25}$",
    re.IGNORECASE,
)
_SHAPES_OF_PHONES = frozenset(((3, 3, 4), (1, 3, 3, 4), (2, 2, 2, 2, 2), (3, 2, 2, 2), (3, 3, 3)))
"""The groups in which numbers without a code of area or country are written."""
_DATE = re.compile(r"(?:\d{4}[-/. ]\d{1,2}[-/. ]\d{1,2}|\d{1,2}[-/. ]\d{1,2}[-/. ](?:\d{4}|\d{2}))")
_YEARS = re.compile(r"(?:1[5-9]|20)\d\d[ /-]{1,3}(?:1[5-9]|20)\d\d")
_GROUPS = re.compile(r"\d{1,3}(?:[ .,]\d{3}){1,6}")


class _Shape(NamedTuple):
    """A kind, its expression, the check that gives the final stretch (or None), and what must occur in the text."""

    kind: str
    pattern: re.Pattern[str]
    accepts: Callable[[str, int, int], tuple[int, int] | None]
    hint: str = ""


def find_patterns(text: str) -> Iterator[Finding]:
    """Every stretch with the shape of personal data; stretches may overlap."""
    plain = text.translate(_WIDE)
    for kind, pattern, accepts, hint in _SHAPES:
        if hint and hint not in plain:
            continue
        for match in pattern.finditer(plain):
            span = accepts(plain, match.start(match.lastindex or 0), match.end(match.lastindex or 0))
            if span is not None:
                yield Finding(*span, kind, f"[{kind}]")
    for match in _CARD.finditer(plain):
        for span in _cards(plain, match.start(), match.end()):
            yield Finding(*span, "card", "[card]")
    for match in _DIGITS.finditer(plain):
        for span in _phones(plain, match.start(), match.end()):
            yield Finding(*span, "phone", "[phone]")


def _phones(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The telephone numbers in a run of digits and separators, which may hold several: from each place the longest."""
    groups = [match.span() for match in re.compile(r"\d+").finditer(text, start, end)]
    lengths = [last - first for first, last in groups]
    index = 0
    while index < len(groups):
        at = groups[index][0]
        while at > start and text[at - 1] in "+(":
            at -= 1
        called = _CALL.search(text[max(0, at - 40) : at]) is not None
        free = called or text[at] in "+(0"
        taken = None
        for last in range(len(groups), index, -1):
            shape = tuple(lengths[index:last])
            if 7 <= sum(shape) <= 15 and (free or shape in _SHAPES_OF_PHONES):
                taken = last if _phone(text, at, groups[last - 1][1], called) else None
                if taken:
                    break
        if taken:
            yield at, groups[taken - 1][1]
        index = taken or index + 1


def _whole(_text: str, start: int, end: int) -> tuple[int, int]:
    return start, end


def _web(text: str, start: int, end: int) -> tuple[int, int]:
    """An address of the web without the punctuation of the sentence that it closes."""
    words = text[start:end].rstrip(".,;:!?'\"*_")
    while words.endswith(")") and words.count(")") > words.count("("):
        words = words[:-1].rstrip(".,;:!?'\"*_")
    return start, start + len(words)


def _mail(text: str, start: int, end: int) -> tuple[int, int]:
    return start + len(text[start:end]) - len(text[start:end].lstrip("'.-")), end


def _numbered(text: str, start: int, end: int) -> tuple[int, int] | None:
    """A number that words before it call one: at least five digits, without the words that follow."""
    words = re.match(r"(?:[A-Z]{0,3}[ \-./]?)(?:[A-Z]{0,3}\d[A-Z\d]*[ \-./]?)+", text[start:end], re.IGNORECASE)
    if not words or sum(char.isdigit() for char in words[0]) < 5:
        return None
    return start, start + len(words[0].rstrip(" -./"))


def _handle(text: str, start: int, end: int) -> tuple[int, int] | None:
    """A name on a social site; what programmers write with the same sign is none."""
    words = text[start:end].rstrip(".")
    return (start, start + len(words)) if words[1:] not in _DECORATORS else None


def _network(text: str, start: int, end: int) -> tuple[int, int] | None:
    words = text[start:end]
    if ":" in words and (words.count(":") < 2 or not re.search(r"[0-9A-Fa-f]", words)):
        return None
    if re.fullmatch(r"\d{1,2}(?::\d{2}){1,2}", words) or _RELEASE.search(text[max(0, start - 60) : start]):
        return None  # the time of day, the number of a release
    try:
        ipaddress.ip_address(words)
    except ValueError:
        return None
    return start, end


def _cards(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """13 to 19 digits whose last one is Luhn's check digit (ISO/IEC 7812-1), in a run that may hold several numbers."""
    groups = [match.span() for match in re.compile(r"\d+").finditer(text, start, end)]
    index = 0
    while index < len(groups):
        taken = None
        count, ends = 0, []
        for last in range(index, len(groups)):
            long = groups[last][1] - groups[last][0]
            count += long
            if count > 19:
                break
            if count >= 13:
                ends.append(last)
            if long < 3:  # only the last group of a card is ever that short
                break
        for last in reversed(ends):
            if _luhn([int(char) for char in text[groups[index][0] : groups[last][1]] if char.isdigit()]):
                taken = last
                yield groups[index][0], groups[last][1]
                break
        index = (index if taken is None else taken) + 1


def _luhn(digits: list[int]) -> bool:
    total = sum(digits[-1::-2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return total % 10 == 0 and len(set(digits)) > 1


def _iban(text: str, start: int, end: int) -> tuple[int, int] | None:
    """An account number whose remainder by 97 is 1 (ISO 13616); a word that was taken along is given back."""
    for cut in range(end, start + 14, -1):
        if cut < end and text[cut].isalnum() and text[cut - 1].isalnum():
            continue
        words = text[start:cut].replace(" ", "").upper()
        if 15 <= len(words) <= 34:
            number = "".join(str(int(char, 36)) for char in words[4:] + words[:4])
            if int(number) % 97 == 1:
                return start, start + len(text[start:cut].rstrip())
    return None


def _phone(text: str, start: int, end: int, called: bool) -> bool:
    """Whether digits are dialled: no date, span of years, price or decimal number. ``called``: words before say so."""
    words = text[start:end]
    if _DATE.fullmatch(words) or _YEARS.fullmatch(words) or _IP4.fullmatch(words):
        return False
    if words.startswith("+") or called:
        return True
    if _GROUPS.fullmatch(words) or re.fullmatch(r"\d+\.\d+", words) or re.search(r"^[1-9].*\d/\d", words):
        return False
    shape = tuple(len(part) for part in re.findall(r"\d+", words))
    if re.match(r"\(?0\d|\(\d{2,4}\) ?\d", words):
        return len(shape) > 1 or sum(shape) >= 9
    return shape in ((3, 3, 4), (1, 3, 3, 4)) or (shape in _SHAPES_OF_PHONES and words[0] in "679")


def _code(text: str, start: int, end: int) -> tuple[int, int] | None:
    """A postal code before a place, only where a street or a comma stands close before it."""
    before = text[max(0, start - 60) : start]
    near = re.search(
        r"(?:[Ss]tra(?:ße|sse)|str\.|weg|platz|allee|rue|avenue|via|calle)[^.\n]{0,20}\d{1,4} ?[a-z]?,? $", before
    )
    return (start, start + len(text[start:end].rstrip())) if near else None


_SHAPES = [
    _Shape("email", _EMAIL, _mail, "@"),
    _Shape("email", _SPOKEN, _whole),
    _Shape("email", _BRACKETED, _whole, "at"),
    _Shape("url", _URL, _web),
    _Shape("url", _SITE, _web, "/"),
    _Shape("handle", _HANDLE, _handle, "@"),
    _Shape("ip", _IP4, _network),
    _Shape("ip", _IP6, _network, ":"),
    _Shape("iban", _IBAN, _iban),
    _Shape("id", _SSN, _whole),
    _Shape("id", _NINO, _whole),
    _Shape("id", _STATED, _numbered),
    *(_Shape("address", pattern, _whole) for pattern in _STREETS),
    _Shape("address", _POSTCODES[0], _whole),
    _Shape("address", _POSTCODES[1], _whole),
    _Shape("address", _POSTCODES[2], _code),
    _Shape("birth", _BIRTH, _whole),
]
