"""What a check says: assertions that speak to a learner.

A check is a plain function of the learner's function. It returns nothing when the answer is right, and everything else
is raised here, as a `Mismatch` with the smallest input that shows it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from handrail.answers import Answer, AnswerRaised, Call, Mismatch, Unattempted, is_stub, told
from handrail.comparison import Rules, difference
from handrail.inputs import arrays, between, call, calls, flags, numbers, tables, words
from handrail.literals import literal
from handrail.search import generated, smallest_failure
from handrail.steps import steps
from handrail.watched import Counted, Watched

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "AnswerRaised",
    "Counted",
    "Mismatch",
    "Watched",
    "agree",
    "arrays",
    "attempt",
    "between",
    "call",
    "calls",
    "close",
    "columns",
    "equivalent",
    "flags",
    "for_all",
    "hints",
    "kind",
    "numbers",
    "raises",
    "require",
    "shape",
    "slow",
    "tables",
    "told_by_message",
    "vectorized",
    "words",
]

Check = TypeVar("Check", bound=Callable[..., Any])


def hints(gentle: str, telling: str, almost: str) -> Callable[[Check], Check]:
    """Give a check its three hints, from gentle to telling. The last is not the answer."""

    def mark(check: Check) -> Check:
        check.hints = (gentle, telling, almost)  # type: ignore[attr-defined]
        return check

    return mark


def equivalent(original: str, mutated: str, *, because: str) -> Callable[[Check], Check]:
    """List a mutant of the reference answer that does what the original does, with the reason."""

    def mark(check: Check) -> Check:
        listed = getattr(check, "equivalents", ())
        check.equivalents = (*listed, (original, mutated, because))  # type: ignore[attr-defined]
        return check

    return mark


def slow(why: str, seconds: float = 120.0) -> Callable[[Check], Check]:
    """Mark a check that trains or loads something slow; one call of the answer may take `seconds`."""

    def mark(check: Check) -> Check:
        check.slow, check.seconds = why, seconds  # type: ignore[attr-defined]
        return check

    return mark


def told_by_message(check: Check) -> Check:
    """Mark a check whose known mistakes are told apart by what it says of them, not by the values they return.

    For answers whose result means something only when it is run or looked at: the text of a query, a figure, a lazy
    table. Two mistakes on which the check fails with the same sentence and input are then the same to it.
    """
    check.by_message = True  # type: ignore[attr-defined]
    return check


def agree(
    answer: Callable[..., Any],
    oracle: Callable[..., Any],
    on: Any,
    *,
    also: Sequence[Call] = (),
    examples: int = 60,
    rtol: float | None = None,
    atol: float | None = None,
    exact_dtype: bool = False,
    order: bool = True,
    why: str = "",
) -> None:
    """Fail unless `answer` returns what an independent `oracle` returns, on every input of `on`.

    Args:
        answer: the learner's function.
        oracle: another way to the same values. It gets a copy of the arguments.
        on: a strategy (one argument, or `call(...)`s), or a tuple of strategies, one for each positional argument.
        also: `call(...)`s that are tried first.
        examples: how many inputs are generated.
        rtol: relative tolerance; by default what the coarser precision of the two allows.
        atol: absolute tolerance, likewise.
        exact_dtype: whether the dtype must be the oracle's.
        order: whether the order of entries, rows or items counts.
        why: a sentence added to the message.
    """
    rules = Rules(rtol, atol, exact_dtype, order)

    def test(given: Call) -> None:
        expected = _outcome(oracle, given.copy())
        mine = given.copy()
        returned = answer(*mine.args, **mine.kwargs)
        problem = difference(returned, expected, rules)
        if problem is not None:
            raise Mismatch(f"{problem} {why}".strip(), given, expected=expected, returned=returned)

    _search(test, on, also, examples)


def for_all(test: Callable[..., None], on: Any, *, also: Sequence[Call] = (), examples: int = 60) -> None:
    """Run `test(*arguments)` on every input of `on`; report the smallest that makes it fail.

    For properties: the test calls the answer itself, and says what must hold with `require`, `close` and the like.
    """

    def run(given: Call) -> None:
        mine = given.copy()
        try:
            test(*mine.args, **mine.kwargs)
        except Mismatch as problem:
            problem.inputs = problem.inputs or _named(test, given)
            raise

    _search(run, on, also, examples)


def require(condition: Any, message: str, given: Call | None = None) -> None:
    """Fail with this sentence unless the condition holds."""
    if not condition:
        raise Mismatch(message, given)


def close(
    returned: Any,
    expected: Any,
    what: str = "the result",
    given: Call | None = None,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    exact_dtype: bool = False,
    order: bool = True,
    why: str = "",
) -> None:
    """Fail unless the two values agree; the arguments are those of `agree`."""
    problem = difference(returned, expected, Rules(rtol, atol, exact_dtype, order), what)
    if problem is not None:
        raise Mismatch(f"{problem} {why}".strip(), given, expected=expected, returned=returned)


def kind(value: Any, types: type | tuple[type, ...], what: str = "the result") -> None:
    """Fail unless `value` is of one of these types."""
    if isinstance(value, types):
        return
    wanted = " or ".join(t.__name__ for t in (types if isinstance(types, tuple) else (types,)))
    article = "an" if wanted[0] in "AEIOaeio" else "a"
    missing = " Is a `return` missing?" if value is None and what == "the result" else ""
    name = "None" if value is None else type(value).__name__
    raise Mismatch(f"{_begin(what)} should be {article} {wanted}; it is {name}.{missing}", returned=value)


def shape(value: Any, expected: tuple[int | None, ...], what: str = "the result") -> None:
    """Fail unless an array or tensor has this shape; None stands for any length."""
    mine = getattr(value, "shape", None)
    if not isinstance(mine, tuple):
        raise Mismatch(f"{_begin(what)} should have shape {expected}; it is {literal(value)}.", returned=value)
    fits = len(mine) == len(expected) and all(b is None or a == b for a, b in zip(mine, expected, strict=True))
    if not fits:
        raise Mismatch(f"{_begin(what)} should have shape {expected}; it has {tuple(mine)}.", returned=value)


def columns(frame: Any, names: Sequence[str], what: str = "the result") -> None:
    """Fail unless a table has exactly these columns, in this order."""
    if not hasattr(frame, "columns"):
        raise Mismatch(f"{_begin(what)} should be a DataFrame; it is {literal(frame)}.", returned=frame)
    mine = [str(name) for name in frame.columns]
    if mine != list(names):
        raise Mismatch(f"{_begin(what)} should have the columns {list(names)}; it has {mine}.", returned=frame)


def raises(
    answer: Callable[..., Any],
    error: type[BaseException] | tuple[type[BaseException], ...],
    given: Call,
    why: str = "",
    *,
    says: str = "",
) -> None:
    """Fail unless the answer refuses this input with such an exception, whose message contains `says`."""
    mine = given.copy()
    wanted = " or ".join(e.__name__ for e in (error if isinstance(error, tuple) else (error,)))
    try:
        returned = answer(*mine.args, **mine.kwargs)
    except AnswerRaised as raised:
        if not isinstance(raised.error, error):
            name = type(raised.error).__name__
            raise Mismatch(f"This input must raise {wanted}; it raised {name}. {why}".strip(), given) from raised
        if says not in str(raised.error):
            message = f"The message must contain {says!r}; it is {str(raised.error)!r}. {why}"
            raise Mismatch(message.strip(), given) from raised
        return
    except error:
        return
    raise Mismatch(f"This input must raise {wanted}. {why}".strip(), given, returned=returned)


def vectorized(answer: Callable[..., Any], small: Call, large: Call, why: str = "") -> None:
    """Fail if the answer takes more steps of Python on the large input than on the small one.

    What grows is a loop over the elements in Python, however it is written; a loop inside NumPy takes no step. Both
    calls should be of the same kind and differ in size, the large one by a hundred elements or more.
    """
    for given in (small, large):  # the first calls may import, and fill caches
        mine = given.copy()
        answer(*mine.args, **mine.kwargs)
    function = answer.function if isinstance(answer, Answer) else answer
    few, many = (steps(function, *given.args, **given.kwargs) for given in (small.copy(), large.copy()))
    if many > few + 50:
        message = "The work is done one element at a time in Python: the larger the input, the more steps it takes."
        raise Mismatch(f"{message} {why}".strip(), small)


def attempt(action: Callable[[], Any], doing: str, given: Call | None = None) -> Any:
    """Run something that the learner made; an exception becomes a failure that says what was being done."""
    try:
        return action()
    except (Mismatch, AnswerRaised, Unattempted):
        raise
    except Exception as error:
        if is_stub(error):
            raise Unattempted from error
        raise Mismatch(f"{_begin(doing)} raised {told(error)}", given) from error


def _begin(text: str) -> str:
    return text[0].upper() + text[1:]


def _search(test: Callable[[Call], None], on: Any, also: Sequence[Call], examples: int) -> None:
    failure = smallest_failure(test, _strategy(on), also, examples)
    if failure is not None:
        raise failure


def _strategy(on: Any) -> SearchStrategy[Call]:
    from hypothesis import strategies as st

    if isinstance(on, tuple):
        return st.tuples(*on).map(lambda drawn: Call(tuple(drawn)))
    if isinstance(on, list):
        return st.sampled_from([generated(one) for one in on])
    return on.map(generated)  # type: ignore[no-any-return]


def _outcome(oracle: Callable[..., Any], given: Call) -> Any:
    """Call the oracle; if that is an answer itself (another exercise), its own function."""
    function = oracle.function if isinstance(oracle, Answer) else oracle
    return function(*given.args, **given.kwargs)


def _named(test: Callable[..., None], given: Call) -> str:
    names = list(inspect.signature(test).parameters)
    pairs = [*zip(names, given.args, strict=False), *given.kwargs.items()]
    return "\n".join(f"{name} = {literal(value)}" for name, value in pairs)
