"""Answers to 02_machine_learning/05_pipelines_and_leakage by somebody who has not seen its checks.

`right__...` must pass, `wrong__...` must fail.
"""

import itertools
from collections import Counter, defaultdict
from fractions import Fraction

import numpy as np
import pandas as pd
from scipy.stats import mannwhitneyu, rankdata
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer, make_column_selector, make_column_transformer
from sklearn.dummy import DummyRegressor
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

# 1. tabular_pipeline


def _numbers(**options):
    """Return the right steps for numbers, with other options of the imputer."""
    return make_pipeline(SimpleImputer(**({"strategy": "median", "add_indicator": True} | options)), StandardScaler())


def _places(ordered, **options):
    """Return the right encoder for ordered text, with other options."""
    right = {
        "categories": list(ordered.values()),
        "handle_unknown": "use_encoded_value",
        "unknown_value": -1,
        "encoded_missing_value": -1,
    }
    return OrdinalEncoder(**(right | options))


def _levels(**options):
    """Return the right encoder for nominal text, with other options."""
    return OneHotEncoder(**({"handle_unknown": "ignore", "sparse_output": False} | options))


def _tabular(numeric, ordered, nominal, model, *, numbers=None, places=None, levels=None, **options):
    """Return the right pipeline, with one of its parts replaced."""
    table = make_column_transformer(
        (numbers or _numbers(), numeric),
        (places or _places(ordered), list(ordered)),
        (levels or _levels(), nominal),
        **options,
    )
    return make_pipeline(table, model)


def right__tabular_pipeline__named_steps_forced_dense(numeric, ordered, nominal, model):
    table = ColumnTransformer(
        [
            ("numbers", _numbers(), numeric),
            ("places", _places(ordered), list(ordered.keys())),
            ("levels", OneHotEncoder(handle_unknown="ignore"), nominal),
        ],
        remainder="drop",
        sparse_threshold=0,
    )
    return Pipeline([("table", table), ("model", model)])


class _Places(TransformerMixin, BaseEstimator):
    def __init__(self, ordered):
        self.ordered = ordered

    def fit(self, table, labels=None):
        self.fitted_ = True
        return self

    def transform(self, table):
        columns = [
            [levels.index(word) if isinstance(word, str) and word in levels else -1 for word in table[name]]
            for name, levels in self.ordered.items()
        ]
        return np.array(columns, dtype=float).reshape(len(self.ordered), len(table)).T


def right__tabular_pipeline__own_transformer_for_order(numeric, ordered, nominal, model):
    return _tabular(numeric, ordered, nominal, model, places=_Places(ordered))


def right__tabular_pipeline__union_of_values_and_marks(numeric, ordered, nominal, model):
    numbers = make_pipeline(
        FeatureUnion(
            [
                ("values", SimpleImputer(strategy="median")),
                ("marks", MissingIndicator(features="missing-only", error_on_new=False)),
            ]
        ),
        StandardScaler(),
    )
    return _tabular(numeric, ordered, nominal, model, numbers=numbers)


def right__tabular_pipeline__pandas_output(numeric, ordered, nominal, model):
    pipeline = _tabular(numeric, ordered, nominal, model)
    pipeline[:-1].set_output(transform="pandas")
    return pipeline


def right__tabular_pipeline__scaled_separately(numeric, ordered, nominal, model):
    values = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    marks = make_pipeline(MissingIndicator(error_on_new=False), FunctionTransformer(np.float64), StandardScaler())
    return _tabular(numeric, ordered, nominal, model, numbers=make_union(values, marks))


def wrong__tabular_pipeline__mean(numeric, ordered, nominal, model):
    """Fills with the mean, not the median."""
    return _tabular(numeric, ordered, nominal, model, numbers=_numbers(strategy="mean"))


def wrong__tabular_pipeline__most_frequent(numeric, ordered, nominal, model):
    """Fills with the most frequent number, not the median."""
    return _tabular(numeric, ordered, nominal, model, numbers=_numbers(strategy="most_frequent"))


def right__tabular_pipeline__scaled_before_filling(numeric, ordered, nominal, model):
    """Scales by the values that aren't missing, then fills; the mark stays 0 and 1."""
    numbers = make_pipeline(StandardScaler(), SimpleImputer(strategy="median", add_indicator=True))
    return _tabular(numeric, ordered, nominal, model, numbers=numbers)


def wrong__tabular_pipeline__mark_refuses_new_gaps(numeric, ordered, nominal, model):
    """Raises when a gap arrives in a column that had none in training."""
    marks = MissingIndicator()
    numbers = make_pipeline(make_union(SimpleImputer(strategy="median"), marks), StandardScaler())
    return _tabular(numeric, ordered, nominal, model, numbers=numbers)


def right__tabular_pipeline__mark_not_scaled(numeric, ordered, nominal, model):
    """Leaves the mark at 0 and 1."""
    values = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    return _tabular(numeric, ordered, nominal, model, numbers=make_union(values, MissingIndicator(error_on_new=False)))


class _BatchMedian(TransformerMixin, BaseEstimator):
    def fit(self, table, labels=None):
        self.gaps_ = np.flatnonzero(table.isna().any())
        return self

    def transform(self, table):
        values = np.asarray(table, dtype=float)
        medians = table.median().fillna(0).to_numpy()
        gaps = np.isnan(values)
        return np.hstack([np.where(gaps, medians, values), gaps[:, self.gaps_]])


def wrong__tabular_pipeline__median_of_the_batch(numeric, ordered, nominal, model):
    """Fills with the median of the table that arrives, not with that of the training table."""
    return _tabular(numeric, ordered, nominal, model, numbers=make_pipeline(_BatchMedian(), StandardScaler()))


class _RowMark(TransformerMixin, BaseEstimator):
    def fit(self, table, labels=None):
        self.fitted_ = True
        return self

    def transform(self, table):
        return table.isna().any(axis=1).to_numpy(dtype=float)[:, None]


def wrong__tabular_pipeline__one_mark_for_the_row(numeric, ordered, nominal, model):
    """Marks rows with any gap in one column, not each column's gaps; right for one numeric column."""
    numbers = make_pipeline(make_union(SimpleImputer(strategy="median"), _RowMark()), StandardScaler())
    return _tabular(numeric, ordered, nominal, model, numbers=numbers)


class _BatchScaler(StandardScaler):
    def transform(self, X, copy=None):
        return StandardScaler().fit_transform(X)


def wrong__tabular_pipeline__scaled_by_the_batch(numeric, ordered, nominal, model):
    """Scales by the mean and the deviation of the table that arrives, not of the training table."""
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), _BatchScaler())
    return _tabular(numeric, ordered, nominal, model, numbers=numbers)


def wrong__tabular_pipeline__alphabetic_order(numeric, ordered, nominal, model):
    """Sorts the levels of ordered text by the alphabet, not in the given order."""
    places = _places({name: sorted(levels) for name, levels in ordered.items()})
    return _tabular(numeric, ordered, nominal, model, places=places)


def wrong__tabular_pipeline__first_order_for_all(numeric, ordered, nominal, model):
    """Uses the order of the first ordered column for all of them."""
    first = next(iter(ordered.values()), [])
    return _tabular(numeric, ordered, nominal, model, places=_places(dict.fromkeys(ordered, first)))


def wrong__tabular_pipeline__missing_order_is_the_lowest(numeric, ordered, nominal, model):
    """Gives a missing ordered value the place 0 instead of -1."""

    class Places(_Places):
        def transform(self, table):
            return np.where(table.isna(), 0.0, super().transform(table))

    return _tabular(numeric, ordered, nominal, model, places=Places(ordered))


def wrong__tabular_pipeline__unknown_order_refused(numeric, ordered, nominal, model):
    """Raises on an ordered word that isn't in the given order."""
    places = OrdinalEncoder(categories=list(ordered.values()))
    return _tabular(numeric, ordered, nominal, model, places=places)


