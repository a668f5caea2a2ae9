//! The binary: everything is in the library beside it, so that the libtest face runs the same code.

use std::process::ExitCode;

fn main() -> ExitCode {
    fixproof_cli::main()
}
