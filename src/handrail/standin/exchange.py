"""One request from its arrival to its answer: key, limits, body, fault, answer, delay, log."""

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from fastapi import Request as HttpRequest
from starlette.responses import Response

from handrail.standin import anthropic_wire, faults, openai_wire, stream, thinking, tokens
from handrail.standin.control import Control, Entry
from handrail.standin.errors import WireError
from handrail.standin.faults import Fault
from handrail.standin.request import Answer, Event, Request, Usage, digest, dumps

LARGEST = 2 * 2**20
"""A body may have this many bytes."""
DRAINED = 64 * 2**20
"""So much of a larger one is read and thrown away, because a client that is cut off while it sends sees no answer."""
WRONG = "wrong"
"""Every key is accepted but this one."""
DEEPEST = 100
"""Objects and lists may be nested this deep."""
SHOWN = 20_000
"""The log keeps so many characters of a request's text."""

R = TypeVar("R")


class Parse(Protocol):
    """Read the body of a request."""

    def __call__(self, body: dict[str, Any], fingerprint: str) -> Request:
        """Return the request, or raise WireError."""


@dataclass(frozen=True)
class Wire:
    """A wire format: how to read a request, how to write an answer whole, and how to write it as a stream."""

    name: str
    parse: Parse
    body: Callable[[Request, Answer, Usage], dict[str, Any]]
    events: Callable[[Request, Answer, Usage], Sequence[Event]]
    anthropic: bool = False


class Exchange:
    """One request and its answer."""

    def __init__(self, http: HttpRequest, control: Control, brain: Executor, wire: Wire) -> None:
        """Keep what is needed; nothing is read yet."""
        self.http = http
        self.control = control
        self.brain = brain
        self.wire = wire
        self.entry = Entry(http.url.path)

    async def run(self) -> Response:
        """Return the response. Raises WireError, which the service writes in the provider's shape."""
        try:
            body, fingerprint = await read_body(self.http)
            key = accepted_key(self.http)
            self.control.enter()
        except WireError as error:
            raise self._noted(error) from None
        try:
            response = await self._answered(body, fingerprint, key)
        except BaseException as error:
            self.control.leave()
            if isinstance(error, WireError):
                self._noted(error)
            raise
        if not isinstance(response, stream.EventStream):
            self.control.leave()
        return response

    async def _answered(self, body: dict[str, Any], fingerprint: str, key: str) -> Response:
        fault = self.control.fault(fingerprint, self.http.headers.get("x-handrail-fault"))
        self.entry.fault = "" if fault is None else fault.name
        faults.raised(fault)
        if fault is not None and fault.name == "sleep" and self.control.config.clock == "real":
            await stream.slept(self.http, fault.number or 0.0)
        request, usage = await self._think(self._read, body, fingerprint)
        headers = self.control.limiter.take(key, usage.prompt)
        request = self.control.varied(request)
        answer = await self._think(thinking.answer, request, self.control.config.knobs(), fault)
        usage = replace(usage, completion=await self._think(thinking.completion_tokens, answer))
        delay = self.control.delay(usage.completion) + self._slept_virtually(fault)
        headers |= {"x-handrail-simulated-ms": f"{delay:g}", "openai-processing-ms": f"{delay:.0f}"}
        self._note(request, answer, usage, delay)
        headers |= response_headers(request.fingerprint)
        if request.stream:
            return self._streamed(request, answer, usage, fault, headers)
        if fault is not None and fault.name == "disconnect":
            return stream.Disconnect()
        if fault is not None and fault.name == "overload_midstream":
            raise WireError(529)
        self.entry.finished = await stream.slept(self.http, self._real(delay) / 1000)
        self.entry.sent_tokens = usage.completion if self.entry.finished else 0
        return Response(dumps(self.wire.body(request, answer, usage)), media_type="application/json", headers=headers)

    def _read(self, body: dict[str, Any], fingerprint: str) -> tuple[Request, Usage]:
        request = self.wire.parse(body, fingerprint)
        thinking.check_model(request.model)
        prompt = tokens.prompt_tokens(request)
        thinking.check_window(request.model, prompt)
        return request, self.control.cached(request, prompt)

    def _streamed(
        self, request: Request, answer: Answer, usage: Usage, fault: Fault | None, headers: dict[str, str]
    ) -> Response:
        events = list(self.wire.events(request, answer, usage))
        name = fault.name if fault is not None else ""
        if name in faults.TRANSPORT:
            events = list(stream.cut_after(events, faults.BREAK_AFTER))
        if name == "overload_midstream":
            events.append(self._overloaded(request))
        config = self.control.config
        return stream.EventStream(
            events,
            headers | {"cache-control": "no-cache"},
            first=self._real(config.ttft_ms) / 1000,
            each=self._real(config.ms_per_token) / 1000,
            ended=self._ended,
            broken=name == "disconnect",
        )

    def _overloaded(self, request: Request) -> Event:
        error = WireError(529)
        if self.wire.anthropic:
            return anthropic_wire.error_event(error, openai_wire.request_id(request.fingerprint))
        return openai_wire.error_event(error)

    def _ended(self, sent: int, complete: bool) -> None:
        self.control.leave()
        self.entry.sent_tokens, self.entry.finished = sent, complete

    def _slept_virtually(self, fault: Fault | None) -> float:
        if fault is None or fault.name != "sleep" or self.control.config.clock == "real":
            return 0.0
        return 1000 * (fault.number or 0.0)

    def _real(self, milliseconds: float) -> float:
        return milliseconds if self.control.config.clock == "real" else 0.0

    async def _think(self, work: Callable[..., R], *arguments: Any) -> R:
        """Compute in the one thread that thinks, so that the server goes on listening."""
        return await asyncio.get_running_loop().run_in_executor(self.brain, work, *arguments)

    def _note(self, request: Request, answer: Answer, usage: Usage, delay: float) -> None:
        entry = self.entry
        entry.model, entry.skill, entry.stream = request.model, answer.skill, request.stream
        entry.prompt_tokens, entry.completion_tokens = usage.prompt, usage.completion
        entry.cached_tokens, entry.simulated_ms = usage.cached, delay
        entry.system, entry.answer = request.system[:SHOWN], answer.text[:SHOWN]
        entry.messages = list(_shown(request))
        entry.tools = [call.name for call in answer.calls]
        self.control.log.append(entry)

    def _noted(self, error: WireError) -> WireError:
        self.entry.status = error.status
        if not any(entry is self.entry for entry in self.control.log):
            self.control.log.append(self.entry)
        return error


