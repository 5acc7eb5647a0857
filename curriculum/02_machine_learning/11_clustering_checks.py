"""Checks of `02_machine_learning/11_clustering`: every renaming, distances one by one, exact fractions, components."""

import math
from collections import Counter
from fractions import Fraction
from functools import cache, lru_cache

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, rand_score

from handrail.expect import (
    Mismatch,
    agree,
    arrays,
    attempt,
    between,
    call,
    close,
    equivalent,
    for_all,
    hints,
    kind,
    numbers,
    require,
    shape,
)

# 1. relabel_like


@st.composite
def _two_years(draw):
    n = draw(between(1, 9))
    reference = draw(arrays(st.sampled_from([3, 1, 7, -1]), size=n))
    return call(reference, draw(arrays(st.sampled_from([0, 1, 2, 7, -1]), size=n)))


def _table(rows, names_from=0):
    """Return a call from counts: one row for each cluster, one column for each name."""
    pairs = [
        (name, cluster) for cluster, row in enumerate(rows) for name, count in enumerate(row) for _ in range(count)
    ]
    order = np.random.default_rng(len(pairs)).permutation(len(pairs))
    reference, labels = np.array(pairs)[order].T
    return call(reference * 10 + names_from, labels)


def _most(reference, labels):
    """Return how many rows can agree: try every name, and none, for each cluster in turn."""
    pairs = Counter(zip(labels.tolist(), reference.tolist(), strict=True))
    clusters, names = sorted(set(labels.tolist())), sorted(set(reference.tolist()))

    @cache
    def best(at, used):
        if at == len(clusters):
            return 0
        named = [
            pairs[clusters[at], name] + best(at + 1, used | 1 << i) for i, name in enumerate(names) if not used >> i & 1
        ]
        return max([best(at + 1, used), *named])

    return best(0, 0)


@hints(
    "Count first: how many rows does each cluster share with each name? Look at the table before you hand out names.",
    "The names must be chosen together, since a name that one cluster takes is lost for the others. For a few clusters "
    "you can try every order of names with `itertools.permutations`.",
    "`scipy.optimize.linear_sum_assignment` finds the cheapest pairs of rows and columns in a table; agreement is to "
    "be large, not small. What do clusters without a partner get?",
)
@equivalent("names.max() + 1", "names.max() + 2", because="any new numbers are right")
def check_relabel_like(relabel_like):
    def test(reference, labels):
        returned = relabel_like(reference, labels)
        kind(returned, (np.ndarray, list, tuple, pd.Series))
        renamed = attempt(lambda: np.asarray(returned), "reading your result as an array")
        shape(renamed, labels.shape)
        whole = renamed.dtype.kind in "iu" or (renamed.dtype.kind == "f" and (renamed == np.round(renamed)).all())
        require(whole, f"The new labels should be integers; they are {renamed.dtype}.")
        _kept_apart(labels, renamed, returned)
        agreeing, most = int((renamed == reference).sum()), _most(reference, labels)
        if agreeing < most:
            message = f"With your names {agreeing} of {len(labels)} rows agree; another renaming reaches {most}."
            raise Mismatch(message, returned=returned)

    for_all(test, on=_two_years(), also=_planned_years(), examples=25)
    for_all(test, on=_many_clusters(), also=_many_clusters(), examples=1)


def _kept_apart(labels, renamed, returned):
    """Fail unless rows with equal labels have equal new labels, and others different ones."""
    pairs = set(zip(labels.tolist(), renamed.tolist(), strict=True))
    for place, many in ((0, "was given two names"), (1, "stands for two clusters")):
        for label, count in Counter(pair[place] for pair in pairs).items():
            if count > 1:
                what = "Cluster" if place == 0 else "The new label"
                raise Mismatch(f"{what} {label:.0f} {many} in your result.", returned=returned)


def _planned_years():
    return [
        call(np.array([5, 5, 5, 2, 2]), np.array([0, 0, 1, 1, 1])),
        call(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0])),
        _table([[3, 2], [4, 0]]),
        _table([[5, 4], [4, 0]]),
        _table([[4, 0], [3, 2]]),
        _table([[5, 1], [4, 2], [3, 0]], 1),
        _table([[2, 0, 0], [0, 3, 1]]),
        call(np.array([4, 4, 4]), np.array([9, 4, 9])),
        call(np.array([1, 1, 1, 2, 3]), np.array([2, 3, 0, 1, 1])),
        call(np.array([6]), np.array([-1])),
        call(np.array([1, 2, 3]), np.array([0, 0, 0])),
        call(np.array([8, 8, 8, 8]), np.array([3, 2, 1, 0])),
        call(np.array([4, 4, 4, 4]), np.array([9, 9, 0, -1])),
        call(np.array([4, 4, 4, 4]), np.array([9, 9, 4, 5])),
        call(np.array([3, 3, -1]), np.array([0, 1, 2])),
        call(np.array([8, 8, 8, 9]), np.array([9, 9, 10, 10])),
        call(np.array([-1, -1, 0, 0]), np.array([0, 0, -1, 1])),
        call(np.array([-2, -2, -3, -3]), np.array([0, 1, -2, -2])),
        call(np.array([2, 2, 2, 2, 7, 7, 7]), np.array([1, 1, 3, 4, 3, 3, 5])),
    ]


