"""What is left of a corpus when nobody in it can be found? The same words, with placeholders such as `<EMAIL_1>`.

The same value has the same placeholder throughout an interaction (or the whole corpus), so that a reader still sees
who and what is meant. Marks of steps move with the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from stepmark.corpus.corpus import Corpus, expect_corpus
from stepmark.corpus.names import announced_names, repeated_names
from stepmark.corpus.recognisers import Found, find_personal
from stepmark.corpus.tables import INTERACTIONS, TURNS

__all__ = ["redact", "redact_text", "redact_texts"]

#: Types of which only the letters and digits count: "0161 496 0000" and "0161-496-0000" are one number.
_BARE = {"PHONE", "CARD", "IBAN", "ORDER", "ACCOUNT", "SSN", "POSTCODE"}


@dataclass
class _Placeholders:
    """The placeholders given so far: the same value, the same placeholder."""

    given: dict[tuple[str, str], str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def __call__(self, kind: str, value: str) -> str:
        bare = re.sub(r"\W", "", value) if kind in _BARE else " ".join(value.split())
        key = (kind, bare.casefold())
        if key not in self.given:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self.given[key] = f"<{kind}_{self.counts[kind]}>"
        return self.given[key]


Swap = tuple[int, int, str]


def redact_text(text: str) -> str:
    """The text with placeholders for personal data.

    Parameters
    ----------
    text
        One turn, or a few words. The same value gets the same placeholder within it.

    Examples
    --------
    >>> redact_text("Hi Maya, my order 40-7713 went to maya@example.org, not to bob@example.org")
    'Hi <NAME_1>, my order <ORDER_1> went to <EMAIL_1>, not to <EMAIL_2>'
    """
    return redact_texts([text])[0]


def redact_texts(texts: Sequence[str], *, keep: Iterable[str] = ()) -> list[str]:
    """The texts of one interaction with placeholders for personal data, the same value with the same one.

    Parameters
    ----------
    texts
        In their order.
    keep
        Names of companies: a handle such as `@company` stays.
    """
    keep = frozenset(name.casefold() for name in keep)
    swaps = _swaps(texts, _Placeholders(), keep)
    return [_apply(text, found) for text, found in zip(texts, swaps, strict=True)]


def redact(corpus: Corpus, *, across: bool = False, agents: bool = False, progress: bool = False) -> Corpus:
    """The corpus with typed, consistent placeholders for personal data.

    Found are e-mail and web addresses, phone, card, account and order numbers, IBAN, IP, postcodes, streets, dates of
    birth, handles, and names that are announced or signed. Text columns beyond the tables' own are redacted too,
    unless they hold ids (names ending in `_id`). It works by rules: it misses names that nothing announces, so read
    what you publish.

    Parameters
    ----------
    corpus
        Stays as it is.
    across
        Whether a value has the same placeholder in all interactions; else numbers begin again in each.
    agents
        Whether `agent_id` is replaced too, by `agent-1` … in the order of their ids.
    progress
        Whether to show a progress bar.

    Returns
    -------
    Corpus
        With `notes` on how many turns changed and which columns were left alone. Spans point at the same words.
    """
    from tqdm.auto import tqdm

    expect_corpus(corpus, "redact")
    turns = corpus.turns
    keep = frozenset(corpus.interactions["agent_id"].dropna().str.casefold())
    shared = _Placeholders()
    swaps: list[list[Swap]] = []
    said = turns.groupby("interaction_id", sort=False)["text"]
    for _, texts in tqdm(said, desc="redact", unit=" interactions", disable=not progress, leave=False):
        swaps += _swaps(texts.tolist(), shared if across else _Placeholders(), keep)
    changed = [_apply(text, found) for text, found in zip(turns["text"], swaps, strict=True)]
    spans = None if corpus.spans is None else _move(corpus.spans, turns, swaps)
    redacted = replace(
        corpus,
        turns=_redact_extra(turns.assign(text=pd.Series(changed, dtype="str")), TURNS.names),
        interactions=_redact_extra(_rename(corpus.interactions, agents), INTERACTIONS.names),
        spans=spans,
    )
    return replace(redacted, notes=_notes(corpus, swaps, agents))


def _swaps(texts: Sequence[str], placeholder: _Placeholders, keep: frozenset[str]) -> list[list[Swap]]:
    """What to put where, in each text of one interaction."""
    first = [_merge(find_personal(text), announced_names(text)) for text in texts]
    pairs = list(zip(texts, first, strict=True))
    names = {text[f.start : f.end] for text, found in pairs for f in found if f.kind == "NAME"}
    parts = {part for name in names for part in [name, *name.split()]}
    swaps = []
    for text, found in pairs:
        everything = _merge(found, repeated_names(text, parts))
        data = [(f, text[f.start : f.end]) for f in everything]
        swaps.append(
            [
                (f.start, f.end, placeholder(f.kind, value))
                for f, value in data
                if value[1:].casefold() not in keep
            ]
        )
    return swaps


def _merge(first: list[Found], second: list[Found]) -> list[Found]:
    """Both, without those of `second` that overlap one of `first`, in the order of the text."""
    apart = [s for s in second if all(s.end <= f.start or f.end <= s.start for f in first)]
    return sorted([*first, *apart], key=lambda found: found.start)


def _apply(text: str, swaps: list[Swap]) -> str:
    for start, end, placeholder in reversed(swaps):
        text = text[:start] + placeholder + text[end:]
    return text


def _moved(at: int, swaps: list[Swap], *, is_end: bool) -> int:
    """Where a place of the old text is in the new one; a place inside a placeholder moves to its near edge."""
    shift = 0
    for start, end, placeholder in swaps:
        if at >= end:
            shift += len(placeholder) - (end - start)
        elif at > start:
            return start + shift + (len(placeholder) if is_end else 0)
    return at + shift


def _move(spans: pd.DataFrame, turns: pd.DataFrame, swaps: list[list[Swap]]) -> pd.DataFrame:
    """The spans at the same words of the redacted turns."""
    keys = list(zip(turns["interaction_id"], turns["turn"], strict=True))
    by_turn = dict(zip(keys, zip(turns["text"], swaps, strict=True), strict=True))
    rows = []
    for row in spans.to_dict("records"):
        text, swapped = by_turn[(row["interaction_id"], row["turn"])]
        start = _moved(row["start_char"], swapped, is_end=False)
        end = _moved(row["end_char"], swapped, is_end=True)
        rows.append({**row, "start_char": start, "end_char": end, "text": _apply(text, swapped)[start:end]})
    return pd.DataFrame(rows, columns=spans.columns)


def _texts(frame: pd.DataFrame, own: Sequence[str]) -> list[str]:
    """Columns beyond the table's own that hold text and no ids."""
    extra = [name for name in frame.columns if name not in own and not name.endswith("_id")]
    return [name for name in extra if isinstance(frame[name].dtype, pd.StringDtype)]


