"""Checks of `01_fundamentals/01_python_essentials`: most inputs are written from an answer that the check knows."""

import itertools
import re
from datetime import UTC, datetime
from fractions import Fraction
from numbers import Integral

from hypothesis import strategies as st

from handrail.expect import AnswerRaised, Mismatch, agree, between, call, calls, close, flags, for_all, hints, require

# 1. parse_duration


@hints(
    "Sort the four spellings into two kinds: what does `1h05` share with `2h`, and `45min` with `90`?",
    "`partition` cuts a text at a separator and always gives three parts. What are they for `1h05`, `2h` and `90`?",
    "Remove the unit `min` first. Then convert hours and minutes each by itself; an empty part stands for no minutes.",
)
def check_parse_duration(parse_duration):
    def spelled(text, minutes):
        close(parse_duration(text), minutes, given=call(text), exact_dtype=True)

    fixed = [call("1h05", 65), call("2h", 120), call("45min", 45), call("90", 90)]
    for_all(spelled, on=_spellings(), also=fixed, examples=40)
    for text, minutes in _telling_durations():
        spelled(text, minutes)
    digits = 9_007_199_254_740_993
    for text, minutes in ((f"{digits}", digits), (f"{digits}min", digits), (f"{digits}h01", 60 * digits + 1)):
        message = f"The result should be {minutes}, all digits of it: a float cannot hold them."
        require(parse_duration(text) == minutes, message, call(text))


@st.composite
def _spellings(draw):
    """Draw a duration, and write it in one of the four ways."""
    hours, minutes = draw(between(0, 30)), draw(between(0, 59))
    total = draw(between(0, 200))
    written = [(f"{hours}h{minutes:02d}", 60 * hours + minutes), (f"{hours}h", 60 * hours)]
    return call(*draw(st.sampled_from([*written, (f"{total}min", total), (str(total), total)])))


def _telling_durations():
    """Return durations that a search hardly meets."""
    for minutes in range(60):
        yield f"3h{minutes:02d}", 180 + minutes
    yield from (("0", 0), ("0min", 0), ("0h", 0), ("0h00", 0), ("0h09", 9), ("10h", 600), ("12h30", 750))
    yield from (("100h", 6000), ("120h08", 7208), ("1440", 1440), ("1440min", 1440), ("105", 105), ("60", 60))
    yield from (("1000h59", 60_059), ("100000", 100_000), ("98765min", 98_765))
    for minutes in range(200):
        yield from ((str(minutes), minutes), (f"{minutes}min", minutes))
    yield from (("08", 8), ("007", 7), ("08min", 8), ("08h", 480), ("08h09", 489), ("010h", 600), ("00h30", 30))


def parse_duration__glued_digits(text):
    """You took the `h` out and read what was left as one number: `1h05` became 105. It is 65 minutes. Convert hours and
    minutes separately.
    """
    return int(text.replace("h", "").replace("min", ""))


def parse_duration__decimal_hours(text):
    """You turned the `h` into a decimal point. `1h05` is one hour and five minutes, not 1.05 hours."""
    if "h" in text:
        return round(60 * float(text.replace("h", ".")))
    return int(text.replace("min", ""))


def parse_duration__needs_both_parts(text):
    """`2h` has no minutes: `'2h'.split('h')` is `['2', '']`. What number is an empty text?"""
    if "h" in text:
        hours, minutes = text.split("h")
        return 60 * int(hours) + int(minutes)
    return int(text.replace("min", ""))


def parse_duration__bare_number_is_hours(text):
    """A number alone means minutes: `90` is an hour and a half, not 90 hours."""
    if text.endswith("min"):
        return int(text.replace("min", ""))
    hours, _, minutes = text.partition("h")
    return 60 * int(hours) + int(minutes or "0")


def parse_duration__stays_float(text):
    """The value is right, the type is not: minutes are whole here, so convert with `int`."""
    hours, separator, minutes = text.replace("min", "").partition("h")
    return 60 * float(hours) + float(minutes or "0") if separator else float(hours)


# 2. split_readings

