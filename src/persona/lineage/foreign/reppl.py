"""What REPPL/Persona leaves behind: experiments in folders, their histories, and its databases.

The forms are those that its public source writes: ``experiments/NAME/`` with ``config.yaml``, ``data/`` and
``history.json`` (``core/experiments``), ``outputs/TIME/metadata.json`` (``core/output/manager.py``), and its two SQLite
databases (``reppl_databases``). Of a folder, what is read is sealed as one ZIP file, the files in ``data`` by their
digests alone. Each record is one statement, and so is each model, folder and file that a record names.
"""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from persona.errors import InvalidInput, NotFound
from persona.lineage.foreign.jsonfile import mapping, read_json, several, shape, text
from persona.lineage.foreign.reppl_databases import MAGIC, told_by_database
from persona.lineage.foreign.told import Told, shown
from persona.lineage.prov.limits import MAX_BYTES, refuse, too_much
from persona.model.canonical import Digest, digest_of
from persona.model.yamltext import load_yaml

HISTORY, CONFIG, METADATA, DIGESTS = "history.json", "config.yaml", "metadata.json", "digests.json"
MAX_FILES = 20_000
"""The most files of a folder that are looked at."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_DATABASES = (".db", ".sqlite", ".sqlite3")


def read_path(path: Path) -> bytes:
    """What is read of a file or a folder, as bytes to be sealed: a ZIP file of a folder, the same for the same content.

    Raises ``NotFound`` for nothing there, ``InvalidInput`` for what cannot be read or is too large.
    """
    if not path.exists():
        raise NotFound(
            "there is no such file", code="file-not-found", place=str(path), hints=["see what is there: `ls`"]
        )
    try:
        if not path.is_dir():
            return _bytes(path)
        members: dict[str, bytes] = {}
        digests: dict[str, Digest] = {}
        size = 0
        for name, file in _files(path):
            if PurePosixPath(name).parent.name == "data" or "/data/" in f"/{name}":
                digests[name] = digest_of(_bytes(file))
            elif _is_read(name):
                members[name] = _bytes(file)
                size += len(members[name])
                if size > MAX_BYTES:
                    raise too_much(f"what is to be read has more than {MAX_BYTES:,} bytes", str(path))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"it cannot be read: {error}", code="file-unreadable", place=str(path)) from None
    if not members:
        raise _nothing(path)
    members[DIGESTS] = msgspec.json.encode(dict(sorted(digests.items())))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in sorted(members):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), members[name])
    return packed.getvalue()


def _bytes(file: Path) -> bytes:
    if file.stat().st_size > MAX_BYTES:
        raise too_much(f"the file has {file.stat().st_size:,} bytes; at most {MAX_BYTES:,} are read", str(file))
    ahead = file.with_name(f"{file.name}-wal")
    if file.suffix in _DATABASES and ahead.exists() and ahead.stat().st_size:
        raise refuse(
            "the database is in use: its newest rows stand in another file", "import-in-use", str(file),
            "Close the program that writes it.",
        )  # fmt: skip
    return file.read_bytes()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files of a folder by their path in it, links left out."""
    count = 0
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not (Path(base) / one).is_symlink())
        for name in sorted(names):
            file = Path(base) / name
            if file.is_symlink() or not file.is_file():
                continue
            count += 1
            if count > MAX_FILES:
                raise too_much(f"the folder has more than {MAX_FILES:,} files", str(folder))
            yield file.relative_to(folder).as_posix(), file


def _is_read(name: str) -> bool:
    path = PurePosixPath(name)
    return path.name in (HISTORY, CONFIG, METADATA) or path.suffix in _DATABASES


def _nothing(path: Path) -> NotFound:
    return NotFound(
        "there is nothing of REPPL/Persona in it",
        code="import-nothing",
        place=str(path),
        hints=["name the folder of an experiment (with `config.yaml` or `history.json`), or a database of its lineage"],
    )


def told_by_file(data: bytes, source: str) -> Told:
    """The things and relations of a history or a database. Raises ``InvalidInput`` for what is neither."""
    told = Told(source)
    if data.startswith(MAGIC):
        told_by_database(told, data, source)
    else:
        _history(told, read_json(data, source), source, "", {})
    return told


def told_by_folder(data: bytes, source: str) -> Told:
    """The things and relations of what ``read_path`` made of a folder. Raises ``InvalidInput`` for an odd file."""
    told = Told(source)
    _folder(told, data, source)
    return told


def _folder(told: Told, data: bytes, source: str) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    digests: dict[str, str] = mapping(msgspec.json.decode(members.pop(DIGESTS)))
    for name, digest in digests.items():
        at = _file(told, name)
        told.things[at].declared = True
        told.say("data file")
        told.hash(at, digest)
        told.call(at, PurePosixPath(name).name)
    for name, content in members.items():
        path, place = PurePosixPath(name), f"{source}, {name}"
        if path.suffix in _DATABASES:
            told_by_database(told, content, place)
        elif path.name == CONFIG:
            _config(told, content, str(path.parent), place)
        elif path.name == HISTORY:
            _history(told, read_json(content, place), place, str(path.parent), digests)
        else:
            _metadata(told, mapping(read_json(content, place)), str(path.parent), digests)


