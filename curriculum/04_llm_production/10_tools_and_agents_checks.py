"""Checks, hints and known mistakes of 04_llm_production/10_tools_and_agents."""

import functools
import inspect
import itertools
import json
import traceback
import typing
from decimal import Decimal
from typing import Annotated, Literal, Optional

from hypothesis import strategies as st
from pydantic import ConfigDict, Field, create_model

from handrail.expect import (
    AnswerRaised,
    Mismatch,
    agree,
    between,
    call,
    close,
    equivalent,
    for_all,
    hints,
    kind,
    raises,
    require,
)
from handrail.kit.tools import AgentRun, Made, ToolResult, answered, circling

# 1 ----------------------------------------------------------------------------------------------------- tool_schema

SCALARS = st.sampled_from(["str", "int", "float", "bool", "Literal['a', 'b']", "Literal['x']"])
KINDS = st.recursive(
    SCALARS,
    lambda inner: st.builds(
        str.format, st.sampled_from(["list[{}]", "{} | None", "Optional[{}]", "Annotated[{}, 'where to']"]), inner
    ),
    max_leaves=3,
).filter(
    lambda text: (
        text.count("None") + text.count("Optional") <= 1
        and text.count("Annotated") <= 1
        and "Annotated" not in text.split("Optional")[0] * ("Optional" in text)
    )
)
NAMES = ("query", "limit", "city", "unit")
DEFAULTS = ("None", "0", "False", "''", "5")
DOCUMENTED = (None, "Send it.", "Send\n    it  now.\n\n    And more.", "\n    Find pages.\n\n    query: words\n    ")


@functools.cache
def made_of(source, documentation):
    """Make a function of its text."""
    names = {"Literal": Literal, "Annotated": Annotated, "Optional": Optional}
    exec(source, names)
    function = names["act"]
    function.__doc__ = documentation
    return function


@st.composite
def heads(draw):
    """Draw the text of a function and its documentation."""
    parameters = []
    for name in NAMES[: draw(between(0, 3))]:
        default = draw(st.sampled_from((None, None, *DEFAULTS)))
        parameters.append(f"{name}: {draw(KINDS)}" + (f" = {default}" if default is not None else ""))
    star = "*, " if parameters else ""
    return call(f"def act({star}{', '.join(parameters)}) -> str: ...", draw(st.sampled_from(DOCUMENTED)))


def without(value):
    """Write Pydantic's schema as the exercise does: no titles, no defaults, lists of values without their type."""
    if isinstance(value, list):
        return [without(one) for one in value]
    if not isinstance(value, dict):
        return value
    kept = {key: without(one) for key, one in value.items() if key not in ("default", "const", "title")}
    if "const" in value:
        kept["enum"] = [value["const"]]
    if "enum" in kept:
        kept.pop("type", None)
    return kept


def by_pydantic(function):
    """Let Pydantic describe the parameters, with `Field(description=...)` in the place of a text."""
    fields = {
        one.name: (with_field(one.annotation), ... if one.default is one.empty else one.default)
        for one in inspect.signature(function).parameters.values()
    }
    schema = create_model("x", __config__=ConfigDict(extra="forbid"), **fields).model_json_schema()
    properties = {name: without(rules) for name, rules in schema["properties"].items()}
    about = inspect.cleandoc(function.__doc__ or "").partition("\n\n")[0]
    parameters = {"type": "object", "properties": properties, "required": schema.get("required", [])}
    return {
        "name": function.__name__,
        "description": " ".join(about.split()),
        "parameters": parameters | {"additionalProperties": False},
    }


def with_field(annotation):
    """Replace the texts inside of a type by fields with a description."""
    inner = typing.get_args(annotation)
    if typing.get_origin(annotation) is Annotated:
        return Annotated[with_field(inner[0]), Field(description=inner[1])]
    if typing.get_origin(annotation) is list:
        return list[with_field(inner[0])]
    if type(None) in inner:
        return Optional[with_field(inner[0])]  # noqa: UP045
    return annotation


class Clerk:
    """A class with a tool."""

    def find(self, query: str, limit: int | None = None) -> str:
        """Find pages."""


@hints(
    "`inspect.signature(function).parameters` has everything about the parameters; the types are values you can ask.",
    "`typing.get_origin` and `typing.get_args` take a type apart: Literal, list, Annotated and unions. What is inside "
    "is a type again, so let a helper call itself.",
    "A union is whatever is left: `anyOf` with the schema of each member, None's being null. Required are the "
    "parameters whose default is `inspect.Parameter.empty`.",
)
def check_tool_schema(tool_schema):
    def test(source, documentation):
        function = made_of(source, documentation)
        returned = tool_schema(function)
        kind(returned, dict)
        close(returned, by_pydantic(function), given=call(source, documentation))

    also = [
        call("def act(query: str) -> str: ...", "Find it."),
        call("def act(query: str, limit: int = 5) -> str: ...", None),
        call("def act(query: str | None, limit: float = None) -> str: ...", DOCUMENTED[2]),
        call("def act(*, limit: int = 0, query: list[str]) -> str: ...", DOCUMENTED[3]),
        call("def act(flag: bool, unit: Literal['a', 'b'] = 'b') -> None: ...", ""),
        call("def act(query: Annotated[str, 'words'], unit: list[Annotated[int, 'id']]): ...", "Go."),
        call("def act(query: Annotated[str | None, 'words'] = None): ...", "Go."),
        call("def act(query: list[list[Literal['x']]] | None): ...", "Go."),
        call("def act(): ...", "Go on.\n\nAnd on."),
        call("def act(): ...", "Send it.\n    \n    A line of spaces is blank, too."),
        call("def act(): ...", "Find pages. Needs no login.\n\nAnd more."),
        call("def act(unit: Literal['a', 'b'], city: Literal['b', 'a']): ...", "Go."),
    ]
    for_all(test, heads(), also=also, examples=16)
    null, text = {"type": "null"}, {"type": "string"}
    ordered = {"query": {"anyOf": [null, text]}, "city": {"anyOf": [null, {"type": "array", "items": text}]}}
    for source, properties, why in (
        ("def act(query: None | str, city: None | list[str]): ...", ordered, "The order is the one written."),
        ("def act(self: str): ...", {"self": text}, "This is no method: `self` is a parameter like any other."),
    ):
        returned, given = tool_schema(made_of(source, "Go.")), call(source, "Go.")
        kind(returned, dict)
        rules = {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}
        expected = {"name": "act", "description": "Go.", "parameters": rules}
        close(returned, expected, given=given, why=why)
    test("def act(): ...", ("A long first paragraph stays whole, on one line." + "\n    " + "Word by word. ") * 20)
    returned = tool_schema(Clerk().find)
    close(returned, by_pydantic(Clerk().find), given=call("Clerk().find"), why="A bound method has no `self`.")


