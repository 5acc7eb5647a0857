"""Ask a model until its answer validates, and look up in the source what it claims."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Generic, TypeVar

__all__ = ["Attempted", "Message", "repaired", "stated"]

T = TypeVar("T")
Message = dict[str, str]
"""One turn of a conversation: `role` and `content`."""

TOKEN = re.compile(r"(?<![\w.,/-])\w+(?:[.,/-]\w+)*")
"""Letters and digits, and a mark where it stands between two of them: 1,234.50, RE-2600, 2026-03-01."""
ENGLISH = re.compile(r"(?:0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d{1,2})?", re.ASCII)
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
WORDED = re.compile(rf"(?<![\w.,/-])([0-3]?[0-9])\s+({'|'.join(MONTHS)})\s+([0-9]{{4}})(?!\w)(?![.,/-]\w)", re.I)
DOTTED = re.compile(r"([0-3]?\d)\.([01]?\d)\.(\d{4})", re.ASCII)
SWAPPED = str.maketrans(".,", ",.")


@dataclass(frozen=True)
class Attempted(Generic[T]):
    """What came of asking: the value, or None; the number of calls; what was wrong each time, in order."""

    value: T | None
    calls: int
    errors: tuple[str, ...] = ()


def repaired(
    ask: Callable[[list[Message]], str], messages: Sequence[Message], validate: Callable[[str], T], limit: int
) -> Attempted[T]:
    """Return the first answer that validates, out of `limit` calls at most.

    `validate` raises ValueError for an answer that it refuses; answer and error then go into the next request. Every
    other exception passes through.
    """
    answer = ask([*messages])
    try:
        return Attempted(validate(answer), 1)
    except ValueError as problem:
        error = str(problem)
    if limit == 1:
        return Attempted(None, 1, (error,))
    complaint = f"This is not valid: {error}\nAnswer again with the correct JSON only."
    longer = [*messages, {"role": "assistant", "content": answer}, {"role": "user", "content": complaint}]
    rest = repaired(ask, longer, validate, limit - 1)
    return Attempted(rest.value, 1 + rest.calls, (error, *rest.errors))


def stated(value: str | Decimal | date, source: str) -> bool:
    """Say whether a source states a value, as a whole token.

    Amounts may be written 1,234.50, 1.234,50, 1234.5 or 1234,5; dates 2026-03-01, 01.03.2026 or 1 March 2026, never
    with slashes, which two countries read differently; texts in any case and with any spaces.
    """
    if isinstance(value, str):
        words = r"\s+".join(map(re.escape, value.split()))
        return bool(words) and bool(re.search(rf"(?<![\w.,/-]){words}(?!\w)(?![.,/-]\w)", source, re.IGNORECASE))
    if isinstance(value, date):
        return value in _dates(source)
    return any(value in _amounts(token) for token in TOKEN.findall(source))


def _amounts(token: str) -> set[Decimal]:
    """Return what a token can mean as an amount, in the English and in the German way of writing."""
    readings = {token, token.translate(SWAPPED)}
    return {Decimal(one.replace(",", "")) for one in readings if ENGLISH.fullmatch(one)}


def _dates(source: str) -> set[date]:
    found: set[date] = set()
    texts = [(year, month, day) for token in TOKEN.findall(source) for year, month, day in _numbered(token)]
    texts += [(match[3], str(MONTHS.index(match[2].lower()) + 1), match[1]) for match in WORDED.finditer(source)]
    for year, month, day in texts:
        try:
            found.add(date(int(year), int(month), int(day)))
        except ValueError:
            continue  # the 31st of February
    return found


def _numbered(token: str) -> list[tuple[str, str, str]]:
    if match := DOTTED.fullmatch(token):
        return [(match[3], match[2], match[1])]
    if match := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", token, re.ASCII):
        return [(match[1], match[2], match[3])]
    return []
