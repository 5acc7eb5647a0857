"""Checks of `02_machine_learning/07_trees_and_forests`: exact fractions, brute force, trees climbed by hand."""

import itertools
import math
import tracemalloc
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier

from handrail.expect import (
    Mismatch,
    agree,
    arrays,
    attempt,
    between,
    call,
    close,
    equivalent,
    flags,
    for_all,
    hints,
    kind,
    numbers,
    require,
    shape,
    vectorized,
)

# 1. impurity_drop


@st.composite
def _triage(draw):
    answers = draw(st.lists(flags(), min_size=1, max_size=8))
    labels = draw(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=len(answers), max_size=len(answers)))
    return call(labels, answers)


def _different_pairs(labels):
    """Return the exact probability that two rows, drawn with replacement, have different labels."""
    return Fraction(sum(a != b for a in labels for b in labels), max(1, len(labels)) ** 2)


def _impurity_drop(labels, goes_left):
    sides = [[label for label, left in zip(labels, goes_left, strict=True) if left is side] for side in (True, False)]
    rest = sum(Fraction(len(side), len(labels)) * _different_pairs(side) for side in sides)
    return float(_different_pairs(labels) - rest)


@hints(
    "Write a function for the impurity of one group first, and try it: two equal labels have 0, different ones 0.5.",
    "The impurity after the question is one number: each side's impurity, times its share of all rows.",
    "Count each label of the group, divide by the size of the group, square, add up. How large is the share of a side "
    "without rows, and what would you divide by there?",
)
@equivalent(
    "1 - sum(((count / len(group)) ** 2 for count in Counter(group).values()))",
    "2 - sum(((count / len(group)) ** 2 for count in Counter(group).values()))",
    because="what is added to the impurity of every group is subtracted again",
)
@equivalent(
    "1 - sum(((count / len(group)) ** 2 for count in Counter(group).values()))",
    "0 - sum(((count / len(group)) ** 2 for count in Counter(group).values()))",
    because="what is taken from the impurity of every group is added again",
)
def check_impurity_drop(impurity_drop):
    corners = [
        call(["a"], [True]),
        call(["a", "b"], [False, False]),
        call(["a", "b"], [True, True]),
        call(["a", "b", "c"], [True, False, False]),
        call(["a", "b", "c", "d", "a"], [False, True, True, True, False]),
        call(["a", "a", "b", "b", "b"], [True, False, True, True, True]),
        call(["A", "a", "a "], [True, False, False]),
        call(["no", "yes"] * 40 + ["perhaps"] * 9, [True] * 30 + [False] * 59),
    ]
    agree(impurity_drop, _impurity_drop, on=_triage(), also=corners, examples=25)


def _gini(group):
    return 1 - sum((group.count(label) / len(group)) ** 2 for label in set(group)) if group else 0.0


def _two_sides(labels, goes_left):
    pairs = list(zip(labels, goes_left, strict=True))
    return [label for label, left in pairs if left], [label for label, left in pairs if not left]


def impurity_drop__unweighted(labels, goes_left):
    """A side with one row weighs as much as a side with nine. Weight each side by its share of the rows."""
    left, right = _two_sides(labels, goes_left)
    return _gini(labels) - (_gini(left) + _gini(right)) / 2


def impurity_drop__what_is_left(labels, goes_left):
    """Report the drop, not what is left: the impurity of all rows, minus the weighted impurity of the sides."""
    return sum(len(side) / len(labels) * _gini(side) for side in _two_sides(labels, goes_left))


def impurity_drop__entropy(labels, goes_left):
    """That is the drop in entropy. Asked is Gini: 1 minus the sum of the squared shares."""

    def entropy(group):
        return -sum(group.count(x) / len(group) * math.log2(group.count(x) / len(group)) for x in set(group))

    sides = _two_sides(labels, goes_left)
    return entropy(labels) - sum(len(side) / len(labels) * entropy(side) for side in sides if side)


def impurity_drop__two_classes(labels, goes_left):
    """2p(1 − p) is the Gini impurity of two classes. Here there may be more: sum over all labels."""

    def gini(group):
        p = group.count(labels[0]) / len(group)
        return 2 * p * (1 - p)

    sides = _two_sides(labels, goes_left)
    return gini(labels) - sum(len(side) / len(labels) * gini(side) for side in sides if side)


def impurity_drop__empty_side(labels, goes_left):
    """A question that sends all rows to one side leaves the other empty: don't divide by its size, skip it."""
    left, right = _two_sides(labels, goes_left)

    def gini(group):
        return 1 - sum((group.count(label) / len(group)) ** 2 for label in set(labels))

    return gini(labels) - len(left) / len(labels) * gini(left) - len(right) / len(labels) * gini(right)


