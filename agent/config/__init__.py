"""The owner's `config.toml`: read key by key, every problem reported at once."""
