"""Answers to 01_fundamentals/05_pandas_tables by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import itertools
import math
from collections import defaultdict
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl

# 1. share_by_group


def right__share_by_group__groupby_and_sort(table, group, value):
    """The shortest way: one group more for the missing labels, sum leaves missing amounts out."""
    sums = table.groupby(group, dropna=False)[value].sum()
    return (sums / sums.sum()).sort_values(ascending=False)


def right__share_by_group__dictionary(table, group, value):
    """A plain loop over the rows with one key of its own for everything that is missing."""
    sums = {}
    for label, amount in zip(table[group].tolist(), table[value].tolist(), strict=True):
        key = ("missing",) if pd.isna(label) else ("label", label)
        sums[key] = sums.get(key, 0.0) + (0.0 if pd.isna(amount) else float(amount))
    total = math.fsum(sums.values())
    ranked = sorted(sums.items(), key=lambda item: -item[1])
    labels = [key[1] if len(key) == 2 else float("nan") for key, _ in ranked]
    return pd.Series([amount / total for _, amount in ranked], index=labels, dtype=float)


def right__share_by_group__factorize_and_bincount(table, group, value):
    """Codes for the groups, NaN among them, and a weighted count; equal shares come in reverse order."""
    codes, labels = pd.factorize(table[group], use_na_sentinel=False)
    amounts = table[value].fillna(0).to_numpy(dtype=float)
    sums = np.bincount(codes, weights=amounts, minlength=len(labels))
    order = np.argsort(sums, kind="stable")[::-1]
    return pd.Series(sums[order] / amounts.sum() if len(order) else sums, index=pd.Index(labels)[order])


def right__share_by_group__two_parts(table, group, value):
    """The known groups by `pivot_table`, the missing one by a mask, then joined."""
    known = table[table[group].notna()]
    parts = [known.groupby(group, observed=True)[value].sum()]
    if table[group].isna().any():
        parts.append(pd.Series([table.loc[table[group].isna(), value].sum()], index=[np.nan]))
    sums = pd.concat(parts)
    return sums.div(table[value].sum()).sort_values(ascending=False, kind="stable")


def wrong__share_by_group__missing_group_dropped(table, group, value):
    """Violates: receipts without a group are a group of their own (the total is right)."""
    return (table.groupby(group)[value].sum() / table[value].sum()).sort_values(ascending=False)


def wrong__share_by_group__of_the_labeled_only(table, group, value):
    """Violates: the total is that of all receipts, those without a group among them."""
    sums = table.groupby(group)[value].sum()
    return (sums / sums.sum()).sort_values(ascending=False)


def wrong__share_by_group__missing_group_last(table, group, value):
    """Violates: largest first, the missing group too."""
    sums = table.groupby(group, dropna=False)[value].sum() / table[value].sum()
    known = sums[sums.index.notna()].sort_values(ascending=False)
    return pd.concat([known, sums[sums.index.isna()]])


def wrong__share_by_group__groups_without_an_amount_left_out(table, group, value):
    """Violates: a group whose amounts are all missing has the share 0, and is still a group."""
    sums = table.dropna(subset=[value]).groupby(group, dropna=False)[value].sum()
    return (sums / sums.sum()).sort_values(ascending=False)


def wrong__share_by_group__groups_without_an_amount_are_nan(table, group, value):
    """Violates: a missing amount counts as nothing, so a group with nothing else has 0, not NaN."""
    sums = table.groupby(group, dropna=False)[value].sum(min_count=1)
    return (sums / sums.sum()).sort_values(ascending=False)


def wrong__share_by_group__zero_shares_left_out(table, group, value):
    """Violates: a group with the total 0 is a group too."""
    sums = table.groupby(group, dropna=False)[value].sum()
    return (sums[sums != 0] / sums.sum()).sort_values(ascending=False)


def wrong__share_by_group__empty_labels_are_missing(table, group, value):
    """Violates: the labels "" and 0 are not missing."""
    labels = table[group].astype(object).map(lambda label: label or None)
    sums = table[value].groupby(labels, dropna=False).sum()
    return (sums / sums.sum()).sort_values(ascending=False)


def wrong__share_by_group__missing_labeled_by_a_word(table, group, value):
    """Violates: the label is NaN, not a text."""
    sums = table[value].groupby(table[group].astype(object).fillna("missing")).sum()
    return (sums / sums.sum()).sort_values(ascending=False)


def wrong__share_by_group__labels_as_text(table, group, value):
    """Violates: the groups are the index, not their text (the seller 7 is not "7")."""
    labels = table[group].map(str, na_action="ignore")
    sums = table[value].groupby(labels, dropna=False).sum()
    return (sums / sums.sum()).sort_values(ascending=False)


def wrong__share_by_group__refunds_left_out(table, group, value):
    """Violates: the total is that of `value`, refunds (negative amounts) included."""
    sums = table[value].clip(lower=0).groupby(table[group], dropna=False).sum()
    return (sums / sums.sum()).sort_values(ascending=False)


def wrong__share_by_group__ordered_by_size_without_sign(table, group, value):
    """Violates: largest first; a share of -0.5 comes after 0.1."""
    sums = table.groupby(group, dropna=False)[value].sum()
    return (sums / sums.sum()).sort_values(ascending=False, key=abs)


def wrong__share_by_group__same_receipt_once(table, group, value):
    """Violates: two receipts of one seller over the same amount are two receipts."""
    sums = table[[group, value]].drop_duplicates().groupby(group, dropna=False)[value].sum()
    return (sums / sums.sum()).sort_values(ascending=False)


def wrong__share_by_group__share_of_the_receipts(table, group, value):
    """Violates: the share of the amount, not of the number of receipts; ignores `value`."""
    return table[group].value_counts(normalize=True, dropna=False)


def wrong__share_by_group__most_receipts_first(table, group, value):
    """Violates: largest share first, not most receipts first."""
    sums = table.groupby(group, dropna=False)[value].sum()
    counts = table.groupby(group, dropna=False)[value].size()
    order = np.argsort(-counts.to_numpy(), kind="stable")
    return (sums / sums.sum()).iloc[order]


def wrong__share_by_group__ascending(table, group, value):
    """Violates: largest first."""
    sums = table.groupby(group, dropna=False)[value].sum()
    return (sums / sums.sum()).sort_values()


def wrong__share_by_group__ordered_by_rounded_share(table, group, value):
    """Violates: 0.503 comes before 0.497, and this one may not."""
    sums = table.groupby(group, dropna=False)[value].sum()
    return (sums / sums.sum()).sort_values(ascending=False, key=lambda share: share.round(1), kind="stable")


def wrong__share_by_group__rounded(table, group, value):
    """Violates: the share, not a rounded one."""
    sums = table.groupby(group, dropna=False)[value].sum()
    return (sums / sums.sum()).sort_values(ascending=False).round(3)


def wrong__share_by_group__columns_as_attributes(table, group, value):
    """Violates: `value` may name any column, also "size" or "count", which are attributes of every table."""
    amounts = getattr(table, value)
    sums = amounts.groupby(table[group], dropna=False).sum()
    return (sums / sums.sum()).sort_values(ascending=False)


def wrong__share_by_group__hard_coded_columns(table, group, value):
    """Violates: the columns are those that `group` and `value` name; takes the first and the last."""
    sums = table.groupby(table.columns[0], dropna=False)[table.columns[-1]].sum()
    return (sums / sums.sum()).sort_values(ascending=False)


def wrong__share_by_group__largest_ten(table, group, value):
    """Violates: each group, not the ten largest."""
    sums = table.groupby(group, dropna=False)[value].sum()
    return (sums / sums.sum()).nlargest(10)


def wrong__share_by_group__empty_table_refused(table, group, value):
    """Violates: a table without rows gives a Series without entries."""
    sums = table.groupby(group, dropna=False)[value].sum()
    shares = (sums / sums.sum()).sort_values(ascending=False)
    assert math.isclose(shares.sum(), 1), "the shares add up to 1"
    return shares


def wrong__share_by_group__two_kinds_of_missing(table, group, value):
    """Violates: all rows whose group is missing form one group, be they None or NaN."""
    sums = {}
    for label, amount in zip(table[group].tolist(), table[value].tolist(), strict=True):
        key = "float nan" if isinstance(label, float) and math.isnan(label) else label
        sums[key] = sums.get(key, 0.0) + (0.0 if pd.isna(amount) else amount)
    labels = [math.nan if key is None or key == "float nan" else key for key in sums]
    shares = pd.Series([amount / sum(sums.values()) for amount in sums.values()], index=labels, dtype=float)
    return shares.sort_values(ascending=False)


def wrong__share_by_group__missing_group_always_listed(table, group, value):
    """Violates: rows whose group is missing form a group; without such rows there is none."""
    sums = table.groupby(group, dropna=False)[value].sum()
    sums = sums if sums.index.isna().any() or not len(table) else pd.concat([sums, pd.Series([0.0], index=[np.nan])])
    return (sums / sums.sum()).sort_values(ascending=False)


def wrong__share_by_group__same_name_in_capitals(table, group, value):
    """Violates: the groups are the values of the column; "Bo" and "bo" are two."""
    first = {}
    labels = table[group].map(
        lambda label: first.setdefault(label.casefold().strip(), label) if isinstance(label, str) else label,
        na_action="ignore",
    )
    sums = table[value].groupby(labels, dropna=False).sum()
    return (sums / sums.sum()).sort_values(ascending=False)


def wrong__share_by_group__sum_of_each_run(table, group, value):
    """Violates: each group's share of the total; of a group in several places of the table only the last run counts."""
    amounts = table[value].fillna(0)
    known = table[group].astype(object).where(table[group].notna(), None)
    sums = {}
    for label, rows in itertools.groupby(range(len(table)), key=lambda i: known.iloc[i]):
        sums[label] = sum(float(amounts.iloc[i]) for i in rows)
    labels = [math.nan if label is None else label for label in sums]
    return pd.Series([x / amounts.sum() for x in sums.values()], index=labels, dtype=float).sort_values(ascending=False)


