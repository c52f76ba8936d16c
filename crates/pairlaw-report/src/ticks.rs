//! Ticks at 1, 2, 5 · 10ᵏ and their labels.

/// A value marked on an axis; minor ticks have no label.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tick {
    pub(crate) value: f64,
    pub(crate) label: String,
}

/// 10ᵏ, exact where a double can be: a division for k < 0, since 10⁻¹ is rounded.
fn times_power(mantissa: f64, k: i32) -> f64 {
    if k < 0 { mantissa / 10f64.powi(-k) } else { mantissa * 10f64.powi(k) }
}

/// ⌊log₁₀ x⌋ for positive x.
fn exponent(x: f64) -> i32 {
    x.log10().floor() as i32
}

/// Ticks with a step of 1, 2 or 5 · 10ᵏ in [lo, hi], at most `n_steps` + 1 of them.
pub(crate) fn linear_ticks(lo: f64, hi: f64, n_steps: usize) -> Vec<Tick> {
    let least = (hi - lo) / n_steps.max(1) as f64 * (1.0 - 1e-9);
    let k = exponent(least);
    let (mantissa, k) = [(1, k), (2, k), (5, k)]
        .into_iter()
        .find(|&(mantissa, k)| times_power(f64::from(mantissa), k) >= least)
        .unwrap_or((1, k + 1));
    let step = times_power(f64::from(mantissa), k);
    let (first, last) = ((lo / step - 1e-6).ceil() as i64, (hi / step + 1e-6).floor() as i64);
    let values: Vec<f64> =
        (first..=last).map(|i| times_power((i * i64::from(mantissa)) as f64, k)).collect();
    let largest = values.iter().fold(0.0f64, |m, v| m.max(v.abs()));
    let top = if largest > 0.0 { exponent(largest) } else { 0 };
    values.into_iter().map(|value| Tick { value, label: number(value, k, top) }).collect()
}

/// Ticks at powers of ten in [lo, hi], with 2 and 5 times them where there are fewer than two.
pub(crate) fn log_ticks(lo: f64, hi: f64, n_steps: usize) -> Vec<Tick> {
    let inside = |value: &f64| (lo * (1.0 - 1e-9)..=hi * (1.0 + 1e-9)).contains(value);
    let (below, above) = (exponent(lo), exponent(hi) + 1);
    let powers: Vec<i32> = (below..=above).filter(|&k| inside(&times_power(1.0, k))).collect();
    let labelled = |mantissa: u8, k: i32| Tick {
        value: times_power(f64::from(mantissa), k),
        label: multiple_of_power(mantissa, k),
    };
    if powers.len() < 2 {
        let ticks: Vec<Tick> = (below..=above)
            .flat_map(|k| [1, 2, 5].map(|mantissa| labelled(mantissa, k)))
            .filter(|tick| inside(&tick.value))
            .collect();
        return if ticks.len() < 2 { linear_ticks(lo, hi, n_steps) } else { ticks };
    }
    let stride = powers.len().div_ceil(n_steps.max(1) + 1) as i32;
    let major = powers.iter().filter(|&&k| k % stride == 0).map(|&k| labelled(1, k));
    let minor = (below..=above)
        .flat_map(|k| (2..10).map(move |mantissa| times_power(f64::from(mantissa), k)))
        .filter(|value| stride == 1 && inside(value))
        .map(|value| Tick { value, label: String::new() });
    major.chain(minor).collect()
}

/// Mantissa · 10ᵏ, as 0.01 to 1000 or as a power.
fn multiple_of_power(mantissa: u8, k: i32) -> String {
    match (k, mantissa) {
        (-2..=3, _) => format!("{:.*}", (-k).max(0) as usize, times_power(mantissa.into(), k)),
        (_, 1) => power(k),
        _ => format!("{mantissa}×{}", power(k)),
    }
}

/// A number with decimals down to 10^`last`, as a multiple of 10^`top` where that is far from 1.
fn number(value: f64, last: i32, top: i32) -> String {
    if value.abs() < 0.5 * times_power(1.0, last) {
        return "0".to_owned();
    }
    let sign = if value < 0.0 { "−" } else { "" };
    let size = value.abs();
    if (-3..5).contains(&top) {
        return format!("{sign}{size:.*}", (-last).max(0) as usize);
    }
    let mantissa = format!("{:.*}", (top - last).max(0) as usize, times_power(size, -top));
    let power = power(top);
    if mantissa == "1" { format!("{sign}{power}") } else { format!("{sign}{mantissa}×{power}") }
}

/// 10ᵏ with raised digits.
fn power(k: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raised = |c: char| c.to_digit(10).map_or('⁻', |digit| DIGITS[digit as usize]);
    std::iter::once("10".to_owned())
        .chain(k.to_string().chars().map(|c| raised(c).to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).filter(|label| !label.is_empty()).collect()
    }

    #[test]
    fn steps_are_1_2_or_5() {
        assert_eq!(labels(&linear_ticks(0.0, 1.0, 5)), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&linear_ticks(-11.0, 12.0, 4)), ["−10", "0", "10"]);
        assert_eq!(labels(&linear_ticks(0.0, 25.0, 5)), ["0", "5", "10", "15", "20", "25"]);
    }

    #[test]
    fn numbers_far_from_one_become_multiples_of_a_power() {
        assert_eq!(labels(&linear_ticks(0.0, 3e-5, 3)), ["0", "10⁻⁵", "2×10⁻⁵", "3×10⁻⁵"]);
        assert_eq!(labels(&linear_ticks(-1e6, 1e6, 2)), ["−10⁶", "0", "10⁶"]);
        assert_eq!(labels(&linear_ticks(1e6, 1.5e6, 1)), ["1.0×10⁶", "1.5×10⁶"]);
    }

    #[test]
    fn logarithmic_ticks_are_powers_of_ten() {
        assert_eq!(labels(&log_ticks(1e-3, 10.0, 5)), ["10⁻³", "0.01", "0.1", "1", "10"]);
        assert_eq!(labels(&log_ticks(1e-12, 1.0, 3)), ["10⁻¹²", "10⁻⁸", "10⁻⁴", "1"]);
        assert_eq!(labels(&log_ticks(2.0, 60.0, 5)), ["2", "5", "10", "20", "50"]);
        assert_eq!(labels(&log_ticks(1.1, 1.3, 2)), ["1.1", "1.2", "1.3"]);
        let minor = log_ticks(1.0, 100.0, 5).iter().filter(|t| t.label.is_empty()).count();
        assert_eq!(minor, 16);
    }

    #[test]
    fn exponents_of_powers_of_ten_are_exact() {
        assert!((-100..=100).all(|k| exponent(times_power(1.0, k)) == k));
    }
}
