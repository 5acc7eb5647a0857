"""A phone company's year after its model went live, and the instruments that watch it.

    reference(), month(4)       # customers of Tarn Mobile: those the model learned from, those of one later month
    psi, quantile_from_buckets, alarm_threshold, first_alarm

Four things happen in that year, and all four are planted here (`EVENTS`). The customers themselves come from the
generator of the data set `customers`, with seeds of their own.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import ModuleType

import numpy as np
import pandas as pd

from handrail.kit.data import CATEGORICAL, NUMERIC, generator

__all__ = ["EVENTS", "alarm_threshold", "first_alarm", "month", "psi", "quantile_from_buckets", "reference"]

EVENTS: Mapping[int, str] = {
    4: "price campaign for new customers",
    7: "a competitor's offer, from now on",
    9: "data_gb is delivered in MB",
    10: "monthly_fee belongs to other rows",
}
"""What happens in which month. Months 4, 9 and 10 stand alone; the competitor of month 7 stays."""
NEWCOMERS = 4.0
"""So many times as likely as others is a customer with a short monthly contract to be in the month of the campaign."""
LONGER_CONTRACT, LONG_TENURE, MUCH_DATA = 1.2, 0.8, 0.5
"""What the competitor adds to the log-odds of leaving: a one- or two-year contract, 24 months or more, over 12 GB."""
SEED = 16


def reference(n: int = 5000, seed: int = SEED) -> pd.DataFrame:
    """Return the `n` customers that a model learns from: 8 numbers, 6 texts, `churned`, and their `household_id`."""
    return _customers(n, np.random.default_rng((seed, 0)))


def month(number: int, n: int = 5000, seed: int = SEED) -> pd.DataFrame:
    """Return `n` customers of one month after the launch (1 to 12), as production delivers them."""
    if number not in range(1, 13):
        raise ValueError(f"the year has months 1 to 12, not {number}")
    rng = np.random.default_rng((seed, number))
    table = _customers(n, rng, campaign=number == 4, competitor=number >= 7)
    if number == 9:
        table["data_gb"] *= 1000
    if number == 10:
        table["monthly_fee"] = rng.permutation(table["monthly_fee"])
    return table


def psi(expected: np.ndarray, found: np.ndarray, bins: int = 10) -> float:
    """Return the population stability index of two columns of numbers, in quantile bins of the first.

    The outer bins are open, and half a row is added to every bin, so that an empty one doesn't make it infinite.
    """
    inner = np.unique(np.quantile(expected, np.linspace(0, 1, bins + 1)[1:-1]))
    shares = []
    for column in (expected, found):
        count = np.bincount(np.searchsorted(inner, column, side="right"), minlength=len(inner) + 1) + 0.5
        shares.append(count / count.sum())
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


def quantile_from_buckets(buckets: Mapping[float, float], q: float) -> float:
    """Return the q-quantile of a Prometheus histogram: upper bounds (the last is infinite) and their running counts.

    Linear inside a bucket, the first of which begins at 0. From the last bucket comes the largest finite bound.
    """
    wanted = q * max(buckets.values())
    for (low, below), (high, upto) in pairwise([(0.0, 0.0), *sorted(buckets.items())]):
        if upto >= wanted and upto > 0:
            return float(low + (high - low) * (wanted - below) / (upto - below)) if np.isfinite(high) else float(low)
    return float("nan")


def alarm_threshold(
    column: np.ndarray,
    statistic: Callable[[np.ndarray, np.ndarray], float],
    n: int,
    alarms: float,
    checks: int = 365,
    *,
    draws: int = 2000,
    seed: int = 0,
) -> float:
    """Return the value that `statistic` exceeds so many times (`alarms`) in `checks` quiet checks of `n` rows each.

    Quiet checks are samples of the reference column, with replacement, compared with the column.
    """
    rng = np.random.default_rng(seed)
    quiet = [statistic(column, column[rng.integers(len(column), size=n)]) for _ in range(draws)]
    return float(np.quantile(quiet, 1 - alarms / checks, method="higher"))


def first_alarm(z: np.ndarray, slack: float, limit: float) -> np.ndarray:
    """Return the column in which each row's upper CUSUM first exceeds `limit`, or −1: one row is one year of z-scores.

    The sum adds each day's z-score less `slack`, and never falls below 0.
    """
    total = np.zeros(len(z))
    day = np.full(len(z), -1)
    for number, today in enumerate(z.T):
        total = np.maximum(total + today - slack, 0)
        day[(day < 0) & (total > limit)] = number
    return day


def _customers(n: int, rng: np.random.Generator, *, campaign: bool = False, competitor: bool = False) -> pd.DataFrame:
    make = generator("customers")
    pool = 3 * n if campaign else n
    table = make.experience(rng, make.contracts(rng, make.people(rng, make.households(rng, pool))), False)
    if campaign:  # who comes changes, not what makes them leave
        newcomer = (table["contract"] == "monthly") & (table["tenure_months"] < 12)
        weight = np.where(newcomer, NEWCOMERS, 1.0)
        table = table.iloc[rng.choice(pool, n, replace=False, p=weight / weight.sum())].reset_index(drop=True)
    chance = _chance(make, table, competitor)
    table = make.with_gaps(rng, table.assign(churned=(rng.random(n) < chance).astype(int)))
    delivered: pd.DataFrame = table[["household_id", *NUMERIC, *CATEGORICAL, "churned"]]
    return delivered


def _chance(make: ModuleType, table: pd.DataFrame, competitor: bool) -> np.ndarray:
    """Return everybody's probability of leaving; the competitor attracts those who were the safest."""
    chance: np.ndarray = make.leaving_probability(table)
    if not competitor:
        return chance
    attracted = (
        LONGER_CONTRACT * (table["contract"] != "monthly")
        + LONG_TENURE * (table["tenure_months"] >= 24)
        + MUCH_DATA * (table["data_gb"] > 12)
    )
    return np.asarray(make.sigmoid(np.log(chance / (1 - chance)) + attracted.to_numpy()))
