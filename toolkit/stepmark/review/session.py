"""A coding session without a screen: what comes next, what a command does to it, where one stopped.

A client (the widget, a script, a test) asks for :meth:`Session.view`, a snapshot in plain JSON-able data (its shape is
told in `view`), and sends commands as plain dicts to :meth:`Session.apply` (told in `commands`). The answer, the
`ack`, comes back only when the decision is on disk::

    cid                the client's id of the command
    saved              True; where it could not be saved, `apply` raises `CodingError` and nothing has changed
    replayed           whether the command had been saved before: sending one twice is harmless
    position, finished the place where the coder stands now; whether all is done
    interaction, turns the id of the interaction that is on, and its turns that look different now (the one it was about,
                       and the one to decide)
    view               a whole new snapshot where another interaction is on now (or the screen has to change for
                       another reason), else None
    number, progress, pace, can_undo   as in the snapshot

A session may be used from several threads. The same coder may have it open twice (a reloaded page): each sees what the
other has saved at its next command.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, get_args

import pandas as pd

from stepmark.corpus import Corpus
from stepmark.errors import CodingError, Fault
from stepmark.review.coded_steps import coded_steps, loaded
from stepmark.review.commands import check_command
from stepmark.review.ledger import Ledger
from stepmark.review.marks import Marks, Spans
from stepmark.review.next_event import next_event
from stepmark.review.open_queue import Disputes, open_queue
from stepmark.review.store import Event, Store
from stepmark.review.suggestions import Suggestions
from stepmark.review.transcript import Transcripts
from stepmark.review.view import codebook, standing, turn_view, view

__all__ = ["Mode", "Session"]

Mode = Literal["correct", "blind", "verify", "interaction", "adjudicate"]

#: How often a command is tried again when the same coder saves elsewhere at the same moment.
_TRIES = 100


class Session:
    """One coder's session on one queue.

    Parameters
    ----------
    corpus
        The transcripts.
    guide
        The codes: a `Guide`, the name of a shipped one, or a path.
    store
        Where decisions go: a `Store`, a path or a database URL.
    coder
        Who decides.
    name
        Names the session within the store. Opened again under the same name by the same coder, it goes on
        exactly where it stopped, on the same queue.
    mode
        `correct` (the rules' marks are there, one command accepts them), `blind` (no suggestions), `verify` (one
        step, yes or no, one command a turn), `interaction` (each interaction whole, in order) or `adjudicate` (see
        `adjudication.adjudicate`, which opens such a session).
    step
        The step to verify.
    draw
        What to code: a table with `interaction_id`, `turn` and `probability` (see `draw`); every turn, with
        probability 1, where None is given. Turns of a speaker who has no step to code are left out.
    spans
        Marks of the rules; made when needed where None is given.
    disputes
        What coders said of each turn of an adjudication (see `CodingQueue.disputes`); kept with the queue.
    steps
        Ids of the steps to code; all of the guide that can be told from words where None is given.
    blind_share, repeat_share, repeat_after
        Share of the turns drawn blind, share that comes back unannounced, and after how many others at least.
    seed
        Seed of both draws.
    clock
        Tells the time (with its zone); for tests and replays.

    Raises
    ------
    CodingError
        Where the store cannot be used, the session was opened with another design, or the corpus lacks its turns.
    """

    def __init__(
        self,
        corpus: Corpus,
        guide: Any = "difficult-customers",
        store: Any = "coding.sqlite",
        *,
        coder: str,
        name: str = "main",
        mode: Mode = "correct",
        step: str | None = None,
        draw: pd.DataFrame | None = None,
        spans: pd.DataFrame | None = None,
        disputes: Disputes | None = None,
        steps: list[str] | None = None,
        blind_share: float = 0.1,
        repeat_share: float = 0.05,
        repeat_after: int = 20,
        seed: int = 0,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.corpus, self.coder, self.name, self.mode, self.step = corpus, coder, name, mode, step
        _check_mode(mode, step)
        self.guide = loaded(guide)
        self.steps = coded_steps(self.guide, steps, step)
        self.store = store if isinstance(store, Store) else Store(store)
        self.transcripts = Transcripts(corpus)
        self._clock = clock or (lambda: datetime.now(UTC))
        self._lock = threading.RLock()
        shares = {"blind_share": blind_share, "repeat_share": repeat_share, "repeat_after": repeat_after}
        design = {"mode": mode, "step": step, **shares, "seed": seed}
        self._id, self.queue = open_queue(
            self.store, name, coder, design, corpus, self.steps, draw, disputes, self._now()
        )
        self.votes = self.queue.votes()
        shown = self.queue.agreed() if self.votes else spans
        self._suggestions = Suggestions(self.transcripts, self.guide, shown)
        self._places: dict[str, dict[int, list[int]]] = {}
        self.ledger = Ledger(len(self.queue))
        self.catch_up()

    def __repr__(self) -> str:
        done, total = self.ledger.progress["done"], self.ledger.progress["total"]
        return f"Session({self.name!r}, {self.mode}, coder {self.coder!r}: {done:,} of {total:,} turns done)"

    # For clients --------------------------------------------------------------------------------------------

    @property
    def position(self) -> int:
        """The place in the queue where the coder stands; the length of the queue when all is done."""
        return self.ledger.cursor

    @property
    def finished(self) -> bool:
        """Whether the coder has come to the end."""
        return self.position >= len(self.queue)

    def view(self, position: int | None = None) -> dict[str, Any]:
        """A snapshot of the session where it stands, or of another place of the queue; its shape is told in `view`."""
        with self._lock:
            return view(self, self.position if position is None else self.checked(position))

    def codebook(self) -> list[dict[str, Any]]:
        """What each code means: `id, label, stage, kind, speaker, key, definition, counts, does_not_count`."""
        return codebook(self)

    def find(self, words: str) -> list[tuple[str, int]]:
        """The interactions of the queue in which these words stand, each with its first place, in the queue's order."""
        holding = self.transcripts.holding(words)
        first: dict[str, int] = {}
        for place, interaction_id in enumerate(self.queue.interaction_id):
            if interaction_id in holding:
                first.setdefault(interaction_id, place)
        return list(first.items())

    def catch_up(self) -> None:
        """Take in what the store has and this session has not seen."""
        with self._lock:
            self.ledger.take(self.store.events(self._id, after=self.ledger.number))

    def apply(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Do what a command says; the ack, once that is on disk.

        Parameters
        ----------
        command
            As told in `commands`, with a `cid` that no other command has.

        Raises
        ------
        CodingError
            Where the command makes no sense or could not be saved; the session is then as it was.
        """
        check_command(command)
        with self._lock:
            for _ in range(_TRIES):
                before = self.position
                if (place := self.ledger.place_of(command["cid"])) is not None:
                    return self._ack(command["cid"], before, place, replayed=True)
                event = next_event(self, command, self._now())
                if self.store.append(self._id, event):
                    self.ledger.take([event])
                    return self._ack(event.cid, before, event.position)
                self._explain_refusal(event)
        raise CodingError(
            Fault(self.name, "someone else saves in this queue without pause", advice="Close the other.")
        )

    def codes(self) -> pd.DataFrame:
        """This session's decisions as a codes table; see `coded.codes_of`."""
        from stepmark.review.coded import codes_of

        return codes_of(self.store, session=self.name, coder=self.coder, corpus=self.corpus)

    # For the view -------------------------------------------------------------------------------------------

    def turn_at(self, position: int) -> tuple[str, int]:
        """Interaction and turn at a place of the queue."""
        return self.queue.interaction_id[position], self.queue.turn[position]

    def checked(self, position: int) -> int:
        """The place itself; `CodingError` where the queue has none such."""
        if not 0 <= position <= len(self.queue):
            raise CodingError(Fault("position", str(position), f"a place from 0 to {len(self.queue)}"))
        return position

    def text_at(self, position: int) -> str:
        """The words of the turn at a place of the queue."""
        said = self.transcripts.turn(*self.turn_at(position))
        return "" if said is None else said["text"]

    def is_blind(self, position: int) -> bool:
        """Whether this place is shown without suggestions."""
        return self.mode == "blind" or self.queue.blind[position]

    def steps_for(self, interaction_id: str, turn: int) -> list[Any]:
        """The steps that this turn can show, by who speaks."""
        said = self.transcripts.turn(interaction_id, turn)
        return [step for step in self.steps if said and step.speaker in (said["speaker"], "any", None)]

    def suggested(self, interaction_id: str, turn: int) -> dict[str, Spans]:
        """What the rules mark in this turn, among the steps to code."""
        known = {step.id for step in self.steps_for(interaction_id, turn)}
        return {s: spans for s, spans in self._suggestions.of(interaction_id, turn).items() if s in known}

    def marks(self, position: int, hidden: bool | None = None) -> Marks:
        """What has been said of a place, or what the rules say where nothing has been and they may be shown."""
        said = self.ledger.marks(position)
        if said is not None:
            return said
        blind = self.is_blind(position) if hidden is None else hidden
        return Marks() if blind else Marks(yes=self.suggested(*self.turn_at(position)))

    def place_seen(self, interaction_id: str, turn: int, position: int) -> int | None:
        """The place of a turn in the queue, as seen from `position`; None where it is not to be coded.

        A turn that comes back is shown as new while it is to be decided, else as it was last decided.
        """
        if interaction_id not in self._places:
            self._places[interaction_id] = self.queue.places_of(interaction_id)
        places = self._places[interaction_id].get(turn, [])
        if position in places or not places:
            return position if places else None
        return next((place for place in reversed(places) if self.ledger.latest(place)), places[0])

    # Inside -------------------------------------------------------------------------------------------------

    def _ack(self, cid: str, before: int, about: int, replayed: bool = False) -> dict[str, Any]:
        now = self.position
        ack = {"cid": cid, "saved": True, "replayed": replayed, "position": now, "finished": self.finished}
        if replayed or not self._same_screen(before, now, about):
            return {**ack, "interaction": None, "turns": [], "view": self.view(), **standing(self)}
        interaction_id = self.queue.interaction_id[now]
        seen = {self.queue.turn[place] for place in (before, about, now)}
        said = [turn for turn in self.transcripts.turns(interaction_id) if turn["turn"] in seen]
        turns = [turn_view(self, turn, interaction_id, now) for turn in said]
        return {**ack, "interaction": interaction_id, "turns": turns, "view": None, **standing(self)}

    def _same_screen(self, *places: int) -> bool:
        """Whether these places show the same interaction, with the same suggestions and the same codes."""
        if any(place >= len(self.queue) for place in places):
            return False
        looks = {(self.queue.interaction_id[p], self.is_blind(p), self.queue.occasion[p]) for p in places}
        codes = {tuple(step.id for step in self.steps_for(*self.turn_at(p))) for p in places}
        return len(looks) == 1 and len(codes) == 1

    def _explain_refusal(self, event: Event) -> None:
        """Find out why the store did not take an event: catch up, or say that its id is taken."""
        number = self.ledger.number
        self.catch_up()
        if self.ledger.number == number and self.store.has(event.cid):
            raise CodingError(
                Fault(f"cid '{event.cid}'", "belongs to a command of another session", "an id of its own")
            )

    def _now(self) -> str:
        return self._clock().astimezone(UTC).isoformat(timespec="microseconds")


def _check_mode(mode: str, step: str | None) -> None:
    faults = []
    if mode not in get_args(Mode):
        faults.append(Fault("mode", repr(mode), ", ".join(get_args(Mode))))
    if (mode == "verify") != (step is not None):
        faults.append(Fault("step", repr(step), "a step in mode 'verify', none in the others"))
    if faults:
        raise CodingError(faults)
