"""The debugger: operation list, header, formula and views of one operation."""
