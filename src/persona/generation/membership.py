"""Who belongs to which persona: by vectors of what people said, or as a person decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from persona.errors import InvalidInput, did_you_mean
from persona.generation.corpus import Corpus
from persona.generation.grouping import CLEAR, Groups, group, participant_vectors, silhouette
from persona.model.personas import Grouping
from persona.model.recipes import Parameters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Membership(NamedTuple):
    """Groups of people. ``owner`` gives the place in ``corpus.people`` of who said each sentence.

    ``rows`` holds one unit vector a participant, ``members`` the labels of each group.
    """

    owner: NDArray[np.int64]
    rows: NDArray[np.float64]
    groups: Groups
    members: tuple[tuple[str, ...], ...]
    record: Grouping


def membership(
    corpus: Corpus,
    vectors: NDArray[np.float64],
    parameters: Parameters,
    given: Sequence[Sequence[str]] | None,
    *,
    draws: bool = True,
) -> Membership:
    """Put the participants of a corpus into groups; ``vectors`` has one unit row a sentence.

    ``draws`` False is for an engine whose temperature belongs to the model that it asks: the groups are then the best
    that are found, whatever the temperature.

    Raises ``InvalidInput`` when a given grouping names somebody unknown or somebody twice, or when more groups are
    asked for than there are participants.
    """
    import numpy as np

    place = {label: index for index, label in enumerate(corpus.people)}
    owner = np.array([place[one.participant] for one in corpus.sentences], dtype=np.int64)
    rows = participant_vectors(vectors, owner, len(corpus.people))
    if given is None:
        groups = group(rows, parameters.count, parameters.temperature if draws else 0.0, parameters.seed)
    else:
        groups = _as_given(corpus, rows, given)
    members = tuple(
        tuple(label for label in corpus.people if groups.labels[place[label]] == one and not groups.stray[place[label]])
        for one in range(groups.k)
    )
    record = Grouping(
        k=groups.k,
        chosen_by=groups.chosen_by,  # type: ignore[arg-type]  # Groups are made with the four words only
        silhouette=None if groups.silhouette is None else round(groups.silhouette, 3),
        stability=groups.stability,
        clear=groups.clear,
        message=groups.message,
        groups=members,
        outliers=tuple(label for label in corpus.people if groups.stray[place[label]]),
        excluded=corpus.excluded,
    )
    return Membership(owner, rows, groups, members, record)


def _as_given(corpus: Corpus, rows: NDArray[np.float64], given: Sequence[Sequence[str]]) -> Groups:
    """The groups that a person made. Whoever stands in none of them speaks for no persona."""
    import numpy as np

    kept = check_given(corpus, given)
    labels = np.zeros(len(corpus.people), dtype=np.int64)
    stray = np.ones(len(corpus.people), dtype=np.bool_)
    for number, one in enumerate(kept):
        for label in one:
            at = corpus.people.index(label)
            labels[at], stray[at] = number, False
    inside = ~stray
    mean = silhouette(rows[inside], labels[inside])
    clear = mean is not None and mean >= CLEAR
    measured = "one group" if mean is None else f"silhouette {mean:.2f}, the threshold for clear groups is {CLEAR:.2f}"
    message = f"a person made these groups ({measured})"
    return Groups(labels, len(kept), "person", mean, stray, None, clear, message)


def check_given(corpus: Corpus, given: Sequence[Sequence[str]], place: str = "grouping") -> list[list[str]]:
    """The groups that a person made, without who is excluded and without empty ones; ``place`` is where they stand.

    Raises ``InvalidInput`` for somebody unknown, somebody named twice, and when nobody is left.
    """
    named = [label for one in given for label in one]
    known = {*corpus.people, *corpus.excluded}
    for label in named:
        if label not in known:
            near = did_you_mean(label, known)
            raise InvalidInput(
                f"the grouping names `{label}`, who is no participant of these sources",
                code="grouping-unknown",
                place=place,
                hints=[f"did you mean `{near}`?" if near else "see who there is: `persona participant list`"],
            )
    twice = [label for label, count in Counter(named).items() if count > 1]
    if twice:
        raise InvalidInput(
            f"the grouping names `{twice[0]}` in two groups",
            code="grouping-twice",
            place=place,
            hints=["leave each participant in one group only"],
        )
    kept = [[label for label in one if label in corpus.people] for one in given]
    kept = [one for one in kept if one]
    if not kept:
        raise InvalidInput("the grouping has no group with anybody in it", code="grouping-empty", place=place)
    return kept