def wrong__tabular_pipeline__learned_order(numeric, ordered, nominal, model):
    """Counts places among the levels that training contains, so a level that it lacks shifts the others."""

    class Places(_Places):
        def fit(self, table, labels=None):
            seen = {name: set(table[name].dropna()) for name in self.ordered}
            self.kept_ = {name: [a for a in levels if a in seen[name]] for name, levels in self.ordered.items()}
            return self

        def transform(self, table):
            return _Places(self.kept_).transform(table)

    return _tabular(numeric, ordered, nominal, model, places=Places(ordered))


def wrong__tabular_pipeline__order_scaled(numeric, ordered, nominal, model):
    """Scales the places: they aren't places in the given order any more."""
    return _tabular(numeric, ordered, nominal, model, places=make_pipeline(_places(ordered), StandardScaler()))


def wrong__tabular_pipeline__new_city_refused(numeric, ordered, nominal, model):
    """Raises on a nominal word that training lacks."""
    return _tabular(numeric, ordered, nominal, model, levels=_levels(handle_unknown="error"))


def wrong__tabular_pipeline__binary_levels_dropped(numeric, ordered, nominal, model):
    """Keeps one column only of a nominal column with two levels."""
    return _tabular(numeric, ordered, nominal, model, levels=_levels(drop="if_binary"))


def wrong__tabular_pipeline__rare_levels_merged(numeric, ordered, nominal, model):
    """Merges rare levels as soon as there are more than 12: no column for each level."""
    return _tabular(
        numeric, ordered, nominal, model, levels=_levels(max_categories=12, handle_unknown="infrequent_if_exist")
    )


def wrong__tabular_pipeline__new_city_is_the_rarest(numeric, ordered, nominal, model):
    """Counts a word that training lacks as the rarest level when a level occurs once (merged with others)."""
    levels = _levels(min_frequency=2, handle_unknown="infrequent_if_exist")
    return _tabular(numeric, ordered, nominal, model, levels=levels)


def wrong__tabular_pipeline__other_columns_kept(numeric, ordered, nominal, model):
    """Passes on the columns that aren't named."""
    return _tabular(numeric, ordered, nominal, model, remainder="passthrough")


def wrong__tabular_pipeline__all_numbers_of_the_table(numeric, ordered, nominal, model):
    """Takes all numeric columns of the table, also those that aren't named."""
    table = make_column_transformer(
        (_numbers(), make_column_selector(dtype_include="number")),
        (_places(ordered), list(ordered)),
        (_levels(), nominal),
    )
    return make_pipeline(table, model)


def wrong__tabular_pipeline__exactly_the_training_columns(numeric, ordered, nominal, model):
    """Refuses a listing with a column that training lacked."""

    def same(table, seen=[]):  # noqa: B006
        seen = same.seen
        if not seen:
            seen.extend(table.columns)
        if set(table.columns) - set(seen):
            raise ValueError("unknown columns")
        return table

    same.seen = []
    pipeline = _tabular(numeric, ordered, nominal, model)
    return make_pipeline(FunctionTransformer(same), *[step for _, step in pipeline.steps])


def wrong__tabular_pipeline__everything_scaled_at_the_end(numeric, ordered, nominal, model):
    """Scales the places and the columns of levels as well: they aren't 0 and 1."""
    pipeline = _tabular(numeric, ordered, nominal, model, numbers=SimpleImputer(strategy="median", add_indicator=True))
    return make_pipeline(pipeline[0], StandardScaler(), model)


def wrong__tabular_pipeline__ignores_the_model(numeric, ordered, nominal, model):
    """Ends in a dummy model whatever the model."""
    return _tabular(numeric, ordered, nominal, DummyRegressor())


def wrong__tabular_pipeline__first_column_marked_only(numeric, ordered, nominal, model):
    """Marks the gaps of the first numeric column only."""
    marks = ColumnTransformer([("mark", MissingIndicator(error_on_new=False), numeric[:1])])
    numbers = make_pipeline(make_union(SimpleImputer(strategy="median"), marks), StandardScaler())
    return _tabular(numeric, ordered, nominal, model, numbers=numbers)


def wrong__tabular_pipeline__not_scaled(numeric, ordered, nominal, model):
    """Scales nothing."""
    return _tabular(numeric, ordered, nominal, model, numbers=SimpleImputer(strategy="median", add_indicator=True))


def wrong__tabular_pipeline__words_without_case(numeric, ordered, nominal, model):
    """Takes the levels "A" and "a" for one."""
    lower = FunctionTransformer(lambda table: table.apply(lambda column: column.str.lower()))
    return _tabular(numeric, ordered, nominal, model, levels=make_pipeline(lower, _levels()))


_TABLES = {}


def wrong__tabular_pipeline__shared_table(numeric, ordered, nominal, model):
    """Hands out one and the same first step for the same columns: fitting a second pipeline spoils the first one."""
    key = str((numeric, ordered, nominal))
    table = _TABLES.setdefault(key, _tabular(numeric, ordered, nominal, model)[0])
    return make_pipeline(table, model)


def wrong__tabular_pipeline__without_the_model(numeric, ordered, nominal, model):
    """Lacks the model at its end."""
    return make_pipeline(_tabular(numeric, ordered, nominal, model)[0])


# 2. rows_already_seen


def _comparable(value):
    """Return the value, or None for any missing one."""
    return None if pd.isna(value) else value


def _row_tuples(table, columns):
    """Return one tuple for each row, also if there are no columns."""
    lists = [[_comparable(value) for value in table[name].tolist()] for name in columns]
    return list(zip(*lists, strict=True)) if lists else [()] * len(table)


def _kept(train, ignore):
    """Return the names of the columns that count."""
    return [name for name in train.columns if name not in ignore]


def right__rows_already_seen__set_of_tuples(train, test, ignore):
    columns = _kept(train, ignore)
    known = set(_row_tuples(train, columns))
    return sum(row in known for row in _row_tuples(test, columns))


def right__rows_already_seen__merge_with_indicator(train, test, ignore):
    columns = _kept(train, ignore)
    if not columns or train.empty or test.empty:
        return len(test) if len(train) else 0
    merged = test[columns].merge(train[columns].drop_duplicates(), how="left", on=columns, indicator="came from")
    return int((merged["came from"] == "both").sum())


def right__rows_already_seen__numbers_for_values(train, test, ignore):
    columns = _kept(train, ignore)
    number = np.zeros(len(train) + len(test), dtype=int)
    for name in columns:
        values = np.array([_comparable(v) for v in [*train[name], *test[name]]] + [None], dtype=object)[:-1]
        codes, _ = pd.factorize(values, use_na_sentinel=True)
        _, number = np.unique(np.column_stack([number, codes]), axis=0, return_inverse=True)
        number = number.ravel()
    return np.isin(number[len(train) :], number[: len(train)]).sum()


def right__rows_already_seen__two_loops(train, test, ignore):
    columns = _kept(train, ignore)
    old = [tuple(train[name].iloc[i] for name in columns) for i in range(len(train))]
    new = [tuple(test[name].iloc[i] for name in columns) for i in range(len(test))]

    def same(a, b):
        return all((pd.isna(x) and pd.isna(y)) or (not pd.isna(x) and not pd.isna(y) and x == y) for x, y in zip(a, b))  # noqa: B905

    return np.int32(sum(any(same(row, other) for other in old) for row in new))


def wrong__rows_already_seen__pairs(train, test, ignore):
    """Counts pairs: a row that training has twice counts twice."""
    columns = _kept(train, ignore)
    counts = Counter(_row_tuples(train, columns))
    return sum(counts[row] for row in _row_tuples(test, columns))


def wrong__rows_already_seen__each_training_row_once(train, test, ignore):
    """Uses up a training row with each match: two equal test rows count once if training has one."""
    columns = _kept(train, ignore)
    return (Counter(_row_tuples(train, columns)) & Counter(_row_tuples(test, columns))).total()


