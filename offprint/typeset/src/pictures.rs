//! The figures as pictures for slides and web pages: each SVG of a folder as a PNG of the same name. Text is set in the
//! fonts of the report; those of the machine are not looked at, nor is any file that a drawing refers to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{ImageHrefResolver, Options, Tree, fontdb};

use crate::files::{self, FileError};

/// Width of a picture [pixels]; its height is in proportion.
const WIDTH: u32 = 2000;

/// The height of a figure, at most so many times its width.
const MAX_RATIO: f32 = 4.0;

/// Text whose font is not an embedded one is set in this, the figures' own.
const FAMILY: &str = "Libertinus Serif";

/// Why there are no pictures.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// A file or folder could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder has no drawings.
    #[error("{}: no SVG\nhint: the input folder needs `figures/*.svg`", path.display())]
    None {
        /// The folder.
        path: PathBuf,
    },
    /// A file that cannot be drawn.
    #[error("{}: {problem}\nhint: draw it again, or take it out of the folder", path.display())]
    NotADrawing {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// Draws each `figures/*.svg` of `input` into `figures/*.png` of `output`, and returns how many. Nothing is written
/// unless all can be drawn.
pub fn draw(input: &Path, output: &Path) -> Result<usize, PictureError> {
    let options = options();
    let (from, to) = (input.join("figures"), output.join("figures"));
    let names = files::names(&from, &["svg"])?;
    if names.is_empty() {
        return Err(PictureError::None { path: from });
    }
    let pictures = names.iter().map(|name| {
        let png = to.join(name).with_extension("png");
        Ok((png, picture(&from.join(name), &options)?))
    });
    let pictures = pictures.collect::<Result<Vec<_>, PictureError>>()?;
    for (path, bytes) in &pictures {
        files::write(path, bytes)?;
    }
    Ok(pictures.len())
}

/// The embedded fonts alone, and no way to other files.
fn options() -> Options<'static> {
    let mut fonts = fontdb::Database::new();
    for font in typst_assets::fonts() {
        fonts.load_font_data(font.to_vec());
    }
    // What is asked for last when no font has the name; without it such a text would not be drawn at all.
    fonts.set_serif_family(FAMILY);
    Options {
        fontdb: Arc::new(fonts),
        font_family: FAMILY.to_owned(),
        image_href_resolver: ImageHrefResolver {
            resolve_string: Box::new(|_, _| None),
            ..ImageHrefResolver::default()
        },
        ..Options::default()
    }
}

/// A drawing as the bytes of a PNG, on white.
fn picture(path: &Path, options: &Options<'_>) -> Result<Vec<u8>, PictureError> {
    let fail = |problem: String| PictureError::NotADrawing { path: path.to_owned(), problem };
    let text = files::text(path)?;
    let tree = Tree::from_str(&text, options).map_err(|error| fail(format!("not an SVG: {error}")))?;
    let (width, height) = (tree.size().width(), tree.size().height());
    if height > MAX_RATIO * width {
        return Err(fail(format!("{height} high and only {width} wide")));
    }
    let scale = WIDTH as f32 / width;
    let mut pixels = Pixmap::new(WIDTH, (height * scale).ceil() as u32).ok_or_else(|| fail("it has no area".into()))?;
    pixels.fill(Color::WHITE);
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| fail(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    /// A folder with one drawing, 100 wide and 50 high.
    fn folder(body: &str) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("figures")).expect("a folder");
        let root = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"100pt\" height=\"50pt\" viewBox=\"0 0 100 50\">";
        fs::write(folder.path().join("figures/fig01.svg"), format!("{root}{body}</svg>")).expect("a file");
        folder
    }

    fn bytes(folder: &TempDir) -> Vec<u8> {
        let output = folder.path().join("output");
        assert_eq!(draw(folder.path(), &output).unwrap_or_else(|error| panic!("{error}")), 1);
        fs::read(output.join("figures/fig01.png")).expect("a picture")
    }

    fn pixels(body: &str) -> Pixmap {
        Pixmap::decode_png(&bytes(&folder(body))).expect("a PNG")
    }

    /// How many pixels are not white.
    fn ink(body: &str) -> usize {
        pixels(body).pixels().iter().filter(|pixel| (pixel.red(), pixel.alpha()) != (255, 255)).count()
    }

    fn text(family: &str) -> String {
        format!("<text x=\"5\" y=\"30\" font-size=\"20\" font-family=\"{family}\">Sorts</text>")
    }

    #[test]
    fn tooltips_draw_nothing() {
        let target = "<circle cx=\"50\" cy=\"25\" r=\"20\"><title>heap sort, 1000: 3 ms</title></circle>\n\
                      <rect x=\"5\" y=\"5\" width=\"50\" height=\"9\"><title>radix sort: 1</title></rect>\n";
        let tooltips = format!("<g class=\"tooltips\" fill=\"none\" pointer-events=\"all\">\n{target}</g>\n");
        assert_eq!(ink(&tooltips), 0);
        assert!(ink(target) > 1000, "it is the group that keeps them from being drawn");
        let words = text(FAMILY);
        assert_eq!(bytes(&folder(&(words.clone() + &tooltips))), bytes(&folder(&words)));
    }

    #[test]
    fn a_picture_is_white_and_has_the_proportions_of_its_drawing() {
        let pixels = pixels("");
        assert_eq!((pixels.width(), pixels.height()), (WIDTH, WIDTH / 2));
        assert_eq!(ink(""), 0);
    }

    #[test]
    fn text_is_set_in_the_embedded_font_that_the_drawing_names() {
        assert!(ink(&text(FAMILY)) > 10_000);
        assert_ne!(ink(&text(FAMILY)), ink(&text("DejaVu Sans Mono")));
        assert_eq!(ink(&text(FAMILY)), ink(&text("No Such Font")), "the fonts of the machine are not looked at");
    }

    #[test]
    fn the_same_drawing_gives_the_same_bytes() {
        assert_eq!(bytes(&folder(&text(FAMILY))), bytes(&folder(&text(FAMILY))));
    }

    #[test]
    fn other_files_stay_unseen() {
        let folder = folder("<image href=\"secret.png\" width=\"100\" height=\"50\"/>");
        let mut secret = Pixmap::new(10, 10).expect("pixels");
        secret.fill(Color::BLACK);
        secret.save_png(folder.path().join("figures/secret.png")).expect("a file");
        let pixels = Pixmap::decode_png(&bytes(&folder)).expect("a PNG");
        assert!(pixels.pixels().iter().all(|pixel| pixel.red() == 255));
    }

    #[test]
    fn a_file_that_is_no_drawing_is_named_and_nothing_is_written() {
        let folder = folder("");
        for broken in
            ["no drawing", "<html/>", "", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"9\"/>"]
        {
            fs::write(folder.path().join("figures/fig02.svg"), broken).expect("a file");
            let output = folder.path().join("output");
            let error = draw(folder.path(), &output).expect_err("it is no drawing").to_string();
            assert!(error.contains("figures/fig02.svg: ") && error.contains("\nhint: "), "{error}");
            assert!(!output.exists());
        }
    }

    #[test]
    fn a_folder_without_drawings_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(draw(folder.path(), folder.path()).expect_err("there is nothing").to_string().contains("figures: "));
        fs::create_dir(folder.path().join("figures")).expect("a folder");
        assert!(draw(folder.path(), folder.path()).expect_err("there is nothing").to_string().contains("no SVG"));
    }
}
