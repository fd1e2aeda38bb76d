"""Codes of files: something that people brought cannot be read or accepted. Nothing of such a file is kept."""

from __future__ import annotations

from persona.cli.codes.code import Code

_EDITOR = "The place names file, line and column: open it in an editor."
_AGAIN = "Open the file in the program that wrote it, save it again and import that."


def _refused(meaning: str, helps: str) -> Code:
    return Code("InvalidInput", meaning, helps)


FILES: dict[str, Code] = {
    "folder-not-empty": Code(
        "Conflict", "The folder to write to holds something already.", "Name another folder with `--output`."
    ),
    "archive-bomb": _refused(
        "The Office file unpacks to far more than it should hold.", "Do not trust it; " + _AGAIN.lower()
    ),
    "archive-broken": _refused("The Office file is not a whole archive.", _AGAIN),
    "archive-path": _refused(
        "A path inside the Office file leads outside of it.", "Do not trust it; " + _AGAIN.lower()
    ),
    "archive-too-large": _refused("The Office file has more members than any document needs.", _AGAIN),
    "audit-key-broken": _refused(
        "A key of signed notes is not in its form, or its id is not that of its bytes.",
        "Take it again from whoever signs: `persona audit key` prints the public line.",
    ),
    "audit-key-open": Code(
        "PermissionDenied",
        "Others can read the secret half of the signing key.",
        "Let only its owner read it: `chmod 600 FILE`. Whoever read it can sign in your name.",
    ),
    "bad-tags": _refused("Tags are neither a list nor a mapping of single values.", "Write `tags: [{team: design}]`."),
    "cell-too-long": _refused("A cell of the table is longer than a whole day of speech.", "Split it into rows."),
    "checkpoint-broken": _refused(
        "The file is no checkpoint as a signed note, or it was cut or edited.", "Write one: `persona audit checkpoint`."
    ),
    "crate-added-to": Code(
        "Conflict",
        "A crate is to be replaced by a new one, but somebody put files of their own into its folder.",
        "Take them out, or write to another place with `--output`.",
    ),
    "crate-told": Code(
        "InvalidInput UsageError",
        "A licence, an organisation, a contact or an ORCID is not in its form.",
        "The hint shows how it is written; leave it out if you do not have one.",
    ),
    "csv-broken": _refused("The table is not valid CSV at the line shown.", "Check quotation marks near that line."),
    "deny-list": _refused(
        "A list of words to redact has a line that cannot be used, or a replacement that holds a listed word.",
        "Write a name a line: `Maria Lopez | Mia`, or `Acme = [employer]` to choose the replacement.",
    ),
    "experiment-file": Code(
        "InvalidInput UsageError",
        "The experiment has no name, no variants, or a variant without a name or with one that stands twice; or a "
        "part of its design (matrix, inputs, primary metric, stopping rule) says what cannot be.",
        "A variant is written `- name: balanced` with `parameters: {temperature: 0.7}` below it.",
    ),
    "experiment-sweep": Code(
        "InvalidInput",
        "The sweep of the experiment has no parameters, a range that is empty or without end, or an unknown method.",
        "For example: `sweep: {method: random, parameters: {temperature: {min: 0, max: 1}}, budget: {runs: 20}}`.",
    ),
    "export-changed": _refused(
        "The file names an artefact as its origin, but its content differs from that artefact.",
        "Export it again; edit copies under another name.",
    ),
    "file-binary": _refused("The file is called text, but holds bytes that no text has.", "Save it as plain text."),
    "file-empty": _refused("The file holds nothing.", "Check that it was copied whole."),
    "file-encoding": _refused("The file is in no encoding that is read.", "Save it as UTF-8."),
    "file-encrypted": _refused("The file is protected by a password.", "Save it without one and import it again."),
    "file-kind": _refused(
        "Files of this kind are not read.",
        "txt, md, vtt, srt, csv, xlsx, json, docx and pdf are: save it as one of them.",
    ),
    "file-not-found": Code("NotFound", "There is no file at this path.", "Check the spelling and the current folder."),
    "file-too-large": _refused("The file is larger than any interview.", "Split it into one file a conversation."),
    "file-unreadable": _refused(
        "The path is not a plain file, or the disk could not read it.", "Check the file itself."
    ),
    "front-matter": _refused(
        "What stands between the `---` lines is not a mapping.", "Write `participant: P07` lines."
    ),
    "invalid-input": _refused(
        "A file or a value cannot be accepted.", "The message says why and the place says where."
    ),
    "json-broken": _refused("The file is not valid JSON at the place shown.", _AGAIN),
    "json-not-transcript": _refused(
        "The JSON holds no transcript in a shape that is known.",
        "Bring whisper's form: an object with `segments`, each with `text`, and `speaker` where known.",
    ),
    "line-too-long": _refused("A line is longer than any speech.", "Break it into turns."),
    "no-cues": _refused("The subtitle file has no cue with a time.", _AGAIN),
    "no-participants": _refused(
        "No participant says anything in what the run would read, or the constraints leave nobody.",
        "`persona participant list` shows who speaks; `constraints` in the project.yaml say who is left out.",
    ),
    "no-sources": _refused("The project has no sources to make personas from.", "`persona source import FOLDER`."),
    "no-speakers": _refused(
        "No line names who speaks.", "Begin each turn with a label: `Interviewer: ...` and `P01: ...`."
    ),
    "no-turns": _refused("Nobody says anything in it.", "Check that the file has words in the columns expected."),
    "not-a-crate": Code(
        "Conflict",
        "A crate is to be written where something else stands.",
        "Choose another name with `--output`; nothing is overwritten but an older crate.",
    ),
    "path-empty": Code(
        "InvalidInput",
        "A path is empty, as from a variable of the shell that is not set.",
        "Name a file, a folder or a pattern; `.` is this folder.",
    ),
    "path-folder": Code("UsageError", "A file is to be written where a folder stands.", "Name a file in the folder."),
    "path-not-found": Code("NotFound", "No file or folder is at this path, and the pattern fits none.", "Check it."),
    "pdf-broken": _refused("The PDF is damaged.", _AGAIN),
    "pdf-no-text": _refused("The PDF holds pictures of pages and no text.", "Recognise the text first (OCR)."),
    "pdf-too-long": _refused("The PDF has more pages than are read.", "Split it."),
    "project-file": _refused("The project.yaml has no name, or a value that cannot be accepted.", _EDITOR),
    "project-file-missing": Code(
        "NotFound", "The project has lost its project.yaml.", "`persona rebuild` restores it."
    ),
    "proof-broken": _refused(
        "The file is no proof that an event stands in a log, or it was cut or edited.",
        "Write one: `persona audit prove`.",
    ),
    "settings-file": _refused("A settings file cannot be read or is no mapping.", _EDITOR),
    "source-unredacted": _refused(
        "The file is in the project already, unredacted; a redacted copy beside it would protect nobody.",
        "Import with `--redact` into a workspace of its own (`persona init NEW`), then delete the old one.",
    ),
    "statement-broken": _refused(
        "The file is no in-toto statement in a DSSE envelope, or it was cut or edited.",
        "Write one: `persona export in-toto --run RUN --output FILE`.",
    ),
    "table-empty": _refused("The table has no rows below its header.", "Check that the right sheet stands first."),
    "table-shape": _refused(
        "No column of the table holds open answers, turns or transcripts.",
        "Name the columns `speaker` and `text`, or `transcript_id` and `text`.",
    ),
    "table-too-large": _refused("The table has more cells than are read.", "Split it."),
    "too-many-turns": _refused("The file holds more turns than any conversation.", "Split it."),
    "unknown-constraint": _refused(
        "A project has a constraint that looks like a mistyped one, and one that is never judged would mislead.",
        "The hint names the constraint that was meant; docs/settings.md describes them.",
    ),
    "unknown-parameter": _refused(
        "A run has no parameter of this name, and one that did nothing would make the record untrue.",
        "`persona config show` lists the parameters.",
    ),
    "unknown-setting": _refused(
        "A settings file names a setting that does not exist.", "`persona config show` lists them."
    ),
    "xlsx-broken": _refused("The workbook is damaged.", _AGAIN),
    "xml-broken": _refused("The text inside the Office file is damaged.", _AGAIN),
    "xml-doctype": _refused(
        "The file declares a document type, which neither Word nor PROV-XML needs and attacks do.",
        "Do not trust it; " + _AGAIN.lower(),
    ),
    "yaml-alias": _refused("The YAML uses aliases (`*name`), which can expand without bound.", "Write the value out."),
    "yaml-duplicate-key": _refused("A key stands twice, so one value would be lost.", _EDITOR),
    "yaml-shape": _refused("A value is of another shape than its key needs.", _EDITOR),
    "yaml-syntax": _refused("The file is not valid YAML, or not UTF-8 text.", _EDITOR),
    "yaml-tag": _refused("The YAML uses a tag (`!name`), which is not accepted.", "Write the plain value."),
    "yaml-too-deep": _refused("The YAML is nested too deep.", "Flatten it."),
    "yaml-too-large": _refused("The YAML is longer than any settings need.", "Keep only what the file is for."),
}
