"""Answers to 02_machine_learning/07_trees_and_forests by somebody who has not seen its checks: `right__...` must pass,
`wrong__...` must fail."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pandas as pd
from sklearn.tree import DecisionTreeRegressor

# --- impurity_drop ---------------------------------------------------------------------------------------------------


def _gini(labels):
    return 1 - sum((count / len(labels)) ** 2 for count in Counter(labels).values()) if labels else 0.0


def _sides(labels, goes_left):
    left = [label for label, yes in zip(labels, goes_left, strict=True) if yes]
    right = [label for label, yes in zip(labels, goes_left, strict=True) if not yes]
    return left, right


def right__impurity_drop__pairs(labels, goes_left):
    """The impurity is the chance that two patients drawn with replacement differ; exact, with fractions."""

    def differing(group):
        return Fraction(sum(a != b for a in group for b in group), len(group)) if group else Fraction(0)

    left, right = _sides(labels, goes_left)
    return float((differing(labels) - differing(left) - differing(right)) / len(labels))


def right__impurity_drop__crosstab(labels, goes_left):
    """A table of counts with NumPy; returns a NumPy scalar."""
    kinds = np.unique(labels)
    table = np.array(
        [[sum(x == k and g == s for x, g in zip(labels, goes_left, strict=True)) for k in kinds] for s in (True, False)]
    )
    sides = table.sum(axis=1)
    purity = sum((row**2).sum() / side for row, side in zip(table, sides, strict=True) if side)
    return (purity - (table.sum(axis=0) ** 2).sum() / len(labels)) / len(labels)


def wrong__impurity_drop__two_kinds(labels, goes_left):
    """Takes all labels but the first one for one kind: wrong from three kinds on."""
    only = [label == labels[0] for label in labels]
    left, right = _sides(only, goes_left)
    return _gini(only) - (len(left) * _gini(left) + len(right) * _gini(right)) / len(only)


def wrong__impurity_drop__three_kinds(labels, goes_left):
    """Counts the three most frequent labels only: wrong from four kinds on."""

    def gini(group):
        return 1 - sum((n / len(group)) ** 2 for _, n in Counter(group).most_common(3)) if group else 0.0

    left, right = _sides(labels, goes_left)
    return gini(labels) - (len(left) * gini(left) + len(right) * gini(right)) / len(labels)


def wrong__impurity_drop__weights_swapped(labels, goes_left):
    """Weighs each side by the other side's share."""
    left, right = _sides(labels, goes_left)
    return _gini(labels) - (len(right) * _gini(left) + len(left) * _gini(right)) / len(labels)


def wrong__impurity_drop__majority(labels, goes_left):
    """Removes misclassifications (1 minus the largest share), not Gini impurity."""

    def error(group):
        return 1 - max(Counter(group).values()) / len(group) if group else 0.0

    left, right = _sides(labels, goes_left)
    return error(labels) - (len(left) * error(left) + len(right) * error(right)) / len(labels)


def wrong__impurity_drop__case(labels, goes_left):
    """Takes labels that differ in upper and lower case or in spaces for the same."""
    return right__impurity_drop__pairs([label.strip().lower() for label in labels], goes_left)


def wrong__impurity_drop__relative(labels, goes_left):
    """Returns the share of the impurity that is removed where three or more kinds occur."""
    drop = float(right__impurity_drop__pairs(labels, goes_left))
    return drop / _gini(labels) if len(set(labels)) > 2 else drop


# --- out_of_bag_error ------------------------------------------------------------------------------------------------


def right__out_of_bag_error__loop(predictions, in_bag, y):
    """Plain loops over patients and trees."""
    errors = []
    for i in range(len(y)):
        unseen = [predictions[t][i] for t in range(len(predictions)) if not in_bag[t][i]]
        if unseen:
            errors.append(abs(sum(unseen) / len(unseen) - y[i]))
    return sum(errors) / len(errors)


