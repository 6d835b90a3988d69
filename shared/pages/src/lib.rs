//! What all pages share: how they look, and what browsers may do with them. `templates/` has the frame (`base.html`) that the functions'
//! own templates extend, and the style sheet.

pub mod cookie;
pub mod form;
pub mod look;
