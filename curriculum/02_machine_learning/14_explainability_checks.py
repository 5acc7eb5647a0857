"""Checks of `02_machine_learning/14_explainability`: loops, all orders in exact fractions, brute force."""

import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st

from handrail.expect import (
    Mismatch,
    agree,
    arrays,
    between,
    call,
    close,
    equivalent,
    for_all,
    hints,
    kind,
    numbers,
    require,
)


class Formula:
    """A model of rows that shows its own source, wants a matrix, and counts how often it is asked."""

    def __init__(self, text):
        self.text, self.calls, self.code = text, 0, compile(text, "model", "eval")

    def __call__(self, X):
        if np.ndim(X) != 2:
            raise ValueError(f"the model wants a matrix, one row per candidate; it was given the shape {np.shape(X)}")
        self.calls += 1
        return np.array(eval(self.code, {"np": np, "X": np.asarray(X)}), dtype=float)

    def __repr__(self):
        return f"lambda X: {self.text}"

    def of(self, row):
        """Return the score of one row, without counting."""
        return self.of_all([row])[0]

    def of_all(self, rows):
        """Return the scores of rows, without counting."""
        return eval(self.code, {"np": np, "X": np.array(rows, dtype=float)}).tolist()


# 1. dependence_curve

RISKS = ["X[:, 0] ** 2 + X[:, 1]", "X[:, 0] * X[:, 1]", "np.abs(X[:, 0] - X[:, 1]) + X[:, -1]", "(X ** 2).sum(axis=1)"]


@st.composite
def _doses(draw):
    shape = draw(between(1, 4)), draw(between(2, 3))
    patients = draw(arrays(numbers(-3, 3), shape=shape))
    grid = draw(arrays(numbers(-3, 3), size=between(0, 5)))
    return call(Formula(draw(st.sampled_from(RISKS))), patients, draw(between(0, shape[1] - 1)), grid)


def _dependence_curve(predict, X, column, grid):
    curve = []
    for value in grid.tolist():
        rows = [[value if place == column else entry for place, entry in enumerate(row)] for row in X.tolist()]
        curve.append(math.fsum(predict.of_all(rows)) / len(rows))
    return np.array(curve)


@hints(
    "Take one grid value. What would the table of patients look like if everyone had it?",
    "Predict for every row of that table, and average the predictions. Start the next value from the original.",
    "Copy `X` as floats, write the value into the whole column, predict, take the mean; one entry for each grid value.",
)
def check_dependence_curve(dependence_curve):
    squares = Formula(RISKS[0])
    corners = [
        call(squares, np.array([[1.0, 5.0], [3.0, 6.0]]), 1, np.array([0.0, 10.0])),
        call(squares, np.array([[1.0, 5.0], [3.0, 6.0]]), 0, np.array([2.0, -1.0, 2.0])),
        call(Formula(RISKS[1]), np.array([[1.0, 5.0], [1.0, 5.0], [4.0, -2.0]]), 0, np.array([1.0, 3.0])),
        call(Formula(RISKS[2]), np.array([[0, 1, 2], [3, 1, 1]]), 2, np.array([0.5, 1.75])),
        call(Formula(RISKS[3]), np.array([[0, 1], [2, 2], [7, 2]], dtype=np.uint8), 0, np.array([-0.5, 300.0])),
        call(squares, np.array([[2.0, 1.0]]), 0, np.array([])),
        call(squares, np.array([[2.0, 1.0], [0.5, 0.25]], dtype=np.float32), 1, np.array([1, 0, 7])),
        call(Formula(RISKS[1]), np.arange(60.0).reshape(20, 3) % 7, 1, np.arange(25.0) - 9),
    ]
    agree(dependence_curve, _dependence_curve, on=_doses(), also=corners, examples=25)
    rng = np.random.default_rng(8)
    many = call(Formula(RISKS[3]), rng.integers(-9, 9, (230, 4)) / 4, 2, rng.integers(-9, 9, 7) / 2)
    agree(dependence_curve, _dependence_curve, on=st.just(many), examples=1, why="(There are 230 patients; all count.)")


def _with(X, column, value):
    changed = np.array(X, dtype=float)
    changed[:, column] = value
    return changed


def dependence_curve__average_patient(predict, X, column, grid):
    """Predict, then average: for a model that isn't a straight line the order matters."""
    return np.array([predict(_with(X.mean(axis=0)[None], column, value))[0] for value in grid])


def dependence_curve__changes_data(predict, X, column, grid):
    """You wrote the grid values into the caller's patients. Write them into a copy."""
    curve = []
    for value in grid:
        X[:, column] = value
        curve.append(predict(X).mean())
    return np.array(curve)


def dependence_curve__those_who_have_it(predict, X, column, grid):
    """Every row gets every grid value. You averaged only the rows that have this value already."""
    having = [X[X[:, column] == value] for value in grid]
    return np.array([predict(rows).mean() if len(rows) else np.nan for rows in having])