def impurity_drop__errors_counted(labels, goes_left):
    """You counted the rows that a majority vote gets wrong. Gini also sees how the others are mixed: square the shares
    of all labels.
    """

    def wrong(group):
        return len(group) - max(map(group.count, group), default=0)

    return (wrong(labels) - sum(map(wrong, _two_sides(labels, goes_left)))) / len(labels)


# 2. out_of_bag_error


@st.composite
def _study(draw):
    size = draw(between(1, 5)), draw(between(1, 5))
    in_bag = draw(arrays(st.sampled_from([0, 1, 0, 2, 3]), shape=size))
    in_bag[draw(between(0, size[0] - 1)), draw(between(0, size[1] - 1))] = 0
    predictions = draw(arrays(numbers(-4, 8), shape=size))
    return call(predictions, in_bag, draw(arrays(numbers(-4, 8), size=size[1])))


def _out_of_bag_error(predictions, in_bag, y):
    errors = []
    for row, target in enumerate(y):
        votes = [tree[row] for tree, drawn in zip(predictions, in_bag, strict=True) if drawn[row] == 0]
        if votes:
            errors.append(abs(math.fsum(votes) / len(votes) - target))
    return math.fsum(errors) / len(errors)


@hints(
    "Take one patient. Which entries of its column in `in_bag` belong to trees that may vote?",
    "Three steps: mark the votes, average each column over its votes only, then compare the averages with `y`.",
    "Sum the predictions where the count is 0, and divide by how many such trees there are. Which columns would divide "
    "by 0, and what does the task say about them?",
)
def check_out_of_bag_error(out_of_bag_error):
    rng = np.random.default_rng(0)
    in_bag = np.array([np.bincount(rng.integers(0, 30, 30), minlength=30) for _ in range(12)])
    large = call(rng.integers(0, 40, (12, 30)) / 4, in_bag, rng.integers(0, 40, 30) / 4)
    corners = [
        call(np.array([[4.0, 0.0], [8.0, 2.0]]), np.array([[0, 1], [0, 2]]), np.array([5.0, 3.0])),
        call(np.array([[1.0, 5.0], [7.0, 3.0]]), np.array([[0, 2], [0, 0]]), np.array([4.0, 4.0])),
        call(np.array([[2.0], [6.0], [90.0]]), np.array([[0], [0], [0]]), np.array([3.0])),
        call(np.array([[0.0, 9.0, 1.0]]), np.array([[0, 3, 0]]), np.array([-2.0, 1.0, 1.0])),
        large,
        call(np.array([[0, 9, 1], [3, 3, 8]]), np.array([[0, 1, 0], [0, 0, 2]]), np.array([2, 1, 4])),
        call(np.array([[1.0, 2.0], [3.0, 50.0]]), np.array([[0, 1], [2, 1]]), np.array([1.0, 7.0])),
    ]
    agree(out_of_bag_error, _out_of_bag_error, on=_study(), also=corners, examples=25)


def out_of_bag_error__all_trees(predictions, in_bag, y):
    """Trees that learned this row by heart voted on it. Average over the trees whose count for the row is 0."""
    return float(np.abs(predictions.mean(axis=0) - y).mean())


def out_of_bag_error__in_bag(predictions, in_bag, y):
    """You averaged the trees that *had* seen the row. Turn it round: a count of 0 is a tree that doesn't know it."""
    seen = in_bag > 0
    some = seen.any(axis=0)
    averages = np.where(seen, predictions, 0).sum(axis=0)[some] / seen.sum(axis=0)[some]
    return float(np.abs(averages - y[some]).mean())


def out_of_bag_error__not_a_number(predictions, in_bag, y):
    """A row that every tree has seen has no votes, and its mean of nothing spoiled the result. Skip such rows."""
    votes = in_bag == 0
    with np.errstate(invalid="ignore"):
        averages = np.where(votes, predictions, 0).sum(axis=0) / votes.sum(axis=0)
    return float(np.abs(averages - y).mean())


def out_of_bag_error__zero_for_the_seen(predictions, in_bag, y):
    """A row that every tree has seen got the prediction 0, and its error counts. Leave such rows out."""
    votes = in_bag == 0
    averages = np.where(votes, predictions, 0).sum(axis=0) / np.maximum(votes.sum(axis=0), 1)
    return float(np.abs(averages - y).mean())


def out_of_bag_error__single_trees(predictions, in_bag, y):
    """That is the mean error of single trees. The forest answers with the *average* of its votes: average first, then
    take the absolute error.
    """
    votes = in_bag == 0
    return float(np.abs(predictions - y)[votes].mean())


def out_of_bag_error__inverted_counts(predictions, in_bag, y):
    """`in_bag` holds counts, not flags: `1 - in_bag` is −1 for a row that was drawn twice. Compare with 0."""
    votes = 1 - in_bag
    total = votes.sum(axis=0)
    some = total != 0
    return float(np.abs((predictions * votes).sum(axis=0)[some] / total[some] - y[some]).mean())


