"""What people see: text on a terminal, Markdown, pages."""
