"""Answers to 02_machine_learning/11_clustering by somebody who has not seen its checks: `right__...` must pass,
`wrong__...` must fail."""

import math
import statistics
from collections import Counter, deque
from itertools import pairwise, permutations

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist, pdist, squareform
from sklearn.cluster import DBSCAN, KMeans
from sklearn.metrics import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    fowlkes_mallows_score,
    rand_score,
    silhouette_samples,
)
from sklearn.metrics.cluster import pair_confusion_matrix

# --- relabel_like ----------------------------------------------------------------------------------------------------


def _table(reference, labels):
    names, column = np.unique(reference, return_inverse=True)
    clusters, row = np.unique(labels, return_inverse=True)
    table = np.zeros((len(clusters), len(names)), dtype=int)
    np.add.at(table, (row.ravel(), column.ravel()), 1)
    return clusters.tolist(), names.tolist(), table


def _best(table, maximize=True):
    rows, columns = linear_sum_assignment(table, maximize=maximize)
    return dict(zip(rows.tolist(), columns.tolist(), strict=True))


def _rename(reference, labels, pairs, new=None):
    """Rename by pairs (cluster position to name position); the others get new(i-th other, cluster, names)."""
    clusters, names, _ = _table(reference, labels)
    new = new or (lambda i, cluster, names: max(names) + 1 + i)
    others = [position for position in range(len(clusters)) if position not in pairs]
    mapping = {clusters[p]: names[q] for p, q in pairs.items()}
    mapping |= {clusters[p]: new(i, clusters[p], names) for i, p in enumerate(others)}
    return np.array([mapping[label] for label in labels.tolist()])


def _greedy(table):
    pairs = {}
    cells = sorted((-table[i, j], i, j) for i in range(table.shape[0]) for j in range(table.shape[1]))
    for _, i, j in cells:
        if i not in pairs and j not in pairs.values():
            pairs[i] = j
    return pairs


def right__relabel_like__assignment(reference, labels):
    """The assignment of SciPy on the counts; new numbers above the greatest name."""
    return _rename(reference, labels, _best(_table(reference, labels)[2]))


def right__relabel_like__crosstab(reference, labels):
    """The crosstab of pandas, negated; new numbers below the smallest name; returns a list."""
    table = pd.crosstab(labels, reference)
    rows, columns = linear_sum_assignment(-table.to_numpy())
    mapping = {int(table.index[i]): int(table.columns[j]) for i, j in zip(rows, columns, strict=True)}
    free = int(np.min(reference)) - 1
    for label in labels.tolist():
        if label not in mapping:
            mapping[label] = free
            free -= 1
    return [mapping[label] for label in labels.tolist()]


def right__relabel_like__augmenting_paths(reference, labels):
    """Without SciPy: add one pair at a time along the best path (Bellman-Ford), one dummy name for each cluster."""
    _, _, table = _table(reference, labels)
    k, m = table.shape
    cost = np.hstack([-table, np.full((k, k), 0.5)])  # a dummy name costs more than any real one
    taken = {}  # name -> cluster
    for start in range(k):
        best, before = {}, {}
        queue = deque()
        for j in range(m + k):
            best[j], before[j] = cost[start, j], None
            queue.append(j)
        while queue:
            j = queue.popleft()
            if j not in taken:
                continue
            i = taken[j]
            for other in range(m + k):
                through = best[j] - cost[i, j] + cost[i, other]
                if through < best[other] - 1e-9:
                    best[other], before[other] = through, j
                    queue.append(other)
        end = min((j for j in range(m + k) if j not in taken), key=best.get)
        while before[end] is not None:
            taken[end] = taken[before[end]]
            end = before[end]
        taken[end] = start
    return _rename(reference, labels, {i: j for j, i in taken.items() if j < m})


def right__relabel_like__square_table(reference, labels):
    """Pads the table with zeros to a square; the padded columns are new numbers with gaps, in int32."""
    _, names, table = _table(reference, labels)
    size = max(table.shape)
    square = np.zeros((size, size))
    square[: table.shape[0], : table.shape[1]] = table
    pairs = {i: j for i, j in _best(square).items() if i < table.shape[0] and j < len(names)}
    return _rename(reference, labels, pairs, lambda i, cluster, names: max(names) + 7 * (i + 1)).astype(np.int32)


def wrong__relabel_like__majority(reference, labels):
    """Each cluster takes its most frequent name: different clusters may get the same one."""
    mapping = {label: Counter(reference[labels == label].tolist()).most_common(1)[0][0] for label in labels.tolist()}
    return np.array([mapping[label] for label in labels.tolist()])


def wrong__relabel_like__greedy(reference, labels):
    """Takes the largest cell first: fewer rows agree than could."""
    return _rename(reference, labels, _greedy(_table(reference, labels)[2]))


def wrong__relabel_like__greedy_large_clusters(reference, labels):
    """The largest clusters choose first among the names that are left."""
    _, _, table = _table(reference, labels)
    pairs = {}
    for i in np.argsort(-table.sum(axis=1), kind="stable").tolist():
        free = [j for j in range(table.shape[1]) if j not in pairs.values()]
        if free:
            pairs[i] = max(free, key=lambda j, i=i: table[i, j])
    return _rename(reference, labels, pairs)


def wrong__relabel_like__pair_swaps(reference, labels):
    """Swaps two names while that helps: stuck where only three at once would help."""
    _, _, table = _table(reference, labels)
    size = max(table.shape)
    square = np.zeros((size, size), dtype=int)
    square[: table.shape[0], : table.shape[1]] = table
    greedy = _greedy(square)
    order = [greedy[i] for i in range(size)]
    better = True
    while better:
        better = False
        for a in range(size):
            for b in range(a):
                gain = square[a, order[b]] + square[b, order[a]] - square[a, order[a]] - square[b, order[b]]
                if gain > 0:
                    order[a], order[b] = order[b], order[a]
                    better = True
    pairs = {i: order[i] for i in range(table.shape[0]) if order[i] < table.shape[1]}
    return _rename(reference, labels, pairs)


def wrong__relabel_like__up_to_three(reference, labels):
    """Tries all ways for up to three clusters and names, and is greedy beyond."""
    _, _, table = _table(reference, labels)
    size = max(table.shape)
    if size > 3:
        return wrong__relabel_like__greedy(reference, labels)
    square = np.zeros((size, size), dtype=int)
    square[: table.shape[0], : table.shape[1]] = table
    order = max(permutations(range(size)), key=lambda p: sum(square[i, p[i]] for i in range(size)))
    pairs = {i: order[i] for i in range(table.shape[0]) if order[i] < table.shape[1]}
    return _rename(reference, labels, pairs)


def wrong__relabel_like__precision(reference, labels):
    """Maximizes the sum of the shares of each cluster instead of the number of rows."""
    table = _table(reference, labels)[2]
    return _rename(reference, labels, _best(table / table.sum(axis=1, keepdims=True)))


def wrong__relabel_like__jaccard(reference, labels):
    """Maximizes the sum of the overlaps divided by the unions instead of the number of rows."""
    table = _table(reference, labels)[2]
    union = table.sum(axis=1, keepdims=True) + table.sum(axis=0, keepdims=True) - table
    return _rename(reference, labels, _best(table / union))


