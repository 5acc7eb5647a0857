# /// lesson
# minutes = 45
# exercise_minutes = 70
# needs = []
# seconds = 10
# memory_mb = 180
# ///

# %% [markdown]
# # Answer a question with plain Python
#
# **Why.** A bike rental company owns one repair van, and a file that says how many bikes were rented in each hour of two years: 17,544 lines. The van can be out for three hours of a working day. Which three? You answer with nothing but the language, and meet programs that look right, raise no error, and are wrong.
#
# **You will**
# - predict what assignment, slicing and comparison do,
# - turn the text of a file into numbers, and refuse what is not a number,
# - write small functions with typed parameters that return their result,
# - raise and handle errors that name the faulty line,
# - explain how a notebook can show a result that its code does not produce.
#
# **You need** to have written a loop and a function once, in any language. 45 minutes, and 70 for the exercises.

# %% [markdown]
# This page is a *notebook*: text, and cells of code that you run from top to bottom. Click a cell and press Shift+Enter. What it prints appears below it. Change a number, run the cell again, break it: that is how you learn what it does, and no cell of this course changes its data.
#
# The first cell fetches tools that come with Python, and `matplotlib`, which draws, here under the short name `plt`. It prints nothing.

# %%
import csv
import statistics
import tempfile
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt

plt.style.use("handrail.kit.course")

# %% [markdown]
# ## 1. Names point at objects
#
# Square brackets make a **list**: values in order, counted from 0. A dot calls a function that belongs to an object, as `b.append(3)` adds a 3 to the end of a list. What follows `#` is a comment, for people only. Before you run the second of these two cells, decide: what is `a`?

# %%
a = [0, 1, 2]
b = a  # a second name
b.append(3)
print("b is", b, "and its first item is", b[0])

# %%
print("a is", a)

# %% [markdown]
# The tempting answer is `[0, 1, 2]`: it takes `b = a` for a copy. Assignment never copies. It ties a name to an object, and here two names are tied to one list, so a change made through one of them is seen through the other.
#
# `+` also adds to a list, or seems to. See whether `a` changes this time. `==` asks whether two objects are equal, `is` whether they are one and the same.

# %%
print("before:", a is b)
more = [4]
b = a + more
print("after: ", a is b, "a", a, "b", b)

c = a[:]  # a slice from the first item to the last: a new list
print("c equals a:", c == a, "and is the same object:", c is a)

# %% [markdown]
# `a + more` made a new list, and `=` tied the name `b` to it. The old list did not notice. So there are two kinds of statement: `append` changes an *object*, `=` moves a *name*.
#
# To see that step by step, keep the statements as texts: `exec` runs a text as if it were code. `def` begins a function and `for` a loop; what belongs to them follows a colon, indented by four spaces. The function has `exec` put the names into braces, a *dictionary* (section 3); three quotes enclose its description. `[:3]` takes the first three statements.

# %%
statements = ["a = [0, 1, 2]", "b = a", "b.append(3)", "b = a + [4]", "c = a[:]", "a[0] = 9"]


def names_after(statements):
    """Run statements one after the other; return the names that they leave, each with its object."""
    names = {}
    for statement in statements:
        exec(statement, {}, names)
    return names


print(names_after(statements[:3]))
print(names_after(statements[:4]))

# %% [markdown]
# Two equal lists, or one with two names? Print-outs do not say; a drawing does. The next function makes it. How it works is the matter of lesson 07, so run this cell and the next two, and go on.


# %%
def draw_names(names, ax):
    """Draw the names at the left, their objects at the right, and an arrow from each name to its object."""
    objects = {id(value): value for value in names.values()}
    for row, value in enumerate(objects.values()):
        ax.text(1.05, -row, value, va="center", size=12, bbox={"fc": "#F7DDA4", "ec": "none", "pad": 6})
    for row, (name, value) in enumerate(names.items()):
        ax.text(0, -row, name, ha="right", va="center", size=12, bbox={"fc": "#BFDDF0", "ec": "none", "pad": 6})
        target = -list(objects).index(id(value))
        ax.annotate("", (1, target), (0.06, -row), arrowprops={"arrowstyle": "->", "color": "black", "lw": 1.5})
    ax.set(xlim=(-0.3, 2.4), ylim=(0.5 - len(names), 0.5))
    ax.set_axis_off()


