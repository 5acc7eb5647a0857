# /// lesson
# minutes = 60
# exercise_minutes = 102
# needs = ["01_fundamentals/13_hypothesis_tests", "02_machine_learning/05_pipelines_and_leakage"]
# seconds = 50
# memory_mb = 600
# ///

# %% [markdown]
# # Notice that a model is getting worse before the customers do
#
# **Why.** In July the churn model's scores look as they always did, and it has lost ten points of AUC. In April the tests of the dashboard reject with p < 10⁻⁷⁸, and nothing is wrong. The labels that would tell the two apart arrive two months late. What do you watch in the meantime, and when do you wake somebody?
#
# **You will**
# - count and time a service's requests, and read quantiles from buckets,
# - test one column, and all columns together, for drift,
# - tell data drift from concept drift and from a broken pipeline,
# - choose alert thresholds by their false alarms a year,
# - evaluate a model whose labels are late, and decide about retraining.
#
# **You need** lessons 1·13 (tests, many tests), 2·05 (pipelines), 4·14 (services) and 4·15 (versions of a model). 60 minutes, and 102 for the exercises.

# %%
import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import prometheus_client as prometheus
import yaml
from fastapi import FastAPI, HTTPException, Response
from fastapi.testclient import TestClient
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import chi2_contingency, ks_2samp, norm
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from handrail.kit.data import NUMERIC
from handrail.kit.drift import EVENTS, alarm_threshold, first_alarm, month, psi, quantile_from_buckets, reference

plt.style.use("handrail.kit.course")
prometheus.disable_created_metrics()  # or else every metric carries the time of its birth

# %% [markdown]
# ## 1. What to watch
#
# The customers are those of Tarn Mobile. They are generated, and so is the year after the launch: 5,000 customers a month, with four events planted in it. The model is the pipeline of phase 2. It learns from 5,000 older customers, and 5,000 more that it hasn't seen say how good it is.

# %%
TEXTS = ["contract", "plan", "payment", "region"]
FEATURES = [*NUMERIC, *TEXTS]
numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
prepare = make_column_transformer((numbers, NUMERIC), (OneHotEncoder(handle_unknown="ignore"), TEXTS))
model = make_pipeline(prepare, LogisticRegression(max_iter=1000))

before, unseen = reference(), reference(seed=17)
model.fit(before[FEATURES], before["churned"])


def score(table):
    return model.predict_proba(table[FEATURES])[:, 1]


auc_at_launch = roc_auc_score(unseen["churned"], score(unseen))
print(f"AUC {auc_at_launch:.2f}, mean score {score(unseen).mean():.3f}, left {unseen['churned'].mean():.3f}")

# %% [markdown]
# A model in production can be watched in four layers. The upper ones speak at once and say little about what you care about. The last one says everything, too late.
#
# | layer | you watch | it speaks | it means |
# | --- | --- | --- | --- |
# | service | rate, errors, latency, saturation | within seconds | somebody gets no answer |
# | data | missing values, ranges, distributions | within a day | the model reads something new |
# | predictions | mean score, share above the limit | within a day | the model says something new |
# | outcomes | AUC, calibration, money | after 60 days | the model is wrong |
#
# Here is the third layer: the mean score in each month. *Predict before you run the rest of the lesson*: in which months did the model do damage?

# %%
year = {number: month(number) for number in range(1, 13)}
scores = {number: score(table) for number, table in year.items()}
print("  ".join(f"{number}: {values.mean():.3f}" for number, values in scores.items()))

# %% [markdown]
# Months 4 and 9 stand out, so the tempting answer is "4 and 9". Half of it is wrong, and most of the damage is missing. Section 6 has the truth.
#
# ## 2. Metrics of the service
#
# Prometheus is the usual collector. Your service keeps numbers in memory and shows them as text at `/metrics`; the collector reads that page every 15 seconds. There are three kinds: a **counter** only grows, a **gauge** goes up and down, a **histogram** counts observations in buckets. A **label** splits a metric into several series.

# %%
registry = prometheus.CollectorRegistry()  # our own: the default one adds figures of this process
REQUESTS = prometheus.Counter("churn_requests", "Requests by status", ["status"], registry=registry)
VERSION = prometheus.Gauge("churn_model_version", "Version that answers", registry=registry)
LATENCY = prometheus.Histogram(
    "churn_latency_seconds", "Time of a request", buckets=(0.02, 0.05, 0.1, 0.2, 0.5), registry=registry
)
SCORES = prometheus.Histogram("churn_score", "Scores given", buckets=(0.1, 0.2, 0.4), registry=registry)
VERSION.set(3)

# %% [markdown]
# The service refuses a row that lacks a feature, and counts that too. So that your page looks like this one, the times aren't measured: 205 durations are drawn from a long-tailed distribution that we chose, and scores are rounded. Each metric takes one line of the function.

# %%
seconds = np.random.default_rng(0).lognormal(np.log(0.045), 0.7, 205).round(3)
durations = iter(seconds)
app = FastAPI()


