//! Which shapes do hospitals keep timelines in?
