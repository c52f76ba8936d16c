//! The rows of Table 1: what is to be reached, by which loss and parameters, and how.

use crate::options::{ReproduceOptions, name_of};
use clap::ValueEnum;
use pairlaw::potentials::rollout::{CollocationConfig, Rate, Role, Scheme};
use pairlaw::potentials::{Config, Loss, Matching, Phase, Start};
use pairlaw_synth::Shape;

/// Whose choices a row follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Block {
    /// The paper's losses and settings.
    Paper,
    /// The best recipe that we know.
    Ours,
}

/// How far cells are from their target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Metric {
    /// Mean squared distance to assigned positions.
    Euclidean,
    /// Entropic transport: its biased cost in the paper's block, the debiased divergence in ours.
    Sinkhorn,
}

/// What cells must reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Goal {
    Ring,
    Square,
    Triangle,
    RingThenTriangle,
}

/// Which pairs share parameters, in the words of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(super) enum Sharing {
    /// One set a sender.
    Individual,
    /// One set a pair.
    Mutual,
    TwoRole,
    #[value(name = "low-rank-2")]
    LowRank2,
    /// Individual, with one set for each leg.
    PerLeg,
}

/// How a row comes to its parameters.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Recipe {
    Training(Config),
    /// Strengths by linear equations in double precision; nothing is trained.
    Collocation(CollocationConfig),
}

/// One row of the table with one seed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Case {
    pub(super) block: Block,
    pub(super) metric: Metric,
    pub(super) goal: Goal,
    pub(super) sharing: Sharing,
    pub(super) recipe: Recipe,
    pub(super) n_cells: usize,
    pub(super) seed: u64,
}

/// Cells of the paper, and of `--quick`.
const CELLS: usize = 2000;
const QUICK_CELLS: usize = 300;
/// `--quick` has so many times fewer epochs.
const QUICK_EPOCHS: usize = 4;
/// The paper's epochs and its ε, as far as its losses tell it.
const EPOCHS: usize = 1000;
pub(super) const PAPER_EPSILON: f64 = 0.05;
/// ε at the end of ours.
pub(super) const LAST_EPSILON: f64 = 0.005;
/// Steps from one target to the next, of length δt.
pub(super) const STEPS: usize = 5;
pub(super) const DT: f64 = 0.2;

impl Goal {
    pub(super) const ALL: [Self; 4] =
        [Self::Ring, Self::Square, Self::Triangle, Self::RingThenTriangle];

    /// The shapes one after another.
    pub(super) fn shapes(self) -> &'static [Shape] {
        match self {
            Self::Ring => &[Shape::Ring],
            Self::Square => &[Shape::Square],
            Self::Triangle => &[Shape::Triangle],
            Self::RingThenTriangle => &[Shape::Ring, Shape::Triangle],
        }
    }
}

impl Sharing {
    fn scheme(self) -> Scheme {
        match self {
            Self::Individual | Self::PerLeg => Scheme::Individual(Role::Sender),
            Self::Mutual => Scheme::Mutual,
            Self::TwoRole => Scheme::TwoRole,
            Self::LowRank2 => Scheme::LowRank(2),
        }
    }
}

impl Recipe {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Training(Config { start: Start::Collocation(_), .. }) => "collocation, training",
            Self::Training(_) => "training",
            Self::Collocation(_) => "collocation",
        }
    }

    /// Number of epochs of all phases.
    pub(super) fn n_epochs(&self) -> usize {
        match self {
            Self::Training(config) => config.phases.iter().map(|phase| phase.epochs).sum(),
            Self::Collocation(_) => 0,
        }
    }

    /// What is done, for people.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Training(config) => {
                let start = match config.start {
                    Start::Collocation(_) => Some("from collocation".to_owned()),
                    Start::Uniform { .. } => None,
                };
                let phases = config.phases.iter().map(words);
                start.into_iter().chain(phases).collect::<Vec<_>>().join("; ")
            }
            Self::Collocation(_) => "straight paths, linear equations, no training".to_owned(),
        }
    }
}

