"""The one message a day: what it says, its forms, and where it goes."""
