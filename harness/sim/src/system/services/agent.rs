//! What the simulated agent answers. The chat and the API answer the same.

/// An answer that can only be given by reading the message, and that does not echo it.
pub(crate) fn reply(message: &str) -> String {
    let digits: u32 = message.chars().filter_map(|character| character.to_digit(10)).sum();
    let words = message.split_whitespace().count();
    format!(
        "This is a simulated agent. Your message has {words} words and {} characters; its digits add up to {digits}.",
        message.chars().count()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_agent_answers_from_the_message_without_echoing_it() {
        let said = reply("nonce 4711 please");
        assert!(said.contains("3 words and 17 characters; its digits add up to 13"), "{said}");
        assert!(!said.contains("4711") && said.len() > 50);
    }
}
