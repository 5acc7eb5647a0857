# /// lesson
# minutes = 1
# exercise_minutes = 1
# needs = ["01_basics/02_arrays"]
# ///

# %% [markdown]
# # Faults on purpose

# %%
"Nothing is right in this lesson; the proofs must say so."