def _many_clusters():
    return [
        _table([[7, 6, 0, 1], [6, 1, 0, 0], [0, 5, 6, 4], [1, 0, 5, 0], [0, 0, 0, 2]], 3),
        _table(np.random.default_rng(4).integers(0, 5, (8, 8)), 100),
        _table(np.random.default_rng(5).integers(0, 6, (9, 6)), -20),
        _table(np.random.default_rng(6).integers(0, 6, (5, 9))),
    ]


def _shared(reference, labels):
    return Counter(zip(labels.tolist(), reference.tolist(), strict=True))


def _named(labels, names, taken):
    """Return the labels under their names; clusters without a name get numbers from beyond `taken`."""
    free, names = max([*taken, *names.values()]) + 1, dict(names)
    for cluster in sorted(set(labels.tolist()) - set(names)):
        names[cluster] = free
        free += 1
    return np.array([names[label] for label in labels.tolist()])


def relabel_like__largest_first(reference, labels):
    """The largest cluster took a name that another cluster needed more. Choose all the names together."""
    shared, names = _shared(reference, labels), {}
    for cluster, _ in Counter(labels.tolist()).most_common():
        free = [name for name in sorted(set(reference.tolist())) if name not in names.values()]
        if free:
            names[cluster] = max(free, key=lambda name: shared[cluster, name])
    return _named(labels, names, reference.tolist())


def relabel_like__best_pair_first(reference, labels):
    """You gave out the best pair first. That can cost more later than it gains: choose all names together."""
    names = {}
    for (cluster, name), _ in sorted(_shared(reference, labels).items(), key=lambda item: (-item[1], item[0])):
        if cluster not in names and name not in names.values():
            names[cluster] = name
    return _named(labels, names, reference.tolist())


def relabel_like__favorite_name(reference, labels):
    """Two clusters got the same name: each took the most frequent one among its rows. A name can be used only once."""
    shared, renamed = _shared(reference, labels), labels.copy()
    for cluster in np.unique(labels):
        renamed[labels == cluster] = max(sorted(set(reference.tolist())), key=lambda name: shared[int(cluster), name])
    return renamed


def relabel_like__unchanged(reference, labels):
    """Cluster numbers are arbitrary: 0/1 and 1/0 are the same clustering. Rename them so that rows agree."""
    return labels


def relabel_like__reference(reference, labels):
    """You returned the reference. Rename the clusters: rows with equal labels must keep equal labels."""
    return reference


def relabel_like__sorted_names(reference, labels):
    """You gave the smallest name to the smallest label, and so on. Choose the names by the rows that are shared."""
    names = dict(zip(np.unique(labels).tolist(), np.unique(reference).tolist(), strict=False))
    return _named(labels, names, reference.tolist())


def _assigned(reference, labels):
    """Return the best names of the clusters that share any row with theirs."""
    from scipy.optimize import linear_sum_assignment

    shared, clusters, names = _shared(reference, labels), np.unique(labels).tolist(), np.unique(reference).tolist()
    table = np.array([[shared[cluster, name] for name in names] for cluster in clusters])
    return {clusters[i]: names[j] for i, j in zip(*linear_sum_assignment(-table), strict=True)}


def relabel_like__extra_keeps_number(reference, labels):
    """A cluster without a partner kept its old number, which may be a name already. Give it a number that is new."""
    names = _assigned(reference, labels)
    return np.array([names.get(label, label) for label in labels.tolist()])


def relabel_like__extras_together(reference, labels):
    """All clusters without a partner got one number together. Each of them needs its own."""
    names, free = _assigned(reference, labels), int(reference.max()) + 1
    return np.array([names.get(label, free) for label in labels.tolist()])


# 2. silhouette_of


@st.composite
def _crowd(draw):
    n, width = draw(between(2, 7)), draw(between(1, 3))
    labels = draw(arrays(st.sampled_from([0, 1, 2, -1]), size=n))
    labels[0], labels[1] = 4, 1
    X = draw(arrays(numbers(-3, 6), shape=(n, width)))
    order = draw(st.permutations(range(n)))
    return call(X, labels[list(order)], draw(between(0, n - 1)))


def _by_distances(X, labels, row):
    own, others = [], {}
    for other, (point, label) in enumerate(zip(X.tolist(), labels.tolist(), strict=True)):
        if label != labels[row]:
            others.setdefault(label, []).append(math.dist(point, X[row].tolist()))
        elif other != row:
            own.append(math.dist(point, X[row].tolist()))
    if not own:
        return 0.0
    a, b = math.fsum(own) / len(own), min(math.fsum(far) / len(far) for far in others.values())
    return (b - a) / max(a, b) if a or b else 0.0


