"""The report in a real browser: pointing, keys, narrow screens, no script, no request, no complaint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from persona.exports import export_personas, render_report
from persona.model.measures import Measure
from persona.model.personas import PersonaSet
from persona.model.sources import Input

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PAIN = '[id="persona-1.pain_points.0"]'
GOAL = '[id="persona-1.goals.0"]'
FIRST = '[id="persona-1.summary"]'
HERE = "mark.here"
LIT = "mark.lit"
PAIN_WORDS = [
    "Nobody answers at five in the morning. I want to know before I go to bed",
    "People swap shifts among themselves and nobody tells me.",
    "I find out when the door is still locked at six.",
    "I swap a shift in two minutes.",
]


class Look:
    """A page that was opened from disk, everything it asked for and everything it complained about."""

    def __init__(self, page: Any, path: Path) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(path.as_uri())

    def lit(self, selector: str = LIT) -> str:
        """The words under the light, pieces joined as they stand."""
        return "".join(self.page.locator(selector).all_text_contents())

    def lit_by(self, claim: str) -> None:
        """Wait until a claim holds the light."""
        self.page.wait_for_selector(f"{claim}.active")

    def focus(self) -> str:
        """The address of the claim that has the focus."""
        return str(self.page.evaluate("document.activeElement.closest('.claim')?.id ?? document.activeElement.tagName"))


@pytest.fixture(scope="module")
def file(
    tmp_path_factory: pytest.TempPathFactory,
    personas: PersonaSet,
    inputs: list[Input],
    facts: list[tuple[str, str]],
    measures: list[Measure],
) -> Path:
    path = tmp_path_factory.mktemp("report") / "report & words.html"
    path.write_bytes(
        render_report(personas=personas, inputs=inputs, title="Shift planning", facts=facts, measures=measures)
    )
    return path


@pytest.fixture
def open_(browser: Any, file: Path) -> Iterator[Any]:
    contexts = []

    def opened(**options: Any) -> Look:
        settings = {"viewport": {"width": 1280, "height": 800}, "reduced_motion": "reduce"} | options
        path = settings.pop("path", file)
        contexts.append(browser.new_context(**settings))
        return Look(contexts[-1].new_page(), path)

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def look(open_: Any) -> Look:
    found: Look = open_()
    return found


def in_sight(look: Look, selector: str) -> bool:
    """Whether the first such element lies within the frame of the transcripts."""
    return bool(
        look.page.evaluate(
            """(selector) => {
              const box = document.querySelector(selector).getBoundingClientRect();
              const frame = document.querySelector(".scroll").getBoundingClientRect();
              return box.top >= frame.top && box.bottom <= Math.min(frame.bottom, innerHeight);
            }""",
            selector,
        )
    )


def test_it_asks_for_nothing_and_complains_of_nothing(look: Look) -> None:
    look.page.hover(f"{PAIN} .says")
    look.lit_by(PAIN)
    look.page.keyboard.press("Tab")
    look.page.click("mark >> nth=0")
    assert [url for url in look.asked if not url.startswith("file:")] == []
    assert len(look.asked) == 1
    assert look.complaints == []


def test_its_transcripts_hold_the_words_of_the_documents(look: Look, inputs: list[Input]) -> None:
    found = look.page.evaluate(
        """[...document.querySelectorAll(".document")].map((document) =>
             [...document.querySelectorAll(".w")].map((words) => words.textContent).join("\\n\\n"))"""
    )
    assert found == [item.document.text for item in inputs[:3]]


def test_pointing_at_a_claim_lights_up_its_words_and_no_others(look: Look) -> None:
    look.page.hover(f"{GOAL} .says")
    look.lit_by(GOAL)
    assert look.lit() == "I want to know before I go to bed who can come, so that I can sleep."
    look.page.hover(f"{PAIN} .says")
    look.lit_by(PAIN)
    assert look.lit() == "".join(PAIN_WORDS)
    assert look.lit(HERE) == PAIN_WORDS[0]
    assert look.lit("mark.against") == PAIN_WORDS[3], "words that speak against it are told apart"


def test_focus_lights_up_too_and_brings_the_words_into_sight(open_: Any) -> None:
    look = open_(viewport={"width": 1280, "height": 420})
    claim = '[id="persona-2.goals.0"]'
    look.page.focus(f"{claim} .says")
    look.lit_by(claim)
    assert look.lit() == "I want only the messages about my own shifts."
    look.page.wait_for_timeout(200)
    assert in_sight(look, LIT)


def test_the_keyboard_is_enough(look: Look) -> None:
    page = look.page
    page.focus(f"{FIRST} .says")
    assert look.focus() == "persona-1.summary"
    page.keyboard.press("j")
    assert look.focus() == "persona-1.goals.0"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert look.focus() == "persona-1.pain_points.0"
    look.lit_by(PAIN)
    for words in [*PAIN_WORDS[1:], PAIN_WORDS[0]]:
        page.keyboard.press("ArrowRight")
        assert look.lit(HERE) == words
    page.keyboard.press("ArrowLeft")
    assert look.lit(HERE) == PAIN_WORDS[3]
    page.keyboard.press("k")
    assert look.focus() == "persona-1.goals.1"
    page.keyboard.press("ArrowUp")
    assert look.focus() == "persona-1.goals.0"


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_a_pinned_claim_stays_lit_until_it_is_let_go(look: Look, key: str) -> None:
    page = look.page
    page.focus(f"{PAIN} .says")
    page.keyboard.press(key)
    says = page.locator(f"{PAIN} .says")
    assert says.get_attribute("aria-pressed") == "true"
    assert page.locator(f"{PAIN} details").get_attribute("open") is not None
    assert page.url.endswith("#persona-1.pain_points.0")
    page.hover(f"{GOAL} .says")
    page.wait_for_timeout(250)
    assert look.lit() == "".join(PAIN_WORDS)
    page.focus(f"{PAIN} .says")
    page.keyboard.press("Escape")
    assert look.lit() == ""
    assert says.get_attribute("aria-pressed") == "false"
    assert "#" not in page.url


def test_single_letters_can_be_turned_off(look: Look) -> None:
    look.page.click(".keys summary")
    look.page.uncheck("#letters")
    look.page.focus(f"{FIRST} .says")
    look.page.keyboard.press("j")
    assert look.focus() == "persona-1.summary"
    look.page.keyboard.press("ArrowDown")
    assert look.focus() == "persona-1.goals.0"


def test_marked_words_tell_which_claims_rest_on_them(look: Look) -> None:
    page = look.page
    page.locator("mark", has_text=re.compile("^I want to know before I go to bed$")).click()
    assert page.locator(".claim.resting").evaluate_all("all => all.map((one) => one.id)") == [
        "persona-1.goals.0",
        "persona-1.pain_points.0",
    ]
    assert page.inner_text("#lens-told") == "2 claims rest on these words"
    page.click("#lens-others button >> nth=1")
    assert look.focus() == "persona-1.pain_points.0"
    assert page.locator(f"{PAIN}.pinned").count() == 1
    page.click("#lens-clear")
    assert look.lit() == ""


def test_the_words_of_a_claim_name_the_others_that_share_them(look: Look) -> None:
    look.page.focus('[id="persona-2.behaviours.0"] .says')
    look.lit_by('[id="persona-2.behaviours.0"]')
    assert look.page.locator("#lens-others button").all_text_contents() == [
        "Rowan, Pain points: Learns of absences when it is too late to act."
    ]


def test_a_place_leads_to_its_words(look: Look) -> None:
    look.page.focus(f"{PAIN} .says")
    look.page.keyboard.press("Enter")
    look.page.click(f"{PAIN} .evidence li >> nth=2 >> a")
    assert look.lit(HERE) == PAIN_WORDS[2]


def test_a_claim_has_an_address(open_: Any, file: Path) -> None:
    look = open_()
    look.page.goto(f"{file.as_uri()}#persona-1.goals.1")
    look.page.reload()
    look.lit_by('[id="persona-1.goals.1"]')
    assert look.lit() == "I want every swap to pass over my table before it counts."


def test_without_script_the_words_are_still_there(open_: Any) -> None:
    look = open_(java_script_enabled=False)
    assert look.page.locator(f"{PAIN} .evidence q").first.is_visible()
    assert not look.page.locator("#lens").is_visible()
    look.page.click(f"{PAIN} .says")
    assert re.search(r"#s\d+$", look.page.url)
    target = look.page.locator("mark:target")
    assert target.is_visible()
    assert target.inner_text().startswith("Nobody answers")
    assert look.complaints == []


def test_a_narrow_screen_shows_the_words_in_a_sheet(open_: Any) -> None:
    look = open_(viewport={"width": 390, "height": 844}, has_touch=True)
    page = look.page
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert not page.locator(".transcripts").is_visible()
    page.tap(f"{PAIN} .says")
    assert page.locator(".transcripts").is_visible()
    assert look.lit(HERE) == PAIN_WORDS[0]
    page.wait_for_timeout(200)
    assert in_sight(look, HERE)
    box = page.locator(f"{PAIN} .says").bounding_box()
    sheet = page.locator(".transcripts").bounding_box()
    assert 0 <= box["y"] < sheet["y"], "the claim is not under the sheet"
    page.tap("#sheet-close")
    assert not page.locator(".transcripts").is_visible()
    assert look.lit() == ""


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_runs_off_the_page(open_: Any, width: int) -> None:
    look = open_(viewport={"width": width, "height": 800})
    assert look.page.evaluate("document.documentElement.scrollWidth") <= width


def test_everything_that_can_be_worked_has_a_name_and_a_size(look: Look) -> None:
    faults = look.page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, summary, input, [tabindex='0']")].flatMap((one) => {
             const name = one.getAttribute("aria-label") || one.textContent.trim() || one.closest("label")?.textContent;
             const box = one.getBoundingClientRect();
             const inText = one.closest("cite, td, th, p, li") !== null; // WCAG 2.5.8 lets links in text be smaller
             const small = box.height > 0 && (box.height < 24 || box.width < 24) && !inText && one.tagName !== "INPUT"
               && !one.classList.contains("skip");
             const told = [!name && "no name", small && `${box.width} x ${box.height}`].filter(Boolean);
             return told.map((fault) => `${fault}: ${one.outerHTML}`);
           })"""
    )
    assert faults == []


