"""Checks, hints and known mistakes of 04_llm_production/05_embeddings_vector_search."""

import heapq
import itertools
import math
from contextlib import suppress
from functools import cache

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from handrail.expect import Mismatch, agree, between, call, close, equivalent, for_all, hints, kind, require
from handrail.literals import literal

FIRST_LETTER = "NumPy looks at the first letter of `kind` only"
WHOLE = (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 4.0, -4.0)


def filled(shape, values=WHOLE, most=None):
    """Generate an array of a few values from one draw: many times quicker than entry by entry.

    With `most`, so large an array is drawn and then cut: a smaller shape leaves the rest as it is, and shrinks well.
    """
    most = most or shape
    count = math.prod(most)
    drawn = st.binary(min_size=count, max_size=count)
    corner = tuple(slice(size) for size in shape)
    return drawn.map(lambda code: np.array(values)[np.array(list(code), dtype=int) % len(values)].reshape(most)[corner])


def agree_here(answer, oracle, given, why, **tolerances):
    """Compare on one input that is large on purpose, and say what is special about it."""
    mine, theirs = given.copy(), given.copy()
    close(answer(*mine.args), oracle(*theirs.args), given=given, why=why, **tolerances)


# 1 ------------------------------------------------------------------------------------------------ pooled_sentence


def pooled_in_loops(token_vectors, mask):
    pooled = []
    for sentence, flags in zip(token_vectors.tolist(), mask.tolist(), strict=True):
        tokens = [token for token, flag in zip(sentence, flags, strict=True) if flag]
        mean = [sum(column) / len(tokens) for column in zip(*tokens, strict=True)] or [0.0] * token_vectors.shape[2]
        length = math.hypot(*mean)
        pooled.append([x / length if tokens else 0.0 for x in mean])
    return np.array(pooled)


@st.composite
def batches(draw):
    """Draw a batch; a sentence whose tokens cancel loses them all, for nobody can scale their mean to length 1."""
    batch, tokens, width = draw(between(1, 3)), draw(between(1, 4)), draw(between(1, 3))
    vectors = draw(filled((batch, tokens, width), most=(3, 4, 3)))
    mask = draw(filled((batch, tokens), (0, 1), most=(3, 4)))
    mask[~(vectors * mask[:, :, None]).sum(axis=1).any(axis=1)] = 0
    return call(vectors, draw(st.sampled_from([mask, mask.astype(bool), mask.astype(float)])))


def a_real_batch(dtype):
    random = np.random.default_rng(0)
    mask = np.arange(15) < np.array([[3], [15], [0], [9]])
    return call(random.normal(size=(4, 15, 6)).astype(dtype), mask.astype(int))


