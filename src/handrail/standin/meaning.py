"""How near texts are in meaning: MiniLM's vectors, loaded when the first skill asks for them."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handrail.kit.corpora import Vectors

DIMENSIONS = 384


def vectors(texts: Sequence[str]) -> "Vectors":
    """Return the vectors of some texts, shape (texts, 384).

    Every text is encoded by itself: in a batch its last digits would depend on its neighbors, and the answers of two
    processes would differ.
    """
    import numpy as np

    from handrail.kit.corpora import embed

    found = [embed([text]) for text in texts]
    return np.concatenate(found) if found else np.zeros((0, DIMENSIONS), dtype=np.float32)


def nearness(text: str, others: Sequence[str]) -> list[float]:
    """Return the cosine similarity of a text to each of some others."""
    if not others:
        return []
    lengths = _lengths
    one = vectors([text])
    many = vectors(others)
    products = (many @ one[0]) / (lengths(many) * lengths(one)[0])
    return [round(float(product), 6) for product in products]


def _lengths(many: "Vectors") -> "Vectors":
    import numpy as np

    found: Vectors = np.maximum(np.sqrt((many * many).sum(axis=1)), np.float32(1e-6))
    return found


@cache
def ready() -> bool:
    """Load the model now, for those who don't want the first answer to wait for it."""
    vectors(["ready"])
    return True