def dependence_curve__cut_to_integers(predict, X, column, grid):
    """The patients are written down in integers, and so is your copy: it cut the grid values. Copy as floats."""
    curve = []
    for value in grid:
        copy = X.copy()
        copy[:, column] = np.array(value).astype(X.dtype)
        curve.append(predict(copy).mean())
    return np.array(curve)


def dependence_curve__sum(predict, X, column, grid):
    """You added the predictions up. The curve shows the average patient's risk: divide by the number of rows."""
    return np.array([predict(_with(X, column, value)).sum() for value in grid])


def dependence_curve__first_patient(predict, X, column, grid):
    """That is the curve of the first patient alone. Average the curves of all."""
    return np.array([predict(_with(X, column, value))[0] for value in grid])


def dependence_curve__shift(predict, X, column, grid):
    """You report by how much the average prediction changes. Asked is the average prediction itself."""
    return np.array([predict(_with(X, column, value)).mean() - predict(X).mean() for value in grid])


def dependence_curve__in_order_of_size(predict, X, column, grid):
    """You sorted the grid. The curve has one entry for each value, in the order given, repeated ones included."""
    return np.array([predict(_with(X, column, value)).mean() for value in np.unique(grid)])


# 2. reason_codes


@st.composite
def _applicants(draw):
    n = draw(between(1, 4))
    weights, means, row = draw(arrays(numbers(-2, 2, step=0.5), shape=(3, n)))
    names = draw(st.permutations(["age", "debts", "income", "years"]))[:n]
    return call(weights, means, row, list(names), draw(between(0, 5)))


def _letter(weights, means, row, names, top):
    columns = zip(weights.tolist(), means.tolist(), row.tolist(), names, strict=True)
    rest = [(Fraction(w) * (Fraction(x) - Fraction(m)), name) for w, m, x, name in columns]
    rest, reasons = [(push, name) for push, name in rest if push > 0], []
    while rest and len(reasons) < top:
        best = max(rest, key=lambda reason: reason[0])
        reasons.append(best[1])
        rest.remove(best)
    return reasons


def _applicant(weights, means, row, names, top):
    return call(*(np.array(values, dtype=float) for values in (weights, means, row)), names.split(), top)


@hints(
    "A push compares her with the average applicant. What is the push of a column in which she is average?",
    "The push of a column is its weight times how far she lies above the average, and may be negative.",
    "Sort by push, the largest first, in a way that keeps equal ones in their order; then drop what isn't above 0.",
)
def check_reason_codes(reason_codes):
    corners = [
        _applicant([2, 0.5, -1], [1, 40, 3], [2, 41, 0], "late age years", 2),
        _applicant([2, 0.5, -1], [1, 40, 3], [2, 41, 0], "late age years", 9),
        _applicant([1, 1, 1], [0, 0, 0], [-5, 1, 2], "b c a", 1),
        _applicant([1, -1, 2], [1, 1, 1], [1, 3, 0.5], "a b c", 3),
        _applicant([1, 2, 0.5, 1], [0, 0, 0, 0], [2, 1, 4, 1], "z y x a", 3),
        _applicant([-1, -3], [5, 5], [4, 6], "a b", 2),
        _applicant([1e-12, 1], [0, 0], [1, 0], "tiny none", 2),
        _applicant([1] * 4, [0] * 4, [1e-12, 3e-12, 1, 1.00000001], "a b c d", 4),
        _applicant([1, 1], [0, 0], [3, 4], "a b", 0),
        _applicant([], [], [], "", 3),
        _applicant([1] * 30, [0] * 30, [1, 2, 3] * 10, " ".join(f"column_{k}" for k in range(30)), 15),
        call(np.array([1, -2, 3]), np.array([0.5, 1.5, 2.5]), np.array([1, 1, 2]), ["a", "b", "c"], 3),
    ]
    agree(reason_codes, _letter, on=_applicants(), also=corners, examples=30)


def _sorted_by(pushes, names, top):
    return [names[place] for place in np.argsort(-pushes, kind="stable")[:top]]


def reason_codes__value_itself(weights, means, row, names, top):
    """An applicant's age is no reason; its distance from the average age is. Subtract the means."""
    pushes = weights * row
    return [name for name in _sorted_by(pushes, names, top) if pushes[names.index(name)] > 0]


def reason_codes__size(weights, means, row, names, top):
    """You listed reasons that speak for her. Only columns that push the score up belong in the letter."""
    return _sorted_by(np.abs(weights * (row - means)), names, top)


def reason_codes__weights(weights, means, row, names, top):
    """That is the same list for everybody. The reasons depend on how she differs from the average."""
    return _sorted_by(weights, names, top)


