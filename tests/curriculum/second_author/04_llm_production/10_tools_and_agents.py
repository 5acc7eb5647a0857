"""Answers to 04_llm_production/10_tools_and_agents by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import functools
import inspect
import itertools
import json
import re
import textwrap
import traceback
import types
import typing
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from types import NoneType
from typing import Annotated, Literal

from handrail.kit.tools import AgentRun, Made, ToolResult, answered, circling

# 1. tool_schema

_PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null", None: "null"}


def _type(kind, null_last=False, nested=True, enum_type=False, inner=True, hoist=False, modern=True, depth=0):
    """Return the schema of a type; each flag spoils one thing."""
    flags = {
        "null_last": null_last,
        "nested": nested,
        "enum_type": enum_type,
        "inner": inner,
        "hoist": hoist,
        "modern": modern,
        "depth": depth + 1,
    }
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin is Annotated:
        schema = _type(inside[0], **flags)
        return {**schema, "description": inside[1]} if inner or depth == 0 else schema
    if origin is Literal:
        return {"type": "string", "enum": list(inside)} if enum_type else {"enum": list(inside)}
    if origin is list:
        return {"type": "array", "items": _type(inside[0], **flags) if nested else {"type": _PLAIN[inside[0]]}}
    if origin is types.UnionType or origin is typing.Union:
        if null_last:
            inside = sorted(inside, key=lambda one: one is NoneType)
        some = [_type(one, **flags) for one in inside]
        if hoist:
            told = [one.pop("description") for one in some if "description" in one]
            return {"anyOf": some, **({"description": told[0]} if told else {})}
        return {"anyOf": some}
    return {"type": _PLAIN[kind]}


def _description(function):
    """Return the first paragraph of the docstring on one line."""
    return " ".join((inspect.getdoc(function) or "").split("\n\n")[0].split())


def _tool(function, schema=_type, description=_description, needed=None, **flags):
    """Return the description of a tool; `needed` says which parameters are required."""
    hints = typing.get_type_hints(function, include_extras=True)
    parameters = inspect.signature(function).parameters.values()
    needed = needed or (lambda one: one.default is inspect.Parameter.empty)
    return {
        "name": function.__name__,
        "description": description(function),
        "parameters": {
            "type": "object",
            "properties": {one.name: schema(hints[one.name], **flags) for one in parameters},
            "required": [one.name for one in parameters if needed(one)],
            "additionalProperties": False,
        },
    }


def right__tool_schema__signature(function):
    return _tool(function)


def right__tool_schema__match_on_origin(function):
    def of(kind):
        inside = typing.get_args(kind)
        match typing.get_origin(kind):
            case typing.Annotated:
                return of(inside[0]) | {"description": inside[1]}
            case typing.Literal:
                return {"enum": [*inside]}
            case None:
                return {"type": "null" if kind is None else _PLAIN[kind]}
            case origin if origin is list:
                return dict(type="array", items=of(*inside))
        return {"anyOf": [of(one) for one in inside]}

    signature, required, properties = inspect.signature(function), [], {}
    for name, parameter in signature.parameters.items():
        properties[name] = of(parameter.annotation)
        if parameter.default is parameter.empty:
            required.append(name)
    paragraph = []
    for line in inspect.cleandoc(function.__doc__ or "").splitlines():
        if not line.strip():
            break
        paragraph += line.split()
    schema = {"required": required, "properties": properties, "additionalProperties": False, "type": "object"}
    return {"parameters": schema, "name": function.__name__, "description": " ".join(paragraph)}


def right__tool_schema__code_object(function):
    plain = getattr(function, "__func__", function)
    code = plain.__code__
    count = code.co_argcount
    names = list(code.co_varnames[: count + code.co_kwonlyargcount])
    optional = set(names[count - len(plain.__defaults__ or ()) : count]) | set(plain.__kwdefaults__ or {})
    if plain is not function:
        names = names[1:]
    hints = typing.get_type_hints(plain, include_extras=True)
    text = re.split(r"\n[ \t]*\n", (function.__doc__ or "").strip())[0]
    parameters = {
        "type": "object",
        "properties": {name: _type(hints[name]) for name in names},
        "required": [name for name in names if name not in optional],
        "additionalProperties": False,
    }
    return {"name": plain.__name__, "description": re.sub(r"\s+", " ", text), "parameters": parameters}


def wrong__tool_schema__first_line(function):
    """The first paragraph may have several lines."""
    return _tool(function, description=lambda one: (inspect.getdoc(one) or "").split("\n")[0].strip())


def wrong__tool_schema__lines_joined(function):
    """Spaces within a line stay double."""
    return _tool(function, description=lambda one: (inspect.getdoc(one) or "").split("\n\n")[0].replace("\n", " "))


def wrong__tool_schema__first_sentence(function):
    """The first paragraph may have several sentences."""
    return _tool(function, description=lambda one: re.split(r"(?<=[.!?]) ", _description(one))[0])


def wrong__tool_schema__short_paragraph(function):
    """A long paragraph is cut."""
    return _tool(function, description=lambda one: textwrap.shorten(_description(one), 120))


def wrong__tool_schema__falsy_defaults(function):
    """A default of 0, "", False or None is a default too."""
    return _tool(function, needed=lambda one: one.default is inspect.Parameter.empty or not one.default)


def wrong__tool_schema__none_as_no_default(function):
    """A default of None is a default too."""
    return _tool(function, needed=lambda one: one.default in (inspect.Parameter.empty, None))


def wrong__tool_schema__nullable_not_required(function):
    """A parameter that may be None, without a default, is required."""
    hints = typing.get_type_hints(function)

    def needed(one):
        return one.default is one.empty and NoneType not in typing.get_args(hints[one.name])

    return _tool(function, needed=needed)


def wrong__tool_schema__required_sorted(function):
    """Required stands in the order of the parameters."""
    tool = _tool(function)
    tool["parameters"]["required"].sort()
    return tool


def wrong__tool_schema__required_left_out(function):
    """An empty list of required parameters is there too."""
    tool = _tool(function)
    if not tool["parameters"]["required"]:
        del tool["parameters"]["required"]
    return tool


def wrong__tool_schema__null_last(function):
    """None | T has the null first, in the order written."""
    return _tool(function, null_last=True)


def wrong__tool_schema__items_of_plain_types_only(function):
    """Lists hold lists, choices and nullable values too."""
    return _tool(function, nested=False)


def wrong__tool_schema__text_at_the_top_only(function):
    """A description inside a list is lost."""
    return _tool(function, inner=False)


def wrong__tool_schema__text_hoisted(function):
    """A description inside `Annotated[T, ...] | None` belongs to T."""
    return _tool(function, hoist=True)


def wrong__tool_schema__type_beside_enum(function):
    """A choice has an enum and no type."""
    return _tool(function, enum_type=True)


_remembered = functools.lru_cache(None)(_type)


def wrong__tool_schema__types_remembered(function):
    """Literal["a", "b"] and Literal["b", "a"] are equal for Python, and so are their optional forms."""
    return json.loads(json.dumps(_tool(function, schema=_remembered)))


def wrong__tool_schema__self_by_name(function):
    """A plain function may have a parameter called self."""
    tool = _tool(function)
    tool["parameters"]["properties"].pop("self", None)
    tool["parameters"]["required"] = [one for one in tool["parameters"]["required"] if one != "self"]
    return tool


def wrong__tool_schema__qualified_name(function):
    """The name of a method has no class before it."""
    return _tool(function) | {"name": function.__qualname__}


def wrong__tool_schema__positional_only(function):
    """Parameters after the star are left out."""
    tool = _tool(function)
    for one in inspect.signature(function).parameters.values():
        if one.kind is one.KEYWORD_ONLY:
            del tool["parameters"]["properties"][one.name]
            tool["parameters"]["required"] = [name for name in tool["parameters"]["required"] if name != one.name]
    return tool


def wrong__tool_schema__return_as_parameter(function):
    """What a function returns is no parameter."""
    tool = _tool(function)
    hints = typing.get_type_hints(function, include_extras=True)
    if hints.get("return", NoneType) is not NoneType:
        tool["parameters"]["properties"]["return"] = _type(hints["return"])
    return tool


# 2. tool_result


def _call(registry, name, arguments, dump=json.dumps, swallow=BaseException, caught=BaseException, told=None):
    """Call a tool; whatever `swallow` isn't is let through, and `caught` is what parsing may raise."""
    if name not in registry:
        return ToolResult(f"Error: no tool {name}; known: {', '.join(registry)}"[:2000], True)
    try:
        values = json.loads(arguments)
    except caught as error:
        return ToolResult(f"Error: {type(error).__name__}: {error}"[:2000], True)
    if not isinstance(values, dict):
        return ToolResult("Error: the arguments aren't a JSON object", True)
    try:
        value = registry[name](**values)
        if not isinstance(value, str):
            try:
                value = dump(value)
            except (TypeError, ValueError, RecursionError):
                value = str(value)
        return ToolResult(value[:2000], False)
    except KeyboardInterrupt:
        raise
    except swallow as error:
        return ToolResult((told or _told)(error)[:2000], True)


