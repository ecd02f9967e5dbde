"""How well a guide's marks agree with people's codes: precision, recall, F1 and kappa, with honest intervals."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stepmark.annotate.gold import CodedTurn, decisions_of, gold_from_codes, groups_of, read_gold, sources_of
from stepmark.annotate.guide import Guide
from stepmark.annotate.marker import Marker, RawTurn
from stepmark.annotate.reading import Mark
from stepmark.errors import Fault, InputError

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.annotate.model import Model
    from stepmark.corpus import Corpus

__all__ = [
    "Evaluation", "coded_turns", "evaluate", "evaluate_both", "mark_gold", "plain_number", "read_ahead", "score", "score_both",
    "with_context",
]  # fmt: skip

#: How many times the interactions are drawn again for the intervals.
DRAWS = 1_000
#: How many coded turns are read at a time, each with the turns before it.
PORTION = 2_000


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How a guide's marks agree with people's codes, turn by turn.

    Attributes
    ----------
    guide
        Name and version of the guide.
    steps
        One row a step: `step`, `support` (turns that people coded with it), `predicted` (turns that the guide marked),
        `true_positive`, `precision`, `recall`, `f1`, `kappa` (0 to 1, kappa from -1; missing where undefined) and
        the ends of the interval of `f1`, `f1_low` and `f1_high`.
    micro_f1, macro_f1
        F1 over all decisions, and the mean F1 of the steps that people coded at least once.
    micro_low, micro_high
        The 95% interval of `micro_f1`, from drawing whole interactions again.
    n_turns, n_interactions, sources
        What it rests on; how many turns of each source.
    """

    guide: str
    steps: pd.DataFrame
    micro_f1: float
    macro_f1: float
    micro_precision: float
    micro_recall: float
    micro_low: float
    micro_high: float
    n_turns: int
    n_interactions: int
    sources: dict[str, int]

    def __repr__(self) -> str:
        return (
            f"Evaluation({self.guide!r}: micro F1 {self.micro_f1:.3f} [{self.micro_low:.3f}, {self.micro_high:.3f}], "
            f"macro F1 {self.macro_f1:.3f}, {self.n_turns:,} turns of {self.n_interactions:,} interactions)"
        )

    def to_json(self) -> str:
        """The result as JSON, in full precision; a value that is undefined is null."""
        names = ("support", "predicted", "true_positive", "precision", "recall", "f1", "kappa")
        steps = {
            row["step"]: {name: plain_number(row[name]) for name in names}
            for row in self.steps.to_dict("records")
        }
        whole = {
            "steps": steps,
            "micro_f1": plain_number(self.micro_f1),
            "macro_f1": plain_number(self.macro_f1),
        }
        return json.dumps(whole, indent=2) + "\n"


def plain_number(value: Any) -> int | float | None:
    """A number as JSON has it; None where it is undefined."""
    if isinstance(value, int | np.integer):
        return int(value)
    return None if value is None or np.isnan(value) else float(value)


def evaluate(
    gold: str | Path | Sequence[CodedTurn] | pd.DataFrame | Corpus,
    guide: Guide | str | Path = "difficult-customers",
    *,
    corpus: Corpus | pd.DataFrame | None = None,
    model: Model | str | Path | None = None,
    seed: int = 0,
) -> Evaluation:
    """Score a guide against people's codes.

    Parameters
    ----------
    gold
        A gold file, coded turns, a codes table (then with its `corpus`), or a corpus that holds codes, or its folder. Codes that
        hold nothing but `yes` stand for interactions that were coded whole: what has no row was not seen there.
    guide
        A guide, the name of a shipped one, or a path.
    corpus
        The corpus that a codes table belongs to.
    model
        A second reader made by `learn`, its file, or the name of a shipped one; the rules stand alone where none is given.
    seed
        Of the draws for the intervals.

    Returns
    -------
    Evaluation
        A turn counts as marked with a step when it has at least one span of it. A step without patterns, found by times
        alone, is left out unless the codes name it. The intervals are percentiles over
        draws of whole interactions with replacement (cluster bootstrap; Field and Welsh 2007).
    """
    guide = Guide.load(guide)
    turns = coded_turns(gold, corpus)
    return score(turns, mark_gold(turns, guide, model), guide, seed=seed)