def wrong__relabel_like__largest_clusters_only(reference, labels):
    """Only the largest clusters may get a name, where there are more clusters than names."""
    _, names, table = _table(reference, labels)
    kept = sorted(np.argsort(-table.sum(axis=1), kind="stable")[: len(names)].tolist())
    return _rename(reference, labels, {kept[i]: j for i, j in _best(table[kept]).items()})


def wrong__relabel_like__first_clusters_only(reference, labels):
    """Only the first clusters may get a name, where there are more clusters than names."""
    _, names, table = _table(reference, labels)
    return _rename(reference, labels, _best(table[: len(names)]))


def wrong__relabel_like__others_keep_numbers(reference, labels):
    """The other clusters keep their numbers, which may occur in reference."""
    return _rename(reference, labels, _best(_table(reference, labels)[2]), lambda i, cluster, names: cluster)


def wrong__relabel_like__others_keep_free_numbers(reference, labels):
    """The others keep numbers that don't occur in reference, otherwise get new ones: two may become the same."""

    def new(i, cluster, names):
        return max(names) + 1 + i if cluster in names else cluster

    return _rename(reference, labels, _best(_table(reference, labels)[2]), new)


def wrong__relabel_like__others_in_one(reference, labels):
    """All other clusters get one and the same new number."""
    return _rename(reference, labels, _best(_table(reference, labels)[2]), lambda i, cluster, names: max(names) + 1)


def wrong__relabel_like__others_from_count(reference, labels):
    """Counts the new numbers on from the number of names, as if the names were 0, 1, 2."""
    return _rename(reference, labels, _best(_table(reference, labels)[2]), lambda i, cluster, names: len(names) + i)


def wrong__relabel_like__others_negative(reference, labels):
    """Takes −1, −2, ... for the others, which may occur in reference."""
    return _rename(reference, labels, _best(_table(reference, labels)[2]), lambda i, cluster, names: -1 - i)


def wrong__relabel_like__others_shifted(reference, labels):
    """Adds the greatest name and 1 to the others' numbers: a negative number leads back among the names."""
    pairs = _best(_table(reference, labels)[2])
    return _rename(reference, labels, pairs, lambda i, cluster, names: max(names) + 1 + cluster)


def wrong__relabel_like__others_above_labels(reference, labels):
    """The new numbers lie above the greatest of labels, not of reference."""
    pairs = _best(_table(reference, labels)[2])
    return _rename(reference, labels, pairs, lambda i, cluster, names: int(labels.max()) + 1 + i)


def wrong__relabel_like__wraps(reference, labels):
    """Indexes a table with the numbers themselves: −1 is the last row, the same as the greatest number."""
    size = int(max(np.abs(reference).max(), np.abs(labels).max())) + 1
    table = np.zeros((size, size), dtype=int)
    np.add.at(table, (labels, reference), 1)
    return linear_sum_assignment(table, maximize=True)[1][labels]


def wrong__relabel_like__stays_shifted(reference, labels):
    """Shifts negative numbers to begin at 0 and never shifts them back."""
    low = min(int(reference.min()), int(labels.min()), 0)
    return _rename(reference - low, labels - low, _best(_table(reference, labels)[2]))


def wrong__relabel_like__small_integers(reference, labels):
    """Returns the numbers in eight bits: 300 becomes 44."""
    return _rename(reference, labels, _best(_table(reference, labels)[2])).astype(np.int8)


def wrong__relabel_like__renames_reference(reference, labels):
    """Renames the reference like the labels."""
    return _rename(labels, reference, _best(_table(labels, reference)[2]))


def wrong__relabel_like__first_rows(reference, labels):
    """Counts the agreement on the first 50 rows only."""
    clusters, names, table = _table(reference, labels)
    table = np.zeros_like(table)
    for label, name in zip(labels.tolist()[:50], reference.tolist()[:50], strict=True):
        table[clusters.index(label), names.index(name)] += 1
    return _rename(reference, labels, _best(table))


def wrong__relabel_like__rare_cells(reference, labels):
    """Overlaps of one row count as chance and are left out."""
    table = _table(reference, labels)[2]
    return _rename(reference, labels, _best(np.where(table == 1, 0, table)))


# --- silhouette_of ---------------------------------------------------------------------------------------------------


def _a_b(X, labels, row, distance=math.dist, mean=statistics.fmean):
    """The mean distances to the own cluster (None if alone) and to the nearest other one."""
    groups = {}
    for i, label in enumerate(labels.tolist()):
        if i != row:
            groups.setdefault(label, []).append(distance(X[i].tolist(), X[row].tolist()))
    own = groups.pop(int(labels[row]), None)
    return (None if own is None else mean(own)), min(mean(group) for group in groups.values())


def _score(a, b):
    return 0.0 if a is None or max(a, b) == 0 else (b - a) / max(a, b)


def right__silhouette_of__loop(X, labels, row):
    """A plain loop with math.dist."""
    return _score(*_a_b(X, labels, row))


def right__silhouette_of__samples(X, labels, row):
    """The function of scikit-learn on exact distances, where it can be asked."""
    if (labels == labels[row]).sum() == 1:
        return 0
    return np.nan_to_num(silhouette_samples(squareform(pdist(X)), labels, metric="precomputed")[row])


def right__silhouette_of__groupby(X, labels, row):
    """Sums by group with pandas; the row's own zero distance is taken out by the count; in float32."""
    groups = pd.Series(cdist(X[[row]], X)[0]).groupby(labels)
    sums, counts = groups.sum(), groups.count()
    own = labels[row]
    if counts[own] == 1:
        return np.float32(0)
    a = sums[own] / (counts[own] - 1)
    b = (sums / counts).drop(own).min()
    return np.float32((b - a) / max(a, b)) if max(a, b) > 0 else np.float32(0)


def right__silhouette_of__cases(X, labels, row):
    """The other formula: 1 − a/b, b/a − 1, or 0."""
    distances = np.linalg.norm(X - X[row], axis=1)
    own = labels == labels[row]
    if own.sum() == 1:
        return 0
    a = np.delete(distances, row)[np.delete(own, row)].mean()
    b = min(distances[labels == label].mean() for label in set(labels.tolist()) - {int(labels[row])})
    return 1 - a / b if a < b else b / a - 1 if b < a else 0.0


def wrong__silhouette_of__counts_itself(X, labels, row):
    """a is the mean over the whole cluster, the row itself included."""
    a, b = _a_b(X, labels, row)
    size = int((labels == labels[row]).sum())
    return _score(a if a is None else a * (size - 1) / size, b)


def wrong__silhouette_of__all_others(X, labels, row):
    """b is the mean distance to all rows of the other clusters together."""
    other = labels != labels[row]
    return _score(_a_b(X, labels, row)[0], cdist(X[[row]], X[other]).mean())


def wrong__silhouette_of__nearest_centroid(X, labels, row):
    """b belongs to the cluster with the nearest center, which isn't always the smallest mean distance."""
    others = [label for label in np.unique(labels) if label != labels[row]]
    nearest = min(others, key=lambda label: math.dist(X[labels == label].mean(axis=0), X[row]))
    return _score(_a_b(X, labels, row)[0], cdist(X[[row]], X[labels == nearest]).mean())


