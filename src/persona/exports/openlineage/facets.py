"""The facets of the specification that are used here, by the version each is written in.

Facets are versioned one by one (https://openlineage.io/docs/spec/facets). What a facet needs beyond its two base fields
is given by whoever makes it; ``tests/exports/openlineage`` holds every one against its schema.
"""

from __future__ import annotations

from typing import Any

from persona import __version__

PRODUCER = f"urn:persona-workbench:{__version__}"
"""Who says so. A name and no address: what is exported points at no server."""

CORE = "https://openlineage.io/spec/2-0-2/OpenLineage.json"
_FACETS = "https://openlineage.io/spec/facets/"

SPECIFIED = {
    "columnLineage": "1-2-0/ColumnLineageDatasetFacet",
    "dataQualityAssertions": "1-1-0/DataQualityAssertionsDatasetFacet",
    "dataQualityMetrics": "1-0-0/DataQualityMetricsDatasetFacet",
    "datasetType": "1-0-1/DatasetTypeDatasetFacet",
    "errorMessage": "1-0-1/ErrorMessageRunFacet",
    "executionParameters": "1-0-0/ExecutionParametersRunFacet",
    "inputStatistics": "1-0-0/InputStatisticsInputDatasetFacet",
    "jobType": "2-0-4/JobTypeJobFacet",
    "lifecycleStateChange": "1-0-1/LifecycleStateChangeDatasetFacet",
    "outputStatistics": "1-0-2/OutputStatisticsOutputDatasetFacet",
    "parent": "1-2-0/ParentRunFacet",
    "processing_engine": "1-1-1/ProcessingEngineRunFacet",
    "schema": "1-2-0/SchemaDatasetFacet",
    "sourceCodeLocation": "1-1-0/SourceCodeLocationJobFacet",
    "test": "1-0-1/TestRunFacet",
    "version": "1-0-1/DatasetVersionDatasetFacet",
}
"""The version and the definition of each facet whose definition is called like its file."""

_NAMED = {
    "inputQuality": ("1-0-3/DataQualityMetricsInputDatasetFacet", "DataQualityMetricsInputDatasetFacet"),
    "lineage": ("1-0-0/LineageFacet", "LineageDatasetFacet"),
    "runTags": ("1-0-0/TagsRunFacet", "TagsRunFacet"),
    "jobTags": ("1-0-0/TagsJobFacet", "TagsJobFacet"),
    "datasetTags": ("1-0-0/TagsDatasetFacet", "TagsDatasetFacet"),
}
"""Facets that share a name with another of a different place, or are called otherwise than their file."""


def facet(name: str, /, **content: Any) -> dict[str, Any]:
    """A facet of the specification with its two base fields. Values that are None are left out."""
    if name in SPECIFIED:
        file = SPECIFIED[name]
        definition = file.partition("/")[2]
    else:
        file, definition = _NAMED[name]
    return based(f"{_FACETS}{file}.json#/$defs/{definition}", content)


def based(schema: str, content: dict[str, Any]) -> dict[str, Any]:
    """What a facet says, with who says it and the schema that it follows."""
    kept = {key: value for key, value in content.items() if value is not None}
    return {"_producer": PRODUCER, "_schemaURL": schema, **kept}


def tags(place: str, given: dict[str, str]) -> dict[str, Any]:
    """Tags as people set them; ``place`` is ``run``, ``job`` or ``dataset``."""
    listed = [{"key": key, "value": value, "source": "USER"} for key, value in sorted(given.items())]
    return facet(f"{place}Tags", tags=listed)


def job_type(kind: str) -> dict[str, Any]:
    """What kind of work a job is: ``GENERATE``, ``EVALUATE``, ``EXPERIMENT``, ``VARIANT``, ``PROGRAM`` or ``LOG``."""
    return facet(
        "jobType",
        processingType="BATCH",
        integration="PERSONA",
        jobType=kind,
        emissionPattern={"eventTrigger": "EVENT_BASED", "eventContentMode": "ACCUMULATIVE"},
    )