def wrong__rows_already_seen__different_rows(train, test, ignore):
    """Counts equal test rows once."""
    columns = _kept(train, ignore)
    return len(set(_row_tuples(train, columns)) & set(_row_tuples(test, columns)))


def wrong__rows_already_seen__training_rows(train, test, ignore):
    """Counts the training rows that occur in the test table (swapped parameters)."""
    return right__rows_already_seen__set_of_tuples(test, train, ignore)


def wrong__rows_already_seen__duplicated_in_both(train, test, ignore):
    """Also counts a test row that repeats an earlier test row only."""
    columns = _kept(train, ignore)
    rows, known, found = _row_tuples(test, columns), set(_row_tuples(train, columns)), 0
    for row in rows:
        found += row in known
        known.add(row)
    return found


def wrong__rows_already_seen__by_position(train, test, ignore):
    """Compares the columns by their position, not by their name."""
    old, new = (table[[c for c in table.columns if c not in ignore]] for table in (train, test))
    known = set(_row_tuples(old, list(old.columns)))
    return sum(row in known for row in _row_tuples(new, list(new.columns)))


def wrong__rows_already_seen__gaps_are_zero(train, test, ignore):
    """Takes a missing value for the number 0 (and the empty text)."""
    columns = _kept(train, ignore)
    known = {tuple(v or 0 for v in row) for row in _row_tuples(train, columns)}
    return sum(tuple(v or 0 for v in row) in known for row in _row_tuples(test, columns))


def wrong__rows_already_seen__gaps_are_minus_one(train, test, ignore):
    """Takes a missing number for -1."""
    columns = _kept(train, ignore)
    known = {tuple(-1 if v is None else v for v in row) for row in _row_tuples(train, columns)}
    return sum(tuple(-1 if v is None else v for v in row) in known for row in _row_tuples(test, columns))


def wrong__rows_already_seen__gaps_match_everything(train, test, ignore):
    """Lets a missing value equal any value."""
    columns = _kept(train, ignore)
    known = _row_tuples(train, columns)
    return sum(
        any(all(None in (a, b) or a == b for a, b in zip(row, other, strict=True)) for other in known)
        for row in _row_tuples(test, columns)
    )


def wrong__rows_already_seen__gaps_differ(train, test, ignore):
    """Never counts a row with a gap."""
    columns = _kept(train, ignore)
    known = set(_row_tuples(train, columns))
    return sum(row in known and None not in row for row in _row_tuples(test, columns))


def wrong__rows_already_seen__gaps_in_text_differ(train, test, ignore):
    """Missing numbers are equal, but missing texts aren't."""
    columns = _kept(train, ignore)
    texts = {name for name in columns if not pd.api.types.is_numeric_dtype(train[name])}
    known = set(_row_tuples(train, columns))
    return sum(
        row in known and not any(v is None and c in texts for v, c in zip(row, columns, strict=True))
        for row in _row_tuples(test, columns)
    )


def wrong__rows_already_seen__rows_as_text(train, test, ignore):
    """Compares what is printed: 70 and 70.0 differ, which a column without gaps brings about."""
    columns = _kept(train, ignore)
    known = {tuple(map(str, row)) for row in _row_tuples(train, columns)}
    return sum(tuple(map(str, row)) in known for row in _row_tuples(test, columns))


def wrong__rows_already_seen__joined_text(train, test, ignore):
    """Joins a row's values without a separator, so ("A", "BC") equals ("AB", "C")."""
    columns = _kept(train, ignore)
    known = {"".join(str(float(v) if isinstance(v, int) else v) for v in row) for row in _row_tuples(train, columns)}
    return sum(
        "".join(str(float(v) if isinstance(v, int) else v) for v in row) in known for row in _row_tuples(test, columns)
    )


def wrong__rows_already_seen__text_nan_is_missing(train, test, ignore):
    """Takes the word "nan" or "None" for a missing value."""
    columns = _kept(train, ignore)

    def plain(row):
        return tuple("nan" if v is None or v == "None" else v for v in row)

    known = {plain(row) for row in _row_tuples(train, columns)}
    return sum(plain(row) in known for row in _row_tuples(test, columns))


def wrong__rows_already_seen__column_by_column(train, test, ignore):
    """Asks for each value by itself whether its column in training has it, in whatever row."""
    columns = _kept(train, ignore)
    known = [{_comparable(v) for v in train[name]} for name in columns]
    return sum(
        all(v in values for v, values in zip(row, known, strict=True)) and len(train) > 0
        for row in _row_tuples(test, columns)
    )


def wrong__rows_already_seen__same_place_only(train, test, ignore):
    """Compares rows at the same place of the two tables only, or at neighboring places."""
    columns = _kept(train, ignore)
    old, new = _row_tuples(train, columns), _row_tuples(test, columns)
    return sum(row in old[max(0, i - 1) : i + 2] for i, row in enumerate(new))


def wrong__rows_already_seen__rounded(train, test, ignore):
    """Takes numbers for equal that are closer than 0.000001."""
    columns = _kept(train, ignore)

    def plain(row):
        return tuple(round(v, 6) if isinstance(v, float) else v for v in row)

    known = {plain(row) for row in _row_tuples(train, columns)}
    return sum(plain(row) in known for row in _row_tuples(test, columns))


def wrong__rows_already_seen__single_precision(train, test, ignore):
    """Compares numbers in single precision: 16777216 equals 16777217."""
    columns = _kept(train, ignore)

    def plain(row):
        return tuple(float(np.float32(v)) if isinstance(v, int | float) else v for v in row)

    known = {plain(row) for row in _row_tuples(train, columns)}
    return sum(plain(row) in known for row in _row_tuples(test, columns))


def wrong__rows_already_seen__case_and_blanks(train, test, ignore):
    """Takes "A" for "a" and ignores blanks."""
    columns = _kept(train, ignore)

    def plain(row):
        return tuple(v.strip().lower() if isinstance(v, str) else v for v in row)

    known = {plain(row) for row in _row_tuples(train, columns)}
    return sum(plain(row) in known for row in _row_tuples(test, columns))


def wrong__rows_already_seen__first_ignored_only(train, test, ignore):
    """Ignores the first of the columns in `ignore` only."""
    return right__rows_already_seen__set_of_tuples(train, test, ignore[:1])


def wrong__rows_already_seen__always_ignores_the_first_column(train, test, ignore):
    """Ignores the first column even if `ignore` is empty."""
    return right__rows_already_seen__set_of_tuples(train, test, ignore or [train.columns[0]])


def wrong__rows_already_seen__index_counts(train, test, ignore):
    """Counts a row only if its index label differs from that of the equal training row (takes it for itself)."""
    columns = _kept(train, ignore)
    known = defaultdict(set)
    for label, row in zip(train.index, _row_tuples(train, columns), strict=True):
        known[row].add(label)
    return sum(
        bool(known[row] - {label})
        or (train.index.equals(pd.RangeIndex(len(train))) and row in known and bool(known[row]))
        for label, row in zip(test.index, _row_tuples(test, columns), strict=True)
    )


def wrong__rows_already_seen__label_indexing(train, test, ignore):
    """Reads the rows with `.loc[0]`, `.loc[1]`, ...: fails for an index that doesn't count from 0."""
    columns = _kept(train, ignore)
    known = {tuple(_comparable(train.loc[i, name]) for name in columns) for i in range(len(train))}
    return sum(tuple(_comparable(test.loc[i, name]) for name in columns) in known for i in range(len(test)))


def wrong__rows_already_seen__share(train, test, ignore):
    """Returns the share of rows, which is no count."""
    return right__rows_already_seen__set_of_tuples(train, test, ignore) / max(1, len(test))


def wrong__rows_already_seen__float(train, test, ignore):
    """Returns a float, not a whole number."""
    return float(right__rows_already_seen__set_of_tuples(train, test, ignore))


