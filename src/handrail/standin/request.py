"""The normalized form of a request and of its answer, the same for every wire format."""

import hashlib
import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

SMALL = "standin-small"
LARGE = "standin-large"
EMBED = "standin-embed"
WINDOWS = {SMALL: 8_192, LARGE: 32_768, EMBED: 8_192}
"""The models, and how many tokens each takes in."""
MARKER = "handrail-standin-1"
CREATED = 1_767_225_600
"""When every answer claims to have been made: 2026-01-01, so that equal requests have equal answers."""

Schema = Mapping[str, Any]


class Stop(Enum):
    """Why an answer ends."""

    END = "end"
    LENGTH = "length"
    SEQUENCE = "sequence"
    TOOLS = "tools"
    REFUSAL = "refusal"


@dataclass(frozen=True)
class Tool:
    """A function that the caller offers."""

    name: str
    description: str
    parameters: Schema


@dataclass(frozen=True)
class Call:
    """A wish to call a tool. The arguments are JSON text, because a broken answer may hold broken JSON."""

    id: str
    name: str
    arguments: str

    def values(self) -> dict[str, Any]:
        """Return the arguments as a dictionary, an empty one if they can't be read."""
        try:
            found = json.loads(self.arguments or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class Turn:
    """One message of a conversation: of the `user`, of the `assistant`, or the result of a `tool`."""

    role: str
    text: str
    calls: tuple[Call, ...] = ()
    call_id: str = ""
    failed: bool = False


@dataclass(frozen=True)
class Request:
    """What a caller asks for, whichever wire format it came in."""

    model: str
    system: str
    turns: tuple[Turn, ...]
    fingerprint: str
    tools: tuple[Tool, ...] = ()
    choice: str = "auto"
    forced: str = ""
    parallel: bool = True
    schema: Schema | None = None
    as_json: bool = False
    temperature: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    max_tokens: int | None = None
    stream: bool = False
    include_usage: bool = False
    logprobs: bool = False
    cache_marks: tuple[int, ...] = ()
    automatic_cache: bool = True

    @property
    def large(self) -> bool:
        """Whether the larger of the two models is asked."""
        return self.model == LARGE

    @property
    def users(self) -> tuple[str, ...]:
        """The texts of the user's turns."""
        return tuple(turn.text for turn in self.turns if turn.role == "user")

    @property
    def user(self) -> str:
        """The last text of the user."""
        return self.users[-1] if self.users else ""

    def since_user(self) -> tuple[Turn, ...]:
        """Return the turns after the user's last one: what an agent has done about it so far."""
        last = max((place for place, turn in enumerate(self.turns) if turn.role == "user"), default=-1)
        return self.turns[last + 1 :]

    def segments(self) -> list[str]:
        """Return all that the model reads, piece by piece: tools, schema, system text, turns."""
        pieces = [dumps([tool.name, tool.description, tool.parameters]) for tool in self.tools]
        if self.schema is not None:
            pieces.append(dumps(self.schema))
        if self.system:
            pieces.append(self.system)
        for turn in self.turns:
            pieces.append("\n".join([turn.text, *(f"{call.name} {call.arguments}" for call in turn.calls)]))
        return pieces

    def identifier(self, prefix: str, *salt: object) -> str:
        """Return an id that depends on nothing but the request."""
        return prefix + digest(self.fingerprint, *salt)[:24]

    def generator(self, *salt: object) -> random.Random:
        """Return a source of chance that depends on nothing but the request and its seed."""
        return random.Random(int(digest(self.fingerprint, self.seed, *salt)[:16], 16))


@dataclass(frozen=True)
class Answer:
    """What the stand-in says: a text, or wishes to call tools, or both."""

    text: str
    skill: str
    calls: tuple[Call, ...] = ()
    stop: Stop = Stop.END
    stop_sequence: str | None = None
    confidence: float = 1.0
    literal: bool = False
    """Whether the text is data (JSON, a label, code), which instructions about style must leave alone."""


@dataclass(frozen=True)
class Usage:
    """How many tokens a request and its answer have. `cached` and `written` are parts of `prompt`."""

    prompt: int
    completion: int
    cached: int = 0
    written: int = 0


@dataclass(frozen=True)
class Event:
    """One event of a stream: its text on the wire, and how many tokens of the answer it carries."""

    text: str
    tokens: int = 0


@dataclass(frozen=True)
class JudgeConstants:
    """The habits of the judge, chosen by us."""

    position: float = 0.10
    length: float = 0.02
    opening: float = 0.05
    noise: float = 0.08


@dataclass(frozen=True)
class Gullibility:
    """The shares of planted orders that are obeyed, chosen by us."""

    bare: float = 0.90
    tags: float = 0.55
    nonce: float = 0.25
    reminder: float = 0.15
    disguised: float = 0.5


@dataclass(frozen=True)
class Knobs:
    """The settings of the control plane that skills look at."""

    judge: JudgeConstants = field(default_factory=JudgeConstants)
    gullibility: Gullibility = field(default_factory=Gullibility)
    leaky_system: bool = False


def named(words: str) -> frozenset[str]:
    """Return the words of a text as a set: names that are short to read."""
    return frozenset(words.split())


def dumps(value: object) -> str:
    """Write JSON the way every answer is written: compact enough, in the order given, letters as they are."""
    return json.dumps(value, ensure_ascii=False)


def digest(*parts: object) -> str:
    """Return a SHA-256 of some values, in hexadecimal."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def share(*parts: object) -> float:
    """Return a number from 0 to 1 that depends on the values only."""
    return int(digest(*parts)[:13], 16) / 16**13


def pieces(text: str) -> list[str]:
    """Split a text into words, each with the white space before it: what a stream sends one by one."""
    found = re.findall(r"\s*\S+", text)
    rest = text[sum(map(len, found)) :]
    return [*found, rest] if rest else found
