"""The stand-in under OpenAI's own SDK: chat, streams, tools, schemas, responses, embeddings, models, errors."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any, Literal

import httpx2
import openai
import pytest
from openai.types import CreateEmbeddingResponse
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response
from pydantic import BaseModel, TypeAdapter

from handrail.standin.server import Server

pytestmark = pytest.mark.usefixtures("without_minilm")

PASSAGES = (
    "[1] Employees receive 25 days of paid leave per year. Unused days expire in March.\n"
    "[2] The office opens at eight.\n\n"
    'If the answer is not in the passages, say "I do not know." Cite the passage.\n'
    "Question: How many days of paid leave do employees receive?"
)
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="test", max_retries=0) as one:
        yield one


def ask(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "standin-small", "messages": [{"role": "user", "content": text}], **more}


def test_an_answer_is_a_chat_completion(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(**ask(PASSAGES))
    assert answer.choices[0].message.content == "Employees receive 25 days of paid leave per year. [1]"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.system_fingerprint == "handrail-standin-1"
    assert answer.usage is not None and answer.usage.total_tokens == (
        answer.usage.prompt_tokens + answer.usage.completion_tokens
    )
    TypeAdapter(ChatCompletion).validate_python(answer.model_dump(), strict=False)


def test_every_response_says_that_it_is_of_a_stand_in(client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(**ask("Hello"))
    assert raw.headers["x-handrail-standin"] == "1"
    assert raw.headers["x-request-id"] == raw.headers["request-id"]
    assert raw.headers["openai-processing-ms"] == "0"


def test_equal_requests_get_equal_bytes(client: openai.OpenAI) -> None:
    one, two = (client.chat.completions.with_raw_response.create(**ask("Hello, again")) for _ in range(2))
    assert one.text == two.text and one.headers == two.headers


def test_a_joined_stream_is_the_answer(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(**ask(PASSAGES))
    chunks = list(client.chat.completions.create(**ask(PASSAGES), stream=True))
    for chunk in chunks:
        TypeAdapter(ChatCompletionChunk).validate_python(chunk.model_dump())
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant" and chunks[-1].choices[0].finish_reason == "stop"
    assert {chunk.id for chunk in chunks} == {whole.id}


def test_the_usage_of_a_stream_comes_last_and_without_choices(client: openai.OpenAI) -> None:
    options = {"include_usage": True}
    chunks = list(client.chat.completions.create(**ask(PASSAGES), stream=True, stream_options=options))
    assert chunks[-1].choices == [] and chunks[-1].usage is not None
    assert chunks[-1].usage == client.chat.completions.create(**ask(PASSAGES)).usage
    assert all(chunk.usage is None for chunk in chunks[:-1])


GOLDEN = """\
data: {"id": "ID", "object": "chat.completion.chunk", "created": 1767225600, "model": "standin-small", \
"system_fingerprint": "handrail-standin-1", "service_tier": "default", "choices": [{"index": 0, "delta": \
{"role": "assistant", "content": "", "refusal": null}, "logprobs": null, "finish_reason": null}]}

data: {"id": "ID", "object": "chat.completion.chunk", "created": 1767225600, "model": "standin-small", \
"system_fingerprint": "handrail-standin-1", "service_tier": "default", "choices": [{"index": 0, "delta": \
{"content": "I"}, "logprobs": null, "finish_reason": null}]}

data: {"id": "ID", "object": "chat.completion.chunk", "created": 1767225600, "model": "standin-small", \
"system_fingerprint": "handrail-standin-1", "service_tier": "default", "choices": [{"index": 0, "delta": \
{"content": " am"}, "logprobs": null, "finish_reason": null}]}

data: {"id": "ID", "object": "chat.completion.chunk", "created": 1767225600, "model": "standin-small", \
"system_fingerprint": "handrail-standin-1", "service_tier": "default", "choices": [{"index": 0, "delta": {}, \
"logprobs": null, "finish_reason": "length"}]}

data: [DONE]

