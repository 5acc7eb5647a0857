# /// lesson
# minutes = 50
# exercise_minutes = 93
# needs = ["01_fundamentals/12_probability", "03_deep_learning/10_gpt_from_scratch"]
# seconds = 40
# memory_mb = 1500
# ///

# %% [markdown]
# # See how a model writes one token at a time
#
# **Why.** An assistant answers in fluent English and names a function that doesn't exist. Why didn't it notice? Look at the one thing that a language model computes, and at all that is decided for it from outside.
#
# **You will**
# - read a next-token distribution and its entropy, and test whether the model is right to be sure,
# - choose temperature and top-p,
# - explain why greedy search, beam search and sampling give different texts,
# - compute what a key–value cache saves, and the memory it takes,
# - fit a conversation into a context window.
#
# **You need** lessons 1·12 (probability, entropy) and 3·10 (a GPT from scratch). 50 minutes, and 93 for the exercises.

# %%
import inspect
import math
import warnings
from collections import Counter
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import openai
import torch

from handrail.kit import decoding
from handrail.kit.decoding import Turn, beam_search, continuation, next_log_probabilities, nucleus, trimmed
from handrail.kit.handbook import handbook
from handrail.kit.llm import connect
from handrail.kit.tiny_gpt import END, WINDOW, prose, tiny_gpt

torch.set_num_threads(1)
plt.style.use("handrail.kit.course")
gpt = tiny_gpt()
print(
    f"{sum(p.numel() for p in gpt.model.parameters()):,} weights, {gpt.tokenizer.get_vocab_size():,} tokens, {WINDOW} at once"
)

# %% [markdown]
# This is a real language model, only a small one: the architecture of lesson 3·10, four layers deep, trained for some minutes on 13,000 paragraphs of documentation (those of the seven libraries that you have installed, from NumPy to scikit-image). Everything in sections 1 to 6 holds for models a million times as large; their distributions are better.
#
# ## 1. One function: text in, distribution out
#
# The model reads tokens and returns a probability for each of the 1,024 that may come next. That is all. Four prompts, with the six likeliest tokens; the title gives the entropy, in bits. Ten bits would be a uniform guess. After which words is the model surest? (`<end>` ends a paragraph.)


# %%
def entropy(chances):
    """Return the entropy of a distribution, in bits."""
    chances = chances[chances > 0]
    return float(-(chances * np.log2(chances)).sum())


# %%
prompts = ["Returns", "The input array", "If True,", "Returns the number of"]
_, axes = plt.subplots(1, 4, figsize=(10, 2.8), sharex=True)
bits = {}
for prompt, ax in zip(prompts, axes, strict=True):
    chances = gpt.next_distribution(prompt)
    bits[prompt] = entropy(np.array(list(chances.values())))
    names = list(chances)[:6]
    ax.barh([repr(name) for name in names], [chances[name] for name in names], color="C0")
    ax.invert_yaxis()
    ax.set_title(f"{prompt} …\n{bits[prompt]:.1f} bits", size=10)
axes[0].set_xlabel("probability")
plt.suptitle("The shorter the list of sensible words, the lower the entropy", y=1.08, weight="bold")
plt.show()
print({prompt: round(value, 1) for prompt, value in bits.items()})

# %% [markdown]
# After "Returns" two words do most of the work; after "Returns the number of" anything countable may follow. Note what is missing: there is always a distribution, and it always sums to 1. *I don't know* is not among the outputs, only a flat distribution, and the sampler will draw from that as readily as from a peaked one.

# %% [markdown]
# ## 2. How good is it, and does it know?
#
# Paragraphs that training never saw decide. The loss is −ln p of the token that came, in nats; e to the power of the loss is the **perplexity**, the number of equally likely tokens that would leave you as unsure. Two tables of counts stand beside the model: how frequent is each token, and how frequent after the one before it? The last column doesn't depend on the tokenizer (lesson 3·10).

# %%
training, held_out = prose()
unseen = [gpt.encode(text)[:WINDOW] for text in held_out[:200]]
read = np.array([END, *(t for one in gpt.tokenizer.encode_batch(list(training)) for t in [*one.ids, END])])
single = np.bincount(read, minlength=1024) + 1.0
single /= single.sum()
pairs = np.zeros((1024, 1024))
np.add.at(pairs, (read[:-1], read[1:]), 1)
kinds = np.maximum((pairs > 0).sum(axis=1, keepdims=True), 1)
pairs = (pairs + kinds * single) / (pairs.sum(axis=1, keepdims=True) + kinds)  # Witten-Bell

