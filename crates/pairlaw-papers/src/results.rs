//! What parts of a run make: tables, their cells beside the paper's, and figures.

use crate::Failure;
use pairlaw_report::EmbeddedFigure;
use serde_json::{Map, Value, json};
use std::fmt::{Display, Formatter};

/// One reproduced table.
#[derive(Debug)]
pub(crate) struct Table {
    /// Such as `species.table2`.
    pub(crate) id: &'static str,
    pub(crate) title: String,
    /// What is to be seen, in which units, and what was missed and why.
    pub(crate) caption: String,
    pub(crate) header: Vec<String>,
    /// What is printed, a cell a column.
    pub(crate) lines: Vec<Vec<String>>,
    /// What goes to `results.json`.
    pub(crate) rows: Vec<Value>,
    /// What belongs to the table as a whole.
    pub(crate) extra: Map<String, Value>,
    /// Every number that the paper gives or a bound holds.
    pub(crate) cells: Vec<Cell>,
    /// Files beside the table: path in the output directory, and content.
    pub(crate) files: Vec<(String, String)>,
    /// It shows seconds or memory, which no two runs have in common.
    pub(crate) is_timing: bool,
}

/// A number of a table beside the paper's and its bound.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// Its row, as people would name it; cells of one row are judged together.
    pub(crate) row: String,
    /// What was measured.
    pub(crate) quantity: String,
    pub(crate) paper: Option<Told>,
    pub(crate) ours: Option<Told>,
    /// `None`: it is not judged.
    pub(crate) bound: Option<Bound>,
    /// Where the bound comes from, or why there is none.
    pub(crate) reason: String,
    pub(crate) better: Better,
    /// Why the bound is missed, where that is understood; it is missed all the same.
    pub(crate) understood: Option<String>,
}

/// A number, or a word such as a sparsity code.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Told {
    Number(f64),
    Words(String),
}

/// What a cell is held to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bound {
    AtMost(f64),
    AtLeast(f64),
    Within([f64; 2]),
    Is(String),
}

/// Which of two numbers is better.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Better {
    Lower,
    Higher,
    /// The one nearer to the truth.
    Near(f64),
    Neither,
}

/// Ours beside the paper's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Better,
    /// Within half a percent.
    Same,
    Worse,
}

/// One reproduced figure.
#[derive(Debug)]
pub(crate) struct Figure {
    /// Its id, such as `species.figure4.4`, title, caption and picture.
    pub(crate) embedded: EmbeddedFigure,
    /// The numbers that it shows.
    pub(crate) data: Value,
    /// It shows seconds or memory, which no two runs have in common.
    pub(crate) is_timing: bool,
}

impl Figure {
    /// A figure with its name in the paper.
    pub(crate) fn new(
        id: impl Into<String>,
        title: impl Into<String>,
        drawn: &pairlaw_report::Figure,
        data: Value,
    ) -> Result<Self, Failure> {
        let embedded = EmbeddedFigure { title: title.into(), ..EmbeddedFigure::new(id, drawn)? };
        Ok(Self { embedded, data, is_timing: false })
    }

    /// Where it is written, relative to the output directory.
    pub(crate) fn path(&self) -> String {
        format!("figures/{}.svg", self.embedded.id)
    }

    pub(crate) fn markdown(&self) -> String {
        let EmbeddedFigure { title, caption, .. } = &self.embedded;
        format!("## {title}\n\n![{title}]({})\n\n{caption}\n", self.path())
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.embedded.id,
            "title": self.embedded.title,
            "caption": self.embedded.caption,
            "svg": self.path(),
            if self.is_timing { "timing" } else { "data" }: self.data,
        })
    }
}

/// How a row stands against its bounds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// All bounds are met.
    Met,
    /// What is beyond its bound.
    Missed(Vec<String>),
    /// No bound is set for these choices.
    NotJudged,
}

impl Verdict {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed(_) => "missed",
            Self::NotJudged => "not judged",
        }
    }

    /// Of the cells of a row together.
    pub(crate) fn of(cells: &[Cell]) -> Self {
        let verdicts: Vec<Self> = cells.iter().map(Cell::verdict).collect();
        let missed: Vec<String> = verdicts.iter().flat_map(Self::missed).cloned().collect();
        match () {
            () if !missed.is_empty() => Self::Missed(missed),
            () if verdicts.contains(&Self::Met) => Self::Met,
            () => Self::NotJudged,
        }
    }

    pub(crate) fn words(&self) -> String {
        match self {
            Self::Missed(reasons) => format!("missed: {}", reasons.join("; ")),
            _ => self.name().to_owned(),
        }
    }

    pub(crate) fn missed(&self) -> &[String] {
        if let Self::Missed(reasons) = self { reasons } else { &[] }
    }
}

