//! Stream filters for cross-reference and object streams (ISO 32000-1, 7.4). Their writers use Flate, with or without a
//! predictor; anything else is refused.

use std::io::Read;

use flate2::read::ZlibDecoder;

use crate::limits::Budget;
use crate::pdf::object::{Dictionary, Object};
use crate::refusal::{Damage, Refusal};

/// The longest decoded stream: half a million rows of a cross-reference stream, and more than any object stream in use.
const MAX_DECODED: usize = 16 << 20;

/// Decodes a stream's data under the budget.
pub(crate) fn decode(dictionary: &Dictionary, data: Vec<u8>, budget: &mut Budget) -> Result<Vec<u8>, Refusal> {
    let names: Vec<&Object> = match dictionary.get("Filter") {
        None => return Ok(data),
        Some(Object::Array(items)) => items.iter().collect(),
        Some(single) => vec![single],
    };
    let parameters = match dictionary.get("DecodeParms") {
        Some(Object::Array(items)) => items.first().and_then(Object::as_dictionary),
        Some(single) => single.as_dictionary(),
        None => None,
    };
    match names.as_slice() {
        [] => Ok(data),
        [name] if name.is_name("FlateDecode") || name.is_name("Fl") => {
            let inflated = inflate(&data, budget)?;
            match parameters {
                Some(parameters) => undo_predictor(inflated, parameters, budget),
                None => Ok(inflated),
            }
        }
        _ => Err(Refusal::Unsupported("an unusual compression of its object tables")),
    }
}

fn inflate(data: &[u8], budget: &mut Budget) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    let mut decoder = ZlibDecoder::new(data);
    let mut chunk = [0u8; 16 * 1024];
    loop {
        match decoder.read(&mut chunk) {
            Ok(0) => return Ok(out),
            Ok(count) => {
                budget.spend_bytes(count as u64)?;
                if out.len() + count > MAX_DECODED {
                    return Err(Refusal::OverBudget);
                }
                out.extend_from_slice(&chunk[..count]);
            }
            // Some writers leave the checksum out, and readers do not miss it; what would be missing of the data is noticed by its use.
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof && !out.is_empty() => return Ok(out),
            Err(_) => return Err(Damage("compressed data cannot be read").into()),
        }
    }
}

fn undo_predictor(data: Vec<u8>, parameters: &Dictionary, budget: &mut Budget) -> Result<Vec<u8>, Refusal> {
    let number = |key: &str, default: i64| parameters.get(key).and_then(Object::as_integer).unwrap_or(default);
    let predictor = number("Predictor", 1);
    if predictor == 1 {
        return Ok(data);
    }
    let (columns, colors, bits) = (number("Columns", 1), number("Colors", 1), number("BitsPerComponent", 8));
    let is_sane = (10..=15).contains(&predictor) && (1..=1 << 16).contains(&columns) && (1..=4).contains(&colors) && bits == 8;
    if !is_sane {
        return Err(Refusal::Unsupported("an unusual predictor in its object tables"));
    }
    let per_pixel = usize::try_from(colors).map_err(|_| Refusal::OverBudget)?;
    let row_len = usize::try_from(columns).map_err(|_| Refusal::OverBudget)? * per_pixel;
    budget.spend_work(data.len() as u64 / 8)?;
    png_rows(&data, row_len, per_pixel)
}

/// PNG prediction (PNG specification, clause 9): each row has its filter type first.
fn png_rows(data: &[u8], row_len: usize, per_pixel: usize) -> Result<Vec<u8>, Refusal> {
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    for raw in data.chunks(row_len + 1) {
        let start = out.len();
        // Bytes before the row and above the first one count as zero.
        let earlier = |out: &[u8], back: usize, exists: bool| if exists { out[out.len() - back] } else { 0 };
        for (i, byte) in raw[1..].iter().enumerate() {
            let left = earlier(&out, per_pixel, i >= per_pixel);
            let up = earlier(&out, row_len, start > 0);
            let corner = earlier(&out, row_len + per_pixel, start > 0 && i >= per_pixel);
            let prediction = match raw[0] {
                0 => 0,
                1 => left,
                2 => up,
                3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
                4 => paeth(left, up, corner),
                _ => return Err(Damage("compressed data cannot be read").into()),
            };
            out.push(byte.wrapping_add(prediction));
        }
    }
    Ok(out)
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(up) - i16::from(corner);
    let distance = |value: u8| (estimate - i16::from(value)).abs();
    if distance(left) <= distance(up) && distance(left) <= distance(corner) {
        left
    } else if distance(up) <= distance(corner) {
        up
    } else {
        corner
    }
}
