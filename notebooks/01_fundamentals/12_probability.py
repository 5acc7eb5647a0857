# /// lesson
# minutes = 55
# exercise_minutes = 70
# needs = ["01_fundamentals/05_pandas_tables", "01_fundamentals/07_visualisation"]
# seconds = 25
# memory_mb = 650
# ///

# %% [markdown]
# # Reason with chance and check it by simulation
#
# **Why.** A planner fills Residential 3 with bikes for the evening rush. A formula named Poisson says: with 57 bikes, more members come than there are bikes in one rush hour of a hundred. In the two years of data it happens in one of five. The arithmetic was right. What was wrong?
#
# **You will**
# - estimate a probability by simulation and state its error,
# - update a belief with Bayes' rule,
# - choose a distribution from how the numbers arise, and test the choice,
# - say what averages promise in the long run, and where the promise fails,
# - fit a distribution by its moments and by its likelihood.
#
# **You need** lessons 05 and 07. 55 minutes, and 70 for the exercises.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy import stats

from handrail.kit import data

plt.style.use("handrail.kit.course")

# %% [markdown]
# The data is the invented city's of lesson 05: how many members took a bike at station 115 between 17:00 and 18:00, on each working day of two years. Every bar is a number of days. To keep the question small we pretend that an hour starts with a full station and that no bike comes back during it. Compare the promise of the planner with the orange part.

# %%
hours = data.hours()
hours["time"] = hours["start"].dt.tz_convert("UTC")
here = data.rentals().query("station_id == 115").merge(hours[["time", "start", "working_day"]], on="time")
rush = here[here["working_day"] & (here["start"].dt.hour == 17)]
members = rush["member"].to_numpy()
over = (members > 57).mean()
print(f"{len(members)} rush hours, more than 57 members in {over:.1%} of them")

figure, ax = plt.subplots()
_, _, bars = ax.hist(members, bins=np.arange(-2, 142, 3) - 0.5)
for bar in bars[20:]:
    bar.set_color("C1")
ax.text(60, 31, "57 bikes are not enough", color="#8a5a00")
ax.set_title("Promised: one rush hour of a hundred. Happened: one of five")
ax.set(xlabel="members in the hour", ylabel="working days")
plt.show()

# %% [markdown]
# ## 1. Simulate first
#
# A **sample space** is the set of everything that can happen, an **event** a part of it, a **probability** the share of repetitions in which the event occurs when the experiment is repeated without end. A computer can't repeat without end, but it repeats a lot. How likely do two of 23 people share a birthday? A row of `days` is one room of 23 people; a sorted row has equal neighbors if two share a day.

# %%
rng = np.random.default_rng(12)
days = np.sort(rng.integers(365, size=(20_000, 23)), axis=1)  # (rooms, people)
shared = (np.diff(days, axis=1) == 0).any(axis=1)
birthday = shared.mean()
birthday_exact = 1 - math.prod((365 - i) / 365 for i in range(23))
birthday_error = math.sqrt(birthday * (1 - birthday) / 20_000)
print(f"simulated {birthday:.3f} ± {birthday_error:.3f}, exact {birthday_exact:.3f}")

# %% [markdown]
# The exact value is one minus the chance that everybody has a day of their own: 365/365 · 364/365 · … for 23 people. The number behind ± says how far off the simulation may well be; it is explained below. Where counting is hard, the simulation stays as short as the story. A show has three doors, one prize. You point at a door; the host, who knows where the prize is, opens an empty one of the other two and offers you to switch. Is it worth it?

# %%
prize = rng.integers(3, size=100_000)
chosen = rng.integers(3, size=100_000)
stay = (chosen == prize).mean()
switch = (chosen != prize).mean()  # the host leaves the prize behind the other door
print(f"stay {stay:.3f}, switch {switch:.3f}")

# %% [markdown]
# Many expect one half, since two doors are left. But the host's choice isn't random: he avoids the prize. Switching wins whenever the first choice was wrong, in two of three cases.
#
# How far off is such a share p of n cases? Its **standard error** is $\sqrt{p(1-p)/n}$; two of three simulations miss by less. Points thrown into a square fall into the quarter circle with probability π/4, so four times the share estimates π. Below are 20 such runs; watch how the funnel narrows.

