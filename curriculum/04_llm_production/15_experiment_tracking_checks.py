"""Checks, hints and known mistakes of 04_llm_production/15_experiment_tracking."""

import builtins
import hashlib
import itertools
import math
import os
import shutil
from collections.abc import Iterator
from contextlib import chdir, contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from handrail.expect import (
    AnswerRaised,
    between,
    call,
    close,
    equivalent,
    flags,
    for_all,
    hints,
    kind,
    require,
    told_by_message,
)

# 1 ------------------------------------------------------------------------------------------------- folder_version


def laid_out(files, place, *, backwards=False):
    """Write a folder with these files (path: bytes; None makes an empty folder)."""
    place.mkdir(parents=True, exist_ok=True)
    for path in sorted(files, reverse=backwards):
        if files[path] is None:
            (place / path).mkdir(parents=True, exist_ok=True)
            continue
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_bytes(files[path])
    return place


def held(place):
    return {p.relative_to(place).as_posix(): p.read_bytes() for p in place.rglob("*") if p.is_file()}


class Listed:
    """What `os.scandir` returns, in an order of our choice."""

    def __init__(self, entries):
        self.entries = iter(entries)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.entries)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def close(self):
        return None


@contextmanager
def disk_that_lists(backwards: bool) -> Iterator[None]:
    """Let the disk list files in one order or in the opposite one, as two disks may."""
    listdir, scandir = os.listdir, os.scandir

    def names(*where):
        return sorted(listdir(*where), reverse=backwards)

    def entries(*where):
        with scandir(*where) as found:
            return Listed(sorted(found, key=lambda entry: entry.name, reverse=backwards))

    with patch("os.listdir", names), patch("os.scandir", entries):
        yield


@contextmanager
def other_process() -> Iterator[None]:
    """Let `hash()` return other numbers, as in another Python process."""
    usual = builtins.hash
    with patch("builtins.hash", lambda thing: usual((thing, "another salt"))):
        yield


def version_of(folder_version, files, *, backwards=False, deep=False, old=False, fresh=False):
    with TemporaryDirectory() as temporary, chdir(temporary):  # a relative path reads the same in every message
        place = laid_out(files, Path("elsewhere/data" if deep else "folder"), backwards=backwards)
        if old:
            for path in place.rglob("*"):
                os.utime(path, (1e9, 1e9))
        before = held(place)
        with disk_that_lists(backwards), other_process() if fresh else nullcontext():
            version = folder_version(place)
        require(held(place) == before, "The folder was changed. Naming it must only read.")
    kind(version, str, "the version")
    digits = len(version) == 64 and set(version) <= set("0123456789abcdef")
    require(digits, "The version must be 64 hexadecimal digits, as SHA-256's `hexdigest()` gives.")
    return version


def counted_files(files):
    return {p: c for p, c in files.items() if c is not None and p.rpartition("/")[2] != ".DS_Store"}


CONTENTS = [b"", b"a", b"b", b"ab", b"a\n", b"a\r\n", b"\xff", None]
PATHS = ["a", "b", "ab", "d/a", "d/b", "e/a", "d/f/a", ".DS_Store", "d/.DS_Store", "a.DS_Store"]
TREES = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(CONTENTS), max_size=4)

SEPARATE = (
    "Folders {one} and {two} got the same version, although they differ. A content can look like a name: hash each "
    "name and each content by itself, or write down how long they are."
)


@told_by_message
@hints(
    "Two folders are equal if the same relative paths hold the same bytes. What else does your version depend on?",
    "Collect the relative paths of all files with `as_posix()`, and sort them before anything is hashed.",
    "Feed one hash with parts of fixed length: the digest of a path, then the digest of that file's bytes.",
)
@equivalent(
    "sorted(files, key=lambda path: path.relative_to(folder).as_posix())",
    "sorted(files)",
    because="paths sort by their parts: another order, but again the same on every disk",
)
@equivalent("folder.rglob('*')", "folder.rglob('*?')", because="every name has a letter")
def check_folder_version(folder_version):
    def version(files, **how):
        return version_of(folder_version, files, **how)

    two = {"b.csv": b"2", "a.csv": b"1", "d/a.csv": b"3", "c/a.csv": b"4"}
    require(version(two) == version(two, deep=True), "The version depends on where the folder lies.")
    require(version(two) == version(two, old=True), "The version depends on the dates of the files.")
    require(
        version(two) == version(two, backwards=True),
        "The same folder got two versions, because the disk listed its files in another order.",
    )
    require(
        version(two) == version(two, fresh=True),
        "In another Python process the same folder gets another version: `hash()` is salted anew in each.",
    )
    require(version({"a": b"1"}) != version({"a": b"2"}), "A content changed, and the version stayed.")
    require(version({"a": b"1"}) != version({"b": b"1"}), "A file was renamed, and the version stayed.")
    require(
        version({"a": b"1", "b": b"2"}) != version({"a": b"2", "b": b"1"}),
        "Two files exchanged their contents, and the version stayed.",
    )
    require(version({"d/a": b"1"}) != version({}), "A file in an inner folder doesn't count.")
    require(version({"d/a": b"1"}) != version({"e/a": b"1"}), "A file moved to another folder; the version stayed.")
    require(version({"a": b"bc"}) != version({"ab": b"c"}), SEPARATE.format(one="{a: 'bc'}", two="{ab: 'c'}"))
    plain = version({"a": b"1", "d/b": b"2"})
    litter = {"a": b"1", "d/b": b"2", ".DS_Store": b"x", "d/.DS_Store": b"y"}
    require(version(litter) == plain, "A file named .DS_Store, at any depth, must not count.")
    require(version({"a": b"1", "d/b": b"2", "e": None}) == plain, "An empty folder must not count.")
    require(version({"a": b"1", "d/b": b"2", "x.DS_Store": b""}) != plain, "x.DS_Store is a file like any other.")
    require(version({"a": b"1", "d/b": b"2", ".hidden": b""}) != plain, ".hidden is a file like any other.")
    require(version({"a": b"1", "d/b": b"2", "c": b""}) != plain, "An empty file was added, and the version stayed.")
    long = bytes(200_000)
    for spot in (0, 100_000, 199_999):
        other = long[:spot] + b"1" + long[spot + 1 :]
        require(version({"a": long}) != version({"a": other}), f"Byte {spot} of 200,000 changed; the version stayed.")
    both = {"a": b"1", "b": b"2"}
    version_of_both = version(both)
    for mark in ("\0", "\n", "/", ":", " ", ",", "=", "|", "\t", "\0\0"):
        for content in (f"1{mark}b{mark}2", f"1b{mark}2", f"1{mark}b2"):
            one = {"a": content.encode()}
            require(version(one) != version_of_both, SEPARATE.format(one=one, two=both))
    for one, other in (
        (b"1\n", b"1\r\n"),
        (b"1", b"1\n"),
        (b"1", b" 1"),
        (b"\xff", b"\xfe"),
        (b"A", b"a"),
        (b"", b"\0"),
    ):
        require(version({"a": one}) != version({"a": other}), f"Contents {one} and {other} differ; the versions don't.")
    require(version({"a": b"1"}) != version({"A": b"1"}), "`a` and `A` are two names.")
    require(version({"a.csv": b"1"}) != version({"a.txt": b"1"}), "`a.csv` and `a.txt` are two names.")
    deep = version({"d/e/f/g/a": b"1"})
    require(deep not in (version({}), version({"d/e/f/g/a": b"2"})), "A file five folders down doesn't count.")
    long_name = {f"a{sha(b'2')}b": b"1"}
    require(
        version(long_name) != version({"a": b"1", "b": b"2"}), SEPARATE.format(one=long_name, two="{a: '1', b: '2'}")
    )
    nested = hashlib.sha256(b"1").hexdigest()
    for content in (f"{nested}b", f"{nested}\nb", nested):
        require(version({"a": content.encode()}) != version({"a": b"1"}), "Two different files, one version.")

    def equal_if_equal(one, other, backwards):
        same = version(one) == version(other, backwards=backwards)
        wanted = counted_files(one) == counted_files(other)
        require(same == wanted, f"These folders are {'equal' if wanted else 'different'}; their versions aren't.")

    trees = TREES.map(possible)
    for_all(equal_if_equal, on=(trees, trees, flags()), examples=10)


