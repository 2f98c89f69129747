terraform {
  required_version = ">= 1.10"
}

variable "greeting" {
  type        = string
  description = "What each piece holds."
  default     = "hello"
  nullable    = false
}

resource "terraform_data" "piece" {
  count = 50
  input = "${var.greeting} ${count.index}"
}

output "count" {
  description = "How many pieces there are."
  value       = tostring(length(terraform_data.piece))
}
