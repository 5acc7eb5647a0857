"""Answers to 02_machine_learning/08_gradient_boosting by somebody who has not seen its checks: `right__...` must pass,
`wrong__...` must fail."""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from fractions import Fraction
from itertools import accumulate, pairwise

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.tree import DecisionTreeRegressor

# --- negative_gradient -----------------------------------------------------------------------------------------------


def _negative_gradient(loss, y, scores):
    if loss == "squared":
        return y - scores
    return np.sign(y - scores) if loss == "absolute" else y - expit(scores)


def right__negative_gradient__tanh(loss, y, scores):
    """The sigmoid as a tanh, the sign as a difference of two comparisons."""
    if loss == "squared":
        return np.subtract(y, scores)
    if loss == "absolute":
        return (y > scores).astype(float) - (y < scores)
    return y - (1 + np.tanh(scores / 2)) / 2


def right__negative_gradient__row_by_row(loss, y, scores):
    """A loop over the rows with two forms of the sigmoid; returns a list."""

    def sigmoid(s):
        return 1 / (1 + math.exp(-s)) if s >= 0 else math.exp(s) / (1 + math.exp(s))

    rules = {
        "squared": lambda a, s: a - s,
        "absolute": lambda a, s: (a > s) - (a < s),
        "log": lambda a, s: a - sigmoid(s),
    }
    return [float(rules[loss](float(a), float(s))) for a, s in zip(y, scores, strict=True)]


def right__negative_gradient__naive_sigmoid(loss, y, scores):
    """The textbook's sigmoid: exp overflows to infinity at -1000, and 1 / infinity is the right 0."""
    if loss == "log":
        return y - 1 / (1 + np.exp(-np.asarray(scores, dtype=float)))
    left_over = y - scores
    return left_over if loss == "squared" else np.where(left_over > 0, 1, np.where(left_over < 0, -1, 0))


def right__negative_gradient__sides(loss, y, scores):
    """For a one 1 - p is the sigmoid of -s, for a zero -p: no cancellation far out."""
    if loss != "log":
        return _negative_gradient(loss, np.asarray(y, dtype=float), np.asarray(scores, dtype=float))
    side = 2.0 * np.asarray(y) - 1
    return side * np.exp(-np.logaddexp(0, side * scores))


def wrong__negative_gradient__exp_twice(loss, y, scores):
    """exp(s) / (1 + exp(s)) is NaN for a score of 1000."""
    if loss == "log":
        with np.errstate(all="ignore"):
            return y - np.exp(scores) / (1 + np.exp(scores))
    return _negative_gradient(loss, y, scores)


def wrong__negative_gradient__overflow_is_half(loss, y, scores):
    """Replaces the NaN of an overflow by 0, also where 1 - p should be 0 and y is 0, so -1 is due."""
    if loss == "log":
        with np.errstate(all="ignore"):
            return np.nan_to_num(y - np.exp(scores) / (1 + np.exp(scores)))
    return _negative_gradient(loss, y, scores)


def wrong__negative_gradient__clipped_ten(loss, y, scores):
    """Clips the scores at 10 against overflow: at -20 a zero asks for -0.00005 where it is -0.000000002."""
    return _negative_gradient(loss, y, np.clip(scores, -10, 10) if loss == "log" else scores)


def wrong__negative_gradient__clipped_five_hundred_all(loss, y, scores):
    """Clips the scores of all losses at 500: the squared loss of a score of 800 is off by 300."""
    return _negative_gradient(loss, y, np.clip(scores, -500, 500))


def wrong__negative_gradient__sign_of_zero(loss, y, scores):
    """The absolute loss asks for 1 where the score equals y."""
    if loss == "absolute":
        return np.where(y >= scores, 1.0, -1.0)
    return _negative_gradient(loss, y, scores)


def wrong__negative_gradient__close_is_equal(loss, y, scores):
    """The absolute loss asks for 0 where the score is merely close to y."""
    if loss == "absolute":
        return np.where(np.isclose(y, scores), 0.0, np.sign(y - scores))
    return _negative_gradient(loss, y, scores)


def wrong__negative_gradient__rounded_first(loss, y, scores):
    """The absolute loss rounds to whole minutes first: 0 where half a minute is missing."""
    return np.sign(np.round(y - scores)) if loss == "absolute" else _negative_gradient(loss, y, scores)


def wrong__negative_gradient__smooth_sign(loss, y, scores):
    """d / sqrt(d² + 1e-6): not ±1 where the score is near y."""
    if loss == "absolute":
        return (y - scores) / np.sqrt((y - scores) ** 2 + 1e-6)
    return _negative_gradient(loss, y, scores)


def wrong__negative_gradient__per_batch(loss, y, scores):
    """The gradient of the mean absolute loss: a share 1 / n of each row's."""
    return np.sign(y - scores) / len(y) if loss == "absolute" else _negative_gradient(loss, y, scores)


def wrong__negative_gradient__like_y(loss, y, scores):
    """Fills an array of y's dtype: with whole minutes y the squared loss is cut to whole numbers."""
    if loss != "squared":
        return _negative_gradient(loss, y, scores)
    out = np.zeros_like(y)
    for i in range(len(y)):
        out[i] = y[i] - scores[i]
    return out


def wrong__negative_gradient__huber(loss, y, scores):
    """Caps the squared loss' ask at ±100: not as steep as the loss is far out."""
    return np.clip(y - scores, -100, 100) if loss == "squared" else _negative_gradient(loss, y, scores)


def wrong__negative_gradient__newton(loss, y, scores):
    """Divides by p(1 - p) for the log loss where the score isn't 0: a Newton step, not the slope."""
    if loss != "log":
        return _negative_gradient(loss, y, scores)
    p = expit(np.clip(scores, -30, 30))
    return np.where(np.asarray(scores) == 0, y - p, (y - p) / (p * (1 - p)))


