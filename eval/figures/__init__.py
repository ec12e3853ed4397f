"""The figures of an evaluation: how right decisions and scores are, each figure with its interval and its n."""
