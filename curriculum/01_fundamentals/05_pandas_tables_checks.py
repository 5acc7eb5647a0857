"""Checks of `01_fundamentals/05_pandas_tables`: oracles are loops over the rows, with dictionaries, lists and sets."""

import math
from collections import defaultdict

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from handrail.expect import agree, between, call, close, columns, for_all, hints, kind, numbers

NAN = math.nan


def _labels(draw, count):
    """Draw row labels: 0, 1, 2 ... or others, in any case unique."""
    return draw(st.sampled_from([range(count), range(count + 4, 4, -1), list("hgfedcba")[:count]]))


# 1. share_by_group

KEYS = [["Ada", "Bo", None], [7, 3, 5], [2.0, NAN, 0.0], ["Cy", "cy", None]]


@st.composite
def _receipts(draw):
    keys = draw(st.lists(st.sampled_from(draw(st.sampled_from(KEYS))), max_size=6))
    values = [draw(numbers(0, 4, step=0.5, missing=True)) for _ in keys]
    if keys and math.fsum(value for value in values if value == value) == 0:
        values[-1] = 2.0
    group, value = draw(st.sampled_from([("seller", "euros"), ("count", "size")]))
    table = pd.DataFrame({value: values, "no": 1, group: keys}, index=_labels(draw, len(keys)))
    return call(table, group, value)


def _telling_receipts():
    """Return tables that a search seldom meets, each with what is special about it."""
    yield "Most of the money has no seller.", _sold([None, "Ada", None, "Bo"], [50.0, 10.0, 30.0, 10.0])
    yield "One receipt is a refund.", _sold(["Ada", "Bo", "Ada"], [10.0, 40.0, -20.0])
    yield "More was paid back to Bo than he sold.", _sold(["Ada", "Bo", "Cy"], [3.0, -4.0, 2.0])
    mixed = pd.Series([None, NAN, "Ada"], dtype=object)
    yield "The sellers are objects; one is None, one NaN. Both are missing.", _sold(mixed, [1.0, 2.0, 5.0])
    yield "Bo and bo are two sellers.", _sold(["Bo", "bo", "Bo"], [1.0, 2.0, 4.0])
    yield "One seller is called 'nan', another receipt has no seller.", _sold(["nan", None, "None"], [1.0, 2.0, 3.0])
    yield "0 and -1 are desks like any other.", _sold([0.0, NAN, -1.0, 0.0], [3.0, 1.0, 2.0, 2.0])
    yield "No amount of Ada's is known: her share is 0.", _sold(["Ada", "Bo"], [NAN, 5.0])
    yield "All receipts are without a seller.", _sold([None, None], [3.0, 1.0])
    yield "The amounts are integers.", _sold(["Ada", "Bo", None, "Bo"], [5, 1, 3, 1])
    yield "The amounts are small integers (int8).", _sold(["Ada", "Bo", "Ada"], np.array([100, 60, 90], dtype=np.int8))
    yield "The amounts are tiny.", _sold(["Ada", "Bo"], [1e-12, 3e-12])
    yield "There are 400 receipts of 21 sellers.", _sold(*_many())
    twice = _sold(["Ada", "Bo", "Ada"], [1.0, 5.0, 2.0])
    yield "Row labels repeat.", call(twice.args[0].set_axis([3, 3, 3]), *twice.args[1:])


def _sold(sellers, euros):
    return call(pd.DataFrame({"seller": sellers, "euros": euros}), "seller", "euros")


def _many():
    sellers = [None if i % 21 == 4 else f"seller {i * i % 21 % 17}{i % 21}" for i in range(400)]
    return sellers, [(i * 37 % 101) / 4 for i in range(400)]


@hints(
    "A share is a part divided by a whole. What is the part of one seller, and what is the whole?",
    "`groupby` drops rows whose key is missing, unless you tell it not to. Then their money is missing in the sum too.",
    "Group, with the missing keys kept; sum; divide by the total; sort so that the largest comes first.",
)
def check_share_by_group(share_by_group):
    def test(table, group, value):
        expected = _shares(table[group].tolist(), table[value].tolist())
        shares = share_by_group(table, group, value)
        kind(shares, pd.Series)
        close(shares, _largest_first(expected, shares))

    for_all(test, on=_receipts(), examples=14)
    for why, given in _telling_receipts():
        table, group, value = given.copy().args
        expected = _shares(table[group].tolist(), table[value].tolist())
        shares = share_by_group(table, group, value)
        kind(shares, pd.Series)
        close(shares, _largest_first(expected, shares), given=given, why=why)