def reason_codes__all_of_them(weights, means, row, names, top):
    """You fill the list up to `top` with columns that push her down or not at all. Stop where the pushes end."""
    return _sorted_by(weights * (row - means), names, top)


def reason_codes__zero_is_a_reason(weights, means, row, names, top):
    """A push of 0 is no reason: list only columns with a push above 0."""
    pushes = weights * (row - means)
    return [name for name in _sorted_by(pushes, names, top) if pushes[names.index(name)] >= 0]


def reason_codes__weakest_first(weights, means, row, names, top):
    """The strongest push comes first. Yours begins with the weakest."""
    pushes = weights * (row - means)
    return [names[place] for place in np.argsort(pushes, kind="stable") if pushes[place] > 0][:top]


def reason_codes__ties_reversed(weights, means, row, names, top):
    """Equally strong reasons keep the order of `names`; turning a sorted list round turns the equal ones round, too."""
    pushes = weights * (row - means)
    return [names[place] for place in np.argsort(pushes, kind="stable")[::-1][:top] if pushes[place] > 0]


def reason_codes__cut_by_size(weights, means, row, names, top):
    """You kept the `top` largest sizes first and dropped the negative ones then. Drop first, then cut."""
    pushes = weights * (row - means)
    return [names[place] for place in np.argsort(-np.abs(pushes), kind="stable")[:top] if pushes[place] > 0]


def reason_codes__distance_alone(weights, means, row, names, top):
    """How far she lies above the average isn't yet a push: the weight says how much that counts, and which way."""
    pushes = row - means
    return [name for name in _sorted_by(pushes, names, top) if pushes[names.index(name)] > 0]


# 3. shapley_shares


class Profit:
    """The profit of every coalition, which counts how often it is asked for each."""

    def __init__(self, players, values):
        coalitions = [c for size in range(len(players) + 1) for c in itertools.combinations(players, size)]
        self.table = {frozenset(c): value for c, value in zip(coalitions, values, strict=True)}
        self.players, self.asked = players, Counter()

    def __call__(self, coalition):
        if not isinstance(coalition, frozenset):
            raise TypeError(f"value wants a frozenset of players; it was given a {type(coalition).__name__}")
        if coalition not in self.table:
            raise ValueError(f"value knows the players {self.players}; it was asked for {sorted(map(str, coalition))}")
        self.asked[coalition] += 1
        return self.table[coalition]

    def __repr__(self):
        if len(self.players) > 4:
            return f"‹the profit of {len(self.table)} coalitions; none {self.table[frozenset()]}›"
        body = ", ".join(f"{'+'.join(sorted(c))!r}: {value}" for c, value in self.table.items())
        return f"lambda coalition: {{{body}}}['+'.join(sorted(coalition))]"


def _game(players, values):
    return Profit(players, values), players


@st.composite
def _deliveries(draw):
    players = list(draw(st.permutations(["a", "b", "c", "d"])))[: draw(between(1, 4))]
    values = draw(st.lists(between(-6, 12), min_size=2 ** len(players), max_size=2 ** len(players)))
    return call(*_game(players, values))


def _over_all_orders(table, players):
    """Average over all orders, in exact fractions."""
    shares = dict.fromkeys(players, Fraction(0))
    for order in itertools.permutations(players):
        for place, player in enumerate(order):
            before = frozenset(order[:place])
            shares[player] += Fraction(table[before | {player}]) - Fraction(table[before])
    return {player: float(share / math.factorial(len(players))) for player, share in shares.items()}


def _roads(lengths, none):
    """Return a game in which a coalition pays for its longest road, and everybody's share: a closed form."""
    players = [f"shop {k}" for k in range(len(lengths))]
    long = dict(zip(players, lengths, strict=True))
    game = Profit(players, [0] * 2 ** len(players))
    game.table = {coalition: none + max(map(long.get, coalition), default=0) for coalition in game.table}
    shares, paid, share = {}, 0, 0.0
    for rank, player in enumerate(sorted(players, key=long.get)):
        share += (long[player] - paid) / (len(players) - rank)
        paid, shares[player] = long[player], share
    return game, shares


