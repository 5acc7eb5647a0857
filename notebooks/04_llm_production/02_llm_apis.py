# /// lesson
# minutes = 55
# exercise_minutes = 93
# needs = ["01_fundamentals/03_objects_and_types", "01_fundamentals/05_pandas_tables", "04_llm_production/01_how_llms_generate"]
# seconds = 40
# memory_mb = 1100
# ///

# %% [markdown]
# # Call a model that is slow, expensive and sometimes down
#
# **Why.** A script that asks a model works on its author's desk. In production the same 300 calls run one after the other for minutes, some of them fail, and at the end of the month nobody can say what they cost. What does a program need around a call that takes a second, costs money and may not come back?
#
# **You will**
# - ask two providers through their libraries, and see what is the same and what isn't,
# - read the bytes of a stream, and say what streaming makes faster,
# - keep many calls in the air at once without being turned away,
# - decide for each error: repeat, wait or give up,
# - know what every feature costs, and stop *before* a limit is passed.
#
# **You need** lessons 1·03 (classes), 1·05 (tables) and 4·01 (tokens, stop reasons). 55 minutes, and 93 for the exercises.

# %%
import asyncio
import json
import os
import random
import time
from contextlib import contextmanager
from decimal import Decimal

import anthropic
import httpx2
import matplotlib.pyplot as plt
import numpy as np
import openai
import pandas as pd

from handrail.kit.calls import BudgetExceeded, Ledger, complete
from handrail.kit.handbook import handbook
from handrail.kit.llm import connect, faults, latency, limits, prices
from handrail.kit.simulate import crowd, retry_storm
from handrail.kit.tickets import INTENTS, tickets

plt.style.use("handrail.kit.course")
llm = connect()

# %% [markdown]
# That line is meant literally. The *stand-in* is a small server on your own machine: it speaks the providers' formats to the letter, and answers by a few fixed rules. So this lesson says nothing about how well a model answers. It is about everything around the answer, which is the same with a real one.
#
# The job: Halden Freight, a company that we invented, sorts messages to its help desk. Sixty of them:

# %%
table = tickets()
messages = table[table["split"] == "dev"]["text"].tolist()[:60]
SORT = f"Sort the message of an employee. Reply with only the label.\nLabels: {', '.join(INTENTS)}, other"

for text in messages[:4]:
    print(text)

# %% [markdown]
# ## 1. The same question to two providers
#
# An API of this kind takes a request over the network (HTTP, as a browser does) and sends a response, both as JSON. Each provider publishes an SDK, a Python library that builds the request and reads the response. Look for four things in the response: the text, why the model stopped, the tokens that you pay for, and who answered.

# %%
asked = [{"role": "system", "content": SORT}, {"role": "user", "content": messages[0]}]
by_openai = llm.openai.chat.completions.create(model=llm.small, messages=asked)
print(by_openai.model_dump_json(indent=1, include={"id", "model", "choices", "usage"}, exclude_none=True))

# %% [markdown]
# The same question in Anthropic's format. What moved, and what has another name?

# %%
by_anthropic = llm.anthropic.messages.create(
    model=llm.small, max_tokens=20, system=SORT, messages=[{"role": "user", "content": messages[0]}]
)
print(by_anthropic.model_dump_json(indent=1, include={"id", "model", "content", "stop_reason", "usage"}))

# %% [markdown]
# | | OpenAI, chat | Anthropic, messages |
# | --- | --- | --- |
# | instructions | a message with the role `system` | the parameter `system` |
# | limit of the answer | `max_completion_tokens`, optional | `max_tokens`, required |
# | text | `choices[0].message.content` | the blocks of `content` with type `text` |
# | complete, cut | `stop`, `length` | `end_turn`, `max_tokens` |
# | tokens | `prompt_tokens`, `completion_tokens` | `input_tokens`, `output_tokens` |
# | cached input | contained in `prompt_tokens` | counted beside `input_tokens` |
# | temperature | a parameter | today's SDK has none: `extra_body={"temperature": 0}` |
#
# The next to last row costs money if you miss it. Two of the differences fail at once, so try them; and a third failure will meet every program one day:

# %%
retired = "small-model-of-last-year"  # invented, like everything that a provider has switched off
wrong = {
    "system as a message": lambda: llm.anthropic.messages.create(model=llm.small, max_tokens=20, messages=asked),
    "no max_tokens": lambda: llm.anthropic.messages.create(model=llm.small, messages=asked[1:]),
    "retired model": lambda: llm.openai.chat.completions.create(model=retired, messages=asked),
}
for what, call in wrong.items():
    try:
        call()
    except Exception as error:
        print(f"{what:20} {type(error).__module__.split('.')[0]}.{type(error).__name__}")