def wrong__silhouette_of__nearest_row(X, labels, row):
    """b belongs to the cluster of the nearest other row."""
    distances = cdist(X[[row]], X)[0]
    nearest = labels[np.argmin(np.where(labels == labels[row], np.inf, distances))]
    return _score(_a_b(X, labels, row)[0], distances[labels == nearest].mean())


def wrong__silhouette_of__centroids(X, labels, row):
    """Distances to the centers instead of mean distances."""
    if (labels == labels[row]).sum() == 1:
        return 0.0
    centers = {label: X[labels == label].mean(axis=0) for label in np.unique(labels).tolist()}
    a = math.dist(X[row], centers.pop(int(labels[row])))
    return _score(a, min(math.dist(X[row], center) for center in centers.values()))


def wrong__silhouette_of__squared(X, labels, row):
    """Squared distances."""
    return _score(*_a_b(X, labels, row, distance=lambda p, q: math.dist(p, q) ** 2))


def wrong__silhouette_of__manhattan(X, labels, row):
    """Sums of differences: the same in one column only."""
    return _score(*_a_b(X, labels, row, distance=lambda p, q: sum(abs(x - y) for x, y in zip(p, q, strict=True))))


def wrong__silhouette_of__root_mean_square(X, labels, row):
    """The root of the mean square instead of the mean distance."""
    return _score(*_a_b(X, labels, row, mean=lambda d: math.sqrt(sum(x * x for x in d) / len(d))))


def wrong__silhouette_of__median(X, labels, row):
    """Median distances: the same for up to two rows."""
    return _score(*_a_b(X, labels, row, mean=statistics.median))


def wrong__silhouette_of__two_columns(X, labels, row):
    """Looks at the first two columns only."""
    return _score(*_a_b(X[:, :2], labels, row))


def wrong__silhouette_of__divides_by_b(X, labels, row):
    """Divides by b: wrong for a row that fits badly."""
    a, b = _a_b(X, labels, row)
    return 0.0 if a is None or max(a, b) == 0 else (b - a) / b if b else -1.0


def wrong__silhouette_of__never_negative(X, labels, row):
    """A row that fits badly gets 0."""
    return max(0.0, _score(*_a_b(X, labels, row)))


def wrong__silhouette_of__alone_is_one(X, labels, row):
    """A row that is alone has a = 0, so 1."""
    a, b = _a_b(X, labels, row)
    return _score(a or 0.0, b)


def wrong__silhouette_of__zero_a_is_alone(X, labels, row):
    """Returns 0 wherever a is 0, also for a row among its own copies."""
    a, b = _a_b(X, labels, row)
    return _score(a, b) if a else 0.0


def wrong__silhouette_of__nan(X, labels, row):
    """Divides 0 by 0 where a and b are both 0."""
    a, b = _a_b(X, labels, row)
    with np.errstate(all="ignore"):
        return 0.0 if a is None else float(np.float64(b - a) / np.float64(max(a, b)))


def wrong__silhouette_of__other_values(X, labels, row):
    """Takes rows with other values for the other rows: copies of the row are left out of a."""
    own = (labels == labels[row]) & (X[row] != X).any(axis=1)
    if not own.any():
        return 0.0 if (labels == labels[row]).sum() == 1 else _score(0.0, _a_b(X, labels, row)[1])
    return _score(cdist(X[[row]], X[own]).mean(), _a_b(X, labels, row)[1])


def wrong__silhouette_of__skips_noise(X, labels, row):
    """Leaves out the cluster −1 as noise."""
    kept = (labels != -1) | (labels == labels[row])
    if len(np.unique(labels[kept])) < 2:
        return 0.0
    return _score(*_a_b(X[kept], labels[kept], int(kept[:row].sum())))


def wrong__silhouette_of__skips_single_rows(X, labels, row):
    """Leaves out other clusters of one row, if there are larger ones."""
    sizes = Counter(labels.tolist())
    kept = np.array([sizes[label] > 1 or i == row for i, label in enumerate(labels.tolist())])
    if len(set(labels[kept].tolist()) - {int(labels[row])}) == 0:
        kept[:] = True
    return _score(*_a_b(X[kept], labels[kept], int(kept[:row].sum())))


def wrong__silhouette_of__neighboring_number(X, labels, row):
    """Compares with the next clusters by number only, one on each side."""
    names = np.unique(labels)
    at = int(np.searchsorted(names, labels[row]))
    kept = np.isin(labels, names[max(at - 1, 0) : at + 2])
    return _score(*_a_b(X[kept], labels[kept], int(kept[:row].sum())))


def wrong__silhouette_of__added_constant(X, labels, row):
    """Adds a small constant to the divisor: far off for small distances."""
    a, b = _a_b(X, labels, row)
    return 0.0 if a is None else (b - a) / (max(a, b) + 1e-6)


def wrong__silhouette_of__nearly_zero(X, labels, row):
    """Takes small distances for 0."""
    a, b = _a_b(X, labels, row)
    return 0.0 if a is None or np.isclose(max(a, b), 0) else (b - a) / max(a, b)


def wrong__silhouette_of__all_alone_raises(X, labels, row):
    """scikit-learn as it is: raises an error where every row is alone."""
    with np.errstate(all="ignore"):
        return float(np.nan_to_num(silhouette_samples(squareform(pdist(X)), labels, metric="precomputed")[row]))


def wrong__silhouette_of__mean_of_all(X, labels, row):
    """The mean silhouette of the row's cluster."""
    return statistics.fmean(_score(*_a_b(X, labels, int(i))) for i in np.flatnonzero(labels == labels[row]))


def wrong__silhouette_of__standardized(X, labels, row):
    """Brings the columns to one scale first."""
    spread = X.std(axis=0)
    return _score(*_a_b(X / np.where(spread > 0, spread, 1), labels, row))


def wrong__silhouette_of__hundred_rows(X, labels, row):
    """Compares with at most 100 rows of each cluster."""
    kept = np.zeros(len(X), dtype=bool)
    for label in np.unique(labels):
        kept[np.flatnonzero(labels == label)[:100]] = True
    kept[row] = True
    return _score(*_a_b(X[kept], labels[kept], int(kept[:row].sum())))


# --- segment_profile -------------------------------------------------------------------------------------------------


def _columns(frame):
    return [c for c in frame.select_dtypes("number").columns if frame[c].nunique() > 1]


def _difference(frame, labels, segment, column, ddof=0):
    values = frame[column].to_numpy(dtype=float)
    return float((values[np.asarray(labels) == segment].mean() - values.mean()) / values.std(ddof=ddof))


def _pairs(frame, labels, segment, columns=None, difference=_difference):
    columns = _columns(frame) if columns is None else columns
    return [(column, difference(frame, labels, segment, column)) for column in columns]


def _first(pairs, top):
    return sorted(pairs, key=lambda pair: -abs(pair[1]))[:top]


def right__segment_profile__numpy(frame, labels, segment, top):
    """Column by column with NumPy."""
    return _first(_pairs(frame, labels, segment), top)


