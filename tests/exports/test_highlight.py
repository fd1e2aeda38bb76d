"""Highlights: whatever spans lie over a text, its words stay the same and each character is marked as it should be."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.exports.reading import Page

from persona.exports.highlighting import Span, cut, marked
from persona.exports.markup import el, escape, join

# NUL has no place in HTML and lone surrogates none in UTF-8; both are tested by name below.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=60) | st.text(
    st.sampled_from("<>&\"'/=! scriptmark\n\r\t\u202e\u2067\u200d🙃🇫🇷é"), max_size=60
)


@st.composite
def spans_over(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(TEXTS)
    ends = st.integers(-3, len(text) + 3)
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=12))
    return text, [Span(left, right, number) for number, (left, right) in enumerate(pairs, 1)]


@given(spans_over(), st.integers(0, 60), st.integers(0, 60))
def test_pieces_cover_the_stretch_and_know_their_spans(given_: tuple[str, list[Span]], one: int, other: int) -> None:
    text, spans = given_
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    pieces = cut(start, end, spans)
    assert "".join(text[piece.start : piece.end] for piece in pieces) == text[start:end]
    for piece in pieces:
        assert piece.start < piece.end
        for position in range(piece.start, piece.end):
            assert set(piece.spans) == {span.number for span in spans if span.start <= position < span.end}


@given(spans_over())
def test_the_text_content_of_marked_words_is_the_text(given_: tuple[str, list[Span]]) -> None:
    text, spans = given_
    page = Page(f"<p>{marked(text, 0, len(text), spans)}</p>")
    assert page.all("p")[0].content == text
    assert {one.tag for one in page.elements} <= {"p", "mark", "span"}


@given(spans_over())
def test_every_span_is_marked_whole_and_has_one_address(given_: tuple[str, list[Span]]) -> None:
    text, spans = given_
    page = Page(f"<p>{marked(text, 0, len(text), spans)}</p>")
    for span in spans:
        marks = [one for one in page.all("mark") if str(span.number) in one.attributes["data-s"].split()]
        start, end = max(span.start, 0), min(span.end, len(text))
        assert "".join(one.content for one in marks) == text[start : max(end, start)]
        if span.start >= 0 and marks:
            assert [one.attributes.get("id") for one in page.elements].count(f"s{span.number}") == 1


def test_spans_that_begin_together_have_an_address_each() -> None:
    html = marked("one two three", 0, 13, [Span(4, 7, 1), Span(4, 13, 2)])
    assert html == ('one <span id="s2"></span><mark id="s1" data-s="1 2">two</mark><mark data-s="2"> three</mark>')


def test_what_html_cannot_hold_is_replaced_and_never_moves_a_place() -> None:
    assert escape("a\0b") == "a\ufffdb"
    assert escape("a\rb") == "a&#13;b"


def test_only_markup_passes_as_it_is() -> None:
    made = el("p", "<b>", el("i", "&"), ["x", [None, "<"]], class_='"', title="'><script>", hidden=True, id=None)
    assert made == ('<p class="&quot;" title="&#39;&gt;&lt;script&gt;" hidden>&lt;b&gt;<i>&amp;</i>x&lt;</p>')
    assert join("<", made) == "&lt;" + made
    assert el("meta", charset="utf-8") == '<meta charset="utf-8">'
