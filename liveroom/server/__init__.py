"""The only place where the parts meet: settings, identity, HTTP, pages, metrics, start and stop."""
