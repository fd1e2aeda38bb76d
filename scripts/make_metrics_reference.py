"""Write ``docs/metrics.md`` from the registry of metrics; ``--check`` compares."""

from __future__ import annotations

import sys
from pathlib import Path

from persona.metrics.definitions import ACROSS, PARTS, REGISTRY, Definition

PAGE = Path(__file__).resolve().parent.parent / "docs/metrics.md"
BETTER = {"up": "higher is better", "down": "lower is better", "none": "reported, not ranked"}


def page() -> str:
    """The page: every metric with its definition, then R-016's four scores."""
    lines = [
        "# Measures",
        "",
        "Made from `persona.metrics` by `scripts/make_metrics_reference.py`. Each value is stored with its",
        "run, with its version, denominator, details per item and a status: `ok`, `not_applicable` (nothing to count",
        "over), `not_enough_data`, or `failed` for a metric of a plugin that broke. More metrics come by",
        "[plugins](plugins.md).",
        "",
    ]
    for one in REGISTRY.values():
        lines += _section(one, "")
    for one in ACROSS.values():
        lines += _section(one, "; measured over several runs by `persona metrics across`")
    lines += ["## The four scores of R-016", "", "Derived, and always shown with their parts.", ""]
    for score in PARTS.values():
        lines.append(f"- `{score.name}` (version {score.version}, {BETTER[score.direction]}): {score.formula}")
    lines.append("")
    return "\n".join(lines)


def _section(one: Definition, over: str) -> list[str]:
    low, high = one.span
    head = f"Version {one.version}; {low:g} to {high:g}; {BETTER[one.direction]}; counted over {one.denominator}{over}."
    return [f"## {one.name}", "", head, "", f"> {one.formula}", ""]


def main() -> int:
    """Write the page, or compare it; the exit status."""
    text = page()
    if "--check" in sys.argv:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != text:
            print("docs/metrics.md is not what the registry says; run `make docs`")
            return 1
        return 0
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
