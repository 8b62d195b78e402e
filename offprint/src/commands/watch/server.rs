//! Serves the results to browsers of this machine, with a page that reloads another one whenever it is made again. The results
//! themselves are unchanged.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use walkdir::WalkDir;

use crate::files::FileIdentity;

/// The head of a request may have this many bytes.
const MAX_HEAD: u64 = 16 << 10;
/// Time for a browser to send a request, and to take what is sent.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time between two looks at a page.
const LOOK: Duration = Duration::from_millis(50);
/// After so many looks without a change, a comment is sent: it fails when the browser has gone.
const LOOKS: u32 = 200;
/// The path of the page that shows another one, whose path follows.
const SHOWN: &str = "/live/";
/// The path of the changes of a file, whose path follows.
const CHANGES: &str = "/changes/";

/// Shows the page whose path follows its own. It keeps the place when that reloads.
const FRAME: &str = r#"<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>watch</title>
<style>html, body, iframe { margin: 0; border: 0; width: 100%; height: 100%; display: block }</style>
<iframe title="the page"></iframe>
<script>
const path = location.pathname.slice("/live".length);
const frame = document.querySelector("iframe");
frame.addEventListener("load", () => { document.title = frame.contentDocument.title });
frame.src = path;
let shown = null;
new EventSource("/changes" + path).addEventListener("message", (message) => {
  if (shown !== null && shown !== message.data) {
    const { scrollX, scrollY } = frame.contentWindow;
    frame.addEventListener("load", () => frame.contentWindow.scrollTo(scrollX, scrollY), { once: true });
    frame.contentWindow.location.reload();
  }
  shown = message.data;
});
</script>
</html>
"#;

/// Serves `folder` in threads of its own until this process ends. Port 0 is any free one. Returns the address.
///
/// # Errors
/// The port is not free.
pub fn serve(folder: &Path, port: u16) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    let address = listener.local_addr()?;
    let folder: Arc<Path> = folder.into();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            // A browser that has gone needs no answer.
            thread::spawn(move || drop(answer(&stream, &folder, address.port())));
        }
    });
    Ok(address)
}

fn answer(stream: &TcpStream, folder: &Path, port: u16) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut head = BufReader::new(stream.take(MAX_HEAD)).lines();
    let first = head.next().unwrap_or_else(|| Ok(String::new()))?;
    let mut host = None;
    for line in head {
        let line = line?;
        match line.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("host") => host = Some(value.trim().to_owned()),
            _ if line.is_empty() => break,
            _ => {}
        }
    }
    // A page from elsewhere may have made its own name one of this machine; the browser then sends that name.
    let own = ["127.0.0.1", "localhost"].map(|name| format!("{name}:{port}"));
    if !host.is_some_and(|host| own.contains(&host)) {
        return refuse(stream, "421 Misdirected Request");
    }
    let mut words = first.split(' ');
    let (Some("GET"), Some(target)) = (words.next(), words.next()) else {
        return refuse(stream, "405 Method Not Allowed");
    };
    let target = target.split(['?', '#']).next().unwrap_or_default();
    if target == "/" {
        return send(stream, "200 OK", "text/html; charset=utf-8", index(folder).as_bytes());
    }
    let (kind, path) = match (target.strip_prefix(SHOWN), target.strip_prefix(CHANGES)) {
        (Some(path), _) => (SHOWN, path),
        (_, Some(path)) => (CHANGES, path),
        _ => ("", target.strip_prefix('/').unwrap_or(target)),
    };
    let Some(file) = below(folder, path) else { return refuse(stream, "404 Not Found") };
    match kind {
        SHOWN => send(stream, "200 OK", "text/html; charset=utf-8", FRAME.as_bytes()),
        CHANGES => changes(stream, &file),
        _ => send(stream, "200 OK", media_type(&file), &fs::read(&file)?),
    }
}

/// The plain file at a path of a URL, if it is below `folder`.
fn below(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(decoded(path)?);
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let file = folder.join(path).canonicalize().ok().filter(|_| is_plain)?;
    (file.starts_with(folder.canonicalize().ok()?) && file.is_file()).then_some(file)
}

/// A path without percent-encoding.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut parts = path.split('%');
    bytes.extend(parts.next()?.bytes());
    for part in parts {
        bytes.push(u8::from_str_radix(part.get(..2)?, 16).ok()?);
        bytes.extend(part.get(2..)?.bytes());
    }
    String::from_utf8(bytes).ok()
}

fn media_type(file: &Path) -> &'static str {
    match file.extension().and_then(|end| end.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("pdf") => "application/pdf",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        _ => "text/plain; charset=utf-8",
    }
}

