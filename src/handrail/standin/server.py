"""The server: a thread of this process on a free port of 127.0.0.1, which ends when the process does."""

import asyncio
import atexit
import os
import socket
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import uvicorn

HOST = "127.0.0.1"
STARTING = 60.0
"""So many seconds a start may take on a busy machine."""
STOPPING = 5.0


class StandinError(RuntimeError):
    """The server could not be started, or it has gone."""


class Server:
    """The stand-in, running in a daemon thread with an event loop of its own."""

    def __init__(self, port: int = 0) -> None:
        """Bind a port, a free one unless it is given, and start. Raises StandinError if that doesn't work."""
        self.process = os.getpid()
        self._socket = _bound(port)
        self.port = int(self._socket.getsockname()[1])
        self._failure: BaseException | None = None
        self._uvicorn: uvicorn.Server | None = None
        self._thread = threading.Thread(target=self._run, name="handrail-standin", daemon=True)
        self._thread.start()
        try:
            self._wait_for_start()
        except StandinError:
            self._socket.close()
            raise
        atexit.register(self.stop)

    @property
    def url(self) -> str:
        """The address, without a path."""
        return f"http://{HOST}:{self.port}"

    @property
    def alive(self) -> bool:
        """Whether it runs in this very process: a forked one has no copy of the thread."""
        return self.process == os.getpid() and self._thread.is_alive()

    def stop(self) -> None:
        """End the thread and close the port. Does nothing the second time, and nothing in a forked process."""
        if self.process != os.getpid():
            return
        atexit.unregister(self.stop)
        if self._uvicorn is not None:
            self._uvicorn.should_exit = True
        self._thread.join(STOPPING)
        self._socket.close()

    def __enter__(self) -> "Server":
        """Return the running server."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def _run(self) -> None:
        try:
            self._serve()
        except BaseException as error:  # it is shown to the one who waits for the start
            self._failure = error

    def _serve(self) -> None:
        import uvicorn

        from handrail.standin.app import create

        app = create()
        config = uvicorn.Config(
            app,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            backlog=2048,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=1,
        )
        self._uvicorn = uvicorn.Server(config)
        try:
            asyncio.run(_served(self._uvicorn, self._socket))
        finally:
            app.state.brain.shutdown(wait=False, cancel_futures=True)

    def _wait_for_start(self) -> None:
        deadline = time.monotonic() + STARTING
        while self._uvicorn is None or not self._uvicorn.started:
            if self._failure is not None or not self._thread.is_alive() or time.monotonic() > deadline:
                raise StandinError(f"The stand-in did not start. {self._reason()}") from self._failure
            time.sleep(0.005)

    def _reason(self) -> str:
        if isinstance(self._failure, ModuleNotFoundError):
            return f"The package {self._failure.name} is missing. Install it with: pip install {self._failure.name}"
        if self._failure is not None:
            return f"{type(self._failure).__name__}: {self._failure}"
        return f"It took longer than {STARTING:g} seconds: is the machine very busy? Try again."


async def _served(server: "uvicorn.Server", listening: socket.socket) -> None:
    """Serve until told to stop, and close the connections that clients have left open."""
    await server.serve(sockets=[listening])
    for connection in list(server.server_state.connections):
        connection.transport.abort()
    await asyncio.sleep(0)


def _bound(port: int) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it every answer takes 40 ms longer
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        found.bind((HOST, port))
    except OSError as error:
        found.close()
        raise StandinError(
            f"Port {port} of {HOST} can't be used: {error.strerror}. Port 0 takes a free one."
        ) from error
    found.listen(2048)
    found.setblocking(False)
    return found