impl Table {
    pub(crate) fn new(id: &'static str, title: impl Into<String>) -> Self {
        Self {
            id,
            title: title.into(),
            header: Vec::new(),
            lines: Vec::new(),
            rows: Vec::new(),
            caption: String::new(),
            extra: Map::new(),
            cells: Vec::new(),
            files: Vec::new(),
            is_timing: false,
        }
    }

    /// As a Markdown table.
    pub(crate) fn markdown(&self) -> String {
        format!("## {}\n\n{}", self.title, aligned(&self.header, &self.lines))
    }

    /// For `results.json`.
    pub(crate) fn json(&self) -> Value {
        let mut json = self.extra.clone();
        json.insert("id".into(), json!(self.id));
        json.insert("rows".into(), json!(self.rows));
        let cells: Value = self.cells.iter().map(Cell::json).collect();
        match self.is_timing {
            true => json.insert("timing".into(), json!({ "cells": cells })),
            false => json.insert("cells".into(), cells),
        };
        Value::Object(json)
    }

    /// Every cell as `row | quantity | paper | ours | bound | verdict`.
    pub(crate) fn comparison(&self) -> String {
        let header = ["row", "quantity", "paper", "ours", "bound", "verdict"].map(str::to_owned);
        let line = |cell: &Cell| {
            let [paper, ours, bound] = cell.told();
            let verdict = cell.verdict().name().to_owned();
            vec![cell.row.clone(), cell.quantity.clone(), paper, ours, bound, verdict]
        };
        let lines: Vec<Vec<String>> = self.cells.iter().map(line).collect();
        format!("## {}\n\n{}", self.title, aligned(&header, &lines))
    }
}

/// A Markdown table with columns aligned by characters.
pub(crate) fn aligned(header: &[String], lines: &[Vec<String>]) -> String {
    let all = || std::iter::once(header).chain(lines.iter().map(Vec::as_slice));
    let width = |column: usize| {
        all().map(|line| line[column].chars().count()).max().unwrap_or_default().max(3)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let render = |line: &[String]| {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!(" {cell:width$} "));
        format!("|{}|\n", cells.collect::<Vec<_>>().join("|"))
    };
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let body: String = lines.iter().map(|line| render(line)).collect();
    format!("{}{}{body}", render(header), render(&rule))
}

