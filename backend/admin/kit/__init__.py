"""What every page of the back office is made with."""
