"""What Steward's functions in other clouds stand on: the standard library alone, nothing else of Steward."""
