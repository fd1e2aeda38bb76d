"""Sending events to a real server on loopback that is busy, slow, rude, or sends us elsewhere."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.exports.openlineage.conftest import events_of
from tests.exports.openlineage.consumer import Consumer, consumer

from persona.errors import PermissionDenied, StorageError, UsageError
from persona.exports.openlineage.sending import BRIEF, Patience, Sender, read_address
from persona.workspace import Workspace
from persona.workspace.openlineage import Chosen

QUICK = Patience(step=1.0, whole=1.0, longest_wait=1.5, attempts=4, first_wait=0.01)


@pytest.fixture
def there() -> Iterator[Consumer]:
    with consumer() as found:
        yield found


def sender(there: Consumer, path: str = "", key: str | None = None, patience: Patience = QUICK) -> Sender:
    return Sender(read_address(there.url + path, "--url"), key, patience)


def test_every_event_arrives_once_in_order_over_one_connection(there: Consumer, eventful: Workspace) -> None:
    view = eventful.openlineage.send(there.url)
    assert there.received == events_of(eventful)
    assert view.events == len(there.received)
    assert set(there.paths) == {"/api/v1/lineage"}
    assert there.connections == 1
    assert all("Authorization" not in one for one in there.headers)
    assert view.target == f"{there.url}/api/v1/lineage"


def test_a_path_and_a_query_are_taken_as_they_are(there: Consumer) -> None:
    with sender(there, "/openapi/lineage?dry=1") as to:
        to.send(b"{}")
    assert there.paths == ["/openapi/lineage?dry=1"]


def test_the_key_comes_from_the_environment(
    there: Consumer, eventful: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENLINEAGE_API_KEY", "sesame-7")
    eventful.openlineage.send(there.url, Chosen(project="other"))
    assert {one["Authorization"] for one in there.headers} == {"Bearer sesame-7"}


@pytest.mark.parametrize("status", [429, 503, 500, 502, 504, 408])
def test_a_busy_consumer_is_asked_again(status: int, there: Consumer) -> None:
    there.script = [(status, {}, b"busy"), (status, {"Retry-After": "soon"}, b"busy")]
    with sender(there) as to:
        to.send(b'{"a":1}')
    assert there.received == [{"a": 1}]
    assert len(there.paths) == 3


def test_retry_after_is_honoured_in_seconds_and_as_a_date(there: Consumer) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    there.script = [(503, {"Retry-After": "1"}, b""), (429, {"Retry-After": later}, b"")]
    begun = time.monotonic()
    with sender(there, patience=QUICK._replace(longest_wait=3)) as to:
        to.send(b"{}")
    assert time.monotonic() - begun >= 1.0
    assert len(there.paths) == 3


def test_who_asks_for_more_patience_than_there_is_gets_an_error_at_once(there: Consumer) -> None:
    there.script = [(429, {"Retry-After": "3600"}, b"")]
    begun = time.monotonic()
    with sender(there) as to, pytest.raises(StorageError, match="it answered 429"):
        to.send(b"{}")
    assert time.monotonic() - begun < 1


def test_a_slow_drip_is_cut_off(there: Consumer) -> None:
    there.script = [(0, {}, b"")] * 2
    begun = time.monotonic()
    with (
        sender(there, patience=QUICK._replace(whole=0.4, attempts=2)) as to,
        pytest.raises(StorageError, match=r"within 0\.4") as caught,
    ):
        to.send(b"{}")
    assert time.monotonic() - begun < 4
    assert caught.value.code == "openlineage-unreachable"


def test_a_closed_connection_is_opened_again(there: Consumer) -> None:
    with sender(there) as to:
        to.send(b'{"a":1}')
        there.script = [(-1, {}, b"")]
        to.send(b'{"a":2}')
    assert there.received == [{"a": 1}, {"a": 2}]
    assert there.connections == 2


def test_a_refusal_is_final_and_is_told_in_one_line(there: Consumer) -> None:
    there.always = (422, {}, b"no\x1b[31m\nsuch\x00 field" + b"x" * 10_000)
    with sender(there) as to, pytest.raises(StorageError) as caught:
        to.send(b"{}")
    assert caught.value.code == "openlineage-refused"
    assert "it answered 422: no [31m such field" in caught.value.message
    assert len(caught.value.message) < 300
    assert len(there.paths) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nothing_is_sent_to_another_host(status: int, there: Consumer) -> None:
    with consumer() as other:
        there.always = (status, {"Location": f"{other.url}/api/v1/lineage"}, b"")
        with sender(there, key="sesame") as to, pytest.raises(StorageError):
            to.send(b"{}")
        assert other.paths == []


@pytest.mark.parametrize(
    "place", ["http://[broken", "ftp://127.0.0.1/", "https://127.0.0.1/", "http://127.0.0.1:99999/"]
)
def test_a_redirect_that_cannot_be_followed_is_refused(place: str, there: Consumer) -> None:
    there.always = (307, {"Location": place}, b"")
    with sender(there) as to, pytest.raises(StorageError):
        to.send(b"{}")
    assert len(there.paths) == 1


def test_a_redirect_within_the_host_is_followed_and_not_for_ever(there: Consumer) -> None:
    there.script = [(307, {"Location": "/elsewhere"}, b"")]
    with sender(there) as to:
        to.send(b'{"a":1}')
        assert (there.received, there.paths) == ([{"a": 1}], ["/api/v1/lineage", "/elsewhere"])
        there.always = (308, {"Location": "/elsewhere"}, b"")
        with pytest.raises(StorageError, match="on and on"):
            to.send(b"{}")


def test_what_was_sent_and_where_to_go_on_is_told(there: Consumer, eventful: Workspace) -> None:
    whole = events_of(eventful)
    there.script = [(201, {}, b"")] * 20
    there.always = (400, {}, b"full")
    with pytest.raises(StorageError) as caught:
        eventful.openlineage.send(there.url)
    assert caught.value.data["sent"] == len(there.received) == 20
    position = caught.value.data["position"]
    assert caught.value.hints == (f"send the rest: `persona export openlineage --url {there.url} --after {position}`",)
    with pytest.raises(StorageError) as again:
        eventful.openlineage.send(there.url, Chosen("shop", "tone", version_in_name=True))
    assert f"--project shop --experiment tone --version-in-name --url {there.url} --after 0`" in again.value.hints[0]
    there.always = (201, {}, b"")
    assert isinstance(position, int)
    eventful.openlineage.send(there.url, Chosen(after=position))
    seen = []
    for event in there.received:
        if event not in seen:
            seen.append(event)
    assert len(seen) == len([event for at, event in enumerate(whole) if event not in whole[:at]])


def test_a_key_that_is_not_accepted_says_which_variable(there: Consumer, eventful: Workspace) -> None:
    there.always = (401, {}, b"")
    with pytest.raises(PermissionDenied) as caught:
        eventful.openlineage.send(there.url)
    assert caught.value.code == "openlineage-denied"
    assert "OPENLINEAGE_API_KEY" in caught.value.hints[0]
    assert "--after 0" in caught.value.hints[1]


def test_nobody_there_is_told_within_patience() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        Sender(read_address(f"http://127.0.0.1:{port}", "--url"), None, QUICK) as to,
        pytest.raises(StorageError) as caught,
    ):
        to.send(b"{}")
    assert caught.value.code == "openlineage-unreachable"


def test_a_key_never_goes_where_others_can_read_it() -> None:
    with pytest.raises(PermissionDenied, match="others can read"):
        Sender(read_address("http://example.org/api", "--url"), "sesame")
    Sender(read_address("https://example.org/api", "--url"), "sesame")
    for key in ("ses\name", "ünlike", "a b"):
        with pytest.raises(UsageError):
            Sender(read_address("https://example.org/api", "--url"), key)


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:5000", "ftp://127.0.0.1", "file:///etc/passwd", "http://", "http://user:sesame@host/", "http://user@host/",
     "http://host:port/", "http://host:99999/", "http://ho\nst/", "http://host/a b", "http://höst/", "http://host/\r\nX: y", "http://[::1"],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_address(url, "--url")
    assert caught.value.code == "openlineage-url"
    assert "sesame" not in caught.value.message


@settings(max_examples=50)
@given(st.text(max_size=40), st.sampled_from(["http://", "https://", "", "http://127.0.0.1"]))
def test_any_text_is_an_address_or_a_refusal(text: str, start: str) -> None:
    try:
        found = read_address(start + text, "--url")
    except UsageError:
        return
    assert found.scheme in ("http", "https")
    assert found.host
    assert 0 < found.port < 65536
    assert found.target.startswith("/")
    assert not any(ord(one) <= 32 or ord(one) > 126 for one in found.target)


def test_while_a_run_is_under_way_patience_is_short() -> None:
    assert BRIEF.attempts * BRIEF.whole + BRIEF.longest_wait <= 10
