# %% [markdown]
# # Exercises: See data as vectors and maps
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(closest_direction)` gives the next of three hints, `solution(closest_direction)` the answer. Any order; `progress()` says where you are.

# %%
import numpy as np

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Find the closest direction  ★☆☆ · 10 min
# A shop describes customers by what they buy: 3 books, 1 game, no music. Whose taste is most like that of a new customer? How *much* somebody buys should not matter, so compare directions. Somebody who never bought anything has no direction and is never chosen.


# %%
def closest_direction(query: np.ndarray, rows: np.ndarray) -> int:
    """Return the index of the row with the smallest angle to `query`, that is with the largest cosine.

    `query` has shape `(k,)`, `rows` `(n, k)`, of any type of number, `uint8` too. Cosines that are less than 1e-9 below
    the largest count as equal to it: of these rows the first is chosen. `query` and at least one row are not zero.

    >>> closest_direction(np.array([3, 1]), np.array([[9, 9], [1, 0], [0, 0]]))
    1
    """
    # BEGIN SOLUTION
    query, rows = query.astype(float), rows.astype(float)
    lengths = np.linalg.norm(rows, axis=1)
    bought = lengths > 0
    cosines = np.full(len(rows), -np.inf)
    cosines[bought] = rows[bought] @ query / lengths[bought] / np.linalg.norm(query)
    return int((cosines > cosines.max() - 1e-9).argmax())
    # END SOLUTION


# %%
check(closest_direction)

# %% [markdown] tags=["solution"]
# Dividing by the length of each row leaves the direction. (Dividing by the length of the query changes no order; it turns the numbers into cosines, so that 1e-9 means the same for every query.) A row of zeros gets −∞, since with 0 it would beat every row that points away. The margin settles ties: (1, 2, 3) and (3, 6, 9) have the same cosine on paper, and in floats two that may differ in the sixteenth digit. Rounding would not do: two near numbers can lie on either side of where it goes up.

# %% [markdown]
# ## 2. Split a wind  ★☆☆ · 10 min
# A cyclist feels the part of the wind that blows along the road; a bridge must withstand the part across it. The road is given by any vector along it, of any length but 0, pointing either way. Split the wind into the two parts.


# %%
def split_along(v: np.ndarray, direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the part of `v` along `direction`, and the part orthogonal to it; their sum is `v`.

    All have shape `(k,)`, with k = 1, 2, 3 or more. The length and the sign of `direction` don't change the result.

    >>> split_along(np.array([3.0, 4.0]), np.array([10.0, 0.0]))
    (array([3., 0.]), array([0., 4.]))
    """
    # BEGIN SOLUTION
    along = (v @ direction) / (direction @ direction) * direction
    return along, v - along
    # END SOLUTION


# %%
check(split_along)

# %% [markdown] tags=["solution"]
# The factor (v · d) / (d · d) says how many times d fits into the shadow of v. One |d| in the denominator makes the dot product a length, the other makes d a vector of length 1. Twice as long a d gives twice the numerator, four times the denominator and twice the vector: no change. The rest is orthogonal because exactly its share along d was taken away.

# %% [markdown]
# ## 3. Turn a drawing  ★★☆ · 15 min
# In a drawing program you click on a center and turn the selected shape about it by an angle in degrees, counterclockwise: x points right, y up. Negative angles turn clockwise. The selection may hold no point at all.


# %%
def rotate_about(points: np.ndarray, center: np.ndarray, degrees: float) -> np.ndarray:
    """Return the points turned about `center` by `degrees`, counterclockwise, as floats.

    `points` has shape `(n, 2)`, one point in each row, where n may be 0; so has the result. `center` has shape `(2,)`.

    >>> rotate_about(np.array([[3, 1], [1, 1]]), np.array([1, 1]), 90.0)
    array([[1., 3.],
           [1., 1.]])
    """
    # BEGIN SOLUTION
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return (points - center) @ turn.T + center
    # END SOLUTION


# %%
check(rotate_about)

# %% [markdown] tags=["solution"]
# A matrix leaves the origin where it is, so move the center there, turn, and move back. The columns of `turn` are where (1, 0) and (0, 1) land. It is meant for a point standing as a column, `turn @ p`; with the points as rows, transpose everything: `P @ turn.T`. Without the transpose you get the inverse, which for a rotation is the turn the other way.

# %% [markdown]
# ## 4. Recover quantities from totals  ★★☆ · 15 min
# A bakery knows how much of each ingredient goes into one piece of each kind, and how much of every ingredient was used today. How many pieces of each kind were baked? Weighing is not exact, so no answer may fit perfectly: take the least-squares one. Refuse when the recipes don't determine it.


# %%
def recover_quantities(recipes: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """Return the least-squares x with `recipes @ x` near `totals`, shape `(kinds,)`; negative values are allowed.

    `recipes` has shape `(ingredients, kinds)`, `totals` `(ingredients,)`. Raises ValueError if x is not determined: a
    column is zero or, up to rounding, a combination of others. Columns may have very different sizes (one counts in
    tons, another in micrograms), and two that first differ in the seventh digit do determine x.

    >>> recover_quantities(np.array([[2.0, 1.0], [1.0, 3.0], [1.0, 1.0]]), np.array([8.0, 9.0, 5.0]))
    array([3., 2.])
    """
    # BEGIN SOLUTION
    lengths = np.maximum(np.linalg.norm(recipes, axis=0), np.finfo(float).tiny)
    scaled_amounts, _, rank, _ = np.linalg.lstsq(recipes / lengths, totals)
    if rank < recipes.shape[1]:
        raise ValueError("the recipes don't determine the quantities")
    return scaled_amounts / lengths
    # END SOLUTION


# %%
check(recover_quantities)

# %% [markdown] tags=["solution"]
# `lstsq` counts the rank by comparing singular values with the largest one. A column in tons makes one in micrograms look like rounding error, so bring all columns to length 1 first; the quantities are scaled back at the end. (`tiny` protects a column of zeros, which then fails the test of the rank.) The normal equations would give the same on easy inputs, but they square the condition number, and two nearly equal columns then cost all but a few digits.

# %% [markdown]
# ## 5. Fill the gaps of a table  ★★★ · 25 min
# Viewers rated films, few rated all. If tastes follow a few directions, the table is nearly a sum of a few outer products, and the gaps can be computed: fill them with a rough guess, such as the mean, replace them by the best approximation of that rank, and repeat until nothing moves. Ratings that are known stay as they are.


# %%
def fill_by_low_rank(table: np.ndarray, rank: int) -> np.ndarray:
    """Return a copy of `table` with every NaN replaced; the known entries stay as they are.

    Repeats: approximate the filled table by its first `rank` singular values and vectors, and copy the approximation
    into the gaps. Ends when no gap changes by more than 1e-6 in a round. There may be no gap at all; every row and every
    column has known entries, and `rank` is at least 1 and less than both numbers of rows and of columns.

    >>> fill_by_low_rank(np.array([[1.0, 2.0], [2.0, 4.0], [3.0, np.nan]]), 1).round(3)
    array([[1., 2.],
           [2., 4.],
           [3., 6.]])
    """
    # BEGIN SOLUTION
    known = ~np.isnan(table)
    filled = np.where(known, table, np.nanmean(table))
    change = np.inf
    while change > 1e-6:
        U, s, Vt = np.linalg.svd(filled, full_matrices=False)
        approximation = (U[:, :rank] * s[:rank]) @ Vt[:rank]
        following = np.where(known, table, approximation)
        change = np.abs(following - filled).max()
        filled = following
    return filled
    # END SOLUTION


# %%
check(fill_by_low_rank)

# %% [markdown] tags=["solution"]
# Each round answers two questions in turn: which table of this rank is nearest to the filled one, and which filling is nearest to that table? Neither step can make the misfit on the known entries larger, so the rounds settle. `np.where` puts the known entries back, without which the first approximation would already be the last. How many directions to allow can't be read off the known entries: more of them always fit those better. Hide some entries, and compare.
