"""From a sample and a design to a fitted model, saying on the way what cannot be estimated and why."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stepmark.study.clusters import Clusters
from stepmark.study.covariance import KINDS, Covariance, SingularError, covariance
from stepmark.study.design import INTERCEPT, Design
from stepmark.study.families import Array, Family, Linear, Logistic, Ordinal, Poisson
from stepmark.study.identify import extreme_cell, rank_of
from stepmark.study.newton import Fit, fit
from stepmark.study.plan import AgentHandling, Plan
from stepmark.study.sample import Sample
from stepmark.study.statements import Statements
from stepmark.study.terms import Term

__all__ = ["Model", "family_of", "fit_model"]

#: A coefficient per standard deviation of its column whose standard error exceeds this has no finite estimate.
UNBOUNDED = 30.0
#: Fewer interactions than this, and nothing is estimated.
FEWEST = 20
#: A step that was used, or not used, in fewer interactions than this gets no estimate.
FEWEST_USES = 5


@dataclass(frozen=True, eq=False)
class Model:
    """A fitted model of one outcome, with what its effects are computed from.

    Attributes
    ----------
    sample, design
        The rows and the columns that were fitted in the end.
    fit, spread
        The fit and its covariance.
    handling
        How agents enter.
    plan
        The plan it comes from.
    refused
        Steps of which no effect is given, for reasons that were stated.
    """

    sample: Sample
    design: Design
    fit: Fit
    spread: Covariance
    handling: AgentHandling
    plan: Plan
    refused: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        """The model's name in the effects table."""
        model = str(self.sample.outcome.model)
        return {
            "pooled": model,
            "within": "linear, within agent",
            "mundlak": f"{model}, agent means held constant",
            "random": f"{model}, random agent intercepts",
        }[self.handling]

    @property
    def n_clusters(self) -> int | None:
        """How many clusters there are; None where each interaction stands for itself."""
        return None if self.sample.clusters is None else self.sample.clusters.count


def family_of(sample: Sample) -> Family:
    """The model family that the outcome asks for."""
    model, levels = sample.outcome.model, sample.outcome.levels
    if model in ("proportional_odds", "ordinal_probit"):
        return Ordinal(levels, "probit" if model == "ordinal_probit" else "logit")
    families: dict[str | None, Family] = {"logistic": Logistic(), "poisson": Poisson()}
    return families.get(model, Linear())


def fit_model(
    sample: Sample,
    design: Design,
    plan: Plan,
    handling: AgentHandling,
    statements: Statements,
) -> Model | None:
    """Fit `design` to `sample`; None, with a statement, where nothing can be estimated."""
    building = _Building(sample, design, plan, handling, statements)
    if not building.big_enough():
        return None
    building.drop_rare()
    building.drop_constant()
    while True:
        building.drop_dependent()
        if not building.big_enough():
            return None
        if building.predicts_perfectly():
            continue
        fitted = building.fitted()
        if fitted is None:
            continue
        spread = building.spread(fitted)
        if spread is not None:
            refused = frozenset(building.refused)
            return Model(building.sample, building.design, fitted, spread, handling, plan, refused)


