"""Checks of `02_machine_learning/05_pipelines_and_leakage`: oracles in plain Python, a model that records its input."""

import copy
import itertools
import math
import statistics

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from scipy.stats import rankdata
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

from handrail.expect import Mismatch, agree, attempt, between, call, close, equivalent, hints, kind, require

# 1. tabular_pipeline

NUMBERS = ["area", "rooms"]
PLACES = {"state": ["poor", "fair", "good", "very good"], "energy": ["C", "B", "A"]}
WORDS = ["city", "kind"]


class Recorder(BaseEstimator):
    """A model that learns nothing and hands out what reaches it."""

    def fit(self, X, y=None):
        self.trained_ = _dense(X)
        return self

    def predict(self, X):
        return _dense(X)


def _dense(X):
    return np.asarray(X.toarray() if hasattr(X, "toarray") else X, dtype=float)


def _listings(seed, rows=9, unseen=False):
    """Return a raw table: gaps, words that aren't listed, a column that isn't named, labels that aren't 0..n-1."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "agent": rng.integers(1, 90, rows),
            "city": rng.permutation([*"ABaAAB", None, "B", "C"]),
            "energy": rng.permutation([*"ABCCBAAB", "?"]),
            "area": rng.permutation([np.nan, np.nan, *(rng.integers(40, 400, rows - 2) / 4)]),
            "kind": rng.permutation([*"xyyxxyyyx"]),
            "state": rng.permutation(["poor", "fair", "good", "good", "fair", "poor", None, "new", "good"]),
            "rooms": rng.permutation([1, 1, 2, 2, 3, 4, 5, 7, 9]),
        },
        index=rng.permutation(np.arange(50, 50 + rows)),
    )
    if unseen:
        table.loc[table.index[:2], ["city", "kind", "energy"]] = "never seen"
        table.loc[table.index[2:4], "state"] = "very good"
        table["rooms"] = table["rooms"].astype(float).where(table["rooms"] != 9)
    return table


@hints(
    "Whatever is learned from the rows (a median, a scale, a list of levels) must be learned by `fit` and stored.",
    "One column transformer with three parts: a small pipeline for the numbers, an encoder for each kind of text.",
    "`SimpleImputer` can mark its gaps. Both encoders have an argument for levels that training never saw, and one of "
    "them must be told the order.",
)
def check_tabular_pipeline(tabular_pipeline):
    def build(numeric=NUMBERS, ordered=PLACES, nominal=WORDS):
        return tabular_pipeline(*copy.deepcopy([numeric, ordered, nominal]), Recorder())

    pipeline = build()
    kind(pipeline, Pipeline)
    require(
        isinstance(pipeline[-1], Recorder), "The last step of the pipeline should be the model that you were given."
    )
    require(not hasattr(pipeline[-1], "trained_"), "The pipeline should come back unfitted: `fit` is the caller's.")

    train, new = _listings(1), _listings(2, unseen=True)
    reached = _fitted(pipeline, train, "a table with gaps")
    _alone_as_in_batch(pipeline, train, reached)
    _blind_to_others(pipeline, train, reached)
    later = attempt(lambda: pipeline.predict(new), "predicting rows with levels and gaps that training never had")
    _right_columns(train, new, reached, later)
    larger = _fitted(build(), train.assign(area=train["area"] * 1000), "areas in other units")
    require(
        larger.shape == reached.shape and np.allclose(larger, reached, rtol=1e-4, atol=1e-5),
        "Areas in other units (1000 times as large everywhere) change what reaches the model. Scale the numbers.",
    )
    require(
        np.array_equal(pipeline.predict(train), reached),
        "Your function was called twice, and fitting the second pipeline changed what the first one predicts: they "
        "share a step.",
    )
    _right_once_more(build(), train)
    for part in (([], {}, WORDS), (NUMBERS, {}, [])):
        _fitted(build(*part), train, f"only the columns {part}")


def _right_once_more(pipeline, new):
    """Fit on 18 listings from 18 cities, with gaps in both columns of numbers."""
    many = pd.concat([_listings(3), _listings(4)]).drop(columns="agent")
    many = many.assign(city=[f"city {i}" for i in range(len(many))], rooms=many["rooms"].where(many["rooms"] > 1))
    reached = _fitted(pipeline, many, "18 listings from 18 cities")
    later = attempt(lambda: pipeline.predict(new), "predicting")
    try:
        _right_columns(many, new, reached, later)
    except Mismatch as wrong:
        raise Mismatch(f"After training on 18 listings from 18 cities: {wrong.message}") from None


def _fitted(pipeline, table, what):
    """Fit on the table and return what reaches the model from it."""
    before = table.copy()
    attempt(lambda: pipeline.fit(table, np.arange(len(table))), f"fitting your pipeline on {what}")
    reached = attempt(lambda: pipeline.predict(table), f"predicting {what}")
    require(table.equals(before), "Your pipeline changed the table that it was given. Work on a copy.")
    require(reached.shape[:1] == (len(table),), f"{len(table)} rows went in, {len(reached)} reached the model.")
    return reached


def _alone_as_in_batch(pipeline, train, reached):
    for at in (0, 4, int(np.flatnonzero(train["area"].isna())[0])):
        alone = attempt(lambda at=at: pipeline.predict(train.iloc[[at]]), "predicting one row alone")
        require(
            alone.shape[1:] == reached.shape[1:],
            "A row that arrives alone reaches the model with another number of columns than in the batch.",
        )
        require(
            np.allclose(alone[0], reached[at], equal_nan=True),
            "A row that arrives alone reaches the model with other numbers than the same row in the batch.",
        )


def _blind_to_others(pipeline, train, reached):
    """Columns that aren't named, and the order of the columns, must not matter."""
    other = attempt(lambda: pipeline.predict(train.assign(agent=-7)), "predicting with another value in `agent`")
    require(
        np.allclose(other, reached, equal_nan=True),
        "The column `agent` was in none of the lists, and yet its values reached the model.",
    )
    fewer = "predicting without `agent`, which was in none of the lists,"
    less = attempt(lambda: pipeline.predict(train.drop(columns="agent")), fewer)
    require(np.allclose(less, reached, equal_nan=True), "Without the unnamed column other numbers reach the model.")
    turned = train[train.columns[::-1]].assign(extra="new")
    swapped = attempt(lambda: pipeline.predict(turned), "predicting with the columns in another order and one more")
    require(np.allclose(swapped, reached, equal_nan=True), "The order of the columns changes what reaches the model.")


