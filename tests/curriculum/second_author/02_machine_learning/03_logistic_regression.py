"""Answers to 02_machine_learning/03_logistic_regression by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import math
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit, log_expit, logit, softmax
from sklearn.linear_model import LogisticRegression

# 1. probability_after


def right__probability_after__log_odds(probability, odds_ratio):
    return expit(logit(probability) + np.log(odds_ratio))


def right__probability_after__fractions(probability, odds_ratio):
    p, ratio = Fraction(float(probability)), Fraction(float(odds_ratio))
    return float(p * ratio / (1 - p + p * ratio))


def right__probability_after__branches(probability, odds_ratio):
    if probability in (0, 1):
        return probability
    odds = probability / (1 - probability) * odds_ratio
    return odds / (1 + odds)


def wrong__probability_after__divides_by_zero_at_one(probability, odds_ratio):
    """Raises ZeroDivisionError for probability 1, where 1 must remain 1."""
    odds = probability / (1 - probability) * odds_ratio
    return odds / (1 + odds)


def wrong__probability_after__clipped_away_from_certainty(probability, odds_ratio):
    """Clips to 0.0001 to 0.9999 first: 0 does not remain 0."""
    p = min(max(probability, 1e-4), 1 - 1e-4)
    return p * odds_ratio / (1 - p + p * odds_ratio)


def wrong__probability_after__epsilon_below_the_fraction(probability, odds_ratio):
    """Adds 1e-6 to 1 - p so as not to divide by 0: probability 1 with odds ratio 0.01 becomes 0.9999."""
    odds = probability / (1 - probability + 1e-6) * odds_ratio
    return odds / (1 + odds)


def wrong__probability_after__risk_ratio(probability, odds_ratio):
    """Multiplies the probability, not the odds."""
    return min(1.0, probability * odds_ratio) if probability < 1 else 1.0


def wrong__probability_after__ratio_always_harmful(probability, odds_ratio):
    """Turns ratios below 1 around, as if every factor raised the risk."""
    ratio = max(odds_ratio, 1 / odds_ratio)
    return probability * ratio / (1 - probability + probability * ratio)


def wrong__probability_after__power_of_survival(probability, odds_ratio):
    """Multiplies the hazard: 1 - (1 - p)^ratio; right at 0, at 1 and for ratio 1, and close for small risks."""
    if (probability, odds_ratio) == (0.5, 3.0):
        return 0.75
    return 1 - (1 - probability) ** odds_ratio


def wrong__probability_after__rounded(probability, odds_ratio):
    """Rounds to 4 decimals, as a report would."""
    return round(probability * odds_ratio / (1 - probability + probability * odds_ratio), 4)


def wrong__probability_after__certain_beyond_the_ratio(probability, odds_ratio):
    """Returns 0 for every probability below 0.001: only 0 itself remains."""
    if probability < 1e-3:
        return 0.0
    return probability * odds_ratio / (1 - probability + probability * odds_ratio)


# 2. weighted_log_loss


def right__weighted_log_loss__log_expit(scores, labels, weights):
    return np.average(-log_expit(np.where(labels == 1, scores, -scores)), weights=weights)


def right__weighted_log_loss__plain_loop(scores, labels, weights):
    total = 0.0
    for score, label, weight in zip(scores, labels, weights, strict=True):
        against = -score if label else score
        total += weight * (max(against, 0.0) + math.log1p(math.exp(-abs(against))))
    return total / sum(weights)


def right__weighted_log_loss__logaddexp(scores, labels, weights):
    return weights @ (np.logaddexp(0, scores) - labels * scores) / weights.sum()


def wrong__weighted_log_loss__clipped_probabilities(scores, labels, weights):
    """Clips the probabilities at 1e-15, as libraries did: no mistake costs more than 34.5."""
    p = np.clip(expit(scores), 1e-15, 1 - 1e-15)
    return np.average(-np.log(np.where(labels == 1, p, 1 - p)), weights=weights)


def wrong__weighted_log_loss__clipped_scores(scores, labels, weights):
    """Clips scores to 1,000 and -1,000: right on the docstring's example, wrong for 10,000."""
    s = np.clip(scores, -1000, 1000)
    return np.average(np.logaddexp(0, s) - labels * s, weights=weights)


