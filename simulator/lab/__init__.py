"""The lab: what a person can set, read and break in the simulated account, under `/_lab/`.

The lab's settings (faults, time scale, target health, console texts) do not belong to the account. They are
saved in their own file, survive a restart, and stay when somebody empties the account.
"""
