# /// lesson
# minutes = 55
# exercise_minutes = 82
# needs = ["04_llm_production/02_llm_apis", "04_llm_production/04_structured_outputs"]
# seconds = 60
# memory_mb = 1300
# ///

# %% [markdown]
# # Let a model act, within limits
#
# **Why.** "Refund 20 euro for order 17." The assistant refunded 17 euro for order 20. It had called the right tool, with arguments of the right types, and the loop that executed them asked no questions. Which line should have asked?
#
# **You will**
# - describe functions as tools, and derive their schema from types,
# - write the agent loop, and know both wire formats,
# - return errors so that a model can correct itself,
# - bound steps, time, money and repetition, and protect payments from being made twice,
# - evaluate an agent by what it leaves behind and by how it got there.
#
# **You need** lessons 4·02 (calling a model) and 4·04 (types that become schemas). 55 minutes, and 82 for the exercises.

# %%
import asyncio
import json
import os
import re
import threading
from decimal import Decimal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from openai import BadRequestError

from handrail.kit.llm import connect, faults
from handrail.kit.tools import Made, Office, answered, bounded, circling, described, tasks

plt.style.use("handrail.kit.course")
llm = connect()

# %% [markdown]
# A stand-in answers: rules that give each clause of a text to the tool whose name and description are nearest in meaning (by MiniLM, a real model), and fill arguments from the text. So nothing here says how well a language model plans. Loops, errors, limits and costs are those of your own code, and they are real.
#
# The tools read the books of an office of Halden Freight, an invented company. The payments are generated, so we know what every answer should be.

# %%
office = Office()
print(pd.DataFrame(office.payments).groupby("category")["euro"].agg(["count", "sum"]).round(2).to_string())
print("\ntools:", ", ".join(office.tools))

# %% [markdown]
# ## 1. A model cannot act
#
# A model writes text. With tools in the request it may write a *wish*: a name, and arguments. Your program reads the wish, decides, acts, and sends back what came of it. Here is the wish in OpenAI's format. Look at the type of the arguments.

# %%
question = [{"role": "user", "content": "How much did we spend on groceries in May and June?"}]
tools = [{"type": "function", "function": described(tool)} for tool in office.tools.values()]
reply = llm.openai.chat.completions.create(model=llm.small, messages=question, tools=tools).choices[0]
print(reply.finish_reason, reply.message.content)
for wish in reply.message.tool_calls:
    print(wish.id[:9], wish.function.name, type(wish.function.arguments).__name__, wish.function.arguments)

# %% [markdown]
# Two wishes in one reply, and no text. The arguments are JSON **text**: the model wrote them letter by letter, so they may be cut, invalid, or wrong (4·04). Anthropic's format carries the same thing in other words. What is different?

# %%
claude_tools = [
    {"name": about["name"], "description": about["description"], "input_schema": about["parameters"]}
    for about in map(described, office.tools.values())
]
said = llm.anthropic.messages.create(model=llm.small, max_tokens=300, messages=question, tools=claude_tools)
print(said.stop_reason)
for block in said.content:
    print(block.type, block.name, type(block.input).__name__, block.input)

# %% [markdown]
# There the arguments are an object already. Parsed isn't the same as checked: names and values still come from a model. The results travel back in different ways, too.
#
# | | OpenAI | Anthropic |
# | --- | --- | --- |
# | wish | `message.tool_calls`, arguments as text | a block `tool_use`, `input` as an object |
# | stop reason | `tool_calls` | `tool_use` |
# | result | one message of role `tool` for each call | one user turn with a block `tool_result` for each call |
# | failure | written into the text | `is_error` |
#
# In both, **every wish needs an answer**. Leave one out, and see what the service says.

# %%
turns = [*question, reply.message.model_dump(exclude_none=True)]
first, second = (wish.id for wish in reply.message.tool_calls)
turns.append({"role": "tool", "tool_call_id": first, "content": "238.2"})
try:
    llm.openai.chat.completions.create(model=llm.small, messages=turns, tools=tools)
except BadRequestError as error:
    print(error.status_code, error.body["message"].split(". The")[0])

