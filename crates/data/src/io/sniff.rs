//! What kind of bytes are these?

use super::ReadError;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::Path;

/// A file that was looked into.
pub(super) struct Opened {
    pub(super) content: Content,
    /// All bytes, unpacked and as UTF-8 where the file said otherwise.
    pub(super) stream: Box<dyn Read + Send>,
    /// The first bytes of `stream`.
    pub(super) head: Vec<u8>,
    pub(super) gzip: bool,
    pub(super) notes: Vec<String>,
}

/// What the content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    Parquet,
    ArrowFile,
    ArrowStream,
    Json,
    Text,
}

/// Bytes looked at.
const HEAD: u64 = 64 * 1024;

/// Opens `path` and recognises its content by its first bytes.
pub(super) fn open(path: &Path) -> Result<Opened, ReadError> {
    let name = path.display().to_string();
    let io = |source| ReadError::Io { path: path.display().to_string(), source };
    let file = File::open(path).map_err(io)?;
    let mut stream: Box<dyn Read + Send> = Box::new(BufReader::with_capacity(1 << 18, file));
    let mut head = peek(&mut stream).map_err(io)?;
    if head.is_empty() {
        return Err(ReadError::Empty { path: name });
    }
    let gzip = head.starts_with(&[0x1f, 0x8b]);
    if gzip {
        stream = Box::new(MultiGzDecoder::new(rejoin(head, stream)));
        head = peek(&mut stream).map_err(|error| ReadError::Damaged {
            path: name.clone(),
            format: "gzip",
            why: error.to_string(),
        })?;
        if head.is_empty() {
            return Err(ReadError::Empty { path: name });
        }
    }
    let opened = |content, head: Vec<u8>, stream, notes| {
        Ok(Opened { content, stream: Box::new(rejoin(head.clone(), stream)), head, gzip, notes })
    };
    for (magic, content) in [
        (&b"PAR1"[..], Content::Parquet),
        (b"ARROW1", Content::ArrowFile),
        (&[0xff; 4], Content::ArrowStream),
    ] {
        if head.starts_with(magic) && !gzip {
            return opened(content, head, stream, Vec::new());
        }
    }
    if let Some(what) = foreign(&head) {
        return Err(ReadError::Binary { path: name, what });
    }
    // UTF-16 says so in its first two bytes; it is rare, so the whole file is turned into UTF-8 at once.
    if let Some((encoding, _)) =
        encoding_rs::Encoding::for_bom(&head).filter(|(e, _)| *e != encoding_rs::UTF_8)
    {
        let mut bytes = Vec::new();
        rejoin(head, stream).read_to_end(&mut bytes).map_err(io)?;
        let (text, _, broken) = encoding.decode(&bytes);
        if broken {
            return Err(ReadError::Damaged {
                path: name,
                format: encoding.name(),
                why: "it has impossible characters".into(),
            });
        }
        let text = text.into_owned().into_bytes();
        let head = text[..text.len().min(HEAD as usize)].to_vec();
        let notes = vec![format!("read as {}", encoding.name())];
        return Ok(Opened {
            content: kind_of(&head),
            stream: Box::new(Cursor::new(text)),
            head,
            gzip,
            notes,
        });
    }
    let mut notes = Vec::new();
    if head.starts_with(&[0xef, 0xbb, 0xbf]) {
        head.drain(..3);
        notes.push("a byte-order mark was removed".into());
    }
    if memchr::memchr(0, &head).is_some() || is_noise(&head) {
        return Err(ReadError::Binary { path: name, what: "it holds bytes that no text has" });
    }
    if head.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') && serde_like_array(&head) {
        return Err(ReadError::Binary {
            path: name,
            what: "it is one JSON array; one object per line is expected",
        });
    }
    opened(kind_of(&head), head, stream, notes)
}

/// The delimiter that splits the first lines most evenly into more than one cell; a comma when none does.
pub(super) fn delimiter(head: &[u8]) -> u8 {
    let mut best = (0.0, b',');
    for candidate in [b',', b';', b'\t', b'|'] {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(candidate)
            .flexible(true)
            .has_headers(false)
            .from_reader(head);
        let widths: Vec<usize> =
            reader.byte_records().take(50).filter_map(Result::ok).map(|r| r.len()).collect();
        // The last record of the head may be cut.
        let whole = &widths[..widths.len().saturating_sub(1).max(1).min(widths.len())];
        let Some(&first) = whole.first().filter(|&&width| width > 1) else { continue };
        let even = whole.iter().filter(|&&width| width == first).count() as f64 / whole.len() as f64;
        let score = even + 0.001 * (first.min(500) as f64);
        if score > best.0 {
            best = (score, candidate);
        }
    }
    best.1
}

fn peek(stream: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    stream.by_ref().take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

fn rejoin(head: Vec<u8>, rest: impl Read + Send + 'static) -> impl Read + Send + 'static {
    Cursor::new(head).chain(rest)
}

fn kind_of(head: &[u8]) -> Content {
    if head.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
        Content::Json
    } else {
        Content::Text
    }
}

/// A top-level array of objects, not a CSV whose first header begins with a bracket.
fn serde_like_array(head: &[u8]) -> bool {
    let mut marks = head.iter().filter(|byte| !byte.is_ascii_whitespace()).skip(1);
    matches!(marks.next(), Some(b'{' | b']'))
}

fn foreign(head: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 8] = [
        (b"PK\x03\x04", "it is a ZIP archive or an Excel workbook"),
        (b"\xd0\xcf\x11\xe0", "it is an old Excel or Word file"),
        (b"%PDF", "it is a PDF"),
        (b"\x89PNG", "it is a picture"),
        (b"SQLite format 3", "it is an SQLite database"),
        (b"$FL2", "it is an SPSS file"),
        (b"<stata_dta>", "it is a Stata file"),
        (b"BZh", "it is packed with bzip2"),
    ];
    MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, what)| *what)
}

/// More than one byte in ten is a control character.
fn is_noise(head: &[u8]) -> bool {
    let control = head.iter().filter(|&&byte| byte < 9 || (14..32).contains(&byte)).count();
    control * 10 > head.len()
}
