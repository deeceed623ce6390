"""The demo: a room that is alive at the first look. Only served with `LIVEROOM_DEMO=true`, never in production."""
