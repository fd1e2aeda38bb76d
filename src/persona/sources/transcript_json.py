"""Transcripts in JSON: whisper style segments, utterances of transcription services, and plain lists of turns."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

import msgspec

from persona.model.canonical import Digest
from persona.model.sources import Document
from persona.sources.building import Facts, Piece, Speech, build, joined
from persona.sources.encoding import decode
from persona.sources.limits import refuse

_LISTS = ("segments", "utterances", "turns", "messages", "results", "transcript")
_SPEAKER = ("speaker", "speaker_label", "speaker_name", "role", "name", "participant")
_TEXT = ("text", "transcript", "content", "words", "utterance")
UNKNOWN = "Speaker"


def read_json(data: bytes, name: str, digest: Digest) -> tuple[list[Document], list[str]]:
    """A JSON transcript. Raises ``InvalidInput`` with the path of what is not as it should be."""
    decoded = decode(data, name)
    try:
        raw = msgspec.json.decode(decoded.text)
    except (msgspec.DecodeError, RecursionError) as error:
        told = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise refuse(f"not valid JSON: {told}", "json-broken", name) from None
    if isinstance(raw, dict) and raw.get("schema") == "persona-redacted/1":
        from persona.sources.redaction.sealed import unseal

        return unseal(raw, name, digest), list(decoded.notes)
    path, items = _list_of_turns(raw, name)
    milliseconds = path == "/utterances"
    speeches = []
    speaker = UNKNOWN
    for index, item in enumerate(items):
        where = f"{path}/{index}"
        if not isinstance(item, dict):
            raise refuse("a turn must be an object with speaker and text", "json-not-transcript", f"{name}, {where}")
        words = _first(item, _TEXT)
        if not isinstance(words, str):
            raise refuse("a turn has no text", "json-not-transcript", f"{name}, {where}")
        named = _first(item, _SPEAKER)
        speaker = str(named) if named not in (None, "") else speaker
        key = next(key for key in _TEXT if isinstance(item.get(key), str))
        piece = Piece(words, f"{where}/{key}")
        speeches.append(
            Speech(speaker, [piece], _time(item.get("start"), milliseconds), _time(item.get("end"), milliseconds))
        )
    title = raw.get("title") or raw.get("transcript_id") or raw.get("id") if isinstance(raw, dict) else None
    language = raw.get("language") if isinstance(raw, dict) else None
    facts = Facts(
        digest,
        str(title) if isinstance(title, (str, int)) else PurePath(name).stem,
        "json/1",
        encoding=decoded.encoding,
        attributes={"language": language} if isinstance(language, str) else {},
    )
    notes = list(decoded.notes)
    if all(one.speaker == UNKNOWN for one in speeches):
        notes.append(f"{name}: no segment names a speaker; all words are taken as one participant's")
    return [build(joined(speeches), facts)], notes


def _list_of_turns(raw: Any, name: str) -> tuple[str, list[Any]]:
    if isinstance(raw, list) and raw and isinstance(raw[0], dict) and _first(raw[0], _TEXT) is not None:
        return "", raw
    if isinstance(raw, dict):
        for key in _LISTS:
            if isinstance(raw.get(key), list) and raw[key]:
                return f"/{key}", raw[key]
    raise refuse(
        "this JSON is no transcript: it holds no list of segments or turns",
        "json-not-transcript",
        f"{name}, /",
        'turns look like {"segments": [{"speaker": "P01", "start": 1.5, "end": 3.0, "text": "..."}]}',
    )


def _first(item: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((item[key] for key in keys if isinstance(item.get(key), (str, int)) and item[key] != ""), None)


def _time(value: Any, milliseconds: bool) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
        return None
    return round(value / 1000 if milliseconds else float(value), 3)
