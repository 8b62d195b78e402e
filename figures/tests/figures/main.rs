//! The figures over whole studies, and the program that draws them.

mod drawings;
mod fixture;
mod program;
