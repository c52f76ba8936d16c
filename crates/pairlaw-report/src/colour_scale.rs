//! A diverging colour scale about zero: blue below, white at zero, orange above.

use crate::error::{ReportError, at_least};
use crate::ticks::{Tick, linear_ticks, log_ticks};

/// Number of shades on each side of zero.
pub(crate) const N_SHADES: i32 = 32;

const MIDDLE: [f64; 3] = [247.0, 247.0, 247.0];
const BELOW: [[f64; 3]; 2] = [[86.0, 160.0, 211.0], [0.0, 60.0, 105.0]];
const ABOVE: [[f64; 3]; 2] = [[232.0, 145.0, 60.0], [125.0, 50.0, 0.0]];

/// How values are spread over the colours.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum ColourScale {
    /// Evenly.
    #[default]
    Linear,
    /// Evenly about zero and by their logarithm far from it.
    ///
    /// ```text
    /// t = sign(v) · log₁₀(1 + |v| / s) / log₁₀(1 + L / s)
    /// ```
    ///
    /// with the threshold s and the largest value L.
    SymmetricLog {
        /// Where the logarithm takes over, in the unit of the values.
        threshold: f64,
    },
}

impl ColourScale {
    /// Checks the threshold and the limit that was asked for.
    pub(crate) fn check(self, limit: Option<f64>) -> Result<(), ReportError> {
        let least = 1e-90;
        at_least("limit of the colours", limit.unwrap_or(1.0), least)?;
        match self {
            Self::Linear => Ok(()),
            Self::SymmetricLog { threshold } => {
                at_least("threshold of the symmetric logarithm", threshold, least)
            }
        }
    }

    /// Place of a value between −1 and 1 where the colours end at ±`limit`.
    pub(crate) fn place(self, value: f64, limit: f64) -> f64 {
        let t = match self {
            Self::Linear => value.abs() / limit,
            Self::SymmetricLog { threshold } => {
                (value.abs() / threshold).ln_1p() / (limit / threshold).ln_1p()
            }
        };
        t.min(1.0).copysign(value)
    }

    /// Shade of a value: −[`N_SHADES`] to [`N_SHADES`].
    pub(crate) fn shade(self, value: f64, limit: f64) -> i32 {
        (self.place(value, limit) * f64::from(N_SHADES)).round() as i32
    }

    /// Ticks of a colour bar from −`limit` where `signed`, else from zero; the most important first.
    pub(crate) fn ticks(self, limit: f64, signed: bool) -> Vec<Tick> {
        let threshold = match self {
            Self::SymmetricLog { threshold } if limit >= 10.0 * threshold => threshold,
            _ => return linear_ticks(if signed { -limit } else { 0.0 }, limit, 4),
        };
        let zero = Tick { value: 0.0, label: "0".to_owned() };
        let mut decades = log_ticks(threshold, limit, 3);
        decades.retain(|tick| !tick.label.is_empty());
        decades.sort_by(|a, b| b.value.total_cmp(&a.value));
        let both = decades.into_iter().flat_map(|tick| {
            let label = format!("−{}", tick.label);
            let below = signed.then_some(Tick { value: -tick.value, label });
            below.into_iter().chain([tick])
        });
        std::iter::once(zero).chain(both).collect()
    }
}

/// A shade as an SVG colour.
pub(crate) fn shade_colour(shade: i32) -> String {
    let [half, full] = if shade < 0 { BELOW } else { ABOVE };
    let t = f64::from(shade.abs()) / f64::from(N_SHADES);
    let (from, to, t) = if t < 0.5 { (MIDDLE, half, 2.0 * t) } else { (half, full, 2.0 * t - 1.0) };
    let [r, g, b] = [0, 1, 2].map(|k| (from[k] + t * (to[k] - from[k])).round() as u8);
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_centred_at_zero_and_end_at_the_limit() {
        let scale = ColourScale::Linear;
        assert_eq!([0.0, 1.0, -1.0, 2.0, -9.0].map(|v| scale.shade(v, 2.0)), [0, 16, -16, 32, -32]);
        assert_eq!([0, 32, -32].map(shade_colour), ["#f7f7f7", "#7d3200", "#003c69"]);
    }

    #[test]
    fn the_symmetric_logarithm_is_that_of_the_formula() {
        let scale = ColourScale::SymmetricLog { threshold: 1.0 };
        // log10(1 + 9) / log10(1 + 99) = 1/2.
        assert_eq!([9.0, -9.0, 99.0].map(|v| scale.shade(v, 99.0)), [16, -16, 32]);
        let labels: Vec<String> =
            scale.ticks(99.0, true).into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, ["0", "−10", "10", "−1", "1"]);
    }
}