def drawn_up(function, integer="integer", optional=True, describe=True, required=None, whole=False, closed=True):
    """Do it right, but for what a mistake asks for."""

    def of(annotation):
        inner, origin = typing.get_args(annotation), typing.get_origin(annotation)
        if annotation in (str, int, float, bool):
            return {"type": {str: "string", int: integer, float: "number", bool: "boolean"}[annotation]}
        if annotation is type(None):
            return {"type": "null"}
        if origin is Literal:
            return {"enum": [*inner]}
        if origin is list:
            return {"type": "array", "items": of(inner[0])}
        if origin is Annotated:
            return {**of(inner[0]), **({"description": inner[1]} if describe else {})}
        return {"anyOf": [*map(of, inner)]} if optional else of(inner[0])

    listed = [*inspect.signature(function).parameters.values()]
    text = inspect.getdoc(function) or ""
    needed = required or (lambda one: one.default is inspect.Parameter.empty)
    parameters = {"type": "object", "properties": {one.name: of(one.annotation) for one in listed}}
    parameters["required"] = [one.name for one in listed if needed(one)]
    text = text if whole else text.split("\n\n")[0]
    return {
        "name": function.__name__,
        "description": " ".join(text.split()),
        "parameters": parameters | ({"additionalProperties": False} if closed else {}),
    }


def tool_schema__all_required(function):
    """A parameter with a default need not be sent, so it isn't required."""
    return drawn_up(function, required=lambda one: True)


def tool_schema__none_is_no_default(function):
    """None, 0 and an empty text are defaults, too. "No default" is `inspect.Parameter.empty`."""
    return drawn_up(function, required=lambda one: one.default is inspect.Parameter.empty or not one.default)


def tool_schema__int_is_number(function):
    """`int` is "integer": with "number" the model may send 2.5."""
    return drawn_up(function, integer="number")


def tool_schema__optional_lost(function):
    """`str | None` allows null, too: `anyOf` has a schema for each member of the union."""
    return drawn_up(function, optional=False)


def tool_schema__description_lost(function):
    """The text inside `Annotated` tells the model what a value means. It belongs into the schema, at any depth."""
    return drawn_up(function, describe=False)


def tool_schema__whole_docstring(function):
    """Only the first paragraph of the docstring is the description; the rest is for programmers."""
    return drawn_up(function, whole=True)


def tool_schema__open(function):
    """Without `additionalProperties: False` the model may invent arguments."""
    return drawn_up(function, closed=False)


# 2 ----------------------------------------------------------------------------------------------------- tool_result


FREE = "the wording of a failure is free"
SHORT = "f'{type(error).__name__}: {error}'[:2000]"


def add(a, b=1):
    return a + b


def echo(value):
    return value


def fail(message):
    raise ValueError(message)


def leave():
    raise SystemExit(3)


def interrupt():
    raise KeyboardInterrupt


def odd(which):
    ring = [1]
    ring.append(ring)
    return {"set": {3}, "key": {(1, 2): "x"}, "bytes": b"ab", "ring": ring, "mixed": {1: "x", "b": 2}}[which]


def cancel():
    raise GeneratorExit("the server stops")


def keys(**given):
    return sorted(given)


TOOLS = {"add": add, "echo": echo, "fail": fail, "leave": leave, "odd": odd, "interrupt": interrupt}
OTHERS = {"cancel": cancel, "keys": keys, "odd": odd}
VALUES = st.recursive(
    st.sampled_from([0, 1, -2.5, True, False, None, "", "a", "ü", 'say "x"']),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=3,
)
BAD_JSON = ("", "{", '{"a": 1,}', "a=1", "nope", '{"a": 1} and more', "[" * 3000)
BAD_CALLS = {
    '{"a": 1, "currency": "EUR"}': "currency",
    "{}": "TypeError",
    '{"b": 2}': "TypeError",
    '{"a": 1, "b": "x"}': "TypeError",
}


def expected_text(value):
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value)
    except TypeError:
        return repr(value)


