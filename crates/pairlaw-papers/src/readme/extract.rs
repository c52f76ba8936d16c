//! What the README needs of full runs: their rows without figures, curves and times, and the choices
//! they rest on. A section stays until a run of its paper replaces it.

use super::{EXTRACT, markdown, meanfield, potentials, read, species};
use crate::Failure;
use crate::published::Published;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::path::Path;

/// `fixtures/tables/results.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Extract {
    schema: u32,
    species: Option<Section<Vec<species::Row>>>,
    meanfield: Option<Section<meanfield::Rows>>,
    potentials: Option<Section<Vec<potentials::Row>>>,
}

/// One paper's rows.
#[derive(Debug, Serialize, Deserialize)]
struct Section<R> {
    run: Run,
    rows: R,
}

/// How rows came about, from the `manifest.json` beside them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Run {
    version: String,
    commit: String,
    instruction_set: String,
    options: Map<String, Value>,
}

/// The tables of a `results.json`.
#[derive(Debug, Deserialize)]
pub(super) struct Results {
    schema: u32,
    tables: Vec<ResultTable>,
}

#[derive(Debug, Deserialize)]
struct ResultTable {
    id: String,
    rows: Vec<Value>,
}

/// The version of both files.
const SCHEMA: u32 = 1;

impl Extract {
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let extract: Self =
            serde_json::from_str(text).map_err(|error| format!("{EXTRACT}: {error}"))?;
        check_schema(extract.schema, Path::new(EXTRACT))?;
        Ok(extract)
    }

    /// Replaces the sections whose tables stand in this `results.json`.
    pub(super) fn take(&mut self, path: &Path) -> Result<(), Failure> {
        let run = Run::of_results(path)?;
        let results: Results = serde_json::from_str(&read(path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        check_schema(results.schema, path)?;
        let species = species::rows(&results)?;
        let meanfield = meanfield::rows(&results)?;
        let potentials = potentials::rows(&results)?;
        if species.is_none() && meanfield.is_none() && potentials.is_none() {
            let path = path.display();
            return Err(
                format!("{path} has no table of the README; run `cargo xtask reproduce`").into()
            );
        }
        replace(&mut self.species, species, &run);
        replace(&mut self.meanfield, meanfield, &run);
        replace(&mut self.potentials, potentials, &run);
        Ok(())
    }

    /// Name and Markdown of each section.
    pub(super) fn sections(
        &self,
        published: &Published,
    ) -> Result<Vec<(&'static str, String)>, Failure> {
        let (species, run) = present("species", self.species.as_ref())?;
        let species = species::section(species, run, published, &pairlaw_synth::Scenario::NAMES)?;
        let (meanfield, run) = present("meanfield", self.meanfield.as_ref())?;
        let meanfield = meanfield::section(meanfield, run, published)?;
        let (potentials, run) = present("potentials", self.potentials.as_ref())?;
        let potentials = potentials::section(potentials, run, published, &potentials::GOALS)?;
        Ok(vec![("species", species), ("meanfield", meanfield), ("potentials", potentials)])
    }

    /// JSON with a row a line.
    pub(super) fn text(&self) -> Result<String, Failure> {
        Ok(a_row_a_line(&serde_json::to_value(self)?, 0) + "\n")
    }
}

fn check_schema(schema: u32, path: &Path) -> Result<(), Failure> {
    match schema {
        SCHEMA => Ok(()),
        _ => Err(format!("{} has schema {schema}, not {SCHEMA}", path.display()).into()),
    }
}

fn replace<R>(section: &mut Option<Section<R>>, rows: Option<R>, run: &Run) {
    if let Some(rows) = rows {
        *section = Some(Section { run: run.clone(), rows });
    }
}

fn present<'a, R>(
    name: &str,
    section: Option<&'a Section<R>>,
) -> Result<(&'a R, &'a Run), Failure> {
    let found = section.map(|section| (&section.rows, &section.run));
    found.ok_or_else(|| {
        format!(
            "{EXTRACT} has no rows of {name}; run `cargo xtask reproduce {name}` and `cargo xtask readme \
             --results target/reproduce/results.json`"
        )
        .into()
    })
}