@app.post("/predict")
def predict(customer: dict):
    LATENCY.observe(next(durations))
    lacking = sorted(set(FEATURES) - set(customer))
    REQUESTS.labels("400" if lacking else "200").inc()
    if lacking:
        raise HTTPException(400, f"lacking: {lacking}")
    probability = score(pd.DataFrame([customer]).astype(dict.fromkeys(NUMERIC, float)))[0]
    SCORES.observe(round(probability, 2))
    return {"probability": round(probability, 3)}


# %% [markdown]
# A second address shows the metrics. Then two hundred customers of month 1 arrive, and five rows from a client that forgot the plan. Read the page that comes back: how many requests took more than 0.1 seconds?


# %%
@app.get("/metrics")
def metrics():
    return Response(prometheus.generate_latest(registry), media_type=prometheus.CONTENT_TYPE_LATEST)


rows = json.loads(year[1][FEATURES].head(200).to_json(orient="records"))
with TestClient(app) as client:
    for row in rows:
        client.post("/predict", json=row)
    for row in rows[:5]:
        refused = client.post("/predict", json={name: value for name, value in row.items() if name != "plan"})
    page = client.get("/metrics").text

print(refused.status_code, refused.json())
print(page)

# %% [markdown]
# Each line is a series: a name, its labels, a number. `_total` is added to a counter's name. A bucket counts everything **up to** its bound `le` (less or equal), so buckets are cumulative, and the line with `+Inf` equals `_count`. Requests above 0.1 s: the count less the bucket of 0.1.
#
# The durations themselves are gone. What was the 95th percentile? All that is left is to find the bucket in which it lies, and to assume that its requests are spread evenly. (You write that in exercise 1.) How wrong is it with three buckets, and how wrong with seven?


# %%
def filled(bounds):
    """Count the durations up to each bound, as a histogram does."""
    return {bound: int((seconds <= bound).sum()) for bound in (*bounds, float("inf"))}


truth = np.quantile(seconds, 0.95)
few, many = (0.01, 0.1, 1.0), (0.02, 0.05, 0.1, 0.125, 0.15, 0.2, 0.5)
for bounds in (few, many):
    print(f"{len(bounds)} buckets: p95 = {1000 * quantile_from_buckets(filled(bounds), 0.95):.0f} ms")
print(f"all durations: p95 = {1000 * truth:.0f} ms")

# %% [markdown]
# The gray curve is what happened, the straight pieces what a histogram assumes. Where a piece is long, the reading can be wrong by nearly its whole length.

# %%
_, ax = plt.subplots()
ax.plot(np.sort(seconds), np.arange(1, 206) / 205, color="#999999", lw=5)
for bounds, color in ((few, "C5"), (many, "C0")):
    x, y = [0, *bounds], [0, *(n / 205 for n in list(filled(bounds).values())[:-1])]
    ax.plot(x, y, "o-", color=color)
    ax.plot(quantile_from_buckets(filled(bounds), 0.95), 0.95, "k|", markersize=16)
ax.axhline(0.95, color="k", lw=0.8, ls=":")
ax.text(0.6, 0.9, "three buckets", color="C5")
ax.text(0.3, 1.01, "seven buckets", color="C0")
ax.set(xlim=(0, 1), ylim=(0.5, 1.04), xlabel="duration in seconds", ylabel="share of requests up to it")
ax.set_title("A quantile is as exact as its bucket is narrow")
plt.show()

# %% [markdown]
# So put bounds close together where your promise lies ("95 % within 150 ms"), and read a jump of p95 with care if it ends at a bound.
#
# One more trap. Each combination of labels is a series, and each series is kept in memory and sent at every visit. What does a label with the customer's id cost?

# %%
crowded = prometheus.CollectorRegistry()
by_user = prometheus.Counter("churn_requests", "Requests by user", ["user"], registry=crowded)
for number in range(50_000):
    by_user.labels(f"U{number:05d}").inc()
size = len(prometheus.generate_latest(crowded))
print(f"{size / 1e6:.1f} MB for one counter, {size / len(page.encode()):,.0f} times the page above")

# %% [markdown]
# Ids belong in logs. Labels are for the few things that you would draw as separate lines: status, route, model version.
#
# Alert rules and dashboards are files in git. An **alert rule** has an expression, how long it must hold, a severity, and the runbook: the page that says what to do. `rate(...[5m])` is the growth of a counter per second over five minutes. In this cell or the next, one name is misspelled. Prometheus wouldn't say so.

# %%
paging = """
- alert: Errors
  expr: sum(rate(churn_requests_total{status!="200"}[5m])) / sum(rate(churn_requests_total[5m])) > 0.02
  for: 10m
  labels: {severity: page}
  annotations: {runbook: runbooks/errors.md}
- alert: Slow
  expr: histogram_quantile(0.95, sum by (le) (rate(churn_latency_seconds_bucket[5m]))) > 0.15
  for: 10m
  labels: {severity: page}
  annotations: {runbook: runbooks/slow.md}
"""

# %% [markdown]
# Both of these wake somebody. A score that moved can wait until morning: it opens a ticket.

