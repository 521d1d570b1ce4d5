//! Does the engine find what was planted, keep its promise, and survive a file?
