"""What pictures show: places on the relationship map, series over weeks, and their titles."""
