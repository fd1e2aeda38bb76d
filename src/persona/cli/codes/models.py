"""Codes of models: asking them, what they are asked with, and who belongs together."""

from __future__ import annotations

from persona.cli.codes.code import Code

_AGAIN = "Run the same command again later: calls that were answered are recorded and not made twice."

MODELS: dict[str, Code] = {
    "budget-reached": Code(
        "ModelError",
        "The next call may take more money or tokens than the run was allowed. It was not made.",
        "Raise `--max-cost` or `--max-total-tokens` and run it again: calls that were answered are not made twice.",
    ),
    "budget-too-small": Code(
        "UsageError",
        "Not even the first call of a run fits in the money or tokens that an experiment may take. Nothing is planned.",
        "Raise `--max-cost`, `--max-total-tokens` or `sweep.budget.usd`, or leave the limit out.",
    ),
    "bundle-damaged": Code(
        "IntegrityError",
        "A part of an exported run is not what its header says, is missing or is too much: the file was changed.",
        "Export it again where the run was made.",
    ),
    "bundle-incomplete": Code(
        "NotFound",
        "The workspace has lost bytes that the run stands on, so what was exported could be checked by nobody.",
        "`persona verify` names all that is lost. Put `.persona/blobs` back from a copy, then export again.",
    ),
    "bundle-too-large": Code(
        "InvalidInput",
        "An exported run unpacks to more than is read: 8 GB, or 100 times the size of the file.",
        "Ask who made it whether it is a run at all. A run with so much is reproduced in its workspace.",
    ),
    "bundle-unreadable": Code(
        "InvalidInput",
        "The file is no run that `persona run export` wrote, or it is of a newer form.",
        "`persona run export RUN --output run.zip` makes one.",
    ),
    "call-exists": Code("Conflict", "Another process recorded a call under the same id at the same moment.", _AGAIN),
    "call-not-found": Code("NotFound", "No call has this id.", "The list of what there is: `persona call list`."),
    "call-not-recorded": Code(
        "ModelError",
        "A replay came to a prompt that the run never sent, so something before it differs from then.",
        "`persona run reproduce RUN` names what changed since, and `persona why RUN` what differs from another run.",
    ),
    "constraint-broken": Code(
        "InvalidInput",
        "With `--gate`: the personas of a run break a constraint of the project, or it cannot be told whether they do.",
        "`persona run show RUN` lists each constraint with the values it was held against. The run is recorded.",
    ),
    "constraint-rule": Code(
        "InvalidInput",
        "A rule of `constraints.require` cannot be read, or names something that is neither measured nor counted.",
        "`persona metrics list` shows what is measured; docs/settings.md shows the language.",
    ),
    "context-too-small": Code(
        "InvalidInput",
        "Prompt, form and answer alone fill a request, so that no words of a participant fit in.",
        "Allow longer requests with `--context`, or shorter answers with `--max-tokens`.",
    ),
    "count-and-grouping": Code(
        "UsageError",
        "A number of personas is asked for beside groups that say how many there are.",
        "Leave `--count` out, or let `persona grouping propose --count N --output groups.yaml` make the groups.",
    ),
    "grouping-empty": Code(
        "InvalidInput",
        "A grouping has no group with a participant of the chosen sources.",
        "`persona grouping propose --output groups.yaml` makes one to edit.",
    ),
    "grouping-file": Code(
        "InvalidInput",
        "The file or artefact is no grouping: `groups` must be a list of lists of participants.",
        "`persona grouping propose --output groups.yaml` makes one to edit.",
    ),
    "grouping-not-found": Code(
        "NotFound",
        "There is neither a file nor an artefact of this name.",
        "`persona grouping propose --output groups.yaml` makes a file; `persona artefact list` shows artefacts.",
    ),
    "grouping-twice": Code(
        "InvalidInput",
        "A participant stands in two groups, and a persona's counts would then be wrong.",
        "Leave the participant in one group only.",
    ),
    "grouping-unknown": Code(
        "InvalidInput",
        "A grouping names somebody who is no participant of the chosen sources.",
        "`persona participant list` shows the labels as they are written.",
    ),
    "labels-file": Code(
        "InvalidInput",
        "A table of labels for a judge lacks a column, or holds a label that is none.",
        "`persona metrics judge RUN --sample labels.csv` makes one to fill in.",
    ),
    "model-answer": Code(
        "ModelError",
        "The model answered, and nothing in its answers could be used.",
        "`persona call list` and `persona call show CALL` show what came. A larger model may help, or "
        "`--answer-mode tool`.",
    ),
    "model-busy": Code("ModelError", "The provider has no room for the call now, after several attempts.", _AGAIN),
    "model-deadline": Code(
        "ModelError",
        "No answer came within the time that one call may take.",
        "Allow more with `--deadline SECONDS`; local models need minutes for a long interview.",
    ),
    "model-endpoint": Code(
        "InvalidInput ModelError",
        "The address of a model server is missing, is none, or carries a user or a password.",
        "Write it as `--endpoint https://host/v1`, and give keys by the environment or the keyring only.",
    ),
    "model-endpoint-key": Code(
        "ModelError",
        "A file of the workspace or a recorded run names the address of a model, and asking there would send your key.",
        "If it may have the key, name the address yourself: the variable of the provider (`persona model list`), "
        "`PERSONA_ENDPOINT`, `--endpoint`, or your own settings file.",
    ),
    "model-extra-missing": Code(
        "ModelError",
        "The libraries that speak to providers are not installed.",
        "`pip install 'persona-workbench[llm]'`. Replaying recorded runs does not need them.",
    ),
    "model-key-missing": Code(
        "ModelError",
        "The provider needs a key, and neither the environment nor the system keyring has one.",
        "`persona model list` names the variable; `keyring set persona PROVIDER` keeps a key in the keyring.",
    ),
    "model-key-refused": Code(
        "ModelError",
        "The provider does not accept the key, or the key may not use this model.",
        "`persona model list` says where the key comes from.",
    ),
    "model-price": Code(
        "ModelError",
        "A run may spend so much money only, and the price of the model is not known.",
        "Bound the tokens instead: `--max-total-tokens`.",
    ),
    "model-refused": Code(
        "ModelError",
        "The provider refused the request as it was written: too long, or with a setting the model does not take.",
        "Its own words stand in the message; `persona call show CALL` shows the whole exchange.",
    ),
    "model-setup": Code(
        "ModelError",
        "A library that asks the provider does not accept how this machine is set up, as a profile of AWS.",
        "The message holds its words; for AWS, `env | grep AWS_` shows what is set.",
    ),
    "model-unknown": Code(
        "ModelError",
        "The provider does not know a model of this name, or not at this address.",
        "Check both: `persona model list`, `persona model check PROVIDER:MODEL`.",
    ),
    "model-unreachable": Code(
        "ModelError", "The provider cannot be reached, or fails, after several attempts.", _AGAIN
    ),
    "no-judge": Code(
        "UsageError",
        "Claims are to be judged, and no model is named to judge them.",
        "`--judge openai:gpt-4o`, or `--sample labels.csv` to write a table that people label.",
    ),
    "nothing-to-ask": Code(
        "UsageError",
        "The engine asks no model, so that a dry run has nothing to show.",
        "Leave `--dry-run` out, or name a model with `--model`.",
    ),
    "template-block": Code(
        "InvalidInput",
        "A template lacks a block that every template must have, or has one twice or within something else.",
        "`persona template show default` shows a whole one.",
    ),
    "template-broken": Code(
        "InvalidInput",
        "A block of a template cannot be filled in: it names what it is not given, or does what the sandbox forbids.",
        "The place names the line; `persona template show default` is one that works.",
    ),
    "template-exists": Code(
        "Conflict", "The project has a template of this name already.", "Choose another name, or edit the one there is."
    ),
    "template-name": Code(
        "InvalidInput",
        "The name of a template holds something else than letters, digits, `-` and `_`.",
        "Choose another.",
    ),
    "template-runs-away": Code(
        "InvalidInput",
        "A template, a prompt that it makes, or the work to make it is longer than any model needs.",
        "Look for a loop that repeats more than it should.",
    ),
    "template-syntax": Code(
        "InvalidInput", "The template is not Jinja.", "The place names the line; `persona template diff NAME` may help."
    ),
    "template-version": Code(
        "InvalidInput",
        "A template does not state its version.",
        "Let its first line be `{# version: 1.0.0 #}`, and raise the number with each change.",
    ),
}
