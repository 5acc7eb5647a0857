"""Answers to 04_llm_production/02_llm_apis by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""
# ruff: noqa: N801

import codecs
import difflib
import math
import re
from collections import deque
from contextlib import suppress
from dataclasses import astuple
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import reduce
from itertools import chain

from handrail.kit.calls import STOPS, Answer, IncompleteAnswer

# 1. request_cost


def right__request_cost__three_products(usage, price):
    fresh = usage["input"] - usage["cached_input"]
    total = fresh * price.input + usage["cached_input"] * price.cached_input + usage["output"] * price.output
    return total / 1_000_000


def right__request_cost__discount(usage, price):
    saved = usage["cached_input"] * (price.input - price.cached_input)
    return (usage["input"] * price.input + usage["output"] * price.output - saved).scaleb(-6)


def right__request_cost__fractions(usage, price):
    own, cached, out = Fraction(price.input), Fraction(price.cached_input), Fraction(price.output)
    total = (usage["input"] - usage["cached_input"]) * own + usage["cached_input"] * cached + usage["output"] * out
    total /= 10**6
    return Decimal(total.numerator) / Decimal(total.denominator)


def right__request_cost__price_of_one_token(usage, price):
    million = Decimal(10**6)
    total = Decimal("0")
    for count, each in (
        (usage["input"] - usage["cached_input"], price.input),
        (usage["cached_input"], price.cached_input),
        (usage["output"], price.output),
    ):
        total += each / million * count
    return total


def right__request_cost__normalized(usage, price):
    total = Decimal(usage["output"]) * price.output
    total = total + Decimal(usage["input"] - usage["cached_input"]) * price.input
    total = total + Decimal(usage["cached_input"]) * price.cached_input
    return (total * Decimal("0.000001")).normalize()


def wrong__request_cost__cached_paid_twice(usage, price):
    """Cached tokens are contained in the input, and are paid twice here."""
    total = usage["input"] * price.input + usage["cached_input"] * price.cached_input + usage["output"] * price.output
    return total / 1_000_000


def wrong__request_cost__floats_as_text(usage, price):
    """Not exact: the sum is a float's, however tidy it looks."""
    fresh = usage["input"] - usage["cached_input"]
    total = fresh * float(price.input) + usage["cached_input"] * float(price.cached_input)
    return Decimal(str((total + usage["output"] * float(price.output)) / 1e6))


def wrong__request_cost__float_rounded_to_twelve(usage, price):
    """Rounds a float to twelve places: prices with more than six decimals are lost."""
    return Decimal(f"{float(right__request_cost__three_products(usage, price)):.12f}")


def wrong__request_cost__eight_places(usage, price):
    """Rounds to eight places, enough for prices in whole cents only."""
    return right__request_cost__three_products(usage, price).quantize(Decimal("1e-8"), ROUND_HALF_UP)


def wrong__request_cost__nine_digits(usage, price):
    """Computes with nine significant digits, so that a big call is rounded."""
    with localcontext() as context:
        context.prec = 9
        return right__request_cost__three_products(usage, price)


def wrong__request_cost__fields_in_another_order(usage, price):
    """Takes a Price's fields in the order of the statement; theirs is input, output, cached_input."""
    own, cached, out = astuple(price)
    fresh = usage["input"] - usage["cached_input"]
    return (fresh * own + usage["cached_input"] * cached + usage["output"] * out) / 1_000_000


def wrong__request_cost__usage_by_position(usage, price):
    """Takes the counts by their place in the dictionary, not by their names."""
    total, cached, out = usage.values()
    return ((total - cached) * price.input + cached * price.cached_input + out * price.output) / 1_000_000


def wrong__request_cost__all_cached_is_none(usage, price):
    """Pays the full price for the whole input where everything was cached."""
    fresh = (usage["input"] - usage["cached_input"]) or usage["input"]
    total = fresh * price.input + usage["cached_input"] * price.cached_input + usage["output"] * price.output
    return total / 1_000_000


def wrong__request_cost__some_cached_is_all(usage, price):
    """Gives the cheap price to the whole input as soon as one token was cached."""
    each = price.cached_input if usage["cached_input"] else price.input
    return (usage["input"] * each + usage["output"] * price.output) / 1_000_000


def wrong__request_cost__cents_first(usage, price):
    """Turns prices into whole cents first: 0.125 dollars become 12 cents."""
    own, cached, out = (int(each * 100) for each in (price.input, price.cached_input, price.output))
    fresh = usage["input"] - usage["cached_input"]
    return Decimal(fresh * own + usage["cached_input"] * cached + usage["output"] * out) / 10**8


def wrong__request_cost__float_back(usage, price):
    """Returns a float, not a Decimal."""
    return float(right__request_cost__three_products(usage, price))


def wrong__request_cost__decimal_of_float(usage, price):
    """Decimal(float) carries the float's error along."""
    own, cached, out = (Decimal(float(each)) for each in (price.input, price.cached_input, price.output))
    fresh = usage["input"] - usage["cached_input"]
    return (fresh * own + usage["cached_input"] * cached + usage["output"] * out) / 1_000_000


_seen_costs = {}


def wrong__request_cost__remembers_the_usage(usage, price):
    """Remembers costs by their usage, whatever the price."""
    key = tuple(sorted(usage.items()))
    if key not in _seen_costs:
        _seen_costs[key] = right__request_cost__three_products(usage, price)
    return _seen_costs[key]


def wrong__request_cost__few_tokens_are_not_cached(usage, price):
    """Knows from a provider that few tokens aren't cached; the statement has no such rule."""
    cached = usage["cached_input"] if usage["input"] >= 1000 else 0
    return right__request_cost__three_products({**usage, "cached_input": cached}, price)


def wrong__request_cost__free_if_no_output(usage, price):
    """A call without output costs its input all the same."""
    return right__request_cost__three_products(usage, price) if usage["output"] else Decimal(0)


# 2. join_stream