def _shares(keys, values):
    totals = defaultdict(float)
    for key, value in zip(keys, values, strict=True):
        totals[_key(key)] += 0.0 if value != value else value
    whole = sum(totals.values())
    return {key: total / whole for key, total in totals.items()}


def _key(label):
    """Return a label that can be compared: every kind of missing is None."""
    return None if label is None or label is pd.NA or label is pd.NaT or label != label else label


def _largest_first(shares, mine):
    """Sort shares; of equal ones, take the order in which they stand in `mine`."""
    try:
        places = {_key(label): place for place, label in enumerate(mine.index)}
    except (TypeError, ValueError):
        places = {}
    order = sorted(shares, key=lambda key: (-shares[key], places.get(key, 0)))
    labels = pd.Index([NAN if key is None else key for key in order], dtype=object)
    return pd.Series([shares[key] for key in order], index=labels, dtype=float)


def share_by_group__counts_rows(table, group, value):
    """You shared out the rows, not the money. One large receipt outweighs many small ones: sum `value`."""
    return table[group].value_counts(normalize=True, dropna=False)


def share_by_group__forgets_missing(table, group, value):
    """Your shares don't add up to 1: `groupby` drops rows whose key is missing, and their money went with them."""
    shares = table.groupby(group)[value].sum() / table[value].sum()
    return shares.sort_values(ascending=False)


def share_by_group__shrinks_the_whole(table, group, value):
    """You left out the rows without a group from the total as well, so all other shares are too large. They are a group
    of their own.
    """
    totals = table.groupby(group)[value].sum()
    return (totals / totals.sum()).sort_values(ascending=False)


def share_by_group__mean_share(table, group, value):
    """You compared averages. The averages of the groups don't add up to the total; their sums do."""
    means = table.groupby(group, dropna=False)[value].mean()
    return (means / means.sum()).sort_values(ascending=False)


def share_by_group__by_label(table, group, value):
    """The shares are right, the order isn't: `groupby` sorts by label, and the largest share should come first."""
    totals = table.groupby(group, dropna=False)[value].sum()
    return totals / totals.sum()


def share_by_group__smallest_first(table, group, value):
    """The shares are right, but they begin with the smallest. `sort_values` ascends unless you say otherwise."""
    totals = table.groupby(group, dropna=False)[value].sum()
    return (totals / totals.sum()).sort_values()


def share_by_group__sums_only(table, group, value):
    """These are the sums of the groups. A share is the part divided by the whole."""
    return table.groupby(group, dropna=False)[value].sum().sort_values(ascending=False)


def share_by_group__named_missing(table, group, value):
    """You gave the missing group a name of your own. Its label should be missing (NaN): a name may belong to somebody
    already.
    """
    keys = table[group].astype(object).where(table[group].notna(), "missing")
    totals = table[value].groupby(keys.astype(str)).sum()
    return (totals / totals.sum()).sort_values(ascending=False)


# 2. best_days_per_station

DAYS = [pd.Timestamp(day) for day in ("2024-02-01", "2023-12-30", "2024-01-15", "2023-12-31")]


@st.composite
def _daily(draw):
    stations = draw(st.sampled_from([[103, 101, 102], ["S9", "S10"]]))
    pairs = [(station, day) for day in DAYS for station in stations]
    rows = draw(st.lists(st.sampled_from(pairs), max_size=7, unique=True))
    table = _days(rows, [draw(between(0, 3)) for _ in rows]).set_axis(_labels(draw, len(rows)))
    order = draw(st.sampled_from([["station", "date", "rentals"], ["rentals", "rank", "date", "station"]]))
    return call(table[order], draw(between(1, 3)))


def _days(rows, rentals):
    stations, dates = [row[0] for row in rows], pd.to_datetime([row[1] for row in rows])
    return pd.DataFrame({"station": stations, "date": dates, "rentals": rentals, "rank": list(range(len(rows)))})


