"""What a good networker remembers: promises, thanks, what was given and asked, before and after."""
