"""Which headlines to show beside an article, learnt from the lists a news site already publishes."""

__version__ = "0.1.0"
