"""From a prompt to the complete request, and the names under which its answer is looked up.

A request holds words of people, and its key stands in the log: so it carries a salt that follows from the cards of
those whose words it holds. The same question about the same people has the same key in a project, and nobody can guess
it when a card is erased.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import UNSET
from msgspec.structs import replace

from persona.llm.providers import find_model
from persona.model.calls import CallRequest, Prompt, key_of
from persona.model.canonical import Digest, canonical_json
from persona.model.cards import derived
from persona.model.records import Call, DocumentRecord, Participant
from persona.runs.inputs import load_label

if TYPE_CHECKING:
    from persona.model.recipes import Parameters
    from persona.storage import Blobs, Records


class Salts:
    """The salts of the prompts of one project.

    A prompt that does not say whose words it holds is taken to hold everybody's.
    """

    def __init__(self, records: Records, blobs: Blobs, project: str) -> None:
        self._records = records
        self._blobs = blobs
        self._project = project
        self._found: dict[tuple[str, ...], str] = {}

    def of(self, prompt: Prompt) -> str:
        """The salt of a prompt; "" in a project in which nobody speaks."""
        people = {id for digest in prompt.documents for id in self._speakers.get(digest, ())}
        named = tuple(sorted(people & self._cards.keys() or self._cards))
        if named not in self._found:
            self._found[named] = derived("call", *(self._salt(self._cards[id]) for id in named))
        return self._found[named]

    @cached_property
    def _speakers(self) -> dict[Digest, tuple[str, ...]]:
        listed = self._records.find(DocumentRecord, project=self._project).items
        return {one.digest: one.participants for one in listed}

    @cached_property
    def _cards(self) -> dict[str, Digest]:
        return {one.id: one.card for one in self._records.find(Participant, project=self._project).items}

    def _salt(self, card: Digest) -> str:
        if card not in _salts:
            if len(_salts) >= MOST:
                _salts.clear()
            _salts[card] = load_label(self._blobs, card).salt
        return _salts[card]


MOST = 100_000
"""Salts that are kept at hand."""

_salts: dict[Digest, str] = {}
"""The salts of cards that were read; a card is known by its digest, whichever store it stands in."""


def request_for(prompt: Prompt, parameters: Parameters, repeat: int, salt: str = "") -> CallRequest:
    """The complete request that a prompt becomes with the parameters of a run."""
    name = find_model(parameters.model)
    assert name is not None, "only engines that ask a model make prompts"
    return CallRequest(
        provider=name.provider.name,
        model=name.model,
        endpoint=parameters.endpoint or "",
        mode=parameters.answer_mode or "auto",  # type: ignore[arg-type]  # check_parameter lets only the four words pass
        messages=prompt.messages,
        schema_name=prompt.schema_name,
        schema=prompt.schema,
        temperature=parameters.temperature,
        seed=parameters.seed,
        max_tokens=parameters.max_tokens,
        repeat=repeat,
        salt=salt or UNSET,
    )


def plain_key(request: CallRequest) -> Digest:
    """The key of a request without its salt: what earlier versions recorded, and what a replay knows it by."""
    return key_of(canonical_json(replace(request, salt=UNSET)))


def keys_of(request: CallRequest, key: Digest) -> Iterator[Digest]:
    """The names under which the answer to a request, of which the key is known, may stand in the records."""
    yield key
    if request.salt:
        yield plain_key(request)


def is_recorded(records: Records, project: str, request: CallRequest) -> bool:
    """Whether a call of the project has answered exactly this."""
    return any(
        records.find(Call, key=key, project=project, status="answered", limit=1).total > 0
        for key in keys_of(request, request.key())
    )
