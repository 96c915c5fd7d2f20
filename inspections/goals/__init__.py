"""The plan's goals as numbers over terms (practice.md P24): what is counted, and how it is shown."""
