"""What a run of a pipeline hands over, held to the base: its files, its dvc.lock, and what it says of itself.

Nothing here reads a folder or a process; that is for storage/handed_folder.py. Read files.py first.
"""
