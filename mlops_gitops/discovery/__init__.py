"""What a repository has before it has any file of ours, and the drafts that can be made of that."""
