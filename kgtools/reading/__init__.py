"""Files read as texts, without making objects of every triple; light to import, for the processes that help."""
