"""`python -m tests.blueprint_matrix`: each size of a blueprint through its life on the simulated account.

Create, a second plan that is empty, one update for each input with an empty plan after it, destroy, and
nothing left. Real Terraform with the real provider, straight on the blueprint, the state in a file.
"""
