output "app_url" {
  description = "Address of the application: by its domain name, once that points at the load balancer, else by the load balancer's."
  value       = "${local.secure ? "https" : "http"}://${var.domain_name == "" ? aws_lb.this.dns_name : var.domain_name}"
}

output "encryption" {
  description = "How the way from a browser to the load balancer is protected."
  value       = local.secure ? "TLS 1.2 or 1.3; plain HTTP is redirected" : "No TLS: everybody on the way can read and change what is sent. Give the environment a certificate."
}

output "load_balancer_dns_name" {
  description = "DNS name of the load balancer, the target of a CNAME or alias record."
  value       = aws_lb.this.dns_name
}

output "region" {
  description = "AWS region of the environment."
  value       = data.aws_region.current.name
}

output "availability_zones" {
  description = "Availability zones in use."
  value       = local.zone_names
}

output "vpc_id" {
  description = "Id of the VPC."
  value       = aws_vpc.this.id
}

output "public_subnet_ids" {
  description = "Ids of the public subnets, one per zone."
  value       = [for zone in local.zone_names : aws_subnet.public[zone].id]
}

output "app_subnet_ids" {
  description = "Ids of the private subnets of the application, one per zone."
  value       = [for zone in local.zone_names : aws_subnet.app[zone].id]
}

output "data_subnet_ids" {
  description = "Ids of the subnets of the database, one per zone."
  value       = [for zone in local.zone_names : aws_subnet.data[zone].id]
}

output "nat_public_ips" {
  description = "Public addresses that the instances come from, for allow-lists elsewhere; none without a NAT gateway."
  value       = [for zone in keys(local.nat_zones) : aws_eip.nat[zone].public_ip]
}

output "target_group_arn" {
  description = "ARN of the load balancer's target group."
  value       = aws_lb_target_group.app.arn
}

output "autoscaling_group_name" {
  description = "Name of the Auto Scaling group of the application instances."
  value       = aws_autoscaling_group.app.name
}

output "session_manager_command" {
  description = "Opens a shell on an instance without a key or an open port; put in the id of one of the group's instances."
  value       = "aws ssm start-session --region ${data.aws_region.current.name} --target INSTANCE_ID"
}

output "database_endpoint" {
  description = "Host and port of the database, reachable from the application only."
  value       = aws_db_instance.this.endpoint
}

output "database_secret_arn" {
  description = "ARN of the Secrets Manager secret with the database's user name and password, made and rotated by RDS."
  value       = local.database_secret_arn
}

output "ecr_repository_url" {
  description = "Address of the image repository, for docker push."
  value       = aws_ecr_repository.app.repository_url
}

output "log_bucket" {
  description = "Name of the bucket with access logs and flow logs; none while neither is on."
  value       = one(aws_s3_bucket.logs[*].id)
}
