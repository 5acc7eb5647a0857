# /// lesson
# minutes = 50
# exercise_minutes = 97
# needs = ["04_llm_production/02_llm_apis", "01_fundamentals/03_objects_and_types"]
# seconds = 60
# memory_mb = 530
# ///

# %% [markdown]
# # Get data you can trust out of text
#
# **Why.** A service read invoices and returned valid JSON for eight months. In the ninth an audit found that 6 % of the totals were wrong by a factor of ten. No exception had ever been raised, no request had failed, and every answer had the right keys and types. Where should the alarm have been?
#
# **You will**
# - describe a result as a Pydantic model and send its JSON schema to two providers,
# - tell four failures apart: no JSON, wrong shape, wrong meaning, not supported by the source,
# - repair invalid answers in a loop that ends,
# - check values against each other and against the text they came from,
# - count what no failed request shows: answers that were accepted and wrong.
#
# **You need** lessons 4·02 (calling a model) and 1·03 (types that refuse wrong values). 50 minutes, and 97 for the exercises.

# %%
import json
import random
from datetime import date
from decimal import Decimal
from typing import Literal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from openai import LengthFinishReasonError
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError

from handrail.kit.grounding import repaired, stated
from handrail.kit.invoices import WITH_FREIGHT, invoices
from handrail.kit.llm import connect, faults
from handrail.kit.tickets import tickets

plt.style.use("handrail.kit.course")
llm = connect()

# %% [markdown]
# A stand-in answers: rules that fill a schema from a text, not a language model. So nothing here says how often a real model errs. We *order* its failures, at rates chosen by us, and ask what your own code notices. That part is real.
#
# The texts are sixty invoices to Halden Freight. Companies and amounts are invented, the generator keeps the truth about each, and half of them write numbers the German way. Here is the second one.

# %%
documents = invoices()
print(documents[1].text)
print("\nThe truth:", documents[1].truth["total"], documents[1].truth["due"])

# %% [markdown]
# ## 1. Ask politely, parse hopefully
#
# The obvious prompt asks for JSON in words. Look at the keys of what comes back.

# %%
request = f"Which vendor, and which total? Answer as JSON.\n\nInvoice:\n{documents[1].text}"
reply = llm.openai.chat.completions.create(model=llm.small, messages=[{"role": "user", "content": request}])
print(list(json.loads(reply.choices[0].message.content)))

# %% [markdown]
# It is JSON, and it has one key that you didn't ask for: the prompt never said what the keys are called. (The stand-in puts a sentence there. A real model guesses keys, and guesses others tomorrow.)
#
# A **JSON schema** says it exactly: a dictionary that names keys, types and which keys must be there. It travels in `response_format`, beside the messages. The instructions in the prompt stay as they were.

# %%
schema = {
    "type": "object",
    "properties": {"vendor": {"type": "string"}, "total": {"type": "number"}},
    "required": ["vendor", "total"],
}


def ask(messages, schema):
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}
    reply = llm.openai.chat.completions.create(model=llm.small, messages=messages, response_format=form)
    return reply.choices[0].message.content


def about(document):
    return [{"role": "user", "content": f"Extract the invoice.\n\nInvoice:\n{document.text}"}]


print(ask(about(documents[1]), schema))

# %% [markdown]
# Note the total: the text says `1.607,86`, the answer `1607.86`. Now let the stand-in fail, twice. `faults` orders one fault for each request: these are the two classic ways in which an answer isn't JSON. What would you have to remove from the first? And could you repair the second?

# %%
with faults("malformed_json", "truncate"):
    for name in ("malformed", "truncated"):
        print(f"--- {name}\n{ask(about(documents[1]), schema)}")

# %% [markdown]
# The first hides its JSON between a greeting, a fence and a wish, and has a comma before the last brace. The second stops in the middle, as every answer does that reaches `max_tokens`. A model that is asked in words alone does both.
#
# How often does a service meet them? Chosen by us: 10 % malformed, 4 % truncated. So we draw a fault, or none, for each of 300 requests, the same ones on every machine, and order them: all sixty invoices, five times.


# %%
def drawn(rates, count, seed):
    """Draw the faults of so many requests: mostly "none"."""
    weights = [*rates.values(), 1 - sum(rates.values())]
    return random.Random(seed).choices([*rates, "none"], weights, k=count)


