"""What a calendar says, and what its series come to: RFC 5545 without a file or a service."""
