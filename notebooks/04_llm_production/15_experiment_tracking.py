# /// lesson
# minutes = 50
# exercise_minutes = 84
# needs = ["02_machine_learning/05_pipelines_and_leakage", "02_machine_learning/10_hyperparameter_tuning", "04_llm_production/03_prompts_as_software"]
# seconds = 45
# memory_mb = 700
# ///

# %% [markdown]
# # Know which model runs, and why it is that one
#
# **Why.** Tarn Mobile sends an offer to customers who are likely to leave. The model that chooses them was trained by a colleague who is no longer there. An auditor asks: on which data, with which code, compared with what, approved by whom? What you find is a file named `model_final2_new.pkl`. What should have been written down, and when?
#
# **You will**
# - record the five things that decide a result, and find the one in which two runs differ,
# - track runs in a database, and compare them without being fooled by a lucky split,
# - name data by its content, and repeat only the work whose inputs changed,
# - register models, promote one, roll it back, and keep the reason,
# - answer the auditor from the record, with a model card and an audit trail.
#
# **You need** lessons 2·05 (pipelines), 2·10 (tuning) and 4·03 (prompts as software). 50 minutes, and 84 for the exercises.

# %%
import os

os.environ.update(MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true")  # before the import: report nothing to anyone
os.environ.update(MLFLOW_LOGGING_LEVEL="ERROR", GIT_PYTHON_REFRESH="quiet")

import hashlib
import inspect
import json
import pickle
import shutil
import sqlite3
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from handrail.kit import data

plt.style.use("handrail.kit.course")
temporary = TemporaryDirectory()  # everything that this lesson writes; removed in its last cell
folder = Path(temporary.name)

# %% [markdown]
# The customers are generated, the 8,000 of phase 2. For this lesson they come in two versions. In version 1, an importer converted the tenure of 400 customers from years to months twice, so these tenures are 12 times too long. That error is ours; version 2 is the data you know. Beside it lie two files that don't differ. How large is the damage?

# %%
folders = {"v1": folder / "v1", "v2": folder / "v2"}
for place in folders.values():
    place.mkdir()
    (place / "README.md").write_text("Customers of Tarn Mobile, who don't exist.\n")
    shutil.copy(data.path("customers") / "generate.py", place)
shutil.copy(data.path("customers") / "customers.csv", folders["v2"])

damaged = data.customers()
wrong = np.random.default_rng(4).choice(len(damaged), 400, replace=False)
damaged.loc[wrong, "tenure_months"] *= 12
damaged.to_csv(folders["v1"] / "customers.csv", index=False, lineterminator="\n")
tables = {name: pd.read_csv(place / "customers.csv") for name, place in folders.items()}
print("longest tenure, in months:", {name: int(table["tenure_months"].max()) for name, table in tables.items()})

# %% [markdown]
# ## 1. A notebook forgets
#
# The model is a pipeline as in 2·05: eight numbers and four words about a customer in, a probability out. Gender and first language stay outside. One function trains it and returns the area under the ROC curve (AUC) on the quarter of the customers that it didn't see.

# %%
WORDS = ["region", "contract", "plan", "payment"]


def churn_model(final):
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    words = OneHotEncoder(handle_unknown="ignore")
    return make_pipeline(ColumnTransformer([("numbers", numbers, data.NUMERIC), ("words", words, WORDS)]), final)


def train(table, C=1.0, split=0):
    """Return the trained model, its AUC, and the customers that it was tested on."""
    training, held_out = train_test_split(table, test_size=0.25, stratify=table["churned"], random_state=split)
    model = churn_model(LogisticRegression(C=C, max_iter=1000)).fit(training, training["churned"])
    return model, roc_auc_score(held_out["churned"], model.predict_proba(held_out)[:, 1]), held_out


# %% [markdown]
# Your colleague tried five settings on two splits, and noted one number on paper: 0.81. `C` is the inverse strength of the regularization. Which of the ten runs was it?

# %%
strengths = [0.01, 0.1, 1.0, 10.0, 100.0]
by_hand = {(C, split): train(tables["v2"], C, split)[1] for C in strengths for split in (0, 5)}
for split in (0, 5):
    print(f"split {split}:", {C: f"{by_hand[C, split]:.2f}" for C in strengths})

# %% [markdown]
# Five of ten runs fit the paper. The number says which *split* was used, and nothing about the setting that went into the model.
#
# A result is decided by five things: **code, data, parameters, environment, randomness**. Recording all five takes few lines. Code and data are named by a *hash*: 64 hexadecimal digits computed from the bytes, which change when any byte does. (For code, a project takes the git commit and refuses a tree with unsaved changes. A notebook has none, so here it is the source of two functions.)


# %%
def digest(content):
    return hashlib.sha256(content).hexdigest()


def record(place, C, split):
    path = place / "customers.csv"
    return {
        "code": digest("".join(map(inspect.getsource, (churn_model, train))).encode()),
        "data": digest(path.read_bytes()),
        "parameters": {"C": C},
        "environment": {name: version(name) for name in ("numpy", "pandas", "scikit-learn")},
        "randomness": {"split": split},
        "result": {"auc": train(pd.read_csv(path), C, split)[1]},
    }


first = record(folders["v2"], 1.0, 0)
(folder / "run.json").write_text(json.dumps(first, indent=2))
print(f"{len((folder / 'run.json').read_text().splitlines())} lines of JSON; data {first['data'][:8]}")

# %% [markdown]
# Does the record hold what it promises? Two tests. Repeat a run from its record: the result must be equal, not similar. And take two runs "with the same settings" whose results differ: the record must name the cause.

# %%
again = record(folders["v2"], first["parameters"]["C"], first["randomness"]["split"])
second = record(folders["v1"], 1.0, 0)
print("repeated exactly:", again == first)
print("first against second differs in:", [key for key in first if first[key] != second[key]])
print(f"AUC {first['result']['auc']:.3f} and {second['result']['auc']:.3f}")

# %% [markdown]
# The parameters are equal, and so is the file's *name*. Only the hash knows that these were other customers.
#
# ## 2. A database of runs
#
# A folder of JSON files doesn't answer questions such as "all runs on this data, best first". **MLflow** keeps the same record in a database. Older tutorials point it to a folder; look what today's version says to that.

# %%
try:
    mlflow.set_tracking_uri((folder / "runs").as_uri())
    mlflow.search_experiments()
except mlflow.exceptions.MlflowException as refused:
    print("refused:", "maintenance mode" in str(refused))

mlflow.set_tracking_uri(f"sqlite:///{folder / 'runs.db'}")
churn = mlflow.create_experiment("churn", artifact_location=(folder / "artifacts").as_uri())
mlflow.set_experiment(experiment_id=churn)
client = mlflow.MlflowClient()
database = sqlite3.connect(folder / "runs.db")
(count,) = database.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()
print("tables in the new database:", count)

# %% [markdown]
# SQLite keeps a database in one file. A *run* holds parameters (what you chose), metrics (what came out), tags (free text) and artifacts (files). Five settings, six splits: 30 runs. What was read goes in as a tag and as a dataset *input*, both with the hash.


# %%
def tracked(name, C, split):
    read, table = (folders[name] / "customers.csv").read_bytes(), pd.read_csv(folders[name] / "customers.csv")
    tags = {"code": first["code"], "data": digest(read), "kind": "logistic"}
    with mlflow.start_run(run_name=f"C={C:g} split={split}", tags=tags) as run:
        mlflow.log_params({"C": C, "split": split})
        numbers = table[data.NUMERIC].astype(float)
        dataset = mlflow.data.from_pandas(numbers, name=f"customers-{name}", digest=digest(read)[:16])
        mlflow.log_input(dataset, context="training")
        model, auc, held_out = train(table, C, split)
        mlflow.log_metric("auc", auc)
    return run.info.run_id, model, held_out


trained = {(C, split): tracked("v2", C, split) for C in strengths for split in range(6)}
runs = mlflow.search_runs()
print(runs.nlargest(4, "metrics.auc")[["params.C", "params.split", "metrics.auc"]].round(3).to_string(index=False))

# %% [markdown]
# `search_runs` returns a DataFrame, so everything from phase 1 applies. One trap is built in: whatever you log as a parameter comes back as text. Four runs with growing training sets show what that does to an order. They are *nested*: children of one parent, as the folds of a cross-validation would be.

# %%
training, held_out = train_test_split(tables["v2"], test_size=0.25, stratify=tables["v2"]["churned"], random_state=0)
with mlflow.start_run(run_name="learning curve", tags={"kind": "curve"}) as parent:
    for rows in (500, 1000, 2000, 6000):
        with mlflow.start_run(run_name=f"{rows} rows", nested=True, tags={"kind": "curve"}):
            part = training.head(rows)
            model = churn_model(LogisticRegression(max_iter=1000)).fit(part, part["churned"])
            mlflow.log_param("rows", rows)
            mlflow.log_metric("auc", roc_auc_score(held_out["churned"], model.predict_proba(held_out)[:, 1]))

curve = mlflow.search_runs(filter_string=f"tags.mlflow.parentRunId = '{parent.info.run_id}'")
print("as text:   ", curve.sort_values("params.rows")["params.rows"].tolist())
curve["rows"] = pd.to_numeric(curve["params.rows"])
print("as numbers:", curve.sort_values("rows")["rows"].tolist())
print("AUC:       ", curve.sort_values("rows")["metrics.auc"].round(3).tolist())

# %% [markdown]
# 1000, 2000, 500: letters are compared one by one, and "1" stands before "5". Convert before you sort, filter or plot.
#
# The database is no secret. Two of its tables, asked directly, give the same answer as the library: the mean AUC of each setting over its six splits.

# %%
query = """
SELECT params.value AS C, count(*) AS runs, round(avg(metrics.value), 4) AS mean_auc
FROM params JOIN metrics USING (run_uuid)
WHERE params.key = 'C' AND metrics.key = 'auc' GROUP BY C ORDER BY CAST(C AS REAL)
"""
by_sql = pd.read_sql(query, database)
print(by_sql.to_string(index=False))
grid = runs.assign(C=pd.to_numeric(runs["params.C"]), split=pd.to_numeric(runs["params.split"]))
by_pandas = grid.groupby("C")["metrics.auc"].mean()
print("as the library says:", np.allclose(by_sql["mean_auc"], by_pandas, atol=1e-4))

# %% [markdown]
# ## 3. Is 0.811 better than 0.779?
#
# **Predict before you run.** The best of the 30 runs has an AUC of 0.811, with C = 0.1. C = 0.01 has a run with 0.779. How much of this difference is the setting?

# %%
boosted = []
for split in range(6):
    training, held_out = train_test_split(
        tables["v2"], test_size=0.25, stratify=tables["v2"]["churned"], random_state=split
    )
    model = churn_model(HistGradientBoostingClassifier(max_iter=60, random_state=0)).fit(training, training["churned"])
    boosted.append(roc_auc_score(held_out["churned"], model.predict_proba(held_out)[:, 1]))
    with mlflow.start_run(run_name=f"boosting split={split}", tags={"kind": "boosting"}):
        mlflow.log_param("split", split)
        mlflow.log_metric("auc", boosted[-1])
auc = grid.pivot_table(index="C", columns="split", values="metrics.auc")
auc.loc["boosting"] = boosted
print(auc.round(3).to_string())

# %% [markdown]
# The same numbers as a picture. Follow one line from left to right, then compare the lines at one split.

# %%
_, ax = plt.subplots(figsize=(7, 3.6))
for setting, style in zip(auc.index, ["C5:", "C0-", "C0-", "C0-", "C0-", "C1--"], strict=True):
    ax.plot(auc.columns, auc.loc[setting], style, marker="o", markersize=3.5, linewidth=1.3)
ax.text(5.15, 0.8085, "logistic regression,\nC from 0.1 to 100", color="C0")
ax.text(4, 0.771, "C = 0.01", color="C5", ha="center")
ax.text(5.15, auc.loc["boosting", 5] - 0.0005, "boosting", color="C1")
ax.set(xlim=(-0.2, 6.9), xticks=range(6), xlabel="seed of the split", ylabel="AUC on held-out customers")
ax.set_title("The split moves the AUC by 0.03, C from 0.1 up by less than 0.003")
print(f"spread over the splits at C = 1: {np.ptp(auc.loc[1.0]):.3f}, standard deviation {auc.loc[1.0].std():.3f}")
print(f"largest spread over C >= 0.1 on one split: {np.ptp(auc.loc[0.1:100.0], axis=0).max():.3f}")

# %% [markdown]
# The tempting answer is "all of it: the best run has the best settings". Hardly any of it is. Every C reaches 0.809 on split 5, and none gets above 0.786 on split 1. The highest of 30 runs found the easiest test customers.
#
# A fair comparison subtracts *on the same split*. Then small differences can be seen that the spread of the splits would hide. Look at the second and third rows.

# %%
paired = {
    "C = 0.1 minus C = 1": auc.loc[0.1] - auc.loc[1.0],
    "C = 0.01 minus C = 1": auc.loc[0.01] - auc.loc[1.0],
    "boosting minus C = 1": auc.loc["boosting"] - auc.loc[1.0],
}
for name, difference in paired.items():
    print(f"{name:22} mean {difference.mean():+.4f}, {(difference > 0).sum()} of 6 above zero")

# %% [markdown]
# Boosting is worse on every split: a finding, though it is smaller than the distance between two lucky draws. C = 0.01 is lower in the mean and yet higher on two splits. So log the split as a parameter, and choose by differences on equal splits. (Six splits of the same customers overlap. Their spread is no standard error; 2·04 tells more.)
#
# ## 4. Versions of data
#
# The record names data by hash. To *repeat* a run, the bytes behind the hash must still exist. A **content-addressed store** keeps every file once, under its hash; a version is a small text, the *manifest*, that maps paths to hashes. How many objects will it hold for two versions of three files?


# %%
store = folder / "store"
store.mkdir()


def keep(place):
    manifest = {}
    for path in sorted(path for path in place.rglob("*") if path.is_file()):
        content = path.read_bytes()
        manifest[path.relative_to(place).as_posix()] = digest(content)
        (store / digest(content)).write_bytes(content)
    return manifest


manifests = {name: keep(place) for name, place in folders.items()}
for path in manifests["v1"]:
    print(f"{path:14}", *[manifests[name][path][:8] for name in folders])
print(
    "files in both versions:", sum(map(len, manifests.values())), " objects in the store:", len(list(store.iterdir()))
)

# %% [markdown]
# Only the customers exist twice. The manifest is a few lines, so it goes into git beside the code; the store may be a disk or a bucket. One more thing follows from the names: the store can be checked. What is read must hash to what was asked for.


# %%
def fetch(name):
    content = (store / name).read_bytes()
    if digest(content) != name:
        raise ValueError(f"object {name[:8]} is damaged")
    return content


wanted = manifests["v1"]["README.md"]
print(fetch(wanted).decode().strip())
(store / wanted).write_bytes(b"Customers of Tarn Mobile.\n")
try:
    fetch(wanted)
except ValueError as error:
    print(str(error).replace(wanted[:8], "..."))
keep(folders["v1"])  # stores it again, and so repairs it
print("repaired:", len(fetch(wanted)) > 0)

# %% [markdown]
# This is what **DVC** does. Beside each data file it writes a small text with hash, size and path, and that text is what git sees; `dvc push` copies objects to remote storage, `dvc checkout` restores a version. It isn't installed here. Its second half are *stages*, written in a file `dvc.yaml`: each has inputs and outputs, and runs only if the hash of an input changed. Three stages, as plain functions that read files and write files; nothing else passes between them:


# %%
def prepare():
    columns = [*data.NUMERIC, *WORDS, "churned"]
    pd.read_csv(work / "raw.csv")[columns].to_csv(work / "clean.csv", index=False)


def fit():
    (work / "auc.txt").write_text(f"{train(pd.read_csv(work / 'clean.csv'))[1]:.3f}")


def report():
    text = (work / "template.txt").read_text().format(auc=(work / "auc.txt").read_text())
    (work / "report.txt").write_text(text)


stages = {
    "prepare": (prepare, ["raw.csv"]),
    "fit": (fit, ["clean.csv"]),
    "report": (report, ["auc.txt", "template.txt"]),
}

# %% [markdown]
# The runner compares hashes with those of the last time, its *lock*. It takes the stages in the given order, and looks at each when its turn comes.

# %%
work, lock = folder / "work", {}
work.mkdir()
(work / "raw.csv").write_bytes(fetch(manifests["v2"]["customers.csv"]))
(work / "template.txt").write_text("The AUC is {auc}.\n")


def bring_up_to_date():
    ran = []
    for name, (action, inputs) in stages.items():
        now = {path: digest((work / path).read_bytes()) for path in inputs}
        if lock.get(name) != now:
            action()
            lock[name] = now
            ran.append(name)
    return ran


# %% [markdown]
# Four situations: the first run, a second one, a new template, and a raw file in which only a column changed that `prepare` drops. Which stages run in the last case?

# %%
print("first run:      ", bring_up_to_date())
print("second run:     ", bring_up_to_date())
(work / "template.txt").write_text("Area under the curve: {auc}\n")
print("new template:   ", bring_up_to_date())
raw = pd.read_csv(work / "raw.csv").assign(city="unknown")
raw.to_csv(work / "raw.csv", index=False)
print("new column city:", bring_up_to_date())
print((work / "report.txt").read_text().strip())

# %% [markdown]
# `prepare` had to run, since its input changed. Its output came out byte for byte as before, so the training was spared. That is known only *after* `prepare` has run; a plan made in advance must be more careful (exercise 5). Dates of files play no part.
#
# ## 5. A registry
#
# A run produces a model; a *registered* model is one that somebody may load by name. Each gets a version number. `signature` stores names and types of the columns. We choose the file format *cloudpickle*, since MLflow's default needs a package (skops) that this course doesn't install, and list the requirements, since MLflow otherwise spends seconds finding them out. Version 1 was trained on data v1.

# %%
client.create_registered_model("churn")
settings = {
    "serialization_format": "cloudpickle",
    "pip_requirements": [f"scikit-learn=={version('scikit-learn')}"],
    "pyfunc_predict_fn": "predict_proba",
}


def register(name, C, split):
    run_id, model, held_out = tracked(name, C, split)
    inputs = held_out[data.NUMERIC + WORDS].astype(dict.fromkeys(data.NUMERIC, float))
    signature = infer_signature(inputs, model.predict_proba(inputs))
    with mlflow.start_run(run_id=run_id):
        info = mlflow.sklearn.log_model(model, name="model", signature=signature, **settings)
    entry = client.create_model_version("churn", info.model_uri, run_id=run_id, model_id=info.model_id)
    client.set_model_version_tag("churn", entry.version, "data", name)
    return int(entry.version)


# %% [markdown]
# Two versions. The AUC in a run belongs to its own test customers, and those of v1 have wrong tenures. To compare the models, give both the same exam: the corrected ones.

# %%
versions = [register("v1", 1.0, 0), register("v2", 1.0, 0)]
auc_of, exam = {}, train(tables["v2"])[2]  # the same rows were held out in both versions
for number in versions:
    entry = client.get_model_version("churn", number)
    score = client.get_run(entry.run_id).data.metrics["auc"]
    chance = mlflow.sklearn.load_model(f"models:/churn/{number}").predict_proba(exam)[:, 1]
    same = roc_auc_score(exam["churned"], chance)
    auc_of[number] = score, same
    print(f"version {number}: AUC {score:.3f} in its run, {same:.3f} in the same exam")

# %% [markdown]
# The runs are 0.013 apart, the models 0.008: the rest was the damaged *test* customers. Compare models on equal data, as settings on equal splits.
#
# Programs shouldn't name a version, or every promotion is a change of code. They ask for an **alias**, here `champion`, and people move the alias. Version 1 is in use, version 2 is promoted, then a complaint arrives and it is rolled back.


# %%
moves = []


def move(alias, number, at, by, why):
    client.set_registered_model_alias("churn", alias, number)
    moves.append({"at": pd.Timestamp(at), "alias": alias, "version": number, "by": by, "why": why})


def champion():
    return mlflow.sklearn.load_model("models:/churn@champion")


asked = tables["v2"].iloc[wrong[:3]]
story = [
    (1, "2026-03-02 09:00", "Adaeze Obi", "first release"),
    (2, "2026-03-09 10:00", "Adaeze Obi", "tenure of 400 customers corrected"),
    (1, "2026-03-09 14:02", "Jonas Wirth", "offers doubled: wait for the review"),
]
for number, at, by, why in story:
    move("champion", number, at, by, why)
    print(f"{at}  version {number}  {champion().predict_proba(asked)[:, 1].round(2)}  {why}")

# %% [markdown]
# The program that loads `models:/churn@champion` didn't change once. Each move wrote a line into `moves`, too. Is that needed, when a registry is there? Ask the database what it knows of the three moves.

# %%
print(database.execute("SELECT name, alias, version FROM registered_model_aliases").fetchall())
print(pd.DataFrame(moves)[["at", "version", "by", "why"]].to_string(index=False))

# %% [markdown]
# One row: the alias as it is *now*. MLflow overwrites, and who moved it, when and why is gone unless you write it down. An append-only log of moves, or a pull request for each, is the part that auditors ask for.
#
# **Loading a pickle runs code.** A pickle isn't data; it is a program that builds objects, and it may call any function. cloudpickle is the same, and MLflow warns when it saves one. Here is a "model" that calls `print`. It could have called anything.


# %%
class Surprise:
    def __reduce__(self):
        return print, ("this line was printed by loading the file",)


content = pickle.dumps(Surprise())
loaded = pickle.loads(content)
print("the model is", loaded)

# %% [markdown]
# So load pickles only from a store that you control, after comparing the hash. Safer formats hold numbers and structure, but no code: ONNX for pipelines, safetensors for weights, skops for scikit-learn (it refuses types that you haven't allowed). For a logistic regression, an array is enough. The last step by hand:

# %%
model = champion()
prepared, final = model[:-1].transform(asked), model[-1]
np.savez(folder / "weights.npz", coef=final.coef_[0], intercept=final.intercept_)
with np.load(folder / "weights.npz", allow_pickle=False) as saved:
    score = prepared @ saved["coef"] + saved["intercept"]
print("equal to the model:", np.allclose(1 / (1 + np.exp(-score)), model.predict_proba(asked)[:, 1]))

# %% [markdown]
# ## 6. How it fails
#
# **(a) A hash that isn't one. (b) An order that nobody chose.** Python's own `hash()` of a text is meant for dictionaries and salted anew in every process. The order of a `set` of texts depends on it. Both are provoked in fresh processes, as a colleague's machine would be. The salt is set by `PYTHONHASHSEED`, so that this page prints the same each time. Which of the lines agree?

# %%
program = """
import hashlib
columns = {"age", "tenure", "fee", "calls"}
print(hash("customers v2") % 10_000, list(columns), sorted(columns) == list(columns))
print(hashlib.sha256(b"customers v2").hexdigest()[:4], sorted(columns))
"""
for salt in ("1", "2"):
    fresh = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | {"PYTHONHASHSEED": salt}, capture_output=True, text=True
    )
    print(fresh.stdout, end="")

