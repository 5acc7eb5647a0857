# /// lesson
# minutes = 55
# exercise_minutes = 97
# needs = ["01_fundamentals/10_linear_algebra"]
# seconds = 20
# memory_mb = 400
# ///

# %% [markdown]
# # Roll downhill and know why it works
#
# **Why.** You fit a line to 505 rush hours by gradient descent, the method that also trains every large network. It takes 1,497 steps. A colleague needs 17, for the same data, the same loss (the number that says how wrong a line is) and the same line. One line of code makes the difference. Which one, and why?
#
# **You will**
# - measure a slope numerically, and say why a smaller step can be worse,
# - work out the gradient of a loss with the chain rule, and verify it,
# - write full-batch, mini-batch and momentum descent,
# - predict from the curvature which learning rates converge, and in how many steps,
# - explain what scaling the features (the columns you predict from) changes.
#
# **You need** lesson 10. 55 minutes, and 97 for the exercises.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch
from scipy.differentiate import derivative
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer

from handrail.kit import data

plt.style.use("handrail.kit.course")

# %% [markdown]
# The data are those of lesson 10: working days at 17:00 in the invented city of the bikes, with the temperature and the number of rentals. Look at the range of the temperatures: their size, and that few are near 0, will matter.

# %%
hours = data.hours()
evening = hours[hours["working_day"] & (hours["start"].dt.hour == 17)]
celsius = evening["temperature_c"].to_numpy()
rentals = evening["rentals"].to_numpy(dtype=float)
n = len(rentals)
print(n, "rush hours, from", celsius.min(), "to", celsius.max(), "degrees")
print("rentals from", int(rentals.min()), "to", int(rentals.max()))

# %% [markdown]
# ## 1. Slope is a limit you cannot reach
#
# The **slope** (or *derivative*) of a function f at x says how fast f changes there: walk a small step h, and divide the change of f by h. Below, f(x) = x³ at x = 1. Watch where the quotient goes as h shrinks.


# %%
def cube(x):
    return x * x * x


for h in (1, 0.1, 0.01, 0.001):
    print(f"h = {h:<6} slope {(cube(1 + h) - cube(1)) / h:.6f}")

# %% [markdown]
# It approaches 3. Algebra says why: ((x + h)³ − x³)/h is 3x² + 3xh + h², and what remains without h is **3x²**. In the same way x² has slope 2x, and eˣ (e ≈ 2.718) has slope eˣ. You can't set h to 0 in the quotient, which would be 0/0: the slope is a *limit*.
#
# A computer can only take a small h. The **central difference** walks as far back as forward: (f(x + h) − f(x − h)) / 2h. For x³ it is 3x² + h²: h is gone, and only its square is left. **Before you run the next cell**: what happens to both errors as h goes down to 10⁻¹⁶?

# %%
h = 10.0 ** -np.arange(1, 17)
forward = (cube(1 + h) - cube(1)) / h
central = (cube(1 + h) - cube(1 - h)) / (2 * h)
errors = {"forward": abs(forward - 3), "central": abs(central - 3)}

figure, ax = plt.subplots(figsize=(7, 3.8))
for (name, error), (x, y) in zip(errors.items(), ((1e-4, 2e-3), (8e-3, 3e-8)), strict=True):
    ax.loglog(h, error, "o-")
    ax.text(x, y, name, color=ax.lines[-1].get_color(), weight="bold")
    print(f"{name}: best h {h[error.argmin()]:.0e}, error {error.min():.0e}")
ax.set(title="Below a certain step, rounding takes over", xlabel="step h", ylabel="error of the slope")
ax.invert_xaxis()
plt.show()
print("forward slope at h = 1e-16:", forward[-1])

# %% [markdown]
# The tempting answer is "better and better". But f(x + h) and f(x) share more and more digits; the subtraction leaves rounding, which the division by h magnifies to about 10⁻¹⁶/h. At h = 10⁻¹⁶, 1 + h *is* 1, and the slope is 0.
#
# The best step balances both errors: about 10⁻⁸ for forward differences, a few millionths for central ones, 200 times as exact. For large x it grows with |x|.
#
# ## 2. Many directions
#
# A loss depends on many numbers, the *parameters* w. Change one of them and hold the others still: that slope is a **partial derivative**. All of them together form a vector, the **gradient**. Here is a bowl over two parameters, with partial slopes 2w₀ and 6w₁; compare the two ways to the gradient.


# %%
def bowl(w):
    return w[0] ** 2 + 3 * w[1] ** 2


def differences(f, w, h=1e-5):
    """Return the gradient of `f` at `w`, measured one coordinate at a time."""
    steps = h * np.eye(len(w))  # row i: a step along coordinate i
    return np.array([(f(w + step) - f(w - step)) / (2 * h) for step in steps])


