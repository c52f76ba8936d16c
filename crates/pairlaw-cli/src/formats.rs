//! `pairlaw formats`: what can be read, and what is looked for in it.

use pairlaw_io::Format;

/// A line a format.
pub(crate) fn list() -> String {
    let lines = Format::ALL.map(|format| format!("{:15}{}\n", format.name(), about(format)));
    format!(
        "{}\nnapari is btrack's. Say one with --format NAME; otherwise it is guessed.\n",
        lines.concat()
    )
}

fn about(format: Format) -> &'static str {
    match format {
        Format::Generic => "text with columns id, t, x, y[, z] by name, or in this order",
        Format::TrackMate => {
            "TrackMate's spots: TRACK_ID, POSITION_T or FRAME, POSITION_X, POSITION_Y"
        }
        Format::Trackpy => "trackpy's table: particle, frame, x, y",
        Format::Btrack => "btrack's and napari's table: ID, t, y, x (y before x)",
        Format::PeTrack => "PeTrack and the Jülich archive: id frame x y z, # header",
        Format::Trex => "TRex: one file an individual, or one table with id",
        Format::Idtracker => "idtracker and idtracker.ai: a row a frame, x1 y1 x2 y2 …",
        Format::Movebank => {
            "Movebank: individual-local-identifier, timestamp, location-long, location-lat"
        }
        Format::TrackMateXml => "TrackMate's session or its simple export of tracks, XML",
        Format::Numpy => ".npy or .npz",
        Format::Matlab => "MATLAB v5 with Xscell, Vscell and t",
        Format::Parquet => "Parquet with the columns of generic",
        Format::Hdf5 => "HDF5 of btrack or PedPy",
        Format::Geff => "GEFF, a folder",
    }
}
