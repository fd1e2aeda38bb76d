"""What differs between two recipes, or between two environments: each part by its path, with the class of cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from persona.model.canonical import canonical_json
from persona.model.recipes import Recipe
from persona.model.reproductions import CAUSES, Cause, Difference

_CODE = ("code", "tool", "version")
"""The parts of an environment that are this program itself."""


def between_recipes(
    before: Recipe, after: Recipe, name_of: Callable[[str], str] = lambda digest: digest
) -> list[Difference]:
    """Every part in which two recipes differ, the weightiest class first. ``name_of`` names a document for people."""
    found: list[Difference] = []
    old, new = ({ref.document: ref for ref in one.inputs} for one in (before, after))
    for document in sorted(old.keys() | new.keys()):
        if document not in new:
            found.append(Difference(f"inputs.{name_of(document)}", "input", document, None))
        elif document not in old:
            found.append(Difference(f"inputs.{name_of(document)}", "input", None, document))
        elif old[document].people != new[document].people:
            was, is_ = (_text(one[document].people) for one in (old, new))
            found.append(Difference(f"inputs.{name_of(document)}.people", "input", was, is_))
    causes: dict[str, Cause] = {"template": "prompt", "engine": "code", "engine_version": "code", "schema": "code"}
    for part, then, now in _unlike(_plain(before), _plain(after)):
        found.append(Difference(part, causes.get(part.partition(".")[0], "parameter"), then, now))
    return sorted(found, key=lambda one: (CAUSES.index(one.cause), one.part))


def between_environments(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Every part in which two captured environments differ: this program first, then interpreter and packages."""
    found = []
    for part, was, is_ in _unlike(before, after):
        ours = part in _CODE or part.endswith(".persona-workbench")
        found.append(Difference(part, "code" if ours else "environment", was, is_))
    return sorted(found, key=lambda one: (CAUSES.index(one.cause), one.part))


def _plain(recipe: Recipe) -> dict[str, Any]:
    from msgspec import to_builtins

    plain: dict[str, Any] = to_builtins(recipe)
    del plain["inputs"]
    plain.pop("salt", None)  # it follows from the inputs
    return plain


def _unlike(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str | None, str | None]]:
    """The leaves in which two trees differ, as text; None where a tree has no such leaf."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path) and not (_opened(path, old, new) or _opened(path, new, old)):
            yield path, old.get(path), new.get(path)


def _opened(path: str, one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Whether a part is empty here and holds something there: then what it holds is named, and not the part."""
    return one.get(path) == "{}" and path not in other and any(inner.startswith(f"{path}.") for inner in other)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else canonical_json(value).decode()
