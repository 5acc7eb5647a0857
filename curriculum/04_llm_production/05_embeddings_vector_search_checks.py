"""Checks, hints and known mistakes of 04_llm_production/05_embeddings_vector_search."""

import heapq
import itertools
import math
from functools import cache

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from handrail.expect import Mismatch, agree, between, call, close, equivalent, for_all, hints, kind, require
from handrail.literals import literal

FIRST_LETTER = "NumPy looks at the first letter of `kind` only"
WHOLE = (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 4.0, -4.0)


def filled(shape, values=WHOLE):
    """Generate an array of a few values from one draw: many times quicker than entry by entry."""
    count = math.prod(shape)
    drawn = st.binary(min_size=count, max_size=count)
    return drawn.map(lambda code: np.array(values)[np.array(list(code), dtype=int) % len(values)].reshape(shape))


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
    """Draw a batch; the tokens of a sentence never cancel, for nobody can scale that to length 1."""
    batch, tokens, width = draw(between(1, 3)), draw(between(1, 4)), draw(between(1, 3))
    vectors, mask = draw(filled((batch, tokens, width))), draw(filled((batch, tokens), (0, 1)))
    for sentence, flags in zip(vectors, mask, strict=True):
        assume(not flags.any() or sentence[flags == 1].sum(axis=0).any())
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
    long = np.stack([np.arange(256.0), np.ones(256)], axis=1)[None]
    also = [call(twice, np.array([[1, 1, 1]])), call(tiny, np.array([[1, 1]]))]
    also += [call(long, np.ones((1, 256), np.uint8)), a_real_batch(np.float64), a_real_batch(np.float32)]
    agree(pooled_sentence, pooled_in_loops, on=batches(), also=also)


def pooled_sentence__counts_padding(token_vectors, mask):
    """You averaged over all positions, so a short sentence is mixed with its padding: its vector changes when a longer
    one joins the batch. Only positions with mask 1 belong to it."""
    mean = token_vectors.mean(axis=1)
    length = np.linalg.norm(mean, axis=1, keepdims=True)
    return np.where(mask.any(axis=1, keepdims=True), mean / np.where(length == 0, 1, length), 0.0)


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
    def cosine(row):
        lengths = math.hypot(*row) * math.hypot(*query.tolist())
        return math.fsum(a * b for a, b in zip(row, query.tolist(), strict=True)) / lengths if lengths else 0.0

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
    strategy = st.one_of(ranked_with_ties(), ranked_without_ties())
    tiny = call(np.array([1.0, 0.0]), np.array([[0.0, 1.0], [1e-8, 0.0]]), 2)
    nowhere = call(np.array([0.0, 0.0]), np.array([[1.0, 0.0], [0.0, 2.0]]), 2)
    also = [tiny, nowhere, many_ties(np.float64), many_ties(np.float32), all_different()]
    agree(nearest_rows, nearest_in_loops, on=strategy, also=also, rtol=1e-5, atol=1e-6)


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
    """Reading an ascending order backwards reverses the ties as well: of equal rows, the last came first. Sort by the
    negative cosine instead."""
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
    scores = draw(filled((queries, rows), (0.5, 0.25, 0.75, -2.0, 0.0)))
    returned = np.argsort(draw(filled((queries, rows), range(256))), axis=1, kind="stable")[:, :k]
    return call(np.where(draw(filled((queries, k), (False, False, True))), -1, returned), scores, k)


