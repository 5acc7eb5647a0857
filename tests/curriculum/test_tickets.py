"""The tickets are balanced, say what their fields tell, and don't give their intent away."""

import re
from datetime import date

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from handrail.kit import corpora, data
from handrail.kit.tickets import INTENTS, tickets

FOLDER = data.path("tickets")
CARD = (FOLDER / "README.md").read_text(encoding="utf-8")
COUNTS = {"amount": 18, "date": 24, "form": 18, "name": 18, "email": 10, "iban": 9, "card": 7}


@pytest.fixture(scope="module")
def table():
    return tickets()


def check_digits_are_right(account):
    return int("".join(str(int(sign, 36)) for sign in account[4:] + account[:4])) % 97 == 1


def luhn_is_right(number):
    digits = [int(digit) for digit in reversed(number)]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def test_the_committed_file_is_what_the_generator_makes():
    for name, text in data.generator("tickets").texts().items():
        assert (FOLDER / name).read_bytes() == text.encode(), f"{name} differs: run its generate.py"


def test_intents_and_halves_are_balanced(table):
    halves = table.groupby("intent")["split"].value_counts().unstack()
    assert halves.drop("other").eq({"dev": 18, "test": 27}).all(axis=None)
    assert halves.loc["other"].to_dict() == {"dev": 16, "test": 24}
    assert set(halves.index) == {*INTENTS, "other"}
    assert table["id"].is_unique and table["text"].is_unique
    assert not table["text"].str.contains(r"[\[\]{}]").any()


def test_messages_rarely_name_their_intent(table):
    for intent, own in table.groupby("intent"):
        assert own["text"].str.lower().str.contains(intent.rstrip("s")).mean() <= 0.1, intent


def test_fields_stand_in_the_text(table):
    with_fields = table[table["fields"].map(bool)]
    assert with_fields["intent"].value_counts().to_dict() == dict.fromkeys(INTENTS, 12)
    assert {name: sum(name in fields for fields in with_fields["fields"]) for name in COUNTS} == COUNTS
    for text, fields in zip(with_fields["text"], with_fields["fields"], strict=True):
        tight = text.replace(" ", "")
        assert all(fields[name] in text for name in ("form", "name", "email") if name in fields)
        assert all(fields[name] in tight for name in ("iban", "card") if name in fields)
        if "amount" in fields:
            shown = re.search(r"([\d,.]+) (euro|pounds)", text)
            assert float(shown[1].replace(",", "")) == float(fields["amount"])
            assert {"euro": "EUR", "pounds": "GBP"}[shown[2]] == fields["currency"]
        if "date" in fields:
            day = date.fromisoformat(fields["date"])
            assert f"{day.day} {day:%B} {day.year}" in text


def test_check_digits_are_as_the_fields_say(table):
    accounts = [fields for fields in table["fields"] if "iban" in fields]
    cards = [fields for fields in table["fields"] if "card" in fields]
    assert [check_digits_are_right(one["iban"]) for one in accounts] == [one["iban_valid"] for one in accounts]
    assert [luhn_is_right(one["card"]) for one in cards] == [one["card_valid"] for one in cards]
    assert (sum(one["iban_valid"] for one in accounts), sum(one["card_valid"] for one in cards)) == (6, 4)
    sizes = {"DE": 22, "GB": 22, "FR": 27, "NL": 18}
    assert all(len(one["iban"]) == sizes[one["iban"][:2]] for one in accounts)


def test_every_vector_is_stored_and_minilms(table, monkeypatch):
    fresh = corpora.encoded(list(table["text"][:5]))
    assert np.abs(fresh - corpora.embed(table["text"][:5])).max() < 2e-3
    monkeypatch.setattr(corpora, "encoded", lambda texts: pytest.fail(f"{len(texts)} texts aren't stored: {texts[:2]}"))
    assert corpora.embed(table["text"]).shape == (400, 384)


def test_the_numbers_of_the_card(table):
    own = table[table["intent"] != "other"]
    vectors, dev = corpora.embed(own["text"]), np.array(own["split"] == "dev")
    for told, labels in (
        ("0.400", list(INTENTS)),
        ("0.583", [f"{name}: {text}" for name, text in INTENTS.items()]),
    ):
        nearest = np.array(list(INTENTS))[(vectors @ corpora.embed(labels).T).argmax(axis=1)]
        assert f"{(nearest == own['intent']).mean():.3f}" == told
    model = LogisticRegression(C=10, max_iter=1000).fit(vectors[dev], own["intent"][dev])
    assert f"{model.score(vectors[~dev], own['intent'][~dev]):.3f}" in CARD
    assert "CC BY 4.0" in CARD
    assert set(table) <= set(re.findall(r"`(\w+)`", CARD))
