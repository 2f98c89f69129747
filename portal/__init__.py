"""Everything a person or a program touches over HTTP and WebSocket."""