def wrong__share_by_group__small_integers_overflow(table, group, value):
    """Violates: the share of the total; three amounts of 100 of type int8 add up to 44 in their own type."""
    codes, labels = pd.factorize(table[group], use_na_sentinel=False)
    amounts = table[value].fillna(0).to_numpy()
    sums = np.zeros(len(labels), dtype=amounts.dtype)
    np.add.at(sums, codes, amounts)
    return (pd.Series(sums, index=labels) / amounts.sum()).sort_values(ascending=False)


def wrong__share_by_group__missing_amount_is_the_mean(table, group, value):
    """Violates: a missing amount counts as nothing; puts the mean of the others there."""
    sums = table[value].fillna(table[value].mean()).groupby(table[group], dropna=False).sum()
    return (sums / sums.sum()).sort_values(ascending=False)


# 2. best_days_per_station


def right__best_days_per_station__sort_and_head(daily, n):
    """Sort once, then the first rows of each group."""
    ordered = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    return ordered.groupby("station").head(n).reset_index(drop=True)


def right__best_days_per_station__cumcount_mask(daily, n):
    """Three stable sorts, the least important first, and a mask by position."""
    ordered = daily.sort_values("date", kind="stable", ignore_index=True)
    ordered = ordered.sort_values("rentals", ascending=False, kind="stable", ignore_index=True)
    ordered = ordered.sort_values("station", kind="stable", ignore_index=True)
    return ordered[ordered.groupby("station").cumcount() < n].reset_index(drop=True)


def right__best_days_per_station__positions_in_a_loop(daily, n):
    """A loop over the stations that collects positions, taken from the table at the end."""
    station, date, rentals = (daily[name].tolist() for name in ("station", "date", "rentals"))
    positions = []
    for name in sorted(set(station)):
        rows = [i for i in range(len(daily)) if station[i] == name]
        positions += sorted(rows, key=lambda i: (-rentals[i], date[i]))[:n]
    return daily.iloc[positions].reset_index(drop=True)


def right__best_days_per_station__concat_of_parts(daily, n):
    """`nlargest` of each station's rows by date keeps the first of equal days."""
    by_date = daily.sort_values("date", ignore_index=True)
    parts = [part.nlargest(n, "rentals", keep="first") for _, part in by_date.groupby("station", sort=True)]
    return pd.concat(parts, ignore_index=True) if parts else daily.iloc[:0].reset_index(drop=True)


def right__best_days_per_station__lexsort(daily, n):
    """NumPy only: sort codes, then count within the runs."""
    codes = [np.unique(daily[name].to_numpy(), return_inverse=True)[1] for name in ("station", "rentals", "date")]
    order = np.lexsort([codes[2], -codes[1], codes[0]])
    stations = codes[0][order]
    place = np.arange(len(order)) - np.searchsorted(stations, stations)
    return daily.iloc[order[place < n]].set_axis(pd.RangeIndex((place < n).sum()), axis=0)


def wrong__best_days_per_station__ties_in_order_of_arrival(daily, n):
    """Violates: of equally good days the earlier one wins, not the one that comes first in the table."""
    ordered = daily.sort_values("rentals", ascending=False, kind="stable")
    ordered = ordered.sort_values("station", kind="stable")
    return ordered.groupby("station").head(n).reset_index(drop=True)


def wrong__best_days_per_station__later_day_wins(daily, n):
    """Violates: of equally good days the earlier one wins."""
    ordered = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, False])
    return ordered.groupby("station").head(n).reset_index(drop=True)


def wrong__best_days_per_station__right_rows_then_ties_by_arrival(daily, n):
    """Violates: equal days ascend by date in the result (the right rows are chosen, their order is that of arrival)."""
    ordered = daily.reset_index(drop=True).sort_values(["rentals", "date"], ascending=[False, True])
    chosen = ordered.groupby("station").head(n).sort_index()
    chosen = chosen.sort_values("rentals", ascending=False, kind="stable").sort_values("station", kind="stable")
    return chosen.reset_index(drop=True)


def wrong__best_days_per_station__all_ties_kept(daily, n):
    """Violates: `n` rows, not more when days tie for the last place."""
    ordered = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    place = ordered.groupby("station")["rentals"].rank(method="min", ascending=False)
    return ordered[place <= n].reset_index(drop=True)


def wrong__best_days_per_station__average_rank(daily, n):
    """Violates: of two days that tie for the first place one is shown for n = 1, this one shows none."""
    ordered = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    place = ordered.groupby("station")["rentals"].rank(ascending=False)
    return ordered[place <= n].reset_index(drop=True)


def wrong__best_days_per_station__one_day_for_each_number(daily, n):
    """Violates: two days with equal rentals are two days."""
    ordered = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    ordered = ordered.drop_duplicates(["station", "rentals"])
    return ordered.groupby("station").head(n).reset_index(drop=True)


def wrong__best_days_per_station__old_index(daily, n):
    """Violates: the index is 0, 1, 2 ..."""
    ordered = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    return ordered.groupby("station").head(n)


def wrong__best_days_per_station__index_as_a_column(daily, n):
    """Violates: with all columns in their order, and no other."""
    ordered = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    return ordered.groupby("station").head(n).reset_index()