def told_well(answer, name, arguments, failed, words=(), tools=TOOLS):
    """Call the answer, and look at what every result must have."""
    given = call(tools, name, arguments)
    try:
        found = answer(*given.args)
    except AnswerRaised as raised:
        if not isinstance(raised.error, SystemExit | RecursionError | GeneratorExit):
            raise
        error = type(raised.error).__name__
        source = "Reading these arguments" if isinstance(raised.error, RecursionError) else "The tool"
        raise Mismatch(f"{source} raised {error}, and you let it pass: it should become a text.", given) from None
    kind(found, ToolResult)
    kind(found.text, str, "the text")
    require(len(found.text) <= 2000, f"The text has {len(found.text)} characters; 2,000 are the limit.", given)
    require(isinstance(found.failed, bool), "`failed` must be True or False.", given)
    sentence = "This call fails, and the result doesn't say so." if failed else "This call works; you say it failed."
    require(found.failed == failed, sentence, given)
    leak = "Traceback" in found.text or 'File "' in found.text or "_checks.py" in found.text
    require(not leak, "The text has lines of a traceback, which the model may repeat to the user.", given)
    for word in words:
        require(word in found.text, f"The text of this failure must contain {word!r}; it is {found.text!r}.", given)
    return found


@equivalent("f'{type(error).__name__}: {error}'", "f'{type(error).__name__}: ?{error}'", because=FREE)
@equivalent(SHORT, SHORT.replace("2000", "1999"), because="how long the text of a failure is, is free below the limit")
@hints(
    "Four things can go wrong: the name, the JSON, the call, and turning the result into text.",
    "Valid JSON isn't always an object, and a missing or extra argument is an exception of the call itself. A result "
    "that is a text isn't JSON-encoded again.",
    "Let `KeyboardInterrupt` pass and turn every other `BaseException` of the call into "
    "`type(error).__name__` and its message. Cut at the end, failures too.",
)
def check_tool_result(tool_result):
    def value(one):
        arguments = json.dumps({"value": one})
        found, given = told_well(tool_result, "echo", arguments, False), call(TOOLS, "echo", arguments)
        if isinstance(one, str):
            close(found.text, one, "the text", given=given)
            return
        try:
            decoded = json.loads(found.text)
        except ValueError:
            raise Mismatch(f"The result {one!r} should be JSON; the text is {found.text!r}.", given) from None
        close(decoded, one, "the JSON in the text", given=given)

    told_well(tool_result, "add", '{"a": 1, "b": 2}', False, ["3"])
    told_well(tool_result, "add", '{"a": 1}', False, ["2"])
    for arguments, word in BAD_CALLS.items():
        told_well(tool_result, "add", arguments, True, [word])
    for name in ("nope", "Add", "", "__init__"):
        told_well(tool_result, name, "{}", True, TOOLS)
    for arguments in BAD_JSON:
        told_well(tool_result, "echo", arguments, True)
    for arguments in ("", "[1]", "3", "null", '"value"', "[]", "true"):
        told_well(tool_result, "echo", arguments, True)
        found = told_well(tool_result, "leave", arguments, True)
        require("SystemExit" not in found.text, "These arguments are no object, so the tool must not be called.")
    told_well(tool_result, "fail", '{"message": "no such order"}', True, ["ValueError", "no such order"])
    told_well(tool_result, "fail", json.dumps({"message": "x" * 3000}), True, ["ValueError"])
    told_well(tool_result, "n" * 3000, "{}", True)
    told_well(tool_result, "leave", "{}", True, ["SystemExit"])
    for_all(lambda one: value(one), VALUES, also=[call(one) for one in (True, None, "3", [1], {"a": None}, 1.5, "")])
    value("Error: none found")
    for which in ("set", "key", "bytes", "ring"):
        found = told_well(tool_result, "odd", json.dumps({"which": which}), False)
        close(found.text, str(odd(which)), "the text")
    for size in (1999, 2000, 2001, 5000):
        found = told_well(tool_result, "echo", json.dumps({"value": "x" * size}), False)
        close(len(found.text), min(size, 2000), "the length of the text")
    found = told_well(tool_result, "echo", json.dumps({"value": list(range(900))}), False)
    compact = json.dumps([*range(900)], separators=(",", ":"))[:2000]
    require(found.text in (json.dumps([*range(900)])[:2000], compact), "A long result is cut after 2,000 characters.")
    found = told_well(tool_result, "odd", '{"which": "mixed"}', False)
    mixed = "Keys that are numbers and texts have JSON, too."
    require(found.text.replace(" ", "") == '{"1":"x","b":2}', mixed, call(TOOLS, "odd", '{"which": "mixed"}'))
    told_well(tool_result, "odd", '{"which": "none"}', True, ["KeyError", "none"])
    told_well(tool_result, "cancel", "{}", True, ["GeneratorExit", "the server stops"], OTHERS)
    words = ["arguments", "function", "name", "registry", "tool", "values"]
    told_well(tool_result, "keys", json.dumps(dict.fromkeys(words, 1)), False, words, OTHERS)
    told_well(tool_result, "nope", "{}", True, tools={f"tool_{number:03}": echo for number in range(400)})
    called_once(tool_result)
    raises(tool_result, KeyboardInterrupt, call(TOOLS, "interrupt", "{}"), "It is the user who wants to stop.")


def called_once(tool_result):
    """Prove that a tool is called once each time, whether it fails or not."""
    made = []

    def tick(wrong):
        made.append(wrong)
        if wrong:
            raise OSError("offline")
        return len(made)

    for wrong, count in ((True, 1), (False, 2), (False, 3), (True, 4)):
        arguments = json.dumps({"wrong": wrong})
        told_well(tool_result, "tick", arguments, wrong, ["offline" if wrong else str(count)], {"tick": tick})
        sentence = f"Each request calls the tool once; after {count} it was called {len(made)} times."
        require(len(made) == count, sentence, call({"tick": tick}, "tick", arguments))


