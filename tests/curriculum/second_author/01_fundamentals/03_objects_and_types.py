"""Answers to 01_fundamentals/03_objects_and_types by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""
# ruff: noqa: N801

import bisect
import dataclasses
import functools
import heapq
import itertools
import math
import operator
import random
import statistics
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

# 1. TimeSlot


@dataclass(frozen=True)
class _Slot:
    """A right slot, for wrong ones to inherit from."""

    start: int
    end: int

    def __post_init__(self):
        if self.start >= self.end:
            raise ValueError("a slot begins before it ends")

    @property
    def minutes(self):
        return self.end - self.start

    def overlaps(self, other):
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class right__TimeSlot__plain:
    start: int
    end: int

    def __post_init__(self) -> None:
        if not self.start < self.end:
            raise ValueError(f"{self.start} doesn't lie before {self.end}")

    @property
    def minutes(self) -> int:
        return self.end - self.start

    def overlaps(self, other) -> bool:
        return max(self.start, other.start) < min(self.end, other.end)


@dataclass(frozen=True, order=True, slots=True)
class right__TimeSlot__ranges:
    start: int
    end: int

    def __post_init__(self):
        if not range(self.start, self.end):
            raise ValueError("empty")

    @property
    def minutes(self):
        return range(self.start, self.end)[-1] - self.start + 1

    def overlaps(self, other):
        mine, others = range(self.start, self.end), range(other.start, other.end)
        return other.start in mine or self.start in others


_Pair = namedtuple("_Pair", ["start", "end"])


class right__TimeSlot__named_tuple(_Pair):
    __slots__ = ()

    def __new__(cls, start, end):
        if end - start < 1:
            raise ValueError("no minute")
        return super().__new__(cls, start, end)

    @property
    def minutes(self):
        return self.end - self.start

    def overlaps(self, other):
        return not (self.end <= other.start or other.end <= self.start)


class right__TimeSlot__by_hand:
    __slots__ = ("_end", "_start")

    def __init__(self, start: int, end: int) -> None:
        if start >= end:
            raise ValueError("start must lie before end")
        object.__setattr__(self, "_start", start)
        object.__setattr__(self, "_end", end)

    start = property(lambda self: self._start)
    end = property(lambda self: self._end)
    minutes = property(lambda self: self._end - self._start)

    def __setattr__(self, name, value):
        raise AttributeError("a slot never changes")

    def __delattr__(self, name):
        raise AttributeError("a slot never changes")

    def __eq__(self, other):
        return type(self) is type(other) and (self._start, self._end) == (other._start, other._end)

    def __hash__(self):
        return hash((self._start, self._end))

    def __repr__(self):
        return f"TimeSlot({self._start}, {self._end})"

    def overlaps(self, other):
        first, second = sorted([self, other], key=lambda slot: slot.start)
        return second.start < first.end


@dataclass(frozen=True)
class right__TimeSlot__shorter_in_longer:
    start: int
    end: int

    def __post_init__(self):
        if self.minutes <= 0:
            raise ValueError

    @functools.cached_property
    def minutes(self):
        return self.end - self.start

    def overlaps(self, other):
        short, long = sorted([self, other], key=lambda slot: slot.minutes)
        return long.start <= short.start < long.end or long.start <= short.end - 1 < long.end


@dataclass(frozen=True)
class wrong__TimeSlot__accepts_empty(_Slot):
    """TimeSlot(5, 5) has no minute and comes into being."""

    def __post_init__(self):
        if self.start > self.end:
            raise ValueError("backward")


@dataclass(frozen=True)
class wrong__TimeSlot__zero_start_unchecked(_Slot):
    """TimeSlot(0, -5) comes into being: a start of 0 counts as missing."""

    def __post_init__(self):
        if self.start and self.start >= self.end:
            raise ValueError("backward")


@dataclass(frozen=True)
class wrong__TimeSlot__zero_end_unchecked(_Slot):
    """TimeSlot(5, 0) comes into being: an end of 0 counts as missing."""

    def __post_init__(self):
        if self.end and self.start >= self.end:
            raise ValueError("backward")


@dataclass(frozen=True)
class wrong__TimeSlot__swaps(_Slot):
    """TimeSlot(9, 3) is turned round, not refused."""

    def __post_init__(self):
        if self.start == self.end:
            raise ValueError("empty")
        low, high = sorted([self.start, self.end])
        object.__setattr__(self, "start", low)
        object.__setattr__(self, "end", high)


@dataclass(frozen=True)
class wrong__TimeSlot__next_day(_Slot):
    """TimeSlot(1380, 60) counts as a slot over midnight."""

    def __post_init__(self):
        if self.end <= self.start:
            object.__setattr__(self, "end", self.end + 1440)
        super().__post_init__()


@dataclass(frozen=True)
class wrong__TimeSlot__assertion(_Slot):
    """Raises AssertionError where ValueError is asked for."""

    def __post_init__(self):
        assert self.start < self.end


@dataclass(frozen=True)
class wrong__TimeSlot__refuses_negative(_Slot):
    """TimeSlot(-10, 5) is a slot: minutes are counted from any moment."""

    def __post_init__(self):
        if not 0 <= self.start < self.end:
            raise ValueError("backward")


@dataclass(frozen=True)
class wrong__TimeSlot__refuses_long(_Slot):
    """TimeSlot(0, 1441) is a slot, too, though longer than a day."""

    def __post_init__(self):
        super().__post_init__()
        if self.end - self.start > 1440:
            raise ValueError("longer than a day")


@dataclass(frozen=True)
class wrong__TimeSlot__refuses_one_minute(_Slot):
    """TimeSlot(3, 4) has a minute."""

    def __post_init__(self):
        if self.end - self.start <= 1:
            raise ValueError("empty")


@dataclass(frozen=True)
class wrong__TimeSlot__checked_late(_Slot):
    """A wrong slot comes into being and complains only when it is used."""

    def __post_init__(self):
        pass

    @property
    def minutes(self):
        if self.start >= self.end:
            raise ValueError("backward")
        return self.end - self.start

    def overlaps(self, other):
        return self.minutes > 0 and other.minutes > 0 and super().overlaps(other)


@dataclass
class wrong__TimeSlot__not_frozen:
    """Anybody may change a slot later."""

    start: int
    end: int
    __post_init__ = _Slot.__post_init__
    minutes = _Slot.minutes
    overlaps = _Slot.overlaps


@dataclass
class wrong__TimeSlot__checked_change:
    """A slot can be changed to another that would be right."""

    start: int
    end: int
    __post_init__ = _Slot.__post_init__
    minutes = _Slot.minutes
    overlaps = _Slot.overlaps

    def __setattr__(self, name, value):
        if hasattr(self, "start") and hasattr(self, "end"):
            start, end = (value, self.end) if name == "start" else (self.start, value)
            if start >= end:
                raise ValueError("backward")
        object.__setattr__(self, name, value)


class wrong__TimeSlot__end_changes:
    """Only `start` is protected: `end` can be changed later."""

    def __init__(self, start, end):
        if start >= end:
            raise ValueError("backward")
        self._start, self.end = start, end

    start = property(lambda self: self._start)
    minutes = _Slot.minutes
    overlaps = _Slot.overlaps


class wrong__TimeSlot__end_deleted:
    """Refuses assignments, but `del slot.end` leaves a slot without an end."""

    def __init__(self, start, end):
        if start >= end:
            raise ValueError("backward")
        self.__dict__.update(start=start, end=end)

    def __setattr__(self, name, value):
        raise AttributeError("a slot never changes")

    def __eq__(self, other):
        return (self.start, self.end) == (other.start, other.end)

    def __hash__(self):
        return hash((self.start, self.end))

    minutes = _Slot.minutes
    overlaps = _Slot.overlaps


@dataclass(frozen=True)
class wrong__TimeSlot__last_minute_counted(_Slot):
    """Counts `end`, which is left out."""

    @property
    def minutes(self):
        return self.end - self.start + 1


@dataclass(frozen=True)
class wrong__TimeSlot__minutes_of_a_day(_Slot):
    """A slot over several days has more minutes than a day."""

    @property
    def minutes(self):
        return (self.end - self.start - 1) % 1440 + 1


@dataclass(frozen=True)
class wrong__TimeSlot__minutes_method(_Slot):
    """`slot.minutes` is a method here, not a number."""

    def minutes(self):
        return self.end - self.start


@dataclass(frozen=True)
class wrong__TimeSlot__minutes_float(_Slot):
    """Goes through a float: wrong for a length that a float can't hold, and 60.0 is not 60."""

    @property
    def minutes(self):
        return (self.end - self.start) / 1