def out_of_bag_error__squared(predictions, in_bag, y):
    """You squared the errors. Asked is the mean *absolute* error."""
    votes = in_bag == 0
    some = votes.any(axis=0)
    averages = np.where(votes, predictions, 0).sum(axis=0)[some] / votes.sum(axis=0)[some]
    return float(((averages - y[some]) ** 2).mean())


# 3. best_price_split


@st.composite
def _cars(draw):
    n = draw(between(1, 9))
    values = draw(arrays(numbers(-1, 2), size=n))
    return call(values, draw(arrays(numbers(-4, 8), size=n)), draw(between(1, 4)))


def _squares(whole):
    """Return the exact sum of squared errors of integers around their mean."""
    return sum(p * p for p in whole) - Fraction(sum(whole) ** 2, max(1, len(whole)))


def _all_cuts(values, prices, min_leaf):
    """Return the exact drop of each allowed cut, by its threshold."""
    values, exact, drops = values.tolist(), [Fraction(price) for price in prices.tolist()], {}
    unit = max(price.denominator for price in exact)  # all are powers of 2: the largest is a multiple of the others
    whole = [int(price * unit) for price in exact]
    before = _squares(whole)
    for low, high in itertools.pairwise(sorted(set(values))):
        sides = [[p for v, p in zip(values, whole, strict=True) if (v <= low) is side] for side in (True, False)]
        if min(map(len, sides)) >= min_leaf:
            threshold = float((Fraction(low) + Fraction(high)) / 2)
            drops[threshold] = float((before - sum(map(_squares, sides))) / unit**2)
    return drops


@hints(
    "Sort the rows by value, once, and keep each price beside its value. A cut is then a position between two rows.",
    "A running sum gives the sum of the left side for every position; the right side has the rest. Which positions "
    "are no cuts, or not allowed?",
    "With the mean of the prices shifted to 0, the drop at a position is S²/n_left + S²/n_right, S being the running "
    "sum. Rule out positions between equal values and those too close to an end; if none is left, there is no answer.",
)
@equivalent("return None", "return", because="a bare return returns None")
@equivalent("np.where(allowed, drop, -1)", "np.where(allowed, drop, -2)", because="no drop is below 0, so both lose")
def check_best_price_split(best_price_split):
    def test(values, prices, min_leaf):
        drops = _all_cuts(values, prices, min_leaf)
        _right_cut(best_price_split(values, prices, min_leaf), drops)

    for_all(test, on=_cars(), also=_planned_cars(), examples=25)
    small, large, larger = (_many_cars(n) for n in (30, 400, 2500))
    vectorized(best_price_split, small, large, "Let one sort and one running sum do it for all cuts.")
    peak = _peak(best_price_split, larger)
    require(
        peak < 2500 * 400,
        f"For {2500:,} rows your function took {peak / 1e6:.0f} MB: it makes an array of n × n. A running sum needs n.",
    )


def _right_cut(returned, drops):
    """Compare a cut with all allowed ones; any of the best is right."""
    if not drops:
        if returned is not None:
            message = "No cut leaves `min_leaf` rows on each side: the result should be None."
            raise Mismatch(message, expected=None, returned=returned)
        return
    best = max(drops.values())
    winners = [cut for cut in drops if drops[cut] >= best - 1e-8 * (1 + best)]
    expected = winners[0], drops[winners[0]]
    if returned is None:
        raise Mismatch("There is a cut, but the result is None.", expected=expected, returned=None)
    kind(returned, (tuple, list, np.ndarray))
    require(len(returned) == 2, "The result should be two numbers: the threshold and the drop.")
    threshold, drop = returned
    kind(threshold, (int, float, np.integer, np.floating), "the threshold")
    kind(drop, (int, float, np.integer, np.floating), "the drop")
    near = [cut for cut in drops if math.isclose(cut, threshold, rel_tol=1e-9, abs_tol=1e-9)]
    message = ""
    if not near:
        message = (
            f"{float(threshold):.10g} is none of the thresholds halfway between two neighboring values that leave "
            f"`min_leaf` rows on each side: {_some(sorted(drops))}."
        )
    elif near[0] not in winners:
        mine, other = f"{near[0]:.10g}", f"{winners[0]:.10g}"
        message = f"The cut at {mine} removes {drops[near[0]]:g} of squared error, that at {other} {best:g}."
    elif not math.isclose(drop, drops[near[0]], rel_tol=1e-6, abs_tol=1e-7 * (1 + best)):
        message = f"The threshold {near[0]:.10g} is right; its drop is {drops[near[0]]:g}, not {float(drop):g}."
        expected = near[0], drops[near[0]]
    if message:
        raise Mismatch(message, expected=expected, returned=returned)


def _some(cuts):
    return ", ".join(f"{cut:.10g}" for cut in cuts[:6]) + (" …" if len(cuts) > 6 else "")


