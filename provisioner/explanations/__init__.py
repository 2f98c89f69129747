"""Explained errors: the causes of AWS's, Terraform's and the portal's errors in plain words, and what to do.

An explanation uses the stored, redacted event log of a run, never Terraform's own output: what is masked
there stays masked here.
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
