"""What is handed over: pages, pictures and files, each made from the findings alone."""
