"""The state of the git work tree that a run was started in: commit, branch, and what was changed since."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from typing import NamedTuple

LARGEST_DIFF = 1_000_000
"""Bytes of a diff that is kept; a longer one is cut, and said to be."""

PATIENCE = 3.0
"""Seconds that git may take. A work tree that needs longer is recorded as not looked at."""

_LEFT_OUT = (
    ":(exclude,glob)**/.persona/**",
    ":(exclude,glob)**/projects/*/sources/**",
    ":(exclude,glob)**/projects/*/runs/**",
    ":(exclude,glob)**/projects/*/experiments/*/runs/**",
)
"""What of a workspace may lie in a work tree and holds words of participants."""


class WorkCopy(NamedTuple):
    """A commit, its branch (None: detached), the changes of tracked files as a diff, and how many files are untracked.

    ``cut`` says that the diff was longer than what is kept.
    """

    commit: str
    branch: str | None
    diff: bytes
    cut: bool
    untracked: int


def work_copy() -> WorkCopy | None:
    """The work tree of the current folder; None where there is none, no git, or no answer in time.

    Looked at once per process and folder: a program that starts a thousand runs pays once.
    """
    try:
        return _look(os.getcwd())  # noqa: PTH109  # a string, to be remembered by
    except OSError:
        return None


@cache
def _look(folder: str) -> WorkCopy | None:
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    if not commit:
        return None
    branch = _git(folder, "symbolic-ref", "--quiet", "--short", "HEAD")
    diff = _git(folder, "diff", "HEAD", "--no-ext-diff", "--no-textconv", "--no-color", "--", ":/", *_LEFT_OUT)
    listed = _git(folder, "ls-files", "--others", "--exclude-standard", "-z", "--", ":/")
    if diff is None or listed is None:
        return None
    name = branch.decode("utf-8", "replace").strip() if branch else None
    return WorkCopy(commit.decode().strip(), name, diff[:LARGEST_DIFF], len(diff) > LARGEST_DIFF, listed.count(b"\0"))


def _git(folder: str, *words: str) -> bytes | None:
    """What git answers, with everything off that a repository of somebody else could make it run."""
    safe = [
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.pager=cat",
        "--no-optional-locks",
    ]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603  # the words are ours
            ["git", *safe, *words],  # noqa: S607  # the git that the person uses
            cwd=folder,
            env=environment | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else b"" if words[0] == "symbolic-ref" else None
