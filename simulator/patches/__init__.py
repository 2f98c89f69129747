"""Where moto 5.2.5 differs from AWS in ways that Terraform notices, and what we put in its place.

One file per topic. Each gap and its remedy are shown by a test that also asks an unpatched moto, and fails
when moto has caught up.
"""