def right__join_stream__loop(chunks):
    words, usage, stop = [], {}, "incomplete"
    for chunk in chunks:
        if chunk.get("usage") is not None:
            usage = chunk["usage"]
        for choice in chunk["choices"]:
            words.append(choice["delta"].get("content") or "")
            if choice.get("finish_reason") is not None:
                stop = choice["finish_reason"]
    return Answer("".join(words), usage, stop)


def right__join_stream__from_a_list(chunks):
    chunks = list(chunks)
    choices = list(chain.from_iterable(chunk["choices"] for chunk in chunks))
    text = "".join(choice["delta"]["content"] for choice in choices if choice["delta"].get("content"))
    reasons = [choice["finish_reason"] for choice in choices if choice.get("finish_reason")]
    usages = [chunk["usage"] for chunk in chunks if chunk.get("usage")]
    return Answer(text, dict(usages[0]) if usages else {}, reasons[0] if reasons else "incomplete", "")


def right__join_stream__reduce(chunks):
    def step(so_far, chunk):
        choice = chunk["choices"][0] if chunk["choices"] else {"delta": {}}
        return Answer(
            so_far.text + (choice["delta"].get("content") or ""),
            chunk.get("usage") or so_far.usage,
            choice.get("finish_reason") or so_far.stop,
        )

    return reduce(step, chunks, Answer("", {}, "incomplete"))


def right__join_stream__patient(chunks):
    text, usage, stop = "", None, None
    for chunk in chunks:
        usage = usage or chunk.get("usage")
        try:
            choice = chunk["choices"][0]
        except IndexError:
            continue
        stop = stop or choice.get("finish_reason")
        content = choice.get("delta", {}).get("content")
        if content is not None:
            text += content
    return Answer(text=text, usage=usage or {}, stop=stop or "incomplete", request_id="")


def wrong__join_stream__goes_through_twice(chunks):
    """An iterable may be an iterator: the second pass finds nothing."""
    text = "".join((c["delta"].get("content") or "") for chunk in chunks for c in chunk["choices"])
    stops = [c["finish_reason"] for chunk in chunks for c in chunk["choices"] if c.get("finish_reason")]
    usages = [chunk["usage"] for chunk in chunks if chunk.get("usage")]
    return Answer(text, usages[0] if usages else {}, stops[0] if stops else "incomplete")


def wrong__join_stream__ends_at_the_reason(chunks):
    """Chunks follow the finish reason, among them the usage."""
    words, usage = [], {}
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk["choices"]:
            words.append(choice["delta"].get("content") or "")
            if choice.get("finish_reason"):
                return Answer("".join(words), usage, choice["finish_reason"])
    return Answer("".join(words), usage, "incomplete")


def wrong__join_stream__last_usage_counts(chunks):
    """A later chunk whose usage is None wipes the usage out."""
    answer, usage = Answer("", {}, "incomplete"), {}
    chunks = list(chunks)
    answer = right__join_stream__loop(chunks)
    for chunk in chunks:
        usage = chunk.get("usage", usage)
    return Answer(answer.text, usage or {}, answer.stop)


def wrong__join_stream__usage_of_the_last_chunk(chunks):
    """Looks for the usage in the last chunk only."""
    chunks = list(chunks)
    answer = right__join_stream__loop(chunks)
    return Answer(answer.text, (chunks[-1].get("usage") or {}) if chunks else {}, answer.stop)


def wrong__join_stream__usage_without_choices_only(chunks):
    """Reads the usage only from a chunk without a choice."""
    chunks = list(chunks)
    answer = right__join_stream__loop(chunks)
    usages = [chunk["usage"] for chunk in chunks if not chunk["choices"] and chunk.get("usage")]
    return Answer(answer.text, usages[0] if usages else {}, answer.stop)


def wrong__join_stream__last_reason_counts(chunks):
    """A later choice whose reason is None wipes the reason out."""
    words, usage, stop = [], {}, None
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk["choices"]:
            words.append(choice["delta"].get("content") or "")
            stop = choice.get("finish_reason", stop)
    return Answer("".join(words), usage, stop or "incomplete")


def wrong__join_stream__reason_or_content(chunks):
    """The chunk with the finish reason may have content too."""
    words, usage, stop = [], {}, "incomplete"
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk["choices"]:
            if choice.get("finish_reason"):
                stop = choice["finish_reason"]
            else:
                words.append(choice["delta"].get("content") or "")
    return Answer("".join(words), usage, stop)


def wrong__join_stream__blank_words_dropped(chunks):
    """Chunks of white space belong to the text."""
    kept = []
    for chunk in chunks:
        for choice in chunk["choices"]:
            content = choice["delta"].get("content")
            if content and not content.strip():
                chunk = {**chunk, "choices": [{**choice, "delta": {}}]}
        kept.append(chunk)
    return right__join_stream__loop(kept)


def wrong__join_stream__stripped(chunks):
    """White space around the text is part of it."""
    answer = right__join_stream__loop(chunks)
    return Answer(answer.text.strip(), answer.usage, answer.stop)


def wrong__join_stream__length_is_incomplete(chunks):
    """`length` is a finish reason: the stream wasn't cut off."""
    answer = right__join_stream__loop(chunks)
    return Answer(answer.text, answer.usage, "incomplete" if answer.stop == "length" else answer.stop)


def wrong__join_stream__some_text_means_stop(chunks):
    """A stream that was cut off after some text is incomplete all the same."""
    answer = right__join_stream__loop(chunks)
    cut = answer.stop == "incomplete"
    return Answer(answer.text, answer.usage, "stop" if cut and answer.text else answer.stop)


def wrong__join_stream__usage_means_complete(chunks):
    """A stream with a usage and without a finish reason is incomplete all the same."""
    answer = right__join_stream__loop(chunks)
    cut = answer.stop == "incomplete"
    return Answer(answer.text, answer.usage, "stop" if cut and answer.usage else answer.stop)


def wrong__join_stream__usage_renamed(chunks):
    """The usage is wanted as it came, not under the lesson's names."""
    answer = right__join_stream__loop(chunks)
    names = {"prompt_tokens": "input", "completion_tokens": "output"}
    return Answer(answer.text, {names.get(k, k): v for k, v in answer.usage.items()}, answer.stop)


