"""Planning slots in the owner's calendar: what there should be, and writing it."""
