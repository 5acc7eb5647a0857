# %% [markdown]
# # Exercises: Know which model runs, and why it is that one
#
# Five functions to complete. Replace `raise NotImplementedError()`, run the cell with Shift+Enter, then run the `check` below it: it shows the smallest input on which your answer is wrong. Stuck? `hint(best_run)` gives the next of three hints, `solution(best_run)` the answer. Any order; `progress()` says where you are. MLflow isn't needed here.

# %%
import hashlib
import math
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from handrail import check, hint, progress, solution

# %% [markdown]
# ## 1. Name a folder by its content  ★☆☆ · 12 min
# Two teams want to know whether their data folders are equal without sending them. Complete `folder_version`: it depends on the relative path and the bytes of every file, at any depth, and on nothing else: not on dates, on where the folder lies, or on the order in which the disk lists files. Empty folders don't count, nor do files named `.DS_Store`, which macOS leaves everywhere. Any other difference, such as a renamed file, must change the version.


# %%
def folder_version(folder: Path) -> str:
    """Return 64 hexadecimal digits (SHA-256) that name the relative paths and contents of all files in `folder`.

    Equal for equal folders on every machine and in every process; different for different ones. Files named `.DS_Store`
    and empty folders are ignored. Nothing is written.

    >>> with TemporaryDirectory() as one, TemporaryDirectory() as two:
    ...     for place in (one, two):
    ...         _ = Path(place, "rows.csv").write_text("a,b")
    ...     equal = folder_version(Path(one)) == folder_version(Path(two))
    ...     length = len(folder_version(Path(one)))
    >>> equal, length
    (True, 64)
    """
    # BEGIN SOLUTION
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".DS_Store"]
    whole = hashlib.sha256()
    for path in sorted(files, key=lambda path: path.relative_to(folder).as_posix()):
        for part in (path.relative_to(folder).as_posix().encode(), path.read_bytes()):
            whole.update(hashlib.sha256(part).digest())
    return whole.hexdigest()
    # END SOLUTION


# %%
check(folder_version)

# %% [markdown] tags=["solution"]
# Names and contents are hashed one by one, and the hash of hashes is the version. Each part then has 32 bytes, so no content can pretend to be a name, which a separator alone can't prevent: contents may hold any byte. Sorting by the relative path with `/` makes the order the same on every disk. Bytes are read as bytes: text mode would make `\r\n` and `\n` equal.

# %% [markdown]
# ## 2. Find the best run that counts  ★☆☆ · 10 min
# A table of runs as `search_runs` returns it: `run_id`, `status`, `start_time`, metrics such as `metrics.auc`, and parameters such as `params.C`, which are text. Complete `best_run`: the id of the best run. Only runs with status `FINISHED` and a finite metric count, and only those whose parameters equal `where` as numbers. Of equally good runs, the earliest started wins. If no run counts, return None.


# %%
def best_run(
    runs: pd.DataFrame, metric: str, *, minimize: bool = False, where: dict[str, float] | None = None
) -> str | None:
    """Return the `run_id` of the finished run with the highest (with `minimize` the lowest) finite `metric`, or None.

    `metric="auc"` means the column `metrics.auc`, `where={"C": 10}` the column `params.C`; a missing column leaves no
    run. Parameters are text, or missing; text that isn't a number equals none. All start times differ. Rows may have
    any labels: `runs` may be a part of a longer table, or joined from several.

    >>> runs = pd.DataFrame({"run_id": ["a", "b"], "status": ["FINISHED", "FINISHED"], "start_time": [1, 2],
    ...                      "metrics.auc": [0.7, 0.8], "params.C": ["10.0", "1"]})
    >>> best_run(runs, "auc"), best_run(runs, "auc", where={"C": 10})
    ('b', 'a')
    """
    # BEGIN SOLUTION
    needed = [f"metrics.{metric}", *(f"params.{name}" for name in where or {})]
    table = runs.reindex(columns=["run_id", "status", "start_time", *needed])
    values = table[f"metrics.{metric}"].astype(float)
    counts = (table["status"] == "FINISHED") & values.abs().lt(math.inf)
    for name, value in (where or {}).items():
        counts &= pd.to_numeric(table[f"params.{name}"], errors="coerce") == value
    ranked = table.assign(key=values if minimize else -values)[counts].sort_values(["key", "start_time"])
    return None if ranked.empty else ranked["run_id"].iloc[0]
    # END SOLUTION


