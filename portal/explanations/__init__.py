"""Explained errors: the box on a failed run's page, and the page of all explanations."""
