"""OpenAI's chat completions: a request read and checked, an answer written whole or as a stream."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handrail.standin import errors
from handrail.standin.errors import WireError
from handrail.standin.request import (
    CREATED,
    MARKER,
    Answer,
    Call,
    Event,
    Request,
    Schema,
    Stop,
    Tool,
    Turn,
    Usage,
    digest,
    dumps,
    named,
    pieces,
)

FINISH = {Stop.END: "stop", Stop.SEQUENCE: "stop", Stop.LENGTH: "length", Stop.TOOLS: "tool_calls"}
FRAGMENT = 8
"""Arguments of a call are streamed in pieces of this many characters."""


class Function(BaseModel):
    """A function in a definition of a tool."""

    name: str = Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class ToolParam(BaseModel):
    """A tool that is offered."""

    type: Literal["function"]
    function: Function


class CalledFunction(BaseModel):
    """What was called, in an earlier answer."""

    name: str
    arguments: str


class ToolCall(BaseModel):
    """A call in an earlier answer."""

    id: str
    type: Literal["function"] = "function"
    function: CalledFunction


class Message(BaseModel):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None = None
    tool_calls: list[ToolCall] | None = None
    tool_call_id: str | None = None


class JsonSchema(BaseModel):
    """A named schema."""

    model_config = ConfigDict(populate_by_name=True)
    name: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")
    shape: dict[str, Any] = Field(alias="schema")
    strict: bool | None = None


class ResponseFormat(BaseModel):
    """In which form the answer is wanted."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: JsonSchema | None = None


class StreamOptions(BaseModel):
    """What a stream carries besides the answer."""

    include_usage: bool = False


class ChatRequest(BaseModel):
    """The body of `POST /v1/chat/completions`. What is accepted without an effect is in `IGNORED`."""

    model_config = ConfigDict(extra="allow")
    model: str
    messages: list[Message] = Field(min_length=1)
    tools: list[ToolParam] | None = None
    tool_choice: Literal["none", "auto", "required"] | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    response_format: ResponseFormat | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    seed: int | None = None
    stop: str | list[str] | None = None
    max_completion_tokens: int | None = Field(default=None, ge=1)
    max_tokens: int | None = Field(default=None, ge=1)
    n: int | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = Field(default=None, ge=0, le=20)


IGNORED = named(
    "frequency_penalty logit_bias metadata moderation presence_penalty prompt_cache_key prompt_cache_options "
    "prompt_cache_retention reasoning_effort safety_identifier service_tier store user verbosity"
)
UNSUPPORTED = named("audio function_call functions modalities prediction web_search_options")


def parse(body: dict[str, Any], fingerprint: str) -> Request:
    """Read the body of a chat request. Raises WireError with a 400 that names what is wrong."""
    try:
        chat = ChatRequest.model_validate(body)
    except ValidationError as error:
        errors.invalid(error)
    _check(chat)
    turns = [turn for place, message in enumerate(chat.messages) for turn in _turn(place, message)]
    check_results(turns, "messages")
    choice, forced = _choice(chat)
    form = chat.response_format
    return Request(
        model=chat.model,
        system="\n\n".join(turn.text for turn in turns if turn.role == "system"),
        turns=tuple(turn for turn in turns if turn.role != "system"),
        fingerprint=fingerprint,
        tools=tuple(
            Tool(tool.function.name, tool.function.description or "", tool.function.parameters or {})
            for tool in chat.tools or []
        ),
        choice=choice,
        forced=forced,
        parallel=chat.parallel_tool_calls is not False,
        schema=form.json_schema.shape if form and form.json_schema else None,
        as_json=bool(form and form.type == "json_object"),
        temperature=chat.temperature or 0.0,
        seed=chat.seed or 0,
        stop=tuple([chat.stop] if isinstance(chat.stop, str) else chat.stop or []),
        max_tokens=chat.max_completion_tokens or chat.max_tokens,
        stream=bool(chat.stream),
        include_usage=bool(chat.stream_options and chat.stream_options.include_usage),
        logprobs=bool(chat.logprobs),
    )


