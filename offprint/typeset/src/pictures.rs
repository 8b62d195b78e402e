//! Converts figures for slides and web pages: each SVG of a folder to a PNG of the same name. Text is set in the fonts
//! of the report. Fonts of the machine and files that a drawing refers to are never used.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{ImageHrefResolver, Options, Tree, fontdb};

use crate::files::{self, FileError};

/// Width of a picture [pixels]. Its height is proportional.
const WIDTH: u32 = 2000;

/// Maximum ratio of height to width.
const MAX_RATIO: f32 = 4.0;

/// The font of the figures, which also replaces fonts that are not embedded.
const FAMILY: &str = "Libertinus Serif";

/// Why figures cannot be converted.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// A file or folder cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder has no drawings.
    #[error("{}: no SVG\nhint: the input folder needs `figures/*.svg`", path.display())]
    None {
        /// The folder.
        path: PathBuf,
    },
    /// A drawing is invalid.
    #[error("{}: {problem}\nhint: draw it again, or remove it from the folder", path.display())]
    NotADrawing {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// Converts each `figures/*.svg` of `input` to `figures/*.png` of `output`, and returns their number. Writes nothing
/// unless all can be converted.
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

/// Only the embedded fonts, and no access to files.
fn options() -> Options<'static> {
    let mut fonts = fontdb::Database::new();
    for font in typst_assets::fonts() {
        fonts.load_font_data(font.to_vec());
    }
    // The fallback for unknown fonts; without it, their text would not be drawn.
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

/// The bytes of a PNG of a drawing, on a white background.
fn picture(path: &Path, options: &Options<'_>) -> Result<Vec<u8>, PictureError> {
    let fail = |problem: String| PictureError::NotADrawing { path: path.to_owned(), problem };
    let text = files::text(path)?;
    let tree = Tree::from_str(&text, options).map_err(|error| fail(format!("not an SVG: {error}")))?;
    let (width, height) = (tree.size().width(), tree.size().height());
    if height > MAX_RATIO * width {
        return Err(fail(format!("its height {height} is too large for its width {width}")));
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

    /// The number of pixels that are not white.
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
        assert!(ink(target) > 1000, "without their group, they would be drawn");
        let content = text(FAMILY);
        assert_eq!(bytes(&folder(&(content.clone() + &tooltips))), bytes(&folder(&content)));
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
        assert_eq!(ink(&text(FAMILY)), ink(&text("No Such Font")), "the fonts of the machine are not used");
    }

    #[test]
    fn the_same_drawing_gives_the_same_bytes() {
        assert_eq!(bytes(&folder(&text(FAMILY))), bytes(&folder(&text(FAMILY))));
    }

    #[test]
    fn other_files_are_not_accessible() {
        let folder = folder("<image href=\"secret.png\" width=\"100\" height=\"50\"/>");
        let mut secret = Pixmap::new(10, 10).expect("pixels");
        secret.fill(Color::BLACK);
        secret.save_png(folder.path().join("figures/secret.png")).expect("a file");
        let pixels = Pixmap::decode_png(&bytes(&folder)).expect("a PNG");
        assert!(pixels.pixels().iter().all(|pixel| pixel.red() == 255));
    }

    #[test]
    fn an_invalid_drawing_is_named_and_nothing_is_written() {
        let folder = folder("");
        for broken in
            ["no drawing", "<html/>", "", "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"9\"/>"]
        {
            fs::write(folder.path().join("figures/fig02.svg"), broken).expect("a file");
            let output = folder.path().join("output");
            let error = draw(folder.path(), &output).expect_err("it is not a drawing").to_string();
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
