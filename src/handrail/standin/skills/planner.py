"""Call the tools of a request: one clause of the user's text after the other, each with the nearest tool."""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from handrail.standin import meaning
from handrail.standin.prompt import Passage, Prompt, passages, sentences
from handrail.standin.request import Answer, Call, Knobs, Request, Stop, Tool, Turn, dumps
from handrail.standin.skills import evidence, extractor, filling, reader, shape

NEAR = 0.2
"""A clause goes to a tool of at least this similarity."""
STEPS = 8
"""After this many rounds of calls it stops."""
TRIES = 2
"""A call that fails is made again once."""
LONG = 25
"""A result of more words is read like a passage."""
NEEDS = "To use {tool} I need: {names}."
ASKED = re.compile(r"^To use ([\w-]+) I need: ")
NEXT = re.compile(r"\s*(?:,\s*)?(?:\band\s+)?\b(?:then|after that|afterwards)\b,?\s*|\s*;\s*", re.IGNORECASE)
ALSO = re.compile(r",?\s+and\s+(?=(?:how|what|which|who|when|where|also)\b)", re.IGNORECASE)
SEVERAL = re.compile(r"\b((?:in|for|of|at|from) )([A-Z]\w+)((?:, [A-Z]\w+)*),? and ([A-Z]\w+)\b")
ARITHMETIC = re.compile(
    r"\d\s*(?:[-+*/×÷^]|plus|minus|times|divided by|multiplied by)\s*\(?\d|\bper (?:day|week|month|head|person)\b"
    r"|\d\s*(?:%|per ?cent) of\b",
    re.IGNORECASE,
)
CHAT = re.compile(r"^\W*(?:hello|hi|hey|thanks?|thank you|how are you|good (?:morning|evening))\b", re.IGNORECASE)
SEARCHES = frozenset({"query", "question", "search", "keywords"})
"""A tool with such a parameter can be asked anything."""
REFERS = re.compile(r"\b(?:that|it|this|them|those|the (?:result|total|sum|amount|answer|number))\b", re.IGNORECASE)


@dataclass(frozen=True)
class Clause:
    """One thing that the user asks for, and whether it waits for the one before."""

    text: str
    waits: bool


@dataclass(frozen=True)
class Step:
    """A clause with the tools that could do it, the nearest first."""

    clause: Clause
    tools: tuple[Tool, ...]


@dataclass(frozen=True)
class Done:
    """A call that was made, with its result."""

    call: Call
    result: str
    failed: bool


def answer(request: Request, knobs: Knobs) -> Answer | None:
    """Answer if tools are given, not excluded, and one of them is near to what is asked."""
    if not request.tools or request.choice == "none":
        return None
    done = made(request.since_user())
    if request.forced and not done:
        return _forced(request)
    plan = steps(request)
    if not plan:
        if done:
            return _report(request, done)
        return _forced(replace(request, forced=_nearest(request))) if request.choice == "required" else None
    rounds = sum(bool(turn.calls) for turn in request.since_user())
    if rounds >= STEPS:
        return _report(request, done, f"I stopped after {STEPS} steps.")
    return _next(request, plan, done)


def steps(request: Request) -> list[Step]:
    """Return what is to be done, in order."""
    texts = [f"{tool.name.replace('_', ' ')}: {tool.description}" for tool in request.tools]
    found: list[Step] = []
    for clause in clauses(task(request)):
        scores = meaning.nearness(clause.text, texts)
        order = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
        near = tuple(request.tools[place] for place in order if scores[place] >= NEAR)
        near = _preferred(request, clause, near)
        if near:
            found.append(Step(Clause(clause.text, clause.waits and bool(found)), near))
    return found


def _preferred(request: Request, clause: Clause, near: tuple[Tool, ...]) -> tuple[Tool, ...]:
    """Put a calculator first for arithmetic, and give a question that is near to no tool to one that searches."""
    if ARITHMETIC.search(clause.text):
        able = [tool for tool in request.tools if "expression" in {field.kind for field in _fields(tool)}]
        names = {tool.name for tool in able}
        return (*able, *(tool for tool in near if tool.name not in names))
    if not near and clause.text.rstrip().endswith("?") and not CHAT.search(clause.text):
        return tuple(tool for tool in request.tools if any(SEARCHES & set(field.words) for field in _fields(tool)))
    return near


def _fields(tool: Tool) -> list[shape.Field]:
    schema, _ = shape.resolved(tool.parameters, tool.parameters)
    return [field for field in shape.fields(schema, tool.parameters) if field.required]


