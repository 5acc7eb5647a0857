"""Anthropic's messages: a request read and checked, an answer written whole or as a stream."""

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handrail.standin import errors
from handrail.standin.errors import WireError
from handrail.standin.request import (
    WINDOWS,
    Answer,
    Call,
    Event,
    Request,
    Stop,
    Tool,
    Turn,
    Usage,
    dumps,
    named,
    pieces,
)

STOP = {
    Stop.END: "end_turn",
    Stop.LENGTH: "max_tokens",
    Stop.SEQUENCE: "stop_sequence",
    Stop.TOOLS: "tool_use",
    Stop.REFUSAL: "refusal",
}
FRAGMENT = 8
"""The input of a tool is streamed in pieces of this many characters."""
DROPPED = {"thinking", "redacted_thinking"}
"""Blocks of earlier answers that are read and have no effect."""


class ToolParam(BaseModel):
    """A tool that is offered."""

    model_config = ConfigDict(extra="allow")
    name: str = Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9_-]+$")
    description: str | None = None
    input_schema: dict[str, Any]
    type: Literal["custom"] | None = None


class ToolChoice(BaseModel):
    """Whether, and which tool has to be called."""

    type: Literal["auto", "any", "tool", "none"]
    name: str | None = None
    disable_parallel_tool_use: bool = False


class Message(BaseModel):
    """One message of the conversation."""

    role: Literal["user", "assistant"]
    content: str | list[dict[str, Any]]


class OutputFormat(BaseModel):
    """A schema that the answer has to follow."""

    model_config = ConfigDict(populate_by_name=True)
    type: Literal["json_schema"]
    shape: dict[str, Any] = Field(alias="schema")


class OutputConfig(BaseModel):
    """How the answer is wanted."""

    format: OutputFormat | None = None
    effort: str | None = None


class CountRequest(BaseModel):
    """The body of `POST /v1/messages/count_tokens`."""

    model_config = ConfigDict(extra="allow")
    model: str
    messages: list[Message] = Field(min_length=1)
    system: str | list[dict[str, Any]] | None = None
    tools: list[ToolParam] | None = None
    tool_choice: ToolChoice | None = None
    output_config: OutputConfig | None = None


class MessagesRequest(CountRequest):
    """The body of `POST /v1/messages`. What is accepted without an effect is in `IGNORED`."""

    max_tokens: int = Field(ge=1)
    stop_sequences: list[str] | None = None
    stream: bool | None = None
    temperature: float | None = Field(default=None, ge=0, le=1)
    top_p: float | None = Field(default=None, ge=0, le=1)
    top_k: int | None = Field(default=None, ge=0)


IGNORED = named(
    "betas cache_control diagnostics inference_geo metadata service_tier speed thinking user_profile_id "
    "workspace_id context_management"
)


def parse(body: dict[str, Any], fingerprint: str, *, counting: bool = False) -> Request:
    """Read the body of a request. Raises WireError with a 400 that names what is wrong."""
    try:
        messages = (CountRequest if counting else MessagesRequest).model_validate(body)
    except ValidationError as error:
        errors.invalid(error)
    for name in messages.model_extra or {}:
        if name not in IGNORED:
            raise WireError(400, f"{name}: Extra inputs are not permitted", param=name)
    turns, marks = _turns(messages)
    choice = messages.tool_choice or ToolChoice(type="auto")
    if choice.type == "tool" and choice.name not in {tool.name for tool in messages.tools or []}:
        raise WireError(400, f"Tool '{choice.name}' not found in provided tools", param="tool_choice.name")
    config = messages.output_config
    rest = (
        messages if isinstance(messages, MessagesRequest) else MessagesRequest.model_validate({**body, "max_tokens": 1})
    )
    return Request(
        model=messages.model,
        system=_blocks_text("system", messages.system or ""),
        turns=tuple(turns),
        fingerprint=fingerprint,
        tools=tuple(Tool(tool.name, tool.description or "", tool.input_schema) for tool in messages.tools or []),
        choice={"any": "required", "tool": "required"}.get(choice.type, choice.type),
        forced=(choice.name or "") if choice.type == "tool" else "",
        parallel=not choice.disable_parallel_tool_use,
        schema=config.format.shape if config and config.format else None,
        temperature=rest.temperature or 0.0,
        stop=tuple(rest.stop_sequences or []),
        max_tokens=rest.max_tokens,
        stream=bool(rest.stream),
        cache_marks=tuple(marks),
        automatic_cache=False,
    )


