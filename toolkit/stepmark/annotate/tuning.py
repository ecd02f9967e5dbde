"""Tools to tune a guide: where it errs, which patterns carry it, what a change of it changes.

All results are tidy tables of turns or patterns; which constructions are worth a pattern is asked in `mining`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepmark.annotate.gold import CodedTurn
from stepmark.annotate.guide import Guide
from stepmark.annotate.interactions import marked_interactions
from stepmark.annotate.marker import Marker
from stepmark.annotate.reading import Mark
from stepmark.annotate.scores import coded_turns, read_ahead

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.corpus import Corpus

__all__ = ["guide_coverage", "guide_diff", "guide_errors", "pattern_precision"]


def guide_errors(
    gold: str | Path | pd.DataFrame | Sequence[CodedTurn],
    guide: Guide | str | Path = "difficult-customers",
    *,
    corpus: Any = None,
) -> pd.DataFrame:
    """Each turn where guide and people differ.

    Parameters
    ----------
    gold
        A gold file, coded turns, or a codes table (then with its `corpus`).
    guide
        A guide, the name of a shipped one, or a path.
    corpus
        The corpus that a codes table belongs to.

    Returns
    -------
    pandas.DataFrame
        One row a turn and step, by step: `step`, `error` (`marked wrongly` or `missed`), `patterns` (what marked it; "" for a
        miss), `span` (the words marked), `source`, `interaction_id`, `turn`, `text`.
    """
    import pandas as pd

    guide = Guide.load(guide)
    rows = []
    for turn, marks in _marked(coded_turns(gold, corpus), guide):
        found = _by_step(marks)
        for place, step in enumerate(guide.steps):
            if turn.coded is not None and step.id not in turn.coded:
                continue
            if (step.id in found) != (step.id in turn.codes):
                rows.append((place, *_error(turn, step.id, found.get(step.id, []))))
    names = ["place", "step", "error", "patterns", "span", "source", "interaction_id", "turn", "text"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.sort_values(["place", "error", "patterns"], kind="stable", ignore_index=True).drop(
        columns="place"
    )


def _marked(turns: Sequence[CodedTurn], guide: Guide) -> Iterable[tuple[CodedTurn, list[Mark]]]:
    marker = Marker(guide)
    for turn, said in read_ahead(turns, marker):
        yield turn, marker.mark_all(said)[-1]


def _by_step(marks: Iterable[Mark]) -> dict[str, list[Mark]]:
    found: dict[str, list[Mark]] = defaultdict(list)
    for mark in marks:
        found[mark.step].append(mark)
    return found


def _error(turn: CodedTurn, step: str, marks: list[Mark]) -> tuple[str, ...]:
    patterns = ", ".join(sorted({mark.source.removeprefix("rule:") for mark in marks}))
    span = " … ".join(dict.fromkeys(turn.text[mark.start_char : mark.end_char] for mark in marks))
    error = "marked wrongly" if marks else "missed"
    return step, error, patterns, span, turn.source, turn.interaction_id, str(turn.turn), turn.text


def pattern_precision(
    gold: str | Path | pd.DataFrame | Sequence[CodedTurn],
    guide: Guide | str | Path = "difficult-customers",
    *,
    corpus: Any = None,
) -> pd.DataFrame:
    """How often each pattern that fires on coded turns is right; parameters as in `guide_errors`.

    Returns
    -------
    pandas.DataFrame
        One row a pattern: `step`, `pattern`, `fired` (turns), `right` (turns), `precision` (0 to 1), `interactions` in which it
        fired, and `alone` (turns that people coded and no other pattern of the step found).
    """
    import pandas as pd

    guide = Guide.load(guide)
    fired: Counter[tuple[str, str]] = Counter()
    right: Counter[tuple[str, str]] = Counter()
    alone: Counter[tuple[str, str]] = Counter()
    where: dict[tuple[str, str], set[str]] = defaultdict(set)
    for turn, marks in _marked(coded_turns(gold, corpus), guide):
        for step, found in _by_step(marks).items():
            sources = {mark.source.removeprefix("rule:") for mark in found}
            for source in sources:
                key = step, source
                fired[key] += 1
                right[key] += step in turn.codes
                alone[key] += step in turn.codes and len(sources) == 1
                where[key].add(turn.interaction)
    order = {step.id: place for place, step in enumerate(guide.steps)}
    keys = sorted(fired, key=lambda key: (order[key[0]], right[key] / fired[key], key[1]))
    rows = [
        (*key, fired[key], right[key], right[key] / fired[key], len(where[key]), alone[key]) for key in keys
    ]
    return pd.DataFrame(
        rows, columns=["step", "pattern", "fired", "right", "precision", "interactions", "alone"]
    )


def guide_coverage(
    corpus: Corpus | pd.DataFrame, guide: Guide | str | Path = "difficult-customers"
) -> pd.DataFrame:
    """How often each pattern of a guide marks turns of a corpus.

    Returns
    -------
    pandas.DataFrame
        One row a pattern or maker of marks, in the order of the guide: `step`, `pattern`, `n_turns`, `n_interactions`,
        `alone` (turns where no other pattern of the step fires) and `always_with` (another pattern of the step that fires
        wherever this one does; missing where there is none). A pattern that never fires has 0.
    """
    import pandas as pd

    guide = Guide.load(guide)
    turns: dict[tuple[str, str], set[tuple[str, int]]] = {
        (step.id, pattern.id): set() for step in guide.steps for pattern in step.patterns
    }
    alone: Counter[tuple[str, str]] = Counter()
    for (interaction, _, _), (marked,) in marked_interactions(corpus, Marker(guide)):
        for at, marks in enumerate(marked):
            for step, found in _by_step(marks).items():
                sources = {mark.source.removeprefix("rule:") for mark in found}
                for source in sources:
                    turns.setdefault((step, source), set()).add((interaction, at))
                    alone[step, source] += len(sources) == 1
    rows = [
        (
            *key,
            len(places),
            len({interaction for interaction, _ in places}),
            alone[key],
            _always_with(key, turns),
        )
        for key, places in turns.items()
    ]
    frame = pd.DataFrame(
        rows, columns=["step", "pattern", "n_turns", "n_interactions", "alone", "always_with"]
    )
    return frame.astype({"always_with": "str"})


def _always_with(key: tuple[str, str], turns: dict[tuple[str, str], set[tuple[str, int]]]) -> str | None:
    """Another pattern of the step that fires wherever this one does, the tightest of them."""
    if len(turns[key]) < 2:
        return None
    others = [o for o in turns if o != key and o[0] == key[0] and turns[key] <= turns[o]]
    return min(others, key=lambda other: (len(turns[other]), other[1]))[1] if others else None


def guide_diff(
    before: Guide | str | Path, after: Guide | str | Path, corpus: Corpus | pd.DataFrame
) -> pd.DataFrame:
    """What a change of a guide changes in the marks of a corpus.

    Parameters
    ----------
    before, after
        The two guides.
    corpus
        The corpus, or its turns table.

    Returns
    -------
    pandas.DataFrame
        One row a turn and step that only one of the two marks: `step`, `change` (`new` or `gone`), `patterns`, `span`,
        `interaction_id`, `turn`, `text`; by step, change and place.
    """
    import pandas as pd

    markers = Marker(Guide.load(before)), Marker(Guide.load(after))
    rows = []
    for (interaction, numbers, raw), marked in marked_interactions(corpus, *markers):
        for number, turn, old_marks, new_marks in zip(numbers, raw, *marked, strict=True):
            old, new = _by_step(old_marks), _by_step(new_marks)
            for step in sorted(old.keys() ^ new.keys()):
                change, marks = ("new", new[step]) if step in new else ("gone", old[step])
                patterns = ", ".join(sorted({mark.source.removeprefix("rule:") for mark in marks}))
                span = " … ".join(dict.fromkeys(turn.text[m.start_char : m.end_char] for m in marks))
                rows.append((step, change, patterns, span, interaction, number, turn.text))
    frame = pd.DataFrame(
        rows, columns=["step", "change", "patterns", "span", "interaction_id", "turn", "text"]
    )
    return frame.sort_values(["step", "change", "interaction_id", "turn"], kind="stable", ignore_index=True)