def _right_columns(train, new, reached, later):
    """Look for each column that must reach the model, among those that did; numbers and marks in any scale."""
    rows, both = np.vstack([reached, later]), pd.concat([train, new])
    for name in NUMBERS:
        _right_number(rows, both[name], both[NUMBERS].isna().any(axis=1), len(train))
    for name, order in PLACES.items():
        _right_place(rows, both[name], order, len(train))
    for name in WORDS:
        for level in sorted({value for value in train[name] if isinstance(value, str)}):
            flags = np.array([value == level for value in both[name]], dtype=float)
            require(
                any(np.allclose(column, flags) for column in rows.T),
                f"No column that reaches the model is 1 where `{name}` is {level!r}, and 0 elsewhere.",
            )
    require(not np.isnan(rows).any(), "Missing values reach the model. Nothing may be missing after the preparation.")


def _right_number(rows, values, anywhere, size):
    """Look for the filled and scaled numbers, and for the marks; the first `size` values are those of the training."""
    median = statistics.median(value for value in values[:size] if value == value)
    filled = np.array([value if value == value else median for value in values])
    require(
        _any_like(rows, filled, size),
        f"No column that reaches the model holds `{values.name}`, its gaps filled with the training median.",
    )
    gaps = values.isna().to_numpy(dtype=float)
    marked = not gaps[:size].any() or _any_like(rows, gaps, size)
    require(
        marked or not _any_like(rows, anywhere.to_numpy(dtype=float), size),
        "One column marks the rows in which any number was missing. Mark each column by itself.",
    )
    require(marked, f"No column that reaches the model marks where `{values.name}` was missing.")


def _right_place(rows, levels, order, size):
    """Look for the places of ordered text: of the levels that training has, of the listed others, of the rest."""
    places = np.array([order.index(level) if level in order else -1 for level in levels], dtype=float)
    known = places >= 0
    trained = known & levels.isin(levels[:size]).to_numpy()
    learned = [column for column in rows.T if np.allclose(column[trained], places[trained])]
    fits = [column for column in learned if np.allclose(column[known], places[known])]
    require(
        learned or not _any_like(rows[trained], places[trained], int(trained.sum())),
        f"`{levels.name}` reaches the model in the given order, but not as 0, 1, 2 and so on. Leave places unscaled.",
    )
    require(
        learned, f"No column holds the places of `{levels.name}` in the order that you were given, 0 for {order[0]!r}."
    )
    require(
        fits,
        f"A level of `{levels.name}` that is in the given order, but in no training row, should get its place too.",
    )
    require(
        any(np.allclose(column, places) for column in fits),
        f"In `{levels.name}`, a level that isn't in the given order, and a missing one, should become -1.",
    )


def _any_like(rows, wanted, size):
    """Whether a column equals the wanted one after both were standardized by their first `size` rows."""
    standard = _standard(wanted, size)
    return any(np.allclose(_standard(column, size), standard, rtol=1e-4, atol=1e-4) for column in rows.T)


def _standard(column, size):
    spread = column[:size].std()
    return (column - column[:size].mean()) / (spread if spread > 1e-12 else 1.0)


def _assembled(numbers, places, words, given, model, remainder="drop"):
    numeric, ordered, nominal = given
    parts = [("numbers", numbers, numeric), ("places", places, list(ordered)), ("words", words, nominal)]
    return make_pipeline(ColumnTransformer(parts, remainder=remainder), model)