def right__segment_profile__pandas(frame, labels, segment, top):
    """All columns at once with pandas, and a stable sort; NumPy scalars."""
    numbers = frame.select_dtypes("number")
    numbers = numbers.loc[:, numbers.min() < numbers.max()].astype(float)
    differences = (numbers[np.asarray(labels) == segment].mean() - numbers.mean()) / numbers.std(ddof=0)
    order = differences.abs().sort_values(ascending=False, kind="stable").index[:top]
    return list(differences[order].items())


def right__segment_profile__statistics(frame, labels, segment, top):
    """Without NumPy: the statistics module; the best column is taken out again and again."""
    pairs = []
    for column in frame.columns:
        if pd.api.types.is_numeric_dtype(frame[column]) and frame[column].nunique() > 1:
            values = [float(x) for x in frame[column]]
            chosen = [x for x, label in zip(values, labels, strict=True) if label == segment]
            center = statistics.fmean(values)
            pairs.append((column, (statistics.fmean(chosen) - center) / statistics.pstdev(values)))
    best = []
    while pairs and len(best) < top:
        best.append(pairs.pop(max(range(len(pairs)), key=lambda i: abs(pairs[i][1]))))
    return best


def right__segment_profile__describe(frame, labels, segment, top):
    """Standardizes first, then takes the mean of the segment; tuple of tuples."""
    found = []
    for place, column in enumerate(_columns(frame)):
        values = frame[column].astype("float64").reset_index(drop=True)
        scaled = (values - values.mean()) / values.std(ddof=0)
        found.append((-abs(scaled[pd.Series(labels) == segment].mean()), place, column))
        found[-1] += (float(scaled[pd.Series(labels) == segment].mean()),)
    return tuple((column, value) for _, _, column, value in sorted(found)[:top])


def wrong__segment_profile__ddof_1(frame, labels, segment, top):
    """The standard deviation with ddof=1."""

    def difference(frame, labels, segment, column):
        return _difference(frame, labels, segment, column, ddof=1)

    return _first(_pairs(frame, labels, segment, difference=difference), top)


def wrong__segment_profile__segment_spread(frame, labels, segment, top):
    """Divides by the spread of the segment (of all where that is 0)."""

    def difference(frame, labels, segment, column):
        values = frame[column].to_numpy(dtype=float)
        chosen = values[labels == segment]
        return float((chosen.mean() - values.mean()) / (chosen.std() or values.std()))

    return _first(_pairs(frame, labels, segment, difference=difference), top)


def wrong__segment_profile__against_others(frame, labels, segment, top):
    """Compares with the others instead of all, where there are others."""

    def difference(frame, labels, segment, column):
        values = frame[column].to_numpy(dtype=float)
        others = values[labels != segment] if (labels != segment).any() else values
        return float((values[labels == segment].mean() - others.mean()) / values.std())

    return _first(_pairs(frame, labels, segment, difference=difference), top)


def wrong__segment_profile__mean_of_means(frame, labels, segment, top):
    """Takes the mean of the segments' means for the mean of all: the same for segments of equal size."""

    def difference(frame, labels, segment, column):
        values = frame[column].to_numpy(dtype=float)
        center = np.mean([values[labels == other].mean() for other in np.unique(labels)])
        return float((values[labels == segment].mean() - center) / values.std())

    return _first(_pairs(frame, labels, segment, difference=difference), top)


def wrong__segment_profile__median(frame, labels, segment, top):
    """Takes the segment's median: the same for up to two rows."""

    def difference(frame, labels, segment, column):
        values = frame[column].to_numpy(dtype=float)
        return float((np.median(values[labels == segment]) - values.mean()) / values.std())

    return _first(_pairs(frame, labels, segment, difference=difference), top)


def wrong__segment_profile__unscaled_order(frame, labels, segment, top):
    """Orders by the difference in the column's own unit."""

    def raw(pair):
        return -abs(pair[1]) * float(frame[pair[0]].to_numpy(dtype=float).std())

    return sorted(_pairs(frame, labels, segment), key=raw)[:top]


def wrong__segment_profile__upwards_first(frame, labels, segment, top):
    """Orders by the signed difference."""
    return sorted(_pairs(frame, labels, segment), key=lambda pair: -pair[1])[:top]


def wrong__segment_profile__no_sign(frame, labels, segment, top):
    """Returns the amounts without their signs."""
    return [(column, abs(value)) for column, value in _first(_pairs(frame, labels, segment), top)]


def wrong__segment_profile__ties_last_first(frame, labels, segment, top):
    """Sorts upwards and turns around: equal ones come last column first."""
    return sorted(_pairs(frame, labels, segment), key=lambda pair: abs(pair[1]))[::-1][:top]


def wrong__segment_profile__ties_by_name(frame, labels, segment, top):
    """Equal ones come in the order of their names."""
    return sorted(_pairs(frame, labels, segment), key=lambda pair: (-abs(pair[1]), pair[0]))[:top]


def wrong__segment_profile__ties_upwards_first(frame, labels, segment, top):
    """Of equal amounts the upward one comes first."""
    return sorted(_pairs(frame, labels, segment), key=lambda pair: (-abs(pair[1]), -pair[1]))[:top]


def wrong__segment_profile__shown_by_column(frame, labels, segment, top):
    """The right columns, but in the order of the frame."""
    best = _first(_pairs(frame, labels, segment), top)
    return [pair for pair in _pairs(frame, labels, segment) if pair in best]


def wrong__segment_profile__aligned_index(frame, labels, segment, top):
    """Aligns the labels, numbered from 0, with the frame's own index."""
    chosen = pd.Series(labels == segment).reindex(frame.index, fill_value=False).to_numpy()
    if not chosen.any():
        chosen = labels == segment
    return _first(_pairs(frame, np.where(chosen, segment, segment + 1), segment), top)


def wrong__segment_profile__by_index_label(frame, labels, segment, top):
    """Fetches the segment's rows by index label: a repeated label brings rows of other segments along."""
    chosen = frame.index.isin(frame.index[labels == segment])
    return _first(_pairs(frame, np.where(chosen, segment, segment + 1), segment), top)


def wrong__segment_profile__floats_only(frame, labels, segment, top):
    """Leaves out columns of integers."""
    return _first(_pairs(frame, labels, segment, [c for c in _columns(frame) if frame[c].dtype.kind == "f"]), top)


def wrong__segment_profile__sixty_four_bits_only(frame, labels, segment, top):
    """Leaves out numbers in other dtypes than int64 and float64."""
    wide = frame.select_dtypes(["int64", "float64"])
    return _first(_pairs(frame, labels, segment, _columns(wide)), top)


def wrong__segment_profile__text_of_digits(frame, labels, segment, top):
    """Counts text that looks like numbers, such as post codes, as numeric."""
    frame = frame.copy()
    for column in frame.columns:
        if not pd.api.types.is_numeric_dtype(frame[column]):
            numbers = pd.to_numeric(frame[column].astype(str), errors="coerce")
            if numbers.notna().all():
                frame[column] = numbers
    return _first(_pairs(frame, labels, segment), top)


