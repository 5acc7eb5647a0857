# /// lesson
# minutes = 60
# exercise_minutes = 90
# needs = ["02_machine_learning/02_linear_regression", "01_fundamentals/11_calculus_gradient_descent", "01_fundamentals/12_probability"]
# seconds = 16
# memory_mb = 500
# ///

# %% [markdown]
# # Turn a score into a probability
#
# **Why.** Tarn Mobile wants to know, for every customer, the probability of leaving next month: not a yes or no, since
# a call costs money and a discount costs more. The straight line of lesson 02 answers "−6%" for a customer of ten
# years. What shape must the answer have?
#
# **You will**
# - derive the curve that turns any score into a probability, and the loss that fits it;
# - train it twice, downhill and by Newton's method, and get the library's numbers;
# - read coefficients as odds ratios with intervals, and put them next to the truth;
# - go from two classes to ten;
# - notice three failures, two of them silent: separated classes, overflow, and a solver that gave up.
#
# **You need** lesson 02 of this phase, and lessons 11 (gradients) and 12 (likelihood) of phase 1. 60 minutes; the
# exercises take 90.

# %%
import warnings

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy.special import expit
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression, LogisticRegressionCV
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, cross_val_score, cross_validate, train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from handrail.kit.data import customers, generator

plt.style.use("handrail.kit.course")

# %% [markdown]
# Tarn Mobile never existed; its 8,000 customers are generated, so the true effect of every column is known. Six columns
# are enough for today. A contract is monthly, for one year or for two years: two columns of 0 and 1 say which, and both
# are 0 for one year.

# %%


