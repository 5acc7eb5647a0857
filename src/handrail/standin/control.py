"""The control plane: settings that a lesson changes, and what the server remembers of the requests it answered."""

import hashlib
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from handrail.standin import errors, faults, tokens
from handrail.standin.errors import WireError
from handrail.standin.faults import Fault
from handrail.standin.limits import Limiter
from handrail.standin.request import Gullibility, JudgeConstants, Knobs, Request, Usage, digest

REMEMBERED = 2_000
"""So many requests stay in the log."""
CACHE_FROM = 256
"""A prefix of this many tokens, and then of every 64 more, is remembered for the prompt cache."""
CACHE_STEP = 64
PREFIXES = 50_000
"""So many prefixes are remembered at most."""
PLANNED = 10_000
"""So many faults can be ordered at once."""


class Config(BaseModel):
    """The settings. Whatever isn't named in an update stays as it is."""

    model_config = ConfigDict(extra="forbid")
    ttft_ms: float = Field(default=0, ge=0, le=60_000)
    ms_per_token: float = Field(default=0, ge=0, le=10_000)
    clock: Literal["real", "virtual"] = "real"
    rpm: int | None = Field(default=None, ge=1)
    tpm: int | None = Field(default=None, ge=1)
    max_inflight: int | None = Field(default=None, ge=1)
    faults: list[str] = Field(default_factory=list, max_length=PLANNED)
    fault_rate: dict[str, float] = Field(default_factory=dict)
    fault_seed: int = 0
    vary: bool = False
    judge: JudgeConstants = Field(default_factory=JudgeConstants)
    gullibility: Gullibility = Field(default_factory=Gullibility)
    leaky_system: bool = False

    @field_validator("faults", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        return [str(one) for one in value] if isinstance(value, list) else value

    @field_validator("faults")
    @classmethod
    def _known(cls, value: list[str]) -> list[str]:
        for one in value:
            faults.parse(one)
        return value

    @field_validator("fault_rate", mode="before")
    @classmethod
    def _status(cls, value: Any) -> Any:
        return {"500": value} if isinstance(value, (int, float)) else value

    @field_validator("fault_rate")
    @classmethod
    def _shares(cls, value: dict[str, float]) -> dict[str, float]:
        for name, rate in value.items():
            faults.parse(name)
            if not 0 <= rate <= 1:
                raise ValueError(f"the rate of {name!r} is {rate:g}, and a rate is between 0 and 1")
        if sum(value.values()) > 1 + 1e-9:
            raise ValueError("the rates sum up to more than 1")
        return value

    def knobs(self) -> Knobs:
        """Return what skills look at."""
        return Knobs(self.judge, self.gullibility, self.leaky_system)


@dataclass
class Entry:
    """One request in the log."""

    path: str
    model: str = ""
    status: int = 200
    skill: str = ""
    fault: str = ""
    stream: bool = False
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    simulated_ms: float = 0.0
    sent_tokens: int = 0
    finished: bool = False
    system: str = ""
    messages: list[dict[str, str]] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    answer: str = ""


class Control:
    """The settings, and the state that they act on. It lives in the server's event loop and needs no lock."""

    def __init__(self) -> None:
        """Start with the default settings, nothing remembered."""
        self.inflight = 0
        self.reset()

    def reset(self) -> None:
        """Go back to the default settings and forget all requests."""
        self.config = Config()
        self.limiter = Limiter(time.monotonic)
        self.log: deque[Entry] = deque(maxlen=REMEMBERED)
        self.served = 0
        self.peak = self.inflight
        self.seen: Counter[str] = Counter()
        self.prefixes: dict[str, None] = {}

    def update(self, values: Any) -> dict[str, Any]:
        """Change some settings and return all. Raises WireError if one is wrong; then nothing changes."""
        if not isinstance(values, dict):
            raise WireError(400, 'The settings are an object, for example {"ttft_ms": 80}.')
        current = self.config.model_dump()
        for name in ("judge", "gullibility"):
            if isinstance(values.get(name), dict):
                values = {**values, name: {**current[name], **values[name]}}
        try:
            self.config = Config.model_validate({**current, **values})
        except ValidationError as error:
            errors.invalid(error)
        self.limiter.configure(self.config.rpm, self.config.tpm)
        return self.config.model_dump()

    def enter(self) -> None:
        """Count a request in. Raises WireError with a 529 if there are too many."""
        if self.config.max_inflight is not None and self.inflight >= self.config.max_inflight:
            raise WireError(529)
        self.inflight += 1
        self.peak = max(self.peak, self.inflight)

    def leave(self) -> None:
        """Count a request out."""
        self.inflight -= 1

    def fault(self, fingerprint: str, header: str | None) -> Fault | None:
        """Return the fault of this request: its own header's, the next that was ordered, or one that is drawn."""
        attempt = self.seen[fingerprint]
        self.seen[fingerprint] += 1
        if header is not None:
            try:
                return faults.parse(header)
            except ValueError as error:
                raise WireError(400, str(error), param="x-handrail-fault") from None
        planned = self.config.faults
        if planned:
            return faults.parse(planned[0] if planned[0] == faults.STAYS else planned.pop(0))
        return faults.drawn(self.config.fault_rate, self.config.fault_seed, fingerprint, attempt)

    def varied(self, request: Request) -> Request:
        """Return the request as the skills see it: with `vary` no two are equal."""
        self.served += 1
        if not self.config.vary:
            return request
        return replace(request, fingerprint=digest(request.fingerprint, self.served))

    def cached(self, request: Request, prompt: int) -> Usage:
        """Return the tokens of a prompt, with those that were seen before, and remember it."""
        segments = [tokens.encode(segment) for segment in request.segments()]
        flat = [number for segment in segments for number in segment]
        if request.automatic_cache:
            ends = list(range(CACHE_FROM, len(flat) + 1, CACHE_STEP))
        else:
            ends = sorted({sum(map(len, segments[:mark])) for mark in request.cache_marks})
            ends = [end for end in ends if end >= CACHE_FROM]
        keys = dict(zip(ends, _prefixes(request.model, flat, ends), strict=True))
        known = max((end for end, key in keys.items() if key in self.prefixes), default=0)
        self.prefixes |= dict.fromkeys(keys.values())
        while len(self.prefixes) > PREFIXES:
            del self.prefixes[next(iter(self.prefixes))]
        written = 0 if request.automatic_cache or not ends else ends[-1] - known
        return Usage(prompt, 0, known, written)

    def delay(self, completion: int) -> float:
        """Return the milliseconds that an answer of so many tokens takes."""
        return self.config.ttft_ms + completion * self.config.ms_per_token

    def report(self) -> dict[str, Any]:
        """Return the log."""
        return {
            "requests": [asdict(entry) for entry in self.log],
            "count": self.served,
            "in_flight": self.inflight,
            "peak_in_flight": self.peak,
        }


def _prefixes(model: str, numbers: list[int], ends: list[int]) -> Iterator[str]:
    """Yield a hash of each prefix, reading the numbers once."""
    running = hashlib.sha256(model.encode())
    begin = 0
    for end in ends:
        running.update("".join(f",{number}" for number in numbers[begin:end]).encode())
        begin = end
        yield running.hexdigest()