def is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


with faults(*drawn({"malformed_json": 0.10, "truncate": 0.04}, 300, seed=2)):
    parses = [is_json(ask(about(document), schema)) for document in documents * 5]
print(f"{parses.count(False)} of {len(parses)} answers aren't JSON")

# %% [markdown]
# About one in seven, as ordered. This failure is the harmless one: `json.loads` raises, and you know. A finder that reads past fences and prose is your first exercise.
#
# ## 2. Say what you want in a type
#
# You met dataclasses that refuse wrong values in 1·03. A Pydantic `BaseModel` does that for data from outside: it converts (`"2026-03-01"` becomes a `date`), refuses what doesn't fit, and writes its own JSON schema. Look at the types: money is `Decimal`, never `float`; a currency is one of three.


# %%
class Item(BaseModel):
    description: str
    quantity: int = Field(gt=0)
    price: Decimal = Field(description="price of one piece")


class Invoice(BaseModel):
    vendor: str
    number: str = Field(description="invoice number")
    issued: date
    due: date = Field(description="date by which to pay")
    currency: Literal["EUR", "GBP", "USD"]
    items: list[Item]
    total: Decimal = Field(description="amount to pay")


# %% [markdown]
# Pydantic writes the schema. Find what became of `Literal`, of `date`, and of the description.

# %%
wanted = Invoice.model_json_schema()
print(wanted["required"])
for name in ("due", "currency"):
    print(name, {key: value for key, value in wanted["properties"][name].items() if key != "title"})

# %% [markdown]
# The description of a field travels with the schema, so a description is part of the prompt: put there what a colleague would have to be told. Both SDKs take the class itself, send its schema, and validate the answer. OpenAI calls the argument `response_format` and the result `parsed`.

# %%
reply = llm.openai.chat.completions.parse(model=llm.small, messages=about(documents[1]), response_format=Invoice)
invoice = reply.choices[0].message.parsed
print(repr(invoice.due), repr(invoice.total), invoice.currency)
print(invoice.items[0])

# %% [markdown]
# Anthropic's SDK calls them `output_format` and `parsed_output`. LangChain hides the difference behind `with_structured_output`. Do the three agree, and are they right?

# %%
from langchain_openai import ChatOpenAI

message = llm.anthropic.messages.parse(
    model=llm.small, max_tokens=500, messages=about(documents[1]), output_format=Invoice
)
chat = ChatOpenAI(model=llm.small, **llm.openai_settings)
by_langchain = chat.with_structured_output(Invoice, method="json_schema").invoke(about(documents[1]))
chat.root_client.close()

truth = Invoice(**documents[1].truth)
print(message.parsed_output == by_langchain == invoice, invoice == truth)

# %% [markdown]
# What does the type refuse? Five answers that are all JSON. Predict which ones raise, before you run the cell.

# %%
good = json.loads(truth.model_dump_json())
damaged = {
    "a missing key": {key: value for key, value in good.items() if key != "vendor"},
    "a currency of its own": good | {"currency": "Euro"},
    "the 31st of June": good | {"due": "2026-06-31"},
    "due before it was issued": good | {"due": "2020-01-01"},
    "ten times the total": good | {"total": "16078.60"},
}
for name, value in damaged.items():
    try:
        Invoice.model_validate(value)
        print(f"{name:26} accepted")
    except ValidationError as error:
        print(f"{name:26} refused: {error.errors()[0]['loc'][0]}, {error.errors()[0]['type']}")

# %% [markdown]
# A type knows one field at a time. It refuses impossible dates, and accepts possible ones that are wrong.
#
# Real providers go further and make invalid answers impossible: in **constrained decoding** the program that draws the next token (4·01) sets the probability of every token that would break the schema to zero. Then keys and types are guaranteed, as far as the answer isn't cut. Whether a number is the right number is a question that the schema doesn't ask.
#
# ## 3. Four failures, four layers
#
# The mixture for the rest of this lesson, chosen by us. `silent_wrong` multiplies one number at the top of the answer by ten, which here is always the total: valid, and wrong.