def possible(files):
    """Leave out what no disk can hold: a path that is a file and a folder."""
    kept = {}
    for path, content in files.items():
        if path.endswith(".DS_Store") and content is None:
            content = b""
        if not any(other.startswith(f"{path}/") or path.startswith(f"{other}/") for other in kept):
            kept[path] = content
    return kept


def files_in_order(folder):
    found = [path for path in folder.rglob("*") if path.is_file() and path.name != ".DS_Store"]
    return sorted((path.relative_to(folder).as_posix(), path.read_bytes()) for path in found)


def folder_version__glued(folder):
    """You hashed names and contents glued together: `a` with content `bc` and `ab` with content `c` are the same
    bytes. Separate names and contents so that none can pass for the other."""
    whole = hashlib.sha256()
    for name, content in files_in_order(folder):
        whole.update(name.encode() + content)
    return whole.hexdigest()


def folder_version__separator(folder):
    """Your separator may stand in a file as well, and then one file looks like two. Hash each part by itself, or write
    its length in front of it."""
    whole = hashlib.sha256()
    for name, content in files_in_order(folder):
        whole.update(name.encode() + b"\0" + content + b"\0")
    return whole.hexdigest()


def folder_version__listing_order(folder):
    """You hashed the files in the order in which the disk lists them. It differs between machines: sort the relative
    paths."""
    whole = hashlib.sha256()
    for path in folder.rglob("*"):
        if path.is_file() and path.name != ".DS_Store":
            whole.update(hashlib.sha256(path.relative_to(folder).as_posix().encode()).digest())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def folder_version__names_ignored(folder):
    """You hashed the contents only: a file may get another name, and the version stays. The paths belong in it."""
    whole = hashlib.sha256()
    for digest in sorted(hashlib.sha256(content).digest() for _, content in files_in_order(folder)):
        whole.update(digest)
    return whole.hexdigest()


def folder_version__absolute_path(folder):
    """You hashed the whole path, so a copy in another place has another version. Use the path relative to the
    folder."""
    whole = hashlib.sha256()
    for name, content in files_in_order(folder):
        whole.update(hashlib.sha256(str(folder / name).encode()).digest() + hashlib.sha256(content).digest())
    return whole.hexdigest()


def folder_version__top_level_only(folder):
    """You left out the folders inside the folder. `rglob("*")` reaches every depth."""
    whole = hashlib.sha256()
    for name, content in files_in_order(folder):
        if "/" not in name:
            whole.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(content).digest())
    return whole.hexdigest()


# 2 ------------------------------------------------------------------------------------------------------- best_run


