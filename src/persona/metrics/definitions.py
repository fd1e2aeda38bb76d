"""What is measured, as data: name, version, direction, range and formula, in one table that the docs are made from."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from persona.model.measures import Measure


class Definition(NamedTuple):
    """A metric before it is measured. ``denominator`` says in words what its values are counted over.

    ``direction`` says which way is better (``none``: reported, not ranked), ``span`` the range that values can take.
    """

    name: str
    version: str
    direction: Literal["up", "down", "none"]
    span: tuple[float, float]
    denominator: str
    formula: str

    def measure(self, value: float | None, count: int, **details: Any) -> Measure:
        """A value of this metric. None, or nothing to count over, is ``not_applicable``."""
        if value is None or count == 0:
            return Measure(self.name, self.version, None, "not_applicable", self.direction, self.span, count, details)
        return Measure(self.name, self.version, round(value, 6), "ok", self.direction, self.span, count, details)

    def too_few(self, count: int, reason: str) -> Measure:
        """The metric where there are too few items to measure."""
        details = {"reason": reason}
        return Measure(self.name, self.version, None, "not_enough_data", self.direction, self.span, count, details)


_ALL = (
    Definition(
        "schema_validity", "1.1", "up", (0, 1), "personas",
        "personas valid against the JSON Schema / personas, as stored, so after any repair; in the details of engines that "
        "write, the shares of personas or of a model's answers valid at the first attempt and after repair, and of required "
        "fields the share that holds something",
    ),
    Definition("field_fill", "1.0", "up", (0, 1), "fields of personas", "fields that are not null / fields, over all personas"),
    Definition(
        "quote_verbatim", "1.0", "up", (0, 1), "evidence spans",
        "spans whose words equal the quotation, inside one turn of the participant named / spans",
    ),
    Definition(
        "faithfulness", "1.0", "up", (0, 1), "claims that assert something",
        "claims supported / claims. Supported: verbatim and exact; or with evidence whose nearest sentence has cosine "
        "of at least 0.29 to the claim (WordLlama); or a theme or summary that names words, of which every word is in a span and every span holds a word; or a distribution that equals a recount. Pseudonyms assert nothing",
    ),
    Definition(
        "citation_precision", "1.0", "up", (0, 1), "evidence spans of claims that assert something",
        "spans that support their claim / spans. Supporting: exact, and equal to the claim; or holding a word that a "
        "theme or summary names; or with a cosine of at least 0.29 to the claim and alike in negation",
    ),
    Definition(
        "contradiction_rate", "1.0", "down", (0, 1), "claims with evidence on their topic",
        "claims that clash with one of their spans / claims with a span of cosine of at least 0.35. A clash, by rule: "
        "cosine of at least 0.6, and one of the two is negated or both give numbers and share none",
    ),
    Definition("citation_recall", "1.0", "up", (0, 1), "claims that assert something", "claims with at least one exact span / claims"),
    Definition(
        "diversity", "1.0", "none", (0, 10), "personas",
        "Vendi score of the personas / mean Vendi score of 200 random sets of as many participants; "
        "VS = exp(-sum l ln l) over the eigenvalues l of K/k, K the cosines of unit vectors clipped at 0 (arXiv:2210.02410)",
    ),
    Definition("diversity_min", "1.0", "up", (0, 1), "pairs of personas", "1 - the largest cosine between two personas: a near-duplicate alarm"),
    Definition(
        "lexical_mtld", "1.0", "none", (0, 100000), "words of the personas",
        "MTLD: the mean length of runs of words whose type-token ratio stays above 0.72, forwards and backwards "
        "(McCarthy and Jarvis 2010, doi:10.3758/BRM.42.2.381); from 100 words on",
    ),
    Definition(
        "lexical_distinct_2", "1.0", "none", (0, 2), "pairs of neighbouring words",
        "different pairs of neighbouring words / pairs expected to differ if words were drawn at random: "
        "V (1 - ((V - 1) / V)^n), V the squared number of different words, n the pairs (after Liu et al., ACL 2022)",
    ),
    Definition(
        "lexical_compression", "1.0", "none", (0, 1000), "bytes of the personas",
        "bytes of the personas' words / bytes of the same after DEFLATE at level 9; more means more repetition "
        "(arXiv:2403.00553, section 3)",
    ),
    Definition("coverage_participants", "1.0", "up", (0, 1), "participants", "participants with at least one cited span / participants that could be cited"),
    Definition(
        "coverage_themes", "1.0", "up", (0, 1), "themes",
        "sum over themes of weight x [a persona cites a sentence that carries the theme]; weight: participants who carry "
        "it / the sum of that over all themes. Themes: clusters of sentences of at least two participants, found anew by "
        "the extractive engine's rule whatever engine wrote the personas",
    ),
    Definition("evidence_concentration", "1.0", "down", (0, 1), "evidence spans", "the largest share of all spans that comes from one participant"),
    Definition(
        "consistency_internal", "1.0", "up", (0, 1), "pairs of claims on one topic",
        "1 - contradictory pairs / pairs of claims of one persona with cosine of at least 0.35. Contradictory, by rule: "
        "cosine of at least 0.6 and one of the two is negated; it cannot see contradictions in other words",
    ),
    Definition(
        "bias_invented", "1.0", "down", (0, 1), "demographic values stated",
        "demographic values that no member states / demographic values stated",
    ),
    Definition(
        "bias_representation", "1.0", "down", (0, 1), "participants with a known value",
        "per attribute: total variation distance between the shares in the source and in the personas (each persona one "
        "vote, split as its members are), less the median of the same for 200 random groupings of the same sizes, at least 0; "
        "the mean over attributes",
    ),
    Definition(
        "bias_language", "1.0", "none", (0, 100000), "own words of the personas",
        "words that a persona uses beyond chance more or less than its members do: |z| > 1.96 in weighted log-odds with an "
        "informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, doi:10.1093/pan/mpn018); the "
        "prior: the shares of words in all that participants say and all own words, worth as many words as the members say. "
        "Own words: claims that are neither quotations nor worded by a template. Of words drawn by chance up to one in twenty "
        "goes beyond: the details are examples to read, no verdict",
    ),
)  # fmt: skip

REGISTRY: dict[str, Definition] = {definition.name: definition for definition in _ALL}
"""Every metric of one set of personas by name."""

_OVER_RUNS = (
    Definition(
        "consistency_runs", "1.0", "up", (-1, 1), "pairs of runs of one plan",
        "mean over pairs of runs that differ in seed and repeat at most: sum of the similarities of matched personas / the "
        "personas of the larger set, less the mean similarity of all other pairs of personas. Similarity: 1/2 cosine of "
        "their words (clipped at 0) + 1/2 Jaccard index of their members; the matching is the one of the largest sum "
        "(Kuhn 1955), and a persona without a partner counts 0",
    ),
    Definition(
        "bias_association", "1.0", "down", (0, 1), "different personas of all runs",
        "mean over pairs of a demographic attribute with the occupation or with the cluster of pain points: Cramer's V with "
        "the bias correction of Bergsma (2013, doi:10.1016/j.jkss.2012.10.002); a pair needs 30 personas that state both. A "
        "persona's value is the one most of its members state, none when two tie; personas equal in all but name count once; "
        "clusters: spherical k-means of the pain points, k = the square root of half their number, within 2 and 6",
    ),
)  # fmt: skip

ACROSS: dict[str, Definition] = {definition.name: definition for definition in _OVER_RUNS}
"""Every metric of several runs by name."""


class Score(NamedTuple):
    """One of R-016's four scores: derived from metrics, and shown with them."""

    name: str
    version: str
    direction: Literal["up", "down"]
    parts: tuple[str, ...]
    formula: str


PARTS: dict[str, Score] = {
    score.name: score
    for score in (
        Score("diversity_score", "1.0", "up", ("diversity",), "diversity, at most 1"),
        Score(
            "consistency_score", "1.1", "up", ("consistency_internal", "consistency_runs"),
            "consistency_internal; over several runs of one plan the mean of it and of consistency_runs, at least 0",
        ),
        Score("faithfulness_score", "1.0", "up", ("faithfulness",), "faithfulness"),
        Score(
            "bias_score", "1.0", "down", ("bias_invented", "bias_representation"),
            "the mean of what could be measured of bias_invented and bias_representation",
        ),
    )
}  # fmt: skip
"""R-016's four scores by name."""