@hints(
    "For one query, find the score that the last of the k places has. Which rows are clearly in, and which just tie?",
    "A returned row above that score counts. Of the returned rows that equal it, only as many as places are left.",
    "Remove −1 before you look anything up. Then count two groups, and cut the second at k minus the rows clearly in.",
)
def check_unseen_neighbours(unseen_neighbours):
    tie = np.array([[0.75, 0.5, 0.5, 0.25]])
    near, many = np.array([[0.5, 0.500001]]), np.random.default_rng(0).normal(size=(2, 1100))
    also = [call(np.array([[2, 0]]), tie, 2), call(np.array([[2, 1]]), tie, 2), call(np.array([[-1, -1]]), tie, 2)]
    also += [call(np.array([[0]]), near, 1), call(np.argsort(-many, axis=1)[:, :40], many, 40)]
    agree(unseen_neighbours, unseen_by_trying_all, on=searches(), also=also, examples=50)


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
        draw(filled((width,))),
        draw(filled((rows, width))),
        draw(filled((cells, width))),
        draw(filled((rows,), range(cells))),
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
    line, plane = np.array([[1.0], [2.0], [3.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    also = [
        call(
            np.array([1.0]), line, np.array([[0.0], [1.0], [5.0]]), np.array([0, 1, 1]), 2, 1
        ),  # the last cell is empty
        call(np.array([1.0, 0.0]), plane, np.array([[3.0, 3.0], [1.0, 0.0]]), np.array([0, 1]), 1, 1),
        call(np.array([1.0]), line, np.array([[-1.0], [1.0]]), np.array([0, 1, 1]), 1, 1),
        call(np.array([-1.0]), line, np.array([[-1.0], [1.0]]), np.array([0, 1, 1]), 1, 1),
        a_larger_collection(),
    ]
    agree(search_cells, cells_in_loops, on=collections(), also=also, examples=50)


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


def search_cells__by_distance(query, vectors, centroids, cell_of, probes, k):
    """You visited the cells with the *closest* centers. Here nearness is the dot product, for centers as for rows."""
    nearest = np.argsort(((centroids - query) ** 2).sum(axis=1), kind="stable")
    while probes < len(nearest) and np.isin(cell_of, nearest[:probes]).sum() < k:
        probes += 1
    opened = np.flatnonzero(np.isin(cell_of, nearest[:probes]))
    return opened[np.argsort(-(vectors[opened] @ query), kind="stable")[:k]].tolist(), len(opened)


# 5 ----------------------------------------------------------------------------------------------------- walk_graph


class Tallied:
    """Vectors that count how often each row is read; used as one array, all of them are."""

    __array_ufunc__ = None

    def __init__(self, rows):
        self.rows = np.asarray(rows)
        self.reads = np.zeros(len(self.rows), dtype=int)
        self.shape, self.ndim, self.dtype = self.rows.shape, self.rows.ndim, self.rows.dtype

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, key):
        which = key[0] if isinstance(key, tuple) else key
        np.add.at(self.reads, which if isinstance(which, int) else np.arange(len(self.rows))[which], 1)
        return self.rows[key].copy()

    def __array__(self, dtype=None, copy=None):
        self.reads += 1
        return np.array(self.rows, dtype=dtype)

    def __deepcopy__(self, memo):
        twin = Tallied(self.rows)
        twin.reads = self.reads  # whoever reads the copy has read the original
        return twin

    def __matmul__(self, other):
        return np.asarray(self) @ other

    def __rmatmul__(self, other):
        return other @ np.asarray(self)

    @property
    def T(self):
        return np.asarray(self).T

    def dot(self, other):
        return np.asarray(self).dot(other)

    def __repr__(self):
        return literal(self.rows)


def walked(query, vectors, neighbours, entry, ef, k):
    """One sorted list and a set of expanded rows, instead of heaps."""
    score = {entry: float(vectors[entry] @ query)}
    kept, expanded = [entry], set()
    while (row := next((row for row in kept if row not in expanded), None)) is not None:
        expanded.add(row)
        for other in neighbours[row]:
            if other not in score:
                score[other] = float(vectors[other] @ query)
                kept.append(other)
        kept = sorted(kept, key=score.get, reverse=True)[:ef]
    return kept[:k], len(score)


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
    width = draw(between(1, 2))
    vectors = draw(filled((rows, width), range(-6, 7)))
    query = np.array(draw(st.sampled_from([[1.0], [-1.0]] if width == 1 else [[7.0, 0.5], [0.5, -7.0]])))
    assume(len(set((vectors @ query).tolist())) == rows)
    links = draw(filled((rows, rows), (False, False, True))) & ~np.eye(rows, dtype=bool)
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


def read_once(tallied, given=None):
    """Fail if a row was read more than once."""
    row = int(tallied.reads.argmax())
    close(int(max(tallied.reads[row], 1)), 1, f"the number of times that vector {row} was compared", given)


@hints(
    "You need three things: what was compared, what may still be expanded, and the ef best so far. Which end of the "
    "last two do you look at?",
    "Take the nearest open row and compare its new neighbors. Each joins the ef best if there is room or if it beats "
    "the worst of them.",
    "`heapq` keeps the smallest in front: push negative scores where you want the best, plain ones where you want the "
    "worst.",
)
def check_walk_graph(walk_graph):
    def test(query, vectors, neighbours, entry, ef, k):
        given = call(query, vectors, neighbours, entry, ef, k)
        tallied = Tallied(vectors)
        returned = walk_graph(query, tallied, neighbours, entry, ef, k)
        kind(returned, (list, tuple, np.ndarray))
        expected = walked(query, vectors, neighbours, entry, ef, k)[0]
        read_once(tallied, given)
        lost = set(np.flatnonzero(tallied.reads).tolist()) - reachable(neighbours, entry)
        require(
            not lost, f"You compared vectors that no walk from row {entry} reaches: {sorted(lost)}. {FOLLOW}", given
        )
        close(list(returned), expected, given=given)

    for_all(test, on=graphs(), also=TRAPS, examples=50)
    detour = Tallied(DETOUR.args[1])
    walk_graph(DETOUR.args[0], detour, *DETOUR.args[2:])
    require(
        detour.reads.sum() <= 5, f"You compared {detour.reads.sum()} vectors where 5 suffice. {NEAREST} {STOP}", DETOUR
    )
    vectors, neighbours, queries = five_hundred()
    found = compared = 0
    for query in queries:
        tallied = Tallied(vectors)
        returned = walk_graph(query, tallied, neighbours, 0, 20, 10)
        read_once(tallied)
        found += len(set(np.argsort(-(vectors @ query))[:10].tolist()) & set(returned))
        compared += tallied.reads.sum()
    if found < 54:
        raise on_the_large_graph(f"In six searches you found {found} of the 60 nearest. {KEEP}")
    if compared > 0.4 * 6 * 500:
        raise on_the_large_graph(f"You compared {compared / 6:.0f} of 500 rows in a search. {STOP}")


def on_the_large_graph(message):
    problem = Mismatch(message)
    problem.inputs = "500 rows in 12 dimensions, each linked with its 8 nearest and some more; ef = 20, k = 10"
    return problem


def on_a_line(scores, neighbours, ef, k):
    """A graph whose rows are numbers and their own scores; the walk begins at row 0."""
    return call(np.array([1.0]), np.array(scores)[:, None], neighbours, 0, ef, k)


TRAPS = [
    on_a_line([1.0, 2.0, 3.0, 2.5], [[1], [0, 2], [1, 3], [2]], 1, 1),  # each step is better, though the entry is worse
    on_a_line([5.0, 1.0, 9.0], [[1], [0, 2], [1]], 1, 1),  # the best lies behind a worse row
    on_a_line([5.0, 4.0, 3.0, 9.0], [[1, 2], [0], [0, 3], [2]], 3, 1),  # the third of the list leads to the best
    on_a_line([1.0, 3.0, 2.0, 1.5, 10.0], [[1, 2, 3], [0, 4], [0], [0], [1]], 2, 1),  # the nearest open row does
    on_a_line([1.0, 3.0, 2.0, 1.5, 10.0], [[1, 2, 3], [0, 4], [0], [0], [1]], 2, 2),
]
DETOUR = on_a_line([1.0, 2.0, 3.0, 8.0, 9.0, 0.0], [[1, 2], [0, 5], [0, 3, 4], [2], [2], [1]], 2, 1)
NEAREST = "Expand the nearest open row first."
FOLLOW = "Read `vectors[i]` for the entry, and then only for neighbors of rows that you expand."
STOP = "Stop when the nearest open row is worse than the worst of a full list."
KEEP = "Expand every row that made it into the list of the ef best."


def walk_graph__compares_again(query, vectors, neighbours, entry, ef, k):
    """You compared a row each time that you met it. Remember which rows were compared, from the moment they were."""
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
    """You walked through everything that can be reached. That is exact search with detours: stop when the nearest open
    row is worse than the worst of a full list."""
    return heaped(query, vectors, neighbours, entry, ef, k, lambda kept, score: False)


def walk_graph__by_distance(query, vectors, neighbours, entry, ef, k):
    """You walked toward the smallest distance. Here nearness is the dot product, and long rows are near to much."""
    return heaped(query, vectors, neighbours, entry, ef, k, lambda kept, score: score < kept[0][0], closeness)


def closeness(row, query):
    return -float(((row - query) ** 2).sum())


def walk_graph__stops_at_the_best(query, vectors, neighbours, entry, ef, k):
    """You stopped although the list of ef rows still had places for better ones. Compare the nearest open row with the
    *worst* of ef rows, not with the best of them."""
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
