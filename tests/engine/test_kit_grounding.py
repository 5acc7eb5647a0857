"""The kit's loop that repairs answers, and its look into the source."""

import json
from datetime import date
from decimal import Decimal

import pytest

from handrail.kit.grounding import Attempted, Message, repaired, stated

QUESTION = [{"role": "user", "content": "How many?"}]


def replying(*replies: str) -> tuple[list[list[Message]], object]:
    asked: list[list[Message]] = []

    def ask(messages: list[Message]) -> str:
        asked.append(messages)
        return replies[len(asked) - 1]

    return asked, ask


def test_an_answer_and_its_error_go_into_the_next_request() -> None:
    asked, ask = replying("seven", "{", "7")
    assert repaired(ask, QUESTION, json.loads, 3) == Attempted(
        7,
        3,
        (
            "Expecting value: line 1 column 1 (char 0)",
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
    )
    assert asked[0] == QUESTION and [len(messages) for messages in asked] == [1, 3, 5]
    assert asked[1][1] == {"role": "assistant", "content": "seven"} and "Expecting value" in asked[1][2]["content"]
    assert len(QUESTION) == 1


def test_the_loop_ends_and_keeps_what_validates_even_if_it_is_nothing() -> None:
    asked, ask = replying("a", "b", "c")
    assert repaired(ask, QUESTION, int, 2).value is None and len(asked) == 2
    assert repaired(replying("0")[1], QUESTION, int, 3) == Attempted(0, 1)
    assert repaired(replying("null")[1], QUESTION, json.loads, 3) == Attempted(None, 1)


def test_other_exceptions_pass() -> None:
    def bug(answer: str) -> int:
        raise KeyError(answer)

    def down(messages: list[Message]) -> str:
        raise ValueError("down")

    with pytest.raises(KeyError):
        repaired(replying("a")[1], QUESTION, bug, 3)
    with pytest.raises(ValueError, match="down"):
        repaired(down, QUESTION, int, 3)


@pytest.mark.parametrize(
    ("value", "yes", "no"),
    [
        (
            Decimal("15"),
            ["15", "(15)", "15.", "€15", "15,00", "15.0"],
            ["150", "15.50", "EX-15", "1.15", "15,000", "-15"],
        ),
        (Decimal("1234.50"), ["1,234.50", "1.234,50", "1234.5", "1234,5"], ["1,234,50", "12345.0", "234.50"]),
        (Decimal("15000"), ["15.000", "15,000", "15000"], ["15.00", "1,5000", "015000"]),
        (Decimal("0.5"), ["0.5", "0,50"], ["5", "50", "10.5"]),
        (
            date(2026, 3, 1),
            ["2026-03-01", "01.03.2026", "1.3.2026", "on 1  march 2026."],
            ["03/01/2026", "21 March 2026"],
        ),
        (date(2026, 2, 3), ["3 February 2026"], ["31.02.2026", "30 February 2026", "2026-02-31", "1.1.2026"]),
        ("Acme Tools", ["ACME\ntools.", "from Acme Tools, Oslo"], ["Acme Toolshed", "AcmeTools", "Acme Tools-B"]),
        ("a.b", ["(A.B)"], ["axb"]),
        ("", [], ["", "anything"]),
    ],
)
def test_a_value_is_stated_as_a_whole_token_only(value: object, yes: list[str], no: list[str]) -> None:
    assert [text for text in yes if not stated(value, f"x {text} y")] == []
    assert [text for text in no if stated(value, f"x {text} y")] == []
