"""Finding what there is in an AWS account: from the catalogue, Cloud Control and AWS Config."""
