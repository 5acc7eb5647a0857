"""Load the data of the course from anywhere inside it.

A loader returns a table as the lessons use it: columns typed, nothing else changed. Lessons that teach reading a file
read it themselves, from `path("city_bikes") / "hours.csv"`.
"""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd

ENVIRONMENT = "HANDRAIL_COURSE"
ZONE = "Europe/Berlin"

NUMERIC = [
    "age",
    "tenure_months",
    "monthly_fee",
    "data_gb",
    "support_calls",
    "late_payments",
    "satisfaction",
    "shop_distance_km",
]
CATEGORICAL = ["gender", "first_language", "region", "contract", "plan", "payment"]


def path(name: str) -> Path:
    """Return the folder of the data set `name`.

    The course is the nearest folder above the working directory that has this data set; else the folder named by the
    environment variable HANDRAIL_COURSE; else the checkout that this package was installed from. Raises
    FileNotFoundError if none has it.
    """
    for course in _courses():
        folder = course / "datasets" / name
        if folder.is_dir():
            return folder
    raise FileNotFoundError(_not_found(name))


def generator(name: str) -> ModuleType:
    """Return the module that made the data set `name`, for fresh seeds and other sizes: its `generate.py`."""
    source = path(name) / "generate.py"
    if not source.is_file():
        raise FileNotFoundError(f"The data set {name!r} has no generator: {source} doesn't exist.")
    spec = importlib.util.spec_from_file_location(f"{name}_generate", source)
    assert spec is not None and spec.loader is not None  # a .py file always has both
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # as `import` does: classes of a module are looked up there
    spec.loader.exec_module(module)
    return module


def hours() -> pd.DataFrame:
    """Return city_bikes hour by hour: 17,544 rows, `start` in the time of the city (Europe/Berlin).

    `read_csv` alone leaves `start` as text, since its offsets differ between summer and winter.
    """
    table = pd.read_csv(path("city_bikes") / "hours.csv")
    return table.assign(start=pd.to_datetime(table["start"], utc=True).dt.tz_convert(ZONE))


def stations() -> pd.DataFrame:
    """Return the 20 stations of city_bikes."""
    return pd.read_csv(path("city_bikes") / "stations.csv")


def rentals() -> pd.DataFrame:
    """Return the rentals of each city_bikes station and hour: 350,880 rows, `time` in UTC."""
    return pd.read_parquet(path("city_bikes") / "rentals.parquet")


def raw_reports() -> pd.DataFrame:
    """Return the station reports of autumn 2024 as `read_csv` finds them: 43,509 rows, with all their faults."""
    return pd.read_csv(path("city_bikes") / "raw_reports.csv")


def trips(rows: int | None = None, seed: int = 8) -> pd.DataFrame:
    """Make one row per city_bikes rental, ordered by `start` (UTC): 2,308,877 rows in about a second.

    With `rows`, make that many trips with the same pattern instead, for measuring how time and memory grow.
    """
    table: pd.DataFrame = generator("city_bikes").trips(rentals(), stations(), seed=seed, rows=rows)
    return table


def customers() -> pd.DataFrame:
    """Return the 8,000 customers of Tarn Mobile; `churned` is 1 for those who left."""
    return pd.read_csv(path("customers") / "customers.csv")


def customers_truth() -> pd.DataFrame:
    """Return what is hidden from learners, row by row as in `customers()`: the probability of leaving, the persona."""
    return pd.read_parquet(path("customers") / "customers_truth.parquet")


def customer_snapshots(n: int = 1200, months: int = 4, seed: int = 0) -> pd.DataFrame:
    """Return `n` customers once a month: nearly equal rows with an equal label, `months` for each `customer_id`."""
    table: pd.DataFrame = generator("customers").customer_snapshots(customers(), n=n, months=months, seed=seed)
    return table


def houses() -> pd.DataFrame:
    """Return the 3,000 sales of Ferrow; `sold_on` is a date, `price_eur` what was paid."""
    return pd.read_csv(path("houses") / "houses.csv", parse_dates=["sold_on"])


def houses_truth() -> pd.DataFrame:
    """Return what is hidden, row by row as in `houses()`: the price without chance, and the facts of the text."""
    return pd.read_parquet(path("houses") / "houses_truth.parquet")


def _courses() -> list[Path]:
    """Return the folders that may hold `datasets`, the likeliest first."""
    here = Path.cwd()
    named = os.environ.get(ENVIRONMENT)
    checkout = Path(__file__).resolve().parents[3]
    return [here, *here.parents, *([Path(named)] if named else []), checkout]


def _not_found(name: str) -> str:
    """Return the sentence for a data set that no course has."""
    for course in _courses():
        known = sorted(card.parent.name for card in course.glob("datasets/*/README.md"))
        if known:
            return f"There is no data set {name!r} in {course / 'datasets'}. Choose one of: {', '.join(known)}."
    return (
        f"There is no folder datasets/{name} in {Path.cwd()} or above it. Start from inside the checkout of the "
        f"course, or set {ENVIRONMENT} to its path."
    )
