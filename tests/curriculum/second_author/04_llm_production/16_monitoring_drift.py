"""Answers to 04_llm_production/16_monitoring_drift by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import bisect
import functools
import heapq
import itertools
import math
import random
from collections import Counter
from fractions import Fraction

import numpy as np
import pandas as pd
from scipy.special import rel_entr

# 1. bucket_quantile


def right__bucket_quantile__loop(upper, cumulative, q):
    rank = q * cumulative[-1]
    if not cumulative[-1]:
        return math.nan
    low, before = 0.0, 0
    for high, count in zip(upper, cumulative, strict=True):
        if count >= rank:
            return low if high == math.inf else low + (high - low) * (rank - before) / (count - before)
        low, before = high, count
    return low


def right__bucket_quantile__bisect(upper, cumulative, q):
    if cumulative[-1] == 0:
        return float("nan")
    rank = q * cumulative[-1]
    i = bisect.bisect_left(cumulative, rank)
    if i >= len(upper) - 1:
        return upper[-2]
    low = upper[i - 1] if i else 0
    before = cumulative[i - 1] if i else 0
    share = (rank - before) / (cumulative[i] - before)
    return low * (1 - share) + upper[i] * share


def right__bucket_quantile__numpy(upper, cumulative, q):
    bounds, counts = np.array([0, *upper], dtype=float), np.array([0, *cumulative], dtype=float)
    if counts[-1] == 0:
        return np.nan
    rank = q * counts[-1]
    i = int(np.argmax(counts >= rank))
    if np.isinf(bounds[i]):
        return bounds[i - 1]
    return np.interp(rank, counts[i - 1 : i + 1], bounds[i - 1 : i + 1])


def _quantile(
    upper,
    cumulative,
    q,
    *,
    rank=lambda q, total: q * total,
    reached=lambda count, rank: count >= rank,
    within=lambda low, high, share: low + (high - low) * share,
    last=lambda upper: upper[-2],
    empty=math.nan,
    bottom=0.0,
):
    """The right answer, with a part to replace."""
    if cumulative[-1] == 0:
        return empty
    wanted = rank(q, cumulative[-1])
    low, before = bottom, 0
    for high, count in zip(upper, cumulative, strict=True):
        if reached(count, wanted):
            return last(upper) if high == math.inf else within(low, high, (wanted - before) / (count - before))
        low, before = high, count
    return upper[-2]


def wrong__bucket_quantile__exceeds(upper, cumulative, q):
    """The bucket must reach the rank, not pass it: empty buckets behind it are skipped."""
    return _quantile(upper, cumulative, q, reached=lambda count, rank: count > rank)


def wrong__bucket_quantile__exceeds_but_for_one(upper, cumulative, q):
    """As before, but right for q = 1."""
    return _quantile(upper, cumulative, q, reached=lambda count, rank: count > rank or (q == 1 and count == rank))


def wrong__bucket_quantile__whole_rank(upper, cumulative, q):
    """The rank is q times the total, not the next whole number."""
    return _quantile(upper, cumulative, q, rank=lambda q, total: math.ceil(q * total))


def wrong__bucket_quantile__numpys_rank(upper, cumulative, q):
    """The rank is q times the total, not the place between the first and the last observation."""
    return _quantile(upper, cumulative, q, rank=lambda q, total: 1 + q * (total - 1))


def wrong__bucket_quantile__infinite(upper, cumulative, q):
    """In the last bucket the largest finite bound is asked for."""
    return _quantile(upper, cumulative, q, last=lambda upper: upper[-1])


def wrong__bucket_quantile__last_extrapolates(upper, cumulative, q):
    """The last bucket has no end; nothing is added to the largest finite bound."""
    width = upper[-2] - (upper[-3] if len(upper) > 2 else 0)
    return _quantile(upper, cumulative, q, last=lambda upper: upper[-2] + width)


def wrong__bucket_quantile__total_of_finite(upper, cumulative, q):
    """Observations above the last finite bound belong to the total."""
    return _quantile(upper[:-1], cumulative[:-1], q, last=lambda upper: upper[-1]) if q < 1 else upper[-2]


def wrong__bucket_quantile__first_is_a_point(upper, cumulative, q):
    """The first bucket begins at 0."""
    return _quantile(upper, cumulative, q, bottom=upper[0])


def wrong__bucket_quantile__zero_when_empty(upper, cumulative, q):
    """Without observations nan is asked for."""
    return _quantile(upper, cumulative, q, empty=0.0)


def wrong__bucket_quantile__geometric(upper, cumulative, q):
    """Spread evenly between the bounds, not between their logarithms."""
    return _quantile(
        upper, cumulative, q, within=lambda low, high, s: low ** (1 - s) * high**s if low else low + (high - low) * s
    )


def wrong__bucket_quantile__from_last_filled(upper, cumulative, q):
    """A bucket begins at the bound before it, also when the buckets before it are empty."""
    filled = [0, *(i for i in range(1, len(upper)) if cumulative[i] > cumulative[i - 1] or i == len(upper) - 1)]
    if cumulative[0] == 0 and len(filled) > 2:
        filled = filled[1:]
    if len(filled) < 2 or upper[filled[-2]] != upper[-2]:
        filled = sorted({*filled, len(upper) - 2})
    return _quantile([upper[i] for i in filled], [cumulative[i] for i in filled], q)


def wrong__bucket_quantile__interp(upper, cumulative, q):
    """Interpolates all counts at once: where empty buckets follow, it takes the last bound, not the first."""
    if cumulative[-1] == 0:
        return math.nan
    return float(np.interp(q * cumulative[-1], [0, *cumulative[:-1]], [0, *upper[:-1]]))


def wrong__bucket_quantile__single_precision(upper, cumulative, q):
    """Counts above 16 million don't fit in float32."""
    counts = [float(np.float32(c)) for c in cumulative]
    return _quantile(upper, counts, q)


def wrong__bucket_quantile__rounded(upper, cumulative, q):
    """Rounds to a tenth of a millisecond."""
    return round(_quantile(upper, cumulative, q), 4)


