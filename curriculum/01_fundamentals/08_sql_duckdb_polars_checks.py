"""Checks of `01_fundamentals/08_sql_duckdb_polars`: queries run on small tables, beside oracles in plain Python."""

import math
import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import duckdb
import polars as pl

from handrail.expect import AnswerRaised, Mismatch, attempt, call, hints, kind, require, told_by_message

# What all checks share: tables, one query on them, rows side by side


SQL_TYPES = {"INTEGER": "Int32", "DATE": "Date"}


@dataclass(frozen=True)
class Table:
    """Named columns and rows; shown as source text that a learner can paste."""

    schema: dict
    rows: list
    shown_as: str = "pl.DataFrame"

    def __repr__(self):
        """Write the table as a Polars frame, or say how large it is."""
        if len(self.rows) > 20:
            return f"‹{self.shown_as} of {len(self.rows):,} rows, columns {', '.join(self.schema)}›"
        body = ", ".join(f'"{name}": {self._column(i, name)}' for i, name in enumerate(self.schema))
        return f"{self.shown_as}({{{body.replace('datetime.', '')}}})"

    def _column(self, i, name):
        """Return the values of a column, with their type where they don't show it."""
        values, dtype = [row[i] for row in self.rows], self.schema[name]
        if any(value is not None for value in values):
            return repr(values)
        return f"pl.Series({values}, dtype=pl.{SQL_TYPES.get(dtype, dtype)})"


def _asked(answer):
    """Return the query of the learner: one text, the same each time."""
    text = answer()
    kind(text, str)
    require(text == answer(), "Your function returned another query the second time.")
    return text


def _query_agrees(answer, columns, oracle, inputs):
    """Run the learner's query on each input, which names its tables and may say what is special; compare the rows."""
    text = _asked(answer)
    with duckdb.connect(config={"threads": 1}) as database:
        database.execute("SET python_enable_replacements = false")
        _require_select(database, text)
        for why, tables in inputs:
            for name, table in tables.items():
                _fill(database, name, table)
            try:
                _compare_rows(*_result(database, text), columns, oracle(*[table.rows for table in tables.values()]))
            except Mismatch as problem:
                problem.message = f"{problem.message} {why}".strip()
                problem.inputs = "\n".join(f"{name} = {table!r}" for name, table in tables.items())
                raise


def _require_select(database, text):
    try:
        statements = database.extract_statements(text)
    except duckdb.Error as error:
        raise Mismatch(f"DuckDB can't read your query. {_told(error)}") from error
    select = len(statements) == 1 and statements[0].type == duckdb.StatementType.SELECT
    require(select, "The text should be one SELECT statement.")
    require(not statements[0].named_parameters, "The query has a parameter, and nobody gives it a value.")


def _fill(database, name, table):
    columns = ", ".join(f"{column} {kind}" for column, kind in table.schema.items())
    database.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
    if len(table.rows) > 100:
        database.register("many", pl.DataFrame(dict(zip(table.schema, zip(*table.rows, strict=True), strict=True))))
        database.execute(f"INSERT INTO {name} SELECT * FROM many")
        database.unregister("many")
    elif table.rows:
        rows = ", ".join(f"({', '.join(map(_in_sql, row))})" for row in table.rows)
        database.execute(f"INSERT INTO {name} VALUES {rows}")


def _in_sql(value):
    if value is None:
        return "NULL"
    return f"DATE '{value}'" if isinstance(value, date) else str(value)


def _result(database, text):
    """Return the names of the columns and the rows of a query."""
    try:
        found = database.execute(text)
        return [column[0] for column in found.description], found.fetchall()
    except duckdb.Error as error:
        raise Mismatch(f"DuckDB can't run your query. {_told(error)}") from error


def _told(error):
    return " ".join(line.strip() for line in str(error).splitlines()[:3] if line.strip())


def _compare_rows(names, rows, columns, expected):
    """Fail unless these are the columns, and these the rows in this order."""
    if [name.lower() for name in names] != columns:
        raise Mismatch(f"The columns should be {', '.join(columns)}; they are {', '.join(map(_short, names))}.")
    if len(rows) == len(expected) and all(map(_same_row, rows, expected)):
        return
    lacking, spare = _unmatched(expected, rows), _unmatched(rows, expected)
    if lacking and len(rows) == len(expected):
        at = next(i for i, pair in enumerate(zip(rows, expected, strict=True)) if not _same_row(*pair))
        problem = f"Row {at + 1} should be {_shown(expected[at])}, not {_shown(rows[at])}."
    elif lacking or spare:
        count = f"The result should have {_counted(expected)}; it has {len(rows)}."
        problem = f"{count} {_shown(lacking[0])} is missing." if lacking else f"{count} {_shown(spare[0])} is too many."
    else:
        problem = "The rows are right, but their order is not."
    raise Mismatch(problem, expected=_few(expected), returned=_few(rows))


