"""Codes of linked workspaces."""

from __future__ import annotations

from persona.cli.codes.code import Code

LINKS: dict[str, Code] = {
    "link-differs": Code(
        "IntegrityError",
        "In the folder of a linked workspace stands another workspace now; the link knows it by its first event.",
        "Link the right folder again under the same name, or unlink it.",
    ),
    "link-exists": Code(
        "Conflict",
        "The name is that of another linked workspace, or the workspace is linked already under another name.",
        "`persona workspace list` shows both; unlink one first.",
    ),
    "link-here": Code(
        "UsageError",
        "A thing of a linked workspace was named in a question that stays in this one.",
        "Leave `--here` out.",
    ),
    "link-kind": Code(
        "InvalidInput",
        "Only what has bytes of its own, an artefact or a source, can be used from another workspace.",
        "Name the artefact or the source in which the thing stands.",
    ),
    "link-name": Code(
        "InvalidInput",
        "The name cannot be that of a linked workspace: it must not be mistaken for another name of the graph.",
        "Take small letters, digits, `-` and `_`, beginning with a letter or digit, 40 at most.",
    ),
    "link-not-found": Code(
        "NotFound",
        "No workspace is linked under that name.",
        "`persona workspace list` shows the names; `persona workspace link NAME FOLDER` adds one.",
    ),
    "link-nothing": Code(
        "IntegrityError",
        "The log of the other workspace is empty, so nothing says which workspace it is.",
        "Make it with `persona init`, or restore its database from a copy.",
    ),
    "link-self": Code(
        "Conflict",
        "The folder holds this workspace itself, or a copy of it.",
        "Nothing is needed: its things are asked for without a link, in all projects.",
    ),
    "links-broken": Code(
        "IntegrityError",
        "The file `.persona/links.json`, which says where linked workspaces are, cannot be read.",
        "Take it away and link again; no record is lost with it.",
    ),
}
