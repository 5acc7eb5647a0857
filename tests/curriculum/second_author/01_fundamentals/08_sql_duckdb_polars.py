"""Answers to 01_fundamentals/08_sql_duckdb_polars by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

from datetime import datetime, timedelta

import polars as pl

# 1. departures_minus_arrivals


def right__departures_minus_arrivals__two_grouped_joins():
    """Count each direction by itself, then join both counts to the stations."""
    return """
        WITH departures AS (SELECT from_id AS station_id, count(*) AS n FROM trips GROUP BY from_id),
             arrivals AS (SELECT to_id AS station_id, count(*) AS n FROM trips GROUP BY to_id)
        SELECT s.station_id, coalesce(d.n, 0) - coalesce(a.n, 0) AS balance
        FROM stations AS s
        LEFT JOIN departures AS d ON d.station_id = s.station_id
        LEFT JOIN arrivals AS a ON a.station_id = s.station_id
        ORDER BY s.station_id
    """


def right__departures_minus_arrivals__correlated():
    """Two subqueries for each station; ends with a semicolon and a comment."""
    return """
        SELECT station_id,
               (SELECT count(*) FROM trips WHERE from_id = station_id)
               - (SELECT count(*) FROM trips WHERE to_id = station_id) AS balance
        FROM stations
        ORDER BY station_id;
        -- one row for each station
    """


def right__departures_minus_arrivals__signed_union():
    """A departure is +1, an arrival -1; the sum is a HUGEINT, which is an integer, too."""
    return """
        SELECT station_id, coalesce(sum(change), 0) AS balance
        FROM stations LEFT JOIN (
            SELECT from_id AS station_id, 1 AS change FROM trips
            UNION ALL
            SELECT to_id, -1 FROM trips
        ) USING (station_id)
        GROUP BY station_id
        ORDER BY 1
    """


def right__departures_minus_arrivals__from_first():
    """DuckDB's own dialect: FROM first, names before their values, GROUP BY ALL and ORDER BY ALL."""
    return """
        FROM stations LEFT JOIN trips ON station_id IN (from_id, to_id)
        SELECT station_id, balance: count(*) FILTER (from_id = station_id) - count(*) FILTER (to_id = station_id)
        GROUP BY ALL ORDER BY ALL
    """


def right__departures_minus_arrivals__unpivot():
    """UNPIVOT makes two rows of each trip and leaves the NULLs out."""
    return (
        "select s.station_id, count(*) filter (way = 'from_id') - count(*) filter (way = 'to_id') as balance "
        "from stations as s left join (unpivot trips on from_id, to_id into name way value place) as ends "
        "on ends.place = s.station_id group by s.station_id order by s.station_id asc;"
    )


def right__departures_minus_arrivals__lateral():
    """A lateral join to a sum of conditions that are never NULL."""
    return """
        SELECT s.station_id, l.balance
        FROM stations s, LATERAL (
            SELECT coalesce(sum((t.from_id IS NOT DISTINCT FROM s.station_id)::INT
                                - (t.to_id IS NOT DISTINCT FROM s.station_id)::INT), 0)::BIGINT AS balance
            FROM trips t
        ) l
        ORDER BY s.station_id NULLS LAST
    """


def right__departures_minus_arrivals__unnest():
    """Two unnested lists side by side, summed up for each end, and a right join."""
    return """
        WITH ends AS (SELECT unnest([from_id, to_id]) AS id, unnest([1, -1]) AS change FROM trips),
             sums AS (SELECT id, sum(change) AS total FROM ends WHERE id IS NOT NULL GROUP BY id)
        SELECT station_id, ifnull(total, 0) AS balance
        FROM sums RIGHT JOIN stations ON id = station_id
        ORDER BY station_id
    """


def right__departures_minus_arrivals__map():
    """Histograms of both columns as maps, looked up for each station."""
    return """
        SELECT station_id, coalesce(d[station_id], 0)::BIGINT - coalesce(a[station_id], 0)::BIGINT AS "balance"
        FROM stations CROSS JOIN (SELECT histogram(from_id) AS d, histogram(to_id) AS a FROM trips)
        ORDER BY station_id
    """


def wrong__departures_minus_arrivals__fan_out():
    """Two joins to the trips at once multiply departures by arrivals."""
    return """
        SELECT station_id, count(d.from_id) - count(a.to_id) AS balance
        FROM stations LEFT JOIN trips d ON d.from_id = station_id LEFT JOIN trips a ON a.to_id = station_id
        GROUP BY station_id ORDER BY station_id
    """


def wrong__departures_minus_arrivals__union_distinct():
    """Same as the signed union, but UNION drops repeated ends, so each counts once."""
    return """
        SELECT station_id, coalesce(sum(change), 0) AS balance
        FROM stations LEFT JOIN (
            SELECT from_id AS station_id, 1 AS change FROM trips UNION SELECT to_id, -1 FROM trips
        ) USING (station_id)
        GROUP BY station_id ORDER BY station_id
    """


def wrong__departures_minus_arrivals__distinct_trips():
    """Two equal trips count as one."""
    return """
        WITH t AS (SELECT DISTINCT * FROM trips)
        SELECT station_id, (SELECT count(*) FROM t WHERE from_id = station_id)
            - (SELECT count(*) FROM t WHERE to_id = station_id) AS balance
        FROM stations ORDER BY station_id
    """


def wrong__departures_minus_arrivals__round_trip_leaves():
    """A trip that ends where it began counts as a departure only."""
    return """
        SELECT station_id,
               coalesce(sum(CASE WHEN from_id = station_id THEN 1 WHEN to_id = station_id THEN -1 END), 0) AS balance
        FROM stations LEFT JOIN trips ON station_id = from_id OR station_id = to_id
        GROUP BY station_id ORDER BY station_id
    """


def wrong__departures_minus_arrivals__moved_only():
    """`from_id <> to_id` leaves out round trips, which is harmless, and the bikes on their way, which is not."""
    return """
        WITH t AS (SELECT * FROM trips WHERE from_id <> to_id)
        SELECT station_id, (SELECT count(*) FROM t WHERE from_id = station_id)
            - (SELECT count(*) FROM t WHERE to_id = station_id) AS balance
        FROM stations ORDER BY station_id
    """


def wrong__departures_minus_arrivals__listed_starts_only():
    """A trip from a place that isn't listed brings a bike to a listed station: its arrival is lost."""
    return """
        WITH t AS (SELECT * FROM trips WHERE from_id IN (SELECT station_id FROM stations))
        SELECT station_id, (SELECT count(*) FROM t WHERE from_id = station_id)
            - (SELECT count(*) FROM t WHERE to_id = station_id) AS balance
        FROM stations ORDER BY station_id
    """


def wrong__departures_minus_arrivals__listed_ends_only():
    """A trip to a place that isn't listed takes a bike from a listed station: its departure is lost."""
    return """
        WITH t AS (SELECT * FROM trips WHERE to_id IS NULL OR to_id IN (SELECT station_id FROM stations))
        SELECT station_id, (SELECT count(*) FROM t WHERE from_id = station_id)
            - (SELECT count(*) FROM t WHERE to_id = station_id) AS balance
        FROM stations ORDER BY station_id
    """


def wrong__departures_minus_arrivals__unknown_start_dropped():
    """A trip whose `from_id` is NULL still arrives somewhere."""
    return """
        WITH t AS (SELECT * FROM trips WHERE from_id IS NOT NULL)
        SELECT station_id, (SELECT count(*) FROM t WHERE from_id = station_id)
            - (SELECT count(*) FROM t WHERE to_id = station_id) AS balance
        FROM stations ORDER BY station_id
    """