NUMBERS = {
    "12.5": 12.5, "-3.5": -3.5, "1e3": 1000.0, "0": 0.0, "-0.0": 0.0, "+4": 4.0, ".5": 0.5, "5.": 5.0, "007": 7.0,
    "1E-3": 0.001, " 12.5": 12.5, "8 \n": 8.0, "1_000": 1000.0, "1e308": 1e308, "5e-324": 5e-324, "-1e-9": -1e-9,
}  # fmt: skip
RUBBISH = [
    "n/a", "nan", "inf", "", " ", "NaN", "-nan", "-inf", "Infinity", "1e999", "-1e999", "9" * 400, "1,5", "12.5 C",
    "0x1A", "1.2.3", "--1", "1e", ".", "e5", "None", "True", "12 5", "1/2", " n/a ", "n/a\n", "[1]", "1+1", "3-2",
]  # fmt: skip


@hints(
    "What should happen after a bad line: should the whole loop end, or only the work on that line?",
    "You cannot list all spellings of a number, but `float` knows them. Put one conversion under `try`.",
    "After the conversion, one more question: is the value finite? Lines that fail either test go to the second list.",
)
def check_split_readings(split_readings):
    def sorted_out(lines, readings, rejected):
        found = split_readings(lines)
        if not isinstance(found, tuple | list) or len(found) != 2:
            close(found, (readings, rejected), given=call(lines))
        why = _float_says(lines[0]) if len(lines) == 1 else ""
        close(found[1], rejected, "the second list", call(lines), why=why)
        close(found[0], readings, "the first list", call(lines), rtol=1e-12, atol=0.0, why=why)

    fixed = [_tagged([("12.5", 12.5), ("n/a", None), ("-3", -3.0)]), _tagged([])]
    for_all(sorted_out, on=_feeds(), also=fixed, examples=40)
    alone = [*NUMBERS.items(), ("\u0661\u0662", 12.0)] + [(text, None) for text in RUBBISH]
    for text, value in alone:
        for_one = _tagged([(text, value)])
        sorted_out(*for_one.args)
    sorted_out(*_tagged(alone * 10).args)


@st.composite
def _feeds(draw):
    """Draw a feed of lines, each with the number that it spells, or None."""
    return _tagged(draw(st.lists(_lines(), min_size=1, max_size=6)))


def _lines():
    known = st.sampled_from([*NUMBERS.items()])
    decimals = st.builds(_decimal, between(-20_000, 20_000), between(0, 3))
    return st.one_of(decimals, known, st.sampled_from(RUBBISH[:10]).map(lambda text: (text, None)))


def _decimal(digits, places):
    """Write an integer with a decimal point, and say exactly what it is then."""
    sign, text = "-" * (digits < 0), str(abs(digits)).zfill(places + 1)
    whole, rest = text[: len(text) - places], text[len(text) - places :]
    return f"{sign}{whole}{'.' * (places > 0)}{rest}", float(Fraction(digits, 10**places))


def _float_says(line):
    """Say what Python's `float` makes of a line: the reason why it is a reading or not."""
    if not _float_accepts(line):
        return "`float` refuses this line."
    return f"`float` makes {float(line)!r} of this line, which is {'' if _finite(line) else 'not '}finite."


def _tagged(feed):
    return call(
        [line for line, _ in feed],
        [value for _, value in feed if value is not None],
        [line for line, value in feed if value is None],
    )


def _sort_lines(lines, is_reading):
    readings, rejected = [], []
    for line in lines:
        if is_reading(line):
            readings.append(float(line))
        else:
            rejected.append(line)
    return readings, rejected


def _float_accepts(line):
    try:
        float(line)
    except ValueError:
        return False
    return True


def _finite(line):
    return _float_accepts(line) and abs(float(line)) != float("inf") and float(line) == float(line)


def split_readings__stops_at_first_fault(lines):
    """Readings after the first bad line are missing: the `try` must enclose one conversion, not the loop."""
    readings, rejected = [], []
    try:
        for line in lines:
            if _float_accepts(line) and not _finite(line):
                rejected.append(line)
            else:
                readings.append(float(line))
    except ValueError:
        rejected.append(line)
    return readings, rejected


