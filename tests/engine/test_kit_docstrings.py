import random

import pytest

from handrail.kit.docstrings import garble, load_docstrings


def test_summaries_of_numpy():
    table = load_docstrings(["numpy"])
    assert list(table.columns) == ["name", "library", "module", "text"]
    assert len(table) > 800
    assert table["text"].is_unique and table["text"].str.len().min() > 0
    assert table.loc[table["name"] == "numpy.linalg.inv", "text"].item().startswith("Compute the inverse of a matrix")
    assert not table["text"].str.contains("\n").any()


def test_masked_texts_name_no_library():
    table = load_docstrings(["numpy", "pandas"], "full")
    assert not table["text"].str.contains(r"\bnp\.|\bnumpy\b|\bpandas\b|>>>", regex=True).any()
    assert table["text"].str.contains("LIB").any()
    plain = load_docstrings(["numpy"], "full", masked=False)
    assert plain["text"].str.contains(">>>").any()


def test_a_text_is_kept_where_it_comes_first():
    table = load_docstrings(["numpy", "numpy"])
    assert len(table) == len(load_docstrings(["numpy"]))


def test_what_cannot_be_read_is_named():
    with pytest.raises(ValueError, match="'django' isn't among"):
        load_docstrings(["django"])
    with pytest.raises(ValueError, match="part must be"):
        load_docstrings(["numpy"], "body")


def test_garbled_sentences_have_the_same_words_in_another_order():
    sentence = "Return the largest of all values."
    for seed in range(20):
        mixed = garble(sentence, random.Random(seed))
        assert mixed != sentence and mixed.endswith(".") and mixed[0].isupper()
        assert sorted(mixed[:-1].lower().split()) == sorted(sentence[:-1].lower().split())


@pytest.mark.parametrize("sentence", ["", "Stop.", "no no no"])
def test_what_has_no_other_order_stays(sentence):
    assert garble(sentence, random.Random(0)) == sentence
