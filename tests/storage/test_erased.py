"""What is erased by record: asked for in one way, at every moment, and told from what is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.storage.drafts import project

from persona.errors import NotFound
from persona.lineage.past import Past
from persona.model.canonical import digest_of
from persona.model.records import Draft, Erasure, Participant
from persona.storage import open_blobs, open_records
from persona.storage.base import Records
from persona.storage.erased import Erased, Marked, erased

OLD, LEFT, OTHER = digest_of(b"what she said"), digest_of(b"what is left"), digest_of(b"nobody's")
BEGUN = "withdrawal_1"


@pytest.fixture
def withdrawn(tmp_path: Path) -> Iterator[Records]:
    records = open_records(tmp_path / "w.db", create=True)
    records.append([project(), Draft("participant.added", "participant_1", {"project": "p", "card": OTHER})])
    items = [{"digest": OLD, "kind": "document", "successor": LEFT}]
    records.append(
        [
            Draft("withdrawal.begun", BEGUN, {"project": "p", "participants": ["participant_1"]}),
            Draft("participant.withdrawn", "participant_1", {"withdrawal": BEGUN}),
            Draft("words.erased", BEGUN, {"items": items}),
        ]
    )
    yield records
    records.close()


def test_what_is_erased_is_known_by_digest_now_and_in_the_past(withdrawn: Records) -> None:
    found = erased(withdrawn)
    assert [(one.id, one.kind, one.successor, one.withdrawal) for one in found.values()] == [
        (OLD, "document", LEFT, BEGUN)
    ]
    past = Past(withdrawn, 2)
    assert erased(past) == found
    assert past.get(Erasure, OLD) == found[OLD]
    assert past.get(Participant, "participant_1").withdrawn is None
    assert withdrawn.get(Participant, "participant_1").withdrawn == BEGUN


def test_erased_bytes_say_so_and_lost_ones_are_lost(withdrawn: Records, tmp_path: Path) -> None:
    blobs = Marked(open_blobs(tmp_path / "blobs", create=True), withdrawn)
    for ask in (blobs.get, blobs.open, blobs.size):
        with pytest.raises(Erased) as caught:
            ask(OLD)
        assert caught.value.code == "erased"
        assert caught.value.successor == LEFT
        assert "participant_1" in caught.value.message
    with pytest.raises(NotFound) as lost:
        blobs.get(OTHER)
    assert lost.value.code == "blob-not-found"
    blobs.close()


def test_a_second_withdrawal_takes_what_was_left(withdrawn: Records) -> None:
    withdrawn.append(
        [
            Draft("withdrawal.begun", "withdrawal_2", {"project": "p", "participants": []}),
            Draft("words.erased", "withdrawal_2", {"items": [{"digest": LEFT, "kind": "document"}]}),
            Draft("withdrawal.ended", "withdrawal_2", {"fields": {"blobs": 1}}),
        ]
    )
    assert erased(withdrawn).keys() == {OLD, LEFT}
    assert withdrawn.check() == []
    before = erased(withdrawn)
    withdrawn.rebuild()
    assert erased(withdrawn) == before