def split_readings__digits_only(lines):
    """Negative numbers, decimals and `1e3` are numbers too, but not all their characters are digits. Ask `float`, it
    knows all spellings.
    """
    return _sort_lines(lines, str.isdigit)


def split_readings__digits_and_point(lines):
    """You describe what a number looks like, and some look different: `1e3`, `+4`, or a number among spaces. Ask
    `float`, it knows all spellings.
    """
    return _sort_lines(lines, lambda line: re.fullmatch(r"-?\d+(\.\d+)?", line) is not None and _finite(line))


def split_readings__accepts_nan(lines):
    """`float("nan")` succeeds, and so do `inf` and numbers that are too large, but none is a reading. Check whether the
    value is finite.
    """
    return _sort_lines(lines, _float_accepts)


def split_readings__nan_by_name(lines):
    """You refuse `nan` and `inf` by their names, and they have others: `-inf`, `Infinity`, or a number too large for a
    float. Look at the value instead.
    """
    return _sort_lines(lines, lambda line: _float_accepts(line) and line.lower() not in ("nan", "inf"))


def split_readings__tidies_rejected(lines):
    """The rejected lines should come back exactly as they came, spaces and line ends included."""
    readings, rejected = _sort_lines(lines, _finite)
    return readings, [line.strip() for line in rejected]


def split_readings__keeps_text(lines):
    """The readings are still text. Keep the number that the conversion gives you, not the line that you tested."""
    return [line for line in lines if _finite(line)], [line for line in lines if not _finite(line)]


# 3. ride_price


@hints(
    "Take the rules one by one. Which of them does a membership change?",
    "How many blocks have been started after 30, 31, 45 and 46 minutes? Write down the numbers before the formula.",
    "`//` counts finished blocks. Add a little less than one block first, and it counts started ones.",
)
def check_ride_price(ride_price):
    borders = [0, 1, 29, 30, 31, 44, 45, 46, 59, 60, 61, 75, 76, 90, 91]
    also = [call(minutes, member=member) for minutes in borders for member in (False, True)]
    also += [call(minutes) for minutes in (0, 30, 31, 46)]
    rides = st.one_of(calls(between(0, 200), member=flags()), calls(between(0, 200)))
    agree(ride_price, _minute_by_minute, on=rides, also=also, examples=40, exact_dtype=True)

    for minutes, member in itertools.product(range(92, 160), (False, True)):
        given = call(minutes, member=member)
        close(ride_price(minutes, member=member), _minute_by_minute(minutes, member=member), given=given)
    for started, beyond in itertools.product((100, 7_001, 1_000_000), (1, 2, 8, 15)):
        minutes = 30 + 15 * (started - 1) + beyond
        why = f"The ride ends with minute {beyond} of block {started:,}."
        close(ride_price(minutes), 100 + 150 * started, given=call(minutes), exact_dtype=True, why=why)


def _minute_by_minute(minutes, *, member=False):
    price = 0 if member else 100
    for minute in range(minutes):  # the minute that begins now
        if minute >= 30 and (minute - 30) % 15 == 0:
            price += 150
    return price