before = np.concatenate([ids[:-1] for ids in unseen])
came = np.concatenate([ids[1:] for ids in unseen])
predicted = torch.cat([gpt.logits(ids[:-1]).softmax(1) for ids in unseen]).numpy()

# %%
characters = sum(len(gpt.decode(ids)) for ids in unseen)
given = {
    "uniform": np.full(len(came), 1 / 1024),
    "frequency": single[came],
    "pairs": pairs[before, came],
    "model": predicted[np.arange(len(came)), came],
}
loss = {name: -np.log(chances).mean() for name, chances in given.items()}
print(f"{len(came):,} tokens, {characters / len(came):.1f} characters each")
for name, nats in loss.items():
    per_character = nats / math.log(2) * len(came) / characters
    print(f"{name:10}{nats:5.2f} nats   perplexity {math.exp(nats):6.0f}   {per_character:.2f} bits per character")

# %% [markdown]
# The context is worth a lot: from 44 candidates with one token of it to 19 with all. Still, 19 is many. Is the model at least *aware* of it? Sort its predictions by the probability of its favorite token. If 0.9 means 0.9, nine of ten such favorites come true.

# %%
favorite, hit = predicted.max(axis=1), predicted.argmax(axis=1) == came
edges = [0, 0.2, 0.4, 0.6, 0.8, 1]
said, true = [], []
for low, high in pairwise(edges):
    inside = (favorite > low) & (favorite <= high)
    said.append(favorite[inside].mean())
    true.append(hit[inside].mean())
    often = f"favorite from {low:.1f} to {high:.1f}: {inside.mean():3.0%} of the tokens"
    print(f"{often}, promised {said[-1]:.2f}, came true {true[-1]:.2f}")

# %% [markdown]
# It is well calibrated: trained to put probabilities on the next token, it knows how unsure it is *of the next token*. Keep this in mind until section 8, where somebody takes it for knowledge of the world.
#
# ## 3. Temperature and truncation
#
# In 3·10 you built both: temperature divides the logits before the softmax, top-p keeps the most probable tokens that hold a share p. Here they are measured. For "Return the", how many tokens hold 90 %?


# %%
def heated(prompt, temperature):
    """Return the next-token distribution at a temperature."""
    return (gpt.logits(gpt.encode(prompt))[-1].double() / temperature).softmax(0).numpy()


measured = {}
for temperature in (0.2, 0.5, 1, 2):
    chances = heated("Return the", temperature)
    measured[temperature] = entropy(chances), int(nucleus(chances, 0.9).sum())
    print(f"T {temperature:<4} {measured[temperature][0]:.1f} bits, 90 % in {measured[temperature][1]:>3} tokens")

# %% [markdown]
# Temperature reshapes the whole curve; it changes no order and removes no token. Truncation removes the tail. A top-k of 10 keeps ten tokens whatever the curve; top-p follows it. Ten of the tokens after "Returns" are too many, and of those after "Return the" too few:


# %%
def kept_by(prompt, temperature=1.0, top_p=0.9, top_k=10):
    """Draw what top-k and top-p keep of a distribution."""
    chances = np.sort(heated(prompt, temperature))[::-1]
    size = int(nucleus(chances, top_p).sum())
    print(f"{prompt!r:14} top-p {top_p} keeps {size:>3} tokens; top-k {top_k} holds {chances[:top_k].sum():.2f}")
    return chances, size


# %%
_, axes = plt.subplots(1, 2, figsize=(9, 3), sharey=True)
for prompt, ax in zip(("Returns", "Return the"), axes, strict=True):
    chances, size = kept_by(prompt)
    ax.bar(range(1, 141), chances[:140], width=1, color=np.where(np.arange(140) < size, "C0", "#C4C4C4"))
    ax.axvline(10.5, color="C5")
    ax.text(13, 0.3, "top-k ends here", color="C5")
    ax.text(25, 0.05, f"top-p keeps {size}", color="C0")
    ax.set(title=f"{prompt} …", xlabel="rank of the token", yscale="log", ylim=(2e-4, 1))
