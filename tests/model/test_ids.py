"""Identifiers: readable, sortable, and the folder names of R-016."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.model.ids import iso, new_id, slug, uuid7


@pytest.mark.parametrize(
    ("title", "folder"),
    [
        ("E-commerce Research", "ecommerce-research"),
        ("temp-test", "temp-test"),
        ("temperature-comparison", "temperature-comparison"),
        ("  Über  Café / 2025 ", "uber-cafe-2025"),
        ("T-shirt sizes", "tshirt-sizes"),
        ("日本語", ""),
        ("../../etc/passwd", "etc-passwd"),
    ],
)
def test_the_folder_name_of_a_title(title: str, folder: str) -> None:
    assert slug(title) == folder


@given(st.text())
def test_a_folder_name_is_safe_and_stable(title: str) -> None:
    folder = slug(title)
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", folder)
    assert slug(folder) == folder or "-" in folder  # a leading single letter may join its word
    assert len(folder) <= 80


def test_an_id_says_what_and_when() -> None:
    at = datetime(2025, 1, 16, 14, 30, 22, tzinfo=UTC)
    assert re.fullmatch(r"run_20250116_143022_[a-z0-9]{6}", new_id("run", at))
    assert iso(at) == "2025-01-16T14:30:22.000000Z"


def test_a_uuid7_is_one_by_its_bits_and_sorts_by_time() -> None:
    first = uuid.UUID(uuid7())
    assert first.version == 7
    assert first.variant == uuid.RFC_4122
    assert len({uuid7() for _ in range(1000)}) == 1000
