"""The packages of Linux distributions, by their own tools. The program is static and depends on nothing."""

import gzip
import os
import shutil

SUMMARY = "Right AWS account, region and models for Claude Code in every directory"
DESCRIPTION = """\
Named profiles (account, region, models, guardrails) are written once; a
repository names one. Entering its directory exports exactly the right variables
for Claude Code on Amazon Bedrock, leaving restores what was there, in bash, zsh,
fish and PowerShell."""


def system_tree(release, to, zsh):
    """The tree below /usr, with compressed manual pages, and zsh's completions where the distribution looks."""
    usr = to / "usr"
    shutil.copytree(release.tree, usr)
    if zsh != "site-functions":
        (usr / "share/zsh" / zsh).mkdir(parents=True)
        shutil.move(usr / "share/zsh/site-functions/_claude-bedrock", usr / "share/zsh" / zsh)
        (usr / "share/zsh/site-functions").rmdir()
    for page in (usr / "share/man").rglob("*.1"):
        with open(page.with_suffix(".1.gz"), "wb") as file:
            with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=9, mtime=0) as packed:
                packed.write(page.read_bytes())
        page.unlink()


def deb(release):
    tree = release.scratch / "deb"
    system_tree(release, tree, "vendor-completions")
    documents = tree / "usr/share/doc/claude-bedrock"
    (documents / "LICENSE").rename(documents / "copyright")
    control = tree / "DEBIAN"
    control.mkdir()
    description = "\n".join(f" {line}" for line in DESCRIPTION.splitlines())
    homepage = f"Homepage: {release.repository}\n" if release.repository else ""
    size = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file()) // 1024
    architecture = release.names["deb"]
    (control / "control").write_text(
        f"""\
Package: claude-bedrock
Version: {release.version}
Architecture: {architecture}
Maintainer: The developers of claude-bedrock <noreply@invalid>
Installed-Size: {size}
Section: utils
Priority: optional
Recommends: awscli
{homepage}Description: {SUMMARY}
{description}
"""
    )
    release.settle(tree)
    target = release.out / f"claude-bedrock_{release.version}_{architecture}.deb"
    compression = ["-Zgzip", "-z1"] if release.fast else ["-Zxz"]
    release.run(["dpkg-deb", *compression, "--root-owner-group", "--build", str(tree), str(target)])


def rpm(release):
    top = release.scratch / "rpm"
    system_tree(release, top / "tree", "site-functions")
    release.settle(top / "tree")
    spec = top / "claude-bedrock.spec"
    # Directories that other packages own are not listed, or removal would try to take them.
    files = sorted(path for path in (top / "tree").rglob("*") if path.is_file())
    own = ["%dir /usr/share/claude-bedrock", "%dir /usr/share/doc/claude-bedrock"]
    own += [f"%dir /{p.relative_to(top / 'tree')}" for p in sorted((top / "tree/usr/share/claude-bedrock").rglob("*")) if p.is_dir()]
    listed = "\n".join(own + [f"/{path.relative_to(top / 'tree')}" for path in files])
    url = f"URL: {release.repository}\n" if release.repository else ""
    spec.write_text(
        f"""\
Name: claude-bedrock
Version: {release.version.replace("-", "~")}
Release: 1
Summary: {SUMMARY}
License: {release.package["license"]}
{url}AutoReqProv: no

%description
{DESCRIPTION}

%install
cp -a {top / "tree"}/. %{{buildroot}}/

%files
%defattr(-,root,root,-)
{listed}
"""
    )
    defines = {
        "_topdir": top / "top",
        "_rpmdir": top / "out",
        "_rpmfilename": f"claude-bedrock-{release.version}-1.{release.names['rpm']}.rpm",
        "_buildhost": "reproducible",
        "use_source_date_epoch_as_buildtime": "1",
        "clamp_mtime_to_source_date_epoch": "1",
        "_build_id_links": "none",
        "debug_package": "%{nil}",
        "__os_install_post": "%{nil}",
        "_binary_payload": "w1.gzdio" if release.fast else "w9.xzdio",
    }
    command = ["rpmbuild", "-bb", "--quiet", "--target", f"{release.names['rpm']}-linux", str(spec)]
    for name, value in defines.items():
        command += ["--define", f"{name} {value}"]
    release.run(command)
    for package in (top / "out").iterdir():
        os.replace(package, release.out / package.name)
