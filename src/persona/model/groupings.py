"""Who belongs together, as a file that people may edit."""

from __future__ import annotations

from typing import Any

import msgspec

from persona.errors import InvalidInput
from persona.model.yamltext import dump_yaml, load_yaml


class GroupingFile(msgspec.Struct, frozen=True):
    """Groups of participants by label, in the order of the personas. Whoever is in none speaks for no persona.

    ``salt`` follows from the documents in which they speak (``model.cards``); absent where these have none.
    """

    groups: tuple[tuple[str, ...], ...]
    salt: str | msgspec.UnsetType = msgspec.UNSET
    schema: str = "grouping/1"


def read_grouping(text: str, place: str) -> GroupingFile:
    """Read an edited file: ``groups``, a list of lists of labels, or of mappings with ``members``.

    Raises ``InvalidInput`` that names what is wrong and where.
    """
    raw: Any = load_yaml(text, place)
    listed = raw.get("groups") if isinstance(raw, dict) else raw
    if not isinstance(listed, list) or not listed:
        raise InvalidInput("the file has no `groups`", code="grouping-file", place=place, hints=[_HINT])
    groups = []
    for number, one in enumerate(listed):
        members = one.get("members") if isinstance(one, dict) else one
        if not isinstance(members, list) or not all(isinstance(label, (str, int)) for label in members):
            raise InvalidInput(
                "a group must be a list of participants", code="grouping-file", place=f"{place}, groups[{number}]",
                hints=[_HINT],
            )  # fmt: skip
        groups.append(tuple(str(label) for label in members))
    return GroupingFile(tuple(groups))


def write_grouping(file: GroupingFile) -> str:
    """The file as people edit it."""
    listed = [{"persona": f"persona-{number}", "members": list(one)} for number, one in enumerate(file.groups, start=1)]
    return dump_yaml({"groups": listed})


_HINT = "make one to edit: `persona grouping propose --output groups.yaml`"