def wrong__best_days_per_station__other_columns_dropped(daily, n):
    """Violates: with all columns."""
    ordered = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    return ordered.groupby("station").head(n).reset_index(drop=True)[["station", "date", "rentals"]]


def wrong__best_days_per_station__station_comes_first(daily, n):
    """Violates: all columns in their order; moves the station to the front."""
    ordered = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    best = ordered.groupby("station").head(n).reset_index(drop=True)
    return best[["station", *(name for name in best.columns if name != "station")]]


def wrong__best_days_per_station__column_of_ranks_lost(daily, n):
    """Violates: with all columns; `daily` may have a column "rank" already, and this one overwrites and drops it."""
    ordered = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    ordered = ordered.assign(rank=ordered.groupby("station").cumcount())
    return ordered[ordered["rank"] < n].drop(columns="rank").reset_index(drop=True)


def wrong__best_days_per_station__rows_by_label(daily, n):
    """Violates: `n` rows of each station; labels of the index that occur twice give rows twice."""
    labels = []
    for _, part in daily.groupby("station"):
        labels += list(part.sort_values(["rentals", "date"], ascending=[False, True]).index[:n])
    return daily.loc[labels].reset_index(drop=True)


def wrong__best_days_per_station__stations_in_order_of_arrival(daily, n):
    """Violates: stations ascend."""
    ordered = daily.sort_values(["rentals", "date"], ascending=[False, True])
    parts = [ordered[ordered["station"] == name].head(n) for name in daily["station"].unique()]
    return pd.concat([daily.iloc[:0], *parts], ignore_index=True)


def wrong__best_days_per_station__stations_as_text(daily, n):
    """Violates: stations ascend, 9 before 10; as text 10 comes first."""
    ordered = daily.assign(date=daily["date"]).sort_values(["rentals", "date"], ascending=[False, True])
    ordered = ordered.sort_values("station", key=lambda column: column.astype(str), kind="stable")
    return ordered.groupby("station").head(n).reset_index(drop=True)


def wrong__best_days_per_station__stations_by_their_best_day(daily, n):
    """Violates: stations ascend; this one puts the busiest first."""
    ordered = daily.sort_values(["rentals", "station", "date"], ascending=[False, True, True])
    best = ordered.groupby("station").head(n)
    rank = best.groupby("station")["rentals"].transform("max")
    return best.iloc[np.argsort(-rank.to_numpy(), kind="stable")].reset_index(drop=True)


def wrong__best_days_per_station__day_of_the_month(daily, n):
    """Violates: the earlier date wins, not the smaller day of the month (March 31 is before April 1)."""
    keys = pd.DataFrame(
        {"station": daily["station"].to_numpy(), "less": -daily["rentals"].to_numpy().astype(float)},
    ).assign(day=pd.to_datetime(daily["date"]).dt.day.to_numpy())
    order = keys.sort_values(["station", "less", "day"]).index
    return daily.iloc[order].groupby("station").head(n).reset_index(drop=True)


def wrong__best_days_per_station__short_stations_left_out(daily, n):
    """Violates: a station with fewer than `n` days shows all it has."""
    ordered = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    ordered = ordered.groupby("station").head(n)
    return ordered[ordered.groupby("station")["rentals"].transform("size") == n].reset_index(drop=True)


def wrong__best_days_per_station__best_of_the_whole_table(daily, n):
    """Violates: `n` rows of each station, not as many rows as that, wherever they come from."""
    best = daily.sort_values(["rentals", "date"], ascending=[False, True]).head(n * daily["station"].nunique())
    return best.sort_values(["station", "rentals", "date"], ascending=[True, False, True]).reset_index(drop=True)


def wrong__best_days_per_station__empty_without_columns(daily, n):
    """Violates: with all columns, when there are no rows too."""
    best = []
    for _, part in daily.groupby("station"):
        best.append(part.sort_values(["rentals", "date"], ascending=[False, True]).head(n))
    return pd.concat(best, ignore_index=True) if best else pd.DataFrame()


def wrong__best_days_per_station__by_date_within_a_station(daily, n):
    """Violates: within a station rentals descend; this one shows the right days in order of the calendar."""
    ordered = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    return ordered.groupby("station").head(n).sort_values(["station", "date"]).reset_index(drop=True)


def wrong__best_days_per_station__at_most_five(daily, n):
    """Violates: `n` may be any number from 1; this one stops at 5."""
    ordered = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    return ordered.groupby("station").head(min(n, 5)).reset_index(drop=True)


def wrong__best_days_per_station__negated_in_its_own_type(daily, n):
    """Violates: rentals descend; minus 0 stays 0 among unsigned numbers, so a day without rentals wins."""
    keys = pd.DataFrame({name: daily[name].to_numpy() for name in ("station", "rentals", "date")})
    keys["rentals"] = -keys["rentals"]
    order = keys.sort_values(["station", "rentals", "date"]).index
    return daily.iloc[order].groupby("station").head(n).reset_index(drop=True)


def wrong__best_days_per_station__single_precision(daily, n):
    """Violates: most rentals first; in float32 16777217 and 16777216 are equal, and the date decides."""
    keys = pd.DataFrame({name: daily[name].to_numpy() for name in ("station", "rentals", "date")})
    keys["rentals"] = -keys["rentals"].astype("float32")
    order = keys.sort_values(["station", "rentals", "date"]).index
    return daily.iloc[order].groupby("station").head(n).reset_index(drop=True)


def wrong__best_days_per_station__two_keys_in_one_number(daily, n):
    """Violates: rentals decide first; a day 1001 days earlier beats one rental more here."""
    days = (daily["date"] - daily["date"].min()).dt.days.to_numpy()
    keys = pd.DataFrame({"station": daily["station"].to_numpy()})
    keys["key"] = days / 1000 - daily["rentals"].to_numpy().astype(float)
    order = keys.sort_values(["station", "key"]).index
    return daily.iloc[order].groupby("station").head(n).reset_index(drop=True)


def wrong__best_days_per_station__share_of_the_whole_ranking(daily, n):
    """Violates: `n` rows of each station that has them; draws from the best of the whole table only."""
    ordered = daily.sort_values(["rentals", "date"], ascending=[False, True]).reset_index(drop=True)
    best = ordered[ordered.index < n * max(1, ordered["station"].nunique())]
    best = pd.concat([best, ordered.drop_duplicates("station")]).loc[lambda rows: ~rows.index.duplicated()]
    best = best.sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    return best.groupby("station").head(n).reset_index(drop=True)


def wrong__best_days_per_station__columns_by_position(daily, n):
    """Violates: the columns have names, and others may stand before them; takes the first three."""
    station, date, rentals = daily.columns[:3]
    ordered = daily.sort_values([station, rentals, date], ascending=[True, False, True])
    return ordered.groupby(station).head(n).reset_index(drop=True)


def wrong__best_days_per_station__days_without_rentals_left_out(daily, n):
    """Violates: a station with fewer than `n` days shows all it has, those without rentals too."""
    ordered = daily[daily["rentals"] > 0].sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    return ordered.groupby("station").head(n).reset_index(drop=True)


# 3. meter_usage


def right__meter_usage__sort_diff_reindex(readings):
    """Sort by date, differences within the meters, then back in the table's order."""
    by_date = readings.sort_values("date")
    return by_date.groupby("meter")["reading"].diff().astype(float).reindex(readings.index)


def right__meter_usage__shift_and_align(readings):
    """The previous reading by `shift`; subtraction puts it back in place by label."""
    previous = readings.sort_values(["meter", "date"]).groupby("meter")["reading"].shift()
    use = readings["reading"].astype("float64") - previous.astype("float64")
    return use.loc[readings.index].rename("use")


