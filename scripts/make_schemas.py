"""Write ``docs/schemas/`` from the structs, for editors and for checkers of other languages; ``--check`` compares."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from persona.cli.envelope import SCHEMA as ENVELOPE
from persona.exports.openlineage.own import OWN, schema_of
from persona.model.experiment_schema import experiment_schema
from persona.model.schema import persona_set_schema

PLACE = Path(__file__).resolve().parent.parent / "docs/schemas"


def pages() -> dict[str, str]:
    """The text of each published schema, by file name; the number in a name is its version."""
    published = {
        "persona-set-1.schema.json": persona_set_schema(),
        "envelope-1.schema.json": ENVELOPE,
        "experiment-1.schema.json": experiment_schema(),
        **{
            f"openlineage-{name.removeprefix('persona_')}-{one.version}.schema.json": schema_of(name)
            for name, one in OWN.items()
        },
    }
    return {name: json.dumps(rules, indent=2, ensure_ascii=False) + "\n" for name, rules in published.items()}


def main() -> int:
    """Write the schemas, or compare them; the exit status."""
    for name, text in pages().items():
        page = PLACE / name
        if "--check" not in sys.argv:
            PLACE.mkdir(exist_ok=True)
            page.write_text(text, encoding="utf-8")
        elif not page.exists() or page.read_text(encoding="utf-8") != text:
            print(f"docs/schemas/{name} is not what the structs say; run `make docs`")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