def _telling_days():
    year = [pd.Timestamp("2024-01-01") + pd.Timedelta(days=i) for i in range(80)]
    rows = [(101 + i * i % 3, year[i * 37 % 80]) for i in range(80)]
    long = _days(rows, [i * 53 % 29 for i in range(80)])
    tie = _days([(5, day) for day in reversed(year[:6])], [7] * 6).set_axis([2, 0, 5, 4, 1, 3])
    same = _days([(station, year[0]) for station in (9, 10, 8, -1)], [1000, 999, 9, 30])
    zero = _days([(1, "2024-01-01"), (1, "2024-01-02")], np.array([0, 9], np.uint16))
    near = _days([(1, "2024-01-01"), (1, "2024-01-02")], [16_777_216, 16_777_217])
    far = _days([(1, "2020-01-01"), (1, "2024-01-01")], [8, 9])
    return [
        ("All days are equally good.", call(tie, 4)),
        ("There are more stations than days.", call(same, 1)),
        ("The 80 days are in no order.", call(long, 20)),
        ("A station has 27 days at most.", call(long, 500)),
        ("Row labels repeat.", call(tie.set_axis([1, 1, 1, 0, 0, 0]), 2)),
        ("The rentals are of type uint16.", call(zero, 1)),
        ("The rentals have eight digits.", call(near, 1)),
        ("Four years lie between the days.", call(far, 1)),
        ("Rentals are in thousands.", call(same.assign(station=1, date=year[:4], rentals=[0.25, 1.5, 0.125, 1.75]), 2)),
    ]


@hints(
    "Which columns decide the order of the result? There are three, and they don't all run the same way.",
    "`sort_values` takes several columns and a direction for each. What then is left to do within each station?",
    "After sorting, `groupby` has a method that keeps the first rows of each group in their order. Then the index.",
)
def check_best_days_per_station(best_days_per_station):
    def listed(daily, n):
        days = best_days_per_station(daily, n)
        columns(days, list(daily.columns))
        return days

    tie = _days([(4, day) for day in (DAYS[1], DAYS[0], DAYS[2])], [6, 6, 6])
    agree(listed, _best_by_sorting, on=_daily(), also=[call(tie, 1), call(tie, 2)], examples=14)
    for why, given in _telling_days():
        close(listed(*given.copy().args), _best_by_sorting(*given.args), given=given, why=why)


def _best_by_sorting(daily, n):
    rows = list(zip(daily["station"], daily["rentals"], daily["date"], range(len(daily)), strict=True))
    kept = []
    for station in sorted({row[0] for row in rows}):
        days = sorted((-row[1], row[2], row[3]) for row in rows if row[0] == station)
        kept += [place for _, _, place in days[:n]]
    return daily.iloc[kept].set_axis(range(len(kept)))


def best_days_per_station__best_overall(daily, n):
    """You took the best rows of the whole table, so some stations are missing. Every station has its own best days."""
    best = daily.sort_values(["rentals", "date"], ascending=[False, True]).head(n)
    return best.sort_values(["station", "rentals", "date"], ascending=[True, False, True]).reset_index(drop=True)


def best_days_per_station__unsorted_ties(daily, n):
    """You left equally good days in the order of the table. The earlier should come first: sort by the date as well."""
    in_order = daily.sort_values(["station", "rentals"], ascending=[True, False])
    return in_order.groupby("station").head(n).reset_index(drop=True)


def best_days_per_station__later_first(daily, n):
    """Of equally good days yours shows the later one. Rentals descend, but dates ascend: each key has a direction."""
    in_order = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, False])
    return in_order.groupby("station").head(n).reset_index(drop=True)


def best_days_per_station__keeps_old_index(daily, n):
    """The rows are right, but their labels are those of the old table. The result's index should be 0, 1, 2 ..."""
    in_order = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    return in_order.groupby("station").head(n)


def best_days_per_station__ties_get_in(daily, n):
    """With ties at the border you show more than `n` days of a station: they share a rank. Let the date decide."""
    rank = daily.groupby("station")["rentals"].rank(ascending=False, method="min")
    best = daily.loc[(rank <= n).to_numpy()]
    return best.sort_values(["station", "rentals", "date"], ascending=[True, False, True]).reset_index(drop=True)


def best_days_per_station__mixed_stations(daily, n):
    """The right days, but the stations are mixed: you sorted by rentals across all of them. Stations ascend first."""
    best = daily.sort_values(["rentals", "date"], ascending=[False, True])
    return best.groupby("station").head(n).reset_index(drop=True)


def best_days_per_station__worst_days(daily, n):
    """These are the days with the fewest rentals. `sort_values` ascends unless you say otherwise."""
    in_order = daily.sort_values(["station", "rentals", "date"])
    return in_order.groupby("station").head(n).reset_index(drop=True)


def best_days_per_station__first_days(daily, n):
    """You took each station's first rows and sorted those. Its best days may be further down: sort before you cut."""
    first = daily.groupby("station").head(n)
    return first.sort_values(["station", "rentals", "date"], ascending=[True, False, True]).reset_index(drop=True)