@hints(
    "Which numbers of a sentence must not matter at all? What could you multiply them with?",
    "Add up the token vectors that the mask lets through. The mean has the same direction as their sum.",
    "Divide each sum by its own length, and decide first what a sum of length 0 is divided by.",
)
def check_pooled_sentence(pooled_sentence):
    twice, tiny = np.array([[[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]]), np.array([[[3e-5, 0.0], [0.0, 4e-5]]])
    left = call(np.array([[[3.0], [0.0], [-2.0]]]), np.array([[0, 0, 1]]))
    also = [call(twice, np.array([[1, 1, 1]])), call(tiny, np.array([[1, 1]])), left]
    agree(pooled_sentence, pooled_in_loops, on=batches(), also=also)
    for dtype in (np.float64, np.float32):
        why = f"These four tickets have 3, 15, no and 9 tokens; their vectors are {np.dtype(dtype)}."
        agree_here(pooled_sentence, pooled_in_loops, a_real_batch(dtype), why)
    long = call(np.stack([np.arange(256.0), np.ones(256)], axis=1)[None], np.ones((1, 256), np.uint8))
    agree_here(
        pooled_sentence, pooled_in_loops, long, "This ticket has 256 tokens; its mask's 8-bit integers end at 255."
    )


def pooled_sentence__counts_padding(token_vectors, mask):
    """You averaged over all positions, so a short sentence is mixed with its padding: its vector changes when a longer
    one joins the batch. Only positions with mask 1 belong to it."""
    mean = token_vectors.mean(axis=1)
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    return np.where(mask.any(axis=1, keepdims=True), mean / np.where(length == 0, 1, length), 0.0)


def pooled_sentence__mask_as_row_numbers(token_vectors, mask):
    """As an index, an integer mask names rows: every 0 picks token 0, every 1 picks token 1. Only a mask of booleans
    selects."""
    pooled = np.zeros((token_vectors.shape[0], token_vectors.shape[2]))
    for i, flags in enumerate(mask):
        if flags.any():
            mean = token_vectors[i][flags].mean(axis=0)
            pooled[i] = mean / (np.linalg.norm(mean) or 1)
    return pooled


def pooled_sentence__first_tokens(token_vectors, mask):
    """You took as many tokens from the front as the mask has ones. Padding may stand on the left, too: ask the mask
    *which* they are."""
    front = np.arange(mask.shape[1]) < mask.sum(axis=1, keepdims=True)
    total = (token_vectors * front[..., None]).sum(axis=1)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return total / np.where(length == 0, 1, length)


def pooled_sentence__normalises_tokens(token_vectors, mask):
    """You scaled every token to length 1 before averaging, so a token that the model made long counts no more than the
    others. First the mean, then the length."""
    lengths = np.linalg.norm(token_vectors, axis=2, keepdims=True)
    total = (token_vectors / np.where(lengths == 0, 1, lengths) * mask[..., None]).sum(axis=1)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return total / np.where(length == 0, 1, length)


def pooled_sentence__divides_by_zero(token_vectors, mask):
    """A sentence without tokens was divided by zero and became nan, which poisons every search. It should be zeros."""
    mean = (token_vectors * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)


def pooled_sentence__keeps_length(token_vectors, mask):
    """That is the mean over the right tokens. It still has to be scaled to length 1."""
    return (token_vectors * mask[..., None]).sum(axis=1) / np.maximum(mask.sum(axis=1, keepdims=True), 1)


# 2 --------------------------------------------------------------------------------------------------- nearest_rows


def nearest_in_loops(query, vectors, k):
    other = query.tolist()
    length = math.hypot(*other)

    def cosine(row):
        lengths = math.hypot(*row) * length
        return math.fsum(a * b for a, b in zip(row, other, strict=True)) / lengths if lengths else 0.0

    scored = [(row, cosine(vector)) for row, vector in enumerate(vectors.tolist())]
    return sorted(scored, key=lambda pair: (-round(pair[1], 9), pair[0]))[:k]


@cache
def exact_directions(width):
    """Vectors of length 1 or 2: scaled by powers of two, their cosines come out exactly, however they are computed."""
    axes = [sign * row for row in np.eye(width) for sign in (1.0, -1.0)]
    diagonals = [np.array(signs) for signs in itertools.product((1.0, -1.0), repeat=4)] if width == 4 else []
    return np.array(axes + diagonals)


@st.composite
def ranked_with_ties(draw):
    width = draw(st.sampled_from([1, 2, 4]))
    count = draw(between(1, 7))
    directions = exact_directions(width)[draw(filled((count + 1,), range(len(exact_directions(width)))))]
    sizes = draw(filled((count + 1, 1), (1.0, 0.0, 2.0, 0.5, 8.0, 2.0**-12)))
    return call(directions[0] * sizes[0], directions[1:] * sizes[1:], draw(between(1, 8)))


@st.composite
def ranked_without_ties(draw):
    random = np.random.default_rng(draw(between(0, 99)))
    rows, width = draw(between(2, 12)), draw(between(2, 4))
    vectors = random.normal(size=(rows, width)).round(1) * random.choice([1, 10], size=(rows, 1))
    query = random.normal(size=width).round(1)
    cosines = sorted(cosine for _, cosine in nearest_in_loops(query, vectors, rows))
    assume(all(b - a > 1e-6 for a, b in itertools.pairwise(cosines)))
    return call(query, vectors, draw(between(1, 12)))


def many_ties(dtype):
    rows = np.array([(1, 1, 1, 1), (4, 0, 0, 0), (0, 0, 0, 0), (-1, 1, 1, 1), (0.5, 0.5, 0.5, -0.5)] * 60, dtype=dtype)
    return call(np.array([2, 2, 2, 2], dtype=dtype), rows, 200)


def all_different():
    """So many rows that NumPy's `argpartition` leaves the best unsorted."""
    random = np.random.default_rng(1)
    return call(random.normal(size=3), random.normal(size=(1200, 3)), 300)


@hints(
    "Two vectors that point the same way have cosine 1, however long they are. What must be divided out?",
    "The cosine is the dot product divided by both lengths. What is the length of a row of zeros, and of a zero query?",
    "Sort by the negative cosines with a sort that keeps equal entries in their order.",
)
@equivalent("np.argsort(-cosines, kind='stable')", "np.argsort(-cosines, kind='stable?')", because=FIRST_LETTER)
def check_nearest_rows(nearest_rows):
    tiny = call(np.array([1.0, 0.0]), np.array([[0.0, 1.0], [1e-8, 0.0]]), 2)
    short = call(np.array([1.0, 0.0]), np.array([[5.0, 9.0], [6.0, 8.0], [1.0, 0.0]]), 1)
    nowhere = call(np.array([0.0, 0.0]), np.array([[1.0, 0.0], [0.0, 2.0]]), 2)
    with suppress(Exception):  # for the records: among few rows, partitioned looks like sorted
        nearest_rows(*all_different().args)
    tolerances = {"rtol": 1e-5, "atol": 1e-6}
    agree(
        nearest_rows,
        nearest_in_loops,
        on=ranked_with_ties(),
        also=[tiny, nowhere, short],
        examples=40,
        **tolerances,
    )
    agree(nearest_rows, nearest_in_loops, on=ranked_without_ties(), examples=25, **tolerances)
    for dtype in (np.float64, np.float32):
        why = f"These 300 rows ({np.dtype(dtype)}) have five directions between them: most cosines are equal."
        agree_here(nearest_rows, nearest_in_loops, many_ties(dtype), why, **tolerances)
    agree_here(
        nearest_rows, nearest_in_loops, all_different(), "Here are 1200 rows, no two equally near.", **tolerances
    )


def safe_cosines(query, vectors):
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(query)
    return vectors @ query / np.where(lengths == 0, 1, lengths)


def nearest_rows__any_order_of_ties(query, vectors, k):
    """NumPy's usual `argsort` shuffles equal entries once there are more than a few. `kind="stable"` keeps their
    order."""
    cosines = safe_cosines(query, vectors)
    return [(int(row), float(cosines[row])) for row in np.argsort(-cosines)[:k]]


def nearest_rows__dot_product(query, vectors, k):
    """You ranked by the dot product, so a long row beats a similar one. Only the direction should count."""
    scores = vectors @ query
    return [(int(row), float(scores[row])) for row in np.argsort(-scores, kind="stable")[:k]]


def nearest_rows__epsilon(query, vectors, k):
    """A small number in the divisor makes short rows a little less similar than long ones of the same direction, so
    equal cosines come out unequal. Treat length 0 apart, and leave the other lengths as they are."""
    cosines = vectors @ query / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(query) + 1e-9)
    return [(int(row), float(cosines[row])) for row in np.argsort(-cosines, kind="stable")[:k]]


