# %% [markdown]
# # Exercises: Call a model that is slow, expensive and sometimes down
#
# Five pieces of code that stand between a program and a model. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(join_stream)` gives the next of three hints, `solution(join_stream)` the answer. Any order; `progress()` says where you are. No model answers here: the checks play its part.

# %%
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from handrail import check, hint, progress, solution
from handrail.kit.calls import Answer, IncompleteAnswer
from handrail.kit.llm import Price

# %% [markdown]
# ## 1. Price a call  ★☆☆ · 8 min
# Your service logs the tokens of each call, and finance wants dollars that add up to the cent over a hundred thousand calls. `usage` counts tokens under `"input"`, `"cached_input"` (these are contained in `"input"`, and cheaper) and `"output"`. A `Price` holds dollars for a *million* tokens as `Decimal`s: `price.input`, `price.cached_input`, `price.output`. Return the exact cost, not rounded.


# %%
def request_cost(usage: dict[str, int], price: Price) -> Decimal:
    """Return what a call cost, in dollars, exactly.

    >>> small = Price(input=Decimal("0.20"), output=Decimal("0.80"), cached_input=Decimal("0.02"))
    >>> request_cost({"input": 1000, "cached_input": 800, "output": 100}, small)
    Decimal('0.000136')
    """
    # BEGIN SOLUTION
    fresh = usage["input"] - usage["cached_input"]
    total = fresh * price.input + usage["cached_input"] * price.cached_input + usage["output"] * price.output
    return total / 1_000_000
    # END SOLUTION


# %%
check(request_cost)

# %% [markdown] tags=["solution"]
# The cached tokens are part of the input, so they must leave the full-price share before they enter their own. `int * Decimal` is a `Decimal`, and dividing by a million only moves the point, so nothing is lost. A float anywhere on the way would round: `0.1 + 0.2` isn't `0.3` there, and the error grows with every call that you add.

# %% [markdown]
# ## 2. Put a stream together  ★☆☆ · 10 min
# A chat window showed an answer word by word; now store it. Each chunk is a dictionary in OpenAI's format, as in the lesson. `choices` holds one choice, or none: its `delta` may have `content`, which may be `None`, and its `finish_reason` is `None` (or absent) in all chunks but one. `usage` is `None` or absent in all chunks but one. Chunks may follow the finish reason. A stream without one was cut off: its `stop` is `"incomplete"`.


# %%
def join_stream(chunks: Iterable[dict[str, Any]]) -> Answer:
    """Return the whole text, the usage (`{}` if none came) and the reason to stop, both as they came, in an `Answer`.

    Its `request_id` stays empty: chunks don't carry it.

    >>> word = {"choices": [{"delta": {"content": "Yes"}, "finish_reason": None}], "usage": None}
    >>> last = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    >>> join_stream([word, last, {"choices": [], "usage": {"total_tokens": 9}}])
    Answer(text='Yes', usage={'total_tokens': 9}, stop='stop', request_id='')
    """
    # BEGIN SOLUTION
    parts, usage, reason = [], {}, "incomplete"
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk["choices"]:
            parts.append(choice["delta"].get("content") or "")
            reason = choice.get("finish_reason") or reason
    return Answer("".join(parts), usage, reason)
    # END SOLUTION


# %%
check(join_stream)

# %% [markdown] tags=["solution"]
# A loop over `choices` does nothing for the chunk that has none, so no special case is needed. `or` keeps the earlier value whenever the new one is `None` or missing, both for the reason and for the usage. Starting with `"incomplete"` rather than `"stop"` matters most: whatever ends without a reason has been cut off, and the one who reads the record must be able to see it.

# %% [markdown]
# ## 3. Read the lines of a stream  ★★☆ · 25 min
# Bytes arrive in blocks, cut anywhere, even inside a character. Lines end with LF or CRLF. `event: name` names the event; `data: text` adds a line of data, and several are joined with LF; one space after the colon belongs to the syntax. An empty line yields the event, if it has data, and clears the name in any case. Without a name (or with an empty one) it is `message`. Lines that begin with a colon, and other fields, mean nothing.


