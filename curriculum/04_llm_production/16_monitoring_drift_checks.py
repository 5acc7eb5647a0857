"""Checks of `04_llm_production/16_monitoring_drift`: exact fractions, loops over rows, recorded draws, suffix sums."""

import bisect
import itertools
import math
from fractions import Fraction

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from handrail.expect import agree, call, close, equivalent, hints, kind, numbers, require, told_by_message

# 1. bucket_quantile

BOUNDS = [0.005, 0.125, 0.25, 0.5, 1.0, 2.5, 10.0]


@st.composite
def _histograms(draw):
    bounds = sorted(draw(st.lists(st.sampled_from(BOUNDS), min_size=1, max_size=4, unique=True)))
    counts = draw(st.lists(st.sampled_from([0, 0, 1, 2, 5, 8, 40]), min_size=len(bounds) + 1, max_size=len(bounds) + 1))
    share = draw(st.sampled_from([0.125, 0.25, 0.5, 0.75, 0.875, 1.0]))  # exact in binary: no rank is off by rounding
    return call([*bounds, math.inf], list(itertools.accumulate(counts)), share)


def _read_from_buckets(upper, cumulative, q):
    """Compute with fractions: the width of the bucket times the share of its observations below the rank."""
    total = cumulative[-1]
    if total == 0:
        return math.nan
    rank = Fraction(q) * total
    below, low = 0, Fraction(0)
    for bound, upto in zip(upper, cumulative, strict=True):
        if upto >= rank:
            return float(low + (Fraction(bound) - low) * (rank - below) / (upto - below)) if bound < math.inf else low
        below, low = upto, Fraction(bound) if bound < math.inf else low
    raise AssertionError("the last count is the total")


@hints(
    "How many observations lie at or below the quantile? Which bucket is the first to hold that many?",
    "Inside its bucket, the quantile lies as far along as the rank lies between the two cumulative counts.",
    "With lower bound `a`, upper bound `b`, counts `before` and `upto`: the part (rank − before) / (upto − before) of "
    "the way from `a` to `b`. Treat the first and the last bucket by themselves.",
)
def check_bucket_quantile(bucket_quantile):
    inf = math.inf
    cases = [
        call([0.1, 0.25, inf], [40, 55, 55], 0.75),
        call([0.1, 0.25, 0.5, inf], [4, 8, 9, 9], 0.5),
        call([0.1, 0.25, inf], [40, 55, 80], 0.875),
        call([0.1, 0.25, inf], [40, 55, 80], 0.25),
        call([0.1, 0.25, inf], [0, 0, 0], 0.5),
        call([0.1, 0.25, inf], [0, 0, 7], 0.5),
        call([0.25, 0.5, 1.0, inf], [4, 4, 8, 8], 0.5),
        call([0.25, 0.5, 1.0, inf], [0, 0, 8, 8], 0.25),
        call([0.25, 0.5, 1.0, inf], [3, 3, 3, 3], 1.0),
        call([2.5, inf], [8, 9], 0.875),
        call([0.1, 0.2, 0.4, 0.8, inf], [9_000_000, 9_400_001, 9_700_003, 9_999_000, 10_000_000], 0.95),
        call([0.1, 0.2, 0.4, 0.8, inf], [9_000_000, 9_400_001, 9_700_003, 9_999_000, 10_000_000], 0.99),
        call([0.1, 0.25, inf], [2**24, 2**24 + 1, 2**24 + 1], 1.0),
    ]

    def expected(upper, cumulative, q):
        return float(_read_from_buckets(upper, cumulative, q))

    agree(bucket_quantile, expected, on=_histograms(), also=cases, examples=60)


def bucket_quantile__not_cumulative(upper, cumulative, q):
    """You added up the counts, but they are cumulative already: 40, 55, 55 means 40 in the first bucket, 15 in the
    second and none above.
    """
    return _interpolated(upper, list(itertools.accumulate(cumulative)), q)


def bucket_quantile__upper_bound_only(upper, cumulative, q):
    """You returned the upper bound of the bucket. Then a quantile jumps from bound to bound when one request moves:
    interpolate inside the bucket.
    """
    value = _interpolated(upper, cumulative, q)
    return value if math.isnan(value) else next((b for b in upper[:-1] if b >= value), upper[-2])


def bucket_quantile__infinite(upper, cumulative, q):
    """The last bucket has no upper end, so nothing can be read inside it: return the largest finite bound."""
    total = cumulative[-1]
    if total and cumulative[-2] < q * total:
        return math.inf
    return _interpolated(upper, cumulative, q)


def bucket_quantile__no_data_is_zero(upper, cumulative, q):
    """Without observations you returned 0. A service that answered nobody isn't a fast one: return nan."""
    return _interpolated(upper, cumulative, q) if cumulative[-1] else 0.0


