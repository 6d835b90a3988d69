//! `segl`: reads the arguments, does one thing, and tells how it went by its exit code.

use std::io::{Write as _, stderr, stdout};
use std::process::ExitCode;

use clap::Parser as _;
use segl_cli::arguments::{Arguments, run};
use segl_cli::output::Output;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut stdout = stdout().lock();
    let mut output = Output::new(arguments.json, &mut stdout);
    match run(arguments.command, &mut output).await {
        Ok(verdict) => verdict.exit_code(),
        Err(error) => {
            output.error(&error);
            // Nobody is left to be told when standard error is gone.
            let _ = writeln!(stderr(), "segl: {}", error.with_causes());
            error.exit_code()
        }
    }
}
