"""Tables that go up (上报): what is counted for them, how they are drawn, filled and handed on as data."""
