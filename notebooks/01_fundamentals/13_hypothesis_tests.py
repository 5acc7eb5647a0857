# /// lesson
# minutes = 60
# exercise_minutes = 80
# needs = ["01_fundamentals/12_probability"]
# seconds = 30
# memory_mb = 550
# ///

# %% [markdown]
# # Decide whether a difference is real
#
# **Why.** A team puts a new sign on ten of the city's twenty stations, compares the rentals of a month hour by hour, and finds a difference with p < 0.001. Then somebody calls: the signs were never delivered. How can a test be so sure of nothing?
#
# **You will**
# - derive a p-value by shuffling, and say what it means and what it doesn't,
# - give an interval for a difference by bootstrap, and check that it keeps its promise,
# - plan how many visitors a test needs before it starts,
# - recognize four ways to be fooled (looking often, asking much, the wrong unit, a test too small), and correct them,
# - report effect, interval and decision in one sentence.
#
# **You need** lesson 12. 60 minutes, and 80 for the exercises.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
from scipy import stats
from statsmodels.stats.power import NormalIndPower

from handrail.kit import data

plt.style.use("handrail.kit.course")

# %% [markdown]
# The team's analysis, repeated. The bike data is generated, by a process that knows no signs; ten stations are drawn by lot as if they had one. Each row of `hourly` is an hour of May 2024, each column a station, so two groups of 7,440 numbers are compared. Look at the p-value, which is the chance of such a difference if signs do nothing, or so the test says.

# %%
counts = data.rentals()
local = counts["time"].dt.tz_convert("Europe/Berlin")
may = counts[(local.dt.year == 2024) & (local.dt.month == 5)]
rides = may.assign(rides=may["member"] + may["casual"])
hourly = rides.pivot(index="time", columns="station_id", values="rides").to_numpy()  # (hours, stations)

lot = np.random.default_rng(2024).permutation(20)[:10]
signed = np.isin(np.arange(20), lot)
print("hours and stations:", hourly.shape)
print(f"rides per hour: {hourly[:, signed].mean():.2f} with a sign, {hourly[:, ~signed].mean():.2f} without")
sign_test = stats.ttest_ind(hourly[:, signed].ravel(), hourly[:, ~signed].ravel())
print("p below 0.001:", sign_test.pvalue < 0.001)

# %% [markdown]
# Perhaps that was bad luck? In section 7 you will draw lots a thousand times. To see what went wrong there, you first need a test that goes right.
#
# ## 1. Shuffle the labels
#
# The app's unlock screen has been redrawn. Each visitor is shown the old or the new screen by lot, 6,000 each; either they rent a bike (1) or they don't (0). We generate the visitors ourselves, with true rates of 12.0 % and 13.5 %, so that every verdict below can be judged. A real team never sees these two numbers.

# %%
rng = np.random.default_rng(13)
n = 6000
old = (rng.random(n) < 0.120).astype(float)
new = (rng.random(n) < 0.135).astype(float)
observed = new.mean() - old.mean()
print(f"old {old.mean():.2%}, new {new.mean():.2%}, difference {100 * observed:.2f} points")

# %% [markdown]
# Could two equally good screens differ by so much? If the screen makes no difference, then a visitor would have done the same with the other one: the labels "old" and "new" are names without meaning, and any other way to hand them out was equally likely. So hand them out again, 5,000 times, and see how large a difference chance alone makes.

# %%
visitors = np.concatenate([old, new])


def shuffled_difference(rng: np.random.Generator) -> float:
    """Return the difference of the two rates after the labels are dealt out anew."""
    dealt = rng.permutation(visitors)
    return dealt[n:].mean() - dealt[:n].mean()


by_chance = np.array([shuffled_difference(rng) for _ in range(5000)])
as_large = np.abs(by_chance) >= abs(observed) - 1e-12  # the small number forgives rounding
p_shuffled = (as_large.sum() + 1) / (len(by_chance) + 1)
print(f"{as_large.sum()} of 5,000 shuffles differ by {100 * observed:.2f} points or more: p = {p_shuffled:.4f}")

# %%
points = 100 * by_chance
p_size = math.sqrt(visitors.mean() * (1 - visitors.mean()) * 2 / n)

