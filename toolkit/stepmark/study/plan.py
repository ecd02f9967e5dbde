"""What a study sets out to do, written down before the data are looked at.

A plan is a TOML file or a Python object. Its hash goes into every result, so that a report can say which results were
planned. Entries that cannot be are reported all at once, each with its place in the file.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import tomli_w
from pydantic import BaseModel, Field, ValidationError, model_validator

from stepmark.errors import Fault, PlanError, expected_of
from stepmark.study.consistency import inconsistencies
from stepmark.study.default import default_entries
from stepmark.study.entries import CLOSING_STEPS, ControlPlan, OutcomePlan, Scalar, StepPlan
from stepmark.study.sections import (
    AdjustmentPlan,
    CorrectionPlan,
    InferencePlan,
    MultiplicityPlan,
    PowerPlan,
    ResponsePlan,
    SensitivityPlan,
    TimingPlan,
)
from stepmark.study.strict import Section

if TYPE_CHECKING:
    import pandas as pd

    from stepmark.corpus import Outcome

__all__ = ["AgentHandling", "Plan"]

AgentHandling = Literal["pooled", "within", "mundlak", "random"]


class Plan(Section):
    """A study plan; immutable. `Plan.load(path)` reads one from TOML.

    Attributes
    ----------
    title
        For the reader; not part of the hash.
    outcomes
        What is to be explained. `outcome = "csat"` and `kind = "ordinal"` is short for one of them.
    steps
        The steps, each a name or a table (see `StepPlan`).
    controls
        Columns held constant, each a name or a table (see `ControlPlan`). Only what was there before the agent's first
        reply belongs here.
    interactions
        Pairs of a step and a step or control whose effects may depend on each other.
    subgroups
        Columns by whose values the average effects are also given.
    contrasts
        Pairs of steps whose effects are compared with each other.
    only
        Study only rows where these columns have these values (one, or any of a list).
    cluster, second_cluster
        Columns with the units that belong together; the empty string for none. Default `agent_id`.
    weight
        A column of non-negative weights.
    agents
        How agents enter, one or several: `pooled`; `within` (each agent compared with herself: linear models on demeaned data);
        `mundlak` (agent means held constant); `random` (random intercepts).
    closing_steps
        Steps that never enter as causes unless `insist` is set for them (or for the plan).
    insist
        Let all closing steps of this plan enter as causes.
    inference, multiplicity, correction, response, adjustment, sensitivity, timing, power
        See the classes in `stepmark.study.sections`; the last six are off where left out. `power` is what
        `stepmark power` asks, before there are data.
    nodes
        Quadrature nodes of random-intercept models; 1 is Laplace's approximation.
    seed
        For everything random.
    frozen
        The hash with which the plan was frozen; a plan that was changed since is refused.

    Examples
    --------
    >>> plan = Plan(outcome="resolved", kind="binary", steps=["apologize"], controls=["anger_before"])
    >>> plan.outcomes[0].kind, plan.steps[0].name, plan.inference.kind
    ('binary', 'apologize', 'cv3l')
    """

    title: str = ""
    outcomes: tuple[OutcomePlan, ...] = Field(min_length=1)
    steps: tuple[StepPlan, ...] = Field(min_length=1)
    controls: tuple[ControlPlan, ...] = ()
    interactions: tuple[tuple[str, str], ...] = ()
    subgroups: tuple[str, ...] = ()
    contrasts: tuple[tuple[str, str], ...] = ()
    only: dict[str, Scalar | tuple[Scalar, ...]] = Field(default_factory=dict)
    cluster: str | None = None
    second_cluster: str | None = None
    weight: str | None = None
    agents: tuple[AgentHandling, ...] = ("pooled",)
    closing_steps: tuple[str, ...] = CLOSING_STEPS
    insist: bool = False
    inference: InferencePlan = Field(default_factory=InferencePlan)
    multiplicity: MultiplicityPlan = Field(default_factory=MultiplicityPlan)
    correction: CorrectionPlan | None = None
    response: ResponsePlan | None = None
    adjustment: AdjustmentPlan | None = None
    sensitivity: SensitivityPlan | None = None
    timing: TimingPlan | None = None
    power: PowerPlan | None = None
    nodes: int = Field(default=15, ge=1, le=100)
    seed: int = 0
    frozen: str | None = None

    def __init__(self, **entries: Any) -> None:
        try:
            super().__init__(**entries)
        except ValidationError as error:
            raise PlanError(_faults(error, "plan")) from None

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, entries: Any) -> Any:
        """Let names stand for tables, and one thing for a list of one."""
        if not isinstance(entries, Mapping):
            return entries
        full = dict(entries)
        if "outcome" in full and "outcomes" not in full:
            full["outcomes"] = [full.pop("outcome")]
        if isinstance(full.get("outcomes"), str | Mapping):
            full["outcomes"] = [full["outcomes"]]
        for key in ("outcomes", "steps", "controls"):
            if isinstance(full.get(key), Iterable) and not isinstance(full[key], str):
                full[key] = [{"name": item} if isinstance(item, str) else item for item in full[key]]
        if full.get("outcomes") and len(full["outcomes"]) == 1 and isinstance(full["outcomes"][0], Mapping):
            short = {
                key: full.pop(key) for key in ("kind", "model", "levels", "event", "clip") if key in full
            }
            full["outcomes"] = [{**short, **full["outcomes"][0]}]
        if isinstance(full.get("agents"), str):
            full["agents"] = [full["agents"]]
        for key, inner in (("inference", "kind"), ("multiplicity", "method"), ("correction", "method")):
            if isinstance(full.get(key), str):
                full[key] = {inner: full[key]}
        return full

    @model_validator(mode="after")
    def _consistent(self) -> Plan:
        faults = inconsistencies(self)
        if self.frozen is not None and self.frozen != self.hash:
            faults.append(
                Fault(
                    "plan, frozen",
                    f"the plan was changed after it was frozen (now {self.hash[:12]}, then {self.frozen[:12]})",
                    advice="Undo the change, or take `frozen` out; the report will then say that results were not planned.",
                )
            )
        if faults:
            raise PlanError(faults)
        return self

    @property
    def hash(self) -> str:
        """The SHA-256 of the plan's content, without title, `power` and `frozen`; 64 hexadecimal digits."""
        content = self.model_dump(mode="json", exclude={"title", "power", "frozen"})
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @classmethod
    def load(cls, path: str | Path) -> Plan:
        """Read a plan from a TOML file.

        Raises
        ------
        PlanError
            With every fault of the file: entry, what was found, what was expected.
        """
        path = Path(path)
        try:
            entries = tomllib.loads(path.read_bytes().decode("utf-8"))
        except OSError as error:
            reason = error.strerror or "cannot be read"
            raise PlanError(Fault(str(path), reason.lower(), "a plan in TOML")) from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise PlanError(Fault(str(path), f"not TOML: {error}", "a plan in TOML")) from None
        try:
            return cls(**entries)
        except PlanError as error:
            faults = [
                Fault(fault.where.replace("plan", str(path), 1), fault.found, fault.expected, fault.advice)
                for fault in error.faults
            ]
            raise PlanError(faults) from None

    @classmethod
    def default(
        cls, table: pd.DataFrame, guide: Any, outcomes: Iterable[Outcome], *, controls: Iterable[str] = ()
    ) -> Plan:
        """The plan for a corpus whose owner has not written one; see `stepmark.study.default.default_entries`."""
        return cls(**default_entries(table, guide, outcomes, controls=controls))

    def freeze(self, path: str | Path) -> Plan:
        """Write the plan to `path` with its hash in it, before the data are seen; a later change is then noticed."""
        frozen = Plan(**{**self.model_dump(exclude_defaults=True, by_alias=True), "frozen": self.hash})
        Path(path).write_text(frozen.to_toml(), encoding="utf-8")
        return frozen

    def to_toml(self) -> str:
        """The plan as TOML, without entries that have their default value."""
        return tomli_w.dumps(self.model_dump(mode="json", exclude_defaults=True))


