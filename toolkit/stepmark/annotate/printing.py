"""Tables of the room `annotate` for a terminal; rounding happens here and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from stepmark.annotate.check import Check
    from stepmark.annotate.scores import Evaluation

__all__ = ["print_check", "print_evaluation"]


def _number(value: Any) -> str:
    return "–" if value is None or value != value else f"{value:.2f}"


def print_evaluation(result: Evaluation, console: Console | None = None) -> None:
    """Print the scores of each step and overall."""
    console = console or Console()
    table = Table(title=f"{result.guide} against {result.n_turns:,} coded turns", title_justify="left")
    table.add_column("step")
    for name in ("support", "marked", "precision", "recall", "F1", "95% interval", "kappa"):
        table.add_column(name, justify="right")
    for row in result.steps.to_dict("records"):
        interval = f"{_number(row['f1_low'])}–{_number(row['f1_high'])}" if row["f1"] == row["f1"] else "–"
        table.add_row(
            row["step"],
            str(row["support"]),
            str(row["predicted"]),
            _number(row["precision"]),
            _number(row["recall"]),
            _number(row["f1"]),
            interval,
            _number(row["kappa"]),
        )
    console.print(table)
    console.print(
        f"micro F1 {result.micro_f1:.3f} [{result.micro_low:.3f}, {result.micro_high:.3f}] "
        f"(precision {_number(result.micro_precision)}, recall {_number(result.micro_recall)}), "
        f"macro F1 {result.macro_f1:.3f}; intervals from drawing {result.n_interactions:,} interactions again",
        highlight=False,
    )


def print_check(result: Check, console: Console | None = None) -> None:
    """Print what the check of a guide found, faults first."""
    console = console or Console()
    lines = [*map(str, result.failures), *(f"can never match: {text}" for text in result.impossible)]
    if result.unanchored:
        lines.append(f"without an anchor (legal, but slow): {', '.join(result.unanchored)}")
    if result.without_examples:
        lines.append(f"without an example for or against: {', '.join(result.without_examples)}")
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    good = result.n_examples - len(result.failures)
    console.print(
        f"{result.guide}: {good} of {result.n_examples} examples come out as they should.", highlight=False
    )
