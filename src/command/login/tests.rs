use super::aws_cli::*;
use super::*;

#[test]
fn the_version_of_the_aws_cli_is_read() {
    assert_eq!(parse_version("aws-cli/2.9.19 Python/3.11.2 Linux/6.1"), Some((2, 9)));
    assert_eq!(parse_version("aws-cli/1.45.11 Python/3.11.7"), Some((1, 45)));
    assert_eq!(parse_version("something else"), None);
}

#[test]
fn no_login_begins_when_the_time_is_over() {
    let error = log_in(Login::Sso, "sso".into(), false, None, Instant::now()).unwrap_err();
    let said = error.render(false);
    assert!(said.contains("the login was not confirmed"), "{said}");
    assert!(said.contains("aws sso login --profile sso"), "{said}");
}

#[cfg(unix)]
#[test]
fn an_aws_cli_that_takes_too_long_is_ended() {
    let start = Instant::now();
    let ended = finish(Command::new("sleep").arg("60"), start + Duration::from_millis(200)).unwrap();
    assert_eq!(ended, None);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let done = finish(&mut Command::new("true"), start + Duration::from_mins(1)).unwrap();
    assert!(done.is_some_and(|status| status.success()));
}

#[cfg(unix)]
#[test]
fn an_aws_cli_that_does_not_tell_its_version_is_ended() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("aws");
    // Another process writes it: this one's threads may be starting programs.
    let script = format!("printf '#!/bin/sh\\nexec sleep 60\\n' >'{}'", program.display());
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let start = Instant::now();
    let error = version(&program, Duration::from_millis(200)).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let said = error.render(false);
    assert!(said.contains("did not report its version"), "{said}");
}

#[test]
fn who_waits_for_another_login_gives_up_in_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lock");
    let holder = File::create(&path).unwrap();
    holder.lock().unwrap();
    let start = Instant::now();
    let error = locked(File::open(&path).unwrap(), start + Duration::from_millis(200)).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(error.render(false).contains("another login has been under way"));
    holder.unlock().unwrap();
    let turn = locked(File::open(&path).unwrap(), start + Duration::from_mins(1)).unwrap();
    assert!(turn.is_some());
}