def wrong__bucket_quantile__two_finite_bounds(upper, cumulative, q):
    """One finite bound is enough."""
    return math.nan if len(upper) < 3 else _quantile(upper, cumulative, q)


def wrong__bucket_quantile__all_in_last(upper, cumulative, q):
    """Observations that are all above the largest finite bound are observations."""
    return math.nan if cumulative[-2] == 0 else _quantile(upper, cumulative, q)


def wrong__bucket_quantile__equal_widths(upper, cumulative, q):
    """Each bucket has its own width, not that of the first."""
    return _quantile(upper, cumulative, q, within=lambda low, high, share: low + upper[0] * share)


# 2. stability_index


def right__stability_index__histogram(reference, current, bins):
    edges = np.unique(np.quantile(reference, np.arange(1, bins) / bins))
    edges = np.concatenate([[-np.inf], edges, [np.inf]])
    p, q = ((c + 0.5) / (c + 0.5).sum() for c in (np.histogram(x, edges)[0] for x in (reference, current)))
    return ((q - p) * np.log(q / p)).sum()


def right__stability_index__digitize(reference, current, bins):
    edges = sorted({float(np.quantile(reference, k / bins)) for k in range(1, bins)})
    shares = []
    for values in (reference, current):
        counts = np.bincount(np.digitize(values, edges), minlength=len(edges) + 1) + 0.5
        shares.append(counts / counts.sum())
    p, q = shares
    return float(rel_entr(p, q).sum() + rel_entr(q, p).sum())


def right__stability_index__plain_python(reference, current, bins):
    edges = sorted(set(np.quantile(reference, np.linspace(0, 1, bins + 1)[1:-1]).tolist()))
    p, q = [0.5] * (len(edges) + 1), [0.5] * (len(edges) + 1)
    for counts, values in ((p, reference), (q, current)):
        for value in values.tolist():
            counts[bisect.bisect_right(edges, value)] += 1
    total_p, total_q = sum(p), sum(q)
    return sum((b / total_q - a / total_p) * math.log((b / total_q) / (a / total_p)) for a, b in zip(p, q, strict=True))


def right__stability_index__cut(reference, current, bins):
    edges = pd.Series(reference).quantile([k / bins for k in range(1, bins)]).drop_duplicates().tolist()
    table = pd.DataFrame(
        {
            name: pd.cut(pd.Series(x), [-math.inf, *edges, math.inf], right=False).value_counts(sort=False) + 0.5
            for name, x in (("p", reference), ("q", current))
        }
    )
    table /= table.sum()
    return ((table.q - table.p) * np.log(table.q / table.p)).sum()


def _edges(reference, bins):
    return np.unique(np.quantile(reference, np.arange(1, bins) / bins))


def _counts(values, edges, side="right"):
    return np.bincount(np.searchsorted(edges, values, side=side), minlength=len(edges) + 1)


def _index(p, q):
    return float(((q - p) * np.log(q / p)).sum())


def _psi(reference, current, edges, side="right", add=0.5):
    p, q = (_counts(x, edges, side) + add for x in (reference, current))
    return _index(p / p.sum(), q / q.sum())


def wrong__stability_index__below_the_edge(reference, current, bins):
    """A value equal to an edge belongs above it."""
    return _psi(reference, current, _edges(reference, bins), side="left")


def wrong__stability_index__edges_not_merged(reference, current, bins):
    """Equal edges are to be merged: they leave empty bins."""
    return _psi(reference, current, np.quantile(reference, np.arange(1, bins) / bins))


def wrong__stability_index__outside_dropped(reference, current, bins):
    """The outer bins are open."""
    edges = _edges(reference, bins)
    inside = current[(current >= reference.min()) & (current <= reference.max())]
    return _psi(reference, inside, edges)


def wrong__stability_index__edge_at_minimum_dropped(reference, current, bins):
    """An edge at the reference's minimum is an edge: current values may lie below it."""
    edges = _edges(reference, bins)
    return _psi(reference, current, edges[edges > reference.min()])


def wrong__stability_index__empty_bins_dropped(reference, current, bins):
    """Bins in which both columns are empty count as well, with 0.5 each."""
    edges = _edges(reference, bins)
    p, q = _counts(reference, edges), _counts(current, edges)
    filled = (p > 0) | (q > 0)
    p, q = p[filled] + 0.5, q[filled] + 0.5
    return _index(p / p.sum(), q / q.sum())


def wrong__stability_index__whole_edges(reference, current, bins):
    """The edges of whole numbers need not be whole."""
    return _psi(reference, current, np.unique(_edges(reference, bins).astype(reference.dtype)))


def wrong__stability_index__type_of_reference(reference, current, bins):
    """Measurements with decimals are not to be cut to whole numbers where the reference had only these."""
    return _psi(reference, current.astype(reference.dtype), _edges(reference, bins))


def wrong__stability_index__edges_rounded(reference, current, bins):
    """Edges that are close together aren't equal."""
    return _psi(reference, current, np.unique(np.round(np.quantile(reference, np.arange(1, bins) / bins), 6)))


def wrong__stability_index__half_where_empty(reference, current, bins):
    """0.5 is added to every count, not only to those that are 0."""
    p, q = (_counts(x, _edges(reference, bins)).astype(float) for x in (reference, current))
    p[p == 0], q[q == 0] = 0.5, 0.5
    return _index(p / p.sum(), q / q.sum())


def wrong__stability_index__divided_by_rows(reference, current, bins):
    """The counts are divided by their sum after 0.5 was added, not by the number of values."""
    p, q = ((_counts(x, _edges(reference, bins)) + 0.5) / len(x) for x in (reference, current))
    return _index(p, q)


def wrong__stability_index__edges_of_current(reference, current, bins):
    """The bins come from the reference."""
    return _psi(reference, current, _edges(current, bins))


def wrong__stability_index__pooled_edges(reference, current, bins):
    """The bins come from the reference alone."""
    return _psi(reference, current, _edges(np.concatenate([reference, current]), bins))


