import functools
import math
import types

import pytest

from handrail.tampering import guarded


def test_nothing_is_said_where_nothing_was_touched() -> None:
    with guarded() as touched:
        math.sqrt(2)
    assert touched() == ""


def test_what_was_replaced_is_put_back_even_after_an_exception() -> None:
    before = math.sqrt
    with pytest.raises(ValueError), guarded() as touched:
        math.sqrt = abs  # type: ignore[assignment]
        assert touched() == "Your function replaced `math.sqrt` for everyone. Leave it as it is."
        raise ValueError
    assert math.sqrt is before


def test_private_names_new_names_and_constants_may_change() -> None:
    with guarded() as touched:
        math.new, math._private = 1, 2  # type: ignore[attr-defined]
        assert touched() == ""
    del math.new, math._private  # type: ignore[attr-defined]


def test_only_what_comes_from_the_notebook_was_replaced_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = types.FunctionType((lambda: 0).__code__, {"__name__": "__main__"}, "mine")
    theirs = types.FunctionType((lambda: 0).__code__, {"__name__": "some.library"}, "theirs")
    monkeypatch.setattr(math, "sqrt", theirs)
    with guarded() as touched:
        assert touched() == ""
    monkeypatch.setattr(math, "sqrt", mine)
    with guarded() as touched:
        assert touched().startswith("`math.sqrt` has been replaced by a function of yours.")


def test_a_library_may_replace_its_own_names_and_a_wrapper_is_not_its_own() -> None:
    numpy = pytest.importorskip("numpy")
    before = numpy.mean
    theirs = types.FunctionType((lambda: 0).__code__, {"__name__": "numpy.lazy"}, "mean")
    with guarded() as touched:
        numpy.mean = theirs
        assert touched() == ""
    assert numpy.mean is theirs
    with guarded() as touched:
        numpy.mean = functools.wraps(before)(lambda *values: 0)
        assert touched().startswith("Your function replaced `numpy.mean`")
    numpy.mean = before