# %%
x, y = rng.random((2, 20, 100_000))  # 20 runs of 100,000 points
thrown = np.arange(1, 100_001)
estimate = 4 * (x**2 + y**2 < 1).cumsum(axis=1) / thrown
error = 4 * math.sqrt(math.pi / 4 * (1 - math.pi / 4)) / np.sqrt(thrown)
for n in (100, 10_000, 100_000):
    print(f"{n:7,} points: standard error {error[n - 1]:.4f}")

steps = np.unique(np.logspace(1, 5, 200).astype(int))
figure, ax = plt.subplots()
ax.plot(steps, (estimate[:, steps - 1] - math.pi).T, color="C6", linewidth=0.7, alpha=0.6)
for sign in (-1, 1):
    ax.plot(steps, sign * 1.96 * error[steps - 1], color="C5", linewidth=1.5)
ax.text(150, 0.36, "1.96 standard errors:\nabout 19 of 20 runs are inside", color="C5")
ax.set_title("A hundred times the points, a tenth of the error")
ax.set(xscale="log", xlabel="points thrown", ylabel="estimate of π minus π", ylim=(-0.8, 0.8))
plt.show()
# %% [markdown]
# Each further digit costs a hundred times the work. For a mean of simulated numbers, the standard error is $s/\sqrt n$, where s is their sample standard deviation (`ddof=1`). Report a simulated number with its error, as 0.502 ± 0.004 for the birthdays.
#
# ## 2. Predict before you run: Bayes' rule
#
# One person in 1,000 has a disease. A test is right for 99 % of the ill and for 99 % of the well. Yours is positive. How likely are you ill? Write down a number. Then simulate a million people, and look only at those who test positive: that is what a **conditional probability** is, a share among the cases that remain.

# %%
people = 1_000_000
ill = rng.random(people) < 0.001
positive = np.where(ill, rng.random(people) < 0.99, rng.random(people) < 0.01)
simulated = ill[positive].mean()
print(f"{positive.sum():,} positives, {simulated:.1%} of them are ill")

# %% [markdown]
# The tempting answer is 99 %. But 99 % is the probability of a positive test *given* illness; you asked for illness *given* a positive test. Bayes' rule turns one into the other. Follow both ways to a positive test, as **prior** (your belief before) times **likelihood** (how probable the result then is), and divide by their sum. The share of the ill who test positive is the **sensitivity** of the test; the share of the well who test negative is its **specificity**, and the rest of the well are false alarms. Then the test is repeated: today's answer is tomorrow's prior.


# %%
def belief(prior: float, sensitivity: float, false_alarms: float) -> float:
    """Return the probability of illness after one positive test."""
    ill_and_positive = prior * sensitivity
    well_and_positive = (1 - prior) * false_alarms
    return ill_and_positive / (ill_and_positive + well_and_positive)


once = belief(0.001, 0.99, 0.01)
twice = belief(once, 0.99, 0.01)
print(f"one positive test {once:.1%}, two {twice:.2%}")

# %% [markdown]
# Two positive tests are convincing only if they err independently: a second test that is fooled by the same allergy adds nothing.
#
# The drawing shows why one is not convincing. Every dot is one of the people who test positive, out of 100,000. The ill are nearly all found, but the well are so many that 1 % of them outnumber the ill by ten to one. Below it, move the sliders: what helps most, finding more of the ill, fewer false alarms, or testing only people with symptoms?


