"""Answers to 04_llm_production/15_experiment_tracking by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import hashlib
import json
import math
import os
import shutil
from collections import deque
from datetime import timedelta
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

# 1. folder_version


def _files(folder):
    """Return the relative paths with `/` and the contents of all files that count, sorted."""
    folder = Path(folder)
    found = [path for path in folder.rglob("*") if path.is_file() and path.name != ".DS_Store"]
    return sorted((path.relative_to(folder).as_posix(), path.read_bytes()) for path in found)


def _sha(content):
    return hashlib.sha256(content).hexdigest()


def _name(pairs):
    """Return an unambiguous hash of pairs of path and content."""
    return _sha(json.dumps([[path, _sha(content)] for path, content in pairs]).encode())


def right__folder_version__json_of_a_manifest(folder):
    return _sha(json.dumps({path: _sha(content) for path, content in _files(folder)}, sort_keys=True).encode())


def right__folder_version__lengths_before_bytes(folder):
    total = hashlib.sha256()
    for path, content in _files(folder):
        for part in (path.encode(), content):
            total.update(len(part).to_bytes(8, "big"))
            total.update(part)
    return total.hexdigest()


def right__folder_version__os_walk_and_chunks(folder):
    lines = []
    for place, _, names in os.walk(folder):
        for name in names:
            if name == ".DS_Store":
                continue
            one = hashlib.sha256()
            with open(os.path.join(place, name), "rb") as file:
                while chunk := file.read(65536):
                    one.update(chunk)
            relative = os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/")
            lines.append(f"{one.hexdigest()} {hashlib.sha256(relative.encode()).hexdigest()}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _tree(folder):
    """Return the hash of a folder from the hashes of its entries, or None if it holds no file that counts."""
    entries = []
    for path in folder.iterdir():
        if path.is_dir():
            inner = _tree(path)
            if inner is not None:
                entries.append(["folder", path.name, inner])
        elif path.name != ".DS_Store":
            entries.append(["file", path.name, _sha(path.read_bytes())])
    return _sha(json.dumps(sorted(entries)).encode()) if entries else None


def right__folder_version__tree_of_hashes(folder):
    return _tree(folder) or _sha(b"")


def right__folder_version__parts_as_tuples(folder):
    pairs = {path.relative_to(folder).parts: path for path in folder.glob("**/*") if path.is_file()}
    kept = sorted(parts for parts in pairs if parts[-1] != ".DS_Store")
    return _sha(repr([(parts, pairs[parts].read_bytes()) for parts in kept]).encode())


def wrong__folder_version__names_only(folder):
    """Ignore the contents."""
    return _name((path, b"") for path, _ in _files(folder))


def wrong__folder_version__names_and_sizes(folder):
    """Contents of equal length count as equal."""
    return _name((path, str(len(content)).encode()) for path, content in _files(folder))


def wrong__folder_version__contents_only(folder):
    """A renamed file changes nothing, as long as the order of the files stays."""
    return _name(("", content) for _, content in _files(folder))


def wrong__folder_version__no_border(folder):
    """File `a` with `bc` and file `ab` with `c` look alike."""
    return _sha(b"".join(path.encode() + content for path, content in _files(folder)))


def wrong__folder_version__border_within_content(folder):
    """A content that holds line breaks imitates another file."""
    return _sha(b"".join(path.encode() + b"\n" + content + b"\n" for path, content in _files(folder)))


def wrong__folder_version__zero_as_border(folder):
    """A content that holds zero bytes imitates another file."""
    return _sha(b"\0".join(part for path, content in _files(folder) for part in (path.encode(), content)))


def wrong__folder_version__order_of_the_disk(folder):
    """Files are taken in the order in which the disk lists them."""
    total = hashlib.sha256()
    for path in folder.rglob("*"):
        if path.is_file() and path.name != ".DS_Store":
            total.update(_sha(path.relative_to(folder).as_posix().encode()).encode())
            total.update(_sha(path.read_bytes()).encode())
    return total.hexdigest()


def wrong__folder_version__folders_sorted_files_not(folder):
    """Within one folder, the order of the disk decides."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.name != ".DS_Store"]
    found.sort(key=lambda path: path.parent.as_posix())
    return _name((path.relative_to(folder).as_posix(), path.read_bytes()) for path in found)


def wrong__folder_version__names_without_folders(folder):
    """A file that moved to another folder changes nothing."""
    return _name(sorted((path.rsplit("/")[-1], content) for path, content in _files(folder)))


def wrong__folder_version__two_levels(folder):
    """Files below the second level are not seen."""
    return _name((path, content) for path, content in _files(folder) if path.count("/") <= 1)


def wrong__folder_version__paths_and_contents_apart(folder):
    """Two files that swapped their contents change nothing."""
    pairs = _files(folder)
    return _sha(json.dumps([[path for path, _ in pairs], sorted(_sha(content) for _, content in pairs)]).encode())


def wrong__folder_version__with_the_name_of_the_folder(folder):
    """Depends on where the folder lies."""
    return _name((f"{folder.name}/{path}", content) for path, content in _files(folder))


def wrong__folder_version__with_dates(folder):
    """Depends on the time of the last change."""
    return _name(
        (f"{path} {int((folder / path).stat().st_mtime)}" if path else path, content)
        for path, content in _files(folder)
    )


def wrong__folder_version__no_hidden_files(folder):
    """Every file whose name begins with a dot is ignored."""
    return _name((path, content) for path, content in _files(folder) if not path.rsplit("/")[-1].startswith("."))


def wrong__folder_version__no_hidden_folders(folder):
    """Files in a folder whose name begins with a dot are ignored."""
    return _name((path, content) for path, content in _files(folder) if not path.startswith(".") and "/." not in path)


def wrong__folder_version__leftovers_at_the_top_only(folder):
    """A `.DS_Store` in an inner folder counts."""
    found = [path for path in folder.rglob("*") if path.is_file() and path != folder / ".DS_Store"]
    return _name(sorted((path.relative_to(folder).as_posix(), path.read_bytes()) for path in found))


def wrong__folder_version__ends_like_the_leftover(folder):
    """`my.DS_Store` is ignored, too."""
    return _name((path, content) for path, content in _files(folder) if not path.endswith(".DS_Store"))


