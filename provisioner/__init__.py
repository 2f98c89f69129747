"""The engine: models, state machine, operations, worker, recovery, audit trail. Never imports the portal."""