def right__out_of_bag_error__masked(predictions, in_bag, y):
    """With a masked array."""
    hidden = np.ma.masked_array(predictions, mask=np.asarray(in_bag) > 0)
    return float(np.abs(hidden.mean(axis=0) - y).mean())


def wrong__out_of_bag_error__zero_is_missing(predictions, in_bag, y):
    """Takes a prediction of 0 for one that is missing."""
    kept = np.where(in_bag == 0, predictions, 0.0)
    n = (kept != 0).sum(axis=0)
    ok = (in_bag == 0).any(axis=0)
    return float(np.abs(kept.sum(axis=0) / np.maximum(n, 1) - y)[ok].mean())


def wrong__out_of_bag_error__rarest(predictions, in_bag, y):
    """Judges a patient whom every tree drew by the trees that drew it least, instead of leaving it out."""
    unseen = in_bag == in_bag.min(axis=0)
    return float(np.abs((predictions * unseen).sum(axis=0) / unseen.sum(axis=0) - y).mean())


def wrong__out_of_bag_error__all_rows(predictions, in_bag, y):
    """Divides by the number of all patients, those left out included."""
    unseen = in_bag == 0
    ok = unseen.any(axis=0)
    return float(np.abs((predictions * unseen).sum(axis=0)[ok] / unseen.sum(axis=0)[ok] - y[ok]).sum() / len(y))


def wrong__out_of_bag_error__pairs(predictions, in_bag, y):
    """Averages the errors of the single trees, not the error of the average."""
    unseen = in_bag == 0
    return float(np.abs(predictions - y)[unseen].mean())


def wrong__out_of_bag_error__median(predictions, in_bag, y):
    """Predicts the median of the trees, not their average: differs from three unseen trees on."""
    unseen = np.where(in_bag == 0, predictions, np.nan)
    ok = (in_bag == 0).any(axis=0)
    return float(np.abs(np.nanmedian(unseen[:, ok], axis=0) - y[ok]).mean())


def wrong__out_of_bag_error__weighted(predictions, in_bag, y):
    """Weighs each patient by the number of trees that never drew it."""
    unseen = in_bag == 0
    n = unseen.sum(axis=0)
    ok = n > 0
    return float(np.average(np.abs((predictions * unseen).sum(axis=0)[ok] / n[ok] - y[ok]), weights=n[ok]))


# --- best_price_split ------------------------------------------------------------------------------------------------


def _cuts(values, prices):
    """Return the sorted values, and for each cut after row i the rows on both sides and the drop."""
    order = np.argsort(values, kind="stable")
    v, p = np.asarray(values)[order], np.asarray(prices, dtype=float)[order]
    p = p - p.mean()
    n = len(v)
    left = np.arange(1, n)
    sums = np.cumsum(p)[:-1]
    return v, left, n - left, sums**2 * n / (left * (n - left))


def right__best_price_split__between(values, prices, min_leaf):
    """The drop is the squared sum of the centered prices on one side, times n / (left * right)."""
    v, left, right, drop = _cuts(values, prices)
    ok = (v[1:] > v[:-1]) & (left >= min_leaf) & (right >= min_leaf)
    if not ok.any():
        return None
    i = np.argmax(np.where(ok, drop, -1.0))
    return (v[i] + v[i + 1]) / 2, drop[i]


def right__best_price_split__groups(values, prices, min_leaf):
    """Groups equal values with pandas, and takes the last of equally good cuts."""
    prices = np.asarray(prices, dtype=float)
    table = pd.DataFrame({"v": values, "p": prices - prices.mean()}).groupby("v")["p"].agg(["sum", "count"]).cumsum()
    n = len(prices)
    cuts = table.iloc[:-1].assign(after=table.index[1:])
    cuts = cuts[(cuts["count"] >= min_leaf) & (n - cuts["count"] >= min_leaf)]
    if cuts.empty:
        return None
    drop = cuts["sum"] ** 2 * (1 / cuts["count"] + 1 / (n - cuts["count"]))
    i = len(drop) - 1 - int(np.argmax(drop.to_numpy()[::-1]))
    return [float(cuts.index[i] + cuts["after"].iloc[i]) / 2, float(drop.iloc[i])]


