"""How do steps and their cousins among ConvoKit's politeness strategies agree with people? Both on the same coded turns.

    python -m benchmarks.politeness SHARED

SHARED is the folder with `gold/`; the turns are the held-out third of `benchmarks/accuracy.py`. A strategy is set beside a step
where ConvoKit's documentation means it for about the same act (Danescu-Niculescu-Mizil et al. 2013; Fu et al. 2020), and
read on the turns of the speaker whom the step is about. It sees the turn alone; the guide also sees the turns before. Left out
are strategies without a cousin (hedges, pronouns, factuality …) and those that the codebook rules out (greetings, a bare "ok").
ConvoKit is no dependency of the project; `benchmarks/strategies.py` says how to install it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from benchmarks.accuracy import coded_part, number
from benchmarks.strategies import INSTALL, find_strategies, lacking, versions

from stepmark.annotate import CodedTurn, Guide
from stepmark.annotate.scores import mark_gold, score

#: "Could you …" and "can you …": requests put as questions.
INDIRECT = ("api: SUBJUNCTIVE", "api: INDICATIVE")
#: A step, and the strategies of which at least one has to stand in a turn.
COUSINS = (
    ("apologize", ("api: Apologizing",)),
    ("apologize", ("local: Apology",)),
    ("courtesy", ("api: Gratitude",)),
    ("courtesy", ("local: Gratitude",)),
    ("courtesy", ("api: Deference",)),
    ("reassure", ("local: Reassurance",)),
    ("probe", ("api: Direct question",)),
    ("probe", INDIRECT),
    ("probe", ("api: Direct question", *INDIRECT, "api: Please", "api: Please start")),
    ("gratitude", ("api: Gratitude",)),
    ("gratitude", ("local: Gratitude",)),
    ("gratitude", ("api: Deference",)),
    ("gratitude", ("api: HASPOSITIVE",)),
    ("anger", ("api: HASNEGATIVE",)),
    ("anger", ("local: Swearing",)),
)
SCORES = ("precision", "recall", "f1", "f1_low", "f1_high")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared", type=Path)
    arguments = parser.parse_args()
    if missing := lacking():
        sys.exit(f"ConvoKit's strategies need what is not installed ({', '.join(missing)}): {INSTALL}.")
    turns = coded_part(arguments.shared / "gold", "held-out")
    fired = find_strategies([turn.text for turn in turns])
    print_table(compare(turns, fired, Guide.load("difficult-customers")))
    print(f"\n{versions()}")


def compare(
    turns: Sequence[CodedTurn],
    fired: pd.DataFrame,
    guide: Guide,
    cousins: Sequence[tuple[str, tuple[str, ...]]] = COUSINS,
) -> pd.DataFrame:
    """The scores of strategies and of the step that they are cousins of, on the turns of the step's speaker.

    Parameters
    ----------
    fired
        Whether each strategy (a column) stands in each turn (a row, in the order of the turns).

    Returns
    -------
    pandas.DataFrame
        One row a pair: `step`, `strategies`, `n_turns`, `support`, then precision, recall and F1 with its 95% interval of the
        strategies (`strategy_f1` …) and of the step (`step_f1` …).
    """
    marked = mark_gold(turns, guide)
    rows = []
    for step, names in cousins:
        stands = fired[list(names)].any(axis=1)
        strategies = [frozenset({step}) if there else frozenset() for there in stands]
        own = [place for place, turn in enumerate(turns) if turn.speaker == guide.step(step).speaker]
        row = {"step": step, "strategies": " ∪ ".join(names), "n_turns": len(own)}
        for reader, marks in (("strategy", strategies), ("step", marked)):
            result = score([turns[place] for place in own], [marks[place] for place in own], guide)
            scores = result.steps.set_index("step").loc[step]
            row |= {"support": int(scores["support"])} | {f"{reader}_{name}": scores[name] for name in SCORES}
        rows.append(row)
    return pd.DataFrame(rows)


def print_table(table: pd.DataFrame) -> None:
    scores = ("precision", "recall", "F1 (95% interval)")
    names = [f"{name}, {reader}" for reader in ("ConvoKit", "stepmark") for name in scores]
    print(f"| step | strategy | turns | coded | {' | '.join(names)} |")
    print("|---" * (4 + len(names)) + "|")
    for row in table.to_dict("records"):
        cells = [
            row["strategies"],
            row["n_turns"],
            row["support"],
            _cells(row, "strategy"),
            _cells(row, "step"),
        ]
        print(f"| `{row['step']}` | {' | '.join(map(str, cells))} |")


def _cells(row: dict[str, float], reader: str) -> str:
    precision, recall, f1, low, high = (number(row[f"{reader}_{name}"]) for name in SCORES)
    return f"{precision} | {recall} | {f1} ({low}–{high})"


if __name__ == "__main__":
    main()
