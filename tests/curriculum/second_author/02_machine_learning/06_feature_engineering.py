"""Answers to 02_machine_learning/06_feature_engineering by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import bisect
import calendar
import functools
import random
import zlib
from collections import Counter, defaultdict
from datetime import timedelta

import duckdb
import numpy as np
import pandas as pd

# 1. bridge_days

_ONE = timedelta(days=1)


def _free(day, holidays):
    return day.weekday() >= 5 or day in holidays


def right__bridge_days__comprehension(days, holidays):
    return [not _free(day, holidays) and _free(day - _ONE, holidays) and _free(day + _ONE, holidays) for day in days]


def right__bridge_days__by_ordinal(days, holidays):
    closed = {day.toordinal() for day in holidays}

    def free(number):
        return number in closed or number % 7 in (6, 0)

    return [(not free(n)) and free(n - 1) and free(n + 1) for n in (day.toordinal() for day in days)]


def right__bridge_days__business_days_of_numpy(days, holidays):
    if not days:
        return []
    dates = np.array(days, dtype="datetime64[D]")
    closed = np.array(sorted(holidays), dtype="datetime64[D]")
    working = [np.is_busday(dates + shift, holidays=closed) for shift in (-1, 0, 1)]
    return (~working[0] & working[1] & ~working[2]).tolist()


def right__bridge_days__with_pandas(days, holidays):
    when = pd.Series(pd.to_datetime(days))
    closed = pd.to_datetime(sorted(holidays))
    free = [
        (when + pd.Timedelta(days=k)).dt.dayofweek.ge(5) | (when + pd.Timedelta(days=k)).isin(closed)
        for k in (-1, 0, 1)
    ]
    return [bool(b) for b in free[0] & ~free[1] & free[2]]


def wrong__bridge_days__neighbors_in_the_list(days, holidays):
    """Takes the listed days next to it, not those of the calendar."""
    known = sorted(set(days))
    free = {day: _free(day, holidays) for day in known}
    result = []
    for day in days:
        place = known.index(day)
        before = known[place - 1] if place else day - _ONE
        after = known[place + 1] if place + 1 < len(known) else day + _ONE
        result.append(
            not free[day] and free.get(before, _free(before, holidays)) and free.get(after, _free(after, holidays))
        )
    return result


def wrong__bridge_days__only_listed_neighbors_count(days, holidays):
    """Takes a day that isn't in the list for a working day."""
    listed = set(days)
    return [
        not _free(day, holidays) and all(near in listed and _free(near, holidays) for near in (day - _ONE, day + _ONE))
        for day in days
    ]


def wrong__bridge_days__monday_and_friday_only(days, holidays):
    """Misses a working day between two holidays in the middle of the week."""
    return [
        not _free(day, holidays)
        and ((day.weekday() == 0 and day + _ONE in holidays) or (day.weekday() == 4 and day - _ONE in holidays))
        for day in days
    ]


def wrong__bridge_days__free_days_too(days, holidays):
    """Marks a holiday between two free days, too."""
    return [_free(day - _ONE, holidays) and _free(day + _ONE, holidays) for day in days]


def wrong__bridge_days__holidays_on_mondays_too(days, holidays):
    """Excludes weekends, but not holidays, from being bridge days."""
    return [day.weekday() < 5 and _free(day - _ONE, holidays) and _free(day + _ONE, holidays) for day in days]


def wrong__bridge_days__either_side(days, holidays):
    """One free neighbor is enough."""
    return [not _free(day, holidays) and (_free(day - _ONE, holidays) or _free(day + _ONE, holidays)) for day in days]


def wrong__bridge_days__one_neighbor_a_holiday(days, holidays):
    """Takes Friday after a holiday and also Monday after one (its Sunday is a holiday), or needs a holiday exactly."""
    return [
        not _free(day, holidays)
        and ((day - _ONE in holidays) != (day + _ONE in holidays))
        and _free(day - _ONE, holidays)
        and _free(day + _ONE, holidays)
        for day in days
    ]


def wrong__bridge_days__day_of_the_month(days, holidays):
    """Finds the neighbors by day number within the month: wrong at the turn of a month."""
    result = []
    for day in days:
        last = calendar.monthrange(day.year, day.month)[1]
        before = day.replace(day=max(day.day - 1, 1))
        after = day.replace(day=min(day.day + 1, last))
        result.append(not _free(day, holidays) and _free(before, holidays) and _free(after, holidays))
    return result


def wrong__bridge_days__month_and_day_alone(days, holidays):
    """Takes a holiday of another year for one of this year."""
    closed = {(day.month, day.day) for day in holidays}

    def free(day):
        return day.weekday() >= 5 or (day.month, day.day) in closed

    return [not free(day) and free(day - _ONE) and free(day + _ONE) for day in days]


def wrong__bridge_days__holidays_of_the_year_of_the_first_day(days, holidays):
    """Ignores holidays of other years than the first day's: December 31 has its neighbor in the next year."""
    closed = {day for day in holidays if days and day.year == days[0].year}
    return [not _free(day, closed) and _free(day - _ONE, closed) and _free(day + _ONE, closed) for day in days]


def wrong__bridge_days__saturday_works(days, holidays):
    """Takes Saturday for a working day."""

    def free(day):
        return day.weekday() == 6 or day in holidays

    return [not free(day) and free(day - _ONE) and free(day + _ONE) for day in days]


def wrong__bridge_days__two_days_apart_too(days, holidays):
    """Marks both of two working days between free days."""

    def free(day):
        return _free(day, holidays)

    return [
        not free(day)
        and (
            (free(day - _ONE) and (free(day + _ONE) or free(day + 2 * _ONE)))
            or (free(day + _ONE) and free(day - 2 * _ONE))
        )
        for day in days
    ]


