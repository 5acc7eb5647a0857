"""handrail.kit.corpora reads borrowed texts where they are installed, and encodes only what isn't stored."""

import subprocess
import sys

import numpy as np
import pytest

from handrail.kit import corpora


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Return the folder of data sets of a course that has stored nothing yet; the model counts what it is asked."""
    (tmp_path / "docs_snapshot").mkdir()
    monkeypatch.setattr(corpora, "path", lambda name: tmp_path / name)
    asked = []

    def encoded(texts):
        asked.extend(texts)
        return np.array([np.full(384, len(text) / corpora.GRID) for text in texts], dtype=np.float32)

    monkeypatch.setattr(corpora, "encoded", encoded)
    corpora._stored.cache_clear()
    yield tmp_path, asked
    corpora._stored.cache_clear()


def write_entries(folder, *names):
    lines = ["library,name", *(f"{name.split('.')[0]},{name}" for name in names)]
    (folder / "docs_snapshot" / "entries.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_the_import_is_light():
    code = (
        "import sys, handrail.kit.corpora as c; c.docs_sentences; "
        "assert not {'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_docstrings_come_without_markup_and_indentation():
    text = corpora.docstring("handrail.kit.corpora.docs_snapshot")
    assert text.startswith("Return 2,000 entries") and "\nColumns: `library`" in text


@pytest.mark.parametrize("name", ["numpy.no_such_function", "no_such_library.function", "handrail.kit.corpora.GRID"])
def test_a_name_that_is_gone_is_a_lookup_error(name, monkeypatch):
    monkeypatch.setattr(corpora, "GRID", type("Silent", (), {"__doc__": None})())
    with pytest.raises(LookupError, match=name.replace(".", r"\.")):
        corpora.docstring(name)


def test_the_summary_is_the_first_paragraph_of_prose():
    text = "mean(x, dim) -> Tensor\n\n.. note::\n   A remark.\n\nReturn the mean\nof x.\n\nMore.\n\nParameters\n----"
    assert corpora.parsed(text) == ("Return the mean of x.", "More.\n\nParameters\n----")


@pytest.mark.parametrize("text", ["", "add(x, y)", ".. deprecated:: 2.0"])
def test_a_text_without_prose_has_no_summary(text):
    assert corpora.parsed(text) == ("", "")


def test_a_long_body_is_cut_between_words():
    _, body = corpora.parsed("Summary.\n\n" + "word " * 300)
    assert body == ("word " * 180).strip() and len(body) <= corpora.BODY
    exactly = "x" * 899 + "y"
    assert corpora.parsed(f"Summary.\n\n{exactly}")[1] == exactly


def test_sentences_are_prose():
    text = """Return the sorted unique elements of an array. There are three optional outputs besides.

Parameters
----------
ar : array_like, Input that is not a sentence
    The input array, which is
    flattened first.

>>> This is an example and it is left out.

Too short. See

most of these letters are lower case.

No end here"""
    assert list(corpora.sentences(text)) == [
        "Return the sorted unique elements of an array.",
        "There are three optional outputs besides.",
        "The input array, which is flattened first.",
    ]


def test_names_that_are_gone_are_dropped_with_a_warning(course):
    folder, _ = course
    write_entries(folder, "numpy.linalg.norm", "numpy.no_such_function", "pandas.concat")
    with pytest.warns(UserWarning, match=r"1 of the entries .* numpy\.no_such_function"):
        docs = corpora.docs_snapshot()
    assert docs["name"].tolist() == ["numpy.linalg.norm", "pandas.concat"]
    assert list(docs.columns) == ["library", "name", "summary", "body"]
    assert (docs["body"].str.len() <= corpora.BODY).all()


def test_a_text_is_encoded_once(course):
    _, asked = course
    first = corpora.embed(["one", "three", "one"])
    again = corpora.embed(["three"])
    assert asked == ["one", "three"] and first.shape == (3, 384) and first.dtype == np.float32
    assert (first[0] == first[2]).all() and (again[0] == first[1]).all()


def test_nothing_becomes_an_empty_array(course):
    assert corpora.embed([]).shape == (0, 384)


def test_stored_vectors_are_found_without_the_model(course):
    folder, asked = course
    corpora.store(["one", "three", "one"], folder / "docs_snapshot" / "vectors.npz")
    with np.load(folder / "docs_snapshot" / "vectors.npz") as file:
        assert file["keys"].shape == (2, 16) and file["vectors"].dtype == np.float16
    asked.clear()
    corpora._stored.cache_clear()
    assert corpora.embed(["three"])[0, 0] == 5 / corpora.GRID and not asked


def test_many_missing_vectors_are_announced(course, capsys):
    corpora.embed(f"text {i}" for i in range(corpora.PATIENCE - 1))
    assert not capsys.readouterr().err
    corpora.embed(f"other {i}" for i in range(corpora.PATIENCE))
    assert capsys.readouterr().err.startswith("50 of 50 texts are encoded now")


def test_dot_products_on_the_grid_are_exact_in_any_order():
    random = np.random.default_rng(0)
    vectors = random.standard_normal((50, 384))
    vectors = corpora.on_grid(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    shuffled = vectors[:, random.permutation(384)]
    order = random.permutation(384)
    exact = vectors.astype(float) @ vectors.T.astype(float)
    assert (vectors @ vectors.T == exact).all() and (shuffled @ shuffled.T == exact).all()
    one_by_one = np.cumsum(vectors[0, order] * vectors[1, order], dtype=np.float32)[-1]
    assert one_by_one == exact[0, 1]
    assert (vectors.astype(np.float16) == vectors).all()