# %% [markdown]
# `TypeError` comes from the SDK, before anything was sent; the others are answers of the server, with status 400 and 404. Providers retire models within a year or two. So a model's name stands in one place, the configuration, and not in 40 files: here it is `llm.small`.
#
# OpenAI has a second, newer address for the same thing. Its shape lies between the two, and it is the last time that you see it here:

# %%
answer = llm.openai.responses.create(model=llm.small, instructions=SORT, input=messages[0], max_output_tokens=20)
answer_of_responses = answer.output_text
print(answer_of_responses, answer.status, answer.usage.input_tokens, answer.usage.output_tokens)

# %% [markdown]
# ## 2. What travels on the wire
#
# An SDK is a typed wrapper. Without it, the call is one POST: an address, headers, and a body of JSON. `httpx2` is the HTTP library inside both SDKs. Find the key, the request id, and the limits that a provider reports in headers.

# %%
body = {"model": llm.small, "messages": asked}
key = os.environ.get("OPENAI_API_KEY", "any-key-will-do-for-the-stand-in")
with limits(rpm=60):
    raw = httpx2.post(f"{llm.url}/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"})

print(raw.request.method, raw.request.url.path, "with", raw.request.headers["authorization"][:7] + "...")
print(raw.request.read().decode()[:70] + "...")
print(raw.status_code, raw.headers["content-type"], " request id:", raw.headers["x-request-id"][:8] + "...")
print("requests left in this minute:", raw.headers["x-ratelimit-remaining-requests"])
print(json.loads(raw.text)["choices"][0]["message"]["content"])

# %% [markdown]
# The **request id** is what a provider's support asks for first. The **key** is a header of every request: whoever reads it can spend your money. It comes from the environment (`os.environ`, or a file `.env` that git ignores), never from a cell, and never goes into an output: notebooks are shared with their outputs.
#
# Now a stream: with `"stream": true` the response arrives in pieces. First OpenAI's, shortened. Which lines carry text, and which don't?

# %%
sections = handbook()
rules = sections[(sections["page"] == "expenses")]["passage"].tolist()
ANSWER = 'Answer from the passages and cite them. If the answer is not in the passages, say "I do not know."'
numbered = "\n".join(f"[{i}] {passage}" for i, passage in enumerate(rules, 1))


def about_expenses(question):
    return [{"role": "system", "content": ANSWER}, {"role": "user", "content": f"{numbered}\n\nQuestion: {question}"}]


question = about_expenses("May I claim a beer with dinner?")
body = {"model": llm.small, "messages": question, "stream": True, "stream_options": {"include_usage": True}}
raw = httpx2.post(f"{llm.url}/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"})
openai_lines = [line for line in raw.text.split("\n") if line]
for line in [*openai_lines[:3], *openai_lines[-3:]]:
    print("data: [DONE]" if "[DONE]" in line else f"... {line[line.index('choices') :][:112]}")

# %% [markdown]
# The handbook is invented too. Each line begins with `data: `, and an empty line ends each event: *server-sent events*, SSE. The first chunk has a role and no text, the one before the last has a usage and **no choices**. Anthropic names its events:

# %%
body = {"model": llm.small, "max_tokens": 200, "system": ANSWER, "messages": question[1:], "stream": True}
raw = httpx2.post(f"{llm.url}/v1/messages", json=body, headers={"Authorization": f"Bearer {key}"})
anthropic_lines = [line for line in raw.text.split("\n") if line]
names = [line.removeprefix("event: ") for line in anthropic_lines if line.startswith("event: ")]
counts = pd.Series(names).value_counts(sort=False)
print(counts.to_string())

# %% [markdown]
# Between `message_start` and `message_stop` come blocks, each with a start, deltas and a stop; `message_delta` brings the stop reason and the output tokens, and a `ping` means nothing. Reading such bytes properly, cut anywhere by the network, is exercise 3.
#
# ## 3. Streaming
#
# The SDK reads them for you. `include_usage` asks for the tokens, in a last chunk of its own. **Predict**: what does this loop print at its end?

# %%
stream = llm.openai.chat.completions.create(
    model=llm.small, messages=question, stream=True, stream_options={"include_usage": True}
)
parts = []
try:
    for chunk in stream:
        parts.append(chunk.choices[0].delta.content or "")
except IndexError as error:
    print("IndexError:", error)
stream.close()
print("|".join(parts))

