"""From a model's next-token distribution to a text, and from a long conversation to one that fits.

The finished versions of what the lesson on generation explains: the nucleus, a sampler, beam search, and three ways to
shorten a conversation. A token is its number; a model is anything that returns log-probabilities for a prefix.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import accumulate
from typing import Literal

import numpy as np

from handrail.kit.tiny_gpt import END, WINDOW, TinyGPT

__all__ = [
    "Hypothesis",
    "Turn",
    "beam_search",
    "continuation",
    "next_log_probabilities",
    "nucleus",
    "sample",
    "trimmed",
]


@dataclass(frozen=True)
class Turn:
    """One turn of a conversation. A tool's result follows the assistant's turn that called the tool."""

    role: Literal["system", "user", "assistant", "tool"]
    text: str


@dataclass(frozen=True)
class Hypothesis:
    """A text that beam search has in hand, and the logarithm of its probability after the prompt."""

    tokens: tuple[int, ...] = ()
    log_probability: float = 0.0

    def finished(self, end: int = END) -> bool:
        """Say whether the text has written its end."""
        return self.tokens[-1:] == (end,)


def nucleus(probabilities: np.ndarray, share: float) -> np.ndarray:
    """Return which tokens top-p keeps, as an array of True and False: the fewest that hold `share` of the probability.

    A token stays if those before it, the more probable ones, don't hold the share yet. The first always stays.
    """
    ranked = sorted(range(len(probabilities)), key=lambda token: (-probabilities[token], token))
    mass = accumulate((float(probabilities[token]) for token in ranked), initial=0.0)
    kept = [token for token, before in zip(ranked, mass, strict=False) if before < share or token == ranked[0]]
    return np.isin(np.arange(len(probabilities)), kept)


def sample(logits: np.ndarray, rng: np.random.Generator, *, temperature: float = 1.0, top_p: float = 1.0) -> int:
    """Return one token drawn from logits after temperature and top-p; the most probable one at temperature 0."""
    if temperature == 0:
        return int(np.argmax(logits))
    weights = np.exp((logits - logits.max()).astype(float) / temperature)
    if top_p < 1:
        weights *= nucleus(weights / weights.sum(), top_p)
    cumulated = weights.cumsum()
    return int(np.searchsorted(cumulated, rng.random() * cumulated[-1], side="right"))


def continuation(
    gpt: TinyGPT,
    text: str,
    most: int,
    *,
    temperature: float = 1.0,
    top_p: float = 1.0,
    seed: int = 0,
    ends: bool = True,
) -> tuple[int, ...]:
    """Return the tokens that the model writes after a text: up to `most`, END the last if it writes it.

    Without `ends`, END is impossible and the model has to go on. The window ends the text, too.
    """
    import torch

    rng, ids = np.random.default_rng(seed), gpt.encode(text)
    begin, limit, cache, new = len(ids), min(len(ids) + most, WINDOW), None, [*ids]
    while len(ids) < limit and (len(ids) == begin or ids[-1] != END):
        with torch.no_grad():
            step = gpt.model(torch.tensor([new]), past_key_values=cache, use_cache=True)
        logits = step.logits[0, -1].numpy().copy()
        if not ends:
            logits[END] = -np.inf
        cache, new = step.past_key_values, [sample(logits, rng, temperature=temperature, top_p=top_p)]
        ids += new
    return tuple(ids[begin:])


def next_log_probabilities(gpt: TinyGPT, text: str) -> Callable[[tuple[int, ...]], np.ndarray]:
    """Return a function from the tokens written after a text to the log-probability of every next token."""
    ids = gpt.encode(text)

    def following(tokens: tuple[int, ...]) -> np.ndarray:
        found: np.ndarray = gpt.logits([*ids, *tokens])[-1].log_softmax(0).numpy()
        return found

    return following


def beam_search(
    log_probabilities: Callable[[tuple[int, ...]], np.ndarray], width: int, steps: int, end: int = END
) -> list[list[Hypothesis]]:
    """Return the beam after each step: the `width` most probable hypotheses, the best first.

    Finished hypotheses stay in the beam as they are, as long as they are among the best. The search ends after `steps`,
    or as soon as all are finished. Width 1 is greedy search.
    """
    beams = [[Hypothesis()]]
    for _ in range(steps):
        if all(one.finished(end) for one in beams[-1]):
            break
        grown = (after for one in beams[-1] for after in _grown(one, log_probabilities, width, end))
        beams.append(nlargest(width, grown, key=lambda one: one.log_probability))
    return beams[1:]


def _grown(
    one: Hypothesis, log_probabilities: Callable[[tuple[int, ...]], np.ndarray], width: int, end: int
) -> Iterable[Hypothesis]:
    """Yield a finished hypothesis itself, and of another one its `width` best continuations: no more can survive."""
    if one.finished(end):
        yield one
        return
    scores = log_probabilities(one.tokens)
    for token in np.argsort(-scores, kind="stable")[:width].tolist():
        yield Hypothesis((*one.tokens, token), one.log_probability + float(scores[token]))


def trimmed(turns: Sequence[Turn], count: Callable[[str], int], room: int) -> list[Turn]:
    """Return the system's turns and the most of the latest others that have room, from a user's turn on.

    Raises ValueError if not even the system's turns have room.
    """
    for first in range(len(turns) + 1):
        opens = first == len(turns) or turns[first].role == "user"
        kept = [turn for place, turn in enumerate(turns) if turn.role == "system" or place >= first]
        if opens and sum(count(turn.text) for turn in kept) <= room:
            return kept
    raise ValueError(f"The system's turns alone need more than {room} tokens. Shorten them.")
