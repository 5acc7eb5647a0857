"""Responses that take their time, that can break in the middle, and that notice when the client has gone."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from handrail.standin.request import Event

HALF = b'{"id": "'
"""What a client sees of an answer whose connection breaks."""


class EventStream(StreamingResponse):
    """Server-sent events, with the delays that were configured."""

    def __init__(
        self,
        events: Sequence[Event],
        headers: Mapping[str, str],
        *,
        first: float,
        each: float,
        ended: Callable[[int, bool], None],
        broken: bool = False,
    ) -> None:
        """Take the events, seconds before the first token and for each one, and what to call with the tokens sent."""
        super().__init__(self._paced(events, first, each), headers=headers, media_type="text/event-stream")
        self.sent = 0
        self.complete = False
        self.broken = broken
        self.ended = ended

    async def _paced(self, events: Sequence[Event], first: float, each: float) -> AsyncIterator[str]:
        for event in events:
            wait = each * event.tokens + (first if event.tokens and not self.sent else 0.0)
            if wait > 0:
                await asyncio.sleep(wait)
            yield event.text
            self.sent += event.tokens

    async def stream_response(self, send: Send) -> None:
        """Send the events. A broken stream has no end: the server then closes the connection."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for text in self.body_iterator:
            await send({"type": "http.response.body", "body": str(text).encode(), "more_body": True})
        if not self.broken:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            self.complete = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send, and say in the end how far it came."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.ended(self.sent, self.complete)


class Disconnect(Response):
    """An answer that breaks off after a few bytes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Promise more than is sent: the server then closes the connection."""
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": HALF, "more_body": True})


async def slept(http: HttpRequest, seconds: float) -> bool:
    """Wait, and say whether the client is still there. The body must have been read before."""
    if seconds <= 0:
        return True
    gone = asyncio.ensure_future(_gone(http))
    done, _ = await asyncio.wait({gone}, timeout=seconds)
    if not done:
        gone.cancel()
    return not done


async def _gone(http: HttpRequest) -> None:
    while (await http.receive())["type"] != "http.disconnect":
        pass


def cut_after(events: Sequence[Event], words: int) -> Iterator[Event]:
    """Yield the events up to and including the n-th that carries a part of the answer."""
    for event in events:
        yield event
        words -= bool(event.tokens)
        if words <= 0:
            return
