"""The result types of the mining, one file a noun; `mining.findings` holds them together."""