def ride_price__finished_blocks(minutes, *, member=False):
    """A started block is paid in full: 31 minutes cost one block. You counted the finished ones."""
    return (0 if member else 100) + 150 * (max(0, minutes - 30) // 15)


def ride_price__boundary_charged(minutes, *, member=False):
    """A ride of exactly 30 minutes is free of blocks, and one of exactly 45 has started only one. You charge for a
    block that begins when the ride ends.
    """
    return (0 if member else 100) + (150 * ((minutes - 30) // 15 + 1) if minutes >= 30 else 0)


def ride_price__members_ride_free(minutes, *, member=False):
    """Members save the unlocking fee only. They pay for blocks like everybody."""
    return 0 if member else 100 + 150 * (max(0, minutes - 30 + 14) // 15)


def ride_price__short_rides_pay_back(minutes, *, member=False):
    """A short ride became cheaper than unlocking: the number of blocks was negative. It should never be below 0."""
    return (0 if member else 100) + 150 * ((minutes - 30 + 14) // 15)


def ride_price__by_the_minute(minutes, *, member=False):
    """You charged a fraction of a block. A block that has been started is paid in full."""
    return (0 if member else 100) + max(0, minutes - 30) * 10


def ride_price__no_free_minutes(minutes, *, member=False):
    """You counted the blocks from the beginning of the ride. The first 30 minutes are free, for long rides too."""
    return (0 if member else 100) + (150 * ((minutes + 14) // 15) if minutes > 30 else 0)


# 4. rush_days


@hints(
    "The threshold is for a whole day. What do you have to know before you can compare?",
    "Which part of `start` is the date? A dictionary can keep a running sum for each.",
    "Convert each count before you add it; compare only when all rows are in; sort the dates at the end.",
)
def check_rush_days(rush_days):
    also = [call([_row(date, hour, 1)], 0) for date, hour in NIGHTS]
    agree(rush_days, _rush_days_one_by_one, on=_reports(), also=also, examples=30)
    for why, rows, threshold in _telling_reports():
        expected = _rush_days_one_by_one(rows, threshold)
        found = rush_days([dict(row) for row in rows], threshold)
        close(found, expected, given=call(rows, threshold), why=why)


DATES = ["2024-06-24", "2023-12-31", "2024-01-01", "2024-01-10", "2024-01-09"]
HOURS = [8, 0, 17, 23, 3]
NIGHTS = [("2024-06-24", 3), ("2024-06-24", 2), ("2024-06-24", 1), ("2024-01-09", 1)]  # tell UTC from other shifts
COUNTS = [1, 0, 5, 9, 10, 12, 99, 100, 769]


@st.composite
def _reports(draw):
    """Draw rows of a few days, and a threshold at, just below or just above the sum of one of them."""
    possible = st.sampled_from([*itertools.product(DATES, HOURS, COUNTS)])
    drawn = draw(st.lists(possible, min_size=1, max_size=6))
    total = sum(count for date, _, count in drawn if date == drawn[0][0])
    threshold = draw(st.sampled_from([total - 1, total, total + 1, 9, 10, 99, 100, 101]))
    return call([_row(*one) for one in drawn], max(0, threshold))


def _row(date, hour, count, offset=None):
    offset = offset or ("+02:00" if "-04-" <= date[4:8] <= "-09-" else "+01:00")
    return {"start": f"{date}T{hour:02d}:00:00{offset}", "rentals": str(count)}


def _telling_reports():
    """Return reports that a search hardly meets, each with what is special about it."""
    yield "There are no rows.", [], 0
    yield "The threshold is below 0, and the day had no rentals.", [_row("2024-06-24", 5, 0)], -1
    yield "The threshold is 0, and the day had no rentals.", [_row("2024-06-24", 5, 0)], 0
    night = [_row("2024-06-24", 0, 60), _row("2024-06-23", 23, 60), _row("2024-06-24", 23, 60)]
    yield "An hour after midnight belongs to the date that is written, not to the one in UTC.", night, 100
    twice = [_row("2024-10-27", 2, 30, "+02:00"), _row("2024-10-27", 2, 30, "+01:00")]
    yield "On this day the hour from 2:00 came twice, and both count.", twice, 50
    yield "Two rows are equal, and both count.", [_row("2024-06-24", 8, 30)] * 2, 50
    for hour, offset in ((23, "-04:00"), (0, "-04:00"), (1, "+05:30"), (23, "+00:00"), (0, "+13:00")):
        yield "The date is the one that is written, whatever the offset.", [_row("2024-06-24", hour, 1, offset)], 0
    evening = {"rentals": "90", "casual": "40", "start": "2024-06-24T17:00:00+02:00", "member": "50"}
    yield "The rows have other columns too.", [evening, _row("2024-06-24", 8, 20)], 100
    years = [_row(f"{year}-{month:02d}-05", 9, 500) for month in (11, 2, 7) for year in (2025, 2023, 2024)]
    yield "The days lie in three years.", years, 400
    centuries = [_row("2024-02-05", 9, 500), _row("1999-07-05", 9, 500)]
    yield "The days lie in two centuries.", centuries, 400
    yield "The same day of two years is two days.", [_row("2023-06-24", 8, 300), _row("2024-06-24", 8, 300)], 500
    autumn = [_row("2024-10-27", hour, 1, "+02:00") for hour in range(3)]
    autumn += [_row("2024-10-27", hour, 1, "+01:00") for hour in range(2, 24)]
    yield "The day has 25 rows, since the clock was put back, and all count.", autumn, 24
    yield "The day has 60 rows, and all count.", [_row("2024-06-24", hour % 24, 1) for hour in range(60)], 59
    winter = [_row(f"{year}-02-{day:02d}", 8, 9 + day) for year in range(2030, 2020, -1) for day in range(28, 0, -1)]
    yield "There are 280 days.", winter, 10
    spread = [
        _row(f"2024-{month:02d}-{day:02d}", hour, (day * 37 + hour * 11 + month * 5) % 90)
        for hour, day, month in itertools.product((20, 3, 8, 14), range(28, 0, -3), (12, 1, 7))
    ]
    yield "There are 120 rows of 30 days, not in order.", spread, 190
    yield "The sum of the day needs more than 32 bits.", [_row("2024-06-24", 8, 3_000_000_000)] * 2, 5_999_999_999


def _rush_days_one_by_one(rows, threshold):
    found = []
    for date in sorted({row["start"].split("T")[0] for row in rows}):
        counts = [int(row["rentals"]) for row in rows if row["start"].startswith(date)]
        if sum(counts) > threshold:
            found.append(date)
    return found


def _sums(rows, key=lambda row: row["start"][:10]):
    totals = {}
    for row in rows:
        totals[key(row)] = totals.get(key(row), 0) + int(row["rentals"])
    return totals


def rush_days__compares_text(rows, threshold):
    """You compared texts, character by character: `'99' > '500'` is true. Convert first, then add up the day."""
    return sorted({row["start"][:10] for row in rows if row["rentals"] > str(threshold)})


def rush_days__consecutive_rows(rows, threshold):
    """Rows of a day need not be neighbors: when other days stand between them, you sum the day in several parts."""
    groups = itertools.groupby(rows, key=lambda row: row["start"][:10])
    sums = [(date, sum(int(row["rentals"]) for row in group)) for date, group in groups]
    return sorted(date for date, total in sums if total > threshold)


def rush_days__single_hours(rows, threshold):
    """You compared each hour with the threshold. It is meant for the day: add up its hours first."""
    return sorted({row["start"][:10] for row in rows if int(row["rentals"]) > threshold})


def rush_days__reaches_threshold(rows, threshold):
    """A day with exactly the threshold does not exceed it: you need `>`, not `>=`."""
    return sorted(date for date, total in _sums(rows).items() if total >= threshold)


def rush_days__as_they_came(rows, threshold):
    """The dates are right, but in the order in which the rows came. They should be in calendar order."""
    return [date for date, total in _sums(rows).items() if total > threshold]


def rush_days__as_soon_as(rows, threshold):
    """You add a date each time the running sum is above the threshold, so a busy date appears more than once. Compare
    when the day is complete.
    """
    totals, found = {}, []
    for row in rows:
        date = row["start"][:10]
        totals[date] = totals.get(date, 0) + int(row["rentals"])
        if totals[date] > threshold:
            found.append(date)
    return sorted(found)


def rush_days__joins_counts(rows, threshold):
    """`+` joins texts: `'1' + '1'` is `'11'`, not 2. Convert each count before you add it to the day."""
    totals = {}
    for row in rows:
        totals[row["start"][:10]] = totals.get(row["start"][:10], "") + row["rentals"]
    return sorted(date for date, digits in totals.items() if int(digits) > threshold)


def rush_days__dates_in_utc(rows, threshold):
    """You moved the times to UTC, and an hour after midnight fell on the day before. The city's date is the one that is
    written.
    """

    def date(row):
        return str(datetime.fromisoformat(row["start"]).astimezone(UTC).date())

    return sorted(day for day, total in _sums(rows, date).items() if total > threshold)


# 5. read_settings

KEYS = ["port", "name", "debug", "rate", "max_size", "x2", "na", "po"]
RARE_KEYS = ["log-level", "db.port", "room size", "80", "true", "größe"]
TEXTS = ["", "room #3", "a=b", "8080", "true", "2.5", "  two  ", "# none", "=", "it's", "a, b", "x # y = z", "line 3"]
RARE_TEXTS = ["#1 #2", "# # #", "x=1=2", "==", "C:\\new", "\\", "\\u0041", "'", "é", "a = 1 # b", "null", "[1, 2]"]
SPELLED = {"-3": -3, "0": 0, "1.0": 1.0, "-0.5": -0.5, "1e3": 1000.0, "2.5e-3": 0.0025, ".5": 0.5}
LAYOUTS = [
    "{} = {}", "{}={}", "  {} ={}  ", "{}= {}  # old", "{} = {}# port = 70", '{}={} # was "b" = 2', "\t{} = {} #",
    "\n{} = {}", "   \n\n {}  =  {}", "# a note\n{} = {}", '  # name = "old"\n#\n{} = {}# no "quotes',
]  # fmt: skip
NO_EQUALS = ["verbose", "verbose true", "verbose # = 1", "verbose: 1", '"verbose"']
BAD_VALUES = [
    "hello", "", "# 5", '"open', '"a" b', '"a" "b"', "1 2", "12abc", "'x'", "8080;", "1.2.3", 'b"c"', "yes", "True",
    "FALSE", "t", "rue", "truefalse", "null", "None", "[1, 2]", "{}", '["a"]', "1 = 2", "b = 3", '"a" = "b"', '"',
    '"""', '""a', '"a', 'a"', "2024-06-24", "80%", "-", "=",
]  # fmt: skip


@hints(
    "Which lines can you skip at once? And what must you know about a `#` before you may cut there?",
    "Split at the first `=` only, then look at how the value begins: a quote, or something else.",
    "For quoted text, find the closing quote before you look for a comment. Number the lines with `enumerate`; catch a "
    "`ValueError` and raise one that names the line.",
)
def check_read_settings(read_settings):
    def written(text, expected):
        found = read_settings(text)
        close(found, expected, given=call(text), rtol=1e-12, atol=0.0)
        for key, value in expected.items():
            same = isinstance(found[key], Integral) == isinstance(value, Integral)
            same = same and isinstance(found[key], float) == isinstance(value, float)
            name, mine = type(value).__name__, type(found[key]).__name__
            require(same, f"The type of `{key}` should be {name}, as {value!r} is; it is {mine}.", call(text))

    first = 'port = 8080\nname = "room #3"\ndebug = false'
    also = [call(first, {"port": 8080, "name": "room #3", "debug": False})]
    for_all(written, on=_settings_files(), also=also, examples=30)
    for text, expected in _telling_settings():
        written(text, expected)
    digits = 123_456_789_012_345_678_901
    long = f"big = {digits}"
    require(read_settings(long) == {"big": digits}, "An integer keeps all its digits, however many it has.", call(long))

    def refused(text, line, fault):
        try:
            returned = read_settings(text)
        except AnswerRaised as raised:
            error = raised.error
        else:
            message = f"Line {line} {fault}: this must raise ValueError, and it returned {str(returned)[:200]}."
            raise Mismatch(message, call(text))
        name, said = type(error).__name__, str(error)
        require(isinstance(error, ValueError), f"Line {line} {fault}: ValueError, not {name}.", call(text))
        named = sorted(set(re.findall(r"\bline (\d+)\b", said)), key=int)
        message = f"Line {line} {fault}. The message must contain `line {line}`; it {_names(named, said)}."
        require(str(line) in named, message, call(text))
        message = f"Line {line} {fault}. The message {_names(named, said)}: which of them is it?"
        require(len(named) <= 2, message, call(text))

    for_all(refused, on=_faulty_files(), examples=20)
    for text, line, fault in _telling_faults():
        refused(text, line, fault)


def _telling_settings():
    """Return settings that a search hardly meets."""
    yield "", {}
    yield "\n\n# nothing here\n  \n", {}
    yield "# a = 1\n#b=2", {}
    for text in TEXTS + RARE_TEXTS:
        yield f'name = "{text}"', {"name": text}
        yield f'name="{text}"#"{text}"', {"name": text}
    yield "a = true\nb = false\nc=true#no", {"a": True, "b": False, "c": True}
    for spelled, value in SPELLED.items():
        yield f"a = {spelled}", {"a": value}
    for key in RARE_KEYS:
        yield f"{key} = 3", {key: 3}
    yield "# C:\\\na = 1", {"a": 1}
    yield "a = 1 # C:\\\nb = 2", {"a": 1, "b": 2}
    yield "port=1\nPort=2\nport2=3", {"port": 1, "Port": 2, "port2": 3}
    yield "\n".join(f"key{i} = {i}" for i in range(120)), {f"key{i}": i for i in range(120)}


def _values():
    """Generate values, each with the way in which it is written."""
    integers = [(value, str(value)) for value in (80, 0, 1, -1, 7, 8080, -250, 10**12)]
    floats = [(value, str(value)) for value in (0.5, 1.0, -0.125, 12.75, 0.0, -2.0)]
    texts = [(text, f'"{text}"') for text in TEXTS]
    return st.sampled_from([*integers, (True, "true"), (False, "false"), *floats, *texts])


@st.composite
def _settings_files(draw):
    """Draw settings, and write them in some layout."""
    setting = st.tuples(st.sampled_from(KEYS), _values(), st.sampled_from(LAYOUTS))
    drawn = draw(st.lists(setting, min_size=1, max_size=4, unique_by=lambda one: one[0]))
    text = "\n".join(layout.format(key, written) for key, (_, written), layout in drawn)
    return call(text + draw(st.sampled_from(["", "\n", " \n\n"])), {key: value for key, (value, _), _ in drawn})


def _names(named, said):
    """Say which lines a message names, in words that don't depend on its own."""
    if named:
        return "names " + " and ".join(f"line {number}" for number in named[:5])
    return f"is {said[:200]!r}" if re.search(r"\d", said) else "names no line"


@st.composite
def _faulty_files(draw):
    """Draw a file with one faulty line, its number, and what is wrong with it."""
    text, settings = draw(_settings_files()).args
    lines = text.splitlines()
    kind = draw(st.sampled_from(["no equals", "value", "repeated"]))
    if kind == "repeated":
        lines.append(f"{draw(st.sampled_from(sorted(settings)))} = {draw(_values())[1]}")
        at, fault = len(lines), "repeats a key"
    else:
        at = draw(between(1, len(lines) + 1))
        bad = draw(st.sampled_from(NO_EQUALS if kind == "no equals" else BAD_VALUES))
        lines.insert(at - 1, bad if kind == "no equals" else f"new = {bad}")
        fault = "has no `=`" if kind == "no equals" else _unknown(bad)
    return call("\n".join(lines), at, fault)


def _unknown(value):
    """Say what is wrong with a value: the text behind the first `=`, comments aside."""
    return f"has the value `{value}`, of no known kind" if value.partition("#")[0] else "has no value"


def _telling_faults():
    """Return faulty files that a search hardly meets."""
    for first, second in (("80", "81"), ("80", "80"), ("0", "1"), ("false", "true"), ('""', '"a"')):
        yield f"# comment\nport = {first}\n\n  port={second}", 4, "repeats a key"
    yield 'a = 1\nport = 80\nb = "x"\n\n\nc = 3\nport = 80\n', 7, "repeats a key"
    for line in NO_EQUALS:
        yield f"port = 80\n\n{line}\n", 3, "has no `=`"
    for value in BAD_VALUES:
        yield f"new = {value}", 1, _unknown(value)
        yield f"\nport = 80\nnew={value}\nlast = 1", 3, _unknown(value)
    yield "\n" * 11 + "verbose", 12, "has no `=`"
    yield "verbose", 1, "has no `=`"


def _read(text, cut=None, value=None, numbered=None, split=None, repeated=True):
    """Read settings as the task says, with one part replaced: the material of the known mistakes."""
    settings = {}
    for number, line in (numbered or _numbered)(text.splitlines()):
        line = (cut or _without_comment)(line).strip()
        if not line:
            continue
        if "=" not in line:
            raise ValueError(f"line {number}: no '='")
        key, written = (split or _split_once)(line)
        if repeated and key in settings:
            raise ValueError(f"line {number}: {key} is repeated")
        try:
            settings[key] = (value or _value)(written)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    return settings


def _numbered(lines):
    return enumerate(lines, start=1)


def _split_once(line):
    return [part.strip() for part in line.split("=", 1)]


def _without_comment(line):
    """Cut at the first # that has an even number of quotes before it."""
    for at, letter in enumerate(line):
        if letter == "#" and line.count('"', 0, at) % 2 == 0:
            return line[:at]
    return line


def _value(written):
    if re.fullmatch('"[^"]*"', written):
        return written[1:-1]
    return written == "true" if written in ("true", "false") else _number(written)


def _number(written):
    return int(written) if re.fullmatch(r"[+-]?\d+", written) else float(written)


def read_settings__bool_of_text(text):
    """`bool('false')` is True, because the text is not empty. Compare the text instead."""
    return _read(text, value=lambda written: bool(written) if written in ("true", "false") else _value(written))


def read_settings__cuts_inside_quotes(text):
    """You cut each line at its first `#`, but the one in `"room #3"` belongs to the value. Find the end of the quoted
    text first.
    """

    def value(written):
        return written.strip('"') if written.startswith('"') else _value(written)

    return _read(text, cut=lambda line: line.split("#")[0], value=value)


def read_settings__every_equals_sign(text):
    """A value may contain `=`, and then splitting gives more than two parts. Split once."""

    def split(line):
        key, written = line.split("=")
        return key.strip(), written.strip()

    return _read(text, split=split)


def read_settings__silent_overwrite(text):
    """A key that is set twice kept its last value, and nobody was told. Whoever wrote the file must learn in which line
    it is repeated.
    """
    return _read(text, repeated=False)


def read_settings__counts_settings(text):
    """Lines that hold no setting are missing from your count. Whoever opens the file counts blank lines and comments
    too.
    """
    return _read(text, numbered=lambda lines: enumerate(filter(lambda line: _without_comment(line).strip(), lines), 1))


def read_settings__counts_from_zero(text):
    """Your line numbers begin at 0. People, and their editors, count lines from 1."""
    return _read(text, numbered=enumerate)


def read_settings__unquotes_first(text):
    """Text in quotes stays text: `"8080"` is a str and `"true"` no bool. You removed the quotes and then guessed."""

    def value(written):
        if not re.fullmatch('"[^"]*"', written):
            return _value(written)
        try:
            return _value(written[1:-1])
        except ValueError:
            return written[1:-1]

    return _read(text, value=value)


def read_settings__only_floats(text):
    """8080 became 8080.0. An integer should stay one: try `int` before `float`."""
    return _read(text, value=lambda written: float(found) if type(found := _value(written)) is int else found)


def read_settings__anything_is_text(text):
    """A value that is neither a number, `true`, `false` nor in quotes must be refused. You took it for text, so a
    typing error becomes a setting.
    """

    def value(written):
        try:
            return _value(written)
        except ValueError:
            return written

    return _read(text, value=value)


def read_settings__any_case(text):
    """Only `true` and `false` are truth values, in small letters. You take `True` as well, which must be refused."""

    def value(written):
        return _value(written.lower() if written.lower() in ("true", "false") else written)

    return _read(text, value=value)


def read_settings__says_no_line(text):
    """You raise the right error, but its message does not say in which line. Catch it in the loop, where you know the
    number, and raise it again with the place.
    """
    try:
        return _read(text)
    except ValueError as error:
        raise ValueError(str(error).partition(": ")[2]) from None
