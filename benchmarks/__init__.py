"""One file for each claim of speed or cost, measured beside a named peer in the same run."""