# %% [markdown]
# At the left, the first three statements have run; at the right, the first four. Follow the arrow of `b`.

# %%
figure, axes = plt.subplots(1, 2, figsize=(8, 1.9))
figure.suptitle("append changes the object, = moves the name", x=0.01, ha="left", weight="bold")
for ax, count in zip(axes, (3, 4), strict=True):
    draw_names(names_after(statements[:count]), ax)
    ax.set_title(f"after {statements[count - 1]}", weight="normal", size=10.5)
plt.show()

# %% [markdown]
# In JupyterLab, the slider runs one to six of the statements; the last two are `c = a[:]` and `a[0] = 9`. Before you move it to 6: will `a[0] = 9` be seen through `b`, through `c`, or through neither?

# %% tags=["widget"]
from ipywidgets import IntSlider, interact


@interact(count=IntSlider(value=3, min=1, max=6))
def step_through(count):
    _, ax = plt.subplots(figsize=(5, 2.4))
    ax.set_title(f"after {statements[count - 1]}")
    draw_names(names_after(statements[:count]), ax)
    plt.show()


# %% [markdown]
# Through neither: both are lists of their own by then. Lists can hold lists, and there the same rule bites. `[0] * 3` is a list of three zeros, and `[row] * 2` repeats whatever is in the brackets. Below, one cell of a small table is set to 9. Look at how many cells change.

# %%
table = [[0] * 3] * 2
table[0][0] = 9
print(table, "one row twice:", table[0] is table[1])

table = [[0] * 3 for row in range(2)]
table[0][0] = 9
print(table, "one row twice:", table[0] is table[1])

# %% [markdown]
# `* 2` repeated the *reference*: both rows were one list. The second version evaluates `[0] * 3` once for each row, and so makes two: `range(2)` counts 0, 1, and section 4 explains the `for` inside brackets. Numbers and text cannot be changed in place, so for them it never matters who else holds them.
#
# ## 2. Text is not a number
#
# The file stores a moment as `2024-08-20T17:00:00+02:00`: date, time, and how far the clock is ahead of UTC, the world's reference time. Text is a sequence of characters, counted from 0. A **slice** `[11:13]` begins at 11 and ends *before* 13; a negative number counts from the end.

# %%
start = "2024-08-20T17:00:00+02:00"
print("date", start[:10], "hour", start[11:13], "offset", start[-6:], "length", len(start))

hour = start[11:13]
print("text:  ", hour + hour, type(hour))
print("number:", int(hour) + int(hour), type(int(hour)))

# %% [markdown]
# `+` joins texts and adds numbers, so the type decides what a line means. Python calls text `str` and whole numbers `int`.
#
# A text with an `f` before the quotes fills in what stands in braces. A colon introduces the format: `02d` means an integer with two digits, `,` groups thousands, `.1f` keeps one decimal, `.1%` makes a percentage, `>8` fills up to eight characters. `!r` shows a text with its quotes. `\n` is a line break, `_` a usual name for what isn't needed. The other lines are mostly functions that every text brings along; match each with its result.

# %%
print(f"{7:02d}:00   {17544:,}   {402.3762:.1f}   {0.31648:.1%}   {'right':>8}   {start[:4]!r}")

date, _, time = start.partition("T")  # three parts: before, the separator, after
print(date.split("-"), "/".join(["20", "08", "2024"]), time.startswith("17"))
print("  Harbor \n".strip(), "n/a".replace("/", ""), "T" in start)

# %% [markdown]
# `int` and `float` convert a text, and they are strict. A text that is no number raises a `ValueError`, which would end the program here; `try` runs its block, and if that error occurs, goes on with the block under `except`. Which of these four does `int` accept?

# %%
for text in ["17", " 17\n", "17.0", "seventeen"]:
    try:
        print(f"{text!r:12} becomes {int(text)}")
    except ValueError as error:
        print(f"{text!r:12} is refused: {error}")

# %% [markdown]
# Spaces around the digits are forgiven, a decimal point is not: that is `float`'s business.
#
# Now four results that surprise most people. Cover the output and write down what you expect. `{x = }` prints an expression together with its value; `//` divides and rounds down; `bool` turns a value into true or false.

# %%
print(f"{0.1 + 0.2 = }")
print(f"{round(2.5) = }")
print(f"{7 // -2 = }")
print(f"{bool('False') = }")

