"""The office's tools, what describes and calls them, and the loop with limits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from handrail.kit.tools import Made, Office, answered, bounded, circling, described, tasks


@pytest.fixture(scope="module")
def office() -> Office:
    return Office()


def test_the_books_are_the_same_for_the_same_seed(office: Office) -> None:
    assert Office().payments == office.payments != Office(12).payments
    assert {payment.day.month for payment in office.payments} == set(range(1, 13))
    assert len(office.payments) == 120


def test_tools_read_the_books(office: Office) -> None:
    total = sum(office.spend_by_category("energy", f"2025-{month:02d}") for month in range(1, 13))
    assert total == pytest.approx(sum(one.euro for one in office.payments if one.category == "energy"))
    largest = office.largest_payments("2025-03", 2)
    assert len(largest) == 2 and largest[0]["euro"] >= largest[1]["euro"]
    assert office.calculator("(2 + 3) * -4 / 8") == -2.5
    assert "14 characters" in office.search_handbook("What is the minimum length of a password?")
    with pytest.raises(LookupError, match="2025-01"):
        office.spend_by_category("energy", "2024-01")
    for bad in ("__import__('os')", "2 ** 9", "x"):
        with pytest.raises(ValueError, match="only numbers"):
            office.calculator(bad)


def test_a_refund_changes_the_state_within_its_bounds() -> None:
    office = Office()
    before = office.balance("current")
    office.refund(17, 20)
    assert office.refunds == [(17, 20.0)] and office.balance("current") == pytest.approx(before - 20)
    for order, amount in ((99, 5), (17, 81), (17, 0), (17, -3)):
        with pytest.raises((LookupError, ValueError)):
            office.refund(order, amount)
    assert len(office.refunds) == 1


def test_a_description_has_types_defaults_and_no_self(office: Office) -> None:
    found = described(office.largest_payments)
    assert found["name"] == "largest_payments" and found["description"].startswith("List the largest")
    assert found["parameters"]["required"] == ["month"] and found["parameters"]["additionalProperties"] is False
    assert found["parameters"]["properties"]["month"]["description"] == "YYYY-MM"


def explode() -> None:
    """Raise an error."""
    raise RuntimeError("x" * 3000)


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("nope", "{}", "balance"),
        ("balance", "{", "JSON"),
        ("balance", "[]", "arguments"),
        ("balance", "{}", "account"),
        ("balance", '{"account": "giro"}', "savings"),
        ("balance", '{"account": "current", "currency": "USD"}', "currency"),
        ("explode", "{}", "RuntimeError"),
    ],
)
def test_whatever_is_wrong_becomes_a_short_text(office: Office, name: str, arguments: str, says: str) -> None:
    result = answered({**office.tools, "explode": explode}, name, arguments)
    assert result.failed and says in result.text and len(result.text) <= 2000 and "Traceback" not in result.text


def test_a_good_call_is_answered_in_json(office: Office) -> None:
    assert answered(office.tools, "balance", '{"account": "savings"}').text == "12500.0"
    assert len(json.loads(answered(office.tools, "largest_payments", '{"month": "2025-04"}').text)) == 3
    assert answered({"echo": lambda value: value}, "echo", '{"value": "a"}').text == "a"


def test_circles_are_blocks_with_equal_results() -> None:
    one, same, other = Made("a", '{"x": 1, "y": 2}', "r"), Made("a", '{"y":2,"x":1}', "r"), Made("b", "{", "r")
    assert circling([one, same, one]) and circling([one, other] * 3) and not circling([one, other] * 2)
    assert not circling([one, one]) and not circling([])
    assert not circling([Made("a", "{}", str(number)) for number in range(9)])


def wish(name: str, arguments: str, number: int) -> dict[str, Any]:
    return {"id": f"c{number}", "type": "function", "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(("repeats", "outcome", "made"), [(3, "loop", 3), (99, "steps", 4)])
def test_the_loop_ends_and_says_so(office: Office, repeats: int, outcome: str, made: int) -> None:
    seen = []

    def model(turns: list[dict[str, Any]], with_tools: bool) -> dict[str, Any]:
        seen.append(with_tools)
        if not with_tools:
            return {"role": "assistant", "content": "That was all."}
        calls = [wish("balance", '{"account": "savings"}', len(turns))]
        return {"role": "assistant", "content": None, "tool_calls": calls}

    start = [{"role": "user", "content": "Go"}]
    run = bounded(model, office.tools, start, steps=4, repeats=repeats)
    assert (run.outcome, len(run.calls), run.text) == (outcome, made, "That was all.")
    assert seen == [True] * made + [False] and len(start) == 1


def test_an_answer_ends_the_loop(office: Office) -> None:
    run = bounded(lambda turns, with_tools: {"role": "assistant", "content": "Hello"}, office.tools, [])
    assert run.outcome == "answered" and run.text == "Hello" and run.calls == ()


def test_there_are_thirty_tasks_with_their_truth(office: Office) -> None:
    found = tasks()
    assert len(found) == len({task.text for task in found}) == 30
    assert sum(bool(task.refunds) for task in found) == 5
    assert str(office.spend_by_category("energy", "2025-06")) in found[0].says
