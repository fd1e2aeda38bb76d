"""Research objects: runs, experiments and projects as RO-Crates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from persona.errors import Conflict, InvalidInput, UsageError, did_you_mean
from persona.exports.ro_crate.crate import Extra, Scope, checkpoint_file, write_crate
from persona.exports.ro_crate.places import place_for
from persona.exports.ro_crate.things import Told
from persona.model.experiments import read_experiment
from persona.model.records import Experiment, Project, Run
from persona.storage.disk import refused
from persona.workspace.context import Context

if TYPE_CHECKING:
    from persona.exports.ro_crate.graph import Profile
    from persona.workspace.experiments import Experiments
    from persona.workspace.runs import Runs

PROFILES: tuple[Profile, ...] = ("1.1", "1.2")
"""The versions of RO-Crate that are written; 1.1 with the Process Run Crate profile 0.5."""

ORCID = "https://orcid.org/"


class CrateView(msgspec.Struct, frozen=True):
    """A crate that was written.

    ``withheld`` counts the files that are described by digest only; ``left_out`` are the runs that have not ended yet.
    ``position`` and ``root`` are the state of the log it shows, ``signed`` whether its checkpoint is signed.
    """

    path: str
    of: str
    profile: str
    runs: int
    files: int
    bytes: int
    withheld: int
    left_out: tuple[str, ...]
    position: int
    root: str
    signed: bool


class Crates:
    """What ``persona export ro-crate`` does."""

    def __init__(self, context: Context, runs: Runs, experiments: Experiments) -> None:
        self._context = context
        self._runs = runs
        self._experiments = experiments

    def export(
        self,
        output: str | Path,
        *,
        run: str | None = None,
        experiment: str | None = None,
        project: str | None = None,
        profile: str = "1.1",
        with_sources: bool = False,
        license: str | None = None,
        organisation: str | None = None,
        contact: str | None = None,
        people: Mapping[str, str] | None = None,
    ) -> CrateView:
        """Write a run, an experiment or a whole project as an RO-Crate: into a folder, or a ZIP when so named.

        The words of sources are written only ``with_sources``: originals, documents, and reports, which hold
        transcripts. ``license`` is a URL, ``organisation`` is ``NAME`` or ``NAME <URL>``, ``people`` are ORCIDs by
        recorded name. Raises ``Conflict`` where something stands that is no crate and for a run that has not ended,
        ``UsageError`` for a profile that does not exist, ``InvalidInput`` for a licence or ORCID that is none.
        """
        told = _told(license, organisation, contact, people or {})
        for known in PROFILES:
            if known == profile:
                break
        else:
            near = did_you_mean(profile, PROFILES)
            raise UsageError(
                f"RO-Crate {profile} is not written",
                code="bad-format",
                place=f"known: {', '.join(PROFILES)}",
                hints=[f"did you mean `{near}`?"] if near else [],
            )
        if run is not None and experiment is not None:
            raise UsageError(
                "a run and an experiment are both named", place="export ro-crate", hints=["name one of them"]
            )
        scope, of, left_out = self._scope(run, experiment, project)
        context = self._context
        anchor = context.signing.anchor(context.records)
        try:
            written = write_crate(
                context.records,
                context.blobs,
                place_for(Path(output)),
                scope,
                checkpoint_file(anchor.text, signed=anchor.signed),
                told=told,
                profile=known,
                with_sources=with_sources,
            )
        except OSError as error:
            raise refused(error, str(output)) from None
        return CrateView(
            str(output),
            of,
            known,
            written.runs,
            written.files,
            written.bytes,
            written.withheld,
            left_out,
            anchor.size,
            anchor.root,
            anchor.signed,
        )

    def _scope(
        self, run: str | None, experiment: str | None, project: str | None
    ) -> tuple[Scope, str, tuple[str, ...]]:
        """What is asked for, its id, and the runs of it that have not ended."""
        records = self._context.records
        if run is not None:
            chosen = self._runs.resolve(run)
            if not _ended(chosen):
                raise Conflict(
                    f"the run has not ended: it is {chosen.status}",
                    code="run-running",
                    place=chosen.id,
                    hints=[f"see how far it is: `persona run show {chosen.id}`"],
                )
            words = f"A run of the project {chosen.project}: personas, how they were made, and from what."
            return self._made(chosen.id, words, [chosen], []), chosen.id, ()
        where = self._context.project(project)
        if experiment is not None:
            name = self._experiments.resolve(experiment, where.id)
            one = records.get(Experiment, f"{where.id}/{name}")
            runs = list(records.find(Run, project=where.id, experiment=name).items)
            told = one.description or f"The runs of an experiment of the project {where.id}."
            scope = self._made(one.fields.get("title", name), told, runs, self._experiment_file(one))
            return scope, one.id, _open(runs)
        runs = list(records.find(Run, project=where.id).items)
        file = self._context.project_file(where.id)
        extras = self._project_file(where)
        for one in records.find(Experiment, project=where.id).items:
            extras += self._experiment_file(one)
        told = file.description or f"The runs of the project {where.id}."
        return self._made(file.name, told, runs, extras), where.id, _open(runs)

    def _made(self, title: str, description: str, runs: list[Run], extras: list[Extra]) -> Scope:
        records = self._context.records
        head = records.head()
        last = next(iter(records.events(after=head.size - 1)))
        ended = sorted(filter(_ended, runs), key=lambda one: (one.planned_at, one.id))
        return Scope(title, description, last.recorded_at, ended, extras)

    def _experiment_file(self, one: Experiment) -> list[Extra]:
        """The sealed ``experiment.yaml``, unless it names sources."""
        data = self._context.blobs.get(one.file)
        file = read_experiment(data.decode(), one.id, name=one.name)
        if any(chosen.sources for chosen in file.inputs):
            return []
        words = "Variants and evaluation of the experiment, as they were sealed last."
        return [Extra(f"experiments/{one.name}/experiment.yaml", data, f"the experiment {one.name}", words)]

    def _project_file(self, where: Project) -> list[Extra]:
        if where.file is None:
            return []
        words = "Defaults, constraints and tags of the project, as they were sealed last."
        return [Extra("project.yaml", self._context.blobs.get(where.file), f"the project {where.id}", words)]


def _ended(run: Run) -> bool:
    return run.status not in ("planned", "running")


def _open(runs: list[Run]) -> tuple[str, ...]:
    return tuple(sorted(run.id for run in runs if not _ended(run)))


def _told(license: str | None, organisation: str | None, contact: str | None, people: Mapping[str, str]) -> Told:
    """What a person tells of a crate, checked."""
    if license is not None and not _is_url(license):
        raise InvalidInput(
            f"the licence `{license}` is no address",
            code="crate-told",
            place="--license",
            hints=["name it by its address, as `https://creativecommons.org/licenses/by/4.0/`"],
        )
    name, _, rest = (organisation or "").partition("<")
    url = rest.rstrip("> ") if rest else None
    if organisation is not None and (not name.strip() or (url is not None and not _is_url(url))):
        raise InvalidInput(
            f"the organisation `{organisation}` cannot be read",
            code="crate-told",
            place="--organisation",
            hints=['write its name and its address: `--organisation "Delta University <https://ror.org/03f0f6041>"`'],
        )
    if contact is not None and ("@" not in contact.strip("@") or any(c.isspace() or c in '<>"' for c in contact)):
        raise InvalidInput(
            f"`{contact}` is no address of mail",
            code="crate-told",
            place="--contact",
            hints=["write it as `ada@example.org`; it is told as that of the organisation"],
        )
    if contact is not None and organisation is None:
        raise UsageError(
            "a contact is told as that of an organisation, and none is named",
            code="crate-told",
            place="--contact",
            hints=['name it: `--organisation "Delta University"`'],
        )
    return Told(license, name.strip() or None, url, contact, {who: _orcid(who, id) for who, id in people.items()})


def _orcid(who: str, id: str) -> str:
    """An ORCID as the URI that names a person. Raises ``InvalidInput`` where its check digit (ISO 7064) is wrong."""
    digits = id.removeprefix(ORCID).replace("-", "").upper()
    total = 0
    for digit in digits[:15]:
        total = (total + (int(digit) if digit.isascii() and digit.isdecimal() else 0)) * 2
    plain = digits[:15].isascii() and digits[:15].isdecimal()
    if len(digits) != 16 or not plain or digits[15] != "0123456789X"[(12 - total % 11) % 11]:
        raise InvalidInput(
            f"`{id}` is no ORCID",
            code="crate-told",
            place=f"--person {who}",
            hints=["write it as `--person ada=0000-0002-1825-0097`"],
        )
    return ORCID + "-".join(digits[place : place + 4] for place in range(0, 16, 4))


def _is_url(text: str) -> bool:
    return text.startswith(("https://", "http://")) and not any(c.isspace() or c in '<>"{}|\\^`' for c in text)
