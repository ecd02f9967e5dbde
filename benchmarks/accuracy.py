"""How right is the guide? Tables for the README, made from coded turns and corpora that stay outside the project.

    python benchmarks/accuracy.py SHARED [--part held-out|writing|all] [--guide GUIDE] [--model MODEL]
                                  [--encoder] [--retried FILE] [--json FILE]

SHARED is the folder with `gold/` and `corpora/`. The coded turns are split by interaction: held out are those whose
``zlib.crc32("source/interaction_id") % 3 == 0``; rules were written, and the shipped second reader was trained, on the rest. Beside them
stand the conversations of `corpora/hard-talk` that were kept apart in the same way. With --encoder the encoder beside the second reader
has a say too, in further columns. Then how far the guide carries to other fields: reflections of counsellors (AnnoMI, coded by experts) and
strategies of emotional support (ESConv). With --retried the reader is written with its figures on the held-out turns and on what was kept apart, where the guide has changed since it
was trained.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np

import stepmark
from stepmark.annotate import (
    CodedTurn,
    Guide,
    Model,
    RawTurn,
    evaluate_both,
    gold_from_codes,
    read_gold,
    try_reader,
)
from stepmark.annotate.marker import Marker
from stepmark.annotate.scores import Evaluation
from stepmark.corpus import Corpus

HELD_OUT_OF = 3
#: The turns of a conversation, and the code of each; None where it was not coded.
Conversation = tuple[list[RawTurn], list[str | None]]
#: Who reads, as the tables name it.
RULES, SECOND = "rules", "with the second reader"
REAL = ("star", "twcs", "uss-mwoz")
#: Shipped conversations; those whose `part` is "apart" were seen by nobody who wrote rules or trained a reader.
HARD_TALK = Path(__file__).parent.parent / "corpora" / "hard-talk"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared", type=Path)
    parser.add_argument("--part", choices=["held-out", "writing", "all"], default="held-out")
    parser.add_argument("--guide", default="difficult-customers")
    parser.add_argument("--model", default="difficult-customers", help="a second reader: a name or a file")
    parser.add_argument("--encoder", action="store_true", help="also with the encoder beside the reader")
    parser.add_argument(
        "--retried", type=Path, help="write the reader here, tried again on the held-out turns"
    )
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if arguments.retried and arguments.part != "held-out":
        parser.error(
            f"--retried asks for --part held-out, not {arguments.part}: on the rest the reader was trained"
        )
    guide, model = Guide.load(arguments.guide), Model.load(arguments.model)
    turns = coded_part(arguments.shared / "gold", arguments.part)
    if arguments.retried:
        model = try_reader(model, [*turns, *kept_apart()], guide)
        model.save(arguments.retried)
    results = by_source(turns, guide, model)
    if arguments.encoder:
        results["with its encoder too"] = by_source(turns, guide, f"{arguments.model}+encoder")[SECOND]
    print_sources(results, arguments.part)
    print_codes(results)
    print_transfer(arguments.shared / "corpora", guide)
    if arguments.json:
        whole = {
            name: {source: json.loads(result.to_json()) for source, result in read.items()}
            for name, read in results.items()
        }
        arguments.json.write_text(json.dumps(whole, indent=2) + "\n", "utf-8")


def held_out(turn: CodedTurn) -> bool:
    """Whether a coded turn belongs to the part that rules are not written on."""
    return zlib.crc32(turn.interaction.encode()) % HELD_OUT_OF == 0


def coded_part(folder: Path, part: str) -> list[CodedTurn]:
    turns = [turn for name in ("dev.jsonl", "more.jsonl") for turn in read_gold(folder / name)]
    return [turn for turn in turns if part == "all" or held_out(turn) == (part == "held-out")]


def kept_apart() -> list[CodedTurn]:
    """The coded turns of the shipped conversations that were kept apart."""
    return hard_talk("apart")


def hard_talk(part: str) -> list[CodedTurn]:
    """The coded turns of the open part of the shipped conversations, or of the one that was kept apart."""
    corpus = stepmark.read(HARD_TALK)
    ids = corpus.interactions.loc[corpus.interactions["part"] == part, "interaction_id"]
    return turns_of(HARD_TALK.name, corpus, ids)


def turns_of(name: str, corpus: Corpus, ids: Iterable[str]) -> list[CodedTurn]:
    """The coded turns of some interactions of a corpus, with its name as their source."""
    codes = corpus.codes[corpus.codes["interaction_id"].isin(ids)]
    return [replace(turn, source=name) for turn in gold_from_codes(codes, corpus, complete=True)]


def by_source(
    turns: Sequence[CodedTurn], guide: Guide, model: Model | str
) -> dict[str, dict[str, Evaluation]]:
    """By reader, the scores of all turns, of the real sources, of each source, and of what was kept apart."""
    parts = {"all": list(turns), "real": [turn for turn in turns if turn.source in REAL]}
    for source in sorted({turn.source for turn in turns}):
        parts[source] = [turn for turn in turns if turn.source == source]
    parts["hard-talk, kept apart"] = kept_apart()
    scored = {name: evaluate_both(part, guide, model=model) for name, part in parts.items()}
    return {
        reader: {name: pair[place] for name, pair in scored.items()}
        for place, reader in enumerate((RULES, SECOND))
    }


def print_sources(results: dict[str, dict[str, Evaluation]], part: str) -> None:
    scores = ("micro F1", "95% interval", "macro F1")
    names = [name + (f", {reader}" if reader != RULES else "") for reader in results for name in scores]
    print(f"| source ({part} part) | turns | interactions | {' | '.join(names)} |")
    print("|---" * (3 + len(names)) + "|")
    for source, r in results[RULES].items():
        cells = " | ".join(_whole(read[source]) for read in results.values())
        print(f"| {source} | {r.n_turns:,} | {r.n_interactions:,} | {cells} |")


def _whole(r: Evaluation) -> str:
    return f"{r.micro_f1:.3f} | {r.micro_low:.2f}–{r.micro_high:.2f} | {r.macro_f1:.3f}"


def print_codes(results: dict[str, dict[str, Evaluation]]) -> None:
    rules = results[RULES]
    sources = [source for source in rules if source in REAL]
    others = [reader for reader in results if reader != RULES]
    names = [*(f"F1 {source}" for source in sources), *(f"F1 {reader}" for reader in others)]
    print(f"\n| code | support | precision | recall | F1 | {' | '.join(names)} |")
    print("|---" * (5 + len(names)) + "|")
    read_again = [results[reader]["all"].steps.set_index("step")["f1"] for reader in others]
    frames = {source: rules[source].steps.set_index("step") for source in sources}
    for row in rules["all"].steps.to_dict("records"):
        if row["support"]:
            own = [_own(frames[source].loc[row["step"]]) for source in sources]
            numbers = [number(row[name]) for name in ("precision", "recall", "f1")]
            again = [number(f1[row["step"]]) for f1 in read_again]
            print(f"| `{row['step']}` | {row['support']} | {' | '.join([*numbers, *own, *again])} |")


def _own(row: object) -> str:
    return f"{number(row['f1'])} ({int(row['support'])})" if row["support"] else "–"  # type: ignore[index]


def number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def print_transfer(corpora: Path, guide: Guide) -> None:
    """How far some steps carry to fields that they were not written for."""
    print("\n| field | coded as | against | turns | coded | marked | precision | recall | F1 |")
    print("|---|---|---|---|---|---|---|---|---|")
    marker = Marker(guide)
    annomi = _marked(read_annomi(corpora / "annomi" / "AnnoMI-full.csv"), marker)
    _print_row("AnnoMI", "reflection", {"simple", "complex"}, ("paraphrase", "empathize"), annomi)
    _print_row("AnnoMI", "simple reflection", {"simple"}, ("paraphrase",), annomi)
    _print_row("AnnoMI", "complex reflection", {"complex"}, ("empathize",), annomi)
    esconv = _marked(read_esconv(corpora / "esconv" / "devWithStrategy_short.tsv"), marker)
    _print_row("ESConv", "Restatement or Paraphrasing", None, ("paraphrase",), esconv)
    _print_row("ESConv", "Reflection of feelings", None, ("empathize",), esconv)
    _print_row("ESConv", "Affirmation and Reassurance", None, ("reassure",), esconv)
    _print_row("ESConv", "Questions", None, ("probe",), esconv)


def _marked(conversations: Iterable[Conversation], marker: Marker) -> list[tuple[str, frozenset[str]]]:
    """(code, steps marked) of each coded turn."""
    pairs = []
    for turns, codes in conversations:
        for marks, code in zip(marker.mark(turns), codes, strict=True):
            if code is not None:
                pairs.append((code, frozenset(mark.step for mark in marks)))
    return pairs


def _print_row(
    field: str,
    label: str,
    wanted: set[str] | None,
    steps: Sequence[str],
    pairs: list[tuple[str, frozenset[str]]],
) -> None:
    wanted = wanted or {label}
    coded = [code in wanted for code, _ in pairs]
    found = [not marked.isdisjoint(steps) for _, marked in pairs]
    right = sum(c and f for c, f in zip(coded, found, strict=True))
    precision, recall = right / max(sum(found), 1), right / max(sum(coded), 1)
    f1 = 2 * right / max(sum(coded) + sum(found), 1)
    against = " ∪ ".join(f"`{step}`" for step in steps)
    counts = f"{len(pairs):,} | {sum(coded):,} | {sum(found):,}"
    print(f"| {field} | {label} | {against} | {counts} | {precision:.2f} | {recall:.2f} | {f1:.2f} |")


def read_annomi(path: Path) -> Iterator[Conversation]:
    """The conversations of AnnoMI, each by its first annotator; therapists' turns coded by kind of reflection, or none."""
    speakers = {"therapist": "agent", "client": "customer"}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for _, group in groupby(rows, key=lambda row: row["transcript_id"]):
        held = list(group)
        own = [row for row in held if row["annotator_id"] == held[0]["annotator_id"]]
        turns = [RawTurn(speakers[row["interlocutor"]], row["utterance_text"]) for row in own]
        kinds = [row["reflection_subtype"] or "none" for row in own]
        yield (
            turns,
            [kind if turn.speaker == "agent" else None for turn, kind in zip(turns, kinds, strict=True)],
        )


def read_esconv(path: Path) -> Iterator[Conversation]:
    """The supporters' turns of ESConv's development split with the turns before, coded by strategy."""
    utterance = re.compile(r"^[\d.]+ (?P<role>[01]) \d+ (?:\[(?P<strategy>[^]]+)\] )?(?P<text>.*)$")
    for line in path.read_text("utf-8").splitlines():
        parts = [match for part in line.split(" EOS ") if (match := utterance.match(part.strip()))]
        if parts and parts[-1]["role"] == "1" and parts[-1]["strategy"]:
            turns = [
                RawTurn("agent" if part["role"] == "1" else "customer", part["text"].strip())
                for part in parts
            ]
            yield turns, [*[None] * (len(parts) - 1), parts[-1]["strategy"]]


if __name__ == "__main__":
    main()
