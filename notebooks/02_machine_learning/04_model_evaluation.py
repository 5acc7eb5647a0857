# /// lesson
# minutes = 65
# exercise_minutes = 85
# needs = ["02_machine_learning/03_logistic_regression", "01_fundamentals/13_hypothesis_tests"]
# seconds = 20
# memory_mb = 550
# ///

# %% [markdown]
# # Find out how good a model really is
#
# **Why.** A colleague reports an accuracy of 86.1% for her churn model. A program that answers "nobody leaves" to every
# question reaches 86.1% as well. Is the model worthless, or is the number?
#
# **You will**
# - compute precision, recall, AUC, average precision, log loss and Brier score, and say which question each answers;
# - cross-validate by hand, put an interval around a score, and compare two models on the same rows;
# - check whether a probability means what it says, and repair it if it doesn't;
# - turn the cost of a mistake into a threshold, and a threshold into euros.
#
# **You need** lesson 03 of this phase (probabilities, log loss) and from phase 1 lesson 13 (bootstrap, p-values).
# 65 minutes; the exercises take 85.

# %%
import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn import metrics
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    KFold,
    RepeatedStratifiedKFold,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_score,
    train_test_split,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from handrail.kit.data import CATEGORICAL, NUMERIC, customers, customers_truth, houses

plt.style.use("handrail.kit.course")

# %% [markdown]
# Tarn Mobile never existed: its 8,000 customers are generated, so each customer's true probability of leaving is known.
# Models never see it; you will use it as a ceiling. 6,000 customers train, 2,000 test, and the split keeps the share of
# leavers equal in both.

# %%
table, truth = customers(), customers_truth()["probability"]
train, test = train_test_split(table, test_size=0.25, stratify=table["churned"], random_state=0)
left = test["churned"].to_numpy()  # 1: this customer left
true_probability = truth[test.index].to_numpy()
print(f"{len(train):,} train, {len(test):,} test; {left.sum()} of the test customers left ({left.mean():.1%})")

# %% [markdown]
# Six models, fixed before anybody looks at the test rows. Two are logistic regressions; in the *balanced* one every
# leaver counts six times, so that leavers and stayers weigh the same. Naive Bayes, forest and boosting come in later
# lessons; to judge a model you needn't know how it thinks. The preparation fills gaps, scales numbers and turns words
# into columns of 0 and 1 (lesson 05 takes it apart).


# %%
def churn_model(final) -> Pipeline:
    """Return an unfitted model from a raw table to the probability of leaving."""
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    words = OneHotEncoder(handle_unknown="ignore", min_frequency=20, sparse_output=False)
    return make_pipeline(make_column_transformer((numbers, NUMERIC), (words, CATEGORICAL)), final)


finals = {
    "constant": DummyClassifier(),
    "logistic": LogisticRegression(max_iter=1000),
    "balanced": LogisticRegression(max_iter=1000, class_weight="balanced"),
    "naive Bayes": GaussianNB(),
    "forest": RandomForestClassifier(100, min_samples_leaf=5, random_state=0),
    "boosting": HistGradientBoostingClassifier(random_state=0),
}
fitted = {name: churn_model(final).fit(train, train["churned"]) for name, final in finals.items()}
says = {name: model.predict_proba(test)[:, 1] for name, model in fitted.items()}

# %% [markdown]
# ## 1. Accuracy says nothing here
#
# Accuracy is the share of right answers when "leaves" means a probability of at least 0.5. Four of the six models:

# %%
four = ["constant", "logistic", "boosting", "balanced"]
accuracy = {name: ((says[name] >= 0.5) == left).mean() for name in four}
print({name: round(float(value), 2) for name, value in accuracy.items()})

# %% [markdown]
# **Predict before you run.** Tarn Mobile wants a list: the customers most likely to leave first. Rank the four models
# by how well they sort such a list. The measure is the **AUC**: take a random leaver and a random stayer; how often does
# the leaver have the higher probability (a tie counts one half)?

# %%
auc = {name: metrics.roc_auc_score(left, probability) for name, probability in says.items()}
print({name: round(float(auc[name]), 2) for name in four})

# %% [markdown]
# The tempting answer is that the balanced model is the worst: its accuracy is 17 points lower. It sorts as well as
# anything here. The constant, tied for the best accuracy, can't sort at all; boosting, also tied, sorts worse than a
# logistic regression. Accuracy saw none of that. To see why, count what happens at one threshold, and at another.

# %%
for threshold in (0.5, 0.2):
    alarm = says["logistic"] >= threshold
    found, false = int((alarm & (left == 1)).sum()), int((alarm & (left == 0)).sum())
    right = (alarm == left).mean()
    print(f"threshold {threshold}: {found} of {left.sum()} leavers found, {false} false alarms, accuracy {right:.2f}")

