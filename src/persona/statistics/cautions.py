"""What to know before believing a comparison, in sentences."""

from __future__ import annotations

from persona.model.comparisons import Caution
from persona.statistics.evidence import SKEW
from persona.statistics.verdicts import LEAST_VALUES

SKEWED = (
    f"the differences are skewed beyond {SKEW}: stopping early by the e-value gives more false alarms than alpha; run "
    "a number of pairs that was fixed beforehand, and read the interval, which suffers least from skew"
)


DISAGREE = (
    "the test is significant and the interval holds 0: the differences are few or skewed; do not lean on this alone"
)


def few(n: int, things: str) -> Caution:
    """Too few for any inference."""
    return Caution("few", f"{n} {things}: the values are shown, and nothing is inferred below {LEAST_VALUES}")


def cannot(least: float, alpha: float, size: str, helps: str = "") -> Caution:
    """So few that not even the clearest difference is significant."""
    text = f"{size} cannot be significant in the exact test: its least p is {least:.4g}, above alpha {alpha:g}{helps}"
    return Caution("cannot-be-significant", text)


def still(both: bool, differences: bool, deterministic: bool | None) -> list[Caution]:
    """What values without spread mean: copies of one result, or a difference that is the same every time."""
    if deterministic or (both and deterministic is None):
        text = (
            "the repeats are copies of one result (variance 0): n = 1 effective; vary the inputs, for example by "
            "drawing participants anew"
        )
        return [Caution("one-effective", text)]
    if differences:
        text = "every difference is the same: the interval has width 0 because there is no spread, not for certainty"
        return [Caution("no-spread", text)]
    return []


def lost(dropped: int, unmatched: int) -> list[Caution]:
    """How many were left out, and why."""
    found = []
    if dropped:
        found.append(f"{dropped} left out because a value was missing or not finite")
    if unmatched:
        found.append(f"{unmatched} on one side only")
    return [Caution("dropped", "; ".join(found))] if found else []
