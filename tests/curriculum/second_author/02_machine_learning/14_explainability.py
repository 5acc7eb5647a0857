"""Answers to 02_machine_learning/14_explainability by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import heapq
import itertools
import math
import random

import numpy as np
import pandas as pd

# 1. dependence_curve


def _everyone_at(X, column, value):
    changed = np.array(X, dtype=float)
    changed[:, column] = value
    return changed


def right__dependence_curve__loop(predict, X, column, grid):
    return np.array([np.mean(predict(_everyone_at(X, column, value))) for value in grid])


def right__dependence_curve__one_big_matrix(predict, X, column, grid):
    if len(grid) == 0:
        return np.empty(0)
    big = np.tile(np.asarray(X, dtype=float), (len(grid), 1))
    big[:, column] = np.repeat(grid, len(X))
    return np.asarray(predict(big), dtype=float).reshape(len(grid), len(X)).mean(axis=1)


def right__dependence_curve__where(predict, X, column, grid):
    place = np.arange(np.shape(X)[1]) == column
    return [float(np.average(predict(np.where(place, float(value), X)))) for value in grid]


def right__dependence_curve__patient_by_patient(predict, X, column, grid):
    result = np.zeros(len(grid))
    for g, value in enumerate(grid):
        predictions = []
        for patient in X:
            row = [float(x) for x in patient]
            row[column] = float(value)
            predictions.append(float(predict(np.array([row]))[0]))
        result[g] = math.fsum(predictions) / len(predictions)
    return result


def right__dependence_curve__float32_result(predict, X, column, grid):
    work = np.array(X, dtype=float)
    curve = []
    for value in grid:
        work[:, column] = value
        curve.append(sum(np.asarray(predict(work.copy())).tolist()) / len(work))
    return np.array(curve, dtype=np.float32)


def wrong__dependence_curve__cuts_to_integers(predict, X, column, grid):
    """Writes the grid into a copy of integer type: 0.5 becomes 0."""
    result = []
    for value in grid:
        changed = X.copy()
        changed[:, column] = value
        result.append(predict(changed).mean())
    return np.array(result)


def wrong__dependence_curve__result_like_the_grid(predict, X, column, grid):
    """Keeps the averages in the type of the grid: cut to integers if the grid holds integers."""
    result = np.empty_like(grid)
    for g, value in enumerate(grid):
        result[g] = np.mean(predict(_everyone_at(X, column, value)))
    return result


def wrong__dependence_curve__average_patient(predict, X, column, grid):
    """Predicts for the average patient instead of averaging the predictions."""
    average = np.mean(X, axis=0, keepdims=True, dtype=float)
    return np.array([predict(_everyone_at(average, column, value))[0] for value in grid])


def wrong__dependence_curve__median(predict, X, column, grid):
    """Takes the median of the predictions."""
    return np.array([np.median(predict(_everyone_at(X, column, value))) for value in grid])


def wrong__dependence_curve__shifts_the_dose(predict, X, column, grid):
    """Adds the value to everyone's own dose."""
    return np.array(
        [np.mean(predict(_everyone_at(X, column, np.asarray(X)[:, column] + value))) for value in grid],
    )


def wrong__dependence_curve__sorted_grid(predict, X, column, grid):
    """Gives the averages in ascending order of the grid, not in the grid's order."""
    return np.array([np.mean(predict(_everyone_at(X, column, value))) for value in np.sort(grid)])


def wrong__dependence_curve__grid_without_repetition(predict, X, column, grid):
    """Leaves out a grid value that occurs a second time."""
    values = list(dict.fromkeys(np.asarray(grid).tolist()))
    return np.array([np.mean(predict(_everyone_at(X, column, value))) for value in values])


def wrong__dependence_curve__different_patients_only(predict, X, column, grid):
    """Counts patients with equal rows once."""
    return np.array([np.mean(predict(np.unique(_everyone_at(X, column, value), axis=0))) for value in grid])


def wrong__dependence_curve__clipped_to_the_observed(predict, X, column, grid):
    """Cuts grid values to the range of doses among the patients."""
    low, high = np.min(X[:, column]), np.max(X[:, column])
    return np.array([np.mean(predict(_everyone_at(X, column, np.clip(value, low, high)))) for value in grid])


def wrong__dependence_curve__first_fifty_patients(predict, X, column, grid):
    """Averages over the first 50 patients only."""
    return np.array([np.mean(predict(_everyone_at(X[:50], column, value))) for value in grid])


def wrong__dependence_curve__column_zero_is_the_last(predict, X, column, grid):
    """Takes column 0 for "not given" and changes the last one."""
    return np.array([np.mean(predict(_everyone_at(X, column or -1, value))) for value in grid])


def wrong__dependence_curve__empty_grid_breaks(predict, X, column, grid):
    """Raises on an empty grid, whose curve has shape (0,)."""
    return np.concatenate([[np.mean(predict(_everyone_at(X, column, value)))] for value in grid])


def wrong__dependence_curve__centered(predict, X, column, grid):
    """Subtracts the average prediction on the true doses."""
    now = np.mean(predict(np.asarray(X)))
    return np.array([np.mean(predict(_everyone_at(X, column, value))) - now for value in grid])