def wrong__join_stream__plain_counts_only(chunks):
    """The usage is wanted as it came, with the details in it."""
    answer = right__join_stream__loop(chunks)
    return Answer(answer.text, {k: v for k, v in answer.usage.items() if isinstance(v, int)}, answer.stop)


def wrong__join_stream__repeated_word_once(chunks):
    """Two equal words one after the other are both in the text."""
    words, usage, stop = [], {}, "incomplete"
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk["choices"]:
            content = choice["delta"].get("content") or ""
            if words[-1:] != [content]:
                words.append(content)
            stop = choice.get("finish_reason") or stop
    return Answer("".join(words), usage, stop)


def wrong__join_stream__no_usage_is_none(chunks):
    """Without a usage it should be {}, not None."""
    answer = right__join_stream__loop(chunks)
    return Answer(answer.text, answer.usage or None, answer.stop)


def wrong__join_stream__id_of_the_chunk(chunks):
    """`request_id` stays empty: the id in a chunk is something else."""
    chunks = list(chunks)
    answer = right__join_stream__loop(chunks)
    number = chunks[0].get("id", "chatcmpl") if chunks else ""
    return Answer(answer.text, answer.usage, answer.stop, number)


def wrong__join_stream__first_chunk_is_the_role(chunks):
    """The first chunk may have content."""
    rest = iter(chunks)
    first = next(rest, None)
    if first is None:
        return Answer("", {}, "incomplete")
    bare = [{**choice, "delta": {}} for choice in first["choices"]]
    return right__join_stream__loop(chain([{**first, "choices": bare}], rest))


def wrong__join_stream__ends_at_a_chunk_without_choice(chunks):
    """A chunk without a choice may come anywhere, first too; it isn't the end."""
    kept = []
    for chunk in chunks:
        kept.append(chunk)
        if not chunk["choices"]:
            break
    return right__join_stream__loop(kept)


def wrong__join_stream__nothing_came(chunks):
    """A stream without a chunk was cut off; its `stop` isn't `stop`."""
    chunks = list(chunks)
    return right__join_stream__loop(chunks) if chunks else Answer("", {}, "stop")


def wrong__join_stream__our_names_for_reasons(chunks):
    """Lets only `stop` and `length` through; `tool_calls` is a reason to stop as well."""
    answer = right__join_stream__loop(chunks)
    known = answer.stop in ("stop", "length", "content_filter", *STOPS.values())
    return Answer(answer.text, answer.usage, answer.stop if known else "incomplete")


# 3. parse_events


def _field(line):
    """Return a line's field and value."""
    name, _, value = line.partition(":")
    return name, value.removeprefix(" ")


def _lines(blocks):
    """Yield the lines of a stream as soon as they are there."""
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield line.removesuffix(b"\r").decode()


def _events(lines):
    """Yield the events of lines."""
    name, data = "", []
    for line in lines:
        if not line:
            if data:
                yield name or "message", "\n".join(data)
            name, data = "", []
            continue
        key, value = _field(line)
        if key == "event":
            name = value
        elif key == "data":
            data.append(value)


def right__parse_events__split(blocks):
    yield from _events(_lines(blocks))


def right__parse_events__byte_by_byte(blocks):
    line, name, data = bytearray(), b"", []
    for block in blocks:
        for byte in block:
            if byte != 10:
                line.append(byte)
                continue
            if line.endswith(b"\r"):
                del line[-1]
            if line:
                key, _, value = bytes(line).partition(b":")
                value = value[1:] if value[:1] == b" " else value
                if key == b"event":
                    name = value
                if key == b"data":
                    data.append(value)
            else:
                if data:
                    yield (name or b"message").decode(), b"\n".join(data).decode()
                name, data = b"", []
            line.clear()


def right__parse_events__incremental_decoder(blocks):
    decoder = codecs.getincrementaldecoder("utf-8")()
    buffer = ""
    name, data = "message", None
    for block in blocks:
        buffer += decoder.decode(block)
        while (end := buffer.find("\n")) >= 0:
            line, buffer = buffer[:end], buffer[end + 1 :]
            if line[-1:] == "\r":
                line = line[:-1]
            if line == "":
                if data is not None:
                    yield (name, data)
                name, data = "message", None
                continue
            match = re.fullmatch(r"([^:]*)(?:: ?(.*))?", line, re.DOTALL)
            key, value = match[1], match[2] or ""
            if key == "event":
                name = value or "message"
            elif key == "data":
                data = value if data is None else data + "\n" + value


class _Events:
    """An iterator written as a class."""

    def __init__(self, blocks):
        """Begin."""
        self.blocks, self.rest, self.ready = iter(blocks), b"", deque()
        self.name, self.data = "", []

    def __iter__(self):
        """Return itself."""
        return self

    def __next__(self):
        """Return the next event."""
        while not self.ready:
            self.rest += next(self.blocks)
            *lines, self.rest = re.split(rb"\r?\n", self.rest)
            for line in lines:
                self._take(line.decode("utf-8"))
        return self.ready.popleft()

    def _take(self, line):
        key, value = _field(line)
        if not line:
            if self.data:
                self.ready.append((self.name or "message", "\n".join(self.data)))
            self.name, self.data = "", []
        elif key == "data":
            self.data.append(value)
        elif key == "event":
            self.name = value


def right__parse_events__iterator_class(blocks):
    return _Events(blocks)


def right__parse_events__whole_events(blocks):
    rest = b""
    for block in blocks:
        *events, rest = re.split(rb"(?<![^\n])\r?\n", rest + block)
        for event in events:
            lines = [line.removesuffix("\r") for line in event.decode().split("\n")[:-1]]
            fields = [_field(line) for line in lines]
            data = [value for key, value in fields if key == "data"]
            names = [value for key, value in fields if key == "event"] or [""]
            if data:
                yield names[-1] or "message", "\n".join(data)


def wrong__parse_events__decodes_each_block(blocks):
    """A character that is cut between two blocks is lost."""
    return _events(_lines(block.decode(errors="ignore").encode() for block in blocks))