axes[0].set_ylabel("probability (logarithmic)")
plt.suptitle("Top-p adapts to the curve; top-k doesn't", y=1.12, weight="bold")
plt.show()

# %% [markdown]
# Now watch what the two do to text. The seed is the same in each line, so that only the settings differ. Which of the three would you put into a product?


# %%
def written(temperature=0.7, top_p=0.9, seed=38):
    """Print a continuation for these settings."""
    text = gpt.decode(continuation(gpt, "This function", 30, temperature=temperature, top_p=top_p, seed=seed))
    print(f"T {temperature}, top-p {top_p}: This function{text}\n")


written(0.2, 1.0)
written(0.7, 0.9)
written(1.3, 1.0)

# %% tags=["widget"]
from ipywidgets import FloatSlider, IntSlider, interact

_ = interact(
    written,
    temperature=FloatSlider(value=0.7, min=0, max=2, step=0.1),
    top_p=FloatSlider(value=0.9, min=0.1, max=1, step=0.05),
    seed=IntSlider(value=38, min=0, max=40),
)

# %% [markdown]
# ## 4. Search is not sampling
#
# Sampling asks for *a* text. Sometimes you want *the* text: the most probable one, as in translation or when a date is copied out of an e-mail. **Greedy** search takes the best token in each step. The probability of a text is the product of its tokens' (its logarithm a sum), so:
#
# **Predict before you run.** Is the greedy text the most probable text?
#
# - yes: a product is largest when each factor is
# - no
#
# `beam_search` keeps the best `width` texts in each step and may change its mind; width 1 is greedy. You write it in exercise 4.

# %%
scores = next_log_probabilities(gpt, "Compute the")
found = {width: beam_search(scores, width, 20)[-1][0] for width in (1, 2, 4, 16)}
for width, best in found.items():
    print(f"width {width:>2}: {best.log_probability:6.1f}   Compute the{gpt.decode(best.tokens)}")

# %% [markdown]
# The tempting answer is *yes*, and the text of width 16 is e⁷ = 1,600 times as probable as the greedy one. Each factor is largest *given the ones before it*, and the first choice decides which ones can follow. The tree of the first five steps, four texts wide, shows how greedy search loses. At each token stands the log-probability of its text so far. The orange path takes the best token each time. Where does it fall behind, and to what?

# %%
beams = beam_search(scores, 4, 5)
path = found[1].tokens
places = [[one.tokens for one in beam].index(path[:step]) + 1 for step, beam in enumerate(beams, 1)]
print("place of the greedy path in the beam after each step:", places)

# %%
_, ax = plt.subplots(figsize=(9, 3.4))
at = {(): (0, 1)} | {one.tokens: (step, rank) for step, beam in enumerate(beams, 1) for rank, one in enumerate(beam, 1)}
for one in [one for beam in beams for one in beam]:
    (x0, y0), (x, y) = at[one.tokens[:-1]], at[one.tokens]
    color = "C5" if one.tokens == path[:x] else "#666666"
    ax.plot([x0 + 0.6, x - 0.05], [y0, y], color=color, linewidth=2 if color == "C5" else 1)
    ax.text(x, y, f"{gpt.piece(one.tokens[-1])!r}  {one.log_probability:.1f}", color=color, va="center", size=9)
ax.text(0, 1, "Compute the", va="center", size=9)
ax.set(xlim=(-0.1, 5.9), ylim=(4.5, 0.5), yticks=range(1, 5), ylabel="place in the beam", xlabel="tokens written")
ax.set_title("Greedy search (orange) is overtaken at the second token")
ax.grid(False)
plt.show()

# %% [markdown]
# Is our search the library's? `generate` of transformers does the same with `num_beams`; a length penalty of 0 ranks by the plain sum. And one more trap: is a wider beam always at least as good?

# %%


def by_library(text, width, penalty=0.0):
    """Return what the library's beam search writes after a text: up to 30 tokens."""
    prompt = torch.tensor([gpt.encode(text)])
    asked = {"attention_mask": torch.ones_like(prompt), "max_new_tokens": 30, "pad_token_id": END, "do_sample": False}
    if width > 1:
        asked |= {"num_beams": width, "length_penalty": penalty, "early_stopping": "never"}
    ids = gpt.model.generate(prompt, **asked)[0, prompt.shape[1] :].tolist()
    return tuple(ids[: ids.index(END) + 1] if END in ids else ids)


