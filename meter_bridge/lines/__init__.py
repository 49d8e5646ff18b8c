"""One file for each kind of line: a module with a LineKind named PLUGIN (contract: meter_bridge/line.py)."""
