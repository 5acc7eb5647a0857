"""Open JupyterLab on the course, with the learner's own copies of the stubs.

Its settings live in `work/`: the course neither reads nor changes what the learner set up for other projects.
"""

import contextlib
import errno
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from handrail import warm
from handrail.model import HandrailError

START = "notebooks/00_start_here.ipynb"


def launch(course: Path, arguments: Sequence[str]) -> int:
    """Copy the stubs that aren't in `work/` yet, then become JupyterLab; raise HandrailError if that isn't possible."""
    port = port_of(arguments)
    if port and is_taken(port):
        raise HandrailError(taken(port, holder(port)))
    try:
        copied = copy_stubs(course)
        for name, content in settings(course).items():
            write(course / "work" / ".jupyter" / name, json.dumps(content, indent=1, ensure_ascii=False))
    except OSError as error:
        what = f"can't write to {course / 'work'}: {error.strerror}."
        then = "Make room, or have the folder handed over to you (chown); then run make lab again."
        raise HandrailError(f"{what} {then}") from error
    if copied:
        print(f"Copied {len(copied)} new exercise {'sheet' if len(copied) == 1 else 'sheets'} to work/.")
    print("Starting JupyterLab. Stop it with Ctrl-C.", flush=True)
    command = command_line(arguments, root=hasattr(os, "geteuid") and os.geteuid() == 0)
    variables = environment(course, os.environ, home=os.access(Path.home(), os.W_OK))
    variables |= warmed(variables)
    if os.name == "nt":
        return subprocess.run(command, cwd=course, env=variables, check=False).returncode
    os.chdir(course)
    os.execve(command[0], command, variables)


def copy_stubs(course: Path) -> list[Path]:
    """Copy each stub that `work/` doesn't have yet; return the new files. What is there is never touched."""
    copied = []
    for stub in sorted((course / "curriculum").glob("*/*.ipynb")):
        copy = course / "work" / stub.relative_to(course / "curriculum")
        if not copy.exists():
            write(copy, stub.read_text(encoding="utf-8"), replace=False)
            copied.append(copy)
    return copied


def write(path: Path, text: str, *, replace: bool = True) -> None:
    """Write a file all at once, so that nobody ever sees half of it; `replace=False` leaves one that is there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8", newline="\n")
        if replace or not path.exists():
            os.replace(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def settings(course: Path) -> dict[str, Any]:
    """Return JupyterLab's configuration files for the course, by name."""
    server = {
        "ServerApp": {
            "ip": "127.0.0.1",
            "root_dir": str(course),
            "contents_manager_class": "handrail.contents.CourseContents",
            # jupytext would write sources over from edited notebooks; here every .py is written by hand.
            "jpserver_extensions": {"jupyterlab_jupytext": False, "jupytext": False, "jupyter_lsp": False},
        },
        # Its news are for those who run servers; the address to open is shown all the same.
        "Application": {"log_level": "WARN"},
        "KernelManager": {"transport_encryption": "auto"},
        "LabApp": {
            "default_url": f"/lab/tree/{START}" if (course / START).exists() else "/lab",
            "news_url": None,
            "check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
            "extension_manager": "readonly",
        },
        "ContentsManager": {
            "hide_globs": [
                *("*.py", "*.pyc", "*.egg-info", "__pycache__", "*~", ".DS_Store", "_edited"),
                *("Makefile", "pyproject.toml", "requirements.lock"),
            ]
        },
    }
    disabled = ("@jupyterlab/extensionmanager-extension", "@jupyterlab/lsp-extension", "jupyterlab-jupytext")
    return {
        "jupyter_server_config.json": server,
        "labconfig/page_config.json": {"disabledExtensions": dict.fromkeys(disabled, True)},
        "labconfig/default_setting_overrides.json": {
            "@jupyterlab/apputils-extension:notification": {
                "fetchNews": "false",
                "checkForUpdates": False,
            },
        },
    }


def environment(course: Path, variables: Mapping[str, str], *, home: bool) -> dict[str, str]:
    """Return the variables that JupyterLab runs with; `home` tells whether the home folder can be written to."""
    own = course / "work" / ".jupyter"
    chosen = {
        "JUPYTER_CONFIG_DIR": own,
        "JUPYTER_CONFIG_PATH": own,
        "JUPYTERLAB_SETTINGS_DIR": own / "settings",
        "JUPYTERLAB_WORKSPACES_DIR": own / "workspaces",
    }
    if not home:
        chosen |= {name: own / "home" for name in ("JUPYTER_DATA_DIR", "IPYTHONDIR", "MPLCONFIGDIR")}
        chosen["JUPYTER_RUNTIME_DIR"] = own / "runtime"
    # The kernel is this environment's, whatever "python3" is installed for the user.
    fixed = {"JUPYTER_PREFER_ENV_PATH": "1", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    return {**variables, **fixed, **{name: str(path) for name, path in chosen.items()}}


def warmed(variables: Mapping[str, str]) -> dict[str, str]:
    """Start what kernels are forked from, as long as JupyterLab runs; return the variable that makes Jupyter do so."""
    with contextlib.suppress(OSError):
        warm.start(variables, owner=os.getpid())  # JupyterLab takes over this process, and with it this number
    return {warm.VARIABLE: warm.NAME} if warm.able() else {}


def command_line(arguments: Sequence[str], *, root: bool) -> list[str]:
    """Return the command that starts JupyterLab; the arguments have the last word."""
    command = [sys.executable, "-m", "jupyterlab"]
    if root:
        command.append("--allow-root")
    if port_of(arguments):
        command.append("--ServerApp.port_retries=0")
    return [*command, *arguments]


def port_of(arguments: Sequence[str]) -> int:
    """Return the port that the arguments name; 0 if they leave it to Jupyter."""
    found = re.findall(r"(?:^|\n)--(?:ServerApp\.)?port[=\n](\d+)(?=\n|$)", "\n".join(arguments))
    return int(found[-1]) if found else 0


def is_taken(port: int) -> bool:
    """Tell whether something listens on a port of this machine."""
    with socket.socket() as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
        return False


def holder(port: int) -> str:
    """Return who listens on a port, as far as the system tells."""
    import psutil
    from jupyter_server.serverapp import list_running_servers

    for server in list_running_servers():
        if server["port"] == port:
            return f"a JupyterLab for {server['root_dir']} (process {server['pid']})"
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.laddr and connection.laddr.port == port and connection.status == psutil.CONN_LISTEN:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        pass
    return "another program"


def taken(port: int, who: str) -> str:
    """Return what to tell someone whose port is taken."""
    return f'port {port} is taken by {who}: stop that, or choose another port: make lab ARGS="--port={port + 1}"'