class _Building:
    """A model in the making: what the checks take out, they say."""

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
        self.family: Family = Linear() if handling == "within" else family_of(sample)
        ordinal = isinstance(self.family, Ordinal)
        terms = design.terms if handling != "mundlak" else (*design.terms, *_agent_means(sample, design))
        self.design: Design = replace(design, terms=terms, intercept=not ordinal and handling != "within")

    def say(self, check: str, severity: str, text: str, about: str = "", **data: object) -> None:
        self.statements.say(
            check,
            severity,  # type: ignore[arg-type]
            text,
            outcome=self.sample.outcome.name,
            about=about,
            **data,
        )

    def matrix(self) -> Array:
        X = self.design.matrix()
        return _demeaned(X, self.sample) if self.handling == "within" else X

    def drop_rare(self) -> None:
        """Take out steps that hardly ever vary, with the interactions that are the exception."""
        for term in self.design.terms:
            if term.role != "step" or not term.binary or self.handling == "within":
                continue
            used = self.design.term(term.name).block[:, 0] == 1
            fewer = min(int(used.sum()), self.sample.n - int(used.sum()))
            if 0 < fewer < FEWEST_USES:
                rare = used if used.sum() == fewer else ~used
                which = "used" if used.sum() == fewer else "not used"
                place = self.design.names.index(term.labels[0])
                why = f"{term.name} was {which} in only {fewer} of {self.sample.n:,} interactions"
                self._set_aside(term.labels[0], place, rare, why, check="sparse")

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
        names, owners = list(self.design.names), list(self.design.owners)
        X, steps = self.matrix(), self._step_names()
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
        if len(columns) == 1:
            text = f"{columns[0]} does not vary within agents, so agents cannot be compared with themselves on it."
        else:
            text = (
                f"{_list(columns)} cannot be told apart in these data: each is a combination of the others."
            )
        for step in steps:
            self.say("rank", "refused", f"{text} No effect of {step} is given.", step)

    def _step_names(self) -> set[str]:
        return {term.name for term in self.design.terms if term.role == "step"}

    def big_enough(self) -> bool:
        """Whether there are enough interactions for the parameters, and any step and any variation left."""
        if self.sample.n and np.ptp(self.sample.y) == 0:
            self.say("rows", "refused", f"Among the others, {self.sample.outcome.name} does not vary.")
            return False
        if not self._step_names() - self.refused:
            self.say(
                "rows",
                "refused",
                f"No step is left whose relation to {self.sample.outcome.name} could be estimated.",
            )
            return False
        k = len(self.design.names) + (self.family.cuts if isinstance(self.family, Ordinal) else 0)
        if self.sample.n < max(FEWEST, 2 * k):
            self.say(
                "rows",
                "refused",
                f"{self.sample.n} interactions are too few for {k} parameters; nothing can be said about "
                f"{self.sample.outcome.name}.",
                n=self.sample.n,
                parameters=k,
            )
            return False
        return True

    def predicts_perfectly(self) -> bool:
        """Set aside the first 0/1 column one of whose values goes with one extreme outcome only; whether there was one."""
        if not isinstance(self.family, Logistic | Ordinal):
            return False
        X, y = self.matrix(), self.sample.y
        for place, name in enumerate(self.design.names):
            column = X[:, place]
            if name == INTERCEPT or not np.isin(column, (0.0, 1.0)).all():
                continue
            cell = extreme_cell(column, y, float(y.min()), float(y.max()))
            if cell is not None:
                self._set_aside(name, place, column == cell[0], self._perfect(name, column, cell))
                return True
        return False

    def _perfect(self, name: str, column: Array, cell: tuple[float, float]) -> str:
        rows = int((column == cell[0]).sum())
        outcome = self.sample.outcome
        level = outcome.levels[int(cell[1])] if outcome.levels else cell[1]
        which = "with" if cell[0] else "without"
        return (
            f"All {rows:,} interactions {which} {name} ended with {outcome.name} = {level:g}: "
            "no finite effect can be estimated"
        )

    def _set_aside(
        self, name: str, place: int, rows: np.ndarray, why: str, check: str = "separation"
    ) -> None:
        owner = self.design.owners[place]
        steps = sorted(set(owner) & self._step_names())
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

    def fitted(self) -> Fit | None:
        """The fit; None where a column had to be taken out because the model predicts perfectly with it."""
        X, y = self.matrix(), self.sample.y
        if self.handling == "within":
            y = _demeaned(y[:, None], self.sample)[:, 0]
        if isinstance(self.family, Ordinal):
            self._levels_that_occur()
            y = self.sample.y
        result = fit(self.family, X, y, weights=self.sample.weights, names=self.design.names)
        if isinstance(self.family, Linear):
            return result
        spread = X.std(axis=0)
        slopes = np.abs(result.params[len(result.params) - X.shape[1] :]) * spread
        if _bounded(result, spread):
            return result
        worst = int(np.argmax(np.where(spread > 0, slopes, -1.0)))
        name = self.design.names[worst]
        steps = sorted(set(self.design.owners[worst]) & self._step_names())
        self.say(
            "separation",
            "refused" if steps else "caution",
            f"With {name} the model can predict {self.sample.outcome.name} perfectly, so no finite effect of it can be "
            "estimated; it was left out of the model.",
            steps[0] if steps else name,
        )
        self.refused = self.refused | set(steps)
        self.design = self.design.without([name])
        return None

    def _levels_that_occur(self) -> None:
        """Renumber the levels after rows were set aside."""
        family, y = self.family, self.sample.y.astype(int)
        assert isinstance(family, Ordinal)
        present = np.unique(y)
        if len(present) < len(family.levels):
            levels = tuple(family.levels[level] for level in present)
            outcome = self.sample.outcome.model_copy(update={"levels": levels})
            self.sample = replace(self.sample, y=np.searchsorted(present, y).astype(float), outcome=outcome)
            self.family = replace(family, levels=levels)

    def spread(self, fitted: Fit) -> Covariance | None:
        """The covariance; None where a column had to be taken out because a single cluster knows it."""
        kind, clusters = self._kind()
        absorbed = clusters.count if self.handling == "within" and clusters is not None else 0
        second = self.sample.second if clusters is not None else None
        try:
            return covariance(fitted, clusters, kind, second=second, absorbed=absorbed)
        except SingularError as error:
            self._set_aside_single(fitted, clusters, error)
            return None

    def _kind(self) -> tuple[str, Clusters | None]:
        kind, clusters = self.plan.inference.kind, self.sample.clusters
        kind = "cr1" if kind == "wild" else kind
        if kind == "model" or KINDS[kind][1]:
            return kind, None if self.handling != "within" else clusters
        if clusters is None:
            return "hc3", None
        if clusters.count < 2:
            self.say(
                "clusters",
                "caution",
                f"All interactions have the same {self._cluster_name()}: nothing can be said beyond it, and the intervals "
                "only speak of its further interactions.",
                clusters=1,
            )
            return "hc3", None
        return kind, clusters

    def _cluster_name(self) -> str:
        return self.plan.cluster or "agent"

    def _set_aside_single(self, fitted: Fit, clusters: Clusters | None, error: SingularError) -> None:
        cuts = len(fitted.params) - fitted.X.shape[1]
        columns = [place - cuts for place in error.parameters if place >= cuts]
        names = self.design.names
        steps_first = [place for place in columns if set(self.design.owners[place]) & self._step_names()]
        candidates = [place for place in steps_first or columns if names[place] != INTERCEPT]
        place = candidates[0] if candidates else len(names) - 1
        column = fitted.X[:, place]
        label = (
            f"{self._cluster_name()} {clusters.labels[error.cluster]}" if clusters else "a single interaction"
        )
        why = f"What {names[place]} goes with is known from {label} alone"
        binary = np.isin(column, (0.0, 1.0)).all() and self.handling != "within"
        rare = (
            column == (1.0 if column.mean() <= 0.5 else 0.0) if binary else np.zeros(len(column), dtype=bool)
        )
        self._set_aside(names[place], place, rare, why)


