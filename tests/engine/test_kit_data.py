"""handrail.kit.data finds the data of the course from anywhere, and says what to do when it can't."""

import pickle
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from pandas.api.types import is_object_dtype

from handrail.kit import data

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def course(tmp_path):
    """Return a course of another teacher, with one data set."""
    folder = tmp_path / "course" / "datasets" / "tides"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("# tides\n", encoding="utf-8")
    (folder / "generate.py").write_text("def levels(n=2):\n    return [0.5] * n\n", encoding="utf-8")
    return tmp_path / "course"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Work in an empty folder outside any course."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.delenv(data.ENVIRONMENT, raising=False)
    return folder


@pytest.mark.parametrize("inside", [".", "notebooks/01_fundamentals", "src/handrail/kit", "datasets/city_bikes"])
def test_data_is_found_from_inside_the_course(inside, monkeypatch):
    monkeypatch.chdir(CHECKOUT / inside)
    assert data.path("city_bikes") == CHECKOUT / "datasets" / "city_bikes"


def test_data_is_found_in_the_checkout_from_outside(elsewhere):
    assert data.path("city_bikes").samefile(CHECKOUT / "datasets" / "city_bikes")
    assert len(data.stations()) == 20


def test_the_course_around_the_working_directory_comes_first(course, elsewhere, monkeypatch):
    monkeypatch.setenv(data.ENVIRONMENT, str(CHECKOUT))
    (course / "datasets" / "city_bikes").mkdir()
    (course / "lessons" / "deep").mkdir(parents=True)
    monkeypatch.chdir(course / "lessons" / "deep")
    assert data.path("city_bikes") == course / "datasets" / "city_bikes"


def test_the_environment_names_a_course(course, elsewhere, monkeypatch):
    monkeypatch.setenv(data.ENVIRONMENT, str(course))
    assert data.path("tides") == course / "datasets" / "tides"
    assert data.generator("tides").levels(3) == [0.5, 0.5, 0.5]


def test_a_folder_of_data_without_this_set_is_passed_over(elsewhere):
    (elsewhere / "datasets").mkdir()
    assert data.path("customers").samefile(CHECKOUT / "datasets" / "customers")


def test_a_missing_data_set_names_those_there_are(course, monkeypatch):
    monkeypatch.chdir(course)
    with pytest.raises(FileNotFoundError) as caught:
        data.path("tide")
    assert str(caught.value) == f"There is no data set 'tide' in {course / 'datasets'}. Choose one of: tides."


def test_without_a_course_the_next_thing_to_do_is_said(elsewhere, monkeypatch):
    monkeypatch.setattr(data, "__file__", str(elsewhere / "lib" / "handrail" / "kit" / "data.py"))
    with pytest.raises(FileNotFoundError) as caught:
        data.hours()
    sentence = str(caught.value)
    assert sentence.startswith(f"There is no folder datasets/city_bikes in {elsewhere} or above it.")
    assert "set HANDRAIL_COURSE" in sentence


def test_a_data_set_without_generator_says_so(course, monkeypatch):
    monkeypatch.chdir(course)
    (course / "datasets" / "tides" / "generate.py").unlink()
    with pytest.raises(FileNotFoundError, match="'tides' has no generator"):
        data.generator("tides")


def test_what_a_generator_returns_can_be_sent_to_a_process():
    city = data.generator("city_bikes").generate(n_stations=1)
    assert pickle.loads(pickle.dumps(city)).hours.equals(city.hours)


def test_hours_are_in_the_time_of_the_city():
    start = data.hours().start
    assert str(start.dtype) == "datetime64[us, Europe/Berlin]"
    assert start.is_monotonic_increasing and start.is_unique
    twice = start[start.dt.tz_localize(None).duplicated()]
    assert [f"{hour:%F %H}" for hour in twice] == ["2023-10-29 02", "2024-10-27 02"]


@pytest.mark.parametrize(
    "load",
    [
        data.hours,
        data.stations,
        data.rentals,
        data.raw_reports,
        data.customers,
        data.customers_truth,
        data.houses,
        data.houses_truth,
    ],
)
def test_no_loader_returns_a_column_of_objects(load):
    table = load()
    assert isinstance(table, pd.DataFrame)
    assert not [column for column, dtype in table.dtypes.items() if is_object_dtype(dtype)]


def test_the_engine_is_imported_without_the_kit():
    program = "import sys, handrail; sys.exit(any(name.startswith('handrail.kit') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
