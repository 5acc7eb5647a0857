"""Generate the city_bikes data: two years of a bike rental scheme that never existed.

Run this file to write the data files beside it; import it for another city (a fresh seed), more stations, or trips.
The order of the random draws is part of the data: another order is another city.
"""

import io
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

ZONE = "Europe/Berlin"
GROWTH_PER_YEAR = 1.18
RAIN_MEMBER, RAIN_CASUAL = 0.75, 0.45  # what a wet hour multiplies rentals by
BEST_MEMBER_C, BEST_CASUAL_C = 21.0, 25.0
DISPERSION = 12.0  # shape of the gamma noise on the rate of each station and hour

DISTRICTS = ["center", "harbor", "university", "park", "residential"]
MEMBER_DEMAND = {"center": 1.0, "harbor": 1.0, "university": 1.3, "park": 0.8, "residential": 1.3}
CASUAL_DEMAND = {"center": 0.7, "harbor": 1.5, "university": 0.7, "park": 2.2, "residential": 0.7}

YEARLY_HOLIDAYS = {
    "01-01": "New Year",
    "05-01": "Labor Day",
    "10-03": "Unity Day",
    "12-25": "Christmas",
    "12-26": "Boxing Day",
}
MOVABLE_HOLIDAYS = {
    "2023-04-07": "Good Friday",
    "2023-04-10": "Easter Monday",
    "2023-05-18": "Ascension",
    "2023-05-29": "Whit Monday",
    "2024-03-29": "Good Friday",
    "2024-04-01": "Easter Monday",
    "2024-05-09": "Ascension",
    "2024-05-20": "Whit Monday",
}


class City(NamedTuple):
    """One generated city: what happened, and the rates behind it that no learner's file contains."""

    hours: pd.DataFrame  # one row per hour: start (city time), calendar, weather, rentals of the whole city
    rentals: pd.DataFrame  # one row per station and hour: time (UTC), station_id, member, casual
    stations: pd.DataFrame  # one row per station
    truth: pd.DataFrame  # the rows of rentals, with the expected counts member_rate and casual_rate


def generate(seed: int = 2023, n_stations: int = 20) -> City:
    """Return the city of this seed: every hour of 2023 and 2024 at `n_stations` stations."""
    rng = np.random.default_rng(seed)
    start = pd.date_range("2023-01-01", "2024-12-31 23:00", freq="h", tz=ZONE, name="start")
    days = calendar(start)
    sky = weather(rng, start)
    member, casual = demand(rng, days, sky)
    appeal = np.exp(rng.normal(0, 0.45, n_stations))
    places = stations(rng, np.random.default_rng(seed + 1), appeal)  # positions don't disturb the counts
    member_rate, casual_rate = station_rates(places, appeal, member, casual)
    member_count, casual_count = counts(rng, member_rate, casual_rate)
    keys = {
        "time": start.tz_convert("UTC").take(np.tile(np.arange(len(start)), n_stations)),
        "station_id": np.repeat(places.station_id.to_numpy(np.int16), len(start)),
    }
    hours = days[["working_day", "holiday"]].join(sky)
    hours["member"], hours["casual"] = member_count.sum(axis=0), casual_count.sum(axis=0)
    hours["rentals"] = hours.member + hours.casual
    return City(
        hours=hours.reset_index(),
        rentals=pd.DataFrame(keys | {"member": member_count.ravel(), "casual": casual_count.ravel()}),
        stations=places,
        truth=pd.DataFrame(keys | {"member_rate": member_rate.ravel(), "casual_rate": casual_rate.ravel()}),
    )


def calendar(start: pd.DatetimeIndex) -> pd.DataFrame:
    """Return the local `hour`, whether it is a `working_day`, the `holiday`, and the `years` since the start."""
    dates = pd.Series(start.strftime("%Y-%m-%d"), index=start)
    holiday = dates.map(MOVABLE_HOLIDAYS).fillna(dates.str[5:].map(YEARLY_HOLIDAYS))
    return pd.DataFrame(
        {
            "hour": start.hour,
            "working_day": (start.day_of_week < 5) & holiday.isna(),
            "holiday": holiday,
            "years": np.arange(len(start)) / 24 / 365.25,
        },
        index=start,
    )


