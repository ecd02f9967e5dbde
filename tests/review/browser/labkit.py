"""A JupyterLab of its own for tests: free port, random token, every folder of its own; gone when the tests are."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

START_S = 60
SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
    "@jupyterlab/docmanager-extension:plugin": {"autosave": False},
}
FOLDERS = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
    "IPYTHONDIR": "ipython",
    "HOME": "home",
}


def die_with_parent() -> None:
    """Ask Linux to end this process when the one that started it ends; kernels notice and end by themselves."""
    ctypes.CDLL("libc.so.6").prctl(1, int(signal.SIGKILL))


def environment(base: Path) -> dict[str, str]:
    """The environment of a Jupyter server that shares nothing with the user's."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("JUPYTER")}
    folders = {name: base / folder for name, folder in FOLDERS.items()}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {
        **kept,
        **{name: str(folder) for name, folder in folders.items()},
        "PATH": path,
        "PYTHONUNBUFFERED": "1",
    }


class Server:
    """A Jupyter server that a command starts: its `url` and `token`, the folder `root` in which it was started."""

    def __init__(self, base: Path, command: list[str]) -> None:
        self.base, self.root = base, base / "root"
        self.url = self.token = ""
        self.root.mkdir(parents=True, exist_ok=True)
        environ = environment(base)
        self.log = (base / "server.log").open("wb")
        self.process = subprocess.Popen(
            command,
            env=environ,
            cwd=self.root,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    def said(self) -> str:
        return (self.base / "server.log").read_text("utf-8", "replace")

    def _wait(self) -> None:
        """Poll until the server answers; RuntimeError with its log where it never does."""
        until = time.monotonic() + START_S
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if self._answers():
                    return
            except (urllib.error.URLError, ConnectionError, ValueError):
                pass
            time.sleep(0.05)
        raise RuntimeError(f"the server did not start:\n{self.said()}")

    def _answers(self) -> bool:
        for file in (self.base / "runtime").glob("jpserver-*.json"):
            said = json.loads(file.read_text("utf-8"))
            self.url, self.token = f"http://127.0.0.1:{said['port']}", said["token"]
        return bool(self.url) and self.ask("/api/status") is not None

    def ask(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(
            self.url + path, method=method, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def stop(self) -> None:
        """End the server and its kernels."""
        try:
            self.ask("/api/shutdown", "POST")
        except (urllib.error.URLError, ConnectionError, ValueError):  # it never came up, or is gone
            self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
        self.log.close()


class Lab(Server):
    """A JupyterLab."""

    def __init__(self, base: Path) -> None:
        app = base / "app"
        app.mkdir(parents=True)
        (app / "overrides.json").write_text(json.dumps(SETTINGS), "utf-8")
        super().__init__(
            base,
            [
                sys.executable,
                "-m",
                "jupyterlab",
                "--allow-root",
                "--no-browser",
                "--ip=127.0.0.1",
                "--port=0",
                f"--ServerApp.root_dir={base / 'root'}",
                "--LabApp.expose_app_in_browser=True",
                "--JupyterNotebookApp.expose_app_in_browser=True",
                f"--LabServerApp.app_settings_dir={app}",
                f"--LabApp.app_settings_dir={app}",
                "--LabApp.news_url=None",
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
                "--ServerApp.terminals_enabled=False",
            ],
        )