# %% [markdown]
# The second lines: sha256 and `sorted` repair both. Does an order of columns matter? A forest draws columns by *position*, so with the same seed another order is another forest. Same customers, same columns, same seed:

# %%
training, held_out = train_test_split(tables["v2"], test_size=0.25, stratify=tables["v2"]["churned"], random_state=0)
orders = {"as given": data.NUMERIC, "reversed": data.NUMERIC[::-1]}
orders |= {f"{name}, then sorted": sorted(columns) for name, columns in orders.items()}
guesses = {}
for name, columns in orders.items():
    forest = make_pipeline(SimpleImputer(strategy="median"), RandomForestClassifier(30, random_state=0))
    guesses[name] = forest.fit(training[columns], training["churned"]).predict_proba(held_out[columns])[:, 1]
    print(f"{name:22} first customers {guesses[name][:4].round(2)}")

# %% [markdown]
# **(c) The seed is fixed, the order of addition isn't.** Threads add up parts of a sum, and the part that finishes first comes first. Floating-point sums depend on the order. One million numbers in float32, cut into 64 parts, and the parts added in 20 orders, as they might arrive:

# %%
values = np.random.default_rng(0).lognormal(0, 3, 1_000_000).astype(np.float32)
parts = [part.sum(dtype=np.float32) for part in np.array_split(values, 64)]


