"""The narrow door: one call to a language model."""

from __future__ import annotations

from typing import Protocol

from persona.errors import ModelError
from persona.model.calls import Answered, CallRequest, Exchange, Wire


class CallFailed(ModelError):
    """A call that came to nothing, with the exchanges it took and the bytes of the last one."""

    def __init__(self, error: ModelError, exchanges: tuple[Exchange, ...], wire: Wire, seconds: float) -> None:
        super().__init__(error.message, code=error.code, place=error.place, hints=error.hints, data=error.data)
        self.exchanges = exchanges
        self.wire = wire
        self.seconds = seconds


class Model(Protocol):
    """What every language model is. One contract suite (``tests/llm/test_contract.py``) runs against each provider."""

    async def ask(self, request: CallRequest, deadline: float) -> Answered:
        """Ask once, within ``deadline`` seconds, retries and their waits included.

        Raises ``CallFailed``: no answer came in time, or none that can be used.
        """
        ...

    async def close(self) -> None:
        """Release the connections."""
        ...
