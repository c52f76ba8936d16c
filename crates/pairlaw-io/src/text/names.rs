//! Names of columns: what is left of them without unit and case, and what each format calls what.

use crate::Format;

/// A name as it is compared, and its unit: `X (µm)`, `x/cm`, `x [px]` and `x_px` are `x`.
pub(crate) fn plain(name: &str) -> (String, Option<String>) {
    const BEHIND: [&str; 12] =
        ["px", "pixel", "pixels", "um", "µm", "micron", "microns", "nm", "mm", "cm", "sec", "ms"];
    let end = name.find(['/', '(', '[']).unwrap_or(name.len());
    let words: Vec<String> = name[..end]
        .split(|c: char| c.is_whitespace() || matches!(c, '_' | '-' | '.' | ':'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let unit = name[end..].trim_matches(|c: char| "/()[] ".contains(c)).trim();
    match words.split_last() {
        Some((last, first)) if !first.is_empty() && BEHIND.contains(&last.as_str()) => {
            (first.join("_"), Some(spelled(last)))
        }
        _ => (words.join("_"), Some(spelled(unit)).filter(|unit| !unit.is_empty())),
    }
}

/// One spelling for the units that have several.
pub(crate) fn spelled(unit: &str) -> String {
    let unit = unit.trim();
    let usual = match unit.to_lowercase().as_str() {
        "um" | "µm" | "μm" | "micron" | "microns" | "micrometer" | "micrometre" => "µm",
        "px" | "pixel" | "pixels" => "px",
        "s" | "sec" | "second" | "seconds" => "s",
        "min" | "minute" | "minutes" => "min",
        "frame" | "frames" => "frame",
        _ => unit,
    };
    usual.to_owned()
}

/// Names of columns by what they hold, in the form of [`plain`], the surest first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names {
    pub(crate) id: &'static [&'static str],
    pub(crate) time: &'static [&'static str],
    pub(crate) coordinates: [&'static [&'static str]; 3],
}

pub(crate) const VELOCITIES: [&[&str]; 3] = [
    &["vx", "v_x", "velocity_x", "x_velocity"],
    &["vy", "v_y", "velocity_y", "y_velocity"],
    &["vz", "v_z", "velocity_z", "z_velocity"],
];
/// Columns of times that count frames; `t` and `time` may or may not.
pub(crate) const FRAMES: &[&str] = &[
    "frame",
    "frames",
    "frame_id",
    "frame_idx",
    "frame_no",
    "frame_nr",
    "frame_number",
    "framenr",
    "fr",
    "slice",
    "timepoint",
    "time_point",
    "time_index",
    "timeframe",
];
/// Longitude and latitude, in degrees.
pub(crate) const LONGITUDE: &[&str] = &["location_long", "longitude", "long", "lon", "lng"];
pub(crate) const LATITUDE: &[&str] = &["location_lat", "latitude", "lat"];
/// Columns of links between spots.
pub(crate) const SOURCE: &[&str] = &["spot_source_id"];
pub(crate) const TARGET: &[&str] = &["spot_target_id"];

const GENERIC: Names = Names {
    id: &[
        "track_id",
        "trackid",
        "track",
        "track_no",
        "particle",
        "particle_id",
        "particleid",
        "trajectory",
        "trajectory_id",
        "traj",
        "individual",
        "individual_id",
        "cell",
        "cell_id",
        "animal",
        "animal_id",
        "agent",
        "agent_id",
        "person",
        "person_id",
        "pers_id",
        "individual_local_identifier",
        "id",
    ],
    time: &[
        "position_t",
        "t",
        "time",
        "seconds",
        "timestamp",
        "frame",
        "frames",
        "frame_id",
        "frame_idx",
        "frame_no",
        "frame_nr",
        "frame_number",
        "framenr",
        "fr",
        "slice",
        "timepoint",
        "time_point",
        "time_index",
        "timeframe",
    ],
    coordinates: [
        &[
            "position_x",
            "x",
            "pos_x",
            "x_pos",
            "posx",
            "x_position",
            "centroid_x",
            "x_centroid",
            "location_long",
            "longitude",
            "long",
            "lon",
            "lng",
        ],
        &[
            "position_y",
            "y",
            "pos_y",
            "y_pos",
            "posy",
            "y_position",
            "centroid_y",
            "y_centroid",
            "location_lat",
            "latitude",
            "lat",
        ],
        &["position_z", "z", "pos_z", "z_pos", "posz", "z_position", "centroid_z", "z_centroid"],
    ],
};
const PLAIN: [&[&str]; 3] = [&["x"], &["y"], &["z"]];

