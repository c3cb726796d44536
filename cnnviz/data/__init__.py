"""Sources of images: the bundled digits, MNIST from the cache, a download or a file."""
