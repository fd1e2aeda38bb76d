"""Files, people, software and models as entities of a crate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from persona.exports.ro_crate.graph import CrateGraph, local_id, path_id, ref, urn
from persona.llm.providers import PROVIDERS, find_model
from persona.model.canonical import Digest, digest_of

FORMATS = {
    "json": "application/json",
    "jsonl": "application/jsonl",
    "yaml": "application/yaml",
    "html": "text/html",
    "md": "text/markdown",
    "csv": "text/csv",
    "txt": "text/plain",
}
"""Media types by the ending of a file; anything else is told as bytes."""

MEANINGS = {
    "run_metadata.json": "When, with what and how well the run was done: R-016's record of a run.",
    "manifest.yaml": "What the run made, from which sources, by what: R-016's manifest.",
    "input/template.txt": "The template that worded the prompts or the personas.",
    "audit/recipe.json": "The frozen plan of the run, in which every name is a digest.",
    "audit/metrics.json": "Every measure of the personas, with version and denominator.",
    "audit/constraints.json": "What the project demanded of the personas, and whether they meet it.",
    "audit/environment.json": "Tool, interpreter, machine and installed packages.",
    "audit/events.jsonl": "The events of the run as the log recorded them, one a line, each with its leaf.",
    "audit/calls.jsonl": "Every call of a language model, by digest.",
    "audit/git.json": "The state of the code around the run.",
}
"""What the files of a run folder are."""

UNKNOWN = "not recorded"


class Told(NamedTuple):
    """What only a person can say of a crate. ``people`` are ORCIDs by the name that is recorded."""

    license: str | None = None
    organisation: str | None = None
    organisation_url: str | None = None
    contact: str | None = None
    people: Mapping[str, str] = {}


def file(graph: CrateGraph, path: str, data: bytes, name: str, description: str, media_type: str | None = None) -> str:
    """A file that is in the crate."""
    ending = path.rpartition(".")[2].lower()
    return graph.add(
        path_id(path),
        "File",
        name=name,
        description=description,
        encodingFormat=media_type or FORMATS.get(ending, "application/octet-stream"),
        contentSize=str(len(data)),
        sha256=_hexadecimal(digest_of(data)),
    )


def withheld(graph: CrateGraph, digest: Digest, what: str, media_type: str, size: int | None) -> str:
    """A file that is not in the crate: by its digest, so that who has it can tell that it is the one, and nameless.

    RO-Crate 1.2 wants to know where it would be: a place in the crate that says nothing either.
    """
    words = f"{what[:1].upper()}{what[1:]} that is not part of this crate; its digest tells whether a file is it."
    return graph.add(
        local_id(digest),
        "File",
        name=f"{what}, withheld",
        description=words,
        encodingFormat=media_type,
        contentSize=None if size is None else str(size),
        sha256=_hexadecimal(digest),
        localPath=f"withheld/{_hexadecimal(digest)}" if graph.profile == "1.2" else None,
    )


def person(graph: CrateGraph, actor: str, told: Told) -> str:
    """Who did something, by the name under which it was recorded, or by the ORCID that goes with it."""
    name = actor.removeprefix("person:")
    return graph.add(
        told.people.get(name) or local_id("person", name),
        "Person",
        name=name,
        description="Somebody who ran persona-workbench.",
        affiliation=_affiliation(graph, told),
    )


def publisher(graph: CrateGraph, told: Told, people: list[str]) -> list[str]:
    """Who publishes the crate: the organisation, else the people themselves."""
    found = _affiliation(graph, told)
    return [found["@id"]] if found else people


def _affiliation(graph: CrateGraph, told: Told) -> dict[str, str] | None:
    if not told.organisation:
        return None
    contact = None
    if told.contact:
        address = f"mailto:{told.contact}"
        words = {"name": "Contact", "description": "Whom to ask about this crate."}
        contact = ref(graph.add(address, "ContactPoint", contactType="questions", email=told.contact, **words))
    id = told.organisation_url or local_id("organisation", told.organisation)
    return ref(
        graph.add(
            id,
            "Organization",
            name=told.organisation,
            description="Whom the people of this crate work for.",
            url=told.organisation_url,
            contactPoint=contact,
        )
    )


def licence(graph: CrateGraph, told: Told) -> str:
    """Under which licence the crate is handed on."""
    if told.license:
        name = told.license.rstrip("/").rpartition("/")[2].removesuffix(".html") or told.license
        words = "The licence under which this crate is handed on."
        return graph.add(told.license, "CreativeWork", name=name, description=words)
    words = "Nobody said what may be done with this crate: ask whoever gave it to you."
    return graph.add("#no-licence", "CreativeWork", name="No licence was given", description=words)


def tool(graph: CrateGraph, name: str, version: str) -> str:
    """The program that did the work."""
    id = urn("software", name, version)
    words = "Turns interviews and surveys into personas, every sentence of which leads to its source."
    return graph.add(id, "SoftwareApplication", name=name, version=version, url=id, description=words)


def engine(graph: CrateGraph, name: str, version: str, model: str, needs: list[str]) -> str:
    """The part of the program that made personas, with what it needed."""
    id = urn("engine", f"{name}@{version}", *needs[1:] and [model], needs[0].rpartition(":")[2])
    return graph.add(
        id,
        "SoftwareApplication",
        name=f"the engine {name} of persona-workbench",
        version=version,
        url=id,
        description="Makes personas from documents.",
        softwareRequirements=[ref(one) for one in needs],
    )


def model(graph: CrateGraph, asked: str, answered: list[str], endpoint: str | None) -> str | None:
    """A language model as it was asked for and as it answered; None where no model was asked."""
    found = find_model(asked)
    if found is None:
        return None
    version = ", ".join(answered) or UNKNOWN
    id = urn("model", asked, version)
    return graph.add(
        id,
        "SoftwareApplication",
        name=asked,
        version=version,
        url=endpoint or PROVIDERS[found.provider.name].endpoint or id,
        description=f"A language model. It was asked for as {asked} and answered as {version}.",
    )


def program(graph: CrateGraph, commit: str | None, tool: str) -> str:
    """A program of somebody's own that recorded its run: its commit is all that is known of it."""
    version = commit or UNKNOWN
    id = urn("program", version, tool.rpartition(":")[2])
    return graph.add(
        id,
        "SoftwareApplication",
        name="a program",
        version=version,
        url=id,
        description="A program that recorded its own run with persona-workbench.",
        softwareRequirements=ref(tool),
    )


def parameter(graph: CrateGraph, run: str, name: str, value: str) -> str:
    """One parameter of a run."""
    words = f"A parameter of {run}."
    return graph.add(local_id(run, name), "PropertyValue", name=name, value=value, description=words)


def _hexadecimal(digest: Digest) -> str:
    return digest.removeprefix("sha256:")
