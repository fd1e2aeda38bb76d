"""Folding makes equal what looks equal, and always knows the way back, whatever the letters."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.generation.plaintext import fold, tokens

ODD = "aeiskßẞıİIſﬁﬄ①½²₂Ａéñ각한ᄒ\u1161\u11abガｶﾞ\u0301\u0323\u0345\u0307\u200b\u200d\u00ad\ufe0f👩💻🏽’‘“”«»`´-–—−…. ,5٣\n\t\u00a0\u3000ǅŉΐςʼ"
ANY = st.text(alphabet=st.one_of(st.sampled_from(ODD), st.characters(exclude_categories=["Cs"])), max_size=60)


def words(text: str) -> list[str]:
    return [token.word for token in tokens(fold(text).text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It’s “fine” – really", 'it\'s "fine"-really'),
        ("cafe\u0301 naïve", "CAFÉ nai\u0308ve"),
        ("Straße", "STRASSE"),
        ("İstanbul ılık ISTANBUL", "istanbul ILIK İSTANBUL"),
        ("ﬁnal ＡＢＣ １２", "final abc 12"),
        ("e\u0323\u0301", "e\u0301\u0323"),
        ("a\u200bb co\u00adop 👩\u200d💻", "ab coop 👩💻"),
        ("a  b\n\n c\u00a0d", "a b c d"),
        ("wait -- what", "wait—what"),
        ("ガ", "ｶﾞ"),
        ("한", "\u1112\u1161\u11ab"),
    ],
)
def test_what_looks_equal_folds_alike(one: str, other: str) -> None:
    assert fold(one).text == fold(other).text


@pytest.mark.parametrize(
    ("one", "other"),
    [("10²", "102"), ("2½", "21/2"), ("was -5", "was 5"), ("cafe", "café"), ("can't", "can t"), ("5%", "5")],
)
def test_what_says_something_else_does_not(one: str, other: str) -> None:
    assert words(one) != words(other) or fold(one).text != fold(other).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I don’t, O'Neil's 'own'", ["i", "don't", "o'neil's", "own"]),
        (
            "3.5 of 1,000 at 5% or $7, GPT-4 -2",
            ["3.5", "of", "1,000", "at", "5", "%", "or", "$", "7", "gpt", "4", "-2"],
        ),
        ("我喜欢", ["我", "喜", "欢"]),
        ("e.g. and/or", ["e", "g", "and", "or"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("... –", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == [unicodedata.normalize("NFKD", word) for word in expected]


@given(ANY)
def test_every_folded_character_knows_where_it_comes_from(text: str) -> None:
    found = fold(text)
    assert len(found.text) == len(found.starts) == len(found.ends)
    assert list(found.starts) == sorted(found.starts)
    assert list(found.ends) == sorted(found.ends)
    assert all(0 <= start < end <= len(text) for start, end in zip(found.starts, found.ends, strict=True))
    assert found.text == found.text.strip()
    assert "\n" not in found.text


@given(ANY, st.data())
def test_the_way_back_leads_to_the_same_words(text: str, data: st.DataObject) -> None:
    """A stretch of whole words, taken from the original by the map, folds to itself again."""
    found = fold(text)
    said = [one for one in tokens(found.text) if found.is_whole(one.begin, one.end)]
    if said:
        first = data.draw(st.integers(0, len(said) - 1))
        last = data.draw(st.integers(first, len(said) - 1))
        start, end = found.span(said[first].begin, said[last].end)
        original = text[start:end]
        assert fold(original).text == found.text[said[first].begin : said[last].end]


@given(ANY)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text).text
    assert fold(once).text == once


@given(st.text(alphabet=st.characters(categories=["L", "M"]), max_size=40))
def test_letters_fold_as_unicode_says(text: str) -> None:
    """D146 of the standard, over the whole text at once, equals ours, which goes cluster by cluster."""
    shown = "".join(letter for letter in text if unicodedata.category(letter) != "Cf" and letter not in "\u034fʼʹıİ")
    shown = "".join(
        letter for letter in shown if not "\ufe00" <= letter <= "\ufe0f" and not "\U000e0100" <= letter <= "\U000e01ef"
    )
    nfd = unicodedata.normalize("NFD", shown).casefold()
    whole = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", nfd).casefold())
    ours = fold(shown).text
    for one in (" ", "'", '"', "-"):
        whole, ours = whole.replace(one, ""), ours.replace(one, "")
    assert ours == whole.replace("ʼ", "").replace("ʹ", "").replace("i\u0307", "i")
