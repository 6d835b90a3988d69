//! QR codes (ISO/IEC 18004).

use qrcodegen::{QrCode, QrCodeEcc};

/// The dark modules of a code: rows of columns. `None` when the text is too long for a code.
pub(crate) fn modules(text: &str) -> Option<Vec<Vec<bool>>> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    Some((0..size).map(|y| (0..size).map(|x| code.get_module(x, y)).collect()).collect())
}