def wrong__dependence_curve__half_the_columns_at_their_mean(predict, X, column, grid):
    """Sets the columns after the given one to their averages: not everything else is kept."""
    result = []
    for value in grid:
        changed = _everyone_at(X, column, value)
        changed[:, column + 1 :] = changed[:, column + 1 :].mean(axis=0)
        result.append(np.mean(predict(changed)))
    return np.array(result)


def wrong__dependence_curve__cuts_the_other_columns(predict, X, column, grid):
    """Works in the grid's type: an integer grid cuts the halves in the other columns."""
    result = []
    for value in grid:
        changed = np.array(X).astype(np.asarray(grid).dtype)
        changed[:, column] = value
        result.append(np.mean(predict(changed)))
    return np.array(result, dtype=float)


def wrong__dependence_curve__interpolates(predict, X, column, grid):
    """Predicts at the smallest and largest grid value only and draws a straight line between them."""
    if len(grid) < 4:
        return np.array([np.mean(predict(_everyone_at(X, column, value))) for value in grid])
    ends = np.array([np.min(grid), np.median(grid), np.max(grid)], dtype=float)
    return np.interp(grid, ends, [np.mean(predict(_everyone_at(X, column, value))) for value in ends])


_CURVES = {}


def wrong__dependence_curve__remembers_by_column_and_value(predict, X, column, grid):
    """Keeps averages from earlier calls with the same shape, though model or patients have changed."""
    result = []
    for value in grid:
        key = (np.shape(X), column, float(value))
        if key not in _CURVES:
            _CURVES[key] = np.mean(predict(_everyone_at(X, column, value)))
        result.append(_CURVES[key])
    return np.array(result, dtype=float)


# 2. reason_codes


def _pushes(weights, means, row):
    return np.asarray(weights) * (np.asarray(row) - np.asarray(means))


def right__reason_codes__sorted(weights, means, row, names, top):
    push = _pushes(weights, means, row)
    order = sorted(range(len(names)), key=lambda j: -push[j])
    return [names[j] for j in order if push[j] > 0][:top]


def right__reason_codes__stable_argsort(weights, means, row, names, top):
    push = _pushes(weights, means, row)
    reasons = np.flatnonzero(push > 0)
    order = reasons[np.argsort(-push[reasons], kind="stable")]
    return [names[j] for j in order[:top]]


def right__reason_codes__nlargest(weights, means, row, names, top):
    push = [float(w) * (float(x) - float(m)) for w, m, x in zip(weights, means, row, strict=True)]
    reasons = [j for j, p in enumerate(push) if p > 0]
    return [names[j] for j in heapq.nlargest(top, reasons, key=push.__getitem__)]


def right__reason_codes__pick_the_strongest(weights, means, row, names, top):
    left = list(_pushes(weights, means, row))
    codes = []
    while len(codes) < top and left and max(left) > 0:
        best = left.index(max(left))
        codes.append(names[best])
        left[best] = float("-inf")
    return codes


def right__reason_codes__pandas(weights, means, row, names, top):
    table = pd.DataFrame({"name": names, "push": _pushes(weights, means, row)})
    table = table[table["push"] > 0].sort_values("push", ascending=False, kind="stable")
    return table["name"].tolist()[:top]


def right__reason_codes__difference_of_products(weights, means, row, names, top):
    push = np.multiply(weights, row) - np.multiply(weights, means)
    order = np.lexsort((np.arange(len(names)), -push))
    return [names[j] for j in order if push[j] > 0][:top]


def wrong__reason_codes__ties_backwards(weights, means, row, names, top):
    """Turns an ascending order around: equally strong reasons come in reversed order."""
    push = _pushes(weights, means, row)
    return [names[j] for j in np.argsort(push, kind="stable")[::-1] if push[j] > 0][:top]


def wrong__reason_codes__ties_by_alphabet(weights, means, row, names, top):
    """Equally strong reasons come in alphabetical order."""
    push = _pushes(weights, means, row)
    return [name for p, name in sorted(zip(-push, names, strict=True)) if p < 0][:top]


def wrong__reason_codes__ties_by_weight(weights, means, row, names, top):
    """Equally strong reasons come with the larger weight first."""
    push = _pushes(weights, means, row)
    order = sorted(range(len(names)), key=lambda j: (-push[j], -weights[j]))
    return [names[j] for j in order if push[j] > 0][:top]


def wrong__reason_codes__unstable_sort(weights, means, row, names, top):
    """NumPy's default sort loses the order of equally strong reasons in long rows."""
    push = _pushes(weights, means, row)
    order = np.argsort(-push)
    return [names[j] for j in order if push[j] > 0][:top]


def wrong__reason_codes__last_of_ties(weights, means, row, names, top):
    """Keeps one name for each strength only."""
    by_push = dict(zip(_pushes(weights, means, row).tolist(), names, strict=True))
    return [by_push[p] for p in sorted(by_push, reverse=True) if p > 0][:top]


def wrong__reason_codes__ties_beyond_top(weights, means, row, names, top):
    """Lists more than `top` if the last one is as strong as the following."""
    push = _pushes(weights, means, row)
    order = [j for j in sorted(range(len(names)), key=lambda j: -push[j]) if push[j] > 0]
    if not top:
        return []
    return [names[j] for k, j in enumerate(order) if k < top or push[j] == push[order[top - 1]]]


