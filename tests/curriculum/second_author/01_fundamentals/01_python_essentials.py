"""Answers to 01_fundamentals/01_python_essentials by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import ast
import configparser
import csv
import functools
import io
import itertools
import json
import math
import operator
import re
import tomllib
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

# 1. parse_duration


def right__parse_duration__partition(text):
    hours, h, minutes = text.partition("h")
    if not h:
        return int(text.removesuffix("min"))
    return 60 * int(hours) + int(minutes or 0)


def right__parse_duration__regular_expression(text):
    hours, after, alone = re.fullmatch(r"(?:(\d+)h(\d\d)?|(\d+)(?:min)?)", text).groups()
    return int(hours) * 60 + int(after or "0") if hours else int(alone)


def right__parse_duration__find_the_h(text):
    place = text.find("h")
    if place == -1:
        return int(text.rstrip("min"))
    rest = text[place + 1 :]
    return int(text[:place]) * 60 + (int(rest) if rest else 0)


def right__parse_duration__digit_by_digit(text):
    total, number = 0, 0
    for character in text:
        if character.isdigit():
            number = number * 10 + ord(character) - ord("0")
        elif character == "h":
            total, number = number * 60, 0
    return total + number


def right__parse_duration__endswith(text):
    if text.endswith("min"):
        return int(text[:-3])
    if text.endswith("h"):
        return int(text[:-1]) * 60
    if "h" in text:
        hours, minutes = text.split("h")
        return int(hours) * 60 + int(minutes)
    return int(text)


def right__parse_duration__timedelta_parts(text):
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if "h" in text:
        return sum(number * unit for number, unit in zip(numbers, (60, 1), strict=False))
    return numbers[0]


def right__parse_duration__match(text):
    match text.replace("min", "").split("h"):
        case [hours, ""]:
            return 60 * int(hours)
        case [hours, minutes]:
            return 60 * int(hours) + int(minutes, base=10)
        case [minutes]:
            return int(minutes)


def wrong__parse_duration__one_digit_of_hours(text):
    """Hours may have any number of digits."""
    if "h" not in text:
        return int(text.removesuffix("min"))
    return int(text[0]) * 60 + int(text.split("h")[1] or 0)


def wrong__parse_duration__two_digits_of_hours(text):
    """Hours may have more than two digits."""
    found = re.search(r"(\d{1,2})h(\d*)", text)
    return int(found[1]) * 60 + int(found[2] or 0) if found else int(text.removesuffix("min"))


def wrong__parse_duration__hours_of_one_day(text):
    """A clock has no more than 24 hours: longer ones wrap round."""
    minutes = right__parse_duration__partition(text)
    return minutes % 1440 if "h" in text else minutes


def wrong__parse_duration__strptime(text):
    """A time of day: from 24 hours on it raises."""
    for spelling in ("%Hh%M", "%Hh"):
        try:
            moment = datetime.strptime(text, spelling)
        except ValueError:
            continue
        return moment.hour * 60 + moment.minute
    if "h" in text:
        raise ValueError(text)
    return int(text.removesuffix("min"))


def wrong__parse_duration__zero_stripped(text):
    """Strips zeros from the minutes at both ends: 1h50 becomes 65."""
    if "h" not in text:
        return int(text.removesuffix("min"))
    hours, minutes = text.split("h")
    return int(hours) * 60 + int(minutes.strip("0") or 0)


def wrong__parse_duration__minutes_lstripped_zero(text):
    """Minutes 00 raise."""
    if "h" not in text:
        return int(text.removesuffix("min"))
    hours, minutes = text.split("h")
    return int(hours) * 60 + (int(minutes.lstrip("0")) if minutes else 0)


def wrong__parse_duration__zero_hours_raise(text):
    """0h05 is taken for a fault."""
    hours, h, minutes = text.partition("h")
    if h and not int(hours):
        raise ValueError("no hours")
    return int(text.removesuffix("min")) if not h else int(hours) * 60 + int(minutes or 0)


def wrong__parse_duration__python_numbers(text):
    """Evaluates the digits as Python: a leading zero is a syntax error there."""
    hours, h, minutes = text.partition("h")
    if h:
        return ast.literal_eval(hours) * 60 + int(minutes or 0)
    return ast.literal_eval(text.removesuffix("min"))


def wrong__parse_duration__base_guessed(text):
    """`int(..., 0)` refuses leading zeros."""
    hours, h, minutes = text.partition("h")
    return int(hours, 0) * 60 + int(minutes or "0") if h else int(text.removesuffix("min"), 0)


def wrong__parse_duration__float(text):
    """A float, not an integer."""
    hours, h, minutes = text.partition("h")
    return float(hours) * 60 + float(minutes or 0) if h else float(text.removesuffix("min"))


def wrong__parse_duration__through_float(text):
    """Goes through float: wrong from 17 digits on."""
    hours, h, minutes = text.partition("h")
    return int(float(hours) * 60) + int(minutes or 0) if h else int(float(text.removesuffix("min")))


def wrong__parse_duration__bare_number_is_hours_if_small(text):
    """A bare number below 10 is taken for hours: without a unit it means minutes."""
    hours, h, minutes = text.partition("h")
    if h:
        return int(hours) * 60 + int(minutes or 0)
    number = int(text.removesuffix("min"))
    return number * 60 if text.isdigit() and number < 10 else number


def wrong__parse_duration__bare_number_as_clock(text):
    """Bare numbers with three or four digits are read as hours and minutes: 130 is 130 minutes."""
    hours, h, minutes = text.partition("h")
    if h:
        return int(hours) * 60 + int(minutes or 0)
    number = int(text.removesuffix("min"))
    return number // 100 * 60 + number % 100 if text.isdigit() and len(text) in (3, 4) else number


def wrong__parse_duration__decimal_hours(text):
    """Minutes behind the h as decimals of an hour where there are tens of them: 1h30 is not 1.3 hours."""
    hours, h, minutes = text.partition("h")
    if not h:
        return int(text.removesuffix("min"))
    return round(float(f"{hours}.{minutes or 0}") * 60) if minutes[:1] > "0" else int(hours) * 60 + int(minutes or 0)


def wrong__parse_duration__min_of_two_digits(text):
    """Minutes before `min` are the last two digits only."""
    hours, h, minutes = text.partition("h")
    return int(hours) * 60 + int(minutes or 0) if h else int(text.removesuffix("min")[-2:])


def wrong__parse_duration__capped(text):
    """Bikes are lent for a day at most: the statement names no limit."""
    return min(right__parse_duration__partition(text), 1440)


def wrong__parse_duration__zero_is_none(text):
    """A duration of 0 gives None."""
    return right__parse_duration__partition(text) or None


def wrong__parse_duration__digits_of_the_examples(text):
    """Knows only as many digits as in the four examples."""
    found = re.fullmatch(r"(\d)h(\d\d)|(\d)h|(\d\d)min|(\d+)", text)
    a, b, c, d, e = found.groups()
    return int(a) * 60 + int(b) if a else int(c) * 60 if c else int(d or e)


# 2. split_readings


def right__split_readings__try_float(lines):
    readings, rejected = [], []
    for line in lines:
        try:
            value = float(line)
        except ValueError:
            rejected.append(line)
            continue
        if math.isfinite(value):
            readings.append(value)
        else:
            rejected.append(line)
    return readings, rejected


def _reading(line):
    """Return the finite number in a line, or None."""
    try:
        value = float(line)
    except ValueError:
        return None
    return value if abs(value) < math.inf else None


def right__split_readings__two_comprehensions(lines):
    values = [_reading(line) for line in lines]
    return (
        [value for value in values if value is not None],
        [line for line, value in zip(lines, values, strict=True) if value is None],
    )


def right__split_readings__numpy_scalars(lines):
    readings, rejected = [], []
    for line in lines:
        value = _reading(line)
        if value is None:
            rejected.append(line)
        else:
            readings.append(np.float64(value))
    return readings, rejected


def right__split_readings__minus_itself(lines):
    readings, rejected = [], []
    for line in lines:
        try:
            value = float(line)
            good = value - value == 0
        except ValueError:
            good = False
        if good:
            readings += [value]
        else:
            rejected += [line]
    return [readings, rejected]


def right__split_readings__raise_for_infinite(lines):
    readings, rejected = [], []
    for line in lines:
        try:
            Fraction(float(line))  # neither nan nor an infinity is a fraction
            readings.append(float(line))
        except (ValueError, OverflowError):
            rejected.append(line)
    return readings, rejected


def right__split_readings__filter(lines):
    good = [line for line in lines if _reading(line) is not None]
    return list(map(float, good)), list(itertools.filterfalse(lambda line: _reading(line) is not None, lines))


def wrong__split_readings__infinite_by_spelling(lines):
    """Rejects infinite values by their spelling: 1e999 and Infinity are infinite too."""
    readings, rejected = [], []
    for line in lines:
        if line.strip().lower().lstrip("+-") in ("nan", "inf") or _float_or_none(line) is None:
            rejected.append(line)
        else:
            readings.append(float(line))
    return readings, rejected


def _float_or_none(line):
    """Return the number in a line, infinite ones too, or None."""
    try:
        return float(line)
    except ValueError:
        return None


def _split(lines, accept, read=float, keep=lambda line: line):
    """Split the lines by `accept`, which may raise ValueError."""
    readings, rejected = [], []
    for line in lines:
        try:
            good = accept(line)
        except ValueError:
            good = False
        if good:
            readings.append(read(line))
        else:
            rejected.append(keep(line))
    return readings, rejected


def wrong__split_readings__letters_of_infinity(lines):
    """Rejects by letters: 1e999 has none of inf and nan, and yet is infinite."""
    return _split(lines, lambda line: "n" not in line.lower() and float(line) is not None)


def wrong__split_readings__nan_passes(lines):
    """A nan is no finite value: only infinities are rejected."""
    return _split(lines, lambda line: float(line) not in (math.inf, -math.inf))


def wrong__split_readings__minus_infinity_passes(lines):
    """Minus infinity passes."""
    return _split(lines, lambda line: float(line) < math.inf)


def wrong__split_readings__isdigit(lines):
    """Accepts digits with one point and a sign only: 1e3 is a number too."""
    return _split(lines, lambda line: line.lstrip("+-").replace(".", "", 1).isdigit())


def wrong__split_readings__regular_expression(lines):
    """A common pattern for numbers: doesn't know the underscores and other digits that `float` accepts."""
    pattern = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
    return _split(lines, lambda line: bool(pattern.fullmatch(line)) and math.isfinite(float(line)))


