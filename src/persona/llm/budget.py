"""A budget that stops before it is exceeded: each call reserves the most it can cost before it is made."""

from __future__ import annotations

from persona.errors import ModelError
from persona.llm import prices
from persona.model.calls import CallRequest, CallResponse

LONGEST_ANSWER = 4096
"""Tokens reserved for an answer when the request bounds none."""

TOKENS_A_BYTE = 0.4
"""Tokens of a prompt per byte at first: more than any language we measured needs, until an answer tells the truth."""

OVERHEAD = 60
"""Tokens that the form of a request adds."""


class Budget:
    """So much money and so many tokens. None means without limit. Reused answers cost nothing and are not counted."""

    def __init__(self, max_cost: float | None = None, max_tokens: int | None = None) -> None:
        self.max_cost = max_cost
        self.max_tokens = max_tokens
        self.cost = 0.0
        self.tokens = 0
        self._held_cost = 0.0
        self._held_tokens = 0
        self._rate = TOKENS_A_BYTE

    def reserve(self, request: CallRequest) -> tuple[float, int]:
        """Set aside the most that a call can take. Raises ``ModelError`` when that is more than is left."""
        took, gave = self.bound(request)
        tokens = took + gave
        cost = 0.0
        if self.max_cost is not None:
            price = prices.estimate(request.provider, request.model, took, gave)
            if price is None:
                raise ModelError(
                    f"no price is known for `{request.model}`, so its cost cannot be kept under a limit",
                    code="model-price",
                    place="--max-cost",
                    hints=["limit the tokens instead: `--max-total-tokens 100000`"],
                )
            cost = price
            if self.cost + self._held_cost + cost > self.max_cost:
                raise self._reached(f"${self.max_cost:g}", f"${self.cost:.4f} are spent", f"${cost:.4f}", "--max-cost")
        if self.max_tokens is not None and self.tokens + self._held_tokens + tokens > self.max_tokens:
            raise self._reached(
                f"{self.max_tokens:,} tokens", f"{self.tokens:,} are used", f"{tokens:,}", "--max-total-tokens"
            )
        self._held_cost += cost
        self._held_tokens += tokens
        return cost, tokens

    def settle(self, request: CallRequest, reserved: tuple[float, int], response: CallResponse | None) -> None:
        """Put what a call took in place of what was set aside for it. A failed call counts as nothing."""
        self._held_cost -= reserved[0]
        self._held_tokens -= reserved[1]
        if response is None:
            return
        took, gave = response.usage.input_tokens, response.usage.output_tokens
        if took is None or gave is None:  # the provider does not say: what was set aside is taken as used
            self.tokens += reserved[1]
            self.cost += reserved[0]
            return
        self.tokens += took + gave
        self.cost += prices.estimate(request.provider, request.model, took, gave) or 0.0
        self._rate = max(took / max(1, _bytes(request)) * 1.1, 0.05)

    def bound(self, request: CallRequest) -> tuple[int, int]:
        """The most tokens a call can take and give, as far as can be known before."""
        return int(_bytes(request) * self._rate) + OVERHEAD, request.max_tokens or LONGEST_ANSWER

    def _reached(self, limit: str, used: str, next: str, place: str) -> ModelError:
        return ModelError(
            f"the budget of {limit} would be exceeded: {used}, and the next call may take {next}",
            code="budget-reached",
            place=place,
            hints=["raise the limit and run it again: calls that were answered are not made twice"],
        )


def _bytes(request: CallRequest) -> int:
    from msgspec.json import encode

    return sum(len(message.text.encode()) for message in request.messages) + len(encode(request.schema))
