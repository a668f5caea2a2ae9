//! The HTML report in a real browser: nothing of a target is run or loaded, the filter works, every word can be read,
//! every control has a name, paper shows what is folded away.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test: what fails here fails it, and what was left out is said"
)]

mod devtools;
mod reports;

use std::collections::BTreeMap;

use base64::Engine;
use devtools::{Browser, is_installed};
use fixproof::report::{FormatOptions, format_named};
use quick_xml::events::Event;
use reports::{HOSTILE, incident};
use serde_json::{Value, json};

/// How many scenarios are shown.
const SHOWN: &str = "document.querySelectorAll('[data-row]:not([hidden])').length";
/// Everything unfolded.
const UNFOLD: &str = "document.querySelectorAll('details').forEach((one) => { one.open = true; })";
/// Does nothing but the frame draws what was just changed.
const DRAWN: &str =
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))";

/// A page in a folder of its own.
struct Paper {
    folder: tempfile::TempDir,
    html: String,
}

impl Paper {
    fn of(scenarios: usize, samples: u32, text: &str) -> Paper {
        let report = incident(scenarios, samples, text);
        let one = format_named("html").unwrap().render(&report, &FormatOptions::default()).unwrap().remove(0);
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("report.html"), &one.bytes).unwrap();
        Paper { folder, html: String::from_utf8(one.bytes).unwrap() }
    }

    async fn opened(&self, fragment: &str) -> Browser {
        let mut browser = Browser::start().await;
        browser.open(&self.folder.path().join("report.html"), fragment).await;
        browser
    }
}

/// What the browser complained of, ran or asked for, beyond the file itself.
fn misdeeds(browser: &Browser) -> Vec<String> {
    let told = browser.events.iter().filter(|(method, parameters)| match method.as_str() {
        "Log.entryAdded"
        | "Runtime.consoleAPICalled"
        | "Runtime.exceptionThrown"
        | "Page.javascriptDialogOpening" => true,
        "Network.requestWillBeSent" => {
            let url = parameters["request"]["url"].as_str().unwrap_or_default();
            !url.ends_with("/report.html") && !url.starts_with("data:,")
        }
        _ => false,
    });
    told.map(|(method, parameters)| format!("{method}: {parameters}")).collect()
}

#[tokio::test]
async fn nothing_a_target_says_is_run_and_nobody_is_asked_for_anything() {
    if !is_installed() {
        return;
    }
    let paper = Paper::of(12, 5, HOSTILE);
    let mut browser = paper.opened("").await;
    browser.ask(UNFOLD).await;
    browser.ask("document.querySelectorAll('a[href^=\"#\"]').forEach((one) => one.click())").await;
    browser.ask(DRAWN).await;
    assert_eq!(misdeeds(&browser), Vec::<String>::new());
    assert_eq!(browser.ask("document.scripts.length").await, json!(1));
    let elsewhere = "[...document.querySelectorAll('[href]')].map((one) => one.getAttribute('href'))\
         .filter((one) => !/^(#|https:\\/\\/wiki\\.invalid\\/|data:,$)/.test(one))";
    assert_eq!(browser.ask(elsewhere).await, json!([]));
    // The policy holds: what is put into the page afterwards is refused, and that would have been seen above.
    browser.ask("{ const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s) }").await;
    browser
        .ask("{ const i = new Image(); i.src = 'https://evil.invalid/x.png'; document.body.append(i) }")
        .await;
    browser.ask(DRAWN).await;
    assert_eq!(browser.ask("window.ran ?? null").await, Value::Null);
    assert!(misdeeds(&browser).len() >= 2, "a refusal is seen");
}

