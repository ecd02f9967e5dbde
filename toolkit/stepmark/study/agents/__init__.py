"""Agents: what each does, fairly told where there are few interactions, and what a training changed."""

from stepmark.study.agents.coaching import OPPORTUNITIES, Coaching, coaching
from stepmark.study.agents.rollout import Rollout, rollout

__all__ = ["OPPORTUNITIES", "Coaching", "Rollout", "coaching", "rollout"]