@hints(
    "Compute the distances from this row to all rows once. Everything else is a mean of some of them.",
    "Two means: one over the row's own cluster without the row, one for each other cluster. Which of these counts?",
    "The distance to yourself adds 0 to the sum of your cluster: divide that sum by the number of the *other* rows. "
    "And if that number is 0, or both means are?",
)
def check_silhouette_of(silhouette_of):
    also = [
        call(np.array([[0.0], [1.0], [4.0]]), np.array([0, 0, 7]), 1),
        call(np.array([[0.0], [1.0], [4.0], [9.0]]), np.array([0, 0, 7, 2]), 0),
        call(np.array([[0.0], [1.0], [4.0], [9.0], [9.5]]), np.array([2, 2, 0, 1, 1]), 0),
        call(np.array([[0.0], [1.0], [4.0]]), np.array([0, 0, 7]), 2),
        call(np.array([[1.0], [1.0], [1.0]]), np.array([3, 3, 5]), 0),
        call(np.array([[1.0], [1.0], [4.0]]), np.array([3, 3, 5]), 0),
        call(np.array([[1.0], [4.0], [1.0]]), np.array([3, 3, 5]), 0),
        call(np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0], [0.0, 1.0]]), np.array([1, 1, 0, -1]), 0),
        call(np.array([[0, 0], [3, 4], [6, 8], [0, 1]]), np.array([1, 1, 0, 0]), 3),
        call(np.array([[0.0], [2.0], [4.0], [1.0], [7.0]]), np.array([0, 0, 0, 1, 1]), 1),
        call(np.array([[-1.0], [-1.0], [-5.0], [-2.0]]), np.array([-1, -1, -1, 0]), 2),
        call(np.array([[0.0], [1.0], [1.5], [30.0], [2.0], [3.0], [4.0]]), np.array([0, 0, 1, 1, 2, 2, 2]), 0),
        call(np.array([[5.0], [5.5], [1.0], [1.25], [1.5], [2.0]]), np.array([9, 9, 8, 8, 8, 8]), 0),
        call(np.array([[1.0], [1.0], [3.0], [9.0]]), np.array([0, 0, 0, 1]), 0),
        call(np.array([[0.0], [1.0], [-9.0], [9.0], [5.0], [6.0]]), np.array([0, 0, 1, 1, 2, 2]), 0),
        call(np.array([[0.0], [1e-12], [4e-12]]), np.array([0, 0, 7]), 1),
    ]
    agree(silhouette_of, _by_distances, on=_crowd(), also=also, examples=30)
    rng = np.random.default_rng(2)
    far = np.round(rng.normal(0, 3, (60, 4)), 2)
    large = [
        call(far, rng.integers(0, 5, 60), 17),
        call(far / 1000, rng.integers(0, 4, 60), 5),
        call(far * 1000, rng.integers(-2, 2, 60), 59),
        call(far, rng.integers(0, 3, 60).astype(np.int8), 0),
    ]
    agree(silhouette_of, _by_distances, on=large, also=large, examples=1)
    crowd = call(np.round(rng.normal(0, 3, (250, 2)), 2), rng.integers(0, 2, 250), 3)
    agree(silhouette_of, _by_distances, on=[crowd], examples=1, why="(Two clusters of more than 100 rows.)")


def _parts(X, labels, row, power=2):
    """Return the distances to the mates and to each other cluster."""
    distances = (np.abs(X.astype(float) - X[row]) ** power).sum(axis=1) ** (1 / power)
    mates = (labels == labels[row]) & (np.arange(len(X)) != row)
    return distances[mates], [distances[labels == other] for other in np.unique(labels) if other != labels[row]]


def _ratio(a, b):
    return float((b - a) / max(a, b)) if max(a, b) > 0 else 0.0


def silhouette_of__itself_included(X, labels, row):
    """The distance to yourself is 0 and makes your cluster look tight. Divide by the number of the *other* rows."""
    own, others = _parts(X, labels, row)
    return _ratio(own.sum() / (len(own) + 1), min(far.mean() for far in others))


def silhouette_of__all_others(X, labels, row):
    """You averaged over all rows of other clusters. Compare with the *nearest* other cluster."""
    own, others = _parts(X, labels, row)
    return _ratio(own.mean(), np.concatenate(others).mean()) if len(own) else 0.0


def silhouette_of__farthest_cluster(X, labels, row):
    """You compared with the farthest of the other clusters. Take the nearest: the smallest mean distance."""
    own, others = _parts(X, labels, row)
    return _ratio(own.mean(), max(far.mean() for far in others)) if len(own) else 0.0


def silhouette_of__nearest_row(X, labels, row):
    """You took the nearest row of another cluster. b is a *mean* distance to the rows of one cluster."""
    own, others = _parts(X, labels, row)
    return _ratio(own.mean(), min(far.min() for far in others)) if len(own) else 0.0


def silhouette_of__centers(X, labels, row):
    """You measured distances to the centers of the clusters. The silhouette uses distances to rows."""
    if (labels == labels[row]).sum() == 1:
        return 0.0
    far = {label: float(np.linalg.norm(X[row] - X[labels == label].mean(axis=0))) for label in np.unique(labels)}
    return _ratio(far.pop(labels[row]), min(far.values()))


def silhouette_of__sum_below(X, labels, row):
    """You divided by a + b. Divide by the larger of the two."""
    own, others = _parts(X, labels, row)
    a, b = own.mean() if len(own) else 0, min(far.mean() for far in others)
    return float((b - a) / (a + b)) if len(own) and a + b > 0 else 0.0


