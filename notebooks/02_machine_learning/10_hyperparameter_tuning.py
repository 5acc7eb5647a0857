# /// lesson
# minutes = 60
# exercise_minutes = 80
# needs = ["02_machine_learning/05_pipelines_and_leakage", "02_machine_learning/08_gradient_boosting"]
# seconds = 40
# memory_mb = 420
# ///

# %% [markdown]
# # Search well, and know what the search did to your score
#
# **Why.** With its default settings, boosting ranks the customers of Tarn Mobile with an AUC of 0.76. After a search
# through its settings it reports 0.80 in cross-validation. A logistic regression that nobody tuned has 0.79. Was the
# search worth its hours, and may you believe the number that it reports about itself?
#
# **You will**
# - read a validation curve and a learning curve, and say what would help a model;
# - search by grid, at random, by halving and with TPE, and compare them at equal cost;
# - choose ranges and scales for what you search;
# - measure how much a search flatters itself, and get an honest score;
# - let a program choose the kind of model, and the shape of a neural network.
#
# **You need** lessons 05 (pipelines, leaks) and 08 (boosting) of this phase. 60 minutes; the exercises take 80.

# %%
import heapq
import importlib.util
import os
import tempfile

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import optuna
import pandas as pd
from scipy.stats import gaussian_kde, loguniform, uniform
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_digits
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import (
    HalvingGridSearchCV,
    ParameterSampler,
    RandomizedSearchCV,
    StratifiedKFold,
    learning_curve,
    train_test_split,
    validation_curve,
)
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from handrail.kit.data import CATEGORICAL, NUMERIC, customers

plt.style.use("handrail.kit.course")
optuna.logging.set_verbosity(optuna.logging.WARNING)

# %% [markdown]
# A model has two kinds of numbers. `fit` finds the **parameters**, such as weights and cuts. You set the
# **hyperparameters**, such as the depth of a tree or the strength of a penalty, before `fit` begins. This lesson is
# about the second kind. Two models for the (generated) customers of lessons 04 to 08; a quarter of the customers is
# locked away until the end.

# %%
table = customers()
training, held_out = train_test_split(table, test_size=0.25, stratify=table["churned"], random_state=0)
thirds = StratifiedKFold(3, shuffle=True, random_state=0)


def logistic(C: float = 1.0) -> Pipeline:
    """Return the logistic regression of lesson 05 with its preparation; a larger C is a weaker penalty."""
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    words = OneHotEncoder(handle_unknown="ignore", min_frequency=20, sparse_output=False)
    prepare = make_column_transformer((numbers, NUMERIC), (words, CATEGORICAL))
    return make_pipeline(prepare, LogisticRegression(C=C, max_iter=1000))


def boosting(**settings: float) -> Pipeline:
    """Return boosting by histograms, as in lesson 08; the first columns are categories."""
    code = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    prepare = make_column_transformer((code, CATEGORICAL), ("passthrough", NUMERIC))
    fixed = {"categorical_features": list(range(6)), "early_stopping": False, "random_state": 0}
    return make_pipeline(prepare, HistGradientBoostingClassifier(**fixed, **settings))


# %% [markdown]
# ## 1. Two diagnoses
#
# Before you turn a knob, find out what is missing. A **learning curve** trains on more and more rows, and each time
# scores both the rows it learned from and rows it hasn't seen. Look at the gap between the two at the largest size.


# %%
def curve(model: Pipeline) -> pd.DataFrame:
    """Return the AUC on training and on validation rows, for growing numbers of training rows."""
    sizes, train, validation = learning_curve(
        model, training, training["churned"], train_sizes=[250, 1000, 4000], cv=thirds, scoring="roc_auc"
    )
    return pd.DataFrame({"training": train.mean(axis=1), "validation": validation.mean(axis=1)}, index=sizes)


curves = {"logistic regression": curve(logistic()), "boosting": curve(boosting())}
pd.concat(curves, axis=1).rename_axis("rows").round(2)

# %% [markdown]
# The logistic regression's curves have nearly met, at 0.80 and 0.79. More rows won't help it, and neither will a
# stronger penalty: it needs better columns or a richer model. Boosting knows its rows by heart (1.00), and is at 0.77
# elsewhere, still rising. It needs more rows, or restraint.

# %%
_, panels = plt.subplots(1, 2, sharey=True, figsize=(7.5, 3.6))
for axis, (name, scores) in zip(panels, curves.items(), strict=True):
    for column, color in (("training", "C0"), ("validation", "C5")):
        axis.plot(scores.index, scores[column], "o-", color=color)
        above = 0.015 if column == "training" else -0.055
        axis.text(4000, scores[column].iloc[-1] + above, column, color=color, ha="right", weight="bold")
    axis.set(title=name, xlabel="training rows (logarithmic)", xscale="log", ylim=(0.66, 1.04))
    axis.set_xticks([250, 1000, 4000], ["250", "1000", "4000"])
    axis.minorticks_off()
panels[0].set_ylabel("AUC")
plt.gcf().suptitle("Closed on the left, open on the right", weight="bold", x=0.02, ha="left")
plt.show()

# %% [markdown]
# Restraint has a knob. A **validation curve** keeps the rows and turns one hyperparameter. Here it is the number of
# leaves of each boosted tree. Which number would you choose, and how sure are you between the two best?