def wrong__folder_version__line_ends_made_equal(folder):
    """Two files that differ in the kind of their line ends are called equal."""
    return _name((path, content.replace(b"\r\n", b"\n")) for path, content in _files(folder))


def wrong__folder_version__text_without_bad_bytes(folder):
    """Bytes that are no UTF-8 are dropped."""
    return _name((path, content.decode(errors="ignore").encode()) for path, content in _files(folder))


def wrong__folder_version__first_64_kilobytes(folder):
    """What follows the first 65,536 bytes of a file is ignored."""
    return _name((path, content[:65536]) for path, content in _files(folder))


def wrong__folder_version__empty_folders_count(folder):
    """An empty folder changes the version."""
    inner = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_dir()]
    return _name([*_files(folder), *((path + "/", b"") for path in sorted(inner))])


def wrong__folder_version__empty_files_are_skipped(folder):
    """An empty file doesn't change the version."""
    return _name((path, content) for path, content in _files(folder) if content)


def wrong__folder_version__upper_and_lower_case(folder):
    """`Rows.csv` and `rows.csv` look alike."""
    return _name((path.lower(), content) for path, content in _files(folder))


def wrong__folder_version__without_endings(folder):
    """`rows.csv` and `rows.txt` look alike."""
    return _name((str(PurePosixPath(path).with_suffix("")), content) for path, content in _files(folder))


def wrong__folder_version__hash_of_python(folder):
    """Python salts the hash of a text in every process."""
    return _sha(str(hash(tuple(_files(folder)))).encode())


def wrong__folder_version__nothing_for_no_files(folder):
    """An empty folder has no version."""
    pairs = _files(folder)
    return _name(pairs) if pairs else ""


def wrong__folder_version__short(folder):
    """Only 40 digits."""
    return _name(_files(folder))[:40]


@lru_cache
def _remembered(folder):
    return _name(_files(folder))


def wrong__folder_version__remembered(folder):
    """A change of a folder that was asked for before goes unseen."""
    return _remembered(folder)


def wrong__folder_version__writes_a_list(folder):
    """Leave a file behind."""
    name = _name((path, content) for path, content in _files(folder) if path != ".version")
    (folder / ".version").write_text(name)
    return name


# 2. best_run


def _number(text):
    """Return a parameter as a number, NaN if it is none."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan


def _best(runs, metric, minimize=False, where=None, status=("FINISHED",), same=lambda a, b: a == b, finite=np.isfinite):
    """Return the id of the best run by a plain loop."""
    column = f"metrics.{metric}"
    best = None
    for row in runs.to_dict("records"):
        if row["status"] not in status or column not in row or not finite(row[column]):
            continue
        if not all(same(_number(row.get(f"params.{name}")), value) for name, value in (where or {}).items()):
            continue
        key = (row[column] if minimize else -row[column], row["start_time"])
        if best is None or key < best[0]:
            best = key, row["run_id"]
    return None if best is None else best[1]


def right__best_run__loop(runs, metric, *, minimize=False, where=None):
    return _best(runs, metric, minimize, where)


def right__best_run__masks(runs, metric, *, minimize=False, where=None):
    wanted = {f"params.{name}": value for name, value in (where or {}).items()}
    if not {f"metrics.{metric}", *wanted} <= set(runs.columns):
        return None
    values = runs[f"metrics.{metric}"].astype(float)
    kept = (runs["status"] == "FINISHED") & np.isfinite(values)
    for name, value in wanted.items():
        kept &= pd.to_numeric(runs[name], errors="coerce") == value
    if not kept.any():
        return None
    rows = runs[kept]
    top = rows[f"metrics.{metric}"].min() if minimize else rows[f"metrics.{metric}"].max()
    return rows[rows[f"metrics.{metric}"] == top].sort_values("start_time")["run_id"].iloc[0]


def right__best_run__sort_values(runs, metric, *, minimize=False, where=None):
    column = f"metrics.{metric}"
    if column not in runs:
        return None
    left = runs[runs["status"].eq("FINISHED") & ~runs[column].isin([np.inf, -np.inf]) & runs[column].notna()]
    for name, value in (where or {}).items():
        if f"params.{name}" not in left:
            return None
        left = left[left[f"params.{name}"].map(_number) == value]
    if left.empty:
        return None
    return str(left.sort_values([column, "start_time"], ascending=[minimize, True]).iloc[0]["run_id"])


def right__best_run__stable_minimum(runs, metric, *, minimize=False, where=None):
    sign = 1 if minimize else -1
    rows = []
    for _, row in runs.sort_values("start_time").iterrows():
        value = row.get(f"metrics.{metric}", math.nan)
        fits = all(_number(row.get(f"params.{name}")) == number for name, number in (where or {}).items())
        if row["status"] == "FINISHED" and math.isfinite(value) and fits:
            rows.append((sign * value, row["run_id"]))
    return min(rows, key=lambda pair: pair[0], default=(None, None))[1]


def wrong__best_run__every_status(runs, metric, *, minimize=False, where=None):
    """Failed and running runs count."""
    return _best(runs.assign(status="FINISHED"), metric, minimize, where)


def wrong__best_run__only_failed_are_out(runs, metric, *, minimize=False, where=None):
    """Runs that were stopped or are still running count."""
    return _best(runs.assign(status=runs["status"].where(runs["status"] == "FAILED", "FINISHED")), metric,
                 minimize=minimize, where=where)  # fmt: skip


def wrong__best_run__infinite_counts(runs, metric, *, minimize=False, where=None):
    """An infinite metric wins."""
    return _best(runs, metric, minimize, where, finite=lambda value: not math.isnan(value))


def wrong__best_run__minus_infinity_counts(runs, metric, *, minimize=False, where=None):
    """Minus infinity wins where the lowest is wanted."""
    return _best(runs, metric, minimize, where, finite=lambda value: value < math.inf)


def wrong__best_run__parameters_as_text(runs, metric, *, minimize=False, where=None):
    """`10.0` and `1e1` aren't found with 10."""
    texts = runs.copy()
    for name, value in (where or {}).items():
        if f"params.{name}" in texts:
            texts[f"params.{name}"] = [value if text in (str(value), f"{value:g}", str(float(value))) else None
                                       for text in texts[f"params.{name}"]]  # fmt: skip
    return _best(texts, metric, minimize, where)


