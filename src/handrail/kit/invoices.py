"""Sixty invoices to Halden Freight as plain text, and what each of them says. All companies are invented."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from handrail.kit.grounding import MONTHS

__all__ = ["Document", "Invoice", "Item", "invoices"]

VENDORS = (
    "Brightwell Paper Ltd",
    "Nordkai Werkzeuge GmbH",
    "Castell Office Supplies",
    "Marlow & Finch Catering",
    "Hafenlicht Elektro GmbH",
    "Quillstone Print Works",
    "Tanglin Fleet Services",
    "Ostwind Reinigung GmbH",
    "Pemberton Packaging Ltd",
    "Lindgren Cold Storage",
)
GOODS = (
    ("desk lamp", "42.10"),
    ("shipping label roll", "8.95"),
    ("pallet", "19.50"),
    ("office chair", "212.40"),
    ("cleaning of a hall", "385.00"),
    ("forklift battery", "1480.00"),
    ("box of copy paper", "27.35"),
    ("safety vest", "11.20"),
    ("barcode scanner", "164.75"),
    ("buffet lunch", "14.80"),
    ("winter tire", "98.60"),
    ("temperature logger", "56.25"),
)
CURRENCIES = ("EUR", "EUR", "EUR", "GBP", "USD")
FREIGHT = Decimal("25.00")
WITH_FREIGHT = (17, 44)
"""The total of these two contains freight, which isn't among their items: their sums don't add up, on paper."""
LUNCH = "lunch for a meeting"
WITH_LUNCH = (6, 23, 38)
"""These three have one item more, with a name that the stand-in shortens: a mistake that nobody ordered."""


@dataclass(frozen=True)
class Item:
    """One line of an invoice that was already read: how many pieces at which price, and in which currency."""

    quantity: int
    price: Decimal
    currency: str = "EUR"


@dataclass(frozen=True)
class Invoice:
    """An invoice that was already read. `discount` is in percent of the items' sum, and `total` is to be paid."""

    issued: date
    due: date
    items: tuple[Item, ...]
    total: Decimal
    currency: str = "EUR"
    discount: Decimal = Decimal(0)


@dataclass(frozen=True)
class Document:
    """An invoice: its identifier, its text, and the truth about it.

    The truth has the keys `vendor`, `number`, `issued` and `due` (dates), `currency`, `items` (each with `description`,
    `quantity` and `price`) and `total`; prices and total are decimals.
    """

    id: str
    text: str
    truth: Mapping[str, Any]


def invoices(count: int = 60, seed: int = 4) -> list[Document]:
    """Return invoices in a fixed order; the same arguments give the same ones.

    Every other one writes numbers as 1.234,50, the rest as 1,234.50; dates come in three spellings.
    """
    generator = random.Random(seed)
    return [_document(place, generator) for place in range(count)]


def _document(place: int, generator: random.Random) -> Document:
    issued = date(2026, 1, 5) + timedelta(days=generator.randrange(170))
    items = [_item(*goods, generator) for goods in generator.sample(GOODS, generator.randint(1, 4))]
    if place in WITH_LUNCH:
        items.append(_item(LUNCH, "14.80", generator))
    total = sum((item["quantity"] * item["price"] for item in items), Decimal(0))
    truth = {
        "vendor": generator.choice(VENDORS),
        "number": f"RE-{2600 + place}",
        "issued": issued,
        "due": issued + timedelta(days=generator.choice([14, 30, 45])),
        "currency": generator.choice(CURRENCIES),
        "items": items,
        "total": total + FREIGHT if place in WITH_FREIGHT else total,
    }
    text = _written(truth, german=place % 2 == 1, spelling=place % 3, freight=place in WITH_FREIGHT)
    return Document(f"i{place + 1:02d}", text, truth)


def _item(description: str, price: str, generator: random.Random) -> dict[str, Any]:
    cents = int(Decimal(price) * generator.randint(80, 125)) * Decimal("0.01")
    return {"description": description, "quantity": generator.choice([1, 2, 3, 4, 6, 8, 12, 20]), "price": cents}


def _written(truth: Mapping[str, Any], *, german: bool, spelling: int, freight: bool) -> str:
    def money(value: Decimal) -> str:
        english = f"{value:,.2f}"
        return f"{english.translate(str.maketrans(',.', '.,')) if german else english} {truth['currency']}"

    lines: Sequence[str] = (
        f"Vendor: {truth['vendor']}",
        f"Invoice number: {truth['number']}",
        f"Issued: {_day(truth['issued'], spelling)}",
        f"Due: {_day(truth['due'], spelling)}",
        "",
        *(f"- {item['quantity']} x {item['description']} at {money(item['price'])}" for item in truth["items"]),
        *([f"Subtotal plus freight of {money(FREIGHT)}"] if freight else []),
        f"Total: {money(truth['total'])}",
    )
    return "\n".join(lines)


def _day(day: date, spelling: int) -> str:
    """Write a date as 2026-03-01, 1 March 2026 or 01.03.2026: never with slashes, which two countries read apart."""
    return (f"{day:%Y-%m-%d}", f"{day.day} {MONTHS[day.month - 1].title()} {day.year}", f"{day:%d.%m.%Y}")[spelling]