def arrived(order):
    total = np.float32(0)
    for number in order:
        total = total + parts[number]
    return total


rng = np.random.default_rng(1)
totals = np.array([arrived(rng.permutation(64)) for _ in range(20)])
print("equal to 10 in a million:", bool(np.ptp(totals) < 1e-5 * totals.mean()))
print("equal to the last digit:", len(set(totals.tolist())) == 1)
print("one order, twice:", arrived(range(64)) == arrived(range(64)))

# %% [markdown]
# The repair is to fix the number of threads and to record it with the environment, or to compare results with a tolerance that you have written down.
#
# **(d) The record says v2, the file was v1.** Somebody types the version into the run, and a path in a settings file still points to the old folder. Both records look complete. Only one can be wrong:


# %%
def typed(name, place):
    return {"data": name, "auc": train(pd.read_csv(place / "customers.csv"))[1]}


def measured(name, place):
    content = (place / "customers.csv").read_bytes()
    if digest(content) != manifests[name]["customers.csv"]:
        raise ValueError(f"the file isn't the one of {name}")
    return {"data": digest(content), "auc": train(pd.read_csv(place / "customers.csv"))[1]}


old_path = folders["v1"]
print("typed:   ", {key: value if key == "data" else round(value, 3) for key, value in typed("v2", old_path).items()})
try:
    measured("v2", old_path)