/// Such as `1000 × Euclidean, re-assigned every 50, cosine .03`.
fn words(phase: &Phase) -> String {
    let loss = match phase.loss {
        Loss::Euclidean { reassign: None } => "Euclidean".to_owned(),
        Loss::Euclidean { reassign: Some(every) } => {
            format!("Euclidean, re-assigned every {every}")
        }
        Loss::Nearest => "nearest".to_owned(),
        Loss::TransportCost { epsilon } => format!("transport cost, ε {epsilon}"),
        Loss::Sinkhorn { epsilon: [first, last] } => format!("Sinkhorn, ε {first} → {last}"),
    };
    let rate = match phase.rate {
        Rate::Constant(rate) => format!("rate {rate}"),
        Rate::Cosine(rate) => format!("cosine {rate}"),
    };
    format!("{} × {loss}, {rate}", phase.epochs)
}

impl Case {
    /// All rows that the options ask for with one seed, in the table's order.
    pub(super) fn all(options: &ReproduceOptions, seed: u64) -> Vec<Self> {
        let case = |(block, metric, goal, sharing, recipe)| Self {
            block,
            metric,
            goal,
            sharing,
            recipe,
            n_cells: n_cells(options),
            seed,
        };
        let mut rows = paper_rows(n_cells(options));
        rows.extend(our_rows(n_cells(options)));
        let mut cases: Vec<Self> = rows.into_iter().map(case).collect();
        cases.retain(|case| !super::asked(options, &[name_of(case.goal).as_str()]).is_empty());
        for case in &mut cases {
            if let Recipe::Training(config) = &mut case.recipe {
                config.seed = seed;
                if options.quick {
                    config.phases.iter_mut().for_each(|phase| phase.epochs /= QUICK_EPOCHS);
                }
            }
        }
        cases
    }

    /// The row of a block, by training if there are two.
    pub(super) fn named(
        options: &ReproduceOptions,
        block: Block,
        metric: Metric,
        goal: Goal,
        sharing: Sharing,
    ) -> Option<Self> {
        let is_it = |case: &Self| {
            (case.block, case.metric, case.goal, case.sharing) == (block, metric, goal, sharing)
        };
        let everything = ReproduceOptions { experiment: Vec::new(), ..options.clone() };
        Self::all(&everything, options.seed).into_iter().find(is_it)
    }

    /// Steps at which the targets must be reached.
    pub(super) fn steps(&self) -> Vec<usize> {
        (1..=self.goal.shapes().len()).map(|leg| STEPS * leg).collect()
    }

    /// Such as `ours, euclidean, triangle, mutual (training)`.
    pub(super) fn name(&self) -> String {
        let (block, metric) = (name_of(self.block), name_of(self.metric));
        let (goal, sharing) = (name_of(self.goal), name_of(self.sharing));
        format!("{block}, {metric}, {goal}, {sharing} ({})", self.recipe.name())
    }
}

fn n_cells(options: &ReproduceOptions) -> usize {
    if options.quick { QUICK_CELLS } else { CELLS }
}

type Row = (Block, Metric, Goal, Sharing, Recipe);

/// The sixteen rows of the paper.
fn paper_rows(n_cells: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    for (metric, loss) in [
        (Metric::Euclidean, Loss::Euclidean { reassign: None }),
        (Metric::Sinkhorn, Loss::TransportCost { epsilon: PAPER_EPSILON }),
    ] {
        for goal in Goal::ALL {
            for sharing in [Sharing::Individual, Sharing::Mutual] {
                let config = Config::paper(sharing.scheme(), n_cells, loss, EPOCHS);
                rows.push((Block::Paper, metric, goal, sharing, Recipe::Training(config)));
            }
        }
    }
    rows
}

/// Ours: those of the paper, mutual ones by collocation too, and those of other parameters.
fn our_rows(n_cells: usize) -> Vec<Row> {
    let trained = |metric, goal, sharing| {
        let recipe = Recipe::Training(ours(metric, goal, sharing, n_cells));
        (Block::Ours, metric, goal, sharing, recipe)
    };
    let mut rows = Vec::new();
    for goal in Goal::ALL {
        let metric = Metric::Euclidean;
        rows.push(trained(metric, goal, Sharing::Individual));
        let is_single = goal.shapes().len() == 1;
        if is_single {
            rows.push(trained(metric, goal, Sharing::Mutual));
        }
        let collocation = Recipe::Collocation(CollocationConfig::default());
        rows.push((Block::Ours, metric, goal, Sharing::Mutual, collocation));
        let others = if is_single {
            &[Sharing::TwoRole, Sharing::LowRank2][..]
        } else {
            &[Sharing::PerLeg][..]
        };
        rows.extend(others.iter().map(|&sharing| trained(metric, goal, sharing)));
    }
    for goal in Goal::ALL {
        for sharing in [Sharing::Individual, Sharing::Mutual] {
            rows.push(trained(Metric::Sinkhorn, goal, sharing));
        }
    }
    rows
}