# %% [markdown]
# The tempting answer is "the whole text, and no more". The text is there, but the last chunk has no choice number 0. The program works for weeks, until somebody wants to know the cost and switches `include_usage` on. (Exercise 2 makes it right.) Both SDKs have a helper that puts a stream together; here is Anthropic's:

# %%
with llm.anthropic.messages.stream(model=llm.small, max_tokens=200, system=ANSWER, messages=question[1:]) as stream:
    pieces = list(stream.text_stream)
    final = stream.get_final_message()
print(len(pieces), "pieces:", "".join(pieces))
print(final.stop_reason, final.usage.output_tokens)

# %% [markdown]
# What does streaming make faster? Let the stand-in take its time: 80 ms to the first token and 4 ms for each one (chosen by us). With the *virtual* clock nobody waits; the time comes back in a header. Four answers of different length:

# %%
timed = []
with latency(ttft_ms=80, ms_per_token=4, clock="virtual"):
    for sentences in (1, 2, 4, 7):
        ask = [{"role": "user", "content": f"Summarize in at most {sentences} sentences.\n\n{' '.join(rules)}"}]
        raw = llm.openai.chat.completions.with_raw_response.create(model=llm.small, messages=ask)
        timed.append((raw.parse().usage.completion_tokens, float(raw.headers["x-handrail-simulated-ms"])))
first = 80 + 4
for tokens, ms in timed:
    print(f"{tokens:>4} tokens: first word after {first} ms, last after {ms:.0f} ms")

# %%
tokens, last = np.array(timed).T
n = np.linspace(1, 140, 50)
_, ax = plt.subplots()
ax.fill_between(n, first, 80 + 4 * n, color="#E6EEF4")
ax.plot(n, 80 + 4 * n, color="C0")
ax.plot(tokens, last, "o", color="C0")
ax.axhline(first, color="C5")
ax.text(84, 450, "the last word", color="C0", ha="right")
ax.text(139, 45, "the first word", color="C5", ha="right")
ax.text(115, 250, "time in which\nsomebody can read", color="#555555", ha="center")
ax.set(xlabel="tokens in the answer", ylabel="milliseconds after the request", ylim=(0, 650))
ax.set_title("A stream shows its first word long before its last")
plt.show()

# %% [markdown]
# Does it hold for a real stream on a real clock? We note when each piece comes, and ask only whether the first one came within the first half of the time.

# %%
arrived, begin = [], time.perf_counter()
with latency(ttft_ms=100, ms_per_token=40):
    for chunk in llm.openai.chat.completions.create(model=llm.small, messages=question, stream=True):
        if chunk.choices[0].delta.content:
            arrived.append(time.perf_counter() - begin)
print(len(arrived), "pieces; the first within half of the time:", arrived[0] < arrived[-1] / 2)

# %% [markdown]
# A stream ends no earlier, costs no less and has as many tokens. It changes when the reader can begin, and the longer the answer, the more. So measure two times: to the **first token**, and to the last. For a label of one token, a stream is only more work.
#
# ## 4. Twenty at once
#
# While a call waits for the server, your program waits too, for nothing. `async` functions can pause at an `await` and let others run: one thread, many calls in the air. In a notebook `await` works in any cell. `asyncio.gather` starts many and collects their results in order; a `Semaphore(4)` lets four in, and the others queue.


# %%
async def label(text, doors):
    async with doors:
        response = await llm.async_openai.chat.completions.create(
            model=llm.small, messages=[{"role": "system", "content": SORT}, {"role": "user", "content": text}]
        )
    return response.choices[0].message.content


for at_once in (4, 10, 20):
    llm.reset()
    with latency(ttft_ms=600):
        doors = asyncio.Semaphore(at_once)
        labels = await asyncio.gather(*[label(text, doors) for text in messages[:20]])
    print(f"{at_once:>2} doors: {len(labels)} labels, at most {llm.report()['peak_in_flight']:>2} at the same time")

# %% [markdown]
# `peak_in_flight` is what the server saw. Times depend on your machine, so we play them in virtual time instead: `crowd` takes calls of given durations and does what the semaphore does. Twenty answers, each with the time that the stand-in reported for it:

# %%
llm.reset()
with latency(ttft_ms=80, ms_per_token=4, clock="virtual"):
    for text in messages[:20]:
        complete(llm, [{"role": "user", "content": f"Summarize in at most 1 sentence.\n\n{text}"}])
