"""Values that watch how they are used."""

from __future__ import annotations

from typing import Any

import numpy as np


class Counted:
    """A value that counts how often values of its `tally` were compared."""

    def __init__(self, value: Any, tally: list[int] | None = None) -> None:
        self.value = value
        self.tally = [0] if tally is None else tally

    def __eq__(self, other: object) -> bool:
        self.tally[0] += 1
        return bool(self.value == getattr(other, "value", other))

    def __lt__(self, other: Any) -> bool:
        self.tally[0] += 1
        return bool(self.value < getattr(other, "value", other))

    def __gt__(self, other: Any) -> bool:
        self.tally[0] += 1
        return bool(self.value > getattr(other, "value", other))

    def __le__(self, other: Any) -> bool:
        self.tally[0] += 1
        return bool(self.value <= getattr(other, "value", other))

    def __ge__(self, other: Any) -> bool:
        self.tally[0] += 1
        return bool(self.value >= getattr(other, "value", other))

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return repr(self.value)

    def __deepcopy__(self, memo: Any) -> Counted:
        return Counted(self.value, self.tally)


MOST_SINGLE_READS = 8
FEW = 4
"""An axis this short may be looped over: `x, y = points.T` is no loop over points."""


class LoopedOver(Exception):
    """A watched array was looped over."""


class Watched(np.ndarray):
    """An array that refuses to be looped over in Python. Make one with `Watched.of(array)`."""

    @classmethod
    def of(cls, array: Any) -> Watched:
        """Return a watched view of an array."""
        return np.asarray(array).view(cls)

    def __array_finalize__(self, parent: Any) -> None:
        self.single_reads = 0

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, int | np.integer) or (
            isinstance(key, tuple) and all(isinstance(k, int | type(...)) for k in key)
        ):
            self.single_reads += 1
            if self.single_reads > MOST_SINGLE_READS:
                raise LoopedOver("you read the elements one by one; one array expression does it")
        return super().__getitem__(key)

    def __iter__(self) -> Any:
        if self.ndim and len(self) > FEW:
            raise LoopedOver("you loop over the elements in Python; one array expression does it")
        return super().__iter__()

    def tolist(self) -> Any:
        """Refuse as well: a loop over the list would be the same loop."""
        raise LoopedOver("you turn the array into a list; one array expression does it")
