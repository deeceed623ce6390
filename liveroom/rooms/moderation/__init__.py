"""What strangers may write: undisguised, searched for words and contact details, and ruled on (docs/moderation.md)."""

from __future__ import annotations
