# /// lesson
# minutes = 50
# exercise_minutes = 85
# needs = ["01_fundamentals/05_pandas_tables"]
# seconds = 30
# memory_mb = 550
# ///

# %% [markdown]
# # Draw charts that tell the truth
#
# **Why.** In the annual report of a bike company, the bar for 2024 is five times as tall as the bar for 2023. Rentals grew by a fifth. No number in the chart is wrong. How is such a chart made, how do you notice, and how do you draw the honest one?
#
# **You will**
# - build a figure from `Figure` and `Axes`, and ask a finished one what it shows,
# - choose a chart from the question and the kinds of variables,
# - show a distribution, and the uncertainty of a mean, without confusing the two,
# - measure how much a chart distorts,
# - make a chart readable in gray and for color-blind readers.
#
# **You need** lesson 05. 50 minutes, and 85 for the exercises.

# %%
import io
import warnings

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import plotly.express as px
import seaborn as sns
from skimage.color import rgb2lab

from handrail.kit import data
from handrail.kit.charts import DEUTERANOPE, delta_e, delta_e_deuteranope, deuteranope

plt.style.use("handrail.kit.course")

# %% [markdown]
# Here is the chart of the report. The city is invented: `city_bikes` holds two years, hour by hour, from a documented random process. Before you read the axis, say how much larger 2024 looks. Then read the axis.

# %%
hours = data.hours()
yearly = hours.groupby(hours["start"].dt.year)["rentals"].sum()
print(yearly.to_string())

figure, ax = plt.subplots(figsize=(4.2, 3.6))
bars = ax.bar(["2023", "2024"], yearly, width=0.6)
ax.set_ylim(1_000_000, 1_300_000)
ax.yaxis.set_major_formatter("{x:,.0f}")
ax.set_title("A record year!")
ax.set_ylabel("rentals per year")
plt.show()

# %% [markdown]
# We come back to it in section 7, with a number for the damage.
#
# ## 1. Look before you compute
#
# In 1973 Francis Anscombe typed eleven points, and then eleven others with the same mean, the same variance (the standard deviation squared) and the same correlation. Two of his four sets follow. The table of statistics comes first; imagine the points before you look at the second cell.

# %%
x = np.array([10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5])
first = np.array([8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68])
second = np.array([9.14, 8.14, 8.74, 8.77, 9.26, 8.10, 6.13, 3.10, 9.13, 7.26, 4.74])

for y in (first, second):
    correlation = np.corrcoef(x, y)[0, 1]
    print(f"mean {y.mean():.2f}, standard deviation {y.std(ddof=1):.2f}, correlation {correlation:.3f}")

# %% [markdown]
# Equal to the second digit. A program that only compares statistics would call them copies of one another. Look for what the four numbers above cannot say.

# %%
figure, axes = plt.subplots(1, 2, figsize=(7.5, 3.2), sharex=True, sharey=True)
figure.suptitle("Same mean, same spread, same correlation", x=0.01, ha="left", weight="bold")
for ax, y, name in zip(axes, (first, second), ("a line, with noise", "a curve, without"), strict=True):
    ax.plot(x, y, "o")
    ax.set_title(name, weight="normal", size=10.5)
    ax.set_xlabel("x")
axes[0].set_ylabel("y")
plt.show()

# %% [markdown]
# The correlation answers "how well does a straight line fit?", and gives 0.816 to a line with noise and to a smooth curve for which a line is the wrong question. A summary tells you what you asked; a picture can tell you what to ask.
#
# ## 2. Figure and Axes
#
# A **Figure** is the sheet of paper. An **Axes** is one panel on it, with its own x and y. All that is drawn is an **artist**: a bar, a line, a text. You make them with methods of the `Axes`, and you can ask them what they show. See what the chart of the report says when it is asked. (Our style sets titles at the left; `get_title()` alone asks for the centered one.)

# %%
panel = bars[0].axes
print("title:", panel.get_title(loc="left"), "| limits of y:", [float(end) for end in panel.get_ylim()])
for bar in bars:
    print(f"bar at {bar.get_x() + bar.get_width() / 2:.0f}, height {bar.get_height():,.0f}")

