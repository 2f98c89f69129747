"""`python -m tests.terraform_modules.matrix`: create, change and destroy each size of a blueprint.

Create, a second plan that is empty, one update for each input with an empty plan after it, destroy, and
nothing left. Real Terraform with the real provider, straight on the blueprint, the state in a file.
"""
