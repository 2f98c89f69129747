resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id

  tags = { Name = local.name }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "public-${local.name}" }
}

resource "aws_route" "public_out" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  for_each = local.zones

  route_table_id = aws_route_table.public.id
  subnet_id      = aws_subnet.public[each.key].id
}

resource "aws_eip" "nat" {
  for_each = local.nat_zones

  domain = "vpc"

  tags = { Name = "nat-${each.key}-${local.name}" }

  depends_on = [aws_internet_gateway.this]
}

resource "aws_nat_gateway" "this" {
  for_each = local.nat_zones

  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id

  tags = { Name = "${each.key}-${local.name}" }

  # A gateway without its own way out comes up and drops everything.
  depends_on = [aws_route.public_out, aws_route_table_association.public]

  # From per_zone back to single: the route moves to the gateway that stays before the other one goes.
  lifecycle {
    create_before_destroy = true
  }
}

# One table per zone even with one gateway: going from single to per_zone then only changes a route.
resource "aws_route_table" "app" {
  for_each = local.zones

  vpc_id = aws_vpc.this.id

  tags = { Name = "app-${each.key}-${local.name}" }

  # When a zone is given up, the S3 endpoint leaves the table first.
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route" "app_out" {
  for_each = var.nat == "none" ? {} : local.zones

  route_table_id         = aws_route_table.app[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.this[var.nat == "per_zone" ? each.key : local.first_zone].id

  timeouts {
    create = "5m"
  }
}

resource "aws_route_table_association" "app" {
  for_each = local.zones

  route_table_id = aws_route_table.app[each.key].id
  subnet_id      = aws_subnet.app[each.key].id
}

# The data layer has no way out at all, only the route inside the network.
resource "aws_route_table" "data" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "data-${local.name}" }
}

resource "aws_route_table_association" "data" {
  for_each = local.zones

  route_table_id = aws_route_table.data.id
  subnet_id      = aws_subnet.data[each.key].id
}