# %% [markdown]
# The numbers are all there, and so is the trick: the limits. A program can therefore *audit* a chart, and in the exercises you write one that does.
#
# `plt.subplots()` returns figure and panel, which you keep by name. Functions such as `plt.bar` also exist; they draw on whatever panel was used last, so they break when two charts are made in one program. An honest small chart needs a panel, marks, labels **with units**, and a title that says what to see.

# %%
by_hour = hours[hours["working_day"]].groupby(hours["start"].dt.hour)["rentals"].mean()

figure, ax = plt.subplots(figsize=(7, 3))
ax.plot(by_hour.index, by_hour)
ax.set(xlabel="hour of the day", ylabel="rentals per hour", xticks=range(0, 24, 3))
ax.set_title("Working days have two peaks, at 8:00 and 17:00")
plt.show()

# %% [markdown]
# A figure leaves the notebook as a file. **PNG** stores pixels: `figsize` (inches) times `dpi` gives their number, and enlarging blurs them. **SVG** (and PDF) stores the shapes and stays sharp at any size. Which pixels does the next cell print, and why?

# %%
picture, drawing = io.BytesIO(), io.BytesIO()  # files in memory
figure.savefig(picture, format="png", dpi=200)
figure.savefig(drawing, format="svg")

picture.seek(0)
print("PNG: rows, columns, channels:", plt.imread(picture).shape)
print("SVG: a text that begins with", drawing.getvalue()[:19])

# %% [markdown]
# 7 × 3 inches at 200 dots per inch; the channels are red, green, blue and opacity. For print ask for 300, or for SVG.
#
# ## 3. Choose the chart
#
# Begin with the question, then look at what kinds of variables it joins.
#
# | question | variables | chart | a common bad choice |
# |---|---|---|---|
# | compare | categories, one number each | sorted bars or dots | a pie, a legend of ten colors |
# | distribute | one number | histogram, distribution function | a bar for the mean |
# | relate | two numbers | scatter; hexagons if there are many | two y-axes |
# | evolve | a number in time | line | bars from a cut axis |
# | compose | parts of a whole | stacked bars, few parts | 3-D pie |
# | relate | two categories, one number | heat map | 24 lines in one panel |

# %% [markdown]
# Five districts, one number each. Which one is the largest? Answer from the pie first.

# %%
stations, rentals = data.stations(), data.rentals()
rentals = rentals.merge(stations[["station_id", "district", "docks"]], on="station_id", validate="m:1")
rentals["total"] = rentals["member"] + rentals["casual"]
districts = rentals.groupby("district")["total"].sum()

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.2), width_ratios=[1, 1.4])
left.pie(districts, labels=districts.index, colors=sns.color_palette())
left.set_title("Angles: which is the largest?")
ordered = districts.sort_values()
right.plot(ordered / 1000, ordered.index, "o", markersize=9)
right.set(xlim=(0, 620), xlabel="rentals in two years, thousands")
right.set_title("Places on a scale: now it can be read")
right.grid(axis="x")
plt.show()
print((districts.sort_values(ascending=False) / districts.sum()).map("{:.1%}".format).to_string())

# %% [markdown]
# We compare positions on a common scale well, lengths nearly as well, angles and areas badly (Cleveland and McGill measured it in 1984). Dots may start anywhere, but here they start at 0 as well.
#
# Next, two numbers: temperature and rentals of 17,544 hours. On a panel of 500 by 300 pixels, a dot of 5 pixels has 100 by 60 places to be. How many of them are taken? (The hexagons' colors go up by factors, not by steps: section 6.)

# %%
warm, many = hours["temperature_c"], hours["rentals"]
counts, _, _ = np.histogram2d(warm, many, bins=(100, 60))
places = int((counts > 0).sum())
print(
    f"{len(hours):,} dots on {places:,} places: {1 - places / len(hours):.0%} lie on another; at most {counts.max():.0f}"
)

figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.6), sharey=True)
left.plot(warm, many, "o", markersize=4)
left.set_title("Dots hide dots")
left.set(xlabel="temperature in °C", ylabel="rentals per hour")
hexagons = right.hexbin(warm, many, gridsize=40, mincnt=1, bins="log")
right.set_title("Hexagons count them")
right.set(xlabel="temperature in °C")
figure.colorbar(hexagons, label="hours (logarithmic)")
plt.show()

