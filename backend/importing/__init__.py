"""Floor 6: rooms, tenants and meters from an Excel workbook, looked at first and taken over once."""