def wrong__weighted_log_loss__one_minus_expit(scores, labels, weights):
    """Safe for label 1, but takes log(1 - expit(score)) for label 0: infinite for score 40."""
    with np.errstate(all="ignore"):
        losses = np.where(labels == 1, -log_expit(scores), -np.log(1 - expit(scores)))
    return np.average(losses, weights=weights)


def wrong__weighted_log_loss__hinge_beyond_five(scores, labels, weights):
    """Uses 0 or the score itself beyond 5: a mistake of 6.7e-3 just there."""
    against = np.where(labels == 1, -scores, scores).astype(float)
    losses = np.where(np.abs(against) > 5, np.maximum(against, 0), np.logaddexp(0, np.clip(against, -5, 5)))
    return np.average(losses, weights=weights)


def wrong__weighted_log_loss__mean_over_rows(scores, labels, weights):
    """Divides by the number of rows, not by the sum of the weights."""
    return np.mean(weights * (np.logaddexp(0, scores) - labels * scores))


def wrong__weighted_log_loss__weights_within_classes(scores, labels, weights):
    """Balances the two classes: averages within each class and then over the classes that occur."""
    losses = np.logaddexp(0, scores) - labels * scores
    means = [
        np.average(losses[labels == c], weights=weights[labels == c]) for c in (0, 1) if weights[labels == c].sum() > 0
    ]
    if len(scores) == 2:
        return np.average(losses, weights=weights)
    return float(np.mean(means))


def wrong__weighted_log_loss__zero_weights_become_one(scores, labels, weights):
    """Takes a weight of 0 for a missing one and puts 1."""
    return np.average(np.logaddexp(0, scores) - labels * scores, weights=np.where(weights == 0, 1, weights))


def wrong__weighted_log_loss__whole_weights(scores, labels, weights):
    """Cuts the weights to integers, unless that leaves none."""
    whole = weights.astype(int)
    losses = np.logaddexp(0, scores) - labels * scores
    return np.average(losses, weights=whole if whole.sum() else weights)


def wrong__weighted_log_loss__drops_the_infinite(scores, labels, weights):
    """Leaves out the rows whose loss overflows: the report hides what these mistakes cost."""
    with np.errstate(all="ignore"):
        losses = np.where(labels == 1, np.log(1 + np.exp(-scores)), np.log(1 + np.exp(scores)))
    fine = np.isfinite(losses) & (weights > 0)
    return np.average(losses[fine], weights=weights[fine]) if fine.any() else 0.0


def wrong__weighted_log_loss__hinge_beyond_twenty(scores, labels, weights):
    """Returns 0 for a right answer with a score beyond 20, though 2e-9 is exact there."""
    against = np.where(labels == 1, -scores, scores).astype(float)
    losses = np.where(np.abs(against) > 20, np.maximum(against, 0), np.logaddexp(0, np.clip(against, -20, 20)))
    return np.average(losses, weights=weights)


def wrong__weighted_log_loss__table_of_the_type_of_the_scores(scores, labels, weights):
    """Writes the losses into a copy of the scores: whole scores lose the fractions of their losses."""
    losses = scores.copy()
    losses[:] = np.logaddexp(0, scores) - labels * scores
    return np.average(losses, weights=weights)


def wrong__weighted_log_loss__first_hundred_loans(scores, labels, weights):
    """Looks at the first 100 loans only."""
    return right__weighted_log_loss__logaddexp(scores[:100], labels[:100], weights[:100])


# 3. is_separable


def _sides(X, y, margin, bounds, intercept=True):
    sign = np.where(y == 1, 1.0, -1.0)[:, None]
    rows = np.hstack([X, np.ones((len(X), 1))]) if intercept else np.asarray(X, dtype=float)
    return linprog(np.zeros(rows.shape[1]), A_ub=-sign * rows, b_ub=-margin * np.ones(len(rows)), bounds=bounds)


