"""Explained errors on pages: the box that a failed run shows, and the catalog as a page."""