here = np.array([1.5, 1.0])
gradient_here = np.array([2 * here[0], 6 * here[1]])
print("by algebra:", gradient_here, "by differences:", differences(bowl, here).round(6))

# %% [markdown]
# What about a direction between the axes? For a direction u of length 1, the slope is the **dot product** of the gradient with u: each coordinate contributes its own slope times its share of the walk. The next cell measures the slope in 360 directions, compares, and asks which is the steepest. (`arctan2` gives the angle of a vector.)

# %%
angles = np.deg2rad(np.arange(360))
directions = np.column_stack([np.cos(angles), np.sin(angles)])  # (directions, 2), each of length 1
measured = np.array([(bowl(here + 1e-5 * u) - bowl(here - 1e-5 * u)) / 2e-5 for u in directions])
print("dot product agrees:", np.allclose(measured, directions @ gradient_here))

gradient_angle = np.rad2deg(np.arctan2(gradient_here[1], gradient_here[0]))
print(f"steepest of the 360: {measured.argmax()} degrees, the gradient points to {gradient_angle:.1f}")
print(f"slope there {measured.max():.2f}, length of the gradient {np.linalg.norm(gradient_here):.2f}")

# %% [markdown]
# So the gradient points where the function rises fastest, and its length is that slope. (Lesson 10: a dot product is largest when both vectors point the same way.) At right angles to it the slope is 0: there the height stays the same, so the gradient crosses the contour lines, the lines of equal height, squarely. Downhill is the opposite direction, but look where it leads.

# %%
side = np.linspace(-2.4, 2.4, 121)
w0, w1 = np.meshgrid(side, side[30:91])
starts = np.array([[1.5, 1.0], [-1.8, 0.6], [-0.6, -1.0], [2.0, -0.3]])

figure, ax = plt.subplots(figsize=(7, 4))
ax.contour(w0, w1, bowl(np.array([w0, w1])), levels=[0.25, 1, 2, 3.5, 5.5, 8], colors="0.6", linewidths=1)
for start in starts:
    ax.annotate(
        "", start - 0.13 * np.array([2, 6]) * start, start, arrowprops={"arrowstyle": "->", "color": "C0", "lw": 2}
    )
    ax.plot(*start, "o", color="C0")
ax.plot(0, 0, "*", color="C5", markersize=13)
ax.text(0.1, 0.02, "lowest point", color="C5", va="center")
ax.set(title="Downhill is square to the contours, not toward the goal", xlabel="w₀", ylabel="w₁", aspect="equal")
ax.grid(visible=False)
plt.show()

# %% [markdown]
# ## 3. The chain rule as a graph
#
# Now a real loss. One evening of 20 °C had 450 rentals; the line *intercept + slope · temperature* with intercept 200 and slope 10 predicts 400. The squared error is 2,500. Computed step by step, it is a chain of five small operations. To find how the loss reacts to `slope`, go back from the end and **multiply** the slopes on the way.

# %%
boxes = ["slope", "× 20", "+ intercept", "− 450", "square"]
values, slopes = [10, 200, 400, -50, 2500], [-2000, -100, -100, -100, 1]

figure, ax = plt.subplots(figsize=(9.5, 2.6))
for at, (name, value, back) in enumerate(zip(boxes, values, slopes, strict=True)):
    ax.add_patch(FancyBboxPatch((2 * at, 0), 1.3, 0.8, boxstyle="round,pad=0.08", fc="#E8F1F8", ec="C0"))
    ax.text(2 * at + 0.65, 0.4, name, ha="center", va="center")
    ax.text(2 * at + 0.65, 1.1, f"{value:,}", ha="center", color="C0", weight="bold")
    ax.text(2 * at + 0.65, -0.55, f"{back:,}", ha="center", color="C5", weight="bold")
    ax.text(2 * at - 0.35, 0.4, "→\n←" if at else "", ha="center", va="center", size=15, color="0.4")
ax.text(-0.4, 1.1, "value", ha="right", color="C0")
ax.text(-0.4, -0.55, "slope of the loss", ha="right", color="C5")
ax.set(xlim=(-2.6, 9.6), ylim=(-0.9, 1.5), title="Values run forward, slopes run back")
ax.set_axis_off()
plt.show()

# %% [markdown]
# Read the lower row from the right. The square has slope 2 · (−50) = −100. Subtracting 450 and adding the intercept pass changes on unaltered, so −100 stays. Multiplying by 20 makes it −2,000: raise `slope` by 0.01 and the loss falls by about 20. That product of slopes along a chain is the **chain rule**.
#
# In code, one line forward for each operation, and one back. See whether differences agree.

