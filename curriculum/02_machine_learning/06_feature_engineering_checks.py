"""Checks of `02_machine_learning/06_feature_engineering`: a calendar, a bitwise checksum, loops, a script."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from handrail.expect import agree, between, call, calls, close, for_all, hints, kind, numbers, require, shape

# 1. bridge_days

ONE = timedelta(days=1)


@hints(
    "Say the rule as three questions about three dates of the calendar. Two of them aren't in the list.",
    "Write `free(day)` first: a weekend or a holiday. Then ask it about the day, the day before and the day after.",
    "`day.weekday()` is 5 on a Saturday and 6 on a Sunday; `day + timedelta(days=1)` is the next day, in another month "
    "too. The day itself must *not* be free.",
)
def check_bridge_days(bridge_days):
    some = st.dates(date(2026, 12, 21), date(2027, 1, 10))
    generated = calls(st.lists(some, max_size=6), st.sets(some, max_size=7))
    agree(bridge_days, _bridges, on=generated, also=_calendars())
    christmas = _calendars()[0]
    kind(bridge_days(*christmas.copy().args), list)


def _bridges(days, holidays):
    """Ask NumPy's calendar of working days."""

    def working(day):
        return bool(np.is_busday(day, holidays=sorted(holidays)))

    return [working(day) and not working(day - ONE) and not working(day + ONE) for day in days]


def _calendars():
    """Return weeks and turns of the year that chance seldom draws."""

    def week(start, *holidays):
        return call([date.fromisoformat(start) + k * ONE for k in range(8)], {*map(date.fromisoformat, holidays)})

    ascension = date(2026, 5, 14)
    return [
        week("2026-12-24", "2026-12-25", "2027-01-01"),
        week("2026-05-10", "2026-05-14"),
        week("2026-05-10", "2026-05-12", "2026-05-14"),
        week("2026-05-10", "2026-05-14", "2026-05-15"),
        week("2026-05-10"),
        week("2026-05-10", "2026-05-11", "2026-05-15", "2026-05-16"),
        week("2026-05-10", "2026-05-10", "2026-05-13", "2026-05-16"),
        week("2026-05-10", "2025-05-14", "2027-05-12"),
        week("2024-02-25", "2024-02-29"),
        week("1999-12-27", "1999-12-31", "2000-01-04"),
        week("2030-12-29", "2030-12-31", "2031-01-02"),
        call([ascension + ONE, ascension - ONE, ascension, ascension + ONE], {ascension}),
        call([ascension + ONE], {ascension}),
        call([date(2026, 5, 9), date(2026, 5, 13), date(2026, 5, 16)], set()),
        call([date(2026, 5, 12), date(2026, 5, 13), date(2026, 5, 14)], {date(2026, 5, 12), ascension}),
        call([], {ascension}),
    ]


def _free(day, holidays):
    return day.weekday() >= 5 or day in holidays


def bridge_days__fridays_and_mondays(days, holidays):
    """An ordinary Friday is not a bridge day: Thursday was a working day. The weekday alone doesn't say it."""
    return [day.weekday() in (0, 4) and day not in holidays for day in days]


def bridge_days__free_itself(days, holidays):
    """You counted days that are free themselves. A holiday between free days is free, not a bridge."""
    return [_free(day - ONE, holidays) and _free(day + ONE, holidays) for day in days]


def bridge_days__day_after_only(days, holidays):
    """You looked at the day after only. Check both neighbors: the Friday of an ordinary week is no bridge."""
    return [not _free(day, holidays) and _free(day + ONE, holidays) for day in days]


def bridge_days__day_before_only(days, holidays):
    """You looked at the day before only. Check both neighbors: the Monday of an ordinary week is no bridge."""
    return [not _free(day, holidays) and _free(day - ONE, holidays) for day in days]


def bridge_days__either_side(days, holidays):
    """One free neighbor isn't enough: a bridge has two ends, so it is *and*, not *or*."""
    return [not _free(day, holidays) and (_free(day - ONE, holidays) or _free(day + ONE, holidays)) for day in days]


def bridge_days__neighbors_in_the_list(days, holidays):
    """The list has gaps and any order. Ask the calendar for the day before and after, not the neighbors in the list."""
    free = [True, *(_free(day, holidays) for day in days), True]
    return [not free[k] and free[k - 1] and free[k + 1] for k in range(1, len(free) - 1)]