def wrong__best_run__nearly_equal(runs, metric, *, minimize=False, where=None):
    """0.1000000001 is taken for 0.1."""
    return _best(runs, metric, minimize, where, same=lambda a, b: bool(np.isclose(a, b)))


def wrong__best_run__whole_numbers(runs, metric, *, minimize=False, where=None):
    """Parameters are cut to whole numbers."""
    return _best(runs, metric, minimize, where, same=lambda a, b: math.isfinite(a) and int(a) == int(b))


def wrong__best_run__one_condition_is_enough(runs, metric, *, minimize=False, where=None):
    """A run that meets one of two conditions counts."""
    if not where:
        return _best(runs, metric, minimize)
    kept = [any(_number(row.get(f"params.{name}")) == value for name, value in where.items())
            for row in runs.to_dict("records")]  # fmt: skip
    return _best(runs[np.array(kept, dtype=bool)], metric, minimize)


def wrong__best_run__last_condition_only(runs, metric, *, minimize=False, where=None):
    """Only the last condition is looked at."""
    return _best(runs, metric, minimize, dict(list((where or {}).items())[-1:]))


def wrong__best_run__zero_is_no_condition(runs, metric, *, minimize=False, where=None):
    """A condition with the value 0 is skipped."""
    return _best(runs, metric, minimize, {name: value for name, value in (where or {}).items() if value})


def wrong__best_run__missing_is_zero(runs, metric, *, minimize=False, where=None):
    """A missing parameter equals 0."""
    return _best(runs, metric, minimize, where, same=lambda a, b: (0.0 if math.isnan(a) else a) == b)


def wrong__best_run__unknown_condition_is_skipped(runs, metric, *, minimize=False, where=None):
    """A parameter that is no column should leave no run."""
    return _best(runs, metric, minimize, {n: value for n, value in (where or {}).items() if f"params.{n}" in runs})


def wrong__best_run__first_row_of_the_best(runs, metric, *, minimize=False, where=None):
    """Among equally good runs, the order of the rows decides."""
    return _best(runs.assign(start_time=range(len(runs))), metric, minimize, where)


def wrong__best_run__latest_of_the_best(runs, metric, *, minimize=False, where=None):
    """Among equally good runs, the latest wins."""
    return _best(runs.assign(start_time=-runs["start_time"].rank()), metric, minimize, where)


def wrong__best_run__earliest_of_nearly_best(runs, metric, *, minimize=False, where=None):
    """Metrics are compared to six decimals."""
    column = f"metrics.{metric}"
    return _best(runs.assign(**{column: runs[column].round(6)}) if column in runs else runs, metric, minimize, where)


def wrong__best_run__earliest_among_the_highest_only(runs, metric, *, minimize=False, where=None):
    """With `minimize`, the latest of equally good runs wins."""
    if minimize:
        return wrong__best_run__latest_of_the_best(runs, metric, minimize=True, where=where)
    return _best(runs, metric, minimize, where)


def wrong__best_run__highest_always(runs, metric, *, minimize=False, where=None):
    """`minimize` is ignored."""
    return _best(runs, metric, False, where)


def wrong__best_run__only_above_zero(runs, metric, *, minimize=False, where=None):
    """Start with a best of 0: negative metrics never win."""
    if not minimize and f"metrics.{metric}" in runs:
        runs = runs[runs[f"metrics.{metric}"] > 0]
    return _best(runs, metric, minimize, where)


def wrong__best_run__error_without_runs(runs, metric, *, minimize=False, where=None):
    """Raise instead of returning None."""
    found = _best(runs, metric, minimize, where)
    if found is None:
        raise ValueError("no run counts")
    return found


def wrong__best_run__missing_column_is_an_error(runs, metric, *, minimize=False, where=None):
    """A metric that is no column raises KeyError."""
    runs[f"metrics.{metric}"]
    return _best(runs, metric, minimize, where)


def wrong__best_run__word_is_an_error(runs, metric, *, minimize=False, where=None):
    """A parameter with a text that is no number raises."""
    for name in where or {}:
        if f"params.{name}" in runs:
            runs[f"params.{name}"].dropna().map(float)
    return _best(runs, metric, minimize, where)


def wrong__best_run__any_column_with_that_name(runs, metric, *, minimize=False, where=None):
    """Take the first column that ends in the name of the metric, such as `metrics.val_auc`."""
    column = next((name for name in runs if name.startswith("metrics.") and name.endswith(metric)), None)
    return None if column is None else _best(runs, column.removeprefix("metrics."), minimize, where)


def wrong__best_run__row_number(runs, metric, *, minimize=False, where=None):
    """Return the label of the row."""
    found = _best(runs, metric, minimize, where)
    return None if found is None else runs.index[runs["run_id"] == found][0]


def wrong__best_run__label_taken_for_position(runs, metric, *, minimize=False, where=None):
    """Take a label of the index for the number of a row."""
    found = _best(runs, metric, minimize, where)
    if found is None:
        return None
    return runs["run_id"].iloc[runs.index[runs["run_id"] == found][0]]


# 3. restore_version


def _inside(path):
    """Is this a relative path without a step upward?"""
    return not path.startswith("/") and ".." not in path.split("/")


def _held(target):
    """Return the contents of a folder by relative path."""
    return {path.relative_to(target).as_posix(): path.read_bytes() for path in target.rglob("*") if path.is_file()}


def _objects(store, manifest):
    """Return the verified contents by relative path; ValueError otherwise."""
    contents = {}
    for path, name in manifest.items():
        if not _inside(path):
            raise ValueError(f"{path} leads out of the target")
        if not (store / name).is_file():
            raise ValueError(f"object {name[:8]} is missing")
        contents[path] = (store / name).read_bytes()
        if _sha(contents[path]) != name:
            raise ValueError(f"object {name[:8]} is damaged")
    return contents


def _apply(target, old, new):
    """Write and delete what differs; return the relative paths."""
    changed = [path for path in new if old.get(path) != new[path]]
    gone = [path for path in old if path not in new]
    for path in changed:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(new[path])
    for path in gone:
        (target / path).unlink()
    return sorted(changed + gone)


def right__restore_version__plan_then_do(store, manifest, target):
    new = _objects(store, manifest)
    return _apply(target, _held(target), new)


