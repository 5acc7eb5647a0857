"""Faults that a test or a lesson orders, and what each does to an answer."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from handrail.standin import tokens
from handrail.standin.errors import WireError
from handrail.standin.request import Answer, Call, Request, Stop, digest, dumps, pieces, share

LONGEST = 60.0
"""No fault sleeps longer than this, in seconds: a lesson never hangs."""
BREAK_AFTER = 3
"""A stream that breaks does so after this many words."""
TRANSPORT = {"disconnect", "overload_midstream"}
CONTENT = {
    "truncate",
    "empty",
    "refusal",
    "malformed_json",
    "schema_violation",
    "silent_wrong",
    "invented_citation",
    "wrong_tool",
    "endless_tools",
}
STAYS = "endless_tools"
"""This one isn't used up by a request: it lasts until it is taken away."""
REFUSAL = "The stand-in refuses, because the fault 'refusal' was ordered."


@dataclass(frozen=True)
class Fault:
    """One fault: its name, and a number for those that have one (seconds to sleep, seconds to wait)."""

    name: str
    number: float | None = None

    @property
    def status(self) -> int | None:
        """The status that it answers with, if it is one."""
        return int(self.name) if self.name.isdecimal() else None


def parse(text: str) -> Fault | None:
    """Read a fault: `429`, `429:2` (wait two seconds), `sleep:1`, `truncate` ...; `none` lets a request pass.

    Raises ValueError with a sentence that names the faults.
    """
    name, colon, number = text.strip().partition(":")
    if name in ("none", "") and not colon:
        return None
    value = _number(text, number) if colon else None
    if re.fullmatch(r"[45]\d\d", name):
        return Fault(name, value)
    if name == "sleep" and value is not None and 0 <= value <= LONGEST:
        return Fault(name, value)
    if name in TRANSPORT | CONTENT and not colon:
        return Fault(name)
    raise ValueError(
        f"{text!r} is no fault. Faults are a status from 400 to 599 (with the seconds to wait: '429:2'), "
        f"'sleep:S' with at most {LONGEST:g} seconds, 'none', {', '.join(sorted(TRANSPORT | CONTENT))}."
    )


def _number(text: str, number: str) -> float:
    try:
        return float(number)
    except ValueError:
        raise ValueError(f"{text!r} is no fault: {number!r} is not a number of seconds.") from None


def drawn(rates: Mapping[str, float], *seed: object) -> Fault | None:
    """Draw a fault from its rates: the same values of the seed draw the same fault."""
    at = share("fault", *seed)
    for name, rate in rates.items():
        if at < rate:
            return parse(name)
        at -= rate
    return None


def raised(fault: Fault | None) -> None:
    """Raise the error that a fault with a status is."""
    if fault is not None and fault.status is not None:
        raise WireError(fault.status, retry_after=fault.number)


def changed(fault: Fault | None, request: Request, answer: Answer) -> Answer:
    """Return an answer as a fault leaves it."""
    if fault is None or fault.name not in CONTENT:
        return answer
    name = fault.name
    if name == "truncate":
        return _truncated(answer)
    if name == "empty":
        return replace(answer, text="", calls=(), stop=Stop.END)
    if name == "refusal":
        return replace(answer, text=REFUSAL, calls=(), stop=Stop.REFUSAL)
    if name == "invented_citation":
        bare = re.sub(r" ?\[[^\]]*\]$", "", answer.text)
        return replace(answer, text=f"{bare} [{_passages(request) + 4}]")
    if name in ("wrong_tool", "endless_tools"):
        return _other_tool(name, request, answer)
    return _broken_data(name, request, answer)