def right__meter_usage__sorted_positions(readings):
    """A plain loop through the positions in order of date with the last reading of each meter."""
    meters, values = readings["meter"].tolist(), readings["reading"].tolist()
    last, result = {}, [float("nan")] * len(readings)
    for i in np.argsort(readings["date"].to_numpy(), kind="stable"):
        if meters[i] in last:
            result[i] = float(values[i] - last[meters[i]])
        last[meters[i]] = values[i]
    return pd.Series(result, index=readings.index, dtype=float)


def right__meter_usage__lexsort(readings):
    """NumPy only: neighbors in the order of meter and date that belong to one meter."""
    meter = np.unique(readings["meter"].to_numpy(), return_inverse=True)[1]
    order = np.lexsort([readings["date"].to_numpy(), meter])
    value, meter = readings["reading"].to_numpy(dtype=float)[order], meter[order]
    steps = np.full(len(order), np.nan)
    steps[1:][meter[1:] == meter[:-1]] = np.diff(value)[meter[1:] == meter[:-1]]
    result = np.empty(len(order))
    result[order] = steps
    return pd.Series(result, index=readings.index)


def right__meter_usage__polars_window(readings):
    """Another library: a window over the meter, ordered by date."""
    frame = pl.DataFrame(
        {
            "meter": readings["meter"].astype(str).tolist(),
            "time": np.argsort(np.argsort(readings["date"].to_numpy())),
            "reading": readings["reading"].to_numpy(dtype=float),
        },
        schema={"meter": pl.String, "time": pl.Int64, "reading": pl.Float64},
    )
    use = frame.select(pl.col("reading") - pl.col("reading").shift(1).over("meter", order_by="time")).to_series()
    return pd.Series(use.to_numpy(), index=readings.index, dtype=float)


def wrong__meter_usage__order_of_arrival(readings):
    """Violates: the previous reading by date, not by arrival."""
    return readings.groupby("meter")["reading"].diff()


def wrong__meter_usage__left_in_order_of_date(readings):
    """Violates: the index is that of `readings`, in its order."""
    return readings.sort_values("date").groupby("meter")["reading"].diff()


def wrong__meter_usage__index_sorted(readings):
    """Violates: the index in the order of `readings`; sorting it restores that only where it ascends."""
    return readings.sort_values("date").groupby("meter")["reading"].diff().sort_index()


def wrong__meter_usage__fresh_index(readings):
    """Violates: the index is that of `readings`."""
    fresh = readings.reset_index(drop=True)
    return fresh.sort_values("date").groupby("meter")["reading"].diff().sort_index()


def wrong__meter_usage__values_without_their_labels(readings):
    """Violates: each row its own use; puts the values in order of date under the labels in order of arrival."""
    use = readings.sort_values(["date"]).groupby("meter")["reading"].diff()
    return pd.Series(use.to_numpy(), index=readings.index)


def wrong__meter_usage__across_meters(readings):
    """Violates: the same meter's previous reading; a meter's first is compared with another meter's last."""
    return readings.sort_values(["meter", "date"])["reading"].diff().reindex(readings.index)


def wrong__meter_usage__in_order_of_reading(readings):
    """Violates: by date; orders each meter by its reading, which is right until a meter is exchanged."""
    return readings.sort_values("reading").groupby("meter")["reading"].diff().reindex(readings.index)


def wrong__meter_usage__exchange_counts_from_zero(readings):
    """Violates: the use of an exchanged meter is negative, and stays so."""
    use = readings.sort_values("date").groupby("meter")["reading"].diff().reindex(readings.index)
    return use.where(~(use < 0), readings["reading"])


def wrong__meter_usage__exchange_is_zero(readings):
    """Violates: the use of an exchanged meter is negative, and stays so."""
    return readings.sort_values("date").groupby("meter")["reading"].diff().reindex(readings.index).clip(lower=0)


def wrong__meter_usage__exchange_is_nan(readings):
    """Violates: the use of an exchanged meter is negative, and stays so."""
    use = readings.sort_values("date").groupby("meter")["reading"].diff().reindex(readings.index)
    return use.mask(use < 0)


def wrong__meter_usage__since_the_highest_so_far(readings):
    """Violates: the previous reading, not the highest of all before; differs only two readings after an exchange."""
    by_date = readings.sort_values("date")
    highest = by_date.groupby("meter")["reading"].cummax().groupby(by_date["meter"]).shift()
    return (by_date["reading"] - highest).reindex(readings.index)


def wrong__meter_usage__first_is_zero(readings):
    """Violates: NaN for a meter's first."""
    return readings.sort_values("date").groupby("meter")["reading"].diff().reindex(readings.index).fillna(0.0)


def wrong__meter_usage__first_is_its_reading(readings):
    """Violates: NaN for a meter's first."""
    use = readings.sort_values("date").groupby("meter")["reading"].diff().reindex(readings.index)
    return use.fillna(readings["reading"])


def wrong__meter_usage__until_the_next(readings):
    """Violates: since the previous reading, not until the next."""
    use = readings.sort_values("date").groupby("meter")["reading"].diff(-1)
    return -use.reindex(readings.index)


def wrong__meter_usage__since_the_first(readings):
    """Violates: since the previous reading; right up to two readings a meter."""
    by_date = readings.sort_values("date")
    first = by_date.groupby("meter")["reading"].transform("first")
    use = (by_date["reading"] - first).where(by_date.duplicated("meter"))
    return use.reindex(readings.index)


def wrong__meter_usage__for_each_day(readings):
    """Violates: how much was used, not how much a day."""
    by_date = readings.sort_values("date")
    days = by_date.groupby("meter")["date"].diff() / pd.Timedelta(days=1)
    return (by_date.groupby("meter")["reading"].diff() / days).reindex(readings.index)


def wrong__meter_usage__day_of_the_month(readings):
    """Violates: by date, not by the day of the month."""
    order = readings["date"].dt.day.argsort(kind="stable").to_numpy()
    return readings.iloc[order].groupby("meter")["reading"].diff().reindex(readings.index)


def wrong__meter_usage__day_of_the_year(readings):
    """Violates: by date; a reading in January comes after one in the December before."""
    order = readings["date"].dt.dayofyear.argsort(kind="stable").to_numpy()
    return readings.iloc[order].groupby("meter")["reading"].diff().reindex(readings.index)


def wrong__meter_usage__labels_as_positions(readings):
    """Violates: its labels need not be numbers, nor those of the positions."""
    result = np.full(len(readings), np.nan)
    for _, part in readings.groupby("meter"):
        part = part.sort_values("date")
        for label, use in part["reading"].diff().items():
            position = label if isinstance(label, int) and label < len(readings) else readings.index.get_loc(label)
            result[position] = use
    return pd.Series(result, index=readings.index)


def wrong__meter_usage__unsigned_wraps(readings):
    """Violates: the reading minus the previous one; in the readings' own type 5 - 7 may be 254 or 4294967294."""
    result = pd.Series(np.nan, index=readings.index)
    for _, part in readings.groupby("meter"):
        part = part.sort_values("date")
        result.loc[part.index[1:]] = np.diff(part["reading"].to_numpy())
    return result


def wrong__meter_usage__whole_numbers(readings):
    """Violates: the reading minus the previous one; drops the part after the point."""
    by_date = readings.sort_values("date")
    whole = by_date["reading"].astype("int64")
    return whole.groupby(by_date["meter"]).diff().reindex(readings.index)


def wrong__meter_usage__empty_refused(readings):
    """Violates: a table without rows gives a Series without entries."""
    by_date = readings.sort_values("date")
    parts = [part["reading"].diff() for _, part in by_date.groupby("meter")]
    return pd.concat(parts).reindex(readings.index)


