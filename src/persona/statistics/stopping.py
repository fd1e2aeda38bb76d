"""Looking after every pair, with an end: an early stop for clear differences, and a full test at a planned number.

The e-value alone may be looked at for ever and pays for that with power. Where the number of pairs was fixed
beforehand, a small part of alpha is enough for stopping early, and the rest goes to the sign-flip test at the end. The
chance of a false alarm is at most the sum of both parts.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log

from persona.errors import UsageError
from persona.model.comparisons import Look
from persona.statistics.evidence import log_e_values
from persona.statistics.permutation import least_p, sign_flip
from persona.statistics.rows import row

EARLY = 0.2
"""The part of alpha for stopping early: 0.01 of 0.05. ``bench/bench_statistics.py`` measured what it costs."""


def look(differences: Iterable[float], planned: int, alpha: float = 0.05, early: float = EARLY, seed: int = 0) -> Look:
    """What to do after these paired differences, in the order in which they were made.

    Pairs beyond the planned number are not looked at: the question was settled there. Raises ``UsageError`` when so few
    planned pairs can never be significant, or for settings out of range; ``InvalidInput`` for unusable values.
    """
    if not 0 < alpha < 1 or not 0 <= early < 1:
        raise UsageError(
            f"alpha is {alpha} and the part for stopping early {early}; both lie between 0 and 1",
            code="comparison-setting",
            hints=["take 0.05 and 0.2"],
        )
    final = alpha * (1 - early)
    if least_p(planned) > final:
        raise UsageError(
            f"{planned} planned pairs cannot be significant at {final:.4g}: their least p is {least_p(planned):.4g}",
            code="comparison-setting",
            hints=["plan at least 8 pairs; 15 are suggested"],
        )
    values = row(differences)[:planned]
    logs = log_e_values(values[None, :])[0][0]
    reached = [at for at, one in enumerate(logs, start=1) if early and one >= -log(alpha * early)]
    done = len(values) == planned
    p = sign_flip(values, seed).p if done else None
    at = reached[0] if reached else planned if done else None
    if reached or (p is not None and p <= final):
        return Look("difference", at, len(values), planned, alpha * early, final, float(logs[-1]), p)
    return Look(
        "no difference shown" if done else "go on", at, len(values), planned, alpha * early, final, float(logs[-1]), p
    )