def _told(error):
    """Return type and message of an exception, also if it has none."""
    try:
        return f"Error: {type(error).__name__}: {error}"
    except Exception:
        return f"Error: {type(error).__name__}"


def right__tool_result__nested_tries(registry, name, arguments):
    return _call(registry, name, arguments)


def right__tool_result__characters_as_they_are(registry, name, arguments):
    return _call(registry, name, arguments, dump=functools.partial(json.dumps, ensure_ascii=False))


def right__tool_result__one_try(registry, name, arguments):
    names = ", ".join(sorted(registry))
    if name not in registry:
        return ToolResult(text=f"Unknown tool. There are: {names}"[:2000], failed=True)
    failed = True
    try:
        given = json.loads(arguments)
        if type(given) is not dict:
            raise TypeError("a JSON object is needed")
        value = registry[name](**given)
        text = value if isinstance(value, str) else _as_json(value)
        failed = False
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        text = _told(error)
    return ToolResult(text[:2000], failed)


def _as_json(value):
    """Return JSON, or a text."""
    try:
        return json.dumps(value)
    except Exception:
        return str(value)


def right__tool_result__decoder(registry, name, arguments):
    tool = registry.get(name)
    if tool is None:
        return ToolResult(("no such tool, only " + " | ".join(registry))[:2000], failed=True)
    try:
        values = json.JSONDecoder().decode(arguments)
        outcome = functools.partial(tool, **values)() if hasattr(values, "items") else None
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return ToolResult(_told(error)[:2000], failed=True)
    if not hasattr(values, "items"):
        return ToolResult("arguments: an object is wanted", failed=True)
    try:
        text = outcome if isinstance(outcome, str) else _as_json(outcome)
    except Exception as error:
        return ToolResult(_told(error)[:2000], failed=True)
    return ToolResult(text[:2000])


def wrong__tool_result__only_exceptions(registry, name, arguments):
    """SystemExit is let through."""
    return _call(registry, name, arguments, swallow=Exception)


def wrong__tool_result__system_exit_by_name(registry, name, arguments):
    """Other exceptions beside Exception, as GeneratorExit or a cancelled task, are let through."""
    return _call(registry, name, arguments, swallow=(Exception, SystemExit))


def wrong__tool_result__interrupt_swallowed(registry, name, arguments):
    """KeyboardInterrupt is the user's."""
    try:
        return _call(registry, name, arguments)
    except KeyboardInterrupt as error:
        return ToolResult(_told(error), True)


