"""Audio and video between the people on a stage: one contract (base.py), several engines."""
