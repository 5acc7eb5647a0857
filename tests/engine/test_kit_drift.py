"""The kit's year of drift: what is planted is there, nothing else is, and the instruments read what they should."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from handrail.kit.data import CATEGORICAL, NUMERIC
from handrail.kit.drift import alarm_threshold, first_alarm, month, psi, quantile_from_buckets, reference


def test_a_month_is_the_same_every_time_and_unlike_another() -> None:
    pd.testing.assert_frame_equal(month(2, 300), month(2, 300))
    assert not month(1, 300).equals(month(2, 300)) and not month(2, 300).equals(month(2, 300, seed=1))
    assert list(reference(50)) == ["household_id", *NUMERIC, *CATEGORICAL, "churned"] and len(reference(50)) == 50
    with pytest.raises(ValueError, match="not 13"):
        month(13)


def test_the_campaign_changes_who_comes_and_the_competitor_only_who_leaves() -> None:
    before, campaign, competitor = reference(4000), month(4, 4000), month(7, 4000)
    assert (campaign["tenure_months"] < 12).mean() > (before["tenure_months"] < 12).mean() + 0.1
    assert min(ks_2samp(before[name].dropna(), competitor[name].dropna()).pvalue for name in NUMERIC) > 0.005
    safe = [table.loc[table["contract"] != "monthly", "churned"].mean() for table in (before, competitor)]
    assert safe[1] > 2 * safe[0]


def test_two_months_are_delivered_wrong() -> None:
    assert month(9, 2000)["data_gb"].median() > 500 * reference(2000)["data_gb"].median()
    honest, shuffled = month(8, 2000), month(10, 2000)
    fees = [table.groupby("plan")["monthly_fee"].mean() for table in (honest, shuffled)]
    assert fees[0]["premium"] > fees[0]["basic"] + 20 and abs(fees[1]["premium"] - fees[1]["basic"]) < 3


def test_psi_counts_what_lies_outside_and_survives_empty_bins() -> None:
    column = np.arange(100.0)
    assert psi(column, column) == 0
    assert 1 < psi(column, column + 1000) < 10
    assert 0 < psi(np.ones(50), np.ones(20)) < 0.05  # half a row in an empty bin weighs more among fewer
    shares = np.array([20.5, 20.5]) / 41, np.array([30.5, 10.5]) / 41
    by_hand = np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0]))
    assert psi(np.arange(40.0), np.r_[np.arange(20.0), np.arange(10.0), np.arange(30.0, 40.0)], 2) == pytest.approx(
        by_hand
    )


def test_quantiles_are_read_between_bounds() -> None:
    buckets = {0.1: 40, 0.2: 60, float("inf"): 80}
    assert quantile_from_buckets(buckets, 0.25) == pytest.approx(0.05)
    assert quantile_from_buckets(buckets, 0.625) == pytest.approx(0.15)
    assert quantile_from_buckets(buckets, 0.99) == 0.2
    assert np.isnan(quantile_from_buckets({0.1: 0, float("inf"): 0}, 0.5))


def test_a_threshold_keeps_its_promise() -> None:
    rng = np.random.default_rng(1)
    column = rng.normal(size=3000)
    limit = alarm_threshold(column, lambda old, new: abs(new.mean() - old.mean()), 100, alarms=30, draws=1000)
    alarms = sum(abs(rng.normal(size=100).mean() - column.mean()) > limit for _ in range(3650)) / 10
    assert 18 < alarms < 50


def test_a_cusum_forgets_good_days_and_adds_up_bad_ones() -> None:
    z = np.array([[-9.0, -9, 2, 2, 2, 2], [0, 0, 0, 0, 0, 0], [9, 0, 0, 0, 0, 0]])
    assert first_alarm(z, 0.5, 5).tolist() == [5, -1, 0]
