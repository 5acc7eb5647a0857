"""Checks of `02_machine_learning/03_logistic_regression`: exact fractions, high precision, other roads to the end."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from scipy.optimize import linprog, nnls
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from handrail.expect import agree, between, call, close, equivalent, hints, numbers

# 1. probability_after


def _by_fractions(probability, odds_ratio):
    p, ratio = Fraction(probability), Fraction(odds_ratio)
    if p == 1:
        return 1.0
    odds = p / (1 - p) * ratio
    return float(odds / (1 + odds))


@hints(
    "Odds are chances for : chances against. At 30% they are 3 : 7. Which of the two numbers does the ratio multiply?",
    "Three steps: from the probability to the odds, times the ratio, and from the new odds back to a probability.",
    "Odds of a : b are the probability a / (a + b). Never divide a by b, and nothing is divided by zero.",
)
def check_probability_after(probability_after):
    pairs = [(0.3, 2.0), (0.9, 2.0), (0.5, 1.0), (0.0, 3.0), (1.0, 3.0), (1, 0.25), (0, 0.5), (0.02, 3.8), (0.98, 0.1)]
    pairs += [(1e-6, 2.0), (0.001, 5000.0), (0.999, 0.001), (0.25, 1e6), (0.75, 1e-6), (0.6, 4)]
    agree(
        probability_after,
        _by_fractions,
        on=(numbers(0, 1, 0.0625), numbers(0.25, 8)),
        also=[call(*pair) for pair in pairs],
        atol=1e-12,
    )


def probability_after__multiplies_probability(probability, odds_ratio):
    """You multiplied the probability. Odds of 3 : 7 doubled are 6 : 7, which is 46%, not 60%."""
    return min(1.0, probability * odds_ratio)


def probability_after__beyond_one(probability, odds_ratio):
    """You multiplied the probability, and some results are above 1. The ratio multiplies the odds, p / (1 − p)."""
    return probability * odds_ratio


def probability_after__returns_odds(probability, odds_ratio):
    """This is the new odds; turn them back into a probability."""
    if probability == 1:
        return 1.0
    return probability / (1 - probability) * odds_ratio


def probability_after__probability_as_odds(probability, odds_ratio):
    """The old odds are p / (1 − p), not p."""
    return probability * odds_ratio / (1 + probability * odds_ratio)


def probability_after__share_of_the_ratio(probability, odds_ratio):
    """You turned the ratio alone into a probability and scaled p with it. The old odds are p / (1 − p); they are what
    the ratio multiplies.
    """
    return probability * odds_ratio / (1 + odds_ratio)


def probability_after__certain_divides_by_zero(probability, odds_ratio):
    """Right, except for certainty: a probability of 1 has chances against of 0, and you divided by them. It stays 1."""
    odds = probability / (1 - probability) * odds_ratio
    return odds / (1 + odds)


def probability_after__divides(probability, odds_ratio):
    """A ratio above 1 raises the probability; yours falls. You divided the odds by the ratio."""
    if probability == 1:
        return 1.0
    odds = probability / (1 - probability) / odds_ratio
    return odds / (1 + odds)


# 2. weighted_log_loss


def _in_high_precision(scores, labels, weights):
    with localcontext() as context:
        context.prec = 30
        total = Decimal(0)
        for score, label, weight in zip(scores, labels, weights, strict=True):
            toward = Decimal(float(score)) if label == 1 else -Decimal(float(score))
            total += Decimal(float(weight)) * (1 + (-toward).exp()).ln()
        return float(total / sum(Decimal(float(weight)) for weight in weights))


@st.composite
def _loans(draw):
    n = draw(between(1, 5))
    score = st.one_of(numbers(-10, 10), st.sampled_from([-10_000.0, -800.0, -40.0, 40.0, 800.0, 10_000.0]))
    scores, labels, weights = (
        draw(st.lists(one, min_size=n, max_size=n)) for one in (score, between(0, 1), numbers(0, 4, 0.5))
    )
    weights[draw(between(0, n - 1))] = draw(numbers(0.5, 4, 0.5))
    return call(np.array(scores), np.array(labels), np.array(weights))


def _loan(scores, labels, weights):
    return call(np.array(scores, dtype=float), np.array(labels), np.array(weights, dtype=float))


@hints(
    "The probability of what happened is the sigmoid of the score, or of minus the score if the label is 0.",
    "−log(1 / (1 + e⁻ᵐ)) is log(1 + e⁻ᵐ). For m = −800 it is 800, but e⁸⁰⁰ is too large for a float: look for a "
    "function that adds two exponentials inside the logarithm.",
    "`np.logaddexp(a, b)` is log(eᵃ + eᵇ), and 1 is e⁰. For the mean, divide by what the weights add up to.",
)
def check_weighted_log_loss(weighted_log_loss):
    agree(
        weighted_log_loss,
        _in_high_precision,
        on=_loans(),
        also=[
            _loan([2.0], [1], [1]),
            _loan([2.0], [0], [3]),
            _loan([1.0, -2.0], [1, 1], [1, 3]),
            _loan([-800.0], [1], [1]),
            _loan([800.0, 1.0], [0, 0], [1, 1]),
            _loan([-10_000, 10_000, 0.5], [1, 0, 1], [1, 2, 1]),
            _loan([10_000, -10_000], [1, 0], [2, 5]),
            _loan([-800.0, 1.0], [1, 1], [0, 2]),
            _loan([30.0, -25.0], [1, 0], [0.5, 0.5]),
            _loan([-750.0, -36.5], [1, 1], [0.125, 0.5]),
            _loan([3.0, -1.0, 0.25, 0.25], [0, 1, 1, 0], [1e6, 2e6, 5e5, 0]),
            _loan([3.0, -1.0, 0.25], [0.0, 1.0, 1.0], [1e-6, 2e-6, 5e-6]),
            call(np.array([3, -1, 800]), np.array([0, 1, 0]), np.array([2, 1, 1])),
        ],
        examples=40,
        atol=1e-12,
    )
    at = np.arange(300)
    loans = (at % 61 - 30) / 4, (at % 7 == 0).astype(int), at % 11 / 2
    close(
        weighted_log_loss(*(column.copy() for column in loans)),
        _in_high_precision(*loans),
        what="the loss of 300 loans at once",
    )


def _losses(scores, labels):
    return np.logaddexp(0, np.where(labels == 1, -scores, scores))


def weighted_log_loss__overflow(scores, labels, weights):
    """exp overflowed: for a score of −800 and a label of 1 the loss is 800, not infinity. Rewrite −log(1 / (1 +
    exp(−s))) so that no huge number is computed.
    """
    with np.errstate(all="ignore"):
        losses = -np.log(1 / (1 + np.exp(np.where(labels == 1, -scores, scores))))
    return float((losses * weights).sum() / weights.sum())


def weighted_log_loss__clipped(scores, labels, weights):
    """Clipping the probability at 1e-15 caps the loss at 34.5: a confident mistake is no longer punished."""
    p = np.clip(expit(scores), 1e-15, 1 - 1e-15)
    return float(-np.log(np.where(labels == 1, p, 1 - p)) @ weights / weights.sum())


def weighted_log_loss__divided_by_rows(scores, labels, weights):
    """Divide by the sum of the weights, not by the number of rows."""
    return float(np.mean(weights * _losses(scores, labels)))


def weighted_log_loss__not_divided(scores, labels, weights):
    """This is the weighted sum. For the mean, divide by the sum of the weights."""
    return float(weights @ _losses(scores, labels))


def weighted_log_loss__unweighted(scores, labels, weights):
    """The weights have no influence: large loans must count for more."""
    return float(_losses(scores, labels).mean())


def weighted_log_loss__wrong_side(scores, labels, weights):
    """A right, confident answer must cost nearly nothing, and yours costs the most. Check the sign."""
    return float(_losses(-scores, labels) @ weights / weights.sum())


def weighted_log_loss__scores_as_probabilities(scores, labels, weights):
    """The scores are log-odds from −10,000 to 10,000, no probabilities. The sigmoid comes first."""
    with np.errstate(all="ignore"):
        return float(-np.log(np.where(labels == 1, scores, 1 - scores)) @ weights / weights.sum())


def weighted_log_loss__only_defaults(scores, labels, weights):
    """You priced every loan as if it had defaulted. Where the label is 0, the probability of what happened is 1 − p."""
    return float(np.logaddexp(0, -scores) @ weights / weights.sum())


# 3. is_separable


def _hulls_apart(X, y):
    """Tell whether no mixture of the 1s equals a mixture of the 0s: what separable means, seen from the other side."""
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    span = max(1.0, float(np.ptp(X)))
    scaled = (X - X.mean(axis=0)) / span
    signs = np.where(y == 1, 1.0, -1.0)
    equations = np.vstack([scaled.T * signs, y == 1, y != 1])
    right = np.append(np.zeros(X.shape[1]), [1.0, 1.0])
    return bool(nnls(equations, right)[1] > 1e-7)


@st.composite
def _studies(draw):
    n, d = draw(between(1, 7)), draw(between(1, 3))
    flat = draw(st.lists(numbers(-2, 3, 0.5), min_size=n * d, max_size=n * d))
    return call(np.array(flat).reshape(n, d), np.array(draw(st.lists(between(0, 1), min_size=n, max_size=n))))


def _study(ones, zeros, dtype=int):
    X = np.array([*ones, *zeros], dtype=float).reshape(len(ones) + len(zeros), -1)
    return call(X, np.array([1] * len(ones) + [0] * len(zeros), dtype=dtype))


def _cloud(columns, rows, seed, gap=0.0):
    """Return rows on both sides of a plane that doesn't pass through the origin, at least `gap` away from it."""
    rng = np.random.default_rng(seed)
    X, normal = rng.integers(-40, 40, (rows, columns)) / 4, rng.normal(size=columns)
    height = X @ (normal / np.linalg.norm(normal)) - 1
    X, height = X[abs(height) > gap], height[abs(height) > gap]
    return X, (height > 0).astype(int)


