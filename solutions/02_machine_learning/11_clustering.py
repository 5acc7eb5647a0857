# %% [markdown]
# # Exercises: find groups, or admit there are none
#
# Replace each `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the
# smallest input on which your answer is wrong. Stuck? `hint(relabel_like)` gives the next of three hints,
# `solution(relabel_like)` the answer with its reasons. Any order; `progress()` says where you are.

# %%
from collections import deque

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Keep the names of last year  ★☆☆ · 15 min
# The segments are computed anew each year, and their numbers come out in any order. Complete `relabel_like`: rename the
# clusters in `labels` so that as many rows as possible agree with `reference`. Rows with equal labels keep equal labels,
# rows with different ones different ones. If there are more clusters than names in `reference`, the others get new
# numbers, which don't occur in `reference`. Several renamings may be equally right.


# %%
def relabel_like(reference: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the renamed labels; both arrays hold integers and have shape (n,), n at least 1.

    >>> relabel_like(np.array([5, 5, 5, 2, 2]), np.array([0, 0, 1, 1, 1])).tolist()
    [5, 5, 2, 2, 2]
    """
    # BEGIN SOLUTION
    names, clusters = np.unique(reference), np.unique(labels)
    shared = ((labels == clusters[:, None])[:, None] & (reference == names[:, None])).sum(axis=2)
    rows, columns = linear_sum_assignment(-shared)
    new_names = names.max() + 1 + np.arange(len(clusters))
    new_names[rows] = names[columns]
    return new_names[np.searchsorted(clusters, labels)]
    # END SOLUTION


# %%
check(relabel_like)

# %% [markdown] tags=["solution"]
# The table `shared` counts the rows of each cluster under each name; choose one name for each cluster so that the sum
# is largest. That is the assignment problem, which `linear_sum_assignment` solves (it minimizes, hence the minus sign).
# Trying all permutations gives the same for few clusters, and takes too long for twelve.

# %% [markdown]
# ## 2. Ask one customer whether it fits  ★☆☆ · 15 min
# Before a customer is called a traveler, check the silhouette. Complete `silhouette_of`: with a, the mean Euclidean
# distance from the row to the *other* rows of its cluster, and b, the smallest among the mean distances to the rows of
# each other cluster, return (b − a) / max(a, b). Return 0 for a row that is alone in its cluster, and where a and b are
# both 0.


# %%
def silhouette_of(X: np.ndarray, labels: np.ndarray, row: int) -> float:
    """Return the silhouette of one row; there are at least two clusters, with any integers as labels.

    `X` has shape (n, columns), `labels` has shape (n,), and `row` is from 0 to n - 1.

    >>> silhouette_of(np.array([[0.0], [1.0], [4.0]]), np.array([0, 0, 7]), row=1)
    0.6666666666666666
    """
    # BEGIN SOLUTION
    distances = np.sqrt(((X - X[row]) ** 2).sum(axis=1))
    mates = (labels == labels[row]).sum() - 1
    if mates == 0:
        return 0.0
    a = distances[labels == labels[row]].sum() / mates
    b = min(distances[labels == other].mean() for other in np.unique(labels) if other != labels[row])
    return float((b - a) / max(a, b)) if a != b else 0.0
    # END SOLUTION


# %%
check(silhouette_of)

# %% [markdown] tags=["solution"]
# The row's distance to itself is 0, so summing over its whole cluster and dividing by the number of *mates* leaves it
# out. b belongs to the nearest other cluster, the one that the row would move to. A row that is alone has no mates to
# be close to; 0 says "undecided".

# %% [markdown]
# ## 3. Say what makes a segment special  ★★☆ · 15 min
# A shop needs one line for each segment: what is unusual about it? Complete `segment_profile`. For each numeric column:
# the mean of the segment minus the mean of *all* customers, divided by the standard deviation (`ddof=0`) of all. Return
# the `top` columns that differ most, upwards or downwards, the largest difference first; equal ones in the order of the
# columns. Leave out columns that are text or constant.


# %%
def segment_profile(frame: pd.DataFrame, labels: np.ndarray, segment: int, top: int) -> list[tuple[str, float]]:
    """Return the columns and differences (in standard deviations) that tell a segment from all customers.

    Each column holds numbers or text, and `labels[i]` is the segment of row i of `frame`. Nothing is missing, and
    `segment` occurs. `top` is at least 1; if fewer columns qualify, return all.

    >>> frame = pd.DataFrame({"visits": [1.0, 3.0, 5.0], "spent_eur": [20.0, 80.0, 20.0], "town": ["A", "B", "A"]})
    >>> profile = segment_profile(frame, labels=np.array([0, 1, 0]), segment=1, top=1)
    >>> [(column, round(difference, 2)) for column, difference in profile]
    [('spent_eur', 1.41)]
    """
    # BEGIN SOLUTION
    numeric = frame.select_dtypes("number")
    numeric = numeric.loc[:, numeric.nunique() > 1]
    difference = (numeric[labels == segment].mean() - numeric.mean()) / numeric.std(ddof=0)
    ranked = sorted(difference.items(), key=lambda item: -abs(item[1]))
    return [(column, float(value)) for column, value in ranked[:top]]
    # END SOLUTION


# %%
check(segment_profile)

# %% [markdown] tags=["solution"]
# Dividing by the spread of all customers puts euros and visits on one scale. The spread of the segment itself would
# exaggerate what is tight. Python's sort keeps the order of equal items, so columns that differ equally stay as they
# stand in the table. Constant columns have no spread to divide by, and nothing to say.

# %% [markdown]
# ## 4. Would other customers give the same groups?  ★★☆ · 20 min
# Complete `stability_of_k`. With `rng = np.random.default_rng(seed)`, in each repeat: draw a half,
# `rng.permutation(n)[: n // 2]`, then in the same way another one. Fit `KMeans(k, n_init=5, random_state=0)` on the rows
# of each half, in the order drawn. Let both models label *all* rows, and compare the two labelings with the adjusted
# Rand index. Return the mean over the repeats.


# %%
def stability_of_k(X: np.ndarray, k: int, repeats: int, seed: int) -> float:
    """Return how well k-means models of two random halves agree on all rows, 1 for the same groups.

    `X` has shape (n, columns), n at least 2k; `repeats` is at least 1.

    >>> X = np.array([[0.0], [1.0], [2.0], [3.0], [50.0], [51.0], [52.0], [53.0]])
    >>> stability_of_k(X, k=2, repeats=3, seed=4)
    1.0
    """
    # BEGIN SOLUTION
    draws = np.random.default_rng(seed)
    agreement = []
    for _ in range(repeats):
        halves = [X[draws.permutation(len(X))[: len(X) // 2]] for _ in range(2)]
        first, second = (KMeans(k, n_init=5, random_state=0).fit(half).predict(X) for half in halves)
        agreement.append(adjusted_rand_score(first, second))
    return float(np.mean(agreement))
    # END SOLUTION


# %%
check(stability_of_k)

# %% [markdown] tags=["solution"]
# The two halves stand for two samples of customers. Only by labeling the same rows can the models be compared, and only
# by a measure that ignores the names of clusters. A k that is stable repeats; whether the groups exist is another
# question, which shuffled columns answer.

# %% [markdown]
# ## 5. Find groups of any shape  ★★★ · 30 min
# An observatory looks for star streams. Complete `density_clusters`, which is DBSCAN. A row with at least `min_samples`
# rows within the distance `eps`, itself and those at exactly `eps` included, is a core row. Core rows within `eps` of
# each other share a cluster, and so on along the chain. Another row within `eps` of a core row joins that row's cluster
# (any of them, if there are several); the rest is noise, −1. Number the clusters from 0, in the order of their first
# core rows. 3,000 rows may form one chain.


# %%
def density_clusters(X: np.ndarray, eps: float, min_samples: int) -> np.ndarray:
    """Return the cluster of each row (Euclidean distance).

    `X` has shape (n, columns), n at least 1; `eps` is positive, and `min_samples` at least 1.

    >>> density_clusters(np.array([[9.0], [0.0], [1.0], [2.0], [5.0]]), eps=1.0, min_samples=3).tolist()
    [-1, 0, 0, 0, -1]
    """

    # BEGIN SOLUTION
    def neighbors(row: int) -> np.ndarray:
        return np.flatnonzero(np.sqrt(((X - X[row]) ** 2).sum(axis=1)) <= eps)

    core = np.array([len(neighbors(row)) >= min_samples for row in range(len(X))])
    labels, found = np.full(len(X), -1), 0
    for row in range(len(X)):
        if not core[row] or labels[row] != -1:
            continue
        labels[row], queue = found, deque([row])
        while queue:
            for other in neighbors(queue.popleft()):
                if labels[other] == -1:
                    labels[other] = found
                    if core[other]:
                        queue.append(other)
        found += 1
    return labels
    # END SOLUTION


# %%
check(density_clusters)

# %% [markdown] tags=["solution"]
# The loop starts at the first core row without a cluster, and the queue spreads its number along core rows; border rows
# get the number and stop the chain. A queue holds what is still to be visited in a list of its own, where a function
# that calls itself for each neighbor needs a level of the stack for each row of the chain. The example has noise on both
# sides; the rows at 0 and 2 are border rows of the core row at 1.
