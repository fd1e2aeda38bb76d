"""Every code that can be raised is explained, and nothing is explained that cannot happen."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.cli.calling import Say

import persona
from persona import errors
from persona.cli.codes import CODES, EXIT_STATUSES, FINDINGS
from persona.model.records import DocumentRecord

SOURCE = Path(persona.__file__).parent
CLASSES = {
    name: one for name, one in vars(errors).items() if inspect.isclass(one) and issubclass(one, errors.PersonaError)
}
NOUNS = (
    "project",
    "source",
    "document",
    "participant",
    "experiment",
    "run",
    "artefact",
    "call",
    "withdrawal",
    "erasure",
)


class Raised(NamedTuple):
    """A place in the house where an error with a code is made."""

    code: str
    maker: str
    place: str


def calls() -> Iterator[tuple[ast.Call, str, str]]:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                yield node, name, f"{path.relative_to(SOURCE)}:{node.lineno}"


def texts(node: ast.expr) -> list[str]:
    """The codes an expression can be: a text, a choice of texts, or a text with the word of a noun before it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return texts(node.body) + texts(node.orelse)
    if isinstance(node, ast.JoinedStr):
        ending = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
        return [noun + ending for noun in NOUNS]
    return []


def raised() -> list[Raised]:
    found = []
    for node, name, place in calls():
        given = [word.value for word in node.keywords if word.arg == "code"]
        if name == "refuse" and len(node.args) > 1:
            given, name = [node.args[1]], "InvalidInput"
        if name in ("Fault", "Undefined"):  # of templates; each becomes an InvalidInput with the template's place
            given, name = given or [ast.Constant("template-broken")], "InvalidInput"
        found += [Raised(code, name, place) for value in given for code in texts(value)]
    found += [Raised(one.default_code, one.__name__, "errors.py") for one in CLASSES.values()]
    return found


def test_every_code_that_is_raised_is_explained() -> None:
    unknown = {f"{one.code}  ({one.place})" for one in raised() if one.code not in CODES}
    assert not unknown, "add these to src/persona/cli/codes"


def test_every_code_that_is_explained_is_raised() -> None:
    assert set(CODES) <= {one.code for one in raised()}


def test_every_code_is_explained_with_the_classes_it_is_raised_as() -> None:
    seen: dict[str, set[str]] = {}
    for one in raised():
        if one.maker in CLASSES:
            seen.setdefault(one.code, set()).add(one.maker)
    told = {name: set(code.classes.split()) for name, code in CODES.items()}
    assert {name: classes for name, classes in told.items() if seen.get(name, classes) != classes} == {}


def test_every_finding_is_explained_and_every_explained_finding_exists() -> None:
    made = {code for node, name, _ in calls() if name == "Finding" and node.args for code in texts(node.args[0])}
    assert made == set(FINDINGS)


def test_the_exit_statuses_are_those_of_the_errors() -> None:
    assert {0, *(one.exit_status for one in CLASSES.values())} == set(EXIT_STATUSES)


@pytest.mark.parametrize("code", [*CODES, *FINDINGS])
def test_explain_says_what_it_means_and_what_helps(code: str, say: Say) -> None:
    said = say("explain", code)
    one = CODES.get(code) or FINDINGS[code]
    flat = " ".join(said.out.split())
    assert said.status == 0
    assert one.meaning in flat
    assert one.helps in flat
    assert one.meaning.endswith(".")
    assert one.helps.endswith(".")


def test_explain_offers_the_nearest_code(say: Say) -> None:
    said = say("explain", "varient-not-found")
    assert said.status == 3
    assert "hint: did you mean `persona explain variant-not-found`?" in said.err


def test_a_document_is_one_of_the_nouns() -> None:
    """The codes of missing and existing records are made from the words of the tables."""
    from persona.storage.tables import table_of

    assert table_of(DocumentRecord).word in NOUNS