def wrong__departures_minus_arrivals__null_difference():
    """A station with departures only (or arrivals only) has a NULL difference, which becomes 0."""
    return """
        WITH d AS (SELECT from_id AS station_id, count(*) AS n FROM trips GROUP BY ALL),
             a AS (SELECT to_id AS station_id, count(*) AS n FROM trips GROUP BY ALL)
        SELECT station_id, coalesce(d.n - a.n, d.n, 0) AS balance
        FROM stations LEFT JOIN d USING (station_id) LEFT JOIN a USING (station_id) ORDER BY station_id
    """


def wrong__departures_minus_arrivals__sum_of_nothing():
    """The sum over no ends at all is NULL, and so is the balance of a station without trips."""
    return """
        WITH ends AS (SELECT from_id AS id, 1 AS change FROM trips UNION ALL SELECT to_id, -1 FROM trips)
        SELECT station_id, sum(change) AS balance FROM stations LEFT JOIN ends ON id = station_id
        GROUP BY station_id ORDER BY station_id
    """


def wrong__departures_minus_arrivals__not_in_null():
    """Adds the unused stations by NOT IN: one NULL among the ends, and they vanish."""
    return """
        WITH ends AS (SELECT from_id AS id, 1 AS change FROM trips UNION ALL SELECT to_id, -1 FROM trips)
        SELECT station_id, sum(change) AS balance FROM stations JOIN ends ON id = station_id GROUP BY station_id
        UNION ALL
        SELECT station_id, 0 FROM stations WHERE station_id NOT IN (SELECT id FROM ends)
        ORDER BY station_id
    """


def wrong__departures_minus_arrivals__null_is_zero():
    """Counts trips without an end for station 0."""
    return """
        SELECT station_id, (SELECT count(*) FROM trips WHERE coalesce(from_id, 0) = station_id)
            - (SELECT count(*) FROM trips WHERE coalesce(to_id, 0) = station_id) AS balance
        FROM stations ORDER BY station_id
    """


def wrong__departures_minus_arrivals__null_is_minus_one():
    """Counts trips without an end for station -1."""
    return """
        SELECT station_id, (SELECT count(*) FROM trips WHERE coalesce(from_id, -1) = station_id)
            - (SELECT count(*) FROM trips WHERE coalesce(to_id, -1) = station_id) AS balance
        FROM stations ORDER BY station_id
    """


def wrong__departures_minus_arrivals__positive_ids():
    """Leaves out stations whose number isn't positive."""
    return """
        SELECT station_id, (SELECT count(*) FROM trips WHERE from_id = station_id)
            - (SELECT count(*) FROM trips WHERE to_id = station_id) AS balance
        FROM stations WHERE station_id > 0 ORDER BY station_id
    """


def wrong__departures_minus_arrivals__order_of_table():
    """The order of the table `stations`, which need not be that of its numbers."""
    return """
        SELECT station_id, balance FROM (
            SELECT station_id, row_number() OVER () AS place, (SELECT count(*) FROM trips WHERE from_id = station_id)
                - (SELECT count(*) FROM trips WHERE to_id = station_id) AS balance
            FROM stations
        ) ORDER BY place
    """


def wrong__departures_minus_arrivals__order_of_text():
    """Sorts the numbers as text: 10 before 2."""
    return """
        SELECT station_id, (SELECT count(*) FROM trips WHERE from_id = station_id)
            - (SELECT count(*) FROM trips WHERE to_id = station_id) AS balance
        FROM stations ORDER BY station_id::VARCHAR
    """


def wrong__departures_minus_arrivals__order_of_size():
    """Sorts by the absolute number: -2 after 1."""
    return """
        SELECT station_id, (SELECT count(*) FROM trips WHERE from_id = station_id)
            - (SELECT count(*) FROM trips WHERE to_id = station_id) AS balance
        FROM stations ORDER BY abs(station_id)
    """


def wrong__departures_minus_arrivals__range():
    """Invents all the stations between the lowest and the highest number."""
    return """
        WITH s AS (SELECT unnest(range(min(station_id), max(station_id) + 1)) AS station_id FROM stations)
        SELECT station_id, (SELECT count(*) FROM trips WHERE from_id = station_id)
            - (SELECT count(*) FROM trips WHERE to_id = station_id) AS balance
        FROM s ORDER BY station_id
    """


def wrong__departures_minus_arrivals__float_ids():
    """Compares numbers as FLOAT, which has 24 bits: 16777217 is taken for 16777216."""
    return """
        SELECT station_id, (SELECT count(*) FROM trips WHERE from_id::FLOAT = station_id::FLOAT)
            - (SELECT count(*) FROM trips WHERE to_id::FLOAT = station_id::FLOAT) AS balance
        FROM stations ORDER BY station_id
    """


def wrong__departures_minus_arrivals__small_balance():
    """A TINYINT ends at 127: a station with more trips breaks the query."""
    return """
        SELECT station_id, (SELECT count(*) FROM trips WHERE from_id = station_id)::TINYINT
            - (SELECT count(*) FROM trips WHERE to_id = station_id)::TINYINT AS balance
        FROM stations ORDER BY station_id
    """


def wrong__departures_minus_arrivals__limit():
    """Ends after twenty stations."""
    return """
        SELECT station_id, (SELECT count(*) FROM trips WHERE from_id = station_id)
            - (SELECT count(*) FROM trips WHERE to_id = station_id) AS balance
        FROM stations ORDER BY station_id LIMIT 20
    """


def wrong__departures_minus_arrivals__two_statements():
    """Two statements where one is asked for."""
    return """
        CREATE OR REPLACE TEMP VIEW ends_of_trips AS SELECT from_id AS id, 1 AS c FROM trips;
        SELECT station_id, coalesce(sum(c), 0) - (SELECT count(*) FROM trips WHERE to_id = station_id) AS balance
        FROM stations LEFT JOIN ends_of_trips ON id = station_id GROUP BY station_id ORDER BY station_id
    """


def wrong__departures_minus_arrivals__third_column():
    """A column more than asked for."""
    return """
        SELECT station_id, (SELECT count(*) FROM trips WHERE from_id = station_id)
            - (SELECT count(*) FROM trips WHERE to_id = station_id) AS balance, 1 AS bikes
        FROM stations ORDER BY station_id
    """


def wrong__departures_minus_arrivals__unnamed():
    """The second column has no name of its own."""
    return """
        SELECT station_id, (SELECT count(*) FROM trips WHERE from_id = station_id)
            - (SELECT count(*) FROM trips WHERE to_id = station_id)
        FROM stations ORDER BY station_id
    """


def wrong__departures_minus_arrivals__text():
    """The balance is text."""
    return """
        SELECT station_id, ((SELECT count(*) FROM trips WHERE from_id = station_id)
            - (SELECT count(*) FROM trips WHERE to_id = station_id))::VARCHAR AS balance
        FROM stations ORDER BY station_id
    """


def wrong__departures_minus_arrivals__hard_coded():
    """The rows of the docstring's example."""
    return "SELECT * FROM (VALUES (1, 2), (2, -2), (3, 0)) AS t(station_id, balance)"


# 2. late_share


def _counted(trips, stations):
    """The rides that count, with their districts."""
    places = stations.select("station_id", "district")
    rides = trips.select("from_id", "minutes").filter(pl.col("minutes").is_not_null())
    return rides.join(places, left_on="from_id", right_on="station_id", how="inner")


def _ranked(shares):
    """Largest share first, then by name."""
    return shares.select("district", "share").sort("share", "district", descending=[True, False])


def _share(rides, late):
    """The share of the rides for which an expression holds, in each district."""
    return _ranked(rides.group_by("district").agg(late.mean().alias("share")))


