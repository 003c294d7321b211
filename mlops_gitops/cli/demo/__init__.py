"""The stories that `mlops-gitops demo` tells: one part a file, each in a new repository. Read story.py first."""