# %%
leaves = [2, 4, 8, 31]
train, validation = validation_curve(
    boosting(max_iter=50), training, training["churned"], cv=thirds, scoring="roc_auc",
    param_name="histgradientboostingclassifier__max_leaf_nodes", param_range=leaves,
)  # fmt: skip
by_leaves = pd.DataFrame({"training": train.mean(axis=1), "validation": validation.mean(axis=1)}, index=leaves)
by_leaves["error of validation"] = validation.std(axis=1, ddof=1) / np.sqrt(3)
by_leaves.rename_axis("leaves").round(3)

# %% [markdown]
# From 4 leaves on the training score climbs and the validation score falls: the extra leaves learn accidents. With two
# leaves a tree asks one question, and two columns never meet in it; that costs less than it saves, or nearly so. The
# last column says how far to trust such differences. One knob is settled. Boosting has five that matter, and they
# interact; for that you need a search.

# %% [markdown]
# ## 2. Grid and random
#
# To compare searches you need a model that is fast to train, and that fails when it is set badly. Take 8 × 8 pictures
# of digits, real ones, and a **support vector machine** with an RBF kernel. Lesson 09 builds it. Here you need its two
# knobs: `gamma` says how quickly a training digit loses influence with distance, `C` how much a misplaced training
# digit costs. The digits are put in an order in which every ten rows hold each digit once, so that any first n rows are
# a fair sample.

# %%
pixels, digit = load_digits(return_X_y=True)
mixed = np.random.default_rng(0).permutation(len(digit))
turn = pd.Series(digit[mixed]).groupby(digit[mixed]).cumcount()
order = mixed[np.argsort(turn, kind="stable")]
pixels, digit = pixels[order], digit[order]
search, learn, judge, test = slice(0, 450), slice(0, 900), slice(900, 1300), slice(1300, None)
print(f"{len(digit)} pictures: 450 to search with, the last {len(digit[test])} locked away")
print("digits among the first 20:", np.sort(digit[:20]).tolist())

# %% [markdown]
# A **trial** is one setting and its cross-validated score. Every search in this section gets 16 trials. The grid
# spends them on four values of each knob. Look at how many of the 16 are any good.


# %%
def trial(setting: dict[str, float], rows: int = 450) -> float:
    """Return the accuracy of a setting, cross-validated in three folds of the first rows."""
    model, folds = SVC(C=setting["C"], gamma=setting["gamma"]), thirds.split(pixels[:rows], digit[:rows])
    return float(np.mean([np.mean(model.fit(pixels[i], digit[i]).predict(pixels[j]) == digit[j]) for i, j in folds]))


grid = [{"C": float(C), "gamma": float(g)} for C in np.geomspace(0.1, 100, 4) for g in np.geomspace(1e-5, 1e-1, 4)]
grid_scores = pd.Series([trial(setting) for setting in grid])
print(grid_scores.round(2).to_numpy().reshape(4, 4), "rows: C, columns: gamma")
print(f"best: {grid_scores.max():.3f} with {grid[grid_scores.idxmax()]['gamma']:.4f} for gamma")

# %% [markdown]
# The columns differ far more than the rows. So gamma matters most, and the grid tried four values of it. Sixteen random
# settings try sixteen. By hand, random search is a list of draws and a maximum; the library wraps it into a model that
# searches when you call `fit`. Give both the same seed, and compare every trial.

# %%
space = {"C": loguniform(0.1, 100), "gamma": loguniform(1e-5, 1e-1)}
draws = list(ParameterSampler(space, n_iter=16, random_state=0))
by_hand = np.array([trial(setting) for setting in draws])
library = RandomizedSearchCV(SVC(), space, n_iter=16, cv=thirds, random_state=0).fit(pixels[search], digit[search])
same = np.allclose(by_hand, library.cv_results_["mean_test_score"])
print("the same 16 scores:", same, "| the same best setting:", library.best_params_ == draws[by_hand.argmax()])
print(f"grid {grid_scores.max():.3f}, random {by_hand.max():.3f}")
tests = [SVC(**s).fit(pixels[search], digit[search]).score(pixels[test], digit[test])
         for s in (grid[grid_scores.idxmax()], library.best_params_)]  # fmt: skip
print("on locked-away digits: grid {:.3f}, random {:.3f}".format(*tests))

# %% [markdown]
# They must agree exactly: the same draws, the same folds. They may differ if the model itself draws random numbers, or
# if you let `cv=3` make folds of its own, which aren't shuffled. The picture shows why random search had the better
# chance: seen from the axis that matters, the grid's 16 points are four.

# %%
_, panels = plt.subplots(1, 2, sharex=True, sharey=True, figsize=(7.5, 3.8))
for axis, settings, scores, name in (
    (panels[0], grid, grid_scores, "grid: 4 values of gamma"),
    (panels[1], draws, by_hand, "random: 16 values"),
):
    points = pd.DataFrame(settings)
    axis.scatter(points["gamma"], points["C"], s=200 * np.asarray(scores) ** 3 + 8, color="C0")
    axis.plot(points["gamma"], np.full(16, 0.045), "|", color="C5", markersize=14)
    axis.set(title=name, xscale="log", yscale="log", xlabel="gamma (logarithmic)", ylim=(0.03, 200))
panels[0].set_ylabel("C (logarithmic)")
panels[0].text(1.2e-5, 0.06, "values tried", color="C5")
panels[1].text(9e-2, 120, "large dot: accurate", color="C0", ha="right")
plt.show()

# %% [markdown]
# ## 3. Scale
#
# **Predict before you run.** Both ranges are the same, gamma from 0.00001 to 0.1. One search draws from it uniformly,
# the other so that the *logarithm* is uniform. Ten trials each, three seeds. How much does the choice matter?


