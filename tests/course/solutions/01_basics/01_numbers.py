# %% [markdown]
# # Exercises: count and share

# %%
from handrail import check

# %% [markdown]
# ## 1. Share  ★☆☆ · 5 min
# Complete `share`.


# %%
def share(part: float, whole: float) -> float:
    """Return which share of the whole a part is; 0 for nothing of nothing.

    >>> share(1, 4)
    0.25
    """
    # BEGIN SOLUTION
    if whole == 0:
        return 0.0
    return part / whole
    # END SOLUTION


# %%
check(share)

# %% [markdown] tags=["solution"]
# A share is a quotient. *Nothing* needs a line of its own.

# %% [markdown] tags=["solution"]
# Division by zero raises in Python.

# %% [markdown]
# ## 2. Count down  ★★☆ · 5 min
# Complete `count_down`.


# %%
def count_down(start: int) -> list[int]:
    """Return the numbers from `start` down to 1.

    >>> count_down(3)
    [3, 2, 1]
    """
    # BEGIN SOLUTION
    return [start - i for i in range(start)]
    # END SOLUTION


# %%
check(count_down)

# %% [markdown] tags=["solution"]
# `range` of a negative number is empty.

# %% [markdown]
# ## 3. Keep an account  ★★★ · 5 min
# Complete the class `Account`.


# %%
class Account:
    """An account that can't be overdrawn.

    >>> account = Account(5)
    >>> account.pay(3)
    2
    """

    def __init__(self, balance: int) -> None:
        self.balance = balance

    def pay(self, amount: int) -> int:
        """Take the amount off, and return what is left. More than there is raises ValueError."""
        # BEGIN SOLUTION
        if amount > self.balance:
            raise ValueError("not enough")
        self.balance -= amount
        return self.balance
        # END SOLUTION


# %%
check(Account)

# %% [markdown] tags=["solution"]
# The test comes before the change.