except ValueError as error:
    print("measured:", error)

# %% [markdown]
# Record the hash of what was *read*, in the function that reads it. A name is a wish.
#
# ## 7. The record answers
#
# Now the auditor. First question: "On 9 March at 11:30 request 4711 got an offer. Which model decided, and on what basis?" The service logged each request with the version that it had loaded. The log is invented; everything else is joined from the registry.

# %%
log = pd.DataFrame({"request": [4709, 4710, 4711, 4712], "version": [1, 2, 2, 1]})
log["at"] = pd.to_datetime(["2026-03-09 09:58", "2026-03-09 10:01", "2026-03-09 11:30", "2026-03-09 14:10"])


def trail(request):
    row = log.set_index("request").loc[request]
    entry = client.get_model_version("churn", str(row["version"]))
    run = client.get_run(entry.run_id)
    made = [step for step in moves if step["at"] <= row["at"] and step["alias"] == "champion"][-1]
    tags, C, auc = run.data.tags, run.data.params["C"], round(run.data.metrics["auc"], 3)
    facts = {"version": int(entry.version), "data": tags["data"][:8], "code as now": tags["code"] == first["code"]}
    return facts | {"C": C, "auc": auc, "approved by": made["by"], "why": made["why"]}


# %% [markdown]
# For the approval it takes the last move before the request. What would the alias alone have said?