def _faults(error: ValidationError, where: str) -> list[Fault]:
    """Pydantic's findings in our words."""
    faults: list[Fault] = []
    items = error.errors()
    for item in items:
        deeper = [other for other in items if other["loc"][: len(item["loc"])] == item["loc"]]
        if item["type"] == "too_short" and len(deeper) > 1:
            continue  # only because its items were wrong
        if isinstance(cause := item.get("ctx", {}).get("error"), PlanError):
            faults += cause.faults
            continue
        place = _place(item["loc"])
        entry = f"{where}, {place}" if place else where
        if item["type"] == "extra_forbidden":
            faults.append(Fault(entry, "no such entry", advice=_nearest(item["loc"])))
        elif item["type"] == "missing":
            faults.append(Fault(where, f"no {place}", f"an entry {place!r}"))
        else:
            faults.append(Fault(entry, repr(item["input"]), expected_of(item)))
    return faults


def _place(loc: tuple[int | str, ...]) -> str:
    parts = ""
    for part in loc:
        parts += f"[{part}]" if isinstance(part, int) else f".{part}"
    return parts.lstrip(".")


def _nearest(loc: tuple[int | str, ...]) -> str:
    """Which entry was probably meant, among those of the section that `loc` lies in."""
    section: type[BaseModel] = Plan
    homes: dict[int | str, type[BaseModel]] = {
        "outcomes": OutcomePlan,
        "steps": StepPlan,
        "controls": ControlPlan,
        "inference": InferencePlan,
        "multiplicity": MultiplicityPlan,
        "correction": CorrectionPlan,
        "response": ResponsePlan,
        "adjustment": AdjustmentPlan,
        "sensitivity": SensitivityPlan,
        "timing": TimingPlan,
        "power": PowerPlan,
    }
    if len(loc) > 1:
        section = homes.get(loc[0], Plan)
    close = difflib.get_close_matches(str(loc[-1]), section.model_fields, n=1)
    if close:
        return f"Did you mean '{close[0]}'?"
    return f"There are: {', '.join(section.model_fields)}."