def weather(rng: np.random.Generator, start: pd.DatetimeIndex) -> pd.DataFrame:
    """Return temperature (Celsius), humidity (%), wind (km/h) and rain (mm) of each hour."""
    n, days = len(start), np.arange(len(start)) // 24
    season = -np.cos(2 * np.pi * (start.day_of_year.to_numpy() - 20) / 365.25)  # -1 in January, 1 in July
    sun = np.sin(2 * np.pi * (start.hour.to_numpy() - 9) / 24)  # 1 at 15:00
    spell = warm_spells(rng, days.max() + 1)[days]
    temperature = 10.5 + 9.0 * season + spell + 3.5 * (1 + 0.4 * season) * sun + rng.normal(0, 0.6, n)
    wet = wet_hours(rng.random(n), 0.030 - 0.012 * season)
    rain = np.where(wet, rng.gamma(0.9, 1.4, n) + 0.1, 0.0)
    humidity = np.clip(70 - 8 * season - 9 * sun + 14 * wet + rng.normal(0, 6, n), 20, 100)
    wind = rng.gamma(4, 3.2, n) + 5 * wet
    columns = {
        "temperature_c": temperature.round(1),
        "humidity_pct": humidity.round(0).astype(int),
        "wind_kmh": wind.round(1),
        "rain_mm": rain.round(1),
    }
    return pd.DataFrame(columns, index=start)


def warm_spells(rng: np.random.Generator, n_days: int) -> np.ndarray:
    """Return how much warmer than usual each day is, in degrees: every day remembers 80 % of the day before."""
    spell = rng.normal(0, 2.2, n_days)
    spell[0] = 0.0
    for day in range(1, n_days):
        spell[day] += 0.8 * spell[day - 1]
    return spell


def wet_hours(luck: np.ndarray, p_start: np.ndarray) -> np.ndarray:
    """Return which hours are wet: rain begins with probability `p_start` and goes on with probability 0.78."""
    wet = np.zeros(len(luck), dtype=bool)
    for hour in range(1, len(luck)):
        wet[hour] = luck[hour] < (0.78 if wet[hour - 1] else p_start[hour])
    return wet