# %%
intercept, slope, temperature, truth = 200.0, 10.0, 20.0, 450.0
product = slope * temperature
prediction = intercept + product
residual = prediction - truth
loss_of_one = residual**2

d_residual = 2 * residual
d_prediction = d_residual
d_intercept, d_product = d_prediction, d_prediction
d_slope = d_product * temperature
print("backward:   ", d_intercept, d_slope)
print("differences:", differences(lambda w: (w[0] + w[1] * temperature - truth) ** 2, np.array([200.0, 10.0])).round(4))

# %% [markdown]
# For all evenings, put a 1 and the temperature of each into a row of a matrix A. The predictions are A @ w, and the loss is the mean of the squared residuals. Each row contributes 2 · residual · row, as above; their mean is one matrix product: **2/n · Aᵀ(Aw − y)**, with y for the rentals. Check it where you would check any gradient: at a random point.

# %%
A = np.column_stack([np.ones(n), celsius])  # (hours, 2)


def loss(w):
    return ((A @ w - rentals) ** 2).mean()


def gradient(w):
    return 2 / n * A.T @ (A @ w - rentals)


anywhere = np.random.default_rng(3).normal(size=2)
print("relative difference below 1e-7:", np.allclose(gradient(anywhere), differences(loss, anywhere), rtol=1e-7))

# %% [markdown]
# ## 4. Gradient descent
#
# The method fits into a few lines: stand somewhere, compute the gradient, take a step against it, repeat. The step is the gradient times a number, the **learning rate**. The function returns every point of the walk.


# %%
def descend(gradient, start, rate, steps):
    """Return the points of a walk downhill, shape (steps + 1, parameters)."""
    w = np.array(start, dtype=float)
    path = [w]
    for _ in range(steps):
        w = w - rate * gradient(w)
        path.append(w)
    return np.array(path)


path = descend(gradient, [0, 0], rate=0.003, steps=10_000)
best = np.linalg.lstsq(A, rentals)[0]
least = loss(best)
print("gradient descent:", path[-1].round(2), "least squares of lesson 10:", best.round(2))
print(f"mean squared error {loss(path[-1]):.1f}, after 10 steps {loss(path[10]):.0f}")

# %% [markdown]
# The walk ends at the least-squares line: 207.2 rentals at 0 °C, 14.20 more per degree. No equation was solved for it, only slopes were followed. To see the walk, the next cell prepares a drawing: contour lines of the loss, and the walk across them. (The matrix `curvature` is explained in section 5.)

# %%
curvature = 2 / n * A.T @ A


def draw_walk(path, curvature, best, ax, reach):
    """Draw a walk on the contour lines of the loss with this curvature around its lowest point."""
    sides = [np.linspace(center - r, center + r, 201) for center, r in zip(best, reach, strict=True)]
    apart = np.stack(np.meshgrid(*sides), axis=-1) - best  # (201, 201, 2)
    heights = least + 0.5 * np.einsum("ija,ab,ijb->ij", apart, curvature, apart)
    ax.contour(*sides, heights, levels=least * np.geomspace(1.01, 60, 12), colors="0.7", linewidths=0.8)
    ax.plot(*path[(abs(path) < 1000).all(axis=1)].T, ".-", markersize=4, linewidth=1)
    ax.plot(*best, "*", color="C5", markersize=12)
    ax.set(xlim=sides[0][[0, -1]], ylim=sides[1][[0, -1]], xlabel="intercept", ylabel="slope")
    ax.grid(visible=False)


# %% [markdown]
# How many steps does the walk need to come within 1 % of the least loss? Look at the left figure for the pace, at the right one for the way.


# %%
def steps_needed(path, loss, least):
    """Return after how many steps the loss is within 1 % of the least."""
    return next(k for k, w in enumerate(path) if loss(w) <= 1.01 * least)


needed = steps_needed(path, loss, least)
print("steps to within 1 %:", needed)
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.9))
left.loglog(range(1, needed + 1), [loss(w) / least for w in path[1 : needed + 1]])
left.set(title="A quick start, then a long crawl", xlabel="step", ylabel="loss, relative to the least")
left.set_yticks([1, 2, 4, 8], ["1", "2", "4", "8"])
left.minorticks_off()
draw_walk(path[: needed + 1], curvature, best, right, reach=(260, 32))
right.set_title("The walk falls into a trench")
plt.show()

# %% [markdown]
# A few zigzag steps bring it down into a long, narrow trench; there the slope is gentle, and each step short. Would a larger learning rate help? Try it: somewhere near 0.0038 the picture changes in kind. Watch the first points of the walk on both sides of that number.

# %% tags=["widget"]
from ipywidgets import FloatLogSlider, interact


