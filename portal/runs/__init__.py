"""Runs: the list, the page of one run, its downloads, and the decisions of people."""
