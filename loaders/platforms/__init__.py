"""One module or folder per platform; `loaders.registry` discovers them."""
