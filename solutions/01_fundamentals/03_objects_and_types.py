# %% [markdown]
# # Exercises: Build data types that refuse wrong values
#
# Two classes and three functions to complete. Replace each `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(TimeSlot)` gives the next of three hints, `solution(TimeSlot)` the answer. Any order; `progress()` says where you are.

# %%
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Book the meeting room  ★☆☆ · 10 min
# A booking system keeps the hours of a meeting room as slots. A slot begins with minute `start` and stops *before* minute `end`, so [480, 540) and [540, 600) follow each other without sharing a minute. Complete the three methods. A slot that ends before it begins, or has no minute at all, must never come into being, and nobody may change a slot later.


# %%
@dataclass(frozen=True)
class TimeSlot:
    """The minutes from `start`, included, to `end`, left out. Both are integers, counted from any moment.

    Slots with the same minutes are equal and have the same hash: the decorator sees to that.

    >>> TimeSlot(480, 540).minutes
    60
    >>> TimeSlot(480, 540).overlaps(TimeSlot(540, 600))
    False
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        """Raise ValueError unless `start` lies before `end`."""
        # BEGIN SOLUTION
        if self.start >= self.end:
            raise ValueError(f"a slot can't begin at {self.start} and end at {self.end}")
        # END SOLUTION

    @property
    def minutes(self) -> int:
        """How many minutes the slot has."""
        # BEGIN SOLUTION
        return self.end - self.start
        # END SOLUTION

    def overlaps(self, other: "TimeSlot") -> bool:
        """Return whether the two slots share at least one minute."""
        # BEGIN SOLUTION
        return self.start < other.end and other.start < self.end
        # END SOLUTION


# %%
check(TimeSlot)

# %% [markdown] tags=["solution"]
# Two slots miss each other in two ways only: one is over before the other begins, or the other way round. Overlap is the opposite of both, which gives two comparisons and no list of cases. They are strict, since a slot doesn't own its `end`. The check in `__post_init__` is worth something because of `frozen=True`: without it, `slot.end = 0` would walk around the check.

# %% [markdown]
# ## 2. Split a bill by weights  ★★☆ · 15 min
# Three families rent a house for 2, 3 and 5 people and share each bill by heads. Write the rule that loses no cent. Everybody first pays the exact share without its fraction of a cent. The cents left over go, one each, to those whose fractions were largest; of equal fractions, to the one who comes first. A refund (`total` below 0) mirrors the payment of the same size.


# %%
def share_cents(total: int, weights: list[int]) -> list[int]:
    """Return one share for each weight, in whole cents that add up to `total`.

    The exact share is `total * weight / sum(weights)`. For a negative `total` each share is minus that of the same
    payment. Raises ValueError if a weight is negative or none is positive. Amounts may be of any size.

    >>> share_cents(1000, [2, 3, 3])
    [250, 375, 375]
    >>> share_cents(100, [1, 1, 1]), share_cents(-100, [1, 1, 1])
    ([34, 33, 33], [-34, -33, -33])
    """
    # BEGIN SOLUTION
    whole = sum(weights)
    if whole == 0 or min(weights) < 0:
        raise ValueError("weights can't be negative, and one of them must be positive")
    if total < 0:
        return [-share for share in share_cents(-total, weights)]
    shares, rests = [], []
    for weight in weights:
        share, rest = divmod(total * weight, whole)
        shares.append(share)
        rests.append(rest)
    by_rest = sorted(range(len(weights)), key=lambda person: -rests[person])
    for person in by_rest[: total - sum(shares)]:
        shares[person] += 1
    return shares
    # END SOLUTION


# %%
check(share_cents)

# %% [markdown] tags=["solution"]
# `divmod` splits the exact share into whole cents and a rest, both integers, so nothing is rounded at any size. All rests count parts of the same `whole`, and can be compared as they are. `sorted` keeps equal items in their order, which is the rule for ties. The refund needs its own line: in Python `-100 // 3` is −34, since `//` rounds down, not toward 0.

# %% [markdown]
# ## 3. Add up any source  ★★☆ · 15 min
# Your program shows the household's spending by category. Transactions come from a list today, from a bank's service tomorrow. The protocol says all that you may rely on; `Iterable` means that a `for` loop can visit it. A source can be a stream, which hands its transactions out once and never again.


# %%
class Transaction(Protocol):
    """What a transaction has: a category, and an amount that is negative for a refund."""

    @property
    def category(self) -> str: ...

    @property
    def cents(self) -> int: ...


class TransactionSource(Protocol):
    """Anything that hands out transactions."""

    def transactions(self) -> Iterable[Transaction]: ...


@dataclass(frozen=True)
class Purchase:
    """One kind of transaction."""

    category: str
    cents: int


class ListSource:
    """One kind of source."""

    def __init__(self, items: list[Transaction]) -> None:
        self._items = items

    def transactions(self) -> Iterable[Transaction]:
        return iter(self._items)


# %% [markdown]
# `Purchase` and `ListSource` are examples; the check brings others. Complete the function.


# %%
def total_by_category(source: TransactionSource) -> dict[str, int]:
    """Return the sum of cents for every category that occurs, spelled as it is; 0 is a sum, too.

    >>> total_by_category(ListSource([Purchase("food", 4000), Purchase("rent", 90000), Purchase("food", -1500)]))
    {'food': 2500, 'rent': 90000}
    """
    # BEGIN SOLUTION
    totals: dict[str, int] = {}
    for transaction in source.transactions():
        category = transaction.category
        totals[category] = totals.get(category, 0) + transaction.cents
    return totals
    # END SOLUTION


# %%
check(total_by_category)

# %% [markdown] tags=["solution"]
# The function uses what the protocol promises and nothing else: one call of `transactions()`, one walk over what it returns. So a list, a function with `yield` and a class that has never heard of `TransactionSource` all fit. `totals` is made inside the function: as a default argument it would be made once, when `def` runs, and remember every earlier call.

# %% [markdown]
# ## 4. Write the test of a median  ★★☆ · 20 min
# A colleague will write `median`, perhaps wrongly. You write the test first. It gets the function (annotated `Callable`), tries it on lists of your choice, and raises `AssertionError` if something is off (`assert` does that). For a correct median it does nothing. The check hands your test correct medians and wrong ones.


# %%
def examine_median(median: Callable[[list[float]], float]) -> None:
    """Raise AssertionError if `median` is wrong; return if it is right.

    The median is the middle value in sorted order, or the mean of the two middle values. A wrong one may forget to
    sort, take one of two middle values, return the mean of all, count repeated values once, reorder the caller's list,
    or go wrong on a list of one value. If it raises an error of its own, that error may come out, too. Right ones may
    differ in a float's last digit, and do as they like on an empty list.

    >>> import statistics
    >>> examine_median(statistics.median)
    >>> examine_median(max)
    Traceback (most recent call last):
        ...
    AssertionError: ...
    """
    # BEGIN SOLUTION
    assert median([7.0]) == 7.0, "a list of one value"
    assert median([9.0, 1.0, 2.0]) == 2.0, "an unsorted list; its mean is 4"
    assert median([8.0, 1.0, 3.0, 4.0]) == 3.5, "an even number of values"
    assert median([1.0, 1.0, 1.0, 8.0, 9.0]) == 1.0, "repeated values"
    values = [3.0, 1.0, 2.0]
    median(values)
    assert values == [3.0, 1.0, 2.0], "the caller's list was changed"
    # END SOLUTION


# %%
check(examine_median)

# %% [markdown] tags=["solution"]
# Each line closes one way of being wrong, and each list is chosen so that the wrong way gives *another* number: an unsorted list whose middle isn't its median, a list whose mean is far off, values so often repeated that counting them once moves the middle. Whole numbers and halves are exact in floats, so `==` is safe. What the function does to its argument is a result too, and must be looked at.

# %% [markdown]
# ## 5. Keep the books  ★★★ · 30 min
# Bookkeepers enter every payment twice: what one account gets, others give, so the amounts of an entry add up to 0. Complete a ledger that accepts nothing else and can take entries back. Whatever callers do with dictionaries that they passed in or got out, the books stay as they were.


# %%
class DoubleEntryLedger:
    """Accounts in cents, whose balances always add up to 0.

    >>> ledger = DoubleEntryLedger()
    >>> ledger.post({"rent": 90000, "bank": -90000})
    >>> ledger.balance("rent")
    90000
    >>> ledger.undo()
    >>> ledger.balances()
    {}
    """

    def __init__(self) -> None:
        """Begin without entries."""
        # BEGIN SOLUTION
        self._entries: list[dict[str, int]] = []
        # END SOLUTION

    def post(self, entry: dict[str, int]) -> None:
        """Add the amounts to their accounts. Raises ValueError, and changes nothing, unless they add up to 0.

        An empty entry adds up to 0, and is an entry like any other.
        """
        # BEGIN SOLUTION
        if sum(entry.values()) != 0:
            raise ValueError(f"the entry adds up to {sum(entry.values())}, not 0")
        self._entries.append(dict(entry))
        # END SOLUTION

    def balance(self, account: str) -> int:
        """Return the balance of one account: 0 if no entry names it."""
        # BEGIN SOLUTION
        return sum(entry.get(account, 0) for entry in self._entries)
        # END SOLUTION

    def balances(self) -> dict[str, int]:
        """Return every account whose balance isn't 0, with its balance."""
        # BEGIN SOLUTION
        accounts = {account for entry in self._entries for account in entry}
        return {account: self.balance(account) for account in accounts if self.balance(account) != 0}
        # END SOLUTION

    def undo(self) -> None:
        """Take back the last entry that was accepted and not yet taken back. Raises ValueError if there is none."""
        # BEGIN SOLUTION
        if not self._entries:
            raise ValueError("there is no entry to take back")
        self._entries.pop()
        # END SOLUTION


# %%
check(DoubleEntryLedger)

# %% [markdown] tags=["solution"]
# The ledger keeps the entries, copied, and computes balances from them: there is one truth, and `undo` removes its last line. Each rule then holds by construction. A refused entry was never appended; two ledgers have two lists, since `__init__` makes them; `balances` builds a new dictionary each time. A ledger with millions of entries would keep running totals as well, updated after the test.
