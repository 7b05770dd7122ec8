"""A simulated newsroom with known preferences and position bias, for measurements, demos and load tests."""

from recsys.simulation.newsroom import Newsroom, simulate
from recsys.simulation.plan import Plan, Policy
from recsys.simulation.simulated_impressions import ServedImpression
from recsys.simulation.vocabulary import VOCABULARIES

__all__ = ["VOCABULARIES", "Newsroom", "Plan", "Policy", "ServedImpression", "simulate"]
