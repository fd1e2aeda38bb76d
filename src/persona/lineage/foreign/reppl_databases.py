"""The databases of REPPL/Persona: its lineage (PROV in tables) and its experiments, read from their bytes.

The tables are those that its public source makes, in ``core/lineage/sqlite_store.py`` and in
``core/experiments/sqlite_store.py``. The bytes are opened in memory: nothing is written beside the file, and no program
of the file runs. Each row is one statement, and so is each column that names another row, a model or a folder.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

from persona.errors import InvalidInput
from persona.lineage.foreign.told import NO_COUNTERPART, Told, shown
from persona.lineage.prov.limits import refuse
from persona.model.imports import ThingKind

MAGIC = b"SQLite format 3\0"
LINEAGE = ("lineage_entities", "lineage_activities", "lineage_agents", "lineage_relations")
JUNCTIONS = ("activity_used_entities", "activity_generated_entities")
EXPERIMENTS = ("experiments", "variants", "runs")

_RELATIONS: dict[str, tuple[str, ThingKind, ThingKind]] = {
    "used": ("used", "activity", "entity"),
    "wasGeneratedBy": ("generated_by", "entity", "activity"),
    "wasDerivedFrom": ("derived_from", "entity", "entity"),
    "wasAttributedTo": ("attributed_to", "entity", "agent"),
    "wasAssociatedWith": ("associated_with", "activity", "agent"),
    "wasInformedBy": ("informed_by", "activity", "activity"),
}
_STEPS, _MOST_STEPS = 100_000, 20_000  # two thousand million instructions of the database: minutes, not days

Row = dict[str, Any]


def told_by_database(told: Told, data: bytes, source: str) -> None:
    """Add what a database tells. Raises ``InvalidInput`` for one that is damaged, or has none of the tables."""
    try:
        with _Tables(data) as tables:
            names = tables.names()
            if not names.issuperset(LINEAGE) and not names.issuperset(EXPERIMENTS):
                raise refuse(
                    "this database has none of the tables that REPPL/Persona makes",
                    "import-shape",
                    source,
                    f"Its lineage has {LINEAGE[0]}, its experiments have {EXPERIMENTS[2]}.",
                )
            if names.issuperset(LINEAGE):
                _lineage(told, tables, names)
            if names.issuperset(EXPERIMENTS):
                _experiments(told, tables)
    except (sqlite3.Error, MemoryError, OverflowError, UnicodeDecodeError, SystemError) as error:
        raise _damaged(source, error) from None
    except KeyError as error:
        raise refuse(f"a table of this database has no column {error}", "import-shape", source) from None


def _damaged(source: str, error: Exception) -> InvalidInput:
    return refuse(
        f"the database cannot be read: {error}",
        "import-syntax",
        source,
        "Close the program that writes it, and copy it.",
    )


class _Tables:
    """A database in memory."""

    def __init__(self, data: bytes) -> None:
        if data[18:20] == b"\x02\x02":  # written ahead of a log that was merged since: in memory there is none
            data = data[:18] + b"\x01\x01" + data[20:]
        self._db = sqlite3.connect(":memory:")
        self._calls = 0
        self._db.text_factory = lambda found: found.decode("utf-8", "replace")
        self._db.deserialize(data)
        for setting in ("trusted_schema = off", "query_only = on", "cell_size_check = on"):
            self._db.execute(f"pragma {setting}")
        self._db.set_progress_handler(self._count, _STEPS)

    def __enter__(self) -> _Tables:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def _count(self) -> int:
        self._calls += 1
        return int(self._calls > _MOST_STEPS)

    def names(self) -> set[str]:
        """The plain tables: neither views nor what a module of SQLite would make."""
        rows = self._db.execute("select name, sql from sqlite_master where type = 'table'")
        return {name for name, sql in rows if str(sql).lstrip().upper().startswith("CREATE TABLE")}

    def rows(self, table: str) -> Iterator[Row]:
        """The rows of a table, by the names of its columns, in the order in which they were written."""
        found = self._db.execute(f'select * from "{table}"')  # noqa: S608  # one of the names above
        columns = [one[0] for one in found.description]
        for row in found:
            yield dict(zip(columns, row, strict=True))


def _attributes(told: Told, at: int, row: Row, *left_out: str) -> None:
    for key, value in row.items():
        if value not in (None, "", "{}") and key not in left_out and not isinstance(value, bytes):
            told.describe(at, key, str(value))


def _thing(told: Told, table: str, kind: ThingKind, id: Any) -> int:
    return told.thing(f"{table}\n{id}", kind, str(id))


_NODES: dict[ThingKind, tuple[str, str]] = {
    "entity": ("lineage_entities", "entity_id"),
    "activity": ("lineage_activities", "activity_id"),
    "agent": ("lineage_agents", "agent_id"),
}


def _node(told: Told, kind: ThingKind, id: Any) -> int:
    return _thing(told, _NODES[kind][0], kind, id)


def _lineage(told: Told, tables: _Tables, names: set[str]) -> None:
    for kind, (table, key) in _NODES.items():
        for row in tables.rows(table):
            at = _node(told, kind, row[key])
            told.things[at].declared = True
            told.say(table)
            told.call(at, str(row["name"]))
            _attributes(told, at, row, key, "name")
            if kind == "entity":
                told.hash(at, str(row["hash"]))
            if kind == "entity" and row["generated_by"]:
                maker = _node(told, "activity", row["generated_by"])
                told.relate(f"{table}.generated_by", "generated_by", at, maker)
            if kind == "activity":
                told.relate(f"{table}.agent_id", "associated_with", at, _node(told, "agent", row["agent_id"]))
    for row in tables.rows("lineage_relations"):
        known = _RELATIONS.get(str(row["relation_type"]))
        ends = str(row["source_id"]), str(row["target_id"])
        example = shown(str(row["relation_type"]), *ends)
        if known is None:
            told.lose("lineage_relations", NO_COUNTERPART, example)
            continue
        rel, source, target = known
        more = str(row["metadata_json"] or "{}") != "{}"
        at, to = _node(told, source, ends[0]), _node(told, target, ends[1])
        told.relate("lineage_relations", rel, at, to, reduced=example if more else "")
    for table in JUNCTIONS:
        for row in tables.rows(table) if table in names else ():
            work, thing = _node(told, "activity", row["activity_id"]), _node(told, "entity", row["entity_id"])
            if table == JUNCTIONS[0]:
                told.relate(table, "used", work, thing)
            else:
                told.relate(table, "generated_by", thing, work)


def _experiments(told: Told, tables: _Tables) -> None:
    for row in tables.rows("experiments"):
        at = _thing(told, "experiments", "entity", row["experiment_id"])
        told.say("experiments")
        told.call(at, f"{row['name']} (experiment)")
        _attributes(told, at, row, "experiment_id", "name")
    for row in tables.rows("variants"):
        at = _thing(told, "variants", "entity", row["variant_id"])
        told.say("variants")
        told.call(at, f"{row['name']} (variant)")
        _attributes(told, at, row, "variant_id", "name", "experiment_id")
        told.relate(
            "variants.experiment_id", "part_of", at, _thing(told, "experiments", "entity", row["experiment_id"])
        )
    for row in tables.rows("runs"):
        at = _thing(told, "runs", "activity", row["run_id"])
        told.say("runs")
        told.call(at, f"run {row['run_number']}")
        _attributes(told, at, row, "run_id", "run_number", "experiment_id", "variant_id", "model", "provider")
        told.relate("runs.experiment_id", "part_of", at, _thing(told, "experiments", "entity", row["experiment_id"]))
        if row["variant_id"]:
            told.relate("runs.variant_id", "used", at, _thing(told, "variants", "entity", row["variant_id"]))
        model = told.thing(f"model\n{row['provider']}\n{row['model']}", "agent", f"{row['provider']}:{row['model']}")
        told.relate("runs.model", "associated_with", at, model)
        if row["output_dir"]:
            made = told.thing(f"output\n{row['run_id']}", "entity", str(row["output_dir"]))
            told.relate("runs.output_dir", "generated_by", made, at)