def task(request: Request) -> str:
    """Return what the user wants: the last text, with the one before if it answers a question of the planner."""
    before = [turn for turn in request.turns if turn.role in ("user", "assistant")]
    while before and before[-1].role != "user":
        before.pop()
    texts = [request.user]
    while len(before) >= 3 and ASKED.match(before[-2].text) and before[-3].role == "user":
        texts.insert(0, before[-3].text)
        before = before[:-2]
    return " ".join(texts) if len(texts) == 1 else ", ".join(text.rstrip(".!?") for text in texts)


def clauses(text: str) -> list[Clause]:
    """Split a text at sentence ends, at `then` and `;`, and before a second question."""
    found: list[Clause] = []
    for sentence in sentences(text):
        begin = 0
        for mark in [*NEXT.finditer(sentence), None]:
            part = sentence[begin : mark.start() if mark else len(sentence)]
            ordered = begin > 0 and ";" not in sentence[:begin][-2:]
            for place, one in enumerate(ALSO.split(part)):
                waits = bool(found) and ((ordered and place == 0) or bool(REFERS.search(one)))
                found += [Clause(each.strip(" ,"), waits) for each in _each(one) if each.strip(" ,.!?")]
            begin = mark.end() if mark else begin
    return found


def _each(clause: str) -> list[str]:
    """Return a clause once for every one of `in Paris, Rome and Berlin`."""
    match = SEVERAL.search(clause)
    if match is None:
        return [clause]
    names = [match[2], *re.findall(r"\w+", match[3]), match[4]]
    return [f"{clause[: match.start(2)]}{name}{clause[match.end() :]}" for name in names]


def made(turns: Sequence[Turn]) -> list[Done]:
    """Return the calls that were made, with their results."""
    results = {turn.call_id: turn for turn in turns if turn.role == "tool"}
    calls = [call for turn in turns for call in turn.calls]
    return [Done(call, results[call.id].text, results[call.id].failed) for call in calls if call.id in results]


def _next(request: Request, plan: Sequence[Step], done: Sequence[Done]) -> Answer:
    """Return the calls that can be made now, a question for what is missing, or the report."""
    left = list(done)
    calls: list[tuple[Tool, dict[str, Any]]] = []
    so_far: list[Done] = []
    for step in plan:
        if step.clause.waits and calls:
            break
        tool = step.tools[0]
        tried = _taken(left, tool.name)
        while tried and tried[-1].failed and len(tried) >= TRIES:
            others = [other for other in step.tools if other.name != tool.name]
            if not others:
                return _report(request, done, _sorry(tool, tried[-1]))
            step = Step(step.clause, tuple(others))
            tool, failure = others[0], tried[-1]
            if _arguments(request, step, tool, so_far)[1]:
                return _report(request, done, _sorry(Tool(failure.call.name, "", {}), failure))
            tried = _taken(left, tool.name)
        if tried and not tried[-1].failed:
            so_far.append(tried[-1])
            continue
        values, missing = _arguments(request, step, tool, so_far)
        if missing and request.choice != "required":
            names = ", ".join(field.name.replace("_", " ") for field in missing)
            return Answer(NEEDS.format(tool=tool.name, names=names), "planner") if not calls else _calls(request, calls)
        calls.append((tool, values | {field.name: shape.empty(field) for field in missing}))
        if not request.parallel:
            break
    if calls:
        return _calls(request, calls)
    if request.choice == "required":
        return _last_required(request, done)
    return _report(request, done)


def _taken(left: list[Done], name: str) -> list[Done]:
    """Take the calls of one tool off the list: failed ones up to the first that worked."""
    found: list[Done] = []
    for one in list(left):
        if one.call.name == name:
            left.remove(one)
            found.append(one)
            if not one.failed:
                break
    return found


def _arguments(
    request: Request, step: Step, tool: Tool, so_far: Sequence[Done]
) -> tuple[dict[str, Any], list[shape.Field]]:
    """Return the arguments of a call, and the required ones that nothing speaks of."""
    schema, _ = shape.resolved(tool.parameters, tool.parameters)
    values, missing = filling.partly(schema, step.clause.text, tool.parameters)
    lacking = [field for field in missing if field.required]
    if lacking and so_far and step.clause.waits:
        values |= _from_results(lacking, step.clause.text, task(request), so_far)
    if lacking := [field for field in lacking if field.name not in values]:
        others, _ = filling.partly(schema, task(request), tool.parameters)
        spoken = list(values.values())
        values |= {f.name: others[f.name] for f in lacking if f.name in others and others[f.name] not in spoken}
    nullable = {field.name: None for field in missing if field.nullable and field.required}
    values = nullable | values
    order = [field.name for field in shape.fields(schema, tool.parameters)]
    lacking = [field for field in lacking if field.name not in values and not field.nullable]
    return {name: values[name] for name in order if name in values}, lacking