def number_or_none(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def best_in_loops(runs, metric, *, minimize=False, where=None):
    best = None
    for row in runs.to_dict("records"):
        value = row.get(f"metrics.{metric}")
        wanted = all(number_or_none(row.get(f"params.{name}")) == number for name, number in (where or {}).items())
        if row["status"] != "FINISHED" or value is None or not math.isfinite(value) or not wanted:
            continue
        place = (value if minimize else -value, row["start_time"])
        if best is None or place < best[0]:
            best = (place, row["run_id"])
    return None if best is None else best[1]


VALUES = [0.5, 0.7, 0.7, 0.9, -0.2, 0.0, math.nan, math.inf, -math.inf]
STATUS = ["FINISHED", "FINISHED", "FINISHED", "FAILED", "RUNNING", "KILLED"]
STARTS = pd.date_range("2026-03-01", periods=9, freq="h")
TEXTS = ["10", "10.0", "1e1", "1", "0.1", "100", "auto", None, "0"]


@st.composite
def questions(draw):
    rows = draw(between(0, 6))

    def column(values):
        return draw(st.lists(st.sampled_from(values), min_size=rows, max_size=rows))

    starts = draw(st.permutations(range(rows)))
    runs = pd.DataFrame(
        {
            "run_id": [f"r{i}" for i in range(rows)],
            "status": column(STATUS),
            "start_time": STARTS[list(starts)],
            "metrics.auc": np.array(column(VALUES), dtype=float),
            "metrics.loss": np.array(column(VALUES), dtype=float),
            "params.C": pd.Series(column(TEXTS), dtype=object),
            "params.split": pd.Series(column(["0", "1", "1.0"]), dtype=object),
        }
    )
    runs.index = draw(st.sampled_from([list(range(rows)), [7] * rows, list(range(rows, 0, -1))]))
    where = draw(st.sampled_from([None, None, {}, {"C": 10}, {"C": 10.0, "split": 1}, {"C": 0}, {"nowhere": 1}]))
    metric = draw(st.sampled_from(["auc", "auc", "loss", "absent"]))
    return call(runs, metric, minimize=draw(st.booleans()), where=where)


def table(metric, *, status=None, C=None, start=None):
    rows = len(metric)
    return pd.DataFrame(
        {
            "run_id": [f"r{i}" for i in range(rows)],
            "status": status or ["FINISHED"] * rows,
            "start_time": STARTS[start or list(range(rows))],
            "metrics.auc": np.array(metric, dtype=float),
            "params.C": pd.Series(C or ["1"] * rows),
        }
    )


@hints(
    "Which rows don't count at all? Drop them first, then look for the best.",
    "`pd.to_numeric(..., errors='coerce')` makes numbers of a column of text; what isn't one becomes nan.",
    "Sort by two columns: the metric in the right direction, and the start time. Take the first row, if there is one.",
)
def check_best_run(best_run):
    both = table([0.5, 0.9, 0.7], C=["10", "1", "10.0"]).assign(**{"params.split": ["1", "1.0", "0"]})
    ten = table([0.7, 0.8, 0.9], C=["10.0", "10", "1"])
    named = table([0.7, 0.8])
    named.insert(3, "metrics.val_auc", [0.9, 0.6])
    also = [
        call(ten, "auc", where={"C": 10}),
        call(table([0.7, math.nan, 0.6]), "auc"),
        call(table([0.7, math.inf, 0.6]), "auc"),
        call(table([0.7, -math.inf, 0.6]), "auc", minimize=True),
        call(table([0.7, 0.93], status=["FINISHED", "FAILED"]), "auc"),
        call(table([0.7, 0.93], status=["FINISHED", "RUNNING"]), "auc"),
        call(table([0.7, 0.7, 0.7], start=[3, 1, 2]), "auc"),
        call(table([0.7, 0.7, 0.7], start=[3, 1, 2]), "auc", minimize=True),
        call(table([0.3, 0.7, 0.5]), "auc", minimize=True),
        call(table([-0.3, -0.7, -0.5]), "auc"),
        call(table([0.3, 0.7], C=["auto", "auto"]), "auc", where={"C": 1}),
        call(table([math.nan, math.nan]), "auc"),
        call(table([0.5, 0.6]), "f1"),
        call(table([0.5, 0.6]), "auc", where={"depth": 3}),
        call(table([]), "auc"),
        call(table([0.5, 0.6, 0.7], C=["0.1", "0.4", "0.6"]), "auc", where={"C": 0.1}),
        call(table([0.5, 0.6, 0.7, 0.8, 0.9], C=["0", "0.4", "-0.4", None, "auto"]), "auc", where={"C": 0}),
        call(both, "auc", where={"C": 10, "split": 1}),
        call(table([0.5, 0.6, 0.7, 0.8], C=["10", "1e1", "010.00", "1"]), "auc", where={"C": 10}),
        call(table([0.5, 0.6], C=["0.001", "0.001000000001"]), "auc", where={"C": 0.001}),
        call(table([0.7, 0.700000001]), "auc"),
        call(named, "auc"),
    ]

    def same(runs, metric, **options):
        expected = best_in_loops(runs, metric, **options)
        close(best_run(runs, metric, **options), expected, "the best run", call(runs, metric, **options))

    for_all(same, on=questions(), also=also, examples=6)


def ranked(runs, metric, minimize, keep):
    rows = runs[np.asarray(keep, dtype=bool)]
    if rows.empty:
        return None
    rows = rows.assign(key=rows[f"metrics.{metric}"] * (1 if minimize else -1))
    return rows.sort_values(["key", "start_time"])["run_id"].iloc[0]


def keeps(runs, metric, where):
    if f"metrics.{metric}" not in runs or any(f"params.{name}" not in runs for name in where or {}):
        return np.zeros(len(runs), dtype=bool)
    keep = (runs["status"] == "FINISHED").to_numpy() & np.isfinite(runs[f"metrics.{metric}"].to_numpy())
    for name, value in (where or {}).items():
        keep &= np.array([number_or_none(text) == value for text in runs[f"params.{name}"]], dtype=bool)
    return keep


def best_run__text_params(runs, metric, *, minimize=False, where=None):
    """You compared parameters as text. '10.0' and '10' are the same number: convert before you compare."""
    keep = keeps(runs, metric, {})
    for name, value in (where or {}).items():
        if f"params.{name}" not in runs:
            return None
        keep &= (runs[f"params.{name}"] == str(value)).to_numpy(dtype=bool)
    return ranked(runs, metric, minimize, keep)


def best_run__nan_best(runs, metric, *, minimize=False, where=None):
    """A run whose metric is nan won: `argmax` puts nan first, though `sort_values` puts it last. Only finite metrics
    count."""
    if f"metrics.{metric}" not in runs:
        return None
    keep = keeps(runs.assign(**{f"metrics.{metric}": runs[f"metrics.{metric}"].fillna(0.0)}), metric, where)
    rows = runs[keep].sort_values("start_time")
    if rows.empty:
        return None
    values = rows[f"metrics.{metric}"].to_numpy()
    return rows["run_id"].iloc[int(values.argmin() if minimize else values.argmax())]


def best_run__failed_run(runs, metric, *, minimize=False, where=None):
    """You let in runs that didn't finish. A run that crashed after its first epoch may have logged a high metric, but
    it has no result."""
    return ranked(runs, metric, minimize, keeps(runs.assign(status="FINISHED"), metric, where))


def best_run__first_row_wins(runs, metric, *, minimize=False, where=None):
    """Of equally good runs you took the one that stands first in the table. The earliest *started* should win."""
    rows = runs[keeps(runs, metric, where)]
    if rows.empty:
        return None
    return rows.sort_values(f"metrics.{metric}", ascending=minimize, kind="stable")["run_id"].iloc[0]


def best_run__always_highest(runs, metric, *, minimize=False, where=None):
    """You ignored `minimize`: of a loss, the lowest is the best."""
    return ranked(runs, metric, False, keeps(runs, metric, where))


def best_run__infinite(runs, metric, *, minimize=False, where=None):
    """An infinite metric won. It is the trace of a division by zero or an overflow; only finite metrics count."""
    if f"metrics.{metric}" not in runs:
        return None
    clipped = runs.assign(**{f"metrics.{metric}": runs[f"metrics.{metric}"].clip(-1e9, 1e9)})
    return ranked(clipped, metric, minimize, keeps(clipped, metric, where))


# 3 ------------------------------------------------------------------------------------------------- restore_version


def sha(content):
    return hashlib.sha256(content).hexdigest()


BODIES = [b"", b"1,2\n", b"1,2\r\n", b"\xff\x00", b"old"]
PLACES = ["a.csv", "b.csv", "raw/a.csv", "raw/deep/c.csv", ".hidden"]
FOLDERS = st.dictionaries(st.sampled_from(PLACES), st.sampled_from(BODIES), max_size=4)


def attempt_restore(restore_version, wanted, present, *, spoil=None, extra=None, target="target"):
    """Call the answer on a fresh store and target.

    `spoil` maps an object's content to what lies in the store instead (None: nothing); `extra` adds to the manifest.
    Returns what came back (or the exception), and the files in the target and beside it, before and after,
    the files that were written, and the folders that were made.
    """
    with TemporaryDirectory() as temporary, chdir(temporary):
        root = Path()
        store, place = root / "store", root / target
        store.mkdir()
        for content in {*wanted.values(), *(extra or {}).values(), b"not asked for"}:
            put = (spoil or {}).get(content, content)
            if put is not None:
                (store / sha(content)).write_bytes(put)
        if present is not None:
            laid_out(present, place)
        (root / "target-old").mkdir()
        (root / "outside.csv").write_bytes(b"stays")
        for path in place.rglob("*"):
            os.utime(path, (1e9, 1e9))
        manifest = {path: sha(content) for path, content in {**wanted, **(extra or {})}.items()}
        manifest = {path.replace("ROOT", temporary): name for path, name in manifest.items()}
        before, folders = held(root), made(root)
        try:
            returned = restore_version(store, dict(manifest), place)
        except AnswerRaised as raised:
            returned = raised
        if isinstance(returned, list):
            returned = [str(path).replace(temporary, "/somewhere") for path in returned]
        after = held(root)
        fresh = {
            p.relative_to(place).as_posix() for p in place.rglob("*") if p.is_file() and p.stat().st_mtime > 2e9 / 2
        }
        fresh = {path for path in fresh if (place / path).stat().st_mtime != 1e9}
        return returned, before, after, fresh, sorted(made(root) - folders)


def made(root):
    return {path.as_posix() for path in root.rglob("*") if path.is_dir()}


def inside(files):
    return {path.removeprefix("target/"): content for path, content in files.items() if path.startswith("target/")}


def outside(files):
    return {path: content for path, content in files.items() if not path.startswith("target/")}


@told_by_message
@hints(
    "Do everything that can fail before the first change. Which questions can be answered by reading alone?",
    "In a first loop read every object, compare its hash with its name, and see where each path leads. Then write.",
    "`(target / path).resolve()` follows every `..`; `is_relative_to` compares folders, not letters.",
)
@equivalent("target.rglob('*')", "target.rglob('*?')", because="every name has a letter")
def check_restore_version(restore_version):
    def restored(wanted, present, note=""):
        returned, before, after, fresh, _ = attempt_restore(restore_version, wanted, present)
        if isinstance(returned, AnswerRaised):
            raise returned
        now, had = inside(after), present or {}
        left = sorted(set(now) - set(wanted))
        require(not left, f"Still in the target, though not in the manifest: {left}. A training would read it.")
        lost = sorted(set(wanted) - set(now))
        require(not lost, f"In the manifest, but not in the target: {lost}. {note}")
        differs = sorted(path for path in wanted if now[path] != wanted[path])
        require(not differs, f"Other bytes than in the store: {differs}. {note}")
        require(outside(before) == outside(after), "Something outside the target was changed.")
        changed = {path for path in {*had, *wanted} if had.get(path) != wanted.get(path)}
        touched = sorted(fresh - changed)
        require(not touched, f"Written, though it was right already: {touched}. Leave equal files untouched.")
        kind(returned, list, "the result")
        require(
            list(returned) == sorted(changed),
            f"The changed paths are {sorted(changed)}; you returned {returned!r}. {note}".strip(),
        )

    restored({"a.csv": b"new"}, {"a.csv": b"new", "old.csv": b"1"}, "One file must be deleted.")
    restored({"a.csv": b"new", "b.csv": b"1"}, {"a.csv": b"old", "b.csv": b"1"}, "Both have 3 bytes, old and new.")
    restored({"raw/deep/a.csv": b"1", "b.csv": b"1"}, None, "The target doesn't exist yet; two files are alike.")
    restored({"b.csv": b"1"}, {"raw/deep/a.csv": b"1", "raw/b.csv": b"1"}, "Nested files must be deleted.")
    restored({}, {"a.csv": b"1", ".hidden": b"2"}, "The manifest is empty.")
    restored({"b": b"\xff\r\n", "a": b""}, {"b": b"\xff\n", "a": b""}, "The bytes aren't text.")
    dots = {"notes..txt": b"1", "..raw/a.csv": b"2", "b...": b"3"}
    restored(dots, {"notes..txt": b"0"}, "Dots in a name are no step upward.")
    restored({"a/b.csv": b"1", "a-b.csv": b"2"}, {"a/c.csv": b"3"}, "Sort the paths as text: `-` comes before `/`.")

    def refused(sentence, wanted, present, **how):
        returned, before, after, _, folders = attempt_restore(restore_version, wanted, present, **how)
        raised = isinstance(returned, AnswerRaised)
        require(raised, f"{sentence} That must raise ValueError, and nothing was raised; you returned {returned!r}.")
        name = type(returned.error).__name__
        require(isinstance(returned.error, ValueError), f"{sentence} That must raise ValueError; it raised {name}.")
        require(after == before, f"{sentence} You raised, but files had been changed before. Verify everything first.")
        require(not folders, f"{sentence} You raised, but had made folders: {folders}.")

    files = {"a.csv": b"1", "b.csv": b"2", "c.csv": b"3"}
    stale = {"a.csv": b"x", "b.csv": b"y", "old.csv": b"z"}
    for content in files.values():
        refused("An object is damaged: its bytes don't hash to its name.", files, stale, spoil={content: b"damaged"})
        refused("An object is missing.", files, stale, spoil={content: None})
    refused("An object is cut off at its end.", {"a.csv": b"12345"}, stale, spoil={b"12345": b"1234"})
    refused("An object is empty.", {"a.csv": b"12345"}, stale, spoil={b"12345": b""})
    refused("The target has the file, but its object is damaged.", files, files, spoil={b"2": b"damaged"})
    refused("The target has the file, but its object is missing.", files, files, spoil={b"2": None})
    refused("An object is missing, and the target doesn't exist.", files, None, spoil={b"3": None})
    deeper = {"new/a.csv": b"1", "new/b.csv": b"2"}
    refused("An object is damaged; the target has no folder `new`.", deeper, stale, spoil={b"2": b"x"})
    for path in ("../config", "raw/../../config", "../target-old/config", "ROOT/config", "../outside.csv"):
        told = path.replace("ROOT", "/somewhere")
        for wanted in ({}, files):
            refused(f"The path {told!r} leads out of the target.", wanted, stale, extra={path: b"out"})

    def generated(wanted, present):
        restored(wanted, present)

    for_all(generated, on=(FOLDERS, FOLDERS), examples=12)


def replaced(store, manifest, target, *, delete=True, verify=True, first=True, guard="resolve"):
    """Restore with one precaution left out."""
    contents = {}
    for path, name in manifest.items():
        out = not (target / path).resolve().is_relative_to(target.resolve())
        if guard == "letters":
            out = not str((target / path).resolve()).startswith(str(target.resolve()))
        if out and guard != "none":
            raise ValueError(path)
        if first:
            if not (store / name).is_file():
                raise ValueError("missing")
            contents[path] = (store / name).read_bytes()
            if verify and sha(contents[path]) != name:
                raise ValueError("damaged")
    present = held(target) if target.is_dir() else {}
    changed = set(present) - set(manifest) if delete else set()
    for path in changed:
        (target / path).unlink()
    for path, name in manifest.items():
        if not first:
            if not (store / name).is_file():
                raise ValueError("missing")
            contents[path] = (store / name).read_bytes()
            if sha(contents[path]) != name:
                raise ValueError("damaged")
        if present.get(path) != contents[path]:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(contents[path])
            changed.add(path)
    return sorted(changed)


def restore_version__leaves_old_files(store, manifest, target):
    """You only copied. Files that the manifest doesn't name are still there, and a training that reads the folder will
    read them."""
    return replaced(store, manifest, target, delete=False)


def restore_version__trusts_the_store(store, manifest, target):
    """You copied objects without hashing them. A disk error or a hand in the store gives them other contents than
    their names say."""
    return replaced(store, manifest, target, verify=False)


def restore_version__half_restored(store, manifest, target):
    """Some files were written or deleted before an object turned out to be missing or damaged. Verify all of them
    first."""
    return replaced(store, manifest, target, first=False)


def restore_version__escapes(store, manifest, target):
    """You wrote wherever the manifest said. A path with `..`, or one that starts with `/`, leads out of the target."""
    return replaced(store, manifest, target, guard="none")


def restore_version__compares_letters(store, manifest, target):
    """You compared paths as text, and `target-old` begins with `target`. Compare folders, with `is_relative_to`."""
    return replaced(store, manifest, target, guard="letters")


def restore_version__starts_over(store, manifest, target):
    """You wrote equal files again. Leave them untouched: their dates tell other programs that nothing is new."""
    changed = replaced(store, manifest, target)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    replaced(store, manifest, target)
    return changed


# 4 ----------------------------------------------------------------------------------------------------- moved_alias

DAY = datetime(2026, 3, 9)
TICK = timedelta(microseconds=1)


def hour(h):
    return DAY + timedelta(hours=h)


def replayed(history, alias, at):
    """Ask backwards: the latest set after the last delete that no later rollback has used up."""
    mine = sorted((e for e in history if e[1] == alias and e[0] <= at), reverse=True, key=lambda e: e[0])
    mine = list(itertools.takewhile(lambda e: e[2] != "delete", mine))[::-1]
    undone = set()
    for spot, event in enumerate(mine):
        if event[2] == "rollback":
            open_sets = [i for i in range(spot) if mine[i][2] == "set" and i not in undone]
            undone.update(open_sets[-1:])
    standing = [event[3] for spot, event in enumerate(mine) if event[2] == "set" and spot not in undone]
    return standing[-1] if standing else None


@st.composite
def logs(draw):
    count = draw(between(0, 8))
    hours = draw(st.lists(between(0, 48), min_size=count, max_size=count, unique=True))
    history = []
    for h in hours:
        action = draw(st.sampled_from(["set", "set", "set", "rollback", "rollback", "delete"]))
        alias = draw(st.sampled_from(["champion", "champion", "champion", "challenger"]))
        history.append((hour(h), alias, action, draw(between(1, 5)) if action == "set" else None))
    return call(history, "champion", hour(draw(between(0, 49))))


def told(*steps, at=24):
    events = [(hour(h), "champion", action, version) for h, action, version in steps]
    return call(events, "champion", hour(at))


@hints(
    "Sort the events by their time, and leave out those of other aliases and those after the moment.",
    "After two sets and two rollbacks the alias points nowhere. Which versions must you remember for that?",
    "Keep a stack: a set adds to it, a rollback takes from its end, a delete empties it.",
)
@equivalent("sorted(history, key=lambda event: event[0])", "sorted(history)", because="no two times are equal")
def check_moved_alias(moved_alias):
    three = ((1, "set", 4), (2, "set", 5), (3, "set", 6))
    also = [
        told((1, "set", 4), (2, "set", 5), (3, "rollback", None)),
        told(*three, (4, "rollback", None), (5, "rollback", None)),
        told(*three, (4, "rollback", None), (5, "rollback", None), (6, "rollback", None)),
        told((2, "set", 5), (1, "set", 4)),
        told((3, "rollback", None), (2, "set", 5), (1, "set", 4)),
        told((1, "set", 4), (30, "set", 5), at=2),
        told(*three, at=2),
        told(*three, at=0),
        told((3, "set", 6), (1, "set", 4), at=2),
        told((1, "set", 4), (2, "delete", None), (3, "rollback", None)),
        told((1, "set", 4), (2, "delete", None), (3, "set", 6), (4, "rollback", None)),
        told((1, "rollback", None), (2, "set", 4)),
        told((1, "set", 4), (2, "set", 5), (3, "delete", None)),
        told((1, "set", 4), (2, "set", 5), (3, "set", 6), (4, "delete", None), (5, "rollback", None)),
        told((1, "set", 4), (2, "set", 5), (3, "delete", None), (4, "set", 6), (5, "rollback", None)),
        told((1, "set", 4), (2, "set", 4), (3, "rollback", None)),
        told((1, "set", 4), (2, "set", 5), (3, "rollback", None), (4, "set", 7), (5, "rollback", None)),
        told((1, "set", 6), (2, "set", 3)),
        told((1, "set", 0), (2, "set", 3), (3, "rollback", None)),
        told(),
        call([(hour(1), "champion", "set", 4), (hour(2), "challenger", "set", 5)], "champion", hour(3)),
        call([(hour(1), "champion", "set", 4), (hour(2), "challenger", "delete", None)], "champion", hour(3)),
        call([(hour(1), "champion", "set", 4)], "challenger", hour(3)),
        call([(hour(1), "champion", "set", 4), (hour(2), "champion-eu", "set", 5)], "champion", hour(3)),
        call([(hour(1), "champion", "set", 4), (hour(2), "champ", "set", 5)], "champion", hour(3)),
        told((1, "set", 4), (2, "set", 5), (3, "rollback", None), at=2),
        told((1, "set", 4), (2, "set", 5), (3, "delete", None), at=2),
        call([(hour(1), "champion", "set", 4), (hour(1) + TICK, "champion", "set", 5)], "champion", hour(1)),
    ]

    def same(history, alias, at):
        expected = replayed(history, alias, at)
        close(moved_alias(history, alias, at), expected, "the version", call(history, alias, at))

    for_all(same, on=logs(), also=also, examples=45)
    long = [(hour(h), "champion", "set", h + 1) for h in range(200)]
    long += [(hour(200 + h), "champion", "rollback", None) for h in range(199)]
    found = moved_alias(long, "champion", hour(400))
    require(found == 1, f"After 200 sets and 199 rollbacks the first version, 1, is back; you returned {found!r}.")


def walked(history, alias, at, *, ordered=True, until=True, forget=True, others=False):
    past = []
    events = sorted(history, key=lambda e: e[0]) if ordered else history
    for time, name, action, version in events:
        if (name != alias and not others) or (until and time > at):
            continue
        if action == "set":
            past.append(version)
        elif action == "rollback":
            past = past[:-1]
        else:
            past = [] if forget else [*past, None]
    return past[-1] if past else None


def moved_alias__latest_version(history, alias, at):
    """You took the highest version. The newest version isn't the champion: it may have been rolled back, or never
    promoted."""
    return max((e[3] for e in history if e[1] == alias and e[2] == "set" and e[0] <= at), default=None)


def moved_alias__rollback_twice(history, alias, at):
    """A second rollback led back to the version that the first had taken away. Two rollbacks go back two steps, not
    back and forth."""
    current = previous = None
    for time, name, action, version in sorted(history, key=lambda e: e[0]):
        if name != alias or time > at:
            continue
        if action == "set":
            current, previous = version, current
        elif action == "rollback":
            current, previous = previous, current
        else:
            current = previous = None
    return current


def moved_alias__file_order(history, alias, at):
    """You took the events in the order of the log. They arrived out of order: sort them by their time."""
    return walked(history, alias, at, ordered=False)


def moved_alias__now(history, alias, at):
    """You replayed the whole log, and so answered where the alias points today. Leave out what happened later."""
    return walked(history, alias, at, until=False)


def moved_alias__remembers_deleted(history, alias, at):
    """After a delete, a rollback brought an old version back. Deleting an alias forgets its past."""
    return walked(history, alias, at, forget=False)


def moved_alias__any_alias(history, alias, at):
    """You counted events of other aliases, too. Each alias has a history of its own."""
    return walked(history, alias, at, others=True)


# 5 --------------------------------------------------------------------------------------------------- stages_to_run


def stage(inputs, outputs):
    return {"inputs": inputs.split(), "outputs": outputs.split()}


def reachable(stages):
    """All pairs (earlier, later), by joining steps until nothing new appears; brute force on purpose."""
    pairs = {(a, b) for a in stages for b in stages if set(stages[a]["outputs"]) & set(stages[b]["inputs"])}
    while True:
        more = pairs | {(a, d) for a, b in pairs for c, d in pairs if b == c}
        if more == pairs:
            return pairs
        pairs = more


def must_run(stages, lock, current):
    def own_reason(name):
        inputs, outputs = stages[name]["inputs"], stages[name]["outputs"]
        if name not in lock or set(lock[name]) != set(inputs):
            return True
        return any(i not in current or current[i] != lock[name][i] for i in inputs) or not set(outputs) <= set(current)

    first = {name for name in stages if own_reason(name)}
    return first | {later for earlier, later in reachable(stages) if earlier in first}


def settled(stages):
    """The lock and the hashes after everything has run."""
    current = {thing: f"{thing}-1" for s in stages.values() for thing in [*s["inputs"], *s["outputs"]]}
    return {name: {i: current[i] for i in s["inputs"]} for name, s in stages.items()}, current


PIPELINE = {
    "report": stage("template auc", "page"),
    "evaluate": stage("model clean param:metric", "auc"),
    "train": stage("clean train.py param:C", "model"),
    "prepare": stage("raw prepare.py", "clean"),
    "archive": stage("raw", "zip"),
}


@st.composite
def pipelines(draw):
    names = draw(st.permutations(["a", "b", "c", "d", "e"]))[: draw(between(0, 5))]
    stages = {}
    for spot, name in enumerate(names):
        earlier = draw(st.sets(st.sampled_from([f"out-{n}" for n in names[:spot]]), max_size=2)) if spot else set()
        own = draw(st.sets(st.sampled_from(["x", "y", "param"]), max_size=2))
        stages[name] = {"inputs": sorted(earlier | own), "outputs": [f"out-{name}"]}
    lock, current = settled(stages)
    for name in names:
        what = draw(st.sampled_from(["nothing", "nothing", "nothing", "nothing", "new", "input more", "input less"]))
        if what == "new":
            del lock[name]
        elif what == "input more":
            lock[name]["gone"] = "1"
        elif what == "input less" and lock[name]:
            lock[name].pop(min(lock[name]))
    for thing in sorted(current):
        what = draw(st.sampled_from(["nothing"] * 6 + ["changed", "missing"]))
        if what == "changed":
            current[thing] += "-2"
        elif what == "missing":
            del current[thing]
    return call({name: stages[name] for name in draw(st.permutations(names))}, lock, current)


@told_by_message
@hints(
    "A stage runs for a reason of its own, or because it reads what another will write. Find the first kind first.",
    "Put the stages in an order in which makers stand before readers; `graphlib` knows how. Then one pass is enough.",
    "At each stage ask: not in the lock, inputs unlike the lock, something missing, or a maker already in the plan?",
)
def check_stages_to_run(stages_to_run):
    def planned(stages, lock, current, note=""):
        plan = stages_to_run(stages, lock, current)
        kind(plan, list, "the plan")
        require(all(isinstance(name, str) for name in plan), f"The plan must hold names of stages; it is {plan!r}.")
        require(len(set(plan)) == len(plan), f"A stage stands twice in the plan {plan}.")
        wanted = must_run(stages, lock, current)
        left_out, too_many = sorted(wanted - set(plan)), sorted(set(plan) - wanted)
        require(not left_out, f"{left_out} must run, and the plan is {plan}. {note}".strip())
        require(not too_many, f"{too_many} needn't run, and the plan is {plan}. {note}".strip())
        for earlier, later in sorted(reachable(stages)):
            if earlier in wanted and later in wanted:
                right = plan.index(earlier) < plan.index(later)
                require(right, f"{later} runs before {earlier}, whose outputs it needs: {plan}. {note}")

    lock, current = settled(PIPELINE)

    def after(note, *, without=(), gone=(), **new):
        hashes = {k: v for k, v in {**current, **new}.items() if k not in gone}
        planned(PIPELINE, {k: v for k, v in lock.items() if k not in without}, hashes, note)

    after("Only the report's template changed.", template="2")
    after("The raw data changed, and almost everything depends on it.", raw="2")
    after("The code of the preparation changed.", **{"prepare.py": "2"})
    after("A parameter changed.", **{"param:C": "2"})
    after("Nothing changed.")
    after("`evaluate` isn't in the lock: it has never run.", without=("evaluate",))
    after("Nothing is in the lock.", without=tuple(PIPELINE))
    after("The output `auc` of `evaluate` was deleted.", gone=("auc",))
    after("The output `page`, which nobody reads, was deleted.", gone=("page",))
    after("The input `template`, which no stage makes, is missing.", gone=("template",))
    after("`model` was changed by hand: its reader is out of date.", model="2")
    planned({}, {}, {}, "There are no stages.")
    planned(PIPELINE, {**lock, "retired": {"raw": "raw-0"}}, current, "The lock knows a stage that no longer exists.")
    planned(PIPELINE, {**lock, "archive": {**lock["archive"], "notes": "n"}}, current, "An input was dropped.")
    fewer = {**lock, "train": {k: v for k, v in lock["train"].items() if k != "param:C"}}
    planned(PIPELINE, fewer, current, "`param:C` is a new input of `train`.")
    start = {"start": stage("", "seed"), "use": stage("seed", "end")}
    planned(start, settled(start)[0], settled(start)[1], "A stage without inputs has run, and nothing changed.")
    planned(start, {"use": {"seed": "seed-1"}}, settled(start)[1], "A stage without inputs has never run.")
    silent = {"say": stage("text", ""), "then": stage("text", "")}
    planned(silent, settled(silent)[0], {"text": "2"}, "Stages without outputs.")
    planned(silent, {"say": {"text": "text-1"}}, {"text": "text-1"}, "Stages without outputs.")
    several = {"z": stage("raw", "one two"), "a": stage("two", "three"), "m": stage("one three", "four")}
    for changed in ({"raw": "2"}, {"two": "2"}, {"three": "2"}):
        known, hashes = settled(several)
        planned(several, known, {**hashes, **changed}, "`z` has two outputs.")
    known, hashes = settled(several)
    del hashes["two"]
    planned(several, known, hashes, "`z` has two outputs, and one of them is missing.")
    both = {"use": stage("one two", "end"), "make": stage("raw", "one two")}
    planned(both, settled(both)[0], {**settled(both)[1], "raw": "2"}, "`use` reads two outputs of `make`.")
    planned(
        both, {**settled(both)[0], "use": {"one": "two-1", "two": "one-1"}}, settled(both)[1], "Hashes changed places."
    )
    turned = {name: dict(reversed(inputs.items())) for name, inputs in lock.items()}
    planned(PIPELINE, turned, current, "Nothing changed; the lock names the inputs in another order.")
    namesake = {"clean": stage("raw", "tidy"), "read": stage("clean", "page")}
    changed = {**settled(namesake)[1], "raw": "2"}
    planned(
        namesake, settled(namesake)[0], changed, "`read` reads a file called `clean`; the stage `clean` writes `tidy`."
    )
    chain = {f"s{i}": stage(f"f{i}", f"f{i + 1}") for i in reversed(range(12))}
    planned(chain, settled(chain)[0], {**settled(chain)[1], "f0": "2"}, "Twelve stages in a chain.")

    def circle(stages, note):
        known, hashes = settled(stages)
        for hashed in (hashes, {**hashes, "raw": "2"}):
            try:
                plan = stages_to_run(stages, known, hashed)
            except AnswerRaised as raised:
                name = type(raised.error).__name__
                require(isinstance(raised.error, ValueError), f"{note} That must raise ValueError; it raised {name}.")
            else:
                require(False, f"{note} That must raise ValueError; the plan was {plan!r}.")

    circle({"a": stage("y raw", "x"), "b": stage("x", "y")}, "Two stages read each other's outputs.")
    circle({"a": stage("x raw", "x")}, "A stage reads its own output.")
    circle(
        {"s": stage("raw", "r"), "a": stage("z r", "x"), "b": stage("x", "y"), "c": stage("y", "z")},
        "Three in a circle.",
    )

    for_all(planned, on=pipelines(), examples=20)


def in_order(stages, chosen):
    """Put the chosen stages in a right order, or raise ValueError."""
    pairs = reachable(stages)
    if any(a == b for a, b in pairs):
        raise ValueError("circle")
    left, plan = list(stages), []
    while left:
        ready = next(name for name in left if not any((other, name) in pairs for other in left))
        left.remove(ready)
        plan.append(ready)
    return [name for name in plan if name in chosen]


def stages_to_run__direct_only(stages, lock, current):
    """Your plan has only the stages whose own inputs changed. What they write will change as well: all that depend on
    it must run, too."""

    def own_reason(name):
        inputs, outputs = stages[name]["inputs"], stages[name]["outputs"]
        return lock.get(name) != {i: current.get(i) for i in inputs} or not {*inputs, *outputs} <= set(current)

    return in_order(stages, {name for name in stages if own_reason(name)})


def stages_to_run__one_step(stages, lock, current):
    """You added the stages that read from a changed one, but not those that read from *them*. Follow the chain to its
    end."""
    direct = set(stages_to_run__direct_only(stages, lock, current))
    writes = {output for name in direct for output in stages[name]["outputs"]}
    return in_order(stages, direct | {name for name in stages if writes & set(stages[name]["inputs"])})


def stages_to_run__everything(stages, lock, current):
    """You ran everything as soon as anything changed. If only the report's template is new, training again costs hours
    for nothing."""
    return in_order(stages, set(stages) if must_run(stages, lock, current) else set())


def stages_to_run__any_order(stages, lock, current):
    """The right stages, in alphabetical order: a stage may run before the one whose outputs it needs."""
    in_order(stages, set())
    return sorted(must_run(stages, lock, current))


def stages_to_run__new_stage(stages, lock, current):
    """A stage that isn't in the lock was taken for unchanged. It has never run."""
    known = {name: lock.get(name, {i: current.get(i) for i in stages[name]["inputs"]}) for name in stages}
    return in_order(stages, must_run(stages, known, current))


def stages_to_run__forgets_outputs(stages, lock, current):
    """You looked at inputs only. A stage whose output was deleted must run as well, and so must its readers."""
    outputs = {output: "there" for s in stages.values() for output in s["outputs"]}
    inputs = {i for s in stages.values() for i in s["inputs"]}
    kept = {output: "there" for output in outputs if output not in inputs}
    direct = {n for n in stages if lock.get(n) != {i: current.get(i) for i in stages[n]["inputs"]}}
    direct |= {n for n in stages if not set(stages[n]["inputs"]) <= set(current) | set(kept)}
    return in_order(stages, direct | {b for a, b in reachable(stages) if a in direct})


def stages_to_run__no_circle(stages, lock, current):
    """Stages depend on each other in a circle, and you returned a plan. No order can be right: raise ValueError."""
    try:
        return in_order(stages, must_run(stages, lock, current))
    except ValueError:
        return sorted(must_run(stages, lock, current))