# %% [markdown]
# Add the second result, and both formats come to the same answer. The stand-in writes "name returned result"; a model would write a sentence.

# %%
turns.append({"role": "tool", "tool_call_id": second, "content": "264.6"})
print(llm.openai.chat.completions.create(model=llm.small, messages=turns, tools=tools).choices[0].message.content)

results = [
    {"type": "tool_result", "tool_use_id": block.id, "content": text}
    for block, text in zip(said.content, ["238.2", "264.6"], strict=True)
]
claude_turns = [*question, {"role": "assistant", "content": said.content}, {"role": "user", "content": results}]
ended = llm.anthropic.messages.create(model=llm.small, max_tokens=99, messages=claude_turns, tools=claude_tools)
print(ended.content[0].text)

# %% [markdown]
# ## 2. From function to tool
#
# A tool's description has three parts: a name, a sentence, and a JSON schema of its arguments. A typed Python function has all of them: its name, its docstring, its annotations. `inspect.signature` reads the annotations, and Pydantic's `create_model` turns them into a class with a schema. Look for the list of allowed values.

# %%
import inspect

from pydantic import ConfigDict, create_model

parameters = inspect.signature(office.balance).parameters
fields = {one.name: (one.annotation, ...) for one in parameters.values()}  # `...` says: required
Arguments = create_model("balance", __config__=ConfigDict(extra="forbid"), **fields)
print(json.dumps(Arguments.model_json_schema(), indent=1))

# %% [markdown]
# `Literal` became `enum`, and `extra="forbid"` became `additionalProperties: false`. The course's `described` does this for any function, defaults included. Which of the parameters of `largest_payments` must the model send?

# %%
about = described(office.largest_payments)
print(about["name"], "-", about["description"])
for name, rules in about["parameters"]["properties"].items():
    print(f"{name:6}", {key: value for key, value in rules.items() if key != "title"})
print("required:", about["parameters"]["required"])

# %% [markdown]
# A parameter with a default isn't required. The description `YYYY-MM` stands in the schema because the annotation says so: `Annotated[str, Field(description="YYYY-MM")]`.
#
# Names and descriptions are prompts: they are all that a model knows of your function. We have thirty tasks. How many go to another tool first, when `spend_by_category` is called `tool3`? And when it has no description either?


# %%
def first_tools(tools):
    """Return the tool that is called first, for each of the thirty tasks."""
    found = []
    for task in tasks():
        messages = [{"role": "user", "content": task.text}]
        message = llm.openai.chat.completions.create(model=llm.small, messages=messages, tools=tools).choices[0].message
        found.append(message.tool_calls[0].function.name if message.tool_calls else "none")
    return np.array(found)


def renamed(**changes):
    """Change the description of `spend_by_category`."""
    functions = [tool["function"] for tool in tools]
    changed = [one | changes if one["name"] == "spend_by_category" else one for one in functions]
    return [{"type": "function", "function": one} for one in changed]


# %%
usual = first_tools(tools)
expected = np.where(usual == "spend_by_category", "tool3", usual)
moved = {
    "name": int((first_tools(renamed(name="tool3")) != expected).sum()),
    "name and description": int((first_tools(renamed(name="tool3", description="")) != expected).sum()),
}
print("tasks that go elsewhere, of", len(usual), moved)

# %% [markdown]
# A good sentence carries a bad name. With neither, most tasks about spending go astray, because nothing near to "spend" is left to find. A language model also reads parameter names and guesses better than similarity does; but it too knows nothing about your function except these words. Write them as you would for a new colleague, and test them (4·03).
#
# ## 3. The loop
#
# An **agent** is a loop: ask, execute all wishes, append all results, ask again, until a text comes. The first version has no limits at all. `answered` looks up the tool, checks the arguments and calls it; its result is text.


# %%
def ask(turns, tools=tools):
    """Call the model once; return its message as a dictionary, and the usage."""
    response = llm.openai.chat.completions.create(model=llm.small, messages=turns, tools=tools)
    return response.choices[0].message.model_dump(exclude_none=True), response.usage