@dataclass(frozen=True)
class wrong__TimeSlot__minutes_absolute_values(_Slot):
    """TimeSlot(-10, 5) has 15 minutes, not 5."""

    @property
    def minutes(self):
        return abs(abs(self.end) - abs(self.start))


@dataclass(frozen=True)
class wrong__TimeSlot__touching_overlap(_Slot):
    """TimeSlot(0, 5) and TimeSlot(5, 9) share no minute."""

    def overlaps(self, other):
        return self.start <= other.end and other.start <= self.end


@dataclass(frozen=True)
class wrong__TimeSlot__touching_before(_Slot):
    """Wrong for the slot that begins where the other one ends, right the other way round."""

    def overlaps(self, other):
        return self.start <= other.end and other.start < self.end


@dataclass(frozen=True)
class wrong__TimeSlot__around_missed(_Slot):
    """Misses that TimeSlot(0, 10) goes around TimeSlot(3, 5)."""

    def overlaps(self, other):
        return other.start <= self.start < other.end or other.start < self.end <= other.end


@dataclass(frozen=True)
class wrong__TimeSlot__inside_missed(_Slot):
    """Misses that TimeSlot(3, 5) lies inside TimeSlot(0, 10)."""

    def overlaps(self, other):
        return self.start <= other.start < self.end or self.start < other.end <= self.end


@dataclass(frozen=True)
class wrong__TimeSlot__same_missed(_Slot):
    """Two equal slots share their minutes."""

    def overlaps(self, other):
        return self != other and super().overlaps(other)


@dataclass(frozen=True)
class wrong__TimeSlot__itself_missed(_Slot):
    """A slot shares its minutes with itself, the very same object."""

    def overlaps(self, other):
        return self is not other and super().overlaps(other)


@dataclass(frozen=True)
class wrong__TimeSlot__same_start_missed(_Slot):
    """Compares strictly everywhere: misses slots with the same start of which one is longer."""

    def overlaps(self, other):
        return (
            self.start < other.start < self.end
            or other.start < self.start < other.end
            or (self.start, self.end) == (other.start, other.end)
        )


@dataclass(frozen=True)
class wrong__TimeSlot__one_minute_shared_missed(_Slot):
    """One shared minute is enough."""

    def overlaps(self, other):
        return min(self.end, other.end) - max(self.start, other.start) > 1


@dataclass(frozen=True)
class wrong__TimeSlot__time_of_day(_Slot):
    """Compares times of day: slots on different days share no minute."""

    def overlaps(self, other):
        mine = {minute % 1440 for minute in range(self.start, min(self.end, self.start + 1440))}
        return any(minute % 1440 in mine for minute in range(other.start, min(other.end, other.start + 1440)))


@dataclass(frozen=True)
class wrong__TimeSlot__first_day_only(_Slot):
    """Marks minutes of one day, and so misses what lies before minute 0 or after minute 1440."""

    def overlaps(self, other):
        return any(self.start <= minute < self.end and other.start <= minute < other.end for minute in range(24 * 60))


@dataclass(frozen=True)
class wrong__TimeSlot__middle_in_float(_Slot):
    """Compares middles as floats: wrong for integers above 2**53."""

    def overlaps(self, other):
        return abs((self.start + self.end) / 2 - (other.start + other.end) / 2) < (self.minutes + other.minutes) / 2


@dataclass(frozen=True)
class wrong__TimeSlot__shared_minutes_returned(_Slot):
    """Returns the number of shared minutes, where the example shows False."""

    def overlaps(self, other):
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True)
class wrong__TimeSlot__remembers_start(_Slot):
    """Remembers answers by the two starts, though the ends matter."""

    def overlaps(self, other):
        memory = _remembered_overlaps
        return memory.setdefault((self.start, other.start), super().overlaps(other))


_remembered_overlaps = {}


# 2. share_cents


def _checked(weights):
    """Raise ValueError for weights that are wrong."""
    if any(weight < 0 for weight in weights) or not any(weight > 0 for weight in weights):
        raise ValueError("no weight may be negative, one must be positive")


def _shares(total, weights, order=lambda fraction, weight, i: (-fraction, i)):
    """Return the right shares, unless `order` is wrong."""
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    fractions = [total * weight % whole for weight in weights]
    left = total - sum(shares)
    ranks = sorted(range(len(weights)), key=lambda i: order(fractions[i], weights[i], i))
    for i in ranks[:left]:
        shares[i] += 1
    return shares


def _mirrored(total, shares):
    """Give the shares of a payment the sign of `total`."""
    return [-share for share in shares] if total < 0 else shares


def right__share_cents__stable_sort(total, weights):
    _checked(weights)
    return _mirrored(total, _shares(abs(total), weights))


def right__share_cents__fractions(total, weights):
    if any(weight < 0 for weight in weights):
        raise ValueError("negative weight")
    if sum(weights) == 0:
        raise ValueError("no positive weight")
    sign = -1 if total < 0 else 1
    exact = [Fraction(abs(total) * weight, sum(weights)) for weight in weights]
    shares = [math.floor(share) for share in exact]
    rest = [share - math.floor(share) for share in exact]
    while sum(shares) < abs(total):
        best = rest.index(max(rest))
        shares[best] += 1
        rest[best] = Fraction(-1)
    return [sign * share for share in shares]


def right__share_cents__heap(total, weights):
    _checked(weights)
    size, whole = abs(total), sum(weights)
    pairs = [divmod(size * weight, whole) for weight in weights]
    shares = [share for share, _ in pairs]
    heap = [(-rest, i) for i, (_, rest) in enumerate(pairs)]
    heapq.heapify(heap)
    for _ in range(size - sum(shares)):
        shares[heapq.heappop(heap)[1]] += 1
    return _mirrored(total, shares)


