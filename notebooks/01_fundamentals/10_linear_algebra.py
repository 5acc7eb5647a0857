# /// lesson
# minutes = 55
# exercise_minutes = 75
# needs = ["01_fundamentals/04_numpy_arrays", "01_fundamentals/07_visualisation"]
# seconds = 25
# memory_mb = 850
# ///

# %% [markdown]
# # See data as vectors and maps
#
# **Why.** A photograph of 262,144 pixels can be rebuilt from 8 % as many numbers and still be recognized. The same idea draws the best plane through noisy points and finds the handwritten digit most like a new one. What do the three have in common?
#
# **You will**
# - compute and interpret dot products, angles and projections,
# - read a matrix as a map, and multiply maps in the right order,
# - solve least-squares problems, and verify the solution,
# - recognize when coefficients are not to be trusted, and repair that,
# - compress with the singular value decomposition.
#
# **You need** lessons 04 and 07. 55 minutes, and 75 for the exercises.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
from skimage.data import camera
from sklearn.datasets import load_digits

from handrail.kit import data
from handrail.kit.race import race

plt.style.use("handrail.kit.course")

# %% [markdown]
# ## 1. Dot product: how much do two things agree?
#
# scikit-learn, a library for machine learning, brings 1,797 handwritten digits. Each is an image of 8×8 gray levels, or, written in one row, a **vector** of 64 numbers. The image helps you; the row is all that the computer gets.
#
# The **dot product** of two vectors multiplies them entry by entry and adds up. Where both have ink the sum grows; where only one has, nothing is added. `@` computes it. Does row 52, a seven, agree more with row 43, another seven, or with row 55, a zero?

# %% tags=["borrowed"]
digits = load_digits()
X, y = digits.data, digits.target  # (images, pixels), (images,)
figure, axes = plt.subplots(1, 3, figsize=(6, 2.4))
figure.suptitle("Three vectors of 64 numbers", x=0.01, ha="left", weight="bold")
for ax, row in zip(axes, (52, 43, 55), strict=True):
    ax.imshow(X[row].reshape(8, 8), cmap="gray_r")
    ax.set_title(f"row {row}: a {y[row]}", weight="normal", size=10.5)
    ax.set_axis_off()
plt.show()

seven, other, zero = X[52], X[43], X[55]
by_hand = sum(a * b for a, b in zip(seven, other, strict=True))
print("seven and seven:", seven @ other, "the same by hand:", by_hand == seven @ other)
print("seven and zero: ", seven @ zero)

# %% [markdown]
# The zero wins, 3,481 against 3,444, though the sevens look alike. It has more ink, and the dot product counts ink. A vector's **length** (its norm, `np.linalg.norm`) is the root of the dot product with itself. Divide by both lengths, and what is left depends on the direction only: the **cosine** of the angle between the two, 0.95 against 0.76. See which of these arrows has the largest dot product with the gray one, and which the largest cosine.

# %%
lengths = [math.sqrt(row @ row) for row in (seven, other, zero)]
alike = seven @ other / (lengths[0] * lengths[1]), seven @ zero / (lengths[0] * lengths[2])
print("lengths:", np.round(lengths, 1), "cosines:", np.round(alike, 2))

gray, arrows = np.array([3.0, 1.0]), {"a": [1.5, 0.5], "b": [2.5, 3.5], "c": [-1.0, 3.0], "d": [-2.0, -0.2]}
figure, ax = plt.subplots(figsize=(6.4, 4.2))
ax.annotate("", gray, (0, 0), arrowprops={"arrowstyle": "-|>", "color": "C6", "linewidth": 5, "alpha": 0.4})
for number, (name, arrow) in enumerate(arrows.items()):
    cosine = gray @ arrow / (np.linalg.norm(gray) * np.linalg.norm(arrow))
    ax.annotate("", arrow, (0, 0), arrowprops={"arrowstyle": "-|>", "color": f"C{number}", "linewidth": 2})
    place = (2.4, 0.15) if name == "a" else (arrow[0], arrow[1] + 0.15)
    ax.text(*place, f"{name}: dot {gray @ arrow:.1f}, cos {cosine:.2f}", ha="center")
ax.set(xlim=(-3.4, 4.4), ylim=(-0.8, 4.2), xlabel="first entry", ylabel="second entry", aspect="equal")
ax.set_title("b has the largest dot product, a the same direction as gray")
plt.show()

# %% [markdown]
# The sign says on which side an arrow lies: positive for less than 90°, negative for more, 0 for a right angle (**orthogonal**).
#
# Now read digits with it. Every third image is new; give it the label of the most similar one among the others. One matrix product compares 599 new images with 1,198 known ones: it holds the dot product of each new row with each known one. (`keepdims` keeps the lengths as a column, one for each row.) Keeping all known images is expensive, so also try ten: the mean image of each digit. How much does dividing by the lengths matter, and what do the means cost?

