"""The report as a text: complete, self-contained, harmless, the same every time."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exports.reading import Page

from persona.exports import render_report
from persona.model.measures import Measure
from persona.model.personas import CLAIM_FIELDS, Claim, Evidence, Grouping, Persona, PersonaSet
from persona.model.sources import Document, Input, Turn

ROOT = "ab" * 32


@pytest.fixture(scope="module")
def html(personas: PersonaSet, inputs: list[Input], facts: list[tuple[str, str]], measures: list[Measure]) -> str:
    return render_report(
        personas=personas, inputs=inputs, title="Shifts <&>", facts=facts, measures=measures, root=ROOT
    ).decode()


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def words_of(page: Page, number: int) -> str:
    """The turns of an embedded document, with the gaps between turns."""
    inside, words = False, []
    for one in page.elements:
        if one.tag == "article":
            inside = one.attributes.get("id") == f"d{number}"
        if inside and one.attributes.get("class") == "w":
            words.append(one.content)
    return "\n\n".join(words)


def test_every_cited_document_is_there_word_for_word_and_no_other(page: Page, inputs: list[Input]) -> None:
    assert [words_of(page, number) for number in (1, 2, 3)] == [item.document.text for item in inputs[:3]]
    assert "I have no time for this today" not in page.all("main")[0].content
    listed = page.all("table", "documents")[0].content
    assert "Interview with Dov" in listed
    assert len(page.all("article", "document")) == 3


def test_every_claim_shows_status_support_and_the_words_it_rests_on(
    page: Page, personas: PersonaSet, inputs: list[Input]
) -> None:
    claims = {one.attributes["id"]: one for one in page.all("li", "claim")}
    marks = page.all("mark")
    texts = {item.digest: item.document.text for item in inputs}
    seen = 0
    for persona in personas.personas:
        for path, claim in persona.claims():
            if path == "name":
                continue
            shown = claims[f"{persona.id}.{path.replace('[', '.').replace(']', '')}"]
            assert claim.text in shown.content
            assert claim.status in shown.content
            assert f"{claim.support} of {claim.of} participant" in shown.content
            numbers = shown.attributes.get("data-s", "").split()
            assert len(numbers) == len(claim.evidence)
            for number, evidence in zip(numbers, claim.evidence, strict=True):
                lit = "".join(one.content for one in marks if number in one.attributes["data-s"].split())
                assert lit == evidence.quote == texts[evidence.document][evidence.start : evidence.end]
                assert evidence.participant in shown.content
                assert evidence.quote in shown.content
                seen += 1
    assert seen == 15


def test_every_link_leads_somewhere_in_the_page(page: Page) -> None:
    ids = [one.attributes["id"] for one in page.elements if "id" in one.attributes]
    assert len(set(ids)) == len(ids)
    links = [one.attributes["href"] for one in page.elements if "href" in one.attributes]
    assert links
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert all(link.startswith("#") for link in links)
    for name in ("aria-labelledby", "aria-describedby"):
        assert {one.attributes[name] for one in page.elements if name in one.attributes} <= set(ids)


def test_a_field_that_is_null_says_why(page: Page, personas: PersonaSet) -> None:
    text = page.all("main")[0].content
    for persona in personas.personas:
        for absent in persona.missing.values():
            assert absent.message in text


def test_groups_that_are_not_clear_are_announced_at_the_top(html: str, page: Page, personas: PersonaSet) -> None:
    notice = page.all("aside", "caution")[0].content
    assert personas.grouping.message in notice
    assert "Chiara" in notice
    assert "Dov (no words that can be used)" in notice
    assert html.index(personas.grouping.message) < html.index('class="persona"')


def test_the_head_counts_who_is_in_a_persona_and_who_there_is(personas: PersonaSet, inputs: list[Input]) -> None:
    people = {member for persona in personas.personas for member in persona.members}
    for nowhere, told in (
        ((), f"from {len(people)} participants"),
        (("Q1", "Q2"), f"from {len(people)} of {len(people) + 2} p"),
    ):
        grouping = msgspec.structs.replace(personas.grouping, outliers=nowhere)
        some = msgspec.structs.replace(personas, grouping=grouping)
        page = Page(render_report(personas=some, inputs=inputs, title="T", facts=[], measures=[], root=ROOT).decode())
        assert told in page.all("p", "lead")[0].content


def test_facts_and_measures_are_told_whole(page: Page, facts: list[tuple[str, str]]) -> None:
    foot = page.all("footer")[0].content
    for name, value in facts:
        assert name in foot
        assert value in foot
    assert ROOT in foot
    rows = [one.content for one in page.all("tr")]
    assert any("faithfulness" in row and "↑ higher is better" in row and "11 items" in row for row in rows)
    assert any("bias_invented" in row and "0.25" in row and "↓ lower is better" in row for row in rows)
    assert any("consistency_runs" in row and "not enough data" in row for row in rows)


def test_the_policy_allows_the_one_style_and_the_one_script_and_nothing_else(page: Page) -> None:
    (policy,) = [
        one.attributes["content"]
        for one in page.all("meta")
        if one.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    (style,), (script,) = page.all("style"), page.all("script")

    def name(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    assert policy == (
        f"default-src 'none'; style-src {name(style.content)}; base-uri 'none'; form-action 'none'; "
        f"script-src {name(script.content)}"
    )


def test_nothing_in_the_file_points_outside_or_runs_text(html: str, page: Page) -> None:
    assert not re.search(r"https?:|//[a-z]|url\(|@import|javascript:", html)
    for one in page.elements:
        assert not [name for name in one.attributes if name.startswith("on") or name in ("style", "src", "srcdoc")]
    assert {one.tag for one in page.elements if one.tag in ("script", "img", "iframe", "object", "link", "form")} == {
        "script"
    }
    assert "<script>alert" not in html
    assert "Shifts &lt;&amp;&gt;: personas" in html


def test_headings_go_down_one_step_at_a_time(page: Page) -> None:
    levels = [int(one.tag[1]) for one in page.elements if re.fullmatch(r"h[1-6]", one.tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert [one.tag for one in page.elements if one.tag in ("main", "nav", "footer")] == ["nav", "main", "footer"]


def test_the_same_arguments_give_the_same_bytes(
    html: str, personas: PersonaSet, inputs: list[Input], facts: list[tuple[str, str]], measures: list[Measure]
) -> None:
    again = render_report(
        personas=personas, inputs=inputs, title="Shifts <&>", facts=facts, measures=measures, root=ROOT
    )
    assert again.decode() == html


def test_a_quotation_that_differs_from_its_source_is_not_shown(personas: PersonaSet, inputs: list[Input]) -> None:
    first = personas.personas[0]
    assert first.goals is not None
    goal = first.goals[0]
    forged = msgspec.structs.replace(goal.evidence[0], quote="I never want to know anything.")
    claim = msgspec.structs.replace(goal, text=forged.quote, evidence=(forged,))
    changed = msgspec.structs.replace(first, goals=(claim,))
    broken = msgspec.structs.replace(personas, personas=(changed, *personas.personas[1:]))
    html = render_report(personas=broken, inputs=inputs, title="t", facts=[], measures=[]).decode()
    assert "I never want to know" not in html
    page = Page(html)
    assert "not shown" in page.by_id("persona-1.goals.0").content
    assert "data-s" not in page.by_id("persona-1.goals.0").attributes
    notice = " ".join(one.content for one in page.all("aside"))
    assert "1 quotation does not equal the source and is not shown" in notice


def test_words_whose_document_is_not_at_hand_are_named_by_digest(personas: PersonaSet) -> None:
    html = render_report(personas=personas, inputs=[], title="t", facts=[], measures=[]).decode()
    page = Page(html)
    goal = page.by_id("persona-1.goals.0").content
    assert re.search(r"Ana, document [0-9a-f]{12}, characters \d+ to \d+", goal)
    assert "No claim rests on words of a document." in html


def test_no_personas_is_said(inputs: list[Input]) -> None:
    grouping = Grouping(0, "single", None, None, False, "no participant said anything", (), (), {})
    html = render_report(personas=PersonaSet((), grouping), inputs=inputs, title="t", facts=[], measures=[]).decode()
    Page(html)
    assert "No persona could be made from these data." in html
    assert "no participant said anything" in html


HOSTILE = st.text(st.sampled_from("<>&\"'`=/-! ]script\u202e\u2066\u2069\u200b\0\r\n\x85\ufeff🙃\ud800a"), max_size=30)

TAGS = set(
    """html head meta title style body script svg symbol circle path rect use a header main section article aside nav
    footer h1 h2 h3 p div span bdi strong b em q cite mark ul ol li dl dt dd details summary kbd label input button
    table thead tbody tr th td code""".split()  # noqa: SIM905 - a list of quoted words is harder to read
)


@given(HOSTILE, HOSTILE, HOSTILE, st.integers(0, 40), st.integers(0, 40))
def test_hostile_words_stay_words_wherever_they_stand(words: str, name: str, key: str, one: int, other: int) -> None:
    text = f"{words}x"
    start, end = sorted((min(one, len(text) - 1), min(other, len(text))))
    quote = text[start : max(end, start + 1)]
    digest: Any = "sha256:" + "0" * 64
    turn = Turn(0, name, "participant", 0, len(text), "p", question=words)
    document = Document(digest, name, text, (turn,), (), (), "txt", part=key)
    evidence = Evidence(digest, start, start + len(quote), quote, name)
    claim = Claim("c", text, "observed", 1, 1, (evidence,), words)
    fields: dict[str, Any] = {**dict.fromkeys(CLAIM_FIELDS), "goals": (claim,)}
    persona = Persona(
        id=key,
        name=claim,
        summary=claim,
        demographics={},
        members=(name,),
        anchor=name,
        missing={},
        **fields,
    )
    grouping = Grouping(1, "single", None, None, True, words, ((name,),), (name,), {name: words})
    data = render_report(
        personas=PersonaSet((persona,), grouping),
        inputs=[Input(digest, document, {"p": name})],
        title=words,
        facts=[(words, name)],
        measures=[],
        root=words,
    )
    page = Page(data.decode())
    shown = text.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    assert "".join(one.content for one in page.all("p", "w")) == shown
    assert {one.tag for one in page.elements} <= TAGS
    assert len(page.all("script")) == 1


def test_documents_stand_in_the_order_of_their_names(personas: PersonaSet, inputs: list[Input]) -> None:
    renamed = [
        Input(item.digest, msgspec.structs.replace(item.document, title=title), item.people)
        for item, title in zip(inputs, ["row 10", "Row 9", "row 9", "9" * 5000], strict=True)
    ]
    html = render_report(personas=personas, inputs=renamed, title="t", facts=[], measures=[]).decode()
    page = Page(html)
    assert [one.content for one in page.all("h3") if one.attributes.get("id", "").startswith("d")] == [
        "Row 9",
        "row 9",
        "row 10",
    ]


def test_words_outside_every_turn_are_shown_too() -> None:
    text = "Heading\n\nHello there."
    digest: Any = "sha256:" + "1" * 64
    document = Document(digest, "t", text, (Turn(0, "A", "participant", 9, 21, "a"),), (), (), "txt")
    evidence = Evidence(digest, 0, 14, text[:14], "a")
    claim = Claim("c", "Something.", "observed", 1, 1, (evidence,), "theme")
    fields: dict[str, Any] = dict.fromkeys(CLAIM_FIELDS)
    persona = Persona(
        id="p", name=claim, summary=None, demographics={}, members=("a",), anchor="a", missing={}, **fields
    )
    grouping = Grouping(1, "single", None, None, True, "", (("a",),), (), {})
    html = render_report(
        personas=PersonaSet((persona,), grouping),
        inputs=[Input(digest, document, {"a": "a"})],
        title="t",
        facts=[],
        measures=[],
    ).decode()
    page = Page(html)
    assert [one.content for one in page.all("p", "w")] == ["Heading\n\n", "Hello there."]
    assert "".join(one.content for one in page.all("mark")) == "Heading\n\nHello"


def test_a_hundred_and_twenty_five_documents_render_in_well_under_a_second(personas: PersonaSet) -> None:
    template = personas.personas[0]
    inputs, people = [], []
    for number in range(125):
        words = [
            f"Turn {turn} of {number}: " + "we do the work as it comes, and that is that. " * 8 for turn in range(20)
        ]
        text, turns = "", []
        for index, said in enumerate(words):
            text += "\n\n" if text else ""
            turns.append(Turn(index, f"P{number}", "participant", len(text), len(text) + len(said), "p"))
            text += said
        digest: Any = f"sha256:{number:064x}"
        inputs.append(
            Input(digest, Document(digest, f"t{number}", text, tuple(turns), (), (), "txt"), {"p": f"P{number}"})
        )
    for index in range(5):
        goals = []
        for number in range(24):
            item = inputs[(index * 25 + number) % 125]
            start = 400 * (number % 18)
            evidence = Evidence(item.digest, start, start + 90, item.document.text[start : start + 90], f"P{number}")
            goals.append(Claim(f"g{index}-{number}", "It comes as it comes.", "observed", 1, 25, (evidence,), "theme"))
        people.append(msgspec.structs.replace(template, id=f"persona-{index}", goals=tuple(goals)))
    begun = time.process_time()
    data = render_report(
        personas=msgspec.structs.replace(personas, personas=tuple(people)),
        inputs=inputs,
        title="t",
        facts=[],
        measures=[],
    )
    assert time.process_time() - begun < 1.0
    assert len(data) > 1_000_000


def test_many_values_of_an_attribute_are_one_part_of_the_bar() -> None:
    from persona.exports.cards import MOST_SHARES, _shares
    from persona.model.personas import Distribution, Share

    def drawn(values: int) -> Page:
        shares = tuple(Share(f"v{n}", 1, (f"P{n}",)) for n in range(values))
        claim = Claim("c", "x", "inferred", values, values, (), "distribution")
        return Page(str(_shares(Distribution("industry", shares, values, values + 3, claim))))

    few, many = drawn(MOST_SHARES), drawn(40)
    assert len(few.all("rect")) == len(many.all("rect")) == MOST_SHARES
    assert [one.content for one in few.all("li")] == [*(f"v{n} 1" for n in range(MOST_SHARES)), "not stated 3"]
    assert [one.content for one in many.all("li")][-2:] == ["35 other values 35", "not stated 3"]
    widths = [int(one.attributes["width"]) for one in many.all("rect")]
    assert sum(widths) == 40
