"""What things mean: YAML mappings and the models that validate them."""