/// The best training that we know.
fn ours(metric: Metric, goal: Goal, sharing: Sharing, n_cells: usize) -> Config {
    let phase = |loss, epochs, rate| Phase { loss, epochs, rate };
    let fixed = |epochs, rate| phase(Loss::Euclidean { reassign: None }, epochs, rate);
    let reassigned =
        |epochs, rate| phase(Loss::Euclidean { reassign: Some(50) }, epochs, Rate::Cosine(rate));
    let annealed = Loss::Sinkhorn { epsilon: [PAPER_EPSILON, LAST_EPSILON] };
    let nearest = phase(Loss::Nearest, 400, Rate::Cosine(0.01));
    let phases = match (metric, sharing) {
        (Metric::Euclidean, Sharing::Mutual) => vec![fixed(1000, Rate::Constant(0.01))],
        (Metric::Euclidean, Sharing::Individual | Sharing::PerLeg) => {
            vec![reassigned(1500, 0.03), nearest]
        }
        (Metric::Euclidean, Sharing::TwoRole | Sharing::LowRank2) => {
            vec![fixed(400, Rate::Cosine(0.03))]
        }
        // Two legs amplify every change a million times: training from scratch stays at .4, and
        // from collocation only the smallest steps do no harm.
        (Metric::Sinkhorn, Sharing::Mutual) if goal == Goal::RingThenTriangle => {
            let epsilon = [LAST_EPSILON; 2];
            vec![phase(Loss::Sinkhorn { epsilon }, 40, Rate::Constant(1e-6))]
        }
        (Metric::Sinkhorn, Sharing::Mutual) => {
            vec![phase(annealed, 600, Rate::Constant(0.01)), reassigned(400, 0.01)]
        }
        (Metric::Sinkhorn, _) => {
            // A longer first phase ends where re-assignment cannot lead out again: with 600 epochs
            // of each, the triangle's inside ratio is .78 instead of .88.
            vec![phase(annealed, 300, Rate::Cosine(0.03)), reassigned(1200, 0.03), nearest]
        }
    };
    let paper = Config::paper(sharing.scheme(), n_cells, Loss::Nearest, 0);
    let from_collocation =
        (metric, sharing, goal) == (Metric::Sinkhorn, Sharing::Mutual, Goal::RingThenTriangle);
    let start = if from_collocation {
        Start::Collocation(CollocationConfig { floor: Some(1e-6), ..Default::default() })
    } else {
        paper.start.clone()
    };
    Config {
        start,
        per_leg: sharing == Sharing::PerLeg,
        matching: if goal == Goal::RingThenTriangle {
            Matching::Chained
        } else {
            Matching::Initial
        },
        phases,
        ..paper
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> ReproduceOptions {
        ReproduceOptions::parsed(&format!("potentials {line}"))
    }

    #[test]
    fn both_blocks_have_the_rows_of_the_paper() {
        let cases = Case::all(&options(""), 3);
        assert_eq!(cases.iter().filter(|case| case.block == Block::Paper).count(), 16);
        for paper in cases.iter().filter(|case| case.block == Block::Paper) {
            let ours = |case: &&Case| {
                case.block == Block::Ours
                    && (case.metric, case.goal, case.sharing)
                        == (paper.metric, paper.goal, paper.sharing)
            };
            assert!(cases.iter().any(|case| ours(&case)), "{}", paper.name());
        }
        assert!(cases.iter().all(|case| case.n_cells == 2000 && case.seed == 3));
    }

    #[test]
    fn experiments_and_quick_are_heeded() {
        let full = Case::all(&options("--experiment triangle"), 1);
        let quick = Case::all(&options("--experiment triangle --quick"), 1);
        assert!(full.iter().all(|case| case.goal == Goal::Triangle));
        assert_eq!(full.len(), quick.len());
        assert!(quick.iter().all(|case| case.n_cells == 300));
        assert_eq!(full[0].recipe.n_epochs(), 4 * quick[0].recipe.n_epochs());
    }

    #[test]
    fn recipes_are_told_in_words() {
        let cases = Case::all(&options("--experiment ring"), 1);
        assert_eq!(cases[0].recipe.words(), "1000 × Euclidean, rate 0.01");
        assert_eq!(cases[0].name(), "paper, euclidean, ring, individual (training)");
    }
}
