"""What happened: from event tables to findings. No network, no files, no clock, no Prefect."""