def unbounded(text, ask=ask, tools=office.tools):
    turns, prompts = [{"role": "user", "content": text}], []
    while True:
        message, usage = ask(turns)
        turns.append(message)
        prompts.append(usage.prompt_tokens)
        if not message.get("tool_calls"):
            return turns, prompts
        for wish in message["tool_calls"]:
            result = answered(tools, wish["function"]["name"], wish["function"]["arguments"])
            turns.append({"role": "tool", "tool_call_id": wish["id"], "content": result.text})


# %% [markdown]
# **Predict before you run.** The task needs two tools, and the second needs the result of the first. How many times is the model called?

# %%
turns, prompts = unbounded("How much did we spend on groceries in March, and how much is that per day?")
print(turns[-1]["content"])
print("calls of the model:", len(prompts), " input tokens of each:", prompts)

# %% [markdown]
# The tempting answer is two, one for each tool. It is three: the model has to be asked once more to say what came of it. The diagram shows the same conversation; every arrow to the model carries everything above it again.

# %%
steps = [("task", 0, 1)]
for message in turns[1:]:
    for wish in message.get("tool_calls", []):
        steps.append((f"{wish['function']['name']} {wish['function']['arguments']}", 1, 0))
    steps += [(message["content"], 0, 1)] if message["role"] == "tool" else []
steps.append(("answer", 1, 0))

# %%
_, ax = plt.subplots(figsize=(8, 3.6))
for row, (label, begin, end) in enumerate(steps):
    ax.annotate("", (end, -row), (begin, -row), arrowprops={"arrowstyle": "->", "color": "C0"})
    ax.text(0.5, -row + 0.12, label, ha="center", fontsize=8)
for place, name in enumerate(("your program", "model")):
    ax.plot([place, place], [0.6, 0.5 - len(steps)], color="k", linewidth=0.8)
    ax.text(place, 0.75, name, ha="center")
ax.set(xlim=(-0.15, 1.15), ylim=(-len(steps) + 0.5, 1.1))
ax.set_title("Two tools, three requests: the model only writes wishes")
ax.axis("off")
plt.show()

# %% [markdown]
# What does a longer plan cost? `endless_tools` is a fault that makes the stand-in ask for the same tool for ever. We let it run until one cent is spent, and read the input tokens of each request.


# %%
class Budget(Exception):
    """The money is spent."""


def limited(dollars):
    """Return an `ask` that refuses to begin a call when so much is spent, and the list of what calls cost."""
    price, costs = llm.price(llm.small), []

    def ask_within(turns):
        if sum(costs) >= dollars:
            raise Budget
        message, usage = ask(turns)
        costs.append((usage.prompt_tokens * price.input + usage.completion_tokens * price.output) / 1_000_000)
        sizes.append(usage.prompt_tokens)
        return message, usage

    return ask_within, costs


# %%
sizes = []
spending, costs = limited(Decimal("0.01"))
with faults("endless_tools"):
    try:
        unbounded("How much did we spend on energy in June?", spending)
    except Budget:
        print(f"stopped by the budget after {len(costs)} calls and {sum(costs):.4f} dollars")
print("input tokens:", sizes[:4], "...", sizes[-1])

# %% [markdown]
# One cent of money, at prices chosen by us, was the only thing that ended it. Each request is longer than the last by the same amount, so the sum grows with the square of the steps. The bars are the requests, the line is what you have paid for.

# %%
_, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2))
count = np.arange(1, 11)
left.bar(count, sizes[:10], color="#9CC3E0")
left.set(xlabel="step", ylabel="input tokens", xticks=count, title="One request grows by a constant")
more = np.arange(1, len(sizes) + 1)
right.plot(more, np.cumsum(sizes) / 1000, color="C0")
right.plot(more, more * sizes[0] / 1000, color="k", linestyle=":")
right.text(len(sizes), 0.35 * len(sizes) * sizes[0] / 1000, "if no request grew", ha="right", va="top")
right.set(xlabel="steps", ylabel="input tokens paid, thousands", title="All together: by the square")
plt.show()