# %%
def draw_positives(prior: float = 0.001, sensitivity: float = 0.99, false_alarms: float = 0.01) -> None:
    """Draw everybody of 100,000 who tests positive, the ill in blue."""
    found = round(100_000 * prior * sensitivity)
    alarmed = round(100_000 * (1 - prior) * false_alarms)
    at = np.arange(found + alarmed)
    high = max(10, round(math.sqrt(len(at) / 2.5)))
    _, ax = plt.subplots(figsize=(7, 3.4))
    size = min(30, 25_000 / len(at))
    ax.scatter(at // high, at % high, s=size, c=np.where(at < found, "C0", "C1"), linewidth=0)
    ax.set_title(f"{len(at):,} of 100,000 test positive; {found / len(at):.1%} of them are ill (blue)")
    ax.set_axis_off()
    plt.show()


draw_positives()

# %% tags=["widget"]
from ipywidgets import FloatSlider, interact

sliders = {
    "prior": FloatSlider(0.001, min=0.001, max=0.1, step=0.001, readout_format=".3f"),
    "sensitivity": FloatSlider(0.99, min=0.5, max=1, step=0.01),
    "false_alarms": FloatSlider(0.01, min=0, max=0.1, step=0.001, readout_format=".3f"),
}
_ = interact(draw_positives, **sliders)

# %% [markdown]
# ## 3. Random variables and their families
#
# A **random variable** is a number that chance decides; its **distribution** says how often it takes which value. A few recur because their *stories* do:
#
# | story | distribution | example |
# |---|---|---|
# | one trial, yes or no | Bernoulli | a visitor accepts an offer |
# | number of yes in n independent trials | binomial | of 20 visitors, how many accept |
# | many chances, each rare, independent, at a steady rate | Poisson | calls in an hour |
# | waiting until the next of those | exponential | minutes to the next call |
# | a sum of many small independent parts | normal | an error of measurement |
#
# Three numbers describe a random variable X. The **expectation** E[X] is the mean of endless repetitions, the **variance** the expected squared distance from it, the q-**quantile** the value that a share q of the cases doesn't exceed. Below, each story is acted 10,000 times; `scipy.stats` has the formula. In each column the acted value comes first.

# %%
coins = rng.random((10_000, 20)) < 0.3  # (cases, trials)
acted = {"Bernoulli": coins[:, 0] * 1, "binomial": coins.sum(axis=1)}
acted["Poisson"] = rng.binomial(3600, 5 / 3600, size=10_000)  # a small chance in each second of an hour
acted["exponential"] = rng.geometric(5 / 3600, size=10_000) / 60  # minutes until the first such second
acted["normal"] = rng.random((10_000, 12)).sum(axis=1)
formula = {"Bernoulli": stats.bernoulli(0.3), "binomial": stats.binom(20, 0.3), "Poisson": stats.poisson(5)}
formula |= {"exponential": stats.expon(scale=12), "normal": stats.norm(6, 1)}

print(f"{'':12} {'mean':>13} {'variance':>17} {'0.9 quantile':>14}")
for name, cases in acted.items():
    law = formula[name]
    numbers = f"{cases.mean():6.2f} {law.mean():6.2f}  {cases.var():8.2f} {law.var():8.2f}"
    print(f"{name:12} {numbers}  {np.quantile(cases, 0.9):6.1f} {law.ppf(0.9):6.1f}")

# %% [markdown]
# Three numbers can agree by accident, so look at the whole distributions: bars are the acted stories, lines the formulas. `pmf` is the probability of each whole number; `pdf` is a *density*, whose area over a range is the probability of that range. Note which ones are symmetric, and which has its most frequent value at 0.

# %%
figure, axes = plt.subplots(1, 5, figsize=(11, 2.9))
figure.suptitle("Five stories, acted out (bars) and as formulas (lines)", x=0.01, ha="left", weight="bold")
for ax, (name, cases) in zip(axes, acted.items(), strict=True):
    law, whole = formula[name], cases.dtype.kind == "i"
    at = np.arange(cases.max() + 1) if whole else np.linspace(cases.min(), cases.max(), 200)
    ax.hist(cases, bins=np.arange(cases.max() + 2) - 0.5 if whole else 30, density=True, color="C4")
    ax.plot(at, law.pmf(at) if whole else law.pdf(at), "o-" if whole else "-", color="C5", markersize=3, linewidth=1)
    ax.set_title(name, weight="normal", size=10.5)
    ax.set_xlabel("minutes" if name == "exponential" else "")
    ax.set(yticks=[], xticks=[0, 1] if name == "Bernoulli" else np.arange(0, at[-1], 50 if at[-1] > 50 else 5))
    ax.grid(visible=False)
    ax.spines["left"].set_visible(False)
plt.show()

# %% [markdown]
# One line of the table is worth remembering, the Poisson's: its variance *equals* its mean, 5 and 5. That is not a detail, it follows from the story.
#
# `ppf`, the quantile function, also makes random numbers. Draw u uniformly between 0 and 1 and return the u-quantile: a share q of all u is below q, so a share q of the results is below the q-quantile, as it should be. This is **inverse-transform sampling**. For the exponential it is one logarithm.

# %%
u = rng.random(100_000)
by_hand = -12 * np.log(1 - u)
print("same as scipy's ppf:", np.allclose(by_hand, stats.expon(scale=12).ppf(u)))
print(
    f"mean {by_hand.mean():.1f} minutes, above 30 minutes {(by_hand > 30).mean():.3f}, formula {math.exp(-30 / 12):.3f}"
)

# %% [markdown]
# Two random variables are **independent** if knowing one says nothing about the other. Correlation measures less: whether they rise and fall together along a *line*. Let x be normal and take its square. Once x is known, so is the square. What is their correlation?

# %%
x = rng.normal(size=100_000)
correlation = np.corrcoef(x, x**2)[0, 1]
far = abs(x) > 1.5
print(f"correlation {abs(correlation):.2f}")
print(f"mean of x² where |x| > 1.5: {(x**2)[far].mean():.2f}, elsewhere: {(x**2)[~far].mean():.2f}")

# %% [markdown]
# ## 4. How it fails: the planner's formula
#
# Rentals are counts of rare events: many members, each of whom seldom rides in this very hour. So the planner took the Poisson distribution with the mean of the data. Test the choice before you use it: is the variance about the mean?

# %%
mean, variance = members.mean(), members.var(ddof=1)
poisson = stats.poisson(mean)
print(f"mean {mean:.1f}, variance {variance:.1f}")
print(f"99 % quantile of the Poisson: {poisson.ppf(0.99):.0f}")
for bikes in (57, 75):
    print(f"more than {bikes}: Poisson {poisson.sf(bikes):.7f}, data {(members > bikes).mean():.3f}")

# %% [markdown]
# (`sf` is the *survival function*, the probability of a larger value.) The variance is nine times the mean, and an hour that the formula expects once in a million comes every 17 working days. What broke is the story's *steady rate*: a warm June evening and a wet January one don't share a rate.
#
# A count whose rate varies has two sources of variance, and they add up: **Var X = E[variance given the rate] + Var(mean given the rate)**, the law of total variance. A Poisson given its rate contributes the mean; everything above it comes from the rate. Below, the rate itself is drawn first, from a *gamma distribution*, a family of positive numbers.

# %%
steady = rng.poisson(40, size=100_000)
rate = rng.gamma(shape=5, scale=8, size=100_000)  # mean 40, variance 5 · 8² = 320
varying = rng.poisson(rate)
print(f"steady rate:  mean {steady.mean():.1f}, variance {steady.var():.0f}")
print(f"varying rate: mean {varying.mean():.1f}, variance {varying.var():.0f}, expected 40 + 320")

# %% [markdown]
# The city is generated, so for once we can look behind the data. The generator keeps for each hour the rate that season, weather and growth give (`member_rate`), and multiplies it by gamma noise of mean 1 and variance 1/12: a concert, a closed road, whatever no column records. Which share of the variance is pure chance?

# %%
truth = pd.read_parquet(data.path("city_bikes") / "truth.parquet")
known = rush.merge(truth, on=["time", "station_id"], validate="1:1")["member_rate"].to_numpy(float)
sources = {
    "chance, given the rate": known.mean(),
    "causes that no column records": (known**2).mean() / 12,
    "season, weather, growth": known.var(ddof=1),
}
for name, part in sources.items():
    print(f"{name:30} {part:5.0f}")
print(f"{'sum':30} {sum(sources.values()):5.0f}   variance of the data {variance:.0f}")

# %% [markdown]
# A tenth is chance. Nearly half could be predicted from the calendar and the weather, and phase 2 will; the rest can't, and must be planned for. (The sum misses the data's variance by 2 %, because 505 days are a sample.)
#
# If the rate follows a gamma distribution, the count is **negative binomial**. It has two parameters, so mean *and* variance can match the data: the *shape* is mean² / (variance − mean). Choosing parameters that reproduce such *moments* is the **method of moments**.

# %%
shape = mean**2 / (variance - mean)
mixed = stats.nbinom(shape, shape / (shape + mean))
print(f"shape {shape:.1f}, mean {mixed.mean():.1f}, variance {mixed.var():.1f}")

figure, ax = plt.subplots()
counts = np.arange(141)
ax.hist(members, bins=np.arange(0, 141, 3) - 0.5, density=True, color="#CFCFCF")
ax.plot(counts, poisson.pmf(counts), color="C5")
ax.plot(counts, mixed.pmf(counts), color="C0")
ax.text(49, 0.05, "Poisson", color="C5")
ax.text(62, 0.0155, "negative binomial", color="C0")
ax.set_title("The Poisson has the right mean and a third of the spread")
ax.set(xlabel="members in the hour", ylabel="share of hours per member")
plt.show()

# %% [markdown]
# Now the planner's question again. Enough for 99 of 100 rush hours: how many bikes does each distribution ask for, and how often would they have run out in the data?

# %%
for name, law in {"Poisson": poisson, "negative binomial": mixed}.items():
    bikes = int(law.ppf(0.99))
    print(f"{name:18} {bikes:3} bikes, run out in {(members > bikes).mean():.1%} of the hours")
print(f"more than 75 members: negative binomial {mixed.sf(75):.3f}, data {(members > 75).mean():.3f}")
print(f"99 % quantile of the data: {np.quantile(members, 0.99):.0f}")

# %% [markdown]
# 41 bikes more, and the promise holds. The variance was in the data all along; nobody compared it with the mean.
#
# This city is invented; the mistake is not. `randhie` records doctor visits of 20,190 person-years (one person, one year) in a real American experiment on health insurance. If everybody fell ill at the same rate, how many would see no doctor in a year?

# %%
from statsmodels.datasets import randhie

visits = randhie.load_pandas().data["mdvis"]
print(f"mean {visits.mean():.2f}, variance {visits.var():.1f}")
print(f"no visit: data {(visits == 0).mean():.1%}, Poisson {stats.poisson(visits.mean()).pmf(0):.1%}")

# %% [markdown]
# Healthy and sick people don't share a rate, so five times as many as the Poisson says stay away. A variance far above the mean is called **overdispersion**, and it is the rule for counts of what people do.
#
# ## 5. What the long run promises
#
# The **law of large numbers**: the mean of n independent draws approaches the expectation. Its small print is that an expectation must exist. The Cauchy distribution, the ratio of two independent normal variables of mean 0, has none: its far values are so large, and come so often, that value times probability has no finite sum. Look at the right-hand panel after each jump.

# %%
draws = {"exponential": rng.exponential(size=(3, 100_000)), "Cauchy": rng.standard_cauchy(size=(3, 100_000))}
n = np.arange(1, 100_001)
running = {name: values.cumsum(axis=1) / n for name, values in draws.items()}
figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.4))
for ax, means in zip(axes, running.values(), strict=True):
    ax.plot(n[9:], means[:, 9:].T, linewidth=1.2)
    ax.set(xscale="log", xlabel="draws so far", ylabel="mean so far")