def wrong__tool_result__decode_errors_only(registry, name, arguments):
    """A number of 5,000 digits is a ValueError, and a deep nesting a RecursionError."""
    return _call(registry, name, arguments, caught=json.JSONDecodeError)


def wrong__tool_result__value_errors_only(registry, name, arguments):
    """A very deep nesting is a RecursionError."""
    return _call(registry, name, arguments, caught=ValueError)


def wrong__tool_result__no_message(registry, name, arguments):
    """The message is missing."""
    return _call(registry, name, arguments, told=lambda error: f"Error: {type(error).__name__}")


def wrong__tool_result__no_type(registry, name, arguments):
    """The type is missing."""
    return _call(registry, name, arguments, told=lambda error: f"Error: {error}")


def wrong__tool_result__traceback(registry, name, arguments):
    """A traceback is told."""
    return _call(registry, name, arguments, told=lambda error: traceback.format_exc())


def wrong__tool_result__default_str(registry, name, arguments):
    """A list with a date has no JSON: its str is asked for."""
    return _call(registry, name, arguments, dump=functools.partial(json.dumps, default=str))


def wrong__tool_result__keys_sorted(registry, name, arguments):
    """Keys of several types can't be sorted, so a result that has JSON becomes its str."""
    return _call(registry, name, arguments, dump=functools.partial(json.dumps, sort_keys=True))


def wrong__tool_result__keys_skipped(registry, name, arguments):
    """A dictionary with a tuple as key has no JSON; leaving the entry out loses it."""
    return _call(registry, name, arguments, dump=functools.partial(json.dumps, skipkeys=True))


def wrong__tool_result__type_errors_only(registry, name, arguments):
    """A list that contains itself has no JSON either: json.dumps raises ValueError, and its str is asked for."""

    def dump(value):
        try:
            return json.dumps(value)
        except ValueError as error:
            raise OSError(*error.args) from error

    return _call(registry, name, arguments, dump=dump)


def wrong__tool_result__str(registry, name, arguments):
    """True, None and quoted texts aren't JSON as Python writes them."""
    return _call(registry, name, arguments, dump=str)


def wrong__tool_result__falsy_is_nothing(registry, name, arguments):
    """An empty text is a result."""
    result = _call(registry, name, arguments)
    return result if result.text else ToolResult("done", result.failed)


def wrong__tool_result__failed_by_text(registry, name, arguments):
    """A tool may well return a text that begins with Error."""
    result = _call(registry, name, arguments)
    return ToolResult(result.text, result.failed or result.text.startswith("Error"))


def wrong__tool_result__key_error(registry, name, arguments):
    """A tool that raises KeyError isn't unknown."""
    try:
        value = registry[name](**json.loads(arguments))
    except KeyError:
        return ToolResult(f"Error: unknown tool {name}; known: {', '.join(registry)}"[:2000], True)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return ToolResult(_told(error)[:2000], True)
    return ToolResult((value if isinstance(value, str) else _as_json(value))[:2000])


def wrong__tool_result__value_error(registry, name, arguments):
    """A tool that raises ValueError got good arguments: its message is lost."""
    result = _call(registry, name, arguments, told=lambda e: "bad JSON" if isinstance(e, ValueError) else _told(e))
    return result


def wrong__tool_result__empty_arguments(registry, name, arguments):
    """An empty text isn't a JSON object."""
    return _call(registry, name, arguments or "{}")


def wrong__tool_result__null_arguments(registry, name, arguments):
    """The text null isn't a JSON object."""
    return _call(registry, name, "{}" if arguments.strip() == "null" else arguments)


def wrong__tool_result__list_of_pairs(registry, name, arguments):
    """A JSON list of pairs isn't an object, though dict() takes it."""
    try:
        arguments = json.dumps(dict(json.loads(arguments)))
    except Exception:
        return _call(registry, name, arguments)
    return _call(registry, name, arguments)


def wrong__tool_result__keyword_collides(registry, name, arguments):
    """An argument called `tool` can't be handed on."""

    def through(tool, **values):
        return tool(**values)

    return _call({one: functools.partial(through, registry[one]) for one in registry}, name, arguments)


def wrong__tool_result__again_on_failure(registry, name, arguments):
    """A tool that failed may have done half of its work: it is called once."""
    result = _call(registry, name, arguments)
    return _call(registry, name, arguments) if result.failed else result


_RESULTS = {}


def wrong__tool_result__remembered(registry, name, arguments):
    """The same question may have another answer now."""
    key = (id(registry.get(name)), name, arguments)
    if key not in _RESULTS:
        _RESULTS[key] = (registry.get(name), _call(registry, name, arguments))
    return _RESULTS[key][1]


def wrong__tool_result__three_dots(registry, name, arguments):
    """A long text is cut at 2,000 characters, not before."""
    long = {one: (lambda _tool=registry[one], **given: _tool(**given)) for one in registry}
    result = _call(long, name, arguments)
    return ToolResult(result.text[:1997] + "...", result.failed) if len(result.text) == 2000 else result


def wrong__tool_result__failures_uncut(registry, name, arguments):
    """A failure's text has no more than 2,000 characters either."""
    result = _call(registry, name, arguments)
    if result.failed and name in registry and len(result.text) == 2000:
        return ToolResult(result.text + " (cut)", True)
    return result


def wrong__tool_result__names_uncut(registry, name, arguments):
    """With hundreds of tools the list of names is cut, too."""
    if name not in registry:
        return ToolResult(f"Error: unknown tool; known: {', '.join(registry)}", True)
    return _call(registry, name, arguments)


def wrong__tool_result__some_names(registry, name, arguments):
    """All names are told, not the first five."""
    if name not in registry:
        return ToolResult(f"Error: unknown tool; known: {', '.join(list(registry)[:5])}", True)
    return _call(registry, name, arguments)


# 3. conversation_with_results


