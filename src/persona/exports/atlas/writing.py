"""Entities as Atlas reads them: bodies for its REST interface, in batches, or the archive of its import."""

from __future__ import annotations

import uuid
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from typing import Any, BinaryIO, NamedTuple

import msgspec

from persona.exports.atlas.entities import Entity, Reference
from persona.exports.atlas.types import typedefs
from persona.model.canonical import canonical_json

BATCH = 500
"""Entities of one request: Atlas gives up on tens of thousands in one."""

_EARLIEST = (1980, 1, 1, 0, 0, 0)


class Body(NamedTuple):
    """The body of one request: the name of its file, its bytes, and how many entities of each type it holds."""

    name: str
    data: bytes
    counts: Counter[str]


def rest_bodies(entities: Iterable[Entity]) -> Iterator[Body]:
    """``typedefs.json`` for ``POST /v2/types/typedefs``, then ``entities-00001.json`` ... for ``POST /v2/entity/bulk``.

    To be sent in this order: what an entity refers to stands in the same body, by its negative guid, or in one before,
    by its qualified name.
    """
    yield Body("typedefs.json", _laid_out(typedefs()), Counter())
    batch: list[Entity] = []
    number = 0
    for entity in entities:
        batch.append(entity)
        if len(batch) == BATCH:
            number += 1
            yield _bulk(number, batch)
            batch = []
    if batch:
        yield _bulk(number + 1, batch)


def _bulk(number: int, batch: list[Entity]) -> Body:
    guids = {entity.name: f"-{at}" for at, entity in enumerate(batch, start=1)}

    def pointed(reference: Reference) -> dict[str, Any]:
        if reference.name in guids:
            return {"guid": guids[reference.name], "typeName": reference.type}
        return {"typeName": reference.type, "uniqueAttributes": {"qualifiedName": reference.name}}

    entities = [
        {
            "guid": guids[entity.name],
            "typeName": entity.type,
            "status": "ACTIVE",
            "attributes": _attributes(entity, pointed),
        }
        for entity in batch
    ]
    data = _laid_out({"entities": entities, "referredEntities": {}})
    return Body(f"entities-{number:05}.json", data, Counter(entity.type for entity in batch))


def write_archive(stream: BinaryIO, entities: Iterable[Entity], origin: str, at: int) -> Counter[str]:
    """The archive of ``POST /admin/import``; how many entities of each type it holds. Equal entities give equal bytes.

    ``origin`` is the log they come from, ``at`` the moment of its last event in milliseconds. Guids are made from
    qualified names (RFC 9562, version 5), so that importing again updates. The list of all members stands at the end of
    an archive and grows with it, at a few hundred bytes an entity: what is larger than memory goes the other way.
    """
    counts: Counter[str] = Counter()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive,
        TemporaryFile() as order,
    ):
        _add(archive, "atlas-typesdef.json", canonical_json(typedefs()))
        for entity in entities:
            guid = guid_of(entity.name)
            order.write(b'%s"%s"' % (b"," if counts else b"", guid.encode()))
            counts[entity.type] += 1
            whole = {
                "guid": guid,
                "typeName": entity.type,
                "status": "ACTIVE",
                "version": 0,
                "attributes": _attributes(entity, _pointed),
            }
            _add(archive, f"{guid}.json", canonical_json({"entity": whole, "referredEntities": {}}))
        order.seek(0)
        with archive.open(_member("atlas-export-order.json"), "w", force_zip64=True) as member:
            member.write(b"[")
            while part := order.read(1 << 20):
                member.write(part)
            member.write(b"]")
        _add(archive, "atlas-export-info.json", canonical_json(_told(origin, at, counts)))
    return counts


def guid_of(name: str) -> str:
    """The guid of an entity: the same for the same qualified name."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:persona-workbench:atlas:{name}"))


def _pointed(reference: Reference) -> dict[str, Any]:
    unique = {"qualifiedName": reference.name}
    return {"guid": guid_of(reference.name), "typeName": reference.type, "uniqueAttributes": unique}


def _attributes(entity: Entity, pointed: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in entity.attributes.items():
        if isinstance(value, Reference):
            found[name] = pointed(value)
        elif isinstance(value, list):
            found[name] = [pointed(one) if isinstance(one, Reference) else one for one in value]
        else:
            found[name] = value
    return found


def _told(origin: str, at: int, counts: Counter[str]) -> dict[str, Any]:
    """``AtlasExportResult``: what was exported, and from where."""
    return {
        "request": {"itemsToExport": [], "options": {"fetchType": "full"}},
        "userName": "persona",
        "hostName": "persona",
        "clientIpAddress": "",
        "sourceClusterName": origin,
        "timeStamp": at,
        "changeMarker": 0,
        "operationStatus": "SUCCESS",
        "metrics": {f"entity:{name}": count for name, count in sorted(counts.items())},
    }


def _member(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EARLIEST)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    return info


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(_member(name), data)


def _laid_out(value: Any) -> bytes:
    return msgspec.json.format(canonical_json(value), indent=1) + b"\n"
