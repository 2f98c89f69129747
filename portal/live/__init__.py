"""The live stream: a run's events over a WebSocket, from a cursor to the end."""