def _turn(call, text):
    """Return a tool turn."""
    return {"role": "tool", "tool_call_id": call["id"], "content": text}


def right__conversation_with_results__comprehension(messages, reply, results):
    calls = reply.get("tool_calls") or []
    return [*messages, reply, *(_turn(one, results.get(one["id"], "Error: no result")) for one in calls)]


def right__conversation_with_results__loop(messages, reply, results):
    turns = messages.copy()
    turns.append(dict(reply))
    if reply.get("tool_calls"):
        for call in reply["tool_calls"]:
            text = results[call["id"]] if call["id"] in results else f"Error: {call['function']['name']} didn't finish"
            turns.append({"role": "tool", "content": text, "tool_call_id": call["id"]})
    return turns


def right__conversation_with_results__exceptions(messages, reply, results):
    later = []
    try:
        for call in reply["tool_calls"]:
            try:
                later.append(_turn(call, results[call["id"]]))
            except KeyError:
                later.append(_turn(call, "Error"))
    except (KeyError, TypeError):
        pass
    return [*messages, reply, *later]


def _spoiled(messages, reply, results, **change):
    """Return the conversation with some things changed."""
    calls = change.get("order", list)(reply.get("tool_calls") or [])
    some = [_turn(call, results.get(call["id"], change.get("missing", "Error: none"))) for call in calls]
    return [*messages, change.get("said", lambda one: one)(reply), *some]


def wrong__conversation_with_results__order_of_results(messages, reply, results):
    """The turns stand in the order of the calls."""
    place = {one: at for at, one in enumerate(results)}
    return _spoiled(messages, reply, results, order=lambda some: sorted(some, key=lambda c: place.get(c["id"], 99)))


def wrong__conversation_with_results__order_of_ids(messages, reply, results):
    """The turns stand in the order of the calls, not of their ids."""
    return _spoiled(messages, reply, results, order=lambda some: sorted(some, key=lambda c: c["id"]))


def wrong__conversation_with_results__missing_last(messages, reply, results):
    """A call without a result keeps its place."""
    return _spoiled(messages, reply, results, order=lambda some: sorted(some, key=lambda c: c["id"] not in results))


def wrong__conversation_with_results__empty_is_missing(messages, reply, results):
    """An empty text is a result."""
    return _spoiled(messages, reply, {one: text for one, text in results.items() if text})


def wrong__conversation_with_results__blank_is_missing(messages, reply, results):
    """A text of spaces or a line break is a result."""
    return _spoiled(messages, reply, {one: text for one, text in results.items() if text == "" or text.strip()})


def wrong__conversation_with_results__stripped(messages, reply, results):
    """The texts stay as they are."""
    return _spoiled(messages, reply, {one: text.strip() for one, text in results.items()})


def wrong__conversation_with_results__cut(messages, reply, results):
    """The texts stay as they are, long ones too."""
    return _spoiled(messages, reply, {one: text[:2000] for one, text in results.items()})


def wrong__conversation_with_results__missing_left_out(messages, reply, results):
    """A call without a result has a turn."""
    return _spoiled(messages, reply, results, order=lambda some: [one for one in some if one["id"] in results])


def wrong__conversation_with_results__small_error(messages, reply, results):
    """The text begins with Error."""
    return _spoiled(messages, reply, results, missing="There was an Error: no result")


def wrong__conversation_with_results__others_too(messages, reply, results):
    """Results of other calls are left out."""
    turns, asked = _spoiled(messages, reply, results), {one["id"] for one in reply.get("tool_calls") or []}
    return turns + [_turn({"id": one}, text) for one, text in results.items() if one not in asked]


def wrong__conversation_with_results__one_for_equal_calls(messages, reply, results):
    """Two calls with the same arguments have a turn each."""

    def order(some):
        return list({json.dumps(one["function"], sort_keys=True): one for one in reversed(some)}.values())[::-1]

    return _spoiled(messages, reply, results, order=order)


def wrong__conversation_with_results__equal_calls_share(messages, reply, results):
    """Two calls with the same arguments may have different results."""
    shared = {}
    for one in reply.get("tool_calls") or []:
        if one["id"] in results:
            shared.setdefault(str(one["function"]), results[one["id"]])
    own = {one["id"]: shared.get(str(one["function"])) for one in reply.get("tool_calls") or [] if one["id"] in results}
    return _spoiled(messages, reply, own)


def wrong__conversation_with_results__answered_before(messages, reply, results):
    """Some servers begin with call_0 again in each reply: an id that was answered earlier is asked again."""
    old = {one.get("tool_call_id") for one in messages}
    return _spoiled(messages, reply, results, order=lambda some: [one for one in some if one["id"] not in old])


def wrong__conversation_with_results__known_keys(messages, reply, results):
    """The reply stays as received: a refusal or another key of the server's too."""
    keys = ("role", "content", "tool_calls")
    return _spoiled(messages, reply, results, said=lambda one: {key: one[key] for key in keys if key in one})


def wrong__conversation_with_results__empty_keys_dropped(messages, reply, results):
    """The reply stays as received: a content of None too."""
    return _spoiled(messages, reply, results, said=lambda one: {key: one[key] for key in one if one[key] is not None})


def wrong__conversation_with_results__content_filled(messages, reply, results):
    """A content of None stays None."""
    return _spoiled(messages, reply, results, said=lambda one: {**one, "content": one.get("content") or ""})


def wrong__conversation_with_results__arguments_tidied(messages, reply, results):
    """The arguments stay as they are: spaces, order and broken JSON too."""

    def tidy(call):
        try:
            text = json.dumps(json.loads(call["function"]["arguments"]))
        except ValueError:
            return call
        return {**call, "function": {**call["function"], "arguments": text}}

    def tidied(one):
        return {**one, "tool_calls": [tidy(call) for call in one["tool_calls"]]} if one.get("tool_calls") else one

    return _spoiled(messages, reply, results, said=tidied)


