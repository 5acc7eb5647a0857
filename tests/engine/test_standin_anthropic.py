"""The stand-in under Anthropic's own SDK: messages, streams, tools, schemas, counted tokens, caching, errors."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any, Literal

import anthropic
import httpx2
import pytest
from anthropic.types import Message, RawMessageStreamEvent
from pydantic import BaseModel, TypeAdapter, ValidationError

from handrail.standin.server import Server

pytestmark = pytest.mark.usefixtures("without_minilm")

PASSAGES = (
    "<doc id='leave'>Employees receive 25 days of paid leave per year. Unused days expire in March.</doc>\n"
    "<doc id='office'>The office opens at eight.</doc>\n\n"
    'If the answer is not in the documents, say "I do not know." Cite the document.\n'
    "Question: How many days of paid leave do employees receive?"
)
WEATHER = {
    "name": "get_weather",
    "description": "Get the weather in a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=server.url, api_key="test", max_retries=0) as one:
        yield one


def ask(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "standin-small", "max_tokens": 200, "messages": [{"role": "user", "content": text}], **more}


def test_an_answer_is_a_message(client: anthropic.Anthropic) -> None:
    answer = client.messages.create(**ask(PASSAGES))
    assert answer.content[0].text == "Employees receive 25 days of paid leave per year. [leave]"
    assert answer.stop_reason == "end_turn" and answer.id.startswith("msg_")
    TypeAdapter(Message).validate_python(answer.model_dump())


def test_counted_tokens_are_those_of_the_answer(client: anthropic.Anthropic) -> None:
    asked = {"model": "standin-small", "messages": [{"role": "user", "content": PASSAGES}], "tools": [WEATHER]}
    counted = client.messages.count_tokens(**asked).input_tokens
    assert counted == client.messages.create(**asked, max_tokens=9, tool_choice={"type": "none"}).usage.input_tokens
    with pytest.raises(anthropic.NotFoundError):
        client.messages.count_tokens(**asked | {"model": "claude"})


def test_a_joined_stream_is_the_answer(client: anthropic.Anthropic) -> None:
    whole = client.messages.create(**ask(PASSAGES))
    with client.messages.stream(**ask(PASSAGES)) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text == whole.content[0].text
    assert final.model_dump(exclude={"content"}) == whole.model_dump(exclude={"content"})


def test_raw_events_come_in_their_order(client: anthropic.Anthropic) -> None:
    events = list(client.messages.create(**ask(PASSAGES), stream=True))
    for event in events:
        TypeAdapter(RawMessageStreamEvent).validate_python(event.model_dump())
    kinds = list(dict.fromkeys(event.type for event in events))
    assert kinds == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


GOLDEN = """\
event: message_start
data: {"type": "message_start", "message": {"id": "ID", "type": "message", "role": "assistant", "model": \
"standin-small", "content": [], "stop_reason": null, "stop_sequence": null, "usage": {"input_tokens": 8, \
"output_tokens": 1, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "service_tier": "standard"}}}

event: content_block_start
data: {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}

event: ping
data: {"type": "ping"}

event: content_block_delta
data: {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "I"}}

