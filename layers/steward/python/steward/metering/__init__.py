"""Reading metrics from the clouds that keep them: many resources with one request, each day summed up."""