# %% [markdown]
# The scatter shows an outline: where dots *can* be. The hexagons show where they *are*: three of four hours have fewer than 200 rentals, and the bright ridge at the bottom, the nights, is invisible among the dots.
#
# For two categories and a number, color a table. Find the three bright patches, and say what people do there.

# %%
week = hours.pivot_table(index=hours["start"].dt.hour, columns=hours["start"].dt.day_of_week, values="rentals")

figure, ax = plt.subplots(figsize=(6, 4.4))
image = ax.imshow(week, aspect="auto", origin="lower")
ax.set_title("Commuters on five days, trips on two")
ax.set_xticks(range(7), ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
ax.set(yticks=range(0, 24, 3), ylabel="hour of the day")
ax.grid(visible=False)
figure.colorbar(image, label="mean rentals per hour")
plt.show()
print(f"17:00 Wednesday {week.loc[17, 2]:.0f}, Saturday {week.loc[17, 5]:.0f}; 14:00 Saturday {week.loc[14, 5]:.0f}")

# %% [markdown]
# ## 4. Predict before you run: how many bins?
#
# A histogram cuts the numbers into bins and counts. All four below show the same data: rentals between 8:00 and 9:00 on the 428 mornings from April to October, in 2, 10, 40 and 200 bins. The code also counts inner peaks, bins higher than both neighbors. Which of the four shows the truth? Decide before you run.

# %%
is_morning = (hours["start"].dt.hour == 8) & hours["start"].dt.month.between(4, 10)
mornings = hours.loc[is_morning, "rentals"].to_numpy()


def inner_peaks(counts: np.ndarray) -> int:
    """Return how many bins, the first and last apart, are higher than both of their neighbors."""
    return int(((counts[1:-1] > counts[:-2]) & (counts[1:-1] > counts[2:])).sum())


figure, axes = plt.subplots(1, 4, figsize=(11, 2.8), sharex=True)
figure.suptitle("One set of numbers, four stories", x=0.01, ha="left", weight="bold")
peaks = []
for ax, bins in zip(axes, (2, 10, 40, 200), strict=True):
    counts, _, _ = ax.hist(mornings, bins=bins, edgecolor="none")
    peaks.append(inner_peaks(counts))
    ax.set_title(f"{bins} bins: {peaks[-1]} inner peaks", weight="normal", size=10.5)
    ax.set_xlabel("rentals from 8 to 9")
axes[0].set_ylabel("mornings")
plt.show()

# %% [markdown]
# The tempting answer is 200 bins, the most detailed. But its peaks are chance: bins with two or three mornings go up and down by themselves, and two other years would put the peaks elsewhere. 2 bins hide that there are two kinds of mornings. 10 bins show both humps, free days and working days, and little else. Exercise 4 has a rule, which says 9 here; no rule knows your question.
#
# Move the slider, and watch peaks appear that nothing has caused.

# %% tags=["widget"]
from ipywidgets import IntSlider, interact


@interact(bins=IntSlider(value=10, min=2, max=200, continuous_update=False))
def histogram(bins):
    _, ax = plt.subplots(figsize=(7, 3))
    counts, _, _ = ax.hist(mornings, bins=bins, edgecolor="none")
    ax.set_title(f"{bins} bins, {inner_peaks(counts)} inner peaks")
    ax.set(xlabel="rentals from 8 to 9", ylabel="mornings")
    plt.show()


# %% [markdown]
# One picture of a distribution has nothing to choose. The **empirical distribution function** says for each value which share of the data lies at or below it. By hand: sort, then climb by 1/n at each value. `Axes.ecdf` does that. Read off the median at height 0.5, and find the two humps.

# %%
ordered = np.sort(mornings)
climbed = np.arange(1, len(mornings) + 1) / len(mornings)

figure, ax = plt.subplots(figsize=(7, 3.2))
line = ax.ecdf(mornings)
x_drawn, y_drawn = line.get_data()
median = np.median(mornings)
ax.plot([0, median, median], [0.5, 0.5, 0], color="C5", linewidth=1)
label = f"half of the mornings have\nat most {median:.0f} rentals"
ax.annotate(label, (median, 0.25), xytext=(8, 0), textcoords="offset points")
ax.set(xlabel="rentals from 8 to 9", ylabel="share of the mornings", xlim=(0, 650))
ax.set_title("Steep where mornings are many, flat where they are few")
plt.show()

# %%
print("by hand is what was drawn:", np.array_equal(x_drawn[1:], ordered), np.allclose(y_drawn[1:], climbed))

# %% [markdown]
# A **box plot** compresses a distribution to five numbers: the quartiles, with a quarter and three quarters of the data below them, make the box, the median cuts it, and whiskers reach to the last value within 1.5 box lengths. By hand first; watch the share in the last line.

# %%
low, middle, high = np.percentile(mornings, [25, 50, 75])
reach = 1.5 * (high - low)
whiskers = mornings[mornings >= low - reach].min(), mornings[mornings <= high + reach].max()
gap = ((mornings > 150) & (mornings < 250)).mean()
print("quartiles", low, middle, high, "| whiskers", *map(int, whiskers))
print(f"mornings between 150 and 250: {gap:.0%}")

# %% [markdown]
# Only 7 % of the mornings have between 150 and 250 rentals, and that is the middle of the box. Three of the next pictures come from seaborn (`sns`), a library on top of Matplotlib; a strip has a dot for each value, a violin a smoothed outline. Which of the four would have told you?

# %%
figure, axes = plt.subplots(1, 4, figsize=(10, 3.6), sharey=True)
figure.suptitle("Five numbers cannot show two humps", x=0.01, ha="left", weight="bold")
axes[0].plot([-1, 1, 1, -1, -1], [low, low, high, high, low], [-1, 1], [middle, middle], color="C0")
for end, start in zip(whiskers, (low, high), strict=True):
    axes[0].plot([0, 0], [start, end], color="C0")
with warnings.catch_warnings():  # seaborn 0.13 calls Matplotlib in an older way
    warnings.simplefilter("ignore")
    sns.boxplot(y=mornings, ax=axes[1], fill=False, fliersize=1)
    sns.violinplot(y=mornings, ax=axes[3], inner=None, cut=0, bw_adjust=0.6)
sns.stripplot(y=mornings, ax=axes[2], size=3)
for ax, name in zip(axes, ("a box from lines", "boxplot", "stripplot", "violinplot"), strict=True):
    ax.set_title(name, weight="normal", size=10.5)
    ax.set_xticks([])
axes[0].set(ylabel="rentals from 8 to 9", xlim=(-3, 3))
plt.show()

# %%
whisker_tops = [line.get_ydata().max() for line in axes[1].lines if len(line.get_ydata()) == 2]
print("the same upper whisker:", whiskers[1] == max(whisker_tops))

# %% [markdown]
# Strip and violin would. (The violin smooths, which is a choice like that of bins.) Boxes are for comparing many groups of one hump each; for one distribution, draw the distribution.
#
# ## 5. Spread is not uncertainty
#
# At 17:00 on working days, how many bikes are rented? Two different intervals belong to that question. One says where *days* lie. The other says how well we know the *mean* of the days, and shrinks as days are added (lessons 12 and 13 explain its formula). By how much do they differ?

# %%
rush = hours.loc[hours["working_day"] & (hours["start"].dt.hour == 17), "rentals"]
margin = 1.96 * rush.std() / np.sqrt(len(rush))
lower, upper = rush.quantile([0.05, 0.95])
print(f"{len(rush)} days, mean {rush.mean():.1f}")
print(f"the mean is known to about ± {margin:.1f} (95 % confidence)")
print(f"90 % of the days lie between {lower:.0f} and {upper:.0f}")

# %% [markdown]
# Whoever orders bikes for one day needs the second interval; it is 18 times as wide. seaborn's `lineplot` groups equal x, draws the mean, and shades the *first* by default. (It finds it by resampling, which is slow; lesson 13 explains how. `"ci"` is this confidence interval, `"pi"` holds that percentage of the data.) Look at both bands for the same means.

# %%
working = hours[hours["working_day"]].assign(hour=lambda t: t["start"].dt.hour)
figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.4), sharey=True)
choices = {"where the mean lies (95 %)": ("ci", 95), "where 90 % of the days lie": ("pi", 90)}
for ax, (name, errorbar) in zip(axes, choices.items(), strict=True):
    sns.lineplot(working, x="hour", y="rentals", errorbar=errorbar, n_boot=200, seed=7, ax=ax)
    ax.set_title(f"Band: {name}")
    ax.set(xlabel="hour of the day", ylabel="rentals per hour", xticks=range(0, 24, 3))