same = [by_library("Compute the", width) == best.tokens for width, best in found.items()]
print("same tokens as the library:", same)

other = next_log_probabilities(gpt, "Return the")
narrow = {width: beam_search(other, width, 20)[-1][0].log_probability for width in (1, 2, 4)}
print("Return the:", {width: round(value, 1) for width, value in narrow.items()})

# %% [markdown]
# With width 2, "Return the" ends worse than greedily: two other texts pushed the greedy one out of the beam and disappointed later. A beam is a heuristic. Only one that is as wide as all texts finds the best for sure, and their number is 1,024 to the power of the length.
#
# ## 5. How it fails: probable is not good
#
# Suppose we could search perfectly. Would the texts get better? Watch their length as the beam widens, and remember that each further token multiplies by a number below 1.

# %%
several = ["Returns the number of", "Return the", "If True,", "Compute the", "The input array", "Returns"]
length, texts = {}, {}
for width, penalty in ((1, 0.0), (4, 0.0), (16, 0.0), (16, 1.0)):
    best = [by_library(text, width, penalty) for text in several]
    length[width, penalty] = np.mean([len(tokens) for tokens in best])
    texts[width, penalty] = gpt.decode(best[4])
    name = f"width {width}" + ", divided by length" * (penalty > 0)
    print(f"{name:29}{length[width, penalty]:4.1f} tokens   The input array{texts[width, penalty]}")

# %% [markdown]
# The best-scoring paragraph that the widest beam finds is *The input array.*: three words and a full stop. Nothing is as probable as stopping. Libraries therefore divide the sum by the length, which is a repair and no theory: now the texts come out longer than the greedy ones, because one nearly certain token after the other raises the mean.

# %% [markdown]
# With open texts another thing fails: greedy search runs in circles.
#
# The first four prompts again, 50 tokens each, with `<end>` forbidden so that the texts are equally long. Two numbers: the share of runs of three tokens that occurred before in the same text, and the mean log-probability.

# %% tags=["nbval-ignore-output"]
habits = {}
for temperature in (0, 0.7, 1):
    repeated, mean = [], []
    for seed, text in enumerate(several[:4]):
        tokens = continuation(gpt, text, 50, temperature=temperature, seed=seed, ends=False)
        runs = Counter(zip(tokens, tokens[1:], tokens[2:], strict=False))
        repeated.append(1 - len(runs) / runs.total())
        ids = gpt.encode(text) + list(tokens)
        chances = gpt.logits(ids[:-1]).log_softmax(1)[-50:]
        mean.append(float(chances[torch.arange(50), torch.tensor(tokens)].mean()))
    habits[temperature] = np.mean(repeated), np.mean(mean)
    shares = f"repeated {np.mean(repeated):.2f}   mean log-probability {np.mean(mean):5.1f}"
    print(f"T {temperature:<4} {shares}")
human = -np.log(given["model"]).mean()
print(f"people, on the held-out paragraphs: mean log-probability {-human:.1f}")

# %% [markdown]
# The last line is the yardstick. People's sentences are *less* probable than greedy search and than T = 0.7; at T = 1 the model is about as surprising as they are, and it doesn't make up for that by sense. Usual settings follow: temperature 0 to extract, where one answer is right; about 0.7 with top-p 0.9 for prose; beams, divided by length, for translation and speech.
#
# ## 6. Reading is cheap, writing is dear
#
# Lesson 3·10 showed that a key–value cache changes the work and not the text. Now as a bill. To write 100 tokens after 3, how many positions pass through the layers? `past_key_values` carries the cache from call to call.

# %%
ids = gpt.encode("The model")
new, cache, fed, with_cache = list(ids), None, 0, []
with torch.no_grad():
    for _ in range(100):
        out = gpt.model(torch.tensor([new]), past_key_values=cache, use_cache=True)
        cache, fed = out.past_key_values, fed + len(new)
        with_cache.append(out.logits[0, -1])
        new = [int(out.logits[0, -1].argmax())]
        ids.append(new[0])