# %%
new = np.arange(len(X)) % 3 == 0
unit = X / np.linalg.norm(X, axis=1, keepdims=True)  # every row has length 1
means = np.array([unit[~new & (y == digit)].mean(axis=0) for digit in range(10)])
unit_means = means / np.linalg.norm(means, axis=1, keepdims=True)

similarity = X[new] @ X[~new].T, unit[new] @ unit[~new].T  # (new images, known images), twice
by_dot, by_cosine = ((y[~new][values.argmax(axis=1)] == y[new]).mean() for values in similarity)
by_mean = ((unit[new] @ unit_means.T).argmax(axis=1) == y[new]).mean()
print(f"right: nearest by dot product {by_dot:.1%}, by cosine {by_cosine:.1%}, of ten means {by_mean:.1%}")

# %% [markdown]
# Four errors in 599 by the cosine, three in ten by the dot product, which keeps choosing images with much ink. The ten means are a memory of 640 numbers instead of 76,672, and read nine of ten digits.
#
# How large must a cosine be to mean something? That depends on the number of entries. Draw pairs of random vectors and look at how the cosines crowd around 0 as this number, the **dimension**, grows.

# %%
rng = np.random.default_rng(0)
typical = {}
figure, ax = plt.subplots(figsize=(7, 3.4))
for number, dimension in enumerate((2, 10, 100, 1000)):
    first, second = rng.standard_normal((2, 2000, dimension))
    both = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    cosines = (first * second).sum(axis=1) / both
    typical[dimension] = np.abs(cosines).mean()
    ax.plot(np.sort(cosines), np.linspace(0, 1, 2000), color=f"C{number}")
    ax.text(1.03, 0.05 + 0.25 * number, f"{dimension} dimensions", color=f"C{number}", weight="bold")
ax.set(xlabel="cosine of two random vectors", ylabel="share of pairs below", xlim=(-1, 1))
ax.set_title("In 1,000 dimensions, random vectors are nearly orthogonal")
plt.show()
print("mean |cosine|:", {dimension: round(float(mean), 2) for dimension, mean in typical.items()})

# %% [markdown]
# In two dimensions a cosine of 0.6 is average luck; in 1,000 it never happens by chance. The typical size shrinks like one over the root of the dimension. Keep this for later: texts will be compared as vectors of some hundred entries (phase 4), and there 0.3 can already be a lot.
#
# ## 2. Matrices are maps
#
# A matrix times a vector gives another vector: entry `i` is the dot product of row `i` with the vector. Read it by columns, and you see what it does: the first column is where the arrow (1, 0) lands, the second where (0, 1) lands, and everything else follows along.

# %%
shear = np.array([[1.0, 0.8], [0.0, 1.0]])
point = np.array([2.0, 1.5])
by_rows = np.array([sum(a * x for a, x in zip(row, point, strict=True)) for row in shear])
by_columns = 2.0 * shear[:, 0] + 1.5 * shear[:, 1]
print("by rows", by_rows, "by columns", by_columns, "shear @ point", shear @ point)

# %% [markdown]
# A house of nine points stands below as a matrix with a point in each column, so that `A @ house` moves all of them at once. (With a point in each *row*, as tables have it, the same map is `house @ A.T`.) Four maps: compare what happens to angles, to lengths and to the area.

# %%
house = np.array([[0, 0.6, 0.6, 1.1, 1.1, 2, 2, 1, 0], [0, 0, 0.8, 0.8, 0, 0, 1.2, 2, 1.2]])  # (2, points)
cos, sin = math.cos(math.radians(30)), math.sin(math.radians(30))
turn = np.array([[cos, -sin], [sin, cos]])
maps = {"scale": np.diag([1.5, 0.5]), "turn by 30°": turn, "shear": shear, "project": np.array([[1, 0], [0.5, 0]])}


def draw_house(ax, corners, name):
    for outline, color in ((house, "#BBBBBB"), (corners, "C0")):
        ax.plot(*np.column_stack([outline, outline[:, 0]]), color=color)
    ax.set(xlim=(-1.3, 3.8), ylim=(-0.6, 3.2), aspect="equal")
    ax.set_title(name, weight="normal", size=10.5)


figure, axes = plt.subplots(1, 4, figsize=(10, 2.6), sharey=True)
figure.suptitle("Four maps: the determinant is the factor of the area", x=0.01, ha="left", weight="bold")
for ax, (name, matrix) in zip(axes, maps.items(), strict=True):
    draw_house(ax, matrix @ house, f"{name}: det {np.linalg.det(matrix):.2f}")
plt.show()

# %% [markdown]
# The **determinant** of [[a, b], [c, d]] is ad − bc: up to its sign, the area of the parallelogram that the unit square becomes. A turn keeps areas, and so does a shear, which keeps neither angles nor lengths. The projection flattens the house to a line: area 0, and no map can bring back what was lost. Such a matrix is called singular: it has no **inverse**, the matrix that undoes it.
#
# Move the four entries. Can you mirror the house? What sign has the determinant then?

# %% tags=["widget"]
from ipywidgets import FloatSlider, interact