def right__late_share__mean(trips, stations):
    """The mean of a condition, after an inner join; null rides drop out of the mean by themselves."""
    joined = trips.select("from_id", "minutes").join(
        stations.select("station_id", "district"), left_on="from_id", right_on="station_id"
    )
    shares = joined.group_by("district").agg(share=(pl.col("minutes") > 60).mean())
    return shares.drop_nulls("share").sort(["share", "district"], descending=[True, False])


def right__late_share__sums_by_station(trips, stations):
    """First count by station, then add up by district, then divide; sorted by two stable sorts."""
    counts = (
        trips.filter(pl.col("minutes").is_not_null())
        .group_by("from_id")
        .agg(late=(pl.col("minutes") > 60).sum(), rides=pl.len())
    )
    return (
        stations.select("station_id", "district")
        .join(counts, left_on="station_id", right_on="from_id", how="inner")
        .group_by("district")
        .agg(share=pl.col("late").sum() / pl.col("rides").sum())
        .sort("district")
        .sort("share", descending=True, maintain_order=True)
    )


def right__late_share__sql(trips, stations):
    """Polars' own SQL, which is lazy, too."""
    return pl.SQLContext(trips=trips, stations=stations, eager=False).execute(
        """
        SELECT s.district, AVG(CASE WHEN t.minutes > 60 THEN 1.0 ELSE 0.0 END) AS share
        FROM trips AS t INNER JOIN stations AS s ON t.from_id = s.station_id
        WHERE t.minutes IS NOT NULL
        GROUP BY s.district
        ORDER BY share DESC, s.district
        """
    )


def right__late_share__window(trips, stations):
    """A window over the districts, then one row of each; asks for the schema, which computes nothing."""
    stations = stations.select("station_id", "district")
    assert set(stations.collect_schema()) == {"station_id", "district"}
    known = _counted(trips, stations)
    rides, late = pl.len().over("district"), pl.col("minutes").gt(60).sum().over("district")
    return known.select("district", share=late / rides).unique().sort(-pl.col("share"), pl.col("district"))


def right__late_share__deferred(trips, stations):
    """A plain loop that runs when the result is asked for, and not before."""

    def loop():
        district = dict(stations.select("station_id", "district").collect().rows())
        counts = {}
        for start, minutes in trips.select("from_id", "minutes").collect().rows():
            if minutes is None or start not in district:
                continue
            late, rides = counts.get(district[start], (0, 0))
            counts[district[start]] = (late + (minutes > 60), rides + 1)
        rows = sorted((-late / rides, name) for name, (late, rides) in counts.items())
        return pl.DataFrame({"district": [name for _, name in rows], "share": [-share for share, _ in rows]}, schema)

    schema = {"district": pl.String, "share": pl.Float64}
    return pl.defer(loop, schema=schema)


def right__late_share__left_join(trips, stations):
    """Maps each start to its district by a left join, drops what has none, divides counts of two frames."""
    rides = (
        trips.select(station_id="from_id", minutes="minutes")
        .drop_nulls("minutes")
        .join(stations.select("station_id", "district", listed=pl.lit(1)), on="station_id", how="left")
        .filter(pl.col("listed") == 1)
    )
    total = rides.group_by("district").len("rides")
    late = rides.filter(pl.col("minutes") > 60).group_by("district").len("late")
    share = pl.col("late").fill_null(0).cast(pl.Float64) / pl.col("rides")
    return _ranked(total.join(late, on="district", how="left").with_columns(share=share))


def wrong__late_share__an_hour_is_late(trips, stations):
    """A ride of exactly 60 minutes isn't late."""
    return _share(_counted(trips, stations), pl.col("minutes") >= 60)


def wrong__late_share__whole_minutes(trips, stations):
    """A ride of 60.5 minutes is late; its whole minutes aren't more than 60."""
    return _share(_counted(trips, stations), pl.col("minutes").cast(pl.Int64) > 60)


def wrong__late_share__rounded_minutes(trips, stations):
    """A ride of 60.4 minutes is late."""
    return _share(_counted(trips, stations), pl.col("minutes").cast(pl.Float64).round(0) > 60)


def wrong__late_share__single_precision(trips, stations):
    """As a Float32, 60.000001 minutes are 60."""
    return _share(_counted(trips, stations), pl.col("minutes").cast(pl.Float32) > 60)


def wrong__late_share__unknown_in_denominator(trips, stations):
    """Divides by all rides, those of unknown length among them."""
    places = stations.select("station_id", "district")
    rides = trips.select("from_id", "minutes").join(places, left_on="from_id", right_on="station_id")
    counts = rides.group_by("district").agg(share=pl.col("minutes").gt(60).sum() / pl.len(), n=pl.count("minutes"))
    return _ranked(counts.filter(pl.col("n") > 0))


def wrong__late_share__unknown_is_punctual(trips, stations):
    """Takes an unknown length for 0 minutes."""
    return _share(_counted(trips.with_columns(pl.col("minutes").fill_null(0)), stations), pl.col("minutes") > 60)


def wrong__late_share__unknown_is_typical(trips, stations):
    """Takes the last known length for an unknown one."""
    filled = trips.with_columns(pl.col("minutes").fill_null(strategy="forward"))
    return _share(_counted(filled, stations), pl.col("minutes") > 60)


def wrong__late_share__empty_district_null(trips, stations):
    """Keeps a district all of whose rides have an unknown length."""
    places = stations.select("station_id", "district")
    rides = trips.select("from_id", "minutes").join(places, left_on="from_id", right_on="station_id")
    return _share(rides, pl.col("minutes") > 60)


def wrong__late_share__empty_district_zero(trips, stations):
    """Keeps a district without rides at all, with a share of 0."""
    rides = trips.select("from_id", "minutes").drop_nulls()
    places = stations.select("station_id", "district")
    joined = places.join(rides, left_on="station_id", right_on="from_id", how="left")
    return _ranked(joined.group_by("district").agg(share=(pl.col("minutes") > 60).mean().fill_null(0.0)))


def wrong__late_share__unlisted_district(trips, stations):
    """Keeps rides from stations that aren't listed, in a district of their own."""
    rides = trips.select("from_id", "minutes").drop_nulls("minutes")
    places = stations.select("station_id", "district")
    return _share(rides.join(places, left_on="from_id", right_on="station_id", how="left"), pl.col("minutes") > 60)


def wrong__late_share__mean_of_stations(trips, stations):
    """The mean of the stations' shares: a busy one counts no more than a quiet one."""
    rides = _counted(trips, stations)
    by_station = rides.group_by("district", "from_id").agg(share=(pl.col("minutes") > 60).mean())
    return _ranked(by_station.group_by("district").agg(pl.col("share").mean()))


def wrong__late_share__of_all_late(trips, stations):
    """The district's share of all late rides, not the late ones' share of the district."""
    counts = _counted(trips, stations).group_by("district").agg(n=pl.col("minutes").gt(60).sum())
    return _ranked(counts.select("district", share=(pl.col("n") / pl.col("n").sum()).fill_nan(0.0)))


def wrong__late_share__both_descending(trips, stations):
    """Equal shares come in the opposite order of their names."""
    shares = _counted(trips, stations).group_by("district").agg(share=(pl.col("minutes") > 60).mean())
    return shares.sort("share", "district", descending=True)


def wrong__late_share__ties_by_table(trips, stations):
    """Equal shares come in the order in which their districts first occur."""
    shares = _counted(trips, stations).group_by("district", maintain_order=True)
    return shares.agg(share=(pl.col("minutes") > 60).mean()).sort("share", descending=True, maintain_order=True)


def wrong__late_share__smallest_first(trips, stations):
    """The smallest share comes first."""
    return _share(_counted(trips, stations), pl.col("minutes") > 60).sort("share", "district")


