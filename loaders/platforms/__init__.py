"""One module per platform; `loaders.recognition` discovers them by file name."""