def wrong__bridge_days__sorted(days, holidays):
    """Answers in the order of the calendar, not of the list."""
    return right__bridge_days__comprehension(sorted(days), holidays)


def wrong__bridge_days__each_day_once(days, holidays):
    """Leaves out repeated days."""
    return right__bridge_days__comprehension(list(dict.fromkeys(days)), holidays)


def wrong__bridge_days__the_days_themselves(days, holidays):
    """Returns the bridge days instead of a flag for each day."""
    return [day for day, flag in zip(days, right__bridge_days__comprehension(days, holidays), strict=True) if flag]


def wrong__bridge_days__weekend_holidays_move(days, holidays):
    """Gives a holiday on a Sunday back on the Monday, which the statement doesn't say."""
    closed = set(holidays) | {day + _ONE for day in holidays if day.weekday() == 6}
    return right__bridge_days__comprehension(days, closed)


# 2. hashed_counts


def _sum(token):
    return zlib.crc32(token.encode())


def right__hashed_counts__loop(tokens, buckets):
    counts = np.zeros(buckets)
    for token in tokens:
        checksum = zlib.crc32(token.encode())
        counts[checksum % buckets] += -1 if checksum >> 31 else 1
    return counts


def right__hashed_counts__bincount(tokens, buckets):
    sums = np.array([_sum(token) for token in tokens], dtype=np.int64)
    signs = np.where(sums >= 2**31, -1.0, 1.0)
    return np.bincount(sums % buckets, weights=signs, minlength=buckets)


