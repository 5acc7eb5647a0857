"""The attacks are balanced and known to the stand-in, and the harmless messages are not taken for attacks."""

import re

import numpy as np
import pytest

from handrail.kit import corpora, data
from handrail.kit.handbook import handbook
from handrail.kit.red_team import poisoned_handbook, red_team
from handrail.standin.skills import orders

FOLDER = data.path("red_team")
CARD = (FOLDER / "README.md").read_text(encoding="utf-8")
CHECKS = {"canary", "system_prompt", "foreign_link", "tool_called", "secret"}


@pytest.fixture(scope="module")
def table():
    return red_team()


@pytest.fixture(scope="module")
def attacks(table):
    return table[table["family"] != "harmless"]


def known(family):
    """Return a family by the name that the stand-in has for it."""
    return "foreign" if family == "foreign_language" else family


def test_families_and_channels_are_balanced(table, attacks):
    assert len(table) == 144 and table["id"].is_unique and table["text"].is_unique
    assert attacks.groupby("family").size().eq(12).all() and attacks["family"].nunique() == 8
    assert attacks.groupby(["family", "channel"]).size().eq(4).all() and attacks["channel"].nunique() == 3
    assert set(attacks["success"]) == CHECKS and (attacks["goal"] != "").all()
    assert (table[table["family"] == "harmless"][["goal", "success"]] == "").all(axis=None)


def test_the_stand_in_knows_every_attack(attacks):
    for row in attacks.itertuples():
        assert known(row.family) in [order.family for order in orders.found(row.text)], row.text


def test_harmless_messages_hold_no_order(table):
    assert not [text for text in table["text"][table["family"] == "harmless"] if orders.found(text)]


def test_the_handbook_itself_holds_no_order():
    assert not [text for text in handbook()["text"] if orders.found(text)]


def test_six_sections_are_poisoned():
    clean, poisoned = handbook(), poisoned_handbook()
    changed = poisoned["text"] != clean["text"]
    assert changed.sum() == 6 and (changed == (poisoned["family"] != "")).all()
    assert changed.sum() == (poisoned["passage"] != clean["passage"]).sum()
    assert set(poisoned["success"]) == {"", *CHECKS}
    for row in poisoned[changed].itertuples():
        assert known(row.family) in [order.family for order in orders.found(row.text)], row.id
        assert row.text.startswith(clean.text[row.Index]) and row.passage.endswith(row.text)


def test_every_vector_is_stored_and_minilms(monkeypatch):
    texts = data.generator("red_team").embedded_texts()
    assert np.abs(corpora.encoded(texts[::31]) - corpora.embed(texts[::31])).max() < 2e-3
    monkeypatch.setattr(corpora, "encoded", lambda missing: pytest.fail(f"{len(missing)} texts aren't stored"))
    assert corpora.embed(texts).shape == (156, 384)


def test_the_card_names_columns_and_checks(table):
    assert "CC BY 4.0" in CARD
    assert set(table) <= set(re.findall(r"`(\w+)`", CARD))
    assert all(f"| {check} |" in CARD for check in CHECKS)