"""


def test_the_stream_on_the_wire_is_the_golden_one(server: Server) -> None:
    with httpx2.Client() as plain:
        answer = plain.post(
            f"{server.url}/v1/chat/completions",
            json=ask("Hello", stream=True, max_tokens=2),
            headers={"authorization": "Bearer test"},
        )
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert re.sub(r"chatcmpl-\w+", "ID", answer.text) == GOLDEN


def test_the_helper_for_streams_works(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(**ask(PASSAGES)) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_completion()
    assert kinds[-1] == "content.done" and final.choices[0].message.content.endswith("[1]")


def test_a_limit_of_tokens_cuts_the_answer(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(**ask(PASSAGES, max_completion_tokens=4))
    assert answer.choices[0].message.content == "Employees receive 25 days"
    assert answer.choices[0].finish_reason == "length" and answer.usage.completion_tokens == 4


def test_a_stop_sequence_ends_the_answer(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(**ask(PASSAGES, stop=[" of", "zebra"]))
    assert answer.choices[0].message.content == "Employees receive 25 days"
    assert answer.choices[0].finish_reason == "stop"


def test_a_cut_answer_goes_on_where_it_ended(client: openai.OpenAI) -> None:
    messages = [{"role": "user", "content": PASSAGES}, {"role": "assistant", "content": "Employees receive 25 days"}]
    answer = client.chat.completions.create(model="standin-small", messages=messages)
    assert answer.choices[0].message.content == " of paid leave per year. [1]"


def test_log_probabilities_come_when_asked_for(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(**ask(PASSAGES, logprobs=True))
    tokens = answer.choices[0].logprobs.content
    assert "".join(token.token for token in tokens) == answer.choices[0].message.content
    assert tokens[0].logprob < 0 and all(token.logprob == 0 for token in tokens[1:])


def test_a_tool_is_called_and_its_result_is_used(client: openai.OpenAI) -> None:
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    first = client.chat.completions.create(model="standin-small", messages=messages, tools=[WEATHER])
    call = first.choices[0].message.tool_calls[0]
    assert (call.function.name, json.loads(call.function.arguments)) == ("get_weather", {"city": "Paris"})
    assert first.choices[0].finish_reason == "tool_calls" and first.choices[0].message.content is None
    messages += [first.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    second = client.chat.completions.create(model="standin-small", messages=messages, tools=[WEATHER])
    assert second.choices[0].message.content == "get_weather returned sunny."


def test_streamed_calls_join_to_the_same_calls(client: openai.OpenAI) -> None:
    asked = ask("What is the weather in Paris and Berlin?", tools=[WEATHER])
    whole = client.chat.completions.create(**asked).choices[0].message.tool_calls
    joined: dict[int, list[str]] = {}
    for chunk in client.chat.completions.create(**asked, stream=True):
        for part in chunk.choices[0].delta.tool_calls or []:
            named = joined.setdefault(part.index, [part.id, part.function.name, ""])
            named[2] += part.function.arguments or ""
    assert list(joined.values()) == [[call.id, call.function.name, call.function.arguments] for call in whole]
    assert len(whole) == 2


def test_parallel_calls_can_be_forbidden_and_a_tool_forced(client: openai.OpenAI) -> None:
    one = client.chat.completions.create(
        **ask("What is the weather in Paris and Berlin?", tools=[WEATHER], parallel_tool_calls=False)
    )
    assert len(one.choices[0].message.tool_calls) == 1
    choice = {"type": "function", "function": {"name": "get_weather"}}
    forced = client.chat.completions.create(**ask("Hello Anna", tools=[WEATHER], tool_choice=choice))
    assert json.loads(forced.choices[0].message.tool_calls[0].function.arguments) == {"city": "Anna"}
    none = client.chat.completions.create(**ask("Weather in Rome?", tools=[WEATHER], tool_choice="none"))
    assert none.choices[0].message.tool_calls is None


class Invoice(BaseModel):
    vendor: str
    total: float
    currency: Literal["EUR", "USD"]


def test_a_schema_is_filled_and_parsed(client: openai.OpenAI) -> None:
    asked = ask("Invoice from Acme Tools. Total: 37.50 EUR.", response_format=Invoice)
    answer = client.chat.completions.parse(**asked)
    assert answer.choices[0].message.parsed == Invoice(vendor="Acme Tools", total=37.5, currency="EUR")


def test_a_truncated_schema_raises_the_sdks_error(client: openai.OpenAI) -> None:
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(**ask("From Acme, 3 EUR", response_format=Invoice, max_tokens=3))


def test_a_json_object_is_one(client: openai.OpenAI) -> None:
    asked = ask(f"Answer as JSON.\n{PASSAGES}", response_format={"type": "json_object"})
    answer = client.chat.completions.create(**asked).choices[0].message.content
    assert json.loads(answer) == {"answer": "Employees receive 25 days of paid leave per year. [1]"}


def test_a_temperature_draws_and_a_seed_repeats(client: openai.OpenAI) -> None:
    def said(seed: int) -> str:
        asked = ask(PASSAGES, temperature=1.5, seed=seed)
        return client.chat.completions.create(**asked).choices[0].message.content

    assert len({said(seed) for seed in range(12)}) > 1
    assert said(3) == said(3)


def test_responses_are_answered_whole_and_streamed(client: openai.OpenAI) -> None:
    answer = client.responses.create(model="standin-small", input=PASSAGES, instructions="Be brief.")
    assert answer.output_text == "Employees receive 25 days of paid leave per year. [1]"
    TypeAdapter(Response).validate_python(answer.model_dump())
    events = list(client.responses.create(model="standin-small", input=PASSAGES, stream=True))
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == answer.output_text
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = list(dict.fromkeys(event.type.removeprefix("response.") for event in events))
    assert kinds == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]


def test_responses_fill_schemas_and_call_functions(client: openai.OpenAI) -> None:
    parsed = client.responses.parse(model="standin-small", input="From Acme Tools, total 3 EUR", text_format=Invoice)
    assert parsed.output_parsed == Invoice(vendor="Acme Tools", total=3, currency="EUR")
    tool = {"type": "function", **WEATHER["function"]}
    first = client.responses.create(model="standin-small", input="What is the weather in Oslo?", tools=[tool])
    call = first.output[0]
    assert call.type == "function_call" and json.loads(call.arguments) == {"city": "Oslo"}
    history = [
        {"role": "user", "content": "What is the weather in Oslo?"},
        call.model_dump(exclude_none=True),
        {"type": "function_call_output", "call_id": call.call_id, "output": "rain"},
    ]
    second = client.responses.create(model="standin-small", input=history, tools=[tool])
    assert second.output_text == "get_weather returned rain."
    cut = client.responses.create(model="standin-small", input="Hello", max_output_tokens=2)
    assert cut.status == "incomplete" and cut.incomplete_details.reason == "max_output_tokens"


def test_embeddings_come_as_base64_and_as_numbers(client: openai.OpenAI) -> None:
    packed = client.embeddings.create(model="standin-embed", input=["a cat", "a dog"])
    plain = client.embeddings.create(model="standin-embed", input=["a cat", "a dog"], encoding_format="float")
    assert [item.embedding for item in packed.data] == [item.embedding for item in plain.data]
    assert len(packed.data[0].embedding) == 384 and [item.index for item in packed.data] == [0, 1]
    TypeAdapter(CreateEmbeddingResponse).validate_python(plain.model_dump())


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"input": []}, "not an empty one"),
        ({"input": ""}, "empty string"),
        ({"input": [[1, 2, 3]]}, "check_embedding_ctx_length=False"),
        ({"input": "a", "dimensions": 12}, "can only be 384"),
        ({"input": ["a"] * 2049}, "2048 is the most"),
    ],
)
def test_embeddings_that_can_not_be_made_are_refused(client: openai.OpenAI, more: Any, sentence: str) -> None:
    with pytest.raises(openai.BadRequestError, match=sentence):
        client.embeddings.create(model="standin-embed", **more)


def test_models_are_listed(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == ["standin-small", "standin-large", "standin-embed"]
    assert client.models.retrieve("standin-small").owned_by == "handrail"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4o")


TOOL_TURN = {"role": "tool", "tool_call_id": "x", "content": "1"}
CALL_TURN = {
    "role": "assistant",
    "tool_calls": [{"id": "x", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
}
PICTURE = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://halden.example/a.png"}}]}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, r"messages\[0\].role"),
        ({"messages": [{"role": "user", "content": None}]}, "got null"),
        ({"messages": [{"role": "user", "content": "x"}, TOOL_TURN]}, "must be a response to a preceding"),
        ({"messages": [{"role": "user", "content": "x"}, CALL_TURN]}, "did not have response messages: x"),
        ({"messages": [PICTURE]}, "reads text only"),
        ({"n": 2}, "more than one choice"),
        ({"temperature": 3}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"extra_body": {"temprature": 0}}, "Unrecognized request argument supplied: temprature"),
        ({"modalities": ["audio"]}, "'modalities' is not supported"),
        ({"response_format": {"type": "json_object"}}, "must contain the word 'json'"),
        ({"response_format": {"type": "json_schema"}}, "json_schema"),
        ({"tool_choice": "required"}, "only allowed when 'tools'"),
        ({"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "g"}}}, "'g' not found"),
        ({"stream_options": {"include_usage": True}}, "only allowed when 'stream'"),
    ],
)
def test_a_bad_request_says_what_is_wrong(client: openai.OpenAI, more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(openai.BadRequestError, match=sentence) as caught:
        client.chat.completions.create(**{**ask("Hello"), **more})
    assert caught.value.type == "invalid_request_error" and caught.value.request_id.startswith("req_")


def test_every_setting_of_the_sdk_is_known(client: openai.OpenAI) -> None:
    from typing import get_type_hints

    from openai.types.chat import completion_create_params

    from handrail.standin import openai_wire

    known = openai_wire.IGNORED | openai_wire.UNSUPPORTED | set(openai_wire.ChatRequest.model_fields)
    assert set(get_type_hints(completion_create_params.CompletionCreateParamsNonStreaming)) - known == set()


def test_a_prompt_longer_than_the_window_is_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="maximum context length is 8192") as caught:
        client.chat.completions.create(**ask("word " * 9000))
    assert caught.value.code == "context_length_exceeded"
    large = ask("word " * 9000) | {"model": "standin-large"}
    assert client.chat.completions.create(**large).usage.prompt_tokens > 9000


def test_keys_and_models_are_checked(server: Server, client: openai.OpenAI) -> None:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="wrong", max_retries=0) as stranger:
        with pytest.raises(openai.AuthenticationError) as caught:
            stranger.chat.completions.create(**ask("Hello"))
        assert caught.value.code == "invalid_api_key"
    with pytest.raises(openai.NotFoundError, match="standin-small, standin-large") as missing:
        client.chat.completions.create(**ask("Hello") | {"model": "gpt-4o"})
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError, match="standin-embed"):
        client.embeddings.create(model="standin-small", input="a")


STATUSES = {
    400: openai.BadRequestError,
    401: openai.AuthenticationError,
    403: openai.PermissionDeniedError,
    404: openai.NotFoundError,
    409: openai.ConflictError,
    413: openai.APIStatusError,
    422: openai.UnprocessableEntityError,
    429: openai.RateLimitError,
    500: openai.InternalServerError,
    503: openai.InternalServerError,
    529: openai.InternalServerError,
}


@pytest.mark.parametrize(("status", "error"), STATUSES.items())
def test_every_status_raises_its_error(client: openai.OpenAI, status: int, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        client.chat.completions.create(**ask("Hello"), extra_headers={"x-handrail-fault": str(status)})
    assert type(caught.value) is error and caught.value.status_code == status
    assert ("retry-after" in caught.value.response.headers) is (status in (429, 503, 529))


def test_time_outs_and_broken_connections_raise_theirs(client: openai.OpenAI) -> None:
    with pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(**ask("Hello"), timeout=0.1, extra_headers={"x-handrail-fault": "sleep:1"})
    with pytest.raises(openai.APIConnectionError):
        client.chat.completions.create(**ask("Hello"), extra_headers={"x-handrail-fault": "disconnect"})


@pytest.mark.parametrize(
    ("fault", "error"), [("disconnect", openai.APIConnectionError), ("overload_midstream", openai.APIError)]
)
def test_a_stream_that_breaks_has_said_three_words(client: openai.OpenAI, fault: str, error: type[Exception]) -> None:
    stream = client.chat.completions.create(**ask("Hello"), stream=True, extra_headers={"x-handrail-fault": fault})
    said = []
    with pytest.raises(error) as caught:
        for chunk in stream:
            said.append(chunk.choices[0].delta.content)
    assert said == ["", "I", " am", " a"] and type(caught.value) is error


def test_the_asynchronous_client_answers_twenty_at_once(server: Server) -> None:
    async def all_at_once() -> list[str]:
        async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="test", max_retries=0) as client:

            async def one(number: int) -> str:
                text = PASSAGES.replace("25", str(number + 30))
                if number % 2:
                    answer = await client.chat.completions.create(**ask(text))
                    return answer.choices[0].message.content
                stream = await client.chat.completions.create(**ask(text), stream=True)
                return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])

            return await asyncio.gather(*map(one, range(20)))

    found = asyncio.run(all_at_once())
    assert found == [f"Employees receive {n + 30} days of paid leave per year. [1]" for n in range(20)]
