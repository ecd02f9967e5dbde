"""The kernel that a report's notebook runs in: it answers in time or says why not, and Ctrl-C stops it."""

from __future__ import annotations

import asyncio
import atexit
import signal
from contextlib import suppress
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from stepmark.errors import Fault, StepmarkError

__all__ = ["Client", "execute"]


class Client(NotebookClient):
    """Runs a notebook in a kernel of its own.

    nbclient answers Ctrl-C by taking the kernel away from the cell that waits for it, which then fails in many ways. Here
    Ctrl-C cancels the run, as asyncio's own runner does, and the kernel is killed on the way out.

    Attributes
    ----------
    stopped
        Whether Ctrl-C was pressed.
    """

    stopped = False
    _process: Any = None

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        """Start the kernel; from now on Ctrl-C cancels the run."""
        with suppress(RuntimeError):  # outside the main thread, and on Windows, signals are not ours
            asyncio.get_running_loop().add_signal_handler(signal.SIGINT, self._stop, asyncio.current_task())
        await super().async_start_new_kernel(**kwargs)
        self._process = getattr(getattr(self.km, "provisioner", None), "process", None)
        if self.stopped:  # while it started
            self.kill()

    def kill(self) -> None:
        """End the kernel's process if it still lives."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _stop(self, run: asyncio.Task[Any] | None) -> None:
        self.stopped, self.shutdown_kernel = True, "immediate"
        if run is not None:
            run.cancel()

    async def async_start_new_kernel_client(self) -> Any:
        """Wait until the kernel answers.

        Raises
        ------
        StepmarkError
            Where it does not, or has died.
        """
        try:
            return await super().async_start_new_kernel_client()
        except RuntimeError as error:  # nbclient has shut the kernel down
            atexit.unregister(self._cleanup_kernel)
            raise StepmarkError(_silent(str(error))) from None
        except asyncio.CancelledError:
            await self._async_cleanup_kernel()
            atexit.unregister(self._cleanup_kernel)
            raise


def execute(client: Client) -> None:
    """Run the client's notebook in place.

    Raises
    ------
    KeyboardInterrupt
        On Ctrl-C.
    StepmarkError
        Where the kernel does not start.
    CellExecutionError
        Where a cell fails.
    """
    try:
        client.execute()
    except KeyboardInterrupt:
        # Where an event loop runs already, as in a notebook, nbclient works in a thread of its own, which hears no Ctrl-C.
        client.stopped = True
        raise
    # nbclient takes a cell that is cancelled for a dead kernel
    except (asyncio.CancelledError, DeadKernelError):
        if client.stopped:
            raise KeyboardInterrupt from None
        raise
    finally:
        client.kill()


def _silent(reason: str) -> str:
    """Why there is no report without a kernel, and what to do."""
    return str(
        Fault(
            "the Python kernel that runs the report",
            f"it does not start ({reason})",
            "an answer on 127.0.0.1",
            "It talks with this process within this machine: allow that in the container, sandbox or firewall; "
            "`python -m ipykernel_launcher` shows whether it starts at all.",
        )
    )