@interact(
    a=FloatSlider(value=1.0, min=-1.5, max=1.5, step=0.1),
    b=FloatSlider(value=0.8, min=-1.5, max=1.5, step=0.1),
    c=FloatSlider(value=0.0, min=-1.5, max=1.5, step=0.1),
    d=FloatSlider(value=1.0, min=-1.5, max=1.5, step=0.1),
)
def move(a, b, c, d):
    _, ax = plt.subplots(figsize=(4.5, 4.5))
    draw_house(ax, np.array([[a, b], [c, d]]) @ house, f"determinant {a * d - b * c:.2f}")
    ax.set(xlim=(-4, 4), ylim=(-4, 4))
    plt.show()


# %% [markdown]
# The product of two matrices is one map after the other: `(A @ B) @ x` is `A @ (B @ x)`, so the *right* one acts first. Left below, the house is sheared, then turned; right, turned, then sheared.

# %%
figure, axes = plt.subplots(1, 2, figsize=(7.5, 3), sharey=True)
figure.suptitle("The order of maps matters: turn @ shear is not shear @ turn", x=0.01, ha="left", weight="bold")
draw_house(axes[0], (turn @ shear) @ house, "turn @ shear")
draw_house(axes[1], (shear @ turn) @ house, "shear @ turn")
plt.show()
print("turn @ shear equals shear @ turn:", np.allclose(turn @ shear, shear @ turn))
print("one after the other equals the product:", np.allclose(turn @ (shear @ house), (turn @ shear) @ house))

# %% [markdown]
# ## 3. The matrix product from scratch
#
# Entry (i, j) of the product is the dot product of row i of the first with column j of the second. So the inner sizes must agree: `(n, k) @ (k, m)` gives `(n, m)`. Three nested loops say exactly that. `race` (from lesson 04) first checks that they agree with `@`, and stops if they don't.


# %%
def product(A: list[list[float]], B: list[list[float]]) -> list[list[float]]:
    """Return the matrix product of two lists of rows."""
    C = [[0.0] * len(B[0]) for _ in A]
    for i in range(len(A)):
        for j in range(len(B[0])):
            for k in range(len(B)):
                C[i][j] += A[i][k] * B[k][j]
    return C


A, B = rng.standard_normal((2, 120, 120))
lists = A.tolist(), B.tolist()
race(
    {"A @ B": lambda: A @ B, "three loops": lambda: product(*lists)},
    title="1.7 million multiplications, in C and in Python",
    repeats=3,
)

# %% [markdown]
# **Predict before you run.** A and B have 2,000 rows and columns, v has 2,000 entries. `(A @ B) @ v` and `A @ (B @ v)` are the same vector. Which needs fewer multiplications, and by what factor? Write your answer down.

# %%
n = 2000
left_first = n * n * n + n * n  # A @ B has n * n entries of n multiplications each, then a matrix times a vector
right_first = n * n + n * n  # two times a matrix times a vector
print(f"{left_first:,} against {right_first:,}: a factor of {left_first / right_first:,.0f}")

A, B = rng.standard_normal((2, 500, 500))
v = rng.standard_normal(500)
race(
    {"A @ (B @ v)": lambda: A @ (B @ v), "A @ B @ v": lambda: A @ B @ v},
    title="Parentheses decide, not the mathematics (n = 500)",
)

# %% [markdown]
# The tempting answer is "equal, since the results are". But the first way makes 4 million numbers in between, the second 2,000. Python works from left to right: **`A @ B @ v` takes the expensive way** unless you write the parentheses.
#
# ## 4. Projection and least squares
#
# On 505 working days the bike company counts its rentals from 17:00 to 18:00. (The city is invented; `datasets/city_bikes` says how.) How near can you get to this vector of 505 entries with a multiple of another?
#
# The nearest multiple of `d` is the **projection**, the shadow on the line along `d`. Its factor is a dot product divided by another. With a column of ones as `d`, what is that factor?

# %%
hours = data.hours()
rush = hours[(hours["start"].dt.hour == 17) & hours["working_day"]]
rentals = rush["rentals"].to_numpy(dtype=float)  # (days,)
ones = np.ones(len(rentals))
temperature = rush["temperature_c"].to_numpy()

factor = (rentals @ ones) / (ones @ ones)
rest = rentals - factor * ones
print(f"{len(rentals)} days, factor {factor:.1f}, mean {rentals.mean():.1f}")
print("what is left is orthogonal to the ones:", abs(rest @ ones) < 1e-6)

# %% [markdown]
# The mean is a projection: of all constant vectors it lies nearest. What is left, the **residual**, is orthogonal to the ones; otherwise a little more or less would come nearer still.
#
# With two columns, ones and temperatures, all their combinations (sums of multiples) form a plane. The picture has three dimensions instead of 505, for three days: one at 0 °C, one at 21 °C, and a hot one on which few came. It is turned so that the plane lies flat (QR does that; see below). How does the dashed line meet the plane?