# %%
MIX = {"malformed_json": 0.10, "truncate": 0.04, "schema_violation": 0.08, "silent_wrong": 0.06}
with faults(*MIX):
    for name in MIX:
        answer = ask(about(documents[0]), wanted)
        print(f"{name:17}{answer[:20]!r} ... {answer[-26:]!r}")
print("\nright:", documents[0].truth["vendor"], documents[0].truth["total"])

# %% [markdown]
# Before you compare layers, note how the SDKs report the second one: two answers, cut after 40 tokens.

# %%
try:
    llm.openai.chat.completions.parse(
        model=llm.small, max_tokens=40, messages=about(documents[0]), response_format=Invoice
    )
except LengthFinishReasonError as error:
    print("openai:   ", type(error).__name__)
try:
    llm.anthropic.messages.parse(model=llm.small, max_tokens=40, messages=about(documents[0]), output_format=Invoice)
except ValidationError as error:
    print("anthropic:", type(error).__name__, error.errors()[0]["type"])

# %% [markdown]
# OpenAI's names the cause. Anthropic's looks like any invalid answer, and a repair that sends it back with the same limit is cut again. Look at the stop reason before you repair.
#
# Now the month's work: sixty invoices, five times each, so 300 answers: about 22 % should be refused, and about 6 % look fine. The stand-in's log tells which fault each request got; in production nobody tells you.

# %%
llm.reset()
with faults(*drawn(MIX, 300, seed=2)):
    answers = [(document, ask(about(document), wanted)) for document in documents * 5]
table = pd.DataFrame(answers, columns=["document", "raw"])
table["fault"] = [entry["fault"] or "none" for entry in llm.log()]
print(table["fault"].value_counts().to_string())

# %% [markdown]
# Each answer meets the layers in order, and the first that refuses it stops it. Here are the first two: is it JSON, and does it have the shape? Find the row that no layer stops.


# %%
def first_layer(document, raw, layers):
    """Name the first layer that refuses the answer, or say that it was accepted."""
    for name, refuses in layers.items():
        if refuses(document, raw):
            return name
    return "accepted"


def wrong_shape(document, raw):
    try:
        Invoice.model_validate_json(raw)
    except ValidationError:
        return True
    return False


# %%
layers = {"not JSON": lambda document, raw: not is_json(raw), "wrong shape": wrong_shape}
table["stopped by"] = [first_layer(row.document, row.raw, layers) for row in table.itertuples()]
crossed = pd.crosstab(table["fault"], table["stopped by"])
print(crossed.to_string())

# %% [markdown]
# Every malformed, truncated or incomplete answer was stopped, by the layer made for it. And every silent one was accepted: two layers of validation, and not one of them was noticed.
#
# ## 4. Repair
#
# An answer that was refused isn't lost. Send it back with the reason, and ask again: the model sees what it wrote and what is wrong with it. One step, written out.

# %%
row = table[table["fault"] == "schema_violation"].iloc[0]
try:
    Invoice.model_validate_json(row.raw)
except ValidationError as error:
    problem = f"{error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}"

conversation = [
    *about(row.document),
    {"role": "assistant", "content": row.raw},
    {"role": "user", "content": f"This is not valid. {problem}. Send the corrected JSON only."},
]
print(problem)
print(Invoice.model_validate_json(ask(conversation, wanted)) == Invoice(**row.document.truth))

# %% [markdown]
# Both parts matter. Without the error the model doesn't know what to change; without its own answer it doesn't know what "items.2" refers to. (The stand-in reads neither: it fills the schema anew, and what goes wrong next is ordered by us. A real model uses them.)
#
# `repaired` of the course repeats this until an answer validates or `limit` calls are used; you write it in exercise 4. We give it three calls, one request and two repairs, and count them.

# %%
results = []
with faults(*drawn(MIX, 900, seed=2)):
    for document in documents * 5:
        outcome = repaired(lambda turns: ask(turns, wanted), about(document), Invoice.model_validate_json, 3)
        results.append((document, outcome))

calls = np.array([outcome.calls for _, outcome in results])
broken = np.array([(calls > 1).mean(), (calls > 2).mean(), np.mean([o.value is None for _, o in results])])
print("still invalid after 0, 1, 2 repairs:", (100 * broken).round(1), "%")
print(f"calls for a valid answer: {calls.sum() / sum(o.value is not None for _, o in results):.2f}")

