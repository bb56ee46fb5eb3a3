//! A server of files on loopback.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// Files by name. What is listed in `cut` is promised whole, and the connection ends in the middle of it.
pub struct Files {
    pub content: BTreeMap<String, Vec<u8>>,
    pub cut: Vec<String>,
}

/// Serves the files for the rest of the test run; returns the address of the directory.
pub fn serve(files: Files) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let files = Arc::new(files);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let files = Arc::clone(&files);
            thread::spawn(move || answer(&connection, &files));
        }
    });
    address
}

fn answer(mut connection: &TcpStream, files: &Files) -> Option<()> {
    let mut lines = BufReader::new(connection).lines();
    let request = lines.next()?.ok()?;
    while !lines.next()?.ok()?.is_empty() {}
    let name = request.split(' ').nth(1)?.rsplit('/').next()?;
    let Some(content) = files.content.get(name) else {
        // A page for people, as release pages have.
        let nothing = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 25\r\n\
            Connection: close\r\n\r\n<html>Not found</html>\r\n\r\n";
        return connection.write_all(nothing).ok();
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        content.len()
    );
    connection.write_all(head.as_bytes()).ok()?;
    let end = if files.cut.iter().any(|cut| cut == name) {
        content.len() / 2
    } else {
        content.len()
    };
    connection.write_all(&content[..end]).ok()
}
