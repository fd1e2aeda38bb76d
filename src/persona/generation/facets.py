"""What a sentence is about: a goal, a pain, a need ... or nothing that should be said.

A learned head (``learned``) and rules over cue words and the interviewer's question decide together; docs/facets.md has
the figures. Both prefer silence to a wrong label: rules alone reached a macro-F1 of 0.30 on real interview sentences of
people they had not seen. They cannot read irony, wishes put as facts, or pains told without a word of complaint; a
person should check them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from persona.generation.corpus import Sentence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_I = r"\b(?:i|we|i'm|we're|i've|we've|i'd|we'd)\b"


class _Rule(NamedTuple):
    cue: re.Pattern[str]
    question: re.Pattern[str]


def _rule(cue: str, question: str) -> _Rule:
    return _Rule(re.compile(cue, re.IGNORECASE), re.compile(question, re.IGNORECASE))


RULES: dict[str, _Rule] = {
    "pain_points": _rule(
        r"frustrat|annoy|\b(?:difficult|struggl|painful|tedious|confus|cumbersome|irritat|stressful|overwhelm|disappoint)\w*|"
        r"\bproblems? (?:is|was|are|with|for me)\b|\b(?:biggest|main|real) problem\b|\b(?:trouble|hassle|nightmare|drawback|downside|bottleneck)s?\b|"
        r"\b(?:i|we) (?:just |still |really )?(?:can't|cannot|couldn't)\b|\bwon't let\b|"
        r"\bdo(?:es)?n't (?:work|trust|understand)|\btoo (?:slow|long|much|many|hard|expensive|complicated)\b|"
        r"\bwast(?:e|es|ed|ing)\b|\bworr(?:y|ied|ies)|\b(?:my|a|our|main|biggest) concern|\bconcerned\b|\bunreliable\b|\bgive up\b|\bfail(?:s|ed|ing)?\b|\bgets? in the way\b|"
        r"\bhard to\b|\bhate\b|\bafraid\b|\bbreaks?\b|\bslow(?:s|ly)?\b|\black(?:s|ing)? (?:of|the|any)",
        r"frustrat|difficult|challeng|in your way|hinder|problem|concern|worr|pain|struggl|annoy|barrier|trust|dislike|worst",
    ),
    "needs": _rule(
        rf"{_I} (?:really |just |still )?need (?:an?|the|more|better|some|something|somewhere|someone|help|to be able|to know|to see)\b|\b(?:would|'d) be (?:great|nice|helpful|useful|good|ideal)|\bi (?:really |just )?wish (?!to\b)|\bif only\b|"
        r"\bshould be able\b|\b(?:would|'d) (?:really )?help\b|\b(?:i|we) (?:would|'d) (?:really )?(?:love|prefer) (?:to|if|it|a|an|more)\b|\b(?:i|we)'d (?:love|prefer)\b|"
        r"\bought to\b|\bthe one thing i\b",
        r"wish|magic wand|would you change|would help|improve|missing|need|ideal|enhancement|would you like to see|feature",
    ),
    "goals": _rule(
        rf"{_I} (?:just |really |always |also |mostly )?(?:want(?:ed)?|aim(?:ed)?|hope|plan(?:ned)?|try|trying|am trying|are trying|"
        r"would like|'d like) to\b|\bmy (?:main |first |only )?(?:goal|aim|priority|hope|ambition) (?:is|was)\b|\bour (?:goal|aim)\b|"
        r"\bthe (?:goal|aim|idea|point|whole point) (?:is|was)\b|\bi'd like to\b|\bi'm trying to\b|\b(?:i'm|we're|am|are) looking to\b",
        r"\bgoals?\b|hope|achieve|trying to|get done|aim|looking for|success|accomplish|priorit",
    ),
    "tools": _rule(
        rf"{_I} (?:mostly |mainly |usually |often |also |still |just |only )?us(?:e|ed|ing)\b|\busing (?:an? |the |my )?[A-Z]\w+|"
        r"\b(?:app|apps|spreadsheet|software|website|notebook|calendar|database)\b.*\b(?:i|we) (?:use|open|keep)",
        r"\btools?\b|\bapps?\b|software|applications?|which .* (?:use|using)|what do you use|equipment|technolog",
    ),
    "behaviours": _rule(
        rf"{_I} (?:usually|always|often|normally|typically|generally|regularly|sometimes|mostly|tend to|keep|check|start|begin|"
        r"go (?:through|back|over)|look|compare|ask|write|read|make|take|plan|book|buy|order|double[- ]check|verify|review|test)\b|"
        r"\b(?:every|each) (?:day|morning|week|month|evening|time)\b|\b(?:first|then|after that),? (?:i|we)\b|\bonce a (?:day|week|month)\b|"
        r"\bmy (?:routine|process|workflow|habit)\b",
        r"walk me through|how do you|describe|typical|process|routine|workflow|what happens|last time|day look|usually|step",
    ),
    "motivations": _rule(
        r"\b(?:i|we) (?:really |just |actually )?(?:enjoy|love|like|value|care about|believe|appreciate|prefer)\b|\bmatters?(?: most| a lot)? to (?:me|us)\b|"
        r"\bimportant (?:to|for) (?:me|us)\b|\bproud\b|\bsatisf\w+|\bmakes me (?:feel|happy|proud)|\bthe reason (?:i|we|is|was)\b|\bfor me,? it'?s about\b|\bfun\b",
        r"\bwhy\b|enjoy|important|matter|motivat|value|like about|pleasant|love|reason",
    ),
    "context": _rule(
        r"\bi(?:'m| am) (?:an? |the |retired|self-employed|currently)|\bi work (?:as|for|in|at|with|on)\b|\bmy (?:job|role|work|team|shop|office|department|"
        r"family|company|lab|research|studies) (?:is|are|involves|focus\w*)|\bi(?:'ve| have) (?:been|worked|lived|had)\b|\bi live\b|\b\d+ years\b|\bi teach\b|\bi run\b",
        r"tell me (?:a bit |a little )?about (?:yourself|you|your)|background|your role|your (?:job|work)|what do you do|introduce",
    ),
}
"""Rules by field, in the order in which ties are decided."""

_DENIED = re.compile(
    r"\b(?:can't|cannot|couldn't|wouldn't)(?: really| honestly)? (?:say|think)\b.{0,60}\b(?:problem|difficult|frustrat|annoy|worr)|"
    r"\b(?:nothing|nobody|no one|none)\b.{0,40}\b(?:is|was|are|were|seems?|felt)\b.{0,30}\b(?:problem|difficult|trouble|hard|"
    r"frustrat|worr|concern|confus|annoy|slow)|\bwould give up\b|\b(?:no|not|never|isn't|wasn't|aren't|without|don't|didn't|hardly) (?:\w+ ){0,3}"
    r"(?:problem|difficult|trouble|hard|frustrat\w+|worr\w+|concern\w*|confus\w+|issue|annoy\w+|slow|hate|hassle)",
    re.IGNORECASE,
)


_ENGLISH = re.compile(
    r"\b(?:the|to|and|of|is|it|that|for|with|was|this|have|my|we|you|are|be|not|but|they|what|when|which|would|i)\b",
    re.IGNORECASE,
)
"""Words without which a sentence is hardly English: the head was trained on English alone."""

OWN = {"goal": "goals", "pain": "pain_points", "behaviour": "behaviours", "value": "motivations", "context": "context"}
"""The field of each label of the head; a need is told from a goal, and a tool from a habit, by rule."""

LABEL = {"goals": "goal", "needs": "goal", "pain_points": "pain", "behaviours": "behaviour", "tools": "behaviour",
         "motivations": "value", "context": "context"}  # fmt: skip

AGREED = 0.2
"""The probability that the head must give to what a rule says. On sentences of training kept out by fifths, rules alone
were right in 51 of 100 sentences, and with this in 64."""


class Facet(NamedTuple):
    """A field and how surely a sentence belongs there: 2 a cue, 3 more cues or the question too, 4 both."""

    field: str
    score: int


def facets_of(sentences: Sequence[Sentence], vectors: NDArray[np.float64]) -> list[Facet | None]:
    """The field of each sentence, or None: by the learned head where it is sure, by a rule where the head agrees.

    Answers of surveys go by rule: the question above them says more than the words, and the head has not seen any.
    """
    from persona.generation.learned import LABELS, head, probabilities

    chances = probabilities(sentences, vectors)
    least = head().least
    found: list[Facet | None] = []
    for sentence, chance in zip(sentences, chances, strict=True):
        ruled = facet_of(sentence)
        if sentence.asked or not _ENGLISH.search(sentence.text):
            found.append(ruled)
            continue
        label = LABELS[int(chance.argmax())]
        if chance.max() >= least:
            found.append(_sure(sentence, label, ruled))
        elif ruled is not None and chance[LABELS.index(LABEL[ruled.field])] >= AGREED:
            found.append(ruled)
        else:
            found.append(None)
    return found


def _sure(sentence: Sentence, label: str, ruled: Facet | None) -> Facet | None:
    """The field that a sure label means, surer where a rule says the same."""
    if label not in OWN or (label == "pain" and _DENIED.search(sentence.text)):
        return None
    if ruled is not None and LABEL[ruled.field] == label:
        return Facet(ruled.field, max(3, ruled.score))
    return Facet(OWN[label], 3)


def facet_of(sentence: Sentence) -> Facet | None:
    """The field of a sentence, or None when no rule is sure enough.

    A cue in the words is required in an interview; in a survey the question above the answer is enough.
    """
    best: Facet | None = None
    for field, rule in RULES.items():
        cues = len(rule.cue.findall(sentence.text))
        if field == "pain_points" and _DENIED.search(sentence.text):
            cues = 0
        asked = rule.question.search(_last_question(sentence.question)) is not None
        if cues == 0 and not (asked and sentence.asked):
            continue
        score = (0 if cues == 0 else 2 if cues == 1 else 3) + (2 if asked and sentence.asked else 1 if asked else 0)
        if score >= 2 and (best is None or score > best.score):
            best = Facet(field, score)
    return best


def _last_question(asked: str) -> str:
    """What was asked: the sentences of the interviewer's turn that end in a question mark, else its last 200 characters."""
    questions = re.findall(r"[^.!?\n]{3,300}\?", asked)
    return " ".join(questions[-2:]) if questions else asked[-200:]