figure, ax = plt.subplots(figsize=(8, 3.6))
ax.hist(points, bins=np.arange(-2.65, 2.7, 0.1), density=True, color="C0", alpha=0.5)
grid = np.linspace(-2.7, 2.7, 200)
ax.plot(grid, stats.norm.pdf(grid, scale=100 * p_size), color="C0")
for edge, side in ((-100 * observed, "right"), (100 * observed, "left")):
    ax.axvline(edge, color="C1")
    ax.text(edge, 0.42, f" {edge:+.2f} ", color="C1", ha=side)
ax.text(0.75, 0.5, "5,000 shuffles\nand a normal curve", color="C0")
ax.set_title("Chance alone hardly ever makes 2.15 points")
ax.set(xlabel="difference after shuffling (percentage points)", ylabel="density", xlim=(-3, 3))
plt.show()

# %% [markdown]
# That share is the **p-value**: *the probability of a difference at least as large as the one observed, if there is no effect.* "At least as large" counts both directions (the test is **two-sided**), since you would have been as surprised by −2.15. And the data you saw is one of the possible shuffles, so it is counted too, above and below the line: 5,000 rounds can't show that something is impossible.
#
# Three readings are wrong, though you will hear them: that p is the probability that there is no effect; that 1 − p is the probability that there is one; and that a small p means a large effect. The calculation *assumed* no effect. It can't say how probable its own assumption is. For that you would need a prior, as in lesson 12.
#
# SciPy shuffles for you. It should say about the same; its own random numbers differ from ours.

# %%


def difference(first: np.ndarray, second: np.ndarray, axis: int) -> np.ndarray:
    """Return the difference of the means of two samples along an axis."""
    return first.mean(axis=axis) - second.mean(axis=axis)


library = stats.permutation_test((new, old), difference, n_resamples=2000, vectorized=True, batch=100, rng=rng)
print("both below 0.005:", p_shuffled < 0.005, library.pvalue < 0.005)

# %% [markdown]
# ## 2. The classical tests are shortcuts
#
# The curve in the figure was not fitted to the shuffles. A rate is a mean of many independent 0s and 1s, so by the central limit theorem differences are nearly normal, with a spread that a formula gives (lesson 12's p(1 − p)/n, once for each group). This replaces 5,000 shuffles by one area under a curve: the **z-test**. The χ² (chi-squared) test asks the same of a 2×2 table of counts. Compare the two p-values.

# %%
z = observed / p_size
p_formula = 2 * stats.norm.sf(abs(z))  # sf(z) is the area to the right of z
table = [[old.sum(), n - old.sum()], [new.sum(), n - new.sum()]]
p_table = stats.chi2_contingency(table, correction=False).pvalue
print(f"z = {z:.2f}: p = {p_formula:.5f}; from the table: p = {p_table:.5f}")

# %% [markdown]
# One test in two costumes: χ² is z squared. For numbers other than 0 and 1 there are more shortcuts, and each asks a question of its own. Student's **t-test** compares means and assumes equal spreads; **Welch's** doesn't assume it; **Mann–Whitney** compares ranks: does a value of one group tend to exceed a value of the other?
#
# Ride minutes of 30 members and 30 casual riders are skewed. Then one bike isn't locked properly, and the longest casual ride becomes three days. See which p-values move.

# %%
trips = data.trips(rows=20_000)
members = trips.loc[trips["member"], "minutes"].to_numpy(dtype=float)
casual = trips.loc[~trips["member"], "minutes"].to_numpy(dtype=float)
print(f"all 20,000 rides: members {members.mean():.1f} minutes, casual riders {casual.mean():.1f}")

few_members, few_casual = members[:30], casual[:30]
unlocked = few_casual.copy()
unlocked[unlocked.argmax()] = 3 * 24 * 60
for name, group in (("as it was", few_casual), ("one bike unlocked", unlocked)):
    student = stats.ttest_ind(group, few_members).pvalue
    welch = stats.ttest_ind(group, few_members, equal_var=False).pvalue
    ranks = stats.mannwhitneyu(group, few_members).pvalue
    print(f"{name:18} Student {student:.3f}, Welch {welch:.3f}, Mann-Whitney {ranks:.3f}")

