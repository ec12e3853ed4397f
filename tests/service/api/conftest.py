"""The application on a fresh store, with the shipped rules and without an AI."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from handover_rules.detectors import build_detectors
from handover_rules.rulefile import load_ruleset
from handover_rules.ruleset import Ruleset
from service.app import build_app
from service.settings import Settings
from service.store.database import Database
from tests.shipped import english_rules


@pytest.fixture(scope="session")
def ruleset() -> Ruleset:
    return load_ruleset(english_rules())


@pytest.fixture
def client(database: Database, ruleset: Ruleset) -> Iterator[TestClient]:
    detectors = build_detectors(ruleset, {}, answers=None, mode="live")
    with TestClient(build_app(Settings(), ruleset, detectors, database)) as client:
        yield client
