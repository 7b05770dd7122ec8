"""An invented newsroom with known tastes and a known position bias, to measure, to show and to load with."""

from recsys.simulation.newsroom import Newsroom, simulate
from recsys.simulation.plan import Plan, Policy
from recsys.simulation.simulated_impressions import ServedImpression
from recsys.simulation.vocabulary import VOCABULARIES

__all__ = ["VOCABULARIES", "Newsroom", "Plan", "Policy", "ServedImpression", "simulate"]