# %%
def random_scores(kind: str, seed: int, trials: int) -> np.ndarray:
    """Return the scores of random trials, in order; "uniform" or "log-uniform" draws from the same ranges."""
    uniform_space = {"C": uniform(0.1, 99.9), "gamma": uniform(1e-5, 1e-1)}
    chosen = space if kind == "log-uniform" else uniform_space
    return np.array([trial(setting) for setting in ParameterSampler(chosen, trials, random_state=seed)])


SEEDS = (1, 2, 3)
random_runs = np.array([random_scores("log-uniform", seed, 16) for seed in SEEDS])
uniform_runs = np.array([random_scores("uniform", seed, 10) for seed in SEEDS])
for name, runs in (("uniform", uniform_runs), ("log-uniform", random_runs)):
    print(f"{name:11} best of 10:", np.round(runs[:, :10].max(axis=1), 2).tolist())

# %% [markdown]
# The tempting answer is "not much: the range is the same, and luck evens out". But nine of ten uniform draws are above
# 0.01, since nine tenths of the range lie there, and the good values lie near 0.001. One uniform search was lucky at
# once; the other two never got there. In a logarithm each factor of ten gets the same share. **A knob that multiplies
# gets a logarithmic scale**: penalties, rates, widths, numbers of rounds. One that adds, such as a share of columns,
# gets a uniform one.


# %%
def draw_race(trials: int = 10) -> None:
    """Draw the best score so far of three random searches on each scale."""
    _, axis = plt.subplots()
    for name, runs, color in (("log-uniform", random_runs, "C0"), ("uniform", uniform_runs, "C5")):
        best = np.maximum.accumulate(runs[:, :trials], axis=1)
        axis.plot(np.arange(1, trials + 1), best.T, color=color, alpha=0.7)
        axis.text(trials + 0.2, best[:, -1].min(), name, color=color, weight="bold", va="center")
    axis.set(title="The scale decides before the search begins", xlabel="trials", ylabel="best accuracy so far")
    axis.set(ylim=(0, 1.02), xlim=(0.5, trials * 1.25), xticks=range(1, trials + 1))
    plt.show()


draw_race()

# %% [markdown]
# Three runs of each. Move the slider: after how many trials has the worst of the logarithmic searches passed 0.9?

# %% tags=["widget"]
_ = widgets.interact(draw_race, trials=(2, 10, 1))

# %% [markdown]
# ## 4. Do not finish bad trials
#
# A setting that is hopeless on 50 pictures is rarely the best on 450. **Successive halving** starts many candidates on
# few rows, keeps the best third, gives them three times the rows, and repeats. Count the cost in rows, not in seconds:
# seconds depend on the machine.

# %%
candidates = list(ParameterSampler(space, n_iter=27, random_state=0))
alive, halving_rows = candidates, 0
for rows, survivors in ((50, 9), (150, 3), (450, 1)):
    scores = np.array([trial(setting, rows) for setting in alive])
    halving_rows += len(alive) * rows
    print(f"{len(alive):2} candidates on {rows:3} rows: best {scores.max():.2f}")
    alive = [alive[i] for i in np.argsort(-scores, kind="stable")[:survivors]]
halving_best = float(scores.max())
print(f"{halving_rows} rows in all; 16 full trials take {16 * 450}, 27 full trials {27 * 450}")

# %% [markdown]
# Twenty-seven candidates for little more than half the price of sixteen. The library does the same, with one
# difference: it draws the rows of each round at random from the folds, so its scores needn't equal yours. What must
# agree is the plan. Look at what the halving lost: the first 16 of the 27 are the draws of section 2, so their full
# scores are known, and eleven more give the best of all.

# %%
listed = [{name: [value] for name, value in setting.items()} for setting in candidates]
halving = HalvingGridSearchCV(SVC(), listed, factor=3, min_resources=50, cv=thirds, refit=False, random_state=0)
halving.fit(pixels[search], digit[search])
print("candidates:", halving.n_candidates_, "| rows:", halving.n_resources_)
full_scores = np.append(by_hand, [trial(setting) for setting in candidates[16:]])
print(f"winner by hand {halving_best:.3f}, by the library {trial(halving.best_params_):.3f}, "
      f"best of all 27: {full_scores.max():.3f}")  # fmt: skip

# %% [markdown]
# What you give up is visible too: the best of all 27 isn't the winner, though here one picture of 450 makes the
# difference. Candidates that start slowly, such as boosting with a small learning rate, die in the first round although
# they would win the last. Raise the first budget if that can happen.
#
# Halving has a second weakness: with several machines, all wait for each round's slowest candidate. Simulate that with
# workers on a clock. A candidate has a quality and a duration, both random; each promotion triples the duration.
# `heapq` keeps a list of which the smallest entry comes out first: here, the worker that is free first.