def _turns(messages: CountRequest) -> tuple[list[Turn], list[int]]:
    """Return the turns, and after how many segments of the prompt a mark for the cache stands."""
    if messages.messages[0].role != "user":
        raise WireError(400, 'messages: first message must use the "user" role', param="messages[0].role")
    turns: list[Turn] = []
    waiting: list[str] = []
    config = messages.output_config
    before = len(messages.tools or []) + bool(config and config.format)
    marks = [
        place + 1 for place, tool in enumerate(messages.tools or []) if (tool.model_extra or {}).get("cache_control")
    ]
    before += bool(messages.system)
    if _marked(messages.system):
        marks.append(before)
    for place, message in enumerate(messages.messages):
        read = _message_turns(place, message)
        _check_results(place, waiting, read)
        waiting = [call.id for turn in read for call in turn.calls]
        turns += read
        if _marked(message.content):
            marks.append(before + len(turns))
    if waiting:
        raise _missing_results(len(messages.messages), waiting)
    if (messages.model_extra or {}).get("cache_control"):
        marks.append(before + len(turns))
    return turns, marks


def _marked(content: str | list[dict[str, Any]] | None) -> bool:
    return isinstance(content, list) and any(block.get("cache_control") for block in content)


def _check_results(place: int, waiting: list[str], read: list[Turn]) -> None:
    given = [turn.call_id for turn in read if turn.role == "tool"]
    if strange := [call for call in given if call not in waiting]:
        raise WireError(
            400,
            f"messages.{place}.content.0: unexpected `tool_use_id` found in `tool_result` blocks: {strange[0]}. Each "
            "`tool_result` block must have a corresponding `tool_use` block in the previous message.",
            param=f"messages[{place}]",
        )
    if missing := [call for call in waiting if call not in given]:
        raise _missing_results(place, missing)


def _missing_results(place: int, missing: list[str]) -> WireError:
    return WireError(
        400,
        f"messages.{place - 1}: `tool_use` ids were found without `tool_result` blocks immediately after: "
        f"{', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` block in the next "
        "message.",
        param=f"messages[{place - 1}]",
    )


def _message_turns(place: int, message: Message) -> list[Turn]:
    if isinstance(message.content, str):
        if not message.content:
            raise WireError(400, f"messages.{place}: text content must be non-empty", param=f"messages[{place}]")
        return [Turn(message.role, message.content)]
    results: list[Turn] = []
    texts: list[str] = []
    calls: list[Call] = []
    for number, block in enumerate(message.content):
        where = f"messages.{place}.content.{number}"
        kind = block.get("type")
        if kind == "text":
            texts.append(_text(where, block))
        elif kind == "tool_use" and message.role == "assistant":
            calls.append(Call(str(block.get("id")), str(block.get("name")), dumps(block.get("input") or {})))
        elif kind == "tool_result" and message.role == "user":
            text = _blocks_text(where, block.get("content") or "")
            results.append(Turn("tool", text, (), str(block.get("tool_use_id")), bool(block.get("is_error"))))
        elif kind not in DROPPED:
            raise WireError(400, f"{where}: content of type '{kind}' is not supported by the stand-in", param=where)
    own = [Turn(message.role, "\n".join(texts), tuple(calls))] if texts or calls or not results else []
    return [*results, *own]


def _text(where: str, block: dict[str, Any]) -> str:
    text = block.get("text")
    if not isinstance(text, str) or not text:
        raise WireError(400, f"{where}: text content blocks must be non-empty", param=where)
    return text


