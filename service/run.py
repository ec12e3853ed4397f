"""What `handover run` does: the service and the workbench together, with something to look at in both."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2

from handover_rules.errors import UsageError

__all__ = ["run"]

# Seconds until a server must answer, on a slow machine that has just been installed.
_PATIENCE = 90.0
_GRACE = 15.0

_VAR = Path("var")
_DATASETS = Path("datasets/messages")
_RUNS = Path("runs")

# From the numbers that are kept for fiction (ITU-T, and 47 CFR 52.15 for North America).
_CUSTOMER = "12025550142"
_SAMPLE = (
    "Hi! Where is my parcel? It was due on Monday",
    "the link only shows yesterday's status",
    "please, can I talk to a human",
)


@dataclass(frozen=True, slots=True)
class _Server:
    """A child process that serves; `log` is where its output goes."""

    name: str
    address: str
    process: Process
    log: Path

    async def answers(self, path: str) -> None:
        """Wait until `path` answers. Raises UsageError with the end of the log where the process ends before."""
        async with httpx2.AsyncClient(base_url=self.address, timeout=2) as http:
            try:
                async with asyncio.timeout(_PATIENCE):
                    while True:
                        self.require_running()
                        try:
                            if (await http.get(path)).status_code == 200:
                                return
                        except httpx2.TransportError:
                            pass
                        await asyncio.sleep(0.1)
            except TimeoutError:
                raise UsageError(f"the {self.name} does not answer on {self.address}; see {self.log}") from None

    def require_running(self) -> None:
        """Raise UsageError with what the process said last, if it has ended."""
        if self.process.returncode is not None:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
            raise UsageError("\n".join([f"the {self.name} has stopped:", *lines[-10:]]))

    async def stop(self) -> None:
        """Ask the process to end, and wait for that."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), _GRACE)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()


def run(port: int, workbench_port: int, ruleset: Path) -> None:
    """Run both until SIGINT or SIGTERM. Raises UsageError for what keeps one of them from running."""
    # Asked before anything starts: whoever listens there already would answer in the place of ours.
    for option, wanted in (("--port", port), ("--workbench-port", workbench_port)):
        _require_free(option, wanted)
    asyncio.run(_run(port, workbench_port, ruleset))


def _require_free(option: str, port: int) -> None:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        raise UsageError(f"port {port} cannot be used ({error.strerror}); choose another with {option}") from error


async def _run(port: int, workbench_port: int, ruleset: Path) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    servers: list[_Server] = []
    waiting = asyncio.create_task(stopped.wait())
    try:
        starting = asyncio.create_task(_start(servers, port, workbench_port, ruleset))
        await asyncio.wait([starting, waiting], return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            ended = [asyncio.create_task(server.process.wait()) for server in servers]
            await asyncio.wait([waiting, *ended], return_when=asyncio.FIRST_COMPLETED)
            if not stopped.is_set():
                for server in servers:
                    server.require_running()
        else:
            starting.cancel()
    finally:
        waiting.cancel()
        print("\nStopping ...", flush=True)
        await asyncio.gather(*(server.stop() for server in servers))


async def _start(servers: list[_Server], port: int, workbench_port: int, ruleset: Path) -> None:
    _VAR.mkdir(exist_ok=True)
    handover = [sys.executable, "-m", "handover_rules"]
    serve = [*handover, "serve", "--port", str(port), "--ruleset", str(ruleset)]
    servers.append(await _serve("service", port, serve))
    servers.append(await _serve("workbench", workbench_port, [*handover, "workbench", "--port", str(workbench_port)]))
    await servers[0].answers("/health/ready")
    print(servers[0].log.read_text(encoding="utf-8"), end="", flush=True)
    await _post_sample(servers[0].address)
    if not any(_RUNS.glob("*/run.json")) and (data := sorted(_DATASETS.glob("*.jsonl"))):
        print("Evaluating the rules on the shipped messages ...", flush=True)
        await _finish([*handover, "eval", "--offline", "--ruleset", str(ruleset), *map(str, data)])
    await servers[1].answers("/_stcore/health")
    print(_welcome(servers[0].address, servers[1].address), flush=True)


async def _serve(name: str, port: int, command: list[str]) -> _Server:
    log = _VAR / f"{name}.log"
    with log.open("wb") as out:
        # In a session of its own: Ctrl-C reaches this process, which stops both in order.
        process = await asyncio.create_subprocess_exec(*command, stdout=out, stderr=out, start_new_session=True)
    return _Server(name, f"http://127.0.0.1:{port}", process, log)


async def _finish(command: list[str]) -> None:
    with (_VAR / "evaluation.log").open("wb") as out:
        process = await asyncio.create_subprocess_exec(*command, stdout=out, stderr=out)
    if await process.wait():
        raise UsageError(f"the evaluation failed; see {_VAR / 'evaluation.log'}")


async def _post_sample(address: str) -> None:
    """A conversation that ends with a request for a person. Posted again, it changes nothing."""
    async with httpx2.AsyncClient(base_url=address, timeout=30) as http:
        for number, text in enumerate(_SAMPLE):
            (await http.post("/webhook", json=_delivery(_CUSTOMER, f"sample-{number}", text))).raise_for_status()


def _delivery(customer: str, message_id: str, text: str) -> Mapping[str, object]:
    key = {"remoteJid": f"{customer}@s.whatsapp.net", "fromMe": False, "id": message_id}
    return {"event": "messages.upsert", "data": {"messages": [{"key": key, "message": {"conversation": text}}]}}


def _welcome(service: str, workbench: str) -> str:
    body = json.dumps(_delivery("test", "test_id", "I need to speak with a human"))
    return f"""
  Workbench  {workbench}
  Service    {service}   (its API: {service}/docs)

A sample customer has asked for a person, so the bot is off for them:
  curl {service}/api/bot/status/{_CUSTOMER}

Be a customer yourself:
  curl -X POST {service}/webhook -H 'Content-Type: application/json' \\
    -d '{body}'
  curl {service}/api/bot/status/test
  curl {service}/api/decisions/test_id

Ctrl-C stops both. Logs: {_VAR}/service.log, {_VAR}/workbench.log"""
