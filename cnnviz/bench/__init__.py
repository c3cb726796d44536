"""What is fast and what is not, measured: `cnnviz bench`."""
