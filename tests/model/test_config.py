"""Settings: the cascade, and who won."""

from __future__ import annotations

from pathlib import Path

import pytest

from persona.config import LAYERS, LayerValues, environment_layer, file_layer, resolve
from persona.errors import InvalidInput


def test_each_layer_beats_the_ones_below_it() -> None:
    layers = [LayerValues(layer, f"place {layer}", {"seed": index}) for index, layer in enumerate(LAYERS[:-1])]
    for index, layer in enumerate(LAYERS[:-1]):
        found = resolve("seed", list(reversed(layers[index:])))
        assert (found.value, found.layer) == (index, layer)
        assert len(found.beaten) == len(LAYERS) - 1 - index
    assert resolve("seed", []).layer == "default"


def test_the_environment_names_its_variable_and_is_checked() -> None:
    found = resolve("temperature", [environment_layer({"PERSONA_TEMPERATURE": "0.7"})])
    assert (found.value, found.layer, found.place) == (0.7, "environment", "PERSONA_TEMPERATURE")
    with pytest.raises(InvalidInput, match="must be a number"):
        resolve("temperature", [environment_layer({"PERSONA_TEMPERATURE": "warm"})])


def test_a_file_with_an_unknown_setting_is_refused_with_the_nearest(tmp_path: Path) -> None:
    file = tmp_path / "persona.yaml"
    assert file_layer("workspace", file).values == {}
    file.write_text("modle: x\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="not a setting") as caught:
        file_layer("workspace", file)
    assert caught.value.hints == ("did you mean `model`?",)
