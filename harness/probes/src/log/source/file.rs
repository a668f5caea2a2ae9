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
    // A log grows at its end; of a log above the limit the end is read.
    material.newest = files.len() == 1;
    Ok(material)
}

fn one(path: &Path, shown: &str, limit: u64) -> Result<(Part, bool), ProbeError> {
    let failed = |error: std::io::Error| unreadable(&error, shown);
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        let kind = if metadata.is_dir() { "a folder" } else { "not a regular file (a pipe, a device)" };
        return Err(ProbeError {
            cause: Cause::Unreachable,
            detail: format!("the log file {shown} is {kind}"),
        });
    }
    let mut file = File::open(path).map_err(failed)?;
    let from = metadata.len().saturating_sub(limit);
    if from > 0 {
        let mut beginning = [0; 64];
        let read = file.read(&mut beginning).map_err(failed)?;
        let first = beginning[..read].iter().find(|byte| !byte.is_ascii_whitespace());
        if first == Some(&b'[') && beginning[..read].contains(&b'{') {
            let limit = Value::Size(limit);
            let detail = format!(
                "the log file {shown} is larger than {limit} (`read-limit`), and a JSON list can't be read in part"
            );
            return Err(ProbeError { cause: Cause::Truncated, detail });
        }
    }
    file.seek(SeekFrom::Start(from)).map_err(failed)?;
    let mut bytes = Vec::new();
    // Lines that are appended during the read belong to the next observation.
    file.take(metadata.len() - from).read_to_end(&mut bytes).map_err(failed)?;
    Ok((Part::Bytes { from: shown.to_owned(), bytes, torn: from > 0 }, from > 0))
}

fn unreadable(error: &std::io::Error, shown: &str) -> ProbeError {
    let (cause, what) = match error.kind() {
        ErrorKind::NotFound => (
            Cause::Unreachable,
            "does not exist: nothing has written it yet, or the path is wrong".to_owned(),
        ),
        ErrorKind::PermissionDenied => {
            (Cause::ToolAuth, "is not readable for the user that runs fixproof".to_owned())
        }
        ErrorKind::OutOfMemory => (Cause::OwnLimit, format!("is not readable: {error}")),
        _ if error.raw_os_error() == Some(24) => (Cause::OwnLimit, format!("is not readable: {error}")),
        _ => (Cause::Unreachable, format!("is not readable: {error}")),
    };
    ProbeError { cause, detail: format!("the log file {shown} {what}") }
}
