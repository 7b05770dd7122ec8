"""How much the HTTP service answers beside a bare route, and whether it fails while it is written to."""