# %% [markdown]
# Without a budget it would go on until the conversation no longer fits into the model's window of 8,192 tokens. How far is that?

# %%
growth = sizes[1] - sizes[0]
last = (8192 - sizes[0]) // growth + 1
print(f"{growth} tokens more each step: the window is full after {last} steps")

# %% [markdown]
# ## 4. Errors are messages
#
# A tool can be unknown, get invalid JSON, a wrong type, a missing or an extra argument, or raise. None of that may end the conversation, and none of it should be hidden: `answered` turns each into a short text. What would you write, so that the reader can do better next time?

# %%
wishes = [
    ("spending", "{}"),
    ("balance", '{"account": "curr'),
    ("balance", '{"account": "giro"}'),
    ("largest_payments", '{"month": "2025-03", "limit": 2.5}'),
    ("balance", '{"account": "current", "currency": "USD"}'),
    ("refund", '{"order_id": 99, "amount": 5}'),
    ("calculator", '{"expression": "1 / 0"}'),
]
for name, arguments in wishes:
    print(answered(office.tools, name, arguments).text)

# %% [markdown]
# Each says what is wrong and, where it can, what would be right. None has a traceback: file names and source lines help no model, and it may repeat them to the user. An extra argument is refused, because a dropped `currency` would leave the model believing that it was used.
#
# Does the message help? Three faults, one for each task: the wrong tool, arguments cut off, and a service that doesn't answer at all. `bounded` of the course is the loop with limits; you write your own in exercise 5.


# %%
def model(turns, with_tools):
    """Call the model, with the tools or for a last word without them."""
    more = {"tools": tools} if with_tools else {}
    response = llm.openai.chat.completions.create(model=llm.small, messages=turns, **more)
    return response.choices[0].message.model_dump(exclude_none=True)


def silent_books(category, month):
    raise TimeoutError("the books didn't answer within 2 s")


silent_books.__signature__ = inspect.signature(office.spend_by_category)
trials = {"wrong_tool": office.tools, "truncate": office.tools, "none": {"spend_by_category": silent_books}}
for fault, registry in trials.items():
    with faults(fault):
        run = bounded(model, registry, [{"role": "user", "content": "How much did we spend on energy in June?"}])
    print(f"--- {fault}: {[made.result[:44] for made in run.calls]}\n    {run.text}")

# %% [markdown]
# Two of three corrected themselves, and the third ended with an honest sentence. (The stand-in repeats a failed call once, then apologizes: rules. Whether a real model corrects itself depends on your message, which is why it deserves care.)
#
# A time-out is special: the tool may have acted before it fell silent. We come back to that.
#
# ## 5. How it fails
#
# **It never stops.** You saw it: the loop ran until the money ended. The first repair is a limit of steps, and a last request *without tools*, so that the user reads what was done instead of nothing.

# %%
with faults("endless_tools"):
    run = bounded(model, office.tools, [{"role": "user", "content": "How much did we spend on energy in June?"}])
print(run.outcome, "after", len(run.calls), "calls:", run.text)

# %% [markdown]
# (The last request contains the log of the calls; the stand-in picks its sentences from it.) It ended after three calls, before the limit of eight steps: the same call with the same result three times is no progress. But what is "the same call"? An agent that searches, reads, searches, reads never makes one call twice in a row. Predict which of these are loops.


# %%
def made(*steps):
    return [Made(name, arguments, result) for name, arguments, result in steps]


search, read = ("search", '{"q": "hotel"}', "travel"), ("read", '{"page": "travel"}', "...")
status = [("status", "{}", f"{share} %") for share in (40, 70, 100)]
histories = {
    "search, search, search": made(search, search, search),
    "search, read, three times": made(search, read, search, read, search, read),
    "status 40 %, 70 %, 100 %": made(*status),
}
for name, history in histories.items():
    neighbors = history[-1] == history[-2]
    print(f"{name:26} same as the one before: {neighbors!s:6} a block repeats: {circling(history)}")

