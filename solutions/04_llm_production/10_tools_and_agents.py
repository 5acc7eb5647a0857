# %% [markdown]
# # Exercises: Let a model act, within limits
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(tool_schema)` gives the next of three hints, `solution(tool_schema)` the answer. Any order; `progress()` says where you are. No model is needed here: where one is asked, a scripted one answers.

# %%
import inspect
import json
import typing
from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Literal

from handrail import check, hint, progress, solution
from handrail.kit.tools import AgentRun, Made, ToolResult, answered, circling

# %% [markdown]
# ## 1. Describe a function to a model  ★☆☆ · 15 min
# Nobody wants to keep a schema beside each function by hand. Derive it: name, description and JSON schema from what stands in the code. Every parameter is annotated. A parameter with a default isn't required. A description may stand at a parameter, or inside its type: `Annotated[str, "where to send it"]`. Use the table of types in the docstring, and no Pydantic.


# %%
def tool_schema(function: Callable) -> dict:
    """Return `{"name": ..., "description": ..., "parameters": {...}}` for a function or a bound method.

    The description is the docstring's first paragraph on one line, with single spaces; empty if there is none.
    `parameters` has the keys `type` ("object"), `properties`, `required` (in the order of the parameters, also if
    empty) and `additionalProperties` (False). Of types, in any nesting:

    - str, int, float, bool: `{"type": "string"}`, "integer", "number", "boolean"
    - Literal["a", "b"]: `{"enum": ["a", "b"]}`
    - list[T]: `{"type": "array", "items": ...}`
    - T | None, None | T or Optional[T]: `{"anyOf": [..., {"type": "null"}]}`, in the order written
    - Annotated[T, "text"]: what T has, and `"description": "text"`

    >>> def search(words: list[str], limit: int = 5) -> str:
    ...     "Find pages."
    >>> tool_schema(search)["parameters"]["properties"]
    {'words': {'type': 'array', 'items': {'type': 'string'}}, 'limit': {'type': 'integer'}}
    >>> tool_schema(search)["parameters"]["required"]
    ['words']
    """

    # BEGIN SOLUTION
    def schema(kind: object) -> dict:
        plain = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
        if kind in plain:
            return {"type": plain[kind]}
        origin, inner = typing.get_origin(kind), typing.get_args(kind)
        if origin is Annotated:
            return schema(inner[0]) | {"description": inner[1]}
        if origin is Literal:
            return {"enum": list(inner)}
        if origin is list:
            return {"type": "array", "items": schema(inner[0])}
        return {"anyOf": [schema(one) for one in inner]}

    parameters = inspect.signature(function).parameters.values()
    paragraph = (inspect.getdoc(function) or "").split("\n\n")[0]
    rules = {
        "type": "object",
        "properties": {one.name: schema(one.annotation) for one in parameters},
        "required": [one.name for one in parameters if one.default is one.empty],
        "additionalProperties": False,
    }
    return {"name": function.__name__, "description": " ".join(paragraph.split()), "parameters": rules}
    # END SOLUTION


# %%
check(tool_schema)

# %% [markdown] tags=["solution"]
# A type is a value like any other: `get_origin` says what kind of type it is, `get_args` what is inside, and the function calls itself for that. `inspect.signature` knows the parameters of functions and bound methods alike, without `self` and without the return type. "No default" has a value of its own, `inspect.Parameter.empty`, because None is a perfectly good default.

# %% [markdown]
# ## 2. Call a tool, whatever the model wrote  ★☆☆ · 12 min
# A model asks for a tool by name, with arguments as JSON text. Return what came of it as a `ToolResult(text, failed)`, and never raise, except for `KeyboardInterrupt`, which is the user's. A failure is told in a short text without a traceback: unknown tools with all names that are known, exceptions (missing and extra arguments too) with type and message. The text never has more than 2,000 characters. Types of arguments aren't your task.


# %%
def tool_result(registry: dict[str, Callable], name: str, arguments: str) -> ToolResult:
    """Call `registry[name]` with the arguments as keywords, and return its result or its failure as text.

    Arguments that aren't the text of a JSON object fail, and the tool isn't called. A result that is a text stays as it
    is; another one becomes JSON, or `str(result)` where it has no JSON. Whatever is longer than 2,000 characters is cut
    there. Even a tool that raises SystemExit only fails.

    >>> tool_result({"add": lambda a, b: a + b}, "add", '{"a": 1, "b": 2}')
    ToolResult(text='3', failed=False)
    >>> tool_result({"add": lambda a, b: a + b}, "add", '{"a": 1').failed
    True
    """
    # BEGIN SOLUTION
    try:
        if name not in registry:
            raise LookupError(f"no tool {name}, only {', '.join(registry)}")
        value = registry[name](**json.loads(arguments))
        try:
            text = value if isinstance(value, str) else json.dumps(value)
        except (TypeError, ValueError):
            text = str(value)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return ToolResult(f"{type(error).__name__}: {error}"[:2000], failed=True)
    return ToolResult(text[:2000])
    # END SOLUTION


# %%
check(tool_result)

# %% [markdown] tags=["solution"]
# Three things go wrong on the way to the tool: its name, the JSON, and binding the arguments. Python raises for each of them, `**` refuses what isn't an object, and the messages say which argument is missing or extra, so that one `except` tells the model. `BaseException` is broader than you would normally catch; here an agent of somebody else's tool must not end your service. The limit protects every later prompt, which carries this text again.

# %% [markdown]
# ## 3. Put the results where they belong  ★★☆ · 10 min
# A reply asked for several tools, they ran in parallel, and `results` has their texts by call id, in the order in which they finished. Return the conversation for the next request in OpenAI's format: the messages so far, the reply as received, and one turn for each call, in the order of the calls. A call without a result gets a text that begins with `Error`. Results of other calls are left out.


# %%
def conversation_with_results(messages: list[dict], reply: dict, results: dict[str, str]) -> list[dict]:
    """Return a new list of messages: the old ones, the assistant's reply, and a tool turn for each of its calls.

    A tool turn has `role` ("tool"), `tool_call_id` and `content`. An empty text is a result, too. A reply without calls
    (`tool_calls` missing, None or empty) adds no tool turn. The arguments stay as they are.

    >>> call = {"id": "c1", "type": "function", "function": {"name": "balance", "arguments": "{}"}}
    >>> reply = {"role": "assistant", "content": None, "tool_calls": [call]}
    >>> conversation_with_results([], reply, {"c1": "12.50"})[1]
    {'role': 'tool', 'tool_call_id': 'c1', 'content': '12.50'}
    """
    # BEGIN SOLUTION
    answers = [
        {"role": "tool", "tool_call_id": call["id"], "content": results.get(call["id"], "Error: no result")}
        for call in reply.get("tool_calls") or []
    ]
    return [*messages, reply, *answers]
    # END SOLUTION


# %%
check(conversation_with_results)

# %% [markdown] tags=["solution"]
# The calls lead, not the results: that gives the order, answers the calls that have no result, and leaves out strangers. `results.get(id, ...)` keeps an empty text, which `or` would take for a missing one. The reply goes back unchanged, with its `tool_calls`: without them the tool turns answer nobody, and the service says 400.

# %% [markdown]
# ## 4. Notice that it goes in circles  ★★☆ · 15 min
# An agent searches, reads, searches, reads. Say whether its calls **end** with a block of one, two or three calls that stands there at least `repeats` times in a row. A call is its name, its arguments and its result; arguments are equal if they are the same JSON, whatever the order of their keys. A changed result is progress.


# %%
def stuck_in_a_loop(calls: list[tuple[str, dict, str]], repeats: int) -> bool:
    """Say whether the last calls repeat a block of 1 to 3 calls at least `repeats` times (2 or more).

    In JSON, true isn't 1, and the order of a list counts. Calls before the repeated blocks don't matter.

    >>> search, read = ("search", {"q": "hotel", "n": 3}, "travel"), ("read", {"page": "travel"}, "...")
    >>> stuck_in_a_loop([search, read, search, read], 2)
    True
    >>> stuck_in_a_loop([("status", {}, "40 %"), ("status", {}, "70 %")], 2)
    False
    """
    # BEGIN SOLUTION
    same = [(name, json.dumps(arguments, sort_keys=True), result) for name, arguments, result in calls]
    return bool(same) and any(same[-size * repeats :] == same[-size:] * repeats for size in (1, 2, 3))
    # END SOLUTION


# %%
check(stuck_in_a_loop)

# %% [markdown] tags=["solution"]
# A list that ends with `repeats` copies of its last block is exactly a loop of that size, so three sizes are three comparisons. `json.dumps(..., sort_keys=True)` gives equal JSON equal text, on every level, and keeps true and 1 apart, which Python's `==` doesn't. A slice that reaches too far back is silently shorter; then the copies are longer than the tail, and the two differ, but for an empty history.

# %% [markdown]
# ## 5. Run an agent with all its limits  ★★★ · 30 min
# Write the loop. Before each call `model(turns, True)` look at the limits in this order: the clock has reached `deadline` ("time"), `max_steps` such calls were made ("steps"), the money spent plus `estimate(turns)` passes `max_cost` ("cost"). Execute all wishes of a reply with `answered`; if `circling` then says so of all calls so far, it is a "loop". At a limit add a user turn that contains that word, and call `model(turns, False)` for a last text.


# %%
def run_agent(
    model: Callable[[list[dict], bool], dict],
    registry: dict[str, Callable],
    messages: list[dict],
    *,
    max_steps: int,
    max_cost: Decimal,
    estimate: Callable[[list[dict]], Decimal],
    clock: Callable[[], float],
    deadline: float,
) -> AgentRun:
    """Return an AgentRun: outcome ("answered", "steps", "cost", "time", "loop"), messages, calls and cost.

    A reply of `model` is `{"content": text or None, "tool_calls": [...] or None, "cost": Decimal}`, in OpenAI's form
    but for the cost. It becomes an assistant turn with `role`, `content` and, if there are any, `tool_calls`. Its calls
    are answered in their order, each with a turn (`role` "tool", `tool_call_id`, `content`), and recorded as `Made(name,
    arguments, text of the result)`. A reply without calls ends the run: "answered". The last call is made in any case;
    the cost counts all calls, and the last message is the model's. Each call gets a list of its own.

    >>> replies = [{"content": "Hello", "tool_calls": None, "cost": Decimal("0.01")}]
    >>> run = run_agent(lambda turns, with_tools: replies.pop(0), {}, [{"role": "user", "content": "Hi"}], max_steps=3,
    ...     max_cost=Decimal(1), estimate=lambda turns: Decimal("0.01"), clock=lambda: 0.0, deadline=60.0)
    >>> run.outcome, run.text, run.cost
    ('answered', 'Hello', Decimal('0.01'))
    """
    # BEGIN SOLUTION
    turns, made, spent, steps = list(messages), [], Decimal(0), 0

    def asked(with_tools: bool) -> list[dict]:
        nonlocal spent
        reply = model(list(turns), with_tools)
        spent += reply["cost"]
        wishes = reply.get("tool_calls") or []
        extra = {"tool_calls": wishes} if wishes else {}
        turns.append({"role": "assistant", "content": reply["content"], **extra})
        return wishes

    def limit() -> str | None:
        if clock() >= deadline:
            return "time"
        if steps >= max_steps:
            return "steps"
        return "cost" if spent + estimate(list(turns)) > max_cost else None

    outcome = limit()
    while outcome is None:
        steps += 1
        wishes = asked(True)
        if not wishes:
            return AgentRun("answered", tuple(turns), tuple(made), spent)
        for wish in wishes:
            name, arguments = wish["function"]["name"], wish["function"]["arguments"]
            text = answered(registry, name, arguments).text
            made.append(Made(name, arguments, text))
            turns.append({"role": "tool", "tool_call_id": wish["id"], "content": text})
        outcome = "loop" if circling(made) else limit()
    turns.append({"role": "user", "content": f"You reached a limit: {outcome}. Say what is done and what is missing."})
    asked(False)
    return AgentRun(outcome, tuple(turns), tuple(made), spent)
    # END SOLUTION


# %%
check(run_agent)

# %% [markdown] tags=["solution"]
# All limits are asked *before* a call: afterwards the money is spent. The estimate grows with the conversation, as the price does. After a limit one more call without tools can't act any more, and the user reads what was done and what wasn't. A model, a clock and a price are arguments, so a script, a counter and a constant replace them in a test; that is how this loop can be checked in milliseconds.
