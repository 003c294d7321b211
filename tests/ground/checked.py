"""What `check` says of the promotion that the fixture `proposed` has open as pull request #1."""

from __future__ import annotations

from ground.house import House
from house import Answer

RECORD = "promotions/staging/churn/0001.json"
STATE = "environments/staging/churn.yaml"
BRANCH = "promote/staging/churn/0001-1.0.0"


def asked(house: House, command: str, *args: object) -> Answer:
    """A command's answer as JSON."""
    answer = house.run(command, *args, "--format", "json")
    assert "Traceback" not in answer.err
    return answer


def check(house: House, *args: object) -> Answer:
    """What `check` answers."""
    return asked(house, "check", *args)


def rules(answer: Answer, severity: str = "error") -> list[str]:
    """The rules that found something of a severity."""
    return [diagnostic["rule"] for diagnostic in answer.json["diagnostics"] if diagnostic["severity"] == severity]


def told(house: House, number: int = 1) -> str:
    """The state that a check now sets, of a pull request whose files and gates are in order."""
    answer = check(house, number)
    assert (answer.code, rules(answer)) == (0, []), answer
    assert answer.json["status"]["state"] == house.status(number)
    return house.status(number)