plt.show()

# %% [markdown]
# Both are correct, and a reader cannot tell which one a chart shows. So **say in the title or caption what a band or an error bar means.** A mean with "±" and no word is a number without a unit.
#
# ## 6. A grammar of charts
#
# seaborn takes a **long table**, one row per observation, and a sentence: which column is x, which is y, which one splits the panels. `relplot` draws relations, `displot` distributions, `catplot` categories. First the table: rentals by district, kind of day and hour, per 100 docks, as districts differ in size.

# %%
local = rentals["time"].dt.tz_convert("Europe/Berlin").dt
free = local.day_of_week >= 5
daily = rentals.assign(hour=local.hour, day=np.where(free, "weekend", "Monday to Friday"))
profile = daily.groupby(["district", "day", "hour"], as_index=False)[["total", "docks"]].sum()
profile["per 100 docks"] = 100 * profile["total"] / profile["docks"]
print(profile.head(3).round(1).to_string(index=False))

# %% [markdown]
# Now the sentence: hour to the right, rentals up, one line for each kind of day, one panel for each district: **small multiples**, the same panel repeated with shared axes. (`**looks` passes a dictionary as named arguments.) Which district has another rhythm?

# %%
looks = {"kind": "line", "height": 2.7, "aspect": 0.85, "legend": False}
with mpl.rc_context({"figure.constrained_layout.use": False}):  # seaborn arranges its panels itself
    grid = sns.relplot(profile, x="hour", y="per 100 docks", hue="day", col="district", **looks)
