//! End-to-end checks; see the `tests` folder.