def wrong__reason_codes__absolute(weights, means, row, names, top):
    """Takes the strongest pushes in either direction first, then drops those downwards: too few are left."""
    push = _pushes(weights, means, row)
    order = sorted(range(len(names)), key=lambda j: -abs(push[j]))[:top]
    return [names[j] for j in order if push[j] > 0]


def wrong__reason_codes__without_the_average(weights, means, row, names, top):
    """Ranks weight times value, though only reasons above the average are kept."""
    push = _pushes(weights, means, row)
    product = np.multiply(weights, row)
    return [names[j] for j in sorted(range(len(names)), key=lambda j: -product[j]) if push[j] > 0][:top]


def wrong__reason_codes__zeros_too(weights, means, row, names, top):
    """Names columns that don't push."""
    push = _pushes(weights, means, row)
    return [names[j] for j in sorted(range(len(names)), key=lambda j: -push[j]) if push[j] >= 0][:top]


def wrong__reason_codes__top_zero_is_all(weights, means, row, names, top):
    """The slice [-0:] takes all reasons if `top` is 0."""
    push = _pushes(weights, means, row)
    order = [j for j in sorted(range(len(names)), key=lambda j: (push[j], -j)) if push[j] > 0]
    return [names[j] for j in order[-top:][::-1]]


def wrong__reason_codes__tiny_pushes_dropped(weights, means, row, names, top):
    """Drops pushes up to 0.001."""
    push = _pushes(weights, means, row)
    return [names[j] for j in sorted(range(len(names)), key=lambda j: -push[j]) if push[j] > 1e-3][:top]


def wrong__reason_codes__nearly_equal_is_a_tie(weights, means, row, names, top):
    """Ranks by pushes rounded to two digits."""
    push = _pushes(weights, means, row)
    order = sorted(range(len(names)), key=lambda j: -round(float(push[j]), 2))
    return [names[j] for j in order if push[j] > 0][:top]


def wrong__reason_codes__only_if_above_average(weights, means, row, names, top):
    """Gives no reasons at all if her whole score is not above the average applicant's."""
    push = _pushes(weights, means, row)
    if push.sum() <= 0:
        return []
    return [names[j] for j in sorted(range(len(names)), key=lambda j: -push[j]) if push[j] > 0][:top]


def wrong__reason_codes__share_of_the_average(weights, means, row, names, top):
    """Ranks by the push relative to the average applicant's part of the score."""
    push = _pushes(weights, means, row)
    part = np.abs(np.multiply(weights, means).astype(float))
    strength = push / np.where(part > 0, part, 1.0)
    return [names[j] for j in sorted(range(len(names)), key=lambda j: -strength[j]) if push[j] > 0][:top]


def wrong__reason_codes__above_average_values_only(weights, means, row, names, top):
    """Ignores a negative weight whose value is below a negative average (both signs turned)."""
    push = _pushes(weights, means, row)
    order = [j for j in sorted(range(len(names)), key=lambda j: -push[j]) if push[j] > 0]
    return [names[j] for j in order if weights[j] > 0 or row[j] >= 0][:top]


# 3. shapley_shares


def _coalitions(players):
    for size in range(len(players) + 1):
        for chosen in itertools.combinations(players, size):
            yield frozenset(chosen)


def _all_values(value, players):
    return {coalition: value(coalition) for coalition in _coalitions(players)}


def _by_weights(value, players, weight):
    v = _all_values(value, players)
    return {p: float(sum(weight(len(players), len(c)) * (v[c | {p}] - v[c]) for c in v if p not in c)) for p in players}


def _shapley_weight(n, size):
    return math.factorial(size) * math.factorial(n - 1 - size) / math.factorial(n)


def right__shapley_shares__subsets(value, players):
    return _by_weights(value, players, _shapley_weight)


def right__shapley_shares__all_orders(value, players):
    v = _all_values(value, players)
    sums = dict.fromkeys(players, 0.0)
    for order in itertools.permutations(players):
        before = frozenset()
        for player in order:
            after = before | {player}
            sums[player] += v[after] - v[before]
            before = after
    return {player: total / math.factorial(len(players)) for player, total in sums.items()}


def right__shapley_shares__dividends(value, players):
    dividend = {}
    shares = dict.fromkeys(players, 0.0)
    for coalition in _coalitions(players):
        inside = sum(d for smaller, d in dividend.items() if smaller < coalition)
        dividend[coalition] = value(coalition) - inside
        for player in coalition:
            shares[player] += dividend[coalition] / len(coalition)
    return shares


def right__shapley_shares__last_to_join(value, players):
    v = _all_values(value, players)
    shares = {frozenset(): {}}
    for coalition in list(v)[1:]:
        mine = {}
        for player in coalition:
            rest = coalition - {player}
            last = v[coalition] - v[rest]
            mine[player] = (last + sum(shares[coalition - {other}][player] for other in rest)) / len(coalition)
        shares[coalition] = mine
    return {player: shares[frozenset(players)][player] for player in players}


