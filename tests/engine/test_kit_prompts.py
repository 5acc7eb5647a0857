"""The kit's prompts: what is filled in, what is refused, what a version is, and what the gate lets pass."""

from dataclasses import replace

import numpy as np
import pytest

from handrail.kit.prompts import (
    Example,
    Prompt,
    Score,
    examples_text,
    fill,
    gate,
    paired_interval,
    read_prompt,
    release_note,
)

FILE = """---
name: route
version: 2
model: small
temperature: 0
variables: ticket, labels
---
Labels: {{labels}}.
---
<ticket>{{ticket}}</ticket>
"""


@pytest.fixture
def prompt() -> Prompt:
    return read_prompt(FILE)


def score(prompt: Prompt, right: list[int], golden: tuple[int, ...] = (1,), tokens: float = 100) -> Score:
    return Score(prompt, np.array(right, dtype=bool), np.array(golden, dtype=bool), tokens)


def test_a_file_becomes_messages(prompt: Prompt) -> None:
    assert (prompt.name, prompt.version, prompt.model, prompt.temperature) == ("route", "2", "small", 0.0)
    system, user = prompt.messages(ticket="Hi {{labels}}", labels="a, b")
    assert system == {"role": "system", "content": "Labels: a, b."}
    assert user == {"role": "user", "content": "<ticket>Hi {{labels}}</ticket>"}


@pytest.mark.parametrize("values", [{"ticket": "x"}, {"ticket": "x", "labels": "a", "more": "y"}])
def test_exactly_the_variables_are_given(prompt: Prompt, values: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"labels|more"):
        prompt.messages(**values)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("Labels: a", "three parts"),
        (FILE.replace("model: small\n", ""), "no value for model"),
        (FILE.replace("model: small", "model: small\nmood: good"), "no place for mood"),
        (FILE.replace(", labels", ""), "no place for labels"),
        (FILE.replace("{{labels}}", "a"), "no value for labels"),
    ],
)
def test_a_file_that_is_not_complete_is_refused(wrong: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_prompt(wrong)


def test_the_id_changes_with_what_can_change_an_answer(prompt: Prompt) -> None:
    changed = [{"system": "x"}, {"user": "x"}, {"model": "large"}, {"temperature": 1.0}]
    assert len({prompt.id, *(replace(prompt, **one).id for one in changed)}) == 5  # type: ignore[arg-type]
    assert replace(prompt, version="3").id == prompt.id


def test_values_are_inserted_as_they_are() -> None:
    assert fill("{{a}} and {{a}}, {b}", {"a": r"{{b}} \1 {c}"}) == r"{{b}} \1 {c} and {{b}} \1 {c}, {b}"
    with pytest.raises(ValueError, match="no value for a"):
        fill("{{a}}", {})
    with pytest.raises(ValueError, match="no place for b"):
        fill("a", {"b": "x"})


def test_examples_are_pairs_of_lines() -> None:
    assert examples_text([Example("Hi", "a"), Example("Yo", "b")]) == "Text: Hi\nLabel: a\nText: Yo\nLabel: b"


def test_the_interval_is_that_of_resampled_cases() -> None:
    random = np.random.default_rng(0)
    old, new = random.random((2, 200)) < [[0.6], [0.7]]
    resampled = random.choice(new.astype(float) - old, (10_000, 200)).mean(axis=1)
    assert np.allclose(paired_interval(old, new), np.percentile(resampled, [2.5, 97.5]), atol=0.006)
    assert paired_interval(old, old) == (0, 0)
    with pytest.raises(ValueError, match="same cases"):
        paired_interval(old, new[:5])


def test_the_gate_ships_holds_and_waits(prompt: Prompt) -> None:
    old = score(prompt, [1, 0] * 50)
    assert gate(old, score(prompt, [1, 0] * 45 + [1] * 10)).decision == "ship"
    assert gate(old, score(prompt, [1, 0] * 48 + [0] * 4)).decision == "collect more cases"
    assert gate(old, score(prompt, [1, 0] * 25 + [0] * 50)).reasons == ("worse by more than 2%",)
    assert gate(old, score(prompt, [1] * 100, (1, 0), 130)).reasons == ("1 golden case fails", "+30% tokens")
    assert gate(old, score(prompt, [1] * 100, (0, 0))).reasons == ("2 golden cases fail",)


def test_a_release_note_holds_the_numbers(prompt: Prompt) -> None:
    old, new = score(prompt, [1, 0] * 50), score(replace(prompt, version="3"), [1] * 100)
    note = release_note(old, new, gate(old, new))
    assert "version 2" in note and "50.0% -> 100.0% of 100 cases" in note and "ship" in note
