"""Kernels forked from the warm parent: real parents, real kernels. A light list of imports keeps it quick."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from handrail import warm

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")

LIGHT = "import sys; from handrail import warm; warm.load = lambda: None; warm.main(sys.argv[1:])"


def until(true, seconds=20.0):
    """Wait for something to become true; whether it did."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.02)
    return False


def running(process: int) -> bool:
    """Whether a process runs: not one that is only waited for."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Place:
    """A parent at a socket of its own, with what kernels it forked."""

    def __init__(self, folder: Path, owner: int = 0) -> None:
        self.where = folder / "parent.sock"
        variables = os.environ | {"PYTHONWARNINGS": "ignore"}
        command = [sys.executable, "-c", LIGHT, str(self.where), str(owner)]
        self.process = subprocess.Popen(command, env=variables, start_new_session=True)
        assert until(lambda: warm.ready(self.where))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.process.terminate()
    made.process.wait(20)
    assert not list(tmp_path.glob("*.sock"))


@pytest.fixture
def kernel(place: Place, tmp_path: Path) -> Iterator[warm.Kernel]:
    made = warm.Kernel(place.where, ["ipykernel_launcher", "-f", str(tmp_path / "c.json")], dict(os.environ), "/")
    assert until((tmp_path / "c.json").exists)
    yield made
    made.connection.close()


def test_the_socket_is_for_its_owner_only(place: Place) -> None:
    assert stat.S_IMODE(place.where.stat().st_mode) == 0o600


def test_two_parents_at_once_become_one(place: Place) -> None:
    again = subprocess.run([sys.executable, "-c", LIGHT, str(place.where), "0"], timeout=60, check=False)
    assert again.returncode == 0
    assert warm.ready(place.where) and place.process.poll() is None


def test_a_stale_socket_is_replaced(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.process.kill()
    place.process.wait(20)
    assert place.where.exists() and not warm.ready(place.where)
    place = Place(tmp_path)
    warm.stop(place.where)
    assert place.process.wait(20) == 0 and not place.where.exists()


def test_a_kernel_is_a_process_of_its_own_with_a_session_of_its_own(kernel: warm.Kernel) -> None:
    assert kernel.poll() is None
    assert until(lambda: os.getsid(kernel.pid) == kernel.pid)


def test_killed_kernels_say_so(kernel: warm.Kernel) -> None:
    kernel.kill()
    assert kernel.wait(20) == -signal.SIGKILL
    assert kernel.poll() == -signal.SIGKILL


def test_a_client_that_vanishes_leaves_no_kernel(kernel: warm.Kernel) -> None:
    kernel.connection.close()
    assert until(lambda: not Path(f"/proc/{kernel.pid}").exists())


def test_what_a_kernel_started_ends_with_it(place: Place, tmp_path: Path) -> None:
    from jupyter_client import BlockingKernelClient

    made = warm.Kernel(place.where, ["ipykernel_launcher", "-f", str(tmp_path / "k.json")], dict(os.environ), "/")
    assert until((tmp_path / "k.json").exists)
    client = BlockingKernelClient(connection_file=str(tmp_path / "k.json"))
    assert until(lambda: _loads(client))
    client.start_channels()
    client.wait_for_ready(timeout=30)
    started = tmp_path / "started"
    code = f"import subprocess; open({str(started)!r}, 'w').write(str(subprocess.Popen(['sleep', '300']).pid))"
    client.execute_interactive(code, timeout=30)
    assert until(lambda: started.exists() and started.read_text().isdigit())
    client.stop_channels()
    made.connection.close()
    assert until(lambda: not running(int(started.read_text())))


def _loads(client) -> bool:
    try:
        client.load_connection_file()
    except (OSError, ValueError):
        return False
    return True


def test_a_parent_that_is_killed_takes_its_kernels_along(place: Place, kernel: warm.Kernel) -> None:
    place.process.kill()
    place.process.wait(20)
    assert kernel.wait(20) < 0
    assert until(lambda: not running(kernel.pid))
    place.where.unlink(missing_ok=True)


def test_a_parent_ends_when_its_owner_has_ended_and_no_kernel_is_left(tmp_path: Path) -> None:
    owner = subprocess.Popen(["sleep", "300"])
    place = Place(tmp_path, owner.pid)
    made = warm.Kernel(place.where, ["ipykernel_launcher", "-f", str(tmp_path / "c.json")], dict(os.environ), "/")
    owner.kill()
    owner.wait(20)
    time.sleep(1.5)
    assert place.process.poll() is None
    made.connection.close()
    assert place.process.wait(20) == 0
    assert not place.where.exists()


@pytest.mark.parametrize("said", [b"\n", b"not json\n", b'{"command": []}\n', b"[1, 2]\n", b"x" * (1 << 21), b'{"a"'])
def test_a_client_that_talks_nonsense_is_parted_with_and_others_are_served(place: Place, said: bytes) -> None:
    connection = warm._connected(place.where)
    try:
        connection.sendall(said)
        connection.shutdown(1)
    except OSError:
        pass
    connection.close()
    assert warm.ready(place.where)
    assert place.process.poll() is None


def test_a_hundred_kernels_one_after_another_leave_nothing(place: Place, tmp_path: Path) -> None:
    before = len(os.listdir(f"/proc/{place.process.pid}/fd"))
    kernels = []
    for _ in range(100):
        made = warm.Kernel(place.where, ["ipykernel_launcher", "--version"], dict(os.environ), "/")
        kernels.append(made.pid)
        made.connection.close()
    assert until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in kernels))
    assert until(lambda: len(os.listdir(f"/proc/{place.process.pid}/fd")) == before)


def test_another_environment_has_another_parent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    variables = {"JUPYTER_RUNTIME_DIR": str(tmp_path)}
    mine = warm.address(variables)
    assert mine == warm.address(variables | {"HOME": "/elsewhere"})
    assert mine != warm.address(variables | {"PYTHONPATH": "/elsewhere"})
    monkeypatch.setattr(warm, "imported", lambda: "other packages")
    assert mine != warm.address(variables)


def test_a_long_path_is_replaced_by_a_short_one_that_nobody_else_can_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(warm.tempfile, "gettempdir", lambda: str(tmp_path))
    where = warm.address({"JUPYTER_RUNTIME_DIR": str(tmp_path / ("long" * 25))})
    assert where.parent == tmp_path / f"handrail-{os.getuid()}"
    assert stat.S_IMODE(where.parent.stat().st_mode) == 0o700
    where.parent.chmod(0o755)
    with pytest.raises(OSError, match="only you can use"):
        warm.address({"JUPYTER_RUNTIME_DIR": str(tmp_path / ("long" * 25))})


def test_cold_means_cold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_COLD", "1")
    assert not warm.able()
    assert not warm.start(os.environ, wait=True)


def test_what_failed_is_not_tried_again(tmp_path: Path) -> None:
    variables = {"JUPYTER_RUNTIME_DIR": str(tmp_path)}
    warm.address(variables).with_suffix(".failed").write_text("2 threads")
    assert not warm.start(variables, wait=True)
    assert not list(tmp_path.glob("*.sock"))
