"""Where the laboratory reaches into moto: statuses that take time, launches that fail, findings, consoles."""