# %% [markdown]
# - 0.1 + 0.2 is not 0.3. A float is a binary number, and these decimals have no finite binary form: each is a little off, and the errors add up. Never compare floats with `==`; ask `math.isclose`.
# - `round` sends an exact half to the *even* neighbor, so that many roundings do not drift upward.
# - `//` rounds down, and down from −3.5 is −4, not −3.
# - The text `"False"` is true, because it is not empty. Empty text, empty lists, 0 and `None` ("nothing here") are false; everything else is true. Section 6 shows what this costs.

# %% [markdown]
# ## 3. Read a file
#
# A file is text too. `with` opens it and closes it again, even if an error occurs in between. State the encoding, the rule that turns bytes into characters, or the result depends on the machine; `newline=""` leaves the line ends to `csv`. (`..` is the folder above. The city is invented; its numbers come from a documented random process, see `datasets/city_bikes`.)
#
# Below are the first two lines. `split(",")` cuts a line at its commas, `zip` walks along two lists at once (`strict=True`: raise an error if one is longer), and `dict` makes a **dictionary** of the pairs: it finds a value by its key.

# %%
path = Path("../../datasets/city_bikes/hours.csv")
with path.open(encoding="utf-8", newline="") as file:
    header = file.readline().strip()
    line = file.readline().strip()
print(header)
print(line)

by_hand = dict(zip(header.split(","), line.split(","), strict=True))
print(by_hand["start"], "rentals:", by_hand["rentals"], "columns:", len(by_hand))

# %% [markdown]
# Cutting at commas works until a value contains one. The module `csv` knows the rules for that, and its `DictReader` hands out every line as such a dictionary. The whole file becomes a list of them. `items()` hands out the pairs of one. Look at the last column of the output, the type of each value.

# %%
with path.open(encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))

print(f"{len(rows):,} rows; the first one equals the one made by hand: {rows[0] == by_hand}")
for column, value in rows[0].items():
    print(f"{column:14} {value!r:28} {type(value).__name__}")

# %% [markdown]
# All of them are `str`, text. A file has no numbers in it, only characters, and nothing converts them for you. Keep that in mind for section 6.
#
# ## 4. Choose and collect
#
# The van is for working days. A loop visits the rows, `if` chooses. Choosing into a new list is so common that it has a short form, the **comprehension**: what to collect, from where, under which condition. Both should give the same list.

# %%
chosen = []
for row in rows:
    if row["working_day"] == "True":
        chosen.append(row)

working = [row for row in rows if row["working_day"] == "True"]
free = [row for row in rows if row["working_day"] != "True"]
print(f"{len(working):,} working hours, {len(free):,} free ones, same by loop: {chosen == working}")

# %% [markdown]
# Braces instead of brackets collect into a **set**: no order, nothing twice. That answers "which values occur?" and "how many different ones?". The slice `[:10]` is the date. Is the number of hours 24 times the number of days?

# %%
print(sorted({row["holiday"] for row in rows}))

days = {row["start"][:10] for row in working}
print(f"{len(days)} working days, times 24 is {len(days) * 24:,}")

# %% [markdown]
# Yes, in total: the hour that is skipped in spring and the one that comes twice in autumn fall on Sundays. The first entry of the list above is the empty text of ordinary days.
#
# Now a running sum for each part of the day. `elif` is "else, if"; comparisons may be chained. `get(part, 0)` looks up a key and gives 0 if it is not there yet. Where do you expect the most rentals: three morning hours, three evening hours, or the other eighteen?

# %%
parts = {}
for row in working:
    hour = int(row["start"][11:13])
    if 7 <= hour < 10:
        part = "morning"
    elif 16 <= hour < 19:
        part = "evening"
    else:
        part = "rest"
    parts[part] = parts.get(part, 0) + int(row["rentals"])

for part, rentals in parts.items():
    print(f"{part:8} {rentals:>9,} rentals, {rentals / sum(parts.values()):.1%}")

# %% [markdown]
# Three hours of the evening carry nearly a third. The same pattern, with the hour itself as the key, gives the sums that we need, and a second dictionary counts the hours to divide by. A comprehension with `key: value` makes a dictionary; the last line shows its first two pairs, beginning with midnight.

# %%
sums, counts = {}, {}
for row in working:
    hour = int(row["start"][11:13])
    sums[hour] = sums.get(hour, 0) + int(row["rentals"])
    counts[hour] = counts.get(hour, 0) + 1