def six_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Return the six columns of this lesson, all of them numbers."""
    names = {"support_calls": "support calls", "tenure_months": "tenure", "monthly_fee": "fee"}
    names |= {"late_payments": "late payments"}
    flags = {name: table["contract"] == name for name in ("monthly", "two years")}
    return pd.DataFrame(flags).join(table[list(names)].rename(columns=names)).astype(float)


table = customers()
left = table["churned"].to_numpy()
X = six_columns(table)
print(f"{len(X):,} customers, {left.mean():.1%} left")
print(X.describe().loc[["min", "mean", "max"]].round(1))

# %% [markdown]
# ## 1. A line cannot be a probability
#
# A label of 0 or 1 is a number, so nothing stops you from fitting lesson 02's model to it. Look for "probabilities"
# that can't be any.

# %%
line = LinearRegression().fit(X, left)
negative = (line.predict(X) < 0).mean()
by_tenure = LinearRegression().fit(X[["tenure"]], left)
ten_years = by_tenure.predict(pd.DataFrame({"tenure": [120.0]}))[0]
print(f"negative probabilities: {negative:.0%} of the customers")
print(f"after ten years, from tenure alone: {ten_years:.0%}")

# %% [markdown]
# One customer in seven gets a negative probability. Cutting at 0 would hide it, not repair it: what is wrong is the
# shape. Look at the share of leavers for each number of support calls, and at the steps from one row to the next.

# %%
by_calls = pd.DataFrame({"calls": table["support_calls"], "left": left}).groupby("calls")["left"]
shares = by_calls.agg(share="mean", customers="size")
print(shares.head(6).round(2))

# %% [markdown]
# One more call adds 4 points at the start and 12 points from two to three. (From three on, few customers are
# left: 12 had five calls, so that last share says little.) The same cause can't add the same number of points
# everywhere: whoever is almost sure to stay, or to leave, has little room to move.
#
# ## 2. Odds
#
# A bookmaker doesn't say "probability 30%". She says "3 to 7": three chances for, seven against. That ratio, p / (1 −
# p), is called the **odds**. Odds of 1 mean fifty-fifty, and there is no upper end. Look at what a call does to the
# odds.

# %%
shares["odds"] = shares["share"] / (1 - shares["share"])
shares["times"] = shares["odds"] / shares["odds"].shift()
print(shares.head(4).round(2))

# %% [markdown]
# In the last column, between 1.5 and 1.8 at every step: what added unequal numbers of points is about the same *factor
# on the odds*.
#
# **Predict before you run.** A customer leaves with probability 30%. Then something happens that doubles her odds. What
# is her probability now? And if it was 90%? Write both down.


# %%
def after_factor(probability: float, factor: float) -> float:
    """Return the probability after its odds are multiplied by the factor."""
    odds = probability / (1 - probability) * factor
    return odds / (1 + odds)


for before in (0.02, 0.3, 0.9):
    print(f"{before:.0%} -> {after_factor(before, 2):.1%}")

# %% [markdown]
# The tempting answer is 60%, and then 180%. But odds of 3 : 7 become 6 : 7, which is 6/13, or 46%. Doubled odds almost
# double a small probability and hardly move a large one, and no probability leaves the range from 0 to 1.
#
# Factors multiply; a model wants to add. So take the logarithm: the **log-odds** run from −∞ to ∞, 0 is fifty-fifty,
# and each cause adds its share. That suits a weighted sum, s = b + w₁x₁ + w₂x₂ + ... Solve s = log(p / (1 − p))
# for p and you get the **sigmoid**, p = 1 / (1 + e⁻ˢ). Check that it undoes the log-odds, and that a library has it.


# %%
def sigmoid(s):
    """Return the probability that belongs to log-odds `s`."""
    return 1 / (1 + np.exp(-s))


p = np.array([0.02, 0.3, 0.5, 0.9])
log_odds = np.log(p / (1 - p))
print("log-odds:", log_odds.round(2))
print("and back:", sigmoid(log_odds).round(2), "| as scipy's expit:", np.allclose(sigmoid(log_odds), expit(log_odds)))

# %% [markdown]
# This is the whole model, and its name is **logistic regression**: a weighted sum for the log-odds, the sigmoid to turn
# it into a probability. What is missing is a way to find the weights.
#
# ## 3. The loss that fits
#
# Squared error belongs to lines. For probabilities use the likelihood (phase 1, lesson 12): how probable did the model
# call what then happened? It said p; if the customer left, that is p, otherwise 1 − p. Take the logarithm, the mean
# over the customers, and a minus, so that less is better: the **log loss**. The cell prices four answers for somebody
# who left.

# %%
said = np.array([0.9, 0.5, 0.1, 0.001])
price = -np.log(said)
for probability, cost in zip(said, price, strict=True):
    print(f"said {probability:.1%}, and she left: loss {cost:.2f}")

# %% [markdown]
# To be unsure costs 0.69; to be confident and wrong costs ten times that, and certainty that turns out wrong costs
# infinitely much. Now for all customers. A model that knows only the overall share says 13.9% to
# everybody. Its loss is the number to beat.


# %%
def loss(w: np.ndarray, A: np.ndarray, y: np.ndarray) -> float:
    """Return the mean log loss of the weights `w`: (columns,), (rows, columns), (rows,) -> one number."""
    p = sigmoid(A @ w)
    return float(-np.mean(np.log(np.where(y == 1, p, 1 - p))))


ones = np.ones((len(X), 1))
constant = np.log(left.mean() / (1 - left.mean()))
constant_loss = loss(np.array([constant]), ones, left)
print(f"the same for everybody: {constant_loss:.3f}")

# %% [markdown]
# One column by eye first: support calls. `draw_curve` shows the shares, a weight, a bias, and the loss in the title.
# The dots are larger where there are more customers.


# %%
def draw_curve(weight: float = 0.4, bias: float = -2.2) -> None:
    """Draw the share of leavers by support calls, and one sigmoid with its loss."""
    calls, grid = X[["support calls"]].to_numpy(), np.linspace(-0.5, 8, 200)
    here = loss(np.array([bias, weight]), np.hstack([ones, calls]), left)
    _, axis = plt.subplots()
    shown = shares[shares["customers"] >= 12]
    axis.scatter(shown.index, shown["share"], s=8 + shown["customers"] / 14, color="C0", zorder=3)
    axis.plot(grid, sigmoid(bias + weight * grid), color="C5")
    slope, start = np.polyfit(calls[:, 0], left, 1)
    axis.plot(grid, start + slope * grid, color="0.55", linestyle="--")
    axis.text(8, sigmoid(bias + weight * 8) + 0.03, "sigmoid", color="C5", ha="right", va="bottom", weight="bold")
    axis.text(8, start + slope * 8 - 0.16, "least-squares line", color="0.4", ha="right", va="top")
    axis.set(title=f"A weight of {weight:.2f} and a bias of {bias:.2f} lose {here:.4f} a customer", ylim=(-0.05, 1))
    axis.set(xlabel="support calls in a year", ylabel="share that left")
    plt.show()


# %%
draw_curve()

# %% [markdown]
# Where most customers are, the line is as good. But it goes on at its one slope, below 0 on one side and above 1 on the
# other, while the curve starts flat and can never pass 1. Move both sliders: how far below 0.3931 do you get?
# (Nobody gets below 0.3929.)

# %% tags=["widget"]
_ = widgets.interact(draw_curve, weight=(-1.0, 1.5, 0.05), bias=(-4.0, 0.0, 0.1))

# %% [markdown]
# Sliders end at two weights. For seven you need the gradient (phase 1, lesson 11). Follow one customer through the
# chain rule. If she left, her loss is −log p, with slope −1/p; and p itself has slope p(1 − p) in her score s. The
# product is p − 1. For somebody who stayed it is p. Both are **p − y**: what was said minus what happened. The score
# contains each weight times a column, so the gradient over all customers is `A.T @ (p - y) / n`. Measure it, to be
# sure.


# %%
def gradient(w: np.ndarray, A: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the gradient of the mean log loss."""
    return A.T @ (sigmoid(A @ w) - y) / len(y)


