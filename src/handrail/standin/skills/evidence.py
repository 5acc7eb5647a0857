"""What a text offers as a value: numbers, dates, addresses, codes, names, each with its place."""

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from handrail.standin.grammar import NUMBERS
from handrail.standin.request import named

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
SHORT = {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name}
ASSUMED_YEAR = 2025
"""The year of a month without one: the last whole year before the stand-in's fixed date."""
MONTH = "|".join([*MONTHS, *SHORT])
PATTERNS = {
    "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "url": re.compile(r"https?://[^\s<>\"')\]]+"),
    "iban": re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b"),
    "date": re.compile(
        r"\b(?P<iso>\d{4}-\d{2}-\d{2})\b|\b(?P<dots>\d{1,2}\.\d{1,2}\.\d{4})\b|\b(?P<slashes>\d{1,2}/\d{1,2}/\d{4})\b"
        rf"|\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.? (?P<month>{MONTH})\.?,? (?P<year>\d{{4}})\b"
        rf"|\b(?P<month2>{MONTH})\.? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year2>\d{{4}})\b",
        re.IGNORECASE,
    ),
    "month": re.compile(
        rf"\b(?P<name>{'|'.join(MONTHS)})\b(?:,? (?P<year>\d{{4}})\b)?|\b(?P<iso>\d{{4}}-\d{{2}})\b", re.I
    ),
    "code": re.compile(r"\b(?=[A-Z0-9-]*[A-Z])(?=[A-Z0-9-]*\d)[A-Z0-9]+(?:-[A-Z0-9]+)*\b"),
    "number": re.compile(
        r"(?<![\w.,])[-−]?\d(?:[\d.,'’]*\d)?(?![\w-])|(?<![\w.,])\d(?:[\d.,'’]*\d)?(?=[xk×%€$£]|EUR|USD|GBP)"
    ),
    "word number": re.compile(rf"\b(?:{'|'.join(NUMBERS)})\b", re.IGNORECASE),
    "quoted": re.compile(r"[\"“«]([^\"”»\n]{1,200})[\"”»]|(?<!\w)'([^'\n]{1,200})'(?!\w)"),
    "name": re.compile(r"\b[A-ZÄÖÜ][\w&'’.-]*(?: (?:(?:of|&|de|van|von) )?[A-ZÄÖÜ][\w&'’-]*)*"),
}
CURRENCY = re.compile(r"[€$£]|\b(?:EUR|USD|GBP|CHF|euros?|dollars?|pounds?|cents?)\b", re.IGNORECASE)
STARTERS = named(
    "a an and any are as ask at best bill book by call can cancel check compare compute contact could create "
    "customer date dear delete do does due email extract find for from get give hello hey hi how i if in "
    "invoice is issued it kind list look mail may meet movie my name no number of on open order our please "
    "post receipt refund regards remind reply search send set should show sincerely subject subtotal supplier "
    "tell thank thanks that the then there they this to total transfer update use vendor was we what when "
    "where which who why will with would yes you your"
)


@dataclass(frozen=True)
class Span:
    """A value that stands in a text."""

    kind: str
    value: Any
    start: int
    end: int
    text: str

    def words(self, whole: str) -> tuple[list[str], list[str]]:
        """Return up to six words before and three after it on its line, in lower case, nearest first."""
        line_start = whole.rfind("\n", 0, self.start) + 1
        line_end = whole.find("\n", self.end)
        before = re.findall(r"[^\W_]+|[×€$£]", whole[line_start : self.start].lower())
        after = re.findall(r"[^\W_]+|[×€$£%]", whole[self.end : line_end if line_end >= 0 else len(whole)].lower())
        return before[::-1][:6], after[:3]

    def context(self, whole: str) -> str:
        """Return the words around it, and itself."""
        before, after = self.words(whole)
        return " ".join([*before[::-1], self.text, *after])

    def has_currency(self, whole: str) -> bool:
        """Say whether a currency stands beside it."""
        return bool(CURRENCY.search(whole[max(0, self.start - 4) : self.start] + whole[self.end : self.end + 6]))


