"""Checks, hints and known mistakes of 04_llm_production/02_llm_apis."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import strategies as st

from handrail.expect import (
    AnswerRaised,
    Mismatch,
    agree,
    attempt,
    between,
    call,
    close,
    equivalent,
    for_all,
    hints,
    kind,
    require,
    told_by_message,
)
from handrail.kit.calls import Answer, IncompleteAnswer
from handrail.kit.llm import Price
from handrail.literals import literal

# 1 -------------------------------------------------------------------------------------------------- request_cost


def exact_cost(usage, price):
    """Add up, token by token where they differ, in fractions."""
    sums = Fraction(0)
    for count, dollars in (
        (usage["input"], price.input),
        (usage["output"], price.output),
        (usage["cached_input"], price.cached_input),
        (-usage["cached_input"], price.input),
    ):
        sums += count * Fraction(dollars)
    return sums / 1_000_000


@st.composite
def priced(draw):
    total = draw(between(0, 9) | between(0, 2_000_000))
    usage = {"input": total, "cached_input": draw(between(0, total)), "output": draw(between(0, 9_999))}
    cents = [Decimal(draw(between(0, 2_000))) / 100 for _ in range(2)]
    return call(usage, Price(input=cents[0], output=cents[1], cached_input=Decimal(draw(between(0, 500))) / 1_000))


SMALL = Price(input=Decimal("0.20"), output=Decimal("0.80"), cached_input=Decimal("0.02"))


def used(whole, cached, written):
    return {"input": whole, "cached_input": cached, "output": written}


@hints(
    "Which of the input tokens pay the full price? Take the cached ones away first.",
    "Three products: tokens times the price of their kind. Prices are for a million tokens.",
    "Stay with `int` and `Decimal` to the end, and divide the sum by the integer 1_000_000.",
)
def check_request_cost(request_cost):
    def costs(usage, price):
        given = call(usage, price)
        cost = request_cost(*given.copy().args)
        kind(cost, Decimal)
        exact = exact_cost(usage, price)
        right = Decimal(exact.numerator) / Decimal(exact.denominator)
        require(cost == right, f"The cost is {cost:f} dollars here; it should be exactly {right:f}.", given)

    odd = Price(input=Decimal("0.1"), output=Decimal("0.3"), cached_input=Decimal("0.07"))
    kept = Price(input=Decimal("1"), output=Decimal("2"), cached_input=Decimal("1.25"))  # caching may cost more
    also = [
        call(used(1, 0, 0), SMALL),
        call(used(0, 0, 1), SMALL),
        call(used(1, 1, 0), SMALL),
        call(used(3, 0, 0), odd),
        call(used(3, 2, 1), odd),
        call(used(7, 7, 0), kept),
        call(used(123_456_789_012, 4_567, 1), odd),
        call(used(0, 0, 0), SMALL),
    ]
    for_all(costs, on=priced(), also=also, examples=40)
    spare = Price(input=Decimal("0.000000000123"), output=Decimal("15"), cached_input=Decimal("0.3"))
    costs(used(10_000_004, 1, 999), spare)
    usage = used(1, 0, 0) | {"total": 99, "reasoning": 5}
    costs(usage, SMALL)


def request_cost__cached_twice(usage, price):
    """You charged the cached tokens twice: at the full price, as part of the input, and again at their own. Of 1,000
    input tokens of which 800 are cached, only 200 pay the full price."""
    total = usage["input"] * price.input + usage["cached_input"] * price.cached_input + usage["output"] * price.output
    return total / 1_000_000


def request_cost__per_thousand(usage, price):
    """Your bill is 1,000 times too high. Prices are for a *million* tokens."""
    fresh = usage["input"] - usage["cached_input"]
    total = fresh * price.input + usage["cached_input"] * price.cached_input + usage["output"] * price.output
    return total / 1_000


def request_cost__float_money(usage, price):
    """A float on the way has rounded the cost: 0.1 + 0.2 isn't 0.3 in binary. Calculate in `Decimal`,
    and the sum of 100,000 calls is right to the cent."""
    fresh = usage["input"] - usage["cached_input"]
    parts = fresh * float(price.input), usage["cached_input"] * float(price.cached_input)
    return Decimal((sum(parts) + usage["output"] * float(price.output)) / 1e6)


def request_cost__rounded(usage, price):
    """You rounded. One call costs a fraction of a cent, and rounding makes it 0 or 1: round the monthly sum, not the
    call."""
    fresh = usage["input"] - usage["cached_input"]
    total = fresh * price.input + usage["cached_input"] * price.cached_input + usage["output"] * price.output
    return round(total / 1_000_000, 2)


def request_cost__cache_is_free(usage, price):
    """Cached tokens cost less, but they aren't free: they have a price of their own."""
    return ((usage["input"] - usage["cached_input"]) * price.input + usage["output"] * price.output) / 1_000_000


# 2 --------------------------------------------------------------------------------------------------- join_stream


