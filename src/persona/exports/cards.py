"""A persona as a card: every claim with its status, its support and the words it rests on."""

from __future__ import annotations

from persona.exports.citing import Citations, anchor, far_place
from persona.exports.markup import Html, el, join
from persona.model.personas import CLAIM_FIELDS, Claim, Distribution, Evidence, Persona

STATUS_MEANING = {
    "observed": "the words stand in the source",
    "inferred": "derived by a rule from observed words or attributes",
    "unsupported": "asserted without evidence",
}
TITLES = {
    "themes": "Themes",
    "goals": "Goals",
    "pain_points": "Pain points",
    "behaviours": "Behaviours",
    "needs": "Needs",
    "motivations": "Motivations",
    "context": "Context",
    "tools": "Tools",
    "quotes": "In their words",
}
MOST_SHARES = 6
"""Values of an attribute that are drawn one by one: as many as there are colours. The export holds them all."""

MOST_DOTS = 14
"""Support of up to so many participants is drawn as dots, one a person; beyond that as a bar."""


def card(persona: Persona, citations: Citations | None, number: int) -> Html:
    """One persona. Without ``citations`` quotations name their place, but link nowhere."""
    known = [field for field in CLAIM_FIELDS if getattr(persona, field)]
    unknown = [_absent(persona, field, TITLES[field]) for field in CLAIM_FIELDS if field not in known]
    unstated = [field for field in persona.missing if field.partition(".")[0] == "demographics"]
    unknown += [_absent(persona, field, words(field.removeprefix("demographics."))) for field in unstated]
    people = plural(len(persona.members), "participant")
    return el(
        "article",
        el(
            "header",
            el("p", f"Persona {number} · {people}", class_="eyebrow"),
            el("h2", el("bdi", persona.name.text), id=f"h-{number}", tabindex="-1"),
            el(
                "p",
                None if persona.name.method == "pseudonym" else _status(persona.name),
                " ",
                _method(persona.name),
                class_="meta",
            ),
            _summary(persona, citations),
        ),
        _demographics(persona, citations),
        [_field(persona, field, citations) for field in known],
        el("section", el("h3", "Not known"), unknown, class_="field unknown") if unknown else None,
        _members(persona),
        class_="persona",
        id=f"p{number}",
        aria_labelledby=f"h-{number}",
    )


def legend() -> Html:
    """What the three marks of a claim mean."""
    return el(
        "ul",
        [el("li", _status_mark(name), " ", meaning) for name, meaning in STATUS_MEANING.items()],
        class_="legend",
        aria_label="What the marks mean",
    )


def symbols() -> Html:
    """The shapes of the three marks, drawn once and used by reference."""
    shapes = {
        "observed": el("circle", cx=6, cy=6, r=5, class_="solid"),
        "inferred": join(
            el("circle", cx=6, cy=6, r=4.4, class_="ring"), el("path", d="M6 1.6a4.4 4.4 0 0 0 0 8.8z", class_="solid")
        ),
        "unsupported": el("circle", cx=6, cy=6, r=4.4, class_="ring gap"),
    }
    drawn = [el("symbol", shape, id=f"m-{name}", viewBox="0 0 12 12") for name, shape in shapes.items()]
    return el("svg", drawn, class_="symbols", aria_hidden="true", width=0, height=0)