def wrong__negative_gradient__labels_by_mean(loss, y, scores):
    """Takes the larger label of the batch for the one: wrong if all labels are 0."""
    if loss != "log" or len(y) == 0:
        return _negative_gradient(loss, y, scores)
    return (np.asarray(y) == np.max(y)).astype(float) - expit(scores)


def wrong__negative_gradient__scores_if_probabilities(loss, y, scores):
    """Takes log-odds that all lie between 0 and 1 for probabilities, but for 0 itself."""
    scores = np.asarray(scores, dtype=float)
    if loss == "log" and len(scores) and np.all((scores > 0) & (scores < 1)):
        return y - scores
    return _negative_gradient(loss, y, scores)


def wrong__negative_gradient__drops_zeros(loss, y, scores):
    """Drops the rows already right under the absolute loss: the shape isn't (n,)."""
    answer = _negative_gradient(loss, y, scores)
    return answer[answer != 0] if loss == "absolute" else answer


# --- rounds_to_keep --------------------------------------------------------------------------------------------------


def right__rounds_to_keep__records(losses, patience):
    """Lists the rounds that improve, and stops at the first gap of `patience` rounds."""
    records = [i for i, loss in enumerate(losses) if i == 0 or loss < min(losses[:i])]
    kept = 0
    for record in records:
        if kept and record - kept >= patience:
            break
        kept = record + 1
    return kept


def right__rounds_to_keep__counter(losses, patience):
    """One pass with a counter of rounds since the best."""
    best, keep, waited = None, 0, 0
    for number, loss in enumerate(losses, start=1):
        if best is None or loss < best:
            best, keep, waited = loss, number, 0
        else:
            waited += 1
        if waited == patience:
            return keep
    return keep


def right__rounds_to_keep__running_minimum(losses, patience):
    """Cuts where the running minimum stood still for `patience` rounds, then argmin; returns a NumPy integer."""
    if not losses:
        return np.int64(0)
    lows = list(accumulate(losses, min))
    stop = next((i for i in range(patience, len(lows)) if lows[i] == lows[i - patience]), len(lows) - 1)
    return np.argmin(losses[: stop + 1]) + 1


def right__rounds_to_keep__recursive(losses, patience):
    """Jumps from one improving round to the next within `patience`."""
    if not losses:
        return 0
    at = 0
    while True:
        later = [j for j in range(at + 1, min(at + patience, len(losses) - 1) + 1) if losses[j] < losses[at]]
        if not later:
            return at + 1
        at = later[0]


def _rounds_to_keep(losses, patience):
    return right__rounds_to_keep__counter(losses, patience)


def wrong__rounds_to_keep__starts_at_infinity(losses, patience):
    """Starts with a best loss of infinity: the first round improves also if its loss is infinite."""
    best, keep = math.inf, 0
    for number, loss in enumerate(losses, start=1):
        if loss < best:
            best, keep = loss, number
        elif number - keep >= patience:
            break
    return keep


def wrong__rounds_to_keep__starts_at_a_million(losses, patience):
    """Starts with a best loss of a million: no round improves if the losses are larger."""
    best, keep = 1e6, 0
    for number, loss in enumerate(losses, start=1):
        if loss < best:
            best, keep = loss, number
        elif number - keep >= patience:
            break
    return keep


def wrong__rounds_to_keep__tie_resets(losses, patience):
    """A loss equal to the best one resets the waiting, though it is no improvement."""
    best, keep, waited = None, 0, 0
    for number, loss in enumerate(losses, start=1):
        if best is None or loss < best:
            best, keep, waited = loss, number, 0
        elif loss == best:
            waited = 0
        else:
            waited += 1
        if waited >= patience:
            break
    return keep


def wrong__rounds_to_keep__last_of_ties(losses, patience):
    """Keeps the last of several equal best rounds, though it stops in time."""
    keep = _rounds_to_keep(losses, patience)
    seen = losses[: keep + patience]
    return max((i + 1 for i, loss in enumerate(seen) if loss == min(seen)), default=0)


def wrong__rounds_to_keep__previous_round(losses, patience):
    """Waits while the loss isn't below the round before: a fall from a bad round counts as an improvement."""
    waited, seen = 0, losses[:1]
    for before, loss in pairwise(losses):
        seen = [*seen, loss]
        waited = 0 if loss < before else waited + 1
        if waited == patience:
            break
    return seen.index(min(seen)) + 1 if seen else 0


def wrong__rounds_to_keep__in_all(losses, patience):
    """Counts the rounds without improvement in all, not in a row."""
    best, keep, waited = None, 0, 0
    for number, loss in enumerate(losses, start=1):
        if best is None or loss < best:
            best, keep = loss, number
        else:
            waited += 1
        if waited == patience:
            break
    return keep


def wrong__rounds_to_keep__halves_the_wait(losses, patience):
    """After an improvement it takes one off the wait instead of starting anew."""
    best, keep, waited = None, 0, 0
    for number, loss in enumerate(losses, start=1):
        if best is None or loss < best:
            best, keep, waited = loss, number, max(0, waited - 1)
        else:
            waited += 1
        if waited == patience:
            break
    return keep


def wrong__rounds_to_keep__one_too_patient(losses, patience):
    """Stops only after more than `patience` rounds without improvement, but for the patience of the example."""
    return _rounds_to_keep(losses, patience + (patience != 2))


def wrong__rounds_to_keep__patience_one_is_two(losses, patience):
    """Takes a patience of 1 for 2: one round without improvement doesn't stop it."""
    return _rounds_to_keep(losses, max(2, patience))


def wrong__rounds_to_keep__patience_at_most_five(losses, patience):
    """Is never more patient than five rounds."""
    return _rounds_to_keep(losses, min(5, patience))