def _many_cars(n):
    rng = np.random.default_rng(n)
    mileage = rng.integers(1, 2 * n, n) / 4
    return call(mileage, np.round(80 - mileage / n * 60 + rng.normal(0, 8, n), 2), 5)


def _planned_cars():
    rng = np.random.default_rng(3)
    mileage = rng.integers(0, 40, 60)
    return [
        call(np.array([90.0, 10.0, 30.0]), np.array([2.0, 8.0, 8.0]), 1),
        call(np.array([5.0]), np.array([3.0]), 1),
        call(np.array([5.0, 5.0, 5.0]), np.array([1.0, 9.0, 4.0]), 1),
        call(np.array([1.0, 2.0, 3.0, 4.0]), np.array([9.0, 1.0, 1.0, 1.0]), 2),
        call(np.array([1.0, 2.0, 3.0]), np.array([9.0, 1.0, 1.0]), 2),
        call(np.array([1.0, 2.0, 2.0, 2.0, 3.0]), np.array([4.0, 4.0, 0.0, 9.0, 9.0]), 1),
        call(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), np.array([9.0, 0.0, 0.0, 0.0, 4.0, 4.0, 4.0]), 1),
        call(np.array([2.0, 1.0]), np.array([7.0, 7.0]), 1),
        call(np.array([1.0, 1.0, 2.0]), np.array([7.0, 7.0, 7.0]), 1),
        call(np.array([-3, -1, 4, 8]), np.array([-5, -5, 2, 3]), 1),
        call(mileage, 500 - 7 * mileage + rng.integers(0, 90, 60), 6),
        call(mileage.astype(float), np.where(mileage < 2, 900.0, 30.0 + mileage % 3), 1),
        call(np.array([1.0, 2.0, 3.0, 4.0]), np.array([10000.0, 10001.0, 10004.0, 10004.0]), 1),
        call(np.array([1.0, 2.0, 3.0, 4.0]), np.array([250000000.0, 250000001.0, 250000004.0, 250000004.0]), 1),
        call(np.array([300000.25, 300000.26, 300000.5]), np.array([1.0, 3.0, 3.5]), 1),
    ]


def _peak(answer, given):
    """Return the bytes that a call takes at most at one time; NumPy tells its arrays to tracemalloc."""
    mine, running = given.copy(), tracemalloc.is_tracing()
    if not running:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        answer(*mine.args)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        if not running:
            tracemalloc.stop()


def _positions(values, prices, min_leaf, between_equal=False, score=None):
    """Return the sorted rows, the allowed positions, and the squared error that is left after each."""
    order = np.argsort(values, kind="stable")
    x, y, n = values[order].astype(float), prices[order] - prices.mean(), len(values)
    left = np.arange(1, n)
    allowed = ((x[1:] > x[:-1]) | between_equal) & (left >= min_leaf) & (n - left >= min_leaf)
    sums, squares = y.cumsum()[:-1], (y * y).cumsum()[:-1]
    inside = squares - sums**2 / left
    outside = (y * y).sum() - squares - (y.sum() - sums) ** 2 / (n - left)
    rest = inside + outside if score is None else score(inside, outside, left, n)
    return x, y, allowed, rest, inside + outside


def _chosen(x, y, allowed, rest, squares):
    if not allowed.any():
        return None
    at = np.where(allowed, rest, np.inf).argmin()
    return float((x[at] + x[at + 1]) / 2), float(((y - y.mean()) ** 2).sum() - squares[at])


def best_price_split__separates_equals(values, prices, min_leaf):
    """Rows with the same value can't be separated: no threshold lies between them. Rule these positions out."""
    return _chosen(*_positions(values, prices, min_leaf, between_equal=True))


def best_price_split__unweighted_variances(values, prices, min_leaf):
    """You added the variances of the two sides, so that a side of two rows weighs as much as one of two hundred. Use
    sums of squares.
    """

    def variances(inside, outside, left, n):
        return inside / left + outside / (n - left)

    return _chosen(*_positions(values, prices, min_leaf, score=variances))


def best_price_split__any_leaf(values, prices, min_leaf):
    """You ignored `min_leaf`: a leaf with one row learns an accident."""
    return _chosen(*_positions(values, prices, 1))


def best_price_split__more_than_min_leaf(values, prices, min_leaf):
    """A side with exactly `min_leaf` rows is large enough."""
    return _chosen(*_positions(values, prices, min_leaf + 1))


def best_price_split__not_sorted(values, prices, min_leaf):
    """You sorted the values, but not the prices with them: each price now stands beside another car's mileage."""
    return _chosen(*_positions(np.sort(values), prices, min_leaf))


def best_price_split__error_left(values, prices, min_leaf):
    """The second number is the squared error that remains. Report how much the cut removes."""
    x, y, allowed, rest, squares = _positions(values, prices, min_leaf)
    found = _chosen(x, y, allowed, rest, squares)
    return found and (found[0], float(squares[np.where(allowed, rest, np.inf).argmin()]))


