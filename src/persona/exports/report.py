"""The report: one HTML file with personas on the left and the words they rest on beside them.

The file opens from disk, asks for nothing else and works without its script: a claim is then a link to its words. Its
Content-Security-Policy allows exactly the one style and the one script that it carries.
"""

from __future__ import annotations

from collections.abc import Sequence

from persona import __version__
from persona.exports.cards import card, legend, plural, symbols
from persona.exports.citing import Citations, by_name
from persona.exports.markup import Html, el, join
from persona.exports.page import grouping_notice, page
from persona.exports.transcripts import cited, document_list, transcript
from persona.model.cards import derived
from persona.model.measures import Measure
from persona.model.personas import PersonaSet
from persona.model.sources import Input

DIRECTIONS = {"up": "↑ higher is better", "down": "↓ lower is better", "none": "reported, not ranked"}
FEW_DOCUMENTS = 12
"""Up to so many documents are listed openly at the foot of the page; more are listed when asked for."""
STATUSES = {"not_applicable": "not applicable", "not_enough_data": "not enough data", "failed": "failed"}


def render_report(
    *,
    personas: PersonaSet,
    inputs: Sequence[Input],
    title: str,
    facts: Sequence[tuple[str, str]],
    measures: Sequence[Measure],
    root: str | None = None,
    checkpoint: str | None = None,
) -> bytes:
    """The report of one persona set as the bytes of a self-contained HTML file.

    ``inputs`` are the documents that the run read; those which claims rest on are embedded in full. ``facts`` are
    shown as they come, name and value. ``root`` is the Merkle root of the log when the report was made,
    ``checkpoint`` the same as it is kept. A quotation
    that does not equal its span in ``inputs`` is not shown. Equal arguments give equal bytes.
    """
    inputs = by_name(inputs)
    citations = Citations(personas, inputs)
    documents = cited(inputs, citations)
    body = join(
        symbols(),
        el("a", "Skip to the personas", href="#personas", class_="skip"),
        _masthead(personas, inputs, title, citations.refused),
        el(
            "main",
            el(
                "section",
                el("h2", "Personas", class_="unseen"),
                [card(persona, citations, number) for number, persona in enumerate(personas.personas, 1)],
                None if personas.personas else el("p", "No persona could be made from these data.", class_="absent"),
                class_="personas",
                id="personas",
                aria_label="Personas",
                tabindex="-1",
            ),
            el(
                "section",
                _pane_bar(),
                el(
                    "div",
                    el("h2", "Transcripts", class_="unseen"),
                    [transcript(item, citations, number) for number, item in enumerate(documents, 1)],
                    None if documents else el("p", "No claim rests on words of a document.", class_="absent"),
                    class_="scroll",
                    tabindex="0",
                    role="group",
                    aria_label="Transcripts, scrollable",
                ),
                _lens(),
                class_="transcripts",
                id="transcripts",
                aria_label="Transcripts",
            ),
            class_="reading",
        ),
        _colophon(inputs, citations, facts, measures, root),
    )
    salt = derived("page", str(personas.provenance.get("salt", "")))
    styles = ("page.css", "report.css")
    return page(title, body, styles=styles, script="report.js", root=root, checkpoint=checkpoint, salt=salt)


def _masthead(personas: PersonaSet, inputs: Sequence[Input], title: str, refused: int) -> Html:
    people = {member for persona in personas.personas for member in persona.members}
    everybody = people.union(personas.grouping.outliers)
    share = f"{len(people)} of " if len(people) < len(everybody) else ""
    told = (
        f"{plural(len(personas.personas), 'persona')} from {share}{plural(len(everybody), 'participant')} "
        f"in {plural(len(inputs), 'document')}"
    )
    links = [
        el(
            "li",
            el(
                "a",
                el("bdi", persona.name.text),
                el("span", str(len(persona.members)), class_="count"),
                href=f"#p{number}",
            ),
        )
        for number, persona in enumerate(personas.personas, 1)
    ]
    return el(
        "header",
        el("h1", el("bdi", title)),
        el("p", told, class_="lead"),
        grouping_notice(personas.grouping, personas.checks),
        _refusal(refused) if refused else None,
        el("nav", el("ul", links), aria_label="Personas") if links else None,
        el(
            "div",
            legend(),
            el("p", el("a", "How this was made", href="#made"), class_="made-link"),
            _keys(),
            class_="reading-help",
        ),
        class_="masthead",
    )