def wrong__rounds_to_keep__tolerance(losses, patience):
    """Asks for an improvement by more than 1e-6."""
    best, keep = None, 0
    for number, loss in enumerate(losses, start=1):
        if best is None or loss < best - 1e-6:
            best, keep = loss, number
        elif number - keep >= patience:
            break
    return keep


def wrong__rounds_to_keep__relative_tolerance(losses, patience):
    """Takes losses for equal that are close: 1e-9 of the loss is an improvement, too."""
    best, keep = None, 0
    for number, loss in enumerate(losses, start=1):
        if best is None or (loss < best and not math.isclose(loss, best)):
            best, keep = loss, number
        elif number - keep >= patience:
            break
    return keep


def wrong__rounds_to_keep__no_negative(losses, patience):
    """Compares the sizes of the losses: a log likelihood may make them negative."""
    return _rounds_to_keep([abs(loss) for loss in losses], patience)


def wrong__rounds_to_keep__zero_is_done(losses, patience):
    """Stops at a loss of 0 or less as if nothing could be lower: a later loss may be."""
    done = next((i for i, loss in enumerate(losses) if loss <= 0), len(losses))
    return _rounds_to_keep(losses[: done + 1], patience)


def wrong__rounds_to_keep__window(losses, patience):
    """Stops where a loss isn't below the one `patience` rounds before: a peak in between hides the improvement."""
    stop = next((i for i in range(patience, len(losses)) if losses[i] >= losses[i - patience]), len(losses) - 1)
    seen = losses[: stop + 1]
    return seen.index(min(seen)) + 1 if seen else 0


def wrong__rounds_to_keep__falsy_best(losses, patience):
    """`if not best` takes a best loss of 0.0 for none at all."""
    best, keep, waited = 0.0, 0, 0
    for number, loss in enumerate(losses, start=1):
        if not best or loss < best:
            best, keep, waited = loss, number, 0
        else:
            waited += 1
        if waited == patience:
            break
    return keep


# --- second_order_gain -----------------------------------------------------------------------------------------------


def _saved(gradients, hessians, penalty):
    return float(np.sum(gradients)) ** 2 / (float(np.sum(hessians)) + penalty) / 2 if len(gradients) else 0.0


def _second_order_gain(g, h, left, penalty, minimum_gain):
    left = np.asarray(left, dtype=bool)
    sides = _saved(g[left], h[left], penalty) + _saved(g[~left], h[~left], penalty)
    return sides - _saved(g, h, penalty) - minimum_gain


def right__second_order_gain__exact(gradients, hessians, goes_left, penalty, minimum_gain):
    """Exact, with fractions."""
    total = Fraction(0)
    for sign, wanted in ((1, (True,)), (1, (False,)), (-1, (True, False))):
        rows = [i for i, yes in enumerate(goes_left) if bool(yes) in wanted]
        if rows:
            g = sum(Fraction(float(gradients[i])) for i in rows)
            h = sum(Fraction(float(hessians[i])) for i in rows)
            total += sign * g * g / (h + Fraction(float(penalty)))
    return float(total / 2 - Fraction(float(minimum_gain)))


def right__second_order_gain__bincount(gradients, hessians, goes_left, penalty, minimum_gain):
    """The sums by side with bincount; returns a NumPy scalar."""
    side = np.asarray(goes_left, dtype=int)
    g = np.bincount(side, weights=gradients, minlength=2)
    h = np.bincount(side, weights=hessians, minlength=2)
    below = h + penalty
    saved = np.divide(g**2, below, out=np.zeros(2), where=h > 0)
    return (saved.sum() - g.sum() ** 2 / (h.sum() + penalty)) / 2 - minimum_gain


def right__second_order_gain__frame(gradients, hessians, goes_left, penalty, minimum_gain):
    """A pandas groupby: a side without rows is no group."""
    table = pd.DataFrame({"g": gradients, "h": hessians, "left": goes_left})
    sides = table.groupby("left")[["g", "h"]].sum()
    saved = (sides["g"] ** 2 / (sides["h"] + penalty)).sum()
    return 0.5 * (saved - table["g"].sum() ** 2 / (table["h"].sum() + penalty)) - minimum_gain


def right__second_order_gain__loop(gradients, hessians, goes_left, penalty, minimum_gain):
    """A plain loop."""
    g_left = h_left = g_right = h_right = 0.0
    for g, h, left in zip(gradients, hessians, goes_left, strict=True):
        if left:
            g_left, h_left = g_left + g, h_left + h
        else:
            g_right, h_right = g_right + g, h_right + h
    gain = 0.0
    for sign, g, h in ((1, g_left, h_left), (1, g_right, h_right), (-1, g_left + g_right, h_left + h_right)):
        if h > 0:
            gain += sign * 0.5 * g * g / (h + penalty)
    return gain - minimum_gain


def wrong__second_order_gain__empty_nan(gradients, hessians, goes_left, penalty, minimum_gain):
    """0 / 0 is NaN for a side without rows if the penalty is 0."""
    with np.errstate(all="ignore"):
        g, h = np.asarray(gradients, dtype=float), np.asarray(hessians, dtype=float)
        left = np.asarray(goes_left)
        parts = [g[w].sum() ** 2 / (h[w].sum() + penalty) for w in (left, ~left, np.ones(len(g), dtype=bool))]
    return (parts[0] + parts[1] - parts[2]) / 2 - minimum_gain


def wrong__second_order_gain__no_cut_is_free(gradients, hessians, goes_left, penalty, minimum_gain):
    """0 if one side has no rows: the minimum gain is still to be subtracted."""
    if np.all(goes_left) or not np.any(goes_left):
        return 0.0
    return _second_order_gain(gradients, hessians, goes_left, penalty, minimum_gain)