/// Each element with its depth, as it is written.
fn written(html: &str) -> Vec<String> {
    // What stands in the style and the script is no markup.
    let between = |from: &str, to: &str| html.split_once(from).unwrap().1.split_once(to).unwrap().0;
    let html = html.replace(between("<style>", "</style>"), "").replace(between("<script>", "</script>"), "");
    let mut reader = quick_xml::Reader::from_str(&html);
    reader.config_mut().check_end_names = false;
    let (mut depth, mut all) = (0, Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let name = String::from_utf8(start.name().as_ref().to_vec()).unwrap();
                all.push(format!("{depth} {name}"));
                match name.as_str() {
                    "meta" | "link" | "input" | "br" => {}
                    _ => depth += 1,
                }
            }
            Event::End(_) => depth -= 1,
            Event::Eof => return all,
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_browser_builds_the_very_tree_that_was_written() {
    if !is_installed() {
        return;
    }
    let paper = Paper::of(12, 5, HOSTILE);
    let mut browser = paper.opened("").await;
    let built = "(() => { const all = []; const walk = (one, depth) => { all.push(depth + ' ' + one.localName); \
         for (const child of one.children) walk(child, depth + 1); }; walk(document.documentElement, 0); return all; })()";
    let built: Vec<String> = serde_json::from_value(browser.ask(built).await).unwrap();
    let written = written(&paper.html);
    let differs = built.iter().zip(&written).position(|(a, b)| a != b);
    assert_eq!(differs.map(|at| (&built[at - 3..=at], &written[at - 3..=at])), None);
    assert_eq!(built.len(), written.len());
}

#[tokio::test]
async fn the_filter_shows_what_is_asked_for_and_never_hides_red_silently() {
    if !is_installed() {
        return;
    }
    let paper = Paper::of(30, 3, "plain");
    let mut browser = paper.opened("").await;
    let said = "document.querySelector('output').textContent";
    assert_eq!(browser.ask(said).await, json!("All 30 scenarios shown."));
    browser.ask("document.querySelector('input[type=search]').focus()").await;
    browser.call("Input.insertText", json!({ "text": "AUTH-scenario" })).await;
    browser.until(&format!("{SHOWN} === 6")).await;
    assert_eq!(
        browser.ask(said).await,
        json!("6 of 30 scenarios shown, 24 hidden, 16 of the hidden are red.")
    );
    let loud = "document.querySelector('output').classList.contains('hides-red')";
    assert_eq!(browser.ask(loud).await, json!(true));
    browser.ask("document.querySelector('[data-all=reset]').click()").await;
    browser.until(&format!("{SHOWN} === 30")).await;
    browser.ask("document.querySelector('input[value=passed]').click()").await;
    browser.until(&format!("{SHOWN} === 20")).await;
    assert_eq!(browser.ask(said).await, json!("20 of 30 scenarios shown, 10 hidden, none of them red."));
    let choose = "{ const one = document.querySelector('#component'); one.value = 'database'; \
         one.dispatchEvent(new Event('change', { bubbles: true })) }";
    browser.ask(choose).await;
    browser.until(&format!("{SHOWN} === 4")).await;
    browser.ask("document.querySelector('[data-all=open]').click()").await;
    assert_eq!(browser.ask("document.querySelectorAll('[data-row][open]').length").await, json!(4));
    assert_eq!(misdeeds(&browser), Vec::<String>::new());
}

#[tokio::test]
async fn a_link_opens_what_it_leads_to_even_where_a_filter_hides_it() {
    if !is_installed() {
        return;
    }
    let paper = Paper::of(30, 3, "plain");
    let mut browser = paper.opened("#s-frontend-scenario-15").await;
    browser.until("document.getElementById('s-frontend-scenario-15').open").await;
    browser.ask("document.querySelector('input[value=failed]').click()").await;
    browser.until(&format!("{SHOWN} === 20")).await;
    browser.ask("document.querySelector('a[href=\"#s-backend-scenario-6\"]').click()").await;
    browser.until("document.getElementById('s-backend-scenario-6').open").await;
    assert_eq!(browser.ask(SHOWN).await, json!(30));
    assert_eq!(browser.ask("document.activeElement.localName").await, json!("summary"));
}

#[tokio::test]
async fn a_phone_scrolls_down_and_never_sideways() {
    if !is_installed() {
        return;
    }
    let paper = Paper::of(12, 30, HOSTILE);
    let mut browser = paper.opened("").await;
    for (width, theme) in [(360, "light"), (360, "dark"), (800, "light"), (1400, "dark")] {
        browser.screen(width, theme).await;
        browser.ask(UNFOLD).await;
        browser.ask(DRAWN).await;
        let beyond = browser.ask("document.documentElement.scrollWidth - window.innerWidth").await;
        assert!(beyond.as_i64().unwrap() <= 0, "{beyond} pixels too wide at {width}");
        let wide = "[...document.querySelectorAll('main *, header *')].filter((one) => !one.closest('.wide, svg, .unseen') && \
             one.getBoundingClientRect().right > window.innerWidth + 1).map((one) => one.outerHTML.slice(0, 120))";
        assert_eq!(browser.ask(wide).await, json!([]), "at {width}");
    }
}

/// Every text that is shown with less contrast than 4.5 : 1 against what is painted behind it.
const UNREADABLE: &str = r"(() => {
  const rgb = (text) => { const m = text.match(/[\d.]+/g).map(Number); return m.length > 3 ? m : [m[0], m[1], m[2], 1]; };
  const light = ([r, g, b]) => [r, g, b].map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; })
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      if (at.localName === 'g') { const box = at.querySelector('rect'); if (box) return rgb(getComputedStyle(box).fill); }
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] === 1) return colour;
    }
    return [255, 255, 255, 1];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const bad = new Set();
  let looked = 0;
  while (walker.nextNode()) {
    const one = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !one.checkVisibility() || ['SCRIPT', 'STYLE', 'title', 'desc'].includes(one.nodeName)) continue;
    const style = getComputedStyle(one);
    const ink = light(rgb(one.closest('svg') ? style.fill : style.color)), paper = light(behind(one));
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    looked += 1;
    if (ratio < 4.5) bad.add(ratio.toFixed(2) + ' ' + one.outerHTML.slice(0, 100));
  }
  return { looked, bad: [...bad].slice(0, 20) };
})()";

