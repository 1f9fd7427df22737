"""Pictures drawn as SVG: text is measured and escaped, colours are names, nothing is fetched."""
