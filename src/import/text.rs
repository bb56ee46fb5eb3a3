//! The text of a source: in UTF-8 or UTF-16, with a byte order mark or without, as editors and PowerShell leave it.

/// The text of `bytes`; `None` if they are not text, such as a database.
pub fn of(bytes: &[u8]) -> Option<String> {
    let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => units(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => units(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        // Without a mark, every second byte of plain text is NUL.
        [first, 0, ..] if *first != 0 && bytes.len().is_multiple_of(2) => units(bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 && bytes.len().is_multiple_of(2) => units(bytes, u16::from_be_bytes),
        bytes => String::from_utf8_lossy(bytes).into_owned(),
    };
    (!text.contains('\0')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn every_encoding_of_editors_is_read() {
        let text = "export A=é\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [&[0xff, 0xfe], little.as_slice()].concat(),
            [&[0xfe, 0xff], big.as_slice()].concat(),
            little,
            big,
        ] {
            assert_eq!(of(&bytes).as_deref(), Some(text));
        }
        assert_eq!(of(b"SQLite format 3\0 and more"), None);
    }
}
