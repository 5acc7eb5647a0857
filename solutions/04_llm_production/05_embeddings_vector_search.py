# %% [markdown]
# # Exercises: Find the right paragraph among ten thousand
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(nearest_rows)` gives the next of three hints, `solution(nearest_rows)` the answer. Any order; `progress()` says where you are. No model is needed here: all vectors are small.

# %%
import heapq

import numpy as np

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Leave the padding out  ★☆☆ · 10 min
# A help desk embeds its tickets in batches. The tokenizer pads every ticket to the length of the longest, and the model returns a vector for padding too. `mask` is 1 for a token and 0 for padding. Return one vector for each ticket: the mean over its own tokens, scaled to length 1. It must not depend on which tickets happen to share the batch. A ticket without any token gets zeros.


# %%
def pooled_sentence(token_vectors: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return the mean vector of each sentence's tokens, scaled to length 1: shape `(batch, width)`.

    `token_vectors` has shape `(batch, tokens, width)`, `mask` has shape `(batch, tokens)` and holds 1 (or True) for a
    token, 0 (or False) for padding. A sentence without tokens gives zeros; any other has a mean that isn't zero.

    >>> batch = np.array([[[3.0, 0.0], [0.0, 4.0], [9.0, 9.0]]])
    >>> pooled_sentence(batch, np.array([[1, 1, 0]]))
    array([[0.6, 0.8]])
    """
    # BEGIN SOLUTION
    total = np.einsum("btw,bt->bw", token_vectors, mask)
    length = np.sqrt((total**2).sum(axis=1, keepdims=True))
    return total / np.where(length == 0, np.inf, length)
    # END SOLUTION


# %%
check(pooled_sentence)

# %% [markdown] tags=["solution"]
# The mask keeps padding out of the sum. The mean then divides by the number of tokens, and scaling to length 1 undoes any such division, so the sum will do. The trap is the empty sentence: its sum has length 0, and 0/0 would be nan, which later wins or loses every comparison without a word. Divided by infinity, it stays 0.

# %% [markdown]
# ## 2. Rank by direction  ★☆☆ · 10 min
# A shop keeps one vector for each product, just as the model made it: some are long, some short, and products without a description have zeros. Find the `k` rows with the highest cosine to a customer's query, best first. Rows of equal cosine come in the order of their numbers. A vector of zeros has cosine 0 with everything. If there are fewer than `k` rows, return them all.


# %%
def nearest_rows(query: np.ndarray, vectors: np.ndarray, k: int) -> list[tuple[int, float]]:
    """Return the row numbers and cosines of the `k` rows of `vectors` that are most similar to `query`, best first.

    `query` has shape `(width,)`, `vectors` `(rows, width)`; lengths are arbitrary, and may be 0 (then the cosine is 0).
    Equal cosines: the lower row number first; no two differ by rounding alone. `rows` and `k` are at least 1.

    >>> nearest_rows(np.array([0.0, 2.0]), np.array([[1.0, 0.0], [0.0, 0.5], [0.0, -8.0]]), 2)
    [(1, 1.0), (0, 0.0)]
    """
    # BEGIN SOLUTION
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    cosines = vectors @ query / np.where(lengths == 0, np.inf, lengths)
    best_first = np.argsort(-cosines, kind="stable")
    return [(int(row), float(cosines[row])) for row in best_first[:k]]
    # END SOLUTION


# %%
check(nearest_rows)

# %% [markdown] tags=["solution"]
# Dividing by both lengths leaves the direction only. A zero vector has dot product 0 with everything, so any divisor but 0 gives the cosine 0 that was asked for. `kind="stable"` keeps equal entries in their old order, which is the order of row numbers; without it, or with `argsort(cosines)[::-1]`, ties come in another order. For millions of rows, `argpartition` first and sort only the `k` best.

# %% [markdown]
# ## 3. Be fair to an index  ★★☆ · 12 min
# A new index answers faster. Your lead asks what share of the true neighbors it fails to return. Each row of `approximate` holds `k` different row numbers that the index returned for one query, or −1 where it found nothing; the same row of `exact_scores` holds its true scores for every row of the collection. When rows tie for the last of the `k` places, any of them will do, but only as many as there are places left.


# %%
def unseen_neighbours(approximate: np.ndarray, exact_scores: np.ndarray, k: int) -> float:
    """Return 1 − recall@k, averaged over the queries: the share of true neighbors that the index didn't return.

    `approximate` has shape `(queries, k)`, integers, −1 for nothing; `exact_scores` has shape `(queries, rows)` with
    `rows >= k`, and higher is nearer; there is at least one query. Rows with exactly the k-th best score tie: they are
    equally right, as many of them as there are places left.

    >>> scores = np.array([[0.9, 0.5, 0.5, 0.1]])
    >>> unseen_neighbours(np.array([[2, 0]]), scores, 2), unseen_neighbours(np.array([[2, 1]]), scores, 2)
    (0.0, 0.5)
    """
    # BEGIN SOLUTION
    found = 0
    for query, scores in enumerate(exact_scores):
        ids = approximate[query]
        returned = scores[ids[ids >= 0]]
        last = np.sort(scores)[-k]
        places_left = k - np.sum(scores > last)
        found += np.sum(returned > last) + min(np.sum(returned == last), places_left)
    return float(1 - found / (k * len(exact_scores)))
    # END SOLUTION


# %%
check(unseen_neighbours)

# %% [markdown] tags=["solution"]
# The score at the k-th place splits the rows into three groups: clearly in, tied, clearly out. A returned row that is clearly in counts; tied ones count up to the places that are left. Counting every tied row would forgive an index that returns two tied rows and misses the best one: that is the example in the docstring. And −1 must go before it is used as an index, since Python reads it as "the last row".

# %% [markdown]
# ## 4. Visit the nearest cells  ★★☆ · 20 min
# A collection has outgrown exact search, so its rows were sorted into cells: row `i` lies in cell `cell_of[i]`, whose center is `centroids[cell_of[i]]`. Answer a query from the `probes` cells whose centers have the highest dot product with it. While those hold fewer than `k` rows together, visit the next best cell too. Return the `k` best rows by dot product, and how many rows you compared: your lead pays for that.


# %%
def search_cells(
    query: np.ndarray, vectors: np.ndarray, centroids: np.ndarray, cell_of: np.ndarray, probes: int, k: int
) -> tuple[list[int], int]:
    """Return the row numbers of the best `k` rows in the nearest cells, best first, and the number of rows compared.

    Nearness is the dot product. At least `probes` cells are visited (there are as many), nearest first, and more while
    they hold fewer than `k` rows; if all cells together do, return all rows. An empty cell counts as visited.
    Comparisons with centroids aren't counted. Equal values: the lower number first, for cells as for rows.

    >>> vectors = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 3.0]])
    >>> search_cells(np.array([1.0, 2.0]), vectors, np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([0, 1, 1]), 1, 1)
    ([2], 2)
    """
    # BEGIN SOLUTION
    nearest = np.argsort(-(centroids @ query), kind="stable")
    rows_until = np.cumsum(np.bincount(cell_of, minlength=len(centroids))[nearest])
    visited = max(probes, int(np.searchsorted(rows_until, k)) + 1)
    seen = np.flatnonzero(np.isin(cell_of, nearest[:visited]))
    best_first = np.argsort(-(vectors[seen] @ query), kind="stable")
    return seen[best_first[:k]].tolist(), len(seen)
    # END SOLUTION


# %%
check(search_cells)

# %% [markdown] tags=["solution"]
# `rows_until[c]` says how many rows the first `c + 1` cells hold, so `searchsorted` finds where `k` is reached. The rows of the open cells are compared under their *own* numbers: `argsort` of the scores gives places within `seen`, and only `seen[...]` turns them back into rows of the collection. That step is the one most often forgotten, and the result still looks plausible. The answer is exact within the cells and blind outside.

# %% [markdown]
# ## 5. Walk the graph  ★★★ · 30 min
# Every row of a collection links to some near ones: `neighbours[i]`. Start at `entry`; always expand the nearest row not yet expanded: compare its neighbors with the query. Keep a list of the `ef` best rows seen. Stop when it holds `ef` rows, all better than the nearest unexpanded one. Reading a row of `vectors` is a comparison, and the bill counts them: read no row twice, and only rows that the walk meets. Scores (dot products) are distinct.


# %%
def walk_graph(
    query: np.ndarray, vectors: np.ndarray, neighbours: list[list[int]], entry: int, ef: int, k: int
) -> list[int]:
    """Return the best `k` of the `ef` rows that a best-first walk from `entry` keeps, best first (`k <= ef`).

    Read `vectors[i]`, for a row number or a list of them: `vectors` counts that, and using it as a whole reads every
    row; `len` and `shape` are free. Nearness is the dot product with `query`. `neighbours[i]` lists the other rows that
    row `i` links to, each once; the link back may be missing, the list may be empty. Where the walk meets fewer than
    `k` rows, return them all.

    >>> line = np.array([[1.0], [2.0], [3.0], [2.5]])
    >>> walk_graph(np.array([1.0]), line, [[1], [0, 2], [1, 3], [2]], entry=0, ef=2, k=2)
    [2, 3]
    """
    # BEGIN SOLUTION
    score = float(vectors[entry] @ query)
    seen, kept, candidates = {entry}, [(score, entry)], [(-score, entry)]
    while candidates:
        negative, row = heapq.heappop(candidates)
        if len(kept) == ef and -negative < kept[0][0]:
            break
        for other in set(neighbours[row]) - seen:
            seen.add(other)
            score = float(vectors[other] @ query)
            heapq.heappush(kept, (score, other))
            heapq.heappush(candidates, (-score, other))
            if len(kept) > ef:
                heapq.heappop(kept)
    return [row for _, row in sorted(kept, reverse=True)[:k]]
    # END SOLUTION


# %%
check(walk_graph)

# %% [markdown] tags=["solution"]
# Two heaps: `candidates` gives the nearest open row, `kept` the worst of the best `ef`. The list is what saves the walk from a local best, where no single step improves but two steps would; a larger `ef` forgives more and costs more. `seen` is filled when a row is *compared*, not when it is expanded, or two of its neighbors would each compare it. Stopping early is the bet of the index: a worse row might still lead to a better one, but rarely does.