def _one_wrong(X, y, at=0):
    """Give a row in the middle of its class the other label."""
    inside = np.argsort(((X - X[y == 1].mean(axis=0)) ** 2).sum(axis=1))
    inside = inside[y[inside] == 1]
    return X, np.where(np.arange(len(y)) == inside[at], 0, y)


STUDIES = [
    _study([[3.0], [4.0]], [[1.0], [2.0]]),
    _study([[1.0], [2.0]], [[3.0], [4.0]]),
    _study([[-3.0], [-4.0]], [[-1.0], [-2.0]]),
    _study([[1.0], [4.0]], [[2.0], [3.0]]),
    _study([[2.0]], [[2.0]]),
    _study([[0.0, 1.0], [1.0, 0.0]], [[0.0, 0.0], [1.0, 1.0]]),
    _study([[0.0, 2.0], [2.0, 0.0], [3.0, -1.0]], [[0.0, 0.0], [1.0, 0.0], [-1.0, 2.0], [3.0, -3.0]]),
    _study([[10.5]], [[float(i)] for i in range(11)]),
    _study([[50.25]], [[float(i)] for i in range(51)]),
    _study([[100.01]], [[5.0 * i] for i in range(21)]),
    _study([[float(i), i + 0.25] for i in range(-9, 10)], [[float(i), float(i)] for i in range(-9, 10)]),
    _study([[1.0, 1.0]], [[0.0, 0.0], [2.0, 2.0], [5.0, -3.0]]),
    _study([[1.0, 0.0]], [[0.0, 0.0], [2.0, 2.0], [5.0, -3.0]]),
    _study([[1.0, 0.0], [1.0, 0.0]], [[1.0, 2.0], [1.0, 3.0]], dtype=float),
    _study([[1.0, 2.0], [2.0, 5.0]], []),
    _study([], [[1.0, 2.0], [2.0, 5.0], [0.0, 0.0]]),
    _study([[2.0]], []),
    _study([[0.0]], []),
    _study([[5.0, 0, 0, 0], [0, 5, 0, 0]], [[0, 0, 5.0, 0], [0, 0, 0, 5], [5, 5, 5, 5]]),
    _study([[1000.0, 2000.25], [1500, 2500.25]], [[1000, 2000], [1500, 2500], [1250, 2250]]),
    _study([[0.0, 0.0], [4.0, 4.0], [0.0, 4.0], [4.0, 0.0]], [[2.0, 2.0]]),
    _study([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [40.0, 0.25]], [[-1.0, 0.0], [-0.5, -0.5], [-40.0, 0.0]]),
    call(*_cloud(2, 60, 1, gap=0.2)),
    call(*_one_wrong(*_cloud(2, 60, 1, gap=0.2))),
    call(*_cloud(5, 80, 2, gap=0.2)),
    call(*_one_wrong(*_cloud(5, 80, 2, gap=0.2))),
]


