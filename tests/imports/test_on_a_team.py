"""Imports on PostgreSQL and S3: what holds on SQLite and a folder holds there, killed in the middle or two at a time."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.imports.conftest import INTERVIEW
from tests.imports.many import VERBS, document
from tests.imports.test_killed import check_whole, whole
from tests.imports.test_openlineage import test_our_own_events_go_elsewhere_and_come_home as events_come_home
from tests.imports.test_openlineage import test_runs_use_and_make_datasets as datasets
from tests.imports.test_prov import test_a_workspace_with_imports_is_archived_rebuilt_and_looked_back_at as archived
from tests.imports.test_prov import test_an_account_becomes_external_things_with_a_report as reported
from tests.imports.test_prov import test_circles_are_told_and_left_out as circles
from tests.imports.test_prov import (
    test_lineage_crosses_from_what_is_held_into_what_was_imported_and_back as crossed,
)
from tests.imports.test_prov import test_malformed_documents_leave_nothing_behind as malformed
from tests.imports.test_prov import test_no_word_of_the_document_stands_in_the_log as wordless
from tests.imports.test_prov import test_the_same_document_is_taken_once as once
from tests.imports.test_reppl import folder
from tests.imports.test_reppl import test_a_history_alone_is_read as history
from tests.imports.test_reppl import test_its_lineage_is_read as lineage_read
from tests.imports.test_ro_crate import test_our_own_crate_goes_elsewhere_and_comes_home as crate_comes_home
from tests.postgres import MakeUrl
from tests.s3 import GROUP, S3Server

from persona.model.records import Source
from persona.workspace import Workspace
from persona.workspace.importing import ImportView

__all__ = ["folder"]
pytestmark = GROUP

WORK = """
import sys
from persona.workspace import Workspace
with Workspace.open(sys.argv[1]) as ws:
    print("open", flush=True)
    getattr(ws.imports, sys.argv[2])(sys.argv[3])
"""


@pytest.fixture
def ws(
    postgres_url: MakeUrl, s3_url: Callable[[], str], s3_environment: S3Server, tmp_path: Path
) -> Iterator[Workspace]:
    """The workspace of the other tests, on the stores of a team."""
    (tmp_path / "P01.txt").write_text(INTERVIEW, encoding="utf-8")
    with Workspace.init(tmp_path / "ws", records=postgres_url(empty=True), blobs=s3_url()) as opened:
        opened.project.create("Shop Research")
        opened.source.import_([tmp_path / "P01.txt"])
        yield opened


@pytest.mark.parametrize("claim", [reported, crossed, wordless, once, circles, archived, datasets, lineage_read])
def test_what_holds_on_sqlite_holds_here(claim: Callable[..., None], ws: Workspace, tmp_path: Path) -> None:
    claim(ws, tmp_path)


def test_what_is_malformed_leaves_nothing_here(ws: Workspace) -> None:
    malformed(ws)


def test_a_history_is_read_here(ws: Workspace, folder: Path) -> None:
    history(ws, folder)


@pytest.mark.parametrize("claim", [events_come_home, crate_comes_home])
def test_what_went_elsewhere_comes_home(
    claim: Callable[..., None], ws: Workspace, other: Workspace, tmp_path: Path
) -> None:
    claim(ws, other, tmp_path)


def begun(root: Path, verb: str, path: Path) -> subprocess.Popen[str]:
    """A process that has the workspace open and imports."""
    made = subprocess.Popen([sys.executable, "-c", WORK, str(root), verb, str(path)], stdout=subprocess.PIPE, text=True)
    assert made.stdout
    assert made.stdout.readline() == "open\n"
    return made


def test_killed_it_is_nothing_or_whole_and_nobody_waits(ws: Workspace, tmp_path: Path) -> None:
    """One process of the team is killed; another sees nothing or the whole, is not held up, and imports it."""
    chance = random.Random(11)
    digest = ws._context.records.find(Source).items[0].digest
    for verb in VERBS:
        path = document(verb, tmp_path, f"{verb}-killed", digest, 600)
        known = len(ws.imports.list())
        process = begun(ws.root, verb, path)
        time.sleep(chance.random() * 0.4)
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()
        assert len(ws.imports.list()) - known in (0, 1)
        view: ImportView = getattr(ws.imports, verb)(path)
        assert getattr(ws.imports, verb)(path).again
        check_whole(ws, view, path)
        assert len(ws.imports.list()) == known + 1
    assert ws.verify().ok


def test_two_who_import_the_same_at_once_take_it_once(ws: Workspace, tmp_path: Path) -> None:
    digest = ws._context.records.find(Source).items[0].digest
    path = document("prov", tmp_path, "twice", digest, 600)
    both = [begun(ws.root, "prov", path) for _ in range(2)]
    for one in both:
        assert one.wait() == 0
        assert one.stdout
        one.stdout.close()
    (view,) = ws.imports.list()
    check_whole(ws, view, path)
    assert whole(view)[1] == 600
