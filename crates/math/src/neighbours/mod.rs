//! How are exact nearest neighbours of mixed rows found fast?
