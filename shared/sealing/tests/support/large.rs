//! A document of any size that takes no memory: a page, and a stream of zeros that nobody needs.

use std::io;

use segl_sealing::ReadAt;

/// A PDF with a stream of `padding` bytes.
pub struct LargeDocument {
    head: Vec<u8>,
    padding: u64,
    tail: Vec<u8>,
}

impl LargeDocument {
    pub fn new(padding: u64) -> Self {
        let objects = [
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>".to_owned(),
            format!("<</Length {padding}>>\nstream\n"),
        ];
        let mut head = b"%PDF-1.7\n".to_vec();
        let mut rows = String::from("0000000000 65535 f \n");
        for (index, object) in objects.iter().enumerate() {
            rows.push_str(&format!("{:010} 00000 n \n", head.len()));
            let end = if index == 3 { "" } else { "\nendobj\n" };
            head.extend_from_slice(format!("{} 0 obj\n{object}{end}", index + 1).as_bytes());
        }
        let end = "\nendstream\nendobj\n";
        let place = head.len() as u64 + padding + end.len() as u64;
        let tail = format!("{end}xref\n0 5\n{rows}trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n{place}\n%%EOF\n").into_bytes();
        Self { head, padding, tail }
    }

    /// The same document with more behind it.
    pub fn followed_by(mut self, increment: &[u8]) -> Self {
        self.tail.extend_from_slice(increment);
        self
    }

    /// Hands the document to `take`, a piece at a time, as it would arrive over a network.
    pub fn stream(&self, mut take: impl FnMut(&[u8])) {
        let mut piece = vec![0; 1 << 20];
        let mut at = 0;
        while at < self.len() {
            let count = self.read_at(at, &mut piece).expect("memory can be read");
            take(&piece[..count]);
            at += count as u64;
        }
    }
}

impl ReadAt for LargeDocument {
    fn len(&self) -> u64 {
        self.head.len() as u64 + self.padding + self.tail.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let body = self.head.len() as u64;
        let tail = body + self.padding;
        if offset < body {
            return ReadAt::read_at(&self.head, offset, buf);
        }
        if offset >= tail {
            return ReadAt::read_at(&self.tail, offset - tail, buf);
        }
        let count = usize::try_from(tail - offset).map_or(buf.len(), |left| left.min(buf.len()));
        buf[..count].fill(0);
        Ok(count)
    }
}
