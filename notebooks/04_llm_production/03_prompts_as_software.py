# /// lesson
# minutes = 50
# exercise_minutes = 74
# needs = ["01_fundamentals/13_hypothesis_tests", "02_machine_learning/04_model_evaluation", "04_llm_production/02_llm_apis"]
# seconds = 56
# memory_mb = 1100
# ///

# %% [markdown]
# # Change a prompt without breaking the product
#
# **Why.** A help desk lets a language model read each message and send it to one of eight desks. On Friday somebody improves the prompt: a line of explanation for each desk. On Monday more messages than ever arrive at the right place, and payroll gets half as many of its own as the week before. Is the new prompt better? How sure are you? And what would have noticed on Friday?
#
# **You will**
# - keep a prompt in a file, with declared variables, settings and an id,
# - measure it on messages whose answer you know, and say how sure the number is,
# - compare two versions on the same messages,
# - test what must *not* change an answer,
# - build a gate that ships a version, holds it, or asks for more evidence.
#
# **You need** lessons 1·13 (tests and intervals), 2·04 (confusion matrices) and 4·02 (calling a model). 50 minutes, and 74 for the exercises.

# %%
import atexit
import difflib
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.stats import binomtest

from handrail.kit.llm import connect
from handrail.kit.prompts import Example, Score, examples_text, gate, paired_interval, read_prompt, release_note
from handrail.kit.tickets import INTENTS, tickets

plt.style.use("handrail.kit.course")
llm = connect()

# %% [markdown]
# The messages are invented. The one who answers is a stand-in: it compares a message with each label by MiniLM's cosine, a small transformer's measure of how near two sentences are in meaning (lesson 05 takes it apart). So the scores below are those of a small model of meaning and of our rules. They say nothing about what a model that writes can do. How you measure them is the same for both.
#
# ## 1. A program without a compiler
#
# Four ways to ask for the same thing. Nobody checks a prompt before it runs, so look at the answers as the next program would: which of them can be compared with a list of eight labels?

# %%
message = "Am I allowed to fly business class to Singapore?"
names = ", ".join(INTENTS)
systems = [
    "What is this message about?",
    f"Sort the message. Labels: {names}.",
    f"Sort the message. Labels: {names}. Reply as JSON.",
    f"Sort the message. Labels: {names}. Reply with only the label.",
]
for system in systems:
    sent = [{"role": "system", "content": system}, {"role": "user", "content": f"<ticket>{message}</ticket>"}]
    reply = llm.openai.chat.completions.create(model=llm.small, messages=sent)
    said = reply.choices[0].message.content
    print(f"{said in INTENTS!s:6}", said[:60])

# %% [markdown]
# Two of the four know the right label, and hand it over in a form that breaks `answer in INTENTS`. The first doesn't know that a choice was wanted (the stand-in says what it is). So a prompt has an output format, as a function has a return type; and it has inputs, a model and settings. All of that belongs into one file.

# %%
folder = tempfile.TemporaryDirectory()
atexit.register(folder.cleanup)
prompts = Path(folder.name)


def save(version, labels, model="small"):
    """Write a version of the prompt to a file, and read it."""
    settings = f"name: route_ticket\nversion: {version}\nmodel: {model}\ntemperature: 0\nvariables: ticket"
    system = f"Sort the employee's message. {labels}\nReply with only the label."
    file = prompts / f"v{version}.md"
    file.write_text(f"---\n{settings}\n---\n{system}\n---\n<ticket>{{{{ticket}}}}</ticket>\n", encoding="utf-8")
    return read_prompt(file.read_text(encoding="utf-8"))


v1 = save("1", f"Labels: {names}.")
print((prompts / "v1.md").read_text())

# %% [markdown]
# Settings, system text and user's text, each below three dashes; `read_prompt` refuses a file in which the declared variables aren't those that the texts use. The tags around the ticket say where the user's words begin and end. `{{ticket}}` is filled in once and word for word, whatever the user wrote:

# %%
print(v1.messages(ticket="What does {{ticket}} mean in the form? {0}")[1]["content"])
for values in ({}, {"ticket": "Hello", "tone": "friendly"}):
    try:
        v1.messages(**values)
    except ValueError as problem:
        print("refused:", problem)