# 3. meter_usage


@st.composite
def _readings(draw):
    meters = draw(st.sampled_from([["B", "A", "a"], [12, 7, 30]]))
    pairs = [(meter, day) for day in DAYS for meter in meters]
    rows = draw(st.lists(st.sampled_from(pairs), max_size=6, unique=True))
    value = draw(st.sampled_from([between(0, 9), numbers(0, 9, step=0.5)]))
    table = _read(rows, [draw(value) for _ in rows], _labels(draw, len(rows)))
    return call(table if draw(st.booleans()) else table[["reading", "date", "note", "meter"]])


def _read(rows, values, index=None):
    meters, dates = [row[0] for row in rows], pd.to_datetime([row[1] for row in rows])
    return pd.DataFrame({"meter": meters, "date": dates, "reading": values, "note": "ok"}, index=index)


def _telling_readings():
    first = pd.Timestamp("2022-11-20")
    many = [("ABC"[i % 3], first + pd.Timedelta(days=7 * (i * 41 % 90))) for i in range(90)]
    hours = [("A", first + pd.Timedelta(hours=hour)) for hour in (30, 5, 29, 0)]
    mixed = [("B", DAYS[0]), ("A", DAYS[2]), ("B", DAYS[1]), ("A", DAYS[0]), ("A", DAYS[1])]
    return [
        ("A meter was exchanged.", _read(hours, [3.0, 980.0, 1.5, 900.0])),
        ("The row labels are times.", _read(mixed, [9, 40, 2, 70, 10], pd.to_datetime([d for _, d in many[:5]]))),
        (
            "The row labels are 4, 2, 0, 3, 1, and [0] is the first row.",
            _read(mixed, [9, 40, 2, 70, 10], [4, 2, 0, 3, 1]),
        ),
        ("Nothing was used: the readings are equal.", _read(mixed, [5, 5, 5, 5, 5])),
        ("Meters are read every hour.", _read(hours, [40, 13, 31, 4])),
        ("There are 90 readings of 3 meters.", _read(many, [(i * 17 % 64) / 4 for i in range(90)])),
        ("The readings are large.", _read(hours, [2**40 + 5, 2**40 + 1, 2**40 + 2, 2**40])),
        ("The readings are of type uint32.", _read(hours[1:3], np.array([7, 5], np.uint32))),
        ("The readings are of type uint8.", _read(hours, np.array([200, 250, 3, 100], np.uint8))),
        ("Two years lie between the readings.", _read([("A", "2022-01-01"), ("A", "2024-01-02")], [5, 9])),
        ("The readings go down by less than a thousandth.", _read(hours[:2], [1.0001, 1.0])),
    ]


@hints(
    "Which row is the previous one of this row? It is of the same meter, and earlier by date, not higher in the table.",
    "Put the readings in the order of their dates; take the differences within each meter. The labels travel along.",
    "`diff` inside a `groupby` stays within the group. Last step: ask for the old labels in their old order.",
)
def check_meter_usage(meter_usage):
    agree(meter_usage, _usage_by_loop, on=_readings(), examples=14)
    for why, readings in _telling_readings():
        close(meter_usage(readings.copy()), _usage_by_loop(readings), given=call(readings), why=why)


def _usage_by_loop(readings):
    rows = list(zip(readings["meter"].tolist(), readings["date"].tolist(), readings["reading"].tolist(), strict=True))
    uses = []
    for meter, date, reading in rows:
        earlier = [(when, value) for which, when, value in rows if which == meter and when < date]
        uses.append(reading - max(earlier)[1] if earlier else NAN)
    return pd.Series(uses, index=readings.index, dtype=float)


def meter_usage__crosses_meters(readings):
    """The first reading of one meter minus the last of another is not a use. Take differences within each meter."""
    by_date = readings.sort_values(["meter", "date"])
    return by_date["reading"].diff().loc[readings.index]


def meter_usage__not_sorted(readings):
    """You took the row above for the previous reading, but the rows are in the order of arrival. Sort by date first."""
    return readings.groupby("meter")["reading"].diff()


def meter_usage__order_lost(readings):
    """The uses are right, but they stand in the order of the dates. Give them back in the order of the table."""
    return readings.sort_values("date").groupby("meter")["reading"].diff()


