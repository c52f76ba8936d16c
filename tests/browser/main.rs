//! Reports as a browser shows them; skipped where there is none.

mod report;
mod reproduced;

use std::process::ExitCode;

use e2e::Browser;
use libtest_mimic::{Arguments, Completion, Failed, Trial};

/// A check that needs a browser.
type Check = fn(&Browser);

/// Every check, by name.
const CHECKS: [(&str, Check); 4] = [
    ("report::opens_on_phones_and_desks", report::opens_on_phones_and_desks),
    (
        "report::runs_and_loads_nothing_that_is_put_in",
        report::runs_and_loads_nothing_that_is_put_in,
    ),
    ("reproduced::shows_every_table_and_figure", reproduced::shows_every_table_and_figure),
    ("report::what_is_wrong_with_a_page_is_seen", report::what_is_wrong_with_a_page_is_seen),
];

fn main() -> ExitCode {
    let trials = CHECKS
        .map(|(name, check)| Trial::ignorable_test(name, move || Ok::<_, Failed>(run(check))));
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

/// A panic of the check fails the test.
fn run(check: Check) -> Completion {
    match Browser::find() {
        Some(browser) => {
            check(&browser);
            Completion::Completed
        }
        None => Completion::ignored_with("Chromium is not installed"),
    }
}
