"""OpenAI's embeddings, which are MiniLM's vectors: the one real model behind the stand-in."""

import asyncio
import base64
from concurrent.futures import Executor
from typing import Any, Literal

from fastapi import Request as HttpRequest
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import Response

from handrail.standin import errors, faults, meaning, stream, thinking, tokens
from handrail.standin.control import Control, Entry
from handrail.standin.errors import WireError
from handrail.standin.exchange import accepted_key, json_response, read_body

MOST = 2_048
"""So many texts can be sent at once."""
AT_ONCE = 16
"""So many are encoded before other requests get their turn."""


class EmbeddingRequest(BaseModel):
    """The body of `POST /v1/embeddings`."""

    model_config = ConfigDict(extra="forbid")
    model: str
    input: Any
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(default=None, ge=1)
    user: str | None = None


def parse(body: dict[str, Any]) -> tuple[EmbeddingRequest, list[str]]:
    """Read the body. Raises WireError with a 400 that names what is wrong."""
    try:
        request = EmbeddingRequest.model_validate(body)
    except ValidationError as error:
        errors.invalid(error)
    texts = [request.input] if isinstance(request.input, str) else request.input
    if not isinstance(texts, list) or not texts:
        raise WireError(400, "'input' has to be a text or a list of texts, and not an empty one.", param="input")
    if not all(isinstance(text, str) for text in texts):
        raise WireError(
            400,
            "'input' has to be text: arrays of tokens are not supported by the stand-in. With LangChain's "
            "OpenAIEmbeddings pass check_embedding_ctx_length=False.",
            param="input",
        )
    if not all(texts):
        raise WireError(400, "'input' cannot be an empty string.", param="input")
    if len(texts) > MOST:
        raise WireError(400, f"'input' has {len(texts)} texts, and {MOST} is the most.", param="input")
    if request.dimensions not in (None, meaning.DIMENSIONS):
        raise WireError(400, f"'dimensions' can only be {meaning.DIMENSIONS}.", param="dimensions")
    thinking.check_model(request.model, embedding=True)
    return request, texts


async def run(http: HttpRequest, control: Control, brain: Executor) -> Response:
    """Answer one request."""
    entry = Entry(http.url.path, skill="embeddings")
    try:
        body, fingerprint = await read_body(http)
        key = accepted_key(http)
        control.enter()
    except WireError as error:
        _note(control, entry, error)
        raise
    try:
        return await _answered(http, control, brain, entry, body, fingerprint, key)
    except WireError as error:
        _note(control, entry, error)
        raise
    finally:
        control.leave()


async def _answered(
    http: HttpRequest,
    control: Control,
    brain: Executor,
    entry: Entry,
    body: dict[str, Any],
    fingerprint: str,
    key: str,
) -> Response:
    fault = control.fault(fingerprint, http.headers.get("x-handrail-fault"))
    entry.fault = "" if fault is None else fault.name
    faults.raised(fault)
    if fault is not None and fault.name == "sleep":
        await stream.slept(http, fault.number or 0.0)
    request, texts = parse(body)
    loop = asyncio.get_running_loop()
    count = await loop.run_in_executor(brain, lambda: sum(tokens.count(text) for text in texts))
    headers = control.limiter.take(key, count)
    found: list[dict[str, Any]] = []
    for begin in range(0, len(texts), AT_ONCE):
        part = texts[begin : begin + AT_ONCE]
        found += await loop.run_in_executor(brain, _items, request, part, begin)
    control.served += 1
    delay = control.delay(0)
    entry.model, entry.prompt_tokens, entry.simulated_ms = request.model, count, delay
    control.log.append(entry)
    if fault is not None and fault.name in faults.TRANSPORT:
        return stream.Disconnect()
    entry.finished = await stream.slept(http, delay / 1000 if control.config.clock == "real" else 0.0)
    usage = {"prompt_tokens": count, "total_tokens": count}
    answer = {"object": "list", "data": found, "model": request.model, "usage": usage}
    return json_response(answer, fingerprint, headers=headers | {"x-handrail-simulated-ms": f"{delay:g}"})


def _items(request: EmbeddingRequest, texts: list[str], begin: int) -> list[dict[str, Any]]:
    found = []
    for index, vector in enumerate(meaning.vectors(texts), begin):
        packed = vector.astype("<f4")
        value = base64.b64encode(packed.tobytes()).decode() if request.encoding_format == "base64" else packed.tolist()
        found.append({"object": "embedding", "index": index, "embedding": value})
    return found


def _note(control: Control, entry: Entry, error: WireError) -> None:
    entry.status = error.status
    control.log.append(entry)