gap = float((torch.stack(with_cache) - gpt.logits(ids[:-1])[2:]).abs().max())
without = sum(range(3, 103))
numbers = sum(part.numel() for layer in cache.layers for part in (layer.keys, layer.values))
print(f"without a cache {without:,} positions, with it {fed}; logits agree to 1e-4: {gap < 1e-4}")
print(f"the cache holds {numbers:,} numbers = 2 · 4 layers · 128 · {fed} tokens: {numbers == 2 * 4 * 128 * fed}")

# %% [markdown]
# So the price is memory: 2 (a key and a value) · layers · key–value heads · width of a head · bytes of a number, for each token of each conversation. Four designs with 32 layers and heads of 128 numbers. *Grouped* heads share keys and values, four query heads each. A card has 24 GiB, and a model of 7 billion weights in 16 bits takes 13 of them. How many tokens fit into the rest?


# %%
def cache_gib(tokens, heads, bytes_each, layers=32, head_width=128):
    """Return the memory of a key–value cache in GiB."""
    return 2 * layers * heads * head_width * bytes_each * tokens / 2**30


designs = {
    "32 heads, 16 bits": (32, 2),
    "32 heads, 8 bits": (32, 1),
    "8 grouped heads, 16 bits": (8, 2),
    "8 grouped heads, 8 bits": (8, 1),
}
for name, (heads, size) in designs.items():
    one = cache_gib(1, heads, size)
    print(f"{name:25} {2**20 * one:4.0f} KiB a token, {4096 * one:4.2f} GiB for 4,096, room for {11 / one:7,.0f}")

# %%
context = np.array([1024, 8192, 32_768, 131_072])
_, ax = plt.subplots(figsize=(7.5, 3.6))
for name, (heads, size) in designs.items():
    line = cache_gib(context, heads, size)
    ax.plot(context, line, "o-")
    ax.text(140_000, line[-1], name, va="center", size=9)
ax.axhline(11, color="#777777", linestyle="--")
ax.text(1024, 12, "left on the card: 11 GiB", size=9, va="bottom")
ax.set(xscale="log", yscale="log", xlim=(900, 900_000), ylabel="GiB")
ax.set_xlabel("tokens in the window, all conversations together")
ax.set_xticks(context, [f"{tokens:,}" for tokens in context])
ax.minorticks_off()
ax.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
ax.set_title("What limits a server is often the cache")
plt.show()

# %% [markdown]
# One conversation of 32,768 tokens overfills the card with the first design; with the last one, five fit. This is why providers bill long prompts, and why they sell a prefix they have kept more cheaply (lesson 02).

# %% [markdown]
# The other half of the bill: one pass reads a hundred tokens nearly as fast as it writes one, because all weights travel from memory in either case. **Speculative decoding** uses that. A cheap model drafts some tokens, the large one scores them all in one pass, and each is kept or replaced such that the text is distributed exactly as the large model's own. A token that the draft gives q and the target p is kept with probability min(1, p/q), so Σ min(p, q) of the drafts survive. Is a table of pairs good enough as a draft for our model?

# %%
survive = np.minimum(predicted, pairs[before]).sum(axis=1)
print(f"kept of the drafts of a table of pairs: {survive.mean():.2f}")
for share in (0.46, 0.8, 0.95):
    expected = (1 - share**5) / (1 - share)
    print(f"{share:.0%} kept, four drafts a pass: {expected:.1f} tokens per pass of the large model")

# %% [markdown]
# (A pass yields the drafts up to the first refusal, and one token of the large model's own; that is the sum of a geometric series.) Nearly half of the guesses of a mere table survive. Which token has to replace a refused one, so that no reader can notice? That is exercise 5.
#
# ## 7. The window is finite
#
# Our model has learned 128 positions. Token 129 has none:

# %%
try:
    gpt.logits([END] * 129)
except ValueError as error:
    print(error)

# %% [markdown]
# Services answer such a request with an error, too. We ask one: `connect()` starts a small server on your own machine that speaks the language of the large providers (lesson 02 shows how). It is a **stand-in**, made of fixed rules, and no language model; its window holds 8,192 tokens. What does it say to 9,000 words?

# %%
llm = connect()
try:
    llm.openai.chat.completions.create(model=llm.small, messages=[{"role": "user", "content": "word " * 9000}])
except openai.BadRequestError as error:
    refused = error
print(refused.status_code, refused.code)
print(refused.body["message"].split(" Please")[0])