impl Cell {
    /// A cell that knows no number yet.
    pub(crate) fn new(
        row: impl Into<String>,
        quantity: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            row: row.into(),
            quantity: quantity.into(),
            paper: None,
            ours: None,
            bound: None,
            reason: reason.into(),
            better: Better::Neither,
            understood: None,
        }
    }

    /// With the paper's number, where it has one.
    pub(crate) fn paper(self, paper: Option<f64>, better: Better) -> Self {
        Self { paper: paper.map(Told::Number), better, ..self }
    }

    /// With our number, where there is one.
    pub(crate) fn ours(self, ours: impl Into<Option<f64>>) -> Self {
        Self { ours: ours.into().map(Told::Number), ..self }
    }

    /// With our finding in words.
    pub(crate) fn words(self, ours: &str) -> Self {
        Self { ours: Some(Told::Words(ours.to_owned())), ..self }
    }

    /// With a bound.
    pub(crate) fn bound(self, bound: Bound) -> Self {
        Self { bound: Some(bound), ..self }
    }

    /// With a bound, where there is one.
    pub(crate) fn bounds(self, bound: Option<Bound>) -> Self {
        Self { bound, ..self }
    }

    /// Without a bound, for this reason.
    pub(crate) fn unjudged(self, reason: &str) -> Self {
        Self { bound: None, reason: reason.to_owned(), ..self }
    }

    /// Why a bound is or is not there; of a miss that is understood, why it is missed.
    pub(crate) fn reason(&self) -> &str {
        let understood = self.understood.as_deref();
        understood.filter(|_| matches!(self.verdict(), Verdict::Missed(_))).unwrap_or(&self.reason)
    }

    /// The paper's, ours and the bound as people read them; `–` for what is not there.
    pub(crate) fn told(&self) -> [String; 3] {
        let words = |told: Option<&dyn Display>| told.map_or("–".to_owned(), |t| t.to_string());
        [
            words(self.paper.as_ref().map(|paper| paper as _)),
            words(self.ours.as_ref().map(|ours| ours as _)),
            words(self.bound.as_ref().map(|bound| bound as _)),
        ]
    }

    /// How the number stands against its bound.
    pub(crate) fn verdict(&self) -> Verdict {
        let Some(bound) = &self.bound else { return Verdict::NotJudged };
        if self.ours.as_ref().is_some_and(|ours| bound.holds(ours)) {
            return Verdict::Met;
        }
        let ours = match &self.ours {
            None => "nothing".to_owned(),
            // Rounded, it would seem to keep the bound.
            Some(Told::Number(x)) if bound.holds(&Told::Number(rounded(*x))) => x.to_string(),
            Some(ours) => ours.to_string(),
        };
        Verdict::Missed(vec![format!("{} {ours}, not {bound}", self.quantity)])
    }

    /// How the number stands against the paper's, where one is better than the other.
    pub(crate) fn standing(&self) -> Option<Standing> {
        let (Told::Number(paper), Told::Number(ours)) = (self.paper.as_ref()?, self.ours.as_ref()?)
        else {
            return None;
        };
        let badness = |x: f64| match self.better {
            Better::Lower => Some(x),
            Better::Higher => Some(-x),
            Better::Near(truth) => Some((x - truth).abs()),
            Better::Neither => None,
        };
        let (paper, ours) = (badness(*paper)?, badness(*ours)?);
        if !(paper.is_finite() && ours.is_finite()) {
            return None;
        }
        let same = 0.005 * paper.abs().max(ours.abs());
        Some(match ours - paper {
            difference if difference.abs() <= same => Standing::Same,
            difference if difference < 0.0 => Standing::Better,
            _ => Standing::Worse,
        })
    }

    /// For `results.json`.
    pub(crate) fn json(&self) -> Value {
        json!({
            "row": self.row,
            "quantity": self.quantity,
            "paper": self.paper.as_ref().map(Told::json),
            "ours": self.ours.as_ref().map(Told::json),
            "bound": self.bound.as_ref().map(Bound::to_string),
            "reason": self.reason(),
            "verdict": self.verdict().name(),
            "standing": self.standing().map(Standing::words),
        })
    }
}

impl Bound {
    /// Whether the bound holds; never for NaN.
    fn holds(&self, ours: &Told) -> bool {
        match (self, ours) {
            (Self::AtMost(most), Told::Number(x)) => x <= most,
            (Self::AtLeast(least), Told::Number(x)) => x >= least,
            (Self::Within([least, most]), Told::Number(x)) => (least..=most).contains(&x),
            (Self::Is(wanted), Told::Words(found)) => wanted == found,
            _ => false,
        }
    }
}

impl Told {
    fn json(&self) -> Value {
        match self {
            Self::Number(x) => json!(x),
            Self::Words(words) => json!(words),
        }
    }
}

impl Display for Told {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(x) => f.write_str(&significant(*x)),
            Self::Words(words) => f.write_str(words),
        }
    }
}

impl Display for Bound {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "≤ {}", significant(*most)),
            Self::AtLeast(least) => write!(f, "≥ {}", significant(*least)),
            Self::Within([least, most]) => {
                write!(f, "{} to {}", significant(*least), significant(*most))
            }
            Self::Is(wanted) => f.write_str(wanted),
        }
    }
}

impl Standing {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Same => "as the paper",
            Self::Worse => "worse",
        }
    }
}

/// As people see it.
fn rounded(x: f64) -> f64 {
    significant(x).parse().unwrap_or(x)
}