@equivalent(
    "2 * y", "3 * y", because="the signs become 2 and -1, and weights can be scaled: a margin of 1 is as good as 2"
)
@equivalent("-A", "A", because="weights that fit become their negatives, and the bounds are the same both ways")
@hints(
    "A row is on the right side if its sign (1 or −1) times (intercept + weights · row) is above 0. Is that linear in "
    "the weights?",
    "A linear program knows ≤, not <. But weights that work can be multiplied: demand at least 1 instead of above 0.",
    "`linprog` wants A_ub @ w <= b_ub: change the signs of both sides. Read what it assumes of `bounds`, and let a "
    "column of ones carry the intercept. The costs can be all 0; whether it succeeded is the answer.",
)
def check_is_separable(is_separable):
    agree(is_separable, _hulls_apart, on=_studies(), also=STUDIES, examples=15)


def _feasible(A, right, **options):
    options = {"bounds": (None, None)} | options
    return bool(linprog(np.zeros(A.shape[1]), A_ub=-A, b_ub=right, **options).success)


def _signed(X, y, ones=True):
    A = np.column_stack([np.ones(len(X)), X]) if ones else np.asarray(X)
    return np.where(y == 1, 1.0, -1.0)[:, None] * A


def is_separable__default_model(X, y):
    """You fitted a penalized model and looked whether it makes no mistake. The penalty keeps its boundary away from
    the perfect one, so it misses sets that can be separated.
    """
    return len(set(y.tolist())) == 1 or bool(LogisticRegression().fit(X, y).score(X, y) == 1)


