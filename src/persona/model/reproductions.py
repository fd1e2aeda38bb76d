"""What came of doing a run again, and what differs between two plans: verdicts with their reasons."""

from __future__ import annotations

from typing import Literal

import msgspec

from persona.model.canonical import Digest

Level = Literal["verify", "replay", "rerun", "environment"]
LEVELS: dict[Level, str] = {
    "verify": "the recorded bytes are read and hashed again, and every quotation is anchored again; nothing is made",
    "replay": "the personas are made again from the sealed recipe and inputs, without network; nothing is recorded",
    "rerun": "a new run of the same plan, recorded with the tag `reproduces`",
    "environment": "the recorded environment is compared with the present one; nothing is made, built or run",
}
"""The grades of reproduction and what each of them shows. None claims more than it checked."""

Verdict = Literal["identical", "equivalent", "different", "missing"]
Cause = Literal["input", "prompt", "parameter", "code", "environment", "nondeterminism"]
CAUSES: tuple[Cause, ...] = ("input", "prompt", "parameter", "code", "environment", "nondeterminism")
"""Classes of cause in the order in which they explain a difference: a changed input comes before a changed library."""


class Difference(msgspec.Struct, frozen=True):
    """One part that differs between two plans or two moments: its path, its class, and both values (None: absent)."""

    part: str
    cause: Cause
    before: str | None
    after: str | None


class OutputVerdict(msgspec.Struct, frozen=True):
    """What became of one recorded output. ``found`` is the digest now, None where there is none."""

    name: str
    recorded: Digest
    found: Digest | None
    verdict: Verdict
    message: str


class Reproduction(msgspec.Struct, frozen=True):
    """The answer of ``persona run reproduce``.

    ``verdict`` is the worst of the outputs. ``changes`` lists what differs between then and now, whether or not it
    mattered. Where outputs differ, ``diverged`` names the first step that did and ``cause`` the class that explains
    it: the first of ``CAUSES`` among the changes, else nondeterminism. ``run`` is the run of a ``rerun``.
    """

    of: str
    level: Level
    verdict: Verdict
    outputs: tuple[OutputVerdict, ...]
    changes: tuple[Difference, ...]
    diverged: str | None = None
    cause: Cause | None = None
    run: str | None = None


class Comparison(msgspec.Struct, frozen=True):
    """The answer of ``persona why``: a run beside another, and every part of the plan that differs.

    ``before`` is None when there is no other run. ``same_output`` is None unless both runs have personas.
    """

    run: str
    before: str | None
    differences: tuple[Difference, ...]
    same_output: bool | None
    reason: str
