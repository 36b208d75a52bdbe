"""Bytes to facts, pure: nothing here opens a socket, reads a clock or touches the store."""