def _blocks_text(where: str, content: Any) -> str:
    if isinstance(content, str):
        return content
    if not isinstance(content, list) or any(not isinstance(b, dict) or b.get("type") != "text" for b in content):
        raise WireError(400, f"{where}: only text is supported by the stand-in", param=where)
    return "\n".join(_text(where, block) for block in content)


def body(request: Request, answer: Answer, usage: Usage) -> dict[str, Any]:
    """Return the body of an answer that isn't streamed."""
    content: list[dict[str, Any]] = [{"type": "text", "text": answer.text, "citations": None}] if answer.text else []
    content += [{"type": "tool_use", "id": call.id, "name": call.name, "input": call.values()} for call in answer.calls]
    return {
        **_head(request),
        "content": content,
        "stop_reason": STOP[answer.stop],
        "stop_sequence": answer.stop_sequence,
        "usage": usage_body(usage),
    }


def events(request: Request, answer: Answer, usage: Usage) -> list[Event]:
    """Return the events of a streamed answer: message_start, one block after the other, message_stop."""
    start = {**_head(request), "content": [], "stop_reason": None, "stop_sequence": None}
    start["usage"] = {**usage_body(usage), "output_tokens": 1}
    found = [_event("message_start", {"message": start})]
    if answer.text:
        found += _block(0, {"type": "text", "text": ""}, "text_delta", "text", pieces(answer.text))
    for index, call in enumerate(answer.calls, bool(answer.text)):
        fragments = [call.arguments[at : at + FRAGMENT] for at in range(0, len(call.arguments), FRAGMENT)]
        begin = {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}
        found += _block(index, begin, "input_json_delta", "partial_json", fragments)
    delta = {"stop_reason": STOP[answer.stop], "stop_sequence": answer.stop_sequence}
    found.append(_event("message_delta", {"delta": delta, "usage": {"output_tokens": usage.completion}}))
    return [*found, _event("message_stop", {})]


def _block(index: int, begin: dict[str, Any], kind: str, key: str, parts: list[str]) -> list[Event]:
    found = [_event("content_block_start", {"index": index, "content_block": begin})]
    if index == 0:
        found.append(_event("ping", {}))
    found += [
        _event("content_block_delta", {"index": index, "delta": {"type": kind, key: part}}, tokens=1) for part in parts
    ]
    return [*found, _event("content_block_stop", {"index": index})]


def error_event(error: WireError, request_id: str) -> Event:
    """Return an error in the middle of a stream."""
    return Event(f"event: error\ndata: {dumps(errors.anthropic_body(error, request_id))}\n\n")


def usage_body(usage: Usage) -> dict[str, Any]:
    """Return the tokens as Anthropic counts them: cached ones are not contained in the input's."""
    return {
        "input_tokens": usage.prompt - usage.cached - usage.written,
        "output_tokens": usage.completion,
        "cache_creation_input_tokens": usage.written,
        "cache_read_input_tokens": usage.cached,
        "service_tier": "standard",
    }


def _head(request: Request) -> dict[str, Any]:
    return {"id": request.identifier("msg_"), "type": "message", "role": "assistant", "model": request.model}


def _event(name: str, fields: dict[str, Any], tokens: int = 0) -> Event:
    return Event(f"event: {name}\ndata: {json.dumps({'type': name, **fields}, ensure_ascii=False)}\n\n", tokens)


def models(names: list[str]) -> dict[str, Any]:
    """Return the list of models."""
    found = [model(name) for name in names]
    return {"data": found, "has_more": False, "first_id": names[0], "last_id": names[-1]}


def model(name: str) -> dict[str, Any]:
    """Return one model."""
    return {
        "id": name,
        "type": "model",
        "display_name": f"{name} (a stand-in, not a language model)",
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "active",
        "max_input_tokens": WINDOWS[name],
        "max_tokens": WINDOWS[name],
    }