def is_separable__least_squares(X, y):
    """You fitted least squares and looked whether it makes no mistake. Points far from the boundary pull its line, so
    it misses sets that can be separated.
    """
    A, signs = np.column_stack([np.ones(len(X)), X]), np.where(y == 1, 1.0, -1.0)
    return bool((signs * (A @ np.linalg.lstsq(A, signs)[0]) > 1e-9).all())


def is_separable__single_columns(X, y):
    """You looked at one column at a time. Often no single column separates the classes, but two together do."""
    one, zero = X[y == 1], X[y != 1]
    if not len(one) or not len(zero):
        return True
    return bool(((one.min(axis=0) > zero.max(axis=0)) | (one.max(axis=0) < zero.min(axis=0))).any())


def is_separable__through_origin(X, y):
    """The line need not pass through the origin: give the weights an intercept, a column of ones."""
    return _feasible(_signed(X, y, ones=False), -np.ones(len(X)))


def is_separable__no_margin(X, y):
    """All weights zero satisfies your inequalities, so everything looks separable. Demand a margin of 1."""
    return _feasible(_signed(X, y), np.zeros(len(X)))


def is_separable__no_negative_weights(X, y):
    """`linprog` takes all unknowns for at least 0 unless `bounds` says otherwise, so you found only lines that rise
    with every column.
    """
    return _feasible(_signed(X, y), -np.ones(len(X)), bounds=(0, None))