spread = X.std(ddof=0)
A = np.hstack([ones, (X - X.mean()) / spread])
w = np.random.default_rng(0).normal(size=A.shape[1])
steps = 1e-5 * np.eye(len(w))
measured = np.array([(loss(w + step, A, left) - loss(w - step, A, left)) / 2e-5 for step in steps])
print("agree:", np.allclose(measured, gradient(w, A, left), atol=1e-8))

# %% [markdown]
# It is lesson 02's gradient, up to a factor of 2, with one change: the prediction is a sigmoid. Here too the columns
# are standardized, for the reason you know: raw fees and raw flags make a narrow valley.
#
# ## 4. Two ways down
#
# First the way you know, with a step of 1 from all weights at zero. Afterwards, look at what the gradient says about
# the mean of all predictions.

# %%
w = np.zeros(A.shape[1])
downhill = [w]
for _ in range(300):
    w = w - 1.0 * gradient(w, A, left)
    downhill.append(w)
for step in (0, 10, 100, 300):
    print(f"after {step:3} steps: loss {loss(downhill[step], A, left):.4f}")
print(f"mean prediction {sigmoid(A @ w).mean():.4f}, share that left {left.mean():.4f}")

# %% [markdown]
# The last line is no accident. At the lowest point each entry of the gradient is zero. The entry of the constant column
# is the mean of p − y, so the predictions are right *on average*; the entry of the monthly contracts makes them right
# on average for those, too. Few other models promise that.

# %% [markdown]
# Three hundred steps are many for seven weights. A gradient knows the slope, not the curvature: how fast the slope
# changes. In lesson 11 the curvature was a matrix H, the same everywhere. Here each row counts p(1 − p): most where the
# model is unsure, hardly at all where it is certain. **Newton's method** goes to the lowest point of the bowl that has
# this slope and this curvature, w − H⁻¹ · gradient. It needs no step size. Look at its distance from the end.

# %%
w = np.zeros(A.shape[1])
newton = [w]
for _ in range(8):
    p = sigmoid(A @ w)
    H = A.T @ (A * (p * (1 - p))[:, None]) / len(A)  # (7, 7)
    w = w - np.linalg.solve(H, gradient(w, A, left))
    newton.append(w)
best = newton[-1]
distances = [np.linalg.norm(w - best) for w in newton]
for step in (3, 4, 5, 6):
    print(f"after {step} steps: distance {distances[step]:.0e}")

# %% [markdown]
# 0.1, 0.02, 0.0002, 0.00000005: near the goal, every step doubles the number of right digits. Six steps against
# hundreds. The figure shows how far each way is above the best loss; mind the scale, where each mark is a hundredth of
# the one above.

# %%
best_loss = loss(best, A, left)
gaps = {"gradient descent": [loss(w, A, left) - best_loss for w in downhill[:101]]}
gaps["Newton"] = [loss(w, A, left) - best_loss for w in newton[:6]]

_, axis = plt.subplots()
for (name, gap), color, (x, y) in zip(gaps.items(), ("C0", "C5"), ((55, 1e-3), (7, 1e-8)), strict=True):
    axis.semilogy(gap, color=color, marker="o" if name == "Newton" else None)
    axis.text(x, y, name, color=color, weight="bold")
axis.set(title="Newton needs five steps, descent is still on its way", ylim=(1e-10, 1))
axis.set(xlabel="step", ylabel="loss above the lowest")
plt.show()

# %% [markdown]
# Why does anyone still use gradients? The curvature has d² entries. Seven weights make 49; a million weights would make
# 10¹², or 8 terabytes, at every step. Large networks can't afford the map and walk by the slope.
#
# Now the library. Its `C` is the inverse of a penalty on the weights, so `C=np.inf` means no penalty, and `tol` says
# when to stop. Compare all seven numbers with yours, then those of its default settings.

# %%
exact = LogisticRegression(C=np.inf, tol=1e-8, max_iter=1000).fit(A[:, 1:], left)
default = LogisticRegression().fit(A[:, 1:], left)
for name, model in (("no penalty, small tolerance", exact), ("default", default)):
    theirs = np.append(model.intercept_, model.coef_)
    print(f"{name:28} same to five digits: {np.allclose(theirs, best, atol=1e-5)}")
print(f"largest difference of the default: {abs(default.coef_[0] - best[1:]).max():.0e}")
print(f"loss: the same for everybody {constant_loss:.3f}, six columns {best_loss:.3f}")

# %% [markdown]
# Without penalty it is your model. The default penalizes a little, `C=1`, which hardly matters with 8,000 customers.
# Two things, then, may separate your numbers from a library's: the penalty and the tolerance. Section 7 shows how much
# that can be.
#
# Are they good probabilities? Let the generator make 8,000 new customers, and sort them by what the model says. In each
# group, compare the mean of what was said with the share that left, and with the truth that only the generator knows.

