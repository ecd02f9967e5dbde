"""A pattern bench for a notebook: type a token pattern, see at once what it changes. A thin shell over `PatternTrials`."""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import yaml

from stepmark.annotate import CodedTurn, Guide, PatternTrials
from stepmark.errors import StepmarkError

if TYPE_CHECKING:
    from stepmark.annotate import PatternTrial
    from stepmark.corpus import Corpus

__all__ = ["pattern_bench", "trial_text"]

#: How many changed turns are shown.
SHOWN = 12
#: Seconds without a key after which what stands there is tried.
PAUSE = 0.4


def trial_text(trial: PatternTrial, shown: int = SHOWN) -> str:
    """What a pattern changes, in plain lines."""
    signs = {"new": "+", "gone": "-"}
    counts = trial.changes["change"].value_counts()
    lines = [f"turns newly marked: {counts.get('new', 0)}, no longer: {counts.get('gone', 0)}"]
    for name in ("precision", "recall", "f1"):
        lines.append(f"{name:10}{_number(trial.before[name])} → {_number(trial.after[name])}")
    for row in trial.changes.head(shown).to_dict("records"):
        lines.append(f"{signs[row['change']]} {row['text']}")
    return "\n".join(lines)


def _number(value: float) -> str:
    return "–" if value != value else f"{value:.2f}"


def pattern_bench(guide: Guide, corpus: Corpus, gold: Sequence[CodedTurn], *, step: str, pattern: str) -> Any:
    """A widget with a step, a pattern in YAML, and what the pattern changes.

    Parameters
    ----------
    guide
        The guide to tune.
    corpus
        Text on which to see what changes.
    gold
        Coded turns on which to see what that does to precision.
    step, pattern
        What stands there at first.
    """
    import ipywidgets as widgets

    trials = PatternTrials(guide, corpus, gold)
    choice = widgets.Dropdown(options=[s.id for s in guide.steps], value=step, description="step")
    box = widgets.Textarea(value=pattern, description="pattern", layout={"width": "95%"})
    veto = widgets.Checkbox(value=False, description="is a veto")
    shown = widgets.HTML()

    def show() -> None:
        try:
            trial = trials.try_pattern(yaml.safe_load(box.value), choice.value, veto=veto.value)
            text = trial_text(trial)
        except (StepmarkError, yaml.YAMLError) as error:
            text = str(error)
        shown.value = f"<pre>{html.escape(text)}</pre>"

    soon = _after_a_pause(show)
    for control in (choice, box, veto):
        control.observe(lambda _: soon(), names="value")
    show()
    return widgets.VBox([choice, box, veto, shown])


def _after_a_pause(act: Callable[[], None]) -> Callable[[], None]:
    """Does something once nobody has asked for it for a moment; at once where no event loop runs."""
    waiting: list[asyncio.TimerHandle] = []

    def ask() -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            act()
            return
        while waiting:
            waiting.pop().cancel()
        waiting.append(loop.call_later(PAUSE, act))

    return ask
