"""One way to call a model, whoever provides it, and a ledger that knows what the calls cost.

    ledger = Ledger()
    answer = complete(llm, [{"role": "user", "content": "..."}], ledger=ledger, feature="triage")
    answer.text, answer.stop, answer.usage, answer.request_id

Tools and streams are left out on purpose: there the providers differ too much for one function to hide it.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from handrail.kit.llm import LLM, Price, prices

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Answer",
    "Bill",
    "BudgetExceeded",
    "IncompleteAnswer",
    "Ledger",
    "complete",
    "complete_async",
    "cost",
    "worst_cost",
]

Message = Mapping[str, Any]
Provider = Literal["openai", "anthropic"]

MILLION = 1_000_000
MAX_COST = "0.50"
"""The dollars that a ledger allows if neither its caller nor HANDRAIL_MAX_COST says otherwise."""
STOPS = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "content_filter": "refusal"}
"""Reasons to stop that have another name here; the others keep theirs."""


@dataclass(frozen=True)
class Answer:
    """What a model said, and what a program has to know about it.

    `usage` counts tokens: `input`, `cached_input` (contained in `input`) and `output`. `stop` is "stop" for a complete
    answer, "length" for one that was cut at the limit, "refusal", or the provider's own word.
    """

    text: str
    usage: Mapping[str, int]
    stop: str
    request_id: str = ""


class IncompleteAnswer(RuntimeError):
    """The answer was still cut after as many calls as were allowed. `text` holds what there is of it."""

    def __init__(self, text: str) -> None:
        """Keep the text."""
        super().__init__(f"the answer is still cut after {len(text)} characters")
        self.text = text


class BudgetExceeded(RuntimeError):
    """The next call could pass the limit, and so it wasn't made."""


@dataclass
class Bill:
    """One call in the ledger; whoever makes the call fills in the usage."""

    feature: str
    model: str
    usage: Mapping[str, int] = field(default_factory=dict)
    cost: Decimal = Decimal(0)
    seconds: float = 0.0


class Ledger:
    """Record what calls cost, by feature, and refuse the one that could pass the limit."""

    def __init__(self, limit: Decimal | str | None = None, prices_of: Mapping[str, Price] | None = None) -> None:
        """Begin with nothing spent. The limit is in dollars; without one it is HANDRAIL_MAX_COST, or else 0.50.

        `prices_of` says what the models of a real provider cost; without it the prices of the stand-in hold.
        """
        self.limit = Decimal(limit if limit is not None else os.environ.get("HANDRAIL_MAX_COST") or MAX_COST)
        self.prices_of = prices() if prices_of is None else prices_of
        self.bills: list[Bill] = []
        self.reserved = Decimal(0)

    @property
    def spent(self) -> Decimal:
        """What all recorded calls cost, in dollars."""
        return sum((bill.cost for bill in self.bills), Decimal(0))

    @contextmanager
    def paying(self, feature: str, model: str, messages: Sequence[Message], max_tokens: int) -> Iterator[Bill]:
        """Hold back the most that a call can cost while it runs, then record what it did cost.

        Raises BudgetExceeded before the call if the limit could be passed, and ValueError for a model without a price.
        A call that raises, and so leaves its bill without a usage, isn't recorded.
        """
        if model not in self.prices_of:
            raise ValueError(f"The ledger has no price for the model {model!r}. Pass it: Ledger(prices_of={{...}}).")
        price = self.prices_of[model]
        most = worst_cost(messages, max_tokens, price)
        if self.spent + self.reserved + most > self.limit:
            raise BudgetExceeded(
                f"{self.spent:f} dollars are spent and {self.reserved:f} held back; this call could cost {most:f} more "
                f"and pass the limit of {self.limit:f}. Raise HANDRAIL_MAX_COST if that is intended."
            )
        bill = Bill(feature, model)
        self.reserved += most
        begin = time.perf_counter()
        try:
            yield bill
        finally:
            self.reserved -= most
            if bill.usage:
                bill.cost, bill.seconds = cost(bill.usage, price), time.perf_counter() - begin
                self.bills.append(bill)

    def table(self) -> "pd.DataFrame":
        """Return a row for each feature: calls, tokens of each kind, dollars, and the seconds that its calls took."""
        import pandas as pd

        rows = [
            {"feature": bill.feature, "calls": 1, **bill.usage, "dollars": float(bill.cost), "seconds": bill.seconds}
            for bill in self.bills
        ]
        columns = ["feature", "calls", "input", "cached_input", "output", "dollars", "seconds"]
        return pd.DataFrame(rows, columns=columns).groupby("feature", sort=False).sum()


def cost(usage: Mapping[str, int], price: Price) -> Decimal:
    """Return what a call cost in dollars."""
    cached = usage.get("cached_input", 0)
    parts = (usage["input"] - cached, price.input), (cached, price.cached_input), (usage["output"], price.output)
    return sum((count * each for count, each in parts), Decimal(0)) / MILLION


