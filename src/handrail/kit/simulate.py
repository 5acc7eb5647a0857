"""Many callers of one service, played in virtual time: what waiting, retrying and limits do to all of them together.

Nothing sleeps and nobody is called. The same arguments return the same numbers on every machine.
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

__all__ = ["Attempt", "Crowd", "Storm", "back_off", "crowd", "retry_storm"]

BASE, CEILING = 0.5, 8.0
"""The first wait and the longest, in seconds: the defaults of both providers' SDKs."""
REFUSED_IN = 0.01
"""So many seconds pass until a refusal is back. Chosen by us."""


@dataclass(frozen=True)
class Attempt:
    """One request of one call: when it began and ended, in seconds, and whether the service answered."""

    call: int
    begin: float
    end: float
    answered: bool


@dataclass(frozen=True)
class Crowd:
    """What became of a number of calls."""

    attempts: list[Attempt]
    failed: int
    seconds: float

    @property
    def refused(self) -> int:
        """The number of requests that were turned away."""
        return sum(not attempt.answered for attempt in self.attempts)


@dataclass(frozen=True)
class Storm:
    """What a service saw and its clients waited: attempts in each tick, and seconds until each client was served."""

    attempts: np.ndarray
    waits: np.ndarray


def back_off(attempt: int, jitter: float, rng: np.random.Generator) -> float:
    """Return the seconds to wait after failed attempt number `attempt` (from 0): 0.5, 1, 2 ... and 8 at most.

    `jitter` is the share of that time which is left to chance: 0 always waits the whole, 1 any time down to none.
    """
    return min(BASE * 2.0**attempt, CEILING) * (1 - jitter * rng.random())


def retry_storm(
    clients: int = 100, served: int = 10, tick: float = 0.1, *, jitter: float = 0.0, seed: int = 0
) -> Storm:
    """Let all clients ask at once a service that serves `served` of them a tick; the others back off and come again.

    Within a tick the earliest are served; who is turned away comes again in the next tick at the earliest. Nobody gives
    up.
    """
    rng = np.random.default_rng(seed)
    queue = [(0.0, client, 0) for client in range(clients)]  # time, client, attempts before
    attempts: list[int] = []
    waits = np.zeros(clients)
    while queue:
        number = len(attempts)
        place = 0
        while queue and int(queue[0][0] / tick + 1e-9) == number:
            when, client, before = heapq.heappop(queue)
            if place < served:
                waits[client] = when
            else:
                heapq.heappush(
                    queue, (max(when + back_off(before, jitter, rng), (number + 1) * tick), client, before + 1)
                )
            place += 1
        attempts.append(place)
    return Storm(np.array(attempts), waits)


def crowd(
    durations: Sequence[float],
    at_once: int,
    allowed: int | None = None,
    *,
    retries: int = 2,
    jitter: float = 0.25,
    seed: int = 0,
) -> Crowd:
    """Make calls that take so many seconds each, `at_once` of them together, against a service that allows `allowed`.

    A request above what is allowed is refused, and tried again after a pause, `retries` times at most. While it waits
    it keeps its place among the `at_once`, as a call inside a semaphore does. Calls start in order.
    """
    rng = np.random.default_rng(seed)
    waiting = list(range(len(durations)))[::-1]
    events: list[tuple[float, int, Literal["done", "try"], int, int]] = []  # time, order, what, call, attempts before
    attempts: list[Attempt] = []
    order = busy = failed = 0
    now = 0.0

    def plan(when: float, what: Literal["done", "try"], call: int, before: int) -> None:
        nonlocal order
        order += 1
        heapq.heappush(events, (when, order, what, call, before))

    def begin_next() -> None:
        if waiting:
            plan(now, "try", waiting.pop(), 0)

    for _ in range(min(at_once, len(durations))):
        begin_next()
    while events:
        now, _, what, call, before = heapq.heappop(events)
        if what == "done":
            busy -= 1
            begin_next()
        elif allowed is None or busy < allowed:
            busy += 1
            attempts.append(Attempt(call, now, now + durations[call], answered=True))
            plan(now + durations[call], "done", call, before)
        else:
            attempts.append(Attempt(call, now, now + REFUSED_IN, answered=False))
            if before < retries:
                plan(now + REFUSED_IN + back_off(before, jitter, rng), "try", call, before + 1)
            else:
                failed += 1
                begin_next()
    return Crowd(attempts, failed, max((attempt.end for attempt in attempts), default=0.0))
