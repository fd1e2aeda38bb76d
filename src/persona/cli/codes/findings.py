"""Findings: what ``persona verify`` names when something is not as it was recorded."""

from __future__ import annotations

from persona.cli.codes.code import Found

_COPY = "Restore it from a copy of the workspace; the log says what is lost, and nothing else is touched."
_REBUILD = "`persona rebuild` makes it again from log and bytes."
_CHANGED = (
    "The log was changed outside the program, or the disk is damaged. Restore `.persona/workspace.db` from a copy."
)

FINDINGS: dict[str, Found] = {
    "blob-damaged": Found("Stored bytes do not hash to their name.", _COPY),
    "blob-lost": Found("A record names bytes that are not in the store.", _COPY),
    "blob-missing": Found("The index of a pack names bytes that the pack does not hold.", _COPY),
    "blob-stray": Found(
        "A file lies in the store that is no stored bytes, such as one left by a crash.",
        "It does no harm; remove it when you know what it is.",
    ),
    "blob-unreadable": Found(
        "Stored bytes cannot be read from disk.", "Check permissions and the disk, then: " + _COPY
    ),
    "checkpoint-ahead": Found(
        "The log has fewer events than when a checkpoint was signed: its end was cut off.", _CHANGED
    ),
    "checkpoint-origin": Found(
        "The checkpoint is of another log.",
        "Name one of this workspace: `persona audit checkpoint` shows its first line.",
    ),
    "checkpoint-root": Found(
        "The log does not begin as it did when a checkpoint was signed: something before it was changed.", _CHANGED
    ),
    "checkpoint-unsigned": Found(
        "None of the known keys signed the checkpoint.", "Give the key of who signed it with `--key`."
    ),
    "claim-without-evidence": Found("A claim is called observed and rests on nothing.", "Generate the personas again."),
    "database-damaged": Found("The database file is damaged.", _CHANGED),
    "file-changed": Found("A file of a run folder was changed.", _REBUILD),
    "file-missing": Found("A file of a run folder is missing.", _REBUILD),
    "folder-unchecked": Found("A run folder could not be compared, because what it is made from is damaged.", _COPY),
    "log-body": Found("An entry of the log is not in its canonical form.", _CHANGED),
    "log-gap": Found("Entries of the log are missing.", _CHANGED),
    "log-head": Found("The head of the log does not fit the log.", _CHANGED),
    "log-id": Found("Two entries of the log have the same id.", _CHANGED),
    "log-leaf": Found("An entry of the log does not hash to its leaf: it was changed after it was written.", _CHANGED),
    "log-meaning": Found("An entry of the log contradicts those before it.", _CHANGED),
    "pack-damaged": Found("A pack of stored bytes is damaged from the place shown.", _COPY),
    "pack-unreadable": Found("A pack of stored bytes cannot be read from disk.", "Check permissions and the disk."),
    "quotation-differs": Found("A quotation does not equal its source.", "Generate the personas again and compare."),
    "quotations-unchecked": Found("The quotations of an artefact could not be anchored.", _COPY),
    "support-miscounted": Found("A claim counts other participants than its evidence names.", "Generate again."),
    "table-row": Found("A row of the tables differs from the log.", _REBUILD),
}
