"""What the commands in script/ are made of: the standard library alone, to run before .venv exists."""