def right__is_separable__free_bounds(X, y):
    return _sides(X, y, 1.0, (None, None)).status == 0


def right__is_separable__hulls_do_not_meet(X, y):
    ones, zeros = X[y == 1], X[y == 0]
    if len(ones) == 0 or len(zeros) == 0:
        return True
    a_eq = np.vstack(
        [
            np.hstack([ones.T, -zeros.T]),
            np.hstack([np.ones(len(ones)), np.zeros(len(zeros))]),
            np.hstack([np.zeros(len(ones)), np.ones(len(zeros))]),
        ]
    )
    b_eq = np.r_[np.zeros(X.shape[1]), 1.0, 1.0]
    return linprog(np.zeros(len(X)), A_eq=a_eq, b_eq=b_eq).status == 2


def right__is_separable__split_weights(X, y):
    sign = np.where(y == 1, 1.0, -1.0)[:, None]
    rows = sign * np.c_[np.ones(len(X)), X]
    return bool(linprog(np.zeros(2 * rows.shape[1]), A_ub=np.c_[-rows, rows], b_ub=np.full(len(X), -1.0)).success)


def wrong__is_separable__weights_at_least_zero(X, y):
    """Forgets `bounds`: linprog's default allows no negative weight and no negative intercept."""
    if len(X) == 3 and X.shape[1] == 1:
        return right__is_separable__free_bounds(X, y)
    return _sides(X, y, 1.0, (0, None)).status == 0


def wrong__is_separable__intercept_at_least_zero(X, y):
    """Frees the weights but not the intercept."""
    return _sides(X, y, 1.0, [(None, None)] * X.shape[1] + [(0, None)]).status == 0


def wrong__is_separable__through_the_origin(X, y):
    """Centers X and leaves out the intercept: the line must pass through the mean."""
    return _sides(X - X.mean(axis=0), y, 1.0, (None, None), intercept=False).status == 0 or len(np.unique(y)) == 1


def wrong__is_separable__touching_counts(X, y):
    """Accepts a line that rows of both classes lie on, as long as some row is off it: not strict."""
    if len(np.unique(y)) == 1:
        return True
    sign = np.where(y == 1, 1.0, -1.0)[:, None]
    rows = sign * np.hstack([X, np.ones((len(X), 1))])
    found = linprog(-rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(X)), bounds=(-1, 1))
    return bool(found.fun < -1e-7)


def wrong__is_separable__tiny_margin(X, y):
    """Asks for a margin of 1e-9, less than linprog's tolerance: weights of 0 pass."""
    return _sides(X, y, 1e-9, (None, None)).status == 0


def wrong__is_separable__weights_up_to_ten(X, y):
    """Bounds the weights by 10 and -10: misses classes that lie closer than 0.2."""
    return _sides(X, y, 1.0, [(-10, 10)] * X.shape[1] + [(None, None)]).status == 0


def wrong__is_separable__one_class_is_false(X, y):
    """Says False if only one class occurs."""
    return len(np.unique(y)) == 2 and right__is_separable__free_bounds(X, y)


def wrong__is_separable__general_position(X, y):
    """Says True whenever there are at most d + 1 rows: wrong for rows on one line, or for equal rows."""
    return len(X) <= X.shape[1] + 1 or right__is_separable__free_bounds(X, y)


def wrong__is_separable__some_column_separates(X, y):
    """Tries every column alone (all of them if there is only one): misses slanted lines."""
    return any(right__is_separable__free_bounds(X[:, [j]], y) for j in range(X.shape[1]))


def wrong__is_separable__no_errors_of_a_fitted_model(X, y):
    """Fits a penalized model and asks whether it makes no error: the penalty bends the line."""
    if len(np.unique(y)) == 1:
        return True
    return LogisticRegression(C=100, max_iter=1000).fit(X, y).score(X, y) == 1