def demand(rng: np.random.Generator, days: pd.DataFrame, sky: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the expected member and casual rentals of each hour at a station of average appeal.

    Humidity isn't used: whatever it correlates with, it has no effect here.
    """
    hour, working = days.hour.to_numpy(), days.working_day.to_numpy()
    temperature, wet = sky.temperature_c.to_numpy(), sky.rain_mm.to_numpy() > 0
    commute = 1.9 * bump(hour, 8, 1.0) + 2.3 * bump(hour, 17.3, 1.5)
    work = commute + 0.75 * bump(hour, 12.8, 2.2) + 0.07 + 0.25 * bump(hour, 21, 2)
    rest = 1.35 * bump(hour, 14.5, 3.6) + 0.10 + 0.30 * bump(hour, 0.3, 1.6) + 0.2 * bump(hour, 21, 2)
    mood = np.exp(rng.normal(0, 0.08, len(hour) // 24 + 2))[np.arange(len(hour)) // 24]
    common = GROWTH_PER_YEAR ** days.years.to_numpy() * mood * np.exp(-0.010 * (sky.wind_kmh.to_numpy() - 12))
    member = 7.2 * np.where(working, work, 0.75 * rest) * np.exp(-(((temperature - BEST_MEMBER_C) / 22) ** 2))
    casual = 3.6 * np.where(working, 0.45 * work + 0.35 * rest, 1.9 * rest)
    casual *= np.exp(-(((temperature - BEST_CASUAL_C) / 15) ** 2))
    return member * np.where(wet, RAIN_MEMBER, 1) * common, casual * np.where(wet, RAIN_CASUAL, 1) * common


def bump(hour: np.ndarray, center: float, width: float) -> np.ndarray:
    """Return a bell around `center` on the 24-hour clock: 1 at its top, `width` hours from there to its flank."""
    distance = (hour - center + 12) % 24 - 12
    return np.exp(-0.5 * (distance / width) ** 2)


def stations(rng: np.random.Generator, positions: np.random.Generator, appeal: np.ndarray) -> pd.DataFrame:
    """Return the stations: number, name, district, docks, elevation (m) and position (km from the center)."""
    n = len(appeal)
    district = np.array(DISTRICTS)[np.arange(n) % len(DISTRICTS)]
    return pd.DataFrame(
        {
            "station_id": np.arange(101, 101 + n),
            "name": [f"{kind.title()} {i // len(DISTRICTS) + 1}" for i, kind in enumerate(district)],
            "district": district,
            "docks": np.clip(appeal * 22, 10, 60).round(0).astype(int),
            "elevation_m": rng.integers(2, 95, n),
            "x_km": positions.uniform(-4, 4, n).round(2),
            "y_km": positions.uniform(-4, 4, n).round(2),
        }
    )


def station_rates(
    places: pd.DataFrame, appeal: np.ndarray, member: np.ndarray, casual: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the expected member and casual rentals, each of shape (stations, hours)."""
    hill = np.exp(-0.004 * (places.elevation_m.to_numpy() - 40))
    member_share, casual_share = places.district.map(MEMBER_DEMAND), places.district.map(CASUAL_DEMAND)
    member_scale = appeal * member_share.to_numpy() * hill
    casual_scale = appeal * casual_share.to_numpy() * hill
    return member_scale[:, None] * member, casual_scale[:, None] * casual


def counts(rng: np.random.Generator, *rates: np.ndarray) -> list[np.ndarray]:
    """Draw counts for rates of shape (stations, hours): Poisson around a rate with gamma noise (negative binomial)."""
    drawn = [np.empty(rate.shape, dtype=np.int16) for rate in rates]
    for station in range(len(rates[0])):
        for count, rate in zip(drawn, rates, strict=True):
            noise = rng.gamma(DISPERSION, 1 / DISPERSION, rate.shape[1])
            count[station] = rng.poisson(rate[station] * noise)
    return drawn


def trips(rentals: pd.DataFrame, stations: pd.DataFrame, seed: int = 8, rows: int | None = None) -> pd.DataFrame:
    """Return one row per rental, ordered by its start: where from and to, how many minutes, on which bike.

    Near and large stations are likely destinations; casual trips are longer. With `rows`, that many rentals are drawn
    (with replacement) first: a table of any size with the same pattern.
    """
    rng = np.random.default_rng(seed)
    origin, member = departures(rng, rentals, rows)
    n, from_id = len(origin), rentals.station_id.to_numpy()[origin]
    start_row = from_id - stations.station_id.iloc[0]
    km = distances(stations)
    end_row = destinations(rng, start_row, stations.docks.to_numpy() * np.exp(-km / 1.5))
    minutes = ride_minutes(rng, km[start_row, end_row], start_row == end_row, member)
    seconds = pd.to_timedelta(rng.integers(0, 3600, n), unit="s").as_unit("us")
    table = {
        "start": pd.DatetimeIndex(rentals.time)[origin] + seconds,
        "from_id": from_id,
        "to_id": stations.station_id.to_numpy(np.int16)[end_row],
        "minutes": minutes.astype(np.float32),
        "member": member,
        "bike_id": rng.integers(1, 3001, n).astype(np.int16),
    }
    ordered = pd.DataFrame(table).sort_values("start", kind="stable", ignore_index=True)
    ordered.insert(0, "trip_id", np.arange(n))
    return ordered


def departures(rng: np.random.Generator, rentals: pd.DataFrame, rows: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each single rental (or for `rows` drawn ones), its row in `rentals` and whether a member made it."""
    total = rentals.member.to_numpy(int) + rentals.casual.to_numpy(int)
    origin = np.repeat(np.arange(len(rentals)), total)
    number = np.arange(len(origin)) - np.repeat(np.cumsum(total) - total, total)
    member = number < rentals.member.to_numpy()[origin]
    chosen = slice(None) if rows is None else np.sort(rng.integers(0, len(origin), rows))
    return origin[chosen], member[chosen]


def ride_minutes(rng: np.random.Generator, km: np.ndarray, round_trip: np.ndarray, member: np.ndarray) -> np.ndarray:
    """Draw how long each ride takes, in minutes: about 13 km/h for members, slower and more varied for others."""
    usual = np.log(4 + 4.5 * km + np.where(round_trip, 12, 0))
    return np.exp(usual + np.where(member, 0, 0.55) + rng.normal(0, np.where(member, 0.35, 0.55))).round(1)


def distances(stations: pd.DataFrame) -> np.ndarray:
    """Return the straight distance in km between any two stations."""
    xy = stations[["x_km", "y_km"]].to_numpy()
    return np.linalg.norm(xy[:, None] - xy[None], axis=-1)


def destinations(rng: np.random.Generator, start_row: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Draw a destination for each start, in proportion to its row of `weight`, which has shape (stations, stations)."""
    cumulative = np.cumsum(weight / weight.sum(axis=1, keepdims=True), axis=1)
    cumulative[:, -1] = 1
    luck, end_row = rng.random(len(start_row)), np.empty(len(start_row), dtype=int)
    for row, limits in enumerate(cumulative):
        here = start_row == row
        end_row[here] = np.searchsorted(limits, luck[here])
    return end_row


def raw_reports(city: City, seed: int = 6) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the station reports of autumn 2024 as they arrived, and a ledger of the faults planted in them.

    The ledger counts faults in what the stations sent first, and as `delivered_...` in what arrived, repeats included.
    """
    rng = np.random.default_rng(seed)
    sent, ledger = sent_reports(rng, city)
    station, name_faults = written_names(rng, sent)
    casual, count_faults = written_counts(rng, sent.casual)
    day_first = sent.station_id % 4 == 0
    local = sent.time.dt.tz_convert(ZONE)
    columns = {
        "message_id": np.arange(500_000, 500_000 + len(sent)),
        "station": station,
        "reported_at": local.dt.strftime("%d/%m/%Y %H:%M").where(day_first, local.dt.strftime("%Y-%m-%d %H:%M")),
        "member": sent.member.astype("str"),
        "casual": casual,
    }
    again = rng.random(len(sent)) < 0.012
    arrival = np.repeat(np.arange(len(sent)), 1 + again)  # a repeat follows its first copy
    faults = pd.DataFrame(name_faults | count_faults | {"day_first_rows": day_first})
    delivered = faults.iloc[arrival].add_prefix("delivered_")
    ledger |= {"sent_twice": int(again.sum()), "raw_rows": len(arrival)}
    ledger |= faults.sum().to_dict() | delivered.sum().to_dict()
    return pd.DataFrame(columns).iloc[arrival].reset_index(drop=True), ledger


def sent_reports(rng: np.random.Generator, city: City) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the reports that were sent at all (rain costs more of them), with the name of the station."""
    autumn = city.rentals.time.between("2024-08-31 22:00+00:00", "2024-11-30 22:00+00:00")
    due = city.rentals[autumn].merge(city.stations[["station_id", "name"]], on="station_id", validate="m:1")
    rain = pd.Series(city.hours.rain_mm.to_numpy(), index=city.hours.start.dt.tz_convert("UTC"))
    wet = due.time.map(rain) > 0
    lost = rng.random(len(due)) < np.where(wet, 0.06, 0.01)
    ledger = {"true_rows": len(due), "lost": int(lost.sum()), "lost_in_rain": int((lost & wet).sum())}
    return due[~lost].reset_index(drop=True), ledger


def written_names(rng: np.random.Generator, sent: pd.DataFrame) -> tuple[pd.Series, dict[str, pd.Series]]:
    """Return the station names as they were written, and which of them are untidy or changed."""
    luck = pd.Series(rng.random(len(sent)))
    name = sent["name"].mask(luck < 0.04, sent["name"].str.upper())
    name = name.mask(luck.between(0.04, 0.07, inclusive="left"), sent["name"] + " ")
    name = name.mask(luck.between(0.07, 0.08, inclusive="left"), sent["name"].str.replace(" ", "  "))
    renamed = (sent.station_id == 112) & (sent.time >= "2024-10-01")
    faults = {"untidy_names": (luck < 0.08) & ~renamed, "renamed_rows": renamed}
    return name.mask(renamed, "Harbor Bridge"), faults


def written_counts(rng: np.random.Generator, casual: pd.Series) -> tuple[pd.Series, dict[str, pd.Series]]:
    """Return the casual counts as they were written, and which of them are missing or impossible."""
    luck = pd.Series(rng.random(len(casual)))
    faults = {"casual_na": luck < 0.010, "casual_9999": luck.between(0.010, 0.013, inclusive="left")}
    text = casual.astype("str").mask(faults["casual_na"], "n/a").mask(faults["casual_9999"], "9999")
    return text, faults


def files(seed: int = 2023) -> dict[str, bytes]:
    """Return the name and content of every committed data file."""
    city = generate(seed)
    hours = city.hours.assign(start=city.hours.start.map(pd.Timestamp.isoformat))
    rates = ["member_rate", "casual_rate"]
    truth = city.truth.assign(**city.truth[rates].round(3).astype(np.float32))
    return {
        "hours.csv": csv(hours),
        "stations.csv": csv(city.stations),
        "rentals.parquet": parquet(city.rentals),
        "raw_reports.csv": csv(raw_reports(city)[0]),
        "truth.parquet": parquet(truth),
    }


def csv(table: pd.DataFrame) -> bytes:
    """Return the table as CSV, the same bytes on every system."""
    return table.to_csv(index=False, lineterminator="\n").encode()


def parquet(table: pd.DataFrame) -> bytes:
    """Return a table that begins with `time` (UTC) as Parquet, without pandas' metadata: its version is no data."""
    # pyarrow 25 reads `.values` of a zoned column, which pandas 3.1 deprecates: the zone is put on afterwards
    naive = table.assign(time=table.time.dt.tz_convert(None))
    arrow = pa.Table.from_pandas(naive, preserve_index=False).replace_schema_metadata(None)
    arrow = arrow.set_column(0, "time", arrow["time"].cast(pa.timestamp("us", "UTC")))
    sink = io.BytesIO()
    pq.write_table(arrow, sink, compression="zstd")
    return sink.getvalue()


if __name__ == "__main__":
    for file_name, content in files().items():
        Path(__file__).with_name(file_name).write_bytes(content)
