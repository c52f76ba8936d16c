//! Starting programs, cargo above all, from the root of the workspace.

use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus, Stdio};

use crate::error::Error;

/// The cargo that started xtask, in the root of the workspace, with these arguments.
pub(crate) fn cargo(root: &Path, args: &str) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.current_dir(root).args(args.split(' '));
    command
}

/// Runs to the end with inherited streams.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus, Error> {
    command.status().map_err(|source| Error::Start { program: words(command), source })
}

/// As [`status`], and an exit other than success is an error.
pub(crate) fn succeed(command: &mut Command) -> Result<(), Error> {
    let status = status(command)?;
    if status.success() {
        return Ok(());
    }
    Err(Error::Failed { program: words(command), status })
}

/// Runs to the end without input, and says in a line how that went; true if it went well. What the
/// program prints is shown only where it did not.
pub(crate) fn quietly(what: &str, command: &mut Command) -> bool {
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => {
            println!("{what} ... ok");
            return true;
        }
        Ok(output) => {
            println!("{what} ... FAILED: {}", output.status);
            print!("{}", String::from_utf8_lossy(&output.stdout));
            eprint!("{}", String::from_utf8_lossy(&output.stderr));
        }
        Err(error) => println!("{what} ... FAILED: {}: {error}", words(command)),
    }
    false
}

/// Runs `pairlaw-papers SUBCOMMAND ARGS` optimised; its exit code is ours.
pub(crate) fn papers(root: &Path, subcommand: &str, args: &[String]) -> Result<ExitCode, Error> {
    let mut command = cargo(root, "run --release --quiet -p pairlaw-papers --");
    command.arg(subcommand).args(args);
    in_our_place(&mut command)
}

/// Becomes the program, as cargo does: Ctrl-C then reaches it alone, and its last word is the last.
#[cfg(unix)]
fn in_our_place(command: &mut Command) -> Result<ExitCode, Error> {
    use std::os::unix::process::CommandExt;
    let source = command.exec();
    Err(Error::Start { program: words(command), source })
}

#[cfg(not(unix))]
fn in_our_place(command: &mut Command) -> Result<ExitCode, Error> {
    status(command).map(exit_code)
}

/// The program and its arguments as one would type them.
pub(crate) fn words(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A process ended by a signal has no code; that is a failure too.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cargo leaves with 101 where it does not know the subcommand.
    fn failing() -> Command {
        let mut command = cargo(&std::env::temp_dir(), "no-such-subcommand");
        command.stderr(Stdio::null());
        command
    }

    #[test]
    fn a_failing_program_is_an_error_that_names_it() {
        let error = succeed(&mut failing()).unwrap_err();
        assert!(matches!(error, Error::Failed { .. }));
        assert!(error.to_string().contains("cargo no-such-subcommand"));
    }

    #[test]
    fn a_missing_program_is_an_error_that_names_it() {
        let error = status(&mut Command::new("no-such-program")).unwrap_err();
        assert!(matches!(&error, Error::Start { program, .. } if program == "no-such-program"));
    }

    #[test]
    fn what_fails_quietly_or_does_not_start_is_seen() {
        let run = |program| quietly("example x.rs", &mut Command::new(program));
        assert!(run("true"));
        assert!(!run("false"));
        assert!(!run("/no/such/program"));
    }

    #[test]
    fn exit_codes_pass_through() {
        let status = status(&mut failing()).unwrap();
        assert_eq!(exit_code(status), ExitCode::from(101));
    }
}