def best_price_split__not_halfway(values, prices, min_leaf):
    """Your threshold is a value of a row. Put it halfway between this value and the next one."""
    x, _, allowed, rest, _ = positions = _positions(values, prices, min_leaf)
    found = _chosen(*positions)
    return found and (float(x[np.where(allowed, rest, np.inf).argmin()]), found[1])


def best_price_split__mean_drop(values, prices, min_leaf):
    """You report the drop in the *mean* squared error. Asked is the drop in the sum: multiply by the number of rows."""
    found = _chosen(*_positions(values, prices, min_leaf))
    return found and (found[0], found[1] / len(values))


def best_price_split__digits_lost(values, prices, min_leaf):
    """Squares of large prices lose digits, and the drop is a small difference of them. Subtract the mean of all prices
    first: it changes no drop.
    """
    order = np.argsort(values, kind="stable")
    x, y, left = values[order].astype(float), prices[order].astype(float), np.arange(1, len(values))
    right, sums = len(x) - left, y.cumsum()[:-1]
    drop = sums**2 / left + (y.sum() - sums) ** 2 / right - y.sum() ** 2 / len(x)
    allowed = (x[1:] > x[:-1]) & (left >= min_leaf) & (right >= min_leaf)
    if not allowed.any():
        return None
    at = np.where(allowed, drop, -np.inf).argmax()
    return float((x[at] + x[at + 1]) / 2), float(drop[at])


def best_price_split__sums_again_for_each_cut(values, prices, min_leaf):
    """Right, but each cut adds up all rows again: a million rows take a million times a million steps. Use a running
    sum.
    """
    best, levels = None, np.unique(values).astype(float)
    for cut in (levels[1:] + levels[:-1]) / 2:
        sides = prices[values <= cut], prices[values > cut]
        drop = ((prices - prices.mean()) ** 2).sum() - sum(((s - s.mean()) ** 2).sum() for s in sides)
        if min(map(len, sides)) >= min_leaf and (best is None or drop > best[1]):
            best = float(cut), float(drop)
    return best


# 4. rules_of_tree

NAMES = ["area", "rooms", "year built"]


@st.composite
def _training(draw):
    n, width = draw(between(2, 8)), draw(between(1, 3))
    X = draw(arrays(numbers(-1, 2), shape=(n, width)))
    labels = draw(st.lists(st.sampled_from(["dear", "cheap", "fair"]), min_size=n, max_size=n))
    return call(X, labels, draw(st.sampled_from([2, 3, 5, 8])))


def _leaves_of(tree, names):
    """Return the rule of each leaf: climb from the leaves to the root, then sort the paths from left to right."""
    nodes, parents = tree.tree_, {}
    for node in range(nodes.node_count):
        for turn, child in enumerate((nodes.children_left[node], nodes.children_right[node])):
            if child != -1:
                parents[int(child)] = node, turn
    paths = {}
    for leaf in (node for node in range(nodes.node_count) if nodes.children_left[node] == -1):
        turns, conditions, at = [], [], leaf
        while at in parents:
            at, turn = parents[at]
            threshold = nodes.threshold[at].item()
            turns.insert(0, turn)
            conditions.insert(0, f"{names[nodes.feature[at]]} {'>' if turn else '<='} {threshold}")
        shares = nodes.value[leaf, 0].tolist()
        answer = tree.classes_[shares.index(max(shares))]
        paths[tuple(turns)] = f"{' and '.join(conditions) or 'always'} -> {answer}"
    return [paths[turns] for turns in sorted(paths)]


@hints(
    "Write a function that gets a node and the conditions asked so far, and returns the lines of everything below it.",
    "At a leaf there is one line. Elsewhere there are the lines of the left child, then those of the right, each with "
    "one condition more.",
    "Only `children_left[i] == -1` tells a leaf for sure. Thresholds are numbers of NumPy, whose `repr` isn't a "
    "float's; and what stands at the position of the largest share in `classes_`?",
)
def check_rules_of_tree(rules_of_tree):
    def test(X, labels, leaves):
        tree = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0).fit(X, labels)
        names = NAMES[: X.shape[1]]
        expected, returned = _leaves_of(tree, names), rules_of_tree(tree, names)
        kind(returned, (list, tuple))
        if len(returned) != len(expected):
            message = f"Leaves of the tree: {len(expected)}; lines of your answer: {len(returned)}. One for each leaf."
            raise Mismatch(message, expected=expected, returned=returned)
        close(list(returned), expected)

    for_all(test, on=_training(), also=_planned_trees(), examples=12)
    other = DecisionTreeClassifier(random_state=0).fit(np.array([[1.0, 7.0], [2.0, 7.0], [2.0, 9.0]]), [0, 1, 0])
    names = ["floor", "km to the station"]
    close(rules_of_tree(other, names), _leaves_of(other, names), "the list for a tree with other column names")
    deep = DecisionTreeClassifier(max_depth=None, random_state=0).fit(np.arange(24.0)[:, None], [*"ab"] * 12)
    close(rules_of_tree(deep, ["x"]), _leaves_of(deep, ["x"]), "the list for a tree with 24 leaves")


