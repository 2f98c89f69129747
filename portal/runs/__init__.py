"""The runs list, the run page, its downloads, and what a person decides there."""