def bridge_days__weekends_forgotten(days, holidays):
    """You took only holidays for free days. A Saturday ends a bridge as well."""
    return [not _free(day, holidays) and day - ONE in holidays and day + ONE in holidays for day in days]


# 2. hashed_counts


@hints(
    "For one token, write down three numbers by hand: the checksum, its remainder, its sign.",
    "Begin with `buckets` zeros and go through all tokens, repeated ones included. Two words that share a bucket share "
    "one sum.",
    "Bit 31 is set exactly if the checksum is at least 2**31. It decides the sign, the remainder the place.",
)
def check_hashed_counts(hashed_counts):
    vocabulary = st.sampled_from(
        ["bank", "cash", "free", "gift", "hi", "loan", "win", "naïve", "größe", "", "a b", "Hi", " win"]
    )
    generated = calls(st.lists(vocabulary, max_size=8), st.sampled_from([1, 2, 3, 4, 7, 12, 100]))
    agree(hashed_counts, _signed_counts, on=generated, also=_messages())
    for given in (call(["free", "win"], 5), call([], 3)):
        counts = hashed_counts(*given.copy().args)
        kind(counts, np.ndarray)
        shape(counts, (given.args[1],))
    many = ["cash"] * 5000 + ["win"] * 300
    close(hashed_counts(list(many), 3), _signed_counts(many, 3), "the counts of 5,000 times cash and 300 times win")
    close(
        hashed_counts(["win", "win"], 300_000), _signed_counts(["win", "win"], 300_000), "the counts in 300,000 buckets"
    )
    first, second = ["hi", "free", "win"], ["win", "gift", "free", "cash"]
    together = hashed_counts([*first, *second], 3)
    apart = np.asarray(hashed_counts(list(first), 3), dtype=float) + hashed_counts(list(second), 3)
    close(together, apart, "the counts of two messages together", call([*first, *second], 3))


def _messages():
    """Return repeated, colliding and cancelling words, many of them, and few buckets."""
    return [
        call(["win"], 4),
        call(["free"], 4),
        call(["free", "win", "free"], 2),
        call(["loan", "loan", "loan"], 4),
        call(["free", "cash", "offer"], 1),
        call(["free", "free", "hi"], 1),
        call(["bank", "win", "offer"], 4),
        call(["win", "", "größe", "Win"], 6),
        call([" win", "win ", "free"], 6),
        call([], 3),
        call([f"word{k}" for k in range(60)], 16),
        call([f"word{k}" for k in range(30)], 1000),
    ]


def _signed_counts(tokens, buckets):
    counts = [0.0] * buckets
    for token, times in Counter(tokens).items():
        checksum = _checksum(token)
        counts[checksum % buckets] += times * (1 - 2 * (checksum >> 31))
    return np.array(counts)


def _checksum(text):
    """Return the CRC-32 of the text, bit by bit: a division of polynomials."""
    rest = 0xFFFFFFFF
    for byte in text.encode():
        rest ^= byte
        for _ in range(8):
            rest = (rest >> 1) ^ (0xEDB88320 if rest & 1 else 0)
    return rest ^ 0xFFFFFFFF


def _summed(tokens, buckets, number=_checksum, sign=lambda n: -1 if n >> 31 else 1):
    counts = np.zeros(buckets)
    for n in map(number, tokens):
        counts[n % buckets] += sign(n)
    return counts


def hashed_counts__salted(tokens, buckets):
    """Python's `hash` of a text changes with every start. Use the checksum: it depends on the text alone."""
    return _summed(tokens, buckets, number=hash, sign=lambda n: -1 if n >> 31 & 1 else 1)


def hashed_counts__each_word_once(tokens, buckets):
    """A word that occurs three times must count three times; a set keeps it once."""
    return _summed(dict.fromkeys(tokens), buckets)


def hashed_counts__no_sign(tokens, buckets):
    """You only added. With the sign of bit 31, words that collide cancel as often as they add up."""
    return _summed(tokens, buckets, sign=lambda n: 1)


