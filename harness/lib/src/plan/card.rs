//! A scenario as reports show it.

use crate::model::{Scenario, ScenarioCard, Suite};

/// Builds the card of a scenario; `reproduce` are its commands.
pub(crate) fn card(scenario: &Scenario, suite: &Suite, reproduce: Vec<String>) -> ScenarioCard {
    ScenarioCard {
        id: scenario.id.value.as_str().into(),
        title: scenario.title.clone(),
        component: scenario.component.value.as_str().into(),
        owner: scenario.owner,
        source: scenario.source.clone(),
        critical: scenario.critical,
        needs: scenario.needs.iter().map(|need| need.value.as_str().into()).collect(),
        tags: scenario.tags.clone(),
        remedy: scenario.remedy.clone(),
        runbook: scenario.runbook.clone(),
        place: suite.sources.place(scenario.id.span),
        text: own_words(suite.sources.within(scenario.block)).into(),
        text_line: suite.sources.place(scenario.block).line,
        probes: scenario.steps.iter().map(|step| step.probe.name.into()).collect(),
        reproduce,
    }
}

/// How many bytes of a scenario's own words a report carries.
const WORDS: usize = 16 << 10;

/// A block of a file without the blank lines and comments that precede the next block.
fn own_words(block: &str) -> &str {
    let mut end = 0;
    let mut at = 0;
    for line in block.split_inclusive('\n') {
        at += line.len();
        if !matches!(line.trim_start().bytes().next(), None | Some(b'#')) {
            end = at;
        }
    }
    let words = block[..end].trim_end();
    &words[..words.floor_char_boundary(WORDS)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_the_next_scenario_is_none_of_this_ones_words() {
        assert_eq!(own_words("[[scenario]]\nid = 1 # x\n\n# next\n \n"), "[[scenario]]\nid = 1 # x");
        assert_eq!(own_words("[[scenario]]\n# inside\nid = 1"), "[[scenario]]\n# inside\nid = 1");
        assert_eq!(own_words("# nothing\n\n"), "");
        assert!(own_words(&"ä = 1\n".repeat(1 << 14)).len() <= WORDS);
    }
}
