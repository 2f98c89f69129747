terraform {
  required_version = ">= 1.10.0"
}

variable "count_of_boxes" {
  type        = number
  description = "How many boxes, 1 to 5."
  default     = 2
  nullable    = false

  validation {
    condition     = var.count_of_boxes >= 1 && var.count_of_boxes <= 5
    error_message = "count_of_boxes must be from 1 to 5."
  }
}

variable "network" {
  type        = string
  description = "Private range, for example 10.20.0.0/16."
  default     = "10.20.0.0/16"
  nullable    = false
}

variable "colour" {
  type        = string
  description = "Color of the boxes."
  default     = "red"
  nullable    = false
}

variable "label" {
  type        = string
  description = "A word on each box."
  default     = "hello"
  nullable    = false
}

variable "password" {
  type        = string
  description = "The password of the boxes."
  default     = "sesame-sesame"
  sensitive   = true
  nullable    = false
}

variable "until" {
  type        = string
  description = "Last day on which the boxes are needed."
  default     = ""
  nullable    = false
}

resource "terraform_data" "box" {
  count = var.count_of_boxes
  input = "${var.colour} ${var.label} ${var.network}"
}

output "boxes" {
  description = "The content of the boxes."
  value       = join(", ", terraform_data.box[*].output)
}
