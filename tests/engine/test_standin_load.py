"""The stand-in under strain: many at once, clients that leave, requests that are broken, processes that die."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import httpx2
import numpy as np
import openai
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.standin import meaning, openai_wire
from handrail.standin import server as server_module
from handrail.standin.request import Answer, Call, Request, Stop, Turn, Usage
from handrail.standin.server import Server, StandinError

HEADERS = {"authorization": "Bearer test"}


@pytest.fixture(scope="module", autouse=True)
def without_minilm() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(meaning, "vectors", lambda texts: np.ones((len(texts), 384), dtype=np.float32))
        yield


@pytest.fixture(scope="module")
def plain(server: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server.url, headers=HEADERS, timeout=60) as one:
        yield one


@pytest.fixture(autouse=True)
def fresh(plain: httpx2.Client) -> None:
    plain.post("/standin/reset")


def ask(text: str = "Hello", **more: Any) -> dict[str, Any]:
    return {"model": "standin-small", "messages": [{"role": "user", "content": text}], **more}


def eventually(is_so: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)
    return is_so()


def test_a_hundred_streams_at_once_are_all_whole(server: Server, plain: httpx2.Client) -> None:
    plain.post("/standin/config", json={"ttft_ms": 100, "ms_per_token": 2})

    async def all_at_once() -> list[str]:
        limits = httpx2.Limits(max_connections=100)
        async with httpx2.AsyncClient(base_url=server.url, headers=HEADERS, timeout=60, limits=limits) as client:

            async def one(number: int) -> str:
                body = ask(f"Hello {number}", stream=True)
                async with client.stream("POST", "/v1/chat/completions", json=body) as answer:
                    return "".join([text async for text in answer.aiter_text()])

            return await asyncio.gather(*map(one, range(100)))

    found = asyncio.run(all_at_once())
    assert len(found) == 100 and all(text.endswith("data: [DONE]\n\n") for text in found)
    report = plain.get("/standin/log").json()
    assert report["peak_in_flight"] > 20 and report["in_flight"] == 0
    assert all(entry["finished"] for entry in report["requests"])


def test_the_work_stops_when_the_client_of_a_stream_leaves(server: Server, plain: httpx2.Client) -> None:
    plain.post("/standin/config", json={"ms_per_token": 50})
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="test", max_retries=0) as client:
        stream = client.chat.completions.create(**ask(), stream=True)
        for _, _ in zip(range(3), stream, strict=False):
            pass
        stream.close()

    def entry() -> Any:
        return plain.get("/standin/log").json()

    assert eventually(lambda: entry()["in_flight"] == 0)
    last = entry()["requests"][-1]
    assert not last["finished"] and 0 < last["sent_tokens"] < 20


def test_the_work_stops_when_a_waiting_client_leaves(server: Server, plain: httpx2.Client) -> None:
    plain.post("/standin/config", json={"ttft_ms": 20_000})
    late = {"max_retries": 0, "timeout": 0.2}
    client = anthropic.Anthropic(base_url=server.url, api_key="test", **late)
    with client, pytest.raises(anthropic.APITimeoutError):
        client.messages.create(**ask(max_tokens=50))
    assert eventually(lambda: plain.get("/standin/log").json()["in_flight"] == 0)
    assert not plain.get("/standin/log").json()["requests"][-1]["finished"]


def test_clients_that_break_off_in_the_middle_of_a_request_do_no_harm(server: Server, plain: httpx2.Client) -> None:
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port)) as raw:
            raw.sendall(b'POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{"mod')
    assert plain.post("/v1/chat/completions", json=ask()).status_code == 200
    assert eventually(lambda: plain.get("/standin/log").json()["in_flight"] == 0)


BODY = {"model": "standin-small", "max_tokens": 5}
BROKEN = {
    "nothing": b"",
    "no json": b"hello",
    "half": b'{"model": "standin-small", "messages": [',
    "a list": b"[1, 2]",
    "a number": b"7",
    "NaN": b'{"model": NaN}',
    "not UTF-8": b'{"model": "\xff\xfe"}',
    "half a pair": b'{"model": "standin-small", "messages": [{"role": "user", "content": "\\ud800"}]}',
    "too deep": b"[" * 100_000,
    "deep": b'{"a":' * 150 + b"1" + b"}" * 150,
    "long number": b'{"model": ' + b"9" * 5000 + b"}",
    "null": b"null",
    "wrong types": b'{"model": 1, "messages": {"role": []}}',
    "strange parts": json.dumps({**BODY, "messages": [{"role": "user", "content": [1, None]}]}).encode(),
    "strange schema": json.dumps(ask(max_tokens=9, tools=[{"name": 1}], response_format=3)).encode(),
}


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/embeddings"])
def test_a_broken_body_is_a_400_in_the_providers_shape(plain: httpx2.Client, path: str) -> None:
    for name, content in BROKEN.items():
        answer = plain.post(path, content=content, headers={"content-type": "application/json"})
        body = answer.json()
        assert answer.status_code == 400 and body["error"]["type"] == "invalid_request_error", name
        assert len(body["error"]["message"]) > 10 and (body.get("type") == "error") is (path == "/v1/messages"), name


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object"},
        {"$ref": "#/$defs/missing"},
        {"$ref": "#"},
        {"type": ["string", "null"]},
        {"type": "object", "properties": {"a": {"enum": []}}, "required": ["a"]},
        {"type": "object", "properties": {"a": True, "b": {"type": "array"}}, "required": ["a", "b"]},
        {"type": "object", "properties": {"a": {"type": "number", "minimum": 5}}, "required": ["a"]},
        {"anyOf": []},
        {"allOf": [{"type": "object", "properties": {"a": {"type": "null"}}, "required": ["a"]}]},
    ],
)
def test_a_strange_schema_is_filled_or_refused_but_never_breaks_the_server(plain: httpx2.Client, schema: Any) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
    answer = plain.post("/v1/chat/completions", json=ask("12", response_format=form))
    assert answer.status_code == 200
    json.loads(answer.json()["choices"][0]["message"]["content"])


def test_a_body_of_ten_megabytes_is_refused_with_413(server: Server, plain: httpx2.Client) -> None:
    client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="test", max_retries=0)
    with client, pytest.raises(openai.APIStatusError) as caught:
        client.chat.completions.create(**ask("x" * 10_000_000))
    assert caught.value.status_code == 413
    other = anthropic.Anthropic(base_url=server.url, api_key="test", max_retries=0)
    with other, pytest.raises(anthropic.ContentTooLargeError, match="larger than 2 MB"):
        other.messages.create(**ask("x" * 10_000_000, max_tokens=5))
    assert plain.post("/v1/chat/completions", json=ask()).status_code == 200


def test_a_large_body_does_not_keep_others_waiting(server: Server) -> None:
    async def both() -> tuple[int, float]:
        async with httpx2.AsyncClient(base_url=server.url, headers=HEADERS, timeout=60) as client:
            large = asyncio.create_task(client.post("/v1/chat/completions", json=ask("word " * 350_000)))
            await asyncio.sleep(0.05)
            began = time.perf_counter()
            await client.get("/v1/models")
            waited = time.perf_counter() - began
            return (await large).status_code, waited

    status, waited = asyncio.run(both())
    assert status == 400 and waited < 5


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=60, deadline=None)
@given(text, st.lists(st.tuples(text, st.dictionaries(text, text | st.integers(), max_size=3)), max_size=2))
def test_a_stream_joins_to_the_answer_whatever_it_says(said: str, calls: list[tuple[str, dict[str, Any]]]) -> None:
    request = Request("standin-small", "", (Turn("user", "x"),), "f", stream=True, include_usage=True)
    made = tuple(Call(str(n), name, json.dumps(values)) for n, (name, values) in enumerate(calls))
    answer = Answer(said, "test", made, Stop.TOOLS if made else Stop.END)
    joined, arguments = "", dict.fromkeys(range(len(made)), "")
    for event in openai_wire.events(request, answer, Usage(1, 1))[:-1]:
        chunk = json.loads(event.text.removeprefix("data: "))
        for choice in chunk["choices"]:
            joined += choice["delta"].get("content") or ""
            for part in choice["delta"].get("tool_calls") or []:
                arguments[part["index"]] += part["function"]["arguments"]
    assert joined == said and list(arguments.values()) == [call.arguments for call in made]


SCRIPT = """
import json, sys, urllib.request
from handrail.standin.server import Server
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
with Server() as server:
    for text in ("Hello", "Fix: test fails\\n```python\\ndef f(x):\\n    x\\n```\\nassert f(1) == 1"):
        body = json.dumps({"model": "standin-small", "messages": [{"role": "user", "content": text}], "stream": True})
        headers = {"authorization": "Bearer k", "content-type": "application/json"}
        request = urllib.request.Request(server.url + "/v1/chat/completions", body.encode(), headers)
        with opener.open(request) as answer:
            sys.stdout.write(str(sorted(answer.headers.items())) + answer.read().decode())