def wrong__conversation_with_results__calls_without_results_cut(messages, reply, results):
    """The reply keeps the calls that have no result."""

    def kept(one):
        return (
            {**one, "tool_calls": [c for c in one["tool_calls"] if c["id"] in results]}
            if one.get("tool_calls")
            else one
        )

    return _spoiled(messages, reply, results, said=kept)


def wrong__conversation_with_results__reply_without_calls(messages, reply, results):
    """A reply without calls belongs to the conversation, too."""
    return _spoiled(messages, reply, results) if reply.get("tool_calls") else list(messages)


def wrong__conversation_with_results__key_needed(messages, reply, results):
    """The key tool_calls may be missing."""
    return _spoiled(messages, {**reply, "tool_calls": reply["tool_calls"]}, results)


# 4. stuck_in_a_loop


def _same(one, other):
    """Say whether two values are the same JSON."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _text(call):
    """Return a call as comparable values."""
    return call[0], json.dumps(call[1], sort_keys=True), call[2]


def _loops(calls, repeats, key=_text, sizes=(1, 2, 3)):
    """Say whether the keys of the calls end with a repeated block of one of the sizes."""
    keys = [key(one) for one in calls]
    return any(len(keys) >= size * repeats and keys[-size * repeats :] == keys[-size:] * repeats for size in sizes)


def right__stuck_in_a_loop__texts(calls, repeats):
    return _loops(calls, repeats)


def right__stuck_in_a_loop__pairs(calls, repeats):
    for size in range(1, 4):
        far = size * (repeats - 1)
        tail = calls[::-1][: far + size]
        if len(tail) == far + size:
            pairs = zip(tail, tail[size:], strict=False)
            if all(a[0] == b[0] and a[2] == b[2] and _same(a[1], b[1]) for a, b in pairs):
                return True
    return False


def right__stuck_in_a_loop__count_backwards(calls, repeats):
    def block(end, size):
        return [(n, json.dumps(a, sort_keys=True, ensure_ascii=False), r) for n, a, r in calls[end - size : end]]

    for size in (3, 2, 1):
        end, times, last = len(calls), 0, None
        while end >= size and (last is None or block(end, size) == last):
            last = block(end, size)
            times, end = times + 1, end - size
        if times >= repeats:
            return True
    return False


def right__stuck_in_a_loop__numbers_for_calls(calls, repeats):
    number = {}
    row = [number.setdefault(_text(one), len(number)) for one in calls]
    return bool(
        [size for size in (1, 2, 3) if size * repeats <= len(row) and _period(row[len(row) - size * repeats :], size)]
    )


def _period(row, size):
    return all(row[at] == row[at % size] for at in range(len(row)))


def wrong__stuck_in_a_loop__python_equality(calls, repeats):
    """In JSON, true isn't 1."""
    return any(
        len(calls) >= size * repeats and calls[-size * repeats :] == calls[-size:] * repeats for size in (1, 2, 3)
    )


def wrong__stuck_in_a_loop__true_at_the_top_only(calls, repeats):
    """In JSON, true isn't 1, in a list or an object inside either."""

    def key(call):
        return call[0], {name: (isinstance(value, bool), value) for name, value in call[1].items()}, call[2]

    return _loops(calls, repeats, key)


def wrong__stuck_in_a_loop__keys_in_order(calls, repeats):
    """The order of the keys doesn't matter."""
    return _loops(calls, repeats, lambda one: (one[0], json.dumps(one[1]), one[2]))


def wrong__stuck_in_a_loop__outer_keys_sorted(calls, repeats):
    """The order of the keys doesn't matter, in an object inside either."""
    return _loops(calls, repeats, lambda one: (one[0], json.dumps(sorted(one[1].items())), one[2]))


def wrong__stuck_in_a_loop__values_as_text(calls, repeats):
    """null isn't the text None, and 1 isn't the text 1."""
    return _loops(calls, repeats, lambda one: (one[0], sorted((key, str(one[1][key])) for key in one[1]), one[2]))


def wrong__stuck_in_a_loop__values_only(calls, repeats):
    """The names of the arguments count."""
    return _loops(
        calls, repeats, lambda one: (one[0], [json.dumps(one[1][k], sort_keys=True) for k in sorted(one[1])], one[2])
    )


def wrong__stuck_in_a_loop__lists_sorted(calls, repeats):
    """The order of a list counts."""

    def plain(value):
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items()}
        return sorted(map(plain, value), key=json.dumps) if isinstance(value, list) else value

    return _loops(calls, repeats, lambda one: _text((one[0], plain(one[1]), one[2])))


def wrong__stuck_in_a_loop__without_results(calls, repeats):
    """A changed result is progress."""
    return _loops(calls, repeats, lambda one: _text(one)[:2])


def wrong__stuck_in_a_loop__last_results(calls, repeats):
    """A changed result is progress, also if the last two are the same."""
    return _loops(calls, repeats, lambda one: _text(one)[:2]) and _loops(calls, 2)


def wrong__stuck_in_a_loop__without_names(calls, repeats):
    """The name counts."""
    return _loops(calls, repeats, lambda one: _text(one)[1:])


def wrong__stuck_in_a_loop__results_tidied(calls, repeats):
    """Results that differ in spaces or capitals differ."""
    return _loops(calls, repeats, lambda one: (*_text(one)[:2], " ".join(one[2].lower().split())))


def wrong__stuck_in_a_loop__results_shortened(calls, repeats):
    """Long results that differ at the end differ."""
    return _loops(calls, repeats, lambda one: (*_text(one)[:2], one[2][:100]))


def wrong__stuck_in_a_loop__two_at_most(calls, repeats):
    """Blocks of three count."""
    return _loops(calls, repeats, sizes=(1, 2))


