"""More names, from a model for named entities that is installed already: spaCy, loaded only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from persona.errors import NotFound
from persona.sources.redaction.rules import Recogniser, Span

_KINDS = {
    "PERSON": "name",
    "PER": "name",
    "ORG": "organisation",
    "GPE": "place",
    "LOC": "place",
    "FAC": "place",
}


def spacy_recogniser(model: str) -> Recogniser:
    """A recogniser from the spaCy model of this name or folder.

    Nothing is ever downloaded. Raises ``NotFound`` when spaCy or the model is not installed.
    """
    try:
        nlp: Any = import_module("spacy").load(model)
    except ImportError as error:
        missing = "spaCy is not installed" if (error.name or "") == "spacy" else f"spaCy cannot be loaded: {error}"
        raise _unavailable(missing, model, "install the extra: `pip install 'persona-workbench[ner]'`") from None
    except (OSError, ValueError) as error:
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _unavailable(
            f"spaCy has no model `{model}`: {told}", model, "install the model first, as its page says"
        ) from None

    def recognise(text: str) -> Iterator[Span]:
        for entity in nlp(text).ents:
            if entity.label_ in _KINDS:
                yield Span(entity.start_char, entity.end_char, _KINDS[entity.label_])

    return recognise


def _unavailable(message: str, model: str, hint: str) -> NotFound:
    return NotFound(
        message, code="ner-unavailable", place=f"--ner {model}", hints=[hint, "or go without: leave `--ner` out"]
    )
