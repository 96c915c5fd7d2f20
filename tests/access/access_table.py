"""What each route of the portal answers to whom: stated here by hand, not read from the views.

A row is ``route name: (method, roles that get in)``. Everybody else gets 403 (a signed-in person) or the sign-in page
(nobody). ``own`` routes are asked about a unit of one's own, a stranger's and an absent one.
"""

from __future__ import annotations

COUNTY = {"leader", "task_force", "supervision"}
INSPECTORS = {"inspector_a", "inspector_b", "team_inspector"}
UNITS = {"clerk_a1", "head_a1", "clerk_a2", "clerk_b1", "head_b1", "clerk_a3", "manager_a3"}
ADMINS = {"system_admin", "security_admin", "auditor"}
OFFICES = {"office_staff", "partner"}
READERS = COUNTY | INSPECTORS | UNITS
EVERYBODY = READERS | ADMINS | OFFICES
PUBLIC = EVERYBODY | {"stranger", "nobody"}