def wrong__stuck_in_a_loop__four_too(calls, repeats):
    """Blocks of four don't count."""
    return _loops(calls, repeats, sizes=(1, 2, 3, 4))


def wrong__stuck_in_a_loop__any_size(calls, repeats):
    """Long blocks don't count."""
    return _loops(calls, repeats, sizes=range(1, len(calls) + 1))


def wrong__stuck_in_a_loop__anywhere(calls, repeats):
    """The calls must end with it."""
    return any(_loops(calls[:end], repeats) for end in range(len(calls) + 1))


def wrong__stuck_in_a_loop__one_less(calls, repeats):
    """The block stands there `repeats` times, not once less."""
    return _loops(calls, max(2, repeats - 1))


def wrong__stuck_in_a_loop__one_more(calls, repeats):
    """Exactly `repeats` times suffice."""
    return _loops(calls, repeats + 1)


def wrong__stuck_in_a_loop__exactly(calls, repeats):
    """More than `repeats` times are at least as many."""
    return _loops(calls, repeats) and not _loops(calls, repeats + 1)


def wrong__stuck_in_a_loop__always_twice(calls, repeats):
    """`repeats` counts."""
    return _loops(calls, 2)


def wrong__stuck_in_a_loop__short_tail(calls, repeats):
    """Fewer calls than a block needs, all equal, aren't enough."""
    keys = [_text(one) for one in calls]
    return bool(keys) and any(
        all(one == keys[-size:][at % size] for at, one in enumerate(keys[-size * repeats :]))
        for size in (1, 2, 3)
        if size <= len(keys)
    )


def wrong__stuck_in_a_loop__nine_needed(calls, repeats):
    """A short conversation can be a loop too."""
    return len(calls) >= 3 * repeats and _loops(calls, repeats)


def wrong__stuck_in_a_loop__cut_from_the_start(calls, repeats):
    """Blocks are counted from the end: a, b, a, b, a ends with b, a twice."""
    return any(
        _loops(calls[len(calls) % size :], repeats, sizes=(size,)) for size in (1, 2, 3) if not len(calls) % size
    )


def wrong__stuck_in_a_loop__few_different(calls, repeats):
    """Three different calls in any order aren't a loop."""
    keys = [_text(one) for one in calls]
    return any(
        len(keys) >= size * repeats and set(Counter(keys[-size * repeats :]).values()) == {repeats}
        for size in (1, 2, 3)
    )


def wrong__stuck_in_a_loop__rotated(calls, repeats):
    """The calls of each block stand in the same order."""
    keys = [_text(one) for one in calls]
    return any(
        len(keys) >= size * repeats
        and len({tuple(sorted(keys[len(keys) - size * (at + 1) :][:size])) for at in range(repeats)}) == 1
        for size in (1, 2, 3)
    )


def wrong__stuck_in_a_loop__whole_conversation(calls, repeats):
    """Calls before the repeated blocks don't matter."""
    return any(
        len(calls) % size == 0 and len(calls) // size >= repeats and _loops(calls, len(calls) // size, sizes=(size,))
        for size in (1, 2, 3)
        if calls
    )


# 5. run_agent


@dataclass
class _Loop:
    """A loop whose parts can be spoiled."""

    model: object
    registry: dict
    messages: list
    max_steps: int
    max_cost: Decimal
    estimate: object
    clock: object
    deadline: float
    turns: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    spent: Decimal = Decimal(0)
    steps: int = 0

    def limit(self):
        """Return the first limit that is reached."""
        if self.late():
            return "time"
        if self.many():
            return "steps"
        return "cost" if self.dear() else None

    def late(self):
        return self.clock() >= self.deadline

    def many(self):
        return self.steps >= self.max_steps

    def dear(self):
        return self.spent + self.estimate(list(self.turns)) > self.max_cost

    def ask(self, with_tools):
        reply = self.model(list(self.turns), with_tools)
        self.spent += reply["cost"]
        self.steps += with_tools
        self.turns.append(self.turn(reply))
        return reply.get("tool_calls") or []

    def turn(self, reply):
        turn = {"role": "assistant", "content": reply["content"]}
        return {**turn, "tool_calls": reply["tool_calls"]} if reply["tool_calls"] else turn

    def execute(self, wishes):
        for wish in wishes:
            name, arguments = wish["function"]["name"], wish["function"]["arguments"]
            text = self.result(name, arguments)
            self.calls.append(Made(name, arguments, text))
            self.turns.append({"role": "tool", "tool_call_id": wish["id"], "content": text})

    def result(self, name, arguments):
        return answered(self.registry, name, arguments).text

    def circles(self):
        return circling(self.calls)

    def word(self, why):
        return {"role": "user", "content": f"Stop ({why}). Say what you have."}

    def last(self, why):
        self.turns.append(self.word(why))
        self.ask(False)
        return self.end(why)

    def end(self, why):
        return AgentRun(why, tuple(self.turns), tuple(self.calls), self.spent)

    def run(self):
        self.turns = list(self.messages)
        while not (why := self.limit()):
            wishes = self.ask(True)
            if not wishes:
                return self.end("answered")
            self.execute(wishes)
            if self.circles():
                why = "loop"
                break
        return self.last(why)


def right__run_agent__parts(model, registry, messages, **limits):
    return _Loop(model, registry, messages, **limits).run()