#[tokio::test]
async fn every_word_can_be_read_in_the_light_and_in_the_dark() {
    if !is_installed() {
        return;
    }
    let paper = Paper::of(12, 8, "plain");
    let mut browser = paper.opened("").await;
    let mut papers = BTreeMap::new();
    for theme in ["light", "dark"] {
        browser.screen(1200, theme).await;
        browser.ask(UNFOLD).await;
        browser.ask(DRAWN).await;
        let seen = browser.ask(UNREADABLE).await;
        assert_eq!(seen["bad"], json!([]), "{theme}");
        assert!(seen["looked"].as_u64().unwrap() > 500, "{seen}");
        papers.insert(theme, browser.ask("getComputedStyle(document.body).backgroundColor").await);
    }
    assert_ne!(papers["light"], papers["dark"]);
}

#[tokio::test]
async fn every_control_has_a_name_and_the_tab_key_reaches_it_visibly() {
    if !is_installed() {
        return;
    }
    let paper = Paper::of(6, 4, "plain");
    let mut browser = paper.opened("").await;
    browser.ask(UNFOLD).await;
    let tree = browser.call("Accessibility.getFullAXTree", json!({})).await;
    let mut roles: BTreeMap<String, usize> = BTreeMap::new();
    for node in tree["nodes"].as_array().unwrap().iter().filter(|node| node["ignored"] == json!(false)) {
        let (role, name) =
            (node["role"]["value"].as_str().unwrap(), node["name"]["value"].as_str().unwrap_or_default());
        *roles.entry(role.to_owned()).or_default() += 1;
        let is_named = [
            "button",
            "link",
            "searchbox",
            "combobox",
            "checkbox",
            "DisclosureTriangle",
            "image",
            "region",
            "heading",
        ];
        assert!(!is_named.contains(&role) || !name.trim().is_empty(), "{role} without a name: {node}");
    }
    for role in [
        "banner",
        "main",
        "contentinfo",
        "search",
        "searchbox",
        "combobox",
        "checkbox",
        "button",
        "heading",
        "list",
        "status",
    ] {
        assert!(roles.contains_key(role), "no {role}: {roles:?}");
    }
    let mut reached = Vec::new();
    for _ in 0..40 {
        browser.press("Tab", 9, None).await;
        let focus = "(() => { const one = document.activeElement, style = getComputedStyle(one); \
             return { what: one.localName + (one.type ? ':' + one.type : ''), seen: style.outlineStyle !== 'none' || one.className === 'skip' }; })()";
        let focus = browser.ask(focus).await;
        assert_eq!(focus["seen"], json!(true), "{focus}");
        reached.push(focus["what"].as_str().unwrap().to_owned());
    }
    assert_eq!(reached[0], "a", "the way past the header comes first");
    for what in ["input:search", "select:select-one", "input:checkbox", "button:button", "summary"] {
        assert!(reached.iter().any(|one| one == what), "{what} is not reached: {reached:?}");
    }
    browser.ask("{ const one = document.querySelector('[data-row]'); one.open = false; one.querySelector('summary').focus() }").await;
    browser.press("Enter", 13, Some("\r")).await;
    browser.until("document.querySelector('[data-row]').open").await;
}

