"""The committed data is what its generator makes and what its card says; it holds the numbers that lessons rely on."""

import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandas.api.types import is_object_dtype

from handrail.kit import data

DATASETS = Path(__file__).parents[2] / "datasets"
GENERATED = sorted(
    source.parent.name for source in DATASETS.glob("*/generate.py") if "\ndef files(" in source.read_text("utf-8")
)
LAST_BIT = 0.0011  # what the last bit of exp, on another processor, can do to a value rounded to 0.001


def read(name: str, content: bytes) -> pd.DataFrame:
    """Return the table in a file of this name."""
    reader = pd.read_parquet if name.endswith(".parquet") else pd.read_csv
    return reader(io.BytesIO(content))


def first_difference(committed: pd.DataFrame, generated: pd.DataFrame, tolerance: float = 0.0) -> str:
    """Return where two tables first differ, in words; nothing if they hold the same values."""
    if list(committed) != list(generated) or len(committed) != len(generated):
        return f"{committed.shape} with {list(committed)} became {generated.shape} with {list(generated)}"
    for column in committed:
        if committed[column].dtype != generated[column].dtype:
            return f"{column} was {committed[column].dtype} and is now {generated[column].dtype}"
        same = (committed[column] == generated[column]) | (committed[column].isna() & generated[column].isna())
        if tolerance and committed[column].dtype.kind == "f":
            same |= (committed[column] - generated[column]).abs() <= tolerance
        if not same.all():
            row = int((~same).to_numpy().argmax())
            values = committed[column].iloc[row], generated[column].iloc[row]
            return f"{column} differs in {(~same).sum()} rows, first in row {row}: {values[0]!r} became {values[1]!r}"
    return ""


def same_bytes_expected(name: str, file: str, committed: pd.DataFrame, generated: pd.DataFrame) -> bool:
    """Return whether equal values must also be equal bytes: not so for Parquet of another pyarrow."""
    recorded = re.search(r"pyarrow (\d+\.\d+\.\d+)", (DATASETS / name / "README.md").read_text(encoding="utf-8"))
    assert recorded, f"The card of {name} doesn't say which pyarrow wrote its files."
    return file.endswith(".csv") or (recorded[1] == pa.__version__ and committed.equals(generated))


@pytest.mark.parametrize("name", GENERATED)
def test_committed_files_are_what_the_generator_makes(name):
    for file, content in data.generator(name).files().items():
        stored = (DATASETS / name / file).read_bytes()
        if stored == content:
            continue
        committed, generated = read(file, stored), read(file, content)
        difference = first_difference(committed, generated, LAST_BIT if file.endswith(".parquet") else 0.0)
        assert not difference, f"{name}/{file}: {difference}. Run python datasets/{name}/generate.py."
        assert not same_bytes_expected(name, file, committed, generated), f"{name}/{file}: same values, other bytes"


@pytest.mark.parametrize("name", GENERATED)
def test_generating_twice_gives_the_same_bytes(name):
    assert data.generator(name).files() == data.generator(name).files()


@pytest.mark.parametrize("name", GENERATED)
def test_card_names_every_file_and_column(name):
    card = (DATASETS / name / "README.md").read_text(encoding="utf-8")
    files = data.generator(name).files()
    wanted = set(files).union(*(read(file, content) for file, content in files.items()))
    assert wanted <= set(re.findall(r"`([^`]+)`", card))
    assert "CC BY 4.0" in card


@pytest.mark.parametrize("name", GENERATED)
def test_text_columns_are_strings(name):
    for file, content in data.generator(name).files().items():
        assert not [column for column, dtype in read(file, content).dtypes.items() if is_object_dtype(dtype)]


def test_a_difference_is_explained_by_its_first_column_and_row():
    committed = pd.DataFrame({"same": ["x", None], "rate": [0.5, np.nan], "count": [1, 2]})
    assert first_difference(committed, committed) == ""
    assert first_difference(committed, committed.assign(rate=[0.501, np.nan]), LAST_BIT) == ""
    assert first_difference(committed, committed.assign(rate=[0.501, np.nan])).startswith("rate differs in 1 rows")
    changed = first_difference(committed, committed.assign(count=[1, 5]))
    assert changed == "count differs in 1 rows, first in row 1: np.int64(2) became np.int64(5)"
    assert "became (1, 3)" in first_difference(committed, committed[:1])
    assert first_difference(committed, committed.astype({"count": float})).startswith("count was int64")


@pytest.fixture(scope="module")
def city():
    return data.generator("city_bikes").generate()


def test_loaders_return_what_was_generated(city):
    pd.testing.assert_frame_equal(data.hours(), city.hours)
    pd.testing.assert_frame_equal(data.rentals(), city.rentals)
    pd.testing.assert_frame_equal(data.stations(), city.stations)
    pd.testing.assert_frame_equal(data.customers(), data.generator("customers").customers())
    pd.testing.assert_frame_equal(data.houses(), data.generator("houses").houses())


