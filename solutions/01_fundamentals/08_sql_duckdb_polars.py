# %% [markdown]
# # Exercises: Query millions of rows on a laptop
#
# Five functions to complete; three of them return the text of a query. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(departures_minus_arrivals)` gives the next of three hints, `solution(departures_minus_arrivals)` the answer. Any order; `progress()` says where you are.

# %%
from datetime import date, datetime

import duckdb
import polars as pl

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Balance the stations  ★☆☆ · 12 min
# At night a van brings bikes back to where they are missing. For every station in `stations`, it needs the number of departures minus the number of arrivals. Stations without trips count, too: their balance is 0. Some trips have no `to_id` (the bike is still on its way) or begin at a place that is not in `stations`. Return one `SELECT` statement.


# %%
def departures_minus_arrivals() -> str:
    """Return a query of `trips(from_id, to_id)` and `stations(station_id)`, all of them integers.

    Columns of the result: `station_id, balance`, one row for each station, in the order of `station_id`. Each
    `station_id` is listed once; `from_id` and `to_id` may be NULL.

    >>> trips = pl.DataFrame({"from_id": [1, 1, 2], "to_id": [2, 2, 2]})
    >>> stations = pl.DataFrame({"station_id": [1, 2, 3]})
    >>> duckdb.sql(departures_minus_arrivals()).fetchall()
    [(1, 2), (2, -2), (3, 0)]
    """
    # BEGIN SOLUTION
    return """
        WITH departures AS (SELECT from_id AS station_id, count(*) AS n FROM trips GROUP BY from_id),
             arrivals AS (SELECT to_id AS station_id, count(*) AS n FROM trips GROUP BY to_id)
        SELECT station_id, coalesce(departures.n, 0) - coalesce(arrivals.n, 0) AS balance
        FROM stations
        LEFT JOIN departures USING (station_id)
        LEFT JOIN arrivals USING (station_id)
        ORDER BY station_id
    """
    # END SOLUTION


# %%
check(departures_minus_arrivals)

# %% [markdown] tags=["solution"]
# Each side is counted before the join, so a station meets at most one row of each, and nothing is multiplied. `LEFT JOIN` keeps stations without trips; what they lack is NULL, and `coalesce` replaces it by 0 *before* the subtraction, for 3 − NULL is NULL. `departures` may hold a group for NULL; no station equals it, so the join leaves it out.

# %% [markdown]
# ## 2. Compare the districts  ★☆☆ · 12 min
# Rides of more than an hour cost extra. Marketing asks in which districts they are common. For each district, give the share of late rides (more than 60 minutes) among the rides that began there. Rides of unknown length (null) don't count at all, nor do rides from stations that aren't listed; a district without any counted ride is left out. Build it lazily: nothing may be computed yet.


# %%
def late_share(trips: pl.LazyFrame, stations: pl.LazyFrame) -> pl.LazyFrame:
    """Return the columns `district, share`, largest share first, districts with equal shares by name.

    `trips` has `from_id` and `minutes`, which may be null. `stations` has `station_id` and `district`, which may not,
    and lists each `station_id` once. Other columns are possible: all names differ, and they may hold nulls.

    >>> trips = pl.LazyFrame({"from_id": [1, 1, 2, 2], "minutes": [75.0, 20.0, 60.0, None]})
    >>> stations = pl.LazyFrame({"station_id": [1, 2], "district": ["park", "harbor"]})
    >>> late_share(trips, stations).collect().rows()
    [('park', 0.5), ('harbor', 0.0)]
    """
    # BEGIN SOLUTION
    return (
        trips.filter(pl.col("minutes").is_not_null())
        .join(stations, left_on="from_id", right_on="station_id")
        .group_by("district")
        .agg(share=(pl.col("minutes") > 60).mean())
        .sort("share", "district", descending=[True, False])
    )
    # END SOLUTION


# %%
check(late_share)

# %% [markdown] tags=["solution"]
# The mean of a comparison is a share, and the filter makes sure that numerator and denominator count the same rides. Without it `mean` would leave out the nulls as well, but a district with unknown rides only would appear with the share null. The second key of the sort decides ties; otherwise their order may change from run to run. Nothing is collected, so the filter and the choice of columns can still move into a file scan.

# %% [markdown]
# ## 3. Find the second place  ★★☆ · 18 min
# If the favorite destination is full, the app offers the second. For each start, find the destination with the second-highest number of trips. Equal numbers share a place: two destinations may be second, and behind two firsts comes a second. If all destinations of a start have the same number, there is no second, and the start is left out. Trips with NULL in either column don't count. Return one `SELECT` statement.