def right__shapley_shares__masks(value, players):
    n = len(players)
    v = np.array([value(frozenset(p for i, p in enumerate(players) if m >> i & 1)) for m in range(2**n)], dtype=float)
    masks = np.arange(2**n)
    sizes = np.array([bin(m).count("1") for m in masks])
    result = {}
    for i, player in enumerate(players):
        without = masks[(masks >> i & 1) == 0]
        weights = np.array([1 / (n * math.comb(n - 1, int(s))) for s in sizes[without]])
        result[player] = np.dot(weights, v[without | 1 << i] - v[without])
    return result


def right__shapley_shares__memo_in_the_call(value, players):
    known = {}

    def ask(coalition):
        if coalition not in known:
            known[coalition] = value(coalition)
        return known[coalition]

    def share(player):
        others = [p for p in players if p != player]
        by_size = []
        for size in range(len(others) + 1):
            gains = [ask(frozenset(c) | {player}) - ask(frozenset(c)) for c in itertools.combinations(others, size)]
            by_size.append(sum(gains) / len(gains))
        return sum(by_size) / len(players)

    return {player: share(player) for player in players}


def wrong__shapley_shares__asks_again(value, players):
    """Asks for the same coalition many times."""
    sums = dict.fromkeys(players, 0.0)
    for order in itertools.permutations(players):
        for k, player in enumerate(order):
            sums[player] += value(frozenset(order[: k + 1])) - value(frozenset(order[:k]))
    return {player: total / math.factorial(len(players)) for player, total in sums.items()}


def wrong__shapley_shares__asks_again_if_zero(value, players):
    """Asks again for a coalition whose profit is 0."""
    known = {}

    def ask(coalition):
        known[coalition] = known.get(coalition) or value(coalition)
        return known[coalition]

    n = len(players)
    return {
        p: float(
            sum(
                _shapley_weight(n, len(c)) * (ask(c | {p}) - ask(c))
                for c in _coalitions([q for q in players if q != p])
            )
        )
        for p in players
    }


def wrong__shapley_shares__asks_for_nobody_again(value, players):
    """Asks for the empty coalition once for each player."""
    v = {c: value(c) for c in _coalitions(players) if c}
    n = len(players)
    shares = {}
    for p in players:
        here = {**v, frozenset(): value(frozenset())}
        shares[p] = float(sum(_shapley_weight(n, len(c)) * (here[c | {p}] - here[c]) for c in here if p not in c))
    return shares


def wrong__shapley_shares__all_subsets_alike(value, players):
    """Averages over all groups of others with the same weight (Banzhaf): right up to two players."""
    return _by_weights(value, players, lambda n, size: 1 / 2 ** (n - 1))


def wrong__shapley_shares__all_subsets_alike_scaled(value, players):
    """Scales the averages over all groups so that they add up; still not the average over orders."""
    v = _all_values(value, players)
    raw = {p: sum(v[c | {p}] - v[c] for c in v if p not in c) / 2 ** (len(players) - 1) for p in players}
    missing = v[frozenset(players)] - v[frozenset()] - sum(raw.values())
    return {p: float(r + missing / len(players)) for p, r in raw.items()}


def wrong__shapley_shares__rotations(value, players):
    """Averages over the rotations of one order and of its reverse only: right up to three players."""
    v = _all_values(value, players)
    sums = dict.fromkeys(players, 0.0)
    n = len(players)
    for order in (players, players[::-1]):
        for k in range(n):
            turned = order[k:] + order[:k]
            for i, player in enumerate(turned):
                sums[player] += v[frozenset(turned[: i + 1])] - v[frozenset(turned[:i])]
    return {player: total / (2 * n) for player, total in sums.items()}


def wrong__shapley_shares__pairs_only(value, players):
    """Ignores what only three or more shops together earn, and shares the rest equally."""
    v = _all_values(value, players)
    none = v[frozenset()]
    alone = {p: v[frozenset([p])] - none for p in players}
    shares = {p: float(a) for p, a in alone.items()}
    for p, q in itertools.combinations(players, 2):
        both = v[frozenset([p, q])] - none - alone[p] - alone[q]
        shares[p] += both / 2
        shares[q] += both / 2
    rest = v[frozenset(players)] - none - sum(shares.values())
    return {p: s + rest / len(players) for p, s in shares.items()}


def wrong__shapley_shares__nobody_earns_nothing(value, players):
    """Takes the profit of no shop for 0 without asking."""
    return _by_weights(lambda c: value(c) if c else 0, players, _shapley_weight)


def wrong__shapley_shares__no_losses(value, players):
    """Counts a shop that lowers the profit of a group as adding nothing."""
    v = _all_values(value, players)
    n = len(players)
    return {
        p: float(sum(_shapley_weight(n, len(c)) * max(v[c | {p}] - v[c], 0) for c in v if p not in c)) for p in players
    }


def wrong__shapley_shares__letters(value, players):
    """Builds the group from the letters of its names: wrong for names of more than one letter."""
    return _by_weights(lambda c: value(frozenset("".join(c))), players, _shapley_weight)


def wrong__shapley_shares__joined_keys(value, players):
    """Remembers profits by the joined names: shops "a" and "b" are taken for the shop "ab"."""
    known = {}

    def ask(coalition):
        key = "".join(sorted(coalition))
        if key not in known:
            known[key] = value(coalition)
        return known[key]

    return _by_weights(ask, players, _shapley_weight)


_PROFITS = {}