def wrong__parse_events__splitlines_of_text(blocks):
    """Only LF ends a line; U+2028, U+0085 and form feed don't."""
    for name, data in _events(_lines(blocks)):
        lines = data.split("\n")
        yield name, "\n".join((line.splitlines() or [""])[0] for line in lines)


def wrong__parse_events__a_lone_cr_ends_a_line(blocks):
    """Only LF ends a line; a CR on its own doesn't."""
    rest = b""

    def lines():
        nonlocal rest
        for block in blocks:
            *whole, rest = (rest + block).split(b"\n")
            for line in whole:
                yield from re.split(r"\r", line.removesuffix(b"\r").decode())

    yield from _events(lines())


def wrong__parse_events__all_crs_off(blocks):
    """One CR before the LF belongs to the end of the line; a second one is text."""
    rest = b""

    def lines():
        nonlocal rest
        for block in blocks:
            *whole, rest = (rest + block).split(b"\n")
            for line in whole:
                yield line.rstrip(b"\r").decode()

    yield from _events(lines())


def wrong__parse_events__crlf_replaced_in_each_block(blocks):
    """A CR at the end of a block and its LF in the next stay apart."""
    rest = b""

    def lines():
        nonlocal rest
        for block in blocks:
            *whole, rest = (rest + block.replace(b"\r\n", b"\n")).split(b"\n")
            for line in whole:
                yield line.decode()

    yield from _events(lines())


def wrong__parse_events__all_at_the_end(blocks):
    """Events are wanted as soon as they are there, not after the last block."""
    return iter(list(right__parse_events__split(blocks)))


def wrong__parse_events__one_block_late(blocks):
    """Reads a block ahead before it yields what it has."""
    rest, name, data = iter(blocks), "", []
    buffer = b""
    block = next(rest, None)
    while block is not None:
        following = next(rest, None)
        *whole, buffer = (buffer + block).split(b"\n")
        for line in whole:
            line = line.removesuffix(b"\r").decode()
            key, value = _field(line)
            if not line:
                if data:
                    yield name or "message", "\n".join(data)
                name, data = "", []
            elif key == "data":
                data.append(value)
            elif key == "event":
                name = value
        block = following


def wrong__parse_events__one_event_for_a_block(blocks):
    """Keeps the second event of a block until the next block came."""
    waiting = deque()
    rest, name, data = b"", "", []
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            line = line.removesuffix(b"\r").decode()
            key, value = _field(line)
            if not line:
                if data:
                    waiting.append((name or "message", "\n".join(data)))
                name, data = "", []
            elif key == "data":
                data.append(value)
            elif key == "event":
                name = value
        if waiting:
            yield waiting.popleft()
    yield from waiting


def wrong__parse_events__empty_data_is_none(blocks):
    """A `data` with an empty value is data."""
    return (event for event in right__parse_events__split(blocks) if event[1])


def wrong__parse_events__last_event_needs_no_end(blocks):
    """An event that no empty line ends is dropped."""
    return right__parse_events__split(chain(blocks, [b"\n\n"]))


def wrong__parse_events__name_stays(blocks):
    """The name starts anew with each event."""
    name, data = "", []
    for line in _lines(blocks):
        key, value = _field(line)
        if not line:
            if data:
                yield name or "message", "\n".join(data)
            data = []
        elif key == "event":
            name = value
        elif key == "data":
            data.append(value)


def wrong__parse_events__name_survives_without_data(blocks):
    """The name starts anew at an empty line, also where there was no data."""
    name, data = "", []
    for line in _lines(blocks):
        key, value = _field(line)
        if not line:
            if data:
                yield name or "message", "\n".join(data)
                name, data = "", []
        elif key == "event":
            name = value
        elif key == "data":
            data.append(value)


def wrong__parse_events__all_spaces_off(blocks):
    """One space after the colon belongs to the syntax, not two."""
    yield from _events(re.sub(r"^([^:]*:) +", r"\1", line) for line in _lines(blocks))


def wrong__parse_events__a_tab_too(blocks):
    """A tab after the colon belongs to the value."""
    yield from _events(re.sub(r"^([^:]*:)\t", r"\1", line) for line in _lines(blocks))


def wrong__parse_events__end_stripped(blocks):
    """Spaces at the end of a line belong to the value."""
    yield from _events(line and (line.rstrip() or ":") for line in _lines(blocks))


def wrong__parse_events__blank_line_is_empty(blocks):
    """A line of spaces isn't empty: it is a field that means nothing."""
    yield from _events(line if line.strip() else "" for line in _lines(blocks))


def wrong__parse_events__colon_needed(blocks):
    """`data` without a colon adds an empty line."""
    yield from _events(line if ":" in line or not line else ":" for line in _lines(blocks))


def wrong__parse_events__space_needed(blocks):
    """The space after the colon may be missing."""
    fields = ("data", "event", "data:", "event:")
    yield from _events(line if ": " in line or line in fields or not line else ":" for line in _lines(blocks))


def wrong__parse_events__fields_in_any_case(blocks):
    """`Data` and ` data` are other fields, which mean nothing."""
    for_all = re.compile(r"^\s*(data|event)\s*(?=:|$)", re.IGNORECASE)
    yield from _events(for_all.sub(lambda m: m[1].lower(), line) for line in _lines(blocks))


def wrong__parse_events__begins_with_data(blocks):
    """`database: x` is another field."""
    yield from _events(
        "data" + line[line.find(":") :] if line.startswith("data") and ":" in line else line for line in _lines(blocks)
    )


def wrong__parse_events__last_colon(blocks):
    """The first colon ends the field's name; the others are text."""
    name, data = "", []
    for line in _lines(blocks):
        key, value = (line, "") if ":" not in line else line.rsplit(":", 1)
        if not line:
            if data:
                yield name or "message", "\n".join(data)
            name, data = "", []
        elif key == "event":
            name = value.removeprefix(" ")
        elif key == "data":
            data.append(value.removeprefix(" "))


def wrong__parse_events__empty_name_kept(blocks):
    """With an empty name it is `message`."""
    for name, data in _events(
        line if line not in ("event", "event:", "event: ") else "event:\0" for line in _lines(blocks)
    ):
        yield name.strip("\0"), data


