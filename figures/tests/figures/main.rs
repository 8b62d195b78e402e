//! The figures of whole data sets, and the program that draws them.

mod comparing;
mod crowds;
mod drawings;
mod fixture;
mod golden;
mod later;
mod layers;
mod program;
mod tooltips;
mod verdicts;
