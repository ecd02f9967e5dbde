"""What is in this corpus, and what should its user know before asking it anything?"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape

import pandas as pd

from stepmark.corpus.corpus import Corpus, expect_corpus
from stepmark.corpus.outcome import Outcome
from stepmark.corpus.tables import SPEAKERS

__all__ = ["CheckReport", "OutcomeCheck", "check"]

#: An agent with more than this share of the interactions can carry a result alone.
LARGE_SHARE = 0.3
#: With fewer agents than this, standard errors clustered by agent are unsteady.
FEW_AGENTS = 10
#: With fewer answers than this at the rarer end of a binary outcome, little can be estimated.
FEW_ANSWERS = 10
#: What is left of a page, where the words of a turn should be.
MARKUP = r"</?(?:a|b|br|div|em|font|i|img|li|p|span|strong|table|td|tr|u|ul)\b[^<>]*>|&(?:amp|lt|gt|quot|nbsp|#\d{1,5});"


@dataclass(frozen=True)
class OutcomeCheck:
    """One outcome: how many answered, and what.

    Attributes
    ----------
    outcome
        What was declared.
    answered, missing
        Interactions with and without an answer.
    distribution
        Value (or statistic, for continuous outcomes and counts) and its number, in order.
    """

    outcome: Outcome
    answered: int
    missing: int
    distribution: tuple[tuple[str, float], ...]

    @property
    def text(self) -> str:
        """In one line."""
        total = max(self.answered + self.missing, 1)
        spread = ", ".join(f"{value}: {number:,.6g}" for value, number in self.distribution)
        head = f"{self.outcome.kind}, {self.answered:,} answered ({self.answered / total:.1%}), {self.missing:,} missing"
        return f"{head} · {spread}" if spread else head


@dataclass(frozen=True, repr=False)
class CheckReport:
    """What is in a corpus; prints the same as text and as HTML.

    Attributes
    ----------
    name, licence, language
        Of the corpus.
    n_interactions, n_turns
        How many.
    turns_by_speaker, interactions_by_channel
        Name and number.
    n_agents
        Known agents; interactions without one are not counted.
    largest_agent_share
        The share of interactions with a known agent that the busiest has, 0 to 1; None without agents.
    times
        `timestamps`, `seconds` or `none`.
    n_timed, n_ended
        Turns with a known start, and with a known end.
    n_broke_off
        Interactions flagged as broken off; None where the corpus does not say.
    outcomes
        One a declared outcome.
    warnings
        What to know before asking the corpus anything, in sentences.
    notes
        What the reader took for granted.
    """

    name: str
    licence: str
    language: str
    n_interactions: int
    n_turns: int
    turns_by_speaker: tuple[tuple[str, int], ...]
    interactions_by_channel: tuple[tuple[str, int], ...]
    n_agents: int
    largest_agent_share: float | None
    times: str
    n_timed: int
    n_ended: int
    n_broke_off: int | None
    outcomes: tuple[OutcomeCheck, ...]
    layers: tuple[tuple[str, int], ...] = ()
    warnings: tuple[str, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())

    def rows(self) -> list[tuple[str, str]]:
        """Label and value of each line, the same for text and HTML."""
        rows = [("corpus", f"{self.name} ({self.licence or 'no licence named'}; language {self.language})")]
        rows.append(("interactions", f"{self.n_interactions:,}"))
        rows.append(("turns", _numbers(f"{self.n_turns:,}", self.turns_by_speaker)))
        rows.append(("agents", self._agents()))
        rows.append(("channels", _numbers("", self.interactions_by_channel) or "not known"))
        rows.append(("times", self._times()))
        if self.n_broke_off is not None:
            rows.append(("broke off", f"{self.n_broke_off:,} interaction{'s' * (self.n_broke_off != 1)}"))
        rows += [(f"outcome {check.outcome.name}", check.text) for check in self.outcomes]
        rows += [(name, f"{number:,}") for name, number in self.layers]
        rows += [("warning", warning) for warning in self.warnings]
        return rows + [("assumed", note) for note in self.notes]

    def _agents(self) -> str:
        if self.largest_agent_share is None:
            return "not known"
        return f"{self.n_agents:,}; the busiest has {self.largest_agent_share:.1%} of the interactions"

    def _times(self) -> str:
        if self.times == "none":
            return "not known"
        kind = "UTC timestamps" if self.times == "timestamps" else "seconds from the start"
        return f"{kind}; start known for {self.n_timed:,} turns, end for {self.n_ended:,}"

    def __str__(self) -> str:
        rows = self.rows()
        width = max(len(label) for label, _ in rows)
        return "\n".join(f"{label:<{width}}  {value}" for label, value in rows)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        cells = (
            f'<tr><th style="text-align:left">{escape(label)}</th><td style="text-align:left">{escape(value)}</td></tr>'
            for label, value in self.rows()
        )
        return f'<table class="stepmark-check">{"".join(cells)}</table>'


def _numbers(total: str, parts: tuple[tuple[str, int], ...]) -> str:
    spelt = ", ".join(f"{name} {number:,}" for name, number in parts)
    return f"{total} ({spelt})" if total and spelt else total or spelt


def check(corpus: Corpus) -> CheckReport:
    """What is in the corpus, with warnings on what would mislead a study.

    Parameters
    ----------
    corpus
        Its tables were checked when it was made; this looks at what they hold.

    Examples
    --------
    >>> import pandas as pd
    >>> turns = pd.DataFrame({"interaction_id": ["a"], "turn": [0], "speaker": ["customer"], "text": ["It broke."]})
    >>> interactions = pd.DataFrame({"interaction_id": ["a"], "agent_id": ["kim"], "channel": ["chat"]})
    >>> print(check(Corpus(turns, interactions, name="tiny", licence="MIT")))
    corpus        tiny (MIT; language en)
    interactions  1
    turns         1 (customer 1)
    agents        1; the busiest has 100.0% of the interactions
    channels      chat 1
    times         not known
    warning       1 interaction has no turn of an agent.
    warning       Only 1 agent: standard errors clustered by agent need 10 or more.
    warning       No turn has a time: response times, pauses and interruptions cannot be measured.
    warning       No outcome is declared: steps can be counted, but not tied to satisfaction.
    """
    expect_corpus(corpus, "check")
    turns, interactions = corpus.turns, corpus.interactions
    agents = interactions["agent_id"].value_counts()
    outcomes = tuple(_check_outcome(interactions[o.name], o) for o in corpus.outcomes)
    flagged = interactions.get("broke_off")
    return CheckReport(
        corpus.name,
        corpus.licence,
        corpus.language,
        len(interactions),
        len(turns),
        _counts(turns["speaker"], SPEAKERS),
        _counts(interactions["channel"], interactions["channel"].dropna().sort_values().unique()),
        len(agents),
        float(agents.iloc[0] / agents.sum()) if len(agents) else None,
        _clock(turns),
        int(turns["start"].notna().sum()),
        int(turns["end"].notna().sum()),
        None if flagged is None else int(flagged.fillna(False).sum()),
        outcomes,
        tuple(
            (name, len(layer)) for name in ("spans", "codes") if (layer := getattr(corpus, name)) is not None
        ),
        (
            *_warn_turns(corpus),
            *_warn_agents(agents, len(interactions)),
            *_warn_times(turns),
            *_warn_outcomes(outcomes),
        ),
        corpus.notes,
    )


def _counts(column: pd.Series, names: object) -> tuple[tuple[str, int], ...]:
    counts = column.value_counts()
    return tuple((str(name), int(counts[name])) for name in names if name in counts)  # type: ignore[attr-defined]


def _clock(turns: pd.DataFrame) -> str:
    if not turns["start"].notna().any():
        return "none"
    return "timestamps" if pd.api.types.is_datetime64_any_dtype(turns["start"].dtype) else "seconds"


def _check_outcome(column: pd.Series, outcome: Outcome) -> OutcomeCheck:
    answers = column.dropna()
    if outcome.kind in ("binary", "ordinal"):
        levels = outcome.levels or (0.0, 1.0)
        spread: list[tuple[str, float]]
        names = {0.0: "no", 1.0: "yes"} if outcome.kind == "binary" else {}
        spread = [(names.get(level, f"{level:g}"), int((answers == level).sum())) for level in levels]
    else:
        named = {"lowest": 0, "quarter": 0.25, "median": 0.5, "three quarters": 0.75, "highest": 1}
        spread = [(name, float(answers.quantile(q))) for name, q in named.items()] if len(answers) else []
    return OutcomeCheck(outcome, len(answers), int(column.isna().sum()), tuple(spread))


def _have(number: int, noun: str, rest: str) -> list[str]:
    """A warning on a number of things; none where there are none."""
    if not number:
        return []
    return [f"{number:,} {noun}{'' if number == 1 else 's'} {'has' if number == 1 else 'have'} {rest}."]


def _warn_turns(corpus: Corpus) -> list[str]:
    turns, ids = corpus.turns, corpus.interactions["interaction_id"]
    silent = {
        s: set(ids) - set(turns.loc[turns["speaker"] == s, "interaction_id"]) for s in ("agent", "customer")
    }
    empty = set(ids) - set(turns["interaction_id"])
    words = _have(len(empty), "interaction", "no turns")
    for speaker, article in (("agent", "an agent"), ("customer", "a customer")):
        words += _have(len(silent[speaker] - empty), "interaction", f"no turn of {article}")
    words += _have(int((turns["text"].str.strip() == "").sum()), "turn", "no words")
    words += _have(
        _repeated(turns), "turn", "the words, the speaker and the time of another in its interaction"
    )
    marked = int(turns["text"].str.contains(MARKUP, case=False).sum())
    return words + _have(marked, "turn", "HTML in the text, which is read as words")


def _repeated(turns: pd.DataFrame) -> int:
    """How many turns are there again at the same time, as rows that were exported twice are."""
    said = turns[turns["start"].notna() & turns["text"].str.strip().ne("")]
    return int(said.duplicated(["interaction_id", "speaker", "text", "start"]).sum())


def _warn_agents(agents: pd.Series, n_interactions: int) -> list[str]:
    if not len(agents):
        return [
            "No agent is named: results cannot be clustered by agent, nor differences between agents seen."
        ]
    words = _have(n_interactions - int(agents.sum()), "interaction", "no agent_id")
    spelt = pd.Series(agents.index, dtype="str").sort_values()
    alike = spelt[spelt.str.strip().str.casefold().duplicated(keep=False)]
    if len(alike):
        names = ", ".join(f"'{name}'" for name in alike)
        words.append(f"Agents {names} differ only in blanks or capitals: are they the same?")
    if len(agents) < FEW_AGENTS:
        noun = "agent" if len(agents) == 1 else "agents"
        words.append(
            f"Only {len(agents)} {noun}: standard errors clustered by agent need {FEW_AGENTS} or more."
        )
    share = agents.iloc[0] / agents.sum()
    if share > LARGE_SHARE and len(agents) > 1:
        words.append(
            f"Agent '{agents.index[0]}' has {share:.1%} of the interactions and can carry a result alone."
        )
    return words


def _warn_times(turns: pd.DataFrame) -> list[str]:
    known = int(turns["start"].notna().sum())
    if not known:
        return ["No turn has a time: response times, pauses and interruptions cannot be measured."]
    words = _have(len(turns) - known, "turn", "no start")
    back = turns.groupby("interaction_id", sort=False)["start"].diff()
    zero = pd.Timedelta(0) if pd.api.types.is_timedelta64_dtype(back.dtype) else 0
    return words + _have(int((back < zero).sum()), "turn", "a start before that of the turn above")


def _warn_outcomes(outcomes: tuple[OutcomeCheck, ...]) -> list[str]:
    if not outcomes:
        return ["No outcome is declared: steps can be counted, but not tied to satisfaction."]
    words = []
    for found in outcomes:
        name, total = found.outcome.name, found.answered + found.missing
        if found.answered * 2 < total:
            words.append(
                f"Only {found.answered / total:.1%} answered '{name}'; who answers is seldom chance."
            )
        rarest = min((number for _, number in found.distribution), default=0)
        if found.outcome.kind == "binary" and found.answered and rarest < FEW_ANSWERS:
            words.append(f"'{name}' has only {rarest:g} answers at its rarer end.")
    return words
