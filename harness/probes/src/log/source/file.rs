//! Files: the whole of each, or its end where it is larger than the limit.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use fixproof_core::model::{Cause, ProbeError, Value};

use super::super::material::{Ends, Material, Part};

/// Reads every file.
///
/// # Errors
/// The first that can't be read.
pub(in super::super) fn read(files: &[(PathBuf, String)], limit: u64) -> Result<Material, ProbeError> {
    let mut material = Material { parts: Vec::with_capacity(files.len()), ends: Ends::Whole, newest: false };
    for (path, shown) in files {
        let (part, cut) = one(path, shown, limit)?;
        material.parts.push(part);
        if cut {
            material.ends = Ends::Cut;
        }
    }
    // A log grows at its end, which is what is read of one that is too large.
    material.newest = files.len() == 1;
    Ok(material)
}

fn one(path: &Path, shown: &str, limit: u64) -> Result<(Part, bool), ProbeError> {
    let told = |error: std::io::Error| unreadable(&error, shown);
    let metadata = std::fs::metadata(path).map_err(told)?;
    if !metadata.is_file() {
        let kind = if metadata.is_dir() { "a folder" } else { "no file that ends (a pipe, a device)" };
        return Err(ProbeError {
            cause: Cause::Unreachable,
            detail: format!("the log file {shown} is {kind}"),
        });
    }
    let mut file = File::open(path).map_err(told)?;
    let from = metadata.len().saturating_sub(limit);
    if from > 0 {
        let mut beginning = [0; 64];
        let read = file.read(&mut beginning).map_err(told)?;
        let first = beginning[..read].iter().find(|byte| !byte.is_ascii_whitespace());
        if first == Some(&b'[') && beginning[..read].contains(&b'{') {
            let limit = Value::Size(limit);
            let detail = format!(
                "the log file {shown} is larger than {limit} (`read-limit`), and a JSON list can't be read in part"
            );
            return Err(ProbeError { cause: Cause::Truncated, detail });
        }
    }
    file.seek(SeekFrom::Start(from)).map_err(told)?;
    let mut bytes = Vec::new();
    // What is written while it is read belongs to the next look.
    file.take(metadata.len() - from).read_to_end(&mut bytes).map_err(told)?;
    Ok((Part::Bytes { from: shown.to_owned(), bytes, torn: from > 0 }, from > 0))
}

fn unreadable(error: &std::io::Error, shown: &str) -> ProbeError {
    let (cause, what) = match error.kind() {
        ErrorKind::NotFound => (
            Cause::Unreachable,
            "is not there: nothing has written it yet, or it is written elsewhere".to_owned(),
        ),
        ErrorKind::PermissionDenied => {
            (Cause::ToolAuth, "may not be read by the user that runs this".to_owned())
        }
        ErrorKind::OutOfMemory => (Cause::OwnLimit, format!("can't be read: {error}")),
        _ if error.raw_os_error() == Some(24) => (Cause::OwnLimit, format!("can't be read: {error}")),
        _ => (Cause::Unreachable, format!("can't be read: {error}")),
    };
    ProbeError { cause, detail: format!("the log file {shown} {what}") }
}
