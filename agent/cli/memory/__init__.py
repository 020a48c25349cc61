"""What is remembered: contact, promises, thanks, favours, news."""
