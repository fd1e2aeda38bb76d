"""How sure a difference between variants of an experiment is. Numbers in, structs out; no storage, no clock.

What each number means, with sources and limits, stands in ``docs/statistics.md``.
"""

from __future__ import annotations

from persona.statistics.comparing import Question, compare_all, compare_pairs
from persona.statistics.evidence import adjusted_logs, evidence, log_mean
from persona.statistics.families import benjamini_hochberg, holm
from persona.statistics.groups import compare_groups
from persona.statistics.meta import combine, combine_comparisons
from persona.statistics.pairing import averaged
from persona.statistics.permutation import least_p, least_pairs
from persona.statistics.planning import pairs_needed, power_of_pairs
from persona.statistics.proportions import mcnemar, share_difference, share_interval
from persona.statistics.several import compare_several
from persona.statistics.stopping import look
from persona.statistics.verdicts import settled

__all__ = [
    "Question",
    "adjusted_logs",
    "averaged",
    "benjamini_hochberg",
    "combine",
    "combine_comparisons",
    "compare_all",
    "compare_groups",
    "compare_pairs",
    "compare_several",
    "evidence",
    "holm",
    "least_p",
    "least_pairs",
    "log_mean",
    "look",
    "mcnemar",
    "pairs_needed",
    "power_of_pairs",
    "settled",
    "share_difference",
    "share_interval",
]
