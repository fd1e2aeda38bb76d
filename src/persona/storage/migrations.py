"""Numbered steps that bring a database to the form this version needs.

A step runs in one transaction together with the row that records it. A step that was ever released is
never changed: the next change of form is the next step. Types that the engines name differently stand in braces.
In tables without rowid the columns of the key come first: ``integrity_check`` of SQLite 3.40 otherwise sees NULL
where there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from persona.errors import IntegrityError, StorageError
from persona.storage.values import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from persona.storage.engine import Engine


class Step(NamedTuple):
    """One migration."""

    number: int
    name: str
    apply: Callable[[Engine], None]


_RECORD = """create table if not exists migration
    (number {integer} primary key, name {text} not null, applied_at {text} not null) {table}"""

_INITIAL = """
create table head (one {integer} primary key check (one = 1), size {integer} not null, peaks {bytes} not null) {table};

insert into head (one, size, peaks) values (1, 0, ?);

create table event (
    seq {integer} primary key, id {text} not null, recorded_at {text} not null, valid_from {text} not null,
    actor {text} not null, kind {text} not null, subject {text} not null, body {text} not null, edges {text} not null,
    leaf {bytes} not null
) {table};
create index event_subject on event (subject, seq);

create table node (id {integer} primary key, name {text} not null unique) {table};

create table project (
    node {integer} not null references node (id),
    id {text} not null, title {text} not null, status {text} not null, created_at {text} not null, file {text},
    fields {text} not null, tags {text} not null,
    sys_from {integer} not null, sys_to {integer} not null, primary key (node, sys_to)
) {table};

create table source (
    node {integer} not null references node (id),
    id {text} not null, project {text} not null, digest {text} not null, media_type {text} not null,
    bytes {integer} not null, card {text} not null, reader {text} not null, documents {integer} not null,
    imported_at {text} not null, tags {text} not null,
    sys_from {integer} not null, sys_to {integer} not null, primary key (node, sys_to)
) {table};
create index source_list on source (project, id) where sys_to = 9007199254740991;
create index source_digest on source (digest) where sys_to = 9007199254740991;

create table document (
    node {integer} not null references node (id),
    id {text} not null, project {text} not null, source {text} not null, digest {text} not null,
    ordinal {integer} not null, turns {integer} not null, characters {integer} not null, participants {text} not null,
    sys_from {integer} not null, sys_to {integer} not null, primary key (node, sys_to)
) {table};
create index document_list on document (project, id) where sys_to = 9007199254740991;
create index document_source on document (source) where sys_to = 9007199254740991;
create index document_digest on document (digest) where sys_to = 9007199254740991;

create table participant (
    node {integer} not null references node (id),
    id {text} not null, project {text} not null, card {text} not null, added_at {text} not null, tags {text} not null,
    sys_from {integer} not null, sys_to {integer} not null, primary key (node, sys_to)
) {table};
create index participant_list on participant (project, id) where sys_to = 9007199254740991;

create table experiment (
    node {integer} not null references node (id),
    id {text} not null, project {text} not null, name {text} not null, description {text} not null,
    created_at {text} not null, version {integer} not null, file {text} not null, variants {text} not null,
    fields {text} not null, tags {text} not null,
    sys_from {integer} not null, sys_to {integer} not null, primary key (node, sys_to)
) {table};
create index experiment_list on experiment (project, id) where sys_to = 9007199254740991;

create table run (
    node {integer} not null references node (id),
    id {text} not null, uuid {text} not null, project {text} not null, experiment {text}, variant {text},
    status {text} not null, recipe {text}, seed {integer}, repeat {integer} not null, planned_at {text} not null,
    started_at {text}, ended_at {text}, error {text}, deleted {integer} not null, params {text} not null,
    metrics {text} not null, tags {text} not null, fields {text} not null,
    sys_from {integer} not null, sys_to {integer} not null, primary key (node, sys_to)
) {table};
create index run_list on run (project, planned_at, node, deleted, experiment, status, sys_to)
    where sys_to = 9007199254740991;

