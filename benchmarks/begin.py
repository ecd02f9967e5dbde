"""How much is a second reader worth that begins from the shipped one? A table for docs/second-reader.md.

    python -m benchmarks.begin

The conversations of `corpora/hard-talk` that were kept apart, on which no rule was written and no reader trained, stand for somebody's own
coded turns. Out of fold, by conversation: the rules, the shipped reader as it is, one trained on these turns alone, and one that begins from
the shipped reader; of the last two also with a half of the conversations.
"""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Sequence

from benchmarks.accuracy import kept_apart

from stepmark.annotate import CodedTurn, Guide, evaluate_both, learn

SHIPPED = "difficult-customers"


def main() -> None:
    warnings.simplefilter("ignore", UserWarning)
    guide, turns = Guide.load(SHIPPED), kept_apart()
    half = [turn for turn in turns if zlib.crc32(turn.interaction.encode()) % 2]
    print(
        "| coded turns | conversations | rules | shipped reader | trained on them alone | begun from the shipped reader |"
    )
    print("|---|---|---|---|---|---|")
    for part in (half, turns):
        print(
            f"| {len(part):,} | {len({turn.interaction for turn in part})} | {' | '.join(_scores(part, guide))} |"
        )


def _scores(turns: Sequence[CodedTurn], guide: Guide) -> list[str]:
    """Micro F1 of the four, none of them on turns that it was trained on."""
    alone, begun = (learn(turns, guide, least_elsewhere=0, begin=begin).micro_f1 for begin in (None, SHIPPED))
    rules, shipped = (scored.micro_f1 for scored in evaluate_both(turns, guide, model=SHIPPED))
    return [f"{value:.3f}" for value in (rules, shipped, alone, begun)]


if __name__ == "__main__":
    main()
