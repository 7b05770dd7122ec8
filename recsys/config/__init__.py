"""Settings, sites and editorial rules, read from recsys.toml and RECSYS_* variables."""