def right__run_agent__for(model, registry, messages, *, max_steps, max_cost, estimate, clock, deadline):
    turns, made, cost = [*messages], [], Decimal("0")
    outcome = None
    for step in itertools.count():
        if clock() >= deadline:
            outcome = "time"
        elif step == max_steps:
            outcome = "steps"
        elif cost + estimate(turns[:]) > max_cost:
            outcome = "cost"
        if outcome:
            break
        reply = model(turns[:], True)
        cost = cost + reply["cost"]
        turns.append({"role": "assistant", "content": reply["content"]})
        if not reply["tool_calls"]:
            return AgentRun(outcome="answered", messages=tuple(turns), calls=tuple(made), cost=cost)
        turns[-1]["tool_calls"] = reply["tool_calls"]
        for wish in reply["tool_calls"]:
            asked = wish["function"]
            told = answered(registry, asked["name"], asked["arguments"])
            made += [Made(asked["name"], asked["arguments"], told.text)]
            turns += [{"role": "tool", "tool_call_id": wish["id"], "content": told.text}]
        if circling(made):
            outcome = "loop"
            break
    turns.append({"role": "user", "content": outcome})
    reply = model(turns[:], False)
    turns.append({"role": "assistant", "content": reply["content"]})
    return AgentRun(outcome, tuple(turns), tuple(made), cost + reply["cost"])


def right__run_agent__recursive(model, registry, messages, *, max_steps, max_cost, estimate, clock, deadline):
    def ending(turns, made, cost, why):
        turns = (*turns, {"role": "user", "content": f"The limit of {why} is reached."})
        reply = model(list(turns), False)
        return AgentRun(why, (*turns, said(reply)), made, cost + reply["cost"])

    def said(reply):
        keys = ["content", *(["tool_calls"] if reply["tool_calls"] else [])]
        return {"role": "assistant"} | {key: reply[key] for key in keys}

    def go(turns, made, cost, left):
        checks = (
            ("time", lambda: clock() >= deadline),
            ("steps", lambda: left <= 0),
            ("cost", lambda: estimate(list(turns)) > max_cost - cost),
        )
        for why, reached in checks:
            if reached():
                return ending(turns, made, cost, why)
        reply = model(list(turns), True)
        cost, turns = cost + reply["cost"], (*turns, said(reply))
        if not reply["tool_calls"]:
            return AgentRun("answered", turns, made, cost)
        for wish in reply["tool_calls"]:
            name, arguments = wish["function"]["name"], wish["function"]["arguments"]
            text = answered(registry, name, arguments).text
            made = (*made, Made(name, arguments, text))
            turns = (*turns, {"role": "tool", "tool_call_id": wish["id"], "content": text})
        return ending(turns, made, cost, "loop") if circling(made) else go(turns, made, cost, left - 1)

    return go(tuple(messages), (), Decimal(0), max_steps)


def wrong__run_agent__steps_before_time(model, registry, messages, **limits):
    """The clock comes first."""

    class _Own(_Loop):
        def limit(self):
            return "steps" if self.many() else super().limit()

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__cost_before_steps(model, registry, messages, **limits):
    """The steps come before the cost."""

    class _Own(_Loop):
        def limit(self):
            why = super().limit()
            return "cost" if why == "steps" and self.dear() else why

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__after_the_deadline(model, registry, messages, **limits):
    """The deadline itself is reached."""

    class _Own(_Loop):
        def late(self):
            return self.clock() > self.deadline

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__deadline_from_the_start(model, registry, messages, **limits):
    """The deadline is a time of the clock, not a duration."""

    class _Own(_Loop):
        def late(self):
            return self.clock() - start >= self.deadline

    start = limits["clock"]()
    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__clock_at_the_start(model, registry, messages, **limits):
    """The clock is looked at before each call."""
    now = limits["clock"]()
    return _Loop(model, registry, messages, **{**limits, "clock": lambda: now}).run()


def wrong__run_agent__cost_reached(model, registry, messages, **limits):
    """Exactly max_cost doesn't pass it."""

    class _Own(_Loop):
        def dear(self):
            return self.spent + self.estimate(list(self.turns)) >= self.max_cost

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__without_estimate(model, registry, messages, **limits):
    """The next call's estimate counts."""

    class _Own(_Loop):
        def dear(self):
            return self.spent > self.max_cost

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__estimate_alone(model, registry, messages, **limits):
    """The money spent counts."""

    class _Own(_Loop):
        def dear(self):
            return self.estimate(list(self.turns)) > self.max_cost

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__estimate_of_the_start(model, registry, messages, **limits):
    """The estimate is of the turns that are sent."""

    class _Own(_Loop):
        def dear(self):
            return self.spent + self.estimate(list(self.messages)) > self.max_cost

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__floats(model, registry, messages, **limits):
    """Three times 0.1 doesn't pass 0.3: the money is decimal."""

    class _Own(_Loop):
        def dear(self):
            return float(self.spent) + float(self.estimate(list(self.turns))) > float(self.max_cost)

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__one_step_more(model, registry, messages, **limits):
    """max_steps calls, not one more."""
    return _Loop(model, registry, messages, **{**limits, "max_steps": limits["max_steps"] + 1}).run()


def wrong__run_agent__at_least_one_step(model, registry, messages, **limits):
    """max_steps may be 0."""
    return _Loop(model, registry, messages, **{**limits, "max_steps": max(1, limits["max_steps"])}).run()