axes[0].set_title("Exponential: three means settle at 1")
axes[1].set_title("Cauchy: no mean settles, ever")
plt.show()
print("exponential after 100,000:", running["exponential"][:, -1].round(2))
print("Cauchy after 1,000:       ", running["Cauchy"][:, 999].round(1))
print("Cauchy after 100,000:     ", running["Cauchy"][:, -1].round(1))

# %% [markdown]
# More data doesn't help there, and no warning appears: a mean comes out, and it means nothing.
#
# The second small print: the law speaks of the mean over many *players*, not of one player's life. A bet multiplies your money by 1.5 or by 0.6, each with probability ½. On average you gain 5 % a round. Would you play 100 rounds? Guess the wealth of the player in the middle before you run it.

# %%
wins = rng.binomial(100, 0.5, size=10_000)
wealth = 1.5**wins * 0.6 ** (100 - wins)
print(f"expectation {1.05**100:.1f}, mean of 10,000 players {wealth.mean():.0f}")
print(f"median {np.median(wealth):.3f}, below the stake of 1: {(wealth < 1).mean():.0%}")
print(f"held by the richest 1 %: {np.sort(wealth)[-100:].sum() / wealth.sum():.0%} of all money")

# %% [markdown]
# One win and one loss multiply to 1.5 · 0.6 = 0.9: the typical player loses 10 % every two rounds and ends with half a cent per dollar. The expectation is carried by so few that even 10,000 players fall short of it. **Mean and typical are different words**; quote the median where values multiply, as investments do.
#
# ## 6. Sums become normal, some slowly
#
# The **central limit theorem**: the mean of n independent draws from one distribution with a finite variance looks normal when n is large. How large is large? **Skewness** measures lopsidedness, 0 for the normal. The exponential has 2, and the theorem lets the mean of n keep 2/√n. Compare the measured values with it.


