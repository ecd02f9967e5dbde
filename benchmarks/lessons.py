"""The coded turns that taught the shipped encoder, put together from public data: a file for `stepmark adapt`.

    python -m benchmarks.lessons SHARED [--twcs CSV] [--out lessons.jsonl]
    stepmark adapt lessons.jsonl --epochs 3 --weight twcs=2 --weight tweets-amazon=0.7 --weight sgd=0.7

`public_codes/codes.parquet` holds ids and codes alone, nobody's words: one row a turn of public talk that was coded (by language models, with
the codebook of the guide), `codes` empty where it shows no step. SHARED is the folder with `gold/` and `corpora/`; CSV is the whole of Customer
Support on Twitter, without which its turns beyond SHARED's sample are left out. The open part of `gold/`, of `corpora/hard-talk`, and
`corpora/by-hand` teach too.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from benchmarks.accuracy import coded_part

import stepmark
from stepmark.annotate import CodedTurn, RawTurn, gold_from_codes
from stepmark.annotate.interactions import interactions_of

CODES = Path(__file__).parent / "public_codes" / "codes.parquet"
OWN = Path(__file__).parent.parent / "corpora"
#: Where the turns of a source stand in SHARED, and how they are read.
CORPORA = {
    "star": ("star", "star"),
    "twcs": ("twcs/twcs.csv", "twcs"),
    "uss-mwoz": ("uss/MWOZ.txt", "uss"),
    "sgd": ("uss/SGD.txt", "uss"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared", type=Path)
    parser.add_argument("--twcs", type=Path, help="Customer Support on Twitter, as a whole")
    parser.add_argument("--out", type=Path, default=Path("lessons.jsonl"))
    arguments = parser.parse_args()
    codes = pd.read_parquet(CODES)
    public = list(public_turns(codes, arguments.shared / "corpora"))
    if arguments.twcs:
        public += tweets(codes, arguments.twcs)
    turns = [*coded_part(arguments.shared / "gold", "writing"), *own_turns(), *public]
    with arguments.out.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(as_row(turn), ensure_ascii=False) + "\n" for turn in turns)
    print(f"{len(turns):,} coded turns: {arguments.out}", file=sys.stderr)
    if left := len(codes) - len(public):
        print(f"{left:,} more were left out, as their words were not found.", file=sys.stderr)


def own_turns() -> Iterator[CodedTurn]:
    """The conversations of the project that may teach."""
    for name in ("hard-talk", "by-hand"):
        corpus = stepmark.read(OWN / name)
        ids = corpus.interactions["interaction_id"]
        if "part" in corpus.interactions:
            ids = ids[corpus.interactions["part"] == "open"]
        own = corpus.codes[corpus.codes["interaction_id"].isin(ids)]
        yield from (replace(turn, source=name) for turn in gold_from_codes(own, corpus, complete=True))


def public_turns(codes: pd.DataFrame, corpora: Path) -> Iterator[CodedTurn]:
    """The coded turns whose words stand in SHARED."""
    for source, (path, form) in CORPORA.items():
        own = codes[codes["source"] == source]
        known = dict(zip(zip(own["interaction_id"], own["turn"], strict=True), own["codes"], strict=True))
        for interaction, numbers, said in interactions_of(stepmark.read(corpora / path, format=form)):
            for at, (number, turn) in enumerate(zip(numbers, said, strict=True)):
                if (found := known.get((interaction, str(number)))) is not None:
                    shown = frozenset(found.split())
                    yield CodedTurn(
                        source, interaction, number, turn.speaker, turn.text, shown, tuple(said[:at])
                    )


def tweets(codes: pd.DataFrame, path: Path) -> Iterator[CodedTurn]:
    """The coded tweets, each with the one that it answers."""
    with path.open(encoding="utf-8", newline="") as file:
        held = {row["tweet_id"]: row for row in csv.DictReader(file)}
    own = codes[codes["source"].str.startswith("tweets")]
    for source, interaction, turn, shown in own.itertuples(index=False):
        if row := held.get(turn):
            before = held.get(row["in_response_to_tweet_id"].removesuffix(".0"))
            context = (_said(before),) if before else ()
            yield CodedTurn(source, interaction, turn, *_said(row)[:2], frozenset(shown.split()), context)


def _said(row: dict[str, str]) -> RawTurn:
    return RawTurn("customer" if row["inbound"] == "True" else "agent", row["text"])


def as_row(turn: CodedTurn) -> dict[str, Any]:
    """A coded turn as gold files have it."""
    return {
        "source": turn.source,
        "interaction_id": turn.interaction_id,
        "turn": turn.turn,
        "speaker": turn.speaker,
        "text": turn.text,
        "context": [{"speaker": said.speaker, "text": said.text} for said in turn.context],
        "codes": sorted(turn.codes),
    }


if __name__ == "__main__":
    main()
