"""The only rooms that open sockets towards strangers: the gate and the pace, DNS, HTTP, registration."""
