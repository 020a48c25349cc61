"""One package per service, behind the ports of `connectors.port`."""