def hashed_counts__overwritten(tokens, buckets):
    """Two tokens in the same bucket, and one overwrote the other: `counts[places] += signs` writes each place once."""
    counts = np.zeros(buckets)
    numbers = np.array([_checksum(token) for token in tokens], dtype=np.int64)
    counts[numbers % buckets] += np.where(numbers >> 31, -1, 1)
    return counts


def hashed_counts__lowest_bit(tokens, buckets):
    """You took the sign from the lowest bit (odd or even). Bit 31 is the highest: it counts 2 to the power of 31."""
    return _summed(tokens, buckets, sign=lambda n: -1 if n & 1 else 1)


def hashed_counts__bit_30(tokens, buckets):
    """You took the sign from bit 30. Bits are counted from 0: bit 31 is set if the checksum is at least 2**31."""
    return _summed(tokens, buckets, sign=lambda n: -1 if n & 2**30 else 1)


def hashed_counts__sign_reversed(tokens, buckets):
    """The signs are reversed: -1 belongs to tokens *with* bit 31 set."""
    return _summed(tokens, buckets, sign=lambda n: 1 if n >> 31 else -1)


# 3. spent_before

START = pd.Timestamp("2026-02-26")


@st.composite
def _payments(draw):
    count = draw(between(0, 7))
    rows = [(draw(st.sampled_from(["Ada", "Bo"])), draw(between(0, 16)), draw(numbers(0, 20))) for _ in range(count)]
    labels = draw(st.permutations(range(3, 3 + count)))
    return call(_table(rows, labels), draw(st.sampled_from([1, 2, 7])))


def _table(rows, labels=None, unit=6):
    """Return payments from rows of (customer, time in units of some hours, amount)."""
    customers, when, amounts = zip(*rows, strict=True) if rows else ((), (), ())
    hours = pd.to_timedelta(np.array(when, dtype=float) * unit, unit="h")
    frame = {"customer": list(customers), "when": START + hours, "amount": np.array(amounts, dtype=float)}
    return pd.DataFrame(frame, index=labels)


@hints(
    "For one payment, which rows count? Say it as a condition on customer and time, with care at both ends.",
    "`rolling` with a length of time slides over sorted rows of one customer; `closed=` decides about its two ends.",
    'Number the rows, sort by customer and time, group, roll with `closed="left"`, and use the numbers to go back. An '
    "empty window gives a missing value.",
)
def check_spent_before(spent_before):
    agree(spent_before, _by_pairs, on=_payments(), also=_accounts(), examples=15, atol=1e-6)


def _by_pairs(payments, days):
    rows = list(zip(payments["customer"], payments["when"], payments["amount"], strict=True))
    window = pd.Timedelta(days=days)
    sums = [sum(a for c, t, a in rows if c == mine and now - window <= t < now) for mine, now, _ in rows]
    return pd.Series(sums, index=payments.index, dtype=float)


def _accounts():
    """Return the corners: equal times, both ends of the window, other customers, other indexes, refunds."""
    ada = [("Ada", 0, 1.0), ("Ada", 4, 2.0), ("Ada", 8, 4.0), ("Ada", 9, 8.0)]
    days = [("Ada", 0, 10.0), ("Bo", 4, 20.0), ("Ada", 8, 40.0), ("Bo", 12, 80.0)]
    same = [("Ada", 4, 1.0), ("Ada", 4, 2.0), ("Ada", 0, 4.0), ("Ada", 4, 8.0), ("Ada", 8, 16.0)]
    large = [("Ada", 0, 1e9), ("Ada", 400, 0.25), ("Ada", 401, 0.5), ("Ada", 402, 1.0)]
    numbered = _table([(12, 0, 1.0), (7, 1, 2.0), (12, 2, 4.0), (7, 3, 8.0)])
    seconds = _table(
        [("Ada", 0, 1.0), ("Ada", 86_400, 2.0), ("Ada", 86_401, 4.0), ("Ada", 172_801, 8.0)], unit=1 / 3600
    )
    odd = _table(days, ["z", "b", "z", "a"])
    whole = _table(ada).astype({"amount": "int64"})
    extra = _table(days[::-1]).assign(shop="x", days=5)[["amount", "shop", "when", "days", "customer"]]
    twice = [("Ada", 0, 5.0), ("Ada", 0, 5.0), ("Ada", 2, 1.0), ("Ada", 3, 1.0), ("Ada", 3, 1.0)]
    return [
        call(_table(ada), 1),
        call(_table(ada[::-1]), 1),
        call(_table(days), 2),
        call(_table(days), 30),
        call(_table(days, [2, 0, 3, 1]), 2),
        call(odd, 2),
        call(_table(same), 1),
        call(_table(large, [9, 8, 7, 6]), 2),
        call(numbered, 1),
        call(seconds, 1),
        call(seconds.iloc[::-1], 1),
        call(whole, 2),
        call(extra, 2),
        call(_table(twice), 1),
        call(_table([("Ada", 0, -5.0), ("Ada", 1, 7.5), ("Ada", 2, 0.0)]), 1),
        call(_table([("Ada", 0, 5.0)]), 3),
        call(_table([]), 3),
    ]