def wrong__meter_usage__table_with_a_column(readings):
    """Violates: a Series, not the table with the new column."""
    use = readings.sort_values("date").groupby("meter")["reading"].diff()
    return readings.assign(use=use)


def wrong__meter_usage__reading_of_zero_is_none(readings):
    """Violates: NaN for a meter's first only; `if previous` takes a previous reading of 0 for none."""
    last, result = {}, pd.Series(np.nan, index=readings.index)
    for label, meter, reading in readings.sort_values("date")[["meter", "reading"]].itertuples():
        if last.get(meter):
            result[label] = float(reading) - float(last[meter])
        last[meter] = reading
    return result


def wrong__meter_usage__single_precision(readings):
    """Violates: the reading minus the previous one; float32 makes 0 of 16777217 - 16777216."""
    by_date = readings.sort_values("date")
    return by_date["reading"].astype("float32").groupby(by_date["meter"]).diff().reindex(readings.index)


def wrong__meter_usage__within_a_year(readings):
    """Violates: since the previous reading, however long ago."""
    by_date = readings.sort_values("date")
    groups = by_date.groupby("meter")
    use = groups["reading"].diff().where(groups["date"].diff() <= pd.Timedelta(days=366))
    return use.reindex(readings.index)


def wrong__meter_usage__dates_as_short_text(readings):
    """Violates: by date; orders by day, month, and year as text."""
    order = readings["date"].dt.strftime("%m/%d/%Y").argsort(kind="stable").to_numpy()
    return readings.iloc[order].groupby("meter")["reading"].diff().reindex(readings.index)


def wrong__meter_usage__meters_by_their_capital(readings):
    """Violates: the same meter's; "a" and "A" are two meters."""
    by_date = readings.sort_values("date")
    meters = by_date["meter"].map(lambda meter: meter.upper() if isinstance(meter, str) else meter)
    return by_date["reading"].groupby(meters).diff().reindex(readings.index)


def wrong__meter_usage__only_the_last_two(readings):
    """Violates: for each row; gives the use of each meter's last reading only, right up to two readings a meter."""
    use = readings.sort_values("date").groupby("meter")["reading"].diff().reindex(readings.index)
    return use.where(readings["date"] == readings.groupby("meter")["date"].transform("max"))


# 4. weighted_group_means


def right__weighted_group_means__two_sums(table, group, value, weight):
    """Mask the incomplete rows in both columns, sum each by group, and divide."""
    values = pd.to_numeric(table[value]).astype("float64")
    weights = pd.to_numeric(table[weight]).astype("float64")
    complete = values.notna() & weights.notna()
    labels = table[group]
    top = (values * weights).where(complete, 0.0).groupby(labels).sum()
    bottom = weights.where(complete, 0.0).groupby(labels).sum()
    return top / bottom.where(bottom > 0)


def right__weighted_group_means__average_of_each(table, group, value, weight):
    """`np.average` on each group's complete rows, where there is a weight at all."""
    result = {}
    for label, part in table.groupby(group):
        rows = part[[value, weight]].astype(float).set_axis(["v", "w"], axis=1).dropna()
        result[label] = np.average(rows["v"], weights=rows["w"]) if rows["w"].sum() > 0 else np.nan
    return pd.Series(result, dtype=float)


def right__weighted_group_means__exact_fractions(table, group, value, weight):
    """A plain loop with exact arithmetic."""
    tops, bottoms = defaultdict(Fraction), defaultdict(Fraction)
    for label, v, w in zip(table[group].tolist(), table[value].tolist(), table[weight].tolist(), strict=True):
        if pd.isna(label):
            continue
        tops[label] += 0
        if not (pd.isna(v) or pd.isna(w)):
            tops[label] += Fraction(v) * Fraction(w)
            bottoms[label] += Fraction(w)
    labels = sorted(tops)
    means = [float(tops[label] / bottoms[label]) if bottoms[label] else math.nan for label in labels]
    return pd.Series(means, index=labels, dtype="float64")


def right__weighted_group_means__complete_rows_then_reindex(table, group, value, weight):
    """The complete rows only; the groups that went with the others come back by `reindex`."""
    labels = np.sort(table[group].dropna().unique())
    rows = pd.DataFrame({"g": table[group], "v": table[value], "w": table[weight]}).dropna()
    rows = rows.astype({"v": float, "w": float})
    rows = rows[rows["w"] > 0]
    share = rows["w"] / rows.groupby("g")["w"].transform("sum")
    return (rows["v"] * share).groupby(rows["g"]).sum().reindex(labels)


def right__weighted_group_means__bincount(table, group, value, weight):
    """NumPy only: codes in ascending order and two weighted counts; 0 / 0 is NaN."""
    codes, labels = pd.factorize(table[group], sort=True)
    values, weights = (table[name].to_numpy(dtype=float, na_value=np.nan) for name in (value, weight))
    rows = (codes >= 0) & ~np.isnan(values) & ~np.isnan(weights)
    top = np.bincount(codes[rows], values[rows] * weights[rows], len(labels))
    bottom = np.bincount(codes[rows], weights[rows], len(labels))
    with np.errstate(invalid="ignore"):
        return pd.Series(top / bottom, index=labels)


def _weighted(table, group, value, weight):
    """Give the two sums of a group over its complete rows in float64, and every group its place."""
    labels = table[group]
    values, weights = table[value].astype("float64"), table[weight].astype("float64")
    complete = values.notna() & weights.notna()
    top = (values * weights).where(complete, 0.0).groupby(labels).sum()
    return top, weights.where(complete, 0.0).groupby(labels).sum()


def wrong__weighted_group_means__unknown_schools_dropped(table, group, value, weight):
    """Violates: a school of which nothing is known is still listed."""
    rows = table.dropna(subset=[group, value, weight])
    top = (rows[value].astype(float) * rows[weight].astype(float)).groupby(rows[group]).sum()
    bottom = rows[weight].astype(float).groupby(rows[group]).sum()
    return top / bottom


def wrong__weighted_group_means__weightless_schools_dropped(table, group, value, weight):
    """Violates: a group whose weights add up to 0 is NaN, but listed (as one without complete rows is here)."""
    top, bottom = _weighted(table, group, value, weight)
    means = top / bottom
    seen = table.dropna(subset=[group, value, weight])[group].unique()
    return means[(bottom > 0) | ~means.index.isin(seen)]


def wrong__weighted_group_means__weights_of_missing_values(table, group, value, weight):
    """Violates: a row whose value is missing takes no part; its weight is in the lower sum here."""
    labels = table[group]
    weights = table[weight].astype(float)
    top = (table[value].astype(float) * weights).groupby(labels).sum()
    return top / weights.groupby(labels).sum().replace(0, np.nan)


def wrong__weighted_group_means__weights_of_missing_values_unless_all(table, group, value, weight):
    """Violates: a row whose value is missing takes no part; only groups without any complete row are NaN here."""
    labels = table[group]
    weights = table[weight].astype(float)
    top = (table[value].astype(float) * weights).groupby(labels).sum(min_count=1)
    return top / weights.groupby(labels).sum().replace(0, np.nan)


def wrong__weighted_group_means__missing_weight_is_one(table, group, value, weight):
    """Violates: a row whose weight is missing takes no part."""
    return (lambda sums: sums[0] / sums[1])(_weighted(table.fillna({weight: 1}), group, value, weight))


def wrong__weighted_group_means__missing_value_is_zero(table, group, value, weight):
    """Violates: a row whose value is missing takes no part."""
    return (lambda sums: sums[0] / sums[1])(_weighted(table.fillna({value: 0}), group, value, weight))