# %%
target, plane = rentals[[301, 412, 166]], np.column_stack([ones, temperature])[[301, 412, 166]]
parts = plane * np.linalg.lstsq(plane, target)[0]  # two columns that add up to the prediction
Q, R = np.linalg.qr(np.column_stack([plane, target]))
flat = (Q * np.sign(np.diag(R))).T  # turns all vectors until the plane lies flat
first, second, top = flat @ parts[:, 0], flat @ parts[:, 1], flat @ target

ax = plt.figure(figsize=(6.8, 4)).add_subplot(projection="3d", elev=33, azim=-65, aspect="equal")
ax.plot_trisurf(*np.array([0 * first, first, first + second, second]).T, triangles=[[0, 1, 2], [0, 2, 3]], alpha=0.2)
ends = {"257 × ones": first, "8.9 × temperature": second, "prediction": first + second, "rentals": top}
for (name, end), color in zip(ends.items(), ("C6", "C6", "C0", "C5"), strict=True):
    ax.plot(*np.array([0 * end, end]).T, color=color)
    ax.text(*end, f" {name} ", color=color, weight="bold", ha="right" if "temp" in name else "left")
ax.plot(*np.array([top, first + second]).T, "--", color="black", linewidth=1.5)
ax.set_title("The best prediction is the shadow of the rentals on the plane")
ax.set_axis_off()
plt.show()

# %% [markdown]
# A residual orthogonal to every column of `A` (the ones and the temperatures): that is $A^\top(y - Ax) = 0$, or $A^\top A\,x = A^\top y$, the **normal equations** ($A^\top$ is `A.T`, y the rentals, x the two factors). Two unknowns, two equations: `solve` finds x. `np.linalg.lstsq` finds the same x without them, and so does QR: it writes `A` as `Q @ R`, where the columns of Q are orthogonal and of length 1, and R is a triangle that is solved from the last row up. Do the three agree?

# %%
A = np.column_stack([ones, temperature])  # (days, columns)
normal = np.linalg.solve(A.T @ A, A.T @ rentals)
Q, R = np.linalg.qr(A)
by_qr = np.linalg.solve(R, Q.T @ rentals)
x, *_ = np.linalg.lstsq(A, rentals)
residual = rentals - A @ x
print(f"rentals = {x[0]:.1f} + {x[1]:.2f} * temperature, all three agree:", np.allclose([normal, by_qr], x))
print("residual orthogonal to both columns:", (np.abs(A.T @ residual) < 1e-6).all())

# %% [markdown]
# 14 more rentals for each degree. How good is the fit? **R²** is the share of the squared spread around the mean that the columns explain: 1 for a perfect fit, 0 for the mean alone. Every further column is a further direction to lean on. Watch R² as rain (0 or 1) and the square of the temperature join.

# %%
rain = (rush["rain_mm"] > 0).to_numpy(dtype=float)
around_mean = rentals - rentals.mean()
columns, r_squared, fits = [ones], {}, {}
for name, column in {"temperature": temperature, "rain": rain, "temperature²": temperature**2}.items():
    columns.append(column)
    A = np.column_stack(columns)
    fits[name], *_ = np.linalg.lstsq(A, rentals)
    residual = rentals - A @ fits[name]
    r_squared[name] = 1 - residual @ residual / (around_mean @ around_mean)
    print(f"+ {name:12} R² {r_squared[name]:.3f}  coefficients {fits[name].round(2)}")

# %% [markdown]
# With the square, the curve can bend, though the method is the same: "linear" is meant in the coefficients, and columns may be anything. Look for the temperature at which the curves turn down. They are parallel because the model has one number for rain, the same in frost and in summer; what does it predict for a wet day at −3 °C?

# %%
constant, slope, wet_effect, bend = fits["temperature²"]
peak = -slope / (2 * bend)
grid = np.linspace(temperature.min(), temperature.max(), 100)

figure, ax = plt.subplots(figsize=(7, 4))
for wet, name, color in ((0, "dry", "C1"), (1, "wet", "C0")):
    curve = constant + slope * grid + wet_effect * wet + bend * grid**2
    ax.plot(temperature[rain == wet], rentals[rain == wet], "o", color=color, alpha=0.45, markersize=3)
    ax.plot(grid, curve, color=color, linewidth=3)
    ax.text(grid[-1] + 0.4, curve[-1], name, color=color, weight="bold", va="center")
ax.axvline(peak, color="#777777", linewidth=1, linestyle=":")
ax.set(xlabel="temperature in °C", ylabel="rentals from 17:00 to 18:00", ylim=(0, 800))
ax.set_title(f"Warmth helps up to {peak:.0f} °C; rain costs {-wet_effect:.0f} rentals")
plt.show()

# %% [markdown]
# ## 5. How it fails: nearly the same column twice
#
# A second thermometer reports Fahrenheit, 9/5 of Celsius plus 32. As a column it is a combination of the ones and the first thermometer: it adds no direction. The **rank** counts the directions. The **condition number** is the longest arrow that the matrix can make of an arrow of length 1, divided by the shortest; errors of the data may grow by this factor in the coefficients.