def test_focus_can_be_seen(look: Look) -> None:
    look.page.keyboard.press("Tab")
    for _ in range(8):
        look.page.keyboard.press("Tab")
        outline = look.page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement); return [s.outlineStyle, s.outlineWidth]; })()"
        )
        assert outline == ["solid", "2px"]


CONTRAST = """() => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const channel = (value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (color.startsWith("rgb(")) return parse(color);
      if (color.startsWith("rgba(") && parse(color)[3] === 1) return parse(color);
    }
    return [255, 255, 255];
  };
  const faults = [];
  let looked = 0;
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const one = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || one.closest("script, style, .unseen, :disabled")) continue;
    const [a, b] = [light(parse(getComputedStyle(one).color)), light(ground(one))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    looked += 1;
    if (ratio < 4.5) faults.push(`${ratio.toFixed(2)} ${one.outerHTML.slice(0, 90)}`);
  }
  return [looked, faults];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_can_be_read_by_weak_eyes(open_: Any, scheme: str) -> None:
    look = open_(color_scheme=scheme)
    look.page.focus(f"{PAIN} .says")
    look.page.keyboard.press("Enter")
    looked, faults = look.page.evaluate(CONTRAST)
    assert looked > 150
    assert faults == [], "WCAG AA asks for 4.5 to 1"


def test_paper_shows_the_evidence_and_leaves_the_transcripts_out(look: Look) -> None:
    look.page.emulate_media(media="print")
    look.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert look.page.locator(f"{PAIN} .evidence q").first.is_visible()
    assert not look.page.locator(".transcripts").is_visible()
    assert not look.page.locator(".masthead nav").is_visible()


def test_the_plain_page_of_personas_opens_without_a_complaint(open_: Any, personas: PersonaSet, tmp_path: Path) -> None:
    path = tmp_path / "personas.html"
    path.write_bytes(export_personas(personas, "html"))
    look = open_(path=path, viewport={"width": 390, "height": 800})
    assert look.page.evaluate("document.documentElement.scrollWidth") == 390
    assert "is how it feels" in look.page.inner_text('[id="persona-2.pain_points.1"]')
    assert look.asked == [path.as_uri()]
    assert look.complaints == []