def telling(registry, name, arguments, names=True, trace=False, known=False, text=None, limit=2000):
    """Do it right, but for what a mistake asks for."""
    if name not in registry:
        return ToolResult(f"no tool {name}. Known: {[*registry] if names else ''}"[-2000:], failed=True)
    try:
        given = json.loads(arguments)
    except (ValueError, RecursionError):
        return ToolResult("no valid JSON", failed=True)
    if not isinstance(given, dict):
        return ToolResult("no object", failed=True)
    if known:
        given = {one: value for one, value in given.items() if one in inspect.signature(registry[name]).parameters}
    try:
        value = registry[name](**given)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        told = traceback.format_exc() if trace else f"{type(error).__name__}: {error}"
        return ToolResult(told[:2000], failed=True)
    return ToolResult((text or expected_text)(value)[:limit])


def tool_result__raises(registry, name, arguments):
    """One bad argument ends the whole conversation: whatever goes wrong has to become a text."""
    return ToolResult(expected_text(registry[name](**json.loads(arguments))))


def tool_result__leaks_traceback(registry, name, arguments):
    """A traceback has file paths and lines of source, and the model may repeat them to the user. Type and message are
    enough."""
    return telling(registry, name, arguments, trace=True)


def tool_result__ignores_extra(registry, name, arguments):
    """An extra argument was dropped in silence, and the model believes that it was used. Tell it."""
    return telling(registry, name, arguments, known=True)


def tool_result__known_names_missing(registry, name, arguments):
    """A model that invents a tool can only do better if you tell it which tools there are."""
    return telling(registry, name, arguments, names=False)


def tool_result__not_json(registry, name, arguments):
    """`str` writes Python: True, None, 'single quotes'. Results that aren't texts become JSON."""
    return telling(registry, name, arguments, text=str)


def tool_result__texts_quoted(registry, name, arguments):
    """A result that is a text already got quotation marks around it."""
    return telling(registry, name, arguments, text=lambda value: json.dumps(value, default=str))


def tool_result__endless(registry, name, arguments):
    """A long result goes into every later prompt. Cut it at 2,000 characters."""
    return telling(registry, name, arguments, limit=None)


# 3 --------------------------------------------------------------------------------------- conversation_with_results


GET = "results.get(call['id'], 'Error: no result')"


def wish(number, name="balance", arguments="{}"):
    return {"id": f"c{number}", "type": "function", "function": {"name": name, "arguments": arguments}}


@st.composite
def finished(draw):
    """Draw a conversation, a reply with calls, and the results of most of them in some order."""
    messages = [{"role": "user", "content": text} for text in ("Hi", "How much?")[: draw(between(0, 2))]]
    numbers = draw(st.permutations(range(draw(between(0, 4)))))
    content = draw(st.sampled_from([None, "Let me see.", ""]))
    reply = {"role": "assistant", "content": content, "tool_calls": [wish(number) for number in numbers]}
    done = draw(st.permutations([*numbers, 9]))[: draw(between(0, 5))]
    return call(messages, reply, {f"c{number}": draw(st.sampled_from(["12.50", "", "[]"])) for number in done})


@equivalent(GET, GET.replace("result')", "result?')"), because="what follows Error is free")
@hints(
    "What decides the order: the calls of the reply, or the results?",
    "Each call needs exactly one turn with its own id, whether there is a result or not.",
    "Go through `reply.get('tool_calls') or []`, and ask `results` for each id with a default that begins with Error.",
)
def check_conversation_with_results(conversation_with_results):
    def test(messages, reply, results):
        given = call(messages, reply, results)
        found = conversation_with_results(messages, reply, results)
        kind(found, list)
        wishes = reply.get("tool_calls") or []
        count = len(messages) + 1 + len(wishes)
        noun = "message" if count == 1 else "messages"
        require(len(found) == count, f"The conversation should have {count} {noun}; it has {len(found)}.", given)
        close(found[: len(messages)], messages, "the beginning", given=given)
        close(found[len(messages)], reply, "the assistant's turn", given=given)
        turns = found[len(messages) + 1 :]
        for turn in turns:
            kind(turn, dict, "the tool turn")
        ids = [turn.get("tool_call_id") for turn in turns]
        asked = [one["id"] for one in wishes]
        require(ids == asked, f"The tool turns should answer the calls in the order {asked}; yours: {ids}.", given)
        for turn, one in zip(turns, wishes, strict=True):
            expected = {"role": "tool", "tool_call_id": one["id"], "content": results.get(one["id"])}
            if expected["content"] is None:
                text = turn.get("content")
                what = "A call without a result needs a text that begins with 'Error'"
                require(isinstance(text, str) and text.startswith("Error"), f"{what}; it is {text!r}.", given)
                expected["content"] = text
            close(turn, expected, "the tool turn", given=given)

    user, two = [{"role": "user", "content": "Hi"}], [wish(1), wish(2)]
    asking = {"role": "assistant", "content": None, "tool_calls": two}
    old = {"role": "tool", "tool_call_id": "c1", "content": "an earlier call of the same id"}
    also = [
        call(user, asking, {"c1": "1", "c2": "2"}),
        call(user, asking, {"c2": "2", "c1": "1"}),
        call(user, asking, {"c2": "2"}),
        call(user, asking, {"c1": "", "c2": "2"}),
        call(user, asking, {}),
        call(user, asking, {"c9": "9", "c1": "1", "c2": "2"}),
        call([], {"role": "assistant", "content": "Hello"}, {}),
        call(user, {"role": "assistant", "content": "Hello", "tool_calls": None}, {"c1": "1"}),
        call(user, {"role": "assistant", "content": "Hello", "tool_calls": []}, {}),
        call(user, asking | {"content": "Let me see.", "refusal": None}, {"c1": "1", "c2": "2"}),
        call(user, {"role": "assistant", "content": None, "tool_calls": [wish(2), wish(1)]}, {"c1": "1", "c2": "2"}),
        call(user, asking, {"c1": " \n", "c2": " 2 "}),
        call(user, asking | {"tool_calls": [wish(1, arguments='{"b":1, "a" : 2}'), wish(2, arguments='{"a": ')]}, {}),
        call([*user, asking | {"tool_calls": [wish(1)]}, old], asking, {"c1": "1", "c2": "2"}),
    ]
    for_all(test, finished(), also=also, examples=32)
    test(user, asking, {"c1": "long " * 1000, "c2": "2"})