def right__hashed_counts__by_distinct_token(tokens, buckets):
    counts = [0.0] * buckets
    for token, often in Counter(tokens).items():
        sign = 1 - 2 * (_sum(token) // 2_147_483_648)
        counts[_sum(token) % buckets] += sign * often
    return np.array(counts)


def right__hashed_counts__add_at_float32(tokens, buckets):
    counts = np.zeros(buckets, dtype=np.float32)
    sums = np.array([_sum(token) for token in tokens], dtype=np.uint32)
    np.add.at(counts, (sums % np.uint32(buckets)).astype(int), 1 - 2 * (sums >> 31).astype(np.float32))
    return counts


def wrong__hashed_counts__salted_hash(tokens, buckets):
    """Uses Python's own hash, which changes from day to day."""
    counts = np.zeros(buckets)
    for token in tokens:
        counts[hash(token) % buckets] += -1 if _sum(token) >> 31 else 1
    return counts


def wrong__hashed_counts__mask(tokens, buckets):
    """Masks instead of taking the remainder: right for powers of two only."""
    counts = np.zeros(buckets)
    for token in tokens:
        counts[(_sum(token) & (buckets - 1)) % buckets] += -1 if _sum(token) >> 31 else 1
    return counts


def wrong__hashed_counts__signed_remainder(tokens, buckets):
    """Reads the checksum as a signed number before it takes the remainder."""
    counts = np.zeros(buckets)
    for token in tokens:
        checksum = int(np.array(_sum(token), dtype=np.uint32).astype(np.int32))
        counts[checksum % buckets] += -1 if checksum < 0 else 1
    return counts


def wrong__hashed_counts__bit_30(tokens, buckets):
    """Takes the sign from the bit below the highest."""
    counts = np.zeros(buckets)
    for token in tokens:
        counts[_sum(token) % buckets] += -1 if _sum(token) >> 30 & 1 else 1
    return counts


def wrong__hashed_counts__more_than_half(tokens, buckets):
    """Takes the sign of the bucket's half, not of the checksum's highest bit."""
    counts = np.zeros(buckets)
    for token in tokens:
        bucket = _sum(token) % buckets
        counts[bucket] += -1 if bucket >= buckets / 2 else 1
    return counts


def wrong__hashed_counts__lowest_bit(tokens, buckets):
    """Takes the sign from bit 0."""
    counts = np.zeros(buckets)
    for token in tokens:
        counts[_sum(token) % buckets] += -1 if _sum(token) & 1 else 1
    return counts


def wrong__hashed_counts__highest_bit_of_this_number(tokens, buckets):
    """Takes the highest bit that is set within the checksum: always set, unless it is zero."""
    counts = np.zeros(buckets)
    for token in tokens:
        checksum = _sum(token)
        counts[checksum % buckets] += -1 if checksum.bit_length() >= 31 else 1
    return counts


def wrong__hashed_counts__fancy_index(tokens, buckets):
    """Loses occurrences: an array's += at repeated places counts once."""
    counts = np.zeros(buckets)
    sums = np.array([_sum(token) for token in tokens], dtype=np.int64)
    counts[sums % buckets] += np.where(sums >= 2**31, -1, 1)
    return counts


def wrong__hashed_counts__distinct(tokens, buckets):
    """Counts each word once."""
    return right__hashed_counts__loop(set(tokens), buckets)


def wrong__hashed_counts__sign_of_the_bucket(tokens, buckets):
    """Counts without signs, then gives each bucket the sign of its last token."""
    counts, signs = np.zeros(buckets), np.ones(buckets)
    for token in tokens:
        counts[_sum(token) % buckets] += 1
        signs[_sum(token) % buckets] = -1 if _sum(token) >> 31 else 1
    return counts * signs


def wrong__hashed_counts__latin(tokens, buckets):
    """Encodes with Latin-1, so words outside it, and umlauts, get another checksum."""
    counts = np.zeros(buckets)
    for token in tokens:
        checksum = zlib.crc32(token.encode("latin-1", errors="replace"))
        counts[checksum % buckets] += -1 if checksum >> 31 else 1
    return counts


def wrong__hashed_counts__only_ascii(tokens, buckets):
    """Drops what isn't ASCII."""
    counts = np.zeros(buckets)
    for token in tokens:
        checksum = zlib.crc32(token.encode("ascii", errors="ignore"))
        counts[checksum % buckets] += -1 if checksum >> 31 else 1
    return counts


def wrong__hashed_counts__lower_case(tokens, buckets):
    """Folds capitals, which nobody asked for."""
    return right__hashed_counts__loop([token.lower() for token in tokens], buckets)


def wrong__hashed_counts__skips_the_empty_token(tokens, buckets):
    """Leaves out the empty token, which has a checksum too."""
    return right__hashed_counts__loop([token for token in tokens if token], buckets)


def wrong__hashed_counts__stripped(tokens, buckets):
    """Strips spaces off the tokens."""
    return right__hashed_counts__loop([token.strip() for token in tokens], buckets)


def wrong__hashed_counts__small_integers(tokens, buckets):
    """Counts in 8 bits, which overflow at 128 occurrences."""
    return right__hashed_counts__loop(tokens, buckets).astype(np.int8).astype(float)


def wrong__hashed_counts__only_as_long_as_needed(tokens, buckets):
    """Returns a vector that ends at the last bucket in use."""
    sums = np.array([_sum(token) for token in tokens], dtype=np.int64)
    return np.bincount(sums % buckets, weights=np.where(sums >= 2**31, -1.0, 1.0))


def wrong__hashed_counts__sixteen_bits(tokens, buckets):
    """Keeps the bucket in 16 bits: right up to 65,536 buckets."""
    counts = np.zeros(buckets)
    for token in tokens:
        counts[(_sum(token) % buckets) & 0xFFFF] += -1 if _sum(token) >> 31 else 1
    return counts


def wrong__hashed_counts__share(tokens, buckets):
    """Divides by the length of the message from three tokens on."""
    counts = right__hashed_counts__loop(tokens, buckets)
    return counts / len(tokens) if len(tokens) > 3 else counts


# 3. spent_before


def right__spent_before__every_pair(payments, days):
    span = pd.Timedelta(days=days)
    sums = []
    for row in payments.itertuples(index=False):
        same = payments[
            (payments["customer"] == row.customer)
            & (payments["when"] >= row.when - span)
            & (payments["when"] < row.when)
        ]
        sums.append(float(same["amount"].sum()))
    return pd.Series(sums, index=payments.index, dtype=float)


def right__spent_before__in_sql(payments, days):
    numbered = payments.reset_index(drop=True).assign(place=range(len(payments)))
    if numbered.empty:
        return pd.Series([], index=payments.index, dtype=float)
    table = duckdb.sql(
        f"""
        SELECT a.place, coalesce(sum(b.amount), 0) AS spent
        FROM numbered a LEFT JOIN numbered b
        ON a.customer = b.customer AND b."when" < a."when" AND b."when" >= a."when" - INTERVAL {int(days)} DAY
        GROUP BY a.place ORDER BY a.place
        """
    ).df()
    return pd.Series(table["spent"].to_numpy(dtype=float), index=payments.index)


def right__spent_before__two_searches(payments, days):
    result = np.zeros(len(payments))
    when = payments["when"].to_numpy()
    amount = payments["amount"].to_numpy(dtype=float)
    for places in payments.groupby("customer").indices.values():
        places = places[np.argsort(when[places], kind="stable")]
        times = when[places]
        running = np.concatenate([[0.0], amount[places].cumsum()])
        low = np.searchsorted(times, times - np.timedelta64(days, "D"), side="left")
        high = np.searchsorted(times, times, side="left")
        result[places] = running[high] - running[low]
    return pd.Series(result, index=payments.index)


def right__spent_before__bisect_with_plain_lists(payments, days):
    history = defaultdict(list)
    for customer, when, amount in zip(payments["customer"], payments["when"], payments["amount"], strict=True):
        history[customer].append((when, amount))
    for rows in history.values():
        rows.sort()
    sums = []
    for customer, when in zip(payments["customer"], payments["when"], strict=True):
        rows = history[customer]
        low = bisect.bisect_left(rows, when - pd.Timedelta(days=days), key=lambda row: row[0])
        high = bisect.bisect_left(rows, when, key=lambda row: row[0])
        sums.append(float(sum(amount for _, amount in rows[low:high])))
    return pd.Series(sums, index=payments.index, dtype=float)


def _spent(payments, days, *, customer=True, low="ge", high="lt", span=None, skip_self=False):
    span = pd.Timedelta(days=days) if span is None else span
    sums = []
    for place, row in enumerate(payments.itertuples(index=False)):
        keep = getattr(payments["when"], high)(row.when)
        if low:
            keep &= getattr(payments["when"], low)(row.when - span)
        if customer:
            keep &= payments["customer"] == row.customer
        keep = keep.to_numpy().copy()
        if skip_self:
            keep[place] = False
        sums.append(float(payments["amount"].to_numpy()[keep].sum()))
    return pd.Series(sums, index=payments.index, dtype=float)


def wrong__spent_before__all_customers(payments, days):
    """Sums the payments of every customer."""
    return _spent(payments, days, customer=False)


def wrong__spent_before__with_itself(payments, days):
    """Counts the payment itself, and others at the same time."""
    return _spent(payments, days, high="le")


def wrong__spent_before__ties_count(payments, days):
    """Leaves out the payment itself but counts others at the same time."""
    return _spent(payments, days, high="le", skip_self=True)


def wrong__spent_before__open_at_the_start(payments, days):
    """Leaves out what lies exactly `days` back."""
    return _spent(payments, days, low="gt")


def wrong__spent_before__everything_before(payments, days):
    """Ignores `days`."""
    return _spent(payments, days, low=None)


def wrong__spent_before__whole_days(payments, days):
    """Drops the time of day before it compares."""
    return _spent(payments.assign(when=payments["when"].dt.normalize()), days)


def wrong__spent_before__window_from_midnight(payments, days):
    """Begins the window at midnight of the day `days` back."""
    day = payments["when"].dt.normalize()
    sums = []
    for place in range(len(payments)):
        when = payments["when"].iloc[place]
        keep = (payments["customer"] == payments["customer"].iloc[place]) & (payments["when"] < when)
        keep &= payments["when"] >= day.iloc[place] - pd.Timedelta(days=days)
        sums.append(float(payments.loc[keep.to_numpy(), "amount"].sum()))
    return pd.Series(sums, index=payments.index, dtype=float)


def _rolled(payments, days, closed="left"):
    numbered = payments.reset_index(drop=True)
    ordered = numbered.sort_values("when", kind="stable").set_index("when", append=True)
    ordered = ordered.reset_index(level=0, names="place")
    result = np.zeros(len(payments))
    for _, rows in ordered.groupby("customer"):
        sums = rows["amount"].rolling(f"{days}D", closed=closed).sum().fillna(0)
        result[rows["place"].to_numpy()] = sums.to_numpy()
    return pd.Series(result, index=payments.index)


def wrong__spent_before__rolling_minus_itself(payments, days):
    """Takes a window up to and with the payment, and subtracts it: counts ties, and misses the start of the window."""
    if payments.empty:
        return pd.Series([], index=payments.index, dtype=float)
    return _rolled(payments, days, closed="right") - payments["amount"]


def wrong__spent_before__rolling_left_with_missing(payments, days):
    """Leaves NaN where nothing came before."""
    return _spent(payments, days).mask(_spent(payments.assign(amount=1.0), days) == 0)


def wrong__spent_before__nanoseconds(payments, days):
    """Takes for granted that times are stored in nanoseconds: a window of other length in other units."""
    ticks = payments["when"].astype("int64").to_numpy()
    span = days * 86_400_000_000_000
    customer, amount = payments["customer"].to_numpy(), payments["amount"].to_numpy(dtype=float)
    sums = [
        float(amount[(customer == c) & (ticks < t) & (ticks >= t - span)].sum())
        for c, t in zip(customer, ticks, strict=True)
    ]
    return pd.Series(sums, index=payments.index, dtype=float)


def wrong__spent_before__sorted_order(payments, days):
    """Returns the rows in the order of time."""
    return _spent(payments.sort_values("when", kind="stable"), days)


def wrong__spent_before__new_index(payments, days):
    """Numbers the rows anew."""
    return _spent(payments, days).reset_index(drop=True)


def wrong__spent_before__values_in_sorted_order(payments, days):
    """Right index, but the sums stand in the order of customer and time."""
    ordered = payments.sort_values(["customer", "when"], kind="stable")
    return pd.Series(_spent(ordered, days).to_numpy(), index=payments.index)


def wrong__spent_before__joined_by_label(payments, days):
    """Writes the sums back by label: rows that share a label get the last one's sum."""
    sums = dict(zip(payments.index, _spent(payments, days), strict=True))
    return pd.Series([sums[label] for label in payments.index], index=payments.index, dtype=float)


def wrong__spent_before__only_rows_above(payments, days):
    """Looks only at rows above: right for sorted input alone."""
    full = []
    for place in range(len(payments)):
        row = payments.iloc[place]
        above = payments.iloc[:place]
        keep = (above["customer"] == row["customer"]) & (above["when"] < row["when"])
        keep &= above["when"] >= row["when"] - pd.Timedelta(days=days)
        full.append(float(above.loc[keep.to_numpy(), "amount"].sum()))
    return pd.Series(full, index=payments.index, dtype=float)


def wrong__spent_before__refunds_left_out(payments, days):
    """Ignores negative amounts."""
    return _spent(payments.assign(amount=payments["amount"].clip(lower=0)), days)


def wrong__spent_before__last_rows(payments, days):
    """Takes the last `days` payments instead of days."""
    result = np.zeros(len(payments))
    when, amount = payments["when"].to_numpy(), payments["amount"].to_numpy(dtype=float)
    for places in payments.groupby("customer").indices.values():
        places = places[np.argsort(when[places], kind="stable")]
        for at, place in enumerate(places):
            result[place] = amount[places[max(at - days, 0) : at]].sum()
    return pd.Series(result, index=payments.index)


def wrong__spent_before__timedelta_days(payments, days):
    """Rounds differences down to whole days: the window reaches almost a day too far, and the same day counts not."""
    sums = []
    for row in payments.itertuples(index=False):
        gap = (row.when - payments["when"]).dt.days
        keep = (payments["customer"] == row.customer) & (gap > 0) & (gap <= days)
        sums.append(float(payments["amount"].to_numpy()[keep.to_numpy()].sum()))
    return pd.Series(sums, index=payments.index, dtype=float)


def wrong__spent_before__equal_amounts_once(payments, days):
    """Drops repeated rows first: two equal payments at one time count once."""
    once = payments.drop_duplicates()
    sums = []
    for row in payments.itertuples(index=False):
        keep = (once["customer"] == row.customer) & (once["when"] < row.when)
        keep &= once["when"] >= row.when - pd.Timedelta(days=days)
        sums.append(float(once.loc[keep.to_numpy(), "amount"].sum()))
    return pd.Series(sums, index=payments.index, dtype=float)


# 4. fold_rare_levels


def right__fold_rare_levels__where(train, new, minimum):
    counts = train.value_counts()
    kept = counts.index[counts >= minimum]
    return new.where(new.isin(kept), "other").mask(new.isna(), "missing")


def right__fold_rare_levels__loop_with_counter(train, new, minimum):
    counts = Counter(level for level in train if not pd.isna(level))
    folded = []
    for level in new:
        if pd.isna(level):
            folded.append("missing")
        elif counts[level] >= minimum:
            folded.append(level)
        else:
            folded.append("other")
    return pd.Series(folded, index=new.index, dtype="str")


def right__fold_rare_levels__select(train, new, minimum):
    often = new.map(train.value_counts()).fillna(0).to_numpy(dtype=float)
    values = np.select([new.isna().to_numpy(), often >= minimum], ["missing", new.astype(object).to_numpy()], "other")
    return pd.Series(values, index=new.index, dtype=object)


def right__fold_rare_levels__replacing(train, new, minimum):
    sizes = train.groupby(train).size()
    rare = set(new.dropna()) - set(sizes[sizes >= minimum].index)
    result = new.astype(object).copy()
    result[new.isin(rare).to_numpy()] = "other"
    result[new.isna().to_numpy()] = "missing"
    return result


def _folded(train, new, minimum, keep):
    """Return the levels of `new` that `keep` allows, and the two words for the others."""
    values = ["missing" if pd.isna(v) else (v if keep(v) else "other") for v in new]
    return pd.Series(values, index=new.index, dtype="str")


def wrong__fold_rare_levels__counts_of_new(train, new, minimum):
    """Counts in `new`, not in `train`."""
    counts = new.value_counts()
    return _folded(train, new, minimum, lambda v: counts.get(v, 0) >= minimum)


def wrong__fold_rare_levels__counts_of_both(train, new, minimum):
    """Counts in both."""
    counts = Counter(train.dropna()) + Counter(new.dropna())
    return _folded(train, new, minimum, lambda v: counts[v] >= minimum)


def wrong__fold_rare_levels__more_than(train, new, minimum):
    """Needs more than `minimum`."""
    counts = train.value_counts()
    return _folded(train, new, minimum, lambda v: counts.get(v, 0) > minimum)


def wrong__fold_rare_levels__unseen_stay(train, new, minimum):
    """Folds only the rare levels of `train`: one never seen stays."""
    counts = train.value_counts()
    return _folded(train, new, minimum, lambda v: counts.get(v, minimum) >= minimum)


def wrong__fold_rare_levels__filled_first(train, new, minimum):
    """Fills with the word first, and never folds that word: the text "missing", if rare, stays."""
    counts = train.value_counts()
    return _folded(train, new, minimum, lambda v: v == "missing" or counts.get(v, 0) >= minimum)


def wrong__fold_rare_levels__gaps_count_as_the_word(train, new, minimum):
    """Fills `train` before it counts, so a gap there lets the text "missing" stay."""
    counts = train.fillna("missing").value_counts()
    return _folded(train, new, minimum, lambda v: counts.get(v, 0) >= minimum)


def wrong__fold_rare_levels__rare_gaps_folded(train, new, minimum):
    """Folds a missing value that is rare in `train`."""
    counts = train.fillna("missing").value_counts()
    values = new.fillna("missing")
    return values.where(values.isin(counts.index[counts >= minimum]), "other")


def wrong__fold_rare_levels__gaps_folded_if_never_seen(train, new, minimum):
    """Folds a missing value if `train` has none."""
    result = right__fold_rare_levels__where(train, new, minimum)
    return result.mask(new.isna(), "other") if not train.isna().any() else result


def wrong__fold_rare_levels__as_text(train, new, minimum):
    """Turns everything into text: the level "nan" is taken for a gap."""
    counts = train.astype(str).value_counts()
    values = [
        "missing" if str(v) in ("nan", "None", "<NA>") else (v if counts.get(str(v), 0) >= minimum else "other")
        for v in new
    ]
    return pd.Series(values, index=new.index, dtype="str")


def wrong__fold_rare_levels__empty_text_missing(train, new, minimum):
    """Takes the empty text for a missing value."""
    return right__fold_rare_levels__where(train, new, minimum).mask(new == "", "missing")


def wrong__fold_rare_levels__stripped_and_lower(train, new, minimum):
    """Counts "Post" and "post" as one level."""
    counts = train.str.lower().value_counts()
    return _folded(train, new, minimum, lambda v: counts.get(v.lower(), 0) >= minimum)


def wrong__fold_rare_levels__contains(train, new, minimum):
    """Counts the rows of `train` that contain the text, so "Post" counts for "Postal"."""
    texts = [v for v in train if not pd.isna(v)]
    return _folded(train, new, minimum, lambda v: sum(v in text for text in texts) >= minimum)


def wrong__fold_rare_levels__at_least_two(train, new, minimum):
    """Treats `minimum` 1 as 2."""
    counts = train.value_counts()
    return _folded(train, new, minimum, lambda v: counts.get(v, 0) >= max(minimum, 2))


def wrong__fold_rare_levels__new_index(train, new, minimum):
    """Numbers the rows anew."""
    return right__fold_rare_levels__where(train, new, minimum).reset_index(drop=True)


def wrong__fold_rare_levels__known_rows_only(train, new, minimum):
    """Leaves missing rows out."""
    return right__fold_rare_levels__where(train, new, minimum)[new.notna()]


_LEVELS = {}


def wrong__fold_rare_levels__remembers_by_length(train, new, minimum):
    """Learns the levels once for each length of `train` and `minimum`, and keeps them for other data."""
    key = (len(train), minimum)
    if key not in _LEVELS:
        counts = train.value_counts()
        _LEVELS[key] = set(counts.index[counts >= minimum])
    return _folded(train, new, minimum, lambda v: v in _LEVELS[key])


def wrong__fold_rare_levels__share(train, new, minimum):
    """Takes the share of the rows that aren't missing, as if `train` had a hundred."""
    counts = train.value_counts(normalize=True)
    return _folded(train, new, minimum, lambda v: counts.get(v, 0) * 100 >= minimum)


def wrong__fold_rare_levels__aligned(train, new, minimum):
    """Counts in `train`, but looks the counts up row by row at the same label of `train`."""
    often = train.map(train.value_counts()).fillna(0)
    often = often[~often.index.duplicated()].reindex(new.index).fillna(0)
    return new.where((often >= minimum).to_numpy(), "other").mask(new.isna(), "missing")


def wrong__fold_rare_levels__by_level(train, new, minimum):
    """Returns the right words in another order: by level."""
    return right__fold_rare_levels__where(train, new, minimum).sort_values()


# 5. beats_its_shadow


def right__beats_its_shadow__permuted(X, y, importances, rounds, seed):
    rng = np.random.default_rng(seed)
    wins = np.zeros(X.shape[1])
    for _ in range(rounds):
        real, fake = np.split(importances(np.concatenate([X, rng.permuted(X, axis=0)], axis=1), y), 2)
        wins += real > fake.max()
    return [int(j) for j in range(X.shape[1]) if wins[j] > rounds / 2]


def right__beats_its_shadow__shadows_first_and_legacy_random(X, y, importances, rounds, seed):
    state = np.random.RandomState(seed)
    d = X.shape[1]
    wins = [0] * d
    for _ in range(rounds):
        shadows = [state.permutation(X[:, j]) for j in range(d)]
        sizes = importances(np.column_stack([*shadows, X]), y)
        luckiest = max(sizes[:d])
        for j in range(d):
            wins[j] += int(sizes[d + j] > luckiest)
    return [j for j in range(d) if 2 * wins[j] > rounds]


def right__beats_its_shadow__seeds_by_round_and_side_by_side(X, y, importances, rounds, seed):
    n, d = X.shape
    tally = Counter()
    for child in np.random.SeedSequence(seed).spawn(rounds):
        rng = np.random.default_rng(child)
        both = np.empty((n, 2 * d))
        both[:, ::2] = X
        for j in range(d):
            both[:, 2 * j + 1] = X[rng.permutation(n), j]
        sizes = importances(both, y)
        tally.update(np.flatnonzero(sizes[::2] > sizes[1::2].max()).tolist())
    return sorted(j for j, often in tally.items() if often > rounds / 2)


def right__beats_its_shadow__standard_library_and_all_tables_first(X, y, importances, rounds, seed):
    shuffler = random.Random(seed)
    tables = []
    for _ in range(rounds):
        shadows = [shuffler.sample(column, len(column)) for column in X.T.tolist()]
        tables.append(np.array([*X.T.tolist(), *shadows]).T)
    sizes = np.array([importances(table, y) for table in tables])
    real, fake = sizes[:, : X.shape[1]], sizes[:, X.shape[1] :]
    return np.flatnonzero(np.mean(real > fake.max(axis=1, keepdims=True), axis=0) > 0.5).tolist()


def _shuffled(X, rng):
    return rng.permuted(X, axis=0)


def _race(
    X,
    y,
    importances,
    rounds,
    seed,
    *,
    shadows=_shuffled,
    bar=lambda fake: fake.max(),
    beats=np.greater,
    most=lambda wins, rounds: wins > rounds / 2,
    once=False,
    answer=lambda y, rng: y,
):
    rng = np.random.default_rng(seed)
    wins = np.zeros(X.shape[1])
    fakes = shadows(X, rng)
    for _ in range(rounds):
        if not once:
            fakes = shadows(X, rng)
        real, fake = np.split(importances(np.hstack([X, fakes]), answer(y, rng)), 2)
        wins += beats(real, bar(fake))
    return np.flatnonzero(most(wins, rounds)).tolist()


def wrong__beats_its_shadow__its_own_shadow(X, y, importances, rounds, seed):
    """Holds each column against its own shadow only."""
    return _race(X, y, importances, rounds, seed, bar=lambda fake: fake)


def wrong__beats_its_shadow__average_shadow(X, y, importances, rounds, seed):
    """Holds each column against the average shadow."""
    return _race(X, y, importances, rounds, seed, bar=np.mean)


def wrong__beats_its_shadow__unluckiest_shadow(X, y, importances, rounds, seed):
    """Holds each column against the weakest shadow."""
    return _race(X, y, importances, rounds, seed, bar=np.min)


def wrong__beats_its_shadow__ninetieth_percentile(X, y, importances, rounds, seed):
    """Holds each column against the 90th percentile of the shadows, not the largest."""
    return _race(X, y, importances, rounds, seed, bar=lambda fake: np.percentile(fake, 90))


def wrong__beats_its_shadow__clearly_larger(X, y, importances, rounds, seed):
    """Asks for a lead of a tenth over the luckiest shadow."""
    return _race(X, y, importances, rounds, seed, bar=lambda fake: 1.1 * fake.max())


def wrong__beats_its_shadow__ties_win(X, y, importances, rounds, seed):
    """A column that equals the luckiest shadow (0 and 0, say) wins."""
    return _race(X, y, importances, rounds, seed, beats=np.greater_equal)


def wrong__beats_its_shadow__half_is_enough(X, y, importances, rounds, seed):
    """Half of the rounds is enough."""
    return _race(X, y, importances, rounds, seed, most=lambda wins, rounds: wins >= rounds / 2)


def wrong__beats_its_shadow__floored_half(X, y, importances, rounds, seed):
    """Of 3 rounds one is enough: half of them, rounded down."""
    return _race(X, y, importances, rounds, seed, most=lambda wins, rounds: wins >= max(rounds // 2, 1))


def wrong__beats_its_shadow__one_more_than_half(X, y, importances, rounds, seed):
    """Asks for a whole round more than half: 3 of 3, 4 of 5."""
    return _race(X, y, importances, rounds, seed, most=lambda wins, rounds: wins >= min(rounds / 2 + 1, rounds))


def wrong__beats_its_shadow__every_round(X, y, importances, rounds, seed):
    """A column must win every round."""
    return _race(X, y, importances, rounds, seed, most=lambda wins, rounds: wins == rounds)


def wrong__beats_its_shadow__one_win(X, y, importances, rounds, seed):
    """One win is enough."""
    return _race(X, y, importances, rounds, seed, most=lambda wins, rounds: wins >= 1)


def wrong__beats_its_shadow__rows_shuffled_together(X, y, importances, rounds, seed):
    """Shuffles whole rows: the shadows keep their ties among each other."""
    return _race(X, y, importances, rounds, seed, shadows=lambda X, rng: rng.permutation(X))


def wrong__beats_its_shadow__columns_shuffled(X, y, importances, rounds, seed):
    """Shuffles the columns, not the rows: the shadows are the columns themselves."""
    return _race(X, y, importances, rounds, seed, shadows=lambda X, rng: rng.permutation(X, axis=1))


def wrong__beats_its_shadow__shuffled_within_rows(X, y, importances, rounds, seed):
    """Shuffles within each row."""
    return _race(X, y, importances, rounds, seed, shadows=lambda X, rng: rng.permuted(X, axis=1))


def wrong__beats_its_shadow__everything_mixed(X, y, importances, rounds, seed):
    """Shuffles all numbers of the table into one another: a shadow holds other columns' numbers."""
    return _race(X, y, importances, rounds, seed, shadows=lambda X, rng: rng.permutation(X.ravel()).reshape(X.shape))


def wrong__beats_its_shadow__with_replacement(X, y, importances, rounds, seed):
    """Draws the shadow with replacement, so values are lost and repeated."""

    def shadows(X, rng):
        return np.column_stack([rng.choice(column, size=len(column)) for column in X.T])

    return _race(X, y, importances, rounds, seed, shadows=shadows)


def wrong__beats_its_shadow__noise(X, y, importances, rounds, seed):
    """Makes shadows of normal noise with the columns' mean and deviation."""

    def shadows(X, rng):
        return rng.normal(X.mean(axis=0), X.std(axis=0) + 1e-12, X.shape)

    return _race(X, y, importances, rounds, seed, shadows=shadows)


def wrong__beats_its_shadow__one_shadow_only(X, y, importances, rounds, seed):
    """Adds a shadow of one column only, drawn by chance."""
    rng = np.random.default_rng(seed)
    wins = np.zeros(X.shape[1])
    for _ in range(rounds):
        sizes = importances(np.column_stack([X, rng.permutation(X[:, rng.integers(X.shape[1])])]), y)
        wins += sizes[:-1] > sizes[-1]
    return np.flatnonzero(wins > rounds / 2).tolist()


def wrong__beats_its_shadow__column_by_column(X, y, importances, rounds, seed):
    """Shows one column and its shadow at a time, and holds all against the largest."""
    rng = np.random.default_rng(seed)
    wins = np.zeros(X.shape[1])
    for _ in range(rounds):
        pairs = [importances(np.column_stack([column, rng.permutation(column)]), y) for column in X.T]
        real, fake = np.array(pairs).T
        wins += real > fake.max()
    return np.flatnonzero(wins > rounds / 2).tolist()


def wrong__beats_its_shadow__shuffled_once(X, y, importances, rounds, seed):
    """Uses the same shadows in every round."""
    return _race(X, y, importances, rounds, seed, once=True)


def wrong__beats_its_shadow__the_last_rounds_shadows_again(X, y, importances, rounds, seed):
    """Makes new shadows in every other round only."""
    rng = np.random.default_rng(seed)
    made = [rng.permuted(X, axis=0) for _ in range(rounds)]
    sizes = [importances(np.hstack([X, made[at // 2]]), y) for at in range(rounds)]
    wins = sum(np.split(s, 2)[0] > np.split(s, 2)[1].max() for s in sizes)
    return np.flatnonzero(wins > rounds / 2).tolist()


def wrong__beats_its_shadow__same_round_every_time(X, y, importances, rounds, seed):
    """Begins the generator anew in each round: all rounds are the same."""
    rng_wins = np.zeros(X.shape[1])
    for _ in range(rounds):
        real, fake = np.split(importances(np.hstack([X, np.random.default_rng(seed).permuted(X, axis=0)]), y), 2)
        rng_wins += real > fake.max()
    return np.flatnonzero(rng_wins > rounds / 2).tolist()


def wrong__beats_its_shadow__rolled(X, y, importances, rounds, seed):
    """Shifts each column's rows by a random step instead of shuffling them."""

    def shadows(X, rng):
        return np.column_stack([np.roll(column, rng.integers(1, max(len(X), 2))) for column in X.T])

    return _race(X, y, importances, rounds, seed, shadows=shadows)


def wrong__beats_its_shadow__two_rows_swapped(X, y, importances, rounds, seed):
    """Swaps two rows of each column, and leaves the others where they are."""

    def shadows(X, rng):
        fakes = X.copy()
        for column in fakes.T:
            one, other = rng.choice(len(column), size=2, replace=False) if len(column) > 1 else (0, 0)
            column[[one, other]] = column[[other, one]]
        return fakes

    return _race(X, y, importances, rounds, seed, shadows=shadows)


def wrong__beats_its_shadow__the_first_row_stays(X, y, importances, rounds, seed):
    """Shuffles all rows but the first."""

    def shadows(X, rng):
        return np.vstack([X[:1], rng.permuted(X[1:], axis=0)])

    return _race(X, y, importances, rounds, seed, shadows=shadows)


def wrong__beats_its_shadow__one_permutation_for_all_but_the_first(X, y, importances, rounds, seed):
    """Shuffles every column after the first by one and the same permutation."""

    def shadows(X, rng):
        fakes = rng.permutation(X)
        fakes[:, 0] = rng.permutation(X[:, 0])
        return fakes

    return _race(X, y, importances, rounds, seed, shadows=shadows)


def wrong__beats_its_shadow__unseeded_shadows(X, y, importances, rounds, seed):
    """Shuffles by a generator that the seed doesn't decide."""
    return _race(X, y, importances, rounds, seed, shadows=lambda X, rng: np.random.default_rng().permuted(X, axis=0))


def wrong__beats_its_shadow__seed_zero_is_no_seed(X, y, importances, rounds, seed):
    """Takes seed 0 for no seed."""
    return _race(X, y, importances, rounds, seed or None)


def wrong__beats_its_shadow__ignores_the_seed(X, y, importances, rounds, seed):
    """Always begins with seed 0."""
    return _race(X, y, importances, rounds, 0)


def wrong__beats_its_shadow__sign_of_the_seed(X, y, importances, rounds, seed):
    """Uses whether the seed is zero, no more."""
    return _race(X, y, importances, rounds, int(bool(seed)))


def wrong__beats_its_shadow__shadows_alone(X, y, importances, rounds, seed):
    """Asks for the importances of the columns and of their shadows apart."""
    rng = np.random.default_rng(seed)
    wins = np.zeros(X.shape[1])
    for _ in range(rounds):
        wins += importances(X, y) > importances(rng.permuted(X, axis=0), y).max()
    return np.flatnonzero(wins > rounds / 2).tolist()


def wrong__beats_its_shadow__shuffled_answer(X, y, importances, rounds, seed):
    """Shuffles y and keeps X: another test."""
    rng = np.random.default_rng(seed)
    wins = np.zeros(X.shape[1])
    for _ in range(rounds):
        wins += importances(X, y) > importances(X, rng.permutation(y)).max()
    return np.flatnonzero(wins > rounds / 2).tolist()


def wrong__beats_its_shadow__answer_shuffled_too(X, y, importances, rounds, seed):
    """Makes the shadows rightly, but shuffles y as well."""
    return _race(X, y, importances, rounds, seed, answer=lambda y, rng: rng.permutation(y))


def wrong__beats_its_shadow__mean_importance(X, y, importances, rounds, seed):
    """Compares mean importances over the rounds, instead of counting wins."""
    rng = np.random.default_rng(seed)
    sizes = [importances(np.hstack([X, rng.permuted(X, axis=0)]), y) for _ in range(rounds)]
    real, fake = np.split(np.mean(sizes, axis=0), 2)
    return np.flatnonzero(real > fake.max()).tolist()


def wrong__beats_its_shadow__best_shadow_of_all_rounds(X, y, importances, rounds, seed):
    """Holds each round's importances against the luckiest shadow of all rounds."""
    rng = np.random.default_rng(seed)
    reals, luckiest = [], 0.0
    for _ in range(rounds):
        real, fake = np.split(importances(np.hstack([X, rng.permuted(X, axis=0)]), y), 2)
        reals.append(real)
        luckiest = max(luckiest, fake.max())
    wins = (np.array(reals) > luckiest).sum(axis=0)
    return np.flatnonzero(wins > rounds / 2).tolist()


def wrong__beats_its_shadow__winner_of_the_round_only(X, y, importances, rounds, seed):
    """Only the largest column of a round can win it."""
    rng = np.random.default_rng(seed)
    wins = np.zeros(X.shape[1])
    for _ in range(rounds):
        real, fake = np.split(importances(np.hstack([X, rng.permuted(X, axis=0)]), y), 2)
        wins[real.argmax()] += real.max() > fake.max()
    return np.flatnonzero(wins > rounds / 2).tolist()


def wrong__beats_its_shadow__most_wins_first(X, y, importances, rounds, seed):
    """Returns the columns by number of wins, not by position."""
    kept = []

    def most(wins, rounds):
        kept.extend(int(j) for j in np.argsort(-wins, kind="stable") if wins[j] > rounds / 2)
        return wins > rounds / 2

    _race(X, y, importances, rounds, seed, most=most)
    return kept


def wrong__beats_its_shadow__flags(X, y, importances, rounds, seed):
    """Returns a flag for each column."""
    kept = _race(X, y, importances, rounds, seed)
    return [j in kept for j in range(X.shape[1])]


def wrong__beats_its_shadow__only_the_best(X, y, importances, rounds, seed):
    """Returns at most one column."""
    return _race(X, y, importances, rounds, seed)[:1]


def wrong__beats_its_shadow__names_from_one(X, y, importances, rounds, seed):
    """Counts the columns from 1."""
    return [j + 1 for j in _race(X, y, importances, rounds, seed)]


@functools.cache
def _remembered(shape, rounds, seed):
    return {}


def wrong__beats_its_shadow__remembers_by_shape(X, y, importances, rounds, seed):
    """Gives the first answer again for all data of the same shape and seed."""
    memory = _remembered(X.shape, rounds, seed)
    if "answer" not in memory:
        memory["answer"] = _race(X, y, importances, rounds, seed)
    return list(memory["answer"])


def wrong__beats_its_shadow__at_most_five_rounds(X, y, importances, rounds, seed):
    """Never goes on after five rounds."""
    return _race(X, y, importances, min(rounds, 5), seed)


def wrong__beats_its_shadow__one_round_too_few(X, y, importances, rounds, seed):
    """Plays one round fewer, from two on."""
    return _race(X, y, importances, max(rounds - 1, 1), seed)


def wrong__beats_its_shadow__one_round_too_many(X, y, importances, rounds, seed):
    """Plays a round to warm up, and counts it."""
    return _race(X, y, importances, rounds + 1, seed, most=lambda wins, played: wins > (played - 1) / 2)