@hints(
    "Write down the orders of two shops, and what each shop adds in each order. Then three shops: which coalitions "
    "does a shop join, and in how many orders each?",
    "Ask for each coalition once and keep the answers. A shop finds s given shops inside in s!(n − s − 1)! of n! "
    "orders.",
    "For each coalition and each shop in it, take the profit with it minus the profit without it, times that share of "
    "the orders, and add it to the shop's account.",
)
@equivalent("n + 1", "n + 2", because="no coalition is larger than all players together")
def check_shapley_shares(shapley_shares):
    def test(value, players):
        # Counts aren't part of the input: each run begins with none.
        value.asked.clear()
        returned = shapley_shares(value, list(players))
        close(returned, _over_all_orders(value.table, players), given=call(value, players))
        _asked_once(value)

    also = [
        call(*_game(["a", "b"], [0, 10, 20, 50])),
        call(*_game(["a", "b"], [5, 10, 20, 50])),
        call(*_game(["b", "c", "a"], [1, 4, 0, 9, 2, 8, 30, 31])),
        call(*_game(["a"], [3, -1])),
        call(*_game([], [7])),
        call(*_game(["x", "y", "z"], [2, 2, 5, 5, 5, 5, 8, 8])),
        call(*_game(["mill", "bakery", "ann's"], [0.5, 1.25, 0, 0, 3, 3, -1.5, 4])),
        call(*_game(["a", "ab", "b"], [0, 1, 6, 2, 9, 3, 8, 30])),
        call(*_game(["d", "c", "b", "a"], [k * k % 11 for k in range(16)])),
        call(*_game(["e", "d", "c", "b", "a"], [k * (k + 3) % 17 for k in range(32)])),
        call(*_game(["a", "b", "c"], [4, 4, 4, 4, 4, 4, 4, 4])),
    ]
    for_all(test, on=_deliveries(), also=also, examples=20)
    for lengths, none in (([3, 9, 9, 1, 4, 12, 30, 8], 2), ([5, 5, 5, 5, 5, 5, 7], -1)):
        game, shares = _roads(lengths, none)
        given = call(game, list(shares))
        close(shapley_shares(*given.args), shares, given=given)
        _asked_once(game, given)


def _asked_once(value, given=None):
    kind(value, Profit)
    twice = [coalition for coalition, times in value.asked.items() if times > 1]
    if twice:
        name = "the empty coalition" if not twice[0] else f"the coalition {sorted(twice[0])}"
        times = value.asked[twice[0]]
        require(False, f"`value` was asked {times} times for {name}. It is slow: ask once, keep the answer.", given)


def _all_of(value, players):
    return {
        frozenset(c): value(frozenset(c)) for s in range(len(players) + 1) for c in itertools.combinations(players, s)
    }


def _weighted(profit, players, weight):
    shares = dict.fromkeys(players, 0.0)
    for coalition in profit:
        for player in coalition:
            others = coalition - {player}
            shares[player] += weight(len(others), len(players)) * (profit[coalition] - profit[others])
    return shares


def _exact(size, n):
    return math.factorial(size) * math.factorial(n - size - 1) / math.factorial(n)


def shapley_shares__plain_average(value, players):
    """Coalitions of middle size are more numerous; in the orders, each size comes once. Weight a coalition of s others
    by s!(n − s − 1)!/n!.
    """
    return _weighted(_all_of(value, players), players, lambda size, n: 1 / 2 ** (n - 1))


def shapley_shares__last_to_join(value, players):
    """You gave each shop what it adds as the last to join: that counts the joint profit several times. Average over all
    orders.
    """
    profit = _all_of(value, players)
    return {player: profit[frozenset(players)] - profit[frozenset(players) - {player}] for player in players}


def shapley_shares__first_to_join(value, players):
    """You gave each shop what it earns alone. Average over all orders, also those in which it comes later."""
    profit = _all_of(value, players)
    return {player: profit[frozenset({player})] - profit[frozenset()] for player in players}


def shapley_shares__parts_of_one(value, players):
    """Shares add up to the profit, not to 1."""
    shares = _weighted(_all_of(value, players), players, _exact)
    total = sum(shares.values())
    return {player: share / total if total else 0.0 for player, share in shares.items()}


def shapley_shares__nothing_earns_nothing(value, players):
    """The empty coalition may already earn or cost something. Ask for it; you took 0."""
    return _weighted({**_all_of(value, players), frozenset(): 0}, players, _exact)


def shapley_shares__one_order(value, players):
    """You let the shops join in the order of the list. Average over all orders: who comes first must not matter."""
    profit = _all_of(value, players)
    return {
        player: profit[frozenset(players[: place + 1])] - profit[frozenset(players[:place])]
        for place, player in enumerate(players)
    }


def shapley_shares__equal_parts(value, players):
    """Equal parts for everybody ignore what a shop adds: a useless one gets as much as the best."""
    profit = _all_of(value, players)
    return {player: (profit[frozenset(players)] - profit[frozenset()]) / len(players) for player in players}


def shapley_shares__asks_again(value, players):
    """The shares are right, but `value` was asked for the same coalition again and again. Keep the answers."""
    n, shares = len(players), dict.fromkeys(players, 0.0)
    for player in players:
        for size in range(n):
            for others in itertools.combinations([p for p in players if p != player], size):
                gain = value(frozenset(others) | {player}) - value(frozenset(others))
                shares[player] += gain * _exact(size, n)
    return shares