def wrong__best_price_split__close_is_equal(values, prices, min_leaf):
    """Takes values that `np.isclose` for equal: 100000 and 100000.5 are different."""
    v, left, right, drop = _cuts(values, prices)
    ok = ~np.isclose(v[1:], v[:-1]) & (left >= min_leaf) & (right >= min_leaf)
    if not ok.any():
        return None
    i = np.argmax(np.where(ok, drop, -1.0))
    return float(v[i] + v[i + 1]) / 2, float(drop[i])


def wrong__best_price_split__useless_cut(values, prices, min_leaf):
    """Returns None where the best cut brings no drop, although there is a cut."""
    best = right__best_price_split__between(values, prices, min_leaf)
    return None if best is None or best[1] <= 0 else (float(best[0]), float(best[1]))


def wrong__best_price_split__within_equal(values, prices, min_leaf):
    """Cuts between equal values."""
    v, left, right, drop = _cuts(values, prices)
    ok = (left >= min_leaf) & (right >= min_leaf) & (v[0] != v[-1])
    if not ok.any():
        return None
    i = np.argmax(np.where(ok, drop, -1.0))
    return float(v[i] + v[i + 1]) / 2, float(drop[i])


def wrong__best_price_split__leaf_of_values(values, prices, min_leaf):
    """Counts different values on each side for `min_leaf`, not rows."""
    v, _, _, drop = _cuts(values, prices)
    kinds = np.cumsum(np.concatenate([[True], v[1:] > v[:-1]]))
    ok = (v[1:] > v[:-1]) & (kinds[:-1] >= min_leaf) & (kinds[-1] - kinds[:-1] >= min_leaf)
    if not ok.any():
        return None
    i = np.argmax(np.where(ok, drop, -1.0))
    return float(v[i] + v[i + 1]) / 2, float(drop[i])


def wrong__best_price_split__best_then_leaf(values, prices, min_leaf):
    """Takes the best of all cuts and returns None where it leaves too few rows, though another cut would do."""
    best = right__best_price_split__between(values, prices, 1)
    if best is None or not min_leaf <= np.sum(values <= best[0]) <= len(values) - min_leaf:
        return None
    return float(best[0]), float(best[1])


def wrong__best_price_split__single_precision(values, prices, min_leaf):
    """A stump of scikit-learn: it keeps values in float32 and thinks values less than 1e-7 apart equal."""
    if len(values) < 2 * min_leaf:
        return None
    stump = DecisionTreeRegressor(max_depth=1, min_samples_leaf=min_leaf).fit(np.asarray(values)[:, None], prices)
    if stump.get_depth() == 0:
        best = right__best_price_split__between(values, prices, min_leaf)
        return best and (float(best[0]), float(best[1]))
    t = stump.tree_
    return float(t.threshold[0]), float(t.impurity[0] - t.impurity[1:] @ t.n_node_samples[1:] / len(values)) * len(
        values
    )


def wrong__best_price_split__loop_over_values(values, prices, min_leaf):
    """Loops in Python over the different values: as many as rows where no two are equal."""
    kinds = np.unique(values)
    best = None
    for threshold in (kinds[1:] + kinds[:-1]) / 2:
        left = values <= threshold
        a, b = prices[left], prices[~left]
        if min(len(a), len(b)) >= min_leaf:
            drop = len(a) * len(b) / len(prices) * (a.mean() - b.mean()) ** 2
            if best is None or drop > best[1]:
                best = (float(threshold), float(drop))
    return best


