"""Make the course's `.venv`: what `make lab` and `make test` run before anything else.

A script of the standard library alone, in syntax that Python 3.6 reads: it runs before anything is installed, and has
to tell an old Python that it is too old. That is also why it is one file.
"""

import argparse
import contextlib
import csv
import enum
import errno
import hashlib
import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

OLDEST = (3, 11)
SCRIPTS = "Scripts" if os.name == "nt" else "bin"


class SetupError(Exception):
    """What stands in the way, and the next thing to do about it."""


class Step(enum.Enum):
    """What a `.venv` needs."""

    NOTHING = "nothing"
    INSTALL = "install"
    REPAIR = "repair"
    MAKE = "make"


class Wish(NamedTuple):
    """What a command asks for."""

    phases: str = ""
    dev: bool = False
    newest: bool = False
    this_python: bool = False


class Stamp(NamedTuple):
    """What a `.venv` holds, or shall hold; kept inside it as JSON."""

    state: str  # making, installing, ready
    key: str  # of all that decides what is installed
    extras: Tuple[str, ...]
    place: str  # the folder that it was made in
    python: str  # such as 3.11


class Course(NamedTuple):
    """What the checkout says about its own installation."""

    folder: Path
    project: Dict[str, Any]  # pyproject.toml
    lock: str
    phases: Tuple[str, ...]  # such as 01_fundamentals

    @property
    def venv(self) -> Path:
        """Return the folder of the environment."""
        return self.folder / ".venv"

    @property
    def extras(self) -> Tuple[str, ...]:
        """Return the names of all extras."""
        return tuple(self.project["project"]["optional-dependencies"])


def too_old(version: Tuple[int, ...], executable: str) -> str:
    """Return what to tell someone whose Python is too old; an empty string if it isn't."""
    if tuple(version[:2]) >= OLDEST:
        return ""
    return (
        f"Handrail needs Python {dotted(OLDEST)} or newer; this is Python {dotted(version)} ({executable}).\n"
        "Install a newer one (from python.org, your system's packages, pyenv or uv) and name it: "
        "make lab PYTHON=python3.13"
    )


def dotted(version: Tuple[int, ...]) -> str:
    """Return a version as people write it."""
    return ".".join(str(number) for number in version)


def read_course(folder: Path) -> Course:
    """Read what the checkout says about its own installation."""
    import tomllib

    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
        lock = (folder / "requirements.lock").read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        restore = "Restore it: git checkout pyproject.toml requirements.lock"
        raise SetupError(f"This checkout is damaged: {error}.\n{restore}") from error
    phases = tuple(sorted(path.name for path in (folder / "notebooks").glob("[0-9]*_*") if path.is_dir()))
    return Course(folder, project, lock, phases)


def chosen_extras(course: Course, phases: str, dev: bool, before: Sequence[str]) -> Tuple[str, ...]:
    """Return the extras to install: those of the phases asked for, and those already there.

    Without a word about phases it stays at what was chosen before, or is everything.
    """
    names = {extra_of(phase): phase for phase in course.phases if extra_of(phase) in course.extras}
    words = phases.replace(",", " ").split()
    chosen = set(before)
    if words == ["all"] or (not words and not chosen.intersection(names)):
        chosen.update(names)
    else:
        for word in words:
            found = [
                name for name, phase in names.items() if word in (name, phase) or number_of(phase) == word.lstrip("0")
            ]
            if not found:
                known = ", ".join(f"{number_of(phase)} ({name})" for name, phase in names.items())
                raise SetupError(f"There is no phase {word!r}. The phases are {known}; such as: make lab PHASES=1,2")
            chosen.update(found)
    if dev:
        chosen.add("dev")
    return tuple(extra for extra in course.extras if extra in chosen)


def extra_of(phase: str) -> str:
    """Return the name of a phase's extra: machine-learning for 02_machine_learning."""
    return phase.partition("_")[2].replace("_", "-")


def number_of(phase: str) -> str:
    """Return a phase's number: 2 for 02_machine_learning."""
    return phase.partition("_")[0].lstrip("0")