# %%
def in_rounds(quality: np.ndarray, duration: np.ndarray, workers: int) -> tuple[float, float]:
    """Return when halving in three rounds ends, and how much work it did."""
    alive, now, work = np.arange(len(quality)), 0.0, 0.0
    for r in range(3):
        free = [now] * workers
        for i in alive:
            heapq.heapreplace(free, free[0] + duration[i] * 3**r)
        now, work = max(free), work + float(duration[alive].sum()) * 3**r
        alive = alive[np.argsort(-quality[alive])][: len(alive) // 3]
    return now, work


# %% [markdown]
# **ASHA** (asynchronous halving) doesn't wait: it promotes a candidate as soon as it belongs to the best third of those
# that have finished its round *so far*. A free worker takes the best candidate that may be promoted, or else a fresh
# one. The fourth list only catches the workers' first, empty job.


# %%
def asha(quality: np.ndarray, duration: np.ndarray, workers: int) -> tuple[float, float]:
    """Return when halving without rounds ends, and how much work it did."""
    finished, begun = [[], [], [], []], [set(), set(), set()]
    clock = [(0.0, 3, -1)] * workers
    while clock:
        now, level, who = heapq.heappop(clock)
        finished[level].append(who)
        best = {r: sorted(finished[r], key=lambda i: -quality[i])[: len(finished[r]) // 3] for r in (1, 0)}
        ready = [(r + 1, i) for r in best for i in best[r] if i not in begun[r + 1]]
        ready += [(0, i) for i in range(len(quality)) if i not in begun[0]]
        for r, i in ready[:1]:
            begun[r].add(i)
            heapq.heappush(clock, (now + duration[i] * 3**r, r, i))
    return now, sum(float(duration[i]) * 3**r for r in range(3) for i in begun[r])


# %% [markdown]
# Both get the same 81 candidates and 8 workers, 20 times. Look at how busy the workers are, and at who ends earlier.

# %%
simulated = {"in rounds": [], "asynchronous": []}
for rng in np.random.default_rng(0).spawn(20):
    quality, duration = rng.normal(size=81), rng.lognormal(0, 0.8, size=81)
    for name, plan in zip(simulated, (in_rounds, asha), strict=True):
        simulated[name].append(plan(quality, duration, 8))
plans = {name: np.mean(runs, axis=0) for name, runs in simulated.items()}
busy = {name: float(np.mean([work / (8 * end) for end, work in runs])) for name, runs in simulated.items()}
more_work = plans["asynchronous"][1] / plans["in rounds"][1] - 1
less_time = 1 - plans["asynchronous"][0] / plans["in rounds"][0]
print("workers are busy: " + ", ".join(f"{share:.0%} {name}" for name, share in busy.items()))
print(f"asynchronous: {more_work:.0%} more work, ends {less_time:.0%} earlier")

# %% [markdown]
# The workers wait less, but some of what they do is wasted: a promotion may turn out to be too early. Here the waste
# eats the gain up, so with a fixed list of candidates don't expect to finish sooner. ASHA is made for large clusters
# and candidates that never run out, where no worker ever idles (Li and others, *A System for Massively Parallel
# Hyperparameter Tuning*, 2020).

# %% [markdown]
# ## 5. Learn where to look
#
# Random search forgets every trial. **TPE** (tree-structured Parzen estimator) remembers: it splits the trials so far
# into a good quarter and the rest, estimates where on the axis each group lies, and tries next where good is most
# frequent *compared with* bad. One step in one dimension, log10 of gamma, C fixed at 10. `gaussian_kde` puts a small
# bell curve on each trial and adds them up.

# %%
tried = np.random.default_rng(4).uniform(-5, -1, 16)
seen = np.array([trial({"C": 10, "gamma": 10**where}) for where in tried])
good = seen >= np.sort(seen)[-4]
axis_of = np.linspace(-5, -1, 401)
density_good, density_bad = (gaussian_kde(tried[group], bw_method=0.4)(axis_of) for group in (good, ~good))
next_gamma = float(axis_of[(density_good / density_bad).argmax()])
best_tried = float(tried[seen.argmax()])
print(f"best of 16: {seen.max():.3f} at log10(gamma) = {best_tried:.2f}")
print(f"TPE tries next: {next_gamma:.2f}, which scores {trial({'C': 10, 'gamma': 10**next_gamma}):.3f}")

# %% [markdown]
# Above, the sixteen trials; below, the two densities. Look for the place where the blue curve is high *and* the gray
# one low: there stands the dotted line.

# %%
_, (top, bottom) = plt.subplots(2, 1, sharex=True, figsize=(7, 5), height_ratios=(3, 2))
top.plot(tried[good], seen[good], "o", color="C0", markersize=8)
top.plot(tried[~good], seen[~good], "o", color="0.65")
top.set(ylabel="accuracy", ylim=(0, 1.08), title="Look next where good trials are dense and bad ones rare")
for density, color, name, x in ((density_good, "C0", "good quarter", -2.78), (density_bad, "0.45", "the rest", -1.8)):
    bottom.plot(axis_of, density, color=color)
    bottom.text(x, np.interp(x, axis_of, density) + 0.12, name, color=color, weight="bold")
for axis in (top, bottom):
    axis.axvline(next_gamma, color="C5", linestyle=":")
bottom.text(next_gamma - 0.05, 0.92 * density_good.max(), "next", color="C5", ha="right", weight="bold")
bottom.set(xlabel="log10 of gamma", ylabel="density")
plt.show()

# %% [markdown]
# Optuna does this for any number of knobs. You write an *objective*: a function that asks the trial for values and
# returns a score. The space is defined while the function runs, so a knob may exist only if an earlier one was set in
# a certain way. Its steps differ from yours in details: it adds a broad bell over the whole range, so that no place is
# ruled out, and its first trials are random, ten unless you choose a number. The same three seeds as in section 3, 16
# trials each, the first eight random: the very draws of section 3.


# %%
def svm_objective(study_trial: optuna.Trial) -> float:
    """Return the score of one setting that the study proposes."""
    C = study_trial.suggest_float("C", 0.1, 100, log=True)
    gamma = study_trial.suggest_float("gamma", 1e-5, 1e-1, log=True)
    return trial({"C": C, "gamma": gamma})


samplers = [optuna.samplers.TPESampler(n_startup_trials=8, seed=seed) for seed in SEEDS]
studies = [optuna.create_study(direction="maximize", sampler=sampler) for sampler in samplers]
for study in studies:
    study.optimize(svm_objective, n_trials=16)
tpe_runs = np.array([[t.value for t in study.trials] for study in studies])
after = [4, 8, 12, 16]
progress = {name: np.maximum.accumulate(runs, axis=1).mean(axis=0)[np.array(after) - 1]
            for name, runs in (("random", random_runs), ("TPE", tpe_runs))}  # fmt: skip
pd.DataFrame(progress, index=after).rename_axis("trials").round(2)

# %% [markdown]
# Look closer at the trials after the eighth, where TPE has begun to learn. Then ask which knob mattered: Optuna fits a
# forest to the trials and shares out the variance that each knob explains.

# %%
late = {name: float(np.median(runs[:, 8:])) for name, runs in (("random", random_runs), ("TPE", tpe_runs))}
importance = [optuna.importance.get_param_importances(
    study, evaluator=optuna.importance.FanovaImportanceEvaluator(n_trees=16, seed=0))["gamma"] for study in studies]  # fmt: skip
print("median score of trials 9 to 16: " + ", ".join(f"{name} {score:.2f}" for name, score in late.items()))
print(f"share of gamma in the differences: at least {min(importance):.0%} in each study")

# %% [markdown]
# TPE spends its later trials among good settings, and still its best is no better than random search's: with two knobs
# and 16 trials, the plateau is easy to hit, and what differs on it is noise. TPE pays with more knobs, with trials that
# cost hours, and with larger budgets.

# %% [markdown]
# ## 6. What the search did to the score
#
# **Predict before you run.** Make 90 rows of noise, and labels with 45 zeros and 45 ones in random order. Search 30
# settings of a decision tree, each scored in three folds, with no leak anywhere. What is the best of the 30 scores, on
# average over ten such tables?


# %%
def search_trees(X: np.ndarray, y: np.ndarray, seed: int) -> tuple[dict, np.ndarray]:
    """Return the best of 30 random settings of a tree, and the cross-validated accuracies of all."""
    knobs = {"max_depth": range(1, 11), "min_samples_leaf": range(1, 21), "max_features": uniform(0.1, 0.9)}
    settings, scores = list(ParameterSampler(knobs, 30, random_state=seed)), []
    for setting in settings:
        tree = DecisionTreeClassifier(random_state=0, **setting)
        folds = [tree.fit(X[i], y[i]).predict(X[j]) == y[j] for i, j in thirds.split(X, y)]
        scores.append(np.mean([hits.mean() for hits in folds]))
    return settings[int(np.argmax(scores))], np.array(scores)


noise = [(rng.normal(size=(90, 10)), rng.permutation(90) % 2) for rng in np.random.default_rng(0).spawn(10)]
found = [search_trees(X, y, seed) for seed, (X, y) in enumerate(noise)]
best_scores = np.array([scores.max() for _, scores in found])
mean_score = float(np.mean([scores for _, scores in found]))
print(f"all settings on average {mean_score:.2f}, the best of 30 {best_scores.mean():.2f}")

# %% [markdown]
# The tempting answer is 0.5, since each score is an honest estimate of 0.5. Each is. But the largest of 30 honest
# estimates isn't one: it is the setting with the most luck, and its score contains that luck. This is the **winner's
# curse**, or the *optimism* of a search.
#
# The cure is to treat the search as a part of the training. **Nested cross-validation** holds out a fold, searches on
# the others only, with folds of their own inside, and scores the winner on the fold that the search never saw.


# %%
def nested(X: np.ndarray, y: np.ndarray) -> float:
    """Return the accuracy of search plus training, on outer folds that the search hasn't seen."""
    outer = []
    for fold, (i, j) in enumerate(thirds.split(X, y)):
        setting, _ = search_trees(X[i], y[i], seed=fold)
        winner = DecisionTreeClassifier(random_state=0, **setting).fit(X[i], y[i])
        outer.append(winner.score(X[j], y[j]))
    return float(np.mean(outer))


nested_scores = np.array([nested(X, y) for X, y in noise[:3]])
print(f"three tables: the search reports {best_scores[:3].mean():.2f}, nested {nested_scores.mean():.2f}")

# %% [markdown]
# Nested, noise is noise again. The histogram shows all 300 scores of the ten searches. Look at where most of them lie,
# and where the ten numbers that the searches reported.

# %%
_, axis = plt.subplots(figsize=(7, 3.6))
everything = np.concatenate([scores for _, scores in found])
axis.hist(everything, bins=np.arange(22.5, 70, 3) / 90, color="0.75")
axis.axvline(0.5, color="C0", linestyle=":")
for score in best_scores:
    axis.plot(score, 3, "v", color="C5", markersize=9)
axis.text(0.525, 88, "the truth", color="C0", weight="bold")
axis.text(best_scores.max() + 0.012, 5, "best of\neach search", color="C5", weight="bold")
axis.set(title="A search reports the right tail of its luck", xlabel="accuracy on noise", ylabel="trials")
axis.set(xlim=(0.27, 0.8), ylim=(0, 100))
plt.show()

# %% [markdown]
# How large is the optimism where there is something to learn? Back to the customers and the opening question. After
# each fold the objective reports its score so far, and a **pruner** stops the trial if it is below the median of the
# earlier ones: halving's idea, applied to folds.


# %%
def pruned_score(study_trial: optuna.Trial, model: Pipeline) -> float:
    """Return the mean AUC over three folds; give up earlier if the trial looks bad."""
    scores: list[float] = []
    for step, (i, j) in enumerate(thirds.split(training, training["churned"])):
        known, unseen = training.iloc[i], training.iloc[j]
        model.fit(known, known["churned"])
        scores.append(roc_auc_score(unseen["churned"], model.predict_proba(unseen)[:, 1]))
        study_trial.report(float(np.mean(scores)), step)
        if step < 2 and study_trial.should_prune():
            raise optuna.TrialPruned
    return float(np.mean(scores))


# %% [markdown]
# The five knobs of boosting that matter, with their ranges. All five multiply, so each gets a logarithmic scale.


# %%
def boosting_settings(study_trial: optuna.Trial) -> dict[str, float]:
    """Return a setting of boosting that the study proposes."""
    return {
        "learning_rate": study_trial.suggest_float("learning_rate", 0.02, 0.3, log=True),
        "max_iter": study_trial.suggest_int("max_iter", 20, 60, log=True),
        "max_leaf_nodes": study_trial.suggest_int("max_leaf_nodes", 3, 16, log=True),
        "min_samples_leaf": study_trial.suggest_int("min_samples_leaf", 5, 100, log=True),
        "l2_regularization": study_trial.suggest_float("l2_regularization", 0.01, 100, log=True),
    }


# %% [markdown]
# Ten trials, so few that all are random: TPE would learn from the eleventh on. The locked-away customers choose
# nothing; they only judge finished models, here the three of the opening. How much of what the search reports is left?


# %%
def new_study() -> optuna.Study:
    """Return a seeded study that prunes below the median, after four full trials."""
    pruner = optuna.pruners.MedianPruner(n_startup_trials=4)
    return optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=0), pruner=pruner)


def fresh_auc(model: Pipeline) -> float:
    """Return the AUC on the locked-away customers, after fitting on all the others."""
    fitted = model.fit(training, training["churned"])
    return float(roc_auc_score(held_out["churned"], fitted.predict_proba(held_out)[:, 1]))


tuning = new_study()
tuning.optimize(lambda t: pruned_score(t, boosting(**boosting_settings(t))), n_trials=10)
stopped = sum(t.state.name == "PRUNED" for t in tuning.trials)
fresh = {"default boosting": fresh_auc(boosting()), "tuned boosting": fresh_auc(boosting(**tuning.best_params))}
fresh["logistic regression"] = fresh_auc(logistic())
print(f"the search reports {tuning.best_value:.2f}; {stopped} of 10 trials stopped early")
print("on fresh customers: " + ", ".join(f"{name} {auc:.2f}" for name, auc in fresh.items()))

# %% [markdown]
# The search was worth something: 0.76 became 0.79. With 6,000 rows and 10 trials its report is hardly too high; the
# optimism shrinks with the rows and grows with the trials. But all it achieved was to draw level with a model that
# needs no search. A difference of 0.01 in AUC on 2,000 customers is within the error of the estimate (lesson 04).

# %% [markdown]
# ## 7. Machines that search for you
#
# **AutoML** treats the kind of model as one more knob. Since the space is defined while the objective runs, a knob can
# depend on the kind. Look at which family wins, and at how it does on fresh customers.


# %%
def any_model(study_trial: optuna.Trial) -> Pipeline:
    """Return a model of a family that the study proposes, with a setting that it proposes too."""
    family = study_trial.suggest_categorical("family", ["logistic", "forest", "boosting"])
    if family == "logistic":
        return logistic(C=study_trial.suggest_float("C", 1e-3, 10, log=True))
    if family == "boosting":
        return boosting(**boosting_settings(study_trial))
    least = study_trial.suggest_int("least", 5, 50, log=True)
    return make_pipeline(logistic()[0], RandomForestClassifier(10, min_samples_leaf=least, random_state=0, n_jobs=1))


auto = new_study()
auto.optimize(lambda t: pruned_score(t, any_model(t)), n_trials=10)
auto_auc = fresh_auc(any_model(optuna.trial.FixedTrial(auto.best_params)))
families = pd.Series([t.params["family"] for t in auto.trials]).value_counts()
print("trials of each family:", dict(sorted(families.items())))
print(f"winner: {auto.best_params['family']}, reported {auto.best_value:.2f}, on fresh customers {auto_auc:.2f}")

# %% [markdown]
# Real AutoML packages add preparation steps, combine several winners, and stop by the clock. None of them asks whether
# `days_since_login` is a leak: it would be the first column that they keep.
#
# **Architecture search** turns the shape of a neural network into knobs: how many layers of units, how wide, which
# function bends their output. Phase 3 builds such networks; here one is a model with four knobs. `partial_fit` goes
# through the rows once (an *epoch*), so a candidate can be continued, and the budget is epochs.


# %%
def network(layers: int, width: int, activation: str, rate: float) -> MLPClassifier:
    """Return an untrained network with equally wide layers."""
    return MLPClassifier(layers * (width,), activation=activation, learning_rate_init=rate, random_state=0)


shapes = {"layers": [1, 2, 3], "width": [8, 16, 32, 64], "activation": ["relu", "tanh"], "rate": loguniform(1e-4, 0.1)}
nets = [network(**choice) for choice in ParameterSampler(shapes, 27, random_state=0)]
epochs, before = 0, 0
for until, survivors in ((2, 9), (6, 3), (18, 1)):
    for net in nets:
        for _ in range(until - before):
            net.partial_fit(pixels[learn] / 16, digit[learn], classes=np.arange(10))
    epochs, before = epochs + len(nets) * (until - before), until
    accuracy = np.array([net.score(pixels[judge] / 16, digit[judge]) for net in nets])
    nets = [nets[i] for i in np.argsort(-accuracy, kind="stable")[:survivors]]
net_test = nets[0].score(pixels[test] / 16, digit[test])
print(f"{epochs} epochs instead of {27 * 18}: {accuracy.max():.2f}, on locked-away digits {net_test:.2f}")

# %% [markdown]
# Networks that were cut off after two epochs paid for those that went on. Halving with a fixed list runs on one
# machine; **Ray Tune** spreads the same search over many, with ASHA. It takes its time to start, so this cell runs only
# if the environment variable `HANDRAIL_SLOW` is 1 and Ray is installed. The function that Ray calls reports after every
# epoch; ASHA decides whether it goes on. What was printed on our machine stands below.


# %%
def train_for_ray(choice: dict) -> None:
    """Train one network, and report after every epoch."""
    from ray import tune

    net = network(**choice)
    for _ in range(18):
        net.partial_fit(pixels[learn] / 16, digit[learn], classes=np.arange(10))
        tune.report({"accuracy": net.score(pixels[judge] / 16, digit[judge])})


# %%
def search_with_ray(trials: int = 27) -> None:
    """Run the architecture search in Ray Tune, two networks at a time, and print what it found."""
    import ray
    from ray import tune
    from ray.tune.schedulers import ASHAScheduler

    space = {name: tune.choice(shapes[name]) for name in ("layers", "width", "activation")}
    space["rate"] = tune.loguniform(1e-4, 0.1)
    asha_rule = ASHAScheduler(max_t=18, grace_period=2, reduction_factor=3)
    plan = tune.TuneConfig(metric="accuracy", mode="max", num_samples=trials, scheduler=asha_rule)
    with ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False), tempfile.TemporaryDirectory() as folder:
        run = tune.RunConfig(storage_path=folder, verbose=0)
        results = tune.Tuner(train_for_ray, param_space=space, tune_config=plan, run_config=run).fit()
    spent = sum(result.metrics["training_iteration"] for result in results)
    print(f"{spent} epochs of {18 * trials}; best {results.get_best_result().metrics['accuracy']:.3f}")