def nearest_rows__unsorted(query, vectors, k):
    """`argpartition` finds the k best, but it doesn't put them in order. Sort those k."""
    cosines = safe_cosines(query, vectors)
    best = np.argpartition(-cosines, min(k, len(cosines)) - 1)[:k]
    return [(int(row), float(cosines[row])) for row in best]


def nearest_rows__nan_wins(query, vectors, k):
    """0/0 is nan for a vector of zeros, and nan was sorted before every number. Its cosine is 0."""
    cosines = vectors @ query / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(query))
    order = sorted(range(len(cosines)), key=lambda row: (not np.isnan(cosines[row]), -np.nan_to_num(cosines[row]), row))
    return [(row, float(cosines[row])) for row in order[:k]]


def nearest_rows__nan_loses(query, vectors, k):
    """0/0 is nan for a vector of zeros, and nan was sorted behind every number, even behind opposite directions. Its
    cosine is 0."""
    cosines = vectors @ query / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(query))
    return [(int(row), float(cosines[row])) for row in np.argsort(-cosines, kind="stable")[:k]]


def nearest_rows__reverses_ties(query, vectors, k):
    """Of rows with equal cosine the highest number came first, as in an ascending order read backwards, or among the
    largest pairs (cosine, row). Sort by the *negative* cosine."""
    cosines = safe_cosines(query, vectors)
    return [(int(row), float(cosines[row])) for row in np.argsort(cosines, kind="stable")[::-1][:k]]


# 3 ---------------------------------------------------------------------------------------------- unseen_neighbours


def unseen_by_trying_all(approximate, exact_scores, k):
    """Compare with every set of k rows that is a right answer, and take the kindest."""
    missed = 0
    for ids, scores in zip(approximate.tolist(), exact_scores.tolist(), strict=True):
        order = sorted(scores, reverse=True)
        surely = {row for row, score in enumerate(scores) if score > order[k - 1]}
        tied = [row for row, score in enumerate(scores) if score == order[k - 1]]
        right = [surely | set(some) for some in itertools.combinations(tied, k - len(surely))]
        missed += k - max(len(answer & set(ids)) for answer in right)
    return missed / (k * len(approximate))


@st.composite
def searches(draw):
    queries, rows = draw(between(1, 3)), draw(between(1, 6))
    k = draw(between(1, rows))
    scores = draw(filled((queries, rows), (0.5, 0.25, 0.75, -2.0, 0.0), most=(3, 6)))
    returned = np.argsort(draw(filled((queries, rows), range(256), most=(3, 6))), axis=1, kind="stable")[:, :k]
    return call(np.where(draw(filled((queries, k), (False, False, True), most=(3, 6))), -1, returned), scores, k)


