terraform {
  required_version = ">= 1.10"
}

variable "greeting" {
  type        = string
  description = "What the environment says."
  default     = "hello"
  nullable    = false
}

variable "seconds" {
  type        = number
  description = "How long its middle piece takes, in seconds."
  default     = 4
  nullable    = false
}

variable "manner" {
  type        = string
  description = "In which manner it says it."
  default     = "calm"
  nullable    = false
}

variable "network" {
  type        = string
  description = "An address range to lease."
  default     = "10.250.0.0/20"
  nullable    = false
}

resource "terraform_data" "first" {
  input = var.greeting
}

resource "terraform_data" "middle" {
  input = terraform_data.first.output

  provisioner "local-exec" {
    command = "for i in $(seq ${var.seconds}); do echo working $i; sleep 1; done"
  }
}

resource "terraform_data" "last" {
  input = [terraform_data.middle.output, var.network, var.manner]
}

output "greeting" {
  description = "What was ordered."
  value       = terraform_data.last.output[0]
}
