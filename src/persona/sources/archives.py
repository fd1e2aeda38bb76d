"""Opening docx and xlsx: zip archives from strangers, unpacked with limits that no directory entry can talk away."""

from __future__ import annotations

import io
import zipfile
import zlib

from persona.sources.limits import MAX_MEMBERS, MAX_RATIO, MAX_UNPACKED_BYTES, refuse


def open_archive(data: bytes, name: str) -> zipfile.ZipFile:
    """An archive whose directory is sane. Raises ``InvalidInput`` for a broken, encrypted or overfull one."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, OverflowError):
        raise refuse("the file is damaged: it is not a whole Office document", "archive-broken", name) from None
    if len(members) > MAX_MEMBERS:
        raise refuse(f"the archive has more than {MAX_MEMBERS:,} members", "archive-too-large", name)
    for member in members:
        path = member.filename.replace("\\", "/")
        if path.startswith("/") or ".." in path.split("/") or ":" in path.split("/")[0]:
            raise refuse(
                "a path inside the archive leads outside", "archive-path", f"{name}, member {member.filename!r}"
            )
        if member.flag_bits & 1:
            raise refuse(
                "the file is encrypted", "file-encrypted", name, "save it without a password and import it again"
            )
    return archive


def unpack(archive: zipfile.ZipFile, member: str, name: str, budget: int = MAX_UNPACKED_BYTES) -> bytes:
    """One member, counted while it unpacks. Raises ``InvalidInput`` when it grows beyond the limits."""
    where = f"{name}, member {member!r}"
    try:
        info = archive.getinfo(member)
    except KeyError:
        raise refuse(f"the file is damaged: `{member}` is missing", "archive-broken", name) from None
    chunks: list[bytes] = []
    total = 0
    try:
        with archive.open(info) as stream:
            while chunk := stream.read(1 << 18):
                total += len(chunk)
                packed = max(1, info.compress_size)
                if total > budget or (total > 1_000_000 and total > MAX_RATIO * packed):
                    raise refuse(
                        f"it unpacks to more than {total // 1_000_000} MB: this looks like a zip bomb",
                        "archive-bomb",
                        where,
                    )
                chunks.append(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError):
        raise refuse("the file is damaged: a member cannot be unpacked", "archive-broken", where) from None
    return b"".join(chunks)


def check_whole(data: bytes, name: str) -> None:
    """Unpack everything once and throw it away: before another library is given the bytes."""
    archive = open_archive(data, name)
    left = MAX_UNPACKED_BYTES
    for member in archive.infolist():
        left -= len(unpack(archive, member.filename, name, left)) if not member.is_dir() else 0