@hints(
    "For one query, find the score that the last of the k places has. Which rows are clearly in, and which just tie?",
    "A returned row above that score counts. Of the returned rows that equal it, only as many as places are left.",
    "Remove −1 before you look anything up. Then count two groups, and cut the second at k minus the rows clearly in.",
)
def check_unseen_neighbours(unseen_neighbours):
    tie = np.array([[0.75, 0.5, 0.5, 0.25]])
    also = [call(np.array([[2, 0]]), tie, 2), call(np.array([[2, 1]]), tie, 2), call(np.array([[-1, -1]]), tie, 2)]
    also += [call(np.array([[0, 1], [1, 2]]), np.array([[0.5, 0.5, 0.5], [0.75, 0.5, 0.5]]), 2)]
    also += [call(np.array([[0]]), np.array([[0.5, 0.500001]]), 1), call(np.array([[-1]]), np.array([[-1.0]]), 1)]
    agree(unseen_neighbours, unseen_by_trying_all, on=searches(), also=also, examples=50)
    many = np.random.default_rng(0).normal(size=(2, 1100))
    found = call(np.argsort(-many, axis=1)[:, :45], many, 45)
    agree_here(unseen_neighbours, unseen_by_trying_all, found, "Here are 1100 rows, and all true neighbors were found.")


def unseen_neighbours__order_matters(approximate, exact_scores, k):
    """You compared place by place. Recall asks which rows came back, not in which order."""
    return 1 - float((approximate == np.argsort(-exact_scores, axis=1, kind="stable")[:, :k]).mean())


def unseen_neighbours__missing_counts(approximate, exact_scores, k):
    """−1 means that nothing was found, but as an index Python reads it as the last row. Remove it first."""
    found = 0
    for ids, scores in zip(approximate, exact_scores, strict=True):
        returned, last = scores[ids], np.sort(scores)[-k]
        found += (returned > last).sum() + min((returned == last).sum(), k - (scores > last).sum())
    return 1 - float(found) / (k * len(approximate))


def unseen_neighbours__ties_punished(approximate, exact_scores, k):
    """Where several rows share the last place, you accept only those that your own sort put first. Any of them is
    right."""
    true = np.argsort(-exact_scores, axis=1, kind="stable")[:, :k]
    found = sum(len(set(a.tolist()) & set(b.tolist())) for a, b in zip(approximate, true, strict=True))
    return 1 - found / (k * len(approximate))


def unseen_neighbours__too_many_ties(approximate, exact_scores, k):
    """You count every returned row that is as good as the k-th. Two of them don't make up for a better row that is
    missing: there are only so many places for ties."""
    found = 0
    for ids, scores in zip(approximate, exact_scores, strict=True):
        found += (scores[ids[ids >= 0]] >= np.sort(scores)[-k]).sum()
    return 1 - float(found) / (k * len(approximate))


def unseen_neighbours__close_scores_tie(approximate, exact_scores, k):
    """You took close scores for equal. Rows tie only where their scores are the same number."""
    return unseen_by_trying_all(approximate, np.round(exact_scores, 4), k)


def unseen_neighbours__recall_itself(approximate, exact_scores, k):
    """That is the recall, the share that was found. Asked for is the share that was not."""
    return 1 - unseen_by_trying_all(approximate, exact_scores, k)


# 4 --------------------------------------------------------------------------------------------------- search_cells


def cells_in_loops(query, vectors, centroids, cell_of, probes, k):
    def by_dot_product(rows):
        return sorted(
            range(len(rows)), key=lambda i: (-math.fsum(a * b for a, b in zip(rows[i], query, strict=True)), i)
        )

    seen = []
    for opened, cell in enumerate(by_dot_product(centroids.tolist())):
        if opened >= probes and len(seen) >= k:
            break
        seen += [row for row, home in enumerate(cell_of.tolist()) if home == cell]
    return [row for row in by_dot_product(vectors.tolist()) if row in seen][:k], len(seen)


@st.composite
def collections(draw):
    width, rows, cells = draw(between(1, 3)), draw(between(1, 8)), draw(between(1, 4))
    return call(
        draw(filled((width,), most=(3,))),
        draw(filled((rows, width), most=(8, 3))),
        draw(filled((cells, width), most=(4, 3))),
        draw(filled((rows,), range(cells), most=(8,))),
        draw(between(1, cells)),
        draw(between(1, rows + 1)),
    )


def a_larger_collection():
    """120 rows and 60 cells, with many ties among both."""
    random = np.random.default_rng(2)
    rows, centers = (
        random.integers(-3, 4, size=(120, 2)).astype(float),
        random.integers(0, 2, size=(60, 2)).astype(float),
    )
    return call(np.array([1.0, 2.0]), rows, centers, random.integers(0, 60, size=120), 20, 30)