means = {hour: sums[hour] / counts[hour] for hour in sums}
print([(hour, round(mean, 1)) for hour, mean in means.items()][:2])

# %% [markdown]
# Values in parentheses are a **tuple**: like a list, but never changed afterwards. The loop above takes each pair apart into `hour, mean`. Next, rank the hours. `sorted` asks the function given as `key` by what to sort: `means.get` gives the mean of an hour. `enumerate` counts along.

# %%
busiest = sorted(means, key=means.get, reverse=True)
for rank, hour in enumerate(busiest[:4], start=1):
    print(f"{rank}. {hour:02d}:00 {means[hour]:6.1f} rentals an hour")

pair = (busiest[0], round(means[busiest[0]], 1))
try:
    pair[1] = 0
except TypeError as error:
    print(pair, "stays:", error)

# %% [markdown]
# There is the answer in sight: 17:00, 18:00, 16:00, and 8:00 as a distant fourth. Counting and summing by key is so frequent that the standard library has a dictionary for it. A `Counter` takes missing keys for 0, so `+=`, which adds to what is there, always works; `most_common` sorts. Does it agree with ours?

# %%
tally = Counter()
for row in working:
    tally[int(row["start"][11:13])] += int(row["rentals"])

print("same sums:", tally == sums)
print(tally.most_common(3))

# %% [markdown]
# ## 5. Functions with one job
#
# We will want the same means for free days, and copying the loop would give us two places to mend. A function gets a name, parameters, and `return`s its result. `: list[float]` and `-> float` are **annotations**: they tell a reader, and tools, what goes in and out. Python itself does not check them. The text below the first line says what it does; behind `>>>` stands an example, below it the result.


# %%
def mean(values: list[float]) -> float:
    """Return the arithmetic mean of one or more numbers.

    >>> mean([1, 2, 6])
    3.0
    """
    return sum(values) / len(values)


rentals = [int(row["rentals"]) for row in working]
print(f"by hand {mean(rentals):.2f}, by the library {statistics.mean(rentals):.2f}")

# %% [markdown]
# Now the loop of section 4 as two functions. In the second, `working_day` has a **default**, so a caller may leave it out. The lone `*` makes what follows *keyword-only*: the caller must write its name. `rentals_by_hour(rows, working_day=False)` can be read without looking anything up; `rentals_by_hour(rows, False)` could not.


# %%
def hour_of(row: dict[str, str]) -> int:
    """Return the hour of the day at which a row begins, 0 to 23."""
    return int(row["start"][11:13])


def rentals_by_hour(rows: list[dict[str, str]], *, working_day: bool = True) -> dict[int, float]:
    """Return the mean rentals for each hour of the day, of working days or of the others."""
    found = {}
    for row in rows:
        if (row["working_day"] == "True") == working_day:
            found.setdefault(hour_of(row), []).append(int(row["rentals"]))
    return {hour: mean(values) for hour, values in found.items()}


# %% [markdown]
# `setdefault` looks up a key, and stores an empty list there first if the key is new. `assert` stops with an error unless its condition holds; here it makes sure that nothing changed in the move. Then compare the three busiest hours of working and of free days, as sets: `&` keeps what is in both.

# %%
at_work, at_leisure = rentals_by_hour(rows), rentals_by_hour(rows, working_day=False)
assert at_work == means

tops = [set(sorted(found, key=found.get)[-3:]) for found in (at_work, at_leisure)]
print("working days", sorted(tops[0]), "free days", sorted(tops[1]), "both", tops[0] & tops[1])
try:
    rentals_by_hour(rows, False)
except TypeError as error:
    print("TypeError:", error)

# %% [markdown]
# Only 16:00 is busy on both kinds of day: a mean over all days would have blurred two patterns into one. Now a distinction that costs beginners hours. This function *prints* the mean instead of returning it. Predict both lines: what appears, and what is `result`?


# %%
def show_mean(values):
    print("the mean is", sum(values) / len(values))


result = show_mean([1, 2, 6])
print("result is", result)

# %% [markdown]
# The tempting answer for the second line is 3.0. It is `None`, Python's value for "nothing here": a function without `return` gives `None` to its caller. Printing is for a person; only a returned value can be stored, compared, tested or passed on. Let functions return, and print outside.
#
# ## 6. How it fails
#
# Three lines that look right. None raises an error, and each gives a wrong answer to our question. The first chooses working days with `if row["working_day"]`. How many of the 17,544 hours does it choose?

