"""At which address a model is asked, and which addresses the person at hand has named.

An address belongs to a provider. One that was written down for a server of one's own must not receive the key of
another provider because somebody asks for another model; nor may a file that came with somebody's workspace decide
where a key goes.
"""

from __future__ import annotations

from collections.abc import Sequence

from persona.config import LAYERS, LIMITS, SETTINGS, LayerValues, Setting, resolve
from persona.llm.providers import find_model
from persona.model.calls import Limits

OWN = ("flag", "environment", "user")
"""The layers that only the person at hand writes; those of workspaces and projects come with a folder."""


def endpoint_for(model: str, layers: Sequence[LayerValues]) -> Setting:
    """The address for a model: the strongest that was not given for a model of another provider.

    An address belongs to the model as it stands in its own layer or a weaker one. One on the command line is always
    meant, and so is one that stands beside no model.
    """
    ordered = sorted(layers, key=lambda one: LAYERS.index(one.layer))
    for place, one in enumerate(ordered):
        if one.values.get("endpoint") is None:
            continue
        beside = str(resolve("model", list(ordered[place:])).value)
        if one.layer == "flag" or _same_provider(model, beside):
            return resolve("endpoint", [one])
    return Setting("endpoint", SETTINGS["endpoint"].default, "default", "built in", ())


def limits_of(layers: Sequence[LayerValues]) -> Limits:
    """The limits under which models are asked, and the addresses that the person named."""
    named = [one.values.get("endpoint") for one in layers if one.layer in OWN]
    vouched = tuple(str(address).rstrip("/") for address in named if address)
    return Limits(**{name: resolve(name, list(layers)).value for name in LIMITS}, vouched=vouched)


def _same_provider(model: str, beside: str) -> bool:
    asked, other = find_model(model), find_model(beside)
    return asked is None or other is None or asked.provider == other.provider
