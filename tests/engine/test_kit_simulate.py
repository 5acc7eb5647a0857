"""The kit's simulations: counted by hand where that is possible."""

import numpy as np
import pytest

from handrail.kit.simulate import back_off, crowd, retry_storm


def test_pauses_double_up_to_a_ceiling() -> None:
    rng = np.random.default_rng(0)
    assert [back_off(attempt, 0, rng) for attempt in range(7)] == [0.5, 1, 2, 4, 8, 8, 8]
    drawn = [back_off(1, 0.25, rng) for _ in range(200)]
    assert 0.75 <= min(drawn) < 0.78 and 0.97 < max(drawn) <= 1


def test_a_storm_without_jitter_comes_in_waves() -> None:
    storm = retry_storm()
    assert storm.attempts[storm.attempts > 0].tolist() == list(range(100, 0, -10))
    assert storm.waits.max() == pytest.approx(47.5) and (storm.waits == 0).sum() == 10


def test_jitter_ends_a_storm_and_a_seed_repeats_it() -> None:
    storm = retry_storm(jitter=1, seed=3)
    assert storm.attempts.sum() < 300 and storm.waits.max() < 3
    assert (retry_storm(jitter=1, seed=3).waits == storm.waits).all()
    assert len(np.unique(storm.waits)) > 50 and (np.bincount((storm.waits * 10).astype(int)) <= 10).all()


def test_a_crowd_overlaps_its_waiting() -> None:
    assert crowd([1.0, 2.0, 3.0], 1).seconds == 6
    assert crowd([1.0, 2.0, 3.0], 2).seconds == 4
    assert crowd([1.0, 2.0, 3.0], 9).seconds == 3
    nobody = crowd([], 3)
    assert (nobody.seconds, nobody.attempts, nobody.refused) == (0, [], 0)


def test_a_refused_call_comes_again_or_is_lost() -> None:
    play = crowd([1.0, 1.0], 2, allowed=1, retries=2, jitter=0)
    assert [attempt.answered for attempt in play.attempts] == [True, False, False, True]
    assert play.refused == 2 and play.failed == 0 and play.seconds == pytest.approx(2 * 0.01 + 0.5 + 1 + 1)
    lost = crowd([9.0, 9.0], 2, allowed=1, retries=1, jitter=0)
    assert lost.failed == 1 and lost.refused == 2 and lost.seconds == 9


def test_doors_within_the_limit_are_never_refused() -> None:
    play = crowd([0.1] * 50, 5, allowed=5)
    assert play.refused == 0 and play.seconds == pytest.approx(1.0)
