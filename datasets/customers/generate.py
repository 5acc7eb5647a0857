"""Generate the customers of Tarn Mobile, a phone company that never existed.

Run this file to write the data files beside it; import it for fresh customers, with or without the hidden truth.
The order of the random draws is part of the data: another order is another company.
"""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

REGIONS = ["Arden", "Brook", "Calder", "Dune", "Elm", "Fell", "Grove", "Harbor"]
OTHER_LANGUAGE_REGIONS = [2, 5, 7]
PLAN_FEE = {"basic": 18.0, "plus": 30.0, "premium": 45.0}  # EUR a month
RECORDED, RECORDED_OTHER = 0.9, 0.35  # share of problems that become a support call, by first language
HIDDEN = ["probability", "persona"]  # what truth=True adds
PERSONAS = ["light", "streamer", "traveler", "talker"]

COLUMNS = [
    *["customer_id", "household_id", "snapshot_month", "age", "gender", "first_language", "region", "city"],
    *["shop_distance_km", "tenure_months", "contract", "plan", "payment", "monthly_fee", "data_gb"],
    *["call_minutes", "roaming_days", "streaming_share", "support_calls", "late_payments", "satisfaction"],
    *["days_since_login", "churned"],
]


def customers(n: int = 8000, seed: int = 7, truth: bool = False, equal_recording: bool = False) -> pd.DataFrame:
    """Return `n` customers, one row each.

    `truth` adds the hidden columns: the `probability` of leaving and the usage `persona`. `equal_recording` writes down
    the problems of every customer alike, whatever their first language.
    """
    rng = np.random.default_rng(seed)
    table = contracts(rng, people(rng, households(rng, n)))
    table = outcomes(rng, experience(rng, table, equal_recording))
    table = with_gaps(rng, table).join(usage(np.random.default_rng(seed + 1), n))
    columns = COLUMNS + HIDDEN if truth else COLUMNS
    return table[columns].iloc[rng.permutation(n)].reset_index(drop=True)


