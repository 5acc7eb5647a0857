"""Kernels forked from a parent that has imported the heavy libraries: they start in a fraction of a second.

The parent is one process for a Python environment, with one thread and no event loop. It listens on a Unix socket in
Jupyter's runtime folder, readable for its owner only. A client (`handrail.provisioner`) connects, sends what the
kernel is to be started with, and keeps the connection: when it ends, the parent kills the kernel, so a client that
vanishes leaves nothing behind. A kernel that ends stays a zombie until its client has gone, so its number can't be
given to another process that the client would signal by mistake.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import os
import selectors
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

HEAVY = (
    *("IPython", "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "numpy", "pandas", "pyarrow"),
    *("matplotlib.pyplot", "matplotlib.backends.backend_agg"),
    *("scipy.stats", "scipy.optimize", "scipy.sparse", "torch", "torch.nn", "torch.optim", "hypothesis.strategies"),
    *("sklearn.cluster", "sklearn.compose", "sklearn.datasets", "sklearn.decomposition", "sklearn.ensemble"),
    *("sklearn.linear_model", "sklearn.metrics", "sklearn.model_selection", "sklearn.pipeline"),
    *("sklearn.preprocessing", "sklearn.tree"),
)
"""What the parent imports, as far as it is installed. Not what a lesson prepares by variables before it imports it (the
Hugging Face libraries), what looks for the running kernel when it is imported (ipywidgets, the inline backend), or what
starts a thread."""

FROZEN = (
    *("PYTHONPATH", "PYTHONHASHSEED", "PYTHONWARNINGS", "PYTHONSTARTUP", "PYTHONUTF8", "PYTHONOPTIMIZE"),
    *("LD_LIBRARY_PATH", "LD_PRELOAD", "CUDA_VISIBLE_DEVICES", "MPLBACKEND", "MPLCONFIGDIR", "VIRTUAL_ENV"),
)
"""Variables that take effect at a start or an import: each combination has a parent of its own."""

NAME = "handrail-warm"
VARIABLE = "JUPYTER_DEFAULT_PROVISIONER_NAME"
"""With this variable set to this name, all that starts kernels through `jupyter_client` has them forked."""

THREADS = "OMP_NUM_THREADS"
INHERITED = "HANDRAIL_INHERITED_MB"
INLINE = "module://matplotlib_inline.backend_inline"
IDLE_SECONDS = 600.0
READY_SECONDS = 60.0
LIMIT = 1 << 20
_started: list[subprocess.Popen[bytes]] = []
LONGEST = 100  # bytes in the path of a socket; systems allow 103 or more


def able() -> bool:
    """Whether kernels can be forked here: Linux, where a fork without threads is safe."""
    return sys.platform == "linux" and not os.environ.get("HANDRAIL_COLD")


def address(variables: Mapping[str, str]) -> Path:
    """Return the socket of the parent for these variables: in Jupyter's runtime folder, or where paths are shorter."""
    settled = [sys.executable, sys.version, imported(), *(f"{name}={variables.get(name)}" for name in FROZEN)]
    name = f"handrail-warm-{hashlib.sha256(chr(0).join(settled).encode()).hexdigest()[:16]}.sock"
    where = runtime(variables) / name
    return where if len(os.fsencode(where)) <= LONGEST else _private_folder() / name


def runtime(variables: Mapping[str, str]) -> Path:
    """Return Jupyter's runtime folder under these variables, made if it isn't there."""
    from jupyter_core.paths import jupyter_runtime_dir

    folder = Path(variables.get("JUPYTER_RUNTIME_DIR") or jupyter_runtime_dir())
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _private_folder() -> Path:
    """Return a folder for short paths that only this user can look into."""
    folder = Path(tempfile.gettempdir()) / f"handrail-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or found.st_mode & 0o077 or not stat.S_ISDIR(found.st_mode):
        raise OSError(f"{folder} isn't a folder that only you can use. Remove it.")
    return folder


