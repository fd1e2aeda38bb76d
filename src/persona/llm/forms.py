"""The form of a request: what the provider's library writes, written once and then filled in.

Requests of one form differ in their texts and in the values of their parameters, and in nothing else. The library takes
milliseconds to write each anew, which is most of what a call takes of the processor. So it is asked to write one with
marks in the place of texts and values, and what stands between the marks is kept.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from persona.llm.line import Origin, origin_of
from persona.llm.wire import PLAIN
from persona.model.calls import CallRequest, Message

if TYPE_CHECKING:
    import httpx2

_TEXT = "persona-6f1d9a52c07e48b3-{}-text"
_VALUES: dict[str, int | float] = {"temperature": 0.41796875123, "seed": 1982451653, "max_tokens": 1715485863}
"""What stands for texts and values: signs that JSON writes as they are, and no schema holds."""

PARAMETERS = tuple(_VALUES)
"""The parameters of a request that a form may have a gap for."""

_BROKEN_UP = re.compile(r"[<\[][|｜]|[|｜][>\]]|_of_turn>|(?:INST|PROMPT|TOOLS|RESULTS|CALLS)\]|e~\[|\]~!?b")
"""What may be a special word of some model (``<|im_start|>``): the library breaks it up where it stands in a text."""


_OF_ONE = frozenset((b"accept-encoding", b"content-length", b"cookie", b"transfer-encoding"))
"""The headers that belong to one request and not to its form, and the one that is ours."""


class NotWritten(Exception):
    """The library will not write such a request; the text says why."""


class Form(NamedTuple):
    """A request with gaps. ``pieces`` stand before, between and after the gaps.

    Each of ``gaps`` is the number of the message or the name of the parameter that belongs there.
    """

    origin: Origin
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    pieces: tuple[bytes, ...]
    gaps: tuple[int | str, ...]

    def fill(self, request: CallRequest) -> bytes:
        """The body of a request of this form. Raises ``ValueError`` for what JSON cannot hold."""
        found = [self.pieces[0]]
        for gap, piece in zip(self.gaps, self.pieces[1:], strict=True):
            value = request.messages[gap].text if isinstance(gap, int) else getattr(request, gap)
            found.append(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
            found.append(piece)
        return b"".join(found)


def given(request: CallRequest) -> tuple[str, ...]:
    """The names of the parameters that a request gives."""
    return tuple(name for name in PARAMETERS if getattr(request, name) is not None)


def shape_of(request: CallRequest) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What requests of one form have in common beside schema and mode: whose turns, and which parameters are given."""
    return tuple(message.role for message in request.messages), given(request)


def fits(request: CallRequest) -> bool:
    """Whether the texts of a request go out as they are: none is empty, none holds what the library breaks up."""
    return all(message.text.strip() and not _BROKEN_UP.search(message.text) for message in request.messages)


def marked(request: CallRequest) -> CallRequest:
    """A request of the same form, with marks for its texts and values."""
    said = tuple(Message(one.role, _TEXT.format(number)) for number, one in enumerate(request.messages))
    values: dict[str, Any] = {name: _VALUES[name] for name in given(request)}
    return msgspec.structs.replace(request, messages=said, **values)


def learn(sent: httpx2.Request, request: CallRequest) -> Form | None:
    """The form of a marked ``request`` that the library wrote; None where it did more with a mark than to set it."""
    written = sent.content
    places: list[tuple[int, int, int | str]] = []
    texts: list[tuple[int | str, object]] = [(number, one.text) for number, one in enumerate(request.messages)]
    for gap, mark in [*texts, *((name, getattr(request, name)) for name in given(request))]:
        sign = json.dumps(mark).encode()
        at = written.find(sign)
        if at < 0 and isinstance(gap, str):
            continue  # a parameter that this model does not take
        if at < 0 or written.find(sign, at + 1) >= 0:
            return None
        places.append((at, at + len(sign), gap))
    places.sort()
    starts = [0, *(end for _, end, _ in places)]
    ends = [*(start for start, _, _ in places), len(written)]
    pieces = tuple(written[start:end] for start, end in zip(starts, ends, strict=True))
    headers = [(name, value) for name, value in sent.headers.raw if name.lower() not in _OF_ONE]
    headers.append((b"accept-encoding", PLAIN.encode()))
    return Form(origin_of(str(sent.url)), sent.url.raw_path, tuple(headers), pieces, tuple(gap for _, _, gap in places))