# %%
fahrenheit = temperature * 9 / 5 + 32
twice = np.column_stack([ones, temperature, fahrenheit])
print("columns", twice.shape[1], "rank", np.linalg.matrix_rank(twice))
print(f"condition number with one thermometer: {np.linalg.cond(twice[:, :2]):.0f}")
print("with two, more than a million billion:", np.linalg.cond(twice) > 1e15)

# %% [markdown]
# Infinitely many coefficients fit equally well now: add 1 to that of Fahrenheit, take 9/5 from that of Celsius and 32 from the constant, and no prediction changes. `lstsq` notices, and returns the shortest of these vectors. What does `solve` do with the normal equations? (Its numbers depend on your processor: they are made of rounding errors.)

# %% tags=["nbval-ignore-output"]
try:
    print("solve:", np.linalg.solve(twice.T @ twice, twice.T @ rentals).round(2))
except np.linalg.LinAlgError as error:
    print("solve:", error)

# %%
shortest, *_ = np.linalg.lstsq(twice, rentals)
print("lstsq:", shortest.round(2))
print("same predictions as one thermometer:", np.allclose(twice @ shortest, twice[:, :2] @ x))

# %% [markdown]
# Most machines get numbers from `solve`, and no error. Real data is seldom that clear: the second thermometer shows one decimal, so the columns agree *almost*, and the rank is 3. Now the coefficients are determined, by the rounding of a display. Read them as a manager would: what does a degree do?

# %%
twice[:, 2] = fahrenheit.round(1)
almost, *_ = np.linalg.lstsq(twice, rentals)
change = twice @ almost - twice[:, :2] @ x
print("rank", np.linalg.matrix_rank(twice), f"condition number {np.linalg.cond(twice):,.0f}")
print("constant, Celsius, Fahrenheit:", almost.round(1))
print(f"predictions differ by at most {np.abs(change).max():.1f} rentals, with a mean of {rentals.mean():.0f}")

# %% [markdown]
# "A degree Celsius brings 94 rentals, a degree Fahrenheit costs 44" is nonsense, and yet the predictions are as good as ever. Draw the 505 days anew, with repetition, as if another year had come, and fit each draw. Two things to see: how far the coefficients wander, and along which line.

# %%
drawn = rng.integers(0, len(rentals), size=(40, len(rentals)))
wandering = np.array([np.linalg.lstsq(twice[days], rentals[days])[0] for days in drawn])  # (draws, coefficients)
total = wandering[:, 1] + 9 / 5 * wandering[:, 2]

figure, ax = plt.subplots(figsize=(7, 3.8))
ax.plot(wandering[:, 1], wandering[:, 2], "o")
ax.axline((0, x[1] * 5 / 9), slope=-5 / 9, color="#777777", linewidth=1)
ax.set(xlabel="rentals per degree Celsius", ylabel="rentals per degree Fahrenheit")
ax.set_title("Single coefficients wander, their combination stays")
plt.show()
print(f"Celsius alone: from {wandering[:, 1].min():.0f} to {wandering[:, 1].max():.0f}")
print(f"Celsius + 9/5 Fahrenheit: from {total.min():.1f} to {total.max():.1f}")

# %% [markdown]
# What the data determines is the sum of both effects, about 14 rentals a degree. Repair: drop one of the two columns.
#
# The next trap is to trust a small residual. The Hilbert matrix has the entries 1/(i + j + 1), counted from 0; its condition number grows about thirtyfold with each row. We multiply it by a vector of ones, then ask `solve`, and the inverse, for that vector. The check everybody does is whether `H @ x` gives `b`. Compare it with the true error.

# %%
sizes, curves = range(2, 13), {"error of x": [], "residual": [], "residual with inv": []}
for n in sizes:
    H = 1 / (np.arange(n)[:, None] + np.arange(n) + 1)
    b = H.sum(axis=1)  # H times ones
    solved, inverted = np.linalg.solve(H, b), np.linalg.inv(H) @ b
    for values, deviation in zip(curves.values(), (solved - 1, H @ solved - b, H @ inverted - b), strict=True):
        values.append(max(np.abs(deviation).max(), 1e-17))  # a logarithmic axis has no 0

figure, ax = plt.subplots(figsize=(7, 3.6))
for (name, values), color in zip(curves.items(), ("C5", "C0", "C6"), strict=True):
    ax.semilogy(sizes, values, "o-", color=color)
    place = {"error of x": (8.6, 1e-3), "residual": (9.5, 1e-14)}.get(name, (9.4, 1e-8))
    ax.text(*place, name, color=color, weight="bold", ha="right" if name == "error of x" else "left")
ax.set(xlabel="rows of the Hilbert matrix", ylabel="largest deviation", xticks=sizes)
ax.set_title("The residual stays tiny while the answer gets lost")
plt.show()

# %% [markdown]
# With 12 rows the equations hold to 15 digits, and hardly one of x is right. A tiny residual proves a good solution only if the condition number is small. And `inv(H) @ b` rounds twice: from 10 rows on it doesn't even satisfy the equations.
#
# ## 6. Eigenvectors: what repeats
#
# A map usually turns arrows. An arrow that it only stretches, $Av = \lambda v$, is an **eigenvector**, the factor λ its eigenvalue. They tell what happens when a map is applied again and again.
#
# Count 2.3 million trips by start and end. Row i, divided by its sum, says where bikes from station i go. Where is a bike likely to be after many trips, if nobody carries it back?