def wrong__late_share__nearly_tied(trips, stations):
    """Takes shares that agree to two digits for equal when it sorts."""
    shares = _counted(trips, stations).group_by("district").agg(share=(pl.col("minutes") > 60).mean())
    return shares.sort(pl.col("share").round(2), pl.col("district"), descending=[True, False])


def wrong__late_share__rounded(trips, stations):
    """Rounds the share to two digits."""
    return _share(_counted(trips, stations), pl.col("minutes") > 60).with_columns(pl.col("share").round(2))


def wrong__late_share__percent(trips, stations):
    """A share in percent."""
    return _share(_counted(trips, stations), pl.col("minutes") > 60).with_columns(pl.col("share") * 100)


def wrong__late_share__distinct_rides(trips, stations):
    """Two rides of the same length from the same station count once."""
    return _share(_counted(trips.unique(["from_id", "minutes"]), stations), pl.col("minutes") > 60)


def wrong__late_share__any_null_drops(trips, stations):
    """A ride with a null in a column that doesn't matter is left out."""
    return _share(_counted(trips.drop_nulls(), stations), pl.col("minutes") > 60)


def wrong__late_share__station_with_null_drops(trips, stations):
    """A station with a null in a column that doesn't matter is left out."""
    return _share(_counted(trips, stations.drop_nulls()), pl.col("minutes") > 60)


def wrong__late_share__eager(trips, stations):
    """Computes all of it and returns a lazy frame of the result."""
    return _share(_counted(trips, stations), pl.col("minutes") > 60).collect().lazy()


def wrong__late_share__eager_stations(trips, stations):
    """Computes the dictionary of the stations at once."""
    district = dict(stations.select("station_id", "district").collect().rows())
    place = pl.col("from_id").replace_strict(district, default=None, return_dtype=pl.String)
    rides = trips.drop_nulls("minutes").select("minutes", district=place)
    return _share(rides.drop_nulls("district"), pl.col("minutes") > 60)


def wrong__late_share__computed(trips, stations):
    """Returns a computed frame."""
    return _share(_counted(trips, stations), pl.col("minutes") > 60).collect()


def wrong__late_share__third_column(trips, stations):
    """A column more than asked for."""
    rides = _counted(trips, stations).group_by("district")
    return rides.agg(share=(pl.col("minutes") > 60).mean(), rides=pl.len()).sort(
        ["share", "district"], descending=[True, False]
    )


def wrong__late_share__columns_swapped(trips, stations):
    """The columns come in the other order."""
    return _share(_counted(trips, stations), pl.col("minutes") > 60).select("share", "district")


def wrong__late_share__top_ten(trips, stations):
    """Ends after ten districts."""
    return _share(_counted(trips, stations), pl.col("minutes") > 60).head(10)


def wrong__late_share__hard_coded(trips, stations):
    """The rows of the docstring's example."""
    return pl.LazyFrame({"district": ["park", "harbor"], "share": [0.5, 0.0]})


# 3. second_busiest


def right__second_busiest__qualify():
    """Dense ranks, filtered by QUALIFY."""
    return """
        SELECT from_id, to_id, count(*) AS trips
        FROM trips
        WHERE from_id IS NOT NULL AND to_id IS NOT NULL
        GROUP BY from_id, to_id
        QUALIFY dense_rank() OVER (PARTITION BY from_id ORDER BY count(*) DESC) = 2
        ORDER BY from_id, to_id
    """


def right__second_busiest__largest_but_one():
    """The largest number below the largest, by joins."""
    return """
        WITH pairs AS (SELECT from_id, to_id, count(*) AS n FROM trips WHERE from_id + to_id IS NOT NULL GROUP BY ALL),
             firsts AS (SELECT from_id, max(n) AS n FROM pairs GROUP BY from_id),
             seconds AS (SELECT from_id, max(p.n) AS n FROM pairs p JOIN firsts f USING (from_id)
                         WHERE p.n < f.n GROUP BY from_id)
        SELECT from_id, to_id, n AS trips FROM pairs JOIN seconds USING (from_id, n) ORDER BY from_id, to_id
    """


def right__second_busiest__one_larger_number():
    """Counts the different larger numbers of the same start: there must be exactly one."""
    return """
        WITH pairs AS (
            SELECT from_id, to_id, count(*) AS n FROM trips
            WHERE NOT (from_id IS NULL OR to_id IS NULL) GROUP BY 1, 2
        )
        SELECT p.from_id, p.to_id, p.n AS trips FROM pairs p
        WHERE (SELECT count(DISTINCT q.n) FROM pairs q WHERE q.from_id = p.from_id AND q.n > p.n) = 1
        ORDER BY p.from_id, p.to_id;
    """


def right__second_busiest__lists():
    """DuckDB's lists: the second of the sorted different numbers, or NULL if there is none."""
    return """
        WITH pairs AS (
            FROM trips SELECT from_id, to_id, trips: count(*)
            WHERE from_id NOT NULL AND to_id NOT NULL GROUP BY ALL
        )
        FROM pairs JOIN (
            FROM pairs SELECT from_id, second: list_reverse_sort(list(DISTINCT trips))[2] GROUP BY from_id
        ) USING (from_id)
        SELECT pairs.* WHERE trips = second ORDER BY ALL
    """


def right__second_busiest__sum_and_window():
    """Counts by a sum (a HUGEINT); the largest number below the largest, by two windows."""
    return """
        SELECT from_id, to_id, trips FROM (
            SELECT *, max(trips) FILTER (trips < most) OVER (PARTITION BY from_id) AS next FROM (
                SELECT *, max(trips) OVER (PARTITION BY from_id) AS most FROM (
                    SELECT from_id, to_id, sum(1) AS trips FROM trips
                    GROUP BY from_id, to_id HAVING from_id IS NOT NULL AND to_id IS NOT NULL
                )
            )
        ) WHERE trips = next ORDER BY from_id ASC, to_id ASC -- NULL is never equal
    """


def right__second_busiest__without_firsts():
    """Leaves the firsts out, then takes the firsts of the others."""
    return """
        WITH pairs AS (SELECT from_id, to_id, count(*) AS n FROM trips
                       WHERE from_id IS NOT NULL AND to_id IS NOT NULL GROUP BY from_id, to_id),
        others AS (SELECT * FROM pairs AS p WHERE n < ANY (SELECT n FROM pairs AS q WHERE q.from_id = p.from_id))
        SELECT from_id, to_id, n AS trips FROM others
        QUALIFY rank() OVER (PARTITION BY from_id ORDER BY n DESC) = 1 ORDER BY 1, 2
    """


def _second(condition, counted="from_id IS NOT NULL AND to_id IS NOT NULL", order="from_id, to_id"):
    """A query of all pairs with windows over their numbers, filtered by a condition."""
    return f"""
        WITH pairs AS (SELECT from_id, to_id, count(*) AS n FROM trips WHERE {counted} GROUP BY from_id, to_id),
        ranked AS (SELECT *, max(n) OVER w AS most, min(n) OVER w AS least, count(*) OVER w AS places,
                   dense_rank() OVER (w ORDER BY n DESC) AS dense, rank() OVER (w ORDER BY n DESC) AS rank,
                   row_number() OVER (w ORDER BY n DESC, to_id) AS row,
                   dense_rank() OVER (w ORDER BY n) AS up FROM pairs WINDOW w AS (PARTITION BY from_id))
        SELECT from_id, to_id, n AS trips FROM ranked WHERE {condition} ORDER BY {order}
    """


def wrong__second_busiest__rank():
    """Behind two firsts comes a third."""
    return _second("rank = 2")


def wrong__second_busiest__row_number():
    """One of two firsts becomes a second, and of two seconds only one is shown."""
    return _second("row = 2")


