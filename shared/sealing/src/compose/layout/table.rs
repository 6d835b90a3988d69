//! Tables: columns as wide as they need to be, and a head that stands above each page of rows.

use super::{BOTTOM, INNER, MARGIN, MAX_COLUMNS, Sheet, TOP, is_right_to_left};
use crate::compose::Block;
use crate::page::font::{Fonts, Weight};
use crate::page::layout::Drawing;
use crate::page::outline::{ElementId, Role};
use crate::page::spans::{Span, wrap_spans};
use crate::page::text::{Ink, Line, Style};

const CELL: Style = Style { weight: Weight::Regular, size: 9.5, gray: Ink::Black };
/// Between base lines.
const LEADING: f32 = CELL.size * 1.4;
/// A head of more lines is not repeated: it would fill the pages, and a page has room for it once.
const MAX_REPEATED: usize = 4;
/// Between columns.
const GUTTER: f32 = 10.0;

/// How many of the blocks that begin with a row are of one table: a head below other rows begins the next.
pub(super) fn length(blocks: &[Block]) -> usize {
    let mut before: Option<bool> = None;
    let same = |block: &&Block| match block {
        Block::Row { is_head, .. } => {
            let begins = *is_head && before == Some(false);
            before = Some(*is_head);
            !begins
        }
        _ => false,
    };
    blocks.iter().take_while(same).count().max(1)
}

/// Sets a table of these rows.
pub(super) fn table(fonts: &Fonts, sheet: &mut Sheet, blocks: &[Block]) {
    let rows: Vec<_> = blocks
        .iter()
        .filter_map(|block| if let Block::Row { cells, is_head, .. } = block { Some((cells, *is_head)) } else { None })
        .collect();
    let widths = widths(fonts, &rows);
    let element = sheet.element(Role::Table);
    let set = |cells: &[Vec<Span>]| -> Vec<Cell> {
        cells
            .iter()
            .zip(&widths)
            .map(|(spans, width)| Cell { lines: wrap_spans(fonts, spans, CELL, width - GUTTER), from_right: is_right_to_left(spans) })
            .collect()
    };
    let head: Option<Vec<Cell>> = rows.first().filter(|(_, is_head)| *is_head && rows.len() > 1).map(|(cells, _)| set(cells));
    let tallest = head.as_deref().map_or(0, tallest);
    let repeated = head.as_deref().filter(|_| tallest <= MAX_REPEATED);
    // A head does not stand alone at the foot of a page.
    sheet.room((tallest + 3) as f32 * LEADING + 8.0);
    for (number, (cells, is_head)) in rows.iter().enumerate() {
        let row = sheet.outline.add(element, Role::Row);
        let role = if *is_head { Role::ColumnHeader } else { Role::Cell };
        let elements: Vec<_> = cells.iter().map(|_| sheet.outline.add(row, role)).collect();
        Setter { sheet, widths: &widths, head: repeated.filter(|_| number > 0) }.row(&set(cells), Some(&elements));
    }
}

/// A cell, wrapped.
struct Cell {
    lines: Vec<Line>,
    from_right: bool,
}

/// How many lines a row of these cells has.
fn tallest(cells: &[Cell]) -> usize {
    cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0)
}

struct Setter<'a> {
    sheet: &'a mut Sheet,
    widths: &'a [f32],
    /// What stands above the rows of a further page. It is said once only.
    head: Option<&'a [Cell]>,
}

impl Setter<'_> {
    fn row(&mut self, cells: &[Cell], elements: Option<&[ElementId]>) {
        let tallest = tallest(cells);
        // A row stays together where a page can hold it.
        self.room((tallest as f32 * LEADING + 8.0).min(BOTTOM - TOP));
        for number in 0..tallest {
            self.room(LEADING);
            let y = self.sheet.y + CELL.size + 3.0;
            let mut x = MARGIN;
            for (column, (cell, width)) in cells.iter().zip(self.widths).enumerate() {
                if let Some(line) = cell.lines.get(number) {
                    let at = if cell.from_right { x + width - GUTTER - line.width } else { x };
                    self.sheet.put(at, y, Drawing::Text(line.clone()), elements.map(|elements| elements[column]));
                }
                x += width;
            }
            self.sheet.space(LEADING);
        }
        self.sheet.space(6.0);
        let y = self.sheet.y;
        self.sheet.rule(y);
        self.sheet.space(3.0);
    }

    fn room(&mut self, height: f32) {
        if self.sheet.room(height)
            && let Some(head) = self.head.take()
        {
            self.row(head, None);
            self.head = Some(head);
        }
    }
}

/// How wide each column is. Where all fits, what is left is shared by need; where it does not, narrow columns get what they need, and the
/// others share the rest evenly.
fn widths(fonts: &Fonts, rows: &[(&Vec<Vec<Span>>, bool)]) -> Vec<f32> {
    let columns = rows.iter().map(|(cells, _)| cells.len()).max().unwrap_or(1).clamp(1, MAX_COLUMNS);
    let needed = |column: usize| {
        let of = |(cells, _): &(&Vec<Vec<Span>>, bool)| {
            let lines = cells.get(column).map(|spans| wrap_spans(fonts, spans, CELL, f32::INFINITY)).unwrap_or_default();
            lines.iter().map(|line| line.width).fold(0.0, f32::max)
        };
        // A hair more, so that what is measured as one fits as pieces.
        rows.iter().map(of).fold(CELL.size, f32::max) + GUTTER + 0.5
    };
    share((0..columns).map(needed).collect())
}

fn share(needs: Vec<f32>) -> Vec<f32> {
    let total: f32 = needs.iter().sum();
    if total <= INNER {
        return needs.iter().map(|need| need * INNER / total).collect();
    }
    let (mut left, mut greedy) = (INNER, needs.len());
    let mut sorted = needs.clone();
    sorted.sort_by(f32::total_cmp);
    let mut most = INNER;
    for need in sorted {
        most = left / greedy as f32;
        if need > most {
            break;
        }
        left -= need;
        greedy -= 1;
        if greedy == 0 {
            break;
        }
    }
    needs.into_iter().map(|need| need.min(most)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_share_the_page_by_need() {
        for (needs, expected) in [
            (vec![10.0, 10.0], vec![INNER / 2.0, INNER / 2.0]),
            (vec![100.0, 300.0], vec![INNER / 4.0, INNER * 3.0 / 4.0]),
            (vec![30.0, 1000.0], vec![30.0, INNER - 30.0]),
            (vec![1000.0, 20.0, 900.0], vec![(INNER - 20.0) / 2.0, 20.0, (INNER - 20.0) / 2.0]),
            (vec![900.0], vec![INNER]),
        ] {
            let shared = share(needs.clone());
            let near = shared.iter().zip(&expected).all(|(one, other)| (one - other).abs() < 0.01);
            assert!(near && shared.iter().sum::<f32>() <= INNER + 0.01, "{needs:?}: {shared:?}");
        }
    }

    #[test]
    fn a_head_below_rows_begins_another_table() {
        let row = |is_head| Block::Row { cells: Vec::new(), columns: 1, is_head };
        let rows = [row(true), row(false), row(false), row(true), row(false), Block::Rule];
        assert_eq!((length(&rows), length(&rows[3..]), length(&rows[4..])), (3, 2, 1));
    }
}