def is_separable__no_negative_intercept(X, y):
    """Your weights are free, but your intercept can't fall below 0. `linprog` takes every unknown that `bounds` doesn't
    free for at least 0.
    """
    return _feasible(_signed(X, y), -np.ones(len(X)), bounds=[(0, None)] + [(None, None)] * X.shape[1])


def is_separable__one_class_is_no_question(X, y):
    """If only one class occurs, any far line has all of it on one side: the answer is True."""
    return len(set(y.tolist())) == 2 and _feasible(_signed(X, y), -np.ones(len(X)))


def is_separable__touching_counts(X, y):
    """Strictly: a row *on* the line is on neither side. You accept lines that touch both classes."""
    A = np.vstack([_signed(X, y), np.ones(len(X))[None] @ _signed(X, y)])
    return _feasible(A, np.append(np.zeros(len(X)), -1.0))


# 4. softmax_gradient


def _by_imaginary_steps(W, X, labels):
    """Return the gradient from steps in the imaginary direction: differences without subtraction."""
    W, X = np.asarray(W, dtype=complex), np.asarray(X, dtype=float)
    slopes = np.empty(W.shape)
    for at in np.ndindex(W.shape):
        moved = W.copy()
        moved[at] += 1e-30j
        total = 0.0
        for row, label in zip(X, labels, strict=True):
            scores = row @ moved
            top = scores.real.max()
            total += np.log(np.exp(scores - top).sum()) + top - scores[label]
        slopes[at] = total.imag / 1e-30 / len(X)
    return slopes


@st.composite
def _batches(draw):
    n, d, k = draw(between(1, 4)), draw(between(1, 3)), draw(between(1, 4))
    flat = draw(st.lists(numbers(-2, 2), min_size=d * (n + k), max_size=d * (n + k)))
    labels = draw(st.lists(between(0, k - 1), min_size=n, max_size=n))
    return call(np.array(flat[: d * k]).reshape(d, k), np.array(flat[d * k :]).reshape(n, d), np.array(labels))


def _batch(W, X, labels):
    return call(np.array(W), np.array(X), np.array(labels))


@hints(
    "First the probabilities, one row for each complaint. Which slope does the loss have in each score of that row?",
    "Said minus happened, as for two classes: subtract from P a matrix with a 1 at the right team of each row. Its "
    "number of columns is that of `W`.",
    "The chain rule turns slopes in the scores into slopes in `W`: `X.T @ ...`, and a mean over rows. For large "
    "scores, subtract from each row its largest before `exp`.",
)
def check_softmax_gradient(softmax_gradient):
    agree(
        softmax_gradient,
        _by_imaginary_steps,
        on=_batches(),
        also=[
            _batch([[0.5, -1.0, 0.25]], [[1.0], [2.0]], [2, 0]),
            _batch([[0.5, -1.0, 0.25], [1.0, 0.0, -0.5]], [[1.0, -1.0], [2.0, 0.5], [0.0, 1.5]], [0, 1, 1]),
            _batch([[0.5, -1.0, 0.25, 2.0]], [[1.0], [-2.0]], [1, 0]),
            _batch([[1.0, 0.0, 0.5]], [[1000.0], [-1000.0], [1.0]], [0, 1, 2]),
            _batch([[1000.0, -1000.0]], [[1.0], [0.001]], [1, 1]),
            _batch([[500.0, 0.0, -500.0]], [[1.0], [-1.0], [0.0], [0.001]], [2, 2, 0, 1]),
            _batch([[1, 0, 2]], [[1], [3]], [0, 2]),
            _batch([[0.5, 1.5]], [[2.0]] * 4, [1, 1, 1, 1]),
            _batch([[1.0]], [[2.0], [3.0]], [0, 0]),
            _batch([[1.0, 0.0]], [[-1000.0], [-999.0]], [0, 1]),
            _batch([[1.0, 1.0, 1.5]], [[-1000.0]], [2]),
        ],
        examples=40,
        atol=1e-12,
    )
    at = np.arange(50)
    W, X, labels = np.cos(np.arange(24)).reshape(2, 12), np.sin(np.arange(100)).reshape(50, 2), at * at % 12
    close(
        softmax_gradient(W.copy(), X.copy(), labels.copy()),
        _by_imaginary_steps(W, X, labels),
        what="the gradient for 50 complaints and 12 teams",
        atol=1e-12,
    )