def key(course: Course, extras: Sequence[str], newest: bool) -> str:
    """Return a hash of all that decides what is installed; the tools' settings in pyproject.toml don't."""
    tools = course.project.get("tool", {})
    decisive = [course.project.get("build-system"), course.project["project"], tools.get("setuptools")]
    text = json.dumps([decisive, "" if newest else course.lock, list(extras), newest], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def decide(before: Optional[Stamp], wanted: Stamp, python: str, this_python: bool = False) -> Tuple[Step, str]:
    """Return what to do about a `.venv`, and why, from its stamp and the version that its Python answers with."""
    if before is None:
        return Step.MAKE, ""
    if before.state == "making":
        return Step.MAKE, "The last attempt was stopped while it made .venv; it starts over."
    if before.place != wanted.place:
        return (
            Step.MAKE,
            f"This checkout was at {before.place}, and .venv still is; it is made anew.",
        )
    if not python:
        return Step.MAKE, f"The Python {before.python} that .venv was made with is gone; it is made anew."
    if python != before.python:
        return Step.MAKE, f".venv was made with Python {before.python}, which is now {python}; it is made anew."
    if this_python and python != wanted.python:
        return Step.MAKE, f".venv was made with Python {python}; it is made anew with {wanted.python}."
    if before.state == "installing":
        return Step.REPAIR, "The last installation was stopped; it is checked and continued."
    if before.key != wanted.key:
        return Step.INSTALL, ""
    return Step.NOTHING, ""


def megabytes_needed(course: Course, extras: Sequence[str], present: int) -> int:
    """Return the disk space that an installation takes beside what is present, in MB."""
    sizes = course.project["tool"]["handrail"]["megabytes"]
    # A later phase's packages include most of an earlier one's.
    phases = max((sizes[name] for name in extras if name != "dev"), default=sizes["base"])
    dev = sizes["dev"] if "dev" in extras else 0
    # Packed, they take about another third: in pip's cache, and while they are unpacked.
    return 200 + max(0, int(phases + dev) - present) * 4 // 3


def require_space(needed: int, free: int, folder: Path) -> None:
    """Refuse to begin what can't be finished."""
    if free >= needed:
        return
    raise SetupError(
        f"Not enough disk space: {gigabytes(needed)} are needed, {gigabytes(free)} are free at {folder}.\n"
        "Make room, or install fewer phases, such as: make lab PHASES=1"
    )


def gigabytes(megabytes: int) -> str:
    """Return a size as people say it."""
    return f"{megabytes / 1000:.1f} GB"


def require_writable(course: Course) -> None:
    """Refuse to begin where nothing can be written."""
    for folder in (course.folder, course.venv):
        if folder.exists() and not os.access(str(folder), os.W_OK | os.X_OK):
            raise SetupError(
                f"You may not write to {folder}.\n"
                "Clone the course into a folder of your own, or have this one handed over to you (chown)."
            )


def require_venv_module() -> None:
    """Refuse to begin with a Python that can't make environments."""
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise SetupError(
            f"This Python ({sys.executable}) can't make virtual environments: it lacks the module {missing[0]}.\n"
            f"On Debian and Ubuntu: sudo apt install python{dotted(sys.version_info[:2])}-venv; "
            "then run the same command again.\n"
            "Elsewhere, name another Python: make lab PYTHON=/path/to/python3"
        )


def diagnosis(log: str) -> str:
    """Return what pip's output says about why it failed, and the next thing to do."""
    for pattern, sentence in DIAGNOSES:
        found = re.search(pattern, log)
        if found:
            return sentence.format(*found.groups())
    return "pip failed. Its last words are below; if they don't help, run the same command again."


DIAGNOSES = [
    (
        r"No space left on device|\[Errno 28\]|Disk quota exceeded",
        "The disk is full.\nMake room and run the same command again: it continues. "
        "Fewer phases need less: make lab PHASES=1",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED",
        "pip can't verify the certificate of its package index.\n"
        "Behind a proxy that inspects traffic, name its certificate: export PIP_CERT=/path/to/certificates.pem",
    ),
    (
        r"NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|ProxyError|ProtocolError"
        r"|Failed to establish a new connection|Temporary failure in name resolution|Network is unreachable"
        r"|connection (?:broken|timed out)|Max retries exceeded",
        "pip can't reach its package index: there is no network, or a proxy that it doesn't know.\n"
        "Connect and run the same command again: what was fetched is kept. "
        "For a machine without network, see 'Without a network' in README.md.",
    ),
    (
        r"No matching distribution found for (\S+)",
        "pip's package index has no {0} for this Python (" + dotted(sys.version_info[:3]) + ") and system.\n"
        "Handrail is tested with Python 3.11 to 3.13: make lab PYTHON=python3.13. "
        "If pip is set to use another index, or none, ask it: python3 -m pip config list",
    ),
    (
        r"ResolutionImpossible|conflicting dependencies",
        "The versions asked for don't fit together.\nIf you passed PIP_ARGS, run the command without them.",
    ),
    (
        r"Permission denied|\[Errno 13\]",
        "Something in this checkout may not be written.\nHave it handed over to you (chown), or clone it anew.",
    ),
]


def stage(log: str, installed: int) -> str:
    """Return what pip is doing, from its output so far and the number of packages that it has installed."""
    batch = INSTALLING.search(log)
    if batch:
        count = batch.group(1).count(",") + 1
        return f"installing package {min(installed + 1, count)} of {count}"
    names = COLLECTED.findall(log)
    if "Retrying (Retry" in log[log.rfind("\n", 0, -1) :]:
        return "the package index doesn't answer; trying again"
    return f"fetching package {len(set(names))}: {names[-1]}" if names else "asking the package index"


INSTALLING = re.compile(r"^Installing collected packages: (.*)$", re.MULTILINE)
COLLECTED = re.compile(r"^(?:Collecting|Requirement already satisfied:) ([\w.-]+)", re.MULTILINE)


def damaged(site: Path) -> List[Path]:
    """Return the `.dist-info` folders of packages that are not wholly there, and what pip left of others."""

    def whole(row: List[str]) -> bool:
        path = site / row[0]
        return path.exists() and (not row[2] or path.stat().st_size == int(row[2]))

    found = list(site.glob("~*"))
    for info in site.glob("*.dist-info"):
        try:
            with (info / "RECORD").open(encoding="utf-8", newline="") as record:
                complete = (info / "INSTALLER").exists() and all(whole(row) for row in csv.reader(record) if row)
        except (OSError, ValueError, IndexError):
            complete = False
        if not complete:
            found.append(info)
    return found


def read_stamp(venv: Path) -> Optional[Stamp]:
    """Read what an environment holds; None if there is none. A damaged stamp counts as half made."""
    path = venv / "handrail.json"
    if not path.exists():
        if venv.exists() and any(venv.iterdir()):
            raise SetupError(
                f"{venv} exists, but Handrail didn't make it.\n"
                "Move it away, or remove it if you don't need it (rm -r .venv); then run the same command again."
            )
        return None
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return Stamp(**{**fields, "extras": tuple(fields["extras"])})
    except (OSError, ValueError, TypeError, KeyError):
        return Stamp("making", "", (), "", "")


def write_stamp(venv: Path, stamp: Stamp) -> None:
    """Write down what an environment holds, all or nothing."""
    fresh = venv / "handrail.json.new"
    fresh.write_text(json.dumps(stamp._asdict(), indent=1), encoding="utf-8")
    os.replace(str(fresh), str(venv / "handrail.json"))


def version_of(python: Path) -> str:
    """Return the version that an environment's Python answers with, such as 3.11; an empty string if it is gone."""
    if python.resolve() == Path(sys.executable).resolve():
        return dotted(sys.version_info[:2])
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return (
            subprocess.run([str(python), "-I", "-c", question], stdout=subprocess.PIPE, check=True)
            .stdout.decode()
            .strip()
        )
    except (OSError, subprocess.CalledProcessError):
        return ""


@contextlib.contextmanager
def sole(folder: Path) -> Iterator[int]:
    """Wait until no other setup is at work in this checkout; give the file that says so while this one is."""
    with (folder / ".venv.lock").open("a+", encoding="utf-8") as file:
        if os.name != "nt":
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("Another setup is at work in this checkout; waiting for it to finish ...", flush=True)
                fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


class Display:
    """Say what is going on: on one line of a terminal, or in few lines of a log."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.live = sys.stdout.isatty()
        self.spoken = 0.0

    def say(self, text: str) -> None:
        """Say something that stays."""
        print(("\r\033[K" if self.live else "") + text, flush=True)

    def update(self, text: str) -> None:
        """Say how far it is."""
        seconds = time.monotonic() - self.began
        line = f"  {int(seconds) // 60}:{int(seconds) % 60:02}  {text}"
        if self.live:
            width = shutil.get_terminal_size().columns
            print("\r\033[K" + line[: width - 1], end="", flush=True)
        elif seconds - self.spoken >= 15:
            self.spoken = seconds
            print(line, flush=True)


def make(course: Course, display: Display) -> None:
    """Make an empty environment; one that is there is removed, since it is Handrail's own and no good."""
    display.update("making .venv")
    old = course.folder / ".venv.old"
    if course.venv.exists():
        os.replace(str(course.venv), str(old))
    shutil.rmtree(str(old), ignore_errors=True)
    course.venv.mkdir()
    write_stamp(course.venv, Stamp("making", "", (), str(course.folder), ""))
    made = subprocess.run(
        [sys.executable, "-I", "-m", "venv", str(course.venv)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if made.returncode:
        words = made.stdout.decode(errors="replace").strip()
        raise SetupError(f"Python could not make the environment .venv. It says:\n{words}\n{diagnosis(words)}")


def repair(site: Path, display: Display) -> None:
    """Remove what an interrupted installation left half done, so that pip does it again."""
    display.update("checking what is installed")
    for path in damaged(site):
        shutil.rmtree(str(path)) if path.is_dir() else path.unlink()


def site_packages(venv: Path) -> Path:
    """Return the folder that an environment's packages are in."""
    found = [venv / "Lib" / "site-packages", *venv.glob("lib/python*/site-packages")]
    return found[-1]


def install(course: Course, extras: Sequence[str], newest: bool, display: Display, lock: int) -> None:
    """Install the course and its extras, in the versions of the lock or the newest that fit together."""
    wanted = f"{course.folder}[{','.join(extras)}]" if extras else str(course.folder)
    newer = ["--upgrade", "--upgrade-strategy", "eager"] if newest else []
    locked = [] if newest else ["-c", str(course.folder / "requirements.lock")]
    # First a pip that resolves well and resumes downloads, and setuptools, which builds the course's own package here.
    tools = [line for line in course.lock.splitlines() if line.startswith(("pip==", "setuptools==")) and not newest]
    log = course.venv / "install.log"
    log.write_bytes(b"")
    for what in (tools or ["pip", "setuptools"], [*locked, "--no-build-isolation", "--editable", wanted]):
        words = shlex.split(os.environ.get("PIP_ARGS", ""))
        run_pip(course.venv, ["install", "--no-compile", *newer, *words, *what], log, display, lock)


def compile_all(venv: Path, display: Display) -> None:
    """Compile all modules on all cores, so that no test that measures time pays for it.

    pip would do it on one core, which is most of an installation's time. A learner's modules compile as they are used.
    """
    display.update("compiling")
    command = [str(venv / SCRIPTS / "python"), "-I", "-m", "compileall", "-q", "-j", "0", str(site_packages(venv))]
    # Some packages carry templates that are no Python: what can't be compiled is no error here.
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def run_pip(venv: Path, arguments: Sequence[str], log: Path, display: Display, lock: int) -> None:
    """Run pip, follow its log, and say in a sentence what went wrong."""
    folder = venv / "tmp"
    folder.mkdir(exist_ok=True)
    start, before, noted = log.stat().st_size, len(list(site_packages(venv).glob("*.dist-info"))), False
    command = [str(venv / SCRIPTS / "python"), "-Iu", "-m", "pip", "--no-input", "--disable-pip-version-check"]
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=str(venv.parent),
            env=pip_environment(folder),
            # The lock lasts until pip has ended, whatever happens to this process.
            pass_fds=() if os.name == "nt" else (lock,),
        )
        try:
            while process.poll() is None:
                time.sleep(0.25)
                words = log.read_bytes()[start:].decode(errors="replace")
                display.update(stage(words, len(list(site_packages(venv).glob("*.dist-info"))) - before))
                if "nvidia-" in words and not noted:
                    noted = True
                    display.say(CUDA)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if process.returncode:
        words = log.read_bytes()[start:].decode(errors="replace")
        last = "".join(f"  | {line[:150]}\n" for line in words.splitlines()[-8:])
        raise SetupError(f"{diagnosis(words)}\n\n{last}  The whole log is in {log}")


CUDA = (
    "This PyTorch comes with CUDA, several GB more. Without an NVIDIA GPU you don't need that: "
    "stop (Ctrl-C) and see 'PyTorch without CUDA' in README.md."
)


def pip_environment(temporary: Path) -> Dict[str, str]:
    """Return this process's environment without what would lead pip out of `.venv`."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PIP_ARGS", "PIP_TARGET", "PIP_PREFIX")}
    return {**kept, "PIP_USER": "0", "TMPDIR": str(temporary), "PIP_PROGRESS_BAR": "off"}


def megabytes_in(folder: Path) -> int:
    """Return how much a folder holds, in MB."""
    sizes = (os.lstat(os.path.join(place, name)).st_size for place, _, names in os.walk(str(folder)) for name in names)
    return sum(sizes) // 10**6


def plan(course: Course, wish: Wish) -> Tuple[Step, str, Stamp]:
    """Return what has to be done, why, and the stamp that `.venv` then gets."""
    before = read_stamp(course.venv)
    extras = chosen_extras(course, wish.phases, wish.dev, before.extras if before else ())
    python = version_of(course.venv / SCRIPTS / "python") if before else ""
    wanted = Stamp("ready", key(course, extras, wish.newest), extras, str(course.folder), dotted(sys.version_info[:2]))
    step, why = decide(before, wanted, python, wish.this_python)
    if step is Step.NOTHING and wish.newest:
        step = Step.INSTALL
    return step, why, wanted if step is Step.MAKE else wanted._replace(python=python)


def prepare(folder: Path, wish: Wish) -> None:
    """Bring the checkout's `.venv` to what is asked for; do nothing if it is there."""
    course = read_course(folder)
    if plan(course, wish)[0] is Step.NOTHING:
        return
    require_writable(course)
    with sole(folder) as lock:
        step, why, stamp = plan(course, wish)
        if step is Step.NOTHING:
            return
        display = Display()
        if why:
            display.say(why)
        if step is Step.MAKE:
            require_venv_module()
        needed = megabytes_needed(course, stamp.extras, 0 if step is Step.MAKE else megabytes_in(course.venv))
        require_space(needed, shutil.disk_usage(str(folder)).free // 10**6, folder)
        display.say(f"Installing into .venv, once: the base, {', '.join(stamp.extras)} (up to {gigabytes(needed)}).")
        if step is Step.MAKE:
            make(course, display)
        write_stamp(course.venv, stamp._replace(state="installing"))
        if step is Step.REPAIR:
            repair(site_packages(course.venv), display)
        install(course, stamp.extras, wish.newest, display, lock)
        if "dev" in stamp.extras or os.environ.get("PYTHONDONTWRITEBYTECODE"):
            compile_all(course.venv, display)
        shutil.rmtree(str(course.venv / "tmp"), ignore_errors=True)
        write_stamp(course.venv, stamp)
        count = len(list(site_packages(course.venv).glob("*.dist-info")))
        display.say(f"Installed: {count} packages, {time.monotonic() - display.began:.0f} s.")


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Do it, or say in a sentence why not."""
    trouble = too_old(sys.version_info[:3], sys.executable)
    if trouble:
        print(trouble, file=sys.stderr)
        return 1
    parser = argparse.ArgumentParser(description="Make the course's environment, .venv.")
    parser.add_argument("--phases", default="", help="such as 1,2 or all; without it, as before, or all")
    parser.add_argument("--dev", action="store_true", help="also what the tests need")
    parser.add_argument("--newest", action="store_true", help="the newest versions instead of requirements.lock")
    parser.add_argument("--this-python", action="store_true", help="make .venv anew if another Python made it")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        prepare(Path(__file__).resolve().parents[2], Wish(**vars(options)))
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except OSError as error:
        full = error.errno == errno.ENOSPC
        print(f"\n{diagnosis('No space left on device') if full else error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again: it continues where it was.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