# %%
careless = [row for row in rows if row["working_day"]]
print(f"chosen: {len(careless):,}, right: {len(working):,}")

mixed = {}
for row in careless:
    mixed.setdefault(hour_of(row), []).append(int(row["rentals"]))
mixed = {hour: mean(values) for hour, values in mixed.items()}
wrong = sorted(mixed, key=mixed.get, reverse=True)
print("four busiest:", wrong[:4], "instead of", busiest[:4], f"and {mixed[17]:.1f} instead of {means[17]:.1f}")

# %% [markdown]
# All of them: the text `"False"` is not empty, so it is true. The number for 17:00 falls by 55, and a van that had a fourth hour would wait at 15:00 and miss the morning rush.
#
# The second line asks for the busiest hour of all. `lambda` writes a small function without a name: here it takes a row and gives what to compare. Without brackets, a comprehension hands its values straight to `max`. Which of the two versions do you believe?

# %%
print("largest text:  ", max(row["rentals"] for row in rows))
print("largest number:", max(int(row["rentals"]) for row in rows))
print("by text:  ", max(rows, key=lambda row: row["rentals"])["start"])
print("by number:", max(rows, key=lambda row: int(row["rentals"]))["start"])

# %% [markdown]
# Texts are ordered like words in a phone book, character by character: `"99"` comes after `"769"`, since 9 comes after 7. The busiest hour would be a Saturday in January. Convert when you read, not when you happen to think of it.
#
# The third fault stands in the first line of a function. `found=[]` means to begin with an empty list. Watch the second call, which asks for free days only. (True counts as 1, so the `sum` in the last line counts hours.)


# %%
def above(rows, limit, found=[]):  # noqa: B006
    for row in rows:
        if int(row["rentals"]) > limit:
            found.append(row["start"])
    return found


print("working hours above 600:", len(above(working, 600)))
print("free hours above 600:   ", len(above(free, 600)))
print("really:                 ", sum(int(row["rentals"]) > 600 for row in free))

# %% [markdown]
# There is no free hour above 600. A default is made *once*, when Python reads the `def`, and every call without that argument gets the same list: section 1 again, two names for one object. The usual repair is a default of `None`, and inside, `x if condition else y`, which chooses one of two values. (The comment with `noqa` asks the linter, a program that finds such lines, to keep quiet for once.)


# %%
def above(rows, limit, found=None):
    found = [] if found is None else found
    for row in rows:
        if int(row["rentals"]) > limit:
            found.append(row["start"])
    return found


print("working:", len(above(working, 600)), "free:", len(above(free, 600)))

# %% [markdown]
# Last, errors that *do* occur. In a copy of the data, line 5,000 of the file reads `n/a`. This function catches everything that goes wrong and continues. It is called twice, the second time with a typing error. What would you want to be told?

# %%
faulty = [dict(row) for row in rows]  # a copy of each row: the data stay intact
faulty[4998]["rentals"] = "n/a"  # the header is line 1, so rows[0] is line 2


def read_carelessly(rows, column):
    counts = []
    for row in rows:
        try:
            counts.append(int(row[column]))
        except:  # noqa: E722
            continue
    return counts


print(f"{len(read_carelessly(faulty, 'rentals')):,} of {len(faulty):,} counts")
print(f"{len(read_carelessly(faulty, 'rental')):,} of {len(faulty):,} counts")

# %% [markdown]
# One count vanished, then all of them, and both times in silence. A bare `except` also catches the errors that you made yourself. So name the error that you expect, keep the block under `try` small, and `raise` what you cannot repair, with the place. `from None` leaves out the story of the first error.


# %%
def read_counts(rows: list[dict[str, str]], column: str) -> list[int]:
    """Return a column as integers. Raises ValueError with the line of the file that is not one."""
    counts = []
    for line, row in enumerate(rows, start=2):
        try:
            counts.append(int(row[column]))
        except ValueError:
            raise ValueError(f"line {line}: {column} is {row[column]!r}") from None
    return counts


for column in ("rentals", "rental"):
    try:
        read_counts(faulty, column)
    except (ValueError, KeyError) as error:
        print(f"{type(error).__name__}: {error}")

