"""A cloud to sweep: moto over HTTP, seeded, with roles that ask for their external id, and with faults."""
