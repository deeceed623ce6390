"""Two real server processes that share a Valkey and a database."""
