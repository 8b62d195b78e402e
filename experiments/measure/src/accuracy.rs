//! The command `accuracy`: classifies the pictures of a data set, and writes predictions and scores. Independent of time and protocols.

mod chunks;
mod journal;
mod progress;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use anyhow::{Context, Error, Result, bail, ensure};
use burn::tensor::{Tensor, TensorData};
use images::list::{CLASSES, Identity, digest_of_file};
use images::{Images, Preprocessing, decode, preprocessing};
use networks::{Network, Shape};
use results::accuracy::{Accuracy, DataSet, Decoder, Score};
use results::predictions::{self, Prediction};
use results::{DeviceIdentity, json};
use serde_json::{Value, json};

use self::chunks::Chunks;
use self::journal::{Classified, Journal};
use self::progress::Progress;
use crate::device::{Device, Precision};
use crate::forward;
use crate::model::{Model, Operators};

/// Files of the result.
const OUTPUTS: [&str; 2] = ["accuracy.json", "predictions.csv"];

/// What is classified, by what, and where.
#[derive(clap::Args, Clone, Debug)]
pub struct Arguments {
    /// Network, for example `resnet-18`
    #[arg(long, value_name = "NAME")]
    pub network: String,
    /// Its weights
    #[arg(long, value_name = "FILE")]
    pub weights: PathBuf,
    /// The preprocessing that the weights were trained for
    ///
    /// By default, that of the table `preprocessing` in --images, or else that of a published file, which is recognised by its digest.
    #[arg(long, value_name = "NAME")]
    pub preprocessing: Option<String>,
    /// File with name, folder and, if folders are not named by WordNet ids, labels of the pictures
    #[arg(long, value_name = "FILE", default_value = "images.toml")]
    pub images: PathBuf,
    /// Device: cpu, cpu:burn, vulkan[:N], vulkan:software or cuda[:N]
    #[arg(long, value_name = "NAME", default_value = "cpu")]
    pub device: Device,
    /// Pictures in one forward pass
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub batch: u32,
    /// Folder to write accuracy.json and predictions.csv to
    #[arg(long, value_name = "DIR")]
    pub output: PathBuf,
    /// File that keeps predictions until all are made, so that an interrupted run can go on [default: in --output]
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// The folder of the kernel that describes the processor
    #[arg(long, value_name = "DIR", hide = true, default_value = "/proc")]
    pub procfs: PathBuf,
}

/// Everything but the pictures.
struct Classifier {
    network: Network,
    identity: DeviceIdentity,
    device: burn::tensor::Device,
    operators: Operators,
    batch: usize,
    /// Pixels of a side of the input.
    side: usize,
}

/// Runs the command.
///
/// # Errors
/// A file cannot be used; the error has the remedy. A picture that cannot be used ends the run: it is never skipped.
pub fn run(arguments: &Arguments) -> Result<()> {
    let classifier = Classifier::new(arguments)?;
    let images = Images::read(&arguments.images)?;
    let digest = digest_of_file(&arguments.weights);
    let weights = digest
        .map_err(|error| unusable(&arguments.weights, &error.into(), "give --weights a file that can be read"))?;
    let of_list = images.preprocessing.get(classifier.network.name);
    let asked = arguments.preprocessing.as_ref().or(of_list).map(String::as_str);
    let (preprocessing, found) = Preprocessing::of(classifier.network.name, classifier.side as u32, &weights, asked)
        .with_context(|| format!("the weights in {}", arguments.weights.display()))?;
    fs::create_dir_all(&arguments.output).with_context(|| unwritable(&arguments.output))?;
    let path = arguments.journal.clone().unwrap_or_else(|| arguments.output.join("predictions.journal"));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(|| unwritable(folder))?;
    let head = classifier.head(&images, &weights, preprocessing, found);
    let mut journal = Journal::open(&path, &head, &images.entries, classifier.batch)?;
    let model = forward::model(&classifier.network, &arguments.weights, &classifier.device, classifier.operators)?;
    classifier.classify(&model, &images, preprocessing, &mut journal)?;
    let accuracy = classifier.accuracy(&images, weights, described(preprocessing, found), journal.all())?;
    println!("{}", summary(&accuracy));
    let [scores, table] = OUTPUTS.map(|name| arguments.output.join(name));
    json::write(&scores, &accuracy).with_context(|| unwritable(&scores))?;
    let rows = predictions::csv(journal.all().iter().map(|classified| &classified.prediction));
    fs::write(&table, rows).with_context(|| unwritable(&table))?;
    journal.remove()
}

impl Classifier {
    fn new(arguments: &Arguments) -> Result<Self> {
        let network = networks::find(&arguments.network)?;
        networks::shapes(&network)?;
        let side = match network.input {
            Shape::Map(3, height, width) if height == width => height,
            _ => bail!("network {} does not take square pictures of three colours", network.name),
        };
        let device = arguments.device;
        ensure!(device != Device::Simulated, "the simulated device computes nothing\nhint: give --device cpu");
        let precision = Precision::F32;
        let operators = Operators::of(device, precision, device.largest_buffer()?);
        Model::check(&network, arguments.batch as usize, operators)?;
        let identity = device.identity(precision, &arguments.procfs)?;
        let device = device.open(precision)?;
        Ok(Self { network, identity, device, operators, batch: arguments.batch as usize, side })
    }