# %% [markdown]
# Comparing neighbors misses the second. Comparing only names and arguments would punish the third, which waits for a job that makes progress. So compare name, arguments **and result**, in blocks of one to three calls.
#
# **Valid, and wrong.** Back to the refund. The two numbers of the task were exchanged. The cell replays the call from the beginning of this lesson: which layer of 4·04 stops it?

# %%
office = Office()
task = "Refund 20 euro for order 17."
print(answered(office.tools, "refund", '{"order_id": 20, "amount": 17}'))
print("left behind:", office.refunds)

# %% [markdown]
# None. Both are numbers, order 20 exists, and 17 euro is less than its customer paid. The type is right, the rule is satisfied, and the money is gone. What knows better is the user's own text. A **cross-check** reads the order and the amount from it with a rule of its own, and asks a person where they differ.


# %%
def supported(task, order_id, amount):
    """Say whether the text itself names this order, and this amount in euro."""
    orders = {int(found) for found in re.findall(r"\border (\d+)", task)}
    amounts = {float(found) for found in re.findall(r"(\d+(?:\.\d+)?) euro\b", task)}
    return order_id in orders and float(amount) in amounts


for order_id, amount in ((17, 20), (20, 17), (17, 200)):
    print(order_id, amount, "execute" if supported(task, order_id, amount) else "ask a person")

# %% [markdown]
# The same check stops the stand-in's `silent_wrong`, the factor ten. It also stops right calls that the text says in other words ("give him his money back"): those go to a person, which is the price.
#
# **Paid twice.** A payment service acts, and then its answer gets lost. The agent sees a time-out and does what section 4 taught it: it tries again.


# %%
class Payments:
    """A refund whose first answer is lost on the way."""

    def __init__(self):
        self.paid, self.lost = [], False

    def refund(self, order_id: int, amount: float) -> str:
        """Refund an amount in euro to the customer of an order."""
        self.paid.append((order_id, amount))
        if not self.lost:
            self.lost = True
            raise TimeoutError("no answer within 2 s")
        return f"refunded {amount} euro for order {order_id}"


payments = Payments()
run = bounded(model, {"refund": payments.refund}, [{"role": "user", "content": task}])
print(run.text, "\npaid:", payments.paid)

# %% [markdown]
# Everybody is content, and 40 euro are gone. The repair is an **idempotency key**: a name for the intention, made from the task and the arguments. Whoever pays keeps the keys, and a key that it knows gets the old answer instead of a second payment.


# %%
class PaidOnce(Payments):
    """The same service, with a memory of what was paid for what."""

    def __init__(self, task):
        super().__init__()
        self.task, self.done = task, set()

    def refund(self, order_id: int, amount: float) -> str:
        """Refund an amount in euro to the customer of an order."""
        key = (self.task, order_id, float(amount))
        if key in self.done:
            return f"refunded {amount} euro for order {order_id}"
        self.done.add(key)
        return super().refund(order_id, amount)


once = PaidOnce("ticket 4711")
run = bounded(model, {"refund": once.refund}, [{"role": "user", "content": task}])
print(run.text, "\npaid:", once.paid)

# %% [markdown]
# The task belongs into the key: without it an honest second refund next week would be swallowed. A random number doesn't: every retry would be a new intention. A real service keeps the key together with the answer, in one transaction, so that a payment which failed can still be made.
#
# ## 6. Parallel and dependent calls
#
# Several wishes in one reply don't depend on each other, so they can run at once. `async def` marks a function that can pause at `await` while others run, and a `TaskGroup` starts several and waits for all. To prove it without a clock, three tools wait for each other at a barrier: one after the other, none would ever get past.


# %%
async def one_call(action, seconds=5.0):
    """Run one call with a time limit of its own; whatever goes wrong becomes text."""
    try:
        async with asyncio.timeout(seconds):
            return await action()
    except TimeoutError:
        return "Error: no answer in time"


async def all_at_once(actions):
    async with asyncio.TaskGroup() as group:
        running = {name: group.create_task(one_call(*action)) for name, action in actions.items()}
    return {name: task.result() for name, task in running.items()}


# %%
barrier, finished = asyncio.Barrier(3), []


