# %% [markdown]
# # Start here
#
# The door to the miniature course.

# %%
from handrail import progress

# %% tags=["nbval-ignore-output"]
progress()