# %% [markdown]
# The first message sends somebody to the right line of the right file. The second, which we did not catch inside, names the misspelled column. An error that stops you costs less than a wrong number.
#
# ## 7. A notebook has a memory
#
# Cells share one memory, and it knows only what was run, not what stands on the page. Here are three tiny cells as texts (`;` parts statements); `exec` runs them in a memory of their own, a dictionary. The total of 10, 20 and 30 should be 60. What happens if you run the second cell twice? And if you delete the first after it has run, then run the others: today, and tomorrow, when the memory is empty?

# %%
cells = ["rides = [10, 20, 30]; total = 0", "for count in rides: total += count", "answer = total"]


def run(order, memory):
    for number in order:
        exec(cells[number - 1], memory)
    return memory["answer"]


today = {}
print("cells 1, 2, 3:              ", run([1, 2, 3], today))
print("cell 1 deleted, then 2, 3:  ", run([2, 3], today))
print("a new day, cells 1, 2, 2, 3:", run([1, 2, 2, 3], {}))
try:
    run([2, 3], {})
except NameError as error:
    print("a new day, cells 2, 3:      ", error)

# %% [markdown]
# Running the second cell once more doubles the total. Without cell 1 the others still run today, and are wrong, from a memory that no page shows; tomorrow they fail. Before you believe a result, or show it to anybody: *Kernel → Restart Kernel and Run All Cells*.
#
# Code that you use twice belongs into a **module**, a file that ends in `.py`: `import csv` loads one, `from pathlib import Path` takes one name out of it. A file that you run, with `python report.py`, is a *script*; it always begins with an empty memory. What you `import` beyond Python's own library lies in a **virtual environment**, a folder with one project's packages in the versions that it needs.

# %% [markdown]
# ## 8. The answer
#
# No drawing library is needed for a chart that decides something: one `#` for ten rentals, 24 lines. Look for the three longest neighbors.

# %%
for hour in range(24):
    print(f"{hour:02d}:00 {means[hour]:6.1f} {'#' * round(means[hour] / 10)}")

evening = sum(means[hour] for hour in (16, 17, 18))
print(f"16:00 to 19:00: {evening:,.0f} of {sum(means.values()):,.0f} rentals of a working day")

# %% [markdown]
# A row named 16:00 counts the rentals from 16:00 until 17:00. So the van drives from **16:00 to 19:00**, when 33 of every 100 rentals of a working day begin. What this does not show: where the bikes are, and whether they break when they are rented. Rentals stand in here for repairs, which nobody has counted.
#
# Hand the result on as a file. Writing is reading in reverse: mode `"w"`, a header, a row for each hour (`tempfile` lends a folder that vanishes afterwards; `/` joins it with a file name). What type do the means have when they come back?

# %%
with tempfile.TemporaryDirectory() as folder:
    report = Path(folder) / "means.csv"
    with report.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["hour", "rentals"])
        writer.writerows([hour, round(value, 1)] for hour, value in means.items())
    with report.open(encoding="utf-8", newline="") as file:
        restored = list(csv.DictReader(file))
print(len(restored), "rows, for example", restored[17])

# %% [markdown]
# Text again: whoever reads your file begins at section 2.

# %% [markdown]
# ## In practice
#
# - **Convert at the border.** One function reads the file and gives back numbers, or an error that names the line. Nothing behind it handles text.
# - **Catch by name.** `except ValueError`, around as few lines as possible. A bare `except` does not pass a review.
# - **Annotate every function that others call**, and let tools settle style: a formatter and a linter (this course uses `ruff`) find the two lines that we had to silence above.
# - **Whatever you use twice moves to a module**, where it can be tested. Notebooks are for looking.
# - Lesson 05 does the work of sections 3 to 5 in one line, a `groupby`. You will know what it does.