def _windowed(payments, keep):
    """Return sums over the rows that `keep(customer, time, own customer, own time, position, own position)` takes."""
    rows = list(zip(payments["customer"], payments["when"], payments["amount"], strict=True))
    sums = [
        sum(a for i, (c, t, a) in enumerate(rows) if keep(c, t, mine, now, i, k))
        for k, (mine, now, _) in enumerate(rows)
    ]
    return pd.Series(sums, index=payments.index, dtype=float)


def spent_before__itself_included(payments, days):
    """The payment that you want to judge is part of its own column. The window ends *before* its time."""
    window = pd.Timedelta(days=days)
    return _windowed(payments, lambda c, t, mine, now, i, k: c == mine and now - window < t <= now)


def spent_before__both_ends_included(payments, days):
    """You included both ends. The early end belongs to the window; its late end, the payment's own time, doesn't."""
    window = pd.Timedelta(days=days)
    return _windowed(payments, lambda c, t, mine, now, i, k: c == mine and now - window <= t <= now)


def spent_before__all_customers(payments, days):
    """You added other customers' money. Each customer has a window of their own."""
    window = pd.Timedelta(days=days)
    return _windowed(payments, lambda c, t, mine, now, i, k: now - window <= t < now)


def spent_before__rows_as_they_come(payments, days):
    """You only looked at the rows above. The table comes in any order: sort by time, or compare times."""
    window = pd.Timedelta(days=days)
    return _windowed(payments, lambda c, t, mine, now, i, k: c == mine and i < k and now - window <= t < now)


def spent_before__other_rows(payments, days):
    """The right sums, beside the wrong payments: after sorting, bring them back to the order of the table."""
    sums = _by_pairs(payments, days).to_numpy()
    order = payments.reset_index(drop=True).sort_values(["customer", "when"], kind="stable").index
    return pd.Series(sums[order], index=payments.index)


def spent_before__index_lost(payments, days):
    """The right sums in the right order, but the index is no longer that of the payments."""
    return _by_pairs(payments, days).reset_index(drop=True)


def spent_before__start_excluded(payments, days):
    """A payment exactly `days` earlier belongs to the window: its early end is included."""
    window = pd.Timedelta(days=days)
    return _windowed(payments, lambda c, t, mine, now, i, k: c == mine and now - window < t < now)


def spent_before__same_moment_counts(payments, days):
    """You only left out the payment itself. Others at the very same time aren't *before* it either."""
    window = pd.Timedelta(days=days)
    return _windowed(payments, lambda c, t, mine, now, i, k: c == mine and i != k and now - window <= t <= now)


def spent_before__missing_for_none(payments, days):
    """Where nothing was spent before, the sum is 0, not missing."""
    return _by_pairs(payments, days).where(_by_pairs(payments.assign(amount=1), days) > 0)


def spent_before__since_ever(payments, days):
    """You added up all earlier payments. Only those of the last `days` count."""
    return _windowed(payments, lambda c, t, mine, now, i, k: c == mine and t < now)


# 4. fold_rare_levels

LEVELS = st.one_of(st.sampled_from(["Post", "Mill", "Bank", "Zoo", "other"]), st.none())


def _texts(low, high):
    def column(values, shift):
        return pd.Series(values, index=range(shift, shift + len(values)), dtype="str")

    return st.builds(column, st.lists(LEVELS, min_size=low, max_size=high), st.sampled_from([0, 5]))