def joined(chunks):
    """Collect everything first, then choose."""
    chunks = list(chunks)
    choices = [choice for chunk in chunks for choice in chunk["choices"]]
    texts = [choice["delta"]["content"] for choice in choices if "content" in choice["delta"]]
    reasons = [choice["finish_reason"] for choice in choices if "finish_reason" in choice]
    usages = [chunk["usage"] for chunk in chunks if "usage" in chunk]
    text = "".join(text for text in texts if text is not None)
    reasons = [reason for reason in reasons if reason is not None] or ["incomplete"]
    usages = [usage for usage in usages if usage is not None] or [{}]
    return Answer(text, usages[0], reasons[0])


def said(*content, reason=..., **more):
    """A chunk with a choice; without content, or without a reason if it is `...`."""
    delta = {"content": content[0]} if content else {}
    ending = {} if reason is ... else {"finish_reason": reason}
    return {"choices": [{"index": 0, "delta": delta, **ending}], **more}


USAGE = {"prompt_tokens": 61, "completion_tokens": 12, "total_tokens": 73}


@st.composite
def streams(draw):
    chunks = []
    for piece in draw(st.lists(st.sampled_from(["a", " b", "", None, "ü", "\n", ...]), max_size=5)):
        chunk = said(*([] if piece is ... else [piece]), reason=draw(st.sampled_from([None, ...])))
        chunks.append(chunk | draw(st.sampled_from([{}, {"usage": None}])))
    if draw(st.booleans()):
        end = said(*draw(st.sampled_from([[], [None], ["z"]])), reason=draw(st.sampled_from(["stop", "length"])))
        chunks.append(end | draw(st.sampled_from([{}, {"usage": None}, {"usage": dict(USAGE)}])))
        if draw(st.booleans()):
            chunks.append(said(None, reason=None))
    if draw(st.booleans()) and not any(chunk.get("usage") for chunk in chunks):
        chunks.append({"choices": [], "usage": dict(USAGE)})
        if draw(st.booleans()):
            chunks.append({"choices": []})
    return call(chunks)


STREAMS = [
    call([said("yes", reason="stop")]),
    call([said("yes", reason="stop"), {"choices": [], "usage": dict(USAGE)}]),
    call([said("yes"), said(reason="stop")]),
    call([said(None), said("yes", reason="stop")]),
    call([said("yes", reason="length"), said(reason=None)]),
    call([said("one"), said(" two"), said(" three")]),
    call([said("yes", reason="stop", usage=dict(USAGE)), {"choices": [], "usage": None}]),
    call([{"choices": [], "usage": None}, said("a"), {"choices": []}, said("b", reason="content_filter")]),
    call([said("", reason="tool_calls")]),
    call([]),
    call([{"choices": [], "usage": {"total_tokens": 9, "prompt_tokens_details": {"cached_tokens": 4}}}]),
]


@hints(
    "What do you need to know at the end? Begin with what holds if no chunk says it.",
    "A loop over `chunk['choices']` is right for one choice and for none. `dict.get` is right for a missing key.",
    "`new or old` keeps the old value when the new one is None: for the reason as for the usage. Begin with "
    "'incomplete'.",
)
def check_join_stream(join_stream):
    agree(join_stream, joined, on=streams(), also=STREAMS, examples=40)
    words = [said("read", reason=None), said(" once", reason="stop"), {"choices": [], "usage": dict(USAGE)}]

    def read_once():
        yield from words

    why = "These chunks come from a generator, as those of a stream do: they can be read only once."
    close(join_stream(read_once()), Answer("read once", USAGE, "stop"), "the answer", why=why)


def join_stream__index_error(chunks):
    """A chunk without choices, such as the last one, which carries only the usage, has no `choices[0]`."""
    text, usage, reason = "", {}, "incomplete"
    for chunk in chunks:
        choice = chunk["choices"][0]
        text += choice["delta"].get("content") or ""
        reason = choice.get("finish_reason") or reason
        usage = chunk.get("usage") or usage
    return Answer(text, usage, reason)


def join_stream__none_added(chunks):
    """You added `None` to the text. A delta's content may be None: add it only if there is one."""
    text, usage, reason = "", {}, "incomplete"
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk["choices"]:
            text += choice["delta"].get("content", "")
            reason = choice.get("finish_reason") or reason
    return Answer(text, usage, reason)


def join_stream__content_always(chunks):
    """A delta may come without the key `content`: the one that ends an answer usually does."""
    text, usage, reason = "", {}, "incomplete"
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk["choices"]:
            text += choice["delta"]["content"] or ""
            reason = choice.get("finish_reason") or reason
    return Answer(text, usage, reason)


def join_stream__reason_overwritten(chunks):
    """A finish reason came, and the None of a later chunk replaced it. Keep the one that is a reason."""
    text, usage, reason = "", {}, None
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk["choices"]:
            text += choice["delta"].get("content") or ""
            reason = choice.get("finish_reason")
    return Answer(text, usage, reason or "incomplete")


def join_stream__usage_overwritten(chunks):
    """The usage came, but not in the last chunk, and you lost it. Keep the one that came."""
    answer, usage = joined(chunks), {}
    for chunk in chunks:
        usage = chunk.get("usage") or {}
    return Answer(answer.text, usage, answer.stop)


