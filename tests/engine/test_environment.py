"""What `make lab` does before anything is installed: the decisions, and the sentence for each thing in its way."""

import ast
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from handrail import environment
from handrail.environment import Course, SetupError, Stamp, Step, Wish

SOURCE = Path(environment.__file__)
HERE = environment.dotted(sys.version_info[:2])
READY = Stamp("ready", "k", ("fundamentals",), "/course", "3.11")
# A build backend of its own, so that no test needs setuptools or an index.
BACKEND = """
import zipfile

def wheel(folder, name, version):
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
    metadata += "Requires-Dist: dependency\\n" if name == "miniature" else ""
    tags = "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    with zipfile.ZipFile(f"{folder}/{name}-{version}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", tags)
        archive.writestr(f"{info}/RECORD", f"{name}.py,,\\n{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n")
    return f"{name}-{version}-py3-none-any.whl"

def build_editable(folder, settings=None, metadata=None):
    return wheel(folder, "miniature", "1")
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "miniature"
version = "1"
dependencies = ["dependency"]
[project.optional-dependencies]
first-steps = []
going-on = []
dev = []
[tool.handrail.megabytes]
base = 1
first-steps = 2
going-on = 3
dev = 1
"""


@pytest.fixture
def course(tmp_path) -> Course:
    """Return a checkout with two phases, whose path has a space and a letter outside ASCII."""
    return checkout(tmp_path / "my é course")


def checkout(folder: Path) -> Course:
    for phase in ("01_first_steps", "02_going_on"):
        (folder / "notebooks" / phase).mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / "backend.py").write_text(BACKEND)
    (folder / "requirements.lock").write_text("# nothing\n")
    return environment.read_course(folder)


@pytest.fixture
def quick(monkeypatch) -> list[str]:
    """Make an environment of a link to this Python, install nothing; return what was done."""
    done = []

    def make(course, display):
        done.append("make")
        (course.venv / environment.SCRIPTS).mkdir(parents=True)
        (course.venv / environment.SCRIPTS / "python").symlink_to(sys.executable)
        (course.venv / "lib" / "python3" / "site-packages").mkdir(parents=True)

    monkeypatch.setattr(environment, "make", make)
    monkeypatch.setattr(environment, "install", lambda course, extras, *_: done.append(f"install {' '.join(extras)}"))
    monkeypatch.setattr(environment, "repair", lambda *_: done.append("repair"))
    return done


def test_an_old_python_can_read_the_script():
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 6))
    imported = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
    assert not imported & {"__future__", "dataclasses", "tomllib", "contextvars", "graphlib", "zoneinfo", "fcntl"}


def test_an_old_python_is_told_so():
    sentence = environment.too_old((3, 9, 18), "/usr/bin/python3")
    assert "needs Python 3.11 or newer; this is Python 3.9.18 (/usr/bin/python3)" in sentence
    assert "make lab PYTHON=" in sentence
    assert environment.too_old((3, 11, 2), "python3") == environment.too_old((3, 14, 0), "python3") == ""


@pytest.mark.parametrize(
    ("before", "python", "step"),
    [
        (None, "", Step.MAKE),
        (READY, "3.11", Step.NOTHING),
        (READY._replace(key="old"), "3.11", Step.INSTALL),
        (READY._replace(state="installing"), "3.11", Step.REPAIR),
        (READY._replace(state="making"), "3.11", Step.MAKE),
        (READY._replace(place="/elsewhere"), "3.11", Step.MAKE),
        (READY, "", Step.MAKE),
        (READY, "3.12", Step.MAKE),
    ],
)
def test_what_a_venv_needs(before, python, step):
    found, why = environment.decide(before, READY, python)
    assert found is step
    assert bool(why) == (step in (Step.MAKE, Step.REPAIR) and before is not None)


def test_a_python_asked_for_makes_the_venv_anew():
    wanted = READY._replace(python="3.13")
    assert environment.decide(READY, wanted, "3.11")[0] is Step.NOTHING
    assert environment.decide(READY, wanted, "3.11", this_python=True)[0] is Step.MAKE