def shapley_shares__first_and_last(value, players):
    """You averaged only what a shop adds as the first and as the last. With three and more shops there are places
    between.
    """
    profit, everyone = _all_of(value, players), frozenset(players)
    none = profit[frozenset()]
    return {p: (profit[frozenset({p})] - none + profit[everyone] - profit[everyone - {p}]) / 2 for p in players}


# 4. group_importance

ENERGY = ["X[:, 0] + 1", "X[:, 0] * X[:, 1]", "np.abs(X[:, 0] - X[:, 1]) + X[:, -1]", "X[:, 0] + X[:, -1] / 2"]


@st.composite
def _energy(draw):
    rows, places = draw(between(1, 5)), draw(between(2, 4))
    X, y = draw(arrays(numbers(-4, 8), shape=(rows, places))), draw(arrays(numbers(-4, 8), size=rows))
    columns = list(draw(st.permutations(range(places))))[: draw(between(1, places))]
    return call(Formula(draw(st.sampled_from(ENERGY))), X, y, columns, draw(between(1, 3)), draw(between(0, 9)))


def _group_importance(predict, X, y, columns, repeats, seed):
    rng, rows, targets = np.random.default_rng(seed), X.tolist(), y.tolist()

    def error(candidates):
        predictions = predict.of_all(candidates)
        return math.fsum(abs(p - t) for p, t in zip(predictions, targets, strict=True)) / len(rows)

    errors = []
    for _ in range(repeats):
        donors = [rows[i] for i in rng.permutation(len(rows))]
        pairs = zip(rows, donors, strict=True)
        mixed = [[there[j] if j in columns else here[j] for j in range(len(here))] for here, there in pairs]
        errors.append(error(mixed))
    return math.fsum(errors) / repeats - error(rows)


@hints(
    "Take one repeat and two columns. Which values must still stand side by side after the shuffle?",
    "Draw one order of the rows for each repeat, use it for all columns of the group, on the original data each time.",
    "Copy `X`; fill the group's columns with those of the reordered rows; collect the error. At the end, subtract the "
    "error of the data as they are from the mean.",
)
def check_group_importance(group_importance):
    rng = np.random.default_rng(3)
    celsius = rng.integers(-20, 60, 40) / 2
    twins = np.column_stack([celsius, 1.8 * celsius + 32, rng.integers(0, 9, 40)])
    both = Formula("X[:, 0] / 2 + (X[:, 1] - 32) / 3.6 + X[:, 2]")
    example = np.array([[0.0, 32.0], [10.0, 50.0]]), np.array([1.0, 11.0])
    mixed = np.array([[0, 2, 1], [5, 1, 4], [2, 2, 7], [8, 0, 3]])
    corners = [
        call(Formula(ENERGY[0]), *example, [0, 1], 4, 1),
        call(Formula(ENERGY[0]), *example, [1], 3, 0),
        call(Formula(ENERGY[2]), mixed.astype(float), np.array([3.0, 8.0, 7.0, 2.0]), [2, 0], 3, 5),
        call(Formula(ENERGY[1]), mixed, np.array([1, 4, 4, 2]), [1, 0], 2, 7),
        call(Formula(ENERGY[3]), mixed.astype(np.float32), np.array([1.0, 4.0, 4.0, 2.0]), [0], 5, 11),
        call(Formula(ENERGY[2]), np.array([[1.0, 5.0, 2.0]]), np.array([4.0]), [0, 1, 2], 2, 0),
        call(both, twins, both(twins), [0, 1], 3, 12),
        call(both, twins, both(twins) + rng.integers(-3, 4, 40), [1, 0], 1, 13),
        call(Formula("-X[:, 0]"), twins, celsius, [0, 2], 4, 2),
        call(Formula("-X[:, 0]"), twins[:3], twins[:3, 0] - 8, [0], 2, 123456),
        call(Formula(ENERGY[0]), *example, [], 4, 1),
    ]
    agree(group_importance, _group_importance, on=_energy(), also=corners, examples=25)
    X, y = rng.integers(-9, 9, (120, 5)) / 2, rng.integers(-9, 9, 120) / 2
    many = call(Formula("(X ** 2).sum(axis=1) / 4"), X, y, [4, 0, 3], 25, 4)
    agree(group_importance, _group_importance, on=st.just(many), examples=1, why="(120 rows, 25 repeats; all count.)")


def _mae(predict, X, y):
    return float(np.abs(predict(X) - y).mean())


def _errors_of(predict, X, y, columns, repeats, seed):
    rng, errors = np.random.default_rng(seed), []
    for _ in range(repeats):
        shuffled = X.copy()
        shuffled[:, columns] = X[rng.permutation(len(X))][:, columns]
        errors.append(_mae(predict, shuffled, y))
    return errors


