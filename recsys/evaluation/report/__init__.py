"""Evaluation reports: a self-contained HTML file, or Markdown."""

from recsys.evaluation.report.html_report import render_html
from recsys.evaluation.report.markdown_report import render_markdown

__all__ = ["render_html", "render_markdown"]
