"""What a repository is called, by its remote."""

from __future__ import annotations

from cases import cases

from mlops_gitops.git.identity import repository_name


@cases(
    "address, name",
    [
        ("https://github.com/team/churn-model.git", "churn-model"),
        ("git@gitlab.example.org:group/sub/churn.git", "churn"),
        ("ssh://git@host.example.org:7999/proj/churn", "churn"),
        ("https://dev.azure.com/org/project/_git/churn", "churn"),
        ("/srv/git/churn.git", "churn"),
        ("file:///srv/git/churn.git/", "churn"),
        ("C:\\repos\\churn.git", "churn"),
        ("../churn", "churn"),
        ("../origin.git", ""),
        ("/srv/churn/.git", ""),
        ("..", ""),
        ("", ""),
    ],
)
def test_a_repository_is_called_as_its_remote_says(address: str, name: str) -> None:
    assert repository_name(address) == name
