# %% [markdown]
# # Exercises: arrays and tables

# %%
import numpy as np
import pandas as pd

from handrail import check

# %% [markdown]
# ## 1. Center  ★☆☆ · 5 min
# Complete `centered`.


# %%
def centered(x: np.ndarray) -> np.ndarray:
    """Return `x` less its mean.

    >>> centered(np.array([1.0, 3.0]))
    array([-1.,  1.])
    """
    # BEGIN SOLUTION
    return x - x.mean(axis=None)
    # END SOLUTION


# %%
check(centered)

# %% [markdown] tags=["solution"]
# One expression, no loop.

# %% [markdown]
# ## 2. Total by city  ★★☆ · 5 min
# Complete `by_city`.


# %%
def by_city(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each city, in order, with the sum of its `riders`.

    >>> by_city(pd.DataFrame({"city": ["b", "a", "b"], "riders": [1, 2, 3]}))
      city  riders
    0    a       2
    1    b       4
    """
    # BEGIN SOLUTION
    return table.groupby("city", as_index=False)["riders"].sum()
    # END SOLUTION


# %%
check(by_city)

# %% [markdown] tags=["solution"]
# `groupby` sorts by itself.