def group_importance__each_for_itself(predict, X, y, columns, repeats, seed):
    """You drew an order for each column: then 10 °C stands beside 86 °F. Draw one for the whole group."""
    rng, errors = np.random.default_rng(seed), []
    for _ in range(repeats):
        shuffled = X.copy()
        for column in columns:
            shuffled[:, column] = X[rng.permutation(len(X)), column]
        errors.append(_mae(predict, shuffled, y))
    return float(np.mean(errors)) - _mae(predict, X, y)


def group_importance__targets_shuffled(predict, X, y, columns, repeats, seed):
    """You shuffled the targets: then every column matters. Shuffle the group's columns."""
    rng = np.random.default_rng(seed)
    errors = [float(np.abs(predict(X) - y[rng.permutation(len(X))]).mean()) for _ in range(repeats)]
    return float(np.mean(errors)) - _mae(predict, X, y)


def group_importance__from_shuffled_data(predict, X, y, columns, repeats, seed):
    """Your second repeat started from shuffled data. Each repeat starts from the original `X`."""
    rng, errors, shuffled = np.random.default_rng(seed), [], X.copy()
    for _ in range(repeats):
        shuffled[:, columns] = shuffled[rng.permutation(len(X))][:, columns]
        errors.append(_mae(predict, shuffled, y))
    return float(np.mean(errors)) - _mae(predict, X, y)


def group_importance__other_way_round(predict, X, y, columns, repeats, seed):
    """You sent row i's values to row `order[i]`. Row i takes the values *from* row `order[i]`."""
    rng, errors = np.random.default_rng(seed), []
    for _ in range(repeats):
        shuffled, order = X.copy(), rng.permutation(len(X))
        shuffled[np.ix_(order, columns)] = X[:, columns]
        errors.append(_mae(predict, shuffled, y))
    return float(np.mean(errors)) - _mae(predict, X, y)


def group_importance__sign(predict, X, y, columns, repeats, seed):
    """Importance is what you lose: the error after shuffling minus the error before."""
    return _mae(predict, X, y) - float(np.mean(_errors_of(predict, X, y, columns, repeats, seed)))


def group_importance__squared(predict, X, y, columns, repeats, seed):
    """You squared the errors. Asked is the mean absolute error."""
    rng, errors = np.random.default_rng(seed), []
    for _ in range(repeats):
        shuffled = X.copy()
        shuffled[:, columns] = X[rng.permutation(len(X))][:, columns]
        errors.append(((predict(shuffled) - y) ** 2).mean())
    return float(np.mean(errors) - ((predict(X) - y) ** 2).mean())


def group_importance__same_order_again(predict, X, y, columns, repeats, seed):
    """You made the generator anew in each repeat, so all repeats shuffle alike. Make it once, before the loop."""
    return _errors_of(predict, X, y, columns, 1, seed)[0] - _mae(predict, X, y)


def group_importance__error_alone(predict, X, y, columns, repeats, seed):
    """That is the error after shuffling. Subtract the error of the data as they are."""
    return float(np.mean(_errors_of(predict, X, y, columns, repeats, seed)))


def group_importance__never_negative(predict, X, y, columns, repeats, seed):
    """By luck the error can fall. Report that as it is; cutting at 0 makes useless columns look useful on average."""
    return max(0.0, float(np.mean(_errors_of(predict, X, y, columns, repeats, seed))) - _mae(predict, X, y))


def group_importance__sum_of_single(predict, X, y, columns, repeats, seed):
    """You shuffled one column at a time and added up; meanwhile the other still told all. Shuffle them together."""
    base = _mae(predict, X, y)
    each = (float(np.mean(_errors_of(predict, X, y, [column], repeats, seed))) for column in columns)
    return sum(each) - base * len(columns)


def group_importance__worst_repeat(predict, X, y, columns, repeats, seed):
    """You took the largest increase. Asked is the mean over the repeats."""
    return max(_errors_of(predict, X, y, columns, repeats, seed)) - _mae(predict, X, y)


# 5. smallest_change

SCORES = [
    "X.sum(axis=1)",
    "np.abs(X[:, 0] - X[:, 1]) + X[:, 2]",
    "X[:, 0] * X[:, 1] - X[:, 2]",
    "X[:, 0] + 2 * X[:, 1] - X[:, 2]",
    "np.maximum(X[:, 0], X[:, 1]) + X[:, 2] ** 2",
]


@st.composite
def _refused(draw):
    row = draw(arrays(numbers(-2, 6, step=0.5), size=3))
    places = list(draw(st.permutations(range(3))))[: draw(between(0, 3))]
    allowed = {place: draw(st.lists(numbers(-2, 6, step=0.5), max_size=3)) for place in places}
    return call(Formula(draw(st.sampled_from(SCORES))), row, allowed, draw(numbers(-3, 8, step=0.5)))