# %% tags=["nbval-ignore-output"]
if os.environ.get("HANDRAIL_SLOW") != "1":
    print("Skipped. To run it, set the environment variable HANDRAIL_SLOW=1.")
elif importlib.util.find_spec("ray") is None:
    print('Ray is not installed. Install it with: pip install "ray[tune]"')
else:
    search_with_ray()

# %% [markdown]
# Stored result (2026-11, a virtual machine with two busy cores, Ray 2.60): `210 epochs of 486; best 0.978`, after 239
# seconds, nine of them to start. The winner had 0.972 on the locked-away digits. By hand the same kind of search took
# a second: for networks this small, starting processes is nearly all of the work. With ASHA, which trials are stopped
# depends on who finishes first, so a second run differs.
#
# Two ideas you will meet in papers: AutoKeras lets candidates inherit the trained weights of smaller ones, so that few
# start from nothing. NAS-Bench has trained every network of a small space once and tabulated the results, so that
# search methods can be compared without training anything.

# %% [markdown]
# ## 8. How it fails
#
# **The best value lies on the edge.** Restrict the grid to C of at most 0.1, and read the winner with care.

# %%
edge = [{"C": C, "gamma": 1e-3} for C in (0.001, 0.01, 0.1)]
edge_scores = [trial(setting) for setting in edge]
wider_scores = [trial({"C": C, "gamma": 1e-3}) for C in (1, 10)]
print("C 0.001, 0.01, 0.1:", np.round(edge_scores, 2).tolist(), "| C 1, 10:", np.round(wider_scores, 2).tolist())

