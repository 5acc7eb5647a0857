# %% [markdown]
# # Exercises with faults on purpose

# %%
from handrail import check

# %% [markdown]
# ## 1. Its check is broken  ★☆☆ · 1 min


# %%
def shaky(x: int) -> int:
    """Return twice `x`.

    >>> shaky(2)
    4
    """
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION


# %%
check(shaky)

# %% [markdown]
# ## 2. Everything else is wrong with it


# %%
def careless(numbers: list[float]) -> float:
    """Return the largest distance between two numbers.

    >>> careless([1, 3])
    3
    """
    # BEGIN SOLUTION
    smallest, largest = min(numbers), max(numbers)
    return largest - smallest
    # END SOLUTION


# %%
smallest, largest = min([1]), max([1])
# smallest, largest = min(numbers), max(numbers)

# %% [markdown]
# ## 3. Without an example  ★☆☆ · 1 min


# %%
def bare(x: int) -> int:
    """Return `x`."""
    # BEGIN SOLUTION
    return x
    # END SOLUTION
