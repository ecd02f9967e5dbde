"""How fast are guides? CPU tokens a second on one core, each case in a cold process of its own.

    python -m benchmarks.speed CORPUS [--format star] [--texts 20000] [--sizes 200 2000]

Prints a table of (a) the bare tokenizer, (b) stepmark with the whole guide, context rules and the spans table,
(c) the same patterns in one `Matcher`, (d) in `SpanRuler`, (e) ConvoKit's parser and politeness strategies and
(f) `en_core_web_sm` where installed (`benchmarks/strategies.py` says how); then how (b) grows with the number of patterns,
and what two processes give. Time is that of the process's CPU, loading of packages, texts, guides and pipelines left out;
slow cases read fewer texts and say so. Cases take turns, `--repeat` times; printed are medians, and shares of (a) by turn.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from benchmarks.strategies import PIPELINE, lacking, pipeline_name, prepare_strategies, versions

PROJECT = Path(__file__).parent.parent
SLOW_TEXTS = {"matcher": 500, "span_ruler": 500, "convokit": 500, "en_core_web_sm": 1_000}
CASES = {
    "tokenizer": "(a) tokenizer alone",
    "stepmark": "(b) stepmark, whole guide",
    "matcher": "(c) the same patterns, one Matcher",
    "span_ruler": "(d) the same patterns, SpanRuler",
    "convokit": "(e) ConvoKit, parser and politeness",
    "en_core_web_sm": "(f) en_core_web_sm",
}
SIZES = [100, 200, 500, 1_000, 2_000]
#: How often slow cases take their turn.
SLOW_REPEAT = 2
#: What is measured, and with how many made-up patterns in place of the guide's; None for those of the guide.
Case = tuple[str, int | None]


def main() -> None:
    arguments = _arguments()
    if arguments.case:
        print(json.dumps(_measure(arguments.case, Path(arguments.corpus), arguments.patterns)))
        return
    with tempfile.TemporaryDirectory() as folder:
        turns = Path(folder) / "turns.parquet"
        _texts(arguments).to_parquet(turns)
        _print_cases(turns, arguments.repeat)
        _print_growth(turns, arguments.repeat, arguments.sizes)
        _print_workers(turns, arguments.repeat)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus")
    parser.add_argument("--format", default="auto")
    parser.add_argument("--texts", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=5, help="how often each case takes its turn")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=SIZES, help="how many made-up patterns to try"
    )
    parser.add_argument("--case", help="measure one case in this process (used by the script itself)")
    parser.add_argument("--patterns", type=int, help="use this many made-up patterns in place of the guide's")
    return parser.parse_args()


def _texts(arguments: argparse.Namespace) -> pd.DataFrame:
    import stepmark

    return stepmark.read(arguments.corpus, format=arguments.format).turns.head(arguments.texts)


def _rounds(turns: Path, cases: Sequence[Case], repeat: int) -> pd.DataFrame:
    """Each case in a cold process, all in turn and so several times: what else the machine does falls on all alike."""
    rows = []
    for number in range(repeat):
        for case, patterns in cases:
            if number < SLOW_REPEAT or case not in SLOW_TEXTS:
                rows.append(
                    {"round": number, "case": case, "patterns": patterns, **_run(turns, case, patterns)}
                )
    runs = pd.DataFrame(rows)
    return runs.assign(speed=runs["tokens"] / runs["seconds"])


def _run(turns: Path, case: str, patterns: int | None) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.speed", str(turns), "--case", case]
    command += ["--patterns", str(patterns)] if patterns else []
    run: dict[str, float] = json.loads(
        subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE).stdout
    )
    return run


def _print_cases(turns: Path, repeat: int) -> None:
    print(f"{'case':38}{'texts':>8}{'tokens/s':>12}{'of (a)':>9}{'loading s':>11}")
    missing = _cases_without_packages()
    runs = _rounds(turns, [(case, None) for case in CASES if case not in missing], repeat)
    floor = runs[runs["case"] == "tokenizer"].set_index("round")["speed"]
    medians = runs.assign(share=runs["speed"] / runs["round"].map(floor)).groupby("case").median(True)
    for case, label in CASES.items():
        if case in missing:
            print(f"{label:38}{'not installed':>20}")
            continue
        row = medians.loc[case]
        print(f"{label:38}{row.texts:>8,.0f}{row.speed:>12,.0f}{row.share:>9.1%}{row.loading:>11.2f}")
    print(versions())


def _cases_without_packages() -> list[str]:
    missing = lacking()
    return [*(["convokit"] if missing else []), *(["en_core_web_sm"] if PIPELINE in missing else [])]


def _print_growth(turns: Path, repeat: int, sizes: list[int]) -> None:
    print("\nstepmark by number of made-up patterns")
    runs = _rounds(turns, [("stepmark", size) for size in sizes], repeat)
    for size, row in runs.groupby("patterns").median(True).iterrows():
        print(f"{size:>8,}{row.speed:>12,.0f} tokens/s, {row.seconds:.2f} s")


def _print_workers(turns: Path, repeat: int) -> None:
    """Wall time of one and of two processes in turn, on enough turns that starting them does not count."""
    from stepmark.annotate import Guide, annotate
    from stepmark.annotate.run import warm_up

    frame = pd.read_parquet(turns)
    copies = [
        frame.assign(interaction_id=frame["interaction_id"] + f"-{n}", text=frame["text"] + f" {n}")
        for n in range(8)
    ]
    many, guide = pd.concat(copies, ignore_index=True), Guide.load("difficult-customers")
    warm_up(guide)
    print(f"\nprocesses, {len(many):,} turns")
    spans, took = {}, pd.DataFrame(index=range(repeat), columns=[1, 2], dtype=float)
    for number in took.index:
        for workers in took.columns:
            start = time.perf_counter()
            spans[workers] = annotate(many, guide, workers=workers)
            took.loc[number, workers] = time.perf_counter() - start
    for workers, seconds in took.median().items():
        print(f"{workers:>8}{seconds:>9.2f} s wall")
    print(f"one takes {(took[1] / took[2]).median():.2f} times as long as two")
    print(f"the same spans: {spans[1].equals(spans[2])}")


def _measure(case: str, turns: Path, patterns: int | None) -> dict[str, float]:
    began = time.process_time()
    frame = pd.read_parquet(turns)
    frame = frame.head(SLOW_TEXTS.get(case, len(frame)))
    run = _prepare(case, frame, patterns)
    loading = time.process_time() - began
    start = time.process_time()
    run()
    seconds = time.process_time() - start
    return {"seconds": seconds, "texts": len(frame), "tokens": _count_tokens(frame), "loading": loading}


def _count_tokens(frame: pd.DataFrame) -> int:
    import spacy

    tokenizer = spacy.blank("en").tokenizer
    return sum(len(tokenizer(text)) for text in frame["text"])


def _prepare(case: str, frame: pd.DataFrame, patterns: int | None) -> Any:
    """A function without arguments that does the work of a case."""
    import spacy

    texts = frame["text"].tolist()
    if case == "stepmark":
        return _prepare_stepmark(frame, patterns)
    if case == "convokit":
        return prepare_strategies(texts)
    nlp = spacy.load(pipeline_name()) if case == "en_core_web_sm" else spacy.blank("en")
    if case == "matcher":
        return lambda: [_matcher(nlp)(nlp.make_doc(text)) for text in texts]
    if case == "span_ruler":
        ruler = nlp.add_pipe("span_ruler", config={"spans_key": "steps"})
        ruler.add_patterns([{"label": label, "pattern": pattern} for label, pattern in _patterns()])
    return lambda: [len(doc) for doc in nlp.pipe(texts)]


def _prepare_stepmark(frame: pd.DataFrame, patterns: int | None) -> Any:
    import stepmark.corpus  # noqa: F401 (loaded here, not by the first use of it, which is timed)
    from stepmark.annotate import Guide, annotate
    from stepmark.annotate.run import warm_up

    guide = _made_up(frame, patterns) if patterns else Guide.load("difficult-customers")
    warm_up(guide)
    return lambda: annotate(frame, guide)


def _patterns() -> list[tuple[str, list[dict[str, Any]]]]:
    from stepmark.annotate import Guide

    guide = Guide.load("difficult-customers")
    return [
        (entry.id, list(entry.pattern)) for step in guide.steps for entry in (*step.patterns, *step.unless)
    ]


def _matcher(nlp: Any, kept: dict[int, Any] = {}) -> Any:  # noqa: B006 (one matcher a process)
    from spacy.matcher import Matcher

    if not kept:
        kept[0] = Matcher(nlp.vocab, validate=False)
        for label, pattern in _patterns():
            kept[0].add(label, [pattern], greedy="LONGEST")
    return kept[0]


def _made_up(frame: pd.DataFrame, size: int) -> Any:
    """A guide of constructions drawn from the texts: class of words, gap, class of words; the same for the same size."""
    import spacy

    from stepmark.annotate.guide import parse_guide

    rng = random.Random(20)
    tokenizer = spacy.blank("en").tokenizer
    words = sorted(
        {token.lower_ for text in frame["text"].head(5_000) for token in tokenizer(text) if token.is_alpha}
    )
    patterns = [
        {
            "id": f"p-{number}",
            "pattern": [
                {"LOWER": {"IN": rng.sample(words, 4)}},
                {"LOWER": {"NOT_IN": [".", "?", "!"]}, "OP": "{0,3}"},
                {"LOWER": {"IN": rng.sample(words, 8)}},
            ],
        }
        for number in range(size)
    ]
    return parse_guide(
        {"name": "made-up", "steps": [{"id": "p", "speaker": "any", "patterns": patterns}]}, "made-up"
    )


if __name__ == "__main__":
    main()