def _truncated(answer: Answer) -> Answer:
    if answer.calls:
        last = answer.calls[-1]
        half = replace(last, arguments=last.arguments[: len(last.arguments) // 2])
        return replace(answer, calls=(*answer.calls[:-1], half), stop=Stop.LENGTH)
    words = pieces(answer.text)
    half_text = "".join(words[: len(words) // 2]) or answer.text[: len(answer.text) // 2]
    return replace(answer, text=half_text, stop=Stop.LENGTH)


def _passages(request: Request) -> int:
    return max(
        (int(n) for text in [request.system, *request.users] for n in re.findall(r"\[(\d{1,3})\]", text)), default=0
    )


def _other_tool(name: str, request: Request, answer: Answer) -> Answer:
    if not request.tools:
        return answer
    if name == "endless_tools":
        tool = next(one for one in request.tools if not answer.calls or one.name == answer.calls[0].name)
        arguments = answer.calls[0].arguments if answer.calls else _last_arguments(request, tool.name)
    elif not answer.calls or len(request.tools) == 1:
        return answer
    else:
        names = [tool.name for tool in request.tools]
        tool = request.tools[(names.index(answer.calls[0].name) + 1) % len(names)]
        arguments = answer.calls[0].arguments
    number = sum(len(turn.calls) for turn in request.turns)
    call = Call(request.identifier("call_", name, number), tool.name, arguments)
    return replace(answer, text="", calls=(call, *answer.calls[1:]), stop=Stop.TOOLS)


def _last_arguments(request: Request, name: str) -> str:
    made = [call.arguments for turn in request.turns for call in turn.calls if call.name == name]
    return made[-1] if made else "{}"


def _broken_data(name: str, request: Request, answer: Answer) -> Answer:
    """Damage JSON: that of the text, or the arguments of the first call."""
    source = answer.calls[0].arguments if answer.calls else answer.text
    try:
        value = json.loads(source)
    except ValueError:
        return replace(answer, text=f"{answer.text} {{") if name == "malformed_json" else answer
    if name == "malformed_json":
        text = _malformed(source, bare=bool(answer.calls))
    else:
        schema = request.schema if not answer.calls else _parameters(request, answer.calls[0].name)
        damage = _violated if name == "schema_violation" else _silently_wrong
        text = dumps(damage(value, dict(schema or {}), digest(request.fingerprint, name)))
    if answer.calls:
        return replace(answer, calls=(replace(answer.calls[0], arguments=text), *answer.calls[1:]))
    return replace(answer, text=text)


def _parameters(request: Request, name: str) -> Mapping[str, Any] | None:
    return next((tool.parameters for tool in request.tools if tool.name == name), None)


def _malformed(source: str, *, bare: bool) -> str:
    comma = re.sub(r"([}\]])\s*$", r",\1", source)
    return comma if bare else f"Here is the answer:\n```json\n{comma}\n```\nI hope that helps."


def _violated(value: Any, schema: dict[str, Any], seed: str) -> Any:
    """Leave out a required field, or write a value that its list doesn't have."""
    if not isinstance(value, dict) or not value:
        return {"answer": value}
    required = [name for name in schema.get("required", []) if name in value]
    name = sorted(required or value)[int(seed[:8], 16) % len(required or value)]
    listed = _resolved(schema.get("properties", {}).get(name, {}), schema).get("enum")
    if listed:
        return {**value, name: f"{value[name]}-other"}
    return {key: kept for key, kept in value.items() if key != name}


def _silently_wrong(value: Any, schema: dict[str, Any], seed: str) -> Any:
    """Multiply one number by ten, or exchange one value of a list: still valid, and wrong."""
    places = list(_changeable(value, schema, schema))
    if not places:
        return value
    numbers = [place for place in places if len(place[0]) == 1 and place[1] is None] or places
    path, new = numbers[int(seed[:8], 16) % len(numbers)]
    copy = json.loads(dumps(value))
    holder = copy
    for step in path[:-1]:
        holder = holder[step]
    old = holder[path[-1]]
    holder[path[-1]] = new if new is not None else (old * 10 if isinstance(old, int) else round(old * 10, 6))
    return copy


def _changeable(value: Any, schema: dict[str, Any], root: dict[str, Any], path: tuple[Any, ...] = ()) -> Any:
    """Yield the places of a value that can be changed within its schema, with the new value of those that have one."""
    schema = _resolved(schema, root)
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _changeable(inner, schema.get("properties", {}).get(key, {}), root, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _changeable(inner, schema.get("items", {}), root, (*path, place))
    elif path and schema.get("enum"):
        if others := [one for one in schema["enum"] if one != value]:
            yield path, others[0]
    elif path and isinstance(value, (int, float)) and not isinstance(value, bool) and value:
        yield path, None


def _resolved(schema: Any, root: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema behind its reference, and behind `anyOf` with null."""
    for _ in range(8):
        if not isinstance(schema, dict):
            return {}
        if "$ref" in schema:
            name = str(schema["$ref"]).rsplit("/", 1)[-1]
            schema = (root.get("$defs") or root.get("definitions") or {}).get(name, {})
        elif "anyOf" in schema:
            others = [one for one in schema["anyOf"] if isinstance(one, dict) and one.get("type") != "null"]
            schema = others[0] if others else {}
        else:
            return schema
    return {}


def limited(request: Request, answer: Answer, window: int) -> Answer:
    """Return an answer cut at a stop sequence, and at the number of tokens that was asked for."""
    text, stop, found = answer.text, answer.stop, None
    places = [(text.find(mark), mark) for mark in request.stop if mark and mark in text]
    if places:
        at, found = min(places)
        text, stop = text[:at], Stop.SEQUENCE
    limit = min(request.max_tokens or window, window)
    if tokens.count(text) > limit:
        return replace(answer, text=tokens.cut(text, limit), calls=(), stop=Stop.LENGTH, stop_sequence=None)
    left = limit - tokens.count(text)
    for place, call in enumerate(answer.calls):
        cost = tokens.count(call.arguments)
        if cost > left:
            half = replace(call, arguments=tokens.cut(call.arguments, left))
            return replace(answer, text=text, calls=(*answer.calls[:place], half), stop=Stop.LENGTH)
        left -= cost
    return replace(answer, text=text, stop=stop, stop_sequence=found)
