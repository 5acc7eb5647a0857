"""Count the steps that Python itself takes in a call: a loop over elements shows, a loop inside NumPy doesn't."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps(function: Callable[..., Any], *args: Any, **kwargs: Any) -> int:
    """Return how many lines run and how many functions are called while `function` runs. No clock is involved."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.gettrace(), sys.getprofile()
    sys.setprofile(profile)
    sys.settrace(trace)
    try:
        function(*args, **kwargs)
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    return count
