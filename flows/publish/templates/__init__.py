"""The page as Jinja2 templates, its style sheet and its script."""