def worst_cost(messages: Sequence[Message], max_tokens: int, price: Price) -> Decimal:
    """Return a bound of what a call can cost, in dollars, before it is made.

    No tokenizer is asked. Text is counted as one token for two bytes of UTF-8, and ten more for each message: prose
    has one for three to five, so that this is too much on purpose.
    """
    size = sum(len(str(message["content"]).encode()) // 2 + 10 for message in messages)
    return (size * price.input + max_tokens * price.output) / MILLION


def complete(
    llm: LLM,
    messages: Sequence[Message],
    *,
    model: str | None = None,
    max_tokens: int = 500,
    temperature: float | None = None,
    seed: int | None = None,
    stop: Sequence[str] | None = None,
    provider: Provider | None = None,
    timeout: float = 60,
    headers: Mapping[str, str] | None = None,
    ledger: Ledger | None = None,
    feature: str = "other",
) -> Answer:
    """Ask a model and return its answer, in the same shape for both providers.

    `messages` are in OpenAI's form; system messages go where the provider wants them. The model is the small one unless
    named. The stand-in is asked in the format of `provider`, OpenAI's by default; a real provider in its own. `seed`
    has no counterpart at Anthropic, and isn't sent. The SDK's exceptions pass through, and so do its two retries.
    """
    model = model or llm.small
    form = _form(llm, provider)
    request = _request(form, model, messages, max_tokens, temperature, seed, stop, timeout, headers)
    with ledger.paying(feature, model, messages, max_tokens) if ledger else nullcontext() as bill:
        create = llm.openai.chat.completions.create if form == "openai" else llm.anthropic.messages.create
        return _billed(_read(form, create(**request)), bill)


async def complete_async(
    llm: LLM,
    messages: Sequence[Message],
    *,
    model: str | None = None,
    max_tokens: int = 500,
    temperature: float | None = None,
    seed: int | None = None,
    stop: Sequence[str] | None = None,
    provider: Provider | None = None,
    timeout: float = 60,
    headers: Mapping[str, str] | None = None,
    ledger: Ledger | None = None,
    feature: str = "other",
) -> Answer:
    """Do what `complete` does, for `await`."""
    model = model or llm.small
    form = _form(llm, provider)
    request = _request(form, model, messages, max_tokens, temperature, seed, stop, timeout, headers)
    with ledger.paying(feature, model, messages, max_tokens) if ledger else nullcontext() as bill:
        create: Any = llm.async_openai.chat.completions.create
        if form == "anthropic":
            create = llm.async_anthropic.messages.create
        return _billed(_read(form, await create(**request)), bill)


def _form(llm: LLM, provider: Provider | None) -> Provider:
    if llm.provider == "standin":
        return provider or "openai"
    if provider not in (None, llm.provider):
        raise ValueError(f"HANDRAIL_LLM is {llm.provider}, so {provider} can't answer. Leave `provider` out.")
    return llm.provider


def _request(
    form: Provider,
    model: str,
    messages: Sequence[Message],
    max_tokens: int,
    temperature: float | None,
    seed: int | None,
    stop: Sequence[str] | None,
    timeout: float,
    headers: Mapping[str, str] | None,
) -> dict[str, Any]:
    """Return the arguments of the SDK's `create`; what isn't given isn't sent."""
    request: dict[str, Any] = {"model": model, "timeout": timeout, "extra_headers": dict(headers or {})}
    optional: dict[str, Any]
    if form == "openai":
        request |= {"messages": list(messages), "max_completion_tokens": max_tokens}
        optional = {"temperature": temperature, "seed": seed, "stop": list(stop) if stop else None}
    else:
        system = [message["content"] for message in messages if message["role"] in ("system", "developer")]
        turns = [message for message in messages if message["role"] not in ("system", "developer")]
        request |= {"messages": turns, "max_tokens": max_tokens}
        extra = None if temperature is None else {"temperature": temperature}
        optional = {
            "system": "\n\n".join(system) or None,
            "stop_sequences": list(stop) if stop else None,
            "extra_body": extra,
        }
    return request | {name: value for name, value in optional.items() if value is not None}


def _read(form: Provider, response: Any) -> Answer:
    used, number = response.usage, response._request_id or ""
    if form == "openai":
        choice = response.choices[0]
        cached = used.prompt_tokens_details.cached_tokens if used.prompt_tokens_details else 0
        usage = {"input": used.prompt_tokens, "cached_input": cached or 0, "output": used.completion_tokens}
        reason = "refusal" if choice.message.refusal else choice.finish_reason
        text = choice.message.refusal or choice.message.content or ""
    else:
        cached, written = used.cache_read_input_tokens or 0, used.cache_creation_input_tokens or 0
        usage = {"input": used.input_tokens + cached + written, "cached_input": cached, "output": used.output_tokens}
        reason = response.stop_reason
        text = "".join(block.text for block in response.content if block.type == "text")
    return Answer(text, usage, STOPS.get(reason, reason), number)


def _billed(answer: Answer, bill: Bill | None) -> Answer:
    if bill is not None:
        bill.usage = answer.usage
    return answer