def wrong__weighted_group_means__zero_is_missing(table, group, value, weight):
    """Violates: a value of 0 is a value; `if v and w` leaves it out."""
    tops, bottoms = defaultdict(float), defaultdict(float)
    for label, v, w in zip(table[group].tolist(), table[value].tolist(), table[weight].tolist(), strict=True):
        if pd.isna(label):
            continue
        tops[label] += 0.0
        if not pd.isna(v) and not pd.isna(w) and v and w:
            tops[label] += float(v) * float(w)
            bottoms[label] += float(w)
    labels = sorted(tops)
    return pd.Series([tops[k] / bottoms[k] if bottoms[k] else np.nan for k in labels], index=labels, dtype=float)


def wrong__weighted_group_means__product_overflows(table, group, value, weight):
    """Violates: the columns may be small integers, and 100 times 30 is no number of int8."""
    labels = table[group]
    complete = table[value].notna() & table[weight].notna()
    top = (table[value] * table[weight]).where(complete, 0).groupby(labels).sum()
    bottom = table[weight].where(complete, 0).groupby(labels).sum()
    return top / bottom.replace(0, np.nan)


def wrong__weighted_group_means__only_signed_widened(table, group, value, weight):
    """Violates: the columns are of any type of number, the unsigned ones too."""
    wide = table.copy()
    for name in {value, weight}:
        if pd.api.types.is_signed_integer_dtype(wide[name].dtype):
            wide[name] = wide[name].astype("int64")
    return wrong__weighted_group_means__product_overflows(wide, group, value, weight)


def wrong__weighted_group_means__widened_to_int32(table, group, value, weight):
    """Violates: any type of number; widens small integers to int32 only, and 60000 times 60000 is too large."""
    wide = table.copy()
    for name in {value, weight}:
        if pd.api.types.is_integer_dtype(wide[name].dtype) and wide[name].dtype.itemsize < 4:
            wide[name] = wide[name].astype("int32")
    return wrong__weighted_group_means__product_overflows(wide, group, value, weight)


def wrong__weighted_group_means__whole_numbers(table, group, value, weight):
    """Violates: any type of number; turns the marks 2.5 into 2 against the overflow."""
    rows = table.dropna(subset=[value, weight])
    sums = _weighted(rows.assign(**{value: rows[value].astype("int64")}), group, value, weight)
    return (sums[0] / sums[1]).reindex(np.sort(table[group].dropna().unique()))


def wrong__weighted_group_means__no_weight_gives_zero(table, group, value, weight):
    """Violates: a group whose weights add up to 0 is NaN; this one says 0."""
    top, bottom = _weighted(table, group, value, weight)
    known = table.dropna(subset=[group, value, weight])[group].unique()
    return (top / bottom).mask((bottom == 0) & bottom.index.isin(known), 0.0)


def wrong__weighted_group_means__no_weight_gives_the_plain_mean(table, group, value, weight):
    """Violates: a group whose weights add up to 0 is NaN; this one falls back on the mean without weights."""
    top, bottom = _weighted(table, group, value, weight)
    rows = table.dropna(subset=[value, weight])
    return (top / bottom).fillna(rows[value].astype(float).groupby(rows[group]).mean())


def wrong__weighted_group_means__division_refused(table, group, value, weight):
    """Violates: a group whose weights add up to 0 is NaN; `np.average` raises there."""
    result = {}
    for label, part in table.groupby(group):
        rows = part.dropna(subset=[value, weight])
        weights = rows[weight].to_numpy(dtype=float)
        result[label] = np.average(rows[value].to_numpy(dtype=float), weights=weights) if len(rows) else np.nan
    return pd.Series(result, dtype=float)


def wrong__weighted_group_means__at_least_one_pupil(table, group, value, weight):
    """Violates: weights may add up to less than 1; this one never divides by less than that."""
    top, bottom = _weighted(table, group, value, weight)
    return top / bottom.where(bottom == 0, bottom.clip(lower=1))


def wrong__weighted_group_means__order_of_appearance(table, group, value, weight):
    """Violates: each group in ascending order."""
    top, bottom = _weighted(table, group, value, weight)
    return (top / bottom).reindex(table[group].dropna().unique())


def wrong__weighted_group_means__groups_as_text(table, group, value, weight):
    """Violates: ascending order, 9 before 10; orders the groups as text."""
    top, bottom = _weighted(table, group, value, weight)
    return (top / bottom).sort_index(key=lambda labels: labels.astype(str))


def wrong__weighted_group_means__missing_group_listed(table, group, value, weight):
    """Violates: rows without a group are ignored."""
    labels = table[group]
    values, weights = table[value].astype(float), table[weight].astype(float)
    complete = values.notna() & weights.notna()
    top = (values * weights).where(complete, 0.0).groupby(labels, dropna=False).sum()
    return top / weights.where(complete, 0.0).groupby(labels, dropna=False).sum()


def wrong__weighted_group_means__plain_mean(table, group, value, weight):
    """Violates: the weighted mean; ignores how large the weights are."""
    rows = table[table[weight].notna() & (table[weight] != 0)]
    means = rows[value].astype(float).groupby(rows[group]).mean()
    return means.reindex(np.sort(table[group].dropna().unique()))


def wrong__weighted_group_means__weights_once(table, group, value, weight):
    """Violates: each row counts; rows that are equal in all columns count once here."""
    top, bottom = _weighted(table.drop_duplicates(), group, value, weight)
    return top / bottom


def wrong__weighted_group_means__single_precision(table, group, value, weight):
    """Violates: the mean of the sums; float32 keeps 7 digits and loses what large integers say."""
    labels = table[group]
    values, weights = table[value].astype("float32"), table[weight].astype("float16").astype("float32")
    complete = values.notna() & weights.notna()
    top = (values * weights).where(complete, 0.0).groupby(labels).sum()
    bottom = weights.where(complete, 0.0).groupby(labels).sum()
    return top / bottom.replace(0, np.nan)


def wrong__weighted_group_means__helper_column_overwrites(table, group, value, weight):
    """Violates: the columns may have any name; a group column called "product" is overwritten here."""
    rows = table.astype({value: float, weight: float})
    rows["product"] = rows[value] * rows[weight]
    rows.loc[rows["product"].isna(), weight] = np.nan
    sums = rows.groupby(group)[["product", weight]].sum()
    return sums["product"] / sums[weight].replace(0, np.nan)


def wrong__weighted_group_means__product_of_int64_overflows(table, group, value, weight):
    """Violates: any type of number; 5 billion times 5 billion is no int64 either."""
    wide = table.copy()
    for name in {value, weight}:
        if pd.api.types.is_integer_dtype(wide[name].dtype):
            wide[name] = wide[name].astype("int64")
    return wrong__weighted_group_means__product_overflows(wide, group, value, weight)


def wrong__weighted_group_means__only_integers_widened(table, group, value, weight):
    """Violates: any type of number; 300 times 300 is infinite in float16."""
    wide = table.copy()
    for name in {value, weight}:
        if pd.api.types.is_integer_dtype(wide[name].dtype):
            wide[name] = wide[name].astype("float64")
    return wrong__weighted_group_means__product_overflows(wide, group, value, weight)


def wrong__weighted_group_means__values_below_zero_left_out(table, group, value, weight):
    """Violates: only the weights are never negative; a value may be (temperatures, changes)."""
    values = table[value].where(~(table[value] < 0))
    top, bottom = _weighted(table.assign(**{value: values}), group, value, weight)
    return top / bottom


def wrong__weighted_group_means__small_weights_are_none(table, group, value, weight):
    """Violates: NaN where the weights add up to 0, not where they add up to little."""
    top, bottom = _weighted(table, group, value, weight)
    return (top / bottom).mask(np.isclose(bottom, 0))


