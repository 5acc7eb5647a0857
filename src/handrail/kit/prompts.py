"""Prompts kept as files: strict templates with a version, and a gate between one version and the next.

A prompt's file has three parts, each below a line of three dashes: settings, the system text, the user's text.

    ---
    name: route_ticket
    version: 1
    model: small
    temperature: 0
    variables: ticket
    ---
    Sort the message. Reply with only the label.
    ---
    <ticket>{{ticket}}</ticket>
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = [
    "Example",
    "Prompt",
    "Score",
    "Verdict",
    "examples_text",
    "fill",
    "gate",
    "paired_interval",
    "read_prompt",
    "release_note",
]

Decision = Literal["ship", "hold", "collect more cases"]

PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
SETTINGS = ("name", "version", "model", "temperature", "variables")
RESAMPLES = 10_000


@dataclass(frozen=True)
class Example:
    """A message and its right label."""

    text: str
    label: str


@dataclass(frozen=True)
class Prompt:
    """One version of a prompt: what is sent, to which kind of model, at which temperature."""

    name: str
    version: str
    model: str
    temperature: float
    variables: tuple[str, ...]
    system: str
    user: str

    @property
    def id(self) -> str:
        """The first eight digits of a hash of all that can change an answer: both texts, model, temperature."""
        content = json.dumps([self.system, self.user, self.model, self.temperature])
        return hashlib.sha256(content.encode()).hexdigest()[:8]

    def messages(self, **values: str) -> list[dict[str, str]]:
        """Return the messages to send. Raises ValueError unless exactly the variables are given."""
        _require_same(values, self.variables)
        parts = (("system", self.system), ("user", self.user))
        return [{"role": role, "content": fill(text, _used(text, values))} for role, text in parts]


@dataclass(frozen=True)
class Score:
    """How a prompt did: on the cases, on the golden ones (which must pass), and the tokens of its average request."""

    prompt: Prompt
    right: npt.NDArray[np.bool_]
    golden: npt.NDArray[np.bool_]
    tokens: float


@dataclass(frozen=True)
class Verdict:
    """What the gate says, why, and the interval of the difference that it saw."""

    decision: Decision
    reasons: tuple[str, ...]
    low: float
    high: float


def read_prompt(text: str) -> Prompt:
    """Read a prompt from the text of its file. Raises ValueError if something is missing, unknown or undeclared."""
    parts = re.split(r"^---[ \t]*\n", text, flags=re.MULTILINE)
    if len(parts) != 4 or parts[0].strip():
        raise ValueError("a prompt's file has three parts, each below a line of three dashes: settings, system, user")
    settings = {name.strip(): value.strip() for name, _, value in (one.partition(":") for one in _lines(parts[1]))}
    _require_same(settings, SETTINGS)
    system, user = parts[2].strip(), parts[3].strip()
    variables = tuple(settings["variables"].replace(",", " ").split())
    _require_same(dict.fromkeys(PLACEHOLDER.findall(system + user), ""), variables)
    temperature = float(settings["temperature"])
    return Prompt(settings["name"], settings["version"], settings["model"], temperature, variables, system, user)


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return a template with each `{{name}}` replaced by its value, as it is: a value isn't read as a template.

    Raises ValueError that names the values that are missing, or that the template has no place for.
    """
    pieces = PLACEHOLDER.split(template)
    _require_same(values, pieces[1::2])
    pieces[1::2] = [values[name] for name in pieces[1::2]]
    return "".join(pieces)


def examples_text(examples: Iterable[Example]) -> str:
    """Write examples the way that a prompt shows them."""
    return "\n".join(f"Text: {example.text}\nLabel: {example.label}" for example in examples)


def paired_interval(
    old: Sequence[bool] | npt.NDArray[np.bool_], new: Sequence[bool] | npt.NDArray[np.bool_], seed: int = 0
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of new − old, as shares of the same cases.

    A case is won, lost or unchanged, so a resample of the cases is one draw of three counts.
    """
    before, after = np.asarray(old, dtype=bool), np.asarray(new, dtype=bool)
    if before.shape != after.shape or before.ndim != 1 or not before.size:
        raise ValueError(f"both need one result for each of the same cases, not {before.shape} and {after.shape}")
    won, lost = int((after & ~before).sum()), int((before & ~after).sum())
    shares = np.array([won, lost, before.size - won - lost]) / before.size
    drawn = np.random.default_rng(seed).multinomial(before.size, shares, RESAMPLES)
    limits = np.percentile((drawn[:, 0] - drawn[:, 1]) / before.size, [2.5, 97.5])
    return float(limits[0]), float(limits[1])


def gate(old: Score, new: Score, *, margin: float = 0.02, rise: float = 0.20, seed: int = 0) -> Verdict:
    """Decide whether a new version may replace an old one.

    It is held if a golden case fails, if its requests have more than `rise` more tokens, or if it is worse by more than
    `margin` beyond doubt. It ships if it is beyond doubt not worse by that much. Otherwise more cases are needed.
    """
    low, high = paired_interval(old.right, new.right, seed)
    reasons = []
    if failed := int((~new.golden).sum()):
        reasons.append(f"{failed} golden {'case fails' if failed == 1 else 'cases fail'}")
    if new.tokens > (1 + rise) * old.tokens:
        reasons.append(f"{new.tokens / old.tokens - 1:+.0%} tokens")
    if high < -margin:
        reasons.append(f"worse by more than {margin:.0%}")
    if reasons:
        return Verdict("hold", tuple(reasons), low, high)
    if low > -margin:
        return Verdict("ship", (f"the interval lies above {-margin:.0%}",), low, high)
    return Verdict("collect more cases", (f"the interval contains {-margin:.0%}",), low, high)


def release_note(old: Score, new: Score, verdict: Verdict) -> str:
    """Write what a reviewer wants to know about a change."""
    count = len(new.right)
    return "\n".join(
        [
            f"{new.prompt.name}: version {old.prompt.version} ({old.prompt.id}) -> "
            f"version {new.prompt.version} ({new.prompt.id})",
            f"  right        {old.right.mean():.1%} -> {new.right.mean():.1%} of {count} cases, "
            f"difference {100 * verdict.low:+.1f} to {100 * verdict.high:+.1f} points",
            f"  golden       {int(new.golden.sum())} of {len(new.golden)} pass",
            f"  tokens       {old.tokens:.0f} -> {new.tokens:.0f} a request",
            f"  decision     {verdict.decision}: {'; '.join(verdict.reasons)}",
        ]
    )


def _used(template: str, values: Mapping[str, str]) -> dict[str, str]:
    return {name: values[name] for name in PLACEHOLDER.findall(template)}


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _require_same(given: Mapping[str, str], wanted: Iterable[str]) -> None:
    wanted = set(wanted)
    if missing := sorted(wanted - given.keys()):
        raise ValueError(f"no value for {', '.join(missing)}")
    if unused := sorted(given.keys() - wanted):
        raise ValueError(f"no place for {', '.join(unused)}")
