"""Coming into a bucket: whose keys, which endpoint, how long to wait, and what a refusal means.

Keys, region and endpoint come from the environment, else from the profile in ``~/.aws``, as the tools of S3 have it.
They are handed to the client and kept nowhere else: no file, message or event holds one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from persona.errors import InvalidInput, PermissionDenied, PersonaError, StorageError, UsageError
from persona.storage.locations import S3Place

if TYPE_CHECKING:
    from obstore.store import S3Store

CONNECT_SECONDS = 5
STALLED_SECONDS = 30
REQUEST_SECONDS = 300
"""A part of 8 MiB takes this long at 0.2 Mbit/s; a connection that moves nothing is given up long before."""
RETRIES = 3
RETRY_SECONDS = 30

_CODE = re.compile(r"<Code>(\w+)</Code>|\(code: (\w+)\)")
_STATUS = re.compile(r"status code: (\d{3})")
_UNKNOWN = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired")
_CREDENTIALS = ("/latest/api/token", "/latest/meta-data/iam/", "AssumeRoleWithWebIdentity", "//169.254.170.2/")


class Access(NamedTuple):
    """What a client is told: settings of the store, and whether plain HTTP was asked for."""

    config: dict[str, Any]
    endpoint: str | None
    ca_bundle: str | None

    @property
    def allow_http(self) -> bool:
        """Plain HTTP is spoken only to an endpoint that was given as ``http://``."""
        return self.endpoint is not None and self.endpoint.startswith("http://")

    def place(self, where: S3Place) -> str:
        """The bucket and its server as messages name them."""
        if self.endpoint is None:
            return f"{where.url} at AWS, region {self.config.get('region', 'us-east-1')}"
        scheme, _, rest = self.endpoint.partition("://")
        return f"{where.url} at {scheme}://{rest.rpartition('@')[2]}"


def access(environ: Mapping[str, str] | None = None) -> Access:
    """Keys, region and endpoint as the environment and the profile give them. The environment wins."""
    environ = os.environ if environ is None else environ
    profile = _profile(environ)
    config: dict[str, Any] = {}
    if not environ.get("AWS_ACCESS_KEY_ID") and not environ.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        for name in ("aws_access_key_id", "aws_secret_access_key", "aws_session_token"):
            if profile.get(name):
                config[name.removeprefix("aws_")] = profile[name]
        if "session_token" in config:
            config["token"] = config.pop("session_token")
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or profile.get("region")
    config["region"] = region or "us-east-1"
    named = (environ.get(name) for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"))
    endpoint = next((one for one in named if one), None) or profile.get("endpoint_url")
    if endpoint:
        config["endpoint"] = endpoint
    return Access(config, endpoint or None, environ.get("AWS_CA_BUNDLE") or None)


def _profile(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings of the chosen profile in the two files of AWS; none where there are no such files."""
    from configparser import Error, RawConfigParser

    name = environ.get("AWS_PROFILE") or "default"
    home = Path(environ.get("HOME") or Path.home()) / ".aws"
    found: dict[str, str] = {}
    for variable, default, section in (
        ("AWS_CONFIG_FILE", home / "config", name if name == "default" else f"profile {name}"),
        ("AWS_SHARED_CREDENTIALS_FILE", home / "credentials", name),
    ):
        parser = RawConfigParser()
        try:
            parser.read(environ.get(variable) or default, encoding="utf-8")
        except (Error, OSError, UnicodeDecodeError):  # an unreadable file is as none; its words are not repeated
            continue
        if parser.has_section(section):
            found |= dict(parser.items(section))
    return found


def connect(where: S3Place) -> tuple[S3Store, str]:
    """The client of a place, and the place for messages. Nothing is sent yet. Raises ``UsageError`` without obstore."""
    found = access()
    place = found.place(where)
    try:
        from obstore.store import S3Store
    except ImportError:
        raise UsageError(
            "S3 needs the package obstore",
            code="missing-extra",
            place=place,
            hints=["install it: `pip install 'persona-workbench[s3]'`"],
        ) from None
    from datetime import timedelta

    client: dict[str, Any] = {
        "allow_http": found.allow_http,
        "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
        "read_timeout": timedelta(seconds=STALLED_SECONDS),
        "timeout": timedelta(seconds=REQUEST_SECONDS),
        "user_agent": "persona-workbench",
    }
    if found.ca_bundle and not found.allow_http:
        client["root_certificate"] = _certificates(found.ca_bundle)
    with told(place):
        store = S3Store(
            bucket=where.bucket,
            prefix=where.prefix or None,
            config=found.config,  # type: ignore[arg-type]  # a mapping of names that it knows
            client_options=client,  # type: ignore[arg-type]
            retry_config={
                "max_retries": RETRIES,
                "retry_timeout": timedelta(seconds=RETRY_SECONDS),
                "backoff": {
                    "init_backoff": timedelta(milliseconds=200),
                    "max_backoff": timedelta(seconds=3),
                    "base": 2,
                },
            },
        )
    return store, place


def _certificates(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"the certificates to trust cannot be read: {error.strerror}",
            code="file-unreadable",
            place=f"AWS_CA_BUNDLE: {path}",
        ) from None


@contextmanager
def told(place: str) -> Iterator[None]:
    """Turn whatever the client raises into an error that a person can act on."""
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        raise translated(error, place) from None  # the client's own text may hold more than should be shown


def no_bucket(error: BaseException) -> bool:
    """Whether the server says that the bucket itself is not there."""
    return "<Code>NoSuchBucket</Code>" in str(error)


def translated(error: Exception, place: str) -> PersonaError:
    """The error of this project that says what the client's error means. Nothing of the request is repeated."""
    text = str(error).partition("\n\nDebug")[0]
    found = _CODE.search(text)
    code = next((one for one in found.groups() if one), "") if found else ""
    status = next(iter(_STATUS.findall(text)), "")
    if code == "NoSuchBucket":
        return StorageError(
            "there is no such bucket",
            code="s3-no-bucket",
            place=place,
            hints=[
                "make it with the tools of your store, or mend the name; `AWS_ENDPOINT_URL` says which store is asked"
            ],
        )
    if code in _UNKNOWN or status == "401":
        return PermissionDenied(
            f"the store does not accept these keys ({code or 'status 401'})",
            code="s3-keys",
            place=place,
            hints=["check `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, for keys that expire, `AWS_SESSION_TOKEN`"],
        )
    if code == "AccessDenied" or status == "403":
        return PermissionDenied(
            f"the store forbids it ({code or 'status 403'})",
            code="s3-denied",
            place=place,
            hints=["these keys need s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket there: docs/team.md"],
        )
    if any(one in text for one in _CREDENTIALS):
        return PermissionDenied(
            "there are no keys for the store",
            code="s3-keys",
            place=place,
            hints=["set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or `AWS_PROFILE`"],
        )
    if not code and not status:
        return StorageError(
            "the store cannot be reached",
            code="s3-unreachable",
            place=place,
            hints=["check that the server runs and that `AWS_ENDPOINT_URL` is right"],
        )
    return StorageError(
        f"the store refused ({code or f'status {status}'})",
        code="s3-refused",
        place=place,
        hints=["try again; what was stored before is whole"],
    )