def bucket_quantile__beyond_the_rank(upper, cumulative, q):
    """You looked for the first bucket that holds *more* than q times the total. Where a bucket ends exactly there, the
    quantile is its upper bound; you went on to the next one.
    """
    if not cumulative[-1]:
        return math.nan
    rank = q * cumulative[-1]
    at = next((i for i, count in enumerate(cumulative) if count > rank), len(upper) - 1)
    if at == len(upper) - 1:
        return upper[-2]
    low, before = (upper[at - 1], cumulative[at - 1]) if at else (0.0, 0)
    return low + (upper[at] - low) * (rank - before) / (cumulative[at] - before)


def bucket_quantile__starts_at_its_bound(upper, cumulative, q):
    """The first bucket begins at 0. You returned its bound for every quantile inside it."""
    value = _interpolated(upper, cumulative, q)
    return value if math.isnan(value) else max(value, upper[0])


def _interpolated(upper, cumulative, q):
    if not cumulative[-1]:
        return math.nan
    at = int(np.searchsorted(cumulative, q * cumulative[-1]))
    if at == len(upper) - 1:
        return upper[-2]
    edges, counts = [0.0, *upper], [0, *cumulative]
    part = (q * cumulative[-1] - counts[at]) / (counts[at + 1] - counts[at])
    return edges[at] + (edges[at + 1] - edges[at]) * part


# 2. stability_index


def _exact_edges(reference, bins):
    """Return the inner quantiles as fractions, each with whether it lies between two different values."""
    values = sorted(Fraction(float(v)) for v in reference)
    edges = []
    for k in range(1, bins):
        at = Fraction(k * (len(values) - 1), bins)
        low = values[math.floor(at)]
        high = values[min(math.floor(at) + 1, len(values) - 1)]
        edges.append((low + (high - low) * (at - math.floor(at)), low != high))
    return edges


def _clear(reference, current, bins):
    """Whether rounding can't move a value over an edge: an edge between two values must lie away from all others."""
    edges = _exact_edges(reference, bins)
    fixed = [*(Fraction(float(v)) for v in (*reference, *current)), *(edge for edge, between in edges if not between)]
    return all(abs(value - edge) > 1e-6 for edge, between in edges if between for value in fixed)


@st.composite
def _columns(draw):
    bins = draw(st.sampled_from([2, 3, 4, 5, 10, 1]))
    scale = draw(st.sampled_from([1.0, 0.125, 1000.0]))
    one = st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 5, 8, -4]), min_size=1, max_size=24)
    other = st.lists(st.sampled_from([0, 0, 1.375, 2.375, 3, 5.625, 30, -30, -3.625]), min_size=1, max_size=24)
    reference = draw(one.filter(lambda values: _clear(values, [], bins)))
    current = draw(other.filter(lambda values: _clear(reference, values, bins)))
    dtype = int if scale == 1000 else float
    pair = (np.array([v * scale for v in values]).astype(dtype) for values in (reference, current))
    return call(*pair, bins)


def _index_by_loops(reference, current, bins):
    edges = sorted({edge for edge, _ in _exact_edges(reference, bins)})
    shares = []
    for column in (reference, current):
        counts = [Fraction(1, 2)] * (len(edges) + 1)
        for value in column:
            counts[bisect.bisect_right(edges, Fraction(float(value)))] += 1
        shares.append([count / sum(counts) for count in counts])
    return float(sum(float(q - p) * math.log(q / p) for p, q in zip(*shares, strict=True)))


def _fixed_columns():
    rng = np.random.default_rng(16)
    launch = rng.normal(600, 50, 150)
    calls = rng.poisson(0.7, 120).astype(float)
    return [
        call(launch, rng.normal(600, 50, 80), 10),
        call(launch, rng.normal(900, 60, 60), 10),
        call(launch, rng.normal(300, 5, 70), 4),
        call(launch, launch[::-1] + 25, 7),
        call(calls, rng.poisson(1.4, 60).astype(float), 10),
        call(np.array([0.0, 0, 0, 0, 0, 0, 1]), np.array([0.0, 0, 0]), 4),
        call(np.array([0.0, 0, 0, 0, 0, 0, 1]), np.array([-1.0, 0, 2]), 4),
        call(np.array([5.0]), np.array([5.0, 6.0, 4.0]), 5),
        call(launch[:50], launch[50:53], 1),
        call(np.float32([1, 2, 3, 4, 6, 9, 12]), np.float32([100, -5, 3]), 4),
        call(launch, np.full(300, 1e9), 20),
        call(np.array([1, 2, 3, 4]), np.array([2, 2, 3]), 2),
        call(np.array([1, 2, 3, 4]), np.array([2.75, 2.75, 1.5]), 2),
        call(np.array([1, 2, 3, 4]) * 1e-8, np.array([2, 2, 9]) * 1e-8, 4),
    ]


