"""Webhooks: events that were committed are told to the app's own servers over HTTP (docs/webhooks.md)."""
