"""Sphinx configuration: ``pip install -e ".[docs]"``, then ``sphinx-build -W docs docs/_build``."""

import circuitalg

project = "circuitalg"
author = "The circuitalg authors"
project_copyright = author
version = release = circuitalg.__version__

extensions = ["myst_parser"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
suppress_warnings = ["misc.highlighting_failure"]  # JSON examples are cut short with dots

html_theme = "furo"
html_title = f"circuitalg {release}"
