"""Lists taken along as tables: what each list holds, and how it is written. Writes no row."""
