"""The idempotency keys of forms."""