def wrong__shapley_shares__remembers_profits(value, players):
    """Remembers profits from earlier calls, though the planning program may be another one."""

    def ask(coalition):
        if coalition not in _PROFITS:
            _PROFITS[coalition] = value(coalition)
        return _PROFITS[coalition]

    return _by_weights(ask, players, _shapley_weight)


def wrong__shapley_shares__samples_many_shops(value, players):
    """Draws 500 orders by chance from six shops on."""
    if len(players) < 6:
        return _by_weights(value, players, _shapley_weight)
    v = _all_values(value, players)
    rng = random.Random(0)
    sums = dict.fromkeys(players, 0.0)
    for _ in range(500):
        before = frozenset()
        for player in rng.sample(players, len(players)):
            sums[player] += v[before | {player}] - v[before]
            before |= {player}
    return {player: total / 500 for player, total in sums.items()}


def wrong__shapley_shares__groups_of_six_at_most(value, players):
    """Ignores groups of seven and more shops other than all of them."""
    v = _all_values(value, players)
    n = len(players)
    shares = {}
    for p in players:
        gains = [
            (np.mean([v[c | {p}] - v[c] for c in v if p not in c and len(c) == size])) for size in range(min(n, 6))
        ]
        shares[p] = float(np.mean(gains))
    rest = v[frozenset(players)] - v[frozenset()] - sum(shares.values())
    return {p: s + rest / n for p, s in shares.items()}


def wrong__shapley_shares__without_free_riders(value, players):
    """Leaves out shops whose share is 0."""
    return {p: s for p, s in _by_weights(value, players, _shapley_weight).items() if s}


def wrong__shapley_shares__to_the_cent(value, players):
    """Rounds the shares to two digits: a third of 10 is not 3.33."""
    return {p: round(s, 2) for p, s in _by_weights(value, players, _shapley_weight).items()}


def wrong__shapley_shares__nobody_breaks(value, players):
    """Raises if there are no players."""
    total = value(frozenset(players))
    if len(players) <= 1:
        return {players[0]: float(total - value(frozenset()))}
    v = {c: value(c) for c in _coalitions(players) if len(c) < len(players)}
    return _by_weights({**v, frozenset(players): total}.get, players, _shapley_weight)


# 4. group_importance


def _error(y, predictions):
    return np.mean(np.abs(np.asarray(y, dtype=float) - np.asarray(predictions, dtype=float)))


def _shuffled(X, columns, order):
    changed = np.array(X)
    for j in columns:
        changed[:, j] = X[order, j]
    return changed


def _increase(predict, X, y, columns, orders):
    return float(np.mean([_error(y, predict(_shuffled(X, columns, o))) for o in orders]) - _error(y, predict(X.copy())))


def _orders(X, repeats, seed):
    rng = np.random.default_rng(seed)
    return [rng.permutation(len(X)) for _ in range(repeats)]


def right__group_importance__loop(predict, X, y, columns, repeats, seed):
    return _increase(predict, X, y, columns, _orders(X, repeats, seed))


def right__group_importance__row_by_row(predict, X, y, columns, repeats, seed):
    rng = np.random.default_rng(seed)
    before = sum(abs(float(t) - float(p)) for t, p in zip(y, predict(X), strict=True)) / len(y)
    increases = []
    for _ in range(repeats):
        order = rng.permutation(len(X))
        rows = X.tolist()
        for i, row in enumerate(rows):
            for j in columns:
                row[j] = X[order[i]][j]
        after = sum(abs(float(t) - float(p)) for t, p in zip(y, predict(np.array(rows)), strict=True)) / len(y)
        increases.append(after - before)
    return math.fsum(increases) / repeats


def right__group_importance__one_prediction(predict, X, y, columns, repeats, seed):
    orders = np.concatenate(_orders(X, repeats, seed))
    stack = np.tile(X, (repeats, 1))
    stack[:, columns] = X[orders][:, columns]
    return np.mean(np.abs(np.tile(y, repeats) - predict(stack))) - np.mean(np.abs(y - predict(X)))


def right__group_importance__complement(predict, X, y, columns, repeats, seed):
    rng = np.random.default_rng(seed)
    others = [j for j in range(X.shape[1]) if j not in columns]
    total = 0.0
    for _ in range(repeats):
        moved = X[rng.permutation(len(X))]
        moved[:, others] = X[:, others]
        total += np.abs(predict(moved) - y).mean()
    return np.float64(total / repeats - np.abs(predict(X) - y).mean())


def right__group_importance__mask(predict, X, y, columns, repeats, seed):
    mask = np.isin(np.arange(X.shape[1]), columns)
    after = [_error(y, predict(np.where(mask, X[order], X))) for order in _orders(X, repeats, seed)]
    return float(np.mean(np.array(after) - _error(y, predict(X))))


def wrong__group_importance__one_order_per_column(predict, X, y, columns, repeats, seed):
    """Draws another order for each column: what belongs together is torn apart."""
    rng = np.random.default_rng(seed)
    after = []
    for _ in range(repeats):
        changed = X.copy()
        for j in columns:
            changed[:, j] = X[rng.permutation(len(X)), j]
        after.append(_error(y, predict(changed)))
    return float(np.mean(after) - _error(y, predict(X)))