# %%
def means_of(n: int, cases: int = 20_000) -> np.ndarray:
    """Return the means of n exponential draws each, shape (cases,)."""
    return np.random.default_rng(n).exponential(size=(cases, n)).mean(axis=1)


skewness = {n: stats.skew(means_of(n)) for n in (1, 2, 5, 30, 100)}
for n, value in skewness.items():
    print(f"n = {n:3}: skewness {value:.1f}, theory {2 / math.sqrt(n):.1f}")


# %% [markdown]
# The line below is the normal distribution of the same mean and spread. At n = 5 it still fails where it matters, at the ends: it allows negative waiting times and misses the long ones. Then move the slider until you would trust it.


# %%
def draw_means(n: int = 5) -> None:
    """Draw how the means of n exponential draws are distributed, with the normal of the same spread."""
    _, ax = plt.subplots()
    at = np.linspace(1 - 4 / math.sqrt(n), 1 + 6 / math.sqrt(n), 200)
    ax.hist(means_of(n), bins=60, range=(at[0], at[-1]), density=True, color="C4")
    ax.plot(at, stats.norm(1, 1 / math.sqrt(n)).pdf(at), color="C5")
    ax.set_title(f"Means of {n} exponential draws, and the normal (line)")
    ax.set(xlabel="mean of the draws", ylabel="density")
    plt.show()