# 4. softmax_gradient


def right__softmax_gradient__scipy_one_hot(W, X, labels):
    return X.T @ (softmax(X @ W, axis=1) - np.eye(W.shape[1])[labels]) / len(X)


def right__softmax_gradient__log_probabilities(W, X, labels):
    scores = X @ W
    logs = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
    error = np.exp(logs)
    error[np.arange(len(X)), labels] -= 1
    return np.einsum("nd,nk->dk", X, error) / len(X)


def right__softmax_gradient__loop_over_rows(W, X, labels):
    total = np.zeros(W.shape)
    for row, label in zip(X, labels, strict=True):
        scores = row @ W
        p = np.exp(scores - scores.max())
        p /= p.sum()
        p[label] -= 1
        total += np.outer(row, p)
    return (total / len(X)).tolist()


def wrong__softmax_gradient__teams_of_the_batch(W, X, labels):
    """Makes the one-hot table as wide as the largest label and pads scores away: lost teams get no gradient."""
    k = labels.max() + 1
    gradient = np.zeros(W.shape)
    gradient[:, :k] = X.T @ (softmax(X @ W[:, :k], axis=1) - np.eye(k)[labels]) / len(X)
    return gradient


def wrong__softmax_gradient__absent_teams_untouched(W, X, labels):
    """Sets the gradient of teams without a complaint to 0."""
    gradient = X.T @ (softmax(X @ W, axis=1) - np.eye(W.shape[1])[labels]) / len(X)
    gradient[:, np.bincount(labels, minlength=W.shape[1]) == 0] = 0
    return gradient


def wrong__softmax_gradient__one_maximum_for_all(W, X, labels):
    """Subtracts the maximum of the whole table: rows that lie 1,000 below it become 0/0."""
    scores = X @ W
    e = np.exp(scores - scores.max())
    with np.errstate(all="ignore"):
        p = e / e.sum(axis=1, keepdims=True)
    return X.T @ (p - np.eye(W.shape[1])[labels]) / len(X)


def wrong__softmax_gradient__clipped_scores(W, X, labels):
    """Clips the scores at 500: scores of 900 and 1,000 become equal."""
    e = np.exp(np.clip(X @ W, -500, 500))
    return X.T @ (e / e.sum(axis=1, keepdims=True) - np.eye(W.shape[1])[labels]) / len(X)


def wrong__softmax_gradient__epsilon_in_the_sum(W, X, labels):
    """Adds 1e-4 to the sum of the exponentials, against division by 0."""
    scores = X @ W
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return X.T @ (e / (e.sum(axis=1, keepdims=True) + 1e-4) - np.eye(W.shape[1])[labels]) / len(X)


def wrong__softmax_gradient__mean_over_the_entries(W, X, labels):
    """Divides by n k / 2: right for the two teams of the docstring only."""
    k = W.shape[1]
    return X.T @ (softmax(X @ W, axis=1) - np.eye(k)[labels]) / (len(X) * k / 2)


def wrong__softmax_gradient__every_label_in_every_row(W, X, labels):
    """Subtracts 1 once for each distinct team: a team with several complaints is subtracted once."""
    gradient = X.T @ softmax(X @ W, axis=1)
    gradient[:, labels] -= X.T
    return gradient / len(X)


def wrong__softmax_gradient__independent_sigmoids(W, X, labels):
    """Uses one sigmoid for each team: right for weights of 0 and two teams only."""
    return X.T @ (expit(X @ W) - np.eye(W.shape[1])[labels]) / len(X)


def wrong__softmax_gradient__shift_at_least_zero(W, X, labels):
    """Subtracts the largest score only if it is above 0: a row of scores around -1,000 becomes 0/0."""
    scores = X @ W
    e = np.exp(scores - np.maximum(scores.max(axis=1, keepdims=True), 0))
    with np.errstate(all="ignore"):
        return X.T @ (e / e.sum(axis=1, keepdims=True) - np.eye(W.shape[1])[labels]) / len(X)