# %%
fresh = generator("customers").customers(seed=8, truth=True)
said = exact.predict_proba(((six_columns(fresh) - X.mean()) / spread).to_numpy())[:, 1]
group = pd.cut(said, [0, 0.05, 0.1, 0.2, 0.3, 0.5, 1])
compared = pd.DataFrame({"said": said, "left": fresh["churned"], "truth": fresh["probability"]})
by_group = compared.groupby(group, observed=True).mean()
print(by_group.round(2))

# %% [markdown]
# People whom it had never seen leave about as often as it said, in every group. The model knows six columns and the
# truth has more, so it can't say *who* of two alike customers has the bad luck; but what it says can be taken at its
# word.
#
# ## 5. Read it
#
# For reading, go back to raw units: "per call", not "per standard deviation". `statsmodels` fits the same model and
# adds 95% intervals, as in lesson 02. e to the power of a coefficient is an **odds ratio**: the factor on the odds for
# one unit more, *other columns equal*.

# %%
fit = sm.Logit(left, sm.add_constant(X)).fit(disp=0)
print("the same weights:", np.allclose(fit.params.iloc[1:] * spread, best[1:], atol=1e-5))
low, high = fit.conf_int().to_numpy().T
ratios = pd.DataFrame({"odds ratio": fit.params, "low": fit.params, "high": fit.params})
ratios = np.exp(ratios.assign(low=low, high=high)).iloc[1:]
print(ratios.round(2))

# %% [markdown]
# In sentences a manager understands, all "between customers who are otherwise alike in these columns":
#
# - With a monthly contract the odds of leaving are 3.8 times those of a one-year contract; with two years, half.
# - Each support call goes with odds two thirds higher.
# - Each month of tenure takes 2% off the odds. Over two years that is 0.98²⁴ = 0.61: almost 40% off.
#
# Odds, not probabilities: for the 2% customer 3.8 times the odds is close to 3.8 times the probability, for the 40%
# customer it isn't possible.
#
# Nobody can check such sentences in real life. Here the truth is in the generator. Look for the interval that misses
# its diamond.

# %%
truth = pd.Series({"monthly": 1.3, "two years": -0.9, "tenure": -0.022, "fee": 0.028, "late payments": 0.35})
units = {"tenure": ("10 months of tenure", 10), "fee": ("a fee 10 EUR higher", 10), "monthly": ("monthly contract", 1)}
units |= {"two years": ("two-year contract", 1), "late payments": ("late payment", 1)}

# %%
_, axis = plt.subplots(figsize=(7, 3.6))
for row, name in enumerate(reversed(truth.index)):
    label, size = units[name]
    estimate, (low, high) = fit.params[name] * size, fit.conf_int().loc[name] * size
    axis.plot([low, high], [row, row], color="C0", linewidth=3)
    axis.plot(estimate, row, "o", color="C0", markersize=8)
    axis.plot(truth[name] * size, row + 0.22, "D", color="C5", markersize=7)
    axis.text(-1.3, row, label, ha="right", va="center")
axis.text(1.3, 4.42, "truth", color="C5", ha="center", weight="bold")
axis.text(1.58, 4, "estimate, 95%", color="C0", va="center", weight="bold")
axis.axvline(0, color="0.6", linewidth=1)
axis.set(title="Four intervals contain the truth, one doesn't", xlabel="added to the log-odds", yticks=[])
axis.set(xlim=(-1.25, 2.5), ylim=(-0.5, 4.8))
plt.show()

# %% [markdown]
# A late payment adds 0.50 to the log-odds, says the model, and its interval starts at 0.40. The truth is 0.35. More
# rows would only narrow the interval around the wrong value. What is missing is a column: some households are in
# hardship, which causes late payments *and* leaving, and nobody wrote it down. The generator knows it. Make the same
# 8,000 people again and give the model the hidden column.

# %%
tarn, rng = generator("customers"), np.random.default_rng(7)
known = tarn.outcomes(
    rng, tarn.experience(rng, tarn.contracts(rng, tarn.people(rng, tarn.households(rng, 8000))), False)
)
columns, late = six_columns(known), {}
for name, matrix in (("as before", columns), ("hardship known", columns.assign(hardship=known["hardship"]))):
    refit = sm.Logit(known["churned"], sm.add_constant(matrix)).fit(disp=0)
    late[name] = refit.params["late payments"], *refit.conf_int().loc["late payments"]
    print("{:15} late payment {:.2f}, from {:.2f} to {:.2f}".format(name, *late[name]))