def _by_force(score, row, allowed, target):
    """Return the fewest columns that suffice and their lowest score, or None: every combination, one by one."""
    found = []
    for values in itertools.product(*([None, *values] for values in allowed.values())):
        change = {c: v for c, v in zip(allowed, values, strict=True) if v is not None}
        outcome = score.of([change.get(place, entry) for place, entry in enumerate(row.tolist())])
        if len(change) <= 3 and outcome <= target:
            found.append((len(change), outcome))
    return min(found, default=None)


@hints(
    "Sort the candidates by what counts first. With how many changed columns do you begin, and when do you stop?",
    "For a given number of columns, list every choice of columns and every choice of their values; score them in one "
    "matrix.",
    "`itertools.combinations` chooses the columns, `itertools.product` their values. Copy the row as floats for each "
    "candidate; take the lowest score if it reaches the target, else try one column more.",
)
@equivalent("return None", "return", because="both return None")
def check_smallest_change(smallest_change):
    def test(score, row, allowed, target):
        given = call(score, row, allowed, target)
        score.calls = 0
        change = smallest_change(score, row.copy(), {place: list(values) for place, values in allowed.items()}, target)
        best = _by_force(score, row, allowed, target)
        _right_change(change, best, given)

    for_all(test, on=_refused(), also=_refusals(), examples=30)
    for given, best, special in _large_refusals():
        score, row, allowed, target = given.args
        change = smallest_change(score, row.copy(), {place: list(values) for place, values in allowed.items()}, target)
        try:
            _right_change(change, best, given)
        except Mismatch as problem:
            raise Mismatch(f"{problem} {special}", given) from None


def _refusals():
    total, apart = Formula(SCORES[0]), Formula(SCORES[1])
    row = np.array([5.0, 4.0, 1.0])
    four = Formula("X.sum(axis=1)")
    return [
        call(total, row, {0: [4.0, 3.0], 1: [0.0]}, 8.0),
        call(total, row, {0: [4.0, 3.0], 1: [3.0]}, 9.0),
        call(total, row, {0: [4.0], 1: [3.5], 2: [0.5]}, 8.5),
        call(total, row, {2: [0.0, -1.0, -2.0]}, 8.0),
        call(total, row, {0: [1.0]}, 10.0),
        call(total, row, {0: [9.0], 1: []}, 9.5),
        call(total, row, {0: [4.00000001]}, 9.0),
        call(total, row, {0: [5 - 2**-14]}, 10 - 2**-14),
        call(total, np.array([2.0, 0.0, 0.0]), {0: [1e-12]}, 0.0),
        call(total, row, {}, 9.0),
        call(total, row, {}, 11.0),
        call(apart, row, {0: [0.0, 9.0], 1: [0.0, 9.0]}, 1.0),
        call(apart, row, {0: [4.5, 0.0], 1: [0.0], 2: [0.75]}, 1.25),
        call(total, np.array([5, 4, 1]), {1: [3.5], 0: [4.5, 6.5]}, 9.5),
        call(total, np.array([5, 4, 1]), {1: [3.5], 0: [4.75]}, 9.25),
        call(four, np.ones(5), {4: [0.0], 2: [0.0], 0: [0.0], 1: [0.0]}, 1.0),
        call(four, np.ones(5), {4: [0.0, -1.0], 2: [0.0], 0: [0.0, 2.0], 1: [0.0]}, 1.0),
        call(four, np.ones(4), {3: [0.0], 1: [0.0], 0: [0.0]}, 1.0),
        call(
            Formula("X[:, 0] * X[:, 1] * X[:, 2]"), np.array([-1.0, -1.0, 3.0]), {0: [-2.0, 1.0], 2: [-3.0, 5.0]}, 0.0
        ),
        call(total, row, {0: [5.0], 1: [4.0, 0.0]}, 9.0),
        call(Formula("-X[:, 0] - X[:, 1]"), np.zeros(2), {0: [k / 4 for k in range(40)], 1: list(range(20))}, -28.5),
    ]


def _large_refusals():
    """Return inputs with many candidates, their fewest columns and lowest score, and what is special about them."""
    together = Formula("10 - X[:, 3:].max(axis=1) - 9 * X[:, 0] * X[:, 1] * X[:, 2]")
    many = {place: [value + place for value in range(8)] for place in range(4)}
    return [
        (
            call(together, np.zeros(9), {place: [1.0] for place in range(8, -1, -1)}, 1.0),
            (3, 1.0),
            "(Columns 0, 1 and 2 help only together.)",
        ),
        (call(Formula("-X.sum(axis=1)"), np.zeros(4), many, -27.0), (3, -27.0), "(Three columns: 2048 candidates.)"),
    ]


