"""Which reader reads which file."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import PurePath
from typing import NamedTuple

from msgspec.structs import replace

from persona.errors import did_you_mean
from persona.model.canonical import Digest, digest_of
from persona.model.cards import salts_of
from persona.model.sources import Document, Reading
from persona.sources.language import language_notes
from persona.sources.limits import MAX_FILE_BYTES, refuse

Reader = Callable[[bytes, str, Digest], tuple[list[Document], list[str]]]


class Format(NamedTuple):
    """A kind of file: its media type, the module and function that read it, and what it is in words."""

    media_type: str
    module: str
    function: str
    meaning: str


_CAPTIONS = "persona.sources.captions"
_TABLES = "persona.sources.tables"
SUPPORTED: dict[str, Format] = {
    ".txt": Format("text/plain", "persona.sources.transcripts", "read_text", "text with `Speaker:` lines"),
    ".md": Format("text/markdown", "persona.sources.transcripts", "read_markdown", "Markdown, with front matter"),
    ".markdown": Format("text/markdown", "persona.sources.transcripts", "read_markdown", "Markdown, with front matter"),
    ".vtt": Format("text/vtt", _CAPTIONS, "read_captions", "WebVTT captions"),
    ".srt": Format("application/x-subrip", _CAPTIONS, "read_captions", "SubRip captions"),
    ".csv": Format("text/csv", _TABLES, "read_csv", "a table: turns, transcripts or a survey"),
    ".tsv": Format("text/tab-separated-values", _TABLES, "read_csv", "a table: turns, transcripts or a survey"),
    ".xlsx": Format(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _TABLES,
        "read_xlsx",
        "a workbook: turns, transcripts or a survey",
    ),
    ".json": Format("application/json", "persona.sources.transcript_json", "read_json", "segments or turns in JSON"),
    ".docx": Format(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "persona.sources.docx",
        "read_docx",
        "a Word document, in paragraphs or as a table",
    ),
    ".pdf": Format("application/pdf", "persona.sources.pdf", "read_pdf", "a PDF with a text layer"),
}
"""Every kind of file that is read, by its suffix."""


def read(data: bytes, name: str) -> Reading:
    """The documents in the bytes of a file called ``name``.

    A pure function: equal bytes under an equal name give equal documents. Raises ``InvalidInput`` with the reason
    and the place for anything that cannot be read.
    """
    suffix = PurePath(name).suffix.lower()
    kind = SUPPORTED.get(suffix)
    if kind is None:
        near = did_you_mean(suffix, SUPPORTED)
        raise refuse(
            f"files of the kind `{suffix or name}` are not read",
            "file-kind",
            name,
            f"did you mean `{near}`?" if near else f"these are read: {', '.join(SUPPORTED)}",
        )
    if len(data) > MAX_FILE_BYTES:
        raise refuse(f"the file has {len(data):,} bytes; at most {MAX_FILE_BYTES:,} are read", "file-too-large", name)
    if not data:
        raise refuse("the file is empty", "file-empty", name)
    reader: Reader = getattr(import_module(kind.module), kind.function)
    documents, notes = reader(data, PurePath(name).name, digest_of(data))
    notes += language_notes(documents, name)
    salts = salts_of(data, len(documents))
    salted = [replace(document, salt=one) for document, one in zip(documents, salts, strict=True)]
    return Reading(tuple(salted), kind.media_type, tuple(dict.fromkeys(notes)))