/// Links to the pages of `folder`.
fn index(folder: &Path) -> String {
    let files = WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
    let pages = files.filter(|entry| entry.path().extension().is_some_and(|end| end == "html"));
    // Names of outputs are plain words.
    let names = pages.filter_map(|entry| Some(entry.path().strip_prefix(folder).ok()?.to_str()?.to_owned()));
    let links = names.map(|name| format!("<li><a href=\"{SHOWN}{name}\">{name}</a></li>\n"));
    let links: String = links.collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>watch</title>\n<ul>\n{links}</ul>\n</html>\n"
    )
}

/// An event for each version of a file, beginning with the present one.
fn changes(mut stream: &TcpStream, file: &Path) -> io::Result<()> {
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n")?;
    let mut shown = None;
    loop {
        for _ in 0..LOOKS {
            let now = FileIdentity::of(file).ok();
            if now.is_some() && now != shown {
                write!(stream, "data: {now:?}\n\n")?;
                shown = now;
            }
            thread::sleep(LOOK);
        }
        stream.write_all(b":\n\n")?;
    }
}

fn refuse(stream: &TcpStream, status: &str) -> io::Result<()> {
    send(stream, status, "text/plain; charset=utf-8", format!("{status}\n").as_bytes())
}

fn send(mut stream: &TcpStream, status: &str, media_type: &str, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\nCache-Control: no-store\r\n\
         X-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\nConnection: close\r\n\r\n"
    )?;
    stream.write_all(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A folder with a page, and the port that serves it. A secret is next to the folder.
    fn served() -> (tempfile::TempDir, u16) {
        let top = tempfile::tempdir().unwrap();
        let folder = top.path().join("output");
        fs::create_dir_all(folder.join("cpu")).unwrap();
        fs::write(folder.join("cpu/index.html"), "<p>one</p>").unwrap();
        fs::write(top.path().join("secret"), "secret").unwrap();
        symlink("../secret", folder.join("link")).unwrap();
        let port = serve(&folder, 0).unwrap().port();
        (top, port)
    }

    fn opened(port: u16, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    fn response(port: u16, request: &str) -> String {
        let mut text = String::new();
        opened(port, request).read_to_string(&mut text).unwrap();
        text
    }

    fn get(port: u16, path: &str) -> String {
        response(port, &format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"))
    }

    #[test]
    fn a_page_is_served_as_it_is_and_the_index_leads_to_one_that_shows_it() {
        let (_top, port) = served();
        let page = get(port, "/cpu/index.html");
        assert!(page.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html") && page.ends_with("\r\n\r\n<p>one</p>"));
        assert!(get(port, "/").contains("<a href=\"/live/cpu/index.html\">"));
        assert!(get(port, "/live/cpu/index.html").ends_with(FRAME));
        assert!(get(port, "/cpu%2Findex%2ehtml?x").ends_with("<p>one</p>"));
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let (_top, port) = served();
        for path in
            ["/../secret", "/%2e%2e/secret", "/link", "/cpu/../../secret", "//etc/passwd", "/cpu", "/no", "/%", "/%zz"]
        {
            assert!(get(port, path).starts_with("HTTP/1.1 404 "), "{path}");
            assert!(get(port, &format!("/changes{path}")).starts_with("HTTP/1.1 404 "), "{path}");
        }
    }

    #[test]
    fn other_names_of_this_machine_and_other_methods_are_refused() {
        let (_top, port) = served();
        let of = |method: &str, host: &str| response(port, &format!("{method} / HTTP/1.1\r\n{host}\r\n"));
        for host in ["Host: example.org\r\n", "Host: 127.0.0.1:1\r\n", "Host: 127.0.0.1\r\n", ""] {
            assert!(of("GET", host).starts_with("HTTP/1.1 421 "), "{host}");
        }
        let host = format!("Host: localhost:{port}\r\n");
        assert!(of("GET", &host).starts_with("HTTP/1.1 200 "));
        for method in ["POST", "PUT", "HEAD", "DELETE", ""] {
            assert!(of(method, &host).starts_with("HTTP/1.1 405 "), "{method}");
        }
    }

    #[test]
    fn a_page_that_is_made_again_is_an_event() {
        let (top, port) = served();
        let request = format!("GET /changes/cpu/index.html HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
        let mut lines = BufReader::new(opened(port, &request)).lines().map_while(Result::ok);
        let mut event = || lines.find(|line| line.starts_with("data: ")).unwrap();
        let first = event();
        let page = top.path().join("output/cpu/index.html");
        fs::write(top.path().join("new"), "<p>two</p>").unwrap();
        fs::rename(top.path().join("new"), page).unwrap();
        assert_ne!(event(), first);
    }
}
