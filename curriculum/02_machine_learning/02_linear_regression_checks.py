"""Checks of `02_machine_learning/02_linear_regression`: oracles in fractions, by leaving out, by trying candidates."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from sklearn.linear_model import Lasso

from handrail.expect import (
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
    shape,
)

# 1. percent_effect


@hints(
    "The model predicts log prices. What happens to the price itself when its logarithm grows by 0.5?",
    "Adding to a logarithm multiplies the price. How many percent of the old price is the new one? And how many "
    "of them are new?",
    "With b the old log price, the new price is exp(b + coefficient * change). Divide by the old price; b cancels out.",
)
def check_percent_effect(percent_effect):
    def number(coefficient, change):
        result = percent_effect(coefficient, change)
        return result.item() if isinstance(result, np.ndarray) and result.ndim == 0 else result

    also = [call(0.5, 2), call(-0.5, 2), call(0.25, -3.0), call(2, 1), call(0.0, 5.0), call(1.5, 0)]
    steps, changes = numbers(-1, 1, step=0.05), numbers(-6, 6, step=0.5)
    agree(number, _by_two_predictions, on=(steps, changes), also=also, examples=40)
    for why, coefficient, change in (
        ("The effect is small.", 0.0013, 1),
        ("The effect is small.", -0.0004, 2.5),
        ("The coefficient is small, and the change is large.", 0.00035, 400),
        ("The coefficient is large, and the change is small.", -35.0, 0.02),
        ("The price grows to more than a thousand times itself.", 0.8, 9.0),
        ("The price nearly vanishes.", -0.9, 9.0),
        ("The numbers are NumPy's.", np.float64(0.3), np.float64(-1.5)),
    ):
        given = call(coefficient, change)
        close(number(coefficient, change), _by_two_predictions(coefficient, change), given=given, why=why)


def _by_two_predictions(coefficient, change):
    """Compare the prices of two homes, one with log price 12 and one that differs in the feature; 40 digits."""
    with localcontext() as context:
        context.prec = 40
        before = Decimal(12)
        after = before + Decimal(float(coefficient)) * Decimal(float(change))
        return float((after.exp() - before.exp()) / before.exp() * 100)


def percent_effect__straight_line(coefficient, change):
    """That is the approximation for small changes. With coefficient 0.5 and change 2 it says 100 %; the truth is
    172 %.
    """
    return 100 * coefficient * change


def percent_effect__new_price(coefficient, change):
    """This is the new price in percent of the old one. Subtract the 100 that was there before."""
    return 100 * math.exp(coefficient * change)


def percent_effect__wrong_way(coefficient, change):
    """You went the wrong way: the model is in logs, so undo them with exp."""
    with np.errstate(all="ignore"):
        return float(100 * np.log1p(coefficient * change))


def percent_effect__compounded(coefficient, change):
    """You compounded the coefficient as if it were an interest rate. It is added to the log of the price: one step
    multiplies the price by exp(coefficient), not by 1 + coefficient.
    """
    return 100 * float((1 + coefficient) ** np.float64(change) - 1) if coefficient > -1 else -100.0


def percent_effect__one_step(coefficient, change):
    """You computed the effect of growing by 1 and multiplied it. The steps multiply each other: put `change` inside the
    exponential.
    """
    return 100 * math.expm1(coefficient) * change


def percent_effect__share(coefficient, change):
    """The right share, but not in percent: multiply by 100."""
    return math.expm1(coefficient * change)


def percent_effect__size_only(coefficient, change):
    """You dropped the sign. A price that falls changes by a negative percentage."""
    return abs(100 * math.expm1(coefficient * change))


# 2. ridge_with_intercept


@st.composite
def _tables(draw, rows=(1, 7), columns=(1, 3), extra=0):
    """Draw X and y on a grid of quarters, with offsets, constant columns and integers now and then."""
    d = draw(between(*columns))
    n = draw(between(max(rows[0], d + extra), rows[1] + d))
    block = draw(arrays(st.integers(-8, 8), shape=(n, d + 1)))
    X, y = block[:, :d], block[:, d]
    if draw(st.booleans()):
        return X, y
    return X / 4 + draw(st.sampled_from([0.0, 5.0, -30.0])), y / 4 + draw(st.sampled_from([0.0, 100.0]))


@st.composite
def _households(draw):
    X, y = draw(_tables())
    return call(X, y, draw(st.sampled_from([0.25, 0.5, 1, 2.0, 7.5, 40.0])))


def _solved(system):
    """Solve linear equations in fractions, which round nothing: rows of coefficients and the right side."""
    system = [[Fraction(x) for x in row] for row in system]
    for i in range(len(system)):
        pivot = next(k for k in range(i, len(system)) if system[k][i])
        system[i], system[pivot] = system[pivot], system[i]
        system[i] = [x / system[i][i] for x in system[i]]
        for k in range(len(system)):
            if k != i and system[k][i]:
                system[k] = [x - system[k][i] * y for x, y in zip(system[k], system[i], strict=True)]
    return [row[-1] for row in system]


def _with_ones(X):
    return [[Fraction(1), *map(Fraction, row)] for row in X.tolist()]


def _ridge_exactly(X, y, alpha):
    """Set the derivatives of the penalized sum to 0, for the intercept and each weight; solve in fractions."""
    rows, targets = _with_ones(X), [Fraction(value) for value in y.tolist()]
    d = X.shape[1]
    system = [
        [sum(row[i] * row[j] for row in rows) + (Fraction(alpha) if i == j and i > 0 else 0) for j in range(d + 1)]
        + [sum(row[i] * target for row, target in zip(rows, targets, strict=True))]
        for i in range(d + 1)
    ]
    intercept, *weights = map(float, _solved(system))
    return intercept, np.array(weights)


@hints(
    "For given weights, which intercept is best? Put it into the sum of squares, and see what it does to X and y.",
    "Subtract the means of the columns and of y. Then no intercept is left, and the normal equations gain one term.",
    "The intercept comes back at the end: the fitted plane passes through the means of X and of y.",
)
def check_ridge_with_intercept(ridge_with_intercept):
    def plane(X, y, alpha, why=""):
        given = call(X, y, alpha)
        result = ridge_with_intercept(*given.copy().args)
        kind(result, (tuple, list))
        require(len(result) == 2, f"The result should hold an intercept and weights; it holds {len(result)} things.")
        intercept, weights = result
        if isinstance(intercept, np.ndarray) and intercept.ndim == 0:
            intercept = intercept.item()
        shape(np.array(weights) if isinstance(weights, list) else weights, (X.shape[1],), "the weights")
        best_intercept, best_weights = _ridge_exactly(X, y, alpha)
        close(weights, best_weights, "the weights", given, why=why)
        close(intercept, best_intercept, "the intercept", given, why=why)

    first = call(np.array([[0.0, 1.0], [2.0, 5.0], [3.0, -1.0]]), np.array([110.0, 104.0, 99.0]), 2.0)
    for_all(plane, on=_households(), also=[first], examples=24)
    for why, X, y, alpha in _telling_households():
        plane(np.array(X), np.array(y), alpha, why)


def _telling_households():
    """Return tables that a search hardly meets, each with what is special about it."""
    yield "There is one row.", [[3.0, -2.0]], [7.5], 0.5
    yield "The second column is constant.", [[1.0, 4.0], [2.0, 4.0], [4.0, 4.0]], [1.0, 3.0, 2.0], 1.0
    yield "There are more columns than rows.", [[1.0, 2.0, 0.0, 1.0], [0.0, 1.0, 3.0, -1.0]], [4.0, -2.0], 0.5
    yield "Two columns are copies.", [[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]], [1.0, 3.0, 2.0], 1.0
    yield "The target lies around 200,000.", [[1.0], [2.0], [4.0]], [200_001.0, 200_003.0, 200_002.0], 3.0
    yield "The column holds years.", [[1990.0], [2001.0], [2024.0]], [3.0, 1.0, 2.0], 50.0
    yield "alpha is small.", [[1.0, 2.0], [2.0, 1.0], [4.0, 7.0], [0.0, 3.0]], [1.0, 3.0, 2.0, 9.0], 0.001
    yield "alpha is large.", [[1.0, 2.0], [2.0, 1.0], [4.0, 7.0], [0.0, 3.0]], [1.0, 3.0, 2.0, 9.0], 1000
    yield "X and y hold integers.", [[1, 2], [2, 1], [4, 7], [0, 3]], [1, 3, 2, 9], 2
    near = [[1.0, 1.01], [2.0, 1.99], [4.0, 4.0], [3.0, 3.02]]
    yield "The two columns nearly agree.", near, [1.0, 3.0, 2.0, 9.0], 0.001
    table = (np.arange(120.0) * 37 % 11).reshape(40, 3)
    yield "There are 40 rows.", table, np.arange(40.0) % 7, 4.0


def _ridge(X, y, alpha):
    center = X.mean(axis=0)
    Z = X - center
    weights = np.linalg.solve(Z.T @ Z + alpha * np.eye(X.shape[1]), Z.T @ y)
    return float(y.mean() - center @ weights), weights


def ridge_with_intercept__intercept_punished(X, y, alpha):
    """The intercept is punished too: add 1000 to every y, and your weights change."""
    A = np.column_stack([np.ones(len(X)), X])
    intercept, *weights = np.linalg.solve(A.T @ A + alpha * np.eye(A.shape[1]), A.T @ y)
    return float(intercept), np.array(weights)


def ridge_with_intercept__times_rows(X, y, alpha):
    """The penalty in this task is alpha, not alpha times the number of rows: the *sum* of squared errors counts."""
    return _ridge(X, y, alpha * len(X))


def ridge_with_intercept__alpha_ignored(X, y, alpha):
    """alpha has no influence: these are the weights of plain least squares."""
    center = X.mean(axis=0)
    weights = np.linalg.pinv(X - center) @ y
    return float(y.mean() - center @ weights), weights


def ridge_with_intercept__intercept_of_centered_data(X, y, alpha):
    """The weights are right, but the intercept belongs to the centered data. At X = 0 the plane isn't at the mean of
    y.
    """
    return float(y.mean()), _ridge(X, y, alpha)[1]


def ridge_with_intercept__no_intercept(X, y, alpha):
    """You centered nothing, so the plane is forced through zero, and the weights must explain the level of y."""
    weights = np.linalg.solve(X.T @ X + alpha * np.eye(X.shape[1]), X.T @ y)
    return float(y.mean() - X.mean(axis=0) @ weights), weights


def ridge_with_intercept__only_y_centered(X, y, alpha):
    """You centered y but not X. The columns still carry their level, and the weights pay for it."""
    weights = np.linalg.solve(X.T @ X + alpha * np.eye(X.shape[1]), X.T @ (y - y.mean()))
    return float(y.mean() - X.mean(axis=0) @ weights), weights


def ridge_with_intercept__standardized(X, y, alpha):
    """You standardized the columns first. Then the penalty counts in standard deviations; this task asks for the
    columns as they are.
    """
    spread = np.where(X.std(axis=0) > 0, X.std(axis=0), 1)
    intercept, weights = _ridge(X / spread, y, alpha)
    return intercept, weights / spread


def ridge_with_intercept__swapped(X, y, alpha):
    """Both are right, but in the wrong order: the intercept comes first."""
    return _ridge(X, y, alpha)[::-1]


# 3. unlike_training


@st.composite
def _requests(draw):
    """Draw training rows whose columns are independent, and new rows, some of them copies of training rows."""
    d = draw(between(1, 3))
    block = draw(arrays(st.integers(-5, 5), shape=(between(d + 2, d + 6), d)))
    block[: d + 1] += 3 * np.vstack([np.zeros((1, d), dtype=int), np.eye(d, dtype=int)])
    if np.linalg.matrix_rank(np.column_stack([np.ones(len(block)), block])) <= d:
        block[: d + 1] = np.vstack([np.zeros((1, d), dtype=int), np.eye(d, dtype=int)])
        block[d + 1 :] = np.abs(block[d + 1 :]) % 2
    new = draw(arrays(st.integers(-7, 7), shape=(between(0, 4), d)))
    new = np.vstack([new, block[draw(between(0, len(block) - 1))]])[draw(between(0, 1)) :]
    offset = draw(st.sampled_from([0, 0, 20]))
    dtype = draw(st.sampled_from([float, int]))
    return call((block + offset).astype(dtype), (new + offset).astype(dtype))


def _leverages_exactly(X_train, X_new):
    """Return the leverages of training rows and new rows as fractions."""
    train, new = _with_ones(X_train), _with_ones(X_new)
    size = range(X_train.shape[1] + 1)
    gram = [[sum(row[i] * row[j] for row in train) for j in size] for i in size]
    columns = [_solved([[*gram[i], int(i == k)] for i in size]) for k in size]

    def leverage(row):
        return sum(row[i] * columns[j][i] * row[j] for i in size for j in size)

    return [leverage(row) for row in train], [leverage(row) for row in new]


def _unlike_exactly(X_train, X_new):
    of_train, of_new = _leverages_exactly(X_train, X_new)
    return [at for at, value in enumerate(of_new) if value > max(of_train) + Fraction(1, 10**9)]


@equivalent(
    "distances(X_new) > distances(X_train).max() + 1e-09",
    "distances(X_new) >= distances(X_train).max() + 1e-09",
    because="no leverage is larger by exactly 1e-9",
)
@hints(
    "Leverage is a distance from the middle of the training rows, in a ruler that knows how far and in which direction "
    "they spread. Which rows may that ruler be made of?",
    "Put a column of ones before both tables. One small square matrix, from the training rows alone, serves all rows.",
    "For rows in a matrix A, the leverages are `((A @ inverse) * A).sum(axis=1)`. Compute them for both tables; two "
    "that are equal on paper may differ in the sixteenth digit.",
)
def check_unlike_training(unlike_training):
    def positions(X_train, X_new):
        result = unlike_training(X_train, X_new)
        kind(result, (list, tuple, np.ndarray))
        whole = all(isinstance(at, int | np.integer) and not isinstance(at, bool) for at in list(result))
        require(whole, "The result should hold positions: whole numbers.", call(X_train, X_new))
        return [int(at) for at in result]

    nobody = call(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 4.0], [4.0, 4.0]]), np.empty((0, 2)))
    agree(positions, _unlike_exactly, on=_requests(), also=[nobody, *_telling_requests()], examples=20)
    for why, X_train, X_new in _nearly_equal():
        given = call(X_train, X_new)
        close(positions(*given.copy().args), _unlike_exactly(X_train, X_new), given=given, why=why)


def _telling_requests():
    """Return tables that a search hardly meets."""
    homes = np.array([[40.0, 1], [60, 2], [80, 3], [100, 4], [120, 5], [160, 6], [200, 8], [240, 9], [90, 3]])
    inside = np.array([[45.0, 9], [100, 4], [240, 9], [200, 2], [250, 10], [-500, 4], [100, 15]])
    yield call(homes, inside)
    yield call(homes, inside[:1])
    yield call(homes, inside[1:2])
    elsewhere, others = np.array([2000.0, -70.0]), inside[[0, 3, 4, 5, 6]]  # no copies: rounding counts more here
    yield call(homes * [1000.0, 0.01], others * [1000.0, 0.01])
    yield call(homes + elsewhere, others + elsewhere)
    yield call(np.array([[0.0], [1.0], [2.0], [3.0], [4.0]]), np.array([[4.0], [0.0], [4.01], [-0.01], [2.0]]))
    yield call(np.array([[1.1], [1.2], [1.4], [1.7]]), np.array([[1.0], [1.7], [1.1]]))
    yield call(np.array([[1.0], [2.0], [4.0]]), np.array([[4.0], [4.0], [5.0], [5.0], [0.0], [-9.0]]))
    yield call(np.array([[3.0], [5.0]]), np.array([[3.0], [5.0], [4.0], [5.25], [0.0]]))
    yield call(np.array([[0], [0], [0], [0], [1], [2]]), np.array([[-0.75], [2.5], [-2.0]]))  # copies in training
    cloud = np.random.default_rng(3).integers(-20, 20, (45, 2)) * np.linspace(0.5, 1.5, 45)[:, None] // 0.25 * 0.25
    yield call(cloud, cloud[::3] * 1.25 + 1)


def _nearly_equal():
    """Return tables in which leverages differ by next to nothing, each with what is special about it."""
    five = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]])
    yield "Row 1 exceeds the largest leverage by 1.5e-9.", five, np.array([[2.0], [4 + 3.75e-9]])
    corners = np.array([[5, 0], [0, 5], [-5, 0], [0, -5]])
    circle = np.array([[3, 4], [4, 3], [-3, 4], [4, -3], [-4, -3], [-3, -4], [3, -4], [-4, 3]])
    for scale, middle in ((0.1, [0.3, 0.7]), (0.7, [11.1, -3.3])):
        yield "On paper, all leverages are equal.", scale * corners + middle, scale * circle + middle


def _measured(X_train, X_new, ruler):
    """Return the positions of new rows that a (wrong) ruler puts beyond all training rows."""
    X_train, X_new = X_train.astype(float), X_new.astype(float)
    return np.flatnonzero(ruler(X_new) > ruler(X_train).max() + 1e-9).tolist()


def _leverage(Z, A):
    return np.einsum("ij,jk,ik->i", A, np.linalg.pinv(Z.T @ Z), A)


def _ones(X):
    return np.column_stack([np.ones(len(X)), X.astype(float)])


def unlike_training__box(X_train, X_new):
    """You compare each column with its range. Each can be inside it, and the combination may still be one that never
    occurred: a car one year old with 200,000 km. (And outside the box isn't always beyond all training rows.)
    """
    outside = (X_new < X_train.min(axis=0)) | (X_new > X_train.max(axis=0))
    return np.flatnonzero(outside.any(axis=1)).tolist()


def unlike_training__ruler_of_the_new_rows(X_train, X_new):
    """The ruler must come from the training rows. Made from the new rows, it lets one strange row look normal."""
    if not len(X_new):
        return []
    new, train = _ones(X_new), _ones(X_train)
    return np.flatnonzero(_leverage(new, new) > _leverage(train, train).max() + 1e-9).tolist()


def unlike_training__no_ones(X_train, X_new):
    """Without a column of ones you measure the distance from zero, not from the middle of the training rows."""
    return _measured(X_train, X_new, lambda X: _leverage(X_train.astype(float), X))


def unlike_training__plain_distance(X_train, X_new):
    """You measured plain distances from the mean. Columns have different spreads and lean together; the leverage knows
    that.
    """
    middle = X_train.mean(axis=0)
    return _measured(X_train, X_new, lambda X: np.linalg.norm(X - middle, axis=1))


def unlike_training__columns_one_by_one(X_train, X_new):
    """You scaled each column, but ignored that they lean together. Two ordinary values can be a combination that never
    occurred.
    """
    middle, spread = X_train.mean(axis=0), X_train.std(axis=0)
    return _measured(X_train, X_new, lambda X: (((X - middle) / spread) ** 2).sum(axis=1))


def unlike_training__joined(X_train, X_new):
    """You put the new row among the training rows before measuring. Then it bends the ruler: its leverage becomes
    h / (1 + h), and it looks more normal than it is.
    """
    train = _ones(X_train)
    highest = _leverage(train, train).max()
    joined = [np.vstack([train, row]) for row in _ones(X_new)]
    return [at for at, Z in enumerate(joined) if _leverage(Z, Z[-1:])[0] > highest + 1e-9]


def unlike_training__copies_flagged(X_train, X_new):
    """A new row with the largest leverage of the training rows (a copy of that row, say) doesn't exceed it."""
    train = _ones(X_train)
    return np.flatnonzero(_leverage(train, _ones(X_new)) > _leverage(train, train).max() - 1e-9).tolist()


def unlike_training__rule_of_thumb(X_train, X_new):
    """You compare with twice the mean leverage, a rule of thumb. The task compares with the largest of the training
    rows.
    """
    train = _ones(X_train)
    return np.flatnonzero(_leverage(train, _ones(X_new)) > 2 * train.shape[1] / len(train) + 1e-9).tolist()


def unlike_training__flags(X_train, X_new):
    """The right rows, but as True and False. The task asks for their positions."""
    train = _ones(X_train)
    return (_leverage(train, _ones(X_new)) > _leverage(train, train).max() + 1e-9).tolist()


# 4. influential_rows


@st.composite
def _trials(draw):
    """Draw small tables that keep what the docstring promises, and a k."""
    X, y = draw(_tables(rows=(4, 8), columns=(1, 2), extra=3))
    order = np.arange(len(X))
    X = X.copy()
    X[:, 0] = X[:, 0] + 2 * order  # makes equal rows and dependent columns rare
    k = draw(between(0, len(X) + 1))
    return call(X, y, k) if _promised(X, y) else call(*_example(len(X)), k)


def _example(n):
    order = np.arange(float(n))
    return np.column_stack([order, order**2 % 5]), order**3 % 7


def _promised(X, y):
    """Whether columns are independent, leverages below 1, residuals not 0, distances different."""
    A = _ones(X)
    if np.linalg.matrix_rank(A) < A.shape[1]:
        return False
    Q, _ = np.linalg.qr(A)
    leverage, residual = (Q**2).sum(axis=1), y - Q @ (Q.T @ y)
    if leverage.max() > 0.999 or residual @ residual < 1e-3:
        return False
    distances = np.sort(residual**2 * leverage / (1 - leverage) ** 2)
    return bool((np.diff(distances) > 1e-6 * distances[1:]).all() and distances[0] > 1e-9 * distances[-1])


def _by_leaving_out(X, y, k):
    """Fit once for each row that is left out, and see how far all predictions move."""
    A = _ones(X)
    fitted = A @ np.linalg.lstsq(A, y)[0]
    moved = []
    for at in range(len(A)):
        others = np.arange(len(A)) != at
        moved.append(float(((fitted - A @ np.linalg.lstsq(A[others], y[others])[0]) ** 2).sum()))
    return sorted(range(len(A)), key=lambda at: -moved[at])[:k]


@hints(
    "Cook's distance asks how far all predictions move when one row is left out. Which two numbers of a row decide it?",
    "A column of ones, then the hat matrix: its diagonal holds the leverages, and it turns y into predictions. What of "
    "the formula in the lesson is the same for every row?",
    "Residual² · leverage / (1 − leverage)², and then `argsort` of what makes the largest come first.",
)
def check_influential_rows(influential_rows):
    def positions(X, y, k):
        result = influential_rows(X, y, k)
        kind(result, (list, tuple, np.ndarray))
        whole = all(isinstance(at, int | np.integer) and not isinstance(at, bool) for at in list(result))
        require(whole, "The result should hold positions: whole numbers.", call(X, y, k))
        return [int(at) for at in result]

    agree(positions, _by_leaving_out, on=_trials(), also=[*_telling_trials()], examples=24)


def _telling_trials():
    """Return tables that a search hardly meets."""
    order = np.arange(9.0)
    far = np.append(order, 60.0)
    on_the_line = np.append(2 * order + [0, 1, -1, 2, 0, -2, 1, 0.5, -1], 120.0)
    yield call(far[:, None], on_the_line, 2)
    yield call(far[:, None], np.append(on_the_line[:9], 20.0), 1)
    yield call(far[:, None], np.append(on_the_line[:9], 20.0), 10)
    yield call(far[:, None], np.append(on_the_line[:9], 20.0), 50)
    yield call(far[:, None], np.append(on_the_line[:9], 20.0), 0)
    years = np.array([[1990.0], [1991], [1993], [1996], [2000], [2005], [2024]])
    yield call(years, np.array([200_100.0, 200_000, 200_300, 200_150, 200_400, 200_900, 200_200]), 3)
    yield call(years.astype(int), np.array([3, 1, 4, 1, 5, 9, 2]), 7)
    X = np.column_stack([order, (order * 7) % 5 + (order == 3), (order**2) % 4])  # without the 1, two rows tie
    yield call(X, (order * 5) % 7, 4)
    yield call(X * [1e4, 1.0, 1e-3], (order * 5) % 7, 9)
    yield call(X, -((order * 5) % 7) * 1e-3, 9)
    many = np.column_stack([np.arange(80.0) * 29 % 83, np.arange(80.0) * 17 % 61])
    yield call(many, np.arange(80.0) ** 2 % 47 + 0.25 * many[:, 0], 12)


def _ranked(X, y, k, score, ones=True):
    A = _ones(X) if ones else X.astype(float)
    H = A @ np.linalg.pinv(A)
    leverage = np.diag(H)
    return np.argsort(-score(y - H @ y, leverage), kind="stable")[:k].tolist()


def _cook(residual, leverage):
    return residual**2 * leverage / (1 - leverage) ** 2


def influential_rows__largest_residual(X, y, k):
    """You sorted by the residual. A row that drags the line toward itself has a small one: combine it with the
    leverage.
    """
    return _ranked(X, y, k, lambda residual, leverage: np.abs(residual))


def influential_rows__leverage_only(X, y, k):
    """You sorted by the leverage. A row that is far away but lies on the line does no harm: combine it with the
    residual.
    """
    return _ranked(X, y, k, lambda residual, leverage: leverage)


def influential_rows__through_zero(X, y, k):
    """Your leverages belong to a line through zero: the column of ones is missing."""
    with np.errstate(all="ignore"):
        return _ranked(X, y, k, _cook, ones=False)


def influential_rows__as_if_left_out(X, y, k):
    """Residual / (1 − leverage) is the error of a row that was left out. Cook's distance asks how far *all* predictions
    move, and has the leverage as one more factor.
    """
    return _ranked(X, y, k, lambda residual, leverage: np.abs(residual) / (1 - leverage))


def influential_rows__not_corrected(X, y, k):
    """Residual² times leverage isn't enough: the residual is measured from a line that the row itself has moved. Divide
    by (1 − leverage)².
    """
    return _ranked(X, y, k, lambda residual, leverage: residual**2 * leverage)


def influential_rows__corrected_once(X, y, k):
    """You divided by 1 − leverage once, without the square."""
    return _ranked(X, y, k, lambda residual, leverage: residual**2 * leverage / (1 - leverage))


def influential_rows__smallest_first(X, y, k):
    """The rows with the smallest distances came back. Sort from the largest down, then cut."""
    return _ranked(X, y, k, lambda residual, leverage: -_cook(residual, leverage))


def influential_rows__in_table_order(X, y, k):
    """The right rows, in the order of the table. The most influential one comes first."""
    return sorted(_ranked(X, y, k, _cook))


# 5. lasso_weights


@st.composite
def _clinics(draw):
    X, y = draw(_tables(rows=(1, 6), columns=(1, 3)))
    return call(X, y, draw(st.sampled_from([0.125, 0.25, 0.5, 1, 2.0])), draw(between(0, 4)))


def _by_trying_candidates(X, y, alpha, sweeps):
    """Set each weight to the best of three candidates: 0, and where either slope of |w| balances. Plain Python."""
    n, targets = len(X), [float(value) for value in y]
    columns = [[float(x) for x in column] for column in X.T]
    moving = [max(column) > min(column) for column in columns]
    columns = [[x - math.fsum(column) / n for x in column] for column in columns]
    left = [target - math.fsum(targets) / n for target in targets]
    weights = [0.0] * len(columns)
    for _ in range(sweeps):
        for j, column in enumerate(columns):
            if moving[j]:
                without = [r + weights[j] * x for r, x in zip(left, column, strict=True)]
                weights[j] = _best_of_three(column, without, alpha)
                left = [r - weights[j] * x for r, x in zip(without, column, strict=True)]
    return np.array(weights)


def _best_of_three(column, target, alpha):
    n, square = len(column), math.fsum(x * x for x in column)
    product = math.fsum(x * r for x, r in zip(column, target, strict=True))
    candidates = [0.0, (product - alpha * n) / square, (product + alpha * n) / square]
    return min(candidates, key=lambda w: (square * w * w - 2 * product * w) / (2 * n) + alpha * abs(w))


@hints(
    "Keep a residual, y minus the prediction, beside the weights. What could column j explain if its weight were 0?",
    "Center X and y once. Then for each column: its product with the residual plus what it explains already; moved "
    "toward zero; divided by its sum of squares.",
    "The threshold on the *sum* of products is alpha * n, since the squared error is divided by n. After each weight, "
    "before the next, the residual changes by the old weight minus the new one, times the column.",
)
def check_lasso_weights(lasso_weights):
    def weights(X, y, alpha, sweeps):
        result = lasso_weights(X, y, alpha, sweeps)
        shape(np.array(result) if isinstance(result, list) else result, (X.shape[1],))
        return result

    first = call(np.array([[0.0, 1.0], [2.0, 2.0], [3.0, 4.0]]), np.array([10.0, 14.0, 15.0]), 0.5, 2)
    agree(weights, _by_trying_candidates, on=_clinics(), also=[first], examples=22)
    for why, X, y, alpha, sweeps in _telling_clinics():
        given = call(np.array(X), np.array(y), alpha, sweeps)
        close(weights(*given.copy().args), _by_trying_candidates(*given.args), given=given, why=why)
    for why, X, y, alpha in _converging():
        given = call(X, y, alpha, 150)
        final = weights(*given.copy().args)
        in_library = Lasso(alpha=alpha, tol=1e-10, max_iter=100_000).fit(X, y).coef_
        close(final, in_library, given=given, atol=1e-4, rtol=1e-4, why=f"{why} scikit-learn's Lasso says otherwise.")
        zeros = np.asarray(final, dtype=float)[in_library == 0]
        require(not zeros.any(), "Weights that the penalty switches off should be exactly 0.", given)


def _telling_clinics():
    """Return tables that a search hardly meets, each with what is special about it."""
    lean = [[0.0, 1.0, 0.5], [1.0, 1.5, 1.5], [2.0, 2.0, 2.5], [3.0, 4.5, 3.0], [4.0, 4.0, 5.0]]
    yield "The columns lean together.", lean, [1.0, -2.0, 4.0, 0.0, 9.0], 0.125, 6
    late = [[1.0, 0.0], [1.0, 3.0], [0.0, 0.0]]
    yield "The first weight is 0 after sweep 1, but not after sweep 2.", late, [0.0, 2.0, 2.0], 0.25, 2
    yield "There is one row.", [[3.0, -2.0]], [7.5], 0.5, 3
    yield "The first column is constant.", [[4.0, 1.0], [4.0, 2.0], [4.0, 4.0]], [1.0, 3.0, 9.0], 0.25, 2
    yield "The constant is 0.1.", [[0.1, 1.0], [0.1, 2.0], [0.1, 4.0]], [0.1, 0.7, 0.2], 0.05, 2
    yield "There are more columns than rows.", [[1.0, 2.0, 0.0, 1.0], [0.0, 1.0, 3.0, -1.0]], [4.0, -2.0], 0.125, 5
    yield "Both weights are negative.", [[1.0, 0.0], [-1.0, 0.0], [0.0, 2.0], [0.0, -2.0]], [-3.0, 3.0, -5, 5], 0.5, 1
    yield "alpha is larger than anything the columns explain.", lean, [1.0, -2.0, 4.0, 0.0, 9.0], 100.0, 3
    thousands = [1000.0, -2000.0, 4000.0, 0.0, 9000.0]
    yield "The target is in thousands.", lean, thousands, 300.0, 3
    yield "No sweep is asked for.", lean, [1.0, -2.0, 4.0, 0.0, 9.0], 0.5, 0
    yield "X and y hold integers.", [[1, 2], [2, 1], [4, 7], [0, 3]], [1, 3, 2, 9], 0.25, 3
    yield "The target lies around 1,000.", lean, [1001.0, 998.0, 1004.0, 1000.0, 1009.0], 0.25, 3
    small = np.array(lean) / 512
    yield "The columns are small.", small, [1.0, -2.0, 4.0, 0.0, 9.0], 1 / 1024, 3


def _converging():
    """Return larger tables on which 150 sweeps reach the end."""
    rng = np.random.default_rng(2)
    common = rng.standard_normal((40, 1))
    alike = 2 * common + rng.standard_normal((40, 4))  # correlations of about 0.8
    y = alike @ [1.0, -0.5, 0.0, 0.0] + rng.standard_normal(40)
    yield "The four columns correlate by about 0.8.", alike, y, 0.1
    yield "The four columns correlate by about 0.8.", alike, y + 50, 0.4
    wide = rng.standard_normal((30, 6)) * np.linspace(0.5, 3, 6) + 4
    yield (
        "There are six columns of different spread.",
        wide,
        wide[:, :2] @ [3.0, -2.0] + rng.standard_normal(30),
        0.5,
    )


def _descended(X, y, alpha, sweeps, update=None, center=True, threshold=None):
    """Run coordinate descent with one rule replaced."""
    n, d = X.shape
    Z = X - X.mean(axis=0) if center else X.astype(float)
    residual = y - y.mean() if center else y.astype(float)
    weights, squares = np.zeros(d), (Z**2).sum(axis=0)
    charge = alpha * n if threshold is None else threshold(alpha, n)
    update = update or (lambda rho, charge, square: np.sign(rho) * max(abs(rho) - charge, 0) / square)
    for _ in range(sweeps):
        for j in range(d):
            if np.ptp(X[:, j]) == 0 and (center or squares[j] == 0):
                continue
            rho = Z[:, j] @ residual + squares[j] * weights[j]
            new = update(rho, charge, squares[j])
            residual = residual - (new - weights[j]) * Z[:, j]
            weights[j] = new
    return weights


def lasso_weights__residual_once_per_sweep(X, y, alpha, sweeps):
    """You compute the residual once per sweep. With columns that lean together, each of them then explains the same
    part again, and the weights swing or grow: update the residual after each weight.
    """
    n, d = X.shape
    Z, target = X - X.mean(axis=0), y - y.mean()
    weights, squares = np.zeros(d), (Z**2).sum(axis=0)
    moving = np.ptp(X, axis=0) > 0
    for _ in range(sweeps):
        with np.errstate(all="ignore"):
            rho = Z.T @ (target - Z @ weights) + squares * weights
            soft = np.sign(rho) * np.maximum(np.abs(rho) - alpha * n, 0)
        weights = np.where(moving, soft / np.where(moving, squares, 1), 0)
    return weights


def lasso_weights__penalty_too_small(X, y, alpha, sweeps):
    """Your penalty is n times too small. The squared error is divided by n, so a threshold on the *sum* of products is
    alpha * n.
    """
    return _descended(X, y, alpha, sweeps, threshold=lambda alpha, n: alpha)


def lasso_weights__penalty_halved(X, y, alpha, sweeps):
    """Your penalty is half as large as it should be. The squared error is divided by 2n, and the 2 cancels with the one
    from the derivative.
    """
    return _descended(X, y, alpha, sweeps, threshold=lambda alpha, n: alpha * n / 2)


def lasso_weights__negatives_cut(X, y, alpha, sweeps):
    """Negative weights were cut to zero. Shrink toward zero from both sides."""
    return _descended(X, y, alpha, sweeps, update=lambda rho, charge, square: max(rho - charge, 0) / square)


def lasso_weights__ridge(X, y, alpha, sweeps):
    """That is ridge: the weights shrink, but none becomes exactly zero. Subtract the penalty before you divide."""
    return _descended(X, y, alpha, sweeps, update=lambda rho, charge, square: rho / (square + charge))


def lasso_weights__kept_or_dropped(X, y, alpha, sweeps):
    """You set small weights to zero but didn't shrink the others. The penalty moves every weight toward zero."""
    return _descended(
        X, y, alpha, sweeps, update=lambda rho, charge, square: rho / square if abs(rho) > charge else 0.0
    )


def lasso_weights__shrinks_upward(X, y, alpha, sweeps):
    """You subtracted the penalty whatever the sign: negative weights grew instead of shrinking."""
    return _descended(
        X, y, alpha, sweeps, update=lambda rho, charge, square: (rho - charge) / square if abs(rho) > charge else 0.0
    )


def lasso_weights__no_intercept(X, y, alpha, sweeps):
    """You left out the intercept, so the weights must explain the level of y. Center X and y first."""
    return _descended(X, y, alpha, sweeps, center=False)


def lasso_weights__only_y_centered(X, y, alpha, sweeps):
    """You centered y but not X. The intercept then stays at the mean of y, instead of following the weights."""
    return _descended(X, y - y.mean(), alpha, sweeps, center=False)


def lasso_weights__zero_for_good(X, y, alpha, sweeps):
    """A weight that is 0 after your first sweep stays 0. Look at every column in every sweep: when the others have
    moved, it may be needed.
    """
    n, d = X.shape
    Z, target = X - X.mean(axis=0), y - y.mean()
    weights, squares = np.zeros(d), (Z**2).sum(axis=0)
    for sweep in range(sweeps):
        for j in range(d):
            if np.ptp(X[:, j]) > 0 and (sweep == 0 or weights[j]):
                rho = Z[:, j] @ (target - Z @ weights) + squares[j] * weights[j]
                weights[j] = np.sign(rho) * max(abs(rho) - alpha * n, 0) / squares[j]
    return weights


def lasso_weights__standardized(X, y, alpha, sweeps):
    """You standardized the columns. Then the penalty counts in standard deviations; this task leaves the columns as
    they are.
    """
    spread = np.where(X.std(axis=0) > 0, X.std(axis=0), 1)
    return _descended(X / spread, y, alpha, sweeps) / spread


def lasso_weights__until_it_settles(X, y, alpha, sweeps):
    """You sweep until the weights settle. The task asks for exactly `sweeps` sweeps, and none if it is 0."""
    return _descended(X, y, alpha, 100)


def lasso_weights__one_sweep(X, y, alpha, sweeps):
    """You stop after one sweep. When the columns lean together, a later weight changes what an earlier one should
    be.
    """
    return _descended(X, y, alpha, min(sweeps, 1))


def lasso_weights__last_column_first(X, y, alpha, sweeps):
    """You go from the last column to the first. Both ways end at the same weights, but after few sweeps they differ."""
    return _descended(X[:, ::-1], y, alpha, sweeps)[::-1]
