terraform {
  required_version = ">= 1.10"
}

variable "greeting" {
  type        = string
  description = "What the environment says."
  default     = "hello"
  nullable    = false
}

variable "network" {
  type        = string
  description = "Its address range."
  default     = "10.10.0.0/16"
  nullable    = false
}

variable "command" {
  type        = string
  description = "What its second piece does while it is made."
  default     = "true"
  nullable    = false
}

variable "secret" {
  type        = string
  description = "Shown nowhere."
  default     = "hunter2-and-more"
  nullable    = false
  sensitive   = true
}

variable "figure" {
  type        = number
  description = "A figure that nobody has to give."
  default     = null
}

variable "disk" {
  type        = number
  description = "What can never become smaller."
  default     = 20
  nullable    = false
}

variable "log" {
  type        = bool
  description = "Whether it keeps a log."
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
  description = "What the environment says."
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