/// What a text format calls its columns.
pub(crate) fn of_format(format: Format) -> Names {
    let names = |id, time, coordinates| Names { id, time, coordinates };
    match format {
        Format::TrackMate => names(
            &["track_id"],
            &["position_t", "frame"],
            [&["position_x"], &["position_y"], &["position_z"]],
        ),
        Format::Trackpy => names(&["particle"], &["frame"], PLAIN),
        Format::Btrack => names(&["id", "track_id"], &["t"], PLAIN),
        Format::PeTrack => {
            names(&["id", "pers_id", "personid"], &["frame", "fr", "framenr"], PLAIN)
        }
        Format::Trex => names(
            &["id", "fish", "individual"],
            &["frame"],
            [
                &["x#wcentroid", "x#centroid", "x#pcentroid", "x"],
                &["y#wcentroid", "y#centroid", "y#pcentroid", "y"],
                &[],
            ],
        ),
        Format::Movebank => names(
            &["individual_local_identifier", "individual_id", "tag_local_identifier"],
            &["timestamp", "study_local_timestamp"],
            [LONGITUDE, LATITUDE, &[]],
        ),
        _ => GENERIC,
    }
}

/// The format whose table has these names, in the form of [`plain`].
pub(crate) fn guessed(names: &[String]) -> Format {
    let place = |wanted: &str| names.iter().position(|name| name == wanted);
    let has = |wanted: &[&str]| wanted.iter().all(|wanted| place(wanted).is_some());
    if has(&["location_long", "location_lat"]) {
        Format::Movebank
    } else if names.iter().any(|name| name.starts_with("x#"))
        || has(&["frame", "missing", "x", "y"])
    {
        Format::Trex
    } else if has(&["x1", "y1"]) {
        Format::Idtracker
    } else if has(&["position_x", "position_y"]) {
        Format::TrackMate
    } else if has(&["particle", "frame", "x", "y"]) {
        Format::Trackpy
    } else if has(&["id", "t", "x", "y"]) && place("y") < place("x") {
        Format::Btrack
    } else if names.iter().map(String::as_str).eq(["id", "frame", "x", "y", "z"]) {
        Format::PeTrack
    } else {
        Format::Generic
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_units() {
        let cases = [
            ("X (µm)", "x", "µm"),
            ("x/cm", "x", "cm"),
            ("x [pixels]", "x", "px"),
            (" pos_x_um ", "pos_x", "µm"),
            ("t_sec", "t", "s"),
            ("Particle ID", "particle_id", ""),
            ("individual-local.identifier", "individual_local_identifier", ""),
            ("X#wcentroid (cm)", "x#wcentroid", "cm"),
            ("mm", "mm", ""),
            ("", "", ""),
        ];
        for (name, expected, unit) in cases {
            let found = plain(name);
            assert_eq!(
                (found.0.as_str(), found.1.as_deref().unwrap_or_default()),
                (expected, unit)
            );
        }
    }

    #[test]
    fn formats_are_told_by_their_names() {
        let guess = |names: &str| {
            let names: Vec<String> = names.split(',').map(|name| plain(name).0).collect();
            guessed(&names)
        };
        let cases = [
            ("LABEL,ID,TRACK_ID,QUALITY,POSITION_X,POSITION_Y,POSITION_T,FRAME", Format::TrackMate),
            ("y,x,mass,frame,particle", Format::Trackpy),
            ("ID,t,y,x", Format::Btrack),
            ("ID,t,x,y", Format::Generic),
            ("id,frame,x/cm,y/cm,z/cm", Format::PeTrack),
            ("frame,X#wcentroid (cm),Y#wcentroid (cm),missing", Format::Trex),
            ("seconds,x1,y1,x2,y2", Format::Idtracker),
            ("X1,Y1,ProbId1", Format::Idtracker),
            ("event-id,visible,timestamp,location-long,location-lat", Format::Movebank),
            ("cell,time,x,y", Format::Generic),
        ];
        for (names, format) in cases {
            assert_eq!(guess(names), format, "{names}");
        }
    }

    /// A file in a format has the names by which it is guessed.
    #[test]
    fn names_are_plain() {
        for format in Format::ALL.into_iter().filter(|format| format.is_text()) {
            let Names { id, time, coordinates } = of_format(format);
            for name in coordinates.iter().chain([&id, &time]).flat_map(|names| names.iter()) {
                assert_eq!(plain(name).0, *name);
            }
        }
    }
}
