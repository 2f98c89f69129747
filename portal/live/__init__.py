"""The live stream: the events of a run over a WebSocket, from a cursor to the end."""