def wrong__group_importance__new_generator_each_repeat(predict, X, y, columns, repeats, seed):
    """Makes the generator anew in each repeat, so all repeats use the same order."""
    return _increase(predict, X, y, columns, _orders(X, 1, seed) * repeats)


def wrong__group_importance__seed_plus_repeat(predict, X, y, columns, repeats, seed):
    """Makes a generator with the next seed for each repeat."""
    orders = [np.random.default_rng(seed + r).permutation(len(X)) for r in range(repeats)]
    return _increase(predict, X, y, columns, orders)


def wrong__group_importance__shuffles_the_shuffled(predict, X, y, columns, repeats, seed):
    """Shuffles again what the repeat before has shuffled."""
    changed = X.copy()
    after = []
    for order in _orders(X, repeats, seed):
        changed = _shuffled(changed, columns, order)
        after.append(_error(y, predict(changed.copy())))
    return float(np.mean(after) - _error(y, predict(X)))


def wrong__group_importance__to_instead_of_from(predict, X, y, columns, repeats, seed):
    """Moves row i's values to row order[i]: the inverse order, the same for two rows."""
    return _increase(predict, X, y, columns, [np.argsort(o) for o in _orders(X, repeats, seed)])


def wrong__group_importance__sum_of_single_columns(predict, X, y, columns, repeats, seed):
    """Adds up the importance of each column alone, with the same orders."""
    orders = _orders(X, repeats, seed)
    return float(sum(_increase(predict, X, y, [j], orders) for j in columns))


def wrong__group_importance__squared(predict, X, y, columns, repeats, seed):
    """Takes the root of the mean squared error."""

    def error(predictions):
        return np.sqrt(np.mean((y - predictions) ** 2))

    after = [error(predict(_shuffled(X, columns, o))) for o in _orders(X, repeats, seed)]
    return float(np.mean(after) - error(predict(X)))


def wrong__group_importance__never_negative(predict, X, y, columns, repeats, seed):
    """Lifts a negative increase to 0."""
    return max(0.0, right__group_importance__loop(predict, X, y, columns, repeats, seed))


def wrong__group_importance__each_repeat_never_negative(predict, X, y, columns, repeats, seed):
    """Lifts the negative increase of single repeats to 0 unless all are negative."""
    now = _error(y, predict(X))
    increases = [_error(y, predict(_shuffled(X, columns, o))) - now for o in _orders(X, repeats, seed)]
    if max(increases) <= 0:
        return float(np.mean(increases))
    return float(np.mean(np.maximum(increases, 0)))


def wrong__group_importance__median(predict, X, y, columns, repeats, seed):
    """Takes the median over the repeats."""
    now = _error(y, predict(X))
    return float(np.median([_error(y, predict(_shuffled(X, columns, o))) - now for o in _orders(X, repeats, seed)]))


def wrong__group_importance__change_of_predictions(predict, X, y, columns, repeats, seed):
    """Measures how far the predictions move: the same only if they were right before."""
    return _increase(predict, X, predict(X), columns, _orders(X, repeats, seed))


def wrong__group_importance__mixed_columns(predict, X, y, columns, repeats, seed):
    """Sorts the columns on one side only: values go to another column if `columns` isn't ascending."""
    after = []
    for order in _orders(X, repeats, seed):
        changed = X.copy()
        changed[:, columns] = X[order][:, sorted(columns)]
        after.append(_error(y, predict(changed)))
    return float(np.mean(after) - _error(y, predict(X)))


def wrong__group_importance__from_first_to_last(predict, X, y, columns, repeats, seed):
    """Shuffles also the columns between the given ones."""
    between = list(range(min(columns), max(columns) + 1)) if columns else []
    return _increase(predict, X, y, between, _orders(X, repeats, seed))


def wrong__group_importance__draws_again_if_nothing_moves(predict, X, y, columns, repeats, seed):
    """Draws again if the order leaves all rows where they are."""
    rng = np.random.default_rng(seed)
    orders = []
    for _ in range(repeats):
        order = rng.permutation(len(X))
        while len(X) > 1 and np.array_equal(order, np.arange(len(X))):
            order = rng.permutation(len(X))
        orders.append(order)
    return _increase(predict, X, y, columns, orders)


def wrong__group_importance__no_columns_are_all(predict, X, y, columns, repeats, seed):
    """Shuffles all columns if none is given."""
    return _increase(predict, X, y, columns or list(range(X.shape[1])), _orders(X, repeats, seed))


def wrong__group_importance__ten_repeats_at_most(predict, X, y, columns, repeats, seed):
    """Stops after ten repeats."""
    return _increase(predict, X, y, columns, _orders(X, min(repeats, 10), seed))


def wrong__group_importance__no_draws_for_baseline(predict, X, y, columns, repeats, seed):
    """Spends the first order on nothing."""
    return _increase(predict, X, y, columns, _orders(X, repeats + 1, seed)[1:])


def wrong__group_importance__two_columns_at_most(predict, X, y, columns, repeats, seed):
    """Shuffles the first two of the columns only."""
    return _increase(predict, X, y, columns[:2], _orders(X, repeats, seed))


# 5. smallest_change


def _changes(allowed, count):
    return [
        dict(zip(chosen, values, strict=True))
        for chosen in itertools.combinations(allowed, count)
        for values in itertools.product(*(allowed[j] for j in chosen))
    ]


