//! `cargo local`: the laptop stack in one command.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use segl_local::error::{Error, Result};
use segl_local::layout::{StackName, Workspace};
use segl_local::progress;
use segl_local::stack::{self, Options, Stack};
use tokio::signal::unix::{Signal, SignalKind, signal};

mod demo;
mod test_run;

/// Runs Segl on this machine, without an account and without containers.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo local", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start everything in the foreground; prints `ready <URL>` and writes .local/env
    Up(StackArguments),
    /// End what `up` or `demo` left running
    Down,
    /// Start everything and run one order through HTTP
    Demo {
        #[command(flatten)]
        stack: StackArguments,
        /// End the stack after the order
        #[arg(long)]
        once: bool,
    },
    /// Run every test against a stack of its own
    Test {
        /// Arguments for `cargo test`, instead of `--workspace`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

#[derive(Debug, clap::Args)]
struct StackArguments {
    /// Port of the URL
    #[arg(long)]
    port: Option<u16>,
    /// Kind of the seal key
    #[arg(long, default_value = "RSA_3072")]
    seal_key_spec: String,
}

impl StackArguments {
    fn options(self) -> Options {
        Options { name: StackName::Up, seal_key_spec: self.seal_key_spec, port: self.port }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                eprintln!("       {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode> {
    let workspace = Workspace::around_current_folder()?;
    let mut interruption = Interruption::new()?;
    match command {
        Command::Up(arguments) => with_stack(&workspace, arguments.options(), &mut interruption, async |_| Ok(None)).await,
        Command::Demo { stack, once } => {
            with_stack(&workspace, stack.options(), &mut interruption, async |stack| {
                demo::run(&workspace, stack.environment()).await?;
                Ok(once.then_some(ExitCode::SUCCESS))
            })
            .await
        }
        Command::Test { arguments } => {
            let options = Options { name: StackName::Test, seal_key_spec: "RSA_3072".to_owned(), port: None };
            with_stack(&workspace, options, &mut interruption, async |stack| {
                test_run::run(&workspace, stack.environment(), &arguments).await.map(Some)
            })
            .await
        }
        Command::Down => {
            progress::note(if stack::down(&workspace).await { "The stack has ended" } else { "No stack was up" });
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Starts a stack, does something with it, and ends it. If that something has no result, the stack
/// stays up until it is interrupted.
async fn with_stack(
    workspace: &Workspace,
    options: Options,
    interruption: &mut Interruption,
    work: impl AsyncFnOnce(&Stack) -> Result<Option<ExitCode>>,
) -> Result<ExitCode> {
    // An interruption drops the step under way, and with it the programs that the step started.
    let mut stack = tokio::select! {
        stack = Stack::start(workspace, &options) => stack?,
        code = interruption.wait() => return Ok(code),
    };
    let end = tokio::select! {
        end = async {
            match work(&stack).await? {
                Some(code) => Ok(Some(code)),
                None => {
                    progress::result(format_args!("ready {}", stack.url()));
                    Ok(None)
                }
            }
        } => end,
        code = interruption.wait() => Ok(Some(code)),
    };
    let end = match end {
        Ok(None) => tokio::select! {
            error = stack.ended() => Err(error),
            code = interruption.wait() => Ok(code),
        },
        Ok(Some(code)) => Ok(code),
        Err(error) => Err(error),
    };
    stack.stop().await;
    end
}

/// Ctrl-C, or a polite request to end.
struct Interruption {
    interrupt: Signal,
    terminate: Signal,
}

impl Interruption {
    fn new() -> Result<Self> {
        let listen = |kind| signal(kind).map_err(Error::io("listen for Ctrl-C"));
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    // A shell's convention: 128 and the number of the signal.
    async fn wait(&mut self) -> ExitCode {
        tokio::select! {
            _ = self.interrupt.recv() => ExitCode::from(130),
            _ = self.terminate.recv() => ExitCode::from(143),
        }
    }
}
