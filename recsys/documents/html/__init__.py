"""HTML pages: parser, encoding, metadata, text, dates and links."""
