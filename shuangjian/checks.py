"""System checks of the project: what must be true before the portal may serve."""