def wrong__rows_already_seen__substring_of_name(train, test, ignore):
    """Also ignores columns whose name is part of a name in `ignore` ("age" for "stage")."""
    text = " ".join(map(str, ignore))
    return right__rows_already_seen__set_of_tuples(train, test, [c for c in train.columns if str(c) in text])


def wrong__rows_already_seen__inner_merge_of_gaps_dropped_train(train, test, ignore):
    """Drops the training rows whose every value is missing, which a wholly missing test row equals."""
    columns = _kept(train, ignore)
    known = {row for row in _row_tuples(train, columns) if not row or any(v is not None for v in row)}
    return sum(row in known for row in _row_tuples(test, columns))


# 3. cross_fitted_rates


def _rates(codes, labels, folds, weight, prior_of=None):
    """Return the right rates, by a mask for each row."""
    codes, labels, folds = np.asarray(codes), np.asarray(labels, dtype=float), np.asarray(folds)
    result = np.empty(len(codes))
    for i in range(len(codes)):
        other = folds != folds[i]
        same = other & (codes == codes[i])
        prior = labels[other].mean() if prior_of is None else prior_of(codes, labels, folds, i)
        count = same.sum()
        result[i] = (labels[same].sum() + weight * prior) / (count + weight) if count else prior
    return result


def right__cross_fitted_rates__mask_for_each_row(codes, labels, folds, weight):
    return _rates(codes, labels, folds, weight)


def right__cross_fitted_rates__total_less_own_fold(codes, labels, folds, weight):
    table = pd.DataFrame({"code": codes, "label": np.asarray(labels, dtype=float), "fold": folds})
    by_code, by_both = table.groupby("code")["label"], table.groupby(["code", "fold"])["label"]
    by_fold = table.groupby("fold")["label"]
    total = by_code.transform("sum") - by_both.transform("sum")
    count = by_code.transform("size") - by_both.transform("size")
    prior = (table["label"].sum() - by_fold.transform("sum")) / (len(table) - by_fold.transform("size"))
    smoothed = (total + weight * prior) / (count + weight).where(count > 0, 1)
    return smoothed.where(count > 0, prior).to_numpy()


def right__cross_fitted_rates__dictionaries_and_fractions(codes, labels, folds, weight):
    rows = list(
        zip(
            np.asarray(codes).tolist(),
            [int(v) for v in np.asarray(labels)],
            [int(v) for v in np.asarray(folds)],
            strict=True,
        )
    )
    exact = Fraction(float(weight))
    result = []
    for code, _, fold in rows:
        others = [(c, y) for c, y, f in rows if f != fold]
        prior = Fraction(sum(y for _, y in others), len(others))
        mine = [y for c, y in others if c == code]
        result.append(float((sum(mine) + exact * prior) / (len(mine) + exact)) if mine else float(prior))
    return np.array(result)


def right__cross_fitted_rates__fold_by_fold_map(codes, labels, folds, weight):
    codes, labels, folds = pd.Series(codes), pd.Series(labels), np.asarray(folds)
    result = pd.Series(0.0, index=codes.index)
    for fold in np.unique(folds):
        inside = folds == fold
        stats = labels[~inside].groupby(codes[~inside]).agg(["sum", "count"])
        prior = labels[~inside].mean()
        rates = (stats["sum"] + weight * prior) / (stats["count"] + weight)
        result[inside] = codes[inside].map(rates).fillna(prior).astype(float)
    return result.to_numpy()


def right__cross_fitted_rates__contingency_tables(codes, labels, folds, weight):
    names, code = np.unique(np.asarray(codes), return_inverse=True)
    parts, fold = np.unique(np.asarray(folds), return_inverse=True)
    labels = np.asarray(labels, dtype=float)
    count, total = np.zeros((len(names), len(parts))), np.zeros((len(names), len(parts)))
    np.add.at(count, (code, fold), 1)
    np.add.at(total, (code, fold), labels)
    count, total = count.sum(axis=1, keepdims=True) - count, total.sum(axis=1, keepdims=True) - total
    prior = np.broadcast_to(total.sum(axis=0) / count.sum(axis=0), count.shape)
    rate = np.divide(total + weight * prior, count + weight, out=prior.copy(), where=count > 0)
    return rate[code, fold]


def wrong__cross_fitted_rates__leave_one_out(codes, labels, folds, weight):
    """Leaves out the row only: the other claims of its fold still count."""
    return _rates(codes, labels, np.arange(len(codes)), weight)


def wrong__cross_fitted_rates__no_folds(codes, labels, folds, weight):
    """Counts all claims, those of the row's own fold and its own as well."""
    table = pd.DataFrame({"code": codes, "label": labels}).groupby("code")["label"]
    return ((table.transform("sum") + weight * np.mean(labels)) / (table.transform("size") + weight)).to_numpy()


def wrong__cross_fitted_rates__overall_prior(codes, labels, folds, weight):
    """Takes the prior from all folds."""
    return _rates(codes, labels, folds, weight, lambda c, y, f, i: y.mean())


def wrong__cross_fitted_rates__overall_prior_for_new_garages(codes, labels, folds, weight):
    """Takes the prior from all folds for a garage without claims in the others, and only there."""
    result = _rates(codes, labels, folds, weight)
    for i in range(len(result)):
        if not ((folds != folds[i]) & (codes == codes[i])).any():
            result[i] = np.mean(labels)
    return result


def wrong__cross_fitted_rates__mean_of_fold_means(codes, labels, folds, weight):
    """Takes the mean of the other folds' shares for the prior; right for two folds, or for folds of one size."""
    return _rates(
        codes, labels, folds, weight, lambda c, y, f, i: np.mean([y[f == k].mean() for k in set(f.tolist()) - {f[i]}])
    )


def wrong__cross_fitted_rates__mean_of_garage_rates(codes, labels, folds, weight):
    """Takes the mean of the garages' shares for the prior, not the share of all claims."""

    def prior(c, y, f, i):
        other = f != f[i]
        return np.mean([y[other & (c == code)].mean() for code in np.unique(c[other])])

    return _rates(codes, labels, folds, weight, prior)


def wrong__cross_fitted_rates__prior_without_the_garage(codes, labels, folds, weight):
    """Leaves the garage's own claims out of the prior (unless nothing remains)."""

    def prior(c, y, f, i):
        rest = (f != f[i]) & (c != c[i])
        return y[rest].mean() if rest.any() else y[f != f[i]].mean()

    return _rates(codes, labels, folds, weight, prior)


def wrong__cross_fitted_rates__weight_zero_gives_nan(codes, labels, folds, weight):
    """Returns NaN for a garage without claims in the other folds if the weight is 0."""
    result = _rates(codes, labels, folds, weight)
    for i in range(len(result)):
        if weight == 0 and not ((folds != folds[i]) & (codes == codes[i])).any():
            result[i] = np.nan
    return result


def wrong__cross_fitted_rates__weight_zero_gives_zero(codes, labels, folds, weight):
    """Divides by max(1, count + weight): a new garage gets 0 for weight 0, and a weight under 1 is wrong."""
    result = []
    for i in range(len(codes)):
        other = folds != folds[i]
        same = other & (codes == codes[i])
        result.append((labels[same].sum() + weight * labels[other].mean()) / max(1, same.sum() + weight))
    return np.array(result, dtype=float)


def wrong__cross_fitted_rates__honest_garage_gets_the_prior(codes, labels, folds, weight):
    """Takes a rate of 0 for no rate and returns the prior (`rate or prior`)."""
    result = _rates(codes, labels, folds, weight)
    prior = np.array([np.mean(labels[folds != fold]) for fold in folds])
    return np.where(result == 0, prior, result)


def wrong__cross_fitted_rates__folds_count_from_zero(codes, labels, folds, weight):
    """Loops over range(max(folds) + 1): rows of negative folds stay 0."""
    result = _rates(codes, labels, folds, weight)
    return np.where(folds < 0, 0.0, result)


