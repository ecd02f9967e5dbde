"""What do one's own codes give, with and without an encoder? A table for docs/second-reader.md.

    python -m benchmarks.adapt

The open conversations of `corpora/hard-talk` stand for somebody's own coded turns: a reader is trained on them alone, and an encoder adapted to
them alone. Both are judged on the conversations that were kept apart.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.accuracy import hard_talk

from stepmark.annotate import Guide, adapt, evaluate_both, learn

GUIDE = "difficult-customers"


def main() -> None:
    own, apart, guide = hard_talk("open"), hard_talk("apart"), Guide.load(GUIDE)
    with tempfile.TemporaryDirectory() as folder:
        reader = learn(own, guide).save(Path(folder) / "own.json")
        adapt(own, guide, progress=True).save(Path(folder) / "own.encoder.safetensors")
        rules, alone = evaluate_both(apart, guide, model=reader)
        _, both = evaluate_both(apart, guide, model=f"{reader}+encoder")
    print(
        "| own coded turns | rules alone | with a reader of them | with its encoder too |\n|---|---|---|---|"
    )
    print(f"| {len(own):,} | {' | '.join(f'{scored.micro_f1:.3f}' for scored in (rules, alone, both))} |")


if __name__ == "__main__":
    main()
