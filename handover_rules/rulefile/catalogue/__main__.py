"""`python -m handover_rules.rulefile.catalogue DIR` writes the pages of all checks into a folder."""

from __future__ import annotations

import sys
from pathlib import Path

from handover_rules.rulefile.catalogue import write_pages

write_pages(Path(sys.argv[1]))
