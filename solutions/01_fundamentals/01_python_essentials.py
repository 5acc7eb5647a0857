# %% [markdown]
# # Exercises: Answer a question with plain Python
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(parse_duration)` gives the next of three hints, `solution(parse_duration)` the answer. Any order; `progress()` says where you are.

# %%
from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Read a duration  ★☆☆ · 8 min
# Riders type how long they want a bike, each in their own way: `1h05` (one hour and five minutes), `2h`, `45min`, or `90`, which means minutes. Whoever writes both parts gives the minutes two digits. Turn these four spellings into minutes. No other spelling occurs, and none contains a space.


# %%
def parse_duration(text: str) -> int:
    """Return the minutes of a duration spelled like `1h05`, `2h`, `45min` or `90`, as an integer.

    Hours and minutes may have any number of digits, leading zeros too, except the minutes behind an `h`: those are 00
    to 59.

    >>> parse_duration("1h05"), parse_duration("2h"), parse_duration("45min"), parse_duration("90")
    (65, 120, 45, 90)
    """
    # BEGIN SOLUTION
    hours, separator, minutes = text.removesuffix("min").partition("h")
    if not separator:
        return int(hours)
    return 60 * int(hours) + int(minutes or 0)
    # END SOLUTION


# %%
check(parse_duration)

# %% [markdown] tags=["solution"]
# Take the unit away first, so that two kinds remain: with an `h` and without. `partition` always gives three parts, and the middle one is empty where there is no `h`. For `2h` the last part is empty too; `int("")` would raise an error, but an empty text is false, so `minutes or 0` chooses the 0. Hours and minutes are converted each by itself, then added as numbers.

# %% [markdown]
# ## 2. Sort readings from rubbish  ★☆☆ · 10 min
# A sensor sends one reading per line, and now and then rubbish: nothing at all, `n/a`, `nan` (not a number), `inf` (infinity). Every line that Python's `float` accepts and whose value is finite is a reading, however it is spelled: ` 7 ` and `1e3` (1,000) too. Return the readings as numbers, and the other lines exactly as they came, so that somebody can look at them.


# %%
def split_readings(lines: list[str]) -> tuple[list[float], list[str]]:
    """Return the finite numbers in `lines` and the rejected lines, both in their original order.

    >>> split_readings(["12.5", "n/a", "-3", "inf"])
    ([12.5, -3.0], ['n/a', 'inf'])
    """
    # BEGIN SOLUTION
    readings, rejected = [], []
    for line in lines:
        try:
            value = float(line)
        except ValueError:
            value = float("nan")
        if abs(value) < float("inf"):
            readings.append(value)
        else:
            rejected.append(line)
    return readings, rejected
    # END SOLUTION


# %%
check(split_readings)

# %% [markdown] tags=["solution"]
# The `try` encloses one conversion, so a bad line costs one line. Asking `float` beats describing numbers yourself: it knows signs, exponents and spaces. It also knows `nan`, `inf` and numbers too large for a float, which are not readings. A comparison with `nan` is always false, so `abs(value) < float("inf")` refuses all three; `math.isfinite` says the same in a word.

# %% [markdown]
# ## 3. Price a ride  ★★☆ · 12 min
# Unlocking a bike costs 100 cents; members pay nothing for it. The first 30 minutes are free. After them, every block of 15 minutes that has been started costs 150 cents, for members too. Compute the price of a ride.


# %%
def ride_price(minutes: int, *, member: bool = False) -> int:
    """Return the price of a ride in cents, an integer. `minutes` is whole, from 0 to 100 million.

    >>> ride_price(30), ride_price(31), ride_price(46, member=True)
    (100, 250, 300)
    """
    # BEGIN SOLUTION
    started = max(0, (minutes - 30 + 14) // 15)
    unlocking = 0 if member else 100
    return unlocking + 150 * started
    # END SOLUTION


# %%
check(ride_price)

# %% [markdown] tags=["solution"]
# `//` counts *finished* blocks. Adding 14 first, one minute less than a block, makes it count started ones: 1 to 15 minutes give 1, and 0 gives 0, so a ride of exactly 30 minutes pays for none. `max` keeps a short ride, with its negative number of blocks, from earning money. The two rules, for unlocking and for blocks, stand in two lines, because a member changes only one of them.