def _from_results(fields: Sequence[shape.Field], clause: str, whole: str, so_far: Sequence[Done]) -> dict[str, Any]:
    """Return values that an earlier result gives."""
    result = so_far[-1].result
    number = evidence.first_number(result)
    found: dict[str, Any] = {}
    for field in fields:
        if field.kind == "expression" and number is not None:
            found[field.name] = _formula(number, clause, whole)
        elif field.kind in ("number", "integer") and number is not None:
            found[field.name] = int(number) if field.kind == "integer" else number
        elif field.kind == "string":
            found[field.name] = result
    return found


def _formula(number: float | int, clause: str, whole: str) -> str:
    """Return a formula with an earlier result: `per day` divides by the days of the month that was named."""
    if re.search(r"\bper (?:day|week|month)\b|\b(?:daily|weekly|monthly)\b", clause, re.IGNORECASE):
        months = [span.value for span in evidence.spans(whole) if span.kind == "month"]
        year, month = map(int, months[0].split("-")) if months else (2025, 1)
        days = calendar.monthrange(year, month)[1]
        divisor = {"w": f"({days} / 7)", "m": "12"}.get(re.findall(r"per (\w)|(\w)\w+ly", clause)[0][0], str(days))
        return f"{number} / {divisor}"
    signs = (("divided by|per", "/"), ("times|multiplied by", "*"), ("plus|add", "+"), ("minus|less", "-"))
    for words, sign in signs:
        match = re.search(rf"\b(?:{words})\b\D{{0,12}}(\d[\d.]*)", clause, re.IGNORECASE)
        if match:
            return f"{number} {sign} {match[1]}"
    if match := re.search(r"(\d[\d.]*)\s*(?:%|per ?cent) of", clause, re.IGNORECASE):
        return f"{match[1]} / 100 * {number}"
    return str(number)


def _calls(request: Request, wanted: Sequence[tuple[Tool, dict[str, Any]]]) -> Answer:
    number = len(request.turns)
    calls = tuple(
        Call(request.identifier("call_", number, place), tool.name, dumps(values))
        for place, (tool, values) in enumerate(wanted)
    )
    return Answer("", "planner", calls, Stop.TOOLS, literal=True)


def _forced(request: Request) -> Answer:
    """Call the tool that has to be called, with all that the text offers."""
    tool = next(tool for tool in request.tools if tool.name == request.forced)
    return _calls(request, [(tool, filling.filled(tool.parameters or {"type": "object"}, extractor.source(request)))])


def _nearest(request: Request) -> str:
    texts = [f"{tool.name.replace('_', ' ')}: {tool.description}" for tool in request.tools]
    scores = meaning.nearness(request.user or request.system, texts)
    return request.tools[max(range(len(scores)), key=lambda place: (scores[place], -place))].name


def _last_required(request: Request, done: Sequence[Done]) -> Answer:
    """Call a tool that wasn't called yet, because a call is required: mostly the one that takes the final answer."""
    used = {one.call.name for one in done}
    tool = next((tool for tool in request.tools if tool.name not in used), request.tools[-1])
    return _forced(replace(request, forced=tool.name))


def _report(request: Request, done: Sequence[Done], remark: str = "") -> Answer:
    """Say what came of it: an answer from long results, else a sentence for each."""
    good = [one for one in done if not one.failed]
    if request.schema is not None and not remark:
        return Answer(dumps(filling.filled(request.schema, extractor.source(request))), "planner", literal=True)
    long = [one for one in good if len(one.result.split()) > LONG or passages(one.result)[0]]
    if long and not remark:
        return replace(_read(request, long), skill="planner")
    said = [f"{one.call.name} returned {_short(one.result)}." for one in good]
    if remark:
        said.append(remark)
    return Answer(" ".join(said) or "Nothing was to be done.", "planner")


def _read(request: Request, done: Sequence[Done]) -> Answer:
    """Answer the user's question from the results, as if they were passages."""
    found: list[Passage] = []
    for one in done:
        given, _ = passages(one.result)
        found += given or [Passage(str(len(found) + 1), one.result)]
    prompt = Prompt(tuple(found), task(request), f"{request.system}\n{request.user}", request.user)
    return reader.from_passages(request, prompt)


def _sorry(tool: Tool, failure: Done) -> str:
    return f"I could not finish: {tool.name} failed {TRIES} times ({_short(failure.result)})."


def _short(result: str) -> str:
    text = " ".join(result.split()).rstrip(".")
    return text if len(text) <= 300 else f"{text[:300]} ..."