def right__restore_version__resolved_paths(store, manifest, target):
    root = target.resolve()
    for path, name in manifest.items():
        if not (root / path).resolve().is_relative_to(root):
            raise ValueError("leads out")
        try:
            content = (store / name).read_bytes()
        except OSError as error:
            raise ValueError("missing object") from error
        if hashlib.sha256(content).hexdigest() != name:
            raise ValueError("damaged object")
    changed = set()
    for path in list(target.rglob("*")):
        if path.is_file() and path.relative_to(target).as_posix() not in manifest:
            path.unlink()
            changed.add(path.relative_to(target).as_posix())
    for path, name in manifest.items():
        place = target / path
        if not place.exists() or hashlib.sha256(place.read_bytes()).hexdigest() != name:
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(store / name, place)
            changed.add(path)
    return sorted(changed)


def right__restore_version__os_functions(store, manifest, target):
    for path, name in manifest.items():
        if os.path.isabs(path) or os.path.normpath(path).split(os.sep)[0] == "..":
            raise ValueError(path)
        source = os.path.join(store, name)
        if not os.path.exists(source):
            raise ValueError(name)
        with open(source, "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != name:
                raise ValueError(name)
    old = {}
    for place, _, names in os.walk(target):
        for name in names:
            full = os.path.join(place, name)
            with open(full, "rb") as file:
                old[os.path.relpath(full, target)] = hashlib.file_digest(file, "sha256").hexdigest()
    changed = [path for path in old.keys() | manifest.keys() if old.get(path) != manifest.get(path)]
    for path in changed:
        full = os.path.join(target, path)
        if path in manifest:
            os.makedirs(os.path.dirname(full), exist_ok=True)
            shutil.copy(os.path.join(store, manifest[path]), full)
        else:
            os.remove(full)
    return sorted(changed)


def right__restore_version__empty_folders_removed(store, manifest, target):
    new = _objects(store, manifest)
    changed = _apply(target, _held(target), new)
    if target.exists():
        for path in sorted((path for path in target.rglob("*") if path.is_dir()), reverse=True):
            if not any(path.iterdir()):
                path.rmdir()
    return changed


def wrong__restore_version__verified_while_writing(store, manifest, target):
    """A damaged object is found when others have been written."""
    changed = []
    for path in manifest:
        changed += _apply(target, {p: c for p, c in _held(target).items() if p == path},
                          _objects(store, {path: manifest[path]}))  # fmt: skip
    return sorted(changed + _apply(target, _held(target), _objects(store, manifest)))


def wrong__restore_version__deleted_first(store, manifest, target):
    """Delete what is not named, then verify."""
    old = _held(target)
    gone = [path for path in old if path not in manifest]
    for path in gone:
        (target / path).unlink()
    return sorted(gone + _apply(target, _held(target), _objects(store, manifest)))


def wrong__restore_version__target_made_first(store, manifest, target):
    """The folder `target` is made even if an object is damaged."""
    target.mkdir(parents=True, exist_ok=True)
    return _apply(target, _held(target), _objects(store, manifest))


def wrong__restore_version__folders_made_first(store, manifest, target):
    """Inner folders and the target are made while the objects are being verified."""
    new = {}
    for path in manifest:
        new |= _objects(store, {path: manifest[path]})
        (target / path).parent.mkdir(parents=True, exist_ok=True)
    return _apply(target, _held(target), new)


def wrong__restore_version__damage_not_noticed(store, manifest, target):
    """Objects only have to exist."""
    for path, name in manifest.items():
        if not _inside(path) or not (store / name).is_file():
            raise ValueError(path)
    return _apply(target, _held(target), {path: (store / name).read_bytes() for path, name in manifest.items()})


def wrong__restore_version__equal_files_not_verified(store, manifest, target):
    """An object is verified only if it has to be written."""
    old = _held(target)
    if not all(map(_inside, manifest)):
        raise ValueError
    present = {path: old[path] for path, name in manifest.items() if path in old and _sha(old[path]) == name}
    new = _objects(store, {path: name for path, name in manifest.items() if path not in present})
    return _apply(target, old, new | present)


def wrong__restore_version__present_files_must_only_exist(store, manifest, target):
    """For a file that the target has, a damaged object goes unseen; a missing one doesn't."""
    if not all((store / name).is_file() for name in manifest.values()):
        raise ValueError
    return wrong__restore_version__equal_files_not_verified(store, manifest, target)


def wrong__restore_version__missing_as_it_comes(store, manifest, target):
    """A missing object raises FileNotFoundError."""
    for name in manifest.values():
        (store / name).read_bytes()
    return _apply(target, _held(target), _objects(store, manifest))


def wrong__restore_version__nothing_deleted(store, manifest, target):
    """Files that the manifest doesn't name stay."""
    new = _objects(store, manifest)
    return _apply(target, {path: content for path, content in _held(target).items() if path in new}, new)


def wrong__restore_version__deleted_at_the_top_only(store, manifest, target):
    """Surplus files in inner folders stay."""
    new = _objects(store, manifest)
    return _apply(target, {path: c for path, c in _held(target).items() if path in new or "/" not in path}, new)


def wrong__restore_version__hidden_files_stay(store, manifest, target):
    """Surplus files whose name begins with a dot stay."""
    new = _objects(store, manifest)
    old = {p: c for p, c in _held(target).items() if p in new or not p.rsplit("/")[-1].startswith(".")}
    return _apply(target, old, new)


def wrong__restore_version__deletions_not_reported(store, manifest, target):
    """Deleted files are missing from the answer."""
    return [path for path in _apply(target, _held(target), _objects(store, manifest)) if path in manifest]


def wrong__restore_version__everything_written_anew(store, manifest, target):
    """Equal files are written again, though the answer is right."""
    new = _objects(store, manifest)
    changed = _apply(target, _held(target), new)
    for path, content in new.items():
        (target / path).write_bytes(content)
    return changed


def wrong__restore_version__everything_reported(store, manifest, target):
    """Equal files are named in the answer."""
    return sorted({*manifest, *_apply(target, _held(target), _objects(store, manifest))})


def wrong__restore_version__equal_size_is_equal(store, manifest, target):
    """A file of equal length is left as it is."""
    new, old = _objects(store, manifest), _held(target)
    same = {path: content for path, content in new.items() if path in old and len(old[path]) == len(content)}
    return _apply(target, old | same, new)


def wrong__restore_version__sorted_as_paths(store, manifest, target):
    """`a/b` before `a-b`: sorted as Path objects and not as text."""
    return sorted(_apply(target, _held(target), _objects(store, manifest)), key=PurePosixPath)


def wrong__restore_version__written_before_deleted(store, manifest, target):
    """Written files first, then the deleted ones."""
    changed = _apply(target, _held(target), _objects(store, manifest))
    return sorted(changed, key=lambda path: (path not in manifest, path))


def wrong__restore_version__steps_upward_at_the_start_only(store, manifest, target):
    """`raw/../../x` leads out and is written."""
    for path in manifest:
        if path.startswith(("/", "../")):
            raise ValueError(path)
    new = {path: _objects(store, {"x": name})["x"] for path, name in manifest.items()}
    return _apply(target, _held(target), new)


def wrong__restore_version__same_beginning(store, manifest, target):
    """`../target-2/x` begins like the target and is written."""
    for path in manifest:
        if not os.path.normpath(os.path.join(target, path)).startswith(str(target)):
            raise ValueError(path)
    new = {path: _objects(store, {"x": name})["x"] for path, name in manifest.items()}
    return _apply(target, _held(target), new)


def wrong__restore_version__absolute_paths_pass(store, manifest, target):
    """An absolute path is written where it points."""
    if any(".." in path.split("/") for path in manifest):
        raise ValueError
    new = {path: _objects(store, {"x": name})["x"] for path, name in manifest.items()}
    return _apply(target, _held(target), new)


def wrong__restore_version__two_dots_anywhere(store, manifest, target):
    """A file named `notes..txt` is refused, although it lies in the target."""
    if any(".." in path for path in manifest):
        raise ValueError
    return _apply(target, _held(target), _objects(store, manifest))


def wrong__restore_version__paths_checked_last(store, manifest, target):
    """A path that leads out is found when the others have been written."""
    good = {path: name for path, name in manifest.items() if _inside(path)}
    changed = _apply(target, _held(target), _objects(store, good))
    _objects(store, manifest)
    return changed


def wrong__restore_version__objects_moved(store, manifest, target):
    """Take the objects out of the store."""
    new = _objects(store, manifest)
    changed = _apply(target, _held(target), new)
    for path in changed:
        if path in manifest:
            (store / manifest[path]).unlink(missing_ok=True)
    return changed


def wrong__restore_version__as_text(store, manifest, target):
    """Bytes that are no UTF-8 are lost."""
    new = _objects(store, manifest)
    return _apply(target, _held(target), {p: c.decode(errors="ignore").encode() for p, c in new.items()})


def wrong__restore_version__empty_manifest_does_nothing(store, manifest, target):
    """A version without files deletes everything."""
    return _apply(target, _held(target), _objects(store, manifest)) if manifest else []


def wrong__restore_version__empty_file_is_damage(store, manifest, target):
    """An object of no bytes is taken for damaged."""
    new = _objects(store, manifest)
    if not all(new.values()):
        raise ValueError("empty object")
    return _apply(target, _held(target), new)


def wrong__restore_version__errors_swallowed(store, manifest, target):
    """Return an empty list instead of raising."""
    try:
        return _apply(target, _held(target), _objects(store, manifest))
    except ValueError:
        return []


def wrong__restore_version__target_must_exist(store, manifest, target):
    """A target that doesn't exist raises."""
    os.listdir(target)
    return _apply(target, _held(target), _objects(store, manifest))


def wrong__restore_version__copies_kept(store, manifest, target):
    """Leave a copy of each overwritten file beside it."""
    new, old = _objects(store, manifest), _held(target)
    changed = _apply(target, old, new)
    for path in changed:
        if path in old and path in new:
            (target / f"{path}.bak").write_bytes(old[path])
    return changed


# 4. moved_alias


def _past(history, alias, at):
    """Return the events of the alias up to a moment, in order."""
    return sorted((event for event in history if event[1] == alias and event[0] <= at), key=lambda event: event[0])


def _walk(events):
    """Return the version after the events."""
    stack = []
    for _, _, action, version in events:
        if action == "set":
            stack.append(version)
        elif action == "delete":
            stack = []
        elif stack:
            stack.pop()
    return stack[-1] if stack else None


def right__moved_alias__stack(history, alias, at):
    return _walk(_past(history, alias, at))


def right__moved_alias__backward_with_a_debt(history, alias, at):
    debt = 0
    for _, _, action, version in reversed(_past(history, alias, at)):
        if action == "delete":
            return None
        if action == "rollback":
            debt += 1
        elif debt:
            debt -= 1
        else:
            return version
    return None


def right__moved_alias__data_frame(history, alias, at):
    table = pd.DataFrame(history, columns=["time", "alias", "action", "version"], dtype=object)
    table = table[(table["alias"] == alias) & (table["time"] <= at)].sort_values("time")
    standing = []
    for action, version in zip(table["action"], table["version"], strict=True):
        match action:
            case "set":
                standing = [*standing, version]
            case "rollback":
                standing = standing[:-1]
            case "delete":
                standing = []
    return int(standing[-1]) if standing else None


def right__moved_alias__linked_past(history, alias, at):
    past = None
    for moment, name, action, version in sorted(history):
        if moment > at:
            break
        if name != alias:
            continue
        if action == "set":
            past = (version, past)
        elif action == "delete":
            past = None
        elif past is not None:
            past = past[1]
    return None if past is None else past[0]


def wrong__moved_alias__order_of_arrival(history, alias, at):
    """The order in which the events arrived is taken for the order of time."""
    return _walk([event for event in history if event[1] == alias and event[0] <= at])


def wrong__moved_alias__stops_at_the_first_later_event(history, alias, at):
    """Events that arrived after a later one are lost."""
    events = []
    for event in history:
        if event[0] > at:
            break
        events.append(event)
    return _walk(_past(events, alias, at))


def wrong__moved_alias__before_the_moment(history, alias, at):
    """The events of the moment itself are left out."""
    return _walk(_past(history, alias, at - timedelta(microseconds=1)))


def wrong__moved_alias__whole_seconds(history, alias, at):
    """Events later in the same second count."""
    return _walk(_past(history, alias, at.replace(microsecond=999_999)))


def wrong__moved_alias__whole_day(history, alias, at):
    """Events later on the same day count."""
    return _walk(_past(history, alias, at.replace(hour=23, minute=59, second=59, microsecond=999_999)))


def wrong__moved_alias__every_alias(history, alias, at):
    """The events of other aliases count."""
    return _walk(sorted((event for event in history if event[0] <= at), key=lambda event: event[0]))


def wrong__moved_alias__same_beginning(history, alias, at):
    """`champion-eu` is taken for `champion`."""
    return _walk(sorted(event for event in history if event[1].startswith(alias) and event[0] <= at))


def wrong__moved_alias__delete_of_any_alias(history, alias, at):
    """Deleting another alias deletes this one."""
    events = [event for event in history if event[0] <= at and (event[1] == alias or event[2] == "delete")]
    return _walk(sorted(events, key=lambda event: event[0]))


def wrong__moved_alias__rollback_goes_back_one_state(history, alias, at):
    """A second rollback undoes the first one."""
    states = [None]
    for _, _, action, version in _past(history, alias, at):
        if action == "delete":
            states = [None]
        elif action == "set":
            states.append(version)
        elif len(states) > 1:
            states.append(states[-2])
    return states[-1]


def wrong__moved_alias__rollback_is_one_less(history, alias, at):
    """A rollback goes to the version with the next lower number."""
    now = None
    for _, _, action, version in _past(history, alias, at):
        if action == "set":
            now = version
        elif action == "delete":
            now = None
        elif now is not None:
            now = now - 1 or None
    return now


def wrong__moved_alias__rollback_to_another_version(history, alias, at):
    """A version that was set twice is left by one rollback."""
    stack = []
    for _, _, action, version in _past(history, alias, at):
        if action == "set":
            stack.append(version)
        elif action == "delete":
            stack = []
        elif stack:
            gone = stack[-1]
            while stack and stack[-1] == gone:
                stack.pop()
    return stack[-1] if stack else None


def wrong__moved_alias__no_version_twice(history, alias, at):
    """Setting the present version again isn't an event of its own."""
    events, kept = _past(history, alias, at), []
    for event in events:
        if kept and event[2] == kept[-1][2] == "set" and event[3] == kept[-1][3]:
            continue
        kept.append(event)
    return _walk(kept)


def wrong__moved_alias__first_version_stays(history, alias, at):
    """A rollback of the only version is ignored."""
    stack = []
    for _, _, action, version in _past(history, alias, at):
        if action == "set":
            stack.append(version)
        elif action == "delete":
            stack = []
        elif len(stack) > 1:
            stack.pop()
    return stack[-1] if stack else None


def wrong__moved_alias__past_survives_deletion(history, alias, at):
    """A rollback after delete and set finds the versions before the deletion."""
    stack, deleted = [], False
    for _, _, action, version in _past(history, alias, at):
        deleted = action == "delete" or (deleted and action != "set")
        if action == "set":
            stack.append(version)
        elif action == "rollback" and stack and not deleted:
            stack.pop()
    return stack[-1] if stack and not deleted else None


def wrong__moved_alias__rollback_undoes_deletion(history, alias, at):
    """A rollback brings a deleted alias back."""
    stack = []
    for _, _, action, version in _past(history, alias, at):
        if action in ("set", "delete"):
            stack.append(version)
        elif stack:
            stack.pop()
    return stack[-1] if stack else None


def wrong__moved_alias__debt_of_rollbacks(history, alias, at):
    """A rollback with nothing to undo undoes the next set."""
    stack, debt = [], 0
    for _, _, action, version in _past(history, alias, at):
        if action == "delete":
            stack, debt = [], 0
        elif action == "rollback":
            if stack:
                stack.pop()
            else:
                debt += 1
        elif debt:
            debt -= 1
        else:
            stack.append(version)
    return stack[-1] if stack else None


def wrong__moved_alias__empty_rollback_raises(history, alias, at):
    """A rollback with nothing to undo raises IndexError."""
    stack = []
    for _, _, action, version in _past(history, alias, at):
        if action == "set":
            stack.append(version)
        elif action == "delete":
            stack.clear()
        else:
            stack.pop()
    return stack[-1] if stack else None


def wrong__moved_alias__one_rollback(history, alias, at):
    """Of several rollbacks in a row, one counts."""
    events = _past(history, alias, at)
    return _walk([e for i, e in enumerate(events) if not (i and e[2] == events[i - 1][2] == "rollback")])


def wrong__moved_alias__rollbacks_after_the_moment(history, alias, at):
    """A rollback after the moment is applied, too."""
    late = [event for event in history if event[0] > at and event[2] == "rollback" and event[1] == alias]
    return _walk([*_past(history, alias, at), *sorted(late)])


def wrong__moved_alias__zero_when_unknown(history, alias, at):
    """Return 0 instead of None."""
    return _walk(_past(history, alias, at)) or 0


def wrong__moved_alias__missing_alias_raises(history, alias, at):
    """An alias that nobody ever moved raises."""
    if alias not in {event[1] for event in history}:
        raise KeyError(alias)
    return _walk(_past(history, alias, at))


def wrong__moved_alias__last_twenty_events(history, alias, at):
    """A long past is cut."""
    return _walk(_past(history, alias, at)[-20:])


# 5. stages_to_run


def _edges(stages):
    """Return, for each stage, the stages whose outputs it reads."""
    made_by = {output: name for name, stage in stages.items() for output in stage["outputs"]}
    return {name: {made_by[i] for i in stage["inputs"] if i in made_by} for name, stage in stages.items()}


def _order(stages):
    try:
        return list(TopologicalSorter(_edges(stages)).static_order())
    except CycleError as error:
        raise ValueError("circle") from error


def _stale(name, stage, lock, current):
    """Must the stage run for reasons of its own?"""
    if name not in lock or any(item not in current for item in stage["inputs"] + stage["outputs"]):
        return True
    return lock[name] != {item: current[item] for item in stage["inputs"]}


def _plan(stages, lock, current, stale=_stale, edges=_edges, order=_order):
    before, must = edges(stages), []
    for name in order(stages):
        if stale(name, stages[name], lock, current) or before[name] & set(must):
            must.append(name)
    return must


def right__stages_to_run__sorter(stages, lock, current):
    return _plan(stages, lock, current)


def right__stages_to_run__kahn(stages, lock, current):
    before = {name: set(others) for name, others in _edges(stages).items()}
    after = {name: [other for other in stages if name in before[other]] for name in stages}
    missing = {name: len(before[name]) for name in stages}
    ready, must = deque(name for name in stages if not missing[name]), set()
    order = []
    while ready:
        name = ready.popleft()
        order.append(name)
        if _stale(name, stages[name], lock, current) or before[name] & must:
            must.add(name)
        for other in after[name]:
            missing[other] -= 1
            if not missing[other]:
                ready.append(other)
    if len(order) < len(stages):
        raise ValueError("circle")
    return [name for name in order if name in must]


def right__stages_to_run__rounds_from_the_end(stages, lock, current):
    before, rest, order = _edges(stages), dict.fromkeys(stages), []
    while rest:
        free = [name for name in rest if not any(name in before[other] for other in rest)]
        if not free:
            raise ValueError("the stages depend on each other")
        for name in reversed(free):
            order.insert(0, name)
            del rest[name]
    must = {name for name in stages if _stale(name, stages[name], lock, current)}
    grown = True
    while grown:
        more = {name for name in stages if name not in must and before[name] & must}
        must |= more
        grown = bool(more)
    return [name for name in order if name in must]


def right__stages_to_run__depth_first(stages, lock, current):
    made_by = {output: name for name in stages for output in stages[name]["outputs"]}
    state, plan = {}, []

    def must_run(name):
        if state.get(name) == "open":
            raise ValueError("circle")
        if name not in state:
            state[name] = "open"
            behind = [must_run(made_by[item]) for item in stages[name]["inputs"] if item in made_by]
            known = lock.get(name)
            now = {item: current.get(item) for item in stages[name]["inputs"]}
            gone = set(stages[name]["inputs"] + stages[name]["outputs"]) - set(current)
            state[name] = any(behind) or known is None or known != now or bool(gone)
            if state[name]:
                plan.append(name)
        return state[name]

    for name in stages:
        must_run(name)
    return plan


def wrong__stages_to_run__in_the_given_order(stages, lock, current):
    """The order of the dictionary."""
    must = set(_plan(stages, lock, current))
    return [name for name in stages if name in must]


def wrong__stages_to_run__by_name(stages, lock, current):
    """Sorted by name."""
    return sorted(_plan(stages, lock, current))


def wrong__stages_to_run__backward(stages, lock, current):
    """Readers come first."""
    return _plan(stages, lock, current)[::-1]


def wrong__stages_to_run__by_number_of_producers(stages, lock, current):
    """Stages are sorted by how many others they read from directly."""
    before = _edges(stages)
    return sorted(_plan(stages, lock, current), key=lambda name: len(before[name]))


def wrong__stages_to_run__by_name_of_the_stage(stages, lock, current):
    """An input is taken for the name of a stage; what a stage calls its outputs is ignored."""

    def edges(stages):
        return {name: {item for item in stage["inputs"] if item in stages} for name, stage in stages.items()}

    def order(stages):
        return list(TopologicalSorter(edges(stages)).static_order())

    return _plan(stages, lock, current, edges=edges, order=order)


def wrong__stages_to_run__stage_names_count_too(stages, lock, current):
    """An input that happens to be called like a stage makes a dependency."""

    def edges(stages):
        true = _edges(stages)
        return {name: true[name] | ({*stages[name]["inputs"]} & {*stages} - {name}) for name in stages}

    def order(stages):
        return list(TopologicalSorter(edges(stages)).static_order())

    return _plan(stages, lock, current, edges=edges, order=order)


def wrong__stages_to_run__first_output_only(stages, lock, current):
    """Who reads a second output isn't known as a reader."""

    def edges(stages):
        made_by = {stage["outputs"][0]: name for name, stage in stages.items() if stage["outputs"]}
        return {name: {made_by[i] for i in stage["inputs"] if i in made_by} for name, stage in stages.items()}

    _order(stages)
    return _plan(stages, lock, current, edges=edges, order=lambda s: list(TopologicalSorter(edges(s)).static_order()))


def wrong__stages_to_run__direct_readers_only(stages, lock, current):
    """Who reads through others isn't run."""
    before, own = _edges(stages), {name for name in stages if _stale(name, stages[name], lock, current)}
    return [name for name in _order(stages) if name in own or before[name] & own]


def wrong__stages_to_run__two_rounds(stages, lock, current):
    """The news goes three stages far at most."""
    before, must = _edges(stages), {name for name in stages if _stale(name, stages[name], lock, current)}
    for _ in range(3):
        must |= {name for name in stages if before[name] & must}
    return [name for name in _order(stages) if name in must]


def wrong__stages_to_run__one_pass_in_the_given_order(stages, lock, current):
    """Readers that stand before what they read are forgotten."""
    before, must = _edges(stages), set()
    for name in stages:
        if _stale(name, stages[name], lock, current) or before[name] & must:
            must.add(name)
    return [name for name in _order(stages) if name in must]


def wrong__stages_to_run__no_readers(stages, lock, current):
    """Only stages with a reason of their own run."""
    return [name for name in _order(stages) if _stale(name, stages[name], lock, current)]


def wrong__stages_to_run__producers_run_too(stages, lock, current):
    """Everything before a stage that must run is run as well."""
    before, must = _edges(stages), set(_plan(stages, lock, current))
    for name in reversed(_order(stages)):
        if name in must:
            must |= before[name]
    return [name for name in _order(stages) if name in must]


def wrong__stages_to_run__missing_outputs_are_fine(stages, lock, current):
    """A missing output isn't a reason."""

    def stale(name, stage, lock, current):
        return _stale(name, {"inputs": stage["inputs"], "outputs": []}, lock, current)

    return _plan(stages, lock, current, stale)


def wrong__stages_to_run__one_output_is_enough(stages, lock, current):
    """A stage with one of two outputs counts as complete."""

    def stale(name, stage, lock, current):
        outputs = [] if any(item in current for item in stage["outputs"]) else stage["outputs"]
        return _stale(name, {"inputs": stage["inputs"], "outputs": outputs}, lock, current)

    return _plan(stages, lock, current, stale)


def wrong__stages_to_run__forgotten_inputs(stages, lock, current):
    """An input that the stage no longer has is no difference."""

    def stale(name, stage, lock, current):
        known = {item: lock.get(name, {}).get(item) for item in stage["inputs"] if item in lock.get(name, {})}
        return name not in lock or _stale(name, stage, {name: known}, current)

    return _plan(stages, lock, current, stale)


def wrong__stages_to_run__new_inputs(stages, lock, current):
    """An input that the lock doesn't know is no difference."""

    def stale(name, stage, lock, current):
        known = [item for item in stage["inputs"] if item in lock.get(name, {})]
        gone = any(item not in current for item in stage["inputs"])
        return gone or _stale(name, {"inputs": known, "outputs": stage["outputs"]}, lock, current)

    return _plan(stages, lock, current, stale)


def wrong__stages_to_run__hashes_without_names(stages, lock, current):
    """Two inputs that swapped their contents are no difference."""

    def stale(name, stage, lock, current):
        if name not in lock or any(item not in current for item in stage["inputs"] + stage["outputs"]):
            return True
        return sorted(lock[name].values()) != sorted(current[item] for item in stage["inputs"])

    return _plan(stages, lock, current, stale)


def wrong__stages_to_run__names_without_hashes(stages, lock, current):
    """Only the names of the inputs are compared."""

    def stale(name, stage, lock, current):
        gone = any(item not in current for item in stage["inputs"] + stage["outputs"])
        return gone or name not in lock or set(lock[name]) != set(stage["inputs"])

    return _plan(stages, lock, current, stale)


def wrong__stages_to_run__order_of_inputs_counts(stages, lock, current):
    """The same inputs in another order are taken for others."""

    def stale(name, stage, lock, current):
        return _stale(name, stage, lock, current) or list(lock[name]) != stage["inputs"]

    return _plan(stages, lock, current, stale)


def wrong__stages_to_run__missing_twice_is_equal(stages, lock, current):
    """An input that neither the lock nor the folder has counts as unchanged."""

    def stale(name, stage, lock, current):
        if name not in lock or any(item not in current for item in stage["outputs"]):
            return True
        named = {*stage["inputs"], *lock[name]}
        return any(lock[name].get(item) != current.get(item) for item in named)

    return _plan(stages, lock, current, stale)


def wrong__stages_to_run__empty_lock_is_none(stages, lock, current):
    """A stage without inputs runs each time."""

    def stale(name, stage, lock, current):
        return not lock.get(name) or _stale(name, stage, lock, current)

    return _plan(stages, lock, current, stale)


def wrong__stages_to_run__no_inputs_no_reason(stages, lock, current):
    """A stage without inputs never runs."""

    def stale(name, stage, lock, current):
        return bool(stage["inputs"]) and _stale(name, stage, lock, current)

    return _plan(stages, lock, current, stale)


def wrong__stages_to_run__produced_inputs_may_miss(stages, lock, current):
    """An intermediate file that is missing is no reason if it is produced by another stage; nor is its producer run."""
    made = {output for stage in stages.values() for output in stage["outputs"]}
    read = {item for stage in stages.values() for item in stage["inputs"]}

    def stale(name, stage, lock, current):
        known = {item: lock.get(name, {}).get(item) for item in made & read}
        return _stale(name, stage, lock, known | current)

    return _plan(stages, lock, current, stale)


def wrong__stages_to_run__circles_only_where_something_runs(stages, lock, current):
    """A circle in which nothing has to run is not reported."""
    before, must = _edges(stages), {name for name in stages if _stale(name, stages[name], lock, current)}
    for _ in stages:
        must |= {name for name in stages if before[name] & must}
    return list(TopologicalSorter({name: before[name] & must for name in must}).static_order())


def wrong__stages_to_run__own_output_is_no_circle(stages, lock, current):
    """A stage that reads its own output depends on itself."""

    def edges(stages):
        return {name: others - {name} for name, others in _edges(stages).items()}

    return _plan(stages, lock, current, edges=edges, order=lambda s: list(TopologicalSorter(edges(s)).static_order()))


def wrong__stages_to_run__circles_of_two_only(stages, lock, current):
    """A circle of three stages is not reported."""
    before = _edges(stages)
    if any(name in before[other] and other in before[name] for name in stages for other in stages):
        raise ValueError("circle")
    try:
        return _plan(stages, lock, current)
    except ValueError:
        return list(stages)


def wrong__stages_to_run__circles_swallowed(stages, lock, current):
    """A circle gives an empty plan."""
    try:
        return _plan(stages, lock, current)
    except ValueError:
        return []


def wrong__stages_to_run__circle_as_another_error(stages, lock, current):
    """A circle raises RecursionError."""
    try:
        return _plan(stages, lock, current)
    except ValueError as error:
        raise RecursionError("circle") from error


def wrong__stages_to_run__diamond_is_a_circle(stages, lock, current):
    """A stage that is reached on two ways is taken for a circle."""
    before = _edges(stages)

    def visit(name, seen):
        if name in seen:
            raise ValueError("circle")
        seen.add(name)
        for other in sorted(before[name]):
            visit(other, seen)

    for name in stages:
        visit(name, set())
    return _plan(stages, lock, current)


def wrong__stages_to_run__counted_twice(stages, lock, current):
    """Kahn's count takes two outputs of one producer for two producers: the reader never gets its turn."""
    made_by = {output: name for name, stage in stages.items() for output in stage["outputs"]}
    open_inputs = {n: sum(item in made_by for item in stage["inputs"]) for n, stage in stages.items()}
    before, order = _edges(stages), []
    ready = [name for name in stages if not open_inputs[name]]
    while ready:
        order.append(ready.pop())
        for name in stages:
            if order[-1] in before[name]:
                open_inputs[name] -= 1
                if not open_inputs[name]:
                    ready.append(name)
    if len(order) < len(stages):
        raise ValueError("circle")
    must = set(_plan(stages, lock, current))
    return [name for name in order if name in must]


def wrong__stages_to_run__old_stages_in_the_lock(stages, lock, current):
    """A stage in the lock that no longer exists is an error."""
    for name in lock:
        stages[name]
    return _plan(stages, lock, current)


def wrong__stages_to_run__one_stage_too_often(stages, lock, current):
    """A stage is named once for each reason."""
    before, must = _edges(stages), []
    for name in _order(stages):
        reasons = _stale(name, stages[name], lock, current) + bool(before[name] & set(must))
        must += [name] * reasons
    return must
