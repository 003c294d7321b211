"""What a repository has already: models, metrics files, predictions, and what KPIs can be drafted from them.

Names, declarations and first rows decide; nothing is written here, and no file is drafted (`onboarding`). Read
discover.py first."""