@hints(
    "Which of the three arguments tells what is frequent? And what should happen to a row that is missing?",
    "Count the levels of `train`, keep the names of those with enough, and ask for each entry of `new` if it is one.",
    "`isin` says no to rare, unseen and missing entries alike; give the missing ones their word in a second step, by "
    "`new.isna()`.",
)
def check_fold_rare_levels(fold_rare_levels):
    agree(fold_rare_levels, _folded, on=calls(_texts(0, 9), _texts(0, 5), between(1, 3)), also=_forms(), examples=25)


def _text(*values, index=None, dtype="str"):
    return pd.Series(list(values), index=index, dtype=dtype)


def _forms():
    train = _text("Post", "Post", "Mill", "Mill", "Mill", "Zoo", None, None)
    many = _text(*["Post"] * 9, *["Mill"] * 10, *["Zoo"] * 11)
    return [
        call(train, _text("Post", "Mill", "Zoo", "Bank", None), 2),
        call(train, _text("Post", "Mill", "Zoo", "Bank", None), 3),
        call(train, _text("Mill"), 3),
        call(train, _text(None), 2),
        call(train, _text(None), 3),
        call(_text("Post", None, None, None), _text("Post", None), 1),
        call(_text("Post", "Post"), _text(None, "Post", None, index=["b", "a", "b"]), 2),
        call(_text("post", "Post", "Post "), _text("Post", "post", "POST", "Post "), 1),
        call(_text(), _text("Post", None), 1),
        call(train, _text(), 1),
        call(many, _text("Zoo", "Mill", "Post"), 10),
        call(_text("missing", "missing", "other"), _text("missing", "other", None), 2),
        call(_text("missing", "Post"), _text("missing", None), 2),
        call(_text("missing", None, None), _text(None, "missing"), 2),
        call(_text("nan", "Post", "Post"), _text("nan", "", "Post", None), 2),
        call(_text("Post", "Post", None, dtype=object), _text("Post", "Zoo", None, dtype=object), 2),
        call(_text("Zoo", *["Post"] * 3), _text(*["Zoo"] * 5, "Post", index=[3, 3, 1, 9, 0, 2]), 2),
    ]


def _folded(train, new, minimum):
    seen = Counter(train.tolist())
    words = ["missing" if pd.isna(level) else level if seen[level] >= minimum else "other" for level in new.tolist()]
    return pd.Series(words, index=new.index, dtype=object)


def _replaced(new, keep, gap="missing"):
    words = [gap if pd.isna(level) else level if keep(level) else "other" for level in new.tolist()]
    return pd.Series(words, index=new.index, dtype=object)


def fold_rare_levels__counted_in_new(train, new, minimum):
    """You counted in `new`. In production it may be a single row: what is frequent is learned from `train`."""
    seen = Counter(new.tolist())
    return _replaced(new, lambda level: seen[level] >= minimum)


def fold_rare_levels__counted_in_both(train, new, minimum):
    """You counted in both columns together. What is frequent is learned from `train` alone, once."""
    seen = Counter(train.tolist()) + Counter(new.tolist())
    return _replaced(new, lambda level: seen[level] >= minimum)


def fold_rare_levels__more_than_minimum(train, new, minimum):
    """A level that occurs exactly `minimum` times stays: `minimum` itself is enough."""
    seen = Counter(train.tolist())
    return _replaced(new, lambda level: seen[level] > minimum)


def fold_rare_levels__missing_is_other(train, new, minimum):
    """You folded missing values into "other". That somebody left the field empty is information of its own."""
    seen = Counter(train.tolist())
    return _replaced(new, lambda level: seen[level] >= minimum, gap="other")


def fold_rare_levels__missing_is_a_level(train, new, minimum):
    """You counted "missing" as a level: where it was rare in training, it became "other". Missing stays missing."""
    seen = Counter(train.fillna("missing").tolist())
    return _replaced(new.fillna("missing"), lambda level: seen[level] >= minimum)


def fold_rare_levels__filled_first(train, new, minimum):
    """A form with the text "missing" on it isn't a missing value but a level like any other, to be counted. Look for
    missing values before you fill them, not for the word afterwards.
    """
    seen = Counter(train.tolist())
    return _replaced(new, lambda level: level == "missing" or seen[level] >= minimum)