/// Four significant digits, without needless zeros.
pub(crate) fn significant(x: f64) -> String {
    if !x.is_finite() {
        return x.to_string();
    }
    if x != 0.0 && (x.abs() < 1e-3 || x.abs() >= 1e5) {
        let text = format!("{x:.3e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        let digits = digits.trim_end_matches('0').trim_end_matches('.');
        return format!("{digits}e{power}");
    }
    let whole = x.abs().max(1e-9).log10().floor() as i32;
    let text = format!("{x:.*}", (3 - whole).clamp(0, 6) as usize);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Largest resident set so far, where the system tells.
pub(crate) fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(1024 * kilobytes)
}

/// The processor's name, where the system tells.
pub(crate) fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name"));
    let name = name.map(|name| name.trim_start_matches([':', ' ', '\t']).to_owned());
    name.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_is_aligned_by_characters() {
        let mut table = Table::new("t", "Title");
        table.header = ["a", "Δf"].map(str::to_owned).to_vec();
        table.lines = vec![vec!["1".into(), "–".into()], vec!["long".into(), "0.5".into()]];
        let expected =
            "## Title\n\n| a    | Δf  |\n| ---- | --- |\n| 1    | –   |\n| long | 0.5 |\n";
        assert_eq!(table.markdown(), expected);
    }

    fn cell(ours: f64, bound: Bound, better: Better) -> Cell {
        Cell {
            paper: Some(Told::Number(0.01)),
            ours: Some(Told::Number(ours)),
            bound: Some(bound),
            better,
            ..Cell::new("A", "ΔV", "")
        }
    }

    #[test]
    fn cells_are_held_to_their_bounds() {
        let met = |ours, bound| cell(ours, bound, Better::Lower).verdict() == Verdict::Met;
        assert!(met(0.01, Bound::AtMost(0.01)) && !met(0.011, Bound::AtMost(0.01)));
        assert!(met(0.01, Bound::AtLeast(0.01)) && !met(0.009, Bound::AtLeast(0.01)));
        assert!(met(1.0, Bound::Within([0.5, 1.0])) && !met(0.4, Bound::Within([0.5, 1.0])));
        for bound in [Bound::AtMost(1.0), Bound::AtLeast(0.0), Bound::Within([0.0, 1.0])] {
            assert!(!met(f64::NAN, bound));
        }
        assert!(!met(1.0, Bound::Is("1".into())));
        let words = Cell {
            ours: Some(Told::Words("1010".into())),
            ..cell(0.0, Bound::Is("1010".into()), Better::Neither)
        };
        assert_eq!(words.verdict(), Verdict::Met);
        let nothing = Cell { ours: None, ..cell(0.0, Bound::AtMost(1.0), Better::Lower) };
        assert_eq!(nothing.verdict().words(), "missed: ΔV nothing, not ≤ 1");
        let free = Cell { bound: None, ..cell(0.0, Bound::AtMost(1.0), Better::Lower) };
        assert_eq!(free.verdict(), Verdict::NotJudged);
        assert_eq!(Verdict::of(&[free.clone(), words.clone()]), Verdict::Met);
        assert_eq!(Verdict::of(&[words, nothing]).name(), "missed");
        assert_eq!(Verdict::of(&[free]), Verdict::NotJudged);
    }

    #[test]
    fn cells_stand_beside_the_paper() {
        let standing = |ours, better| cell(ours, Bound::AtMost(1.0), better).standing();
        assert_eq!(standing(0.005, Better::Lower), Some(Standing::Better));
        assert_eq!(standing(0.005, Better::Higher), Some(Standing::Worse));
        assert_eq!(standing(0.01004, Better::Lower), Some(Standing::Same));
        assert_eq!(standing(0.011, Better::Near(0.012)), Some(Standing::Better));
        assert_eq!(standing(0.011, Better::Neither), None);
    }

    #[test]
    fn numbers_have_four_digits() {
        let told = [0.0, 1.0, 0.98754, 2.35e-5, 1.0e-3, 123.456, 54321.0, -0.5, 3e8, 1e-27]
            .map(significant);
        let expected =
            ["0", "1", "0.9875", "2.35e-5", "0.001", "123.5", "54321", "-0.5", "3e8", "1e-27"];
        assert_eq!(told, expected);
        assert_eq!([f64::NAN, f64::INFINITY].map(significant), ["NaN", "inf"]);
        let nearly = cell(0.010_000_1, Bound::AtMost(0.01), Better::Lower).verdict();
        assert_eq!(nearly.words(), "missed: ΔV 0.0100001, not ≤ 0.01");
    }

    #[test]
    fn missed_rows_say_why() {
        let verdict = Verdict::Missed(vec!["ΔV 0.02 > 0.01".into(), "CS 0.9 < 1".into()]);
        assert_eq!(verdict.words(), "missed: ΔV 0.02 > 0.01; CS 0.9 < 1");
        assert_eq!((Verdict::Met.words().as_str(), Verdict::Met.missed().len()), ("met", 0));
    }
}
