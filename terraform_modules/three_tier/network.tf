data "aws_availability_zones" "open" {
  state = "available"

  # Local zones and zones to be opted into have neither NAT gateways nor RDS.
  filter {
    name   = "zone-type"
    values = ["availability-zone"]
  }
}

data "aws_ec2_instance_type_offerings" "zones" {
  location_type = "availability-zone"

  filter {
    name   = "instance-type"
    values = distinct([local.yardstick_type, var.instance_type])
  }
}

locals {
  # Zones are chosen by a type that is sold wherever the newer ones are, never by the chosen type: a change of
  # instance_type must not move a subnet to another zone.
  yardstick_type = "t3.micro"

  # What is sold where, in zones that are out of order just now too.
  types_in_zone = {
    for zone in distinct(data.aws_ec2_instance_type_offerings.zones.locations) : zone => [
      for i, location in data.aws_ec2_instance_type_offerings.zones.locations :
      data.aws_ec2_instance_type_offerings.zones.instance_types[i] if location == zone
    ]
  }
  usable_zones = sort([
    for zone in data.aws_availability_zones.open.names : zone
    if contains(lookup(local.types_in_zone, zone, []), local.yardstick_type)
  ])

  # As at the creation, then later zones: a zone that fails, or starts to sell the yardstick, must not
  # change the numbers of the others, which would replace every subnet with its resources.
  born_zones    = terraform_data.zones.input
  ordered_zones = concat(local.born_zones, [for zone in local.usable_zones : zone if !contains(local.born_zones, zone)])

  zone_names = slice(local.ordered_zones, 0, min(var.zones, length(local.ordered_zones)))
  zones      = { for index, zone in local.zone_names : zone => index }
  first_zone = try(local.zone_names[0], "")

  # Subnet number = tier * 16 + zone: each tier has room for 16 zones, so nothing is ever renumbered.
  # At least six bits, to have numbers up to 47.
  subnet_bits = max(24 - try(tonumber(split("/", var.vpc_cidr)[1]), 16), 6)
  tier        = { public = 0, app = 16, data = 32 }

  nat_zones = {
    single   = { for zone, index in local.zones : zone => index if zone == local.first_zone }
    per_zone = local.zones
    none     = {}
  }[var.nat]
}

resource "aws_vpc" "this" {
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true # private names of the interface endpoints need it

  tags = { Name = local.name }

  lifecycle {
    precondition {
      condition     = length(local.ordered_zones) >= var.zones
      error_message = "This region has ${length(local.ordered_zones)} usable zones, ${var.zones} are wanted. Choose fewer zones or another region."
    }

    precondition {
      condition     = alltrue([for zone in local.zone_names : contains(lookup(local.types_in_zone, zone, []), var.instance_type)])
      error_message = "${var.instance_type} is not sold in each of ${join(", ", local.zone_names)}. Choose another instance type."
    }

    precondition {
      condition     = terraform_data.born.output.vpc_cidr == var.vpc_cidr
      error_message = "vpc_cidr cannot be changed: the network and everything in it, including the database, would be lost. Put back ${terraform_data.born.output.vpc_cidr}, or order another environment and move."
    }

    precondition {
      condition     = var.purpose != "production" || var.nat != "single"
      error_message = "production needs nat per_zone or none: with one NAT gateway all zones lose their way out with its zone."
    }

    precondition {
      condition     = var.purpose != "production" || var.flow_logs
      error_message = "production needs flow_logs: after an incident nobody could say who spoke to whom."
    }
  }
}

# Subnets are deleted last when a zone is removed: their resources (load balancer, database, servers) must be gone
# first. This is why there is a create_before_destroy here and in routing.tf.

resource "aws_subnet" "public" {
  for_each = local.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.vpc_cidr, local.subnet_bits, local.tier.public + each.value)

  # Load balancer and NAT gateway bring their own addresses; nothing else belongs here.
  map_public_ip_on_launch = false

  tags = { Name = "public-${each.key}-${local.name}", Tier = "public" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_subnet" "app" {
  for_each = local.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.vpc_cidr, local.subnet_bits, local.tier.app + each.value)

  tags = { Name = "app-${each.key}-${local.name}", Tier = "app" }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_subnet" "data" {
  for_each = local.zones

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.vpc_cidr, local.subnet_bits, local.tier.data + each.value)

  tags = { Name = "data-${each.key}-${local.name}", Tier = "data" }

  lifecycle {
    create_before_destroy = true
  }
}