def _bounded(result: Fit, spread: Array) -> bool:
    """Whether all coefficients are finite maxima, judged by their standard errors per standard deviation."""
    if not result.converged:
        return False
    try:
        variance = np.diag(result.inverse())[len(result.params) - len(spread) :]
    except np.linalg.LinAlgError:
        return False
    return bool((variance >= 0).all() and (np.sqrt(variance) * spread <= UNBOUNDED).all())


def _agent_means(sample: Sample, design: Design) -> list[Term]:
    """The agent's mean of every column, as terms of their own (Mundlak 1978)."""
    if sample.clusters is None:
        return []
    means = []
    for term in design.terms:
        block = term.block - _demeaned(term.block, sample)
        labels = tuple(f"{label}[agent mean]" for label in term.labels)
        means.append(Term(f"{term.name}[agent mean]", "agent_mean", "agent mean", labels, block))
    return means


def _demeaned(X: Array, sample: Sample) -> Array:
    """Columns minus their weighted mean within each cluster."""
    clusters = sample.clusters
    if clusters is None:
        return X - np.average(X, axis=0, weights=sample.weights)
    total = clusters.sum(sample.weights)
    means = clusters.sum(X * sample.weights[:, None]) / total[:, None]
    return X - means[clusters.codes]


def _list(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
