"""The engine's modules keep to the table of docs/design.md, and importing the package costs nothing."""

import ast
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src"
ENGINE = SOURCE / "handrail"
DESIGN = SOURCE.parent / "docs" / "design.md"
ENTRANCES = {"__init__", "__main__"}


def table() -> dict[str, set[str]]:
    rows = re.findall(r"^\| `(\w+)` \| .+? \| (.+?) \|$", DESIGN.read_text(encoding="utf-8"), re.MULTILINE)
    modules = {name for name, _ in rows}
    free = {"nothing": set(), "all, inside each command": modules}
    return {name: free.get(may, set(may.split())) for name, may in rows}


def imported(file: Path) -> set[str]:
    """The engine's modules that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.removeprefix("handrail.") for alias in node.names if alias.name.startswith("handrail")}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name} imports relatively"
            if node.module == "handrail":
                found |= {alias.name for alias in node.names}
            elif node.module and node.module.startswith("handrail."):
                found.add(node.module.removeprefix("handrail."))
    return found


MODULES = sorted(file.stem for file in ENGINE.glob("*.py") if file.stem not in ENTRANCES)


def test_every_module_is_in_the_table_and_every_row_is_a_module() -> None:
    assert set(table()) == set(MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_only_what_the_table_allows(name: str) -> None:
    assert imported(ENGINE / f"{name}.py") <= table().get(name, set())


def test_the_table_has_no_circle() -> None:
    allowed = {name: set(may) for name, may in table().items() if name != "cli"}
    while allowed:
        leaves = {name for name, may in allowed.items() if not may & set(allowed)}
        assert leaves, f"these import each other: {sorted(allowed)}"
        allowed = {name: may for name, may in allowed.items() if name not in leaves}


def test_the_engine_never_imports_the_kit() -> None:
    kit = {name: imported(ENGINE / f"{name}.py") for name in [*MODULES, *ENTRANCES]}
    assert not {name for name, found in kit.items() if any(one.split(".")[0] == "kit" for one in found)}


def test_the_commands_import_the_engine_inside_each_command() -> None:
    tree = ast.parse((ENGINE / "cli.py").read_text(encoding="utf-8"))
    outside = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    inner = {node.module for node in outside if (node.module or "").startswith("handrail")}
    assert inner == {"handrail.model"}


def test_importing_the_package_loads_nothing_outside_the_standard_library() -> None:
    code = "import sys; before = set(sys.modules); import handrail; print(*set(sys.modules) - before)"
    command = [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(SOURCE)!r}); {code}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in said.stdout.split()}
    assert loaded - sys.stdlib_module_names == {"handrail"}


def test_importing_the_package_takes_no_noticeable_time() -> None:
    def milliseconds(code: str) -> float:
        times = []
        for _ in range(5):
            began = time.perf_counter()
            subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(SOURCE)!r}); {code}"])
            times.append(1000 * (time.perf_counter() - began))
        return statistics.median(times)

    assert milliseconds("import handrail") - milliseconds("pass") < 100
