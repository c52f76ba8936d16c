//! Which column holds what, by its name.

/// Names of the column of ids, in lower case, the surest first: TrackMate's `ID` is that of the
/// spot.
const ID: &[&str] =
    &["track_id", "trackid", "track", "particle", "particle_id", "trajectory", "id"];
/// Names of the column of times; TrackMate has both `POSITION_T` and `FRAME`.
const TIME: &[&str] = &["position_t", "t", "time", "frame"];
const COORDINATES: [&[&str]; 3] =
    [&["position_x", "x"], &["position_y", "y"], &["position_z", "z"]];

/// The columns of id, time and coordinates, counted from 0.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Columns<const D: usize> {
    pub(crate) id: usize,
    pub(crate) time: usize,
    pub(crate) position: [usize; D],
    /// As the file writes them; empty without a row of names.
    names: Vec<String>,
}

impl<const D: usize> Columns<D> {
    /// id, t, x, y, z.
    pub(crate) fn in_order() -> Self {
        Self { id: 0, time: 1, position: std::array::from_fn(|d| 2 + d), names: Vec::new() }
    }

    /// The columns of these names.
    ///
    /// # Errors
    /// The names of which one is missing.
    pub(crate) fn named(names: Vec<String>) -> Result<Self, Vec<String>> {
        let plain: Vec<String> = names.iter().map(|name| plain(name)).collect();
        let find = |wanted: &[&str]| {
            let mut places = wanted.iter().filter_map(|w| plain.iter().position(|name| name == w));
            places.next().ok_or_else(|| wanted.iter().map(|&w| w.to_owned()).collect::<Vec<_>>())
        };
        let mut position = [0; D];
        for (place, wanted) in position.iter_mut().zip(COORDINATES) {
            *place = find(wanted)?;
        }
        Ok(Self { id: find(ID)?, time: find(TIME)?, position, names })
    }

    /// The name of a column, for messages.
    pub(crate) fn name(&self, column: usize) -> String {
        const IN_ORDER: [&str; 5] = ["id", "t", "x", "y", "z"];
        let unnamed = || IN_ORDER.get(column).copied().unwrap_or_default().to_owned();
        self.names.get(column).cloned().unwrap_or_else(unnamed)
    }

    /// Whether a row without an id is a spot that belongs to no track.
    pub(crate) fn are_spots(&self) -> bool {
        plain(&self.name(self.id)) == "track_id"
    }

    /// Whether rows of names may follow below the first, as in TrackMate's tables.
    pub(crate) fn are_trackmate(&self) -> bool {
        D > 0 && self.are_spots() && plain(&self.name(self.position[0])) == "position_x"
    }
}

/// A name without its unit, in lower case: `X (µm)`, `x/cm` and `x [px]` are `x`.
fn plain(name: &str) -> String {
    let end = name.find(['/', '(', '[']).unwrap_or(name.len());
    name[..end].trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns<const D: usize>(names: &str) -> Result<Columns<D>, Vec<String>> {
        Columns::named(names.split(',').map(str::to_owned).collect())
    }

    #[test]
    fn names_are_found_in_any_order_and_case() {
        let found = columns::<2>("ID,t,y,x").unwrap();
        assert_eq!((found.id, found.time, found.position), (0, 1, [3, 2]));
        assert!(!found.are_spots());
        let found = columns::<3>("Frame, X (µm) ,y/cm,z [px],Particle").unwrap();
        assert_eq!((found.id, found.time, found.position), (4, 0, [1, 2, 3]));
        assert_eq!((found.name(1), found.name(9)), (" X (µm) ".to_owned(), String::new()));
    }

    #[test]
    fn the_surest_name_counts() {
        let trackmate =
            "LABEL,ID,TRACK_ID,QUALITY,POSITION_X,POSITION_Y,POSITION_Z,POSITION_T,FRAME";
        let found = columns::<3>(trackmate).unwrap();
        assert_eq!((found.id, found.time, found.position), (2, 7, [4, 5, 6]));
        assert!(found.are_trackmate() && !Columns::<2>::in_order().are_spots());
    }

    #[test]
    fn what_is_missing_is_told() {
        assert_eq!(columns::<3>("id,t,x,y").unwrap_err(), ["position_z", "z"]);
        assert!(columns::<2>("id,x,y").unwrap_err().contains(&"frame".to_owned()));
        assert!(columns::<2>("spot,t,x,y").unwrap_err().contains(&"track_id".to_owned()));
        assert!(columns::<2>("").is_err());
    }
}