/// Arrays and objects are broken into lines down to the rows.
fn a_row_a_line(value: &Value, depth: usize) -> String {
    let is_row = |value: &&Value| value.is_object();
    let (brackets, items): (_, Vec<String>) = match value {
        Value::Array(items) if items.iter().any(|item| is_row(&item)) => {
            (['[', ']'], items.iter().map(Value::to_string).collect())
        }
        Value::Object(map) if depth < 3 => {
            let item = |(name, value)| format!("\"{name}\": {}", a_row_a_line(value, depth + 1));
            (['{', '}'], map.iter().map(item).collect())
        }
        _ => return value.to_string(),
    };
    let [open, close] = brackets;
    format!("{open}\n{}\n{close}", items.join(",\n"))
}

impl Run {
    /// Of the run that wrote `path`; a quick one is refused.
    fn of_results(path: &Path) -> Result<Self, Failure> {
        let manifest = path.with_file_name("manifest.json");
        let run: Self = serde_json::from_str(&read(&manifest)?)
            .map_err(|error| format!("{}: {error}", manifest.display()))?;
        if run.is_quick() {
            let path = path.display();
            return Err(format!(
                "{path} is of a run with --quick, which shows nothing at full size; run `cargo xtask \
                 reproduce` without it"
            )
            .into());
        }
        Ok(run)
    }

    /// Whether it was small, or does not say.
    fn is_quick(&self) -> bool {
        self.options.get("quick") != Some(&Value::Bool(false))
    }

    /// An option of `reproduce` that is a number or a name.
    pub(super) fn option(&self, name: &str) -> String {
        match self.options.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => markdown::short(number.as_f64().unwrap_or(f64::NAN)),
            _ => "unknown".to_owned(),
        }
    }

    /// The line that says on which run a section rests.
    pub(super) fn line(&self, seeds: &BTreeSet<u64>, more: &str) -> String {
        let (commit, changes) = match self.commit.strip_suffix("-dirty") {
            Some(commit) => (commit, " with uncommitted changes"),
            None => (self.commit.as_str(), ""),
        };
        let commit = commit.get(..7).unwrap_or(commit);
        let quick = if self.is_quick() { "`--quick` (rows are not judged), " } else { "" };
        let (seeds, set) = (markdown::seeds(seeds), &self.instruction_set);
        format!("Run: {quick}commit `{commit}`{changes}, {seeds}, {more}, {set}.\n")
    }
}

impl Results {
    /// The rows of these tables, in order; none if none of them is there.
    ///
    /// # Errors
    /// Where only some are there, or a row lacks something.
    pub(super) fn rows<R: DeserializeOwned>(
        &self,
        ids: &[&str],
    ) -> Result<Option<Vec<R>>, Failure> {
        let find = |id: &str| self.tables.iter().find(|table| table.id == id);
        if ids.iter().all(|id| find(id).is_none()) {
            return Ok(None);
        }
        let mut rows = Vec::new();
        for id in ids {
            let table = find(id).ok_or_else(|| {
                format!("the results have no {id}; reproduce all of {}", ids.join(", "))
            })?;
            for (k, row) in table.rows.iter().enumerate() {
                let row = R::deserialize(row)
                    .map_err(|error| format!("{id}, row {} of the results: {error}", k + 1))?;
                rows.push(row);
            }
        }
        Ok(Some(rows))
    }

    #[cfg(test)]
    pub(super) fn made_up(tables: &[(&str, Vec<Value>)]) -> Self {
        let table = |(id, rows): &(&str, Vec<Value>)| ResultTable {
            id: (*id).to_owned(),
            rows: rows.clone(),
        };
        Self { schema: SCHEMA, tables: tables.iter().map(table).collect() }
    }
}