draw_means()

# %% tags=["widget"]
from ipywidgets import IntSlider

_ = interact(draw_means, n=IntSlider(5, min=1, max=100))

# %% [markdown]
# "Thirty is enough" is folklore. Incomes, file sizes and insurance claims have heavy tails: rare, huge values. The first line below uses a Pareto distribution with tail 1.5, whose variance is infinite. The second asks a practical question: the textbook's 95 % interval for a mean, mean ± t · s/√n (t is 1.96, enlarged a little for a small sample), is computed from 30 log-normal values (their logarithms are normal), 20,000 times. How often does it contain the true mean?

# %%
heavy = (rng.pareto(1.5, size=(5_000, 1_000)) + 1).mean(axis=1)
print(f"skewness of means of 1,000 Pareto draws: {stats.skew(heavy):.0f}")

sample = rng.lognormal(sigma=1.5, size=(20_000, 30))
margin = stats.t(29).ppf(0.975) * sample.std(axis=1, ddof=1) / math.sqrt(30)
center, true_mean = sample.mean(axis=1), math.exp(1.5**2 / 2)
covered = abs(center - true_mean) < margin
missed_low = (center + margin <= true_mean).mean()
print(f"the 95 % interval covers in {covered.mean():.1%} of cases, lies too low in {missed_low:.1%}")

# %% [markdown]
# Even the mean of 1,000 heavy-tailed values is more lopsided than a single exponential one. And the interval that promises 95 % delivers 78 %, and fails in one direction: most samples of 30 lack the rare large value that carries the mean. Do the same with any method whose conditions your data may not meet.
#
# ## 7. Fit
#
# In section 4 the moments chose the parameters. The **likelihood** is another judge: for each candidate, how probable is exactly the data that came? **Maximum likelihood** takes the candidate that makes it most probable. Sums of logarithms stand in for products, which would underflow (become 0). First for 40 waiting times with true mean 12, where both methods say "the sample mean".

# %%
waits = rng.exponential(12, size=40)
candidates = np.linspace(6, 24, 1801)
log_likelihood = np.array([stats.expon(scale=c).logpdf(waits).sum() for c in candidates])
best = candidates[log_likelihood.argmax()]
print(f"moments: {waits.mean():.2f}, highest likelihood: {best:.2f}")

# %% [markdown]
# In general the two methods differ, and then the likelihood uses the data better. For the rush hours, the mean stays the data's and the curve is the log-likelihood of the shape. Its peak says which shape is best, its width how sure the data is: values within 2 of the peak are hardly worse (about a 95 % interval).

