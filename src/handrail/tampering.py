"""Notice an answer that replaces functions of NumPy and the like, and put them back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

NUMPY = ("numpy", "numpy.linalg", "numpy.random")
GUARDED = ("builtins", "math", "copy", "random", "pandas", "torch", "torch.nn.functional", *NUMPY)


@contextmanager
def guarded() -> Iterator[Callable[[], str]]:
    """Yield a function that says, in a sentence, what was replaced while the block ran (or before it). Put it back."""
    before = [(found, dict(vars(found))) for name in GUARDED if (found := sys.modules.get(name)) is not None]
    earlier = _replaced_earlier(before)

    def touched() -> str:
        if earlier:
            return f"`{earlier}` has been replaced by a function of yours. Restart the kernel, and leave it as it is."
        changed = next(_changes(before), None)
        if changed is None:
            return ""
        return f"Your function replaced `{changed[0].__name__}.{changed[1]}` for everyone. Leave it as it is."

    try:
        yield touched
    finally:
        sys.modules.update({module.__name__: module for module, _ in before})
        for module, name, value in list(_changes(before)):
            setattr(module, name, value)


def _changes(before: list[tuple[ModuleType, dict[str, Any]]]) -> Iterator[tuple[ModuleType, str, Any]]:
    for module, names in before:
        now = vars(module)
        for name, value in names.items():
            changed = now.get(name) is not value and not name.startswith("_") and callable(value)
            if changed and not _its_own(module, now.get(name)):
                yield module, name, value


def _its_own(module: ModuleType, new: Any) -> bool:
    """Whether a library replaced a name of its own, as torch does when a part of it is first imported.

    Where a function was written counts, not what it says of itself: `functools.wraps` copies that.
    """
    written = getattr(new, "__globals__", {}).get("__name__", "")
    return str(written).split(".")[0] == module.__name__.split(".")[0]


def _replaced_earlier(before: list[tuple[ModuleType, dict[str, Any]]]) -> str:
    for module, names in before:
        for name, value in names.items() if module.__name__ != "builtins" else ():
            if getattr(value, "__module__", "") == "__main__" and not name.startswith("_"):
                return f"{module.__name__}.{name}"
    return ""