def wrong__best_price_split__square(values, prices, min_leaf):
    """Builds an n by n array of all rows against all cuts."""
    kinds = np.unique(values)
    thresholds = (kinds[1:] + kinds[:-1]) / 2
    left = values <= thresholds[:, None]
    n_left = left.sum(axis=1)
    n_right = len(values) - n_left
    ok = (n_left >= min_leaf) & (n_right >= min_leaf)
    if not ok.any():
        return None
    drop = (left @ (prices - prices.mean())) ** 2 * len(values) / (n_left * n_right)
    i = np.argmax(np.where(ok, drop, -1.0))
    return float(thresholds[i]), float(drop[i])


def wrong__best_price_split__squares_of_sums(values, prices, min_leaf):
    """Subtracts sums of squares without centering: a drop of 1 is lost among prices of a billion."""
    order = np.argsort(values)
    v, p = values[order], prices[order].astype(float)
    n = len(v)
    left = np.arange(1, n)
    ok = (v[1:] > v[:-1]) & (left >= min_leaf) & (n - left >= min_leaf)
    if not ok.any():
        return None
    sums = np.cumsum(p)
    drop = sums[:-1] ** 2 / left + (sums[-1] - sums[:-1]) ** 2 / (n - left) - sums[-1] ** 2 / n
    i = np.argmax(np.where(ok, drop, -np.inf))
    return float(v[i] + v[i + 1]) / 2, float(drop[i])


# --- rules_of_tree ---------------------------------------------------------------------------------------------------


def _rules(tree, names, number=float.__str__, answer=None, leaf_order=None):
    t = tree.tree_
    answer = answer or (lambda shares: tree.classes_[np.argmax(shares)])
    lines, todo = {}, [(0, [])]
    while todo:
        node, path = todo.pop()
        if t.children_left[node] == -1:
            lines[node] = f"{' and '.join(path) or 'always'} -> {answer(t.value[node, 0])}"
            continue
        name, threshold = names[t.feature[node]], number(float(t.threshold[node]))
        todo.append((t.children_right[node], [*path, f"{name} > {threshold}"]))
        todo.append((t.children_left[node], [*path, f"{name} <= {threshold}"]))
    return list(lines.values()) if leaf_order is None else [lines[i] for i in sorted(lines, key=leaf_order)]


def right__rules_of_tree__stack(tree, names):
    """Without recursion."""
    return _rules(tree, names)


def right__rules_of_tree__parents(tree, names):
    """Climbs from every leaf to the root, and sorts the leaves by the path to them."""
    left, right = tree.tree_.children_left.tolist(), tree.tree_.children_right.tolist()
    parent = {c: (i, sign) for kids, sign in ((left, "<="), (right, ">")) for i, c in enumerate(kids) if c >= 0}
    found = []
    for leaf in (i for i, child in enumerate(left) if child < 0):
        node, path, turns = leaf, [], []
        while node:
            node, sign = parent[node]
            path.insert(0, f"{names[tree.tree_.feature[node]]} {sign} {tree.tree_.threshold[node]}")
            turns.insert(0, sign == ">")
        shares = tree.tree_.value[leaf, 0].tolist()
        found.append((turns, (" and ".join(path) or "always") + f" -> {tree.classes_[shares.index(max(shares))]}"))
    return [line for _, line in sorted(found)]


def wrong__rules_of_tree__by_number(tree, names):
    """Lists leaves by their number: not from left to right in a tree grown with `max_leaf_nodes`."""
    return _rules(tree, names, leaf_order=lambda node: node)


def wrong__rules_of_tree__by_depth(tree, names):
    """Lists shallow leaves first."""
    return sorted(_rules(tree, names), key=lambda line: line.count(" and "))


def wrong__rules_of_tree__short_numbers(tree, names):
    """Writes six significant digits of the threshold."""
    return _rules(tree, names, number=lambda x: str(float(f"{x:g}")))


def wrong__rules_of_tree__ten_decimals(tree, names):
    """Rounds the threshold to ten decimals: small thresholds lose digits."""
    return _rules(tree, names, number=lambda x: str(round(x, 10)))


