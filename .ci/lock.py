#!/usr/bin/env python3
"""Write requirements.lock: the exact version of everything that pyproject.toml asks for.

    make lock                                      the newest versions that fit together
    make lock PIP_ARGS="-c constraints.txt"        versions chosen elsewhere

A fresh environment gets the project with all its extras; what came along is written down, with a marker where only some
systems need it. The lock is used as constraints, so a system that needs one package more still installs. Make it with
the oldest Python that the course supports, Debian 12's 3.11.2: the newest versions of some ask for a later 3.11.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

COURSE = Path(__file__).resolve().parent.parent
SYSTEMS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    "darwin": {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    "win32": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
}
MARKERS = {
    frozenset(["linux", "darwin"]): ' ; sys_platform != "win32"',
    frozenset(["linux", "win32"]): ' ; sys_platform != "darwin"',
    frozenset(["linux"]): ' ; sys_platform == "linux"',
}
HEADER = """\
# The exact versions that `make lab` and `make test` install: everything that pyproject.toml and its extras ask for.
# Made by `make lock` on {system} with Python {python}; don't edit. It is used as constraints: the resolver still
# decides what a system needs, such as the packages that belong to the build of torch that its index offers.
# Not needed here, so not pinned: {unpinned}.
"""


def installed(extras: list[str], arguments: list[str]) -> dict[str, Any]:
    """Return `pip inspect` of a fresh environment with the project and its extras."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [str(Path(folder, "bin", "python")), "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "--quiet", "--upgrade", "pip", "setuptools", *arguments], check=True)
        course = ["--no-build-isolation", "--editable", f"{COURSE}[{','.join(extras)}]"]
        subprocess.run([*pip, "install", "--quiet", *course, *arguments], check=True)
        subprocess.run([*pip, "check"], check=True)
        report: dict[str, Any] = json.loads(subprocess.run([*pip, "inspect"], check=True, capture_output=True).stdout)
        return report


def needed(extras: list[str], requirements: dict[str, list[Requirement]], environment: dict[str, str]) -> set[str]:
    """Return the names of all that the project and its extras need in an environment."""
    found: set[tuple[str, str]] = set()
    waiting = [("handrail", extra) for extra in ["", *extras]]
    while waiting:
        name, extra = pair = waiting.pop()
        if pair in found:
            continue
        found.add(pair)
        for requirement in requirements.get(name, []):
            if requirement.marker is None or requirement.marker.evaluate({**environment, "extra": extra}):
                target = canonicalize_name(requirement.name)
                waiting += [(target, ""), *((target, wanted) for wanted in requirement.extras)]
    return {name for name, _ in found}


def lock(extras: list[str], report: dict[str, Any]) -> str:
    """Return the text of requirements.lock for what was installed."""
    packages = {str(canonicalize_name(entry["metadata"]["name"])): entry["metadata"] for entry in report["installed"]}
    requirements = {
        name: [Requirement(text) for text in metadata.get("requires_dist", [])] for name, metadata in packages.items()
    }
    wanted = {
        system: needed(extras, requirements, {**report["environment"], **values}) for system, values in SYSTEMS.items()
    }
    lines = []
    for name, metadata in sorted(packages.items()):
        if name == "handrail":
            continue
        systems = frozenset(system for system, names in wanted.items() if name in names)
        # "+cpu" and the like name a build that only one index offers.
        version = metadata["version"].partition("+")[0]
        lines.append(f"{name}=={version}{MARKERS.get(systems, '')}\n")
    unpinned = sorted(set().union(*wanted.values()) - set(packages))
    environment = report["environment"]
    header = HEADER.format(
        system=environment["platform_system"],
        python=environment["python_version"],
        unpinned=", ".join(unpinned) or "nothing",
    )
    return header + "".join(lines)


def main() -> None:
    """Write the lock beside pyproject.toml."""
    project = tomllib.loads((COURSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = sorted(project["optional-dependencies"])
    (COURSE / "requirements.lock").write_text(lock(extras, installed(extras, sys.argv[1:])), encoding="utf-8")


if __name__ == "__main__":
    main()
