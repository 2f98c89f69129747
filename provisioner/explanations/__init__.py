"""Errors explained: what Terraform, AWS and the portal say when something fails, in plain words, with a way.

An explanation is made of the stored, redacted story of a run, never of what Terraform printed: what was
masked there stays masked here.
"""

from provisioner.explanations.catalogue import ENTRIES, entry, searched
from provisioner.explanations.entry import Act, Entry, Group, Way
from provisioner.explanations.matching import Match, match
from provisioner.explanations.of_run import Explanation, of_run

__all__ = [
    "ENTRIES",
    "Act",
    "Entry",
    "Explanation",
    "Group",
    "Match",
    "Way",
    "entry",
    "match",
    "of_run",
    "searched",
]
