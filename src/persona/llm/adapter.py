"""The adapter: one way of asking for every provider. Modes, retries, keys and records are ours.

What goes out and what comes back is written and read by the provider's library (``library``), or as it would be by
``forms`` and ``plain``. This module is imported when a model is called and not before.
"""

from __future__ import annotations

import asyncio
import random
import time
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from persona.errors import ModelError, said
from persona.llm import retrying, shelf
from persona.llm.base import Account, CallFailed
from persona.llm.complaints import complaint
from persona.llm.forms import Form, NotWritten, fits, learn, marked, shape_of
from persona.llm.keys import Key, without, without_bytes
from persona.llm.pace import Pace
from persona.llm.parsing import members, parse
from persona.llm.plain import Refused, Told, read_plain
from persona.llm.providers import ModelName
from persona.llm.wire import KeepingTransport, Taken, taken, told_usage, unsent
from persona.model.calls import Answered, CallRequest, CallResponse, Exchange, Ran, Usage, Wire, paid

if TYPE_CHECKING:
    from persona.llm.library import Library

MODES: tuple[Ran, ...] = ("native", "tool", "prompted")
REFUSES_MODE = frozenset({400, 404, 422, 500, 501})
"""Statuses by which servers that do not know a mode say so (llama.cpp answers 500)."""

TRIES_OF_A_MODE = 2
"""Exchanges after which a mode that nothing has answered in yet is given up for the next."""


MOST_FORMS = 64
"""Forms of requests that are kept; an engine has a handful."""


