"""`make demo`: the portal on one machine, with the simulated AWS account, in the foreground."""