def _short(name):
    return name if len(name) <= 30 else f"{name[:29]}…"


def _unmatched(rows, others):
    """Return the rows that find no partner of their own among the others."""
    others, alone = list(others), []
    for row in rows:
        at = next((i for i, other in enumerate(others) if _same_row(row, other)), None)
        if at is None:
            alone.append(row)
        else:
            del others[at]
    return alone


def _same_row(row, expected):
    return len(row) == len(expected) and all(map(_same_value, row, expected))


def _same_value(value, expected):
    if isinstance(value, bool) or isinstance(expected, bool):
        return False
    if isinstance(expected, float) and isinstance(value, float):
        return math.isclose(value, expected, rel_tol=1e-5, abs_tol=1e-7)
    return value == expected


def _counted(rows):
    return "1 row" if len(rows) == 1 else f"{len(rows)} rows"


def _shown(row):
    return repr(row).replace("datetime.", "")


class _few(list):
    """Rows as the feedback shows them: the first sixteen."""

    def __repr__(self):
        """Write the first rows."""
        return ", ".join(map(_shown, self[:16])) + (", …" if len(self) > 16 else "") if self else "no rows"


# 1. departures_minus_arrivals

TRIPS = {"from_id": "INTEGER", "to_id": "INTEGER"}


def _trips(rows):
    return Table(TRIPS, rows)


def _stations(ids):
    return Table({"station_id": "INTEGER"}, [(i,) for i in ids])


