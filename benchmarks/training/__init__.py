"""How long training takes and what memory it needs, on an archive of any size."""