def _places(ordered):
    return OrdinalEncoder(categories=list(ordered.values()), handle_unknown="use_encoded_value", unknown_value=-1)


def _scaled():
    return make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())


def tabular_pipeline__median_of_the_batch(numeric, ordered, nominal, model):
    """Something is computed from the rows that you predict: the same listing gets different answers in different
    batches. Let `fit` learn it (a median, a scale, a code) from the training rows and store it.
    """

    def fill(frame):
        return frame.fillna(frame.median()).join(frame.isna().astype(float), rsuffix="_missing")

    numbers = make_pipeline(FunctionTransformer(fill), StandardScaler())
    given = (numeric, ordered, nominal)
    return _assembled(numbers, _places(ordered), OneHotEncoder(handle_unknown="ignore"), given, model)


def tabular_pipeline__dummies(numeric, ordered, nominal, model):
    """A level that is missing today removes a column: `get_dummies` makes a column for each level of the rows at hand,
    and remembers none. Let `fit` learn the levels.
    """
    words = FunctionTransformer(pd.get_dummies)
    return _assembled(_scaled(), _places(ordered), words, (numeric, ordered, nominal), model)


def tabular_pipeline__passthrough(numeric, ordered, nominal, model):
    """A column that you did not list reached the model. What isn't named must be dropped, not passed through:
    tomorrow's table may have others.
    """
    words, given = OneHotEncoder(handle_unknown="ignore"), (numeric, ordered, nominal)
    return _assembled(_scaled(), _places(ordered), words, given, model, remainder="passthrough")


def tabular_pipeline__alphabet(numeric, ordered, nominal, model):
    """Left alone, the encoder orders the levels that it meets by the alphabet: fair before good before poor. Hand it
    the given order.
    """
    places = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    words, given = OneHotEncoder(handle_unknown="ignore"), (numeric, ordered, nominal)
    return _assembled(_scaled(), places, words, given, model)


def tabular_pipeline__strict_words(numeric, ordered, nominal, model):
    """A word that training never saw stops the service. Tell the one-hot encoder what to do with unknown levels."""
    return _assembled(_scaled(), _places(ordered), OneHotEncoder(), (numeric, ordered, nominal), model)


def tabular_pipeline__unscaled(numeric, ordered, nominal, model):
    """The numbers arrive in their own units: an area in square feet would weigh ten times as much as one in square
    meters. Scale them.
    """
    numbers, given = SimpleImputer(strategy="median", add_indicator=True), (numeric, ordered, nominal)
    return _assembled(numbers, _places(ordered), OneHotEncoder(handle_unknown="ignore"), given, model)


def tabular_pipeline__unmarked(numeric, ordered, nominal, model):
    """You filled the gaps but forgot where they were. *That* a value is missing is information of its own."""
    numbers, given = make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), (numeric, ordered, nominal)
    return _assembled(numbers, _places(ordered), OneHotEncoder(handle_unknown="ignore"), given, model)


# 2. rows_already_seen


def _pool(**columns):
    """Return a table of all combinations of these values."""
    return pd.DataFrame(list(itertools.product(*columns.values())), columns=list(columns))


def _rows_of(pool, low, high):
    """Generate small tables of the rows of a pool; rows may repeat, and labels aren't 0..n-1."""
    rows = st.lists(between(0, len(pool) - 1), min_size=low, max_size=high)
    return rows.map(lambda chosen: pool.iloc[chosen].set_axis(range(3 + len(chosen), 3, -1)))


STAYS = _pool(record=[1, 2], age=[0.0, 70.0, math.nan], ward=["A", None], days=[1, 2])


@st.composite
def _two_exports(draw):
    train, test = draw(_rows_of(STAYS, 0, 5)), draw(_rows_of(STAYS, 0, 4))
    order = draw(st.sampled_from([["record", "age", "ward", "days"], ["days", "ward", "record", "age"]]))
    ignore = draw(st.sampled_from([["record"], ["record", "days"], [], ["days", "ward", "record"]]))
    return call(train, test[order], ignore)


def _again():
    """Return values that are nearly equal; then stays that repeat in each table, with gaps, under other numbers."""
    train, test = STAYS.iloc[[0, 0, 3, 10, 9]], STAYS.iloc[[12, 12, 21, 22, 2, 7]]
    nan = math.nan
    values = [([0.0, -1.0], [nan]), ([nan], [nan]), ([70.0, nan], [70]), ([0.1234567], [0.1234568])]
    values += [([2**24], [2**24 + 1]), (["nan", "None", "", "B"], [None, "B"]), (["A", "B"], ["a", "A ", "B"])]
    wards = pd.DataFrame({"ward": ["A"], "bed": ["BC"]}), pd.DataFrame({"ward": ["AB"], "bed": ["C"]})
    stages = pd.DataFrame({"stage": [1], "age": [5]}), pd.DataFrame({"stage": [2], "age": [6]})
    return [
        *(call(pd.DataFrame({"value": old}), pd.DataFrame({"value": new}), []) for old, new in values),
        call(*wards, []),
        call(*stages, ["stage"]),
        call(train, test, ["record"]),
        call(train, test, []),
        call(train.iloc[:0], test, ["record"]),
    ]