def tool_turns(reply, text):
    return [{"role": "tool", "tool_call_id": one["id"], "content": text(one["id"])} for one in listed_in(reply)]


def listed_in(reply):
    return reply.get("tool_calls") or []


def conversation_with_results__one_answer_for_all(messages, reply, results):
    """Two calls got one tool message: the service answers 400. Every call needs a turn with its own id."""
    texts = [results.get(one["id"], "Error: nothing came") for one in listed_in(reply)]
    ids = [one["id"] for one in listed_in(reply)][:1]
    return [*messages, reply, *({"role": "tool", "tool_call_id": one, "content": "\n".join(texts)} for one in ids)]


def conversation_with_results__content_none_dropped(messages, reply, results):
    """The assistant's turn needs its `tool_calls`, even without text: the results answer them."""
    turn = {"role": "assistant", "content": reply["content"]}
    return [*messages, turn, *tool_turns(reply, lambda one: results.get(one, "Error: nothing came"))]


def conversation_with_results__order_of_completion(messages, reply, results):
    """The results stand in the order in which they finished, so a replay of this conversation differs. The calls give
    the order."""
    known = [one["id"] for one in listed_in(reply)]
    order = [*(one for one in results if one in known), *(one for one in known if one not in results)]
    texts = {**dict.fromkeys(known, "Error: nothing came"), **results}
    return [*messages, reply, *({"role": "tool", "tool_call_id": one, "content": texts[one]} for one in order)]


def conversation_with_results__missing_left_out(messages, reply, results):
    """A call without a result was left out, and the service answers 400. Tell the model that nothing came."""
    return [*messages, reply, *(one for one in tool_turns(reply, results.get) if one["content"] is not None)]


def conversation_with_results__empty_is_missing(messages, reply, results):
    """An empty text is a result: the tool had nothing to say. Only a missing id is an error."""
    return [*messages, reply, *tool_turns(reply, lambda one: results.get(one) or "Error: nothing came")]


# 4 ------------------------------------------------------------------------------------------------- stuck_in_a_loop

CALLS = [
    ("search", {"a": 1, "b": 2}, "x"),
    ("search", {"b": 2, "a": 1}, "x"),
    ("search", {"a": 1, "b": 2}, "y"),
    ("search", {"a": True, "b": 2}, "x"),
    ("read", {"in": {"p": [1, 2], "q": None}}, "x"),
    ("read", {"in": {"q": None, "p": [1, 2]}}, "x"),
    ("read", {"in": {"q": None, "p": [2, 1]}}, "x"),
    ("stop", {}, ""),
]
DIFFERENT = [
    (CALLS[4], ("read", {"in": {"p": [True, 2], "q": None}}, "x")),
    (CALLS[4], ("read", {"in": {"p": [1, 2], "q": "None"}}, "x")),
    (CALLS[4], ("read", {"in": {"p": [1, 2]}}, "x")),
    (CALLS[0], ("search", {"a": "1", "b": 2}, "x")),
    (CALLS[0], ("search", {"a": 1, "c": 2}, "x")),
    (CALLS[0], ("search", {"a": 2, "b": 1}, "x")),
    (CALLS[0], ("search", {"a": 1, "b": 2}, "X")),
    (CALLS[0], ("search", {"a": 1, "b": 2}, "x ")),
]


