"""Pages that change the estate: parks, buildings, rooms, tenancies, tenants and groups of meters."""
