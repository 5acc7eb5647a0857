"""The kit's invoices: the same sixty on every machine, and each text says what its truth says."""

from decimal import Decimal

from handrail.kit.grounding import stated
from handrail.kit.invoices import FREIGHT, WITH_FREIGHT, WITH_LUNCH, Invoice, Item, invoices


def test_there_are_sixty_and_they_stay_the_same() -> None:
    documents = invoices()
    assert len(documents) == 60 == len({document.id for document in documents})
    assert documents == invoices() and documents[:20] == invoices(20)
    assert documents != invoices(seed=5)
    assert documents[0].truth["total"] == Decimal("109.45") and documents[0].truth["number"] == "RE-2600"


def test_each_text_states_its_truth_and_not_ten_times_the_total() -> None:
    for document in invoices():
        truth, text = document.truth, document.text
        values = [truth[name] for name in ("vendor", "number", "issued", "due", "total")]
        values += [item[name] for item in truth["items"] for name in ("description", "price")]
        assert all(stated(value, text) for value in values), document.id
        assert not stated(truth["total"] * 10, text)
        assert all(f" {truth['currency']}" in line for line in text.splitlines() if " at " in line)


def test_sums_add_up_but_for_the_two_with_freight() -> None:
    for place, document in enumerate(invoices()):
        truth = document.truth
        missing = truth["total"] - sum(item["quantity"] * item["price"] for item in truth["items"])
        assert missing == (FREIGHT if place in WITH_FREIGHT else 0)
        assert truth["issued"] < truth["due"]
        assert ("lunch for a meeting" in document.text) == (place in WITH_LUNCH)


def test_numbers_and_dates_are_written_in_several_ways() -> None:
    texts = [document.text for document in invoices()]
    assert sum("," in text.splitlines()[-1].split(".")[-1] for text in texts) >= 30
    assert all("/" not in text for text in texts)
    issued = [text.splitlines()[2] for text in texts]
    assert {line.count("-") for line in issued} == {0, 2} and {line.count(".") for line in issued} == {0, 2}


def test_an_invoice_that_was_read_has_defaults() -> None:
    document = invoices(1)[0].truth
    bill = Invoice(document["issued"], document["due"], (Item(3, Decimal("12.10")),), Decimal("36.30"))
    assert (bill.currency, bill.discount, bill.items[0].currency) == ("EUR", 0, "EUR")
