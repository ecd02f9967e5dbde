"""What does reading with an encoder cost? A table of turns a second, each reader in one process on the same turns.

    python -m benchmarks.encoder [CORPUS] [--turns N]

CORPUS is a folder that stepmark reads; the shipped `corpora/hard-days` where none is named.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import stepmark
from stepmark.annotate import Guide, Marker, Model
from stepmark.annotate.interactions import interactions_of

HARD_DAYS = Path(__file__).parent.parent / "corpora" / "hard-days"
READERS = {
    "rules alone": None,
    "with the second reader": "difficult-customers",
    "with its encoder too": "difficult-customers+encoder",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus", type=Path, nargs="?", default=HARD_DAYS)
    parser.add_argument("--turns", type=int, default=2_000, help="how many turns are read")
    arguments = parser.parse_args()
    guide = Guide.load("difficult-customers")
    said, n = [], 0
    for _, _, turns in interactions_of(stepmark.read(arguments.corpus)):
        said.append(turns)
        n += len(turns)
        if n >= arguments.turns:
            break
    print(f"{n:,} turns of {len(said):,} interactions\n")
    print("| reader | turns a second | times as long as the rules |\n|---|---|---|")
    rules = 0.0
    for name, reader in READERS.items():
        took = _seconds(Marker(guide, model=None if reader is None else Model.load(reader)), said)
        rules = rules or took
        print(f"| {name} | {n / took:,.0f} | {took / rules:,.0f} |")


def _seconds(marker: Marker, said: list[list[stepmark.annotate.RawTurn]]) -> float:
    """How long marking takes, without what is loaded and made ready before the first turn."""
    marker.prepare()
    marker.mark(said[0])
    marker.forget()
    begun = time.perf_counter()
    marker.read_ahead(turn for turns in said for turn in turns)
    for turns in said:
        marker.mark(turns)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