# %%
ticket = """
- alert: ScoresMoved
  expr: increase(churn_scores_sum[1d]) / increase(churn_score_count[1d]) > 0.2
  for: 1d
  labels: {severity: ticket}
  annotations: {runbook: runbooks/scores.md}
"""

# %% [markdown]
# A rule on a metric that doesn't exist never fires, and looks like a quiet service. A schema and one comparison with `/metrics` find such things in a test, before anybody relies on the rule.

# %%
import re
from typing import Literal


class Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")
    alert: str
    expr: str
    held: str = Field(alias="for", pattern=r"^\d+[smhd]$")
    labels: dict[Literal["severity"], Literal["page", "ticket"]] = Field(min_length=1)
    annotations: dict[Literal["runbook"], str] = Field(min_length=1)


def unknown_series(expression):
    """Return the series of an expression that the service doesn't show."""
    shown = set(re.findall(r"^churn\w+", page, flags=re.MULTILINE))
    return sorted(set(re.findall(r"churn\w+", expression)) - shown)


rules = [Rule(**rule) for rule in yaml.safe_load(paging + ticket)]
for rule in rules:
    print(f"{rule.alert:12} {rule.labels['severity']:7} unknown: {unknown_series(rule.expr)}")

# %% [markdown]
# A Grafana dashboard is JSON: a title, and panels with a query and a place on a grid. The same comparison works for it.

# %%
queries = {
    "Requests per second": "sum by (status) (rate(churn_requests_total[5m]))",
    "p95 in seconds": "histogram_quantile(0.95, sum by (le) (rate(churn_latency_seconds_bucket[5m])))",
    "Mean score of a day": "increase(churn_score_sum[1d]) / increase(churn_score_count[1d])",
}
places = [{"x": 0, "y": 8 * row, "w": 24, "h": 8} for row in range(3)]
panels = [
    {"title": title, "type": "timeseries", "targets": [{"expr": query}], "gridPos": place}
    for (title, query), place in zip(queries.items(), places, strict=True)
]
dashboard = json.dumps({"title": "Churn", "refresh": "1m", "panels": panels}, indent=1)
print(dashboard[:230], "...")
print("unknown:", [unknown_series(panel["targets"][0]["expr"]) for panel in json.loads(dashboard)["panels"]])

# %% [markdown]
# ## 3. One column
#
# Now the data. Three measures compare a column of production with the reference. **KS** (Kolmogorov and Smirnov) is the largest distance between two cumulative distributions; **χ²** compares counts of a text column. Both give p-values. **PSI**, the population stability index, cuts the reference into ten bins of equal size and adds (q − p)·ln(q/p) over the bins, where p and q are the shares before and now. A common rule says: below 0.1 no change, above 0.25 act. Month 4, with its campaign for new customers:


# %%
def p_values(old, new):
    found = {name: ks_2samp(old[name].dropna(), new[name].dropna(), method="asymp").pvalue for name in NUMERIC}
    for name in TEXTS:
        counts = pd.DataFrame({"old": old[name].value_counts(), "new": new[name].value_counts()}).fillna(0)
        found[name] = chi2_contingency(counts.to_numpy()).pvalue
    return pd.Series(found)


def column_psi(name, new):
    return psi(before[name].dropna().to_numpy(), new[name].dropna().to_numpy())


april = p_values(before, year[4])
for name in ("tenure_months", "contract", "monthly_fee"):
    size = f"< 10^{np.ceil(np.log10(april[name])):.0f}" if april[name] < 0.001 else f"= {april[name]:.2f}"
    print(f"{name:15} p {size}")
print(f"PSI of tenure_months {column_psi('tenure_months', year[4]):.2f}, of monthly_fee "
      f"{column_psi('monthly_fee', year[4]):.3f}, of the score {psi(score(unseen), scores[4]):.2f}")  # fmt: skip

# %% [markdown]
# The p-value is beyond any doubt, and the rule of thumb calls the same month's scores "no change". They answer different questions: a p-value says how sure you can be that *something* differs, PSI how much. Both depend on the sample in ways that the rule doesn't mention.
#
# *Predict*: two samples of 200 from the **same** population. What is their PSI? The tempting answer is "below 0.1, as the rule says".

# %%
rng = np.random.default_rng(0)
equal = {n: [psi(rng.normal(size=n), rng.normal(size=n)) for _ in range(300)] for n in (200, 1_000, 10_000)}
for n, values in equal.items():
    above = np.mean(np.array(values) > 0.1)
    print(f"n = {n:>6,}: mean {np.mean(values):.3f}, largest {max(values):.2f}, above 0.1 {above:.0%}")

# %% [markdown]
# With 200 rows a third of all quiet days breaks the rule. Where nothing changed, PSI is about 2(B − 1)/n for B bins and two samples of n: 0.09 for ten bins and 200 rows, 0.0018 for 10,000. The rule belongs to no sample size in particular. And KS? The columns now differ, by a shift of 0.05 standard deviations that nobody would care about.

