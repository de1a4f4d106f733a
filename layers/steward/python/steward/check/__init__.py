"""What ``steward check`` holds the repository to, and the files it derives from the manifests."""
