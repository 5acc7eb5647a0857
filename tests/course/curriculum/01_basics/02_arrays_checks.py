"""Checks, hints and known mistakes of 01_basics/02_arrays."""

import numpy as np
import pandas as pd

from handrail.expect import Watched, agree, arrays, between, call, equivalent, hints, tables, words


@hints("What is the middle?", "NumPy calls it `mean`.", "Subtract it from all entries at once.")
@equivalent("x.mean(axis=None)", "x.mean()", because="None is the default")
def check_centered(centered):
    agree(centered, lambda x: x - np.average(x), on=arrays(float, size=between(1, 5)))
    centered(Watched.of(np.arange(20.0)))


def centered__median(x):
    """You subtracted the median."""
    return x - np.median(x)


def centered__loop(x):
    """You wrote a loop over the entries: right, and slow."""
    middle = x.mean()
    return np.array([entry - middle for entry in x])


def total(table):
    names = sorted(set(table["city"]))
    return pd.DataFrame({"city": names, "riders": [table.loc[table["city"] == n, "riders"].sum() for n in names]})


@hints("Which rows belong together?", "`groupby` knows.", "The city should be a column of the result, too.")
def check_by_city(by_city):
    on = tables(rows=between(1, 5), city=words("ab", low=1, high=1), riders=between(0, 5))
    agree(by_city, total, on=on, examples=20, also=[call(pd.DataFrame({"city": ["b", "a", "b"], "riders": [1, 2, 3]}))])


def by_city__city_in_index(table):
    """The city became the index of the table; it should be a column."""
    return table.groupby("city")[["riders"]].sum()


def by_city__counted(table):
    """You counted the rows instead of adding up the riders."""
    return table.groupby("city", as_index=False)["riders"].count()
