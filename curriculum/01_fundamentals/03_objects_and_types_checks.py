"""Checks of `01_fundamentals/03_objects_and_types`: sets of minutes, fractions, replayed histories, wrong medians."""

import itertools
import statistics
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from handrail.expect import (
    Mismatch,
    agree,
    attempt,
    between,
    call,
    calls,
    close,
    for_all,
    hints,
    kind,
    raises,
    require,
)


@hints(
    "When do two slots *not* share a minute? There are two ways, and overlapping is the opposite of both.",
    "One is over before the other begins. As a slot doesn't own its end, touching isn't overlapping: mind < and <=.",
    "Each of the two must begin before the other one ends. The error belongs into `__post_init__`, for start >= end.",
)
def check_TimeSlot(TimeSlot):
    def made(start, end):
        return attempt(lambda: TimeSlot(start, end), f"making TimeSlot({start}, {end})")

    def is_kept(start, length):
        slot = made(start, start + length)
        for name, expected in (("start", start), ("end", start + length), ("minutes", length)):
            value = attempt(lambda: getattr(slot, name, None), f"reading `{name}`")
            require(not callable(value), f"`{name}` should be read without parentheses: a property.")
            close(value, expected, f"`{name}`", exact_dtype=True)

    def is_refused(start, back):
        slot = _unless_refused(lambda: TimeSlot(start, start - back), f"making TimeSlot({start}, {start - back})")
        if slot is not None:
            kept = f"from {getattr(slot, 'start', None)} to {getattr(slot, 'end', None)}"
            raise Mismatch(f"TimeSlot({start}, {start - back}) must raise ValueError; it made a slot {kept}.")

    def overlap(start, minutes, other_start, other_minutes, why=""):
        one, two = made(start, start + minutes), made(other_start, other_start + other_minutes)
        require(hasattr(one, "overlaps"), "A slot needs a method `overlaps`.")
        shared = set(range(start, start + minutes)) & set(range(other_start, other_start + other_minutes))
        asked = f"TimeSlot({start}, {start + minutes}).overlaps(TimeSlot({other_start}, {other_start + other_minutes}))"
        close(attempt(lambda: one.overlaps(two), "calling `overlaps`"), bool(shared), asked, why=why)

    is_kept(480, 60)
    is_refused(600, 60)
    for_all(is_refused, on=(between(-3, 9), between(1, 9)), also=[call(90_000, 1)], examples=10)
    for_all(is_refused, on=(between(-3, 9), st.just(0)), examples=6)
    for_all(is_kept, on=(between(-3, 9), between(1, 4)), also=[call(0, 100_000)], examples=10)
    overlap(480, 60, 600, 60)  # apart
    overlap(600, 60, 480, 60)
    overlap(480, 60, 540, 60)  # touching
    overlap(480, 60, 500, 90)  # reaching into the other
    overlap(480, 60, 490, 20)  # holding the other
    for_all(overlap, on=(between(0, 9), between(1, 5), between(0, 9), between(1, 5)), examples=60)
    for given in ((-9, 5, -5, 3), (-9, 5, -4, 3), (0, 50_000, 49_999, 2), (50_000, 9, 0, 50_000), (1500, 1, 60, 1)):
        overlap(*given)
    overlap(10**17, 1, 10**17 + 1, 1, why="The minutes need more than a float's 53 bits.")
    slot = made(480, 540)
    close(
        attempt(lambda: slot.overlaps(slot), "calling `overlaps`"), True, "`slot.overlaps(slot)`, both the same object,"
    )
    _can_not_change(made)


def _can_not_change(made):
    """Fail unless slots are values: equal by content, usable as keys, and closed to every assignment."""
    slot = made(480, 540)
    for name, value in (("end", 0), ("end", 600), ("start", 500)):
        try:
            setattr(slot, name, value)
        except Exception:
            continue
        if (slot.start, slot.end) != (480, 540):
            raise Mismatch(
                f"`slot.{name} = {value}` was accepted for a slot from 480 to 540. Nobody may change a slot."
            )
    close((slot.start, slot.end), (480, 540), "the slot after these attempts")
    with suppress(Exception):
        del slot.end
    require(hasattr(slot, "end"), "`del slot.end` was accepted. Nobody may change a slot.")
    same, other = made(480, 540), made(480, 541)
    require(slot == same and slot != other, "Two slots are equal if they have the same start and end, and only then.")
    close(len(attempt(lambda: {slot, same, other}, "putting slots into a set")), 2, "the size of a set of two slots")


def _unless_refused(action, doing):
    """Return what an action returns, or None where it raises ValueError. Any other error is a failure."""

    def tried():
        try:
            value = action()
        except ValueError:
            return None
        return "nothing" if value is None else value

    return attempt(tried, f"{doing}, which must raise ValueError,")


