"""The stand-in's control plane: settings, faults, limits, latency, caching, the log."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import anthropic
import httpx2
import openai
import pytest
from pydantic import BaseModel, ValidationError

from handrail.standin import faults
from handrail.standin.limits import Limiter
from handrail.standin.server import Server

pytestmark = pytest.mark.usefixtures("without_minilm")


@pytest.fixture(scope="module")
def plain(server: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server.url, headers={"authorization": "Bearer test"}) as one:
        yield one


@pytest.fixture
def control(plain: httpx2.Client) -> Iterator[Any]:
    def configure(**values: Any) -> Any:
        answer = plain.post("/standin/config", json=values)
        assert answer.status_code == 200, answer.text
        return answer.json()

    plain.post("/standin/reset")
    yield configure
    plain.post("/standin/reset")


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="test", max_retries=0) as one:
        yield one


def ask(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "standin-small", "messages": [{"role": "user", "content": text}], **more}


def log(plain: httpx2.Client) -> Any:
    return plain.get("/standin/log").json()


def test_settings_are_changed_one_by_one_and_reset(control: Any, plain: httpx2.Client) -> None:
    assert control(ttft_ms=80)["ttft_ms"] == 80
    assert control(judge={"position": 0.3})["judge"] == {
        "position": 0.3,
        "length": 0.02,
        "opening": 0.05,
        "noise": 0.08,
    }
    assert control()["ttft_ms"] == 80
    assert plain.post("/standin/reset").json()["ttft_ms"] == 0
    assert plain.get("/standin/config").json()["judge"]["position"] == 0.1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"ttft": 80}, "ttft"),
        ({"ttft_ms": -1}, "ttft_ms"),
        ({"clock": "sundial"}, "clock"),
        ({"faults": ["419x"]}, "'419x' is no fault"),
        ({"faults": ["sleep:1e9"]}, "at most 60 seconds"),
        ({"fault_rate": {"empty": 2}}, "between 0 and 1"),
        ({"fault_rate": {"empty": 0.7, "500": 0.7}}, "more than 1"),
        ({"rpm": 0}, "rpm"),
        ({"judge": {"mood": 1}}, "judge"),
    ],
)
def test_a_wrong_setting_is_refused_and_changes_nothing(
    control: Any, plain: httpx2.Client, values: dict[str, Any], sentence: str
) -> None:
    before = control()
    answer = plain.post("/standin/config", json=values)
    assert answer.status_code == 400 and sentence in answer.json()["error"]["message"]
    assert plain.get("/standin/config").json() == before


def test_the_control_plane_is_not_under_v1(plain: httpx2.Client) -> None:
    answer = plain.get("/v1/standin/log")
    assert answer.status_code == 404 and "Unknown request URL" in answer.json()["error"]["message"]
    assert plain.get("/v1/chat/completions").status_code == 405


def test_ordered_faults_are_used_up_one_by_one(control: Any, client: openai.OpenAI) -> None:
    control(faults=[429, "none", "500"])
    statuses = []
    for _ in range(4):
        try:
            client.chat.completions.create(**ask("Hello"))
            statuses.append(200)
        except openai.APIStatusError as error:
            statuses.append(error.status_code)
    assert statuses == [429, 200, 500, 200]


def test_the_sdks_retry_what_deserves_it(control: Any, client: openai.OpenAI, plain: httpx2.Client) -> None:
    control(faults=["429:0.01", "503:0.01"])
    patient = client.with_options(max_retries=2)
    assert patient.chat.completions.create(**ask("Hello")).choices
    assert [entry["status"] for entry in log(plain)["requests"]] == [429, 503, 200]
    control(faults=["400", "none"])
    with pytest.raises(openai.BadRequestError):
        patient.chat.completions.create(**ask("Hello"))


def test_faults_are_drawn_with_their_rates(control: Any, client: openai.OpenAI) -> None:
    control(fault_rate={"empty": 0.3, "refusal": 0.2}, fault_seed=1)

    def kind(number: int) -> str:
        message = client.chat.completions.create(**ask(f"Hello {number}")).choices[0].message
        return "refusal" if message.refusal else "said" if message.content else "empty"

    found = [kind(number) for number in range(20)]
    assert {"empty", "refusal", "said"} == set(found)
    control(fault_seed=2)
    assert [kind(number) for number in range(20)] != found


def test_drawn_faults_keep_to_their_rates() -> None:
    found = [faults.drawn({"empty": 0.3, "refusal": 0.2}, 1, str(number)) for number in range(2000)]
    names = [fault.name if fault else "none" for fault in found]
    assert abs(names.count("empty") - 600) < 60 and abs(names.count("refusal") - 400) < 60


def test_a_retry_draws_again(control: Any, client: openai.OpenAI) -> None:
    control(fault_rate={"empty": 0.5})
    said = [bool(client.chat.completions.create(**ask("Hello")).choices[0].message.content) for _ in range(30)]
    assert 5 <= sum(said) <= 25


class Bill(BaseModel):
    vendor: str
    total: float
    currency: Literal["EUR", "USD"]


BILL = "Bill from Acme Tools. Total: 37.50 EUR."
FORM = {"type": "json_schema", "json_schema": {"name": "bill", "schema": Bill.model_json_schema()}}


def damaged(client: openai.OpenAI, fault: str, text: str = BILL, **more: Any) -> Any:
    asked = ask(text, **({"response_format": FORM} | more))
    return client.chat.completions.create(**asked, extra_headers={"x-handrail-fault": fault}).choices[0]


def test_malformed_json_can_not_be_read(client: openai.OpenAI) -> None:
    text = damaged(client, "malformed_json").message.content
    with pytest.raises(ValueError):
        json.loads(text)
    assert "```json" in text and ",}" in text


def test_a_violated_schema_is_json_that_does_not_fit(client: openai.OpenAI) -> None:
    for number in range(6):
        text = damaged(client, "schema_violation", f"{BILL} No. {number}").message.content
        with pytest.raises(ValidationError):
            Bill.model_validate_json(text)


def test_what_is_silently_wrong_fits_the_schema(client: openai.OpenAI) -> None:
    wrong = [
        Bill.model_validate_json(damaged(client, "silent_wrong", f"{BILL} No. {n}").message.content) for n in range(6)
    ]
    assert all(bill.total == 375.0 or bill.currency == "USD" for bill in wrong)


def test_truncated_empty_and_refused_answers_say_so(client: openai.OpenAI) -> None:
    cut = damaged(client, "truncate")
    assert cut.finish_reason == "length" and cut.message.content.startswith('{"vendor"')
    assert damaged(client, "empty").message.content == ""
    refused = damaged(client, "refusal")
    assert refused.message.content is None and "refuses" in refused.message.refusal


def test_a_refusal_has_its_stop_reason_with_anthropic(server: Server) -> None:
    with anthropic.Anthropic(base_url=server.url, api_key="test", max_retries=0) as client:
        answer = client.messages.create(**ask("Hello", max_tokens=50), extra_headers={"x-handrail-fault": "refusal"})
    assert answer.stop_reason == "refusal"


def test_an_invented_citation_names_no_passage(client: openai.OpenAI) -> None:
    text = "[1] The office opens at eight.\n[2] Lunch is at noon.\n\nCite. Question: When does the office open?"
    said = damaged(client, "invented_citation", text, response_format={"type": "text"}).message.content
    assert said == "The office opens at eight. [6]"


def tool(name: str, described: str) -> dict[str, Any]:
    shape = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return {"type": "function", "function": {"name": name, "description": described, "parameters": shape}}


TOOLS = [tool("get_weather", "Get the weather in a city."), tool("get_time", "Get the time in a city.")]


def test_a_wrong_tool_is_another_one(client: openai.OpenAI) -> None:
    more = {"tools": TOOLS, "response_format": {"type": "text"}}
    call = damaged(client, "wrong_tool", "What is the weather in Paris?", **more).message.tool_calls[0]
    assert call.function.name == "get_time"


def test_endless_tools_never_end(control: Any, client: openai.OpenAI) -> None:
    control(faults=["endless_tools"])
    messages: list[Any] = [{"role": "user", "content": "What is the weather in Paris?"}]
    seen = set()
    for _ in range(12):
        message = (
            client.chat.completions.create(model="standin-small", messages=messages, tools=TOOLS).choices[0].message
        )
        call = message.tool_calls[0]
        assert json.loads(call.function.arguments) == {"city": "Paris"}
        seen.add(call.id)
        messages += [message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    assert len(seen) == 12


def test_a_fault_in_the_header_must_be_one(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="'explode' is no fault"):
        damaged(client, "explode")
    assert faults.parse("none") is None and faults.parse("429:2") == faults.Fault("429", 2.0)


def test_too_many_requests_are_refused_and_told_how_long_to_wait(control: Any, client: openai.OpenAI) -> None:
    control(rpm=2)
    raw = client.chat.completions.with_raw_response.create(**ask("Hello"))
    assert raw.headers["x-ratelimit-limit-requests"] == "2" and raw.headers["x-ratelimit-remaining-requests"] == "1"
    client.chat.completions.create(**ask("Hello"))
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(**ask("Hello"))
    headers = caught.value.response.headers
    assert 25 < float(headers["retry-after"]) <= 30.001
    assert float(headers["retry-after-ms"]) == pytest.approx(1000 * float(headers["retry-after"]), rel=0.01)
    assert caught.value.code == "rate_limit_exceeded"
    other = client.with_options(api_key="another")
    assert other.chat.completions.create(**ask("Hello")).choices


def test_tokens_are_limited_too(control: Any, client: openai.OpenAI) -> None:
    control(tpm=100)
    assert client.chat.completions.create(**ask("word " * 80)).choices
    with pytest.raises(openai.RateLimitError, match="Rate limit reached for tokens"):
        client.chat.completions.create(**ask("word " * 80))
    with pytest.raises(openai.RateLimitError):
        client.chat.completions.create(**ask("word " * 80))


def test_a_bucket_refills_and_never_overflows() -> None:
    now = [0.0]
    limiter = Limiter(lambda: now[0])
    limiter.configure(60, None)
    for _ in range(60):
        limiter.take("a", 1)
    now[0] = 1.0
    limiter.take("a", 1)
    with pytest.raises(Exception, match="try again in 1"):
        limiter.take("a", 1)
    now[0] = 10_000.0
    assert limiter.take("a", 1)["x-ratelimit-remaining-requests"] == "59"


def test_only_so_many_are_answered_at_the_same_time(control: Any, client: openai.OpenAI, plain: httpx2.Client) -> None:
    control(max_inflight=3, ttft_ms=300)

    def status(number: int) -> int:
        try:
            client.chat.completions.create(**ask(f"Hello {number}"))
        except openai.APIStatusError as error:
            return error.status_code
        return 200

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(status, range(8)))
    assert set(found) == {200, 529} and 3 <= found.count(200) < 8
    assert log(plain)["peak_in_flight"] == 3 and log(plain)["in_flight"] == 0


def test_answers_take_the_time_that_was_set(control: Any, client: openai.OpenAI) -> None:
    control(ttft_ms=100, ms_per_token=5)
    began = time.perf_counter()
    raw = client.chat.completions.with_raw_response.create(**ask("Hello", max_tokens=10))
    assert time.perf_counter() - began >= 0.15
    assert raw.headers["x-handrail-simulated-ms"] == "150" == raw.headers["openai-processing-ms"]
    times = []
    for chunk in client.chat.completions.create(**ask("Hello", max_tokens=10), stream=True):
        if chunk.choices[0].delta.content:
            times.append(time.perf_counter())
    assert times[-1] - times[0] >= 0.03


def test_nobody_waits_on_the_virtual_clock(control: Any, client: openai.OpenAI) -> None:
    control(ttft_ms=30_000, ms_per_token=1000, clock="virtual")
    began = time.perf_counter()
    raw = client.chat.completions.with_raw_response.create(**ask("Hello", max_tokens=10))
    assert raw.headers["x-handrail-simulated-ms"] == "40000" and time.perf_counter() - began < 10


def test_equal_requests_differ_when_they_should(control: Any, client: openai.OpenAI) -> None:
    text = "[1] A is one. B is two. C is three. D is four.\n\nQuestion: What is A, B, C, D?"
    control(vary=True)
    said = [client.chat.completions.create(**ask(text, temperature=2)).choices[0].message.content for _ in range(12)]
    assert len(set(said)) > 1


def test_a_long_prefix_is_cached_by_itself(control: Any, client: openai.OpenAI) -> None:
    start = "The rules of the house are long. " * 60

    def cached(end: str) -> int:
        return client.chat.completions.create(**ask(start + end)).usage.prompt_tokens_details.cached_tokens

    assert cached("Hello") == 0
    assert cached("Hello again") == 448
    assert cached("Hello again") == 448


def test_the_log_tells_what_was_asked_and_answered(control: Any, client: openai.OpenAI, plain: httpx2.Client) -> None:
    client.chat.completions.create(**ask("What is the weather in Paris?", tools=TOOLS))
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(**ask("Hello") | {"model": "gpt-4o"})
    client.embeddings.create(model="standin-embed", input="a cat")
    first, second, third = log(plain)["requests"]
    assert (first["skill"], first["tools"], first["status"]) == ("planner", ["get_weather"], 200)
    assert first["messages"] == [{"role": "user", "text": "What is the weather in Paris?"}]
    assert first["prompt_tokens"] > 0 and first["finished"] and first["sent_tokens"] == first["completion_tokens"]
    assert second["status"] == 404 and third["skill"] == "embeddings"


def test_a_fault_reaches_embeddings_too(control: Any, client: openai.OpenAI) -> None:
    control(faults=["500", "disconnect"])
    with pytest.raises(openai.InternalServerError):
        client.embeddings.create(model="standin-embed", input="a cat")
    with pytest.raises(openai.APIConnectionError):
        client.embeddings.create(model="standin-embed", input="a cat")


def test_equal_refusals_are_each_in_the_log(control: Any, plain: httpx2.Client) -> None:
    control(faults=["529", "529", "529"])
    for _ in range(3):
        assert plain.post("/v1/chat/completions", json=ask("hello")).status_code == 529
    log = plain.get("/standin/log").json()
    assert [entry["status"] for entry in log["requests"]] == [529, 529, 529]
