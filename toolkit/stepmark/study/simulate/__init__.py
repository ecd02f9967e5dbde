"""Simulates difficult conversations whose true effects are known. The structural model, in one page:

1. **Before the agent's first word.** A customer comes with a latent severity S, which nobody sees. What can be seen is the
   issue with its hardness H, the channel, minutes in the queue Q, earlier contacts P (more if S is high), and, in the
   opening words, anger A (more with S, P, Q, H), abuse, a threat to leave, a repeat contact, an unresolved matter.
2. **The agent** has years of experience E (visible), and two traits of style that are not: warmth W and temper T. Agents
   have uneven shares of the work; who gets whom is chance.
3. **Steps.** Each step is used or not, with log-odds linear in A, P, Q, H, W, T and E (`StepModel`). Agents apologize and
   escalate much more where the case is bad. S has no direct part: all that steps and outcomes share can be seen before the
   agent speaks. A promise to follow up is also a next step; a follow-up needs a promise, a boundary needs abuse, an
   interruption a live channel.
4. **Outcomes.** Satisfaction 1 to 5 follows a proportional-odds model, resolution a logistic one, both linear in the
   state of 1, E, the agent's own level (`agent_sd`) and the steps that are causes. Their noise is logistic in each margin
   and correlated between them, so that both models are exactly right given the agent's level.
5. **Closing steps** (`check_resolved`, `invite_feedback`, `disengage`) come after the outcome and depend on it: they go
   with satisfaction and do nothing for it.
6. **Answers** to the survey depend on A, the resolution, the channel, and (not at random) on the score itself.

Hence the naive table gets the sign of `apologize` wrong, and a study that controls for `issue`, `channel`,
`queue_minutes`, `prior_contacts`, `experience_years` and the signals before the first reply gets it right.
`Settings.hidden_skill` makes warm agents better in themselves, so that only comparisons within an agent are right.
"""

from stepmark.study.simulate.misread import misread
from stepmark.study.simulate.settings import STEPS, Settings, StepModel
from stepmark.study.simulate.truth import true_effects
from stepmark.study.simulate.world import World, simulate

__all__ = ["STEPS", "Settings", "StepModel", "World", "misread", "simulate", "true_effects"]
