//! Are relations kept by filled cells and by new rows, and do models survive a file?