def silhouette_of__turned_round(X, labels, row):
    """The sign is turned round: a row close to its own cluster has a positive silhouette, (b − a) / max(a, b)."""
    own, others = _parts(X, labels, row)
    return -_ratio(own.mean(), min(far.mean() for far in others)) if len(own) else 0.0


def silhouette_of__alone_is_perfect(X, labels, row):
    """A row that is alone in its cluster got a = 0 and so a perfect 1. The task asks for 0."""
    own, others = _parts(X, labels, row)
    return _ratio(own.mean() if len(own) else 0.0, min(far.mean() for far in others))


def silhouette_of__squared(X, labels, row):
    """Those are squared distances. Take the root before you average."""
    own, others = _parts(X, labels, row)
    return _ratio((own**2).mean(), min((far**2).mean() for far in others)) if len(own) else 0.0


def silhouette_of__city_blocks(X, labels, row):
    """You added up the absolute differences. The Euclidean distance squares them, adds, and takes the root."""
    own, others = _parts(X, labels, row, power=1)
    return _ratio(own.mean(), min(far.mean() for far in others)) if len(own) else 0.0


def silhouette_of__nothing_by_nothing(X, labels, row):
    """Where all the rows that count lie in one place, a and b are 0, and you divide 0 by 0. The task asks for 0."""
    own, others = _parts(X, labels, row)
    if len(own) == 0:
        return 0.0
    a, b = own.mean(), min(far.mean() for far in others)
    return float((b - a) / max(a, b)) if max(a, b) > 0 else math.nan


# 3. segment_profile


@st.composite
def _shop(draw):
    n = draw(between(2, 7))
    columns = {name: draw(arrays(numbers(-3, 6), size=n)) for name in ("visits", "spent", "age")[: draw(between(1, 3))]}
    frame = pd.DataFrame(columns, index=draw(st.sampled_from([range(n), range(n, 0, -1), ["a"] * n])))
    labels = draw(arrays(between(0, 2), size=n))
    labels[draw(between(0, n - 1))] = 1
    return call(frame, labels, 1, draw(between(1, 4)))


def _squared(frame, labels, segment):
    """Return, for each column that counts, the exact squared difference and its sign."""
    found = {}
    for name in frame.columns:
        if frame[name].dtype.kind not in "iuf" or len(set(frame[name].tolist())) == 1:
            continue
        values = [Fraction(value) for value in frame[name].tolist()]
        inside = [value for value, label in zip(values, labels.tolist(), strict=True) if label == segment]
        mean = sum(values) / len(values)
        difference = sum(inside) / len(inside) - mean
        variance = sum((value - mean) ** 2 for value in values) / len(values)
        found[name] = difference**2 / variance, difference < 0
    return found


def _loop(frame, labels, segment, top):
    found = _squared(frame, labels, segment)
    ranked = sorted(found, key=lambda name: found[name][0], reverse=True)
    return [(name, math.sqrt(found[name][0]) * (-1 if found[name][1] else 1)) for name in ranked[:top]]


def _tie_by_chance(given):
    """Whether two columns tie that aren't each other's copy: in floats, either may come first."""
    frame, labels, segment, _ = given.args
    found = _squared(frame, labels, segment)
    names = list(found)
    ties = [(a, b) for i, a in enumerate(names) for b in names[:i] if found[a][0] == found[b][0]]
    return any(not _copies(frame[a], frame[b]) for a, b in ties)


def _copies(first, second):
    return first.tolist() == second.tolist() or (-first).tolist() == second.tolist()


@hints(
    "Write it for one column first: two means, one standard deviation. Which rows does each of them use?",
    "`frame.select_dtypes('number')` leaves the text out; `nunique()` tells which columns are constant. Then pandas "
    "does all columns at once.",
    "Sort by the absolute value, but return the value with its sign. Python's `sorted` keeps equal items in their "
    "order; pandas' `sort_values` doesn't promise that.",
)
def check_segment_profile(segment_profile):
    agree(segment_profile, _loop, on=_shop().filter(lambda c: not _tie_by_chance(c)), also=_planned_shops(), examples=7)
    short = {"age": "int8", "visits": "int32", "size": "uint16", "heat": "float32"}
    counts = pd.DataFrame(dict(zip(short, ([40, 20, 30, 25], [7, 7, 1, 4], [9, 3, 3, 8], [1, 3, 3, 1]), strict=True)))
    narrow = call(counts.astype(short), np.array([0, 1, 0, 2]), 0, 4)
    agree(segment_profile, _loop, on=[narrow], examples=1, why=f"(The dtypes are {', '.join(short.values())}.)")