durations = [entry["simulated_ms"] / 1000 for entry in llm.log()]
plays = {at_once: crowd(durations, at_once) for at_once in (1, 4, 10, 20)}
for at_once, play in plays.items():
    print(
        f"{at_once:>2} at once: {play.seconds:.2f} s, {plays[1].seconds / play.seconds:.1f} times as fast as one by one"
    )


# %%
def timeline(ax, play, title, width):
    answered = [(a.call + 1, a.begin, a.end) for a in play.attempts if a.answered]
    refused = [(a.begin, a.call + 1) for a in play.attempts if not a.answered]
    ax.hlines(*zip(*answered, strict=True), color="C0", linewidth=width)
    if refused:
        ax.plot(*zip(*refused, strict=True), ".", color="C5", markersize=4)
    ax.set_ylim(max(a.call for a in play.attempts) + 2, 0)
    ax.grid(visible=False)
    ax.set(title=title, xlabel="seconds")


_, axes = plt.subplots(1, 2, figsize=(7, 3.4), sharex=True, sharey=True)
timeline(axes[0], plays[1], "One by one", 7)
timeline(axes[1], plays[4], "Four at once", 7)
axes[0].set_ylabel("call")
axes[0].set_yticks([1, 5, 10, 15, 20])
plt.show()
# %% [markdown]
# Nothing got faster; the waiting overlaps. Twenty at once take as long as the slowest call.
#
# **Predict**: now 200 calls, and a server that answers 20 at the same time and turns the others away (status 529, overloaded). The SDK tries two more times. You start all 200 at once. Compared with 20 doors, is that about as fast, or slower? And how many are answered?

# %%
many = (durations * 10)[:200]
tried = {
    "20 doors": crowd(many, 20, allowed=20),
    "no doors, 2 retries": crowd(many, 200, allowed=20),
    "no doors, retry for ever": crowd(many, 200, allowed=20, retries=1000),
}
rows = {
    name: {"requests": len(c.attempts), "refused": c.refused, "failed": c.failed, "seconds": round(c.seconds, 1)}
    for name, c in tried.items()
}
pd.DataFrame(rows).T.astype({"requests": int, "refused": int, "failed": int})

# %% [markdown]
# The tempting answer is "ten times as fast, or at worst the same, since the server is busy all the time anyway". It isn't: a refused call waits half a second or more, while a place at the server is free again after an eighth of a second. Half of the calls are lost, and patience in place of doors needs five times as long. The real thing, with 60 calls, and the SDK's retries switched off:

# %%
once = llm.async_openai.with_options(max_retries=0)


async def status(text, doors):
    try:
        async with doors:
            await once.chat.completions.create(model=llm.small, messages=[{"role": "user", "content": text}])
        return 200
    except openai.APIStatusError as error:
        return error.status_code


with limits(max_inflight=20), latency(ttft_ms=900):
    for number in (20, 60):
        doors = asyncio.Semaphore(number)
        seen = await asyncio.gather(*[status(text, doors) for text in messages])
        print(f"{number} doors: status", sorted(set(seen)))

# %% [markdown]
# How many doors are right? With more than the server allows, requests are refused (the orange dots), and some calls lost. With fewer, the server idles. Here are 100 doors; below, move both numbers.


# %%
def doors_and_limit(doors=100, server=20):
    play = crowd(many, doors, allowed=server)
    _, ax = plt.subplots(figsize=(7, 3.4))
    text = f"{doors} doors, {server} allowed: {len(play.attempts)} requests, {play.failed} of 200 calls lost"
    timeline(ax, play, text, 1.2)
    ax.set(ylabel="call", xlim=(0, 3))
    plt.show()


doors_and_limit()

# %% tags=["widget"]
from ipywidgets import IntSlider, interact

_ = interact(doors_and_limit, doors=IntSlider(100, 5, 200, 5), server=IntSlider(20, 5, 100, 5))

# %% [markdown]
# ## 5. Which errors deserve a retry?
#
# The SDKs turn a status into an exception. The header `x-handrail-fault` orders one from the stand-in. To see what the SDKs do about it we count requests: a hook runs before each one. (`:0.01` asks to wait for a hundredth of a second, as a server may do in the header `retry-after`.)

# %%
sent = []
counting = httpx2.Client(event_hooks={"request": [sent.append]})
clients = {
    "openai": openai.OpenAI(**llm.openai_settings, http_client=counting).chat.completions,
    "anthropic": anthropic.Anthropic(**llm.anthropic_settings, http_client=counting).messages,
}