# %% [markdown]
# At 0.5 the model hardly ever speaks. It finds a tenth of the leavers and pays for 27 right alarms with as many false
# ones, so it is as accurate as silence. At 0.2 it finds six in ten, with two false alarms for each leaver; accuracy
# calls that worse. Accuracy charges the same for a lost customer and for a wasted phone call, at one threshold that
# nobody chose.
#
# ## 2. Four counts, many names
#
# Every yes-or-no score is made from four counts: alarms that were right or wrong, silences that were right or wrong.
# Look at which scores ignore the 1,392 customers who stayed and weren't called.


# %%
def scores_of(alarm: np.ndarray, happened: np.ndarray) -> dict[str, float]:
    """Return six scores of yes-or-no answers, all from the four counts."""
    found, false = int((alarm & happened).sum()), int((alarm & ~happened).sum())
    missed, quiet = int((~alarm & happened).sum()), int((~alarm & ~happened).sum())
    precision, recall, specificity = found / (found + false), found / (found + missed), quiet / (quiet + false)
    product = (found + false) * (found + missed) * (quiet + false) * (quiet + missed)
    return {
        "precision": precision,
        "recall": recall,
        "specificity": specificity,
        "F1": 2 * precision * recall / (precision + recall),
        "balanced accuracy": (recall + specificity) / 2,
        "MCC": (found * quiet - false * missed) / product**0.5,
    }


# %% [markdown]
# The library has each of them under its own name. Recall of the stayers is specificity: `pos_label=0` asks for it.

# %%
alarm, happened = says["logistic"] >= 0.2, left == 1
by_hand = scores_of(alarm, happened)
by_library = [
    metrics.precision_score(happened, alarm),
    metrics.recall_score(happened, alarm),
    metrics.recall_score(happened, alarm, pos_label=False),
    metrics.f1_score(happened, alarm),
    metrics.balanced_accuracy_score(happened, alarm),
    metrics.matthews_corrcoef(happened, alarm),
]
print({name: round(value, 2) for name, value in by_hand.items()})
print("the library agrees:", np.allclose(list(by_hand.values()), by_library))

# %% [markdown]
# Precision, recall and F1 never use the quiet stayers: with ten times as many of them the three stay the same. The
# other three do use them. The choice follows from the question, not from the data:
#
# | who asks | question | score |
# | :-- | :-- | :-- |
# | the call center | of the people you make me call, how many are leaving? | precision |
# | the sales director | of the people who leave, how many do you find? | recall |
# | the customer who stays | how often do you leave me in peace? | specificity |
# | a report with room for one number | both precision and recall, or else a low number | F1 |
# | a comparison of regions with other shares of leavers | recall and specificity in equal parts | balanced accuracy |
# | a skeptic | how strongly do answer and event correlate? | MCC |

# %% [markdown]
# Recall and specificity look at leavers and stayers apart. Precision mixes them, so it depends on how many of each there
# are. Take a detector with recall 0.8 and specificity 0.9, and let the event become rarer. Of all people, *prevalence*
# times 0.8 are rightly flagged, and (1 − prevalence) times 0.1 wrongly. Look at the first number.

# %%
prevalences = np.array([0.01, 0.05, 0.139, 0.5])
right, wrong = 0.8 * prevalences, 0.1 * (1 - prevalences)
precisions = right / (right + wrong)
print("prevalence:", prevalences)
print("precision: ", precisions.round(2))

# %% [markdown]
# The same detector is right in 9 of 10 alarms where half of the people are ill, and in 1 of 13 where one in a hundred
# is. Draw it with 1,000 people. Each is a square; orange and red ones have an alarm.


# %%
def draw_people(prevalence: float = 0.01) -> None:
    """Draw 1,000 people, ill and alarmed, for a detector of recall 0.8 and specificity 0.9."""
    ill = round(1000 * prevalence)
    found, false = round(0.8 * ill), round(0.1 * (1000 - ill))
    counts = {"ill, alarm": found, "ill, missed": ill - found, "well, alarm": false, "well, quiet": 1000 - ill - false}
    _, axis = plt.subplots(figsize=(8, 3.4))
    start = 0
    for (name, count), color in zip(counts.items(), ["C5", "black", "C1", "0.88"], strict=True):
        column, row = np.divmod(np.arange(start, start + count), 20)
        axis.scatter(column, row, color=color, marker="s", s=26, label=f"{name}: {count}")
        start += count
    axis.set_title(f"Prevalence {prevalence:.1%}: of {found + false} alarms, {found} are right")
    axis.axis("off")
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=4)
    plt.show()


# %%
draw_people()

# %% [markdown]
# Move the slider. At which prevalence is every second alarm right? A precision that was measured on a sample with half
# ill and half well people says nothing about a waiting room.

# %% tags=["widget"]
slider = widgets.FloatSlider(0.01, min=0.005, max=0.5, step=0.005, readout_format=".3f", continuous_update=False)
_ = widgets.interact(draw_people, prevalence=slider)
# %% [markdown]
# ## 3. Ranking: all thresholds at once
#
# Instead of choosing a threshold, try them all. Sort the customers once, the highest probability first, and walk down:
# each step adds a customer to those who are called. Cumulative sums count leavers and stayers on the way. Customers
# with equal scores can't be separated, so only the end of each group of equals is a point of the curve.