def _planned_shops():
    rng = np.random.default_rng(8)
    labels = np.array([0, 1, 0, 1, 2])
    base = np.array([1.0, 3.0, 5.0, 4.0, 2.5])
    mixed = pd.DataFrame(
        {
            "visits": [1.0, 3.0, 5.0, 7.0, 2.0],
            "town": [*"ABABA"],
            "fee": [30.0] * 5,
            "spent": [90, 20, 80, 10, 75],
            "pages": [4, 5, 4, 6, 4],
        },
        index=[9, 4, 7, 1, 0],
    )
    equal = pd.DataFrame({"b": base, "x": base**2, "a": -base, "c": base})
    wide = pd.DataFrame(np.round(rng.normal(0, 9, (40, 12)), 2), columns=[f"c{i:02}" for i in range(12)])
    groups = rng.integers(0, 4, 40)
    return [
        call(mixed, labels, 1, 3),
        call(mixed, labels, 1, 1),
        call(mixed, labels, 2, 2),
        call(mixed, labels, 0, 9),
        call(equal, labels, 1, 4),
        call(equal, labels, 2, 2),
        call(equal[["a", "c"]], labels, 0, 1),
        call(pd.DataFrame({"rate": [0.1] * 5, "seen": [1.0, 2.0, 2.0, 3.0, 7.0]}), labels, 1, 2),
        call(pd.DataFrame({"rate": [0.1] * 5, "town": [*"ABABA"]}), labels, 1, 2),
        call(pd.DataFrame({"rate": [0.1] * 3, "new": [1, 0, 1]}), np.array([0, 1, 1]), 1, 2),
        call(pd.DataFrame({"postcode": ["010", "020", "010", "030", "030"], "age": base}), labels, 1, 2),
        call(pd.DataFrame({"dose_kg": [1e-10, 4e-10, 2e-10, 9e-10, 5e-10], "age": base}), labels, 1, 2),
        call(pd.DataFrame({"rate": [0.7] * 11, "new": [0.0, 1.0] * 5 + [0.0]}), np.arange(11) % 3, 2, 2),
        call(pd.DataFrame({"seen": [1.0, 2.0, 2.0, 3.0, 7.0]}), np.array([4, 4, 4, 4, 4]), 4, 2),
        call(pd.DataFrame({"low": [9.0, 0.0, 9.0, 1.0, 8.0], "high": base}), labels, 1, 2),
        call(pd.DataFrame({"tight": [0.0, 5.0, 9.0, 5.0, 1.0], "loose": [0.0, 2.0, 3.0, 9.0, 1.0]}), labels, 1, 2),
        call(wide, groups, 2, 5),
        call(wide * 1000 + 5000, groups, 0, 12),
        call(wide.iloc[::-1, ::-1], groups, 3, 4),
    ]


def _told(frame, labels, segment, top, scale=None, rest=None, key=None, keep=None):
    """Return a profile with one of its decisions replaced by another (wrong) one."""
    numeric = frame.select_dtypes("number")
    numeric = numeric.loc[:, keep(numeric) if keep else numeric.nunique() > 1]
    part = numeric[labels == segment]
    spread = scale(numeric, part) if scale else numeric.std(ddof=0)
    base = rest(numeric) if rest else numeric.mean()
    with np.errstate(all="ignore"):
        difference = (part.mean() - base) / spread
    ranked = sorted(difference.items(), key=key or (lambda item: -abs(item[1])))
    return [(name, float(value)) for name, value in ranked[:top]]


def segment_profile__no_spread(frame, labels, segment, top):
    """You compared plain differences. Euros and visits can't be compared; divide by the spread."""
    return _told(frame, labels, segment, top, scale=lambda numeric, part: 1.0)


def segment_profile__own_spread(frame, labels, segment, top):
    """You divided by the spread of the segment. A tight segment would exaggerate; take the spread of all customers."""
    return _told(frame, labels, segment, top, scale=lambda numeric, part: part.std(ddof=0))


def segment_profile__high_only(frame, labels, segment, top):
    """You sorted by the value. Unusually *low* is as telling as high: sort by the absolute value."""
    return _told(frame, labels, segment, top, key=lambda item: -item[1])


def segment_profile__without_sign(frame, labels, segment, top):
    """You dropped the sign. Sort by the absolute value, but say whether the segment is above or below."""
    return [(name, abs(value)) for name, value in _told(frame, labels, segment, top)]


def segment_profile__against_the_others(frame, labels, segment, top):
    """You compared the segment with the other customers. Asked is the difference from *all* customers."""
    others = labels != segment if (labels != segment).any() else labels == segment
    return _told(frame, labels, segment, top, rest=lambda numeric: numeric[others].mean())


def segment_profile__sample_deviation(frame, labels, segment, top):
    """That is the sample standard deviation, pandas' default. The task asks for `ddof=0`."""
    return _told(frame, labels, segment, top, scale=lambda numeric, part: numeric.std())


def segment_profile__smallest_first(frame, labels, segment, top):
    """You listed what is *least* unusual first. Begin with the largest difference."""
    return _told(frame, labels, segment, top, key=lambda item: abs(item[1]))


def segment_profile__constant_kept(frame, labels, segment, top):
    """A constant column has no spread, and 0 / 0 is NaN, which can't be ranked. Leave constant columns out."""
    return _told(frame, labels, segment, top, keep=lambda numeric: numeric.nunique() > 0)


def segment_profile__spread_of_rounding(frame, labels, segment, top):
    """You took a column for constant if its computed spread is 0. Rounding leaves a tiny spread in three times 0.1:
    count the different values instead.
    """
    return _told(frame, labels, segment, top, keep=lambda numeric: numeric.var(ddof=0) > 0)