# %% [markdown]
# A misspelled variable is an error now, instead of a prompt with a hole. (You write such a renderer in exercise 1.)
#
# Which version answered? A file name can lie. The **id** is a hash of everything that can change an answer: both texts, model and temperature. Which of these three changes gives a new id?

# %%
warm, renamed = replace(v1, temperature=1.0), replace(v1, version="1-final")
shorter = replace(v1, system=v1.system.replace("employee's ", ""))
print("now", v1.id)
for change, prompt in (("temperature", warm), ("file name", renamed), ("one word less", shorter)):
    print(f"{change:14}{prompt.id}  {'the same' if prompt.id == v1.id else 'new'}")

# %% [markdown]
# The id doesn't hold the *filled* text, which differs for every user. Log it with each answer, and every answer can be traced to the prompt that made it.
#
# ## 2. Measure before you argue
#
# The 400 messages come with their label. We leave out the 40 that belong to no desk, and split the rest: **test** (216) stays closed until a decision depends on it. From the rest, ten per label are the **cases** to work with, and eight per label a **pool** of examples to show to a model. No message is in two groups.

# %%
known = tickets().query("intent != 'other'")
test = known[known["split"] == "test"]
dev = known[known["split"] == "dev"]
cases = dev.groupby("intent").head(10)
pool = dev.drop(cases.index)
print(len(cases), "cases,", len(pool), "in the pool,", len(test), "for the test")
print(cases[["text", "intent"]].head(4).to_string(index=False))

# %% [markdown]
# The **harness** is a loop: fill in, ask, read the label. An answer that isn't *exactly* a label counts as wrong (`?`); guessing what was meant would hide a broken format. Answers are kept under the prompt's id and the message: asking the same again costs nothing, and a changed prompt can't get an old answer.

# %%
answers = {}


def ask(prompt, ticket, **options):
    """Return the answer and the tokens of the request; ask only what wasn't asked before."""
    key = (prompt.id, ticket, *options.values())
    if key not in answers:
        reply = llm.openai.chat.completions.create(
            model=getattr(llm, prompt.model),
            temperature=prompt.temperature,
            messages=prompt.messages(ticket=ticket),
            **options,
        )
        answers[key] = reply.choices[0].message.content.strip(), reply.usage.prompt_tokens
    return answers[key]


# %%
def route(prompt, texts, known=tuple(INTENTS)):
    """Return a label for each text, or ? where the answer isn't one."""
    said = [ask(prompt, text)[0] for text in texts]
    return np.array([one if one in known else "?" for one in said], dtype=object)


# %% [markdown]
# Run version 1 twice, and count the requests.

# %%
for run in (1, 2):
    before = len(answers)
    right = route(v1, cases["text"]) == cases["intent"].to_numpy()
    print(f"run {run}: {right.mean():.2f} right, {len(answers) - before} requests")

# %% [markdown]
# Chance is 1 in 8, or about 0.12. A single number doesn't tell what goes wrong. The confusion matrix of 2·04 does: a row is where messages belong, a column where they went. Look for a column that is too full.

# %%
order = list(INTENTS)


def confusion(truth, said):
    return pd.crosstab(truth, said).reindex(index=order, columns=order, fill_value=0)


table = confusion(cases["intent"].to_numpy(), route(v1, cases["text"]))
_, ax = plt.subplots(figsize=(6.4, 4.2))
ax.imshow(table, cmap="Blues", vmin=0, vmax=12)
ax.set_xticks(range(8), order, rotation=35, ha="right")
ax.set_yticks(range(8), order)
for (i, j), count in np.ndenumerate(table.to_numpy()):
    if count:
        ax.text(j, i, count, ha="center", va="center", color="w" if count > 7 else "k")
ax.set(xlabel="sent to", ylabel="belongs to", title="Version 1 sends a quarter of all messages to payroll")
ax.grid(False)
print("sent to each desk, of 10:", table.sum().to_dict())

# %% [markdown]
# "Conduct" is a word that hardly any complaint about a colleague contains, and its column is nearly empty. A label's *name* is part of the prompt.
#
# ## 3. What moves the number?
#
# Same task, same cases, other words for the labels. The third version hides their meaning behind letters, the fourth adds one line of description to each name, as in Friday's change. Two helpers: the share of right labels, translated back where a version has its own, and the tokens of an average request.