# %%
rejected = {}
for n in (200, 2_000, 20_000, 100_000):
    tests = [ks_2samp(rng.normal(size=n), rng.normal(0.05, size=n), method="asymp").pvalue for _ in range(50)]
    rejected[n] = np.mean(np.array(tests) < 0.05)
    print(f"n = {n:>7,}: rejected in {rejected[n]:.0%}")

# %% [markdown]
# The same harmless shift is invisible in 200 rows and certain in 100,000. A small p-value on a large table is a reason to look at the *size* of the shift, not to act. Draw both measures for any n and shift; the default is the second line above.


# %%
def compare(n=2_000, shift=0.05):
    draw = np.random.default_rng(1)
    old, new = draw.normal(size=n), draw.normal(shift, size=n)
    _, ax = plt.subplots(figsize=(7, 3))
    bins = np.linspace(-4, 4, 41)
    ax.hist(old, bins, density=True, color="#B5B5B5")
    ax.hist(new, bins, density=True, histtype="step", color="C0", lw=2)
    ax.text(-3.9, 0.3, "reference", color="#666666")
    ax.text(-3.9, 0.26, f"shifted by {shift:g}", color="C0")
    ax.set(xlabel="value", ylabel="density", xlim=(-4, 4), ylim=(0, 0.5))
    ax.set_title(f"n = {n:,}: PSI {psi(old, new):.3f}, KS p = {ks_2samp(old, new, method='asymp').pvalue:.2g}")
    plt.show()


compare()

# %% tags=["widget"]
from ipywidgets import FloatSlider, SelectionSlider, interact

_ = interact(
    compare,
    n=SelectionSlider(options=[200, 2_000, 20_000, 100_000], value=2_000),
    shift=FloatSlider(min=0, max=1, step=0.05, value=0.05),
)

# %% [markdown]
# ## 4. Many columns, every day
#
# One test at 5 % is wrong on one quiet day in twenty. Lesson 1·13 counted what many tests do: if they are independent, at least one of 30 alarms on 1 − 0.95³⁰ of all quiet days. Bonferroni divides the 5 % by their number.

# %%
print(f"30 tests at 5 %: alarm on {1 - 0.95**30:.1%} of quiet days; Bonferroni: {1 - (1 - 0.05 / 30) ** 30:.1%}")
quiet = {number: p_values(before, year[number]) for number in (1, 2, 3, 5, 6)}
for number, found in quiet.items():
    print(f"month {number}: smallest p {found.min():.5f}, {found.idxmin()}")

# %% [markdown]
# Our model has twelve columns, so Bonferroni asks for p < 0.05/12 = 0.004. Month 6 has one, and nothing happened in month 6. Worse, it is always the same column. Before you raise the threshold: what is special about the distance to the shop?
#
# Members of a household live at one address. The test counts them as independent witnesses, and they are copies. Keep one customer of each household, in the reference and in the month.

# %%
alone = before.drop_duplicates("household_id")
one_each = {n: p_values(alone, year[n].drop_duplicates("household_id"))["shop_distance_km"] for n in quiet}
print(f"{len(alone):,} households of {len(before):,} customers")
for number, p in one_each.items():
    print(f"month {number}: p of shop_distance_km {quiet[number]['shop_distance_km']:.5f}, one each {p:.3f}")

# %% [markdown]
# The alarms were made by counting people where households count. In your data it may be sessions of one user, or readings of one sensor.
#
# A threshold that fits needs no theory. Draw quiet days from the reference itself, **with the number of rows that production compares**, and take the value that is exceeded as seldom as you want. Stated as false alarms a year, everybody in the room understands it. For PSI on daily samples of 200 and two false alarms a year:

# %%
columns = {name: alone[name].to_numpy() for name in ("monthly_fee", "tenure_months", "shop_distance_km")}
limits = {name: alarm_threshold(values, psi, n=200, alarms=2) for name, values in columns.items()}
for name, values in columns.items():
    days = [psi(values, rng.choice(values, 200)) for _ in range(3650)]
    by_rule, by_limit = (np.mean(np.array(days) > limit) * 365 for limit in (0.1, limits[name]))
    print(f"{name:17} limit {limits[name]:.2f}: {by_limit:.1f} false alarms a year; the rule of 0.1: {by_rule:.0f}")

# %% [markdown]
# The rule of 0.1 makes six or seven false alarms a year for each column, so about 75 for our twelve, and that with a reference of thousands; section 3 compared 200 with 200. The limit from resampling keeps its promise of two, roughly: an extreme quantile of 2,000 draws isn't exact. (Exercise 4 is this function.)
#
# ## 5. All columns together
#
# In month 10 a join in the pipeline went wrong: every fee is there, but on the wrong row. Which of the twelve tests sees it?

# %%
october = p_values(before, year[10])
print(f"monthly_fee: p = {october['monthly_fee']:.2f}; smallest: {october.min():.4f}, {october.idxmin()}")
fees = year[8]["monthly_fee"]
print("a column and its permutation: p =", ks_2samp(fees, rng.permutation(fees), method="asymp").pvalue)

