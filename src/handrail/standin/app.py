"""The service: what is answered at which address."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import FastAPI
from fastapi import Request as HttpRequest
from starlette.exceptions import HTTPException
from starlette.responses import Response

from handrail.standin import anthropic_wire, embeddings, errors, openai_responses, openai_wire, thinking, tokens
from handrail.standin.control import Control
from handrail.standin.errors import WireError
from handrail.standin.exchange import Exchange, Wire, accepted_key, json_response, read_body
from handrail.standin.request import EMBED, LARGE, SMALL, Request

MODELS = [SMALL, LARGE, EMBED]

CHAT = Wire("chat", openai_wire.parse, openai_wire.body, openai_wire.events)
RESPONSES = Wire("responses", openai_responses.parse, openai_responses.body, openai_responses.events)
MESSAGES = Wire("messages", anthropic_wire.parse, anthropic_wire.body, anthropic_wire.events, anthropic=True)


def create() -> FastAPI:
    """Return a new service, with settings and memory of its own."""
    app = FastAPI(title="Handrail's stand-in", openapi_url=None)
    control = Control()
    app.state.control = control
    app.state.brain = ThreadPoolExecutor(1, thread_name_prefix="handrail-standin-brain")
    app.add_exception_handler(WireError, _failed)
    app.add_exception_handler(HTTPException, _unknown)
    app.add_exception_handler(Exception, _broken)
    _add_models(app, control)
    _add_answers(app, control)
    _add_control(app, control)
    return app


def _add_answers(app: FastAPI, control: Control) -> None:
    brain = app.state.brain

    async def chat(http: HttpRequest) -> Response:
        return await Exchange(http, control, brain, CHAT).run()

    async def responses(http: HttpRequest) -> Response:
        return await Exchange(http, control, brain, RESPONSES).run()

    async def messages(http: HttpRequest) -> Response:
        return await Exchange(http, control, brain, MESSAGES).run()

    async def embed(http: HttpRequest) -> Response:
        return await embeddings.run(http, control, brain)

    async def count(http: HttpRequest) -> Response:
        body, fingerprint = await read_body(http)
        accepted_key(http)

        def counted() -> int:
            request: Request = anthropic_wire.parse(body, fingerprint, counting=True)
            thinking.check_model(request.model)
            return tokens.prompt_tokens(request)

        number = await asyncio.get_running_loop().run_in_executor(brain, counted)
        return json_response({"input_tokens": number}, fingerprint)

    for path, endpoint in {
        "/v1/chat/completions": chat,
        "/v1/responses": responses,
        "/v1/embeddings": embed,
        "/v1/messages": messages,
        "/v1/messages/count_tokens": count,
    }.items():
        app.add_api_route(path, endpoint, methods=["POST"], response_model=None)


def _add_models(app: FastAPI, control: Control) -> None:
    async def listed(http: HttpRequest) -> Response:
        accepted_key(http)
        wire = anthropic_wire if is_anthropic(http) else openai_wire
        return json_response(wire.models(MODELS), http.url.path)

    async def one(http: HttpRequest, name: str) -> Response:
        accepted_key(http)
        if name not in MODELS:
            raise WireError(404, f"The model '{name}' does not exist. The stand-in has: {', '.join(MODELS)}.")
        wire = anthropic_wire if is_anthropic(http) else openai_wire
        return json_response(wire.model(name), http.url.path)

    app.add_api_route("/v1/models", listed, methods=["GET"], response_model=None)
    app.add_api_route("/v1/models/{name}", one, methods=["GET"], response_model=None)


def _add_control(app: FastAPI, control: Control) -> None:
    async def config(http: HttpRequest) -> Response:
        if http.method == "GET":
            return json_response(control.config.model_dump(), http.url.path)
        body, _ = await read_body(http)
        return json_response(control.update(body), http.url.path)

    async def reset(http: HttpRequest) -> Response:
        control.reset()
        return json_response(control.config.model_dump(), http.url.path)

    async def log(http: HttpRequest) -> Response:
        return json_response(control.report(), http.url.path)

    routes: list[tuple[str, Callable[..., Any], list[str]]] = [
        ("/standin/config", config, ["GET", "POST"]),
        ("/standin/reset", reset, ["POST"]),
        ("/standin/log", log, ["GET"]),
    ]
    for path, endpoint, methods in routes:
        app.add_api_route(path, endpoint, methods=methods, response_model=None)


def is_anthropic(http: HttpRequest) -> bool:
    """Say whether a request comes from Anthropic's clients."""
    return http.url.path.startswith("/v1/messages") or "anthropic-version" in http.headers


async def _failed(http: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, WireError)
    number = openai_wire.request_id(f"{http.method} {http.url.path} {error.status} {error.message}")
    body = errors.anthropic_body(error, number) if is_anthropic(http) else errors.openai_body(error)
    return json_response(body, http.url.path, status=error.status, headers=error.headers(), request_id=number)


async def _unknown(http: HttpRequest, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        sentence = f"Unknown request URL: {http.method} {http.url.path}. The addresses are listed in docs/standin.md."
    else:
        sentence = f"{http.method} is not allowed at {http.url.path}."
    return await _failed(http, WireError(error.status_code, sentence, code="unknown_url"))


async def _broken(http: HttpRequest, error: Exception) -> Response:
    sentence = f"The stand-in itself failed, which is a bug in Handrail: {type(error).__name__}: {error}"
    return await _failed(http, WireError(500, sentence))