def wrong__parse_events__first_name_counts(blocks):
    """A later `event` line names the event anew; the first one doesn't win."""
    name, data = "", []
    for line in _lines(blocks):
        key, value = _field(line)
        if not line:
            if data:
                yield name or "message", "\n".join(data)
            name, data = "", []
        elif key == "event":
            name = name or value
        elif key == "data":
            data.append(value)


def wrong__parse_events__ends_at_an_empty_block(blocks):
    """A block without bytes isn't the end of the stream."""
    return right__parse_events__split(iter(iter(blocks).__next__, b""))


_left_over = [b""]


def wrong__parse_events__rest_of_the_last_stream(blocks):
    """What a stream left over is no part of the next stream."""

    def lines():
        for block in blocks:
            *whole, _left_over[0] = (_left_over[0] + block).split(b"\n")
            for line in whole:
                yield line.removesuffix(b"\r").decode()

    yield from _events(lines())


def wrong__parse_events__long_lines_cut(blocks):
    """Lines may be long."""
    yield from _events(line[:2000] for line in _lines(blocks))


def wrong__parse_events__same_line_ends_only(blocks):
    """A LF line may stand before a CRLF line: the empty line counts all the same."""
    rest = b""
    for block in blocks:
        *events, rest = re.split(rb"\r\n\r\n|\n\n", rest + block)
        for event in events:
            lines = event.decode().replace("\r\n", "\n").split("\n")
            yield from _events([*lines, ""])


# 4. finish_long_answer


def _overlap(text, part, least=3):
    """Return how many characters at the beginning of the part repeat the end of the text."""
    for size in range(min(len(text), len(part)), least - 1, -1):
        if text.endswith(part[:size]):
            return size
    return 0


def _request(messages, text):
    """Return the next request."""
    return [*messages, {"role": "assistant", "content": text}]


def right__finish_long_answer__for_loop(ask, messages, limit):
    text, request = "", messages
    for _ in range(limit):
        answer = ask(request)
        text += answer.text[_overlap(text, answer.text) :]
        if answer.stop != "length":
            return text
        request = _request(messages, text)
    raise IncompleteAnswer(text)


def right__finish_long_answer__recursive(ask, messages, limit):
    def go_on(text, calls):
        if calls == limit:
            raise IncompleteAnswer(text)
        added = [{"role": "assistant", "content": text}] if calls else []
        answer = ask([dict(message) for message in messages] + added)
        part = answer.text
        sizes = [n for n in range(3, len(part) + 1) if text[-n:] == part[:n]]
        text += part[max(sizes, default=0) :]
        return go_on(text, calls + 1) if answer.stop == "length" else text

    return go_on("", 0)


def right__finish_long_answer__prefix_function(ask, messages, limit):
    answer = ask(list(messages))
    text, calls = answer.text, 1
    while answer.stop == "length":
        if calls >= limit:
            raise IncompleteAnswer(text)
        answer = ask(_request(messages, text))
        calls += 1
        part = answer.text
        word, border = [*part, None, *text[-len(part) :]] if part else [None], [0]
        for i in range(1, len(word)):
            k = border[-1]
            while k and word[i] != word[k]:
                k = border[k - 1]
            border.append(k + (word[i] == word[k]))
        text += part[border[-1] :] if border[-1] >= 3 else part
    return text


def right__finish_long_answer__shift_the_start(ask, messages, limit):
    text = ""
    for number in range(limit):
        answer = ask(_request(messages, text) if number else messages)
        for start in range(len(text) - 2):
            if answer.text.startswith(text[start:]):
                text = text[:start]
                break
        text += answer.text
        if answer.stop != "length":
            break
    else:
        raise IncompleteAnswer(text)
    return text


def _finish(ask, messages, limit, overlap=_overlap, request=_request):
    """Do it with another overlap or another request."""
    text, now = "", messages
    for _ in range(limit):
        answer = ask(now)
        text += answer.text[overlap(text, answer.text) :]
        if answer.stop != "length":
            return text
        now = request(messages, text)
    raise IncompleteAnswer(text)


def wrong__finish_long_answer__shortest_overlap(ask, messages, limit):
    """As many characters as possible are left out, not the first number that fits."""

    def overlap(text, part):
        sizes = [n for n in range(3, len(part) + 1) if text.endswith(part[:n])]
        return min(sizes, default=0)

    return _finish(ask, messages, limit, overlap)


def wrong__finish_long_answer__two_are_enough(ask, messages, limit):
    """Two equal characters are no repetition."""
    return _finish(ask, messages, limit, lambda text, part: _overlap(text, part, 2))


def wrong__finish_long_answer__four_needed(ask, messages, limit):
    """Three equal characters are a repetition."""
    return _finish(ask, messages, limit, lambda text, part: _overlap(text, part, 4))


def wrong__finish_long_answer__never_the_whole_part(ask, messages, limit):
    """A part may be a repetition from its beginning to its end."""

    def overlap(text, part):
        size = _overlap(text, part)
        return _overlap(text, part[:-1]) if size == len(part) else size

    return _finish(ask, messages, limit, overlap)


def wrong__finish_long_answer__never_the_whole_text(ask, messages, limit):
    """The next part may begin with the whole text so far."""
    return _finish(ask, messages, limit, lambda text, part: _overlap(text[1:], part))


def wrong__finish_long_answer__end_of_the_last_part_only(ask, messages, limit):
    """The repetition may begin before the last part: the text counts."""
    text, last, now = "", "", messages
    for _ in range(limit):
        answer = ask(now)
        added = answer.text[_overlap(last, answer.text) :]
        text, last = text + added, added
        if answer.stop != "length":
            return text
        now = _request(messages, text)
    raise IncompleteAnswer(text)


def wrong__finish_long_answer__fifty_characters(ask, messages, limit):
    """A repetition may be longer than fifty characters."""
    return _finish(ask, messages, limit, lambda text, part: _overlap(text[-50:], part))