@interact(rate=FloatLogSlider(value=0.003, base=10, min=-5, max=-2.3, step=0.02, readout_format=".5f"))
def walk(rate):
    _, ax = plt.subplots(figsize=(6, 3.9))
    with np.errstate(all="ignore"):
        points = descend(gradient, [0, 0], rate, 300)
    draw_walk(points, curvature, best, ax, reach=(260, 32))
    ax.set_title(f"300 steps at a rate of {rate:.5f}")
    plt.show()


# %% [markdown]
# ## 5. How fast, how far?
#
# The slope changes from place to place; how fast *it* changes is the **curvature**. For a squared error the gradient is a straight-line function of w, so the curvature is the same everywhere: the matrix **H = 2/n · AᵀA**. The gradient is H times the distance to the lowest point. `eigh` is lesson 10's `eig` for symmetric matrices (H equals its transpose); it finds the directions in which H only stretches.

# %%
curvatures, axes_of_bowl = np.linalg.eigh(curvature)  # from the smallest on; axes_of_bowl holds columns
print("gradient is H (w - best):", np.allclose(gradient(anywhere), curvature @ (anywhere - best)))
print("curvatures:", curvatures.round(3), f"ratio {curvatures[1] / curvatures[0]:.0f}")
print("gentle direction:", abs(axes_of_bowl[:, 0]).round(3), "steep direction:", abs(axes_of_bowl[:, 1]).round(3))
print(f"2 / largest curvature: {2 / curvatures[1]:.5f}")

# %% [markdown]
# Along a direction of curvature c, let d be the distance to the lowest point. The gradient there is c·d, so a step leads from d to d − rate·c·d = **(1 − rate·c) · d**. Each step multiplies by the same factor. It converges if the factor lies between −1 and 1, that is if **rate < 2/c**. The steepest direction sets the limit, and the gentlest has to live with it.
#
# **Predict before you run**: which of the rates 0.0030, 0.0038, 0.0040 converge, and is 0.0040 better or worse than 0.0030?

# %%
for rate in (0.0010, 0.0030, 0.0038, 0.0040):
    gentle, steep = 1 - rate * curvatures
    walked = descend(gradient, [0, 0], rate, 300)
    ratio = loss(walked[-1]) / least
    print(f"rate {rate:.4f}: factors {gentle:.4f} and {steep:+.3f}, loss after 300 steps {ratio:.3g} times the least")

# %% [markdown]
# The tempting answer is that 0.0040 is a little faster still. It is useless: the steep factor is −1.078, so the walk jumps over the trench and lands farther away each time. The limit is sharp: 2/519.5 = 0.00385.
#
# The factors also predict how *long* a walk takes. After a few steps only the gentle direction is left, and the loss is above the least by ½·c·d², with d multiplied by the factor at each step. Set that to 1 % of the least loss and solve for the number of steps.

# %%
d = axes_of_bowl[:, 0] @ best  # the distance from the start (0, 0) along the gentle direction
excess = 0.5 * curvatures[0] * d**2 / (0.01 * least)  # how much too large, as a multiple of what is allowed
for rate in (0.001, 0.003, 0.0038):
    predicted = math.log(excess) / (-2 * math.log(1 - rate * curvatures[0]))
    counted = steps_needed(descend(gradient, [0, 0], rate, 5000), loss, least)
    print(f"rate {rate:.4f}: predicted {math.ceil(predicted):,}, counted {counted:,}")

# %% [markdown]
# Predicted to the step, without a walk. So no learning rate saves this problem: the largest safe one makes the steep direction bounce, and still moves only 0.2 % per step along the gentle one. The ratio of the curvatures, 964, is the **condition number** of lesson 10. To do better, change the shape of the ground. Here is the one line: standardize the feature.

# %%
standardized = (celsius - celsius.mean()) / celsius.std()

Z = np.column_stack([np.ones(n), standardized])


def scaled_loss(w):
    return ((Z @ w - rentals) ** 2).mean()


def scaled_gradient(w):
    return 2 / n * Z.T @ (Z @ w - rentals)


print("curvatures:", np.linalg.eigvalsh(2 / n * Z.T @ Z).round(6))
for rate in (0.1, 0.5):
    scaled_path = descend(scaled_gradient, [0, 0], rate, 200)
    print(f"rate {rate}: {steps_needed(scaled_path, scaled_loss, least)} steps")
slope = scaled_path[-1][1] / celsius.std()
print("converted back:", round(scaled_path[-1][0] - slope * celsius.mean(), 2), round(slope, 2))

# %% [markdown]
# 17 steps at a cautious rate, and a single one at rate 0.5, where both factors are 0. The line and the least loss are the same as before. Two things happened to AᵀA: subtracting the mean made the columns orthogonal, and dividing by the standard deviation gave both the same length. The trench became a round bowl.