def _softmax(scores, axis=1):
    positive = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return positive / positive.sum(axis=axis, keepdims=True)


def softmax_gradient__labels_as_numbers(W, X, labels):
    """You subtracted the number of the team. Team 3 isn't three times team 1: turn the labels into indicator columns
    first.
    """
    return X.T @ (_softmax(X @ W) - labels[:, None]) / len(X)


def softmax_gradient__columns_sum_to_one(W, X, labels):
    """Each *row* must sum to 1: a complaint goes to one of the teams. Your columns do."""
    return X.T @ (_softmax(X @ W, axis=0) - np.eye(W.shape[1])[labels]) / len(X)


def softmax_gradient__sum_over_rows(W, X, labels):
    """Your gradient grows with the number of rows. The loss is a mean: divide by n."""
    return X.T @ (_softmax(X @ W) - np.eye(W.shape[1])[labels])


def softmax_gradient__mean_over_everything(W, X, labels):
    """You divided by the number of probabilities, rows times teams. Each complaint has one loss: divide by the rows."""
    P = _softmax(X @ W) - np.eye(W.shape[1])[labels]
    return X.T @ P / P.size


def softmax_gradient__overflow(W, X, labels):
    """Scores of 1,000 overflowed in exp. Subtract the largest score of each row first; the probabilities stay the
    same.
    """
    with np.errstate(all="ignore"):
        positive = np.exp(X @ W)
        P = positive / positive.sum(axis=1, keepdims=True)
    return X.T @ (P - np.eye(W.shape[1])[labels]) / len(X)


def softmax_gradient__one_shift_for_all(W, X, labels):
    """You subtracted the largest score of the whole batch. In a row far below it every exponential becomes 0, and 0 /
    0 is no probability. Subtract the largest of each row.
    """
    with np.errstate(all="ignore"):
        positive = np.exp(X @ W - (X @ W).max())
        P = positive / positive.sum(axis=1, keepdims=True)
    return X.T @ (P - np.eye(W.shape[1])[labels]) / len(X)


def softmax_gradient__uphill(W, X, labels):
    """The sign is reversed: this is happened minus said, and following it downhill would raise the loss."""
    return X.T @ (np.eye(W.shape[1])[labels] - _softmax(X @ W)) / len(X)


def softmax_gradient__teams_of_the_batch(W, X, labels):
    """You counted the teams in the labels. A team without a complaint in this batch still has a column in `W`."""
    return X.T @ (_softmax(X @ W) - np.eye(max(labels) + 1)[labels]) / len(X)


def softmax_gradient__right_team_only(W, X, labels):
    """Only the right team's score has a slope in your answer. Raising any other score lowers the probability of the
    right one, so those have a slope too.
    """
    happened = np.eye(W.shape[1])[labels]
    return X.T @ (happened * (_softmax(X @ W) - 1)) / len(X)


# 5. newton_logistic


def _by_weighted_least_squares(X, y, alpha, steps):
    """Return the same weights by `steps` least-squares fits: a Newton step is one, with the penalty as extra rows."""
    A = np.column_stack([np.ones(len(X)), np.asarray(X, dtype=float)])
    extra = np.sqrt(alpha) * np.eye(A.shape[1])[1:]
    w = np.zeros(A.shape[1])
    for _ in range(steps):
        p = expit(A @ w)
        root = np.sqrt(p * (1 - p))
        target = root * (A @ w) + (y - p) / root
        w = np.linalg.lstsq(np.vstack([root[:, None] * A, extra]), np.append(target, np.zeros(len(extra))))[0]
    return w


