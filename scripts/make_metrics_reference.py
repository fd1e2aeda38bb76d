"""Write ``docs/metrics.md`` from the registry of metrics; ``--check`` compares."""

from __future__ import annotations

import sys
from pathlib import Path

from persona.metrics.definitions import PARTS, REGISTRY

PAGE = Path(__file__).resolve().parent.parent / "docs/metrics.md"
BETTER = {"up": "higher is better", "down": "lower is better", "none": "reported, not ranked"}


def page() -> str:
    """The page: every metric with its definition, then R-016's four scores."""
    lines = [
        "# Measures",
        "",
        "Made from `persona.metrics.REGISTRY` by `scripts/make_metrics_reference.py`. Each value is stored with its",
        "run, with its version, denominator, details per item and a status: `ok`, `not_applicable` (nothing to count",
        "over) or `not_enough_data`.",
        "",
    ]
    for one in REGISTRY.values():
        low, high = one.span
        lines += [
            f"## {one.name}",
            "",
            f"Version {one.version}; {low:g} to {high:g}; {BETTER[one.direction]}; counted over {one.denominator}.",
            "",
            f"> {one.formula}",
            "",
        ]
    lines += ["## The four scores of R-016", "", "Derived, and always shown with their parts.", ""]
    for score in PARTS.values():
        lines.append(f"- `{score.name}` (version {score.version}, {BETTER[score.direction]}): {score.formula}")
    lines.append("")
    return "\n".join(lines)


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
