"""`python -m handover_rules` is `handover`."""

from handover_rules.cli import main

main()
