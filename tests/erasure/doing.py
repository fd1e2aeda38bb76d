"""What is done with the words of people before one of them withdraws."""

from __future__ import annotations

from pathlib import Path

from persona.workspace import Workspace

EXPERIMENT = """name: two
variants:
  - name: cold
    parameters: {temperature: 0.0, model: extractive, count: 1}
  - name: warm
    parameters: {temperature: 0.7, model: extractive, count: 1}
"""


def do_much(shop: Workspace, folder: Path) -> None:
    """Personas by a model, an experiment, a comparison and a report."""
    shop.generate(flags={"count": 1})
    (folder / "two.yaml").write_text(EXPERIMENT, encoding="utf-8")
    shop.experiment.create(file=folder / "two.yaml")
    shop.experiment.run("two", repeats=2)
    shop.comparing.compare(["two"])
    shop.report()
