# An environment keeps the zones that it was born in, by number, whatever AWS offers afterwards.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment_name = "shop-dev"
  environment_id   = "0b0c7a3e-4b5d-4a5c-9a50-2f0c2a6b7c11"
  team             = "shop"
  owner            = "alice"
  created_by_run   = "7f6c1e1e-9d0f-4f43-8f0e-6d3d1b1f6a01"
}

run "born_where_the_first_zone_is_not_offered" {
  command = apply

  override_data {
    target = data.aws_availability_zones.open
    values = { names = ["eu-west-1b", "eu-west-1c"] }
  }

  assert {
    condition     = join(" ", output.availability_zones) == "eu-west-1b eu-west-1c"
    error_message = "What is offered is taken in its order."
  }
}

run "a_zone_that_is_offered_later_comes_behind_the_others" {
  command = plan

  variables {
    zones = 3
  }

  assert {
    condition     = join(" ", output.availability_zones) == "eu-west-1b eu-west-1c eu-west-1a"
    error_message = "A new zone must leave the others their places."
  }

  assert {
    condition     = { for zone, subnet in aws_subnet.data : zone => subnet.cidr_block } == { eu-west-1a = "10.20.34.0/24", eu-west-1b = "10.20.32.0/24", eu-west-1c = "10.20.33.0/24" }
    error_message = "A zone's subnets keep their numbers."
  }
}

run "a_zone_that_fails_moves_nothing_and_refuses_nothing" {
  command = plan

  override_data {
    target = data.aws_availability_zones.open
    values = { names = ["eu-west-1a", "eu-west-1c"] }
  }

  assert {
    condition     = keys(aws_subnet.data) == ["eu-west-1b", "eu-west-1c"]
    error_message = "A zone that is out of order for a while keeps its place."
  }
}