# %% [markdown]
# The winner is the largest C that was tried: the search hasn't found an optimum, it has found its own fence. Whenever
# the best value lies on the edge of a range, widen the range.
#
# **The best seed is luck.** Forty forests of five trees differ in nothing but their seed. Choose the best on 400
# pictures, and look at what is left of its lead on the locked-away ones.

# %%
seeds = []
for seed in range(40):
    forest = RandomForestClassifier(5, random_state=seed, n_jobs=1).fit(pixels[search], digit[search])
    seeds.append((forest.score(pixels[judge], digit[judge]), forest.score(pixels[test], digit[test])))
seeds = pd.DataFrame(seeds, columns=["chosen on", "fresh"])
lead = seeds.loc[seeds["chosen on"].idxmax()] - seeds.mean()
print(f"lead of the best seed: {lead['chosen on']:.3f} where it was chosen, {lead['fresh']:.3f} on fresh digits")

# %% [markdown]
# A seed is no hyperparameter: nothing about it carries over to new rows. Fix it, or average over several.
#
# **Choosing with the test set** is the same fault, with the test set in the place of the 400 pictures (lesson 04). And
# where many settings are within noise of the best, don't take the luckiest. Take the *simplest within one standard
# error*: any setting within that distance of the best may be as good, and the simplest of them is cheaper to run and to
# explain.