def meter_usage__by_position(readings):
    """You put the sorted uses beside the unsorted rows by position, so meters get others' use. Assign by label."""
    uses = readings.sort_values("date").groupby("meter")["reading"].diff()
    return pd.Series(uses.to_numpy(), index=readings.index)


def meter_usage__first_is_zero(readings):
    """What a meter used before its first reading is not 0 but unknown: leave NaN."""
    by_date = readings.sort_values("date")
    return by_date.groupby("meter")["reading"].diff().loc[readings.index].fillna(0)


def meter_usage__until_the_next(readings):
    """You subtracted from the *next* reading. The use belongs to the row that ends the period, not to the one that
    begins it.
    """
    by_date = readings.sort_values("date")
    return (-by_date.groupby("meter")["reading"].diff(-1)).loc[readings.index]


def meter_usage__sorts_by_reading(readings):
    """You ordered each meter's rows by reading. An exchanged meter starts near 0 again: only dates know the order."""
    in_order = readings.sort_values(["meter", "reading"])
    return in_order.groupby("meter")["reading"].diff().loc[readings.index]


def meter_usage__since_the_first(readings):
    """You subtracted the meter's *first* reading from all its others. Each use counts from the reading before."""
    by_date = readings.sort_values("date")
    first = by_date.groupby("meter")["reading"].transform("first")
    begins = ~by_date.duplicated("meter")
    return (by_date["reading"] - first).astype(float).mask(begins).loc[readings.index]


def meter_usage__never_negative(readings):
    """You turned a negative use into 0. It says that the meter was exchanged, and the caller wants to see that."""
    by_date = readings.sort_values("date")
    return by_date.groupby("meter")["reading"].diff().clip(lower=0).loc[readings.index]


def meter_usage__wraps_around(readings):
    """The difference of two unsigned integers is unsigned, and wraps around where it would be negative (lesson 04)."""
    by_date = readings.sort_values(["meter", "date"])
    values, meters = by_date["reading"].to_numpy(), by_date["meter"].to_numpy()
    uses = np.full(len(values), NAN)
    uses[1:] = np.where(meters[1:] == meters[:-1], np.diff(values), NAN)
    return pd.Series(uses, index=by_date.index).loc[readings.index]


# 4. weighted_group_means


@st.composite
def _classes(draw):
    names = draw(
        st.sampled_from([("school", "mark", "pupils"), ("pupils", "school", "mark"), ("product", "price", "sold")])
    )
    labels = draw(st.sampled_from(KEYS))
    keys = [labels[0], *draw(st.lists(st.sampled_from(labels), max_size=5))]  # somebody is known
    values = [draw(numbers(-2, 4, step=0.5, missing=True)) for _ in keys]
    weights = [draw(st.sampled_from([0.0, 1.0, 2.0, 5.0, NAN])) for _ in keys]
    body = dict(zip(names, (keys, values, weights), strict=True))
    return call(pd.DataFrame({"year": 2024, **body}, index=_labels(draw, len(keys))), *names)


def _telling_classes():
    def school(groups, marks, pupils, dtype=None):
        marks, pupils = (np.array(column, dtype=dtype) for column in (marks, pupils))
        return pd.DataFrame({"school": groups, "mark": marks, "pupils": pupils})

    wide = [f"school {i % 23}" for i in range(400)]
    return [
        ("The classes differ in size.", school(["A", "A", "B"], [3.0, 1.0, 2.0], [10, 30, 5])),
        ("The marks are 0, which is a mark.", school(["A", "A", "B"], [0.0, 4.0, 0.0], [3.0, 1.0, 2.0])),
        ("Nothing is known of school A.", school(["A", "A", "B"], [NAN, 2.0, 1.0], [10, NAN, 5])),
        ("School A has no pupils.", school(["A", "B", "A"], [3.0, 2.0, 1.0], [0, 4, 0])),
        ("The columns are of type int16.", school(["A", "B", "A"], [300, 7, 200], [200, 3, 100], np.int16)),
        ("The columns are of type uint8.", school(["A", "A", "B"], [100, 20, 250], [3, 200, 1], np.uint8)),
        ("The columns are of type uint16.", school(["A", "A"], [60_000, 1], [60_000, 60_000], np.uint16)),
        ("The columns are of type int64, and large.", school(["A"], [5 * 10**9], [5 * 10**9], np.int64)),
        ("The columns are of type float16.", school(["A", "A"], [300.0, 100.0], [300.0, 100.0], np.float16)),
        ("The columns are of type int8.", school(["A"] * 3, [1, 0, 1], [100, 90, 80], np.int8)),
        ("Marks can be negative.", school(["A", "A", "B", "B"], [-2.5, 1.0, -3.0, -1.0], [0.5, 2.5, 1.5, 3.0])),
        ("The weights are tiny.", school(["A", "A"], [1.0, 4.0], [1e-12, 2e-12])),
        ("The weights are large.", school(["A", "A"], [1.0, 4.0], [2e9, 1e9])),
        ("The schools are numbers.", school([10, 9, 10, -1], [1.0, 2.0, 4.0, 3.0], [1.0, 1.0, 2.0, 1.0])),
        ("There are 23 schools.", school(wide, [i % 7 for i in range(400)], [i * i % 31 for i in range(400)])),
        ("Row labels repeat.", school(["B", "A", "B"], [1.0, 2.0, NAN], [3.0, 1.0, 2.0]).set_axis([1, 1, 0])),
    ]


