"""What tokens would cost. The prices were chosen by us and stand in `prices.toml`; the stand-in costs nothing."""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Price:
    """Dollars for a million tokens."""

    input: Decimal
    output: Decimal
    cached_input: Decimal


@cache
def prices() -> dict[str, Price]:
    """Return the price of each model."""
    text = files("handrail.standin").joinpath("prices.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return {name: Price(**{kind: Decimal(amount) for kind, amount in row.items()}) for name, row in table.items()}
