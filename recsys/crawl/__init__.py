"""From a site's address to its articles and lists in the store: found, fetched politely, asked again."""
