//! Puts a file in its place: tried before the work begins, written whole or not at all.

use std::error::Error;
use std::io::{Read, Write};
use std::path::Path;

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Can a file be made there? Leaves nothing behind but the folder.
pub(crate) fn try_place(path: &Path) -> std::io::Result<()> {
    if path.is_dir() {
        return Err(std::io::Error::other("it is a folder"));
    }
    std::fs::create_dir_all(folder_of(path))?;
    tempfile::Builder::new().prefix(".fixproof-").tempfile_in(folder_of(path)).map(drop)
}

/// Writes a text as a report is written: whole or not at all.
pub(crate) fn publish_text(place: &Path, text: &str) -> std::io::Result<()> {
    std::fs::create_dir_all(folder_of(place))?;
    let mut file = tempfile::Builder::new().prefix(".fixproof-").tempfile_in(folder_of(place))?;
    file.write_all(text.as_bytes())?;
    file.flush()?;
    readable_by_others(file.as_file())?;
    file.persist(place)?;
    Ok(())
}

/// Writes beside the place, reads back, renames: nobody ever sees half a report.
pub(crate) fn publish(
    place: &Path,
    bytes: &[u8],
    read_back: impl FnOnce(&[u8]) -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(folder_of(place))?;
    let mut file = tempfile::Builder::new().prefix(".fixproof-").tempfile_in(folder_of(place))?;
    file.write_all(bytes)?;
    file.flush()?;
    is_the_same(file.path(), bytes)?;
    read_back(bytes)?;
    readable_by_others(file.as_file())?;
    file.persist(place)?;
    Ok(())
}

/// Does the file hold these bytes and nothing else? Read in pieces: a report may be large.
fn is_the_same(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::File::open(path)?;
    let mut piece = vec![0; 64 * 1024];
    let mut rest = bytes;
    loop {
        let read = file.read(&mut piece)?;
        match rest.split_at_checked(read) {
            Some((same, after)) if same == &piece[..read] => rest = after,
            _ => return Err(std::io::Error::other("what was read back is not what was written")),
        }
        if read == 0 {
            let short = || std::io::Error::other("what was read back is shorter than what was written");
            return if rest.is_empty() { Ok(()) } else { Err(short()) };
        }
    }
}

/// Temporary files are private; a report is for everyone the folder is for.
fn readable_by_others(file: &std::fs::File) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    Ok(())
}
