"""A sample and a design on their way to a model: what cannot be estimated is set aside, and said.

Columns that do not vary, that hardly ever vary, or that are combinations of others are found here, before anything is
fitted; perfect prediction and single clusters are left to `stepmark.study.building`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.design import INTERCEPT, Design
from stepmark.study.families import Array, Family, Linear, Logistic, NegativeBinomial, Ordinal, Poisson
from stepmark.study.identify import rank_of
from stepmark.study.plan import AgentHandling, Plan
from stepmark.study.sample import Sample
from stepmark.study.statements import Statements
from stepmark.study.terms import Term

__all__ = ["Workpiece", "demeaned", "family_of"]

#: Fewer interactions than this, and nothing is estimated.
FEWEST = 20
#: A step that was used, or not used, in fewer interactions than this gets no estimate.
FEWEST_USES = 5
#: Of a column's largest value; what is left below it after the means were taken off is no variation.
ROUNDING = 1e-10


def family_of(sample: Sample) -> Family:
    """The model family that the outcome asks for."""
    model, levels = sample.outcome.model, sample.outcome.levels
    if model in ("proportional_odds", "ordinal_probit"):
        return Ordinal(levels, "probit" if model == "ordinal_probit" else "logit")
    families: dict[str | None, Family] = {
        "logistic": Logistic(),
        "gee_logistic": Logistic(),
        "poisson": Poisson(),
        "negative_binomial": NegativeBinomial(),
    }
    return families.get(model, Linear())


class Workpiece:
    """What is left of sample and design, and the steps that were refused on the way."""

    def __init__(
        self,
        sample: Sample,
        design: Design,
        plan: Plan,
        handling: AgentHandling,
        statements: Statements,
    ) -> None:
        self.sample, self.plan, self.handling = sample, plan, handling
        self.statements = statements
        self.refused: set[str] = set()
        self.hopeless = False
        self.family: Family = Linear() if handling == "within" else family_of(sample)
        self.demean = handling == "within" or sample.outcome.model == "conditional_logit"
        bare = self.demean or isinstance(self.family, Ordinal) or sample.outcome.model == "cox"
        terms = design.terms if handling != "mundlak" else (*design.terms, *_agent_means(sample, design))
        self.design: Design = replace(design, terms=terms, intercept=not bare)

    def say(self, check: str, severity: str, text: str, about: str = "", **data: object) -> None:
        """Make a statement about this model's outcome."""
        self.statements.say(
            check,
            severity,  # type: ignore[arg-type]
            text,
            outcome=self.sample.outcome.name,
            about=about,
            **data,
        )

    def give_up(self, check: str, text: str) -> None:
        """Say why there is no model at all."""
        self.say(check, "refused", text)
        self.hopeless = True

    def matrix(self) -> Array:
        """The columns as they are fitted: demeaned where agents are compared with themselves."""
        X = self.design.matrix()
        return demeaned(X, self.sample) if self.demean else X

    def drop_rare(self) -> None:
        """Take out steps that hardly ever vary, with the interactions that are the exception."""
        for name in [term.name for term in self.design.terms if term.role == "step"]:
            left = {
                term.name: term for term in self.design.terms
            }  # setting one aside may take others with it
            term = left.get(name)
            if term is None or not term.binary or self.demean:
                continue
            used = term.block[:, 0] == 1
            fewer = min(int(used.sum()), self.sample.n - int(used.sum()))
            if 0 < fewer < FEWEST_USES:
                rare = used if used.sum() == fewer else ~used
                which = "used" if used.sum() == fewer else "not used"
                place = self.design.names.index(term.labels[0])
                why = f"{term.name} was {which} in only {fewer} of {self.sample.n:,} interactions"
                self.set_aside(term.labels[0], place, rare, why, check="sparse")

    def drop_constant(self) -> None:
        """Take out terms all of whose columns have one value only."""
        flat = [term for term in self.design.terms if np.ptp(term.block, axis=0).max() == 0]
        for term in flat:
            self._say_constant(term)
        self.design = self.design.without_terms([term.name for term in flat])

    def _say_constant(self, term: Term) -> None:
        n, value = self.sample.n, float(term.block[0, 0])
        if term.role != "step":
            self.say(
                "rank",
                "note",
                f"{term.name!r} is the same in all {n:,} interactions and was left out.",
                term.name,
            )
            return
        if term.measure in ("value", "count", "per_10_turns") and value != 0:
            what = f"has the same value ({value:g}) in all"
        else:
            what = "was never used in any of the" if value == 0 else "was used in every one of the"
        self.say(
            "sparse",
            "refused",
            f"{term.name} {what} {n:,} interactions studied: there is nothing to compare it with.",
            term.name,
        )

    def drop_dependent(self) -> None:
        """Take out columns that are combinations of others, and name the steps that cannot be told apart."""
        if not self.design.terms:
            return
        self.design = self.design.without(self.design.empty_products)  # the level's own column is named below
        names, owners = list(self.design.names), list(self.design.owners)
        X, steps = self.matrix(), self.step_names()
        preferred = np.array([2.0 if set(owner) & steps else 1.0 if owner else 0.0 for owner in owners])
        if isinstance(self.family, Ordinal):  # the cut points span the constant
            X, names, owners = np.column_stack([np.ones(len(X)), X]), [INTERCEPT, *names], [(), *owners]
            preferred = np.append(0.0, preferred)
        rank = rank_of(X, preferred)
        tangled_steps: set[str] = set()
        for group in rank.groups:
            involved = [name for place in group for name in owners[place] if name in steps]
            others = [names[place] for place in group[1:]]
            if involved:
                tangled_steps |= set(involved)
                self._say_tangled(sorted(set(involved)), [names[place] for place in group])
            else:
                self.say(
                    "rank",
                    "note",
                    f"{names[group[0]]!r} says nothing that {_list(others) or 'a constant'} does not say already; "
                    "it was left out.",
                    names[group[0]],
                )
        gone = [names[group[0]] for group in rank.groups]
        self.design = self.design.without(gone)
        self.refused = self.refused | tangled_steps

    def _say_tangled(self, steps: list[str], columns: list[str]) -> None:
        if len(columns) == 1 and not self.demean:
            text = f"No interaction has {columns[0]} other than 0, so what holds there cannot be told."
        elif len(columns) == 1:
            text = f"{columns[0]} does not vary within agents, so agents cannot be compared with themselves on it."
        else:
            text = (
                f"{_list(columns)} cannot be told apart in these data: each is a combination of the others."
            )
        for step in steps:
            self.say("rank", "refused", f"{text} No effect of {step} is given.", step)

    def step_names(self) -> set[str]:
        """The steps that are still in the design."""
        return {term.name for term in self.design.terms if term.role == "step"}

    def agents_known(self) -> bool:
        """Whether the agents are known, for models that compare them with themselves or let each have an intercept."""
        conditional = self.sample.outcome.model == "conditional_logit"
        if self.sample.clusters is not None or not (conditional or self.handling != "pooled"):
            return True
        asked = "model = 'conditional_logit'" if conditional else f"agents = {self.handling!r}"
        self.say(
            "clusters",
            "refused",
            f"{asked} needs to know who had which interaction, and no cluster is known: name the agents' column as "
            "`cluster`.",
        )
        return False

    def big_enough(self) -> bool:
        """Whether there are enough interactions for the parameters, and any step and any variation left."""
        if self.hopeless:
            return False
        if self.sample.n and np.ptp(self.sample.y) == 0:
            self.say("rows", "refused", f"Among the others, {self.sample.outcome.name} does not vary.")
            return False
        if not self.step_names() - self.refused:
            self.say(
                "rows",
                "refused",
                f"No step is left whose relation to {self.sample.outcome.name} could be estimated.",
            )
            return False
        k = len(self.design.names) + (self.family.cuts if isinstance(self.family, Ordinal) else 0)
        if self.sample.n < max(FEWEST, 2 * k):
            most = self.sample.n // 2
            advice = f" Write a plan with fewer controls or steps: at most {most} parameters." * (most > 2)
            self.say(
                "rows",
                "refused",
                f"{self.sample.n} interactions are too few for {k} parameters; nothing can be said about "
                f"{self.sample.outcome.name}.{advice}",
                n=self.sample.n,
                parameters=k,
            )
            return False
        return True

    def set_aside(self, name: str, place: int, rows: np.ndarray, why: str, check: str = "separation") -> None:
        """Take a column out of the model together with the rows in which it has its rare value, and say why."""
        owner = self.design.owners[place]
        steps = sorted(set(owner) & self.step_names())
        about = steps[0] if steps else name
        count = int(rows.sum())
        them = (
            f"It and {'these' if count > 1 else 'this'} {count:,} interaction{'s' if count > 1 else ''} were"
        )
        self.say(
            check,
            "refused" if steps else "caution",
            f"{why}. {them if count else 'It was'} left out of the model.",
            about,
            column=name,
            n=count,
        )
        self.sample, self.design = self.sample.take(~rows), self.design.take(~rows)
        self.design = self.design.without([name])
        if len(owner) == 1 and len(self.design.term(owner[0]).labels) == 1:
            self.design = self.design.without_terms(owner)
        else:
            self.refused = self.refused | set(steps)
        if self.sample.n and np.ptp(self.sample.y) > 0:
            self.drop_constant()


def _agent_means(sample: Sample, design: Design) -> list[Term]:
    """The agent's mean of every column, as terms of their own (Mundlak 1978)."""
    if sample.clusters is None:
        return []
    means = []
    for term in design.terms:
        block = term.block - demeaned(term.block, sample)
        labels = tuple(f"{label}[agent mean]" for label in term.labels)
        means.append(Term(f"{term.name}[agent mean]", "agent_mean", "agent mean", labels, block))
    return means


def demeaned(X: Array, sample: Sample) -> Array:
    """Columns minus their weighted mean within each cluster; exactly 0 where only rounding errors are left of them."""
    clusters = sample.clusters or Clusters.of(np.zeros(sample.n))
    total = clusters.sum(sample.weights)
    means = clusters.sum(X * sample.weights[:, None]) / total[:, None]
    rest = X - means[clusters.codes]
    varies = np.abs(rest).max(axis=0, initial=0.0) > ROUNDING * np.abs(X).max(axis=0, initial=0.0)
    return np.where(varies, rest, 0.0)


def _list(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