# %% [markdown]
# With hardship known, the interval holds the truth. A coefficient speaks about the columns that are in the model, and
# an interval only about chance, never about a column that is missing. (Support calls are left out of the figure: the
# truth is 0.55 for each *problem*, and only some problems become a call. Tenure counts up to 60 months in truth.)
#
# ## 6. Boundaries and many classes
#
# Where does the model change its mind? Where p is 0.5, so where the score is zero: on a straight line. The flowers of
# lesson 01 show it, versicolor and virginica by their petals. Look at how the lines for 10% and 90% lie.

# %%
iris = load_iris()
petals, virginica = iris.data[50:, 2:], (iris.target[50:] == 2).astype(int)
flower = LogisticRegression().fit(petals, virginica)
(across, up), start = flower.coef_[0], flower.intercept_[0]
width = np.array([0.8, 2.75])

# %%
_, axis = plt.subplots()
for species, color, name, at in ((0, "C0", "versicolor", (3.2, 1.5)), (1, "C1", "virginica", (6.3, 2.55))):
    axis.plot(*petals[virginica == species].T, "os"[species], color=color, alpha=0.75)
    axis.text(*at, name, color=color, weight="bold")
for chance in (0.1, 0.5, 0.9):
    length = (np.log(chance / (1 - chance)) - start - up * width) / across
    axis.plot(length, width, color="0.35", linestyle="-" if chance == 0.5 else ":")
    axis.text(length[1] + 0.07, 2.65, f"{chance:.0%}")
axis.set(title="Another threshold moves the line and never turns it", ylim=(0.8, 2.75), xlim=(2.8, 7.5))
axis.set(xlabel="petal length (cm)", ylabel="petal width (cm)")
plt.show()

# %% [markdown]
# The probability is the model's part. Which probability is high enough to act is a separate decision, about money
# (lesson 04); `predict` takes 0.5 without asking you.
#
# For k classes give each class a score of its own. e to each score makes them positive, division by their sum makes
# them add up to 1: the **softmax**. You used it in lesson 01. With two classes it is nothing new. See that only the
# difference of the scores counts.


# %%
def softmax(scores: np.ndarray) -> np.ndarray:
    """Return probabilities from scores; each row adds up to 1."""
    positive = np.exp(scores - scores.max(axis=1, keepdims=True))
    return positive / positive.sum(axis=1, keepdims=True)


two = np.array([[1.0, 3.0], [101.0, 103.0]])
print(softmax(two).round(3))
print("sigmoid of the difference:", sigmoid(3.0 - 1.0).round(3))

# %% [markdown]
# (Subtracting each row's largest score changes no probability, and keeps `exp` from overflowing.) Ten classes now:
# 1,797 handwritten digits of 8 × 8 pixels, and 10 × 64 weights. The alternative is *one-vs-rest*: ten separate
# yes-or-no models, and the most confident wins. Which one is better?

# %%
digits = load_digits()
pixels, folds = digits.data / 16, StratifiedKFold(5, shuffle=True, random_state=0)
softmax_model = LogisticRegression(max_iter=1000)
accuracy = {}
for name, model in (("softmax", softmax_model), ("one-vs-rest", OneVsRestClassifier(softmax_model))):
    accuracy[name] = cross_val_score(model, pixels, digits.target, cv=folds).mean()
    print(f"{name:12} accuracy {accuracy[name]:.2f}")
softmax_model.fit(pixels, digits.target)
by_hand = softmax(pixels @ softmax_model.coef_.T + softmax_model.intercept_)
print("your softmax, their weights, same probabilities:", np.allclose(by_hand, softmax_model.predict_proba(pixels)))

# %% [markdown]
# Softmax is ahead by about a point: the ten classes are weighed against each other, not each against a crowd. Every
# weight belongs to a pixel, so you can look at what each digit is made of: ink where it is yellow speaks for the digit,
# ink where it is dark blue against it.

# %%
figure, axes = plt.subplots(2, 5, figsize=(7, 3.3))
for digit, axis in enumerate(axes.flat):
    axis.imshow(softmax_model.coef_[digit].reshape(8, 8), vmin=-2.5, vmax=2.5)
    axis.set(xticks=[], yticks=[])
    axis.set_title(str(digit), fontsize=10, loc="center", pad=3)
figure.suptitle(
    "A zero has no ink in the middle, and the weights know it", x=0.01, ha="left", fontsize=12, weight="bold"
)
plt.show()

# %% [markdown]
# ## 7. How it fails
#
# **Classes that are separated.** Setosa's petals are shorter than any versicolor's: one column tells the two species
# apart without error. A dream for a classifier. Watch the weight while gradient descent runs.

