"""A recorded day in the estate of a small company, and its replay."""
