//! `packaging/manifests/`, filled in by `scripts/release --manifests` for a made-up release: each by the tool that reads it,
//! or by its schema, and installed from a local server where that can be done here. The archive of this platform and that
//! of Windows are made by `scripts/package`, of a script that starts the program under test.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::server::{Files, serve};
use crate::support::files::{below, executable};
use crate::support::need::{find, have, need};
use crate::support::world::PROGRAM;
use crate::support::{Shell, World};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const LINUX: &str = "x86_64-unknown-linux-gnu";
const WINDOWS: &str = "x86_64-pc-windows-msvc";
/// The user nobody, and its group.
const NOBODY: u32 = 65534;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn success(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", words(&output));
    output
}

fn words(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn printed(command: &mut Command) -> String {
    String::from_utf8(success(command).stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

/// A command without the variables of whoever runs the tests.
fn bare(program: impl AsRef<std::ffi::OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var_os("PATH").unwrap();
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .env("LANG", "C.UTF-8");
    command
}

/// What lies on the release page, and the checksums of it all.
struct Release {
    address: String,
    sums: String,
}

impl Release {
    fn checksum(&self, target: &str) -> &str {
        let line = self.sums.lines().find(|line| line.contains(target)).unwrap();
        line.split("  ").next().unwrap()
    }

    fn repository(&self) -> String {
        format!("{}/example/claude-bedrock", self.address)
    }
}

fn archive_name(target: &str) -> String {
    let end = if target == WINDOWS { "zip" } else { "tar.gz" };
    format!("claude-bedrock-{VERSION}-{target}.{end}")
}

static RELEASE: LazyLock<Release> = LazyLock::new(|| {
    let directory = tempfile::tempdir().unwrap();
    let program = directory.path().join("program");
    // Who has to be another user brings a program that it may start.
    executable(
        &program,
        format!("#!/bin/sh\nexec \"${{PROGRAM_FOR_OTHERS-{PROGRAM}}}\" \"$@\"\n"),
    );
    let mut content = BTreeMap::new();
    for target in [LINUX, WINDOWS] {
        let out = directory.path().join(target);
        let mut command = Command::new("python3");
        command.arg(root().join("scripts/package"));
        command.args(["--only", "archive", "--fast", "--target", target, "--program"]);
        success(command.arg(&program).arg("--out").arg(&out));
        let name = archive_name(target);
        content.insert(name.clone(), fs::read(out.join(name)).unwrap());
    }
    for target in [
        "aarch64-unknown-linux-gnu",
        "x86_64-apple-darwin",
        "aarch64-apple-darwin",
    ] {
        content.insert(archive_name(target), target.as_bytes().to_vec());
    }
    // As the page has them, beside the archives.
    for name in [
        format!("claude-bedrock_{VERSION}_amd64.deb"),
        format!("claude-bedrock-linux-x64-{VERSION}.tgz"),
    ] {
        content.insert(name, Vec::new());
    }
    let mut sums = String::new();
    for (name, bytes) in &content {
        writeln!(sums, "{}  {name}", HEXLOWER.encode(&Sha256::digest(bytes))).unwrap();
    }
    // What git and mise ask a repository and the API of GitHub about the releases that there are.
    let commit = "07374de111cfef84776ca45aece5c4cfaa8a3895";
    let mut tags = format!("{commit}\trefs/heads/main\n");
    for tag in ["v0.0.10", "v0.0.9", &format!("v{VERSION}"), "v9.0.0-rc.1"] {
        writeln!(tags, "{commit}\trefs/tags/{tag}").unwrap();
    }
    let assets: Vec<String> = content.keys().cloned().collect();
    content.insert("refs?service=git-upload-pack".to_owned(), tags.into_bytes());
    content.insert("HEAD".to_owned(), b"ref: refs/heads/main\n".to_vec());
    content.insert("SHA256SUMS".to_owned(), sums.clone().into_bytes());
    // The server looks at the last part of a path alone, and the API tells whole addresses.
    let address = serve(Files {
        content: content.clone(),
        cut: Vec::new(),
    });
    let assets: Vec<Value> = assets
        .into_iter()
        .map(|name| {
            let url = format!("{address}/{name}");
            json!({"name": name, "url": url, "browser_download_url": url})
        })
        .collect();
    // mise takes none that was made within a day.
    let time = "2026-01-01T00:00:00Z";
    let page = json!({"tag_name": format!("v{VERSION}"), "draft": false, "prerelease": false,
        "created_at": time, "published_at": time, "assets": assets});
    content.insert("latest".to_owned(), page.to_string().into_bytes());
    content.insert(format!("v{VERSION}"), page.to_string().into_bytes());
    content.insert(
        "releases?per_page=100".to_owned(),
        json!([page]).to_string().into_bytes(),
    );
    let address = serve(Files {
        content,
        cut: Vec::new(),
    });
    Release { address, sums }
});

fn release() -> &'static Release {
    need("python3");
    &RELEASE
}

/// The manifests of a release, in a place that everybody may read.
struct Manifests {
    place: TempDir,
}

fn render(sums: &str, repository: Option<&str>) -> Result<Manifests, String> {
    need("python3");
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::create_dir(place.path().join("home")).unwrap();
    fs::write(place.path().join("SHA256SUMS"), sums).unwrap();
    let mut command = Command::new(root().join("scripts/release"));
    // Names are meant from where it is called.
    command
        .current_dir(place.path())
        .args(["--manifests", "SHA256SUMS", "--out", "manifests"]);
    if let Some(repository) = repository {
        command.args(["--repository", repository]);
    }
    let output = command.output().unwrap();
    if output.status.success() {
        Ok(Manifests { place })
    } else {
        assert!(
            !place.path().join("manifests").exists(),
            "a refusal leaves half of the manifests"
        );
        Err(words(&output))
    }
}

fn rendered() -> Manifests {
    let release = release();
    render(&release.sums, Some(&release.repository())).unwrap()
}

impl Manifests {
    fn path(&self, name: &str) -> PathBuf {
        self.place.path().join("manifests").join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn home(&self) -> PathBuf {
        self.place.path().join("home")
    }

    fn bare(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        bare(program, &self.home())
    }

    /// The archive of this platform, unpacked as a package manager does it.
    fn unpacked(&self) -> PathBuf {
        let url = format!("{}/{}", release().address, archive_name(LINUX));
        let line = format!("curl --fail --silent '{url}' | tar -xz");
        success(self.bare("sh").args(["-c", &line]).current_dir(self.place.path()));
        self.place.path().join(format!("claude-bedrock-{VERSION}-{LINUX}"))
    }
}

/// The program that was installed below `prefix` is started, and says its version.
fn says_its_version(prefix: &Path) {
    let said = printed(Command::new(prefix.join("bin/claude-bedrock")).arg("--version"));
    assert!(said.starts_with(&format!("claude-bedrock {VERSION} (")), "{said}");
}

/// The archives were made for the processor of most machines; its program is a script, so any may run it.
fn is_linux() -> bool {
    cfg!(all(target_os = "linux", target_arch = "x86_64"))
}

/// The addresses of archives in a text.
fn archives_in(text: &str) -> BTreeSet<&str> {
    let starts = text.match_indices("/releases/download/").map(|(at, _)| &text[at..]);
    starts
        .filter_map(|rest| rest.split(['"', '\'', ' ', ')', '\n']).next())
        .filter(|url| !url.contains('$'))
        .collect()
}

#[test]
fn every_manifest_names_archives_of_the_release_each_with_its_checksum() {
    let (release, manifests) = (release(), rendered());
    let of_tags = format!("/releases/download/v{VERSION}/");
    let mut named = BTreeMap::new();
    for name in below(&manifests.path("")) {
        let text = manifests.read(&name);
        let left: Vec<&str> = text.split('@').skip(1).step_by(2).collect();
        assert!(
            !left
                .iter()
                .any(|field| field.starts_with(|c: char| c.is_ascii_uppercase()) && !field.contains('\n')),
            "{name}: {left:?}"
        );
        for archive in archives_in(&text) {
            let file = archive
                .strip_prefix(&of_tags)
                .unwrap_or_else(|| panic!("{name}: {archive}"));
            let target = file.strip_prefix(&format!("claude-bedrock-{VERSION}-")).unwrap();
            let target = target.split('.').next().unwrap();
            assert_eq!(file, archive_name(target), "{name}");
            assert!(text.contains(release.checksum(target)), "{name}: {archive}");
            named
                .entry(name.clone())
                .or_insert_with(BTreeSet::new)
                .insert(target.to_owned());
        }
    }
    let count: Vec<(&str, usize)> = named.iter().map(|(name, targets)| (&**name, targets.len())).collect();
    assert_eq!(
        count,
        [
            ("aur/.SRCINFO", 2),
            ("aur/PKGBUILD", 2),
            ("homebrew/claude-bedrock.rb", 4),
            ("mise/mise.toml", 5),
            ("nix/flake.nix", 4),
            ("scoop/claude-bedrock.json", 1),
            ("winget/example.ClaudeBedrock.installer.yaml", 1),
        ]
    );
}

#[test]
fn what_is_no_release_fills_in_nothing_and_is_told_why() {
    let good = &release().sums;
    let other = good.replacen(&format!("claude-bedrock-{VERSION}-x86"), "claude-bedrock-7.8.9-x86", 1);
    let candidate = good.replace(&format!("-{VERSION}-"), "-1.0.0-rc.1-");
    let without = |target: &str| -> String {
        let lines = good.lines().filter(|line| !line.contains(target));
        lines.flat_map(|line| [line, "\n"]).collect()
    };
    let url = "https://github.com/example/claude-bedrock";
    let cases = [
        ("", Some(url), "archives of 0 versions"),
        ("<html>not found</html>\n", Some(url), "archives of 0 versions"),
        (&other, Some(url), "archives of 2 versions"),
        (&candidate, Some(url), "1.0.0-rc.1 is a candidate"),
        (
            &without("aarch64-apple"),
            Some(url),
            "no archive for aarch64-apple-darwin",
        ),
        (&without("windows"), Some(url), "no archive for x86_64-pc-windows-msvc"),
        (&good[..good.len() / 2], Some(url), "no archive for"),
        (good, None, "Cargo.toml names no repository"),
        (good, Some("github.com/example/x"), "is not the address of a repository"),
        (
            good,
            Some("https://github.com/claude"),
            "is not the address of a repository",
        ),
        (
            good,
            Some("https://github.com/o/r'; id; '"),
            "is not the address of a repository",
        ),
        (
            good,
            Some("https://github.com/o/$(id)"),
            "is not the address of a repository",
        ),
        (
            good,
            Some("https://github.com/o/r\nid"),
            "is not the address of a repository",
        ),
    ];
    let names_one = fs::read_to_string(root().join("Cargo.toml"))
        .unwrap()
        .contains("\nrepository = ");
    for (sums, repository, says) in cases {
        if repository.is_none() && names_one {
            continue;
        }
        let told = render(sums, repository).map(drop).unwrap_err();
        assert!(told.contains(says), "{says}: {told}");
        assert!(
            told.starts_with("scripts/release: ") && told.lines().count() == 1,
            "{told}"
        );
    }
    assert!(render(good, Some("https://github.com/example/claude-bedrock/")).is_ok());
}

#[test]
fn the_homebrew_formula_fetches_the_archive_of_each_system_and_installs_all_of_it() {
    let (ruby, release, manifests) = (need("ruby"), release(), rendered());
    let formula = manifests.path("homebrew/claude-bedrock.rb");
    success(manifests.bare(&ruby).arg("-cW2").arg(&formula));
    let homebrew = root().join("tests/all/packaging/formula.rb");
    for (system, processor, target) in [
        ("macos", "arm", "aarch64-apple-darwin"),
        ("macos", "intel", "x86_64-apple-darwin"),
        ("linux", "arm", "aarch64-unknown-linux-gnu"),
        ("linux", "intel", LINUX),
    ] {
        let mut command = manifests.bare(&ruby);
        let said = printed(
            command
                .arg("-W2")
                .arg(&homebrew)
                .arg(&formula)
                .args([system, processor]),
        );
        let url = format!(
            "{}/releases/download/v{VERSION}/{}",
            release.repository(),
            archive_name(target)
        );
        assert_eq!(said, format!("{VERSION}\nMIT\n{url}\n{}", release.checksum(target)));
    }
    let (tree, prefix) = (manifests.unpacked(), manifests.place.path().join("prefix"));
    let mut command = manifests.bare(&ruby);
    command.arg(&homebrew).arg(&formula).args(["linux", "intel"]);
    success(command.arg(&tree).arg(&prefix));
    let names = |directory: &Path| -> BTreeSet<String> {
        let files = below(directory).into_iter();
        files
            .map(|file| file.replace("share/bash-completion/completions/", "etc/bash_completion.d/"))
            .collect()
    };
    assert_eq!(names(&prefix), names(&tree));
    says_its_version(&prefix);
}

/// Says what the schemas say of files.
fn faults(python: &Path, files: &[PathBuf]) -> String {
    let mut command = Command::new(python.ancestors().nth(5).unwrap().join("bin/python"));
    let output = command
        .arg(root().join("scripts/lib/check-schemas.py"))
        .args(files)
        .output()
        .unwrap();
    let told = words(&output);
    assert_eq!(output.status.code(), Some(i32::from(!told.is_empty())), "{told}");
    told
}

#[test]
fn the_manifests_of_scoop_and_winget_keep_to_their_schemas_and_name_what_the_archive_holds() {
    let manifests = rendered();
    let installer = "winget/example.ClaudeBedrock.installer.yaml";
    let scoop: Value = serde_json::from_str(&manifests.read("scoop/claude-bedrock.json")).unwrap();
    let directory = scoop["architecture"]["64bit"]["extract_dir"].as_str().unwrap();
    let program = format!("{directory}\\{}", scoop["bin"].as_str().unwrap());
    // As winget's schemas 1.10 have it (microsoft/winget-cli, schemas/JSON/manifests/v1.10.0), which is newer than what
    // SchemaStore has: an archive with a program that needs no installer.
    let text = manifests.read(installer);
    for line in [
        "InstallerType: zip",
        "NestedInstallerType: portable",
        &format!("  - RelativeFilePath: '{program}'"),
        "    PortableCommandAlias: claude-bedrock",
    ] {
        assert!(text.lines().any(|there| there == line), "{line}\n{text}");
    }
    let url = format!("{}/{}", release().address, archive_name(WINDOWS));
    let line = "import io, sys, urllib.request, zipfile\n\
        print('\\n'.join(zipfile.ZipFile(io.BytesIO(urllib.request.urlopen(sys.argv[1]).read())).namelist()))";
    let listed = printed(manifests.bare("python3").args(["-c", line, &url]));
    assert!(
        listed.lines().any(|name| name == program.replace('\\', "/")),
        "{listed}"
    );
    for kind in ["", ".installer", ".locale.en-US"] {
        let text = manifests.read(&format!("winget/example.ClaudeBedrock{kind}.yaml"));
        let head = format!("PackageIdentifier: example.ClaudeBedrock\nPackageVersion: \"{VERSION}\"\n");
        assert!(
            text.starts_with(&head) && text.ends_with("\nManifestVersion: 1.10.0\n"),
            "{text}"
        );
    }

    let schemas = need("SchemaStore");
    let files = [
        "scoop/claude-bedrock.json",
        installer,
        "winget/example.ClaudeBedrock.locale.en-US.yaml",
    ];
    let paths = files.map(|name| manifests.path(name));
    assert_eq!(faults(&schemas, &paths), "");
    // Each is looked at.
    for (name, good, bad) in [
        (files[0], "\"hash\": \"", "\"hash\": \"x"),
        (installer, "Architecture: x64", "Architecture: i386"),
        (files[2], "PackageLocale: en-US", "PackageLocale: '?'"),
    ] {
        let text = manifests.read(name);
        assert!(text.contains(good));
        fs::write(manifests.path(name), text.replacen(good, bad, 1)).unwrap();
        assert!(faults(&schemas, &paths).contains(&format!("{}: $", manifests.path(name).display())));
        fs::write(manifests.path(name), text).unwrap();
    }
}

/// What the flake takes of nixpkgs, by Nix alone, which has no package of it here.
const NIXPKGS: &str = r#"
let
  pkgs = {
    fetchurl = { url, sha256 }: import <nix/fetchurl.nix> { inherit url sha256; };
    lib = { licenses.mit = "MIT"; sourceTypes.binaryNativeCode = "binary"; };
    stdenvNoCC.mkDerivation = package: derivation {
      name = "${package.pname}-${package.version}";
      system = builtins.currentSystem;
      inherit (package) src installPhase;
      builder = "/bin/sh";
      args = [ "-euc" ''export PATH=/usr/bin:/bin; tar -xzf "$src"; cd */; eval "$installPhase"'' ];
    } // { inherit (package) meta; };
  };
  systems = [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ];
  flake = import ./flake.nix;
in
flake.outputs {
  self = flake;
  nixpkgs.legacyPackages = builtins.listToAttrs (map (name: { inherit name; value = pkgs; }) systems);
}
"#;

#[test]
fn the_flake_has_a_package_for_each_system_and_nix_builds_this_one() {
    let (nix, release, manifests) = (need("Nix"), release(), rendered());
    let directory = manifests.path("nix");
    fs::write(directory.join("nixpkgs.nix"), NIXPKGS).unwrap();
    let store = manifests.place.path().join("store");
    let command = |name: &str| {
        let mut command = manifests.bare(nix.with_file_name(name));
        command.current_dir(&directory).env("NIX_REMOTE", "local");
        for (variable, place) in [
            ("NIX_STORE_DIR", "store"),
            ("NIX_STATE_DIR", "var"),
            ("NIX_LOG_DIR", "log"),
            ("NIX_CONF_DIR", "etc"),
        ] {
            command.env(variable, store.join(place));
        }
        command.env(
            "NIX_CONFIG",
            "build-users-group =\nsandbox = false\nsubstitute = false\n",
        );
        command
    };
    success(command("nix-instantiate").args(["--parse", "flake.nix"]));
    let found = printed(command("nix-instantiate").args([
        "--eval",
        "--strict",
        "--json",
        "-E",
        "builtins.mapAttrs (_: all: all.default.src.url) (import ./nixpkgs.nix).packages",
    ]));
    let found: BTreeMap<String, String> = serde_json::from_str(&found).unwrap();
    let wanted = [
        ("x86_64-linux", LINUX),
        ("aarch64-linux", "aarch64-unknown-linux-gnu"),
        ("x86_64-darwin", "x86_64-apple-darwin"),
        ("aarch64-darwin", "aarch64-apple-darwin"),
    ]
    .map(|(system, target)| {
        let url = format!(
            "{}/releases/download/v{VERSION}/{}",
            release.repository(),
            archive_name(target)
        );
        (system.to_owned(), url)
    });
    assert_eq!(found, wanted.into());
    if is_linux() {
        let built = manifests.place.path().join("built");
        let mut maker = command("nix-build");
        maker.args(["nixpkgs.nix", "-A", "packages.x86_64-linux.default", "-o"]);
        success(maker.arg(&built));
        says_its_version(&built);
        // A wrong checksum is refused.
        let flake = manifests.read("nix/flake.nix");
        let (good, bad) = (release.checksum(LINUX), "0".repeat(64));
        fs::write(directory.join("flake.nix"), flake.replace(good, &bad)).unwrap();
        let mut maker = command("nix-build");
        let output = maker
            .args(["nixpkgs.nix", "-A", "packages.x86_64-linux.default", "--no-out-link"])
            .output();
        let output = output.unwrap();
        assert!(
            !output.status.success() && words(&output).contains("hash mismatch"),
            "{}",
            words(&output)
        );
    }
    // Nix takes the right to write from its store, from whoever removes it as well.
    success(Command::new("chmod").args(["-R", "u+w"]).arg(&store));
}

#[test]
fn makepkg_packs_what_the_pkgbuild_says_and_finds_it_in_srcinfo() {
    let (makepkg, manifests) = (need("makepkg"), rendered());
    let directory = manifests.path("aur");
    if let Some(shellcheck) = have("shellcheck") {
        // Excluded: makepkg sets and reads variables, and stops at the first failure by itself.
        let mut command = Command::new(shellcheck);
        success(
            command
                .args(["-s", "bash", "-e", "SC2034,SC2154,SC2164"])
                .arg(directory.join("PKGBUILD")),
        );
    }
    // It refuses to run as root, for whom an ordinary user is found.
    let mut user: Vec<std::ffi::OsString> = Vec::new();
    if rustix::process::geteuid().is_root() {
        user.push(need("setpriv").into());
        user.extend(["--reuid=65534", "--regid=65534", "--clear-groups"].map(Into::into));
        for path in [directory.clone(), directory.join("PKGBUILD")] {
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    user.push(makepkg.into());
    let command = || {
        let mut command = manifests.bare(&user[0]);
        // No pacman is asked which packages there are.
        command.args(&user[1..]).current_dir(&directory).env("PACMAN", "true");
        command
    };
    let output = success(command().arg("--printsrcinfo"));
    assert_eq!(
        String::from_utf8_lossy(&output.stdout).trim_end(),
        manifests.read("aur/.SRCINFO").trim_end()
    );
    if is_linux() {
        success(command().args(["--nodeps", "--noconfirm"]));
        let package = directory.join("pkg/claude-bedrock-bin/usr");
        says_its_version(&package);
        let archive = manifests.unpacked();
        let packed: BTreeSet<String> = below(&package)
            .into_iter()
            .map(|file| file.replace(".1.gz", ".1"))
            .filter(|file| file != "share/licenses/claude-bedrock-bin/LICENSE")
            .collect();
        assert_eq!(packed, below(&archive));
        assert!(package.join("share/licenses/claude-bedrock-bin/LICENSE").is_file());
    }
}

#[test]
fn the_asdf_plugin_lists_versions_and_installs_one_for_asdf_and_for_mise() {
    let manifests = rendered();
    let plugin = manifests.path("asdf");
    if let Some(shellcheck) = have("shellcheck") {
        let scripts = fs::read_dir(plugin.join("bin"))
            .unwrap()
            .map(|entry| entry.unwrap().path());
        success(Command::new(shellcheck).args(scripts));
    }
    need("git");
    let run = |script: &str| manifests.bare(plugin.join("bin").join(script));
    assert_eq!(
        printed(&mut run("list-all")),
        format!("0.0.9 0.0.10 {VERSION} 9.0.0-rc.1")
    );
    for (start, newest) in [(None, VERSION), (Some("0.0"), "0.0.10"), (Some(VERSION), VERSION)] {
        assert_eq!(printed(run("latest-stable").args(start)), newest);
    }
    let output = run("latest-stable").arg("7").output().unwrap();
    assert!(!output.status.success() && words(&output) == "claude-bedrock has no release 7\n");
    if !is_linux() {
        return;
    }
    let install = |kind: &str, version: &str, place: &str| {
        let mut command = run("install");
        command
            .env("ASDF_INSTALL_TYPE", kind)
            .env("ASDF_INSTALL_VERSION", version)
            .env("ASDF_INSTALL_PATH", manifests.home().join(place));
        command
    };
    assert_eq!(words(&success(&mut install("version", VERSION, "a place"))), "");
    says_its_version(&manifests.home().join("a place"));
    for (kind, version, says) in [
        ("ref", "main", "releases only"),
        ("version", "4.5.6", "has no program for"),
    ] {
        let output = install(kind, version, "other").output().unwrap();
        assert!(
            !output.status.success() && words(&output).contains(says),
            "{}",
            words(&output)
        );
        assert!(!manifests.home().join("other/bin").exists());
    }

    let Some(mise) = have("mise") else { return };
    success(manifests.bare("git").args(["init", "--quiet"]).current_dir(&plugin));
    success(manifests.bare("git").args(["add", "."]).current_dir(&plugin));
    let mut commit = manifests.bare("git");
    commit.args([
        "-c",
        "user.name=x",
        "-c",
        "user.email=x@localhost",
        "commit",
        "--quiet",
        "-m",
        "x",
    ]);
    success(commit.current_dir(&plugin));
    let run = |arguments: &[&str]| {
        let mut command = manifests.bare(&mise);
        command
            .env("MISE_YES", "1")
            .args(arguments)
            .current_dir(manifests.home());
        command
    };
    let url = format!("file://{}", plugin.display());
    success(&mut run(&["plugins", "install", "claude-bedrock", &url]));
    assert_eq!(printed(&mut run(&["latest", "claude-bedrock"])), VERSION);
    let tool = format!("claude-bedrock@{VERSION}");
    success(&mut run(&["install", &tool]));
    let place = PathBuf::from(printed(&mut run(&["where", &tool])));
    says_its_version(&place);
    success(&mut run(&["uninstall", &tool]));
    assert!(!place.exists());
}

#[test]
fn mise_fetches_a_release_by_the_lines_that_are_shown() {
    let (mise, release, manifests) = (need("mise"), release(), rendered());
    if !is_linux() {
        return;
    }
    let directory = manifests.path("mise");
    let run = |arguments: &[&str]| {
        let mut command = manifests.bare(&mise);
        command.env("MISE_YES", "1").args(arguments).current_dir(&directory);
        command
    };
    let installs = |config: &str| {
        fs::write(directory.join("mise.toml"), config).unwrap();
        success(&mut run(&["trust", "--quiet"]));
        let output = run(&["install", "--force"]).output().unwrap();
        (output.status.success(), words(&output))
    };
    let wrong = manifests
        .read("mise/mise.toml")
        .replace(release.checksum(LINUX), &"0".repeat(64));
    let from_api = format!(
        "[tools]\n\"github:example/claude-bedrock\" = {{ version = \"latest\", api_url = \"{}\" }}\n",
        release.address
    );
    for config in [manifests.read("mise/mise.toml"), from_api] {
        let (is_installed, told) = installs(&config);
        assert!(is_installed, "{told}");
        let program = printed(&mut run(&["exec", "--", "sh", "-c", "command -v claude-bedrock"]));
        let program = PathBuf::from(program);
        assert!(program.starts_with(manifests.home()), "{}", program.display());
        says_its_version(program.ancestors().nth(2).unwrap());
    }
    let (is_installed, told) = installs(&wrong);
    assert!(!is_installed && told.contains("Checksum mismatch"), "{told}");
}

/// The keys that the specification of dev containers knows (devcontainers/spec, schemas/devContainerFeature.schema.json),
/// of which these are used.
const FEATURE_KEYS: &[&str] = &[
    "description",
    "documentationURL",
    "id",
    "installsAfter",
    "licenseURL",
    "name",
    "options",
    "version",
];

#[test]
fn the_feature_of_dev_containers_is_one_and_installs_the_program_and_the_hook() {
    let manifests = rendered();
    let directory = manifests.path("devcontainer/src/claude-bedrock");
    let feature: Value =
        serde_json::from_str(&manifests.read("devcontainer/src/claude-bedrock/devcontainer-feature.json")).unwrap();
    let keys: BTreeSet<&str> = feature.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, FEATURE_KEYS.iter().copied().collect());
    // As its directory is called.
    assert_eq!(feature["id"], "claude-bedrock");
    assert_eq!(feature["version"], VERSION);
    for (name, kind) in [("version", "string"), ("hook", "boolean")] {
        let option = &feature["options"][name];
        assert_eq!(option["type"], kind);
        assert_eq!(option["default"].is_boolean(), kind == "boolean", "{option}");
    }
    let documents = feature["documentationURL"].as_str().unwrap();
    let (_, page) = documents.split_once(&format!("/blob/v{VERSION}/")).unwrap();
    assert!(root().join(page).is_file(), "{documents}");
    if let Some(devcontainer) = have("devcontainer CLI") {
        let out = manifests.place.path().join("collection");
        let mut command = manifests.bare("node");
        command.arg(devcontainer).args(["features", "package", "-o"]).arg(&out);
        success(command.arg(manifests.path("devcontainer/src")));
        assert!(out.join("devcontainer-feature-claude-bedrock.tgz").is_file());
    }
    if !is_linux() {
        return;
    }

    let world = World::new(Shell::Bash);
    let install = |home: &Path, options: &[(&str, &str)]| {
        let mut command = bare(directory.join("install.sh"), home);
        let prefix = manifests.place.path().join("prefix");
        command
            .env("CLAUDE_BEDROCK_PREFIX", &prefix)
            .envs(options.iter().copied());
        success(&mut command);
        says_its_version(&prefix);
        success(
            Command::new("sh")
                .arg(directory.join("install-claude-bedrock.sh"))
                .args(["--uninstall", "--prefix", prefix.to_str().unwrap()]),
        );
    };
    let hooked = |home: &Path| fs::read_to_string(home.join(".bashrc")).is_ok_and(|text| text.contains(" hook bash"));
    let home = |name: &str| {
        let home = manifests.home().join(name);
        fs::create_dir(&home).unwrap();
        home
    };
    for (name, options, has_hook) in [
        ("defaults", &[("VERSION", VERSION), ("HOOK", "true")][..], true),
        ("latest", &[("VERSION", "latest"), ("HOOK", "false")], false),
        ("none", &[], true),
    ] {
        let home = home(name);
        let user = printed(Command::new("id").arg("-un"));
        let place = home.to_str().unwrap();
        let all = [options, &[("_REMOTE_USER", &user), ("_REMOTE_USER_HOME", place)]].concat();
        install(&home, &all);
        assert_eq!(hooked(&home), has_hook, "{name}");
        assert_eq!(
            home.join(".zshrc").exists(),
            has_hook && find("zsh").is_some(),
            "{name}"
        );
    }
    // The container's user is somebody else than who builds the image.
    if have("root").is_some() {
        let (own, of_user) = (home("root"), home("its user's"));
        chown(&of_user, Some(NOBODY), Some(NOBODY)).unwrap();
        let program = world.program_for_others();
        let options = [
            ("_REMOTE_USER", "nobody"),
            ("_REMOTE_USER_HOME", of_user.to_str().unwrap()),
            ("PROGRAM_FOR_OTHERS", program.to_str().unwrap()),
        ];
        install(&own, &options);
        assert!(hooked(&of_user) && !own.join(".bashrc").exists());
        let owner = std::os::unix::fs::MetadataExt::uid(&fs::metadata(of_user.join(".bashrc")).unwrap());
        assert_eq!(owner, NOBODY);
    }
}

/// A tap, a checkout with the packages of a release, and a stand-in for `gh`, which says whether the page is a draft.
#[test]
fn the_formula_goes_into_the_tap_once_and_only_from_a_page_that_is_public() {
    let manifests = rendered();
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(place.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{program} {arguments:?}: {}", words(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let version = env!("CARGO_PKG_VERSION");
    run("git", &["init", "--quiet", "--bare", "tap.git"]);
    for directory in ["scripts", "target/package", "bin"] {
        fs::create_dir_all(at("checkout").join(directory)).unwrap();
    }
    fs::copy(root().join("scripts/ci"), at("checkout/scripts/ci")).unwrap();
    fs::copy(root().join("Cargo.toml"), at("checkout/Cargo.toml")).unwrap();
    let archive = format!("checkout/target/package/claude-bedrock-{version}-manifests.tar.gz");
    let source = manifests.place.path().to_str().unwrap();
    run("tar", &["-czf", &archive, "-C", source, "manifests"]);
    fs::write(at("checkout/bin/gh"), "#!/bin/sh\necho \"$DRAFT\"\n").unwrap();
    fs::set_permissions(at("checkout/bin/gh"), fs::Permissions::from_mode(0o755)).unwrap();
    let publish = |draft: &str, tap: &str| {
        let path = std::env::var("PATH").unwrap();
        Command::new(at("checkout/scripts/ci"))
            .arg("publish-tap")
            .env("PATH", format!("{}:{path}", at("checkout/bin").display()))
            .env("DRAFT", draft)
            .env("TAG", format!("v{version}"))
            .env("TAP", tap)
            .env_remove("TAP_KEY")
            .output()
            .unwrap()
    };
    let tap = at("tap.git");
    let tap = tap.to_str().unwrap();
    let commits = || run("git", &["-C", tap, "rev-list", "--all", "--count"]);
    let refused = publish("true", tap);
    assert!(
        !refused.status.success() && words(&refused).contains("still a draft"),
        "{}",
        words(&refused)
    );
    assert_eq!(commits(), "0\n");
    // The second time nothing has changed.
    for _ in 0..2 {
        let output = publish("false", tap);
        assert!(output.status.success(), "{}", words(&output));
        assert_eq!(commits(), "1\n");
    }
    let held = run("git", &["-C", tap, "show", "HEAD:Formula/claude-bedrock.rb"]);
    assert_eq!(held, manifests.read("homebrew/claude-bedrock.rb"));
    let without = publish("false", "ssh://git@github.com/owner/homebrew-tap.git");
    assert!(
        without.status.success() && words(&without).contains("HOMEBREW_TAP_KEY is not set"),
        "{}",
        words(&without)
    );
}