# %% [markdown]
# Windows and bills are measured in tokens, so count tokens, not characters. Each provider has its own tokenizer, and an address that counts for you. Four texts: the course's own handbook of an invented company, the same kind of text in German, a Python module, and a table as JSON. In which do you pay most for a character? (7 tokens for the envelope of a message are taken off.)


# %%
def count(text):
    """Return the tokens of a text, as the stand-in counts them."""
    messages = [{"role": "user", "content": text or "x"}]
    return llm.anthropic.messages.count_tokens(model=llm.small, messages=messages).input_tokens - 7


book = handbook()
german = "Jeder Beschäftigte hat Anspruch auf dreißig Urlaubstage im Jahr. Der Antrag wird spätestens zwei Wochen vorher gestellt. Nicht genommene Tage verfallen am einunddreißigsten März des Folgejahres, es sei denn, die Vorgesetzte stimmt einer Übertragung schriftlich zu."
kinds_of_text = {
    "English": " ".join(book["text"][:40]),
    "German": german,
    "Python": inspect.getsource(decoding),
    "JSON": book[["id", "page", "office", "effective"]].head(40).to_json(orient="records", date_format="iso"),
}
per_token = {name: len(text) / count(text) for name, text in kinds_of_text.items()}
print({name: round(value, 1) for name, value in per_token.items()}, "characters per token")

# %% [markdown]
# The rule of thumb "four characters a token" is far off for German, and off by a factor of two for JSON.
#
# A service keeps nothing between calls: with each question the *whole* conversation is sent again, and one day it doesn't fit. Here is a long one, with an instruction in front and a harmless question at its end; 1,000 tokens are reserved for the answer. Three ways to shorten it: cut the oldest turns; keep the system's turns and the latest others (`trimmed`, exercise 3); or the same, with a summary of what was dropped. What will the answer look like in each case?

# %%
talk = [Turn("system", "Reply in upper case.")]
for heading, text in zip(book["heading"][:110], book["text"][:110], strict=True):
    talk += [Turn("user", f"What is our rule on this: {heading}?"), Turn("assistant", text)]
talk.append(Turn("user", "Thank you. Who are you?"))
size = {turn.text: count(turn.text) + 4 for turn in talk}  # 4 for each message
room = 8192 - 1000
print(f"{len(talk)} turns, {sum(size[turn.text] for turn in talk):,} tokens, room for {room:,}")

latest = list(talk)
while sum(size[turn.text] for turn in latest) > room:
    latest.pop(0)
careful = trimmed(talk, size.__getitem__, room)
dropped = [turn.text.split(": ")[1][:-1] for turn in talk if turn.role == "user" and turn not in careful]
note = Turn("system", f"Earlier the user asked about {', '.join(dropped[:30])} and {len(dropped) - 30} more topics.")
size[note.text] = count(note.text) + 4
noted = trimmed([talk[0], note, *talk[1:]], size.__getitem__, room)

# %%
replies = {}
for name, turns in (("cut the oldest", latest), ("keep the system", careful), ("and a note", noted)):
    messages = [{"role": turn.role, "content": turn.text} for turn in turns]
    reply = llm.openai.chat.completions.create(model=llm.small, messages=messages)
    replies[name] = reply.choices[0].message.content
    print(f"{name:16}{len(turns):>3} turns, first: {turns[0].role:9} {reply.usage.prompt_tokens:,} tokens")
    print(f"    {replies[name][:60]} …")

# %% [markdown]
# The oldest turn is the instruction, so cutting from the left deletes it first, without any error: the answer changes its style in the middle of a conversation. The stand-in obeys by rule. A real model would have no choice either, because it can't follow what it doesn't read. The note costs some tokens and saves what was talked about; in a product, a model writes it.
#
# ## 8. Why it invents
#
# Now the question of the beginning. Let the model complete "Use `torch." forty times, at a temperature of 0.5, and look up in the installed library whether the name exists.


# %%
def exists(name):
    """Say whether torch has this name; dots lead inward."""
    found = torch
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for part in name.split("."):
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
    return True


# %% tags=["nbval-ignore-output"]
names = {}
for seed in range(40):
    tokens = continuation(gpt, "Use `torch.", 12, temperature=0.5, seed=seed)
    name, closed, _ = gpt.decode(tokens).partition("`")
    if closed and name.replace(".", "").isidentifier():
        names[name] = exists(name)