def _shown(request: Request) -> Iterator[dict[str, str]]:
    """Yield the messages of a request for the log, as far as there is room."""
    room = SHOWN
    for turn in request.turns:
        yield {"role": turn.role, "text": turn.text[:room]}
        room = max(0, room - len(turn.text))


async def read_body(http: HttpRequest) -> tuple[dict[str, Any], str]:
    """Return the body of a request as an object, and its fingerprint. Raises WireError with 400 or 413."""
    text = await _read_bytes(http)
    try:
        body = json.loads(text, parse_constant=_no_constant)
        canonical = json.dumps(body, sort_keys=True, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        said = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise WireError(400, f"We could not parse the JSON body of your request: {said}.") from None
    if not isinstance(body, dict):
        raise WireError(400, "We could not parse the JSON body of your request: it has to be an object.")
    if _depth(body) > DEEPEST:
        raise WireError(400, f"The JSON body of your request is nested deeper than {DEEPEST} levels.")
    ways = {"stream", "stream_options"}  # a streamed answer is the same answer
    if ways & set(body):
        plain = {key: value for key, value in body.items() if key not in ways}
        canonical = json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()
    return body, digest(http.url.path, canonical.decode())


async def _read_bytes(http: HttpRequest) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in http.stream():
        size += len(part)
        if size > DRAINED:
            break
        if size <= LARGEST:
            parts.append(part)
    if size > LARGEST:
        raise WireError(413, f"The body of the request is larger than {LARGEST // 2**20} MB.")
    return b"".join(parts)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _depth(value: Any) -> int:
    """Return how deep a value is nested, without recursion."""
    deepest, level = 0, [value]
    while level:
        deepest += 1
        level = [
            inner
            for one in level
            if isinstance(one, (dict, list))
            for inner in (one.values() if isinstance(one, dict) else one)
            if isinstance(inner, (dict, list))
        ]
    return deepest


def accepted_key(http: HttpRequest) -> str:
    """Return the caller's key. Raises WireError with a 401 if there is none, or if it is `wrong`."""
    scheme, _, bearer = http.headers.get("authorization", "").partition(" ")
    key = http.headers.get("x-api-key") or (bearer.strip() if scheme.lower() == "bearer" else "")
    if not key:
        raise WireError(401, "You didn't provide an API key. The stand-in takes any key but 'wrong'.", code=None)
    if key == WRONG:
        raise WireError(401, "Incorrect API key provided: wrong. The stand-in takes any key but 'wrong'.")
    return key


def json_response(
    body: Any,
    fingerprint: str,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    request_id: str | None = None,
) -> Response:
    """Return a response in JSON, with the headers that all have."""
    all_headers = response_headers(fingerprint) | (headers or {})
    if request_id:
        all_headers |= {"x-request-id": request_id, "request-id": request_id}
    return Response(dumps(body), status_code=status, media_type="application/json", headers=all_headers)


def response_headers(fingerprint: str) -> dict[str, str]:
    """Return the headers that every response has."""
    number = openai_wire.request_id(fingerprint)
    return {"x-handrail-standin": "1", "request-id": number, "x-request-id": number}