def _redact_extra(frame: pd.DataFrame, own: Sequence[str]) -> pd.DataFrame:
    """With the same done to free text in columns of any other name."""
    for name in _texts(frame, own):
        values = {value: redact_text(value) for value in frame[name].dropna().unique()}
        frame[name] = frame[name].map(values).astype("str")
    return frame


def _rename(interactions: pd.DataFrame, agents: bool) -> pd.DataFrame:
    if not agents:
        return interactions
    known = sorted(interactions["agent_id"].dropna().unique())
    names = {agent: f"agent-{number}" for number, agent in enumerate(known, start=1)}
    return interactions.assign(agent_id=interactions["agent_id"].map(names).astype("str"))


def _notes(corpus: Corpus, swaps: list[list[Swap]], agents: bool) -> tuple[str, ...]:
    changed = sum(bool(found) for found in swaps)
    total = sum(len(found) for found in swaps)
    kept = [] if agents else ["agent_id"]
    for frame, own in ((corpus.interactions, INTERACTIONS.names), (corpus.turns, TURNS.names)):
        kept += [name for name in frame.columns if name not in own and name.endswith("_id")]
    notes = [f"{total:,} placeholders in {changed:,} of {len(swaps):,} turns"]
    return (*notes, f"left as they are: {', '.join(kept)}") if kept else tuple(notes)