print("exist:    ", sorted(name for name in names if names[name]))
print("invented: ", sorted(name for name in names if not names[name]))

# %% [markdown]
# The invented ones look right. Can the probability tell them apart? Take each name's log-probability, up to the closing quote.


# %%
def log_probability(prompt, text):
    """Return ln p(text | prompt)."""
    begin, ids = len(gpt.encode(prompt)), gpt.encode(prompt) + gpt.tokenizer.encode(text).ids
    chances = gpt.logits(ids[:-1]).log_softmax(1)
    return float(chances[torch.arange(begin - 1, len(ids) - 1), torch.tensor(ids[begin:])].sum())


# %%
usual = {name: log_probability("Use `torch.", f"{name}`") for name in names}
real = np.array([usual[name] for name in names if names[name]])
invented = np.array([usual[name] for name in names if not names[name]])
_, ax = plt.subplots(figsize=(7.5, 2.2))
for y, values in enumerate((invented, real)):
    ax.plot(values, np.full(len(values), y), "|", markersize=22, color=("C1", "C0")[y])
ax.set(yticks=[0, 1], yticklabels=["invented", "exist"], ylim=(-0.6, 1.6), xlabel="log-probability of the name")
above = (invented[:, None] > real).mean()
ax.set_title(f"An invented name is more probable than a real one in {above:.0%} of all pairs")
plt.show()

# %% [markdown]
# Probability isn't worthless here: common names are more probable, and common names exist. But the two rows overlap, and about one pair in eight stands in the wrong order. Any limit lets inventions pass or forbids real names.
#
# Worse, a name may exist and the sentence be false. Ten functions of NumPy and ten descriptions make 100 fluent sentences; ten of them are true. How often is the true name the most probable one for its description?

# %%
purposes = {
    "mean": "the mean of an array",
    "sort": "a sorted copy of an array",
    "dot": "the dot product of two arrays",
    "median": "the median of an array",
    "argmax": "the index of the largest element",
    "cumsum": "the cumulative sum of the elements",
    "unique": "the unique elements of an array",
    "zeros": "an array filled with zeros",
    "log": "the natural logarithm of each element",
    "transpose": "an array with its axes permuted",
}
# %%
fluent = np.array(
    [[log_probability("", f"The function `numpy.{name}` returns {text}.") for name in purposes] for text in purposes.values()]
)  # fmt: skip
is_true = np.eye(10, dtype=bool)
first = int((fluent.argmax(axis=1) == np.arange(10)).sum())
falser = (fluent[~is_true][:, None] > fluent[is_true]).mean()
print(f"the true name comes first for {first} of 10 descriptions; guessing: 1")
print(f"a false sentence is more probable than a true one in {falser:.0%} of all pairs; guessing: 50%")

# %% [markdown]
# That is chance. The model scores how usual a text is, and a false sentence in the right style is as usual as a true one. Section 2 said that it knows how unsure it is: of the *next token*, yes. Nothing in the function from text to distribution looks anything up.
#
# Large models have read so much that for well-known facts the true sentence *is* the usual one; for your company's rules it isn't. So the rest of this phase puts around the model what it lacks: checks of what it wrote (lesson 04), the right text in front of it (05 and 06), and measurements of both (09).

# %% [markdown]
# ## In practice
#
# - Log with every call: model, version of the prompt, temperature, seed, finish reason, tokens.
# - Set `max_tokens` always, and look at the finish reason: `length` means that the answer was cut.
# - Temperature 0 for extraction and for tests; about 0.7 with top-p 0.9 for prose. Change one of the two, not both.
# - Equal seeds don't promise equal text on a service: other requests share the batch, and rounding changes with it.
# - Count tokens with the tokenizer of the model that you pay for.

# %% [markdown]
# **With a real model.** Entropies fall to a few bits, texts make sense, and well-known true sentences become more probable than false ones, so the last table looks far better there. Calibration of the next token often suffers when a model is trained further to converse. Sections 3 to 7 stay as they are. In section 7 only the errors, counts and the lost instruction are facts of our code; the replies were the stand-in's.