def wrong__finish_long_answer__counts_bytes(ask, messages, limit):
    """Three characters are wanted, not three bytes."""

    def overlap(text, part):
        size = _overlap(text, part, 1)
        return size if len(part[:size].encode()) >= 3 else 0

    return _finish(ask, messages, limit, overlap)


def wrong__finish_long_answer__any_case(ask, messages, limit):
    """`The` isn't equal to `the`."""
    return _finish(ask, messages, limit, lambda text, part: _overlap(text.lower(), part.lower()))


def wrong__finish_long_answer__strips_the_seam(ask, messages, limit):
    """White space between the text and the next part belongs to the answer."""
    text, now = "", messages
    for _ in range(limit):
        answer = ask(now)
        added = answer.text[_overlap(text, answer.text) :]
        text = text.rstrip() + " " + added.lstrip() if text.endswith(" ") and added.startswith(" ") else text + added
        if answer.stop != "length":
            return text
        now = _request(messages, text)
    raise IncompleteAnswer(text)


def wrong__finish_long_answer__again_and_again(ask, messages, limit):
    """Leaves the repetition out once; what then looks like another one is text."""

    def overlap(text, part):
        size = 0
        while more := _overlap(text, part[size:]):
            size += more
        return size

    return _finish(ask, messages, limit, overlap)


def wrong__finish_long_answer__longest_common_block(ask, messages, limit):
    """The equal characters must stand at the end of the text, not anywhere."""

    def overlap(text, part):
        block = difflib.SequenceMatcher(None, text, part, autojunk=False).find_longest_match()
        return block.size if block.b == 0 and block.size >= 3 else 0

    return _finish(ask, messages, limit, overlap)


def wrong__finish_long_answer__one_message_a_part(ask, messages, limit):
    """All the text so far is one message, not one for each part."""
    text, now = "", list(messages)
    for _ in range(limit):
        answer = ask(list(now))
        added = answer.text[_overlap(text, answer.text) :]
        text += added
        if answer.stop != "length":
            return text
        now = _request(now, added)
    raise IncompleteAnswer(text)


def wrong__finish_long_answer__sends_what_came(ask, messages, limit):
    """Sends the parts as they came, repetitions included."""
    text, raw, now = "", "", messages
    for _ in range(limit):
        answer = ask(now)
        text, raw = text + answer.text[_overlap(text, answer.text) :], raw + answer.text
        if answer.stop != "length":
            return text
        now = _request(messages, raw)
    raise IncompleteAnswer(text)


def wrong__finish_long_answer__asks_to_go_on(ask, messages, limit):
    """Nothing but the text so far stands behind the messages."""

    def request(messages, text):
        return [*_request(messages, text), {"role": "user", "content": "Go on."}]

    return _finish(ask, messages, limit, request=request)


def wrong__finish_long_answer__only_stop_ends(ask, messages, limit):
    """Another reason than `length` ends the answer, `refusal` too."""
    text, now = "", messages
    for _ in range(limit):
        answer = ask(now)
        text += answer.text[_overlap(text, answer.text) :]
        if answer.stop == "stop":
            return text
        now = _request(messages, text)
    raise IncompleteAnswer(text)


def wrong__finish_long_answer__limit_of_continuations(ask, messages, limit):
    """The first call counts too: at most `limit` calls."""
    return _finish(ask, messages, limit + 1)


def wrong__finish_long_answer__last_call_may_not_finish(ask, messages, limit):
    """If the last call that is allowed isn't cut, the text is complete."""
    text, now = "", messages
    for number in range(1, limit + 1):
        answer = ask(now)
        text += answer.text[_overlap(text, answer.text) :]
        if number == limit and limit > 1:
            break
        if answer.stop != "length":
            return text
        now = _request(messages, text)
    raise IncompleteAnswer(text)


def wrong__finish_long_answer__error_with_the_last_part(ask, messages, limit):
    """The error carries all the text so far."""
    last = []

    def spy(request):
        last.append(ask(request))
        return last[-1]

    try:
        return _finish(spy, messages, limit)
    except IncompleteAnswer:
        raise IncompleteAnswer(last[-1].text) from None


def wrong__finish_long_answer__returns_what_it_has(ask, messages, limit):
    """An answer that is cut after `limit` calls raises IncompleteAnswer."""
    try:
        return _finish(ask, messages, limit)
    except IncompleteAnswer as error:
        return error.text


def wrong__finish_long_answer__gives_up_without_progress(ask, messages, limit):
    """A part that adds nothing is no reason to end."""
    text, now = "", messages
    for _ in range(limit):
        answer = ask(now)
        added = answer.text[_overlap(text, answer.text) :]
        if not added:
            return text
        text += added
        if answer.stop != "length":
            return text
        now = _request(messages, text)
    raise IncompleteAnswer(text)


def wrong__finish_long_answer__last_part_as_it_is(ask, messages, limit):
    """The last part may repeat the end of the text like the others."""
    text, now = "", messages
    for _ in range(limit):
        answer = ask(now)
        if answer.stop != "length":
            return text + answer.text
        text += answer.text[_overlap(text, answer.text) :]
        now = _request(messages, text)
    raise IncompleteAnswer(text)


def wrong__finish_long_answer__continues_the_messages(ask, messages, limit):
    """The text begins with the first answer, not with an assistant's message that was there before."""
    text = messages[-1]["content"] if messages and messages[-1]["role"] == "assistant" else ""
    before, now = len(text), messages
    for _ in range(limit):
        answer = ask(now)
        text += answer.text[_overlap(text, answer.text) :]
        if answer.stop != "length":
            return text[before:]
        now = _request(messages, text[before:])
    raise IncompleteAnswer(text[before:])


# 5. RateBudget


class right__RateBudget__levels:
    def __init__(self, requests_per_minute, tokens_per_minute):
        self.most = (requests_per_minute, tokens_per_minute)
        self.left = [float(each) for each in self.most]
        self.last = None

    def delay(self, tokens, now):
        if tokens > self.most[1]:
            raise ValueError("more tokens than a minute has")
        passed = 0.0 if self.last is None else now - self.last
        self.last = now
        wait = 0.0
        for i, taken in enumerate((1, tokens)):
            rate = self.most[i] / 60
            self.left[i] = min(self.most[i], self.left[i] + passed * rate) - taken
            wait = max(wait, -self.left[i] / rate)
        return wait


