"""Finds guide steps in turns. Knows nothing of screens."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stepmark.rooms import make_callable

if TYPE_CHECKING:
    from stepmark.annotate.adapting import adapt
    from stepmark.annotate.check import Check, check_guide
    from stepmark.annotate.context import context_rules
    from stepmark.annotate.encoder import Encoder
    from stepmark.annotate.files import shipped_guides
    from stepmark.annotate.gold import CodedTurn, coded_whole, gold_from_codes, read_gold
    from stepmark.annotate.guide import Guide
    from stepmark.annotate.learning import learn
    from stepmark.annotate.marker import Marker, RawTurn
    from stepmark.annotate.mining import mine_constructions
    from stepmark.annotate.model import Model, shipped_readers
    from stepmark.annotate.retrial import try_reader
    from stepmark.annotate.run import annotate, annotate_batch
    from stepmark.annotate.scores import Evaluation, coded_turns, evaluate, evaluate_both
    from stepmark.annotate.step import Pattern, Rule, Step, Veto
    from stepmark.annotate.trial import PatternTrial, PatternTrials, try_pattern
    from stepmark.annotate.tuning import guide_coverage, guide_diff, guide_errors, pattern_precision

__all__ = [
    "Check", "CodedTurn", "Encoder", "Evaluation", "Guide", "Marker", "Model", "Pattern", "PatternTrial", "PatternTrials", "RawTurn", "Rule", "Step", "Veto", "adapt", "annotate",
    "annotate_batch", "check_guide", "coded_turns", "coded_whole", "context_rules", "evaluate", "evaluate_both", "gold_from_codes", "guide_coverage", "guide_diff",
    "guide_errors", "learn", "mine_constructions", "pattern_precision", "read_gold", "shipped_guides", "shipped_readers", "try_pattern",
    "try_reader",
]  # fmt: skip

#: Where each name lives; loaded when first asked for, so that spaCy's look at our component costs nothing.
_HOMES = {
    "guide_coverage": "tuning", "guide_diff": "tuning", "guide_errors": "tuning", "pattern_precision": "tuning",
    "mine_constructions": "mining", "context_rules": "context",
    "Check": "check", "check_guide": "check",
    "CodedTurn": "gold", "coded_whole": "gold", "gold_from_codes": "gold", "read_gold": "gold",
    "Evaluation": "scores", "coded_turns": "scores", "evaluate": "scores", "evaluate_both": "scores",
    "Guide": "guide", "Pattern": "step", "Rule": "step", "Step": "step", "Veto": "step",
    "PatternTrial": "trial", "PatternTrials": "trial", "try_pattern": "trial",
    "adapt": "adapting", "Encoder": "encoder", "learn": "learning", "Model": "model", "shipped_readers": "model",
    "Marker": "marker", "RawTurn": "marker",
    "annotate": "run", "annotate_batch": "run",
    "try_reader": "retrial",
    "shipped_guides": "files",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'stepmark.annotate' has no attribute {name!r}")
    return getattr(import_module(f"stepmark.annotate.{_HOMES[name]}"), name)


make_callable(__name__)