# %%
answer = trail(4711)
for key, value in answer.items():
    print(f"{key:12} {value}")
print("champion today:", client.get_model_version_by_alias("churn", "champion").version)

# %% [markdown]
# The alias alone would have said version 1. It tells what runs now; the question was what ran then. So log the *version* with each prediction.
#
# Second question: a model card. Written from the record, it can't disagree with it. Intervals come from resampling the test customers 200 times (the bootstrap); the groups are those that the model must not see.


# %%
def interval(truth, chance, rng):
    draws = [rng.integers(0, len(truth), len(truth)) for _ in range(200)]
    return np.quantile([roc_auc_score(truth[rows], chance[rows]) for rows in draws], [0.025, 0.975])


def quality(model, tested):
    chance, truth, rng = model.predict_proba(tested)[:, 1], tested["churned"].to_numpy(), np.random.default_rng(0)
    groups = {"all": np.full(len(tested), True)}
    groups |= {
        f"first language {name}": (tested["first_language"] == name).to_numpy() for name in ("majority", "other")
    }
    for name, members in groups.items():
        low, high = interval(truth[members], chance[members], rng)
        auc = roc_auc_score(truth[members], chance[members])
        yield f"AUC {auc:.2f} ({low:.2f} to {high:.2f}), {members.sum():>4} customers, {name}"


