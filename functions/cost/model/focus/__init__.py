"""The FinOps Open Cost and Usage Specification: its columns, its rules, and what a file keeps of them."""
