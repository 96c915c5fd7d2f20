"""举报和反映: what it may be about, its clocks, who handles it, what is kept secret (practice.md P22)."""
