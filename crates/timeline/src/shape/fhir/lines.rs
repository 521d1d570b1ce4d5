//! Which lines does a file have, whatever it is packed in and however long they are?

use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// A line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// It is in the buffer.
    Whole,
    /// It was longer than the limit, and skipped.
    TooLong,
    /// There is none left.
    End,
}

/// Opens a file; gzip is known by its first bytes, and a byte order mark is skipped.
pub(super) fn open(path: &Path) -> io::Result<Box<dyn BufRead + Send>> {
    let mut file = BufReader::with_capacity(1 << 18, File::open(path)?);
    let packed = file.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let mut stream: Box<dyn BufRead + Send> = if packed {
        Box::new(BufReader::with_capacity(1 << 18, MultiGzDecoder::new(file)))
    } else {
        Box::new(file)
    };
    // A damaged head is told when the first line is read.
    if stream.fill_buf().is_ok_and(|head| head.starts_with("\u{feff}".as_bytes())) {
        stream.consume(3);
    }
    Ok(stream)
}

/// Reads the next line into `buffer`, which never holds more than `limit` bytes.
pub(super) fn next(mut from: &mut dyn BufRead, buffer: &mut Vec<u8>, limit: u64) -> io::Result<Line> {
    buffer.clear();
    let n = Read::by_ref(&mut from).take(limit).read_until(b'\n', buffer)?;
    if n == 0 {
        return Ok(Line::End);
    }
    if (n as u64) < limit || buffer.last() == Some(&b'\n') {
        return Ok(Line::Whole);
    }
    buffer.clear();
    loop {
        let seen = from.fill_buf()?;
        match seen.iter().position(|byte| *byte == b'\n') {
            Some(at) => {
                from.consume(at + 1);
                return Ok(Line::TooLong);
            }
            None if seen.is_empty() => return Ok(Line::TooLong),
            None => {
                let n = seen.len();
                from.consume(n);
            }
        }
    }
}

/// Reads everything, at most `limit` bytes; `None` when there is more.
pub(super) fn everything(mut from: &mut dyn BufRead, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    Read::by_ref(&mut from).take(limit + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_skipped_in_bounded_memory() {
        let text = format!("one\n{}\nthree", "x".repeat(1000));
        let mut from = BufReader::with_capacity(16, text.as_bytes());
        let mut buffer = Vec::new();
        let mut seen = Vec::new();
        loop {
            match next(&mut from, &mut buffer, 64).unwrap() {
                Line::End => break,
                Line::TooLong => seen.push("…".to_owned()),
                Line::Whole => seen.push(String::from_utf8(buffer.clone()).unwrap().trim().to_owned()),
            }
            assert!(buffer.capacity() <= 256);
        }
        assert_eq!(seen, ["one", "…", "three"]);
    }
}
