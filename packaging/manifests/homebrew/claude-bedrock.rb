class ClaudeBedrock < Formula
  desc "@SUMMARY@"
  homepage "@REPOSITORY@"
  version "@VERSION@"
  license "@LICENSE@"

  on_macos do
    on_arm do
      url "@URL aarch64-apple-darwin@"
      sha256 "@SHA256 aarch64-apple-darwin@"
    end
    on_intel do
      url "@URL x86_64-apple-darwin@"
      sha256 "@SHA256 x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@URL aarch64-unknown-linux-gnu@"
      sha256 "@SHA256 aarch64-unknown-linux-gnu@"
    end
    on_intel do
      url "@URL x86_64-unknown-linux-gnu@"
      sha256 "@SHA256 x86_64-unknown-linux-gnu@"
    end
  end

  def install
    bin.install "bin/claude-bedrock"
    man1.install Dir["share/man/man1/*.1"]
    bash_completion.install "share/bash-completion/completions/claude-bedrock"
    zsh_completion.install "share/zsh/site-functions/_claude-bedrock"
    fish_completion.install "share/fish/vendor_completions.d/claude-bedrock.fish"
    pkgshare.install "share/claude-bedrock/plugins"
    doc.install Dir["share/doc/claude-bedrock/*"]
  end

  test do
    (testpath/"config.toml").write <<~TOML
      [profiles.work]
      region = "eu-west-1"
      auth = { method = "aws-profile", profile = "bedrock-work" }
    TOML
    chmod 0600, testpath/"config.toml"
    ENV["CLAUDE_BEDROCK_CONFIG"] = testpath/"config.toml"
    assert_match "eu-west-1", shell_output("#{bin}/claude-bedrock show work")
    assert_match "__claude_bedrock_hook", shell_output("#{bin}/claude-bedrock hook zsh")
  end
end
