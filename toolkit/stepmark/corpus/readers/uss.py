"""How is User Satisfaction Simulation read? Tab-separated turns, a blank line between dialogues, ratings by several.

The format (Sun et al. 2021, SIGIR, doi:10.1145/3404835.3463241): role, text, action, ratings of the turn with a comma
between raters; a dialogue closes with `USER, OVERALL` and the raters' ratings of the whole. Three to seven people
rated a dialogue; who they are is not said, so "rater 2" is only a place in the list.
"""

from __future__ import annotations

from pathlib import Path
from statistics import mean, median
from typing import Any

import pandas as pd

from stepmark.corpus.corpus import Corpus
from stepmark.corpus.files import read_text
from stepmark.corpus.outcome import Outcome
from stepmark.errors import Fault, InputError

__all__ = ["looks_like_uss", "read_uss"]

ROLES = {"USER": "customer", "SYSTEM": "agent"}
OVERALL = "OVERALL"
LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)
#: The median of an even number of raters can fall between two levels.
HALF_LEVELS = tuple(level / 2 for level in range(2, 11))

Line = tuple[int, list[str]]


def looks_like_uss(path: Path) -> bool:
    """Whether `path` is a file of this corpus, or a folder of such files."""
    files = _files(path)
    if not files:
        return False
    with files[0].open("rb") as lines:
        cells = lines.readline(5000).decode("utf-8", "replace").split("\t")
    return len(cells) == 4 and cells[0] in ROLES


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.glob("*.txt"))
    return [path] if path.suffix.lower() == ".txt" else []


def read_uss(path: str | Path) -> Corpus:
    """The dialogues of User Satisfaction Simulation.

    Outcomes: `satisfaction_mean` (continuous), `satisfaction_median` (ordinal, in halves) and each rater's overall
    rating `satisfaction_rater_1` … (ordinal, 1 to 5; missing where there were fewer raters). Turns of the customer
    keep `ratings` as they stand and their mean `rating_mean`. There are no agents and no times.

    Parameters
    ----------
    path
        A file such as `MWOZ.txt`, or a folder of them; the file's name becomes the covariate `source`.
    """
    path = Path(path)
    files = _files(path)
    if not files:
        raise InputError(Fault(str(path), "no dialogues", "a .txt file of the corpus, or a folder of them"))
    interactions: list[dict[str, Any]] = []
    turns: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for file in files:
        for number, dialogue in enumerate(_dialogues(read_text(file)), start=1):
            try:
                key = f"{file.stem}-{number:04d}"
                interactions.append({"interaction_id": key, "source": file.stem} | _overall(dialogue, file))
                turns += _turns(key, dialogue[:-1], file)
            except InputError as error:
                faults += error.faults
    if faults:
        raise InputError(faults)
    return _corpus(interactions, turns)


def _dialogues(text: str) -> list[list[Line]]:
    """The lines of each dialogue, with their numbers, cut at tabs."""
    dialogues: list[list[Line]] = [[]]
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            dialogues[-1].append((number, line.rstrip("\r").split("\t")))
        elif dialogues[-1]:
            dialogues.append([])
    return [dialogue for dialogue in dialogues if dialogue]


def _ratings(number: int, cell: str, file: Path) -> list[int]:
    parts = cell.strip().split(",") if cell.strip() else []
    if any(part not in ("1", "2", "3", "4", "5") for part in parts):
        raise InputError(Fault(f"{file}, line {number}", f"ratings {cell!r}", "1 to 5 with commas between"))
    return [int(part) for part in parts]


def _overall(dialogue: list[Line], file: Path) -> dict[str, Any]:
    number, cells = dialogue[-1]
    if len(cells) != 4 or cells[1] != OVERALL:
        found = f"the dialogue that begins on line {dialogue[0][0]} ends without {OVERALL}"
        expected = "a closing line USER, OVERALL, (nothing), ratings"
        raise InputError(Fault(f"{file}, line {number}", found, expected, "Is the file cut off?"))
    ratings = _ratings(number, cells[3], file)
    if not ratings:
        raise InputError(Fault(f"{file}, line {number}", "no overall ratings", "1 to 5 with commas between"))
    raters = {f"satisfaction_rater_{place}": rating for place, rating in enumerate(ratings, start=1)}
    summary = {"satisfaction_mean": mean(ratings), "satisfaction_median": median(ratings)}
    return {**summary, **raters, "n_raters": len(ratings)}


def _turns(key: str, lines: list[Line], file: Path) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for number, cells in lines:
        if len(cells) != 4 or cells[0] not in ROLES:
            found = f"{len(cells)} cells" if len(cells) != 4 else f"role {cells[0]!r}"
            faults.append(Fault(f"{file}, line {number}", found, "USER or SYSTEM, text, action, ratings"))
            continue
        ratings = _ratings(number, cells[3], file)
        turns.append(
            {
                "interaction_id": key,
                "turn": len(turns),
                "speaker": ROLES[cells[0]],
                "text": cells[1],
                "action": cells[2] or None,
                "ratings": cells[3].strip() or None,
                "rating_mean": mean(ratings) if ratings else None,
            }
        )
    if faults:
        raise InputError(faults)
    return turns


def _corpus(rows: list[dict[str, Any]], turns: list[dict[str, Any]]) -> Corpus:
    most = max(row["n_raters"] for row in rows)
    outcomes = [
        Outcome("satisfaction_mean", "continuous", label="Satisfaction, mean of raters"),
        Outcome("satisfaction_median", "ordinal", HALF_LEVELS, label="Satisfaction, median of raters"),
    ]
    for place in range(1, most + 1):
        name = f"satisfaction_rater_{place}"
        outcomes.append(Outcome(name, "ordinal", LEVELS, label=f"Satisfaction, rater {place}"))
    names = [outcome.name for outcome in outcomes]
    frame = pd.DataFrame(rows).assign(agent_id=None, channel="chat")
    frame = frame[["interaction_id", "agent_id", "channel", *names, "n_raters", "source"]]
    return Corpus(pd.DataFrame(turns), frame, tuple(outcomes), "uss", "research use", "en")
