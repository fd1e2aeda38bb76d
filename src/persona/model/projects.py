"""The file that people write for a project: ``project.yaml`` of R-016.

Reading never drops anything: keys this version does not know are kept in ``extra``, and a key that
looks like a mistyped known one is named in ``notes``; one of a constraint is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from persona.errors import InvalidInput, did_you_mean
from persona.model.parameters import LIMIT_RULES, PARAMETER_RULES, check_parameters
from persona.model.reading import mapping, near_misses, read_tags, text_of
from persona.model.recipes import Constraints
from persona.model.records import Consent
from persona.model.yamltext import load_yaml

PROJECT_KEYS = ("name", "description", "created", "status", "defaults", "constraints", "consent", "tags")
CONSENT_KEYS = ("use", "quotation", "hosted", "retention")
CONSTRAINT_KEYS = ("age_range", "required_fields", "require")
STATUSES = ("active", "archived")


class ProjectFile(msgspec.Struct, frozen=True):
    """What a ``project.yaml`` says."""

    name: str
    description: str = ""
    created: str = ""
    status: str = "active"
    defaults: dict[str, Any] = {}
    constraints: Constraints = Constraints()
    consent: Consent = Consent()
    tags: dict[str, str] = {}
    extra: dict[str, Any] = {}
    notes: tuple[str, ...] = ()


def read_project(text: str, place: str) -> ProjectFile:
    """Read a ``project.yaml``. Raises ``InvalidInput`` that names the key and what it should hold."""
    raw = mapping(load_yaml(text, place), place, "project.yaml")
    notes = near_misses(raw, PROJECT_KEYS, place)
    given = mapping(raw.get("defaults"), place, "defaults")
    defaults = check_parameters(given, f"{place}, defaults", PARAMETER_RULES | LIMIT_RULES)
    limits = mapping(raw.get("constraints"), place, "constraints")
    notes += _odd_constraints(limits, f"{place}, constraints")
    status = text_of(raw, "status", place) or "active"
    if status not in STATUSES:
        raise InvalidInput(
            f"the status is `{status}`, but must be one of: {', '.join(STATUSES)}",
            code="project-file",
            place=f"{place}, status",
        )
    name = text_of(raw, "name", place)
    if not name:
        raise InvalidInput("the project has no `name`", code="project-file", place=place)
    return ProjectFile(
        name=name,
        description=text_of(raw, "description", place),
        created=text_of(raw, "created", place),
        status=status,
        defaults=defaults,
        constraints=_constraints(limits, f"{place}, constraints"),
        consent=_consent(mapping(raw.get("consent"), place, "consent"), f"{place}, consent"),
        tags=read_tags(raw.get("tags"), f"{place}, tags"),
        extra={key: value for key, value in raw.items() if key not in PROJECT_KEYS},
        notes=tuple(notes),
    )


def _consent(raw: Mapping[str, Any], place: str) -> Consent:
    """What the project takes as allowed where a person said nothing. Raises ``InvalidInput`` for anything else."""
    for key, value in raw.items():
        if key not in CONSENT_KEYS:
            near = did_you_mean(str(key), CONSENT_KEYS)
            raise InvalidInput(
                f"`{key}` is nothing that people allow",
                code="project-file",
                place=place,
                hints=[f"did you mean `{near}`?" if near else f"known: {', '.join(CONSENT_KEYS)}"],
            )
        if key != "retention" and not isinstance(value, bool):
            raise InvalidInput(f"`{key}` is {value!r}, but must be true or false", code="project-file", place=place)
    retention = raw.get("retention")
    return Consent(
        raw.get("use"),
        raw.get("quotation"),
        raw.get("hosted"),
        None if retention is None else check_day(str(retention), f"{place}.retention"),
    )


def check_day(text: str, place: str) -> str:
    """A day as ``2027-01-31``. Raises ``InvalidInput`` for anything else."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise InvalidInput(
            f"`{text}` is not a day",
            code="bad-day",
            place=place,
            hints=["write year, month and day: `2027-01-31`"],
        ) from None


def _odd_constraints(raw: Mapping[str, Any], place: str) -> list[str]:
    """A note for each constraint that nothing here judges. Raises ``InvalidInput`` for one that looks mistyped.

    A limit that people believe in and that does not hold would make every record of a run untrue.
    """
    notes = []
    for key in raw:
        if key in CONSTRAINT_KEYS:
            continue
        near = did_you_mean(str(key), CONSTRAINT_KEYS)
        if near:
            raise InvalidInput(
                f"`{key}` is not a constraint of a project",
                code="unknown-constraint",
                place=place,
                hints=[f"did you mean `{near}`?"],
            )
        notes.append(f"{place}: `{key}` is kept but nothing judges it; known are {', '.join(CONSTRAINT_KEYS)}")
    return notes


def _constraints(raw: Mapping[str, Any], place: str) -> Constraints:
    ages = raw.get("age_range")
    if ages is not None:
        good = isinstance(ages, list) and len(ages) == 2 and all(type(age) is int for age in ages)
        if not good or not 0 <= ages[0] <= ages[1] <= 150:
            raise InvalidInput(
                f"`age_range` is {ages!r}, but must be two ages such as [25, 65]",
                code="project-file",
                place=f"{place}.age_range",
            )
        ages = (ages[0], ages[1])
    fields = raw.get("required_fields") or []
    if not isinstance(fields, list) or not all(isinstance(field, str) for field in fields):
        raise InvalidInput(
            "`required_fields` must be a list of field names",
            code="project-file",
            place=f"{place}.required_fields",
        )
    rules = raw.get("require") or []
    if isinstance(rules, str):
        rules = [rules]
    if not isinstance(rules, list) or not all(isinstance(rule, str) for rule in rules):
        raise InvalidInput(
            "`require` must be a list of rules such as `faithfulness >= 0.9`",
            code="project-file",
            place=f"{place}.require",
        )
    other = {key: value for key, value in raw.items() if key not in CONSTRAINT_KEYS}
    return Constraints(age_range=ages, required_fields=tuple(fields), require=tuple(rules), other=other)