# %% [markdown]
# If a repair fails as often as a first answer, 0.22 of them, the share that is left after k repairs is 0.22^(k+1). The bars are the 300 runs, the lines where 95 % of such experiments would end. What do the second and the third call cost?

# %%
expected = 0.22 ** np.arange(1, 4)
spread = 1.96 * np.sqrt(expected * (1 - expected) / len(results))
_, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), width_ratios=(3, 2))
left.bar(range(3), 100 * broken, width=0.6, color="#9CC3E0")
left.errorbar(range(3), 100 * expected, 100 * spread, fmt="o", color="k", capsize=6, markersize=4)
for repairs, share in enumerate(broken):
    left.text(repairs + 0.07, 100 * share + 0.5, f"{share:.1%}")
left.set(
    ylim=(0, 28), xticks=range(3), xlabel="repairs", ylabel="still invalid, %", title="Each repair leaves about a fifth"
)
bars = right.bar(range(1, 4), np.bincount(calls, minlength=4)[1:], width=0.6, color=["C0", "#9CC3E0", "#9CC3E0"])
right.bar_label(bars)
right.set(xticks=range(1, 4), xlabel="calls", ylabel="invoices", ylim=(0, 270), title="Most need one call")
plt.show()

# %% [markdown]
# Two repairs bring the invalid ones from about a fifth to about one in a hundred, for about a quarter more calls. The last one goes to a person: a loop without an end pays for ever on the one document that can't be read.
#
# **Predict before you run.** Nearly every answer now validates. Of the 300, how many have the right total?

# %%
valid = [(document, outcome.value) for document, outcome in results if outcome.value is not None]
right_total = [value.total == document.truth["total"] for document, value in valid]
print(f"valid: {len(valid)} of {len(results)}; of these with the right total: {np.mean(right_total):.1%}")

# %% [markdown]
# If you said *all*, you took valid for right. The repairs added answers that have the right shape, and these are silently wrong as often as the others. That was month nine: no exception, no failed request, and one total in thirteen off by a factor of ten.
#
# ## 5. How it fails: the silent one
#
# What could notice? Two witnesses, neither of which is the model. The first is the invoice itself: fields that must agree with each other. The total is the sum of the items, to the cent. Python's `Decimal` keeps the cents exact; with floats, 3 × 42.10 is 126.30000000000001.

# %%
CENT = Decimal("0.01")


def sum_differs(document, invoice):
    return abs(sum(item.quantity * item.price for item in invoice.items) - invoice.total) > CENT


stopped = [sum_differs(document, value) for document, value in valid]
print(pd.crosstab(pd.Series(stopped, name="sum differs"), pd.Series(right_total, name="total right")).to_string())

# %% [markdown]
# Every wrong total is stopped. So are eight right ones: look at what two of the sixty papers say.

# %%
print(documents[WITH_FREIGHT[0]].text.split("\n\n")[1])

# %% [markdown]
# Freight was added below the items, so the paper itself doesn't add up the way your rule thinks. A rule that stops an answer doesn't prove that the answer is wrong; it proves that somebody should look. Two of sixty is a price that this rule can be worth.
#
# But many texts have nothing to add up. Eighteen messages to the help desk name one amount each. All eighteen answers are silently wrong now, on purpose. What can the second witness, the *source*, tell? A value that was read must stand in the text.


# %%
class Claim(BaseModel):
    amount: Decimal = Field(description="amount of money")
    currency: Literal["EUR", "GBP"]


messages = [text for text, fields in tickets()[["text", "fields"]].itertuples(index=False) if "amount" in fields]


def read(text):
    return Claim.model_validate_json(ask([{"role": "user", "content": f"Message:\n{text}"}], Claim.model_json_schema()))


claims = [read(text) for text in messages]
with faults(*["silent_wrong"] * len(messages)):
    wrong_claims = [read(text) for text in messages]
print(messages[1], "->", claims[1].amount, "and", wrong_claims[1].amount)