@pytest.mark.parametrize(
    ("phases", "dev", "before", "extras"),
    [
        ("", False, (), ("first-steps", "going-on")),
        ("all", True, (), ("first-steps", "going-on", "dev")),
        ("1", False, (), ("first-steps",)),
        ("01", False, (), ("first-steps",)),
        ("1, 2", False, (), ("first-steps", "going-on")),
        ("going-on", False, (), ("going-on",)),
        ("02_going_on", False, (), ("going-on",)),
        ("", False, ("first-steps",), ("first-steps",)),  # stays as it was chosen
        ("", True, ("first-steps",), ("first-steps", "dev")),
        ("2", False, ("first-steps", "dev"), ("first-steps", "going-on", "dev")),
        ("", False, ("dev",), ("first-steps", "going-on", "dev")),
    ],
)
def test_extras_of_the_phases_asked_for(course, phases, dev, before, extras):
    assert environment.chosen_extras(course, phases, dev, before) == extras


def test_an_unknown_phase_is_met_with_the_known_ones(course):
    with pytest.raises(SetupError, match=r"no phase '7'.*1 \(first-steps\), 2 \(going-on\)"):
        environment.chosen_extras(course, "7", False, ())


def test_settings_of_tools_install_nothing_anew(course):
    def key(**changes) -> str:
        project = {**course.project, **changes.pop("project", {})}
        return environment.key(course._replace(project=project, **changes), ["dev"], newest=False)

    assert key() == key(project={"tool": {**course.project["tool"], "ruff": {"line-length": 80}}})
    assert key() != key(lock="numpy==2.4.6\n")
    assert key() != key(project={"project": {"dependencies": ["numpy"]}})
    assert environment.key(course, ["dev"], newest=True) != key()


def test_a_damaged_checkout_says_how_to_restore_it(course):
    (course.folder / "pyproject.toml").write_text("[project")
    with pytest.raises(SetupError, match=r"git checkout pyproject\.toml requirements\.lock"):
        environment.read_course(course.folder)


def test_space_is_asked_for_by_phase(course):
    assert environment.megabytes_needed(course, ["first-steps"], 0) == 200 + 2 * 4 // 3
    assert environment.megabytes_needed(course, ["first-steps", "going-on", "dev"], 0) == 200 + 4 * 4 // 3
    assert environment.megabytes_needed(course, ["going-on"], 3) == 200


def test_too_little_space_says_how_much_and_what_to_do():
    environment.require_space(100, 100, Path("/course"))
    with pytest.raises(SetupError, match=r"3\.9 GB are needed, 0\.5 GB are free at /course.\n.*PHASES=1"):
        environment.require_space(3900, 500, Path("/course"))


def test_a_full_disk_stops_before_anything_is_made(course, quick, monkeypatch, capsys):
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10**7}))
    with pytest.raises(SetupError, match="Not enough disk space"):
        environment.prepare(course.folder, Wish())
    assert quick == []
    assert not course.venv.exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError('...: Failed to establish a new connection: [Errno -3]')", "no network"),
        ("ReadTimeoutError(...)\nERROR: No matching distribution found for numpy", "no network"),
        ("ERROR: No matching distribution found for torch==2.13.0", "no torch==2.13.0 for this Python"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "PIP_CERT"),
        ("ERROR: ResolutionImpossible: for help visit", "PIP_ARGS"),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "chown"),
        ("something else", "pip failed"),
    ],
)
def test_what_pip_says_becomes_a_sentence(words, says):
    assert says in environment.diagnosis(words)


def test_progress_is_read_from_what_pip_prints():
    assert environment.stage("", 0) == "asking the package index"
    log = "Collecting numpy==2.4.6\n  Downloading numpy (16 MB)\nCollecting scipy (from handrail)\n"
    assert environment.stage(log, 0) == "fetching package 2: scipy"
    waits = log + "WARNING: Retrying (Retry(total=4, connect=None)) after connection broken\n"
    assert environment.stage(waits, 0) == "the package index doesn't answer; trying again"
    assert (
        environment.stage(log + "Installing collected packages: numpy, scipy, handrail\n", 1)
        == "installing package 2 of 3"
    )
    assert environment.stage("Installing collected packages: numpy\n", 5) == "installing package 1 of 1"


def package(site: Path, name: str, *, size: int = 3, installer: bool = True, record: bool = True) -> Path:
    (site / f"{name}.py").write_text("abc")
    info = site / f"{name}-1.dist-info"
    info.mkdir()
    if installer:
        (info / "INSTALLER").write_text("pip\n")
    if record:
        (info / "RECORD").write_text(f'{name}.py,sha256=x,{size}\n{name}-1.dist-info/RECORD,,\n"{name}.py",,\n')
    return info


