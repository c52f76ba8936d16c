//! Two stored runs side by side.

use super::document::Document;
use super::figure::{Figure, number};
use crate::results::aligned;

/// The figures of both, in the order of `now`, after warnings where they are not of the same kind.
pub(super) fn comparison(before: &Document, now: &Document) -> String {
    let mut text = format!("before: {}\nnow:    {}\n", before.title(), now.title());
    for warning in warnings(before, now) {
        text += &format!("warning: {warning}\n");
    }
    let header = ["figure", "unit", "before", "now", "now / before", "verdict"].map(str::to_owned);
    let of = |document: &Document, name: &str| {
        document.figures.iter().find(|figure| figure.name == name).cloned()
    };
    let gone = before.figures.iter().filter(|figure| of(now, &figure.name).is_none());
    let lines: Vec<Vec<String>> = now
        .figures
        .iter()
        .map(|figure| line(of(before, &figure.name).as_ref(), Some(figure)))
        .chain(gone.map(|figure| line(Some(figure), None)))
        .collect();
    text + "\n" + &aligned(&header, &lines)
}

/// What makes figures differ although the code may not.
fn warnings(before: &Document, now: &Document) -> Vec<String> {
    let learner = |d: &Document| d.options.learner.clone().unwrap_or_else(|| "all".to_owned());
    let kinds = |d: &Document| {
        [
            ("machine", d.machine.clone()),
            ("instruction set", d.instruction_set.clone()),
            ("number of threads", d.threads.to_string()),
            ("number of cells", d.options.cells.to_string()),
            ("seed", d.options.seed.to_string()),
            ("choice of learners", learner(d)),
        ]
    };
    let both = kinds(before).into_iter().zip(kinds(now));
    both.filter(|(before, now)| before != now)
        .map(|((what, before), (_, now))| format!("another {what}: {before} before, {now} now"))
        .collect()
}

fn line(before: Option<&Figure>, now: Option<&Figure>) -> Vec<String> {
    let value = |figure: Option<&Figure>| figure.map_or("–".to_owned(), |f| number(f.value));
    let (ratio, verdict) = match (before, now) {
        (Some(before), Some(now)) if before.unit == now.unit => {
            (number(now.value / before.value), verdict(before, now))
        }
        (Some(before), Some(_)) => ("–".to_owned(), format!("its unit was {}", before.unit)),
        (None, _) => ("–".to_owned(), "missing before".to_owned()),
        (_, None) => ("–".to_owned(), "missing now".to_owned()),
    };
    let either = now.or(before);
    let name = either.map_or(String::new(), |figure| figure.name.clone());
    let unit = either.map_or(String::new(), |figure| figure.unit.clone());
    vec![name, unit, value(before), value(now), ratio, verdict]
}

/// Other than the same only where the spreads do not meet.
fn verdict(before: &Figure, now: &Figure) -> String {
    let ([least_before, most_before], [least_now, most_now]) = (before.range(), now.range());
    let (less, more) = words(&now.unit);
    let verdict = if most_now < least_before {
        less
    } else if most_before < least_now {
        more
    } else {
        return "same".to_owned();
    };
    let is_once = before.spread.is_none() || now.spread.is_none();
    format!("{verdict}{}", if is_once { ", measured once" } else { "" })
}

/// What less and more of a unit are called.
fn words(unit: &str) -> (&'static str, &'static str) {
    match unit.split([',', '/', ' ']).next() {
        Some("s" | "ms" | "ns") => ("faster", "slower"),
        _ => ("less", "more"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::document::tests::made_up;
    use super::*;

    fn cells(text: &str, name: &str) -> Vec<String> {
        let line = text.lines().find(|line| line.starts_with(&format!("| {name} ")));
        let line = line.unwrap_or_else(|| panic!("no {name} in\n{text}"));
        line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
    }

    #[test]
    fn figures_are_judged_by_their_spreads() {
        let ms = |name: &str, runs: &[f64]| Figure::new(name, "ms, one core", None, runs);
        let gb = |value| Figure::new("memory", "GB", None, &[value]);
        let error = |name: &str, unit| Figure::new(name, unit, None, &[1.0]);
        let before = made_up(
            "a",
            vec![
                ms("quick", &[4.0, 5.0, 6.0]),
                ms("slow", &[4.0, 5.0, 6.0]),
                ms("even", &[4.0, 5.0, 6.0]),
                ms("gone", &[1.0]),
                gb(0.5),
                error("other", "s"),
            ],
        );
        let now = made_up(
            "b",
            vec![
                ms("new", &[1.0]),
                ms("slow", &[7.0, 10.0, 11.0]),
                ms("quick", &[2.0, 2.5, 3.9]),
                ms("even", &[5.9, 9.0, 12.0]),
                gb(1.0),
                error("other", "ms"),
            ],
        );
        let text = comparison(&before, &now);
        assert!(!text.contains("warning"), "{text}");
        let unit = "ms, one core";
        assert_eq!(cells(&text, "quick"), ["quick", unit, "5.000", "2.500", "0.5000", "faster"]);
        assert_eq!(cells(&text, "slow"), ["slow", unit, "5.000", "10.00", "2.000", "slower"]);
        assert_eq!(cells(&text, "even")[4..], ["1.800", "same"]);
        assert_eq!(cells(&text, "gone")[2..], ["1.000", "–", "–", "missing now"]);
        assert_eq!(cells(&text, "new")[2..], ["–", "1.000", "–", "missing before"]);
        assert_eq!(cells(&text, "memory")[4..], ["2.000", "more, measured once"]);
        assert_eq!(cells(&text, "other")[4..], ["–", "its unit was s"]);
        // The order of now, then what is gone.
        let at = |name: &str| text.find(&format!("| {name} ")).unwrap();
        assert!(at("new") < at("slow") && at("slow") < at("quick") && at("other") < at("gone"));
    }

    #[test]
    fn other_machines_threads_and_sizes_are_warned_of() {
        let (before, mut now) = (made_up("a", vec![]), made_up("b", vec![]));
        now.machine = "another machine".into();
        now.threads = 1;
        now.options.cells = 50;
        now.options.learner = Some("species".into());
        let text = comparison(&before, &now);
        assert!(text.contains("warning: another machine: a machine before, another machine now"));
        assert!(text.contains("warning: another number of threads: 2 before, 1 now"));
        assert!(text.contains("warning: another number of cells: 1000 before, 50 now"));
        assert!(text.contains("warning: another choice of learners: all before, species now"));
        assert_eq!(text.matches("warning").count(), 4, "{text}");
        now.instruction_set = "portable".into();
        now.options.seed = 2;
        assert_eq!(comparison(&before, &now).matches("warning").count(), 6);
    }
}
