//! What the developer sees. Progress goes to standard error; standard output carries the result.

use std::fmt::Display;

/// A step begins.
pub fn step(what: impl Display) {
    eprintln!("==> {what}");
}

/// Something that the developer should know.
pub fn note(what: impl Display) {
    eprintln!("    {what}");
}

/// A result, on standard output.
#[allow(clippy::print_stdout, reason = "results of a command-line tool")]
pub fn result(what: impl Display) {
    println!("{what}");
}