def _right_change(change, best, given):
    score, row, allowed, target = given.args
    if best is None:
        require(
            change is None, f"No change of at most three columns reaches the target, so None; not {change!r}.", given
        )
        return
    columns = f"{best[0]} changed column{'s' * (best[0] != 1)}"
    way = f"There is a way with {columns}" if best[0] else "The score is low enough already, so {}"
    require(change is not None, f"{way}; the result is None.", given)
    kind(change, dict)
    for place, value in change.items():
        require(place in allowed, f"Column {place!r} isn't in `allowed`: it can't be changed.", given)
        require(value in allowed[place], f"Column {place} can become {allowed[place]}, not {value!r}.", given)
    calls = score.calls
    outcome = score.of([change.get(place, entry) for place, entry in enumerate(row.tolist())])
    require(outcome <= target, f"With {change} the score is {outcome}, above the target {target}.", given)
    require(len(change) == best[0], f"{columns} can do; {change} changes {len(change)}.", given)
    lower = f"With {columns} the score can be as low as {best[1]:g}; {change} gives {outcome:g}."
    require(math.isclose(outcome, best[1], abs_tol=1e-9), lower, given)
    if calls > 4:
        often = f"`score` was called {calls} times. Once for each number of columns is enough."
        raise Mismatch(often, given, expected=change, returned=change)


def _options(row, allowed, size):
    for chosen in itertools.combinations(allowed, size):
        for values in itertools.product(*(allowed[column] for column in chosen)):
            yield dict(zip(chosen, values, strict=True))


def _scored(score, row, changes):
    candidates = np.tile(np.array(row, dtype=float), (len(changes), 1))
    for candidate, change in zip(candidates, changes, strict=True):
        candidate[list(change)] = list(change.values())
    return score(candidates) if len(changes) else np.array([])


def _search(score, row, allowed, target, sizes=(0, 1, 2, 3), choose=np.argmin, reached=np.less_equal):
    for size in sizes:
        changes = list(_options(row, allowed, size))
        scores = _scored(score, row, changes)
        if len(changes) and reached(scores, target).any():
            return changes[int(choose(np.where(reached(scores, target), scores, np.inf)))]
    return None


def smallest_change__greedy(score, row, allowed, target):
    """Some columns work only together. Taking the best single change, then the next, never tries them as a pair."""
    change, steps = {}, [{}]
    for _ in range(4):
        scores = _scored(score, row, steps)
        change = steps[int(np.argmin(scores))]
        if scores.min() <= target:
            return change
        steps = [{**change, place: v} for place, values in allowed.items() if place not in change for v in values]
        if not steps:
            return None
    return None


def smallest_change__lowest_of_all(score, row, allowed, target):
    """She has to change as little as possible. You took the lowest score, however many columns it needs."""
    changes = [change for size in range(4) for change in _options(row, allowed, size)]
    scores = _scored(score, row, changes)
    return changes[int(scores.argmin())] if scores.min() <= target else None


def smallest_change__any_column(score, row, allowed, target):
    """Nobody can change her age. Only columns in `allowed` can change, each to its own values."""
    values = sorted({value for values in allowed.values() for value in values})
    return _search(score, row, dict.fromkeys(range(len(row)), values), target)


def smallest_change__one_call_each(score, row, allowed, target):
    """You call `score` too often: put all candidates with equally many changed columns into one matrix."""
    best = None
    for size in range(4):
        for change in _options(row, allowed, size):
            outcome = float(_scored(score, row, [change])[0])
            if outcome <= target and (best is None or outcome < best[0]):
                best = outcome, change
        if best:
            return best[1]
    return None


def smallest_change__below_target(score, row, allowed, target):
    """The score has to come to *at most* the target: equal is good enough. You demand less."""
    return _search(score, row, allowed, target, reached=np.less)


def smallest_change__first_that_works(score, row, allowed, target):
    """You stopped at the first change that works. Among those with equally many columns, the lowest score is asked."""
    return _search(score, row, allowed, target, choose=lambda scores: np.isfinite(scores).argmax())


def smallest_change__two_at_most(score, row, allowed, target):
    """Three columns may change. You gave up after two."""
    return _search(score, row, allowed, target, sizes=(0, 1, 2))


def smallest_change__any_number(score, row, allowed, target):
    """At most three columns may change. You went on to more: nobody carries out a plan of four changes."""
    return _search(score, row, allowed, target, sizes=range(len(row) + 1))


def smallest_change__always_changes(score, row, allowed, target):
    """If the score is low enough already, she needs no change: return an empty dict."""
    return _search(score, row, allowed, target, sizes=(1, 2, 3))


def smallest_change__cut_to_integers(score, row, allowed, target):
    """The row holds integers, and so did your candidates: they cut the new values. Copy the row as floats."""
    return _search(lambda candidates: score(candidates.astype(row.dtype)), row, allowed, target)


def smallest_change__empty_for_impossible(score, row, allowed, target):
    """If nothing helps, return None. An empty dict says that she needs no change."""
    return _search(score, row, allowed, target) or {}
