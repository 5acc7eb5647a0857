import ast

import pytest

from handrail.mutants import Mutant, mutants


def changes(source: str) -> set[tuple[str, str]]:
    return {(mutant.original, mutant.mutated) for mutant in mutants(source)}


@pytest.mark.parametrize(
    ("line", "change"),
    [
        ("x = a + b", ("a + b", "a - b")),
        ("x = a - b", ("a - b", "a + b")),
        ("x = a * b", ("a * b", "a / b")),
        ("x = a / b", ("a / b", "a * b")),
        ("x = a // b", ("a // b", "a / b")),
        ("x = a % b", ("a % b", "a * b")),
        ("x = a ** b", ("a ** b", "a * b")),
        ("x = a @ b", ("a @ b", "a * b")),
        ("x = a & b", ("a & b", "a | b")),
        ("x = a | b", ("a | b", "a & b")),
        ("x += a", ("x += a", "x -= a")),
        ("x = a < b", ("a < b", "a <= b")),
        ("x = a <= b", ("a <= b", "a < b")),
        ("x = a > b", ("a > b", "a >= b")),
        ("x = a >= b", ("a >= b", "a > b")),
        ("x = a == b", ("a == b", "a != b")),
        ("x = a != b", ("a != b", "a == b")),
        ("x = a in b", ("a in b", "a not in b")),
        ("x = a not in b", ("a not in b", "a in b")),
        ("x = a is b", ("a is b", "a is not b")),
        ("x = a is not b", ("a is not b", "a is b")),
        ("x = a < b < c", ("a < b < c", "a < b <= c")),
        ("x = a and b", ("a and b", "a or b")),
        ("x = a or b", ("a or b", "a and b")),
        ("x = not a", ("not a", "a")),
        ("x = -a", ("-a", "a")),
        ("x = ~a", ("~a", "a")),
        ("x = a if b else c", ("a if b else c", "a if not b else c")),
        ("if a: b()", ("if a:", "if not a:")),
        ("while a: b()", ("while a:", "while not a:")),
        ("f(3)", ("f(3)", "f(4)")),
        ("f(3)", ("f(3)", "f(2)")),
        ("f(0)", ("f(0)", "f(1)")),
        ("f(2.5)", ("f(2.5)", "f(5.0)")),
        ("f(0.0)", ("f(0.0)", "f(1.0)")),
        ("f(True)", ("f(True)", "f(False)")),
        ("f('a')", ("f('a')", "f('a?')")),
        ("x = a.min()", ("a.min", "a.max")),
        ("x = min(a)", ("min", "max")),
        ("x = a.mean()", ("a.mean", "a.sum")),
        ("x = np.floor(a)", ("np.floor", "np.ceil")),
        ("f(a, axis=b)", ("f(a, axis=b)", "f(a)")),
        ("f(axis=1)", ("f(axis=1)", "f(axis=2)")),
        ("x = a[1:]", ("a[1:]", "a[:]")),
        ("x = a[:b]", ("a[:b]", "a[:]")),
        ("x = a[::c]", ("a[::c]", "a[:]")),
        ("x = a[1:, 2]", ("a[1:, 2]", "a[2:, 2]")),
        ("f(a, key=(1, 2))", ("f(a, key=(1, 2))", "f(a, key=(2, 2))")),
        ("f(key=a[1:, -3])", ("a[1:, -3]", "a[1:, -4]")),
        ("f(axis=-1)", ("f(axis=-1)", "f(axis=-2)")),
        ("return a", ("return a", "return")),
        ("a()", ("a()", "")),
        ("x = a", ("x = a", "")),
        ("x += a", ("x += a", "")),
        ("for i in a: b()", ("for i in a:", "")),
        ("if a: b()", ("if a:", "")),
    ],
)
def test_each_small_change_is_made(line: str, change: tuple[str, str]) -> None:
    assert change in changes(f"def f(a, b, c):\n    {line}\n")


def test_what_is_said_to_people_is_left_alone() -> None:
    source = '''
import math

@decorated(1)
def f(x: list[1] = None) -> dict[2]:
    """Return 3."""
    y: "text"
    if x:
        raise ValueError("message %d" % 4)
    assert x == 5, "six"

class C:
    """Seven."""
    z: int
'''
    assert changes(source) == {("if x:", "if not x:"), ("if x:", "")}


def test_defaults_methods_and_inner_functions_are_changed() -> None:
    source = "class C:\n    def m(self, n=1):\n        def g(k):\n            return k + n\n        return g(2)\n"
    found = changes(source)
    assert ("k + n", "k - n") in found
    assert ("g(2)", "g(3)") in found
    assert any("n=2" in mutated for _, mutated in found)


def test_there_are_no_twins_and_none_is_the_original() -> None:
    source = "def f(x):\n    y = x[1:] + x[1:]\n    if y < 1 and y > -1:\n        y = 1 * y\n    return min(y, 1)\n"
    found = mutants(source)
    texts = [mutant.source for mutant in found]
    assert len(texts) == len(set(texts))
    assert ast.unparse(ast.parse(source)) not in texts
    assert all(mutant.original != mutant.mutated for mutant in found)
    for text in texts:
        compile(text, "mutant", "exec")


def test_a_mutant_says_what_and_where() -> None:
    assert str(Mutant("a < b", "a <= b", 3, "")) == "line 3: `a < b` -> `a <= b`"
    assert str(Mutant("a()", "", 3, "")) == "line 3: `a()` -> `nothing`"
    (mutant,) = [m for m in mutants("def f(a):\n\n    return a + 1\n") if m.mutated == "a - 1"]
    assert mutant.line == 3


def test_the_answer_of_an_exercise_has_a_mutant_for_each_operator() -> None:
    source = "def share(part, whole):\n    if whole == 0:\n        return 0.0\n    return part / whole\n"
    assert changes(source) == {
        ("if whole == 0:", "if not whole == 0:"),
        ("if whole == 0:", ""),
        ("whole == 0", "whole != 0"),
        ("whole == 0", "whole == 1"),
        ("return 0.0", "return 1.0"),
        ("return 0.0", "return"),
        ("part / whole", "part * whole"),
        ("return part / whole", "return"),
    }
