"""Lists of headlines on HTML pages."""