# %% [markdown]
# The card takes the run, the data, the model and the moves from where they were recorded. The split is repeated from its seed.


# %%
def card(number):
    entry = client.get_model_version("churn", str(number))
    run, model = client.get_run(entry.run_id), mlflow.sklearn.load_model(f"models:/churn/{number}")
    tested = train(tables[entry.tags["data"]], float(run.data.params["C"]), int(run.data.params["split"]))[2]
    lines = [f"Model churn, version {number}: who may leave; input of the offer list, no other use"]
    lines += [f"Data customers {entry.tags['data']}, sha256 {run.data.tags['data'][:8]}...", *quality(model, tested)]
    return lines + [
        f"{step['at']:%d %B %H:%M} {step['by']}: {step['why']}" for step in moves if step["version"] == number
    ]


version_card = card(2)
print("\n".join(version_card))

# %% [markdown]
# What isn't in the record isn't on the card: limits of use and the meaning of an offer remain for people to write.
#
# Third: the same for **prompts**. What a language model answers is decided by prompt, model and index (lessons 4·03 and 4·05) instead of code and data. MLflow numbers prompts as it numbers models, with aliases. No model answers here; only the record is shown.

# %%
prompts = [
    "Which team answers this message?\n{{message}}",
    "Which team answers this message? Reply with only the label.\n{{message}}",
]
for text in prompts:
    mlflow.genai.register_prompt("router", text)
