"""What a run leaves behind: one HTML page, JSON with the raw histograms, CSV, JUnit."""