@hints(
    "Two sums for each group, one divided by the other. Do they run over exactly the same rows?",
    "A product with a missing value is missing, and a sum skips it; but the weight of that row must be skipped too.",
    "Blank the weights of incomplete rows (`where`) instead of dropping rows: the groups stay, and 0/0 is NaN. Mind "
    "what type a product of small integers has.",
)
def check_weighted_group_means(weighted_group_means):
    agree(weighted_group_means, _means_by_loop, on=_classes(), examples=14)
    for why, table in _telling_classes():
        given = call(table, "school", "mark", "pupils")
        close(weighted_group_means(*given.copy().args), _means_by_loop(*given.args), given=given, why=why)


def _means_by_loop(table, group, value, weight):
    rows = list(zip(table[group].tolist(), table[value].tolist(), table[weight].tolist(), strict=True))
    means = {}
    for key in sorted({_key(row[0]) for row in rows} - {None}):
        complete = [(v, w) for k, v, w in rows if k == key and v == v and w == w]
        total = math.fsum(w for _, w in complete)
        means[key] = math.fsum(v * w for v, w in complete) / total if total else NAN
    return pd.Series(list(means.values()), index=pd.Index(list(means), dtype=object), dtype=float)


def _weighted(table, group, value, weight):
    complete = table[[value, weight]].notna().all(axis=1)
    weights = table[weight].astype(float).where(complete)
    products = table[value].astype(float) * weights
    return products, weights, table[group]


def weighted_group_means__mean_of_means(table, group, value, weight):
    """You averaged the rows as if they were equal: a class of 3 counts as much as one of 30. Use the weights."""
    return table.groupby(group)[value].mean().astype(float)


def weighted_group_means__weight_of_the_missing(table, group, value, weight):
    """The weight of a row without a value is still in your denominator, as if its value were 0. Both sums must run over
    the same rows.
    """
    products, _, keys = _weighted(table, group, value, weight)
    return products.groupby(keys).sum() / table[weight].astype(float).groupby(keys).sum()


def weighted_group_means__zero_weight_group(table, group, value, weight):
    """`np.average` raises an error where all weights are 0. Such a group has no mean: it should be NaN."""
    rows = table.dropna(subset=[value, weight])
    keys = sorted(key for key in table[group].unique() if _key(key) is not None)
    means = {}
    for key in keys:
        part = rows[rows[group] == key].astype({value: float, weight: float})
        means[key] = np.average(part[value], weights=part[weight]) if len(part) else NAN
    return pd.Series(means, dtype=float)


def weighted_group_means__zero_for_unknown(table, group, value, weight):
    """You wrote 0 where there is no mean. 0 is a mark like any other; unknown is NaN."""
    products, weights, keys = _weighted(table, group, value, weight)
    return (products.groupby(keys).sum() / weights.groupby(keys).sum()).fillna(0)


def weighted_group_means__group_vanishes(table, group, value, weight):
    """You dropped incomplete rows, and a group that had no other row is gone. It should be listed, with NaN."""
    rows = table.dropna(subset=[value, weight]).astype({value: float, weight: float})
    return (rows[value] * rows[weight]).groupby(rows[group]).sum() / rows.groupby(group)[weight].sum()


def weighted_group_means__products_wrap(table, group, value, weight):
    """The product of two columns of small integers is a small integer, and wraps around (lesson 04). Widen first."""
    complete = table[[value, weight]].notna().all(axis=1)
    products = (table[value] * table[weight]).where(complete)
    weights = table[weight].astype(float).where(complete)
    return products.groupby(table[group]).sum() / weights.groupby(table[group]).sum()