def test_hours_have_the_numbers_of_the_lessons():
    hours = data.hours()
    assert hours.shape == (17_544, 10)
    assert round(hours.rentals.mean(), 1) == 131.6
    assert hours.rentals.max() == 769
    clock = hours.start.dt.hour
    usual = hours.groupby(["working_day", clock.rename("hour")]).rentals.mean().round(1)
    assert usual[True, 8] == 279.9 and usual[False, 8] == 58.1
    assert usual[True, 14] == 169.9 and usual[False, 14] == 278.4
    daily = hours.set_index("start").rentals.resample("D").sum()
    assert len(daily) == 731 and daily.max() == 6386 and f"{daily.idxmax():%F}" == "2024-06-24"
    assert round(hours.casual.sum() / hours.rentals.sum(), 3) == 0.274
    wet = hours.rain_mm > 0
    dry_mean, wet_mean = hours.rentals[~wet].mean(), hours.rentals[wet].mean()
    assert wet.sum() == 2140 and round(1 - wet_mean / dry_mean, 2) == 0.46


def test_humidity_correlates_and_does_nothing():
    hours = data.hours()
    assert round(hours.humidity_pct.corr(hours.rentals), 3) == -0.593
    assert round(hours.temperature_c.corr(hours.rentals), 3) == 0.573
    dry = hours[hours.rain_mm == 0]
    alike = dry.groupby([dry.working_day, dry.start.dt.hour, dry.temperature_c.round()])
    around = dry[["humidity_pct", "rentals"]] - alike[["humidity_pct", "rentals"]].transform("mean")
    assert round(around.humidity_pct.corr(around.rentals), 2) == -0.02


def test_nobody_predicts_better_than_the_true_rate():
    truth = pd.read_parquet(data.path("city_bikes") / "truth.parquet")
    rate = truth.groupby("time")[["member_rate", "casual_rate"]].sum().sum(axis=1).to_numpy(float)
    error = data.hours().rentals.to_numpy() - rate
    assert round(np.sqrt((error**2).mean()), 1) == 15.5
    assert round(1 - (error**2).mean() / data.hours().rentals.var(ddof=0), 3) == 0.986


def test_rain_costs_what_the_card_says(city):
    wet = np.tile(city.hours.rain_mm > 0, 20)
    member, casual = city.truth.member_rate[wet].sum() / 2, city.truth.casual_rate[wet].sum() / 2
    assert round(member * (1 / 0.75 - 1) + casual * (1 / 0.45 - 1)) == 39_408
    wind = np.exp(-0.010 * 5)
    assert round(member * (1 / (0.75 * wind) - 1) + casual * (1 / (0.45 * wind) - 1)) == 45_589


def test_rentals_add_up_to_hours():
    by_hour = data.rentals().groupby("time")[["member", "casual"]].sum().to_numpy()
    assert len(data.rentals()) == 350_880
    np.testing.assert_array_equal(by_hour, data.hours()[["member", "casual"]].to_numpy())


def test_raw_reports_hold_the_planted_faults(city):
    raw, ledger = data.raw_reports(), data.generator("city_bikes").raw_reports(city)[1]
    assert len(raw) == ledger["raw_rows"] == 43_509
    assert raw.casual.sum() == 1_433_264 and raw.casual.max() == 9999
    assert raw.station.nunique() == 81
    assert raw.message_id.duplicated().sum() == ledger["sent_twice"] == 500
    assert raw.casual.isna().sum() == ledger["delivered_casual_na"] == 447
    assert (raw.casual == 9999).sum() == ledger["delivered_casual_9999"] == 135
    assert (raw.station == "Harbor Bridge").sum() == ledger["delivered_renamed_rows"] == 1451
    assert raw.reported_at.str.contains("/").sum() == ledger["delivered_day_first_rows"] == 10_875
    known = raw.station.isin([*city.stations.name, "Harbor Bridge"])
    assert (~known).sum() == ledger["delivered_untidy_names"] == 3362
    assert (ledger["true_rows"], ledger["lost"], ledger["lost_in_rain"]) == (43_700, 691, 284)


def test_card_of_city_bikes_repeats_the_ledger(city):
    card = (DATASETS / "city_bikes" / "README.md").read_text(encoding="utf-8")
    for fault, count in data.generator("city_bikes").raw_reports(city)[1].items():
        assert re.search(rf"\b{count:,}\b", card), f"{fault}: {count:,}"


def test_trips_are_the_rentals_one_by_one():
    trips, stations = data.trips(), data.stations()
    assert len(trips) == 2_308_877 == data.hours().rentals.sum()
    assert trips.start.is_monotonic_increasing and (trips.trip_id == np.arange(len(trips))).all()
    assert trips.member.sum() == data.hours().member.sum()
    assert set(trips.to_id) == set(stations.station_id)
    per_hour = trips.groupby([trips.start.dt.floor("h"), "from_id"]).size()
    rentals = data.rentals().set_index(["time", "station_id"]).sum(axis=1)
    assert (per_hour == rentals[rentals > 0].sort_index()).all()


