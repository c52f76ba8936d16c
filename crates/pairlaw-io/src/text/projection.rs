//! Longitude and latitude as metres in a plane.

/// Mean radius of the Earth in metres.
const EARTH: f64 = 6_371_008.8;

/// Degrees become metres east and north of their mean.
///
/// ```text
/// x = R cos φ₀ (λ − λ₀),   y = R (φ − φ₀)
/// ```
///
/// with longitudes λ and latitudes φ in radians and their means λ₀ and φ₀: the equirectangular
/// projection that is true at φ₀. Lengths from west to east are off by about (φ − φ₀) tan φ₀ of
/// themselves. Returns λ₀ and φ₀ in degrees. Longitudes are taken on the side of the first one, so that
/// tracks may cross the date line.
pub(crate) fn project(longitudes: &mut [f64], latitudes: &mut [f64]) -> [f64; 2] {
    let Some(&first) = longitudes.first() else {
        return [0.0; 2];
    };
    for longitude in longitudes.iter_mut() {
        *longitude -= 360.0 * ((*longitude - first) / 360.0).round();
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let centre = [mean(longitudes), mean(latitudes)];
    let metres = EARTH.to_radians();
    let east = metres * centre[1].to_radians().cos();
    longitudes.iter_mut().for_each(|x| *x = east * (*x - centre[0]));
    latitudes.iter_mut().for_each(|y| *y = metres * (*y - centre[1]));
    centre
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // halves, and zeros
mod tests {
    use super::*;

    /// A degree of latitude has 111.195 km on this sphere; one of longitude half of that at 60°.
    #[test]
    fn degrees_have_lengths() {
        let (mut x, mut y) = ([10.0, 11.0], [60.0, 60.0]);
        assert_eq!(project(&mut x, &mut y), [10.5, 60.0]);
        assert!((x[1] - x[0] - 55_597.54).abs() < 0.01, "{x:?}"); // rounding of the constant
        assert_eq!(y, [0.0, 0.0]);
        let (mut x, mut y) = ([0.0, 0.0], [-0.5, 0.5]);
        project(&mut x, &mut y);
        assert!((y[1] - y[0] - 111_195.08).abs() < 0.01 && x == [0.0, 0.0], "{y:?}");
    }

    #[test]
    fn the_date_line_is_no_edge() {
        let (mut x, mut y) = ([179.5, -179.5, 180.5], [0.0; 3]);
        project(&mut x, &mut y);
        assert!((x[1] - x[0] - 111_195.08).abs() < 0.01, "{x:?}");
        assert!((x[2] - x[1]).abs() < 1e-6, "{x:?}"); // rounding
        assert_eq!(project(&mut [], &mut []), [0.0; 2]);
    }
}