def wrong__weighted_group_means__weights_and_values_swapped(table, group, value, weight):
    """Violates: value times weight over the *weights*; swaps the two parameters."""
    top, bottom = _weighted(table, group, weight, value)
    return top / bottom.replace(0, np.nan)


def wrong__weighted_group_means__highest_mean_first(table, group, value, weight):
    """Violates: each group in ascending order, of the group, not of its mean."""
    top, bottom = _weighted(table, group, value, weight)
    return (top / bottom).sort_values()


# 5. retention_by_cohort


def _months(dates):
    """Count the months since the year 0."""
    return dates.dt.year.astype(int) * 12 + dates.dt.month.astype(int) - 1


def _texts(months):
    """Write months since the year 0 as "2024-01"."""
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in months]


def right__retention_by_cohort__dictionaries_of_sets(orders):
    """Plain Python: who ordered when, and one row after the other."""
    when = defaultdict(set)
    for customer, date in zip(orders["customer"], orders["date"], strict=True):
        when[customer].add(date.year * 12 + date.month - 1)
    cohorts = defaultdict(list)
    for customer, months in when.items():
        cohorts[min(months)].append(customer)
    first, last = min(cohorts), max(max(months) for months in when.values())
    rows = {}
    for start in sorted(cohorts):
        members = cohorts[start]
        row = []
        for later in range(last - first + 1):
            month = start + later
            here = sum(month in when[member] for member in members) / len(members)
            row.append(here if month <= last else float("nan"))
        rows[f"{start // 12:04d}-{start % 12 + 1:02d}"] = row
    return pd.DataFrame.from_dict(rows, orient="index", columns=range(last - first + 1))


def right__retention_by_cohort__periods_and_pivot(orders):
    """Periods, `nunique` and `unstack`, then gaps 0 and the unknown NaN."""
    month = orders["date"].dt.to_period("M")
    cohort = month.groupby(orders["customer"]).transform("min")
    ages = _months(orders["date"]) - (cohort.dt.year * 12 + cohort.dt.month - 1)
    counts = orders["customer"].groupby([cohort, ages]).nunique().unstack(fill_value=0)
    span = (month.max() - month.min()).n
    shares = counts.reindex(columns=range(span + 1), fill_value=0).div(counts[0], axis=0)
    for start in shares.index:
        shares.loc[start, [age for age in range(span + 1) if start + age > month.max()]] = np.nan
    shares.index = shares.index.strftime("%Y-%m")
    return shares


def right__retention_by_cohort__matrix(orders):
    """NumPy: a matrix of customers by months, each row rolled to its first month."""
    customers, labels = pd.factorize(orders["customer"])
    month = _months(orders["date"]).to_numpy()
    first, span = month.min(), month.max() - month.min() + 1
    ordered = np.zeros((len(labels), span), dtype=bool)
    ordered[customers, month - first] = True
    starts = ordered.argmax(axis=1)
    cohorts = np.unique(starts)
    result = np.full((len(cohorts), span), np.nan)
    for row, start in zip(result, cohorts, strict=True):
        row[: span - start] = ordered[starts == start][:, start:].mean(axis=0)
    return pd.DataFrame(result, index=_texts(cohorts + first))


def right__retention_by_cohort__merge_and_crosstab(orders):
    """One row for each customer and month, a table of first months, a merge and a cross table."""
    active = pd.DataFrame({"customer": orders["customer"].to_numpy(), "month": _months(orders["date"]).to_numpy()})
    active = active.drop_duplicates()
    start = active.groupby("customer", as_index=False)["month"].min().rename(columns={"month": "start"})
    active = active.merge(start, on="customer")
    table = pd.crosstab(active["start"], active["month"] - active["start"])
    span = int(active["month"].max() - active["month"].min())
    table = table.reindex(columns=list(range(span + 1))).fillna(0)
    shares = table.astype(float).div(start.groupby("start").size(), axis=0)
    known = shares.index.to_numpy()[:, None] + np.arange(span + 1) <= active["month"].max()
    return (
        shares.where(known).set_axis(_texts(shares.index), axis=0).rename_axis(index="cohort", columns="months later")
    )


def _retention(customers, months, active=None, last=None):
    """Tabulate as asked; `active` may replace the months that count, `last` the last month of the data."""
    customers, months = list(customers), [int(month) for month in months]
    start = {}
    for customer, month in zip(customers, months, strict=True):
        start[customer] = min(month, start.get(customer, month))
    seen = set(zip(customers, months if active is None else active, strict=True))
    last = max(months) if last is None else last
    first = min(months)
    rows = {}
    for cohort in sorted(set(start.values())):
        members = [customer for customer in start if start[customer] == cohort]
        rows[cohort] = [
            sum((member, cohort + later) in seen for member in members) / len(members)
            if cohort + later <= last
            else math.nan
            for later in range(last - first + 1)
        ]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=range(last - first + 1))
    return table.set_axis(_texts(table.index), axis=0)


def _right_retention(orders):
    """Give the right table, for the wrong answers to spoil."""
    return _retention(orders["customer"], _months(orders["date"]))


def wrong__retention_by_cohort__thirty_days(orders):
    """Violates: calendar months later, not days divided by 30."""
    first = orders.groupby("customer")["date"].transform("min")
    start = _months(first)
    later = (orders["date"].dt.normalize() - first.dt.normalize()).dt.days // 30
    months = _months(orders["date"])
    return _retention(
        [*orders["customer"], *orders["customer"]],
        [*start, *months],
        [*start, *(start + later)],
        last=int(months.max()),
    )


def wrong__retention_by_cohort__full_months(orders):
    """Violates: calendar months; from January 31 to February 1 no month has passed here."""
    first = orders.groupby("customer")["date"].transform("min")
    months, start = _months(orders["date"]), _months(first)
    late = months - (orders["date"].dt.day < first.dt.day).astype(int)
    return _retention([*orders["customer"]] * 2, [*start, *months], [*start, *late], last=int(months.max()))


def wrong__retention_by_cohort__year_forgotten(orders):
    """Violates: months later, over the turn of the year too; takes the difference of the month numbers."""
    months = _months(orders["date"])
    start = months.groupby(orders["customer"]).transform("min")
    later = (months % 12 - start % 12) % 12
    return _retention([*orders["customer"]] * 2, [*start, *months], [*start, *(start + later)], last=int(months.max()))


def wrong__retention_by_cohort__each_month_its_own_cohort(orders):
    """Violates: the cohorts are only months in which somebody ordered for the first time; lists all between."""
    right = _right_retention(orders)
    months = _months(orders["date"])
    return right.reindex(_texts(range(int(months.min()), int(months.max()) + 1)))


def wrong__retention_by_cohort__ages_seen_only(orders):
    """Violates: the columns are all integers up to the last; a number of months that nobody came after is left out."""
    right = _right_retention(orders)
    return right.loc[:, (right > 0).any()]


def wrong__retention_by_cohort__up_to_the_last_age_seen(orders):
    """Violates: the columns go on to the last month of the data, also where the first cohort no longer orders."""
    right = _right_retention(orders)
    return right.loc[:, : max(age for age in right.columns if (right[age] > 0).any())]


def wrong__retention_by_cohort__unknown_is_zero(orders):
    """Violates: a month beyond the last month of the data is NaN."""
    return _right_retention(orders).fillna(0.0)


def wrong__retention_by_cohort__nobody_is_nan(orders):
    """Violates: where nobody of the cohort ordered, that is 0."""
    right = _right_retention(orders)
    return right.where(right > 0)