def _file(told: Told, name: str) -> int:
    return told.thing(f"file\n{name}", "entity", name)


def _experiment(told: Told, folder: str, name: str) -> int:
    at = told.thing(f"experiment\n{folder}", "entity", name or folder)
    told.call(at, f"{name or PurePosixPath(folder).name} (experiment)")
    return at


def _model(told: Told, provider: str, model: str) -> int:
    return told.thing(f"model\n{provider}\n{model}", "agent", f"{provider}:{model}")


def _config(told: Told, content: bytes, folder: str, place: str) -> None:
    try:
        config = load_yaml(content.decode("utf-8"), place)
    except UnicodeDecodeError:
        raise refuse("the file is no UTF-8 text", "import-syntax", place) from None
    if not isinstance(config, dict):
        raise shape("the configuration of an experiment is a mapping", place)
    at = _experiment(told, folder, text(config.get("name")))
    told.say("experiment")
    for key, value in config.items():
        if text(value):
            told.describe(at, str(key), text(value))


def _history(told: Told, found: Any, place: str, folder: str, digests: dict[str, str]) -> None:
    """A history of runs: each is an activity of its experiment."""
    runs = mapping(found).get("runs")
    if not isinstance(runs, list) or not all(isinstance(one, dict) and text(one.get("run_id")) for one in runs):
        raise shape("this is no history of runs: each of its `runs` has a `run_id`", place)
    experiment = _experiment(told, folder, text(mapping(found).get("experiment")))
    told.say("history")
    seen: dict[str, int] = {}
    for run in runs:
        id = text(run["run_id"])
        seen[id] = seen.get(id, 0) + 1  # two runs that began in one second have one id
        at = told.thing(f"run\n{folder}\n{id}\n{seen[id]}", "activity", id, declared=True)
        told.say("run")
        told.call(at, f"run {id}")
        for key, value in run.items():
            for inner, one in mapping(value).items() if isinstance(value, dict) else [("", value)]:
                if text(one):
                    told.describe(at, f"{key}.{inner}" if inner else key, text(one))
        told.relate("run of an experiment", "part_of", at, experiment)
        if text(run.get("model")) or text(run.get("provider")):
            model = _model(told, text(run.get("provider")), text(run.get("model")))
            told.relate("model of a run", "associated_with", at, model)
        if text(run.get("data_source")):
            told.relate("data of a run", "used", at, _data(told, folder, text(run["data_source"]), digests))
        if text(run.get("output_dir")):
            told.relate("output of a run", "generated_by", _output(told, folder, text(run["output_dir"])), at)


def _output(told: Told, folder: str, path: str) -> int:
    """A folder of outputs, by its path in its experiment."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    inside = PurePosixPath(*parts[parts.index("outputs") :]) if "outputs" in parts else PurePosixPath(path)
    return told.thing(f"output\n{PurePosixPath(folder) / inside}", "entity", str(inside))


def _data(told: Told, folder: str, path: str, digests: dict[str, str]) -> int:
    """A file of data, or the folder of them, which comes from each file that stands in it now."""
    parts = PurePosixPath(path.replace("\\", "/")).parts
    inside = PurePosixPath(*parts[parts.index("data") :]) if "data" in parts else PurePosixPath(path)
    name = str(PurePosixPath(folder) / inside)
    at = _file(told, name if "data" in parts else path)
    for one in digests:
        if one.startswith(f"{name}/"):
            told.relate("file in a folder of data", "derived_from", at, _file(told, one))
    return at


def _metadata(told: Told, found: dict[str, Any], folder: str, digests: dict[str, str]) -> None:
    """What stands beside outputs: from which files and by which model they were made."""
    parts = PurePosixPath(folder).parts
    experiment = PurePosixPath(*parts[: parts.index("outputs")]) if "outputs" in parts else PurePosixPath(folder)
    at = _output(told, str(experiment), folder)
    told.things[at].declared = True
    told.say("output")
    for key, value in found.items():
        if text(value):
            told.describe(at, key, text(value))
    if text(found.get("model")) or text(found.get("provider")):
        model = _model(told, text(found.get("provider")), text(found.get("model")))
        told.relate("model of an output", "attributed_to", at, model)
    for one in several(found.get("source_files")):
        if text(one):
            told.relate("source of an output", "derived_from", at, _data(told, str(experiment), text(one), digests))
    for one in map(mapping, several(found.get("url_sources"))):
        address = text(one.get("original_url")) or text(one.get("url"))
        told.lose("source of an output at an address", "what was fetched there is not named", shown("url", address))