# %%
other_names = [
    "absence",
    "reimbursement",
    "business trip",
    "hardware",
    "IT security",
    "salary",
    "behavior",
    "new colleague",
]
letters = list("ABCDEFGH")
described = "\n" + "\n".join(f"- {name}: {words}" for name, words in INTENTS.items())
v2 = save("2", described)


# %%
def accuracy(prompt, labels=order, rows=cases):
    back = dict(zip(labels, order, strict=True))
    said = [back.get(ask(prompt, text)[0], "?") for text in rows["text"]]
    return np.mean(np.array(said, dtype=object) == rows["intent"].to_numpy())


def tokens(prompt, rows=cases):
    return np.mean([ask(prompt, text)[1] for text in rows["text"]])


# %% [markdown]
# Which wording is best, and how bad are letters?

# %%
tried = {"names": accuracy(v1), "other names": accuracy(save("names", f"Labels: {', '.join(other_names)}."), other_names),
         "letters": accuracy(save("letters", f"Labels: {', '.join(letters)}."), letters), "descriptions": accuracy(v2)}  # fmt: skip
for name, value in tried.items():
    print(f"{name:14}{value:.2f}")

# %% [markdown]
# The task never changed, and the score went from chance to more than half. The other great lever is said to be **few-shot** prompting: showing solved examples in the prompt.
#
# **Predict before you run.** Version 2 gets four examples for each label, 32 in all, taken from the pool. What happens to its score: up by a lot, a little, nothing? And to the length of every request?

# %%
shown = {}
for base, name, labels in ((v1, "names", f"Labels: {names}."), (v2, "descriptions", described)):
    for count in (0, 4):
        chosen = pool.groupby("intent").head(count)
        block = examples_text(Example(*row) for row in chosen[["text", "intent"]].itertuples(index=False))
        prompt = save(f"{base.version}-{count}-examples", f"{labels}\n{block}") if count else base
        shown[name, count] = prompt
        print(
            f"{name:13}{count} examples a label: {accuracy(prompt):.2f} right, {tokens(prompt):>4.0f} tokens a request"
        )
v2_examples = shown["descriptions", 4]

# %% [markdown]
# The tempting answer is "a lot: examples always help". They help the bare names. Beside descriptions they bring a few points at most, and every request has four times the tokens, for ever. The stand-in reads examples by similarity only, and half as strong as it reads descriptions (a constant chosen by us). A real model often gains more. The rule is the same for both: measure, with the bill beside it.
#
# Now to Monday. Which desk lost by the Friday version, whatever the average says?

# %%
by_label = pd.DataFrame({
    "version 1": pd.Series(route(v1, test["text"]) == test["intent"]).groupby(test["intent"].to_numpy()).sum(),
    "version 2": pd.Series(route(v2, test["text"]) == test["intent"]).groupby(test["intent"].to_numpy()).sum(),
}).loc[order]  # fmt: skip
print(by_label.T.to_string())

# %% [markdown]
# Five desks gained, and payroll fell from 15 of its 27 messages to 7, which nobody who looked at the average saw. Its description speaks of salary and tax; a message such as "Can I get my money a few days earlier?" is now nearer to *getting money back for costs*.
#
# ## 4. How sure are we?
#
# Other cases would have given another number. For a share, the 95 % interval of 1·13 depends on the number of cases only, whatever they cost you. Note where the two versions overlap.

# %%
right = {name: route(prompt, test["text"]) == test["intent"].to_numpy()
         for name, prompt in (("version 1", v1), ("version 2", v2), ("2 with examples", v2_examples))}  # fmt: skip


def interval(correct, of):
    return binomtest(int(correct), int(of)).proportion_ci(method="wilson")


for rows, hits in (("80 cases", accuracy(v2) * 80), ("216 test messages", right["version 2"].sum())):
    count = int(rows.split()[0])
    low, high = interval(round(hits), count)
    print(f"version 2 on {rows:18} {hits / count:.2f}, interval {low:.2f} to {high:.2f}")

# %% [markdown]
# A prompt that scores 0.53 on 80 messages may be worth 0.42 or 0.63, and on the test the very same prompt has 0.58. How many messages would make the interval as narrow as a difference that you care about, say 4 points?