def wrong__rules_of_tree__single_precision(tree, names):
    """Rounds the threshold to float32 first."""
    return _rules(tree, names, number=lambda x: str(float(np.float32(x))))


def wrong__rules_of_tree__repr(tree, names):
    """Writes the class as `repr` does: np.str_('cheap')."""
    return _rules(tree, names, answer=lambda shares: repr(tree.classes_[np.argmax(shares)]))


def wrong__rules_of_tree__last_of_equals(tree, names):
    """Answers with the last of equally frequent classes."""
    return _rules(tree, names, answer=lambda s: tree.classes_[len(s) - 1 - np.argmax(s[::-1])])


def wrong__rules_of_tree__half(tree, names):
    """Answers with a class that has at least half of the shares, else with the first: wrong from three classes on."""
    return _rules(tree, names, answer=lambda s: tree.classes_[int(np.argmax(s >= 0.5))])


def wrong__rules_of_tree__without_repeats(tree, names):
    """Leaves out a condition that a later one makes superfluous."""
    lines = []
    for line in _rules(tree, names):
        path, answer = line.rsplit(" -> ", 1)
        kept = {}
        for condition in path.split(" and "):
            kept[tuple(condition.rsplit(" ", 1)[:1])] = condition
        lines.append(" and ".join(kept.values()) + " -> " + answer)
    return lines


def wrong__rules_of_tree__distinct_lines(tree, names):
    """Sorts the rules of a stump's two equal answers into one: a question whose sides agree is left out."""
    lines = _rules(tree, names)
    answers = {line.rsplit(" -> ", 1)[1] for line in lines}
    return [f"always -> {answers.pop()}"] if len(answers) == 1 else lines


def wrong__rules_of_tree__integers(tree, names):
    """Writes numbers of classes without decimals: 1.5 becomes 1."""
    answers = tree.classes_ if tree.classes_.dtype.kind not in "f" else tree.classes_.astype(int)
    return _rules(tree, names, answer=lambda s: answers[np.argmax(s)])


# --- forest_interval -------------------------------------------------------------------------------------------------


def _weights(forest, X_train, X):
    same = np.asarray(forest.apply(X))[:, None, :] == np.asarray(forest.apply(X_train))[None, :, :]
    return (same / same.sum(axis=1, keepdims=True)).sum(axis=2)


def _bounds(weights, y, shares, reached=None):
    reached = reached or (lambda total, goal: total >= goal - 1e-9)
    order = np.argsort(y)
    total = np.cumsum(weights[:, order], axis=1)
    total = total / total[:, -1:]
    return np.column_stack([np.asarray(y)[order][np.argmax(reached(total, s), axis=1)] for s in shares])


def _both(coverage):
    return (1 - coverage) / 2, (1 + coverage) / 2


def right__forest_interval__whole_arrays(forest, X_train, y_train, X, coverage):
    """Weights of all rows at once."""
    return _bounds(_weights(forest, X_train, X), y_train, _both(coverage))


def right__forest_interval__fractions(forest, X_train, y_train, X, coverage):
    """Plain loops, with exact weights and the share that is written."""
    train, rows, n = forest.apply(X_train), forest.apply(X), len(y_train)
    result = []
    for row in rows:
        weight = [Fraction(0)] * n
        for t, leaf in enumerate(row):
            mates = [i for i in range(n) if train[i, t] == leaf]
            for i in mates:
                weight[i] += Fraction(1, len(mates))
        goal = Fraction(str(coverage))
        bounds = []
        for share in (1 - goal) / 2, (1 + goal) / 2:
            bounds.append(
                min(
                    target
                    for target in y_train
                    if sum(w for w, y in zip(weight, y_train, strict=True) if y <= target) >= share * len(row)
                )
            )
        result.append(bounds)
    return np.array(result, dtype=float)


