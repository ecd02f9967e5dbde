"""How does a session reach the screen? Messages in, acknowledgements out; no decision is made here."""

from __future__ import annotations

from pathlib import Path
from threading import Thread
from typing import Any

import anywidget

from stepmark.errors import StepmarkError

__all__ = ["CodingWidget", "code"]

_HERE = Path(__file__).parent


class CodingWidget(anywidget.AnyWidget):
    """A session on the screen of a notebook.

    Parameters
    ----------
    session
        What is coded: a `Session` (see `stepmark.review`).

    Notes
    -----
    Messages from the browser: ``hello`` is answered by ``state`` (a whole snapshot and the codebook), ``do`` with a
    command by ``ack`` once the command is on disk, or by ``nack`` with what went wrong and nothing changed; ``find``
    with words by ``found`` (the interactions that hold them, each with a place) and ``look`` with a place by the ``state``
    there, the session staying where it is. ``nudge`` asks for nothing and has no answer (it makes the answer to ``do`` arrive sooner; see ``Line.nudge``). The widget
    keeps no state of its own: whatever is shown again after a reload comes from the store.
    """

    _esm = _HERE / "coding.js"
    _css = _HERE / "coding.css"

    def __init__(self, session: Any) -> None:
        self.session = session
        super().__init__()
        self.on_msg(self._hear)

    def __repr__(self) -> str:
        return f"CodingWidget({self.session!r})"

    def _hear(self, _widget: Any, message: dict[str, Any], _buffers: Any) -> None:
        kind = message.get("type")
        if kind == "hello":
            self._answer_hello()
        elif kind == "do":
            self._answer_command(message["command"])
        elif kind == "find":
            self.send(
                {"type": "found", "words": message["words"], "places": self.session.find(message["words"])}
            )
        elif kind == "look":
            self._show(message["position"])

    def _answer_hello(self) -> None:
        try:
            self.session.catch_up()
        except StepmarkError as error:  # the store is out of reach: show what is known, and say so
            self.send({"type": "trouble", "error": str(error)})
        self._show()

    def _show(self, position: int | None = None) -> None:
        view, codebook = self.session.view(position), self.session.codebook()
        self.send({"type": "state", "view": view, "codebook": codebook, "looked": position is not None})

    def _answer_command(self, command: dict[str, Any]) -> None:
        try:
            ack = self.session.apply(command)
        except StepmarkError as error:
            self.send({"type": "nack", "cid": command.get("cid"), "error": str(error)})
        except (
            Exception
        ) as error:  # nothing may look saved that is not; the notebook's log shows where it broke
            self.send(
                {"type": "nack", "cid": command.get("cid"), "error": f"{type(error).__name__}: {error}"}
            )
            raise
        else:
            self.send({"type": "ack", **ack})


def code(session: Any) -> CodingWidget:
    """A session on the screen; put it on the last line of a cell.

    Parameters
    ----------
    session
        A `Session`; the screen shows where it stands and goes on there.

    Returns
    -------
    CodingWidget
        Press ``h`` in it for the keys.
    """
    widget = CodingWidget(session)
    # computed while the browser makes room: the first look at a guide compiles its patterns
    Thread(target=session.view, daemon=True).start()
    return widget