# %%
def walk_down(scores: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return stayers and leavers called so far, while the threshold falls: one count for each different score, and 0."""
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    leavers = np.cumsum(labels[order])[ends]
    return np.append(0, ends + 1 - leavers), np.append(0, leavers)


def area(scores: np.ndarray, labels: np.ndarray) -> float:
    """Return the area under the curve of recall against the share of stayers called."""
    stayers, leavers = walk_down(scores, labels)
    return np.trapezoid(leavers / leavers[-1], stayers / stayers[-1])


# %% [markdown]
# Recall against the share of stayers who are called is the **ROC curve**; precision against recall is the
# **precision-recall curve**. Draw both, for the model and for somebody who knows the true probabilities. How far below
# the ceiling is the model?

# %%
_, (roc, pr) = plt.subplots(1, 2, figsize=(9, 4))
for probability, color in ((true_probability, "0.45"), (says["logistic"], "C0")):
    stayers, leavers = walk_down(probability, left)
    roc.plot(stayers / stayers[-1], leavers / leavers[-1], color=color)
    pr.plot(leavers[10:] / leavers[-1], leavers[10:] / (leavers + stayers)[10:], color=color)
roc.plot([0, 1], [0, 1], color="0.7", linestyle=":")
pr.axhline(left.mean(), color="0.7", linestyle=":")
names = {"the truth": ("0.45", 0.03, 0.86, 0.34, 0.78), "logistic": ("C0", 0.27, 0.58, 0.2, 0.37)}
for name, (color, *at) in (names | {"a random order": ("0.45", 0.6, 0.5, 0.4, 0.08)}).items():
    roc.text(*at[:2], name, color=color, weight="bold")
    pr.text(*at[2:], name, color=color, weight="bold")
roc.set(title="ROC: the model stays below the ceiling", xlabel="share of the stayers called", ylabel="recall")
pr.set(title="Precision falls as recall grows", xlabel="recall", ylabel="precision", ylim=(0, 1))
plt.show()

# %% [markdown]
# Each curve is summed up by its area: the ROC by the AUC, the precision-recall curve by the **average precision** (the
# precision at each leaver on the list, averaged). Compare the hand-made areas with the library's, and the area with
# its other meaning: 20,000 random pairs of a leaver and a stayer.

# %%
stayers, leavers = walk_down(says["logistic"], left)
average_precision = (np.diff(leavers) / leavers[-1] * (leavers / np.maximum(leavers + stayers, 1))[1:]).sum()
rng = np.random.default_rng(0)
leaver = rng.choice(says["logistic"][left == 1], 20_000)
in_order = (leaver > rng.choice(says["logistic"][left == 0], 20_000)).mean()
print(f"area {area(says['logistic'], left):.3f}, library {auc['logistic']:.3f}, pairs in order {in_order:.2f}")
print(
    "average precision agrees:", np.isclose(average_precision, metrics.average_precision_score(left, says["logistic"]))
)
ceiling = area(true_probability, left), metrics.average_precision_score(left, true_probability)
print("AUC and average precision: truth {:.2f}, {:.2f};".format(*ceiling), end=" ")
print(f"logistic {auc['logistic']:.2f}, {average_precision:.2f}; random 0.50, {left.mean():.2f}")

# %% [markdown]
# Nobody can reach 1 here: who leaves is partly chance, and even the truth scores 0.86. A random order has an AUC of 0.5
# whatever the data, but an average precision equal to the prevalence. So an AUC compares across data sets, while
# average precision tells you how the top of the list feels where the event is rare: at a recall of one half, more than
# six of ten calls are in vain.

# %% [markdown]
# ## 4. Cross-validation
#
# One test set gives one number. In lesson 01 you shuffled splits and saw the number dance. **k-fold cross-validation**
# uses every row for testing exactly once: deal the rows into k folds, and let each fold be tested by a model trained
# on the others. By hand on the training rows; the library must find the same five numbers.

# %%
labels = train["churned"].to_numpy()
shuffled = np.random.default_rng(0).permutation(len(train))
folds = np.array_split(shuffled, 5)
logistic = churn_model(finals["logistic"])
by_hand_auc = []
for fold in folds:
    others = np.setdiff1d(shuffled, fold)
    logistic.fit(train.iloc[others], labels[others])
    by_hand_auc.append(area(logistic.predict_proba(train.iloc[fold])[:, 1], labels[fold]))
splits = [(np.setdiff1d(shuffled, fold), fold) for fold in folds]
library_auc = cross_val_score(logistic, train, labels, cv=splits, scoring="roc_auc")
print("the five folds agree:", np.allclose(by_hand_auc, library_auc))
print("their mean is near the AUC of the test rows:", abs(library_auc.mean() - auc["logistic"]) < 0.01)

# %% [markdown]
# `cross_val_score` clones the model for every fold, so nothing learned in one reaches the next. Dealing at random has a
# weakness when the event is rare. Take 100 customers with 14 leavers, and look at how many leavers each fold gets.

# %%
hundred = np.repeat([1, 0], [14, 86])
for splitter in (KFold(5, shuffle=True, random_state=0), StratifiedKFold(5, shuffle=True, random_state=0)):
    per_fold = [int(hundred[fold].sum()) for _, fold in splitter.split(hundred, hundred)]
    print(f"{type(splitter).__name__:16}", per_fold)

# %% [markdown]
# Stratified folds deal leavers and stayers separately. With few leavers that matters; with 800 hardly. What is left is
# the luck of the deal, so deal again: three times five folds.

# %%
deals = RepeatedStratifiedKFold(n_splits=5, n_repeats=3, random_state=0)
fifteen = cross_val_score(logistic, train, labels, cv=deals, scoring="roc_auc")
print(f"from {fifteen.min():.2f} to {fifteen.max():.2f}, standard deviation {fifteen.std():.3f}")
print("means of the three rounds agree within 0.005:", np.ptp(fifteen.reshape(3, 5).mean(axis=1)) < 0.005)

# %% [markdown]
# One model, one data set, scores from 0.77 to 0.82: most improvements that are celebrated in meetings are smaller. The
# *mean* over five folds is far steadier. But don't divide the standard deviation by √15 and call it the uncertainty:
# the fifteen scores share training rows and test the same 6,000 customers again and again. They aren't independent,
# and other customers would bring news that no dealing of these can.
#
# | your rows | splitter |
# | :-- | :-- |
# | independent, a number to predict | `KFold(shuffle=True)` |
# | independent, classes | `StratifiedKFold(shuffle=True)`; repeated if rows are few |
# | several rows for each customer, patient, machine | `GroupKFold`, `StratifiedGroupKFold` (lesson 05) |
# | ordered in time, used to predict the future | `TimeSeriesSplit` (lessons 05, 16) |

# %% [markdown]
# ## 5. How sure is a score?
#
# An accuracy is a share of n answers, so its uncertainty is that of a coin. The **Wilson interval** holds every rate p
# from which the observed share is at most 1.96 standard errors √(p(1−p)/n) away. Solving that for p gives the formula
# below. How many test rows does it take to tell 0.86 from 0.85?


# %%
def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a rate of which `right` of `n` was observed."""
    center = (right + z**2 / 2) / (n + z**2)
    margin = z / (n + z**2) * (right * (n - right) / n + z**2 / 4) ** 0.5
    return center - margin, center + margin


intervals = {n: wilson(round(0.861 * n), n) for n in (100, 500, 2000)}
for n, (low, high) in intervals.items():
    print(f"{n:5} rows: {low:.2f} to {high:.2f}")
library_interval = proportion_confint(1722, 2000, method="wilson")
print("statsmodels agrees:", np.allclose(intervals[2000], library_interval, atol=1e-5))

# %% [markdown]
# 2,000 rows aren't enough: the interval still reaches from 0.85 to 0.88. For the AUC there is no such formula, but the
# **bootstrap** of phase 1 works for any score: draw 2,000 test rows with replacement, score them, and repeat. One thing
# is new: each resample scores *all* models on the same rows. Look at the interval of each model alone, then at whether 0
# lies inside the interval of the difference to the logistic regression.

# %%
resamples = np.random.default_rng(0).integers(0, len(test), size=(1000, len(test)))
three = ["logistic", "forest", "boosting"]
scores = {name: np.array([area(says[name][rows], left[rows]) for rows in resamples]) for name in three}
alone = {name: np.quantile(scores[name], [0.025, 0.975]) for name in three}
paired = {name: np.quantile(scores[name] - scores["logistic"], [0.025, 0.975]) for name in three[1:]}
for name in three:
    print("{:9} alone {:.2f} to {:.2f}".format(name, *alone[name]))
for name, (low, high) in paired.items():
    print(f"{name:9} minus logistic: 0 is {'inside' if low < 0 < high else 'outside'}")

# %% [markdown]
# The figure shows the same five intervals. Which question does each panel answer?

# %%
_, (left_panel, right_panel) = plt.subplots(1, 2, figsize=(9, 2.9))
for height, name in enumerate(reversed(three)):
    left_panel.hlines(height, *alone[name], color="C0", linewidth=4)
    left_panel.plot(auc[name], height, "o", color="black")
    left_panel.text(alone[name][0], height + 0.18, name, weight="bold")
    if name in paired:
        right_panel.hlines(height, *paired[name], color="C1", linewidth=4)
        right_panel.plot(auc[name] - auc["logistic"], height, "o", color="black")
        right_panel.text(-0.05, height + 0.18, f"{name} minus logistic", weight="bold")
right_panel.axvline(0, color="0.4", linestyle=":")
left_panel.set(title="Alone: all three overlap", xlabel="AUC", ylim=(-0.4, 2.7), yticks=[])
right_panel.set(title="Paired: boosting is worse", xlabel="difference of AUC", ylim=(-0.4, 2.7), yticks=[])
plt.show()

# %% [markdown]
# Alone, the intervals are 0.05 wide and overlap, and many a report would stop there: "no difference". But much of that
# width is luck that all models share: a resample with many easy leavers flatters each of them. In the difference the
# shared luck cancels. Boosting with its default settings *is* worse than the logistic regression here; of the forest,
# these 2,000 rows can't say. (Lesson 08 looks into those settings.)

# %% [markdown]
# For yes-or-no answers the same idea is a table of four counts, **McNemar's**: rows on which both models are right or
# both wrong say nothing about which is better. Only the disagreements do, and if the models are equally good, each
# disagreement is a toss of a fair coin. Compare the accuracy of logistic regression and boosting.

# %%
right_logistic, right_boosting = ((says[name] >= 0.5) == left for name in ("logistic", "boosting"))
agreement = pd.crosstab(right_logistic, right_boosting, rownames=["logistic right"], colnames=["boosting right"])
only_one = int(agreement.loc[True, False]), int(agreement.loc[False, True])
p_value = mcnemar(agreement.to_numpy(), exact=True).pvalue
print("right alone: logistic about {}, boosting about {}".format(*(round(n, -1) for n in only_one)))
print("p above 0.5:", p_value > 0.5)

# %% [markdown]
# About forty to forty, among 2,000: no difference at all, although the AUCs differ clearly. A test finds only what its
# score can see, and at 0.5 these two hardly ever say anything.
#
# ## 6. Does 30% mean 30%?
#
# A model is **calibrated** if, of the customers who are told 30%, 30% leave. Check it with a table: cut the
# probabilities into ten bins; in each, compare the mean of what was said with the share of what happened. Here is
# naive Bayes, which has an AUC of 0.77. Start with the last row.


# %%
def reliability(probability: np.ndarray, happened: np.ndarray) -> pd.DataFrame:
    """Return, for each of ten bins with rows in it, what was said on average, what happened, and how many rows."""
    rows = pd.DataFrame({"said": probability, "happened": happened})
    bins = pd.cut(probability, np.linspace(0, 1, 11), include_lowest=True)
    return rows.groupby(bins, observed=True).agg(
        said=("said", "mean"), happened=("happened", "mean"), rows=("said", "size")
    )


naive = reliability(says["naive Bayes"], left)
happened_library, said_library = calibration_curve(left, says["naive Bayes"], n_bins=10)
print("scikit-learn agrees:", np.allclose(naive["happened"], happened_library))
naive.reset_index(drop=True).round(2)

# %% [markdown]
# Of the customers who were given more than 90%, 44% left. Naive Bayes treats each column as fresh evidence. Columns that
# say the same thing twice count twice, and the answer is driven to the ends. Now three models in a picture: on the
# dotted diagonal, words and deeds agree.

# %%
_, axis = plt.subplots(figsize=(7, 4.6))
axis.plot([0, 1], [0, 1], color="0.5", linestyle=":")
spots = {"logistic": (0.28, 0.46, "C0"), "naive Bayes": (0.74, 0.19, "C1"), "balanced": (0.76, 0.55, "C5")}
for name, (x, y, color) in spots.items():
    bins = reliability(says[name], left).query("rows >= 20")
    axis.plot(bins["said"], bins["happened"], "o-", color=color)
    axis.text(x, y, name, color=color, weight="bold")
axis.set(
    title="Two of three models exaggerate", xlabel="mean probability that the model said", xlim=(0, 1), ylim=(0, 0.8)
)
axis.set_ylabel("share that left")
plt.show()

# %% [markdown]
# The logistic regression keeps its word, as far as bins of a few dozen rows can tell. The balanced one, with an equal
# AUC, says 39% on average where 14% leave: it was trained in a world in which every second customer does. To put a price on that, score the probabilities themselves:
# the **Brier score** is the mean squared distance between probability and what happened (0 or 1), the **log loss** you
# know from lesson 03. Both are lower when better. Compare each model with the constant.

# %%
five = StratifiedKFold(5, shuffle=True, random_state=0)
repaired = CalibratedClassifierCV(churn_model(GaussianNB()), method="sigmoid", cv=five, ensemble=False)
says["naive Bayes, calibrated"] = repaired.fit(train, train["churned"]).predict_proba(test)[:, 1]
says["the truth"] = true_probability
board = pd.DataFrame(
    [(metrics.roc_auc_score(left, p), ((p - left) ** 2).mean(), metrics.log_loss(left, p)) for p in says.values()],
    index=list(says),
    columns=["AUC", "Brier", "log loss"],
)
board.sort_values("Brier").round(2)

# %% [markdown]
# Balanced regression and naive Bayes end up *below* the constant: whoever says 14% to everybody is closer to what
# happens. The repair stands in the table as well. `CalibratedClassifierCV` collects the model's answers for rows that
# it hasn't seen, by cross-validation on the training set, and learns a rising curve from what was said to what
# happened. A rising curve keeps the order, so the AUC stays, and the Brier score falls to that of an honest model.
# (`method="isotonic"` learns a staircase instead; it needs more rows and makes ties.)

# %% [markdown]
# ## 7. From cost to threshold
#
# Now the decision. A call costs 20 €. It keeps three of ten leavers, and a kept customer is worth 300 €. To call
# somebody with probability p brings 0.3 · 300 · p − 20 euros on average, so call if p > 20 / 90 = 0.222. Which of these
# six policies loses money?


# %%
def profit(called: np.ndarray) -> int:
    """Return the expected euros on the test customers: 90 - 20 for each leaver called, -20 for each stayer."""
    return int(70 * (called & (left == 1)).sum() - 20 * (called & (left == 0)).sum())


threshold = 20 / 90
policies = {
    "nobody": np.zeros(len(left), dtype=bool),
    "everybody": np.ones(len(left), dtype=bool),
    "logistic, p > 0.5": says["logistic"] > 0.5,
    "logistic, p > 0.222": says["logistic"] > threshold,
    "balanced, p > 0.222": says["balanced"] > threshold,
    "the truth, p > 0.222": true_probability > threshold,
}
euros = {name: profit(called) for name, called in policies.items()}
for name, value in euros.items():
    print(f"{name:21} {round(value, -2):8,} €")

# %% [markdown]
# The balanced model sorts as well as the plain one, and loses money at the threshold that is right: its 0.222 isn't a
# probability. At 0.5 the plain model leaves three quarters of its profit on the table. The figure shows every
# threshold, for both.

# %%
grid = np.linspace(0.02, 0.98, 97)
_, axis = plt.subplots()
for name, color, x, y in (("logistic", "C0", 0.25, 5300), ("balanced", "C5", 0.72, 5300)):
    axis.plot(grid, [profit(says[name] > t) for t in grid], color=color)
    axis.text(x, y, name, color=color, weight="bold")
axis.axvline(threshold, color="0.4", linestyle=":")
axis.text(threshold + 0.01, -7000, "20 / 90", color="0.4")
axis.axhline(0, color="0.4", linewidth=0.8)
axis.set(title="The right threshold needs probabilities that mean something", xlabel="call if the model says more than")
axis.set(ylabel="profit in euros", ylim=(-9000, 6500))
plt.show()

# %% [markdown]
# Both curves have nearly the same peak, at different places. So a distorted model can be rescued in two ways: calibrate
# it and keep 0.222, or search the threshold on the training rows. `TunedThresholdClassifierCV` does the second, with
# cross-validation and a score of your own. What does it find for each model?


# %%
def euros_earned(happened: np.ndarray, called: np.ndarray) -> int:
    """Return the profit of calls: the score to be maximized."""
    return int(90 * (happened * called).sum() - 20 * called.sum())


tuned = {}
for name in ("logistic", "balanced"):
    search = TunedThresholdClassifierCV(
        churn_model(finals[name]), scoring=metrics.make_scorer(euros_earned), thresholds=200, cv=StratifiedKFold(5)
    )
    best = search.fit(train, train["churned"]).best_threshold_
    tuned[name] = (best, profit(says[name] > best))
    print(f"{name:9} threshold {best:.1f}, profit on the test rows {round(tuned[name][1], -3):,} €")

# %% [markdown]
# 0.2 and 0.6, found without a look at the test rows, and about the same money. The formula 20/90 needed no search at
# all: with calibrated probabilities you can change the price of a call tomorrow and answer at once.

# %% [markdown]
# ## 8. When the answer is a number
#
# Prices have scores of their own. The **RMSE** squares errors, so large ones dominate; the **MAE** averages their size;
# the **MAPE** divides each by the true price, "wrong by 20% on average". Which *constant* price is best for each? Try
# all, for the 3,000 house sales of lesson 02.

# %%
price = houses()["price_eur"].to_numpy()
constants = np.arange(150_000, 400_000, 500)[:, None]
error = constants - price  # (constants, sales)
errors = {
    "RMSE": np.sqrt((error**2).mean(axis=1)),
    "MAE": abs(error).mean(axis=1),
    "MAPE": (abs(error) / price).mean(axis=1),
}
best_constant = {name: int(constants[values.argmin(), 0]) for name, values in errors.items()}
print(f"mean {price.mean():,.0f} €, median {np.median(price):,.0f} €")
for name, value in best_constant.items():
    print(f"{name:4} prefers {value:,} €")

# %% [markdown]
# The RMSE wants the mean, the MAE the median, and the MAPE a price 15% below the median: a prediction of 0 is never
# wrong by more than 100%, but one that is too high can be wrong by 300%, so MAPE rewards models that aim low. Always
# print the score of the best constant beside your own. R² does that for you: it is 0 for the mean, and negative for
# models that are worse.

# %% [markdown]
# ## How it fails: the winner of many
#
# Fifty programs toss a coin for each of 100 test rows. The best of them is announced. What is its accuracy, and what is
# it worth on 100 new rows? Average over 1,000 such contests.

# %%
rng = np.random.default_rng(0)
on_test = rng.binomial(100, 0.5, size=(1000, 50)) / 100
winner = on_test.argmax(axis=1)
on_new = rng.binomial(100, 0.5, size=(1000, 50)) / 100
reported, worth = on_test.max(axis=1).mean(), on_new[np.arange(1000), winner].mean()
print(f"the winner reports {reported:.2f}; on new rows it reaches {worth:.2f}")

# %% [markdown]
# Every score was honest; the *maximum* of fifty isn't. Now with real models. Sixty analysts train a logistic regression
# on 250 customers of their own. 200 test customers choose the winner. What does it report, and what is it worth on the
# 1,800 others? Average over 40 draws of the 200.

# %%
prepared, final = fitted["logistic"][:-1].transform(train), LogisticRegression(max_iter=1000)
unseen, rng = fitted["logistic"][:-1].transform(test), np.random.default_rng(0)
lots = [rng.choice(len(train), 250, replace=False) for _ in range(60)]
answers = [final.fit(prepared[own], labels[own]).predict_proba(unseen)[:, 1] for own in lots]
contests = []
for _ in range(40):
    chooses, opened_once = np.split(rng.permutation(len(test)), [200])
    judged = [area(answer[chooses], left[chooses]) for answer in answers]
    winner = answers[int(np.argmax(judged))]
    contests.append([max(judged), area(winner[opened_once], left[opened_once]), np.mean(judged)])
promised, kept, typical = np.mean(contests, axis=0)
print(f"the winner: {promised:.2f} where it was chosen, {kept:.2f} on the others")
print(f"an average analyst: {typical:.2f}")

# %% [markdown]
# The winner leads by 0.08 where it was chosen, and by less than 0.02 where other customers judge: a little skill, and
# much luck. The repair is in the code already: the 200 were a **validation set**, there to choose; the 1,800
# a **test set**, opened once, and its number is the one to report. By that rule this lesson itself has used up its test
# set: you have looked at it in every section.

# %% [markdown]
# ## In practice
#
# A senior engineer writes down the metric, the splitter and the interval before the first model is trained, because
# afterwards it is tempting to choose the metric on which the favorite wins. And she reports a comparison, never a lone
# number: "on the same 2,000 customers, A beats B by 0.03 AUC, interval 0.01 to 0.05", never "A = 0.7931".

# %% [markdown]
# ## Check yourself
#
# **1.** Recall 0.8, specificity 0.9, prevalence 1%. An alarm rings. It is right with probability ...
#
# - **a** 80%
# - **b** about 7%
# - **c** 90%
# - **d** that can't be known
#
# <details><summary>Answer</summary>
#
# **b.** Of 1,000 people 10 are ill and 8 of them flagged; of the 990 others 99 are flagged: 8 of 107. **a** reads recall
# backwards: of the ill, 80% are flagged. **c** takes specificity for precision. **d**: recall and specificity alone
# don't tell, but the prevalence completes the picture.
#
# </details>

# %% [markdown]
# **2.** After a change to the training, the AUC is the same and the Brier score has doubled. What happened?
#
# - **a** the ranking got worse
# - **b** the test set is too small
# - **c** the probabilities were distorted, their order was not
# - **d** one of the two metrics has a bug
#
# <details><summary>Answer</summary>
#
# **c.** As with `class_weight="balanced"`. **a**: the AUC *is* the ranking. **b** looks for noise where a property
# explains all; both scores come from the same rows. **d** expects all metrics to measure the same thing.
#
# </details>

# %% [markdown]
# **3.** Which of these shows that B is better than A?
#
# - **a** the paired interval of the difference on the same rows, if it lies above 0
# - **b** two single intervals that don't overlap, and nothing less
# - **c** A's interval doesn't contain B's score
# - **d** the standard deviation over the folds, divided by √k, is smaller than the difference
#
# <details><summary>Answer</summary>
#
# **a.** Luck that both share cancels. **b** takes a sufficient condition for a necessary one: logistic regression and
# boosting overlap, and yet differ. **c** forgets that B's score is uncertain too. **d** treats the folds as independent;
# their models share most of their training rows.
#
# </details>

# %% [markdown]
# ## In short
#
# - Accuracy depends on a threshold that nobody chose; with 14% leavers, silence is 86% right.
# - Precision asks about alarms, recall about events; precision changes with the prevalence, recall and specificity don't.
# - The AUC scores the order, over all thresholds; Brier score and log loss score the probabilities themselves.
# - Stratified, repeated folds steady the mean; their spread is not an interval.
# - Compare models on the same rows: the paired interval is narrower than either alone.
# - A reliability table shows whether 30% means 30%; calibration repairs it and keeps the order.
# - Call if p times the gain exceeds the cost: that is a threshold, if p is a probability.
# - The best of many scores is too good. Choose on one part, report on another that was opened once.
#
# **Next.** [Open the exercises](../../work/02_machine_learning/04_model_evaluation.ipynb): carry a detector to another
# population, rank with ties, measure calibration, count costs, and test two models on the same rows. Then
# [lesson 05](05_pipelines_and_leakage.ipynb) hunts for scores that are too good to be true.


# %% tags=["claims"]
def near(value: float, claim: float, margin: float = 0.01) -> bool:
    """Tell whether a number of the prose holds, wherever this runs."""
    return abs(value - claim) < margin


assert len(train) == 6000 and len(test) == 2000 and left.sum() == 278 and near(left.mean(), 0.139, 1e-3)
assert accuracy["constant"] == 0.861 and near(accuracy["logistic"], 0.861, 3e-3) and near(accuracy["boosting"], 0.861)
assert near(accuracy["balanced"], 0.69) and auc["constant"] == 0.5 and near(auc["logistic"], 0.79)
assert near(auc["boosting"], 0.76) and near(auc["balanced"], 0.79) and near(auc["naive Bayes"], 0.77)
at_half = scores_of(says["logistic"] >= 0.5, left == 1)
assert near(at_half["recall"], 0.097) and near(at_half["precision"], 0.5, 0.03)
assert (
    near(by_hand["recall"], 0.61)
    and near(by_hand["precision"], 0.34)
    and np.isclose(list(by_hand.values()), by_library).all()
)
assert np.allclose(precisions, [0.075, 0.296, 0.564, 0.889], atol=1e-3)
assert near(area(says["logistic"], left), auc["logistic"], 1e-9) and near(in_order, auc["logistic"], 0.012)
assert near(ceiling[0], 0.856) and near(ceiling[1], 0.555) and near(average_precision, 0.38)
stayers, leavers = walk_down(says["logistic"], left)
half_way = np.searchsorted(leavers, 139)
assert 0.3 < leavers[half_way] / (leavers + stayers)[half_way] < 0.4
assert np.allclose(by_hand_auc, library_auc) and near(library_auc.mean(), 0.795, 5e-3)
assert near(fifteen.min(), 0.77, 0.007) and near(fifteen.max(), 0.82, 0.007) and near(fifteen.std(), 0.012, 2e-3)
assert (
    np.allclose(intervals[2000], (0.845, 0.875), atol=1e-3)
    and near(intervals[100][0], 0.78)
    and near(intervals[100][1], 0.915)
)
assert all(near(np.ptp(ends), 0.055) for ends in alone.values()) and alone["boosting"][1] > alone["logistic"][0] + 0.01
assert paired["boosting"][1] < -0.005 and paired["forest"][0] < -0.005 and paired["forest"][1] > 0.002
assert np.ptp(paired["boosting"]) < 0.045 and np.ptp(paired["forest"]) < 0.035
assert all(near(n, 40, 6) for n in only_one) and p_value > 0.5
sure = says["naive Bayes"] > 0.9
assert near(left[sure].mean(), 0.44) and near(naive["happened"].iloc[-1], left[sure].mean(), 0.01)
assert near(says["balanced"].mean(), 0.39)
assert near(board.loc["logistic", "Brier"], 0.102, 2e-3) and near(board.loc["balanced", "Brier"], 0.186, 3e-3)
assert (
    board.loc[["balanced", "naive Bayes"], ["Brier", "log loss"]] > board.loc["constant", ["Brier", "log loss"]]
).all(axis=None)
assert near(board.loc["naive Bayes, calibrated", "AUC"], board.loc["naive Bayes", "AUC"], 1e-3)
assert near(board.loc["naive Bayes, calibrated", "Brier"], 0.105, 3e-3)
assert euros["nobody"] == 0 and euros["everybody"] == -14980 and near(euros["logistic, p > 0.5"], 1350, 250)
assert near(euros["logistic, p > 0.222"], 5170, 250) and near(euros["balanced, p > 0.222"], -2720, 250)
assert euros["the truth, p > 0.222"] == 8740 and euros["logistic, p > 0.5"] < euros["logistic, p > 0.222"] / 3
assert near(tuned["logistic"][0], 0.21, 0.03) and near(tuned["balanced"][0], 0.62, 0.05)
assert min(tuned["logistic"][1], tuned["balanced"][1]) > 4300
assert near(reported, 0.61) and near(worth, 0.5)
assert near(promised, 0.81) and near(kept, 0.74) and near(typical, 0.73) and kept < typical + 0.02
assert near(best_constant["RMSE"], price.mean(), 501) and near(best_constant["MAE"], np.median(price), 501)
assert near(best_constant["MAPE"] / np.median(price), 0.85)
