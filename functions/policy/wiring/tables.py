"""The names of what the wiring of policy opens."""

TABLE = "policy"
COMPLIANCE = "compliance"