def _planned_trees():
    rng = np.random.default_rng(1)
    spiral = np.column_stack([np.arange(12.0), np.arange(12.0)[::-1] ** 2, rng.integers(0, 9, 12)])
    return [
        call(np.array([[30.0], [50.0]]), ["cheap", "dear"], 2),
        call(np.array([[1.0, 5.0], [2.0, 5.0]]), ["cheap", "cheap"], 8),
        call(np.array([[0.1], [0.2], [0.3], [0.7]]), ["b", "a", "c", "a"], 8),
        call(np.array([[0.0, 1.0], [0.0, 2.0], [9.0, 1.0], [9.0, 2.0]]), ["a", "b", "c", "c"], 8),
        call(np.array([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0]]), [7, 7, 3, 5, 3, 3, 3], 8),
        call(np.array([[1.0], [1.0], [2.0], [2.0]]), ["b", "a", "b", "b"], 8),
        call(np.array([[1.0], [1.0], [1.0], [2.0]]), ["b", "b", "a", "b"], 8),
        call(np.array([[1.0]] * 7 + [[2.0]]), [*"aabbbccc"], 8),
        call(np.array([[5.0], [6.0], [9.0], [10.0]]), [2.0, 1.0, 1.0, 2.0], 8),
        call(np.array([[1e-5], [3e-5], [2e6], [4e6]]), ["a", "b", "a", "b"], 8),
        call(spiral, [*"abcabbcacaab"], 9),
        call(rng.integers(0, 50, (14, 3)) / 4, [*"abababcabcabab"], 10),
    ]


def _told(tree, names, condition=None, answer=None, is_leaf=None, lone="always", order=None):
    """Return the rules, with one of the decisions replaced by another (wrong) one."""
    nodes = tree.tree_
    condition = condition or (lambda name, sign, threshold: f"{name} {sign} {float(threshold)!r}")
    answer = answer or (lambda node: tree.classes_[nodes.value[node, 0].argmax()])
    is_leaf = is_leaf or (lambda node: nodes.children_left[node] == -1)

    def lines(node, asked):
        if is_leaf(node):
            return [(node, f"{' and '.join(asked) or lone} -> {answer(node)}")]
        name, threshold = names[nodes.feature[node]], nodes.threshold[node]
        return [
            *lines(nodes.children_left[node], [*asked, condition(name, "<=", threshold)]),
            *lines(nodes.children_right[node], [*asked, condition(name, ">", threshold)]),
        ]

    found = lines(0, [])
    return [line for _, line in (sorted(found, key=order) if order else found)]


def rules_of_tree__turned_round(tree, names):
    """Left means that the answer to `<=` is yes: write `<=` on the way to `children_left`."""

    def turned(name, sign, threshold):
        return f"{name} {'>' if sign == '<=' else '<='} {float(threshold)!r}"

    return _told(tree, names, condition=turned)


def rules_of_tree__column_zero(tree, names):
    """Column 0 is a real column. What tells a leaf is `children_left == -1`."""
    return _told(tree, names, is_leaf=lambda node: tree.tree_.feature[node] <= 0)


def rules_of_tree__rounded(tree, names):
    """A rounded threshold sends some rows the other way. Write all digits."""

    def rounded(name, sign, threshold):
        return f"{name} {sign} {round(float(threshold), 1)}"

    return _told(tree, names, condition=rounded)


def rules_of_tree__position_of_the_class(tree, names):
    """You wrote the position of the class, not its name: look it up in `tree.classes_`."""
    return _told(tree, names, answer=lambda node: tree.tree_.value[node, 0].argmax())


def rules_of_tree__numpy_repr(tree, names):
    """The `repr` of NumPy's numbers contains their type. Turn the threshold into a float of Python first."""
    return _told(tree, names, condition=lambda name, sign, threshold: f"{name} {sign} {threshold!r}")


def rules_of_tree__order_of_numbers(tree, names):
    """You listed the leaves by the number of their node. A tree that grew best leaf first numbers them otherwise: visit
    the left child's leaves before the right child's.
    """
    return _told(tree, names, order=lambda found: found[0])


def rules_of_tree__nothing_asked(tree, names):
    """A tree that asks nothing is one leaf, and its line begins with "always"."""
    return _told(tree, names, lone="")


def rules_of_tree__shortened(tree, names):
    """You dropped conditions that a later one makes superfluous. Write every question on the way, in its order."""

    def shortened(line):
        conditions, answer = line.split(" -> ")
        last = {}
        for condition in conditions.split(" and "):
            last[tuple(condition.split()[:-1])] = condition
        return f"{' and '.join(last.values())} -> {answer}"

    return [shortened(line) for line in _told(tree, names)]


