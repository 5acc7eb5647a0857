"""OpenAI's responses, the newer shape: text, JSON schema and functions, whole or as a stream."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handrail.standin import errors
from handrail.standin.errors import WireError
from handrail.standin.openai_wire import FRAGMENT, Message, check_results, content_text, logprobs, looks_failed
from handrail.standin.request import (
    CREATED,
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

STATELESS = named("previous_response_id conversation background prompt")
"""These need a memory of earlier requests, which the stand-in doesn't have."""
IGNORED = named(
    "include max_tool_calls metadata moderation prompt_cache_key prompt_cache_options prompt_cache_retention reasoning "
    "safety_identifier service_tier store stream_options top_logprobs truncation user context_management "
    "access_programs"
)


class Format(BaseModel):
    """In which form the text is wanted."""

    model_config = ConfigDict(populate_by_name=True)
    type: Literal["text", "json_object", "json_schema"]
    name: str | None = None
    shape: dict[str, Any] | None = Field(default=None, alias="schema")


class Text(BaseModel):
    """How the text is wanted."""

    format: Format | None = None


class FunctionParam(BaseModel):
    """A function that is offered."""

    type: Literal["function"]
    name: str = Field(min_length=1)
    description: str | None = None
    parameters: dict[str, Any] | None = None


class ResponsesRequest(BaseModel):
    """The body of `POST /v1/responses`."""

    model_config = ConfigDict(extra="allow")
    model: str
    input: str | list[dict[str, Any]]
    instructions: str | None = None
    max_output_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    stream: bool | None = None
    text: Text | None = None
    tools: list[FunctionParam] | None = None
    tool_choice: Literal["none", "auto", "required"] | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None


