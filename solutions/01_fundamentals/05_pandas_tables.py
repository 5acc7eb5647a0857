# %% [markdown]
# # Exercises: Ask questions of a table
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest table on which your answer is wrong. Stuck? `hint(share_by_group)` gives the next of three hints, `solution(share_by_group)` the answer. Any order; `progress()` says where you are.

# %%
import pandas as pd

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Share out the revenue  ★☆☆ · 8 min
# A shop exports its receipts; `group` and `value` name two columns, such as the seller and the amount. What share of the total does each group have? Receipts without a group are a group of their own, labeled as missing, so that the shares add up to 1. A missing amount counts as nothing.


# %%
def share_by_group(table: pd.DataFrame, group: str, value: str) -> pd.Series:
    """Return each group's share of the total of `value`, largest first, with the groups as index.

    Rows whose group is missing form one group with the label NaN. Equal shares may come in any order. Amounts may be
    negative (refunds), but the total is above 0; a table without rows gives a Series without entries.

    >>> receipts = pd.DataFrame({"seller": ["Ada", "Bo", None, "Ada"], "euros": [20, 50, 10, 20]})
    >>> share_by_group(receipts, "seller", "euros").to_dict()
    {'Bo': 0.5, 'Ada': 0.4, nan: 0.1}
    """
    # BEGIN SOLUTION
    totals = table.groupby(group, dropna=False)[value].sum()
    return (totals / totals.sum()).sort_values(ascending=False)
    # END SOLUTION


# %%
check(share_by_group)

# %% [markdown] tags=["solution"]
# `dropna=False` is the whole trick: without it the receipts that nobody signed vanish, and the shares either add up to less than 1 or, if you divide by what is left, add up to 1 and are all too large. The second is worse, because it passes every plausibility check. `sum` skips missing amounts by itself.

# %% [markdown]
# ## 2. Find each station's best days  ★☆☆ · 12 min
# The bike company wants a poster at every station: its `n` best days. `daily` has the columns `station`, `date` and `rentals`, perhaps others, and one row for each station and day, in any order. Of equally good days the earlier one wins. A station with fewer than `n` days shows all it has.


# %%
def best_days_per_station(daily: pd.DataFrame, n: int) -> pd.DataFrame:
    """Return the `n` rows with most rentals of each station, with all columns as they are, in their order.

    Stations ascend; within a station rentals (numbers of any kind) descend, and days with equal rentals ascend by date.
    The index is 0, 1, 2 ... `n` is at least 1. Nothing is missing; without rows the result has none either. `daily`
    stays as it is.

    >>> days = pd.to_datetime(["2024-05-01", "2024-05-02", "2024-05-01", "2024-05-02"])
    >>> daily = pd.DataFrame({"station": [102, 102, 101, 101], "date": days, "rentals": [7, 9, 4, 4]})
    >>> best_days_per_station(daily, 1)
       station       date  rentals
    0      101 2024-05-01        4
    1      102 2024-05-02        9
    """
    # BEGIN SOLUTION
    in_order = daily.sort_values(["station", "rentals", "date"], ascending=[True, False, True])
    return in_order.groupby("station").head(n).reset_index(drop=True)
    # END SOLUTION


# %%
check(best_days_per_station)

# %% [markdown] tags=["solution"]
# Sort once, by all that the result's order depends on, each key with its own direction. `groupby(...).head(n)` then takes the first `n` rows of each group *without* changing their order, and the index is made new at the end. A rank with `rank(method="min") <= n` is tempting: with ties at the border it lets more than `n` days through.

# %% [markdown]
# ## 3. Read the water meters  ★★☆ · 15 min
# A utility collects meter readings: columns `meter`, `date`, `reading`, in the order of arrival. How much was used since the *same meter's* previous reading by date? The answer will become a new column of that table, so it needs the table's labels in the table's order.


# %%
def meter_usage(readings: pd.DataFrame) -> pd.Series:
    """Return for each row the reading minus the meter's previous reading by date; NaN for a meter's first.

    The index is that of `readings`, in its order; its labels are unique, but need not be numbers. No meter has two
    readings of one date, and nothing is missing; readings are of any NumPy type of number. An exchanged meter starts
    again near 0: its use is negative then, and stays so. A table without rows gives a Series without entries.

    >>> dates = pd.to_datetime(["2024-03-01", "2024-01-01", "2024-02-01"])
    >>> readings = pd.DataFrame({"meter": ["A", "A", "B"], "date": dates, "reading": [130, 100, 7]}, index=[9, 4, 6])
    >>> meter_usage(readings).to_dict()
    {9: 30.0, 4: nan, 6: nan}
    """
    # BEGIN SOLUTION
    by_date = readings.sort_values("date")
    return by_date.groupby("meter")["reading"].diff().loc[readings.index]
    # END SOLUTION


