"""Datasets: documents, sources, artefacts, templates and sealed files, with what each is and where it is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from persona.exports.openlineage.columns import (
    Columns,
    Point,
    document_schema,
    evidence_of,
    lineage_of,
    persona_schema,
    quality_of,
)
from persona.exports.openlineage.facets import facet, tags
from persona.exports.openlineage.own import own
from persona.lineage.fine import is_version
from persona.model.records import Artefact, DocumentRecord, Edge, Run, Source

if TYPE_CHECKING:
    from persona.exports.openlineage.naming import Naming
    from persona.exports.openlineage.reading import Reading


class Datasets:
    """The datasets of one log."""

    def __init__(self, reading: Reading, naming: Naming) -> None:
        self._reading = reading
        self._naming = naming
        self._columns = Columns(reading.records, reading.blobs)

    def named(self, name: str, **facets: Any) -> dict[str, Any]:
        """A dataset of this log."""
        return {"namespace": self._naming.namespace, "name": name, "facets": facets}

    def input(self, thing: str, run: Run, as_of: int) -> dict[str, Any]:
        """A thing that a run used, as lineage calls it."""
        if thing.startswith("document_"):
            document = self._reading.document(thing, as_of)
            return self.named(thing) if document is None else self._read(document)
        artefact = self._reading.record(Artefact, thing, as_of) if is_version(thing) else None
        if artefact is not None:
            return self.artefact(artefact)
        if thing.startswith("template:"):
            recipe = self._reading.recipe(run.recipe)
            version = {"version": facet("version", datasetVersion=recipe.template.digest)} if recipe else {}
            return self.named(
                thing, datasetType=facet("datasetType", datasetType="FILE", subType="template"), **version
            )
        version = {"version": facet("version", datasetVersion=thing)} if thing.startswith("sha256:") else {}
        return self.named(thing, datasetType=facet("datasetType", datasetType="FILE"), **version)

    def _read(self, document: DocumentRecord) -> dict[str, Any]:
        statistics = facet("inputStatistics", rowCount=document.turns)
        return {**self.document(document), "inputFacets": {"inputStatistics": statistics}}

    def document(self, one: DocumentRecord) -> dict[str, Any]:
        """A normalised document."""
        return self.named(
            one.id,
            datasetType=facet("datasetType", datasetType="FILE", subType="document"),
            version=facet("version", datasetVersion=one.digest),
            schema=document_schema(self._columns.of(one)),
        )

    def imported(self, one: DocumentRecord) -> dict[str, Any]:
        """A document as it came to be: with the source that it was read from."""
        found = self.document(one)
        source = {"type": "DATASET", "namespace": self._naming.namespace, "name": one.source}
        found["facets"] |= {
            "lineage": facet("lineage", inputs=[source]),
            "lifecycleStateChange": facet("lifecycleStateChange", lifecycleStateChange="CREATE"),
        }
        return found

    def source(self, one: Source) -> dict[str, Any]:
        """An imported original. Its name is that of a file, and stays here."""
        return self.named(
            one.id,
            datasetType=facet("datasetType", datasetType="FILE", subType="source"),
            version=facet("version", datasetVersion=one.digest),
            dataQualityMetrics=facet("dataQualityMetrics", bytes=one.bytes, columnMetrics={}),
        )

    def artefact(self, one: Artefact) -> dict[str, Any]:
        """A version of an artefact."""
        found = self.named(
            self._naming.artefact(one),
            datasetType=facet("datasetType", datasetType="FILE", subType=one.kind),
            version=facet("version", datasetVersion=one.digest),
        )
        if one.kind == "personas":
            found["facets"]["schema"] = persona_schema()
        if one.tags:
            found["facets"]["tags"] = tags("dataset", one.tags)
        return found

    def made(self, one: Artefact, used: Sequence[str], as_of: int) -> dict[str, Any]:
        """An artefact as the output of a run, with the lineage of every claim."""
        found = self.artefact(one)
        statistics: dict[str, Any] = {"size": one.bytes, "fileCount": 1}
        personas = self._reading.personas(one.digest) if one.kind == "personas" else None
        if personas is not None:
            statistics["rowCount"] = len(personas.personas)
            points: dict[str, Point] = {}
            for thing in used:
                document = self._reading.document(thing, as_of) if thing.startswith("document_") else None
                if document is not None:
                    points[document.digest] = Point(self._naming.namespace, document.id, self._columns.of(document))
            found["facets"] |= {
                **lineage_of(personas, points),
                "dataQualityMetrics": facet("dataQualityMetrics", **quality_of(personas, one.bytes)),
                "persona_evidence": own(evidence_of(personas)),
            }
        return {**found, "outputFacets": {"outputStatistics": facet("outputStatistics", **statistics)}}

    def derived(self, one: Artefact, edges: Sequence[Edge]) -> dict[str, Any]:
        """An artefact that no run made, such as a report: with what it was derived from."""
        found = self.artefact(one)
        inputs = []
        for edge in edges:
            if edge.rel != "derived_from" or edge.src != one.id:
                continue
            other = self._reading.record(Artefact, edge.dst) if is_version(edge.dst) else None
            name = self._naming.artefact(other) if other else edge.dst
            inputs.append({"type": "DATASET", "namespace": self._naming.namespace, "name": name})
        found["facets"] |= {
            "lineage": facet("lineage", inputs=inputs),
            "lifecycleStateChange": facet("lifecycleStateChange", lifecycleStateChange="CREATE"),
        }
        return found