def _refusal(count: int) -> Html:
    told = "1 quotation does" if count == 1 else f"{count} quotations do"
    return el(
        "aside",
        el(
            "p",
            el("strong", "Damaged: "),
            f"{told} not equal the source and {'is' if count == 1 else 'are'} not shown. ",
        ),
        el("p", "To find out what was changed: ", el("code", "persona verify")),
        class_="notice caution",
        aria_label="Damage",
    )


def _keys() -> Html:
    """The keys, shown only where the script runs; single letters can be turned off (WCAG 2.1.4)."""
    rows = (
        ("Tab, or J and K, or ↓ and ↑", "move between claims; their words light up beside them"),
        ("← and →", "step through the words of a claim"),
        ("Enter or Space", "pin a claim, so that it stays lit"),
        ("Esc", "put the light out"),
    )
    told = [el("div", el("dt", el("kbd", keys)), el("dd", meaning)) for keys, meaning in rows]
    letters = el("label", el("input", type="checkbox", id="letters", checked=True), " J and K move between claims")
    return el("details", el("summary", "Keys"), el("dl", told), el("p", letters), class_="keys scripted")


def _pane_bar() -> Html:
    """The handle of the transcripts where they are a sheet at the foot of a narrow screen."""
    return el("button", "Close the transcripts", type="button", id="sheet-close", class_="sheet scripted")


def _lens() -> Html:
    """What is lit at the moment, told in words; filled in by the script."""
    return el(
        "div",
        el(
            "p",
            "Point at a claim, or move to one with Tab, and its words light up here.",
            id="lens-told",
            role="status",
        ),
        el(
            "div",
            el("button", "← Previous words", type="button", id="lens-back", disabled=True),
            el("button", "Next words →", type="button", id="lens-on", disabled=True),
            el("button", "Clear", type="button", id="lens-clear", disabled=True),
            class_="buttons",
        ),
        el(
            "div",
            el("p", "These words also hold up:", id="lens-also"),
            el("ul", aria_labelledby="lens-also"),
            id="lens-others",
            hidden=True,
        ),
        class_="lens scripted",
        id="lens",
    )


def _colophon(
    inputs: Sequence[Input],
    citations: Citations,
    facts: Sequence[tuple[str, str]],
    measures: Sequence[Measure],
    root: str | None,
) -> Html:
    rows = [
        el("tr", el("th", el("bdi", name), scope="row"), el("td", el("bdi", value or "not recorded")))
        for name, value in facts
    ]
    return el(
        "footer",
        el("h2", "How this was made", id="made", tabindex="-1"),
        el(
            "p",
            "When this page was written, every quotation was compared with its document, character by character; one "
            "that differs is not shown. The digests below name the exact bytes.",
        ),
        el("section", el("h3", "Record"), el("table", el("tbody", rows), class_="facts")) if rows else None,
        el("section", el("h3", "Measures"), _measures(measures)) if measures else None,
        el("section", el("h3", "Documents"), _documents(inputs, citations)),
        el("p", "The root of the log was ", el("code", root), " when this page was written.") if root else None,
        el(
            "p",
            f"Written by persona {__version__}. This file holds words of participants: treat it as such.",
            class_="imprint",
        ),
        class_="colophon",
        aria_labelledby="made",
    )


def _documents(inputs: Sequence[Input], citations: Citations) -> Html:
    table = document_list(inputs, citations)
    shown = el("div", table, class_="wide", tabindex="0", role="group", aria_label="Documents, scrollable")
    return el("details", el("summary", plural(len(inputs), "document")), shown, open=len(inputs) <= FEW_DOCUMENTS)


def _measures(measures: Sequence[Measure]) -> Html:
    head = [el("th", title, scope="col") for title in ("Measure", "Value", "Range", "Better", "Measured on", "Version")]
    rows = []
    for measure in measures:
        if measure.value is not None:
            value = el("td", f"{measure.value:.4g}", class_="number")
        else:
            value = el("td", STATUSES.get(measure.status, measure.status), class_="number reason")
        low, high = measure.span
        rows.append(
            el(
                "tr",
                el("th", measure.name, scope="row"),
                value,
                el("td", f"{low:g} to {high:g}".replace("inf", "∞"), class_="number"),
                el("td", DIRECTIONS[measure.direction]),
                el("td", plural(measure.denominator, "item"), class_="number"),
                el("td", measure.version, class_="number"),
            )
        )
    table = el("table", el("thead", el("tr", head)), el("tbody", rows), class_="measures")
    return el("div", table, class_="wide", tabindex="0", role="group", aria_label="Measures, scrollable")