class ProviderModel:
    """A model of a provider. Meets ``llm.base.Model``. Lives in one event loop."""

    def __init__(self, name: ModelName, endpoint: str, key: Key | None, pace: Pace) -> None:
        self._name = name
        self._pace = pace
        self._endpoint = endpoint
        self._key = key
        self._line = KeepingTransport(key.value if key else "none")  # local servers ignore it
        self._forms: dict[tuple[object, ...], tuple[object, Form | None]] = {}
        self._learning = asyncio.Lock()
        self._works: Ran | None = None
        self._chance = random.Random()  # noqa: S311  # to spread waits, not to hide anything
        if name.provider.shape != "openai":
            _ = self._library  # so that what is set up wrongly is told before anything is asked

    @cached_property
    def _library(self) -> Library:
        """The provider's library, loaded when it is first needed."""
        name, key = self._name, self._key
        try:
            from persona.llm.library import Library

            return Library(name, self._endpoint, self._line)
        except Exception as error:  # noqa: BLE001  # the libraries read variables and files of their own
            look = "`env | grep AWS_`" if name.provider.shape == "bedrock" else "`persona model list`"
            raise ModelError(
                f"{name.provider.title} cannot be asked as this machine is set up: {without(said(error), key)}",
                code="model-setup",
                place=f"{name.provider.name}:{name.model}",
                hints=[f"see what is set: {look}"],
            ) from None

    async def close(self) -> None:
        """See ``Model.close``."""
        await self._line.aclose()

    async def ask(self, request: CallRequest, deadline: float, account: Account) -> Answered:
        """See ``Model.ask``."""
        begun = time.monotonic()
        exchanges: list[Exchange] = []
        last = Wire(b"", b"")
        error: ModelError | None = None
        for mode in self._modes(request):
            answer: CallResponse | ModelError
            before = len(exchanges)
            asked_library = time.monotonic()
            form = await self._form(request, mode)  # before the pace is looked at: others may be told to wait meanwhile
            begun += time.monotonic() - asked_library  # loading a library is no wait for anybody
            answer, wire = await self._in_mode(request, mode, form, begun, deadline, account, exchanges)
            last = wire or last
            if isinstance(answer, CallResponse):
                self._works = mode
                return Answered(answer, last)
            error = answer
            refused = len(exchanges) == before or exchanges[-1].status in REFUSES_MODE  # none: the library refused it
            if request.mode != "auto" or not refused or error.code == "budget-reached":
                break
        assert error is not None
        raise CallFailed(error, tuple(exchanges), last, round(time.monotonic() - begun, 6))

    def _is_trying(self, request: CallRequest) -> bool:
        return request.mode == "auto" and self._works is None

    def _modes(self, request: CallRequest) -> tuple[Ran, ...]:
        if request.mode != "auto":
            return (request.mode,)
        return (self._works,) if self._works else MODES

    async def _in_mode(
        self,
        request: CallRequest,
        mode: Ran,
        form: Form | None,
        begun: float,
        deadline: float,
        account: Account,
        exchanges: list[Exchange],
    ) -> tuple[CallResponse | ModelError, Wire | None]:
        """Ask until there is an answer, or nothing that asking again would change; and the bytes of the last."""
        waited = 0.0
        wire: Wire | None = None
        for attempt in range(1, retrying.ATTEMPTS + 1):
            left = deadline - (time.monotonic() - begun)
            if self._pace.left() >= left:  # somebody was told so, and asking all the same would make it longer
                return complaint(self._name, 429, "", "", deadline), wire
            waited += await self._in_step(left)
            try:
                await account.reserve()
            except ModelError as refused:
                return refused, wire
            left = deadline - (time.monotonic() - begun)
            found, response, fault = await self._once(request, mode, form, left)
            last = found[-1] if found else Taken(b"", b"", None, {}, 0.0, fault, reached=False)
            came = found or ([last] if fault == "the deadline" else [])
            made = [
                self._exchange(one, mode, waited if one is last else 0.0, response if one is last else None)
                for one in came
            ]
            account.settle(paid(made))
            exchanges += made
            wire = Wire(last.sent, without_bytes(last.received, self._key))
            if response is not None:
                return self._response(request, response, wire, mode, begun, tuple(exchanges)), wire
            body = without(last.received.decode("utf-8", "replace"), self._key)
            told = last.error if last.error and fault != "the deadline" else fault
            error = complaint(self._name, last.status, body, without(told or "", self._key), deadline)
            if self._is_trying(request) and last.status in REFUSES_MODE and attempt >= TRIES_OF_A_MODE:
                return error, wire
            waited = retrying.pause(attempt, last.headers, self._chance)
            asked = retrying.asked_for(last.headers) if last.status in retrying.AGAIN else None
            if asked:
                self._pace.hold(asked)
            left = deadline - (time.monotonic() - begun)
            if not found or not retrying.is_worth_it(last.status, attempt) or waited >= left:
                return error, wire
            await asyncio.sleep(waited)
        raise AssertionError("unreachable: the loop returns")

    async def _in_step(self, left: float) -> float:
        """Wait until the server may be asked, as it told somebody; the seconds waited, never beyond the deadline."""
        waited = 0.0
        while (pause := self._pace.left()) > 0 and waited + pause < left:
            await asyncio.sleep(pause)
            waited += pause
        return waited

    async def _once(
        self, request: CallRequest, mode: Ran, form: Form | None, left: float
    ) -> tuple[list[Taken], Told | None, str | None]:
        """One exchange: what went over the line, the answer where it can be read, and what went wrong."""
        found: list[Taken] = []
        token = taken.set(found)
        try:
            async with asyncio.timeout(max(left, 0.001)):
                answer = await (self._library.ask(request, mode) if form is None else self._fill(form, request, mode))
        except TimeoutError:
            return found, None, "the deadline"
        except (asyncio.CancelledError, ModelError):
            raise
        except NotWritten as error:
            return [], None, str(error)
        except Exception as error:  # noqa: BLE001  # five libraries with error trees of their own stand behind this
            return found, None, f"{type(error).__name__}: {error}"
        finally:
            taken.reset(token)
        if not answer.text:
            why = f": it ended with `{answer.finish}`" if answer.finish not in (None, "stop") else ""
            return found, None, f"the answer holds no text{why}"
        return found, answer, None

    async def _form(self, request: CallRequest, mode: Ran) -> Form | None:
        """The form of a request, learnt from the library when it is first needed.

        None where the library has to write each request; one that it will not write it refuses when it is asked to.
        Raises ``ModelError`` for a library that does not accept how this machine is set up.
        """
        if self._name.provider.shape != "openai" or not fits(request):
            return None  # answers in other forms are the library's to read, and it does not read without writing
        key = (id(request.schema), request.schema_name, mode, *shape_of(request))
        async with self._learning:
            if key not in self._forms:
                form = shelf.take(request, mode, self._endpoint)
                if form is None:
                    sign = marked(request)
                    try:
                        sent = await self._library.write(sign, mode)
                    except ModelError:
                        raise
                    except Exception:  # noqa: BLE001  # whatever it is, the request itself meets it again
                        return None
                    form = learn(sent, sign)
                    if form is not None:
                        shelf.put(form, request, mode, self._endpoint)
                if len(self._forms) >= MOST_FORMS:
                    self._forms.clear()
                self._forms[key] = (request.schema, form)  # held, so that no other schema gets its number
            return self._forms[key][1]

    async def _fill(self, form: Form, request: CallRequest, mode: Ran) -> Told:
        """Send a request of a known form, and read its answer."""
        sent = form.fill(request)
        headers = [*form.headers, (b"content-length", b"%d" % len(sent))]
        come = await self._line.exchange(form.origin, form.target, headers, sent)
        status = come.status or 0
        if status >= 300:
            raise Refused(f"status {status}")  # told at once: others may have to wait, and the library takes a second
        plain = read_plain(self._name.provider.shape, status, come.received)
        return plain or await self._library.read(request, mode, come)

    def _exchange(self, one: Taken, mode: Ran, waited: float, answer: Told | None) -> Exchange:
        error = None if one.error is None else without(one.error, self._key)[:500]
        usage = _usage_of(one, answer)
        return Exchange(mode, one.status, round(one.seconds, 6), round(waited, 3), one.headers, error, usage)

    def _response(
        self,
        request: CallRequest,
        answer: Told,
        wire: Wire,
        mode: Ran,
        begun: float,
        exchanges: tuple[Exchange, ...],
    ) -> CallResponse:
        text = without(answer.text.encode("utf-8", "replace").decode(), self._key)
        return CallResponse(
            text=text,
            parsed=parse(text),
            usage=answer.usage,
            model=answer.model or self._name.model,
            fingerprint=_fingerprint(wire.received),
            finish=answer.finish,
            mode=mode,
            seconds=round(time.monotonic() - begun, 6),
            exchanges=exchanges,
            unsent=unsent(request, wire.sent),
        )


def _usage_of(one: Taken, answer: Told | None) -> Usage | None:
    """What an exchange is charged: nothing where it never arrived or was refused, else what it says."""
    if not one.reached or not (one.status is None or 200 <= one.status < 300):
        return None
    counted = Usage() if answer is None else answer.usage
    return told_usage(one.received) if counted.input_tokens is None else counted


def _fingerprint(received: bytes) -> str | None:
    """The build that answered, where the provider names one beside the model."""
    told = bytes(members(received).get("system_fingerprint", b"null")).decode("utf-8", "replace")
    try:
        found = msgspec.json.decode(told)
    except msgspec.DecodeError:  # half a character
        return None
    return found if isinstance(found, str) else None