def right__share_cents__recursive(total, weights):
    if total < 0:
        return [-share for share in right__share_cents__recursive(-total, weights)]
    if not weights or min(weights) < 0 or max(weights) == 0:
        raise ValueError("weights")
    whole = sum(weights)
    rests = [total * weight % whole for weight in weights]
    left = sum(rests) // whole
    lucky = {i for i, _ in heapq.nsmallest(left, enumerate(rests), key=lambda pair: (-pair[1], pair[0]))}
    return [total * weight // whole + (i in lucky) for i, weight in enumerate(weights)]


def right__share_cents__numpy_objects(total, weights):
    array = np.array(weights, dtype=object)
    if not len(array) or (array < 0).any() or not array.sum():
        raise ValueError("weights")
    parts = abs(total) * array
    shares, rests = parts // array.sum(), parts % array.sum()
    ranks = sorted(range(len(weights)), key=rests.__getitem__, reverse=True)
    for i in ranks[: int(abs(total) - shares.sum())]:
        shares[i] += 1
    return (-shares if total < 0 else shares).tolist()


def right__share_cents__bisect(total, weights):
    _checked(weights)
    whole, size = sum(weights), abs(total)
    ranked = []
    for i, weight in enumerate(weights):
        bisect.insort(ranked, (-(size * weight % whole), i))
    winners = [i for _, i in ranked[: size - sum(size * weight // whole for weight in weights)]]
    return [(size * weight // whole + winners.count(i)) * (-1 if total < 0 else 1) for i, weight in enumerate(weights)]


def wrong__share_cents__example_only(total, weights):
    """Knows the examples, and otherwise gives everything to the first."""
    known = {1000: [250, 375, 375], 100: [34, 33, 33], -100: [-34, -33, -33]}
    _checked(weights)
    return list(known.get(total, [total] + [0] * (len(weights) - 1)))


def wrong__share_cents__float_fractions(total, weights):
    """Compares fractions as floats: of [4, 1, 1] and 2 cents, all three have the fraction 1/3."""
    _checked(weights)
    size, whole = abs(total), sum(weights)
    shares = [size * weight // whole for weight in weights]
    rests = [size * weight / whole % 1 for weight in weights]
    for i in sorted(range(len(weights)), key=lambda i: -rests[i])[: size - sum(shares)]:
        shares[i] += 1
    return _mirrored(total, shares)


def wrong__share_cents__rounded_fractions(total, weights):
    """Rounds the fractions to nine digits, and so takes unequal ones for equal if the weights are large."""
    _checked(weights)
    return _mirrored(total, _shares(abs(total), weights, lambda f, w, i: (-round(f / sum(weights), 9), i)))


def wrong__share_cents__fraction_divided(total, weights):
    """Divides the exact remainders to floats: equal for large weights, where they differ."""
    _checked(weights)
    return _mirrored(total, _shares(abs(total), weights, lambda f, w, i: (-(f / sum(weights)), i)))


def wrong__share_cents__decimal(total, weights):
    """Has 28 digits only; amounts may be of any size."""
    _checked(weights)
    size, whole = abs(total), sum(weights)
    exact = [Decimal(size) * weight / whole for weight in weights]
    shares = [int(share) for share in exact]
    rests = [round(share % 1, 12) for share in exact]
    for i in sorted(range(len(weights)), key=lambda i: -rests[i])[: size - sum(shares)]:
        shares[i] += 1
    return _mirrored(total, shares)


def wrong__share_cents__int64(total, weights):
    """Multiplies in 64 bits, which overflow."""
    _checked(weights)
    with np.errstate(all="ignore"):
        size, array = abs(total), np.array([weight % 2**63 for weight in weights], dtype=np.int64)
        parts = np.int64(size % 2**63) * array
        shares, rests = parts // array.sum(), parts % array.sum()
        for i in np.argsort(-rests, kind="stable")[: size - int(shares.sum())]:
            shares[i] += 1
        return _mirrored(total, shares.tolist())


def wrong__share_cents__first_ones(total, weights):
    """Gives the cents that are left over to the first, whatever their fractions."""
    _checked(weights)
    return _mirrored(total, _shares(abs(total), weights, lambda f, w, i: (f == 0, i)))


def wrong__share_cents__last_takes_rest(total, weights):
    """Gives all cents that are left over to the last."""
    _checked(weights)
    shares = [abs(total) * weight // sum(weights) for weight in weights]
    shares[-1] += abs(total) - sum(shares)
    return _mirrored(total, shares)


def wrong__share_cents__largest_fraction_takes_rest(total, weights):
    """Gives all cents that are left over to the largest fraction, not one each."""
    _checked(weights)
    shares = [abs(total) * weight // sum(weights) for weight in weights]
    rests = [abs(total) * weight % sum(weights) for weight in weights]
    shares[rests.index(max(rests))] += abs(total) - sum(shares)
    return _mirrored(total, shares)


def wrong__share_cents__largest_weight(total, weights):
    """Ranks by weight, not by fraction."""
    _checked(weights)
    return _mirrored(total, _shares(abs(total), weights, lambda f, w, i: (-w, i)))


def wrong__share_cents__tie_to_larger_weight(total, weights):
    """Of equal fractions it prefers the larger weight, not the first."""
    _checked(weights)
    return _mirrored(total, _shares(abs(total), weights, lambda f, w, i: (-f, -w, i)))


def wrong__share_cents__tie_to_smaller_weight(total, weights):
    """Of equal fractions it prefers the smaller weight, not the first."""
    _checked(weights)
    return _mirrored(total, _shares(abs(total), weights, lambda f, w, i: (-f, w, i)))


def wrong__share_cents__tie_to_last(total, weights):
    """Of equal fractions it prefers the last."""
    _checked(weights)
    return _mirrored(total, _shares(abs(total), weights, lambda f, w, i: (-f, -i)))


def wrong__share_cents__tie_by_text(total, weights):
    """Of equal fractions it prefers the place whose number comes first as a text: 10 before 2."""
    _checked(weights)
    return _mirrored(total, _shares(abs(total), weights, lambda f, w, i: (-f, str(i))))


def wrong__share_cents__unstable_argsort(total, weights):
    """Sorts with NumPy's default, which keeps equal fractions in order for short lists only."""
    _checked(weights)
    size, whole = abs(total), sum(weights)
    shares = [size * weight // whole for weight in weights]
    rests = np.array([-(size * weight % whole) for weight in weights])
    if len(weights) > 16:
        rests = rests - np.arange(len(weights)) * 1e-9
    for i in np.argsort(rests)[: size - sum(shares)]:
        shares[i] += 1
    return _mirrored(total, shares)


def wrong__share_cents__rounds_then_mends(total, weights):
    """Rounds every share half up and corrects the last."""
    _checked(weights)
    shares = [(2 * abs(total) * weight + sum(weights)) // (2 * sum(weights)) for weight in weights]
    shares[-1] += abs(total) - sum(shares)
    return _mirrored(total, shares)


def wrong__share_cents__running_total(total, weights):
    """Rounds the running total: adds up, but gives the cents to others."""
    _checked(weights)
    sums = [0, *itertools.accumulate(weights)]
    ends = [-(-abs(total) * part // sums[-1]) for part in sums]
    return _mirrored(total, [b - a for a, b in itertools.pairwise(ends)])


def wrong__share_cents__highest_averages(total, weights):
    """Hands out cent by cent to whoever has least for his weight: another method with other shares."""
    _checked(weights)
    whole = sum(weights)
    start = [max(0, abs(total) * weight // whole - 1) for weight in weights]
    for _ in range(abs(total) - sum(start)):
        best = max(range(len(weights)), key=lambda i: (Fraction(weights[i], start[i] + 1), -i))
        start[best] += 1
    return _mirrored(total, start)


def wrong__share_cents__floor_of_refund(total, weights):
    """Works with the negative total as it is: floors downwards, so the mirror is lost."""
    _checked(weights)
    return _shares(total, weights)


def wrong__share_cents__refund_ties_reversed(total, weights):
    """Of a refund's equal fractions it prefers the last."""
    _checked(weights)
    return _mirrored(total, _shares(abs(total), weights, lambda f, w, i: (-f, i if total > 0 else -i)))


def wrong__share_cents__ignores_sign(total, weights):
    """Gives a refund as a payment."""
    _checked(weights)
    return _shares(abs(total), weights)


def wrong__share_cents__refuses_refund(total, weights):
    """Raises ValueError for a refund."""
    _checked(weights)
    if total < 0:
        raise ValueError("negative")
    return _shares(total, weights)


def wrong__share_cents__nothing_unchecked(total, weights):
    """Doesn't look at the weights if the total is 0."""
    if total == 0:
        return [0] * len(weights)
    _checked(weights)
    return _mirrored(total, _shares(abs(total), weights))


def wrong__share_cents__refund_unchecked(total, weights):
    """Doesn't look at the signs of the weights if the total is negative."""
    if total >= 0 or not any(weights) or sum(weights) == 0:
        _checked(weights)
    return _mirrored(total, _shares(abs(total), weights))


def wrong__share_cents__one_weight_unchecked(total, weights):
    """Doesn't look at the weight if it is the only one."""
    if len(weights) == 1:
        return [total]
    _checked(weights)
    return _mirrored(total, _shares(abs(total), weights))


def wrong__share_cents__only_sum_checked(total, weights):
    """Accepts a negative weight as long as the sum is positive."""
    if sum(weights) <= 0:
        raise ValueError("weights")
    return _mirrored(total, _shares(abs(total), weights))


def wrong__share_cents__zero_sum_divides(total, weights):
    """Raises ZeroDivisionError if all weights are 0."""
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("weights")
    return _mirrored(total, _shares(abs(total), weights))


def wrong__share_cents__nobody_accepted(total, weights):
    """Returns no share for no weight: none is positive then."""
    if not weights:
        return []
    _checked(weights)
    return _mirrored(total, _shares(abs(total), weights))


def wrong__share_cents__zero_weight_refused(total, weights):
    """Refuses a weight of 0 beside a positive one."""
    if not weights or min(weights) <= 0:
        raise ValueError("weights")
    return _mirrored(total, _shares(abs(total), weights))


def wrong__share_cents__zero_weight_dropped(total, weights):
    """Leaves out the share of weight 0: not one share for each weight."""
    _checked(weights)
    return _mirrored(total, _shares(abs(total), [weight for weight in weights if weight]))


def wrong__share_cents__sorted_shares(total, weights):
    """Returns the shares in the order of the weights' sizes."""
    _checked(weights)
    return _mirrored(total, _shares(abs(total), sorted(weights)))


def wrong__share_cents__equal_weights_share_fate(total, weights):
    """Looks winners up by fraction: whoever has the same fraction as the last winner is served, too."""
    _checked(weights)
    size, whole = abs(total), sum(weights)
    shares = [size * weight // whole for weight in weights]
    rests = [size * weight % whole for weight in weights]
    for rest in sorted(rests, reverse=True)[: size - sum(shares)]:
        shares[rests.index(rest)] += 1
    return _mirrored(total, shares)


def wrong__share_cents__floats(total, weights):
    """Whole amounts, but as floats."""
    _checked(weights)
    return [float(share) for share in _mirrored(total, _shares(abs(total), weights))]


def wrong__share_cents__remembers(total, weights):
    """Remembers the shares by total and by the weights without their order."""
    _checked(weights)
    key = (total, tuple(sorted(weights)))
    return list(_remembered_shares.setdefault(key, _mirrored(total, _shares(abs(total), weights))))


_remembered_shares = {}


def wrong__share_cents__random_tie(total, weights):
    """Draws lots among equal fractions."""
    _checked(weights)
    return _mirrored(total, _shares(abs(total), weights, lambda f, w, i: (-f, random.random())))


# 3. total_by_category


def right__total_by_category__get(source):
    totals = {}
    for transaction in source.transactions():
        totals[transaction.category] = totals.get(transaction.category, 0) + transaction.cents
    return totals


def right__total_by_category__defaultdict(source):
    totals = defaultdict(int)
    for transaction in source.transactions():
        totals[transaction.category] += transaction.cents
    return totals


def right__total_by_category__counter(source):
    totals = Counter()
    for transaction in source.transactions():
        totals[transaction.category] += transaction.cents
    return dict(sorted(totals.items()))


def right__total_by_category__groupby(source):
    key = operator.attrgetter("category")
    ordered = sorted(source.transactions(), key=key)
    return {name: sum(one.cents for one in group) for name, group in itertools.groupby(ordered, key)}


def right__total_by_category__lists_first(source):
    pairs = [(transaction.category, transaction.cents) for transaction in source.transactions()]
    return OrderedDict((name, sum(cents for other, cents in pairs if other == name)) for name, _ in reversed(pairs))


def right__total_by_category__reduce(source):
    return functools.reduce(
        lambda totals, one: {**totals, one.category: totals.get(one.category, 0) + one.cents}, source.transactions(), {}
    )


def right__total_by_category__pandas(source):
    rows = [(one.category, one.cents) for one in source.transactions()]
    table = pd.DataFrame({"category": [row[0] for row in rows], "cents": [row[1] for row in rows]}, dtype=object)
    groups = table.groupby("category", sort=False)["cents"]
    return {str(name): int(sum(cents)) for name, cents in groups}


def wrong__total_by_category__asks_twice(source):
    """Asks the source twice, and a stream hands its transactions out once."""
    names = {one.category for one in source.transactions()}
    totals = dict.fromkeys(names, 0)
    for one in source.transactions():
        totals[one.category] += one.cents
    return totals


def wrong__total_by_category__iterates_twice(source):
    """Goes twice through what the source handed out, which may be a stream."""
    stream = source.transactions()
    names = {one.category for one in stream}
    return {name: sum(one.cents for one in stream if one.category == name) for name in names}


def wrong__total_by_category__peeks(source):
    """Takes a transaction from the stream to see whether there is one, and loses it if the stream can't restart."""
    if next(iter(source.transactions()), None) is None:
        return {}
    return right__total_by_category__get(source)


def wrong__total_by_category__iterator_needed(source):
    """Calls `next` on an iterable, which may be a list."""
    totals = {}
    stream = source.transactions()
    while (one := next(stream, None)) is not None:
        totals[one.category] = totals.get(one.category, 0) + one.cents
    return totals


def wrong__total_by_category__length_needed(source):
    """Asks for the length and places, which an iterable needn't have."""
    items, totals = source.transactions(), {}
    if not hasattr(items, "__len__"):
        items = getattr(source, "_items", [])
    for i in range(len(items)):
        totals[items[i].category] = totals.get(items[i].category, 0) + items[i].cents
    return totals


def wrong__total_by_category__private_items(source):
    """Reads `_items`, which the protocol doesn't promise."""
    totals = {}
    for one in source._items:
        totals[one.category] = totals.get(one.category, 0) + one.cents
    return totals


def wrong__total_by_category__iterates_source(source):
    """Goes through the source itself if that can be done, not through its transactions."""
    totals = {}
    for one in source if hasattr(source, "__iter__") else getattr(source, "_items", ()):
        totals[one.category] = totals.get(one.category, 0) + one.cents
    return totals


def wrong__total_by_category__dataclass_needed(source):
    """Reads transactions as dataclasses, which they needn't be."""
    totals = {}
    for one in source.transactions():
        row = dataclasses.asdict(one)
        totals[row["category"]] = totals.get(row["category"], 0) + row["cents"]
    return totals


def wrong__total_by_category__vars_needed(source):
    """Reads the attributes from `vars`: a property isn't there, nor is a slot."""
    totals = {}
    for one in source.transactions():
        category, cents = vars(one)["category"], vars(one)["cents"]
        totals[category] = totals.get(category, 0) + cents
    return totals


def wrong__total_by_category__swallows(source):
    """Reads `vars`, and leaves out what has none."""
    totals = {}
    for one in source.transactions():
        row = getattr(one, "__dict__", {})
        if "category" in row and "cents" in row:
            totals[row["category"]] = totals.get(row["category"], 0) + row["cents"]
    return totals


def wrong__total_by_category__distinct(source):
    """Counts two equal transactions once."""
    totals = {}
    for one in dict.fromkeys(source.transactions()):
        totals[one.category] = totals.get(one.category, 0) + one.cents
    return totals


def wrong__total_by_category__distinct_pairs(source):
    """Counts two transactions of the same category and amount once."""
    totals = {}
    for category, cents in {(one.category, one.cents) for one in source.transactions()}:
        totals[category] = totals.get(category, 0) + cents
    return totals


def wrong__total_by_category__neighbors_repeated(source):
    """Takes a transaction equal to the one before for a repetition."""
    totals, before = {}, None
    for one in source.transactions():
        if (one.category, one.cents) != before:
            totals[one.category] = totals.get(one.category, 0) + one.cents
        before = (one.category, one.cents)
    return totals


def wrong__total_by_category__same_object_once(source):
    """Counts the same object once, though a stream may hand it out twice."""
    totals, seen = {}, []
    for one in source.transactions():
        if not any(one is other for other in seen):
            seen.append(one)
            totals[one.category] = totals.get(one.category, 0) + one.cents
    return totals


def wrong__total_by_category__groups_unsorted(source):
    """Groups neighbors only: the last run of a category wins."""
    groups = itertools.groupby(source.transactions(), lambda one: one.category)
    return {name: sum(one.cents for one in group) for name, group in groups}


def wrong__total_by_category__zero_dropped(source):
    """Leaves out a sum of 0."""
    return {name: cents for name, cents in right__total_by_category__get(source).items() if cents}


def wrong__total_by_category__negative_dropped(source):
    """Leaves out sums below 0, as Counter's + does, but keeps 0."""
    return {name: cents for name, cents in right__total_by_category__get(source).items() if cents >= 0}


def wrong__total_by_category__refunds_alone_dropped(source):
    """Leaves out a category that has nothing but refunds."""
    totals = {}
    for one in source.transactions():
        if one.category in totals or one.cents >= 0:
            totals[one.category] = totals.get(one.category, 0) + one.cents
    return totals


def wrong__total_by_category__free_dropped(source):
    """Leaves out a category whose only transaction has 0 cents."""
    totals = {}
    for one in source.transactions():
        if one.cents:
            totals[one.category] = totals.get(one.category, 0) + one.cents
    return totals


def wrong__total_by_category__restarts_at_zero(source):
    """Takes a sum of 0 for missing, and begins again with the size of the amount: a refund then counts as spending."""
    totals = {}
    for one in source.transactions():
        if one.category in totals and not totals[one.category]:
            totals[one.category] = abs(one.cents)
        else:
            totals[one.category] = totals.get(one.category, 0) + one.cents
    return totals


def wrong__total_by_category__refund_added(source):
    """Adds refunds up as spending."""
    totals = {}
    for one in source.transactions():
        totals[one.category] = totals.get(one.category, 0) + abs(one.cents)
    return totals


def _spelled(source, spell):
    """Return totals with categories spelled another way."""
    totals = {}
    for one in source.transactions():
        totals[spell(one.category)] = totals.get(spell(one.category), 0) + one.cents
    return totals


def wrong__total_by_category__lower(source):
    """Spells categories in small letters."""
    return _spelled(source, str.lower)


def wrong__total_by_category__first_spelling(source):
    """Keeps the first spelling, but takes "Food" and "food" for one category."""
    first = {}
    return _spelled(source, lambda name: first.setdefault(name.casefold(), name))


def wrong__total_by_category__strip(source):
    """Takes spaces away around a category."""
    return _spelled(source, str.strip)


def wrong__total_by_category__one_space(source):
    """Turns several spaces within a category into one."""
    return _spelled(source, lambda name: " ".join(name.split(" ")) if "  " not in name else " ".join(name.split()))


def wrong__total_by_category__empty_renamed(source):
    """Calls the category without a name "other"."""
    return _spelled(source, lambda name: name or "other")


def wrong__total_by_category__empty_dropped(source):
    """Leaves out the category without a name."""
    return {name: cents for name, cents in right__total_by_category__get(source).items() if name}


def wrong__total_by_category__float_sum(source):
    """Adds up in floats: wrong for amounts above 2**53."""
    return {name: int(float(cents)) for name, cents in right__total_by_category__get(source).items()}


def wrong__total_by_category__float_result(source):
    """Returns floats, not integers."""
    return {name: float(cents) for name, cents in right__total_by_category__get(source).items()}


def wrong__total_by_category__keeps_sums(source, totals={}):  # noqa: B006
    """Goes on with the sums of the call before."""
    for one in source.transactions():
        totals[one.category] = totals.get(one.category, 0) + one.cents
    return dict(totals)


def wrong__total_by_category__remembers_source(source):
    """Remembers the answer for a source, which may have more to hand out tomorrow."""
    for known, totals in _remembered_sources:
        if known is source:
            return dict(totals)
    totals = right__total_by_category__get(source)
    _remembered_sources.append((source, totals))
    return dict(totals)


_remembered_sources = deque(maxlen=5)


def wrong__total_by_category__first_hundred(source):
    """Adds up no more than a hundred transactions."""
    totals = {}
    for one in itertools.islice(source.transactions(), 100):
        totals[one.category] = totals.get(one.category, 0) + one.cents
    return totals


def wrong__total_by_category__first_missing(source):
    """Counts the first transaction of a category as 0, unless it is the only one."""
    amounts = defaultdict(list)
    for one in source.transactions():
        amounts[one.category].append(one.cents)
    return {name: sum(cents[1:]) if len(cents) > 3 else sum(cents) for name, cents in amounts.items()}


# 4. examine_median

_LISTS = [
    [7.0],
    [-3.0],
    [5, 1, 9],
    [9, 1, 2, 30, 4],
    [10, 1, 2, 40],
    [4, 4, 4, 1, 10],
    [1, 1, 1, 2, 9, 30],
    [8, -2, -7, 100, 3, 3],
    [0.1, 0.7, 0.2, 0.9],
]


def _expect(median, values, **tolerance):
    """Assert that `median` is right about `values` and leaves them alone."""
    given = list(values)
    result = median(given)
    assert math.isclose(result, statistics.median(values), **(tolerance or {"rel_tol": 1e-9, "abs_tol": 1e-9}))
    assert given == list(values)


def right__examine_median__examples(median):
    for values, expected in [
        ([7], 7),
        ([3, 1, 2], 2),
        ([30, 1, 4, 2], 3),
        ([5, 5, 5, 1, 2], 5),
        ([1, 2, 3, 100, 4], 3),
        ([2.5, -1.5], 0.5),
    ]:
        given = values.copy()
        try:
            found = median(given)
        except Exception as error:
            raise AssertionError(f"{values}: {error}") from error
        assert abs(found - expected) < 1e-9, f"{values}: {found}, not {expected}"
        assert given == values, "the list was changed"


def right__examine_median__statistics(median):
    for values in _LISTS:
        try:
            _expect(median, values)
        except Exception as error:
            raise AssertionError(values) from error


def right__examine_median__random(median):
    numbers = random.Random(5)
    for size in [*range(1, 12), 50]:
        for _ in range(10):
            values = [numbers.randint(-9, 9) for _ in range(size)]
            kept = tuple(values)
            try:
                found = median(values)
            except (IndexError, TypeError, ValueError, ZeroDivisionError) as error:
                raise AssertionError(f"{kept} raises {error!r}") from error
            if found != np.median(kept):
                raise AssertionError(f"{kept}: {found}")
            if tuple(values) != kept:
                raise AssertionError(f"{kept} became {values}")


def right__examine_median__by_property(median):
    for values in _LISTS:
        given = values[:]
        try:
            middle = median(given)
        except Exception:
            middle = math.nan
        ordered = sorted(values)
        low, high = ordered[(len(values) - 1) // 2], ordered[len(values) // 2]
        assert abs(2 * middle - low - high) < 1e-6
        assert all(a == b for a, b in zip(given, values, strict=True))


def right__examine_median__permutations(median):
    for values in ([1.5], [1, 2], [1, 2, 6], [1, 2, 2, 9], [0, 0, 3, 5, 100]):
        for order in itertools.permutations(values):
            given = list(order)
            try:
                close = math.isclose(median(given), float(np.quantile(values, 0.5)), rel_tol=1e-6)
            except Exception as error:
                raise AssertionError from error
            assert close or values == [0]
            assert given == list(order)


def wrong__examine_median__docstring_example(median):
    """Catches `max` and nothing else."""
    assert median([1, 2, 3]) != 3


def wrong__examine_median__does_nothing(median):
    """Never raises."""
    assert median is not None, "there must be a median"


def wrong__examine_median__identity(median):
    """Refuses every function but one, right ones too."""
    assert median is statistics.median


def wrong__examine_median__by_name(median):
    """Judges by the name."""
    assert "median" in getattr(median, "__name__", "")


def wrong__examine_median__raises_always(median):
    """Raises AssertionError about right ones, too."""
    raise AssertionError("wrong")


def wrong__examine_median__raises_value_error(median):
    """Raises ValueError, not AssertionError."""
    for values in _LISTS:
        try:
            _expect(median, values)
        except Exception as error:
            raise ValueError(values) from error


def wrong__examine_median__returns_false(median):
    """Returns False where it should raise."""
    try:
        right__examine_median__statistics(median)
    except AssertionError:
        return False
    return True


def wrong__examine_median__middle_stays_in_the_middle(median):
    """Has unsorted lists, but with the median in the middle already: misses the one that forgets to sort."""
    for values in ([7], [3, 2, 1], [9, 5, 5, 5, 1], [40, 3, 2, 1], [10, 1, 4, 3], [30, 4, 4, 4, 1]):
        right_middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
        if right_middle == statistics.median(values):
            _guarded(median, values)


def _guarded(median, values, **tolerance):
    """Like `_expect`, with every exception turned into AssertionError."""
    try:
        _expect(median, values, **tolerance)
    except Exception as error:
        raise AssertionError(values) from error


def wrong__examine_median__odd_only(median):
    """Has no list of even length: misses the one that takes one of two middle values."""
    for values in _LISTS:
        if len(values) % 2:
            _guarded(median, values)


def wrong__examine_median__even_only(median):
    """Has no list of odd length, not even of one value."""
    for values in _LISTS:
        if len(values) % 2 == 0:
            _guarded(median, values)


def wrong__examine_median__equal_middles(median):
    """Its even lists have two equal middle values: misses the one that takes either."""
    for values in ([7], [5, 1, 9], [9, 1, 2, 30, 4], [4, 4, 1, 9], [30, 2, 2, 2, 1, 8], [1, 1, 1, 2, 9]):
        _guarded(median, values)


def wrong__examine_median__lower_passes(median):
    """Asks only that the result is at most the mean of the middle values for even lists: misses the lower one."""
    for values in _LISTS:
        if len(values) % 2:
            _guarded(median, values)
        else:
            given = list(values)
            assert median(given) <= statistics.median(values) + 1e-9
            assert given == list(values)


def wrong__examine_median__upper_passes(median):
    """Asks only that the result is at least the mean of the middle values for even lists: misses the upper one."""
    for values in _LISTS:
        if len(values) % 2:
            _guarded(median, values)
        else:
            given = list(values)
            assert median(given) >= statistics.median(values) - 1e-9
            assert given == list(values)


def wrong__examine_median__symmetric_lists(median):
    """All its lists have the mean as their median: misses the mean of all."""
    for values in ([7], [3, 1, 2], [4, 1, 3, 2], [9, 1, 5, 5, 5], [2, 8, 0, 10, 10, 0, 5, 5], [6, 2, 1, 5, 1, 6]):
        if statistics.fmean(values) == statistics.median(values):
            _guarded(median, values)


def wrong__examine_median__distinct_values(median):
    """Has no repeated value: misses the one that counts repeated values once."""
    for values in _LISTS:
        if len(set(values)) == len(values):
            _guarded(median, values)


def wrong__examine_median__harmless_repeats(median):
    """Has repeated values, but the distinct ones have the same median."""
    for values in [*_LISTS, [1, 1, 5, 9, 9], [3, 3, 3], [2, 2, 4, 4]]:
        if statistics.median(set(values)) == statistics.median(values):
            _guarded(median, values)


def wrong__examine_median__order_not_watched(median):
    """Doesn't look at the list after the call."""
    for values in _LISTS:
        _guarded(lambda given: median(list(given)), values)


def wrong__examine_median__same_list_compared(median):
    """Compares the list with itself under another name."""
    for values in _LISTS:
        given = kept = list(values)
        expected = statistics.median(given)
        try:
            assert abs(median(given) - expected) < 1e-9
        except Exception as error:
            raise AssertionError from error
        assert given == kept


def wrong__examine_median__contents_compared(median):
    """Compares contents without order: misses the one that sorts the caller's list."""
    for values in _LISTS:
        given = list(values)
        _guarded(lambda _, given=given: median(given), values)
        assert Counter(given) == Counter(values)


def wrong__examine_median__sorted_list_watched(median):
    """Looks for changes in sorted lists only, which sorting doesn't change."""
    for values in _LISTS:
        _guarded(lambda given: median(list(given)), values)
        _guarded(median, sorted(values))


def wrong__examine_median__length_watched(median):
    """Looks whether the list kept its length, not its order."""
    for values in _LISTS:
        given = list(values)
        _guarded(lambda _, given=given: median(given), values)
        assert len(given) == len(values)


def wrong__examine_median__no_single_value(median):
    """Has no list of one value."""
    for values in _LISTS:
        if len(values) > 1:
            _guarded(median, values)


def wrong__examine_median__single_zero(median):
    """Its only list of one value is [0], for which the one that gives 0 or None is right by chance."""
    for values in _LISTS:
        if len(values) > 1:
            _guarded(median, values)
    try:
        assert not median([0])
    except Exception as error:
        raise AssertionError from error


def wrong__examine_median__swallows_errors(median):
    """Lets a median pass that raises an error."""
    for values in _LISTS:
        try:
            _expect(median, values)
        except AssertionError:
            raise
        except Exception:
            continue


def wrong__examine_median__empty_list(median):
    """Demands an error for an empty list, where right ones may do as they like."""
    right__examine_median__statistics(median)
    try:
        median([])
    except Exception:
        return
    raise AssertionError("no error for an empty list")


def wrong__examine_median__empty_list_number(median):
    """Demands that an empty list raises no error."""
    right__examine_median__statistics(median)
    try:
        median([])
    except Exception as error:
        raise AssertionError("an error for an empty list") from error


def wrong__examine_median__empty_list_error_escapes(median):
    """Tries an empty list, and lets the error of a right median out."""
    right__examine_median__statistics(median)
    median([])


def wrong__examine_median__last_digit(median):
    """Demands equality to the last digit: refuses right ones that add up another way."""
    right__examine_median__statistics(median)
    for values in ([0.1, 0.2], [0.3, 0.1, 0.6, 0.2], [0.1, 0.7], [1.1, 2.3], [0.7, 0.9]):
        assert median(list(values)) == statistics.median(values)


def wrong__examine_median__float_demanded(median):
    """Demands a float, though the median of integers may be an integer."""
    right__examine_median__statistics(median)
    assert isinstance(median([3, 1, 2]), float)


def wrong__examine_median__number_types_only(median):
    """Demands int or float exactly: refuses a NumPy number, which is right."""
    right__examine_median__statistics(median)
    assert type(median([3.0, 1.0, 2.0])) in (int, float)


def wrong__examine_median__tuple_given(median):
    """Hands over a tuple, though the function takes a list: right ones may copy it by its method."""
    right__examine_median__statistics(median)
    try:
        assert abs(median((3, 1, 2)) - 2) < 1e-9
    except (AttributeError, TypeError) as error:
        raise AssertionError from error


def wrong__examine_median__keyword(median):
    """Names the parameter, whose name it can't know."""
    right__examine_median__statistics(lambda values: median(data=values))


def wrong__examine_median__loose(median):
    """Allows to be off by one half: misses errors in lists of close values, all that it has of even length."""
    for values in ([7.0], [5, 1, 9], [9, 1, 2, 30, 4], [4, 4, 4, 1, 10], [1, 3, 2, 2.5], [1, 0.9, 0.1, 0.2]):
        _guarded(median, values, abs_tol=0.5)


def wrong__examine_median__rounded(median):
    """Rounds before it compares: misses the one that takes the lower middle value."""
    for values in ([7.0], [5, 1, 9], [9, 1, 2, 30, 4], [4, 4, 4, 1, 10], [10, 2, 3, -1], [1, 0, 0, 1]):
        _guarded(lambda given: round(median(given)), [*values], abs_tol=0.5)


def wrong__examine_median__one_after_another(median):
    """Is content if any of its lists comes out right."""
    passed = False
    for values in _LISTS:
        try:
            _expect(median, values)
            passed = True
        except Exception:
            continue
    assert passed


def wrong__examine_median__last_list_counts(median):
    """Looks at the last list alone."""
    good = True
    for values in _LISTS:
        try:
            _expect(median, values)
            good = True
        except Exception:
            good = False
    assert good


def wrong__examine_median__few_random_lists(median):
    """Tries one random list, which often shows nothing."""
    _guarded(median, [random.randint(0, 3) for _ in range(random.randint(1, 3))])


def wrong__examine_median__verdict_kept(median):
    """Keeps the first verdict that it ever gave."""
    if not _verdicts:
        _verdicts.append(True)
        right__examine_median__statistics(median)


_verdicts = []


def wrong__examine_median__between(median):
    """Asks only that the median lies between the middle values: misses the one that takes one of them."""
    for values in _LISTS:
        given, ordered = list(values), sorted(values)
        try:
            found = median(given)
        except Exception as error:
            raise AssertionError from error
        assert ordered[(len(values) - 1) // 2] - 1e-9 <= found <= ordered[len(values) // 2] + 1e-9
        assert given == list(values)


def wrong__examine_median__half_below(median):
    """Asks only that as many values lie below as above, which a value near the median satisfies, too."""
    for values in _LISTS:
        given = list(values)
        try:
            found = median(given)
        except Exception as error:
            raise AssertionError from error
        assert sum(v < found for v in values) <= len(values) / 2
        assert sum(v > found for v in values) <= len(values) / 2
        assert given == list(values)


# 5. DoubleEntryLedger


class _Ledger:
    """A right ledger, for wrong ones to inherit from."""

    def __init__(self):
        self._totals = {}
        self._entries = []

    def _add(self, entry, sign):
        for account, cents in entry.items():
            self._totals[account] = self._totals.get(account, 0) + sign * cents

    def post(self, entry):
        if sum(entry.values()) != 0:
            raise ValueError("the amounts don't add up to 0")
        self._entries.append(dict(entry))
        self._add(entry, 1)

    def balance(self, account):
        return self._totals.get(account, 0)

    def balances(self):
        return {account: cents for account, cents in self._totals.items() if cents}

    def undo(self):
        if not self._entries:
            raise ValueError("nothing to take back")
        self._add(self._entries.pop(), -1)


class right__DoubleEntryLedger__running_totals(_Ledger):
    pass


class right__DoubleEntryLedger__adds_up_again:
    def __init__(self):
        self.entries = ()

    def post(self, entry):
        if sum(entry.values()):
            raise ValueError(f"{sum(entry.values())} cents too much")
        self.entries += (tuple(entry.items()),)

    def balance(self, account):
        return sum(cents for entry in self.entries for name, cents in entry if name == account)

    def balances(self):
        names = sorted({name for entry in self.entries for name, _ in entry})
        return {name: self.balance(name) for name in names if self.balance(name)}

    def undo(self):
        if not self.entries:
            raise ValueError("no entry")
        self.entries = self.entries[:-1]


class right__DoubleEntryLedger__snapshots:
    def __init__(self) -> None:
        self._history = [Counter()]

    def post(self, entry):
        if math.fsum(map(bool, entry.values())) and sum(entry.values()) != 0:
            raise ValueError("unbalanced")
        after = self._history[-1].copy()
        after.update(entry)
        self._history.append(after)

    def balance(self, account):
        return self._history[-1][account]

    def balances(self):
        return {name: cents for name, cents in self._history[-1].items() if cents != 0}

    def undo(self):
        if len(self._history) == 1:
            raise ValueError("nothing posted")
        del self._history[-1]


class _Line(NamedTuple):
    number: int
    account: str
    cents: int


class right__DoubleEntryLedger__journal:
    def __init__(self):
        self._number = 0
        self._lines = []

    def post(self, entry):
        lines = [_Line(self._number, account, cents) for account, cents in entry.items()]
        if sum(line.cents for line in lines):
            raise ValueError("unbalanced")
        self._lines.extend(lines)
        self._number += 1

    def balance(self, account):
        return self.balances().get(account, 0)

    def balances(self):
        totals = defaultdict(int)
        for line in self._lines:
            totals[line.account] += line.cents
        return {account: cents for account, cents in totals.items() if cents}

    def undo(self):
        if self._number == 0:
            raise ValueError("empty")
        self._number -= 1
        self._lines = [line for line in self._lines if line.number != self._number]


class right__DoubleEntryLedger__linked:
    def __init__(self):
        self._top = None

    def post(self, entry):
        positive = sum(cents for cents in entry.values() if cents > 0)
        negative = sum(-cents for cents in entry.values() if cents < 0)
        if positive != negative:
            raise ValueError("unbalanced")
        totals = self.balances()
        for account in entry:
            totals[account] = totals.get(account, 0) + entry[account]
        self._top = ({account: cents for account, cents in totals.items() if cents}, self._top)

    def balance(self, account):
        return self.balances().get(account, 0)

    def balances(self):
        return dict(self._top[0]) if self._top else {}

    def undo(self):
        if self._top is None:
            raise ValueError("empty")
        self._top = self._top[1]


class wrong__DoubleEntryLedger__keeps_callers_entry(_Ledger):
    """Keeps the caller's dictionary for undo."""

    def post(self, entry):
        super().post(entry)
        self._entries[-1] = entry


class wrong__DoubleEntryLedger__keeps_live_items(_Ledger):
    """Keeps `entry.items()`, which changes with the caller's dictionary."""

    def post(self, entry):
        super().post(entry)
        self._entries[-1] = entry.items()

    def undo(self):
        if not self._entries:
            raise ValueError("nothing to take back")
        self._add(dict(self._entries.pop()), -1)


class wrong__DoubleEntryLedger__lends_totals(_Ledger):
    """Returns its own dictionary from balances()."""

    def balances(self):
        self._totals = {account: cents for account, cents in self._totals.items() if cents}
        return self._totals


class wrong__DoubleEntryLedger__live_view(_Ledger):
    """Returns a view that changes with the books, and no dictionary."""

    def balances(self):
        for account in [account for account, cents in self._totals.items() if not cents]:
            del self._totals[account]
        return MappingProxyType(self._totals)


class wrong__DoubleEntryLedger__remembers_balances(_Ledger):
    """Remembers what balances() returned and returns it again, changed by the caller or not."""

    def __init__(self):
        super().__init__()
        self._answer = None

    def _add(self, entry, sign):
        super()._add(entry, sign)
        self._answer = None

    def balances(self):
        if self._answer is None:
            self._answer = super().balances()
        return self._answer


class wrong__DoubleEntryLedger__stale_after_undo(_Ledger):
    """Remembers balances() and forgets to renew it after undo."""

    def __init__(self):
        super().__init__()
        self._answer = None

    def post(self, entry):
        super().post(entry)
        self._answer = None

    def balances(self):
        if self._answer is None:
            self._answer = super().balances()
        return dict(self._answer)


class wrong__DoubleEntryLedger__first_entry_adopted(_Ledger):
    """Takes the first entry's dictionary for its own totals."""

    def _add(self, entry, sign):
        if not self._totals and sign == 1:
            self._totals = entry
        else:
            self._totals = dict(self._totals)
            super()._add(entry, sign)


class wrong__DoubleEntryLedger__zero_balances_shown(_Ledger):
    """Shows accounts whose balance is 0."""

    def balances(self):
        return dict(self._totals)


class wrong__DoubleEntryLedger__zero_after_undo_shown(_Ledger):
    """Shows accounts that became 0 by undo."""

    def __init__(self):
        super().__init__()
        self._totals = {}

    def _add(self, entry, sign):
        super()._add(entry, sign)
        if sign == 1:
            self._totals = {account: cents for account, cents in self._totals.items() if cents}

    def balances(self):
        return dict(self._totals)


class wrong__DoubleEntryLedger__asked_account_shown(_Ledger):
    """Shows an account with 0 as soon as somebody asked for its balance."""

    def balance(self, account):
        cents = super().balance(account)
        self._asked = getattr(self, "_asked", set()) | ({account} if not cents else set())
        return cents

    def balances(self):
        return {**dict.fromkeys(getattr(self, "_asked", ()), 0), **super().balances()}


class wrong__DoubleEntryLedger__only_positive_shown(_Ledger):
    """Leaves out accounts below 0."""

    def balances(self):
        return {account: cents for account, cents in self._totals.items() if cents > 0}


class wrong__DoubleEntryLedger__empty_name_left_out(_Ledger):
    """Leaves out the account whose name is empty."""

    def balances(self):
        return {account: cents for account, cents in self._totals.items() if account and cents}


class wrong__DoubleEntryLedger__unknown_account_raises(_Ledger):
    """Raises KeyError for an account without entries."""

    def balance(self, account):
        return self._totals[account]


class wrong__DoubleEntryLedger__forgets_known_account(_Ledger):
    """Answers None for an account that no entry names."""

    def balance(self, account):
        return self._totals.get(account)


class wrong__DoubleEntryLedger__adds_first(_Ledger):
    """Adds the amounts, then finds out that they don't add up to 0."""

    def post(self, entry):
        self._add(entry, 1)
        if sum(self._totals.values()) != 0:
            raise ValueError("unbalanced")
        self._entries.append(dict(entry))


class wrong__DoubleEntryLedger__adds_first_takes_back_rejected(_Ledger):
    """Counts a rejected entry as one to take back: undo then does nothing, and leaves the accepted one."""

    def post(self, entry):
        self._entries.append(dict(entry))
        if sum(entry.values()) != 0:
            raise ValueError("unbalanced")
        self._add(entry, 1)

    def undo(self):
        if not self._entries:
            raise ValueError("nothing to take back")
        entry = self._entries.pop()
        if sum(entry.values()) == 0:
            self._add(entry, -1)


class wrong__DoubleEntryLedger__unbalanced_silently_ignored(_Ledger):
    """Ignores an unbalanced entry without a ValueError."""

    def post(self, entry):
        if sum(entry.values()) == 0:
            super().post(entry)


class wrong__DoubleEntryLedger__accepts_all(_Ledger):
    """Accepts whatever it gets."""

    def post(self, entry):
        self._entries.append(dict(entry))
        self._add(entry, 1)


class wrong__DoubleEntryLedger__too_little_accepted(_Ledger):
    """Refuses a sum above 0 only."""

    def post(self, entry):
        if sum(entry.values()) > 0:
            raise ValueError("unbalanced")
        self._entries.append(dict(entry))
        self._add(entry, 1)


class wrong__DoubleEntryLedger__one_cent_accepted(_Ledger):
    """Compares as floats: accepts amounts that miss 0 by a cent, if they are large."""

    def post(self, entry):
        if not math.isclose(
            sum(cents for cents in entry.values() if cents > 0), -sum(cents for cents in entry.values() if cents < 0)
        ):
            raise ValueError("unbalanced")
        self._entries.append(dict(entry))
        self._add(entry, 1)


class wrong__DoubleEntryLedger__float_sum(_Ledger):
    """Adds up in floats, which lose a cent above 2**53."""

    def post(self, entry):
        if sum(float(cents) for cents in entry.values()) != 0:
            raise ValueError("unbalanced")
        self._entries.append(dict(entry))
        self._add(entry, 1)


class wrong__DoubleEntryLedger__two_accounts(_Ledger):
    """Accepts two accounts only: "what one gets, others give"."""

    def post(self, entry):
        if len(entry) not in (0, 2):
            raise ValueError("two accounts")
        super().post(entry)


class wrong__DoubleEntryLedger__pairs_only(_Ledger):
    """Asks for a giver with the same amount for every getter."""

    def post(self, entry):
        if sorted(entry.values()) != sorted(-cents for cents in entry.values()):
            raise ValueError("unbalanced")
        super().post(entry)


class wrong__DoubleEntryLedger__single_account_refused(_Ledger):
    """Refuses {"cash": 0}, which adds up to 0."""

    def post(self, entry):
        if len(entry) == 1:
            raise ValueError("one account")
        super().post(entry)


class wrong__DoubleEntryLedger__zero_amount_refused(_Ledger):
    """Refuses an amount of 0 within an entry that adds up to 0."""

    def post(self, entry):
        if not all(entry.values()):
            raise ValueError("an amount of 0")
        super().post(entry)


class wrong__DoubleEntryLedger__empty_entry_refused(_Ledger):
    """Refuses an empty entry."""

    def post(self, entry):
        if not entry:
            raise ValueError("empty")
        super().post(entry)


class wrong__DoubleEntryLedger__empty_entry_not_counted(_Ledger):
    """Accepts an empty entry, but undo skips it and takes back the one before."""

    def post(self, entry):
        if entry:
            super().post(entry)


class wrong__DoubleEntryLedger__zero_entry_not_counted(_Ledger):
    """Accepts an entry of zeros, but undo skips it and takes back the one before."""

    def post(self, entry):
        if any(entry.values()) or not entry:
            super().post(entry)


class wrong__DoubleEntryLedger__repeated_entry_not_counted(_Ledger):
    """Takes an entry that equals the one before for a mistake and posts it once."""

    def post(self, entry):
        if not self._entries or self._entries[-1] != entry or not entry:
            super().post(entry)


class wrong__DoubleEntryLedger__rejected_entry_clears_history(_Ledger):
    """Forgets the earlier entries when it rejects one."""

    def post(self, entry):
        if sum(entry.values()) != 0:
            self._entries.clear()
        super().post(entry)


class wrong__DoubleEntryLedger__undo_removes_equal(_Ledger):
    """Removes the first entry that equals the last one: after [A, B, A] the second undo takes back A again."""

    def undo(self):
        if not self._entries:
            raise ValueError("nothing to take back")
        entry = self._entries[-1]
        self._entries.remove(entry)
        self._add(entry, -1)


class wrong__DoubleEntryLedger__undo_takes_first(_Ledger):
    """Takes back the first entry, not the last."""

    def undo(self):
        if not self._entries:
            raise ValueError("nothing to take back")
        self._add(self._entries.pop(0), -1)


class wrong__DoubleEntryLedger__undo_posts_reverse(_Ledger):
    """Posts the reverse as an entry of its own, which the next undo takes back."""

    def undo(self):
        if not self._entries:
            raise ValueError("nothing to take back")
        self.post({account: -cents for account, cents in self._entries[-1].items()})


class wrong__DoubleEntryLedger__undo_once(_Ledger):
    """Remembers one entry only."""

    def post(self, entry):
        super().post(entry)
        self._entries = self._entries[-1:]


class wrong__DoubleEntryLedger__undo_twenty(_Ledger):
    """Remembers twenty entries only."""

    def post(self, entry):
        super().post(entry)
        self._entries = self._entries[-20:]


class wrong__DoubleEntryLedger__undo_snapshot_shared(_Ledger):
    """Goes back to the balances before the last entry, but to no earlier ones: undo twice does what undo does once."""

    def __init__(self):
        super().__init__()
        self._before = {}

    def post(self, entry):
        before = dict(self._totals)
        super().post(entry)
        self._before = before

    def undo(self):
        if not self._entries:
            raise ValueError("nothing to take back")
        self._entries.pop()
        self._totals = dict(self._before)


class wrong__DoubleEntryLedger__undo_empties(_Ledger):
    """Takes back everything at once."""

    def undo(self):
        super().undo()
        self._totals = {}


class wrong__DoubleEntryLedger__undo_of_nothing_silent(_Ledger):
    """Does nothing where ValueError is asked for."""

    def undo(self):
        if self._entries:
            super().undo()


class wrong__DoubleEntryLedger__undo_of_nothing_index_error(_Ledger):
    """Raises IndexError, not ValueError, if there is nothing to take back."""

    def undo(self):
        self._add(self._entries.pop(), -1)


class wrong__DoubleEntryLedger__undo_refuses_without_balances(_Ledger):
    """Refuses to take back an entry while all balances are 0."""

    def undo(self):
        if not self.balances():
            raise ValueError("nothing to take back")
        super().undo()


class wrong__DoubleEntryLedger__undo_forgets_accounts(_Ledger):
    """Drops the accounts of the last entry, with what earlier entries gave them."""

    def undo(self):
        if not self._entries:
            raise ValueError("nothing to take back")
        for account in self._entries.pop():
            self._totals.pop(account, None)


class wrong__DoubleEntryLedger__books_shared(_Ledger):
    """All ledgers keep the same books."""

    _totals = {}  # noqa: RUF012
    _entries = []  # noqa: RUF012

    def __init__(self):
        pass


class wrong__DoubleEntryLedger__history_shared(_Ledger):
    """Every ledger has its own balances, but they share the entries to take back."""

    _all_entries = []  # noqa: RUF012

    def __init__(self):
        super().__init__()
        self._entries = self._all_entries


class wrong__DoubleEntryLedger__accounts_lowered(_Ledger):
    """Takes "Bank" and "bank" for one account."""

    def _add(self, entry, sign):
        for account, cents in entry.items():
            super()._add({account.lower(): cents}, sign)

    def balance(self, account):
        return super().balance(account.lower())
