"""Captions: WebVTT (voice tags, and the name prefix of some meeting tools) and SubRip.

Our own reading, because the libraries for captions drop where a cue stands in the file, and every word must
lead back there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import NamedTuple

from persona.model.canonical import Digest
from persona.model.sources import Document
from persona.sources.building import Facts, Piece, Speech, build, joined, seconds
from persona.sources.encoding import decode
from persona.sources.limits import refuse
from persona.sources.lines import STAMP, Line, lines_of
from persona.sources.speakers import LABEL, plausible

_TIMING = re.compile(rf"\s{{0,5}}({STAMP})\s{{0,5}}-->\s{{0,5}}({STAMP})")
_TAG = re.compile(r"<(/?)([a-zA-Z0-9:.]{1,40})((?:\.[^\s>]{1,60}){0,5})(?:[ \t]([^>]{0,200}))?>")
_PREFIX = re.compile(rf"({LABEL}?)\s{{0,3}}:\s")
UNKNOWN = "Speaker"


class _Cue(NamedTuple):
    began: float
    ended: float
    number: int
    lines: list[Line]


def read_captions(data: bytes, name: str, digest: Digest) -> tuple[list[Document], list[str]]:
    """A file of cues. A cue that names nobody goes on with the speaker before; adjacent cues join to a turn."""
    decoded = decode(data, name)
    vtt = decoded.text.lstrip().startswith("WEBVTT")
    speeches: list[Speech] = []
    speaker = UNKNOWN
    for cue in _cues(lines_of(decoded.text, name)):
        for said_by, piece in _spoken(cue, speaker):
            speeches.append(Speech(said_by, [piece], cue.began, cue.ended))
            speaker = said_by
    if not speeches:
        raise refuse("it holds no cue with a time", "no-cues", f"{name}, line 1")
    facts = Facts(digest, PurePath(name).stem, "vtt/1" if vtt else "srt/1", encoding=decoded.encoding)
    notes = list(decoded.notes)
    if all(one.speaker == UNKNOWN for one in speeches):
        notes.append(f"{name}: no cue names a speaker; all words are taken as one participant's")
    return [build(joined(speeches), facts)], notes


def _cues(lines: list[Line]) -> Iterator[_Cue]:
    cue: _Cue | None = None
    number = 0
    for line in lines:
        timing = _TIMING.match(line.words)
        if timing:
            if cue:
                yield cue
            number += 1
            cue = _Cue(seconds(timing[1]), seconds(timing[2]), number, [])
        elif not line.words.strip():
            if cue:
                yield cue
            cue = None
        elif cue is not None:
            cue.lines.append(line)
    if cue:
        yield cue


def _spoken(cue: _Cue, speaker: str) -> Iterator[tuple[str, Piece]]:
    """The pieces of a cue with their speakers; tags part the text, so that each piece is whole in the original."""
    for line in cue.lines:
        at = 0
        join = " "
        marks = list(_TAG.finditer(line.words))
        for mark in [*marks, None]:
            stop = mark.start() if mark else len(line.words)
            chunk = line.words[at:stop]
            named = _PREFIX.match(chunk) if at == 0 or not line.words[:at].strip("<>/v ") else None
            skip = 0
            if named and plausible(named[1].strip()):
                speaker, skip = named[1].strip(), named.end()
            words = chunk[skip:]
            if words.strip():
                left = at + skip + len(words) - len(words.lstrip())
                right = at + skip + len(words.rstrip())
                assert line.span is not None
                span = (line.span[0] + left, line.span[0] + right)
                glue = join if words[0].isspace() or join == " " else ""
                yield speaker, Piece(html.unescape(line.words[left:right]), f"cue {cue.number}", glue, span)
                join = " " if words[-1].isspace() else ""
            if mark:
                at = mark.end()
                if mark[2] == "v" and not mark[1] and mark[4]:
                    speaker = mark[4].strip()
