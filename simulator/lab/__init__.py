"""The simulated account as a laboratory: what may be set, seen and broken under `/_lab/`.

What is set here (faults, the time scale, targets' health, console texts) belongs to the laboratory and not to
the account: it is kept beside the account's snapshot, survives a restart, and emptying the account leaves it.
"""
