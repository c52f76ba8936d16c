//! Readers of other crates, whose panics on damaged files become errors.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use crate::{IoError, Place};

/// What a reader makes of a file, which it does not share with anything.
pub(crate) fn guarded<T>(
    path: &Path,
    read: impl FnOnce() -> Result<T, IoError>,
) -> Result<T, IoError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|&text| text.to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(IoError::Damaged {
            path: path.to_owned(),
            place: Place::Part("the file".to_owned()),
            problem: text.unwrap_or_else(|| "its reader gave up".to_owned()),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_damage() {
        let path = Path::new("a.h5");
        assert_eq!(guarded(path, || Ok(3)).unwrap(), 3);
        let error = guarded::<()>(path, || panic!("offset {}", 7)).unwrap_err();
        assert_eq!(error.to_string(), "a.h5, the file: offset 7: copy or export the file again");
    }
}