def _row_keys(table, columns):
    """Return each row as a tuple, with a word where a value is missing."""
    return [tuple("missing" if pd.isna(v) else v for v in row) for row in table[columns].itertuples(index=False)]


@hints(
    "Two rows are the same if all their columns are, except those that don't count. What do you ask of each test row?",
    "`merge` compares rows, missing values included. What does it return where a training row occurs three times?",
    "Keep the columns that count, make the training rows unique, then count the test rows that find a partner.",
)
@equivalent(
    "test[columns].merge(seen, on=columns)",
    "test[columns].merge(seen)",
    because="both tables have these columns only, and merge takes those that are in both",
)
def check_rows_already_seen(rows_already_seen):
    def counted(train, test, ignore):
        columns = [name for name in train if name not in ignore]
        seen = _row_keys(train, columns)
        return sum(row in seen for row in _row_keys(test, columns))

    agree(rows_already_seen, counted, on=_two_exports(), also=_again(), examples=12, exact_dtype=True)


def rows_already_seen__pairs(train, test, ignore):
    """A row that occurs several times in training was counted as often: `merge` returns every pair. Make the training
    rows unique first.
    """
    columns = [name for name in train if name not in ignore]
    return len(test[columns].merge(train[columns], on=columns))


def rows_already_seen__each_column(train, test, ignore):
    """`isin` compares columns, not rows: each value occurs somewhere in training, but not together in one row."""
    columns = [name for name in train if name not in ignore]
    known = pd.DataFrame({name: test[name].isin(train[name]) for name in columns}, index=test.index)
    return int(known.all(axis=1).sum())


def rows_already_seen__missing_differs(train, test, ignore):
    """NaN is not equal to itself, so `==` missed two equal rows in which the same value is missing."""
    columns = [name for name in train if name not in ignore]
    there = train[columns].to_numpy(dtype=object)
    return sum(any(all(a == b for a, b in zip(row, one, strict=True)) for one in there) for row in _rows(test[columns]))


def _rows(table):
    return table.to_numpy(dtype=object)


def rows_already_seen__different_rows(train, test, ignore):
    """You counted *different* rows. A row that occurs twice in the test table flatters the score twice."""
    columns = [name for name in train if name not in ignore]
    return len(set(_row_keys(test, columns)) & set(_row_keys(train, columns)))


def rows_already_seen__record_counts(train, test, ignore):
    """You compared all columns. A copy comes with a new record number, so leave out the columns in `ignore`."""
    columns = list(train)
    seen = _row_keys(train, columns)
    return sum(row in seen for row in _row_keys(test, columns))


def rows_already_seen__training_rows(train, test, ignore):
    """You counted the training rows that occur in the test table. Asked are the test rows that occur in training."""
    columns = [name for name in train if name not in ignore]
    seen = _row_keys(test, columns)
    return sum(row in seen for row in _row_keys(train, columns))


# 3. cross_fitted_rates


CLAIMS = list(itertools.product([0, 1, 2], [0, 1], [0, 1, 4, -1]))  # garage, fraud, fold


@st.composite
def _claims(draw):
    several = st.lists(st.sampled_from(CLAIMS), min_size=2, max_size=9)
    garages, labels, folds = map(
        np.array, zip(*draw(several.filter(lambda rows: len({r[2] for r in rows}) > 1)), strict=True)
    )
    names = draw(st.sampled_from([np.array(["a", "b", "c"]), np.array([7, 40, 3]), np.array(["ab", "ac", "AB"])]))
    kind = draw(st.sampled_from([int, float, bool]))
    return call(names[garages], labels.astype(kind), folds, draw(st.sampled_from([0, 1, 0.5, 10.0])))


@hints(
    "For one row, go through the others by hand: which of them may speak about it?",
    "Work fold by fold. Inside and outside of a fold are two masks; sums, counts and the prior come from the outside.",
    "Group the labels outside by their codes, smooth each group's sum and count, then look up the codes inside. What "
    "does a code get that isn't found?",
)
def check_cross_fitted_rates(cross_fitted_rates):
    agree(cross_fitted_rates, _rates_by_hand, on=_claims(), also=_garages(), examples=25, rtol=1e-5, atol=1e-7)


def _garages():
    """Return an honest garage, garages with similar names, a negative fold."""
    rows = [
        (["a", "a", "b"], [0, 0, 1], [0, 1, 1]),
        (["ab", "ac", "ab"], [1, 0, 1], [0, 1, 1]),
        (["a", "A", "a"], [1, 0, 1], [0, 1, 1]),
        (["a", "a"], [1, 1], [-1, 0]),
    ]
    return [call(*map(np.array, row), 0) for row in rows]