@hints(
    "The bins belong to the reference: where would a value far above everything seen so far be counted?",
    "Compute the inner edges only, merge equal ones, and count by asking for each value how many edges are not above "
    "it.",
    "`np.quantile` gives the edges and `np.unique` merges them; `np.digitize` (or `searchsorted` with side='right') "
    "gives each value's bin, and `np.bincount` needs `minlength`.",
)
def check_stability_index(stability_index):
    agree(stability_index, _index_by_loops, on=_columns(), also=_fixed_columns(), examples=25, rtol=1e-4, atol=1e-6)


def _psi(reference, current, bins, edges=None, extra=0.5, clip=False, merge=True, right=True):
    inner = np.quantile(reference if edges is None else edges, np.linspace(0, 1, bins + 1)[1:-1])
    inner = np.unique(inner) if merge else inner
    counts = []
    for column in (reference, current):
        kept = column[(column >= reference.min()) & (column <= reference.max())] if clip else column
        places = np.searchsorted(inner, kept, side="right" if right else "left")
        counts.append(np.bincount(places, minlength=len(inner) + 1) + extra)
    with np.errstate(all="ignore"):
        p, q = (count / count.sum() for count in counts)
        return float(np.sum((q - p) * np.log(q / p)))


def stability_index__bins_of_current(reference, current, bins):
    """You cut the bins from the current values. The ruler must not move with what it measures: cut them from the
    reference.
    """
    return _psi(reference, current, bins, edges=current)


def stability_index__infinite_index(reference, current, bins):
    """Where a bin is empty, the logarithm is that of 0 or of infinity. Add 0.5 to every count before dividing."""
    return _psi(reference, current, bins, extra=0.0)


def stability_index__outside_dropped(reference, current, bins):
    """Values outside the range of the reference weren't counted, and they are the drift. Leave the outer bins open."""
    return _psi(reference, current, bins, clip=True)


def stability_index__equal_edges_kept(reference, current, bins):
    """Equal edges make bins that no value can fall into, and each got its half row. Merge equal edges first."""
    return _psi(reference, current, bins, merge=False)


def stability_index__ends_are_edges(reference, current, bins):
    """You counted minimum and maximum among the edges, merged, then opened the outer ones. Where the lowest value is
    also an inner quantile, its edge was lost. Take the inner quantiles only.
    """
    edges = np.unique(np.quantile(reference, np.linspace(0, 1, bins + 1)))
    if len(edges) == 1:
        return 0.0
    edges[0], edges[-1] = -np.inf, np.inf
    p, q = (np.histogram(column, edges)[0] + 0.5 for column in (reference, current))
    p, q = p / p.sum(), q / q.sum()
    return float(np.sum((q - p) * np.log(q / p)))


def stability_index__edge_below(reference, current, bins):
    """A value equal to an edge belongs in the bin *above* it; you counted it below."""
    return _psi(reference, current, bins, right=False)


def stability_index__one_way(reference, current, bins):
    """You summed q · ln(q / p), which is another measure. Here the weight is the difference, q − p."""
    inner = np.unique(np.quantile(reference, np.arange(1, bins) / bins))
    p, q = (
        np.bincount(np.searchsorted(inner, column, side="right"), minlength=len(inner) + 1) + 0.5
        for column in (reference, current)
    )
    p, q = p / p.sum(), q / q.sum()
    return float(np.sum(q * np.log(q / p)))


# 3. matured_scores

DAY = pd.Timedelta(days=1)
MOMENTS = [
    *map(pd.Timestamp, ["2025-12-01", "2025-12-31 23:59", "2026-01-01", "2026-01-31 12:00", "2026-02-15 08:30"]),
    *map(pd.Timestamp, ["2026-02-28", "2026-03-01"]),
]
SCORES = [0.0, 0.125, 0.5, 0.75]
WINDOW = 30


def _scored(rows):
    """Make predictions of (customer, moment, score); labels aren't 0..n-1."""
    customers, moments, scores = zip(*rows, strict=True) if rows else ((), (), ())
    table = pd.DataFrame(
        {
            "customer": pd.Series(customers, dtype=object),
            "scored_at": pd.Series(pd.to_datetime(list(moments)), dtype="datetime64[us]"),
            "score": pd.Series(scores, dtype=float),
        }
    )
    return table.set_axis([7] * len(table))


def _written(rows):
    customers, left, known = zip(*rows, strict=True) if rows else ((), (), ())
    table = pd.DataFrame(
        {
            "customer": pd.Series(customers, dtype=object),
            "left_at": pd.Series(pd.to_datetime(list(left)), dtype="datetime64[us]"),
            "known_at": pd.Series(pd.to_datetime(list(known)), dtype="datetime64[us]"),
        }
    )
    return table.set_axis(range(5, 5 + len(table)))


