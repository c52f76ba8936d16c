//! Walls from a geometry in well-known text: `POLYGON ((0 0, 1 0, …), (…))` and its like.

/// The segments of all rings and lines; none if the text is no geometry of lines.
pub(super) fn segments(text: &str) -> Option<Vec<[[f64; 2]; 2]>> {
    let mut segments = Vec::new();
    let mut n_rings = 0;
    // Rings and lines are what stands between brackets without brackets inside.
    for part in text.split('(').skip(1) {
        let Some((ring, _)) = part.split_once(')') else {
            // The name of a geometry inside, or a ring that is cut off.
            if part.contains(|c: char| c.is_ascii_digit()) { return None } else { continue }
        };
        let points: Vec<[f64; 2]> = ring.split(',').map(point).collect::<Option<_>>()?;
        segments.extend(points.windows(2).map(|pair| [pair[0], pair[1]]));
        n_rings += 1;
    }
    let kind = text.trim_start().to_ascii_uppercase();
    let is_known = kind.starts_with("POLYGON")
        || kind.starts_with("MULTI")
        || kind.starts_with("LINESTRING")
        || kind.starts_with("GEOMETRYCOLLECTION");
    (is_known && n_rings > 0).then_some(segments)
}

/// The first two of two or three finite numbers.
fn point(text: &str) -> Option<[f64; 2]> {
    let mut numbers = text.split_whitespace().map(|number| number.parse().ok());
    let (x, y): (f64, f64) = (numbers.next()??, numbers.next()??);
    (x.is_finite() && y.is_finite()).then_some([x, y])
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // nothing is computed
mod tests {
    use super::*;

    #[test]
    fn rings_of_polygons_and_lines() {
        let text = "POLYGON ((0 0, 4 0, 4 3.5, 0 0), (1 1, 2 1, 1 1))";
        let found = segments(text).unwrap();
        assert_eq!(found.len(), 5);
        assert_eq!(found[1], [[4.0, 0.0], [4.0, 3.5]]);
        assert_eq!(found[4], [[2.0, 1.0], [1.0, 1.0]]);
        let text =
            "GEOMETRYCOLLECTION (LINESTRING (0 0, 1e1 -2), POLYGON Z ((0 0 1, 1 0 1, 0 0 1)))";
        assert_eq!(segments(text).unwrap().len(), 3);
        for text in ["", "POINT (1 2)", "POLYGON EMPTY", "POLYGON ((0 0, 1", "POLYGON ((0, 1 nan))"]
        {
            assert_eq!(segments(text), None, "{text}");
        }
    }
}