def _rows(row, changes):
    rows = np.tile(np.asarray(row, dtype=float), (len(changes), 1))
    for i, change in enumerate(changes):
        for j, new in change.items():
            rows[i, j] = new
    return rows


def right__smallest_change__by_count(score, row, allowed, target):
    for count in range(4):
        changes = _changes(allowed, count)
        if not changes:
            continue
        scores = score(_rows(row, changes))
        best = int(np.argmin(scores))
        if scores[best] <= target:
            return changes[best]
    return None


def right__smallest_change__grow(score, row, allowed, target):
    columns = sorted(allowed)
    layer = [{}]
    for count in range(4):
        if layer:
            scored = list(zip(np.asarray(score(_rows(row, layer))).tolist(), layer, strict=True))
            good = [pair for pair in scored if pair[0] <= target]
            if good:
                return min(good, key=lambda pair: pair[0])[1]
        if count < 3:
            layer = [
                {**change, j: new}
                for change in layer
                for j in columns
                if all(j > k for k in change)
                for new in allowed[j]
            ]
    return None


def right__smallest_change__all_at_once(score, row, allowed, target):
    changes = [change for count in range(4) for change in _changes(allowed, count)]
    scores = [float(s) for s in score(_rows(row, changes))]
    good = [(len(change), s, i) for i, (change, s) in enumerate(zip(changes, scores, strict=True)) if s <= target]
    return changes[min(good)[2]] if good else None


def right__smallest_change__last_of_equals(score, row, allowed, target):
    start = np.array(row, dtype=float)
    if score(start[np.newaxis])[0] <= target:
        return {}
    filled = [j for j in allowed if len(allowed[j])]
    for count in range(1, min(3, len(filled)) + 1):
        rows, keys = [], []
        for chosen in itertools.combinations(filled[::-1], count):
            grids = np.meshgrid(*[np.asarray(allowed[j], dtype=float) for j in chosen], indexing="ij")
            part = np.tile(start, (grids[0].size, 1))
            for j, grid in zip(chosen, grids, strict=True):
                part[:, j] = grid.ravel()
            rows.append(part)
            keys += [chosen] * len(part)
        rows = np.vstack(rows)
        scores = np.asarray(score(rows))
        best = len(scores) - 1 - int(np.argmin(scores[::-1]))
        if scores[best] <= target:
            return {j: float(rows[best, j]) for j in keys[best]}
    return None


def wrong__smallest_change__greedy(score, row, allowed, target):
    """Keeps the best single change and looks for the next one on top of it."""
    change = {}
    if score(_rows(row, [change]))[0] <= target:
        return change
    for _ in range(3):
        nexts = [{**change, j: new} for j in allowed if j not in change for new in allowed[j]]
        if not nexts:
            return None
        scores = score(_rows(row, nexts))
        change = nexts[int(np.argmin(scores))]
        if np.min(scores) <= target:
            return change
    return None


def wrong__smallest_change__best_value_of_each_column(score, row, allowed, target):
    """Combines only the values that are best for each column alone."""
    if score(_rows(row, [{}]))[0] <= target:
        return {}
    singles = _changes(allowed, 1)
    if not singles:
        return None
    scores = score(_rows(row, singles))
    best = {}
    for change, s in zip(singles, scores, strict=True):
        ((j, new),) = change.items()
        if j not in best or s < best[j][0]:
            best[j] = (s, [new])
    if np.min(scores) <= target:
        return singles[int(np.argmin(scores))]
    for count in (2, 3):
        changes = _changes({j: new for j, (_, new) in best.items()}, count)
        if changes:
            scores = score(_rows(row, changes))
            if np.min(scores) <= target:
                return changes[int(np.argmin(scores))]
    return None


def wrong__smallest_change__useful_columns_only(score, row, allowed, target):
    """Combines only values that lower the score alone: misses two that help only together."""
    now = score(_rows(row, [{}]))[0]
    if now <= target:
        return {}
    singles = _changes(allowed, 1)
    if not singles:
        return None
    scores = score(_rows(row, singles))
    if np.min(scores) <= target:
        return singles[int(np.argmin(scores))]
    useful = {}
    for change, s in zip(singles, scores, strict=True):
        if s <= now:
            for j, new in change.items():
                useful.setdefault(j, []).append(new)
    for count in (2, 3):
        changes = _changes(useful, count)
        if changes:
            scores = score(_rows(row, changes))
            if np.min(scores) <= target:
                return changes[int(np.argmin(scores))]
    return None


def wrong__smallest_change__cut_to_integers(score, row, allowed, target):
    """Writes halves into rows of integers."""
    for count in range(4):
        changes = _changes(allowed, count)
        if not changes:
            continue
        rows = np.tile(row, (len(changes), 1))
        for i, change in enumerate(changes):
            for j, new in change.items():
                rows[i, j] = new
        scores = score(rows)
        if np.min(scores) <= target:
            return changes[int(np.argmin(scores))]
    return None


def wrong__smallest_change__below_target(score, row, allowed, target):
    """Asks for a score below the target."""
    for count in range(4):
        changes = _changes(allowed, count)
        if changes:
            scores = score(_rows(row, changes))
            if np.min(scores) < target:
                return changes[int(np.argmin(scores))]
    return None