# %%
versicolor = iris.target[:100]
petal = StandardScaler().fit_transform(iris.data[:100, [2]])
B, w = np.hstack([np.ones((100, 1)), petal]), np.zeros(2)
growing = {}
for step in range(1, 10_001):
    w = w - 1.0 * gradient(w, B, versicolor)
    if step in (10, 100, 1000, 10_000):
        growing[step] = w
        right = ((B @ w > 0) == versicolor).mean()
        print(f"{step:6} steps: weight {w[1]:4.1f}, loss {loss(w, B, versicolor):.5f}, right {right:.0%}")

# %% [markdown]
# After ten steps every flower is right, and the weight grows on and on. A larger weight makes a steeper curve, which
# calls what happened still more probable; the best weight is infinite. The figure shows what that means for a petal
# between the two species, where there is no data at all.

# %%
grid = np.linspace(-1.4, 1.6, 300)
centimeters = iris.data[:100, 2].mean() + grid * iris.data[:100, 2].std()
_, axis = plt.subplots()
for w, shade in zip(growing.values(), ("0.75", "0.6", "0.4", "0.1"), strict=True):
    axis.plot(centimeters, sigmoid(w[0] + w[1] * grid), color=shade)
for at, (x, y) in ((10, (4.15, 0.76)), (10_000, (2.6, 0.75))):
    axis.text(x, y, f"{at:,} steps", color="C5" if at > 10 else "0.4", weight="bold", ha="right" if at > 10 else "left")
axis.plot(iris.data[:100, 2], versicolor + np.where(versicolor, 0.03, -0.03), "|", color="C0", markersize=9)
axis.set(title="The longer it trains, the surer it is about flowers it never saw")
axis.set(xlabel="petal length (cm)", ylabel="probability of versicolor")
plt.show()

# %% [markdown]
# What do the libraries say? `statsmodels` warns, and reports a standard error. scikit-learn's answer to the same
# question, three times without a penalty, depends on the tolerance. Look for a warning on its side.

# %%
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    errors = sm.Logit(versicolor, B).fit(disp=0).bse
print("statsmodels:", heard[0].category.__name__, "| standard error above 10,000:", bool(errors[1] > 10_000))
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    weights = [LogisticRegression(C=np.inf, tol=tol).fit(petal, versicolor).coef_[0, 0] for tol in (1e-4, 1e-6, 1e-8)]
print("scikit-learn: weights", np.round(weights).astype(int), "| warnings:", len(heard))
penalized = LogisticRegression().fit(petal, versicolor).coef_[0, 0]
print(f"with the default penalty: {penalized:.1f}")

# %% [markdown]
# Silence: each time the slope fell below the tolerance, so it stopped, at a weight that the tolerance chose. The repair
# is the penalty. It makes large weights expensive, and then there is one best answer. In small tables with many columns
# the classes are separated more often than not; so the penalty isn't an option there, it is part of the model.
#
# **Overflow.** Your `loss` is right on paper. Ask for the price of a score of −800 for somebody who left. (`errstate`
# silences the warning that you would see.)

# %%
with np.errstate(over="ignore", divide="ignore"):
    naive = -np.log(sigmoid(-800.0))
stable = np.logaddexp(0, 800.0)  # log(exp(0) + exp(800)), without computing either
print("naive:", naive, "| stable:", stable)

# %% [markdown]
# −log p is log(1 + e⁻ˢ), and for s = −800 that is 800, an ordinary number; only e⁸⁰⁰ on the way to it isn't.
# `np.logaddexp` avoids that way. One such customer would have made the mean of 8,000 losses infinite.
#
# **A solver that gave up.** Breast cancer, real: 569 tumors, 30 measurements from 0.001 to 4,000. First as they are,
# then scaled.

# %%
cancer = load_breast_cancer()
tumors, benign = cancer.data, cancer.target
with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    rushed = cross_val_score(LogisticRegression(), tumors, benign, cv=10).mean()
print("unscaled:", heard[0].category.__name__, f"in {len(heard)} of 10 folds, accuracy {rushed:.2f}")
patient = LogisticRegression(max_iter=100_000).fit(tumors, benign).n_iter_[0]
scaled = make_pipeline(StandardScaler(), LogisticRegression())
scaled_accuracy = cross_val_score(scaled, tumors, benign, cv=10).mean()
quick = scaled.fit(tumors, benign)[-1].n_iter_[0]
print(f"scaled:   accuracy {scaled_accuracy:.2f}")
print("iterations, unscaled over scaled, above 50:", bool(patient / quick > 50))

# %% [markdown]
# The default stops after 100 iterations, warns, and hands you a model that isn't finished. More iterations would do; a
# scaler does it in about twenty, and makes the penalty fair as well: it compares weights, so their units must be
# comparable.
#
# ## 8. How much penalty?
#
# Choose `C` as lesson 02 chose alpha: cross-validate. A quarter of the tumors stays locked away for the one honest
# score at the end. **Predict**: `C` from 0.001 (strong penalty) to 10,000 (almost none), ten folds, mean log loss. At
# which end is it worse?

