"""Personas on a terminal: every sentence with how many of how many say so, and what is not known said plainly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from persona.cli.wording import counted, number

if TYPE_CHECKING:
    from persona.cli.screen import Screen
    from persona.model.personas import Claim, Distribution, Grouping, Persona, PersonaSet

HEADINGS = {
    "themes": "Themes",
    "goals": "Goals",
    "pain_points": "Pain points",
    "behaviours": "Behaviours",
    "needs": "Needs",
    "motivations": "Motivations",
    "context": "Context",
    "tools": "Tools",
}
SHARES = 6
"""How many values of an attribute are named here; the export holds all."""

SHORT = {
    "refused": "what the model said there did not rest on words and was refused",
    "unreadable": "no answer of the model could be read",
}
"""Reasons that name the field in full elsewhere, said of several fields at once."""

QUOTES = 2
"""How many quotations a persona shows here; the report shows all."""


def draw(screen: Screen, personas: PersonaSet) -> Iterator[str]:
    """All personas of a set, then what is to be known about how they were grouped."""
    total = len(personas.personas)
    for index, persona in enumerate(personas.personas, start=1):
        yield from draw_one(screen, persona, index, total)
        yield ""
    yield from draw_grouping(screen, personas.grouping)
    if personas.checks is not None:
        yield from screen.wrap(personas.checks.told(), f"{screen.bold('Checked')}  ", "  ")


def draw_one(screen: Screen, persona: Persona, index: int, total: int) -> Iterator[str]:
    """One persona: name, summary, what its members are, say and need, and what the sources do not tell."""
    people = counted(len(persona.members), "participant")
    about = screen.dim(f"persona {index} of {total}, {people}; the name is made up")
    yield f"{screen.bold(persona.name.text)}  {about}"
    if persona.summary is not None:
        yield from screen.wrap(persona.summary.text + _mark(persona.summary), "  ")
    if persona.demographics:
        yield ""
        yield f"  {screen.bold('Who they are')}"
        for attribute, found in persona.demographics.items():
            yield from screen.wrap(f"{attribute}: {_shares(found)}", "    ", "      ")
    for field, heading in HEADINGS.items():
        claims: tuple[Claim, ...] | None = getattr(persona, field)
        if claims:
            yield ""
            yield f"  {screen.bold(heading)}"
            for claim in claims:
                yield from _claim(screen, claim)
    if persona.quotes:
        yield ""
        yield f"  {screen.bold('In their words')}"
        for claim in persona.quotes[:QUOTES]:
            who = claim.evidence[0].participant if claim.evidence else "nobody"
            yield from screen.wrap(f"“{claim.text}”", "    ", "     ")
            yield f"      {screen.dim(who)}"
    if persona.missing:
        yield ""
        yield from _missing(screen, persona)


def draw_grouping(screen: Screen, grouping: Grouping) -> Iterator[str]:
    """Whether the data really show groups, and who fits nowhere or was left out."""
    people = sum(len(group) for group in grouping.groups)
    told = [f"{counted(grouping.k, 'group')} of {counted(people, 'participant')}"]
    if grouping.silhouette is not None:
        told.append(f"silhouette {number(grouping.silhouette)} (of -1 to 1)")
    if grouping.stability is not None:
        told.append(f"stability {number(grouping.stability)}")
    yield f"{screen.bold('Grouping')}  {', '.join(told)}"
    if grouping.message:
        mark = screen.green("clear") if grouping.clear else screen.yellow("unclear")
        yield from screen.wrap(grouping.message, f"  {mark}: ", "    ")
    if grouping.outliers:
        yield from screen.wrap(", ".join(grouping.outliers), "  fits nowhere: ", "    ")
    if grouping.excluded:
        left = ", ".join(f"{label} ({why})" for label, why in grouping.excluded.items())
        yield from screen.wrap(left, "  left out: ", "    ")


def _claim(screen: Screen, claim: Claim) -> Iterator[str]:
    words = f"“{claim.text}”" if claim.verbatim else claim.text
    yield from screen.wrap(words + _mark(claim), f"    {screen.dim(f'{claim.support} of {claim.of}')}  ")


def _mark(claim: Claim) -> str:
    """Nothing for what was observed; the status in words for the rest."""
    return "" if claim.status == "observed" else f" ({claim.status})"


def _shares(found: Distribution) -> str:
    shares = ", ".join(f"{share.value} {share.count}" for share in found.shares[:SHARES])
    if len(found.shares) > SHARES:
        shares += f" and {len(found.shares) - SHARES} other values"
    unknown = found.of - found.known
    return shares + (f", not stated {unknown}" if unknown else "")


def _missing(screen: Screen, persona: Persona) -> Iterator[str]:
    """Fields without a value, those with the same reason together."""
    by_reason: dict[str, list[str]] = {}
    for path, absent in persona.missing.items():
        attribute = path.removeprefix("demographics.")
        reason = absent.message
        if absent.code == "not_in_source" and attribute != path:
            reason = "not given in any header, front matter or column"
        elif reason.startswith("no sentence of "):
            reason = "no sentence could be read so with enough certainty"
        elif reason.startswith("the model observed nothing"):
            reason = "the model observed nothing that belongs there"
        elif absent.code in SHORT:
            reason = SHORT[absent.code]
        by_reason.setdefault(reason, []).append(attribute.replace("_", " "))
    for reason, names in by_reason.items():
        yield from screen.wrap(f"{', '.join(names)}: {reason}", f"  {screen.yellow('not known')}  ", "    ")
