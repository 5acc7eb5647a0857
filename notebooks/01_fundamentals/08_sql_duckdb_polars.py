# /// lesson
# minutes = 55
# exercise_minutes = 82
# needs = ["01_fundamentals/05_pandas_tables"]
# seconds = 30
# memory_mb = 900
# ///

# %% [markdown]
# # Query millions of rows on a laptop
#
# **Why.** Every ride of two years, 2.3 million of them, fits into one file of 43 MB. To find the mean ride of each station, pandas needs about 200 MB of memory for it. DuckDB and Polars, two engines for tables, need a fraction, for they read a ninth of the file. How do they know which ninth, and when is their answer not the one that pandas gives?
#
# **You will**
# - write SQL: filters, groups, joins, conditional aggregates, windows,
# - read a query plan, and say which columns and which rows will be read at all,
# - build the same query in Polars, where nothing runs until you ask for it,
# - predict what NULL, a second matching row and a time zone do to an answer,
# - choose a tool for the job.
#
# **You need** lesson 05. 55 minutes, and 82 for the exercises.

# %%
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import duckdb
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq

from handrail.kit import data
from handrail.kit.race import race

plt.style.use("handrail.kit.course")

# %% [markdown]
# The rides are generated, like the whole city: one row for each rental of lesson 05, with a destination, a length and a bike drawn from a documented process. We write them to two files, Parquet (section 2) and CSV, in a temporary folder, which section 8 removes. `COPY … TO` is DuckDB's way to write a file. `row_group_size` is explained in section 2, `SET TimeZone` in section 7.

# %%
folder = TemporaryDirectory()
trips_file, csv_file = Path(folder.name) / "trips.parquet", Path(folder.name) / "trips.csv"