# %% [markdown]
# One absurd ride makes the difference *larger* and both t-tests blind: the spread grows faster than the mean. The ranks hardly notice, since the longest ride stays the longest. That doesn't make ranks better. Whoever pays for the time of all rides needs the mean, and must first decide whether three days is a ride.
#
# ### Predict before you run
#
# An **A/A test** shows the same screen to both groups, so there is nothing to find. You run 20,000 of them, with 6,000 visitors a group and a true rate of 12 %. How many have p < 0.05?

# %%


def p_values(first: np.ndarray, second: np.ndarray, n: int | np.ndarray) -> np.ndarray:
    """Return the two-sided p-values of z-tests, for counts of successes out of `n` in either group."""
    rate = (first + second) / (2 * n)
    spread = np.sqrt(rate * (1 - rate) * 2 / n)
    return 2 * stats.norm.sf(np.abs(first - second) / n / spread)


same_screen = p_values(*rng.binomial(n, 0.12, size=(2, 20_000)), n)
print(f"p < 0.05 in {(same_screen < 0.05).mean():.1%} of A/A tests")

figure, ax = plt.subplots(figsize=(8, 2.8))
ax.hist(same_screen, bins=np.linspace(0, 1, 21), color="C0", edgecolor="white")
ax.patches[0].set_facecolor("C1")
ax.axhline(1000, color="black", linewidth=1, linestyle="--")
ax.text(0.07, 1090, "p < 0.05", color="C1")
ax.set_title("Without an effect, every p-value is as likely as any other")
ax.set(xlabel="p-value", ylabel="A/A tests", xlim=(0, 1), ylim=(0, 1300))
plt.show()

# %% [markdown]
# The tempting answer is "almost none". It is one in twenty, and that is no fault of the test: 5 % is the rate of false alarms that you *chose* when you wrote 0.05. A p-value of 0.7 is no proof of "no effect" either. Under no effect a value near 0.03 is as likely as one near 0.7. (The bars on the right are uneven since the groups differ by whole numbers of visitors.)
#
# ## 3. How large is it?
#
# A p-value says whether chance explains the difference, not how large it is. How far would the estimate move if the test were repeated with other visitors? You can't repeat it, but you can draw 6,000 visitors *from the 6,000 you have*, with replacement. This is the **bootstrap**: the sample stands in for the city.

# %%


def resampled_difference(rng: np.random.Generator) -> float:
    """Return the difference of the rates of two groups drawn from ours with replacement."""
    return rng.choice(new, size=n).mean() - rng.choice(old, size=n).mean()


resampled = np.array([resampled_difference(rng) for _ in range(4000)])
low, high = np.quantile(resampled, [0.025, 0.975])
print(f"95 % interval by hand:  {100 * low:.1f} to {100 * high:.1f} points")

library = stats.bootstrap((new, old), difference, n_resamples=4000, method="percentile", batch=200, rng=rng)
ends = library.confidence_interval
print(f"95 % interval by SciPy: {100 * ends.low:.1f} to {100 * ends.high:.1f} points")

# %% [markdown]
# The truth, 1.5 points, lies inside. What does "95 %" promise? Not that this interval contains the truth with that probability: it does or it doesn't. The promise is about the *method*: repeated on many samples, it should catch the truth in 95 of 100 cases. Promises can be checked. Here 1,000 samples of 50 incomes are drawn from a log-normal distribution whose median is exactly 1, and each gets a bootstrap interval of its own.

# %%


