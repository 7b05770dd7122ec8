"""The dashboard for editors: its pages without the routes."""
