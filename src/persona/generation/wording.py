"""The few sentences that the engine words itself: a template with a version, kept apart from the engine's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

_TEMPLATE = {
    "some": "{members} of {everybody} participants. More than the others they talk about {terms}.",
    "one": "One participant, who talks most about {terms}.",
    "one_without_terms": "One participant.",
    "all": "All {everybody} participants. They talk most about {terms}.",
    "some_without_terms": "{members} of {everybody} participants; no words set them apart from the others.",
    "all_without_terms": "All {everybody} participants; no word is shared by two of them.",
    "theme": "They talk about {terms}.",
    "no_theme": "no theme is carried by two of {members}",
    "no_theme_of_one": "the only member carries no theme that somebody else carries too",
    "nothing_observed": "the model observed nothing of {members} that belongs under {field}",
    "refused": "what the model said of {members} under {field} did not rest on their words and was refused",
    "unreadable": "no answer of the model about {members} could be read, so nothing is known for {field}",
    "nothing_said": "no sentence of {members} could be read as {field} with enough certainty",
}

TEMPLATE = ("default", "1.3.0", "\n".join(f"{key}: {text}" for key, text in sorted(_TEMPLATE.items())).encode())
"""The template by name, semantic version and content; its digest is part of every recipe."""


def summary(members: int, everybody: int, terms: Sequence[str]) -> str:
    """What sets a group apart, in one or two sentences."""
    key = ("one" if everybody == 1 else "all" if members == everybody else "some") + ("" if terms else "_without_terms")
    return _TEMPLATE[key].format(members=members, everybody=everybody, terms=_listed(terms))


def theme(terms: Sequence[str]) -> str:
    """What several people talk about."""
    return _TEMPLATE["theme"].format(terms=_listed(terms))


def nothing_said(field: str, members: int) -> str:
    """Why a field is empty."""
    key = "nothing_said" if field != "themes" else "no_theme_of_one" if members == 1 else "no_theme"
    return _TEMPLATE[key].format(
        members="the only member" if members == 1 else f"the {members} members", field=field.replace("_", " ")
    )


def empty_field(why: Literal["nothing_observed", "refused", "unreadable"], field: str, members: int) -> str:
    """Why a field is empty where a model was asked."""
    return _TEMPLATE[why].format(
        members="the only member" if members == 1 else f"the {members} members", field=field.replace("_", " ")
    )


def _listed(words: Sequence[str]) -> str:
    quoted = [f"“{word}”" for word in words]
    return " and ".join(filter(None, (", ".join(quoted[:-1]), *quoted[-1:])))