# %%
shapes = np.linspace(3, 8, 501)
curve = np.array([stats.nbinom(k, k / (k + mean)).logpmf(members).sum() for k in shapes])
likely = shapes[curve.argmax()]
plausible = shapes[curve > curve.max() - 2]
poisson_gap = curve.max() - poisson.logpmf(members).sum()

figure, ax = plt.subplots()
ax.plot(shapes, curve - curve.max())
ax.axvspan(plausible.min(), plausible.max(), color="C4", alpha=0.25, linewidth=0)
ax.plot(shape, np.interp(shape, shapes, curve) - curve.max(), "o", color="C5")
ax.text(shape, 0.5, "by moments", color="C5", ha="center")
ax.set_title(f"Shapes from {plausible.min():.1f} to {plausible.max():.1f} explain the data about equally well")
ax.set(xlabel="shape of the negative binomial", ylabel="log-likelihood below the peak", ylim=(-15, 2))
plt.show()
print(f"moments {shape:.1f}, likelihood {likely:.1f}; the Poisson lies {poisson_gap:,.0f} below the peak")

# %% [markdown]
# Moments and likelihood agree on 5.2 here, and the Poisson is out of the question: under it, this data is $e^{1401}$ times less probable.
#
# A best value is one number. Bayes' rule of section 2 gives a whole distribution instead. An offer was shown to 120 riders, 18 accepted. Start with every acceptance rate equally plausible; after s yes and f no the belief, now called the **posterior**, is **Beta(1 + s, 1 + f)**. By hand: prior times likelihood on a grid of rates, divided by its sum.

# %%
rates = np.linspace(0, 1, 10_001)
weight = rates**18 * (1 - rates) ** 102  # the prior is 1 everywhere
weight /= weight.sum()
posterior = stats.beta(1 + 18, 1 + 102)
print(f"mean by hand {(rates * weight).sum():.4f}, Beta(19, 103) {posterior.mean():.4f}")
low, high = posterior.ppf([0.025, 0.975])
print(f"the rate lies between {low:.3f} and {high:.3f} with probability 0.95")
print(f"above 0.2 with probability {posterior.sf(0.2):.2f}")

# %% [markdown]
# The last line is what a decision needs, and what no single best value can say. In the fifth exercise you choose between offers with it.
#
# ## In practice
#
# - **Ask how a number arises before you name its distribution.** A familiar name is not a reason.
# - **Compare the variance with the mean** before you use the Poisson. It takes one line.
# - **Pass the generator in.** A function that draws takes `rng` as an argument; then a caller can repeat a run, and a test can fix it. `np.random.seed` is one setting for the whole program, which anybody may change.
# - **Report the error of a simulation** beside its result, and simulate data with a known truth before you trust a method on data without one.

# %% [markdown]
# ## Check yourself
#
# **1.** A count has mean 2.9 and variance 20. What does that suggest?
# - **a)** an error in the computation
# - **b)** a Poisson distribution with a large mean
# - **c)** a mixture of different rates
# - **d)** a normal distribution
#
# <details><summary>Answer</summary>
#
# **c.** Rates that differ between people or days add their variance to the Poisson's. *a*: a variance may well exceed the mean; these are the doctor visits. *b*: a Poisson of any mean has a variance equal to it. *d*: a normal of this mean and variance would be negative in a quarter of the cases.
# </details>
#
# **2.** A fair coin has shown ten heads in a row. The next throw shows heads with a probability of …
# - **a)** less than ½, tails is due
# - **b)** more than ½, heads has a run
# - **c)** it can't be said
# - **d)** ½
#
# <details><summary>Answer</summary>
#
# **d.** The throws are independent and the coin is fair: that was given. *a* is the "law of averages": the share approaches ½ because ten heads disappear among thousands of throws, not because tails make up for them. *b* would be reasonable if you doubted the coin; then apply Bayes' rule. *c*: fairness says it.
# </details>
#
# **3.** You run four times as many simulations. What happens to the error?
# - **a)** it halves
# - **b)** it becomes a quarter
# - **c)** a wrong model becomes right
# - **d)** nothing
#
# <details><summary>Answer</summary>
#
# **a.** It shrinks with √n, and √4 is 2. *b* forgets the root. *c*: more simulations show more exactly what the model says; if the model is wrong, so is that. *d* would hold only if the draws were copies of one another.
# </details>

