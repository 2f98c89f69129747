"""The API for programs: `/api/v1/`, tokens, OpenAPI."""