@pytest.mark.parametrize("rows", [0, 1, 10_000])
def test_trips_come_in_any_number(rows):
    few = data.trips(rows=rows)
    assert len(few) == rows
    pd.testing.assert_series_equal(few.dtypes, data.trips(rows=2).dtypes)


def test_other_cities_differ_and_grow():
    module = data.generator("city_bikes")
    small, again = module.generate(seed=1, n_stations=3), module.generate(seed=1, n_stations=3)
    pd.testing.assert_frame_equal(small.rentals, again.rentals)
    assert len(small.rentals) == 3 * 17_544
    assert not small.hours.temperature_c.equals(data.hours().temperature_c)


def test_customers_have_the_numbers_of_the_lessons():
    customers = data.customers()
    assert customers.shape == (8000, 23) and customers.customer_id.is_unique
    assert round(customers.churned.mean(), 3) == 0.139
    months = customers.snapshot_month
    assert (months.le(8).sum(), months.between(9, 10).sum(), months.ge(11).sum()) == (5404, 1284, 1312)
    assert round(customers[months >= 11].churned.mean(), 3) == 0.181
    assert customers.isna().sum()[lambda missing: missing > 0].to_dict() == {
        "age": 221,
        "data_gb": 480,
        "satisfaction": 2831,
    }
    assert customers.days_since_login[customers.churned == 1].min() >= 14
    assert set(data.NUMERIC + data.CATEGORICAL) <= set(customers)
    assert list(customers[data.CATEGORICAL].select_dtypes("str")) == data.CATEGORICAL


def test_base_rates_of_the_audit_population_are_equal():
    audit = data.generator("customers").customers(40_000, seed=99)
    rates = audit.groupby("first_language").churned.mean().round(3)
    assert sorted(rates) == [0.141, 0.144]


def test_the_truth_stays_out_of_the_learners_files():
    customers, truth = data.customers(), data.customers_truth()
    assert not {"probability", "persona"} & set(customers)
    assert not {"member_rate", "casual_rate"} & {*data.hours(), *data.rentals(), *data.raw_reports(), *data.stations()}
    assert (truth.customer_id == customers.customer_id).all()
    assert abs(truth.probability.mean() - customers.churned.mean()) < 0.01
    module = data.generator("customers")
    pd.testing.assert_frame_equal(module.customers(500, truth=True)[module.COLUMNS], module.customers(500))


def test_equal_recording_changes_the_calls_of_one_group_only():
    module = data.generator("customers")
    usual, equal = module.customers(truth=True), module.customers(truth=True, equal_recording=True)
    by_language = [table.groupby("first_language").support_calls.mean() for table in (usual, equal)]
    assert by_language[0]["other"] < 0.5 * by_language[0]["majority"]
    assert by_language[1]["other"] == pytest.approx(by_language[1]["majority"], rel=0.1)


def test_snapshots_repeat_customers_and_their_outcome():
    snapshots = data.customer_snapshots()
    assert snapshots.shape == (4800, 23)
    per_customer = snapshots.groupby("customer_id")
    assert (per_customer.size() == 4).all() and (per_customer.churned.nunique() == 1).all()
    assert (per_customer.tenure_months.agg(np.ptp) == 3).all()


def test_houses_are_sold_for_their_true_price_and_chance():
    houses, truth = data.houses(), data.houses_truth()
    assert houses.shape == (3000, 15) and not houses.isna().any().any()
    assert houses.price_eur.mean() == 278_792.8 and (truth.house_id == houses.house_id).all()
    noise = np.log(houses.price_eur / truth.true_price)
    assert abs(noise.mean()) < 0.01 and abs(noise.std() - 0.09) < 0.005
    assert (houses.description.str.contains("sea view|over the bay|panoramic") == truth["view"]).all()
    assert (houses.garden_m2[houses.kind == "flat"] == 0).all() and not houses.elevator[houses.kind == "house"].any()


def test_other_houses_follow_the_planted_effects():
    many = data.generator("houses").houses(20_000, seed=5, truth=True)
    log_price = np.log(many.true_price)
    columns = {
        "log_area": np.log(many.area_m2), "rooms": many.rooms, "view": many["view"], "busy": many.busy,
        "needs": many.needs, "years": (many.sold_on - pd.Timestamp("2019-01-01")).dt.days / 365,
    }  # fmt: skip
    rest = pd.get_dummies(many[["district", "condition", "energy"]])
    design = np.column_stack([*columns.values(), rest, many.garden_m2.clip(upper=400), np.log(many.station_km + 0.2)])
    found = np.linalg.lstsq(design.astype(float), log_price, rcond=None)[0][:6]
    np.testing.assert_allclose(found, [0.82, -0.035, 0.14, -0.10, -0.12, 0.055], atol=0.02)