def _rates_by_hand(codes, labels, folds, weight):
    rates = []
    for code, fold in zip(codes, folds, strict=True):
        others = [(c, float(y)) for c, y, f in zip(codes, labels, folds, strict=True) if f != fold]
        prior = math.fsum(y for _, y in others) / len(others)
        same = [y for c, y in others if c == code]
        rates.append((math.fsum(same) + weight * prior) / (len(same) + weight) if same else prior)
    return np.array(rates)


def _rates(codes, labels, folds, rate):
    """Return `rate(labels of the same code elsewhere, labels elsewhere)` of each row."""
    labels = labels.astype(float)
    elsewhere = [folds != fold for fold in folds]
    return np.array([rate(labels[(codes == c) & e], labels[e]) for c, e in zip(codes, elsewhere, strict=True)])


def cross_fitted_rates__own_label(codes, labels, folds, weight):
    """Each row saw its own label: a code that occurs once repeats it. Only the rows of the *other* folds may speak."""
    labels, prior = labels.astype(float), labels.mean()
    return np.array([(labels[codes == c].sum() + weight * prior) / ((codes == c).sum() + weight) for c in codes])


def cross_fitted_rates__prior_of_all(codes, labels, folds, weight):
    """The prior too must come from the other folds: the mean of all labels contains the row's own."""
    prior = labels.mean()
    return _rates(
        codes,
        labels,
        folds,
        lambda same, _: (same.sum() + weight * prior) / (len(same) + weight) if len(same) else prior,
    )


def cross_fitted_rates__unseen_is_missing(codes, labels, folds, weight):
    """A code that the other folds don't know gets the prior. Nothing is known about it: it is average, not missing."""
    return _rates(
        codes,
        labels,
        folds,
        lambda same, rest: (same.sum() + weight * rest.mean()) / (len(same) + weight) if len(same) else np.nan,
    )


def cross_fitted_rates__zero_is_no_rate(codes, labels, folds, weight):
    """A garage without a single fraud got the prior: a rate of 0 is a rate. Ask whether the other folds know the code,
    not whether its rate is true (`rate or prior`).
    """
    return _rates(codes, labels, folds, lambda same, rest: _smoothed(same, rest, weight) or rest.mean())


def cross_fitted_rates__half_and_half(codes, labels, folds, weight):
    """Frequent codes need less smoothing than rare ones. Let the counts decide how much the prior weighs."""
    return _rates(
        codes, labels, folds, lambda same, rest: (same.mean() + rest.mean()) / 2 if len(same) else rest.mean()
    )


def cross_fitted_rates__own_fold(codes, labels, folds, weight):
    """You looked inside the row's own fold, where its own label is. Look at all the others."""
    return np.array(
        [
            _smoothed(labels[(codes == c) & (folds == f)], labels[folds == f], weight)
            for c, f in zip(codes, folds, strict=True)
        ]
    )


def cross_fitted_rates__leave_one_out(codes, labels, folds, weight):
    """You left out the row itself, but the other rows of its fold still speak. A fold is kept out as a whole."""
    rates = []
    for i, code in enumerate(codes):
        others = np.arange(len(codes)) != i
        rates.append(_smoothed(labels[(codes == code) & others], labels[others], weight))
    return np.array(rates)


def _smoothed(same, rest, weight):
    prior = rest.mean()
    return (same.sum() + weight * prior) / (len(same) + weight) if len(same) else prior


# 4. suspicious_columns


LOANS = _pool(
    label=[0, 1],
    income=[-1.0, 0.5, math.nan, 2.0],
    fee=[0.0, 1.0, 1000.0],
    exit=[5.0, math.nan],
    branch=["north", "south"],
    age=[20, 21],
)


@st.composite
def _loans(draw):
    table = draw(_rows_of(LOANS, 2, 7).filter(lambda rows: rows["label"].nunique() == 2))
    return call(table.drop(columns="label"), table["label"].to_numpy(), draw(st.sampled_from([0.61, 0.73, 0.87])))


