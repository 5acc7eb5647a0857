"""Generate the houses of Ferrow, a town by the sea that never existed.

Run this file to write the data files beside it; import it for fresh houses, with or without the hidden truth.
The order of the random draws is part of the data: another order is another town.
"""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

DISTRICTS = {  # share of the houses, effect on the logarithm of the price, share of flats
    "Old Town": (0.08, 0.30, 0.80),
    "Harbor": (0.06, 0.22, 0.80),
    "Hill": (0.07, 0.26, 0.45),
    "Mill": (0.09, -0.05, 0.45),
    "North": (0.10, -0.12, 0.45),
    "South": (0.10, -0.08, 0.45),
    "East": (0.10, -0.02, 0.45),
    "West": (0.10, 0.00, 0.45),
    "Park": (0.08, 0.16, 0.45),
    "Station": (0.09, -0.15, 0.80),
    "Lake": (0.06, 0.28, 0.45),
    "Forest": (0.07, 0.06, 0.45),
}
WITH_VIEW = [1, 2, 10]  # Harbor, Hill, Lake
CONDITIONS = ["poor", "fair", "good", "very good"]
ENERGY = list("ABCDEFG")
NOISE = 0.09  # standard deviation of the logarithm of the price around its true value

PHRASES = {  # facts that only the description tells, in words of three agents
    "view": ["sea view", "view over the bay", "panoramic view"],
    "kitchen": ["new kitchen", "renovated kitchen", "modern fitted kitchen"],
    "busy": ["on a busy road", "close to the main road", "main road location"],
    "needs": ["needs renovation", "project for handy buyers", "in need of modernization"],
    "quiet": ["quiet street", "calm neighborhood", "peaceful location"],
}
FILLERS = [
    *["bright rooms", "close to shops", "good schools nearby", "cellar included", "wooden floors"],
    *["parking possible", "available now", "well connected", "lovely home", "viewing by appointment"],
]
COLUMNS = [
    *["house_id", "sold_on", "district", "kind", "area_m2", "rooms", "year_built", "condition", "energy", "garden_m2"],
    *["station_km", "floor", "elevator", "description", "price_eur"],
]


def houses(n: int = 3000, seed: int = 11, truth: bool = False) -> pd.DataFrame:
    """Return `n` sales, one row each.

    `truth` adds the hidden columns: `true_price`, the price in EUR without noise, and the five facts of the
    description (`view`, `kitchen`, `busy`, `needs`, `quiet`) as Booleans.
    """
    rng = np.random.default_rng(seed)
    table = facts(rng, sales(rng, buildings(rng, n)))
    table["true_price"] = np.exp(log_price(table))
    table["price_eur"] = np.round(np.exp(log_price(table) + rng.normal(0, NOISE, n)), -2)
    table["description"] = descriptions(rng, table)
    return table[[*COLUMNS, "true_price", *PHRASES] if truth else COLUMNS]


