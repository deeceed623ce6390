"""Questions to the host as a service: recognised, merged, kept and brought to the staff (docs/questions.md)."""