# %%
scaled_path = descend(scaled_gradient, [0, 0], 0.1, 17)
scaled_best = np.linalg.lstsq(Z, rentals)[0]
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.9))
draw_walk(path[: needed + 1], curvature, best, left, reach=(260, 32))
left.set_title(f"Raw: {needed:,} steps")
draw_walk(scaled_path, 2 / n * Z.T @ Z, scaled_best, right, reach=(480, 480))
right.set(
    title="Standardized: 17 steps", xlabel="height at the mean", ylabel="rise per standard deviation", aspect="equal"
)
plt.show()

# %% [markdown]
# With more features it gets worse. Four weather columns and a column of ones, each walk at half its own limit, 1/(largest curvature). The cell follows w − best, whose gradient is H(w − best) (`:=` names a value inside an expression). How many steps does each need?

# %%
weather = evening[["temperature_c", "humidity_pct", "wind_kmh", "rain_mm"]].to_numpy()
scaled_weather = (weather - weather.mean(axis=0)) / weather.std(axis=0)

for name, features in (("raw", weather), ("standardized", scaled_weather)):
    M = np.column_stack([np.ones(n), features])  # (hours, 5)
    H, goal = 2 / n * M.T @ M, np.linalg.lstsq(M, rentals)[0]
    lowest, largest = ((M @ goal - rentals) ** 2).mean(), np.linalg.eigvalsh(H)[-1]
    apart, steps = -goal, 0  # how far the walk, which starts at 0, is from its goal
    while 0.5 * apart @ (rise := H @ apart) > 0.01 * lowest and steps < 200_000:
        apart, steps = apart - rise / largest, steps + 1
    print(f"{name:12}  condition number {np.linalg.cond(H):9,.1f}  steps {steps:,}")

# %% [markdown]
# The raw walk was stopped at 200,000 steps, not yet within 1 %. Standardized, the same loop is done at once. Features still share information (rain comes with humidity), so the ratio is not 1, but it is harmless.
#
# ## 6. How it fails
#
# **The rate is a little too large.** Five percent above the limit: look how innocent the first numbers are.

# %%
too_large = 1.05 * 2 / curvatures[1]
walked = descend(gradient, [0, 0], too_large, 100)
for k in (0, 1, 2, 10, 100):
    print(f"step {k:3}: loss {loss(walked[k]):.1e}")

# %% [markdown]
# Each step multiplies the loss by 1.1² = 1.21, hardly alarming at first; after a hundred steps it has 14 digits. Later it is `inf`, then `nan`. Lower the rate when the loss grows in waves; more steps would only grow it further.
#
# **The loss is nan, the accuracy looks fine.** scikit-learn's `breast_cancer` holds 569 tumors (real patients) with 30 measurements; 1 means benign, harmless. *Logistic regression* turns z = A @ w into a probability p = 1/(1 + e⁻ᶻ), and its loss is the mean of −log(probability given to what was true). The chain rule leaves a short gradient; check it first.

# %%
tumors = load_breast_cancer()
benign = tumors.target


def probability(M, w):
    return 1 / (1 + np.exp(-(M @ w)))


def log_loss(M, w):
    p = probability(M, w)
    return -(benign * np.log(p) + (1 - benign) * np.log(1 - p)).mean()


def log_gradient(M, w):
    return M.T @ (probability(M, w) - benign) / len(benign)


small = np.column_stack([np.ones(569), tumors.data[:, :2] / 20])
there = np.random.default_rng(0).normal(size=3)
print(np.allclose(log_gradient(small, there), differences(lambda w: log_loss(small, w), there), rtol=1e-6))

# %% [markdown]
# Now 1,000 steps, on the measurements as they are and standardized; accuracy is the share of tumors on the right side of p = 0.5. NumPy would warn of overflow here. The cell silences it, as do many training scripts, whose warnings drown among others. (`M=M` gives the `lambda` the M of this round.)

# %%
raw = np.column_stack([np.ones(569), tumors.data])
scaled = np.column_stack([np.ones(569), (tumors.data - tumors.data.mean(axis=0)) / tumors.data.std(axis=0)])
fits = {}
with np.errstate(all="ignore"):
    for name, M, rate in (("raw", raw, 0.001), ("scaled", scaled, 0.1)):
        fits[name] = w = descend(lambda w, M=M: log_gradient(M, w), np.zeros(31), rate, 1000)
        accuracy = ((probability(M, w[-1]) > 0.5) == benign).mean()
        print(f"{name:6}  loss {log_loss(M, w[-1]):.3f}  accuracy {accuracy:.3f}")

