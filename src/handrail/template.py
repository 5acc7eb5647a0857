"""The files of a new lesson, with a working miniature exercise."""

from __future__ import annotations

import re
from pathlib import Path

from handrail import build, catalog
from handrail.model import HandrailError

LESSON = """\
# /// lesson
# minutes = 40
# exercise_minutes = 10
# needs = []
# seconds = 25
# memory_mb = 500
# ///

# %% [markdown]
# # {title}
#
# **Why.** A question that the reader wants answered, on real data.
#
# **You will** do three to five things that you can't do now.
#
# **You need** nothing but Python. 40 minutes, and 10 for the exercises.

# %% [markdown]
# ## 1. One idea
#
# Say what to look for in the next cell.

# %%
total = sum([1, 2, 3])
total

# %% [markdown]
# ## How it fails
#
# ## In practice
#
# ## In short
#
# ## Next
#
# [Open the exercises](../../work/{path}.ipynb).

# %% tags=["claims"]
assert total == 6
"""

SOLUTION = '''\
# %% [markdown]
# # Exercises: {title}
#
# Complete each function, then run the check below it. `hint(f)` gives the next hint, `solution(f)` the answer.

# %%
from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Count the rainy days  ★☆☆ · 10 min
# A weather station sends the rain of each day in millimeters, and -1 where its gauge was frozen. Complete `{name}`.

# %%
def {name}(rain: list[float]) -> int:
    """Return on how many days it rained more than 0 mm.

    >>> {name}([0.0, 2.5, -1.0])
    1
    """
    # BEGIN SOLUTION
    return sum(day > 0 for day in rain)
    # END SOLUTION


# %%
check({name})

# %% [markdown] tags=["solution"]
# A comparison is True or False, and `sum` counts True as 1. A frozen gauge is no rain, and -1 is not above 0.
'''

CHECKS = '''\
"""Checks, hints and known mistakes of {path}."""

from hypothesis import strategies as st

from handrail.expect import agree, call, hints, numbers


def counted(rain):
    """Count in a loop: independent of the reference answer."""
    days = 0
    for day in rain:
        if day > 0:
            days += 1
    return days


@hints(
    "For each day there is one question, with the answer yes or no.",
    "A comparison has a value: True or False.",
    "Add up the comparisons.",
)
def check_{name}({name}):
    agree({name}, counted, on=st.lists(numbers(-1, 5), max_size=6), also=[call([]), call([1.0, 0.5])])


def {name}__counts_dry_days(rain):
    """A day with 0 mm is dry: only more than 0 counts."""
    return sum(day >= 0 for day in rain)


def {name}__counts_frozen_gauges(rain):
    """-1 stands for a frozen gauge, not for rain."""
    return sum(day != 0 for day in rain)
'''

SECOND_AUTHOR = '''\
"""Answers to {path} by somebody who has not seen its checks: `right__...` must pass, `wrong__...` must fail."""


def right__{name}__filters(rain):
    """Another way to the same number."""
    return len([day for day in rain if day > 0])


def wrong__{name}__all_days(rain):
    """Counts every day."""
    return len(rain)
'''


def write(root: Path, path: str) -> list[Path]:
    """Write the files of a new lesson, and return them. Nothing that exists is touched."""
    path = path.strip("/")
    phase, _, name = path.partition("/")
    if not (catalog.NUMBERED.match(phase) and catalog.NUMBERED.match(name)):
        raise HandrailError(
            f"{path!r} is not the path of a lesson. Write a numbered phase and a numbered lesson, "
            "such as `make new LESSON=01_fundamentals/06_cleaning_data`."
        )
    words = name[3:].replace("_", " ")
    exercise = re.sub(r"\W", "_", f"rainy_days_{name[3:]}")
    if exercise in catalog.checks_of(root):  # a lesson of this name in another phase
        exercise += f"_{phase[:2]}"
    values = {"path": path, "title": words.capitalize(), "name": exercise}
    files = {
        root / "notebooks" / f"{path}.py": LESSON,
        root / "solutions" / f"{path}.py": SOLUTION,
        root / "curriculum" / f"{path}_checks.py": CHECKS,
        root / "tests" / "curriculum" / "second_author" / f"{path}.py": SECOND_AUTHOR,
    }
    taken = [file for file in files if file.exists()]
    if taken:
        raise HandrailError(f"{taken[0]} exists already. Choose another number or name, or edit that file.")
    for file, text in files.items():
        build.write(file, text.format(**values))
    lesson = catalog.lesson(root, path)
    return [*files, *_generate(lesson)]


def _generate(lesson: object) -> list[Path]:
    made = build.generated(lesson)  # type: ignore[arg-type]
    for one in made[1:]:
        build.write(one.file, one.text)
    return [one.file for one in made[1:]]
