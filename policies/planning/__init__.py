"""Planning slots: which ones there should be, where they go, and what stands in them."""
