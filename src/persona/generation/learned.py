"""The learned head: what a sentence tells about its speaker, by a linear model over vectors and small word groups.

Trained on sentences of real interviews by ``scripts/train_facets.py``; docs/facets.md has the labels, the figures and
what it cannot do. It abstains when it is not sure enough, and most sentences are left without a label.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from persona.generation.corpus import Sentence
from persona.generation.vectors import embed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LABELS = ("behaviour", "context", "goal", "other", "pain", "value")
"""What sentences are told apart by: docs/facets.md says what each means."""

LONGEST_QUESTION = 600

_WORDS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:was|were|did|had|went|used|tried|started|made|got|took|asked|wrote|found|worked|ran|decided|began|created|gave|came|wanted|needed)\b|\b\w{3,}ed\b",
        r"\b(?:usually|always|often|sometimes|typically|generally|regularly|every|each|normally|mostly|then|first|after|before|when)\b",
        r"\b(?:would|could|might|should|may|will|future|someday|hope|wish|want|love to|like to|ideal|ideally|plan)\b",
        r"\b(?:need|needs|want|wanted|goal|aim|trying|try to|in order to|looking for)\b",
        r"n['’]t\b|\b(?:not|no|never|nothing|without|lack|cannot)\b",
        r"\b(?:difficult|hard|problem|issue|error|wrong|inaccurate|hallucinat\w*|frustrat\w*|annoy\w*|worr\w*|concern\w*|trust|risk\w*|fail\w*|mistake\w*|slow|tedious|limit\w*|bias\w*|unreliable|confus\w*|challeng\w*|struggl\w*|lose|loss|bad|poor|too)\b",
        r"\b(?:help\w*|useful|great|good|save\w*|faster|easier|efficient|enjoy\w*|love|like|nice|valuable|benefit\w*|better|important|satisf\w*|fun|best|excellent|quick\w*|interesting|comfortable|happy|prefer\w*)\b",
        r"\b(?:because|since|so that|reason|as it|therefore)\b",
        r"\b(?:I|we) (?:\w+ly )?(?:use|used|ask|asked|check|checked|write|wrote|make|made|read|run|ran|start|started|take|took|look|looked|go|went|do|did|try|tried|create|created|work|worked|put|get|got|give|gave|review|test|compare|search|have|had)\b",
        r"\b(?:I am|I'm|I’m|my (?:job|role|work|team|field|research|project|company|lab|area)|I work|I have been|I've been|years|degree|phd|student|teacher|company|department|university|our (?:lab|team|company|project))\b",
        r"\b(?:study|project|research|paper|data|sample\w*|model|experiment\w*|method|analysis|patients|cells|protein\w*|design)\b",
        r"^(?:It|This|That|These|Those|They|There|The|AI|People)\b",
        r"\b(?:AI|chatgpt|gpt|claude|LLM\w*|copilot|tool\w*|gemini|it)\b",
        r"\b(?:AI|it|chatgpt|they|tools?) (?:\w+ )?(?:is|are|can|could|does|will|would|has|was|saves|helps|makes|gives|gave|did|doesn|isn|can't)\b",
        r"\b(?:I think|I feel|I believe|I guess|I suppose|in my opinion|maybe|perhaps|probably)\b",
        r"^(?:yes|no|sure|ok|okay|thanks|thank|that sounds|sounds|hi|hello|great|good question|i don't have|none|nope|yeah)\b",
        r"\?",
        r"\d",
        r"\b(?:I|we|my|our|me|us)\b",
    )
)
"""Groups of words in a sentence, each counted up to three times."""

_ASKED = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"wish|would you like|magic|future|ideal|hope|goal|could help|imagine|envision|want",
        r"frustrat|challeng|difficult|concern|worr|barrier|trust|limit|hesita|problem|prevent|hinder",
        r"how do you|walk me through|describe|process|what does that look|typical|example|specific|step|tell me about a time|approach",
        r"your (?:role|work|job|background|research|field)|what do you do|tell me about your|recent (?:research )?project|what kind",
        r"why|important|value|prefer|enjoy|satisf|benefit|help(?:ed|ful)|what makes|matter",
        r"\bAI\b",
    )
)
"""Groups of words in the question, there or not."""


class Head(NamedTuple):
    """The weights: ``middle`` and ``spread`` put word groups on one scale, ``weights`` has a row a feature and one more.

    ``least`` is the probability from which a label is given.
    """

    middle: NDArray[np.float64]
    spread: NDArray[np.float64]
    weights: NDArray[np.float64]
    least: float
    version: str


@cache
def head() -> Head:
    """The head that comes with the package."""
    import numpy as np

    raw = json.loads((files("persona.generation") / "facets.json").read_text(encoding="utf-8"))
    return Head(
        np.array(raw["middle"]), np.array(raw["spread"]), np.array(raw["weights"]), raw["least"], raw["version"]
    )


def counted(sentences: Sequence[Sentence]) -> NDArray[np.float64]:
    """The word groups of sentences and of their questions: one row a sentence, not yet on one scale."""
    import numpy as np

    rows = []
    for one in sentences:
        words = [float(min(3, len(group.findall(one.text)))) for group in _WORDS]
        asked = [float(group.search(one.question[-LONGEST_QUESTION:]) is not None) for group in _ASKED]
        length = min(len(one.text.split()), 60) / 30
        rows.append([*words, *asked, length, words[2] * asked[0] / 2, words[5] * asked[1] / 2])
    return np.array(rows).reshape(len(rows), len(_WORDS) + len(_ASKED) + 3)


def features(
    sentences: Sequence[Sentence],
    vectors: NDArray[np.float64],
    middle: NDArray[np.float64],
    spread: NDArray[np.float64],
) -> NDArray[np.float64]:
    """What the head looks at: the vector of the sentence, that of its question, and the word groups."""
    import numpy as np

    questions = list(dict.fromkeys(one.question[-LONGEST_QUESTION:] for one in sentences))
    place = {question: at for at, question in enumerate(questions)}
    asked = embed(questions)[[place[one.question[-LONGEST_QUESTION:]] for one in sentences]]
    groups = (counted(sentences) - middle) / spread
    return np.hstack([vectors, 0.6 * asked, 0.15 * groups, np.ones((len(sentences), 1))])


def probabilities(sentences: Sequence[Sentence], vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """How likely each label of ``LABELS`` is for each sentence; rows sum to 1. ``vectors`` are those of ``embed``."""
    import numpy as np

    if not sentences:
        return np.zeros((0, len(LABELS)))
    known = head()
    scores = features(sentences, vectors, known.middle, known.spread) @ known.weights
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    found: NDArray[np.float64] = np.round(powers / powers.sum(axis=1, keepdims=True), 6)
    return found