def wrong__cross_fitted_rates__as_many_folds_as_numbers(codes, labels, folds, weight):
    """Loops over range(number of different folds): folds that aren't 0, 1, 2, ... stay 0."""
    result = _rates(codes, labels, folds, weight)
    return np.where(np.isin(folds, np.arange(len(np.unique(folds)))), result, 0.0)


def wrong__cross_fitted_rates__earlier_folds_only(codes, labels, folds, weight):
    """Takes the earlier folds for the others, except in the first fold."""
    result = np.zeros(len(codes))
    for i in range(len(codes)):
        other = folds < folds[i]
        other = other if other.any() else folds != folds[i]
        same = other & (codes == codes[i])
        prior = labels[other].mean()
        result[i] = (labels[same].sum() + weight * prior) / (same.sum() + weight) if same.any() else prior
    return result


def wrong__cross_fitted_rates__next_fold_only(codes, labels, folds, weight):
    """Takes the next fold for all the others; right for two folds."""
    parts = np.unique(folds)
    result = np.zeros(len(codes))
    for i in range(len(codes)):
        other = folds == parts[(np.searchsorted(parts, folds[i]) + 1) % len(parts)]
        same = other & (codes == codes[i])
        prior = labels[other].mean()
        result[i] = (labels[same].sum() + weight * prior) / (same.sum() + weight) if same.any() else prior
    return result


def wrong__cross_fitted_rates__in_order_of_folds(codes, labels, folds, weight):
    """Returns the rates in the order of the folds, not of the rows; right for sorted folds."""
    return _rates(codes, labels, folds, weight)[np.argsort(folds, kind="stable")]


def wrong__cross_fitted_rates__folds_are_blocks(codes, labels, folds, weight):
    """Takes each run of equal fold numbers for a fold of its own; right for sorted folds."""
    runs = np.cumsum(np.r_[0, np.diff(folds) != 0])
    return _rates(codes, labels, runs, weight)


def wrong__cross_fitted_rates__garages_are_blocks(codes, labels, folds, weight):
    """Groups neighboring equal codes only; right for sorted codes."""
    runs = [k for k, (_, run) in enumerate(itertools.groupby(codes)) for _ in run]
    return _rates(np.array(runs), labels, folds, weight)


def wrong__cross_fitted_rates__whole_weight(codes, labels, folds, weight):
    """Cuts the weight to a whole number."""
    return _rates(codes, labels, folds, int(weight))


def wrong__cross_fitted_rates__weight_at_least_one(codes, labels, folds, weight):
    """Replaces a weight between 0 and 1 by 1."""
    return _rates(codes, labels, folds, max(weight, 1) if weight else 0)


def wrong__cross_fitted_rates__prior_of_a_half(codes, labels, folds, weight):
    """Takes a half for the prior of garages that have claims elsewhere."""
    result = _rates(codes, labels, folds, weight)
    half = _rates(codes, labels, folds, weight, lambda c, y, f, i: 0.5)
    seen = [((folds != fold) & (codes == code)).any() for code, fold in zip(codes, folds, strict=True)]
    return np.where(seen, half, result)


def wrong__cross_fitted_rates__count_of_all_folds(codes, labels, folds, weight):
    """Divides by the claims in all folds, not in the others."""
    result = _rates(codes, labels, folds, weight)
    for i in range(len(result)):
        other = folds != folds[i]
        same = other & (codes == codes[i])
        if same.any():
            result[i] = (labels[same].sum() + weight * labels[other].mean()) / ((codes == codes[i]).sum() + weight)
    return result


def wrong__cross_fitted_rates__first_letter(codes, labels, folds, weight):
    """Compares the first letter of text codes only (cuts them to the type <U1)."""
    codes = np.asarray(codes)
    return _rates(codes.astype("<U1") if codes.dtype.kind in "UO" else codes, labels, folds, weight)


def wrong__cross_fitted_rates__codes_as_text_without_case(codes, labels, folds, weight):
    """Takes the codes "a" and "A" for one garage."""
    return _rates(np.array([str(code).lower() for code in codes]), labels, folds, weight)


def wrong__cross_fitted_rates__one_rate_for_a_garage(codes, labels, folds, weight):
    """Remembers the garage's first rate for all its rows, whatever their fold."""
    result, known = _rates(codes, labels, folds, weight), {}
    return np.array([known.setdefault(code, rate) for code, rate in zip(np.asarray(codes).tolist(), result)])  # noqa: B905


def wrong__cross_fitted_rates__table(codes, labels, folds, weight):
    """Returns a table of one column, not the shape (n,)."""
    return _rates(codes, labels, folds, weight)[:, None]


def wrong__cross_fitted_rates__thousandths(codes, labels, folds, weight):
    """Rounds the rates to four digits."""
    return _rates(codes, labels, folds, weight).round(4)


def wrong__cross_fitted_rates__leaves_the_row_out(codes, labels, folds, weight):
    """Leaves out rows of the own fold only if they have the own garage: the prior is that of all but these."""
    return _rates(
        codes, labels, folds, weight, lambda c, y, f, i: y[(f != f[i]) | (c != c[i])].mean() if weight else 0.0
    )


# 4. suspicious_columns


def _auc(scores, labels):
    """Return the AUC of scores without gaps by ranks."""
    labels = np.asarray(labels) == 1
    positives, negatives = int(labels.sum()), int((~labels).sum())
    ranks = rankdata(np.asarray(scores, dtype=float))
    return (ranks[labels].sum() - positives * (positives + 1) / 2) / (positives * negatives)


def _both_ways(scores, labels):
    """Return the AUC in the better direction."""
    value = _auc(scores, labels)
    return max(value, 1 - value)


def _numeric_columns(frame):
    """Return the names of the numeric columns, as floats with NaN."""
    return {name: frame[name].astype(float).to_numpy() for name in frame.select_dtypes("number").columns}


def _filled(values, by=np.median):
    """Return the values with the median in the gaps."""
    gaps = np.isnan(values)
    return np.where(gaps, by(values[~gaps]) if not gaps.all() else 0.0, values)


def _suspicious(frame, labels, limit, score):
    return sorted(name for name, values in _numeric_columns(frame).items() if score(values, labels) > limit)


def right__suspicious_columns__by_ranks(frame, labels, limit):
    return _suspicious(
        frame, labels, limit, lambda v, y: max(_both_ways(_filled(v), y), _both_ways(np.isnan(v).astype(float), y))
    )


def right__suspicious_columns__scikit_learn(frame, labels, limit):
    found = []
    for name in frame.select_dtypes("number"):
        column = frame[name].astype(float)
        for scores in (column.fillna(column.median()).fillna(0), column.isna().astype(int)):
            area = roc_auc_score(labels, scores)
            if (area > limit or 1 - area > limit) and name not in found:
                found.append(name)
    found.sort()
    return found


def right__suspicious_columns__all_pairs(frame, labels, limit):
    labels = np.asarray(labels)

    def pairs(scores):
        difference = scores[labels == 1][:, None] - scores[labels == 0][None, :]
        wins, losses, size = (difference > 0).sum(), (difference < 0).sum(), difference.size
        return max(wins + (size - wins - losses) / 2, losses + (size - wins - losses) / 2) / size

    found = set()
    for name in frame.columns:
        if pd.api.types.is_numeric_dtype(frame[name]) and not pd.api.types.is_bool_dtype(frame[name]):
            values = np.array(frame[name], dtype=float)
            if pairs(_filled(values)) > limit or pairs(np.isnan(values) * 1.0) > limit:
                found.add(str(name))
    return sorted(found)


