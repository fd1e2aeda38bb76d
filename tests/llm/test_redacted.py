"""What leaves the process after a redacted import: the bodies of the requests are read."""

from __future__ import annotations

from pathlib import Path

from tests.llm.conftest import NAMES
from tests.llm.server import FakeServer

from persona.model.redaction import RedactionRequest
from persona.workspace import Workspace

TEXT = """Interviewer: What do you do, Maria?
Maria Lopez: I am Maria Lopez, and I want to reach my clients at maria.lopez@example.org or +49 170 1234567.
Interviewer: Who helps you?
Maria Lopez: Usually Hassan from Northwind checks the list. It is frustrating that Maria's page is slow.
"""


def test_no_name_and_no_address_is_in_the_body_of_a_request(tmp_path: Path, server: FakeServer) -> None:
    file = tmp_path / "maria_lopez.txt"
    file.write_text(TEXT, encoding="utf-8")
    deny = tmp_path / "deny.txt"
    deny.write_text("Hassan\nNorthwind\n", encoding="utf-8")
    with Workspace.init(tmp_path / "ws") as ws:
        ws.project.create("Shop")
        ws.source.import_([str(file)], redact=RedactionRequest(deny=(deny,)))
        made = ws.generate(flags={"model": NAMES["openai"], "endpoint": server.endpoint("openai"), "count": 1})
        assert made.personas.personas
    sent = b"\n".join(one.raw for one in server.asked).decode().casefold()
    assert "i want to reach my clients" in sent
    for word in ("maria", "lopez", "example.org", "1234567", "hassan", "northwind"):
        assert word not in sent, word


def test_names_in_labels_are_not_sent_and_names_that_are_said_are(tmp_path: Path, server: FakeServer) -> None:
    """What docs/models.md says of an import that was not redacted."""
    file = tmp_path / "quillfeather.txt"
    said = TEXT.replace("Maria Lopez:", "Ottoline Vane:").replace("What do you do, Maria", "What do you do")
    file.write_text(f"---\nemployer: Birchwood\n---\n{said}", encoding="utf-8")
    with Workspace.init(tmp_path / "ws") as ws:
        ws.project.create("Shop")
        ws.source.import_([str(file)])
        ws.generate(flags={"model": NAMES["openai"], "endpoint": server.endpoint("openai"), "count": 1})
    sent = b"\n".join(one.raw for one in server.asked).decode().casefold()
    for word in ("ottoline", "vane", "quillfeather", "birchwood"):
        assert word not in sent, word
    for word in ("maria lopez", "hassan", "maria.lopez@example.org"):
        assert word in sent, word
