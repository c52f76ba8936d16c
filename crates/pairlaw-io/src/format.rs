//! The formats of files of tracks, and how one is told from another.

use std::path::Path;

/// A format that can be read. Text formats differ in the names, order and meaning of their columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Delimited text whose columns are found by their names, or id, t, x, y, z without names.
    Generic,
    /// TrackMate's table of spots: three more rows of names, spots without a track.
    TrackMate,
    /// trackpy's linked table: `particle`, `frame`, `x`, `y`.
    Trackpy,
    /// btrack's and napari's table: `ID`, `t`, `y`, `x`; y before x.
    Btrack,
    /// `PeTrack` and the Jülich archive: `id frame x y z`, `#` header, z is a height.
    PeTrack,
    /// `TRex`, one file an individual or one table with `id`.
    Trex,
    /// idtracker and idtracker.ai: a row a frame, `x1 y1 x2 y2 …`.
    Idtracker,
    /// Movebank: `individual-local-identifier`, `timestamp`, `location-long`, `location-lat`.
    Movebank,
    /// TrackMate's session (`TrackMate` root) or simple export (`Tracks` root).
    TrackMateXml,
    /// `.npy` or `.npz`.
    Numpy,
    /// MATLAB v5 with `Xscell`, `Vscell` and `t`.
    Matlab,
    /// Parquet; with the feature `parquet`.
    Parquet,
    /// HDF5 of btrack or `PedPy`; with the feature `hdf5`.
    Hdf5,
    /// GEFF, a folder; with the feature `geff`.
    Geff,
}

impl Format {
    /// All formats, in the order of the documentation.
    pub const ALL: [Self; 14] = [
        Self::Generic,
        Self::TrackMate,
        Self::Trackpy,
        Self::Btrack,
        Self::PeTrack,
        Self::Trex,
        Self::Idtracker,
        Self::Movebank,
        Self::TrackMateXml,
        Self::Numpy,
        Self::Matlab,
        Self::Parquet,
        Self::Hdf5,
        Self::Geff,
    ];

    /// The name by which a user asks for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::TrackMate => "trackmate",
            Self::Trackpy => "trackpy",
            Self::Btrack => "btrack",
            Self::PeTrack => "petrack",
            Self::Trex => "trex",
            Self::Idtracker => "idtracker",
            Self::Movebank => "movebank",
            Self::TrackMateXml => "trackmate-xml",
            Self::Numpy => "numpy",
            Self::Matlab => "matlab",
            Self::Parquet => "parquet",
            Self::Hdf5 => "hdf5",
            Self::Geff => "geff",
        }
    }

    /// The format of this name; `napari` is btrack's.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = if name == "napari" { "btrack" } else { name };
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Whether it is delimited text.
    #[must_use]
    pub fn is_text(self) -> bool {
        self <= Self::Movebank
    }

    /// Whether a folder is one of GEFF: a group of Zarr 2 or 3 with nodes inside.
    pub(crate) fn is_geff(folder: &Path) -> bool {
        let has = |file: &str| folder.join(file).is_file();
        (has(".zgroup") || has("zarr.json")) && folder.join("nodes").is_dir()
    }

    /// The format that first bytes and name tell; none for text, whose columns must be looked at.
    pub(crate) fn of_bytes(path: &Path, bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let starts = |magic: &[u8]| bytes.starts_with(magic);
        let ends = |extension: &str| {
            path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension))
        };
        if starts(b"\x93NUMPY") || (starts(b"PK\x03\x04") && ends("npz")) {
            Some(Self::Numpy)
        } else if starts(b"\x89HDF\r\n\x1a\n") {
            Some(Self::Hdf5)
        } else if starts(b"MATLAB 5.0 MAT-file") || starts(b"MATLAB 7.3 MAT-file") {
            Some(Self::Matlab)
        } else if starts(b"PAR1") {
            Some(Self::Parquet)
        } else if bytes.trim_ascii_start().starts_with(b"<") {
            Some(Self::TrackMateXml)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_formats() {
        for format in Format::ALL {
            assert_eq!(Format::named(format.name()), Some(format));
        }
        assert_eq!(Format::named("napari"), Some(Format::Btrack));
        assert_eq!(Format::named("excel"), None);
        assert!(Format::Movebank.is_text() && !Format::TrackMateXml.is_text());
    }

    #[test]
    fn first_bytes_tell_what_is_no_text() {
        let of = |name: &str, bytes: &[u8]| Format::of_bytes(name.as_ref(), bytes);
        assert_eq!(of("a.txt", b"\n <?xml"), Some(Format::TrackMateXml));
        assert_eq!(of("a.npz", b"PK\x03\x04"), Some(Format::Numpy));
        assert_eq!(of("a.xlsx", b"PK\x03\x04"), None);
        assert_eq!(of("a.csv", b"id,t,x,y"), None);
    }
}
