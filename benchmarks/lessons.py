"""The coded turns that taught the shipped encoder, put together from public data: a file for `stepmark adapt`.

    python -m benchmarks.lessons SHARED [--twcs CSV] [--care FOLDER] [--out lessons.jsonl]
    stepmark adapt lessons.jsonl --epochs 4 --weight twcs=2 --weight tweets-amazon=0.7 --weight sgd=0.7 --weight hard-days=0.7

`public_codes/codes.parquet` holds ids and codes alone, nobody's words: one row a turn of public talk that was coded (by language models, with
the codebook of the guide), `codes` empty where it shows no step. SHARED is the folder with `gold/` and `corpora/`; CSV is the whole of Customer
Support on Twitter, FOLDER has `dev.json` and `test.json` of the Twitter conversations for document prediction (Ganhotra and others 2020):
without them their turns beyond SHARED's sample are left out. The open part of `gold/`, of `corpora/hard-talk`, `corpora/by-hand`
and a hundred conversations of `corpora/hard-days` teach too.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from benchmarks.accuracy import coded_part, hard_talk, turns_of

import stepmark
from stepmark.annotate import CodedTurn, RawTurn
from stepmark.annotate.interactions import interactions_of

CODES = Path(__file__).parent / "public_codes" / "codes.parquet"
OWN = Path(__file__).parent.parent / "corpora"
#: Conversations on Twitter, which another collection than Customer Support on Twitter holds.
CARE = "tweets-care"
#: Of how many conversations of `hard-days` the turns teach.
HARD_DAYS = 100
#: How many turns teach that one speaker says in the same words: templates would drown out what people say.
ALIKE = 3
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
    parser.add_argument("--care", type=Path, help="the Twitter conversations for document prediction")
    parser.add_argument("--out", type=Path, default=Path("lessons.jsonl"))
    arguments = parser.parse_args()
    codes = pd.read_parquet(CODES)
    public = list(public_turns(codes, arguments.shared / "corpora"))
    if arguments.twcs:
        public += tweets(codes, arguments.twcs)
    if arguments.care:
        public += conversations(codes, arguments.care)
    turns = few_alike([*coded_part(arguments.shared / "gold", "writing"), *own_turns(), *public])
    with arguments.out.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(as_row(turn), ensure_ascii=False) + "\n" for turn in turns)
    print(f"{len(turns):,} coded turns: {arguments.out}", file=sys.stderr)
    if left := len(codes) - len(public):
        print(f"{left:,} more were left out, as their words were not found.", file=sys.stderr)


def own_turns() -> Iterator[CodedTurn]:
    """The conversations of the project that may teach."""
    yield from hard_talk("open")
    corpus = stepmark.read(OWN / "by-hand")
    yield from turns_of("by-hand", corpus, corpus.interactions["interaction_id"])
    corpus = stepmark.read(OWN / "hard-days")
    ids = sorted(corpus.interactions["interaction_id"])
    random.Random(0).shuffle(ids)
    yield from turns_of("hard-days", corpus, ids[:HARD_DAYS])


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
    own = codes[codes["source"].str.startswith("tweets") & (codes["source"] != CARE)]
    for source, interaction, turn, shown in own.itertuples(index=False):
        if row := held.get(turn):
            before = held.get(row["in_response_to_tweet_id"].removesuffix(".0"))
            context = (_said(before),) if before else ()
            yield CodedTurn(source, interaction, turn, *_said(row)[:2], frozenset(shown.split()), context)


def conversations(codes: pd.DataFrame, folder: Path) -> Iterator[CodedTurn]:
    """The coded turns of the Twitter conversations for document prediction; the agent's closing turn is the last of each."""
    own = codes[codes["source"] == CARE]
    known = {(row.interaction_id, int(row.turn)): row.codes for row in own.itertuples()}
    for name in ("dev.json", "test.json"):
        for held in json.loads((folder / name).read_text("utf-8")):
            said = [
                RawTurn("agent" if "agent" in turn else "customer", turn["message"])
                for turn in held["dialogContent"]
            ]
            said.append(RawTurn("agent", held["agentURL"]["url_utterance"]))
            interaction = held["dialogHeader"]["sessionID"]
            for at, turn in enumerate(said):
                if (found := known.get((interaction, at))) is not None:
                    shown = frozenset(found.split())
                    yield CodedTurn(CARE, interaction, at, turn.speaker, turn.text, shown, tuple(said[:at]))


def few_alike(turns: Iterable[CodedTurn]) -> list[CodedTurn]:
    """The turns without further ones that say the same, but for account names and links, as `ALIKE` before."""
    seen: Counter[tuple[str, str]] = Counter()
    kept = []
    for turn in turns:
        words = re.sub(r"\W+", " ", re.sub(r"@\w+|https?://\S+", "", turn.text.lower())).strip()
        seen[words, turn.speaker] += 1
        if seen[words, turn.speaker] <= ALIKE:
            kept.append(turn)
    return kept


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