def buildings(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Return what was built where: district, kind, area (m²), rooms, year, condition, energy class and garden (m²)."""
    shares, _, flats = (np.array(column) for column in zip(*DISTRICTS.values(), strict=True))
    district = rng.choice(len(DISTRICTS), size=n, p=shares)
    flat = rng.random(n) < flats[district]
    area = np.round(np.exp(rng.normal(np.where(flat, 4.25, 4.8), 0.3)), 0)
    rooms = np.clip(np.round(area / 26 + rng.normal(0, 0.8, n)), 1, 12).astype(int)
    year = np.clip(np.round(rng.triangular(1890, 1975, 2025, n)), 1890, 2024).astype(int)
    condition = rng.choice(4, size=n, p=[0.1, 0.35, 0.4, 0.15])
    energy = np.clip(np.round((2024 - year) / 22 - 0.6 * condition + rng.normal(0, 0.9, n) + 1), 0, 6).astype(int)
    return pd.DataFrame(
        {
            "house_id": np.arange(n),
            "place": district,
            "district": np.array(list(DISTRICTS))[district],
            "kind": np.where(flat, "flat", "house"),
            "area_m2": area,
            "rooms": rooms,
            "year_built": year,
            "condition": np.array(CONDITIONS)[condition],
            "energy": np.array(ENERGY)[energy],
            "garden_m2": np.where(flat, 0, np.round(rng.gamma(2.0, 90.0, n), 0)),
        }
    )


def sales(rng: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    """Add the distance to the next station (km), floor, elevator and the day of the sale (2019 to 2025)."""
    n, flat = len(table), (table.kind == "flat").to_numpy()
    station = np.round(rng.gamma(1.8, 0.9, n) + 0.1, 2)
    floor = np.where(flat, rng.integers(0, 8, n), 0)
    elevator = flat & (rng.random(n) < np.clip(0.1 + 0.1 * floor, 0, 0.85))
    days = rng.integers(0, 7 * 365, n)
    sold = pd.Timestamp("2019-01-01") + pd.to_timedelta(days, unit="D")
    return table.assign(station_km=station, floor=floor, elevator=elevator, days=days, sold_on=sold)


def facts(rng: np.random.Generator, table: pd.DataFrame) -> pd.DataFrame:
    """Add what only the description will tell: view, kitchen, busy road, need of renovation, quiet street."""
    n = len(table)
    old = table.condition.isin(["poor", "fair"]).to_numpy()
    return table.assign(
        view=rng.random(n) < np.where(np.isin(table.place, WITH_VIEW), 0.3, 0.06),
        kitchen=rng.random(n) < 0.25,
        busy=rng.random(n) < 0.15,
        needs=rng.random(n) < np.where(old, 0.35, 0.05),
        quiet=rng.random(n) < 0.3,
    )


def log_price(table: pd.DataFrame) -> np.ndarray:
    """Return the logarithm of the price in EUR, without noise."""
    effects = np.array([effect for _, effect, _ in DISTRICTS.values()])
    condition = table.condition.map(CONDITIONS.index).to_numpy()
    energy = table.energy.map(ENERGY.index).to_numpy()
    month = table.sold_on.dt.month.to_numpy()
    log_price: np.ndarray = (
        8.75
        + 0.82 * np.log(table.area_m2.to_numpy())
        - 0.035 * table.rooms.to_numpy()
        + effects[table.place]
        + 0.09 * (condition - 2)
        - 0.025 * energy
        + 0.00035 * np.minimum(table.garden_m2.to_numpy(), 400)
        - 0.05 * np.log(table.station_km.to_numpy() + 0.2)
        + np.where(table.elevator, 0.012, -0.02) * table.floor.to_numpy()
        + 0.0018 * np.maximum(table.year_built.to_numpy() - 1980, 0)
        + 0.055 * table.days.to_numpy() / 365
        + 0.02 * np.sin(2 * np.pi * (month - 3) / 12)
        + 0.14 * table["view"].to_numpy()
        + 0.06 * table.kitchen.to_numpy()
        - 0.10 * table.busy.to_numpy()
        - 0.12 * table.needs.to_numpy()
        + 0.04 * table.quiet.to_numpy()
    )
    return log_price


def descriptions(rng: np.random.Generator, table: pd.DataFrame) -> list[str]:
    """Return an advertisement for each house: its facts in one agent's words, and fillers, in any order."""
    texts = []
    for row in table[["kind", "rooms", *PHRASES]].to_dict("records"):
        parts = [str(rng.choice(words)) for fact, words in PHRASES.items() if row[fact]]
        parts += [str(filler) for filler in rng.choice(FILLERS, size=rng.integers(2, 5), replace=False)]
        parts = [parts[place] for place in rng.permutation(len(parts))]
        texts.append(f"{row['kind'].capitalize()} with {row['rooms']} rooms, {', '.join(parts)}.")
    return texts


def files(seed: int = 11) -> dict[str, bytes]:
    """Return the name and content of every committed data file."""
    table = houses(seed=seed, truth=True)
    truth = table[["house_id", "true_price", *PHRASES]].round({"true_price": 2})
    sink = io.BytesIO()
    arrow = pa.Table.from_pandas(truth, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(arrow, sink, compression="zstd")
    return {
        "houses.csv": table[COLUMNS].to_csv(index=False, lineterminator="\n").encode(),
        "houses_truth.parquet": sink.getvalue(),
    }


if __name__ == "__main__":
    for name, content in files().items():
        Path(__file__).with_name(name).write_bytes(content)