def fold_rare_levels__gaps_counted_as_the_text(train, new, minimum):
    """You filled `train` before counting, so its missing values counted as the text "missing", which may be a level."""
    seen = Counter(train.fillna("missing").tolist())
    return _replaced(new, lambda level: seen[level] >= minimum)


def fold_rare_levels__missing_stays_empty(train, new, minimum):
    """Missing values are still missing. They should become the word "missing"."""
    seen = Counter(train.tolist())
    return _replaced(new, lambda level: seen[level] >= minimum, gap=None)


def fold_rare_levels__unseen_kept(train, new, minimum):
    """You replaced the rare levels of `train` only. A level that training never saw must become "other", too."""
    seen = Counter(train.tolist())
    return _replaced(new, lambda level: not 0 < seen[level] < minimum)


def fold_rare_levels__index_lost(train, new, minimum):
    """The right words, but the index is no longer that of `new`."""
    return _folded(train, new, minimum).reset_index(drop=True)


# 5. beats_its_shadow

PLANTS = 13


class Script:
    """Importances that are given, round by round, instead of computed; notes what is wrong with the tables it gets.

    It knows a column by its values. A copy begins at the first round.
    """

    def __init__(self, X, y, real, luck):
        self.X, self.y, self.real, self.luck = X, y, real, luck
        self.tables, self.flaw = {}, ""

    def __deepcopy__(self, memo):
        return Script(self.X, self.y, self.real, self.luck)

    def __eq__(self, other):
        return isinstance(other, Script) and (self.real, self.luck) == (other.real, other.luck)

    __hash__ = None

    def __repr__(self):
        return "importances"

    def __call__(self, table, y):
        table, y = np.array(table, dtype=float), np.array(y, dtype=float)
        if table.ndim != 2 or len(table) != len(self.X):
            raise ValueError(f"importances needs a table of {len(self.X)} rows; this has shape {table.shape}")
        if not np.array_equal(y.ravel(), self.y):
            self._note("`importances` must get `y` as it is.")
        at = self.tables.setdefault(table.tobytes(), (len(self.tables), table))[0]
        if at >= len(self.real):
            self._note("`importances` got more tables than there are rounds.")
        at = min(at, len(self.real) - 1)
        sizes = np.array([(self.real if real else self.luck)[at][j] if j >= 0 else 0 for j, real in self._roles(table)])
        return sizes / max(sizes.sum(), 1)

    def _roles(self, table):
        """Return for each column of the table which column of `X` it comes from, and whether it is that column."""
        roles = []
        for column in table.T:
            origin = [j for j, own in enumerate(self.X.T) if np.array_equal(np.sort(own), np.sort(column))]
            j = origin[0] if origin else -1
            roles.append((j, j >= 0 and np.array_equal(self.X[:, j], column) and (j, True) not in roles))
        if any(j < 0 for j, _ in roles):
            self._note("A shadow must hold the values of its column in another order: all of them, and no others.")
        wanted = [(j, real) for j in range(self.X.shape[1]) for real in (False, True)]
        if sorted(roles) != wanted:
            self._note("One table must hold each column of `X` once and its shadow once.")
        return roles

    def _note(self, flaw):
        self.flaw = self.flaw or flaw


def _plants(count):
    """Return columns whose values are all different, and y."""
    order = np.arange(PLANTS) * 5 % PLANTS
    return order[:, None] + 20.0 * np.arange(count), order[::-1] / 2


def _scripted(real, luck, seed=0):
    X, y = _plants(len(real[0]))
    return call(X, y, Script(X, y, real, luck), len(real), seed)


@st.composite
def _scripts(draw):
    rounds, count = draw(between(1, 6)), draw(between(1, 4))
    row = st.lists(between(0, 4), min_size=count, max_size=count)
    real, luck = (draw(st.lists(row, min_size=rounds, max_size=rounds)) for _ in range(2))
    return call(_scripted(real, luck, draw(between(0, 3))))