def imported() -> str:
    """Return a fingerprint of what a parent has imported: this file, and the environment's installed packages."""
    site = {Path(path) for path in sys.path if path.endswith("site-packages") and Path(path).is_dir()}
    parts = [Path(__file__).read_bytes(), *(str((path, path.stat().st_mtime_ns)).encode() for path in sorted(site))]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def start(variables: Mapping[str, str], *, owner: int | None = None, wait: bool = False) -> bool:
    """Start the parent for these variables unless there is one; return whether one is ready.

    It ends when `owner`, the number of a process, has ended and no kernel is left, and after ten idle minutes.
    """
    if not able():
        return False
    where = address(variables)
    if where.with_suffix(".failed").exists():  # with these very libraries; another environment has another name
        return False
    if not ready(where):
        _launch(where, variables, owner)
    until = time.monotonic() + (READY_SECONDS if wait else 0)
    while not ready(where) and time.monotonic() < until and not where.with_suffix(".failed").exists():
        time.sleep(0.05)
    return ready(where)


def _launch(where: Path, variables: Mapping[str, str], owner: int | None) -> None:
    code = "import sys; from handrail.warm import main; main(sys.argv[1:])"
    with where.with_suffix(".log").open("w") as log:
        parent = subprocess.Popen(
            [sys.executable, "-c", code, str(where), str(owner or 0)],
            env=dict(variables) | _settled(variables),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
    _started.append(parent)  # it may outlive what started it


def ready(where: Path) -> bool:
    """Whether a parent answers at this socket."""
    try:
        with _connected(where):
            return True
    except OSError:
        return False


def stop(where: Path) -> None:
    """Ask the parent at this socket to end as soon as it has no kernel."""
    with contextlib.suppress(OSError), _connected(where) as connection:
        connection.sendall(json.dumps({"quit": True}).encode() + b"\n")
        connection.recv(1)


class Kernel:
    """A forked kernel, seen from the client: the part of `subprocess.Popen` that Jupyter's provisioner uses."""

    stdin = stdout = stderr = None

    def __init__(
        self,
        where: Path,
        command: Sequence[str],
        variables: Mapping[str, str],
        cwd: str,
        outputs: Sequence[int] = (1, 2),
    ) -> None:
        request = {"command": list(command), "variables": dict(variables), "cwd": cwd}
        self.connection = _connected(where)
        self.told, self.returncode = b"", None  # type: bytes, int | None
        try:
            socket.send_fds(self.connection, [b"\n"], list(outputs))
            self.connection.sendall(json.dumps(request).encode() + b"\n")
            self.connection.settimeout(10)
            self.pid = int(self._line()["pid"])
        except BaseException:
            self.connection.close()
            raise

    def poll(self) -> int | None:
        """Return the exit status if the kernel has ended, negative for a signal, and None before that."""
        if self.returncode is None:
            self.connection.settimeout(0)
            with contextlib.suppress(BlockingIOError):
                self._ended(self._line())
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until the kernel has ended; return its exit status."""
        if self.returncode is None:
            self.connection.settimeout(timeout)
            self._ended(self._line())
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the kernel."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def _line(self) -> dict[str, Any]:
        while b"\n" not in self.told:
            received = self.connection.recv(4096)
            if not received:  # the parent is gone, and its kernels with it
                return {"exit": -signal.SIGKILL}
            self.told += received
        line, _, self.told = self.told.partition(b"\n")
        answer = json.loads(line)
        if "refused" in answer:
            raise ConnectionRefusedError(answer["refused"])
        return dict(answer)

    def _ended(self, answer: Mapping[str, Any]) -> None:
        self.returncode = int(answer["exit"])
        self.connection.close()


@dataclass
class Client:
    """A connection to the parent: what was received so far, and the kernel that was forked for it."""

    connection: socket.socket
    received: bytes = b""
    outputs: list[int] = field(default_factory=list)
    kernel: int = 0


class Parent:
    """Forks kernels on demand. One thread, one selector."""

    def __init__(self, where: Path, owner: int) -> None:
        self.where, self.owner, self.leaving = where, owner, False
        self.clients: dict[int, Client] = {}
        self.idle_since = time.monotonic()
        self.selector = selectors.DefaultSelector()
        self.listener = _listening(where)
        self.woken, self.waker = socket.socketpair()
        for end in (self.woken, self.waker, self.listener):
            end.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(self.woken, selectors.EVENT_READ)
        signal.set_wakeup_fd(self.waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._leave)

    def run(self) -> None:
        """Serve until nobody needs it: told to go, its owner gone, or idle for long; and no kernel left."""
        while not self.done():
            for key, _ in self.selector.select(timeout=1.0):
                if key.fileobj is self.listener:
                    self._accept()
                elif key.fileobj is self.woken:
                    with contextlib.suppress(BlockingIOError):
                        self.woken.recv(4096)
                elif (client := self.clients.get(key.fd)) is not None:
                    self._hear(client)
            self._tell_of_the_dead()
        self.close()

    def done(self) -> bool:
        """Whether to end now."""
        if any(client.kernel for client in self.clients.values()):
            self.idle_since = time.monotonic()
            return False
        gone = bool(self.owner) and not _alive(self.owner)
        return self.leaving or gone or time.monotonic() - self.idle_since > IDLE_SECONDS

    def close(self) -> None:
        """Leave no socket behind."""
        for client in list(self.clients.values()):
            self._part(client)
        self.listener.close()
        for suffix in (".sock", ".log", ".lock"):
            self.where.with_suffix(suffix).unlink(missing_ok=True)

    def _leave(self, *_: object) -> None:
        self.leaving = True

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            connection, _ = self.listener.accept()
            connection.setblocking(False)
            self.clients[connection.fileno()] = Client(connection)
            self.selector.register(connection, selectors.EVENT_READ)

    def _hear(self, client: Client) -> None:
        """Read what a client says; nothing at all means that it is gone."""
        try:
            received, outputs, *_ = socket.recv_fds(client.connection, 1 << 16, 4)
        except BlockingIOError:
            return
        except OSError:
            received, outputs = b"", []
        client.outputs += outputs
        client.received += received
        if not received or len(client.received) > LIMIT:
            self._part(client)
        elif b"\n" in client.received.lstrip(b"\n"):
            line, _, client.received = client.received.lstrip(b"\n").partition(b"\n")
            self._do(client, line)

    def _do(self, client: Client, line: bytes) -> None:
        try:
            request = json.loads(line)
            if request.get("quit"):
                self.leaving = True
                self._part(client)
            elif client.kernel:
                raise ValueError("this connection has a kernel already")
            else:
                self._fork(client, request)
        except (ValueError, KeyError, TypeError, OSError, AttributeError) as error:
            self._tell(client, {"refused": f"{type(error).__name__}: {error}"})
            self._part(client)

    def _fork(self, client: Client, request: Mapping[str, Any]) -> None:
        command, variables, cwd = request["command"], request["variables"], request["cwd"]
        if len(client.outputs) != 2:
            raise ValueError("two file descriptors, for output and errors, must come with the request")
        if threads() != 1:
            raise OSError(f"the parent has {threads()} threads, and a fork would lose all but one")
        parent = os.getpid()
        client.kernel = os.fork()
        if client.kernel == 0:
            become_kernel(command, variables | {"JPY_PARENT_PID": str(parent)}, cwd, client.outputs, self._sockets())
        for output in client.outputs:
            os.close(output)
        client.outputs = []
        self._tell(client, {"pid": client.kernel})

    def _sockets(self) -> list[int]:
        mine = (self.listener, self.woken, self.waker, self.selector)
        return [*(one.fileno() for one in mine), *self.clients]

    def _tell(self, client: Client, answer: Mapping[str, Any]) -> None:
        with contextlib.suppress(OSError):
            client.connection.sendall(json.dumps(answer).encode() + b"\n")

    def _tell_of_the_dead(self) -> None:
        """Tell clients whose kernel has ended. It is reaped only when the client has gone."""
        for client in self.clients.values():
            if client.kernel > 0:
                ended = os.waitid(os.P_PID, client.kernel, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if ended is not None:
                    status = ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status
                    self._tell(client, {"exit": status})
                    client.kernel = -client.kernel

    def _part(self, client: Client) -> None:
        """Forget a client; kill what was forked for it, and wait for it."""
        self.selector.unregister(client.connection)
        del self.clients[client.connection.fileno()]
        client.connection.close()
        for output in client.outputs:
            os.close(output)
        kernel = abs(client.kernel)
        if kernel:
            for kill in (os.killpg, os.kill):  # what the kernel started, too; it may not lead its group yet
                with contextlib.suppress(OSError):
                    kill(kernel, signal.SIGKILL)
            with contextlib.suppress(OSError):
                os.waitpid(kernel, 0)
        self.idle_since = time.monotonic()


def become_kernel(
    command: Sequence[str], variables: Mapping[str, str], cwd: str, outputs: Sequence[int], inherited: Sequence[int]
) -> NoReturn:
    """Turn this forked process into an ordinary kernel; it never returns."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL)):
            signal.signal(number, handler)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        for descriptor, output in enumerate(outputs, start=1):
            os.dup2(output, descriptor)
        for descriptor in {*inherited, *outputs}:
            os.close(descriptor)
        os.environ.clear()
        os.environ.update(variables)
        os.chdir(cwd)
        _afresh(variables)
        sys.argv = list(command)
        from ipykernel import kernelapp

        kernelapp.launch_new_instance(parent_handle=os.getppid())  # it ends when the parent does
        status = 0
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        _end(status)


def main(arguments: Sequence[str]) -> None:
    """Import, then serve at the socket that the first argument names, for the owner that the second one numbers."""
    where, owner = Path(arguments[0]), int(arguments[1])
    with _alone(where) as alone:
        if not alone:
            return
        load()
        if threads() != 1:
            said = f"{threads()} threads after the imports: kernels can't be forked safely, and start as usual.\n"
            where.with_suffix(".failed").write_text(said, encoding="utf-8")
            return
        Parent(where, owner).run()


def load(names: Sequence[str] = HEAVY) -> None:
    """Import what is installed of these modules, and keep it out of the garbage collector's way."""
    import gc
    import warnings

    with warnings.catch_warnings(), _as_in_a_kernel():
        warnings.simplefilter("ignore")
        for name in names:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def _as_in_a_kernel() -> Iterator[None]:
    """Answer `get_ipython()` as a kernel does: pandas asks when it is imported, and shows tables accordingly."""
    import builtins
    from types import SimpleNamespace

    builtins.get_ipython = lambda: SimpleNamespace(kernel=True)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        del builtins.get_ipython  # type: ignore[attr-defined]


def threads() -> int:
    """Return the number of this process's threads."""
    return len(os.listdir("/proc/self/task"))


def _settled(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what the parent's own variables must be: one thread, and the inline backend if no other is asked for."""
    from handrail.execute import ONE_THREAD

    arrow = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}  # pyarrow's allocator would start a thread
    return ONE_THREAD | arrow | {"MPLBACKEND": variables.get("MPLBACKEND", INLINE)}


def _afresh(variables: Mapping[str, str]) -> None:
    """Give the fork what a new process would have: chance of its own, as many threads as asked for, its own peak."""
    import random

    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()
    if "torch" in sys.modules:
        sys.modules["torch"].seed()
    wanted = variables.get(THREADS, "")
    count = int(wanted) if wanted.isdigit() else len(os.sched_getaffinity(0))
    if count != 1:
        _allow_threads(count)
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak of memory begins anew
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        os.environ[INHERITED] = str(round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20))


def _allow_threads(count: int) -> None:
    with contextlib.suppress(ImportError):
        import threadpoolctl  # type: ignore[import-untyped]

        threadpoolctl.threadpool_limits(count)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(count)


def _end(status: int) -> NoReturn:
    """End the process as the interpreter would, but without returning into the parent's code."""
    import atexit

    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BaseException):
            stream.flush()
    os._exit(status)


def _connected(where: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.connect(str(where))
    except OSError:
        connection.close()
        raise
    return connection


def _listening(where: Path) -> socket.socket:
    """Return a socket that listens at this path, for this user only. A stale one is replaced."""
    where.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(where))
    finally:
        os.umask(before)
    listener.listen(128)
    return listener


@contextlib.contextmanager
def _alone(where: Path) -> Iterator[bool]:
    """Yield whether this process is the only parent at this path, and stay the only one."""
    import fcntl

    with where.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
