"""The desk where calls are made: so many in flight at once, for one run or for many, each answer handed over at once.

One event loop in a thread of its own holds the open models. The threads that ask wait for their answers and write them
down themselves, so that writing never holds up the line.
"""

from __future__ import annotations

import asyncio
import threading
import warnings
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

from persona.errors import ModelError, Stopped
from persona.llm.base import CallFailed, Model
from persona.llm.budget import Budget
from persona.model.calls import Answered, CallRequest

Took = Callable[[Sequence[tuple[int, "Answered | CallFailed"]]], None]
"""What is done with answers, each after the place of its request, before anything that follows from them.

Those that have come by the time somebody looks are handed over together, so that they can be written down together.
"""

Answer = tuple[int, "Answered | CallFailed", "asyncio.Future[None]"]


class Desk:
    """Calls in flight, at most ``jobs`` at once over all who ask. Use it as a context manager, or call ``close``.

    As many answers again may wait to be written down: a call that has been answered does not keep the next one from
    being asked, and what a killed process loses stays bounded.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = max(1, jobs)
        self._models: dict[str, Model] = {}
        self._stopped: str | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._free: asyncio.Semaphore | None = None
        self._unwritten: asyncio.Semaphore | None = None
        self._lock = threading.Lock()

    def ask_all(
        self,
        open_model: Callable[[], Model],
        name: str,
        requests: Sequence[CallRequest],
        took: Took,
        *,
        deadline: float,
        budget: Budget,
    ) -> None:
        """Ask everything, each within ``deadline`` seconds. A model is opened once for each ``name``.

        After the first failure, and when the budget is reached, nothing more is asked; what is in flight is waited for,
        because it is paid. Then the failure is raised: ``CallFailed``, ``ModelError`` for the budget, ``Stopped`` when
        the desk was told to stop.
        """
        with _quiet():
            self._ask_all(_Asked(self, open_model, name, requests, deadline, budget), took)

    def _ask_all(self, asked: _Asked, took: Took) -> None:
        future = asyncio.run_coroutine_threadsafe(asked.all(), self._started())
        interrupted: BaseException | None = None
        while True:
            try:
                answers = _waiting(asked.answers)
                if not answers:
                    break
                try:
                    took([(place, what) for place, what, _ in answers])
                finally:
                    written = [one for _, _, one in answers]
                    written[0].get_loop().call_soon_threadsafe(_set, written)
            except BaseException as error:  # raised below, after what is paid has come
                if interrupted is not None:
                    future.cancel()
                    raise
                interrupted = error
                asked.given_up = True
        if interrupted is not None:
            raise interrupted
        future.result()
        if asked.failures:  # raised here and not in the loop, which an interrupt would end
            raise asked.failures[0]

    def stop(self, status: str) -> None:
        """Ask nothing more; what is in flight still comes, and then ``ask_all`` raises ``Stopped`` with ``status``."""
        self._stopped = status

    def close(self) -> None:
        """Close the models and the loop."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        with suppress(TimeoutError, RuntimeError):  # what cannot be closed goes with the process
            asyncio.run_coroutine_threadsafe(self._close_models(), loop).result(timeout=5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)

    async def _close_models(self) -> None:
        for model in self._models.values():
            await model.close()
        self._models = {}

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = _new_loop()
                self._free = asyncio.Semaphore(self._jobs)
                self._unwritten = asyncio.Semaphore(2 * self._jobs)  # in flight, or answered and not on record yet
                self._thread = threading.Thread(target=_run, args=(self._loop,), name="calls", daemon=True)
                self._thread.start()
            return self._loop

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


_asking = 0
_asking_lock = threading.Lock()
_heard: list[warnings.catch_warnings[None]] = []


@contextmanager
def _quiet() -> Iterator[None]:
    """While anything is asked, the libraries' warnings are not shown: of models near their end, of settings ignored.

    What is warned of belongs to the process and not to a thread, so the first who asks turns it off and the last on.
    """
    global _asking
    with _asking_lock:
        if not _asking:
            _heard.append(warnings.catch_warnings(action="ignore"))
            _heard[-1].__enter__()
        _asking += 1
    try:
        yield
    finally:
        with _asking_lock:
            _asking -= 1
            if not _asking:
                _heard.pop().__exit__(None, None, None)


def _waiting(answers: SimpleQueue[Answer | None]) -> list[Answer]:
    """The next answer and all that have come with it; none when no more will come."""
    first = answers.get()
    found = [] if first is None else [first]
    while found and not answers.empty():
        following = answers.get()
        if following is None:
            answers.put(None)  # the end, to be found again when these are done with
            break
        found.append(following)
    return found


def _set(written: Sequence[asyncio.Future[None]]) -> None:
    for one in written:
        if not one.done():
            one.set_result(None)


def _new_loop() -> asyncio.AbstractEventLoop:
    """The loop of libuv where it is installed, which takes less of the processor; else Python's own."""
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


class _Asked:
    """What one thread asked for. Lives in the loop, but for ``given_up``, which the thread sets."""

    def __init__(
        self,
        desk: Desk,
        open_model: Callable[[], Model],
        name: str,
        requests: Sequence[CallRequest],
        deadline: float,
        budget: Budget,
    ) -> None:
        self._desk = desk
        self._open = open_model
        self._name = name
        self._requests = requests
        self._deadline = deadline
        self._budget = budget
        self._left = list(range(len(requests)))[::-1]
        self.answers: SimpleQueue[Answer | None] = SimpleQueue()
        self.failures: list[Exception | Stopped] = []
        self.given_up = False

    async def all(self) -> None:
        """Everything, and the first failure."""
        try:
            if self._name not in self._desk._models:
                self._desk._models[self._name] = self._open()
            model = self._desk._models[self._name]
            workers: list[Coroutine[Any, Any, None]] = [
                self._work(model) for _ in range(min(self._desk._jobs, len(self._requests)))
            ]
            await asyncio.gather(*workers)
        finally:
            self.answers.put(None)

    async def _work(self, model: Model) -> None:
        free, unwritten = self._desk._free, self._desk._unwritten
        assert free is not None, "the desk has started"
        assert unwritten is not None, "the same"
        while self._left and not self._is_over:
            async with unwritten:
                async with free:
                    if not self._left or self._is_over:
                        return
                    if self._desk._stopped:
                        self.failures.append(Stopped(self._desk._stopped))
                        return
                    place = self._left.pop()
                    answer = await self._one(model, place)
                if answer is not None:
                    written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    self.answers.put((place, answer, written))
                    await written

    @property
    def _is_over(self) -> bool:
        return bool(self.failures) or self.given_up

    async def _one(self, model: Model, place: int) -> Answered | CallFailed | None:
        """Ask one thing. None where nothing was asked, or nothing came that could be written down."""
        request = self._requests[place]
        account = self._budget.account(request, self._deadline, lambda: self._is_over or bool(self._desk._stopped))
        try:
            await account.reserve()
            return await model.ask(request, self._deadline, account)
        except CallFailed as error:
            self.failures.append(error)
            return error
        except ModelError as error:
            self.failures.append(Stopped(self._desk._stopped) if self._desk._stopped else error)
        except Exception as error:  # noqa: BLE001  # whatever a library raises, what the others were answered is kept
            self.failures.append(error)
        finally:
            account.settle(None)  # what is set aside and not spent is free again
        return None
