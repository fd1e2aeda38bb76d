"""What a call costs: an estimate from public price lists, in US dollars, or None where no price is known."""

from __future__ import annotations

import time
from functools import cache, lru_cache

from persona.llm.providers import PROVIDERS


@cache
def version() -> str:
    """The version of the price list, which is recorded beside an estimate."""
    from importlib.metadata import version

    return f"genai-prices {version('genai-prices')}"


def estimate(provider: str, model: str, input_tokens: int, output_tokens: int) -> float | None:
    """The price of so many tokens now. A model on this machine costs nothing."""
    return _estimate(provider, model, input_tokens, output_tokens, int(time.time() // 60))


@lru_cache(maxsize=256)
def _estimate(provider: str, model: str, input_tokens: int, output_tokens: int, _minute: int) -> float | None:
    """As above; kept for its minute, because budget and record ask the same, and prices may hang on the time of day."""
    if PROVIDERS[provider].local:
        return 0.0
    from genai_prices import Usage, calc_price

    listed = {"azure": "azure", "bedrock": "aws"}.get(provider, provider)
    try:
        price = calc_price(
            Usage(input_tokens=input_tokens, output_tokens=output_tokens), model_ref=model, provider_id=listed
        )
    except LookupError:
        return None
    return float(price.total_price)