create table artefact (
    node {integer} not null references node (id),
    id {text} not null, project {text} not null, name {text} not null, version {integer} not null,
    kind {text} not null, digest {text} not null, bytes {integer} not null, path {text} not null, run {text},
    created_at {text} not null, aliases {text} not null, fields {text} not null, tags {text} not null,
    sys_from {integer} not null, sys_to {integer} not null, primary key (node, sys_to)
) {table};
create index artefact_list on artefact (project, name, version) where sys_to = 9007199254740991;
create index artefact_digest on artefact (digest) where sys_to = 9007199254740991;

create table param (
    key {text} not null, sys_to {integer} not null, value {text} not null, node {integer} not null, number {real},
    sys_from {integer} not null, primary key (key, sys_to, value, node)
) {narrow};

create table metric (
    key {text} not null, sys_to {integer} not null, value {real} not null, node {integer} not null,
    sys_from {integer} not null, primary key (key, sys_to, value, node)
) {narrow};

create table tag (
    key {text} not null, sys_to {integer} not null, value {text} not null, node {integer} not null, number {real},
    sys_from {integer} not null, primary key (key, sys_to, value, node)
) {narrow};

create table point (
    node {integer} not null, key {text} not null, step {integer} not null, at {text} not null,
    sys_from {integer} not null, ordinal {integer} not null, value {real} not null, sys_to {integer} not null,
    primary key (node, key, step, at, sys_from, ordinal)
) {narrow};

create table alias (
    node {integer} not null, alias {text} not null, sys_to {integer} not null, artefact {text} not null,
    sys_from {integer} not null, primary key (node, alias, sys_to)
) {narrow};

create table edge (
    src {integer} not null references node (id), rel {text} not null, dst {integer} not null references node (id),
    sys_to {integer} not null, sys_from {integer} not null, primary key (src, rel, dst, sys_to)
) {narrow};
create index edge_back on edge (dst, rel, src, sys_from, sys_to)
"""


_BY_NUMBER = """
alter table {family} rename to older;
create table {family} (
    key {text} not null, sys_to {integer} not null, number {real} not null, value {text} not null,
    node {integer} not null, sys_from {integer} not null, primary key (key, sys_to, number, value, node)
) {narrow};
insert into {family} (key, sys_to, number, value, node, sys_from)
    select key, sys_to, coalesce(number, ?), value, node, sys_from from older;
drop table older
"""
"""Params and tags in the order of their numbers, words after them: the order in which lists are asked for."""


_CALLS = """
create table call (
    node {integer} not null references node (id),
    id {text} not null, project {text} not null, run {text} not null, ordinal {integer} not null, step {text} not null,
    about {text} not null, key {text} not null, provider {text} not null, model {text} not null, answered {text},
    mode {text} not null, status {text} not null, reused {text}, request {text} not null, sent {text}, received {text},
    response {text}, input_tokens {integer}, output_tokens {integer}, cost {real}, seconds {real} not null,
    attempts {integer} not null, recorded_at {text} not null, error {text},
    sys_from {integer} not null, sys_to {integer} not null, primary key (node, sys_to)
) {table};
create index call_run on call (run, ordinal) where sys_to = 9007199254740991;
create index call_key on call (key) where sys_to = 9007199254740991
"""
"""Calls of language models, found by the run they were made for and by the name of their request."""


_WITHDRAWALS = """
alter table participant add column consent {text} not null default '{}';
alter table participant add column withdrawn {text};

create table withdrawal (
    node {integer} not null references node (id),
    id {text} not null, project {text} not null, participants {text} not null, event {text} not null,
    began_at {text} not null, ended_at {text}, fields {text} not null,
    sys_from {integer} not null, sys_to {integer} not null, primary key (node, sys_to)
) {table};
create index withdrawal_list on withdrawal (project, id) where sys_to = 9007199254740991;