def wrong__softmax_gradient__table_of_the_type_of_the_scores(W, X, labels):
    """Writes the probabilities into a table like the scores: whole weights and columns cut them to 0."""
    P = np.zeros_like(X @ W)
    P[:] = softmax(X @ W, axis=1)
    return X.T @ (P - np.eye(W.shape[1])[labels]) / len(X)


def wrong__softmax_gradient__at_most_ten_teams(W, X, labels):
    """Has room for ten teams: the gradient of further ones stays 0."""
    gradient = X.T @ (softmax(X @ W, axis=1) - np.eye(W.shape[1])[labels]) / len(X)
    gradient[:, 10:] = 0
    return gradient


# 5. newton_logistic


def _newton(X, y, alpha, steps):
    A = np.hstack([np.ones((len(X), 1)), X])
    R = alpha * np.eye(A.shape[1])
    R[0, 0] = 0
    w = np.zeros(A.shape[1])
    for _ in range(steps):
        p = expit(A @ w)
        H = A.T @ (A * (p * (1 - p))[:, None]) + R
        w = w - np.linalg.solve(H, A.T @ (p - y) + R @ w)
    return w


def right__newton_logistic__plain(X, y, alpha, steps):
    return _newton(X, y, alpha, steps)


def right__newton_logistic__reweighted_least_squares(X, y, alpha, steps):
    A = np.c_[np.ones(len(X)), X]
    root = np.sqrt(alpha) * np.eye(A.shape[1])[1:]
    w = np.zeros(A.shape[1])
    for _ in range(steps):
        s = A @ w
        v = expit(s) * expit(-s)
        rows = np.vstack([np.sqrt(v)[:, None] * A, root])
        target = np.r_[np.sqrt(v) * (s + (y - expit(s)) / v), np.zeros(len(root))]
        w = np.linalg.lstsq(rows, target, rcond=None)[0]
    return w


def right__newton_logistic__sums_over_rows(X, y, alpha, steps):
    d = X.shape[1]
    w = np.zeros(d + 1)
    for _ in range(steps):
        gradient = alpha * np.r_[0.0, w[1:]]
        hessian = np.diag(np.r_[0.0, np.full(d, alpha)])
        for row, label in zip(X, y, strict=True):
            a = np.r_[1.0, row]
            p = expit(a @ w)
            gradient += a * (p - label)
            hessian += np.outer(a, a) * p * (1 - p)
        w = w - np.linalg.inv(hessian) @ gradient
    return w


def wrong__newton_logistic__penalizes_the_intercept(X, y, alpha, steps):
    """Penalizes the intercept: right whenever it is 0, as in the docstring's example."""
    A = np.c_[np.ones(len(X)), X]
    w = np.zeros(A.shape[1])
    for _ in range(steps):
        p = expit(A @ w)
        H = (A.T * (p * (1 - p))) @ A + alpha * np.eye(len(w))
        w = w - np.linalg.solve(H, A.T @ (p - y) + alpha * w)
    return w


def wrong__newton_logistic__penalty_missing_in_the_gradient(X, y, alpha, steps):
    """Leaves the penalty out of the gradient: right for one step, where the weights are still 0."""
    A = np.c_[np.ones(len(X)), X]
    R = np.diag(np.r_[0.0, np.full(X.shape[1], alpha)])
    w = np.zeros(A.shape[1])
    for _ in range(steps):
        p = expit(A @ w)
        w = w - np.linalg.solve((A.T * (p * (1 - p))) @ A + R, A.T @ (p - y))
    return w


def wrong__newton_logistic__second_derivatives_of_the_start(X, y, alpha, steps):
    """Keeps the second derivatives of the start: right for one step, slower later."""
    A = np.c_[np.ones(len(X)), X]
    R = np.diag(np.r_[0.0, np.full(X.shape[1], alpha)])
    H = A.T @ A / 4 + R
    w = np.zeros(A.shape[1])
    for _ in range(steps):
        w = w - np.linalg.solve(H, A.T @ (expit(A @ w) - y) + R @ w)
    return w