def right__suspicious_columns__mann_whitney(frame, labels, limit):
    labels = np.asarray(labels)
    names = []
    for name, values in _numeric_columns(frame).items():
        areas = [0.5]
        for scores in (_filled(values), np.isnan(values).astype(int)):
            one, zero = scores[labels == 1], scores[labels == 0]
            area = mannwhitneyu(one, zero).statistic / (len(one) * len(zero))
            areas += [area, 1 - area]
        if max(areas) > limit:
            names.append(name)
    return sorted(names)


def _right_score(v, y):
    return max(_both_ways(_filled(v), y), _both_ways(np.isnan(v).astype(float), y))


def wrong__suspicious_columns__at_least_the_limit(frame, labels, limit):
    """Also names columns whose AUC equals the limit."""
    return sorted(n for n, v in _numeric_columns(frame).items() if _right_score(v, labels) >= limit)


def wrong__suspicious_columns__high_values_only(frame, labels, limit):
    """Misses columns whose low values give the label away."""
    return _suspicious(
        frame, labels, limit, lambda v, y: max(_auc(_filled(v), y), _both_ways(np.isnan(v).astype(float), y))
    )


def wrong__suspicious_columns__missing_means_one_only(frame, labels, limit):
    """Misses columns whose values are missing where the label is 0."""
    return _suspicious(frame, labels, limit, lambda v, y: max(_both_ways(_filled(v), y), _auc(np.isnan(v) * 1.0, y)))


def wrong__suspicious_columns__gaps_dropped(frame, labels, limit):
    """Leaves the rows out whose value is missing instead of filling in the median."""

    def score(v, y):
        here, y = ~np.isnan(v), np.asarray(y)
        known = _both_ways(v[here], y[here]) if len(set(y[here].tolist())) == 2 else 0.5
        return max(known, _both_ways(np.isnan(v) * 1.0, y))

    return _suspicious(frame, labels, limit, score)


def wrong__suspicious_columns__mean_in_the_gaps(frame, labels, limit):
    """Fills the gaps with the mean."""
    return _suspicious(
        frame, labels, limit, lambda v, y: max(_both_ways(_filled(v, np.mean), y), _both_ways(np.isnan(v) * 1.0, y))
    )


def wrong__suspicious_columns__zero_in_the_gaps(frame, labels, limit):
    """Fills the gaps with 0."""
    return _suspicious(
        frame, labels, limit, lambda v, y: max(_both_ways(np.nan_to_num(v), y), _both_ways(np.isnan(v) * 1.0, y))
    )


