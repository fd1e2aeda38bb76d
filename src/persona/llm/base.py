"""The narrow door: one call to a language model."""

from __future__ import annotations

from typing import Protocol

from persona.errors import ModelError
from persona.model.calls import Answered, CallRequest, Exchange, Usage, Wire


class CallFailed(ModelError):
    """A call that came to nothing, with the exchanges it took and the bytes of the last one."""

    def __init__(self, error: ModelError, exchanges: tuple[Exchange, ...], wire: Wire, seconds: float) -> None:
        super().__init__(error.message, code=error.code, place=error.place, hints=error.hints, data=error.data)
        self.exchanges = exchanges
        self.wire = wire
        self.seconds = seconds


class Account(Protocol):
    """What one call may spend, exchange by exchange."""

    async def reserve(self) -> None:
        """Set aside the most that one exchange can take, unless that is done.

        Raises ``ModelError`` when it is more than is left.
        """
        ...

    def settle(self, usage: Usage | None) -> None:
        """Put what an exchange took in place of what was set aside; None where it costs nothing."""
        ...


class Model(Protocol):
    """What every language model is. One contract suite (``tests/llm/test_contract.py``) runs against each provider."""

    async def ask(self, request: CallRequest, deadline: float, account: Account) -> Answered:
        """Ask once, within ``deadline`` seconds, retries and waits included; ``account`` pays each exchange.

        Raises ``CallFailed``: no answer came in time, none that can be used, or the account has no more. Raises
        ``ModelError`` before anything is asked where this machine is not set up for it.
        """
        ...

    async def close(self) -> None:
        """Release the connections."""
        ...