def wrong__smallest_change__nearly(score, row, allowed, target):
    """Lets a score slightly above the target through."""
    for count in range(4):
        changes = _changes(allowed, count)
        if changes:
            scores = score(_rows(row, changes))
            if np.min(scores) <= target + 1e-6:
                return changes[int(np.argmin(scores))]
    return None


def wrong__smallest_change__first_that_works(score, row, allowed, target):
    """Takes the first change that is enough, not the one with the lowest score."""
    for count in range(4):
        changes = _changes(allowed, count)
        if changes:
            for change, s in zip(changes, score(_rows(row, changes)), strict=True):
                if s <= target:
                    return change
    return None


def wrong__smallest_change__just_enough(score, row, allowed, target):
    """Takes the highest score that is enough."""
    for count in range(4):
        changes = _changes(allowed, count)
        if changes:
            good = [(s, i) for i, s in enumerate(score(_rows(row, changes))) if s <= target]
            if good:
                return changes[max(good)[1]]
    return None


def wrong__smallest_change__lowest_of_all(score, row, allowed, target):
    """Takes the lowest score of all, though fewer columns were enough (unless she needs none)."""
    if score(_rows(row, [{}]))[0] <= target:
        return {}
    found = []
    for count in (1, 2, 3):
        changes = _changes(allowed, count)
        if changes:
            scores = score(_rows(row, changes))
            found.append((float(np.min(scores)), changes[int(np.argmin(scores))]))
    found = [pair for pair in found if pair[0] <= target]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def wrong__smallest_change__two_columns_at_most(score, row, allowed, target):
    """Never tries three columns."""
    for count in range(3):
        changes = _changes(allowed, count)
        if changes:
            scores = score(_rows(row, changes))
            if np.min(scores) <= target:
                return changes[int(np.argmin(scores))]
    return None


def wrong__smallest_change__four_columns_too(score, row, allowed, target):
    """Tries four columns if three are not enough."""
    for count in range(5):
        changes = _changes(allowed, count)
        if changes:
            scores = score(_rows(row, changes))
            if np.min(scores) <= target:
                return changes[int(np.argmin(scores))]
    return None


def wrong__smallest_change__one_call_per_choice_of_columns(score, row, allowed, target):
    """Calls the score once for each choice of columns, not once for each number of them."""
    for count in range(4):
        best = None
        for chosen in itertools.combinations(allowed, count):
            changes = _changes({j: allowed[j] for j in chosen}, count)
            if changes:
                scores = score(_rows(row, changes))
                if best is None or np.min(scores) < best[0]:
                    best = (np.min(scores), changes[int(np.argmin(scores))])
        if best is not None and best[0] <= target:
            return best[1]
    return None


def wrong__smallest_change__gives_up_on_an_empty_column(score, row, allowed, target):
    """Gives up if some column has no values."""
    if score(_rows(row, [{}]))[0] <= target:
        return {}
    if not all(allowed.values()):
        return None
    for count in (1, 2, 3):
        changes = _changes(allowed, count)
        if changes:
            scores = score(_rows(row, changes))
            if np.min(scores) <= target:
                return changes[int(np.argmin(scores))]
    return None


def wrong__smallest_change__stops_at_an_empty_layer(score, row, allowed, target):
    """Says {} instead of None if nothing may change."""
    if not any(allowed.values()):
        return {}
    return right__smallest_change__by_count(score, row, allowed, target)


def wrong__smallest_change__lower_values_only(score, row, allowed, target):
    """Tries only values below the present one."""
    lower = {j: [new for new in values if new < row[j]] for j, values in allowed.items()}
    return right__smallest_change__by_count(score, row, lower, target)


def wrong__smallest_change__nearest_values_first(score, row, allowed, target):
    """Among changes of equally many columns takes the shortest way, not the lowest score."""
    for count in range(4):
        changes = _changes(allowed, count)
        if changes:
            scores = score(_rows(row, changes))
            good = [
                (sum(abs(new - row[j]) for j, new in change.items()), i)
                for i, change in enumerate(changes)
                if scores[i] <= target
            ]
            if good:
                return changes[min(good)[1]]
    return None


def wrong__smallest_change__thousand_candidates(score, row, allowed, target):
    """Tries the first 1000 changes of each number of columns only."""
    for count in range(4):
        changes = _changes(allowed, count)[:1000]
        if changes:
            scores = score(_rows(row, changes))
            if np.min(scores) <= target:
                return changes[int(np.argmin(scores))]
    return None


def wrong__smallest_change__five_columns_in_threes(score, row, allowed, target):
    """Tries three columns only among the five that help most alone."""
    if score(_rows(row, [{}]))[0] <= target:
        return {}
    singles = _changes(allowed, 1)
    if not singles:
        return None
    first = score(_rows(row, singles))
    if np.min(first) <= target:
        return singles[int(np.argmin(first))]
    ranked = list(dict.fromkeys(next(iter(singles[i])) for i in np.argsort(first, kind="stable")))
    for count, columns in ((2, list(allowed)), (3, ranked[:5])):
        changes = _changes({j: allowed[j] for j in columns}, count)
        if changes:
            scores = score(_rows(row, changes))
            if np.min(scores) <= target:
                return changes[int(np.argmin(scores))]
    return None