def evaluate_both(
    gold: str | Path | Sequence[CodedTurn] | pd.DataFrame | Corpus,
    guide: Guide | str | Path = "difficult-customers",
    *,
    model: Model | str | Path,
    corpus: Corpus | pd.DataFrame | None = None,
    seed: int = 0,
) -> tuple[Evaluation, Evaluation]:
    """The rules alone, and with a second reader, as `evaluate` scores them; every turn is read once."""
    from stepmark.annotate.model import Model

    guide = Guide.load(guide)
    reader = Model.load(model).checked_for(guide)
    return score_both(coded_turns(gold, corpus), guide, reader, seed=seed)


def score_both(
    turns: Sequence[CodedTurn], guide: Guide, model: Model, *, seed: int = 0
) -> tuple[Evaluation, Evaluation]:
    """As `evaluate_both`, of coded turns and a reader that is known to be for the guide."""
    marker = Marker(guide, model=model)
    marked = [marker.mark_last(said) for _, said in read_ahead(turns, marker)]
    rules, both = ([_steps_of(marks) for marks in found] for found in zip(*marked, strict=True))
    return score(turns, rules, guide, seed=seed), score(turns, both, guide, seed=seed)


def coded_turns(gold: Any, corpus: Any = None) -> Sequence[CodedTurn]:
    """The coded turns of a gold file, of a codes table with its corpus, of a corpus with codes or its folder, or as they are.

    Raises
    ------
    stepmark.errors.InputError
        Where there is no coded turn, or nothing that could hold one.
    """
    from stepmark.corpus import Corpus, read_folder

    where = str(gold) if isinstance(gold, str | Path) else ""
    if isinstance(gold, str | Path):
        if not Path(gold).is_dir():
            return read_gold(gold)
        gold = read_folder(gold)
    if isinstance(gold, Corpus):
        gold, corpus = _own_codes(gold, where or f"corpus {gold.name!r}"), gold
    if hasattr(gold, "columns"):
        if corpus is None:
            raise InputError(
                Fault("evaluate", "a codes table without its corpus", "corpus=…, to know what was said")
            )
        gold = gold_from_codes(gold, corpus)
    if not isinstance(gold, Sequence):
        expected = "coded turns, a file of them, a codes table with its corpus, or a corpus with codes"
        raise InputError(Fault("coded turns", f"a {type(gold).__name__}", expected))
    if not gold:
        raise InputError(Fault("coded turns", "none", "at least one turn that somebody decided on"))
    return gold


def _own_codes(corpus: Corpus, where: str) -> pd.DataFrame:
    if corpus.codes is None or corpus.codes.empty:
        advice = "Bring them in with `stepmark codes import`, or name a file of coded turns."
        raise InputError(Fault(where, "no codes", "a corpus that people coded", advice))
    return corpus.codes


def mark_gold(
    turns: Sequence[CodedTurn], guide: Guide, model: Model | str | Path | None = None
) -> list[frozenset[str]]:
    """For each coded turn, the steps that the guide marks in it, given the turns before it that are known."""
    from stepmark.annotate.model import Model

    marker = Marker(guide, model=None if model is None else Model.load(model).checked_for(guide))
    return [_steps_of(marker.mark_last(said)[1]) for _, said in read_ahead(turns, marker)]


def _steps_of(marks: Iterable[Mark]) -> frozenset[str]:
    return frozenset(mark.step for mark in marks)


def read_ahead(turns: Sequence[CodedTurn], marker: Marker) -> Iterator[tuple[CodedTurn, list[RawTurn]]]:
    """Each coded turn with what was said up to it; many are read and matched at a time."""
    for first in range(0, len(turns), PORTION):
        held = [(turn, with_context(turn)) for turn in turns[first : first + PORTION]]
        marker.read_ahead(chain.from_iterable(said for _, said in held))
        yield from held


