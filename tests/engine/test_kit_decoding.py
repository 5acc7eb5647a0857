"""The kit's finished decoding: nucleus, sampler, beam search, and conversations that fit."""

import itertools

import numpy as np
import pytest

from handrail.kit.decoding import (
    Hypothesis,
    Turn,
    beam_search,
    continuation,
    next_log_probabilities,
    nucleus,
    sample,
    trimmed,
)
from handrail.kit.tiny_gpt import END, WINDOW, tiny_gpt


@pytest.mark.parametrize(
    ("share", "kept"), [(0.5, [1]), (0.6, [1, 3]), (0.75, [1, 3]), (0.8, [0, 1, 3]), (1, [0, 1, 2, 3]), (0, [1])]
)
def test_the_nucleus_holds_its_share_and_no_more(share, kept):
    assert np.flatnonzero(nucleus(np.array([0.125, 0.5, 0.125, 0.25]), share)).tolist() == kept


def test_samples_follow_the_distribution_and_temperature_0_takes_the_best():
    logits, rng = np.log(np.array([0.1, 0.6, 0.3])), np.random.default_rng(0)
    drawn = np.bincount([sample(logits, rng) for _ in range(4000)]) / 4000
    assert drawn == pytest.approx([0.1, 0.6, 0.3], abs=0.03)
    assert {sample(logits, rng, temperature=0) for _ in range(5)} == {1}
    assert {sample(logits, rng, top_p=0.7) for _ in range(200)} == {1, 2}
    cold = np.bincount([sample(logits, rng, temperature=0.5) for _ in range(2000)], minlength=3) / 2000
    assert cold == pytest.approx(np.array([1, 36, 9]) / 46, abs=0.03)


def a_table(seed, vocabulary=3):
    weights = np.random.default_rng(seed).random((6, vocabulary))
    return lambda tokens: np.log(weights[hash(tokens) % 6] / weights[hash(tokens) % 6].sum())


@pytest.mark.parametrize("seed", range(5))
def test_a_beam_as_wide_as_all_texts_finds_the_most_probable(seed):
    scores = a_table(seed)

    def total(tokens):
        return sum(scores(tokens[:i])[token] for i, token in enumerate(tokens))

    texts = [t for n in (1, 2, 3) for t in itertools.product(range(3), repeat=n) if 0 not in t[:-1]]
    whole = [t for t in texts if len(t) == 3 or t[-1] == 0]
    best = beam_search(scores, 27, 3, end=0)[-1][0]
    assert best.tokens == max(whole, key=total)
    assert best.log_probability == pytest.approx(total(best.tokens))


def test_each_beam_is_as_wide_as_asked_and_finished_texts_stay():
    always = {(): [0.5, 0.3, 0.2]}
    beams = beam_search(lambda tokens: np.log(always.get(tokens, [0.2, 0.5, 0.3])), 2, 3, end=0)
    assert [one.tokens for one in beams[0]] == [(0,), (1,)]
    assert [one.tokens for one in beams[-1]] == [(0,), (1, 1, 1)]
    assert beams[-1][0].finished(0) and not beams[-1][1].finished(0)
    assert beam_search(lambda tokens: np.log([1.0 - 2e-9, 1e-9, 1e-9]), 1, 9, end=0) == [
        [Hypothesis((0,), pytest.approx(0, abs=1e-6))]
    ]


TALK = [
    Turn("system", "s"),
    Turn("user", "uu"),
    Turn("assistant", "a"),
    Turn("tool", "ttt"),
    Turn("assistant", "aa"),
    Turn("user", "u"),
]


@pytest.mark.parametrize(("room", "kept"), [(10, 6), (9, 2), (2, 2), (1, 1)])
def test_a_conversation_keeps_its_system_turn_and_begins_with_the_user(room, kept):
    found = trimmed(TALK, len, room)
    assert found == ([TALK[0], *TALK[len(TALK) - kept + 1 :]] if kept < 6 else TALK)


def test_system_turns_that_do_not_fit_are_an_error():
    with pytest.raises(ValueError, match="more than 0 tokens"):
        trimmed(TALK, len, 0)


def test_the_model_writes_up_to_its_end_or_its_window():
    gpt = tiny_gpt()
    greedy = continuation(gpt, "Returns the number of", 30, temperature=0)
    assert greedy == beam_search(next_log_probabilities(gpt, "Returns the number of"), 1, 30)[-1][0].tokens
    assert greedy[-1] == END and len(greedy) <= 30
    assert continuation(gpt, "The", 8, seed=3) == continuation(gpt, "The", 8, seed=3)
    endless = continuation(gpt, "The", 500, ends=False)
    assert END not in endless and len(gpt.encode("The")) + len(endless) == WINDOW
