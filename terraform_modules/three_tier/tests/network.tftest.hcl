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

run "the_smallest_range_fits_a_load_balancer_and_one_nat_gateway_serves_two_zones" {
  command = plan

  variables {
    vpc_cidr = "192.168.8.0/21"
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : endswith(subnet.cidr_block, "/27")])
    error_message = "A load balancer needs subnets of /27 or larger."
  }

  assert {
    condition     = aws_subnet.data["eu-west-1b"].cidr_block == "192.168.12.32/27"
    error_message = "Subnet number 33 of 192.168.8.0/21 is 192.168.12.32/27."
  }

  assert {
    condition     = keys(aws_nat_gateway.this) == ["eu-west-1a"] && length(aws_route.app_out) == 2
    error_message = "single means one gateway in the first zone and a route to it in each."
  }
}

run "no_nat_gateway_means_no_way_out_and_servers_that_need_no_packages" {
  command = plan

  variables {
    nat           = "none"
    instance_type = "t4g.micro"
  }

  assert {
    condition     = length(aws_nat_gateway.this) + length(aws_eip.nat) + length(aws_route.app_out) == 0
    error_message = "none must leave no gateway, address or default route."
  }

  assert {
    condition     = length(aws_vpc_security_group_egress_rule.app_to_internet) == 0
    error_message = "none must leave no rule to the internet."
  }

  assert {
    condition     = !strcontains(base64decode(aws_launch_template.app.user_data), "python3.11")
    error_message = "pip cannot reach its packages without a way out."
  }

  assert {
    condition     = local.architecture == "arm64"
    error_message = "t4g is a Graviton family."
  }

  # It says that the application is the smaller twin, and that images have no way in.
  expect_failures = [check.can_fetch_packages, check.images_can_be_pulled]
}

run "a_region_with_too_few_zones_is_refused_in_words" {
  command = plan

  override_data {
    target = data.aws_availability_zones.open
    values = { names = ["eu-west-1a"] }
  }

  expect_failures = [aws_vpc.this]
}

run "an_instance_type_that_a_zone_does_not_sell_is_refused_in_words" {
  command = plan

  variables {
    instance_type = "m7g.large"
  }

  expect_failures = [aws_vpc.this]
}

# What a fourth zone would take is nobody else's, so that adding one would renumber nothing.
run "three_zones_have_fixed_subnets_room_for_a_fourth_and_no_way_out_of_the_data_layer" {
  command = apply

  variables {
    zones     = 3
    nat       = "per_zone"
    endpoints = ["ssm", "ssmmessages"]
  }

  assert {
    condition     = [for zone in sort(keys(aws_subnet.public)) : aws_subnet.public[zone].cidr_block] == ["10.20.0.0/24", "10.20.1.0/24", "10.20.2.0/24"]
    error_message = "The public subnets are not numbers 0 to 2."
  }

  assert {
    condition     = [for zone in sort(keys(aws_subnet.app)) : aws_subnet.app[zone].cidr_block] == ["10.20.16.0/24", "10.20.17.0/24", "10.20.18.0/24"]
    error_message = "The application's subnets are not numbers 16 to 18."
  }

  assert {
    condition     = [for zone in sort(keys(aws_subnet.data)) : aws_subnet.data[zone].cidr_block] == ["10.20.32.0/24", "10.20.33.0/24", "10.20.34.0/24"]
    error_message = "The database's subnets are not numbers 32 to 34."
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3 && length(aws_eip.nat) == 3 && length(aws_route.app_out) == 3
    error_message = "per_zone means gateway, address and route in each zone."
  }

  assert {
    condition = alltrue([
      for number in values(local.tier) : !contains(
        concat(
          [for subnet in aws_subnet.public : subnet.cidr_block],
          [for subnet in aws_subnet.app : subnet.cidr_block],
          [for subnet in aws_subnet.data : subnet.cidr_block],
        ),
        cidrsubnet(var.vpc_cidr, local.subnet_bits, number + 3),
      )
    ])
    error_message = "The fourth subnet of a tier is taken."
  }

  assert {
    condition     = alltrue([for number in values(local.tier) : number % 16 == 0]) && max(values(local.tier)...) + 16 <= pow(2, local.subnet_bits)
    error_message = "Tiers must begin 16 subnets apart, and the last one must fit."
  }

  assert {
    condition     = alltrue([for association in aws_route_table_association.data : association.route_table_id == aws_route_table.data.id])
    error_message = "Every subnet of the data layer must use the table without a default route."
  }

  assert {
    condition = !contains(
      concat([for route in aws_route.app_out : route.route_table_id], [aws_route.public_out.route_table_id]),
      aws_route_table.data.id,
    )
    error_message = "The data layer's table must have no default route."
  }

  assert {
    condition     = length(aws_default_security_group.closed.ingress) + length(aws_default_security_group.closed.egress) == 0
    error_message = "The default security group must let nothing in or out."
  }

  assert {
    condition     = keys(aws_vpc_endpoint.interface) == ["ssm", "ssmmessages"]
    error_message = "Exactly the chosen endpoints must exist."
  }

  assert {
    condition     = alltrue([for endpoint in aws_vpc_endpoint.interface : endpoint.subnet_ids == toset([aws_subnet.app["eu-west-1a"].id])])
    error_message = "Each endpoint belongs into the first zone."
  }

  assert {
    condition     = length(aws_vpc_endpoint.s3.route_table_ids) == 4
    error_message = "The way to S3 belongs into every private table: three of the application, one of the data layer."
  }
}

# After the environment above was created in 10.20.0.0/16.
run "another_address_range_is_refused_in_words" {
  command = plan

  variables {
    vpc_cidr = "10.30.0.0/16"
  }

  expect_failures = [aws_vpc.this]
}