# %%
known_tumors, new_tumors, labels, answers = train_test_split(
    tumors, benign, test_size=0.25, stratify=benign, random_state=0
)
ten_folds, strengths = StratifiedKFold(10, shuffle=True, random_state=0), 10.0 ** np.arange(-3, 5)
validation = []
for C in strengths:
    candidate = make_pipeline(StandardScaler(), LogisticRegression(C=C, tol=1e-6, max_iter=5000))
    scoring = ["neg_log_loss", "accuracy"]
    scores = cross_validate(candidate, known_tumors, labels, cv=ten_folds, scoring=scoring)
    validation.append((-scores["test_neg_log_loss"].mean(), scores["test_accuracy"].mean()))
    print("C = {:9g}: log loss {:.2f}, accuracy {:.2f}".format(C, *validation[-1]))

# %% [markdown]
# "The strong end" is tempting: weights near zero know little, and indeed only 89% of its answers are right. But the
# weak end, with 96% right, loses 0.62, close to the 0.69 of a coin: its weights grow as the iris weight did, and it
# makes its few errors with certainty. Accuracy sees nothing of that. The best penalty is ten thousand times stronger.
# The library searches in one object; see that it chooses the same, and open the locked quarter once.

# %%
scaler = StandardScaler().fit(known_tumors)
search = LogisticRegressionCV(
    Cs=strengths, l1_ratios=(0,), scoring="neg_log_loss", cv=ten_folds, max_iter=5000, use_legacy_attributes=False
).fit(scaler.transform(known_tumors), labels)
print("by hand:", strengths[np.argmin(validation, axis=0)[0]], "| LogisticRegressionCV:", search.C_)
final = log_loss(answers, search.predict_proba(scaler.transform(new_tumors)))
print(f"log loss on tumors never used: {final:.2f}")

# %% [markdown]
# 0.09, close to the 0.08 of the search. (The searched value is slightly flattering, because it is the lowest of eight;
# and the scaler saw all ten folds here. Lessons 05 and 10 measure both.)
#
# ## In practice
#
# Logistic regression is the first model a senior engineer ships for a probability: right on average by construction,
# explained in a sentence, retrained in seconds. She scales the columns, leaves the penalty on, treats every convergence
# warning as an error, reports odds ratios with intervals, and never calls them effects. It stays in the report as the
# yardstick for whatever comes later.

# %% [markdown]
# ## Check yourself
#
# **1.** The odds ratio of a monthly contract is 3.8. A monthly customer, other columns equal, has ...
#
# - **a** 3.8 times the probability of leaving
# - **b** 3.8 times the odds of a one-year customer
# - **c** a probability that is 3.8 percentage points higher
# - **d** a contract that is the reason in 3.8 of 10 cases
#
# <details><summary>Answer</summary>
#
# **b.** **a** takes odds for probabilities: 40% would become 152%. **c** takes a factor for a sum. **d** takes a
# comparison between customers for a cause.
#
# </details>

# %% [markdown]
# **2.** The training accuracy is 1.0 and the weights keep growing. What is happening?
#
# - **a** The learning rate is too high.
# - **b** There are too many columns.
# - **c** The classes are imbalanced.
# - **d** The classes are separable, and nothing holds the weights.
#
# <details><summary>Answer</summary>
#
# **d.** Every larger weight still lowers the loss. **a**: a rate that is too high makes the loss jump; here it keeps
# falling. **b**: many columns make separation likely, but one was enough for the irises. **c** is a different problem,
# and the irises were 50 to 50.
#
# </details>

# %% [markdown]
# **3.** Why scale the columns before a penalized fit?
#
# - **a** The penalty compares weights, so their units must be comparable.
# - **b** Otherwise the sigmoid overflows.
# - **c** Otherwise accuracy is undefined.
# - **d** So that the coefficients become probabilities.
#
# <details><summary>Answer</summary>
#
# **a.** In meters a height needs a weight a thousand times that in millimeters, and would be punished for it. **b** is
# a numerical problem with another cure, `logaddexp`. **c** confuses fitting with scoring. **d**: coefficients add to
# log-odds, whatever the scale.
#
# </details>

# %% [markdown]
# ## In short
#
# | idea | in a line |
# | :-- | :-- |
# | odds | p / (1 − p); a cause multiplies them: doubled, 30% becomes 46% |
# | sigmoid | 1 / (1 + e⁻ˢ) turns a weighted sum, the log-odds, into a probability |
# | log loss | −log of the probability given to what happened; 0.404 for a constant, 0.337 with six columns |
# | gradient | `A.T @ (p - y) / n`, so at the best weights the predictions are right on average |
# | Newton | slope and curvature: 6 steps instead of hundreds, d² numbers instead of d |
# | odds ratio | e to the power of a coefficient, other columns equal; blind to columns that are missing |
# | softmax | one score a class, exponentials divided by their sum |
# | separated classes | the best weight is infinite; keep the penalty |
# | overflow | `np.logaddexp`, never `log(1 / (1 + exp(...)))` |
#
# **Next.** [Open the exercises](../../work/02_machine_learning/03_logistic_regression.ipynb): move odds, price
# confident mistakes, decide whether classes are separable at all, and write softmax's gradient and a penalized Newton's
# method. Then lesson 04 asks how good such a model really is.


