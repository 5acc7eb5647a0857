# /// lesson
# minutes = 5
# exercise_minutes = 15
# seconds = 20
# memory_mb = 400
# ///

# %% [markdown]
# # Count and share
#
# **Why.** The engine's tests need a lesson to work on.

# %%
from pathlib import Path

import numpy as np

# %% [markdown]
# A value, a stream, and a figure that isn't compared.

# %%
days = Path("../../datasets/days/days.csv").read_text(encoding="utf-8").splitlines()[1:]
print("one")
print("two")
len(days)

# %% tags=["nbval-ignore-output"]
np.random.default_rng().random()

# %% tags=["widget"]
print("a slider stands here")

# %% tags=["raises-exception"]
1 / 0

# %%
half = np.array([1.0, 2.0]) / 2
half

# %% tags=["claims"]
assert len(days) == 4
assert half.tolist() == [0.5, 1.0]