# %%
check(meter_usage)

# %% [markdown] tags=["solution"]
# Two orders matter: by date for the difference, the table's own for the result. Sorting moves each row's label along, so `loc` with the old index brings the uses back to where they belong. Assigning the sorted result as a new column would do the same, since pandas aligns by label. Through `to_numpy()` the labels are lost, and every meter would get somebody else's bill.

# %% [markdown]
# ## 4. Average what has weights  ★★☆ · 15 min
# A school board has the mean mark of each class (`value`) and its number of pupils (`weight`), and wants the mean of all pupils for each school (`group`). Some marks and some numbers have not arrived: such a class is left out. A school of which nothing is known has no mean, but is still listed.


# %%
def weighted_group_means(table: pd.DataFrame, group: str, value: str, weight: str) -> pd.Series:
    """Return the sum of value times weight, divided by the sum of the weights, for each group in ascending order.

    A row whose value or weight is missing takes no part. A group whose weights add up to 0, or that has no complete
    row, is NaN. Rows without a group are ignored; at least one row has a group. Weights are never negative. The two
    columns of numbers are of any NumPy type, the small integers among them.

    >>> classes = pd.DataFrame({"school": ["N", "N", "S"], "mark": [2.0, 3.0, None], "pupils": [10, 30, 20]})
    >>> weighted_group_means(classes, "school", "mark", "pupils").to_dict()
    {'N': 2.75, 'S': nan}
    """
    # BEGIN SOLUTION
    complete = table[[value, weight]].notna().all(axis=1)
    weights = table[weight].astype(float).where(complete)
    products = table[value].astype(float) * weights
    return products.groupby(table[group]).sum() / weights.groupby(table[group]).sum()
    # END SOLUTION


# %%
check(weighted_group_means)

# %% [markdown] tags=["solution"]
# Add first, divide last, and make sure that both sums run over the same rows: `where` blanks the weight of a class without a mark, and a product with NaN is NaN, so both sums skip it. Blanking instead of dropping keeps the schools of which nothing is known, and 0 divided by 0 is NaN in a column of floats. `astype(float)` is for tables that store counts in 16 bits or fewer: 300 times 200 does not fit in there.

# %% [markdown]
# ## 5. Follow customers month by month  ★★★ · 30 min
# Do customers come back? A *cohort* is everybody whose first order was in the same month. For each cohort and each number of months later: what share of the cohort ordered in that calendar month? Where nobody did, that is 0. Where the month lies beyond the last month of the data, it is not known, NaN.


# %%
def retention_by_cohort(orders: pd.DataFrame) -> pd.DataFrame:
    """Return the share of each cohort that ordered 0, 1, 2 ... calendar months after its first month.

    `orders` has the columns `customer` and `date` (times), at least one row, in any order, nothing missing. The
    index of the result holds the cohorts as text such as "2024-01", ascending, only months in which somebody ordered
    for the first time. The columns are the integers from 0 to the number of months between the first and the last of
    the data.

    >>> dates = pd.to_datetime(["2024-01-31", "2024-01-02", "2024-02-01", "2024-02-09"])
    >>> retention_by_cohort(pd.DataFrame({"customer": ["a", "b", "a", "c"], "date": dates})).to_dict("index")
    {'2024-01': {0: 1.0, 1: 0.5}, '2024-02': {0: 1.0, 1: nan}}
    """
    # BEGIN SOLUTION
    month = 12 * orders["date"].dt.year + orders["date"].dt.month - 1  # months since the year 0
    first = month.groupby(orders["customer"]).transform("min")
    seen = orders["customer"].groupby([first, month - first]).nunique().unstack(fill_value=0)
    seen = seen.reindex(columns=range(month.max() - month.min() + 1), fill_value=0)
    shares = seen.div(seen[0], axis=0)
    for cohort in shares.index:
        shares.loc[cohort, month.max() - cohort + 1 :] = float("nan")
    return shares.set_axis([f"{cohort // 12}-{cohort % 12 + 1:02}" for cohort in shares.index])
    # END SOLUTION


# %%
check(retention_by_cohort)

# %% [markdown] tags=["solution"]
# A month is a number, `12 * year + month`, and differences of such numbers are calendar months, whatever the length of February. `transform("min")` writes each customer's first month beside each order, `nunique` counts people instead of orders. The last two steps keep apart what a table of counts mixes up: nobody came (0, also in a month without any order at all, which `reindex` adds), and nobody can know yet (NaN).