# %%
def parse_events(blocks: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    r"""Yield the name and the data of each event, as soon as the block with its empty line is there.

    The text is UTF-8. A field without a colon has an empty value: `data` adds an empty line. An event that no empty line
    ends is dropped. Only LF ends a line, with one CR before it or without.

    >>> list(parse_events([b"event: ping\nda", b"ta: {}\n\ndata: a\ndata: b\n\n"]))
    [('ping', '{}'), ('message', 'a\nb')]
    """
    # BEGIN SOLUTION
    rest, event, data = b"", "", []
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        for raw in lines:
            line = raw.removesuffix(b"\r").decode()
            if not line:
                if data:
                    yield event or "message", "\n".join(data)
                event, data = "", []
                continue
            field, _, value = line.partition(":")
            if field == "event":
                event = value.removeprefix(" ")
            elif field == "data":
                data.append(value.removeprefix(" "))
    # END SOLUTION


# %%
check(parse_events)

# %% [markdown] tags=["solution"]
# What follows the last LF isn't a line yet, so it waits in `rest` for the next block. LF is one byte and occurs in no other character of UTF-8, so cutting there never splits one, and every complete line can be decoded. A comment has an empty field name and falls through both tests. `str.splitlines` would be a trap: it also splits at characters such as U+2028, which may stand inside the data.

# %% [markdown]
# ## 4. Finish a long answer  ★★☆ · 20 min
# Reports come back cut: `stop` is `"length"`. Ask again, with all the text so far as one `{"role": "assistant", "content": text}` behind the messages, until another reason comes; then return the text. A model that goes on often repeats the end of what it had. Where three or more characters at the end of the text equal the beginning of the next part, leave them out of it: as many as possible. After `limit` calls (1 or more) that were all cut, raise `IncompleteAnswer(text)`.


# %%
def finish_long_answer(
    ask: Callable[[list[dict[str, str]]], Answer], messages: list[dict[str, str]], limit: int
) -> str:
    """Return the whole text of an answer that may come in several parts.

    `ask(messages)` makes one call; it mustn't be called more than `limit` times. The caller's messages stay as they are.
    Fewer than three equal characters are no repetition. Raises IncompleteAnswer, which carries the text so far.

    >>> parts = iter([Answer("the end of the", {}, "length"), Answer(" the report", {}, "stop")])
    >>> finish_long_answer(lambda messages: next(parts), [{"role": "user", "content": "Go on."}], limit=3)
    'the end of the report'
    """
    # BEGIN SOLUTION
    text = ""
    for _ in range(limit):
        so_far = [{"role": "assistant", "content": text}] if text else []
        answer = ask([*messages, *so_far])
        most = min(len(text), len(answer.text))
        repeated = next((size for size in range(most, 2, -1) if text.endswith(answer.text[:size])), 0)
        text += answer.text[repeated:]
        if answer.stop != "length":
            return text
    raise IncompleteAnswer(text)
    # END SOLUTION


# %%
check(finish_long_answer)

# %% [markdown] tags=["solution"]
# A new list in each round leaves the caller's alone. The search for the repetition goes from long to short, since a short one may be an accident inside the long one, and stops at three: two parts of one word, `hel` and `lo`, share a letter without repeating anything. The last line is the important one. Half a report that looks like a whole one is worse than an error, and the exception carries the half for whoever can use it.

# %% [markdown]
# ## 5. Stay inside the limits  ★★★ · 30 min
# A provider grants requests and tokens a minute. Each limit is a bucket: full at first, refilled evenly all the time, never above its capacity (one minute's worth). A call takes one request and its tokens from the buckets *at once*, even if a bucket falls below zero, and is then told how many seconds to wait until neither is below zero. So whoever asks next waits longer. A call with more tokens than the capacity raises `ValueError` and takes nothing.


# %%
class RateBudget:
    """Say how long a call has to wait so that a provider's two limits are kept.

    >>> budget = RateBudget(requests_per_minute=60, tokens_per_minute=600)
    >>> budget.delay(600, now=0.0), budget.delay(100, now=0.0), budget.delay(10, now=4.0)
    (0.0, 10.0, 7.0)
    """

    def __init__(self, requests_per_minute: int, tokens_per_minute: int) -> None:
        """Begin with both buckets full. Both limits are 1 or more."""
        # BEGIN SOLUTION
        self.capacity = (requests_per_minute, tokens_per_minute)
        self.level = [float(requests_per_minute), float(tokens_per_minute)]
        self.last: float | None = None
        # END SOLUTION

    def delay(self, tokens: int, now: float) -> float:
        """Take one request and `tokens` from the buckets; return the seconds until neither is below zero.

        `now` is a clock's time in seconds: it begins anywhere, even below zero, and never goes back. Raises ValueError if `tokens` is
        above the capacity.
        """
        # BEGIN SOLUTION
        if tokens > self.capacity[1]:
            raise ValueError(f"{tokens} tokens never fit into {self.capacity[1]} a minute")
        passed = 0.0 if self.last is None else now - self.last
        self.last, wait = now, 0.0
        for bucket, taken in enumerate((1, tokens)):
            capacity = self.capacity[bucket]
            level = min(capacity, self.level[bucket] + passed * capacity / 60) - taken
            self.level[bucket] = level
            wait = max(wait, -level * 60 / capacity)
        return wait
        # END SOLUTION


# %%
check(RateBudget)

# %% [markdown] tags=["solution"]
# Nothing has to run in the background: from the level at the last call and the time since then, the level now follows. `min` keeps an idle hour from piling up; it must come before the payment. A level below zero is the queue: it remembers what is already promised to earlier callers, and dividing it by the rate of refilling gives the seconds. The slower of the two buckets decides.