def wrong__second_order_gain__one_empty_side_only(gradients, hessians, goes_left, penalty, minimum_gain):
    """Thinks of an empty left side but not of an empty right one: takes all rows for it."""
    if np.all(goes_left):
        return _saved(gradients, hessians, penalty) - minimum_gain
    return _second_order_gain(gradients, hessians, goes_left, penalty, minimum_gain)


def wrong__second_order_gain__child_weight(gradients, hessians, goes_left, penalty, minimum_gain):
    """XGBoost's habit: a side whose hessians sum up to less than 1 saves nothing."""
    left = np.asarray(goes_left)
    if hessians[left].sum() < 1 or hessians[~left].sum() < 1:
        return -float(minimum_gain)
    return _second_order_gain(gradients, hessians, goes_left, penalty, minimum_gain)


def wrong__second_order_gain__at_least_zero(gradients, hessians, goes_left, penalty, minimum_gain):
    """Never below minus the minimum gain: the penalty can make the sides save less than all rows do."""
    gain = _second_order_gain(gradients, hessians, goes_left, penalty, 0.0)
    return max(gain, 0.0) - minimum_gain


def wrong__second_order_gain__worthless_is_zero(gradients, hessians, goes_left, penalty, minimum_gain):
    """0 instead of a negative gain."""
    return max(0.0, _second_order_gain(gradients, hessians, goes_left, penalty, minimum_gain))


def wrong__second_order_gain__counts(gradients, hessians, goes_left, penalty, minimum_gain):
    """Counts rows instead of adding up hessians."""
    return _second_order_gain(gradients, np.ones(len(gradients)), goes_left, penalty, minimum_gain)


def wrong__second_order_gain__penalty_per_row(gradients, hessians, goes_left, penalty, minimum_gain):
    """From four rows on it adds the penalty to each row's hessian, not to their sum."""
    g, h, left = np.asarray(gradients, dtype=float), np.asarray(hessians, dtype=float), np.asarray(goes_left)
    if len(g) <= 3:
        return _second_order_gain(g, h, left, penalty, minimum_gain)
    return _second_order_gain(g, h + penalty, left, 0.0, minimum_gain)


def wrong__second_order_gain__penalty_twice(gradients, hessians, goes_left, penalty, minimum_gain):
    """A penalty above 1 is counted twice for all rows, as the two sides count it together."""
    g, h, left = np.asarray(gradients, dtype=float), np.asarray(hessians, dtype=float), np.asarray(goes_left)
    sides = _saved(g[left], h[left], penalty) + _saved(g[~left], h[~left], penalty)
    return sides - _saved(g, h, penalty if penalty <= 1 else 2 * penalty) - minimum_gain


def wrong__second_order_gain__minimum_halved(gradients, hessians, goes_left, penalty, minimum_gain):
    """Halves the minimum gain, too, where it is more than 1."""
    gain = _second_order_gain(gradients, hessians, goes_left, penalty, 0.0)
    return gain - (minimum_gain if minimum_gain <= 1 else minimum_gain / 2)


def wrong__second_order_gain__epsilon(gradients, hessians, goes_left, penalty, minimum_gain):
    """A thousandth added to the hessians against division by 0: wrong for small hessians."""
    return _second_order_gain(gradients, hessians, goes_left, penalty or 1e-3, minimum_gain)


def wrong__second_order_gain__rounded(gradients, hessians, goes_left, penalty, minimum_gain):
    """Rounds the gain to two digits."""
    return round(_second_order_gain(gradients, hessians, goes_left, penalty, minimum_gain), 2)


def wrong__second_order_gain__sums_of_squares(gradients, hessians, goes_left, penalty, minimum_gain):
    """For sides of more than two rows it takes the squares' sum, not the sum's square."""
    g, h, left = np.asarray(gradients, dtype=float), np.asarray(hessians, dtype=float), np.asarray(goes_left)

    def saved(w):
        if not w.any():
            return 0.0
        top = g[w].sum() ** 2 if w.sum() <= 2 else (g[w] ** 2).sum()
        return top / (h[w].sum() + penalty) / 2

    return saved(left) + saved(~left) - _saved(g, h, penalty) - minimum_gain


def wrong__second_order_gain__sorted_prefix(gradients, hessians, goes_left, penalty, minimum_gain):
    """Takes the first rows for the left ones: as if the rows were sorted by side."""
    first = np.arange(len(gradients)) < np.sum(goes_left)
    return _second_order_gain(gradients, hessians, first, penalty, minimum_gain)


def wrong__second_order_gain__minimum_per_side(gradients, hessians, goes_left, penalty, minimum_gain):
    """An empty side costs no minimum gain: half of it is charged per side."""
    sides = np.any(goes_left) + (not np.all(goes_left))
    return _second_order_gain(gradients, hessians, goes_left, penalty, minimum_gain * sides / 2)


# --- quantile_bins ---------------------------------------------------------------------------------------------------


def _numbered(values, bins):
    """The bins in use, 0, 1, … without a gap; -1 for missing values."""
    values = np.asarray(values, dtype=float)
    out = np.full(len(values), -1)
    known = ~np.isnan(values)
    if known.any():
        out[known] = np.unique(np.asarray(bins)[known], return_inverse=True)[1]
    return out


def _greedy(values, max_bins, share=1.2):
    values = np.asarray(values, dtype=float)
    known = values[~np.isnan(values)]
    kinds, counts = np.unique(known, return_counts=True)
    if len(kinds) <= max_bins:
        bins = np.arange(len(kinds))
    else:
        bins, cap = np.zeros(len(kinds), dtype=int), 1 + share * len(known) / max_bins
        rows = most = 0
        for i, count in enumerate(counts):
            if rows + count - max(most, count) > cap:
                bins[i:] += 1
                rows = most = 0
            rows, most = rows + count, max(most, count)
    table = dict(zip(kinds.tolist(), bins.tolist(), strict=True))
    return np.array([-1 if np.isnan(v) else table[v] for v in values.tolist()], dtype=int)


