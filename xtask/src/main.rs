//! The program `xtask`, called as `cargo xtask`.

use std::process::ExitCode;

use xtask::commands::Own;
use xtask::paper::Networks;

fn main() -> ExitCode {
    offprint::main_with::<Networks, Own>()
}
