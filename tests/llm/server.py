"""A model server on loopback that speaks the forms of OpenAI, Anthropic and Gemini, and does what a test tells it to.

It is real HTTP: the adapter, the providers' own libraries and the sockets are the ones that run in earnest.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

SHAPES = ("openai", "anthropic", "google", "bedrock")


@dataclass
class Asked:
    """One request as it arrived."""

    shape: str
    path: str
    headers: dict[str, str]
    raw: bytes
    body: dict[str, Any]
    model: str
    mode: str
    system: str
    messages: list[tuple[str, str]]
    schema: dict[str, Any] | None
    tool: str | None

    @property
    def user(self) -> str:
        """Everything that the user side said."""
        return "\n".join(text for role, text in self.messages if role == "user")


@dataclass
class Reply:
    """What the server does: an answer as text in the form of the provider, or something else.

    ``raw`` is sent as it is. ``cut`` breaks the line after so many bytes, ``pace`` sends a byte a pause, ``hold`` waits
    before the first byte. ``refuse`` closes the line without a word.
    """

    text: str = "{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = "application/json"
    cut: int | None = None
    pace: float = 0.0
    hold: float = 0.0
    refuse: bool = False
    usage: tuple[int, int] | None = (10, 4)
    model: str | None = None
    fingerprint: str | None = "fp_1"
    finish: str = "stop"
    chunked: bool = False


Responder = Callable[[Asked], Reply]


class FakeServer:
    """The server: its address, what it was asked, and who answers."""

    def __init__(self, responder: Responder) -> None:
        self.responder = responder
        self.asked: list[Asked] = []
        self.lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """Nothing to the terminal."""

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers.get("content-length") or 0))
                asked = read_request(self.path, dict(self.headers), raw)
                with outer.lock:
                    outer.asked.append(asked)
                outer.answer(self, asked)

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.http.server_port}"

    def endpoint(self, shape: str) -> str:
        """The base address as the provider of a shape wants it."""
        return f"{self.address}/v1" if shape == "openai" else self.address

    def close(self) -> None:
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()

    def answer(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        reply = self.responder(asked)
        if reply.hold:
            time.sleep(reply.hold)
        if reply.refuse:
            reset = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            handler.close_connection = True
            handler.connection.close()
            return
        body = reply.raw
        if body is None:
            body = encode(asked, reply) if reply.status == 200 else error_body(asked.shape, reply)
        try:
            handler.send_response(reply.status)
            handler.send_header("content-type", reply.content_type)
            handler.send_header("x-request-id", f"req-{len(self.asked)}")
            for name, value in reply.headers.items():
                handler.send_header(name, value)
            if reply.chunked:
                handler.send_header("transfer-encoding", "chunked")
            else:
                handler.send_header("content-length", str(len(body)))
            handler.end_headers()
            self._send(handler, reply, body)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True

    def _send(self, handler: BaseHTTPRequestHandler, reply: Reply, body: bytes) -> None:
        shown = body if reply.cut is None else body[: reply.cut]
        step = max(1, len(shown) // 10) if reply.pace or reply.chunked else max(1, len(shown))
        for at in range(0, len(shown), step):
            part = shown[at : at + step]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if reply.chunked else part)
            handler.wfile.flush()
            if reply.pace:
                time.sleep(reply.pace)
        if reply.cut is not None:
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
        elif reply.chunked:
            handler.wfile.write(b"0\r\n\r\n")


@contextmanager
def serving(responder: Responder) -> Iterator[FakeServer]:
    server = FakeServer(responder)
    try:
        yield server
    finally:
        server.close()


def in_turn(*replies: Reply) -> Responder:
    """Answers one after the other; the last one again and again."""
    left = list(replies)
    lock = threading.Lock()

    def respond(_: Asked) -> Reply:
        with lock:
            return left.pop(0) if len(left) > 1 else left[0]

    return respond


# Reading the three forms


def read_request(path: str, headers: dict[str, str], raw: bytes) -> Asked:
    body = json.loads(raw)
    headers = {name.lower(): value for name, value in headers.items()}
    if path.endswith("/chat/completions"):
        return _openai(path, headers, raw, body)
    if path.endswith("/messages"):
        return _anthropic(path, headers, raw, body)
    if ":generateContent" in path:
        return _google(path, headers, raw, body)
    if path.endswith("/converse"):
        return _bedrock(path, headers, raw, body)
    raise AssertionError(f"no form has the path {path}")


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(part.get("text", "") for part in content or [])


def _openai(path: str, headers: dict[str, str], raw: bytes, body: dict[str, Any]) -> Asked:
    system = "\n".join(_text(one["content"]) for one in body["messages"] if one["role"] in ("system", "developer"))
    said = [(one["role"], _text(one["content"])) for one in body["messages"] if one["role"] in ("user", "assistant")]
    format, tools = body.get("response_format"), body.get("tools")
    mode = "tool" if tools else "native" if format and format["type"] == "json_schema" else "prompted"
    schema = tools[0]["function"]["parameters"] if tools else (format or {}).get("json_schema", {}).get("schema")
    tool = tools[0]["function"]["name"] if tools else None
    return Asked("openai", path, headers, raw, body, body["model"], mode, system, said, schema, tool)


def _anthropic(path: str, headers: dict[str, str], raw: bytes, body: dict[str, Any]) -> Asked:
    tools = body.get("tools")
    native = (body.get("output_config") or {}).get("format") or body.get("output_format")
    mode = "tool" if tools else "native" if native else "prompted"
    schema = tools[0]["input_schema"] if tools else (native or {}).get("schema")
    said = [(one["role"], _text(one["content"])) for one in body["messages"]]
    tool = tools[0]["name"] if tools else None
    return Asked(
        "anthropic", path, headers, raw, body, body["model"], mode, _text(body.get("system", "")), said, schema, tool
    )


def _google(path: str, headers: dict[str, str], raw: bytes, body: dict[str, Any]) -> Asked:
    settings = body.get("generationConfig") or {}
    tools = body.get("tools")
    schema = settings.get("responseJsonSchema") or settings.get("responseSchema")
    mode = "tool" if tools else "native" if schema else "prompted"
    tool = None
    if tools:
        declared = tools[0]["functionDeclarations"][0]
        tool = declared["name"]
        schema = declared.get("parametersJsonSchema") or declared.get("parameters")
    said = [("assistant" if one.get("role") == "model" else "user", _text(one["parts"])) for one in body["contents"]]
    system = _text((body.get("systemInstruction") or {}).get("parts"))
    model = path.rpartition("/models/")[2].partition(":")[0]
    return Asked("google", path, headers, raw, body, model, mode, system, said, schema, tool)


def _bedrock(path: str, headers: dict[str, str], raw: bytes, body: dict[str, Any]) -> Asked:
    tools = (body.get("toolConfig") or {}).get("tools")
    native = ((body.get("outputConfig") or {}).get("textFormat") or {}).get("structure")
    mode = "tool" if tools else "native" if native else "prompted"
    said = [(one["role"], _text(one["content"])) for one in body["messages"]]
    spec = tools[0]["toolSpec"] if tools else {}
    schema = (spec.get("inputSchema") or {}).get("json")
    model = unquote(path.split("/model/")[1].removesuffix("/converse"))
    system = _text(body.get("system"))
    return Asked("bedrock", path, headers, raw, body, model, mode, system, said, schema, spec.get("name"))


# Writing the forms


def encode(asked: Asked, reply: Reply) -> bytes:
    """An answer of a model in the form of the one who asked."""
    model = reply.model or asked.model
    if asked.shape == "openai":
        body = _openai_answer(asked, reply, model)
    elif asked.shape == "anthropic":
        body = _anthropic_answer(asked, reply, model)
    elif asked.shape == "bedrock":
        body = _bedrock_answer(asked, reply)
    else:
        body = _google_answer(asked, reply, model)
    return json.dumps(body, ensure_ascii=False).encode()


def _arguments(text: str) -> dict[str, Any]:
    """What a tool is called with; a text that is no JSON object goes in as one that no schema takes."""
    try:
        found = json.loads(text)
    except ValueError:
        return {"broken": text}
    return found if isinstance(found, dict) else {"broken": text}


def _openai_answer(asked: Asked, reply: Reply, model: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if asked.tool:
        call = {"id": "t1", "type": "function", "function": {"name": asked.tool, "arguments": reply.text}}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
    finish = "tool_calls" if asked.tool and reply.finish == "stop" else reply.finish
    body: dict[str, Any] = {
        "id": "chat-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
    }
    if reply.fingerprint:
        body["system_fingerprint"] = reply.fingerprint
    if reply.usage:
        took, gave = reply.usage
        body["usage"] = {"prompt_tokens": took, "completion_tokens": gave, "total_tokens": took + gave}
    return body


def _anthropic_answer(asked: Asked, reply: Reply, model: str) -> dict[str, Any]:
    content: dict[str, Any] = {"type": "text", "text": reply.text}
    if asked.tool:
        content = {"type": "tool_use", "id": "t1", "name": asked.tool, "input": _arguments(reply.text)}
    took, gave = reply.usage or (0, 0)
    stop = {"stop": "tool_use" if asked.tool else "end_turn", "length": "max_tokens"}[reply.finish]
    return {
        "id": "msg-1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [content],
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": took, "output_tokens": gave},
    }


def _google_answer(asked: Asked, reply: Reply, model: str) -> dict[str, Any]:
    part: dict[str, Any] = {"text": reply.text}
    if asked.tool:
        part = {"functionCall": {"name": asked.tool, "args": _arguments(reply.text)}}
    body: dict[str, Any] = {
        "candidates": [
            {
                "content": {"role": "model", "parts": [part]},
                "finishReason": {"stop": "STOP", "length": "MAX_TOKENS"}[reply.finish],
                "index": 0,
            }
        ],
        "modelVersion": model,
        "responseId": "r1",
    }
    if reply.usage:
        took, gave = reply.usage
        body["usageMetadata"] = {
            "promptTokenCount": took,
            "candidatesTokenCount": gave,
            "totalTokenCount": took + gave,
        }
    return body


def _bedrock_answer(asked: Asked, reply: Reply) -> dict[str, Any]:
    content: dict[str, Any] = {"text": reply.text}
    if asked.tool:
        content = {"toolUse": {"toolUseId": "t1", "name": asked.tool, "input": _arguments(reply.text)}}
    took, gave = reply.usage or (0, 0)
    stop = {"stop": "tool_use" if asked.tool else "end_turn", "length": "max_tokens"}[reply.finish]
    return {
        "output": {"message": {"role": "assistant", "content": [content]}},
        "stopReason": stop,
        "usage": {"inputTokens": took, "outputTokens": gave, "totalTokens": took + gave},
        "metrics": {"latencyMs": 1},
    }


def error_body(shape: str, reply: Reply) -> bytes:
    """An error in the form of the provider; ``reply.text`` is its message."""
    message = reply.text if reply.text != "{}" else "something is wrong"
    body: Any = {"error": {"message": message, "type": "error", "code": reply.status}}
    if shape == "anthropic":
        body = {"type": "error", "error": {"type": "api_error", "message": message}}
    if shape == "bedrock":
        body = {"message": message}
    if shape == "google":
        body = {"error": {"code": reply.status, "message": message, "status": "ERROR"}}
    return json.dumps(body).encode()
