"""docs_snapshot holds no borrowed text, is what its rule chooses, and its vectors are MiniLM's."""

import csv
import re
from importlib.metadata import version

import numpy as np
import pytest

from handrail.kit import corpora, data

FOLDER = data.path("docs_snapshot")
CARD = (FOLDER / "README.md").read_text(encoding="utf-8")
SOURCES = {"NumPy": "numpy", "pandas": "pandas", "scikit-learn": "scikit-learn", "torch": "torch"}


def recorded(library):
    return re.search(rf"{library} (\d+\.\d+\.\d+)", CARD)[1]


same_versions = pytest.mark.skipif(
    any(version(package).split("+")[0] != recorded(name) for name, package in SOURCES.items()),
    reason="the libraries are other versions than those of the card, so some docstrings differ",
)


@pytest.fixture(scope="module")
def docs():
    return corpora.docs_snapshot()


def test_only_names_hashes_and_vectors_are_committed():
    assert {file.name for file in FOLDER.iterdir() if file.is_file()} == {
        "README.md",
        "generate.py",
        "entries.csv",
        "vectors.npz",
    }
    with (FOLDER / "entries.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["library", "name"]
    assert all(re.fullmatch(r"(numpy|pandas|sklearn|torch)(\.\w+)+", name) for _, name in rows[1:])
    with np.load(FOLDER / "vectors.npz") as file:
        assert {name: (file[name].dtype, file[name].shape) for name in file} == {
            "keys": (np.uint8, (2400, 16)),
            "vectors": (np.float16, (2400, 384)),
        }


@same_versions
def test_the_entries_are_what_the_rule_chooses():
    with (FOLDER / "entries.csv").open(encoding="utf-8", newline="") as file:
        committed = list(map(tuple, csv.reader(file)))[1:]
    assert committed == data.generator("docs_snapshot").entries()


@same_versions
def test_there_are_500_entries_of_each_library(docs):
    assert docs["library"].value_counts().to_dict() == {"numpy": 500, "pandas": 500, "sklearn": 500, "torch": 500}
    assert docs["name"].is_unique and docs["summary"].is_unique and docs["body"].is_unique
    assert docs["body"].str.len().between(300, 900).all()
    assert len(corpora.docs_sentences()) == 14_453


@same_versions
def test_every_vector_that_lessons_need_is_stored(docs, monkeypatch):
    monkeypatch.setattr(corpora, "encoded", lambda texts: pytest.fail(f"{len(texts)} texts aren't stored: {texts[:2]}"))
    vectors = corpora.embed([*docs["body"], *docs["summary"][:400]])
    assert np.abs(np.linalg.norm(vectors, axis=1) - 1).max() < 0.001
    assert (corpora.on_grid(vectors) == vectors).all()


@same_versions
def test_the_vectors_are_minilms(docs):
    texts = [*docs["body"][::125], *docs["summary"][:400:100]]
    assert len(texts) == 20
    assert np.abs(corpora.encoded(texts) - corpora.embed(texts)).max() < 2e-3


@same_versions
def test_the_numbers_of_the_card(docs):
    bodies, queries = corpora.embed(docs["body"]), corpora.embed(docs["summary"][:400])
    scores = queries @ bodies.T
    rank = (scores >= scores[np.arange(400), np.arange(400)][:, None]).sum(axis=1)
    assert [(rank <= k).sum() for k in (1, 5, 10)] == [180, 300, 324]
    assert round(float(np.where(rank <= 10, 1 / rank, 0).mean()), 3) == 0.577
    pairs = (bodies @ bodies.T)[np.triu_indices(len(bodies), 1)]
    assert (round(float(pairs.mean()), 3), round(float(pairs.std()), 3)) == (0.251, 0.133)
    assert round(float(np.quantile(pairs, 0.99)), 3) == 0.624
