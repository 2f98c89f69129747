# Not mistakes, but worth a word on every plan.

check "encrypted_on_the_way" {
  assert {
    condition     = !var.deletion_protection || local.secure
    error_message = "A protected environment answers over plain HTTP. Give it a certificate_arn."
  }
}

check "survives_a_zone" {
  assert {
    condition     = !var.deletion_protection || (var.db_multi_az && var.instance_min >= 2)
    error_message = "A protected environment stops with one zone. Set db_multi_az and an instance_min of 2 or more."
  }
}

check "can_fetch_packages" {
  assert {
    condition     = !local.offline
    error_message = "Without a NAT gateway no Python package can be fetched: the instances run the standard-library twin of the application."
  }
}
