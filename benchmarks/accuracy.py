"""How right is the guide? Tables for the README, made from coded turns and corpora that stay outside the project.

    python benchmarks/accuracy.py SHARED [--part held-out|writing|all] [--model FILE] [--json FILE]

SHARED is the folder with `gold/` and `corpora/`. The coded turns are split by interaction: held out are those whose
``zlib.crc32("source/interaction_id") % 3 == 0``; rules were written on the rest. Then how far the guide carries to
other fields: reflections of counsellors (AnnoMI, coded by experts) and strategies of emotional support (ESConv).
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np

from stepmark.annotate import CodedTurn, Guide, RawTurn, evaluate, read_gold
from stepmark.annotate.marker import Marker
from stepmark.annotate.scores import Evaluation

HELD_OUT_OF = 3
REAL = ("star", "twcs", "uss-mwoz")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared", type=Path)
    parser.add_argument("--part", choices=["held-out", "writing", "all"], default="held-out")
    parser.add_argument("--guide", default="difficult-customers")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    guide = Guide.load(arguments.guide)
    turns = coded_part(arguments.shared / "gold", arguments.part)
    results = by_source(turns, guide)
    print_sources(results, arguments.part)
    print_codes(results)
    print_transfer(arguments.shared / "corpora", guide)
    if arguments.json:
        whole = {source: json.loads(result.to_json()) for source, result in results.items()}
        arguments.json.write_text(json.dumps(whole, indent=2) + "\n", "utf-8")


def held_out(turn: CodedTurn) -> bool:
    """Whether a coded turn belongs to the part that rules are not written on."""
    return zlib.crc32(turn.interaction.encode()) % HELD_OUT_OF == 0


def coded_part(folder: Path, part: str) -> list[CodedTurn]:
    turns = [turn for name in ("dev.jsonl", "more.jsonl") for turn in read_gold(folder / name)]
    return [turn for turn in turns if part == "all" or held_out(turn) == (part == "held-out")]


def by_source(turns: Sequence[CodedTurn], guide: Guide) -> dict[str, Evaluation]:
    """The scores of all turns, of the real sources, and of each source."""
    results = {"all": evaluate(turns, guide)}
    results["real"] = evaluate([turn for turn in turns if turn.source in REAL], guide)
    for source in sorted({turn.source for turn in turns}):
        results[source] = evaluate([turn for turn in turns if turn.source == source], guide)
    return results


def print_sources(results: dict[str, Evaluation], part: str) -> None:
    print(f"| source ({part} part) | turns | interactions | micro F1 | 95% interval | macro F1 |")
    print("|---|---|---|---|---|---|")
    for source, r in results.items():
        interval = f"{r.micro_low:.2f}–{r.micro_high:.2f}"
        print(
            f"| {source} | {r.n_turns:,} | {r.n_interactions:,} | {r.micro_f1:.3f} | {interval} | {r.macro_f1:.3f} |"
        )


def print_codes(results: dict[str, Evaluation]) -> None:
    sources = [source for source in results if source in REAL]
    print(
        f"\n| code | support | precision | recall | F1 | {' | '.join(f'F1 {source}' for source in sources)} |"
    )
    print("|---" * (5 + len(sources)) + "|")
    frames = {source: results[source].steps.set_index("step") for source in sources}
    for row in results["all"].steps.to_dict("records"):
        if row["support"]:
            own = " | ".join(_own(frames[source].loc[row["step"]]) for source in sources)
            numbers = " | ".join(_number(row[name]) for name in ("precision", "recall", "f1"))
            print(f"| `{row['step']}` | {row['support']} | {numbers} | {own} |")


def _own(row: object) -> str:
    return f"{_number(row['f1'])} ({int(row['support'])})" if row["support"] else "–"  # type: ignore[index]


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def print_transfer(corpora: Path, guide: Guide) -> None:
    """How far two steps carry to fields that they were not written for."""
    print("\n| field | coded as | against | turns | coded | marked | precision | recall | F1 |")
    print("|---|---|---|---|---|---|---|---|---|")
    both = ("paraphrase", "empathize")
    annomi = corpora / "annomi" / "AnnoMI-full.csv"
    for name, wanted in (
        ("reflection", {"simple", "complex"}),
        ("simple", {"simple"}),
        ("complex", {"complex"}),
    ):
        steps = {"reflection": both, "simple": ("paraphrase",), "complex": ("empathize",)}[name]
        _print_row("AnnoMI", f"{name} reflection", steps, read_annomi(annomi, wanted), guide)
    esconv = corpora / "esconv" / "devWithStrategy_short.tsv"
    for strategy, step in (
        ("Restatement or Paraphrasing", "paraphrase"),
        ("Reflection of feelings", "empathize"),
        ("Affirmation and Reassurance", "reassure"),
        ("Questions", "probe"),
    ):
        _print_row("ESConv", strategy, (step,), read_esconv(esconv, strategy), guide)


def _print_row(
    field: str, coded: str, steps: Sequence[str], turns: Iterable[CodedTurn], guide: Guide
) -> None:
    marker = Marker(guide)
    gold, found = [], []
    for turn in turns:
        marks = marker.mark([*turn.context, RawTurn(turn.speaker, turn.text)])[-1]
        gold.append(bool(turn.codes))
        found.append(any(mark.step in steps for mark in marks))
    right = sum(g and f for g, f in zip(gold, found, strict=True))
    precision, recall = right / max(sum(found), 1), right / max(sum(gold), 1)
    f1 = 2 * right / max(sum(gold) + sum(found), 1)
    against = " ∪ ".join(f"`{step}`" for step in steps)
    print(
        f"| {field} | {coded} | {against} | {len(gold):,} | {sum(gold):,} | {sum(found):,} "
        f"| {precision:.2f} | {recall:.2f} | {f1:.2f} |"
    )


def read_annomi(path: Path, wanted: set[str]) -> Iterator[CodedTurn]:
    """Therapists' turns of AnnoMI by each first annotator, coded where the reflection is of a wanted kind."""
    speakers = {"therapist": "agent", "client": "customer"}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for transcript, group in groupby(rows, key=lambda row: row["transcript_id"]):
        held = list(group)
        first = held[0]["annotator_id"]
        before: list[RawTurn] = []
        for row in (row for row in held if row["annotator_id"] == first):
            turn = RawTurn(speakers[row["interlocutor"]], row["utterance_text"])
            if turn.speaker == "agent":
                codes = frozenset({"reflection"}) if row["reflection_subtype"] in wanted else frozenset[str]()
                yield CodedTurn("annomi", transcript, row["utterance_id"], *turn[:2], codes, tuple(before))
            before.append(turn)


def read_esconv(path: Path, strategy: str) -> Iterator[CodedTurn]:
    """Supporters' turns of ESConv's development split, coded where their strategy is the wanted one."""
    utterance = re.compile(r"^[\d.]+ (?P<role>[01]) \d+ (?:\[(?P<strategy>[^]]+)\] )?(?P<text>.*)$")
    for number, line in enumerate(path.read_text("utf-8").splitlines()):
        parts = [match for part in line.split(" EOS ") if (match := utterance.match(part.strip()))]
        if not parts or parts[-1]["role"] != "1" or not parts[-1]["strategy"]:
            continue
        turns = [
            RawTurn("agent" if part["role"] == "1" else "customer", part["text"].strip()) for part in parts
        ]
        codes = frozenset({strategy}) if parts[-1]["strategy"] == strategy else frozenset[str]()
        yield CodedTurn("esconv", str(number), len(parts), *turns[-1][:2], codes, tuple(turns[:-1]))


if __name__ == "__main__":
    main()