def meeting(name, turns):
    async def action():
        await barrier.wait()
        for _ in range(turns):  # gives way to the others so many times
            await asyncio.sleep(0)
        finished.append(name)
        return f"result {name}"

    return action


async def never():
    await asyncio.Event().wait()


actions = {"a": (meeting("a", 9),), "b": (meeting("b", 5),), "c": (meeting("c", 1),), "d": (never, 0.05)}
gathered = await all_at_once(actions)
print("finished: ", finished)
print("appended: ", gathered)

# %% [markdown]
# They finished in another order than they were asked for, and one never did. The results are stored under the id of their call, so the conversation is the same on every run, and it can be replayed.
#
# What may run in parallel? Reading. Never two calls with side effects: refunds that overlap see the same balance, and a failure of one says nothing about the other.
#
# ## 7. How good is the agent?
#
# A nice answer isn't the goal; the state of the world is. Thirty tasks, each with its truth: what the answer must contain, which refunds must stand in the books afterwards and no others, and the fewest calls that can do it.

# %%
rows = []
for task in tasks():
    office = Office()
    run = bounded(model, office.tools, [{"role": "user", "content": task.text}])
    says, leaves = all(text in run.text for text in task.says), tuple(office.refunds) == task.refunds
    row = {"task": task.text, "needed": task.calls, "calls": len(run.calls), "answer": says, "state": leaves}
    rows.append(row | {"said": run.text})
table = pd.DataFrame(rows)
table["success"] = table["answer"] & table["state"]
print("right state:", table["state"].sum(), " right answer:", table["answer"].sum(), " of", len(table))
print("unnecessary calls:", (table["calls"] - table["needed"]).clip(lower=0).sum())

# %% [markdown]
# The state is right in every task: nobody got a refund by mistake. Read the ones that failed; they are worth more than the score.

# %%
for row in table[~table["success"]].itertuples():
    print(f"{row.task}\n    -> {row.said}")

# %% [markdown]
# Different diseases. Two went to a wrong tool ("may" was read as the month), one was taken for a wish to pay, one lost its second step ("divide it by 4" became no division), one its first half. One score for all of them would hide that; the calls of each run tell them apart.
#
# (These are the stand-in's diseases. A language model has others, and the table finds them in the same way.)
#
# Thirty tasks are few: with 25 right, a 95 % interval for the true share is wide.

# %%
rate, z = table["success"].mean(), 1.96
middle = (rate + z**2 / 60) / (1 + z**2 / 30)
half = z * np.sqrt(rate * (1 - rate) / 30 + z**2 / 3600) / (1 + z**2 / 30)
print(f"success {rate:.2f}, 95 % interval {middle - half:.2f} to {middle + half:.2f}")

# %% [markdown]
# And long plans? If each step succeeds with probability p, and one failure spoils the task, ten steps succeed with p to the tenth. Where is the curve for 0.95 after ten?


# %%
def chances(step=0.95, steps=10):
    """Draw the chance that all steps succeed."""
    count = np.arange(1, 21)
    _, ax = plt.subplots(figsize=(7, 3.1))
    for share, ink in ((0.99, "#8A8A8A"), (0.90, "#8A8A8A"), (step, "C0")):
        ax.plot(count, share**count, color=ink)
        ax.text(20.2, share**20, f"{share:.2f} a step", color=ink, va="center")
    ax.plot(steps, step**steps, "o", color="C5")
    ax.annotate(f"{step**steps:.2f}", (steps, step**steps), (steps + 0.3, step**steps + 0.06))
    ax.set(xlim=(1, 23.5), ylim=(0, 1.02), xticks=range(1, 21, 3), xlabel="steps", ylabel="chance of success")
    ax.set_title(f"{steps} steps of {step:.2f} succeed in {step**steps:.0%} of all cases")
    return step**steps


ten = chances()
print(f"5 steps: {0.95**5:.2f}   10 steps: {ten:.2f}")

# %% tags=["widget"]
from ipywidgets import FloatSlider, IntSlider, interact


def _draw(step, steps):
    chances(step, steps)
    plt.show()