@hints(
    "Put the cells in the order in which you would visit them. After how many of them may you stop?",
    "Two conditions must hold before you stop: enough cells, and enough rows in them.",
    "Collect the numbers of all rows in the open cells, and sort *those numbers* by the rows' dot products.",
)
@equivalent(
    "np.argsort(-(centroids @ query), kind='stable')",
    "np.argsort(-(centroids @ query), kind='stable?')",
    because=FIRST_LETTER,
)
@equivalent(
    "np.argsort(-(vectors[seen] @ query), kind='stable')",
    "np.argsort(-(vectors[seen] @ query), kind='stable?')",
    because=FIRST_LETTER,
)
def check_search_cells(search_cells):
    line, centers = np.array([[1.0], [2.0], [3.0]]), np.array([[-1.0], [1.0]])
    plane, oblique = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[3.0, 3.0], [1.0, 0.0]])
    last_empty = call(np.array([1.0]), line, np.array([[0.0], [1.0], [5.0]]), np.array([0, 1, 1]), 2, 1)
    middle_empty = call(np.array([1.0]), line[:2], np.array([[3.0], [2.0], [1.0]]), np.array([0, 2]), 1, 2)
    long_center = call(np.array([1.0, 0.0]), plane, oblique, np.array([0, 1]), 1, 1)
    agree(search_cells, cells_in_loops, on=collections(), also=[last_empty, middle_empty, long_center], examples=50)
    for first, then in [(1.0, -1.0), (-1.0, 1.0)]:
        here = [call(np.array([x]), line, centers, np.array([0, 1, 1]), 1, 1) for x in (first, then)]
        agree_here(search_cells, cells_in_loops, here[0], "")
        why = f"The same cells were asked with query [{first}] before; another query has another answer."
        agree_here(search_cells, cells_in_loops, here[1], why)
    why = "Here are 120 rows in 60 cells, with many equal dot products among both."
    agree_here(search_cells, cells_in_loops, a_larger_collection(), why)


def search_cells__local_ids(query, vectors, centroids, cell_of, probes, k):
    """You returned places within the open cells. Place 3 of what you compared is some other row of the collection:
    translate it back."""
    opened = opened_rows(query, vectors, centroids, cell_of, probes, k)
    return np.argsort(-(vectors[opened] @ query), kind="stable")[:k].tolist(), len(opened)


def opened_rows(query, vectors, centroids, cell_of, probes, k):
    nearest = np.argsort(-(centroids @ query), kind="stable")
    while probes < len(nearest) and np.isin(cell_of, nearest[:probes]).sum() < k:
        probes += 1
    return np.flatnonzero(np.isin(cell_of, nearest[:probes]))


def search_cells__too_few(query, vectors, centroids, cell_of, probes, k):
    """The nearest cells held fewer rows than were asked for, and you stopped there. Visit more until there are k."""
    nearest = np.argsort(-(centroids @ query), kind="stable")
    opened = np.flatnonzero(np.isin(cell_of, nearest[:probes]))
    return opened[np.argsort(-(vectors[opened] @ query), kind="stable")[:k]].tolist(), len(opened)


def search_cells__farthest_cells(query, vectors, centroids, cell_of, probes, k):
    """`argsort` is ascending, so you began with the cells whose centers are least similar to the query."""
    farthest = np.argsort(centroids @ query, kind="stable")
    while probes < len(farthest) and np.isin(cell_of, farthest[:probes]).sum() < k:
        probes += 1
    opened = np.flatnonzero(np.isin(cell_of, farthest[:probes]))
    return opened[np.argsort(-(vectors[opened] @ query), kind="stable")[:k]].tolist(), len(opened)


def search_cells__counts_centers(query, vectors, centroids, cell_of, probes, k):
    """The rows are right. Comparisons with the centers aren't part of the count that was asked for."""
    rows, compared = cells_in_loops(query, vectors, centroids, cell_of, probes, k)
    return rows, compared + len(centroids)


def search_cells__ties_by_cell(query, vectors, centroids, cell_of, probes, k):
    """Rows of equal value came in the order in which you opened their cells. The lower number comes first."""
    nearest = np.argsort(-(centroids @ query), kind="stable")
    opened = opened_rows(query, vectors, centroids, cell_of, probes, k)
    opened = opened[np.argsort(np.argsort(nearest)[cell_of[opened]], kind="stable")]
    return opened[np.argsort(-(vectors[opened] @ query), kind="stable")[:k]].tolist(), len(opened)


