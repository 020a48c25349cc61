"""Running `fika run` every day by what the machine already has: cron, systemd or launchd."""