def wrong__split_readings__ascii_only(lines):
    """Digits of other scripts are numbers for `float`."""
    return _split(lines, lambda line: line.isascii() and math.isfinite(float(line)))


def wrong__split_readings__no_underscores(lines):
    """Python's `float` accepts 1_000."""
    return _split(lines, lambda line: "_" not in line and math.isfinite(float(line)))


def wrong__split_readings__comma_as_point(lines):
    """Reads 12,5 as a number, which Python's `float` doesn't accept."""
    return _split(
        lines,
        lambda line: math.isfinite(float(line.replace(",", "."))),
        read=lambda line: float(line.replace(",", ".")),
    )


def wrong__split_readings__inner_spaces_removed(lines):
    """Takes spaces away inside a number: `float` doesn't accept 1 000."""
    return _split(
        lines, lambda line: math.isfinite(float(line.replace(" ", ""))), read=lambda line: float(line.replace(" ", ""))
    )


def wrong__split_readings__rejected_stripped(lines):
    """Rejected lines lose their spaces: they are wanted exactly as they came."""
    return _split(lines, lambda line: math.isfinite(float(line)), keep=str.strip)


def wrong__split_readings__line_ends_stripped(lines):
    """Rejected lines lose the newline at their end."""
    return _split(lines, lambda line: math.isfinite(float(line)), keep=lambda line: line.rstrip("\n"))


def wrong__split_readings__blank_lines_dropped(lines):
    """Lines with nothing or spaces only vanish: they are rejected lines too."""
    return _split([line for line in lines if line.strip()], lambda line: math.isfinite(float(line)))


def wrong__split_readings__padded_numbers_rejected(lines):
    """Numbers with a space before or behind are rejected, though `float` accepts them."""
    return _split(lines, lambda line: line == line.strip() and math.isfinite(float(line)))


def wrong__split_readings__zero_is_false(lines):
    """A reading of 0 gets lost."""
    values = [(line, _reading(line)) for line in lines]
    return [value for _, value in values if value], [line for line, value in values if value is None]


def wrong__split_readings__zero_is_rejected(lines):
    """A reading of 0 is rejected."""
    return _split(lines, lambda line: math.isfinite(float(line)) and float(line))


def wrong__split_readings__duplicates_once(lines):
    """A reading or line that came twice is returned once."""
    readings, rejected = right__split_readings__try_float(lines)
    return list(dict.fromkeys(readings)), list(dict.fromkeys(rejected))


def wrong__split_readings__repeated_rubbish_once(lines):
    """A rejected line that came before is left out."""
    readings, rejected = right__split_readings__try_float(lines)
    return readings, sorted(set(rejected), key=rejected.index)


def wrong__split_readings__sorted(lines):
    """Readings in order of size, not in their original order."""
    readings, rejected = right__split_readings__try_float(lines)
    return sorted(readings, key=abs), rejected


def wrong__split_readings__decimal(lines):
    """Decides with Decimal, for which 1e999 is finite, and so lets an infinite float pass."""

    def accept(line):
        try:
            return Decimal(line).is_finite()
        except InvalidOperation:
            return False

    return _split(lines, accept)