def wrong__second_busiest__one_of_the_seconds():
    """Of several seconds, only the one with the lowest number."""
    return _second("dense = 2 QUALIFY row_number() OVER (PARTITION BY from_id ORDER BY to_id) = 1")


def wrong__second_busiest__up_to_third():
    """Right behind one or two firsts, but there may be three."""
    return _second("dense = 2 AND rank <= 3")


def wrong__second_busiest__one_less():
    """Takes for second whoever has exactly one trip less than the first."""
    return _second("n = most - 1")


def wrong__second_busiest__last():
    """The destination with the fewest trips, which is second only if there are two different numbers."""
    return _second("n = least AND n < most")


def wrong__second_busiest__from_below():
    """Counts the places from below."""
    return _second("up = 2")


def wrong__second_busiest__all_behind():
    """Everything behind the first place."""
    return _second("n < most")


def wrong__second_busiest__first_if_no_second():
    """Where all have the same number, shows the firsts."""
    return _second("dense = 2 OR least = most")


def wrong__second_busiest__only_destination():
    """Where there is a single destination, shows it."""
    return _second("dense = 2 OR places = 1")


def wrong__second_busiest__null_destination():
    """Trips without a destination make a destination of their own."""
    return _second("dense = 2", counted="from_id IS NOT NULL")


def wrong__second_busiest__null_destination_hidden():
    """Doesn't show trips without a destination, but they take a place."""
    return _second("dense = 2 AND to_id IS NOT NULL", counted="from_id IS NOT NULL")


def wrong__second_busiest__null_counts_nothing():
    """`count(to_id)` gives a destination NULL with 0 trips, which may become second."""
    return """
        SELECT from_id, to_id, count(to_id) AS trips FROM trips WHERE from_id IS NOT NULL GROUP BY from_id, to_id
        QUALIFY dense_rank() OVER (PARTITION BY from_id ORDER BY count(to_id) DESC) = 2 ORDER BY from_id, to_id
    """


def wrong__second_busiest__null_start():
    """Trips without a start make a start of their own."""
    return _second("dense = 2", counted="to_id IS NOT NULL")


def wrong__second_busiest__no_round_trips():
    """Leaves out trips that end where they began: the statement doesn't."""
    return _second("dense = 2", counted="from_id <> to_id")


def wrong__second_busiest__true_ids():
    """`from_id AND to_id` drops NULL, but also station 0."""
    return _second("dense = 2", counted="from_id AND to_id")


def wrong__second_busiest__positive_ids():
    """`from_id * to_id > 0` drops NULL, but also stations with negative numbers."""
    return _second("dense = 2", counted="from_id > 0 AND to_id > 0")


def wrong__second_busiest__over_all():
    """The second place over all starts."""
    return _second("dense_rank = 2").replace(
        "dense_rank() OVER (w ORDER BY n) AS up", "dense_rank() OVER (ORDER BY n DESC) AS dense_rank"
    )


def wrong__second_busiest__rank_of_text():
    """Ranks the numbers as text: 9 before 10."""
    return _second("text = 2").replace(
        "dense_rank() OVER (w ORDER BY n) AS up", "dense_rank() OVER (w ORDER BY n::VARCHAR DESC) AS text"
    )


def wrong__second_busiest__both_directions():
    """Counts the trips back, too."""
    return _second("dense = 2").replace(
        "FROM trips WHERE", "FROM (SELECT * FROM trips UNION ALL SELECT to_id, from_id FROM trips) WHERE"
    )


def wrong__second_busiest__up_to_a_hundred():
    """Numbers over a hundred are equal to it."""
    return _second("dense = 2").replace("count(*) AS n", "least(count(*), 100) AS n")


def wrong__second_busiest__ordered_by_trips():
    """The busiest second comes first."""
    return _second("dense = 2", order="trips DESC, from_id, to_id")


def wrong__second_busiest__ordered_by_start():
    """Two seconds of a start come in the opposite order."""
    return _second("dense = 2", order="from_id, to_id DESC")


def wrong__second_busiest__ordered_by_text():
    """Sorts the numbers of the stations as text."""
    return _second("dense = 2", order="from_id::VARCHAR, to_id::VARCHAR")


def wrong__second_busiest__with_place():
    """A column more than asked for."""
    return _second("dense = 2").replace("n AS trips FROM", "n AS trips, dense FROM")


def wrong__second_busiest__share():
    """The last column is the share of the start's trips, not their number."""
    return _second("dense = 2").replace("n AS trips FROM", "n / sum(n) OVER (PARTITION BY from_id) AS trips FROM")


def wrong__second_busiest__hard_coded():
    """The rows of the docstring's example."""
    return "SELECT unnest([1, 1]) AS from_id, unnest([6, 7]) AS to_id, 1 AS trips"


# 4. lapsed_customers


def right__lapsed_customers__having():
    """One group for each customer, two conditions."""
    return """
        SELECT customer_id FROM rentals
        WHERE customer_id IS NOT NULL
        GROUP BY customer_id
        HAVING bool_or(year(day) = 2023) AND NOT bool_or(year(day) = 2024)
        ORDER BY customer_id
    """


def right__lapsed_customers__except():
    """A difference of two sets."""
    return """
        SELECT customer_id FROM rentals WHERE customer_id IS NOT NULL AND extract(year FROM day) = 2023
        EXCEPT
        SELECT customer_id FROM rentals WHERE extract(year FROM day) = 2024
        ORDER BY customer_id
    """


def right__lapsed_customers__anti_join():
    """DuckDB's ANTI JOIN, and dates as text."""
    return """
        WITH new AS (FROM rentals WHERE strftime(day, '%Y') = '2024')
        SELECT DISTINCT old.customer_id
        FROM rentals AS old ANTI JOIN new USING (customer_id)
        WHERE old.day::VARCHAR LIKE '2023-%' AND old.customer_id NOT NULL
        ORDER BY ALL;
    """


def right__lapsed_customers__not_exists():
    """NOT EXISTS, with half-open ranges of dates."""
    return """
        SELECT DISTINCT customer_id FROM rentals AS r
        WHERE day >= '2023-01-01' AND day < DATE '2024-01-01' AND customer_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM rentals AS s WHERE s.customer_id = r.customer_id
                          AND s.day BETWEEN DATE '2024-01-01' AND DATE '2024-12-31')
        ORDER BY customer_id NULLS FIRST
    """


def right__lapsed_customers__not_in():
    """NOT IN, with the NULLs taken out on both sides."""
    return """
        SELECT customer_id FROM (SELECT DISTINCT customer_id FROM rentals WHERE date_trunc('year', day) = '2023-01-01')
        WHERE customer_id NOT IN (
            SELECT customer_id FROM rentals WHERE date_part('year', day) = 2024 AND customer_id IS NOT NULL
        ) AND customer_id IS NOT NULL
        ORDER BY 1
    """


def right__lapsed_customers__list():
    """The list of a customer's years, FROM first."""
    return """
        FROM (FROM rentals SELECT customer_id, years: list(DISTINCT year(day)) GROUP BY customer_id)
        SELECT customer_id
        WHERE customer_id IS NOT NULL AND list_contains(years, 2023) AND 2024 NOT IN years
        ORDER BY customer_id
    """


def right__lapsed_customers__left_join():
    """A left join whose other side must be missing."""
    return """
        SELECT a.customer_id
        FROM (SELECT customer_id FROM rentals WHERE year(day) = 2023 GROUP BY 1) AS a
        LEFT JOIN (SELECT customer_id, count(*) AS n FROM rentals WHERE year(day) = 2024 GROUP BY 1) AS b
        ON a.customer_id = b.customer_id
        WHERE b.n IS NULL AND a.customer_id IS NOT NULL
        ORDER BY a.customer_id -- each once
    """


