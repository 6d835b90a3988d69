//! Packages: office files that are archives. They are looked through before the converter sees them, because an archive can hold far more
//! than it seems to.

use std::io::{Cursor, Read};

use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::Obstacle;

/// The most that a package may hold, in bytes.
const MAX_UNPACKED: u64 = 256 * 1024 * 1024;
/// The most files that it may have.
const MAX_FILES: usize = 5_000;
/// How far into a file a document type is looked for. It comes before everything else.
const PROLOG: usize = 4096;

/// What a package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Package {
    Word,
    OpenDocumentText,
    Other,
}

/// Looks through a package. All of it is unpacked, since what it says of its own size may be a lie; nothing is kept.
pub(super) fn package(content: &[u8]) -> Result<Package, Obstacle> {
    let mut archive = ZipArchive::new(Cursor::new(content)).map_err(|_| Obstacle::NotConvertible)?;
    if archive.len() > MAX_FILES {
        return Err(Obstacle::Suspicious);
    }
    let mut found = Package::Other;
    let mut left = MAX_UNPACKED;
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(|_| Obstacle::NotConvertible)?;
        let name = String::from_utf8_lossy(file.name_raw()).into_owned();
        // Neither kind of package has others than these two (ISO/IEC 29500-2, annex B; ISO/IEC 26300-3, 2.2).
        let unpacked: Box<dyn Read> = match file.compression() {
            CompressionMethod::Stored => Box::new(file),
            _ => Box::new(DeflateDecoder::new(file)),
        };
        let prolog = look_through(unpacked, &mut left)?;
        // Entities grow, and name other files. Neither kind of package may have a document type.
        if is_xml(&name) && prolog.windows(9).any(|window| window == b"<!DOCTYPE") {
            return Err(Obstacle::Suspicious);
        }
        match name.as_str() {
            "word/document.xml" => found = Package::Word,
            "mimetype" if prolog == b"application/vnd.oasis.opendocument.text" => found = Package::OpenDocumentText,
            _ => {}
        }
    }
    Ok(found)
}

/// Reads a file to its end, as far as there is room `left`, and returns how it begins.
fn look_through(mut file: impl Read, left: &mut u64) -> Result<Vec<u8>, Obstacle> {
    let mut prolog = Vec::new();
    let mut piece = [0; 16 * 1024];
    loop {
        let count = match file.read(&mut piece) {
            Ok(0) => return Ok(prolog),
            Ok(count) => count,
            Err(_) => return Err(Obstacle::NotConvertible),
        };
        *left = left.checked_sub(count as u64).ok_or(Obstacle::Suspicious)?;
        let wanted = count.min(PROLOG - prolog.len());
        prolog.extend_from_slice(&piece[..wanted]);
    }
}

fn is_xml(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".xml") || name.ends_with(".rels")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;
    use proptest::prelude::*;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            archive.start_file(*name, SimpleFileOptions::default().compression_method(CompressionMethod::Stored)).unwrap();
            archive.write_all(content).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    /// An archive of one deflated file, which says of itself that it unpacks to `claimed` bytes (APPNOTE 4.3).
    fn deflated(name: &str, unpacked: impl Read, claimed: u32) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        std::io::copy(&mut { unpacked }, &mut encoder).unwrap();
        let data = encoder.finish().unwrap();
        let packed = u32::try_from(data.len()).unwrap();
        let common = [
            [20, 0, 0, 0, 8, 0].as_slice(),
            &[0; 8],
            &packed.to_le_bytes(),
            &claimed.to_le_bytes(),
            &u16::try_from(name.len()).unwrap().to_le_bytes(),
            &[0; 2],
        ]
        .concat();
        let local = [b"PK\x03\x04".as_slice(), &common, name.as_bytes(), &data].concat();
        let central = [b"PK\x01\x02\x14\0".as_slice(), &common, &[0; 14], name.as_bytes()].concat();
        let end = [
            b"PK\x05\x06\0\0\0\0\x01\0\x01\0".as_slice(),
            &u32::try_from(central.len()).unwrap().to_le_bytes(),
            &u32::try_from(local.len()).unwrap().to_le_bytes(),
            &[0; 2],
        ]
        .concat();
        [local, central, end].concat()
    }

    #[test]
    fn packages_are_what_is_in_them() {
        let odt = b"application/vnd.oasis.opendocument.text".as_slice();
        let many: Vec<_> = (0..=MAX_FILES).map(|number| format!("word/{number}.xml")).collect();
        let many: Vec<_> = many.iter().map(|name| (name.as_str(), b"".as_slice())).collect();
        let entities = b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaa'>]><x>&a;</x>".as_slice();
        for (files, expected) in [
            ([("[Content_Types].xml", b"<Types/>".as_slice()), ("word/document.xml", b"<w:document/>")].as_slice(), Ok(Package::Word)),
            (&[("mimetype", odt), ("content.xml", b"<office:document-content/>")], Ok(Package::OpenDocumentText)),
            (&[("mimetype", b"application/epub+zip")], Ok(Package::Other)),
            (&[("xl/workbook.xml", b"<workbook/>")], Ok(Package::Other)),
            (&[("word/document.xml", entities)], Err(Obstacle::Suspicious)),
            (&[("word/document.xml", b"<w:document/>"), ("WORD/_rels/document.xml.RELS", entities)], Err(Obstacle::Suspicious)),
            (&many, Err(Obstacle::Suspicious)),
        ] {
            assert_eq!(package(&archive(files)), expected, "{:?}", files.first());
        }
    }

    #[test]
    fn a_bomb_is_refused_whatever_it_says_of_itself() {
        for (unpacked, expected) in [(MAX_UNPACKED, Ok(Package::Word)), (MAX_UNPACKED + 1, Err(Obstacle::Suspicious))] {
            for claimed in [1000, u32::try_from(unpacked).unwrap()] {
                let bomb = deflated("word/document.xml", std::io::repeat(b' ').take(unpacked), claimed);
                assert!(bomb.len() < 4 * 1024 * 1024, "it seems small");
                assert_eq!(package(&bomb), expected, "{unpacked} bytes, {claimed} claimed");
            }
        }
    }

    proptest! {
        #[test]
        fn no_archive_is_too_strange(position in 0..200_usize, value: u8, cut in 0..200_usize) {
            let mut bytes = archive(&[("word/document.xml", b"<w:document/>"), ("mimetype", b"x")]);
            let length = bytes.len();
            bytes[position.min(length - 1)] = value;
            bytes.truncate(length - cut.min(length));
            let _ = package(&bytes);
        }
    }
}
