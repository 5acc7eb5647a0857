# /// lesson
# minutes = 10
# exercise_minutes = 10
# needs = ["01_basics/01_numbers"]
# ///

# %% [markdown]
# # Arrays and tables

# %%
total = sum([1, 2])
total