# %%
trips = data.trips()
counts = trips.groupby(["from_id", "to_id"]).size().unstack(fill_value=0).to_numpy(dtype=float)  # (from, to)
move_to = counts / counts.sum(axis=1, keepdims=True)
share = np.full(20, 1 / 20)  # the bike may be anywhere
changes = []
while not changes or changes[-1] > 1e-6:
    following = share @ move_to  # where from, times where to
    changes.append(np.abs(following - share).max())
    share = following
print("steps until no share changes by more than a millionth:", len(changes))

# %% [markdown]
# The shares settle at a vector that the map leaves alone: an eigenvector with eigenvalue 1. (`share @ M` is `M.T @ share`, hence the transpose below.) This way of finding it, apply and repeat, is **power iteration**. `np.linalg.eig` finds all eigenvectors at once, each in any length and sign, so divide by the sum. (It may answer in complex numbers; `.real` drops a part that is 0 here.) Which station collects most bikes, and is it the one with most arrivals?

# %%
values, vectors = np.linalg.eig(move_to.T)
order = np.abs(values).argsort()[::-1]
limit = vectors[:, order[0]].real
limit = limit / limit.sum()
second = abs(values[order[1]])
names = data.stations()["name"].to_numpy()
arrivals = counts.sum(axis=0) / counts.sum()
print(f"largest eigenvalues {abs(values[order[0]]):.3f} and {second:.3f}")
print("eig agrees with power iteration:", np.allclose(limit, share, atol=1e-5))
print(f"in the long run: {names[limit.argmax()]} with {limit.max():.1%}")
print(f"most arrivals:   {names[arrivals.argmax()]} with {arrivals.max():.1%}")

# %% [markdown]
# Residential 3 gets the most arrivals, but it sends out even more bikes. Left alone, the bikes pile up at University 1. That is a plan for the van that carries bikes back. (It assumes that every bike is ridden on with the same shares, day and night.)
#
# Why so many steps and not ten? Whatever is not the limit shrinks in each step by the second eigenvalue. On a logarithmic axis that is a straight line.

# %%
figure, ax = plt.subplots(figsize=(7, 3.4))
step = np.arange(1, len(changes) + 1)
ax.semilogy(step, changes, "o", markersize=4)
ax.semilogy(step, changes[20] * second ** (step - 21), color="C1", zorder=0)
ax.text(22, changes[14], f"shrinks by {second:.3f} in each step", color="black")
ax.set(xlabel="step", ylabel="largest change of a share")
ax.set_title("The second eigenvalue sets the speed")
plt.show()

# %% [markdown]
# ## 7. Singular values: the important directions
#
# A column times a row gives a whole matrix, their **outer product**: three numbers and three make nine. All its rows are multiples of one row, so its rank is 1. Every matrix is a sum of such pieces. The **singular value decomposition** (SVD) finds them in the order of their importance: `U[:, k]` times `s[k]` times `Vt[k]`. All columns of U have length 1 and are orthogonal to each other, as are the rows of Vt; the singular value `s[k]` is the weight of a piece. The first can be found by hand, by power iteration with `photo.T @ photo`. Do both agree?

# %%
column, row = np.array([1.0, 2.0, -1.0]), np.array([3.0, 1.0, 2.0])
by_hand = np.array([[a * b for b in row] for a in column])
print(by_hand, "same as np.outer:", (by_hand == np.outer(column, row)).all(), "rank:", np.linalg.matrix_rank(by_hand))

photo = camera() / 255  # (rows, columns), black is 0 and white is 1
U, s, Vt = np.linalg.svd(photo)
direction = np.ones(512)
for _ in range(30):
    direction = photo.T @ (photo @ direction)
    direction = direction / np.linalg.norm(direction)
agreement = abs(direction @ Vt[0])
print(f"cosine of both, without its sign: {agreement:.6f}")
print("length of photo @ direction is s[0]:", np.isclose(np.linalg.norm(photo @ direction), s[0]))

# %% [markdown]
# "Without its sign": −u times −v is the same piece as u times v, and which one you get depends on the library. Never compare singular vectors, or eigenvectors, without allowing for that.
#
# Now the first k pieces. Each takes 512 + 512 + 1 numbers. The **energy** is the sum of the squared singular values; the part that is left out predicts the error without looking at the picture. Read the numbers first, then look at what an error of 0.1 means for the eye.


# %% tags=["borrowed"]
def draw_pieces(ax, k):
    approximation = (U[:, :k] * s[:k]) @ Vt[:k]  # the sum of k outer products, as one matrix product
    ax.imshow(approximation, cmap="gray", vmin=0, vmax=1)
    ax.set_title(f"{k} of 512 pieces", weight="normal", size=10.5)
    ax.set_axis_off()
    return np.linalg.norm(photo - approximation) / np.linalg.norm(photo)


