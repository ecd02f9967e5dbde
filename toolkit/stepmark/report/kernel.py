"""The kernel that a report's notebook runs in: it answers in time or says why not, and Ctrl-C stops it."""

from __future__ import annotations

import asyncio
import atexit
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any

from nbclient import NotebookClient

from stepmark.errors import Fault, StepmarkError

__all__ = ["Client", "execute"]


class Client(NotebookClient):
    """Runs a notebook in a kernel of its own, and can be stopped from another thread.

    Attributes
    ----------
    stopped
        Whether it was.
    """

    stopped = False
    _process: Any = None
    _run: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None

    async def run(self) -> None:
        """Run the notebook in place."""
        task = asyncio.current_task()
        self._run = asyncio.get_running_loop(), task  # type: ignore[assignment]
        if not self.stopped:
            await self.async_execute()

    async def async_start_new_kernel(self, **kwargs: Any) -> None:
        """Start the kernel."""
        await super().async_start_new_kernel(**kwargs)
        self._process = getattr(getattr(self.km, "provisioner", None), "process", None)
        if self.stopped:  # while it started
            self.kill()

    def stop(self) -> None:
        """End the run; called from another thread."""
        self.stopped, self.shutdown_kernel = True, "immediate"
        if self._run is not None:
            loop, task = self._run
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(task.cancel)

    def kill(self) -> None:
        """End the kernel's process if it still lives."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

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
    # In a thread, because an event loop may run here already, as in a notebook; and because nbclient answers Ctrl-C by taking
    # the kernel away from the cell that waits for it, which then fails in many ways.
    with ThreadPoolExecutor(1, "notebook") as thread:
        run = thread.submit(asyncio.run, client.run())
        try:
            run.result()
        except KeyboardInterrupt:
            client.stop()
            wait([run])
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
