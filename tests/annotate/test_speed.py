"""The benchmark of speed runs and prints its table; its times are for people to read."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path


def test_the_benchmark_prints_a_line_for_each_case(project: Path) -> None:
    options = ["--texts", "40", "--repeat", "1", "--sizes", "20"]
    command = [sys.executable, "-m", "benchmarks.speed", "corpora/by-hand", *options]
    run = subprocess.run(command, cwd=project, check=True, capture_output=True, text=True)
    table, growth, processes = run.stdout.split("\n\n")
    _, *cases, versions = table.splitlines()
    assert versions.startswith(f"spacy {version('spacy')}")
    assert [line[:3] for line in cases] == [f"({case})" for case in "abcdef"]
    for line in cases:
        assert re.search(r" +40 +[\d,]+ +[\d.]+% +[\d.]+$|not installed$", line), line
    assert re.search(r"^ +20 +[\d,]+ tokens/s, [\d.]+ s$", growth, re.MULTILINE)
    assert processes.splitlines()[-1] == "the same spans: True"
