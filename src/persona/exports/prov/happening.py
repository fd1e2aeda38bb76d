"""What happened in a run, as its bundle tells it: the run, what it used, who took part, its calls and its outputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from persona.exports.prov import naming
from persona.exports.prov.background import version
from persona.exports.prov.claims import Claims
from persona.exports.prov.wording import PLAN, REVISION, agent, derived, entity, facts, kinds, pair
from persona.model.prov import ELEMENTS, FORMS, Kind, Name, Rows, Statement
from persona.model.records import Artefact, Call, Run

if TYPE_CHECKING:
    from persona.storage import Blobs, Records

Ends = Mapping[str, Sequence[str]]
"""What edges of a thing point at, by relation."""

_REPLAY = (("prov:type", Name("persona:Replay")),)
_SOFTWARE = ("engine:", "model:")


class Material(NamedTuple):
    """What is recorded of a run: what it points at by relation, and its outputs with what they point at.

    ``asked`` says whether it has calls.
    """

    run: Run
    out: Ends
    outputs: Sequence[tuple[Artefact, Ends]]
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
        out, into = self._records.ends_of(ids, "out"), self._records.ends_of(ids, "in")
        made = list(dict.fromkeys(one for id in ids for one in into[id].get("generated_by", ())))
        artefacts, beyond = self._records.get_many(Artefact, made), self._records.ends_of(made, "out")
        for run in runs:
            reached = into[run.id]
            outputs = [(artefacts[one], beyond[one]) for one in reached.get("generated_by", ())]
            asked = any(one.startswith("call_") for one in reached.get("part_of", ()))
            yield Material(run, out[run.id], outputs, asked)

    # Telling

    def told(self, material: Material) -> dict[Kind, list[Statement | Rows]]:
        """All the statements of a bundle by kind, in an order that the records determine; each element once."""
        run = material.run
        name = naming.name(run.id)
        used = material.out.get("used", ())
        usage = naming.below("usage", name) + "/"
        things = list(map(naming.name, used))
        ids = [usage + thing[3:] for thing in things]
        usages = dict(zip(used, ids, strict=True))
        found: dict[Kind, list[Statement | Rows]] = {kind: [] for kind in FORMS}
        if things:
            found["used"].append(Rows("used", len(things), ids, (name, things, None)))
        elements: set[str | None] = set()
        for one in self._rest(material, name, used):
            if one.kind in ELEMENTS:
                if one.id in elements:
                    continue
                elements.add(one.id)
            found[one.kind].append(one)
        for artefact, beyond in material.outputs:
            found["wasDerivedFrom"] += self._derivations(artefact, beyond.get("derived_from", ()), name, run, usages)
        return found

    def _rest(self, material: Material, name: str, used: Sequence[str]) -> Iterator[Statement]:
        """Everything but usages and the derivations of outputs, of which there are many."""
        run = material.run
        yield self._activity(run, name)
        yield from self._plans_and_agents(material, name, used)
        if material.asked:
            for call in self._records.find(Call, run=run.id).items:
                yield from self._call(call, name)
        for artefact, beyond in material.outputs:
            yield from self._output(artefact, beyond.get("revision_of", ()), name, run)
            if self._claims is not None and artefact.kind == "personas" and artefact.run == run.id:
                yield from self._claims.told(artefact, run, [one for one in used if one.startswith("document_")])

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
        taking = material.out.get("associated_with", ())
        software = [one for one in taking if one.startswith(_SOFTWARE)]
        templates = [one for one in used if one.startswith("template:")]
        template = naming.name(templates[0]) if len(templates) == 1 else None
        yield from map(_template, templates)
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
            yield _program(one)
            yield Statement("wasAssociatedWith", None, (name, naming.name(one), template))
            for person in people:
                yield Statement("actedOnBehalfOf", None, (naming.name(one), person, name))
        for person in people:
            yield _person(person)
            yield Statement("wasAssociatedWith", None, (name, person, followed))

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
        yield _program(model)
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

    def _output(self, artefact: Artefact, revised: Iterable[str], run: str, maker: Run) -> Iterator[Statement]:
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
        for one in revised:
            yield derived(name, naming.name(one), REVISION)

    def _derivations(
        self, artefact: Artefact, old: Sequence[str], run: str, maker: Run, usages: Mapping[str, str]
    ) -> Iterator[Statement | Rows]:
        """What a version was derived from: by the run where the run used it, else one cannot say how."""
        name, again = _made(artefact, run, maker)
        generation = naming.below("generation", name)
        known = old if usages.keys() >= set(old) else [one for one in old if one in usages]
        if known:
            things, used = list(map(naming.name, known)), list(map(usages.__getitem__, known))
            yield Rows("wasDerivedFrom", len(known), None, (name, things, run, generation, used))
        if not again and len(known) < len(old):
            for one in old:
                if one not in usages:
                    yield derived(name, naming.name(one))


@lru_cache(maxsize=1024)
def _template(id: str) -> Statement:
    """A template as a plan."""
    return entity(naming.name(id), kinds("Template", "prov:Plan"))


@lru_cache(maxsize=1024)
def _program(id: str) -> Statement:
    """An engine or a model as an agent."""
    kind, _, rest = id.partition(":")
    which, _, number = rest.partition("@") if kind == "engine" else rest.partition(":")
    told = facts(engine=which, version=number or None) if kind == "engine" else facts(provider=which, model=number)
    return agent(naming.name(id), kinds("prov:SoftwareAgent", kind.capitalize()), told)


@lru_cache(maxsize=1024)
def _person(name: str) -> Statement:
    """A person who took part as an agent."""
    return agent(name, kinds("prov:Person"))


def _made(artefact: Artefact, run: str, maker: Run) -> tuple[str, bool]:
    """What a version is called as the output of a run, and whether another run had made these bytes before."""
    name = naming.name(artefact.id)
    if artefact.run == maker.id:
        return name, False
    return f"{naming.below('again', run)}/{name[3:]}", True
