"""What is asked by GraphQL: one query in place of many requests, or what only GraphQL has. Begin with open_pulls.py."""