/// Holds the runs of a group of rows against those that all groups must have.
///
/// # Errors
/// Names the row that is missing or stands there twice.
pub(super) fn check_runs(
    group: &str,
    found: &[String],
    expected: &BTreeSet<String>,
) -> Result<(), Failure> {
    if expected.is_empty() {
        return Err(format!("{group}: no row; reproduce all of the table in one run").into());
    }
    for run in expected {
        match found.iter().filter(|found| *found == run).count() {
            1 => {}
            0 => {
                return Err(format!(
                    "{group}, {run}: no row; reproduce all of the table in one run"
                )
                .into());
            }
            n => return Err(format!("{group}, {run}: {n} rows, where one belongs").into()),
        }
    }
    Ok(())
}

/// The one size of all rows.
///
/// # Errors
/// Where they differ, or nothing is there.
pub(super) fn one_size(group: &str, sizes: impl Iterator<Item = usize>) -> Result<usize, Failure> {
    let sizes: Vec<usize> = BTreeSet::from_iter(sizes).into_iter().collect();
    match sizes.as_slice() {
        [size] => Ok(*size),
        _ => Err(format!("{group}: rows of {sizes:?} individuals; all must be of one size").into()),
    }
}

#[cfg(test)]
impl Run {
    pub(super) fn made_up() -> Self {
        let manifest = serde_json::json!({
            "version": "0.1.0", "commit": "0123456789-dirty", "instruction_set": "avx2",
            "products": {"x": "0"},
            "options": { "quick": false, "alpha": 0.9, "integrator": "heun-4" },
        });
        serde_json::from_value(manifest).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_run_is_told_in_one_line() {
        let run = Run::made_up();
        let line = run.line(&BTreeSet::from([1, 2]), "α = .9");
        let expected =
            "Run: commit `0123456` with uncommitted changes, seeds 1 to 2, α = .9, avx2.\n";
        assert_eq!(line, expected);
        assert_eq!((run.option("alpha"), run.option("integrator")), (".9".into(), "heun-4".into()));
        let quick = Run { options: Map::new(), commit: "short".to_owned(), ..run };
        let line = quick.line(&BTreeSet::from([3]), "x");
        assert_eq!(
            line,
            "Run: `--quick` (rows are not judged), commit `short`, seed 3, x, avx2.\n"
        );
    }

    #[test]
    fn some_tables_of_a_paper_are_not_enough_and_wrong_rows_are_named() {
        let results = Results::made_up(&[("a", vec![json!(1), json!("two")])]);
        let says = |ids: &[&str], words: &str| {
            let error = results.rows::<u32>(ids).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        };
        assert!(results.rows::<u32>(&["b"]).unwrap().is_none());
        says(&["b", "a"], "no b; reproduce all of b, a");
        says(&["a"], "a, row 2 of the results: invalid type");
    }

    #[test]
    fn runs_that_are_missing_or_doubled_are_named() {
        let expected = BTreeSet::from(["seed 1", "seed 2"].map(str::to_owned));
        let says = |found: &[&str], words: &str| {
            let found: Vec<String> = found.iter().map(|&run| run.to_owned()).collect();
            let error = check_runs("t, A", &found, &expected).unwrap_err().to_string();
            assert!(error.starts_with(words), "{error}");
        };
        says(&["seed 1"], "t, A, seed 2: no row");
        says(&["seed 1", "seed 2", "seed 1"], "t, A, seed 1: 2 rows");
        let error = check_runs("t, A", &[], &BTreeSet::new()).unwrap_err().to_string();
        assert!(error.starts_with("t, A: no row"), "{error}");
        assert_eq!(one_size("t", [5, 5].into_iter()).unwrap(), 5);
        assert!(one_size("t", [5, 6].into_iter()).unwrap_err().to_string().contains("[5, 6]"));
    }

    #[test]
    fn rows_stand_in_lines_of_their_own() {
        let value = json!({ "run": { "seed": 1 }, "rows": [{ "x": [1, 2] }, { "x": [] }] });
        let expected =
            "{\n\"rows\": [\n{\"x\":[1,2]},\n{\"x\":[]}\n],\n\"run\": {\n\"seed\": 1\n}\n}";
        assert_eq!(a_row_a_line(&value, 0), expected);
    }
}