def outcome(client, fault):
    sent.clear()
    try:
        clients[client].create(
            model=llm.small, max_tokens=9, messages=asked[1:], extra_headers={"x-handrail-fault": fault}
        )
    except Exception as error:
        return f"{type(error).__name__}, {len(sent)}"


# %%
ordered = ["400", "401", "404", "413", "429:0.01", "500:0.01", "503:0.01", "529:0.01"]
errors = pd.DataFrame({client: [outcome(client, fault) for fault in ordered] for client in clients}, index=ordered)
errors

# %% [markdown]
# Behind each name is the number of requests: one where a repetition can't help, three where it can. (`max_tokens` is OpenAI's older name for its limit; it lets one loop ask both.)
#
# | status | means | do |
# | --- | --- | --- |
# | 400, 404, 413 | the request is wrong: it will be as wrong again | repair it |
# | 401, 403 | the key | stop, tell a person |
# | 408, 409, 429, 500 and above | busy or broken | wait, then repeat |
# | no answer at all | perhaps it arrived | repeat, if doing it twice is harmless |
#
# The waiting, by hand. **Exponential back-off** doubles the pause each time; the server's own wish comes first. Both SDKs repeat twice, wait 0.5 s, then 1 s (8 s at most), and take off up to a quarter by chance. Ours doesn't sleep but notes how long it would.

# %%
REPEATED, naps, chance = (408, 409, 429), [], random.Random(0)


def patiently(call, retries=2, sleep=naps.append):
    for attempt in range(retries + 1):
        try:
            return call()
        except openai.APIStatusError as error:
            code, wish = error.status_code, error.response.headers.get("retry-after")
            if attempt == retries or (code not in REPEATED and code < 500):
                raise
            sleep(float(wish) if wish else min(8, 0.5 * 2**attempt) * (1 - 0.25 * chance.random()))


# %% [markdown]
# Around a client whose own retries are off, it should make as many requests as the SDK does, and end with the same error:

# %%
plain = openai.OpenAI(**llm.openai_settings, http_client=counting, max_retries=0).chat.completions
by_hand = []
for fault in ordered:
    sent.clear()
    try:
        patiently(
            lambda header={"x-handrail-fault": fault}: plain.create(
                model=llm.small, messages=asked, extra_headers=header
            )
        )
    except openai.APIStatusError as error:
        by_hand.append(f"{type(error).__name__}, {len(sent)}")
print("as the SDK:", by_hand == errors["openai"].tolist())
print("would have slept", naps)

# %% [markdown]
# Twice for each of four errors, and always as long as the server wished. Now the traps. **The wish**: openai follows it up to 120 seconds and gives up above; anthropic sleeps as long as it is told. **The time-out**: how long do the SDKs wait for an answer, if you don't say?

# %%
print("seconds to wait for an answer:", llm.openai.timeout.read, "and", llm.anthropic.timeout.read)

with faults("sleep:1"):
    try:
        llm.openai.with_options(timeout=0.2, max_retries=0).chat.completions.create(model=llm.small, messages=asked)
    except openai.APITimeoutError as error:
        print(
            type(error).__name__,
            "- and it is a kind of APIConnectionError:",
            isinstance(error, openai.APIConnectionError),
        )

# %% [markdown]
# Ten minutes, three times: half an hour of a user's patience. Set `timeout`. But a time-out doesn't mean that nothing happened: the server may have finished the work and lost only the reply. To repeat a *classification* is harmless. To repeat a call whose tool sends an e-mail sends two.
#
# And **repeat in one layer only**. Here our own loop retries around an SDK that retries. How many requests is that for one call?

# %%
eager = openai.OpenAI(**llm.openai_settings, http_client=counting).chat.completions
sent.clear()
try:
    patiently(lambda: eager.create(model=llm.small, messages=asked, extra_headers={"x-handrail-fault": "503:0.01"}))
except openai.APIStatusError:
    requests_for_one = len(sent)
    print(requests_for_one, "requests for one question, to a server that is overloaded already")
counting.close()

# %% [markdown]
# ## 6. How it fails: everybody retries together
#
# A server hiccups, and 100 clients are refused in the same moment. It can serve ten every 100 ms, so one second would do. All wait 0.5 s, then 1 s, then 2 s ... `retry_storm` plays it, with three shares of chance (*jitter*) in each pause: none, a quarter as in the SDKs, and all of it. Which will be done first?

# %%
storms = {jitter: [retry_storm(jitter=jitter, seed=seed) for seed in range(10)] for jitter in (0, 0.25, 1)}
for jitter, runs in storms.items():
    requests = np.mean([run.attempts.sum() for run in runs])
    slowest = np.mean([run.waits.max() for run in runs])
    print(f"jitter {jitter:<5} {requests:>4.0f} requests, the last client is served after {slowest:>4.1f} s")

