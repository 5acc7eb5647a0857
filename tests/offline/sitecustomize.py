"""Refuse every connection that leaves this machine, and note who tried.

`make test` puts this folder on PYTHONPATH, so that it is loaded by every Python process of the proof: tests, kernels,
servers. A library that swallows the refusal is still found out, by the note.
"""

import os
import sys

LOCAL = {"localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "", None}


def refuse(event, arguments):
    """Raise for a look-up or a connection that isn't local."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[-1], tuple):
        host = arguments[-1][0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name in LOCAL or str(name).startswith("127."):
        return
    note = os.environ.get("HANDRAIL_NETWORK_LOG")
    if note:
        with open(note, "a", encoding="utf-8") as file:
            file.write(f"{event} {name!r} by {' '.join(sys.argv[:3])}\n")
    raise OSError(101, f"the proof of the course runs offline, and something asked for {name!r}")


sys.addaudithook(refuse)
