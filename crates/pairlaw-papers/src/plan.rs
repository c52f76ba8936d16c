//! The plan of a run: its parts in their order, each a table, a figure, a study or what several of
//! them need.

use crate::Failure;
use crate::options::{Learner, name_of};
use crate::results::{Figure, Table};
use crate::runner::Runner;
use std::time::Instant;

/// What a part makes, when its turn comes.
type Make<'a> = Box<dyn Fn(&Runner) -> Result<Made, Failure> + 'a>;

/// The parts of one paper.
pub(crate) struct Plan<'a> {
    learner: Learner,
    parts: Vec<Part<'a>>,
}

/// One part.
pub(crate) struct Part<'a> {
    pub(crate) learner: Learner,
    pub(crate) name: String,
    /// Beyond the paper, and timed apart.
    pub(crate) is_study: bool,
    make: Make<'a>,
}

/// What a part made; nothing, where it only prepares others.
#[derive(Debug, Default)]
pub(crate) struct Made {
    pub(crate) tables: Vec<Table>,
    pub(crate) figures: Vec<Figure>,
}

/// A part that is done.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) learner: Learner,
    pub(crate) name: String,
    pub(crate) is_study: bool,
    pub(crate) made: Made,
    pub(crate) seconds: f64,
}

impl From<Table> for Made {
    fn from(table: Table) -> Self {
        Self { tables: vec![table], figures: Vec::new() }
    }
}

impl From<Figure> for Made {
    fn from(figure: Figure) -> Self {
        Self { tables: Vec::new(), figures: vec![figure] }
    }
}

impl<'a> Plan<'a> {
    pub(crate) fn new(learner: Learner) -> Self {
        Self { learner, parts: Vec::new() }
    }

    /// Adds a part.
    pub(crate) fn add<M: Into<Made>>(
        &mut self,
        name: impl Into<String>,
        make: impl Fn(&Runner) -> Result<M, Failure> + 'a,
    ) {
        self.push(name.into(), false, Box::new(move |runner| Ok(make(runner)?.into())));
    }

    /// Adds a study.
    pub(crate) fn add_study(
        &mut self,
        name: impl Into<String>,
        make: impl Fn(&Runner) -> Result<Made, Failure> + 'a,
    ) {
        self.push(name.into(), true, Box::new(make));
    }

    fn push(&mut self, name: String, is_study: bool, make: Make<'a>) {
        self.parts.push(Part { learner: self.learner, name, is_study, make });
    }

    pub(crate) fn parts(self) -> Vec<Part<'a>> {
        self.parts
    }
}

/// A part's name with its paper's, such as `species: Table 2`.
pub(crate) fn title(learner: Learner, name: &str) -> String {
    format!("{}: {name}", name_of(learner))
}

/// Does the parts one after the other; inside each, work runs in parallel.
pub(crate) fn run(parts: Vec<Part<'_>>, runner: &Runner) -> Result<Vec<Done>, Failure> {
    let total = parts.len();
    let mut done = Vec::with_capacity(total);
    for (k, part) in parts.into_iter().enumerate() {
        runner.progress.begin_part(k, total, &title(part.learner, &part.name));
        let start = Instant::now();
        let made = (part.make)(runner)?;
        let seconds = start.elapsed().as_secs_f64();
        let Part { learner, name, is_study, .. } = part;
        done.push(Done { learner, name, is_study, made, seconds });
    }
    runner.progress.end_parts(total);
    Ok(done)
}