@st.composite
def _payments(draw):
    n, d = draw(between(2, 6)), draw(between(1, 2))
    flat = draw(st.lists(numbers(-2, 2, 0.5), min_size=n * d, max_size=n * d))
    y = draw(st.lists(between(0, 1), min_size=n, max_size=n).filter(lambda labels: len(set(labels)) == 2))
    alpha = draw(st.sampled_from([0.5, 1.0, 2.0, 5.0]))
    return call(np.array(flat).reshape(n, d), np.array(y), alpha, draw(between(0, 4)))


def _many(rows, columns, seed, shift=0.0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns)) @ (np.eye(columns) + 0.5) + shift
    y = (rng.random(rows) < expit(X[:, 0] - X[:, -1] - 1)).astype(int)
    return X, y


def _rare(rows=40):
    """Return payments of which three are fraud, separated by two columns."""
    X = np.column_stack([np.linspace(-1, 1, rows), np.cos(np.arange(rows))])
    return X, (np.arange(rows) >= rows - 3).astype(int)


# With a small penalty, the fifth full step raises the loss.
OVERSHOT = np.array([[7.5, 23.5], [0.5, 5.5], [3.0, -0.5], [0.5, -6.0]]), np.array([1, 0, 1, 0])
TABLES = [(*_many(80, 3, 1), 1.0), (*_many(60, 2, 2, shift=3.0), 0.25), (*_rare(), 0.5), (*_many(50, 1, 3), 10.0)]


@hints(
    "Each step needs the slope and the curvature of the same sum: the log losses of all rows, and the penalty. What "
    "does the penalty alone contribute to each of them?",
    "Slope Aᵀ(p − y) plus the penalty's alpha · w; curvature Aᵀ·diag(p(1 − p))·A plus alpha on the diagonal. A has a "
    "column of ones, and the penalty has a 0 there, in both.",
    "Compute p anew in every step; `np.linalg.solve(curvature, slope)` is what w loses. Nothing is divided by n: the "
    "loss is a sum.",
)
def check_newton_logistic(newton_logistic):
    small = np.array([[-1.0], [0.5], [2.0], [1.0]]), np.array([0, 1, 1, 0])
    agree(
        newton_logistic,
        _by_weighted_least_squares,
        on=_payments(),
        also=[
            call(*small, 1.0, 0),
            call(*small, 1.0, 1),
            call(*small, 1.0, 2),
            call(*small, 0.5, 3),
            call(*small, 2, 12),
            call(np.array([[1, 2], [3, 1], [0, 0], [2, 2], [1, 0]]), np.array([1, 1, 0, 0, 0]), 1, 2),
            call(small[0], small[1].astype(float), 4.0, 2),
            call(np.array([[-0.25], [0.25]]), np.array([0, 1]), 0.001, 2),
            call(np.array([[-1.0], [0.5], [1.0], [2.0]]), np.array([0, 0, 1, 1]), 0.0001, 8),
            call(*OVERSHOT, 0.01, 5),
            call(*_many(30, 4, 5), 0.5, 3),
            *(call(X, y, alpha, 4) for X, y, alpha in TABLES),
        ],
        examples=24,
        atol=1e-7,
    )
    for X, y, alpha in TABLES:
        library = LogisticRegression(C=1 / alpha, tol=1e-10, max_iter=10_000).fit(X, y)
        close(
            newton_logistic(X.copy(), y.copy(), alpha, 15),
            np.append(library.intercept_, library.coef_),
            what=f"15 steps on {len(X)} payments with alpha = {alpha}",
            atol=1e-5,
            rtol=1e-5,
        )