def wrong__run_agent__tools_as_steps(model, registry, messages, **limits):
    """Steps are calls of the model, not of tools."""

    class _Own(_Loop):
        def many(self):
            return len(self.calls) >= self.max_steps

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__last_call_free(model, registry, messages, **limits):
    """The cost counts the last call."""

    class _Own(_Loop):
        def last(self, why):
            before = self.spent
            run = super().last(why)
            return AgentRun(run.outcome, run.messages, run.calls, before)

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__last_call_with_tools(model, registry, messages, **limits):
    """The last call has no tools."""

    class _Own(_Loop):
        def last(self, why):
            self.turns.append(self.word(why))
            self.ask(True)
            return self.end(why)

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__no_last_call_for_money(model, registry, messages, **limits):
    """The last call is made in any case."""

    class _Own(_Loop):
        def last(self, why):
            if why == "cost" and self.spent >= self.max_cost:
                self.turns.append({"role": "assistant", "content": "I had to stop (cost)."})
                return self.end(why)
            return super().last(why)

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__word_missing(model, registry, messages, **limits):
    """The user turn contains the word of the limit."""

    class _Own(_Loop):
        def word(self, why):
            return {"role": "user", "content": "Stop here: say what you have, in no more than a few steps of time."}

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__word_of_the_system(model, registry, messages, **limits):
    """It is a user turn."""

    class _Own(_Loop):
        def word(self, why):
            return {**super().word(why), "role": "system"}

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__loop_as_steps(model, registry, messages, **limits):
    """A loop at the last step is a loop."""

    class _Own(_Loop):
        def circles(self):
            return self.steps < self.max_steps and super().circles()

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__loop_within_a_reply(model, registry, messages, **limits):
    """Circles are looked for after all wishes of a reply, and the other wishes are executed."""

    class _Own(_Loop):
        def execute(self, wishes):
            for wish in wishes:
                super().execute([wish])
                if self.circles():
                    break

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__loop_noticed_in_between(model, registry, messages, **limits):
    """Only the calls after the last wish decide on a loop."""

    class _Own(_Loop):
        seen = False

        def execute(self, wishes):
            for wish in wishes:
                super().execute([wish])
                self.seen = self.seen or circling(self.calls)

        def circles(self):
            return self.seen

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__loop_of_the_reply(model, registry, messages, **limits):
    """All calls so far decide on a loop."""

    class _Own(_Loop):
        def execute(self, wishes):
            self.new = len(wishes)
            super().execute(wishes)

        def circles(self):
            return circling(self.calls[-self.new :])

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__loop_of_one(model, registry, messages, **limits):
    """Blocks of two and three are circles too."""

    class _Own(_Loop):
        def circles(self):
            return circling(self.calls, longest=1)

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__twice_is_a_loop(model, registry, messages, **limits):
    """`circling` says so from three times on."""

    class _Own(_Loop):
        def circles(self):
            return circling(self.calls, 2)

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__text_is_the_end(model, registry, messages, **limits):
    """A reply with a text and calls doesn't end the run."""

    class _Own(_Loop):
        def ask(self, with_tools):
            wishes = super().ask(with_tools)
            return [] if self.turns[-1]["content"] else wishes

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__empty_text_is_no_end(model, registry, messages, **limits):
    """A reply without calls ends the run, even without a text."""

    def patient(turns, with_tools):
        first = model(turns, with_tools)
        if with_tools and not first["tool_calls"] and not first["content"]:
            second = model(turns, with_tools)
            return {**second, "cost": first["cost"] + second["cost"]}
        return first

    return _Loop(patient, registry, messages, **limits).run()


def wrong__run_agent__first_wish_only(model, registry, messages, **limits):
    """All wishes of a reply are executed."""

    class _Own(_Loop):
        def execute(self, wishes):
            super().execute(wishes[:1])

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__wishes_by_name(model, registry, messages, **limits):
    """The calls are answered in their order."""

    class _Own(_Loop):
        def execute(self, wishes):
            super().execute(sorted(wishes, key=lambda one: one["function"]["name"]))

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__results_remembered(model, registry, messages, **limits):
    """A tool that is asked the same twice is called twice."""

    class _Own(_Loop):
        def result(self, name, arguments):
            for one in self.calls:
                if (one.name, one.arguments) == (name, arguments):
                    return one.result
            return super().result(name, arguments)

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__called_directly(model, registry, messages, **limits):
    """An unknown tool, or one that raises, is answered too."""

    class _Own(_Loop):
        def result(self, name, arguments):
            value = self.registry[name](**json.loads(arguments))
            return value if isinstance(value, str) else json.dumps(value)

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__failures_not_recorded(model, registry, messages, **limits):
    """A call that failed is a call."""

    class _Own(_Loop):
        def end(self, why):
            some = tuple(one for one in self.calls if not answered(self.registry, one.name, one.arguments).failed)
            return AgentRun(why, tuple(self.turns), some, self.spent)

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__arguments_tidied(model, registry, messages, **limits):
    """The arguments are recorded as the model wrote them."""

    class _Own(_Loop):
        def end(self, why):
            some = tuple(Made(one.name, _tidy(one.arguments), one.result) for one in self.calls)
            return AgentRun(why, tuple(self.turns), some, self.spent)

    return _Own(model, registry, messages, **limits).run()


def _tidy(text):
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except ValueError:
        return text


def wrong__run_agent__one_list(model, registry, messages, **limits):
    """Each call gets a list of its own."""

    class _Own(_Loop):
        def ask(self, with_tools):
            reply = self.model(self.turns, with_tools)
            self.spent += reply["cost"]
            self.steps += with_tools
            self.turns.append(self.turn(reply))
            return reply["tool_calls"] or []

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__cost_in_the_turn(model, registry, messages, **limits):
    """A turn has a role, a content and maybe calls, but no cost."""

    class _Own(_Loop):
        def turn(self, reply):
            return {**super().turn(reply), "cost": reply["cost"]}

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__calls_always(model, registry, messages, **limits):
    """Without calls, a turn has no tool_calls."""

    class _Own(_Loop):
        def turn(self, reply):
            return {"role": "assistant", "content": reply["content"], "tool_calls": reply["tool_calls"]}

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__content_filled(model, registry, messages, **limits):
    """A content of None stays None."""

    class _Own(_Loop):
        def turn(self, reply):
            return {**super().turn(reply), "content": reply["content"] or ""}

    return _Own(model, registry, messages, **limits).run()


def wrong__run_agent__money_after_the_call(model, registry, messages, **limits):
    """A reply without calls ends the run as answered, whatever it did cost."""
    run = _Loop(model, registry, messages, **limits).run()
    if run.outcome == "answered" and run.cost > limits["max_cost"]:
        return AgentRun("cost", run.messages, run.calls, run.cost)
    return run