energy, quality = (s**2).cumsum() / (s**2).sum(), {}
figure, axes = plt.subplots(1, 4, figsize=(10, 2.9))
figure.suptitle("Twenty pieces are enough to recognize the photographer", x=0.01, ha="left", weight="bold")
for ax, k in zip(axes, (1, 5, 20, 50), strict=True):
    quality[k] = draw_pieces(ax, k), math.sqrt(1 - energy[k - 1]), k * 1025 / photo.size
    print(f"{k:2} pieces: error {quality[k][0]:.3f}, predicted {quality[k][1]:.3f}, numbers kept {quality[k][2]:.1%}")
plt.show()

# %% [markdown]
# No other sum of k pieces comes nearer than these (the theorem of Eckart and Young). With one piece, every row is a multiple of the same row, which is what you see. Move the slider: from where on do you not see a difference?

# %% tags=["widget"]
from ipywidgets import IntSlider


@interact(k=IntSlider(value=20, min=1, max=150))
def pieces(k):
    _, ax = plt.subplots(figsize=(4.5, 4.5))
    draw_pieces(ax, k)
    plt.show()


# %% [markdown]
# How many pieces hold 90 % of the energy? Before you trust the first answer, compare it with the same count for the photograph minus its mean, and for pure noise.


# %%
def pieces_for(matrix: np.ndarray, share: float = 0.9) -> int:
    """Return how many singular values hold this share of the energy."""
    squares = np.linalg.svd(matrix, compute_uv=False) ** 2
    return int((squares.cumsum() < share * squares.sum()).sum()) + 1


noise = np.random.default_rng(7).standard_normal((512, 512))
needed = [pieces_for(photo), pieces_for(photo - photo.mean()), pieces_for(noise)]
print("photo", needed[0], " photo minus mean", needed[1], " noise", needed[2])

# %% [markdown]
# Two pieces seemed to be enough because the first one is spent on the mean brightness. Seven describe what differs from it. Noise has no important directions: 90 % of its energy needs half of the pieces. Compression works because pictures, and most data, are not noise. **Subtract the mean before you count components.**
#
# The digits once more, 1,797 rows of 64 pixels, minus the mean image. The first two directions turn each row into two numbers. (`full_matrices=False` leaves out what has no weight.) Which digits do they tell apart already, and which not?

# %%
centered = X - X.mean(axis=0)
_, weights, directions = np.linalg.svd(centered, full_matrices=False)
explained = (weights**2).cumsum() / (weights**2).sum()
plane = centered @ directions[:2].T  # (images, 2)
plane = plane * np.sign(plane[12])  # a choice of signs, the same with every library

figure, ax = plt.subplots(figsize=(7, 4.6))
for digit in range(10):
    color = {0: "C1", 3: "C2", 4: "C0"}.get(digit, "#C8C8C8")
    ax.plot(*plane[y == digit].T, "o", color=color, markersize=2.5)
    ax.text(*plane[y == digit].mean(axis=0), str(digit), size=17, weight="bold", ha="center", zorder=3)
ax.set(xlabel="first direction", ylabel="second direction")
ax.set_title("Two numbers instead of 64 already tell 0, 3 and 4 apart")
plt.show()
print(f"two directions: {explained[1]:.1%} of the spread, 90 % needs {int((explained < 0.9).sum()) + 1}")
print("rank", np.linalg.matrix_rank(centered), "of 64; pixels that never change:", (X.std(axis=0) == 0).sum())

# %% [markdown]
# This is principal component analysis, all of it: subtract the mean, decompose, keep the first directions. The rank is 61, since three pixels are white in every image.
#
# ## In practice
#
# - **`solve` or `lstsq`, never `inv`.** For `inv(A) @ b` type `solve(A, b)`; for `inv(A.T @ A)`, use `lstsq`.
# - **Look at the condition number before you believe coefficients**, with all columns scaled to the same length.
# - **Write the shape behind every matrix**: `# (days, columns)`. Most errors with matrices are errors of shape or of order.
# - **You will meet this again**: text embeddings and attention are sections 1 and 3, regression is section 4, the compression of large models is section 7.