def parse(body: dict[str, Any], fingerprint: str) -> Request:
    """Read the body of a request. Raises WireError with a 400 that names what is wrong."""
    try:
        asked = ResponsesRequest.model_validate(body)
    except ValidationError as error:
        errors.invalid(error)
    for name, value in (asked.model_extra or {}).items():
        if name in STATELESS and value:
            raise WireError(400, f"'{name}' is not supported by the stand-in: it remembers no responses.", param=name)
        if name not in IGNORED and name not in STATELESS:
            raise WireError(400, f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    turns = _turns(asked.input)
    form = asked.text.format if asked.text else None
    forced = str(asked.tool_choice.get("name", "")) if isinstance(asked.tool_choice, dict) else ""
    return Request(
        model=asked.model,
        system="\n\n".join([*filter(None, [asked.instructions]), *(t.text for t in turns if t.role == "system")]),
        turns=tuple(turn for turn in turns if turn.role != "system"),
        fingerprint=fingerprint,
        tools=tuple(Tool(tool.name, tool.description or "", tool.parameters or {}) for tool in asked.tools or []),
        choice="required" if forced else str(asked.tool_choice or "auto"),
        forced=forced,
        parallel=asked.parallel_tool_calls is not False,
        schema=form.shape if form and form.type == "json_schema" else None,
        as_json=bool(form and form.type == "json_object"),
        temperature=asked.temperature or 0.0,
        max_tokens=asked.max_output_tokens,
        stream=bool(asked.stream),
    )


def _turns(given: str | list[dict[str, Any]]) -> list[Turn]:
    if isinstance(given, str):
        return [Turn("user", given)]
    turns: list[Turn] = []
    for place, item in enumerate(given):
        kind = item.get("type", "message")
        if kind == "function_call":
            call = Call(str(item.get("call_id")), str(item.get("name")), str(item.get("arguments", "{}")))
            if turns and turns[-1].calls:
                turns[-1] = Turn("assistant", turns[-1].text, (*turns[-1].calls, call))
            else:
                turns.append(Turn("assistant", "", (call,)))
        elif kind == "function_call_output":
            output = str(item.get("output", ""))
            turns.append(Turn("tool", output, (), str(item.get("call_id")), looks_failed(output)))
        elif kind == "message":
            turns.append(_message(place, item))
        elif kind != "reasoning":
            raise WireError(400, f"Input of type '{kind}' is not supported by the stand-in.", param=f"input[{place}]")
    check_results(turns, "input")
    return turns


def _message(place: int, item: dict[str, Any]) -> Turn:
    try:
        message = Message.model_validate({"role": item.get("role"), "content": item.get("content")})
    except ValidationError as error:
        errors.invalid(error)
    role = "system" if message.role == "developer" else message.role
    return Turn(role, content_text(place, message))


def body(request: Request, answer: Answer, usage: Usage) -> dict[str, Any]:
    """Return the body of an answer that isn't streamed."""
    cut = answer.stop is Stop.LENGTH
    return {
        **_head(request),
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "output": _items(request, answer),
        "usage": {
            "input_tokens": usage.prompt,
            "input_tokens_details": {"cached_tokens": usage.cached, "cache_write_tokens": 0},
            "output_tokens": usage.completion,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": usage.prompt + usage.completion,
        },
    }


def events(request: Request, answer: Answer, usage: Usage) -> list[Event]:
    """Return the events of a streamed answer, numbered."""
    whole = body(request, answer, usage)
    begun = {**_head(request), "status": "in_progress", "incomplete_details": None, "output": [], "usage": None}
    named: list[tuple[str, dict[str, Any], int]] = [("response.created", {"response": begun}, 0)]
    named.append(("response.in_progress", {"response": begun}, 0))
    for index, item in enumerate(whole["output"]):
        named += _message_events(index, item) if item["type"] == "message" else _call_events(index, item)
    last = "response.incomplete" if whole["status"] == "incomplete" else "response.completed"
    named.append((last, {"response": whole}, 0))
    return [
        Event(f"event: {name}\ndata: {dumps({'type': name, 'sequence_number': number, **fields})}\n\n", count)
        for number, (name, fields, count) in enumerate(named)
    ]


def _message_events(index: int, item: dict[str, Any]) -> list[tuple[str, dict[str, Any], int]]:
    part = item["content"][0]
    kind = "output_text" if part["type"] == "output_text" else "refusal"
    key = "text" if kind == "output_text" else "refusal"
    extra: dict[str, Any] = {"logprobs": []} if kind == "output_text" else {}
    place = {"item_id": item["id"], "output_index": index, "content_index": 0}
    begun = {"output_index": index, "item": {**item, "status": "in_progress", "content": []}}
    found: list[tuple[str, dict[str, Any], int]] = [("response.output_item.added", begun, 0)]
    found.append(("response.content_part.added", {**place, "part": {**part, key: ""}}, 0))
    found += [(f"response.{kind}.delta", {**place, "delta": piece, **extra}, 1) for piece in pieces(part[key])]
    found.append((f"response.{kind}.done", {**place, key: part[key], **extra}, 0))
    found.append(("response.content_part.done", {**place, "part": part}, 0))
    return [*found, ("response.output_item.done", {"output_index": index, "item": item}, 0)]


def _call_events(index: int, item: dict[str, Any]) -> list[tuple[str, dict[str, Any], int]]:
    place = {"item_id": item["id"], "output_index": index}
    text = item["arguments"]
    begun = {"output_index": index, "item": {**item, "status": "in_progress", "arguments": ""}}
    found: list[tuple[str, dict[str, Any], int]] = [("response.output_item.added", begun, 0)]
    found += [
        ("response.function_call_arguments.delta", {**place, "delta": text[at : at + FRAGMENT]}, 1)
        for at in range(0, len(text), FRAGMENT)
    ]
    done = {**place, "arguments": text, "name": item["name"]}
    found.append(("response.function_call_arguments.done", done, 0))
    return [*found, ("response.output_item.done", {"output_index": index, "item": item}, 0)]


def _items(request: Request, answer: Answer) -> list[dict[str, Any]]:
    status = "incomplete" if answer.stop is Stop.LENGTH else "completed"
    found: list[dict[str, Any]] = []
    if answer.text or not answer.calls:
        part: dict[str, Any] = {"type": "output_text", "text": answer.text, "annotations": [], "logprobs": []}
        if request.logprobs:
            part["logprobs"] = logprobs(answer.text, answer.confidence)["content"]
        if answer.stop is Stop.REFUSAL:
            part = {"type": "refusal", "refusal": answer.text}
        number = request.identifier("msg_")
        found.append({"id": number, "type": "message", "role": "assistant", "status": status, "content": [part]})
    for call in answer.calls:
        function = {"call_id": call.id, "name": call.name, "arguments": call.arguments}
        found.append({"id": f"fc_{call.id}", "type": "function_call", "status": status, **function})
    return found


def _head(request: Request) -> dict[str, Any]:
    tools = [
        {"type": "function", "name": t.name, "description": t.description, "parameters": t.parameters, "strict": False}
        for t in request.tools
    ]
    form: dict[str, Any] = {"type": "text"}
    if request.schema is not None:
        form = {"type": "json_schema", "name": "answer", "schema": request.schema, "strict": True}
    return {
        "id": request.identifier("resp_"),
        "object": "response",
        "created_at": CREATED,
        "model": request.model,
        "error": None,
        "instructions": request.system or None,
        "metadata": {},
        "parallel_tool_calls": request.parallel,
        "temperature": request.temperature,
        "tool_choice": {"type": "function", "name": request.forced} if request.forced else request.choice,
        "tools": tools,
        "top_p": 1.0,
        "max_output_tokens": request.max_tokens,
        "text": {"format": form},
    }