def wrong__segment_profile__leaves_out_zero(frame, labels, segment, top):
    """Leaves out columns whose difference is 0, though they are not constant."""
    return _first([pair for pair in _pairs(frame, labels, segment) if pair[1] != 0], top)


def wrong__segment_profile__constant_in_segment(frame, labels, segment, top):
    """Leaves out columns that are constant within the segment of several rows."""
    chosen = frame[labels == segment]
    columns = [c for c in _columns(frame) if len(chosen) == 1 or chosen[c].nunique() > 1]
    return _first(_pairs(frame, labels, segment, columns), top)


def wrong__segment_profile__first_is_last(frame, labels, segment, top):
    """Takes a column whose first and last values are equal for constant."""
    columns = [c for c in _columns(frame) if len(frame) < 3 or frame[c].iloc[0] != frame[c].iloc[-1]]
    return _first(_pairs(frame, labels, segment, columns), top)


def wrong__segment_profile__spread_above_zero(frame, labels, segment, top):
    """Takes a column with a spread above 0 for not constant: three times 0.1 has 1e-17 by rounding."""
    numbers = frame.select_dtypes("number")
    columns = [c for c in numbers.columns if numbers[c].to_numpy(dtype=float).std() > 0]
    return _first(_pairs(frame, labels, segment, columns), top)


def wrong__segment_profile__small_spread(frame, labels, segment, top):
    """Takes a column with a spread below 1e-8 for constant, whatever its unit."""
    columns = [c for c in _columns(frame) if frame[c].to_numpy(dtype=float).std() > 1e-8]
    return _first(_pairs(frame, labels, segment, columns), top)


def wrong__segment_profile__constant_is_zero(frame, labels, segment, top):
    """Lists constant columns with the difference 0."""
    columns = list(frame.select_dtypes("number").columns)

    def difference(frame, labels, segment, column):
        return _difference(frame, labels, segment, column) if frame[column].nunique() > 1 else 0.0

    return _first(_pairs(frame, labels, segment, columns, difference), top)


def wrong__segment_profile__top_before_leaving_out(frame, labels, segment, top):
    """Counts constant columns among the top ones, then leaves them out."""
    columns = list(frame.select_dtypes("number").columns)

    def difference(frame, labels, segment, column):
        return _difference(frame, labels, segment, column) if frame[column].nunique() > 1 else np.inf

    return [p for p in _first(_pairs(frame, labels, segment, columns, difference), top) if np.isfinite(p[1])]


def wrong__segment_profile__segment_as_position(frame, labels, segment, top):
    """Takes segment for a position among the sorted labels, where there is one."""
    names = np.unique(labels)
    return _first(_pairs(frame, labels, names[segment] if -len(names) <= segment < len(names) else segment), top)


def wrong__segment_profile__rounded(frame, labels, segment, top):
    """Rounds to two digits, as the example shows it."""
    return [(column, round(value, 2)) for column, value in _first(_pairs(frame, labels, segment), top)]


def wrong__segment_profile__order_of_rounded(frame, labels, segment, top):
    """Orders by the amounts rounded to two digits: nearly equal ones count as equal."""
    return sorted(_pairs(frame, labels, segment), key=lambda pair: -round(abs(pair[1]), 2))[:top]


def wrong__segment_profile__series(frame, labels, segment, top):
    """Returns a dictionary instead of a list of pairs."""
    return dict(_first(_pairs(frame, labels, segment), top))


# --- stability_of_k --------------------------------------------------------------------------------------------------


def _fit(X, half, k, n_init=5, random_state=0):
    return KMeans(k, n_init=n_init, random_state=random_state).fit(X[half])


def _compare(X, k, halves, score=adjusted_rand_score):
    one, two = (_fit(X, half, k).predict(X) for half in halves)
    return score(one, two)