# %% [markdown]
# ## Check yourself
#
# **1.** As the temperature goes to 0, sampling becomes (a) uniform, (b) truthful, (c) greedy, (d) impossible.
#
# **2.** A key–value cache changes (a) the quality of the text, (b) work and memory, (c) the context length, (d) the randomness.
#
# **3.** A model gives a sentence a high log-probability. Then (a) it is true, (b) it is the only good answer, (c) the model has looked it up, (d) it is usual in texts like those of the training.
#
# <details><summary>Answer</summary>
#
# **1 c.** Dividing by a small number stretches the differences until the best token has everything. (a) is the other end, a very high temperature. (b) Temperature acts on probabilities, and those don't measure truth. (d) The division by 0 is avoided: libraries take T = 0 to mean greedy.
#
# **2 b.** 102 positions in place of 5,250, paid for with memory. (a) and (d) The logits agreed, so the distribution is the same. (c) The window is given by the positions that the model has learned; a cache can only make it too dear to fill.
#
# **3 d.** (a) False sentences in the right style scored as high. (b) Many sentences are probable at once, and another seed draws another one. (c) There is nothing to look it up in: the function reads the text and its weights.
#
# </details>

# %% [markdown]
# ## In short
#
# - A language model is one function from text to a distribution. It has no output for *I don't know*.
# - Temperature reshapes, truncation cuts; top-p follows the curve.
# - Greedy is not the most probable, and the most probable is not the best: it stops early.
# - A cache trades work for memory, which then limits a server. Drafts make use of cheap reading.
# - Instructions stand at the front of a conversation, where careless trimming begins.
# - Fluency is scored, truth isn't.
#
# ## Next
#
# [Open the exercises](../../work/04_llm_production/01_how_llms_generate.ipynb): score a text, cut a nucleus, trim a conversation, search with a beam, and let a cheap model guess without anybody noticing. Then lesson 02 calls a model over a network.

# %% tags=["claims"]
assert 1.5 < bits["Returns"] < 2.5 and 6 < bits["Returns the number of"] < 7.5
assert sorted(bits, key=bits.get) == prompts
assert loss["model"] < 3.2 and loss["pairs"] - loss["model"] > 0.7 and abs(loss["uniform"] - math.log(1024)) < 1e-9
assert 42 < math.exp(loss["pairs"]) < 46 and 17 < math.exp(loss["model"]) < 20
assert np.abs(np.subtract(said, true)).max() < 0.08
assert measured[0.2][1] <= 3 and 15 <= measured[0.5][1] <= 25 and 100 < measured[1][1] < 135 and measured[2][1] > 230
assert found[1].log_probability < found[2].log_probability < found[16].log_probability
assert 1500 < math.exp(found[16].log_probability - found[1].log_probability) < 1800
assert places[:2] == [1, 2] and all(same)
assert narrow[2] < narrow[1] - 1 and narrow[4] > narrow[1] + 1
assert length[1, 0.0] > 1.5 * length[4, 0.0] and length[4, 0.0] > length[16, 0.0] and texts[16, 0.0] == "."
assert habits[0][0] > 0.15 and habits[0.7][0] < 0.06
assert habits[0][1] > habits[0.7][1] > -human and abs(habits[1][1] + human) < 0.5
assert without == 5250 and fed == 102 and gap < 1e-4 and numbers == 104_448
assert cache_gib(4096, 32, 2) == 2 and cache_gib(4096, 8, 2) == 0.5 and cache_gib(32_768, 32, 2) > 11
assert 5 * cache_gib(32_768, 8, 1) < 11 < 6 * cache_gib(32_768, 8, 1)
assert 0.43 < survive.mean() < 0.5
assert refused.status_code == 400 and refused.code == "context_length_exceeded"
assert sum(size[turn.text] for turn in talk) > 8192 and latest[0].role != "system" and careful[0] == talk[0]
if llm.is_standin:
    assert not replies["cut the oldest"].isupper()
    assert replies["keep the system"].isupper() and replies["and a note"].isupper()
    assert per_token["English"] > 4.5 and all(per_token[name] < 3.6 for name in ("German", "Python", "JSON"))
    assert per_token["German"] < 3 and 1.8 < per_token["JSON"] < 2.2
assert len(real) >= 6 and len(invented) >= 12 and invented.max() > np.median(real) and 0.05 < above < 0.25
assert first <= 3 and 0.4 < falser < 0.55