def with_context(turn: CodedTurn) -> list[RawTurn]:
    """The turns before a coded turn that are known, and the turn itself."""
    return [*turn.context, RawTurn(turn.speaker, turn.text, turn.start, turn.end)]


def score(
    turns: Sequence[CodedTurn], marked: Sequence[frozenset[str]], guide: Guide, *, seed: int = 0
) -> Evaluation:
    """The scores of marks that were found by whatever means; parameters as in `evaluate`."""
    steps = [step.id for step in guide.steps]
    gold, asked = decisions_of(turns, steps)
    found = np.array([[step in marks for step in steps] for marks in marked], dtype=bool)
    asked &= _codable(guide, gold)
    groups = groups_of(turns)
    counts = _counts(gold, found, asked, groups)
    rng = np.random.default_rng(seed)
    n_groups = counts.shape[0]
    weights = rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=DRAWS)
    drawn = np.einsum("dg,gck->dck", weights, counts)
    total = counts.sum(axis=0)
    frame = _steps_frame(steps, total, drawn)
    pooled, pooled_drawn = total.sum(axis=1), drawn.sum(axis=2)
    low, high = _interval(_f1(*pooled_drawn.T[:3]))
    supported = frame[frame["support"] > 0]
    return Evaluation(
        str(guide),
        frame,
        float(_f1(*pooled[:3])),
        float(supported["f1"].mean()) if len(supported) else float("nan"),
        float(_ratio(pooled[0], pooled[0] + pooled[1])),
        float(_ratio(pooled[0], pooled[0] + pooled[2])),
        low,
        high,
        len(turns),
        n_groups,
        sources_of(turns),
    )


def _codable(guide: Guide, gold: np.ndarray) -> np.ndarray:
    """For each step, whether people were asked: a step found by times alone is not coded from words, unless codes name it."""
    return np.array([bool(step.patterns) for step in guide.steps]) | gold.any(axis=0)


def _counts(gold: np.ndarray, found: np.ndarray, asked: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Interactions x (true positive, false positive, false negative, true negative) x steps."""
    cells = np.stack([gold & found, ~gold & found, gold & ~found, ~gold & ~found]) & asked
    counts = np.zeros((groups.max() + 1, 4, gold.shape[1]))
    np.add.at(counts, groups, cells.transpose(1, 0, 2))
    return counts


def _ratio(part: Any, whole: Any) -> Any:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(
            np.asarray(whole) > 0, np.asarray(part, dtype=float) / np.asarray(whole, dtype=float), np.nan
        )


def _f1(true_positive: Any, false_positive: Any, false_negative: Any) -> Any:
    return _ratio(2 * true_positive, 2 * true_positive + false_positive + false_negative)


def _kappa(tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
    """Cohen's kappa of marks and codes (Cohen 1960)."""
    n = tp + fp + fn + tn
    agreed = _ratio(tp + tn, n)
    chance = _ratio((tp + fp) * (tp + fn) + (fn + tn) * (fp + tn), n**2)
    return _ratio(agreed - chance, 1 - chance)


def _interval(values: np.ndarray) -> tuple[float, float]:
    values = values[~np.isnan(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _steps_frame(steps: list[str], total: np.ndarray, drawn: np.ndarray) -> pd.DataFrame:
    import pandas as pd

    tp, fp, fn, tn = total
    ends = [_interval(_f1(*drawn[:, :3, place].T)) for place in range(len(steps))]
    return pd.DataFrame(
        {
            "step": pd.Series(steps, dtype="str"),
            "support": (tp + fn).astype(int),
            "predicted": (tp + fp).astype(int),
            "true_positive": tp.astype(int),
            "precision": _ratio(tp, tp + fp),
            "recall": _ratio(tp, tp + fn),
            "f1": _f1(tp, fp, fn),
            "f1_low": [low for low, _ in ends],
            "f1_high": [high for _, high in ends],
            "kappa": _kappa(tp, fp, fn, tn),
        }
    )
