"""Calling the command line in process, and the files that tests of it bring."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from persona.cli.app import root

INTERVIEWS = {
    "P01.txt": """Interviewer: What do you try to get done when you open the shop?
P01: I want to finish the weekly order in ten minutes. I compare three suppliers before I buy anything.
Interviewer: What gets in your way?
P01: The stock page loads so slowly that I give up twice a week. I never trust the delivery date.
""",
    "P02.txt": """Interviewer: What do you try to get done when you open the shop?
P02: My goal is to keep the shelves full without calling anybody. I check the stock list every morning.
Interviewer: What gets in your way?
P02: It is frustrating that the search does not understand our product names. I write them on paper instead.
""",
    "P03.md": """---
participant: P03
age: 41
occupation: baker
---

**Interviewer**

What do you try to get done when you open the shop?

**P03**

I need flour on the table before four in the morning. I order by telephone because the site forgets my basket.
""",
}
VARIANTS = """- name: conservative
  parameters: {temperature: 0.3}
- name: balanced
  parameters: {temperature: 0.7}
"""


class Said(NamedTuple):
    """What a call of the command line printed and how it ended."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        """The envelope on stdout."""
        return json.loads(self.out)


Say = Callable[..., Said]


def call(*arguments: str) -> Said:
    """Run one command in process, as the entry point does, without a terminal."""
    result = CliRunner().invoke(root, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Said(result.exit_code, result.stdout, result.stderr)


def write_interviews(folder: Path) -> Path:
    folder.mkdir()
    for name, text in INTERVIEWS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
