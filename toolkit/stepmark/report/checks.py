"""What was checked, in groups: the same finding about many steps is one line, with each of them folded away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stepmark.report.blocks import Folded, Words
from stepmark.report.story import Story

__all__ = ["caveats"]


@dataclass(frozen=True)
class _Group:
    """One kind of finding: which check makes it, how severe it is, and how it is said of several."""

    check: str
    severity: str
    said: str


#: In the order in which a reader meets them: what is not given, what weakens a claim, what is good to know.
GROUPS = (
    _Group("rows", "refused", "Nothing can be said where answers are too few or columns are empty"),
    _Group(
        "sparse", "refused", "Never used, always used, or used so rarely that there is nothing to compare"
    ),
    _Group(
        "separation",
        "refused",
        "All with it answered alike, or it is known from one agent only: no finite difference",
    ),
    _Group("rank", "refused", "Cannot be told apart from others, or does not vary within agents"),
    _Group("coding", "refused", "Too few hand codes to correct"),
    _Group(
        "overlap",
        "refused",
        "Too few comparable interactions for a doubly robust estimate; the regression stands alone",
    ),
    _Group("timing", "refused", "Too few uses to say when it matters"),
    _Group("response", "caution", "Missing answers"),
    _Group(
        "negative_controls",
        "caution",
        "Chosen by how difficult the case is: goes with something that came before it",
    ),
    _Group("overlap", "caution", "Not quite alike after weighting"),
    _Group("influence", "caution", "Hangs on one agent"),
    _Group("sparse", "caution", "Used, or not used, in so few interactions that it cannot be relied on"),
    _Group("separation", "caution", "Something held constant had to be left out"),
    _Group("timing", "note", "Timing curves are about the first use"),
    _Group("response", "note", "How many answered, and what weights are worth"),
    _Group(
        "rank",
        "note",
        "Left out of what is held constant, because it is the same everywhere or says nothing new",
    ),
)
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
    kinds = [(group.check, group.severity) for group in GROUPS]
    severities = list(PREFIXES)
    others = sorted(
        {(s["check"], s["severity"]) for s in statements} - set(kinds),
        key=lambda kind: severities.index(kind[1]),
    )
    named = {(group.check, group.severity): group.said for group in GROUPS}
    ordered = sorted([*kinds, *others], key=lambda kind: severities.index(kind[1]))
    parts = [_part(story, kind, named, statements) for kind in ordered]
    return [part for part in parts if part is not None] or [Words(("Nothing was found amiss.",))]


def _part(
    story: Story, kind: tuple[str, str], named: dict[tuple[str, str], str], statements: list[dict[str, Any]]
) -> Words | Folded | None:
    own = [one for one in statements if (one["check"], one["severity"]) == kind]
    texts = list(dict.fromkeys(one["text"] for one in own))
    prefix = PREFIXES[kind[1]]
    if not texts:
        return None
    if len(texts) == 1:
        return Words((f"**{prefix}.** {texts[0]}",))
    said = named.get(kind, kind[0].replace("_", " ").capitalize())
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
