"""An invented newsroom with known tastes and a known position bias, to measure, to show and to load with."""

from recsys.simulation.newsroom import Newsroom, simulate
from recsys.simulation.plan import Plan, Policy
from recsys.simulation.vocabulary import VOCABULARIES
from recsys.simulation.widget import ServedView

__all__ = ["VOCABULARIES", "Newsroom", "Plan", "Policy", "ServedView", "simulate"]