@dataclass(frozen=True)
class TimeSlot__touching_overlap:
    """You let slots overlap that only touch. [480, 540) and [540, 600) share no minute: a slot doesn't own its end."""

    start: int
    end: int

    def __post_init__(self):
        if self.start >= self.end:
            raise ValueError("the slot is empty")

    @property
    def minutes(self):
        return self.end - self.start

    def overlaps(self, other):
        return self.start <= other.end and other.start <= self.end


class TimeSlot__one_direction(TimeSlot__touching_overlap):
    """You ask whether this slot begins inside the other. It may also begin earlier and reach into the other, or hold
    all of it.
    """

    def overlaps(self, other):
        return other.start <= self.start < other.end


class TimeSlot__ends_inside(TimeSlot__touching_overlap):
    """You ask whether an end of this slot lies in the other. A slot that holds all of the other has none there."""

    def overlaps(self, other):
        return other.start <= self.start < other.end or other.start < self.end <= other.end


class TimeSlot__half_of_it(TimeSlot__touching_overlap):
    """You ask only whether this slot begins before the other ends. The other must also begin before this one ends."""

    def overlaps(self, other):
        return self.start < other.end


@dataclass(unsafe_hash=True)
class TimeSlot__can_change:
    """A slot was changed after the check in its constructor had passed. Let the data class be frozen."""

    start: int
    end: int

    def __post_init__(self):
        if self.start >= self.end:
            raise ValueError("the slot is empty")

    @property
    def minutes(self):
        return self.end - self.start

    def overlaps(self, other):
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class TimeSlot__unchecked:
    """You accept a slot that ends before it begins. Refuse it when it is made, so that nobody has to ask later."""

    start: int
    end: int

    @property
    def minutes(self):
        return self.end - self.start

    def overlaps(self, other):
        return self.start < other.end and other.start < self.end


class TimeSlot__swaps(TimeSlot__unchecked):
    """You put a reversed slot right by swapping its ends. Whoever made it made a mistake, and should be told."""

    def __init__(self, start, end):
        super().__init__(min(start, end), max(start, end))


class TimeSlot__without_a_minute(TimeSlot__touching_overlap):
    """You accept a slot that ends where it begins. It has no minute at all: refuse it too."""

    def __post_init__(self):
        if self.start > self.end:
            raise ValueError("the slot is reversed")

    def overlaps(self, other):
        return self.start < other.end and other.start < self.end


class TimeSlot__counts_both_ends(TimeSlot__touching_overlap):
    """You counted the end as a minute of the slot. From 480 up to, but without, 540 are 60 minutes."""

    @property
    def minutes(self):
        return self.end - self.start + 1


@hints(
    "Stay with integers. What does `divmod(total * weight, sum(weights))` tell you about one person?",
    "The whole cents of all shares add up to a little less than the total. How many cents are left, and who is next?",
    "Sort the positions by the rest, largest first (`sorted` keeps ties in order). For a refund, negate the payment.",
)
def check_share_cents(share_cents):
    agree(share_cents, _by_fractions, on=calls(between(0, 40), _weights()), examples=40, exact_dtype=True)
    refunds = calls(between(-40, -1), _weights())
    agree(share_cents, _by_fractions, on=refunds, examples=15, exact_dtype=True, why="A refund mirrors the payment.")
    for why, total, weights in _telling_bills():
        given = call(total, weights)
        close(share_cents(total, list(weights)), _by_fractions(total, weights), given=given, exact_dtype=True, why=why)
    for weights in ([0, 0], [], [2, -1], [-1, 3, 2], [-2, -1], [1, -1], [0], [-1]):
        for total in (100, 0, -7):
            raises(share_cents, ValueError, call(total, weights), why="Weights: none negative, one positive.")


def _weights():
    return st.lists(between(0, 5), min_size=1, max_size=5).filter(any)


def _telling_bills():
    """Return bills that a search hardly meets, each with what is special about it."""
    yield "Both fractions are one half, and the weights differ.", 2, [1, 3]
    yield "Both fractions are one half, and the weights differ.", 2, [3, 1]
    yield "All fractions are one third. As floats they differ in the last digit.", 2, [4, 1, 1]
    yield "A float has 53 bits; this amount needs more.", 10**17 + 1, [1, 1, 1]
    yield "A float has 53 bits; this amount needs more.", -(10**17) - 2, [3, 3, 1]
    yield "The product of amount and weight needs more than 64 bits.", 10**17 + 3, [300, 400, 301]
    yield "The second fraction is the larger one, by very little.", 1, [10**17, 10**17 + 1]
    yield "The last fraction is the largest, by very little.", 2, [10**15, 10**15, 10**15 + 1]
    yield "There are more people than cents.", 3, [1] * 300
    yield "There are 301 people.", 123_456, [7 + number % 13 for number in range(301)]
    yield "The heads are of many sizes.", 7341, [2, 0, 9, 4, 4, 11, 1, 30, 6]
    yield "Somebody has nearly all the weight.", 999, [1, 10_000, 1]
    yield "Nothing is to be paid.", 0, [2, 1]
    yield "Who has no weight pays nothing.", 1001, [0, 1, 0, 1]


