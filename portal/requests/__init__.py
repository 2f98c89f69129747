"""What the requests of several pages share: idempotency keys of forms, filters of lists."""