def wrong__retention_by_cohort__nan_after_the_last_order(orders):
    """Violates: a month within the data is known, and 0; only gaps before the cohort's last order are 0 here."""
    right = _right_retention(orders)
    return right.where(right.where(right > 0).bfill(axis=1).notna())


def wrong__retention_by_cohort__last_month_of_the_newest_cohort(orders):
    """Violates: NaN is what lies beyond the last month of the data, not beyond the month of the newest cohort."""
    right = _right_retention(orders)
    months = _months(orders["date"])
    start = months.groupby(orders["customer"]).min()
    known = np.array(sorted(set(start)))[:, None] + np.arange(right.shape[1]) <= start.max()
    return right.where(known | (right.to_numpy() > 0))


def wrong__retention_by_cohort__triangle_by_row_number(orders):
    """Violates: NaN lies beyond the last month; one cell a row is right only with a cohort in every month."""
    right = _right_retention(orders)
    filled = right.fillna(0.0)
    rows, columns = np.indices(right.shape)
    return filled.where(rows + columns < right.shape[1])


def wrong__retention_by_cohort__orders_counted(orders):
    """Violates: the share of the cohort that ordered; two orders of one customer in a month count twice."""
    months = _months(orders["date"])
    start = months.groupby(orders["customer"]).transform("min")
    right = _right_retention(orders)
    counts = pd.crosstab(start, months - start).reindex(columns=right.columns, fill_value=0).astype(float)
    counts = counts.div(orders["customer"].groupby(start).nunique(), axis=0).set_axis(right.index, axis=0)
    return counts.where(right.notna())


def wrong__retention_by_cohort__counts_of_orders_over_first_orders(orders):
    """Violates: the cohort is its customers; divides orders by the orders in the first month."""
    months = _months(orders["date"])
    start = months.groupby(orders["customer"]).transform("min")
    right = _right_retention(orders)
    counts = pd.crosstab(start, months - start).reindex(columns=right.columns, fill_value=0).astype(float)
    return counts.div(counts[0], axis=0).set_axis(right.index, axis=0).where(right.notna())


def wrong__retention_by_cohort__number_instead_of_share(orders):
    """Violates: the share of the cohort, not its number."""
    months = _months(orders["date"])
    size = months.groupby(orders["customer"]).min().value_counts().sort_index()
    return _right_retention(orders).mul(size.to_numpy(), axis=0)


def wrong__retention_by_cohort__share_of_all_customers(orders):
    """Violates: the share of the cohort, not of all customers."""
    return wrong__retention_by_cohort__number_instead_of_share(orders) / orders["customer"].nunique()


def wrong__retention_by_cohort__still_there(orders):
    """Violates: ordered in that calendar month, not in that month or later."""
    months = _months(orders["date"])
    customers, every = [], []
    bounds = months.groupby(orders["customer"]).agg(["min", "max"])
    for customer, first, last in bounds.itertuples():
        customers += [customer] * (last - first + 1)
        every += range(first, last + 1)
    return _retention(customers, every)


def wrong__retention_by_cohort__first_row_is_first_order(orders):
    """Violates: orders come in any order; takes the first row of each customer for the first order."""
    months = _months(orders["date"])
    start = months.groupby(orders["customer"]).transform("first")
    later = months - start
    keep = (later >= 0).to_numpy()
    right = _retention(orders["customer"][keep], months[keep], last=int(months.max()))
    width = int(months.max() - months.min()) + 1
    return right.reindex(columns=range(width), fill_value=0.0)


def wrong__retention_by_cohort__rounded_to_the_day(orders):
    """Violates: dates are times; late on January 31 is January, rounded to the day it is February."""
    return _retention(orders["customer"], _months(orders["date"].dt.round("D")))


def wrong__retention_by_cohort__times_cut_off_at_a_year(orders):
    """Violates: the columns go to the last month in which the first cohort can be seen; stops after a year."""
    return _right_retention(orders).loc[:, :12]


def wrong__retention_by_cohort__one_digit_months(orders):
    """Violates: cohorts as text such as "2024-01", not "2024-1"."""
    return _right_retention(orders).rename(index=lambda text: text.replace("-0", "-"))


def wrong__retention_by_cohort__periods_as_index(orders):
    """Violates: the index holds text, not periods that look the same."""
    right = _right_retention(orders)
    return right.set_axis(pd.PeriodIndex(right.index, freq="M"), axis=0)


def wrong__retention_by_cohort__columns_as_text(orders):
    """Violates: the columns are integers, not text."""
    return _right_retention(orders).rename(columns=str)


def wrong__retention_by_cohort__columns_from_one(orders):
    """Violates: the columns start at 0."""
    return _right_retention(orders).rename(columns=lambda age: age + 1)


def wrong__retention_by_cohort__newest_cohort_first(orders):
    """Violates: the cohorts ascend."""
    return _right_retention(orders).iloc[::-1]


def wrong__retention_by_cohort__last_month_not_complete(orders):
    """Violates: the last month of the data is known; masks it except where the cohort starts."""
    right = _right_retention(orders)
    last = right.notna().sum(axis=1).to_numpy()[:, None] - 1
    return right.mask((np.arange(right.shape[1]) == last) & (last > 0))


def wrong__retention_by_cohort__consecutive_only(orders):
    """Violates: ordered in that calendar month; somebody who skipped a month never comes back here."""
    months = _months(orders["date"])
    customers, chain = [], []
    for customer, part in months.groupby(orders["customer"]):
        seen = set(part)
        for month in itertools.count(min(seen)):
            if month not in seen:
                break
            customers.append(customer)
            chain.append(month)
    right = _right_retention(orders)
    table = _retention(customers, chain, last=int(months.max()))
    return table.reindex(columns=right.columns)


def wrong__retention_by_cohort__last_row_is_the_end(orders):
    """Violates: orders come in any order; takes the month of the last row for the last month of the data."""
    months = _months(orders["date"])
    right = _right_retention(orders)
    start = np.array(sorted(set(months.groupby(orders["customer"]).min())))
    return right.where(start[:, None] + np.arange(right.shape[1]) <= months.iloc[-1])


def wrong__retention_by_cohort__customers_in_capitals(orders):
    """Violates: customers are those of the column; "a" and "A" are two."""
    customers = [name.upper() if isinstance(name, str) else name for name in orders["customer"]]
    return _retention(customers, _months(orders["date"]))


def wrong__retention_by_cohort__rows_by_label(orders):
    """Violates: a row's month is its own; where labels of the index repeat, looks up the first row with that label."""
    months = _months(orders["date"])
    by_label = months[~months.index.duplicated()]
    return _retention(orders["customer"], by_label.reindex(orders.index).to_numpy(), last=None)


def wrong__retention_by_cohort__rounded(orders):
    """Violates: the share, not a rounded one."""
    return _right_retention(orders).round(2)


def wrong__retention_by_cohort__at_least_one_month_later(orders):
    """Violates: a single month of data has the column 0 only; adds the column 1."""
    right = _right_retention(orders)
    return right if right.shape[1] > 1 else right.assign(**{"1": np.nan}).set_axis([0, 1], axis=1)


def wrong__retention_by_cohort__each_customer_in_two_cohorts(orders):
    """Violates: a customer's cohort is the first month; whoever pauses for a year starts as a new customer here."""
    months = _months(orders["date"])
    customers = []
    rows = sorted(zip(orders["customer"].map(str), months, range(len(orders)), strict=True))
    names, part, before = {}, 0, None
    for name, month, row in rows:
        if before is not None and before[0] == name and month - before[1] > 12:
            part += 1
        names[row] = (name, part)
        before = (name, month)
    customers = [names[row] for row in range(len(orders))]
    return _retention(customers, months)