@hints(
    "Whatever importance a shuffled column gets is luck. Which shadow says how large luck can be?",
    "One round is: shuffle each column on its own, put the shadows beside the columns, ask for the importances of all "
    "of them at once, compare the two halves.",
    "`rng.permuted(X, axis=0)` shuffles each column on its own. Make `rng` once, before the first round, and count the "
    "wins of each column over all rounds.",
)
def check_beats_its_shadow(beats_its_shadow):
    def follows_the_script(given):
        _followed(beats_its_shadow, given)

    for_all(follows_the_script, _scripts(), also=[call(given) for given in _rounds()])
    _same_seed_same_shuffles(beats_its_shadow)
    _well_shuffled(beats_its_shadow)
    one_plant = call(np.array([[3.0, 4.0]]), np.array([1.0]), lambda table, y: np.abs(table[0]), 3, 0)
    returned = beats_its_shadow(*one_plant.copy().args)
    close(returned, [], given=one_plant, why="One row can't be shuffled: every shadow equals its column.")


def _followed(answer, given):
    """Run the answer on a script, and compare; return the tables that it made."""
    mine = given.copy()
    script = mine.args[2]
    returned = answer(*mine.args)
    require(not script.flaw, script.flaw, given)
    won = [Counter() for _ in script.real]
    for wins, real, luck in zip(won, script.real, script.luck, strict=True):
        wins.update(j for j, size in enumerate(real) if all(size > other for other in luck))
    total = sum(won, Counter())
    expected = [j for j in range(len(script.real[0])) if 2 * total[j] > len(won)]
    told = f"Round by round, the columns had the importances {script.real}, their shadows {script.luck}."
    close(returned, expected, given=given, why=told)
    return [table for _, table in script.tables.values()]


def _rounds():
    """Return a tie, half of the rounds, bare majorities, a win over one's own shadow only, and more rounds."""
    return [
        _scripted([[2, 1]], [[1, 1]]),
        _scripted([[1, 2]], [[2, 1]]),
        _scripted([[0, 0]], [[0, 0]]),
        _scripted([[100, 98]], [[99, 97]]),
        _scripted([[1, 1], [0, 1], [1, 1]], [[0, 0]] * 3),
        _scripted([[3, 2, 1]], [[0, 1, 2]]),
        _scripted([[1], [0]], [[0], [1]]),
        _scripted([[1, 0], [0, 1], [0, 1]], [[0, 0]] * 3),
        _scripted([[1, 3], [3, 1], [3, 1]], [[2, 0], [0, 2], [2, 1]]),
        _scripted([[9], [0], [0]], [[1], [1], [1]]),
        _scripted([[2], [2], [9], [2]], [[1], [1], [8], [9]]),
        _scripted([[1, 4]], [[3, 0]]),
        _scripted([[0, 1]] * 5 + [[1, 0]] * 6, [[0, 0]] * 11),
        _scripted([[1, 0]] * 4 + [[0, 1]] * 4, [[0, 0]] * 8),
    ]


def _same_seed_same_shuffles(answer):
    """The shuffles are decided by the seed, and by nothing else."""
    tables = {}
    for seed in (0, 1, 7, 2**31):
        given = _scripted([[1, 0, 2]] * 3, [[0, 0, 0]] * 3, seed)
        first, again = (np.array(_followed(answer, given)) for _ in range(2))
        require(np.array_equal(first, again), "Two calls with the same seed must shuffle the same way.", given)
        require(first.tobytes() not in tables, "Another seed must give other shuffles.", given)
        tables[first.tobytes()] = seed


def _well_shuffled(answer):
    """All shuffles differ, and none leaves an order behind."""
    rounds = 40
    given = _scripted([[0, 1, 0, 0]] * rounds, [[0, 0, 0, 0]] * rounds)
    seen, moved = set(), []
    for table in _followed(answer, given):
        places = _places(given.args[0], table)
        message = "Two columns were shuffled in the same way. Shuffle each column on its own."
        require(len(set(places)) == len(places), message, given)
        require(seen.isdisjoint(places), "Two rounds had the same shadows. Shuffle anew in each round.", given)
        seen.update(places)
        moved += places
    steps = np.diff(moved, axis=1) % PLANTS
    follow = max((steps == step).sum(axis=1).mean() for step in (1, PLANTS - 1))
    stay = (np.array(moved) == np.arange(PLANTS)).mean(axis=0).max()
    require(follow < 3 and stay < 0.5, "The shadows keep too much of their columns' order: shuffle all rows.", given)