# %% [markdown]
# None can. (The distance to the shop complains, as in quiet months.) A test of one column sees the column's own distribution, and shuffling doesn't change that. What changed is how the fee goes *with* the other columns.
#
# So ask a model. Mix reference and production, label the rows 0 and 1, and train a classifier to tell them apart. If nothing changed, its cross-validated AUC is about 0.5. It must be a model that sees pairs of columns, such as boosted trees.


# %%
def mixed(new):
    both = pd.concat([before, new])[FEATURES]
    codes = {name: both[name].astype("category").cat.codes for name in TEXTS}
    return both.assign(**codes), np.repeat([0, 1], [len(before), len(new)])


def domain_auc(new):
    judge = HistGradientBoostingClassifier(max_iter=60, random_state=0)
    return roc_auc_score(mixed(new)[1], cross_val_predict(judge, *mixed(new), cv=3, method="predict_proba")[:, 1])


told_apart = {number: domain_auc(year[number]) for number in (1, 2, 3, 8, 10)}
for number, auc in told_apart.items():
    print(f"month {number:>2}: AUC {auc:.2f}")

# %% [markdown]
# Quiet months give 0.5, and so does month 8. In month 10 the rows can be told apart with 0.83. What did it find? Shuffle one column at a time on rows that it hasn't seen: whose loss hurts the classifier most?

# %%
X, y = mixed(year[10])
train = rng.random(len(y)) < 0.5
judge = HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(X[train], y[train])
cost = permutation_importance(judge, X[~train], y[~train], scoring="roc_auc", n_repeats=2, random_state=0)
for at in np.argsort(-cost.importances_mean)[:3]:
    print(f"{FEATURES[at]:15} {max(cost.importances_mean[at], 0):.2f}")
plan_fees = {"before": before, "month 10": year[10]}
print(pd.DataFrame({name: t.groupby("plan")["monthly_fee"].mean().round(1) for name, t in plan_fees.items()}))

# %% [markdown]
# Fee and plan, and the table shows why: a premium plan at the price of a basic one doesn't exist. The classifier found the pair without being told to look for it.
#
# ## 6. Drift is not damage
#
# Now let the labels arrive. For each month: how far the scores moved (PSI), the mean score against the share who left (**calibration**), and the AUC. Compare months 4 and 7 with month 1.

# %%
at_launch = score(unseen)
table = pd.DataFrame(
    {
        "PSI of score": [psi(at_launch, values) for values in scores.values()],
        "mean score": [values.mean() for values in scores.values()],
        "left": [rows["churned"].mean() for rows in year.values()],
        "AUC": [roc_auc_score(year[number]["churned"], values) for number, values in scores.items()],
        "Brier": [brier_score_loss(year[number]["churned"], values) for number, values in scores.items()],
    },
    index=pd.Index(year, name="month"),
)
print(table.round({"PSI of score": 2, "mean score": 3, "left": 3, "AUC": 2, "Brier": 2}).to_string())

# %% [markdown]
# **Month 4**: other customers came, tests were red at 10⁻⁷⁸, and the model said 0.18 where 0.18 left. Nothing to do. This is **covariate shift**: the inputs change, the rule from inputs to outcome doesn't.
#
# **Month 7**: no input moved, the mean score is what it always was, and AUC fell by 0.11. A competitor buys out long contracts, so the safest customers leave. This is **concept drift**: the rule changed. Without labels it can't be seen at all.

# %%
_, (top, bottom) = plt.subplots(2, 1, figsize=(7, 4.6), sharex=True)
top.plot(table.index, np.minimum(table["PSI of score"], 0.3), "o-", color="C1")
top.set(ylabel="PSI of the score", ylim=(0, 0.38), title="What moves without labels is not what does damage")
top.text(8.8, 0.29, "4.1, off the scale", ha="right", color="C1")
bottom.plot(table.index, table["AUC"], "o-", color="C0")
bottom.set(ylabel="AUC", xlabel="month", ylim=(0.42, 0.95), xticks=range(1, 13))
for number, name in ((4, "campaign"), (7, "competitor"), (9, "unit"), (10, "wrong join")):
    bottom.text(number, 0.89, name, ha="center" if number < 9 else "right" if number == 9 else "left", color="#444444")
    for ax in (top, bottom):
        ax.axvline(number, color="#BBBBBB", lw=1, ls=":")
plt.show()

# %% [markdown]
# Where is the model wrong in month 7? Put score and outcome side by side for each contract, and month 1 beside it.

# %%
contracts = {
    f"month {n}": year[n].assign(score=scores[n]).groupby("contract")[["score", "churned"]].mean() for n in (1, 7)
}
july = contracts["month 7"]
print(pd.concat(contracts, axis=1).round(2).to_string())
print("data_gb, median: before", before["data_gb"].median().round(1), " month 9", year[9]["data_gb"].median().round(0))