def _planted():
    """Return the cases that chance seldom draws."""
    nan, labels = float("nan"), np.array([0, 0, 0, 1, 1, 1])
    frame = pd.DataFrame(
        {
            "up": [1, 2, 3, 4, 5, 6],
            "down": [9.0, 8.0, 7.0, 3.0, 2.0, 1.0],
            "level": [4.0] * 6,
            "empty": [nan] * 6,
            "survey": [nan, nan, nan, 3.0, 3.0, 3.0],
            "huge": [0.0, 1.0, 2.0, 3.0, 4.0, 1e6],
            "two": [1.0, nan, nan, nan, nan, 2.0],
            "skew": [1.0, 1.0, 1.0, nan, 2.0, 60.0],
            "note": list("abcdef"),
        },
        index=[5, 4, 3, 2, 1, 0],
    )
    constant = frame[["level", "empty", "note"]]
    return [
        _column([1, 2, 3, 4], "0011", 0.9, index=[3, 1, 2, 0]),
        _column(["a", "b", None, None], "0011", 0.9),
        _column([nan, -1.0, 0.0, -1.0, -1.0], "01001", 0.7),
        _column([1.0, nan, nan, -2.0, nan], "01010", 0.7),
        _column([-1.0, 2.0, nan, 0.0, -1.0], "01001", 0.7),
        _column([1, 2, 3, 5, 4, 6], "000011", 0.875),
        _column([2**24, 2**24 + 1], "01", 0.9),
        _column([1, 1], "01", 0.4),
        call(frame, labels, 0.97),
        call(frame, labels[::-1].copy(), 0.97),
        call(constant, labels, 0.5),
        call(frame, labels, 1.0),
    ]


def _column(values, labels, limit, index=None):
    return call(pd.DataFrame({"t": values}, index=index), np.array(list(labels), dtype=int), limit)


@hints(
    "The AUC compares every row of label 1 with every row of label 0. How often is the first larger? And ties?",
    "An AUC of 0.1 ranks as well as one of 0.9, the other way round. And `isna()` of a column is a column as well.",
    "For each numeric column take the larger of four numbers: a and 1 - a, of its filled values and of its gaps.",
)
def check_suspicious_columns(suspicious_columns):
    def listed(frame, labels, limit):
        names = suspicious_columns(frame, labels, limit)
        kind(names, list)
        return names

    agree(listed, _by_library, on=_loans(), also=_planted(), examples=15)
    single = _column(np.array([1, 2, 3, 4], dtype=np.float32), "0011", 0.9)
    close(listed(*single.copy().args), ["t"], given=single, why="The numbers of this column are of type float32.")


def _by_library(frame, labels, limit):
    found = []
    for name in frame:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            continue
        values = frame[name].tolist()
        present = [value for value in values if not math.isnan(value)]
        median = statistics.median(present) if present else 0.0
        filled = [median if math.isnan(value) else value for value in values]
        aucs = [_auc(labels, filled), _auc(labels, [math.isnan(value) for value in values])]
        if max(max(auc, 1 - auc) for auc in aucs) > limit:
            found.append(name)
    return sorted(found)


def _auc(labels, values):
    """Return the AUC from ranks (Mann and Whitney's U)."""
    ones = np.flatnonzero(labels)
    above = float(rankdata(values)[ones].sum()) - len(ones) * (len(ones) + 1) / 2
    return above / (len(ones) * (len(labels) - len(ones)))


def _suspects(frame, labels, limit, strength):
    columns = {name: frame[name] for name in sorted(frame.select_dtypes("number").columns)}
    return [name for name, column in columns.items() if strength(column, labels) > limit]


def _filled(column):
    return column.fillna(0.0 if column.isna().all() else column.median())


def _both_ways(labels, values):
    auc = _auc(labels, list(values))
    return max(auc, 1 - auc)


def suspicious_columns__one_direction(frame, labels, limit):
    """A column can give the label away by being *small*: an AUC near 0 ranks as well as one near 1."""
    return _suspects(frame, labels, limit, lambda c, y: max(_auc(y, list(_filled(c))), _auc(y, list(c.isna()))))


def suspicious_columns__gaps_unseen(frame, labels, limit):
    """You overlooked that *being missing* can give the label away. Whether the gaps are filled or dropped, the evidence
    is gone: rank the labels by `isna()` as well.
    """
    return _suspects(frame, labels, limit, lambda c, y: _both_ways(y, _filled(c)))


def suspicious_columns__correlation(frame, labels, limit):
    """You measured correlation. A column with a few huge values can rank the labels perfectly and still correlate
    weakly; the AUC only asks for the order.
    """

    def strength(column, labels):
        pair = [_correlation(values, labels) for values in (_filled(column), column.isna())]
        return max(pair)

    return _suspects(frame, labels, limit, strength)


def _correlation(values, labels):
    values = np.asarray(values, dtype=float)
    return 0.0 if np.ptp(values) == 0 else float(abs(np.corrcoef(values, labels)[0, 1]))


def suspicious_columns__ties_win(frame, labels, limit):
    """A constant column has an AUC of one half: a tie between a 0 and a 1 counts one half, not as a pair in order."""

    def strength(column, labels):
        parts = [np.asarray(values, dtype=float) for values in (_filled(column), column.isna())]
        pairs = [(v[labels == 1][:, None], v[labels == 0]) for v in parts]
        return max(max((a >= b).mean(), (a <= b).mean()) for a, b in pairs)

    return _suspects(frame, labels, limit, strength)


