"""A small language model of the course's own, trained on the prose of the installed libraries' documentation.

`datasets/tiny_gpt/generate.py` trained it; its card says how well it does. The texts themselves are not stored: they
are read from the installed libraries when a lesson needs them, so a number measured on them moves a little when a
library is upgraded.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from handrail.kit.data import path
from handrail.kit.docstrings import MODULES, load_docstrings

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer

__all__ = ["END", "WINDOW", "TinyGPT", "prose", "tiny_gpt"]

END = 0
"""The token between two texts: every text begins after it, and a model that writes it has finished."""
WINDOW = 128
"""So many tokens the model reads at most, END included."""
HELD_OUT = 20
"""One paragraph in so many is kept out of the training: the hash of its text decides."""


@dataclass(frozen=True, eq=False)
class TinyGPT:
    """A decoder of four layers, its tokenizer beside it. `model` is a GPT2LMHeadModel of transformers, ready to run."""

    model: Any
    tokenizer: "Tokenizer"

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text's tokens, END in front: what the model reads before it goes on."""
        return [END, *self.tokenizer.encode(text).ids]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of some tokens; END is nothing."""
        return str(self.tokenizer.decode([token for token in ids if token != END]))

    def logits(self, ids: Sequence[int]) -> "torch.Tensor":
        """Return the scores of every next token after each of some tokens, shape (tokens, 1024).

        Raises ValueError for more tokens than the window holds.
        """
        import torch

        if not 1 <= len(ids) <= WINDOW:
            raise ValueError(f"The model reads 1 to {WINDOW} tokens, not {len(ids)}. Leave some out.")
        with torch.no_grad():
            scores: torch.Tensor = self.model(torch.tensor([list(ids)])).logits[0]
        return scores

    def next_distribution(self, text: str) -> dict[str, float]:
        """Return the probability of every token after a text, the likeliest first; END is written `<end>`."""
        chances = self.logits(self.encode(text))[-1].softmax(0)
        order = chances.argsort(descending=True, stable=True).tolist()
        return {self.piece(token): float(chances[token]) for token in order}

    def piece(self, token: int) -> str:
        """Return what a token stands for, with its space in front; `<end>` for END, a letter for half a character."""
        if token == END:
            return "<end>"
        text = str(self.tokenizer.decode([token]))
        return str(self.tokenizer.id_to_token(token)) if "\ufffd" in text else text


@cache
def tiny_gpt() -> TinyGPT:
    """Return the trained model, in evaluation mode and single precision, on the CPU. It takes half a second."""
    from safetensors.torch import load_file
    from tokenizers import Tokenizer
    from transformers import GPT2Config, GPT2LMHeadModel

    folder = path("tiny_gpt")
    model: Any = GPT2LMHeadModel(GPT2Config.from_pretrained(folder))
    model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)  # the output layer is tied
    model.eval()
    return TinyGPT(model, Tokenizer.from_file(str(folder / "tokenizer.json")))


@cache
def prose() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the paragraphs of prose in the installed libraries' docstrings: those for training, and those held out.

    A paragraph is one line of 5 to 90 words of plain English: no code, no lists of parameters, each once. The hash of a
    text decides where it goes, so that an upgraded library moves none from one side to the other.
    """
    training: list[str] = []
    held_out: list[str] = []
    for paragraph in dict.fromkeys(_paragraphs()):
        digest = hashlib.sha256(paragraph.encode()).digest()
        (held_out if digest[0] % HELD_OUT == 0 else training).append(paragraph)
    return tuple(training), tuple(held_out)


def _paragraphs() -> "list[str]":
    texts = load_docstrings(MODULES, "full", masked=False)["text"]
    found = (" ".join(block.split()) for text in texts for block in re.split(r"\n\s*\n", text))
    return [paragraph for paragraph in found if _is_prose(paragraph)]


def _is_prose(paragraph: str) -> bool:
    whole = paragraph.isascii() and paragraph[:1].isupper() and paragraph.endswith(".")
    letters = sum(c.isalpha() or c == " " for c in paragraph)
    return (
        whole
        and 5 <= len(paragraph.split()) <= 90
        and letters >= 0.9 * len(paragraph)
        and not re.search(r">>>|---| : |::", paragraph)
    )
