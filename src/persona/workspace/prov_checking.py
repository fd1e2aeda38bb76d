"""Whether provenance can be true: a file of others, or the account of this workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from persona.errors import InvalidInput, NotFound
from persona.workspace.prov import account_of

if TYPE_CHECKING:
    from persona.lineage.constraints.rules import Violation
    from persona.model.prov import Account
    from persona.workspace.context import Context


class BrokenConstraint(msgspec.Struct, frozen=True):
    """What cannot be true. ``constraint`` is the number in PROV-CONSTRAINTS, or null for what PROV-DM asks for itself.

    ``others`` are further constraints that take part; ``statements`` are the first of the ``concerned``, in PROV-N
    without attributes; ``bundle`` is null at the top.
    """

    constraint: int | None
    name: str
    sentence: str
    statements: tuple[str, ...]
    concerned: int
    others: tuple[int, ...]
    bundle: str | None


class ConstraintsView(msgspec.Struct, frozen=True):
    """The verdict over an account: how much was judged, how many findings there are, and the first thousand of them.

    ``source`` is the file, or null for this workspace; ``format`` is that of the file. ``notes`` say what of the file
    is no provenance and was left out.
    """

    source: str | None
    format: str | None
    valid: bool
    statements: int
    bundles: int
    found: int
    findings: tuple[BrokenConstraint, ...]
    notes: tuple[str, ...]


def check_file(path: str | Path) -> ConstraintsView:
    """Judge a file of provenance in any format that is read. Needs no workspace.

    Raises ``NotFound`` where there is no such file, and ``InvalidInput`` where it is no provenance, with the place.
    """
    from persona.lineage.prov.formats import FORMATS, format_of, read_prov

    data = read_file(Path(path))
    form = format_of(data, str(path))
    account = read_prov(data, str(path), form)
    return _verdict(account, str(path), FORMATS[form], account.notes)


def check_workspace(context: Context) -> ConstraintsView:
    """Judge the account that a workspace gives of itself, as it stands at the moment at which it was opened."""
    return _verdict(account_of(context), None, None, ())


def _verdict(account: Account, source: str | None, form: str | None, notes: tuple[str, ...]) -> ConstraintsView:
    from persona.lineage.constraints.check import check

    verdict = check(account)
    findings = tuple(map(_broken, verdict.violations))
    return ConstraintsView(
        source, form, verdict.valid, verdict.statements, verdict.bundles, verdict.found, findings, notes
    )


def _broken(one: Violation) -> BrokenConstraint:
    return BrokenConstraint(
        one.constraint or None, one.name, one.sentence, one.statements, one.concerned, one.others, one.bundle
    )


def read_file(path: Path) -> bytes:
    """The bytes of a file of provenance. Raises ``NotFound`` without one, ``InvalidInput`` for one too large."""
    from persona.lineage.prov.limits import MAX_BYTES, too_much

    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise too_much(f"the file has {size:,} bytes; at most {MAX_BYTES:,} are read", str(path))
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise NotFound(
            "there is no such file", code="file-not-found", place=str(path), hints=["see what is there: `ls`"]
        ) from None
    except (OSError, ValueError) as error:
        raise InvalidInput(f"the file cannot be read: {error}", code="file-unreadable", place=str(path)) from None