mlflow.genai.set_prompt_alias("router", "live", 2)
live = mlflow.genai.load_prompt("prompts:/router@live")
with mlflow.start_run(run_name="router", tags={"kind": "prompt"}) as run:
    mlflow.log_params({"prompt": f"router/{live.version}", "model": "standin-small", "index": digest(b"handbook")[:8]})
print("version", live.version, "with", live.variables, "unchanged:", live.template == prompts[1])
print(client.get_run(run.info.run_id).data.params)

# %% [markdown]
# ## 8. Other tools, the same nouns
#
# | here | MLflow | Weights & Biases | DVC | Kubeflow |
# | --- | --- | --- | --- | --- |
# | record | run | run | experiment | run of a pipeline |
# | experiment | experiment | project | branch or workspace | experiment |
# | manifest and store | dataset input, artifact | artifact | `.dvc` file, remote | artifact |
# | stage and lock | – | – | `dvc.yaml`, `dvc.lock` | component, cache |
# | version, alias | model version, alias | registered artifact, alias | git tag | model registry |
#
# Only MLflow's small edition is installed, without its web page. The others need an account, a service or a cluster, so they stay on paper here. Their pages offer *parallel coordinates*: a line for each run through all its settings. That takes few lines, too. Which setting do the runs above 0.805 share?


# %%
def parallel(least=0.805):
    _, ax = plt.subplots(figsize=(7, 3.2))
    for C, split, score in grid[["C", "split", "metrics.auc"]].to_numpy():
        heights = [(np.log10(C) + 2) / 4, split / 5, (score - 0.77) / 0.045]
        chosen = score >= least
        ax.plot(
            range(3), heights, color="C0" if chosen else "#C8C8C8", linewidth=1.6 if chosen else 0.8, zorder=1 + chosen
        )
    for x, low, high in ((0, "0.01", "100"), (1, "0", "5"), (2, "0.77", "0.815")):
        ax.text(x, -0.1, low, ha="center")
        ax.text(x, 1.04, high, ha="center")
    ax.set(xticks=range(3), xticklabels=["C (log scale)", "split", "AUC"], yticks=[], ylim=(-0.18, 1.15))
    ax.set_title(f"Runs with an AUC of at least {least:.3f}: {(grid['metrics.auc'] >= least).sum()} of {len(grid)}")


parallel()

# %% tags=["widget"]
from ipywidgets import FloatSlider, interact

_ = interact(parallel, least=FloatSlider(value=0.805, min=0.775, max=0.815, step=0.005, readout_format=".3f"))

# %% [markdown]
# The split, and only the split: the blue lines start at every C and meet at 5. Last, leave nothing behind.

# %%
database.close()
temporary.cleanup()
print("left behind:", folder.exists())

# %% [markdown]
# ## In practice
#
# - Nothing reaches production that a pipeline didn't make from a clean checkout.
# - A promotion is a pull request: two people, a reason, a date. So is a rollback, afterwards.
# - Never delete a run. Archive it; the losing runs are the answer to "compared with what?".
# - Once a week a job repeats the champion's training from its record and compares. The day it differs, you still know what changed.
# - Log the model's version with every prediction, and the hash of what was read with every run.

# %% [markdown]
# **With a real model.** No language model answered here. With one behind an API you can't hash the weights: record the provider's model name with its date, the prompt's version, temperature and seed, and keep the answers themselves, since repeating a run may not return them. A part of the record becomes weaker, so the evaluation (4·03) is repeated more often.