def _steps(X, y, alpha, steps, curve=1.0, curve_alpha=None, scale=1.0, free=True, slope_alpha=None, weigh=True):
    """Take Newton steps with one thing wrong."""
    A = np.column_stack([np.ones(len(X)), X])
    keep = np.ones(A.shape[1])
    keep[0] = 0.0 if free else 1.0
    curve_alpha, slope_alpha = (alpha if one is None else one for one in (curve_alpha, slope_alpha))
    w = np.zeros(A.shape[1])
    for _ in range(steps):
        p = expit(A @ w)
        H = (A.T * (p * (1 - p) if weigh else np.full(len(A), curve))) @ A * scale + np.diag(keep) * curve_alpha
        w = w - np.linalg.lstsq(H, A.T @ (p - y) * scale + slope_alpha * keep * w)[0]
    return w


def newton_logistic__unweighted_curvature(X, y, alpha, steps):
    """Your curvature counts every row alike. Weight each row by p(1 − p): near-certain rows bend the loss least."""
    return _steps(X, y, alpha, steps, weigh=False)


def newton_logistic__curvature_of_the_start(X, y, alpha, steps):
    """Your curvature never changes: p(1 − p) is 1/4 only at the start. Compute it anew in every step."""
    return _steps(X, y, alpha, steps, weigh=False, curve=0.25)


def newton_logistic__intercept_penalized(X, y, alpha, steps):
    """The intercept is penalized too, and that pushes rare classes toward one half. Leave it out of the penalty, in
    the slope and in the curvature.
    """
    return _steps(X, y, alpha, steps, free=False)


def newton_logistic__curvature_without_alpha(X, y, alpha, steps):
    """The penalty is in the slope but not in the curvature, so your steps are too long."""
    return _steps(X, y, alpha, steps, curve_alpha=0.0)


def newton_logistic__slope_without_alpha(X, y, alpha, steps):
    """The penalty is in the curvature but not in the slope: it shortens your steps, and they still lead to the
    weights without a penalty.
    """
    return _steps(X, y, alpha, steps, slope_alpha=0.0)


def newton_logistic__mean_of_losses(X, y, alpha, steps):
    """Loss and penalty must be on the same scale: here the losses are *summed*. You divided them by n, so your
    penalty is n times too strong.
    """
    return _steps(X, y, alpha, steps, scale=1 / len(X))


def newton_logistic__full_square(X, y, alpha, steps):
    """The penalty is alpha/2 times the squared weights; its slope is alpha · w, not 2 · alpha · w."""
    return _steps(X, y, 2 * alpha, steps)


def newton_logistic__inverse_alpha(X, y, alpha, steps):
    """You took alpha for the library's C, which is its inverse. A large alpha must make the weights small."""
    return _steps(X, y, 1 / alpha, steps)


def newton_logistic__one_step_more(X, y, alpha, steps):
    """You took one step too many. With `steps` = 0 all weights are still 0."""
    return _steps(X, y, alpha, steps + 1)


def newton_logistic__to_the_end(X, y, alpha, steps):
    """You went to the minimum whatever `steps` says. Take exactly that many steps."""
    return _steps(X, y, alpha, 40)


def newton_logistic__halved_steps(X, y, alpha, steps):
    """You shorten a step that would raise the loss. Solvers do, but here every step is a full one."""
    A, w = np.column_stack([np.ones(len(X)), X]), np.zeros(X.shape[1] + 1)

    def loss(w):
        return np.logaddexp(0, np.where(y == 1, -1, 1) * (A @ w)).sum() + alpha / 2 * w[1:] @ w[1:]

    for _ in range(steps):
        p = expit(A @ w)
        penalty = np.append(0.0, np.full(X.shape[1], alpha))
        step = np.linalg.lstsq((A.T * (p * (1 - p))) @ A + np.diag(penalty), A.T @ (p - y) + penalty * w)[0]
        while loss(w - step) > loss(w) + 1e-9:
            step = step / 2
        w = w - step
    return w


def newton_logistic__intercept_last(X, y, alpha, steps):
    """The numbers are right, the order isn't: the intercept comes first."""
    return np.roll(_steps(X, y, alpha, steps), -1)
