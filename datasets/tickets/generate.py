"""Write the messages of employees to the help desk: `tickets.jsonl` and the vectors of the texts.

`messages.txt` holds them by intent. A field is marked `[date=2026-07-06:6 July 2026]`: its name, its value, and what
the text says if that differs. Account and card numbers are computed: `[iban!DE:]` is one with right check digits,
`[card?:]` one with a wrong digit.
"""

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
MARKED = re.compile(r"\[(\w+)([=!?])([^:\]]*):?([^\]]*)\]")
ACCOUNTS = {"DE": "#" * 18, "GB": "HALD" + "#" * 14, "FR": "#" * 23, "NL": "HALD" + "#" * 10}
"""What follows the check digits of an account number, by country; # is a digit."""
DEV = {True: 5, False: 13}
"""How many messages of an intent are dev, of 12 with fields and of 33 without."""
DEV_OTHER = 16


def messages() -> list[dict[str, Any]]:
    """Return the 400 messages as `tickets.jsonl` holds them."""
    rows = []
    for block in (HERE / "messages.txt").read_text(encoding="utf-8").split("# ")[1:]:
        intent, *lines = block.strip().splitlines()
        rows += [message(line, intent) for line in lines]
    rows.sort(key=lambda row: digest(row["text"]))
    place: Counter[tuple[str, bool]] = Counter()
    for number, row in enumerate(rows, 1):
        group = row["intent"], bool(row["fields"])
        size = DEV_OTHER if row["intent"] == "other" else DEV[group[1]]
        row |= {"id": f"t{number:03}", "split": "dev" if place[group] < size else "test"}
        place[group] += 1
    return [{key: row[key] for key in ("id", "text", "intent", "split", "fields")} for row in rows]


def message(line: str, intent: str) -> dict[str, Any]:
    """Return one message: its text without marks, and its fields."""
    fields: dict[str, Any] = {}
    text = MARKED.sub(lambda mark: shown(mark, line, fields), line)
    return {"text": text, "intent": intent, "fields": fields}


def shown(mark: re.Match[str], line: str, fields: dict[str, Any]) -> str:
    """Return what the text says in place of a mark, and note the field."""
    name, sign, value, words = mark.groups()
    words = words or value
    if name == "amount":
        fields |= {"amount": f"{float(value):.2f}", "currency": "GBP" if "pound" in words else "EUR"}
    elif sign == "=":
        fields[name] = value
    else:
        number = account(value, line) if name == "iban" else card(line)
        number = number if sign == "!" else with_wrong_digit(number)
        fields |= {name: number, f"{name}_valid": sign == "!"}
        words = " ".join(re.findall(".{1,4}", number))
    return words


def account(country: str, seed: str) -> str:
    """Return an account number (IBAN) with right check digits, computed modulo 97."""
    digits = iter(str(int(digest(seed), 16))[1:])
    own = re.sub("#", lambda _: next(digits), ACCOUNTS[country])
    rest = int("".join(str(int(sign, 36)) for sign in f"{own}{country}00")) % 97
    return f"{country}{98 - rest:02}{own}"


def card(seed: str) -> str:
    """Return a card number of 16 digits with a right Luhn sum."""
    first = "4" + str(int(digest(seed), 16))[1:15]
    return next(f"{first}{last}" for last in range(10) if luhn(f"{first}{last}") % 10 == 0)


def luhn(number: str) -> int:
    """Return the Luhn sum: every second digit from the right is doubled and its digits are added."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(digit // 10 + digit % 10 for digit in doubled)


def with_wrong_digit(number: str) -> str:
    """Return a number whose last digit is another."""
    return f"{number[:-1]}{(int(number[-1]) + 1) % 10}"


def digest(text: str) -> str:
    """Return the SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def texts() -> dict[str, str]:
    """Return the file that is generated, by its name."""
    return {"tickets.jsonl": "".join(json.dumps(row) + "\n" for row in messages())}


def main() -> None:
    """Write the messages, then their vectors."""
    for name, text in texts().items():
        (HERE / name).write_text(text, encoding="utf-8", newline="\n")
    from handrail.kit.corpora import store

    store([row["text"] for row in messages()], HERE / "vectors.npz")


if __name__ == "__main__":
    main()