# %% [markdown]
# ## In practice
#
# A senior engineer spends the first days on data and features, which move scores by more than any knob did here. Then a
# random or TPE search gets a fixed budget, decided beforehand, on logarithmic scales, with pruning. Every trial is
# kept: setting, score, seed, version of the code. What is reported is a nested or a fresh-test score, never
# `best_score_`, beside the score of the model that needed no search.

# %% [markdown]
# ## Check yourself
#
# **1.** Both curves of a learning curve have met at 0.79. What next?
#
# - **a** more rows
# - **b** better columns, or a richer model
# - **c** a stronger penalty
# - **d** another seed
#
# <details><summary>Answer</summary>
#
# **b.** The model says all that it can say with these columns. **a**: the curves have met, the next thousand rows
# change nothing. **c** would hold back a model that already can't say enough; both curves would fall. **d** takes a
# plateau for noise.
#
# </details>
#
# **2.** On pure noise the best of 30 settings has a cross-validated accuracy of 0.60. Where does the surplus come from?
#
# - **a** the final model overfits its training rows
# - **b** there is a leak in the data
# - **c** it is the largest of 30 noisy estimates
# - **d** three folds are biased upwards
#
# <details><summary>Answer</summary>
#
# **c.** Each estimate is honest, their maximum isn't. **a**: the score is cross-validated, no row was judged by a model
# that knew it. **b**: noise has nothing to leak. **d**: one setting alone has 0.5 on average.
#
# </details>
#
# **3.** Sixteen random trials explore the knob that matters better than a grid of four times four, because ...
#
# - **a** random search makes more trials
# - **b** it learns from earlier trials
# - **c** the grid has too small a range
# - **d** no value of the knob is tried twice
#
# <details><summary>Answer</summary>
#
# **d.** Sixteen different values against four. **a**: both make sixteen. **b** confuses it with TPE; random search
# forgets. **c**: the ranges were the same.
#
# </details>

