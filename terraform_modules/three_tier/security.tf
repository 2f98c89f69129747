# Who may talk to whom: internet -> load balancer -> application -> database. Rules are resources of their own, so
# that a change of one never rewrites the others; the Name of each says what it is for.

# What nobody asked for gets nothing.
resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.this.id

  tags = { Name = "unused-${local.name}" }
}

resource "aws_security_group" "lb" {
  name        = "lb-${local.name}"
  description = "Load balancer: HTTP and HTTPS from anywhere, to the application only"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "lb-${local.name}" }
}

resource "aws_security_group" "app" {
  name        = "app-${local.name}"
  description = "Application: from the load balancer only"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "app-${local.name}" }
}

resource "aws_security_group" "db" {
  name        = "db-${local.name}"
  description = "Database: MySQL from the application only"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "db-${local.name}" }
}

resource "aws_security_group" "endpoints" {
  name        = "endpoints-${local.name}"
  description = "Interface endpoints: HTTPS from the application only"
  vpc_id      = aws_vpc.this.id

  tags = { Name = "endpoints-${local.name}" }
}

resource "aws_vpc_security_group_ingress_rule" "lb_from_anywhere" {
  for_each = local.secure ? { http = 80, https = 443 } : { http = 80 }

  security_group_id = aws_security_group.lb.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value

  tags = { Name = "${each.key} from anywhere" }
}

resource "aws_vpc_security_group_egress_rule" "lb_to_app" {
  security_group_id            = aws_security_group.lb.id
  referenced_security_group_id = aws_security_group.app.id
  ip_protocol                  = "tcp"
  from_port                    = 80
  to_port                      = 80

  tags = { Name = "HTTP to the application" }
}

resource "aws_vpc_security_group_ingress_rule" "app_from_lb" {
  security_group_id            = aws_security_group.app.id
  referenced_security_group_id = aws_security_group.lb.id
  ip_protocol                  = "tcp"
  from_port                    = 80
  to_port                      = 80

  tags = { Name = "HTTP from the load balancer" }
}

resource "aws_vpc_security_group_egress_rule" "app_to_db" {
  security_group_id            = aws_security_group.app.id
  referenced_security_group_id = aws_security_group.db.id
  ip_protocol                  = "tcp"
  from_port                    = 3306
  to_port                      = 3306

  tags = { Name = "MySQL to the database" }
}

resource "aws_vpc_security_group_egress_rule" "app_to_endpoints" {
  security_group_id            = aws_security_group.app.id
  referenced_security_group_id = aws_security_group.endpoints.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443

  tags = { Name = "HTTPS to the interface endpoints" }
}

resource "aws_vpc_security_group_egress_rule" "app_to_s3" {
  security_group_id = aws_security_group.app.id
  prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = { Name = "HTTPS to S3 for the packages of Amazon Linux" }
}

resource "aws_vpc_security_group_egress_rule" "app_to_internet" {
  count = var.nat == "none" ? 0 : 1

  security_group_id = aws_security_group.app.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443

  tags = { Name = "HTTPS to the internet through the NAT gateway" }
}

resource "aws_vpc_security_group_ingress_rule" "db_from_app" {
  security_group_id            = aws_security_group.db.id
  referenced_security_group_id = aws_security_group.app.id
  ip_protocol                  = "tcp"
  from_port                    = 3306
  to_port                      = 3306

  tags = { Name = "MySQL from the application" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints_from_app" {
  security_group_id            = aws_security_group.endpoints.id
  referenced_security_group_id = aws_security_group.app.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443

  tags = { Name = "HTTPS from the application" }
}
