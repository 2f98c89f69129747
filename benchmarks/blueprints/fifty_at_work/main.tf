terraform {
  required_version = ">= 1.10"
}

variable "seconds" {
  type        = number
  description = "How long each piece takes to make, in seconds."
  default     = 0.2
  nullable    = false
}

resource "terraform_data" "piece" {
  count = 50
  input = count.index

  provisioner "local-exec" {
    command = "sleep ${var.seconds}; echo ${self.output} >> made.txt"
  }
}

output "count" {
  description = "How many pieces there are."
  value       = tostring(length(terraform_data.piece))
}