# %% [markdown]
# An accuracy of 0.917 raises no suspicion, but this walk converges nowhere. Some columns reach 4,000, so z is in the thousands, p is exactly 0 or 1, and 0 · log(0) is `nan`. Two repairs: write the loss so that it can't overflow, and look at it. Written out, the loss is the mean of log(1 + eᶻ) − benign · z, and NumPy has a safe form of log(1 + eᶻ).


# %%
def stable_loss(M, w):
    z = M @ w
    return (np.logaddexp(0, z) - benign * z).mean()


w = np.random.default_rng(1).normal(size=31) / 10
print("same where both work:", np.isclose(stable_loss(scaled, w), log_loss(scaled, w)))

# %% [markdown]
# Both walks again, with eyes open. Left, the accuracy of the raw walk over its last 100 steps; right, the stable loss of both from the first step on.

# %%
with np.errstate(all="ignore"):
    scores = [((probability(raw, w) > 0.5) == benign).mean() for w in fits["raw"]]

figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6))
left.plot(range(900, 1001), scores[900:], linewidth=1)
left.set(title="Raw: the accuracy flips at each step", xlabel="step", ylabel="accuracy", ylim=(0.88, 1))
for name, M in (("raw", raw), ("scaled", scaled)):
    losses = [stable_loss(M, w) for w in fits[name]]
    right.semilogy(losses, linewidth=1)
    right.text(1010, losses[-1], f"{name} {losses[-1]:.2g}", va="center")
right.hlines(math.log(2), 0, 1000, color="0.5", linewidth=1, linestyle="--")
right.text(1010, math.log(2), "knows nothing", va="center", color="0.4")
right.set(title="… and a stable loss shows why", xlabel="step", ylabel="loss", xlim=(0, 1420), xticks=(0, 500, 1000))
plt.show()

# %% [markdown]
# Measured stably, the raw walk ends at a loss of about 4: five times worse than answering "50 %" to everything (0.69). Scaled, it is 0.06. A training loop should stop at the first loss that isn't finite: `if not np.isfinite(loss): raise ...`.
#
# **There are two valleys.** Squared errors of a line make one bowl. Most other losses don't. This curve has two lowest points; 41 walks start evenly spaced from −2 to 2. Where do they end?


# %%
def landscape(x):
    return x**4 - 3 * x**2 + x


starts = np.linspace(-2, 2, 41)
ends = descend(lambda x: 4 * x**3 - 6 * x + 1, starts, rate=0.02, steps=500)[-1]
for end, count in zip(*np.unique(ends.round(2), return_counts=True), strict=True):
    print(f"{count} walks end at x = {end}, height {landscape(end):.2f}")

figure, ax = plt.subplots(figsize=(7, 3.8))
x = np.linspace(-2.05, 2.05, 200)
ax.plot(x, landscape(x), color="0.6")
for side, color in ((ends < 0, "C0"), (ends > 0, "C1")):
    ax.plot(starts[side], landscape(starts[side]), "o", color=color)
    ax.plot(ends[side][0], landscape(ends[side][0]), "*", color=color, markersize=18, markeredgecolor="black")
ax.set(title="The start decides which valley you end in", xlabel="x", ylabel="height")
plt.show()

# %% [markdown]
# Nineteen walks end in the worse valley, and nothing there tells: the gradient is 0 in both, and on the hill between them. It says *stationary*, no more. Use several starts, and keep the best.
#
# ## 7. Less work per step
#
# With a billion rows, one gradient is expensive. Take a few random rows, a **mini-batch**, and use *their* gradient: wrong each time, right on average.
#
# An **epoch** is one pass over all rows in random order: one step for the full batch, 16 for batches of 32, 505 for single rows. Compare the loss after 1, 5 and 20 epochs. The last line lets the rate shrink, as 0.05 divided by the number of the epoch.


# %%
def epochs(size, rate, shrink=False, seed=0):
    """Return the loss, relative to the least, after each of 20 epochs."""
    rng, w, losses = np.random.default_rng(seed), np.zeros(2), []
    for epoch in range(20):
        step = rate / (epoch + 1) if shrink else rate
        for rows in np.array_split(rng.permutation(n), round(n / size)):
            w = w - step * 2 / len(rows) * Z[rows].T @ (Z[rows] @ w - rentals[rows])
        losses.append(scaled_loss(w) / least)
    return np.array(losses)


runs = {"all 505 rows, rate 0.1": epochs(505, 0.1), "32 rows, rate 0.1": epochs(32, 0.1)}
runs |= {"1 row, rate 0.1": epochs(1, 0.1), "1 row, shrinking rate": epochs(1, 0.05, shrink=True)}
for name, losses in runs.items():
    print(f"{name:24}", losses[[0, 4, 19]].round(3))

# %% [markdown]
# For the same work, small batches are far ahead after one epoch: they have moved 16 or 505 times. But single rows at a fixed rate never settle; each one pulls toward itself, and the walk trembles around the best line. A smaller rate trembles less, so a rate that **shrinks** gets both: a fast start and a calm end.