# %% [markdown]
# And **month 9** is neither: a supplier delivers megabytes, and the model believes it. A range check on one column would have stopped it before the first prediction.
#
# | | model still right | model wrong |
# | --- | --- | --- |
# | **inputs moved** | month 4: covariate shift. Note it, check calibration when labels come | months 9 and 10: broken pipeline. Repair the data |
# | **inputs as before** | quiet month | month 7: concept drift. Retrain on new labels |
#
# ## 7. How it fails: labels come late
#
# "Left" means: within 60 days of the score. Who leaves is known on that day; who stays is known after 60. Today is day 90, and each day 200 customers were scored. In this simulation 13.5 % leave, spread evenly over the 60 days. What is the rate so far? Three ways to count:

# %%
draw = np.random.default_rng(3)
scored = np.repeat(np.arange(90), 200)  # the day of the score
leaves = draw.random(scored.size) < 0.135
left_after = draw.uniform(0, 60, scored.size)
age = 90 - scored
known_left = leaves & (left_after <= age)
known_stay = ~leaves & (age >= 60)
rates = {
    "unknown counted as staying": known_left.mean(),
    "only customers with a label": known_left.sum() / (known_left | known_stay).sum(),
    "only customers scored 60 days ago": known_left[age >= 60].mean(),
}
for name, rate in rates.items():
    print(f"{name:35}{rate:.3f}")

# %% [markdown]
# The first is too low: recent customers haven't had time to leave. The second is far too high: among recent customers only leavers have a label. Only complete **cohorts** are honest, and they are two months old. A dashboard with either mistake shows its "drift" at the right-hand end, every day, for ever:

# %%
week = scored // 7
first, second = known_left, np.where(known_left | known_stay, known_left, np.nan)
_, ax = plt.subplots(figsize=(7, 3.4))
by_week = pd.DataFrame({"week": week, "first": first, "second": second}).groupby("week").mean()
ax.axvspan(30 / 7, 12.4, color="#EEEEEE")
ax.axhline(0.135, color="k", lw=0.8, ls=":")
ax.plot(by_week.index, np.minimum(by_week["second"], 0.32), color="C5")
ax.plot(by_week.index, by_week["first"], color="C0")
ax.text(4.6, 0.285, "only labeled", color="C5", ha="left")
ax.text(9, 0.085, "unknown = stays", color="C0")
ax.text(11.5, 0.14, "truth")
ax.text(8, 0.2, "not yet 60 days old", color="#666666")
ax.set(xlabel="week of the score", ylabel="share who left", ylim=(0, 0.31), title="Both shortcuts invent a trend")
plt.show()

# %% [markdown]
# So join each score with what was known **on the day of the report**, store when each outcome became known, and count complete cohorts (exercise 3). In between, proxies speak earlier: complaints, cancellations of add-ons, how many offers are taken.
#
# ## 8. When to wake somebody
#
# Each day 200 cases are checked by hand; normally 10 % are errors. One day it becomes 13 %. A rule that alarms on z > 2 needs no further thought, so we play 2,000 quiet years to see what it does. **CUSUM** remembers: it adds each day's z less a slack of 0.5, never falls below 0, and alarms above 5.

# %%
deviation = np.sqrt(0.1 * 0.9 / 200)
quiet_years = (draw.binomial(200, 0.10, (2000, 365)) / 200 - 0.1) / deviation
bad_days = (draw.binomial(200, 0.13, (2000, 365)) / 200 - 0.1) / deviation
for limit in (2, 3):
    wrong, delay = (quiet_years > limit).any(axis=1), (bad_days > limit).argmax(axis=1) + 1
    print(f"z > {limit}:  false alarm in {wrong.mean():.0%} of quiet years; median delay {np.median(delay):.0f} days")
cusum_wrong = (first_alarm(quiet_years, 0.5, 5) >= 0).mean()
cusum_delay = np.median(first_alarm(bad_days, 0.5, 5) + 1)
print(f"CUSUM:  false alarm in {cusum_wrong:.0%} of quiet years; median delay {cusum_delay:.0f} days")

# %% [markdown]
# CUSUM is quieter *and* faster than z > 3, since a small lasting change adds up. The theory of the normal distribution promised one alarm above 3 in two years, and two thirds of the years have one: counts of rare errors have a longer tail. Here is one year whose errors rise on day 200.

# %%
one_year = np.random.default_rng(2)
errors = np.r_[one_year.binomial(200, 0.10, 200), one_year.binomial(200, 0.13, 40)] / 200
z = (errors - 0.1) / deviation
alarm = first_alarm(z[None], 0.5, 5)[0]
print(f"alarm on day {alarm}; first day above 3: {(z > 3).argmax()}")

# %%
_, ax = plt.subplots(figsize=(7, 3.2))
ax.plot(z, ".", color="#999999")
ax.axhline(3, color="C1", lw=1)
ax.text(0, 3.1, "z = 3", color="C1")
ax.axvspan(200, 240, color="#EEEEEE")
ax.axvline(alarm, color="C5")
ax.text(alarm - 2, -2.7, f"CUSUM alarms on day {alarm}", color="C5", ha="right")
ax.set(
    xlabel="day",
    ylabel="z-score of the error rate",
    xlim=(-2, 240),
    title="CUSUM alarms before any day is above 3",
)
plt.show()