# %% [markdown]
# ## Check yourself
#
# **1.** `a = [1]`, then `b = a`, then `a = a + [2]`. What is `b`?
# - **a)** `[1, 2]`
# - **b)** `[1]`
# - **c)** `[2]`
# - **d)** an error
#
# <details><summary>Answer</summary>
#
# **b.** `a + [2]` makes a new list, and only the name `a` moves to it. *a* believes that two names stay linked; `a.append(2)` would have done that, since it changes the object. *c* believes that `+` replaces; it joins. *d* believes that a name can be used once; it can be tied to another object at any time.
# </details>
#
# **2.** What is `bool("False")`?
# - **a)** `False`
# - **b)** a `ValueError`
# - **c)** `None`
# - **d)** `True`
#
# <details><summary>Answer</summary>
#
# **d.** Text is true unless it is empty. *a* reads the word; `bool` asks only for emptiness. *b* is what `int("False")` does; `bool` accepts every object. *c* mixes truth and absence: `bool` always gives `True` or `False`.
# </details>
#
# **3.** The function `f` prints its result and has no `return`. What is `x` after `x = f()`?
# - **a)** `None`
# - **b)** the value that was printed
# - **c)** the printed text, as a `str`
# - **d)** undefined: using it raises a `NameError`
#
# <details><summary>Answer</summary>
#
# **a.** Without `return`, a call gives `None`. *b* takes printing for returning. *c* believes that output is captured; it goes to the screen and is gone. *d* believes that there was no assignment; there was, of `None`.
# </details>

# %% [markdown]
# ## In short
#
# - Assignment ties a name to an object and never copies. `append` changes the object, for all its names.
# - A file holds text. `"9" > "10"`, and `"False"` is true: convert first, and let `int` refuse.
# - List `[]`: order. Dictionary `{key: value}`: look-up. Set `{value}`: which ones occur (`{}` alone is an empty dictionary). Tuple `()`: a fixed record. Comprehensions fill the first three.
# - A function returns; printing is for people. A default value is made once, so it must not be a list.
# - Catch errors by name, raise them with the line. Restart and run all before you believe a notebook.
#
# ## Next
#
# [Open the exercises](../../work/01_fundamentals/01_python_essentials.ipynb): read durations, sort readings from rubbish, price a ride, find the rush days, read a settings file. Then lesson 02 counts what lists, dictionaries and sets cost, and lesson 03 builds types of your own.

# %% tags=["claims"]
assert len(rows) == 17_544 and rows[0] == by_hand and len(by_hand) == 10
assert all(type(value) is str for value in rows[0].values())
assert (a, b, c) == ([0, 1, 2, 3], [0, 1, 2, 3, 4], [0, 1, 2, 3])
assert names_after(statements) == {"a": [9, 1, 2, 3], "b": [0, 1, 2, 3, 4], "c": [0, 1, 2, 3]}
assert (0.1 + 0.2, round(2.5), 7 // -2, bool("False")) == (0.30000000000000004, 2, -4, True)
assert len(working) == 12_120 == len(days) * 24 and len(careless) == 17_544
assert {count for count in counts.values()} == {505} and set(Counter(hour_of(row) for row in rows).values()) == {731}
assert sorted({row["holiday"] for row in rows})[0] == "" and len({row["holiday"] for row in rows}) == 10
assert {rows[i]["start"][:10] for i in range(1, len(rows)) if (hour_of(rows[i]) - hour_of(rows[i - 1])) % 24 != 1} == {
    "2023-03-26", "2023-10-29", "2024-03-31", "2024-10-27",
}  # fmt: skip
assert 0.33 < parts["evening"] / sum(parts.values()) < 1 / 3
assert [round(means[hour], 1) for hour in busiest[:4]] == [402.4, 360.0, 319.8, 279.9]
assert busiest[:4] == [17, 18, 16, 8] and wrong[:4] == [17, 18, 16, 15]
assert round(means[17] - mixed[17]) == 55
assert at_work == means and tally == sums and tops == [{16, 17, 18}, {14, 15, 16}]
assert f"{mean(rentals):.2f}" == f"{statistics.mean(rentals):.2f}"
assert result is None
assert max(row["rentals"] for row in rows) == "99" and max(int(row["rentals"]) for row in rows) == 769
assert max(rows, key=lambda row: row["rentals"])["start"] == "2023-01-07T13:00:00+01:00"
assert max(rows, key=lambda row: int(row["rentals"]))["start"] == "2024-08-20T17:00:00+02:00"
assert [len(above(part, 600)) for part in (working, free)] == [65, 0]
assert len(read_carelessly(faulty, "rentals")) == 17_543 and rows[4998]["rentals"] != "n/a"
assert (run([1, 2, 3], {}), run([1, 2, 2, 3], {})) == (60, 120)
assert round(evening / sum(means.values()), 2) == 0.33 and busiest[:3] == [17, 18, 16]
assert restored[17] == {"hour": "17", "rentals": "402.4"}
