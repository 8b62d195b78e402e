//! `graph`: which step reads from which, as text that other programs draw.

use std::fmt::Write;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::opened::Selection;
use crate::paper::Paper;
use crate::policy::Locking;
use crate::step::Class;

/// The flags of `graph`.
#[derive(Args)]
pub struct Diagram<P: Paper> {
    /// Only these steps and what they need, by name or pattern [default: all]
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
    /// Language of the diagram: Mermaid, which GitHub and many editors show, or Graphviz
    #[arg(long, value_enum, default_value = "mermaid")]
    format: Format,
    #[command(flatten)]
    selection: Selection<P>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Mermaid,
    Dot,
}

impl<P: Paper> Diagram<P> {
    /// Prints the diagram.
    pub(crate) fn run(&self) -> Result<()> {
        let opened = self.selection.open(Locking::Update)?;
        let graph = &opened.session.graph;
        let chosen = opened.chosen(&self.steps)?;
        let nodes = chosen.iter().map(|&index| (index, graph.steps()[index].name.as_str(), graph.steps()[index].class));
        let edges = chosen.iter().flat_map(|&index| graph.before(index).iter().map(move |&before| (before, index)));
        print!("{}", self.format.text(nodes, edges));
        Ok(())
    }
}

impl Format {
    /// Steps by index, name and class; pairs of a step and one that reads from it.
    fn text<'a>(
        self,
        nodes: impl Iterator<Item = (usize, &'a str, Class)>,
        edges: impl Iterator<Item = (usize, usize)>,
    ) -> String {
        let mut text = String::from(match self {
            Self::Mermaid => "graph LR\n",
            Self::Dot => "digraph steps {\n  rankdir=LR;\n  node [shape=box];\n",
        });
        for (index, name, class) in nodes {
            // Names are plain words separated by `/`, but a fork may have quotes in them.
            let name = name.replace('"', "'");
            let _ = match (self, class) {
                (Self::Mermaid, Class::Measured) => writeln!(text, "  s{index}([\"{name}\"])"),
                (Self::Mermaid, _) => writeln!(text, "  s{index}[\"{name}\"]"),
                (Self::Dot, Class::Measured) => writeln!(text, "  s{index} [label=\"{name}\", style=rounded];"),
                (Self::Dot, _) => writeln!(text, "  s{index} [label=\"{name}\"];"),
            };
        }
        for (before, index) in edges {
            let _ = match self {
                Self::Mermaid => writeln!(text, "  s{before} --> s{index}"),
                Self::Dot => writeln!(text, "  s{before} -> s{index};"),
            };
        }
        if matches!(self, Self::Dot) {
            text += "}\n";
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagram_has_every_step_and_every_arrow() {
        let draw = |format: Format| {
            let nodes = [(0, "a", Class::Measured), (1, "b \"c\"", Class::Exact)];
            format.text(nodes.into_iter(), [(0, 1)].into_iter())
        };
        assert_eq!(draw(Format::Mermaid), "graph LR\n  s0([\"a\"])\n  s1[\"b 'c'\"]\n  s0 --> s1\n");
        let dot = draw(Format::Dot);
        assert!(dot.contains("s0 [label=\"a\", style=rounded];") && dot.contains("s0 -> s1;"), "{dot}");
        assert!(dot.starts_with("digraph") && dot.ends_with("}\n"), "{dot}");
    }
}
