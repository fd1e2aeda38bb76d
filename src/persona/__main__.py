"""``python -m persona`` is the command ``persona``."""

from __future__ import annotations

from persona.cli.__main__ import main

if __name__ == "__main__":
    main()