create table erasure (
    node {integer} not null references node (id),
    id {text} not null, project {text} not null, withdrawal {text} not null, kind {text} not null, successor {text},
    erased_at {text} not null,
    sys_from {integer} not null, sys_to {integer} not null, primary key (node, sys_to)
) {table};
create index erasure_list on erasure (project, id) where sys_to = 9007199254740991
"""
"""What people allow, who withdrew, and which bytes are erased by record."""


_IMPORTS = """
create table imported (
    node {integer} not null references node (id),
    id {text} not null, project {text} not null, format {text} not null, digest {text} not null,
    bytes {integer} not null, card {text} not null, things {integer} not null, edges {integer} not null,
    statements {integer} not null, taken {integer} not null, reduced {integer} not null, lost {integer} not null,
    linked {integer} not null, imported_at {text} not null,
    sys_from {integer} not null, sys_to {integer} not null, primary key (node, sys_to)
) {table};
create index imported_list on imported (project, id) where sys_to = 9007199254740991
"""
"""Provenance that others recorded."""


def _typed(engine: Engine, statement: str) -> str:
    for word, meaning in engine.types.items():
        statement = statement.replace("{" + word + "}", meaning)
    return statement


def _initial(engine: Engine) -> None:
    for statement in _INITIAL.split(";"):
        engine.run(_typed(engine, statement.strip()), (b"",) if "?" in statement else ())
    for guard in engine.guards:
        engine.run(guard)


def _by_number(engine: Engine) -> None:
    for family in ("param", "tag"):
        for statement in _BY_NUMBER.replace("{family}", family).split(";"):
            engine.run(_typed(engine, statement.strip()), (WORDS,) if "?" in statement else ())


def _calls(engine: Engine) -> None:
    for statement in _CALLS.split(";"):
        engine.run(_typed(engine, statement.strip()))


def _withdrawals(engine: Engine) -> None:
    for statement in _WITHDRAWALS.split(";"):
        engine.run(_typed(engine, statement.strip()))


def _imports(engine: Engine) -> None:
    for statement in _IMPORTS.split(";"):
        engine.run(_typed(engine, statement.strip()))


STEPS: tuple[Step, ...] = (
    Step(1, "initial", _initial),
    Step(2, "texts by number", _by_number),
    Step(3, "calls", _calls),
    Step(4, "withdrawals", _withdrawals),
    Step(5, "imports", _imports),
)
LATEST = STEPS[-1].number


def version_of(engine: Engine) -> int:
    """The number of the last step a database has had. Raises ``IntegrityError`` when it is not one of ours."""
    try:
        rows = engine.run("select max(number) from migration")
    except StorageError as error:
        raise IntegrityError(
            "this database was not made by persona",
            code="foreign-database",
            place=engine.place,
            hints=["give the path of a workspace, or make one: `persona init`"],
        ) from error
    return int(rows[0][0] or 0)


def check_version(engine: Engine) -> int:
    """How many steps a database lacks. Raises ``StorageError`` when it is newer than this program."""
    version = version_of(engine)
    if version > LATEST:
        raise StorageError(
            f"the workspace was written by a newer version of persona (form {version}, this one knows {LATEST})",
            code="newer-database",
            place=engine.place,
            hints=["upgrade persona: `pip install --upgrade persona-workbench`"],
        )
    return LATEST - version


def migrate(engine: Engine) -> None:
    """Bring a database, empty or older, to the present form; each step is whole or did not happen."""
    from persona.model.ids import iso, now

    for step in STEPS:
        with engine.migrating():
            engine.run(_typed(engine, _RECORD))
            if version_of(engine) >= step.number:
                continue  # another process was quicker
            step.apply(engine)
            row = (step.number, step.name, iso(now()))
            engine.run("insert into migration (number, name, applied_at) values (?, ?, ?)", row)
