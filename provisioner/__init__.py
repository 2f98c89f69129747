"""The engine: models, state machine, operations, execution, journal, recovery, trail."""
