"""Patches of moto for the lab: statuses that take time, launches that fail, target health, console output."""