# %%
figure, axes = plt.subplots(1, 2, figsize=(7, 3.6), sharey=True, width_ratios=[2, 1])
for ax, jitter, text in ((axes[0], 0, "no jitter"), (axes[1], 1, "full jitter")):
    attempts = storms[jitter][0].attempts
    ax.bar(np.arange(len(attempts)) / 10, attempts, width=0.1 if jitter else 0.6, color="C0" if jitter else "C5")
    ax.axhline(10, color="#555555", linewidth=1)
    ax.text(0.97, 0.9, text, transform=ax.transAxes, ha="right", color="C0" if jitter else "C5")
    ax.set_xlabel("seconds")
axes[0].set_ylabel("requests in 100 ms")
axes[1].text(1.97, 13, "10 are served", color="#555555", ha="right")
figure.suptitle("A herd needs 47.5 s for one second of work; chance disperses it", x=0.02, ha="left", weight="bold")
plt.show()

# %% [markdown]
# Without chance the clients stay a herd: ninety come back together, ten are served, eighty come back together, and between their visits the server idles. With chance they spread out. The mean of ten seeds: fewer than half of the requests, and two seconds instead of 47.5. The SDKs' quarter gets most of the gain; a pause that is *all* chance looks careless and is best.
#
# One failure gets no retry at all: a stream that breaks in the middle. The words may have been shown already. What does each SDK raise, after three words?


# %%
def read(client, kept):
    """Stream an answer, and put each word into `kept` as it comes."""
    if client == "openai":
        with llm.openai.chat.completions.create(model=llm.small, messages=question, stream=True) as stream:
            kept.extend(chunk.choices[0].delta.content for chunk in stream)
    else:
        with llm.anthropic.messages.stream(model=llm.small, max_tokens=99, messages=question[1:]) as stream:
            kept.extend(stream.text_stream)


# %%
broken = {}
for fault, client in [(fault, client) for fault in ("disconnect", "overload_midstream") for client in clients]:
    words = []
    with faults(fault):
        try:
            read(client, words)
        except Exception as error:
            name = f"{type(error).__module__.split('.')[0]}.{type(error).__name__}"
            broken[fault, client] = name, getattr(error, "status_code", None), "".join(words)
    print(f"{fault:20}{client:11}{name:28} status {broken[fault, client][1]}   kept {''.join(words)!r}")

# %% [markdown]
# Four ways, four exceptions. One is not the SDK's own, so `except anthropic.APIError` misses it; one is an error with status **200**, since the response had begun well. The words are kept only because we collected them as they came. Mark such an answer as incomplete; never store it as an answer.
#
# ## 7. What did it cost?
#
# Tokens have prices, for a million: input, cached input (a beginning that the provider has seen before), output. The stand-in costs nothing; these prices are chosen by us, in a proportion that is usual.

# %%
for name, price in prices().items():
    print(f"{name:15} input {price.input:>5}   cached {price.cached_input:>6}   output {price.output:>6}")

# %% [markdown]
# Output costs four times as much as input. So with what share of output tokens is it half of the bill?

# %%
share = np.arange(0, 101) / 100
bill = 0.80 * share / (0.80 * share + 0.20 * (1 - share))
print(
    f"half of the bill at {share[np.searchsorted(bill, 0.5)]:.0%} of the tokens; a quarter of them is {bill[25]:.0%} of it"
)

# %% [markdown]
# To know costs, write them down where they arise, with the feature that caused them. A ledger by hand: a *context manager* does something before and after a `with` block. This one looks at the limit first, and notes usage afterwards.


# %%
class SmallLedger:
    def __init__(self, limit):
        self.limit, self.rows = Decimal(limit), []

    @contextmanager
    def call(self, feature, most):
        spent = sum((row["dollars"] for row in self.rows), Decimal(0))
        if spent + most > self.limit:
            raise BudgetExceeded(f"{feature}: {spent} spent, and the next call may cost {most}")
        row = {"feature": feature, "dollars": Decimal(0)}
        begin = time.perf_counter()
        yield row  # the block runs here and fills in what it used
        self.rows.append(row | {"seconds": time.perf_counter() - begin})


# %% [markdown]
# The limit has to be checked *before* a call, and the cost is known afterwards. Known before is a bound: the length of the input, and `max_tokens` of output. (So a call without `max_tokens` has no bound.) Below, 600 tokens of input and 100 of output may cost 0.0002 dollars. **Predict**: how many calls does a limit of 0.001 allow?

