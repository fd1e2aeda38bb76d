"""The text that is hashed: the quick ways to it give the canonical bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.errors import InvalidInput
from persona.model.canonical import canonical_json
from persona.model.records import Draft, Edge
from persona.storage.log import MAX_NAME, canonical_body, edges_text, leaf_of
from persona.storage.merkle import leaf_hash

TEXT = st.text(max_size=12)
NUMBERS = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(-1, 1),
    st.sampled_from([0.0, -0.0, 1.0, 1e15, 1e16, 1e20, 1e21, 1e22, 1e-3, 1e-6, 1e-7, 5e-324, 123456789.125, 2.0**53]),
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(TEXT, TEXT, TEXT, st.dictionaries(TEXT, VALUES, max_size=3), st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=3))
def test_the_leaf_is_the_hash_of_the_canonical_event(
    actor: str, kind: str, subject: str, body: dict[str, Any], ends: list[tuple[str, str, str]]
) -> None:
    edges = tuple(Edge(*end) for end in ends)
    row = (7, "id", "2026", "2025", actor, kind, subject, canonical_json(body).decode(), edges_text(edges))
    event = {
        "seq": 7,
        "id": "id",
        "recorded_at": "2026",
        "valid_from": "2025",
        "actor": actor,
        "kind": kind,
        "subject": subject,
        "body": body,
        "edges": edges,
    }
    assert leaf_of(row) == leaf_hash(canonical_json(event))


@pytest.mark.parametrize(
    ("draft", "message"),
    [
        (Draft("run.logged", "r", {"fields": {"x": float("nan")}}), "cannot be recorded"),
        (Draft("run.logged", "r", {"fields": {"x": 2**60}}), "cannot be recorded"),
        (Draft("run.logged", "r", {"fields": {"x": object()}}), "cannot be recorded"),
        (Draft("run.logged", "r", {"fields": {"x": "\ud800"}}), "cannot be recorded"),
        (Draft("run.logged", "r", {"fields": {"x": "a\0b"}}), "NUL"),
        (Draft("run.logged", "", {}), "an id must have"),
        (Draft("run.logged", "r" * (MAX_NAME + 1), {}), "an id must have"),
        (Draft("run.logged", "r\0", {}), "an id must have"),
        (Draft("run.logged", "r\ud800", {}), "not valid Unicode"),
        (Draft("run.logged", "r", {}, (Edge("r", "usd", "d"),)), "not a relation"),
        (Draft("run.logged", "r", {}, (Edge("r", "used", ""),)), "an id must have"),
    ],
)
def test_what_a_log_cannot_hold_is_refused(draft: Draft, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        canonical_body(draft)


def test_a_backslash_before_u0000_is_no_nul() -> None:
    text, _ = canonical_body(Draft("run.logged", "r", {"fields": {"x": "\\u0000"}}))
    assert text == '{"fields":{"x":"\\\\u0000"}}'


def test_a_wrong_relation_gets_a_suggestion() -> None:
    with pytest.raises(InvalidInput) as caught:
        canonical_body(Draft("run.logged", "r", {}, (Edge("r", "usd", "d"),)))
    assert caught.value.hints == ("did you mean `used`?",)
