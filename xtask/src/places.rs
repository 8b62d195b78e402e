//! Where results stand under names for people, in `output/DEVICE` and in a publication. Knows a step by its name alone.

/// Where an output is shown, below `output/DEVICE`.
pub fn place(step: &str, output: &str) -> String {
    match step.split('/').collect::<Vec<_>>()[..] {
        ["measure", _, network, batch] => format!("records/{network}-{batch}.json"),
        ["measure", _, network, batch, session] => format!("records/{network}-{batch}-{session}.json"),
        ["layers", _, network, batch] => format!("layers/{network}-{batch}.json"),
        ["figures", _] => format!("figures/{output}"),
        ["machines", machine] => format!("machines/{machine}.json"),
        _ => output.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_shown_where_a_reader_looks() {
        assert_eq!(place("measure/cpu/vgg-16/b2", "record.json"), "records/vgg-16-b2.json");
        assert_eq!(place("measure/cpu/vgg-16/b2/s3", "record.json"), "records/vgg-16-b2-s3.json");
        assert_eq!(place("layers/cpu/vgg-16/b1", "layers.json"), "layers/vgg-16-b1.json");
        assert_eq!(place("figures/fig03", "fig03.svg"), "figures/fig03.svg");
        assert_eq!(place("machines/cpu-3f2a91c0", "estimates.json"), "machines/cpu-3f2a91c0.json");
        assert_eq!(place("report", "report.pdf"), "report.pdf");
    }
}
