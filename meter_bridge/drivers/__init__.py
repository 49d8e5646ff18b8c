"""One file for each way of speaking: a module with a DriverKind named PLUGIN (contract: meter_bridge/driver.py)."""