def _by_fractions(total, weights):
    whole = sum(weights)
    exact = [Fraction(abs(total) * weight, whole) for weight in weights]
    shares = [int(share) for share in exact]
    lost = [(shares[i] - exact[i], i) for i in range(len(weights))]
    for _, person in sorted(lost)[: abs(total) - sum(shares)]:
        shares[person] += 1
    return [share if total >= 0 else -share for share in shares]


def share_cents__rounds_each(total, weights):
    """You rounded each share by itself, so the shares don't add up to the total. Cut off, count what is left, hand it
    out.
    """
    whole = _checked(weights)
    return [round(total * weight / whole) for weight in weights]


def share_cents__last_takes_rest(total, weights):
    """All that was left over went to the last person, who may be several cents from the exact share. Hand it out one
    cent each.
    """
    whole, sign = _checked(weights), -1 if total < 0 else 1
    shares = [abs(total) * weight // whole for weight in weights]
    shares[-1] += abs(total) - sum(shares)
    return [sign * share for share in shares]


def share_cents__first_take_rest(total, weights):
    """You gave the spare cents to those who come first. They belong to those whose share lost the largest fraction."""
    whole, sign = _checked(weights), -1 if total < 0 else 1
    shares = [abs(total) * weight // whole for weight in weights]
    for person in range(abs(total) - sum(shares)):
        shares[person] += 1
    return [sign * share for share in shares]


def share_cents__largest_weights(total, weights):
    """You gave the spare cents to the largest weights. What counts is the fraction of a cent that a share lost."""
    whole, sign = _checked(weights), -1 if total < 0 else 1
    shares = [abs(total) * weight // whole for weight in weights]
    people = sorted(range(len(weights)), key=lambda person: -weights[person])
    for person in people[: abs(total) - sum(shares)]:
        shares[person] += 1
    return [sign * share for share in shares]


def share_cents__ties_to_the_later(total, weights):
    """Of two equal fractions you preferred the later one. The spare cent goes to whoever comes first."""
    whole, sign = _checked(weights), -1 if total < 0 else 1
    parts = [divmod(abs(total) * weight, whole) for weight in weights]
    shares = [share for share, _ in parts]
    people = sorted(range(len(weights)), key=lambda person: (parts[person][1], person), reverse=True)
    for person in people[: abs(total) - sum(shares)]:
        shares[person] += 1
    return [sign * share for share in shares]


def share_cents__float_shares(total, weights):
    """You computed with floats. They have 53 bits, too few for large amounts, and they make fractions equal that
    aren't.
    """
    whole, sign = _checked(weights), -1 if total < 0 else 1
    exact = [abs(total) * weight / whole for weight in weights]
    shares = [int(share) for share in exact]
    people = sorted(range(len(weights)), key=lambda person: shares[person] - exact[person])
    for person in people[: abs(total) - sum(shares)]:
        shares[person] += 1
    return [sign * share for share in shares]


def share_cents__refund_rounds_down(total, weights):
    """Your refund isn't the mirror of the payment: of equal fractions, the later one got the cent. `//` and `divmod` do
    that to a negative total, as they round down: -100 // 3 is -34.
    """
    whole = _checked(weights)
    parts = [divmod(total * weight, whole) for weight in weights]
    shares = [share for share, _ in parts]
    people = sorted(range(len(weights)), key=lambda person: -parts[person][1])
    for person in people[: total - sum(shares)]:
        shares[person] += 1
    return shares


def share_cents__trusts_the_weights(total, weights):
    """Not all wrong weights are refused. Without a positive one nobody can pay, and a negative one would be paid by the
    others: raise ValueError for both.
    """
    whole, sign = sum(weights), -1 if total < 0 else 1
    parts = [divmod(abs(total) * weight, whole) for weight in weights]
    shares = [share for share, _ in parts]
    people = sorted(range(len(weights)), key=lambda person: -parts[person][1])
    for person in people[: abs(total) - sum(shares)]:
        shares[person] += 1
    return [sign * share for share in shares]


def _checked(weights):
    if not any(weights) or min(weights) < 0:
        raise ValueError("no good weights")
    return sum(weights)


class _Line(NamedTuple):
    """A transaction of a class that no learner has seen."""

    category: str
    cents: int


class _Source:
    """What all sources of the check share: they hold lines, and say so."""

    def __init__(self, lines):
        self.lines = list(lines)

    def __repr__(self):
        return f"{type(self).__name__.strip('_')}({[tuple(line) for line in self.lines]})"


class _Listed(_Source):
    def transactions(self):
        return list(self.lines)


class _Stream(_Source):
    """Hands its lines out once."""

    def transactions(self):
        while self.lines:
            yield self.lines.pop(0)


class _Service(_Source):
    """Is truthy, counts nothing, compares with nothing: has a method, and that is all."""

    def transactions(self):
        return map(_Receipt, self.lines)


class _Receipt:
    """A transaction without equality and order, with more than the protocol asks for."""

    __slots__ = ("category", "cents", "payee")

    def __init__(self, line):
        self.category, self.cents, self.payee = line.category, line.cents, "somebody"


_SOURCES = (
    (_Listed, ""),
    (_Service, "This source has other transactions than the one before: rely on the protocol alone."),
    (_Stream, "A stream hands its transactions out once and never again."),
)


@hints(
    "What may you ask of `source`? Only what the protocol promises. How often may you ask?",
    "Call `transactions()` once and walk over what it returns once: a stream has nothing left for a second walk.",
    "A dictionary that the function makes itself: look up the sum so far, 0 if there is none, and add the cents.",
)
def check_total_by_category(total_by_category):
    lines = st.lists(
        st.builds(_Line, st.sampled_from(["food", "rent", "Food", ""]), between(-3, 4)), min_size=1, max_size=5
    )
    total_by_category(_Listed([_Line("rent", 900)]))
    again = total_by_category(_Listed([]))
    remembered = "The second call started from the totals of the first. Make the dictionary inside the function."
    require(not (isinstance(again, Mapping) and "rent" in again), remembered, call(_Listed([])))
    for source, hint in _SOURCES:
        agree(total_by_category, _counted, on=lines.map(source), examples=15, exact_dtype=True, why=hint)
    for source, _ in _SOURCES:
        for why, fixed in _telling_lines():
            given = call(source(fixed))
            expected = _counted(source(fixed))
            close(total_by_category(*given.copy().args), expected, given=given, exact_dtype=True, why=why)
    _is_asked_again(total_by_category)


def _is_asked_again(total_by_category):
    """Fail unless a source that has more to hand out than before is asked again."""
    source = _Listed([_Line("rent", 900)])
    total_by_category(source)
    source.lines.append(_Line("tea", 3))
    why = "The same source had only the rent to hand out when it was asked before."
    close(total_by_category(source), {"rent": 900, "tea": 3}, exact_dtype=True, why=why)


def _telling_lines():
    """Return transactions that a search hardly meets, each with what is special about them."""
    yield "There are no transactions.", []
    yield "A purchase and its refund add up to 0.", [_Line("shoes", 500), _Line("shoes", -500)]
    yield "There are only refunds.", [_Line("shoes", -500), _Line("food", -1), _Line("shoes", -2)]
    yield "The amounts need more than 53 bits.", [_Line("house", 10**17 + 1), _Line("house", 1)]
    yield "Nothing was paid.", [_Line("gift", 0)]
    yield "On the way, the sum is 0.", [_Line("tea", 2), _Line("tea", -2), _Line("tea", -3)]
    yield "Spaces belong to a category's name.", [_Line(" tea", 1), _Line("tea", 2), _Line("tea ", 3)]
    yield "Spaces belong to a category's name.", [_Line("iced tea", 1), _Line("iced  tea", 2)]
    yield "One and the same object is handed out twice.", [_Line("tea", 300)] * 2
    yield "There are 200 categories.", [_Line(f"kind {number % 200}", number) for number in range(500)]


def _counted(source):
    sums = Counter()
    for line in source.transactions():
        sums[line.category] += line.cents
    return dict(sums)


def total_by_category__float_sums(source):
    """Your sums are floats, at least on the way. Cents are counted, not measured: start at the integer 0, stay with
    integers.
    """
    return {category: float(cents) for category, cents in _counted(source).items()}


def total_by_category__isinstance_gate(source):
    """You refused a source because of its class. A protocol asks what an object can do, not what it is."""
    if not isinstance(source, _Listed):
        raise TypeError("not a source")
    return _counted(source)


def total_by_category__reads_twice(source):
    """You walked over the transactions twice. A stream hands them out once, so the second walk found nothing."""
    transactions = source.transactions()
    totals = {line.category: 0 for line in transactions}
    for line in transactions:
        totals[line.category] += line.cents
    return totals


def total_by_category__asks_twice(source):
    """You called `transactions()` more than once. A stream hands out its transactions once and never again."""
    totals = {line.category: 0 for line in source.transactions()}
    for line in source.transactions():
        totals[line.category] += line.cents
    return totals


def total_by_category__wants_a_list(source):
    """You used what comes back as a list, with `len` or an index. The protocol promises something to walk over, no
    more.
    """
    transactions, totals = source.transactions(), {}
    for position in range(len(transactions)):
        line = transactions[position]
        totals[line.category] = totals.get(line.category, 0) + line.cents
    return totals


def total_by_category__drops_refunds(source):
    """You left negative amounts out. A refund reduces the total of its category."""
    totals = {}
    for line in source.transactions():
        if line.cents > 0:
            totals[line.category] = totals.get(line.category, 0) + line.cents
    return totals


def total_by_category__drops_zeros(source):
    """You dropped categories that add up to 0. They occurred, and 0 is their sum."""
    return {category: cents for category, cents in _counted(source).items() if cents}


def total_by_category__keeps_the_last(source):
    """You kept the last amount of each category. Add it to what was there before."""
    return {line.category: line.cents for line in source.transactions()}


def total_by_category__neighbors_only(source):
    """You summed neighbors (`groupby` does that). Transactions of a category may stand anywhere."""
    groups = itertools.groupby(source.transactions(), key=lambda line: line.category)
    return {category: sum(line.cents for line in group) for category, group in groups}


@hints(
    "For each way of being wrong that the docstring lists: on which list does it give another number than the median?",
    "Lists that help: unsorted ones, ones of even length, one value, many equal values, one value far off.",
    "To see whether a list was changed, keep it in a variable, call `median`, then compare it with what it was.",
)
def check_examine_median(examine_median):
    right = itertools.cycle(_right_medians())
    for why, wrong, *errors in _wrong_medians():
        _accepted(examine_median, *next(right))
        raises(examine_median, (AssertionError, *errors), call(wrong), why=f"That median is wrong: {why}.")
    for how, median in _right_medians():
        _accepted(examine_median, how, median)


def _accepted(examine_median, how, median):
    """Fail if the test rejects a correct median."""
    try:
        examine_median(median)
    except Mismatch:
        raise
    except Exception as error:
        message = f"Your test rejects a correct median, one that {how}. It raised {error}"
        raise Mismatch(message, call(median)) from error


def _right_medians():
    """Return five correct medians, each with what it does."""

    def median(values):
        ordered = sorted(values)
        low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
        return (low + high) / 2

    yield "returns (low + high) / 2", median

    def median(values):
        ordered = sorted(values)
        low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
        return low + (high - low) / 2

    yield "returns low + (high - low) / 2", median

    def median(values):
        return statistics.median(values)

    yield "calls the standard library", median

    def median(values):
        rest = values.copy()
        while len(rest) > 2:
            rest.remove(max(rest))
            rest.remove(min(rest))
        return sum(rest) / len(rest) if rest else 0.0

    yield "copies the list by `values.copy()`, and of an empty one makes 0", median

    def median(values):
        return np.median(values)

    yield "calls NumPy, and returns NumPy's kind of float", median


def _wrong_medians():
    """Return wrong medians, each with what is wrong with it, and with the error that it raises itself. All have one
    name, as a learner's would.
    """

    def middle(ordered):
        return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2

    def median(values):
        return middle(values)

    yield "it forgets to sort", median

    def median(values):
        return sorted(values)[len(values) // 2]

    yield "of two middle values it takes the upper one", median

    def median(values):
        return sorted(values)[(len(values) - 1) // 2]

    yield "of two middle values it takes the lower one", median

    def median(values):
        return sum(values) / len(values)

    yield "it returns the mean of all values", median

    def median(values):
        values.sort()
        return middle(values)

    yield "it reorders the caller's list", median

    def median(values):
        return middle(sorted(set(values)))

    yield "it counts repeated values once", median

    def median(values):
        return middle(sorted(values)) if len(values) > 1 else 0.0

    yield "of one value it makes 0", median

    def median(values):
        ordered, half = sorted(values), len(values) // 2
        below, above = ordered[:half], ordered[half:]
        return (below[-1] + above[0]) / 2 if len(below) == len(above) else max(below[-1], above[0])

    yield "on a list of one value it raises IndexError", median, IndexError


def examine_median__odd_lists_only(median):
    """A median that takes one of two middle values survives your test. Try a list of even length with two different
    middle values, far apart, and expect their mean.
    """
    assert median([7.0]) == 7.0
    assert median([9.0, 1.0, 2.0]) == 2.0
    assert median([1.0, 1.0, 1.0, 8.0, 9.0]) == 1.0
    values = [3.0, 1.0, 2.0]
    median(values)
    assert values == [3.0, 1.0, 2.0]


def examine_median__sorted_lists_only(median):
    """A median that forgets to sort survives your test. Try a list in whose middle another value stands once it is
    sorted, and expect that one.
    """
    assert median([7.0]) == 7.0
    assert median([1.0, 2.0, 9.0]) == 2.0
    assert median([1.0, 3.0, 4.0, 8.0]) == 3.5
    assert median([1.0, 1.0, 1.0, 8.0, 9.0]) == 1.0
    values = [3.0, 2.0, 1.0]
    median(values)
    assert values == [3.0, 2.0, 1.0]


def examine_median__symmetric_lists_only(median):
    """A median that returns the mean survives your test. Try a list with a value far off, so that the two differ."""
    assert median([7.0]) == 7.0
    assert median([5.0, 1.0, 3.0]) == 3.0
    assert median([4.0, 1.0, 3.0, 2.0]) == 2.5
    values = [3.0, 1.0, 2.0]
    assert median(values) == 2.0
    assert values == [3.0, 1.0, 2.0]


def examine_median__ignores_side_effects(median):
    """A median that reorders the caller's list survives your test. Compare the list after the call with what it was."""
    assert median([7.0]) == 7.0
    assert median([9.0, 1.0, 2.0]) == 2.0
    assert median([8.0, 1.0, 3.0, 4.0]) == 3.5
    assert median([1.0, 1.0, 1.0, 8.0, 9.0]) == 1.0


def examine_median__different_values_only(median):
    """A median that counts repeated values once survives your test. Repeat a value until the middle depends on it."""
    assert median([7.0]) == 7.0
    assert median([8.0, 1.0, 3.0, 4.0]) == 3.5
    values = [9.0, 1.0, 2.0]
    assert median(values) == 2.0
    assert values == [9.0, 1.0, 2.0]


def examine_median__long_lists_only(median):
    """A median that goes wrong on a single value survives your test. Try a list of one value, not 0."""
    assert median([8.0, 1.0, 3.0, 4.0]) == 3.5
    assert median([1.0, 1.0, 1.0, 8.0, 9.0]) == 1.0
    values = [9.0, 1.0, 2.0]
    assert median(values) == 2.0
    assert values == [9.0, 1.0, 2.0]


def examine_median__exact_floats(median):
    """Your test rejects a correct median. Work the expected value out by hand once more. If it has decimals, 0.1 + 0.2
    is not 0.3 in binary: use numbers that are exact, or allow a small difference.
    """
    examine_median__odd_lists_only(median)
    assert median([0.2, 0.1]) == 0.15


def examine_median__returns_a_verdict(median):
    """You return whether the median is right, and nobody looks at it. A test speaks by raising AssertionError."""
    values = [3.0, 1.0, 2.0]
    good = median([7.0]) == 7.0 and median([8.0, 1.0, 3.0, 4.0]) == 3.5 and median([9.0, 1.0, 1.0]) == 1.0
    return good and median(values) == 2.0 and values == [3.0, 1.0, 2.0]


class _Step(NamedTuple):
    """One call of a method, written as it would be typed."""

    method: str
    entry: dict | None = None

    def __repr__(self):
        return f"{self.method}({'' if self.entry is None else self.entry})"


@hints(
    "Which is the one thing that the ledger must remember, so that all the rest follows from it?",
    "Test the entry first, change the ledger afterward. What you keep and what you hand out should be copies.",
    "Keep a list of accepted entries, made in `__init__`. Balances are sums over it; to undo is to remove the last.",
)
def check_DoubleEntryLedger(DoubleEntryLedger):
    def new():
        return attempt(DoubleEntryLedger, "making a ledger")

    _methods_are_there(new())
    _ledgers_are_separate(new)

    def replayed(history):
        _replay(new(), history)

    for history in _telling_histories():
        replayed(history)
    for_all(replayed, on=(st.lists(_steps(), min_size=1, max_size=6),), examples=50)
    _keeps_its_own(new)
    _remembers_all(new())


def _methods_are_there(ledger):
    for name in ("post", "balance", "balances", "undo"):
        require(callable(getattr(ledger, name, None)), f"A ledger needs a method `{name}`.")


def _ledgers_are_separate(new):
    first = new()
    _do(first, _Step("post", {"rent": 900, "bank": -900}))
    second = new()
    why = "Another ledger had been used before."
    close(_do(second, _Step("balances")), {}, "`balances()` of a new ledger", why=why)
    accepted = _unless_refused(second.undo, "calling `undo()`")
    close(_do(second, _Step("balances")), {}, "`balances()` of a new ledger after `undo()`", why=why)
    require(accepted is None, "`undo()` was accepted. A new ledger has no entry to take back: raise ValueError.")


def _steps():
    """Generate steps: entries that balance, entries that don't, and undo."""
    amounts = st.dictionaries(st.sampled_from("abc"), between(-2, 2), min_size=1, max_size=3)
    balanced = st.builds(_balanced, st.sampled_from(["ab", "bc", "ca"]), between(-2, 2))
    posts = st.one_of(balanced, amounts).map(lambda entry: _Step("post", entry))
    return st.one_of(posts, st.just(_Step("undo")))


def _balanced(pair, amount):
    return {pair[0]: amount, pair[1]: -amount}


def _telling_histories():
    """Return histories that a search hardly meets."""
    rent, food = {"rent": 90000, "bank": -90000}, {"food": 3000, "bank": -3000}
    yield [_Step("post", rent), _Step("post", food)]
    yield [_Step("post", {"rent": 500})]
    yield [_Step("post", {"rent": 500, "bank": -400})]
    yield [_Step("undo")]
    yield [_Step("post", rent), _Step("undo"), _Step("undo")]
    yield [_Step("post", rent), _Step("post", {"rent": 500}), _Step("undo")]
    yield [_Step("post", rent), _Step("post", food), _Step("undo"), _Step("undo")]
    yield [_Step("post", rent), _Step("post", {}), _Step("undo"), _Step("undo"), _Step("undo")]
    yield [_Step("post", rent), _Step("post", food), _Step("post", {"food": 500}), *[_Step("undo")] * 3]
    yield [_Step("post", rent), _Step("post", rent), _Step("undo"), _Step("post", food), _Step("undo"), _Step("undo")]
    yield [_Step("post", {"bank": 10**18 + 1, "rent": -(10**18) - 1}), _Step("post", {"bank": 10**18, "rent": -1})]
    yield [_Step("post", {"a": 1, "b": 1, "c": -2}), _Step("post", {"a": -1, "b": 1}), _Step("undo")]
    yield [_Step("post", {"bank": 0}), _Step("undo"), _Step("undo")]
    yield [_Step("post", rent), _Step("post", food), _Step("post", rent), _Step("undo"), _Step("undo")]
    yield [_Step("post", {"bank": 10**17 + 1, "rent": -(10**17)})]
    yield [_Step("post", {"bank": 5, "": -5})]
    yield [_Step("post", {"bank": 5, "Bank": -3, " bank": -2})]


def _replay(ledger, history):
    """Apply each step, and compare all balances with those of a model that keeps a picture of every state."""
    states = [Counter()]
    for position, step in enumerate(history):
        before, so_far = _after(history[:position]), _after(history[: position + 1])
        if step.method == "undo" and len(states) == 1:
            _do_refused(ledger, step, f"There is no entry to take back {so_far}: raise ValueError.")
        elif step.method == "undo":
            _do(ledger, step, before)
            states.pop()
        elif sum(step.entry.values()):
            _do_refused(ledger, step, f"The entry {step.entry} doesn't add up to 0: raise ValueError.")
        else:
            _do(ledger, step, before)
            states.append(_added(states[-1], step.entry))
        _compare(ledger, states[-1], so_far)


def _after(history):
    return f"after {'; '.join(map(repr, history))}" if history else "on a new ledger"


def _remembers_all(ledger):
    """Post 150 entries, take all of them back, and ask for one more."""
    for number in range(150):
        _do(ledger, _Step("post", {"a": number, "b": 1 - number, "c": -1}))
    total = sum(range(150))
    close(
        dict(_do(ledger, _Step("balances"))), {"a": total, "b": 150 - total, "c": -150}, "`balances()` of 150 entries"
    )
    for number in range(150):
        _do(ledger, _Step("undo"), f"after 150 entries, {number} of them taken back,")
    close(dict(_do(ledger, _Step("balances"))), {}, "`balances()` after 150 entries, and `undo()` of all of them")
    _do_refused(ledger, _Step("undo"), "All 150 entries had been taken back before.")


def _added(balances, entry):
    after = Counter(balances)
    for account, amount in entry.items():
        after[account] += amount
    return after


def _compare(ledger, state, so_far):
    expected = {account: amount for account, amount in state.items() if amount}
    shown = _do(ledger, _Step("balances"))
    kind(shown, dict, f"`balances()` {so_far}")
    zeros = [account for account, amount in shown.items() if isinstance(amount, int) and amount == 0]
    asked = " To ask for a balance adds no account." if {"a", "nobody"} & set(zeros) - set(state) else ""
    require(not zeros, f"`balances()` {so_far} shows accounts at 0: {sorted(zeros, key=repr)}.{asked}")
    close(dict(shown), expected, f"`balances()` {so_far}", exact_dtype=True)
    for account in (*state, "a", "nobody"):
        amount = attempt(lambda: ledger.balance(account), f"calling `balance({account!r})`")
        close(amount, state[account], f"`balance({account!r})` {so_far}", exact_dtype=True)


def _keeps_its_own(new):
    """Fail if a caller can change the books through a dictionary that was passed in or handed out."""
    ledger, entry = new(), {"rent": 900, "bank": -900}
    attempt(lambda: ledger.post(entry), "posting a balanced entry")
    close(entry, {"rent": 900, "bank": -900}, "the caller's entry after `post`")
    entry["rent"] = 5
    entry.clear()
    why = "The caller had changed the dictionary that was posted."
    books = {"rent": 900, "bank": -900}
    close(dict(_do(ledger, _Step("balances"))), books, "`balances()`", why=why)
    shown = _do(ledger, _Step("balances"))
    shown["rent"] = 1
    shown["gift"] = 7
    why = "The caller had changed the dictionary that `balances()` returned."
    close(dict(_do(ledger, _Step("balances"))), books, "`balances()`", why=why)
    close(attempt(lambda: ledger.balance("rent"), "calling `balance`"), 900, "`balance('rent')`", why=why)
    _do(ledger, _Step("undo"))
    why = "The caller had changed the dictionary that was posted, before `undo()`."
    close(dict(_do(ledger, _Step("balances"))), {}, "`balances()` after `undo()`", why=why)


def _do(ledger, step, when=""):
    """Take one step, with an entry of its own; an exception is a failure."""
    arguments = () if step.entry is None else (dict(step.entry),)
    return attempt(lambda: getattr(ledger, step.method)(*arguments), f"calling `{step}` {when}".strip())


def _do_refused(ledger, step, why):
    arguments = () if step.entry is None else (dict(step.entry),)
    accepted = _unless_refused(lambda: getattr(ledger, step.method)(*arguments), f"calling `{step}`")
    require(accepted is None, f"`{step}` was accepted. {why}")


class DoubleEntryLedger__half_posted:
    """A refused entry has changed a balance: you applied amounts before you knew their sum. Validate first, then
    apply.
    """

    def __init__(self):
        self._balances, self._history = {}, []

    def post(self, entry):
        left = 0
        for account, amount in entry.items():
            self._balances[account] = self._balances.get(account, 0) + amount
            left += amount
        if left:
            raise ValueError("not balanced")
        self._history.append(dict(entry))

    def balance(self, account):
        return self._balances.get(account, 0)

    def balances(self):
        return {account: amount for account, amount in self._balances.items() if amount}

    def undo(self):
        if not self._history:
            raise ValueError("nothing to undo")
        for account, amount in self._history.pop().items():
            self._balances[account] -= amount


class _Running(DoubleEntryLedger__half_posted):
    """A right ledger with running balances, for mistakes to deviate from."""

    def post(self, entry):
        if sum(entry.values()):
            raise ValueError("not balanced")
        super().post(entry)


class DoubleEntryLedger__leaks_its_state(_Running):
    """A caller changed your ledger by changing the dictionary that you had returned. Return a new one."""

    def balances(self):
        for account in [account for account, amount in self._balances.items() if not amount]:
            del self._balances[account]
        return self._balances

    def undo(self):
        if not self._history:
            raise ValueError("nothing to undo")
        for account, amount in self._history.pop().items():
            self._balances[account] = self._balances.get(account, 0) - amount


class DoubleEntryLedger__shared_between_ledgers(_Running):
    """A new ledger starts with the balances of another: what stands in the class body is shared. Make it in
    `__init__`.
    """

    _balances, _history = {}, []

    def __init__(self):
        pass


class DoubleEntryLedger__undo_of_rejected(_Running):
    """`undo` took back an entry that was never posted. Remember an entry after it has been accepted."""

    def post(self, entry):
        self._history.append(dict(entry))
        if sum(entry.values()):
            raise ValueError("not balanced")
        for account, amount in entry.items():
            self._balances[account] = self._balances.get(account, 0) + amount

    def undo(self):
        if not self._history:
            raise ValueError("nothing to undo")
        for account, amount in self._history.pop().items():
            self._balances[account] = self._balances.get(account, 0) - amount


class DoubleEntryLedger__keeps_the_callers_entry(_Running):
    """You kept the caller's own dictionary. The caller changed it later, and with it your books. Keep a copy."""

    def __init__(self):
        self._history = []

    def post(self, entry):
        if sum(entry.values()):
            raise ValueError("not balanced")
        self._history.append(entry)

    def balance(self, account):
        return sum(entry.get(account, 0) for entry in self._history)

    def balances(self):
        accounts = {account for entry in self._history for account in entry}
        return {account: self.balance(account) for account in accounts if self.balance(account)}

    def undo(self):
        if not self._history:
            raise ValueError("nothing to undo")
        self._history.pop()


class DoubleEntryLedger__undoes_once(_Running):
    """You remember the last entry only. After one `undo` the entry before it is the last, and can be taken back too."""

    def undo(self):
        super().undo()
        self._history.clear()


class DoubleEntryLedger__shows_zeros(_Running):
    """Your `balances` shows accounts at 0. Only those whose balance isn't 0 belong there."""

    def balances(self):
        return dict(self._balances)


class DoubleEntryLedger__pops_an_empty_list(_Running):
    """Without an entry, `pop` raises IndexError, which tells the caller about your list. Raise ValueError yourself."""

    def undo(self):
        for account, amount in self._history.pop().items():
            self._balances[account] -= amount


class DoubleEntryLedger__undo_of_nothing(_Running):
    """`undo` without an entry does nothing in your ledger, and the caller believes that something was taken back. Raise
    ValueError.
    """

    def undo(self):
        if self._history:
            super().undo()
