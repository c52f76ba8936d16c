//! Tables and numbers as the README prints them: no zero before the point, `–` for what is missing.

use crate::meanfield::statistics::mean_and_deviation;
use std::collections::BTreeSet;

/// A table, columns not aligned.
pub(super) fn table(header: &str, lines: &[Vec<String>]) -> String {
    let rule = header.split('|').map(|_| " --- ").collect::<Vec<_>>().join("|");
    let body: String = lines.iter().map(|line| format!("| {} |\n", line.join(" | "))).collect();
    format!("| {header} |\n|{rule}|\n{body}")
}

/// With so many decimals: `.978`, `−.0100`, `1.000`.
pub(super) fn fixed(x: f64, decimals: usize) -> String {
    // Ratios of 2000 cells often end in a 5 that has no binary form: rounded as by hand.
    let scale = 10f64.powi(decimals as i32);
    let digits = format!("{:.decimals$}", (x.abs() * scale).round() / scale);
    let is_zero = digits.chars().all(|c| c == '0' || c == '.');
    let sign = if x < 0.0 && !is_zero { "−" } else { "" };
    format!("{sign}{}", without_zero(&digits))
}

pub(super) fn fixed_or_dash(x: Option<f64>, decimals: usize) -> String {
    x.map_or("–".to_owned(), |x| fixed(x, decimals))
}

/// With as many decimals as it has: `.5`, `3`, `−1`.
pub(super) fn short(x: f64) -> String {
    let sign = if x < 0.0 { "−" } else { "" };
    format!("{sign}{}", without_zero(&x.abs().to_string()))
}

fn without_zero(digits: &str) -> &str {
    if digits.starts_with("0.") { &digits[1..] } else { digits }
}

/// Mean ± standard deviation, or the one value; `–` of none.
pub(super) fn spread(values: &[f64]) -> String {
    let (mean, deviation) = mean_and_deviation(values);
    let decimals = decimals(deviation);
    match values {
        [] => "–".to_owned(),
        [_] => fixed(mean, decimals),
        _ => format!("{} ± {}", fixed(mean, decimals), fixed(deviation, decimals)),
    }
}

/// The mean with the decimals that fit a deviation; `–` of none.
pub(super) fn mean(values: &[f64], deviation: f64) -> String {
    match values {
        [] => "–".to_owned(),
        _ => fixed(mean_and_deviation(values).0, decimals(deviation)),
    }
}

/// Decimals that a number with this deviation deserves.
fn decimals(deviation: f64) -> usize {
    if deviation < 0.005 { 4 } else { 3 }
}

/// Such as `seed 1`, `seeds 1 to 3` or `seeds 1, 4`.
pub(super) fn seeds(seeds: &BTreeSet<u64>) -> String {
    let words: Vec<String> = seeds.iter().map(u64::to_string).collect();
    let is_range = seeds.iter().zip(seeds.iter().skip(1)).all(|(a, b)| b - a == 1);
    match words.as_slice() {
        [one] => format!("seed {one}"),
        [first, .., last] if is_range => format!("seeds {first} to {last}"),
        _ => format!("seeds {}", words.join(", ")),
    }
}

/// How one row stands against its bound: its name, the verdict, and what was missed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Judged {
    pub(super) name: String,
    pub(super) verdict: String,
    pub(super) missed: Vec<String>,
}

/// Which judged rows are beyond their bounds.
pub(super) fn bounds(rows: &[Judged]) -> String {
    let judged = rows.iter().filter(|row| row.verdict != "not judged").count();
    let missed = rows.iter().filter(|row| row.verdict == "missed").map(|row| {
        let reasons = row.missed.join("; ");
        if reasons.is_empty() { row.name.clone() } else { format!("{} ({reasons})", row.name) }
    });
    let missed: Vec<String> = missed.collect();
    match (judged, missed.len()) {
        (0, _) => "No row was judged.\n".to_owned(),
        (_, 0) => format!("All {judged} judged rows meet their bounds.\n"),
        (_, n) => {
            format!("Beyond their bounds, {n} of {judged} judged rows: {}.\n", missed.join("; "))
        }
    }
}

/// A line of what is worse than the paper's figure.
pub(super) fn below_paper(who: &str, items: &[String]) -> String {
    match items {
        [] => format!("Below the paper, {who}: nothing.\n"),
        items => format!("Below the paper, {who}: {}.\n", items.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_leading_zero() {
        let fixed = [fixed(0.978, 3), fixed(1.0, 3), fixed(-0.815, 3), fixed(-1e-9, 4)];
        assert_eq!(fixed, [".978", "1.000", "−.815", ".0000"]);
        assert_eq!([short(0.5), short(3.0), short(-1.0), short(0.0)], [".5", "3", "−1", "0"]);
        assert_eq!(fixed_or_dash(None, 3), "–");
        assert_eq!([super::fixed(0.1815, 3), super::fixed(0.4085, 3)], [".182", ".409"]);
    }

    #[test]
    fn decimals_follow_the_deviation() {
        let spreads = [spread(&[1.0, 1.02]), spread(&[0.5, 0.502]), spread(&[2.0]), spread(&[])];
        assert_eq!(spreads, ["1.010 ± .014", ".5010 ± .0014", "2.0000", "–"]);
        assert_eq!((mean(&[0.1, 0.2], 0.2), mean(&[], 0.2)), (".150".to_owned(), "–".to_owned()));
    }

    #[test]
    fn seeds_are_told_as_a_range() {
        let told = |list: &[u64]| seeds(&list.iter().copied().collect());
        assert_eq!(
            [told(&[2]), told(&[1, 2, 3]), told(&[1, 4])],
            ["seed 2", "seeds 1 to 3", "seeds 1, 4"]
        );
    }

    #[test]
    fn bounds_are_told_with_their_reasons() {
        let row = |name: &str, verdict: &str, missed: &[&str]| Judged {
            name: name.to_owned(),
            verdict: verdict.to_owned(),
            missed: missed.iter().map(|&why| why.to_owned()).collect(),
        };
        let (met, open) = (row("a", "met", &[]), row("b", "not judged", &[]));
        assert_eq!(bounds(std::slice::from_ref(&open)), "No row was judged.\n");
        assert_eq!(bounds(&[met.clone(), open]), "All 1 judged rows meet their bounds.\n");
        let missed = [met, row("c", "missed", &["x > 1"]), row("d", "missed", &[])];
        assert_eq!(bounds(&missed), "Beyond their bounds, 2 of 3 judged rows: c (x > 1); d.\n");
    }

    #[test]
    fn tables_have_a_rule_of_their_width() {
        let lines = [vec!["1".to_owned(), "–".to_owned()]];
        assert_eq!(table("a | b", &lines), "| a | b |\n| --- | --- |\n| 1 | – |\n");
    }
}