# %% [markdown]
# ## In short
#
# - A gap between the curves asks for rows or restraint; curves that have met ask for columns or a richer model.
# - Random search beats a grid when few knobs matter. Knobs that multiply get a logarithmic scale.
# - Halving and pruning stop bad trials early; compare searches at equal cost, counted in rows or epochs.
# - The best score of a search contains its luck. Nested cross-validation or fresh rows give the honest one.
# - Widen a range whose edge wins, never choose a seed, and prefer the simplest setting within one standard error.
#
# **Next.** [Open the exercises](../../work/02_machine_learning/10_hyperparameter_tuning.ipynb): draw on a logarithmic
# scale, plan a halving, choose within the noise, score a search honestly, and take one step of TPE. Then lesson 11
# looks for groups in data that has no labels.


# %% tags=["claims"]
def near(value: float, claim: float, margin: float = 0.015) -> bool:
    """Tell whether a number of the prose holds, wherever this runs."""
    return abs(value - claim) < margin


last = {name: scores.iloc[-1] for name, scores in curves.items()}
assert near(last["logistic regression"]["training"], 0.80) and near(last["logistic regression"]["validation"], 0.79)
assert last["boosting"]["training"] > 0.99 and near(last["boosting"]["validation"], 0.77)
assert curves["boosting"]["validation"].is_monotonic_increasing
assert by_leaves["training"].is_monotonic_increasing and by_leaves["validation"].idxmax() == 4
assert by_leaves.loc[4, "validation"] > by_leaves.loc[31, "validation"] + 0.005
assert abs(by_leaves.loc[4, "validation"] - by_leaves.loc[2, "validation"]) < 0.02
square = grid_scores.to_numpy().reshape(4, 4)
assert np.ptp(square, axis=1).min() > 0.5 > np.ptp(square, axis=0).max()
assert same and library.best_params_ == draws[by_hand.argmax()] and near(grid_scores.max(), 0.97) and min(tests) > 0.97
assert random_runs[:, :10].max(axis=1).min() > 0.96 and sum(uniform_runs.max(axis=1) < 0.75) == 2
assert np.allclose(tpe_runs[:, :8], random_runs[:, :8]) and candidates[:16] == draws
assert halving_rows == 4050 and halving.n_candidates_ == [27, 9, 3] and halving.n_resources_ == [50, 150, 450]
assert full_scores.max() - 0.01 < halving_best <= full_scores.max()
assert busy["asynchronous"] > busy["in rounds"] + 0.04 and 0.05 < more_work < 0.2 and abs(less_time) < 0.05
assert near(next_gamma, -3.05, 0.2) and near(best_tried, -3.09, 0.05)
assert near(tpe_runs.max(axis=1).mean(), random_runs.max(axis=1).mean(), 0.01) and late["TPE"] > late["random"] + 0.03
assert min(importance) > 0.6
assert near(mean_score, 0.5, 0.02) and near(best_scores.mean(), 0.60, 0.02) and near(nested_scores.mean(), 0.5, 0.04)
assert best_scores[:3].mean() > nested_scores.mean() + 0.08
assert near(tuning.best_value, 0.80) and near(fresh["default boosting"], 0.76) and near(fresh["tuned boosting"], 0.79)
assert near(fresh["logistic regression"], 0.79) and abs(fresh["tuned boosting"] - fresh["logistic regression"]) < 0.01
assert tuning.best_value - fresh["tuned boosting"] < 0.02 and stopped >= 1
assert abs(auto_auc - fresh["logistic regression"]) < 0.015 and near(auto.best_value, 0.80)
assert epochs == 126 and accuracy.max() > 0.95 and net_test > 0.95
assert edge_scores[-1] == max(edge_scores) < min(wider_scores) - 0.02
assert lead["chosen on"] > 0.03 and lead["fresh"] < 0.6 * lead["chosen on"]
