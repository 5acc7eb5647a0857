"""Let Jupyter start Python kernels by a fork of the warm parent, and as usual wherever that isn't possible.

Chosen for every tool that starts kernels through `jupyter_client` (JupyterLab, papermill, nbval) by the variable
`JUPYTER_DEFAULT_PROVISIONER_NAME=handrail-warm`, or for one kernelspec by its metadata. It is `handrail-warm` that the
entry point in `pyproject.toml` names.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from handrail import warm


class WarmProvisioner(LocalProvisioner):
    """Forks a kernel of this environment from the warm parent; every other kernel, and every failure, starts cold."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start the kernel and return how to connect to it."""
        variables = {name: str(value) for name, value in (kwargs.get("env") or os.environ).items()}
        outputs = [descriptor(kwargs.get(name), usual) for name, usual in (("stdout", 1), ("stderr", 2))]
        kernel = self._forked(cmd, variables, str(kwargs.get("cwd") or os.getcwd()), outputs)
        if kernel is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process = kernel  # type: ignore[assignment]
        self.pid = self.pgid = kernel.pid
        return self.connection_info

    def _forked(
        self, command: Sequence[str], variables: dict[str, str], cwd: str, outputs: Sequence[int]
    ) -> warm.Kernel | None:
        if not warm.able() or not ours(command) or min(outputs) < 0:
            return None
        try:
            return warm.Kernel(warm.address(variables), command[2:], variables, cwd, outputs)
        except (OSError, ValueError):
            warm.start(variables, owner=os.getpid())  # this one starts cold, the next ones don't
            return None


def ours(command: Sequence[str]) -> bool:
    """Whether a command starts an ordinary kernel of the very environment that this process runs in."""
    return len(command) > 3 and command[1:3] == ["-m", "ipykernel_launcher"] and _same(command[0])


def descriptor(given: Any, usual: int) -> int:
    """Return the number of the file that a stream of the kernel goes to; negative for pipes that are still to make."""
    if given is None:
        return usual
    return given if isinstance(given, int) else int(given.fileno())


def _same(program: str) -> bool:
    """Whether a program is this environment's Python: the same file in the same folder, whatever its name."""
    mine, other = Path(sys.executable), Path(program)
    return other.parent == mine.parent and other.exists() and other.resolve() == mine.resolve()
