"""Codes of consent and erasure."""

from __future__ import annotations

from persona.cli.codes.code import Code

_SHOW = "See who is there and what they allow: `persona participant list`."

ERASURE: dict[str, Code] = {
    "bad-day": Code("InvalidInput", "A day is not written as year, month and day.", "Write it so: `2027-01-31`."),
    "consent-file": Code(
        "InvalidInput",
        "A table of what people allow cannot be read.",
        "Columns: `participant`, and any of `use`, `quotation`, `hosted` (yes or no) and `retention` (a day).",
    ),
    "consent-hosted": Code(
        "PermissionDenied",
        "Somebody whose words would be sent allows no model that is not on this machine. Nothing was sent.",
        "Ask a model on this machine, or record that they allow it: `persona participant consent ID --hosted`.",
    ),
    "consent-unsaid": Code(
        "UsageError", "Nothing was said that a person allows.", "Name it, such as `--no-quotation` or `--hosted`."
    ),
    "participant-withdrawn": Code(
        "Conflict", "This person withdrew, and their words are erased.", "It cannot be taken back."
    ),
    "source-withdrawn": Code(
        "InvalidInput",
        "The file holds the words of somebody who withdrew, and they were erased here.",
        "Take their words out of the file, then import it. Delete the copy that still holds them.",
    ),
    "withdraw-confirm": Code(
        "UsageError", "Erasing cannot be undone, so it must be confirmed.", "Look with `--dry-run`, then add `--yes`."
    ),
    "withdraw-who": Code(
        "UsageError", "It was not said, or said twice, who withdraws.", "Name somebody, or say `--expired`."
    ),
    "withdrawal-busy": Code(
        "Conflict", "Others kept recording while the words were looked for.", "Wait for their runs, then repeat it."
    ),
    "withdrawal-run": Code(
        "Conflict", "A run that reads these words is at work.", "Wait for its end, then repeat the command."
    ),
    "words-erased": Code(
        "Conflict",
        "Words that a run read were erased, so it cannot be done again.",
        "Its record, its numbers and what is left of its personas stay. Make personas anew: `persona generate`.",
    ),
    "erased": Code(
        "NotFound",
        "The bytes were erased because somebody who spoke in them withdrew. The record of them stays.",
        "`persona participant show ID` says what was erased and by which event. It cannot be brought back.",
    ),
    "erasure-exists": Code("Conflict", "These bytes are erased by record already.", "Nothing is left to do."),
    "erasure-not-found": Code("NotFound", "These bytes were not erased by record.", _SHOW),
    "withdrawal-exists": Code(
        "Conflict", "A withdrawal of this id exists already.", "Repeat the command: ids are drawn anew."
    ),
    "withdrawal-not-found": Code("NotFound", "No withdrawal has this id.", _SHOW),
}