def households(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Return, for each person, what they share with their household: region, city, distance, language and hardship.

    Hardship (mean 0, standard deviation 0.8) is hidden; it raises problems, late payments and leaving.
    """
    size = rng.choice([1, 2, 3], p=[0.6, 0.3, 0.1], size=n)
    number = np.repeat(np.arange(n), size)[:n]
    total = number.max() + 1
    region = rng.choice(8, size=total, p=[0.2, 0.16, 0.14, 0.12, 0.12, 0.1, 0.09, 0.07])
    city = rng.choice(5, size=total, p=[0.5, 0.2, 0.15, 0.1, 0.05])
    table = pd.DataFrame(
        {
            "household_id": [f"H{home:05d}" for home in range(total)],
            "region": np.array(REGIONS)[region],
            "city": [f"{REGIONS[r]}-{c + 1}" for r, c in zip(region, city, strict=True)],
            "shop_distance_km": rng.gamma(2.0, 4.0, total).round(2),
            "other": rng.random(total) < np.where(np.isin(region, OTHER_LANGUAGE_REGIONS), 0.55, 0.10),
            "hardship": rng.normal(0, 0.8, total),
        }
    )
    table["first_language"] = np.where(table.other, "other", "majority")
    return table.iloc[number].reset_index(drop=True)


def people(rng: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    """Add the month in which the row was written, age (years), gender and tenure (months)."""
    n = len(table)
    return table.assign(
        snapshot_month=rng.integers(1, 13, n),
        age=np.clip(np.round(18 + rng.gamma(3.0, 10.0, n)), 18, 90),
        gender=rng.choice(["woman", "man"], size=n),
        tenure_months=np.clip(np.round(rng.exponential(28, n)), 0, 120),
    )


def contracts(rng: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    """Add contract, plan, monthly fee (EUR) and data volume (GB a month)."""
    n, luck = len(table), rng.random(len(table))
    p_monthly = sigmoid(0.9 - 0.03 * table.tenure_months.to_numpy())
    longer = np.where(luck < p_monthly + (1 - p_monthly) * 0.6, "one year", "two years")
    contract = np.where(luck < p_monthly, "monthly", longer)
    plan = rng.choice(list(PLAN_FEE), size=n, p=[0.45, 0.35, 0.2])
    fee = pd.Series(plan).map(PLAN_FEE).to_numpy() + rng.normal(0, 3, n) - 4 * (contract == "two years")
    appetite = rng.normal(2.0, 0.8, n) + 0.35 * (plan == "plus") + 0.5 * (plan == "premium")
    data = np.exp(appetite - 0.018 * (table.age.to_numpy() - 45))
    return table.assign(contract=contract, plan=plan, monthly_fee=fee.round(2), data_gb=data.round(1))


def experience(rng: np.random.Generator, table: pd.DataFrame, equal_recording: bool) -> pd.DataFrame:
    """Add problems (hidden), the support calls that record them, late payments, payment and satisfaction (1 to 5)."""
    n, hardship = len(table), table.hardship.to_numpy()
    problems = rng.poisson(0.9 * np.exp(0.25 * hardship + 0.3 * (table.region == "Dune").to_numpy()))
    recorded = np.where(table.other & (not equal_recording), RECORDED_OTHER, RECORDED)
    calls = rng.binomial(problems, recorded)
    late = rng.poisson(0.4 * np.exp(0.3 * hardship))
    payment = rng.choice(["direct debit", "card", "invoice"], size=n, p=[0.5, 0.3, 0.2])
    mood = 3.8 - 0.55 * problems - 0.02 * (table.monthly_fee.to_numpy() - 30) - 0.4 * hardship
    satisfaction = np.clip(np.round(mood + rng.normal(0, 0.8, n)), 1, 5)
    return table.assign(
        problems=problems, support_calls=calls, late_payments=late, payment=payment, satisfaction=satisfaction
    )


def leaving_probability(table: pd.DataFrame) -> np.ndarray:
    """Return the true probability of leaving. Satisfaction, gender, region and language have no effect of their own."""
    monthly, premium = table.contract == "monthly", table.plan == "premium"
    log_odds = (
        -3.55
        + 1.3 * monthly
        - 0.9 * (table.contract == "two years")
        - 0.022 * np.minimum(table.tenure_months, 60)
        + 0.7 * (table.tenure_months < 4)
        + 0.55 * table.problems
        + 0.028 * (table.monthly_fee - 30)
        + 0.35 * table.late_payments
        + 0.4 * (table.payment == "invoice")
        + 1.1 * (premium & (table.data_gb < 6))
        + 0.9 * (monthly & (table.age < 28))
        + 0.8 * (monthly & (table.snapshot_month >= 11))
        + table.hardship
    )
    return sigmoid(log_odds.to_numpy())


def outcomes(rng: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    """Add who left, and the days since their last login: written afterwards, so that it gives the outcome away."""
    n, probability = len(table), leaving_probability(table)
    left = rng.random(n) < probability
    days = np.where(left, 14 + rng.exponential(25, n), rng.exponential(7, n))
    return table.assign(probability=probability, churned=left.astype(int), days_since_login=days.round(0))


def with_gaps(rng: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    """Number the customers, and remove what wasn't written down: the dissatisfied answer the survey least."""
    n = len(table)
    unanswered = rng.random(n) < np.where(table.satisfaction <= 2, 0.55, 0.30)
    return table.assign(
        satisfaction=table.satisfaction.mask(unanswered),
        customer_id=[f"C{number:05d}" for number in rng.permutation(n)],
        data_gb=table.data_gb.mask(rng.random(n) < 0.06),
        age=table.age.mask(rng.random(n) < 0.03),
    )


def usage(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Return how the phone is used: call minutes, roaming days and the share of data streamed, by hidden persona."""
    persona = rng.choice(4, size=n, p=[0.4, 0.3, 0.1, 0.2])
    minutes = np.exp(rng.normal(np.array([3.6, 4.0, 4.6, 6.2])[persona], 0.45))
    roaming = rng.poisson(np.array([0.3, 0.5, 9.0, 0.6])[persona])
    streaming = rng.beta(np.array([2.0, 9.0, 3.0, 2.0])[persona], np.array([8.0, 3.0, 6.0, 9.0])[persona])
    return pd.DataFrame(
        {
            "call_minutes": minutes.round(0),
            "roaming_days": roaming,
            "streaming_share": streaming.round(3),
            "persona": np.array(PERSONAS)[persona],
        }
    )


def customer_snapshots(customers: pd.DataFrame, n: int = 1200, months: int = 4, seed: int = 0) -> pd.DataFrame:
    """Return `n` of the customers once a month: nearly equal rows with an equal label."""
    rng = np.random.default_rng(seed)
    base = customers.sample(n, random_state=seed)
    snapshots = [
        base.assign(
            tenure_months=base.tenure_months + month,
            support_calls=np.maximum(0, base.support_calls + rng.integers(-1, 2, n)),
            data_gb=(base.data_gb * np.exp(rng.normal(0, 0.1, n))).round(1),
            late_payments=np.maximum(0, base.late_payments + rng.integers(-1, 2, n)),
            snapshot_month=month + 1,
        )
        for month in range(months)
    ]
    return pd.concat(snapshots, ignore_index=True)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Return the probability that belongs to log-odds `x`."""
    return 1 / (1 + np.exp(-x))


def files(seed: int = 7) -> dict[str, bytes]:
    """Return the name and content of every committed data file."""
    table = customers(seed=seed, truth=True)
    truth = table[["customer_id", *HIDDEN]].round({"probability": 6})
    sink = io.BytesIO()
    arrow = pa.Table.from_pandas(truth, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(arrow, sink, compression="zstd")
    return {
        "customers.csv": table[COLUMNS].to_csv(index=False, lineterminator="\n").encode(),
        "customers_truth.parquet": sink.getvalue(),
    }


if __name__ == "__main__":
    for name, content in files().items():
        Path(__file__).with_name(name).write_bytes(content)