def search_cells__ignores_probes(query, vectors, centroids, cell_of, probes, k):
    """You stopped as soon as k rows were seen. They may all be poor: at least `probes` cells are visited in any
    case."""
    return cells_in_loops(query, vectors, centroids, cell_of, 1, k)


def search_cells__by_cosine(query, vectors, centroids, cell_of, probes, k):
    """You ordered the cells by the cosine with their centers. Here nearness is the dot product, and a long center is
    near to much."""
    lengths = np.linalg.norm(centroids, axis=1, keepdims=True)
    return cells_in_loops(query, vectors, centroids / np.where(lengths == 0, 1, lengths), cell_of, probes, k)


def search_cells__by_distance(query, vectors, centroids, cell_of, probes, k):
    """You visited the cells with the *closest* centers. Here nearness is the dot product, for centers as for rows."""
    nearest = np.argsort(((centroids - query) ** 2).sum(axis=1), kind="stable")
    while probes < len(nearest) and np.isin(cell_of, nearest[:probes]).sum() < k:
        probes += 1
    opened = np.flatnonzero(np.isin(cell_of, nearest[:probes]))
    return opened[np.argsort(-(vectors[opened] @ query), kind="stable")[:k]].tolist(), len(opened)


# 5 ----------------------------------------------------------------------------------------------------- walk_graph


class Tallied(np.lib.mixins.NDArrayOperatorsMixin):
    """Vectors that count how often each row is read; whatever uses them as one array reads all of them."""

    def __init__(self, rows):
        self.rows = np.asarray(rows)
        self.reads = np.zeros(len(self.rows), dtype=int)
        self.shape, self.ndim, self.dtype = self.rows.shape, self.rows.ndim, self.rows.dtype
        self.size = self.rows.size

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, key):
        which = key[0] if isinstance(key, tuple) else key
        np.add.at(self.reads, which if isinstance(which, int) else np.arange(len(self.rows))[which], 1)
        return self.rows[key].copy()

    def __array__(self, dtype=None, copy=None):
        self.reads += 1
        return np.array(self.rows, dtype=dtype)

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        plain = [np.asarray(value) if value is self else value for value in inputs]
        return getattr(ufunc, method)(*plain, **options)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(np.asarray(self), name)

    def __deepcopy__(self, memo):
        twin = Tallied(self.rows)
        twin.reads = self.reads  # whoever reads the copy has read the original
        return twin

    def __repr__(self):
        return literal(self.rows)


def walked(query, vectors, neighbours, entry, ef, k):
    """Return the best k, the rows expanded, and those compared: one sorted list instead of heaps."""
    score = {entry: float(vectors[entry] @ query)}
    kept, expanded = [entry], []
    while (row := next((row for row in kept if row not in expanded), None)) is not None:
        expanded.append(row)
        for other in neighbours[row]:
            if other not in score:
                score[other] = float(vectors[other] @ query)
                kept.append(other)
        kept = sorted(kept, key=score.get, reverse=True)[:ef]
    return kept[:k], expanded, set(score)


def reachable(neighbours, entry):
    """Return all rows of the entry's part of the graph."""
    found, size = {entry}, 0
    while len(found) > size:
        size = len(found)
        found |= {other for row in found for other in neighbours[row]}
    return found


@st.composite
def graphs(draw):
    rows = draw(between(1, 7))
    order = np.argsort(draw(filled((rows,), range(256), most=(7,))), kind="stable")
    scores = order + draw(st.sampled_from([1, 0, -3, -9]))
    sign = draw(st.sampled_from([1.0, -1.0]))
    query, vectors = np.array([sign]), scores[:, None].astype(float)
    if draw(st.booleans()):  # a score is twice the one number plus the other: the scores stay distinct
        query = np.array([2.0, 1.0]) * sign
        vectors = np.hstack([vectors, draw(filled((rows, 1), (0.0, 1.0), most=(7, 1)))])
    links = draw(filled((rows, rows), (False, False, True), most=(7, 7))) & ~np.eye(rows, dtype=bool)
    neighbours = [np.flatnonzero(row).tolist() for row in (links | links.T if draw(st.booleans()) else links)]
    ef = rows - draw(between(0, rows - 1))  # simplest with room for all rows
    return call(query, vectors, neighbours, draw(between(0, rows - 1)), ef, draw(between(1, ef)))


class Shared(list):
    """A list that isn't copied for each call: it is long, and the small graphs have shown that nobody changes it."""

    def __deepcopy__(self, memo):
        return self