#[tokio::test]
async fn paper_unfolds_what_is_red_and_a_screen_has_it_back_as_it_was() {
    if !is_installed() {
        return;
    }
    let paper = Paper::of(6, 4, "plain");
    let mut browser = paper.opened("").await;
    let is_shown = "document.querySelector('[data-row] .inside').checkVisibility()";
    assert_eq!(browser.ask(is_shown).await, json!(false));
    browser.ask("window.opened = 0; window.addEventListener('beforeprint', () => { window.opened = document.querySelectorAll('[data-row][open]').length })").await;
    let printed = browser.call("Page.printToPDF", json!({})).await;
    let pdf = base64::engine::general_purpose::STANDARD.decode(printed["data"].as_str().unwrap()).unwrap();
    assert!(pdf.starts_with(b"%PDF-") && pdf.len() > 20_000, "{} bytes", pdf.len());
    assert_eq!(browser.ask("window.opened").await, json!(2), "those that failed");
    let closed = "document.querySelectorAll('details:not([open])').length";
    assert!(browser.ask(closed).await.as_u64().unwrap() >= 4, "afterwards all is as it was");
    // The style alone unfolds it, too: where no script may run, there is no other way.
    browser.call("Emulation.setEmulatedMedia", json!({ "media": "print" })).await;
    browser.ask(DRAWN).await;
    assert_eq!(browser.ask(is_shown).await, json!(true));
}

#[tokio::test]
async fn without_a_script_and_without_a_style_all_of_it_is_there() {
    if !is_installed() {
        return;
    }
    let paper = Paper::of(6, 4, "plain");
    // What a CI server does to artefacts it does not trust.
    let stripped = paper
        .html
        .replace("style-src 'sha256-", "style-src 'sha256-x")
        .replace("script-src 'sha256-", "script-src 'sha256-x");
    assert_ne!(stripped, paper.html);
    let file = paper.folder.path().join("report.html");
    std::fs::write(&file, stripped).unwrap();
    let mut browser = Browser::start().await;
    browser.open(&file, "").await;
    assert_eq!(browser.ask("document.querySelector('form').checkVisibility()").await, json!(false));
    browser.ask("document.querySelector('[data-row] > summary').click()").await;
    browser.until("document.querySelector('[data-row]').open").await;
    let text = browser.ask("document.body.innerText").await;
    for wanted in ["REJECTED", "SIMULATED", "cause seen here", "time.connect.p95", "Run it again"] {
        assert!(text.as_str().unwrap().contains(wanted), "{wanted}");
    }
}

#[tokio::test]
async fn forty_scenarios_of_a_hundred_samples_open_at_once() {
    if !is_installed() {
        return;
    }
    let paper = Paper::of(40, 100, "plain");
    assert!(paper.html.len() < 1 << 20, "{} bytes", paper.html.len());
    let mut browser = paper.opened("").await;
    browser.until("performance.timing.loadEventEnd > 0").await;
    let took = browser.ask("performance.timing.loadEventEnd - performance.timing.navigationStart").await;
    eprintln!("{} bytes open in {took} ms", paper.html.len());
    assert!(took.as_f64().unwrap() < 30_000.0, "{took} ms");
    assert_eq!(browser.ask("document.querySelectorAll('[data-row]').length").await, json!(40));
}