# %% [markdown]
# An alert must lead to a decision. Retraining is one of several, and it has a gate: a challenger replaces the champion only if it is better on **recent, complete** data that neither has seen. Two challengers learn from months 7 and 8. One waited for the labels; the other trained at once, when half of those who will leave still counted as staying. Month 11 decides. Which column of the output unmasks the hasty one?

# %%
recent = pd.concat([year[7], year[8]])
hasty = recent.assign(churned=recent["churned"] * (draw.random(len(recent)) < 0.5))
candidates = {"champion": model}
for name, rows in (("patient", recent), ("hasty", hasty)):
    candidates[name] = clone(model).fit(rows[FEATURES], rows["churned"])  # a copy: the champion stays as it is

november, gate = year[11], {}
for name, candidate in candidates.items():
    p = candidate.predict_proba(november[FEATURES])[:, 1]
    gate[name] = roc_auc_score(november["churned"], p), brier_score_loss(november["churned"], p), p.mean()
    print(f"{name:9} AUC {gate[name][0]:.2f}   Brier {gate[name][1]:.3f}   mean score {gate[name][2]:.2f}")
print(f"left in month 11: {november['churned'].mean():.2f}")

# %% [markdown]
# By AUC the hasty one would pass: it *orders* customers as well as the patient one. But its scores are half of what they should be, and every decision that uses them as probabilities is wrong. A gate needs both, and a brake for automatic retraining: no more than one model a week, none while a data check is red, and the old one kept ready.
#
# And the patient one? Better than the champion, and far from the 0.8 of spring. The competitor made customers more alike: in month 1 monthly contracts lost ten times as many as two-year ones, in month 7 three times. No training brings back a difference that is gone.

# %% [markdown]
# ### The same for a system with a language model
#
# The four layers stay, the figures change:
#
# | layer | you count |
# | --- | --- |
# | service | time to the first token, tokens and cost of an answer, share of 429 and retries |
# | data | topics and length of questions, share in other languages |
# | predictions | share of refusals, answers without a valid source, answers that break the schema |
# | outcomes | thumbs, escalations, a sample read by a judge and some of it by people (4·09) |
#
# Two labels are worth their series: the **prompt's version** and the **model's name**. Providers change models under one name, and you change prompts. OpenTelemetry has agreed names for what a call should record; a **span** is the record of one step. This one is filled by hand, no model was called:

# %%
from opentelemetry.sdk.trace import TracerProvider

tracer = TracerProvider().get_tracer("assistant")
with tracer.start_as_current_span("chat standin-small") as span:
    span.set_attribute("gen_ai.operation.name", "chat")
    span.set_attribute("gen_ai.request.model", "standin-small")
    span.set_attribute("gen_ai.usage.input_tokens", 812)
    span.set_attribute("gen_ai.usage.output_tokens", 41)
    span.set_attribute("gen_ai.response.finish_reasons", ["stop"])
    span.set_attribute("prompt.version", "v14")  # our own name: the standard has none for it
for name, value in span.attributes.items():
    print(f"{name:34}{value}")

# %% [markdown]
# ## In practice
#
# - Page a person for what users feel: errors, latency. Open a ticket for drift. Every alert names a runbook.
# - Log each prediction with its features, the model's version and an id that the outcome will carry.
# - Keep the reference window with the model, under the same version.
# - Monitor the monitor: send one planted event a day, and alarm if *it* raises no alarm.
# - Evidently and similar libraries draw these tests for all columns at once. They don't choose your thresholds, nor notice that your rows are copies. (Evidently doesn't import with pandas 3, so it isn't used here.)

# %% [markdown]
# **With a real model.** Nothing here depended on a language model: the churn model is a real one, its customers are generated. With a provider's model behind your service, the layers of section 8 apply, and you gain one cause of concept drift that you don't control: the model itself can change. Expect drift without any date in your own git log.

# %% [markdown]
# ## Check yourself
#
# **1.** KS gives p = 10⁻⁹ on two million rows. You (a) retrain, (b) page the team, (c) look at the size of the shift and its effect, (d) ignore p-values from now on.
#
# **2.** The inputs are as before, and AUC fell. This is (a) covariate shift, (b) concept drift, (c) certainly a bug in the logging, (d) overfitting.
#
# **3.** A good threshold is stated as (a) p < 0.05, (b) PSI > 0.25, (c) three standard deviations, (d) false alarms a year and delay until detection.
#
# <details><summary>Answer</summary>
#
# **1 c.** With so many rows the smallest difference is certain, and most are harmless. (a) and (b) act on certainty instead of size. (d) goes too far: on 200 rows a small p-value is news.
#
# **2 b.** The rule from inputs to outcome changed, as in month 7. (a) would move the inputs. (c) can happen, since broken labels lower AUC too, so check it; "certainly" is wrong. (d) An overfitted model is bad from the first day on; it doesn't fall in July.
#
# **3 d.** Both can be simulated, and both mean something to the person who is woken. (a), (b) and (c) are the same mistake in three units: without sample size and number of checks, none tells how often it cries wolf.
#
# </details>