@cache
def five_hundred():
    """500 directions in 12 dimensions, each linked with its 8 nearest and with those that it is near to."""
    random = np.random.default_rng(0)
    vectors = random.normal(size=(500, 12))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    nearest = np.argsort(-(vectors @ vectors.T), axis=1)[:, 1:9]
    links = np.zeros((500, 500), dtype=bool)
    np.put_along_axis(links, nearest, True, axis=1)
    return vectors, Shared(np.flatnonzero(row).tolist() for row in links | links.T), random.normal(size=(6, 12))


def same_rows(walk_graph, query, vectors, neighbours, entry, ef, k):
    """Fail unless the answer returns the right rows; return those that it read, and how often."""
    given = call(query, vectors, neighbours, entry, ef, k)
    tallied = Tallied(vectors)
    returned = walk_graph(query, tallied, neighbours, entry, ef, k)
    kind(returned, (list, tuple, np.ndarray))
    right, expanded, _ = walked(query, vectors, neighbours, entry, ef, k)
    close(list(returned), right, given=given, why=route(expanded) + ".")
    return tallied.reads


def route(expanded):
    """Say which way the walk goes."""
    way = ", then ".join(map(str, expanded)) if len(expanded) < 9 else f"{len(expanded)} rows"
    return f"The right walk expands {way}"


def same_reads(walk_graph, query, vectors, neighbours, entry, ef, k):
    """Fail unless the answer reads each row that the walk meets once, and no other."""
    given = call(query, vectors, neighbours, entry, ef, k)
    reads = same_rows(walk_graph, query, vectors, neighbours, entry, ef, k)
    often, read = int(reads.argmax()), set(np.flatnonzero(reads).tolist())
    lost = sorted(read - reachable(neighbours, entry))
    require(not lost, f"You compared vectors that no walk from row {entry} reaches: {lost}. {FOLLOW}", given)
    require(reads[often] < 2, f"You read `vectors[{often}]` {reads[often]} times. {REMEMBER}", given)
    _, expanded, compared = walked(query, vectors, neighbours, entry, ef, k)
    needless, missed = sorted(read - compared), sorted(compared - read)
    require(not needless, f"You compared {needless} as well. {route(expanded)}, and stops. {STOP}", given)
    require(not missed, f"You never compared {missed}. {route(expanded)}, and compares all their neighbors.", given)


@hints(
    "You need three things: what was compared, what may still be expanded, and the ef best so far. Which end of the "
    "last two do you look at?",
    "Take the nearest open row and compare its new neighbors. Each joins the ef best if there is room or if it beats "
    "the worst of them.",
    "`heapq` keeps the smallest in front: push negative scores where you want the best, plain ones where you want the "
    "worst.",
)
def check_walk_graph(walk_graph):
    def right_rows(query, vectors, neighbours, entry, ef, k):
        same_rows(walk_graph, query, vectors, neighbours, entry, ef, k)

    def right_reads(query, vectors, neighbours, entry, ef, k):
        same_reads(walk_graph, query, vectors, neighbours, entry, ef, k)

    for_all(right_rows, on=graphs(), also=TRAPS, examples=40)
    for given in TRAPS:
        right_reads(*given.copy().args)
    for_all(right_reads, on=graphs(), examples=20)
    vectors, neighbours, queries = five_hundred()
    for query in queries:
        try:
            right_reads(query, vectors, neighbours, 0, 20, 10)
        except Mismatch as problem:
            problem.given, problem.inputs = None, LARGE
            raise


def on_a_line(scores, neighbours, ef, k):
    """A graph whose rows are numbers and their own scores; the walk begins at row 0."""
    return call(np.array([1.0]), np.array(scores)[:, None], neighbours, 0, ef, k)


TRAPS = [
    on_a_line([3.0], [[]], 1, 1),
    on_a_line([1.0, 2.0], [[], [0]], 2, 2),  # the link leads only the other way
    on_a_line([3.0, 1.0, 2.0], [[1, 2], [0, 2], [0, 1]], 3, 1),  # each links to each
    on_a_line([1.0, 2.0, 3.0, 2.5], [[1], [0, 2], [1, 3], [2]], 1, 1),  # each step is better, though the entry is worse
    on_a_line([5.0, 1.0, 9.0], [[1], [0, 2], [1]], 1, 1),  # the best lies behind a worse row
    on_a_line([5.0, 4.0, 3.0, 9.0], [[1, 2], [0], [0, 3], [2]], 3, 1),  # the third of the list leads to the best
    on_a_line([1.0, 3.0, 2.0, 1.5, 10.0], [[1, 2, 3], [0, 4], [0], [0], [1]], 2, 1),  # the nearest open row does
    on_a_line([1.0, 3.0, 2.0, 1.5, 10.0], [[1, 2, 3], [0, 4], [0], [0], [1]], 2, 2),
    # row 1 is among the best only for a while:
    on_a_line([1.0, 2.0, 3.0, 8.0, 9.0, 0.0], [[1, 2], [0, 5], [0, 3, 4], [2], [2], [1]], 2, 1),
]
LARGE = "500 rows in 12 dimensions, each linked with its 8 nearest and some more; entry = 0, ef = 20, k = 10"
FOLLOW = "Read `vectors[i]` for the entry, and then only for neighbors of rows that you expand."
REMEMBER = "Once compared, a row's score is known: remember it."
STOP = "Always expand the nearest open row, and stop when `ef` rows of the list are better than it."


