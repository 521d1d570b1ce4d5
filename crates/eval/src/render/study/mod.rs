//! How is a study shown: one page that needs nothing else, and the same as plain text?

mod curves;
mod efficiency;
mod equity;
mod league;

pub use efficiency::{efficiency_html, efficiency_markdown};
pub use equity::{equity_html, equity_markdown};
pub use league::{league_html, league_markdown};

use super::html::{closed, opened};
use super::markdown::cell;
use super::words::{escaped, reading};
use crate::card::Reading;
use std::fmt::Write as _;

/// A table: heads, and lines of as many cells.
struct Grid<'a> {
    caption: &'a str,
    heads: &'a [&'a str],
    lines: Vec<Vec<String>>,
}

impl Grid<'_> {
    fn html(&self, page: &mut String) {
        let _ = write!(
            page,
            "<div class=\"scroll\" tabindex=\"0\"><table class=\"sortable figures\"><caption class=\"soft\">{}</caption><thead><tr>",
            escaped(self.caption)
        );
        for head in self.heads {
            let _ = write!(page, "<th scope=\"col\">{head}</th>");
        }
        page.push_str("</tr></thead><tbody>");
        for line in &self.lines {
            page.push_str("<tr>");
            for (at, text) in line.iter().map(|text| escaped(text)).enumerate() {
                let _ = match at {
                    0 => write!(page, "<th scope=\"row\">{text}</th>"),
                    _ => write!(page, "<td>{text}</td>"),
                };
            }
            page.push_str("</tr>");
        }
        page.push_str("</tbody></table></div>");
    }

    fn markdown(&self, text: &mut String) {
        let _ = writeln!(
            text,
            "\n{}\n\n| {} |\n|{}",
            cell(self.caption),
            self.heads.join(" | "),
            "---|".repeat(self.heads.len())
        );
        for line in &self.lines {
            let cells: Vec<String> = line.iter().map(|text| cell(text)).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
    }
}

/// A page with a headline, what follows from it, and a body.
fn page(title: &str, lead: &str, advice: &[String], body: &str) -> String {
    let mut page = opened(title, "findings");
    let _ = writeln!(
        page,
        "<header><p class=\"brand\">verosim</p><h1>{}</h1><p>{}</p><nav aria-label=\"Sections\"><a href=\"#findings\">Findings</a><a href=\"#figures\">Figures</a><a href=\"#method\">Method</a><button type=\"button\" id=\"theme\" aria-label=\"Switch light and dark\">◐</button></nav></header>\n<main>",
        escaped(title),
        escaped(lead)
    );
    page.push_str("<section id=\"findings\"><h2>Findings</h2><ul>");
    for line in advice {
        let _ = write!(page, "<li>{}</li>", ticked(&escaped(line)));
    }
    page.push_str("</ul></section>\n");
    page.push_str(body);
    closed(&mut page, "Means over repeats. Holds no cell of anybody.");
    page
}

/// How the figures were made.
fn method(page: &mut String, words: &str) {
    let _ = writeln!(
        page,
        "</section>\n<section id=\"method\"><h2>Method</h2><p>{}</p></section>",
        ticked(&escaped(words))
    );
}

/// The same as plain text, without its body.
fn text(title: &str, lead: &str, advice: &[String]) -> String {
    let mut text = format!("# {}\n\n{}\n\n## Findings\n\n", cell(title), cell(lead));
    for line in advice {
        let _ = writeln!(text, "- {}", cell(line));
    }
    text
}

/// Names between ticks as code.
fn ticked(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let mut out = String::with_capacity(text.len());
    for (at, part) in parts.iter().enumerate() {
        match (at % 2, at + 1 < parts.len()) {
            (1, true) => {
                let _ = write!(out, "<code>{part}</code>");
            }
            _ => out.push_str(part),
        }
    }
    out
}

/// A mean with its interval, or a dash.
fn maybe(own: Option<&Reading>) -> String {
    own.map_or("–".to_owned(), reading)
}

/// A difference with its sign.
fn signed(own: Option<&Reading>) -> String {
    own.map_or("–".to_owned(), |own| {
        let interval = own.interval.map_or(String::new(), |i| format!(" ({:+.3} to {:+.3})", i.low, i.high));
        format!("{:+.3}{interval}", own.value)
    })
}

/// Reasons with how often each came.
fn reasons(failed: &[(String, usize)]) -> String {
    let words: Vec<String> = failed.iter().map(|(why, n)| format!("{why} ({n})")).collect();
    words.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_become_code_and_a_single_one_is_left_out_of_it() {
        assert_eq!(ticked("a `b` and `c"), "a <code>b</code> and c");
        let grid = Grid { caption: "x", heads: &["a", "b"], lines: vec![vec!["1<".into(), "2|".into()]] };
        let (mut html, mut text) = (String::new(), String::new());
        grid.html(&mut html);
        grid.markdown(&mut text);
        assert!(html.contains("<tr><th scope=\"row\">1&lt;</th><td>2|</td></tr>"), "{html}");
        assert!(text.contains("| a | b |\n|---|---|\n| 1&lt; | 2\\| |"), "{text}");
    }
}