grid.set_titles("{col_name}")
grid.set(xlabel="hour", ylabel="rentals per 100 docks", xticks=range(0, 24, 6))
grid.axes.flat[0].text(7.5, 84, "Mon to Fri", color="C0", size=9)
grid.axes.flat[2].text(9, 92, "weekend", color="C1", size=9)
grid.figure.suptitle("Only in the park do weekends match the rush hour", x=0.01, y=1.06, ha="left", weight="bold")
plt.show()

# %% [markdown]
# Five panels with one scale need no legend of ten colors, and the eye compares shapes. In exercise 3 you build such a grid by hand.
#
# A scale is a choice too. `gapminder` is real data that comes with plotly: income and life expectancy of 142 countries in 2007. On a **logarithmic axis** equal steps are equal *factors*: 1,000 to 2,000 dollars is as far as 10,000 to 20,000. See what that does to the cloud, and to the correlation.

# %%
world = px.data.gapminder().query("year == 2007")
income, life = world["gdpPercap"], world["lifeExp"]
straight = np.corrcoef(income, life)[0, 1]
by_factors = np.corrcoef(np.log10(income), life)[0, 1]

figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
for ax, scale, r in zip(axes, ("linear", "log"), (straight, by_factors), strict=True):
    ax.plot(income, life, "o", markersize=4, alpha=0.7)
    ax.set_xscale(scale)
    ax.set_title(f"{scale} axis: correlation {r:.3f}")
    ax.set_xlabel("income per person, dollars a year")
axes[0].set_ylabel("life expectancy, years")
plt.show()

# %% [markdown]
# A log axis is honest when the question is about factors ("what does doubling the income go with?"), the values are positive, and the axis says so. It is never honest for bars: a logarithm has no zero for them to stand on.
#
# ## 7. How it fails
#
# **A cut axis.** Edward Tufte's *lie factor* divides the change that is drawn by the change that is true. A change is a ratio minus 1. The drawn ratio compares what stands above the lower limit of the axis.

# %%
floor = 1_000_000
true_ratio = yearly[2024] / yearly[2023]
drawn_ratio = (yearly[2024] - floor) / (yearly[2023] - floor)
lie = (drawn_ratio - 1) / (true_ratio - 1)
print(f"drawn ratio {drawn_ratio:.2f}, true ratio {true_ratio:.2f}, lie factor {lie:.0f}")