# %%
figure, ax = plt.subplots(figsize=(7.5, 3.8))
for name, losses in runs.items():
    ax.semilogy(range(1, 21), losses - 1, "o-", markersize=3, linewidth=1.5)
    ax.text(20.3, losses[-1] - 1, name, va="center", size=9.5, color=ax.lines[-1].get_color())
ax.set(title="Single rows tremble until the rate shrinks", xlabel="epochs", ylabel="loss above the least (share)")
ax.set(xlim=(0.5, 28), xticks=(1, 5, 10, 15, 20))
plt.show()

# %% [markdown]
# When scaling can't make the bowl round, **momentum** helps: keep a velocity, and let each gradient change it a little, as a heavy ball rolls. In the steep direction the pushes alternate and cancel; along the trench they add up. Test valley: curvatures 1 and 100, from the start (1, 1) until the distance is 10,000 times smaller.

# %%
valley = np.array([1.0, 100.0])


def roll(rate, momentum, limit=2000):
    """Return the points of a walk with momentum, until it is 10,000 times nearer than at the start."""
    w, velocity = np.ones(2), np.zeros(2)
    path = [w]
    while np.linalg.norm(w) > 1e-4 * math.sqrt(2) and len(path) < limit:
        velocity = momentum * velocity - rate * valley * w
        w = w + velocity
        path.append(w)
    return np.array(path)


walks = {"no momentum": roll(2 / 101, 0), "0.9": roll(2 / 101, 0.9), "best settings": roll(4 / 121, (9 / 11) ** 2)}
print({name: len(path) - 1 for name, path in walks.items()})

# %% [markdown]
# With the best settings it takes less than a sixth of the steps, at the price of one more vector. (They follow from the curvatures: rate 4/(√1 + √100)², momentum (9/11)² ≈ 0.67. You rarely know these, hence the customary 0.9.) See in the figure what the ball does first.

# %%
figure, ax = plt.subplots(figsize=(7.5, 3.6))
for name, x, y in (("no momentum", 300, 0.2), ("0.9", 142, 3e-3), ("best settings", -27, 1.4e-4)):
    distances = np.linalg.norm(walks[name], axis=1)
    ax.semilogy(distances, linewidth=1.5)
    ax.text(x, y, f"{name}:\n{len(distances) - 1} steps", color=ax.lines[-1].get_color(), weight="bold")
ax.set(
    title="Momentum overshoots first, then wins", xlabel="step", ylabel="distance to the lowest point", xlim=(-30, 480)
)
plt.show()

# %% [markdown]
# ## 8. Let the machine do it
#
# `scipy.optimize.minimize` chooses its own steps. Its default method learns the curvature from how the gradient changes along the way, so the trench doesn't hold it up: about eight steps on the *raw* feature. (`jac` takes the gradient, `nit` is the number of steps.) `scipy.differentiate.derivative` picks the step h for you. Both should agree with what you built.

# %%
found = minimize(loss, x0=[0, 0], jac=gradient)
print(
    "same line:", np.allclose(found.x, best, rtol=1e-5), "converged:", found.success, "below 15 steps:", found.nit < 15
)

slope_of_cube = derivative(cube, 1.0)
print("slope of the cube:", round(float(slope_of_cube.df), 10))
print(
    "gradient by hand agrees:", np.allclose(derivative(lambda x: x**4, 0.5).df, differences(lambda w: w[0] ** 4, [0.5]))
)

# %% [markdown]
# A third way to slopes needs neither differences nor pencil and paper: **automatic differentiation** records the operations of your code and runs section 3's backward pass over them. In exercise 5 you build a small one; PyTorch, in phase 3, does it for networks with millions of parameters.

# %% [markdown]
# ## In practice
#
# - **Check a hand-written gradient against differences**, at a random point and with few rows, before the first training run. A wrong one often still goes downhill, only worse.
# - **Plot the loss first.** Accuracy hides what the loss shows. Log the length of the gradient too: it should go toward 0, and a sudden jump comes before the `nan`.
# - **When training diverges, suspect scale, then rate, then code**, in this order: it's the order of likelihood, and of the time each takes to check.
# - Compute means and standard deviations from the *training* rows only, and keep them for later ones. Phase 2 shows what happens otherwise.