def plural(count: int, thing: str) -> str:
    """``1 participant``, ``3 participants``."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _summary(persona: Persona, citations: Citations | None) -> Html:
    if persona.summary is None:
        return _absent(persona, "summary", "No summary")
    return el("ul", _claim(persona, "summary", persona.summary, citations), class_="claims summary")


def _demographics(persona: Persona, citations: Citations | None) -> Html:
    if not persona.demographics:
        return join()
    rows = [
        el(
            "div",
            el("dt", words(attribute)),
            el(
                "dd",
                _shares(item),
                el("ul", _claim(persona, f"demographics.{attribute}", item.claim, citations), class_="claims"),
            ),
        )
        for attribute, item in persona.demographics.items()
    ]
    return el("section", el("h3", "Who they are"), el("dl", rows), class_="field demographics")


def _shares(item: Distribution) -> Html:
    """The counts as one bar, its parts in order; rare values are one part, and who did not say is the empty rest."""
    few = item.shares if len(item.shares) <= MOST_SHARES else item.shares[: MOST_SHARES - 1]
    drawn_shares = [(el("bdi", share.value), share.count, f"share-{at}") for at, share in enumerate(few)]
    others = item.shares[len(few) :]
    if others:
        drawn_shares.append((join(plural(len(others), "other value")), sum(one.count for one in others), "share-other"))
    at, parts, counts = 0, [], []
    for name, count, colour in drawn_shares:
        parts.append(el("rect", x=at, y=0, width=count, height=1, class_=colour))
        counts.append(el("li", name, " ", el("b", str(count)), class_=colour))
        at += count
    if item.of > item.known:
        counts.append(el("li", "not stated ", el("b", str(item.of - item.known)), class_="share-rest"))
    drawn = el(
        "svg",
        parts,
        viewBox=f"0 0 {max(item.of, 1)} 1",
        preserveAspectRatio="none",
        class_="bar",
        aria_hidden="true",
        focusable="false",
    )
    return join(drawn, el("ul", counts, class_="shares", aria_label=f"{words(item.attribute)}, participants"))


def _field(persona: Persona, field: str, citations: Citations | None) -> Html:
    claims: tuple[Claim, ...] = getattr(persona, field)
    listed = [_claim(persona, f"{field}[{index}]", claim, citations) for index, claim in enumerate(claims)]
    return el("section", el("h3", TITLES[field]), el("ul", listed, class_="claims"), class_=f"field {field}")


def _absent(persona: Persona, field: str, title: str) -> Html:
    absent = persona.missing.get(field)
    reason = absent.message if absent else "nothing in the data tells it"
    return el("p", el("b", title), ": ", reason, class_="absent")


def _claim(persona: Persona, path: str, claim: Claim, citations: Citations | None) -> Html:
    id = anchor(persona, path)
    places = [citations.place(evidence) for evidence in claim.evidence] if citations else []
    passages = [place.passage for place in places if place.passage is not None]
    said = claim.verbatim and bool(claim.evidence) and claim.text == claim.evidence[0].quote
    if said and places and not places[0].equal:
        text = refused()
    else:
        text = el("q", claim.text, class_="said", dir="auto") if said else el("span", claim.text, dir="auto")
    heading = (
        el("a", text, class_="says", href=f"#s{passages[0]}", aria_describedby=f"{id}-m")
        if passages
        else el("span", text, class_="says")
    )
    inline = said and len(claim.evidence) == 1
    where = _where(claim.evidence[0], citations) if inline else None
    return el(
        "li",
        heading,
        el("p", _status(claim), " ", _support(claim), " ", where, class_="meta", id=f"{id}-m"),
        None if inline else _evidence(claim, citations),
        class_="claim",
        id=id,
        data_s=" ".join(map(str, passages)) or None,
    )


def refused() -> Html:
    """What stands in place of a quotation that is not, character by character, in its source."""
    return el("em", "this quotation does not equal its source and is not shown", class_="refused")


def _evidence(claim: Claim, citations: Citations | None) -> Html | None:
    if not claim.evidence:
        return None
    rows = []
    for evidence in claim.evidence:
        place = citations.place(evidence) if citations else None
        against = evidence.stance == "against"
        rows.append(
            el(
                "li",
                el("strong", "Against: ") if against else None,
                el("q", evidence.quote, dir="auto") if place is None or place.equal else refused(),
                " ",
                _where(evidence, citations),
                class_="against" if against else None,
                data_s=place.passage if place else None,
            )
        )
    people = len({evidence.participant for evidence in claim.evidence})
    told = f"{plural(len(rows), 'passage')} from {plural(people, 'participant')}"
    return el("details", el("summary", told), el("ol", rows), class_="evidence", open=True)


def _where(evidence: Evidence, citations: Citations | None) -> Html:
    """Participant and place, linked to the words where they are in the page."""
    place = citations.place(evidence) if citations else None
    told = join(el("bdi", evidence.participant), ", ", el("bdi", place.words if place else far_place(evidence)))
    if place is None or place.passage is None:
        return el("cite", told)
    return el("cite", el("a", told, href=f"#s{place.passage}", class_="place"))


def _support(claim: Claim) -> Html:
    told = f"{claim.support} of {plural(claim.of, 'participant')}"
    return el("span", _dots(claim.support, claim.of), told, class_="support")


def _dots(support: int, of: int) -> Html | None:
    if of < 1:
        return None
    if of > MOST_DOTS:
        parts = [
            el("rect", x=0, y=3, width=60, height=4, rx=2, class_="off"),
            el("rect", x=0, y=3, width=round(60 * min(support, of) / of, 1), height=4, rx=2, class_="on"),
        ]
        width = 60
    else:
        parts = [
            el("circle", cx=4 + 8 * index, cy=5, r=3, class_="on" if index < support else "off") for index in range(of)
        ]
        width = 8 * of
    return el("svg", parts, width=width, height=10, viewBox=f"0 0 {width} 10", aria_hidden="true", focusable="false")


def _status(claim: Claim) -> Html:
    return _status_mark(claim.status)


def _status_mark(status: str) -> Html:
    shape = el("svg", el("use", href=f"#m-{status}"), width=12, height=12, aria_hidden="true", focusable="false")
    return el("span", shape, status, class_=f"status {status}")


def _standing(name: Claim) -> Html:
    """What a name is: a pseudonym is said to be one, and asserts nothing that could be unsupported."""
    return _method(name) if name.method == "pseudonym" else join(_status(name), " ", _method(name))


def _method(claim: Claim) -> Html:
    told = "a pseudonym, not anybody's name" if claim.method == "pseudonym" else f"rule: {claim.method}"
    return el("span", told)


def _members(persona: Persona) -> Html:
    names = []
    for index, member in enumerate(persona.members):
        names.append(join(", " if index else None, el("bdi", member)))
    return el(
        "p",
        el("b", "Made from "),
        names,
        ". ",
        join("Nearest to the middle: ", el("bdi", persona.anchor), ".") if persona.anchor else None,
        class_="members",
    )


def words(key: str) -> str:
    """A field's name as a heading: ``pain_points`` becomes ``Pain points``."""
    plain = key.replace("_", " ").strip()
    return plain[:1].upper() + plain[1:]
