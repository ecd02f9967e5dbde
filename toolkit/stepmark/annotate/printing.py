"""Tables of the room `annotate` for a terminal; rounding happens here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.annotate.card import Retrial, StepTrial
    from stepmark.annotate.check import Check
    from stepmark.annotate.encoder import Encoder
    from stepmark.annotate.guide import Guide
    from stepmark.annotate.model import Model
    from stepmark.annotate.scores import Evaluation
    from stepmark.corpus import Corpus

__all__ = [
    "print_card", "print_check", "print_diff", "print_encoder", "print_errors", "print_evaluation", "print_rules", "print_spans", "print_table",
]  # fmt: skip


#: Columns of a table that goes to a pipe or a file.
WIDE = 110


def _console() -> Console:
    """The terminal; where there is none (a pipe, a file), wide enough that no number is cut."""
    console = Console()
    return console if console.is_terminal else Console(width=max(console.width, WIDE))


def _number(value: Any) -> str:
    return "–" if value is None or value != value else f"{value:.2f}"


def print_evaluation(
    result: Evaluation, rules: Evaluation | None = None, console: Console | None = None
) -> None:
    """Print the scores of each step and overall; `rules` are those of the rules alone, to stand beside a second reader's."""
    console = console or _console()
    table = Table(title=f"{result.guide} against {result.n_turns:,} coded turns", title_justify="left")
    table.add_column("step", no_wrap=True)
    names = ["support", "marked", "precision", "recall", "F1", "95% interval", "kappa"]
    for name in names if rules is None else [*names, "rules F1"]:
        table.add_column(name, justify="right")
    alone = {} if rules is None else dict(zip(rules.steps["step"], rules.steps["f1"], strict=True))
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
            *([_number(alone[row["step"]])] if alone else []),
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
    console = console or _console()
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


def print_table(table: pd.DataFrame, title: str, console: Console | None = None) -> None:
    """Print a tidy table, a row a line."""
    console = console or _console()
    shown = Table(title=title, title_justify="left")
    for name in table.columns:
        numeric = table[name].dtype.kind in "iuf"
        shown.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in table.itertuples(index=False):
        shown.add_row(*(_cell(value) for value in row))
    console.print(shown, markup=False)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return _number(value)
    return "" if value is None or value != value else str(value)


def print_spans(spans: pd.DataFrame, corpus: Corpus, guide: Guide, console: Console | None = None) -> None:
    """Print how often each step was found; those that never were are named below the table."""
    console = console or _console()
    n_interactions = corpus.turns["interaction_id"].nunique()
    table = Table(title=f"{guide} on {len(corpus.turns):,} turns", title_justify="left")
    table.add_column("step", no_wrap=True)
    for name in ("spans", "turns", "interactions", "% of interactions"):
        table.add_column(name, justify="right")
    found = set(spans["step"])
    for step in (step for step in guide.steps if step.id in found):
        own = spans[spans["step"] == step.id]
        n_turns = len(own.drop_duplicates(["interaction_id", "turn"]))
        reached = own["interaction_id"].nunique()
        share = f"{100 * reached / n_interactions:.1f}"
        table.add_row(step.id, f"{len(own):,}", f"{n_turns:,}", f"{reached:,}", share)
    if found:
        console.print(table)
    never = [step.id for step in guide.steps if step.id not in found]
    if never:
        console.print(f"Never found: {', '.join(never)}", highlight=False)
    console.print(f"{len(spans):,} spans in {n_interactions:,} interactions", highlight=False)


def print_errors(table: pd.DataFrame, console: Console | None = None) -> None:
    """Print wrong marks and misses, step by step, each with its text."""
    console = console or _console()
    for (step, error), rows in table.groupby(["step", "error"], sort=False):
        console.print(f"\n{step}: {error} ({len(rows)})", style="bold", highlight=False)
        for row in rows.to_dict("records"):
            by = f" [{row['patterns']}: {row['span']}]" if row["patterns"] else ""
            line = f"  {row['source']}/{row['interaction_id']} {row['turn']}{by}  {row['text']}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    wrong = int((table["error"] == "marked wrongly").sum())
    console.print(f"\n{wrong} marked wrongly, {len(table) - wrong} missed", highlight=False)


def print_diff(table: pd.DataFrame, console: Console | None = None) -> None:
    """Print what became marked and what is no longer, step by step."""
    console = console or _console()
    signs = {"new": "+", "gone": "-"}
    for row in table.to_dict("records"):
        where = f"{row['interaction_id']} {row['turn']} [{row['patterns']}: {row['span']}]"
        line = f"{signs[row['change']]} {row['step']}  {where}  {row['text']}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    new = int((table["change"] == "new").sum())
    console.print(f"{new} turns newly marked, {len(table) - new} no longer", highlight=False)


def print_rules(rules: dict[str, str], console: Console | None = None) -> None:
    """Print the context rules, one a line."""
    console = console or _console()
    for name, text in rules.items():
        console.print(f"{name}: {text}", markup=False, highlight=False, soft_wrap=True)


def print_card(model: Model, console: Console | None = None) -> None:
    """Print what was found for each step of a second reader, out of fold and, if it was tried again, then."""
    console = console or _console()
    _print_trials(
        f"{model.name} for {model.guide}, tried on interactions it was not trained on", model.card, console
    )
    console.print(
        _micro(model)
        + f"; {len(model.steps)} steps switched on; {model.n_turns:,} turns of {model.n_interactions:,} interactions"
        + (f"; begun from {model.begun_from}" if model.begun_from else "")
        + (f"; tried on the {model.n_unseen:,} turns that no rule was written on" if model.n_unseen else ""),
        highlight=False,
    )
    if (again := model.retrial) is not None:
        _print_trials(f"{model.name} tried again with {again.guide}, as it is now", again.card, console)
        where = ", ".join(f"{source or 'no source named'} {n:,}" for source, n in again.sources.items())
        console.print(
            _micro(again) + f"; {again.n_turns:,} turns of {again.n_interactions:,} interactions: {where}",
            highlight=False,
        )


def print_encoder(encoder: Encoder, console: Console | None = None) -> None:
    """Print how right an encoder alone is on each step, in interactions that were kept from its training."""
    console = console or _console()
    table = Table(
        title=f"encoder for {encoder.guide}, alone, on interactions it was not trained on",
        title_justify="left",
    )
    table.add_column("step", no_wrap=True)
    for name in ("support", "precision", "recall", "F1"):
        table.add_column(name, justify="right")
    for trial in encoder.card:
        numbers = map(_number, (trial.precision, trial.recall, trial.f1))
        table.add_row(trial.step, str(trial.support), *numbers)
    console.print(table)
    console.print(
        f"{encoder.n_turns:,} turns of {encoder.n_interactions:,} interactions, {encoder.n_tried:,} of them kept from training",
        highlight=False,
    )


def _print_trials(title: str, card: Sequence[StepTrial], console: Console) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("step", no_wrap=True)
    for name in ("support", "rules P", "rules R", "rules F1", "both P", "both R", "both F1", "decides"):
        table.add_column(name, justify="right")
    for trial in card:
        rules = (trial.rules_precision, trial.rules_recall, trial.rules_f1)
        numbers = map(_number, (*rules, trial.precision, trial.recall, trial.f1))
        table.add_row(trial.step, str(trial.support), *numbers, "both" if trial.on else "rules")
    console.print(table)


def _micro(tried: Model | Retrial) -> str:
    return f"micro F1 {_number(tried.rules_micro_f1)} by rules alone, {_number(tried.micro_f1)} by both"
