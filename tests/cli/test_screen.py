"""Colours, widths and control characters."""

from __future__ import annotations

import io
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.cli.screen import Colour, Screen, facts, tolerate, visible, wants_colour, width_of
from persona.cli.wording import counted, moment, number, pairs, plain, seconds, short_digest, size


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("choice", "terminal", "environ", "wanted"),
    [
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"NO_COLOR": ""}, True),
        ("auto", False, {"FORCE_COLOR": "1"}, True),
        ("auto", True, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ("auto", True, {"TERM": "dumb"}, False),
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour_obeys_the_flag_then_the_environment_then_the_stream(
    choice: str, terminal: bool, environ: dict[str, str], wanted: bool
) -> None:
    stream = Terminal() if terminal else io.StringIO()
    assert wants_colour(cast("Colour", choice), stream, environ) is wanted


def test_meaning_never_depends_on_colour() -> None:
    with_colour, without = Screen(io.StringIO(), "always"), Screen(io.StringIO(), "never")
    for paint in ("bold", "dim", "red", "green", "yellow", "cyan"):
        assert getattr(with_colour, paint)("word") != "word"
        assert getattr(without, paint)("word") == "word"
        assert width_of(getattr(with_colour, paint)("word")) == 4
        assert getattr(with_colour, paint)("") == ""


@given(st.text())
def test_no_control_character_of_a_source_reaches_the_terminal(text: str) -> None:
    stream = io.StringIO()
    Screen(stream, "never").write([text.replace("\n", " ")])
    written = stream.getvalue()
    assert written.endswith("\n")
    assert not [
        letter for letter in written[:-1] if (ord(letter) < 32 and letter not in "\t\n") or 127 <= ord(letter) < 160
    ]
    assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") & set(written)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2Jgone", "<U+001B>[2Jgone"),
        ("\x1b]0;title\x07", "<U+001B>]0;title<U+0007>"),
        ("a\rb", "a<U+000D>b"),
        ("\x9b31m", "<U+009B>31m"),
        ("user\u202egpj.exe", "user<U+202E>gpj.exe"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
    ],
)
def test_an_escape_in_a_source_is_shown_and_not_obeyed(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


@given(st.text(alphabet=st.characters(blacklist_categories=("Cc", "Cs", "Cf")), max_size=400))
def test_wrapping_loses_no_word(text: str) -> None:
    lines = Screen(io.StringIO(), "never").wrap(text, "  - ")
    assert " ".join(" ".join(lines).split()) == " ".join(f"- {text}".split())
    assert lines[0].startswith("  - ")
    assert all(line.startswith("    ") for line in lines[1:])


def test_prose_is_wrapped_at_a_readable_width() -> None:
    lines = Screen(io.StringIO(), "never").wrap("word " * 100, "  ")
    assert max(map(len, lines)) <= 100
    assert len(lines) > 4


def test_widths_count_columns_and_not_characters() -> None:
    assert width_of("日本") == 4
    assert width_of("e\u0301") == 1
    assert width_of("\x1b[1mbold\x1b[0m") == 4


def test_facts_leave_out_what_is_empty() -> None:
    screen = Screen(io.StringIO(), "never")
    assert list(facts(screen, [("a", "1"), ("gone", ""), ("long", "2")], " ")) == [" a     1", " long  2"]
    assert list(facts(screen, [])) == []


def test_a_stream_that_knows_few_letters_shows_a_question_mark() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    tolerate(stream)
    Screen(stream, "never").write(["“zażółć”"])
    stream.flush()
    assert raw.getvalue() == b"?za?????\n"


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (counted(1, "run"), "1 run"),
        (counted(1200, "run"), "1,200 runs"),
        (counted(2, "thing is", "things are"), "2 things are"),
        (size(999), "999 B"),
        (size(12_185), "12.2 kB"),
        (size(999_999), "1.0 MB"),
        (size(3_000_000_000_000), "3000.0 GB"),
        (moment("2025-01-16T14:30:22.123456Z"), "2025-01-16 14:30:22"),
        (moment(None), ""),
        (seconds(0.0214), "21 ms"),
        (seconds(83), "1 min 23 s"),
        (seconds(59.94), "59.9 s"),
        (number(0.78), "0.78"),
        (number(1.0), "1"),
        (number(0.12345), "0.123"),
        (number(123456.7), "123,457"),
        (short_digest("sha256:" + "ab" * 32), "sha256:abababababab"),
        (short_digest(None), ""),
        (pairs({"b": 1, "a": "x", "c": ""}), "a=x, b=1, c"),
        (plain(None), "none"),
        (plain(True), "true"),
        (plain(["ä"]), '["ä"]'),
    ],
)
def test_values_read_like_this(told: str, wanted: str) -> None:
    assert told == wanted