def same_json(one, other):
    """Compare JSON values, telling true from 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    return type(one) is type(other) and one == other


def same_call(one, other):
    return one[0] == other[0] and same_json(one[1], other[1]) and one[2] == other[2]


def found_by_counting(calls, repeats, sizes=(1, 2, 3), same=same_call, end=None):
    """Count for each size how many calls at the end equal the one a block earlier."""
    calls = calls[:end]
    for size in sizes:
        run, place = 0, len(calls) - 1
        while place - size >= 0 and same(calls[place], calls[place - size]):
            run, place = run + 1, place - 1
        if run >= size * (repeats - 1) and len(calls) >= size * repeats:
            return True
    return False


@st.composite
def histories(draw):
    """Draw a history that often ends with a block, repeated once too few, enough, or with one call changed."""
    few = st.lists(st.sampled_from(CALLS), max_size=2)
    block = draw(st.lists(st.sampled_from(CALLS), min_size=1, max_size=4))
    repeats = draw(between(2, 4))
    calls = draw(few) + block * (repeats + draw(st.sampled_from([-1, 0, 0, 1])))
    if draw(between(0, 3)) == 0:
        calls = calls + draw(few)
    return call(calls, repeats)


@hints(
    "Look at the end of the history only: what would it be if a block of two were repeated three times?",
    "A block of `size` calls repeated `repeats` times is a piece of that product's length. Is the history long enough?",
    "Write each call as (name, JSON text with sorted keys, result), then compare the tail with its last `size` calls "
    "times `repeats`, for the three sizes.",
)
def check_stuck_in_a_loop(stuck_in_a_loop):
    a, b, c, d = CALLS[0], CALLS[4], CALLS[7], ("other", {}, "z")
    polls = [("status", {}, f"{share} %") for share in (40, 70, 100)]
    also = [
        *[call([a] * count, repeats) for count in (0, 1, 2, 3, 4) for repeats in (2, 3)],
        call([a, b] * 3, 3),
        call([a, b] * 2, 2),
        call([a, b, a], 2),
        call([a, b, c] * 2, 2),
        call([a, b, c, d] * 2, 2),
        call(polls, 3),
        call([a, a, a, b], 3),
        call([b, b, a, a, a], 3),
        call([CALLS[0], CALLS[1]], 2),
        call([CALLS[0], CALLS[3]], 2),
        call([CALLS[4], CALLS[5]], 2),
        call([CALLS[4], CALLS[6]], 2),
        call([CALLS[0], CALLS[2]], 2),
        call([a, a, b], 2),
        call([d, a, b, c, a, b, c], 2),
        call([a, a, b, a, a, b], 2),
        call([a, b, b, a, b], 2),
        call([a] * 9, 10),
        call([a] * 10, 10),
        call([("search", {"a": 1}, "x"), ("read", {"a": 1}, "x")], 2),
        *(call([*pair], 2) for pair in DIFFERENT),
    ]
    agree(stuck_in_a_loop, found_by_counting, on=histories(), also=also, examples=50)
    pages = call([("read", {}, "x" * 1999 + end) for end in "ab"], 2)
    close(stuck_in_a_loop(*pages.args), False, given=pages, why="Two long results differ at their ends.")


def stuck_in_a_loop__neighbours_only(calls, repeats):
    """Search, read, search, read ... is a loop, too: a block of two. You compared neighbors only."""
    return found_by_counting(calls, repeats, sizes=(1,))


def stuck_in_a_loop__two_at_most(calls, repeats):
    """A block may have three calls."""
    return found_by_counting(calls, repeats, sizes=(1, 2))


def stuck_in_a_loop__any_size(calls, repeats):
    """Blocks have three calls at most; you found a longer one."""
    return found_by_counting(calls, repeats, sizes=range(1, len(calls) + 1))


def stuck_in_a_loop__text_compare(calls, repeats):
    """Arguments with their keys in another order are the same call; their texts differ."""
    return found_by_counting(calls, repeats, same=lambda one, other: str(one) == str(other))


def stuck_in_a_loop__true_is_one(calls, repeats):
    """In Python True == 1, so dictionaries with one or the other are equal. In JSON they aren't."""
    return found_by_counting(calls, repeats, same=lambda one, other: one == other)


def stuck_in_a_loop__polling_punished(calls, repeats):
    """The results differ from call to call: that is progress, not a loop. Compare them, too."""
    return found_by_counting(calls, repeats, same=lambda one, other: same_call((*one[:2], 0), (*other[:2], 0)))


def stuck_in_a_loop__anywhere(calls, repeats):
    """The repeated block stood earlier, and the agent left it. Only the end of the history counts."""
    return any(found_by_counting(calls, repeats, end=end) for end in range(len(calls) + 1))


def stuck_in_a_loop__one_early(calls, repeats):
    """The block stands there one time less than `repeats`."""
    return len(calls) > 1 and (found_by_counting(calls, max(repeats - 1, 2)) if repeats > 2 else single(calls))


def single(calls):
    """With two repeats, one less is any history at all."""
    return bool(calls)


# 5 ------------------------------------------------------------------------------------------------------- run_agent

LAST = "f'You reached a limit: {outcome}. Say what is done and what is missing.'"
REGISTRY = {"add": add, "echo": echo, "fail": fail}
CENT = Decimal("0.01")


class ScriptedModel:
    """Gives the replies of a script, and records what it was sent. Each reply takes a second on the clock that it gets.

    A copy begins anew, at second 0, so that a call of the answer can be repeated.
    """

    def __init__(self, script, time):
        self.script, self.time, self.sent = script, time, []
        time["now"] = 0.0

    def __call__(self, turns, with_tools):
        self.sent.append((turns, json.dumps(turns), with_tools))
        if len(self.sent) > 40:
            raise Mismatch("The model was called more than 40 times: a limit doesn't hold.")
        self.time["now"] += 1
        if not with_tools:
            return {"content": "So far so good", "tool_calls": None, "cost": 7 * CENT}
        place = sum(kept for _, _, kept in self.sent) - 1
        return self.script[place] if place < len(self.script) else said("Done")

    def __deepcopy__(self, memo):
        return ScriptedModel(self.script, self.time)

    def __repr__(self):
        return f"ScriptedModel({self.script})"


def said(text, cost=1, **more):
    return {"content": text, "tool_calls": None, "cost": cost * CENT, **more}