_ = interact(
    _draw,
    step=FloatSlider(value=0.95, min=0.8, max=1.0, step=0.01),
    steps=IntSlider(value=10, min=1, max=20),
)

# %% [markdown]
# That is the case for tools that do a whole errand. One `spend_by_category` that sums in SQL is one step; "list payments, filter, add up" is three, and a model that adds. (Independence is an assumption: an agent that notices its failures does better than the curve, one that builds on a wrong result does worse.)
#
# ## 8. A protocol for tools
#
# Your tools live in one program, and others want them. The **Model Context Protocol** (MCP) puts them behind two messages of JSON-RPC: `tools/list` and `tools/call`, one JSON object a line, over a pipe or HTTP. Its shape fits into one cell. (The real one adds a handshake, versions, and more kinds of messages.)


# %%
def reply_to(request, registry):
    """Answer one request of the protocol."""
    method, given = request["method"], request.get("params", {})
    if method == "tools/list":
        result = {"tools": [described(tool) for tool in registry.values()]}
    elif method == "tools/call":
        outcome = answered(registry, given["name"], json.dumps(given["arguments"]))
        result = {"content": [{"type": "text", "text": outcome.text}], "isError": outcome.failed}
    else:
        return {"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32601, "message": "no such method"}}
    return {"jsonrpc": "2.0", "id": request["id"], "result": result}


def serve(requests, replies, registry):
    with open(requests) as incoming, open(replies, "w") as out:
        for line in incoming:
            print(json.dumps(reply_to(json.loads(line), registry)), file=out, flush=True)


# %% [markdown]
# Two pipes connect the server, here in a thread, to a client that knows nothing about the office but what `tools/list` says. Closing the first pipe ends the server.

# %%
messages = [
    ("tools/list", {}),
    ("tools/call", {"name": "balance", "arguments": {"account": "savings"}}),
    ("tools/call", {"name": "refund", "arguments": {"order_id": 99, "amount": 5}}),
    ("tools/delete", {}),
]

# %%
(there, to_server), (from_server, back) = os.pipe(), os.pipe()
server = threading.Thread(target=serve, args=(there, back, Office().tools), daemon=True)
server.start()
with open(to_server, "w") as out, open(from_server) as incoming:
    for number, (method, given) in enumerate(messages):
        print(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": given}), file=out, flush=True)
        received = json.loads(incoming.readline())
        shown = received.get("result", received.get("error"))
        print(method, [tool["name"] for tool in shown["tools"]] if "tools" in shown else shown)
server.join(timeout=5)
print("server ended:", not server.is_alive())

# %% [markdown]
# What the protocol standardizes: how tools are found, described and called, so that one server serves many assistants. What it doesn't secure: nobody checks that a description is true, that a result holds no orders for the model, or that this user may refund. A tool server that you install is code that you run, with your rights (4·13).

# %% [markdown]
# ## In practice
#
# A framework has the loop, and the limits as **middleware**: pieces that stand around every call. LangChain's `create_agent` takes plain functions. Here it retries a tool that failed once, and ends after four tool calls.

# %%
from langchain.agents import create_agent
from langchain.agents.middleware import ToolCallLimitMiddleware, ToolRetryMiddleware
from langchain_openai import ChatOpenAI

guards = [
    ToolCallLimitMiddleware(run_limit=4, exit_behavior="end"),
    ToolRetryMiddleware(max_retries=1, initial_delay=0),
]
chat = ChatOpenAI(model=llm.small, **llm.openai_settings)
agent = create_agent(chat, list(Office().tools.values()), middleware=guards)
asked = "How much did we spend on groceries in March, and how much is that per day?"
by_langchain = agent.invoke({"messages": [("user", asked)]})["messages"]
with faults("endless_tools"):
    stopped = agent.invoke({"messages": [("user", "How much did we spend on energy in June?")]})["messages"]
chat.root_client.close()

by_hand, _ = unbounded(asked)
print("the same answer:", by_langchain[-1].text == by_hand[-1]["content"])
print("ended by:", stopped[-1].text)

# %% [markdown]
# The same answer as our loop's, and a limit on tool calls. But a retry around `refund` would have paid twice: name the tools that may be retried (`tools=[...]`), and leave out those that act.
#
# - Give read-only tools first. Everything that pays, deletes or writes to a person waits for a person's yes.
# - The permission check lives **in the tool**, with the *user's* identity, not in the prompt. A model can be talked out of a sentence.
# - Log every call with arguments and result. It is the only record of why money moved.
# - A tool's output is untrusted input: it goes into the prompt (4·13).

# %% [markdown]
# **With a real model.** Planning improves a lot: "may" is no month, and it writes its own summary. Wrong but valid arguments remain; they become rarer, and less conspicuous. Section 5's exchanged numbers are the ones to watch. Costs grow by the square as here, less what the provider's cache saves.

# %% [markdown]
# ## Check yourself
#
# **1.** The arguments of a tool call are (a) Python objects, (b) guaranteed by the schema to be right, (c) untrusted text that you validate, (d) checked by the provider.
#
# **2.** A tool raised an exception. What do you tell the model? (a) Nothing, and repeat the call. (b) The exception's type and a short message. (c) The traceback. (d) Nothing, and end the conversation.
#
# **3.** Ten steps succeed with 0.95 each, independently, and all are needed. The whole succeeds with about (a) 0.95, as the weakest step, (b) 0.50, since 5 % are lost ten times, (c) it can't be said, (d) 0.60.
#
# <details><summary>Answer</summary>
#
# **1 c.** A model wrote them. (a) OpenAI's are JSON text; Anthropic's are parsed, not checked. (b) A schema knows types: order 20 and 17 euro fit it. (d) A provider that constrains decoding guarantees the shape at most.
#
# **2 b.** It is what a reader needs to do better. (a) hides that something failed, and may pay twice. (c) costs tokens, and shows file paths and source to whoever reads the answer. (d) gives up on what a second call might do.
#
# **3 d.** 0.95 to the tenth is 0.599. (a) would hold if all failed together. (b) Losses don't add up: the second step can only lose what the first left. (c) Independence was given.
#
# </details>

# %% [markdown]
# ## In short
#
# - A model writes wishes; your program acts, and answers each wish once.
# - Names, descriptions and types are the prompt. Test them on tasks.
# - Errors become short texts: what is wrong, and what would be right.
# - Limit steps, money and time, detect circles by call *and result*, and end with a last word instead of silence.
# - Types don't stop exchanged numbers, and retries pay twice: check against the user's text, and give payments a key.
# - Judge an agent by the state that it leaves, then by its path.

# %% [markdown]
# ## Next
#
# [Open the exercises](../../work/04_llm_production/10_tools_and_agents.ipynb): a schema from a function, a call that never raises, the conversation with results, the loop detector, and the agent with all its limits. Then lesson 12 adapts a model with a third of a percent of its weights.

# %% tags=["claims"]
assert reply.finish_reason == "tool_calls" and len(reply.message.tool_calls) == 2 and said.stop_reason == "tool_use"
assert len(tasks()) == 30 and moved["name"] <= 2 and 6 <= moved["name and description"] <= 15
assert len(prompts) == 3 and prompts == sorted(prompts)
assert np.ptp(np.diff(sizes)) == 0 and growth > 0 and 100 < last < 400
assert run.outcome == "answered" and once.paid == [(17, 20)] and payments.paid == [(17, 20)] * 2
assert [circling(history) for history in histories.values()] == [True, True, False]
assert not supported("Refund 20 euro for order 17.", 20, 17) and supported("Refund 20 euro for order 17.", 17, 20)
assert finished == ["c", "b", "a"] and list(gathered) == ["a", "b", "c", "d"] and gathered["d"].startswith("Error")
assert table["state"].all() and table["success"].sum() == 25 and len(table) == 30
assert (table["calls"] <= table["needed"]).all()
assert round(0.95**5, 2) == 0.77 and round(ten, 2) == 0.60
assert not server.is_alive() and by_langchain[-1].text == by_hand[-1]["content"]