def _lapsed(old="year(day) = 2023", new="year(day) = 2024", known="customer_id IS NOT NULL", order="customer_id"):
    """A query of the customers, with two conditions on the days of each."""
    return f"""
        SELECT customer_id FROM (SELECT * FROM rentals WHERE {known}) GROUP BY customer_id
        HAVING bool_or({old}) AND NOT bool_or({new}) ORDER BY {order}
    """


def wrong__lapsed_customers__not_in_null():
    """A rental in 2024 that was paid in cash empties the whole result."""
    return """
        SELECT DISTINCT customer_id FROM rentals
        WHERE year(day) = 2023 AND customer_id IS NOT NULL
          AND customer_id NOT IN (SELECT customer_id FROM rentals WHERE year(day) = 2024)
        ORDER BY customer_id
    """


def wrong__lapsed_customers__not_in_nothing():
    """Without any rental in 2024, NULL is NOT IN an empty list, and gets a voucher."""
    return """
        SELECT customer_id FROM (SELECT DISTINCT customer_id FROM rentals WHERE date_trunc('year', day) = '2023-01-01')
        WHERE customer_id NOT IN (
            SELECT customer_id FROM rentals WHERE date_part('year', day) = 2024 AND customer_id IS NOT NULL
        )
        ORDER BY 1
    """


def wrong__lapsed_customers__other_rows():
    """Filters rows: whoever rented in 2023 also has rows that aren't of 2024."""
    return """
        SELECT DISTINCT customer_id FROM rentals WHERE year(day) = 2023 AND year(day) <> 2024
        AND customer_id IS NOT NULL ORDER BY customer_id
    """


def wrong__lapsed_customers__cash():
    """Cash gets a voucher if nobody paid in cash in 2024."""
    return _lapsed(known="true")


def wrong__lapsed_customers__repeated():
    """A customer with two rentals in 2023 comes twice."""
    return """
        SELECT customer_id FROM rentals ANTI JOIN (SELECT * FROM rentals WHERE year(day) = 2024) USING (customer_id)
        WHERE year(day) = 2023 AND customer_id IS NOT NULL ORDER BY customer_id
    """


def wrong__lapsed_customers__except_all():
    """EXCEPT ALL takes one rental of 2024 from two of 2023, and one is left."""
    return """
        SELECT DISTINCT customer_id FROM (
            SELECT customer_id FROM rentals WHERE year(day) = 2023 AND customer_id IS NOT NULL
            EXCEPT ALL SELECT customer_id FROM rentals WHERE year(day) = 2024
        ) ORDER BY customer_id
    """


def wrong__lapsed_customers__last_year():
    """Whose last rental was in 2023: leaves out who came back in 2025."""
    return _lapsed(old="true", new="false").replace("bool_or(true)", "max(year(day)) = 2023")


def wrong__lapsed_customers__never_since():
    """No rental in 2024 or later."""
    return _lapsed(new="year(day) >= 2024")


def wrong__lapsed_customers__up_to_2023():
    """A rental in 2022 does as well."""
    return _lapsed(old="year(day) <= 2023")


def wrong__lapsed_customers__not_2024():
    """Any rental but in 2024: one in 2025 does as well."""
    return _lapsed(old="year(day) <> 2024")


def wrong__lapsed_customers__only_2023():
    """Rentals in 2023 only."""
    return _lapsed(new="year(day) <> 2023")


def wrong__lapsed_customers__iso_year():
    """The ISO year: 2023-01-01 belongs to 2022, and 2024-12-30 to 2025."""
    return _lapsed(old="isoyear(day) = 2023", new="isoyear(day) = 2024")


def wrong__lapsed_customers__leap_year():
    """365 days from 2024-01-01: the last day of the leap year is missing."""
    return _lapsed(new="day - DATE '2024-01-01' BETWEEN 0 AND 364")


def wrong__lapsed_customers__year_of_365_days():
    """Divides days by 365.25 instead of reading the calendar: off by a day at New Year's Eve."""
    return _lapsed(
        old="floor((day - DATE '1970-01-01') / 365.25) = 53", new="floor((day - DATE '1970-01-01') / 365.25) = 54"
    )


def wrong__lapsed_customers__both_ends():
    """Takes the first day of 2025 for one of 2024."""
    return _lapsed(new="day BETWEEN '2024-01-01' AND '2025-01-01'")


def wrong__lapsed_customers__first_day_of_2024():
    """Takes the first day of 2024 for one of 2023."""
    return _lapsed(old="day BETWEEN '2023-01-01' AND '2024-01-01'", new="day > '2024-01-01' AND day < '2025-01-01'")


def wrong__lapsed_customers__without_first_day():
    """A rental on the first day of 2023 doesn't count."""
    return _lapsed(old="day > '2023-01-01' AND day < '2024-01-01'")


def wrong__lapsed_customers__without_last_day():
    """A rental on the last day of 2023 doesn't count."""
    return _lapsed(old="day >= '2023-01-01' AND day < '2023-12-31'")


def wrong__lapsed_customers__two_digits():
    """The last two digits of the year: 1923 is taken for 2023, and 2124 for 2024."""
    return _lapsed(old="strftime(day, '%y') = '23'", new="strftime(day, '%y') = '24'")


def wrong__lapsed_customers__digits_anywhere():
    """Looks for 23 in the date: 2022-05-23 has it, too."""
    return _lapsed(old="day::VARCHAR LIKE '%23%'")


def wrong__lapsed_customers__true_ids():
    """`WHERE customer_id` drops NULL, but also customer 0."""
    return _lapsed(known="customer_id")


def wrong__lapsed_customers__positive_ids():
    """`customer_id >= 0` drops NULL, but also negative numbers."""
    return _lapsed(known="customer_id >= 0")


def wrong__lapsed_customers__order_of_text():
    """Sorts the numbers as text."""
    return _lapsed(order="customer_id::VARCHAR")


def wrong__lapsed_customers__descending():
    """Sorts the wrong way."""
    return _lapsed(order="customer_id DESC")


def wrong__lapsed_customers__order_of_days():
    """Sorts by the last rental."""
    return _lapsed(order="max(day), customer_id")


def wrong__lapsed_customers__float_ids():
    """Compares numbers as FLOAT, so 16777217 has rented in 2024 if 16777216 has."""
    return """
        SELECT DISTINCT customer_id FROM rentals
        WHERE year(day) = 2023 AND customer_id IS NOT NULL AND customer_id::FLOAT NOT IN (
            SELECT customer_id::FLOAT FROM rentals WHERE year(day) = 2024 AND customer_id IS NOT NULL
        ) ORDER BY customer_id
    """


def wrong__lapsed_customers__with_year():
    """A column more than asked for."""
    return _lapsed().replace("SELECT customer_id FROM", "SELECT customer_id, max(day) AS last FROM")


def wrong__lapsed_customers__other_name():
    """The column has another name."""
    return _lapsed().replace("SELECT customer_id FROM", "SELECT customer_id AS id FROM")


def wrong__lapsed_customers__limit():
    """Ends after ten customers."""
    return _lapsed() + " LIMIT 10"


def wrong__lapsed_customers__hard_coded():
    """The row of the docstring's example."""
    return "SELECT 12 AS customer_id"


# 5. trip_sessions


def right__trip_sessions__diff_and_sum(events, gap_minutes):
    """Sort, differences within each user, and their running sum."""
    new = pl.col("at").diff().over("user") > timedelta(minutes=gap_minutes)
    return (
        events.select("user", "at")
        .sort("user", "at")
        .with_columns(session=new.fill_null(value=False).cast(pl.Int64).cum_sum().over("user"))
        .group_by("user", "session")
        .agg(first=pl.col("at").min(), last=pl.col("at").max(), events=pl.len())
        .sort("user", "session")
    )