# %% tags=["claims"]
def near(value: float, claim: float, margin: float = 0.01) -> bool:
    """Tell whether a number of the prose holds, wherever this runs."""
    return bool(abs(value - claim) <= margin)


assert len(X) == 8000 and near(left.mean(), 0.139, 1e-3)
assert near(negative, 1 / 7, 0.005) and near(negative, 0.14, 0.005) and near(ten_years, -0.06, 0.005)
for share, claim in zip(shares["share"], (0.10, 0.14, 0.20, 0.32, 0.33, 0.50), strict=False):
    assert near(share, claim, 0.005)
assert (
    shares.loc[5, "customers"] == 12 and near(shares["share"].diff()[1], 0.04) and near(shares["share"].diff()[3], 0.12)
)
assert shares["times"][1:4].between(1.45, 1.85).all()
assert near(after_factor(0.3, 2), 6 / 13, 1e-9) and near(after_factor(0.9, 2), 0.947, 1e-3)
assert near(price[1], 0.69) and price[3] > 9.9 * price[1]
assert near(constant_loss, 0.404, 1e-3) and near(best_loss, 0.337, 1e-3)
by_eye = loss(np.array([-2.2, 0.4]), np.hstack([ones, X[["support calls"]]]), left)
one_column = LogisticRegression(C=np.inf, tol=1e-8).fit(X[["support calls"]], left)
lowest = loss(np.append(one_column.intercept_, one_column.coef_), np.hstack([ones, X[["support calls"]]]), left)
assert near(by_eye, 0.3931, 5e-5) and near(lowest, 0.39295, 2e-5) and near(np.exp(one_column.coef_[0, 0]), 1.53)
monthly = X["monthly"] == 1
assert near(sigmoid(A @ best)[monthly].mean(), left[monthly].mean(), 1e-6)
assert near(sigmoid(A @ downhill[-1]).mean(), left.mean(), 5e-5) and gaps["gradient descent"][100] > 1e-6
for distance, claim in zip(distances[3:7], (0.1, 0.02, 0.0002, 5e-8), strict=True):
    assert near(distance / claim, 1.2, 0.5)
assert gaps["Newton"][5] < 1e-8 and distances[6] < 1e-6
assert abs(default.coef_[0] - best[1:]).max() < 0.005
assert abs(by_group["said"] - by_group["left"]).max() < 0.05 and len(by_group) == 6
for name, claim in (("monthly", 3.8), ("two years", 0.48), ("support calls", 1.65), ("tenure", 0.98)):
    assert near(ratios.loc[name, "odds ratio"], claim, 0.015)
assert near(0.98**24, 0.61, 0.01) and near(ratios.loc["tenure", "odds ratio"] ** 24, 0.61, 0.01)
inside = (np.log(ratios["low"])[truth.index] < truth) & (truth < np.log(ratios["high"])[truth.index])
assert inside.sum() == 4 and not inside["late payments"]
assert near(late["as before"][0], 0.50) and near(late["as before"][1], 0.40) and late["as before"][1] > 0.35
assert late["hardship known"][1] < 0.35 < late["hardship known"][2]
assert near(accuracy["softmax"], 0.97) and near(accuracy["one-vs-rest"], 0.96)
assert 0.004 < accuracy["softmax"] - accuracy["one-vs-rest"] < 0.015 and softmax_model.coef_.shape == (10, 64)
assert ((B @ growing[10] > 0) == versicolor).all() and np.all(np.diff([w[1] for w in growing.values()]) > 1)
assert np.all(np.diff(weights) > 5) and not heard[10:] and errors[1] > 10_000 and penalized < 5
assert np.isinf(naive) and stable == 800
assert near(rushed, 0.94, 0.012) and near(scaled_accuracy, 0.98) and patient > 1000 and 10 < quick < 40
assert 1e-4 < tumors[tumors > 0].min() < 0.001 and 4000 < tumors.max() < 5000 and tumors.shape == (569, 30)
assert (
    strengths[np.argmin(validation, axis=0)[0]] == 1
    and near(min(value for value, _ in validation), 0.08)
    and near(validation[-1][0], 0.62, 0.02)
)
assert (
    near(validation[-1][1], 0.96)
    and near(validation[0][1], 0.89)
    and near(validation[0][0], 0.38)
    and search.C_ == 1
    and near(final, 0.09, 0.015)
)