# 5. forest_interval


@st.composite
def _market(draw):
    n, width = draw(between(3, 9)), draw(between(1, 2))
    X_train = draw(arrays(numbers(0, 4), shape=(n, width)))
    y_train = draw(arrays(numbers(-4, 20), size=n))
    X = draw(arrays(numbers(-1, 5), shape=(draw(between(1, 3)), width)))
    settings = {"n_estimators": draw(between(1, 4)), "max_leaf_nodes": draw(st.sampled_from([2, 3, 4]))}
    return call(X_train, y_train, X, draw(st.sampled_from([0.5, 0.8, 0.9, 0.3])), settings)


def _weights(forest, X_train, row):
    """Return the exact weight of each training row for one row, in shares of 1."""
    total = [Fraction(0)] * len(X_train)
    for tree in forest.estimators_:
        leaf, leaves = tree.apply(row[None, :])[0], tree.apply(X_train)
        together = np.flatnonzero(leaves == leaf).tolist()
        for other in together:
            total[other] += Fraction(1, len(together) * len(forest.estimators_))
    return total


def _quantiles(weights, targets, level):
    """Return the targets at which the running weight reaches the level; two where rounding may decide.

    Sums of halves, quarters and so on are exact in any order, so there nothing is left to rounding.
    """
    exact = all(number.denominator in (1, 2, 4, 8, 16) for number in (*weights, Fraction(level)))
    found = []
    for slack in (Fraction(0),) if exact else (Fraction(-1, 10**9), Fraction(1, 10**9)):
        running = Fraction(0)
        for target, weight in sorted(zip(targets.tolist(), weights, strict=True)):
            running += weight
            if running >= Fraction(level) + slack:
                found.append(target)
                break
    return found


@hints(
    "Begin with one row and one tree: which rows of `X_train` are in the same leaf, and how much weight does each get?",
    "Add these weights over the trees, one number for each training row. Then sort the training rows by their target "
    "and let the weights run up.",
    "`leaves == leaves_of_the_row` is True where a training row shares the leaf, one column for each tree; each column "
    "must add up to 1. The bounds are where the running sum of the sorted weights first reaches two levels.",
)
def check_forest_interval(forest_interval):
    def test(X_train, y_train, X, coverage, settings):
        forest = RandomForestRegressor(**settings, random_state=0, n_jobs=1).fit(X_train, y_train)
        before = forest.predict(X_train)
        returned = forest_interval(forest, X_train, y_train, X, coverage)
        require(
            np.array_equal(forest.predict(X_train), before),
            "After your function ran, the forest predicts something else. It is fitted; only read its leaves.",
        )
        kind(returned, (np.ndarray, list, tuple))
        bounds = attempt(lambda: np.asarray(returned, dtype=float), "reading your result as an array of numbers")
        shape(bounds, (len(X), 2))
        for row, mine in zip(X, bounds, strict=True):
            weights = _weights(forest, X_train, row)
            _right_bound(mine[0], weights, y_train, row, "lower", (1 - coverage) / 2)
            _right_bound(mine[1], weights, y_train, row, "upper", (1 + coverage) / 2)

    for_all(test, on=_market(), also=_planned_markets(), examples=6)


def _right_bound(mine, weights, targets, row, name, level):
    right = _quantiles(weights, targets, level)
    inside = [(t, float(w)) for t, w in sorted(zip(targets.tolist(), weights, strict=True)) if w > 0]
    told = ", ".join(f"{target:g} ({weight:.2f})" for target, weight in inside[:8])
    more = " …" if len(inside) > 8 else ""
    if not any(math.isclose(mine, target, rel_tol=1e-6, abs_tol=1e-9) for target in right):
        message = (
            f"The {name} bound for the row {row.tolist()} should be {right[0]:g}, not {mine:g}. Targets that share a "
            f"leaf with it, and their weights: {told}{more}; the level is {level:.2f}."
        )
        raise Mismatch(message, expected=right[0], returned=float(mine))


def _planned_markets():
    rng = np.random.default_rng(5)
    line, price = np.arange(10.0)[:, None], np.array([3.0, 1.0, 2.0, 9.0, 7.0, 8.0, 30.0, 45.0, 35.0, 60.0])
    one = {"n_estimators": 1, "max_leaf_nodes": 2, "bootstrap": False}
    two = {"n_estimators": 2, "max_leaf_nodes": 3}
    town = rng.integers(0, 60, (60, 2)) / 4
    paid = np.round(100 + 20 * town[:, 0] + rng.normal(0, 60, 60), 1)
    halves = np.array([5.0, 1.0, 3.0, 7.0, 80.0, 60.0, 70.0, 90.0])
    return [
        call(line, price, np.array([[2.0], [8.5]]), 0.5, one),
        call(line[:8], halves, np.array([[2.0], [8.5]]), 0.5, one),
        call(line, price, np.array([[0.5], [4.0], [99.0]]), 0.9, two),
        call(line, price, np.array([[6.0]]), 0.8, {"n_estimators": 5, "max_leaf_nodes": 4}),
        call(line, price, np.array([[4.5], [7.5]]), 0.8, {"n_estimators": 24, "max_leaf_nodes": 6}),
        call(line[::-1].copy(), price - 20, np.array([[6.0], [1.0]]), 0.3, {"n_estimators": 4, "max_leaf_nodes": 3}),
        call(line, np.repeat([5.0, 5.0, 8.0, 8.0, 9.0], 2), np.array([[3.0]]), 0.6, two),
        call(town, paid, town[:4] + 0.1, 0.9, {"n_estimators": 8, "min_samples_leaf": 4}),
        call(town, paid, town[4:8], 0.7, {"n_estimators": 6, "min_samples_leaf": 9, "bootstrap": False}),
    ]