def right__trip_sessions__order_by(events, gap_minutes):
    """A window with an order of its own; nothing is sorted before the end."""
    pause = pl.col("at") - pl.col("at").shift(1)
    new = (pause > pl.duration(minutes=gap_minutes)).fill_null(value=False)
    session = new.cum_sum().over("user", order_by="at")
    frame = events.select("user", "at", session=session)
    result = frame.group_by("user", "session").agg(
        pl.min("at").alias("first"), pl.max("at").alias("last"), pl.count("at").alias("events")
    )
    return result.sort(["user", "session"])


def right__trip_sessions__heads_and_tails(events, gap_minutes):
    """The first and last events of sessions, numbered side by side."""
    at, gap = pl.col("at"), pl.lit(gap_minutes).cast(pl.Int64) * 60_000_000_000
    ordered = events.select("user", "at").sort("at").sort("user", maintain_order=True).with_row_index("row")
    nano = at.cast(pl.Datetime("ns", None)).cast(pl.Int64)
    head = (nano - nano.shift(1) > gap).fill_null(value=True).over("user")
    tail = (nano.shift(-1) - nano > gap).fill_null(value=True).over("user")
    marked = ordered.with_columns(head=head, tail=tail)
    heads = marked.filter("head").select("user", first="at", start="row")
    tails = marked.filter("tail").select(last="at", end="row")
    both = pl.concat([heads, tails], how="horizontal")
    number = pl.int_range(pl.len()).over("user")
    return both.select("user", number.alias("session"), "first", "last", events=pl.col("end") - pl.col("start") + 1)


def right__trip_sessions__deferred_loop(events, gap_minutes):
    """A plain loop over the events that runs when the result is asked for."""
    schema = events.select("user", session=pl.lit(0, pl.Int64), first="at", last="at", events=pl.lit(0, pl.Int64))

    def loop(frame):
        rows, gap = [], timedelta(minutes=gap_minutes)
        for user, at in sorted(frame.rows()):
            if rows and rows[-1][0] == user and at - rows[-1][3] <= gap:
                rows[-1][3] = at
                rows[-1][4] += 1
            else:
                number = rows[-1][1] + 1 if rows and rows[-1][0] == user else 0
                rows.append([user, number, at, at, 1])
        return pl.DataFrame(rows, schema=schema.collect_schema(), orient="row")

    return events.select("user", "at").map_batches(loop, schema=schema.collect_schema())


def right__trip_sessions__explode(events, gap_minutes):
    """Lists of each user's sorted times, cut at the pauses, exploded again."""
    at = pl.col("at").sort()
    cut = (at.diff().fill_null(timedelta(0)) > timedelta(minutes=gap_minutes)).cum_sum()
    users = events.group_by("user").agg(at=at, session=cut.cast(pl.UInt32))
    flat = users.explode("at", "session")
    return (
        flat.group_by("user", "session")
        .agg(first=pl.first("at"), last=pl.last("at"), events=pl.len())
        .with_columns(first=pl.min_horizontal("first", "last"), last=pl.max_horizontal("first", "last"))
        .sort(by=["user", "session"])
        .select("user", "session", "first", "last", "events")
    )


def right__trip_sessions__sql(events, gap_minutes):
    """Polars' own SQL for the last step, run ids for the one before."""
    ordered = events.select("user", "at").sort("user", "at")
    new = (pl.col("at").diff() > timedelta(minutes=gap_minutes)).fill_null(value=False).over("user")
    numbered = ordered.with_columns(session=new.cum_sum().rle_id().over("user"))
    return pl.SQLContext(numbered=numbered).execute(
        'SELECT "user", session, MIN(at) AS "first", MAX(at) AS "last", COUNT(*) AS events FROM numbered '
        'GROUP BY "user", session ORDER BY "user", session',
        eager=False,
    )


def _pauses(events):
    """The events in order, with the pause before each."""
    ordered = events.select("user", "at").sort("user", "at")
    return ordered.with_columns(pause=pl.col("at").diff().over("user"))


def _sessions(marked):
    """One row for each session, from events with a column `new`."""
    numbered = marked.with_columns(session=pl.col("new").fill_null(value=False).cast(pl.Int64).cum_sum().over("user"))
    rows = numbered.group_by("user", "session").agg(first=pl.min("at"), last=pl.max("at"), events=pl.len())
    return rows.sort("user", "session")


def _cut(events, gap_minutes):
    """The right answer, for wrong ones to spoil."""
    return _sessions(_pauses(events).with_columns(new=pl.col("pause") > timedelta(minutes=gap_minutes)))


def wrong__trip_sessions__at_least(events, gap_minutes):
    """A pause of exactly `gap_minutes` starts no new session."""
    return _sessions(_pauses(events).with_columns(new=pl.col("pause") >= timedelta(minutes=gap_minutes)))


def wrong__trip_sessions__whole_minutes(events, gap_minutes):
    """Drops the seconds: a pause of 30:59 isn't more than 30 minutes."""
    return _sessions(_pauses(events).with_columns(new=pl.col("pause").dt.total_minutes() > gap_minutes))


def wrong__trip_sessions__whole_seconds(events, gap_minutes):
    """Drops the parts of a second: a pause of 30:00.5 isn't more than 30 minutes."""
    return _sessions(_pauses(events).with_columns(new=pl.col("pause").dt.total_seconds() > 60 * gap_minutes))


def wrong__trip_sessions__whole_milliseconds(events, gap_minutes):
    """Drops the microseconds."""
    return _sessions(_pauses(events).with_columns(new=pl.col("pause").dt.total_milliseconds() > 60000 * gap_minutes))


def wrong__trip_sessions__clock_minutes(events, gap_minutes):
    """Truncates each time to its minute, so a pause of 29:02 may become one of 30 and one of 30:30 stays 30."""
    at = pl.col("at").dt.truncate("1m").diff().over("user")
    ordered = events.select("user", "at").sort("user", "at")
    return _sessions(ordered.with_columns(new=at > timedelta(minutes=gap_minutes)))


def wrong__trip_sessions__rest_of_a_day(events, gap_minutes):
    """`timedelta.seconds` forgets whole days: a gap of 1440 minutes becomes 0."""
    seconds = timedelta(minutes=gap_minutes).seconds
    return _sessions(_pauses(events).with_columns(new=pl.col("pause") > timedelta(seconds=seconds)))


def wrong__trip_sessions__pause_of_a_day(events, gap_minutes):
    """Looks at the minutes and hours of the pause only: one of 24 hours and 5 minutes is short."""
    pause = pl.col("pause").dt.total_microseconds() % 86_400_000_000
    return _sessions(_pauses(events).with_columns(new=pause > gap_minutes * 60_000_000))


def wrong__trip_sessions__half_an_hour(events, gap_minutes):
    """Ignores `gap_minutes`."""
    return _cut(events, 30)


def wrong__trip_sessions__no_gap_default(events, gap_minutes):
    """Takes a gap of 0 for one that wasn't given."""
    return _cut(events, gap_minutes or 30)


def wrong__trip_sessions__unsorted(events, gap_minutes):
    """Trusts the order of the events."""
    pause = pl.col("at").diff().over("user")
    return _sessions(events.select("user", "at").with_columns(new=pause > timedelta(minutes=gap_minutes)))


def wrong__trip_sessions__absolute_pauses(events, gap_minutes):
    """Trusts the order of the events, and turns negative pauses round."""
    pause = pl.col("at").diff().over("user").abs()
    return _sessions(events.select("user", "at").with_columns(new=pause > timedelta(minutes=gap_minutes)))