def weighted_group_means__weights_of_all(table, group, value, weight):
    """You divided by the weights of the whole table. Each group has a total of its own."""
    products, weights, keys = _weighted(table, group, value, weight)
    return products.groupby(keys).sum() / weights.sum()


def weighted_group_means__one_for_missing(table, group, value, weight):
    """You gave rows without a weight the weight 1. It is unknown, so the row takes no part."""
    products, weights, keys = _weighted(table.fillna({weight: 1}), group, value, weight)
    return products.groupby(keys).sum() / weights.groupby(keys).sum()


def weighted_group_means__keeps_the_nameless(table, group, value, weight):
    """Rows without a group should be ignored, and you gave them a group of their own."""
    products, weights, keys = _weighted(table, group, value, weight)
    return products.groupby(keys, dropna=False).sum() / weights.groupby(keys, dropna=False).sum()


# 5. retention_by_cohort

ORDERED = [
    pd.Timestamp(time)
    for time in ("2024-01-31 23:59", "2024-01-02", "2023-12-31", "2024-02-01", "2024-02-29 18:00", "2024-04-01")
]


@st.composite
def _orders(draw):
    customers = draw(st.sampled_from([["a", "b", "B"], [7, 3]]))
    pairs = st.tuples(st.sampled_from(customers), st.sampled_from(ORDERED))
    rows = draw(st.lists(pairs, min_size=1, max_size=7))
    return call(_ordered(rows).set_axis(_labels(draw, len(rows))))


def _ordered(rows):
    body = {"customer": [row[0] for row in rows], "euros": 5.0, "date": pd.to_datetime([row[1] for row in rows])}
    return pd.DataFrame(body)


def _telling_orders():
    many = [(f"c{i * i % 61}", pd.Timestamp("2023-03-04") + pd.Timedelta(days=i * 173 % 500)) for i in range(240)]
    gap = [("a", "2024-01-10"), ("a", "2024-05-10"), ("b", "2024-02-10"), ("b", "2024-05-11")]
    same = [("a", "2024-03-01"), ("a", "2024-03-31"), ("a", "2024-04-01"), ("b", "2024-03-01"), ("a", "2024-04-02")]
    three = [("a", "2021-12-31"), ("b", "2022-01-01"), ("a", "2024-01-01")]
    return [
        ("In two of the months nobody ordered.", gap),
        ("One day apart, yet a calendar month later.", [("a", "2023-01-31"), ("a", "2023-02-01")]),
        ("A customer comes back after a break.", [*gap, ("a", "2024-03-01"), ("c", "2024-01-31 23:59")]),
        ("A customer ordered several times in one month.", same),
        ("The data spans more than two years.", three),
        ("There is one order.", [("a", "2024-10-01")]),
        ("There are 240 orders.", many),
    ]


@hints(
    "For each order you need two things: the month of its customer's first order, and how many months later it is.",
    "Make months numbers that can be subtracted, 12 times the year plus the month. Then count people, not orders.",
    "`transform` writes the first month beside each order; `nunique` and `unstack` make the table. Which columns does "
    "it lack, and which of its zeros are not known yet?",
)
def check_retention_by_cohort(retention_by_cohort):
    agree(retention_by_cohort, _retention_by_sets, on=_orders(), examples=10)
    for why, rows in _telling_orders():
        orders = _ordered([(customer, pd.Timestamp(time)) for customer, time in rows]).sort_values("euros")
        close(retention_by_cohort(orders.copy()), _retention_by_sets(orders), given=call(orders), why=why)
    shuffled = _ordered(_late_rows()).set_axis([5, 5, 1, 1])
    given = call(shuffled)
    close(retention_by_cohort(shuffled.copy()), _retention_by_sets(shuffled), given=given, why="Row labels repeat.")


def _late_rows():
    """Return four orders, the later first."""
    days = ["2024-03-02", "2024-01-30", "2024-02-01", "2024-01-01"]
    return [(customer, pd.Timestamp(day)) for customer, day in zip("abab", days, strict=True)]


def _retention_by_sets(orders):
    months = defaultdict(set)
    for customer, time in zip(orders["customer"].tolist(), orders["date"].tolist(), strict=True):
        months[customer].add((time.year, time.month))
    calendar = [min(min(seen) for seen in months.values())]
    last = max(max(seen) for seen in months.values())
    while calendar[-1] != last:
        year, month = calendar[-1]
        calendar.append((year, month + 1) if month < 12 else (year + 1, 1))
    table = {}
    for at, first in enumerate(calendar):
        cohort = [seen for seen in months.values() if min(seen) == first]
        if cohort:
            shares = [sum(month in seen for seen in cohort) / len(cohort) for month in calendar[at:]]
            table[f"{first[0]}-{first[1]:02}"] = shares + [NAN] * at
    return pd.DataFrame.from_dict(table, orient="index", columns=list(range(len(calendar))))