def _check(chat: ChatRequest) -> None:
    extra = chat.model_extra or {}
    for name, value in extra.items():
        if name in UNSUPPORTED and value is not None and value != ["text"]:
            raise WireError(400, f"'{name}' is not supported by the stand-in.", param=name)
        if name not in IGNORED | UNSUPPORTED:
            raise WireError(400, f"Unrecognized request argument supplied: {name}", param=name)
    if chat.n not in (None, 1):
        raise WireError(400, f"'n' is {chat.n}: more than one choice is not supported by the stand-in.", param="n")
    form = chat.response_format
    if form and form.type == "json_schema" and form.json_schema is None:
        raise WireError(400, "Missing required parameter: 'response_format.json_schema'.", param="response_format")
    said = " ".join(content_text(place, message) for place, message in enumerate(chat.messages)).lower()
    if form and form.type == "json_object" and "json" not in said:
        raise WireError(
            400,
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            param="messages",
        )
    if chat.tool_choice not in (None, "none") and not chat.tools:
        raise WireError(400, "'tool_choice' is only allowed when 'tools' are specified.", param="tool_choice")
    if chat.stream_options and not chat.stream:
        raise WireError(
            400, "The 'stream_options' parameter is only allowed when 'stream' is enabled.", param="stream_options"
        )


def _choice(chat: ChatRequest) -> tuple[str, str]:
    if not isinstance(chat.tool_choice, dict):
        return chat.tool_choice or "auto", ""
    name = str((chat.tool_choice.get("function") or {}).get("name", ""))
    if name not in {tool.function.name for tool in chat.tools or []}:
        raise WireError(400, f"Tool choice '{name}' not found in 'tools' parameter.", param="tool_choice")
    return "required", name


def content_text(place: int, message: Message) -> str:
    """Return the text of a message's content: a string, or parts of text. Raises WireError for pictures and sound."""
    if message.content is None or isinstance(message.content, str):
        return message.content or ""
    texts = []
    for number, part in enumerate(message.content):
        kind = part.get("type")
        if kind not in ("text", "input_text", "output_text", "refusal"):
            raise WireError(
                400,
                f"Content of type '{kind}' is not supported by the stand-in: it reads text only.",
                param=f"messages[{place}].content[{number}].type",
            )
        text = part.get("refusal" if kind == "refusal" else "text")
        if not isinstance(text, str):
            raise WireError(
                400, f"A part of type '{kind}' needs a text.", param=f"messages[{place}].content[{number}].text"
            )
        texts.append(text)
    return "\n".join(texts)


def _turn(place: int, message: Message) -> list[Turn]:
    text = content_text(place, message)
    calls = tuple(Call(call.id, call.function.name, call.function.arguments) for call in message.tool_calls or [])
    if message.content is None and not calls and message.role != "assistant":
        raise WireError(
            400,
            f"Invalid value for 'content': expected a string, got null. The message is messages[{place}].",
            param=f"messages[{place}].content",
        )
    if message.role == "tool" and not message.tool_call_id:
        raise WireError(
            400, f"Missing required parameter: 'messages[{place}].tool_call_id'.", param=f"messages[{place}]"
        )
    role = "system" if message.role == "developer" else message.role
    failed = role == "tool" and looks_failed(text)
    return [Turn(role, text, calls, message.tool_call_id or "", failed)]


def looks_failed(result: str) -> bool:
    """Say whether the result of a tool reads like an error."""
    head = result.lstrip(" \n\t{\"'[").lower()
    return head.startswith(("error", "exception", "traceback", "failed", "unknown tool", "invalid", "timeout"))


def check_results(turns: list[Turn], param: str) -> None:
    """Raise a WireError if a tool's result belongs to no call, or if a call has no result."""
    waiting: list[str] = []
    for place, turn in enumerate(turns):
        if turn.role == "tool":
            if turn.call_id not in waiting:
                raise WireError(
                    400,
                    f"Invalid parameter: messages with role 'tool' must be a response to a preceding message with "
                    f"'tool_calls'; '{turn.call_id}' at {param}[{place}] answers no call.",
                    param=f"{param}[{place}].role",
                )
            waiting.remove(turn.call_id)
            continue
        unanswered(waiting, param)
        waiting = [call.id for call in turn.calls]
    unanswered(waiting, param)


def unanswered(waiting: list[str], param: str) -> None:
    """Raise a WireError if calls are still waiting for their results."""
    if waiting:
        raise WireError(
            400,
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(waiting)}",
            param=param,
        )