def _bounds(weights, y_train, low, high):
    """Return the bounds by weights, shape (rows, training rows), at two levels."""
    order = np.argsort(y_train, kind="stable")
    running = (weights / weights.sum(axis=1, keepdims=True))[:, order].cumsum(axis=1) + 1e-12
    targets = y_train[order]
    return np.array([[targets[(row >= level).argmax()] for level in (low, high)] for row in running])


def _shared(forest, X_train, X):
    """Return which training rows share which leaves, shape (rows, training rows, trees)."""
    return forest.apply(X)[:, None, :] == forest.apply(X_train)[None]


def forest_interval__quantiles_of_trees(forest, X_train, y_train, X, coverage):
    """Those are quantiles of the trees' predictions. Each is the mean of a leaf, and means vary less than houses do:
    use the training targets in the leaves.
    """
    said = [tree.predict(X) for tree in forest.estimators_]
    return np.quantile(said, [(1 - coverage) / 2, (1 + coverage) / 2], axis=0).T


def forest_interval__own_residuals(forest, X_train, y_train, X, coverage):
    """The forest has seen these rows, so its residuals on them are too small; and every row gets the same width. Use
    the targets that share leaves with the row.
    """
    width = np.quantile(np.abs(y_train - forest.predict(X_train)), coverage)
    return np.column_stack([forest.predict(X) - width, forest.predict(X) + width])


def forest_interval__levels(forest, X_train, y_train, X, coverage):
    """The levels are wrong: a 90% interval leaves 5% on each side, not 10%."""
    shared = _shared(forest, X_train, X)
    weights = (shared / shared.sum(axis=1, keepdims=True)).sum(axis=2)
    return _bounds(weights, y_train, 1 - coverage, coverage)


def forest_interval__large_leaves_outvote(forest, X_train, y_train, X, coverage):
    """A leaf with 50 rows outvoted a leaf with 5: every tree has a weight of 1, shared by the rows of its leaf."""
    weights = _shared(forest, X_train, X).sum(axis=2)
    return _bounds(weights, y_train, (1 - coverage) / 2, (1 + coverage) / 2)


def forest_interval__each_row_once(forest, X_train, y_train, X, coverage):
    """A training row that shares a leaf in many trees counted once. Add its weights over the trees."""
    weights = _shared(forest, X_train, X).any(axis=2)
    return _bounds(weights, y_train, (1 - coverage) / 2, (1 + coverage) / 2)


def forest_interval__drawn_rows_only(forest, X_train, y_train, X, coverage):
    """You counted only the rows that each tree drew. Every row of `X_train` that falls into the leaf has a share."""
    drawn = np.array([np.bincount(rows, minlength=len(X_train)) for rows in forest.estimators_samples_]).T
    shared = _shared(forest, X_train, X) * drawn
    weights = (shared / shared.sum(axis=1, keepdims=True)).sum(axis=2)
    return _bounds(weights, y_train, (1 - coverage) / 2, (1 + coverage) / 2)


def forest_interval__targets_not_sorted(forest, X_train, y_train, X, coverage):
    """Your running sum goes through the training rows as they come. Sort them by their target first, the weights with
    them.
    """
    shared = _shared(forest, X_train, X)
    running = (shared / shared.sum(axis=1, keepdims=True)).mean(axis=2).cumsum(axis=1) + 1e-12
    levels = (1 - coverage) / 2, (1 + coverage) / 2
    return np.array([[y_train[(row >= level).argmax()] for level in levels] for row in running])


def forest_interval__interpolated(forest, X_train, y_train, X, coverage):
    """Your bounds lie between two targets. The bound is a target: the smallest at which the weights reach the level."""
    shared = _shared(forest, X_train, X)
    weights = (shared / shared.sum(axis=1, keepdims=True)).mean(axis=2)
    order = np.argsort(y_train, kind="stable")
    levels = [(1 - coverage) / 2, (1 + coverage) / 2]
    return np.array([np.interp(levels, row[order].cumsum() - row[order] / 2, y_train[order]) for row in weights])