class right__RateBudget__time_when_full:
    def __init__(self, requests_per_minute, tokens_per_minute):
        self.seconds = {"request": 60 / requests_per_minute, "token": 60 / tokens_per_minute}
        self.most = tokens_per_minute
        self.full_at = dict.fromkeys(self.seconds, -math.inf)

    def delay(self, tokens, now):
        if tokens > self.most:
            raise ValueError(tokens)
        for kind, count in (("request", 1), ("token", tokens)):
            self.full_at[kind] = max(self.full_at[kind], now) + count * self.seconds[kind]
        return max(0.0, max(self.full_at.values()) - 60 - now)


class right__RateBudget__fractions:
    def __init__(self, requests_per_minute, tokens_per_minute):
        self.capacity = [Fraction(requests_per_minute), Fraction(tokens_per_minute)]
        self.debt = [Fraction(0), Fraction(0)]
        self.last = None

    def delay(self, tokens, now):
        if tokens > self.capacity[1]:
            raise ValueError("too many tokens")
        now = Fraction(now)
        if self.last is not None:
            minutes = (now - self.last) / 60
            self.debt = [max(Fraction(0), d - c * minutes) for d, c in zip(self.debt, self.capacity, strict=True)]
        self.last = now
        self.debt = [self.debt[0] + 1, self.debt[1] + tokens]
        waits = [(d - c) * 60 / c for d, c in zip(self.debt, self.capacity, strict=True)]
        return float(max(0, *waits))


class right__RateBudget__history:
    def __init__(self, requests_per_minute, tokens_per_minute):
        self.most = requests_per_minute, tokens_per_minute
        self.calls = []

    def delay(self, tokens, now):
        if not tokens <= self.most[1]:
            raise ValueError(f"{tokens} tokens never fit")
        self.calls.append((now, 1, tokens))
        waits = [0.0]
        for kind in (1, 2):
            most = self.most[kind - 1]
            level, last = most, self.calls[0][0]
            for call in self.calls:
                level = min(most, level + (call[0] - last) * most / 60) - call[kind]
                last = call[0]
            waits.append(-level * 60 / most)
        return max(waits)


class _Bucket:
    """One bucket."""

    def __init__(self, capacity):
        """Begin full."""
        self.capacity, self.level, self.last = capacity, capacity, None

    def take(self, count, now):
        """Refill, take, and return the seconds until it isn't below zero."""
        if self.last is not None:
            self.level = min(self.capacity, self.level + (now - self.last) / 60 * self.capacity)
        self.last = now
        self.level -= count
        return 60 * -self.level / self.capacity if self.level < 0 else 0.0


class right__RateBudget__two_buckets:
    def __init__(self, requests_per_minute, tokens_per_minute):
        self.requests, self.tokens = _Bucket(requests_per_minute), _Bucket(tokens_per_minute)

    def delay(self, tokens, now):
        if tokens > self.tokens.capacity:
            raise ValueError
        return max(self.requests.take(1, now), self.tokens.take(tokens, now))


class _Base:
    """A budget whose steps can be replaced one by one."""

    def __init__(self, requests_per_minute, tokens_per_minute):
        """Begin with full buckets."""
        self.most = [requests_per_minute, tokens_per_minute]
        self.left = [float(requests_per_minute), float(tokens_per_minute)]
        self.last = None

    def refill(self, now):
        """Add what the time since the last call brought."""
        passed = 0.0 if self.last is None else now - self.last
        self.left = [min(m, x + passed * m / 60) for m, x in zip(self.most, self.left, strict=True)]
        self.last = now

    def take(self, tokens):
        """Take a request and the tokens."""
        self.left = [self.left[0] - 1, self.left[1] - tokens]

    def waits(self):
        """Return the seconds for each bucket."""
        return [max(0.0, -x * 60 / m) for m, x in zip(self.most, self.left, strict=True)]

    def delay(self, tokens, now):
        """Do all of it."""
        if tokens > self.most[1]:
            raise ValueError("too many tokens")
        self.refill(now)
        self.take(tokens)
        return max(self.waits())


class wrong__RateBudget__never_full(_Base):
    """Refills above the capacity."""

    def refill(self, now):
        passed = 0.0 if self.last is None else now - self.last
        self.left = [x + passed * m / 60 for m, x in zip(self.most, self.left, strict=True)]
        self.last = now


class wrong__RateBudget__requests_never_full(_Base):
    """Refills the bucket of requests above its capacity."""

    def refill(self, now):
        passed = 0.0 if self.last is None else now - self.last
        self.left[0] += passed * self.most[0] / 60
        self.left[1] = min(self.most[1], self.left[1] + passed * self.most[1] / 60)
        self.last = now


class wrong__RateBudget__clock_begins_at_zero(_Base):
    """A clock may begin anywhere, below zero too."""

    def __init__(self, requests_per_minute, tokens_per_minute):
        super().__init__(requests_per_minute, tokens_per_minute)
        self.last = 0.0


class wrong__RateBudget__zero_means_no_call_yet(_Base):
    """Takes a last call at 0.0 for none, and doesn't refill after it."""

    def refill(self, now):
        self.last = self.last or now
        super().refill(now)


class wrong__RateBudget__refusal_takes_a_request(_Base):
    """A call that raises ValueError takes nothing, no request either."""

    def delay(self, tokens, now):
        self.refill(now)
        self.left[0] -= 1
        if tokens > self.most[1]:
            raise ValueError("too many tokens")
        self.left[1] -= tokens
        return max(self.waits())


class wrong__RateBudget__refusal_loses_the_refill(_Base):
    """A call that raises ValueError takes nothing; here what had flowed in since the last call is lost."""

    def delay(self, tokens, now):
        passed = 0.0 if self.last is None else now - self.last
        self.last = now
        if tokens > self.most[1]:
            raise ValueError("too many tokens")
        self.left = [min(m, x + passed * m / 60) for m, x in zip(self.most, self.left, strict=True)]
        self.take(tokens)
        return max(self.waits())


