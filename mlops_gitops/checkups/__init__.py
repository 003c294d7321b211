"""What `doctor` asks of a repository, one question a file."""
