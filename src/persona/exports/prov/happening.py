"""What happened in a run, as its bundle tells it: the run, what it used, who took part, its calls and its outputs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from persona.exports.prov import naming
from persona.exports.prov.background import version
from persona.exports.prov.claims import Claims
from persona.exports.prov.wording import PLAN, REVISION, agent, derived, entity, facts, kinds, many, pair
from persona.model.prov import ELEMENTS, FORMS, Kind, Name, Statement
from persona.model.records import Artefact, Call, Edge, Run

if TYPE_CHECKING:
    from persona.storage import Blobs, Records

_REPLAY = (("prov:type", Name("persona:Replay")),)
_SOFTWARE = ("engine:", "model:")


class Material(NamedTuple):
    """What is recorded of a run: the edges that leave it, and its outputs with the edges that leave them.

    ``asked`` says whether it has calls.
    """

    run: Run
    out: Sequence[Edge]
    outputs: Sequence[tuple[Artefact, Sequence[Edge]]]
    asked: bool


class Happening:
    """Tells runs. ``agents`` gives the names of persons, which are not told as they are recorded."""

    def __init__(self, records: Records, blobs: Blobs, agents: Mapping[str, str], *, claims: bool, words: bool) -> None:
        self._records = records
        self._agents = agents
        self._claims = Claims(records, blobs, words=words) if claims else None

    # Reading, for many runs at once

    def read(self, runs: Sequence[Run]) -> Iterator[Material]:
        """What is recorded of some runs."""
        ids = [run.id for run in runs]
        out = _by_source(self._records.edges_of(ids, "out"))
        into: defaultdict[str, list[Edge]] = defaultdict(list)
        for edge in self._records.edges_of(ids, "in"):
            into[edge.dst].append(edge)
        made = {id: [edge.src for edge in into[id] if edge.rel == "generated_by"] for id in ids}
        beyond = _by_source(self._records.edges_of([one for id in ids for one in made[id]], "out"))
        for run in runs:
            outputs = [(self._records.get(Artefact, one), beyond[one]) for one in made[run.id]]
            asked = any(edge.rel == "part_of" and edge.src.startswith("call_") for edge in into[run.id])
            yield Material(run, out[run.id], outputs, asked)

    # Telling

    def told(self, material: Material) -> dict[Kind, list[Statement]]:
        """All the statements of a bundle by kind, in an order that the records determine; each element once."""
        run = material.run
        name = naming.name(run.id)
        used = [edge.dst for edge in material.out if edge.rel == "used"]
        usage = naming.below("usage", name) + "/"
        things = list(map(naming.name, used))
        ids = [usage + thing[3:] for thing in things]
        usages = dict(zip(used, ids, strict=True))
        found: dict[Kind, list[Statement]] = {kind: [] for kind in FORMS}
        found["used"] = many("used", ids, zip(repeat(name), things, repeat(None), strict=False))
        elements: set[str | None] = set()
        for one in self._rest(material, name, used):
            if one.kind in ELEMENTS:
                if one.id in elements:
                    continue
                elements.add(one.id)
            found[one.kind].append(one)
        for artefact, edges in material.outputs:
            found["wasDerivedFrom"] += self._derivations(artefact, edges, name, run, usages)
        return found

    def _rest(self, material: Material, name: str, used: Sequence[str]) -> Iterator[Statement]:
        """Everything but usages and the derivations of outputs, of which there are many."""
        run = material.run
        yield self._activity(run, name)
        yield from self._plans_and_agents(material, name, used)
        if material.asked:
            for call in self._records.find(Call, run=run.id).items:
                yield from self._call(call, name)
        for artefact, edges in material.outputs:
            yield from self._output(artefact, edges, name, run)
            if self._claims is not None and artefact.kind == "personas" and artefact.run == run.id:
                yield from self._claims.told(artefact, [one for one in used if one.startswith("document_")])

    def _activity(self, run: Run, name: str) -> Statement:
        experiment = naming.experiment(f"{run.project}/{run.experiment}") if run.experiment else None
        told = facts(
            uuid=run.uuid,
            status=run.status,
            seed=run.seed,
            repeat=run.repeat,
            project=Name(naming.project(run.project)),
            experiment=Name(experiment) if experiment else None,
            recipe=run.recipe,
            deleted=True if run.deleted else None,
        )
        return Statement("activity", name, (run.started_at, run.ended_at), kinds("Run") + told)

    def _plans_and_agents(self, material: Material, name: str, used: Sequence[str]) -> Iterator[Statement]:
        """Templates, variants and recipes are plans, which the agents follow and the run used."""
        run = material.run
        taking = [edge.dst for edge in material.out if edge.rel == "associated_with"]
        software = [one for one in taking if one.startswith(_SOFTWARE)]
        templates = [one for one in used if one.startswith("template:")]
        template = naming.name(templates[0]) if len(templates) == 1 else None
        for one in templates:
            yield entity(naming.name(one), kinds("Template", "prov:Plan"))
        followed = None
        if run.variant and run.experiment:
            followed = naming.variant(f"{run.project}/{run.experiment}", run.variant)
            yield entity(followed, kinds("Variant", "prov:Plan"))
            yield Statement("used", naming.below("usage", name) + "/variant", (name, followed, None))
        if run.recipe:
            recipe = naming.content("recipe", run.recipe)
            yield entity(recipe, kinds("Recipe", "prov:Plan"), facts(digest=run.recipe))
            yield Statement("used", naming.below("usage", name) + "/recipe", (name, recipe, None))
            if followed:
                yield pair("specializationOf", recipe, followed)
            followed = followed or recipe
        people = [self._agents.get(one, naming.name(one)) for one in taking if one not in software]
        for one in software:
            yield self._program(one)
            yield Statement("wasAssociatedWith", None, (name, naming.name(one), template))
            for person in people:
                yield Statement("actedOnBehalfOf", None, (naming.name(one), person, name))
        for person in people:
            yield agent(person, kinds("prov:Person"))
            yield Statement("wasAssociatedWith", None, (name, person, followed))

    def _program(self, id: str) -> Statement:
        """An engine or a model as an agent."""
        kind, _, rest = id.partition(":")
        which, _, number = rest.partition("@") if kind == "engine" else rest.partition(":")
        told = facts(engine=which, version=number or None) if kind == "engine" else facts(provider=which, model=number)
        return agent(naming.name(id), kinds("prov:SoftwareAgent", kind.capitalize()), told)

    def _call(self, call: Call, run: str) -> Iterator[Statement]:
        """A request to a model: the prompt is the plan, the answer an entity of its own even where equal bytes exist.

        What the model is asked for and what answers are two facts: the second is the agent.
        """
        name = naming.name(call.id)
        prompt, answer = f"{name}.request", f"{name}.response"
        asked = naming.name(f"model:{call.provider}:{call.model}")
        model = f"model:{call.provider}:{call.answered or call.model}"
        told = facts(
            step=call.step,
            status=call.status,
            mode=call.mode,
            requested=Name(asked),
            input_tokens=call.input_tokens,
            output_tokens=call.output_tokens,
            cost=call.cost,
            seconds=call.seconds,
            attempts=call.attempts,
        )
        yield Statement("activity", name, (None, call.recorded_at), kinds("Call") + told)
        yield Statement("wasStartedBy", None, (name, None, run, None))
        yield Statement("wasInformedBy", None, (run, name))
        yield entity(prompt, kinds("Prompt"), (("prov:type", PLAN),), facts(digest=call.request))
        yield self._program(model)
        yield Statement("wasAssociatedWith", None, (name, naming.name(model), prompt))
        yield Statement("used", naming.below("usage", name) + "/request", (name, prompt, None))
        for edge in self._records.edges(call.id, "out"):
            if edge.rel == "used":
                yield Statement("used", None, (name, naming.name(edge.dst), None))
        if call.response is None:
            return
        yield entity(answer, kinds("Answer"), facts(digest=call.response))
        yield Statement("wasGeneratedBy", None, (answer, name, call.recorded_at))
        if call.reused:
            yield derived(answer, f"{naming.name(call.reused)}.response", _REPLAY)

    def _output(self, artefact: Artefact, edges: Iterable[Edge], run: str, maker: Run) -> Iterator[Statement]:
        """A version that a run made, or made again."""
        logical = naming.logical(artefact.project, artefact.name)
        name, again = _made(artefact, run, maker)
        yield version(artefact, name)
        at = maker.ended_at if again else artefact.created_at
        yield Statement("wasGeneratedBy", naming.below("generation", name), (name, run, at))
        yield pair("specializationOf", name, logical)
        if again:
            yield pair("alternateOf", name, naming.name(artefact.id))
            return
        for edge in edges:
            if edge.rel == "revision_of":
                yield derived(name, naming.name(edge.dst), REVISION)

    def _derivations(
        self, artefact: Artefact, edges: Iterable[Edge], run: str, maker: Run, usages: Mapping[str, str]
    ) -> list[Statement]:
        """What a version was derived from: by the run where the run used it, else one cannot say how."""
        name, again = _made(artefact, run, maker)
        generation = naming.below("generation", name)
        old = [edge.dst for edge in edges if edge.rel == "derived_from"]
        known = [one for one in old if one in usages]
        arguments = zip(
            repeat(name),
            map(naming.name, known),
            repeat(run),
            repeat(generation),
            map(usages.__getitem__, known),
            strict=False,
        )
        found = many("wasDerivedFrom", repeat(None), arguments)
        if not again and len(known) < len(old):
            found += [derived(name, naming.name(one)) for one in old if one not in usages]
        return found


def _made(artefact: Artefact, run: str, maker: Run) -> tuple[str, bool]:
    """What a version is called as the output of a run, and whether another run had made these bytes before."""
    name = naming.name(artefact.id)
    if artefact.run == maker.id:
        return name, False
    return f"{naming.below('again', run)}/{name[3:]}", True


def _by_source(edges: Iterable[Edge]) -> defaultdict[str, list[Edge]]:
    """Edges by the node that they leave."""
    found: defaultdict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        found[edge.src].append(edge)
    return found
