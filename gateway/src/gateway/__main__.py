"""`python -m gateway serve | openapi`."""

import argparse
import json
import sys

from chassis.settings import load_settings
from gateway.own_openapi import own_openapi
from gateway.server import serve
from gateway.service import Gateway
from gateway.settings import GatewaySettings

COMMANDS = {"serve": "the door", "openapi": "print the gateway's own OpenAPI document"}
EXIT_CONFIG = 78


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m gateway")
    parser.add_argument(
        "command", choices=list(COMMANDS), help="; ".join(f"{k}: {v}" for k, v in COMMANDS.items())
    )
    options = parser.parse_args(arguments)
    if options.command == "openapi":
        document = json.dumps(own_openapi(), ensure_ascii=False, indent=1, sort_keys=True)
        sys.stdout.write(document + "\n")
        return 0
    settings = load_settings(GatewaySettings)
    try:
        gateway = Gateway(settings)
    except ValueError as error:
        sys.stderr.write(f"setting not acceptable: {error}\n")
        return EXIT_CONFIG
    serve(gateway)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