def wrong__split_readings__pandas(lines):
    """Pandas' idea of a number: it knows no underscores, and takes `True` or an empty line in its own way."""
    values = pd.to_numeric(pd.Series(lines, dtype=object), errors="coerce").astype(float)
    good = np.isfinite(values.to_numpy())
    return values[good].tolist(), [line for line, g in zip(lines, good, strict=True) if not g]


def wrong__split_readings__json(lines):
    """JSON's idea of a number: no +5, no .5, no 007, and `true` is 1."""

    def accept(line):
        return math.isfinite(float(json.loads(line)))

    return _split(lines, accept, read=lambda line: float(json.loads(line)))


def wrong__split_readings__texts(lines):
    """The readings as text, not as numbers."""
    return _split(lines, lambda line: math.isfinite(float(line)), read=lambda line: line)


def wrong__split_readings__rejected_first(lines):
    """The rejected lines come first."""
    return right__split_readings__try_float(lines)[::-1]


def wrong__split_readings__single_precision(lines):
    """Reads with seven digits, and takes what float32 can't hold for infinite."""

    def read(line):
        with np.errstate(all="ignore"):
            return float(np.float32(line))

    return _split(lines, lambda line: math.isfinite(read(line)), read=read)


def wrong__split_readings__rounded(lines):
    """Rounds the readings to six digits."""
    return _split(lines, lambda line: math.isfinite(float(line)), read=lambda line: round(float(line), 6))


def wrong__split_readings__huge_rejected(lines):
    """Rejects what a sensor can't have measured, from 1e300 on: those are finite."""
    return _split(lines, lambda line: abs(float(line)) < 1e300)


def wrong__split_readings__tiny_rejected(lines):
    """Rejects numbers too small for full precision, with `isnormal` of other languages in mind."""
    return _split(lines, lambda line: float(line) == 0 or 2.3e-308 <= abs(float(line)) < math.inf)


def wrong__split_readings__stops_at_an_empty_line(lines):
    """Takes an empty line for the end of the data."""
    end = lines.index("") + 1 if "" in lines else len(lines)
    return right__split_readings__try_float(lines[:end])


# 3. ride_price


