"""Rules that look beyond the words of a match: who speaks, what came before, when.

Each rule is a small pure function under a name, and any guide can use it: in a pattern's `when`, or in a step's
`context`. :func:`context_rules` lists them. A rule of your own is registered with ``@rule("name")``.
"""

from stepmark.annotate.context.moment import Moment, TurnView
from stepmark.annotate.context.registry import MAKERS, RULES, context_rules, maker, rule, rule_faults

__all__ = ["MAKERS", "RULES", "Moment", "TurnView", "context_rules", "maker", "rule", "rule_faults"]

from stepmark.annotate.context import (  # noqa: F401 (they register the rules)
    content,
    evidence,
    implied,
    place,
    sentence,
    start,
    state,
    time,
    voice,
    words,
)
