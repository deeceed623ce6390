"""The kernel: what moves bytes, without sockets."""
