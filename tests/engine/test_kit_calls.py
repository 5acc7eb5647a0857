"""The kit's port to both providers, and its ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import openai
import pytest

from handrail.kit.calls import (
    Answer,
    BudgetExceeded,
    IncompleteAnswer,
    Ledger,
    complete,
    complete_async,
    cost,
    worst_cost,
)
from handrail.kit.llm import LLM, Price, connect, faults, prices

pytestmark = pytest.mark.usefixtures("without_minilm")

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
PRICE = Price(input=Decimal("0.20"), output=Decimal("0.80"), cached_input=Decimal("0.02"))


@pytest.fixture
def llm() -> Iterator[LLM]:
    one = connect(quiet=True)
    one.reset()
    yield one
    one.reset()


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_both_providers_give_the_same_answer(llm: LLM, provider: Any) -> None:
    answer = complete(llm, MESSAGES, provider=provider, temperature=0, stop=["never"], seed=1)
    assert answer.text.startswith("I am a stand-in") and answer.stop == "stop"
    assert set(answer.usage) == {"input", "cached_input", "output"} and answer.usage["input"] > 5
    assert answer.request_id.startswith("req_")
    assert llm.log()[-1]["system"] == "Be brief."


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_the_reason_to_stop_stays_visible(llm: LLM, provider: Any) -> None:
    assert complete(llm, MESSAGES, provider=provider, max_tokens=3).stop == "length"
    with faults("refusal", "refusal"):
        refused = complete(llm, MESSAGES, provider=provider)
    assert refused.stop == "refusal" and refused.text


def test_exceptions_pass_through(llm: LLM) -> None:
    with pytest.raises(openai.NotFoundError):
        complete(llm, MESSAGES, model="no-such-model")
    with pytest.raises(openai.BadRequestError):
        complete(llm, MESSAGES, headers={"x-handrail-fault": "400"})


def test_it_also_waits(llm: LLM) -> None:
    ledger = Ledger("0.5")

    async def both() -> list[Answer]:
        found = await asyncio.gather(
            *(complete_async(llm, MESSAGES, provider=name, ledger=ledger) for name in ("openai", "anthropic"))
        )
        await llm.async_openai.close()
        await llm.async_anthropic.close()
        del llm.async_openai, llm.async_anthropic  # they belong to this loop
        return found

    first, second = asyncio.run(both())
    assert first.text == second.text and len(ledger.bills) == 2


def test_a_real_provider_is_asked_in_its_own_format() -> None:
    elsewhere = SimpleNamespace(provider="anthropic", small="one")
    with pytest.raises(ValueError, match="can't answer"):
        complete(elsewhere, MESSAGES, provider="openai")  # type: ignore[arg-type]


def test_a_cost_counts_cached_tokens_once() -> None:
    assert cost({"input": 1000, "cached_input": 800, "output": 100}, PRICE) == Decimal("0.000136")
    assert cost({"input": 1, "output": 0}, PRICE) == Decimal("0.0000002")
    assert worst_cost([{"content": "x" * 2000}], 100, PRICE) == Decimal("0.000282")


def test_the_ledger_sums_by_feature(llm: LLM) -> None:
    ledger = Ledger("1")
    for feature in ("a", "b", "a"):
        complete(llm, MESSAGES, ledger=ledger, feature=feature, model=llm.large)
    table = ledger.table()
    assert table["calls"].to_dict() == {"a": 2, "b": 1} and (table["seconds"] > 0).all()
    assert float(ledger.spent) == pytest.approx(table["dollars"].sum())
    assert Ledger().table().empty


def test_the_call_that_could_pass_the_limit_is_not_made(llm: LLM) -> None:
    most = worst_cost(MESSAGES, 500, prices()[llm.small])
    ledger = Ledger(most)
    complete(llm, MESSAGES, ledger=ledger)
    with pytest.raises(BudgetExceeded, match="HANDRAIL_MAX_COST"):
        complete(llm, MESSAGES, ledger=ledger)
    assert len(llm.log()) == len(ledger.bills) == 1 and 0 < ledger.spent <= most


def test_running_calls_hold_their_share_back() -> None:
    ledger = Ledger("0.0005", {"m": PRICE})
    with ledger.paying("a", "m", MESSAGES, 500) as bill:
        with pytest.raises(BudgetExceeded), ledger.paying("b", "m", MESSAGES, 500):
            raise AssertionError("never")
        bill.usage = {"input": 10, "cached_input": 0, "output": 10}
    assert ledger.reserved == 0 and ledger.spent == Decimal("0.00001")
    with pytest.raises(KeyError), ledger.paying("a", "m", MESSAGES, 100):
        raise KeyError
    assert len(ledger.bills) == 1 and ledger.reserved == 0


def test_the_environment_gives_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HANDRAIL_MAX_COST", raising=False)
    assert Ledger().limit == Decimal("0.50")
    monkeypatch.setenv("HANDRAIL_MAX_COST", "0.02")
    assert Ledger().limit == Decimal("0.02")


def test_a_model_without_a_price_is_refused() -> None:
    with pytest.raises(ValueError, match="no price for the model 'other'"), Ledger().paying("a", "other", [], 1):
        pass


def test_an_incomplete_answer_carries_its_text() -> None:
    assert IncompleteAnswer("half").text == "half"
