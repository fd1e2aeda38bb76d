"""Codes of calls: what was asked for cannot be done as it was asked."""

from __future__ import annotations

from persona.cli.codes.code import Code

_SEE = "The list of what there is: "

CALLS: dict[str, Code] = {
    "ambiguous-id": Code(
        "UsageError", "The beginning of an id fits several records.", "Type more characters until only one fits."
    ),
    "artefact-exists": Code(
        "Conflict",
        "Another process logged the same version of an artefact at the same moment.",
        "Run the command again: it then takes the next version.",
    ),
    "artefact-name": Code(
        "InvalidInput",
        "The name of an artefact is empty or holds a slash, a colon or a control character.",
        "Choose a plain name such as `personas`; versions and aliases come after a colon.",
    ),
    "artefact-not-found": Code(
        "NotFound",
        "No artefact, version or alias has this name in the project.",
        _SEE + "`persona artefact list`. A name may carry its project: `project/name:v2`.",
    ),
    "assertion-broken": Code(
        "InvalidInput",
        "The mean of a side does not meet a demand that the experiment's file states under `assert`.",
        "`persona experiment compare` shows the values; the demands stand in experiment.yaml.",
    ),
    "bad-alias": Code(
        "UsageError InvalidInput",
        "The word cannot be an alias: `latest` and `v1`, `v2` ... are kept by the program, and an alias points only at "
        "versions of its own artefact.",
        "Use a word of letters, digits, `-` and `_`, such as `approved`.",
    ),
    "bad-format": Code(
        "UsageError",
        "Nothing is exported in this format.",
        "Use json, yaml, csv, md or html for personas, rest or zip for Atlas.",
    ),
    "bad-level": Code(
        "UsageError", "Runs are not done again at this level.", "Use verify, replay, rerun or environment."
    ),
    "bad-limit": Code("UsageError", "The number of records asked for is negative.", "Ask for 1 or more."),
    "bad-metric": Code(
        "InvalidInput",
        "A metric must be a finite number under a name that is not empty.",
        "Leave a value out when it is not known, instead of logging NaN.",
    ),
    "bad-pair": Code(
        "UsageError",
        "A tag or a field is not written as KEY=VALUE, or the thing it belongs to is not named.",
        "Write `persona run tag RUN reviewed=yes`; `reviewed=` is an empty value, `--remove reviewed` takes it away.",
    ),
    "bad-parameter": Code(
        "InvalidInput UsageError",
        "The value of a parameter of a run has the wrong type or lies outside its range.",
        "`persona config show` says what each parameter means; `persona generate --help` lists them.",
    ),
    "bad-status": Code(
        "UsageError",
        "Runs have no such status.",
        "Use planned, running, completed, failed, cancelled or interrupted.",
    ),
    "cancelled": Code(
        "Cancelled",
        "A person stopped the command with Ctrl-C. A run that was under way is recorded as cancelled.",
        "`persona run list --status cancelled` shows it; run the command again to start anew.",
    ),
    "claim-not-found": Code(
        "NotFound",
        "The personas hold no claim under this path, or none that rests on words.",
        "A path is written like `persona-1.goals[0]`; `persona generate --json` and the export show them all.",
    ),
    "claim-without-evidence": Code(
        "NotFound",
        "The claim was made by a rule and rests on no words, so there is nothing to follow; a pseudonym is one.",
        "Trace a claim that is observed, such as `persona-1.goals[0]`.",
    ),
    "comparison-setting": Code(
        "UsageError",
        "A setting of a comparison is out of its range: alpha, power, the smallest effect of interest, the number of "
        "variants or counts of successes.",
        "The message names the setting and its range; 0.05 and 0.8 are the usual alpha and power.",
    ),
    "comparison-too-few": Code("InvalidInput", "There are fewer values than the statistic needs.", "Run more repeats."),
    "comparison-value": Code(
        "InvalidInput",
        "A value to compare is no finite number, or a standard error is not above 0.",
        "Leave values out that are not known; comparing by pairs drops missing ones and says how many.",
    ),
    "comparison-worse": Code(
        "InvalidInput",
        "A side is worse than the baseline, surely enough, and `--gate` was asked for.",
        "`persona experiment compare` shows by how much, with the interval and the runs behind it.",
    ),
    "conflict": Code("Conflict", "Somebody else wrote the same record at the same moment.", "Run the command again."),
    "demo-folder": Code(
        "Conflict",
        "The folder for the demonstration is not empty, and a demonstration never touches anyone's work.",
        "Choose a folder that does not exist: `persona demo ANOTHER-FOLDER`.",
    ),
    "document-exists": Code(
        "Conflict", "Another process recorded the same document at the same moment.", "Import it again."
    ),
    "document-not-found": Code(
        "NotFound", "No document has this id.", "`persona source list` and `persona source show` name documents."
    ),
    "embedder-not-found": Code(
        "NotFound", "There are no sentence vectors of this name.", "Leave `--embedder` out: the default works offline."
    ),
    "empty-id": Code("UsageError", "An id was given and is empty.", "Name the record, or leave the argument out."),
    "experiment-exists": Code(
        "Conflict",
        "An experiment of this name exists in the project.",
        "Run it with `persona experiment run NAME`, or choose another name.",
    ),
    "experiment-not-found": Code(
        "NotFound", "The project has no experiment of this name.", _SEE + "`persona experiment list`."
    ),
    "field-reserved": Code("UsageError", "The program writes this field itself.", "Choose another key for the note."),
    "file-exists": Code(
        "Conflict",
        "The file named by `--output` or `--review` exists, and nobody could be asked whether to overwrite it.",
        "Add `--yes`, or choose another name.",
    ),
    "filter-field": Code(
        "UsageError",
        "The filter or the order names a field that these records do not have.",
        "Runs have columns such as status and variant, and params.KEY, metrics.KEY, tags.KEY.",
    ),
    "filter-syntax": Code(
        "UsageError",
        "The filter stops making sense at the character shown.",
        "An example: `persona run list --where 'metrics.diversity_score > 0.7 and params.temperature = 0.3'`.",
    ),
    "filter-too-long": Code(
        "UsageError", "The filter holds more comparisons than one query may.", "Split it into several lists."
    ),
    "filter-value": Code(
        "UsageError",
        "The filter compares a field with a value of the wrong kind.",
        "Compare numbers with numbers; `~` asks whether a text contains another.",
    ),
    "internal": Code(
        "PersonaError",
        "The program met a state that it should never be in. Records are written whole or not at all, so none is half.",
        "Set `PERSONA_TRACEBACK=1`, run the command again and report what it prints.",
    ),
    "lineage-format": Code(
        "UsageError",
        "A tree or a table was to be written into a file, and both are for the screen.",
        "Write a drawing with `--format svg` or `--format mermaid`, or everything with `--json`.",
    ),
    "lineage-no-path": Code(
        "NotFound",
        "Neither of two things rests on the other, however far one follows.",
        "Look at what each rests on: `persona lineage up THING --depth all`.",
    ),
    "lineage-not-found": Code(
        "NotFound",
        "Nothing is recorded under the bytes of this file, and it carries no provenance of this workspace.",
        "Export it again with `persona artefact export`, or name the artefact.",
    ),
    "missing-extra": Code(
        "UsageError",
        "This needs a part of the program that was not installed.",
        "Install it with the command in the hint.",
    ),
    "model-unavailable": Code(
        "ModelError",
        "No engine or model of this name can be used here.",
        "Use `--model extractive`, which needs no network, or change `model` in the project.yaml.",
    ),
    "metric-without-data": Code(
        "NotFound",
        "No run that is to be compared has a value of this metric.",
        _SEE + "`persona metrics list`; a value of a plugin is there only for runs made while it was installed.",
    ),
    "metric-not-found": Code("NotFound", "No metric of this release has this name.", _SEE + "`persona metrics list`."),
    "ner-unavailable": Code(
        "NotFound",
        "spaCy, or the model named by `--ner`, is not installed; nothing is ever downloaded.",
        "Install the extra `persona-workbench[ner]` and the model, or go without `--ner`.",
    ),
    "no-project": Code(
        "NotFound", "The workspace has no project yet.", 'Make one: `persona project create "My research"`.'
    ),
    "no-tries": Code(
        "NotFound",
        "Nothing has been tried in this project, so there is nothing to make an experiment of.",
        "Try something: `persona try --temperature 0.5`.",
    ),
    "nothing-to-compare": Code(
        "UsageError",
        "A comparison needs two sides, each with a completed run.",
        "Run what is missing with `persona experiment run`, or name two things to compare.",
    ),
    "no-recipe": Code(
        "Conflict", "The run was logged by hand, so there is no plan to execute.", "Generate a new run instead."
    ),
    "no-run": Code("NotFound", "There is no run to show yet.", "Make personas: `persona generate`."),
    "not-reproduced": Code(
        "IntegrityError",
        "A run was done again and an output is not what was recorded, nor within the spread of the runs of its plan.",
        "The first step that diverged and the class of cause stand in the answer; `persona why` compares two runs.",
    ),
    "not-reproducible": Code(
        "Conflict",
        "The run has no recipe (it was logged by hand) or no personas, so there is nothing to make again.",
        "Check the bytes that it recorded: `persona run reproduce RUN --level verify`.",
    ),
    "no-such-page": Code(
        "NotFound", "The position given by `--after` is not one of this list.", "Take the list from its beginning."
    ),
    "node-not-found": Code(
        "NotFound",
        "The lineage has no thing of this id.",
        "`persona artefact list` and `persona run list` name things.",
    ),
    "not-found": Code("NotFound", "The thing named does not exist here.", "Look at the list of its kind."),
    "not-personas": Code(
        "InvalidInput",
        "The artefact holds something else than personas.",
        "Choose one: `persona artefact list --kind personas`.",
    ),
    "participant-exists": Code(
        "Conflict", "Another process recorded the same participant at the same moment.", "Import the file again."
    ),
    "participant-not-found": Code("NotFound", "No participant has this id.", _SEE + "`persona participant list`."),
    "permission-denied": Code(
        "PermissionDenied", "The operating system does not let this user read or write there.", "Check owner and mode."
    ),
    "plugin-broken": Code(
        "InvalidInput ModelError",
        "A distribution announces a metric or an engine, and what it announces cannot be used.",
        "Update or remove the distribution that the message names; persona's own metrics and engines do not need it.",
    ),
    "project-exists": Code(
        "Conflict", "A project of this folder name exists.", "Work on it with `persona project use NAME`."
    ),
    "project-not-found": Code("NotFound", "No project has this name.", _SEE + "`persona project list --archived`."),
    "project-title": Code(
        "InvalidInput",
        "The title is empty or holds no letter or digit from which a folder name can be made.",
        "Use at least one letter or digit from a to z.",
    ),
    "redact-missing": Code(
        "UsageError", "An option of redaction was given without `--redact`.", "Add `--redact`, or leave the option out."
    ),
    "redaction-unsaid": Code(
        "UsageError",
        "Sources of the project were redacted, so an import must say whether to redact: sealed words cannot be unsaid.",
        "Add `--redact`, or `--no-redact` to seal files as they are.",
    ),
    "review-inside": Code(
        "UsageError",
        "The review file holds the words that are replaced, and the workspace must not hold them.",
        "Name a file outside the folder of the workspace.",
    ),
    "run-exists": Code("Conflict", "A run of this id exists already.", "Run the command again: ids are drawn anew."),
    "run-finished": Code(
        "UsageError", "The run is over, and what is over is not changed.", "Log before the `with` block ends."
    ),
    "event-not-found": Code(
        "NotFound",
        "No event of the log has this position or id, or speaks of this thing.",
        _SEE + "`persona audit log`.",
    ),
    "moment-not-found": Code(
        "NotFound",
        "The log has no such position, nothing was recorded by that time, or nothing was ever tagged so.",
        "Name a moment that there was: with `--coordinate`, `persona run list` says the position and the time of now.",
    ),
    "moment-unknown": Code(
        "InvalidInput",
        "`--as-of` was given words that name no moment.",
        "Give a position (`120`), a time in UTC (`2026-01-16`), a run, `tag:KEY=VALUE`, or the file of a checkpoint.",
    ),
    "past-is-read": Code(
        "UsageError",
        "Something would have to be written as of a moment that is past.",
        "Ask again without `--as-of`.",
    ),
    "run-not-found": Code("NotFound", "No run has this id.", _SEE + "`persona run list --deleted --all-projects`."),
    "run-running": Code(
        "Conflict", "The run is still running, so it cannot be deleted.", "Wait for it, or stop it with Ctrl-C."
    ),
    "run-status": Code(
        "Conflict",
        "The run is not in the state that this step needs; another process was faster.",
        "See where it is: `persona run show RUN`.",
    ),
    "run-without-outputs": Code(
        "Conflict", "A run that made nothing cannot be stated.", "See why: `persona run show RUN`."
    ),
    "run-without-personas": Code(
        "NotFound", "The run ended without making personas.", "See why: `persona run show RUN`."
    ),
    "run-without-recipe": Code(
        "NotFound",
        "The run was logged by a program and has no settings that another run could take over.",
        "Name runs that this program made: `persona run list`.",
    ),
    "source-exists": Code("Conflict", "Another process imported the same source.", "See it: `persona source list`."),
    "source-not-found": Code("NotFound", "No source has this id or file name.", _SEE + "`persona source list`."),
    "template-not-found": Code(
        "NotFound", "There is no template of this name.", "Use `--template default`, or change it in the project.yaml."
    ),
    "too-few-participants": Code(
        "InvalidInput",
        "More personas were asked for than there are participants.",
        "Ask for fewer with `--count`, or leave it out and let the data choose.",
    ),
    "unknown-code": Code("NotFound", "No error or finding has this code.", "See them all: `persona explain`."),
    "unknown-command": Code("UsageError", "There is no such command.", "See what there is: `persona --help`."),
    "usage": Code(
        "UsageError", "An option or argument is missing, unknown or of the wrong form.", "Add `--help` to the command."
    ),
    "variant-fixes-parameter": Code(
        "UsageError",
        "An option contradicts the variant: run so, the variant would not be what its name says.",
        "Leave the option out, or write a variant with the other value.",
    ),
    "variant-not-found": Code(
        "NotFound", "The experiment has no variant of this name.", "`persona experiment show NAME` lists its variants."
    ),
    "which-experiment": Code(
        "UsageError", "Several experiments exist, or none, and none was named.", _SEE + "`persona experiment list`."
    ),
    "which-project": Code(
        "UsageError",
        "There are several projects and none is chosen.",
        "Choose one for good with `persona project use NAME`, or for one call with `--project NAME`.",
    ),
    "workspace-exists": Code("Conflict", "The folder is a workspace already.", "Just use it: `persona project list`."),
    "workspace-not-found": Code(
        "NotFound",
        "Neither this folder nor one above it is a workspace.",
        "Make one with `persona init`, go into one, or name it with `--workspace FOLDER`.",
    ),
}
