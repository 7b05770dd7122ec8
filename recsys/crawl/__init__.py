"""The crawler: from a site's address to its articles and lists in the store."""