def right__forest_interval__loop(forest, X_train, y_train, X, coverage):
    """One row and one tree at a time, in floats, stopping at the first target that reaches the share."""
    train = forest.apply(X_train)
    order = np.argsort(y_train)
    result = np.empty((len(X), 2))
    for r, leaves in enumerate(forest.apply(X)):
        weight = np.zeros(len(y_train))
        for t, leaf in enumerate(leaves):
            mates = train[:, t] == leaf
            weight[mates] += 1 / mates.sum()
        for c, share in enumerate(_both(coverage)):
            result[r, c] = y_train[order][np.searchsorted(np.cumsum(weight[order]), share * weight.sum())]
    return result


def wrong__forest_interval__each_row_once(forest, X_train, y_train, X, coverage):
    """Gives every mate in a leaf the weight 1, so that big leaves weigh more."""
    same = forest.apply(X)[:, None, :] == forest.apply(X_train)[None, :, :]
    return _bounds(same.sum(axis=2), y_train, _both(coverage))


def wrong__forest_interval__any_tree(forest, X_train, y_train, X, coverage):
    """Adds the weight of a row once, however many trees give it one."""
    return _bounds((_weights(forest, X_train, X) > 0) * 1.0, y_train, _both(coverage))


def wrong__forest_interval__more_than(forest, X_train, y_train, X, coverage):
    """Asks for more than the share, where reaching it is enough."""
    return _bounds(_weights(forest, X_train, X), y_train, _both(coverage), lambda total, goal: total > goal + 1e-9)


def wrong__forest_interval__bags(forest, X_train, y_train, X, coverage):
    """Counts only the rows that a tree was grown on, as often as it drew them."""
    train, rows = forest.apply(X_train), forest.apply(X)
    weights = np.zeros((len(X), len(y_train)))
    for t in range(len(forest.estimators_)):
        n = np.bincount(forest.estimators_samples_[t], minlength=len(y_train))
        same = (rows[:, [t]] == train[:, t]) * n
        weights += same / same.sum(axis=1, keepdims=True)
    return _bounds(weights, y_train, _both(coverage))


def wrong__forest_interval__tree_means(forest, X_train, y_train, X, coverage):
    """Quantiles of the trees' predictions, not of the training targets."""
    guesses = np.array([tree.predict(X) for tree in forest.estimators_])
    return np.quantile(guesses, _both(coverage), axis=0, method="inverted_cdf").T


def wrong__forest_interval__interpolated(forest, X_train, y_train, X, coverage):
    """Interpolates between targets."""
    order = np.argsort(y_train)
    total = np.cumsum(_weights(forest, X_train, X)[:, order], axis=1)
    return np.array([np.interp(_both(coverage), row / row[-1], y_train[order]) for row in total])


def wrong__forest_interval__mates_in_x(forest, X_train, y_train, X, coverage):
    """Shares a tree's weight by the number of rows of `X` in the leaf, not of `X_train`."""
    rows, train = forest.apply(X), forest.apply(X_train)
    same = rows[:, None, :] == train[None, :, :]
    crowd = (rows[:, None, :] == rows[None, :, :]).sum(axis=1)
    return _bounds((same / crowd[:, None, :]).sum(axis=2), y_train, _both(coverage))


def wrong__forest_interval__ten_trees(forest, X_train, y_train, X, coverage):
    """Uses at most ten trees."""
    rows, train = forest.apply(X)[:, :10], forest.apply(X_train)[:, :10]
    same = rows[:, None, :] == train[None, :, :]
    return _bounds((same / same.sum(axis=1, keepdims=True)).sum(axis=2), y_train, _both(coverage))


def wrong__forest_interval__same_number(forest, X_train, y_train, X, coverage):
    """Takes a leaf for the same if any tree gives it that number, though trees number their leaves separately."""
    rows, train = forest.apply(X), forest.apply(X_train)
    same = (rows[:, None, :, None] == train[None, :, None, :]).any(axis=2)
    return _bounds((same / np.maximum(same.sum(axis=1, keepdims=True), 1)).sum(axis=2), y_train, _both(coverage))
