//! Reads what a page or an appearance draws (ISO 32000-1, 7.8.2 and 8.2), as far as telling what lies where needs it.

use crate::limits::Budget;
use crate::pdf::object::Object;
use crate::pdf::parser::Parser;
use crate::refusal::Refusal;

/// The most operands of one operator.
const MAX_OPERANDS: usize = 64;

/// Calls `each` with every operator and its operands. What follows an inline image is not read, nor is what cannot be read.
pub(super) fn operators(content: &[u8], budget: &mut Budget, mut each: impl FnMut(&[u8], &[Object])) -> Result<(), Refusal> {
    let mut operands = Vec::new();
    let mut parser = Parser::new(content, true);
    loop {
        budget.spend_work(1)?;
        match parser.operator() {
            Ok(Some(b"")) | Err(_) => return Ok(()),
            Ok(Some(b"ID")) => return Ok(()),
            Ok(Some(operator)) => {
                each(operator, &operands);
                operands.clear();
            }
            Ok(None) => match parser.operand(budget) {
                Ok(operand) if operands.len() < MAX_OPERANDS => operands.push(operand),
                Err(crate::pdf::parser::Stop::Refused(refusal @ Refusal::OverBudget)) => return Err(refusal),
                _ => return Ok(()),
            },
        }
    }
}

/// The strings that an operator shows, one behind the other.
pub(super) fn shown(operator: &[u8], operands: &[Object]) -> Option<Vec<u8>> {
    match (operator, operands) {
        (b"Tj" | b"'", [Object::String(text)]) | (b"\"", [.., Object::String(text)]) => Some(text.clone()),
        (b"TJ", [Object::Array(parts)]) => Some(parts.iter().filter_map(Object::as_string).flatten().copied().collect()),
        _ => None,
    }
}

/// A number, whole or not.
pub(super) fn number(object: &Object) -> Option<f64> {
    match object {
        Object::Integer(value) => Some(*value as f64),
        Object::Real(digits) => digits.parse().ok(),
        _ => None,
    }
}

/// Numbers, when there are exactly so many.
pub(super) fn numbers<const N: usize>(objects: &[Object]) -> Option<[f64; N]> {
    let all: Option<Vec<f64>> = objects.iter().map(number).collect();
    all?.try_into().ok()
}