def _places(X, table):
    """Return for each shadow in the table which rows of its column it holds."""
    shadows = [column for column in table.T if not any(np.array_equal(column, own) for own in X.T)]
    own = {value: row for column in X.T for row, value in enumerate(column)}
    return [tuple(own[value] for value in column) for column in shadows]


def _voted(X, y, importances, rounds, seed, bar=np.max, won=lambda wins, rounds: wins > rounds / 2):
    rng = np.random.default_rng(seed)
    wins = np.zeros(X.shape[1])
    for _ in range(rounds):
        real, luck = np.split(importances(np.hstack([X, rng.permuted(X, axis=0)]), y), 2)
        wins += real > bar(luck)
    return np.flatnonzero(won(wins, rounds)).tolist()


def beats_its_shadow__average_bar(X, y, importances, rounds, seed):
    """You compared with the average shadow. The bar is the *luckiest* random column: among many, one looks good."""
    return _voted(X, y, importances, rounds, seed, bar=np.mean)


def beats_its_shadow__own_shadow_only(X, y, importances, rounds, seed):
    """You compared each column with its own shadow. Noise beats its own shuffle every other time; the bar is the
    largest of all shadows.
    """
    return _voted(X, y, importances, rounds, seed, bar=np.asarray)


def beats_its_shadow__smallest_shadow(X, y, importances, rounds, seed):
    """You compared with the *weakest* shadow. The bar is the luckiest, the one with the largest importance."""
    return _voted(X, y, importances, rounds, seed, bar=np.min)


def beats_its_shadow__ties_win(X, y, importances, rounds, seed):
    """You let a column win that only equals the luckiest shadow. It must exceed it: two zeros say nothing."""
    rng = np.random.default_rng(seed)
    wins = np.zeros(X.shape[1])
    for _ in range(rounds):
        real, luck = np.split(importances(np.hstack([X, rng.permuted(X, axis=0)]), y), 2)
        wins += real >= luck.max()
    return np.flatnonzero(wins > rounds / 2).tolist()


def beats_its_shadow__two_models(X, y, importances, rounds, seed):
    """You asked for the importances of the columns and of the shadows apart. Each model shares out its importance among
    the columns that it sees, so the two can't be compared: put the shadows beside the columns, in one table.
    """
    rng = np.random.default_rng(seed)
    wins = np.zeros(X.shape[1])
    for _ in range(rounds):
        wins += importances(X, y) > np.max(importances(rng.permuted(X, axis=0), y))
    return np.flatnonzero(wins > rounds / 2).tolist()


def beats_its_shadow__any_round(X, y, importances, rounds, seed):
    """One lucky round was enough for a column. It must win *more than half* of the rounds."""
    return _voted(X, y, importances, rounds, seed, won=lambda wins, rounds: wins > 0)


def beats_its_shadow__every_round(X, y, importances, rounds, seed):
    """You asked for a win in every round. More than half of them is enough."""
    return _voted(X, y, importances, rounds, seed, won=lambda wins, rounds: wins == rounds)


def beats_its_shadow__half_is_enough(X, y, importances, rounds, seed):
    """A column that wins exactly half of the rounds is out: it takes more than half."""
    return _voted(X, y, importances, rounds, seed, won=lambda wins, rounds: wins >= rounds / 2)


def beats_its_shadow__single_round(X, y, importances, rounds, seed):
    """One round decided, whatever `rounds` says. Let all of them vote, each with new shadows: the generator is made
    once, before the first round.
    """
    return _voted(X, y, importances, 1, seed)


def beats_its_shadow__average_over_rounds(X, y, importances, rounds, seed):
    """You compared importances averaged over the rounds. Count the wins instead: one lucky round must not outweigh the
    others.
    """
    rng = np.random.default_rng(seed)
    tables = [np.hstack([X, rng.permuted(X, axis=0)]) for _ in range(rounds)]
    real, luck = np.split(np.sum([importances(table, y) for table in tables], axis=0), 2)
    return np.flatnonzero(real > luck.max()).tolist()