print("torch" in sys.modules, "sentence_transformers" in sys.modules)
"""


def test_every_process_says_the_same_and_needs_no_model_for_it(python: Any, tmp_path: Any) -> None:
    runs = [python(SCRIPT, cwd=tmp_path, PYTHONHASHSEED=str(seed)) for seed in (1, 2)]
    assert runs[0].returncode == 0, runs[0].stderr
    assert runs[0].stdout == runs[1].stdout and runs[0].stdout.endswith("False False\n") and not runs[0].stderr


ALIVE = """
import os, sys, time
from handrail.standin.server import Server
server = Server()
print(server.port, os.getpid(), flush=True)
{then}
"""


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("end", ["return", "exception", "SIGTERM", "SIGKILL"])
def test_nothing_is_left_when_the_process_ends(end: str) -> None:
    then = {"return": "", "exception": "raise SystemExit(3)"}.get(end, "time.sleep(60)")
    command = [sys.executable, "-c", ALIVE.format(then=then)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        port, _ = map(int, process.stdout.readline().split())
        if end.startswith("SIG"):
            assert listening(port)
            assert psutil.Process(process.pid).children() == []
            process.send_signal(getattr(signal, end))
        assert process.wait(30) == {"return": 0, "exception": 3, "SIGTERM": -15, "SIGKILL": -9}[end]
        assert process.stderr.read() == ""
    assert not listening(port)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_does_not_stop_its_parents_server(server: Server, plain: httpx2.Client) -> None:
    child = os.fork()
    if child == 0:
        server.stop()
        os._exit(0 if not server.alive else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert plain.get("/v1/models").status_code == 200


def test_it_listens_on_this_machine_only(server: Server) -> None:
    own = psutil.Process().net_connections(kind="inet")
    assert {one.laddr.ip for one in own if one.status == "LISTEN" and one.laddr.port == server.port} == {"127.0.0.1"}


def test_starting_again_takes_less_than_a_second_and_stopping_frees_the_port() -> None:
    began = time.perf_counter()
    with Server() as first:
        assert time.perf_counter() - began < 5
        with pytest.raises(StandinError, match="Port 0 takes a free one"):
            Server(first.port)
    assert not listening(first.port) and not first.alive
    first.stop()


def test_a_server_that_can_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "handrail.standin.app", None)
    with pytest.raises(StandinError, match="did not start"):
        Server()
    monkeypatch.setattr(server_module, "HOST", "192.0.2.1")
    with pytest.raises(StandinError, match="can't be used"):
        Server()


def test_the_engine_never_imports_the_stand_in() -> None:
    from pathlib import Path

    engine = Path(server_module.__file__).parents[1]
    assert [file.name for file in engine.glob("*.py") if "handrail.standin" in file.read_text(encoding="utf-8")] == []