def test_what_an_interruption_left_half_done_is_found_and_removed(tmp_path):
    whole = package(tmp_path, "whole")
    half = {
        package(tmp_path, "truncated", size=4),
        package(tmp_path, "unfinished", installer=False),
        package(tmp_path, "unrecorded", record=False),
        package(tmp_path, "garbled", size="x"),
        tmp_path / "~umpy",
    }
    (tmp_path / "~umpy").mkdir()
    missing = package(tmp_path, "missing")
    (tmp_path / "missing.py").unlink()
    assert set(environment.damaged(tmp_path)) == half | {missing}
    environment.repair(tmp_path, environment.Display())
    assert whole.exists()
    assert environment.damaged(tmp_path) == []


def test_a_stamp_survives_and_a_damaged_one_counts_as_half_made(course):
    course.venv.mkdir()
    assert environment.read_stamp(course.venv) is None  # an empty folder is as good as none
    environment.write_stamp(course.venv, READY)
    assert environment.read_stamp(course.venv) == READY
    for damage in ("", '{"state": "ready"', "[]", json.dumps({"state": "ready"})):
        (course.venv / "handrail.json").write_text(damage)
        assert environment.read_stamp(course.venv).state == "making"


def test_somebody_elses_venv_is_left_alone(course, quick):
    course.venv.mkdir()
    (course.venv / "pyvenv.cfg").touch()
    with pytest.raises(SetupError, match="Handrail didn't make it"):
        environment.prepare(course.folder, Wish())
    assert quick == []


def test_first_everything_then_nothing_then_what_is_new(course, quick, capsys):
    environment.prepare(course.folder, Wish(phases="1"))
    assert quick == ["make", "install first-steps"]
    said = capsys.readouterr().out
    assert "first-steps" in said
    assert "Installed" in said
    environment.prepare(course.folder, Wish())
    assert quick == ["make", "install first-steps"]
    assert capsys.readouterr().out == ""
    environment.prepare(course.folder, Wish(phases="all", dev=True))
    environment.prepare(course.folder, Wish(phases="1"))
    assert quick[2:] == ["install first-steps going-on dev"]
    environment.prepare(course.folder, Wish(newest=True))
    assert quick[3:] == ["install first-steps going-on dev"]


def test_an_interrupted_installation_is_repaired_not_trusted(course, quick, monkeypatch, capsys):
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(environment, "install", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        environment.prepare(course.folder, Wish())
    assert environment.read_stamp(course.venv).state == "installing"
    environment.prepare(course.folder, Wish())
    assert quick == ["make", "repair", "install first-steps going-on"]
    assert "was stopped" in capsys.readouterr().out
    assert environment.read_stamp(course.venv).state == "ready"


def test_a_python_that_vanished_is_noticed(course, quick, capsys):
    environment.prepare(course.folder, Wish())
    (course.venv / environment.SCRIPTS / "python").unlink()
    step, why, _ = environment.plan(course, Wish())
    assert step is Step.MAKE
    assert "is gone" in why


def test_a_moved_checkout_gets_a_new_venv(course, quick, capsys):
    environment.prepare(course.folder, Wish(phases="1"))
    moved = course.folder.rename(course.folder.with_name("moved"))
    step, why, stamp = environment.plan(environment.read_course(moved), Wish())
    assert step is Step.MAKE
    assert str(course.folder) in why
    assert stamp.extras == ("first-steps",)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_checkout_that_may_not_be_written_to(course, quick):
    course.folder.chmod(0o555)
    try:
        with pytest.raises(SetupError, match="You may not write to"):
            environment.prepare(course.folder, Wish())
    finally:
        course.folder.chmod(0o755)


def test_who_may_write_is_asked_of_the_system(course, monkeypatch):
    monkeypatch.setattr(environment.os, "access", lambda path, mode: False)
    with pytest.raises(SetupError, match="You may not write to"):
        environment.require_writable(course)


def test_a_python_without_ensurepip_is_told_which_package_to_install(monkeypatch):
    environment.require_venv_module()
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else name)
    with pytest.raises(SetupError, match=rf"lacks the module ensurepip.\n.*sudo apt install python{HERE}-venv"):
        environment.require_venv_module()


def test_two_setups_wait_for_each_other(course, capsys):
    script = (
        f"import sys; sys.path.insert(0, {str(SOURCE.parents[1])!r})\n"
        "from pathlib import Path\nfrom handrail.environment import sole\n"
        f"with sole(Path({str(course.folder)!r})):\n    print('mine', flush=True); sys.stdin.read(1)\n"
    )
    first = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert first.stdout.readline() == "mine\n"
    second = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert "waiting for it to finish" in second.stdout.readline()
    first.communicate("x")
    assert second.stdout.readline() == "mine\n"
    second.communicate("x")