def join_stream__looks_complete(chunks):
    """The stream broke off in the middle, without a finish reason, and you reported that it had stopped by itself."""
    answer = joined(chunks)
    return Answer(answer.text, answer.usage, "stop" if answer.stop == "incomplete" else answer.stop)


def join_stream__stops_at_the_reason(chunks):
    """You stopped reading at the finish reason. The usage comes after it."""
    text = ""
    for chunk in chunks:
        for choice in chunk["choices"]:
            text += choice["delta"].get("content") or ""
            if choice.get("finish_reason"):
                return Answer(text, chunk.get("usage") or {}, choice["finish_reason"])
    return Answer(text, joined(chunks).usage, "incomplete")


# 3 -------------------------------------------------------------------------------------------------- parse_events

MOST_EVENTS = 500
"""An answer that yields more than this for a few bytes never ends."""


def events_in(whole):
    """Read a stream that is there as one text, by cutting it at its empty lines."""
    found = []
    *records, _ = whole.replace("\r\n", "\n").split("\n\n") if whole else [""]
    for record in records:
        name, data = "", []
        for line in record.split("\n"):
            field, value = line.split(":", 1) if ":" in line else (line, "")
            value = value[1:] if value[:1] == " " else value
            name = value if field == "event" else name
            data += [value] * (field == "data")
        if data:
            found.append((name or "message", "\n".join(data)))
    return found


LINES = (
    "data: a", "data:b", "data:  c ", "data: ü:1", "data: \u2028x", "data: \x0b\x85y", "data:", "data", "event: x",
    "event:y", "event: 1", "event", ": ping", ":", "id: 7", "retry: 10", "dates: 1", " data: z", "data : w", "Data: v",
)  # fmt: skip


@st.composite
def cut_streams(draw):
    lines = draw(st.lists(st.sampled_from([*LINES, "data: a", "event: x", "", "", "", ""]), min_size=1, max_size=7))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    tail = draw(st.sampled_from([end, end + end, end + end, ""]))
    raw = (end.join(lines) + tail).encode()
    return call(cut(raw, draw(st.sets(between(0, len(raw)), max_size=6))))


def cut(raw, places):
    """Cut bytes at these places; an empty block is possible at both ends."""
    edges = [0, *sorted(places), len(raw)]
    return [raw[begin:end] for begin, end in pairwise(edges)]


TRAPS = [
    call([b"data: a\n\n"]),
    call([b"data: a\n\ndata: b\n\n"]),
    call([b"data: a\n", b"\n"]),
    call([b"da", b"ta: a\n\n"]),
    call([b"data: \xc3", b"\xbc\n\n"]),
    call([b"data:  a\n\n"]),
    call([b"data: a \n\n"]),
    call([b"data:\ta\n\n"]),
    call([b": ping\n\n"]),
    call([b": ping\ndata: a\n\n"]),
    call([b"data: a\ndata: b\n\n"]),
    call([b"event: x\ndata: a\n\ndata: b\n\n"]),
    call([b"event: x\n\ndata: a\n\n"]),
    call([b"data: a\r\n\r\n"]),
    call([b"data: a\r", b"\n\r", b"\n"]),
    call([b"data: a:b\n\n"]),
    call([b"data: a\n\ndata: b\n"]),
    call([b"data\n\n"]),
    call([b"data:\ndata:\n\n"]),
    call(["data: \u2028 \x85\n\n".encode()]),
    call([b"id: 7\nretry: 10\ndata: a\n\n"]),
    call([b"event\ndata: a\n\n"]),
    call([b"event: x\nevent: y\ndata: a\n\n"]),
    call([b"\n\n\ndata: a\n\n\n"]),
    call([b"Data: a\ndata : b\n data: c\ndata: d\n\n"]),
    call([b"", b"data: a\n\n", b""]),
    call([b"data: a\r\r\n\r\n"]),
    call([b"data: a\rb\n\n"]),
    call([b"data: a\r\n\n"]),
    call([b"data: a\n\r\n"]),
    call([b"data: a\n \ndata: b\n\n"]),
    call([b"\xef\xbb\xbf: begin\ndata: a\n\n"]),
    call([]),
]


def listed(parse_events, blocks):
    """Return what the answer yields; it may be any iterable."""
    given = call(blocks)
    found = parse_events(iter(list(blocks)))
    require(hasattr(found, "__iter__"), f"The result should yield events; it is {literal(found)}.", given)

    def collect():
        events = []
        for event in found:
            events.append(event)
            if len(events) > MOST_EVENTS:
                break
        return events

    return attempt(collect, "reading the events", given)


