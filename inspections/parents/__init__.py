"""家长问卷: what is asked, how a sheet becomes counts and counts become results, what others read.

Source: practice.md P24 to P26; docs/decisions/0104 to 0106.
"""