def _cities():
    """Return trips and stations, the small ones first: repeated, round, open trips, unlisted places, no trips."""
    yield "", {"trips": _trips([(1, 2)]), "stations": _stations([3, 2, 1])}
    rng = random.Random(81)
    for size in range(4, 24):
        ids = rng.sample([1, 2, 3, 9, 10, 12], rng.randint(1, 3) if size < 12 else rng.randint(2, 5))
        places = [*ids, *ids, None, 7]
        trips = [(rng.choice(places), rng.choice(places)) for _ in range(size // 4)]
        yield "", {"trips": _trips(trips), "stations": _stations(ids)}
    yield "There are no stations.", {"trips": _trips([(1, 2)]), "stations": _stations([])}
    yield "Nothing was ridden.", {"trips": _trips([]), "stations": _stations([3, 1])}
    yield "Ids may be 0 or negative.", {"trips": _trips([(0, None), (-1, None)]), "stations": _stations([0, -1])}
    many = [(i * 37 % 211 - 5, i * 53 % 197) for i in range(1500)]
    everywhere = [i * 89 % 230 - 10 for i in range(230)]
    yield "There are 230 stations.", {"trips": _trips(many), "stations": _stations(everywhere)}
    ids = [2_000_000_000, 5, 900, -7, 70_000, 31_000, 16_777_217, 16_777_216]
    apart = [(a, b) for a, b in zip(ids, [*ids[2:], 5, 900], strict=True)] + [(16_777_217, None)]
    yield "Ids may be large, and two of them close together.", {"trips": _trips(apart), "stations": _stations(ids)}
    busy = [(1, 2)] * 33_000 + [(2, 3)] * 300
    yield "Station 1 has 33,000 departures.", {"trips": _trips(busy), "stations": _stations([2, 3, 1])}


def _balances(trips, stations):
    departures, arrivals = Counter(a for a, _ in trips), Counter(b for _, b in trips)
    return [(i, departures[i] - arrivals[i]) for (i,) in sorted(stations)]


@hints(
    "Which table must be on the left, so that a station without trips stays? And what does it find on the right?",
    "A station with 3 departures and 2 arrivals has 6 pairs of them. Count each side by itself, in a WITH, then join.",
    "Two LEFT JOINs to tables with one row for each station; a count that is missing is NULL, and must become 0 before "
    "you subtract.",
)
@told_by_message
def check_departures_minus_arrivals(departures_minus_arrivals):
    _query_agrees(departures_minus_arrivals, ["station_id", "balance"], _balances, _cities())


def departures_minus_arrivals__inner_join():
    """A station that lacks departures or arrivals is missing from your result. A plain JOIN drops rows without a
    partner; which join keeps them?
    """
    return """
        WITH d AS (SELECT from_id AS station_id, count(*) AS n FROM trips GROUP BY 1),
             a AS (SELECT to_id AS station_id, count(*) AS n FROM trips GROUP BY 1)
        SELECT station_id, d.n - a.n AS balance
        FROM stations JOIN d USING (station_id) JOIN a USING (station_id) ORDER BY station_id
    """


def departures_minus_arrivals__joins_both_ways():
    """You joined the trips twice in one query: each departure meets each arrival, 3 and 2 make 6 rows. Count each side
    before you join.
    """
    return """
        SELECT station_id, count(d.from_id) - count(a.to_id) AS balance
        FROM stations LEFT JOIN trips AS d ON d.from_id = station_id LEFT JOIN trips AS a ON a.to_id = station_id
        GROUP BY station_id ORDER BY station_id
    """


def departures_minus_arrivals__null_balance():
    """The count of a station without departures or arrivals is NULL after the join, and 3 - NULL is NULL. COALESCE
    turns NULL into 0.
    """
    return """
        WITH d AS (SELECT from_id AS station_id, count(*) AS n FROM trips GROUP BY 1),
             a AS (SELECT to_id AS station_id, count(*) AS n FROM trips GROUP BY 1)
        SELECT station_id, d.n - a.n AS balance
        FROM stations LEFT JOIN d USING (station_id) LEFT JOIN a USING (station_id) ORDER BY station_id
    """


def departures_minus_arrivals__zero_too_late():
    """A station with departures but no arrivals got 0. `coalesce(a - b, 0)` comes too late: replace each of the two
    counts, then subtract.
    """
    return """
        WITH d AS (SELECT from_id AS station_id, count(*) AS n FROM trips GROUP BY 1),
             a AS (SELECT to_id AS station_id, count(*) AS n FROM trips GROUP BY 1)
        SELECT station_id, coalesce(d.n - a.n, 0) AS balance
        FROM stations LEFT JOIN d USING (station_id) LEFT JOIN a USING (station_id) ORDER BY station_id
    """


def departures_minus_arrivals__wrong_way_round():
    """Your signs are turned: a station that bikes left has a positive balance, departures minus arrivals."""
    return """
        SELECT station_id, (SELECT count(*) FROM trips WHERE to_id = station_id)
                         - (SELECT count(*) FROM trips WHERE from_id = station_id) AS balance
        FROM stations ORDER BY station_id
    """


def departures_minus_arrivals__forgets_open_trips():
    """A bike that is still on its way has left its station: a trip without a `to_id` is a departure all the same."""
    return """
        WITH done AS (SELECT * FROM trips WHERE to_id IS NOT NULL)
        SELECT station_id, (SELECT count(*) FROM done WHERE from_id = station_id)
                         - (SELECT count(*) FROM done WHERE to_id = station_id) AS balance
        FROM stations ORDER BY station_id
    """


def departures_minus_arrivals__only_stations_with_trips():
    """You listed the stations that occur in trips. The question is about those in `stations`: all of them, and no
    others.
    """
    return """
        WITH moves AS (SELECT from_id AS station_id, 1 AS n FROM trips UNION ALL SELECT to_id, -1 FROM trips)
        SELECT station_id, sum(n) AS balance FROM moves
        WHERE station_id IS NOT NULL GROUP BY station_id ORDER BY station_id
    """


# 2. late_share

LATE_TRIPS = {"bike_id": pl.Int64, "from_id": pl.Int64, "minutes": pl.Float64}
PLACES = {"station_id": pl.Int64, "district": pl.String, "docks": pl.Int64}


def _lazy(table, ran=None):
    """Return a LazyFrame of a table, which notes in `ran` when it is computed."""
    frame = pl.LazyFrame(table.rows, schema=table.schema, orient="row")

    def note(rows):
        ran.append(len(rows))
        return rows

    return frame if ran is None else frame.map_batches(note)


def _frame_agrees(answer, columns, oracle, inputs):
    """Compare the rows of the learner's LazyFrame with the oracle's on each input: tables, and plain arguments."""
    for at, (why, arguments) in enumerate(inputs):
        ran = [] if at in (0, 8, 16) else None
        frames = [_lazy(one, ran) if isinstance(one, Table) else one for one in arguments]
        try:
            try:
                returned = answer(*frames)
            except AnswerRaised as raised:
                raised.given = call(*arguments)  # the tables are easier to read than plans
                raise
            _require_lazy(returned, ran)
            rows = attempt(returned.collect, "collecting your result")
            plain = [one.rows if isinstance(one, Table) else one for one in arguments]
            _compare_rows(rows.columns, rows.rows(), columns, oracle(*plain))
        except Mismatch as problem:
            problem.message, problem.given = f"{problem.message} {why}".strip(), call(*arguments)
            raise


def _require_lazy(returned, ran):
    if isinstance(returned, pl.DataFrame):
        raise Mismatch("The result should be a LazyFrame; it is a DataFrame, so everything has been computed already.")
    kind(returned, pl.LazyFrame)
    require(not ran, "The result is lazy, but on the way your function computed its input already.")


def _districts():
    """Return trips and stations, the small ones first: unknown lengths, exactly 60 minutes, ties, unlisted places."""
    tied = [(1, i, minutes) for i in (3, 2, 1) for minutes in (90.0, 30.0)]
    yield "", _late_call(tied, [(1, "harbor", 20), (2, "park", 20), (3, "center", 20)])
    yield "", _late_call([(1, 1, 90.0), (1, 1, None)], [(1, "park", 20)])
    rng = random.Random(82)
    lengths = [60.0, 60.5, 61.0, 240.0, 0.5, 59.5, None, None]
    for size in range(44):
        names = rng.choices(["park", "harbor", "center"], k=rng.randint(1, 4))
        stations = [(i, name, 20) for i, name in zip(rng.sample(range(1, 6), len(names)), names, strict=True)]
        places = [i for i, *_ in stations] * 3 + [7, None]
        trips = [(1, rng.choice(places), rng.choice(lengths)) for _ in range(size // 4)]
        yield "", _late_call(trips, stations)
    many = [(i % 7, i * 31 % 90, None if i % 11 == 0 else float(i * 17 % 140)) for i in range(2000)]
    places = [(i, f"district {i * 7 % 40}", 5) for i in range(80)]
    yield "There are 40 districts.", _late_call(many, places)
    places = [(i, name, 5) for i, name in enumerate(["west", "north", "east", "south", "old town", "city"])]
    same = [(1, i, minutes) for i in range(6) for minutes in (90.0, 30.0, None)]
    yield "All districts tie.", _late_call(same, places)
    rare = [(1, 1, 61.0)] + [(1, 1, 5.0)] * 999 + [(1, 2, 61.0)] + [(1, 2, 5.0)] * 1000
    yield "The shares are 1 in 1,000 and 1 in 1,001.", _late_call(rare, [(1, "old", 3), (2, "new", 3)])
    long = [(1, 1, 60.000001), (1, 2, 59.999999)]
    yield "Two rides take nearly 60 minutes.", _late_call(long, [(1, "park", 20), (2, "harbor", 20)])
    others = [(None, 1, 90.0), (2, 1, 30.0), (3, 2, 90.0)]
    yield "Other columns hold nulls.", _late_call(others, [(1, "park", 20), (2, "harbor", None)])
    coarse = Table(LATE_TRIPS | {"minutes": pl.Float32}, [(1, 1, 60.5), (1, 1, None), (1, 1, 60.0)], "pl.LazyFrame")
    yield "The minutes are of type Float32.", (coarse, Table(PLACES, [(1, "park", 20)], "pl.LazyFrame"))


def _late_call(trips, stations):
    return Table(LATE_TRIPS, trips, "pl.LazyFrame"), Table(PLACES, stations, "pl.LazyFrame")


def _shares(trips, stations):
    district = {i: name for i, name, _ in stations}
    known = [(district[i], minutes) for _, i, minutes in trips if i in district and minutes is not None]
    rides, late = Counter(name for name, _ in known), Counter(name for name, minutes in known if minutes > 60)
    shares = [(name, late[name] / rides[name]) for name in rides]
    return sorted(shares, key=lambda row: (-row[1], row[0]))


@hints(
    "A share is the mean of something that is true or false. Of which rides is it the mean?",
    "Leave out the rides of unknown length first, then join and group. What should a sort do with equal shares?",
    "A comparison has a mean; the group's name is a second key of the sort, and each key has its own direction.",
)
@told_by_message
def check_late_share(late_share):
    _frame_agrees(late_share, ["district", "share"], _shares, _districts())


def _late(trips, stations, minutes, how="inner"):
    return trips.join(stations, left_on="from_id", right_on="station_id", how=how).group_by("district").agg(minutes)


def _sorted(shares):
    return shares.sort("share", "district", descending=[True, False])


LATE = (pl.col("minutes") > 60).mean().alias("share")


def late_share__collects_early(trips, stations):
    """You returned a DataFrame: everything is computed, and no later filter can move into the file. Leave `collect` to
    the caller.
    """
    return _sorted(_late(trips.drop_nulls("minutes"), stations, LATE)).collect()


def late_share__collects_inside(trips, stations):
    """You collected in the middle and went on lazily. Whatever comes before that `collect` is read in full; a LazyFrame
    can be filtered, joined and grouped as it is.
    """
    return _sorted(_late(trips.collect().lazy().drop_nulls("minutes"), stations, LATE))


def late_share__unknown_counts_as_short(trips, stations):
    """A ride of unknown length is in your denominator, as if it had been short. Leave it out before you count."""
    return _sorted(_late(trips, stations, ((pl.col("minutes") > 60).sum() / pl.len()).alias("share")))


def late_share__keeps_empty_districts(trips, stations):
    """A district in which no ride has a known length is in your result, without a share. Leave out the unknown rides
    before you group.
    """
    return _sorted(_late(trips, stations, LATE))


def late_share__unstable_order(trips, stations):
    """Equal shares don't stand in the order of their names. The sort needs a second key, which has a direction of its
    own.
    """
    known = trips.drop_nulls("minutes").join(stations, left_on="from_id", right_on="station_id", maintain_order="left")
    shares = known.group_by("district", maintain_order=True).agg(LATE)
    return shares.sort("share", descending=True, maintain_order=True)


def late_share__an_hour_is_late(trips, stations):
    """A ride of exactly 60 minutes is not more than an hour."""
    late = (pl.col("minutes") >= 60).mean().alias("share")
    return _sorted(_late(trips.drop_nulls("minutes"), stations, late))


def late_share__district_of_nowhere(trips, stations):
    """Rides from places that aren't listed became a district without a name. Which join drops rows without a
    partner?
    """
    return _sorted(_late(trips.drop_nulls("minutes"), stations, LATE, how="left"))


# 3. second_busiest


def _destinations():
    """Return trips, the small tables first: shared places, two firsts, no second, round trips, unknown ends."""
    trips = [(2, 5), (1, 5), (1, 6), (1, 5), (2, 5), (3, 5), (2, 5), (3, 5)]
    yield "", {"trips": _trips(trips)}
    yield "", {"trips": _trips([(1, 6), (1, 5), (1, 7), (1, 5)])}
    yield "", {"trips": _trips([(1, 1), (1, 4), (1, 1)])}
    rng = random.Random(83)
    for size in range(4, 32):
        starts, ends = rng.sample([1, 2, 3, 10], rng.randint(1, 3)), rng.sample([2, 4, 9, 11], rng.randint(1, 4))
        places = [*starts, *starts, *starts, None], [*ends, *ends, *ends, starts[0], None]
        yield "", {"trips": _trips([(rng.choice(places[0]), rng.choice(places[1])) for _ in range(size // 2)])}
    for why, counts in (
        ("The counts are 10, 9 and 1.", {(1, 5): 10, (1, 6): 9, (1, 7): 1}),
        ("The counts are 301, 300 and 1.", {(1, 5): 301, (1, 6): 300, (1, 7): 1}),
        ("Three destinations are first, six second.", {(1, i): 3 if i > 6 else 2 for i in range(1, 10)}),
        ("A single trip is second.", {(2, 5): 2, (2, 6): 1, (1, 5): 90}),
        ("The most popular trip of one start is rare for another.", {(1, 5): 9, (1, 6): 8, (2, 5): 3, (2, 6): 2}),
        ("The second of start 1 has fewer trips than that of start 2.", {(1, 5): 3, (1, 6): 1, (2, 5): 4, (2, 6): 3}),
        ("Ids may be 0 or negative.", {(0, 2): 2, (0, -1): 1, (-3, 0): 2, (-3, 4): 1}),
    ):
        yield why, {"trips": _trips([pair for pair, count in counts.items() for _ in range(count)])}
    apart = [(start, end) for start in (2_000_000_000, 5, 900, -7, 70_000) for end in (80_000_000, 80_000_000, 5, -1)]
    yield "Ids may be large.", {"trips": _trips(apart)}
    many = [(i * 37 % 131, i * i % 11 * (i % 3)) for i in range(3000)]
    yield "There are 131 starts.", {"trips": _trips(many)}


def _seconds(trips):
    counts, places = Counter(pair for pair in trips if None not in pair), {}
    for (start, _), count in counts.items():
        places.setdefault(start, set()).add(count)
    seconds = {start: sorted(numbers)[-2] for start, numbers in places.items() if len(numbers) > 1}
    return [(*pair, count) for pair, count in sorted(counts.items()) if count == seconds.get(pair[0])]


@hints(
    "Two steps: how many trips has each pair? And which place has a pair among the pairs of its start?",
    "The first step is a GROUP BY over two columns. The second is a window over its result, so name that with WITH.",
    "Three functions give places, and they differ after a tie. Which one has no gap, and no chance in it?",
)
@told_by_message
def check_second_busiest(second_busiest):
    _query_agrees(second_busiest, ["from_id", "to_id", "trips"], _seconds, _destinations())


PAIRS = """
    WITH pairs AS (SELECT from_id, to_id, count(*) AS trips FROM trips
                   WHERE from_id IS NOT NULL AND to_id IS NOT NULL GROUP BY from_id, to_id)
    SELECT * FROM pairs
"""


def second_busiest__row_number():
    """Destinations with equal numbers share a place; `row_number` gives each a number of its own, by chance."""
    window = "QUALIFY row_number() OVER (PARTITION BY from_id ORDER BY trips DESC) = 2"
    return f"{PAIRS} {window} ORDER BY from_id, to_id"


def second_busiest__rank_with_gaps():
    """After two firsts, `rank` goes on with 3, and the second place has vanished. Which function leaves no gaps?"""
    return f"{PAIRS} QUALIFY rank() OVER (PARTITION BY from_id ORDER BY trips DESC) = 2 ORDER BY from_id, to_id"


def second_busiest__limit_overall():
    """Your result has one row for the whole city. Every start has its own second: the window needs a partition."""
    return f"SELECT * FROM ({PAIRS} ORDER BY trips DESC, from_id DESC LIMIT 1 OFFSET 1)"


def second_busiest__no_partition():
    """You ranked all pairs of the city together. Every start has its own second: the window needs a partition."""
    return f"{PAIRS} QUALIFY dense_rank() OVER (ORDER BY trips DESC) = 2 ORDER BY from_id, to_id"


def second_busiest__counts_unknown():
    """NULL takes part in your ranking, as a start or as a destination. Leave those trips out before you count."""
    return """
        WITH pairs AS (SELECT from_id, to_id, count(*) AS trips FROM trips GROUP BY from_id, to_id)
        SELECT * FROM pairs
        QUALIFY dense_rank() OVER (PARTITION BY from_id ORDER BY trips DESC) = 2 ORDER BY from_id, to_id
    """


def second_busiest__no_round_trips():
    """You left out trips that end where they began. Nothing in the task says so: they count like any other."""
    pairs = PAIRS.replace("WHERE", "WHERE from_id <> to_id AND")
    return f"{pairs} QUALIFY dense_rank() OVER (PARTITION BY from_id ORDER BY trips DESC) = 2 ORDER BY from_id, to_id"


def second_busiest__second_rarest():
    """You ranked from the smallest number up. The busiest destination has rank 1."""
    return f"{PAIRS} QUALIFY dense_rank() OVER (PARTITION BY from_id ORDER BY trips) = 2 ORDER BY from_id, to_id"


# 4. lapsed_customers

RENTALS = {"customer_id": "INTEGER", "day": "DATE"}


def _customers():
    """Return rentals, the small tables first: repeated, without an id, first and last days of years, other years."""
    for years in ((2023,), (2022, 2023), (2023, 2025), (2023, 2024), (2022,)):
        yield "", {"rentals": Table(RENTALS, [(9, date(year, 6, 5)) for year in years])}
    rng = random.Random(84)
    days = [date(2023, 1, 1), date(2023, 12, 31), date(2023, 6, 5), date(2024, 1, 1), date(2024, 12, 31)]
    others = [date(2022, 12, 31), date(2025, 1, 1), date(2024, 6, 5)]
    for size in range(3, 40):
        ids = [*rng.sample([1, 2, 9, 10, 12], rng.randint(1, 4)), None]
        dates = days[:3] * 3 + days[3:] + others
        yield "", {"rentals": Table(RENTALS, [(rng.choice(ids), rng.choice(dates)) for _ in range(size // 4)])}
    early = [(i, date(2023, 6, 5)) for i in (0, -3)]
    yield "Ids may be 0 or negative.", {"rentals": Table(RENTALS, early)}
    old = [(1, date(1923, 6, 5)), (2, date(2022, 5, 23)), (3, date(2023, 6, 5)), (3, date(2124, 6, 5))]
    yield "Other years may be long ago, and may have a 23rd.", {"rentals": Table(RENTALS, old)}
    many = [(i * 37 % 401 - 3, date(2022, 1, 1) + timedelta(days=i * 61 % 1400)) for i in range(1200)]
    yield "There are 401 customers.", {"rentals": Table(RENTALS, many)}
    large = [(2_000_000_000, date(2023, 2, 1)), (70_000, date(2023, 3, 1)), (16_777_217, date(2023, 4, 1))]
    large += [(16_777_216, date(2024, 4, 1))]
    yield "Ids may be large, and two of them close together.", {"rentals": Table(RENTALS, large)}
    days = [date(2023, 1, 1) + timedelta(days=i) for i in range(365)]
    everyday = [(i, day) for i, day in enumerate(days)] + [
        (i, date(2024, 1, 1) + timedelta(days=i)) for i in range(0, 366, 2)
    ]
    yield "Each day of 2023 has its customer, every second day of 2024 too.", {"rentals": Table(RENTALS, everyday)}


def _lapsed(rentals):
    early, late = ({i for i, day in rentals if day.year == year and i is not None} for year in (2023, 2024))
    return [(i,) for i in sorted(early - late)]


@hints(
    "It is a difference of two sets: who was there in 2023, without who was there in 2024. Which of SQL's words are "
    "differences?",
    "NOT EXISTS, ANTI JOIN and EXCEPT compare row with row. What does NOT IN do when one id of 2024 is NULL?",
    "Take the ids of 2023 that aren't NULL, each once; keep those for whom no row of 2024 exists; sort them.",
)
@told_by_message
def check_lapsed_customers(lapsed_customers):
    _query_agrees(lapsed_customers, ["customer_id"], _lapsed, _customers())


IN_2023 = "day BETWEEN '2023-01-01' AND '2023-12-31'"
IN_2024 = "day BETWEEN '2024-01-01' AND '2024-12-31'"


def lapsed_customers__not_in_null():
    """One cash rental in 2024 puts a NULL into the list, and `x NOT IN (…, NULL)` is true for no `x`: your result is
    empty.
    """
    return f"""
        SELECT DISTINCT customer_id FROM rentals WHERE {IN_2023} AND customer_id IS NOT NULL
        AND customer_id NOT IN (SELECT customer_id FROM rentals WHERE {IN_2024}) ORDER BY customer_id
    """


def lapsed_customers__filter_after_outer_join():
    """After a LEFT JOIN the rows without a partner hold NULL on the right, and your condition on that side removes
    exactly them. It belongs into the ON.
    """
    return """
        SELECT DISTINCT a.customer_id FROM rentals AS a LEFT JOIN rentals AS b USING (customer_id)
        WHERE a.day BETWEEN '2023-01-01' AND '2023-12-31' AND b.customer_id IS NULL
        AND b.day BETWEEN '2024-01-01' AND '2024-12-31' ORDER BY 1
    """


def lapsed_customers__repeats():
    """A customer is listed once for each of their rentals. Each id should stand there once."""
    return f"""
        SELECT customer_id FROM rentals AS a WHERE {IN_2023} AND customer_id IS NOT NULL AND NOT EXISTS (
            SELECT * FROM rentals AS b WHERE b.{IN_2024} AND b.customer_id = a.customer_id) ORDER BY customer_id
    """


def lapsed_customers__voucher_for_nobody():
    """NULL is in your result: rentals without an id get no voucher. Leave them out."""
    return f"""
        SELECT DISTINCT customer_id FROM rentals AS a WHERE {IN_2023} AND NOT EXISTS (
            SELECT * FROM rentals AS b WHERE b.{IN_2024} AND b.customer_id = a.customer_id) ORDER BY customer_id
    """


def lapsed_customers__anybody_but_2024():
    """You kept customers who were there in some other year only. Lapsed means: at least one rental in 2023."""
    return """
        SELECT customer_id FROM rentals WHERE customer_id IS NOT NULL
        GROUP BY customer_id HAVING NOT bool_or(year(day) = 2024) ORDER BY customer_id
    """


def lapsed_customers__since_2024():
    """You asked for no rental *since* 2024. Who stayed away in 2024 and came back in 2025 counts as well."""
    return """
        SELECT customer_id FROM rentals WHERE customer_id IS NOT NULL
        GROUP BY customer_id HAVING bool_or(year(day) = 2023) AND max(year(day)) < 2024 ORDER BY customer_id
    """


def lapsed_customers__rows_not_customers():
    """You filtered rows: a rental in 2023 is never in 2024 too. The question is about all rows of a customer."""
    return """
        SELECT DISTINCT customer_id FROM rentals
        WHERE year(day) = 2023 AND year(day) <> 2024 AND customer_id IS NOT NULL ORDER BY customer_id
    """


# 5. trip_sessions

NINE = datetime(2024, 5, 1, 9)
STEPS = [timedelta(minutes=minutes) for minutes in (0, 1, 10, 29.5, 30, 30, 30.5, 31, 45)]


def _events(rows, unit="us", zone=None):
    schema = {"page": pl.String, "user": pl.String, "at": pl.Datetime(unit, zone)}
    return Table(schema, [row if len(row) == 3 else ("map", *row) for row in rows], "pl.LazyFrame")


def _logs():
    """Return logs and gaps, the small ones first: any order, several users, pauses around the gap, equal moments."""
    hour = timedelta(hours=1)
    yield "", (_events([("ada", NINE)]), 30)
    yield "", (_events([("ada", NINE + timedelta(minutes=minutes)) for minutes in (0, 90, 10)]), 30)
    yield "", (_events([("ada", NINE), ("ada", NINE + hour), ("bob", NINE + hour)]), 30)
    yield "", (_events([("bob", NINE + 3 * hour), ("ada", NINE)]), 30)
    yield "", (_events([("ada", NINE + timedelta(seconds=seconds)) for seconds in (40, 31 * 60 + 10)]), 30)
    rng = random.Random(85)
    for size in range(48):
        rows = []
        for user in rng.sample(["ada", "bob", "eve"], rng.randint(1, 3)):
            at = NINE + timedelta(minutes=rng.choice([0, 20, 45, 90, 600, 1500]))
            for _ in range(size // 8 + rng.randint(0, 1)):
                rows.append((user, at))
                at += rng.choice(STEPS)
        rng.shuffle(rows)
        yield "", (_events(rows), rng.choice([30, 30, 30, 0, 1, 45]))
    moments = [NINE, NINE + timedelta(minutes=30), NINE + timedelta(minutes=60, microseconds=1)]
    yield "One pause is a millionth of a second longer than the gap.", (_events([("ada", at) for at in moments]), 30)
    moments = [NINE + timedelta(days=days, minutes=minutes) for days in (0, 1, 3) for minutes in (0, 5)]
    yield "Pauses last days.", (_events([("ada", at) for at in moments]), 30)
    yield "The gap is longer than a day.", (_events([("ada", at) for at in moments]), 1500)
    aware = [(user, NINE.replace(tzinfo=UTC) + step) for user in ("bob", "ada") for step in STEPS[::-3]]
    yield "The times have a zone, and count milliseconds.", (_events(aware, "ms", "UTC"), 15)
    pages = [(page, "ada", NINE + timedelta(minutes=at)) for page, at in (("map", 0), (None, 20), ("map", 40))]
    yield "The page of one event is null.", (_events(pages), 30)
    yield "Ada and ada are two users.", (_events([("ada", NINE), ("Ada", NINE + timedelta(minutes=10))]), 30)
    crowd = [(f"user {i * 37 % 150}", NINE + timedelta(minutes=i * 7 % 400)) for i in range(900)]
    yield "There are 150 users.", (_events(crowd), 20)
    long = [("ada", NINE + timedelta(minutes=31 * (i * 271 % 400))) for i in range(400)]
    yield "One user has 400 sessions.", (_events(long), 30)


def _sessions(events, gap_minutes):
    rows = []
    for user, at in sorted((user, at) for _, user, at in events):
        if rows and rows[-1][0] == user and at - rows[-1][3] <= timedelta(minutes=gap_minutes):
            rows[-1] = (*rows[-1][:3], at, rows[-1][4] + 1)
        else:
            number = rows[-1][1] + 1 if rows and rows[-1][0] == user else 0
            rows.append((user, number, at, at, 1))
    return rows


@hints(
    "In which order must the events stand, so that each sees the one before it? And whose event is that?",
    "The time since the same user's previous event is a window. Where it is longer than the gap, a session starts.",
    "Count the starts so far: a running sum within the user is the number of the session. What is the pause of the "
    "first event, and what should it count?",
)
@told_by_message
def check_trip_sessions(trip_sessions):
    _frame_agrees(trip_sessions, ["user", "session", "first", "last", "events"], _sessions, _logs())


def _numbered(events, session):
    times = {"first": pl.col("at").min(), "last": pl.col("at").max(), "events": pl.len()}
    return events.with_columns(session=session).group_by("user", "session").agg(**times).sort("user", "session")


def _starts(gap_minutes):
    return (pl.col("at").diff().over("user") > pl.duration(minutes=gap_minutes)).fill_null(False).cast(pl.Int64)


def trip_sessions__across_users(events, gap_minutes):
    """The pause before a user's first event was measured from another user's last one. Take differences within each
    user.
    """
    start = (pl.col("at").diff() > pl.duration(minutes=gap_minutes)).fill_null(False).cast(pl.Int64)
    return _numbered(events.sort("user", "at").with_columns(start=start), pl.col("start").cum_sum().over("user"))


def trip_sessions__numbered_across_users(events, gap_minutes):
    """Your numbers run on from one user to the next. Every user's first session is 0: the running sum needs its own
    `over`.
    """
    ordered = events.sort("user", "at").with_columns(start=_starts(gap_minutes))
    return _numbered(ordered, pl.col("start").cum_sum())


def trip_sessions__at_least_the_gap(events, gap_minutes):
    """A pause of exactly the gap does not start a new session; only a longer one does."""
    starts = (pl.col("at").diff().over("user") >= pl.duration(minutes=gap_minutes)).fill_null(False).cast(pl.Int64)
    return _numbered(events.sort("user", "at"), starts.cum_sum().over("user"))


def trip_sessions__unsorted_input(events, gap_minutes):
    """The events come in any order, so the row before is not the event before. Sort by user and time first."""
    return _numbered(events, _starts(gap_minutes).cum_sum().over("user"))


def trip_sessions__first_is_null(events, gap_minutes):
    """The difference of a user's first event is null, and so is its session. Say what a missing pause counts."""
    starts = (pl.col("at").diff().over("user") > pl.duration(minutes=gap_minutes)).cast(pl.Int64)
    return _numbered(events.sort("user", "at"), starts.cum_sum().over("user"))


def trip_sessions__counts_from_one(events, gap_minutes):
    """Your first session is 1. Sessions are counted from 0: the first event starts none beyond the first."""
    starts = (pl.col("at").diff().over("user") > pl.duration(minutes=gap_minutes)).fill_null(True).cast(pl.Int64)
    return _numbered(events.sort("user", "at"), starts.cum_sum().over("user"))


def trip_sessions__whole_minutes(events, gap_minutes):
    """You rounded pauses to whole minutes: 30 minutes and 30 seconds became 30, which is not longer than 30. Compare
    durations.
    """
    starts = (pl.col("at").diff().over("user").dt.total_minutes() > gap_minutes).fill_null(False).cast(pl.Int64)
    return _numbered(events.sort("user", "at"), starts.cum_sum().over("user"))


def trip_sessions__collects_early(events, gap_minutes):
    """You returned a DataFrame: everything is computed already. Leave `collect` to the caller."""
    return _numbered(events.sort("user", "at"), _starts(gap_minutes).cum_sum().over("user")).collect()


def trip_sessions__one_session_a_user(events, gap_minutes):
    """You put all events of a user into one session. Where the pause is longer than the gap, a new one starts."""
    return _numbered(events, pl.lit(0))