# %%
check(best_run)

# %% [markdown] tags=["solution"]
# First decide which runs count, then which is best. `reindex` adds a missing column full of nan, so nothing else has to ask for it. Comparisons with nan are False, so `abs() < inf` drops missing and infinite metrics at once. `errors="coerce"` turns "auto" into nan, which equals nothing. Sorting by the pair of key and start time settles ties without relying on the order of rows, which `search_runs` gives newest first.

# %% [markdown]
# ## 3. Restore a version, all or nothing  ★★☆ · 20 min
# A training must start from exactly the files of a version. Complete `restore_version`: make the folder `target` equal to the manifest, taking contents from the `store`, where each file is named by the SHA-256 of its content. Write missing and changed files, delete files that the manifest doesn't name, leave equal ones untouched. If any object is missing or damaged, or a path leads out of the target, raise `ValueError` and change nothing.


# %%
def restore_version(store: Path, manifest: dict[str, str], target: Path) -> list[str]:
    """Make `target` hold the files of `manifest` (relative path with `/`: SHA-256) and no others.

    Returns the relative paths of all files written or deleted, sorted as text. `target` may not exist yet. Every object
    that the manifest names is verified, even if the target has the file already. ValueError comes before the first
    change: not even a folder is made. A path with a step `..` always leads out; so does one that begins with `/`.
    No path is both a file and a folder, and there are no links. Folders that become empty may stay or go.

    >>> with TemporaryDirectory() as place:
    ...     store, target = Path(place, "store"), Path(place, "target")
    ...     store.mkdir()
    ...     name = hashlib.sha256(b"1,2").hexdigest()
    ...     _ = (store / name).write_bytes(b"1,2")
    ...     restore_version(store, {"raw/rows.csv": name}, target)
    ['raw/rows.csv']
    """
    # BEGIN SOLUTION
    contents = {}
    for path, name in manifest.items():
        if not (target / path).resolve().is_relative_to(target.resolve()):
            raise ValueError(f"{path} leads out of the target")
        if not (store / name).is_file():
            raise ValueError(f"object {name} of {path} is missing")
        contents[path] = (store / name).read_bytes()
        if hashlib.sha256(contents[path]).hexdigest() != name:
            raise ValueError(f"object {name} of {path} is damaged")
    present = {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}
    changed = present - set(manifest)
    for path in changed:
        (target / path).unlink()
    for path, content in contents.items():
        if path not in present or (target / path).read_bytes() != content:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(content)
            changed.add(path)
    return sorted(changed)
    # END SOLUTION


# %%
check(restore_version)

# %% [markdown] tags=["solution"]
# Two passes: the first only reads and may raise, the second only writes. `resolve()` follows every `..` before the comparison; comparing texts would take `/data/target-old` for a part of `/data/target`. What the target holds is compared by content, since a file of the right name and size may still be another version. A disk that fills up can still interrupt the second pass: programs that must survive this write beside the target and rename at the end.

# %% [markdown]
# ## 4. Ask where an alias pointed  ★★☆ · 12 min
# A registry keeps only the present; your log keeps the moves, in the order in which they arrived, which isn't the order in which they happened. `set` points an alias to a version. `rollback` undoes the latest `set` that isn't undone yet. `delete` removes the alias and forgets its past. Complete `moved_alias`: the version that the alias pointed to at a moment, the events of this moment included; None if it pointed nowhere.


