"""What the clouds send, and how each of it reads as FOCUS."""
