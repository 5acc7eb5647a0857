# %% [markdown]
# # Exercises: Change a prompt without breaking the product
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(render_prompt)` gives the next of three hints, `solution(render_prompt)` the answer. Any order; `progress()` says where you are. No model is called here.

# %%
import math
import re
from collections.abc import Callable
from statistics import NormalDist
from typing import Literal

import numpy as np

from handrail import check, hint, progress, solution
from handrail.kit.prompts import Example

# %% [markdown]
# ## 1. Fill in a template, strictly  ★☆☆ · 12 min
# A team's prompts are full of JSON braces, and its customers write what they like. Replace every placeholder `{{name}}` by the value of that name, exactly as it is: what a customer wrote is never read as a template. A placeholder without a value, or a value without a placeholder, raises `ValueError` with the name in its message. A name consists of letters, digits and underscores; everything else in the template stays as it is.


# %%
def render_prompt(template: str, values: dict[str, str]) -> str:
    """Return the template with each `{{name}}` replaced by `values[name]`; it may occur several times.

    Raises ValueError, with the name, for a placeholder that has no value and for a value that has no placeholder.

    >>> render_prompt('{"ticket": "{{ticket}}", "n": {{{n}}}}', {"ticket": "What is {{n}}?", "n": "1"})
    '{"ticket": "What is {{n}}?", "n": {1}}'
    """
    # BEGIN SOLUTION
    pattern = r"\{\{([A-Za-z0-9_]+)\}\}"
    used = set(re.findall(pattern, template))
    for name in sorted(used ^ set(values)):
        raise ValueError(f"{name} has no value, or no place in the template")
    return re.sub(pattern, lambda found: values[found[1]], template)
    # END SOLUTION


# %%
check(render_prompt)

# %% [markdown] tags=["solution"]
# One pass over the *template* does it: what `re.sub` has put in isn't searched again. A function as the replacement also keeps backslashes in a value from being read as group numbers. `used ^ set(values)` holds the names that are on one side only: a hole in the prompt, or a value that somebody thinks is in it. Both are silent in most template languages.

# %% [markdown]
# ## 2. Choose examples under a budget  ★☆☆ · 15 min
# A prompt shows solved examples, and every label gets the same number. Work in rounds: each takes the next example of every label, in the order of `labels`. Stop after `per_label` rounds, when a label has no example left, or before a round that doesn't fit into the budget as a whole. Examples whose text is held out for the evaluation are left out first; capitals and white space don't make a text another one.


# %%
def few_shot_block(
    pool: list[Example],
    labels: list[str],
    per_label: int,
    budget: int,
    count: Callable[[str], int],
    held_out: set[str],
) -> list[Example]:
    """Return examples from the pool, round by round, in each round one of every label in the order of `labels`.

    Within a label, examples come in the order of the pool. An example costs `count(example.text)` tokens, and all
    together cost at most `budget`. Two texts are the same if they differ only in capitals or in runs of white space,
    also at their ends; this matters for `held_out` only: the pool's examples are taken and counted as they are, even
    equal ones. Examples of other labels are ignored. `labels` are distinct, at least one.

    >>> pool = [Example("Is my bonus late?", "payroll"), Example("New screen", "equipment"), Example("Tax", "payroll")]
    >>> few_shot_block(pool, ["equipment", "payroll"], 2, 10, lambda text: len(text.split()), {"new  SCREEN"})
    []
    >>> [one.text for one in few_shot_block(pool, ["equipment", "payroll"], 2, 10, len, set())]
    []
    >>> [one.text for one in few_shot_block(pool, ["equipment", "payroll"], 2, 27, len, set())]
    ['New screen', 'Is my bonus late?']
    """

    # BEGIN SOLUTION
    def same(text: str) -> str:
        return " ".join(text.lower().split())

    forbidden = {same(text) for text in held_out}
    allowed = [example for example in pool if same(example.text) not in forbidden]
    queues = [[example for example in allowed if example.label == label] for label in labels]
    chosen, used = [], 0
    for a_round in list(zip(*queues, strict=False))[:per_label]:
        used += sum(count(example.text) for example in a_round)
        if used > budget:
            break
        chosen += a_round
    return chosen
    # END SOLUTION


# %%
check(few_shot_block)

# %% [markdown] tags=["solution"]
# `zip` over one queue per label makes the rounds, and stops with the shortest queue: no label gets more than another. A round is paid before it is added, and as a whole. Normalizing *both* sides of the comparison is what keeps a test case out that somebody has copied with another capital letter; a model that is shown the answer to a test case scores well on it.

# %% [markdown]
# ## 3. Find what should not have changed  ★★☆ · 10 min
# A ticket router calls a model that costs money. You have tickets and named changes that shouldn't matter, such as a greeting in front. For each change return the tickets (as they were) whose label differs after it. A change that leaves a ticket as it is proves nothing: don't pay for it. Each ticket is classified once as it is, and once for each change that alters it. The right labels are unknown, and not needed.


# %%
def invariance_failures(
    classify: Callable[[str], str], texts: list[str], changes: dict[str, Callable[[str], str]]
) -> dict[str, list[str]]:
    """Return, for each change in order, the texts (in order) whose label `classify` gives otherwise after the change.

    A change without failures has an empty list. `classify` is called at most once for each text, and once more for each
    change that makes another text of it. The texts are distinct. The same text always gets the same label.

    >>> classify = lambda text: "urgent" if text.isupper() else "normal"
    >>> changes = {"capitals": str.upper, "please": lambda text: text + " Please!"}
    >>> invariance_failures(classify, ["Broken mouse", "VPN?"], changes)
    {'capitals': ['Broken mouse'], 'please': ['VPN?']}
    """
    # BEGIN SOLUTION
    labels = {text: classify(text) for text in texts}
    failures = {}
    for name, change in changes.items():
        changed = [(text, change(text)) for text in texts]
        failures[name] = [text for text, other in changed if other != text and classify(other) != labels[text]]
    return failures
    # END SOLUTION


# %%
check(invariance_failures)

# %% [markdown] tags=["solution"]
# The original labels are asked for once, before the loop over the changes; inside it they would be paid for every change again. `other != text` stands first, so that `and` skips the call where nothing was changed. No true label occurs: an invariance test needs only messages, of which every company has plenty.

# %% [markdown]
# ## 4. Plan the size of a comparison  ★★☆ · 12 min
# Before your team pays for labels, say how many cases are needed to notice a gain of `gain` (a share of all cases) with probability `power`, in a two-sided test at 5 %, when both prompts answer the same cases and disagree on the share `disagreement`. Use n = (1.96·√d + z·√(d − g²))² / g², where z is the `power` quantile of the standard normal distribution, and round up. A gain larger than the disagreement is impossible: raise `ValueError`.


# %%
def cases_needed(gain: float, disagreement: float, power: float) -> int:
    """Return how many cases a paired comparison needs to notice `gain` with probability `power`, rounded up.

    `gain` and `disagreement` are shares above 0 and at most 1, `power` lies between 0.5 and 1 (both excluded). Raises
    ValueError if `gain` is larger than `disagreement`. The exact value in place of 1.96 is accepted as well.

    >>> cases_needed(0.05, 0.10, 0.8)
    312
    """
    # BEGIN SOLUTION
    if gain > disagreement:
        raise ValueError(f"prompts that disagree on {disagreement:.0%} of the cases can't differ by {gain:.0%}")
    z = NormalDist().inv_cdf(power)
    root = 1.96 * math.sqrt(disagreement) + z * math.sqrt(disagreement - gain**2)
    return math.ceil((root / gain) ** 2)
    # END SOLUTION


# %%
check(cases_needed)

# %% [markdown] tags=["solution"]
# On each case the difference is +1, 0 or −1: its mean is g and its variance d − g². If nothing had changed the variance would be d, which gives the first root. The number grows with d: cases on which both prompts agree cost labels and tell nothing, but it is the disagreement that makes the noise. Two separate samples would need about three times as many cases here.

# %% [markdown]
# ## 5. Ship, hold, or ask for more  ★★★ · 25 min
# Write the gate that decides about a changed prompt. `old` and `new` say which of the same cases each version answers right. Draw cases with replacement, at least 1,000 times, and take the 95 % interval of the mean of new − old (2.5 % and 97.5 %). Hold if the new version fails a case of `must_pass`, or if the interval lies wholly below −margin. Ship if it lies wholly above −margin. Otherwise collect more cases.


# %%
def gate_prompt(
    old: np.ndarray, new: np.ndarray, must_pass: np.ndarray, margin: float, seed: int
) -> Literal["ship", "hold", "collect more cases"]:
    """Return the decision of a paired bootstrap of the cases: a limit that equals -margin is neither above nor below.

    `old` and `new` have shape `(cases,)`, at least one, and hold 1 or True for right and 0 or False for wrong; entry i
    of both is about the same case. `must_pass` has the same shape and marks, likewise, the cases that the new version
    must answer right. `margin` is at least 0. The same seed gives the same decision.

    >>> better, worse = np.ones(50), np.zeros(50)
    >>> gate_prompt(worse, better, np.zeros(50, dtype=bool), 0.02, 0), gate_prompt(better, worse, worse, 0.02, 0)
    ('ship', 'hold')
    """
    # BEGIN SOLUTION
    if not new[must_pass.astype(bool)].all():
        return "hold"
    difference = np.subtract(new, old, dtype=float)
    drawn = np.random.default_rng(seed).choice(difference, size=(2000, len(difference)))
    low, high = np.quantile(drawn.mean(axis=1), [0.025, 0.975])
    if low > -margin:
        return "ship"
    return "hold" if high < -margin else "collect more cases"
    # END SOLUTION


# %%
check(gate_prompt)

# %% [markdown] tags=["solution"]
# The difference is taken case by case *before* anything is drawn, so a hard case is hard for both versions and its difficulty cancels. Drawing old and new separately would throw that away and widen the interval. `must_pass` is a condition, not a weight: it is asked first. NumPy refuses to subtract arrays of True and False, so `np.subtract` is told to compute with floats.
