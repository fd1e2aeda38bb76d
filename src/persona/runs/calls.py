"""Answering an engine's prompts: from the record where it holds the answer, else from the provider, and recording both.

Each call is written down in its own transaction as its answer comes, before the engine sees it. A run that is killed
has paid for nothing that the next one asks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from persona.errors import ModelError, PersonaError
from persona.model.calls import Answered, CallRequest, CallResponse, Limits, Prompt, build_of, key_of, paid
from persona.model.canonical import canonical_json
from persona.model.cards import salt, salted
from persona.model.ids import new_id
from persona.model.records import Call, DocumentRecord, Draft, Edge
from persona.runs.asking import Salts, keys_of, plain_key, request_for
from persona.runs.consent import check_hosted
from persona.runs.sealed import read_sealed

if TYPE_CHECKING:
    from persona.llm.base import CallFailed, Model
    from persona.llm.budget import Purse
    from persona.llm.desk import Desk
    from persona.llm.pace import Pace
    from persona.model.canonical import Digest
    from persona.model.recipes import Parameters, Recipe
    from persona.model.records import Run
    from persona.storage import Blobs, Records

_response = msgspec.json.Decoder(CallResponse)
_request = msgspec.json.Decoder(CallRequest)


class NotRecorded(ModelError):
    """A replay asks for a call that the run did not make: something before it differs."""

    def __init__(self, run: str, prompt: Prompt) -> None:
        super().__init__(
            "the run has no recorded answer to what is asked now",
            code="call-not-recorded",
            place=f"{run}, {prompt.step} {prompt.about}",
            hints=[f"see what differs: `persona why {run}`"],
        )
        self.prompt = prompt


def load_request(blobs: Blobs, call: Call) -> CallRequest:
    """The complete request of a call. Raises as ``read_sealed`` does."""
    return read_sealed(blobs, call.request, _request, "a request")


def load_response(blobs: Blobs, call: Call) -> CallResponse | None:
    """The parsed result of a call; None where it failed. Raises as ``read_sealed`` does."""
    return read_sealed(blobs, call.response, _response, "an answer") if call.response else None


def calls_of(records: Records, run: str) -> tuple[Call, ...]:
    """The calls of a run in the order in which they were recorded."""
    return records.find(Call, run=run, order="ordinal").items


class Replaying:
    """Answers from the calls that a run recorded, and from nothing else. Opens no socket and needs no provider."""

    def __init__(self, records: Records, blobs: Blobs, run: Run, recipe: Recipe) -> None:
        self._blobs = blobs
        self._run = run.id
        self._recipe = recipe
        self._salts = Salts(records, blobs, run.project)
        self._known = {call.key: call for call in calls_of(records, run.id) if call.response}

    @cached_property
    def _alike(self) -> dict[tuple[Digest, str], Call]:
        """The calls by what they asked, without salts, and what that was about; "" for the first that asked it."""
        found: dict[tuple[Digest, str], Call] = {}
        for call in self._known.values():
            plain = plain_key(load_request(self._blobs, call))
            found.setdefault((plain, ""), call)
            found[plain, call.about] = call
        return found

    def _find(self, prompt: Prompt) -> Call | None:
        """The call that asked this: of these people, else, where their cards are not those of then, in these words."""
        try:
            salted_by = self._salts.of(prompt)
        except PersonaError:  # a card is lost; `verify` says so, and the answers are here all the same
            salted_by = ""
        request = request_for(prompt, self._recipe.parameters, self._recipe.repeat, salted_by)
        for key in keys_of(request, request.key()):
            if key in self._known:
                return self._known[key]
        plain = plain_key(request)
        return self._alike.get((plain, prompt.about)) or self._alike.get((plain, ""))

    def __call__(self, prompts: Sequence[Prompt]) -> list[CallResponse]:
        """The recorded answers. Raises ``NotRecorded`` for the first prompt that has none."""
        found = []
        for prompt in prompts:
            call = self._find(prompt)
            if call is None:
                raise NotRecorded(self._run, prompt)
            response = load_response(self._blobs, call)
            assert response is not None
            found.append(response)
        return found


class Counter(NamedTuple):
    """Where calls are made and paid: one for a run that is alone, one for all runs that share their limits."""

    desk: Desk
    purse: Purse
    pace: Pace


def _own_counter(limits: Limits) -> Counter:
    from persona.llm.budget import OwnPurse
    from persona.llm.desk import Desk
    from persona.llm.pace import OwnPace

    return Counter(Desk(limits.jobs), OwnPurse(limits.max_cost, limits.max_total_tokens), OwnPace())


class Calling:
    """Answers for a run that is under way. Whatever is asked, the run has a record of it afterwards.

    A run that is taken up again goes on with its own recorded answers; with ``fresh`` those of other runs are not used.
    """

    def __init__(
        self,
        records: Records,
        blobs: Blobs,
        run: Run,
        parameters: Parameters,
        repeat: int,
        limits: Limits,
        *,
        fresh: bool,
        actor: str,
        counter: Counter | None = None,
    ) -> None:
        from persona.llm.budget import Budget

        self._records = records
        self._blobs = blobs
        self._run = run
        self._parameters = parameters
        self._repeat = repeat
        self._limits = limits
        self._fresh = fresh
        self._actor = actor
        self._count = 0
        self._salts = Salts(records, blobs, run.project)
        self._given: dict[Digest, CallResponse] = {}
        self._own = counter is None
        self._counter = counter or _own_counter(limits)
        self._budget = Budget(self._counter.purse)
        self.asked = self.reused = 0
        self._builds: set[str] = set()
        self._unsent: set[str] = set()
        self.input_tokens = self.output_tokens = 0
        self.cost: float | None = 0.0

    def __call__(self, prompts: Sequence[Prompt]) -> list[CallResponse]:
        """Answers in the order of the prompts. Equal requests of one run are one call, so that it replays as it ran.

        Raises ``ModelError`` when the provider, the key or the budget does not allow one of them; what was answered
        until then is recorded.
        """
        requests = [request_for(one, self._parameters, self._repeat, self._salts.of(one)) for one in prompts]
        found: dict[int, CallResponse] = {}
        written = [canonical_json(request) for request in requests]
        keys = [key_of(one) for one in written]
        for place, (request, key) in enumerate(zip(requests, keys, strict=True)):
            if key in self._given or key in keys[:place]:
                continue
            names = list(keys_of(request, key))
            mine = next((self._answered[name] for name in names if name in self._answered), None)
            if mine is not None:
                found[place] = self._again(mine)
                continue
            earlier = None if self._fresh else self._earlier(names)
            if earlier is not None:
                found[place] = self._reuse(earlier, prompts[place], request)
        once = [at for at, key in enumerate(keys) if key not in self._given and key not in keys[:at]]
        missing = [place for place in once if place not in found]
        if missing:
            self._ask(missing, prompts, requests, written, keys, found)
        self._given |= {keys[place]: response for place, response in found.items()}
        return [self._given[key] for key in keys]

    def close(self) -> None:
        """Release the connections, where they are this run's own."""
        if self._own:
            self._counter.desk.close()

    def summary(self) -> dict[str, Any]:
        """What the calls took, for the record of the run. The cost is an estimate, None where no price is known."""
        told: dict[str, Any] = {
            "asked": self.asked,
            "reused": self.reused,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "cost_estimate": None if self.cost is None else round(self.cost, 8),
            "builds": sorted(self._builds),
        }
        if self._unsent:
            told["unsent"] = sorted(self._unsent)
        if self.asked:
            from persona.llm import prices

            told["price_list"] = prices.version()
        return told

    def _ask(
        self,
        missing: Sequence[int],
        prompts: Sequence[Prompt],
        requests: Sequence[CallRequest],
        written: Sequence[bytes],
        keys: Sequence[Digest],
        found: dict[int, CallResponse],
    ) -> None:
        check_hosted(self._records, self._blobs, self._run.project, self._run.id, requests[missing[0]].endpoint or None)

        def took(answers: Sequence[tuple[int, Answered | CallFailed]]) -> None:
            given = [(missing[number], answer) for number, answer in answers]
            found.update((place, one.response) for place, one in given if isinstance(one, Answered))
            self._record([(prompts[at], requests[at], written[at], keys[at], answer) for at, answer in given])

        self._counter.desk.ask_all(
            self._open,
            f"{self._parameters.model} at {self._parameters.endpoint}",
            [requests[place] for place in missing],
            took,
            deadline=self._limits.deadline,
            budget=self._budget,
        )

    def _open(self) -> Model:
        from persona.llm.opening import open_model

        parameters, vouched = self._parameters, self._limits.vouched
        return open_model(parameters.model, parameters.endpoint, self._counter.pace, vouched)

    def _earlier(self, names: Sequence[Digest]) -> Call | None:
        """The newest recorded answer to exactly this request in the project."""
        for key in names:
            listed = self._records.find(Call, key=key, project=self._run.project, status="answered", order="id").items
            made = [call for call in listed if call.reused is None and call.response and self._blobs.has(call.response)]
            if made:
                return made[-1]
        return None

    @cached_property
    def _recorded(self) -> tuple[Call, ...]:
        """What this run recorded when it was taken up before."""
        return calls_of(self._records, self._run.id)

    @cached_property
    def _answered(self) -> dict[Digest, Call]:
        return {call.key: call for call in self._recorded if call.response}

    def _again(self, call: Call) -> CallResponse:
        """An answer that this run was given before it was interrupted. It stands in the record already."""
        response = load_response(self._blobs, call)
        assert response is not None
        self._hear(response)
        if call.reused:
            self.reused += 1
        else:
            self._add(call.input_tokens, call.output_tokens, call.cost)
        return response

    def _reuse(self, earlier: Call, prompt: Prompt, request: CallRequest) -> CallResponse:
        response = load_response(self._blobs, earlier)
        assert response is not None
        self._hear(response)
        self.reused += 1
        body: dict[str, Any] = {
            "answered": earlier.answered,
            "mode": earlier.mode,
            "status": "answered",
            "reused": earlier.id,
            "request": earlier.request,
            "sent": earlier.sent,
            "received": earlier.received,
            "response": earlier.response,
            "input_tokens": earlier.input_tokens,
            "output_tokens": earlier.output_tokens,
            "cost": 0.0,
            "seconds": 0.0,
            "attempts": 0,
        }
        self._records.append([self._draft(prompt, request, earlier.key, body)], actor=self._actor)
        return response

    def _record(self, told: Sequence[tuple[Prompt, CallRequest, bytes, Digest, Answered | CallFailed]]) -> None:
        """Write down what came: all blobs, then all events, each with one flush to disk."""
        blobs: list[bytes] = []
        for _, _, written, _, answer in told:
            blobs += [written, *(salted(one) if one else one for one in (answer.wire.sent, answer.wire.received))]
            if isinstance(answer, Answered):
                blobs.append(canonical_json(msgspec.structs.replace(answer.response, salt=salt())))
        digests = iter(self._blobs.put_many(blobs))
        drafts = []
        for prompt, request, _, key, answer in told:
            body = self._body(request, answer) | {"request": next(digests)}
            body |= {name: digest for name in ("sent", "received") if (digest := next(digests))}
            if isinstance(answer, Answered):
                body["response"] = next(digests)
            drafts.append(self._draft(prompt, request, key, body))
        self._records.append(drafts, actor=self._actor)

    def _body(self, request: CallRequest, answer: Answered | CallFailed) -> dict[str, Any]:
        """What is recorded of an exchange beside its bytes; the sums of the run grow by it."""
        exchanges = answer.response.exchanges if isinstance(answer, Answered) else answer.exchanges
        took, gave = msgspec.structs.astuple(paid(exchanges))
        cost = self._priced(request, took, gave)
        self._add(took, gave, cost)
        body: dict[str, Any] = {
            "input_tokens": took,
            "output_tokens": gave,
            "cost": cost,
            "attempts": len(exchanges),
        }
        if isinstance(answer, Answered):
            response = answer.response
            self._hear(response)
            return body | {
                "answered": response.model,
                "mode": response.mode,
                "status": "answered",
                "seconds": response.seconds,
            }
        return body | {
            "mode": exchanges[-1].mode if exchanges else request.mode,
            "status": "failed",
            "seconds": answer.seconds,
            "error": {"code": answer.code, "message": answer.message},
        }

    def _hear(self, response: CallResponse) -> None:
        self._builds.add(build_of(response))
        self._unsent.update(response.unsent)

    def _priced(self, request: CallRequest, took: int | None, gave: int | None) -> float | None:
        from persona.llm import prices

        if took is None or gave is None:
            return None
        return prices.estimate(request.provider, request.model, took, gave)

    def _add(self, took: int | None, gave: int | None, cost: float | None) -> None:
        self.asked += 1
        self.input_tokens += took or 0
        self.output_tokens += gave or 0
        self.cost = None if cost is None or self.cost is None else self.cost + cost

    def _draft(self, prompt: Prompt, request: CallRequest, key: Digest, body: dict[str, Any]) -> Draft:
        self._count += 1
        id = new_id("call")
        model = f"model:{request.provider}:{body.get('answered') or request.model}"
        edges = [Edge(id, "part_of", self._run.id), Edge(id, "associated_with", model)]
        document = self._documents.get(prompt.about.partition("#")[0])
        if document:
            edges.append(Edge(id, "used", document))
        whole = {
            "run": self._run.id,
            "ordinal": len(self._recorded) + self._count,
            "step": prompt.step,
            "about": prompt.about,
            "key": key,
            "provider": request.provider,
            "model": request.model,
            **body,
        }
        return Draft("call.recorded", id, whole, tuple(edges))

    @cached_property
    def _documents(self) -> dict[str, str]:
        """The record of each document that the run used, by digest."""
        used = {edge.dst for edge in self._records.edges(self._run.id, "out") if edge.rel == "used"}
        listed = self._records.find(DocumentRecord, project=self._run.project).items
        return {one.digest: one.id for one in listed if one.id in used}