# %% [markdown]
# The first idea is `str(value) in text`. `stated` of the course reads both ways of writing numbers and three of dates, and accepts a value only as a whole token; you write it in exercise 5. Compare the two on right values and on wrong ones: a good witness finds all of the right and none of the wrong.


# %%
def naive(value, source):
    return str(value) in source


amounts = [claim.amount for claim in claims]
totals = [document.truth["total"] for document in documents]
papers = [document.text for document in documents]
trials = {
    "messages, right amount": (amounts, messages),
    "messages, ten times": ([claim.amount for claim in wrong_claims], messages),
    "messages, last digit lost": ([amount // 10 for amount in amounts], messages),
    "invoices, right total": (totals, papers),
    "invoices, ten times": ([total * 10 for total in totals], papers),
}
for name, (values, texts) in trials.items():
    found = [sum(map(witness, values, texts)) for witness in (naive, stated)]
    print(f"{name:26} of {len(texts)}: naive finds {found[0]:>2}, stated {found[1]:>2}")

# %% [markdown]
# The naive check misses three quarters of the right totals, because `1607.86` is written `1,607.86` on one paper and `1.607,86` on the next. It would send most papers to a person, who would switch it off within a week. And it finds amounts that nobody wrote: 25 in 250.
#
# `stated` makes no mistake here.
#
# Now all layers in a row, for the 300 answers of section 3, and the question that counts: what was accepted, and was it right?


# %%
def meaning(rule):
    return lambda document, raw: rule(document, Invoice.model_validate_json(raw))


def unsupported(document, invoice):
    values = [invoice.total, invoice.issued, invoice.due, invoice.number, *(item.price for item in invoice.items)]
    return not all(stated(value, document.text) for value in values)


every = {**layers, "sum differs": meaning(sum_differs), "not in source": meaning(unsupported)}
table["stopped by"] = [first_layer(row.document, row.raw, every) for row in table.itertuples()]
order = [*every, "accepted"]
print(pd.crosstab(table["fault"], table["stopped by"]).reindex(columns=order, fill_value=0).to_string())

# %% [markdown]
# The row `silent_wrong` is empty under *accepted* now, and the last layer had nothing left to do. On other days it would. Four kinds of damage, made by hand on the second invoice, show why neither witness replaces the other.


# %%
def damage(**changes):
    return truth.model_copy(update=changes)


tenfold = [item.model_copy(update={"price": item.price * 10}) for item in truth.items]
cases = {
    "total × 10": damage(total=truth.total * 10),
    "a price in place of the total": damage(total=truth.items[0].price),
    "all prices and the total × 10": damage(items=tenfold, total=truth.total * 10),
    "another currency": damage(currency="USD"),
}
for name, case in cases.items():
    sees_sum, sees_source = sum_differs(documents[1], case), unsupported(documents[1], case)
    print(f"{name:31} sum: {'stops' if sees_sum else '-':7} source: {'stops' if sees_source else '-'}")

# %% [markdown]
# A value that stands somewhere in the text may stand there for another reason, and a rule is satisfied by errors that agree with each other. The last line passes both. Nobody checks the currency, so nobody would know: the lines say `EUR`, and it would take one more rule.
#
# The figure adds one layer at a time to the 300 answers, without repairs. Watch the red part: which layer removes it, and what does it cost in reviews?

# %%
right = [
    not wrong_shape(row.document, row.raw) and json.loads(row.raw)["total"] == float(row.document.truth["total"])
    for row in table.itertuples()
]
steps = []
for count in range(1, 5):
    some = dict(list(every.items())[:count])
    verdict = [first_layer(row.document, row.raw, some) for row in table.itertuples()]
    accepted = np.array([one == "accepted" for one in verdict])
    # A program that has no shape to rely on fails on the next line: an answer of the wrong shape counts as wrong.
    steps.append((int((accepted & right).sum()), int((accepted & ~np.array(right)).sum()), int((~accepted).sum())))
print(pd.DataFrame(steps, index=["JSON", "+ shape", "+ sum", "+ source"], columns=["right", "wrong", "to review"]))

# %%
_, ax = plt.subplots(figsize=(8, 3.2))
start = np.zeros(4)
inks = {"accepted, right": "#9CC3E0", "accepted, wrong": "#D55E00", "to review": "#C4C4C4"}
for (name, ink), width in zip(inks.items(), np.transpose(steps), strict=True):
    bars = ax.barh(["JSON", "+ shape", "+ sum", "+ source"], width, left=start, color=ink, height=0.6)
    ax.bar_label(bars, [w or "" for w in width], label_type="center", color="w" if "wrong" in name else "k")
    ax.text(start[0] + width[0] / 2, -0.45, name.replace(", wrong", ",\nwrong"), ha="center")
    start += width
ax.set(xlabel="answers", xlim=(0, 310))
ax.set_title("Only the layers of meaning remove what is accepted and wrong", pad=28)
ax.invert_yaxis()
ax.grid(False)

# %% [markdown]
# With both layers of meaning no wrong total is accepted, and eight right ones in 300 are reviewed without need. That is the price, and it is known.
#
# Is everything that was accepted right, then? You have the truth, so compare whole records, not only totals.

# %%
accepted = table[table["stopped by"] == "accepted"]
read_as = [Invoice.model_validate_json(row.raw) for row in accepted.itertuples()]
real = [Invoice(**document.truth) for document in accepted["document"]]
differing = {
    (mine.description, own.description)
    for one, other in zip(read_as, real, strict=True)
    for mine, own in zip(one.items, other.items, strict=True)
    if mine != own
}
print(sum(a != b for a, b in zip(read_as, real, strict=True)), "accepted records differ from the truth:", differing)

# %% [markdown]
# A mistake that nobody ordered: the stand-in cuts "lunch for a meeting" short. No sum depends on a description, and "lunch" stands in the source. Only a sample read by a person would find it. A field that nobody checks is a field that nobody should build on.
#
# How large must that sample be? Suppose nothing else checks: so many answers a week are silently wrong at some rate, and a person reads a share of them. How many wrong ones slip through a week, and how long until the first is seen?


# %%
def sampled(silent=0.06, read_share=0.05, a_week=100):
    """Draw the chance that sampling has noticed a silent failure, week by week."""
    missed = (1 - silent * read_share) ** a_week
    half = np.log(0.5) / np.log(missed)
    _, ax = plt.subplots(figsize=(7, 3))
    weeks = np.arange(0, 27)
    ax.plot(weeks, 100 * (1 - missed**weeks), color="C0")
    ax.plot(half, 50, "o", color="C5")
    story = f"even chance after {half:.1f} weeks,\n{a_week * silent * half:.0f} wrong answers"
    ax.text(half + 0.4, 46, story, va="top")
    ax.set(xlabel="weeks", ylabel="noticed, %", ylim=(0, 102), xlim=(0, 26))
    ax.set_title(f"A person who reads {read_share:.0%} of {a_week} answers a week")
    return half


half = sampled()
print(f"even chance after {half:.1f} weeks")

# %% tags=["widget"]
from ipywidgets import FloatSlider, IntSlider, interact


def _draw(silent, read_share, a_week):
    sampled(silent, read_share, a_week)
    plt.show()


_ = interact(
    _draw,
    silent=FloatSlider(value=0.06, min=0.01, max=0.2, step=0.01),
    read_share=FloatSlider(value=0.05, min=0.01, max=0.5, step=0.01),
    a_week=IntSlider(value=100, min=20, max=500, step=20),
)

# %% [markdown]
# Somebody who reads five of a hundred has an even chance to notice after two weeks. So sampling alone is slow, but it is the only layer that finds what no rule describes.
#
# ## 6. A schema grows
#
# Stored answers outlive the class that read them. Three changes that a colleague makes in the second version: `due` becomes `pay_by`, a new field appears, dollars go, "since nobody uses them". Before the release, **replay**: load last month's answers, the sixty that were right, with each new class. How many no longer load?


# %%
class Renamed(Invoice):
    due: date = Field(alias="pay_by")


class BothNames(Invoice):
    due: date = Field(validation_alias=AliasChoices("pay_by", "due"))


class NewRequired(Invoice):
    cost_center: str


class NewOptional(Invoice):
    cost_center: str | None = None


class NoDollars(Invoice):
    currency: Literal["EUR", "GBP"]


# %%
stored = [Invoice(**document.truth).model_dump_json() for document in documents]
for version in (Renamed, BothNames, NewRequired, NewOptional, NoDollars):
    failed = 0
    for answer in stored:
        try:
            version.model_validate_json(answer)
        except ValidationError:
            failed += 1
    print(f"{version.__name__:12} {failed:>2} of 60 don't load")

# %% [markdown]
# A rename needs an alias for the old name, a new field needs to be optional. The thirteen invoices in dollars are what the replay is for: nobody would have asked.
#
# And what about keys that the class doesn't know? Pydantic ignores them unless you say otherwise. Which of the two do you want for a misspelled key?


# %%
class Strict(NewOptional):
    model_config = ConfigDict(extra="forbid")


misspelled = json.dumps(good | {"cost_centre": "4711"})
print("ignored:", NewOptional.model_validate_json(misspelled).cost_center)
try:
    Strict.model_validate_json(misspelled)
except ValidationError as error:
    print("refused:", error.errors()[0]["loc"], error.errors()[0]["type"])

# %% [markdown]
# Ignoring lost the value without a word: British spelling, `None`. Forbid unknown keys in what a *model* sends you, so that a lost value is an error; ignore them in what you *store*, so that yesterday's program can read tomorrow's records. And write the version into each record, so that nobody has to guess.

# %% [markdown]
# ## 7. What to log
#
# The alarm that was missing is a number a week: the share of answers that went to review, and which layer sent them. Keep the raw answer, the parsed value, the layer that refused it, the version of the prompt and of the schema. Twelve weeks of 30 invoices; from week 9 on about one answer in eight is silently wrong. (The rates are chosen by us.)

# %%
log = []
for week in range(1, 13):
    rates = {"malformed_json": 0.07, "silent_wrong": 0.125 if week >= 9 else 0.0}
    with faults(*drawn(rates, 30, seed=week)):
        for document in documents[30 * (week % 2) :][:30]:
            raw = ask(about(document), wanted)
            layer = first_layer(document, raw, every)
            log.append({"week": week, "raw": raw, "layer": layer, "prompt": "v1", "schema": 1})
log = pd.DataFrame(log)
shares = pd.crosstab(log["week"], log["layer"], normalize="index").mul(100).round(0).astype(int)
print(shares.to_string())

# %%
_, ax = plt.subplots(figsize=(7.5, 3.2))
ax.plot(shares.index, shares["not JSON"], "o-", color="#8A8A8A")
ax.plot(shares.index, shares["sum differs"], "o-", color="#D55E00")
ax.axvline(8.5, color="k", linewidth=0.8, linestyle=":")
ax.text(12.15, shares["not JSON"].iloc[-1], "not JSON", color="#555555", va="center")
ax.text(12.15, shares["sum differs"].iloc[-1], "sum differs", color="#D55E00", va="center")
ax.text(8.4, 26, "the model changes ", ha="right")
ax.set(xlabel="week", ylabel="share of answers, %", xlim=(0.5, 14.2), ylim=(0, 30), xticks=range(1, 13))
ax.set_title("Failed answers look as ever; the layer of meaning raises the alarm")
plt.show()

# %% [markdown]
# The gray line is what a service usually watches: errors. It shows nothing. The orange one goes from 3 % to 23 % within a week. The invoice with freight that is in every batch keeps it above zero before, which is why an alarm needs a history, not a threshold of zero.

# %% [markdown]
# ## In practice
#
# - Treat an answer as untrusted input, like a form on the internet. Never `eval` it.
# - Keep numbers as text or integers until they are `Decimal`; a `float` loses the cents that your sum rule needs.
# - Where nothing was found, say "unknown". A default looks like an answer.
# - Repair once or twice, then hand over to a person, together with the raw answer and the source.
# - Check the cheap thing first: JSON, shape, sums, source. Then sample.
#
# **With a real model.** Constrained decoding makes the first two failures rare, so sections 1 and 4 shrink; repairs read the error and succeed more often than first answers. Silent errors remain, they aren't always a factor of ten, and their rate is unknown until you measure it: sections 5 and 7 grow. The rates of this lesson say nothing about any model.

# %% [markdown]
# ## Check yourself
#
# **1.** An answer validates against its schema. Then it is (a) correct, (b) well-formed, (c) complete with respect to the source, (d) safe to execute.
#
# **2.** What do you do with an invalid answer? (a) Ask again until it validates. (b) Accept it with defaults for what is missing. (c) Ask once or twice more with the error's text, then hand it to a person. (d) Ask the schema for less.
#
# **3.** Silent failures are found by (a) type hints, (b) retries, (c) a larger `max_tokens`, (d) rules between fields, the source, and people who read a sample.
#
# <details><summary>Answer</summary>
#
# **1 b.** It has the keys and types. (a) Ten times the total validated as well as the total. (c) A schema never sees the source: an invoice with one item too few validates. (d) A text field can hold anything, a command too.
#
# **2 c.** Section 4: two repairs leave about one in a hundred, and it has to end somewhere. (a) never ends on a document that can't be read. (b) turns a visible failure into a silent one. (d) makes the answer valid and the data useless.
#
# **3 d.** Each of the three knows something that the model doesn't decide. (a) A wrong `Decimal` is a `Decimal`. (b) Nothing failed, so nothing is retried. (c) helps truncated answers, which aren't silent.
#
# </details>

# %% [markdown]
# ## In short
#
# - A type in code becomes a schema on the wire and a validator on the way back.
# - No JSON and wrong shape are loud: find, repair with the error's text, stop after two.
# - Wrong meaning is silent. Fields that must agree and the source text are the two witnesses, and they miss different things.
# - Count accepted and wrong, against a sample with known truth. Validity is not a measure of quality.
# - Log the layer that refused. Its share by week is the alarm.

# %% [markdown]
# ## Next
#
# [Open the exercises](../../work/04_llm_production/04_structured_outputs.ipynb): a JSON finder, a schema checker, rules for an invoice, the repair loop and the source check. Then lesson 05 finds the paragraph that an answer should come from.

# %% tags=["claims"]
assert invoice == truth == by_langchain == message.parsed_output and len(documents) == 60
assert parses.count(False) == 45 and abs(parses.count(False) / 300 - 1 / 7) < 0.02
counts = table["fault"].value_counts()
assert abs(counts.drop(["none", "silent_wrong"]).sum() / 300 - 0.22) < 0.02
assert abs(counts["silent_wrong"] / 300 - 0.06) < 0.01
assert crossed.loc["silent_wrong"].to_dict() == {"accepted": counts["silent_wrong"], "not JSON": 0, "wrong shape": 0}
assert crossed["accepted"].sum() == counts[["none", "silent_wrong"]].sum()
assert problem.split(":")[0].split(".")[0] in Invoice.model_fields  # which field is damaged is the stand-in's affair

assert np.allclose(broken, [0.22, 0.047, 0.007], atol=0.004) and (abs(broken - expected) < spread).all()
assert 1.2 < calls.sum() / 300 < 1.3 and len(valid) == 298
assert abs(1 - np.mean(right_total) - 1 / 13) < 0.003 and np.bincount(calls)[1] == 233
assert 3 * 42.1 == 126.30000000000001 and sum(stopped) == 31
assert sum(stop and good_one for stop, good_one in zip(stopped, right_total, strict=True)) == 8
assert len(messages) == 18 and all(x.amount == 10 * y.amount for x, y in zip(wrong_claims, claims, strict=True))
by_naive, by_stated = ({name: sum(map(witness, *pair)) for name, pair in trials.items()} for witness in (naive, stated))
assert list(by_stated.values()) == [18, 0, 0, 60, 0]
assert by_naive["invoices, right total"] == 15 and by_naive["messages, last digit lost"] > 5
assert naive(amounts[0] // 10, messages[0]) and amounts[0] == 250
assert steps == [(212, 43, 45), (212, 20, 68), (204, 0, 96), (204, 0, 96)]
assert table["stopped by"].ne("not in source").all()
assert differing == {("lunch", "lunch for a meeting")}
assert 2 < half < 2.5 and failed == 13
assert (
    (shares.loc[:8, "sum differs"] == 3).all()
    and (shares.loc[9:, "sum differs"] >= 10).all()
    and shares.loc[9, "sum differs"] == 23
)
assert shares.loc[9:, "not JSON"].max() <= shares.loc[:8, "not JSON"].max()