def segment_profile__all_columns(frame, labels, segment, top):
    """You returned every column. Only the `top` columns that differ most are asked for."""
    return _told(frame, labels, segment, len(frame.columns))


def segment_profile__ties_by_name(frame, labels, segment, top):
    """Columns that differ equally come in the order of the table; yours are sorted by name, or backwards."""
    return _told(frame, labels, segment, top, key=lambda item: (-abs(item[1]), item[0]))


# 4. stability_of_k


def _towns(n, k, spread=1.0, seed=0):
    rng = np.random.default_rng(seed)
    centers = np.array([(0, 0), (20, 0), (0, 20), (20, 20), (40, 10)])[:k]
    return centers[rng.integers(0, k, n)] + np.round(rng.normal(0, spread, (n, 2)), 3)


def _pair_index(first, second):
    """Return the adjusted Rand index by counting pairs, in fractions."""

    def pairs(counts):
        return sum(count * (count - 1) // 2 for count in counts.values())

    first, second = first.tolist(), second.tolist()
    total = Fraction(len(first) * (len(first) - 1), 2)
    both = pairs(Counter(zip(first, second, strict=True)))
    one, other = pairs(Counter(first)), pairs(Counter(second))
    luck, largest = one * other / total, Fraction(one + other, 2)
    return float((both - luck) / (largest - luck)) if largest != luck else 1.0


@lru_cache(maxsize=64)
def _agreement(points, width, k, repeats, seed):
    X, rng, values = np.array(points).reshape(-1, width), np.random.default_rng(seed), []
    for _ in range(repeats):
        labelings = []
        for _ in range(2):
            order = rng.permutation(len(X))
            model = KMeans(n_clusters=k, n_init=5, random_state=0).fit(X[order[: len(X) // 2]])
            squares = ((X[:, None] - model.cluster_centers_[None]) ** 2).sum(axis=-1)
            labelings.append(squares.argmin(axis=1))
        values.append(_pair_index(*labelings))
    return math.fsum(values) / len(values)


def _by_pairs(X, k, repeats, seed):
    return _agreement(tuple(X.ravel().tolist()), X.shape[1], k, repeats, seed)


@hints(
    "Two models come out of each repeat. What must they be given so that their labels can be compared row by row?",
    "The rows of a half are `X[rng.permutation(n)[: n // 2]]`; draw twice in each repeat, from one generator made "
    "before the loop.",
    "Each fitted model has `predict`, which labels any rows, also those that it hasn't seen. The names of the clusters "
    "mustn't count: `adjusted_rand_score` ignores them.",
)
def check_stability_of_k(stability_of_k):
    cases = [
        call(_towns(24, 2, 9.0), 3, 2, 1),
        call(_towns(25, 3, 8.0, seed=1), 2, 3, 7),
        call(_towns(40, 4, 0.5, seed=2), 4, 1, 0),
        call(_towns(31, 1, 5.0, seed=3), 4, 2, 5),
        call(np.round(np.random.default_rng(4).uniform(0, 9, (26, 1)), 3), 5, 1, 3),
        call(_towns(24, 3, 6.0, seed=5), 1, 1, 2),
        call(np.round(np.random.default_rng(44).uniform(0, 9, (40, 2)), 3), 6, 1, 44),
        call(np.array([[8.1], [4.0], [4.8], [6.0], [6.6], [6.5], [3.6], [0.0]]), 2, 6, 350),
    ]
    agree(stability_of_k, _by_pairs, on=cases, also=cases, examples=1)


def _repeated(X, repeats, seed, agreement):
    rng = np.random.default_rng(seed)
    return float(np.mean([agreement(rng) for _ in range(repeats)]))


def _half(X, rng):
    return X[rng.permutation(len(X))[: len(X) // 2]]


def _model(rows, k):
    return KMeans(k, n_init=5, random_state=0).fit(rows)


def stability_of_k__one_half(X, k, repeats, seed):
    """You fitted both models on one half. Two fits on the same rows always agree."""

    def agreement(rng):
        half = _half(X, rng)
        return adjusted_rand_score(_model(half, k).predict(X), _model(half, k).predict(X))

    return _repeated(X, repeats, seed, agreement)


def stability_of_k__names_compared(X, k, repeats, seed):
    """You compared the numbers of the clusters. They are arbitrary: use a measure that ignores them."""
    return _repeated(
        X,
        repeats,
        seed,
        lambda rng: (_model(_half(X, rng), k).predict(X) == _model(_half(X, rng), k).predict(X)).mean(),
    )


def stability_of_k__all_rows(X, k, repeats, seed):
    """You fitted on all rows, with different starts. Such fits often agree whatever k is; the question is whether
    *other* customers would give the same groups.
    """

    def agreement(rng):
        first, second = (KMeans(k, n_init=1, random_state=int(rng.integers(99))).fit(X) for _ in range(2))
        return adjusted_rand_score(first.labels_, second.labels_)

    return _repeated(X, repeats, seed, agreement)


def stability_of_k__labels_of_halves(X, k, repeats, seed):
    """Row 5 of one half is not row 5 of the other: let both models label *all* rows."""
    return _repeated(
        X,
        repeats,
        seed,
        lambda rng: adjusted_rand_score(_model(_half(X, rng), k).labels_, _model(_half(X, rng), k).labels_),
    )


def stability_of_k__not_adjusted(X, k, repeats, seed):
    """That is the Rand index, which is large by luck alone. The adjusted one subtracts what luck gives."""
    return _repeated(
        X,
        repeats,
        seed,
        lambda rng: rand_score(_model(_half(X, rng), k).predict(X), _model(_half(X, rng), k).predict(X)),
    )


def stability_of_k__two_parts(X, k, repeats, seed):
    """You cut one permutation in two, so that the halves share no row. Each half is a draw of its own."""

    def agreement(rng):
        order = rng.permutation(len(X))
        halves = X[order[: len(X) // 2]], X[order[len(X) // 2 :]]
        return adjusted_rand_score(*(_model(half, k).predict(X) for half in halves))

    return _repeated(X, repeats, seed, agreement)


def stability_of_k__same_draws(X, k, repeats, seed):
    """Every repeat draws the same halves, since the generator is made anew each time. Make it once, before the loop."""
    return _by_pairs(X, k, 1, seed)


def stability_of_k__sum(X, k, repeats, seed):
    """You added up the repeats. Asked is their mean."""
    return _by_pairs(X, k, repeats, seed) * repeats


# 5. density_clusters


@st.composite
def _stars(draw):
    n, width = draw(between(1, 9)), draw(between(1, 2))
    X = draw(arrays(numbers(0, 4, 0.5), shape=(n, width)))
    return call(X, draw(st.sampled_from([0.5, 1.0, 1.5])), draw(between(1, 4)))


def _core_components(X, eps, min_samples):
    """Return which rows are near each other, which are core rows, and the number of each core row's cluster."""
    exact = np.asarray(X, dtype=float)
    near = ((exact[:, None] - exact) ** 2).sum(axis=2) <= eps * eps
    core = near.sum(axis=1) >= min_samples
    _, component = connected_components(near & core & core[:, None], directed=False)
    numbered = {c: i for i, c in enumerate(dict.fromkeys(component[core].tolist()))}
    return near, core, np.array([numbered.get(c, -1) for c in component.tolist()])


@hints(
    "Begin with the core rows: for each row, how many rows are within `eps`? That needs no order and no clusters.",
    "Start a cluster at the first core row that has none, and keep a list of rows still to visit. Which rows get the "
    "number, and which of these may pull in others?",
    "Take a row from the queue, give its number to all neighbors without one, and put only the core rows among them "
    "into the queue. Rows that no core row reaches keep −1.",
)
def check_density_clusters(density_clusters):
    def test(X, eps, min_samples):
        returned = density_clusters(X, eps, min_samples)
        kind(returned, (np.ndarray, list, tuple, pd.Series))
        labels = attempt(lambda: np.asarray(returned), "reading your result as an array")
        shape(labels, (len(X),))
        near, core, expected = _core_components(X, eps, min_samples)
        require(labels.dtype.kind in "iuf", f"The labels should be integers; they are {labels.dtype}.")
        for row in range(len(X)):
            _right_cluster(labels, row, near[row], core, expected)

    for_all(test, on=_stars(), also=_planned_stars(), examples=25)
    for_all(test, on=_many_stars(), also=_many_stars(), examples=1)
    chain = np.append(0.0, np.random.default_rng(9).permutation(np.arange(1.0, 1500)))[:, None]
    mine = density_clusters(chain, 1.0, 2)
    what = "the result for a chain of 1,500 rows in mixed order"
    close(np.asarray(mine), np.zeros(1500, dtype=int), what, call(chain, 1.0, 2))


def _right_cluster(labels, row, near, core, expected):
    mine = labels[row]
    if core[row]:
        allowed, what = {int(expected[row])}, "is a core row"
    else:
        allowed = set(expected[near & core].tolist()) or {-1}
        what = "has no core row in reach" if allowed == {-1} else "is a border row"
    if mine not in allowed:
        right = " or ".join(map(str, sorted(allowed)))
        message = f"Row {row} {what}: its label should be {right}, not {mine:g}."
        raise Mismatch(message, expected=min(allowed), returned=labels)


def _planned_stars():
    return [
        call(np.array([[9.0], [0.0], [1.0], [2.0], [5.0]]), 1.0, 3),
        call(np.array([[0.0], [0.5], [1.0], [2.0], [3.0]]), 1.0, 4),
        call(np.array([[5.0], [5.5], [6.0], [0.0], [0.5], [1.0], [2.0], [3.0]]), 1.0, 4),
        call(np.array([[2.0], [5.0], [5.25], [5.5], [1.0], [0.5], [0.0]]), 1.0, 3),
        call(np.array([[6.0], [1.0], [5.0], [4.0], [5.5], [0.0], [0.5], [2.0]]), 1.0, 4),
        call(np.array([[0.0], [0.25], [0.5], [1.5], [2.5], [2.75], [3.0]]), 1.0, 4),
        call(np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 5.0]]), 1.5, 2),
        call(np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]), 5.0, 3),
        call(np.array([[2.0], [2.0], [2.0]]), 0.5, 3),
        call(np.array([[2.0]]), 0.5, 1),
        call(np.array([[2.0]]), 0.5, 2),
        call(np.array([[0.0], [10.0], [20.0]]), 1.0, 1),
        call(np.array([[0], [1], [5], [6], [12]]), 1, 2),
        call(np.array([[6.0], [0.0], [5.0], [1.0]]), 1.0, 2),
        call(np.array([[0.0], [4.0], [1.0], [3.0], [2.0]]), 1.0, 2),
        call(np.array([[6.0], [2.0], [3.0], [4.0], [5.0], [1.0], [0.0]]), 1.0, 2),
        call(np.array([[0.0], [1.0000001]]), 1.0, 2),
        call(np.array([[20_000_000.0], [20_000_001.0]]), 0.5, 2),
    ]


def _many_stars():
    rng = np.random.default_rng(3)
    turns = np.linspace(0, 6, 60)
    spiral = np.round(np.column_stack([turns * np.cos(turns), turns * np.sin(turns)]) * 8) / 8
    return [
        call(spiral, 1.0, 3),
        call(rng.integers(0, 40, (70, 2)) / 4, 0.75, 4),
        call(rng.integers(-30, 30, (60, 3)) / 4, 3.0, 5),
        call(rng.integers(0, 60, (80, 1)) / 4, 0.25, 4),
    ]


def _grown(near, core, spreads, rows=None):
    """Grow clusters from core rows with a queue; `spreads` tells which rows pull in their neighbors."""
    labels, found = np.full(len(core), -1), 0
    for start in range(len(core)) if rows is None else rows:
        if core[start] and labels[start] == -1:
            labels[start], queue = found, [start]
            while queue:
                for other in np.flatnonzero(near[queue.pop(0)] & (labels == -1)):
                    labels[other] = found
                    if spreads[other]:
                        queue.append(other)
            found += 1
    return labels


def _near(X, eps, strict=False, power=2):
    exact = np.asarray(X, dtype=float)
    distances = (np.abs(exact[:, None] - exact) ** power).sum(axis=2) ** (1 / power)
    return distances < eps if strict else distances <= eps


def density_clusters__border_spreads(X, eps, min_samples):
    """Only core rows pull in their neighbors; your chain grew through a border row."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    return _grown(near, core, np.ones(len(X), bool))


def density_clusters__itself_not_counted(X, eps, min_samples):
    """`min_samples` includes the row itself."""
    near = _near(X, eps)
    core = near.sum(axis=1) - 1 >= min_samples
    return _grown(near, core, core)


def density_clusters__inside_only(X, eps, min_samples):
    """A distance of exactly `eps` is inside: compare with `<=`."""
    near = _near(X, eps, strict=True)
    core = near.sum(axis=1) >= min_samples
    return _grown(near, core, core)


def density_clusters__recursion(X, eps, min_samples):
    """Your function calls itself for every row of a chain, and a long chain overflowed the stack: use a queue."""
    near = _near(X, eps)
    core, labels, found = near.sum(axis=1) >= min_samples, np.full(len(X), -1), 0

    def spread(row):
        labels[row] = found
        if core[row]:
            for other in np.flatnonzero(near[row] & (labels == -1)):
                if labels[other] == -1:
                    spread(other)

    for row in range(len(X)):
        if core[row] and labels[row] == -1:
            spread(row)
            found += 1
    return labels


def density_clusters__border_is_noise(X, eps, min_samples):
    """A row that isn't a core row but has one within `eps` joins its cluster. You called it noise."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    return np.where(core, _grown(near, core, core), -1)


def density_clusters__early_noise(X, eps, min_samples):
    """A row that you met before its core row stayed noise. Noise is decided at the end, when no core row claimed it."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    labels = _grown(near, core, core)
    for row in np.flatnonzero(~core & (labels >= 0)):
        if row < np.flatnonzero(core & (labels == labels[row]))[0]:
            labels[row] = -1
    return labels


def density_clusters__no_noise(X, eps, min_samples):
    """You connected all rows within `eps`, dense or not: that is single linkage. Only core rows begin and extend a
    cluster.
    """
    near = _near(X, eps)
    every = np.ones(len(X), bool)
    return _grown(near, every, every)


def density_clusters__from_one(X, eps, min_samples):
    """Number the clusters from 0."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    labels = _grown(near, core, core)
    return np.where(labels >= 0, labels + 1, -1)


def density_clusters__first_row_numbers(X, eps, min_samples):
    """You numbered the clusters by their first row, a border row perhaps. The first *core* row decides."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    labels = _grown(near, core, core)
    order = {old: new for new, old in enumerate(dict.fromkeys(labels[labels >= 0].tolist()))}
    return np.array([order.get(label, -1) for label in labels.tolist()])


def density_clusters__city_blocks(X, eps, min_samples):
    """You added up the absolute differences. The Euclidean distance squares them, adds, and takes the root."""
    near = _near(X, eps, power=1)
    core = near.sum(axis=1) >= min_samples
    return _grown(near, core, core)


def density_clusters__core_neighbors_only(X, eps, min_samples):
    """One step isn't enough: a core row's neighbors that are core rows pull in their own neighbors, and so on."""
    near = _near(X, eps)
    core = near.sum(axis=1) >= min_samples
    return _grown(near, core, np.zeros(len(X), bool))
