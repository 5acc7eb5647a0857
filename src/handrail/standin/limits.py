"""Rate limits: buckets of requests and of tokens for each key, refilled all the time."""

from collections.abc import Callable
from dataclasses import dataclass, field

from handrail.standin.errors import WireError

MINUTE = 60.0


@dataclass
class Bucket:
    """So many a minute: full at the start, never above its capacity."""

    per_minute: int
    level: float
    at: float

    def refill(self, now: float) -> None:
        """Add what has flowed in since the last look."""
        self.level = min(self.per_minute, self.level + (now - self.at) * self.per_minute / MINUTE)
        self.at = now

    def wait(self, amount: float) -> float:
        """Return the seconds until so much is in the bucket."""
        return max(0.0, (min(amount, self.per_minute) - self.level) * MINUTE / self.per_minute)

    def headers(self, name: str) -> dict[str, str]:
        """Return the three headers that say where the caller stands."""
        return {
            f"x-ratelimit-limit-{name}": str(self.per_minute),
            f"x-ratelimit-remaining-{name}": str(int(self.level)),
            f"x-ratelimit-reset-{name}": f"{self.wait(self.per_minute):.3f}s",
        }


@dataclass
class Limiter:
    """The buckets of all keys."""

    clock: Callable[[], float]
    rpm: int | None = None
    tpm: int | None = None
    buckets: dict[tuple[str, str], Bucket] = field(default_factory=dict)

    def configure(self, rpm: int | None, tpm: int | None) -> None:
        """Set the limits. A limit that changes starts with full buckets."""
        if (rpm, tpm) != (self.rpm, self.tpm):
            self.rpm, self.tpm = rpm, tpm
            self.buckets.clear()

    def take(self, key: str, tokens: int) -> dict[str, str]:
        """Take one request and its tokens, and return the headers. Raises WireError with a 429 if they aren't there."""
        asked = [("requests", self.rpm, 1), ("tokens", self.tpm, tokens)]
        found = [(name, self._bucket(key, name, limit), amount) for name, limit, amount in asked if limit]
        for name, bucket, amount in found:
            if wait := bucket.wait(amount):
                raise WireError(
                    429,
                    f"Rate limit reached for {name}: limit {bucket.per_minute} a minute, requested {amount}. "
                    f"Please try again in {wait:.3f}s.",
                    retry_after=round(wait + 0.0005, 3),
                )
        headers: dict[str, str] = {}
        for name, bucket, amount in found:
            bucket.level -= amount
            headers |= bucket.headers(name)
        return headers

    def _bucket(self, key: str, name: str, limit: int) -> Bucket:
        now = self.clock()
        bucket = self.buckets.setdefault((key, name), Bucket(limit, float(limit), now))
        bucket.refill(now)
        return bucket