@told_by_message
@hints(
    "Which part of a block can't you read yet? Where does it have to wait?",
    "Keep the bytes behind the last LF for the next block. Decode complete lines only.",
    "Cut the line at its first colon. An empty line yields the event if it has data, and clears name and data in any "
    "case.",
)
def check_parse_events(parse_events):
    def same_events(blocks):
        found = listed(parse_events, blocks)
        right = events_in(b"".join(blocks).decode())
        close(found, right, "the list of events", given=call(blocks))
        for event in found:
            kind(event, tuple, "an event")

    for_all(same_events, on=cut_streams(), also=TRAPS)
    every = "event: add\r\ndata: ü\r\n\r\n: ping\r\n\r\ndata: 1\r\ndata:  2\r\n\r\n".encode()
    same_events([every[place : place + 1] for place in range(len(every))])
    _is_prompt(parse_events)
    _is_its_own(parse_events)
    _is_patient(parse_events)


def _is_prompt(parse_events):
    """Fail unless events come before the next block is read."""
    taken = []

    def blocks():
        for block in (b"data: a\n\ndata: b\n\nda", b"ta: c\n\n", b"data: d\n\n"):
            taken.append(block)
            yield block

    found = parse_events(blocks())
    require(isinstance(found, Iterator), f"The result should be an iterator; it is a {type(found).__name__}.")
    for number, data in (("first", "a"), ("second", "b")):
        event = attempt(lambda: next(found, None), f"asking for the {number} event")
        require(
            len(taken) == 1,
            f"You read {len(taken)} blocks before the {number} event, which was complete in the first. Whoever reads "
            "along waits for the rest of the answer. Yield each event as soon as its empty line is there.",
        )
        close(event, ("message", data), f"the {number} event")


def _is_its_own(parse_events):
    """Fail if two streams share what they remember."""

    def one():
        yield from (b"event: x\nda", b"ta: 1\n\n")

    def another():
        yield b"data: 2\n\n"

    first, second = parse_events(one()), parse_events(another())
    found = attempt(lambda: [next(second, None), next(first, None)], "reading two streams in turn")
    why = "What is left of one stream has no place in another: keep it in local variables."
    close(found, [("message", "2"), ("x", "1")], "the list of an event from each of two streams", why=why)