# %% [markdown]
# ## Check yourself
#
# **1.** The loss oscillates, with growing amplitude. What do you do first?
# - **a)** train for more epochs
# - **b)** lower the learning rate
# - **c)** use larger batches
# - **d)** restart from another random point
#
# <details><summary>Answer</summary>
#
# **b.** Growing oscillation is a factor below −1 in some direction: the rate is above 2/(largest curvature). *a* multiplies by that factor more often. *c* removes noise, but this isn't noise, it grows in a fixed rhythm. *d* starts on the same slopes with the same factor.
# </details>
#
# **2.** Standardizing the features helps gradient descent because …
# - **a)** it makes the curvatures similar in all directions
# - **b)** it lowers the least loss
# - **c)** numbers near zero are stored more exactly
# - **d)** it removes outliers
#
# <details><summary>Answer</summary>
#
# **a.** One rate then suits all directions. *b*: the least loss of a line is the same, since every line can be written in either unit. *c*: floats have the same *relative* exactness at any size. *d*: an outlier remains as many standard deviations off as it was.
# </details>
#
# **3.** At some point the gradient is zero. What do you know?
# - **a)** it is the lowest point of all
# - **b)** it is lower than everything near it
# - **c)** the line or network fits the data
# - **d)** only that the loss is level there
#
# <details><summary>Answer</summary>
#
# **d.** The point is stationary. *a* fails with two valleys; it holds for a bowl, such as the squared error of a line. *b* fails on a hilltop, or on a saddle that goes up one way and down another. *c*: even the lowest loss can be a bad one.
# </details>

# %% [markdown]
# ## In short
#
# - A measured slope has two errors; the central difference is best for steps of a few millionths of the scale of x.
# - The gradient points uphill most steeply; its dot product with a direction is the slope there.
# - The chain rule multiplies slopes from the loss backward.
# - Each step multiplies the distance along a direction of curvature c by 1 − rate·c: rates below 2/c converge, and the ratio of curvatures says how slowly.
# - Standardizing makes the curvatures alike. Mini-batches make steps cheap, a shrinking rate calms them, momentum carries along trenches.
#
# ## Next
#
# [Open the exercises](../../work/01_fundamentals/11_calculus_gradient_descent.ipynb): measure gradients, differentiate the softplus, fit a line among vandals, find the largest safe rate, build a number that knows its slope. Then lesson 12 turns to chance.

# %% tags=["claims"]
assert (n, celsius.min(), celsius.max(), rentals.min(), rentals.max()) == (505, -3.8, 32.2, 82, 769)
assert h[errors["forward"].argmin()] == h[7] and h[errors["central"].argmin()] in h[4:6]
assert errors["forward"].min() > 100 * errors["central"].min() and forward[-1] == 0
assert (values[-1], d_intercept, d_slope) == (2500, -100, -2000) == (loss_of_one, slopes[1], slopes[0])
assert best.round(2).tolist() == [207.21, 14.2] and np.allclose(path[-1], best)
assert (
    abs(needed - 1497) <= 1
    and abs(steps_needed(descend(scaled_gradient, [0, 0], 0.1, 99), scaled_loss, least) - 17) < 1
)
assert (
    curvatures.round(3)[0] == 0.539 and curvatures.round(1)[1] == 519.5 and round(curvatures[1] / curvatures[0]) == 964
)
assert round(2 / curvatures[1], 5) == 0.00385 and round(1 - 0.004 * curvatures[1], 3) == -1.078
assert 0.0015 < 0.0038 * curvatures[0] < 0.0025
assert np.allclose(np.linalg.eigvalsh(2 / n * Z.T @ Z), 2)
assert steps_needed(descend(scaled_gradient, [0, 0], 0.5, 5), scaled_loss, least) == 1
assert steps == 7 and weather.shape == (505, 4)
assert 2e13 < loss(descend(gradient, [0, 0], too_large, 100)[-1]) < 5e13
assert loss(walked[10]) > loss(walked[0])
assert 0.90 < scores[-1] < 0.93 and 3.5 < stable_loss(raw, fits["raw"][-1]) < 4.0
assert round(stable_loss(scaled, fits["scaled"][-1]), 2) == 0.06
assert abs(((probability(scaled, fits["scaled"][-1]) > 0.5) == benign).mean() - 0.988) < 0.001
assert (ends < 0).sum() == 22 and (ends > 0).sum() == 19
assert np.unique(landscape(ends).round(2)).tolist() == [-3.51, -1.07]
assert all(runs[name][0] < 1.1 < runs["all 505 rows, rate 0.1"][0] for name in list(runs)[1:])
assert runs["1 row, rate 0.1"][4:].mean() > 1.1 > 1.001 > runs["1 row, shrinking rate"][-1]
assert 6 < (len(walks["no momentum"]) - 1) / (len(walks["best settings"]) - 1) < 7
of_each_row = 2 * Z * (Z @ [300, 50] - rentals)[:, None]
assert np.allclose(of_each_row.mean(axis=0), scaled_gradient(np.array([300, 50])))
assert found.nit < 15 and found.success
