//! Puts a file in its place: tried before the work begins, written whole or not at all.

use std::error::Error;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The file that is meant: what a link leads to. Only a file is ever replaced: a device or a pipe would be gone, and
/// whoever reads what a link leads to would read what was there before.
fn file_at(path: &Path) -> std::io::Result<PathBuf> {
    let other = |why: &str| Err(std::io::Error::other(why));
    let found = match std::fs::canonicalize(path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let is_link = std::fs::symlink_metadata(path).is_ok();
            return if is_link { other("it is a link that leads nowhere") } else { Ok(path.to_owned()) };
        }
        Err(error) => return Err(error),
    };
    let kind = std::fs::metadata(&found)?;
    match (kind.is_file(), kind.is_dir()) {
        (true, _) => Ok(found),
        (_, true) => other("it is a folder"),
        _ => other("it is no regular file; the path `-` writes to stdout"),
    }
}

/// Can a file be made there? Leaves nothing behind but the folder.
pub(crate) fn try_place(path: &Path) -> std::io::Result<()> {
    let path = &file_at(path)?;
    std::fs::create_dir_all(folder_of(path))?;
    tempfile::Builder::new().prefix(".fixproof-").tempfile_in(folder_of(path)).map(drop)
}

/// Writes a text as a report is written: whole or not at all.
pub(crate) fn publish_text(place: &Path, text: &str) -> std::io::Result<()> {
    let place = &file_at(place)?;
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
    let place = &file_at(place)?;
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_a_link_leads_to_is_replaced_and_nothing_that_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("real.prom"), "old").unwrap();
        std::os::unix::fs::symlink(at("real.prom"), at("link.prom")).unwrap();
        publish(&at("link.prom"), b"new", |_| Ok(())).unwrap();
        assert_eq!(std::fs::read(at("real.prom")).unwrap(), b"new");
        assert!(std::fs::symlink_metadata(at("link.prom")).unwrap().is_symlink());
        std::os::unix::fs::symlink(at("gone"), at("nowhere")).unwrap();
        for (place, why) in
            [(at("nowhere"), "leads nowhere"), (at(""), "a folder"), ("/dev/null".into(), "no regular file")]
        {
            let error = try_place(&place).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
            assert!(publish(&place, b"new", |_| Ok(())).is_err() && publish_text(&place, "new").is_err());
        }
        assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    }
}