class wrong__RateBudget__refuses_a_full_bucket(_Base):
    """A call with exactly the capacity is allowed."""

    def delay(self, tokens, now):
        if tokens >= self.most[1] > 1:
            raise ValueError("too many tokens")
        return super().delay(tokens, now)


class wrong__RateBudget__refuses_what_is_not_there(_Base):
    """ValueError is for more than the capacity, not for more than is there now."""

    def delay(self, tokens, now):
        self.refill(now)
        if tokens > self.left[1]:
            raise ValueError("too many tokens")
        self.take(tokens)
        return max(self.waits())


class wrong__RateBudget__never_refuses(_Base):
    """More tokens than the capacity raise ValueError."""

    def delay(self, tokens, now):
        self.refill(now)
        self.take(tokens)
        return max(self.waits())


class wrong__RateBudget__no_debts(_Base):
    """A bucket falls below zero; here it stops at zero."""

    def delay(self, tokens, now):
        wait = super().delay(tokens, now)
        self.left = [max(0.0, x) for x in self.left]
        return wait


class wrong__RateBudget__takes_only_what_is_there(_Base):
    """A call takes its tokens at once, even if it has to wait."""

    def delay(self, tokens, now):
        wait = super().delay(tokens, now)
        if wait:
            self.left = [self.left[0] + 1, self.left[1] + tokens]
        return wait


class wrong__RateBudget__both_waits(_Base):
    """Both buckets fill at the same time: the longer wait counts, not the sum."""

    def delay(self, tokens, now):
        super().delay(tokens, now)
        return sum(self.waits())


class wrong__RateBudget__tokens_first(_Base):
    """Looks at the requests only where the tokens don't make it wait."""

    def delay(self, tokens, now):
        super().delay(tokens, now)
        by_request, by_token = self.waits()
        return by_token or by_request


class wrong__RateBudget__tokens_only(_Base):
    """Requests are limited too."""

    def delay(self, tokens, now):
        super().delay(tokens, now)
        return self.waits()[1]


class wrong__RateBudget__nothing_asked_nothing_taken(_Base):
    """A call without tokens takes a request, and waits for both buckets."""

    def delay(self, tokens, now):
        return super().delay(tokens, now) if tokens else 0.0


class wrong__RateBudget__whole_seconds(_Base):
    """Refills evenly, not once a second."""

    def refill(self, now):
        super().refill(math.floor(now))


class wrong__RateBudget__whole_tokens(_Base):
    """Refills evenly: half a token counts."""

    def refill(self, now):
        super().refill(now)
        self.left = [float(math.floor(x)) for x in self.left]


class wrong__RateBudget__full_again_each_minute(_Base):
    """Refills evenly, not all at once when a minute has passed."""

    def refill(self, now):
        if self.last is None:
            self.last = now
        if now - self.last >= 60:
            self.left, self.last = [float(m) for m in self.most], now


class wrong__RateBudget__minute_hand(_Base):
    """A pause longer than a minute refills more than the seconds beyond the minute."""

    def refill(self, now):
        passed = 0.0 if self.last is None else (now - self.last) % 60
        self.left = [min(m, x + passed * m / 60) for m, x in zip(self.most, self.left, strict=True)]
        self.last = now


class wrong__RateBudget__half_a_minute(_Base):
    """The capacity is a minute's worth, not half of it; begins full and never comes back above half."""

    def refill(self, now):
        passed = 0.0 if self.last is None else now - self.last
        self.left = [max(min(m / 2, x + passed * m / 60), x) for m, x in zip(self.most, self.left, strict=True)]
        self.last = now


class wrong__RateBudget__at_least_a_request(_Base):
    """Waits until neither is below zero, not until the next request fits too."""

    def delay(self, tokens, now):
        wait = super().delay(tokens, now)
        return max(wait, (1 - self.left[0]) * 60 / self.most[0] if self.left[0] < 0 else 0.0)


class wrong__RateBudget__caller_has_waited(_Base):
    """Counts the wait as over; a call that comes meanwhile waits from now on, not from the end of the wait."""

    def delay(self, tokens, now):
        if self.last is not None:
            now = max(now, self.last)
        wait = super().delay(tokens, now)
        if wait:
            self.refill(now + wait)
        return wait


_shared = {}


class wrong__RateBudget__one_for_all(_Base):
    """Two budgets with the same limits are two budgets."""

    def __init__(self, requests_per_minute, tokens_per_minute):
        super().__init__(requests_per_minute, tokens_per_minute)
        self.left = _shared.setdefault((requests_per_minute, tokens_per_minute), self.left)

    def refill(self, now):
        super().refill(now)
        _shared[tuple(self.most)] = self.left

    def take(self, tokens):
        self.left[0] -= 1
        self.left[1] -= tokens


class wrong__RateBudget__a_request_a_second(_Base):
    """Requests flow in at the limit's rate, not one a second."""

    def refill(self, now):
        passed = 0.0 if self.last is None else now - self.last
        self.left[0] = min(self.most[0], self.left[0] + passed)
        self.left[1] = min(self.most[1], self.left[1] + passed * self.most[1] / 60)
        self.last = now


class wrong__RateBudget__tenths_of_a_second(_Base):
    """The seconds aren't rounded."""

    def delay(self, tokens, now):
        return round(super().delay(tokens, now), 1)


class wrong__RateBudget__first_call_is_free(_Base):
    """The first call takes a request and tokens too."""

    def take(self, tokens):
        if getattr(self, "begun", False):
            super().take(tokens)
        self.begun = True


class wrong__RateBudget__swallows(_Base):
    """More tokens than the capacity raise ValueError; infinity isn't said."""

    def delay(self, tokens, now):
        with suppress(ValueError):
            return super().delay(tokens, now)
        return math.inf


class wrong__RateBudget__swapped(_Base):
    """The first limit is the requests', the second the tokens'."""

    def __init__(self, requests_per_minute, tokens_per_minute):
        super().__init__(tokens_per_minute, requests_per_minute)