# %% [markdown]
# Two repairs. Bars speak by their length, so their axis starts at zero. If the change itself is the message, show it with marks that speak by place, such as dots or a line; then the axis may be cut, and says where. (`"MS"` groups by month.)

# %%
monthly = hours.set_index("start")["rentals"].resample("MS").sum()
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), width_ratios=[1, 2])
shown = left.bar(["2023", "2024"], yearly / 1e6, width=0.6)
left.bar_label(shown, fmt="{:.2f}")
left.set(ylabel="rentals, millions")
left.set_title("A fifth more")
for year, color in ((2023, "C6"), (2024, "C0")):
    part = monthly[monthly.index.year == year] / 1000
    right.plot(part.index.month, part.to_numpy(), "o-", color=color)
    right.text(12.2, part.iloc[-1], str(year), color=color, va="center")
right.set(xlabel="month", ylabel="rentals, thousands", xticks=range(1, 13), xlim=(0.5, 13.2))
right.set_title("Every month grew")
plt.show()

# %% [markdown]
# **Two y-axes.** Temperature and rentals, month by month. Whoever sets the second scale decides what the reader sees: in the left panel they walk hand in hand, in the right one rentals hardly care. All numbers are the same. First the function that draws them; `twinx` makes the second axis:

# %%
temperature = hours.set_index("start")["temperature_c"].resample("MS").mean()
per_hour = hours.set_index("start")["rentals"].resample("MS").mean()


def two_axes(ax: plt.Axes, top: float) -> None:
    """Draw monthly rentals and, on a second axis, temperature; `top` ends the scale of the rentals."""
    other = ax.twinx()
    ax.plot(range(24), per_hour, color="C0")
    other.plot(range(24), temperature, color="C5")
    ax.set(ylim=(0, top), xlabel="months since January 2023")
    ax.set_ylabel("rentals per hour", color="C0")
    other.set(ylim=(-5, 25))
    other.set_ylabel("temperature in °C", color="C5")
    other.grid(visible=False)


# %% [markdown]
# Compare the scales on the left of both panels, then the stories.

# %%
figure, axes = plt.subplots(1, 2, figsize=(10, 3.2))
for ax, top, name in zip(axes, (260, 1200), ("Hand in hand", "Unmoved"), strict=True):
    two_axes(ax, top)
    ax.set_title(name)
plt.show()

# %% [markdown]
# Move the end of that scale yourself. Where would you stop to show that weather does not matter?

# %% tags=["widget"]
from ipywidgets import FloatSlider, interact


@interact(top=FloatSlider(value=260, min=200, max=2000, step=20, continuous_update=False))
def second_scale(top):
    _, ax = plt.subplots(figsize=(6, 3.2))
    two_axes(ax, top)
    plt.show()


# %% [markdown]
# Draw two panels above one another, with the months shared, or the scatter of one against the other: if the claim is "they go together", show that.
#
# **A rainbow.** A color map should turn growing numbers into growing *lightness*, as the eye and every gray print expect. The next cell draws the lightness (L\* of the CIE, the International Commission on Illumination; 0 black to 100 white) of four maps and counts how often it turns around.

# %%
names = ["jet", "hsv", "viridis", "cividis"]
turns = {}
figure, axes = plt.subplots(1, 4, figsize=(10.5, 2.7), sharey=True)
figure.suptitle("A rainbow gets lighter and darker on the way", x=0.01, ha="left", weight="bold")
for ax, name in zip(axes, names, strict=True):
    colors = mpl.colormaps[name](np.linspace(0, 1, 256))[:, :3]
    lightness = rgb2lab(colors)[:, 0]
    way = np.sign(np.diff(lightness.round(6)))
    turns[name] = int((np.diff(way[way != 0]) != 0).sum())
    ax.scatter(range(256), lightness, c=colors, s=14)
    ax.set_title(f"{name}: turns {turns[name]} times", weight="normal", size=10.5)
    ax.set(xlabel="value, 0 to 255", ylim=(0, 105))
axes[0].set_ylabel("lightness L*")
plt.show()

