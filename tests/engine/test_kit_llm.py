"""A notebook's client: the stand-in by default, a provider by name, and the blocks that change the stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openai
import pytest

from handrail.kit import llm
from handrail.kit.llm import ConnectionProblem, connect, faults, latency, limits, prices, settings

VARIABLES = [
    "HANDRAIL_LLM",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_BASE_URL",
    *llm.VARIABLES.values(),
    *llm.PROXIES,
    "NO_PROXY",
    "no_proxy",
]


@pytest.fixture(autouse=True)
def no_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    if llm._current is not None and llm._current.is_standin:
        llm._current.reset()


@pytest.fixture(scope="module", autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    current, llm._current = llm._current, None
    if current is None or current.server is None:
        return
    for name in ("openai", "anthropic"):
        if name in vars(current):
            getattr(current, name).close()
    current.server.stop()


def ask(text: str = "Hello") -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


def test_the_stand_in_answers_by_default_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    one = connect()
    said = capsys.readouterr().out
    assert said == "The stand-in answers (rules on this machine, not a language model): standin-small, standin-large\n"
    assert one.is_standin and one.provider == "standin" and one.host == "127.0.0.1"
    assert connect(quiet=True) is one and capsys.readouterr().out == ""


def test_a_key_alone_never_spends_money(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-real")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://api.example")
    one = connect(quiet=True)
    assert one.is_standin and str(one.openai.base_url).startswith("http://127.0.0.1")


def test_the_clients_are_ready() -> None:
    one = connect(quiet=True)
    small = one.openai.chat.completions.create(model=one.small, **ask())
    large = one.anthropic.messages.create(model=one.large, max_tokens=100, **ask())
    assert small.choices[0].message.content == large.content[0].text
    assert one.embed == "standin-embed" and one.openai is one.openai
    assert one.async_openai.base_url == one.openai.base_url
    assert one.async_anthropic.base_url == one.anthropic.base_url == one.url
    assert one.openai_settings["base_url"] == f"{one.url}/v1"
    assert one.anthropic_settings == {"base_url": one.url, "api_key": one.openai_settings["api_key"]}


def test_faults_happen_inside_the_block_only() -> None:
    one = connect(quiet=True)
    client = one.openai.with_options(max_retries=0)
    with faults("429", 500), pytest.raises(openai.RateLimitError):
        client.chat.completions.create(model=one.small, **ask())
    assert client.chat.completions.create(model=one.small, **ask()).choices
    with pytest.raises(ValueError, match="'explode' is no fault"), faults("explode"):
        raise AssertionError("the block must not begin")


def test_limits_and_latency_are_set_back() -> None:
    one = connect(quiet=True)
    client = one.openai.with_options(max_retries=0)
    with limits(rpm=1), latency(ttft_ms=80, ms_per_token=4, clock="virtual"):
        raw = client.chat.completions.with_raw_response.create(model=one.small, max_tokens=10, **ask())
        assert raw.headers["x-handrail-simulated-ms"] == "120"
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(model=one.small, **ask())
    for _ in range(3):
        client.chat.completions.create(model=one.small, **ask())
    assert [entry["simulated_ms"] for entry in one.log()] == [120, 0, 0, 0, 0]


def test_blocks_stand_inside_each_other_and_survive_errors() -> None:
    one = connect(quiet=True)
    with settings(rpm=50):
        with pytest.raises(RuntimeError), settings(rpm=5, vary=True):
            assert one.configure()["rpm"] == 5
            raise RuntimeError
        assert (one.configure()["rpm"], one.configure()["vary"]) == (50, False)
    assert one.configure()["rpm"] is None


def test_the_log_and_reset() -> None:
    one = connect(quiet=True)
    one.openai.chat.completions.create(model=one.small, **ask("Good morning"))
    assert one.log()[-1]["messages"] == [{"role": "user", "text": "Good morning"}]
    assert one.report()["peak_in_flight"] >= 1
    one.reset()
    assert one.log() == []


def test_prices_are_decimal() -> None:
    assert connect(quiet=True).price("standin-large").output == Decimal("12.00")
    assert prices()["standin-small"].cached_input * 10 == prices()["standin-small"].input


def test_a_provider_that_does_not_exist_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_LLM", "oracle")
    with pytest.raises(ConnectionProblem, match=r"'oracle'\. It can be standin, openai, anthropic"):
        connect()


def test_a_real_provider_answers_only_when_it_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = connect(quiet=True)
    monkeypatch.setenv("HANDRAIL_LLM", "openai")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{before.url}/v1")
    monkeypatch.setenv("HANDRAIL_MODEL_SMALL", "standin-small")
    one = connect()
    assert capsys.readouterr().out == "openai answers: standin-small at 127.0.0.1. This can cost money.\n"
    with pytest.raises(ConnectionProblem, match="OPENAI_API_KEY isn't set"):
        one.openai  # noqa: B018
    monkeypatch.setenv("OPENAI_API_KEY", "ollama")
    assert one.openai.chat.completions.create(model=one.small, **ask()).choices
    assert one.openai_settings == {} and not one.is_standin
    one.openai.close()
    with pytest.raises(ConnectionProblem, match="HANDRAIL_MODEL_LARGE"):
        one.large  # noqa: B018
    with pytest.raises(ConnectionProblem, match="doesn't speak the format of anthropic"):
        one.anthropic  # noqa: B018
    with pytest.raises(ConnectionProblem, match="Skip this cell"), faults("500"):
        raise AssertionError("the block must not begin")
    assert before.server is not None
    before.server.stop()


def test_anthropic_is_a_provider_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_LLM", "anthropic")
    one = connect(quiet=True)
    assert "api.anthropic.com" in str(one) and "no model named yet" in str(one)


def test_a_server_that_has_gone_is_replaced() -> None:
    one = connect(quiet=True)
    assert one.server is not None
    one.openai.close()
    one.server.stop()
    with pytest.raises(ConnectionProblem, match=r"Call connect\(\) again"):
        one.log()
    two = connect(quiet=True)
    assert two is not one and two.openai.chat.completions.create(model=two.small, **ask()).choices


def test_a_proxy_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:3128")
    monkeypatch.setenv("NO_PROXY", "intranet")
    current = llm._current
    llm._current = None
    one = connect(quiet=True)
    try:
        assert one.openai.chat.completions.create(model=one.small, **ask()).choices
        one.openai.close()
    finally:
        assert one.server is not None
        one.server.stop()
        llm._current = current