def test_pip_is_led_nowhere_else(monkeypatch, tmp_path):
    monkeypatch.setenv("PIP_ARGS", "--no-index")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    found = environment.pip_environment(tmp_path)
    assert not {"PIP_ARGS", "PIP_TARGET"} & found.keys()
    assert found["PIP_USER"] == "0"
    assert found["TMPDIR"] == str(tmp_path)


def test_a_real_environment_is_made_repaired_and_found_again(course, monkeypatch, capsys):
    wheels = course.folder.with_name("wheels")
    wheels.mkdir()
    backend: dict[str, Any] = {}
    exec(BACKEND, backend)
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_ARGS", f"--no-index --find-links {shlex.quote(str(wheels))}")

    backend["wheel"](wheels, "setuptools", "99")
    with pytest.raises(SetupError, match=r"(?s)package index has no dependency .* The whole log is in .*install\.log"):
        environment.prepare(course.folder, Wish(phases="1"))
    assert environment.read_stamp(course.venv).state == "installing"

    backend["wheel"](wheels, "dependency", "99")
    environment.prepare(course.folder, Wish(phases="1"))
    said = capsys.readouterr().out
    assert "it is checked and continued" in said
    assert "Installed: 4 packages" in said
    assert not (course.venv / "tmp").exists()

    script = course.folder / "src" / "handrail" / "environment.py"
    script.parent.mkdir(parents=True)
    script.write_text(SOURCE.read_text(encoding="utf-8"), encoding="utf-8")
    again = subprocess.run([sys.executable, "-I", str(script)], capture_output=True, text=True, check=False)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_a_python_that_cannot_make_a_venv_is_quoted(course, monkeypatch):
    monkeypatch.setattr(
        environment.sys, "executable", "/bin/false" if os.path.exists("/bin/false") else "/usr/bin/false"
    )
    with pytest.raises(SetupError, match="could not make the environment"):
        environment.make(course, environment.Display())
    assert environment.read_stamp(course.venv).state == "making"


def test_an_interruption_ends_pip_too(course, monkeypatch):
    (course.venv / environment.SCRIPTS).mkdir(parents=True)
    (course.venv / "lib" / "python3" / "site-packages").mkdir(parents=True)
    (course.venv / environment.SCRIPTS / "python").symlink_to(sys.executable)
    monkeypatch.setattr(environment, "stage", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    started = []
    popen = subprocess.Popen
    monkeypatch.setattr(environment.subprocess, "Popen", lambda *a, **k: started.append(popen(*a, **k)) or started[0])
    log = course.venv / "install.log"
    log.touch()
    with (course.folder / "lock").open("w") as lock, pytest.raises(KeyboardInterrupt):
        environment.run_pip(course.venv, ["debug"], log, environment.Display(), lock.fileno())
    assert started[0].returncode is not None


def test_a_terminal_gets_one_line_that_changes(monkeypatch, capsys):
    monkeypatch.setattr(environment.sys.stdout, "isatty", lambda: True, raising=False)
    display = environment.Display()
    display.update("fetching package 2: scipy")
    display.say("Done.")
    assert capsys.readouterr().out == "\r\033[K  0:00  fetching package 2: scipy\r\033[KDone.\n"


def test_a_log_gets_a_line_now_and_then(capsys):
    display = environment.Display()
    display.update("too early to say")
    display.began -= 20
    display.update("installing package 9 of 10")
    display.update("installing package 10 of 10")
    assert capsys.readouterr().out == "  0:20  installing package 9 of 10\n"


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (SetupError("A sentence."), 1, "A sentence."),
        (KeyboardInterrupt(), 130, "it continues"),
        (OSError(28, "No space left on device"), 1, "disk is full"),
        (OSError(5, "Input/output error"), 1, "Input/output error"),
    ],
)
def test_what_ends_it_is_said_without_a_traceback(monkeypatch, capsys, error, code, says):
    monkeypatch.setattr(environment.signal, "signal", lambda *_: None)
    monkeypatch.setattr(environment, "prepare", lambda *_: (_ for _ in ()).throw(error))
    assert environment.main([]) == code
    assert says in capsys.readouterr().err


def test_the_old_python_is_stopped_first(monkeypatch, capsys):
    monkeypatch.setattr(environment.sys, "version_info", (3, 8, 0))
    assert environment.main([]) == 1
    assert "needs Python 3.11" in capsys.readouterr().err
