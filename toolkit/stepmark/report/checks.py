"""What was checked, in groups: the same finding about many steps is one line, with each of them folded away."""

from __future__ import annotations

from typing import Any

from stepmark.report.blocks import Folded, Words
from stepmark.report.story import Story

__all__ = ["caveats"]


#: What is said of several findings of one check and severity, in the order in which a reader meets them: what is not given,
#: what weakens a claim, what is good to know.
SAID = {
    ("rows", "refused"): "Nothing can be said where answers are too few or columns are empty",
    ("sparse", "refused"): "Never used, always used, or used so rarely that there is nothing to compare",
    (
        "separation",
        "refused",
    ): "All with it answered alike, or it is known from one agent only: no finite difference",
    ("rank", "refused"): "Cannot be told apart from others, or does not vary within agents",
    ("coding", "refused"): "Too few hand codes to correct",
    (
        "overlap",
        "refused",
    ): "Too few comparable interactions for a doubly robust estimate; the regression stands alone",
    ("timing", "refused"): "Too few uses to say when it matters",
    ("response", "caution"): "Missing answers",
    (
        "negative_controls",
        "caution",
    ): "Chosen by how difficult the case is: goes with something that came before it",
    ("overlap", "caution"): "Not quite alike after weighting",
    ("influence", "caution"): "Hangs on one agent",
    ("sparse", "caution"): "Used, or not used, in so few interactions that it cannot be relied on",
    ("separation", "caution"): "Something held constant had to be left out",
    ("timing", "note"): "Timing curves are about the first use",
    ("response", "note"): "How many answered, and what weights are worth",
    (
        "rank",
        "note",
    ): "Left out of what is held constant, because it is the same everywhere or says nothing new",
}
PREFIXES = {"refused": "Not given", "caution": "Take care", "note": "Good to know"}


def caveats(story: Story) -> list[Words | Folded]:
    """What was checked, in plain words: what is refused first, then what weakens a claim, then what is good to know.

    Returns
    -------
    list
        One part a kind of finding. One that was made once stands there as it is; of several there is one line that says how
        many and of what, and unfolds to all of them.
    """
    if story.result is None:
        reasons = tuple(f"**{PREFIXES['refused']}.** {reason}." for reason in story.unstudied)
        return [Words(reasons or ("No study was made, so there is nothing to check.",))]
    statements = story.result.diagnostics["statements"]
    severities = list(PREFIXES)
    others = sorted({(one["check"], one["severity"]) for one in statements} - SAID.keys())
    ordered = sorted([*SAID, *others], key=lambda kind: severities.index(kind[1]))
    parts = [_part(story, kind, statements) for kind in ordered]
    return [part for part in parts if part is not None] or [Words(("Nothing was found amiss.",))]


def _part(story: Story, kind: tuple[str, str], statements: list[dict[str, Any]]) -> Words | Folded | None:
    """What was found of one kind, None where nothing was."""
    own = [one for one in statements if (one["check"], one["severity"]) == kind]
    texts = list(dict.fromkeys(one["text"] for one in own))
    prefix = PREFIXES[kind[1]]
    if not texts:
        return None
    if len(texts) == 1:
        return Words((f"**{prefix}.** {texts[0]}",))
    said = SAID.get(kind, kind[0].replace("_", " ").capitalize())
    about = list(dict.fromkeys(story.label(one["about"]) for one in own if one["about"]))
    listed = f": {_listed(about)}" if about else f" ({len(texts)})"
    return Folded(f"**{prefix}.** {said}{listed}.", tuple(_outcome_first(own)))


def _outcome_first(own: list[dict[str, Any]]) -> list[str]:
    """Each finding with the outcome it is about, where several outcomes are studied."""
    several = len({one["outcome"] for one in own}) > 1
    texts = [f"{one['outcome']}: {one['text']}" if several else one["text"] for one in own]
    return list(dict.fromkeys(texts))


def _listed(names: list[str]) -> str:
    """The first eight names, and how many more."""
    shown = names[:8]
    return ", ".join(shown) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