event: content_block_delta
data: {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": " am"}}

event: content_block_stop
data: {"type": "content_block_stop", "index": 0}

event: message_delta
data: {"type": "message_delta", "delta": {"stop_reason": "max_tokens", "stop_sequence": null}, "usage": \
{"output_tokens": 2}}

event: message_stop
data: {"type": "message_stop"}

"""


def test_the_stream_on_the_wire_is_the_golden_one(server: Server) -> None:
    with httpx2.Client() as plain:
        body = ask("Hello", stream=True) | {"max_tokens": 2}
        answer = plain.post(f"{server.url}/v1/messages", json=body, headers={"x-api-key": "test"})
    assert re.sub(r"msg_\w+", "ID", answer.text) == GOLDEN


def test_a_tool_is_called_and_its_result_is_used(client: anthropic.Anthropic) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = client.messages.create(model="standin-small", max_tokens=99, messages=messages, tools=[WEATHER])
    call = first.content[0]
    assert call.type == "tool_use" and (call.name, call.input) == ("get_weather", {"city": "Paris"})
    assert first.stop_reason == "tool_use"
    result = {"type": "tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": "sunny"}]}
    messages += [{"role": "assistant", "content": first.content}, {"role": "user", "content": [result]}]
    second = client.messages.create(model="standin-small", max_tokens=99, messages=messages, tools=[WEATHER])
    assert second.content[0].text == "get_weather returned sunny."


def test_a_failed_call_is_made_once_more_and_then_given_up(client: anthropic.Anthropic) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    asked = {"model": "standin-small", "max_tokens": 99, "tools": [WEATHER]}
    for _ in range(2):
        call = client.messages.create(messages=messages, **asked).content[0]
        assert call.type == "tool_use"
        result = {"type": "tool_result", "tool_use_id": call.id, "content": "no route", "is_error": True}
        messages += [{"role": "assistant", "content": [call.model_dump()]}, {"role": "user", "content": [result]}]
    final = client.messages.create(messages=messages, **asked).content[0]
    assert final.text == "I could not finish: get_weather failed 2 times (no route)."


def test_a_streamed_call_joins_to_the_same_call(client: anthropic.Anthropic) -> None:
    asked = ask("What is the weather in Paris and Berlin?", tools=[WEATHER])
    whole = client.messages.create(**asked)
    with client.messages.stream(**asked) as stream:
        final = stream.get_final_message()
    assert [block.input for block in final.content] == [block.input for block in whole.content]
    assert len(whole.content) == 2 and final.stop_reason == "tool_use"
    one = client.messages.create(**asked, tool_choice={"type": "auto", "disable_parallel_tool_use": True})
    assert len(one.content) == 1


def test_a_tool_can_be_forced(client: anthropic.Anthropic) -> None:
    for choice in ({"type": "tool", "name": "get_weather"}, {"type": "any"}):
        answer = client.messages.create(**ask("Hello Anna", tools=[WEATHER], tool_choice=choice))
        assert answer.content[0].input == {"city": "Anna"}


class Invoice(BaseModel):
    vendor: str
    total: float
    currency: Literal["EUR", "USD"]


def test_a_schema_is_filled_and_parsed(client: anthropic.Anthropic) -> None:
    asked = ask("Invoice from Acme Tools. Total: 37.50 EUR.", output_format=Invoice)
    assert client.messages.parse(**asked).parsed_output == Invoice(vendor="Acme Tools", total=37.5, currency="EUR")
    with pytest.raises(ValidationError):
        client.messages.parse(**asked | {"max_tokens": 3})


def test_limits_and_stop_sequences_end_an_answer(client: anthropic.Anthropic) -> None:
    cut = client.messages.create(**ask(PASSAGES) | {"max_tokens": 4})
    assert (cut.content[0].text, cut.stop_reason) == ("Employees receive 25 days", "max_tokens")
    stopped = client.messages.create(**ask(PASSAGES), stop_sequences=[" of"])
    assert (stopped.content[0].text, stopped.stop_reason) == ("Employees receive 25 days", "stop_sequence")
    assert stopped.stop_sequence == " of"


def test_settings_that_the_sdk_lacks_go_through_the_body(client: anthropic.Anthropic) -> None:
    def said(number: int) -> str:
        asked = ask(PASSAGES + " " * number)
        return client.messages.create(**asked, extra_body={"temperature": 1.0}).content[0].text

    assert len({said(number) for number in range(12)}) > 1
    with pytest.raises(anthropic.BadRequestError, match="temperature"):
        client.messages.create(**ask("Hello"), extra_body={"temperature": 2})


def test_a_marked_prefix_is_cached(client: anthropic.Anthropic) -> None:
    rules = [{"type": "text", "text": "Rule of the house. " * 100, "cache_control": {"type": "ephemeral"}}]
    first = client.messages.create(**ask("Hello", system=rules)).usage
    second = client.messages.create(**ask("Good morning", system=rules)).usage
    assert first.cache_creation_input_tokens > 256 and first.cache_read_input_tokens == 0
    assert second.cache_read_input_tokens == first.cache_creation_input_tokens
    assert second.cache_creation_input_tokens == 0 and second.input_tokens < 20


def test_models_are_listed(client: anthropic.Anthropic) -> None:
    assert [model.id for model in client.models.list()] == ["standin-small", "standin-large", "standin-embed"]
    assert "not a language model" in client.models.retrieve("standin-large").display_name


CALL = {"role": "assistant", "content": [{"type": "tool_use", "id": "x", "name": "f", "input": {}}]}
RESULT = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "y", "content": "1"}]}
HELLO = {"role": "user", "content": "Hello"}
PICTURE = {"role": "user", "content": [{"type": "image", "source": {"type": "url", "url": "https://halden.example/a"}}]}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [CALL]}, "first message must use the"),
        ({"messages": [HELLO, CALL, HELLO]}, "without `tool_result` blocks immediately after: x"),
        ({"messages": [HELLO, CALL]}, "without `tool_result` blocks immediately after: x"),
        ({"messages": [HELLO, RESULT]}, "unexpected `tool_use_id`"),
        ({"messages": [{"role": "user", "content": ""}]}, "must be non-empty"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": ""}]}]}, "must be non-empty"),
        ({"messages": [{"role": "system", "content": "x"}]}, "role"),
        ({"messages": [PICTURE]}, "'image' is not supported"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"extra_body": {"max_tokens": None}}, "max_tokens"),
        ({"extra_body": {"n": 2}}, "n: Extra inputs are not permitted"),
        ({"tools": [WEATHER], "tool_choice": {"type": "tool", "name": "g"}}, "'g' not found"),
        ({"tools": [{"name": "a b", "input_schema": {}}]}, "name"),
        ({"system": [{"type": "image"}]}, "only text"),
    ],
)
def test_a_bad_request_says_what_is_wrong(client: anthropic.Anthropic, more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(anthropic.BadRequestError, match=sentence) as caught:
        client.messages.create(**{**ask("Hello"), **more})
    assert caught.value.body["error"]["type"] == "invalid_request_error"
    assert caught.value.request_id.startswith("req_")


def test_every_setting_of_the_sdk_is_known() -> None:
    from typing import get_type_hints

    from anthropic.types import message_create_params

    from handrail.standin import anthropic_wire

    known = anthropic_wire.IGNORED | set(anthropic_wire.MessagesRequest.model_fields)
    assert set(get_type_hints(message_create_params.MessageCreateParamsNonStreaming)) - known <= {"container"}


STATUSES = {
    400: (anthropic.BadRequestError, "invalid_request_error"),
    401: (anthropic.AuthenticationError, "authentication_error"),
    402: (anthropic.PaymentRequiredError, "billing_error"),
    403: (anthropic.PermissionDeniedError, "permission_error"),
    404: (anthropic.NotFoundError, "not_found_error"),
    408: (anthropic.RequestTimeoutError, "timeout_error"),
    409: (anthropic.ConflictError, "invalid_request_error"),
    413: (anthropic.ContentTooLargeError, "request_too_large"),
    422: (anthropic.UnprocessableEntityError, "invalid_request_error"),
    429: (anthropic.RateLimitError, "rate_limit_error"),
    500: (anthropic.InternalServerError, "api_error"),
    503: (anthropic.ServiceUnavailableError, "api_error"),
    504: (anthropic.GatewayTimeoutError, "timeout_error"),
    529: (anthropic.OverloadedError, "overloaded_error"),
}


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_raises_its_error(client: anthropic.Anthropic, status: int) -> None:
    error, kind = STATUSES[status]
    with pytest.raises(error) as caught:
        client.messages.create(**ask("Hello"), extra_headers={"x-handrail-fault": str(status)})
    assert type(caught.value) is error and caught.value.body["error"]["type"] == kind


def test_time_outs_and_broken_connections_raise_theirs(client: anthropic.Anthropic) -> None:
    with pytest.raises(anthropic.APITimeoutError):
        client.messages.create(**ask("Hello"), timeout=0.1, extra_headers={"x-handrail-fault": "sleep:1"})
    with pytest.raises(anthropic.APIConnectionError):
        client.messages.create(**ask("Hello"), extra_headers={"x-handrail-fault": "disconnect"})


def test_an_overload_in_a_stream_has_the_status_of_the_stream(client: anthropic.Anthropic) -> None:
    stream = client.messages.create(
        **ask("Hello"), stream=True, extra_headers={"x-handrail-fault": "overload_midstream"}
    )
    with pytest.raises(anthropic.APIStatusError, match="overloaded_error") as caught:
        list(stream)
    assert caught.value.status_code == 200


def test_keys_are_taken_from_either_header(server: Server) -> None:
    with httpx2.Client() as plain:
        url = f"{server.url}/v1/messages"
        assert plain.post(url, json=ask("Hello"), headers={"x-api-key": "k"}).status_code == 200
        assert plain.post(url, json=ask("Hello"), headers={"authorization": "Bearer k"}).status_code == 200
        assert plain.post(url, json=ask("Hello"), headers={"x-api-key": "wrong"}).status_code == 401
        missing = plain.post(url, json=ask("Hello"))
    assert missing.status_code == 401 and missing.json()["error"]["type"] == "authentication_error"


def test_the_asynchronous_client_streams(server: Server) -> None:
    async def all_at_once() -> list[str]:
        async with anthropic.AsyncAnthropic(base_url=server.url, api_key="test", max_retries=0) as client:

            async def one(number: int) -> str:
                async with client.messages.stream(**ask(PASSAGES.replace("25", str(number + 30)))) as stream:
                    return "".join([text async for text in stream.text_stream])

            return await asyncio.gather(*map(one, range(10)))

    found = asyncio.run(all_at_once())
    assert found == [f"Employees receive {n + 30} days of paid leave per year. [leave]" for n in range(10)]
