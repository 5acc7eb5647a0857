"""`make lab`: copies that are never overwritten, settings that touch nobody else's, a port that may be taken."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from handrail import lab
from handrail.model import HandrailError


@pytest.fixture
def course(tmp_path) -> Path:
    """Return a course with two stubs, whose path has a space and a letter outside ASCII."""
    folder = tmp_path / "my é course"
    for name in ("01_one/01_first", "02_two/01_other"):
        stub = folder / "curriculum" / f"{name}.ipynb"
        stub.parent.mkdir(parents=True)
        stub.write_text(f'{{"stub": "{name} é"}}', encoding="utf-8")
    return folder


@pytest.fixture
def port():
    """Yield a port that something listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.fixture
def started(monkeypatch):
    """Return the command and the variables that JupyterLab would have been started with."""
    found = []
    monkeypatch.setenv("HANDRAIL_COLD", "1")
    monkeypatch.delenv(lab.warm.VARIABLE, raising=False)
    monkeypatch.setattr(lab.os, "chdir", lambda _: None)
    monkeypatch.setattr(lab.os, "execve", lambda program, command, variables: found.extend([command, variables]))
    return found


def test_stubs_are_copied_once_and_never_overwritten(course):
    first, other = lab.copy_stubs(course)
    assert first == course / "work" / "01_one" / "01_first.ipynb"
    assert first.read_bytes() == (course / "curriculum" / "01_one" / "01_first.ipynb").read_bytes()
    first.write_text("my answer")
    other.unlink()
    assert lab.copy_stubs(course) == [other]
    assert first.read_text() == "my answer"
    assert sorted(path.name for path in first.parent.iterdir()) == ["01_first.ipynb"]


def test_a_failed_write_leaves_nothing_behind(course, monkeypatch):
    monkeypatch.setattr(lab.os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        lab.copy_stubs(course)
    assert not list((course / "work" / "01_one").iterdir())


def test_launch_says_what_it_copied_and_becomes_jupyterlab(course, started, capsys):
    lab.launch(course, ["--no-browser"])
    command, variables = started
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert command[-1] == "--no-browser"
    assert variables["JUPYTER_CONFIG_DIR"] == str(course / "work" / ".jupyter")
    assert "Copied 2 new exercise sheets to work/." in capsys.readouterr().out
    server = json.loads((course / "work" / ".jupyter" / "jupyter_server_config.json").read_text(encoding="utf-8"))
    assert server["ServerApp"]["ip"] == "127.0.0.1"
    assert server["ServerApp"]["root_dir"] == str(course)
    lab.launch(course, [])
    assert "Copied" not in capsys.readouterr().out


def test_a_full_disk_is_a_sentence(course, started, monkeypatch):
    monkeypatch.setattr(lab, "copy_stubs", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(HandrailError, match=r"can't write to .*work: No space left on device\. Make room"):
        lab.launch(course, [])
    assert not started


def test_a_port_that_is_taken_is_a_sentence(course, started, port):
    sentence = rf"port {port} is taken by .+ \(process {os.getpid()}\): stop that, or .*--port={port + 1}"
    with pytest.raises(HandrailError, match=sentence):
        lab.launch(course, [f"--port={port}"])
    assert not started


def test_without_a_port_jupyter_takes_the_next_free_one(course, started):
    lab.launch(course, [])
    assert "--ServerApp.port_retries=0" not in started[0]


def test_who_holds_a_port_is_said_as_far_as_it_is_known(monkeypatch, port):
    import psutil
    from jupyter_server import serverapp

    servers = [{"port": port, "root_dir": "/other", "pid": 7}]
    with monkeypatch.context() as patched:
        patched.setattr(serverapp, "list_running_servers", lambda: servers)
        assert lab.holder(port) == "a JupyterLab for /other (process 7)"
    monkeypatch.setattr(psutil, "net_connections", lambda _: (_ for _ in ()).throw(psutil.AccessDenied()))
    assert lab.holder(port) == "another program"
    monkeypatch.setattr(psutil, "net_connections", lambda _: [])
    assert lab.holder(port) == "another program"


@pytest.mark.parametrize(
    ("arguments", "port"),
    [
        ([], 0),
        (["--no-browser", "--port=8899"], 8899),
        (["--port", "8899", "--no-browser"], 8899),
        (["--ServerApp.port=8899"], 8899),
        (["--port=1", "--port=8899"], 8899),
        (["--port-retries=7", "--report=5"], 0),
    ],
)
def test_the_port_that_arguments_name(arguments, port):
    assert lab.port_of(arguments) == port


def test_a_port_that_may_not_be_used_is_not_taken(monkeypatch):
    monkeypatch.setattr(
        lab.socket.socket, "bind", lambda *_: (_ for _ in ()).throw(PermissionError(13, "Permission denied"))
    )
    assert not lab.is_taken(80)


def test_root_is_allowed_only_for_root():
    assert "--allow-root" in lab.command_line([], root=True)
    assert "--allow-root" not in lab.command_line([], root=False)


def test_a_home_that_cannot_be_written_to_is_not_needed(course):
    assert "JUPYTER_RUNTIME_DIR" not in lab.environment(course, {}, home=True)
    found = lab.environment(course, {"PATH": "/bin"}, home=False)
    assert found["PATH"] == "/bin"
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
        assert Path(found[name]).is_relative_to(course / "work")


def test_jupyter_reads_the_settings_and_finds_this_kernel(course):
    """The names of settings are Jupyter's own; one that it doesn't know would be ignored in silence."""
    for name, content in lab.settings(course).items():
        lab.write(course / "work" / ".jupyter" / name, json.dumps(content))
    script = """
import sys
from jupyterlab.labapp import LabApp
from jupyter_server.serverapp import ServerApp
from jupyterlab_server.settings_utils import _get_overrides
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.paths import jupyter_config_path
server = ServerApp()
server.load_config_file()
app = LabApp()
app.config = server.config
names = {"ServerApp": ServerApp, "LabApp": LabApp}
unknown = [f"{s}.{n}" for s, c in names.items() for n in server.config[s] if n not in c.class_trait_names(config=True)]
assert not unknown, unknown
assert server.contents_manager_class.__name__ == "CourseContents"
assert app.news_url is None and app.check_for_updates_class.__name__ == "NeverCheckForUpdate"
assert not server.jpserver_extensions["jupyterlab_jupytext"]
assert "*.py" in server.config["ContentsManager"]["hide_globs"]
assert _get_overrides("")[0]["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
assert KernelSpecManager().get_kernel_spec("python3").resource_dir.startswith(sys.prefix)
assert "work" in jupyter_config_path()[0]
"""
    variables = lab.environment(course, os.environ, home=True)
    done = subprocess.run([sys.executable, "-c", script], env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_jupyterlab_has_its_kernels_forked_where_that_is_possible(course, started, monkeypatch):
    lab.launch(course, [])
    assert lab.warm.VARIABLE not in started[1]
    owners = []
    monkeypatch.setattr(lab.warm, "able", lambda: True)
    monkeypatch.setattr(lab.warm, "start", lambda variables, owner: owners.append(owner))
    lab.launch(course, [])
    assert started[3][lab.warm.VARIABLE] == lab.warm.NAME
    assert owners == [os.getpid()]
    monkeypatch.setattr(lab.warm, "start", lambda variables, owner: (_ for _ in ()).throw(OSError("no room")))
    lab.launch(course, [])
    assert started[5][lab.warm.VARIABLE] == lab.warm.NAME