def spans(text: str) -> list[Span]:
    """Return all values of a text. One that lies inside another of an earlier kind is left out."""
    found: list[Span] = []
    for kind, pattern in PATTERNS.items():
        for match in pattern.finditer(text):
            start, end = match.span()
            value = _value(kind, match, text)
            if value is None or (kind not in ("quoted", "name", "month") and _covered(found, start, end)):
                continue
            if kind == "name":
                start, value = _without_starter(match[0], start)
                if (
                    not value
                    or CURRENCY.fullmatch(value)
                    or _covered([one for one in found if one.kind not in ("quoted",)], start, end)
                ):
                    continue
            found.append(Span("number" if kind == "word number" else kind, value, start, end, text[start:end]))
    return sorted(found, key=lambda span: (span.start, span.end))


def number(text: str, *, money: bool = False) -> float | int | None:
    """Read a number as people write it: 1,234.50, 1.234,50, 1234.5. `money` reads 1.234 as a thousand."""
    plain = text.replace("−", "-").replace("'", "").replace("’", "")
    dot, comma = plain.rfind("."), plain.rfind(",")
    if dot >= 0 and comma >= 0:
        decimal = max(dot, comma)
        plain = re.sub(r"[.,]", "", plain[:decimal]) + "." + re.sub(r"[.,]", "", plain[decimal + 1 :])
    elif comma >= 0:
        thousands = re.fullmatch(r"-?\d{1,3}(,\d{3})+", plain)
        plain = plain.replace(",", "" if thousands else ".")
    elif re.fullmatch(r"-?\d{1,3}(\.\d{3})+", plain) and (money or plain.count(".") > 1):
        plain = plain.replace(".", "")
    try:
        return float(plain) if "." in plain else int(plain)
    except ValueError:
        return None


def first_number(text: str) -> float | int | None:
    """Return the first number of a text."""
    return next((span.value for span in spans(text) if span.kind == "number"), None)


def _covered(found: list[Span], start: int, end: int) -> bool:
    return any(start < span.end and span.start < end for span in found if span.kind not in ("name", "quoted", "month"))


def _value(kind: str, match: re.Match[str], text: str) -> Any:
    if kind == "number":
        start, end = match.span()
        money = bool(CURRENCY.search(text[max(0, start - 4) : start] + text[end : end + 5]))
        return number(match[0], money=money)
    if kind == "word number":
        return NUMBERS[match[0].lower()]
    if kind == "date":
        return _date(match)
    if kind == "month":
        name = match["name"]
        year = int(match["year"] or ASSUMED_YEAR) if name else 0
        return match["iso"] or f"{year:04d}-{MONTHS[name.lower()]:02d}"
    if kind == "quoted":
        return match[1] or match[2]
    if kind == "url":
        return match[0].rstrip(".,;:!?")
    return match[0]


def _date(match: re.Match[str]) -> str | None:
    if match["iso"]:
        year, month, day = map(int, match["iso"].split("-"))
    elif match["dots"] or match["slashes"]:
        day, month, year = map(int, re.split(r"[./]", match["dots"] or match["slashes"]))
        if month > 12 >= day:
            day, month = month, day
    else:
        name = (match["month"] or match["month2"]).lower()
        month = MONTHS.get(name) or SHORT[name]
        day, year = int(match["day"] or match["day2"]), int(match["year"] or match["year2"])
    if not (1 <= month <= 12 and year and 1 <= day <= calendar.monthrange(year, month)[1]):
        return None
    return f"{year:04d}-{month:02d}-{day:02d}"


def _without_starter(text: str, start: int) -> tuple[int, str]:
    """Leave out the words at the beginning of a name that only begin a sentence."""
    words = list(_words(text))
    while words and words[0][1].lower().strip("'’.") in STARTERS | set(MONTHS):
        words.pop(0)
    if not words:
        return start, ""
    at = words[0][0]
    return start + at, text[at:].rstrip(".")


def _words(text: str) -> Iterator[tuple[int, str]]:
    for match in re.finditer(r"\S+", text):
        yield match.start(), match[0]
