"""The evaluation: replay labelled messages under a ruleset and say how right it is."""