# %%
def moved_alias(history: list[tuple[datetime, str, str, int | None]], alias: str, at: datetime) -> int | None:
    """Return the version that `alias` pointed to right after `at`, or None if there was none.

    An event is (time, alias, action, version); the action is "set", "rollback" or "delete", and the version is None
    unless the action is "set". No two events have the same time. A rollback with nothing left to undo does nothing.

    >>> def hour(h):
    ...     return datetime(2026, 3, 9, h)
    >>> history = [(hour(10), "champion", "set", 5), (hour(9), "champion", "set", 4),
    ...            (hour(14), "champion", "rollback", None)]
    >>> moved_alias(history, "champion", hour(12)), moved_alias(history, "champion", hour(14))
    (5, 4)
    """
    # BEGIN SOLUTION
    past: list[int | None] = []
    for time, name, action, version in sorted(history, key=lambda event: event[0]):
        if name != alias or time > at:
            continue
        if action == "set":
            past.append(version)
        elif action == "delete":
            past.clear()
        elif past:
            past.pop()
    return past[-1] if past else None
    # END SOLUTION


# %%
check(moved_alias)

# %% [markdown] tags=["solution"]
# The versions that could still be returned to form a stack: `set` puts one on top, `rollback` takes one off, `delete` empties it. The answer is what lies on top. One variable for "the previous version" isn't enough, since a second rollback would lead back to the version that the first one took away. Events are sorted by their own time, not by their arrival.

# %% [markdown]
# ## 5. Plan what must run  ★★★ · 30 min
# A nightly pipeline knows, for each stage, the hashes with which it ran last: its lock. Complete `stages_to_run`: all stages that must run, each after those whose outputs it reads. A stage must run if it isn't in the lock, if its inputs aren't those of its lock (other names or other hashes), if one of its inputs or outputs is missing, or if it reads, directly or through others, an output of a stage that must run.


# %%
def stages_to_run(
    stages: dict[str, dict[str, list[str]]], lock: dict[str, dict[str, str]], current: dict[str, str]
) -> list[str]:
    """Return the names of the stages that must run, each after the stages whose outputs it reads.

    `stages[name]` has "inputs" and "outputs": names of files, or of whatever is hashed (`"param:C"`, `"train.py"`).
    `lock[name]` maps the inputs of the last run to their hashes. `current` has the hash of everything that exists now.
    No two stages have an output in common. If a stage depends on itself, directly or through others, raise
    ValueError in any case, even if nothing must run.

    >>> stages = {"train": {"inputs": ["clean"], "outputs": ["model"]},
    ...           "clean": {"inputs": ["raw"], "outputs": ["clean"]}}
    >>> lock = {"clean": {"raw": "r1"}, "train": {"clean": "c1"}}
    >>> stages_to_run(stages, lock, {"raw": "r2", "clean": "c1", "model": "m1"})
    ['clean', 'train']
    """
    # BEGIN SOLUTION
    maker = {output: name for name, stage in stages.items() for output in stage["outputs"]}
    needs = {name: {maker[i] for i in stage["inputs"] if i in maker} for name, stage in stages.items()}
    try:
        ordered = list(TopologicalSorter(needs).static_order())
    except CycleError as circle:
        raise ValueError(f"stages depend on each other in a circle: {circle.args[1]}") from None
    plan: list[str] = []
    for name in ordered:
        now = {i: current.get(i) for i in stages[name]["inputs"]}
        missing = any(output not in current for output in stages[name]["outputs"])
        if missing or None in now.values() or lock.get(name) != now or not needs[name].isdisjoint(plan):
            plan.append(name)
    return plan
    # END SOLUTION


# %%
check(stages_to_run)

# %% [markdown] tags=["solution"]
# Sort first, then one pass is enough: when a stage's turn comes, everything that it reads has been decided. The plan can't know whether `prepare` will write the same bytes as before, so it must include what follows; a runner that goes stage by stage, as in the lesson, may stop earlier. A deleted output concerns its maker, and through it all readers, although no input changed.
