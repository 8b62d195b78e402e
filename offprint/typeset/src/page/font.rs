//! The typeface of the page as data addresses: the report's own, reduced to the characters that the page has. Figures were laid out in it,
//! so that with any other their names may run into each other. Independent of characters of the page.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use subsetter::GlyphRemapper;
use ttf_parser::{Face, RawFace};
use typst::text::{FontInfo, FontStyle, FontWeight};
use write_fonts::FontBuilder;
use write_fonts::tables::cmap::Cmap;
use write_fonts::types::{GlyphId, Tag};

/// By the name that figures and style ask for.
const FAMILY: &str = "Libertinus Serif";

/// Its upright faces that the page uses.
const WEIGHTS: [FontWeight; 2] = [FontWeight::REGULAR, FontWeight::BOLD];

/// Style rules that give a browser the faces with those of `characters` that they have; the others it takes from elsewhere.
pub fn faces(characters: &BTreeSet<char>) -> Result<String, String> {
    let face = |weight: FontWeight| {
        let number = weight.to_number();
        let bytes = whole(weight).ok_or_else(|| format!("the compiler's fonts lack {FAMILY} {number}"))?;
        let reduced = reduced(bytes, characters).map_err(|problem| format!("{FAMILY} {number}: {problem}"))?;
        Ok::<_, String>(format!(
            "@font-face {{ font-family: \"{FAMILY}\"; font-weight: {number}; src: url(data:font/otf;base64,{}) format(\"opentype\"); }}\n",
            STANDARD.encode(reduced)
        ))
    };
    WEIGHTS.into_iter().map(face).collect()
}

/// The upright face of that weight among the compiler's fonts.
fn whole(weight: FontWeight) -> Option<&'static [u8]> {
    typst_assets::fonts().find(|bytes| {
        FontInfo::new(bytes, 0).is_some_and(|info| {
            let variant = info.variant;
            info.family == FAMILY && variant.style == FontStyle::Normal && variant.weight == weight
        })
    })
}

/// A font with the glyphs of `characters` alone. `subsetter` makes it for PDF, without the tables that browsers ask for besides: those are
/// the map from characters to glyphs, made anew, and the metrics of Windows, which do not depend on what is in it.
fn reduced(bytes: &[u8], characters: &BTreeSet<char>) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    const METRICS: &[u8; 4] = b"OS/2";
    let whole = Face::parse(bytes, 0)?;
    let metrics = whole.raw_face().table(ttf_parser::Tag::from_bytes(METRICS)).ok_or("it has no table `OS/2`")?;
    let mut kept = GlyphRemapper::new();
    let characters = characters.iter().filter_map(|character| Some((*character, whole.glyph_index(*character)?)));
    let map: Vec<(char, GlyphId)> =
        characters.map(|(character, glyph)| (character, GlyphId::from(kept.remap(glyph.0)))).collect();
    let reduced = subsetter::subset(bytes, 0, &kept)?;
    let reduced = RawFace::parse(&reduced, 0)?;
    let mut font = FontBuilder::new();
    font.add_table(&Cmap::from_mappings(map)?)?.add_raw(Tag::new(METRICS), metrics);
    for record in reduced.table_records {
        let table = reduced.table(record.tag).ok_or("a table lies outside of it")?;
        font.add_raw(Tag::new(&record.tag.to_bytes()), table);
    }
    Ok(font.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_face_maps_the_characters_asked_for_to_glyphs_as_wide_as_the_whole_fonts() {
        let characters: BTreeSet<char> = "Rest-152 ²联".chars().collect();
        let css = faces(&characters).expect("two faces");
        let encoded: Vec<&str> = css.split("base64,").skip(1).filter_map(|rest| rest.split(')').next()).collect();
        assert_eq!(encoded.len(), WEIGHTS.len());
        for (encoded, weight) in encoded.into_iter().zip(WEIGHTS) {
            let bytes = STANDARD.decode(encoded).expect("base64");
            let info = FontInfo::new(&bytes, 0).expect("a font");
            assert_eq!((info.family.as_str(), info.variant.weight), (FAMILY, weight));
            let reduced = Face::parse(&bytes, 0).expect("a font");
            let whole = Face::parse(whole(weight).expect("the font"), 0).expect("a font");
            let width = |face: &Face<'_>, character| face.glyph_hor_advance(face.glyph_index(character)?);
            for character in "Rest-152 ²".chars() {
                assert!(width(&reduced, character).is_some(), "{character}");
                assert_eq!(width(&reduced, character), width(&whole, character), "{character}");
            }
            assert_eq!((width(&reduced, 'Q'), width(&reduced, '联')), (None, None));
            // What browsers ask for.
            for table in [b"cmap", b"head", b"hhea", b"hmtx", b"maxp", b"name", b"OS/2", b"post", b"CFF "] {
                assert!(reduced.raw_face().table(ttf_parser::Tag::from_bytes(table)).is_some(), "{table:?}");
            }
            assert!(bytes.len() < 20_000, "{} bytes", bytes.len());
        }
    }
}