    /// What decides the predictions, apart from this program: a journal with another head is not continued.
    fn head(
        &self,
        images: &Images,
        weights: &str,
        preprocessing: &Preprocessing,
        found: preprocessing::Found,
    ) -> Value {
        let mut list = Identity::default();
        images.entries.iter().for_each(|entry| list.add("", entry));
        json!({
            "network": networks::canonical(&self.network),
            "device": self.identity,
            "batch": self.batch,
            "weights": weights,
            "preprocessing": described(preprocessing, found),
            "decoder": decode::JPEG_DECODER,
            "list": list.finish(),
        })
    }

    /// Classifies the pictures that are not in the journal.
    fn classify(
        &self,
        model: &Model,
        images: &Images,
        preprocessing: &Preprocessing,
        journal: &mut Journal,
    ) -> Result<()> {
        let start = journal.all().len();
        let mut progress = Progress::new(start, images.entries.len());
        let chunks = Chunks { images, preprocessing, batch: self.batch };
        std::thread::scope(|scope| {
            // One chunk is decoded while another is classified.
            let (send, receive) = mpsc::sync_channel(0);
            scope.spawn(move || chunks.send(start, &send));
            for chunk in receive {
                let chunk = chunk?;
                progress.decoded(chunk.pictures.len(), chunk.seconds);
                let inputs = chunk.inputs.chunks(self.batch * preprocessing.elements());
                for (inputs, pictures) in inputs.zip(chunk.pictures.chunks(self.batch)) {
                    let logits = self.logits(model, inputs.to_vec(), pictures.len())?;
                    let mut classified = Vec::new();
                    for (logits, picture) in logits.chunks_exact(CLASSES).zip(pictures) {
                        let entry = &images.entries[journal.all().len() + classified.len()];
                        let prediction = Prediction::of(&entry.path, entry.class, logits).with_context(|| {
                            let file = images.file(entry);
                            format!("a logit of {} is not finite\nhint: check the weights", file.display())
                        })?;
                        let (sha256, lenient) = (picture.sha256.clone(), picture.lenient.clone());
                        classified.push(Classified { prediction, sha256, lenient });
                    }
                    journal.append(classified)?;
                    progress.classified(pictures.len());
                }
            }
            progress.finish();
            Ok(())
        })
    }

    /// The logits of a batch, one picture after the other.
    fn logits(&self, model: &Model, inputs: Vec<f32>, pictures: usize) -> Result<Vec<f32>> {
        let shape = [pictures, inputs.len() / pictures / self.side / self.side, self.side, self.side];
        let logits = model.forward(Tensor::<4>::from_data(TensorData::new(inputs, shape), &self.device));
        let [_, classes] = logits.dims();
        ensure!(classes == CLASSES, "network {} has {classes} classes, not those of ILSVRC-2012", self.network.name);
        logits.into_data().try_to_vec::<f32>().context("cannot read the logits from the device")
    }

    fn accuracy(&self, images: &Images, weights: String, preprocessing: Value, all: &[Classified]) -> Result<Accuracy> {
        let mut identity = Identity::default();
        all.iter().zip(&images.entries).for_each(|(classified, entry)| identity.add(&classified.sha256, entry));
        let pictures = all.len() as u64;
        let count = |is_right: fn(&Prediction) -> bool| {
            let correct = all.iter().filter(|classified| is_right(&classified.prediction)).count();
            Score::of(correct as u64, pictures).context("there are no pictures")
        };
        let lenient = all.iter().filter(|classified| classified.lenient.is_some());
        Ok(Accuracy {
            schema: Accuracy::SCHEMA,
            network: self.network.name.to_owned(),
            device: self.identity.clone(),
            batch: self.batch as u32,
            weights_sha256: weights,
            preprocessing,
            decoder: Decoder {
                name: decode::JPEG_DECODER.to_owned(),
                agreement: decode::JPEG_AGREEMENT.to_owned(),
                lenient: lenient.map(|classified| classified.prediction.file.clone()).collect(),
            },
            images: DataSet { name: images.name.clone(), pictures, sha256: identity.finish() },
            top_1: count(Prediction::is_right)?,
            top_5: count(Prediction::has_right)?,
        })
    }
}

/// A preprocessing with how it was found.
fn described(preprocessing: &Preprocessing, found: preprocessing::Found) -> Value {
    let mut value = json!(preprocessing);
    value["found"] = json!(found);
    value
}

/// The scores in words.
fn summary(accuracy: &Accuracy) -> String {
    let score = |name: &str, score: &Score| {
        let [share, low, high] = [score.share, score.low, score.high].map(|share| 100.0 * share);
        format!("{name} {share:.2} % ({low:.2} to {high:.2} %): {} of {}", score.correct, accuracy.images.pictures)
    };
    let Decoder { name, agreement, lenient } = &accuracy.decoder;
    let lenient = match lenient.len() {
        0 => String::new(),
        count => format!("\n{count} files have errors, which were tolerated; accuracy.json lists them"),
    };
    format!(
        "{} on {}\n{}\n{}\nJPEG by {name}: {agreement}{lenient}",
        accuracy.network,
        accuracy.images.name,
        score("top-1", &accuracy.top_1),
        score("top-5", &accuracy.top_5)
    )
}

fn unusable(path: &Path, error: &Error, hint: &str) -> Error {
    anyhow::anyhow!("cannot use {}: {error:#}\nhint: {hint}", path.display())
}

fn unwritable(path: &Path) -> String {
    format!("cannot write {}\nhint: give --output a folder that can be written", path.display())
}