# %% [markdown]
# Each turn draws an edge where the data has none, and in gray two different numbers become one. `viridis` and `cividis` never turn; the course uses `cividis`.
#
# **Red and green.** One man in twelve confuses some of them. To see a chart as a *deuteranope* does, a person without green-sensitive cones (color cells of the eye), mix the three color channels by a 3 × 3 matrix (Machado and colleagues, 2009; lesson 10 is about such matrices). Screens store the square root of light, roughly, so the mixing happens after undoing that.

# %%
pairs = {"red and green of Matplotlib": ("#d62728", "#2ca02c"), "blue and orange of Matplotlib": ("#1f77b4", "#ff7f0e")}
one = np.array(mpl.colors.to_rgb("#d62728"))
light = np.where(one <= 0.04045, one / 12.92, ((one + 0.055) / 1.055) ** 2.4)
seen = np.clip(DEUTERANOPE @ light, 0, 1)
seen = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
print("red, mixed by hand:", seen.round(3), "same as the kit's:", np.allclose(seen, deuteranope(one)))

distances = {name: (delta_e(*pair), delta_e_deuteranope(*pair)) for name, pair in pairs.items()}
for name, (usual, without_green) in distances.items():
    print(f"{name:30} {usual:.1f} apart, for a deuteranope {without_green:.1f}")

# %% [markdown]
# The distance is ΔE (CIEDE2000): about 1 is just noticeable, 100 is black against white. Here are both pairs as two readers see them.

# %%
figure, axes = plt.subplots(2, 1, figsize=(6.5, 2.4))
figure.suptitle("Red and green become one color, blue and orange stay two", x=0.01, ha="left", weight="bold")
swatches = np.array([mpl.colors.to_rgb(color) for pair in pairs.values() for color in pair])
for ax, colors, reader in zip(axes, (swatches, deuteranope(swatches)), ("three cones", "deuteranope"), strict=True):
    ax.imshow(colors[None], aspect="auto")
    ax.axvline(1.5, color="white", linewidth=12)
    ax.set(xticks=[], yticks=[0], yticklabels=[reader])
    ax.grid(visible=False)
plt.show()

# %% [markdown]
# Never let color alone carry the message: label the lines directly, use different lightness or markers, and print the page in gray once.
#
# ## 8. One chart for the board
#
# Where do the rentals come from? Left, what the library draws if nobody decides anything. Right, five decisions, one line each: **sort**, **label directly**, **remove** what repeats the labels, **annotate** what matters, and a **title that is a sentence**.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 3.4))
districts.plot.bar(ax=left, title="total by district")

order = districts.sort_values() / 1000  # 1 sort
colors = ["C6", "C6", "C6", "C0", "C0"]
shown = right.barh(order.index, order, color=colors, height=0.7)
right.bar_label(shown, fmt="{:.0f}", padding=4)  # 2 label directly
right.set(xlim=(0, 850))
right.set_axis_off()  # 3 remove, then put back the names alone
for place, name in enumerate(order.index):
    right.text(-8, place, name, ha="right", va="center")
share = order.iloc[-2:].sum() / order.sum()
right.annotate(f"{share:.0%} of all", (660, 3.5), va="center", color="C0", weight="bold")  # 4 annotate
right.set_title("Two of five districts bring half of the rentals\n(2023 and 2024, thousands)")  # 5 a sentence
plt.show()

# %% [markdown]
# ## In practice
#
# - **Write the title first**: the sentence you expect to be true. Then check whether the chart supports it. If it doesn't, you have learned something, and the title changes.
# - Every figure on a page gets an alternative text, for those who can't see it, that states its message; a chart for a decision carries the date and the source of its data.
# - Review figures like code: are the bars from zero, is every axis labeled with its unit, does it survive gray?
# - plotly's charts answer to the mouse, which is good for exploring; a report, a paper and a reviewer need the chart that stands still.
# - What else the numbers hide: `city_bikes` is generated, so nothing here says what real cities do.

