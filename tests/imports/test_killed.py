"""Killed at any instant, an import is whole or did not happen, and the same command makes it whole."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.imports.many import VERBS, document

from persona.model.canonical import digest_of
from persona.model.records import Source
from persona.workspace import Workspace
from persona.workspace.importing import ImportView

THINGS = 600
"""More than fit one page of words."""
NURSERY = """
import os, signal, sys, time
import persona.workspace.importing, persona.lineage.foreign.prov, persona.lineage.foreign.openlineage
import persona.lineage.foreign.ro_crate, persona.lineage.foreign.reppl, persona.lineage.prov.formats
import persona.storage.sqlite, persona.lineage.prov.provn
from persona.workspace import Workspace
for line in sys.stdin:
    root, verb, path, delay = line.rstrip("\\n").split("\\t")
    child = os.fork()
    if child == 0:
        with Workspace.open(root) as ws:
            getattr(ws.imports, verb)(path)
        os._exit(0)
    if delay:
        time.sleep(float(delay))
        os.kill(child, signal.SIGKILL)
    print(os.waitpid(child, 0)[1], flush=True)
"""


class Nursery(NamedTuple):
    """A process that has everything loaded and does each import in a child of its own, which can be killed."""

    process: subprocess.Popen[str]

    def do(self, root: Path, verb: str, path: Path, kill_after: float | None) -> bool:
        """Import in a child; whether it ended by itself."""
        assert self.process.stdin
        assert self.process.stdout
        delay = "" if kill_after is None else str(kill_after)
        self.process.stdin.write(f"{root}\t{verb}\t{path}\t{delay}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline()) == 0


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    with subprocess.Popen(
        [sys.executable, "-c", NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as made:
        yield Nursery(made)
        assert made.stdin
        made.stdin.close()


def whole(view: ImportView) -> tuple[object, ...]:
    """What imports of alike documents say alike."""
    return view.format, view.things, view.edges, view.linked, view.statements, view.taken, view.lost, view.kinds


def check_whole(ws: Workspace, view: ImportView, path: Path) -> None:
    """Everything of an import is there, once."""
    assert view.digest == digest_of(path.read_bytes())
    told = list(ws._context.records.events(subject=view.id))
    assert [one.kind for one in told].count("provenance.imported") == 1
    assert sum(one.body["things"] for one in told if one.kind == "provenance.told") == view.things
    assert sum(len(one.edges) for one in told if one.kind == "provenance.told") == view.edges
    things = ws.imports.things(view.id, limit=view.things + 1)
    assert len({one.id for one in things}) == len(things) == view.things
    assert all(one.name for one in things)


def killed(root: Path, nursery: Nursery, folder: Path, rounds: int, seed: int) -> dict[str, int]:
    """Rounds of each format: killed, looked at, imported again. How often what was killed stood whole afterwards."""
    chance, stood = random.Random(seed), dict.fromkeys(VERBS, 0)
    with Workspace.open(root) as ws:
        digest = ws._context.records.find(Source).items[0].digest
    for verb in VERBS:
        begun = time.monotonic()
        path = document(verb, folder, f"{verb}-first", digest, THINGS)
        assert nursery.do(root, verb, path, None)
        took = time.monotonic() - begun
        with Workspace.open(root) as ws:
            before = ws.imports.list()
            check_whole(ws, before[-1], path)
        for number in range(rounds):
            path = document(verb, folder, f"{verb}-{number}", digest, THINGS)
            ended = nursery.do(root, verb, path, chance.random() * took * 1.1)
            with Workspace.open(root) as ws:
                left = ws.imports.list()
                assert left[: len(before)] == before
                assert len(left) - len(before) in ((1,) if ended else (0, 1)), "nothing, or the whole"
                again: ImportView = getattr(ws.imports, verb)(path)
                assert again.again == (len(left) > len(before))
                assert getattr(ws.imports, verb)(path).again
                check_whole(ws, again, path)
                assert whole(again) == whole(before[-1])
                assert again.linked == 1
                stood[verb] += again.again and not ended
                before = ws.imports.list()
                assert [one.id for one in before] == [*(one.id for one in left if one.id != again.id), again.id]
    with Workspace.open(root) as ws:
        assert ws.verify().ok
        ws._context.records.rebuild()
        assert ws.imports.list() == before
        assert ws.verify().ok
    return stood


def test_twenty_killed_imports_are_nothing_or_whole(ws: Workspace, nursery: Nursery, tmp_path: Path) -> None:
    killed(ws.root, nursery, tmp_path, 5, seed=3)


@pytest.mark.long
def test_many_killed_imports_are_nothing_or_whole(
    ws: Workspace, nursery: Nursery, tmp_path: Path, repeats: int
) -> None:
    stood = killed(ws.root, nursery, tmp_path, repeats, seed=5)
    assert sum(stood.values()) < repeats * len(VERBS), "some were killed before their end"


STEPS = (
    "blobs.put",
    "blobs.put_many",
    "records.alone",
    "append",
    "blobs.put:after",
    "blobs.put_many:after",
    "append:after",
)
STOPPED = """
import os, sys
from persona.workspace import Workspace
root, verb, path, step = sys.argv[1:]
name, _, after = step.partition(":")
with Workspace.open(root) as ws:
    thing = ws._context
    *way, last = name.split(".")
    for one in way:
        thing = getattr(thing, one)
    real = getattr(thing, last)
    def stop(*args, **more):
        if after:
            real(*args, **more)
        os._exit(9)
    setattr(thing, last, stop)
    getattr(ws.imports, verb)(path)
"""


@pytest.mark.parametrize("step", STEPS)
def test_each_step_can_be_the_last(ws: Workspace, tmp_path: Path, step: str) -> None:
    """The same without luck: the process ends right before, or right after, each thing that an import does."""
    digest = ws._context.records.find(Source).items[0].digest
    path = document("prov", tmp_path, "one", digest, 40)
    done = subprocess.run([sys.executable, "-c", STOPPED, str(ws.root), "prov", str(path), step], check=False)
    assert done.returncode == 9
    assert len(ws.imports.list()) == (step == "append:after")
    assert ws.verify().ok
    view = ws.imports.prov(path)
    assert view.again == (step == "append:after")
    check_whole(ws, view, path)
    assert ws.verify().ok