trips, stations, hours = data.trips(), data.stations(), data.hours()
trips.to_parquet(trips_file, index=False, row_group_size=122_880)
duckdb.sql("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
duckdb.sql(f"COPY trips TO '{csv_file}'")

megabytes, csv_megabytes = [file.stat().st_size / 1e6 for file in (trips_file, csv_file)]
print(f"{len(trips):,} rows, {megabytes:.0f} MB as Parquet, {csv_megabytes:.0f} MB as CSV")
print(", ".join(trips.columns))

# %% [markdown]
# ## 1. Ask in SQL
#
# SQL is the language of tables. You describe the table that you want; how to make it is the business of the **engine**, the program that answers. `SELECT` names the columns, `FROM` the table, `WHERE` the rows, `ORDER BY` their order (`DESC`: largest first). DuckDB is a database that runs inside Python, without a server. Where it finds no table `stations`, it looks among your variables.

# %%
duckdb.sql("""
    SELECT name, docks
    FROM stations
    WHERE district = 'harbor' AND docks > 10
    ORDER BY docks DESC
""").show()

# %% [markdown]
# One `=` compares, and text stands in single quotes (double quotes are for names). Without `ORDER BY` the rows may come in any order, another one tomorrow.
#
# `GROUP BY` makes one row of each group; `count(*)` counts its rows, `avg` and `sum` need a column. Such functions are **aggregates**. `AS` names a column of the result. Lesson 05 found the mean rentals of free days and working days. Compare.

# %%
by_day_type = duckdb.sql("""
    SELECT working_day, count(*) AS hours, round(avg(rentals), 1) AS mean
    FROM hours
    GROUP BY working_day
    ORDER BY mean
""")
by_day_type.show()
print("pandas:", hours.groupby("working_day")["rentals"].mean().round(1).to_dict())

# %% [markdown]
# You write `SELECT` first, but it is evaluated late. This order explains most error messages of SQL:
#
# | | clause | what it does |
# |---|---|---|
# | 1 | `FROM`, `JOIN` | brings the rows together |
# | 2 | `WHERE` | keeps some **rows** |
# | 3 | `GROUP BY` | makes groups, and computes the aggregates |
# | 4 | `HAVING` | keeps some **groups** |
# | 5 | `SELECT` | computes the columns, and names them |
# | 6 | `ORDER BY`, `LIMIT` | sorts, and cuts off |
#
# So `WHERE avg(minutes) > 20` is an error: at step 2 there are no groups yet. That condition belongs into `HAVING`.
#
# The next query uses every clause. `FILTER` behind an aggregate lets it see only some rows of its group, so two means that differ in their rows stand side by side. Read the clauses in the order of the table: which rides are left out, and which stations?

# %%
big_stations = duckdb.sql("""
    SELECT from_id, count(*) AS rides,
           round(avg(minutes) FILTER (WHERE member), 1) AS members,
           round(avg(minutes) FILTER (WHERE NOT member), 1) AS casual
    FROM trips
    WHERE from_id <> to_id
    GROUP BY from_id
    HAVING count(*) > 90000
    ORDER BY rides DESC
""")
big_stations.show()

# %% [markdown]
# `<>` means "not equal": round trips are out (rows), then the small stations (groups). Casual riders take almost twice as long.
#
# A **join** brings two tables together. By hand it is two loops: compare each row of one table with each row of the other, and keep the pairs that match. Below are four rides and three stations; each line is a pair. (`itertuples` hands out the rows, `argwhere` the places of the true values.)

# %%
rides = pd.DataFrame({"ride": [1, 2, 3, 4], "from_id": [7, 7, 8, 5]})
places = pd.DataFrame({"station_id": [7, 8, 9], "place": ["Pier", "Park", "Campus"]})

figure, ax = plt.subplots(figsize=(6, 2.4))
partners = rides["from_id"].to_numpy()[:, None] == places["station_id"].to_numpy()  # (rides, places)
for i, row in enumerate(rides.itertuples(index=False)):
    color = "black" if partners[i].any() else "C5"
    ax.text(0, -i, f"ride {row.ride} from {row.from_id}", ha="right", va="center", color=color)
for j, row in enumerate(places.itertuples(index=False)):
    ax.text(1, -j, f"{row.station_id} {row.place}", va="center", color="black" if partners[:, j].any() else "C5")
for i, j in np.argwhere(partners):
    ax.plot([0.04, 0.96], [-i, -j], color="C0")
ax.set_title("A join makes one row for each line; two rows have none")
ax.set(xlim=(-0.5, 1.5), ylim=(-3.5, 0.5))
ax.set_axis_off()
plt.show()

# %% [markdown]
# Now in SQL: `ON` says when two rows match (`USING (x)`: when the columns `x` of both are equal). `fetchall` returns the rows as tuples. The second query has the word `LEFT`; the third counts, in two ways (`GROUP BY 1` means the first column). How many rows does each return?

# %%
inner = "SELECT ride, place FROM rides JOIN places ON from_id = station_id ORDER BY ride"
left = "SELECT place, ride FROM places LEFT JOIN rides ON station_id = from_id ORDER BY place, ride"
counts = "SELECT place, count(*), count(ride) FROM places LEFT JOIN rides ON station_id = from_id GROUP BY 1 ORDER BY 1"
for query in (inner, left, counts):
    print(duckdb.sql(query).fetchall())

# %% [markdown]
# `JOIN` makes three rows: Pier has two partners; Campus has none and is dropped, and so is ride 4, whose station isn't listed. `LEFT JOIN` keeps every row of the table on its left, and puts NULL, "no value", where the partner's columns would be (`None` in Python).
#
# So the third query needs care. `count(*)` counts rows, and Campus is in one, without a ride. `count(ride)` counts values that are not NULL: 0 rides.
#
# ## 2. Rows or columns
#
# A CSV file is written row by row: whoever wants one column must read all. **Parquet** is written column by column, in **row groups** (ours have 122,880 rows), and ends with a table of contents (`metadata`): where each column of each group lies, how many bytes it takes, its smallest and its largest value. See what two columns cost.

# %%
contents = pq.ParquetFile(trips_file).metadata
groups = [contents.row_group(i) for i in range(contents.num_row_groups)]
size = {name: sum(g.column(i).total_compressed_size for g in groups) for i, name in enumerate(trips.columns)}
share = (size["from_id"] + size["minutes"]) / sum(size.values())
print(len(groups), "row groups")

figure, ax = plt.subplots(figsize=(7, 3.2))
wanted = ["C0" if name in ("from_id", "minutes") else "#C8C8C8" for name in size]
bars = ax.barh(list(size), [count / 1e6 for count in size.values()], color=wanted)
ax.bar_label(bars, fmt="%.1f", padding=4)
ax.invert_yaxis()
ax.set_title(f"Minutes per station need two columns: {share:.0%} of the bytes")
ax.set(xlabel="MB in the Parquet file")
ax.grid(visible=False)
plt.show()

# %% [markdown]
# That answers half of the first question: an engine that knows which columns you use leaves the others on the disk. The other half are rows. Here is the idea in a few lines: cut two columns into blocks, note the smallest and largest key of each, and open a block only if a match is possible. (`slice(a, b)` is the `a:b` of brackets as an object; [low, high) includes `low`, not `high`.)


# %%
def blocks_of(key: np.ndarray, value: np.ndarray, rows: int) -> list[dict]:
    """Cut two columns into blocks, and note the smallest and largest key of each."""
    cuts = [slice(at, at + rows) for at in range(0, len(key), rows)]
    return [{"low": key[c].min(), "high": key[c].max(), "key": key[c], "value": value[c]} for c in cuts]


def total_between(blocks: list[dict], low: float, high: float) -> tuple[float, int]:
    """Return the sum of the values whose key lies in [low, high), and how many blocks were opened for it."""
    opened = [block for block in blocks if block["high"] >= low and block["low"] < high]
    inside = [(block["key"] >= low) & (block["key"] < high) for block in opened]
    total = sum(b["value"][i].sum(dtype=float) for b, i in zip(opened, inside, strict=True))
    return float(total), len(opened)


# %% [markdown]
# The rides are sorted by their start. We ask for the minutes ridden in one week of June 2024, once from our blocks, once from the file: DuckDB reads a Parquet file when you write its path in quotes where a table would stand. `in_week` has a gap for the path (`{{}}` in an f-string leaves `{}`), which `format` fills, so that we can ask other files too. `[(x,)] = …` takes a single value out of a single row. A `Timestamp` is a moment, a `Timedelta` a length of time.

# %%
monday = datetime(2024, 6, 10, tzinfo=ZoneInfo("Europe/Berlin"))
week = pd.Timestamp(monday), pd.Timestamp(monday) + pd.Timedelta(days=7)
first = trips["start"].iloc[0]
low, high = [(moment - first) / pd.Timedelta(days=1) for moment in week]  # in days since the first ride

day = ((trips["start"] - first) / pd.Timedelta(days=1)).to_numpy()
blocks = blocks_of(day, trips["minutes"].to_numpy(), rows=122_880)
by_hand, opened = total_between(blocks, low, high)
print(f"by hand: {by_hand:,.0f} minutes, {opened} of {len(blocks)} blocks opened")

in_week = f"SELECT sum(minutes) FROM '{{}}' WHERE start >= '{week[0]}' AND start < '{week[1]}'"
[(from_file,)] = duckdb.sql(in_week.format(trips_file)).fetchall()
print(f"DuckDB:  {from_file:,.0f} minutes")

# %% [markdown]
# Parquet keeps the same notes for every column of every row group, and they are all that is needed to count the groups that a week touches.
#
# **Predict before you run.** We shuffle the rows and write them to a second file. The same rides, the same week. How many of its 19 groups must be opened?

# %%
shuffled_file = Path(folder.name) / "shuffled.parquet"
trips.sample(frac=1, random_state=1).to_parquet(shuffled_file, index=False, row_group_size=122_880)


def ranges(file: Path) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """Return the earliest and latest start in each row group of a file, from its table of contents."""
    contents = pq.ParquetFile(file).metadata
    notes = [contents.row_group(i).column(1).statistics for i in range(contents.num_row_groups)]
    return [(pd.Timestamp(note.min), pd.Timestamp(note.max)) for note in notes]


def touched(file: Path, low: pd.Timestamp, high: pd.Timestamp) -> list[bool]:
    """Say for each row group whether it may hold a start in [low, high)."""
    return [latest >= low and earliest < high for earliest, latest in ranges(file)]


print("sorted:  ", sum(touched(trips_file, *week)), "of", len(ranges(trips_file)))
print("shuffled:", sum(touched(shuffled_file, *week)), "of", len(ranges(shuffled_file)))

# %% [markdown]
# The tempting answer is 1, or a few: the week has not grown. But each group of the shuffled file holds rides from all of the two years, so its smallest and largest start say nothing. The notes help only as far as the order of the rows lets them. The figure shows each group as a line, and the week as a band.


# %%
def draw_groups(ax: plt.Axes, file: Path, low: pd.Timestamp, high: pd.Timestamp) -> int:
    """Draw from when to when each row group reaches; return how many the time from `low` to `high` touches."""
    hit = touched(file, low, high)
    for i, ((earliest, latest), opened) in enumerate(zip(ranges(file), hit, strict=True)):
        ax.plot([earliest, latest], [i, i], linewidth=5, color="C0" if opened else "#C8C8C8")
    ax.axvspan(low, high, color="C1", alpha=0.5, linewidth=0)
    ax.set(xlabel="start of the ride", ylabel="row group", yticks=range(0, 19, 6))
    ax.set_xticks(pd.to_datetime(["2023-01-01", "2024-01-01", "2025-01-01"]), ["2023", "2024", "2025"])
    return sum(hit)


figure, axes = plt.subplots(1, 2, figsize=(9, 3.4))
for ax, file, name in zip(axes, (trips_file, shuffled_file), ("Sorted", "Shuffled"), strict=True):
    number = draw_groups(ax, file, *week)
    ax.set_title(f"{name}: the week touches {number} of 19 groups")
plt.show()

# %% [markdown]
# Does the engine make use of it? DuckDB answers the same question from both files; they hold the same rides.

# %%
race(
    {
        "sorted file": lambda: duckdb.sql(in_week.format(trips_file)).fetchall(),
        "shuffled file": lambda: duckdb.sql(in_week.format(shuffled_file)).fetchall(),
    },
    title="The same rides, the same week: order saves the reading",
)

# %% [markdown]
# Choose a period yourself. How long may it be until a fourth group is read? Why does the answer differ between winter and summer?

# %% tags=["widget"]
from ipywidgets import SelectionRangeSlider, interact

dates = [(f"{date:%d %b %Y}", date) for date in pd.date_range("2023-01-01", "2025-01-01", freq="7D", tz="UTC")]
slider = SelectionRangeSlider(options=dates, index=(75, 76), description="from, to", layout={"width": "90%"})


@interact(time=slider)
def choose(time):
    _, ax = plt.subplots(figsize=(7, 3.4))
    number = draw_groups(ax, trips_file, *time)
    ax.set_title(f"{number} of 19 row groups are read")
    plt.show()


# %% [markdown]
# ## 3. Polars plans before it works
#
# Polars is a table library like pandas, with another way of asking. `pl.col("minutes") > 60` computes nothing: it is an **expression**, a note of what to compute. `scan_parquet` reads no rows: it gives a **LazyFrame**, a note of the whole query. `explain` shows its plan; read it from the bottom up. The first plan is the one that we wrote, the second the one that runs. What has moved? (`EXPLAIN` does it for DuckDB.)


# %%
def plan(query: pl.LazyFrame, **options: bool) -> str:
    """Return the plan of a query, without the path of the temporary folder."""
    return query.explain(**options).replace(folder.name + "/", "")


late = (
    pl.scan_parquet(trips_file)
    .filter(pl.col("minutes") > 60)
    .group_by("from_id")
    .agg(late=pl.len(), longest=pl.col("minutes").max())
)
print("As written:", plan(late, optimized=False), "\nAs run:", plan(late), sep="\n")

late_in_sql = f"""SELECT from_id, count(*) AS late, max(minutes) AS longest FROM '{trips_file}'
                  WHERE minutes > 60 GROUP BY from_id"""
boxes = duckdb.sql(f"EXPLAIN {late_in_sql}").fetchall()[0][1]
print("\nDuckDB, the lowest box:", boxes[boxes.rindex("╭") :].rstrip(), sep="\n")

# %% [markdown]
# As written, `*/7 COLUMNS` are read, all of them, and filtered afterwards. Polars changed two things: `PROJECT 2/7` reads only the columns in use, and `SELECTION` moved the filter *into* the scan, where the notes of section 2 can save whole groups. DuckDB's plan says the same in other words.
#
# The work happens at `collect`. With `engine="streaming"` it goes through the file piece by piece, and holds only a few pieces at a time. Write `scan`, expressions, and one `collect` at the end: a `collect` in the middle reads everything above it, and around a Python function, called row by row, nothing can be planned.

# %%
in_polars = late.sort("late", "from_id", descending=[True, False]).collect(engine="streaming")
in_duckdb = duckdb.sql(late_in_sql + " ORDER BY late DESC, from_id").fetchall()
print(in_polars.head(3))
print("same as DuckDB:", in_polars.rows() == in_duckdb)

# %% [markdown]
# ## 4. Windows
#
# `GROUP BY` leaves one row of each group. A **window function** keeps all rows, and lets each look at the others of its group: `OVER (PARTITION BY … ORDER BY …)` says which others, and in which order. Three of them number rows. See how they differ after the tie.

# %%
points = pd.DataFrame({"team": ["A", "A", "A", "A", "B", "B"], "points": [9, 9, 7, 5, 8, 2]})
numbered = duckdb.sql("""
    SELECT team, points,
           row_number() OVER (PARTITION BY team ORDER BY points DESC) AS row_number,
           rank() OVER (PARTITION BY team ORDER BY points DESC) AS rank,
           dense_rank() OVER (PARTITION BY team ORDER BY points DESC) AS dense_rank
    FROM points
    ORDER BY team, points DESC, row_number
""")
numbered.show()

# %% [markdown]
# `row_number` breaks the tie by chance. `rank` has two firsts and no second, as in sports. `dense_rank` counts different values.
#
# Now each station's favorite destination. First count, then rank the counts. `WITH name AS (…)` gives an intermediate result a name. `stations` is joined twice, for both ends of a ride, so each gets a short name, `a` and `b`. `WHERE` can't see a window, it is evaluated before; `QUALIFY` is the filter that comes after.

# %%
favorites = duckdb.sql("""
    WITH pairs AS (
        SELECT from_id, to_id, count(*) AS rides FROM trips
        WHERE from_id <> to_id GROUP BY from_id, to_id
    )
    SELECT a.name AS origin, b.name AS favorite, rides FROM pairs
    JOIN stations AS a ON from_id = a.station_id
    JOIN stations AS b ON to_id = b.station_id
    QUALIFY rank() OVER (PARTITION BY from_id ORDER BY rides DESC) = 1
    ORDER BY rides DESC
    LIMIT 5
""")
favorites.show()

# %% [markdown]
# `lag(x)` is the value one row earlier in the window, and `epoch` turns a moment into seconds: together they give the time since the *same* bike's previous ride. (After `FROM`, a query in parentheses stands for its result.) In Polars, `diff` takes the difference from the row before, and `over` keeps bikes apart. Both leave the first ride of a bike without a value. How many such rides are there?

# %%
earlier = "SELECT start, lag(start) OVER (PARTITION BY bike_id ORDER BY start) AS earlier FROM '{}'"
idle = duckdb.sql(f"""
    SELECT count(*) - count(earlier) AS first_rides, round(avg(epoch(start) - epoch(earlier)) / 3600, 3) AS hours
    FROM ({earlier.format(trips_file)})
""").fetchall()

pause = pl.col("start").sort().diff().over("bike_id").dt.total_seconds() / 3600
idle_in_polars = (
    pl.scan_parquet(trips_file)
    .select(pause=pause)
    .select(first_rides=pl.col("pause").null_count(), hours=pl.col("pause").mean().round(3))
)
print(idle, idle_in_polars.collect().rows())

# %% [markdown]
# One for each of the 3,000 bikes. Without `over`, a bike's first ride would be compared with the last of another bike, and no error would tell.
#
# ## 5. Measured against pandas
#
# Four questions, three tools. Memory that one tool took would still be held when the next one starts, so each program runs in a process of its own. This is the frame around a program: it imports a library, then counts memory and processor time until the answer is there.

# %%
imports = {"pandas": "import pandas as pd, pyarrow.parquet", "Polars": "import polars as pl", "DuckDB": "import duckdb"}
frame = """
import json, resource, time
{imports}
TRIPS, TABLE, STATIONS = {files}

def peak():  # the most memory that this process has held, in MB
    try:
        return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1e3
    except (OSError, IndexError):  # not on Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6

memory, seconds = peak(), time.process_time()
answer = ({program})
print(json.dumps([answer, peak() - memory, time.process_time() - seconds]))
"""

# %% [markdown]
# Each program is one expression, whose value is a list of numbers. First the question of the beginning, the mean ride of each station. "pandas, 2 columns" knows what the plans found out, because a person told it. The same question is asked of the CSV file, too.

# %%
of_parquet = {
    "pandas": "pd.read_parquet(TRIPS).groupby('from_id')['minutes'].mean().tolist()",
    "pandas, 2 columns": """pd.read_parquet(TRIPS, columns=['from_id', 'minutes'])
                              .groupby('from_id')['minutes'].mean().tolist()""",
    "Polars": """pl.scan_parquet(TRIPS).group_by('from_id').agg(pl.col('minutes').mean()).sort('from_id')
                   .collect(engine='streaming')['minutes'].to_list()""",
    "DuckDB": """[mean for mean, in duckdb.sql(f"SELECT avg(minutes) FROM '{TRIPS}' GROUP BY from_id ORDER BY from_id")
                   .fetchall()]""",
}
of_csv = {}
for tool in imports:
    program = of_parquet[tool].replace("TRIPS", "TABLE")
    of_csv[tool] = program.replace("read_parquet", "read_csv").replace("scan_parquet", "scan_csv")

# %% [markdown]
# Then the rides of more than an hour by district, which takes a join; and the mean pause of a bike, the window of section 4. (SQL says in which order; the pandas and Polars programs rely on that of the file.)

# %%
of_joined = {
    "pandas": """pd.read_parquet(TRIPS).merge(pd.read_csv(STATIONS), left_on='from_id', right_on='station_id')
                   .query('minutes > 60').groupby('district').size().tolist()""",
    "Polars": """pl.scan_parquet(TRIPS).join(pl.scan_csv(STATIONS), left_on='from_id', right_on='station_id')
                   .filter(pl.col('minutes') > 60).group_by('district').len().sort('district')
                   .collect(engine='streaming')['len'].to_list()""",
    "DuckDB": """[n for n, in duckdb.sql(f'''SELECT count(*) FROM '{TRIPS}' JOIN '{STATIONS}' ON from_id = station_id
                   WHERE minutes > 60 GROUP BY district ORDER BY district''').fetchall()]""",
}
of_windows = {
    "pandas": "[pd.read_parquet(TRIPS).groupby('bike_id')['start'].diff().dt.total_seconds().mean()]",
    "Polars": "pl.scan_parquet(TRIPS).select(pl.col('start').diff().over('bike_id').dt.total_seconds().mean())"
    ".collect(engine='streaming').row(0)",
    "DuckDB": f"""duckdb.sql("SELECT avg(epoch(start) - epoch(earlier)) FROM ({earlier})".format(TRIPS)).fetchall()[0]""",
}

# %% [markdown]
# `measure` runs a program in a fresh Python and reads three things back: answer, memory, seconds. (They travel as JSON, a text form of lists and numbers.) Before anything is compared, all tools must have given the same answer.


# %%
def measure(tool: str, program: str) -> tuple[list[float], float, float]:
    """Run a program in a process of its own; return its answer, the MB that it needed, its seconds on processors."""
    files = tuple(map(str, (trips_file, csv_file, data.path("city_bikes") / "stations.csv")))
    code = frame.format(imports=imports[tool.split(",")[0]], files=files, program=program)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return tuple(json.loads(done.stdout))


questions = {"mean ride\nper station": of_parquet, "long rides\nby district": of_joined, "pause\nof a bike": of_windows}
questions["mean ride,\nfrom CSV"] = of_csv
memory, seconds = {}, {}
for question, programs in questions.items():
    measured = {tool: measure(tool, program) for tool, program in programs.items()}
    answers, memory[question], seconds[question] = [{tool: m[i] for tool, m in measured.items()} for i in range(3)]
    assert all(np.allclose(answer, answers["pandas"], rtol=1e-4) for answer in answers.values())
    print(f"{question.replace(chr(10), ' ')}: {len(answers)} programs agree")

# %% [markdown]
# Each row of the figure is a question, each mark a program. Left: megabytes beyond what the imports took. Right: processor time as a multiple of the fastest; mind that this axis doubles. Where is the distance large, where is there none?

# %%
marks = {"pandas": ("s", "C5"), "pandas, 2 columns": ("D", "C1"), "Polars": ("o", "C0"), "DuckDB": ("^", "C2")}
figure, axes = plt.subplots(1, 2, figsize=(9.5, 4), sharey=True)
for y, question in enumerate(questions):
    for tool in questions[question]:
        marker, color = marks[tool]
        axes[0].plot(memory[question][tool], y, marker, color=color, markersize=8, label=tool if y == 0 else None)
        axes[1].plot(seconds[question][tool] / min(seconds[question].values()), y, marker, color=color, markersize=8)
axes[0].set(yticks=range(len(questions)), yticklabels=questions, xlabel="peak memory in MB", xlim=(0, None))
axes[1].set(xscale="log", xlabel="processor time, as a multiple of the fastest", ylim=(3.3, -0.3))
axes[1].set_xticks([1, 2, 4, 8, 16, 32], ["1", "2", "4", "8", "16", "32"], minor=False)
axes[1].minorticks_off()
for ax, title in zip(axes, ("What isn't read needs no memory", "… and no time"), strict=True):
    ax.set_title(title)
figure.legend(loc="outside lower center", ncols=4)
plt.show()

# %% [markdown]
# pandas reads the whole table, then begins. Told which two columns to read, it needs half of the memory. The gap is widest where a plan helps most: the filter before the join. It narrows where every ride must be put in order or all of the text be parsed: there is less to leave out.
#
# And small tables? Here all three add up the docks of 20 stations.

# %%
twenty = pl.from_pandas(stations)
docks = "SELECT sum(docks) FROM stations GROUP BY district ORDER BY district"
race(
    {
        "pandas": lambda: stations.groupby("district")["docks"].sum().tolist(),
        "Polars": lambda: twenty.group_by("district").agg(pl.col("docks").sum()).sort("district")["docks"].to_list(),
        "DuckDB": lambda: [total for (total,) in duckdb.sql(docks).fetchall()],
    },
    title="Twenty rows: planning takes longer than the work",
)

# %% [markdown]
# ## 6. How it fails: three-valued logic
#
# A workshop notes the numbers of bikes that it repaired; one number is illegible, so it is NULL.
#
# **Predict before you run.** In the column 1, 2, NULL: in how many rows is `x <> 1`? And which of the bikes 1, 2, 3 are `NOT IN` the list of repaired ones, 1 and NULL?

# %%
notes = pd.DataFrame({"x": [1, 2, None]})
counts_of_null = duckdb.sql("SELECT count(*), count(x), avg(x), count(*) FILTER (WHERE x <> 1) FROM notes").fetchall()
print("rows, values, mean, rows with x <> 1:", counts_of_null)
print("Polars:", pl.from_pandas(notes).filter(pl.col("x") != 1).height, " pandas:", notes["x"].ne(1).sum())

bikes, repaired = pl.DataFrame({"bike": [1, 2, 3]}), pl.DataFrame({"bike": [1, None]})
not_in = duckdb.sql("SELECT bike FROM bikes WHERE bike NOT IN (SELECT bike FROM repaired)").fetchall()
print("not repaired:", not_in)

# %% [markdown]
# Tempting: 2 rows, and the bikes 2 and 3. pandas agrees with the first: a missing value differs from everything. For SQL and Polars NULL is a value that *isn't known*, so `NULL <> 1` is unknown too, neither true nor false, and `WHERE` keeps only what is true. `NOT IN` fares worse.
#
# `3 NOT IN (1, NULL)` means `3 <> 1 AND 3 <> NULL`. True **and** unknown is unknown, for the illegible bike may be number 3. One NULL in the list empties the whole result, without an error. The repairs ask for rows instead of comparing values: `NOT EXISTS`, or its short form, the anti join (rows without a partner). `IS DISTINCT FROM` takes NULL for a value like any other.

# %%
logic = "SELECT NULL = NULL, 3 <> 1 AND 3 <> NULL, NULL IS NULL, 3 IS DISTINCT FROM NULL"
exists = """
    SELECT bike FROM bikes
    WHERE NOT EXISTS (SELECT * FROM repaired WHERE repaired.bike = bikes.bike)
    ORDER BY bike
"""
anti = "SELECT bike FROM bikes ANTI JOIN repaired USING (bike) ORDER BY bike"
distinct = "SELECT count(*) FROM notes WHERE x IS DISTINCT FROM 1"
repairs = {"logic": logic, "NOT EXISTS": exists, "ANTI JOIN": anti, "IS DISTINCT FROM": distinct}
for name, query in repairs.items():
    print(f"{name:17}", duckdb.sql(query).fetchall())
print(f"{'Polars':17}", bikes.join(repaired, on="bike", how="anti").rows())

# %% [markdown]
# ## 7. How it fails: two joins and a clock
#
# Two stations report 100 and 50 rentals. A second table lists maintenance visits. Somebody joins it, to show rentals and visits in one line. **Predict:** what is the sum of the rentals?

# %%
daily = pd.DataFrame({"station_id": [101, 102], "rentals": [100, 50]})
visits = pd.DataFrame({"station_id": [101, 101, 102], "hours": [2, 1, 3]})

twice = "SELECT sum(rentals), sum(hours) FROM daily JOIN visits USING (station_id)"
print("joined, then added:", duckdb.sql(twice).fetchall())

once = """
    WITH work AS (SELECT station_id, sum(hours) AS hours FROM visits GROUP BY station_id)
    SELECT sum(rentals), sum(hours) FROM daily JOIN work USING (station_id)
"""
print("added, then joined:", duckdb.sql(once).fetchall())

# %% [markdown]
# Not 150. Station 101 has two visits, so its row came out of the join twice. The hours are right, the rentals are not, and nothing warns. **Aggregate before you join**, until each side has one row for each key. Polars and pandas check it if you ask: `validate="1:1"` in a join.
#
# The clock is quieter still. `start` holds moments; which *hour* a moment falls into depends on where you stand. DuckDB takes the zone of its session, and that is the zone of the machine unless you set it. Below, one query on three machines; then the zone in the query; then Polars, which never asks the machine but takes the zone of the column.

# %%
rush = f"SELECT extract(hour FROM start) FROM '{trips_file}' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
busiest = {}
for zone in ("UTC", "Europe/Berlin", "America/New_York"):
    duckdb.sql(f"SET TimeZone = '{zone}'")
    [(busiest[zone],)] = duckdb.sql(rush).fetchall()
print(busiest)

in_city = rush.replace("FROM start", "FROM start AT TIME ZONE 'Europe/Berlin'")
print("zone in the query, session in New York:", duckdb.sql(in_city).fetchall())
duckdb.sql("SET TimeZone = 'UTC'")

start = pl.col("start")
for name, moment in {"as it is": start, "converted": start.dt.convert_time_zone("Europe/Berlin")}.items():
    counted = pl.scan_parquet(trips_file).group_by(hour=moment.dt.hour()).len()
    busiest[name] = counted.top_k(1, by="len").collect()["hour"].item()
    print(f"Polars, {name}:", busiest[name])

# %% [markdown]
# The city's rush hour is 17:00. A colleague abroad, or a server set to UTC, gets another answer from the same query and the same file, and nobody sees a mistake. Write the zone into the query: `AT TIME ZONE`, or `convert_time_zone` in Polars.
#
# ## 8. Which tool?
#
# | the job | take | because |
# |---|---|---|
# | a table that fits easily, plots, time series, statistics | pandas | every library speaks it |
# | questions to files; joins larger than memory; colleagues who know SQL | DuckDB | reads what it needs, moves to disk what memory can't hold |
# | a pipeline of many steps in Python | Polars | expressions can be tested and reused; one plan for all steps |
# | many programs that write at the same time | a database server | transactions, users, backups (lesson 09) |
#
# You needn't choose once for all. All of them speak **Arrow**, a common layout of columns in memory. Is the table copied on its way from one to the other? (The last two lines remove the temporary files: to run earlier cells again, begin at the top.)

# %%
frame_in_polars = pl.from_pandas(trips[["from_id", "minutes"]])
arrow = frame_in_polars.to_arrow()
shared = np.shares_memory(arrow["minutes"].chunk(0).to_numpy(), frame_in_polars["minutes"].to_numpy())
print("Polars and Arrow share the column's memory:", shared)

answer = duckdb.sql("SELECT from_id, avg(minutes) AS mean FROM frame_in_polars GROUP BY from_id ORDER BY mean DESC")
print(type(answer.df()).__module__.split(".")[0], type(answer.pl()).__module__.split(".")[0])
print(answer.pl().head(2).with_columns(pl.col("mean").round(2)))

folder.cleanup()
print("temporary files left:", any(file.exists() for file in (trips_file, shuffled_file, csv_file)))

# %% [markdown]
# Between Polars and Arrow nothing is copied. DuckDB queried a Polars frame by its name, and hands results to pandas with `.df()`, to Polars with `.pl()`; making pandas' own columns copies, which costs little once the result is small. A usual division of labor: DuckDB or Polars shrink millions of rows to thousands, pandas and Matplotlib do the rest.

# %% [markdown]
# ## In practice
#
# - **Sort a Parquet file by the column that people filter on**, usually time. Without that order, the notes of section 2 rule nothing out.
# - **Read the plan before you buy a larger machine.** Are there columns that nobody uses, a filter above a join, a Python function in the middle?
# - **Never format values from users into SQL text.** Pass them as parameters: `duckdb.execute("… WHERE from_id = ?", [101])`. Lesson 09 shows what happens otherwise. (The paths and dates above were our own.)
# - **Before you move a report to another engine, run both on a sample** that has missing values, ties and duplicate keys. Sections 6 and 7 are where they differ.

# %% [markdown]
# ## Check yourself
#
# **1.** A column holds 1, 2, NULL. What is `SELECT avg(x)`?
# - **a)** 1.0
# - **b)** NULL
# - **c)** an error
# - **d)** 1.5
#
# <details><summary>Answer</summary>
#
# **d.** Aggregates leave NULL out: 3 / 2. *a* takes NULL for 0 and divides by three rows; `avg(coalesce(x, 0))`, which puts 0 for NULL, would do that. *b* expects unknown to spread, as it does in `1 + NULL`; aggregates are the exception. *c*: a missing value is a normal value of every column.
# </details>
#
# **2.** Why is a query on a Parquet file fast?
# - **a)** the file is compressed
# - **b)** it skips columns and row groups that it doesn't need
# - **c)** the file stays in memory
# - **d)** SQL is compiled
#
# <details><summary>Answer</summary>
#
# **b.** Two columns of seven were 11 % of the bytes; one week was 1 of 19 groups. *a*: a CSV file can be compressed too, and must still be read whole. *c*: each process of section 5 started with nothing in memory. *d*: Polars, without a word of SQL, was as fast.
# </details>
#
# **3.** Where does a lazy Polars query do its work?
# - **a)** at `collect`
# - **b)** line by line, as it is written
# - **c)** when it is first printed
# - **d)** in a database server
#
# <details><summary>Answer</summary>
#
# **a.** Until then it is a plan. *b* is how pandas works, and why it can't leave out a column that a later line doesn't use. *c*: printing shows the plan. *d*: there is no server; DuckDB and Polars both run inside your Python.
# </details>

# %% [markdown]
# ## In short
#
# - SQL says what, not how. Evaluated: `FROM`, `WHERE`, `GROUP BY`, `HAVING`, `SELECT`, `ORDER BY`.
# - Parquet stores columns in row groups with notes; engines skip what the notes rule out, if the order of the rows lets them.
# - Lazy means: plan first, read less. One `collect`, at the end.
# - A window keeps every row and lets it see its neighbors.
# - NULL is unknown: `<>` and `NOT IN` lose rows; `NOT EXISTS` and anti joins don't.
# - Aggregate before you join; say the time zone in the query.
#
# ## Next
#
# [Open the exercises](../../work/01_fundamentals/08_sql_duckdb_polars.ipynb): balance the stations, compare the districts, find second places, win back customers, cut events into sessions. Then lesson 10 looks at the rows of a table as vectors.

# %% tags=["claims"]
assert len(trips) == 2_308_877 and 40 < megabytes < 46
assert by_day_type.fetchall() == [(False, 5424, 122.3), (True, 12120, 135.8)]
assert all(casual > 1.5 * members for _, _, members, casual in big_stations.fetchall())
assert len(trips) == 2_308_877 and 40 < megabytes < 46 and csv_megabytes > 2.5 * megabytes
assert by_day_type.fetchall() == [(False, 5424, 122.3), (True, 12120, 135.8)]
assert [origin for origin, *_ in big_stations.fetchall()] == [115, 103, 107, 114, 110]
assert all(1.7 < casual / members < 2 for _, _, members, casual in big_stations.fetchall())
assert len(duckdb.sql(inner).fetchall()) == 3 and len(duckdb.sql(left).fetchall()) == 4
assert len(groups) == 19 and f"{share:.0%}" == "11%"
assert opened == 1 and abs(by_hand - from_file) < 1 and f"{by_hand:,.0f}" == "633,914"
assert "PROJECT */7" in late.explain(optimized=False) and "PROJECT 2/7" in late.explain()
assert "SELECTION" in late.explain() and "Filters: minutes" in boxes
assert in_polars.rows() == in_duckdb and in_polars["late"][0] == 7884
assert idle == [(3000, 22.733)]
assert favorites.fetchall()[0] == ("Residential 3", "Harbor 2", 63138)
assert [len(programs) for programs in questions.values()] == [4, 3, 3, 3]
ride, joins, window, csv = memory
assert memory[ride]["pandas"] > 150 and memory[ride]["pandas, 2 columns"] < 0.75 * memory[ride]["pandas"]
for question in (ride, joins):
    for tool in ("Polars", "DuckDB"):
        assert memory[question][tool] < 0.6 * memory[question]["pandas"], (question, tool, memory)
        assert seconds[question][tool] < 0.6 * seconds[question]["pandas"], (question, tool, seconds)
slower = {question: seconds[question]["pandas"] / min(seconds[question].values()) for question in questions}
assert slower[joins] > 1.5 * max(slower[window], slower[csv]), slower
assert counts_of_null == [(3, 2, 1.5, 1)] and not_in == [] and notes["x"].ne(1).sum() == 2
assert [duckdb.sql(repairs[name]).fetchall() for name in ("NOT EXISTS", "ANTI JOIN")] == [[(2,), (3,)]] * 2
assert duckdb.sql(distinct).fetchall() == [(2,)]
assert duckdb.sql(twice).fetchall() == [(250, 6)] and duckdb.sql(once).fetchall() == [(150, 6)]
assert list(busiest.values()) == [15, 17, 11, 15, 17]
assert shared and not trips_file.exists()