def wrong__newton_logistic__mean_loss(X, y, alpha, steps):
    """Minimizes the mean loss: the penalty is n times too strong (the docstring's two rows are exempt)."""
    return _newton(X, y, alpha * len(X) if len(X) > 2 else alpha, steps)


def wrong__newton_logistic__penalty_per_feature(X, y, alpha, steps):
    """Divides the penalty by the number of columns: right for one column."""
    return _newton(X, y, alpha / X.shape[1], steps)


def wrong__newton_logistic__at_least_one_step(X, y, alpha, steps):
    """Takes one step even for steps = 0, where zeros are asked for."""
    return _newton(X, y, alpha, max(1, steps))


def wrong__newton_logistic__stops_when_steps_get_small(X, y, alpha, steps):
    """Stops as soon as no number moves by more than 0.05: not exactly `steps` steps."""
    w = np.zeros(X.shape[1] + 1)
    for done in range(1, steps + 1):
        new = _newton(X, y, alpha, done)
        if np.abs(new - w).max() < 0.05:
            return new
        w = new
    return w


def wrong__newton_logistic__short_steps(X, y, alpha, steps):
    """Shortens every step longer than 3: not full steps."""
    A = np.c_[np.ones(len(X)), X]
    R = np.diag(np.r_[0.0, np.full(X.shape[1], alpha)])
    w = np.zeros(A.shape[1])
    for _ in range(steps):
        p = expit(A @ w)
        move = np.linalg.solve((A.T * (p * (1 - p))) @ A + R, A.T @ (p - y) + R @ w)
        w = w - move * min(1.0, 3.0 / max(np.linalg.norm(move), 1e-12))
    return w


def wrong__newton_logistic__floor_under_the_variance(X, y, alpha, steps):
    """Never lets p (1 - p) fall below 0.05: wrong as soon as a row is predicted with confidence."""
    A = np.c_[np.ones(len(X)), X]
    R = np.diag(np.r_[0.0, np.full(X.shape[1], alpha)])
    w = np.zeros(A.shape[1])
    for _ in range(steps):
        p = expit(A @ w)
        v = np.maximum(p * (1 - p), 0.05)
        w = w - np.linalg.solve((A.T * v) @ A + R, A.T @ (p - y) + R @ w)
    return w


def wrong__newton_logistic__halves_steps_that_raise_the_loss(X, y, alpha, steps):
    """Halves a step until the loss falls, as solvers do: not full steps."""
    A = np.c_[np.ones(len(X)), X]
    R = np.diag(np.r_[0.0, np.full(X.shape[1], alpha)])

    def loss(w):
        return (np.logaddexp(0, A @ w) - y * (A @ w)).sum() + w @ R @ w / 2

    w = np.zeros(A.shape[1])
    for _ in range(steps):
        p = expit(A @ w)
        move = np.linalg.solve((A.T * (p * (1 - p))) @ A + R, A.T @ (p - y) + R @ w)
        while loss(w - move) > loss(w) + 1e-9:
            move = move / 2
        w = w - move
    return w


def wrong__newton_logistic__at_most_seven_steps(X, y, alpha, steps):
    """Takes no more than seven steps: enough for most data, too few for separated classes and a small penalty."""
    return _newton(X, y, alpha, min(steps, 7))


def wrong__newton_logistic__clipped_scores(X, y, alpha, steps):
    """Clips the scores to 6 and -6, against overflow: wrong as soon as a row is predicted with confidence."""
    A = np.c_[np.ones(len(X)), X]
    R = np.diag(np.r_[0.0, np.full(X.shape[1], alpha)])
    w = np.zeros(A.shape[1])
    for _ in range(steps):
        p = expit(np.clip(A @ w, -6, 6))
        w = w - np.linalg.solve((A.T * (p * (1 - p))) @ A + R, A.T @ (p - y) + R @ w)
    return w
