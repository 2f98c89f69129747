"""Environments in the browser: the list, the page of one, its change and its destroy."""
