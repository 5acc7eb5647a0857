"""Messages of the employees of Halden Freight to their help desk, all invented."""

import json
from typing import TYPE_CHECKING

from handrail.kit.data import path

if TYPE_CHECKING:
    import pandas as pd

INTENTS = {
    "leave": "paid or unpaid time off, holidays, sickness, parental leave",
    "expenses": "getting money back for costs, receipts, claims, reimbursement limits",
    "travel": "booking and rules of business trips, flights, trains, hotels, visas",
    "equipment": "laptops, phones, monitors, desks, broken or lost hardware",
    "security": "passwords, phishing, badges, data protection, access, VPN",
    "payroll": "salary, bonus, tax, payslips, pension, overtime pay",
    "conduct": "gifts, conflicts of interest, harassment, reporting misconduct, second jobs",
    "onboarding": "first day, probation, welcome training, buddy, new employees",
}
"""The eight intents, each with a description in one line; a message of none of them has the intent `other`."""


def tickets() -> "pd.DataFrame":
    """Return the 400 messages, one a row, in a random but fixed order.

    Columns: `id`, `text`, `intent` (one of INTENTS, or other), `split` (160 dev, 240 test) and `fields`: what the text
    tells, a dictionary, empty for all but 96. Its keys: `amount` (text with two decimals) and `currency` (EUR, GBP),
    `date` (as 2026-07-06), `form`, `name`, `email`, `iban` and `card` (without spaces), `iban_valid` and `card_valid`.
    """
    import pandas as pd

    lines = (path("tickets") / "tickets.jsonl").read_text(encoding="utf-8").splitlines()
    return pd.DataFrame([json.loads(line) for line in lines])
