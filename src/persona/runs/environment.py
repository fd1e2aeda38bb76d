"""Where a run runs: tool, interpreter, machine and installed distributions, captured once per process."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from persona import __version__
from persona.model.canonical import Digest, canonical_json, digest_of, digest_of_value

if TYPE_CHECKING:
    from importlib.metadata import Distribution

TOOL = "persona-workbench"
RECORDED_VARIABLES = (
    "PYTHONHASHSEED",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "LANG",
    "LC_ALL",
    "TZ",
)
"""The only environment variables that are ever recorded: those that can change a result, none that holds a secret."""


def summary() -> dict[str, str]:
    """The part that R-016's sample shows: tool, version, Python."""
    import platform

    return {"tool": TOOL, "version": __version__, "python": platform.python_version()}


@cache
def capture() -> dict[str, Any]:
    """Everything recorded about the environment; equal environments give equal values."""
    import platform
    from importlib.metadata import distributions

    packages: dict[str, str] = {}
    contents: dict[str, str] = {}
    for dist in distributions():
        name, version = _named(dist)
        if name:
            packages[name] = version
            listing = dist.read_text("RECORD")  # the list of its files with their hashes
            contents[name] = digest_of(listing.encode()) if listing else ""
    return {
        **summary(),
        "implementation": sys.implementation.name,
        "build": sys.version,
        "platform": platform.platform(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "byte_order": sys.byteorder,
        "variables": {name: os.environ[name] for name in RECORDED_VARIABLES if name in os.environ},
        "packages": dict(sorted(packages.items())),
        "contents": {name: digest for name, digest in sorted(contents.items()) if digest},
        "code": code(),
    }


def _named(dist: Distribution) -> tuple[str, str]:
    """Name and version of a distribution: two lines at the head of its metadata, which takes long to read whole."""
    head = (dist.read_text("METADATA") or dist.read_text("PKG-INFO") or "").partition("\n\n")[0]
    fields = dict(reversed([line.partition(": ")[::2] for line in head.splitlines()]))  # of two, the first counts
    return fields.get("Name", "").strip().lower(), fields.get("Version", "").strip()


@cache
def code() -> Digest:
    """One digest over the source files of this program: what tells two states of one version apart."""
    import persona

    root = Path(persona.__file__).parent
    listed = sorted((path.relative_to(root).as_posix(), path) for path in root.rglob("*.py"))
    return digest_of_value([[name, digest_of(path.read_bytes())] for name, path in listed])


@cache
def sealed() -> bytes:
    """The captured environment as canonical JSON: the blob that runs of this process point at."""
    return canonical_json(capture())


def this_process() -> dict[str, Any]:
    """What tells this process from every other, so that a later one can see whether it still lives."""
    return dict(_process(os.getpid()))  # a forked child is another process


@cache
def _process(pid: int) -> dict[str, Any]:
    return {
        "pid": pid,
        "born": _birth(pid),
        "boot": _boot(),
        "space": _space(),
        "host": os.uname().nodename,
        "machine": _machine(),
    }


def is_alive(process: dict[str, Any]) -> bool:
    """Whether a recorded process still runs. What cannot be seen from here is not ours to call dead: True.

    Seen is a process of this kernel, in this space of process numbers (a container has its own), and one of an earlier
    boot of this machine, which is gone. Records may be shared by many machines, and two may have one name.
    """
    pid, boot, here = process.get("pid"), process.get("boot"), _boot()
    if not isinstance(pid, int):
        return True
    if boot is None or boot != here:
        if not _same_machine(process):
            return True
        if boot != here:
            return boot is None or here is None
    if process.get("space", _space()) != _space():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    born = process.get("born")
    return born is None or born == _birth(pid)


def _same_machine(process: dict[str, Any]) -> bool:
    """By name, and by the identity of the installation where both are known."""
    host, machine = os.uname().nodename, _machine()
    theirs = process.get("machine")
    return bool(process.get("host", host) == host) and (theirs is None or machine is None or theirs == machine)


@cache
def _machine() -> str | None:
    """What tells this installation from another of the same name: a digest, as the id itself is not to be told."""
    try:
        with open("/etc/machine-id", encoding="ascii") as stream:
            found = stream.read().strip()
    except (OSError, UnicodeDecodeError):
        return None
    return digest_of(f"{TOOL} {found}".encode())[7:23] if found else None


def _space() -> str | None:
    """The space in which process numbers count; None where the system does not tell."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return None


def _boot() -> str | None:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as stream:
            return stream.read().strip()
    except OSError:
        return None


def _birth(pid: int) -> int | None:
    """The start of a process in clock ticks since boot (field 22 of /proc/PID/stat); None where there is no /proc."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stream:
            fields = stream.read().rpartition(")")[2].split()
    except OSError:
        return None
    if fields and fields[0] == "Z":  # a zombie has ended, whatever its number says
        return -1
    return int(fields[19])