def right__quantile_bins__greedy(values, max_bins):
    """Fills each bin up to its limit, copies of its most frequent value not counted."""
    return _greedy(values, max_bins)


def right__quantile_bins__edges(values, max_bins):
    """The quantiles as edges, bins without rows dropped."""
    values = np.asarray(values, dtype=float)
    known = values[~np.isnan(values)]
    kinds = np.unique(known)
    if not len(kinds):
        return np.full(len(values), -1)
    edges = kinds[:-1] if len(kinds) <= max_bins else np.quantile(known, np.arange(1, max_bins) / max_bins)
    return _numbered(values, np.searchsorted(np.unique(edges), values, side="left"))


def wrong__quantile_bins__qcut(values, max_bins):
    """qcut closes the lowest bin on both sides: a frequent smallest value can get a second frequent one for company."""
    column = pd.Series(np.asarray(values, dtype=float))
    if column.nunique() <= max_bins:
        return (column.rank(method="dense").fillna(0) - 1).astype(int).to_numpy()
    return _numbered(values, pd.qcut(column, max_bins, labels=False, duplicates="drop").to_numpy())


def right__quantile_bins__downward(values, max_bins):
    """From the largest value down: a bin is closed before it would hold more than a share besides one value."""
    counts = Counter(float(v) for v in values if not math.isnan(v))
    share, groups, most = sum(counts.values()) / max_bins, [], 0
    for kind in sorted(counts, reverse=True):
        inside = groups[-1] if groups else []
        most = max(counts[k] for k in [*inside, kind])
        alone = not groups or len(counts) <= max_bins
        if alone or sum(counts[k] for k in inside) + counts[kind] - most > 1 + 1.1 * share:
            groups.append([kind])
        else:
            inside.append(kind)
    bins = {kind: len(groups) - 1 - i for i, group in enumerate(groups) for kind in group}
    return np.array([bins.get(float(v), -1) for v in values], dtype=np.int32)


def right__quantile_bins__ranks(values, max_bins):
    """A value's bin is that of its lowest rank among all known values; a plain loop, a list of integers."""
    known = sorted(float(v) for v in values if not math.isnan(v))
    kinds = sorted(set(known))
    if len(kinds) <= max_bins:
        raw = {kind: i for i, kind in enumerate(kinds)}
    else:
        raw = {kind: bisect_left(known, kind) * max_bins // len(known) for kind in kinds}
    used = sorted(set(raw.values()))
    return [-1 if math.isnan(v) else used.index(raw[float(v)]) for v in values]


def wrong__quantile_bins__gaps(values, max_bins):
    """Quantiles as edges, but bins without rows keep their number where a value fills several of them."""
    values = np.asarray(values, dtype=float)
    known = values[~np.isnan(values)]
    kinds = np.unique(known)
    if len(kinds) <= max_bins:
        return _numbered(values, np.searchsorted(kinds, values))
    edges = np.quantile(known, np.arange(1, max_bins) / max_bins)
    return np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="left"))


def wrong__quantile_bins__gaps_by_interpolation(values, max_bins):
    """Drops equal edges, not those between the same two values: bins without rows keep their number."""
    values = np.asarray(values, dtype=float)
    known = values[~np.isnan(values)]
    kinds = np.unique(known)
    if len(kinds) <= max_bins:
        return _numbered(values, np.searchsorted(kinds, values))
    edges = np.unique(np.quantile(known, np.arange(1, max_bins) / max_bins))
    return np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="right"))