def wrong__trip_sessions__pause_of_anybody(events, gap_minutes):
    """The pause since anybody's previous event."""
    ordered = events.select("user", "at").sort("at")
    return _sessions(ordered.with_columns(new=pl.col("at").diff() > timedelta(minutes=gap_minutes)))


def wrong__trip_sessions__pause_across_users(events, gap_minutes):
    """A user's first event may come long after the last of the user before: the count then starts at 1."""
    ordered = events.select("user", "at").sort("user", "at")
    return _sessions(ordered.with_columns(new=pl.col("at").diff() > timedelta(minutes=gap_minutes)))


def wrong__trip_sessions__numbered_across_users(events, gap_minutes):
    """Goes on counting from user to user."""
    return _cut(events, gap_minutes).with_columns(session=pl.int_range(pl.len()))


def wrong__trip_sessions__from_one(events, gap_minutes):
    """Counts from 1."""
    return _cut(events, gap_minutes).with_columns(pl.col("session") + 1)


def wrong__trip_sessions__since_the_start(events, gap_minutes):
    """Starts a new session when the last one is older than the gap, not after a pause."""
    gap = timedelta(minutes=gap_minutes)
    schema = _cut(events, gap_minutes).collect_schema()

    def loop(frame):
        rows = []
        for user, at in sorted(frame.rows()):
            if rows and rows[-1][0] == user and at - rows[-1][2] <= gap:
                rows[-1][3:] = [at, rows[-1][4] + 1]
            else:
                rows.append([user, rows[-1][1] + 1 if rows and rows[-1][0] == user else 0, at, at, 1])
        return pl.DataFrame(rows, schema=schema, orient="row")

    return events.select("user", "at").map_batches(loop, schema=schema)


def wrong__trip_sessions__two_events_back(events, gap_minutes):
    """Also starts a new session if it has been too long since the event before the previous one."""
    long = (pl.col("at") - pl.col("at").shift(2).over("user")) > timedelta(minutes=2 * gap_minutes)
    pauses = _pauses(events).with_columns(new=(pl.col("pause") > timedelta(minutes=gap_minutes)) | long)
    return _sessions(pauses)


def wrong__trip_sessions__windows(events, gap_minutes):
    """Fixed windows of the clock."""
    at = pl.col("at").dt.epoch("s") // max(60 * gap_minutes, 1)
    ordered = events.select("user", "at").sort("user", "at")
    return _sessions(ordered.with_columns(new=at.diff().over("user") != 0))


def wrong__trip_sessions__midnight(events, gap_minutes):
    """Starts a new session at midnight."""
    pauses = _pauses(events)
    day = pl.col("at").dt.date().diff().over("user") > timedelta(0)
    return _sessions(pauses.with_columns(new=(pl.col("pause") > timedelta(minutes=gap_minutes)) | day))


def wrong__trip_sessions__distinct(events, gap_minutes):
    """Two events at the same moment are one."""
    return _cut(events.select("user", "at").unique(), gap_minutes)


def wrong__trip_sessions__distinct_rows(events, gap_minutes):
    """Two events that are equal in every column are one."""
    return _cut(events.unique(), gap_minutes)


def wrong__trip_sessions__any_null_drops(events, gap_minutes):
    """An event with a null in a column that doesn't matter is left out."""
    return _cut(events.drop_nulls(), gap_minutes)


def wrong__trip_sessions__single_events(events, gap_minutes):
    """Leaves out sessions of a single event, unless it is the user's only one."""
    rows = _cut(events, gap_minutes)
    return rows.filter((pl.col("events") > 1) | (pl.len().over("user") <= 2))


def wrong__trip_sessions__users_by_appearance(events, gap_minutes):
    """Users come in the order in which they first occur."""
    rows = _cut(events, gap_minutes)
    places = events.select("user").with_row_index("place").group_by("user").agg(pl.min("place"))
    return rows.join(places, on="user").sort("place", "session").drop("place")


def wrong__trip_sessions__ordered_by_session(events, gap_minutes):
    """First sessions of all users come first."""
    return _cut(events, gap_minutes).sort("session", "user")


def wrong__trip_sessions__ordered_by_time(events, gap_minutes):
    """Sessions come in the order in which they began."""
    return _cut(events, gap_minutes).sort("first", "user", "session")


def wrong__trip_sessions__ordered_by_text(events, gap_minutes):
    """Session 10 comes before session 2."""
    return _cut(events, gap_minutes).sort(pl.col("user"), pl.col("session").cast(pl.String))


def wrong__trip_sessions__small_numbers(events, gap_minutes):
    """An Int8 ends at 127 sessions."""
    return _cut(events, gap_minutes).with_columns(pl.col("session").cast(pl.Int8, wrap_numerical=True))


def wrong__trip_sessions__same_name(events, gap_minutes):
    """Users whose names differ in case only become one."""
    return _cut(events.with_columns(pl.col("user").str.to_lowercase()), gap_minutes)


def wrong__trip_sessions__per_everything(events, gap_minutes):
    """Cuts by all other columns together, though only the user matters."""
    pause = pl.col("at").diff().over([name for name in events.collect_schema() if name != "at"])
    marked = events.sort("user", "at").with_columns(new=pause > timedelta(minutes=gap_minutes))
    return _sessions(marked.select("user", "at", "new"))


def wrong__trip_sessions__last_is_next(events, gap_minutes):
    """`last` is when the next session begins (or the user's last event)."""
    rows = _cut(events, gap_minutes)
    later = pl.col("first").shift(-1).over("user")
    return rows.with_columns(last=pl.coalesce(later, "last"))


def wrong__trip_sessions__last_with_gap(events, gap_minutes):
    """`last` is when the session times out."""
    return _cut(events, gap_minutes).with_columns(pl.col("last") + timedelta(minutes=gap_minutes))


def wrong__trip_sessions__swapped(events, gap_minutes):
    """`first` and `last` are swapped."""
    return _cut(events, gap_minutes).with_columns(first="last", last="first")


def wrong__trip_sessions__duration(events, gap_minutes):
    """A column more than asked for."""
    return _cut(events, gap_minutes).with_columns(length=pl.col("last") - pl.col("first"))


def wrong__trip_sessions__columns_by_name(events, gap_minutes):
    """The columns come in alphabetical order."""
    return _cut(events, gap_minutes).select("events", "first", "last", "session", "user")


def wrong__trip_sessions__text_times(events, gap_minutes):
    """The times are text."""
    return _cut(events, gap_minutes).with_columns(pl.col("first", "last").dt.to_string())


def wrong__trip_sessions__eager(events, gap_minutes):
    """Computes all of it and returns a lazy frame of the result."""
    return _cut(events, gap_minutes).collect().lazy()


def wrong__trip_sessions__eager_sort(events, gap_minutes):
    """Sorts at once, and leaves only the rest for later."""
    return _cut(events.select("user", "at").sort("at").collect().lazy(), gap_minutes)


def wrong__trip_sessions__eager_test(events, gap_minutes):
    """Asks at once whether there are any events."""
    if events.head(1).collect().is_empty():
        return _cut(events, 0)
    return _cut(events, gap_minutes)


def wrong__trip_sessions__computed(events, gap_minutes):
    """Returns a computed frame."""
    return _cut(events, gap_minutes).collect()


def wrong__trip_sessions__hard_coded(events, gap_minutes):
    """The rows of the docstring's example."""
    nine, eight, ten = datetime(2024, 5, 1, 9), datetime(2024, 5, 1, 8), datetime(2024, 5, 1, 8, 10)
    frame = {"user": ["ada", "ada"], "session": [0, 1], "first": [eight, nine], "last": [ten, nine], "events": [2, 1]}
    return pl.LazyFrame(frame)