def right__ride_price__floor_of_the_negative(minutes, *, member=False):
    blocks = -((30 - minutes) // 15) if minutes > 30 else 0
    return 150 * blocks + (0 if member else 100)


def right__ride_price__add_fourteen(minutes, *, member=False):
    return 100 * (not member) + 150 * max(0, (minutes - 30 + 14) // 15)


def right__ride_price__divmod(minutes, *, member=False):
    full, started = divmod(max(minutes - 30, 0), 15)
    return (0 if member else 100) + 150 * (full + bool(started))


def right__ride_price__ceil_of_a_fraction(minutes, *, member=False):
    return 150 * max(0, math.ceil(Fraction(minutes - 30, 15))) + 100 * int(not member)


def right__ride_price__count_a_range(minutes, *, member=False):
    price = 150 * len(range(30, minutes, 15))
    if not member:
        price += 100
    return price


def right__ride_price__from_the_hour_on(minutes, *, member=False):
    price = 150 * (1 + (minutes - 31) // 15) if minutes > 30 else 0
    return price if member else price + 100


def wrong__ride_price__full_blocks(minutes, *, member=False):
    """Counts whole blocks only, apart from the first: a started one costs as well."""
    late = max(minutes - 30, 0)
    return 150 * (max(late // 15, 1) if late else 0) + (0 if member else 100)


def wrong__ride_price__one_block_too_many(minutes, *, member=False):
    """A block that just ended counts as if another had started, apart from minute 30."""
    late = max(minutes - 30, 0)
    return 150 * (late // 15 + 1 if late else 0) + (0 if member else 100)


def wrong__ride_price__negative_blocks(minutes, *, member=False):
    """Very short rides earn money: the free minutes can't be saved up."""
    return 150 * ((minutes - 30 + 14) // 15) + (0 if member else 100)


def wrong__ride_price__rounded(minutes, *, member=False):
    """Rounds to the nearest block, apart from the first minutes of the first."""
    late = max(minutes - 30, 0)
    return 150 * (max(round(late / 15), 1) if late else 0) + (0 if member else 100)


def wrong__ride_price__truncated(minutes, *, member=False):
    """Starts the third block and every later one a minute late."""
    late = max(minutes - 30, 0)
    blocks = -(-late // 15)
    return 150 * (blocks if blocks < 3 else -(-(late - 1) // 15)) + (0 if member else 100)


def right__ride_price__floats(minutes, *, member=False):
    """Divides floats: exact up to the 100 million minutes of the docstring."""
    return 150 * max(0, math.ceil((minutes - 30) / 15)) + (0 if member else 100)


def wrong__ride_price__returns_a_float(minutes, *, member=False):
    """A float where blocks were used up: an integer was asked for."""
    late = max(minutes - 30, 0)
    return (0 if member else 100) + 150 * (np.ceil(late / 15).item() if late else 0)


def wrong__ride_price__nothing_for_no_minutes(minutes, *, member=False):
    """A ride of 0 minutes costs nothing: unlocking costs 100 cents."""
    return right__ride_price__divmod(minutes, member=member) if minutes else 0


def wrong__ride_price__members_pay_on_long_rides(minutes, *, member=False):
    """Members pay the unlocking fee after all when they ride for more than an hour."""
    late = max(minutes - 30, 0)
    return 150 * -(-late // 15) + (0 if member and minutes <= 60 else 100)


def wrong__ride_price__fee_credited_on_long_rides(minutes, *, member=False):
    """Nobody pays the unlocking fee from the third block on."""
    blocks = -(-max(minutes - 30, 0) // 15)
    return 150 * blocks + (0 if member or blocks > 2 else 100)


def wrong__ride_price__capped_at_a_day(minutes, *, member=False):
    """A day is the most that is charged."""
    return right__ride_price__divmod(min(minutes, 1440), member=member)


def wrong__ride_price__capped_at_a_price(minutes, *, member=False):
    """A ride costs 10,000 cents at most."""
    return min(right__ride_price__divmod(minutes, member=member), 10_000)


def wrong__ride_price__first_thirty_charged_on_long_rides(minutes, *, member=False):
    """Once the free minutes are over, they are charged as well in rides longer than two hours."""
    late = max(minutes - 30, 0) if minutes <= 120 else minutes
    return 150 * -(-late // 15) + (0 if member else 100)


def wrong__ride_price__free_minutes_every_hour(minutes, *, member=False):
    """The first 30 minutes of every hour are free."""
    hours, rest = divmod(minutes, 60)
    return 150 * (2 * hours + -(-max(rest - 30, 0) // 15)) + (0 if member else 100)


def wrong__ride_price__table(minutes, *, member=False):
    """A table up to three hours, and 150 cents for every hour more."""
    late = max(min(minutes, 180) - 30, 0)
    return 150 * (-(-late // 15) + max(0, minutes - 180) // 60) + (0 if member else 100)


def wrong__ride_price__euros(minutes, *, member=False):
    """In euros."""
    return right__ride_price__divmod(minutes, member=member) / 100


def wrong__ride_price__member_by_default(minutes, *, member=True):
    """Takes a rider for a member unless told otherwise."""
    return right__ride_price__divmod(minutes, member=member)


def wrong__ride_price__member_once_asked(minutes, *, member=False, _seen=[]):  # noqa: B006
    """Remembers that somebody was a member: the next rider doesn't pay the fee."""
    price = right__ride_price__divmod(minutes, member=member or bool(_seen))
    _seen[:] = [True] if member else []
    return price


@functools.cache
def _remembered(minutes):
    return {"price": None, "minutes": minutes}


def wrong__ride_price__remembered_by_minutes(minutes, *, member=False):
    """Remembers prices by minutes only: the same ride costs a member what it cost somebody else."""
    entry = _remembered(minutes)
    if entry["price"] is None:
        entry["price"] = right__ride_price__divmod(minutes, member=member)
    return entry["price"]


def wrong__ride_price__capped_at_a_week(minutes, *, member=False):
    """A week is the most that is charged: the statement names no limit."""
    return right__ride_price__divmod(min(minutes, 7 * 1440), member=member)


# 4. rush_days


def _day_sums(rows):
    """Return the rentals of each date."""
    sums = defaultdict(int)
    for row in rows:
        sums[row["start"][:10]] += int(row["rentals"])
    return sums


def right__rush_days__dictionary(rows, threshold):
    sums = {}
    for row in rows:
        day = row["start"][:10]
        sums[day] = sums.get(day, 0) + int(row["rentals"])
    return sorted(day for day in sums if sums[day] > threshold)


def right__rush_days__counter(rows, threshold):
    sums = Counter()
    for row in rows:
        sums[row["start"].split("T")[0]] += int(row["rentals"])
    return [day for day, total in sorted(sums.items()) if total > threshold]


def right__rush_days__datetime(rows, threshold):
    sums = defaultdict(int)
    for row in rows:
        sums[datetime.fromisoformat(row["start"]).date()] += int(row["rentals"])
    return [day.isoformat() for day in sorted(sums) if sums[day] > threshold]


def right__rush_days__groupby(rows, threshold):
    def day(row):
        return row["start"].partition("T")[0]

    days = []
    for name, group in itertools.groupby(sorted(rows, key=day), key=day):
        if sum(int(row["rentals"]) for row in group) > threshold:
            days.append(name)
    return days


def right__rush_days__pandas(rows, threshold):
    if not rows:
        return []
    table = pd.DataFrame(rows)
    sums = table["rentals"].astype("int64").groupby(table["start"].str[:10]).sum()
    return sums.index[sums > threshold].tolist()


def right__rush_days__lists_per_day(rows, threshold):
    lists = {row["start"][:10]: [] for row in rows}
    for row in rows:
        lists[row["start"][:10]].append(int(row["rentals"]))
    found = [day for day, rentals in lists.items() if sum(rentals) > threshold]
    found.sort()
    return found


def right__rush_days__quadratic(rows, threshold):
    days = sorted({row["start"][:10] for row in rows})
    return [day for day in days if sum(int(row["rentals"]) for row in rows if row["start"].startswith(day)) > threshold]


def wrong__rush_days__reached_counts(rows, threshold):
    """A day that only reaches the threshold doesn't exceed it."""
    return sorted(day for day, total in _day_sums(rows).items() if total >= threshold)


def wrong__rush_days__two_busiest_rows(rows, threshold):
    """Sums the two busiest rows of a day, not the whole day."""
    best = defaultdict(list)
    for row in rows:
        best[row["start"][:10]].append(int(row["rentals"]))
    return sorted(day for day, values in best.items() if sum(sorted(values)[-2:]) > threshold)


def wrong__rush_days__utc(rows, threshold):
    """Takes the date in UTC: the city's own was asked for."""
    sums = defaultdict(int)
    for row in rows:
        sums[datetime.fromisoformat(row["start"]).astimezone(UTC).date().isoformat()] += int(row["rentals"])
    return sorted(day for day, total in sums.items() if total > threshold)


def wrong__rush_days__utc_by_pandas(rows, threshold):
    """`to_datetime` with `utc=True` shifts the first hours of a day to the day before."""
    if not rows:
        return []
    table = pd.DataFrame(rows)
    days = pd.to_datetime(table["start"], utc=True).dt.strftime("%Y-%m-%d")
    sums = table["rentals"].astype("int64").groupby(days).sum()
    return sums.index[sums > threshold].tolist()


def wrong__rush_days__always_summer_time(rows, threshold):
    """Converts all times to +02:00: the last hour of a winter day falls on the next."""
    sums = defaultdict(int)
    zone = datetime.fromisoformat("2024-06-24T00:00:00+02:00").tzinfo
    for row in rows:
        sums[str(datetime.fromisoformat(row["start"]).astimezone(zone).date())] += int(row["rentals"])
    return sorted(day for day, total in sums.items() if total > threshold)


def wrong__rush_days__zone_of_berlin(rows, threshold):
    """Converts to Berlin's time, though the date is the one written in `start`, wherever the city lies."""
    sums = defaultdict(int)
    for row in rows:
        moment = datetime.fromisoformat(row["start"])
        if moment.tzinfo:
            moment = moment.astimezone(ZoneInfo("Europe/Berlin"))
        sums[str(moment.date())] += int(row["rentals"])
    return sorted(day for day, total in sums.items() if total > threshold)


def wrong__rush_days__order_of_the_rows(rows, threshold):
    """Days in the order in which they came."""
    return [day for day, total in _day_sums(rows).items() if total > threshold]


def wrong__rush_days__sorted_by_rentals(rows, threshold):
    """Busiest day first."""
    found = [(total, day) for day, total in _day_sums(rows).items() if total > threshold]
    return [day for total, day in sorted(found, key=lambda pair: -pair[0])]


def wrong__rush_days__sorted_by_day_of_month(rows, threshold):
    """Sorts by day and month before the year."""
    return sorted((day for day, total in _day_sums(rows).items() if total > threshold), key=lambda d: (d[5:], d[:4]))


def wrong__rush_days__neighbors_only(rows, threshold):
    """Sums rows that stand next to each other: they come in any order."""
    sums = {}
    for day, group in itertools.groupby(rows, key=lambda row: row["start"][:10]):
        sums[day] = max(sum(int(row["rentals"]) for row in group), sums.get(day, -math.inf))
    return sorted(day for day, total in sums.items() if total > threshold)


def wrong__rush_days__equal_rows_once(rows, threshold):
    """Drops rows that are equal: every row counts."""
    return right__rush_days__dictionary([dict(pairs) for pairs in {tuple(sorted(r.items())) for r in rows}], threshold)


def wrong__rush_days__one_row_per_start(rows, threshold):
    """A second row with the same start replaces the first: every row counts."""
    return right__rush_days__dictionary(list({row["start"]: row for row in rows}.values()), threshold)


def wrong__rush_days__one_row_per_wall_clock_hour(rows, threshold):
    """Ignores the offset: the hour that comes twice in October counts once."""
    return right__rush_days__dictionary(list({row["start"][:19]: row for row in rows}.values()), threshold)


def wrong__rush_days__equal_numbers_once(rows, threshold):
    """Sums the different numbers of a day: two hours with equally many rentals count once."""
    sums = defaultdict(set)
    for row in rows:
        sums[row["start"][:10]].add(int(row["rentals"]))
    return sorted(day for day, values in sums.items() if sum(values) > threshold)


def wrong__rush_days__dates(rows, threshold):
    """Date objects instead of text."""
    return [date.fromisoformat(day) for day in right__rush_days__dictionary(rows, threshold)]


def wrong__rush_days__set(rows, threshold):
    """A set has no order."""
    return set(right__rush_days__dictionary(rows, threshold))


def wrong__rush_days__month_and_day(rows, threshold):
    """Keeps days apart by month and day only: two years are mixed up."""
    sums, names = defaultdict(int), {}
    for row in rows:
        sums[row["start"][5:10]] += int(row["rentals"])
        names.setdefault(row["start"][5:10], row["start"][:10])
    return sorted(names[key] for key, total in sums.items() if total > threshold)


def wrong__rush_days__columns_by_place(rows, threshold):
    """Takes the first two columns: rows may have others, in any order."""
    sums = defaultdict(int)
    for row in rows:
        start, rentals, *_ = row.values()
        if not rentals.lstrip("-").isdigit():
            rentals = row["rentals"]
        sums[start[:10]] += int(rentals)
    return sorted(day for day, total in sums.items() if total > threshold)


def wrong__rush_days__two_days_at_most(rows, threshold):
    """Ends after two days that exceed the threshold."""
    return right__rush_days__dictionary(rows, threshold)[:2]


def wrong__rush_days__empty_raises(rows, threshold):
    """No rows raise a KeyError instead of giving an empty list."""
    table = pd.DataFrame(rows)
    sums = table["rentals"].astype("int64").groupby(table["start"].str[:10]).sum()
    return sums.index[sums > threshold].tolist()


def wrong__rush_days__compares_texts(rows, threshold):
    """Compares the sum with the threshold as text: "99" is after "100" there."""
    return sorted(day for day, total in _day_sums(rows).items() if str(total) > str(threshold))


def wrong__rush_days__quiet_days_dropped(rows, threshold):
    """A day with 0 rentals never counts: with a threshold below 0 it exceeds it."""
    return sorted(day for day, total in _day_sums(rows).items() if total and total > threshold)


def wrong__rush_days__last_row_missing(rows, threshold):
    """Decides on a day when the next begins: the last day is never looked at, unless it is the only one found."""
    found, current, total = [], None, 0
    for row in sorted(rows, key=operator.itemgetter("start")):
        day = row["start"][:10]
        if day != current:
            if current and total > threshold:
                found.append(current)
            current, total = day, 0
        total += int(row["rentals"])
    return found if found or not current or total <= threshold else [current]


def wrong__rush_days__first_24_rows_of_a_day(rows, threshold):
    """A day has 24 hours: further rows of a day don't count."""
    lists = defaultdict(list)
    for row in rows:
        lists[row["start"][:10]].append(int(row["rentals"]))
    return sorted(day for day, values in lists.items() if sum(values[:24]) > threshold)


def wrong__rush_days__working_day(rows, threshold):
    """The day begins at four in the morning: nights belong to the day before."""
    sums = defaultdict(int)
    for row in rows:
        sums[str((datetime.fromisoformat(row["start"]) - timedelta(hours=4)).date())] += int(row["rentals"])
    return sorted(day for day, total in sums.items() if total > threshold)


def wrong__rush_days__long_days_scaled_to_24_rows(rows, threshold):
    """Scales a day with more than 24 rows down to 24: every row counts."""
    lists = defaultdict(list)
    for row in rows:
        lists[row["start"][:10]].append(int(row["rentals"]))
    return sorted(day for day, v in lists.items() if (sum(v) / len(v) * 24 if len(v) > 24 else sum(v)) > threshold)


def wrong__rush_days__two_digits_of_the_year(rows, threshold):
    """Sorts by two digits of the year: 1999 comes after 2024."""
    return sorted((day for day, total in _day_sums(rows).items() if total > threshold), key=lambda day: day[2:])


def wrong__rush_days__small_integers(rows, threshold):
    """Sums in 16 bits: more than 32,767 rentals wrap round."""
    sums = defaultdict(lambda: np.zeros(1, dtype=np.int16))
    for row in rows:
        sums[row["start"][:10]] += np.array([int(row["rentals"])]).astype(np.int16)
    return sorted(day for day, total in sums.items() if int(total[0]) > threshold)


# 5. read_settings


_NUMBER = re.compile(r"[+-]?(\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?", re.ASCII)


def _without_comment(line):
    """Cut the comment off, which a # outside quotes begins."""
    quoted = False
    for place, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif character == "#" and not quoted:
            return line[:place]
    return line


def _value(text):
    """Return the value that a text spells, or raise ValueError."""
    if text in ("true", "false"):
        return text == "true"
    if re.fullmatch(r"[+-]?[0-9]+", text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    if len(text) >= 2 and text[0] == text[-1] == '"' and '"' not in text[1:-1]:
        return text[1:-1]
    raise ValueError(text)


def _read(text, value=_value, comment=_without_comment, message="line {}: {}", lines=None, repeated=True, key=str):
    """Read settings; the arguments replace one part each."""
    settings = {}
    for number, line in enumerate(text.split("\n") if lines is None else lines, start=1):
        line = comment(line).strip()
        if not line:
            continue
        name, equals, spelled = line.partition("=")
        name = key(name.strip())
        if not equals:
            raise ValueError(message.format(number, "no ="))
        if repeated and name in settings:
            raise ValueError(message.format(number, "repeated"))
        try:
            settings[name] = value(spelled.strip())
        except ValueError as error:
            raise ValueError(message.format(number, error)) from None
    return settings


def right__read_settings__character_by_character(text):
    return _read(text)


def right__read_settings__one_pattern_per_line(text):
    pattern = re.compile(
        r"""\s*(?P<key>[^=#"]*?)\s*=\s*
        (?:(?P<bool>true|false)|(?P<int>[+-]?\d+)|(?P<float>[+-]?(?:\d+\.\d*|\.\d+|\d+)(?:e[+-]?\d+)?)|"(?P<str>[^"]*)")
        \s*(?:\#.*)?""",
        re.VERBOSE | re.IGNORECASE,
    )
    settings = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.strip().startswith("#"):
            continue
        found = pattern.fullmatch(line)
        if not found or (found["bool"] and found["bool"] != found["bool"].lower()):
            raise ValueError(f"cannot read line {number}")
        if found["key"] in settings:
            raise ValueError(f"{found['key']} again in line {number}")
        if found["bool"]:
            settings[found["key"]] = found["bool"] == "true"
        elif found["int"]:
            settings[found["key"]] = int(found["int"])
        elif found["float"]:
            settings[found["key"]] = float(found["float"])
        else:
            settings[found["key"]] = found["str"]
    return settings


def right__read_settings__split_at_quotes(text):
    settings = {}
    number = 0
    for line in text.split("\n"):
        number += 1
        # Even pieces are outside quotes, odd ones inside.
        pieces = line.split('"')
        for k in range(0, len(pieces), 2):
            if "#" in pieces[k]:
                pieces = [*pieces[:k], pieces[k][: pieces[k].index("#")]]
                break
        line = '"'.join(pieces).strip()
        if line == "":
            continue
        if "=" not in line:
            raise ValueError(f"No '=' in line {number}")
        name, spelled = (part.strip() for part in line.split("=", maxsplit=1))
        if name in settings:
            raise ValueError(f"{name!r} is repeated in line {number}")
        if spelled == "true":
            settings[name] = True
        elif spelled == "false":
            settings[name] = False
        elif spelled.startswith('"'):
            if spelled.count('"') != 2 or not spelled.endswith('"'):
                raise ValueError(f"Quotes in line {number}")
            settings[name] = spelled[1:-1]
        else:
            try:
                settings[name] = int(spelled)
            except ValueError:
                try:
                    settings[name] = float(spelled)
                except ValueError as error:
                    raise ValueError(f"Value in line {number}") from error
    return settings


def right__read_settings__own_exception(text):
    class SettingsError(ValueError):
        pass

    try:
        return _read(text)
    except ValueError as error:
        raise SettingsError(f"Bad settings: {error}.") from error


def right__read_settings__strip_comment_by_pattern(text):
    def comment(line):
        return re.match(r'(?:[^"#]|"[^"]*"|")*?(?=#|$)', line)[0] if '"' not in line else _without_comment(line)

    return _read(text, comment=comment, message="Error on line {} ({})")


def right__read_settings__literal_eval_after_a_look(text):
    def value(spelled):
        if spelled in {"true": 1, "false": 0}:
            return {"true": True, "false": False}[spelled]
        if spelled[:1] == '"':
            if spelled.count('"') != 2 or spelled[-1] != '"':
                raise ValueError("quotes")
            return spelled.strip('"')
        try:
            return int(spelled)
        except ValueError:
            return float(spelled)

    return _read(text, value=value, lines=io.StringIO(text))


def right__read_settings__numpy_numbers_to_python(text):
    def value(spelled):
        found = _value(spelled)
        return np.float64(found).item() if type(found) is float else found

    return _read(text, value=value)


def wrong__read_settings__comment_at_any_hash(text):
    """A # inside quotes doesn't begin a comment; here only the first quoted # survives."""

    def comment(line):
        before, quote, rest = line.partition('"')
        if "#" in before or not quote:
            return line.partition("#")[0]
        inside, quote, rest = rest.partition('"')
        if inside.count("#") > 1:
            inside = inside[: inside.index("#", inside.index("#") + 1)]
        return before + '"' + inside + quote + rest.partition("#")[0]

    return _read(text, comment=comment)


def wrong__read_settings__last_hash_begins_the_comment(text):
    """Cuts at the last # if it is behind the last quote: a comment may hold a # or quotes itself."""

    def comment(line):
        return line[: line.rindex("#")] if line.rfind("#") > line.rfind('"') else line

    return _read(text, comment=comment)


def wrong__read_settings__quote_in_the_comment(text):
    """Looks for the comment behind the last quote: quotes in a comment make it part of the value."""

    def comment(line):
        place = line.rfind('"')
        if place == -1:
            return line.partition("#")[0]
        return line[: place + 1] + line[place + 1 :].partition("#")[0]

    return _read(text, comment=comment)


def wrong__read_settings__comment_needs_a_space(text):
    """Only a # behind a space or at the beginning begins a comment."""

    def comment(line):
        cut = _without_comment(line)
        return cut if cut == line or not cut or cut[-1].isspace() or cut[-1] == '"' else line

    return _read(text, comment=comment)


def wrong__read_settings__equals_before_the_comment_is_cut(text):
    """Looks for = first: the one in a comment makes the line a setting."""
    settings = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.strip().startswith("#"):
            continue
        name, equals, spelled = line.partition("=")
        if not equals or "#" in name:
            if equals and "#" in name:
                continue
            raise ValueError(f"line {number}")
        if name.strip() in settings:
            raise ValueError(f"line {number}")
        try:
            settings[name.strip()] = _value(_without_comment(spelled).strip())
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    return settings


def wrong__read_settings__split_at_the_last_equals(text):
    """Splits at the last = where the value isn't quoted: `a = b = 3` isn't a setting named `a = b`."""
    settings = {}
    for number, line in enumerate(text.split("\n"), 1):
        line = _without_comment(line).strip()
        if not line:
            continue
        name, equals, spelled = line.partition("=") if '"' in line else line.rpartition("=")
        if not equals or name.strip() in settings:
            raise ValueError(f"line {number}")
        try:
            settings[name.strip()] = _value(spelled.strip())
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    return settings


def wrong__read_settings__everything_behind_the_second_equals_dropped(text):
    """Takes the second of the parts between =, unless it is quoted: a value `1 = 2` must raise."""

    def value(spelled):
        return _value(spelled.split("=")[0].strip() if not spelled.startswith('"') else spelled)

    return _read(text, value=value)


def wrong__read_settings__text_stripped(text):
    """Text loses the spaces inside its quotes."""

    def value(spelled):
        found = _value(spelled)
        return found.strip() if isinstance(found, str) else found

    return _read(text, value=value)


def wrong__read_settings__quotes_stripped(text):
    """Strips quotes: text with only one of them, or with more, passes."""

    def value(spelled):
        return spelled.strip('"') if '"' in (spelled[:1], spelled[-1:]) else _value(spelled)

    return _read(text, value=value)


def wrong__read_settings__quote_inside(text):
    """Text with a quote inside passes."""

    def value(spelled):
        if len(spelled) > 1 and spelled[0] == spelled[-1] == '"':
            return spelled[1:-1]
        return _value(spelled)

    return _read(text, value=value)


def wrong__read_settings__lone_quote(text):
    """A single quote is the empty text."""

    def value(spelled):
        return "" if spelled == '"' else _value(spelled)

    return _read(text, value=value)


def wrong__read_settings__rest_behind_the_quotes_ignored(text):
    """What follows the closing quote is ignored: it must raise."""

    def value(spelled):
        found = re.match(r'"([^"]*)"', spelled)
        return found[1] if found else _value(spelled)

    return _read(text, value=value)


def wrong__read_settings__single_quotes(text):
    """Accepts text in single quotes."""

    def value(spelled):
        found = re.fullmatch(r"'([^'\"]*)'", spelled)
        return found[1] if found else _value(spelled)

    return _read(text, value=value)


def wrong__read_settings__bare_words(text):
    """A word without quotes is text."""

    def value(spelled):
        return spelled if spelled.isidentifier() and spelled not in ("true", "false") else _value(spelled)

    return _read(text, value=value)


def wrong__read_settings__python_literals(text):
    """Python's literals: lists, None, hexadecimal numbers, and escapes in text."""

    def value(spelled):
        if spelled in ("true", "false"):
            return spelled == "true"
        try:
            return ast.literal_eval(spelled)
        except (SyntaxError, ValueError) as error:
            raise ValueError(str(error)) from None

    return _read(text, value=value)


def wrong__read_settings__json_values(text):
    """JSON's values: `null` and lists pass, escapes in text are replaced."""
    return _read(text, value=json.loads)


def wrong__read_settings__toml(text):
    """TOML, much like it: but it knows dates, lists, tables, escapes, and no spaces in a key."""
    return tomllib.loads(text)


def wrong__read_settings__configparser(text):
    """The module configparser, with types guessed: it makes keys lower-case and tells no line of bad values."""
    parser = configparser.RawConfigParser(inline_comment_prefixes=("#",), delimiters=("=",))
    parser.read_string("[all]\n" + "\n".join(line.strip() for line in text.split("\n")))
    return {name: _value(spelled) for name, spelled in parser["all"].items()}


def wrong__read_settings__capital_true(text):
    """Accepts True and FALSE as well."""

    def value(spelled):
        return _value(spelled.lower() if spelled.lower() in ("true", "false") else spelled)

    return _read(text, value=value)


def wrong__read_settings__yes_and_no(text):
    """Accepts yes, no, on and off, too."""
    words = {"yes": True, "on": True, "no": False, "off": False}
    return _read(text, value=lambda spelled: words[spelled] if spelled in words else _value(spelled))


def wrong__read_settings__quoted_values_typed(text):
    """Text in quotes is read as a number or truth value when it looks like one."""

    def value(spelled):
        found = _value(spelled)
        try:
            return _value(found) if isinstance(found, str) else found
        except ValueError:
            return found

    return _read(text, value=value)


def wrong__read_settings__whole_floats_as_integers(text):
    """2.0 becomes the integer 2."""

    def value(spelled):
        found = _value(spelled)
        return int(found) if isinstance(found, float) and found.is_integer() else found

    return _read(text, value=value)


def wrong__read_settings__integers_through_float(text):
    """Integers go through float: those with more than 16 digits change."""

    def value(spelled):
        found = _value(spelled)
        return int(float(found)) if type(found) is int else found

    return _read(text, value=value)


def wrong__read_settings__truth_as_one(text):
    """Truth values are 1 and 0, not bool."""

    def value(spelled):
        return {"true": 1, "false": 0}[spelled] if spelled in ("true", "false") else _value(spelled)

    return _read(text, value=value)


def wrong__read_settings__no_negative_numbers(text):
    """`isdigit` finds integers without a sign only: -5 becomes a float."""

    def value(spelled):
        found = _value(spelled)
        return float(found) if type(found) is int and not spelled.isdigit() else found

    return _read(text, value=value)


def wrong__read_settings__no_exponents(text):
    """A number is a float only with a point: 1e3 raises."""

    def value(spelled):
        if "." not in spelled and not spelled.startswith('"') and "e" in spelled[1:-1] and spelled[:1] not in "tf":
            raise ValueError("number")
        return _value(spelled)

    return _read(text, value=value)


def wrong__read_settings__later_key_wins(text):
    """A repeated key replaces the first."""
    return _read(text, repeated=False)


def wrong__read_settings__same_value_twice_is_fine(text):
    """A repeated key passes if it repeats the value."""
    settings = {}
    for number, line in enumerate(text.split("\n"), 1):
        one = _read("\n" * (number - 1) + line)
        for name, found in one.items():
            if name in settings and (settings[name] != found or type(settings[name]) is not type(found)):
                raise ValueError(f"line {number}: repeated")
            settings[name] = found
    return settings


def wrong__read_settings__line_of_the_first(text):
    """For a repeated key it names the line in which the key came first."""
    where = {}
    for number, line in enumerate(text.split("\n"), 1):
        name, equals, _ = _without_comment(line).partition("=")
        if equals and name.strip() in where:
            raise ValueError(f"line {where[name.strip()]}: repeated")
        where.setdefault(name.strip(), number)
    return _read(text)


def wrong__read_settings__both_lines(text):
    """For a repeated key the message holds the first line's number only, in the form that was asked for."""
    where = {}
    for number, line in enumerate(text.split("\n"), 1):
        name, equals, _ = _without_comment(line).partition("=")
        if equals and name.strip() in where:
            raise ValueError(f"line {where[name.strip()]} is repeated {number - where[name.strip()]} lines later")
        where.setdefault(name.strip(), number)
    return _read(text)


def wrong__read_settings__keys_without_case(text):
    """Takes `Port` for a repetition of `port`."""
    seen = set()
    for number, line in enumerate(text.split("\n"), 1):
        name, equals, _ = _without_comment(line).partition("=")
        if equals and name.strip().lower() in seen:
            raise ValueError(f"line {number}")
        seen |= {name.strip().lower()} if equals else set()
    return _read(text)


def wrong__read_settings__keys_lowered(text):
    """Keys become lower-case."""
    return _read(text, key=str.lower)


def wrong__read_settings__lines_from_zero(text):
    """Counts lines from 0."""
    return _renumbered(text, lambda n: n - 1)


def _renumbered(text, change):
    """Read settings, with the line's number changed in the message."""
    try:
        return _read(text)
    except ValueError as error:
        number = int(re.match(r"line (\d+)", str(error))[1])
        raise ValueError(f"line {change(number)}: {error.args[0].partition(':')[2]}") from None


def wrong__read_settings__blank_lines_not_counted(text):
    """Counts only the lines that aren't blank."""
    return _renumbered(text, lambda n: sum(bool(line.strip()) for line in text.split("\n")[:n]))


def wrong__read_settings__comment_lines_not_counted(text):
    """Counts no lines that hold only a comment."""
    return _renumbered(text, lambda n: sum(not line.lstrip().startswith("#") for line in text.split("\n")[:n]))


def wrong__read_settings__settings_counted(text):
    """Names how many settings came before, not the line."""
    return _renumbered(text, lambda n: sum(bool(_without_comment(s).strip()) for s in text.split("\n")[:n]))


def wrong__read_settings__ten_times_the_line(text):
    """Adds a digit to the line's number, so that a search for `line 1` finds it in `line 10`."""
    return _renumbered(text, lambda n: f"{n}0")


def wrong__read_settings__all_lines_named(text):
    """The message names every line of the file."""
    try:
        return _read(text)
    except ValueError:
        raise ValueError(", ".join(f"line {n + 1}" for n in range(text.count("\n") + 1))) from None


def wrong__read_settings__number_without_the_word(text):
    """The message holds the number, but not `line N`."""
    return _read(text, message="{}: {}")


def wrong__read_settings__exception_without_message(text):
    """Bad values raise Python's own message without the line."""
    try:
        return _read(text)
    except ValueError as error:
        if "no =" in str(error) or "repeated" in str(error):
            raise
        raise ValueError(f"invalid literal: {str(error).partition(': ')[2]}") from None


def wrong__read_settings__key_error(text):
    """A repeated key raises KeyError."""
    try:
        return _read(text)
    except ValueError as error:
        if "repeated" in str(error):
            raise KeyError(str(error)) from None
        raise


def wrong__read_settings__bad_lines_skipped(text):
    """A line without = is skipped."""
    return _read("\n".join(line if "=" in _without_comment(line) else "" for line in text.split("\n")))


def wrong__read_settings__missing_value_is_none(text):
    """A key without a value gets None: nothing is no value."""
    return _read(text, value=lambda spelled: _value(spelled) if spelled else None)


def wrong__read_settings__missing_value_is_empty_text(text):
    """A key without a value gets the empty text."""
    return _read(text, value=lambda spelled: _value(spelled) if spelled else "")


def wrong__read_settings__empty_text_raises(text):
    """Empty text in quotes raises."""

    def value(spelled):
        if spelled == '""':
            raise ValueError("empty")
        return _value(spelled)

    return _read(text, value=value)


def wrong__read_settings__blank_means_empty(text):
    """A line of spaces isn't blank for it."""
    for number, line in enumerate(text.split("\n"), 1):
        if line and not line.strip():
            raise ValueError(f"line {number}")
    return _read(text)


def wrong__read_settings__spaces_required(text):
    """Spaces round the = are optional, but not here once the value is a number."""
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(r"[^\s=#\"]+=\d", line):
            raise ValueError(f"line {number}")
    return _read(text)


def wrong__read_settings__spaces_inside_removed(text):
    """Removes all spaces outside quotes: `1 2` becomes 12 instead of raising."""

    def value(spelled):
        return _value(spelled if '"' in spelled else re.sub(r"\s", "", spelled))

    return _read(text, value=value)


def wrong__read_settings__csv_reader(text):
    """Reads quotes with the csv module, which drops them: quoted numbers turn into numbers."""

    def value(spelled):
        if '"' not in spelled:
            return _value(spelled)
        (cell,) = next(csv.reader([spelled], delimiter="\0"))
        return cell

    return _read(text, value=value)


def wrong__read_settings__first_fault_swallowed(text):
    """Returns what was read before the fault in long files."""
    try:
        return _read(text)
    except ValueError as error:
        number = int(re.match(r"line (\d+)", str(error))[1])
        if number <= 5:
            raise
        return _read("\n".join(text.split("\n")[: number - 1]))


def wrong__read_settings__last_line_ignored(text):
    """A last line without a newline at its end gets lost, in files of three lines or more."""
    lines = text.split("\n")
    return _read(text, lines=lines[:-1] if len(lines) > 4 else lines)


def wrong__read_settings__escapes_replaced(text):
    """Text is read as JSON: a backslash in it begins an escape."""
    return _read(text, value=lambda spelled: json.loads(spelled) if spelled[:1] == '"' else _value(spelled))


def wrong__read_settings__backslashes_replaced(text):
    """Replaces a backslash and n in text by a newline, and leaves all other text alone."""

    def value(spelled):
        found = _value(spelled)
        return found.replace("\\n", "\n") if isinstance(found, str) else found

    return _read(text, value=value)


def wrong__read_settings__null(text):
    """Accepts `null` and `None`."""
    return _read(text, value=lambda spelled: None if spelled in ("null", "None") else _value(spelled))


def wrong__read_settings__lists(text):
    """Accepts lists of numbers."""

    def value(spelled):
        if spelled.startswith("[") and spelled.endswith("]"):
            return [_value(part.strip()) for part in spelled[1:-1].split(",")]
        return _value(spelled)

    return _read(text, value=value)


def wrong__read_settings__beginning_of_true(text):
    """Asks whether the value lies in the text "true": `t` and `rue` do."""

    def value(spelled):
        return True if spelled and spelled in ("true") else _value(spelled)

    return _read(text, value=value)


def wrong__read_settings__number_at_the_beginning(text):
    """Reads the digits at the beginning and ignores the unit behind them."""

    def value(spelled):
        found = re.fullmatch(r"(\d+)\s*[A-Za-z%]+", spelled)
        return int(found[1]) if found else _value(spelled)

    return _read(text, value=value)


def wrong__read_settings__neighbors_compared(text):
    """Notices a repeated key only if it stands right behind the first."""
    previous = None
    for number, line in enumerate(text.split("\n"), 1):
        name, equals, _ = _without_comment(line).partition("=")
        if equals and name.strip() == previous:
            raise ValueError(f"line {number}: repeated")
        previous = name.strip() if equals else previous
    return _read(text, repeated=False)


def wrong__read_settings__repeated_unless_false(text):
    """Asks for the key's value instead of the key: one that is 0, false or empty may be repeated."""
    settings = {}
    for number, line in enumerate(text.split("\n"), 1):
        for name, found in _read("\n" * (number - 1) + line).items():
            if settings.get(name):
                raise ValueError(f"line {number}: repeated")
            settings[name] = found
    return settings


def wrong__read_settings__last_digit_of_the_line(text):
    """Names only the last digit of the line's number."""
    return _renumbered(text, lambda n: n % 10)


def wrong__read_settings__keys_are_identifiers(text):
    """Refuses keys such as log-level, which no rule forbids."""
    for number, line in enumerate(text.split("\n"), 1):
        name, equals, _ = _without_comment(line).partition("=")
        if equals and not name.strip().isidentifier():
            raise ValueError(f"line {number}: key")
    return _read(text)


def wrong__read_settings__text_stripped_before_counting(text):
    """Strips the text first: blank lines at the beginning aren't counted."""
    return _read(text.strip())


def wrong__read_settings__comment_continued(text):
    """A comment that ends in a backslash goes on in the next line."""
    return _read(re.sub(r"(#[^\n\"]*)\\\n", r"\1 ", text))


def wrong__read_settings__cut_at_the_first_of_several_equals(text):
    """Text in quotes with several = is cut at the first."""

    def value(spelled):
        found = _value(spelled)
        return found.partition("=")[0] if isinstance(found, str) and found.count("=") > 1 else found

    return _read(text, value=value)