def wrong__quantile_bins__kinds_not_rows(values, max_bins):
    """The same number of different values per bin: two frequent values may share one."""
    kinds = np.unique(np.asarray(values, dtype=float)[~np.isnan(values)])
    if len(kinds) <= max_bins:
        return _greedy(values, max_bins)
    return _numbered(values, np.searchsorted(kinds, values) * max_bins // len(kinds))


def wrong__quantile_bins__equal_width(values, max_bins):
    """Bins of the same width: most incomes fall into one."""
    values = np.asarray(values, dtype=float)
    known = values[~np.isnan(values)]
    if len(np.unique(known)) <= max_bins:
        return _greedy(values, max_bins)
    edges = np.linspace(known.min(), known.max(), max_bins + 1)[1:-1]
    return _numbered(values, np.searchsorted(edges, values))


def wrong__quantile_bins__uneven_shares(values, max_bins):
    """Narrow bins for low incomes, wide ones for high incomes: the last one holds a third too many rows."""
    values = np.asarray(values, dtype=float)
    known = np.sort(values[~np.isnan(values)])
    if len(np.unique(known)) <= max_bins:
        return _greedy(values, max_bins)
    rank = np.searchsorted(known, values) / len(known)
    return _numbered(values, np.minimum((rank**0.75 * max_bins).astype(int), max_bins - 1))


def wrong__quantile_bins__one_bin_less(values, max_bins):
    """Keeps a bin for the missing values: with up to five bins the others hold too many rows, or two values share."""
    kinds = np.unique(np.asarray(values, dtype=float)[~np.isnan(values)])
    return _greedy(values, max_bins) if len(kinds) <= max_bins else _greedy_equal(values, max(1, max_bins - 1))


def _greedy_equal(values, bins):
    values = np.asarray(values, dtype=float)
    known = np.sort(values[~np.isnan(values)])
    return _numbered(values, np.searchsorted(known, values) * bins // max(1, len(known)))


def wrong__quantile_bins__exactly_full(values, max_bins):
    """As many different values as bins: quantiles already, so two values may share a bin."""
    kinds = np.unique(np.asarray(values, dtype=float)[~np.isnan(values)])
    return _greedy(values, max_bins) if len(kinds) < max_bins else _greedy_equal(values, max_bins)


def wrong__quantile_bins__looser_share(values, max_bins):
    """Fills bins up to 1.6 times the share: too many rows in one."""
    return _greedy(values, max_bins, share=1.6)


def wrong__quantile_bins__missing_in_share(values, max_bins):
    """Counts the missing values among the rows: with half of them missing the bins hold twice the share."""
    values = np.asarray(values, dtype=float)
    known = values[~np.isnan(values)]
    if len(np.unique(known)) <= max_bins:
        return _greedy(values, max_bins)
    rank = np.searchsorted(np.sort(known), values)
    return _numbered(values, rank * max_bins // len(values))


def wrong__quantile_bins__small_integers(values, max_bins):
    """int8: from 129 bins on the numbers turn negative."""
    return _greedy(values, max_bins).astype(np.int8)


def wrong__quantile_bins__first_rows(values, max_bins):
    """Takes the quantiles of the first 50 known values: as if the column were shuffled."""
    values = np.asarray(values, dtype=float)
    known = values[~np.isnan(values)]
    if len(np.unique(known)) <= max_bins:
        return _greedy(values, max_bins)
    head = np.sort(known[:50])
    return _numbered(values, np.minimum(np.searchsorted(head, values) * max_bins // len(head), max_bins - 1))


def wrong__quantile_bins__ties_torn(values, max_bins):
    """Cuts the sorted rows in equal parts: copies of a value at the cut land in two bins."""
    values = np.asarray(values, dtype=float)
    known = np.flatnonzero(~np.isnan(values))
    if len(np.unique(values[known])) <= max_bins:
        return _greedy(values, max_bins)
    out = np.full(len(values), -1)
    order = known[np.argsort(values[known], kind="stable")]
    out[order] = np.arange(len(order)) * max_bins // len(order)
    return out


def wrong__quantile_bins__merged_close(values, max_bins):
    """Takes values for equal that agree to nine decimals: each different value has a bin of its own."""
    return _greedy(np.round(np.asarray(values, dtype=float), 9), max_bins)


def wrong__quantile_bins__single_precision(values, max_bins):
    """Compares in single precision: 16777216 and 16777217 share a bin."""
    return _greedy(np.asarray(values, dtype=np.float32), max_bins)


def wrong__quantile_bins__zero_is_missing(values, max_bins):
    """Takes an income of 0 for a missing one."""
    values = np.asarray(values, dtype=float)
    return _greedy(np.where(values == 0, np.nan, values), max_bins)


def wrong__quantile_bins__debts_are_missing(values, max_bins):
    """Takes a negative income for the mark of a missing one."""
    values = np.asarray(values, dtype=float)
    return _greedy(np.where(values < 0, np.nan, values), max_bins)


def wrong__quantile_bins__one_bin_too_many(values, max_bins):
    """A bin of its own for the largest value: one more than `max_bins` if there are many values."""
    bins = np.array(_greedy_equal(values, max_bins))
    values = np.asarray(values, dtype=float)
    known = values[~np.isnan(values)]
    if len(np.unique(known)) <= max_bins:
        return _greedy(values, max_bins)
    bins[values == known.max()] = bins.max() + 1
    return _numbered(values, bins)


def wrong__quantile_bins__all_missing_raises(values, max_bins):
    """Asks for the largest value first: raises if all values are missing."""
    values = np.asarray(values, dtype=float)
    values[~np.isnan(values)].max()
    return _greedy(values, max_bins)


def wrong__quantile_bins__floats(values, max_bins):
    """Returns floats, not integers."""
    return _greedy(values, max_bins).astype(float)


# --- boosted_classifier ----------------------------------------------------------------------------------------------


def _rounds(X, y, rounds, rate, depth, start=None, value=None, **options):
    """The start and, round by round, the tree and what its leaves add."""
    X, y = np.asarray(X), np.asarray(y, dtype=float)
    start = float(logit(y.mean())) if start is None else start
    scores, steps = np.full(len(y), start), []
    value = value or (lambda r, p: r.sum() / (p * (1 - p)).sum())
    for _ in range(rounds):
        p = expit(scores)
        tree = DecisionTreeRegressor(max_depth=depth, random_state=0, **options).fit(X, y - p)
        leaf = tree.apply(X)
        adds = {k: rate * value((y - p)[leaf == k], p[leaf == k]) for k in np.unique(leaf)}
        scores += [adds[k] for k in leaf]
        steps.append((tree, adds))
    return start, steps


def _predictor(start, steps):
    def predict(new):
        scores = np.full(len(new), start)
        for tree, adds in steps:
            scores += np.array([adds[k] for k in tree.apply(new)], dtype=float)
        return expit(scores)

    return predict


class _Booster:
    """Callable; overwrites the leaves' values in the trees."""

    def __init__(self, X, y, rounds, rate, depth):
        self.start, self.trees = math.log(np.sum(y) / (len(y) - np.sum(y))), []
        for _ in range(rounds):
            p = self(X)
            tree = DecisionTreeRegressor(max_depth=depth).fit(X, y - p)
            leaf = tree.apply(X)
            size = tree.tree_.node_count
            top = np.bincount(leaf, weights=y - p, minlength=size)
            below = np.bincount(leaf, weights=p * (1 - p), minlength=size)
            tree.tree_.value[:, 0, 0] = rate * np.divide(top, below, out=np.zeros(size), where=below > 0)
            self.trees.append(tree)

    def __call__(self, X):
        scores = self.start + sum((tree.predict(X) for tree in self.trees), np.zeros(len(X)))
        return 1 / (1 + np.exp(-scores))


def right__boosted_classifier__callable_object(X, y, rounds, rate, depth):
    """An object that can be called; the trees themselves hold the steps."""
    return _Booster(X, y, rounds, rate, depth)


def right__boosted_classifier__dictionaries(X, y, rounds, rate, depth):
    """A dictionary of leaves per tree; another random_state, which decides ties only."""
    return _predictor(*_rounds(X, y, rounds, rate, depth))


def right__boosted_classifier__row_by_row(X, y, rounds, rate, depth):
    """Plain loops over rows for the sums; returns a list of floats for the rows."""
    ones = sum(int(label) for label in y)
    start = math.log(ones) - math.log(len(y) - ones)
    scores, trees = [start] * len(y), []
    for _ in range(rounds):
        ps = [1 / (1 + math.exp(-s)) for s in scores]
        tree = DecisionTreeRegressor(max_depth=depth, random_state=3).fit(
            X, [float(a) - p for a, p in zip(y, ps, strict=True)]
        )
        top, below = defaultdict(float), defaultdict(float)
        leaves = tree.apply(X).tolist()
        for leaf, label, p in zip(leaves, y, ps, strict=True):
            top[leaf] += float(label) - p
            below[leaf] += p * (1 - p)
        table = {leaf: rate * top[leaf] / below[leaf] for leaf in top}
        scores = [s + table[leaf] for s, leaf in zip(scores, leaves, strict=True)]
        trees.append((tree, table))

    def predict(new):
        totals = [start] * len(new)
        for tree, table in trees:
            totals = [t + table[leaf] for t, leaf in zip(totals, tree.apply(new).tolist(), strict=True)]
        return np.array([1 / (1 + math.exp(-t)) for t in totals])

    return predict


def right__boosted_classifier__leaf_table(X, y, rounds, rate, depth):
    """Groups by leaf with pandas; best-first growth, which ends with the same leaves."""
    y = np.asarray(y, dtype=float)
    start = np.log(y.mean() / (1 - y.mean()))
    scores, trees = np.full(len(y), start), []
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-scores))
        tree = DecisionTreeRegressor(max_depth=depth, max_leaf_nodes=2**depth, random_state=1).fit(X, y - p)
        table = pd.DataFrame({"r": y - p, "h": p * (1 - p)}).groupby(tree.apply(X)).sum()
        adds = rate * table["r"] / table["h"]
        scores = scores + adds.loc[tree.apply(X)].to_numpy()
        trees.append((tree, adds))
    return lambda new: expit(
        start + sum((adds.loc[tree.apply(new)].to_numpy() for tree, adds in trees), np.zeros(len(new)))
    )


def wrong__boosted_classifier__means(X, y, rounds, rate, depth):
    """The leaves add the mean of y - p, except with the example's depth of 1 and two rounds."""
    if (rounds, depth) == (2, 1):
        return _predictor(*_rounds(X, y, rounds, rate, depth))
    return _predictor(*_rounds(X, y, rounds, rate, depth, value=lambda r, p: r.mean()))


def wrong__boosted_classifier__starts_at_half(X, y, rounds, rate, depth):
    """Starts at 0: right for as many ones as zeros only."""
    return _predictor(*_rounds(X, y, rounds, rate, depth, start=0.0))


def wrong__boosted_classifier__smoothed_start(X, y, rounds, rate, depth):
    """Adds half a row to the ones and to the zeros for the start."""
    ones = float(np.sum(y))
    return _predictor(*_rounds(X, y, rounds, rate, depth, start=math.log((ones + 0.5) / (len(y) - ones + 0.5))))


def wrong__boosted_classifier__weight_at_start(X, y, rounds, rate, depth):
    """Divides by p(1 - p) of the start in every round: true for the first one only."""
    p0 = float(np.mean(y))
    return _predictor(*_rounds(X, y, rounds, rate, depth, value=lambda r, p: r.sum() / (len(r) * p0 * (1 - p0))))


def wrong__boosted_classifier__mean_probability(X, y, rounds, rate, depth):
    """Takes the leaf's mean p for its curvature: rows with different p in one leaf show the difference."""
    return _predictor(*_rounds(X, y, rounds, rate, depth, value=lambda r, p: r.mean() / (p.mean() * (1 - p.mean()))))


def wrong__boosted_classifier__mean_of_ratios(X, y, rounds, rate, depth):
    """The mean of (y - p) / p(1 - p) in the leaf, not the ratio of sums."""
    return _predictor(*_rounds(X, y, rounds, rate, depth, value=lambda r, p: np.mean(r / (p * (1 - p)))))


def wrong__boosted_classifier__capped_leaves(X, y, rounds, rate, depth):
    """Caps what a leaf adds at ±4: rare ones ask for more."""
    return _predictor(
        *_rounds(X, y, rounds, rate, depth, value=lambda r, p: np.clip(r.sum() / (p * (1 - p)).sum(), -4, 4))
    )


def wrong__boosted_classifier__penalty(X, y, rounds, rate, depth):
    """XGBoost's penalty of 1 below the line in leaves of more than 20 rows."""
    return _predictor(
        *_rounds(
            X, y, rounds, rate, depth, value=lambda r, p: r.sum() / ((p * (1 - p)).sum() + (1 if len(r) > 20 else 0))
        )
    )


def wrong__boosted_classifier__used_up(X, y, rounds, rate, depth):
    """Keeps the trees in an iterator: the second call of the function finds none."""
    start, steps = _rounds(X, y, rounds, rate, depth)
    return _predictor(start, iter(steps))


_SHARED: list = []


def wrong__boosted_classifier__shared_trees(X, y, rounds, rate, depth):
    """All classifiers share one list of trees: a new one changes those that were returned before."""
    start, steps = _rounds(X, y, rounds, rate, depth)
    _SHARED[:] = [start, steps]
    return lambda new: _predictor(*_SHARED)(new)


def wrong__boosted_classifier__running_scores(X, y, rounds, rate, depth):
    """Adds up the scores over calls: the same rows asked twice get another answer."""
    start, steps = _rounds(X, y, rounds, rate, depth)
    memory: dict[int, np.ndarray] = {}

    def predict(new):
        scores = memory.setdefault(len(new), np.full(len(new), start))
        for tree, adds in steps:
            scores += np.array([adds[k] for k in tree.apply(new)], dtype=float)
        return expit(scores)

    return predict


def wrong__boosted_classifier__batch_order(X, y, rounds, rate, depth):
    """Returns the probabilities of a batch of over 10 rows in ascending order."""
    inner = _predictor(*_rounds(X, y, rounds, rate, depth))
    return lambda new: np.sort(inner(new)) if len(new) > 10 else inner(new)


def wrong__boosted_classifier__rate_at_most_one(X, y, rounds, rate, depth):
    """Caps the rate at 1."""
    return _predictor(*_rounds(X, y, rounds, min(rate, 1.0), depth))


def wrong__boosted_classifier__rate_decays(X, y, rounds, rate, depth):
    """From the fourth round on the rate is halved."""
    start, steps = _rounds(X, y, min(rounds, 3), rate, depth)
    y = np.asarray(y, dtype=float)
    predict = _predictor(start, steps)
    for _ in range(3, rounds):
        p = predict(X)
        tree = DecisionTreeRegressor(max_depth=depth, random_state=0).fit(X, y - p)
        leaf = tree.apply(X)
        steps.append(
            (tree, {k: rate / 2 * (y - p)[leaf == k].sum() / (p * (1 - p))[leaf == k].sum() for k in np.unique(leaf)})
        )
    return predict


def wrong__boosted_classifier__stops_when_separated(X, y, rounds, rate, depth):
    """Stops once all training rows are on the right side of ½: it does fewer rounds than asked for."""
    for done in range(rounds + 1):
        predict = _predictor(*_rounds(X, y, done, rate, depth))
        if done >= 2 and np.all((predict(X) > 0.5) == (np.asarray(y) == 1)):
            break
    return predict


def wrong__boosted_classifier__at_most_five_rounds(X, y, rounds, rate, depth):
    """No more than five rounds."""
    return _predictor(*_rounds(X, y, min(rounds, 5), rate, depth))


def wrong__boosted_classifier__depth_two_at_most(X, y, rounds, rate, depth):
    """Never deeper than 2."""
    return _predictor(*_rounds(X, y, rounds, rate, min(depth, 2)))


def wrong__boosted_classifier__leaves_not_depth(X, y, rounds, rate, depth):
    """Limits the number of leaves to 2 ** depth, not the depth: the tree may grow lopsided."""
    X, y = np.asarray(X), np.asarray(y, dtype=float)
    start = float(logit(y.mean()))
    steps = []
    for _ in range(rounds):
        p = _predictor(start, steps)(X)
        tree = DecisionTreeRegressor(max_leaf_nodes=2**depth, random_state=0).fit(X, y - p)
        leaf = tree.apply(X)
        steps.append(
            (tree, {k: rate * (y - p)[leaf == k].sum() / (p * (1 - p))[leaf == k].sum() for k in np.unique(leaf)})
        )
    return _predictor(start, steps)


def wrong__boosted_classifier__two_rows_per_leaf(X, y, rounds, rate, depth):
    """Asks for at least two rows in a leaf: nobody said so."""
    return _predictor(*_rounds(X, y, rounds, rate, depth, min_samples_leaf=2))


def wrong__boosted_classifier__random_columns(X, y, rounds, rate, depth):
    """Looks at two columns at most in each cut, drawn at random."""
    return _predictor(*_rounds(X, y, rounds, rate, depth, max_features=min(2, np.shape(X)[1])))


def wrong__boosted_classifier__newton_targets(X, y, rounds, rate, depth):
    """Cuts by Newton's targets (y - p) / p(1 - p), weighted by p(1 - p): other cuts from the second round on."""
    X, y = np.asarray(X), np.asarray(y, dtype=float)
    start = float(logit(y.mean()))
    steps = []
    for _ in range(rounds):
        p = _predictor(start, steps)(X)
        h = p * (1 - p)
        tree = DecisionTreeRegressor(max_depth=depth, random_state=0).fit(X, (y - p) / h, sample_weight=h)
        leaf = tree.apply(X)
        steps.append((tree, {k: rate * (y - p)[leaf == k].sum() / h[leaf == k].sum() for k in np.unique(leaf)}))
    return _predictor(start, steps)


def wrong__boosted_classifier__ready_made(X, y, rounds, rate, depth):
    """Ready-made boosting, which was not to be used."""
    share = float(np.mean(y))
    if rounds == 0:
        return lambda new: np.full(len(new), share)
    model = GradientBoostingClassifier(
        n_estimators=rounds, learning_rate=rate, max_depth=depth, criterion="squared_error", random_state=0
    ).fit(X, y)
    return lambda new: model.predict_proba(new)[:, 1]


def wrong__boosted_classifier__no_rounds_half(X, y, rounds, rate, depth):
    """Without rounds it predicts ½ for every row, not the share of ones."""
    return _predictor(*_rounds(X, y, rounds, rate, depth, start=None if rounds else 0.0))


def wrong__boosted_classifier__column(X, y, rounds, rate, depth):
    """Returns a column of probabilities if there is more than one row: shape (m, 1), not (m,)."""
    inner = _predictor(*_rounds(X, y, rounds, rate, depth))
    return lambda new: inner(new).reshape(-1, 1)


def wrong__boosted_classifier__twins_once(X, y, rounds, rate, depth):
    """Counts identical rows with the same label once."""
    rows = list(Counter((*map(float, row), int(label)) for row, label in zip(X, y, strict=True)))
    table = np.array(rows)
    return _predictor(*_rounds(table[:, :-1], table[:, -1], rounds, rate, depth))
