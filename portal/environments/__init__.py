"""Environments in the browser: the list, the page of one, changing and destroying it."""