# %% [markdown]
# ## Check yourself
#
# **1.** Two runs have the same parameters and different results. You check (a) the seed only, (b) data hash, code commit, environment, seed, in this order, (c) the hardware, (d) nothing: you repeat them until they agree.
#
# **2.** An alias is better than a file name because (a) it is shorter, (b) it copies the model, (c) it can be moved without a change of code, and each move can be recorded, (d) it prevents deletion.
#
# **3.** The best of 30 runs on six splits beats the second best by 0.001. You (a) take its settings, (b) compare settings by their differences on equal splits, (c) run 30 more and take the best of 60, (d) average all 30.
#
# <details><summary>Answer</summary>
#
# **1 b.** The cheap comparisons come first: two hashes are compared at a glance, and section 1 found the cause that way. (a) A seed is one of five causes. (c) Hardware changes last digits (section 6c), seldom more. (d) Chance agreement explains nothing.
#
# **2 c.** Programs ask for `champion`, people move it, and a log keeps who and why. (a) Length doesn't matter. (b) An alias points; nothing is copied. (d) A version behind an alias can be deleted like any other; rights prevent that.
#
# **3 b.** The split moved the AUC ten times as far as C did; a difference on equal splits doesn't contain it. (a) The winner had the easiest test set. (c) The best of more draws is a luckier draw. (d) One mean over everything can't tell settings apart.
#
# </details>

# %% [markdown]
# ## In short
#
# - Code, data, parameters, environment and randomness decide a result. Record all five, by hash where you can.
# - A tracking database answers questions about runs. Its parameters are text.
# - The luckiest split wins a contest of runs. Compare on equal splits.
# - Files by hash and a manifest for each version: nothing is stored twice, and damage shows.
# - Programs load an alias, people move it, and a log outside the registry keeps the moves.
#
# ## Next
#
# [Open the exercises](../../work/04_llm_production/15_experiment_tracking.ipynb): the hash of a folder, an honest best run, a restore that is all or nothing, an alias in the past, and the plan of a pipeline. Then lesson 16 watches the model that you now can name.

# %% tags=["claims"]
assert {f"{by_hand[C, 5]:.2f}" for C in strengths} == {"0.81"} and {f"{by_hand[C, 0]:.2f}" for C in strengths} == {
    "0.79"
}
assert again == first and [key for key in first if first[key] != second[key]] == ["data", "result"]
assert tables["v1"]["tenure_months"].max() > tables["v2"]["tenure_months"].max() == 120
assert (tables["v1"]["tenure_months"] != tables["v2"]["tenure_months"]).sum() <= 400

assert count == 65 and len(runs) == 30 and len(digest(b"")) == 64
assert curve.sort_values("params.rows")["params.rows"].tolist() == ["1000", "2000", "500", "6000"]
assert np.allclose(by_sql["mean_auc"], by_pandas, atol=1e-4)

logistic = auc.drop("boosting")
winner = grid.loc[grid["metrics.auc"].idxmax()]
assert winner["C"] == 0.1 and winner["split"] == 5 and abs(winner["metrics.auc"] - 0.811) < 0.001
assert abs(auc.loc[0.01, 1] - 0.779) < 0.001
assert logistic[5].min() > 0.8085 and logistic[1].max() < 0.786
assert 0.027 < np.ptp(auc.loc[1.0]) < 0.032 and np.ptp(auc.loc[0.1:100.0], axis=0).max() < 0.003
assert abs(auc.loc[1.0].mean() - 0.789) < 0.001 and abs(auc.loc[1.0].std() - 0.011) < 0.001
assert (paired["boosting minus C = 1"] < 0).all()
assert (paired["C = 0.01 minus C = 1"] > 0).sum() == 2 and paired["C = 0.01 minus C = 1"].mean() < 0

assert (
    sum(map(len, manifests.values())) == 6
    and sum(manifests["v1"][p] != manifests["v2"][p] for p in manifests["v1"]) == 1
)
v1_score, v2_score = (auc_of[number] for number in versions)
assert 0.011 < v2_score[0] - v1_score[0] < 0.015 and 0.006 < v2_score[1] - v1_score[1] < 0.010
assert abs(v2_score[0] - v2_score[1]) < 1e-9
assert versions == [1, 2] and len(moves) == 3 and loaded is None
assert (
    answer["version"] == 2
    and answer["data"] == manifests["v2"]["customers.csv"][:8]
    and answer["approved by"] == "Adaeze Obi"
)
assert len(set(totals.tolist())) > 1 and np.ptp(totals) < 1e-5 * totals.mean()
first_guess, *others = guesses.values()
assert [bool((guess == first_guess).all()) for guess in others] == [False] * 3 and (others[1] == others[2]).all()
assert set(grid.loc[grid["metrics.auc"] >= 0.805, "split"]) == {5}
assert set(grid.loc[grid["metrics.auc"] >= 0.805, "C"]) == set(strengths)
assert not folder.exists()