# %% [markdown]
# ## 4. Find the rush days  ★★☆ · 15 min
# The city wants extra staff on days with very many rentals. You get rows like those of the lesson, as text and in any order: each has a `start` such as `2024-06-24T17:00:00+02:00` and `rentals`, perhaps other columns. Find the dates on which the rentals of the whole day, in the city's own time as it is written, exceed the threshold.


# %%
def rush_days(rows: list[dict[str, str]], threshold: int) -> list[str]:
    """Return the dates, such as "2024-06-24", whose summed rentals exceed `threshold`, in calendar order.

    A date is the one written in `start`, whatever the offset; every row counts. No rows give an empty list.

    >>> evening = {"start": "2024-06-24T17:00:00+02:00", "rentals": "70"}
    >>> morning = {"start": "2024-06-24T08:00:00+02:00", "rentals": "40"}
    >>> rush_days([evening, morning], 100)
    ['2024-06-24']
    """
    # BEGIN SOLUTION
    totals = {}
    for row in rows:
        date = row["start"][:10]
        totals[date] = totals.get(date, 0) + int(row["rentals"])
    return sorted(date for date, total in totals.items() if total > threshold)
    # END SOLUTION


# %%
check(rush_days)

# %% [markdown] tags=["solution"]
# A dictionary of running sums, as in section 4 of the lesson, with the date as key: it does not care in which order the rows come. Convert before you add, or the sum and the comparison are about text. Dates written year first are made so that alphabetical order is calendar order, so `sorted` needs no calendar. Only the finished sums can be compared with the threshold, hence the second pass.

# %% [markdown]
# ## 5. Read a settings file  ★★★ · 25 min
# A program reads its settings from text: one `key = value` to a line, spaces and tabs optional. Blank lines are skipped; a `#` outside quotes begins a comment. A value is `true` or `false`, an integer, another number (`0.5`, `.5`, `1e3`), or text in double quotes, which may contain `#` and `=` but no quote. A repeated key, a line without `=` or any other value raises `ValueError`, saying in which line, as in `line 3`.


# %%
def read_settings(text: str) -> dict[str, int | float | bool | str]:
    r"""Return the settings in `text`, each value with its own type: bool, int, float, or str for quoted text.

    A key is any text without `=`, `#` and quotes, such as `log-level`. A backslash means nothing special. You may take
    or refuse rarer spellings of a number, such as `1_000`, `0x10` or `inf`.

    Raises ValueError whose message contains `line N`, where N counts all lines from 1; for a repeated key, the line of
    the repetition. No text has more than one fault.

    >>> read_settings('port = 8080  # the usual one\nname="room #3"\n\ndebug = false')
    {'port': 8080, 'name': 'room #3', 'debug': False}
    """

    # BEGIN SOLUTION
    def value_of(written):
        if written.startswith('"'):
            quoted, quote, rest = written[1:].partition('"')
            if not quote or rest.partition("#")[0].strip():
                raise ValueError(f"{written} is not one text in quotes")
            return quoted
        written = written.partition("#")[0].strip()
        if written in ("true", "false"):
            return written == "true"
        try:
            return int(written)
        except ValueError:
            return float(written)

    settings = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.partition("#")[0].strip():
            continue
        key, equals, written = (part.strip() for part in line.partition("="))
        try:
            if not equals or "#" in key:
                raise ValueError("there is no '='")
            if key in settings:
                raise ValueError(f"{key} is set already")
            settings[key] = value_of(written)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
    return settings
    # END SOLUTION


# %%
check(read_settings)

# %% [markdown] tags=["solution"]
# Order is everything. A comment cannot be cut off before it is known whether the `#` is inside quotes, so the value is looked at first: a quote at its beginning decides. `partition("=")` cuts at the first `=` only. The words `true` and `false` are compared, never given to `bool`; `int` is tried before `float`, or 8080 would become 8080.0. The inner function says *what* is wrong, the loop adds *where*: that is why it catches the error and raises it again.