def _steps(orders):
    """Return for each order the month of the customer's first, and the number of months since."""
    month = 12 * orders["date"].dt.year + orders["date"].dt.month - 1
    first = month.groupby(orders["customer"]).transform("min")
    return month, first, month - first


def _framed(counts, month, *, unknown=True, divided=True):
    """Turn counts of a cohort's customers into the table: all columns, shares, NaN for what is not known."""
    counts = counts.reindex(columns=range(month.max() - month.min() + 1), fill_value=0)
    shares = counts.div(counts[0], axis=0) if divided else counts.astype(float)
    for cohort in shares.index if unknown else ():
        shares.loc[cohort, month.max() - cohort + 1 :] = NAN
    return _text(shares)


def _text(shares):
    return shares.set_axis([f"{cohort // 12}-{cohort % 12 + 1:02}" for cohort in shares.index])


def retention_by_cohort__counts_orders(orders):
    """You counted orders. A customer who orders five times in a month is still one customer: count different ones."""
    month, first, later = _steps(orders)
    counts = orders["customer"].groupby([first, later]).count().unstack(fill_value=0)
    people = orders["customer"].groupby(first).nunique()
    table = _framed(counts, month, divided=False)
    return table.div(people.set_axis(table.index), axis=0)


def retention_by_cohort__thirty_day_months(orders):
    """You divided days by 30. January 31 to February 1 is one day, and yet one calendar month later."""
    month, first, _ = _steps(orders)
    days = (orders["date"] - orders["date"].groupby(orders["customer"]).transform("min")).dt.days
    return _framed(orders["customer"].groupby([first, days // 30]).nunique().unstack(fill_value=0), month)


def retention_by_cohort__shrinking_base(orders):
    """You divided by the customers of the month before. The base is the size of the cohort, in every column."""
    month, first, later = _steps(orders)
    counts = orders["customer"].groupby([first, later]).nunique().unstack(fill_value=0)
    table = _framed(counts, month, divided=False)
    return (table / table.shift(1, axis=1)).where(table.columns != 0, 1.0)


def retention_by_cohort__zero_or_unknown(orders):
    """A month after the end of the data has not happened yet: that is NaN. 0 says that nobody came."""
    month, first, later = _steps(orders)
    return _framed(orders["customer"].groupby([first, later]).nunique().unstack(fill_value=0), month, unknown=False)


def retention_by_cohort__unknown_for_zero(orders):
    """A month of the data in which nobody of the cohort ordered is known: its share is 0, not NaN."""
    month, first, later = _steps(orders)
    counts = orders["customer"].groupby([first, later]).nunique().unstack()
    return _text(counts.reindex(columns=range(month.max() - month.min() + 1)).div(counts[0], axis=0))


def retention_by_cohort__columns_missing(orders):
    """A month later in which no cohort ordered has no column in your table. The columns run from 0 without a gap."""
    month, first, later = _steps(orders)
    counts = orders["customer"].groupby([first, later]).nunique().unstack(fill_value=0)
    return _framed(counts, month)[list(counts.columns)]


def retention_by_cohort__numbers_of_people(orders):
    """These are numbers of customers. The share divides them by the size of the cohort."""
    month, first, later = _steps(orders)
    return _framed(orders["customer"].groupby([first, later]).nunique().unstack(fill_value=0), month, divided=False)


def retention_by_cohort__then_or_later(orders):
    """You counted customers who ordered in that month *or later*. Someone who skips a month is 0 in that month."""
    month, first, later = _steps(orders)
    last = later.groupby(orders["customer"]).max()
    began = first.groupby(orders["customer"]).first()
    width = range(month.max() - month.min() + 1)
    counts = pd.DataFrame({step: (last >= step).groupby(began).sum() for step in width})
    return _framed(counts, month)


def retention_by_cohort__ignores_years(orders):
    """You subtracted the months of the calendar without their years: from December to January is 1, not −11."""
    month, first, _ = _steps(orders)
    counts = orders["customer"].groupby([first, month % 12 - first % 12]).nunique().unstack(fill_value=0)
    return _framed(counts, month)