# %%
def second_busiest() -> str:
    """Return a query of `trips(from_id, to_id)`, both integers.

    Columns of the result: `from_id, to_id, trips`, the last being the number of trips between the two; in the order of
    `from_id`, then `to_id`.

    >>> trips = pl.DataFrame({"from_id": [1, 1, 1, 1, 2], "to_id": [5, 5, 6, 7, 5]})
    >>> duckdb.sql(second_busiest()).fetchall()
    [(1, 6, 1), (1, 7, 1)]
    """
    # BEGIN SOLUTION
    return """
        WITH pairs AS (
            SELECT from_id, to_id, count(*) AS trips
            FROM trips
            WHERE from_id IS NOT NULL AND to_id IS NOT NULL
            GROUP BY from_id, to_id
        )
        SELECT from_id, to_id, trips
        FROM pairs
        QUALIFY dense_rank() OVER (PARTITION BY from_id ORDER BY trips DESC) = 2
        ORDER BY from_id, to_id
    """
    # END SOLUTION


# %%
check(second_busiest)

# %% [markdown] tags=["solution"]
# First count the pairs, then rank the counts within each start. `dense_rank` numbers different *values*: after two firsts comes 2, and all who share the second value get it. `rank` would skip to 3, `row_number` would pick one of equals by chance. `QUALIFY` filters after the windows are computed; where a database lacks it, put the ranks into another `WITH` and use `WHERE`.

# %% [markdown]
# ## 4. Win customers back  ★★☆ · 15 min
# A voucher goes to lapsed customers: those with at least one rental in 2023 and none in 2024. Give their ids, each once, in ascending order. Rentals paid in cash have no id (NULL), and get no voucher. Other years occur, and don't matter. Return one `SELECT` statement.


# %%
def lapsed_customers() -> str:
    """Return a query of `rentals(customer_id, day)`: an integer that may be NULL, and a DATE that is never NULL.

    The result has one column, `customer_id`.

    >>> days = [date(2023, 5, 1), date(2023, 6, 1), date(2024, 5, 1), date(2023, 7, 1)]
    >>> rentals = pl.DataFrame({"customer_id": [12, 7, 7, None], "day": days})
    >>> duckdb.sql(lapsed_customers()).fetchall()
    [(12,)]
    """
    # BEGIN SOLUTION
    return """
        SELECT customer_id
        FROM rentals
        WHERE customer_id IS NOT NULL
        GROUP BY customer_id
        HAVING bool_or(year(day) = 2023) AND NOT bool_or(year(day) = 2024)
        ORDER BY customer_id
    """
    # END SOLUTION


# %%
check(lapsed_customers)

# %% [markdown] tags=["solution"]
# One group for each customer, and two questions to the group: `bool_or` says whether any of its rows fulfills a condition. The usual way has two steps, 2023 without 2024: `NOT EXISTS`, an `ANTI JOIN` or `EXCEPT` are all right. `NOT IN` is the trap, for one cash rental in 2024 puts a NULL into the list, and every comparison with it is unknown.

# %% [markdown]
# ## 5. Cut events into sessions  ★★★ · 25 min
# An app logs what its users do. For each user, cut the events into sessions: a pause of more than `gap_minutes` since the user's previous event starts a new one. The events come in any order; two at the same moment are two events. Count sessions from 0 for each user. Build it lazily: nothing may be computed yet.


# %%
def trip_sessions(events: pl.LazyFrame, gap_minutes: int) -> pl.LazyFrame:
    """Return one row for each session: `user, session, first, last, events`, in the order of `user`, then `session`.

    `events` has the columns `user` (text) and `at` (a datetime), without nulls; other columns are possible, and may
    hold nulls. `first` and `last` are the times of a session's first and last event, `events` is their number.

    >>> at = [datetime(2024, 5, 1, 9, 0), datetime(2024, 5, 1, 8, 0), datetime(2024, 5, 1, 8, 10)]
    >>> events = pl.LazyFrame({"user": ["ada", "ada", "ada"], "at": at})
    >>> trip_sessions(events, 30).select("user", "session", "events").collect().rows()
    [('ada', 0, 2), ('ada', 1, 1)]
    """
    # BEGIN SOLUTION
    pause = pl.col("at").diff().over("user")
    starts = (pause > pl.duration(minutes=gap_minutes)).fill_null(False)
    return (
        events.sort("user", "at")
        .with_columns(session=starts.cast(pl.Int64).cum_sum().over("user"))
        .group_by("user", "session")
        .agg(first=pl.col("at").min(), last=pl.col("at").max(), events=pl.len())
        .sort("user", "session")
    )
    # END SOLUTION


# %%
check(trip_sessions)

# %% [markdown] tags=["solution"]
# Sort, take the difference within each user, mark where it exceeds the gap, and add up the marks: the running sum is the number of the session. The first event of a user has no pause; `fill_null(False)` makes it the start of session 0. Comparing with a duration keeps seconds; whole minutes (`total_minutes`) would take 30 minutes and 59 seconds for 30. In SQL it is the same: `lag`, a comparison, `sum(…) OVER (…)`.
