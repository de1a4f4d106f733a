"""What is to be deployed, read before it is: Terraform plans, CloudFormation and ARM templates."""
