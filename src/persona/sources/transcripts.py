"""Plain text and Markdown transcripts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

from persona.model.canonical import Digest
from persona.model.sources import Document, Role
from persona.model.yamltext import load_yaml
from persona.sources.building import DOCUMENT_KEYS, Facts, build, clean
from persona.sources.encoding import decode
from persona.sources.limits import refuse
from persona.sources.lines import Conversation, Line, lines_of, people_of, read_lines
from persona.sources.speakers import roles

_FRONT = re.compile(r"---[ \t]*\r?\n")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(\S.*)")
_RULE = re.compile(r"\s{0,3}([-*_])(?:\s*\1){2,}\s*$")


def read_text(data: bytes, name: str, digest: Digest) -> tuple[list[Document], list[str]]:
    """A text file with ``Speaker:`` lines in any of its usual layouts."""
    decoded = decode(data, name)
    if decoded.text.lstrip().startswith("WEBVTT"):
        from persona.sources.captions import read_captions

        return read_captions(data, name, digest)
    talk = read_lines(lines_of(decoded.text, name))
    return _finish(talk, {}, name, digest, "txt/1", decoded.encoding, decoded.notes)


def read_markdown(data: bytes, name: str, digest: Digest) -> tuple[list[Document], list[str]]:
    """A Markdown file: YAML front matter, headings and rules are not speech."""
    decoded = decode(data, name)
    text, facts, offset = decoded.text, {}, 0
    opening = _FRONT.match(text)
    if opening:
        closing = re.compile(r"^---[ \t]*\r?$", re.MULTILINE).search(text, opening.end())
        if closing:
            facts = _front_matter(text[opening.end() : closing.start()], name)
            offset = closing.end()
    lines = []
    shift = text[:offset].count("\n")
    for line in lines_of(text[offset:], name, offset=offset):
        heading = _HEADING.match(line.words)
        number = int(line.place.removeprefix("line ")) + shift
        if heading:
            facts.setdefault("title", heading[1].strip().strip("*#").strip())
        words = "" if heading or _RULE.match(line.words) else line.words
        lines.append(Line(words, f"line {number}", line.span))
    return _finish(read_lines(lines), facts, name, digest, "md/1", decoded.encoding, decoded.notes)


def _front_matter(text: str, name: str) -> dict[str, str]:
    raw = load_yaml(text, f"{name}, front matter")
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise refuse("the front matter must be a mapping of keys to values", "front-matter", name)
    found: dict[str, str] = {}
    for key, value in raw.items():
        if isinstance(value, list):
            found[key.lower()] = ", ".join(str(item) for item in value)
        elif isinstance(value, dict):
            found |= {f"{key.lower()}.{inner}": str(item) for inner, item in value.items()}
        elif value is not None:
            found[key.lower()] = str(value)
    return found


def _finish(
    talk: Conversation,
    given: Mapping[str, str],
    name: str,
    digest: Digest,
    reader: str,
    encoding: str,
    notes: tuple[str, ...],
) -> tuple[list[Document], list[str]]:
    document, told = conversation_document(talk, given, name, digest, reader, encoding=encoding)
    return [document], [*notes, *told]


def conversation_document(
    talk: Conversation,
    given: Mapping[str, str],
    name: str,
    digest: Digest,
    reader: str,
    *,
    encoding: str | None = None,
    part: str = "",
) -> tuple[Document, list[str]]:
    """The document of a conversation in lines. Raises ``InvalidInput`` when no line names a speaker."""
    if not talk.speeches:
        raise refuse(
            "no line names a speaker",
            "no-speakers",
            f"{name}, line 1",
            "write turns as `Interviewer: words` and `P01: words`, each at the start of a line",
        )
    metadata = {**talk.metadata, **given}
    title = metadata.get("transcript_id") or metadata.get("title") or metadata.get("id") or part or PurePath(name).stem
    metadata["title"] = title
    said = [(one.speaker, " ".join(piece.words for piece in one.pieces)) for one in talk.speeches]
    stated: dict[str, Role] = {}
    if metadata.get("interviewer"):
        stated = {label: "interviewer" for label, _ in said if label == metadata["interviewer"]}
    role_of = roles(said, stated)
    facts = Facts(
        source=digest,
        title=clean(title),
        reader=reader,
        part=part,
        encoding=encoding,
        attributes={key: clean(value) for key, value in metadata.items() if key in DOCUMENT_KEYS and key != "title"},
        people=people_of(metadata, talk.speeches, role_of),
        roles=role_of,
    )
    notes = [f"{name}, {doubt}" for doubt in talk.doubts]
    if "participant" not in role_of.values():
        told = ", ".join(sorted(role_of))
        notes.append(f"{name}: nobody speaks as a participant, so no persona can rest on it; who speaks: {told}")
    if talk.skipped:
        notes.append(f"{name}: {talk.skipped} line(s) before the first speaker are not part of the conversation")
    return build(talk.speeches, facts), notes
