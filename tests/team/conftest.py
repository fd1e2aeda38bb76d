"""A database and a bucket that a team shares, and people who work from folders of their own by the real command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.postgres import MakeUrl
from tests.s3 import S3Server

PG_SECRET = "pg-secret-5d0c11"


class Told(NamedTuple):
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The data of the envelope."""
        return json.loads(self.out)["data"]


class Person:
    """Somebody with a folder and an environment of their own, who types commands."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment
        self.said: list[str] = []

    def type(self, *arguments: str, status: int = 0, **environment: str) -> Told:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-m", "persona", *arguments],
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said += [done.stdout, done.stderr]
        assert done.returncode == status, (arguments, done.stdout[-3000:], done.stderr[-3000:])
        return Told(done.returncode, done.stdout, done.stderr)


class Team(NamedTuple):
    """The URLs that are shared, and how people come in."""

    records: str
    blobs: str
    person: Callable[[str], Person]

    @property
    def stores(self) -> tuple[str, ...]:
        """The options of ``persona init``."""
        return "--records", self.records, "--blobs", self.blobs


@pytest.fixture
def team(postgres_url: MakeUrl, s3_url: Callable[[], str], s3_environment: S3Server, tmp_path: Path) -> Team:
    """An empty database and a place in the bucket where nothing is."""

    def person(name: str) -> Person:
        folder = tmp_path / name
        folder.mkdir()
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path / f"home-{name}"),
            "PGPASSWORD": PG_SECRET,
            "PERSONA_USER": name,
            **s3_environment.environment(),
        }
        return Person(folder, environment)

    return Team(postgres_url(empty=True), s3_url(), person)