def body(request: Request, answer: Answer, usage: Usage) -> dict[str, Any]:
    """Return the body of an answer that isn't streamed."""
    refused = answer.stop is Stop.REFUSAL
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if refused or (answer.calls and not answer.text) else answer.text,
        "refusal": answer.text if refused else None,
        "annotations": [],
    }
    if answer.calls:
        message["tool_calls"] = [_call(call) for call in answer.calls]
    choice = {
        "index": 0,
        "message": message,
        "logprobs": logprobs(answer.text, answer.confidence) if request.logprobs else None,
        "finish_reason": FINISH.get(answer.stop, "stop"),
    }
    return {**_head(request, "chat.completion"), "choices": [choice], "usage": usage_body(usage)}


def events(request: Request, answer: Answer, usage: Usage) -> list[Event]:
    """Return the events of a streamed answer: a role, word by word, calls, the reason it ends, usage, [DONE]."""
    found = [_chunk(request, {"role": "assistant", "content": "", "refusal": None})]
    key = "refusal" if answer.stop is Stop.REFUSAL else "content"
    for place, piece in enumerate(pieces(answer.text)):
        sure = answer.confidence if place == 0 else 1.0
        found.append(_chunk(request, {key: piece}, tokens=1, logprobs=logprobs(piece, sure)))
    for index, call in enumerate(answer.calls):
        begin = {"index": index, **_call(Call(call.id, call.name, ""))}
        found.append(_chunk(request, {"tool_calls": [begin]}))
        for start in range(0, len(call.arguments), FRAGMENT):
            part = {"index": index, "function": {"arguments": call.arguments[start : start + FRAGMENT]}}
            found.append(_chunk(request, {"tool_calls": [part]}, tokens=1))
    found.append(_chunk(request, {}, finish=FINISH.get(answer.stop, "stop")))
    if request.include_usage:
        last = {**_head(request, "chat.completion.chunk"), "choices": [], "usage": usage_body(usage)}
        found.append(data(last))
    return [*found, Event("data: [DONE]\n\n")]


def error_event(error: WireError) -> Event:
    """Return an error in the middle of a stream."""
    return data(errors.openai_body(error))


def data(value: object, tokens: int = 0) -> Event:
    """Return an event without a name."""
    return Event(f"data: {dumps(value)}\n\n", tokens)


def usage_body(usage: Usage) -> dict[str, Any]:
    """Return the tokens as OpenAI counts them: cached ones are contained in the prompt's."""
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.prompt + usage.completion,
        "prompt_tokens_details": {"cached_tokens": usage.cached, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def logprobs(text: str, confidence: float) -> dict[str, Any]:
    """Return log-probabilities of words: the first has the skill's confidence, the others are certain."""
    from math import log

    content = []
    for place, piece in enumerate(pieces(text)):
        chance = max(confidence, 1e-6) if place == 0 else 1.0
        content.append(
            {"token": piece, "logprob": log(chance), "bytes": list(piece.encode()), "top_logprobs": []},
        )
    return {"content": content, "refusal": None}


def response_format(schema: Schema | None) -> str:
    """Name the form of an answer."""
    return "text" if schema is None else "json_schema"


def _head(request: Request, kind: str) -> dict[str, Any]:
    return {
        "id": request.identifier("chatcmpl-"),
        "object": kind,
        "created": CREATED,
        "model": request.model,
        "system_fingerprint": MARKER,
        "service_tier": "default",
    }


def _call(call: Call) -> dict[str, Any]:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}


def _chunk(
    request: Request,
    delta: dict[str, Any],
    *,
    tokens: int = 0,
    finish: str | None = None,
    logprobs: dict[str, Any] | None = None,
) -> Event:
    choice = {
        "index": 0,
        "delta": delta,
        "logprobs": logprobs if request.logprobs else None,
        "finish_reason": finish,
    }
    chunk = {**_head(request, "chat.completion.chunk"), "choices": [choice]}
    if request.include_usage:
        chunk["usage"] = None
    return data(chunk, tokens)


def models(names: list[str]) -> dict[str, Any]:
    """Return the list of models."""
    return {"object": "list", "data": [model(name) for name in names]}


def model(name: str) -> dict[str, Any]:
    """Return one model."""
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "handrail"}


def request_id(fingerprint: str) -> str:
    """Return the id of a request, the same for equal requests."""
    return "req_" + digest("request", fingerprint)[:24]
