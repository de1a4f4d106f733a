"""What a unit of something costs: from the tenant's own bill, or from the clouds' public price files."""