# %% [markdown]
# ## In short
#
# - A probability can be simulated; its error shrinks with √n.
# - Bayes: prior times likelihood, divided by the sum of all ways. Rare things stay unlikely after one positive test.
# - A distribution is a story about how numbers arise. A Poisson with a varying rate isn't a Poisson: its variance exceeds its mean.
# - Means settle only where an expectation exists, and the mean need not be typical. Sums of heavy-tailed values become normal slowly, or not at all.
# - Moments and likelihood give the best parameters; a posterior also says how sure you may be.
#
# ## Next
#
# [Open the exercises](../../work/01_fundamentals/12_probability.ipynb): combine test results, report a simulation with its error, draw with weights, build the right number of docks, choose the next offer. Then lesson 13 asks whether a difference is real or chance.

# %% tags=["claims"]
assert len(members) == 505 and f"{over:.1%}" == "19.6%"
assert f"{birthday_exact:.3f}" == "0.507" and f"{birthday:.3f} {birthday_error:.3f}" == "0.502 0.004"
assert abs(switch - 2 / 3) < 0.01 and stay + switch == 1
assert f"{error[99]:.4f} {error[9_999]:.4f} {error[-1]:.4f}" == "0.1642 0.0164 0.0052"
assert (abs(estimate[:, -1] - math.pi) < 1.96 * error[-1]).sum() >= 17
assert 10_000 < positive.sum() < 11_500 and 0.08 < simulated < 0.10
assert f"{once:.1%} {twice:.2%}" == "9.0% 90.75%"
for name, cases in acted.items():
    assert abs(cases.mean() - formula[name].mean()) < 5 * formula[name].std() / 100, name
    assert abs(cases.var() / formula[name].var() - 1) < 0.1, name
assert f"{(by_hand > 30).mean():.2f}" == "0.08" and abs(correlation) < 0.03
assert f"{mean:.1f} {variance:.1f} {variance / mean:.1f}" == "41.5 372.7 9.0"
assert poisson.ppf(0.99) == 57 and mixed.ppf(0.99) == 98 and f"{shape:.1f}" == "5.2"
assert 0.8e-6 < poisson.sf(75) < 1.2e-6 and poisson.sf(57) < 0.01
assert (members > 75).sum() == 29 and round(1 / (members > 75).mean()) == 17
assert f"{(members > 98).mean():.1%} {mixed.sf(75):.1%}" == "1.0% 5.7%"
assert abs(steady.var() - 40) < 1 and abs(varying.var() - 360) < 10
assert [round(part) for part in sources.values()] == [41, 156, 168]
assert abs(sum(sources.values()) / variance - 0.98) < 0.005
assert f"{poisson.std() / members.std(ddof=1):.2f}" == "0.33"
assert len(visits) == 20_190 and f"{visits.mean():.2f} {visits.var():.1f}" == "2.86 20.3"
assert f"{(visits == 0).mean():.3f} {math.exp(-visits.mean()):.3f}" == "0.312 0.057"
assert abs(running["exponential"][:, -1] - 1).max() < 0.02 and abs(running["Cauchy"][:, -1]).max() > 0.5
assert f"{1.05**100:.1f}" == "131.5" and wealth.mean() < 100 and f"{1.5**50 * 0.6**50:.3f}" == "0.005"
assert abs((wealth < 1).mean() - stats.binom(100, 0.5).cdf(55)) < 0.02
assert np.sort(wealth)[-100:].sum() > 0.9 * wealth.sum()
assert all(abs(value - 2 / math.sqrt(n)) < 0.15 for n, value in skewness.items())
assert stats.skew(heavy) > 5 and 0.77 < covered.mean() < 0.795 and missed_low > 0.2
assert abs(waits.mean() - best) < 0.01 and f"{likely:.1f}" == "5.2" and 1_395 < poisson_gap < 1_405
assert f"{plausible.min():.1f} {plausible.max():.1f}" == "4.5 6.0"
assert f"{posterior.mean():.4f} {low:.3f} {high:.3f}" == "0.1557 0.097 0.225"
assert 0.25 < stats.norm(2.9, math.sqrt(20)).cdf(0) < 0.27
