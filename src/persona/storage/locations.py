"""What names a store: a path, the URL of a PostgreSQL database, or the URL of a place in S3. No secret is part of one.

A location is written into a file of the workspace and shown in messages, so a URL that holds a password is refused
before anything is done with it, and the refusal does not repeat it.
"""

from __future__ import annotations

import re
from typing import NamedTuple, NoReturn

from persona.errors import UsageError

_SECRET = re.compile(r"pass(?:word|wd)|secret|token", re.IGNORECASE)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_SEGMENT = re.compile(r"[\w!.'()=+@-]+", re.ASCII)


class S3Place(NamedTuple):
    """A place in S3: the bucket, and the folder in it that everything stands under, empty for the whole bucket."""

    bucket: str
    prefix: str

    @property
    def url(self) -> str:
        """The place as a URL, always written in the same way."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


def is_database(location: str) -> bool:
    """Whether a location of records is a PostgreSQL database and no file."""
    return location.startswith(("postgresql://", "postgres://"))


def is_bucket(location: str) -> bool:
    """Whether a location of blobs is in S3 and no folder."""
    return location.startswith("s3://")


def checked_database(url: str, place: str = "--records") -> str:
    """A URL of records that may be written down. Raises ``UsageError`` when it is none, or holds a password."""
    from urllib.parse import parse_qsl, urlsplit

    if not is_database(url):
        _not_a_url("records", place, "postgresql://USER@HOST/DATABASE")
    try:
        parts = urlsplit(url)
        asked = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        _not_a_url("records", place, "postgresql://USER@HOST/DATABASE")
    if (
        parts.netloc.rpartition("@")[0].partition(":")[2]
        or any(_SECRET.search(key) for key, _ in asked)
        or parts.fragment
    ):
        raise UsageError(
            "the URL of the records holds a password, and a workspace keeps none",
            code="password-in-url",
            place=place,
            hints=[
                "leave it out of the URL and give it as `PGPASSWORD`, in `~/.pgpass` or in a service file",
                "it now stands in the history of your shell: change it",
            ],
        )
    return url


def checked_bucket(url: str, place: str = "--blobs") -> S3Place:
    """The place that a URL of blobs names. Raises ``UsageError`` when it is none, or holds more than a place."""
    from urllib.parse import urlsplit

    if not is_bucket(url):
        _not_a_url("blobs", place, "s3://BUCKET/PREFIX")
    try:
        parts = urlsplit(url)
    except ValueError:
        _not_a_url("blobs", place, "s3://BUCKET/PREFIX")
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise UsageError(
            "the URL of the blobs says more than bucket and prefix",
            code="password-in-url",
            place=place,
            hints=[
                "write `s3://BUCKET/PREFIX`",
                "keys and address of the store: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_ENDPOINT_URL`",
            ],
        )
    segments = [one for one in parts.path.split("/") if one]
    if _BUCKET.fullmatch(parts.netloc) is None or any(
        _SEGMENT.fullmatch(one) is None or one in (".", "..") for one in segments
    ):
        _not_a_url("blobs", place, "s3://BUCKET/PREFIX")
    return S3Place(parts.netloc, "/".join(segments))


def _not_a_url(what: str, place: str, form: str) -> NoReturn:
    # The text given is not repeated: who mistypes a URL may have put a password into it.
    raise UsageError(
        f"this is not a URL of {what}", code="bad-store-url", place=place, hints=[f"it is written `{form}`"]
    )