# %% [markdown]
# ## In short
#
# - Service, data, predictions, outcomes: the sooner a layer speaks, the less it says.
# - Histograms keep counts, not values: quantiles are as exact as the buckets are narrow.
# - PSI and p-values both depend on the number of rows. Resample quiet days and state false alarms a year.
# - Rows that share a household, a user or a sensor are no independent witnesses.
# - A classifier sees what no test of single columns can.
# - Drift can be harmless, and damage can come without drift: only labels decide, and only complete cohorts.
# - CUSUM adds up what no single day shows.
#
# ## Next
#
# [Open the exercises](../../work/04_llm_production/16_monitoring_drift.ipynb): quantiles from buckets, a stability index, scores of complete cohorts, a threshold that keeps its promise, and a CUSUM that says when the change began.

# %% tags=["claims"]
assert 0.77 < auc_at_launch < 0.81 and abs(score(unseen).mean() - unseen["churned"].mean()) < 0.01
means = pd.Series({number: values.mean() for number, values in scores.items()})
assert means.idxmin() == 9 and means.idxmax() == 4 and means.drop([4, 9]).between(0.135, 0.147).all()

assert refused.status_code == 400 and 'churn_requests_total{status="400"} 5.0' in page
assert 0.12 < truth < 0.15 and quantile_from_buckets(filled(few), 0.95) > 4 * truth
assert abs(quantile_from_buckets(filled(many), 0.95) - truth) < 0.01
exact = [line.split() for line in page.splitlines() if line.startswith("churn_latency_seconds_bucket")][:5]
assert [float(count) for _, count in exact] == [(seconds <= b).sum() for b in (0.02, 0.05, 0.1, 0.2, 0.5)]
assert (
    1.9e6 < len(prometheus.generate_latest(crowded)) < 2.2e6
    and prometheus.generate_latest(crowded).count(b"\n") > 50_000
)
assert [unknown_series(rule.expr) for rule in rules] == [[], [], ["churn_scores_sum"]]

assert april["tenure_months"] < 1e-78 and (april < 0.05).sum() == 2 and psi(score(unseen), scores[4]) < 0.1
assert 0.08 < np.mean(equal[200]) < 0.1 and 0.25 < np.mean(np.array(equal[200]) > 0.1) < 0.42
assert 0.0015 < np.mean(equal[10_000]) < 0.0022
assert rejected[200] < 0.2 < rejected[2_000] < 0.5 and rejected[100_000] == 1

assert all(found.idxmin() == "shop_distance_km" for found in quiet.values())
assert [number for number, found in quiet.items() if found.min() < 0.05 / 12] == [6]
assert all(p > 0.05 / 12 for p in one_each.values()) and all(
    one_each[n] > 3 * quiet[n]["shop_distance_km"] for n in quiet
)
assert all(0.1 < limit < 0.15 for limit in limits.values())

assert october["monthly_fee"] > 0.05 and october.idxmin() == "shop_distance_km"
assert all(0.47 < told_apart[n] < 0.53 for n in (1, 2, 3, 8)) and 0.8 < told_apart[10] < 0.86
assert {FEATURES[at] for at in np.argsort(-cost.importances_mean)[:2]} == {"monthly_fee", "plan"}

assert abs(table.loc[4, "mean score"] - table.loc[4, "left"]) < 0.005 and table.loc[4, "AUC"] > 0.79
assert abs(table.loc[1, "AUC"] - table.loc[7, "AUC"] - 0.11) < 0.01 and table.loc[7, "PSI of score"] < 0.01
assert (
    abs(table.loc[9, "PSI of score"] - 4.06) < 0.1
    and july.loc["one year", "churned"] > 2.5 * july.loc["one year", "score"]
)
ratio = [c.loc["monthly", "churned"] / c.loc["two years", "churned"] for c in contracts.values()]
assert 8.5 < ratio[0] < 12 and 2.7 < ratio[1] < 3.6

honest = rates["only customers scored 60 days ago"]
assert (
    rates["unknown counted as staying"] < 0.1 and rates["only customers with a label"] > 0.22 and 0.125 < honest < 0.15
)
assert (quiet_years > 2).any(axis=1).mean() > 0.99 and 0.6 < (quiet_years > 3).any(axis=1).mean() < 0.72
assert 0.33 < cusum_wrong < 0.46 and cusum_delay < np.median((bad_days > 3).argmax(axis=1) + 1)
assert 0.8 < 365 * norm.sf(3) * 2 < 1.1 and 200 < alarm < 225 and (z > 3).argmax() > alarm
assert gate["patient"][0] > gate["champion"][0] + 0.02 and abs(gate["patient"][0] - gate["hasty"][0]) < 0.01
assert gate["hasty"][1] > gate["patient"][1] and abs(gate["hasty"][2] / gate["patient"][2] - 0.5) < 0.05
assert set(EVENTS) == {4, 7, 9, 10}