# %%
counts = np.geomspace(20, 5000, 60).astype(int)
widths = [100 * (interval(0.58 * n, n).high - interval(0.58 * n, n).low) for n in counts]
_, ax = plt.subplots(figsize=(7, 3))
ax.plot(counts, widths)
for n, name in ((80, "our cases"), (216, "our test")):
    width = 100 * (interval(0.58 * n, n).high - interval(0.58 * n, n).low)
    ax.plot(n, width, "o", color="C0")
    ax.annotate(f"{name}: {width:.0f} points", (n, width), xytext=(8, 6), textcoords="offset points")
ax.axhline(4, color="#777777", linestyle="--", linewidth=1)
ax.text(20, 5, "4 points", color="#555555")
ax.set(xscale="log", ylim=(0, 45), xlabel="messages", ylabel="width of the interval, points")
ax.set_xticks([20, 100, 500, 2000, 5000], ["20", "100", "500", "2,000", "5,000"])
ax.set_title("Half the width takes four times as many messages")
needed = counts[np.array(widths) < 4][0]

# %% [markdown]
# More than two thousand labeled messages to tell 0.58 from 0.62: few teams have them. But two prompts can answer the *same* messages, and most of those they answer alike. Only the messages on which one is right and the other wrong say which is better. If both were equally good, each of these would be a coin flip; the exact binomial test of that is called **McNemar's test**.

# %%
pairs = {"1 against 2": ("version 1", "version 2"), "2 against 2 with examples": ("version 2", "2 with examples")}
for name, (old, new) in pairs.items():
    won, lost = (right[new] & ~right[old]).sum(), (right[old] & ~right[new]).sum()
    p = binomtest(int(won), int(won + lost)).pvalue
    low, high = paired_interval(right[old], right[new])
    print(f"{name:26} won {won}, lost {lost}, p = {p:.5f}, difference {100 * low:+.0f} to {100 * high:+.0f} points")

# %% [markdown]
# Version 2 is better than version 1 beyond doubt, with 19 messages lost on the way. For the examples on top the evidence is thin: 15 won against 6 lost, p above 0.05, and an interval that begins at nothing (it comes from resampling *messages*, each with both its results, as 1·13 did). Four times the tokens for that?
#
# ## 5. Test what must not change
#
# Accuracy has a blind spot: messages as they are written on other days. A greeting, thanks, capitals or a typing error must not move a message to another desk. This needs no labels at all, only the router's own answers before and after; 40 of the cases will do. Which of the four will the stand-in mind least?


