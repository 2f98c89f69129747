"""The programs' door: `/api/v1/`, tokens, OpenAPI."""