def suspicious_columns__unsorted(frame, labels, limit):
    """The right columns in the order of the table. Sort the names, so that two runs can be compared."""
    return [name for name in frame if name in _by_library(frame, labels, limit)]


def suspicious_columns__limit_counts(frame, labels, limit):
    """A column is suspicious if it *exceeds* the limit. One that only reaches it isn't."""
    return _suspects(frame, labels, limit - 1e-9, lambda c, y: max(_both_ways(y, _filled(c)), _both_ways(y, c.isna())))


# 5. audit_split


LABELS = [0.0, 1.0, 0.0, 1.0, math.nan]
BEFORE = _pool(car=["a", "b"], accident=LABELS, km=[0.0, 2.5, math.nan], driver=[1, 12, 3], day=[1, 9, 10])
AFTER = _pool(car=["a", "c"], accident=LABELS, km=[0.0, 2.5, math.nan], driver=[3, 2, 5], day=[9, 10, 11])


@st.composite
def _split(draw):
    train, test = draw(_rows_of(BEFORE, 1, 4)), draw(_rows_of(AFTER, 1, 4))
    if draw(st.booleans()):
        train, test = (
            t.assign(day=pd.Timestamp("2026-01-30") + pd.to_timedelta(t["day"] * 6, unit="h")) for t in (train, test)
        )
    return call(train, test, "driver", "day", "accident")


def _problems(train, test, entity, time, label):
    """Look at every row and every pair of rows."""
    before, after = train.to_dict("records"), test.to_dict("records")
    pairs = [(a, b) for a in before for b in after]
    classes = [{row[label] for row in rows if not pd.isna(row[label])} for rows in (before, after)]
    found = {
        "shared entity": any(a[entity] == b[entity] for a, b in pairs),
        "future in training": any(a[time] > b[time] for a, b in pairs),
        "duplicate row": any(_equal(a, b, without=(entity, time)) for a, b in pairs),
        "label missing": any(pd.isna(row[label]) for row in before + after),
        "single class": any(len(known) < 2 for known in classes),
    }
    return {problem for problem, present in found.items() if present}


def _equal(a, b, without):
    return all(a[k] == b[k] or (pd.isna(a[k]) and pd.isna(b[k])) for k in a if k not in without)


@hints(
    "Five questions. Write each as one expression that is True or False; none of them depends on the others.",
    "For time, two numbers decide: one of the training table, one of the test table. Which? For the copies, `merge` "
    "compares rows, but on which columns?",
    "Collect every problem before you return. `isin`, `max` and `min`, `merge`, `isna` and `nunique` answer one "
    "question each; labels are looked at in both tables.",
)
@equivalent(
    "train[columns].merge(test[columns], on=columns)",
    "train[columns].merge(test[columns])",
    because="both tables have these columns only, and merge takes those that are in both",
)
def check_audit_split(audit_split):
    agree(audit_split, _problems, on=_split(), also=_planted_splits(), examples=10)
    one = _trips([*range(1, 21)], [*range(20, 40)], km=[*range(20)], other_km=[*range(20, 40)])
    close(audit_split(*one.copy().args), {"shared entity"}, given=one, why="One shared driver of twenty is a leak.")


def _trips(drivers, others, days=(1,), later=(2,), km=(1, 2), other_km=(3, 4), labels=(0, 1), other_labels=(0, 1)):
    """Return a split; days and labels repeat as often as there are rows."""
    sides = [(drivers, days, km, labels), (others, later, other_km, other_labels)]
    train, test = (
        pd.DataFrame({"driver": who, "day": _repeated(day, who), "km": far, "accident": _repeated(label, who)})
        for who, day, far, label in sides
    )
    return call(train, test, "driver", "day", "accident")


def _repeated(values, rows):
    return list(itertools.islice(itertools.cycle(values), len(rows)))


