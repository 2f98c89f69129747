terraform {
  required_version = ">= 1.10"
}

variable "greeting" {
  type        = string
  description = "The greeting of the environment."
  default     = "hello"
  nullable    = false
}

variable "network" {
  type        = string
  description = "The address range."
  default     = "10.10.0.0/16"
  nullable    = false
}

variable "command" {
  type        = string
  description = "A command that the second resource runs during its creation."
  default     = "true"
  nullable    = false
}

variable "secret" {
  type        = string
  description = "A secret."
  default     = "hunter2-and-more"
  nullable    = false
  sensitive   = true
}

variable "figure" {
  type        = number
  description = "An optional number."
  default     = null
}

variable "disk" {
  type        = number
  description = "A size that cannot shrink."
  default     = 20
  nullable    = false
}

variable "log" {
  type        = bool
  description = "Keep a log."
  default     = true
  nullable    = false
}

resource "terraform_data" "first" {
  input = var.greeting
}

resource "terraform_data" "second" {
  input            = terraform_data.first.output
  triggers_replace = [var.greeting]

  provisioner "local-exec" {
    command = var.command
  }
}

output "greeting" {
  description = "The greeting of the environment."
  value       = terraform_data.second.output
}

output "undeclared" {
  description = "Leaves the workspace for nobody."
  value       = "kept inside"
}

output "secret" {
  description = "Sensitive."
  value       = var.secret
  sensitive   = true
}