def median_interval(sample: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the 95 % bootstrap interval of the median of a sample."""
    draws = rng.choice(sample, size=(400, len(sample)))
    return np.quantile(np.median(draws, axis=1), [0.025, 0.975])


intervals = np.array([median_interval(rng.lognormal(size=50), rng) for _ in range(1000)])  # (samples, 2)
caught = (intervals[:, 0] <= 1) & (intervals[:, 1] >= 1)
print(f"{caught.mean():.0%} of the intervals contain the true median")

# %%
figure, ax = plt.subplots(figsize=(8, 3.2))
for place, ((left, right), inside) in enumerate(zip(intervals[:60], caught[:60], strict=True)):
    ax.plot([place, place], [left, right], color="C0" if inside else "C1", linewidth=2 if inside else 4)
ax.hlines(1, -1, 60, color="black", linewidth=1)
ax.text(60.5, 1, "truth", va="center")
ax.set_title(f"The thick intervals, {np.sum(~caught[:60])} of 60, miss the truth")
ax.set(xlabel="sample", ylabel="interval for the median", xlim=(-1, 66))
plt.show()

# %% [markdown]
# A little under 95 %, which is usual for samples of 50. The bootstrap is no magic, though. It can't draw what the sample doesn't contain, so it fails for the *largest* value: a resample of 200 values includes the sample's maximum with probability 1 − (1 − 1/200)²⁰⁰, and never anything beyond. Estimate the highest flood with it, and you build too low a dam.

# %%
floods = rng.lognormal(size=200)
largest = rng.choice(floods, size=(4000, 200)).max(axis=1)
print(f"{(largest == floods.max()).mean():.0%} of the resamples have the very same maximum")
print(f"by the formula: {1 - (1 - 1 / 200) ** 200:.1%}")

# %% [markdown]
# The interval also separates two words that sound alike. A difference is **significant** if chance hardly explains it, and **relevant** if somebody should care. With enough visitors everything is significant. See how small a difference reaches p < 0.05 as groups grow.

# %%
for size in (6_000, 100_000, 2_000_000):
    smallest = 1.96 * math.sqrt(0.12 * 0.88 * 2 / size)
    print(f"{size:9,} visitors a group: {100 * smallest:.2f} points are significant")

# %% [markdown]
# ## 4. Plan before you start
#
# Suppose that a *lift* of 1.2 points (12.0 → 13.2 %) would pay for the redesign. The **power** of a test is the probability that it notices such an effect, that is, ends with p < 0.05. Simulate it: run the same test 20,000 times in a world where the effect is real.

# %%


def power(n: int, base: float, lift: float, rng: np.random.Generator) -> float:
    """Return the share of 20,000 simulated tests, `n` visitors a group, that notice the lift."""
    first = rng.binomial(n, base, size=20_000)
    second = rng.binomial(n, base + lift, size=20_000)
    return float((p_values(first, second, n) < 0.05).mean())


powers = {size: power(size, 0.12, 0.012, rng) for size in (1500, 6000, 12_000)}
for size, share in powers.items():
    print(f"{size:6,} visitors a group notice the effect in {share:.0%} of tests")

# %% [markdown]
# Our test of 6,000 was a coin toss. To choose the size, turn the question round with the normal curve: the true difference must exceed the threshold, 1.96 standard errors, by another 0.84, so that 80 % of the estimates lie above it. Solved for n, per group, with p₁ and p₂ the two rates:
#
# $$n = (1.96 + 0.84)^2 \; \frac{p_1(1-p_1) + p_2(1-p_2)}{(p_2-p_1)^2}$$
#
# Halve the difference, and the test needs four times as many visitors. statsmodels solves the same equation for any of its terms; `alpha` is the 0.05.

# %%
first, second = 0.120, 0.132
spread = first * (1 - first) + second * (1 - second)
needed = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) ** 2 * spread / (second - first) ** 2
effect = (second - first) / math.sqrt(spread / 2)  # the difference in standard deviations
library = NormalIndPower().solve_power(effect, power=0.8, alpha=0.05)
print(f"visitors a group: {math.ceil(needed):,} by hand, {math.ceil(library):,} by statsmodels")


# %%
def draw_power(lift: float, size: int) -> None:
    """Draw the power of tests that look for `lift` percentage points above 12 %, and mark one size."""
    better = 0.12 + lift / 100
    effect = lift / 100 / math.sqrt((0.12 * 0.88 + better * (1 - better)) / 2)
    sizes = np.arange(500, 30_001, 250)
    shares = NormalIndPower().power(effect, sizes, alpha=0.05)
    mine = NormalIndPower().power(effect, size, alpha=0.05)
    ax = plt.subplots(figsize=(8, 3))[1]
    ax.plot(sizes, shares)
    ax.plot(size, mine, "o", color="C1")
    ax.annotate(f"{size:,}: {mine:.0%}", (size, mine), xytext=(8, -12), textcoords="offset points", color="C1")
    ax.axhline(0.8, color="black", linewidth=1, linestyle="--")
    ax.set_title(f"How likely a test notices {lift:.1f} points more than 12 %")
    ax.set(xlabel="visitors in each group", ylabel="power", ylim=(0, 1.05), xlim=(0, 30_000))


# %%
draw_power(1.2, 6000)
plt.show()

# %% [markdown]
# The sliders change the effect you look for and the visitors you can afford. Find the size for half a point: you'll run out of slider.

# %% tags=["widget"]
from ipywidgets import FloatSlider, IntSlider, interact


@interact(lift=FloatSlider(1.2, min=0.3, max=3, step=0.1), size=IntSlider(6000, min=500, max=30_000, step=500))
def plan(lift, size):
    draw_power(lift, size)
    plt.show()


# %% [markdown]
# "Then we run a small test, and if it's significant anyway, all the better." No: it is worse. With 1,500 visitors a group, only estimates far above the truth reach significance. So look at the estimates of those tests that would be announced as a success.

# %%
small = 1500
before, after = rng.binomial(small, 0.12, size=20_000), rng.binomial(small, 0.132, size=20_000)
lifts = 100 * (after - before) / small
noticed = p_values(before, after, small) < 0.05
overstated = lifts[noticed].mean() / 1.2
print(f"noticed: {noticed.mean():.0%}; their mean estimate is {overstated:.1f} times the truth")

figure, ax = plt.subplots(figsize=(8, 3.2))
bins = np.arange(-3.6, 6.01, 0.2)
ax.hist([lifts[noticed], lifts[~noticed]], bins=bins, stacked=True, color=["C1", "C0"], edgecolor="white")
ax.axvline(1.2, color="black", linewidth=1)
ax.text(1.25, 1750, "truth: 1.2")
ax.text(3.4, 700, "significant", color="C1")
ax.set_title("Whoever wins a test that is too small exaggerates")
ax.set(xlabel="estimated lift (percentage points)", ylabel="tests", ylim=(0, 1950))
plt.show()

# %% [markdown]
# This is the **winner's curse**. It's why effects that made headlines shrink when somebody repeats the study, without any fraud. (A few lie on the far left: significant, in the wrong direction.)
#
# ## 5. How it fails: looking again and again
#
# Visitors arrive over weeks, and a dashboard shows today's p-value. Stopping at the first p < 0.05 looks like thrift. Simulate 4,000 A/A tests of 6,000 visitors a group and look after every 300; nothing is to be found.

# %%
arrivals = rng.binomial(300, 0.12, size=(2, 4000, 20)).cumsum(axis=2)  # (groups, tests, looks)
sizes = 300 * np.arange(1, 21)
seen = p_values(arrivals[0], arrivals[1], sizes)  # (tests, looks)

alarms = {}
for looks in (1, 2, 5, 10, 20):
    shown = seen[:, 20 // looks - 1 :: 20 // looks]
    alarms[looks] = float((shown < 0.05).any(axis=1).mean())
    print(f"{looks:2} looks: false alarm in {alarms[looks]:.0%} of the tests")

# %%
fooled = (seen[:40] < 0.05).any(axis=1)
figure, ax = plt.subplots(figsize=(8, 3.6))
for path, alarm in zip(seen[:40], fooled, strict=True):
    ax.plot(sizes, path, color="C1" if alarm else "0.75", linewidth=1.5 if alarm else 0.8, zorder=2 if alarm else 1)
ax.hlines(0.05, 0, 6000, color="black", linewidth=1, linestyle="--")
ax.text(6050, 0.05, "0.05", va="center")
ax.set_title(f"{fooled.sum()} of 40 tests of nothing dip below 0.05 at some look")
ax.set(xlabel="visitors in each group so far", ylabel="p-value", yscale="log", ylim=(0.002, 1.1), xlim=(0, 6500))
plt.show()

# %% [markdown]
# Twenty looks turn 5 % into almost a quarter. Each look is another chance to be wrong, and stopping keeps the mistake. Every colored path was back above 0.05 at the end; nobody would have waited. Two repairs: fix n and look once, or spend the 5 % deliberately over planned looks (*group-sequential* designs, such as O'Brien and Fleming's).
#
# ## 6. How it fails: many questions
#
# "No overall effect, but look: it works for women under 30 on Tuesdays." Asking twenty segments is looking twenty times. If nothing is going on, the chance that at least one of twenty independent tests says p < 0.05 is 1 − 0.95²⁰. Simulation and formula should agree.

# %%
segments = p_values(*rng.binomial(300, 0.12, size=(2, 4000, 20)), 300)  # (experiments, segments)
print(f"simulated: {(segments < 0.05).any(axis=1).mean():.0%}, by the formula: {1 - 0.95**20:.0%}")

# %% [markdown]
# Two corrections answer two different wishes. **Bonferroni** divides 0.05 by the number of tests m: the chance of *any* false finding stays below 5 %. **Benjamini–Hochberg** (BH) bounds the *share* of false ones among the findings: sort the p-values, find the last that lies below the line rate × rank / m, and take it and all before it. In the next cell 20 of 200 tests have a real effect. Which points does each rule take?

# %%


def benjamini_hochberg(p: np.ndarray, rate: float) -> float:
    """Return the largest p-value that is still a discovery (0 if none is)."""
    ordered = np.sort(p)
    below = ordered <= rate * np.arange(1, len(p) + 1) / len(p)
    return float(ordered[below].max(initial=0.0))


scores = rng.normal(size=(1000, 200))  # (studies, tests)
scores[:, :20] += 3  # the first twenty have an effect: three standard errors
p = 2 * stats.norm.sf(np.abs(scores))
limit = benjamini_hochberg(p[0], 0.05)
library = stats.false_discovery_control(p[0]) <= 0.05
print("by hand and by SciPy, the same:", np.array_equal(p[0] <= limit, library))
print(
    f"first study: {(p[0] < 0.05).sum()} below 0.05, {library.sum()} by BH, {(p[0] < 0.05 / 200).sum()} by Bonferroni"
)

# %%
ranks = np.arange(1, 31)
order = p[0].argsort()[:30]
real = order < 20
figure, ax = plt.subplots(figsize=(8, 3.6))
ax.plot(ranks[real], p[0][order][real], "o", color="C0")
ax.plot(ranks[~real], p[0][order][~real], "x", color="C1", markersize=8, markeredgewidth=2)
lines = {"0.05": 0 * ranks + 0.05, "0.05 × rank / 200": 0.05 * ranks / 200, "0.05 / 200": 0 * ranks + 0.05 / 200}
for name, line in lines.items():
    ax.plot(ranks, line, color="black", linewidth=1)
    ax.text(30.4, line[-1], name, va="center")
ax.set_title("Each line is a rule for where to stop; behind a cross there is no effect")
ax.set(xlabel="rank among 200 tests", ylabel="p-value", yscale="log", xlim=(0, 38), ylim=(1e-7, 0.2))
plt.show()

# %% [markdown]
# One study is an anecdote. Averaged over a thousand, the table shows what each rule promises: how many of the 20 real effects it finds, how many false ones it adds, and which share of its findings is false.

# %%
adjusted = stats.false_discovery_control(p, axis=1)
rules = {"no correction": p < 0.05, "Bonferroni": p < 0.05 / 200, "Benjamini-Hochberg": adjusted <= 0.05}
summary = {}
for name, found in rules.items():
    false = found[:, 20:].sum(axis=1)
    share = (false / np.maximum(found.sum(axis=1), 1)).mean()
    summary[name] = (found[:, :20].sum(axis=1).mean(), false.mean(), share)
    print(f"{name:18} real {summary[name][0]:4.1f}, false {summary[name][1]:4.1f}, share false {share:4.0%}")

# %% [markdown]
# Without correction a third of the findings is false. Bonferroni is hardly ever wrong and misses three of four effects. Benjamini–Hochberg finds twice as many for a false one in twenty. Choose before you look: Bonferroni if one false claim is expensive, Benjamini–Hochberg if findings will be checked again.
#
# ## 7. How it fails: the wrong unit
#
# Back to the signs. Draw lots a thousand times, and analyze each lot twice: over all hours, as the team did, and with one number for each station, its mean over the month. There is no effect, so 5 % should be below 0.05.

# %%


def two_analyses(rng: np.random.Generator) -> tuple[float, float]:
    """Return the p-values of a sign that does nothing: by hours, and by stations."""
    chosen = np.isin(np.arange(20), rng.permutation(20)[:10])
    by_hours = stats.ttest_ind(hourly[:, chosen].ravel(), hourly[:, ~chosen].ravel())
    by_stations = stats.ttest_ind(hourly[:, chosen].mean(axis=0), hourly[:, ~chosen].mean(axis=0))
    return by_hours.pvalue, by_stations.pvalue


lots = np.array([two_analyses(rng) for _ in range(1000)])  # (lots, analyses)
rates = (lots < 0.05).mean(axis=0)
print(f"false alarms: {rates[0]:.0%} by hours, {rates[1]:.0%} by stations")

# %%
means = hourly.mean(axis=0)
error = hourly.std(axis=0) / math.sqrt(len(hourly))
ranked = means.argsort()

figure, ax = plt.subplots(figsize=(8, 3.4))
ax.errorbar(np.arange(20), means[ranked], yerr=1.96 * error[ranked], fmt="o", capsize=3)
ax.set_title("Stations differ from each other far more than the hours suggest")
ax.set(xlabel="stations, from quiet to busy", ylabel="rides per hour, May 2024", ylim=(0, None), xticks=[])
plt.show()
print(f"quietest station {means.min():.1f} rides an hour, busiest {means.max():.1f}")

# %% [markdown]
# The figure shows why. The t-test by hours believes that it saw 7,440 independent measurements a group, with the small errors drawn here. But the sign was dealt to *stations*, and a busy station is busy in every hour. Ten stations against ten: that is how much chance there was, twenty numbers. Rule: **analyze the unit that you randomized.** Users, not clicks; schools, not pupils; patients, not teeth.
#
# One more alarm costs nothing and catches broken experiments: count the groups. The lot was fair, but suppose that 6,000 visitors arrived with the old screen and 5,700 with the new. Is that still a fair coin?

# %%
mismatch = stats.binomtest(6000, 6000 + 5700, p=0.5).pvalue
print(f"6,000 against 5,700 under a fair lot: p = {mismatch:.3f}")

# %% [markdown]
# Hardly. Such a **sample-ratio mismatch** usually means that the new screen loses visitors before they are counted: it crashes on old phones, say. Whatever the test says about those who remain, don't trust it. Find the leak.
#
# ## 8. Report
#
# A report gives the effect, its interval, what was planned, and the decision. The p-value alone answers nobody's question. The sentence is computed, so that it can't drift from the data.

# %%
low, high = 100 * ends.low, 100 * ends.high
print(f"The new screen raised rentals per visit by {100 * observed:.1f} points")
print(f"(95 % interval {low:.1f} to {high:.1f}; 6,000 visitors a group, one look, as planned).")
print("We recommend to roll it out.")

# %% [markdown]
# And what we don't know belongs there as well: whether the effect lasts once the screen is no longer new, and whether it holds in another city. We do know the truth for once: 1.5 points. The estimate was too high, as it will often be when you decide by significance at a power of about one half.
#
# ## In practice
#
# - **Write five things down before the data exists:** hypothesis, unit, metric (what you compare), n and stopping rule. What is decided afterwards is decided by the noise.
# - **Run an A/A test first.** It finds broken lots, broken counting and broken analysis, at no risk.
# - **Check the sample ratio** every time, before you look at the result.
# - **Use what you know of each visitor from before.** Behavior before the test explains much of the behavior in it; taking that out makes the interval narrower without one visitor more. The last exercise does it.
# - **Report intervals**, and read "not significant" as "this test could not tell".

# %% [markdown]
# ## Check yourself
#
# **1.** A test gives p = 0.03. That means:
# - **a)** there is no effect with probability 3 %
# - **b)** the effect exists with probability 97 %
# - **c)** data at least this extreme occurs in 3 % of cases if there is no effect
# - **d)** 3 % of decisions made this way are wrong
#
# <details><summary>Answer</summary>
#
# **c.** That is the definition. *a* turns it round: the 3 % were computed assuming no effect. *b* is *a* in other words. *d* depends on how often effects are real: if none of your ideas works, all significant decisions are wrong.
# </details>
#
# **2.** A 95 % interval goes from 0.9 to 3.4 points. That means:
# - **a)** 95 % of the visitors gain that much
# - **b)** the truth lies inside, certainly
# - **c)** the method that made it catches the truth in 95 % of repetitions
# - **d)** a repetition of the test will give the same interval
#
# <details><summary>Answer</summary>
#
# **c.** The promise belongs to the method. *a* confuses the spread of people with the error of a mean. *b* forgets the other 5 %. *d*: another sample gives another interval; the figure of section 3 shows sixty.
# </details>
#
# **3.** A test with low power turned out significant. Its estimate is probably:
# - **a)** right, since it is significant
# - **b)** too large
# - **c)** too small
# - **d)** unbiased, since the lot was fair
#
# <details><summary>Answer</summary>
#
# **b.** Only estimates far from zero pass, so those that pass are far from zero: the winner's curse. *a* takes significance for precision. *c* would need small estimates to pass more easily. *d* holds for all tests together, not for the selected ones.
# </details>

# %% [markdown]
# ## In short
#
# - A p-value is the probability of a difference at least this large if there is no effect. Shuffling labels computes it.
# - The bootstrap resamples the sample; its interval keeps its promise for means and medians, not for the maximum.
# - Plan n for the smallest effect that matters. A significant result of a small test exaggerates.
# - Look once, or plan the looks. Correct for the number of questions. Analyze what you randomized. Count the groups.
# - Report effect, interval and decision.
#
# ## Next
#
# [Open the exercises](../../work/01_fundamentals/13_hypothesis_tests.ipynb): flip signs, put an interval round a ratio, plan a lopsided test, find discoveries, and let the past of each rider sharpen a test. Lesson 14 lets a computer do several things at once; lesson 15 makes it do one thing fast.

# %% tags=["claims"]
assert hourly.shape == (744, 20) and sign_test.pvalue < 1e-4
assert [f"{rate.mean():.2%}" for rate in (old, new)] == ["11.98%", "14.13%"] and f"{100 * observed:.2f}" == "2.15"
assert p_shuffled < 0.005
assert f"{p_formula:.5f}" == f"{p_table:.5f}" == "0.00047" and round(z, 2) == 3.49
assert members.mean() < 17 and casual.mean() > 28
assert stats.ttest_ind(few_casual, few_members, equal_var=False).pvalue < 0.05 < 0.2 < welch
assert stats.mannwhitneyu(unlocked, few_members).pvalue < 0.01
assert 0.045 < (same_screen < 0.05).mean() < 0.056
assert 0.7 < low < 1.2 and 3.1 < high < 3.6
assert 0.91 < caught.mean() < 0.96
assert 0.60 < (largest == floods.max()).mean() < 0.67 and f"{1 - (1 - 1 / 200) ** 200:.1%}" == "63.3%"
assert f"{196 * math.sqrt(0.12 * 0.88 * 2 / 2_000_000):.2f}" == "0.06"
assert 0.15 < powers[1500] < 0.19 and 0.49 < powers[6000] < 0.54 and 0.78 < powers[12_000] < 0.82
assert math.ceil(needed) == math.ceil(NormalIndPower().solve_power(effect, power=0.8, alpha=0.05))
assert 2.3 < overstated < 2.6 and (lifts[noticed] < 0).any()
assert (seen[:40][fooled, -1] > 0.05).all()
assert alarms[1] < 0.06 and 0.12 < alarms[5] < 0.165 and 0.22 < alarms[20] < 0.28
assert abs((segments < 0.05).any(axis=1).mean() - (1 - 0.95**20)) < 0.05
assert 16.5 < summary["no correction"][0] < 17.6 and 8.5 < summary["no correction"][1] < 9.5
assert 0.3 < summary["no correction"][2] < 0.38 and 4.8 < summary["Bonferroni"][0] < 5.6
assert 9.5 < summary["Benjamini-Hochberg"][0] < 10.6 and summary["Benjamini-Hochberg"][2] < 0.06
assert 0.8 < rates[0] < 0.9 and 0.03 < rates[1] < 0.07
assert round(mismatch, 3) == 0.006