def _planted_splits():
    """Return a clean split, and the traps that chance seldom sets."""
    nan = float("nan")

    def split(days, later, km=(1.0, 2.5), other_km=(4.0, nan), accident=(0.0, 1.0), drivers=(8, 9)):
        train = pd.DataFrame(
            {"car": ["a", "b"], "driver": [1, 2], "day": days, "km": km, "accident": [0.0, 1.0]}, index=[7, 3]
        )
        test = pd.DataFrame({"car": ["a", "b"], "driver": drivers, "day": later, "km": other_km, "accident": accident})
        return call(train, test[["driver", "accident", "car", "km", "day"]], "driver", "day", "accident")

    classes = call(
        pd.DataFrame({"driver": [1, 2, 3], "day": [1, 1, 2], "km": [1.0, 2.0, 3.0], "accident": [0, 1, 2]}),
        pd.DataFrame({"driver": [4, 5, 6], "day": [3, 3, 3], "km": [1.5, 2.5, 3.5], "accident": [2, 1, 0]}),
        *("driver", "day", "accident"),
    )
    noon, ten = pd.Timestamp("2026-01-30 12:00"), pd.Timestamp("2026-01-30 10:00")
    two, others, words = [1, 2], [3, 4], ("no", "yes")
    cars = pd.DataFrame({"car": [1, 2], "day": [1, 1], "driver": [5, 6], "accident": [0, 1]})
    return [
        classes,
        _trips([12, 13], [1, 4], days=[9, 8], later=[10, 11], other_km=(2, 4)),
        _trips(two, others, days=[noon, ten], later=[noon, ten]),
        _trips([1, 2, 3], [4, 5, 6], km=(1, 2, 3), other_km=(4, 5, 3), labels=(0, 1, nan), other_labels=(0, 1, nan)),
        _trips([1, 2, 3], [4, 5], km=(-1.0, 0.0, 1.0), other_km=(nan, 1.0000001), labels=(0, 0, 1)),
        _trips(two, others, days=[5, 6], later=[9, 1], km=(70, 2), other_km=(70.0, nan)),
        _trips([1, 2, 3], others, km=(1, 2, 3), other_km=(4, 5), labels=("no", "yes", None), other_labels=words),
        _trips(two, others, days=[9, 1], later=[3, 2], labels=words, other_labels=("yes", "maybe")),
        call(cars, cars.assign(car=[1, 4], driver=[7, 8]), "car", "day", "accident"),
        split([1, 2], [3, 5]),
        split([1, 4], [3, 9]),
        split([1, 3], [3, 4]),
        split([1, 2], [3, 5], km=(nan, 2.5), other_km=(nan, 7.0)),
        split([1, 2], [3, 5], accident=(1.0, nan)),
        split([1, 2], [3, 5], accident=(nan, nan)),
        split([1, 6], [5, 7], km=(1.0, 2.5), other_km=(1.0, 2.5), accident=(0.0, 0.0), drivers=(2, 9)),
    ]


def _audited(train, test, entity, time, label, **instead):
    """Return the problems, some of them found by another (wrong) rule."""
    true = _problems(train, test, entity, time, label)
    names = {name.replace(" ", "_"): name for name in PROBLEMS}
    wrong = {names[name]: present for name, present in instead.items()}
    return {problem for problem in PROBLEMS if wrong.get(problem, problem in true)}


PROBLEMS = ["shared entity", "future in training", "duplicate row", "label missing", "single class"]


def audit_split__average_time(train, test, entity, time, label):
    """You compared averages. One late training row is enough to tell the model about the future."""
    late = train[time].mean() > test[time].mean()
    return _audited(train, test, entity, time, label, future_in_training=late)


def audit_split__same_day(train, test, entity, time, label):
    """The same day is not the future: a training row must be *later* than the earliest test row."""
    late = train[time].max() >= test[time].min()
    return _audited(train, test, entity, time, label, future_in_training=late)


def audit_split__copy_keeps_its_number(train, test, entity, time, label):
    """The copy carries a new number and another day: compare the rows without entity and time."""
    copied = len(train.merge(test, how="inner", on=list(train))) > 0
    return _audited(train, test, entity, time, label, duplicate_row=copied)


def audit_split__missing_differs(train, test, entity, time, label):
    """NaN is not equal to itself, so you overlooked a copy in which a value is missing. Here two gaps are equal."""
    columns = [name for name in train if name not in (entity, time)]
    pairs = ((a, b) for a in train[columns].to_dict("records") for b in test[columns].to_dict("records"))
    copied = any(all(a[k] == b[k] for k in a) for a, b in pairs)
    return _audited(train, test, entity, time, label, duplicate_row=copied)


def audit_split__copies_within_a_table(train, test, entity, time, label):
    """You also counted copies within one table. A leak needs one copy on each side of the split."""
    both = pd.concat([train, test]).drop(columns=[entity, time])
    return _audited(train, test, entity, time, label, duplicate_row=bool(both.duplicated().any()))


def audit_split__stops_at_the_first(train, test, entity, time, label):
    """Report all problems at once. Whoever repairs the split would otherwise come back for each of them."""
    found = _problems(train, test, entity, time, label)
    return {"shared entity"} if "shared entity" in found else found


def audit_split__labels_of_training_only(train, test, entity, time, label):
    """You looked at the labels of the training table only. A test table with gaps or a single class can't be scored."""
    labels = train[label]
    return _audited(
        train, test, entity, time, label, label_missing=labels.isna().any(), single_class=labels.nunique() < 2
    )


def audit_split__missing_is_a_class(train, test, entity, time, label):
    """A missing label is not a class: a table with one label and some gaps has a single class."""
    single = min(table[label].nunique(dropna=False) for table in (train, test)) < 2
    return _audited(train, test, entity, time, label, single_class=single)


def audit_split__classes_of_both_together(train, test, entity, time, label):
    """Together the tables have two classes, but one of them alone has only one. Count in each table."""
    single = pd.concat([train[label], test[label]]).nunique() < 2
    return _audited(train, test, entity, time, label, single_class=single)