# %%
price, small = prices()[llm.small], SmallLedger("0.001")


def paid(usage):
    cached = usage.prompt_tokens_details.cached_tokens
    fresh = (usage.prompt_tokens - cached) * price.input
    return (fresh + cached * price.cached_input + usage.completion_tokens * price.output) / 1_000_000


most = (600 * price.input + 100 * price.output) / 1_000_000
try:
    for text in messages:
        with small.call("answers", most) as row:
            ask = {"messages": about_expenses(text), "max_tokens": 100}
            row["dollars"] = paid(llm.openai.chat.completions.create(model=llm.small, **ask).usage)
except BudgetExceeded as stop:
    print(len(small.rows), "calls, then:", stop)

# %% [markdown]
# The tempting answer is five, 0.001 divided by 0.0002. But the bound is for the worst case: most answers are short, and most of the input is the same passages each time and was cached. It stops too early by one bound at most, and never too late.
#
# `handrail.kit.calls.Ledger` is the grown-up version: it holds the bound back while a call runs, so that twenty calls at once can't all slip through; it takes its limit from `HANDRAIL_MAX_COST`. Three features of the help desk, on sixty messages and on the ten about expenses:

# %%
ledger = Ledger(limit="0.50")
for text in messages:
    ask = [{"role": "system", "content": SORT}, {"role": "user", "content": text}]
    complete(llm, ask, max_tokens=10, ledger=ledger, feature="sort")
expenses = table[(table["split"] == "dev") & (table["intent"] == "expenses")]["text"].tolist()[:10]
for text in expenses:
    complete(llm, about_expenses(text), max_tokens=200, ledger=ledger, feature="answer, small")
    complete(llm, about_expenses(text), model=llm.large, max_tokens=200, ledger=ledger, feature="answer, large")
per_feature = ledger.table().drop(columns="seconds")
per_feature["dollars"] = per_feature["dollars"].round(6)
per_feature

# %% [markdown]
# Ten answers of the large model cost six times as much as sixty labels and ten small answers together. On an invoice it is one sum; by feature you see where to look. Note the third column: the passages come first in each prompt and never change, so most of the input is cached. Put what varies at the **end**.
#
# ## 8. One thin port
#
# From here on the course asks through one function, `complete`. It takes messages in OpenAI's form and returns the same `Answer` for both providers: text, usage, reason to stop, request id. Its core is two short halves, one for each provider, and what you have read in section 1 is what they map. Compare what they return.

# %%
for provider in ("openai", "anthropic"):
    answer = complete(llm, question, max_tokens=100, provider=provider)
    print(answer.text, answer.stop, dict(answer.usage))
    answer = complete(llm, question, max_tokens=3, provider=provider)
    print(answer.text, answer.stop, bool(answer.request_id))

# %% [markdown]
# It hides where the system text goes and what things are called. It mustn't hide the reason to stop: "Alcohol is" looks like an answer unless you see the word `length` beside it. Nor the usage, nor the request id, nor the exceptions, which pass through. And it doesn't try to hide tools, streams or caching: there the providers differ so much that a common form would be a third one to learn.
#
# ## In practice
#
# - A time-out for each call, and one deadline for the user's whole request.
# - Retries in one layer, with jitter, and only where a repetition is harmless. For calls with effects, send an *idempotency key*: a name for the request, by which the receiver knows the second one.
# - As many doors as the provider allows, shared by all that use the same key.
# - `max_tokens` always; an alert on the cost of each feature, not on the invoice.
#
# **With a real model.** The times of sections 3 and 4 grow about tenfold. Overload is mostly reported as 429, and an equal request may get another answer. Prices, cache rules and model names are the provider's. Nothing else changes.

# %% [markdown]
# ## Check yourself
#
# **1.** The service answers 401. You (a) repeat with back-off, (b) stop and have the key repaired, (c) switch to streaming, (d) raise `max_tokens`.
#
# **2.** After a time-out, which call is safe to repeat? (a) one whose tool sends an e-mail, (b) none, (c) a classification, (d) all: a time-out means that nothing was done.
#
# **3.** Streaming reduces (a) the time until the user sees something, (b) the total time, (c) the price, (d) the number of tokens.
#
# <details><summary>Answer</summary>
#
# **1 b.** The key is wrong now and will be wrong in eight seconds. (a) sends three requests that can't succeed. (c) A stream needs the key, too. (d) has nothing to do with who you are.
#
# **2 c.** It has no effect outside, so a second one does no harm but its price. (a) The first may have arrived: two e-mails. (b) Many calls only read. (d) A time-out says that no reply came in time, not that no work was done.
#
# **3 a.** (b) The last word comes when it would have come anyway. (c) and (d) The same tokens are written and paid.
#
# </details>

