"""The frame of every page: one file, its style and script inside it, and a policy that allows nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from persona import __version__
from persona.exports.markup import Html, el, join, trusted
from persona.model.personas import Checks, Grouping

_FOLDER = Path(__file__).parent


def page(
    title: str,
    body: Html,
    *,
    styles: Sequence[str],
    script: str | None = None,
    root: str | None = None,
    checkpoint: str | None = None,
    salt: str = "",
) -> bytes:
    """A whole HTML document around ``body``, with styles and script of this package inside it.

    ``checkpoint`` is the state of the log from which the page was made; it stands at its foot, to be checked.
    ``salt`` keeps the words of a page that is sealed from being guessed from its digest (``model.cards``).
    """
    style = "\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in styles)
    code = (_FOLDER / script).read_text(encoding="utf-8") if script else None
    policy = f"default-src 'none'; style-src {_hash(style)}; base-uri 'none'; form-action 'none'"
    if code:
        policy += f"; script-src {_hash(code)}"
    head = el(
        "head",
        el("meta", charset="utf-8"),
        trusted(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="referrer", content="no-referrer"),
        el("meta", name="generator", content=f"persona {__version__}"),
        el("meta", name="persona:root", content=root) if root else None,
        el("meta", name="persona:salt", content=salt) if salt else None,
        el("title", f"{title}: personas"),
        el("style", trusted(style)),
    )
    foot = checkpoint_block(checkpoint) if checkpoint else None
    html = el("html", head, el("body", body, foot, el("script", trusted(code)) if code else None), lang="en")
    return f"<!doctype html>\n{html}\n".encode("utf-8", "xmlcharrefreplace")


def checkpoint_block(note: str) -> Html:
    """A checkpoint as a page shows it; ``lineage.anchors`` finds it again."""
    told = "Keep this page: these lines show later whether anything that is recorded here was changed since."
    summary = el("summary", "The state of the log")
    return el(
        "footer", el("details", summary, el("p", told), el("pre", note, id="checkpoint")), class_="colophon simple"
    )


def grouping_notice(grouping: Grouping, checks: Checks | None = None) -> Html:
    """Whether the data show groups, who fits nowhere, who was left out, and how a model's answers fared."""
    notes: list[Html] = []
    if grouping.message:
        notes.append(el("p", el("strong", "Groups: " if grouping.clear else "Take care: "), grouping.message))
    if grouping.outliers:
        names = [join(", " if index else None, el("bdi", name)) for index, name in enumerate(grouping.outliers)]
        notes.append(el("p", el("strong", "Fits no group well: "), names))
    if grouping.excluded:
        names = [
            join("; " if index else None, el("bdi", name), f" ({reason})")
            for index, (name, reason) in enumerate(sorted(grouping.excluded.items()))
        ]
        notes.append(el("p", el("strong", "Left out: "), names))
    if checks is not None:
        notes.append(el("p", el("strong", "Checked: "), checks.told()))
    if not notes:
        return join()
    return el("aside", notes, class_="notice" if grouping.clear else "notice caution", aria_label="About the groups")


def parted(provenance: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """What a page says of how a set was made, and the checkpoint, which has a place of its own there."""
    log = provenance.get("log")
    checkpoint = log.get("checkpoint") if isinstance(log, dict) else None
    return {key: value for key, value in provenance.items() if key != "log"}, checkpoint


def provenance_table(provenance: Mapping[str, Any]) -> Html:
    """The ``_provenance`` of a set as a table, nested values as ``key: value`` pairs."""
    rows = [
        el("tr", el("th", key.replace("_", " "), scope="row"), el("td", el("bdi", _told(value))))
        for key, value in provenance.items()
        if value is not None and value != [] and value != {}
    ]
    if not rows:
        return join()
    table = el("table", el("tbody", rows), class_="facts")
    return el("footer", el("h2", "How this was made", id="made"), table, class_="colophon simple")


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_told(each)}" for key, each in value.items() if each is not None)
    if isinstance(value, list):
        return f"{len(value)}: {', '.join(map(_told, value[:3]))}" + (", ..." if len(value) > 3 else "")
    return str(value)


def _hash(text: str) -> str:
    """The source expression by which a Content-Security-Policy names an inline style or script."""
    from base64 import b64encode
    from hashlib import sha256

    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