def _draw(rng, n, size=None):
    return rng.permutation(n)[: n // 2 if size is None else size]


def _stability(X, k, repeats, seed, score=adjusted_rand_score, size=None, order=lambda half: half, mean=np.mean):
    rng = np.random.default_rng(seed)
    halves = [[order(_draw(rng, len(X), size)) for _ in range(2)] for _ in range(repeats)]
    return float(mean([_compare(X, k, pair, score) for pair in halves]))


def right__stability_of_k__loop(X, k, repeats, seed):
    """As the statement says it, in one loop; a NumPy scalar."""
    rng = np.random.default_rng(seed)
    scores = []
    for _ in range(repeats):
        first = rng.permutation(len(X))[: len(X) // 2]
        second = rng.permutation(len(X))[: len(X) // 2]
        model, other = KMeans(k, n_init=5, random_state=0), KMeans(k, n_init=5, random_state=0)
        model.fit(X[first])
        other.fit(X[second])
        scores.append(adjusted_rand_score(model.predict(X), other.predict(X)))
    return np.mean(scores)


def right__stability_of_k__pairs(X, k, repeats, seed):
    """The adjusted Rand index from the counts of pairs; one model fitted again and again; the running mean."""
    rng = np.random.default_rng(seed)
    model = KMeans(n_clusters=k, n_init=5, random_state=0)
    mean = 0.0
    for done in range(repeats):
        one = model.fit(X.take(_draw(rng, len(X)), axis=0)).predict(X)
        two = model.fit(X.take(_draw(rng, len(X)), axis=0)).predict(X)
        (tn, fp), (fn, tp) = pair_confusion_matrix(one, two).tolist()
        same = fn == 0 and fp == 0
        score = 1.0 if same else 2 * (tp * tn - fn * fp) / ((tp + fn) * (fn + tn) + (tp + fp) * (fp + tn))
        mean += (score - mean) / (done + 1)
    return mean


def right__stability_of_k__choose_two(X, k, repeats, seed):
    """Hubert and Arabie's formula with math.comb; the halves of all repeats drawn beforehand."""

    def index(one, two):
        together = sum(math.comb(n, 2) for n in Counter(zip(one, two, strict=True)).values())
        a, b = (sum(math.comb(n, 2) for n in Counter(labels).values()) for labels in (one, two))
        expected = a * b / math.comb(len(one), 2)
        return 1.0 if (a + b) / 2 == expected else (together - expected) / ((a + b) / 2 - expected)

    return _stability(X, k, repeats, seed, score=lambda one, two: index(one.tolist(), two.tolist()))


def wrong__stability_of_k__complement(X, k, repeats, seed):
    """The other half is the rest of the same permutation."""
    rng = np.random.default_rng(seed)
    scores = []
    for _ in range(repeats):
        order = rng.permutation(len(X))
        scores.append(_compare(X, k, (order[: len(X) // 2], order[len(X) // 2 :])))
    return float(np.mean(scores))


def wrong__stability_of_k__complement_second_draw(X, k, repeats, seed):
    """The other half is the rest of the same permutation, though a second one is drawn and thrown away."""
    rng = np.random.default_rng(seed)
    scores = []
    for _ in range(repeats):
        order = rng.permutation(len(X))
        rng.permutation(len(X))
        scores.append(_compare(X, k, (order[: len(X) // 2], order[len(X) // 2 :][: len(X) // 2])))
    return float(np.mean(scores))


def wrong__stability_of_k__seeds_again(X, k, repeats, seed):
    """Begins with the seed again in each repeat: all repeats are the same."""
    rng = np.random.default_rng(seed)
    pair = [_draw(rng, len(X)), _draw(rng, len(X))]
    return float(_compare(X, k, pair)) + 0.0 * repeats


def wrong__stability_of_k__seed_plus_repeat(X, k, repeats, seed):
    """Takes the seed plus the number of the repeat: right for the first one only."""
    scores = []
    for repeat in range(repeats):
        rng = np.random.default_rng(seed + repeat)
        scores.append(_compare(X, k, [_draw(rng, len(X)), _draw(rng, len(X))]))
    return float(np.mean(scores))


def wrong__stability_of_k__first_halves_first(X, k, repeats, seed):
    """Draws the first halves of all repeats, then the second ones: right for one repeat."""
    rng = np.random.default_rng(seed)
    first = [_draw(rng, len(X)) for _ in range(repeats)]
    second = [_draw(rng, len(X)) for _ in range(repeats)]
    return float(np.mean([_compare(X, k, pair) for pair in zip(first, second, strict=True)]))


def wrong__stability_of_k__kept_half(X, k, repeats, seed):
    """The second half of a repeat is the first of the next one."""
    rng = np.random.default_rng(seed)
    halves = [_draw(rng, len(X)) for _ in range(repeats + 1)]
    return float(np.mean([_compare(X, k, pair) for pair in pairwise(halves)]))


def wrong__stability_of_k__sorted_rows(X, k, repeats, seed):
    """Fits on the rows of the half in the order of X, not in the order drawn."""
    return _stability(X, k, repeats, seed, order=np.sort)


def wrong__stability_of_k__mask(X, k, repeats, seed):
    """Uses the second half in the order of X, the first in the order drawn."""
    rng = np.random.default_rng(seed)
    halves = [(_draw(rng, len(X)), np.sort(_draw(rng, len(X)))) for _ in range(repeats)]
    return float(np.mean([_compare(X, k, pair) for pair in halves]))


def wrong__stability_of_k__larger_half(X, k, repeats, seed):
    """Rounds the half up: wrong for an odd number of rows."""
    return _stability(X, k, repeats, seed, size=(len(X) + 1) // 2)


def wrong__stability_of_k__end_of_permutation(X, k, repeats, seed):
    """Takes the end of each permutation."""
    rng = np.random.default_rng(seed)
    n = len(X)
    halves = [(rng.permutation(n)[n - n // 2 :], rng.permutation(n)[n - n // 2 :]) for _ in range(repeats)]
    return float(np.mean([_compare(X, k, pair) for pair in halves]))


def wrong__stability_of_k__choice(X, k, repeats, seed):
    """Draws the halves with rng.choice: other rows."""
    rng = np.random.default_rng(seed)
    n = len(X)
    halves = [[rng.choice(n, n // 2, replace=False) for _ in range(2)] for _ in range(repeats)]
    return float(np.mean([_compare(X, k, pair) for pair in halves]))


def wrong__stability_of_k__old_generator(X, k, repeats, seed):
    """Draws with NumPy's old generator."""
    rng = np.random.RandomState(seed)
    halves = [[_draw(rng, len(X)) for _ in range(2)] for _ in range(repeats)]
    return float(np.mean([_compare(X, k, pair) for pair in halves]))


def wrong__stability_of_k__seed_0(X, k, repeats, seed):
    """Ignores the seed."""
    return _stability(X, k, repeats, 0)


def wrong__stability_of_k__one_start(X, k, repeats, seed):
    """One start of k-means instead of five."""
    rng = np.random.default_rng(seed)
    scores = []
    for _ in range(repeats):
        one, two = (_fit(X, _draw(rng, len(X)), k, n_init=1).predict(X) for _ in range(2))
        scores.append(adjusted_rand_score(one, two))
    return float(np.mean(scores))


def wrong__stability_of_k__ten_starts(X, k, repeats, seed):
    """Ten starts of k-means instead of five."""
    rng = np.random.default_rng(seed)
    scores = []
    for _ in range(repeats):
        one, two = (_fit(X, _draw(rng, len(X)), k, n_init=10).predict(X) for _ in range(2))
        scores.append(adjusted_rand_score(one, two))
    return float(np.mean(scores))


def wrong__stability_of_k__random_state_is_seed(X, k, repeats, seed):
    """The models get the seed too."""
    rng = np.random.default_rng(seed)
    scores = []
    for _ in range(repeats):
        one, two = (_fit(X, _draw(rng, len(X)), k, random_state=seed).predict(X) for _ in range(2))
        scores.append(adjusted_rand_score(one, two))
    return float(np.mean(scores))


def wrong__stability_of_k__second_random_state(X, k, repeats, seed):
    """The second model gets another random state than the first."""
    rng = np.random.default_rng(seed)
    scores = []
    for _ in range(repeats):
        one, two = (_fit(X, _draw(rng, len(X)), k, random_state=state).predict(X) for state in range(2))
        scores.append(adjusted_rand_score(one, two))
    return float(np.mean(scores))


def wrong__stability_of_k__against_all(X, k, repeats, seed):
    """Compares a half's model with the model of all rows."""
    rng = np.random.default_rng(seed)
    everything = np.arange(len(X))
    scores = []
    for _ in range(repeats):
        first, _ = _draw(rng, len(X)), _draw(rng, len(X))
        scores.append(_compare(X, k, (first, everything)))
    return float(np.mean(scores))


def wrong__stability_of_k__shared_rows(X, k, repeats, seed):
    """Compares on the rows that are in both halves, where there are at least two."""
    rng = np.random.default_rng(seed)
    scores = []
    for _ in range(repeats):
        halves = [_draw(rng, len(X)), _draw(rng, len(X))]
        shared = np.intersect1d(*halves)
        shared = shared if len(shared) > 1 else np.arange(len(X))
        scores.append(adjusted_rand_score(*(_fit(X, half, k).predict(X[shared]) for half in halves)))
    return float(np.mean(scores))


def wrong__stability_of_k__plain_rand(X, k, repeats, seed):
    """The Rand index, not adjusted."""
    return _stability(X, k, repeats, seed, score=rand_score)


def wrong__stability_of_k__mutual_information(X, k, repeats, seed):
    """The adjusted mutual information."""
    return _stability(X, k, repeats, seed, score=adjusted_mutual_info_score)


def wrong__stability_of_k__fowlkes_mallows(X, k, repeats, seed):
    """The index of Fowlkes and Mallows."""
    return _stability(X, k, repeats, seed, score=fowlkes_mallows_score)


def wrong__stability_of_k__never_negative(X, k, repeats, seed):
    """Cuts negative indices off at 0."""
    return _stability(X, k, repeats, seed, score=lambda one, two: max(0.0, adjusted_rand_score(one, two)))


def wrong__stability_of_k__median(X, k, repeats, seed):
    """The median of the repeats: the same for one or two."""
    return _stability(X, k, repeats, seed, mean=np.median)


def wrong__stability_of_k__joined_labels(X, k, repeats, seed):
    """One index over the labelings of all repeats put together."""
    rng = np.random.default_rng(seed)
    one, two = [], []
    for repeat in range(repeats):
        one.extend(_fit(X, _draw(rng, len(X)), k).predict(X) + k * repeat)
        two.extend(_fit(X, _draw(rng, len(X)), k).predict(X) + k * repeat)
    return float(adjusted_rand_score(one, two))


def wrong__stability_of_k__up_to_five_repeats(X, k, repeats, seed):
    """Stops after five repeats."""
    return _stability(X, k, min(repeats, 5), seed)


def wrong__stability_of_k__rounded(X, k, repeats, seed):
    """Rounds to two digits."""
    return round(_stability(X, k, repeats, seed), 2)


def wrong__stability_of_k__one_group_is_zero(X, k, repeats, seed):
    """Returns 0 for k = 1, where both labelings are the same."""
    return 0.0 if k == 1 else _stability(X, k, repeats, seed)


# --- density_clusters ------------------------------------------------------------------------------------------------


def _near(X, eps):
    return cdist(X, X) <= eps


def _components(near, core):
    """Number the components of the core rows by their first rows; −1 elsewhere."""
    clusters = np.full(len(core), -1)
    found = 0
    for start in np.flatnonzero(core).tolist():
        if clusters[start] < 0:
            queue = deque([start])
            clusters[start] = found
            while queue:
                for other in np.flatnonzero(near[queue.popleft()] & core & (clusters < 0)).tolist():
                    clusters[other] = found
                    queue.append(other)
            found += 1
    return clusters


def _borders(near, core, clusters, choose=lambda rows: rows[0]):
    clusters = clusters.copy()
    for i in np.flatnonzero(~core).tolist():
        rows = np.flatnonzero(near[i] & core)
        if len(rows):
            clusters[i] = clusters[choose(rows)]
    return clusters


def _dbscan(near, min_samples):
    core = near.sum(axis=1) >= min_samples
    return _borders(near, core, _components(near, core))


def _by_first_row(clusters):
    """Number the clusters by their first rows of any kind."""
    numbers = {}
    return np.array([-1 if c < 0 else numbers.setdefault(c, len(numbers)) for c in clusters.tolist()])


def right__density_clusters__queue(X, eps, min_samples):
    """A queue over the core rows, the others afterwards."""
    return _dbscan(_near(X, eps), min_samples)


def right__density_clusters__scikit_learn(X, eps, min_samples):
    """DBSCAN of scikit-learn with the exact distances."""
    return DBSCAN(eps=eps, min_samples=min_samples, metric="precomputed").fit(cdist(X, X)).labels_


def right__density_clusters__union_find(X, eps, min_samples):
    """A tree of pairs and union-find; other rows join the last core row in reach; a list."""
    pairs = KDTree(X).query_pairs(eps, output_type="ndarray")
    counts = np.bincount(pairs.ravel(), minlength=len(X)) + 1
    core = (counts >= min_samples).tolist()
    parent = list(range(len(X)))

    def root(i):
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    joins = {}
    for i, j in pairs.tolist():
        if core[i] and core[j]:
            first, second = sorted((root(i), root(j)))
            parent[second] = first
        elif core[i]:
            joins[j] = i
        elif core[j]:
            joins[i] = j
    numbers = {}
    for i in range(len(X)):
        if core[i]:
            numbers.setdefault(root(i), len(numbers))
    return [numbers[root(joins.get(i, i))] if core[i] or i in joins else -1 for i in range(len(X))]


def right__density_clusters__sparse(X, eps, min_samples):
    """The connected components of SciPy; other rows join the nearest core row."""
    distances = squareform(pdist(X)) if len(X) > 1 else np.zeros((1, 1))
    core = np.flatnonzero((distances <= eps).sum(axis=0) >= min_samples)
    clusters = np.full(len(X), -1, dtype=np.int64)
    if len(core):
        _, parts = connected_components(distances[np.ix_(core, core)] <= eps, directed=False)
        _, first, parts = np.unique(parts, return_index=True, return_inverse=True)
        clusters[core] = np.argsort(np.argsort(first))[parts]
        nearest = core[distances[:, core].argmin(axis=1)]
        rest = (clusters < 0) & (distances[np.arange(len(X)), nearest] <= eps)
        clusters[rest] = clusters[nearest[rest]]
    return clusters


def right__density_clusters__stack(X, eps, min_samples):
    """A stack, and the neighbors asked for one row at a time; border rows join on the way."""
    n = len(X)

    def neighbors(i):
        return np.flatnonzero(np.sqrt(((X - X[i]) ** 2).sum(axis=1)) <= eps)

    near = [neighbors(i) for i in range(n)]
    clusters = [-1] * n
    number = -1
    for start in range(n):
        if clusters[start] == -1 and len(near[start]) >= min_samples:
            number += 1
            clusters[start] = number
            stack = [start]
            while stack:
                for j in near[stack.pop()].tolist():
                    if clusters[j] == -1:
                        clusters[j] = number
                        if len(near[j]) >= min_samples:
                            stack.append(j)
    return np.array(clusters)


def wrong__density_clusters__strictly_below(X, eps, min_samples):
    """Leaves out rows at exactly eps."""
    return _dbscan((cdist(X, X) < eps) | np.eye(len(X), dtype=bool), min_samples)


def wrong__density_clusters__strict_count(X, eps, min_samples):
    """Counts rows at exactly eps, but doesn't link core rows by them."""
    core = _near(X, eps).sum(axis=1) >= min_samples
    strict = cdist(X, X) < eps
    return _borders(_near(X, eps), core, _components(strict | np.eye(len(X), dtype=bool), core))


def wrong__density_clusters__strict_border(X, eps, min_samples):
    """A row at exactly eps of a core row doesn't join."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    return _borders(cdist(X, X) < eps, core, _components(near, core))


def wrong__density_clusters__not_itself(X, eps, min_samples):
    """Doesn't count the row itself."""
    return _dbscan(_near(X, eps), min_samples + 1)


def wrong__density_clusters__other_values(X, eps, min_samples):
    """Counts copies of the row only once, together with itself."""
    distances = cdist(X, X)
    core = ((distances <= eps) & (distances > 0)).sum(axis=1) + 1 >= min_samples
    return _borders(distances <= eps, core, _components(distances <= eps, core))


def wrong__density_clusters__distinct_rows(X, eps, min_samples):
    """Counts each place only once, however many rows lie there."""
    places = np.unique(X, axis=0)
    core = (cdist(X, places) <= eps).sum(axis=1) >= min_samples
    return _borders(_near(X, eps), core, _components(_near(X, eps), core))


def wrong__density_clusters__chains_over_borders(X, eps, min_samples):
    """Goes on along rows that aren't core rows."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    clusters = np.full(len(X), -1)
    for start in np.flatnonzero(core).tolist():
        if clusters[start] < 0:
            number = clusters.max() + 1
            stack = [start]
            while stack:
                i = stack.pop()
                if clusters[i] < 0:
                    clusters[i] = number
                    stack.extend(np.flatnonzero(near[i]).tolist())
    return clusters


def wrong__density_clusters__one_step_over_borders(X, eps, min_samples):
    """Two clusters that share a border row become one."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    linked = near.copy()
    for i in np.flatnonzero(~core).tolist():
        rows = np.flatnonzero(near[i] & core)
        linked[np.ix_(rows, rows)] = True
    return _borders(near, core, _components(linked, core))


def wrong__density_clusters__rows_near_borders(X, eps, min_samples):
    """A row joins also where only a border row is within eps, one step far."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    clusters = _borders(near, core, _components(near, core))
    return _borders(near, clusters >= 0, clusters)


def wrong__density_clusters__borders_are_noise(X, eps, min_samples):
    """Rows that aren't core rows are noise."""
    near = _near(X, eps)
    return _components(near, near.sum(axis=1) >= min_samples)


def wrong__density_clusters__noise_stays_noise(X, eps, min_samples):
    """A row that comes before all core rows of its cluster stays noise."""
    clusters = _dbscan(_near(X, eps), min_samples)
    core = _near(X, eps).sum(axis=1) >= min_samples
    first = {c: np.flatnonzero(core & (clusters == c))[0] for c in set(clusters.tolist()) - {-1}}
    return np.array([c if c < 0 or i >= first[c] else -1 for i, c in enumerate(clusters.tolist())])


def wrong__density_clusters__number_by_first_row(X, eps, min_samples):
    """Numbers by the first row of any kind: a border row counts too."""
    return _by_first_row(_dbscan(_near(X, eps), min_samples))


def wrong__density_clusters__number_by_size(X, eps, min_samples):
    """Numbers by size, the largest cluster first."""
    clusters = _dbscan(_near(X, eps), min_samples)
    order = [c for c, _ in Counter(c for c in clusters.tolist() if c >= 0).most_common()]
    return np.array([-1 if c < 0 else order.index(c) for c in clusters.tolist()])


def wrong__density_clusters__number_by_place(X, eps, min_samples):
    """Numbers from left to right."""
    order = np.argsort(X[:, 0], kind="stable")
    clusters = np.empty(len(X), dtype=int)
    clusters[order] = _dbscan(_near(X[order], eps), min_samples)
    return clusters


def wrong__density_clusters__last_row_first(X, eps, min_samples):
    """Numbers by the last core rows."""
    clusters = _dbscan(_near(X, eps), min_samples)
    core = _near(X, eps).sum(axis=1) >= min_samples
    last = {c: np.flatnonzero(core & (clusters == c))[-1] for c in set(clusters.tolist()) - {-1}}
    order = sorted(last, key=last.get)
    return np.array([-1 if c < 0 else order.index(c) for c in clusters.tolist()])


def wrong__density_clusters__nearest_row(X, eps, min_samples):
    """A row joins the cluster of its nearest row, and is noise if that isn't a core row."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    clusters = _components(near, core)
    distances = cdist(X, X) + np.where(np.eye(len(X)) > 0, np.inf, 0)
    nearest = distances.argmin(axis=1)
    joins = ~core & near[np.arange(len(X)), nearest]
    return np.where(joins, clusters[nearest], clusters)


def wrong__density_clusters__all_rows_linked(X, eps, min_samples):
    """Groups of at least min_samples rows linked within eps, with or without core rows."""
    near = _near(X, eps)
    parts = _components(near, np.ones(len(X), dtype=bool))
    sizes = np.bincount(parts)
    return _by_first_row(np.where(sizes[parts] >= min_samples, parts, -1))


def wrong__density_clusters__single_rows_are_noise(X, eps, min_samples):
    """A cluster of one row is noise: with min_samples 1 each row is a cluster."""
    clusters = _dbscan(_near(X, eps), min_samples)
    sizes = Counter(clusters.tolist())
    return _by_first_row(np.array([c if sizes[c] > 1 else -1 for c in clusters.tolist()]))


def wrong__density_clusters__two_sweeps(X, eps, min_samples):
    """Passes the smallest number on in one sweep forward and one back: a chain in mixed order falls apart."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    numbers = np.where(core, np.arange(len(X)), -1)
    rows = np.flatnonzero(core).tolist()
    for i in rows + rows[::-1]:
        linked = near[i] & core
        numbers[linked] = numbers[linked].min()
    names = {n: c for c, n in enumerate(dict.fromkeys(numbers[core].tolist()))}
    return _borders(near, core, np.array([names.get(n, -1) for n in numbers.tolist()]))


def wrong__density_clusters__hundred_steps(X, eps, min_samples):
    """Follows a chain for at most 100 steps."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    clusters = np.full(len(X), -1)
    for start in np.flatnonzero(core).tolist():
        if clusters[start] < 0:
            number = clusters.max() + 1
            front = np.array([start])
            for _ in range(100):
                clusters[front] = number
                front = np.flatnonzero(near[front].any(axis=0) & core & (clusters < 0))
                if len(front) == 0:
                    break
    return _borders(near, core, clusters)


def wrong__density_clusters__recursion(X, eps, min_samples):
    """Calls itself from row to row: too deep for a long chain."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    clusters = np.full(len(X), -1)

    def visit(i, number):
        clusters[i] = number
        for j in np.flatnonzero(near[i]).tolist():
            if clusters[j] < 0:
                if core[j]:
                    visit(j, number)
                else:
                    clusters[j] = number

    number = 0
    for i in np.flatnonzero(core).tolist():
        if clusters[i] < 0:
            visit(i, number)
            number += 1
    return clusters


def wrong__density_clusters__manhattan(X, eps, min_samples):
    """The sum of the differences: the same in one column only."""
    return _dbscan(cdist(X, X, "cityblock") <= eps, min_samples)


def wrong__density_clusters__chebyshev(X, eps, min_samples):
    """The largest difference of a column: the same in one column only."""
    return _dbscan(cdist(X, X, "chebyshev") <= eps, min_samples)


def wrong__density_clusters__squared(X, eps, min_samples):
    """Squared distances: the same for eps = 1."""
    return _dbscan(cdist(X, X, "sqeuclidean") <= eps, min_samples)


def wrong__density_clusters__two_columns(X, eps, min_samples):
    """Looks at the first two columns only."""
    return _dbscan(_near(X[:, :2], eps), min_samples)


def wrong__density_clusters__about_eps(X, eps, min_samples):
    """Counts rows slightly beyond eps."""
    distances = cdist(X, X)
    return _dbscan((distances < eps) | np.isclose(distances, eps), min_samples)


def wrong__density_clusters__single_precision(X, eps, min_samples):
    """Compares in float32: large coordinates lose their digits."""
    return _dbscan(_near(X.astype(np.float32).astype(float), eps), min_samples)


def wrong__density_clusters__more_than(X, eps, min_samples):
    """Calls a row a core row, but a cluster needs min_samples core rows."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    clusters = _components(near, core)
    sizes = Counter(clusters.tolist())
    small = np.array([c >= 0 and sizes[c] < min_samples for c in clusters.tolist()])
    kept = core & ~small
    return _borders(near, kept, _components(near, kept))


def wrong__density_clusters__centers(X, eps, min_samples):
    """A core row joins only if it is within eps of the cluster's first row, not along the chain."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    clusters = np.full(len(X), -1)
    number = 0
    for i in np.flatnonzero(core).tolist():
        if clusters[i] < 0:
            clusters[near[i] & core & (clusters < 0)] = number
            number += 1
    return _borders(near, core, clusters)
