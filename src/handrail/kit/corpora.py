"""Collections of text that lessons search, and their MiniLM vectors.

A borrowed text is never stored in the course: docstrings are read from the libraries that are installed. What is stored
beside a data set, in `datasets/<name>/vectors.npz`, are vectors, each under the SHA-256 of its text. `embed` looks
there before it loads the model, so a lesson starts in a moment, and a docstring that a newer library has rewritten is
encoded anew.
"""

import csv
import hashlib
import inspect
import os
import pkgutil
import re
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from handrail.kit.data import path
from handrail.kit.models import minilm

if TYPE_CHECKING:
    import pandas as pd
    from sentence_transformers import SentenceTransformer

BODY = 900
"""A body ends here, in characters, at the last white space before."""
GRID = 2048
"""Vectors hold multiples of 1/2048: float16 stores them exactly, and every dot product of two of them is exact in
float32, whatever the order of the additions. So a ranking, with its ties, is the same on every machine."""
PATIENCE = 50
"""From this many texts that have to be encoded, `embed` says so."""

Vectors = npt.NDArray[np.float32]

_encoding = threading.Lock()
_ROLE = re.compile(r":[a-z:]+:`~?([^`]*)`")
_SIGNATURE = re.compile(r"[\w.]+\(.*\)(\s*->.*)?", re.DOTALL)
_PARAMETER = re.compile(r"\S.* ?: ")
_RULE = re.compile(r"[-=~^*]{3,}")


def docs_snapshot() -> "pd.DataFrame":
    """Return 2,000 entries of the documentation of NumPy, pandas, scikit-learn and torch, 500 of each.

    Columns: `library`, `name`, `summary` (the first paragraph, mostly a sentence), `body` (up to 900 characters of what
    follows). The order is random but fixed. The texts are those of the libraries that are installed: a name that yours
    don't have is dropped, with a warning.
    """
    import pandas as pd

    rows = [(library, name, *parsed(text)) for library, name, text in _docstrings()]
    return pd.DataFrame(rows, columns=["library", "name", "summary", "body"])


def docs_sentences() -> list[str]:
    """Return every sentence of prose in the docstrings of `docs_snapshot`, once each, in the order of its entries."""
    return list(dict.fromkeys(sentence for _, _, text in _docstrings() for sentence in sentences(text)))


def docstring(name: str) -> str:
    """Return the whole docstring of a dotted name, without its indentation and markup. Raises LookupError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a deprecated name warns when it is looked at
        try:
            text = pkgutil.resolve_name(name).__doc__
        except (ImportError, AttributeError) as error:
            raise LookupError(f"{name} isn't in the version that is installed") from error
    if not isinstance(text, str):
        raise LookupError(f"{name} has no docstring")
    return _ROLE.sub(r"\1", inspect.cleandoc(text)).replace("``", "`")


def parsed(text: str) -> tuple[str, str]:
    """Split a docstring into its summary, the first paragraph of prose, and its body, what follows, cut at 900."""
    paragraphs = [paragraph for paragraph in re.split(r"\n\s*\n", text) if paragraph.strip()]
    while paragraphs and (_SIGNATURE.fullmatch(paragraphs[0].strip()) or paragraphs[0].startswith("..")):
        del paragraphs[0]
    if not paragraphs:
        return "", ""
    body = "\n\n".join(paragraphs[1:])
    if len(body) > BODY:
        body = body[: BODY + 1].rsplit(maxsplit=1)[0]
    return " ".join(paragraphs[0].split()), body


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of 5 to 40 words in a docstring's prose: no code, no headings, no lists of names."""
    for paragraph in re.split(r"\n\s*\n|\n-{3,}\n", text):
        if ">>>" in paragraph:
            continue
        lines = [line for line in paragraph.splitlines() if not (_PARAMETER.match(line) or _RULE.fullmatch(line))]
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z`])", " ".join(" ".join(lines).split())):
            if 5 <= len(sentence.split()) <= 40 and sentence[0].isupper() and sentence[-1] in ".!?":
                yield sentence


def embed(texts: Iterable[str]) -> Vectors:
    """Return MiniLM's vectors of some texts, shape (texts, 384), each of length 1 up to rounding to 1/2048.

    Texts whose vectors are stored in the course cost nothing; the model is loaded for the others only.
    """
    texts = list(texts)
    with _encoding:  # the stand-in's server embeds in a thread of its own
        known = _stored()
        missing = list(dict.fromkeys(text for text in texts if key(text) not in known))
        if len(missing) >= PATIENCE:
            print(f"{len(missing)} of {len(texts)} texts are encoded now, about ten in a second ...", file=sys.stderr)
        if missing:
            known.update(zip(map(key, missing), encoded(missing), strict=True))
    return np.array([known[key(text)] for text in texts], dtype=np.float32).reshape(len(texts), 384)


def encoded(texts: list[str]) -> Vectors:
    """Run MiniLM on some texts and round to the grid of 1/2048, whatever is stored."""
    vectors = _encoder().encode(texts, normalize_embeddings=True, show_progress_bar=False)
    return on_grid(np.asarray(vectors))


def on_grid(vectors: npt.ArrayLike) -> Vectors:
    """Round vectors to multiples of 1/2048, so that their dot products are exact in float32."""
    return np.asarray(np.round(np.asarray(vectors) * GRID) / GRID, dtype=np.float32)


def key(text: str) -> bytes:
    """Return what a text's vector is stored under: the first 16 bytes of its SHA-256."""
    return hashlib.sha256(text.encode()).digest()[:16]


def store(texts: Iterable[str], target: Path) -> None:
    """Write the vectors of some texts, each text once, to a file that `embed` finds: `datasets/<name>/vectors.npz`."""
    unique = list(dict.fromkeys(texts))
    keys = np.frombuffer(b"".join(map(key, unique)), dtype=np.uint8).reshape(-1, 16)
    np.savez(target, keys=keys, vectors=embed(unique).astype(np.float16))


def _docstrings() -> Iterator[tuple[str, str, str]]:
    dropped = []
    with (path("docs_snapshot") / "entries.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                yield row["library"], row["name"], docstring(row["name"])
            except LookupError:
                dropped.append(row["name"])
    if dropped:
        warnings.warn(
            f"{len(dropped)} of the entries aren't in the libraries that you have and are left out: "
            f"{', '.join(dropped[:3])} ... Numbers will differ a little from the lesson's.",
            stacklevel=3,
        )


@cache
def _stored() -> dict[bytes, Vectors]:
    known: dict[bytes, Vectors] = {}
    for stored in sorted(path("docs_snapshot").parent.glob("*/vectors.npz")):
        with np.load(stored) as file:
            known.update(zip(map(bytes, file["keys"]), file["vectors"].astype(np.float32), strict=True))
    return known


@cache
def _encoder() -> "SentenceTransformer":
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(minilm()))