def wrong__stability_index__percent(reference, current, bins):
    """Cuts the quantiles to whole percent: a third is not 33 %."""
    return _psi(reference, current, np.unique(np.percentile(reference, [100 * k // bins for k in range(1, bins)])))


def wrong__stability_index__unbiased_quantiles(reference, current, bins):
    """The quantiles are NumPy's linear ones."""
    edges = np.quantile(reference, np.arange(1, bins) / bins, method="median_unbiased")
    return _psi(reference, current, np.unique(edges))


def wrong__stability_index__one_bin_less(reference, current, bins):
    """Never more bins than there are values in the reference."""
    return _psi(reference, current, _edges(reference, min(bins, len(reference))))


def wrong__stability_index__one_sided(reference, current, bins):
    """Twice the Kullback-Leibler divergence is not the sum of both directions."""
    p, q = (_counts(x, _edges(reference, bins)) + 0.5 for x in (reference, current))
    return float(2 * rel_entr(q / q.sum(), p / p.sum()).sum())


def wrong__stability_index__first_rows(reference, current, bins):
    """All current rows count, not only as many as the reference has."""
    return _psi(reference, current[: len(reference)], _edges(reference, bins))


# 3. matured_scores


def right__matured_scores__merge(predictions, outcomes, as_of, window):
    known = outcomes[outcomes["known_at"] <= as_of].sort_values("known_at").drop_duplicates("customer", keep="last")
    rows = predictions.merge(known[["customer", "left_at"]], on="customer", how="left")
    period = rows["scored_at"].dt.to_period("M")
    end = (period + 1).dt.to_timestamp()
    inside = (rows["left_at"] >= rows["scored_at"]) & (rows["left_at"] <= rows["scored_at"] + window)
    rows = rows.assign(month=period.astype(str), left=inside.astype(float))[end + window <= as_of]
    return rows.groupby("month", as_index=False).agg(
        count=("score", "size"), mean_score=("score", "mean"), rate=("left", "mean")
    )


def right__matured_scores__loop(predictions, outcomes, as_of, window):
    last = {}
    for row in outcomes.itertuples():
        if row.known_at <= as_of and (row.customer not in last or last[row.customer].known_at < row.known_at):
            last[row.customer] = row
    months = {}
    for row in predictions.itertuples():
        year, month = row.scored_at.year, row.scored_at.month
        following = pd.Timestamp(year + month // 12, month % 12 + 1, 1)
        if following + window > as_of:
            continue
        left = last[row.customer].left_at if row.customer in last else pd.NaT
        gone = bool(row.scored_at <= left <= row.scored_at + window)
        months.setdefault(f"{year}-{month:02d}", []).append((row.score, gone))
    lines = [
        (month, len(rows), sum(s for s, _ in rows) / len(rows), sum(g for _, g in rows) / len(rows))
        for month, rows in sorted(months.items())
    ]
    return pd.DataFrame(lines, columns=["month", "count", "mean_score", "rate"])


def right__matured_scores__map(predictions, outcomes, as_of, window):
    known = outcomes.loc[outcomes["known_at"].le(as_of)].sort_values("known_at")
    left = predictions["customer"].map(
        known.groupby("customer")["left_at"].nth(-1).set_axis(known.groupby("customer")["customer"].nth(-1)).to_dict()
    )
    left = pd.to_datetime(left)
    waited = left - predictions["scored_at"]
    table = pd.DataFrame(
        {
            "month": predictions["scored_at"].dt.strftime("%Y-%m"),
            "score": predictions["score"],
            "left": waited.between(pd.Timedelta(0), window).to_numpy(),
        }
    )
    first = pd.to_datetime(table["month"] + "-01", format="%Y-%m-%d") + pd.offsets.MonthBegin(1)
    groups = table[first <= as_of - window].groupby("month")
    result = pd.DataFrame({"count": groups.size(), "mean_score": groups["score"].mean(), "rate": groups["left"].mean()})
    return result.reset_index()


def _known(outcomes, as_of):
    known = outcomes[outcomes["known_at"] <= as_of]
    return known.sort_values("known_at").drop_duplicates("customer", keep="last")


def _gone(rows, window):
    return (rows["left_at"] >= rows["scored_at"]) & (rows["left_at"] <= rows["scored_at"] + window)


def _next_month(rows):
    return (rows["scored_at"].dt.to_period("M") + 1).dt.to_timestamp()


def _report(
    predictions,
    outcomes,
    as_of,
    window,
    *,
    known=_known,
    gone=_gone,
    complete=lambda rows, as_of, window: _next_month(rows) + window <= as_of,
    month="%Y-%m",
    how="left",
    sort=True,
):
    """The right answer, with a part to replace."""
    rows = predictions.merge(known(outcomes, as_of)[["customer", "left_at"]], on="customer", how=how)
    rows = rows.assign(month=rows["scored_at"].dt.strftime(month), left=gone(rows, window).astype(float))
    rows = rows[complete(rows, as_of, window)]
    return rows.groupby("month", as_index=False, sort=sort).agg(
        count=("score", "size"), mean_score=("score", "mean"), rate=("left", "mean")
    )


def wrong__matured_scores__each_score(predictions, outcomes, as_of, window):
    """A month counts as a whole or not at all; here the scores of its first days count earlier."""
    return _report(
        predictions, outcomes, as_of, window, complete=lambda rows, as_of, window: rows["scored_at"] + window <= as_of
    )


def wrong__matured_scores__last_score(predictions, outcomes, as_of, window):
    """The month's end decides, not its last score."""

    def complete(rows, as_of, window):
        return rows.groupby("month")["scored_at"].transform("max") + window <= as_of

    return _report(predictions, outcomes, as_of, window, complete=complete)


def wrong__matured_scores__strictly_before(predictions, outcomes, as_of, window):
    """A month whose window ends at `as_of` itself counts."""
    return _report(
        predictions, outcomes, as_of, window, complete=lambda rows, as_of, window: _next_month(rows) + window < as_of
    )


def wrong__matured_scores__last_day(predictions, outcomes, as_of, window):
    """A month ends with the next month's first moment, a day after its last day began."""

    def complete(rows, as_of, window):
        return _next_month(rows) - pd.Timedelta(days=1) + window <= as_of

    return _report(predictions, outcomes, as_of, window, complete=complete)


def wrong__matured_scores__months_first(predictions, outcomes, as_of, window):
    """The window begins at the month's end for its last customer, not at its beginning."""

    def complete(rows, as_of, window):
        return rows["scored_at"].dt.to_period("M").dt.to_timestamp() + window <= as_of

    return _report(predictions, outcomes, as_of, window, complete=complete)


def wrong__matured_scores__thirty_one_days(predictions, outcomes, as_of, window):
    """Not every month has 31 days."""

    def complete(rows, as_of, window):
        return rows["scored_at"].dt.to_period("M").dt.to_timestamp() + pd.Timedelta(days=31) + window <= as_of

    return _report(predictions, outcomes, as_of, window, complete=complete)


def wrong__matured_scores__everything_known(predictions, outcomes, as_of, window):
    """Rows written down after `as_of` weren't known."""
    return _report(predictions, outcomes, as_of, window, known=lambda o, t: _known(o, pd.Timestamp("2262-01-01")))


def wrong__matured_scores__last_row_then_known(predictions, outcomes, as_of, window):
    """Of the rows known by `as_of` the last counts: one written later must not hide it."""

    def known(outcomes, as_of):
        last = _known(outcomes, pd.Timestamp("2262-01-01"))
        return last[last["known_at"] <= as_of]

    return _report(predictions, outcomes, as_of, window, known=known)


def wrong__matured_scores__known_before(predictions, outcomes, as_of, window):
    """What is written down at `as_of` itself is known."""
    return _report(predictions, outcomes, as_of, window, known=lambda o, t: _known(o, t - pd.Timedelta(1, "us")))


def wrong__matured_scores__recalled_departure(predictions, outcomes, as_of, window):
    """A later row without `left_at` takes the departure back."""
    return _report(predictions, outcomes.dropna(subset="left_at"), as_of, window)


def wrong__matured_scores__any_row(predictions, outcomes, as_of, window):
    """Only the row known last counts, not any that names a departure in the window."""
    known = outcomes[outcomes["known_at"] <= as_of]
    rows = predictions.reset_index(drop=True).rename_axis("row").reset_index()
    rows = rows.merge(known[["customer", "left_at"]], on="customer", how="left")
    yes = _gone(rows, window).groupby(rows["row"]).any()
    made = predictions.reset_index(drop=True).assign(customer=range(len(predictions)))
    made_up = pd.DataFrame({"customer": made["customer"], "left_at": made["scored_at"].where(yes.to_numpy(dtype=bool))})
    return _report(made, made_up.assign(known_at=as_of), as_of, window)


def wrong__matured_scores__row_order(predictions, outcomes, as_of, window):
    """The row known last counts, not the one that stands last."""

    def known(outcomes, as_of):
        return outcomes[outcomes["known_at"] <= as_of].drop_duplicates("customer", keep="last")

    return _report(predictions, outcomes, as_of, window, known=known)


def wrong__matured_scores__latest_departure(predictions, outcomes, as_of, window):
    """A corrected departure may be earlier than the one written down before."""

    def known(outcomes, as_of):
        known = outcomes[outcomes["known_at"] <= as_of]
        return known.sort_values("left_at", na_position="last").drop_duplicates("customer", keep="last")

    return _report(predictions, outcomes, as_of, window, known=known)


def wrong__matured_scores__window_excluded(predictions, outcomes, as_of, window):
    """The window's end is included."""
    return _report(
        predictions,
        outcomes,
        as_of,
        window,
        gone=lambda rows, window: (
            (rows["left_at"] >= rows["scored_at"]) & (rows["left_at"] < rows["scored_at"] + window)
        ),
    )


def wrong__matured_scores__moment_excluded(predictions, outcomes, as_of, window):
    """A customer who leaves at the moment of the score left in the window."""
    return _report(
        predictions,
        outcomes,
        as_of,
        window,
        gone=lambda rows, window: (
            (rows["left_at"] > rows["scored_at"]) & (rows["left_at"] <= rows["scored_at"] + window)
        ),
    )


def wrong__matured_scores__left_before(predictions, outcomes, as_of, window):
    """A departure before the score is not one in its window."""
    return _report(
        predictions, outcomes, as_of, window, gone=lambda rows, window: rows["left_at"] <= rows["scored_at"] + window
    )


def wrong__matured_scores__whole_days(predictions, outcomes, as_of, window):
    """Moments are compared, not days: who left in the morning was not there to be scored in the evening."""

    def gone(rows, window):
        waited = rows["left_at"].dt.normalize() - rows["scored_at"].dt.normalize()
        return (waited >= pd.Timedelta(0)) & (waited <= window)

    return _report(predictions, outcomes, as_of, window, gone=gone)


def wrong__matured_scores__days_of_window(predictions, outcomes, as_of, window):
    """A window may hold hours beside its days."""
    return _report(predictions, outcomes, as_of, pd.Timedelta(days=window.days))


def wrong__matured_scores__seconds(predictions, outcomes, as_of, window):
    """Times are cut to seconds: a millisecond after the window is after it."""

    def gone(rows, window):
        return _gone(
            rows.assign(left_at=rows["left_at"].dt.floor("s"), scored_at=rows["scored_at"].dt.floor("s")), window
        )

    return _report(predictions, outcomes, as_of, window, gone=gone)


def wrong__matured_scores__only_with_outcome(predictions, outcomes, as_of, window):
    """A customer without a row stayed, and counts."""
    return _report(predictions, outcomes, as_of, window, how="inner")


def wrong__matured_scores__once_a_month(predictions, outcomes, as_of, window):
    """Each prediction counts, also a customer's second in a month."""
    month = predictions["scored_at"].dt.to_period("M")
    once = predictions[~predictions.assign(month=month).duplicated(["customer", "month"])]
    return _report(once, outcomes, as_of, window)


def wrong__matured_scores__equal_rows(predictions, outcomes, as_of, window):
    """Two equal rows of predictions are two."""
    return _report(predictions.drop_duplicates(), outcomes, as_of, window)


def wrong__matured_scores__already_gone(predictions, outcomes, as_of, window):
    """Scores of customers who had left before count as well."""
    left = predictions["customer"].map(_known(outcomes, as_of).set_index("customer")["left_at"].to_dict())
    left = pd.to_datetime(left)
    return _report(predictions[~(left < predictions["scored_at"])], outcomes, as_of, window)


def wrong__matured_scores__months_of_all_years(predictions, outcomes, as_of, window):
    """March of one year and of the next are two months."""
    result = _report(predictions, outcomes, as_of, window, month="%m")
    years = predictions["scored_at"].dt.year
    return result.assign(month=[f"{years.min()}-{m}" for m in result["month"]])


def wrong__matured_scores__order_of_rows(predictions, outcomes, as_of, window):
    """The months are to be in order, not as they come in the predictions."""
    return _report(predictions, outcomes, as_of, window, sort=False)


def wrong__matured_scores__gaps_filled(predictions, outcomes, as_of, window):
    """A month without predictions has no line."""
    result = _report(predictions, outcomes, as_of, window)
    if len(result) < 2:
        return result
    months = pd.period_range(result["month"].iloc[0], result["month"].iloc[-1], freq="M").astype(str)
    result = result.set_index("month").reindex(months).rename_axis("month").reset_index()
    return result.assign(count=result["count"].fillna(0).astype(int))


def wrong__matured_scores__month_period(predictions, outcomes, as_of, window):
    """The month is to be text."""
    result = _report(predictions, outcomes, as_of, window)
    return result.assign(month=pd.PeriodIndex(result["month"], freq="M"))


def wrong__matured_scores__month_as_index(predictions, outcomes, as_of, window):
    """The month is a column."""
    return _report(predictions, outcomes, as_of, window).set_index("month")


def wrong__matured_scores__no_columns_when_empty(predictions, outcomes, as_of, window):
    """Without a complete month the table is empty, but has its columns."""
    result = _report(predictions, outcomes, as_of, window)
    return result if len(result) else pd.DataFrame()


def wrong__matured_scores__whole_year_late(predictions, outcomes, as_of, window):
    """December is followed by January of the next year, not of the same."""

    def complete(rows, as_of, window):
        stamps = [pd.Timestamp(t.year, t.month % 12 + 1, 1) for t in rows["scored_at"]]
        return pd.Series(stamps, index=rows.index, dtype="datetime64[ns]") + window <= as_of

    return _report(predictions, outcomes, as_of, window, complete=complete)


# 4. alarm_level


def right__alarm_level__choice(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    rng = np.random.default_rng(seed)
    values = sorted(statistic(reference, rng.choice(reference, n)) for _ in range(2000))
    allowed = math.floor(2000 * alarms_per_year / checks_per_year)
    return values[1999 - allowed]


def right__alarm_level__matrix(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    rows = np.random.RandomState(seed).randint(0, len(reference), (2000, n))
    values = np.array([statistic(reference, reference[row]) for row in rows])
    levels = np.unique(values)
    exceeding = len(values) - np.searchsorted(np.sort(values), levels, side="right")
    return levels[np.argmax(exceeding * checks_per_year <= alarms_per_year * 2000)]


def right__alarm_level__standard_library(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    generator = random.Random(seed)
    pool = reference.tolist()
    values = [statistic(reference, np.array(generator.choices(pool, k=n), dtype=reference.dtype)) for _ in range(2000)]
    allowed = int(Fraction(alarms_per_year) / checks_per_year * 2000)
    return heapq.nlargest(allowed + 1, values)[-1]


def right__alarm_level__counted(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    streams = np.random.default_rng([seed, 2000])
    counts = Counter()
    for _ in range(2000):
        counts[float(statistic(reference, reference[streams.integers(len(reference), size=n)]))] += 1
    above, level = 0, None
    for value in sorted(counts, reverse=True):
        if above * checks_per_year > alarms_per_year * 2000:
            break
        level, above = value, above + counts[value]
    return level


def _quiet(reference, statistic, n, seed, draws=2000):
    rng = np.random.default_rng(seed)
    return [statistic(reference, rng.choice(reference, n)) for _ in range(draws)]


def _level(values, checks_per_year, alarms_per_year):
    allowed = math.floor(len(values) * alarms_per_year / checks_per_year)
    return sorted(values)[len(values) - 1 - allowed]


def wrong__alarm_level__interpolated(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """The level is one of the values, not a point between two."""
    return float(np.quantile(_quiet(reference, statistic, n, seed), 1 - alarms_per_year / checks_per_year))


def wrong__alarm_level__higher(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """The smallest such value; NumPy's 'higher' takes the next one where 'lower' is it."""
    values = _quiet(reference, statistic, n, seed)
    return float(np.quantile(values, 1 - alarms_per_year / checks_per_year, method="higher"))


def wrong__alarm_level__lower(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """More than the allowed share may exceed NumPy's 'lower' quantile."""
    values = _quiet(reference, statistic, n, seed)
    return float(np.quantile(values, 1 - alarms_per_year / checks_per_year, method="lower"))


def wrong__alarm_level__off_where_whole(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """Where the allowed number is whole, as 40 of 2,000, one alarm less is allowed."""
    allowed = math.ceil(2000 * alarms_per_year / checks_per_year) - 1
    return sorted(_quiet(reference, statistic, n, seed))[1999 - allowed]


def wrong__alarm_level__rounded(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """Rounds the allowed number to the nearest, which is more than the share at times."""
    allowed = min(round(2000 * alarms_per_year / checks_per_year), 1999)
    return sorted(_quiet(reference, statistic, n, seed))[1999 - allowed]


def wrong__alarm_level__one_too_many(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """One more of the values exceeds it than is allowed."""
    allowed = math.floor(2000 * alarms_per_year / checks_per_year)
    return sorted(_quiet(reference, statistic, n, seed))[max(1998 - allowed, 0)]


def wrong__alarm_level__reaching_counts(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """An alarm is a value above the level; here also one that equals it."""
    values = sorted(_quiet(reference, statistic, n, seed))
    allowed = 2000 * alarms_per_year / checks_per_year
    return next((v for v in values if 2000 - bisect.bisect_left(values, v) <= allowed), values[-1])


def wrong__alarm_level__different_values(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """The share of the days, not of the different values."""
    values = _quiet(reference, statistic, n, seed)
    return _level(sorted(set(values)), checks_per_year, alarms_per_year)


def wrong__alarm_level__size(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """The level of the statistic itself, not of its size: a statistic may be negative."""
    return _level([abs(v) for v in _quiet(reference, statistic, n, seed)], checks_per_year, alarms_per_year)


def wrong__alarm_level__never_negative(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """A level may be negative."""
    return max(0.0, _level(_quiet(reference, statistic, n, seed), checks_per_year, alarms_per_year))


def wrong__alarm_level__without_replacement(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """Days are drawn with replacement, also where they are shorter than the reference."""
    rng = np.random.default_rng(seed)
    more = n > len(reference)
    values = [statistic(reference, rng.choice(reference, n, replace=more)) for _ in range(2000)]
    return _level(values, checks_per_year, alarms_per_year)


def wrong__alarm_level__blocks(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """Rows are drawn one by one, not as a run of neighbors."""
    rng = np.random.default_rng(seed)
    starts = rng.integers(len(reference), size=2000)
    values = [statistic(reference, reference[(start + np.arange(n)) % len(reference)]) for start in starts]
    return _level(values, checks_per_year, alarms_per_year)


def wrong__alarm_level__last_row_never(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """The reference's last row is never drawn."""
    rng = np.random.default_rng(seed)
    high = max(len(reference) - 1, 1)
    values = [statistic(reference, reference[rng.integers(high, size=n)]) for _ in range(2000)]
    return _level(values, checks_per_year, alarms_per_year)


def wrong__alarm_level__values_of_reference(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """Draws from the different values: a frequent one is drawn too rarely."""
    rng = np.random.default_rng(seed)
    different = np.unique(reference)
    values = [statistic(reference, rng.choice(different, n)) for _ in range(2000)]
    return _level(values, checks_per_year, alarms_per_year)


def wrong__alarm_level__normal(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """Days are drawn from the reference's rows, not from a normal distribution."""
    rng = np.random.default_rng(seed)
    values = [statistic(reference, rng.normal(reference.mean(), reference.std(), n)) for _ in range(2000)]
    return _level(values, checks_per_year, alarms_per_year)


def wrong__alarm_level__both_resampled(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """The statistic gets the reference itself."""
    rng = np.random.default_rng(seed)
    values = [statistic(rng.choice(reference, len(reference)), rng.choice(reference, n)) for _ in range(2000)]
    return _level(values, checks_per_year, alarms_per_year)


def wrong__alarm_level__swapped(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """The reference comes first."""
    return _level(_quiet(reference, lambda old, new: statistic(new, old), n, seed), checks_per_year, alarms_per_year)


def wrong__alarm_level__length_of_reference(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """A day has n rows, which may be more than the reference has."""
    return _level(_quiet(reference, statistic, min(n, len(reference)), seed), checks_per_year, alarms_per_year)


def wrong__alarm_level__thousand(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """Draws 1,000 days."""
    return _level(_quiet(reference, statistic, n, seed, 1000), checks_per_year, alarms_per_year)


def wrong__alarm_level__twice(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """The statistic is called once for each day, not twice."""

    def twice(old, new):
        statistic(old, new)
        return statistic(old, new)

    return _level(_quiet(reference, twice, n, seed), checks_per_year, alarms_per_year)


def wrong__alarm_level__equal_days_once(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """The statistic is called for each day, also for one with the same rows as an earlier one."""
    seen = {}

    def once(old, new):
        key = new.tobytes()
        if key not in seen:
            seen[key] = statistic(old, new)
        return seen[key]

    return _level(_quiet(reference, once, n, seed), checks_per_year, alarms_per_year)


def wrong__alarm_level__one_day(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """Starts the generator anew for each day: all 2,000 days are the same."""
    values = [statistic(reference, np.random.default_rng(seed).choice(reference, n)) for _ in range(2000)]
    return _level(values, checks_per_year, alarms_per_year)


def wrong__alarm_level__a_year_of_days(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """Only 365 different days, used again and again."""
    rng = np.random.default_rng(seed)
    days = [rng.choice(reference, n) for _ in range(365)]
    values = [statistic(reference, days[i % 365]) for i in range(2000)]
    return _level(values, checks_per_year, alarms_per_year)


def wrong__alarm_level__unseeded(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """The same seed is to give the same level."""
    return _level(_quiet(reference, statistic, n, None), checks_per_year, alarms_per_year)


_GENERATOR = np.random.default_rng(0)


def wrong__alarm_level__shared_generator(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """A generator of the module goes on where the last call stopped."""
    values = [statistic(reference, _GENERATOR.choice(reference, n)) for _ in range(2000)]
    return _level(values, checks_per_year, alarms_per_year)


def wrong__alarm_level__seed_ignored(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """Ignores the seed: another one is to draw other days."""
    return _level(_quiet(reference, statistic, n, 0), checks_per_year, alarms_per_year)


def wrong__alarm_level__daily(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """Not everybody checks once a day."""
    return _level(_quiet(reference, statistic, n, seed), 365, min(alarms_per_year, 364))


def wrong__alarm_level__whole_alarms(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """Half an alarm a year is an allowed number."""
    alarms = max(1, int(alarms_per_year)) if checks_per_year > 1 else alarms_per_year
    return _level(_quiet(reference, statistic, n, seed), checks_per_year, alarms)


def wrong__alarm_level__other_tail(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """The largest values are the alarms, not the smallest."""
    values = _quiet(reference, statistic, n, seed)
    return sorted(values)[math.floor(2000 * alarms_per_year / checks_per_year)]


# 5. change_alarm


def right__change_alarm__loop(stream, mean, deviation, slack, limit):
    up = down = 0.0
    up_zero = down_zero = -1
    for position, x in enumerate(stream):
        if not math.isnan(x):
            z = (x - mean) / deviation
            up = max(0.0, up + z - slack)
            down = max(0.0, down - z - slack)
        if up == 0:
            up_zero = position
        if down == 0:
            down_zero = position
        if up > limit:
            return position, up_zero + 1
        if down > limit:
            return position, down_zero + 1
    return None


def right__change_alarm__runs(stream, mean, deviation, slack, limit):
    sums, lengths = {1: 0.0, -1: 0.0}, {1: 0, -1: 0}
    for position, x in enumerate(stream):
        for sign in sums:
            if x == x:
                sums[sign] += sign * (x - mean) / deviation - slack
            if sums[sign] <= 0:
                sums[sign], lengths[sign] = 0.0, 0
            else:
                lengths[sign] += 1
            if sums[sign] > limit:
                return (position, position - lengths[sign] + 1)
    return None


def right__change_alarm__accumulate(stream, mean, deviation, slack, limit):
    def step(state, item):
        up, up_start, down, down_start, _ = state
        position, x = item
        if not np.isnan(x):
            z = (x - mean) / deviation
            up, down = max(up + (z - slack), 0), max(down + (-z - slack), 0)
        return up, up_start if up else position + 1, down, down_start if down else position + 1, position

    for up, up_start, down, down_start, position in itertools.accumulate(
        enumerate(stream), step, initial=(0, 0, 0, 0, -1)
    ):
        if max(up, down) > limit:
            return position, up_start if up > limit else down_start


def right__change_alarm__exact(stream, mean, deviation, slack, limit):
    total = {1: Fraction(0), -1: Fraction(0)}
    lowest = {1: (Fraction(0), 0), -1: (Fraction(0), 0)}
    for position, x in enumerate(stream):
        for sign in (1, -1):
            if not math.isnan(x):
                total[sign] += sign * Fraction((x - mean) / deviation) - Fraction(slack)
            if total[sign] <= lowest[sign][0]:
                lowest[sign] = total[sign], position + 1
            if total[sign] - lowest[sign][0] > limit:
                return position, lowest[sign][1]
    return None


def _cusum(
    stream,
    mean,
    deviation,
    slack,
    limit,
    *,
    above=lambda s, limit: s > limit,
    z=lambda x, mean, deviation: (x - mean) / deviation,
    sides=(1, -1),
    zero=lambda s: s <= 0,
    first=0,
):
    """The right answer, with a part to replace."""
    sums, starts = dict.fromkeys(sides, 0.0), dict.fromkeys(sides, 0)
    for position, x in enumerate(stream, first):
        for sign in sides:
            if not math.isnan(x):
                sums[sign] += sign * z(x, mean, deviation) - slack
            if zero(sums[sign]):
                starts[sign] = position + 1
            sums[sign] = max(sums[sign], 0.0)
            if above(sums[sign], limit):
                return position, starts[sign]
    return None


def wrong__change_alarm__reaches(stream, mean, deviation, slack, limit):
    """The sum must be above the limit; reaching it is not enough."""
    return _cusum(stream, mean, deviation, slack, limit, above=lambda s, limit: s >= limit and s > 0)


def wrong__change_alarm__upper_only(stream, mean, deviation, slack, limit):
    """A fall is a change as well."""
    return _cusum(stream, mean, deviation, slack, limit, sides=(1,))


def wrong__change_alarm__size_of_z(stream, mean, deviation, slack, limit):
    """Two sums, not one of the distances in both directions."""
    return _cusum(stream, mean, deviation, slack, limit, sides=(1,), z=lambda x, m, d: abs(x - m) / d)


def wrong__change_alarm__last_zero(stream, mean, deviation, slack, limit):
    """The change began after the last position with sum 0, not there."""
    found = _cusum(stream, mean, deviation, slack, limit)
    return found and (found[0], max(found[1] - 1, 0))


def wrong__change_alarm__clipped_only(stream, mean, deviation, slack, limit):
    """A sum that comes to exactly 0 is 0, also when nothing had to be cut off."""
    sums, starts = {1: 0.0, -1: 0.0}, {1: 0, -1: 0}
    for position, x in enumerate(stream):
        for sign in (1, -1):
            before = sums[sign]
            if not math.isnan(x):
                sums[sign] += sign * (x - mean) / deviation - slack
            if sums[sign] < 0 or (sums[sign] == 0 and before == 0):
                starts[sign] = position + 1
            sums[sign] = max(sums[sign], 0.0)
            if sums[sign] > limit:
                return position, starts[sign]
    return None


def wrong__change_alarm__one_start(stream, mean, deviation, slack, limit):
    """Each sum has its own last zero."""
    sums, start = {1: 0.0, -1: 0.0}, 0
    for position, x in enumerate(stream):
        for sign in (1, -1):
            if not math.isnan(x):
                sums[sign] = max(0.0, sums[sign] + sign * (x - mean) / deviation - slack)
        if min(sums.values()) == 0 == max(sums.values()):
            start = position + 1
        if max(sums.values()) > limit:
            return position, start
    return None


def wrong__change_alarm__both_reset(stream, mean, deviation, slack, limit):
    """When one sum falls to 0 the other one stays."""
    up = down = 0.0
    up_start = down_start = 0
    for position, x in enumerate(stream):
        if not math.isnan(x):
            z = (x - mean) / deviation
            up, down = max(0.0, up + z - slack), max(0.0, down - z - slack)
            if up > down:
                down = 0.0
            elif down > up:
                up = 0.0
        up_start = up_start if up else position + 1
        down_start = down_start if down else position + 1
        if max(up, down) > limit:
            return position, up_start if up > limit else down_start
    return None


def wrong__change_alarm__one_signed_sum(stream, mean, deviation, slack, limit):
    """Two sums that can't fall below 0, not one that may."""
    total, start = 0.0, 0
    for position, x in enumerate(stream):
        if not math.isnan(x):
            z = (x - mean) / deviation
            total = math.copysign(max(0.0, abs(total + z) - slack), total + z)
        if total == 0:
            start = position + 1
        if abs(total) > limit:
            return position, start
    return None


def wrong__change_alarm__missing_resets(stream, mean, deviation, slack, limit):
    """`max(0.0, nan)` is 0: a missing value sets both sums to 0."""
    up = down = 0.0
    up_start = down_start = 0
    for position, x in enumerate(stream):
        z = (x - mean) / deviation
        up, down = max(0.0, up + z - slack), max(0.0, down - z - slack)
        up_start = up_start if up else position + 1
        down_start = down_start if down else position + 1
        if max(up, down) > limit:
            return position, up_start if up > limit else down_start
    return None


def wrong__change_alarm__missing_as_mean(stream, mean, deviation, slack, limit):
    """A missing value leaves the sums as they are; as the mean it would take off the slack."""
    return _cusum((mean if math.isnan(x) else x for x in stream), mean, deviation, slack, limit)


def wrong__change_alarm__missing_as_last(stream, mean, deviation, slack, limit):
    """A missing value leaves the sums as they are, and doesn't repeat the value before it."""

    def filled():
        last = math.nan
        for x in stream:
            last = last if math.isnan(x) else x
            yield last

    return _cusum(filled(), mean, deviation, slack, limit)


def wrong__change_alarm__missing_not_counted(stream, mean, deviation, slack, limit):
    """The position of a missing value counts."""
    return _cusum((x for x in stream if not math.isnan(x)), mean, deviation, slack, limit)


def wrong__change_alarm__missing_begins_it(stream, mean, deviation, slack, limit):
    """A sum that is 0 is 0 at a missing value's position as well: the start lies behind it."""
    sums, starts = {1: 0.0, -1: 0.0}, {1: 0, -1: 0}
    for position, x in enumerate(stream):
        if math.isnan(x):
            continue
        for sign in (1, -1):
            sums[sign] = max(0.0, sums[sign] + sign * (x - mean) / deviation - slack)
            if sums[sign] == 0:
                starts[sign] = position + 1
            if sums[sign] > limit:
                return position, starts[sign]
    return None


def wrong__change_alarm__the_nan(stream, mean, deviation, slack, limit):
    """Knows only `math.nan` itself, not another nan such as `float("nan")`."""
    sums, starts = {1: 0.0, -1: 0.0}, {1: 0, -1: 0}
    for position, x in enumerate(stream):
        for sign in (1, -1):
            if x is not math.nan and x is not np.nan:
                sums[sign] += sign * (x - mean) / deviation - slack
                sums[sign] = max(0.0, sums[sign])
            if sums[sign] == 0:
                starts[sign] = position + 1
            if sums[sign] > limit:
                return position, starts[sign]
    return None


def wrong__change_alarm__reads_all(stream, mean, deviation, slack, limit):
    """An endless stream has no list, so this gives up after 100,000 values."""
    return _cusum(list(itertools.islice(stream, 100_000)), mean, deviation, slack, limit)


def wrong__change_alarm__reads_one_more(stream, mean, deviation, slack, limit):
    """Reads one value after the alarm."""
    return _cusum((x for x, _ in itertools.pairwise(itertools.chain(stream, [0.0]))), mean, deviation, slack, limit)


def wrong__change_alarm__first_thousand(stream, mean, deviation, slack, limit):
    """Stops after 1,000 values."""
    return _cusum(itertools.islice(stream, 1000), mean, deviation, slack, limit)


def wrong__change_alarm__in_units_of_x(stream, mean, deviation, slack, limit):
    """Slack and limit are meant in deviations."""
    return _cusum(stream, mean, deviation, slack, limit, z=lambda x, mean, deviation: x - mean)


def wrong__change_alarm__variance(stream, mean, deviation, slack, limit):
    """Divides by the deviation's square."""
    return _cusum(stream, mean, deviation, slack, limit, z=lambda x, mean, deviation: (x - mean) / deviation**2)


def wrong__change_alarm__capped(stream, mean, deviation, slack, limit):
    """A value far away counts in full, also beyond six deviations."""
    return _cusum(stream, mean, deviation, slack, limit, z=lambda x, m, d: min(max((x - m) / d, -6), 6))


def wrong__change_alarm__not_at_once(stream, mean, deviation, slack, limit):
    """The first value can give the alarm."""
    seen = []

    def above(total, limit):
        return total > limit and len(seen) > 1

    return _cusum((seen.append(x) or x for x in stream), mean, deviation, slack, limit, above=above)


def wrong__change_alarm__positions_from_one(stream, mean, deviation, slack, limit):
    """Positions are counted from 0."""
    return _cusum(stream, mean, deviation, slack, limit, first=1)


def wrong__change_alarm__start_first(stream, mean, deviation, slack, limit):
    """The alarm comes first, then the start."""
    found = _cusum(stream, mean, deviation, slack, limit)
    return found and found[::-1]


def wrong__change_alarm__two_nones(stream, mean, deviation, slack, limit):
    """Without an alarm None is asked for, not a pair."""
    return _cusum(stream, mean, deviation, slack, limit) or (None, None)


def wrong__change_alarm__almost_zero(stream, mean, deviation, slack, limit):
    """A sum of half a deviation is not 0."""
    return _cusum(stream, mean, deviation, slack, limit, zero=lambda s: s <= 0.5 and s <= limit)


def wrong__change_alarm__rounded(stream, mean, deviation, slack, limit):
    """Rounds the standardized values to a decimal."""
    return _cusum(stream, mean, deviation, slack, limit, z=lambda x, m, d: round((x - m) / d, 1))


@functools.cache
def _remembered(values, mean, deviation, slack):
    return {}


def wrong__change_alarm__limit_remembered(stream, mean, deviation, slack, limit):
    """Keeps the first limit that it saw for these parameters, and the next call uses it."""
    kept = _remembered((), mean, deviation, slack)
    return _cusum(stream, mean, deviation, slack, kept.setdefault("limit", limit))
