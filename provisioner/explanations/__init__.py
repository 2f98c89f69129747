"""Errors explained: what Terraform, AWS and the portal say when something fails, in plain words, with a way.

An explanation is made of the stored, redacted story of a run, never of what Terraform printed: what was
masked there stays masked here.
"""

from provisioner.explanations.catalogue import ENTRIES, entry, searched
from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Act, Entry, Group, Way
from provisioner.explanations.matching import Match, match
from provisioner.explanations.of_run import Explanation, of_run
from provisioner.explanations.standing import Standing
from provisioner.explanations.standing import of as standing_of

__all__ = [
    "DESTROY_WHAT_IS_LEFT",
    "ENTRIES",
    "TRY_AGAIN",
    "Act",
    "Entry",
    "Explanation",
    "Group",
    "Match",
    "Standing",
    "Way",
    "entry",
    "match",
    "of_run",
    "searched",
    "standing_of",
]