# %% [markdown]
# ## In short
#
# - Two SDKs, one idea: messages in; text, stop reason, usage and request id out. A thin port maps them, and hides none of the four.
# - A stream is lines of text; its last chunk may have no choices, and one that breaks is not repeated.
# - Calls at once overlap their waiting. Above the server's limit, doors beat retries.
# - Repeat what may pass next time, in one layer, with jitter; set the time-out.
# - Costs by feature, and a limit that is checked before the call.
#
# ## Next
#
# [Open the exercises](../../work/04_llm_production/02_llm_apis.ipynb): a bill to the cent, two readers of streams, an answer that was cut, and a budget for two limits. Then lesson 03 changes a prompt without breaking what worked.

# %% tags=["claims"]
assert table.shape[0] == 400 and len(messages) == 60 and len(expenses) == 10
assert by_openai.choices[0].message.content == by_anthropic.content[0].text == answer_of_responses
assert by_openai.choices[0].finish_reason == "stop" and by_anthropic.stop_reason == "end_turn"
assert by_openai.usage.prompt_tokens == by_anthropic.usage.input_tokens
assert openai_lines[-1] == "data: [DONE]" and json.loads(openai_lines[-2][6:])["choices"] == []
assert names[0] == "message_start" and names[-1] == "message_stop" and "ping" in names
assert "".join(parts) == "".join(pieces) and len(parts) == len(pieces) + 2
assert all(ms == 80 + 4 * tokens for tokens, ms in timed) and arrived[0] < 0.6 * arrived[-1]

assert llm.report()["count"] > 0 and 10 < plays[1].seconds / plays[20].seconds < 20
assert plays[20].seconds == max(durations) and 0.11 < np.mean(durations) < 0.14
doors_20, twice, forever = tried.values()
assert len(doors_20.attempts) == 200 and doors_20.refused == doors_20.failed == forever.failed == 0
assert 90 < twice.failed < 110 and 5 < forever.seconds / doors_20.seconds < 6 and twice.seconds > doors_20.seconds
assert set(seen) == {200, 529}

assert [int(text.split(", ")[1]) for text in errors["openai"]] == [1, 1, 1, 1, 3, 3, 3, 3]
assert [int(text.split(", ")[1]) for text in errors["anthropic"]] == [1, 1, 1, 1, 3, 3, 3, 3]
assert by_hand == errors["openai"].tolist() and naps == [0.01] * 10 and requests_for_one == 9
with faults("429:121"):  # above 120 s openai doesn't wait, and doesn't ask again
    try:
        llm.openai.chat.completions.create(model=llm.small, messages=asked)
        raise AssertionError("no error")
    except openai.RateLimitError:
        pass
assert llm.openai.timeout.read == 600 and llm.openai.max_retries == 2 and llm.anthropic.max_retries == 2

means = {
    jitter: np.mean([(run.attempts.sum(), run.waits.max()) for run in runs], axis=0) for jitter, runs in storms.items()
}
assert tuple(means[0]) == (550, 47.5) and means[1][0] < 275 and 1.8 < means[1][1] < 2.4
assert means[1][0] < means[0.25][0] < 320 and means[1][1] < means[0.25][1] < 4.5
assert storms[0][0].attempts[storms[0][0].attempts > 0].tolist() == [100, 90, 80, 70, 60, 50, 40, 30, 20, 10]
assert [name for name, _, _ in broken.values()] == [
    "openai.APIConnectionError", "httpx2.RemoteProtocolError", "openai.APIError", "anthropic.APIStatusError"
]  # fmt: skip
assert {text for _, _, text in broken.values()} == {"Alcohol is refunded"}
assert broken["overload_midstream", "anthropic"][1] == 200

assert np.searchsorted(bill, 0.5) == 20 and round(bill[25], 2) == 0.57
assert len(small.rows) > 25 and sum(row["dollars"] for row in small.rows) <= Decimal("0.001")
assert most == Decimal("0.0002")
dollars = ledger.table()["dollars"]
assert 6 < dollars["answer, large"] / dollars[["sort", "answer, small"]].sum() < 7
assert (per_feature["cached_input"] > 0.8 * per_feature["input"])[["answer, small", "answer, large"]].all()
assert ledger.reserved == 0 and ledger.spent < ledger.limit
