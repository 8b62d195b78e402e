//! Errors of the real programs: text, place and remedy, each once.