@st.composite
def _reports(draw):
    names = st.sampled_from("ABCD")
    predictions = draw(st.lists(st.tuples(names, st.sampled_from(MOMENTS), st.sampled_from(SCORES)), max_size=6))
    days = st.sampled_from([-1, 0, 3, 15, 29, 30, 31, 59, 60, 75])
    facts = []
    for customer in draw(st.lists(names, max_size=4)):
        start = draw(st.sampled_from(MOMENTS))
        left = start + draw(days) * DAY if draw(st.integers(0, 4)) else pd.NaT
        facts.append((customer, left, start + draw(days) * DAY))
    facts = list({(customer, known): (customer, left, known) for customer, left, known in facts}.values())
    report = pd.Timestamp("2026-03-02") + draw(st.sampled_from([-45, -1, 0, 14, 28, 29, 30, 31, 60])) * DAY
    return call(_scored(predictions), _written(facts), report, WINDOW * DAY)


def _report_by_loops(predictions, outcomes, as_of, window):
    months, facts = {}, list(outcomes.itertuples())
    for row in predictions.itertuples():
        first = pd.Timestamp(row.scored_at.year + row.scored_at.month // 12, row.scored_at.month % 12 + 1, 1)
        if first + window > as_of:
            continue
        known = [fact for fact in facts if fact.customer == row.customer and fact.known_at <= as_of]
        last = max(known, key=lambda fact: fact.known_at, default=None)
        gone = (
            last is not None and not pd.isna(last.left_at) and row.scored_at <= last.left_at <= row.scored_at + window
        )
        months.setdefault(f"{row.scored_at:%Y-%m}", []).append((row.score, gone))
    lines = [
        (month, len(rows), math.fsum(score for score, _ in rows) / len(rows), sum(gone for _, gone in rows) / len(rows))
        for month, rows in sorted(months.items())
    ]
    return pd.DataFrame(lines, columns=REPORT)


REPORT = ["month", "count", "mean_score", "rate"]


def _fixed_reports():
    december, january, february = MOMENTS[1], MOMENTS[2], MOMENTS[4]
    scored = [
        ("A", december, 0.5),
        ("B", december, 0.25),
        ("A", january, 0.75),
        ("C", january + 19 * DAY, 0.0),
        ("D", february, 1.0),
    ]
    facts = [
        ("B", january + 3 * DAY, january + 4 * DAY),
        ("A", january + 20 * DAY, january + 21 * DAY),
        ("D", february + 2 * DAY, february + 2 * DAY),
    ]
    return [
        call(_scored(scored), _written(facts), pd.Timestamp("2026-02-01"), WINDOW * DAY),
        call(_scored(scored), _written(facts), pd.Timestamp("2026-03-03"), WINDOW * DAY),
        call(_scored(scored), _written(facts[::-1]), pd.Timestamp("2026-03-02 23:59"), WINDOW * DAY),
        call(_scored(scored), _written([]), pd.Timestamp("2026-02-10"), WINDOW * DAY),
        call(_scored(scored), _written(facts), pd.Timestamp("2025-12-20"), WINDOW * DAY),
        call(_scored([]), _written(facts), pd.Timestamp("2026-02-10"), WINDOW * DAY),
        _moments_of_leaving(),
        _what_was_known(),
    ]


def _moments_of_leaving():
    """Return a report with a month for each case: at the window's ends, just outside them, in it, long after it."""
    hour, window = pd.Timedelta(hours=1), pd.Timedelta(hours=36)
    waited = {
        "2026-07": 1500 * hour,
        "2026-01": window,
        "2026-02": 0 * hour,
        "2026-03": -hour / 2,
        "2026-04": window + pd.Timedelta(milliseconds=500),
        "2026-06": 30 * hour,
    }
    scored = {month: pd.Timestamp(f"{month}-10 08:30") for month in waited}
    facts = [(month[-1], scored[month] + wait, scored[month] + 2000 * hour) for month, wait in waited.items()]
    predictions = [(month[-1], moment, 0.5) for month, moment in scored.items()]
    return call(_scored(predictions), _written(facts), pd.Timestamp("2027-01-01"), window)


def _what_was_known():
    """Return a report with a month for each case: corrections in every order, and what was written down too late."""
    report = pd.Timestamp("2026-12-01")
    first, second, third, later = (report + days * DAY for days in (-60, -50, -40, 1))
    scored = {name: pd.Timestamp(2026, month, 10) for month, name in enumerate("ABCDEFGHI", start=1)}
    left = {name: moment + 5 * DAY for name, moment in scored.items()}
    facts = [
        ("A", left["A"], first),
        ("A", pd.NaT, second),
        ("B", pd.NaT, first),
        ("B", left["B"], second),
        ("C", left["C"], third),
        ("C", left["C"], first),
        ("C", pd.NaT, second),
        ("D", left["D"], report),
        ("E", left["E"] + 40 * DAY, first),
        ("E", left["E"], second),
        ("F", left["F"], first),
        ("F", pd.NaT, later),
        ("G", left["G"], later),
        ("I", left["I"], first),
        ("I", left["I"] + 40 * DAY, second),
    ]
    predictions = [(name, moment, 0.25) for name, moment in scored.items()]
    return call(_scored([*predictions, predictions[-1]]), _written(facts), report, WINDOW * DAY)


@hints(
    "Two questions about time: what was known on the day of the report, and which months are over for everybody in "
    "them?",
    "Filter the outcomes by `known_at`, keep each customer's last row, and look up every prediction's `left_at` by "
    "customer. Compare times only then.",
    "A month is complete if its end plus the window is not after `as_of`: `dt.to_period('M')` knows the next month's "
    "start. A missing `left_at` compares as False.",
)
def check_matured_scores(matured_scores):
    agree(matured_scores, _report_by_loops, on=_reports(), also=_fixed_reports(), examples=6)


def _report(
    predictions,
    outcomes,
    as_of,
    window,
    complete=None,
    known=True,
    limit=True,
    after=True,
    last=True,
    inner=False,
    order=True,
):
    month = predictions["scored_at"].dt.to_period("M")
    whole = (month + 1).dt.start_time + window <= as_of
    kept = whole if complete is None else complete(predictions)
    facts = outcomes[outcomes["known_at"] <= as_of] if known else outcomes
    facts = facts.sort_values("known_at") if order else facts
    facts = facts.groupby("customer").tail(1) if last else facts.groupby("customer").head(1)
    rows = predictions[kept].assign(month=month[kept].astype(str))
    if inner:
        rows = rows[rows["customer"].isin(facts["customer"])]
    left = pd.Series(facts.set_index("customer")["left_at"].reindex(rows["customer"]).to_numpy(), index=rows.index)
    gone = left.notna()
    if after:
        gone &= left >= rows["scored_at"]
    if limit:
        gone &= left <= rows["scored_at"] + window
    groups = rows.assign(gone=gone.astype(float)).groupby("month", as_index=False)
    return groups.agg(count=("score", "size"), mean_score=("score", "mean"), rate=("gone", "mean"))


def matured_scores__unlabelled_is_zero(predictions, outcomes, as_of, window):
    """A month is in your report whose window isn't over: those who will still leave count as staying, so its rate is
    too low. Leave it out.
    """
    return _report(predictions, outcomes, as_of, window, complete=lambda p: pd.Series(True, index=p.index, dtype=bool))


def matured_scores__sees_the_future(predictions, outcomes, as_of, window):
    """An outcome was used that became known only after `as_of`. On the day of the report nobody could."""
    return _report(predictions, outcomes, as_of, window, known=False)


def matured_scores__labelled_only(predictions, outcomes, as_of, window):
    """Only customers with a row in `outcomes` were counted, and leavers have one more often. In a complete month, a
    customer without a row has stayed.
    """
    return _report(predictions, outcomes, as_of, window, inner=True)


def matured_scores__outside_window(predictions, outcomes, as_of, window):
    """Someone left after the window was over, and you counted it. The label is about the window only."""
    return _report(predictions, outcomes, as_of, window, limit=False)


def matured_scores__left_before(predictions, outcomes, as_of, window):
    """Someone left *before* the score, and you counted it as the score's outcome."""
    return _report(predictions, outcomes, as_of, window, after=False)


def matured_scores__first_word(predictions, outcomes, as_of, window):
    """An outcome was corrected later, and you kept its first version. The last one known by `as_of` counts."""
    return _report(predictions, outcomes, as_of, window, last=False)


def matured_scores__last_line(predictions, outcomes, as_of, window):
    """Of several rows about a customer, you kept the one that stands last in the table. The one *known* last counts."""
    return _report(predictions, outcomes, as_of, window, order=False)


def matured_scores__departure_not_taken_back(predictions, outcomes, as_of, window):
    """A last row without `left_at` takes the departure back: the customer stays after all. You skipped such rows, as
    `groupby(...).last()` does.
    """
    return _report(predictions, outcomes.dropna(subset="left_at"), as_of, window)


def matured_scores__rows_not_months(predictions, outcomes, as_of, window):
    """You kept single rows whose window is over, so a month is in the report with its early rows only. Keep whole
    months: the end of the month plus the window decides.
    """
    return _report(predictions, outcomes, as_of, window, complete=lambda p: p["scored_at"] + window <= as_of)


# 4. alarm_level


def _from_target(old, new):
    return float(abs(new.sum() / new.size - 100.0))


def _highest(old, new):
    return float(new.max())


def _below(old, new):
    return float(new.mean() - 1000.0)


def _quiet_year(alarm_level, reference, statistic, n, checks, alarms, seed):
    """Call the answer with a statistic that writes down what it is given; judge the days, then the level."""
    days, values, whole = [], [], []

    def recorded(old, new):
        if len(days) % 100 == 0:
            whole.append(np.array_equal(old, reference))
        days.append(np.array(new))
        values.append(statistic(reference, days[-1]))
        return values[-1]

    level = alarm_level(reference, recorded, n, checks, alarms, seed)
    given = call(reference, statistic, n, checks, alarms, seed)
    require(all(whole), "The first argument of `statistic` should be the whole reference.", given)
    require(len(days) == 2000, f"`statistic` should be called for 2,000 quiet days, not {len(days):,}.", given)
    _good_days(days, reference, n, given)
    kind(level, (int, float, np.number), "the level")
    allowed = int(Fraction(alarms) * 2000 / checks)
    above = sum(value > level for value in values)
    share = f"{alarms:g} of {checks:,} checks may alarm, so {allowed} of 2,000 values"
    require(level in values, "The level should be one of the 2,000 values that `statistic` returned.", given)
    require(above <= allowed, f"{share} may exceed the level; {above} do.", given)
    lowest = sorted(values)[-1 - allowed]
    require(level <= lowest, f"{share} may exceed the level; {above} do: a smaller one keeps this.", given)
    return level, values


def _good_days(days, reference, n, given):
    """Fail unless the days have `n` rows each, of the reference's values, drawn one by one with replacement."""
    shapes = {day.shape for day in days}
    require(
        shapes == {(n,)},
        f"Production compares {n} rows, so each quiet day needs as many. Yours have the shapes {sorted(shapes)[:3]}.",
        given,
    )
    rows = np.array(days)
    require(np.isin(rows, reference).all(), "A quiet day should hold values of the reference, and nothing else.", given)
    if len(np.unique(rows.mean(axis=1))) == 1:
        require(False, "All your quiet days have the same mean: they hold the same rows. Draw each day's anew.", given)
    means, expected = rows.mean(axis=1), reference.std() / math.sqrt(n)
    require(
        abs(means.mean() - reference.mean()) < 6 * expected / math.sqrt(2000),
        "Your quiet days don't look like the reference: their means lie elsewhere. Every row should be as likely.",
        given,
    )
    require(
        0.9 < means.std() / expected < 1.1,
        f"The means of your quiet days vary {'less' if means.std() < expected else 'more'} than those of rows that are "
        "drawn one by one, each from the whole reference.",
        given,
    )
    require(
        len(np.unique(rows, axis=0)) > 0.2 * min(2000, len(np.unique(reference)) ** n),
        "Your quiet days repeat each other. Draw 2,000 of them.",
        given,
    )


@hints(
    "What makes a quiet day? It comes from the reference, and is as large as the days that production compares.",
    "Make one generator from the seed before the loop, and let it draw `n` rows of the reference 2,000 times.",
    "Sort the 2,000 values. If at most `k` may lie above the level, how many places before the last one is it? Round "
    "`k` down.",
)
@told_by_message
def check_alarm_level(alarm_level):
    rng = np.random.default_rng(4)
    scores = np.sort(rng.gamma(2.0, 50.0, 60).round(2))
    weekly = call(scores, _from_target, 30, 52, 3.25, 0)  # 3.25 / 52 is 1/16: exactly 125 of 2,000 values
    first, values = _quiet_year(alarm_level, *weekly.args)
    again, repeated = _quiet_year(alarm_level, *weekly.args)
    require(
        first == again and values == repeated, "The same seed should give the same days and the same level.", weekly
    )
    _, others = _quiet_year(alarm_level, scores, _from_target, 30, 4380, 2, 2)
    require(values != others, "Two seeds gave the same days. Make the generator from `seed`.", weekly)
    tied = np.array([0.0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8])
    _quiet_year(alarm_level, tied, _highest, 2, 100, 30.03, 3)
    _quiet_year(alarm_level, tied - 500, _below, 80, 730, 100.5, 1)


def _level(reference, statistic, n, share, seed, draw=None, method="higher"):
    rng = np.random.default_rng(seed)
    day = draw or (lambda rng: rng.choice(reference, n))
    return float(np.quantile([statistic(reference, day(rng)) for _ in range(2000)], 1 - share, method=method))


def alarm_level__wrong_size(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """You resampled as many rows as the reference has, but production compares `n`. Fewer rows are noisier, and the
    level would be too low for them.
    """

    def draw(rng):
        return rng.choice(reference, len(reference))

    return _level(reference, statistic, n, alarms_per_year / checks_per_year, seed, draw)


def alarm_level__five_per_cent(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """Five per cent of the checks is a habit, not the promise. The share is `alarms_per_year / checks_per_year`."""
    return _level(reference, statistic, n, 0.05, seed)


def alarm_level__without_replacement(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """A day drawn without replacement is a part of the reference, and all of it if `n` is its length: the statistic is
    then that of the reference with itself. Draw with replacement.
    """

    def draw(rng):
        return rng.permutation(reference)[:n]

    return _level(reference, statistic, n, alarms_per_year / checks_per_year, seed, draw)


def alarm_level__between_two(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """`np.quantile` interpolates between two of the values. Asked is one of them, the one on the careful side."""
    return _level(reference, statistic, n, alarms_per_year / checks_per_year, seed, method="linear")


def alarm_level__alarms_in_days(reference, statistic, n, checks_per_year, alarms_per_year, seed):
    """You divided by 365 days, but a year has `checks_per_year` checks, and each can be a false alarm."""
    return _level(reference, statistic, n, min(alarms_per_year / 365, 1), seed)


# 5. change_alarm

GRID = numbers(-3, 3, 0.25)


@st.composite
def _streams(draw):
    stream = draw(st.lists(st.one_of(GRID, GRID, GRID, st.just(math.nan)), max_size=14))
    shift = draw(st.sampled_from([0.0, 1.0, -1.5]))
    return call(
        [value + shift * (at > 4) for at, value in enumerate(stream)],
        draw(st.sampled_from([0.0, 0.5, -2.0])),
        draw(st.sampled_from([1.0, 0.5, 2.0])),
        draw(st.sampled_from([0.5, 0.0, 0.25, 1.0])),
        draw(st.sampled_from([2.0, 1.0, 4.0, 0.0])),
    )


def _by_suffixes(stream, mean, deviation, slack, limit):
    """Take the definition: a sum is the largest total of any run of days that ends today, or 0."""
    z = [None if math.isnan(value) else (value - mean) / deviation for value in stream]  # all exact in binary
    last_zero = [-1, -1]
    for today in range(len(z)):
        for side, sign in enumerate((1, -1)):
            gains = [0.0 if step is None else sign * step - slack for step in reversed(z[: today + 1])]
            total = max(0.0, *itertools.accumulate(gains))
            if total > limit:
                return today, last_zero[side] + 1
            if total == 0:
                last_zero[side] = today
    return None


def _fixed_streams():
    nan = math.nan
    return [
        call([0.0, 0.0, 2.0, 2.0, 2.0, 2.0], 0.0, 1.0, 0.5, 4.0),
        call([0.0, 0.0, -2.0, -2.0, -2.0, -2.0], 0.0, 1.0, 0.5, 4.0),
        call([-2.0] * 5 + [2.0] * 9, 0.0, 1.0, 0.5, 20.0),
        call([-1.0] * 3 + [2.0] * 9, 0.0, 1.0, 0.5, 5.0),
        call([0.0, nan, 2.0, nan, 2.0, 2.0, 2.0], 0.0, 1.0, 0.5, 4.0),
        call([nan, nan, 3.0, 3.0], 0.0, 1.0, 0.5, 4.0),
        call([3.0, 3.0], 0.0, 1.0, 0.5, 4.0),
        call([1.0, 1.0, 1.0], 0.0, 1.0, 0.5, 1.0),
        call([1.0, 1.0, 1.0], 0.0, 1.0, 0.5, 1.5),
        call([2.0, -1.0, 1.0, 2.0, 2.0], 0.0, 1.0, 0.5, 3.0),
        call([1.5, -1.0, 2.0, 2.0], 0.0, 1.0, 0.5, 2.5),
        call([12.0, 10.0, 14.0, 14.0, 16.0], 10.0, 2.0, 0.5, 4.0),
        call([-6.0, -6.0, -8.0, -14.0], -2.0, 4.0, 0.25, 3.0),
        call([0.0, 0.5, 0.5, 0.5, 0.5], 0.0, 1.0, 0.5, 1.0),
        call([1.0, -1.0, 1.0, 1.0, 1.0], 0.0, 1.0, 0.0, 2.0),
        call([-1.0, 0.5, -1.0, -1.0], 0.0, 1.0, 0.0, 2.0),
        call([100.0], 0.0, 1.0, 0.5, 4.0),
        call([3.0, -1.0, -2.5], 0.0, 1.0, 0.0, 3.0),
        call([50.0, 40.0], 0.0, 1.0, 0.5, 80.0),
        call([1.25, 1.25, 1.25], 0.0, 1.0, 0.0, 3.625),
        call([1 + 2**-12] * 4, 0.0, 1.0, 0.0, 4.0),
        call([], 0.0, 1.0, 0.5, 4.0),
        call([nan] * 3, 0.0, 1.0, 0.5, 0.0),
        call([2.0, nan, nan, nan, nan], 0.0, 1.0, 0.5, 4.0),
        call([0.0] * 20 + [nan] * 3 + [1.5] * 9, 0.0, 1.0, 0.5, 5.0),
    ]


@hints(
    "Two running sums, one for rises and one for falls. What is each after a very good month?",
    "Keep, beside each sum, the position at which its current run of positive values began.",
    "While a sum is 0, let its start move along with the position; then add and floor; then compare with the limit. "
    "A missing value changes neither sum.",
)
@equivalent("return None", "return", because="both return None")
@equivalent("sums[side] + signed", "sums[side] - signed", because="the two sums trade places")
def check_change_alarm(change_alarm):
    agree(change_alarm, _by_suffixes, on=_streams(), also=_fixed_streams(), examples=40)
    read = []

    def arriving():
        for value in [0.0, 3.0, 3.0, *[3.0] * 30]:
            read.append(value)
            yield value

    returned = change_alarm(arriving(), 0.0, 1.0, 0.5, 4.0)
    given = call("a generator of 0.0, 3.0, 3.0, 3.0, ...", 0.0, 1.0, 0.5, 4.0)
    close(returned, (2, 1), given=given)
    require(
        len(read) == 3,
        f"The alarm is at position 2, so 3 values are needed; {len(read)} were read. An endless stream never returns.",
        given,
    )
    returned = change_alarm(itertools.chain([0.0] * 5000, [3.0] * 30), 0.0, 1.0, 0.5, 4.0)
    given = call("a generator of 5,000 times 0.0, then 3.0, 3.0, ...", 0.0, 1.0, 0.5, 4.0)
    close(returned, (5001, 5000), given=given)


def _cusum(stream, mean, deviation, slack, limit, sides=(1, -1), floor=True, skip=True, strict=True, both=True):
    sums, starts, position = [0.0, 0.0], [0, 0], -1
    for value in stream:
        missing = math.isnan(value)
        position += 0 if missing and not skip else 1
        if missing:
            continue
        for side, sign in enumerate(sides):
            if sums[side] == 0 or (sums[side] < 0 and not floor):
                starts[side] = position
            sums[side] += sign * (value - mean) / deviation - slack
            sums[side] = max(0.0, sums[side]) if floor else sums[side]
            if sums[side] > limit if strict else sums[side] >= limit:
                return position, starts[side] if both else position
    return None


def change_alarm__never_resets(stream, mean, deviation, slack, limit):
    """Your sums fall below 0: a good month builds up credit, and a bad one has to use it up before it is seen. Floor
    them at 0.
    """
    return _cusum(stream, mean, deviation, slack, limit, floor=False)


def change_alarm__one_side(stream, mean, deviation, slack, limit):
    """Only rises raise an alarm. A fall is a change as well: keep a second sum."""
    return _cusum(stream, mean, deviation, slack, limit, sides=(1,))


def change_alarm__start_is_alarm(stream, mean, deviation, slack, limit):
    """You reported the position of the alarm as the start. The change began earlier, just after the last position at
    which the sum was 0.
    """
    return _cusum(stream, mean, deviation, slack, limit, both=False)


def change_alarm__missing_lose_their_place(stream, mean, deviation, slack, limit):
    """Missing values were dropped before counting, so the positions are too small. They add nothing, and still have a
    position.
    """
    return _cusum(stream, mean, deviation, slack, limit, skip=False)


def change_alarm__missing_are_no_zeros(stream, mean, deviation, slack, limit):
    """While a value is missing, a sum that was 0 stays 0, so the start moves on past it. Yours stands at the position
    after the last value that was *seen*.
    """
    sums, starts = [0.0, 0.0], [0, 0]
    for position, value in enumerate(stream):
        if math.isnan(value):
            continue
        for side, sign in enumerate((1, -1)):
            sums[side] = max(0.0, sums[side] + sign * (value - mean) / deviation - slack)
            if sums[side] > limit:
                return position, starts[side]
            if sums[side] == 0:
                starts[side] = position + 1
    return None


def change_alarm__at_the_limit(stream, mean, deviation, slack, limit):
    """A sum that *equals* the limit is no alarm yet: it has to be above."""
    return _cusum(stream, mean, deviation, slack, limit, strict=False)


def change_alarm__first_departure(stream, mean, deviation, slack, limit):
    """You kept the first position at which the sum left 0. It fell back to 0 later, and the change began after that."""
    sums, starts = [0.0, 0.0], [None, None]
    for position, value in enumerate(stream):
        if math.isnan(value):
            continue
        for side, sign in enumerate((1, -1)):
            sums[side] = max(0.0, sums[side] + sign * (value - mean) / deviation - slack)
            if sums[side] > 0 and starts[side] is None:
                starts[side] = position
            if sums[side] > limit:
                return position, starts[side]
    return None