def wishing(*wishes, cost=1):
    """Make a reply that asks for some calls."""
    made = [wish(f"{place}-{name}", name, arguments) for place, (name, arguments) in enumerate(wishes)]
    return {"content": None, "tool_calls": made, "cost": cost * CENT}


def estimate(turns):
    """Return a cent for each turn."""
    return len(turns) * CENT


def simulated(script, steps, most, deadline, start=0.0):
    """Say what must come of a script: outcome, roles and texts, calls, cost, and the kinds of calls of the model."""
    time = {}
    model = ScriptedModel(script, time)
    run = acted(
        model, REGISTRY, [{"role": "user", "content": "Go"}], steps, most, lambda: start + time["now"], deadline
    )
    return run, [kept for _, _, kept in model.sent]


def acted(model, registry, messages, steps, most, clock, deadline, price=estimate, **wrong):
    """Run an agent, by the book but for what a mistake asks for."""
    turns, log, cost = [*messages], [], Decimal(0)
    for step in itertools.count(1 - wrong.get("extra", 0)):
        late = clock() > deadline if wrong.get("late") else clock() >= deadline
        dear = cost > most if wrong.get("after") else cost + price(turns) > most
        why = "time" if late else "steps" if step > steps else "cost" if dear else None
        circle = circling(log) and not wrong.get("round")
        if why or circle:
            break
        reply = model([*turns], True)
        cost += reply["cost"]
        wishes = (reply.get("tool_calls") or [])[: wrong.get("first")]
        kept = {"tool_calls": reply["tool_calls"]} if wishes else {}
        turns.append({"role": "assistant", "content": reply["content"], **kept})
        if not wishes:
            return AgentRun("answered", tuple(turns), tuple(log), cost)
        for one in wishes:
            asked = one["function"]
            log.append(Made(asked["name"], asked["arguments"], answered(registry, *asked.values()).text))
            turns.append({"role": "tool", "tool_call_id": one["id"], "content": log[-1].result})
    outcome = "loop" if circle else why
    if wrong.get("silent"):
        return AgentRun(outcome, tuple(turns), tuple(log), cost)
    turns.append({"role": "user", "content": f"Stopped: {outcome}"})
    last = model([*turns], bool(wrong.get("armed")))
    turns.append({"role": "assistant", "content": last["content"]})
    return AgentRun(outcome, tuple(turns), tuple(log), cost + (0 if wrong.get("free") else last["cost"]))


GOOD, ECHO = ("add", '{"a": 1}'), ("echo", '{"value":"x"}')
ASKED = st.sampled_from([GOOD, GOOD, ECHO, ("fail", '{"message": "no"}'), ("nope", "{}"), ("add", '{"a": ')])


@st.composite
def scripts(draw):
    """Draw a script and limits."""
    costs = st.sampled_from([1, 2, 5])
    replies = [
        wishing(*draw(st.lists(ASKED, min_size=1, max_size=2)), cost=draw(costs)) for _ in range(draw(between(0, 4)))
    ]
    ends = [said("Yes"), said(""), said("Yes", tool_calls=[])]
    limits = (
        draw(between(0, 5)),
        draw(st.sampled_from([5, 10, 20, 100])) * CENT,
        draw(st.sampled_from([2.0, 2.5, 3.0, 99.0])),
    )
    return call([*replies, draw(st.sampled_from(ends))], *limits)


