"""Errors explained: what Terraform, AWS and the portal say when something fails, in plain words, with a way.

An explanation is made of the stored, redacted story of a run, never of what Terraform printed: what was
masked there stays masked here.
"""

from provisioner.explanations.catalogue import ENTRIES, entry, searched
from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Act, Entry, Group, Way
from provisioner.explanations.explain import Explanation, explain_run
from provisioner.explanations.matching import Match, match
from provisioner.explanations.what_exists import WhatExists, find_what_exists

__all__ = [
    "DESTROY_WHAT_IS_LEFT",
    "ENTRIES",
    "TRY_AGAIN",
    "Act",
    "Entry",
    "Explanation",
    "Group",
    "Match",
    "Way",
    "WhatExists",
    "entry",
    "explain_run",
    "find_what_exists",
    "match",
    "searched",
]
