"""Explained errors on pages: the box that a failed run shows, and the catalogue as a page."""