def walk_graph__compares_again(query, vectors, neighbours, entry, ef, k):
    """You read a row of `vectors` more than once. Remember which rows were compared, from the moment they were."""
    score = float(vectors[entry] @ query)
    kept, candidates = [(score, entry)], [(-score, entry)]
    while candidates:
        negative, row = heapq.heappop(candidates)
        if len(kept) == ef and -negative < kept[0][0]:
            break
        for other in neighbours[row]:
            score = float(vectors[other] @ query)
            if (score, other) not in kept and (len(kept) < ef or score > kept[0][0]):
                heapq.heappush(kept, (score, other))
                heapq.heappush(candidates, (-score, other))
                if len(kept) > ef:
                    heapq.heappop(kept)
    return [row for _, row in sorted(kept, reverse=True)[:k]]


def walk_graph__never_stops(query, vectors, neighbours, entry, ef, k):
    """You expanded a row that is worse than all `ef` rows of a full list. Before each step look at the nearest open
    row: if even that one is worse than the `ef` kept, the walk is over."""
    return heaped(query, vectors, neighbours, entry, ef, k, lambda kept, score: False)


def walk_graph__by_distance(query, vectors, neighbours, entry, ef, k):
    """You walked toward the smallest distance. Here nearness is the dot product, and long rows are near to much."""
    return heaped(query, vectors, neighbours, entry, ef, k, lambda kept, score: score < kept[0][0], closeness)


def closeness(row, query):
    return -float(((row - query) ** 2).sum())


def walk_graph__stops_at_the_best(query, vectors, neighbours, entry, ef, k):
    """You stopped while an open row was still among the `ef` best. Compare the nearest open row with the *worst* of
    those, not with the best."""
    return heaped(query, vectors, neighbours, entry, ef, k, lambda kept, score: score < max(kept)[0])


def walk_graph__pure_greedy(query, vectors, neighbours, entry, ef, k):
    """The walk moved to the best neighbor and gave up where none was better: a local best. Keep the ef best rows, and
    go on from the nearest that hasn't been expanded."""
    score, row = {entry: float(vectors[entry] @ query)}, None
    best = entry
    while best != row:
        row = best
        for other in neighbours[row]:
            if other not in score:
                score[other] = float(vectors[other] @ query)
        best = max([row, *neighbours[row]], key=score.get)
    return sorted(score, key=score.get, reverse=True)[:k]


def walk_graph__expands_the_worst(query, vectors, neighbours, entry, ef, k):
    """`heapq` hands out the smallest first, so you expanded the *worst* open row each time. Push the negative score
    where you want the best."""
    score = float(vectors[entry] @ query)
    seen, kept, candidates = {entry}, [(score, entry)], [(score, entry)]
    while candidates:
        score, row = heapq.heappop(candidates)
        if len(kept) == ef and score < kept[0][0]:
            break
        for other in neighbours[row]:
            if other not in seen:
                seen.add(other)
                score = float(vectors[other] @ query)
                heapq.heappush(kept, (score, other))
                heapq.heappush(candidates, (score, other))
                if len(kept) > ef:
                    heapq.heappop(kept)
    return [row for _, row in sorted(kept, reverse=True)[:k]]


def walk_graph__heap_order(query, vectors, neighbours, entry, ef, k):
    """A heap isn't a sorted list, and its first entry is the worst of the rows you kept. Sort before you cut off k."""
    kept = heaped(query, vectors, neighbours, entry, ef, ef, lambda kept, score: score < kept[0][0])
    return kept[::-1][:k]


def heaped(query, vectors, neighbours, entry, ef, k, stop, near=np.dot):
    score = float(near(vectors[entry], query))
    seen, kept, candidates = {entry}, [(score, entry)], [(-score, entry)]
    while candidates:
        negative, row = heapq.heappop(candidates)
        if len(kept) == ef and stop(kept, -negative):
            break
        for other in neighbours[row]:
            if other not in seen:
                seen.add(other)
                score = float(near(vectors[other], query))
                heapq.heappush(kept, (score, other))
                heapq.heappush(candidates, (-score, other))
                if len(kept) > ef:
                    heapq.heappop(kept)
    return [row for _, row in sorted(kept, reverse=True)[:k]]