# %% [markdown]
# ## Check yourself
#
# **1.** A table has the columns *a* and *2a*. A least-squares fit gives
# - **a)** coefficients that are both zero
# - **b)** an error in every solver
# - **c)** coefficients that are not determined, predictions that are
# - **d)** useless predictions too
#
# <details><summary>Answer</summary>
#
# **c.** One unit of *2a* can be traded for two of *a* without changing a prediction. *a* would throw the information away; no solver does. *b*: `lstsq` returns the shortest solution, and `solve` often returns numbers made of rounding errors. *d*: the shadow on the plane is the same however many columns span it.
# </details>
#
# **2.** You solved `A @ x = b` and `A @ x - b` is about 10⁻¹⁶. This proves
# - **a)** that x is exact
# - **b)** that A is well conditioned
# - **c)** that nothing was rounded
# - **d)** that the equations are nearly satisfied, no more
#
# <details><summary>Answer</summary>
#
# **d.** The Hilbert matrix of section 5 had such a residual and wrong solutions. *a* and *b*: with a large condition number many different x satisfy the equations nearly. *c*: 10⁻¹⁶ is the size of a rounding error, not of none.
# </details>
#
# **3.** A and B are large square matrices, v is a vector. Fastest is
# - **a)** `A @ (B @ v)`
# - **b)** `(A @ B) @ v`, since NumPy optimizes matrix products
# - **c)** neither, the cost is equal
# - **d)** `A.T` and `B.T` first
#
# <details><summary>Answer</summary>
#
# **a.** Two products of a matrix and a vector, 2n² multiplications. *b* makes a whole matrix on the way, n³ of them; NumPy does not reorder `@` (`np.linalg.multi_dot` does). *c* confuses the result with the work. *d*: a transpose is a view and costs nothing, but computes something else.
# </details>

# %% [markdown]
# ## In short
#
# - A dot product measures length and direction together, the cosine direction alone.
# - A matrix is a map: its columns are where the axes land. In `A @ B` the right one acts first.
# - Least squares is a shadow: the residual is orthogonal to every column.
# - Nearly equal columns spare predictions and ruin coefficients. The condition number warns you, the residual doesn't.
# - Repeating a map leads to its first eigenvector; the second eigenvalue says how fast.
# - A matrix is a sum of outer products, often of few that matter.
#
# The photograph, the fitted curve and the digit have one thing in common: dot products with a few directions that matter.
#
# ## Next
#
# [Open the exercises](../../work/01_fundamentals/10_linear_algebra.ipynb): find the closest direction, split a wind, turn a drawing, recover quantities from totals, fill the gaps of a table. Then lesson 11 reaches the least-squares solution by walking downhill.

# %% tags=["claims"]
assert (seven @ other, seven @ zero) == (3444, 3481) and y[[52, 43, 55]].tolist() == [7, 7, 0]
assert np.round(alike, 2).tolist() == [0.95, 0.76]
assert X.shape == (1797, 64) and new.sum() == 599
assert round(by_cosine, 3) == 0.993 and round(by_dot, 2) == 0.70
assert round(by_mean, 3) == 0.903
assert [round(mean, 2) for mean in typical.values()] == [0.64, 0.26, 0.08, 0.03]
assert np.allclose(by_rows, shear @ point) and np.allclose(by_columns, shear @ point)
assert [round(float(np.linalg.det(matrix)), 2) for matrix in maps.values()] == [0.75, 1, 1, 0]
assert round(left_first / right_first) == 1000
assert parts[0].round(1).tolist() == [256.5, 0.9] and np.isclose(top[2], np.linalg.norm(target - parts.sum(axis=1)))
assert constant + wet_effect - 3 * slope + 9 * bend < 0
assert len(rentals) == 505 and round(rentals.mean(), 1) == 402.4
assert x.round(2).tolist() == [207.21, 14.20] and np.allclose([normal, by_qr], x)
assert [round(value, 3) for value in r_squared.values()] == [0.610, 0.705, 0.774]
assert round(fits["rain"][2], 1) == -142.7 and round(wet_effect, 1) == -134.5 and round(peak, 1) == 24.9
assert almost.round().tolist() == [1619, 94, -44] and np.abs(change).max() < 5
assert wandering[:, 1].max() - wandering[:, 1].min() > 200 and total.max() - total.min() < 6
error_of_x, residual_solve, residual_inv = curves.values()
assert max(residual_solve) < 1e-13 and error_of_x[-1] > 1e-3 and error_of_x[0] < 1e-12
assert residual_inv[8] > 1e6 * residual_solve[8]
assert len(changes) == 45 and round(second, 3) == 0.818
assert names[limit.argmax()] == "University 1" and round(limit.max(), 3) == 0.109
assert (counts.sum(axis=1) > counts.sum(axis=0))[arrivals.argmax()]  # Residential 3 sends out more than it gets
assert names[arrivals.argmax()] == "Residential 3" and round(arrivals.max(), 3) == 0.101
assert agreement > 0.999999
assert [round(error, 3) for error, *_ in quality.values()] == [0.360, 0.172, 0.101, 0.064]
assert all(abs(error - predicted) < 1e-9 for error, predicted, _ in quality.values())
assert [round(kept, 3) for *_, kept in quality.values()] == [0.004, 0.020, 0.078, 0.196]
assert needed[:2] == [2, 7] and 255 < needed[2] < 270
three_digits = np.isin(y, (0, 3, 4))
centers = np.array([plane[y == digit].mean(axis=0) for digit in (0, 3, 4)])
nearest = np.array([0, 3, 4])[((plane[three_digits, None] - centers) ** 2).sum(axis=2).argmin(axis=1)]
assert (nearest == y[three_digits]).mean() > 0.97
assert round(explained[1], 3) == 0.285 and (explained < 0.9).sum() + 1 == 21
assert np.linalg.matrix_rank(centered) == 61
