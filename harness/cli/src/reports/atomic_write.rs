//! Writes a file whole or not at all: beside its place, then renamed. The place is tried before the run.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The file that is meant: the target of a link. Only a file is ever replaced: a device or a pipe would be gone, and a
/// reader of a link's target would keep the old content.
fn file_at(path: &Path) -> std::io::Result<PathBuf> {
    let other = |why: &str| Err(std::io::Error::other(why));
    let found = match std::fs::canonicalize(path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let is_link = std::fs::symlink_metadata(path).is_ok();
            return if is_link { other("it is a dangling link") } else { Ok(path.to_owned()) };
        }
        Err(error) => return Err(error),
    };
    let kind = std::fs::metadata(&found)?;
    match (kind.is_file(), kind.is_dir()) {
        (true, _) => Ok(found),
        (_, true) => other("it is a folder"),
        _ => other("it is not a regular file; the path `-` writes to stdout"),
    }
}

/// Checks that a file can be written there. Leaves nothing behind but the folder.
pub(crate) fn try_place(path: &Path) -> std::io::Result<()> {
    let path = &file_at(path)?;
    std::fs::create_dir_all(folder_of(path))?;
    tempfile::Builder::new().prefix(".fixproof-").tempfile_in(folder_of(path)).map(drop)
}

/// Writes beside the place, compares, renames: a reader never sees half a file.
pub(crate) fn atomic_write(place: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let place = &file_at(place)?;
    std::fs::create_dir_all(folder_of(place))?;
    let mut file = tempfile::Builder::new().prefix(".fixproof-").tempfile_in(folder_of(place))?;
    file.write_all(bytes)?;
    file.flush()?;
    is_the_same(file.path(), bytes)?;
    readable_by_others(file.as_file())?;
    file.persist(place)?;
    Ok(())
}

/// Checks that the file holds exactly these bytes. Read in pieces: a report may be large.
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

/// Temporary files are private; a report may be read by all who may read the folder.
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
    fn replaces_the_target_of_a_link_and_only_regular_files() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("real.prom"), "old").unwrap();
        std::os::unix::fs::symlink(at("real.prom"), at("link.prom")).unwrap();
        atomic_write(&at("link.prom"), b"new").unwrap();
        assert_eq!(std::fs::read(at("real.prom")).unwrap(), b"new");
        assert!(std::fs::symlink_metadata(at("link.prom")).unwrap().is_symlink());
        std::os::unix::fs::symlink(at("gone"), at("nowhere")).unwrap();
        for (place, why) in [
            (at("nowhere"), "dangling link"),
            (at(""), "a folder"),
            ("/dev/null".into(), "not a regular file"),
        ] {
            let error = try_place(&place).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
            assert!(atomic_write(&place, b"new").is_err());
        }
        assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    }
}
