//! Do the parts of an Arrow file claim no more bytes than the file has?
//!
//! The reader sets aside what a part claims before it reads it. A damaged length would ask for more memory than the machine
//! has, and that ends a program without an error.

use arrow::ipc::{root_as_footer, root_as_message};
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};

/// First bytes of a file, and its last.
const MAGIC: usize = 6;
/// Stands before the length of a message since version 0.15 of the format.
const CONTINUED: u32 = u32::MAX;

/// Checks the blocks that the footer of an Arrow file names. Leaves the file where it was.
pub(super) fn check_file(file: &mut (impl Read + Seek)) -> Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let tail = (4 + MAGIC) as u64;
    if length < tail {
        return Err(too_short());
    }
    file.seek(SeekFrom::Start(length - tail))?;
    let size = u64::from(number(file)?);
    if size > length - tail {
        return Err(too_short());
    }
    file.seek(SeekFrom::Start(length - tail - size))?;
    let mut bytes = vec![0; size as usize];
    file.read_exact(&mut bytes)?;
    let footer = root_as_footer(&bytes).map_err(|_| Error::from(ErrorKind::InvalidData))?;
    let batches = footer.recordBatches().into_iter().flatten();
    let dictionaries = footer.dictionaries().into_iter().flatten();
    for block in batches.chain(dictionaries) {
        let parts = [block.offset(), i64::from(block.metaDataLength()), block.bodyLength()];
        let end = parts.iter().try_fold(0_u64, |end, &part| end.checked_add(u64::try_from(part).ok()?));
        if end.is_none_or(|end| end > length) {
            return Err(too_short());
        }
    }
    file.seek(SeekFrom::Start(0)).map(|_| ())
}

/// Checks the messages of an Arrow stream, one after the other. Leaves the file at its beginning.
pub(super) fn check_stream(file: &mut (impl Read + Seek)) -> Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut at = file.seek(SeekFrom::Start(0))?;
    while length - at >= 4 {
        let mut size = number(file)?;
        at += 4;
        if size == CONTINUED && length - at >= 4 {
            size = number(file)?;
            at += 4;
        }
        if size == 0 {
            break;
        }
        if u64::from(size) > length - at {
            return Err(too_short());
        }
        let mut bytes = vec![0; size as usize];
        file.read_exact(&mut bytes)?;
        at += u64::from(size);
        let message = root_as_message(&bytes).map_err(|_| Error::from(ErrorKind::InvalidData))?;
        let body = u64::try_from(message.bodyLength()).unwrap_or(u64::MAX);
        if body > length - at {
            return Err(too_short());
        }
        at = file.seek(SeekFrom::Start(at + body))?;
    }
    file.seek(SeekFrom::Start(0)).map(|_| ())
}

fn number(file: &mut impl Read) -> Result<u32> {
    let mut bytes = [0; 4];
    file.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

fn too_short() -> Error {
    Error::new(ErrorKind::UnexpectedEof, "a part claims more bytes than the file has")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{FileFormat, SourceInfo, write};
    use std::io::Cursor;

    fn arrow() -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.arrow");
        let table = crate::world::clinic(50, verosim_core::Seeded::new(1));
        write(&table, &path, &SourceInfo::of(FileFormat::Arrow), false).unwrap();
        std::fs::read(path).unwrap()
    }

    /// Regression: one wrong byte in a block's length asked for 614 GB, and the program aborted.
    #[test]
    fn a_block_that_claims_more_than_there_is_is_refused() {
        let bytes = arrow();
        check_file(&mut Cursor::new(&bytes)).unwrap();
        // The footer holds the lengths of the only block; any byte of them may be the damaged one.
        let mut refused = 0;
        for at in bytes.len() - 400..bytes.len() - 10 {
            let mut damaged = bytes.clone();
            damaged[at] = 0x7f;
            refused += usize::from(check_file(&mut Cursor::new(&damaged)).is_err());
        }
        assert!(refused >= 6, "{refused}");
    }

    #[test]
    fn a_message_that_claims_more_than_there_is_is_refused() {
        // Behind its magic and padding, a file is a stream up to its footer.
        let bytes = arrow();
        let start = bytes.windows(4).position(|word| word == [0xff; 4]).unwrap();
        let stream = &bytes[start..];
        let cut = |part: usize| &stream[..stream.len() * part / 100];
        let refused = (1..100).filter(|&part| check_stream(&mut Cursor::new(cut(part))).is_err()).count();
        // What is cut off behind the last message is none of it.
        assert!(refused > 30, "{refused}");
        check_stream(&mut Cursor::new(stream)).unwrap();
        assert!(check_stream(&mut Cursor::new(&[0xff, 0xff, 0xff, 0xff, 0x70, 0, 0, 0x70])).is_err());
        check_stream(&mut Cursor::new(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0])).unwrap();
    }
}
