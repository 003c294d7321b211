from mlops_gitops.core.errors import Error as Error
from mlops_gitops.core.errors import Undecided as Undecided
from mlops_gitops.orchestration.serving.released import Released as Released
from mlops_gitops.orchestration.serving.released import released as released

__version__: str
HOMEPAGE: str
GUIDES: str
