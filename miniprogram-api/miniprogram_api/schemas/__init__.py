"""What goes in and out, as pydantic models: the source of openapi.json.

Amounts are whole fen, energy whole watt-hours, instants aware UTC. Nothing that goes out has a default, so that
a typed client knows each field is there.
"""