# %% [markdown]
# ## Check yourself
#
# **1.** The shaded band of seaborn's `lineplot` shows, by default, …
# - **a)** where 95 % of the data lie
# - **b)** the range from smallest to largest
# - **c)** the uncertainty of the mean
# - **d)** the standard deviation
#
# <details><summary>Answer</summary>
#
# **c.** It narrows as data is added. *a* is what most readers take it for; ask for it with `errorbar=("pi", 95)`. *b* is `("pi", 100)`. *d* is `errorbar="sd"`, a measure of spread, as *a* is.
# </details>
#
# **2.** Ten categories, one number each. Best is …
# - **a)** a pie
# - **b)** sorted dots or bars
# - **c)** a line from category to category
# - **d)** a heat map
#
# <details><summary>Answer</summary>
#
# **b.** Places and lengths are compared well, and sorting answers "which is larger?" at once. *a*: angles are compared badly, ten of them hopelessly. *c*: a line says that the order means something and that there is a way between the categories. *d*: color is the least exact of all, and serves when there are two categories to cross.
# </details>
#
# **3.** Which axis may start at 1,000,000?
# - **a)** that of bars, if a note says so
# - **b)** that of a line of monthly rentals, if it is labeled
# - **c)** none
# - **d)** that of a stacked area
#
# <details><summary>Answer</summary>
#
# **b.** A line speaks by place and slope. *a*: the note is read after the bars, or not at all; the length has lied by then. *c* would flatten every temperature curve in kelvin. *d*: an area speaks by size, as a bar does.
# </details>

# %% [markdown]
# ## In short
#
# - A figure holds panels, a panel holds artists, and each can be asked what it shows.
# - The question and the kinds of variables choose the chart; places beat lengths, lengths beat angles.
# - A histogram has a choice in it, a distribution function has none.
# - Spread says where the data lie, uncertainty how well the mean is known. Name the one you draw.
# - Bars start at zero; lines need not. A chart's distortion is a number: the lie factor.
# - Lightness orders, color only names. Check both in gray, and for a deuteranope.
#
# ## Next
#
# [Open the exercises](../../work/01_fundamentals/07_visualisation.ipynb): sort bars, measure a lie, draw small multiples, choose bins, and write the audit. Then lesson 08 asks questions of millions of rows.

# %% tags=["claims"]
assert yearly.to_dict() == {2023: 1_050_030, 2024: 1_258_847}
for y in (first, second):
    assert (round(y.mean(), 2), round(y.std(ddof=1), 2), round(np.corrcoef(x, y)[0, 1], 3)) == (7.50, 2.03, 0.816)
assert by_hour.nlargest(1).index[0] == 17 and by_hour[:12].idxmax() == 8
assert plt.imread(io.BytesIO(picture.getvalue())).shape == (600, 1400, 4)
assert 570_000 < districts["harbor"] < districts["residential"] == districts.max() < 1.005 * districts["harbor"]
assert places / len(hours) < 0.15
assert [round(float(v)) for v in (week.loc[17, 2], week.loc[17, 5], week.loc[14, 5])] == [399, 220, 276]
assert (many < 200).mean() > 0.75
assert len(mornings) == 428 and peaks[:3] == [0, 2, 9] and peaks[3] == 47
assert len(np.histogram_bin_edges(mornings.astype(float), "fd")) - 1 == 9 and round(gap, 2) == 0.07
assert (low, middle, high) == (103, 302, 376.25)
best = profile.groupby(["district", "day"])["per 100 docks"].max().unstack()
weekend_share = best["weekend"] / best["Monday to Friday"]
assert weekend_share["park"] > 0.95 and weekend_share.drop("park").max() < 0.8
growth = monthly["2024"].to_numpy() / monthly["2023"].to_numpy()
assert growth.min() > 1
assert len(rush) == 505 and round(rush.mean(), 1) == 402.4 and round(margin, 1) == 13.3
assert (round(lower), round(upper)) == (165, 651) and 17 < (upper - lower) / (2 * margin) < 19
assert (len(world), round(straight, 3), round(by_factors, 3)) == (142, 0.679, 0.809)
assert (round(drawn_ratio, 2), round(true_ratio, 2), round(lie)) == (5.17, 1.20, 21)
assert turns["viridis"] == turns["cividis"] == 0 and turns["jet"] >= 2 and turns["hsv"] >= 4
usual, without_green = np.round(list(distances.values()), 1).T
assert usual.tolist() == [71.8, 52.4] and without_green.tolist() == [4.6, 60.3]
assert 0.49 < share < 0.51
