"""What could cost less: one small function a check, over a resource, its usage and its own bill."""
