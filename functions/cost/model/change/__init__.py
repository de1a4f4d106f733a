"""What a change costs before it is made: a plan's resources, what they use of which meter, and its price."""