# %%
def typo(text):
    """Leave out the middle letter of the longest word."""
    word = max(re.findall(r"\w+", text), key=len)
    return text.replace(word, word[: len(word) // 2] + word[len(word) // 2 + 1 :], 1)


changes = {
    "CAPITALS": str.upper,
    "greeting": lambda text: f"Hello, I have a question. {text}",
    "thanks": lambda text: f"{text} Many thanks and best regards!",
    "typo": typo,
}
forty = cases.groupby("intent").head(5)
before = route(v2, forty["text"])
moved = {name: int((route(v2, forty["text"].map(change)) != before).sum()) for name, change in changes.items()}
print("moved to another desk, of 40:", moved)

# %% [markdown]
# Capitals change nothing (MiniLM's tokenizer ignores them). A polite sentence, or one missing letter, moves one message in six. Accuracy showed none of it, since our cases are written without greetings. Politeness can be removed before the model sees it; that is code, and belongs to the next version as well.

# %%
POLITE = re.compile(
    r"^\s*(?:hello|hi|dear \w+)\b[^.!?]*[.!?,]\s*|\s*(?:many )?thanks\b[^.!?]*[.!?]?\s*$", re.IGNORECASE
)


def plain(text):
    """Take greetings and thanks off a message, unless nothing would be left."""
    return POLITE.sub("", text) or text


repaired = {
    name: int((route(v2, forty["text"].map(lambda text, change=change: plain(change(text)))) != before).sum())
    for name, change in changes.items()
}
print(repaired, " changed on its own:", sum(plain(text) != text for text in known["text"]), "of 360")

# %% [markdown]
# Two more kinds of test. A **directional** test changes a message so that the answer may move only one way: with "in Paris" at its end, a message that goes to travel must stay there; one of 14 doesn't, and is worth a look. And **golden cases** are messages that must always arrive, one by one, because a miss would be an incident. A company collects them from incidents; ours are chosen by us.

# %%
golden = ["My manager shouts at people in meetings.", "Colleagues send around pictures that I find disgusting.",
          "I think an invoice was falsified.", "I was told to keep quiet about a fall in hall three.",
          "I clicked a link in a strange email.", "I lost my access card.",
          "The link in the parcel message looked odd, and I typed my login."]  # fmt: skip
golden_truth = dev.set_index("text").loc[golden, "intent"].to_numpy()
print("golden cases right:", (route(v2, golden) == golden_truth).sum(), "of", len(golden))

trips = dev["text"][route(v2, dev["text"]) == "travel"]
stayed = route(v2, trips.str.replace(r"(\W)$", r" in Paris\1", regex=True)) == "travel"
print("stayed with travel:", stayed.sum(), "of", len(stayed))

# %% [markdown]
# Tests like these run in **CI**, the service that runs a project's tests after every change. There is no need for a model there: the recorded answers are committed beside the prompt, under its id. As long as the prompt is the same, they are valid; a changed prompt has no answers, and the test says so. Here it is, as a file for pytest.

# %%
(prompts / "answers.json").write_text(json.dumps({f"{v2.id} {text}": ask(v2, text)[0] for text in golden}))
(prompts / "golden.json").write_text(json.dumps(dict(zip(golden, golden_truth, strict=True))))
_ = (prompts / "test_golden.py").write_text("""\
import json
import pathlib
import pytest
from handrail.kit.prompts import read_prompt

here = pathlib.Path(__file__).parent
answers, golden = (json.loads((here / f"{name}.json").read_text()) for name in ("answers", "golden"))
prompt = read_prompt((here / (here / "live.txt").read_text()).read_text())

@pytest.mark.parametrize("text", golden)
def test_golden(text):
    assert answers[f"{prompt.id} {text}"] == golden[text]
""")


# %%
def run_tests(live):
    (prompts / "live.txt").write_text(live)
    options = ["-q", "--tb=no", "-p", "no:cacheprovider", "--disable-plugin-autoload", "--color=no"]
    command = [sys.executable, "-m", "pytest", *options, str(prompts)]
    last = subprocess.run(command, capture_output=True, text=True, cwd=prompts).stdout.splitlines()[-1]
    return re.sub(r" in [\d.]+s", "", last)


for live in ("v2.md", "v1.md"):
    print(live, "-", run_tests(live))

# %% [markdown]
# `live.txt` names the version in use. Pointing it to version 1 fails seven times: nobody has recorded that version's answers.
#
# ## 6. The gate
#
# The repair of payroll is version 3: three descriptions rewritten after reading the misses among the *cases*. We would like to say: among those only. In truth its authors (we) had seen test scores while they tried wordings. So the test was no closed exam for this version, and what the gate says below may be too friendly. Nobody can unsee a score: in a team, keep messages aside that only the gate reads. A prompt in a file has a diff, and a reviewer sees three lines:

# %%
better = {
    "travel": "business trips: booking flights, trains, hotels, visas, rental cars",
    "security": "passwords, phishing, locked accounts, badges, strangers in the building, data protection, access, VPN",
    "payroll": "my salary, payslip, bonus, tax, pension and overtime pay from the company",
}


def with_words(version, words):
    return save(version, "\n" + "\n".join(f"- {name}: {text}" for name, text in (INTENTS | words).items()))


v3 = with_words("3", better)
lines = [(prompts / f"v{version}.md").read_text().splitlines() for version in (2, 3)]
for line in difflib.unified_diff(*lines, n=0, lineterm=""):
    if line[0] in "+-" and line[:3] not in ("+++", "---"):
        print(line[:96])

# %% [markdown]
# On the cases it scores more than version 2, of course: it was written with them in view. The gate asks the test messages. It **holds** a version if a golden case fails, if it is worse by more than 2 points beyond doubt, or if a request grows by more than 20 %. It **ships** one whose paired interval lies wholly above −2 points. Anything else needs more cases. Two points and 20 % are chosen by us; in a team, somebody signs them.


# %%
def score(prompt):
    hits = route(prompt, test["text"]) == test["intent"].to_numpy()
    return Score(prompt, hits, route(prompt, golden) == golden_truth, tokens(prompt, test))


old, new = score(v2), score(v3)
print(release_note(old, new, gate(old, new)))
print("fails:", [text for text, fine in zip(golden, new.golden, strict=True) if not fine])

# %% [markdown]
# Four points better, beyond doubt, and held: among "strangers in the building" a lost access card no longer looks like security. A thief could walk in while the message waits at another desk, and no average outweighs that. The repair is one word, *lost* badges:

# %%
lost = better["security"].replace("badges", "lost badges")
v4 = with_words("4", better | {"security": lost})
shipped = score(v4)
print(release_note(old, shipped, gate(old, shipped)))
print("payroll:", *(one.right[test["intent"] == "payroll"].sum() for one in (old, shipped)), "of 27")

# %% [markdown]
# The release note is written by the program that decides. Two other changes wait at the gate: the 32 examples, and a shorter description of *leave*, "absence of any kind", which is even better on the cases. What will it say?

# %%
waiting = {"32 examples": v2_examples, "absence of any kind": with_words("2a", {"leave": "absence of any kind"})}
verdicts = {name: gate(old, score(prompt)) for name, prompt in waiting.items()}
for name, verdict in verdicts.items():
    on_cases = accuracy(waiting[name]) - accuracy(v2)
    print(f"{name:21}{verdict.decision}: {'; '.join(verdict.reasons)}")
    print(f"{'':21}cases {on_cases:+.2f}, test {verdict.low:+.2f} to {verdict.high:+.2f}")

# %% [markdown]
# "Absence of any kind" was a gain of a point on 80 cases, and looks like a loss on the test. The gate doesn't claim to know: the truth may lie on either side of −2 points.
#
# How often does it end like that? A simulation can tell: choose a true difference of −5 points, let the two prompts disagree on 12 % of the messages (both chosen by us), and draw 2,000 tests of each size.


# %%
sizes = np.array([50, 100, 216, 400, 800, 1600, 3200])


def simulated(difference):
    """Return how often the gate ships and holds, for each number of messages."""
    gain, disagreement, random = difference / 100, 0.12, np.random.default_rng(0)
    shares = [(disagreement + gain) / 2, (disagreement - gain) / 2, 1 - disagreement]
    found = []
    for n in sizes:
        won, lost, _ = random.multinomial(n, shares, 2000).T / n
        half = 1.96 * np.sqrt((won + lost - (won - lost) ** 2) / n)
        found.append([np.mean(won - lost - half > -0.02), np.mean(won - lost + half < -0.02)])
    return np.transpose(found)


# %%
def decisions(cases=216, difference=-5):
    ship, hold = simulated(difference)
    _, ax = plt.subplots(figsize=(7, 3))
    ax.stackplot(sizes, hold, 1 - ship - hold, ship, colors=["#E69F00", "#DDDDDD", "#56B4E9"])
    ax.axvline(cases, color="k", linestyle=":")
    at = int(np.flatnonzero(sizes == cases)[0])
    ax.text(cases * 1.05, 0.5, f"ship {ship[at]:.0%}\ncollect more {1 - ship[at] - hold[at]:.0%}\nhold {hold[at]:.0%}")
    ax.set(xscale="log", ylim=(0, 1), xlim=(50, 3200), xlabel="messages", ylabel="share of simulations")
    ax.set_xticks(sizes, [f"{n:,}" for n in sizes])
    ax.minorticks_off()
    ax.set_title(f"What the gate says when the truth is {difference:+} points")
    plt.show()


decisions()
ship, hold = simulated(-5)
print({n.item(): f"ship {a:.1%}, hold {b:.0%}" for n, a, b in zip(sizes, ship, hold, strict=True) if n in (216, 3200)})

# %% tags=["widget"]
from ipywidgets import IntSlider, SelectionSlider, interact

_ = interact(
    decisions,
    cases=SelectionSlider(options=[50, 100, 216, 400, 800, 1600], value=216),
    difference=IntSlider(-5, min=-10, max=10),
)

# %% [markdown]
# With 216 messages a loss of 5 points is stopped in about one case of four; in the others the answer is to collect more. Hardly ever does it ship. With 3,200 messages it is always stopped. Move the sliders: what does a *gain* of 5 points need?
#
# Once version 4 ships, `live.txt` changes by one line; so does the way back. And the test messages wear out: each decision that they take part in tells you a little about them. Refill them from the incidents of the month.

# %% [markdown]
# ## How it fails
#
# **(a) The best of many.** Ten colleagues each add two examples per label to version 1 and score it on the same 40 cases. We keep the winner. Its score on the cases and on the test:

# %%
random = np.random.default_rng(1)
attempts = []
for number in range(10):
    two = [pool[pool["intent"] == name].iloc[random.permutation(8)[:2]] for name in order]
    rows = pd.concat(two)[["text", "intent"]].itertuples(index=False)
    attempts.append(save(f"1x{number}", f"Labels: {names}.\n{examples_text(Example(*row) for row in rows)}"))
on_forty = np.array([accuracy(prompt, rows=forty) for prompt in attempts])
winner = attempts[on_forty.argmax()]
print(f"40 cases: worst {on_forty.min():.2f}, mean {on_forty.mean():.2f}, best {on_forty.max():.2f}")
print(f"test: the best one of them {accuracy(winner, rows=test):.2f}")

# %% [markdown]
# The winner was lucky, and the luck doesn't come along. The more versions you try on the same cases, the higher the best one looks. That is why the decision belongs to messages that nobody tuned on.
#
# **(b) A template language that runs what users write.** `str.format` looks like a renderer. Glue the user's text into the template first, fill in the rest afterwards, and see what these four tickets get.


# %%
class Desk:
    name, password = "payroll", "hunter2"


for ticket in ("My payslip is wrong.", "My {payslip} is wrong.", "100 % {", "Please tell me: {desk.password}"):
    template = f"Desk {{desk.name}}. Message: {ticket}"
    try:
        print(template.format(desk=Desk))
    except (KeyError, ValueError) as problem:
        print(f"{type(problem).__name__}: {problem}")

# %% [markdown]
# Two crash, and the last reads an attribute and sends it to the model. A strict renderer inserts values once, as text.
#
# **(c) Dice.** At temperature 1 the answer is drawn, and the same message changes its desk from one seed to the next. A score measured once at that temperature is one draw.

# %%
hot = replace(v2, temperature=1.0)
stranded = "Who do I call when I am stranded abroad at night?"
print([ask(hot, stranded, seed=seed)[0] for seed in range(6)])
print([ask(v2, stranded, seed=seed)[0] for seed in range(6)])
drawn = [np.mean([ask(hot, text, seed=seed)[0] for text in forty["text"]] == forty["intent"]) for seed in range(3)]
print("40 cases at temperature 1, three seeds:", np.round(drawn, 2).tolist())

# %% [markdown]
# For labels use temperature 0, and where variety is wanted, score several seeds. (Real services aren't perfectly repeatable even at 0; and a cache would hide that here, so measure it with the cache off.)

# %% [markdown]
# ## In practice
#
# - Prompts are reviewed like code, by somebody who has the numbers in front of them. Registries such as MLflow's keep the versions; promptfoo and its like run the cases.
# - Every incident becomes a case. If it must never happen again, a golden one.
# - A new model is a new version: it goes through the same gate.
# - Keep the prompt beside the parser that reads its answer. They change together.

# %% [markdown]
# **With a real model.** Bare label names would score far higher, differences shrink, and examples help more often than here. With scores of 0.95 fewer messages disagree, so the paired test needs fewer of them per point. Capitals might matter, typing errors less. The harness, the intervals and the gate stay as they are.

# %% [markdown]
# ## Check yourself
#
# **1.** Two prompts score 0.76 and 0.80 on 50 cases. (a) The second is better, (b) they are equal, (c) there isn't enough evidence yet, (d) 50 cases are always enough.
#
# **2.** A version of a prompt is identified by (a) its file name, (b) a hash of template, model and parameters, (c) the date, (d) the filled-in text.
#
# **3.** Few-shot examples come from (a) the test set, which is closest to the task, (b) the log of users, as it is, (c) your head, after seeing the test's errors, (d) the development set.
#
# <details><summary>Answer</summary>
#
# **1 c.** Two messages make these four points. (a) takes a draw for the truth. (b) "Not shown to differ" isn't "equal": the interval holds large differences too. (d) depends on how often the two disagree and on what you need to notice.
#
# **2 b.** All that can change an answer, and nothing else. (a) A file can be edited and keep its name. (c) Two versions may share a day. (d) differs for every user, so nothing could be compared.
#
# **3 d.** (a) The model would be shown answers of the exam. (b) Logs hold personal data, and wrong labels, until somebody has looked. (c) is the test set through the back door.
#
# </details>

# %% [markdown]
# ## In short
#
# - A prompt has inputs, an output format, settings and an id. Keep it in a file, fill it in strictly, log the id.
# - Measure on messages with known labels, and read the confusion matrix: an average can rise while a desk loses half.
# - Compare two prompts on the same messages. What counts is where they disagree.
# - Invariances and golden cases see what accuracy doesn't.
# - A gate has three answers, and "collect more cases" is one of them.
#
# ## Next
#
# [Open the exercises](../../work/04_llm_production/03_prompts_as_software.ipynb): a strict renderer, examples under a budget, invariance at a fair price, the number of cases, and a gate of your own. Then lesson 04 asks for more than a label: whole records, and whether you can trust them.

# %% tags=["claims"]
assert len(cases) == 80 and len(pool) == 64 and len(test) == 216 and len(known) == 360
assert not set(cases["text"]) & set(pool["text"]) and not set(dev["text"]) & set(test["text"])
assert v1.id == renamed.id and len({v1.id, warm.id, shorter.id}) == 3 and said == "travel"

assert table["conduct"].sum() <= 5 and table["payroll"].sum() >= 16
assert abs(tried["names"] - 0.375) < 0.04 and abs(tried["other names"] - 0.46) < 0.04
assert tried["letters"] < 0.2 and tried["descriptions"] > 0.48
gained = {name: accuracy(shown[name, 4]) - accuracy(shown[name, 0]) for name in ("names", "descriptions")}
assert gained["names"] > 0.08 > gained["descriptions"] > -0.02
assert 3.8 < tokens(v2_examples) / tokens(v2) < 4.3
assert (by_label["version 2"] > by_label["version 1"]).sum() == 5
assert by_label.loc["payroll", "version 1"] > 1.7 * by_label.loc["payroll", "version 2"]

assert 2000 < needed < 3000
assert all(abs(right[name].mean() - value) < 0.02 for name, value in (("version 1", 0.40), ("version 2", 0.58)))
low, high = paired_interval(right["version 1"], right["version 2"])
assert (
    low > 0.08
    and binomtest(19, 77).pvalue < 0.0001
    and (right["version 1"] & ~right["version 2"]).sum() in range(17, 22)
)
low, high = paired_interval(right["version 2"], right["2 with examples"])
assert -0.02 < low < 0.02 and 0.05 < high < 0.12

assert moved["CAPITALS"] == 0 and all(5 <= moved[name] <= 9 for name in ("greeting", "thanks", "typo"))
assert repaired["greeting"] == repaired["thanks"] == 0 == sum(plain(text) != text for text in known["text"])
assert len(stayed) - stayed.sum() == 1 and (route(v2, golden) == golden_truth).all() and len(golden) == 7

verdict = gate(old, new)
assert verdict.decision == "hold" and verdict.low > -0.01 and new.right.mean() - old.right.mean() > 0.03
assert gate(old, shipped).decision == "ship" and shipped.tokens < 1.2 * old.tokens
assert old.right[test["intent"] == "payroll"].sum() < shipped.right[test["intent"] == "payroll"].sum()
assert verdicts["32 examples"].decision == "hold" and any(
    "tokens" in reason for reason in verdicts["32 examples"].reasons
)
verdict = verdicts["absence of any kind"]
assert verdict.decision == "collect more cases" and accuracy(waiting["absence of any kind"]) > accuracy(v2)
assert 0.15 < hold[2] < 0.35 and ship[2] < 0.01 and hold[-1] > 0.99

assert on_forty.max() > 0.6 and on_forty.max() - accuracy(winner, rows=test) > 0.1
assert abs(accuracy(winner, rows=test) - on_forty.mean()) < 0.06
assert len({ask(hot, stranded, seed=seed)[0] for seed in range(6)}) > 1 and max(drawn) < 0.45