def _is_patient(parse_events):
    """Fail if a long line that comes in many blocks is cut."""
    size = 40_000

    def blocks():
        yield b"data: "
        for _ in range(10):
            yield b"x" * (size // 10)
        yield b"\n\n"

    found = attempt(lambda: list(parse_events(blocks())), "reading a long line")
    kept = len(found[0][1]) if found else 0
    require(kept == size, f"A line of data with {size:,} characters came in 12 blocks; you kept {kept:,} of them.")


def _parsed(blocks, *, rest=True, decode=None, strip=None, comments=False, forget=True, default="message", flush=False):
    """Parse as it should be done, but for what a mistake changes."""
    left, event, data = b"", "", []
    for block in blocks:
        if decode:
            block = decode(block).encode()
        *lines, left = ((left if rest else b"") + block).split(b"\n")
        for raw in lines:
            line = raw.removesuffix(b"\r").decode()
            if not line:
                if data:
                    yield event or default, "\n".join(data)
                event, data = ("" if forget else event), []
                continue
            field, _, value = line.partition(":")
            value = strip(value) if strip else value.removeprefix(" ")
            if field == "event":
                event = value
            elif field == "data" or (comments and not field):
                data.append(value)
    if flush and data:
        yield event or default, "\n".join(data)


def parse_events__one_block_one_event(blocks):
    """You took a block for an event. The network cuts where it likes: a block may hold two events, or half of one."""
    for block in blocks:
        yield from _parsed([block])


def parse_events__decodes_each_block(blocks):
    """You decoded a block. A character may be cut by its end: its first byte is here, the second in the next block.
    Decode complete lines."""
    yield from _parsed(blocks, decode=lambda block: block.decode())


def parse_events__ignores_bad_bytes(blocks):
    """A character that was cut between two blocks has disappeared, or turned into question marks. Decode complete
    lines."""
    yield from _parsed(blocks, decode=lambda block: block.decode(errors="ignore"))


def parse_events__strips_everything(blocks):
    """You stripped the data. Only one space after the colon belongs to the syntax, all others to the text."""
    yield from _parsed(blocks, strip=str.strip)


def parse_events__keeps_the_space(blocks):
    """The space after the colon belongs to the syntax, not to the data."""
    yield from _parsed(blocks, strip=str)


def parse_events__comment_is_data(blocks):
    """You took a comment for data. A line that begins with a colon keeps the connection alive, and says nothing."""
    yield from _parsed(blocks, comments=True)


def parse_events__name_stays(blocks):
    """The next event has the name of the one before. An empty line ends the name, too, even if there was no data."""
    yield from _parsed(blocks, forget=False)


def parse_events__unfinished(blocks):
    """The last event has no empty line behind it: the stream broke off, and you returned what there was as if it were
    whole."""
    yield from _parsed(blocks, flush=True)


def parse_events__last_line_of_data(blocks):
    """An event may have several lines of data. You kept one of them: join them all with a newline."""
    for name, data in _parsed(blocks):
        yield name, data.rsplit("\n", 1)[-1]


def parse_events__all_at_once(blocks):
    """You waited for the end of the stream before the first event. Yield each event when its empty line is there."""
    yield from iter(events_in(b"".join(blocks).decode()))


def parse_events__splits_everywhere(blocks):
    """`splitlines` also splits text at characters such as U+2028, which may stand in the data. Only LF ends a line
    here."""
    left, event, data = b"", "", []
    for block in blocks:
        whole, _, left = (left + block).rpartition(b"\n")
        for line in (whole.decode() + "\n").splitlines() if _ else []:
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


# 4 -------------------------------------------------------------------------------------------- finish_long_answer


class ScriptedModel:
    """A model that says what it was told to say, and remembers what it was asked."""

    def __init__(self, replies):
        self.replies, self.asked = list(replies), []

    def __call__(self, messages):
        require(isinstance(messages, list), f"`ask` takes a list of messages; you passed a {type(messages).__name__}.")
        self.asked.append([dict(message) for message in messages])
        require(
            len(self.asked) <= len(self.replies),
            f"You asked {len(self.asked)} times. Count the calls, and look at `stop` after each.",
        )
        text, stop = self.replies[len(self.asked) - 1]
        return Answer(text, {"input": 9, "cached_input": 0, "output": 9}, stop, "req_1")

    def __deepcopy__(self, memo):
        return self

    def __repr__(self):
        return f"ScriptedModel({self.replies})"


def without_repetition(parts):
    """Join the parts, leaving out the longest repetition of three characters or more: try every one."""
    text = parts[0]
    for part in parts[1:]:
        sizes = [size for size in range(len(part) + 1) if size == 0 or (size >= 3 and text[-size:] == part[:size])]
        text += part[max(sizes) :]
    return text


BEHIND = "From the second call on, one assistant turn with all the text so far stands behind the messages, and no more."
QUESTION = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Report."}]


@st.composite
def answers(draw):
    first = draw(st.text("ab", min_size=1, max_size=7))
    parts, text = [first], first
    for _ in range(draw(between(0, 3))):
        again = draw(between(0, len(text)))
        parts.append(text[len(text) - again :] * draw(between(0, 1)) + draw(st.text("abc", max_size=4)))
        text = without_repetition(parts)
    return call(parts, draw(st.sampled_from(["stop", "stop", "length", "refusal"])), draw(between(0, 2)))


LONG = [
    call(["whole"], "stop", 2),
    call(["one two", " three"], "stop", 1),
    call(["of the", " the report"], "stop", 1),
    call(["of the", "the report"], "stop", 1),
    call(["hel", "lo"], "stop", 1),
    call(["a banana", "nas"], "stop", 1),
    call(["no no no", " no no no no"], "stop", 1),
    call(["all of it", "all of it"], "stop", 1),
    call(["one", "two", "three"], "stop", 0),
    call(["one", "two", "three"], "length", 0),
    call(["one"], "length", 0),
    call(["one", ""], "refusal", 0),
    call(["one two", "o three", " three four"], "stop", 0),
    call(["abc", "abcabcabcd"], "stop", 0),
    call(["9 \N{EURO SIGN}", "\N{EURO SIGN} 5"], "stop", 0),
    call(["of the", "The end"], "stop", 0),
    call(["one ", " two"], "stop", 0),
]


@told_by_message
@hints(
    "What does the model need to see so that it goes on instead of starting anew?",
    "Each call gets a new list: the messages, and one assistant turn with all the text so far.",
    "Try the sizes of the repetition from the longest down to 3, with `endswith`. Behind the loop there is only one "
    "thing left to do.",
)
def check_finish_long_answer(finish_long_answer):
    def finishes(parts, last, spare):
        _finishes(finish_long_answer, parts, last, spare)

    for_all(finishes, on=answers(), also=LONG, examples=40)
    begun = [*QUESTION, {"role": "assistant", "content": "Dear all,"}]
    _finishes(finish_long_answer, [" all, hello", "hello!"], "stop", 1, begun)
    _forgets_nothing(finish_long_answer)


def _forgets_nothing(finish_long_answer):
    """Fail unless a very long repetition is found."""
    long = " ".join(f"{number}." for number in range(900))
    model = ScriptedModel([(f"See {long}", "length"), (f"{long} End.", "stop")])
    text = finish_long_answer(model, [dict(message) for message in QUESTION], 2)
    kind(text, str)
    require(
        text == f"See {long} End.",
        f"The second part began with the last {len(long):,} characters of the text; all of them should be left out. "
        f"Your text has {len(text):,} characters; {len(long) + 9:,} are right.",
        call("‹a model that repeats a whole page›", limit=2),
    )


def _finishes(finish_long_answer, parts, last, spare, question=QUESTION):
    """Let a model say these parts, cut but for the last, and allow so many calls more than are needed."""
    replies = [(part, "length") for part in parts[:-1]] + [(parts[-1], last)]
    limit = len(parts) + (0 if last == "length" else spare)
    model, messages = ScriptedModel(replies), [dict(message) for message in question]
    story = call(replies, **({} if question is QUESTION else {"messages": question}), limit=limit)
    right, error = without_repetition(parts), None
    try:
        text = finish_long_answer(model, messages, limit)
    except AnswerRaised as raised:
        if isinstance(raised.error, Mismatch):
            raise Mismatch(raised.error.message, story) from raised
        if last == "length" and not isinstance(raised.error, (IncompleteAnswer, NotImplementedError)):
            name = type(raised.error).__name__
            require(False, f"All {limit} allowed calls were cut: raise IncompleteAnswer. {name} was raised.", story)
        if not isinstance(raised.error, IncompleteAnswer):
            raise
        error, text = raised.error, None
    require(messages == question, "The caller's list of messages has changed. Make a new list for each call.", story)
    for number, asked in enumerate(model.asked):
        said = [{"role": "assistant", "content": without_repetition(parts[:number])}] if number else []
        close(asked, [*question, *said], f"the `messages` of call {number + 1}", given=story, why=BEHIND)
    close(len(model.asked), len(replies), "the number of calls", given=story)
    if last != "length":
        require(error is None, "You raised IncompleteAnswer, though the last part wasn't cut.", story)
        kind(text, str)
        close(text, right, given=story)
        return
    require(
        error is not None,
        f"The last of {limit} allowed calls was still cut, and you returned {literal(text)} as if it were whole. Raise "
        "IncompleteAnswer.",
        story,
    )
    close(error.text, right, "the text that IncompleteAnswer carries", given=story)


def _finished(ask, messages, limit, *, overlap=3, longest=True, give_up=True):
    text = ""
    for _ in range(limit):
        answer = ask([*messages, *([{"role": "assistant", "content": text}] if text else [])])
        text += _rest(text, answer.text, overlap, longest)
        if answer.stop != "length":
            return text
    if give_up:
        raise IncompleteAnswer(text)
    return text


def _rest(text, part, least, longest=True):
    sizes = range(least, min(len(text), len(part)) + 1)
    for size in reversed(sizes) if longest else sizes:
        if text.endswith(part[:size]):
            return part[size:]
    return part


def finish_long_answer__asks_from_the_start(ask, messages, limit):
    """Each of your calls had the same messages, so the model wrote the beginning again. It needs the text so far, as an
    assistant turn."""
    return _finished(lambda _: ask(messages), messages, limit)


def finish_long_answer__overlap_doubled(ask, messages, limit):
    """A part began with the end of the text so far, and you wrote it twice: "of the the report"."""
    return _finished(ask, messages, limit, overlap=10**9)


def finish_long_answer__returns_half(ask, messages, limit):
    """The answer was still cut after the last call, and you returned it as if it were whole."""
    return _finished(ask, messages, limit, give_up=False)


def finish_long_answer__mutates_the_caller(ask, messages, limit):
    """The caller's list of messages has grown. Make a new list for each call."""
    own, text = messages, ""
    for number in range(limit):
        answer = ask(own)
        text += _rest(text, answer.text, 3)
        if number == 0:
            own.append({})
        own[-1] = {"role": "assistant", "content": text}
        if answer.stop != "length":
            return text
    raise IncompleteAnswer(text)


def finish_long_answer__many_turns(ask, messages, limit):
    """You appended a turn for each part. The model should see the whole text so far in one assistant turn."""
    turns, text = [], ""
    for _ in range(limit):
        answer = ask([*messages, *turns])
        part = _rest(text, answer.text, 3)
        text += part
        turns.append({"role": "assistant", "content": part})
        if answer.stop != "length":
            return text
    raise IncompleteAnswer(text)


def finish_long_answer__eager_overlap(ask, messages, limit):
    """You dropped one or two equal letters: "hel" and "lo" aren't a repetition. It takes three characters."""
    return _finished(ask, messages, limit, overlap=1)


def finish_long_answer__shortest_overlap(ask, messages, limit):
    """You left out a short repetition inside a longer one. Begin with the longest."""
    return _finished(ask, messages, limit, longest=False)


def finish_long_answer__needs_stop(ask, messages, limit):
    """You asked on until the reason was "stop". Every reason but "length" ends the answer: a refusal stays one."""
    text = ""
    for _ in range(limit):
        answer = ask([*messages, *([{"role": "assistant", "content": text}] if text else [])])
        text += _rest(text, answer.text, 3)
        if answer.stop == "stop":
            return text
    raise IncompleteAnswer(text)


def finish_long_answer__last_part_only(ask, messages, limit):
    """The exception carries only the last part. Whoever catches it needs all the text."""
    text = part = ""
    for _ in range(limit):
        answer = ask([*messages, *([{"role": "assistant", "content": text}] if text else [])])
        part = _rest(text, answer.text, 3)
        text += part
        if answer.stop != "length":
            return text
    raise IncompleteAnswer(part)


# 5 ---------------------------------------------------------------------------------------------------- RateBudget


def waits(limits, history):
    """Return the wait of each call, or None where it is refused, from the whole history each time: no level is kept.

    A bucket that is never overfull holds, before a call, the least of what is left since any earlier moment: its
    capacity, less what was taken since then, plus what flowed in.
    """
    found, past = [], []
    for tokens, now in history:
        if tokens > limits[1]:
            found.append(None)
            continue
        past.append(((1, tokens), now))
        found.append(max(0.0, *(_debt(limits[b], [(c[b], t) for c, t in past]) for b in (0, 1))))
    return found


def _debt(capacity, payments):
    """Return the seconds that a bucket needs; times are multiples of 1/4, so that only the last step rounds."""
    now, taken, left = payments[-1][1], 0, []
    for cost, when in reversed(payments):
        taken += cost
        left.append(60 * (capacity - taken) + capacity * (now - when))
    return -min(left) / capacity


@st.composite
def histories(draw):
    limits = draw(st.sampled_from([(60, 600), (1, 60), (30, 60), (6, 6000), (120, 120)]))
    now, history = draw(st.sampled_from([0.0, 1000.0, -45.0])), []
    gaps, tokens = st.sampled_from([0.0, 0.0, 0.5, 1.0, 10.0, 90.0]), st.sampled_from([0, 1, 10, 60, 601])
    for gap, count in draw(st.lists(st.tuples(gaps, tokens), min_size=1, max_size=7)):
        now += gap
        history.append((count, now))
    return call(limits, history)


def at(now, *tokens):
    return [(count, now) for count in tokens]


HISTORIES = [
    call((60, 60), at(0.0, 60)),
    call((1, 60), at(0.0, 60, 30)),
    call((60, 600), at(0.0, 600, 100)),
    call((60, 600), at(0.0, 600, 100, 100)),
    call((1, 600), at(0.0, 1, 1, 1)),
    call((1, 600), at(59.5, 1) + at(60.0, 1)),
    call((60, 600), at(0.0, 600) + at(4.0, 10)),
    call((60, 600), at(0.0, 600) + at(3600.0, 600, 600)),
    call((60, 600), at(0.0, 601)),
    call((1, 600), at(0.0, 601, 1)),
    call((60, 600), at(0.0, 601, 600, 1)),
    call((60, 600), at(0.0, 600) + at(30.0, 601, 300)),
    call((60, 600), at(5000.0, 600, 1)),
    call((60, 600), at(-30.0, 600) + at(-20.0, 100)),
    call((60, 7), at(0.0, 7, 1)),
    call((2, 600), at(0.0, 400, 400, 400)),
    call((3, 600), at(0.0, 0, 0, 0, 0) + at(7.0, 0) + at(200.0, 1, 1, 1, 1)),
    call((60, 600), at(0.0, 600, 600) + at(30.0, 600) + at(400.0, 600, 1)),
    call((1, 1), at(0.0, 1, 1) + at(60.0, 1) + at(500.0, 1, 0)),
    call((6, 60), at(0.0, 60, 60, 60, 60, 60) + at(100.0, 60, 0, 0, 0, 0, 0, 0, 0, 0)),
]


@hints(
    "What has to be remembered between two calls, and what follows from the time that has passed?",
    "For each bucket: refill, cap, pay, and only then look. The level may be negative: that is what others were "
    "promised.",
    "The wait of one bucket is what is missing, divided by what flows in each second. The longer wait of the two is "
    "the answer, and it is never below 0.",
)
@equivalent(
    "0.0 if self.last is None else now - self.last",
    "1.0 if self.last is None else now - self.last",
    because="a full bucket stays full",
)
def check_RateBudget(RateBudget):
    def plays(limits, history):
        _plays(RateBudget, limits, history)

    plays(*HISTORIES[0].args)
    _begins_anew(RateBudget)
    for given in HISTORIES[1:]:
        plays(*given.args)
    for_all(plays, on=histories(), examples=40)
    _are_separate(RateBudget)
    crowd = [(37, 0.25 * step) for step in range(40)]
    plays((60, 6_000), crowd)
    plays((50, 100_000), crowd)


def _plays(RateBudget, limits, history):
    budget = attempt(lambda: RateBudget(*limits), "making a budget")
    for number, (right, (tokens, now)) in enumerate(zip(waits(limits, history), history, strict=True), 1):
        story = call(*limits, calls=history[:number])
        _compare(budget, tokens, now, right, story, f"the delay of call {number}, of {tokens} tokens at {now:g} s")


def _compare(budget, tokens, now, right, story, what):
    try:
        delay = budget.delay(tokens=tokens, now=now)
    except NotImplementedError:
        raise
    except ValueError as error:
        require(right is None, f"For {what}, ValueError was raised ({error}); the tokens do fit.", story)
        return
    except Exception as error:
        require(False, f"For {what}, {type(error).__name__} was raised: {error}", story)
    require(right is not None, f"{what} should raise ValueError: so many tokens never fit. It is {delay!r}.", story)
    close(delay, right, what, given=story, atol=1e-6)


def _begins_anew(RateBudget):
    for what in ("a budget", "a second budget with the same limits, made after the first was used,"):
        budget = attempt(lambda: RateBudget(50, 500), "making a budget")
        _compare(budget, 500, 0.0, 0.0, call(50, 500, calls=at(0.0, 500)), f"the delay of the first call to {what}")


def _are_separate(RateBudget):
    first = attempt(lambda: RateBudget(requests_per_minute=60, tokens_per_minute=600), "making a budget")
    _compare(first, 600, 0.0, 0.0, None, "the delay of the first call")
    second = attempt(lambda: RateBudget(1, 60), "making a second budget")
    _compare(second, 60, 1.0, 0.0, None, "the delay of the first call to a second budget, made after another was used,")
    _compare(first, 100, 1.0, 9.0, None, "the delay of a call to the first budget, after a second one was used,")


class _Budget:
    """A right budget, for mistakes to deviate from."""

    def __init__(self, requests_per_minute, tokens_per_minute):
        self.capacity = [requests_per_minute, tokens_per_minute]
        self.level, self.last = [float(requests_per_minute), float(tokens_per_minute)], None

    def refill(self, now):
        passed = 0.0 if self.last is None else now - self.last
        self.last = now
        self.level = [
            self.cap(level + passed * most / 60, most) for level, most in zip(self.level, self.capacity, strict=True)
        ]

    def cap(self, level, most):
        return min(level, most)

    def pay(self, tokens):
        self.level = [self.level[0] - 1, self.level[1] - tokens]

    def wait(self):
        return max(0.0, *(-level * 60 / most for level, most in zip(self.level, self.capacity, strict=True)))

    def delay(self, tokens, now):
        if tokens > self.capacity[1]:
            raise ValueError("too many tokens")
        self.refill(now)
        self.pay(tokens)
        return self.wait()


class RateBudget__fixed_window(_Budget):
    """You count the calls of each clock minute, and forget them all when the next begins: 60 calls at 0:59 and 60 at
    1:01 are 120 within two seconds. The bucket refills evenly, all the time."""

    def delay(self, tokens, now):
        if tokens > self.capacity[1]:
            raise ValueError("too many tokens")
        window = now // 60
        if self.last != window:
            self.last, self.level = window, [float(most) for most in self.capacity]
        self.pay(tokens)
        return self.wait()


class RateBudget__does_not_reserve(_Budget):
    """A call that has to wait took nothing, so the next one is told the same: all come back at once. Each call takes
    its share when it asks, even below zero."""

    def delay(self, tokens, now):
        if tokens > self.capacity[1]:
            raise ValueError("too many tokens")
        self.refill(now)
        before = self.level
        self.pay(tokens)
        wait = self.wait()
        self.level = before if wait else self.level
        return wait


class RateBudget__pays_later(_Budget):
    """You took a call's share when its wait is over, so a bucket that is full meanwhile gains nothing. It is taken at
    once, when the call asks, and the bucket refills from then on."""

    def delay(self, tokens, now):
        if tokens > self.capacity[1]:
            raise ValueError("too many tokens")
        self.refill(now)
        missing = [most - level for most, level in zip((1, tokens), self.level, strict=True)]
        wait = max(0.0, *(short * 60 / most for short, most in zip(missing, self.capacity, strict=True)))
        self.refill(now + wait)
        self.pay(tokens)
        return wait


class RateBudget__overflows(_Budget):
    """An idle hour filled your bucket above its capacity. It never holds more than one minute's worth."""

    def cap(self, level, most):
        return level


class RateBudget__only_requests(_Budget):
    """You kept the limit of requests only. The bucket of tokens was empty, and the service would have answered 429."""

    def wait(self):
        return max(0.0, -self.level[0] * 60 / self.capacity[0])


class RateBudget__only_tokens(_Budget):
    """Here the requests decide, and you waited for the tokens only. A service counts requests too, however short."""

    def wait(self):
        return max(0.0, -self.level[1] * 60 / self.capacity[1])


class RateBudget__adds_the_waits(_Budget):
    """You added the waits of the two buckets. They refill at the same time: the longer one is enough."""

    def wait(self):
        return sum(max(0.0, -level * 60 / most) for level, most in zip(self.level, self.capacity, strict=True))


class RateBudget__starts_empty(_Budget):
    """Your buckets begin empty. They are full at first."""

    def __init__(self, requests_per_minute, tokens_per_minute):
        super().__init__(requests_per_minute, tokens_per_minute)
        self.level = [0.0, 0.0]


class RateBudget__refused_but_charged(_Budget):
    """A call that never fits was refused, and yet it took its share: the next one has to wait for
    that."""

    def delay(self, tokens, now):
        self.refill(now)
        self.pay(tokens)
        if tokens > self.capacity[1]:
            raise ValueError("too many tokens")
        return self.wait()


class RateBudget__never_refuses(_Budget):
    """A call with more tokens than the bucket holds must raise ValueError: no wait is long enough for it."""

    def delay(self, tokens, now):
        self.refill(now)
        self.pay(tokens)
        return self.wait()


class RateBudget__exact_fit_refused(_Budget):
    """You refused a call that takes the whole bucket. It fits: only more than the capacity doesn't."""

    def delay(self, tokens, now):
        if tokens >= self.capacity[1]:
            raise ValueError("too many tokens")
        return super().delay(tokens, now)
