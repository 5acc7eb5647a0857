# %% [markdown]
# # Start here
#
# Handrail goes from a first NumPy array to a language-model service in production, in four phases. You read a lesson,
# change its cells, break them, and run them again. Then you do its exercises, and each is checked the moment you run it.
#
# **Click the next cell and press Shift+Enter.** It shows where you are, and one next step.

# %%
from handrail import progress

progress()

# %% [markdown]
# ## How an exercise works
#
# 1. Open the exercises of a lesson from the table above. They are your own copies, in the folder `work`: nothing that you
#    update later overwrites them.
# 2. Complete a function, then run the cell below it, such as `check(column_z_scores)`. A wrong answer is met with the
#    smallest input on which it is wrong, with what was expected and what came back. If it is a mistake that many make, it
#    is called by its name.
# 3. Stuck? `hint(column_z_scores)` gives a gentle hint, and a more telling one each time you run it.
#    `solution(column_z_scores)` shows an answer and explains it.
#
# Wrong answers cost nothing and are seen by nobody. What is kept of them, in `work/progress.jsonl` on this computer, only
# fills the table above; start JupyterLab with `HANDRAIL_PROGRESS=off` and nothing is kept.

# %% [markdown]
# ## If something goes wrong
#
# - **A cell never ends.** *Kernel → Interrupt*. Your other results stay.
# - **Everything seems strange.** *Kernel → Restart Kernel and Run All Cells*. A notebook that only works in the order in
#   which you happened to run it doesn't work.
# - **You want to begin an exercise again.** Rename or delete its notebook in `work`, then run `make lab` again: it brings
#   a fresh one.
# - **The check says that it is broken.** That isn't your fault. Tell whoever teaches you, or open an issue.