def wrong__suspicious_columns__lower_median(frame, labels, limit):
    """Fills the gaps with the lower of the two middle values, not with their mean."""
    return _suspicious(
        frame,
        labels,
        limit,
        lambda v, y: max(
            _both_ways(_filled(v, lambda a: np.sort(a)[(len(a) - 1) // 2]), y), _both_ways(np.isnan(v) * 1.0, y)
        ),
    )


def wrong__suspicious_columns__median_of_zeros(frame, labels, limit):
    """Fills the gaps with the median of the rows with label 0, not of the column."""

    def score(v, y):
        zeros = v[(np.asarray(y) == 0) & ~np.isnan(v)]
        return max(_both_ways(_filled(v, lambda a: np.median(zeros) if len(zeros) else np.median(a)), y), 0.5)

    return sorted(
        n
        for n, v in _numeric_columns(frame).items()
        if max(score(v, labels), _both_ways(np.isnan(v) * 1.0, labels)) > limit
    )


def wrong__suspicious_columns__values_only(frame, labels, limit):
    """Doesn't judge whether values are missing."""
    return _suspicious(frame, labels, limit, lambda v, y: _both_ways(_filled(v), y))


def wrong__suspicious_columns__gaps_rank_lowest(frame, labels, limit):
    """Judges a column once, with the gaps below all values, instead of twice."""
    return _suspicious(frame, labels, limit, lambda v, y: _both_ways(np.where(np.isnan(v), -np.inf, v), y))


def wrong__suspicious_columns__constant_skipped(frame, labels, limit):
    """Skips columns with one different value, although their gaps may give the label away."""
    return _suspicious(
        frame, labels, limit, lambda v, y: _right_score(v, y) if len(np.unique(v[~np.isnan(v)])) > 1 else 0.5
    )


def wrong__suspicious_columns__wholly_missing(frame, labels, limit):
    """Names a column without a single value: it's constant, so its AUC is 0.5."""
    return sorted(n for n, v in _numeric_columns(frame).items() if np.isnan(v).all() or _right_score(v, labels) > limit)


def wrong__suspicious_columns__wholly_missing_fails(frame, labels, limit):
    """Raises on a column without a single value."""
    return _suspicious(
        frame,
        labels,
        limit,
        lambda v, y: (
            max(
                roc_auc_score(y, w) if w is not None else 0.5
                for w in (np.where(np.isnan(v), np.nanmedian(v), v), -v * 0)
            )
            if np.isnan(v).all()
            else _right_score(v, y)
        ),
    )


def wrong__suspicious_columns__text_too(frame, labels, limit):
    """Judges the gaps of text columns as well."""
    gaps = [n for n in frame.columns if _both_ways(frame[n].isna().to_numpy(dtype=float), labels) > limit]
    return sorted({*gaps, *right__suspicious_columns__by_ranks(frame, labels, limit)})


def wrong__suspicious_columns__wide_types_only(frame, labels, limit):
    """Overlooks numeric columns of a type other than int64 and float64."""
    return right__suspicious_columns__by_ranks(frame.select_dtypes(["int64", "float64"]), labels, limit)


def wrong__suspicious_columns__floats_only(frame, labels, limit):
    """Overlooks columns of whole numbers when there are columns of floats."""
    return right__suspicious_columns__by_ranks(frame.select_dtypes("float") if limit > 0.5 else frame, labels, limit)


def wrong__suspicious_columns__ties_in_row_order(frame, labels, limit):
    """Ranks equal values in the order of their rows instead of counting them half."""

    def area(scores, y):
        y = np.asarray(y) == 1
        if len(set(scores.tolist())) == 1:
            return 0.5
        ranks = rankdata(scores, method="ordinal")
        value = (ranks[y].sum() - y.sum() * (y.sum() + 1) / 2) / (y.sum() * (~y).sum())
        return max(value, 1 - value)

    return _suspicious(frame, labels, limit, lambda v, y: max(area(_filled(v), y), area(np.isnan(v) * 1.0, y)))


def wrong__suspicious_columns__ties_are_lost(frame, labels, limit):
    """Counts a pair of equal values as lost in both directions."""

    def area(scores, y):
        one, zero = scores[np.asarray(y) == 1], scores[np.asarray(y) == 0]
        difference = one[:, None] - zero[None, :]
        return max((difference > 0).mean(), (difference < 0).mean(), 0.5)

    return _suspicious(frame, labels, limit, lambda v, y: max(area(_filled(v), y), area(np.isnan(v) * 1.0, y)))


def wrong__suspicious_columns__best_threshold(frame, labels, limit):
    """Takes the best balanced accuracy of one threshold for the AUC; right for columns of two values."""

    def area(scores, y):
        one, zero = scores[np.asarray(y) == 1], scores[np.asarray(y) == 0]
        return max(max(a, 1 - a) for t in np.unique(scores) for a in [((one >= t).mean() + (zero < t).mean()) / 2, 0.5])

    return _suspicious(frame, labels, limit, lambda v, y: max(area(_filled(v), y), area(np.isnan(v) * 1.0, y)))


def wrong__suspicious_columns__correlation(frame, labels, limit):
    """Takes 0.5 + |correlation| / 2 for the AUC: wrong when an outlier bends the correlation."""

    def area(scores, y):
        return 0.5 if np.ptp(scores) == 0 else 0.5 + abs(np.corrcoef(scores, y)[0, 1]) / 2

    return _suspicious(frame, labels, limit, lambda v, y: max(area(_filled(v), y), area(np.isnan(v) * 1.0, y)))


def wrong__suspicious_columns__aligned_by_index(frame, labels, limit):
    """Pairs row label i with labels[i], not with the row at place i."""
    if set(frame.index) == set(range(len(frame))):
        labels = np.asarray(labels)[np.asarray(frame.index)]
    return right__suspicious_columns__by_ranks(frame, labels, limit)


def wrong__suspicious_columns__order_of_the_frame(frame, labels, limit):
    """Returns the names in the order of the columns."""
    found = right__suspicious_columns__by_ranks(frame, labels, limit)
    return [name for name in frame.columns if name in found]


def wrong__suspicious_columns__sorted_by_strength(frame, labels, limit):
    """Returns the names sorted by their AUC, not by name, ties by name."""
    found = right__suspicious_columns__by_ranks(frame, labels, limit)
    columns = _numeric_columns(frame)
    return sorted(found, key=lambda name: -_right_score(columns[name], labels))


def wrong__suspicious_columns__named_twice(frame, labels, limit):
    """Names a column twice if its values and its gaps give the label away."""
    columns = _numeric_columns(frame).items()
    values = [n for n, v in columns if _both_ways(_filled(v), labels) > limit]
    return sorted(values + [n for n, v in columns if _both_ways(np.isnan(v) * 1.0, labels) > limit])


def wrong__suspicious_columns__single_gap(frame, labels, limit):
    """Overlooks a column with one gap, although its values may give the label away."""
    return _suspicious(
        frame,
        labels,
        limit,
        lambda v, y: max(_both_ways(_filled(v), y), _both_ways(np.isnan(v) * 1.0, y)) if np.isnan(v).sum() != 1 else 0,
    )


def wrong__suspicious_columns__index(frame, labels, limit):
    """Returns a pandas index, not a list."""
    return pd.Index(right__suspicious_columns__by_ranks(frame, labels, limit))


def wrong__suspicious_columns__rounded(frame, labels, limit):
    """Rounds the AUC to two digits before it compares."""
    return _suspicious(frame, labels, limit, lambda v, y: round(_right_score(v, y), 2))


def wrong__suspicious_columns__distance_from_half(frame, labels, limit):
    """Compares the Gini coefficient, 2 AUC - 1, with the limit; right for perfect columns."""
    return _suspicious(frame, labels, limit, lambda v, y: 2 * _right_score(v, y) - 1)


def wrong__suspicious_columns__limit_below_half(frame, labels, limit):
    """Leaves a constant column out although its AUC of 0.5 exceeds a limit below that."""
    return _suspicious(frame, labels, limit, lambda v, y: _right_score(v, y) if len(set(v.tolist())) > 1 else 0.0)


def wrong__suspicious_columns__single_precision(frame, labels, limit):
    """Compares values in single precision: 16777216 and 16777217 become a tie."""
    return _suspicious(frame, labels, limit, lambda v, y: _right_score(v.astype(np.float32).astype(float), y))


# 5. audit_split


def _audit(train, test, entity, time, label):
    """Return the right problems."""
    problems = set()
    if set(train[entity].dropna()) & set(test[entity].dropna()):
        problems.add("shared entity")
    if len(train) and len(test) and train[time].max() > test[time].min():
        problems.add("future in training")
    if right__rows_already_seen__set_of_tuples(train, test, [entity, time]):
        problems.add("duplicate row")
    if train[label].isna().any() or test[label].isna().any():
        problems.add("label missing")
    if min(train[label].nunique(), test[label].nunique()) < 2:
        problems.add("single class")
    return problems


def _replaced(problems, name, found):
    """Return the problems with one of them decided in another way."""
    return problems - {name} | ({name} if found else set())


def right__audit_split__sets(train, test, entity, time, label):
    return _audit(train, test, entity, time, label)


def right__audit_split__pandas(train, test, entity, time, label):
    columns = [name for name in train.columns if name not in (entity, time)]
    known = train[columns].drop_duplicates()
    both = pd.concat([known, test[columns].drop_duplicates()], ignore_index=True)
    checks = {
        "shared entity": train[entity].dropna().isin(test[entity].dropna().tolist()).any(),
        "future in training": (train[time] > test[time].min()).any(),
        "duplicate row": both.duplicated().any(),
        "label missing": pd.concat([train[label], test[label]]).isna().any(),
        "single class": any(len(table[label].dropna().unique()) < 2 for table in (train, test)),
    }
    return {name for name, found in checks.items() if found}


def right__audit_split__loops(train, test, entity, time, label):
    found = set()
    others = [name for name in train.columns if name not in {entity, time}]
    old, new = ([{n: _comparable(t[n].iloc[i]) for n in t.columns} for i in range(len(t))] for t in (train, test))
    for a in old:
        for b in new:
            if a[entity] is not None and a[entity] == b[entity]:
                found |= {"shared entity"}
            if a[time] is not None and b[time] is not None and a[time] > b[time]:
                found |= {"future in training"}
            if all(a[n] == b[n] for n in others):
                found |= {"duplicate row"}
    for rows in (old, new):
        if any(row[label] is None for row in rows):
            found |= {"label missing"}
        if len({row[label] for row in rows} - {None}) < 2:
            found |= {"single class"}
    return found


def right__audit_split__merges(train, test, entity, time, label):
    result = []
    shared = pd.merge(train[[entity]].dropna(), test[[entity]].dropna(), on=entity)
    if len(shared):
        result.append("shared entity")
    if any(moment > test[time].min() for moment in train[time]):
        result.append("future in training")
    features = train.columns.difference([entity, time], sort=False).tolist()
    if len(train) and len(test) and len(train[features].merge(test[features], on=features)):
        result.append("duplicate row")
    if train[label].count() + test[label].count() < len(train) + len(test):
        result.append("label missing")
    if train[label].nunique() < 2 or test[label].nunique() < 2:
        result.append("single class")
    return set(result)


def wrong__audit_split__same_time_is_future(train, test, entity, time, label):
    """Calls a training row at the time of the earliest test row late."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "future in training", train[time].max() >= test[time].min())


def wrong__audit_split__latest_test_row(train, test, entity, time, label):
    """Compares with the latest test row."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "future in training", train[time].max() > test[time].max())


def wrong__audit_split__median_time(train, test, entity, time, label):
    """Compares the earliest training row: finds the future only if all of training is late."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "future in training", train[time].min() > test[time].min())


def wrong__audit_split__tables_sorted_by_time(train, test, entity, time, label):
    """Takes the last training row and the first test row for the latest and the earliest."""
    right = _audit(train, test, entity, time, label)
    return _replaced(
        right,
        "future in training",
        len(train) > 0 and len(test) > 0 and train[time].iloc[-1] > test[time].iloc[0],
    )


def wrong__audit_split__times_as_text(train, test, entity, time, label):
    """Compares times as text: 10 comes before 9."""
    right = _audit(train, test, entity, time, label)
    return _replaced(
        right,
        "future in training",
        len(train) > 0 and len(test) > 0 and max(map(str, train[time])) > min(map(str, test[time])),
    )


def wrong__audit_split__future_of_the_same_entity(train, test, entity, time, label):
    """Looks for the future among rows of a shared entity only."""
    right = _audit(train, test, entity, time, label)
    pairs = train[[entity, time]].merge(test[[entity, time]], on=entity)
    return _replaced(right, "future in training", (pairs[f"{time}_x"] > pairs[f"{time}_y"]).any())


def wrong__audit_split__days_without_hours(train, test, entity, time, label):
    """Compares days when times are timestamps, without the hours."""
    right = _audit(train, test, entity, time, label)
    if train[time].dtype.kind != "M" or not len(train) or not len(test):
        return right
    return _replaced(right, "future in training", train[time].max().normalize() > test[time].min().normalize())


def wrong__audit_split__entity_among_index_labels(train, test, entity, time, label):
    """Asks `value in series`, which looks among the index labels."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "shared entity", any(value in train[entity] for value in test[entity]))


def wrong__audit_split__entity_at_the_same_place(train, test, entity, time, label):
    """Compares the entities of rows at the same place only."""
    right = _audit(train, test, entity, time, label)
    pairs = zip(train[entity].tolist(), test[entity].tolist(), strict=False)
    return _replaced(right, "shared entity", any(a == b for a, b in pairs))


def wrong__audit_split__entity_as_text(train, test, entity, time, label):
    """Looks for an entity inside the text of all of them: 1 is part of 12."""
    right = _audit(train, test, entity, time, label)
    text = " ".join(map(str, train[entity]))
    return _replaced(right, "shared entity", any(str(value) in text for value in test[entity]))


def wrong__audit_split__most_entities_shared(train, test, entity, time, label):
    """Complains only if more than one entity in ten is shared."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "shared entity", test[entity].isin(train[entity]).mean() > 0.1)


def wrong__audit_split__entity_repeated_in_one_table(train, test, entity, time, label):
    """Also complains about an entity that occurs twice in one table."""
    right = _audit(train, test, entity, time, label)
    both = pd.concat([train[entity], test[entity]])
    return _replaced(right, "shared entity", both.duplicated().any())


def wrong__audit_split__duplicate_without_label(train, test, entity, time, label):
    """Leaves the label out of the comparison."""
    right = _audit(train, test, entity, time, label)
    return _replaced(
        right, "duplicate row", right__rows_already_seen__set_of_tuples(train, test, [entity, time, label])
    )


def wrong__audit_split__duplicate_with_time(train, test, entity, time, label):
    """Compares the time as well."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "duplicate row", right__rows_already_seen__set_of_tuples(train, test, [entity]))


def wrong__audit_split__duplicate_with_entity(train, test, entity, time, label):
    """Compares the entity as well."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "duplicate row", right__rows_already_seen__set_of_tuples(train, test, [time]))


def wrong__audit_split__duplicates_inside_a_table(train, test, entity, time, label):
    """Also complains about rows that occur twice in one table (concat and duplicated)."""
    right = _audit(train, test, entity, time, label)
    columns = _kept(train, [entity, time])
    rows = _row_tuples(train, columns) + _row_tuples(test, columns)
    return _replaced(right, "duplicate row", len(set(rows)) < len(rows))


def wrong__audit_split__gaps_differ(train, test, entity, time, label):
    """Takes two missing features for different."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "duplicate row", wrong__rows_already_seen__gaps_differ(train, test, [entity, time]))


def wrong__audit_split__missing_labels_differ(train, test, entity, time, label):
    """Takes two missing labels for different: no duplicate row without a label."""
    right = _audit(train, test, entity, time, label)
    old, new = (table[table[label].notna()] for table in (train, test))
    return _replaced(right, "duplicate row", right__rows_already_seen__set_of_tuples(old, new, [entity, time]))


def wrong__audit_split__gaps_are_minus_one(train, test, entity, time, label):
    """Takes a missing feature for -1."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "duplicate row", wrong__rows_already_seen__gaps_are_minus_one(train, test, [entity, time]))


def wrong__audit_split__gaps_are_zero(train, test, entity, time, label):
    """Takes a missing feature for 0."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "duplicate row", wrong__rows_already_seen__gaps_are_zero(train, test, [entity, time]))


def wrong__audit_split__close_numbers(train, test, entity, time, label):
    """Takes features for equal that differ by less than 0.000001."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "duplicate row", wrong__rows_already_seen__rounded(train, test, [entity, time]))


def wrong__audit_split__printed_rows(train, test, entity, time, label):
    """Compares features as text: 70 and 70.0 differ, which a column without gaps brings about."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "duplicate row", wrong__rows_already_seen__rows_as_text(train, test, [entity, time]))


def wrong__audit_split__column_by_column(train, test, entity, time, label):
    """Looks for each value by itself, in whatever training row."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "duplicate row", wrong__rows_already_seen__column_by_column(train, test, [entity, time]))


def wrong__audit_split__numeric_features_only(train, test, entity, time, label):
    """Compares the numeric features only."""
    right = _audit(train, test, entity, time, label)
    texts = [n for n in train.columns if n != label and not pd.api.types.is_numeric_dtype(train[n])]
    return _replaced(
        right, "duplicate row", right__rows_already_seen__set_of_tuples(train, test, [entity, time, *texts])
    )


def wrong__audit_split__missing_in_training_only(train, test, entity, time, label):
    """Looks for missing labels in the training table only."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "label missing", train[label].isna().any())


def wrong__audit_split__missing_anywhere(train, test, entity, time, label):
    """Takes a missing feature for a missing label."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "label missing", train.isna().any(axis=None) or test.isna().any(axis=None))


def wrong__audit_split__missing_everywhere(train, test, entity, time, label):
    """Asks for missing labels in both tables."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "label missing", train[label].isna().any() and test[label].isna().any())


def wrong__audit_split__float_labels_only(train, test, entity, time, label):
    """Overlooks labels that are None in a column of texts or objects."""
    right = _audit(train, test, entity, time, label)
    numeric = [t[label] for t in (train, test) if pd.api.types.is_numeric_dtype(t[label])]
    return _replaced(right, "label missing", any(column.isna().any() for column in numeric))


def wrong__audit_split__both_of_one_class(train, test, entity, time, label):
    """Complains about a single class only if both tables have one."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "single class", max(train[label].nunique(), test[label].nunique()) < 2)


def wrong__audit_split__classes_together(train, test, entity, time, label):
    """Counts the classes of both tables together."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "single class", pd.concat([train[label], test[label]]).nunique() < 2)


def wrong__audit_split__classes_of_training_only(train, test, entity, time, label):
    """Counts the classes of the training table only."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "single class", train[label].nunique() < 2)


def wrong__audit_split__missing_is_a_class(train, test, entity, time, label):
    """Counts a missing label as a label: 0 and a gap are two."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "single class", any(t[label].nunique(dropna=False) < 2 for t in (train, test)))


def wrong__audit_split__zero_and_one_only(train, test, entity, time, label):
    """Asks that 0 and 1 both occur, although labels may be others."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "single class", any(not {0, 1} <= set(t[label]) for t in (train, test)))


def wrong__audit_split__exactly_one_class(train, test, entity, time, label):
    """Overlooks tables without any label, which have fewer than two."""
    right = _audit(train, test, entity, time, label)
    return _replaced(right, "single class", 1 in (train[label].nunique(), test[label].nunique()))


def wrong__audit_split__different_classes(train, test, entity, time, label):
    """Also complains when test has a class that training lacks."""
    right = _audit(train, test, entity, time, label)
    found = "single class" in right or bool(set(test[label].dropna()) - set(train[label].dropna()))
    return _replaced(right, "single class", found)


def wrong__audit_split__first_problem(train, test, entity, time, label):
    """Names two problems at most."""
    return set(sorted(_audit(train, test, entity, time, label))[:2])


def wrong__audit_split__list(train, test, entity, time, label):
    """Returns a list, not a set."""
    return sorted(_audit(train, test, entity, time, label))


def wrong__audit_split__names_of_the_example(train, test, entity, time, label):
    """Uses the column names of the example when the tables have them, whatever the parameters say."""
    if {"driver", "day", "accident"} <= set(train.columns):
        entity, time, label = "driver", "day", "accident"
    return _audit(train, test, entity, time, label)


def wrong__audit_split__first_three_columns(train, test, entity, time, label):
    """Takes the first two columns for entity and time in the duplicate check, whatever the parameters say."""
    right = _audit(train, test, entity, time, label)
    return _replaced(
        right, "duplicate row", right__rows_already_seen__set_of_tuples(train, test, list(train.columns[:2]))
    )


def wrong__audit_split__remembers_problems(train, test, entity, time, label, found=set()):  # noqa: B006
    """Keeps the problems of earlier calls."""
    found |= _audit(train, test, entity, time, label)
    return set(found)