@equivalent(LAST, LAST.replace(": {", ": ?{"), because="the words around the limit are free")
@equivalent(LAST, LAST.replace("missing.", "missing.?"), because="the words around the limit are free")
@hints(
    "Before each call of the model three questions, in the order of the task; after the tools a fourth.",
    "What happens at a limit is the same for all four: a user turn with the word, one call with False, and the end. "
    "Let the loop end with a word, and do it behind the loop.",
    "Keep `turns`, the calls made and the money in variables of your own. A reply without wishes returns at once; "
    "otherwise go through *all* of its calls, then ask `circling(made)`.",
)
def check_run_agent(run_agent):
    def test(script, steps, most, deadline, start=0.0):
        shown = {"clock": f"begins at {start}"} if start else {}
        given = call(script=script, max_steps=steps, max_cost=most, deadline=deadline, **shown)
        expected, flags = simulated(script, steps, most, deadline, start)
        time, messages = {}, [{"role": "user", "content": "Go"}]
        model = ScriptedModel(script, time)
        limits = {"max_steps": steps, "max_cost": most, "estimate": estimate, "deadline": deadline}
        found = run_agent(model, REGISTRY, messages, clock=lambda: start + time["now"], **limits)
        kind(found, AgentRun)
        close(found.outcome, expected.outcome, "the outcome", given=given)
        close(
            [kept for _, _, kept in model.sent],
            flags,
            "the list of `with_tools`, one for each call of the model,",
            given=given,
        )
        close(list(found.calls), list(expected.calls), "the calls", given=given)
        close(found.cost, expected.cost, "the cost", given=given)
        kind(found.messages, (tuple, list), "the messages")
        mine, theirs = list(found.messages), list(expected.messages)
        if expected.outcome != "answered" and len(mine) == len(theirs):
            spoken = mine[-2].get("content") if isinstance(mine[-2], dict) else None
            fine = isinstance(spoken, str) and expected.outcome in spoken
            require(fine, f"The last user turn must contain {expected.outcome!r}; it is {spoken!r}.", given)
            theirs[-2] = {"role": "user", "content": spoken}
        close(mine, theirs, "the messages", given=given)
        close(messages, [{"role": "user", "content": "Go"}], "the caller's list", given=given)
        for turns, text, _ in model.sent:
            require(json.dumps(turns) == text, "The model got a list that you changed later: give it its own.", given)
            whole = len(turns) == len(mine) or [*turns] == mine[: len(turns)]
            require(whole, "Each call of the model must get the whole conversation so far.", given)
        require(len(model.sent[-1][0]) == len(mine) - 1, "The last call must get the whole conversation.", given)

    dear, far = 100 * CENT, 99.0
    also = [
        call([wishing(GOOD), said("Yes")], 3, dear, far),
        call([wishing(GOOD, ECHO), said("Yes")], 3, dear, far),
        call([wishing(GOOD), wishing(ECHO), wishing(GOOD), wishing(ECHO), said("Yes")], 3, dear, far),
        call([wishing(GOOD), wishing(GOOD), wishing(GOOD), said("Yes")], 9, dear, far),
        call([wishing(GOOD, ECHO), wishing(GOOD, ECHO), wishing(GOOD, ECHO), said("Yes")], 9, dear, far),
        call([wishing(GOOD), wishing(GOOD), wishing(GOOD), said("Yes")], 3, dear, 3.0),
        call([wishing(GOOD, cost=3), wishing(ECHO, cost=3), said("Yes")], 9, 6 * CENT, far),
        call([wishing(GOOD, cost=3), wishing(ECHO, cost=3), said("Yes")], 9, 5 * CENT, far),
        call([wishing(GOOD), wishing(ECHO), said("Yes")], 9, dear, 2.0),
        call([wishing(GOOD), wishing(ECHO), said("Yes")], 2, dear, 2.0),
        call([wishing(GOOD), wishing(ECHO), said("Yes")], 9, dear, 2.5),
        call([wishing(GOOD), wishing(ECHO), wishing(GOOD), said("Yes")], 9, dear, 2.5),
        call([said("Yes")], 0, 0 * CENT, 0.0),
        call([said("Yes")], 0, 0 * CENT, far),
        call([said("Yes")], 1, 0 * CENT, far),
        call([said("Yes")], 1, CENT, far),
        call([said("Yes", cost=50)], 1, CENT, far),
        call([wishing(GOOD), said("Yes")], 2, dear, far),
        call([wishing(("nope", "{}")), wishing(("add", '{"a": ')), said("Sorry")], 9, dear, far),
        call([wishing(GOOD) | {"content": "Let me see."}, said("Yes")], 9, dear, far),
        call([wishing(GOOD, GOOD, GOOD, ECHO), said("Yes")], 9, dear, far),
        call([wishing(GOOD), wishing(ECHO), wishing(GOOD), said("Yes")], 9, dear, 502.0, 500.0),
        call([wishing(GOOD, cost=26), said("Yes")], 9, (26 + 3) * CENT, far),
    ]
    for_all(test, scripts(), also=also, examples=32)
    ticks = []

    def tick():
        ticks.append("tick")
        return len(ticks)

    script, time = [wishing(("tick", "{}")), wishing(("tick", "{}")), said("Yes")], {}
    limits = {"max_steps": 9, "max_cost": dear, "estimate": estimate, "deadline": far}
    model, user = ScriptedModel(script, time), [{"role": "user", "content": "Go"}]
    found = run_agent(model, {"tick": tick}, user, clock=lambda: time["now"], **limits)
    kind(found, AgentRun)
    sentence = "A tool that is asked the same again is called again, once for each wish: its result may be another one."
    given = call(script=script, registry={"tick": tick})
    require(list(found.calls) == [Made("tick", "{}", "1"), Made("tick", "{}", "2")], sentence, given)


def wrongly(**wrong):
    """Return a run_agent with one mistake."""

    def run_agent(model, registry, messages, *, max_steps, max_cost, estimate, clock, deadline):
        return acted(model, registry, messages, max_steps, max_cost, clock, deadline, estimate, **wrong)

    return run_agent


def run_agent__limit_off_by_one(model, registry, messages, **limits):
    """`max_steps` counts the calls with tools; you made one more."""
    return wrongly(extra=1)(model, registry, messages, **limits)


def run_agent__silent_end(model, registry, messages, **limits):
    """After a limit the user got no text at all. Ask the model once more, without tools, what is done and what is
    missing."""
    return wrongly(silent=True)(model, registry, messages, **limits)


def run_agent__cost_after_the_fact(model, registry, messages, **limits):
    """You noticed the cost when it was spent. Check before the call, with the estimate for this conversation."""
    return wrongly(after=True)(model, registry, messages, **limits)


def run_agent__drops_parallel_calls(model, registry, messages, **limits):
    """The reply had two calls, and you executed the first only. Each needs its answer."""
    return wrongly(first=1)(model, registry, messages, **limits)


def run_agent__goes_in_circles(model, registry, messages, **limits):
    """The same calls with the same results came three times, and you went on. Ask `circling` after the tools."""
    return wrongly(round=True)(model, registry, messages, **limits)


def run_agent__last_call_with_tools(model, registry, messages, **limits):
    """The last call offers the tools again, so the model may ask for one instead of summing up."""
    return wrongly(armed=True)(model, registry, messages, **limits)


def run_agent__last_call_for_free(model, registry, messages, **limits):
    """The last call, without tools, costs money as well."""
    return wrongly(free=True)(model, registry, messages, **limits)


def run_agent__a_moment_late(model, registry, messages, **limits):
    """At the deadline the time is over: it is reached, not only passed."""
    return wrongly(late=True)(model, registry, messages, **limits)
